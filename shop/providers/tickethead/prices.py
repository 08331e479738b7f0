"""What something will probably cost: no formula for VAT, fees and discounts is documented, so all of this is
inferred, one named function each. The order itself names the sum that is paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from shop.money import Money, exponent
from shop.providers.tickethead.fields import Misread
from shop.providers.tickethead.records import Fee, TicketConfig, TicketDiscount


def money(value: Decimal, currency: str) -> Money:
    """`face_value`, `total`, `price`: the unit is not documented. Read as major units (25.5 is 25.50)."""
    return Money.from_decimal(value, currency)


def intent_amount(intent: Mapping[str, Any]) -> Money:
    """The amount of a payment intent: Stripe's own rule, minor units and a lower-case currency."""
    amount, currency = intent.get("amount"), intent.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise Misread("payment_intent.amount is not a whole number")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isalpha():
        raise Misread("payment_intent.currency is missing")
    return Money(amount, currency.upper())


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one ticket config with these discounts, to be priced."""

    config: TicketConfig
    quantity: int
    discounts: tuple[TicketDiscount, ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """What a line will probably cost: tickets with VAT, and the compulsory fees on top."""

    tickets: Money
    fee: Money

    @property
    def total(self) -> Money:
        return self.tickets + self.fee


def _discounted(config: TicketConfig, discounts: Sequence[TicketDiscount]) -> Decimal:
    """One ticket after its discounts: percents first, then amounts off each ticket, never below nothing."""
    one = config.face_value
    for discount in sorted(discounts, key=lambda d: d.type != "percent"):
        one -= one * discount.value / 100 if discount.type == "percent" else discount.value
    return max(one, Decimal(0))


def _fee(fee: Fee, base: Decimal) -> Decimal:
    """Fixed part plus percentage of what it is taken on, within its limits, and its own tax on top."""
    value = fee.fixed_amount + base * fee.percentage / 100
    if fee.minimum_amount is not None:
        value = max(value, fee.minimum_amount)
    if fee.maximum_amount is not None:
        value = min(value, fee.maximum_amount)
    return max(value, Decimal(0)) * (1 + fee.tax_rate / 100)


def _cents(value: Decimal, currency: str, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-exponent(currency)), rounding=rounding)


def _priced(lines: Sequence[Line], fees: Sequence[Fee], currency: str, *, rounding: str) -> list[Priced]:
    """See `estimate`. A fee per ticket is rounded half up for each ticket, all else as told."""
    mine = [fee for fee in fees if fee.currency in {"", currency}]

    def taken(kind: int, base: Decimal, how: str) -> Decimal:
        return sum((_cents(_fee(f, base), currency, how) for f in mine if f.type == kind), Decimal(0))

    found: list[tuple[Decimal, Decimal]] = []
    for line in lines:
        one = _discounted(line.config, line.discounts)
        if line.config.tax_included is False and line.config.tax_rate:
            one *= 1 + line.config.tax_rate / 100
        fee = Decimal(0)
        if one and not line.config.absorb_fees:
            fee = taken(2, one, ROUND_HALF_UP) * line.quantity + taken(1, one * line.quantity, rounding)
        found.append((_cents(one * line.quantity, currency, rounding), fee))
    bearing = [n for n, line in enumerate(lines) if found[n][0] and not line.config.absorb_fees]
    if bearing:
        tickets, fee = found[bearing[0]]
        together = sum((found[n][0] for n in bearing), Decimal(0))
        found[bearing[0]] = (tickets, fee + taken(0, together, rounding))
    return [Priced(money(tickets, currency), money(fee, currency)) for tickets, fee in found]


def estimate(lines: Sequence[Line], fees: Sequence[Fee], currency: str) -> list[Priced]:
    """What an order of these lines will probably cost; the order itself names the sum.

    A line is its tickets after discounts, VAT inside where `tax_included` is true or not said, else added,
    rounded half up once. Fees are added where the organizer does not bear them (`absorb_fees`), each rounded
    half up, the fee per ticket for each ticket; free lines carry none. The fee per order is put on the first
    line that pays fees.
    """
    return _priced(lines, fees, currency, rounding=ROUND_HALF_UP)


def price_of_one(config: TicketConfig, fees: Sequence[Fee], currency: str) -> Priced:
    """What an order of one such ticket would probably cost, every fee inside, parts of a cent rounded up: so many
    tickets never cost more than so many times this."""
    return _priced([Line(config, 1)], fees, currency, rounding=ROUND_CEILING)[0]


def item_prices(items: Sequence[tuple[Decimal | None, int]], total: Money) -> list[Money]:
    """What of an order's total falls on each of its items, given (`price`, number of tickets) of each.

    Whether `price` is per ticket or per item is not documented, nor where fees are in it. The reading that comes
    nearest to the total without exceeding it is taken; what is left over (fees) follows the prices. The
    answers always add up to the total.
    """
    per_item = [price or Decimal(0) for price, _ in items]
    per_ticket = [(price or Decimal(0)) * count for price, count in items]
    whole = total.as_decimal()
    fitting = [reading for reading in (per_ticket, per_item) if sum(reading) <= whole]
    weights = max(fitting, key=sum) if fitting else per_item
    return share(total, weights if sum(weights) else [Decimal(count) for _, count in items])


def share(total: Money, weights: Sequence[Decimal]) -> list[Money]:
    """`total` split in proportion to `weights` without losing or inventing a cent."""
    whole = sum(weights, Decimal(0)) or Decimal(len(weights) or 1)
    parts: list[Money] = []
    given, seen = 0, Decimal(0)
    for weight in weights:
        seen += weight if sum(weights) else 1
        up_to = int(total.minor * seen / whole)
        parts.append(Money(up_to - given, total.currency))
        given = up_to
    if parts and given != total.minor:
        parts[-1] += Money(total.minor - given, total.currency)
    return parts
