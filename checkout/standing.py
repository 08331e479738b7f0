"""Where an order stands, and what comes next for its buyer: read from the rows, nobody is asked, nothing is changed.

The payments come in the order in which the review announced them: first the one to us, which can be undone, then those
on or through the box offices, the earliest end first. What is paid to us is booked and taken when those are decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings

from checkout import charging, other_route, our_till
from checkout.models import Booking, Order, Payment
from checkout.preparing import UNPAID
from checkout.words import CANNOT_BE_ASKED
from shop import clock
from shop.problems import Problem

B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
PATIENCE = timedelta(minutes=1)  # with a box office that was paid and does not say so
LEAST = timedelta(seconds=20)  # with less time left nobody is asked for a card any more
TO_PAY = ("pay", "failed", "late", "instead")  # steps that the payment page shows


@dataclass(frozen=True)
class Step:
    """What comes next for the buyer.

    `kind`: pay (go and pay `payment`), failed (a payment did not come about: again, or without), late (too
    little time is left), instead (not to be paid in this way: in another, or without), thanks (wait, or done), review,
    details, basket (back to the choice), busy.
    """

    kind: str
    payment: Payment | None = None
    problem: Problem | None = None
    booking: Booking | None = None
    fields: dict[str, str] = field(default_factory=dict)


def current(order: Order) -> Step:
    """The next step of an order."""
    order.refresh_from_db()
    if order.status == O.PLACED:
        return Step("review")
    if order.status != O.PAYING:
        return Step("thanks")
    parts = list(order.bookings.select_related("account").order_by("position"))
    ours = _current_to_us(order, parts)
    if ours is not None:
        return ours
    awaited: Step | None = None
    for booking in parts:
        if booking.route == our_till.US and booking.status in UNPAID:
            continue  # authorised: it is booked when the others are decided
        step = _current_there(booking)
        if step is None:
            continue
        if step.kind != "thanks":
            return step
        awaited = awaited or step
        if not _is_slow(booking):
            return awaited
    return awaited or _another_way(order, parts) or Step("thanks")


def _current_there(booking: Booking) -> Step | None:
    """The step of a part that somebody else is paid for; None: there is nothing to do or to wait for."""
    if booking.status == B.UNCERTAIN:
        return Step("thanks", booking=booking)
    if booking.status not in UNPAID or other_route.is_turned(booking):
        return None
    payment = booking.payments.order_by("-pk").first()
    if payment is None or booking.returned == "success" or payment.route == "nothing":
        return Step("thanks", booking=booking)
    if payment.status == P.BEGUN:
        return Step("pay" if in_time(booking, payment) else "late", payment=payment, booking=booking)
    if payment.status in (P.FAILED, P.EXPIRED):
        return Step("failed", payment=payment, booking=booking)
    return Step("thanks", booking=booking)


def _is_slow(booking: Booking) -> bool:
    """Whether its answer may take long: nobody waits for it with a further payment whose time runs."""
    if booking.reason == CANNOT_BE_ASKED:
        return True
    since = booking.unproven_since or booking.returned_at
    return since is not None and clock.now() - since > PATIENCE


def _current_to_us(order: Order, parts: list[Booking]) -> Step | None:
    """What is paid to us comes first: it can be undone. None: it is authorised, or there is nothing of the kind."""
    waiting = [b for b in parts if b.route == our_till.US and b.status in UNPAID]
    payment = our_till.payment_of(order)
    if not waiting or payment is None:
        return None
    first = waiting[0]
    if payment.status == P.BEGUN:
        if payment.reason in charging.BEING_ASKED:
            return Step("thanks", payment=payment, booking=first)
        if payment.pay_by is not None and payment.pay_by - clock.now() < LEAST:
            return Step("late", payment=payment, booking=first)
        # nobody is asked for the first payment when there is no time left for the next
        return _hurried(parts) or Step("pay", payment=payment, booking=first)
    if payment.status in (P.AUTHORISED, P.CAPTURED):
        return None
    return Step("failed", payment=payment, booking=first)


def _hurried(parts: list[Booking]) -> Step | None:
    """A later payment, on another page, whose time is too short already."""
    for booking in parts:
        if booking.route == our_till.US or booking.status not in UNPAID or booking.returned:
            continue
        payment = booking.payments.order_by("-pk").first()
        if payment is not None and payment.status == P.BEGUN and not in_time(booking, payment):
            return Step("late", payment=payment, booking=booking)
    return None


def in_time(booking: Booking, payment: Payment) -> bool:
    """Nobody is sent to a payment page with too little time to pay there."""
    least = timedelta(minutes=settings.MINUTES_BEFORE_PAYMENT) if payment.route == "there" else timedelta(0)
    return booking.expires_at is None or booking.expires_at - clock.now() >= least


def _another_way(order: Order, parts: list[Booking]) -> Step | None:
    """A part that its account may not book in its own way, once no money of ours waits for it any more."""
    turned = next((b for b in parts if other_route.is_turned(b)), None)
    if turned is None or order.payments.filter(route=our_till.US, status__in=our_till.LIVE).exists():
        return None
    least = timedelta(minutes=settings.MINUTES_BEFORE_PAYMENT)
    late = turned.expires_at is not None and turned.expires_at - clock.now() < least
    return Step("late" if late else "instead", booking=turned)


def routes(bookings: list[Booking]) -> list[tuple[Booking, str]]:
    """How each part will be paid, as far as it is known before it is prepared: nothing, there, their_form, us."""
    found: list[tuple[Booking, str]] = []
    for booking in bookings:
        payment = booking.payments.order_by("-pk").first()
        if payment is not None and payment.status == P.BEGUN and booking.route != our_till.US:
            found.append((booking, payment.route))
        elif booking.total_minor == 0:
            found.append((booking, "nothing"))
        else:
            found.append((booking, other_route.way_of(booking)))
    return found
