"""The HTTP API of the seating charts (seats.io), one method for each endpoint used; plain dicts out.

Paths and bodies are those of the vendor's own client (PyPI `seatsio` 83.21.0); the secret key is the name of a Basic
authentication without password. A hold token is as good as the seats it holds: it is in no log.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer
from shop.providers.http import ApiError, ApiSession
from shop.providers.tickethead import inferred
from shop.providers.tickethead.fields import Misread, moment, needed_text, whole
from shop.providers.tickethead.options import Seating

Json = dict[str, Any]
LABELS_AT_ONCE = 50  # in one address: an address has an end


@dataclass(frozen=True, slots=True)
class HoldToken:
    """What seats are held with, and until when by our own clock."""

    token: str = field(repr=False)
    until: datetime


class Seatsio:
    """The calls of one account. Raises as `ApiSession.call` does, `ApiError` included."""

    def __init__(self, config: AccountConfig, seating: Seating, *, polite: bool = False) -> None:
        self.account = config.name
        key = base64.b64encode(f"{seating.secret}:".encode()).decode()
        self._session = ApiSession(
            seating.url,
            account=config.name,
            headers={"Authorization": f"Basic {key}"},
            polite=polite,
            rate_per_second=config.rate_per_second,
        )

    def _token(self, body: Any, asked_at: datetime, verb: str) -> HoldToken:
        """Seconds count from our own question: their clock may be another than ours."""
        try:
            if not isinstance(body, dict):
                raise Misread("not an object")
            seconds, until = whole(body, "expiresInSeconds"), moment(body, "expiresAt")
            if seconds is not None:
                until = asked_at + timedelta(seconds=seconds)
            if until is None:
                raise Misread("no end")
            return HoldToken(needed_text(body, "holdToken"), until)
        except (Misread, OverflowError) as error:
            raise BadAnswer(f"{verb}: {error}", account=self.account) from None

    def new_token(self) -> HoldToken:
        """`POST /hold-tokens`: it lives as long as the venue has set (15 minutes where it has not), counted from now.
        Repeated like a read: a token that nothing is held with changes nothing for anybody."""
        now = http.now()
        answer = self._session.call("POST", "/hold-tokens", verb="hold_token", json={}, reads=True)
        return self._token(answer.body, now, "hold_token")

    def token(self, token: str) -> HoldToken | None:
        """`GET /hold-tokens/:t`; None where it has run out or never was."""
        now = http.now()
        try:
            answer = self._session.call(
                "GET", f"/hold-tokens/{quote(token, safe='')}", verb="hold_token", reads=True, masks=(token,)
            )
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return self._token(answer.body, now, "hold_token")

    def report(self, event: str) -> list[Any]:
        """`GET /reports/events/:key/byLabel`: every object of the chart with its status, by label."""
        answer = self._session.call(
            "GET", f"/reports/events/{quote(event, safe='')}/{inferred.SEAT_REPORT}", verb="seats", reads=True
        )
        if isinstance(answer.body, list):
            return answer.body
        if not isinstance(answer.body, dict):
            raise BadAnswer("seats: neither list nor object", account=self.account)
        return [
            one for found in answer.body.values() for one in (found if isinstance(found, list) else [found])
        ]

    def objects(self, event: str, labels: Sequence[str]) -> Json:
        """`GET /events/:key/objects?label=…`: label -> what is known of it now; unknown ones are left out."""
        found: Json = {}
        for start in range(0, len(labels), LABELS_AT_ONCE):
            try:
                answer = self._session.call(
                    "GET", f"/events/{quote(event, safe='')}/objects", verb="seats_now", reads=True,
                    params={"label": list(labels[start : start + LABELS_AT_ONCE])},
                )  # fmt: skip
            except ApiError as error:
                if error.status == 404:
                    continue
                raise
            if not isinstance(answer.body, dict):
                raise BadAnswer("seats_now: not an object", account=self.account)
            found.update(answer.body)
        return found

    def hold(self, event: str, labels: Sequence[str], token: str) -> Json:
        """Take seats from sale with a token, all of them or none; label -> what it is then."""
        return self._change(
            "hold_seats", event, labels, token, {"type": "CHANGE_STATUS_TO", "status": inferred.SEAT_HELD}
        )

    def release(self, event: str, labels: Sequence[str], token: str) -> Json:
        """Give seats back that this token holds."""
        return self._change("release_seats", event, labels, token, {"type": "RELEASE"})

    def _change(self, verb: str, event: str, labels: Sequence[str], token: str, how: Json) -> Json:
        """`POST /events/groups/actions/change-object-status`: the path that the vendor's clients use for one event too."""
        body = {
            "objects": [{"objectId": label} for label in labels],
            **how,
            "holdToken": token,
            "events": [event],
        }
        answer = self._session.call(
            "POST", "/events/groups/actions/change-object-status", verb=verb, reads=False,
            params={"expand": "objects"}, json=body,
        )  # fmt: skip
        found = answer.body.get("objects") if isinstance(answer.body, dict) else None
        return found if isinstance(found, dict) else {}
