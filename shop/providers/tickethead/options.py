"""Where and with which key the seats of an account are held: the seating-chart service (seats.io) behind its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shop.providers.accounts import AccountConfig
from shop.providers.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Seating:
    """`url`: base address such as https://api-eu.seatsio.net. `secret`: the secret key of the venue's workspace."""

    url: str
    secret: str = field(repr=False)


def read(config: AccountConfig) -> Seating | None:
    """None where the account has neither option: then events with a seating chart are not sold here.

    Raises Misconfigured for one of the two alone, and for what is no address or no key; its detail begins with the name
    of the option.
    """
    url, secret = config.option("seatsio_url").rstrip("/"), config.keys.get("seatsio_secret", "")
    if not url and not secret:
        return None
    if not secret:
        raise Misconfigured("SEATSIO_SECRET is missing beside SEATSIO_URL", account=config.name)
    if not url:
        raise Misconfigured("SEATSIO_URL is missing beside SEATSIO_SECRET", account=config.name)
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise Misconfigured("SEATSIO_URL is not an address", account=config.name) from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
        raise Misconfigured("SEATSIO_URL is not an address", account=config.name)
    if not secret.isascii() or any(one.isspace() for one in secret):
        raise Misconfigured("SEATSIO_SECRET is not a key", account=config.name)
    return Seating(url, secret)


def usable(config: AccountConfig) -> Seating | None:
    """The same where wrong options are as good as none: what has no seating chart is sold all the same, and a system
    check says what is wrong."""
    try:
        return read(config)
    except Misconfigured:
        return None
