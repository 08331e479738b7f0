"""From "Pay" to the payment page: check every hold again, freeze, hand the details over, learn how to pay.

All parts are prepared before anybody pays, so that the sums are final and what is gone is known while nothing
has been charged. Free parts come last and are booked when the paid ones are. Nothing here holds a transaction
open while a provider is asked; whatever dies half-way is found by the sweep (`recover`) and undone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from baskets import lifecycle
from baskets.models import Basket, Line
from checkout import charging, following, guests, other_route, our_till, placing, settling
from checkout.models import Booking, Order, Payment
from checkout.preparing import UNPAID, prepare
from checkout.states import can, move, note
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

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
LEAST = timedelta(seconds=20)  # with less time left nobody is asked for a card any more
BEGIN_SECONDS = 120  # of the claim while parts are prepared
INTERRUPTED_AFTER = timedelta(seconds=150)  # a frozen basket without anybody at work is given back


@dataclass(frozen=True)
class Step:
    """What comes next for the buyer.

    `kind`: pay (go and pay `payment`), failed (a payment did not come about: again, or without), late (too
    little time is left), thanks (wait, or done), review, details, basket (back to the choice), busy.
    """

    kind: str
    payment: Payment | None = None
    problem: Problem | None = None
    booking: Booking | None = None
    fields: dict[str, str] = field(default_factory=dict)


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
        if _undo(order, "an earlier attempt was interrupted") is not None:
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
        _undo(order, "the sum was higher than what the buyer had seen")
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
    if _undo(order, f"not prepared: {error.code}") is not None:
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


def _undo(order: Order, because: str) -> str | None:
    """Give the basket back after making sure that nothing was booked. Not None: something was, so it stays.

    What may have been begun at a provider is asked about first; a payment that somebody makes all the same is
    seen by the looks that go on, and wins.
    """
    asked_at = clock.now()
    if not charging.let_go(order, because=because, road="before giving back"):
        return "unasked"
    for booking in order.bookings.filter(prepared_at__isnull=False, status__in=UNPAID):
        asked = settling.settle(booking.pk, road="before giving back")
        sure = asked.looked_at is not None and asked.looked_at >= asked_at
        if not sure and asked.payments.filter(status=P.BEGUN).exists():
            return "unasked"  # it may have been paid: nobody is told otherwise before that is known
    undecided = order.bookings.filter(status__in=(B.BOOKED, B.TICKETED, B.UNCERTAIN)).first()
    order.refresh_from_db()
    if undecided is not None:
        if order.status == O.PLACED:
            move(order, O.PAYING, because="a part is booked already", actor="shop", due_at=clock.now())
        settling.follow(order.pk, road="before giving back")
        return str(undecided.status)
    for booking in order.bookings.filter(status__in=UNPAID):
        settling.payment_failed(booking, because=because, actor="buyer")
    if order.status == O.PAYING:
        move(order, O.PLACED, because=because, actor="buyer")
    Order.objects.filter(pk=order.pk, status=O.PLACED).update(due_at=clock.now() + placing.STALE_AFTER)
    following.thaw(order)
    return None


# --- where the order stands ---------------------------------------------------------------------------------


def current(order: Order) -> Step:
    """The next step, read from the rows; asks nobody and changes nothing."""
    order.refresh_from_db()
    if order.status == O.PLACED:
        return Step("review")
    if order.status != O.PAYING:
        return Step("thanks")
    ours = _current_to_us(order)
    if ours is not None:
        return ours
    for booking in order.bookings.select_related("account").order_by("position"):
        if booking.route == our_till.US and booking.status in UNPAID:
            continue  # authorised: it is booked when the others are decided
        if booking.status == B.UNCERTAIN:
            return Step("thanks", booking=booking)
        if booking.status not in UNPAID:
            continue
        payment = booking.payments.order_by("-pk").first()
        if payment is None or booking.returned == "success" or payment.route == "nothing":
            return Step("thanks", booking=booking)
        if payment.status == P.BEGUN:
            return Step(_in_time(booking, payment), payment=payment, booking=booking)
        if payment.status in (P.FAILED, P.EXPIRED):
            return Step("failed", payment=payment, booking=booking)
        return Step("thanks", booking=booking)
    return Step("thanks")


def _current_to_us(order: Order) -> Step | None:
    """What is paid to us comes first: it can be undone. None: it is authorised, or there is nothing of the kind."""
    waiting = [b for b in our_till.parts(order) if b.status in UNPAID]
    payment = our_till.payment_of(order)
    if not waiting or payment is None:
        return None
    first = waiting[0]
    if payment.status == P.BEGUN:
        if payment.reason in charging.BEING_ASKED:
            return Step("thanks", payment=payment, booking=first)
        late = payment.pay_by is not None and payment.pay_by - clock.now() < LEAST
        return Step("late" if late else "pay", payment=payment, booking=first)
    if payment.status in (P.AUTHORISED, P.CAPTURED):
        return None
    return Step("failed", payment=payment, booking=first)


def _in_time(booking: Booking, payment: Payment) -> str:
    """Nobody is sent to a payment page with too little time to pay there."""
    least = timedelta(minutes=settings.MINUTES_BEFORE_PAYMENT) if payment.route == "there" else timedelta(0)
    return "late" if booking.expires_at is not None and booking.expires_at - clock.now() < least else "pay"


def _again(order: Order) -> Step:
    """The order is being paid: the same payment again, or a fresh attempt for a part whose payment failed."""
    step = current(order)
    if step.kind != "failed" or step.booking is None:
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
        return Step("failed", payment=step.payment, booking=step.booking, problem=problem(error))
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


def returned_unpaid(booking: Booking) -> Step:
    """The buyer came back from a failure and the provider says: not paid. The tickets are still held."""
    order = booking.order
    payment = booking.payments.order_by("-pk").first()
    if booking.status not in UNPAID or order.status != O.PAYING or payment is None:
        return current(order)
    if payment.route == "their_form":
        return current(order)  # the same form takes another card
    settling.payment_failed(booking, because="the buyer came back without having paid", actor="return")
    if order.bookings.filter(status__in=settling.DONE).exists():
        return current(order)
    if _undo(order, "the payment did not come about") is not None:
        return Step("thanks")
    return Step("review", booking=booking)


def cancel(order: Order) -> Step:
    """Back to the basket, whatever was begun; unless something is booked or being checked."""
    try:
        with claims.claim(f"pay:{order.pk}", seconds=BEGIN_SECONDS):
            order.refresh_from_db()
            if order.status not in (O.PLACED, O.PAYING):
                return Step("thanks")
            if order.bookings.filter(status__in=UNPAID, returned="success").exists():
                return Step("thanks")  # somebody says that money is under way
            if _undo(order, "the buyer went back to the basket") is not None:
                return Step("thanks")
            return Step("basket")
    except claims.Taken:
        return Step("busy", problem=problem("taken"))


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


# --- what goes on by itself ---------------------------------------------------------------------------------


def go_on(order_id: int) -> None:
    """What is due of our own till, and, when the paid parts are decided, the free ones. From pages and the sweep."""
    charging.go_on(order_id)
    order = Order.objects.get(pk=order_id)
    if order.status != O.PAYING:
        return
    bookings = list(order.bookings.select_related("account"))
    if any(b.status in settling.OPEN and b.total_minor > 0 for b in bookings):
        return
    free = [b for b in bookings if b.status == B.HELD and b.total_minor == 0]
    if not free:
        return
    try:
        with claims.claim(f"pay:{order.pk}", seconds=BEGIN_SECONDS):
            for booking in free:
                _book_free(order, booking)
    except claims.Taken:
        return


def _book_free(order: Order, booking: Booking) -> None:
    try:
        prepare(order, booking)
    except Refused as error:
        settling.end_part(booking, B.REFUSED, error.code, road="shop")
        return
    except (ProviderError, claims.Taken) as error:
        log.info("free part %s could not be booked yet: %s", booking.pk, type(error).__name__)
    settling.settle(booking.pk, road="free")


def recover(order_id: int) -> None:
    """What the sweep does with an order that stands still: undo an attempt that died, forget what is stale."""
    order = Order.objects.select_related("basket").get(pk=order_id)
    now = clock.now()
    if order.status == O.PAYING:
        Order.objects.filter(pk=order.pk).update(due_at=now + settling.SLOW)
        go_on(order.pk)
        settling.follow(order.pk, road="sweep")
        return
    if order.status != O.PLACED or claims.is_taken(f"pay:{order.pk}"):
        Order.objects.filter(pk=order.pk).update(
            due_at=None if order.status != O.PLACED else now + settling.SLOW
        )
        return
    if order.basket.status == Basket.Status.FROZEN:
        _undo(order, "an attempt to pay was interrupted")
        return
    if order.basket.status != Basket.Status.OPEN or now - order.placed_at > placing.STALE_AFTER:
        if can(order, O.EXPIRED):
            move(order, O.EXPIRED, because="nobody went on with it", actor="sweep", due_at=None)
        return
    Order.objects.filter(pk=order.pk).update(due_at=now + placing.STALE_AFTER)


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
