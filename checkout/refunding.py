"""Giving money back, by a ledger of our own.

A row is written before anybody is asked, and its id is the key of the asking: so two presses never give back more
than was received, and an answer that was lost is asked for again without giving twice. What the payment company
says of a refund is read afresh each time; one that was accepted can still fail days later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from checkout import emails, refundable, settling
from checkout.models import Booking, Order, Payment, Refund
from checkout.payments import marks, refunds
from checkout.payments.base import (
    RefundSeen,
    RefundState,
    TillError,
    TillMisconfigured,
    TillRefused,
)
from checkout.refundable import ACCEPTED, DEAD
from checkout.states import call_staff, can, move, note
from shop import claims, clock
from shop.words import money

log = logging.getLogger(__name__)
R, B, P = Refund.Status, Booking.Status, Payment.Status
BECOMES = {
    RefundState.PENDING: R.PENDING,
    RefundState.SUCCEEDED: R.SUCCEEDED,
    RefundState.FAILED: R.FAILED,
    RefundState.CANCELED: R.CANCELED,
    RefundState.NEEDS_ACTION: R.NEEDS_ACTION,
}
SAID = {
    R.PENDING: "a refund is on its way",
    R.SUCCEEDED: "a refund was made",
    R.FAILED: "a refund failed",
    R.CANCELED: "a refund was cancelled",
    R.NEEDS_ACTION: "a refund waits for the buyer",
}
KEY_KEPT = timedelta(hours=23)  # for how long the same key surely is the same refund
PAUSES = (30, 60, 120, 300, 900, 1800, 3600)  # seconds until it is asked for again
ASKED_OFTEN = 5  # then a person hears of it
READ_AGAIN = timedelta(hours=12)  # one that is on its way: normally a message says so earlier
READ_FOR = timedelta(days=45)


class NotPossible(Exception):
    """`code`: not_paid, too_much (`left`: minor units), nothing, ticket_back, busy."""

    def __init__(self, code: str, *, left: int = 0) -> None:
        super().__init__(code)
        self.code, self.left = code, left


def refund(
    payment: Payment,
    minor: int,
    *,
    booking: Booking | None = None,
    reason: str,
    actor: str,
    tickets: Sequence[dict[str, Any]] = (),
    note: str = "",
) -> Refund:
    """Give `minor` units of a payment back; the row as it is now.

    `tickets`: what it is for, as `refundable.entries`. `reason` is a code of `words.REFUND_REASONS`. Raises NotPossible
    where our own ledger forbids it. The till's errors are not raised: the row waits, and is asked for again.
    """
    try:
        with claims.claim(f"refund:{payment.pk}", seconds=60), transaction.atomic():
            row = _write(payment, minor, booking, reason, actor, tickets, note)
    except claims.Taken:
        raise NotPossible("busy") from None
    return settle_refund(row.pk, road=actor)


def _write(
    payment: Payment,
    minor: int,
    booking: Booking | None,
    reason: str,
    actor: str,
    tickets: Sequence[dict[str, Any]],
    said: str,
) -> Refund:
    fresh = Payment.objects.get(pk=payment.pk)
    if fresh.route != "us" or fresh.status not in (P.CAPTURED, P.REFUNDED) or not fresh.external_id:
        raise NotPossible("not_paid")
    if minor <= 0:
        raise NotPossible("nothing")
    left = refundable.left_of_payment(fresh).minor
    if booking is not None:
        left = min(left, refundable.left_of_booking(booking).minor)
    if minor > left:
        raise NotPossible("too_much", left=left)
    back = refundable.given_back(fresh.refunds.all())
    if any((entry["line"], ref) in back for entry in tickets for ref in entry["refs"]):
        raise NotPossible("ticket_back")
    row = Refund.objects.create(
        payment=fresh,
        booking=booking,
        currency=fresh.currency,
        amount_minor=minor,
        tickets=list(tickets),
        reason=reason[:40],
        note=said[:200],
        actor=actor[:100],
        made_at=clock.now(),
        due_at=clock.now() + timedelta(seconds=PAUSES[0]),
    )
    _note(row, "", R.ASKED, "a refund is asked for", actor)
    return row


def _note(row: Refund, was: str, became: str, because: str, actor: str) -> None:
    note(
        row.booking or row.payment.order,
        was=was,
        became=became,
        because=f"{because}: {money(row.amount)}",
        actor=actor,
        subject="refund",
        refund=row,
    )


def settle_refund(refund_id: int, *, road: str) -> Refund:
    """Ask for a refund that was not answered yet, or read how one stands, and move what follows. Safe at any time."""
    try:
        with claims.claim(f"refunding:{refund_id}", seconds=120):
            row = _row(refund_id)
            if row.status == R.ASKED:
                _ask(row, road)
            elif row.external_id and row.status not in DEAD:
                _read(row, road)
            else:
                Refund.objects.filter(pk=row.pk).update(due_at=None)
    except claims.Taken:
        pass
    return _row(refund_id)


def _row(refund_id: int) -> Refund:
    return Refund.objects.select_related("payment__order", "booking").get(pk=refund_id)


def _ask(row: Refund, road: str) -> None:
    payment = row.payment
    try:
        if clock.now() - row.made_at > KEY_KEPT:  # the key may be forgotten there
            for seen in refunds.of_intent(payment.external_id):
                if seen.refund_ref == str(row.pk):
                    apply(row, seen, road=road)
                    return
        seen = refunds.make(
            key=f"refund-{row.pk}",
            intent_id=payment.external_id,
            minor=row.amount_minor,
            metadata=marks.of_refund(row.pk, payment.pk, payment.order.number),
            reason=row.reason,
        )
    except TillRefused as error:
        if error.code == "idempotency":  # the first asking is still under way there, or was another one
            _later(row, error)
            return
        _move(row, R.FAILED, road, failure=error.code[:60])
        _learn_all(payment, road)
    except TillError as error:
        _later(row, error)
    else:
        apply(row, seen, road=road)


def _read(row: Refund, road: str) -> None:
    try:
        seen = refunds.read(row.external_id)
    except TillError as error:
        _later(row, error)
        return
    if seen is not None:
        apply(row, seen, road=road)


def _later(row: Refund, error: TillError) -> None:
    """Nothing is known, so nothing is said: it is asked for again, and after a while a person hears of it."""
    log.info("refund %s could not be settled: %s", row.pk, error.code)
    pause = PAUSES[min(row.looks, len(PAUSES) - 1)]
    Refund.objects.filter(pk=row.pk).update(
        looks=row.looks + 1, due_at=clock.now() + timedelta(seconds=pause)
    )
    if row.looks + 1 >= ASKED_OFTEN or isinstance(error, TillMisconfigured):
        call_staff(row.payment.order, "refund_waits")


def apply(row: Refund, seen: RefundSeen, *, road: str) -> None:
    """Move a refund to what was said of it, and what follows. Nobody is asked here."""
    if seen.amount != row.amount:
        call_staff(row.payment.order, "refund_differs", actor=road)
    for _try in range(3):
        if row.status in DEAD and row.external_id:
            break
        to = BECOMES[seen.state]
        if to == row.status:
            Refund.objects.filter(pk=row.pk).update(due_at=_next(row, clock.now()), looks=row.looks + 1)
            break
        if _move(row, to, road, external_id=seen.id, failure=seen.failure[:60]):
            break
        row = _row(row.pk)


def _next(row: Refund, now: datetime) -> datetime | None:
    if row.status in (R.PENDING, R.NEEDS_ACTION) and now - row.made_at < READ_FOR:
        return now + READ_AGAIN
    return None


def _move(row: Refund, to: str, road: str, **fields: Any) -> bool:
    """Compare-and-swap with everything that follows from it; False where somebody was quicker."""
    was, now = row.status, clock.now()
    with transaction.atomic():
        fields["settled_at"] = now if to not in (R.PENDING, R.NEEDS_ACTION) else None
        if not Refund.objects.filter(pk=row.pk, status=was).update(status=to, looks=0, **fields):
            return False
        row.status = to
        for name, value in fields.items():
            setattr(row, name, value)
        Refund.objects.filter(pk=row.pk).update(due_at=_next(row, now))
        _note(row, was, to, SAID[R(to)], road)
        if to in DEAD:
            _failed(row, was, road)
        elif was not in ACCEPTED:
            _accepted(row, road)
    return True


def _accepted(row: Refund, road: str) -> None:
    """From now on these tickets are no longer the buyer's, by our rule: payment, part and order follow."""
    payment = Payment.objects.select_related("order").get(pk=row.payment_id)
    order = payment.order
    if order.email:
        emails.queue(order, f"refund-{row.pk}")
    back = sum(r.amount_minor for r in payment.refunds.all() if r.status in ACCEPTED)
    whole = payment.captured_minor > 0 and back >= payment.captured_minor
    if whole and payment.status == P.CAPTURED:
        move(payment, P.REFUNDED, because="everything was given back", actor=road)
    # who paid twice keeps the tickets that the other payment is for
    others = (p for p in refundable.payments_of(order.pk) if p.pk != payment.pk)
    whole = (
        whole
        and row.reason not in refundable.BESIDE
        and not any(refundable.left_of_payment(p) for p in others)
    )
    for booking in order.bookings.filter(route="us", status__in=settling.DONE):
        if whole or refundable.is_all_back(booking):
            move(
                booking,
                B.REFUNDED,
                because="everything was given back",
                actor=road,
                documents_due_at=None,
                due_at=None,
            )
    settling.follow(order.pk, road=road)


