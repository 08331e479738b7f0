"""What a member of staff decides about authorised money: take it now, or let it go. Everything else decides itself.

Each holds the payment's claim, so neither comes between the step that settles it. Every answer is a code for
`admin_till`.
"""

from __future__ import annotations

from checkout import charging, our_till, settling, taking
from checkout.models import Booking, Payment
from shop import claims

B, P = Booking.Status, Payment.Status


def take(payment_id: int, *, road: str) -> str:
    """Take what is booked, without waiting for parts that are not decided. The rest of the sum is let go with it.

    taken, asked (no answer yet: it is read again in a moment), nothing_booked, not_authorised, busy.
    """
    try:
        with claims.claim(our_till.claim_of(payment_id), seconds=our_till.CLAIM_SECONDS):
            payment = Payment.objects.select_related("order").get(pk=payment_id)
            if payment.status != P.AUTHORISED:
                return "not_authorised"
            minor = sum(b.total_minor for b in our_till.parts(payment.order) if b.status in settling.DONE)
            if not minor:
                return "nothing_booked"
            taking.take(payment, minor, road)
    except claims.Taken:
        return "busy"
    return _after(payment_id, "taken", road)


def release(payment_id: int, *, road: str) -> str:
    """Let the money go: nobody is charged. Parts that wait to be booked are not booked any more.

    released, asked, booked (there are tickets for it), being_booked, not_authorised, busy.
    """
    try:
        with claims.claim(our_till.claim_of(payment_id), seconds=our_till.CLAIM_SECONDS):
            payment = Payment.objects.select_related("order").get(pk=payment_id)
            statuses = {b.status for b in our_till.parts(payment.order)}
            if payment.status != P.AUTHORISED:
                return "not_authorised"
            if statuses & set(settling.DONE):
                return "booked"
            if B.CONFIRMING in statuses:
                return "being_booked"
            taking.release(payment, road)
            payment.refresh_from_db()
            if payment.status == P.RELEASED:
                taking.drop_unbooked(payment, road)
    except claims.Taken:
        return "busy"
    return _after(payment_id, "released", road)


def _after(payment_id: int, done: str, road: str) -> str:
    payment = Payment.objects.get(pk=payment_id)
    charging.plan(payment)
    settling.follow(payment.order_id, road=road)
    return "asked" if payment.status == P.AUTHORISED else done
