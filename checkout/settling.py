"""The one step that brings a part in line with its provider.

Return page, waiting page, sweep and the admin's button all call `settle`: it asks the provider, outside of any
transaction, and then moves what has changed. It is safe to call at any time, by anybody, any number of times.
The source is the truth: a return address that was opened, or a page that polls, only makes us ask sooner.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from checkout import hosted, sold
from checkout.following import DONE, LIVE_PAYMENT, US, follow
from checkout.models import Booking, Order, Payment
from checkout.states import call_staff, can, move, note
from checkout.watching import (
    ATTENTION_FOR,
    AWAITED,
    EMPTIED_FOR,
    OPEN,
    SLOW,
    UNPROVEN_FOR,
    end_of,
    next_look,
    next_look_of_ours,
    next_look_unproven,
    watched_until,
)
from shop import claims, clock
from shop.calls import recording
from shop.providers import registry
from shop.providers.errors import HoldExpired, HoldGone, ProviderError
from shop.providers.types import Booking as Promise
from shop.providers.types import BookingState, Sign

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741

GRACE = timedelta(minutes=3)  # between the end of a hold and telling the buyer that it is over
SILENT_FOR = timedelta(minutes=30)  # paid, says the buyer's browser; nothing, says the provider
WAITING = (BookingState.OPEN, BookingState.PROCESSING, BookingState.UNPROVEN)
CONFIRM_SECONDS = 150  # of the claim of whoever has a part booked: longer than the slowest provider
# sent to be booked, its answer lost, and nothing booked by then: it was not
SURE_AFTER = timedelta(minutes=2)


def settle(booking_id: int, *, road: str) -> Booking:
    """Ask how a part stands and move what follows from it. Returns the booking as it is now.

    `road` says who asks (return, page, poll, sweep, or a member of staff) and is written into the history.
    Provider errors are never raised: the next time is set and the sweep comes back to it.
    """
    try:
        with claims.claim(f"settle:{booking_id}", seconds=60):
            booking = Booking.objects.select_related("order", "account").get(pk=booking_id)
            if not may_be_asked(booking):
                Booking.objects.filter(pk=booking.pk, due_at__isnull=False).update(due_at=None)
                return booking
            if booking.status == B.CONFIRMING and not _left_alone(booking, road):
                return booking
            _look(booking, road)
    except claims.Taken:
        pass
    return Booking.objects.select_related("order", "account").get(pk=booking_id)


def may_be_asked(booking: Booking) -> bool:
    """Whether there is something at the provider that could still change."""
    if booking.prepared_at is None or not booking.handle or booking.status == B.REFUNDED:
        return False
    # the same hold in a later order: that one is watched, or both would be called booked
    return not Booking.objects.filter(
        hold_id=booking.hold_id, hold_id__isnull=False, pk__gt=booking.pk
    ).exists()


def confirming(booking: Booking) -> str:
    """The claim of whoever is having a part booked."""
    return f"confirm:{booking.pk}"


def _left_alone(booking: Booking, road: str) -> bool:
    """Whether whoever was having it booked died: then nobody knows what came of it. Asks the claim, not the provider."""
    if claims.is_taken(confirming(booking)):
        return False
    return move(booking, B.UNCERTAIN, because="whether it is booked is not known: interrupted", actor=road)


def _look(booking: Booking, road: str) -> None:
    try:
        with recording(f"order:{booking.order_id}"):
            desk = registry.provider(booking.account.name).bookings
            told = booking.returned if booking.returned != hosted.EMPTIED else ""
            sent = booking.unproven_since if booking.route == US else None
            sign = Sign(returned=told, reference=booking.hint, confirming_since=sent)
            found = desk.look(booking.handle, sign)
    except (HoldGone, HoldExpired) as error:
        found = Promise(handle=booking.handle, state=BookingState.LAPSED, reason=error.code)
    except ProviderError as error:
        _ask_later(booking, error)
        return
    booking.looked_at, booking.looks = clock.now(), booking.looks + 1
    if found.handle:
        booking.handle = found.handle
    booking.save(update_fields=["looked_at", "looks", "handle"])
    apply(booking, found, road=road)


def _ask_later(booking: Booking, error: ProviderError) -> None:
    now = clock.now()
    log.info("part %s could not be asked: %s", booking.pk, error.code)
    Booking.objects.filter(pk=booking.pk).update(
        looks=booking.looks + 1,
        due_at=now + max(timedelta(seconds=error.retry_after or 0), AWAITED if booking.looks < 10 else SLOW),
    )
    if booking.route == US:
        _uncertain_for_long(booking, road="sweep")
        return
    if booking.status in OPEN and now > watched_until(booking):
        call_staff(booking.order, "silent", stop=booking.order.status == O.PAYING)
    if now > max(watched_until(booking), end_of(booking) + ATTENTION_FOR):
        Booking.objects.filter(pk=booking.pk).update(due_at=None)


def apply(booking: Booking, found: Promise, *, road: str) -> None:
    """Move the part, its payment and its order to what the provider said. No provider is called here."""
    if found.reason and found.state in WAITING:
        booking.reason = found.reason[:40]  # why it is not known yet
        Booking.objects.filter(pk=booking.pk).update(reason=booking.reason)
    if booking.route == US and (found.state in WAITING or _is_early(booking, found)):
        _waiting_for_us(booking, found, road)
    else:
        _moved(booking, found, road)
    booking.refresh_from_db()
    if booking.route == US:
        _plan_ours(booking)
    else:
        _plan(booking, found, road)
    _hurry_payment_to_us(booking)
    sold.set_free(follow(booking.order_id, road=road))


def _is_early(booking: Booking, found: Promise) -> bool:
    """Sent to be booked a moment ago, no answer, and the hold is gone: it may be gone because it is being booked."""
    since = booking.unproven_since
    if booking.status != B.UNCERTAIN or found.state != BookingState.LAPSED or since is None:
        return False
    return clock.now() - since < SURE_AFTER


def _moved(booking: Booking, found: Promise, road: str) -> None:
    match found.state:
        case BookingState.BOOKED:
            _sold(booking, found, road)
        case BookingState.REFUNDED:
            _refunded(booking, road)
        case BookingState.REFUSED:
            _over(booking, B.REFUSED, found.reason or "refused", road)
        case BookingState.LAPSED if booking.status == B.CONFIRMING:
            _over(booking, B.REFUSED, found.reason or "hold_expired", road)
        case BookingState.LAPSED:
            _over(booking, B.LAPSED, found.reason or "expired", road)
        case BookingState.UNPROVEN:
            _unproven(booking, road, found.reason)
        case _:
            _waiting(booking, found, road)


def _plan(booking: Booking, found: Promise, road: str) -> None:
    now = clock.now()
    due: datetime | None = None
    if booking.status in (*OPEN, B.LAPSED, B.REFUSED):
        due = next_look(booking, now)
        asked = found.reason != hosted.CANNOT_BE_ASKED
        if booking.status == B.UNCERTAIN:
            due = next_look_unproven(booking, now, can_be_asked=asked)
        elif not asked and booking.status == B.LAPSED:
            due = None  # the buyer may still tell us otherwise; nobody else can
        elif due is None and booking.status in OPEN:
            _give_up(booking, road)
    Booking.objects.filter(pk=booking.pk).update(due_at=due)


def _plan_ours(booking: Booking) -> None:
    now = clock.now()
    watched = booking.status in (*OPEN, B.LAPSED, B.REFUSED)
    due = next_look_of_ours(booking, now) if watched else None
    Booking.objects.filter(pk=booking.pk).update(due_at=due)


def _hurry_payment_to_us(booking: Booking) -> None:
    """A part is decided: what is authorised for it, or waits for it, is looked at now."""
    if booking.status in OPEN:
        return
    newest = Payment.objects.filter(order=booking.order_id, route=US).order_by("-pk").first()
    if newest is not None and (booking.route == US or newest.status == P.AUTHORISED):
        Payment.objects.filter(pk=newest.pk).update(due_at=clock.now())


# --- what the provider said ---------------------------------------------------------------------------------


def _sold(booking: Booking, found: Promise, road: str) -> None:
    """One order there is one part of ours: two that it fits come one after the other.

    A basket there can outlive the part it was handed over with. Whoever was sent to pay since has the better claim.
    """
    if booking.status in (B.LAPSED, B.REFUSED):
        for newer in hosted.handed_over_since(booking):
            settle(newer, road=road)
    with claims.claim(f"sold:{booking.account_id}:{found.reference or booking.pk}", seconds=60):
        if not hosted.is_taken(booking, found.reference):
            _booked(booking, found, road)
        elif booking.status in OPEN or booking.returned == "success":
            call_staff(booking.order, "claimed", actor=road)  # what a browser told of its basket was not so


def _booked(booking: Booking, found: Promise, road: str) -> None:
    if booking.status in DONE:
        if found.reason == "partially_refunded":
            call_staff(booking.order, "refunded", actor=road)
        return
    order, theirs = booking.order, hosted.is_hosted(booking)
    late = booking.status in (B.LAPSED, B.REFUSED) or order.status in (O.PLACED, O.EXPIRED, O.CANCELLED)
    late = late and booking.total_minor > 0
    if theirs:  # late is usual there: who paid twice is what a person must see
        late = late and hosted.bought_again(booking)
    charged: int | None = None  # there; nothing at all where a code or a voucher pays for everything
    if theirs and found.total is not None and found.total.currency == booking.currency:
        charged = found.total.minor
    differs = found.total is not None and (found.total.minor, found.total.currency) != (
        booking.total_minor,
        booking.currency,
    )
    with transaction.atomic():
        won = move(
            booking,
            B.BOOKED,
            because="the provider says it is booked",
            actor=road,
            reference=found.reference[:100],
            mailed_by_provider=found.mailed_by_provider,
            unproven_since=None,
            reason="",
            documents_due_at=clock.now(),
            # the sum there is the buyer's own choice (delivery, a code); what we had shown stays in `asked_minor`
            **({"total_minor": charged} if charged is not None else {}),
        )
        if not won:
            return
        payment = _their_payment(booking)
        if payment is not None and can(payment, P.CAPTURED):
            move(
                payment, P.CAPTURED, because="booked, so paid", actor=road, settled_at=clock.now(), secret="",
                **({"amount_minor": charged} if charged is not None else {}),
            )  # fmt: skip
        sold.store_tickets(booking, found, sums=theirs)
        sold.take_out_of_basket(booking)
    if differs and booking.route == US:  # what they bill us, not what the buyer pays us
        note(booking, because="the provider names another sum than the buyer pays", actor=road)
    elif differs and charged is None:
        call_staff(order, "amount_differs", actor=road)
    elif differs:
        note(booking, because="another sum was charged there than was shown here", actor=road)
    if late:
        call_staff(order, "late_success", actor=road)


def _their_payment(booking: Booking) -> Payment | None:
    """The payment that the provider's word decides about: never one to us."""
    return None if booking.route == US else booking.payments.order_by("-pk").first()


