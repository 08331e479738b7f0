"""Whose part of an order is whose: what a member of staff sees of it, and its whole story in one list."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from checkout import answered, bounces, story, words
from checkout.models import Booking, HistoryEntry, Order, OrderLine, Payment, Refund
from checkout.showing import shown_before
from shop.admin import moment
from shop.calls import ANSWERED
from shop.models import CallRecord
from shop.money import Money
from shop.problems import problem

MOST_CALLS = 500


def own_lines(user: Any) -> QuerySet[OrderLine]:
    """Lines at the user's venues; a superuser's are all."""
    rows = OrderLine.objects.all()
    # named one by one: whoever plans the query then knows how few they are
    return (
        rows if user.is_superuser else rows.filter(venue__in=list(user.venues.values_list("pk", flat=True)))
    )


def own_bookings(user: Any) -> QuerySet[Booking]:
    """Parts that have a line at one of the user's venues."""
    rows = Booking.objects.all()
    return rows if user.is_superuser else rows.filter(pk__in=own_lines(user).values("booking_id"))


def runs_all(user: Any, order: Order) -> bool:
    """Whether every house of what was paid to us is the user's own."""
    lines = OrderLine.objects.filter(booking__order=order, booking__route="us")
    return user.is_superuser or lines.count() == own_lines(user).filter(pk__in=lines.values("pk")).count() > 0


def own_refunds(user: Any, order: Order) -> set[int]:
    """Keys of the refunds of an order that a member of staff may read of: of their own parts and, where a part is
    shared with a house of somebody else, of their own tickets."""
    refunds = list(Refund.objects.filter(payment__order=order))
    if not refunds or runs_all(user, order):
        return {row.pk for row in refunds}
    mine = set(own_lines(user).filter(booking__order=order).values_list("pk", flat=True))
    foreign = OrderLine.objects.filter(booking__order=order).exclude(pk__in=mine)
    shared = set(foreign.values_list("booking_id", flat=True))
    own = set(own_bookings(user).filter(order=order).values_list("pk", flat=True))

    def is_own(row: Refund) -> bool:
        of_tickets = bool(row.tickets) and {entry["line"] for entry in row.tickets} <= mine
        return row.booking_id in own and (row.booking_id not in shared or of_tickets)

    return {row.pk for row in refunds if is_own(row)}


def timeline(user: Any, order: Order) -> dict[str, Any]:
    """Parts with their money, and every step, call and mail of them in the order in which they happened."""
    bookings = list(own_bookings(user).filter(order=order).select_related("account"))
    lines: dict[int, list[OrderLine]] = {}
    for line in own_lines(user).filter(booking__in=bookings).select_related("venue"):
        lines.setdefault(line.booking_id, []).append(line)
    all_lines = OrderLine.objects.filter(booking__in=bookings)
    shared = {
        pk for pk in all_lines.values_list("booking_id", flat=True)
        if all_lines.filter(booking_id=pk).count() != len(lines.get(pk, []))
    }  # fmt: skip
    payments: dict[int, list[Payment]] = {}
    for payment in Payment.objects.filter(booking__in=bookings):
        payments.setdefault(payment.booking_id or 0, []).append(payment)
    parts = [
        {
            "booking": booking,
            "state": words.state_of(booking),
            "lines": answered.with_lines(booking, lines.get(booking.pk, [])),
            "about_order": [] if booking.pk in shared else answered.of_order(booking),
            "own": Money(sum(line.price_minor for line in lines.get(booking.pk, [])), booking.currency),
            "shown_before": shown_before(booking) if booking.pk not in shared else None,
            "whole": None if booking.pk in shared else booking.total,
            "payments": [
                (payment, story.ROUTES.get(payment.route, payment.route))
                for payment in payments.get(booking.pk, [])
                if booking.pk not in shared
            ],
            "documents": [
                (story.KINDS.get(document.kind, document.kind), document.seat)
                for document in booking.documents.defer("content", "link")
            ],
            "arrives": story.ARRIVES.get(booking.arrives, booking.arrives),
            "reason": story.because(booking.reason),
            "asked_again": moment(booking.due_at) if booking.due_at else "",
        }
        for booking in bookings
    ]
    return {
        "parts": parts,
        "story": _story(user, order, bookings),
        "mails": [
            {
                "kind": story.mail_kind(mail.kind),
                "attempt": mail.attempt,
                "queued": moment(mail.queued_at, seconds=True),
                "sent": moment(mail.sent_at, seconds=True),
                "next": moment(mail.due_at) if mail.due_at and mail.failures else "",
                "failures": mail.failures,
                "error": mail.error,
                "came_back": bounces.WHY.get(mail.bounce, mail.bounce) if mail.bounced_at else "",
                "came_back_at": moment(mail.bounced_at),
            }
            for mail in order.mails.all()
        ],
    }


def _story(user: Any, order: Order, bookings: list[Booking]) -> list[dict[str, Any]]:
    """History and calls, secrets removed where they were written down, in one list by time. What another house gave
    back, and why, is not in it."""
    mine = Q(booking__in=bookings) | Q(booking=None)
    readable = Q(refund=None) | Q(refund__in=own_refunds(user, order))
    steps = [
        {
            "at": entry.at,
            "what": story.SUBJECTS.get(entry.subject, entry.subject),
            "text": story.step(entry),
            "because": story.because(entry.because),
            "actor": story.actor(entry.actor),
        }
        for entry in HistoryEntry.objects.filter(mine, readable, order=order)
    ]
    names = {booking.account.name: booking.account.title for booking in bookings}
    calls = [
        {
            "at": call.at,
            "what": names[call.account],
            "text": f"{call.verb} {call.method} {call.path}",
            "because": _outcome(call),
            "failed": call.outcome not in ANSWERED,
            "actor": _("%(ms)s ms") % {"ms": call.milliseconds},
            "is_call": True,
        }
        for call in CallRecord.objects.filter(
            subject__in=[f"order:{order.pk}", f"basket:{order.basket_id}"], account__in=names
        )[:MOST_CALLS]
    ]
    found = sorted([*steps, *calls], key=lambda step: step["at"])
    return [{**step, "when": moment(step["at"], seconds=True)} for step in found]


def _outcome(call: CallRecord) -> str:
    """How a call ended: "answered (200)", "the box office is not answering: timed out"."""
    said = {"ok": _("answered"), "refused": _("refused")}.get(call.outcome) or problem(call.outcome).title
    status = f" ({call.status})" if call.status else ""
    return f"{said}{status}: {call.detail}" if call.detail else f"{said}{status}"
