"""Named seats of a reserved area, from the plan, the seat status and the price list. Off by default: the vendor asks
to be contacted before somebody builds a seat selector, and the layout of both answers is not documented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.providers.spektrix import inferred, reading
from shop.providers.spektrix.inferred import SeatState
from shop.providers.spektrix.plans import Leaf
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.status import Left
from shop.providers.types import Seat, SeatArea, SeatRow, TakenSeat

States = Mapping[str, SeatState]
UNKNOWN = SeatState()


def bands_here(leaf: Leaf, states: States) -> set[str]:
    """The bands that seats of an area have; empty where that is not known."""
    known = {states[ref].band for seat in leaf.seats if (ref := reading.optional_ref(seat, "id")) in states}
    return known - {""}


def standard_prices(prices: Sequence[Price]) -> dict[str, Price]:
    """Band id -> the price of its standard ticket type."""
    found = {price.band: price for price in prices if price.default}
    for price in prices:
        found.setdefault(price.band, price)
    return found


def areas(leaf: Leaf, prices: Sequence[Price], states: States, left: Left) -> list[SeatArea]:
    """The seats of one area, in its rows. A seat whose state, band or price cannot be told is not sold.

    A place under a lock that names whom it is for (wheelchair, companion) is sold with that word; any other lock is
    not for everybody. Where more seats without a lock are called free than are general ones, the locked ones are among
    them and nobody can tell which: then the area is left to the venue's own page.
    """
    standard = standard_prices(prices)
    rows: dict[str, list[_Place]] = {}
    for raw in leaf.seats:
        ref = reading.optional_ref(raw, "id")
        if not ref:
            continue
        said = states.get(ref, UNKNOWN)
        row, number = inferred.seat_place(raw)
        access = inferred.access_of(said)
        price = standard.get(said.band) if inferred.seat_sells(said) else None
        note = said.note or inferred.seat_note(raw)
        rows.setdefault(row, []).append(
            _Place(ref, row, number, inferred.seat_point(raw), price, access, note, bool(said.lock))
        )
    free = [one for places in rows.values() for one in places if one.price is not None]
    open_to_all = sum(not one.locked for one in free)
    if not free or (left.locked and left.general is not None and open_to_all > left.general):
        return []
    seats: list[SeatRow] = []
    taken: list[TakenSeat] = []
    for name, places in rows.items():
        indexes = inferred.neighbours([(one.number, one.point) for one in places])
        seats.append(
            SeatRow(
                name,
                tuple(
                    one.seat(index)
                    for one, index in zip(places, indexes, strict=True)
                    if one.price is not None
                ),
            )
        )
        taken += [one.taken(index) for one, index in zip(places, indexes, strict=True) if one.price is None]
    return [SeatArea(leaf.label or leaf.name, tuple(row for row in seats if row.seats), tuple(taken), True)]


@dataclass(frozen=True, slots=True)
class _Place:
    """A seat of the plan; `price` is None where nobody can have it from us."""

    ref: str
    row: str
    number: str
    point: tuple[float, float] | None
    price: Price | None
    access: str
    note: str
    locked: bool

    def seat(self, index: int) -> Seat:
        assert self.price is not None
        x, y = self.point or (None, None)
        return Seat(
            ref=self.ref, row=self.row, number=self.number, price=self.price.total, fee=self.price.fee,
            face_value=self.price.told_face, index=index, offer_key=f"s:{self.price.type}", x=x, y=y, access=self.access,
            restricted=inferred.seat_restricted(self.note), note=self.note,
        )  # fmt: skip

    def taken(self, index: int) -> TakenSeat:
        x, y = self.point or (None, None)
        return TakenSeat(self.row, self.number, index, x, y)
