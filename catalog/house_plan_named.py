"""What a box office names over several dates, put together: where it tells of free seats only, each date shows others.

Pure. A seat of several dates is there once, free where it is free for any of them; `ref` is a number of its own here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from catalog.house_plan_shapes import tidy
from shop.providers.types import Seat, SeatArea, SeatRow, TakenSeat

T = TypeVar("T", Seat, TakenSeat)
Answer = Sequence[SeatArea]
_Name = tuple[str, str, str, int]  # area, row, number, and which of that name in one answer


def natural(text: str) -> list[tuple[bool, int, str]]:
    """For sorting as people count: 2 before 10, 9 before 9A."""
    parts = re.findall(r"\d+|\D+", text)
    return [(not one.isdecimal(), int(one) if one.isdecimal() else 0, one) for one in parts]


def together(answers: Sequence[Answer]) -> tuple[SeatArea, ...]:
    """One answer as it is; several as if they were one."""
    if len(answers) == 1:
        return tuple(answers[0])
    free: dict[_Name, Seat] = {}
    taken: dict[_Name, TakenSeat] = {}
    rows: dict[str, dict[str, None]] = {}
    by_two: set[tuple[str, str]] = set()  # rows whose neighbours differ by two
    for answer in answers:
        seen: dict[tuple[str, str, str], int] = {}
        for area in answer:
            known = rows.setdefault(area.name, {})
            for row in area.rows:
                known[row.name] = None
                for seat in row.seats:
                    _put(free, seen, area.name, row.name, seat)
                if _leaps(row.seats):
                    by_two.add((area.name, row.name))
            for one in area.taken:
                known.setdefault(one.row)
                _put(taken, seen, area.name, one.row, one)
    refs = {name: str(n) for n, name in enumerate(free)}
    areas = []
    for area_name, names in rows.items():
        found_rows, gone = [], []
        for row_name in sorted(names, key=lambda name: (not name, len(name), name)):  # A to Z before AA
            mine = {name: one for name, one in free.items() if name[:2] == (area_name, row_name)}
            lost = {
                name: one for name, one in taken.items() if name[:2] == (area_name, row_name) and name not in free
            }  # fmt: skip
            places = _places([name[2] for name in (*mine, *lost)], by_two=(area_name, row_name) in by_two)
            seats = [replace(one, ref=refs[name], index=places[name[2]]) for name, one in mine.items()]
            found_rows.append(SeatRow(row_name, tuple(sorted(seats, key=lambda one: one.index))))
            gone += [replace(one, index=places[name[2]]) for name, one in lost.items()]
        told = any(area.tells_taken for answer in answers for area in answer if area.name == area_name)
        areas.append(SeatArea(area_name, tuple(found_rows), taken=tuple(gone), tells_taken=told))
    return tuple(areas)


def _put(kept: dict[_Name, T], seen: dict[tuple[str, str, str], int], area: str, row: str, seat: T) -> None:
    name = (area, row, seat.number)
    seen[name] = seen.get(name, -1) + 1
    kept.setdefault((*name, seen[name]), seat)


def _leaps(seats: Sequence[Seat]) -> bool:
    """Whether two seats beside each other are, say, 3 and 5."""
    for one, other in zip(seats, seats[1:], strict=False):  # noqa: RUF007 - two seats
        if one.number.isdecimal() and other.number.isdecimal() and abs(other.index - one.index) == 1:
            return abs(int(other.number) - int(one.number)) == 2
    return False


def _places(numbers: Sequence[str], *, by_two: bool) -> dict[str, int]:
    """Where each number stands in its row: by counting where all are plain numbers, else one after another."""
    plain = [tidy(one) for one in numbers]
    if all(one.isdecimal() and len(one) < 7 for one in plain):
        whole = by_two and len({int(one) % 2 for one in plain}) == 1
        return {one: int(tidy(one)) // (2 if whole else 1) for one in numbers}
    return {one: n for n, one in enumerate(sorted(dict.fromkeys(numbers), key=natural))}
