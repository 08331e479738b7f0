"""A box office in memory that wants to know its guests: `World` with a `GuestDesk`.

`Wants.places` says what is asked for each place of an item; `there` is what the office has. `Wants.faults` as in
`World`. Who gives a value in `Wants.bad` is refused, and so is who leaves out what is needed before the booking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from baskets.models import Hold
from shop.providers.accounts import AccountConfig
from shop.providers.guests import GuestPlace, GuestsClosed, GuestSheet, GuestsRejected
from shop.providers.types import BookingState, Selection
from tests.checkout.world import Office, World, _basket


@dataclass
class Wants:
    before: tuple[str, ...] = ("first_name", "last_name")
    later: tuple[str, ...] = ()
    scope: str = "all"  # all, lead, one
    notes: tuple[str, ...] = ()
    bad: dict[str, str] = field(default_factory=dict)  # field -> value that is not accepted
    there: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)  # basket -> key -> values
    gave: list[dict[str, dict[str, str]]] = field(default_factory=list)
    open: bool = True
    dumb: bool = False  # refuses and does not say what
    grumbles: str = ""  # a value that is kept and complained about in its sheet
    nags: bool = False  # what nobody has filled in yet is a complaint in its sheet
    shows: bool = True  # the sheet has the values that were given
    echoes: bool = True  # an answer has what was given in it


class GuestWorld(World):
    wants: Wants

    def __post_init__(self) -> None:
        super().__post_init__()
        self.wants = Wants()


class GuestOffice(Office):
    """As `Office`, with `guests`."""

    world: GuestWorld

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        super().__init__(config, polite=polite)
        self.capabilities = replace(self.capabilities, guest_data=isinstance(self.world, GuestWorld))
        self.guests = self

    def needs(self, selection: Selection) -> GuestSheet:
        places = self._places("item-0", selection.quantity)
        return self.world.work("needs", lambda: GuestSheet(places, notes=self.world.wants.notes))

    def _places(self, ref: str, tickets: int, values: Any = None) -> tuple[GuestPlace, ...]:
        wants = self.world.wants
        count = tickets if wants.scope == "all" else 1
        found = tuple(
            GuestPlace(
                key=f"{ref}:{n}",
                item_ref=ref,
                number=n,
                lead=n == 0,
                before=wants.before,
                later=wants.later,
                values=dict((values or {}).get(f"{ref}:{n}", {})) if wants.shows else {},
            )
            for n in range(count)
        )
        if wants.grumbles:
            found = tuple(
                replace(
                    p, complaints={n: "invalid" for n, text in p.values.items() if text == wants.grumbles}
                )
                for p in found
            )
        if not wants.nags:
            return found
        return tuple(
            replace(p, complaints={name: "required" for name in p.fields if name not in p.values})
            for p in found
        )

    def _sheet(self, handle: str) -> GuestSheet:
        basket, wants = _basket(handle), self.world.wants
        there = wants.there.get(basket, {})
        places = tuple(
            place
            for item in self.world.items[basket]
            for place in self._places(item.ref, item.tickets, there)
        )
        whole = all(place.values.get(name) for place in places for name in place.fields)
        return GuestSheet(places, open=wants.open, complete=whole, notes=wants.notes)

    def sheet(self, handle: str) -> GuestSheet:
        return self.world.work("sheet", lambda: self._sheet(handle))

    def give(self, handle: str, guests: Mapping[str, Mapping[str, str]], keep: Any) -> GuestSheet:
        def do() -> GuestSheet:
            wants, basket = self.world.wants, _basket(handle)
            if not wants.open:
                raise GuestsClosed()
            booked = self.world.orders.get(basket, {}).get("state") == BookingState.BOOKED
            wrong: dict[str, dict[str, str]] = {}
            for place in self._sheet(handle).places:
                have = {**place.values, **guests.get(place.key, {})}
                needed = place.fields if booked else place.before
                for name in needed:
                    if not have.get(name):
                        wrong.setdefault(place.key, {})[name] = "required"
                    elif wants.bad.get(name) == have[name]:
                        wrong.setdefault(place.key, {})[name] = "invalid"
            if wants.dumb:
                raise GuestsRejected(places={})
            if wrong:
                raise GuestsRejected(places=wrong)
            there = wants.there.setdefault(basket, {})
            for key, given in guests.items():
                there.setdefault(key, {}).update(given)
            wants.gave.append({key: dict(given) for key, given in guests.items()})
            found = self._sheet(handle)
            if not wants.echoes:
                found = replace(
                    found, complete=False, places=tuple(replace(p, values={}) for p in found.places)
                )
            return found

        return self.world.work("give", do)


def second_event(world: GuestWorld, hold: Hold, name: str) -> None:
    """One more ticket in the same hold, for something else."""
    (first,) = world.items[hold.handle]
    world.items[hold.handle] = [first, replace(first, ref="item-other", tickets=1)]
    line = hold.lines.get()
    line.pk, line.item_ref, line.event_name, line.area, line.quantity = None, "item-other", name, "Paddock", 1
    line.tickets = line.tickets[:1]
    line.save()
