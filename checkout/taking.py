"""The money is there: have the parts booked, then take it, let it go or give it back.

Called with the claim of the payment (`our_till.claim_of`), by `charging` and by a person's decision. What is taken is never
more than what is booked; while it is not known whether a part is booked, nothing is.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from checkout import confirming, other_route, refundable, refunding, settling, words
from checkout.models import Booking, Order, Payment
from checkout.our_till import CLAIM_SECONDS, LIVE, UNPAID, US, claim_of, other_key, parts, payment_of
from checkout.payments import intents
from checkout.payments.base import Intent, IntentState, TillError, TillRefused
from checkout.states import call_staff, move, note
from checkout.watching import end_of
from shop import claims, clock

log = logging.getLogger(__name__)
B, P = Booking.Status, Payment.Status
PROMISED = (*settling.DONE, B.CONFIRMING, B.UNCERTAIN)  # booked, or perhaps booked
PATIENCE = timedelta(minutes=30)  # with a payment company that does not take what is booked
HURRY = timedelta(seconds=90)  # before our own hold runs out, what is authorised is booked
LAST_CHANCE = timedelta(hours=12)  # before the bank lets the money go: what is booked is taken now


def finish(payment: Payment, road: str, owner: str) -> None:
    """The money is there: have the parts booked, one after the other, then take it, let it go or give it back."""
    order = Order.objects.get(pk=payment.order_id)
    if payment.reason != "late" and not _others_open(order):
        for booking in parts(order):
            if booking.status == B.PREPARED and not _is_covered(payment, booking):
                settling.end_part(booking, B.LAPSED, "unpaid", road=road)
            elif booking.status == B.PREPARED:
                claims.prolong(claim_of(payment.pk), owner, seconds=CLAIM_SECONDS)
                _book(booking, road)
    payment.refresh_from_db(fields=["due_at"])  # before the parts: see `charging.plan`
    mine = parts(order)
    undecided = [b for b in mine if b.status in settling.OPEN]
    if payment.reason == "late":
        _give_back(payment, mine, road)
    elif undecided and not _last_chance(payment):
        return
    elif payment.status == P.CAPTURED:
        _give_back(payment, [*mine, *other_route.turned(order)], road)
    elif sum_minor := sum(b.total_minor for b in mine if b.status in settling.DONE):
        take(payment, sum_minor, road)
    elif undecided:
        call_staff(order, "uncertain", actor=road)
    else:
        release(payment, road)


def _is_covered(payment: Payment, booking: Booking) -> bool:
    """Whether there is money for this part: of what was taken already, less than the whole sum may be left."""
    if payment.status != P.CAPTURED:
        return True
    theirs = [b for b in parts(payment.order) if b.status in (*PROMISED, B.REFUNDED)]
    back = refundable.spent(payment.refunds.exclude(booking__in=theirs))
    left = payment.captured_minor - back - sum(b.total_minor for b in theirs)
    return bool(left >= booking.total_minor)


def is_unfinished(payment: Payment) -> bool:
    """Whether money that was taken waits for a part that is not sent to be booked yet."""
    if payment.status != P.CAPTURED or payment.reason == "late":
        return False
    return any(b.status == B.PREPARED for b in parts(payment.order))


def _book(booking: Booking, road: str) -> None:
    booking = confirming.confirm(booking, road=road)
    if booking.status == B.PREPARED and clock.now() >= end_of(booking):  # it was not to be reached in time
        settling.end_part(booking, B.LAPSED, "expired", road=road)


def _others_open(order: Order) -> bool:
    """Whether parts that somebody else is paid for are not decided: ours are booked after them.

    What can be undone comes first. Should our own hold run out meanwhile, ours is booked without waiting: the buyer
    has agreed to its sum, and whether they still pay elsewhere is theirs.
    """
    others = order.bookings.exclude(route=US).filter(total_minor__gt=0, status__in=settling.OPEN)
    if not any(not other_route.is_turned(b) and b.reason != words.CANNOT_BE_ASKED for b in others):
        return False
    until = waits_until(order)
    return until is None or clock.now() < until


def waits_until(order: Order) -> datetime | None:
    """When ours is booked in any case: a moment before the first of its holds runs out. None: nothing waits."""
    ends = [end_of(b) for b in parts(order) if b.status == B.PREPARED]
    return min(ends) - HURRY if ends else None


def waits_for_others(order: Order) -> bool:
    """Whether nothing of ours was sent to be booked yet, for others are to be paid first: it can be undone."""
    return _others_open(order) and not any(b.status in PROMISED for b in parts(order))


def _last_chance(payment: Payment) -> bool:
    """Whether the bank lets the money go soon: what is booked is paid for without waiting for the rest."""
    until: datetime | None = payment.capture_before
    return payment.status == P.AUTHORISED and until is not None and clock.now() >= until - LAST_CHANCE


def take(payment: Payment, minor: int, road: str) -> None:
    """Take so much; the rest is let go with it. The same key as often as it takes: it is taken once.

    Another sum is another key: a part was decided since, and what may have been taken is read before.
    """
    key = f"payment-{payment.pk}-capture-{payment.attempt}-{minor}"
    try:
        intent = intents.capture(payment.external_id, key=key, minor=minor)
    except TillRefused as error:
        note(payment, because=f"not taken: {error.code}", actor=road)
        other_key(payment)
        if error.code == intents.TOO_LATE:
            _lost_authorisation(payment, road)
        elif error.code not in (intents.UNEXPECTED_STATE, intents.ALREADY_CAPTURED):
            call_staff(payment.order, "capture_refused", actor=road)
        return  # it is read again in a moment, and then seen as it is
    except TillError as error:
        log.warning("payment %s could not be taken yet: %s", payment.pk, error.code)
        note(payment, because=f"not taken yet: {error.code}", actor=road)
        waits(payment, road)
        return
    if intent.state == IntentState.CAPTURED:
        received(payment, intent, road)


def waits(payment: Payment, road: str) -> None:
    """The payment company does not answer. Where tickets are booked on its promise, a person is called in the end."""
    if payment.status != P.AUTHORISED or clock.now() - (payment.tried_at or payment.begun_at) <= PATIENCE:
        return
    if any(b.status in settling.DONE for b in parts(payment.order)):
        call_staff(payment.order, "capture_waits", actor=road)


def _lost_authorisation(payment: Payment, road: str) -> None:
    if move(
        payment, P.RELEASED, because="the money was let go", actor=road, reason="authorisation_lost",
        settled_at=clock.now(), secret="",
    ):  # fmt: skip
        unpaid_but_booked(payment, road)


def release(payment: Payment, road: str) -> None:
    """Nothing is booked: the buyer is not charged."""
    intent = cancel(payment, road)
    if intent is None or intent.state != IntentState.CANCELED:
        return
    move(
        payment, P.RELEASED, because="nothing was booked, so nothing was taken", actor=road,
        reason="not_booked", settled_at=clock.now(), secret="",
    )  # fmt: skip


def drop_unbooked(payment: Payment, road: str) -> None:
    """The money went before these were booked: they are not, and nothing is charged."""
    for booking in parts(payment.order):
        if booking.status in UNPAID:
            settling.end_part(booking, B.LAPSED, "unpaid", road=road)


def unpaid_but_booked(payment: Payment, road: str) -> None:
    """Booked, and no money for it will come by itself: a person decides."""
    newest = payment_of(payment.order)
    if newest is None or newest.pk != payment.pk or payment.status in (P.CAPTURED, P.REFUNDED):
        return
    mine = parts(payment.order)
    lost = payment.reason == "authorisation_lost"
    if any(b.status in settling.DONE for b in mine):
        call_staff(payment.order, "authorisation_lost" if lost else "booked_unpaid", actor=road, stop=True)
    elif lost and any(b.status == B.UNCERTAIN for b in mine):
        call_staff(payment.order, "authorisation_lost", actor=road, stop=True)


def _give_back(payment: Payment, mine: list[Booking], road: str) -> None:
    """Money that was received for parts that are not booked goes back, once for each of them."""
    if payment.status != P.CAPTURED:
        return
    if payment.reason == "late":
        if not payment.refunds.filter(reason="late").exists():
            _refund(payment, payment.captured_minor, None, "late", road)
        return
    # what was booked and given back since was paid for: it leaves nothing for those that never were
    booked = sum(b.total_minor for b in mine if b.status in (*settling.DONE, B.REFUNDED))
    left = payment.captured_minor - booked
    if left < 0:
        call_staff(payment.order, "booked_unpaid", actor=road)
    for booking in mine:
        over = booking.status in (B.REFUSED, B.LAPSED) or other_route.is_turned(booking)
        if not over or left < booking.total_minor:
            continue
        left -= booking.total_minor
        if not payment.refunds.filter(booking=booking, reason="refused").exists():
            _refund(payment, booking.total_minor, booking, "refused", road)


def _refund(payment: Payment, minor: int, booking: Booking | None, reason: str, road: str) -> None:
    """A row of the ledger, from which it goes on by itself. What the ledger forbids is for a person."""
    try:
        refunding.refund(payment, minor, booking=booking, reason=reason, actor=road)
    except refunding.NotPossible as error:
        note(payment, because=f"not given back yet: {error.code}", actor=road)
        if error.code != "busy":  # that comes round again
            call_staff(payment.order, "refund_failed", actor=road)


def received(payment: Payment, intent: Intent, road: str) -> None:
    """The money is ours: a method that takes it at once, a capture whose answer was lost, or it comes too late."""
    if payment.status in (P.CAPTURED, P.REFUNDED):
        return
    late = payment.status not in LIVE
    if payment.status == P.RELEASED:  # taken by hand in the payment company's own pages: nobody here asked
        call_staff(payment.order, "late_money", actor=road)
        return
    if not move(
        payment, P.CAPTURED, because="the money was received", actor=road, captured_minor=intent.received,
        charge_id=intent.charge_id, settled_at=clock.now(), secret="", reason="late" if late else "",
    ):  # fmt: skip
        return
    if late:
        call_staff(payment.order, "late_money", actor=road)


def cancel(payment: Payment, road: str) -> Intent | None:
    """None: not known, or not any more as we thought. It is read again in a moment."""
    try:
        return intents.cancel(payment.external_id, key=f"payment-{payment.pk}-cancel-{payment.attempt}")
    except TillError as error:
        note(payment, because=f"not cancelled yet: {error.code}", actor=road)
        if isinstance(error, TillRefused):
            other_key(payment)
        return None
