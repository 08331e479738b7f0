"""Claims: rows that let only one process do a thing at a time, with no database lock held meanwhile.

A claim has an expiry. An owner that dies leaves a row that simply runs out. SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction

from shop import clock
from shop.models import Claim


class Taken(Exception):
    """Somebody else is at it. `name` is the claim."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def take(name: str, *, seconds: float) -> str | None:
    """Try to become the owner; the owner's token, or None where somebody else is."""
    owner, now = secrets.token_hex(8), clock.now()
    until = now + timedelta(seconds=seconds)
    if Claim.objects.filter(name=name, expires_at__lte=now).update(owner=owner, expires_at=until):
        return owner
    try:
        with transaction.atomic():
            Claim.objects.create(name=name, owner=owner, expires_at=until)
    except IntegrityError:
        return None
    return owner


def prolong(name: str, owner: str, *, seconds: float) -> bool:
    """Keep a claim alive; False where it was lost meanwhile."""
    until = clock.now() + timedelta(seconds=seconds)
    return bool(Claim.objects.filter(name=name, owner=owner).update(expires_at=until))


def give_up(name: str, owner: str) -> None:
    Claim.objects.filter(name=name, owner=owner).delete()


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
