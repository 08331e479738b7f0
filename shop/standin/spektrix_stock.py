"""Places of the imitated Spektrix: what was sold before, what the house keeps, who holds what now.

What the box office sold before is a pure function of the instance; only tickets of baskets and orders are stored.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import lru_cache

from shop.standin.programme import seeded
from shop.standin.spektrix_plans import AGENCY, COMPANION, HOUSE, WHEELCHAIR, Area, Seat
from shop.standin.spektrix_season import Instance, Tenant

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, basket_id INTEGER NOT NULL, order_id TEXT,
    instance INTEGER NOT NULL, area INTEGER NOT NULL, seat INTEGER, type INTEGER NOT NULL, band INTEGER NOT NULL,
    price INTEGER NOT NULL, commission INTEGER NOT NULL, attributes TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX IF NOT EXISTS spk_tickets_seat ON spk_tickets (client, instance, seat) WHERE seat IS NOT NULL;
CREATE INDEX IF NOT EXISTS spk_tickets_instance ON spk_tickets (client, instance);
CREATE INDEX IF NOT EXISTS spk_tickets_basket ON spk_tickets (basket_id);
"""
LOCK_TYPES = {
    WHEELCHAIR: (5, "Wheelchair space"),
    HOUSE: (6, "House seats"),
    AGENCY: (7, "Agency allocation"),
    COMPANION: (8, "Companion seat"),
}


@dataclass
class Count:
    """One area, or the sum of several. ``available`` has the wheelchair places in it that can be bought."""

    capacity: int = 0
    available: int = 0
    wheelchair: int = 0
    companion: int = 0
    in_basket: int = 0
    in_other: int = 0
    sold: int = 0
    locked: int = 0
    agency: int = 0  # of the agents' allocation: free for an agent, among the locked ones for everybody else

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def unavailable(self) -> int:
        return self.capacity - self.available - self.in_basket


@dataclass(frozen=True)
class Held:
    """Who has which places of an instance: seat -> basket, and unseated tickets per area and basket."""

    seats: dict[int, tuple[int, bool]]
    loose: dict[int, list[tuple[int, bool]]]


def sold_before(tenant: Tenant, instance: Instance, area: Area, all_gone: bool = False) -> int:
    """How many places of an unreserved area are gone before the shop sells."""
    event = instance.event
    if all_gone or event.has("sold_out") or (event.has("saturdays_out") and instance.start.weekday() == 5):
        return area.capacity
    if event.has("empty_house"):
        return 0
    share = seeded("spektrix", tenant.client, instance.number, area.number).choice(
        (0.05, 0.2, 0.35, 0.5, 0.7, 0.85)
    )
    return int(area.capacity * share)


@lru_cache(maxsize=1024)
def seats_before(client: str, instance: Instance, area: Area, all_gone: bool = False) -> frozenset[int]:
    """Seats of a reserved area that were sold before, in blocks of one to five as people book."""
    event = instance.event
    sellable = [seat for seat in area.seats if seat.lock not in {HOUSE, AGENCY}]
    if all_gone or event.has("sold_out") or (event.has("saturdays_out") and instance.start.weekday() == 5):
        return frozenset(seat.number for seat in sellable)
    if event.has("empty_house"):
        return frozenset()
    chance = seeded("spektrix", client, instance.number, area.number)
    share = (
        chance.uniform(0.24, 0.36) if event.has("third_sold") else chance.choice((0.1, 0.25, 0.4, 0.6, 0.8))
    )
    wanted = int(len(sellable) * share)
    gone: set[int] = set()
    while len(gone) < wanted:
        start = chance.randrange(len(sellable))
        for seat in sellable[start : start + chance.randint(1, 5)]:
            if seat.lock not in {WHEELCHAIR, COMPANION} or chance.random() < 0.2:
                gone.add(seat.number)
    return frozenset(gone)