def _failed(row: Refund, was: str, road: str) -> None:
    """Nothing came of it. What was said to the buyer in the meantime is for a person to put right."""
    payment = Payment.objects.get(pk=row.payment_id)
    if payment.status == P.REFUNDED and can(payment, P.CAPTURED):
        move(payment, P.CAPTURED, because="a refund failed", actor=road)
    reason = "refund_failed" if was == R.ASKED else "refund_failed_late"
    call_staff(row.payment.order, reason, actor=road)


# --- refunds that were made elsewhere -----------------------------------------------------------------------


def learn(refund_id: str, payment: Payment, *, road: str) -> Refund | None:
    """A refund that we heard of: one of ours, or one made in the payment company's own dashboard.

    Read afresh; None where there is no such refund. Raises TillError.
    """
    seen = refunds.read(refund_id)
    return None if seen is None else _learn(seen, payment, road)


def learn_all(payment: Payment, *, road: str) -> int:
    """Every refund of a payment, read afresh; how many there are. Raises TillError."""
    found = refunds.of_intent(payment.external_id) if payment.external_id else []
    for seen in found:
        _learn(seen, payment, road)
    return len(found)


def _learn_all(payment: Payment, road: str) -> None:
    """One of ours was refused: perhaps because somebody gave the money back elsewhere."""
    try:
        learn_all(payment, road=road)
    except TillError as error:
        log.info("refunds of payment %s could not be read: %s", payment.pk, error.code)


