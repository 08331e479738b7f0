"""Who calls the imitated Spektrix: the visitor's session cookie, host by host, or a signed caller.

The basket belongs to a cookie of the host; the system's host and the venue's own domain do not share it, so mixing
hosts loses the basket. Name and flags of the real cookie are not documented; our reading.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from werkzeug.wrappers import Response

from shop.standin.control import is_loopback_name
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_settings import Settings
from shop.standin.wsgi import Env, StandinRequest

COOKIE = "SpektrixSession"
CUSTOM_DOMAIN = "tickets.foyer.localhost"
SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_sessions (
    sid TEXT NOT NULL, host TEXT NOT NULL, client TEXT NOT NULL, basket_id INTEGER, customer INTEGER,
    queued INTEGER, polls INTEGER NOT NULL DEFAULT 0, last_order TEXT, PRIMARY KEY (sid, host, client)
);
"""
_SID = re.compile(r"[A-Za-z0-9_-]{22,64}")


@dataclass
class Session:
    """One visitor at one host of one client. ``new``: no usable cookie came."""

    sid: str
    host: str
    client: str
    new: bool
    basket_id: int | None = None
    customer: int | None = None
    queued: int | None = None
    polls: int = 0
    last_order: str | None = None


class Sessions:
    def __init__(self, env: Env, settings: Settings) -> None:
        self.env, self.settings = env, settings

    def host_of(self, request: StandinRequest) -> str:
        """``custom`` on the venue's own domain, ``system`` under any other name."""
        name = request.host.partition(":")[0].lower()
        own = str(self.env.options.get("spektrix_custom_domain", CUSTOM_DOMAIN))
        return "custom" if name == own else "system"

    def of(self, request: StandinRequest, tenant: Tenant) -> Session:
        """The caller's session; nothing is stored for one that has no cookie until it is kept with ``save``."""
        known: dict[str, Session] = request.environ.setdefault("spektrix.sessions", {})
        if tenant.client in known:
            return known[tenant.client]
        host, sid = self.host_of(request), request.cookies.get(COOKIE, "")
        found = None
        if _SID.fullmatch(sid):
            with self.env.store.connect() as connection:
                # A cookie of the other host is a stranger here.
                foreign = connection.execute(
                    "SELECT 1 FROM spk_sessions WHERE sid = ? AND host != ?", (sid, host)
                ).fetchone()
                row = connection.execute(
                    "SELECT * FROM spk_sessions WHERE sid = ? AND host = ? AND client = ?",
                    (sid, host, tenant.client),
                ).fetchone()
            if row is not None:
                found = Session(sid, host, tenant.client, False, row["basket_id"], row["customer"], row["queued"],
                                row["polls"], row["last_order"])  # fmt: skip
            elif foreign is None:
                found = Session(sid, host, tenant.client, False)
        if found is None:
            found = Session(secrets.token_urlsafe(24), host, tenant.client, True)
        known[tenant.client] = found
        return found

    def save(self, session: Session) -> None:
        with self.env.store.write() as connection:
            connection.execute(
                "INSERT INTO spk_sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sid, host, client) DO UPDATE SET"
                " basket_id = excluded.basket_id, customer = excluded.customer, queued = excluded.queued,"
                " polls = excluded.polls, last_order = excluded.last_order",
                (session.sid, session.host, session.client, session.basket_id, session.customer, session.queued,
                 session.polls, session.last_order),
            )  # fmt: skip

    def set_cookie(self, request: StandinRequest, response: Response) -> None:
        """For sessions that this call began. A browser gets one that also travels from a page of another site."""
        for session in request.environ.get("spektrix.sessions", {}).values():
            if session.new:
                name = request.host.partition(":")[0].lower()
                # Browsers take loopback names as secure contexts; a plain program would not send a Secure cookie.
                browser = "Sec-Fetch-Site" in request.headers and is_loopback_name(name)
                cross = request.scheme == "https" or browser
                response.set_cookie(
                    COOKIE, session.sid, httponly=True, path="/", secure=cross,
                    samesite="None" if cross else "Lax",
                )  # fmt: skip
                break

    def cors(self, request: StandinRequest, response: Response) -> None:
        """Credentials for the venue's own pages; a page of any other origin may not read the answer."""
        origin = request.headers.get("Origin")
        response.headers.add("Vary", "Origin")
        if origin is None or not self.settings.allows(origin):
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "content-type"
            response.headers["Access-Control-Max-Age"] = "600"
