"""Have one part booked that our own till pays for. Asked once: what was lost on the way is looked for, never repeated.

    prepared -> confirming      written down before the provider is asked
    confirming -> booked        it says so
    confirming -> refused       it says no, for certain: nothing is booked
    confirming -> prepared      it was surely not asked: tried again while the hold lives
    confirming -> uncertain     the answer was lost, or the process died: `settling` looks until it is certain

Nobody calls this before the money is authorised (or received). Two that call it at once: one asks, the other leaves.
"""

from __future__ import annotations

import logging

from checkout import other_route, settling
from checkout.models import Booking
from checkout.states import call_staff, move, note
from checkout.watching import next_look_of_ours
from shop import claims, clock
from shop.calls import recording
from shop.providers import registry
from shop.providers.errors import Misconfigured, NotUnlocked, ProviderError, Refused, Unavailable, Unsupported
from shop.providers.types import Booking as Promise
from shop.providers.types import BookingState

log = logging.getLogger(__name__)
B = Booking.Status


def confirm(booking: Booking, *, road: str) -> Booking:
    """Ask the provider to book a part that is prepared. Returns the part as it is now; raises no provider error."""
    try:
        with claims.claim(settling.confirming(booking), seconds=settling.CONFIRM_SECONDS):
            booking.refresh_from_db()
            if booking.status == B.PREPARED:
                _confirm(booking, road)
    except claims.Taken:
        pass
    return Booking.objects.select_related("order", "account").get(pk=booking.pk)


def _confirm(booking: Booking, road: str) -> None:
    now = clock.now()
    if not move(
        booking,
        B.CONFIRMING,
        because="the money is there, so it is booked",
        actor=road,
        unproven_since=now,
        due_at=now + settling.AWAITED,  # who finds it then, with nobody at work, knows that a process died
    ):
        return
    order = booking.order
    try:
        with recording(f"order:{order.pk}"):
            desk = registry.provider(booking.account.name).bookings
            found = desk.confirm(booking.handle, f"{order.number}-{booking.position}")
    except Refused as error:
        _refused(booking, error, road)
    except (Misconfigured, Unsupported) as error:
        _refused(booking, error, road)
        call_staff(order, "account_refuses", actor=road)
    except Unavailable as error:
        log.info("part %s could not be booked yet: %s", booking.pk, error.code)
        move(
            booking,
            B.PREPARED,
            because=f"the provider was not asked: {error.code}",
            actor=road,
            unproven_since=None,
        )
    except ProviderError as error:
        _uncertain(booking, error.code, road)
    else:
        _heard(booking, found, road)


def _heard(booking: Booking, found: Promise, road: str) -> None:
    if found.handle and found.handle != booking.handle:
        Booking.objects.filter(pk=booking.pk).update(handle=found.handle)
        booking.handle = found.handle
    if found.state in (BookingState.BOOKED, BookingState.REFUSED, BookingState.LAPSED):
        settling.apply(booking, found, road=road)
    else:
        _uncertain(booking, found.reason or found.state.value, road)


def _refused(booking: Booking, error: ProviderError, road: str) -> None:
    note(booking, because=f"not booked: {error.code}", actor=road)
    if isinstance(error, NotUnlocked) and other_route.turn(booking, road=road):
        move(
            booking,
            B.PREPARED,
            because="it can be paid in another way",
            actor=road,
            route="",  # no longer our own till's: the money is let go, then `settling.follow` gives the choice back
            unproven_since=None,
            due_at=clock.now() + settling.AWAITED,
        )
        return
    settling.end_part(booking, B.REFUSED, error.code, road=road)


def _uncertain(booking: Booking, why: str, road: str) -> None:
    log.warning("part %s: whether it is booked is not known: %s", booking.pk, why)
    move(
        booking,
        B.UNCERTAIN,
        because=f"whether it is booked is not known: {why}",
        actor=road,
        due_at=next_look_of_ours(booking, clock.now()),
    )
