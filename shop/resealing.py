"""Everything that is sealed in the database, found by itself: to open one of each, and to seal it with other keys."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from shop.crypto import EncryptedTextField

BATCH = 500
SEALED_BYTES = {"checkout.Document": ("content",)}  # sealed by hand; a test compares it with the models


def keys_in_use() -> list[str]:
    return [*settings.FIELD_KEYS] or [settings.SECRET_KEY]


def _fernet(keys: Iterable[str]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
    )


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every model with the name of a sealed field of it."""
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField) or field.name in SEALED_BYTES.get(model._meta.label, ()):
                yield model, field.name


def _rows(model: type[models.Model], name: str, after: int, most: int) -> list[tuple[int, Any]]:
    """Ids and what stands there, as it stands in the database."""
    quote, meta = connection.ops.quote_name, model._meta
    column = quote(meta.get_field(name).column)
    key = quote(meta.pk.column)  # type: ignore[union-attr]
    filled = "IS NOT NULL" if isinstance(meta.get_field(name), models.BinaryField) else "<> ''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {column} FROM {quote(meta.db_table)} WHERE {column} {filled} AND {key} > %s "  # noqa: S608
            f"ORDER BY {key} LIMIT %s",
            [after, most],
        )
        return list(cursor.fetchall())


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def unopened() -> list[str]:
    """Fields whose first value the keys in use do not open: "checkout.Booking.handle"."""
    fernet, found = _fernet(keys_in_use()), []
    for model, name in columns():
        for _pk, value in _rows(model, name, 0, 1):
            try:
                fernet.decrypt(_bytes(value))
            except InvalidToken:
                found.append(f"{model._meta.label}.{name}")
    return found


def reseal(other_keys: Iterable[str] = ()) -> int:
    """Seal everything with the first key in use; `other_keys` open what was sealed elsewhere. How many values.

    Raises ValueError where nothing opens a value; its table is left as it was then.
    """
    fernet, count = _fernet([*keys_in_use(), *other_keys]), 0
    for model, name in columns():
        text = not isinstance(model._meta.get_field(name), models.BinaryField)
        with transaction.atomic():
            after = 0
            while batch := _rows(model, name, after, BATCH):
                after = batch[-1][0]
                count += len(batch)
                try:
                    fresh = [(fernet.rotate(_bytes(value)), pk) for pk, value in batch]
                except InvalidToken:
                    raise ValueError(f"{model._meta.label}.{name}: no key opens it") from None
                _write(model, name, [(value.decode() if text else value, pk) for value, pk in fresh])
    return count


def _write(model: type[models.Model], name: str, values: list[tuple[Any, int]]) -> None:
    quote, meta = connection.ops.quote_name, model._meta
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(meta.db_table)} SET {quote(meta.get_field(name).column)} = %s "  # noqa: S608
            f"WHERE {quote(meta.pk.column)} = %s",  # type: ignore[union-attr]
            values,
        )