def _refunded(booking: Booking, road: str) -> None:
    if (
        booking.route == US
    ):  # they gave it back to us; the buyer's money is with us, until a person gives it back
        call_staff(booking.order, "cancelled_there", actor=road)
        return
    with transaction.atomic():
        if not move(
            booking, B.REFUNDED, because="the provider gave the money back", actor=road, documents_due_at=None
        ):
            return
        payment = _their_payment(booking)
        if payment is not None and can(payment, P.REFUNDED):
            move(payment, P.REFUNDED, because="the provider gave the money back", actor=road, secret="")
    call_staff(booking.order, "refunded", actor=road)


def _over(booking: Booking, to: str, reason: str, road: str) -> None:
    """Not booked, and it will not be: unless the provider changes its mind, which later looks would see."""
    if booking.status not in OPEN:
        return
    came_back = booking.returned == "success"
    with transaction.atomic():
        if not move(booking, to, because=reason, actor=road, reason=reason[:40]):
            return
        payment = _their_payment(booking)
        ended = P.EXPIRED if to == B.LAPSED else P.FAILED
        if payment is not None and can(payment, ended):
            move(payment, ended, because=reason, actor=road, settled_at=clock.now())
        if to == B.LAPSED and hosted.is_hosted(booking):
            hosted.let_go(booking)
    if came_back and road != "buyer":
        call_staff(booking.order, "refused_after_return", actor=road)


