"""Mails to the buyer, text and HTML, once for each state; each is a row that the sweep retries until it is sent.

What a provider mails itself is not mailed a second time: with an account that is set to mail its buyers there
is no confirmation of ours, and tickets that the provider sends are not announced by us again.
"""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from checkout import bounces, links, refundable, showing, words
from checkout.models import Booking, Document, Mail, Order, Refund
from checkout.states import call_staff, note
from shop import claims, clock
from shop.context import about
from shop.providers import registry
from shop.providers.errors import Misconfigured

log = logging.getLogger(__name__)
SETTLE = timedelta(seconds=10)  # tickets that come at once are in the first mail
PAUSES = (1, 2, 5, 15, 30, 60, 120, 240)  # minutes until the next try
DONE = (Booking.Status.BOOKED, Booking.Status.TICKETED)


def queue(order: Order, kind: str, *, after: timedelta = timedelta(0), again: bool = False) -> Mail | None:
    """A row for one mail; None where this kind was queued for this order before and `again` is not asked for."""
    attempt = 1
    if again:
        last = Mail.objects.filter(order=order, kind=kind).order_by("-attempt").first()
        if last is not None and last.sent_at is None and last.due_at is not None:
            Mail.objects.filter(pk=last.pk).update(due_at=clock.now())
            return last
        attempt = last.attempt + 1 if last else 1
    now = clock.now()
    try:
        with transaction.atomic():
            return Mail.objects.create(
                order=order, kind=kind, attempt=attempt, queued_at=now, due_at=now + after
            )
    except IntegrityError:
        return None


def order_paid(order: Order) -> None:
    """The confirmation, unless the provider of every booked part was told to mail the buyer."""
    booked = list(order.bookings.filter(status__in=DONE).select_related("account"))
    left = booked and all(_left_to_provider(booking) for booking in booked)
    if left or not order.email:  # the page that took the money asked for the address, and keeps it
        note(order, because="the provider mails the confirmation", subject="mail")
        return
    queue(order, "paid", after=SETTLE)


def part_booked_late(order: Order, booking: Booking) -> None:
    """The order's mail said that this part was not booked; it is, after all."""
    if order.email:
        queue(order, f"paid-{booking.pk}", after=SETTLE)


def documents_arrived(order: Order) -> None:
    """All tickets are there: what waits to be sent goes out with them, or a further mail follows those sent without them.

    One for each time: a part that is booked late brings its tickets when those of the others were announced long ago.
    """
    if order.status != Order.Status.FULFILLED or not order.email:
        return
    told = Mail.objects.filter(order=order).filter(
        Q(kind__in=("paid", "tickets")) | Q(kind__startswith="paid-")
    )
    if told.filter(sent_at__isnull=True, due_at__isnull=False).update(due_at=clock.now()):
        return
    last = told.filter(sent_at__isnull=False).aggregate(at=Max("sent_at"))["at"]
    fetched = (
        Document.objects.filter(booking__order=order, fetched_at__gt=last)
        if last
        else Document.objects.none()
    )
    if fetched.exclude(booking__mailed_by_provider=True).exists():
        queue(order, "tickets", again=True)


def order_refunded(order: Order) -> None:
    """What we gave back ourselves has a mail of its own, one for each refund."""
    theirs = order.bookings.filter(status=Booking.Status.REFUNDED).exclude(route="us")
    if order.email and theirs.exists():
        queue(order, "refunded")


def order_not_booked(order: Order) -> None:
    """Somebody who had been to the payment page hears that nothing came of it and nothing was charged."""
    if order.email:
        queue(order, "not-booked")


def _left_to_provider(booking: Booking) -> bool:
    try:
        return booking.mailed_by_provider and registry.config(booking.account.name).provider_mails
    except Misconfigured:
        return False


def send(mail_id: int) -> bool:
    """Send one queued mail; True where it went out now. A failure sets the next try."""
    try:
        with claims.claim(f"mail:{mail_id}", seconds=120):
            mail = Mail.objects.select_related("order").get(pk=mail_id)
            if mail.sent_at is not None or mail.due_at is None:
                return False
            return _send(mail)
    except claims.Taken:
        return False


