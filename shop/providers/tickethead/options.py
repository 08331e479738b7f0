"""Where and with which key the seats of an account are held: the seating-chart service (seats.io) behind its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shop.providers.accounts import AccountConfig
from shop.providers.addresses import is_loopback
from shop.providers.errors import Misconfigured

VENDOR = "seatsio.net"


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


@dataclass(frozen=True, slots=True)
class ShownChart:
    """The official chart on a page of ours. `script`: its address at the chart service. `workspace`: the public key of
    the workspace, "" where the organizer says it."""

    script: str
    workspace: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Where the page may load from and call: the script's own host, and for the vendor's all of the vendor's, for the
        script loads from one of them and calls another."""
        parts = urlsplit(self.script)
        found = [f"{parts.scheme}://{parts.netloc}"]
        if (parts.hostname or "").endswith(f".{VENDOR}"):
            found += [f"https://*.{VENDOR}", f"wss://*.{VENDOR}"]
        return tuple(found)


def read_chart(config: AccountConfig) -> ShownChart | None:
    """None where `seatsio_chart` is empty. Raises Misconfigured for what is no address of a script, for one that would
    travel unencrypted, and for one without the key that holds seats; its detail begins with the name of the option."""
    script = config.option("seatsio_chart")
    if not script:
        return None
    try:
        parts = urlsplit(script)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise Misconfigured("SEATSIO_CHART is not an address", account=config.name) from None
    odd = any(one.isspace() or one in ";,'" for one in script)
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.fragment or odd:
        raise Misconfigured("SEATSIO_CHART is not an address", account=config.name)
    if parts.scheme != "https" and not is_loopback(host):
        raise Misconfigured("SEATSIO_CHART does not begin with https://", account=config.name)
    if read(config) is None:
        raise Misconfigured("SEATSIO_URL is missing beside SEATSIO_CHART", account=config.name)
    return ShownChart(script, config.option("seatsio_workspace").strip())


def usable_chart(config: AccountConfig) -> ShownChart | None:
    """The same where wrong options are as good as none: our own list and map do without it."""
    try:
        return read_chart(config)
    except Misconfigured:
        return None


def usable(config: AccountConfig) -> Seating | None:
    """The same where wrong options are as good as none: what has no seating chart is sold all the same, and a system
    check says what is wrong."""
    try:
        return read(config)
    except Misconfigured:
        return None
