"""Signed calls that change something: baskets and customers of "Agent" and "System Owner" mode (v3 Help, `mode=Agent`).

A basket of our own is `baskets/{id}`; below it the calls are those of "Adding Items to the Basket", with the same bodies.
What was refused and what was lost comes back as a `Reply` (status 0: no answer that counts), to be judged as what a
visitor's browser heard.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from shop.providers.answers import NOT_JSON, SUCCESS
from shop.providers.errors import BadAnswer, HoldGone, Misconfigured, Unavailable
from shop.providers.http import ApiError, LostAnswer
from shop.providers.spektrix import inferred_agent as inferred
from shop.providers.spektrix import reading
from shop.providers.spektrix.client import OwnerClient, query
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.told import Reply

TRIES = 2  # of making an empty basket


def _bytes(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class AgentClient(OwnerClient):
    """Raises Misconfigured for a signature that is refused, Unavailable where nothing was sent."""

    def _asked(
        self, method: str, path: str, *, verb: str, body: Any = None, masks: Sequence[str] = ()
    ) -> Reply:
        """One change. Raises Unavailable where it never went out."""
        try:
            found = self.call(
                method, path, verb=verb, body=None if body is None else _bytes(body), accept=(200, 204), masks=masks
            )  # fmt: skip
        except ApiError as error:
            self._locked_out(error)
            return Reply(error.status, error.body)
        except LostAnswer as lost:
            # a yes without words is a yes; a page in place of it is somebody else's, from before the API
            is_page = lost.detail.endswith(NOT_JSON)
            return Reply(lost.status if lost.status in SUCCESS and not is_page else 0, None)
        return Reply(200, found)

    def _locked_out(self, error: ApiError) -> None:
        if error.status == 401:
            raise Misconfigured(f"{error.detail}: the signature was refused", account=self.account) from None

    # --- baskets ------------------------------------------------------------------------------------------------

    def make_basket(self) -> str:
        """`POST baskets`: the id of a new one. Asked again where the answer was lost: an empty one holds nothing."""
        for _try in range(TRIES):
            reply = self._asked("POST", "/baskets", verb="make_basket", body=inferred.new_basket_body())
            if reply.status:
                break
        else:
            raise Unavailable("a basket could not be made", account=self.account)
        found = reading.record(reply.body)
        made = reading.optional_ref(found, "id") or reading.optional_ref(found, "basketId")
        if not reply.ok or not made:
            raise BadAnswer(f"make_basket: HTTP {reply.status} and no basket", account=self.account)
        return made

    def basket(self, basket: str) -> Json:
        """`GET baskets/{id}`. Raises HoldGone where they do not know it (any more)."""
        try:
            found = self.call("GET", f"/baskets/{_segment(basket)}", verb="read_basket", masks=(basket,))
        except ApiError as error:
            self._locked_out(error)
            if inferred.is_gone(error.status):
                raise HoldGone("their basket is gone", account=self.account) from None
            raise
        if not isinstance(found, dict):
            raise BadAnswer("read_basket: an object was expected", account=self.account)
        return found

    def change_basket(self, basket: str, method: str, path: str, body: Any) -> Reply:
        """A call below `baskets/{id}`: `path` is "" or as those of `asking.Asking`."""
        verb = f"basket_{method.lower()}{'_' if path else ''}{path.strip('/').split('?')[0].split('/')[0]}"
        return self._asked(
            method, f"/baskets/{_segment(basket)}{path}", verb=verb.replace("-", "_"), body=body, masks=(basket,)
        )  # fmt: skip

    def confirm(self, basket: str, *, mails: bool) -> Reply:
        """`POST baskets/{id}/confirm`: makes an order of it, on the agent's credit. Never asked twice by itself."""
        body = inferred.confirm_body(mails)
        return self._asked(
            "POST", f"/baskets/{_segment(basket)}/confirm", verb="confirm", body=body, masks=(basket,)
        )

    # --- customers ----------------------------------------------------------------------------------------------

    def customer_by_email(self, email: str) -> Json | None:
        """`GET customers?email=`: one, or None."""
        try:
            found = self.call(
                "GET", "/customers" + query(email=email), verb="find_customer", masks=_said(email)
            )
        except ApiError as error:
            self._locked_out(error)
            if error.status in {400, 404}:
                return None
            raise
        first = found[0] if isinstance(found, list) and found else found
        return first if isinstance(first, dict) and reading.optional_ref(first, "id") else None

    def make_customer(self, body: Json) -> Reply:
        """`POST customers`. "Duplicate Entry" where the address is known."""
        return self._asked("POST", "/customers", verb="make_customer", body=body)

    def set_address(self, customer: str, method: str, path: str, body: Json) -> Reply:
        """A call below `customers/{id}`."""
        path = f"/customers/{_segment(customer)}{path}"
        return self._asked(method, path, verb="set_address", body=body, masks=(customer,))


def _segment(value: str) -> str:
    return quote(value, safe="")


def _said(email: str) -> tuple[str, ...]:
    """An address as it stands in a query, for the log to leave out."""
    return tuple({email, query(email=email).removeprefix("?email=")})
