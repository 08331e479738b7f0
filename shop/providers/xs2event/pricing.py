"""From what a ticket costs us to what it is sold for: the rule of the account, in whole minor units.

XS2Event, booking flow: "for each booking we apply a fixed fee per ticket. This fee will be mentioned on the invoice": it
is in no price of the API, so the account says it. A ticket that would be sold below net rate and fee is not sold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from shop.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKUP, FACE_VALUE = "markup", "face_value"
RULES = (MARKUP, FACE_VALUE)


@dataclass(frozen=True, slots=True)
class Rule:
    """`margin`: hundredths of a percent of the net rate. `fees`: currency -> minor units for one ticket. `round_to`:
    prices end on a multiple of so many minor units, upwards."""

    kind: str = MARKUP
    margin: int = 0
    fees: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    round_to: int = 1

    def cost(self, net: Money) -> Money | None:
        """Net rate and fee; None where nobody has said the fee in this currency."""
        fee = self.fees.get(net.currency)
        return None if fee is None else Money(net.minor + fee, net.currency)

    def price(self, net: Money, face: Money | None) -> Money | None:
        """What one is sold for; None where that cannot be said or would be below what it costs."""
        cost = self.cost(net)
        if cost is None or net.minor <= 0:
            return None
        if self.kind == FACE_VALUE:
            price = face
        else:
            margin = -(-net.minor * self.margin // 10_000)  # rounded up
            price = Money(-(-(cost.minor + margin) // self.round_to) * self.round_to, net.currency)
        if price is None or price.currency != net.currency or price < cost:
            return None
        return price
