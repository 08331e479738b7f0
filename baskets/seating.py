"""Seats beside each other: which groups fit a party, which is the best, which are nearest to what was wanted.

Pure functions over what a provider says is free. Neighbours are seats of one row whose index differs by one.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import pgettext

from shop.money import Money
from shop.providers.types import Availability, Seat, SeatArea, SeatRow

FAR = 1_000_000


def _whole(number: str) -> int | None:
    return int(number) if number.isascii() and number.isdigit() else None


@dataclass(frozen=True)
class Group:
    """Seats that belong together. `leaves_lone`: one single free seat would be left beside them."""

    area: str
    row: str  # "" where they are in several rows
    seats: tuple[Seat, ...]
    leaves_lone: bool = False
    scattered: tuple[tuple[str, Seat], ...] = ()  # row of each, where they are not together

    @property
    def total(self) -> Money:
        return Money.total((seat.price for seat in self.seats), self.seats[0].price.currency)

    @property
    def restricted(self) -> bool:
        return any(seat.restricted for seat in self.seats)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(seat.note for seat in self.seats if seat.note))

    @property
    def counted(self) -> list[str]:
        """Their numbers from the lowest on, whichever way the row runs."""
        return sorted(
            (seat.number for seat in self.seats), key=lambda one: (_whole(one) is None, _whole(one) or 0, one)
        )

    @property
    def numbers(self) -> str:
        """ "12 to 15" where they are counted one by one, else each: even seats sit beside even ones."""
        counted = [_whole(one) for one in self.counted]
        if len(counted) > 1 and all(
            one is not None and two is not None and two - one == 1 for one, two in pairwise(counted)
        ):
            first, last = self.counted[0], self.counted[-1]
            return pgettext("from one seat to another", "%(first)s to %(last)s") % {
                "first": first,
                "last": last,
            }
        return ", ".join(self.counted)

    @property
    def refs(self) -> str:
        return " ".join(seat.ref for seat in self.seats)


@dataclass(frozen=True)
class Wanted:
    """Where somebody wanted to sit."""

    area: str
    row: str
    index: int


def merged_rows(area: SeatArea) -> Iterator[SeatRow]:
    """Each row once, its seats in order, whatever prices a provider splits it by."""
    rows: dict[str, list[Seat]] = {}
    for row in area.rows:
        rows.setdefault(row.name, []).extend(row.seats)
    for name, seats in rows.items():
        yield SeatRow(name, tuple(sorted(seats, key=lambda seat: seat.index)))


def runs(seats: Sequence[Seat], without: Collection[str] = ()) -> Iterator[list[Seat]]:
    """Seats without a gap between them."""
    run: list[Seat] = []
    for seat in seats:
        if seat.ref in without or (run and seat.index != run[-1].index + 1):
            if run:
                yield run
            run = []
        if seat.ref not in without:
            run.append(seat)
    if run:
        yield run


def _leaves_lone(run: Sequence[Seat], start: int, size: int) -> bool:
    return start == 1 or len(run) - start - size == 1


def kept_for_need(seat: Seat) -> bool:
    """A place that nobody is offered who has not asked for one of its kind. Whoever names it has it as any other."""
    return seat.access in ("wheelchair", "companion")


def windows(
    free: Availability,
    size: int,
    *,
    area: str = "",
    most: int | None = None,
    without: Collection[str] = (),
    access: str = "",
) -> Iterator[Group]:
    """Every group of `size` neighbours. `most` is the highest price for one, in minor units. With `access` (of
    SEAT_ACCESS) at least one of them is such a place; without, none is kept for somebody's need."""
    for place in free.areas:
        if area and place.name != area:
            continue
        for row in merged_rows(place):
            if access and not any(seat.access == access for seat in row.seats):
                continue
            open_to = row.seats if access else [seat for seat in row.seats if not kept_for_need(seat)]
            for run in runs(open_to, without):
                for start in range(len(run) - size + 1):
                    seats = tuple(run[start : start + size])
                    if access and not any(seat.access == access for seat in seats):
                        continue
                    if most is None or all(seat.price.minor <= most for seat in seats):
                        yield Group(place.name, row.name, seats, _leaves_lone(run, start, size))


def tidy(groups: Sequence[Group]) -> list[Group]:
    """Without those that leave a lone seat, unless nothing else is left."""
    return [group for group in groups if not group.leaves_lone] or list(groups)


def fitting(free: Availability, size: int, *, per_area: int = 6, access: str = "") -> list[Group]:
    """A few groups of each area to choose from at a glance: no seat twice, cheapest first, good view first."""
    found: list[Group] = []
    for place in free.areas:
        used: set[str] = set()
        taken: list[Group] = []
        inside = list(windows(free, size, area=place.name, access=access))
        for group in sorted(inside, key=lambda g: (g.leaves_lone, g.restricted, g.total)):
            refs = {seat.ref for seat in group.seats}
            if len(taken) < per_area and not refs & used and not (group.leaves_lone and taken):
                used |= refs
                taken.append(group)
        found += taken
    return found


