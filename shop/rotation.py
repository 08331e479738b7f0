"""Closing everything that is stored encrypted anew, under the newest key.

Which columns those are is asked of the models: every `EncryptedTextField` and `SealedBytesField`, wherever it is. Rows
are read in batches by their number, and each column is written on its own, only where it still holds what was read: a
process that changes the row at the same moment wins, and the row is read again. So it may run beside the shop, be
stopped at any point, and be begun again; what is closed with the newest key already is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import models
from django.db.models import BinaryField, ExpressionWrapper, F, TextField, Value

from shop import crypto

TRIES = 3  # of a row that somebody else changes just then; the next run finds it
TOLD = 20  # rows that cannot be opened are named so far


@dataclass
class Told:
    """What was found in one column. `by_key`: the key that closed it before -> rows. `lost`: numbers of rows that no
    key opens. `busy`: rows that changed each time."""

    label: str  # checkout.Booking.handle
    rows: int = 0
    moved: int = 0
    busy: int = 0
    by_key: Counter[str] = field(default_factory=Counter)
    lost: list[Any] = field(default_factory=list)


def columns() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """Every column that is cipher, of every model that has a table of its own."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for column in model._meta.local_concrete_fields:
            if isinstance(column, crypto.EncryptedTextField | crypto.SealedBytesField):
                yield model, column


def rotate(
    model: type[models.Model],
    column: models.Field[Any, Any],
    *,
    batch: int = 200,
    write: bool = True,
    after_batch: Callable[[Told], None] | None = None,
) -> Told:
    """Close one column anew. With `write=False` it only counts what is closed with which key."""
    told = Told(f"{model._meta.label}.{column.name}")
    keys, last = crypto.keys(), None
    while True:
        rows = _raw(model, column).order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows.values_list("pk", "cipher")[:batch])
        for pk, cipher in found:
            _one(model, column, pk, cipher, keys, told, write)
        if after_batch is not None:
            after_batch(told)
        if len(found) < batch:
            return told
        last = found[-1][0]


def _plain_field(column: models.Field[Any, Any]) -> models.Field[Any, Any]:
    return BinaryField() if isinstance(column, BinaryField) else TextField()


def _raw(model: type[models.Model], column: models.Field[Any, Any]) -> models.QuerySet[Any]:
    """Rows with the column as it is stored, as `cipher`; those with nothing in it are left out."""
    stored = ExpressionWrapper(F(column.name), output_field=_plain_field(column))
    rows = model._base_manager.annotate(cipher=stored).exclude(cipher=None)
    return rows.exclude(cipher=b"" if isinstance(column, BinaryField) else "")


def _one(
    model: type[models.Model],
    column: models.Field[Any, Any],
    pk: Any,
    cipher: Any,
    keys: tuple[str, ...],
    told: Told,
    write: bool,
) -> None:
    told.rows += 1
    for attempt in range(TRIES):
        stored = bytes(cipher) if isinstance(column, BinaryField) else str(cipher)
        opened = _open(stored, keys)
        if opened is None:
            told.lost.append(pk)
            return
        key, clear = opened
        if not attempt:
            told.by_key[key] += 1
        if key == keys[0] or not write:
            return
        fresh: Any = crypto.single(keys[0]).encrypt(clear)
        if not isinstance(column, BinaryField):
            fresh = fresh.decode()
        same = _raw(model, column).filter(pk=pk, cipher=stored)
        if same.update(**{column.name: Value(fresh, output_field=_plain_field(column))}):
            told.moved += 1
            return
        cipher = _raw(model, column).filter(pk=pk).values_list("cipher", flat=True).first()
        if cipher is None:  # gone, or emptied
            return
    told.busy += 1


def _open(stored: bytes | str, keys: tuple[str, ...]) -> tuple[str, bytes] | None:
    """The key that closed it, and what was in it; None where none of them did."""
    for key in keys:
        try:
            return key, crypto.single(key).decrypt(stored)
        except InvalidToken:
            continue
    return None
