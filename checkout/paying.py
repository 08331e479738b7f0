"""From "Pay" to the payment page: check every hold again, freeze, hand the details over, learn how to pay.

All parts are prepared before anybody pays, so that the sums are final and what is gone is known while nothing
has been charged. Free parts come last and are booked when the paid ones are. Nothing here holds a transaction
open while a provider is asked; whatever dies half-way is found by the sweep (`recover`) and undone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from baskets import lifecycle
from baskets.models import Basket, Line
from checkout import charging, following, guests, our_till, placing, settling
from checkout.going_on import go_on, recover
from checkout.models import Booking, Order
from checkout.preparing import UNPAID, prepare
from checkout.standing import TO_PAY, Step, current, routes
from checkout.states import move, note
from checkout.undoing import CLAIM_SECONDS, cancel, returned_unpaid, undo
from shop import claims, clock
from shop.problems import Problem, problem
from shop.providers.errors import (
    DetailsRejected,
    HoldExpired,
    HoldGone,
    OutcomeUnknown,
    PriceChanged,
    ProviderError,
    Refused,
    SoldOut,
)  # fmt: skip

__all__ = [
    "BEGIN_SECONDS",
    "TO_PAY",
    "UNPAID",
    "Step",
    "begin",
    "cancel",
    "current",
    "go_on",
    "leave_out",
    "recover",
    "returned_unpaid",
    "routes",
]

log = logging.getLogger(__name__)
B, O = Booking.Status, Order.Status  # noqa: E741
BEGIN_SECONDS = CLAIM_SECONDS  # of the claim while parts are prepared
INTERRUPTED_AFTER = timedelta(seconds=150)  # a frozen basket without anybody at work is given back


def begin(order: Order, *, agreed_minor: int) -> Step:
    """The buyer said yes to `agreed_minor`. Returns the payment to make, or why there is none yet.

    Pressed twice, or in two tabs, it begins once: the second is told to wait or shown the same payment.
    """
    try:
        with claims.claim(f"pay:{order.pk}", seconds=BEGIN_SECONDS):
            order.refresh_from_db()
            if order.status == O.PLACED:
                return _begin(order, agreed_minor)
            if order.status == O.PAYING:
                return _again(order)
            return Step("thanks")
    except claims.Taken:
        return Step("busy", problem=problem("taken"))


def _begin(order: Order, agreed_minor: int) -> Step:
    basket = Basket.objects.get(pk=order.basket_id)
    if basket.status == Basket.Status.FROZEN:  # an attempt that died: make sure of it, then begin afresh
        if undo(order, "an earlier attempt was interrupted") is not None:
            return Step("thanks")
        basket.refresh_from_db()
    if basket.status != Basket.Status.OPEN:
        return Step("basket", problem=problem("hold_expired"))
    wrong = _check(order, basket)
    if wrong is not None:
        return wrong
    bookings = [b for b in placing.sync(order) if b.status in UNPAID]
    order.refresh_from_db()
    if not bookings:
        return Step("basket", problem=problem("hold_expired"))
    end = placing.deadline(bookings)
    if end is not None and end - clock.now() < timedelta(minutes=settings.MINUTES_BEFORE_PAYMENT):
        return Step("late")
    if any(b.details_at is None for b in bookings):
        return Step("details")
    stopped = guests.stop(order, bookings)
    if stopped is not None:
        return Step(stopped.kind, problem=stopped.problem, booking=stopped.booking)
    if order.total_minor > agreed_minor:
        return Step("review", problem=problem("price_changed"))
    try:
        lifecycle.freeze(basket)
    except lifecycle.NotNow:
        return Step("busy", problem=problem("taken"))
    Order.objects.filter(pk=order.pk).update(due_at=clock.now() + INTERRUPTED_AFTER)
    placing.snapshot(order)
    paid_parts = [b for b in bookings if b.total_minor > 0]
    for booking in paid_parts or bookings:
        try:
            prepare(order, booking)
        except ProviderError as error:
            return _refused(order, booking, error)
        except claims.Taken:
            following.thaw(order)
            return Step("busy", problem=problem("taken"))
    placing.update_total(order)
    if order.total_minor > agreed_minor:
        undo(order, "the sum was higher than what the buyer had seen")
        return Step("review", problem=problem("price_changed"))
    with transaction.atomic():
        charging.open_payment(order)
        if not move(
            order, O.PAYING, because="the buyer said yes to the sum", actor="buyer",
            terms_accepted_at=clock.now(), due_at=clock.now(),
        ):  # fmt: skip
            return Step("thanks")
    for booking in order.bookings.filter(total_minor=0, prepared_at__isnull=False):
        settling.settle(booking.pk, road="free")
    return current(order)


def _check(order: Order, basket: Basket) -> Step | None:
    """Every hold read again: what is gone or costs something else stops here, before any charge."""
    from baskets import holding

    known = _gone(basket)
    try:
        wrong = [line for line in holding.verify(basket) if line.pk not in known]
    except holding.Busy:
        return Step("busy", problem=problem("taken"))
    except ProviderError as error:
        return Step("review", problem=_unanswered(error))
    if not wrong:
        return None
    code = "price_changed" if all(line.state == "changed" for line in wrong) else _why_gone(wrong)
    note(order, because=f"stopped before paying: {code}", actor="buyer")
    return Step("basket", problem=problem(code))


def _gone(basket: Basket) -> dict[int, Line]:
    return {
        line.pk: line
        for line in Line.objects.filter(hold__basket=basket)
        if not line.counts and line.state != "changed"
    }


def _why_gone(lines: Iterable[Line]) -> str:
    """The code of what the buyer meets in the basket, where each of these lines can be tried again."""
    gone = [line for line in lines if line.state != "changed"]
    other = {line.problem for line in gone} - {"", "not_held", "hold_expired", "hold_gone"}
    if other:
        return "sold_meanwhile" if "sold_out" in other else min(other)
    ends = [line.expires_at for line in gone if line.expires_at]
    if not ends:
        return "hold_gone"
    return "let_go" if max(ends) > clock.now() else "hold_expired"


def _unanswered(error: ProviderError) -> Problem:
    """An answer that was lost has been asked about by now: nothing came of it, so the button may be pressed again."""
    return problem("not_ordered" if isinstance(error, OutcomeUnknown) else error)


def _refused(order: Order, booking: Booking, error: ProviderError) -> Step:
    """A part could not be prepared. Nothing was charged: the basket is the buyer's again, and they hear why."""
    log.info("part %s was not prepared: %s", booking.pk, error.code)
    note(booking, because=f"not prepared: {error.code}", actor="buyer")
    if undo(order, f"not prepared: {error.code}") is not None:
        return Step("thanks")
    found = problem(error)
    if isinstance(error, DetailsRejected) and guests.FIELD in error.fields:
        guests.ask_again(booking)
        return Step("guests", problem=problem("guests_missing"), booking=booking)
    if isinstance(error, DetailsRejected):
        Booking.objects.filter(pk=booking.pk).update(details_at=None)
        return Step("details", problem=found, booking=booking, fields=found.fields)
    if isinstance(error, PriceChanged):
        _read(order)
        return Step("review", problem=found, booking=booking)
    if isinstance(error, Refused):
        basket = Basket.objects.get(pk=order.basket_id)
        known = _gone(basket)
        _read(order)
        went = [line for pk, line in _gone(basket).items() if pk not in known]
        if went:
            found = problem(_why_gone(went))
        elif isinstance(error, SoldOut | HoldExpired | HoldGone):
            found = problem("order_refused")  # it says so of the order, and still has what was chosen
        return Step("basket", problem=found, booking=booking)
    return Step("review", problem=_unanswered(error), booking=booking)


