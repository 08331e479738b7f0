"""Months and weeks of a calendar: plain arithmetic on days. Nothing is asked and nothing is said here."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"([0-9]{4})-([0-9]{2})")
EARLIEST, LATEST = 2000, 2200  # years that an address may name


def read(text: str) -> date | None:
    """The first day of "2027-03"; None for what is no month, or one too far away."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return date(year, month, 1) if EARLIEST <= year <= LATEST and 1 <= month <= 12 else None


def written(month: date) -> str:
    """ "2027-03", as an address says it."""
    return f"{month.year:04}-{month.month:02}"


def of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def following(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def weeks(month: date, first_weekday: int) -> list[list[date | None]]:
    """The weeks of a month, seven places each; None for a day of another month. Monday is weekday 0."""
    rows = calendar.Calendar(first_weekday).monthdatescalendar(month.year, month.month)
    return [
        [day if (day.year, day.month) == (month.year, month.month) else None for day in row] for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """A month to go to; `skips`: there are months without anything between."""

    month: date
    skips: bool


def around(month: date, there: Iterable[date]) -> tuple[Step | None, Step | None]:
    """The nearest months before and after this one that have something."""
    known = sorted(there)
    before = next((other for other in reversed(known) if other < month), None)
    after = next((other for other in known if other > month), None)
    return (
        None if before is None else Step(before, following(before) != month),
        None if after is None else Step(after, following(month) != after),
    )


def opening(there: Sequence[date], wanted: date | None = None) -> date | None:
    """The month to open: the one wanted, else the next after it, else the last before; None where there is none.

    Without a wish it is the first that has something.
    """
    known = sorted(there)
    if not known or wanted is None:
        return known[0] if known else None
    return next((month for month in known if month >= wanted), known[-1])
