"""The shop's clock. Everything that asks for the time asks here.

Tests move it in every process (web, worker, beat) through one small file that holds an offset in seconds;
its path is the setting `CLOCK_FILE`, which counts in the demo and the tests only (system check shop.E004).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

_seen: tuple[str, int, float] = ("", 0, 0.0)  # path, mtime in ns, offset


def offset() -> timedelta:
    """How far the clock was moved; zero unless `CLOCK_FILE` is set and readable."""
    global _seen
    path = settings.CLOCK_FILE
    if not path:
        return timedelta(0)
    try:
        stamp = Path(path).stat().st_mtime_ns
        if (path, stamp) != _seen[:2]:
            _seen = (path, stamp, float(Path(path).read_text() or 0))
    except (OSError, ValueError):
        return timedelta(0)
    return timedelta(seconds=_seen[2])


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC) + offset()
