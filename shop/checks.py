"""System checks: wrong settings said before they do harm, each with an id and a hint.

Ids: E errors and W warnings; 00x the demo, 01x provider accounts, 02x going live (`check --deploy` only), 03x
certificates (`checks_spektrix`), 04x how accounts are paid
(E045 to W048: `checks_xs2event`; E047 and E049, seats: `checks_tickethead`), 05x our own till (`checks_till`), 06x keys and doors (`checks_keys`).
"""

from __future__ import annotations

import zoneinfo
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from shop import checks_spektrix, checks_tickethead, checks_xs2event
from shop.providers.accounts import AccountConfig, prefix

NEEDED_KEYS = {"londontheatredirect": ("api_key",), "spektrix-feed": ("api_key",), "xs2event": ("api_key",)}
# How a kind can be paid beside its default; kinds that are not named here have a check of their own.
PAYMENT_ROUTES: dict[str, tuple[str, ...]] = {
    "londontheatredirect": ("account",),
    "tickethead": (),
    "xs2event": (),
}
LOOPBACK = {"127.0.0.1", "localhost", "::1", "www.foyer.localhost", "tickets.foyer.localhost"}


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK


@register(Tags.security)
def demo(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demo stays on this machine, and a moved clock stays in demo and tests."""
    found: list[CheckMessage] = []
    if settings.DEMO and not _is_loopback(settings.PUBLIC_ORIGIN):
        found.append(
            Error(
                "DEMO is on and PUBLIC_ORIGIN is not an address of this machine.",
                hint="The demo sells play tickets. Take DEMO away, or set PUBLIC_ORIGIN to http://127.0.0.1:8000.",
                id="shop.E001",
            )
        )
    if settings.DEMO and any(account.live for account in settings.PROVIDER_ACCOUNTS.values()):
        found.append(
            Error(
                "DEMO is on and an account is marked LIVE.",
                hint="Demo and live accounts are never mixed. Take DEMO or the account's _LIVE away.",
                id="shop.E002",
            )
        )
    if settings.CLOCK_FILE_GIVEN and not settings.CLOCK_FILE:
        found.append(
            Error(
                "CLOCK_FILE is set outside the demo and the tests.",
                hint="A shop that sells for real has the real time. Take CLOCK_FILE away.",
                id="shop.E004",
            )
        )
    return found


def _account(account: AccountConfig) -> list[CheckMessage]:
    start, found = prefix(account.name), []
    if account.kind not in settings.PROVIDERS:
        found.append(
            Error(
                f"Account {account.name}: kind {account.kind} cannot be sold yet.",
                hint=f"{start}KIND is one of {', '.join(sorted(settings.PROVIDERS))}.",
                id="shop.E011",
            )
        )
    for key in NEEDED_KEYS.get(account.kind, ()):
        if not account.keys.get(key):
            found.append(
                Error(
                    f"Account {account.name} has no {key.upper()}.",
                    hint=f"Set {start}{key.upper()} to what the provider gave you.",
                    id="shop.E012",
                )
            )
    if account.timezone not in zoneinfo.available_timezones():
        found.append(
            Error(
                f"Account {account.name}: {account.timezone!r} is not a time zone.",
                hint=f"{start}TIMEZONE is a name such as Europe/London.",
                id="shop.E013",
            )
        )
    routes = PAYMENT_ROUTES.get(account.kind)
    if routes is not None and account.payment_route and account.payment_route not in routes:
        known = f"empty, or one of: {', '.join(routes)}" if routes else "empty for this kind"
        found.append(
            Error(
                f"Account {account.name}: {account.payment_route!r} is not a way to pay.",
                hint=f"{start}PAYMENT_ROUTE is {known}.",
                id="shop.E040",
            )
        )
    address = urlsplit(account.base_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        found.append(
            Error(
                f"Account {account.name}: {account.base_url!r} is not an address.",
                hint=f"{start}BASE_URL begins with https://.",
                id="shop.E014",
            )
        )
    elif address.scheme != "https" and not _is_loopback(account.base_url):
        found.append(
            Error(
                f"Account {account.name} is called without encryption.",
                hint=f"{start}BASE_URL must begin with https://: the key travels with every call.",
                id="shop.E015",
            )
        )
    elif _is_loopback(account.base_url) and not (settings.DEMO or settings.TESTING):
        found.append(
            Error(
                f"Account {account.name} points at this machine and DEMO is off.",
                hint=f"Set {start}BASE_URL to the provider's address; play tickets are sold by the demo only.",
                id="shop.E016",
            )
        )
    return found


@register(Tags.compatibility)
def accounts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(text, hint="See “Provider accounts” in README.md.", id="shop.E010")
        for text in settings.PROVIDER_ACCOUNT_ERRORS
    ]
    if not settings.PROVIDER_ACCOUNTS and not settings.PROVIDER_ACCOUNT_ERRORS:
        found.append(
            Warning(
                "No provider account is configured: the shop opens and sells nothing.",
                hint="Set PROVIDER_ACCOUNTS and the ACCOUNT_... variables, or try the demo with `make run`.",
                id="shop.W010",
            )
        )
    for account in settings.PROVIDER_ACCOUNTS.values():
        found += _account(account)
        found += checks_spektrix.of(account)
        found += checks_tickethead.of(account)
        found += checks_xs2event.of(account)
    if len({account.live for account in settings.PROVIDER_ACCOUNTS.values()}) > 1:
        found.append(
            Error(
                "Live and test accounts are mixed.",
                hint="A shop is live or on trial: give all accounts the same _LIVE.",
                id="shop.E017",
            )
        )
    return found


@register(Tags.security, deploy=True)
def going_live(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What `check --deploy` says beside Django's own."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(Error("DEMO is on.", hint="A deployment never sells play tickets.", id="shop.E020"))
    if settings.SECRET_KEY_IS_OWN:
        found.append(
            Warning(
                "SECRET_KEY is the one this machine made for itself.",
                hint="Set SECRET_KEY: without it other machines, or a fresh disk, cannot read what this one stored.",
                id="shop.W021",
            )
        )
    if not settings.PUBLIC_ORIGIN.startswith("https://"):
        found.append(
            Warning(
                "PUBLIC_ORIGIN is not https.",
                hint="Set PUBLIC_ORIGIN=https://tickets.example.org: mails and return addresses are built from it.",
                id="shop.W022",
            )
        )
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(
            Warning(
                "Mail goes to the console.",
                hint="Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587.",
                id="shop.W023",
            )
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(
            Warning(
                "The database is SQLite.",
                hint="One machine can sell on it; set DATABASE_URL=postgres://... for more.",
                id="shop.W024",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Warning(
                "The broker is a folder on this machine.",
                hint="Set REDIS_URL=redis://... when web and worker run on several machines.",
                id="shop.W025",
            )
        )
    return found
