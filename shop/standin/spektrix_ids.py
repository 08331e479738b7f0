"""Spektrix identifiers: a whole number, one ``A``, filler letters; 33 characters in all.

Counted on captured answers: the filler depends on the number alone, so the same id turns up at two venues and for
two kinds of things. Which letters follow a number is not documented; ours come out of a hash.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

LETTERS = "BCDGHJKLMNPQRSTV"
LENGTH = 33
_SHAPE = re.compile(rf"(\d{{1,12}})A[{LETTERS}]+")


@lru_cache(maxsize=32_768)
def wire_id(number: int) -> str:
    """``201`` -> ``201A...``, always 33 characters, always the same."""
    digest = hashlib.sha256(f"spektrix|{number}".encode()).hexdigest()
    start = f"{number}A"
    return start + "".join(LETTERS[int(digit, 16)] for digit in digest)[: LENGTH - len(start)]


def number_of(text: object) -> int | None:
    """The number of an id, or None for anything that is not one (a bare number included)."""
    found = _SHAPE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    number = int(found.group(1))
    return number if wire_id(number) == text else None


@lru_cache(maxsize=256)
def attribute_key(label: str) -> str:
    """``Registrant Meal Choice`` -> ``attribute_RegistrantMealChoice``: how a label is read back."""
    return "attribute_" + re.sub(r"[^0-9A-Za-z]", "", label)
