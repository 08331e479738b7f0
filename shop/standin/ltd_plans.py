"""Seating plans: areas, rows, neighbours, price bands. A set of seats is an ``int`` with one bit per seat.

Bits make the questions of a season cheap (how many are left, the longest run, the lowest price) without a row in
a table for each of half a million seats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Seat:
    """``place`` is the seat's position in its row; neighbours differ by one, an aisle adds one more."""

    index: int
    area: int
    row: str
    number: str
    place: int
    band: int
    restriction: str | None


@dataclass(frozen=True)
class Band:
    """One price level of one area: ``per_mille`` of the event's best face value."""

    area: int
    per_mille: int
    seats: int


@dataclass(frozen=True)
class Plan:
    """``together`` has bit i set when seats i and i + 1 are neighbours. ``numbered`` is False for free seating."""

    areas: tuple[str, ...]
    seats: tuple[Seat, ...]
    bands: tuple[Band, ...]
    rows: tuple[int, ...]
    together: int
    numbered: bool = True

    @property
    def everything(self) -> int:
        return (1 << len(self.seats)) - 1

    def longest_run(self, free: int) -> int:
        """How many neighbours are free side by side, at most."""
        length, starts = 0, free
        while starts:
            length += 1
            starts = free & self.together & (starts >> 1)
        return length

    def runs(self, free: int) -> Iterator[list[int]]:
        """Free neighbours, run by run, in plan order."""
        run: list[int] = []
        for index in members(free):
            if run and not (run[-1] == index - 1 and self.together >> run[-1] & 1):
                yield run
                run = []
            run.append(index)
        if run:
            yield run

    def leaves_lone_seat(self, free: int, wanted: int, *, strict: bool = False) -> bool:
        """Whether taking ``wanted`` makes a lone free seat that could have been avoided.

        The documents name a "single seat restriction" without its rule; this is our reading: a new run of one
        seat is refused unless the run was just one longer than what is wanted of it (``strict``: even then).
        """
        for run in self.runs(free):
            taken = sum(1 for index in run if wanted >> index & 1)
            if not taken or len(run) == taken or (len(run) == taken + 1 and not strict):
                continue
            rest = sum(1 << index for index in run if not wanted >> index & 1)
            if any(len(piece) == 1 for piece in self.runs(rest)):
                return True
        return False

    def best(self, free: int, priced: int, count: int) -> int | None:
        """``count`` neighbours out of ``priced`` (a part of ``free``), front rows first; None when none fit."""
        if not self.numbered:
            first = list(members(free & priced))[:count]
            return sum(1 << index for index in first) if len(first) == count else None
        fallback: int | None = None
        for run in self.runs(free & priced):
            for start in range(len(run) - count + 1):
                wanted = sum(1 << index for index in run[start : start + count])
                if not self.leaves_lone_seat(free, wanted, strict=True):
                    return wanted
                fallback = wanted if fallback is None else fallback
        return fallback


def members(seats: int) -> Iterator[int]:
    """Indexes of the bits that are set, lowest first."""
    while seats:
        lowest = seats & -seats
        yield lowest.bit_length() - 1
        seats ^= lowest


@dataclass(frozen=True)
class _Area:
    """Rows as ``"A-C:950 D-H:1000"`` (per mille of the best price); ``blocks`` are seats between aisles."""

    name: str
    rows: str
    blocks: tuple[int, ...]
    numbering: str = "plain"
    restricted_rows: str = ""
    restriction: str | None = None


_AREAS: dict[str, tuple[_Area, ...]] = {
    "grand": (
        _Area("Stalls", "A-B:800 C-E:1000 F-G:900", (8, 8), "split"),
        _Area("Dress Circle", "A-B:950 C-D:750", (7, 7), "plain", "A", "Safety rail in view"),
        _Area(
            "Upper Circle", "A-B:550 C-D:400", (7, 7), "plain", "D", "Ceiling slopes: top of the set is lost"
        ),
        _Area("Boxes", "1-4:650", (4,), "plain", "1-4", "Side view, part of the stage is lost"),
    ),
    "rotunda": (
        _Area("Stalls", "A-D:1000 E-H:850", (8, 8), "split"),
        _Area("First Ring", "A-D:900", (8, 8), "plain"),
        _Area("Second Ring", "A-C:700 D-F:600", (8, 8), "plain"),
        _Area("Gallery", "A-C:350", (8, 8), "plain", "C", "High up; view over a rail"),
    ),
    "royal": (
        _Area("Orchestra Stalls", "A-C:1000 D-F:850", (6, 8, 6), "gaps"),
        _Area("Royal Circle", "A-B:950", (6, 6), "plain"),
        _Area("Grand Circle", "A-B:600 C:450", (6, 6), "plain", "C", "Seats are high; view over a rail"),
        _Area("Balcony", "A-B:300", (7, 7), "plain", "A-B", "Bench seats without backs"),
    ),
    "house": (
        _Area(
            "Stalls", "A:700 B-F:1000 G-H:850", (6, 6), "odd-even", "H", "Overhang hides the top of the set"
        ),
        _Area("Circle", "A-B:800 C-E:550", (6, 6), "plain", "E", "Behind a pillar"),
    ),
    "thrust": (
        _Area("Left Bank", "A-C:900", (10,), "plain"),
        _Area("Centre", "A-D:1000", (12,), "plain"),
        _Area("Right Bank", "A-C:900", (10,), "plain", "C", "Lighting desk beside you"),
    ),
    "studio": (_Area("Raised Seating", "A-C:1000 D-F:800", (10,), "plain", "F", None),),
    "room": (_Area("The Room", "A-B:1000", (10,), "plain"),),
    "ring": (
        _Area("Ringside", "A-B:1000", (9, 9, 9), "gaps"),
        _Area("Tribune", "C-F:700", (9, 9), "plain", "F", "Tent pole in view"),
    ),
    "mezzanine": (
        _Area("Orchestra", "A-E:1000", (7, 7), "odd-even"),
        _Area("Mezzanine", "AA-DD:700", (7, 7), "plain"),
    ),
    "small": (_Area("Stalls", "A-C:1000 D-E:700", (8,), "plain"),),
}
_FREE_SEATING = {"yard": (("Standing", 140, 700), ("Unreserved Balcony", 80, 1000))}


