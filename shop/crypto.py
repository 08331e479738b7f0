"""Text and bytes at rest that nobody may read in the database: handles, tokens, documents, links.

Fernet with the keys of `FIELD_KEYS`, newest first: the first closes, all of them open. `manage.py rotate_keys` closes
everything anew under the first (see `shop.rotation`). Without `FIELD_KEYS` it is `SECRET_KEY` and its fallbacks.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from shop import tracing


@lru_cache(maxsize=16)
def single(key: str) -> Fernet:
    """What one key of `FIELD_KEYS` opens and closes."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([single(key) for key in keys])


def keys() -> tuple[str, ...]:
    """The keys in force, newest first."""
    return tuple(settings.FIELD_KEYS) or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def fingerprint(key: str) -> str:
    """Eight letters that name a key and tell nothing of it."""
    return hashlib.sha256(b"foyer key name " + key.encode()).hexdigest()[:8]


def fernet() -> MultiFernet:
    return _fernet(keys())


@lru_cache(maxsize=512)
def _opened(cipher: str, keys: tuple[str, ...]) -> str:
    """One page reads the same rows several times, and opening them took a twentieth of it."""
    return _fernet(keys).decrypt(cipher.encode()).decode()


class EncryptedTextField(models.TextField):
    """Text that is readable in Python and cipher in the database. Cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value in (None, "") else fernet().encrypt(value.encode()).decode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value in (None, ""):
            return value
        try:
            text = _opened(value, keys())
        except InvalidToken:
            raise ValueError(
                "an encrypted field cannot be opened: is a key missing from FIELD_KEYS?"
            ) from None
        tracing.conceal(text)  # what is sealed at rest is in no log either
        return text


class SealedBytesField(models.BinaryField):
    """Bytes that were closed by `seal` before they were stored and are opened by `unseal`: a ticket's file.

    To the database it is any other field of bytes; its class tells `rotate_keys` what it holds.
    """

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


def seal(content: bytes) -> bytes:
    return fernet().encrypt(content)


def unseal(content: bytes) -> bytes:
    return fernet().decrypt(bytes(content))
