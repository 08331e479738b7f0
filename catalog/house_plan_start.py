"""A first plan of a house, made of what its box office names: straight rows that somebody then bends and moves. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.house_plan_named import Answer, together
from catalog.house_plan_shapes import folded, seat_key, tidy
from shop.providers.types import Seat, SeatArea, TakenSeat

SEAT, ROW, EDGE, HEAD, BETWEEN = (
    20,
    24,
    30,
    50,
    60,
)  # from seat to seat, row to row, to the outline, its name, areas
WIDEST_GAP = 6  # seats; more would be another block


@dataclass(frozen=True)
class _Seat:
    number: str
    index: int
    x: float | None
    y: float | None


Rows = dict[str, list[_Seat]]


def starting(answers: Sequence[Answer]) -> str:
    """A plan of all that was named for some dates: JSON as `catalog.house_plan_json` reads it. Where the box office says where every seat is, they are there;
    else rows stand behind each other, and seats that must lie between two named ones (sold, perhaps) are drawn, too."""
    found = _named(together(answers))
    if all(
        one.x is not None and one.y is not None
        for rows in found.values()
        for row in rows.values()
        for one in row
    ):
        return _measured(found)
    return _straight(found)


def _named(areas: Sequence[SeatArea]) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    names: dict[str, str] = {}
    seen = set()
    for area in areas:
        if not tidy(area.name):
            continue
        rows = found.setdefault(names.setdefault(folded(area.name), tidy(area.name)), {})
        every: list[tuple[str, Seat | TakenSeat]] = [
            (row.name, seat) for row in area.rows for seat in row.seats
        ]
        every += [(one.row, one) for one in area.taken]
        for row_name, seat in every:
            number, key = tidy(seat.number), seat_key(area.name, row_name, seat.number)
            if not number or key in seen:
                continue
            seen.add(key)
            rows.setdefault(tidy(row_name), []).append(_Seat(number, seat.index, seat.x, seat.y))
    for rows in found.values():
        for row in rows.values():
            row.sort(key=lambda one: (one.index, len(one.number), one.number))
    return {name: rows for name, rows in found.items() if rows}


def _measured(found: dict[str, Rows]) -> str:
    areas = []
    for name, rows in found.items():
        seats = [
            _line({"row": row, "number": one.number, "x": one.x, "y": one.y})
            for row, seats in rows.items()
            for one in seats
        ]
        areas.append(f'{{"name": {_line(name)},\n   "seats": [\n{_listed(seats)}]}}')
    return '{"areas": [\n  ' + ",\n  ".join(areas) + "]}\n"


def _straight(found: dict[str, Rows]) -> str:
    placed = {
        name: {row: _places(seats) for row, seats in rows.items()} for name, rows in found.items()
    }  # fmt: skip
    longest = max((len(row) for rows in placed.values() for row in rows.values()), default=1)
    width = (longest - 1) * SEAT + 2 * EDGE
    middle, top = width // 2, 60
    areas = []
    for name, rows in placed.items():
        half = (max(len(row) for row in rows.values()) - 1) * SEAT // 2 + EDGE
        bottom = top + HEAD + EDGE + (len(rows) - 1) * ROW
        outline = [
            [middle - half, top],
            [middle + half, top],
            [middle + half, bottom],
            [middle - half, bottom],
        ]
        lines = []
        for n, (row, numbers) in enumerate(rows.items()):
            reach, y = (len(numbers) - 1) * SEAT // 2, top + HEAD + n * ROW
            lines.append(
                _line(
                    {
                        "name": row,
                        "seats": _said(numbers),
                        "from": [middle - reach, y],
                        "to": [middle + reach, y],
                        "bend": 0,
                    }
                )
            )
        areas.append(
            f'{{"name": {_line(name)},\n   "outline": {_line(outline)},\n   "label": {_line([middle, top + 20])},\n'
            f'   "rows": [\n{_listed(lines)}]}}'
        )
        top = bottom + BETWEEN
    stage = [[round(width * 0.2), 0], [round(width * 0.8), 0]]
    return f'{{"stage": {_line(stage)},\n "areas": [\n  ' + ",\n  ".join(areas) + "]}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _listed(lines: Iterable[str]) -> str:
    return ",\n".join(f"     {line}" for line in lines)


def _places(seats: list[_Seat]) -> list[str]:
    """The numbers of a row by place, "" for a gap."""
    known = {folded(one.number) for one in seats}
    found = [seats[0].number]
    for before, after in zip(seats, seats[1:], strict=False):  # noqa: RUF007 - read as two seats
        found += _between(before, after, known)
        found.append(after.number)
    return found


def _between(before: _Seat, after: _Seat, known: set[str]) -> list[str]:
    gap = after.index - before.index - 1
    if gap <= 0:
        return []
    if before.number.isdecimal() and after.number.isdecimal() and gap <= 200:
        first, last = int(before.number), int(after.number)
        step, over = divmod(last - first, gap + 1)
        if not over and abs(step) in (1, 2):
            wide = len(before.number) if before.number.startswith("0") else 1
            names = [str(first + step * n).zfill(wide) for n in range(1, gap + 1)]
            if not known & {folded(name) for name in names}:
                return names
    return [""] * min(gap, WIDEST_GAP)


def _said(numbers: list[str]) -> str | list[str]:
    """ "1-7,_,8-14" where numbers are plain, else the list itself."""
    if not all(not number or number.isalnum() for number in numbers):
        return numbers
    parts, at = [], 0
    while at < len(numbers):
        end, step = _run(numbers, at)
        if end - at >= 2:
            parts.append(f"{numbers[at]}-{numbers[end]}" + (f"/{abs(step)}" if abs(step) > 1 else ""))
            at = end + 1
        else:
            parts.append(numbers[at] or "_")
            at += 1
    return ",".join(parts)


def _run(numbers: list[str], at: int) -> tuple[int, int]:
    """Where the run of evenly rising or falling numbers ends that begins there, and by how much it goes."""

    def plain(n: int) -> int | None:
        if n >= len(numbers):
            return None
        text = numbers[n]
        return (
            int(text)
            if text.isdecimal() and text.isascii() and len(text) < 7 and str(int(text)) == text
            else None
        )

    first, second = plain(at), plain(at + 1)
    if first is None or second is None or abs(second - first) not in (1, 2):
        return at, 0
    step, end = second - first, at + 1
    while plain(end + 1) == first + step * (end + 1 - at):
        end += 1
    return end, step
