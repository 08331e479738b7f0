"""What the worlds' seasons share: seeded chance, weekly patterns of curtains, runs that come round again.

Everything here is a pure function of the calendar, never of the day on which the stand-in was started. So
the season rolls forward with the clock, ids stay the same from start to start, and what was sold last week
is found again next month.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from shop.standin.clock import Clock

EPOCH = date(2024, 1, 1)  # a Monday
BLOCK_DAYS = 28
HORIZON_DAYS = 178


def seeded(*parts: Any) -> random.Random:
    """A generator of the same numbers for the same parts, in every process and on every day."""
    return random.Random("|".join(str(part) for part in parts))


def slug(text: str) -> str:
    """``The Clockmaker's War`` -> ``the-clockmakers-war``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def horizon(today: date) -> date:
    """How far the season is on sale: 150 to 178 days ahead, moving on once in four weeks, not every day."""
    blocks = ((today - EPOCH).days + HORIZON_DAYS) // BLOCK_DAYS
    return EPOCH + timedelta(days=blocks * BLOCK_DAYS - 1)


def times(text: str) -> tuple[time, ...]:
    """``"14:30 19:30"`` -> two times."""
    return tuple(time.fromisoformat(part) for part in text.split())


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Pattern:
    """Curtain times by weekday: seven tuples, Monday first."""

    week: tuple[tuple[time, ...], ...]

    @classmethod
    def of(cls, **days: str) -> Pattern:
        """``Pattern.of(wed="14:30 19:30", sat="19:30")``."""
        assert set(days) <= set(_WEEK)
        return cls(tuple(times(days.get(name, "")) for name in _WEEK))

    def on(self, day: date) -> tuple[time, ...]:
        """Curtains of that day; nobody plays on Christmas Day."""
        return () if (day.month, day.day) == (12, 25) else self.week[day.weekday()]

    @cached_property
    def slots(self) -> tuple[time, ...]:
        """All different times of the week in order; the place in this list is a curtain's slot."""
        return tuple(sorted({at for day in self.week for at in day}))


@dataclass(frozen=True)
class Runs:
    """``weeks`` weeks that come round every ``cycle`` weeks, the first time ``phase`` weeks after the epoch.

    ``weeks = 0`` plays on without an end. No more than 18 weeks may lie between two runs, so that there is
    always a curtain ahead on sale.
    """

    weeks: int = 0
    cycle: int = 24
    phase: int = 0

    def window(self, today: date) -> tuple[date, date]:
        """First and last day of the run that is on or comes next."""
        if not self.weeks:
            return EPOCH, horizon(today)
        start = EPOCH + timedelta(weeks=self.phase)
        length, step = timedelta(weeks=self.weeks), timedelta(weeks=self.cycle)
        passed = max(0, -((start + length - timedelta(days=1) - today) // step))
        first = start + passed * step
        return first, first + length - timedelta(days=1)

    def holds(self, day: date) -> bool:
        first, last = self.window(day)
        return first <= day <= last


def curtains(pattern: Pattern, runs: Runs, first: date, last: date) -> Iterator[tuple[date, int, time]]:
    """Day, slot and local time of every curtain from ``first`` to ``last``, both included."""
    slots = pattern.slots
    day = first
    while day <= last:
        start, end = runs.window(day)
        if day < start:
            day = start
            continue
        if runs.weeks == 0:
            end = last
        while day <= min(end, last):
            for at in pattern.on(day):
                yield day, slots.index(at), at
            day += timedelta(days=1)


class Programme:
    """The clock of the season, and how many events are added for load work (``scale``)."""

    def __init__(self, clock: Clock, *, scale: int = 0) -> None:
        self.clock = clock
        self.scale = scale

    def today(self, zone: ZoneInfo) -> date:
        return self.clock.now().astimezone(zone).date()

    def local_now(self, zone: ZoneInfo) -> datetime:
        """Naive wall clock of the zone."""
        return self.clock.now().astimezone(zone).replace(tzinfo=None)
