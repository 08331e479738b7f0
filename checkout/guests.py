"""The guests of an order before it is paid: what each provider asks, what it has, and handing over what was typed.

A part whose provider needs something of its guests before booking is not prepared until that is handed over
(`stop`). What was typed is the basket's (`baskets.guests`), so that it outlives the hold.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from baskets import guest_sheets
from baskets import guests as typed_guests
from baskets.guest_forms import GuestForm, read
from baskets.guests import Slot, desk
from baskets.models import Hold
from checkout.guest_rows import name_of
from checkout.models import Booking, Guest, GuestList, Order
from checkout.states import note
from shop import claims, clock
from shop.calls import recording
from shop.problems import Problem, problem
from shop.providers.errors import HoldExpired, HoldGone, Misconfigured, OutcomeUnknown, ProviderError
from shop.providers.guests import GuestPlace, GuestSheet, GuestsRejected

log = logging.getLogger(__name__)
FIELD = "guests"  # of `DetailsRejected`: not the buyer's details, those of the guests
UNBOOKED_KEPT = timedelta(days=30)
KEEP_SECONDS = 60  # a sheet, between the pages of one buyer
DONE = (Booking.Status.BOOKED, Booking.Status.TICKETED)
UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)


@dataclass(frozen=True)
class Part:
    """One part that asks for guests: its rows and, place by place, what was typed."""

    booking: Booking
    sheet: GuestSheet
    slots: list[Slot]
    given: bool = (
        False  # what was typed was handed over for this state of the hold, whatever the sheet shows of it
    )

    @property
    def now(self) -> list[Slot]:
        """The guests of whom something is needed before payment."""
        return [slot for slot in self.slots if slot.place.before]

    @property
    def there(self) -> bool:
        """The provider has all that it needs before payment, and nothing newer was typed."""
        return self.given or (
            all(
                all(slot.place.values.get(name) for name in slot.place.before) and not refused_now(slot.place)
                for slot in self.slots
            )
            and not any(_newer(slot) for slot in self.slots)
        )

    @property
    def typed(self) -> bool:
        """All that is needed before payment was typed, and makes sense."""
        return all(form_of(slot).is_valid() for slot in self.now)


def form_of(slot: Slot) -> GuestForm:
    """What was typed of this guest, read as what is needed before payment."""
    return GuestForm(slot.place.before, required=slot.place.before, data=dict(slot.typed))


def refused_now(place: GuestPlace) -> dict[str, str]:
    """Complaints that stand in the way of a payment: what is needed later may well be missing still."""
    return {name: code for name, code in place.complaints.items() if name in place.before}


def _newer(slot: Slot) -> bool:
    """Something was typed that is not what the provider has."""
    given = read(slot.place.before, slot.typed)
    return any(slot.place.values.get(name, "") != text for name, text in given.items())


def asked_of(bookings: Iterable[Booking]) -> list[Booking]:
    """The parts whose provider may ask for guests. Asks nobody."""
    return [booking for booking in bookings if booking.status in UNPAID and desk(booking.account.name)]


def waits(bookings: Iterable[Booking]) -> bool:
    """Whether the step "Guests" comes before the review: something may be asked, and is not handed over. From rows."""
    lists = {row.booking_id: row for row in GuestList.objects.filter(booking__in=[b.pk for b in bookings])}
    for booking in asked_of(bookings):
        row = lists.get(booking.pk)
        if row is None or row.asked != signature(booking):
            return True
        if row.asks_before and row.given != row.asked:
            return True
    return False


def signature(booking: Booking) -> str:
    """Of the state of the hold that a sheet was asked for."""
    return hashlib.sha256(f"{booking.handle}\n{booking.drawn}".encode()).hexdigest()


def parts(order: Order, bookings: Sequence[Booking], *, fresh: bool = False) -> list[Part]:
    """What is asked for each part, from its provider or as it said moments ago. Raises ProviderError."""
    sheets: list[tuple[Booking, GuestSheet]] = []
    for booking in asked_of(bookings):
        sheet = None if fresh else guest_sheets.get(_key(booking))
        if sheet is None:
            at = desk(booking.account.name)
            if at is None:
                raise Misconfigured("no guest desk", account=booking.account.name)
            with recording(f"order:{order.pk}"):
                sheet = at.sheet(booking.handle)
            guest_sheets.put(_key(booking), sheet, KEEP_SECONDS)
            take_down(booking, sheet)
        sheets.append((booking, sheet))
    return _parts(order, sheets)


def _key(booking: Booking) -> str:
    return f"checkout:guests:{booking.pk}:{signature(booking)}"


def _parts(order: Order, sheets: Sequence[tuple[Booking, GuestSheet]]) -> list[Part]:
    ordered = sorted(sheets, key=lambda row: row[0].hold_id or 0)
    slots = typed_guests.with_typed(
        order.basket,
        typed_guests.slots_of_holds((booking.hold_id or 0, sheet) for booking, sheet in ordered),
    )
    found, at = {}, 0
    for booking, sheet in ordered:
        own = slots[at : at + len(sheet.places)]
        found[booking.pk] = Part(booking, sheet, own, _was_given(booking, own))
        at += len(sheet.places)
    return [found[booking.pk] for booking, _sheet in sheets]


def _was_given(booking: Booking, slots: Iterable[Slot]) -> bool:
    row = GuestList.objects.filter(booking=booking).first()
    if row is None or row.given != signature(booking):
        return False
    kept = {guest.key: json.loads(guest.typed or "{}") for guest in Guest.objects.filter(booking=booking)}
    return all(
        read(slot.place.before, slot.typed) == read(slot.place.before, kept.get(slot.place.key[:200], {}))
        for slot in slots
    )


def take_down(booking: Booking, sheet: GuestSheet) -> GuestList:
    """Keep what is asked as rows: a guest for each place."""
    with transaction.atomic():
        facts = {
            "asked": signature(booking),
            "asks_before": sheet.asks_before,
            "asks_later": sheet.asks_later,
            "notes": list(sheet.notes),
            "open": sheet.open,
            "complete": sheet.complete,
            "read_at": clock.now(),
        }
        # a list that comes to nothing is deleted; what is due counts from the moment the part is booked
        first = {**facts, "due_at": clock.now(), "forget_at": clock.now() + UNBOOKED_KEPT}
        row, _is_new = GuestList.objects.update_or_create(
            booking=booking, defaults=facts, create_defaults=first
        )
        for position, place in enumerate(sheet.places):
            Guest.objects.update_or_create(
                booking=booking,
                key=place.key[:200],
                defaults={
                    "position": position,
                    "item_ref": place.item_ref[:150],
                    "lead": place.lead,
                    "before": list(place.before),
                    "later": list(place.later),
                },
            )
        if booking.status not in DONE:
            gone = Guest.objects.filter(booking=booking).exclude(key__in=[p.key[:200] for p in sheet.places])
            gone.delete()
    return row


def names(booking: Booking) -> list[str]:
    """The guests that were handed over before payment, to be looked at once more; a number where no name was asked."""
    rows = [guest for guest in booking.guests.all() if guest.before]
    return [name_of(guest) or _("Guest %(n)s") % {"n": guest.number} for guest in rows]


def ask_again(booking: Booking) -> None:
    """The provider says that something of the guests is missing after all: what was given does not count."""
    GuestList.objects.filter(booking=booking).update(given="")
    booking.refresh_from_db(fields=["handle"])
    guest_sheets.drop(_key(booking))


def mark_given(booking: Booking) -> None:
    now = signature(booking)
    GuestList.objects.filter(booking=booking).update(given=now, asked=now)


# --- handing over -------------------------------------------------------------------------------------------


def hand_over(order: Order, part: Part) -> None:
    """Give the provider what was typed of all guests of this part. Raises ProviderError, claims.Taken.

    A lost answer is looked up: where the sheet has what was given, it was taken.
    """
    booking, at = part.booking, desk(part.booking.account.name)
    if at is None:
        raise Misconfigured("no guest desk", account=booking.account.name)
    values = {slot.place.key: read(slot.place.fields, slot.typed) for slot in part.slots}

    def keep(handle: str) -> None:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(handle=handle)
            Hold.objects.filter(pk=booking.hold_id).update(handle=handle)
        booking.handle = handle

    _remember(booking, part.slots)
    with claims.claim(f"hold:{booking.hold_id}", seconds=75), recording(f"order:{order.pk}"):
        try:
            sheet = at.give(booking.handle, values, keep)
        except GuestsRejected as error:
            _complain(booking, error.places)
            note(booking, because="guests: something was not accepted", actor="buyer")
            raise
        except OutcomeUnknown:
            sheet = at.sheet(booking.handle)
            if not _has(sheet, values):
                raise
    wrong = {place.key: refused_now(place) for place in sheet.places}
    _complain(booking, wrong)
    guest_sheets.put(_key(booking), sheet, KEEP_SECONDS)
    take_down(booking, sheet)
    if any(wrong.values()):
        raise GuestsRejected("complaints in the answer", places=wrong, account=booking.account.name)
    mark_given(booking)
    note(booking, because="guests: handed over", actor="buyer")


def _has(sheet: GuestSheet, values: Mapping[str, Mapping[str, str]]) -> bool:
    there = {place.key: place.values for place in sheet.places}
    return all(
        there.get(key, {}).get(name) == text for key, given in values.items() for name, text in given.items()
    )


def _remember(booking: Booking, slots: Iterable[Slot]) -> None:
    """The part's own copy of what is about to be given: the basket may be gone when it is needed again."""
    now = clock.now()
    for slot in slots:
        Guest.objects.filter(booking=booking, key=slot.place.key[:200]).update(
            typed=json.dumps(dict(slot.typed)) if slot.typed else "", changed_at=now, complaints={}
        )


