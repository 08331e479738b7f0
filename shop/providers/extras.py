"""What crosses the border beside tickets: what a venue also sells, and what of a wish was not taken.

As in `types`: frozen data, money is `Money`, refs are the provider's own ids as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shop.money import Money


@dataclass(frozen=True, slots=True)
class Charge:
    """A commission or fee that the provider itemises, in its own words."""

    name: str
    amount: Money


# What a venue sells beside tickets for a date.
EXTRA_KINDS = ("donation", "merchandise", "membership", "subscription", "gift_voucher")


@dataclass(frozen=True, slots=True)
class ExtraInfo:
    """What a venue offers beside tickets. `price` None: the buyer says how much (a donation)."""

    kind: str  # one of EXTRA_KINDS
    ref: str
    name: str
    description_html: str = ""
    group: str = ""  # the subscription that a pricing set belongs to
    price: Money | None = None
    renewal_price: Money | None = None
    suggested: Money | None = None
    left: int | None = None
    image_url: str = ""
    reference: int = 0  # longest text that can be noted with each; 0: none can
    most: int | None = None  # in one basket: 1 for a membership
    own_page: str = ""  # the provider's own page that sells it too, for whom our road does not serve


@dataclass(frozen=True, slots=True)
class Extra:
    """One thing chosen beside tickets. `amount` is a donation's; `reference` and `auto_renew` where they fit."""

    kind: str
    ref: str
    quantity: int = 1
    amount: Money | None = None
    reference: str = ""
    auto_renew: bool = False
    answers: tuple[
        tuple[str, str], ...
    ] = ()  # of a gift voucher: to_name, from_name, message, email, send_date


@dataclass(frozen=True, slots=True)
class HeldExtra:
    """One extra in the basket, as the provider reads it back. `ref` removes it."""

    ref: str
    kind: str
    name: str
    total: Money
    what_ref: str = ""  # `Extra.ref`
    price: Money | None = None
    discount: Money | None = None
    charges: tuple[Charge, ...] = ()
    reference: str = ""
    auto_renew: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of what was asked that the provider did not take. `kind`: one of EXTRA_KINDS, attribute (`ref` is its
    label) or ticket (`ref` is one that is held, but not as the type that was chosen)."""

    kind: str
    ref: str
    problem: str  # code of `shop.problems`


@dataclass(frozen=True, slots=True)
class PublicOffer:
    """A reduction that a venue tells of. It is worked out by the venue's own system, never by us."""

    ref: str
    name: str
    description_html: str = ""
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A contact preference of the venue's, in its own words."""

    ref: str
    text: str
