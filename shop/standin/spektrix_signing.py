"""Signed calls of the imitated Spektrix: System Owner and Agent.

Source: Spektrix, "Authentication". Clients differ on calls without a body other than GET: no line, the digest of
nothing, or a body of ``{}``; all three are taken, as the real one seems to do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_wire import Refusal
from shop.standin.wsgi import Env, StandinRequest

SCHEME = "SpektrixAPI3"


@dataclass(frozen=True)
class Login:
    name: str
    mode: str  # owner or agent
    secret: str  # base64


def _secret(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# Play secrets of the invented venues.
LOGINS = {
    "lanternquay": (
        Login("foyer-owner", "owner", _secret("lantern-quay-owner-secret-01")),
        Login("foyer-agent", "agent", _secret("lantern-quay-agent-secret-01")),
    ),
    "thornfield": (
        Login("foyer-owner", "owner", _secret("thornfield-owner-secret-0001")),
        Login("foyer-agent", "agent", _secret("thornfield-agent-secret-0001")),
    ),
    "hollinmill": (
        Login("foyer-owner", "owner", _secret("hollin-mill-owner-secret-001")),
        Login("foyer-agent", "agent", _secret("hollin-mill-agent-secret-001")),
    ),
    "saltmarsh": (
        Login("foyer-owner", "owner", _secret("saltmarsh-owner-secret-00001")),
        Login("foyer-agent", "agent", _secret("saltmarsh-agent-secret-00001")),
        # somebody else who sells the same house
        Login("tideline-agent", "agent", _secret("saltmarsh-agent-secret-00002")),
    ),
}


def text_to_sign(method: str, url: str, date: str, body: bytes | None = None) -> str:
    """``body`` None leaves the digest's line out. ``url`` is absolute, exactly as sent."""
    lines = [method.upper(), url, date]
    if body is not None:
        lines.append(base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode())
    return "\n".join(lines)


def signature(secret: str, text: str) -> str:
    key = base64.b64decode(secret)
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def url_as_sent(request: StandinRequest) -> str:
    """Scheme, host, path and query as the caller wrote them, before anything is decoded."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if not raw:
        return request.url
    return raw if raw.startswith("http") else f"{request.scheme}://{request.host}{raw}"


def caller(request: StandinRequest, tenant: Tenant, env: Env, minutes: int) -> Login | None:
    """Who signed the call; None for one without a signature. Raises 401."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, rest = given.partition(" ")
    name, _, sent = rest.strip().rpartition(":")
    login = next((each for each in LOGINS.get(tenant.client, ()) if each.name == name), None)
    date = request.headers.get("Date", "")
    if scheme != SCHEME or login is None or not _recent(date, env, minutes):
        raise _refused()
    body, url = request.get_data(), url_as_sent(request)
    candidates: list[bytes | None] = [body]
    if not body or request.method == "GET":
        candidates.append(None)
    texts = (text_to_sign(request.method, url, date, each) for each in candidates)
    if not any(hmac.compare_digest(signature(login.secret, text), sent) for text in texts):
        raise _refused()
    return login


def _recent(date: str, env: Env, minutes: int) -> bool:
    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError, binascii.Error):
        return False
    if moment.tzinfo is None or not date.endswith("GMT"):
        return False
    return abs((env.clock.now() - moment).total_seconds()) <= 60 * minutes


def _refused() -> Refusal:
    return Refusal(401, "Authorization has been denied for this request.", "Unauthorized")
