"""Statements that are made at every step of every purchase, written out once: what they say never changes.

Plain SQL that SQLite and PostgreSQL both know, without building a query each time. Everything else goes through
Django's queries.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction


def changed(sql: str, *values: Any) -> int:
    """Run a statement that writes; how many rows it changed. `%s` for a value, times are aware."""
    with transaction.mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, _adapted(values))
        return int(cursor.rowcount)


def found(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads, as the database gives them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, _adapted(values))
        return list(cursor.fetchall())


def _adapted(values: tuple[Any, ...]) -> list[Any]:
    of_time = connection.ops.adapt_datetimefield_value
    return [of_time(value) if isinstance(value, datetime) else value for value in values]
