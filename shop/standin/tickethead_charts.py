"""Seating plans of the imitated Tickethead's venues, as the charts of seats.io would describe them.

Source: docs.seats.io (labels, neighbours, properties of a seat). The halls are invented. That a label with a section
reads ``Section-A-3`` and one without ``A-3``, and that a category is a ticket config, is our reading.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass(frozen=True)
class Row:
    """``config`` is the name of the ticket config whose seats these are."""

    letter: str
    seats: int
    config: str


@dataclass(frozen=True)
class Section:
    """``aisles``: numbers after which somebody has to walk round. ``depth``: rows between it and the stage."""

    name: str
    rows: tuple[Row, ...]
    aisles: tuple[int, ...] = ()
    entrance: str = ""
    depth: int = 2


@dataclass(frozen=True)
class Chart:
    """A plan. Sets hold labels; ``own`` gives single seats a ticket config other than their row's.

    ``sold``: what share of the plain seats is booked before anybody comes.
    """

    sections: tuple[Section, ...]
    accessible: frozenset[str] = frozenset()
    companion: frozenset[str] = frozenset()
    step_free: frozenset[str] = frozenset()
    restricted: frozenset[str] = frozenset()
    not_for_sale: frozenset[str] = frozenset()
    own: dict[str, str] = field(default_factory=dict)
    sold: float = 0.0


@dataclass(frozen=True)
class PlannedSeat:
    """``body``: what EventObjectInfo shows of it whatever happens to it; parts that are None are left out."""

    label: str
    config: str
    booked: bool
    for_sale: bool
    body: dict[str, Any]


def rows(letters: str, seats: int, config: str) -> tuple[Row, ...]:
    return tuple(Row(letter, seats, config) for letter in letters)


def labels(text: str) -> frozenset[str]:
    return frozenset(text.split())


def seats(chart: Chart, chance: Random) -> Iterator[PlannedSeat]:
    """Every seat in the order of the plan. The same ``chance`` books the same seats."""
    for section in chart.sections:
        start = f"{section.name}-" if section.name else ""
        for depth, row in enumerate(section.rows, section.depth):
            left = 0
            for number in range(1, row.seats + 1):
                label = f"{start}{row.letter}-{number}"
                plain = label not in chart.accessible | chart.companion | chart.not_for_sale
                if not left and chance.random() < chart.sold / 2:
                    left = chance.choice((1, 2, 2, 3))
                booked = bool(left) and plain
                left = max(left - 1, 0)
                yield PlannedSeat(
                    label,
                    chart.own.get(label, row.config),
                    booked,
                    label not in chart.not_for_sale,
                    _body(chart, section, row, number, start, depth),
                )


def _body(chart: Chart, section: Section, row: Row, number: int, start: str, depth: int) -> dict[str, Any]:
    label = f"{start}{row.letter}-{number}"
    labelled: dict[str, Any] = {
        "own": {"label": str(number), "type": "seat"},
        "parent": {"label": row.letter, "type": "row"},
    }
    ids: dict[str, Any] = {"own": str(number), "parent": row.letter}
    if section.name:
        labelled["section"] = ids["section"] = section.name
    aside = (number - (row.seats + 1) / 2) * 0.6
    known = {
        "labels": labelled,
        "ids": ids,
        "section": section.name or None,
        "entrance": section.entrance or None,
        "objectType": "seat",
        "isAccessible": label in chart.accessible,
        "isCompanionSeat": label in chart.companion,
        "isSemiAmbulatorySeat": label in chart.step_free,
        "hasRestrictedView": label in chart.restricted,
        "leftNeighbour": _beside(start, row, number, number - 1, section),
        "rightNeighbour": _beside(start, row, number, number + 1, section),
        "distanceToFocalPoint": round(math.hypot(aside, depth) * 10, 4),
    }
    return {name: value for name, value in known.items() if value is not None}


def _beside(start: str, row: Row, number: int, other: int, section: Section) -> str | None:
    if not 1 <= other <= row.seats or min(number, other) in section.aisles:
        return None
    return f"{start}{row.letter}-{other}"


LECTURE_THEATRE = Chart((Section("", (*rows("ABC", 10, "Front rows"), *rows("DEFGH", 10, "Rear rows"))),))

# 240 seats; row I is left out, as in many houses. Two places at the back belong to the sound desk.
CONCERT_HALL = Chart(
    (
        Section(
            "Parkett",
            (*rows("ABCD", 16, "Parkett, front"), *rows("EFGHJK", 16, "Parkett")),
            aisles=(8,),
            entrance="Foyer",
        ),
        Section("Rang", rows("ABCDE", 16, "Rang"), entrance="Staircase", depth=13),
    ),
    accessible=labels("Parkett-K-1 Parkett-K-3 Parkett-K-14 Parkett-K-16"),
    companion=labels("Parkett-K-2 Parkett-K-4 Parkett-K-13 Parkett-K-15"),
    step_free=labels("Parkett-J-1 Parkett-J-2 Parkett-J-15 Parkett-J-16"),
    restricted=frozenset(f"Rang-{letter}-{number}" for letter in "ABCDE" for number in (1, 2, 15, 16)),
    not_for_sale=labels("Parkett-K-8 Parkett-K-9"),
    own={
        **{
            f"Parkett-K-{number}": "Wheelchair space and companion" for number in (1, 2, 3, 4, 13, 14, 15, 16)
        },
        **{f"Rang-{letter}-{number}": "Rang, side" for letter in "ABCDE" for number in (1, 2, 15, 16)},
    },
    sold=0.3,
)

# 60 seats without sections.
STUDIO = Chart(
    (
        Section(
            "",
            (*rows("ABCD", 10, "Seat"), *rows("E", 10, "Rear row"), *rows("F", 10, "Pupils and students")),
        ),
    ),
    accessible=labels("A-1"),
    companion=labels("A-2"),
    restricted=labels("D-10 E-10"),
    sold=0.15,
)
