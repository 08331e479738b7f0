"""Whether this machine's clock and the database's go together.

Claims and holds end by the clock. Of two machines that are minutes apart, one takes the other's work for left behind.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from shop import clock

ALLOWED = timedelta(seconds=30)


def apart() -> timedelta:
    """How far this machine is ahead of the database's; zero where both are one machine. Raises DatabaseError."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    with connection.cursor() as cursor:
        return ahead_of(cursor)


def ahead_of(cursor: Any) -> timedelta:
    before = datetime.now(UTC)
    cursor.execute("SELECT clock_timestamp()")
    (theirs,) = cursor.fetchone()
    middle = before + (datetime.now(UTC) - before) / 2  # the answer took its time
    return middle + clock.offset() - theirs.astimezone(UTC)
