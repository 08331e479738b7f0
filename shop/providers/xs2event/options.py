"""What an account of this kind can be told beside what every account has: `ACCOUNT_<NAME>_...` of the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from zoneinfo import ZoneInfo

from shop.providers.accounts import AccountConfig
from shop.providers.errors import Misconfigured
from shop.providers.xs2event.pricing import MARKUP, RULES, Rule

# Variable -> its default.
OPTIONS: dict[str, str] = {
    "SPORTS": "",  # their words with commas (soccer,tennis,formula1); "": every sport that they list
    "PRICE_RULE": MARKUP,  # markup, or face_value
    "MARGIN_PERCENT": "0",  # of the net rate, such as 12.5
    "FEE_PER_TICKET": "",  # of XS2Event's invoice, in minor units: EUR:350,GBP:300. Without it nothing is sold
    "ROUND_TO": "1",  # minor units: 50 makes prices end on .00 or .50, upwards
    "BOOKING_EMAIL": "",  # the shop's address: XS2Event writes to it
    "PAYMENT_METHOD": "invoice",  # one that the contract allows
    "TEST_BOOKINGS": "no",  # bookings are marked as tests
}


@dataclass(frozen=True, slots=True)
class Options:
    account: str
    zone: ZoneInfo  # of venues whose own is not known
    sports: tuple[str, ...]
    rule: Rule
    booking_email: str
    payment_method: str
    test_bookings: bool


def read(config: AccountConfig) -> Options:
    """Raises Misconfigured with the variable's name first; KeyError or ValueError for a wrong time zone."""

    def option(name: str) -> str:
        return config.option(name.lower(), OPTIONS[name]).strip()

    def wrong(text: str) -> Misconfigured:
        return Misconfigured(text, account=config.name)

    rule = option("PRICE_RULE").lower()
    if rule not in RULES:
        raise wrong(f"PRICE_RULE is one of {', '.join(RULES)}")
    try:
        hundredths = Decimal(option("MARGIN_PERCENT")) * 100
        if hundredths != hundredths.to_integral_value() or abs(hundredths) > 100_000:
            raise InvalidOperation
    except InvalidOperation:
        raise wrong("MARGIN_PERCENT is a number with at most two places, such as 12.5") from None
    fees: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in option("FEE_PER_TICKET").split(","))):
        found = re.fullmatch(r"([A-Z]{3})\s*:\s*(\d{1,9})", part.upper())
        if found is None:
            raise wrong("FEE_PER_TICKET is a currency, a colon and minor units, such as EUR:350,GBP:300")
        fees[found[1]] = int(found[2])
    step = option("ROUND_TO")
    if not re.fullmatch(r"[1-9]\d{0,5}", step):
        raise wrong("ROUND_TO is a whole number of minor units from 1 on, such as 50")
    email = option("BOOKING_EMAIL")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise wrong("BOOKING_EMAIL is not an address")
    tests = option("TEST_BOOKINGS").lower()
    if tests not in {"1", "0", "yes", "no", "true", "false", "on", "off"}:
        raise wrong("TEST_BOOKINGS is yes or no")
    sports = tuple(dict.fromkeys(filter(None, (one.strip() for one in option("SPORTS").lower().split(",")))))
    if any(not re.fullmatch(r"[a-z0-9_-]+", one) for one in sports):
        raise wrong("SPORTS is a list of their words with commas, such as soccer,tennis,formula1")
    return Options(
        account=config.name,
        zone=ZoneInfo(config.timezone),
        sports=sports,
        rule=Rule(rule, int(hundredths), MappingProxyType(fees), int(step)),
        booking_email=email,
        payment_method=option("PAYMENT_METHOD") or "invoice",
        test_bookings=tests in {"1", "yes", "true", "on"},
    )
