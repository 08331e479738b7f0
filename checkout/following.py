"""What an order is follows from its parts and from the payment to us. Nobody sets it by hand, no provider is asked."""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction

from baskets import lifecycle
from baskets.models import Basket, Hold, Line
from checkout import emails, other_route, placing
from checkout.models import Booking, Order, Payment
from checkout.states import can, move, note
from checkout.watching import OPEN
from shop import clock

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
DONE = (B.BOOKED, B.TICKETED)
US = "us"  # `Booking.route` and `Payment.route` of what our own till is paid for; see `checkout.charging`
LIVE_PAYMENT = (P.BEGUN, P.AUTHORISED)


def follow(order_id: int, *, road: str) -> Order:
    """The order's status follows from its parts; nobody sets it by hand."""
    order = Order.objects.select_related("basket").get(pk=order_id)
    statuses = list(order.bookings.values_list("status", flat=True))
    some_open = any(s in OPEN for s in statuses)
    some_done = any(s in DONE for s in statuses)
    if some_open and not (some_done and order.status in (O.PLACED, O.EXPIRED, O.CANCELLED)):
        _paid_otherwise(order, road)
        return order
    if some_done:
        if order.status in (O.PLACED, O.EXPIRED, O.CANCELLED) and not _wake(order, road):
            return order
        if some_open:
            _freeze(order)
            return order
        placing.update_total(order)
        if not _is_paid_to_us(order):
            return order
        if order.status in (O.PAYING, O.ATTENTION):
            with transaction.atomic():
                if move(
                    order,
                    O.PAID,
                    because="every part is decided",
                    actor=road,
                    paid_at=clock.now(),
                    due_at=None,
                ):
                    _convert(order)
                    emails.order_paid(order)
        if order.status == O.PAID and B.BOOKED not in statuses:
            # whole: who dies in between has not told the buyer, and nobody would come again
            with transaction.atomic():
                move(order, O.FULFILLED, because="the tickets are there", actor=road)
                emails.documents_arrived(order)
    elif B.REFUNDED in statuses:
        with transaction.atomic():
            if can(order, O.REFUNDED) and move(
                order, O.REFUNDED, because="the money went back", actor=road, due_at=None
            ):
                emails.order_refunded(order)
    elif statuses and order.status in (O.PAYING, O.ATTENTION):
        _lost(order, statuses, road)
    return order


def _wake(order: Order, road: str) -> bool:
    """A part of an order that was given up is booked. A basket has one order that is being bought: where a newer one is
    made of it meanwhile, that one goes on undisturbed, and this one is decided beside it."""
    newer = order.status != O.PLACED and _newer(order)
    to = O.ATTENTION if newer else O.PAYING
    try:
        return move(order, to, because="a part is booked", actor=road, due_at=clock.now())
    except IntegrityError:  # placed this very moment
        return move(order, O.ATTENTION, because="a part is booked", actor=road, due_at=clock.now())


def _newer(order: Order) -> bool:
    others = Order.objects.filter(basket=order.basket_id, status__in=placing.LIVE)
    return others.exclude(pk=order.pk).exists()


def _paid_otherwise(order: Order, road: str) -> None:
    """A part that its account may not book in its own way is the buyer's again, once its money was let go.

    Beside parts that are booked already the order goes on: its buyer is asked to pay that part in the other way, or to
    go on without it (`checkout.standing`). Nobody there: it runs out with its hold.
    """
    turned = other_route.turned(order)
    if not turned or order.status != O.PAYING:
        return
    if order.payments.filter(route=US, status__in=LIVE_PAYMENT).exists():
        return  # nobody is told "not charged" before that is so
    rows = list(order.bookings.all())
    if any(b.status in DONE for b in rows):
        return
    if not all(b in turned or b.status not in OPEN for b in rows):
        return
    due = clock.now() + placing.STALE_AFTER
    with transaction.atomic():
        if move(order, O.PLACED, because="the choice is the buyer's again", actor=road, due_at=due):
            thaw(order)


def booked_late(order: Order, booking: Booking, *, road: str) -> None:
    """A part was booked after its order was done without it: its tickets are fetched, and its buyer is told."""
    order.refresh_from_db()
    with transaction.atomic():
        if order.status == O.FULFILLED:
            move(order, O.PAID, because="a further part is booked", actor=road)
        if order.status == O.PAID:
            emails.part_booked_late(order, booking)


def _is_paid_to_us(order: Order) -> bool:
    """Whether what our own till pays for is paid: what is booked and not paid is not a sale that is done."""
    if not order.bookings.filter(route=US, status__in=DONE).exists():
        return True
    return order.payments.filter(route=US, status__in=(P.CAPTURED, P.REFUNDED)).exists()


def _lost(order: Order, statuses: list[str], road: str) -> None:
    """No part came to anything: the choice is the buyer's again, and nothing was charged, or all of it goes back."""
    ours = order.payments.filter(route=US)
    if ours.filter(status__in=LIVE_PAYMENT).exists():
        return  # the money is let go first
    to = O.EXPIRED if B.LAPSED in statuses else O.CANCELLED
    received = ours.filter(status__in=(P.CAPTURED, P.REFUNDED)).exists()
    if received and can(order, O.REFUNDED):
        to = O.REFUNDED
    with transaction.atomic():
        if not move(order, to, because="no part was booked", actor=road, due_at=None):
            return
        thaw(order)
        tried = order.bookings.exclude(returned="").exists() or ours.filter(tried_at__isnull=False).exists()
        if tried and not received:  # each refund has a mail of its own
            emails.order_not_booked(order)
        note(order, because="the choice is the buyer's again", actor=road)


def thaw(order: Order) -> None:
    """Give the basket back to the buyer, wherever it stands."""
    basket = Basket.objects.get(pk=order.basket_id)
    try:
        lifecycle.thaw(basket)
    except lifecycle.NotNow as error:
        log.info("basket %s is %s, not thawed", basket.pk, error.status)


def _freeze(order: Order) -> None:
    try:
        lifecycle.freeze(order.basket)
    except lifecycle.NotNow as error:
        log.info("basket %s is %s, not frozen", order.basket_id, error.status)


def _convert(order: Order) -> None:
    """The basket is bought. One that was given back and went its own way loses the sold holds only."""
    basket = Basket.objects.get(pk=order.basket_id)
    if _newer(order):  # it is of what is in there now
        gone = list(order.bookings.filter(status__in=DONE).values_list("hold_id", flat=True))
        Line.objects.filter(hold_id__in=gone).delete()
        Hold.objects.filter(pk__in=gone).update(state=Hold.State.CLOSED, due_at=None)
        return
    if basket.status == Basket.Status.OPEN:
        sold = order.bookings.values_list("hold_id", flat=True)
        if basket.holds.exclude(pk__in=sold).exclude(state=Hold.State.CLOSED).exists():
            return
    try:
        lifecycle.convert(basket)
    except lifecycle.NotNow as error:
        log.info("basket %s is %s, not converted", basket.pk, error.status)
