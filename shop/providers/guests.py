"""What a provider must know of each guest, beside who buys: frozen data that crosses the border, and one refusal.

Sources: XS2Event, booking flow, "Guest data". Field names are ours (`GUEST_FIELDS`); a provider package translates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from shop.providers.errors import Refused

GUEST_FIELDS = (
    "first_name", "last_name", "email", "phone", "date_of_birth", "gender", "country", "passport",
    "street", "street_2", "city", "postcode", "province",
)  # fmt: skip
# written sealed, masked once sent, never mailed
DELICATE = frozenset({"passport", "date_of_birth"})


class Needed(StrEnum):
    """Until when a field must be known."""

    BEFORE = "before"  # before anything is booked
    LATER = "later"  # after the booking, before there are tickets to download


@dataclass(frozen=True, slots=True)
class GuestPlace:
    """One guest who is asked for.

    `key` names the place within its hold or booking and stays the same from the one to the other: the item's ref, a
    colon, and the guest's number from 0. `before` and `later` are names of `GUEST_FIELDS`. `values` is what the provider
    has of this guest already; `complaints` field -> code (required, invalid) where it was refused.
    """

    key: str
    item_ref: str
    number: int
    lead: bool
    before: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    complaints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fields(self) -> tuple[str, ...]:
        return self.before + self.later


@dataclass(frozen=True, slots=True)
class GuestSheet:
    """Every guest that a hold or a booking asks for, in the order of its items.

    `open`: data can still be given and changed. `complete`: the provider has all that it needs. `notes`: codes of what
    a buyer must know (no_away_fans, no_away_nationality, no_away_province).
    """

    places: tuple[GuestPlace, ...] = ()
    open: bool = True
    complete: bool = False
    notes: tuple[str, ...] = ()

    @property
    def asks_before(self) -> bool:
        return any(place.before for place in self.places)

    @property
    def asks_later(self) -> bool:
        return any(place.later for place in self.places)


class GuestsRejected(Refused):
    """What was given of guests was refused and none of it was kept. `places`: key -> field -> code of the complaint."""

    code = "guests_rejected"

    def __init__(
        self, detail: str = "", *, places: Mapping[str, Mapping[str, str]], account: str = ""
    ) -> None:
        super().__init__(detail, account=account)
        self.places = {key: dict(fields) for key, fields in places.items()}


class GuestsClosed(Refused):
    """The provider takes no more data of guests: it has passed them on."""

    code = "guests_closed"
