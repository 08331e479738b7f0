"""A sheet of guests in the cache: sealed, because it has what the provider knows of people."""

from __future__ import annotations

import json
from collections.abc import Callable

from cryptography.fernet import InvalidToken
from django.core.cache import cache

from shop.crypto import seal, unseal
from shop.providers.guests import GuestPlace, GuestSheet


def cached(key: str, ask: Callable[[], GuestSheet], seconds: int) -> GuestSheet:
    """The sheet as it was kept moments ago, else as `ask` says it now."""
    found = get(key)
    if found is None:
        found = ask()
        put(key, found, seconds)
    return found


def put(key: str, sheet: GuestSheet, seconds: int) -> None:
    row = {
        "open": sheet.open,
        "complete": sheet.complete,
        "notes": list(sheet.notes),
        "places": [
            {
                "key": place.key,
                "item_ref": place.item_ref,
                "number": place.number,
                "lead": place.lead,
                "before": list(place.before),
                "later": list(place.later),
                "values": dict(place.values),
                "complaints": dict(place.complaints),
            }
            for place in sheet.places
        ],
    }
    cache.set(key, seal(json.dumps(row).encode()), seconds)


def drop(key: str) -> None:
    cache.delete(key)


def get(key: str) -> GuestSheet | None:
    kept = cache.get(key)
    if kept is None:
        return None
    try:
        row = json.loads(unseal(kept))
    except InvalidToken:  # sealed with a key that is gone
        return None
    places = tuple(
        GuestPlace(**{**place, "before": tuple(place["before"]), "later": tuple(place["later"])})
        for place in row.pop("places")
    )
    return GuestSheet(places=places, **{**row, "notes": tuple(row["notes"])})