def end_part(booking: Booking, to: str, reason: str, *, road: str) -> None:
    """A part ends by our own knowledge: left out by the buyer, or refused when it was ordered."""
    _over(booking, to, reason, road)
    booking.refresh_from_db()
    if booking.route == US:
        _plan_ours(booking)
    else:
        due = next_look(booking, clock.now()) if may_be_asked(booking) else None
        Booking.objects.filter(pk=booking.pk).update(due_at=due)
    _hurry_payment_to_us(booking)
    follow(booking.order_id, road=road)


def _unproven(booking: Booking, road: str, why: str = "") -> None:
    """A booking, but no proof that it was paid. A failure return beside it goes to a person at once."""
    if booking.status in DONE:
        return
    now = clock.now()
    if booking.status != B.UNCERTAIN and not move(
        booking,
        B.UNCERTAIN,
        because="a booking is there, a payment is not proved",
        actor=road,
        unproven_since=now,
    ):
        return
    since = booking.unproven_since or now
    if booking.returned == "failure" or now - since >= UNPROVEN_FOR:
        known = why in (hosted.CANNOT_BE_ASKED, hosted.NOT_FOUND)
        call_staff(booking.order, why if known else "unproven", actor=road, stop=True)


def _waiting(booking: Booking, found: Promise, road: str) -> None:
    """Not paid yet, can still be: nothing happens until its time is over."""
    if booking.status == B.UNCERTAIN:
        move(booking, B.PREPARED, because="nothing is booked after all", actor=road, unproven_since=None)
    if booking.status not in OPEN:
        return
    now, theirs = clock.now(), hosted.is_hosted(booking)
    since = booking.returned_at or end_of(booking)
    if theirs and booking.returned == hosted.EMPTIED and now - since >= EMPTIED_FOR:
        _over(booking, B.LAPSED, hosted.EMPTIED, road)  # an order would be there by now
        return
    ended = now >= end_of(booking) + GRACE
    paid_they_say = found.state == BookingState.PROCESSING or booking.returned == "success"
    if paid_they_say and (ended or theirs) and now - since >= SILENT_FOR:
        call_staff(booking.order, "silent", actor=road, stop=booking.order.status == O.PAYING)
    if not ended:
        return
    if paid_they_say and (found.state == BookingState.PROCESSING or now < watched_until(booking)):
        return  # nobody is told "not charged" before that is sure
    _over(booking, B.LAPSED, "expired", road)


