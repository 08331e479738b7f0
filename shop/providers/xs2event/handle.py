"""The handle: JSON text with the reservation, what is in it and at what price, and the booking that was made of it.

Nothing personal is in it: of guests only which fields the provider has taken. Whoever stores a handle stores it encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from shop.providers.errors import HoldGone

VERSION = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """One kind of ticket in the reservation as it was sold to the buyer. `sale` and `net` are minor units for one;
    the `was_` pair is the price before a change whose answer has not come yet. `fee` is XS2Event's for one ticket."""

    ticket: str
    event: str
    currency: str
    net: int
    sale: int
    fee: int = 0
    face: int = 0
    was_net: int = 0
    was_sale: int = 0
    area: str = ""
    band: str = ""
    event_name: str = ""
    notes: tuple[str, ...] = ()

    def sale_at(self, net: int | None) -> int:
        """The price that goes with a net rate that the reservation names."""
        return self.was_sale if net is not None and net == self.was_net and net != self.net else self.sale


@dataclass(frozen=True, slots=True)
class State:
    """`asking`: a reservation was about to be made under `reference`, and whether it was is not known. `asked_at`: when,
    by our clock. `given`: key of a guest's place -> fields that were taken. `quantities` as last read."""

    reference: str = ""
    asked_at: str = ""
    asking: bool = False
    reservation: str = ""
    pieces: tuple[Piece, ...] = ()
    quantities: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    booking: str = ""
    code: str = ""

    def piece(self, ticket: str) -> Piece | None:
        return next((one for one in self.pieces if one.ticket == ticket), None)

    @property
    def began(self) -> datetime | None:
        return datetime.fromisoformat(self.asked_at) if self.asked_at else None

    def with_pieces(self, pieces: Mapping[str, Piece]) -> State:
        kept = {one.ticket: one for one in self.pieces} | dict(pieces)
        return replace(self, pieces=tuple(kept.values()))

    def dump(self) -> str:
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))


def load(handle: str | None, *, account: str) -> State:
    """The state in a handle; an empty one for none. Raises HoldGone for text that is not one of ours."""
    if not handle:
        return State()
    try:
        raw: dict[str, Any] = json.loads(handle)
        if raw.pop("v") != VERSION:
            raise ValueError("another version")
        known = {one.name for one in fields(Piece)}
        pieces = tuple(
            Piece(**{**{k: v for k, v in one.items() if k in known}, "notes": tuple(one.get("notes", ()))})
            for one in raw.pop("pieces")
        )
        given = {str(key): tuple(names) for key, names in raw.pop("given").items()}
        return State(pieces=pieces, given=given, **raw)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HoldGone("a handle that cannot be read", account=account) from None
