"""Text and bytes at rest that nobody may read in the database: handles, tokens, documents, links.

Fernet with the keys of `FIELD_KEYS`, newest first: old ones still open what they closed.
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


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
    )


def fernet() -> MultiFernet:
    return _fernet(tuple(settings.FIELD_KEYS) or (settings.SECRET_KEY,))


class EncryptedTextField(models.TextField):
    """Text that is readable in Python and cipher in the database. Cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value in (None, "") else fernet().encrypt(value.encode()).decode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value in (None, ""):
            return value
        try:
            text = fernet().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ValueError(
                "an encrypted field cannot be opened: is a key missing from FIELD_KEYS?"
            ) from None
        tracing.conceal(text)  # what is sealed at rest is in no log either
        return text


def seal(content: bytes) -> bytes:
    return fernet().encrypt(content)


def unseal(content: bytes) -> bytes:
    return fernet().decrypt(bytes(content))
