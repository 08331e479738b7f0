"""What a pick page showed, sealed into its form: seats and prices, and the token that makes two presses one.

A forged or old one is refused; the prices in it are only ever compared with what the provider then asks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core import signing

from baskets.seating import Wanted
from shop.providers.types import Availability, Seat

SALT = "baskets.pick"
LASTS = 6 * 3600  # seconds
PRESS = re.compile(r"[A-Za-z0-9_-]{8,32}")


@dataclass(frozen=True)
class SeatShown:
    area: str
    row: str
    number: str
    index: int
    price: int
    access: str = ""

    @property
    def place(self) -> Wanted:
        return Wanted(self.area, self.row, self.index)


@dataclass(frozen=True)
class Snapshot:
    token: str = ""
    seats: dict[str, SeatShown] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)


def new_press() -> str:
    """Names one opening of the page: what is sent from it twice is asked for once. It stands before what is sealed, for
    the page may be shared; whoever makes one up deceives their own basket only."""
    return secrets.token_urlsafe(12)


def seal(instance_pk: int, free: Availability, areas: Iterable[str], also: Iterable[Seat] = ()) -> str:
    """As the form carries it: with a name of its own."""
    return f"{new_press()}:{shown_of(instance_pk, free, areas, also)}"


def shown_of(instance_pk: int, free: Availability, areas: Iterable[str], also: Iterable[Seat] = ()) -> str:
    """What is the same for everybody who is shown this page. `areas` are those whose seats are on it; `also` are seats
    that are on it in another way."""
    shown, extra = set(areas), {seat.ref for seat in also}
    rows: list[list[Any]] = []
    made_for: dict[str, str] = {}
    for area in free.areas:
        for row in area.rows:
            prices: dict[int, list[Any]] = {}
            for seat in row.seats:
                if area.name in shown or seat.ref in extra:
                    prices.setdefault(seat.price.minor, []).extend([seat.ref, seat.number, seat.index])
                    if seat.access:
                        made_for[seat.ref] = seat.access
            rows += [[area.name, row.name, price, flat] for price, flat in prices.items()]
    offers = {offer.key: offer.price.minor for offer in free.offers if not offer.closed}
    return signing.dumps({"i": instance_pk, "s": rows, "o": offers, "a": made_for}, salt=SALT, compress=True)


def unseal(sealed: str, instance_pk: int) -> Snapshot | None:
    """None: not ours, of another page, or too old."""
    press, _colon, shown = sealed.partition(":")
    if not PRESS.fullmatch(press):
        return None
    try:
        body = signing.loads(shown, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    if body.get("i") != instance_pk:
        return None
    made_for = body.get("a", {})
    seats = {
        flat[at]: SeatShown(area, row, flat[at + 1], flat[at + 2], price, made_for.get(flat[at], ""))
        for area, row, price, flat in body["s"]
        for at in range(0, len(flat), 3)
    }
    return Snapshot(press, seats, body["o"])
