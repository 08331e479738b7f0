"""System checks of accounts on Tickethead: where the seats of events with a seating chart are held.

Ids: E047 an option that is missing beside the other or cannot be read, E049 a secret that would travel unencrypted,
E083 a chart for the browser that is no address or has no key beside it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error

from shop.providers.accounts import AccountConfig, prefix
from shop.providers.addresses import is_loopback
from shop.providers.errors import Misconfigured
from shop.providers.tickethead import options


def of(account: AccountConfig) -> list[CheckMessage]:
    """What is wrong with one account; nothing for other kinds."""
    if account.kind != "tickethead":
        return []
    start, name = prefix(account.name), f"Account {account.name}"
    try:
        seating = options.read(account)
    except Misconfigured as wrong:
        return [
            Error(
                f"{name}: {wrong.detail}. Events with a seating chart are not sold.",
                hint=f"Set {start}SEATSIO_URL to the address of the venue's region, such as "
                f"https://api-eu.seatsio.net, and {start}SEATSIO_SECRET to the secret key of its workspace; or neither.",
                id="shop.E047",
            )
        ]
    parts = urlsplit(seating.url) if seating else None
    if parts is not None and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return [
            Error(
                f"{name}: its seating charts are called without encryption.",
                hint=f"{start}SEATSIO_URL must begin with https://: the secret key travels with every call.",
                id="shop.E049",
            )
        ]
    return _of_chart(account, start, name)


def _of_chart(account: AccountConfig, start: str, name: str) -> list[CheckMessage]:
    try:
        options.read_chart(account)
    except Misconfigured as wrong:
        return [
            Error(
                f"{name}: {wrong.detail}. The official seating chart is not shown.",
                hint=f"Set {start}SEATSIO_CHART to the script of the venue's region, such as "
                "https://cdn-eu.seatsio.net/chart.js, beside SEATSIO_URL and SEATSIO_SECRET; or leave it empty: our own "
                "list and map do without it.",
                id="shop.E083",
            )
        ]
    return []
