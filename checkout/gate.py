"""The one gate before the buyer's card is asked: every hold, the sum, the time and the state, checked once more.

The browser comes here when "Pay" is pressed, with a form that is filled in and checked. Pressed twice, or in two tabs,
it is told to wait or gets the same intent: there is one for each payment, and a new one only when that is dead.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from checkout import charging, our_till, paying, settling
from checkout.models import Booking, Order, Payment
from checkout.payments import intents
from checkout.payments.base import (
    Intent,
    IntentState,
    TillError,
    TillMisconfigured,
    TillRefused,
)  # fmt: skip
from checkout.states import call_staff, note
from shop import claims, clock
from shop.calls import recording
from shop.problems import Problem, problem
from shop.providers import registry
from shop.providers.errors import HoldExpired, HoldGone, PriceChanged, ProviderError, Refused, SoldOut

log = logging.getLogger(__name__)
P = Payment.Status
WITH_A_CARD = (IntentState.NEEDS_CARD, IntentState.NEEDS_BUYER)


@dataclass(frozen=True)
class Answer:
    """What the browser does next: confirm with `secret`, come back in a moment (`wait`), be led on, or say why not."""

    secret: str = ""
    wait: bool = False
    lead: bool = False  # to the page where paying stands now
    problem: Problem | None = None


def press(order: Order, *, shown_minor: int) -> Answer:
    """The buyer pressed "Pay" on a page that named `shown_minor`. Nothing has been charged so far."""
    try:
        with claims.claim(f"pay:{order.pk}", seconds=paying.BEGIN_SECONDS):
            payment = _payable(order, shown_minor)
            if payment is None:
                return Answer(lead=True)
            with claims.claim(our_till.claim_of(payment.pk), seconds=our_till.CLAIM_SECONDS):
                return _press(order, payment)
    except claims.Taken:
        return Answer(wait=True)


def _payable(order: Order, shown_minor: int) -> Payment | None:
    """The payment that is due, if it is the one that the page shows and there is time for it."""
    step = paying.current(order)
    if step.kind != "pay" or step.payment is None or step.payment.route != our_till.US:
        return None
    if charging.is_over(step.payment) or step.payment.amount_minor != shown_minor:
        return None
    return step.payment


def _press(order: Order, payment: Payment) -> Answer:
    payment.refresh_from_db()
    if payment.status != P.BEGUN:
        return Answer(lead=True)
    for booking in our_till.parts(order):
        try:
            _check(booking)
        except ProviderError as error:
            return _stopped(order, payment, booking, error)
    if _others_changed(order):
        return Answer(lead=True)
    try:
        intent = _intent(order, payment)
    except TillError as error:
        return _till_failed(payment, error)
    if intent is None or intent.state not in WITH_A_CARD:
        Payment.objects.filter(pk=payment.pk).update(due_at=clock.now())
        return Answer(lead=True)
    return Answer(secret=intent.client_secret)


def _others_changed(order: Order) -> bool:
    """Whether a part that somebody else is to be paid for was decided meanwhile: the buyer hears of it before the card."""
    others = order.bookings.exclude(route=our_till.US).filter(
        total_minor__gt=0, prepared_at__isnull=False, status__in=paying.UNPAID
    )
    asked = [settling.settle(pk, road="gate") for pk in list(others.values_list("pk", flat=True))]
    return any(one.status not in paying.UNPAID for one in asked)


def _check(booking: Booking) -> None:
    """Read its hold once more. Raises SoldOut, PriceChanged, HoldExpired, HoldGone, or that it could not be asked."""
    if booking.status != Booking.Status.PREPARED:
        return
    with recording(f"order:{booking.order_id}"):
        hold = registry.provider(booking.account.name).holds.read(booking.handle)
    live = [item for item in hold.items if item.state != "gone"]
    lines = list(booking.lines.filter(kind=""))
    if (lines and not live) or len(live) < len(lines):
        raise SoldOut("gone when Pay was pressed", account=booking.account.name)
    wanted = {line.item_ref: line.quantity for line in lines}
    if any(0 < len(item.tickets) < wanted.get(item.ref, 0) for item in live):
        raise SoldOut("fewer tickets when Pay was pressed", account=booking.account.name)
    known = {line.item_ref: line.price_minor for line in lines}
    if any(item.total.minor > known.get(item.ref, item.total.minor) for item in live):
        raise PriceChanged("another price when Pay was pressed", account=booking.account.name)


def _stopped(order: Order, payment: Payment, booking: Booking, error: ProviderError) -> Answer:
    """Nothing is asked of the card. What is gone for certain ends its part; the page then says what can be done."""
    note(booking, because=f"stopped before paying: {error.code}", actor="buyer")
    if isinstance(error, Refused):
        gone = isinstance(error, HoldExpired | HoldGone)
        to = Booking.Status.LAPSED if gone else Booking.Status.REFUSED
        settling.end_part(booking, to, error.code, road="buyer")
        Payment.objects.filter(pk=payment.pk).update(due_at=clock.now())
        return Answer(lead=True)
    return Answer(problem=problem(error))


def _till_failed(payment: Payment, error: TillError) -> Answer:
    log.warning("payment %s: no intent: %s", payment.pk, error.code)
    note(payment, because=f"the payment company gave no answer: {error.code}", actor="buyer")
    if isinstance(error, TillRefused) and not payment.external_id:
        our_till.other_key(payment)  # nothing was made by this one
    if isinstance(error, TillMisconfigured | TillRefused):
        call_staff(payment.order, "till_misconfigured")
    return Answer(problem=problem("till"))


def _intent(order: Order, payment: Payment) -> Intent | None:
    """The one intent of this payment, made now where there is none. None: it is not as we made it.

    Its id is kept before the browser hears of it: an intent whose answer was lost was never anybody's to pay, and the
    same key finds it again. Raises TillError.
    """
    if payment.external_id:
        intent = intents.retrieve(payment.external_id)
        if charging.mismatch(payment, intent):
            return None
        if intent.state != IntentState.CANCELED:
            _pressed(payment, intent)
            return intent
        changed = Payment.objects.filter(pk=payment.pk, status=P.BEGUN, attempt=payment.attempt).update(
            attempt=payment.attempt + 1, external_id="", secret="", reason=""
        )
        if not changed:
            return None
        payment.refresh_from_db()
        note(payment, because=f"a further attempt: {payment.attempt}", actor="buyer")
    intent = intents.create(
        key=f"payment-{payment.pk}-intent-{payment.attempt}",
        amount=payment.amount,
        payment_id=payment.pk,
        order_number=order.number,
    )
    if charging.mismatch(payment, intent):
        call_staff(order, "till_mismatch", actor="buyer")
        return None
    _pressed(payment, intent)
    return intent


def _pressed(payment: Payment, intent: Intent) -> None:
    now = clock.now()
    payment.external_id, payment.tried_at = intent.id, now
    payment.save(update_fields=["external_id", "tried_at"])
    charging.plan(payment)
