"""Tickethead's HTTP API, one method for each endpoint used; plain dicts out.

Two hosts: the *tenant* serves `event` and `payment`, the *global* one `account` and `venue`. Answers come in an
envelope `{"data": ...}`, lists with `"paging"`; keys are snake_case both ways. A token (JWT) of a guest log-in
goes into the Authorization header of most calls and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer
from shop.providers.http import Answer, ApiSession
from shop.providers.tickethead import inferred
from shop.providers.tickethead.fields import unwrap


def expiry(token: str) -> datetime | None:
    """When a token ends, from its `exp`; None where it cannot be read. The signature is not ours to check."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None


class Client:
    """The calls of one account. Raises as `ApiSession.call` does, `ApiError` included."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        self.account = config.name
        world = config.option("global_url").rstrip("/") or inferred.global_url(config.base_url)
        self.payment_path = inferred.payment_path(config.option("payment_path"))

        def session(address: str) -> ApiSession:
            return ApiSession(
                address,
                account=config.name,
                headers={},
                polite=polite,
                rate_per_second=config.rate_per_second,
            )

        self.tenant = session(config.base_url)
        self.world = session(world)

    def _bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _data(self, answer: Answer, verb: str) -> Any:
        return unwrap(answer.body, verb=verb, account=self.account)

    def _one(self, answer: Answer, verb: str) -> dict[str, Any]:
        data = self._data(answer, verb)
        if not isinstance(data, dict):
            raise BadAnswer(f"{verb}: one object was expected", account=self.account)
        return data

    def _many(self, answer: Answer, verb: str) -> list[Any]:
        data = self._data(answer, verb)
        if not isinstance(data, list):
            raise BadAnswer(f"{verb}: a list was expected", account=self.account)
        return data

    # --- account and venue (global host) --------------------------------------------------------------------

    def guest_login(self) -> str:
        """`POST account/v1/guest/login`: a new anonymous user. Repeated like a read: one user more changes
        nothing for anybody."""
        answer = self.world.call("POST", "/account/v1/guest/login", verb="guest_login", json={}, reads=True)
        token = self._one(answer, "guest_login").get("token")
        if not isinstance(token, str) or not token:
            raise BadAnswer("guest_login: no token", account=self.account)
        return token

    def organizer(
        self, organizer: str, token: str, fields: str = inferred.ORGANIZER_FIELDS
    ) -> dict[str, Any]:
        """`GET account/v1/organizer/:id_or_name`: fees, formats, payment window; or its public workspace key."""
        answer = self.world.call(
            "GET", f"/account/v1/organizer/{_segment(organizer)}", verb="organizer", reads=True,
            params={"fields": fields}, headers=self._bearer(token),
        )  # fmt: skip
        return self._one(answer, "organizer")

    def venue(self, venue: str, token: str) -> dict[str, Any]:
        """`GET venue/v1/venue/:id` with its position."""
        answer = self.world.call(
            "GET", f"/venue/v1/venue/{_segment(venue)}", verb="venue", reads=True,
            params={"with": "address.position"}, headers=self._bearer(token),
        )  # fmt: skip
        return self._one(answer, "venue")

    # --- events (tenant host) -------------------------------------------------------------------------------

    def events(
        self, token: str, *, start_at: str, offset: int, relations: str = inferred.LIST_RELATIONS
    ) -> tuple[list[Any], int | None]:
        """`GET event/v1/event`: one page, and how many there are in all where the answer says so."""
        answer = self.tenant.call(
            "GET", "/event/v1/event", verb="events", reads=True, headers=self._bearer(token),
            params={
                "public": "true", "start_at": start_at, "with": relations, "sort_by": "start_at",
                "direction": "asc", "limit": inferred.PAGE, "offset": offset,
            },
        )  # fmt: skip
        found = self._many(answer, "events")
        paging = answer.body.get("paging")
        total = paging.get("total") if isinstance(paging, dict) else None
        return found, total if isinstance(total, int) and not isinstance(total, bool) else None

    def event(self, event: str, token: str, *, relations: str = inferred.EVENT_RELATIONS) -> dict[str, Any]:
        """`GET event/v1/event/:id` with everything that is needed to sell it."""
        answer = self.tenant.call(
            "GET", f"/event/v1/event/{_segment(event)}", verb="event", reads=True, headers=self._bearer(token),
            params={"public": "true", "with": relations},
        )  # fmt: skip
        return self._one(answer, "event")

    def discounts(self, organizer: str, event: str, code: str, token: str) -> list[Any]:
        """`GET event/v1/organizer/:org/event/:id/ticket_discount?code=`."""
        answer = self.tenant.call(
            "GET", f"/event/v1/organizer/{_segment(organizer)}/event/{_segment(event)}/ticket_discount",
            verb="discounts", reads=True, headers=self._bearer(token),
            params={"code": code, "with": "[ticket_config]"},
        )  # fmt: skip
        return self._many(answer, "discounts")

    def health(self) -> Any:
        """`GET event/health`: `{"status": "ok"}`, without envelope."""
        return self.tenant.call("GET", "/event/health", verb="health", reads=True).body

    # --- orders (tenant host) -------------------------------------------------------------------------------

    def create_order(self, body: dict[str, Any], token: str) -> dict[str, Any]:
        """`POST event/v1/order`. There is no idempotency key: sent once."""
        answer = self.tenant.call(
            "POST",
            "/event/v1/order",
            verb="create_order",
            reads=False,
            json=body,
            headers=self._bearer(token),
        )
        return self._one(answer, "create_order")

    def order_contact(self, order: str, body: dict[str, Any], token: str) -> None:
        """`POST event/v1/order/:id/order_contact`: says again who buys; may be repeated by the caller."""
        self.tenant.call(
            "POST", f"/event/v1/order/{_segment(order)}/order_contact", verb="order_contact", reads=False,
            json=body, headers=self._bearer(token), accept=(200, 204),
        )  # fmt: skip

    def order(self, order: str, token: str) -> dict[str, Any]:
        """`GET event/v1/order/:id` with its items and tickets."""
        answer = self.tenant.call(
            "GET", f"/event/v1/order/{_segment(order)}", verb="order", reads=True, headers=self._bearer(token),
            params={"with": inferred.ORDER_RELATIONS},
        )  # fmt: skip
        return self._one(answer, "order")

    def orders(self, token: str) -> list[Any]:
        """`GET event/v1/order`: the orders of this token's own user."""
        answer = self.tenant.call(
            "GET", "/event/v1/order", verb="orders", reads=True, headers=self._bearer(token),
            params={"with": inferred.ORDER_RELATIONS, "limit": inferred.PAGE},
        )  # fmt: skip
        return self._many(answer, "orders")

    def create_payment(self, order: str, token: str) -> dict[str, Any]:
        """`POST payment/v1/payment?order_id=&type=card`, or the path of the account's own choice."""
        answer = self.tenant.call(
            "POST", self.payment_path, verb="create_payment", reads=False, json={}, headers=self._bearer(token),
            params={"order_id": order, "type": "card"},
        )  # fmt: skip
        return self._one(answer, "create_payment")

    def tickets(self, order: str, token: str) -> Answer:
        """`GET event/v1/order/:id/download_tickets`: one file for the whole order, without envelope."""
        return self.tenant.call(
            "GET", f"/event/v1/order/{_segment(order)}/download_tickets", verb="tickets", reads=True, raw=True,
            headers={**self._bearer(token), "Accept": "*/*"},
        )  # fmt: skip


def _segment(value: str) -> str:
    """An id as one segment of a path, whatever is in it."""
    return quote(value, safe="")
