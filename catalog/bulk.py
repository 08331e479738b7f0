"""Many rows at once, each as one prepared statement run over all of them.

The ORM's own ways build an expression for every value of every row; a catalogue of fifty thousand dates is
written in a fraction of that time by `executemany`. The statements are the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connections, router
from django.db.models import Field, Model

BATCH = 500


def _fields(model: type[Model], names: Iterable[str]) -> list[Field[Any, Any]]:
    return [model._meta.get_field(name) for name in names]  # type: ignore[misc]


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterable[list[Sequence[Any]]]:
    waiting = iter(rows)
    while part := list(islice(waiting, BATCH)):
        yield part


def update(model: type[Model], rows: Iterable[Model], names: Sequence[str]) -> None:
    """Write these fields of rows that exist."""
    connection = connections[router.db_for_write(model)]
    quote, fields = connection.ops.quote_name, _fields(model, names)
    key = model._meta.pk
    assert key is not None
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    table = quote(model._meta.db_table)
    statement = f"UPDATE {table} SET {assignments} WHERE {quote(key.column)} = %s"  # noqa: S608 - own names only
    values = (
        [*(f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields), row.pk] for row in rows
    )
    with connection.cursor() as cursor:
        for part in _chunks(values):
            cursor.executemany(statement, part)


def upsert(
    model: type[Model],
    rows: Iterable[dict[str, Any]],
    *,
    unique: Sequence[str],
    names: Sequence[str],
) -> None:
    """Insert rows, or where one with the same unique fields exists, write `names` of it and nothing else.

    A row is a dict of attribute names; what it does not say gets the model's default when it is inserted.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    defaults = {f.attname: f.get_db_prep_save(f.get_default(), connection) for f in fields}
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    target = ", ".join(quote(field.column) for field in _fields(model, unique))
    changes = ", ".join(
        f"{quote(field.column)} = EXCLUDED.{quote(field.column)}" for field in _fields(model, names)
    )
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places}) "  # noqa: S608 - own names only
        f"ON CONFLICT ({target}) DO UPDATE SET {changes}"
    )

    def values(row: dict[str, Any]) -> list[Any]:
        found = []
        for field in fields:
            name = field.attname
            if name in row:
                value = row[name]
                # None is None in every column; the rest is prepared as a save would
                found.append(None if value is None else field.get_db_prep_save(value, connection))
            else:
                found.append(defaults[name])
        return found

    with connection.cursor() as cursor:
        for part in _chunks(values(row) for row in rows):
            cursor.executemany(statement, part)