def _read(order: Order) -> None:
    """Let the basket show what is left."""
    from baskets import holding

    try:
        holding.read(Basket.objects.get(pk=order.basket_id))
    except (ProviderError, holding.Busy) as error:
        log.info("basket %s could not be read: %s", order.basket_id, type(error).__name__)


# --- once more ---------------------------------------------------------------------------------------------


def _again(order: Order) -> Step:
    """The order is being paid: the same payment again, or a fresh attempt for a part whose payment failed."""
    step = current(order)
    if step.kind not in ("failed", "instead") or step.booking is None:
        return step
    if step.payment is not None and step.payment.route == our_till.US:
        return _again_to_us(order, step)
    try:
        prepare(order, step.booking)
    except ProviderError as error:
        note(step.booking, because=f"not prepared again: {error.code}", actor="buyer")
        again = settling.settle(step.booking.pk, road="not prepared again")
        if again.status in UNPAID and isinstance(error, Refused) and not isinstance(error, DetailsRejected):
            settling.end_part(again, B.REFUSED, error.code, road="buyer")
            return Step("thanks", problem=problem(error), booking=again)
        return Step(step.kind, payment=step.payment, booking=step.booking, problem=problem(error))
    return current(order)


def _again_to_us(order: Order, step: Step) -> Step:
    """A fresh payment for all parts of ours that still wait: those that cannot be had any more are left out."""
    for booking in [b for b in our_till.parts(order) if b.status in UNPAID]:
        try:
            prepare(order, booking)
        except ProviderError as error:
            note(booking, because=f"not prepared again: {error.code}", actor="buyer")
            if isinstance(error, Refused) and not isinstance(error, DetailsRejected):
                settling.end_part(booking, B.REFUSED, error.code, road="buyer")
                continue
            return Step("failed", payment=step.payment, booking=booking, problem=problem(error))
    placing.update_total(order)
    charging.open_payment(order)
    return current(order)


def leave_out(order: Order, booking_id: int) -> Step:
    """Go on without a part that could not be paid. Nothing is charged for it; a late success is still seen."""
    try:
        with claims.claim(f"pay:{order.pk}", seconds=BEGIN_SECONDS):
            booking = order.bookings.filter(pk=booking_id, status__in=UNPAID).first()
            if booking is None or order.status != O.PAYING:
                return current(order)
            if booking.route == our_till.US and not charging.let_go(
                order, because="a part was left out", road="before leaving out"
            ):
                return current(order)
            if booking.prepared_at is not None:
                booking = settling.settle(booking.pk, road="before leaving out")
            if booking.status in UNPAID and booking.returned != "success":
                settling.end_part(booking, B.REFUSED, "dropped", road="buyer")
    except claims.Taken:
        return Step("busy", problem=problem("taken"))
    go_on(order.pk)
    return current(order)
