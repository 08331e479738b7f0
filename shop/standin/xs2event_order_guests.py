"""Guest data after booking. Source: XS2Event, "Guest data", "Update bookingorder guestdata" (whole and for one guest)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_guests import Party, check, lead_first, read_guests, shown, too_many
from shop.standin.xs2event_query import IGNORED, Query
from shop.standin.xs2event_wire import body_of, problem, validation

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

_OPEN = ("waitingfordistributor", "waitingforendcustomer")


class OrderGuests:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/bookingorders/<wanted>/guestdata", self.told),
            ("PUT", "/v1/bookingorders/<wanted>/guestdata", self.given),
            ("GET", "/v1/bookingorders/<wanted>/guestdata/<guest_id>", self.one_told),
            ("PUT", "/v1/bookingorders/<wanted>/guestdata/<guest_id>", self.one_given),
        ]

    def told(self, request: StandinRequest, wanted: str) -> Response:
        wrapped = self._world.guestdata.wrapped(request)
        with self._env.store.read() as connection:
            order = self._world.orders.row(connection, request, wanted)
            return as_json(self._view(connection, order, wrapped=wrapped))

    def _view(self, connection: sqlite3.Connection, order: sqlite3.Row, *, wrapped: bool) -> dict[str, Any]:
        items = [
            self._world.guestdata.item(
                connection,
                order["reservation_id"],
                ticket_id,
                about["quantity"],
                about["asks"],
                wrapped=wrapped,
            )
            for ticket_id, about in json.loads(order["body"])["tickets"].items()
        ]
        return {"bookingorder_id": order["id"], "items": items}

    def _open(self, order: sqlite3.Row) -> None:
        """Once XS2Event has passed the data on, nothing can be changed here; our reading."""
        if order["guest_status"] not in _OPEN:
            raise problem(409, "guest-data-closed", "Guest data can no longer be changed",
                          f"guestdata_status is {order['guest_status']}")  # fmt: skip

    def given(self, request: StandinRequest, wanted: str) -> Response:
        """Guests with a known id are written anew, guests without one are added. What may follow until the download may
        still be missing afterwards: the order then goes on waiting for it."""
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        body = body_of(request)
        with self._env.store.write() as connection:
            order = self._world.orders.row(connection, request, wanted)
            self._open(order)
            parties = self._merged(connection, order, body)
            too_many(parties)
            check(parties, self._env.clock.now().date())
            for party in parties:
                self._world.guests.keep(connection, order["reservation_id"], party)
            self._world.orders.review_guests(connection, order)
            view = self._view(connection, order, wrapped=False)
        return as_json(view)

    def _merged(
        self, connection: sqlite3.Connection, order: sqlite3.Row, body: dict[str, Any]
    ) -> list[Party]:
        items = body.get("items")
        if not isinstance(items, list) or not items:
            raise validation({"items": "required" if items is None else "must be a list that is not empty"})
        kept = {party.ticket_id: party for party in self._world.orders.parties(connection, order)}
        errors: dict[str, str] = {
            name: "unknown" for name in body if name not in {"items", "bookingorder_id"}
        }
        touched: list[Party] = []
        for place, item in enumerate(items):
            where = f"items.{place}"
            if not isinstance(item, dict):
                errors[where] = "must be an object"
                continue
            for name in set(item) - {"ticket_id", "guests"}:
                errors[f"{where}.{name}"] = "unknown"
            party = kept.get(str(item.get("ticket_id")))
            if party is None:
                errors[f"{where}.ticket_id"] = "not part of the order"
                continue
            if party in touched:
                errors[f"{where}.ticket_id"] = "a ticket is listed twice"
                continue
            for number, guest in enumerate(read_guests(item.get("guests"), f"{where}.guests", errors)):
                if guest.guest_id is None:
                    guest.lead = guest.lead and not any(each.lead for each in party.guests)
                    party.guests.append(guest)
                    continue
                known = next((each for each in party.guests if each.guest_id == guest.guest_id), None)
                if known is None:
                    errors[f"{where}.guests.{number}.guest_id"] = "unknown"
                else:
                    known.values = guest.values
            lead_first(party.guests)
            touched.append(party)
        if errors:
            raise validation(errors)
        return touched

    def _one(
        self, connection: sqlite3.Connection, order: sqlite3.Row, guest_id: str
    ) -> tuple[sqlite3.Row, dict[str, Any]]:
        row = self._world.guestdata.guest(connection, order["reservation_id"], guest_id)
        about = json.loads(order["body"])["tickets"].get(row["ticket_id"])
        if about is None:
            # A guest of another order of the same booking.
            row = self._world.guestdata.guest(connection, "", guest_id)
        return row, about

    def one_told(self, request: StandinRequest, wanted: str, guest_id: str) -> Response:
        wrapped = self._world.guestdata.wrapped(request)
        with self._env.store.read() as connection:
            order = self._world.orders.row(connection, request, wanted)
            row, about = self._one(connection, order, guest_id)
        return as_json(shown(row, about["asks"], bool(row["lead"]), wrapped=wrapped))

    def one_given(self, request: StandinRequest, wanted: str, guest_id: str) -> Response:
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        body = body_of(request)
        with self._env.store.write() as connection:
            order = self._world.orders.row(connection, request, wanted)
            self._open(order)
            row, about = self._one(connection, order, guest_id)
            new = self._world.guestdata.put_one(
                connection, order["reservation_id"], row, about["quantity"], about["asks"], body
            )
            self._world.orders.review_guests(connection, order)
        return as_json(shown(new, about["asks"], bool(new["lead"]), wrapped=False))
