"""When a part that is not decided is asked about again, and until when: rows in, times out.

Every wait is a row with a due time. Each plan ends: the part is over then, or a person is called.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from checkout.hosted import is_hosted
from checkout.models import Booking, Payment
from shop import clock

# After the buyer came back from paying: at once, then every few seconds. Otherwise every 15 s for two minutes, then
# every minute until half an hour after the hold ended: what the slowest of the providers needs, and the others lie
# inside that.
AFTER_RETURN = ((timedelta(seconds=3), 1), (timedelta(seconds=8), 2), (timedelta(minutes=2), 5))
AWAITED = timedelta(seconds=15)
AWAITED_FOR = timedelta(minutes=2)
SLOW = timedelta(seconds=60)
WATCH_AFTER_END = timedelta(minutes=30)
WINDOW_UNKNOWN = timedelta(minutes=20)  # where neither hold nor payment names an end
UNPROVEN_FOR = timedelta(minutes=10)  # then a person looks
ATTENTION_EVERY = timedelta(minutes=10)
ATTENTION_FOR = timedelta(days=2)

# A checkout that the box office hosts itself tells of no end, and buyers take their time there: after these times
# since the hand-over it is asked so often. Whoever comes back makes us ask at once, whatever the plan.
HOSTED_PLAN = (
    (timedelta(minutes=2), timedelta(seconds=15)),
    (timedelta(minutes=30), timedelta(minutes=1)),
    (timedelta(hours=3), timedelta(minutes=5)),
    (timedelta(hours=8), timedelta(minutes=20)),
    (timedelta(hours=26), timedelta(hours=1)),
)
HOSTED_WINDOW = timedelta(hours=2)  # longer than a basket there lives; not documented, our reading
HOSTED_BESIDE = timedelta(
    minutes=30
)  # the same where the rest of the order is booked: it is called over then
HOSTED_WATCH = HOSTED_PLAN[-1][0]
EMPTIED_FOR = timedelta(minutes=10)  # a basket that was seen emptied, and no order of it: it ran out there

# A part of our own till that was sent to be booked and did not answer: looked at so often after these times.
UNCERTAIN_PLAN = (
    (timedelta(seconds=30), timedelta(seconds=3)),
    (timedelta(minutes=2), timedelta(seconds=5)),
    (UNPROVEN_FOR, AWAITED),
    (ATTENTION_FOR, ATTENTION_EVERY),
)
# Our own payment, after "Pay" was pressed; and once the card is authorised, until every part is decided.
PRESSED_PLAN = (
    (timedelta(seconds=30), timedelta(seconds=4)),
    (timedelta(minutes=3), timedelta(seconds=10)),
    (timedelta(minutes=30), timedelta(seconds=30)),
)
HOURLY = timedelta(hours=1)
LATE_FOR = timedelta(days=14)  # a payment that was given up while the bank was at it is watched so long

OPEN = (Booking.Status.HELD, Booking.Status.PREPARED, Booking.Status.CONFIRMING, Booking.Status.UNCERTAIN)


def end_of(booking: Booking) -> datetime:
    """When this part can be paid no longer, as far as we know."""
    if booking.expires_at is not None:
        return booking.expires_at
    return (booking.prepared_at or clock.now()) + (HOSTED_WINDOW if is_hosted(booking) else WINDOW_UNKNOWN)


def watched_until(booking: Booking) -> datetime:
    """How long a late payment would be seen."""
    if is_hosted(booking):
        return (booking.prepared_at or clock.now()) + HOSTED_WATCH
    return end_of(booking) + WATCH_AFTER_END


def next_look(booking: Booking, now: datetime) -> datetime | None:
    """When to ask again about a part that is not decided; None: never again by ourselves."""
    if now >= watched_until(booking):
        return None
    if booking.returned and booking.returned_at and booking.status in OPEN:
        age = now - booking.returned_at
        for until, seconds in AFTER_RETURN:
            if age < until:
                return now + timedelta(seconds=seconds)
    since = now - (booking.prepared_at or now)
    if is_hosted(booking):
        return now + next((pause for until, pause in HOSTED_PLAN if since < until), HOSTED_PLAN[-1][1])
    return now + (AWAITED if since < AWAITED_FOR else SLOW)


def next_look_unproven(booking: Booking, now: datetime, *, can_be_asked: bool) -> datetime | None:
    """The same for a part that may be paid. Where nobody can be asked, only until a person is called."""
    since = booking.unproven_since or now
    if now - since < UNPROVEN_FOR:
        return now + AWAITED if can_be_asked else since + UNPROVEN_FOR
    if not can_be_asked:
        return None
    return now + ATTENTION_EVERY if now - since < ATTENTION_FOR else None


def next_look_of_ours(booking: Booking, now: datetime) -> datetime | None:
    """When a part of our own till is asked about: its payment is looked at by itself, see `next_look_payment`."""
    since = booking.unproven_since
    if booking.status in (Booking.Status.UNCERTAIN, Booking.Status.CONFIRMING):
        age = now - (since or now)
        pause = next((pause for until, pause in UNCERTAIN_PLAN if age < until), None)
        return now + pause if pause else None
    if booking.status in (Booking.Status.HELD, Booking.Status.PREPARED):
        return max(end_of(booking) + SLOW, now + SLOW)  # nobody but us can have it booked
    if since is None or now >= max(watched_until(booking), since + WATCH_AFTER_END):
        return None
    return now + SLOW  # what was lost on the way may still be booked


def next_look_payment(payment: Payment, now: datetime) -> datetime | None:
    """When a payment of our own till is looked at next; None: never again by ourselves."""
    status = Payment.Status(payment.status)
    if status == Payment.Status.BEGUN and payment.tried_at is None:
        return max(payment.pay_by or now, now + AWAITED)
    if status in (Payment.Status.BEGUN, Payment.Status.AUTHORISED):
        age = now - (payment.tried_at or payment.begun_at)
        due = now + next((pause for until, pause in PRESSED_PLAN if age < until), HOURLY)
        until = payment.pay_by if status == Payment.Status.BEGUN else None
        if until is not None and now < until + WATCH_AFTER_END:
            due = min(due, max(until, now + AWAITED))
        return due
    given_up = status in (Payment.Status.EXPIRED, Payment.Status.FAILED)
    if given_up and payment.reason == "processing":
        return now + HOURLY if now - payment.begun_at < LATE_FOR else None
    return None
