"""Documents to the buyer: asked for as they become ready, fetched, stored sealed; and forgotten after the event.

What a provider has not generated yet is a row with a due time. Box office, post and the venue's own dispatch
have nothing to fetch; the page says how they work.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from checkout import guest_dates, personal
from checkout.models import Booking, Document, Payment
from checkout.settling import follow
from checkout.states import call_staff, move
from shop import claims, clock
from shop.calls import recording
from shop.crypto import seal
from shop.providers import registry
from shop.providers.base import BookingDesk
from shop.providers.errors import ProviderError, Unsupported
from shop.providers.types import Arrives, DocumentInfo, Documents

log = logging.getLogger(__name__)
DONE = (Booking.Status.BOOKED, Booking.Status.TICKETED)
PLAN = (  # age of the booking, until which documents are asked for so often
    (timedelta(minutes=1), timedelta(seconds=5)),
    (timedelta(minutes=10), timedelta(seconds=20)),
    (timedelta(hours=2), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=30)),
)
LATER = timedelta(hours=3)
INTERRUPTED = timedelta(seconds=60)
LATE_AFTER = timedelta(hours=6)  # then a person looks, unless the provider named a date
LATE_BEFORE_EVENT = timedelta(days=2)  # where tickets may take until then
AFTER_EVENT = timedelta(days=1)  # nothing new comes after that
SAFE_TYPES = {
    "application/pdf",
    "application/vnd.apple.pkpass",
    "application/vnd.apple.pkpasses",
    "image/png",
    "image/jpeg",
}
ENDINGS = {"application/pdf": "pdf", "application/vnd.apple.pkpass": "pkpass",
           "application/vnd.apple.pkpasses": "pkpasses", "image/png": "png", "image/jpeg": "jpg"}  # fmt: skip


def fetch(booking_id: int, *, road: str) -> Booking:
    """Ask for the documents of a booked part and store what is new. Safe to repeat; raises no provider error."""
    try:
        with claims.claim(f"documents:{booking_id}", seconds=120):
            booking = Booking.objects.select_related("order", "account").get(pk=booking_id)
            if booking.status in DONE and booking.handle:
                _fetch(booking, road)
            else:
                Booking.objects.filter(pk=booking_id).update(documents_due_at=None)
    except claims.Taken:
        pass
    return Booking.objects.select_related("order", "account").get(pk=booking_id)


def _fetch(booking: Booking, road: str) -> None:
    try:
        with recording(f"order:{booking.order_id}"):
            desk = registry.provider(booking.account.name).bookings
            found = desk.documents(booking.handle)
            stored = _store(booking, desk, found)
    except Unsupported:
        found, stored = (
            Documents(arrives=Arrives.MAIL, expected=booking.tickets_expected, ready=0, complete=True),
            True,
        )
    except ProviderError as error:
        log.info("documents of part %s could not be asked for: %s", booking.pk, error.code)
        Booking.objects.filter(pk=booking.pk).update(documents_due_at=_next(booking, None))
        return
    complete = found.complete and stored
    facts = {
        "arrives": found.arrives.value,
        "tickets_expected": found.expected or booking.tickets_expected,
        "tickets_ready": found.ready if stored else min(found.ready, booking.documents.count()),
        "release_at": found.release_at,
        # complete: looked at once more, should whoever does this die before the order knows of it
        "documents_due_at": clock.now() + INTERRUPTED if complete else _next(booking, found.release_at),
    }
    ready = complete and booking.status == Booking.Status.BOOKED
    if ready:
        move(booking, Booking.Status.TICKETED, because=f"tickets: {found.arrives.value}", actor=road, **facts)
    else:
        Booking.objects.filter(pk=booking.pk).update(**facts)
    if found.problem and not ready:
        call_staff(booking.order, found.problem, actor=road)
    elif not complete and found.release_at is None and _is_late(booking, found):
        call_staff(booking.order, "documents_late", actor=road)
    follow(booking.order_id, road=road)
    if complete:
        Booking.objects.filter(pk=booking.pk, documents_due_at=facts["documents_due_at"]).update(
            documents_due_at=None
        )


def _is_late(booking: Booking, found: Documents) -> bool:
    """Where suppliers take months, only what is missing shortly before the event."""
    now = clock.now()
    dated = booking.lines.filter(starts_at__isnull=False).select_related("instance")
    first = min((begin for begin in map(guest_dates.starts, dated) if begin), default=None)
    if found.may_wait and first is not None and now < first - LATE_BEFORE_EVENT:
        return False
    return now - _since(booking) > LATE_AFTER


def _since(booking: Booking) -> datetime:
    return booking.order.paid_at or booking.looked_at or clock.now()


def _next(booking: Booking, release_at: datetime | None) -> datetime | None:
    """When to ask for documents again; None once the event is over."""
    now = clock.now()
    dates = booking.lines.aggregate(last=Max("starts_at"), moved=Max("instance__starts_at"))
    last = max(filter(None, dates.values()), default=None)
    if last is not None and now > last + AFTER_EVENT:
        return None
    if release_at is not None and release_at > now:
        return release_at
    age = now - _since(booking)
    return now + next((pause for until, pause in PLAN if age < until), LATER)


def _store(booking: Booking, desk: BookingDesk, found: Documents) -> bool:
    """Keep every document that is new; False where one could not be fetched yet."""
    known = {(d.ref, d.kind): d for d in booking.documents.defer("content")}
    whole = True
    for info in found.documents:
        row = known.get((info.ref, info.kind))
        if row is not None and (row.fetched_at or info.is_wallet_link):
            continue
        try:
            _keep(booking, desk, info, row)
            # the page counts what it shows, also while the rest is still being fetched
            kept = booking.documents.values("seat").distinct().count()
            Booking.objects.filter(pk=booking.pk).update(tickets_ready=min(found.ready, kept))
        except ProviderError as error:
            log.info("document %s of part %s could not be fetched: %s", info.kind, booking.pk, error.code)
            whole = False
    return whole


def _keep(booking: Booking, desk: BookingDesk, info: DocumentInfo, row: Document | None) -> None:
    facts: dict[str, object] = {"seat": info.seat[:100], "fetched_at": clock.now()}
    if info.is_wallet_link:
        facts["link"] = info.link
    else:
        file = desk.fetch(booking.handle, info)
        kind = file.content_type.partition(";")[0].strip().lower()
        facts |= {
            "content": seal(file.content),
            "content_type": kind if kind in SAFE_TYPES else "application/octet-stream",
            "filename": _filename(booking, info, file.filename, kind),
            "size": len(file.content),
        }
    try:
        with transaction.atomic():
            Document.objects.update_or_create(
                pk=row.pk if row else None,
                defaults={**facts, "booking": booking, "ref": info.ref, "kind": info.kind},
            )
    except IntegrityError:
        log.info("document %s of part %s was stored by somebody else", info.kind, booking.pk)


def _filename(booking: Booking, info: DocumentInfo, given: str, kind: str) -> str:
    """A plain name of ours: a provider's may hold anything."""
    seat = re.sub(r"[^A-Za-z0-9]+", "-", info.seat).strip("-").lower()
    ending = ENDINGS.get(kind) or re.sub(r"[^a-z0-9]", "", given.rpartition(".")[2].lower())[:8] or "bin"
    return f"{booking.order.number}-{booking.position}{'-' + seat if seat else ''}.{ending}"[:120]


def forget(now: datetime | None = None) -> int:
    """Empty the handles and wallet links of what is long over and at rest. Returns how many parts were emptied."""
    limit = (now or clock.now()) - timedelta(days=settings.ORDER_KEEP_DAYS)
    over = (
        Booking.objects.exclude(handle="")
        .annotate(
            last=Max("lines__starts_at"),
            last_end=Max("lines__ends_at"),
            moved=Max("lines__instance__starts_at"),
        )
        .filter(order__placed_at__lt=limit, order__in=personal.at_rest())
    )
    count = 0
    for booking in over.iterator(chunk_size=200):
        dates = (booking.last, booking.last_end, booking.moved)
        last = max(filter(None, dates), default=booking.order.placed_at)
        if last >= limit:
            continue
        with transaction.atomic():
            count += Booking.objects.filter(pk=booking.pk).update(
                handle="", due_at=None, documents_due_at=None
            )
            Document.objects.filter(booking=booking).exclude(link="").update(link="")
            Payment.objects.filter(booking=booking).exclude(secret="").update(secret="")
    return count
