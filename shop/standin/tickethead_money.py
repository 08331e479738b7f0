"""What an order costs. The formula of the live service is not documented; this is our reading, in one place.

A line is face value times quantity, less percent discounts, less amount discounts, never below nothing; VAT is
inside or comes on top; then the organizer's fees per line and per ticket unless the organizer absorbs them. The
order adds fees per order. Each line and each fee is rounded half up to a minor unit. Free lines carry no fee.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

PER_ORDER, PER_LINE, PER_TICKET = 0, 1, 2


@dataclass(frozen=True)
class Fee:
    """Amounts in minor units, ``percentage`` and ``tax_rate`` in percent as text."""

    kind: int
    currency: str
    fixed: int = 0
    percentage: str = "0"
    minimum: int | None = None
    maximum: int | None = None
    tax_rate: str = "0"

    def on(self, base: int) -> int:
        """The fee for a base amount, its own VAT included."""
        raw = Decimal(self.fixed) + Decimal(base) * Decimal(self.percentage) / 100
        if self.minimum is not None:
            raw = max(raw, Decimal(self.minimum))
        if self.maximum is not None:
            raw = min(raw, Decimal(self.maximum))
        return half_up(raw * (100 + Decimal(self.tax_rate)) / 100)


@dataclass(frozen=True)
class Line:
    """``price`` is what the order shows for the line; ``base`` is the part that fees are reckoned on."""

    base: int
    price: int
    absorb_fees: bool


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def line(
    config: dict[str, Any], quantity: int, discounts: Sequence[dict[str, Any]], fees: Iterable[Fee]
) -> Line:
    """``config``: ``face_value`` in minor units, ``pricing_type``, ``currency``, ``tax_rate``, ``tax_included``,
    ``absorb_fees``; a discount has ``type`` and ``value`` (percent, or minor units)."""
    amount = Decimal(config["face_value"] if config["pricing_type"] == "paid" else 0) * quantity
    for discount in discounts:
        if discount["type"] == "percent":
            amount -= amount * Decimal(str(discount["value"])) / 100
    for discount in discounts:
        if discount["type"] == "amount":
            amount -= Decimal(discount["value"])
    amount = max(amount, Decimal(0))
    if not config["tax_included"]:
        amount = amount * (100 + Decimal(str(config["tax_rate"]))) / 100
    base = half_up(amount)
    price = base
    if base and not config["absorb_fees"]:
        for fee in fees:
            if fee.currency != config["currency"]:
                continue
            if fee.kind == PER_LINE:
                price += fee.on(base)
            elif fee.kind == PER_TICKET:
                price += fee.on(half_up(Decimal(base) / quantity)) * quantity
    return Line(base, price, config["absorb_fees"])


def total(lines: Sequence[Line], currency: str, fees: Iterable[Fee]) -> int:
    """The sum of the lines and the fees per order."""
    base = sum(each.base for each in lines if not each.absorb_fees)
    extra = (
        sum(fee.on(base) for fee in fees if fee.kind == PER_ORDER and fee.currency == currency) if base else 0
    )
    return sum(each.price for each in lines) + extra


def shares(price: int, count: int) -> list[int]:
    """A line's price split over its tickets; the last ones carry the odd minor units."""
    each, odd = divmod(price, count)
    return [each + (1 if place >= count - odd else 0) for place in range(count)]
