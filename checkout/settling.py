"""The one step that brings a part in line with its provider.

Return page, waiting page, sweep and the admin's button all call `settle`: it asks the provider, outside of any
transaction, and then moves what has changed. It is safe to call at any time, by anybody, any number of times.
The source is the truth: a return address that was opened, or a page that polls, only makes us ask sooner.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from checkout import following, hosted, outcomes, sold
from checkout.following import US, follow
from checkout.models import Booking, Order, Payment
from checkout.states import call_staff, move
from checkout.watching import (
    ATTENTION_FOR,
    AWAITED,
    OPEN,
    SLOW,
    end_of,
    next_look,
    next_look_of_ours,
    next_look_unproven,
    watched_until,
)
from shop import claims, clock
from shop.calls import recording
from shop.providers import registry
from shop.providers.errors import HoldExpired, HoldGone, ProviderError
from shop.providers.types import Booking as Promise
from shop.providers.types import BookingState, Sign

log = logging.getLogger(__name__)
B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741

DONE = following.DONE
WAITING = (BookingState.OPEN, BookingState.PROCESSING, BookingState.UNPROVEN)
CONFIRM_SECONDS = 150  # of the claim of whoever has a part booked: longer than the slowest provider


def settle(booking_id: int, *, road: str) -> Booking:
    """Ask how a part stands and move what follows from it. Returns the booking as it is now.

    `road` says who asks (return, page, poll, sweep, or a member of staff) and is written into the history.
    Provider errors are never raised: the next time is set and the sweep comes back to it.
    """
    try:
        with claims.claim(f"settle:{booking_id}", seconds=60):
            booking = Booking.objects.select_related("order", "account").get(pk=booking_id)
            if not may_be_asked(booking):
                Booking.objects.filter(pk=booking.pk, due_at__isnull=False).update(due_at=None)
                return booking
            if booking.status == B.CONFIRMING and not _left_alone(booking, road):
                return booking
            _look(booking, road)
    except claims.Taken:
        pass
    return Booking.objects.select_related("order", "account").get(pk=booking_id)


def may_be_asked(booking: Booking) -> bool:
    """Whether there is something at the provider that could still change."""
    if booking.prepared_at is None or not booking.handle or booking.status == B.REFUNDED:
        return False
    # the same hold in a later order: that one is watched, or both would be called booked
    return not Booking.objects.filter(
        hold_id=booking.hold_id, hold_id__isnull=False, pk__gt=booking.pk
    ).exists()


def confirming(booking: Booking) -> str:
    """The claim of whoever is having a part booked."""
    return f"confirm:{booking.pk}"


def _left_alone(booking: Booking, road: str) -> bool:
    """Whether whoever was having it booked died: then nobody knows what came of it. Asks the claim, not the provider."""
    if claims.is_taken(confirming(booking)):
        return False
    return move(booking, B.UNCERTAIN, because="whether it is booked is not known: interrupted", actor=road)


def _look(booking: Booking, road: str) -> None:
    try:
        with recording(f"order:{booking.order_id}"):
            desk = registry.provider(booking.account.name).bookings
            told = booking.returned if booking.returned != hosted.EMPTIED else ""
            sent = booking.unproven_since if booking.route == US else None
            sign = Sign(returned=told, reference=booking.hint, confirming_since=sent)
            found = desk.look(booking.handle, sign)
    except (HoldGone, HoldExpired) as error:
        found = Promise(handle=booking.handle, state=BookingState.LAPSED, reason=error.code)
    except ProviderError as error:
        _ask_later(booking, error)
        return
    booking.looked_at, booking.looks = clock.now(), booking.looks + 1
    if found.handle:
        booking.handle = found.handle
    booking.save(update_fields=["looked_at", "looks", "handle"])
    apply(booking, found, road=road)


def _ask_later(booking: Booking, error: ProviderError) -> None:
    now = clock.now()
    log.info("part %s could not be asked: %s", booking.pk, error.code)
    Booking.objects.filter(pk=booking.pk).update(
        looks=booking.looks + 1,
        due_at=now + max(timedelta(seconds=error.retry_after or 0), AWAITED if booking.looks < 10 else SLOW),
    )
    if booking.route == US:
        outcomes.uncertain_for_long(booking, road="sweep")
        return
    if booking.status in OPEN and now > watched_until(booking):
        call_staff(booking.order, "silent", stop=booking.order.status == O.PAYING)
    if now > max(watched_until(booking), end_of(booking) + ATTENTION_FOR):
        Booking.objects.filter(pk=booking.pk).update(due_at=None)


def apply(booking: Booking, found: Promise, *, road: str) -> None:
    """Move the part, its payment and its order to what the provider said. No provider is called here."""
    if found.reason and found.state in WAITING:
        booking.reason = found.reason[:40]  # why it is not known yet
        Booking.objects.filter(pk=booking.pk).update(reason=booking.reason)
    if booking.route == US and (found.state in WAITING or _is_early(booking, found)):
        outcomes.waiting_for_us(booking, found, road)
    else:
        outcomes.moved(booking, found, road)
    booking.refresh_from_db()
    if booking.route == US:
        _plan_ours(booking)
    else:
        _plan(booking, found, road)
    _hurry_payment_to_us(booking)
    sold.set_free(follow(booking.order_id, road=road))


def _is_early(booking: Booking, found: Promise) -> bool:
    """Sent to be booked a moment ago, no answer, and the hold is gone: it may be gone because it is being booked."""
    since = booking.unproven_since
    if booking.status != B.UNCERTAIN or found.state != BookingState.LAPSED or since is None:
        return False
    return clock.now() - since < outcomes.SURE_AFTER


def _plan(booking: Booking, found: Promise, road: str) -> None:
    now = clock.now()
    due: datetime | None = None
    if booking.status in (*OPEN, B.LAPSED, B.REFUSED):
        due = next_look(booking, now)
        asked = found.reason != hosted.CANNOT_BE_ASKED
        if booking.status == B.UNCERTAIN:
            due = next_look_unproven(booking, now, can_be_asked=asked)
        elif not asked and booking.status == B.LAPSED:
            due = None  # the buyer may still tell us otherwise; nobody else can
        elif due is None and booking.status in OPEN:
            outcomes.give_up(booking, road)
    Booking.objects.filter(pk=booking.pk).update(due_at=due)


def _plan_ours(booking: Booking) -> None:
    now = clock.now()
    watched = booking.status in (*OPEN, B.LAPSED, B.REFUSED)
    due = next_look_of_ours(booking, now) if watched else None
    Booking.objects.filter(pk=booking.pk).update(due_at=due)


def _hurry_payment_to_us(booking: Booking) -> None:
    """A part is decided: what is authorised for it, or waits for it, is looked at now."""
    if booking.status in OPEN:
        return
    newest = Payment.objects.filter(order=booking.order_id, route=US).order_by("-pk").first()
    if newest is not None and (booking.route == US or newest.status == P.AUTHORISED):
        Payment.objects.filter(pk=newest.pk).update(due_at=clock.now())


def end_part(booking: Booking, to: str, reason: str, *, road: str) -> None:
    """A part ends by our own knowledge: left out by the buyer, or refused when it was ordered."""
    outcomes.over(booking, to, reason, road)
    booking.refresh_from_db()
    if booking.route == US:
        _plan_ours(booking)
    else:
        due = next_look(booking, clock.now()) if may_be_asked(booking) else None
        Booking.objects.filter(pk=booking.pk).update(due_at=due)
    _hurry_payment_to_us(booking)
    follow(booking.order_id, road=road)


def payment_failed(booking: Booking, *, because: str, actor: str) -> None:
    """The attempt is over, the part is not: it can be tried again. A late success would still win."""
    payment = booking.payments.filter(status=P.BEGUN).first()
    if payment is not None:
        move(payment, P.FAILED, because=because, actor=actor)