def _complain(booking: Booking, places: Mapping[str, Mapping[str, str]]) -> None:
    for guest in Guest.objects.filter(booking=booking):
        said = dict(places.get(guest.key, {}))
        if said != guest.complaints:
            Guest.objects.filter(pk=guest.pk).update(complaints=said)


# --- on the way to the payment ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stopped:
    """Why nobody pays yet. `kind` as in `paying.Step`."""

    kind: str
    problem: Problem | None = None
    booking: Booking | None = None


def stop(order: Order, bookings: Sequence[Booking]) -> Stopped | None:
    """Before anything is frozen: every provider has what it needs of the guests, or this says what is in the way.

    What was typed and is not with the provider (a new hold, another quantity) is handed over here.
    """
    try:
        for part in parts(order, bookings, fresh=True):
            if not part.sheet.asks_before or part.there:
                mark_given(part.booking)
            elif not part.typed:
                return Stopped("guests", problem("guests_missing"), part.booking)
            else:
                hand_over(order, part)
    except GuestsRejected as error:
        return Stopped("guests", problem(error))
    except (HoldExpired, HoldGone) as error:
        return Stopped("basket", problem(error))
    except claims.Taken:
        return Stopped("busy", problem("taken"))
    except ProviderError as error:
        log.info("guests of order %s: %s", order.pk, error.code)
        return Stopped("review", problem(error))
    return None
