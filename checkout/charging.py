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
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from checkout import emails, settling, taking
from checkout.models import Booking, Order, Payment
from checkout.our_till import CLAIM_SECONDS, LIVE, UNPAID, US, claim_of, parts, payment_of
from checkout.outcomes import GRACE
from checkout.payments import intents
from checkout.payments.base import Intent, IntentState, TillError, TillMisconfigured, TillRefused
from checkout.states import call_staff, move, note
from checkout.watching import AWAITED, end_of, next_look_payment
from shop import claims, clock

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
PROCESSING = "processing"  # `Payment.reason` while the bank works on it
RETURNED = "returned"  # the same, since the buyer came back from paying and until it was read
BEING_ASKED = (PROCESSING, RETURNED)  # nobody is asked to pay meanwhile


# --- the row ------------------------------------------------------------------------------------------------


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


def settle_claimed(payment: Payment, *, road: str, owner: str, book: bool = True) -> Intent | None:
    """The same for who holds the claim. Returns the intent as it was read; None where there is none, or no answer.

    Without `book` nothing is booked or taken: it is only seen how it stands.
    """
    intent = None
    if payment.external_id:
        try:
            intent = intents.retrieve(payment.external_id)
        except TillError as error:
            _ask_later(payment, error, road)
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
        if book:
            taking.finish(payment, road, owner)
    elif payment.status not in LIVE:
        taking.unpaid_but_booked(payment, road)
    unhurried = Payment.objects.filter(pk=payment.pk, due_at=payment.due_at)
    payment.refresh_from_db()
    plan(payment, unhurried)
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


def plan(payment: Payment, unhurried: QuerySet[Payment] | None = None) -> None:
    """Write down when it is looked at next.

    `unhurried`: the row as it was when its parts were read. Whoever has decided one of them since has made it due at
    once: that stays, or what is booked would be taken an hour later.
    """
    now = clock.now()
    due = next_look_payment(payment, now)
    if due is None and taking.is_unfinished(payment):
        due = now + AWAITED
    if payment.status == P.AUTHORISED and due is not None:
        end = taking.waits_until(payment.order)
        due = due if end is None or end <= now else min(due, end)
    (Payment.objects.filter(pk=payment.pk) if unhurried is None else unhurried).update(due_at=due)


def _ask_later(payment: Payment, error: TillError, road: str) -> None:
    log.warning("payment %s could not be asked for: %s", payment.pk, error.code)
    payment.looks += 1
    Payment.objects.filter(pk=payment.pk).update(looks=payment.looks)
    plan(payment, Payment.objects.filter(pk=payment.pk, due_at=payment.due_at))
    if isinstance(error, TillMisconfigured | TillRefused):
        call_staff(payment.order, "till_misconfigured")
    else:
        taking.waits(payment, road)


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
            taking.received(payment, intent, road)
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
        if taking.cancel(payment, road) is not None:
            note(payment, because="money that came too late was let go", actor=road)
            if payment.order.status in (O.EXPIRED, O.CANCELLED):
                emails.order_not_booked(payment.order)


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
            taking.drop_unbooked(payment, road)


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

    The intent is read first; only one that is not paid is cancelled. Beside parts that others are paid for, an
    authorisation of which nothing was sent to be booked is let go too.
    """
    payment = order.payments.filter(route=US, status__in=LIVE).first()
    if payment is None:
        newest = payment_of(order)
        return newest is None or not taking.is_unfinished(newest)
    try:
        with claims.claim(claim_of(payment.pk), seconds=CLAIM_SECONDS) as owner:
            payment.refresh_from_db()
            untouched = payment.status == P.AUTHORISED and is_untouched(order)
            intent = settle_claimed(payment, road=road, owner=owner, book=not untouched)
            payment.refresh_from_db()
            if payment.status == P.BEGUN and not payment.external_id:
                end(payment, P.FAILED, because, road=road)
            elif payment.status == P.BEGUN and intent is not None:
                _let_go(payment, intent, P.FAILED, because, road)
            elif payment.status == P.AUTHORISED and (untouched or taking.waits_for_others(order)):
                taking.release(payment, road)
    except claims.Taken:
        return False
    payment.refresh_from_db()
    return payment.status not in (*LIVE, P.CAPTURED)


def is_untouched(order: Order) -> bool:
    """Whether there are parts that others are paid for, and nothing of ours was sent to be booked yet."""
    beside = order.bookings.exclude(route=US).filter(total_minor__gt=0, prepared_at__isnull=False)
    return beside.exists() and not any(b.status in taking.PROMISED for b in parts(order))


def _let_go(payment: Payment, intent: Intent, to: str, because: str, road: str) -> None:
    """Cancel what is not paid, and only then call it over. What it says instead is read the next time."""
    if intent.state == IntentState.PROCESSING:
        if payment.pay_by is not None and clock.now() < payment.pay_by + GRACE:
            return  # the bank is at it, and it cannot be cancelled: what comes of it is seen in a moment
    elif intent.state != IntentState.CANCELED:
        gone = taking.cancel(payment, road)
        if gone is None or gone.state != IntentState.CANCELED:
            return
    end(payment, to, because, road=road)


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
