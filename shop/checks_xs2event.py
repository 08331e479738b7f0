"""System checks of accounts on XS2Event: what tickets are sold for, and how they are booked.

Ids: E045 an option that cannot be read, E046 and W046 prices below what tickets cost, W047 sold at cost, E048 the address
of bookings, W048 a way to be booked other than on invoice.
"""

from __future__ import annotations

from django.core.checks import CheckMessage, Error, Warning

from shop.providers.accounts import AccountConfig, prefix
from shop.providers.errors import Misconfigured
from shop.providers.xs2event import options
from shop.providers.xs2event.pricing import FACE_VALUE, MARKUP


def of(account: AccountConfig) -> list[CheckMessage]:
    """What is wrong with one account; nothing for other kinds."""
    if account.kind != "xs2event":
        return []
    start, name = prefix(account.name), f"Account {account.name}"
    try:
        known = options.read(account)
    except Misconfigured as wrong:
        hint = f"Set {start}{wrong.detail.split(' ')[0]}; see “Provider accounts” in README.md."
        return [Error(f"{name}: {wrong.detail}.", hint=hint, id="shop.E045")]
    except (KeyError, ValueError):  # the time zone has a check of its own
        return []
    found: list[CheckMessage] = []
    rule = known.rule
    if not rule.fees:
        found.append(
            Error(
                f"{name}: nobody has said the fee for each ticket, so nothing is sold.",
                hint=f"Set {start}FEE_PER_TICKET to what the contract says, such as EUR:350,GBP:300. It is on their "
                "invoice only; without it a price could be below what a ticket costs.",
                id="shop.E046",
            )
        )
    if rule.kind == MARKUP and rule.margin < 0:
        found.append(
            Warning(
                f"{name} sells below what tickets cost: such tickets are left out.",
                hint=f"Set {start}MARGIN_PERCENT to 0 or more.",
                id="shop.W046",
            )
        )
    if rule.kind == FACE_VALUE:
        found.append(
            Warning(
                f"{name} sells at face value.",
                hint="Tickets whose face value is below net rate and fee are left out. "
                f"Set {start}PRICE_RULE=markup to sell all of them.",
                id="shop.W046",
            )
        )
    elif rule.margin == 0:
        found.append(
            Warning(
                f"{name} sells at what tickets cost.",
                hint=f"Set {start}MARGIN_PERCENT, for example to 12.5.",
                id="shop.W047",
            )
        )
    if not known.booking_email:
        found.append(
            Error(
                f"{name} has no address for bookings.",
                hint=f"Set {start}BOOKING_EMAIL to an address of the shop: every booking names one.",
                id="shop.E048",
            )
        )
    if known.payment_method != "invoice":
        found.append(
            Warning(
                f"{name} books by {known.payment_method!r}.",
                hint=f"Only what the contract allows is taken; {start}PAYMENT_METHOD=invoice is the usual one.",
                id="shop.W048",
            )
        )
    return found
