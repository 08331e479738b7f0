"""Claims: rows that let only one process do a thing at a time, with no database lock held meanwhile.

A claim has an expiry. An owner that dies leaves a row that simply runs out. SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from shop import clock
from shop.models import Claim
from shop.statements import changed


class Taken(Exception):
    """Somebody else is at it. `name` is the claim."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


TAKE = """
INSERT INTO shop_claim (name, owner, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
WHERE shop_claim.expires_at <= %s
"""
PROLONG = "UPDATE shop_claim SET expires_at = %s WHERE name = %s AND owner = %s"
GIVE_UP = "DELETE FROM shop_claim WHERE name = %s AND owner = %s"


def take(name: str, *, seconds: float) -> str | None:
    """Try to become the owner; the owner's token, or None where somebody else is."""
    owner, now = secrets.token_hex(8), clock.now()
    return owner if changed(TAKE, name, owner, now + timedelta(seconds=seconds), now) else None


def prolong(name: str, owner: str, *, seconds: float) -> bool:
    """Keep a claim alive; False where it was lost meanwhile."""
    return bool(changed(PROLONG, clock.now() + timedelta(seconds=seconds), name, owner))


def give_up(name: str, owner: str) -> None:
    changed(GIVE_UP, name, owner)


@contextmanager
def claim(name: str, *, seconds: float = 30) -> Iterator[str]:
    """Own `name` for the block; raises `Taken` at once where somebody else does."""
    owner = take(name, seconds=seconds)
    if owner is None:
        raise Taken(name)
    try:
        yield owner
    finally:
        give_up(name, owner)


def is_taken(name: str) -> bool:
    return Claim.objects.filter(name=name, expires_at__gt=clock.now()).exists()
