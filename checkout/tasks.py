"""Work in the background. Every wait is a row with a due time; the sweep finds it, whatever happened to the queue."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import QuerySet

from checkout import (
    charging,
    emails,
    fulfilment,
    guest_reminders,
    guests_later,
    inbox,
    paying,
    pruning,
    refunding,
    settling,
)
from checkout.models import Booking, GuestList, InboxMessage, Mail, Order, Payment, Refund
from checkout.payments.base import TillError
from shop import claims, clock, later
from shop.statements import found

log = logging.getLogger(__name__)
AT_ONCE = 200  # rows of one kind in one sweep
LEASE = timedelta(seconds=60)  # a queued row is not queued again before; a lost message is found after
# Of what a sweep looks at: which kinds have a row that is due at all.
DUE = """
SELECT 'part' WHERE EXISTS (SELECT 1 FROM checkout_booking WHERE due_at <= %s)
UNION ALL SELECT 'documents' WHERE EXISTS (SELECT 1 FROM checkout_booking WHERE documents_due_at <= %s)
UNION ALL SELECT 'payment' WHERE EXISTS (SELECT 1 FROM checkout_payment WHERE due_at <= %s)
UNION ALL SELECT 'order' WHERE EXISTS (SELECT 1 FROM checkout_order WHERE due_at <= %s)
UNION ALL SELECT 'mail' WHERE EXISTS (SELECT 1 FROM checkout_mail WHERE due_at <= %s AND sent_at IS NULL)
UNION ALL SELECT 'refund' WHERE EXISTS (SELECT 1 FROM checkout_refund WHERE due_at <= %s)
UNION ALL SELECT 'message' WHERE EXISTS (SELECT 1 FROM checkout_inboxmessage WHERE due_at <= %s)
UNION ALL SELECT 'guests' WHERE EXISTS (SELECT 1 FROM checkout_guestlist WHERE due_at <= %s)
UNION ALL SELECT 'remind' WHERE EXISTS (SELECT 1 FROM checkout_guestlist WHERE remind_at <= %s)
"""
# Asked after every step, and nearly always nothing: one look for all.
DUE_OF_ORDER = """
SELECT 'documents' FROM checkout_booking WHERE order_id = %s AND documents_due_at <= %s
UNION SELECT 'guests' FROM checkout_guestlist g JOIN checkout_booking b ON b.id = g.booking_id
    WHERE b.order_id = %s AND g.due_at <= %s
UNION SELECT 'mails' FROM checkout_mail WHERE order_id = %s AND sent_at IS NULL AND due_at <= %s
"""


def _due(rows: QuerySet, field: str) -> list[int]:
    """Ids of rows that are due, put off by the lease so that a busy worker does not get them twice."""
    now = clock.now()
    ids = list(rows.filter(**{f"{field}__lte": now}).order_by(field).values_list("pk", flat=True)[:AT_ONCE])
    return [pk for pk in ids if rows.filter(pk=pk, **{f"{field}__lte": now}).update(**{field: now + LEASE})]


@shared_task
def sweep() -> None:
    """Find everything that is due. The guarantee behind every faster road."""
    due = {name for (name,) in found(DUE, *[clock.now()] * DUE.count("%s"))}
    for name, rows, field, task, args in _kinds():
        for pk in _due(rows, field) if name in due else ():
            later.now(task, pk, *args)
    if settings.STRIPE_SECRET_KEY and claims.take("checkout:missed", seconds=inbox.MISSED_EVERY):
        later.now(fetch_missed)
    if claims.take("checkout:daily", seconds=6 * 3600):
        later.now(forget)


def _kinds() -> list[tuple[str, QuerySet, str, Any, tuple[str, ...]]]:
    """Name in `DUE`, rows, the field with their due time, the task and what else it is given."""
    return [
        ("part", Booking.objects.all(), "due_at", settle_booking, ()),
        ("documents", Booking.objects.all(), "documents_due_at", fetch_documents, ()),
        ("payment", Payment.objects.all(), "due_at", settle_payment, ()),
        ("order", Order.objects.all(), "due_at", recover_order, ()),
        ("mail", Mail.objects.filter(sent_at__isnull=True), "due_at", send_mail, ()),
        ("refund", Refund.objects.all(), "due_at", settle_refund, ()),
        (
            "message",
            InboxMessage.objects.filter(state__in=inbox.WAITING),
            "due_at",
            handle_message,
            ("sweep",),
        ),
        ("guests", guest_lists(), "due_at", look_at_guests, ()),
        ("remind", guest_lists(), "remind_at", remind_of_guests, ()),
    ]


@shared_task
def settle_booking(booking_id: int, road: str = "sweep") -> None:
    booking = settling.settle(booking_id, road=road)
    paying.go_on(booking.order_id)
    hurry(booking.order_id)


@shared_task
def settle_payment(payment_id: int, road: str = "sweep") -> None:
    """A payment to us. Webhooks queue it too."""
    payment = charging.settle_payment(payment_id, road=road)
    paying.go_on(payment.order_id)
    hurry(payment.order_id)


@shared_task
def fetch_documents(booking_id: int, road: str = "sweep") -> None:
    booking = fulfilment.fetch(booking_id, road=road)
    hurry(booking.order_id)


@shared_task
def settle_refund(refund_id: int, road: str = "sweep") -> None:
    refund = refunding.settle_refund(refund_id, road=road)
    hurry(refund.payment.order_id)


@shared_task
def handle_message(message_id: int, road: str = "webhook") -> None:
    message = inbox.handle(message_id, road=road)
    if message.payment is not None:
        paying.go_on(message.payment.order_id)
        hurry(message.payment.order_id)


@shared_task
def fetch_missed() -> None:
    """Messages of the payment company that never came; what they are about is settled by the sweep in any case."""
    try:
        inbox.fetch_missed()
    except TillError as error:
        log.warning("missed messages could not be asked for: %s", error.code)


@shared_task
def recover_order(order_id: int) -> None:
    paying.recover(order_id)
    hurry(order_id)


@shared_task
def send_mail(mail_id: int) -> None:
    emails.send(mail_id)


def guest_lists() -> QuerySet:
    """Lists of guests of parts that are booked: before that nothing is due."""
    return GuestList.objects.filter(booking__status__in=settling.DONE)


@shared_task
def look_at_guests(list_id: int, road: str = "sweep") -> None:
    row = GuestList.objects.select_related("booking").filter(pk=list_id).first()
    if row is not None:
        guests_later.look(row.booking_id, road=road)
        hurry(row.booking.order_id)


@shared_task
def remind_of_guests(list_id: int) -> None:
    row = GuestList.objects.select_related("booking").filter(pk=list_id).first()
    if row is not None:
        guest_reminders.remind(row.booking_id)
        hurry(row.booking.order_id)


@shared_task
def forget() -> None:
    pruning.run()


def hurry(order_id: int) -> None:
    """Queue what has just become due for one order, so that nobody waits for the sweep. Losing it loses nothing."""
    now = clock.now()
    due = {name for (name,) in found(DUE_OF_ORDER, order_id, now, order_id, now, order_id, now)}
    if "documents" in due:
        for pk in _due(Booking.objects.filter(order_id=order_id), "documents_due_at"):
            later.later(fetch_documents, pk, "hurry")
    if "guests" in due:
        for pk in _due(guest_lists().filter(booking__order_id=order_id), "due_at"):
            later.later(look_at_guests, pk, "hurry")
    if "mails" in due:
        for pk in _due(Mail.objects.filter(order_id=order_id, sent_at__isnull=True), "due_at"):
            later.later(send_mail, pk)