def best(
    free: Availability,
    size: int,
    *,
    area: str = "",
    most: int | None = None,
    together: bool = True,
    without: Collection[str] = (),
    access: str = "",
    rng: random.Random,
) -> Group | None:
    """One group for somebody who leaves the choice to us; None where none fits.

    A clear view before a restricted one, no lone seat left behind. With a limit the dearest within it (a price
    is the only thing providers say of how good a seat is), without one the cheapest. Equals are drawn by lot,
    among the first rows of the plan, so that not everybody is offered the same seats.
    """
    candidates = list(windows(free, size, area=area, most=most, without=without, access=access))
    if candidates:
        rank = {id(group): place for place, group in enumerate(candidates)}

        def worth(group: Group) -> tuple[bool, bool, int]:
            total = group.total.minor
            return (group.leaves_lone, group.restricted, total if most is None else -total)

        top = min(worth(group) for group in candidates)
        equals = sorted((g for g in candidates if worth(g) == top), key=lambda g: rank[id(g)])
        return rng.choice(equals[: max(3, len(equals) // 4)])
    if together or access:
        return None
    return _scattered(free, size, area=area, most=most, without=without)


def _scattered(
    free: Availability, size: int, *, area: str, most: int | None, without: Collection[str]
) -> Group | None:
    """Not together, but in one area and in as few pieces as can be."""
    for place in free.areas:
        if area and place.name != area:
            continue
        pieces = [
            (row.name, run)
            for row in merged_rows(place)
            for run in runs(
                [s for s in row.seats if not kept_for_need(s) and (most is None or s.price.minor <= most)],
                without,
            )
        ]
        pieces.sort(key=lambda piece: -len(piece[1]))
        if sum(len(run) for _, run in pieces) < size:
            continue
        chosen: list[tuple[str, Seat]] = []
        for row, run in pieces:
            chosen += [(row, seat) for seat in run[: size - len(chosen)]]
            if len(chosen) == size:
                return Group(place.name, "", tuple(seat for _, seat in chosen), scattered=tuple(chosen))
    return None


def largest(free: Availability, *, area: str = "", most: int | None = None) -> tuple[int, str]:
    """How many can sit together at most, and in which area."""
    top = (0, "")
    for place in free.areas:
        if area and place.name != area:
            continue
        for row in merged_rows(place):
            seats = [
                seat
                for seat in row.seats
                if not kept_for_need(seat) and (most is None or seat.price.minor <= most)
            ]
            for run in runs(seats):
                if len(run) > top[0]:
                    top = (len(run), place.name)
    return top


def nearest(
    free: Availability,
    wanted: Sequence[Wanted],
    size: int,
    *,
    keep: Collection[str] = (),
    other_than: Collection[str] = (),
    access: str = "",
    count: int = 3,
) -> list[Group]:
    """Free groups of `size`, nearest to the wanted places first; those with more seats of `keep` before others.

    `other_than`: the very group that was refused.
    """
    if not wanted or size < 1:
        return []
    centre = sum(place.index for place in wanted) / len(wanted)
    home_area, home_row = wanted[0].area, wanted[0].row
    order = {
        (place.name, row.name): number
        for place in free.areas
        for number, row in enumerate(merged_rows(place))
    }
    home = order.get((home_area, home_row))

    def distance(group: Group) -> float:
        middle = sum(seat.index for seat in group.seats) / size
        away = abs(middle - centre)
        if group.area != home_area:
            return FAR + away
        if group.row == home_row:
            return away
        rows = abs(order[(group.area, group.row)] - home) if home is not None else 5
        return 10 * rows + away

    def kept(group: Group) -> int:
        return sum(seat.ref in keep for seat in group.seats)

    groups = tidy(list(windows(free, size, access=access)))
    found: list[Group] = []
    used: set[str] = set()
    for group in sorted(groups, key=lambda g: (-kept(g), distance(g))):
        refs = {seat.ref for seat in group.seats}
        if refs == set(other_than) or refs & used - set(keep):
            continue
        used |= refs
        found.append(group)
        if len(found) == count:
            break
    return found


def neighbours_that_fit(free: Availability, chosen: Collection[str], *, count: int = 3) -> list[Group]:
    """For a choice that would leave a lone seat: groups of the same size in its row that do not."""
    for place in free.areas:
        for row in merged_rows(place):
            mine = [seat for seat in row.seats if seat.ref in chosen]
            if not mine:
                continue
            centre = sum(seat.index for seat in mine) / len(mine)
            access = next((seat.access for seat in mine if kept_for_need(seat)), "")
            here = [
                group
                for group in windows(free, len(chosen), area=place.name, access=access)
                if not group.leaves_lone and {seat.ref for seat in group.seats} != set(chosen)
            ]
            here.sort(
                key=lambda g: (g.row != row.name, abs(sum(s.index for s in g.seats) / len(g.seats) - centre))
            )
            return here[:count]
    return []