def _learn(seen: RefundSeen, payment: Payment, road: str) -> Refund:
    row = _known(seen, payment)
    if row is None:
        row = _outside(seen, payment, road)
    if (
        row.status in DEAD
        and not row.external_id
        and seen.state
        not in (
            RefundState.FAILED,
            RefundState.CANCELED,
        )
    ):  # we were told no, and yet it was made
        call_staff(payment.order, "refund_differs", actor=road)
    apply(row, seen, road=road)
    return _row(row.pk)


def _known(seen: RefundSeen, payment: Payment) -> Refund | None:
    rows: Iterable[Any] = Refund.objects.select_related("payment__order", "booking")
    found = rows.filter(external_id=seen.id).first()  # type: ignore[attr-defined]
    if found is None and seen.refund_ref.isdigit():
        found = rows.filter(pk=int(seen.refund_ref), payment=payment, external_id="").first()  # type: ignore[attr-defined]
    return found


def _outside(seen: RefundSeen, payment: Payment, road: str) -> Refund:
    try:
        with transaction.atomic():
            row = Refund.objects.create(
                payment=payment,
                booking=_only_part(payment.order),
                currency=seen.amount.currency,
                amount_minor=seen.amount.minor,
                reason="other",
                external_id=seen.id,
                seen_outside=True,
                made_at=seen.made_at or clock.now(),
            )
            _note(row, "", R.ASKED, "a refund was made elsewhere", road)
            call_staff(payment.order, "refund_outside", actor=road)
    except IntegrityError:
        return Refund.objects.select_related("payment__order", "booking").get(external_id=seen.id)
    return _row(row.pk)


def _only_part(order: Order) -> Booking | None:
    """Whose money it is, where only one part was paid to us."""
    parts = list(order.bookings.filter(route="us")[:2])
    return parts[0] if len(parts) == 1 else None
