"""Named seats of a reserved area, from the plan, the seat status and the price list. Off by default: the vendor asks
to be contacted before somebody builds a seat selector, and the layout of both answers is not documented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shop.providers.spektrix import inferred, reading
from shop.providers.spektrix.plans import Leaf
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.status import Left
from shop.providers.types import Seat, SeatArea, SeatRow

States = Mapping[str, tuple[str, str]]


def bands_here(leaf: Leaf, states: States) -> set[str]:
    """The bands that seats of an area have; empty where that is not known."""
    known = {states[ref][0] for seat in leaf.seats if (ref := reading.optional_ref(seat, "id")) in states}
    return known - {""}


def standard_prices(prices: Sequence[Price]) -> dict[str, Price]:
    """Band id -> the price of its standard ticket type."""
    found = {price.band: price for price in prices if price.default}
    for price in prices:
        found.setdefault(price.band, price)
    return found


def areas(leaf: Leaf, prices: Sequence[Price], states: States, left: Left) -> list[SeatArea]:
    """The free seats of one area, in its rows. A seat whose state, band or price cannot be told is not sold.

    Locked seats are not for everybody. Where more seats are called free than are general ones, the locked ones are
    among them and nobody can tell which: then the area is left to the venue's own page.
    """
    standard = standard_prices(prices)
    rows: dict[str, list[tuple[str, str, Price]]] = {}
    for seat in leaf.seats:
        ref = reading.optional_ref(seat, "id")
        band, state = states.get(ref, ("", ""))
        price = standard.get(band)
        if not ref or not inferred.seat_sells(state) or price is None:
            continue
        row, number = inferred.seat_place(seat)
        rows.setdefault(row, []).append((number, ref, price))
    if left.locked and left.general is not None and sum(map(len, rows.values())) > left.general:
        return []
    found = []
    for name, free in rows.items():
        places = inferred.neighbours([(number, None) for number, _ref, _price in free])
        found.append(
            SeatRow(
                name,
                tuple(
                    Seat(
                        ref=ref, row=name, number=number, price=price.total, fee=price.fee, face_value=price.face,
                        index=place, offer_key=f"s:{price.type}",
                    )
                    for (number, ref, price), place in zip(free, places, strict=True)
                ),
            )
        )  # fmt: skip
    return [SeatArea(leaf.label or leaf.name, tuple(found))] if found else []
