"""Seating plans of the imitated Spektrix: unreserved, reserved, and groups of areas inside areas.

A plan is itself an area: a leaf when it has no areas below it, and only leaves are sold. ``row``, ``number``, ``x``
and ``y`` of a seat are those of the vendor's sibling contract (Spektrix Connect); v3's own are not documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shop.standin.spektrix_ids import wire_id

WHEELCHAIR = "wheelchair"  # sold on the web, counted and marked apart
COMPANION = "companion"  # sold on the web with the wheelchair space beside it, marked apart
HOUSE = "house"  # kept by the house, never sold on the web
AGENCY = "agency"  # an allocation that agents sell and nobody else


@dataclass(frozen=True)
class Seat:
    """``place`` is the seat's position in its row; neighbours differ by one, an aisle adds one more.

    ``note`` is the seat information that the box office wrote on it; ``at`` its ``x`` and ``y`` where the house is drawn,
    else they follow from row and place.
    """

    number: int
    area: int
    row: str
    label: str
    place: int
    depth: int
    band: int
    lock: str = ""
    note: str = ""
    at: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        return f"{self.row}{self.label}"

    def wire(self) -> dict[str, Any]:
        x, y = self.at or (40 + self.place * 24, 60 + self.depth * 28)
        return {"id": wire_id(self.number), "row": self.row, "number": int(self.label), "x": x, "y": y}


@dataclass(frozen=True)
class Area:
    """``rows`` (of a reserved area) as ``"A-C:20:201 D:18:202"``: letters, seats in a row, band.

    ``wheelchair``, ``house`` and ``agency`` name seats (``"D1 D2"``). ``band`` and ``capacity`` are those of an unreserved area.
    """

    number: int
    name: str
    kind: str
    capacity: int = 0
    band: int = 0
    rows: str = ""
    aisle: int = 0
    wheelchair: str = ""
    house: str = ""
    agency: str = ""
    areas: tuple[Area, ...] = ()
    venue: int = 0

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        """Only this area's own."""
        found: list[Seat] = []
        locks = {
            name: lock
            for lock, names in ((AGENCY, self.agency), (HOUSE, self.house), (WHEELCHAIR, self.wheelchair))
            for name in names.split()
        }
        depth = 0
        for part in self.rows.split():
            letters, count, band = part.split(":")
            first, _, last = letters.partition("-")
            for row in _letters(first, last or first):
                for label in range(1, int(count) + 1):
                    lock = locks.get(f"{row}{label}", "")
                    place = label + (1 if self.aisle and label > self.aisle else 0)
                    number = self.number * 1000 + len(found) + 1
                    found.append(Seat(number, self.number, row, str(label), place, depth, int(band), lock))
                depth += 1
        return tuple(found)

    def leaves(self) -> Iterator[Area]:
        """The areas that are sold: the plan itself when nothing lies below it."""
        if not self.areas:
            yield self
        for area in self.areas:
            yield from area.leaves()

    def walk(self) -> Iterator[Area]:
        yield self
        for area in self.areas:
            yield from area.walk()

    @property
    def size(self) -> int:
        """Places of this area alone."""
        return len(self.seats) if self.kind == "Reserved" else self.capacity

    @property
    def reserved(self) -> bool:
        return self.kind == "Reserved"

    @cached_property
    def bands(self) -> tuple[int, ...]:
        """Every band of this area and those below, in plan order."""
        found: dict[int, None] = {}
        for leaf in self.leaves():
            for band in [seat.band for seat in leaf.seats] if leaf.reserved else [leaf.band]:
                found[band] = None
        return tuple(found)

    def wire(self) -> dict[str, Any]:
        """The plan endpoint's object. ``areas`` is left out where there are none."""
        body: dict[str, Any] = {"id": wire_id(self.number), "name": self.name, "type": self.kind}
        if self.venue:
            body["venue"] = {"id": wire_id(self.venue)}
        if self.areas:
            body["areas"] = [area.wire() for area in self.areas]
        elif self.reserved:
            # listed by number as a box office counts: the order of a list says nothing about who sits beside whom
            body["seats"] = [
                seat.wire() for seat in sorted(self.seats, key=lambda s: (s.depth, int(s.label)))
            ]
        else:
            body["capacity"] = self.capacity
        return body


def _letters(first: str, last: str) -> Iterator[str]:
    """``A`` to ``E``; ``AA`` to ``CC`` as rows are called behind Z."""
    for code in range(ord(first[0]), ord(last[0]) + 1):
        yield chr(code) * len(first)


@dataclass(frozen=True)
class Venue:
    number: int
    name: str
    address: str

    def wire(self) -> dict[str, Any]:
        return {"id": wire_id(self.number), "name": self.name, "address": self.address}


def unreserved(number: int, name: str, capacity: int, band: int, venue: int = 0) -> Area:
    return Area(number, name, "Unreserved", capacity=capacity, band=band, venue=venue)


def reserved(
    number: int,
    name: str,
    rows: str,
    *,
    aisle: int = 0,
    wheelchair: str = "",
    house: str = "",
    agency: str = "",
    venue: int = 0,
) -> Area:
    return Area(
        number,
        name,
        "Reserved",
        rows=rows,
        aisle=aisle,
        wheelchair=wheelchair,
        house=house,
        agency=agency,
        venue=venue,
    )


def group(number: int, name: str, *areas: Area, venue: int = 0) -> Area:
    return Area(number, name, "Group", areas=areas, venue=venue)