def _row_names(text: str) -> list[str]:
    first, _, last = text.partition("-")
    if not last:
        return [first]
    if first.isdigit():
        return [str(n) for n in range(int(first), int(last) + 1)]
    return [chr(code) * len(first) for code in range(ord(first[0]), ord(last[0]) + 1)]


def _numbers(blocks: tuple[int, ...], style: str) -> list[tuple[str, int]]:
    """Seat numbers with their places. ``plain`` counts on and leaves a number out at an aisle; ``split`` starts
    each block at 1 and 21; ``gaps`` starts blocks at 1, 11, 21; ``odd-even`` has odd numbers falling on the
    left and even ones rising on the right, with neighbours 1 and 2 in the middle."""
    total = sum(blocks)
    if style == "odd-even":
        left = [str(n) for n in range(total - 1 if total % 2 == 0 else total, 0, -2)]
        right = [str(n) for n in range(2, 2 * (total - len(left)) + 1, 2)]
        return list(zip(left + right, range(1, total + 1), strict=True))
    found: list[tuple[str, int]] = []
    place = number = 0
    for block_number, size in enumerate(blocks):
        if style != "plain":
            number = block_number * (20 if style == "split" else 10)
        for _ in range(size):
            number += 1
            place += 1
            found.append((str(number), place))
        number += 1
        place += 1
    return found


@cache
def plan(name: str) -> Plan:
    """The plan of that name, built once."""
    if name in _FREE_SEATING:
        return _free(name)
    areas = _AREAS[name]
    seats: list[Seat] = []
    rows: list[int] = []
    band_seats: dict[tuple[int, int], int] = {}
    together = 0
    for area_index, area in enumerate(areas):
        restricted = set(_row_names(area.restricted_rows)) if area.restricted_rows else set()
        for part in area.rows.split():
            names, _, per_mille = part.partition(":")
            for row in _row_names(names):
                mask = 0
                numbers = _numbers(area.blocks, area.numbering)
                for order, (number, place) in enumerate(numbers):
                    index = len(seats)
                    # In a restricted row only the outer pairs are; in boxes and benches, every seat is.
                    outer = order < 2 or order >= len(numbers) - 2
                    everywhere = len(restricted) > 1
                    limited = row in restricted and (outer or everywhere)
                    level = int(per_mille) * (7 if limited and not everywhere else 10) // 10
                    keys = list(band_seats)
                    key = (area_index, level)
                    band = keys.index(key) if key in band_seats else len(keys)
                    band_seats[key] = band_seats.get(key, 0) | 1 << index
                    note = area.restriction if limited else None
                    if limited and area.restriction is None:
                        note = ""
                    if order and numbers[order - 1][1] == place - 1:
                        together |= 1 << (index - 1)
                    seats.append(Seat(index, area_index, row, number, place, band, note))
                    mask |= 1 << index
                rows.append(mask)
    bands = tuple(Band(area, level, mask) for (area, level), mask in band_seats.items())
    assert len(seats) <= 384
    return Plan(tuple(area.name for area in areas), tuple(seats), bands, tuple(rows), together)


def _free(name: str) -> Plan:
    """Free seating: tickets are counted, not placed. Any two of an area do as neighbours."""
    seats: list[Seat] = []
    bands: list[Band] = []
    together = 0
    for area_index, (_, count, per_mille) in enumerate(_FREE_SEATING[name]):
        mask = 0
        for order in range(count):
            index = len(seats)
            mask |= 1 << index
            if order:
                together |= 1 << (index - 1)
            seats.append(Seat(index, area_index, "GA", str(order + 1), order + 1, area_index, None))
        bands.append(Band(area_index, per_mille, mask))
    names = tuple(area for area, _, _ in _FREE_SEATING[name])
    return Plan(names, tuple(seats), tuple(bands), tuple(b.seats for b in bands), together, numbered=False)


def plan_names() -> tuple[str, ...]:
    return (*_AREAS, *_FREE_SEATING)
