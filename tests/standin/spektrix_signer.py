"""A server that signs its calls to the imitated Spektrix, as the documents would have it: no client of ours in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC
from email.utils import format_datetime
from typing import Any

import requests

from shop.standin.spektrix_signing import LOGINS
from shop.standin.transport import StandinAdapter
from tests.standin.spektrix_caller import NOON, SYSTEM, Visitor


def header(secret: str, name: str, method: str, url: str, date: str, body: bytes | None) -> str:
    """The signature, worked out here from the documents alone."""
    lines = [method, url, date]
    if body is not None:
        lines.append(base64.b64encode(hashlib.md5(body).digest()).decode())
    digest = hmac.new(base64.b64decode(secret), "\n".join(lines).encode(), hashlib.sha1).digest()
    return f"SpektrixAPI3 {name}:{base64.b64encode(digest).decode()}"


class Signer:
    """A server of the venue's, or of an agent's."""

    def __init__(self, visitor: Visitor, name: str = "foyer-owner") -> None:
        self.visitor, self.name = visitor, name
        self.secret = next(login.secret for login in LOGINS[visitor.client] if login.name == name)
        self.now = NOON
        self.http = requests.Session()
        self.http.headers["User-Agent"] = "FoyerTest/1.0"
        self.http.mount(SYSTEM, StandinAdapter(visitor.app))

    def call(
        self, method: str, path: str, body: Any = None, *, digest: str = "", **wrong: str
    ) -> requests.Response:
        """``digest``: what a call without a body signs ("" no line, "nothing" the digest of nothing)."""
        url = f"{SYSTEM}/spektrix/{self.visitor.client}/api/v3/{path}"
        data = b"" if body is None else json.dumps(body).encode()
        date = wrong.get("date") or format_datetime(self.now.replace(tzinfo=UTC), usegmt=True)
        signed = data if body is not None or digest else None
        text = header(self.secret, self.name, method, wrong.get("url", url), date, signed)
        headers = {
            "Date": date,
            "Authorization": wrong.get("authorization", text),
            "Content-Type": "application/json",
        }
        return self.http.request(method, url, data=wrong.get("sent", data), headers=headers)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()
