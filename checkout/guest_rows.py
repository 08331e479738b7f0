"""What a guest's row holds, opened."""

from __future__ import annotations

import json

from baskets import guest_forms
from checkout.models import Guest


def typed_of(guest: Guest) -> dict[str, str]:
    """Name of an input -> what was typed, right or wrong."""
    found: dict[str, str] = json.loads(guest.typed or "{}")
    return found


def masked_of(guest: Guest) -> dict[str, str]:
    """Field -> what is left to see of an answer that the provider has and we do not keep."""
    found: dict[str, str] = json.loads(guest.masked or "{}")
    return found


def lacking(guest: Guest) -> list[str]:
    """Fields that nobody has answered yet."""
    return guest_forms.missing(guest.fields, typed_of(guest), masked_of(guest))


def name_of(guest: Guest) -> str:
    typed = typed_of(guest)
    return " ".join(filter(None, (typed.get("first_name"), typed.get("last_name"))))
