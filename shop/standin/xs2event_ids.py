"""Ids as XS2Event writes them: 32 hexadecimal letters and three letters that hint at the kind, no more than that."""

from __future__ import annotations

import hashlib
import secrets

BOOKING_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def derived(suffix: str, *parts: object) -> str:
    """The same id for the same parts, in every process: of what is on offer."""
    text = "|".join(str(part) for part in parts)
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}_{suffix}"


def fresh(suffix: str) -> str:
    """An id that nobody can guess: of what a distributor makes."""
    return f"{secrets.token_hex(16)}_{suffix}"


def booking_code() -> str:
    """Six characters A-Z and 2-9, as in the captured bookings."""
    return "".join(secrets.choice(BOOKING_LETTERS) for _ in range(6))
