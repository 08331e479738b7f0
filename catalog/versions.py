"""The number that rises with every change a visitor could see; cached pages carry it in their key.

It is read at most every two seconds in a process, so a stopped sale shows everywhere within that time plus
one page view. Where something is really sold, the row itself is asked, never this number.
"""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import F

from catalog.models import CatalogVersion

KEPT_SECONDS = 2.0
_seen: tuple[float, int] | None = None  # when it was read (monotonic), the number


def current() -> int:
    global _seen
    now = time.monotonic()
    if _seen is None or now - _seen[0] > KEPT_SECONDS:
        number = CatalogVersion.objects.filter(pk=1).values_list("number", flat=True).first()
        _seen = (now, number or 0)
    return _seen[1]


def forget() -> None:
    """Read the number afresh next time."""
    global _seen
    _seen = None


def bump() -> None:
    """Something that a visitor could see has changed. Call it in the transaction of the change."""
    if not CatalogVersion.objects.filter(pk=1).update(number=F("number") + 1):
        CatalogVersion.objects.get_or_create(pk=1, defaults={"number": 1})
    forget()
    transaction.on_commit(forget)
