"""Every call of London Theatre Direct's API that we use, in their words. Plain dicts out, nothing interpreted.

Names of documents are pages of their developer portal. "Not documented" marks what was found in their own
public code or is our reading. Errors: see `shop.providers.http`; statuses a method names come back as they are.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured
from shop.providers.http import Answer, ApiSession, LostAnswer

Json = dict[str, Any]
_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)


def json_number(value: Decimal) -> int | float:
    """A price as a JSON number. Two places survive the way through a double and are printed as they were."""
    return int(value) if value == value.to_integral_value() else float(value)


class Client:
    """One account. The key is in a header of every call, GET included; the content type too."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        key = config.keys.get("api_key", "")
        if not key:
            raise Misconfigured("no API key is set", account=config.name)
        self.account = config.name
        self._api = ApiSession(
            config.base_url,
            account=config.name,
            headers={"Api-Key": key, "Content-Type": "application/json"},
            polite=polite,
            rate_per_second=config.rate_per_second,
        )

    # --- plumbing -------------------------------------------------------------------------------------------

    def _get(
        self, path: str, verb: str, *, params: Json | None = None, accept: tuple[int, ...] = (200,)
    ) -> Answer:
        return self._api.call("GET", path, verb=verb, params=params, reads=True, accept=accept)

    def _object(self, answer: Answer, verb: str) -> Json:
        if not isinstance(answer.body, dict):
            raise BadAnswer(f"{verb}: not an object", account=self.account)
        return answer.body

    def _list(self, path: str, verb: str, name: str, *, params: Json | None = None) -> list[Any]:
        """The list under `name`. Null is an empty one; a missing or another thing is no list of theirs."""
        body = self._object(self._get(path, verb, params=params), verb)
        found = body.get(name, False)
        if found is None:
            return []
        if not isinstance(found, list):
            raise BadAnswer(f"{verb}: no list of {name}", account=self.account)
        return found

    def _basket_path(self, basket: str, tail: str = "") -> str:
        return f"/Baskets/{quote(basket, safe='')}{tail}"

    def _read(self, basket: str, tail: str, verb: str, accept: tuple[int, ...] = (200,)) -> Json | None:
        """A GET below a basket; None for a 204."""
        answer = self._api.call(
            "GET", self._basket_path(basket, tail), verb=verb, reads=True, accept=accept, masks=[basket]
        )
        return None if answer.status == 204 else self._object(answer, verb)

    def _write(
        self,
        method: str,
        basket: str,
        tail: str,
        verb: str,
        body: Json | None = None,
        accept: tuple[int, ...] = (200,),
    ) -> tuple[int, Json]:
        answer = self._api.call(
            method,
            self._basket_path(basket, tail),
            verb=verb,
            json=body,
            reads=False,
            accept=accept,
            masks=[basket],
        )
        if not isinstance(answer.body, dict):
            if answer.status >= 400:
                return answer.status, {}
            raise LostAnswer(f"{verb}: not an object", status=answer.status, account=self.account)
        return answer.status, answer.body

    # --- system (System API) ----------------------------------------------------------------------------------

    def heartbeat(self) -> Any:
        """GET /System/HeartBeat: true if the services are available. Shape not documented."""
        return self._get("/System/HeartBeat", "heartbeat").body

    def event_types(self) -> list[Any]:
        """GET /System/EventTypes: [{EventTypeId, EventTypeName}]."""
        return self._list("/System/EventTypes", "event_types", "EventTypes")

    def countries(self) -> list[Any]:
        """GET /System/Countries: [{CountryId, CountryName, Ordering, ISO3166}]."""
        return self._list("/System/Countries", "countries", "Countries")

    def us_states(self) -> list[Any]:
        """GET /System/USStates: [{StateId, StateName, StateCode}]."""
        return self._list("/System/USStates", "us_states", "USStates")

    # --- inventory (Inventory API) ------------------------------------------------------------------------------

    def events(self) -> list[Any]:
        """GET /Events: all that are on sale, in one list. "Events"."""
        return self._list("/Events", "events", "Events")

    def event(self, event_id: str) -> Json:
        """GET /Events/{eventId}: {Event}. "Events". An unknown id is an ApiError 404 (not documented)."""
        return self._object(self._get(f"/Events/{quote(event_id, safe='')}", "event"), "event")

    def venues(self) -> list[Any]:
        """GET /Venues: all, also those with nothing playing. "Venues"."""
        return self._list("/Venues", "venues", "Venues")

    def venue(self, venue_id: str) -> Json:
        """GET /Venues/{venueId}: {Venue}. "Venues"."""
        return self._object(self._get(f"/Venues/{quote(venue_id, safe='')}", "venue"), "venue")

    def performances(self, event_id: str, since: date, until: date) -> list[Any]:
        """GET /Events/{eventId}/Performances?dateFrom&dateTo, days as YYYY-MM-DD. "Performances"."""
        return self._list(
            f"/Events/{quote(event_id, safe='')}/Performances", "performances", "Performances",
            params={"dateFrom": since.isoformat(), "dateTo": until.isoformat()},
        )  # fmt: skip

    def available_tickets(self, performance_id: str, required: int = 1) -> list[Any]:
        """GET /Performances/{id}/AvailableTickets?requiredTicketsCount: free named seats by area. "Performances"."""
        return self._list(
            f"/Performances/{quote(performance_id, safe='')}/AvailableTickets", "available_tickets", "TicketAreas",
            params={"requiredTicketsCount": required},
        )  # fmt: skip

    def areas_prices(self, performance_id: str) -> list[Any]:
        """GET /Performances/{id}/AreasPrices: for general admission and best seats. "Performances"."""
        return self._list(
            f"/Performances/{quote(performance_id, safe='')}/AreasPrices", "areas_prices", "AreasPrices"
        )

    def ticket_plan_price(self) -> Json:
        """GET /TicketPlanPrice: {Price} of booking protection, for one ticket (not documented)."""
        return self._object(self._get("/TicketPlanPrice", "ticket_plan_price"), "ticket_plan_price")

    # --- baskets (Booking API, "Events with Baskets") -----------------------------------------------------------

    def new_basket(self) -> str:
        """POST /Baskets, "Create Basket": the new id. The body is {}: one without a length is a 411."""
        verb = "new_basket"
        answer = self._api.call("POST", "/Baskets", verb=verb, json={}, reads=False)
        body = self._object(answer, verb)
        basket = body.get("BasketId")
        if (
            body.get("Success") is False
            or not isinstance(basket, str)
            or not _GUID.match(basket)
            or not basket.strip("0-")
        ):
            raise BadAnswer(f"{verb}: no basket was created", account=self.account)
        return basket

    def add_tickets(self, basket: str, tickets: list[int]) -> tuple[int, Json]:
        """POST /Baskets/{id}/Tickets with Tickets, "Add Tickets to Basket": status (200, 409) and body.

        403 (empty or invalid basket) is an ApiError.
        """
        return self._write(
            "POST", basket, "/Tickets", "add_tickets", {"BasketId": basket, "Tickets": tickets}, (200, 409)
        )

    def add_best_seats(
        self, basket: str, performance_id: int, area_id: int, seats: int, price: Decimal
    ) -> tuple[int, Json]:
        """POST /Baskets/{id}/Tickets with BestSeats, newer "Add Tickets to Basket": as `add_tickets`."""
        wanted = {
            "PerformanceId": performance_id, "AreaId": area_id, "SeatsCount": seats, "Price": json_number(price),
        }  # fmt: skip
        body = {"BasketId": basket, "BestSeats": wanted}
        return self._write("POST", basket, "/Tickets", "add_best_seats", body, (200, 409))

    def basket(self, basket: str) -> Json:
        """GET /Baskets/{id}, "Get Basket detail"."""
        found = self._read(basket, "", "basket") or {}
        items = found.get("Items", False)
        if items is not None and not (
            isinstance(items, list) and all(isinstance(one, dict) for one in items)
        ):
            raise BadAnswer("basket: no list of Items", account=self.account)
        return found

    def available_deliveries(self, basket: str) -> list[Any]:
        """GET /Baskets/{id}/AvailableDeliveries, "Get Basket available deliveries"; 403 (empty) is an ApiError."""
        found = self._read(basket, "/AvailableDeliveries", "available_deliveries")
        types = (found or {}).get("DeliveryTypes")
        if not isinstance(types, list):
            raise BadAnswer("available_deliveries: no list of DeliveryTypes", account=self.account)
        return types

    def submit_order(self, basket: str, order: Json) -> Json:
        """POST /Baskets/{id}/SubmitOrder, "Submit Order". Refusals are ApiErrors."""
        return self._write("POST", basket, "/SubmitOrder", "submit_order", {"BasketId": basket, **order})[1]

    def submit_order_on_account(self, basket: str, order: Json) -> Json:
        """POST /Baskets/{id}/SubmitOrderOnAccount, "Submit Order on Account". Refusals are ApiErrors."""
        return self._write(
            "POST", basket, "/SubmitOrderOnAccount", "submit_on_account", {"BasketId": basket, **order}
        )[1]

    def summary(self, basket: str) -> Json | None:
        """GET /Baskets/{id}/SubmittedBasketSummary, "Get submitted Basket summary"; None: 204, nothing there."""
        return self._read(basket, "/SubmittedBasketSummary", "summary", (200, 204))

    def print_at_home(self, basket: str) -> Json | None:
        """GET /Baskets/{id}/PrintAtHomeTickets, "Get Print-At-Home tickets"; None: 204, none yet."""
        return self._read(basket, "/PrintAtHomeTickets", "print_at_home", (200, 204))

    def e_tickets(self, basket: str) -> Json | None:
        """GET /Baskets/{id}/ETickets, "Get E-tickets"; None: 204, none yet (not documented)."""
        return self._read(basket, "/ETickets", "e_tickets", (200, 204))

    def delete_item(self, basket: str, item_id: str) -> Json:
        """DELETE /Baskets/{id}/BasketItem/{itemId}, "Delete from Basket". Refusals are ApiErrors."""
        return self._write("DELETE", basket, f"/BasketItem/{quote(item_id, safe='')}", "delete_item")[1]

    def delete_all(self, basket: str) -> Json:
        """DELETE /Baskets/{id}/Tickets, "Delete all from Basket"; 403 (already empty) is an ApiError."""
        return self._write("DELETE", basket, "/Tickets", "delete_all")[1]