class Stock:
    """Reads inside an open transaction; ``basket`` is the caller's own, 0 for nobody's. ``agent``: an agent looks.
    ``only``: of the reserved seats these alone were not sold before (a control's doing)."""

    def __init__(
        self, tenant: Tenant, instance: Instance, plan: Area, all_gone: bool = False, *, agent: bool = False,
        only: frozenset[int] | None = None,
    ) -> None:  # fmt: skip
        self.tenant, self.instance, self.plan, self.all_gone = tenant, instance, plan, all_gone
        self.barred = {HOUSE} if agent else {HOUSE, AGENCY}  # locks that this caller does not get past
        self.only = only
        self._gone: dict[int, frozenset[int]] = {}

    def gone(self, area: Area) -> frozenset[int]:
        """Seats of a reserved area that were sold before."""
        if area.number not in self._gone:
            if self.only is None:
                found = seats_before(self.tenant.client, self.instance, area, self.all_gone)
            else:
                found = frozenset(seat.number for seat in area.seats) - self.only
            self._gone[area.number] = found
        return self._gone[area.number]

    def held(self, connection: sqlite3.Connection) -> Held:
        seats: dict[int, tuple[int, bool]] = {}
        loose: dict[int, list[tuple[int, bool]]] = {}
        for row in connection.execute(
            "SELECT area, seat, basket_id, order_id FROM spk_tickets WHERE client = ? AND instance = ?",
            (self.tenant.client, self.instance.number),
        ):
            entry = (row["basket_id"], row["order_id"] is not None)
            if row["seat"] is not None:
                seats[row["seat"]] = entry
            else:
                loose.setdefault(row["area"], []).append(entry)
        return Held(seats, loose)

    def free(self, seat: Seat, area: Area, held: Held) -> bool:
        if seat.lock in self.barred or seat.number in held.seats:
            return False
        return seat.number not in self.gone(area)

    def left(self, area: Area, held: Held) -> int:
        """Free places of an unreserved area."""
        gone = sold_before(self.tenant, self.instance, area, self.all_gone)
        return max(0, area.capacity - gone - len(held.loose.get(area.number, ())))

    def count(self, area: Area, held: Held, basket: int) -> Count:
        """This area alone, without what lies below it."""
        if area.areas:
            return Count()
        if not area.reserved:
            entries = held.loose.get(area.number, [])
            own = sum(1 for owner, sold in entries if owner == basket and not sold)
            sold = sum(1 for _, done in entries if done)
            gone = sold_before(self.tenant, self.instance, area, self.all_gone)
            return Count(
                capacity=area.capacity,
                available=self.left(area, held),
                in_basket=own,
                in_other=len(entries) - own - sold,
                sold=gone + sold,
            )
        found = Count(capacity=len(area.seats))
        gone_seats = self.gone(area)
        for seat in area.seats:
            if seat.lock in self.barred:
                found.locked += 1
                found.agency += seat.lock == AGENCY
            elif seat.number in gone_seats:
                found.sold += 1
            elif seat.number in held.seats:
                owner, sold_now = held.seats[seat.number]
                found.sold += sold_now
                found.in_basket += owner == basket and not sold_now
                found.in_other += owner != basket and not sold_now
            else:
                found.available += 1
                found.wheelchair += seat.lock == WHEELCHAIR
                found.companion += seat.lock == COMPANION
                found.agency += seat.lock == AGENCY
        return found

    def total(self, area: Area, held: Held, basket: int) -> Count:
        """This area and everything below it."""
        result = Count()
        for leaf in area.leaves():
            result += self.count(leaf, held, basket)
        return result

    def best(
        self, held: Held, quantity: int, *, bands: set[int], areas: set[int], distanced: bool
    ) -> list[tuple[Area, Seat]] | None:
        """``quantity`` seats: side by side where that can be, front rows first; None when there are not as many.

        With distancing the seats beside other people's stay empty, so the party may have to sit apart.
        """
        leaves = [
            leaf for leaf in self.plan.leaves()
            if leaf.reserved and (not areas or any(a.number in areas and leaf in a.leaves() for a in self.plan.walk()))
        ]  # fmt: skip
        loose: list[tuple[Area, Seat]] = []
        for leaf in leaves:
            free = [
                seat for seat in leaf.seats
                if not seat.lock and (not bands or seat.band in bands) and self.free(seat, leaf, held)
            ]  # fmt: skip
            if distanced:
                taken = {(s.row, s.place) for s in leaf.seats if not self.free(s, leaf, held)}
                free = [s for s in free if not {(s.row, s.place - 1), (s.row, s.place + 1)} & taken]
            run: list[Seat] = []
            for seat in free:
                if run and not (run[-1].row == seat.row and run[-1].place + 1 == seat.place):
                    run = []
                run.append(seat)
                if len(run) == quantity:
                    return [(leaf, each) for each in run]
            loose += [(leaf, seat) for seat in free]
        return loose[:quantity] if len(loose) >= quantity else None