def _waiting_for_us(booking: Booking, found: Promise, road: str) -> None:
    """A part of our own till that is not booked. Its time is watched with its payment, while there is one.

    One whose booking was sent and not answered is not sent again: nothing there for a while is a no.
    """
    now = clock.now()
    if booking.status == B.UNCERTAIN:
        sent = booking.unproven_since or now
        if found.state == BookingState.OPEN and now - sent >= SURE_AFTER:
            _over(booking, B.REFUSED, "not_booked", road)
        else:
            _uncertain_for_long(booking, road)
    elif booking.status in OPEN and now >= end_of(booking) + GRACE:
        live = booking.order.payments.filter(route=US, status__in=LIVE_PAYMENT)
        if booking.status != B.CONFIRMING and not live.exists():
            _over(booking, B.LAPSED, "expired", road)


def _uncertain_for_long(booking: Booking, road: str) -> None:
    since = booking.unproven_since
    if booking.status == B.UNCERTAIN and since is not None and clock.now() - since >= UNPROVEN_FOR:
        call_staff(booking.order, "uncertain", actor=road)


def _give_up(booking: Booking, road: str) -> None:
    """Watched to the end and still open: over, if nobody says that it was paid; else a person must look."""
    if booking.returned == "success" or booking.order.status == O.ATTENTION:
        call_staff(booking.order, "silent", actor=road, stop=True)
    else:
        _over(booking, B.LAPSED, "expired", road)


def payment_failed(booking: Booking, *, because: str, actor: str) -> None:
    """The attempt is over, the part is not: it can be tried again. A late success would still win."""
    payment = booking.payments.filter(status=P.BEGUN).first()
    if payment is not None:
        move(payment, P.FAILED, because=because, actor=actor)
