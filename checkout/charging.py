"""Our own till: the one step that brings a payment in line with the payment company and with what was booked.

Webhook, return page, waiting page, sweep and the admin's button all call `settle_payment`. It reads the intent afresh,
outside of any transaction, and then moves what has changed; it is safe to call at any time, by anybody, at once.

    begun -> authorised -> captured      the card was authorised, the parts were booked, the sum of those was taken
    begun -> captured                    a way to pay that takes the money at once: what is then refused is given back
    authorised -> released               nothing was booked: nothing was taken
    begun -> expired | failed            the time ran out, or the buyer went back; only when its intent is surely dead

The money is taken when every part is decided, and never more than what is booked. While it is not known whether a part
is booked, the money stays authorised. What cannot be right is left as it is, and a person is called.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from checkout import confirming, emails, other_route, refunding, settling
from checkout.models import Booking, Order, Payment
from checkout.payments import intents
from checkout.payments.base import Intent, IntentState, TillError, TillRefused
from checkout.states import call_staff, move, note
from checkout.watching import end_of, next_look_payment
from shop import claims, clock

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
US = settling.US
LIVE = settling.LIVE_PAYMENT
UNPAID = (B.HELD, B.PREPARED)
CLAIM_SECONDS = 120  # longer than any one call; prolonged from part to part
LAST_CHANCE = timedelta(hours=12)  # before the bank lets the money go: what is booked is taken now
PROCESSING = "processing"  # `Payment.reason` while the bank works on it
RETURNED = "returned"  # the same, since the buyer came back from paying and until it was read
BEING_ASKED = (PROCESSING, RETURNED)  # nobody is asked to pay meanwhile


# --- the row ------------------------------------------------------------------------------------------------


def parts(order: Order) -> list[Booking]:
    """The parts that our own till pays for."""
    return list(order.bookings.filter(route=US).select_related("order", "account").order_by("position"))


def payment_of(order: Order) -> Payment | None:
    """The newest payment to us, whatever became of it."""
    return order.payments.filter(route=US).order_by("-pk").first()


def claim_of(payment_id: int) -> str:
    """Whoever reads, makes or changes the intent of a payment holds this claim."""
    return f"till:{payment_id}"


def open_payment(order: Order) -> Payment | None:
    """The one payment for all parts of ours that wait to be paid; None where there are none. No intent yet."""
    waiting = [b for b in parts(order) if b.status == B.PREPARED and b.total_minor > 0]
    if not waiting:
        return None
    sum_minor = sum(b.total_minor for b in waiting)
    live = order.payments.filter(route=US, status__in=LIVE).first()
    pay_by = min(end_of(b) for b in waiting)
    if live is not None:  # an attempt that was interrupted before anybody could pay
        if live.external_id or live.status != P.BEGUN:
            return live
        Payment.objects.filter(pk=live.pk).update(amount_minor=sum_minor, pay_by=pay_by, due_at=pay_by)
        live.refresh_from_db()
        return live
    now = clock.now()
    with transaction.atomic():
        made = Payment.objects.create(
            order=order, route=US, amount_minor=sum_minor, currency=order.currency,
            begun_at=now, pay_by=pay_by, due_at=pay_by,
        )  # fmt: skip
        note(made, became=made.status, because=f"payment begun: {US}", actor="buyer")
    return made


# --- the step -----------------------------------------------------------------------------------------------


def came_back(payment_id: int) -> Payment:
    """The buyer is back from paying, which proves nothing: nobody asks them to pay before it was looked at."""
    Payment.objects.filter(pk=payment_id, route=US, status=P.BEGUN).exclude(external_id="").update(
        reason=RETURNED, due_at=clock.now()
    )
    return settle_payment(payment_id, road="return")


def settle_payment(payment_id: int, *, road: str) -> Payment:
    """Ask how a payment to us stands and do what follows from it. Returns it as it is now.

    `road` says who asks (webhook, return, page, poll, sweep, or a member of staff) and is written into the history.
    Errors of the payment company and of providers are never raised: the next time is set, the sweep comes back to it.
    """
    try:
        with claims.claim(claim_of(payment_id), seconds=CLAIM_SECONDS) as owner:
            payment = Payment.objects.select_related("order").get(pk=payment_id)
            if payment.route == US:
                settle_claimed(payment, road=road, owner=owner)
    except claims.Taken:
        pass
    return Payment.objects.select_related("order").get(pk=payment_id)


def settle_claimed(payment: Payment, *, road: str, owner: str) -> Intent | None:
    """The same for who holds the claim. Returns the intent as it was read; None where there is none, or no answer."""
    intent = None
    if payment.external_id:
        try:
            intent = intents.retrieve(payment.external_id)
        except TillError as error:
            _ask_later(payment, error)
            return None
        payment.looked_at, payment.looks = clock.now(), payment.looks + 1
        payment.save(update_fields=["looked_at", "looks"])
        wrong = mismatch(payment, intent)
        if wrong:
            note(payment, because=f"not as we made it: {wrong}", actor=road)
            call_staff(
                payment.order,
                "till_mismatch",
                actor=road,
                stop=intent.state in MOVED and payment.status in LIVE,
            )
            Payment.objects.filter(pk=payment.pk).update(due_at=clock.now() + timedelta(hours=1))
            return None
        _apply(payment, intent, road)
    elif payment.status == P.BEGUN and is_over(payment):
        end(payment, P.EXPIRED, "expired", road=road)  # nobody was ever given a way to pay it
    payment.refresh_from_db()
    if payment.status in (P.AUTHORISED, P.CAPTURED):
        _finish(payment, road, owner)
    elif payment.status not in LIVE:
        _unpaid_but_booked(payment, road)
    payment.refresh_from_db()
    plan(payment)
    settling.follow(payment.order_id, road=road)
    return intent


def look_again(order: Order, *, road: str) -> list[Payment]:
    """Look at every payment to us of an order, whatever its plan says: what a member of staff asks for."""
    known = order.payments.filter(route=US).order_by("pk").values_list("pk", flat=True)
    return [settle_payment(pk, road=road) for pk in list(known)]


def go_on(order_id: int) -> None:
    """Look at the payment of an order if that is due, for example because a part was decided just now."""
    due = Payment.objects.filter(order=order_id, route=US, due_at__lte=clock.now())
    for pk in list(due.values_list("pk", flat=True)):
        settle_payment(pk, road="shop")


MOVED = (IntentState.AUTHORISED, IntentState.CAPTURED)


def mismatch(payment: Payment, intent: Intent) -> str:
    """A code of what is not as it was made, "" where all is right. Nothing moves on a payment that is not."""
    if intent.payment_ref != str(payment.pk):
        return "reference"
    if (intent.amount.minor, intent.amount.currency) != (payment.amount_minor, payment.currency):
        return "amount"
    return "" if intent.live == intents.is_live() else "mode"


def plan(payment: Payment) -> None:
    """Write down when it is looked at next."""
    due = next_look_payment(payment, clock.now())
    Payment.objects.filter(pk=payment.pk).update(due_at=due)


def _ask_later(payment: Payment, error: TillError) -> None:
    log.warning("payment %s could not be asked for: %s", payment.pk, error.code)
    payment.looks += 1
    Payment.objects.filter(pk=payment.pk).update(looks=payment.looks)
    plan(payment)
    if error.code == "till_misconfigured":
        call_staff(payment.order, "till_misconfigured")


def is_over(payment: Payment) -> bool:
    """Whether it can be paid no longer: its time is over, or a part of it is not to be had any more."""
    if payment.pay_by is not None and clock.now() >= payment.pay_by:
        return True
    waiting = [b for b in parts(payment.order) if b.status == B.PREPARED]
    return sum(b.total_minor for b in waiting) != payment.amount_minor


# --- what the payment company says ----------------------------------------------------------------------------


def _apply(payment: Payment, intent: Intent, road: str) -> None:
    match intent.state:
        case IntentState.AUTHORISED:
            _authorised(payment, intent, road)
        case IntentState.CAPTURED:
            _received(payment, intent, road)
        case IntentState.CANCELED:
            _canceled(payment, intent, road)
        case _:
            _waiting(payment, intent, road)


def _authorised(payment: Payment, intent: Intent, road: str) -> None:
    """The bank keeps the money for us. Where nobody waits for it any more, it is let go at once."""
    facts: dict[str, Any] = {"charge_id": intent.charge_id, "capture_before": intent.capture_before}
    if payment.status == P.BEGUN:
        move(payment, P.AUTHORISED, because="the card is authorised", actor=road, reason="", **facts)
    elif payment.status not in (P.AUTHORISED, P.CAPTURED):
        call_staff(payment.order, "late_money", actor=road)
        if _cancel(payment, road) is not None:
            note(payment, because="money that came too late was let go", actor=road)
            emails.order_not_booked(payment.order)


def _received(payment: Payment, intent: Intent, road: str) -> None:
    """The money is ours: a method that takes it at once, a capture whose answer was lost, or it comes too late."""
    if payment.status == P.CAPTURED or payment.status == P.REFUNDED:
        return
    late = payment.status not in LIVE
    if (
        payment.status == P.RELEASED
    ):  # taken by hand in the payment company's own pages: nobody here asked for it
        call_staff(payment.order, "late_money", actor=road)
        return
    if not move(
        payment, P.CAPTURED, because="the money was received", actor=road, captured_minor=intent.received,
        charge_id=intent.charge_id, settled_at=clock.now(), secret="", reason="late" if late else "",
    ):  # fmt: skip
        return
    if late:
        call_staff(payment.order, "late_money", actor=road)


def _canceled(payment: Payment, intent: Intent, road: str) -> None:
    """It is dead. Before it was paid, another takes its place while there is time; after, the money is gone."""
    if payment.status == P.BEGUN:
        if is_over(payment):
            end(payment, P.EXPIRED, "expired", road=road)
        elif payment.reason != "canceled":
            note(payment, because=f"this attempt is over: {intent.cancel_reason or 'canceled'}", actor=road)
            Payment.objects.filter(pk=payment.pk).update(reason="canceled", secret="")
    elif payment.status == P.AUTHORISED:
        lost = any(b.status in (*settling.DONE, B.UNCERTAIN, B.CONFIRMING) for b in parts(payment.order))
        move(
            payment, P.RELEASED, because="the money was let go", actor=road,
            reason="authorisation_lost" if lost else "not_booked", settled_at=clock.now(), secret="",
        )  # fmt: skip
        if not lost:
            drop_unbooked(payment, road)


def _waiting(payment: Payment, intent: Intent, road: str) -> None:
    """Not paid. What is over is let go; meanwhile it is written down how it stands."""
    if payment.status != P.BEGUN:
        return
    how = {IntentState.PROCESSING: PROCESSING, IntentState.NEEDS_BUYER: "challenge"}.get(
        intent.state, "declined" if intent.declined else ""
    )
    if how != payment.reason:
        payment.reason = how
        Payment.objects.filter(pk=payment.pk, status=P.BEGUN).update(reason=how)
    if is_over(payment):
        _let_go(payment, intent, P.EXPIRED, "expired", road)


# --- letting go ---------------------------------------------------------------------------------------------


def let_go(order: Order, *, because: str, road: str) -> bool:
    """Before anything is given back: make sure that no money can come for it. False: some has, or it is not known.

    The intent is read first; only one that is not paid is cancelled.
    """
    payment = order.payments.filter(route=US, status__in=LIVE).first()
    if payment is None:
        return True
    try:
        with claims.claim(claim_of(payment.pk), seconds=CLAIM_SECONDS) as owner:
            payment.refresh_from_db()
            intent = settle_claimed(payment, road=road, owner=owner)
            payment.refresh_from_db()
            if payment.status == P.BEGUN and not payment.external_id:
                end(payment, P.FAILED, because, road=road)
            elif payment.status == P.BEGUN and intent is not None:
                _let_go(payment, intent, P.FAILED, because, road)
            elif payment.status == P.AUTHORISED and _waits_for_others(order):
                release(payment, road)
    except claims.Taken:
        return False
    payment.refresh_from_db()
    return payment.status not in (*LIVE, P.CAPTURED)


def _let_go(payment: Payment, intent: Intent, to: str, because: str, road: str) -> None:
    """Cancel what is not paid, and only then call it over. What it says instead is read the next time."""
    if intent.state == IntentState.PROCESSING:
        if payment.pay_by is not None and clock.now() < payment.pay_by + settling.GRACE:
            return  # the bank is at it, and it cannot be cancelled: what comes of it is seen in a moment
    elif intent.state != IntentState.CANCELED:
        gone = _cancel(payment, road)
        if gone is None or gone.state != IntentState.CANCELED:
            return
    end(payment, to, because, road=road)


def _cancel(payment: Payment, road: str) -> Intent | None:
    """None: not known, or not any more as we thought. It is read again in a moment."""
    try:
        return intents.cancel(payment.external_id, key=f"payment-{payment.pk}-cancel-{payment.attempt}")
    except TillError as error:
        note(payment, because=f"not cancelled yet: {error.code}", actor=road)
        return None


def end(payment: Payment, to: str, because: str, *, road: str) -> None:
    """No money can come from it. Parts whose time is over go with it; the others wait for another payment."""
    watched = payment.reason == PROCESSING  # the bank is at it all the same: it is looked at for days
    if not move(
        payment, to, because=because, actor=road, reason=PROCESSING if watched else because[:60],
        settled_at=clock.now(), secret="",
    ):  # fmt: skip
        return
    now = clock.now()
    for booking in parts(payment.order):
        if booking.status in UNPAID and now >= end_of(booking):
            settling.end_part(booking, B.LAPSED, "expired", road=road)


# --- booking and taking -----------------------------------------------------------------------------------------


def _finish(payment: Payment, road: str, owner: str) -> None:
    """The money is there: have the parts booked, one after the other, then take it, let it go or give it back."""
    order = Order.objects.get(pk=payment.order_id)
    if payment.reason != "late" and not _others_open(order):
        for booking in parts(order):
            if booking.status == B.PREPARED:
                claims.prolong(claim_of(payment.pk), owner, seconds=CLAIM_SECONDS)
                _book(booking, road)
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


def _book(booking: Booking, road: str) -> None:
    booking = confirming.confirm(booking, road=road)
    if booking.status == B.PREPARED and clock.now() >= end_of(booking):  # it was not to be reached in time
        settling.end_part(booking, B.LAPSED, "expired", road=road)


def _others_open(order: Order) -> bool:
    """Whether parts that somebody else is paid for are not decided: ours are booked after them.

    What can be undone comes first. Should our own hold run out meanwhile, and something be booked already, ours is
    booked without waiting.
    """
    others = list(order.bookings.exclude(route=US).filter(total_minor__gt=0))
    if not any(b.status in settling.OPEN and not other_route.is_turned(b) for b in others):
        return False
    soon = clock.now() + timedelta(seconds=90)
    hurry = any(end_of(b) <= soon for b in parts(order) if b.status == B.PREPARED)
    return not (hurry and any(b.status in settling.DONE for b in others))


def _waits_for_others(order: Order) -> bool:
    """Whether nothing of ours was sent to be booked yet, for others are to be paid first: it can be undone."""
    return _others_open(order) and all(b.status in UNPAID for b in parts(order) if b.status in settling.OPEN)


def _last_chance(payment: Payment) -> bool:
    """Whether the bank lets the money go soon: what is booked is paid for without waiting for the rest."""
    until: datetime | None = payment.capture_before
    return payment.status == P.AUTHORISED and until is not None and clock.now() >= until - LAST_CHANCE


def take(payment: Payment, minor: int, road: str) -> None:
    """Take so much; the rest is let go with it. The same key as often as it takes: it is taken once."""
    try:
        intent = intents.capture(
            payment.external_id, key=f"payment-{payment.pk}-capture-{payment.attempt}", minor=minor
        )
    except TillRefused as error:
        note(payment, because=f"not taken: {error.code}", actor=road)
        if error.code == intents.TOO_LATE:
            _lost_authorisation(payment, road)
        elif error.code not in (intents.UNEXPECTED_STATE, intents.ALREADY_CAPTURED):
            call_staff(payment.order, "capture_refused", actor=road)
        return  # it is read again in a moment, and then seen as it is
    except TillError as error:
        log.warning("payment %s could not be taken yet: %s", payment.pk, error.code)
        note(payment, because=f"not taken yet: {error.code}", actor=road)
        return
    if intent.state == IntentState.CAPTURED:
        _received(payment, intent, road)


def _lost_authorisation(payment: Payment, road: str) -> None:
    if move(
        payment, P.RELEASED, because="the money was let go", actor=road, reason="authorisation_lost",
        settled_at=clock.now(), secret="",
    ):  # fmt: skip
        _unpaid_but_booked(payment, road)


def release(payment: Payment, road: str) -> None:
    """Nothing is booked: the buyer is not charged."""
    intent = _cancel(payment, road)
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


def _unpaid_but_booked(payment: Payment, road: str) -> None:
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
    booked = sum(b.total_minor for b in mine if b.status in settling.DONE)
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
