"""Which seats seats.io would give to somebody who does not care which.

Source: what its own client sends (``bestAvailable``) and reads. That seats beside each other come first, then those
nearest to the stage, and that a wheelchair space is only given to whoever asks for one, is our reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Info = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """``categories`` and ``sections``: None is any. ``accessible``: how many of ``number`` are for wheelchairs."""

    number: int
    categories: frozenset[str] | None
    sections: frozenset[str] | None
    accessible: int


def read(given: Any) -> Asked | None:
    """None when it makes no sense."""
    if not isinstance(given, dict):
        return None
    number, accessible = given.get("number"), given.get("accessibleSeats") or 0
    if (
        not isinstance(number, int)
        or not isinstance(accessible, int)
        or not 0 <= accessible <= number
        or number < 1
    ):
        return None
    return Asked(number, _texts(given.get("categories")), _texts(given.get("sections")), accessible)


def _texts(given: Any) -> frozenset[str] | None:
    return frozenset(map(str, given)) if given else None


def choose(infos: list[Info], asked: Asked) -> tuple[list[str], bool] | None:
    """Labels, and whether they lie next to each other; None when there are not enough."""
    free = [one for one in infos if one["isAvailable"] and _fits(one, asked)]
    plain = [one for one in free if not one["isAccessible"] and not one["isCompanionSeat"]]
    spaces = [one for one in free if one["isAccessible"]]
    usable = free if asked.accessible else plain
    runs = [
        run
        for run in _runs(usable, asked.number)
        if sum(one["isAccessible"] for one in run) == asked.accessible
    ]
    if runs:
        best = min(runs, key=_distance)
        return [one["label"] for one in best], True
    others = sorted(plain, key=lambda one: one["distanceToFocalPoint"])[: asked.number - asked.accessible]
    chosen = sorted(spaces, key=lambda one: one["distanceToFocalPoint"])[: asked.accessible] + others
    return ([one["label"] for one in chosen], False) if len(chosen) == asked.number else None


def _fits(one: Info, asked: Asked) -> bool:
    return (asked.categories is None or one["categoryKey"] in asked.categories) and (
        asked.sections is None or one.get("section") in asked.sections
    )


def _runs(seats: list[Info], number: int) -> Iterator[list[Info]]:
    by_label = {one["label"]: one for one in seats}
    for first in seats:
        run = [first]
        while len(run) < number and (beside := by_label.get(run[-1].get("rightNeighbour", ""))):
            run.append(beside)
        if len(run) == number:
            yield run


def _distance(run: list[Info]) -> float:
    return sum(float(one["distanceToFocalPoint"]) for one in run)
