"""The shop's clock. Everything that asks for the time asks here.

Claims, holds and waits are ended by whoever looks at them, so all processes must mean the same time. With PostgreSQL it
is the database's: measured now and then (`shop.clock_look`), and in between counted on by the machine's steady counter.
So a machine whose clock is minutes off, or is set while the shop runs, ends nothing too early or too late. With SQLite
all is one machine, and its clock is the shop's; so it is while a process cannot reach the database at all.

The counter goes on while a machine sleeps (CLOCK_BOOTTIME) where the system has one. Where it has none, or a virtual
machine was halted from outside, the counter stands still meanwhile: the clock of the machine then has run away from it,
which is noticed, and the next request or task measures again before it looks at anything.

Tests move the time in every process (web, worker, beat) through one small file that holds an offset in seconds; its
path is the setting `CLOCK_FILE`, which counts in the demo and the tests only (system check shop.E004). It counts on top.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

GOOD = 0.1  # seconds of doubt that nobody minds: every claim and hold has more room than that
DRIFT = 1 / 1000  # how far a counter may run away from the database's clock; quartz does a tenth of it
JUMPED = 2.0  # seconds between the machine's clock and its counter: one of them did not simply go on

_seen: tuple[str, int, float] = ("", 0, 0.0)  # path, mtime in ns, offset


@dataclass(frozen=True)
class Measured:
    """What the database's clock said when this machine's counter and clock said that; `doubt` in seconds."""

    theirs: datetime
    count: float
    machine: datetime
    doubt: float

    def now(self) -> datetime:
        return self.theirs + timedelta(seconds=self.age())

    def age(self) -> float:
        return counter() - self.count

    def has_jumped(self) -> bool:
        """Whether this machine slept, or its clock was set, since then."""
        return abs((machine() - self.machine).total_seconds() - self.age()) > JUMPED


_measured: Measured | None = None  # exchanged as one, so that no thread sees half of it
# Called by who asks for the time before anything was measured: what is worked out before the first query must fit, too.
before_measured: list[Callable[[], None]] = []


def _steady() -> Callable[[], float]:
    which = getattr(time, "CLOCK_BOOTTIME", None)
    if which is None:
        return time.monotonic
    return lambda: time.clock_gettime(which)


counter: Callable[[], float] = _steady()  # seconds since whenever; the same in all processes of a machine


def machine() -> datetime:
    """What this machine takes for the time, aware, in UTC: for what is between it and others who go by theirs."""
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far the clock was moved; zero unless `CLOCK_FILE` is set and readable."""
    global _seen
    path = settings.CLOCK_FILE
    if not path:
        return timedelta(0)
    try:
        stamp = os.stat(path).st_mtime_ns  # a Path is made for longer than the file is looked at
        if (path, stamp) != _seen[:2]:
            _seen = (path, stamp, float(Path(path).read_text() or 0))
    except (OSError, ValueError):
        return timedelta(0)
    return timedelta(seconds=_seen[2])


def now() -> datetime:
    """The time, aware, in UTC."""
    if _measured is None:
        for measure in before_measured:
            measure()
    known = _measured
    return (known.now() if known else machine()) + offset()


def ahead() -> timedelta:
    """How far this machine's clock is before the shop's; zero where it is the shop's."""
    known = _measured
    return machine() - known.now() if known else timedelta(0)


def measured() -> Measured | None:
    """None: the shop goes by this machine's clock."""
    return _measured


def learn(theirs: datetime, *, before: float, after: float) -> bool:
    """The database said `theirs` at some time between these two of the counter. Whether it is gone by from now on.

    An answer that took long says little: it is left where what is known is surer, and how sure that is fades with time.
    """
    global _measured
    doubt = (after - before) / 2
    known = _measured
    if known and doubt > GOOD and not known.has_jumped() and doubt > known.doubt + known.age() * DRIFT:
        return False
    since = counter() - (before + doubt)
    _measured = Measured(theirs.astimezone(UTC), before + doubt, machine() - timedelta(seconds=since), doubt)
    return True


def forget() -> None:
    """This machine's clock is the shop's again."""
    global _measured
    _measured = None
