"""Which addresses that a provider names may be opened: by our server, or by a buyer whom we send there.

An entry of an account's allowed hosts is `host`, `host:port` or `*.host`. Everything is https; plain http is
for entries that name a port or a loopback host, which is what a test system on one's own machine looks like.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

DEFAULT_PORTS = {"http": 80, "https": 443}


class NotPublic(OSError):
    """The address leads into a private network."""


def _split(url: str) -> SplitResult | None:
    """The parts of an absolute http(s) URL, or None where two readers could see two different hosts in it."""
    if (
        not isinstance(url, str)
        or "\\" in url
        or any(ord(character) <= 32 or ord(character) == 127 for character in url)
    ):
        return None
    try:
        parts = urlsplit(url)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc or not port_is_a_number:
        return None
    return parts


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _entry(entry: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit("//" + entry.strip().lower())
        return parts.hostname or "", parts.port
    except ValueError:
        return "", None


def is_allowed(url: str, allowed_hosts: Iterable[str]) -> bool:
    """Whether the URL is on one of the account's own hosts, and safe enough in how it is reached."""
    parts = _split(url)
    if parts is None:
        return False
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    for entry in allowed_hosts:
        if entry.startswith("*."):
            listed, listed_port = _entry(entry[2:])
            matches = bool(listed) and host.endswith("." + listed)
        else:
            listed, listed_port = _entry(entry)
            matches = bool(listed) and host == listed
        if not matches or port != (listed_port or DEFAULT_PORTS[parts.scheme]):
            continue
        if parts.scheme == "https" or listed_port is not None or is_loopback(host):
            return True
    return False


def is_public(url: str) -> bool:
    """Whether the URL is https and does not name a private address outright (names are checked on connecting)."""
    parts = _split(url)
    if parts is None or parts.scheme != "https" or is_loopback(parts.hostname or ""):
        return False
    try:
        return ipaddress.ip_address(parts.hostname or "").is_global
    except ValueError:
        return True


def refuse_private(address: str) -> None:
    """Raises NotPublic for an address of a private, local or reserved network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    if not mapped.is_global or mapped.is_multicast:
        raise NotPublic("the address is not a public one")


def _checked(connected: socket.socket) -> socket.socket:
    """The socket as it is, if the other end is public: asked of the connection itself, so no name can lie."""
    try:
        refuse_private(connected.getpeername()[0])
    except Exception:
        connected.close()
        raise
    return connected


class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class PublicOnly(HTTPAdapter):
    """A transport that talks to public addresses only, whatever a name resolves to."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
