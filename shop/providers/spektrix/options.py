"""What an account of this kind can be told beside what every account has: `ACCOUNT_<NAME>_...` of the environment."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shop.providers.accounts import AccountConfig
from shop.providers.addresses import is_loopback
from shop.providers.errors import Misconfigured

# Variable -> its default. README.md has a table of the same names; a test compares the two.
OPTIONS: dict[str, str] = {
    "CLIENT_NAME": "",  # first part of every address
    "CUSTOM_DOMAIN": "",  # where the visitor's browser finds basket and hosted pages; else BASE_URL
    "MODE": "web",  # web: the basket is in the visitor's browser, their page takes the money; agent: ours, and our till
    "EXCLUDE": "",  # names of events that are none, with commas, * for anything
    "INTERNAL_TYPES": "Agent*,Complimentary*,Comp,Comps",  # ticket types that are never offered
    "WHEELCHAIR_LOCK": "*wheelchair*",  # name of the lock on wheelchair places
    "BEST_AVAILABLE": "no",  # the venue sells "best available" online
    "OWN_SEATS": "no",  # our own list of seats; the vendor asks to be contacted first
    "ORDER_ATTRIBUTES": "no",  # asked by us: the hosted checkout must not ask for them too
    "REFERENCE_LABEL": "",  # an order attribute that may hold our order number
    "PROMO_CODES": "no",
    "GIFT_VOUCHERS": "no",
    "FRAME": "no",  # hosted checkout in a frame of ours instead of a page of its own
    "COMMISSION": "included",  # in a price of the price list: included or added
    "EMPTY_BODY": "none",  # how a signed call without a body is signed: none, md5 or braces
}
FEED_OPTIONS: dict[str, str] = {
    "CLIENT_NAME": "",
    "CUSTOM_DOMAIN": "https://system.spektrix.com",
    "EXCLUDE": "",
    "INTERNAL_TYPES": "Agent*,Complimentary*,Comp,Comps",
    "CERTIFICATE": "",  # path of the .crt file
    "CERTIFICATE_KEY": "",  # path of its private key
    "CERTIFICATE_AUTHORITY": "",  # path, for a test system whose own certificate the machine does not know
}


@dataclass(frozen=True, slots=True)
class Options:
    """An account as this package reads it. Addresses end without a slash."""

    account: str
    client: str
    agent: bool  # our server holds and books with signed calls
    api: str  # .../{client}/api/v3 (the feed: v2) for our server
    browser_api: str  # the same for the visitor's browser
    website: str  # .../{client}/website
    host: str  # of browser_api, with its port
    zone: ZoneInfo
    currency: str
    exclude: tuple[str, ...]
    internal_types: tuple[str, ...]
    wheelchair_lock: str
    best_available: bool
    own_seats: bool
    order_attributes: bool
    reference_label: str
    promo_codes: bool
    gift_vouchers: bool
    frame: bool
    commission_included: bool
    empty_body: str


def system_of(config: AccountConfig, known: Options) -> str:
    """The system an account reads: "ids will change when you migrate to the live system" (API v.2, "Identifiers").

    A machine's own address says nothing of that, so only its client name counts there.
    """
    host = urlsplit(config.base_url).hostname or ""
    return known.client if is_loopback(host) else f"{host}/{known.client}"


def _patterns(said: str) -> tuple[str, ...]:
    return tuple(part.strip().casefold() for part in said.split(",") if part.strip())


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name fits one of an account's patterns; capitals and outer spaces make no difference."""
    return any(fnmatch.fnmatchcase(name.strip().casefold(), pattern) for pattern in patterns)


def read_feed(config: AccountConfig) -> Options:
    """An account of the v2 feed; what it cannot do is off."""
    return read(config, defaults=FEED_OPTIONS, version="v2")


def read(config: AccountConfig, *, defaults: dict[str, str] = OPTIONS, version: str = "v3") -> Options:
    """Raises Misconfigured naming the variable."""

    def said(name: str) -> str:
        if name not in defaults:
            return OPTIONS[name]
        return config.option(name.lower()).strip() or defaults[name]

    def one_of(name: str, *values: str) -> str:
        if said(name).lower() not in values:
            raise Misconfigured(f"{name} is one of {', '.join(values)}", account=config.name)
        return said(name).lower()

    def switch(name: str) -> bool:
        return one_of(name, "yes", "no", "1", "0", "true", "false", "on", "off") in {"yes", "1", "true", "on"}

    client = said("CLIENT_NAME").strip("/")
    if not client or any(character in client for character in "/?# "):
        raise Misconfigured("CLIENT_NAME is missing or no name", account=config.name)
    agent = one_of("MODE", "web", "agent") == "agent"
    if config.payment_route and (config.payment_route != "us" or not agent):
        # the mode decides who takes the money
        raise Misconfigured(
            "PAYMENT_ROUTE is left empty: web mode is paid on their page, agent mode by us",
            account=config.name,
        )
    base = config.base_url.rstrip("/")
    domain = (said("CUSTOM_DOMAIN") or base).rstrip("/")
    parts = urlsplit(domain)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise Misconfigured(
            "CUSTOM_DOMAIN is an address such as https://tickets.example.org", account=config.name
        )
    return Options(
        account=config.name,
        client=client,
        agent=agent,
        api=f"{base}/{client}/api/{version}",
        browser_api=f"{domain}/{client}/api/v3",
        website=f"{domain}/{client}/website",
        host=parts.netloc.lower(),
        zone=ZoneInfo(config.timezone),
        currency=config.currency,
        exclude=_patterns(said("EXCLUDE")),
        internal_types=_patterns(said("INTERNAL_TYPES")),
        wheelchair_lock=said("WHEELCHAIR_LOCK").casefold(),
        best_available=switch("BEST_AVAILABLE"),
        own_seats=switch("OWN_SEATS"),
        # where their checkout is not used nothing can stand in the way of ours
        order_attributes=switch("ORDER_ATTRIBUTES") or agent,
        reference_label=said("REFERENCE_LABEL"),
        promo_codes=switch("PROMO_CODES"),
        gift_vouchers=switch("GIFT_VOUCHERS"),
        frame=switch("FRAME"),
        commission_included=one_of("COMMISSION", "included", "added") == "included",
        empty_body=one_of("EMPTY_BODY", "none", "md5", "braces"),
    )
