"""The client certificate of the v2 feed: when it ends, whether its key fits, who may read the key. Files only."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

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
