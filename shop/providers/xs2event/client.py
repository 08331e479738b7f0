"""XS2Event's HTTP API, one method for each endpoint used; plain dicts out, nothing interpreted.

The key is in a header of every call. Lists come as {"<plural>": [...], "pagination": {...}}; the address of the next page
is never followed, pages are counted. Money is whole minor units, times are naive. Errors: see `shop.providers.http`.
Sources: XS2Event, API reference; booking flow (reservation, guest data, booking); e-tickets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured
from shop.providers.http import Answer, ApiSession, LostAnswer
from shop.providers.xs2event import inferred
from shop.providers.xs2event.reading import Json

MOST_PAGES = 500  # of one list; beyond it their pages go round in a circle


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page; `total` of the whole list, where the answer says so."""

    rows: list[Any]
    total: int | None


class Client:
    """The calls of one account. Raises as `ApiSession.call` does, `ApiError` included."""

    def __init__(self, config: AccountConfig, *, polite: bool = False) -> None:
        key = config.keys.get("api_key", "")
        if not key:
            raise Misconfigured("no API key is set", account=config.name)
        self.account = config.name
        self._api = ApiSession(
            config.base_url,
            account=config.name,
            headers={"X-Api-Key": key},
            polite=polite,
            rate_per_second=config.rate_per_second,
        )

    # --- plumbing -------------------------------------------------------------------------------------------------

    def _object(self, answer: Answer, verb: str, *, reads: bool = True) -> Json:
        if isinstance(answer.body, dict):
            return answer.body
        if reads:
            raise BadAnswer(f"{verb}: not an object", account=self.account)
        raise LostAnswer(f"{verb}: not an object", status=answer.status, account=self.account)

    def _get(self, path: str, verb: str, *, params: Mapping[str, Any] | None = None, mask: str = "") -> Json:
        return self._object(
            self._api.call("GET", path, verb=verb, reads=True, params=params, masks=[mask]), verb
        )

    def _write(self, method: str, path: str, verb: str, body: Json, *, mask: str = "") -> Json:
        answer = self._api.call(method, path, verb=verb, reads=False, json=body, masks=[mask])
        return self._object(answer, verb, reads=False)

    def _pages(
        self, path: str, verb: str, name: str, params: Mapping[str, Any], size: int = 0
    ) -> Iterator[Page]:
        size = size or inferred.PAGE_SIZE
        for number in range(1, MOST_PAGES + 1):
            body = self._get(path, verb, params={**params, "page": number, "page_size": size})
            rows = body.get(name)
            if not isinstance(rows, list):
                raise BadAnswer(f"{verb}: no list of {name}", account=self.account)
            paging = body.get("pagination")
            paging = paging if isinstance(paging, dict) else {}
            total = paging.get("total_size")
            yield Page(rows, total if isinstance(total, int) and not isinstance(total, bool) else None)
            if not rows or not paging.get("next_page"):
                return
        raise BadAnswer(f"{verb}: more pages than there can be", account=self.account)

    def _all(self, path: str, verb: str, name: str, params: Mapping[str, Any]) -> list[Any]:
        return [row for page in self._pages(path, verb, name, params) for row in page.rows]

    # --- catalogue --------------------------------------------------------------------------------------------------

    def sports(self) -> list[Any]:
        """`GET /sports`: [{sport_id}]."""
        return self._all("/sports", "sports", "sports", {})

    def one_sport(self) -> Json:
        """`GET /sports?page_size=1`: the cheapest call that proves address and key."""
        return self._get("/sports", "sign_of_life", params={"page_size": 1})

    def events(self, sport: str, since: str) -> Iterator[Page]:
        """`GET /events` of one sport that end on or after a day (YYYY-MM-DD)."""
        return self._pages("/events", "events", "events", {"sport_type": sport, "date_stop": f"ge:{since}"})

    def event(self, event: str) -> Json:
        """`GET /events/{event_id}`."""
        return self._get(f"/events/{_segment(event)}", "event")

    def categories(self, event: str) -> list[Any]:
        """`GET /categories` of an event."""
        return self._all("/categories", "categories", "categories", {"event_id": event})

    def tickets(self, event: str) -> list[Any]:
        """`GET /tickets` of an event that can be had now. Never cached."""
        said = {"event_id": event, "ticket_status": "available", "stock": "gt:0"}
        return self._all("/tickets", "tickets", "tickets", said)

    def ticket(self, ticket: str) -> Json:
        """`GET /tickets/{ticket_id}`: read again right before it is reserved."""
        return self._get(f"/tickets/{_segment(ticket)}", "ticket")

    def ticket_guestdata(self, ticket: str) -> Json:
        """`GET /tickets/{ticket_id}/guestdata`: {guest_data_requirements}."""
        return self._get(f"/tickets/{_segment(ticket)}/guestdata", "ticket_guestdata")

    # --- reservations -------------------------------------------------------------------------------------------------

    def create_reservation(self, body: Json) -> Json:
        """`POST /reservations`. There is no idempotency key: sent once; `external_reference_id` finds it again."""
        return self._write("POST", "/reservations", "create_reservation", body)

    def reservations(self, reference: str) -> list[Any]:
        """`GET /reservations` with our `external_reference_id`."""
        return self._all(
            "/reservations", "reservations", "reservations", {"external_reference_id": reference}
        )

    def reservation(self, reservation: str) -> Json:
        """`GET /reservations/{id}`."""
        return self._get(f"/reservations/{_segment(reservation)}", "reservation", mask=reservation)

    def change_reservation(self, reservation: str, body: Json) -> Json:
        """`PUT /reservations/{id}`: `items` replace all that were in it."""
        path = f"/reservations/{_segment(reservation)}"
        return self._write("PUT", path, "change_reservation", body, mask=reservation)

    def delete_reservation(self, reservation: str) -> None:
        """`DELETE /reservations/{id}`: 200 with nothing in it, or 204."""
        try:
            self._api.call(
                "DELETE", f"/reservations/{_segment(reservation)}", verb="delete_reservation", reads=False,
                accept=(200, 204), masks=[reservation],
            )  # fmt: skip
        except LostAnswer as lost:
            if lost.status not in (200, 202):  # an empty 200 is what they document
                raise

    def reservation_guestdata(self, reservation: str) -> Json:
        """`GET /reservations/{id}/guestdata`, each field with its condition."""
        return self._get(
            f"/reservations/{_segment(reservation)}/guestdata", "reservation_guestdata",
            params={"include_conditions": "true"}, mask=reservation,
        )  # fmt: skip

    def give_guestdata(self, reservation: str, body: Json) -> Json:
        """`POST /reservations/{id}/guestdata`: all guests of all items at once."""
        path = f"/reservations/{_segment(reservation)}/guestdata"
        return self._write("POST", path, "give_guestdata", body, mask=reservation)

    # --- bookings -------------------------------------------------------------------------------------------------------

    def create_booking(self, body: Json) -> Json:
        """`POST /bookings`. There is no idempotency key: sent once; `booking_of` tells what came of it."""
        return self._write("POST", "/bookings", "create_booking", body)

    def booking_of(self, reservation: str) -> Json:
        """`GET /bookings/reservation/{reservation_id}`: the booking that was made of it."""
        return self._get(f"/bookings/reservation/{_segment(reservation)}", "booking_of", mask=reservation)

    def bookingorders(self, booking: str) -> list[Any]:
        """`GET /bookingorders` of a booking, with what can be downloaded."""
        return self._all("/bookingorders", "bookingorders", "bookingorders", {"booking_id": booking})

    def order_guestdata(self, order: str) -> Json:
        """`GET /bookingorders/{id}/guestdata`, each field with its condition."""
        return self._get(
            f"/bookingorders/{_segment(order)}/guestdata", "order_guestdata",
            params={"include_conditions": "true"}, mask=order,
        )  # fmt: skip

    def change_guestdata(self, order: str, body: Json) -> Json:
        """`PUT /bookingorders/{id}/guestdata`: all guests at once, by their `guest_id`s. No quantity in it."""
        path = f"/bookingorders/{_segment(order)}/guestdata"
        return self._write("PUT", path, "change_guestdata", body, mask=order)

    def eticket(self, order: str, item: str, name: str) -> Answer:
        """`GET /etickets/download/{bookingorder_id}/{orderitem_id}/url/{download_link}`: one PDF."""
        return self._api.call(
            "GET", f"/etickets/download/{_segment(order)}/{_segment(item)}/url/{_segment(name)}", verb="eticket",
            reads=True, raw=True, headers={"Accept": "*/*"}, masks=[order, item, _segment(name)],
        )  # fmt: skip


def _segment(value: str) -> str:
    """An id as one segment of a path, whatever is in it."""
    return quote(value, safe="")
