"""Log-ins and tokens of the imitated Tickethead.

Source: the vendor's own client: guest and password log-in, refresh, the fields of the token. Lifetimes are not
documented; our reading: two hours for guests, a quarter of an hour for registered users.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sqlite3
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shop.standin.tickethead_codes import self_signed
from shop.standin.tickethead_places import ORGANIZERS
from shop.standin.tickethead_wire import Refusal, bad, not_found
from shop.standin.wsgi import Env, StandinRequest

GUEST_SECONDS = 2 * 3600
REGISTERED_SECONDS = 15 * 60
REFRESH_SECONDS = 30 * 24 * 3600

SCHEMA = """
CREATE TABLE IF NOT EXISTS th_users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, username TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
    password TEXT NOT NULL, permissions TEXT NOT NULL, enrollment_id TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS th_refresh_tokens (
    token TEXT PRIMARY KEY, user_id INTEGER NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS th_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

BUYER: tuple[str, str, str, dict[str, Any]] = ("ada", "ada@example.org", "Lovelace-1815", {})


@dataclass(frozen=True)
class Caller:
    """Whoever a token names."""

    id: int
    kind: str
    username: str
    enrollment_id: str = ""
    permissions: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def works_for(self, organizer: str) -> bool:
        return bool(self.permissions.get(organizer))


def office(organizer: str) -> tuple[str, str, str, dict[str, Any]]:
    """The seeded account of an organizer's staff: username, mail, password, permissions."""
    rights = {"event": ["read", "create", "update"], "order": ["read", "refund"], "ticket": ["read"]}
    return f"{organizer}-office", f"office@{organizer}.example", f"{organizer}-Office-1", {organizer: rights}


def accounts() -> list[tuple[str, str, str, dict[str, Any]]]:
    """Everybody who can log in with a password."""
    return [BUYER, *map(office, ORGANIZERS)]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(password: str, salt: str | None = None) -> str:
    salt = salt or secrets.token_hex(8)
    return salt + "$" + hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1).hex()


