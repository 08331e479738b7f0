"""Guest data of a choice, a reservation and a booking. See `shop.providers.base.GuestDesk`.

Sources: XS2Event, booking flow ("Add reservation guestdata"); "Guest data"; API reference, "Booking orders".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    HoldExpired,
    HoldGone,
    OutcomeUnknown,
    ProviderError,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.guests import GuestPlace, GuestsClosed, GuestSheet, GuestsRejected
from shop.providers.http import ApiError, LostAnswer
from shop.providers.types import Selection
from shop.providers.xs2event import guests, inferred, reading, reserved
from shop.providers.xs2event import handle as handles
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.guests import Asked, Told
from shop.providers.xs2event.handle import State
from shop.providers.xs2event.holds import UNKNOWN, Holds
from shop.providers.xs2event.orders import Orders
from shop.providers.xs2event.reading import Json
from shop.providers.xs2event.reserved import Reserved

Given = Mapping[str, Mapping[str, str]]


class Guests:
    """See `shop.providers.base.GuestDesk`."""

    def __init__(self, client: Client, holds: Holds, orders: Orders, account: str) -> None:
        self._client = client
        self._holds = holds
        self._orders = orders
        self._account = account

    # --- before anything is held ----------------------------------------------------------------------------------------

    def needs(self, selection: Selection) -> GuestSheet:
        ticket = selection.offer_key
        try:
            raw = self._client.ticket(ticket)
        except ApiError as error:
            if error.status in UNKNOWN:
                raise SoldOut("they do not know this ticket", refs=(ticket,), account=self._account) from None
            raise
        found = guests.places(ticket, max(1, selection.quantity), self._asked(ticket))
        return GuestSheet(places=tuple(found), open=True, complete=not found, notes=inferred.notes_of(raw))

    def _asked(self, ticket: str) -> Asked:
        return guests.requirements(self._client.ticket_guestdata(ticket))

    # --- the sheet ------------------------------------------------------------------------------------------------------

    def sheet(self, handle: str) -> GuestSheet:
        state = handles.load(handle, account=self._account)
        booking = self._orders.booking_in(state)
        if booking:
            return self._booked_sheet(replace(state, booking=booking))
        state, there = self._reserved(state)
        return self.reserved_sheet(state, there)

    def _reserved(self, state: State) -> tuple[State, Reserved]:
        state, there = self._holds.current(state)
        if there is None:
            raise HoldGone("there is no reservation", account=self._account)
        if there.state == "over":
            raise HoldExpired("its time is over", account=self._account)
        return state, there

    def reserved_sheet(self, state: State, there: Reserved) -> GuestSheet:
        """What is asked for a reservation, and what they have of it."""
        told = guests.told_by_place(self._client.reservation_guestdata(there.ref))
        found = self._places(there.quantities, told)
        ready = all(guests.is_known(one, one.before, state.given.get(one.key, ())) for one in found)
        later = all(guests.is_known(one, one.later, state.given.get(one.key, ())) for one in found)
        notes = [note for piece in state.pieces for note in piece.notes]
        return guests.sheet(found, notes, open_=True, complete=ready and later)

    def is_ready(self, state: State, there: Reserved) -> bool:
        """Whether they have all that must be known before a booking."""
        sheet = self.reserved_sheet(state, there)
        return all(guests.is_known(one, one.before, state.given.get(one.key, ())) for one in sheet.places)

    def _places(self, quantities: Mapping[str, int], told: Mapping[str, Told]) -> list[GuestPlace]:
        """By the conditions of their sheet; where it has none, or fewer guests than tickets, by the ticket's own list."""
        found: list[GuestPlace] = []
        for ticket, quantity in quantities.items():
            listed = sum(guests.key_of(ticket, number) in told for number in range(quantity))
            places = guests.with_conditions(ticket, quantity, told)
            if places is None or listed < quantity:
                known = {place.key: place for place in places or ()}
                asked = guests.places(ticket, quantity, self._asked(ticket))
                places = [
                    known.get(place.key) or guests.filled(place, told.get(place.key), True) for place in asked
                ]
            found += places
        return found

    # --- handing over -----------------------------------------------------------------------------------------------------

    def give(self, handle: str, given: Given, keep: Keep) -> GuestSheet:
        state = handles.load(handle, account=self._account)
        booking = self._orders.booking_in(state)
        if booking:
            return self._give_booked(replace(state, booking=booking), given)
        state, there = self._reserved(state)
        sheet = self.reserved_sheet(state, there)
        missing = {
            place.key: {name: "required" for name in place.before if not given.get(place.key, {}).get(name, "").strip()}
            for place in sheet.places
        }  # fmt: skip
        if any(missing.values()):
            raise GuestsRejected("something is missing", places={k: v for k, v in missing.items() if v})
        sent = self._items(sheet, there, given)
        if not sent:
            return sheet
        try:
            self._client.give_guestdata(there.ref, {"items": sent})
        except LostAnswer as lost:
            self._seen_again(there, given, lost)
        except ApiError as error:
            raise self._refusal(state, error, sent) from None
        asked = {place.key: place.fields for place in sheet.places}
        taken = {
            key: tuple(name for name in asked[key] if given[key].get(name, "").strip()) for key in asked if key in given
        }  # fmt: skip
        state = replace(state, given=reserved.cut({**state.given, **taken}, there.quantities))
        keep(state.dump())
        return self._after(state, sheet, given)

    @staticmethod
    def _after(state: State, sheet: GuestSheet, given: Given) -> GuestSheet:
        """The sheet with what was just taken: their test system shows nothing of it for a while."""
        found = [
            replace(
                place, complaints={},
                values={**place.values, **{k: v.strip() for k, v in given.get(place.key, {}).items() if v.strip()}},
            )
            for place in sheet.places
        ]  # fmt: skip
        complete = all(guests.is_known(one, one.fields, state.given.get(one.key, ())) for one in found)
        return replace(sheet, places=tuple(found), complete=complete)

    def _items(self, sheet: GuestSheet, there: Reserved, given: Given) -> list[Json]:
        """All guests of all tickets. A ticket that asks nothing is left out."""
        found: list[Json] = []
        for ticket, quantity in there.quantities.items():
            mine = [place for place in sheet.places if place.item_ref == ticket]
            if mine:
                listed = [
                    guests.guest_body(given.get(place.key, {}), lead=index == 0)
                    for index, place in enumerate(mine)
                ]
                found.append({"ticket_id": ticket, "quantity": quantity, "guests": listed})
        return found

    def _seen_again(self, there: Reserved, given: Given, lost: LostAnswer) -> None:
        """After a lost answer: whether all that was sent is there. Raises OutcomeUnknown where it is not."""
        try:
            told = guests.told_by_place(self._client.reservation_guestdata(there.ref))
        except ProviderError:
            told = {}
        self._same(told, given, lost)

    def _same(self, told: Mapping[str, Told], given: Given, lost: LostAnswer) -> None:
        for key, fields in given.items():
            has = told[key].values if key in told else {}
            if any(has.get(name, "") != value.strip() for name, value in fields.items() if value.strip()):
                raise OutcomeUnknown(lost.detail, account=self._account) from None

    def _refusal(self, state: State, error: ApiError, sent: list[Json]) -> ProviderError:
        places = guests.complaints(error.body, sent)
        if places:
            return GuestsRejected("guest data were refused", places=places, account=self._account)
        try:
            there = self._holds.current(state)[1]
        except (Unavailable, BadAnswer):
            there = None
        if there is not None and there.state == "over":
            return HoldExpired("its time is over", account=self._account)
        if there is not None and there.state == "booked":
            return GuestsClosed("it is booked already", account=self._account)
        if error.status in {400, 422}:
            return GuestsRejected("guest data were refused", places={}, account=self._account)
        return Refused(error.detail, account=self._account)

    # --- after the booking ------------------------------------------------------------------------------------------------

    def _booked_sheet(self, state: State) -> GuestSheet:
        found: list[GuestPlace] = []
        words = []
        for order in self._orders.of(state.booking):
            words.append(reading.text(order, "guestdata_status"))
            raw = self._client.order_guestdata(reading.text(order, "bookingorder_id"))
            told = guests.told_by_place(raw)
            found += self._places(self._bought(order, told, state), told)
        if not words:  # the orders take a moment to appear
            found = self._places(state.quantities, {})
        known = all(guests.is_known(one, one.fields, state.given.get(one.key, ())) for one in found)
        done = bool(words) and all(inferred.guests_are_complete(one) for one in words)
        notes = [note for piece in state.pieces for note in piece.notes]
        can = not words or any(inferred.guests_are_open(one) for one in words)
        return guests.sheet(found, notes, open_=can, complete=done or (bool(words) and known))

    @staticmethod
    def _bought(order: Json, told: Mapping[str, Told], state: State) -> dict[str, int]:
        """Ticket id -> how many, of one order: its sheet may be empty although something is asked."""
        counts: dict[str, int] = {}
        for item in reading.records(order.get("items")):
            ticket = reading.text(item, "ticket_id")
            counts[ticket] = counts.get(ticket, 0) + 1
        for key in told:
            counts.setdefault(key.rpartition(":")[0], 0)
        return {
            ticket: state.quantities.get(ticket) or max(number, sum(key.startswith(f"{ticket}:") for key in told))
            for ticket, number in counts.items()
            if ticket
        }  # fmt: skip

    def _give_booked(self, state: State, given: Given) -> GuestSheet:
        """Order by order; within one all or nothing. An order whose data were passed on already is left alone."""
        orders = self._orders.of(state.booking)
        if not orders:  # they take a moment to appear
            raise Unavailable("the booking has no orders yet", account=self._account)
        changeable = [
            one for one in orders if inferred.guests_are_open(reading.text(one, "guestdata_status"))
        ]  # fmt: skip
        if not changeable:
            raise GuestsClosed("no order takes data of guests now", account=self._account)
        for order in changeable:
            self._change_order(order, given, state)
        return self._booked_sheet(state)

    def _change_order(self, order: Json, given: Given, state: State) -> None:
        ref = reading.text(order, "bookingorder_id")
        raw = self._client.order_guestdata(ref)
        told = guests.told_by_place(raw)
        items: list[Json] = []
        counts: dict[str, int] = {}
        sent: dict[str, dict[str, str]] = {}
        for row in reading.records(raw.get("items")):
            ticket = reading.text(row, "ticket_id")
            listed = []
            for _guest in reading.records(row.get("guests")):
                number = counts.get(ticket, 0)
                counts[ticket] = number + 1
                listed.append(self._guest(ticket, number, told, given, sent))
            items.append({"ticket_id": ticket, "guests": listed})
        for place in self._places(self._bought(order, told, state), told):  # asked, and not in their sheet
            if place.number >= counts.get(place.item_ref, 0):
                row = next((one for one in items if one["ticket_id"] == place.item_ref), {})
                if not row:
                    row = {"ticket_id": place.item_ref, "guests": []}
                    items.append(row)
                row["guests"].append(self._guest(place.item_ref, place.number, told, given, sent))
        if not any(key in given for key in sent):
            return
        try:
            self._client.change_guestdata(ref, {"items": items})
        except LostAnswer as lost:
            try:
                now = guests.told_by_place(self._client.order_guestdata(ref))
            except ProviderError:
                now = {}
            self._same(now, sent, lost)
        except ApiError as error:
            places = guests.complaints(error.body, items)
            if places:
                raise GuestsRejected(
                    "guest data were refused", places=places, account=self._account
                ) from None
            fresh = next(
                (one for one in self._orders.of(state.booking) if reading.text(one, "bookingorder_id") == ref), {}
            )  # fmt: skip
            if not inferred.guests_are_open(reading.text(fresh, "guestdata_status")):
                raise GuestsClosed("the data were passed on", account=self._account) from None
            if error.status in {400, 422}:
                raise GuestsRejected("guest data were refused", places={}, account=self._account) from None
            raise Refused(error.detail, account=self._account) from None

    @staticmethod
    def _guest(
        ticket: str, number: int, told: Mapping[str, Told], given: Given, sent: dict[str, dict[str, str]]
    ) -> Json:
        """One guest to send: what they have, and what is given now above it. `sent` remembers it by its place."""
        key = guests.key_of(ticket, number)
        one = told.get(key)
        known = one.values if one is not None else {}
        sent[key] = {**known, **{k: v for k, v in given.get(key, {}).items() if v.strip()}}
        lead = number == 0 or (one is not None and one.lead)
        return guests.guest_body(sent[key], lead=lead, guest_id=one.guest_id if one is not None else "")
