"""Every call of the v3 API that our server makes: plain JSON out, nothing interpreted.

In web mode the server only reads: whatever changes a basket is asked by the visitor's own browser (`asking`). In agent
mode the server changes baskets itself (`agent_client`).
Public and signed calls are two sessions, because the same address answers with more when it is signed.
Pages are those of "Adding Items to the Basket" and of the v3 Help.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import requests

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured, Unavailable, Unsupported
from shop.providers.http import ApiError, ApiSession
from shop.providers.spektrix import inferred, signing
from shop.providers.spektrix.options import Options

Json = dict[str, Any]
GATEWAY = re.compile(r"HTTP 40[13]\b")


def query(**params: object) -> str:
    """ "?a=b&$expand=c/d" with the names as the documents write them; parameters without a value are left out."""
    said = {
        name.replace("expand_", "$expand"): str(value)
        for name, value in params.items()
        if value not in (None, "")
    }
    return "?" + urlencode(said, safe="$/,") if said else ""


class Client:
    """Public reads of one account. Raises as `ApiSession.call` does, `ApiError` included."""

    def __init__(self, config: AccountConfig, options: Options, *, polite: bool = False) -> None:
        self.account = config.name
        self.options = options
        self._config = config
        self._polite = polite
        self._api = ApiSession(
            options.api,
            account=config.name,
            headers={},
            polite=polite,
            rate_per_second=config.rate_per_second,
        )

    def _get(self, path: str, verb: str) -> Any:
        try:
            return self._api.call("GET", path, verb=verb, reads=True).body
        except Misconfigured as error:
            # public reads have no key that could be wrong: a page instead of data comes from a gateway before them
            if GATEWAY.search(error.detail):
                raise Unavailable(f"{error.detail}, from a gateway", account=self.account) from None
            raise

    def _list(self, path: str, verb: str) -> list[Any]:
        found = self._get(path, verb)
        if not isinstance(found, list):
            raise BadAnswer(f"{verb}: a list was expected", account=self.account)
        return found

    def _one(self, path: str, verb: str) -> Json:
        found = self._get(path, verb)
        if not isinstance(found, dict):
            raise BadAnswer(f"{verb}: one object was expected", account=self.account)
        return found

    # --- catalogue --------------------------------------------------------------------------------------------

    def events(self, since: date, until: date) -> list[Any]:
        """`GET events?instanceStart_from&instanceStart_to`: "Events"."""
        return self._list(
            "/events" + query(instanceStart_from=since.isoformat(), instanceStart_to=until.isoformat()),
            "events",
        )

    def event(self, event: str) -> Json:
        """`GET events/{id}`."""
        return self._one(f"/events/{_segment(event)}", "event")

    def instances_of(self, event: str, since: date, until: date | None = None) -> list[Any]:
        """`GET events/{id}/instances?start_from&start_to`: "Instances"."""
        path = f"/events/{_segment(event)}/instances"
        return self._list(
            path + query(start_from=since.isoformat(), start_to=until and until.isoformat()), "instances_of"
        )

    def instances(self, since: date, until: date) -> list[Any]:
        """`GET instances?startFrom&startTo`: other names than above; unknown ones are silently ignored there."""
        return self._list(
            "/instances" + query(startFrom=since.isoformat(), startTo=until.isoformat()), "instances"
        )

    def instance(self, instance: str) -> Json:
        """`GET instances/{id}`."""
        return self._one(f"/instances/{_segment(instance)}", "instance")

    def plan(self, instance: str) -> Json:
        """`GET instances/{id}/plan`: areas within areas, "Unreserved Seating Plans"."""
        return self._one(f"/instances/{_segment(instance)}/plan", "plan")

    def price_list(self, instance: str) -> Json:
        """`GET instances/{id}/price-list?$expand=prices/customItems`: commissions where the venue itemises them."""
        path = f"/instances/{_segment(instance)}/price-list"
        return self._one(path + query(expand_="prices/customItems"), "price_list")

    def status(self, instance: str) -> Json:
        """`GET instances/{id}/status?includeChildPlans=true&includeLockInformation=true`."""
        return self._status(f"/instances/{_segment(instance)}/status", "status")

    def _status(self, path: str, verb: str) -> Json:
        """With the bands, where the server expands them; one that refuses to is asked without."""
        plain = path + "?includeChildPlans=true&includeLockInformation=true"
        try:
            return self._one(f"{plain}&$expand={inferred.STATUS_EXPAND}", verb)
        except ApiError as error:
            if error.status != 400:
                raise
        return self._one(plain, verb)

    def area_status(self, instance: str, area: str) -> Json:
        """`GET instances/{id}/status/areas/{areaId}` with the same two parameters."""
        return self._status(f"/instances/{_segment(instance)}/status/areas/{_segment(area)}", "area_status")

    def seat_status(self, instance: str) -> Any:
        """`GET instances/{id}/status/detail?includeChildPlans=true`: "Retrieve Instance Seat Status"."""
        return self._get(
            f"/instances/{_segment(instance)}/status/detail?includeChildPlans=true", "seat_status"
        )

    def venues(self) -> list[Any]:
        """`GET venues`."""
        return self._list("/venues", "venues")

    def countries(self) -> list[Any]:
        """`GET countries`: for addresses."""
        return self._list("/countries", "countries")

    # --- what else is sold ------------------------------------------------------------------------------------

    def funds(self) -> list[Any]:
        """`GET funds`: "Donations"."""
        return self._list("/funds", "funds")

    def stock_items(self) -> list[Any]:
        """`GET stock-items`: "Merchandise"."""
        return self._list("/stock-items", "stock_items")

    def memberships(self) -> list[Any]:
        """`GET memberships`: "Memberships"."""
        return self._list("/memberships", "memberships")

    def ticket_subscriptions(self) -> list[Any]:
        """`GET ticket-subscription-structures`: "Ticket Subscriptions"."""
        return self._list("/ticket-subscription-structures", "ticket_subscriptions")

    def offers(self, since: date) -> list[Any]:
        """`GET offers?instanceStart_from`: what the venue gives off. Applied by them, never computed by us."""
        return self._list("/offers" + query(instanceStart_from=since.isoformat()), "offers")

    def statements(self) -> list[Any]:
        """`GET statements`: contact preferences."""
        return self._list("/statements", "statements")


class OwnerClient:
    """Signed calls of an account that has owner credentials; see `signing`.

    Raises Misconfigured where the secret is no base64, Unsupported where there are no credentials.
    """

    def __init__(self, config: AccountConfig, options: Options) -> None:
        self.account = config.name
        self._login = config.keys.get("api_user", "")
        self._secret = config.keys.get("secret", "")
        self._empty_body = options.empty_body
        self._base = options.api
        self._api = ApiSession(options.api, account=config.name, headers={})

    @property
    def has_credentials(self) -> bool:
        return bool(self._login and self._secret)

    def call(
        self,
        method: str,
        path: str,
        *,
        verb: str,
        body: bytes | None = None,
        accept: tuple[int, ...] = (200,),
        masks: Sequence[str] = (),
    ) -> Any:
        """One signed call; exactly the bytes and the address that were signed are sent. `accept`, `masks`: as
        `ApiSession.call` has them."""
        if not self.has_credentials:
            raise Unsupported("no owner credentials are set", account=self.account)
        if body is None and method != "GET":
            body = signing.EMPTY_BODY[self._empty_body]
        url = requests.Request(method, self._base + path).prepare().url or ""
        try:
            signed = signing.headers(self._login, self._secret, method, url, http.now(), body)
        except ValueError as wrong:
            raise Misconfigured(str(wrong), account=self.account) from None
        if body:
            signed["Content-Type"] = "application/json"
        return self._api.call(
            method, path, verb=verb, reads=method == "GET", data=body or None, headers=signed, accept=accept,
            masks=masks,
        ).body  # fmt: skip

    def orders(self, since: date, until: date, page: int) -> list[Any]:
        """`GET orders?DateFrom&DateTo&page`: one page."""
        found = self.call(
            "GET",
            "/orders" + query(DateFrom=since.isoformat(), DateTo=until.isoformat(), page=page),
            verb="orders",
        )
        return inferred.page_of_orders(found, account=self.account)

    def order(self, order: str) -> Json:
        """`GET orders/{id}`."""
        found = self.call("GET", f"/orders/{_segment(order)}", verb="order")
        if not isinstance(found, dict):
            raise BadAnswer("order: one object was expected", account=self.account)
        return found


def _segment(value: str) -> str:
    """An id as one segment of a path, whatever is in it."""
    return quote(value, safe="")