class Doors:
    """Issues and reads tokens. ``secret`` signs them and lives in the state."""

    def __init__(self, env: Env) -> None:
        self._env = env

    def _secret(self) -> bytes:
        with self._env.store.connect() as connection:
            row = connection.execute("SELECT value FROM th_settings WHERE name = 'jwt_secret'").fetchone()
        return str(row["value"]).encode()

    @staticmethod
    def seed(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO th_settings (name, value) VALUES ('jwt_secret', ?)",
            (secrets.token_hex(32),),
        )
        known = {
            row["username"]
            for row in connection.execute("SELECT username FROM th_users WHERE password != ''")
        }
        for username, email, password, permissions in accounts():
            if username not in known:
                connection.execute(
                    "INSERT INTO th_users (kind, username, email, password, permissions)"
                    " VALUES ('registered', ?, ?, ?, ?)",
                    (username, email, hashed(password), json.dumps(permissions)),
                )

    def guest(self) -> dict[str, Any]:
        """A new anonymous user each time; no refresh token."""
        with self._env.store.write() as connection:
            row = self._new_guest(connection)
        return {"token": self._token(row, GUEST_SECONDS)}

    def enroll(self, caller: Caller | None) -> dict[str, Any]:
        """A key pair and a certificate whose subject carries the enrollment id. The key is not kept."""
        enrollment, key = str(uuid.uuid4()), ec.generate_private_key(ec.SECP256R1())
        with self._env.store.write() as connection:
            number = caller.id if caller else self._new_guest(connection)["id"]
            connection.execute("UPDATE th_users SET enrollment_id = ? WHERE id = ?", (enrollment, number))
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = self_signed(key, enrollment, self._env.clock.now())
        return {
            "id": number,
            "enrollment_id": enrollment,
            "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            "private_key": pem.decode(),
        }

    @staticmethod
    def _new_guest(connection: sqlite3.Connection) -> sqlite3.Row:
        row: sqlite3.Row = connection.execute(
            "INSERT INTO th_users (kind, username, email, password, permissions)"
            " VALUES ('guest', ?, '', '', '{}') RETURNING *",
            (f"guest-{uuid.uuid4()}",),
        ).fetchone()
        return row

    def password(self, given: dict[str, Any]) -> dict[str, Any]:
        username, password = given.get("username"), given.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            raise bad("validation_failed", "username and password are required")
        with self._env.store.connect() as connection:
            row = connection.execute(
                "SELECT * FROM th_users WHERE kind = 'registered' AND (username = ? OR email = ?)",
                (username, username),
            ).fetchone()
        if row is None:
            raise not_found("User")
        if not hmac.compare_digest(hashed(password, row["password"].partition("$")[0]), row["password"]):
            raise Refusal(401, "unauthorized", "Wrong password")
        return self._session(row, given.get("organizer_id"))

    def refresh(self, given: dict[str, Any]) -> dict[str, Any]:
        """A refresh token works once."""
        now = self._env.clock.now().timestamp()
        with self._env.store.write() as connection:
            found = connection.execute(
                "DELETE FROM th_refresh_tokens WHERE token = ? RETURNING user_id, expires_at",
                (str(given.get("refresh_token", "")),),
            ).fetchone()
            if found is None or found["expires_at"] <= now:
                raise Refusal(401, "unauthorized", "Refresh token is not valid")
            row = connection.execute("SELECT * FROM th_users WHERE id = ?", (found["user_id"],)).fetchone()
            return self._session(row, given.get("organizer_id"))

    def _session(self, row: sqlite3.Row, organizer: Any) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        with self._env.store.write() as connection:
            connection.execute(
                "INSERT INTO th_refresh_tokens VALUES (?, ?, ?)",
                (token, row["id"], self._env.clock.now().timestamp() + REFRESH_SECONDS),
            )
        answer = {"token": self._token(row, REGISTERED_SECONDS), "refresh_token": token}
        return {**answer, "organizer_id": organizer} if organizer else answer

    def _token(self, row: sqlite3.Row, seconds: int) -> str:
        now = int(self._env.clock.now().timestamp())
        payload: dict[str, Any] = {
            "id": row["id"],
            "username": row["username"],
            "verified": row["kind"] == "registered",
            "type": row["kind"],
            "permissions": json.loads(row["permissions"]),
            "iat": now,
            "exp": now + seconds,
        }
        if row["enrollment_id"]:
            payload |= {"enrollment_id": row["enrollment_id"], "enrolled": True}
        head = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
        text = head + "." + _b64(json.dumps(payload, separators=(",", ":")).encode())
        return text + "." + _b64(hmac.new(self._secret(), text.encode(), hashlib.sha256).digest())

    def caller(self, request: StandinRequest, *, needed: bool = True) -> Caller | None:
        """Who calls. A missing token is None unless ``needed``; a bad or expired one is always a 401."""
        header = request.headers.get("Authorization", "")
        kind, _, token = header.partition(" ")
        if not header:
            if needed:
                raise Refusal(401, "unauthorized", "Missing authorization token")
            return None
        payload = self._read(token.strip(), self._env.clock.now()) if kind.lower() == "bearer" else None
        if payload is None:
            raise Refusal(401, "unauthorized", "Token is not valid or has expired")
        with self._env.store.connect() as connection:
            row = connection.execute("SELECT * FROM th_users WHERE id = ?", (payload["id"],)).fetchone()
        if row is None:
            raise Refusal(401, "unauthorized", "User no longer exists")
        return Caller(row["id"], row["kind"], row["username"], row["enrollment_id"], payload["permissions"])

    def must(self, request: StandinRequest) -> Caller:
        caller = self.caller(request)
        assert caller is not None
        return caller

    def _read(self, token: str, now: datetime) -> dict[str, Any] | None:
        text, _, signed = token.rpartition(".")
        try:
            genuine = hmac.compare_digest(
                _unb64(signed), hmac.new(self._secret(), text.encode(), hashlib.sha256).digest()
            )
            payload: dict[str, Any] = json.loads(_unb64(text.partition(".")[2])) if genuine else {}
        except ValueError:
            return None
        return payload if genuine and payload["exp"] > now.timestamp() else None
