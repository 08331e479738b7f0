"""Two houses of the imitated Spektrix drawn as houses are built: curved rows, aisles, tiers behind one another.

All tiers of a house share one frame: the stage is above the top edge, ``x`` grows to the right, ``y`` away from the
stage, 24 from seat to seat and 28 from row to row. Where the documents say nothing (what ``x`` and ``y`` are, which
seat carries which note) the README's table says what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import cos, sin

from shop.standin.spektrix_plans import AGENCY, COMPANION, HOUSE, WHEELCHAIR, Area, Seat, group

SEAT, ROW, TOP = 24, 28, 60
LETTERS = "ABCDEFGHJKLMNPQRSTUV"  # no I, no O
RAIL = "Restricted view: a safety rail across the front of the stage"
SIDE = "Restricted view: the near side of the stage is hidden"
PILLAR = "Restricted view: a pillar"
DESK = "Restricted view: beside the lighting desk"
STEP_FREE = "Step-free aisle seat"


@dataclass(frozen=True)
class Row:
    """``edge`` seats at each end are of ``edge_band``; ``gap`` rows lie empty in front (a cross aisle)."""

    seats: int
    band: int
    edge: int = 0
    edge_band: int = 0
    gap: int = 0


@dataclass(frozen=True)
class Tier(Area):
    """A level of curved rows. ``depth`` is the first row's, counted in rows from the top of the house's frame; ``bend`` the
    distance from the top of the frame to the middle of all curves, ``middle`` the ``x`` of that middle.

    ``centre`` seats lie between two aisles; 0 for one aisle in the middle. ``odd_even``: odd numbers to the left of the
    middle, even ones to the right, both growing outwards; else 1, 2, 3 from the left. ``notes`` are pairs of a text and
    the seats it is written on. ``companion`` names pairs, ``"K2>K1"``: the companion's seat and the wheelchair space.
    """

    lines: tuple[Row, ...] = ()
    depth: int = 0
    bend: int = 900
    middle: int = 560
    centre: int = 0
    odd_even: bool = False
    companion: str = ""
    notes: tuple[tuple[str, str], ...] = ()

    @cached_property
    def seats(self) -> tuple[Seat, ...]:  # type: ignore[override]
        """Row by row; in a row from left to right."""
        locks = dict.fromkeys(self.agency.split(), AGENCY) | dict.fromkeys(self.house.split(), HOUSE)
        notes = {name: text for text, names in self.notes for name in names.split()}
        for pair in self.companion.split():
            beside, _, space = pair.partition(">")
            locks |= {beside: COMPANION, space: WHEELCHAIR}
            notes[beside] = f"For the companion of {space}"
        found: list[Seat] = []
        depth = self.depth - 1
        for letter, line in zip(LETTERS, self.lines, strict=False):
            depth += 1 + line.gap
            for order, (label, place, along) in enumerate(self._along(line.seats)):
                outer = order < line.edge or order >= line.seats - line.edge
                radius = self.bend + TOP + depth * ROW
                name = f"{letter}{label}"
                found.append(
                    Seat(
                        self.number * 1000 + len(found) + 1, self.number, letter, str(label), place, depth,
                        line.edge_band if outer else line.band, locks.get(name, ""), notes.get(name, ""),
                        (
                            round(self.middle + radius * sin(along / radius), 1),
                            round(radius * cos(along / radius) - self.bend, 1),
                        ),
                    )
                )  # fmt: skip
        return tuple(found)

    def _along(self, count: int) -> Iterator[tuple[int, int, float]]:
        """Label, place, and how far along the curve from the middle, for the seats of a row from left to right."""
        side = (count - self.centre) // 2
        aisles = (side, count - side) if self.centre else (side,)
        for order in range(count):
            place = order + 1 + sum(order >= aisle for aisle in aisles)
            half = count // 2
            label = order + 1
            if self.odd_even:
                label = 2 * (half - order) - 1 if order < half else 2 * (order - half + 1)
            yield label, place, (place - (count + len(aisles) + 1) / 2) * SEAT


def _rows(spec: str) -> tuple[Row, ...]:
    """``"24*2:213 36:212/5/213 ^38:212"``: seats, how many such rows, band, end seats and their band; ``^`` cross aisle."""
    found: list[Row] = []
    for part in spec.split():
        size, _, bands = part.lstrip("^").partition(":")
        count, _, times = size.partition("*")
        band, edge, edge_band = [*bands.split("/"), "0", "0"][:3]
        for _ in range(int(times or 1)):
            gap = 1 if part.startswith("^") and found and not found[-1].gap else 0
            found.append(Row(int(count), int(band), int(edge), int(edge_band), gap))
    return tuple(found)


def _ends(letters: str, low: int, high: int, each: int) -> str:
    """The outer ``each`` seats of both ends of rows that are numbered from ``low`` to ``high``."""
    numbers = [*range(low, low + each), *range(high - each + 1, high + 1)]
    return " ".join(f"{letter}{number}" for letter in letters for number in numbers)


def big_house(number: int, name: str, venue: int) -> Area:
    """1,500 seats: stalls 640, dress circle 380, upper circle 300, gallery 180. Bands 211 (best) to 215."""
    stalls = _rows(
        "24*2:213 26*2:212 28*2:211/4/212 30*2:211/5/212 32:211/5/212 32:212 "
        "^34:212 34:212/6/213 36*3:212/6/213 38*2:212/7/213 36*3:213"
    )
    dress = _rows("34*2:211/5/212 36:211/6/212 36:212 38*2:212/6/213 40*2:212/7/213 42*2:213")
    upper = _rows("34:213/4/214 36*2:213/5/214 38*3:214 40*2:214")
    gallery = _rows("36*2:214/8/215 36*3:215")
    return group(
        number,
        name,
        Tier(
            number + 1, "Stalls", "Reserved", lines=stalls, depth=0, odd_even=True,
            house="H1 H2", agency="K1 K2 K3 K4 K5 K6",
            companion="V33>V35 V29>V31 V34>V36 V30>V32",
            notes=((STEP_FREE, "L1 L2 L3 L4 M1 M2 V1 V2"), (SIDE, _outer("AB", 24, 3)), (PILLAR, "T19 T20 U19 U20")),
        ),
        Tier(
            number + 2, "Dress Circle", "Reserved", lines=dress, depth=24, centre=16,
            companion="K2>K1 K41>K42",
            notes=((STEP_FREE, "J13 J30 K13 K30"), (SIDE, _ends("AB", 1, 34, 3))),
        ),
        Tier(
            number + 3, "Upper Circle", "Reserved", lines=upper, depth=37, centre=16,
            notes=((RAIL, " ".join(f"A{n}" for n in range(1, 35))), (PILLAR, "F11 F28 G12 G29")),
        ),
        Tier(
            number + 4, "Gallery", "Reserved", lines=gallery, depth=48, centre=16,
            notes=((RAIL, _ends("A", 1, 36, 6)), (PILLAR, "C10 C27 D10 D27 E10 E27")),
        ),
        venue=venue,
    )  # fmt: skip


def _outer(letters: str, count: int, each: int) -> str:
    """The outer ``each`` seats of both ends of rows with odd and even numbers."""
    return " ".join(
        f"{letter}{number}" for letter in letters for number in range(count - 2 * each + 1, count + 1)
    )


def studio(number: int, name: str, venue: int, best: int, rest: int) -> Area:
    """60 seats in five curved rows about a low stage, one aisle, two bands; a plan without areas."""
    return Tier(
        number, name, "Reserved", lines=_rows(f"12*3:{best} 12*2:{rest}"), bend=260, middle=220, venue=venue,
        companion="A2>A1",
        notes=((STEP_FREE, "A11 A12"), (DESK, "E6 E7")),
    )  # fmt: skip
