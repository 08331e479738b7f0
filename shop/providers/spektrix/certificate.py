"""The client certificate of the v2 feed: when it ends, whether its key fits, who may read the key. Files only."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from shop.providers.errors import Misconfigured, ProviderError, Unavailable

SOON = timedelta(days=30)  # "renew your certificate well within the last month of its validity"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a certificate or its key. `code`: missing, unreadable, loose, served, expired, soon,
    mismatch; `until` where it is about the end."""

    code: str
    path: str
    until: datetime | None = None

    @property
    def serious(self) -> bool:
        return self.code != "soon"


def ends(path: str) -> datetime:
    """When the certificate ends, aware. Raises OSError, ValueError."""
    return x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc


def _fits(certificate: str, key: str) -> bool:
    private = serialization.load_pem_private_key(Path(key).read_bytes(), password=None)
    public = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).public_key()
    shape = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.public_key().public_bytes(*shape) == public.public_bytes(*shape)


def findings(certificate: str, key: str, *, now: datetime, served: tuple[str, ...] = ()) -> list[Finding]:
    """All that is wrong. `served`: directories that a web server hands out; a key must be in none of them."""
    found: list[Finding] = []
    for path in (certificate, key):
        if not path or not Path(path).is_file():
            found.append(Finding("missing", path))
    if found:
        return found
    if Path(key).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        found.append(Finding("loose", key))
    real = Path(key).resolve()
    if any(real.is_relative_to(Path(folder).resolve()) for folder in served if folder):
        found.append(Finding("served", key))
    try:
        until = ends(certificate)
        if until <= now:
            found.append(Finding("expired", certificate, until))
        elif until - now <= SOON:
            found.append(Finding("soon", certificate, until))
        if not _fits(certificate, key):
            found.append(Finding("mismatch", key))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        found.append(Finding("unreadable", certificate))
    return found


def words(one: Finding) -> str:
    """A finding in plain words, for `doctor`."""
    day = f"{one.until:%d %B %Y}" if one.until else ""
    return {
        "missing": "the file of the certificate or of its key is not there",
        "unreadable": "certificate or key cannot be read as PEM files",
        "loose": "others may read the key file",
        "served": "the key file is in a directory that is served",
        "expired": f"the certificate ended on {day}: the feed is closed until a renewed one is in place",
        "soon": f"the certificate ends on {day}: have it renewed now",
        "mismatch": "the key does not belong to the certificate",
    }[one.code]


PROXY = (
    "the server's certificate is not the one it should be: a proxy that opens the traffic between this machine and "
    "Spektrix stands in between, and with one the client certificate cannot work"
)
REFUSED = (
    "the client certificate was refused: it may have ended, been revoked or replaced, or a proxy that opens the "
    "traffic has taken it away; the catalogue stays as it was"
)
KEY = "the API key or the certificate was refused; behind a proxy that opens the traffic neither arrives"


def explained(error: Unavailable | Misconfigured, pair: tuple[str, str], *, now: datetime) -> ProviderError:
    """The same failure with the reason in front, as far as the failure and the certificate itself tell."""
    why = ""
    if "CERTIFICATE_VERIFY_FAILED" in error.detail:
        why = PROXY
    elif isinstance(error, Unavailable) and "SSL" in error.detail:
        why = REFUSED
    elif isinstance(error, Misconfigured) and "HTTP 40" in error.detail:
        why = KEY
    broken = ("expired", "mismatch", "unreadable", "missing")
    mine = findings(*pair, now=now) if all(pair) else []
    own = next((words(one) for one in mine if one.code in broken), "")
    if not own and not why:
        return error
    kind = Misconfigured if own else type(error)
    return kind(f"{own or why} ({error.detail})", account=error.account)