def _send(mail: Mail) -> bool:
    to = settings.STAFF_EMAILS if mail.kind.startswith("staff-") else [mail.order.email]
    if not all(to) or not to:
        Mail.objects.filter(pk=mail.pk).update(due_at=None, error="no address")
        return False
    # written down before it leaves: a bounce can be quicker than we are, and a second try is the same mail
    mail.message_id = mail.message_id or bounces.bare(bounces.new_message_id())
    mail.sent_to = "" if mail.kind.startswith("staff-") else mail.order.email
    mail.save(update_fields=["message_id", "sent_to"])
    message = compose(mail, to)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        failures = mail.failures + 1
        pause = PAUSES[min(failures, len(PAUSES)) - 1]
        refused = bounces.refusal(error)
        last = failures >= len(PAUSES) or bool(refused)
        Mail.objects.filter(pk=mail.pk).update(
            failures=failures,
            error=type(error).__name__,
            due_at=None if last else clock.now() + timedelta(minutes=pause),
        )
        log.warning("mail %s could not be sent: %s", mail.pk, type(error).__name__)
        if last and not mail.kind.startswith("staff-"):
            call_staff(mail.order, "mail_failed")
            if refused:
                bounces.mark(mail, refused)
        return False
    with transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(sent_at=clock.now(), due_at=None, error="")
        note(mail.order, because=f"mail sent: {mail.kind}", subject="mail")
    return True


def compose(mail: Mail, to: Iterable[str]) -> EmailMultiAlternatives:
    """The message in the order's language. Addresses in it are built from PUBLIC_ORIGIN."""
    order = mail.order
    kind = _template(mail.kind)
    with translation.override(order.language if kind != "staff" else settings.LANGUAGE_CODE):
        context = _context(mail)
        base = f"checkout/email/{kind}"
        subject = " ".join(render_to_string(f"{base}.subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject=subject,
            body=re.sub(r"\n{3,}", "\n\n", render_to_string(f"{base}.txt", context).strip()) + "\n",
            to=list(to),
            headers={
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
                **({"Message-ID": f"<{mail.message_id}>"} if mail.message_id else {}),
            },
        )
        if kind != "staff":
            message.attach_alternative(render_to_string(f"{base}.html", context), "text/html")
    return message


def _template(kind: str) -> str:
    """Kinds that carry more than their name: a reason, a part, a date."""
    for start in ("staff", "refund", "guests-refused", "guests", "paid"):
        if kind.startswith(f"{start}-"):
            return start
    return kind


def _context(mail: Mail) -> dict[str, Any]:
    order = mail.order
    context: dict[str, Any] = {"shop": about(), "order": order, "url": showing.address_of(order)}
    if mail.kind.startswith("staff-"):
        context["reason"] = words.REASONS.get(order.attention_reason, order.attention_reason)
        context["url"] = settings.PUBLIC_ORIGIN + reverse("admin:checkout_order_change", args=[order.pk])
    elif mail.kind == "found":
        context["orders"] = [
            {
                "order": other,
                "url": showing.address_of(other, "checkout:found", links.found_token(other)),
                "shown": showing.show(other),
            }
            for other in orders_of(order.email)
        ]
    elif mail.kind.startswith("guests-"):
        pk = mail.kind.removeprefix("guests-refused-").removeprefix("guests-").partition("-")[0]
        context["part"] = next(part for part in showing.show(order).parts if str(part.booking.pk) == pk)
        context["guests_url"] = showing.address_of(order, "checkout:guests_later")
    else:
        if _template(mail.kind) == "refund":
            refund = Refund.objects.get(pk=int(mail.kind.partition("-")[2]))
            context["refund"], context["tickets"] = refund, refundable.words_of(refund)
        context["guests_url"] = showing.address_of(order, "checkout:guests_later")
        context["shown"] = showing.show(order)
        context["find_url"] = settings.PUBLIC_ORIGIN + reverse("checkout:find")
    return context


def orders_of(email: str) -> list[Order]:
    """The orders of an address that somebody may look for: paid ones, the newest first."""
    kinds = (Order.Status.PAID, Order.Status.FULFILLED, Order.Status.ATTENTION, Order.Status.REFUNDED)
    return list(Order.objects.filter(email__iexact=email, status__in=kinds).order_by("-placed_at")[:20])
