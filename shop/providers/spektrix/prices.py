"""Price lists: an amount for each ticket type in each band. Ids of prices repeat between dates and are not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.money import Money
from shop.providers.extras import Charge
from shop.providers.spektrix import inferred, options, reading
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json, Malformed


@dataclass(frozen=True, slots=True)
class Price:
    """What one ticket of a type costs in a band: all of it, and what of it is commission."""

    band: str
    band_name: str
    type: str
    type_name: str
    total: Money
    face: Money
    charges: tuple[Charge, ...] = ()
    default: bool = False  # the standard ticket type of its band
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def told_face(self) -> Money | None:
        """Its own price, where commissions are itemised; else nobody says what of the sum it is."""
        return self.face if self.charges else None

    @property
    def fee(self) -> Money | None:
        return self.total - self.face if self.total != self.face else None


def price_list(raw: Json, options_: Options) -> list[Price]:
    """The prices of `GET instances/{id}/price-list`; internal ticket types and unreadable ones are left out."""
    found: dict[tuple[str, str], Price] = {}
    for one in reading.records(raw.get("prices")):
        try:
            price = _price(one, options_)
        except Malformed:
            continue
        if not options.matches(price.type_name, options_.internal_types):
            found.setdefault((price.band, price.type), price)
    return list(found.values())


def _price(raw: Json, options_: Options) -> Price:
    currency = options_.currency
    kind, band = reading.record(raw.get("ticketType")), reading.record(raw.get("priceBand"))
    amount = reading.amount(raw, "amount", currency)
    if amount is None:
        raise Malformed("amount is missing")
    charges = charges_of(raw, currency)
    taken = Money.total((charge.amount for charge in charges), currency)
    total, face = inferred.total_and_face(amount, taken, options_.commission_included)
    return Price(
        band=reading.linked(raw, "priceBand"),
        band_name=reading.text(band, "name", 100),
        type=reading.ref(kind, "id"),
        type_name=reading.text(kind, "name", 100),
        total=total,
        face=face,
        charges=charges,
        default=reading.yes(raw, "isBandDefault"),
        attributes=reading.attributes(kind),
    )


def charges_of(raw: Json, currency: str) -> tuple[Charge, ...]:
    """Itemised commissions of a price or of a basket's ticket; what cannot be read is not itemised."""
    found = []
    for one in inferred.charges_of(raw):
        amount = reading.soft_amount(one, inferred.charge_amount_key(one), currency)
        if amount:
            found.append(Charge(inferred.charge_name(one), amount))
    return tuple(found)


def from_and_to(prices: Sequence[Price]) -> tuple[Money | None, Money | None]:
    """Lowest and highest price of the standard ticket type of each band, so that no concession leaks into "from"."""
    standard = [price.total for price in prices if price.default] or [price.total for price in prices]
    return min(standard, default=None), max(standard, default=None)


def band_names(prices: Sequence[Price]) -> dict[str, str]:
    """Band id -> its name, of the bands that have a price."""
    return {price.band: price.band_name for price in prices if price.band}


def in_bands(prices: Sequence[Price], bands: Sequence[str]) -> list[tuple[Price, bool]]:
    """For each ticket type the dearest price among the bands, and whether it is the only one that can be meant.

    With several bands possible the dearest is told: a buyer may pay less than was said, never more.
    """
    found: dict[str, list[Price]] = {}
    for price in prices:
        if price.band in bands or not price.band:
            found.setdefault(price.type, []).append(price)
    return [
        (max(each, key=lambda price: price.total), len({price.total for price in each}) == 1)
        for each in found.values()
    ]
