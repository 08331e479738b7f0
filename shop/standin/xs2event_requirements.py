"""Which data suppliers want of which guests, and until when: XS2Event, "Guest data"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ALL, LEAD = "all_persons", "lead_guest"
CHECKOUT, DOWNLOAD = "pre_checkout", "pre_download"


@dataclass(frozen=True)
class Group:
    """Fields that one scope of guests must give by one moment."""

    fields: tuple[str, ...]
    scope: str
    condition: str

    def words(self) -> list[str]:
        return [*self.fields, self.scope, self.condition]


def _group(fields: str, scope: str, condition: str) -> Group:
    return Group(tuple(fields.split()), scope, condition)


REQUIREMENTS: dict[str, tuple[Group, ...]] = {
    "none": (),
    "lead_now": (_group("first_name last_name contact_email", LEAD, CHECKOUT),),
    "all_now": (_group("first_name last_name date_of_birth country_of_residence", ALL, CHECKOUT),),
    "all_later": (_group("first_name last_name date_of_birth passport_number", ALL, DOWNLOAD),),
    "lead_later": (_group("first_name last_name contact_phone", LEAD, DOWNLOAD),),
    "football": (
        _group("first_name last_name contact_email contact_phone", LEAD, CHECKOUT),
        _group("first_name last_name date_of_birth passport_number", ALL, DOWNLOAD),
    ),
    "address": (
        _group(
            "first_name last_name gender date_of_birth country_of_residence street_name city zip",
            LEAD,
            CHECKOUT,
        ),
        _group("first_name last_name", ALL, CHECKOUT),
    ),
}


def conditions(asks: str, *, lead: bool) -> dict[str, str]:
    """Field -> condition for the lead guest or for one of the others; the earlier moment wins."""
    wanted: dict[str, str] = {}
    for group in REQUIREMENTS[asks]:
        if lead or group.scope == ALL:
            for field in group.fields:
                if wanted.get(field) != CHECKOUT:
                    wanted[field] = group.condition
    return wanted


def places(asks: str, quantity: int) -> int:
    """How many guests a supplier wants of so many tickets: all of them, one of the group, or none."""
    scopes = {group.scope for group in REQUIREMENTS[asks]}
    if ALL in scopes:
        return quantity
    return 1 if scopes else 0


def told(kinds: Iterable[str], shape: str) -> list[Any]:
    """``guest_data_requirements`` of one or several kinds.

    ``shape``: ``nested`` (a list of lists, as in the documents), ``flat`` (one list, as a working client reads it), or
    ``mixed`` (flat for one group, nested for several). Several groups cannot be told flat.
    """
    groups: list[list[str]] = []
    for asks in kinds:
        for group in REQUIREMENTS[asks]:
            if group.words() not in groups:
                groups.append(group.words())
    if len(groups) == 1 and shape != "nested":
        return list(groups[0])
    return list(groups)
