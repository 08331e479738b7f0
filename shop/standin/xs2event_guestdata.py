"""Guest data of a reservation: asked, given, given anew. Source: XS2Event, "Guest data", "Add reservation guestdata"."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_guests import (
    FIELDS,
    Given,
    Guests,
    Party,
    check,
    lead_first,
    read_guest,
    read_guests,
    shown,
    too_many,
)
from shop.standin.xs2event_query import IGNORED, Query
from shop.standin.xs2event_requirements import places
from shop.standin.xs2event_wire import body_of, not_found, problem, validation

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

ASKED = {"include_conditions": IGNORED, "country_hint": IGNORED}


class GuestData:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env
        self._guests: Guests = world.guests

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/reservations/<wanted>/guestdata", self.told),
            ("POST", "/v1/reservations/<wanted>/guestdata", self.given),
            ("GET", "/v1/reservations/<wanted>/guestdata/<guest_id>", self.one_told),
            ("PUT", "/v1/reservations/<wanted>/guestdata/<guest_id>", self.one_given),
            ("POST", "/v1/reservations/<wanted>/guests", self.ungrouped),
        ]

    def wrapped(self, request: StandinRequest) -> bool:
        """Whether guests are told field by field with their conditions. Checks the query, too."""
        query = Query(request, ASKED, paged=False)
        query.country_hint()
        return query.flag("include_conditions") or self._world.settings["guests"] == "wrapped"

    def asks(self, ticket_id: str) -> str:
        ticket = self._world.catalogue.ticket_of(ticket_id)
        return ticket.spec.asks if ticket else "none"

    def item(
        self,
        connection: sqlite3.Connection,
        reservation_id: str,
        ticket_id: str,
        quantity: int,
        asks: str,
        *,
        wrapped: bool,
    ) -> dict[str, Any]:
        """One item of a GET: the guests that are known, then the places that are still to be filled."""
        kept: list[sqlite3.Row | None] = []
        if self._world.settings["guests_come_back"]:
            kept = [*self._guests.of(connection, reservation_id, ticket_id)]
        kept += [None] * (places(asks, quantity) - len(kept))
        guests = []
        for place, row in enumerate(kept):
            lead = bool(row["lead"]) if row is not None else place == 0
            guests.append(shown(row, asks, lead, wrapped=wrapped))
        return {"ticket_id": ticket_id, "quantity": quantity, "guests": guests}

    # A reservation

    def told(self, request: StandinRequest, wanted: str) -> Response:
        wrapped = self.wrapped(request)
        with self._env.store.read() as connection:
            row = self._world.reservations.row(connection, request, wanted)
            items = [
                self.item(
                    connection,
                    row["id"],
                    item["ticket_id"],
                    item["quantity"],
                    self.asks(item["ticket_id"]),
                    wrapped=wrapped,
                )
                for item in self._world.reservations.items(connection, wanted)
            ]
        return as_json({"items": items})

    def given(self, request: StandinRequest, wanted: str) -> Response:
        """Everything is kept or, with a 422, nothing; the latter is our reading. Tickets that are not in the body keep
        what they have."""
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        body = body_of(request)
        with self._env.store.write() as connection:
            row = self._world.reservations.row(connection, request, wanted)
            self._world.reservations.usable(row)
            parties = self._parties(connection, wanted, body)
            too_many(parties)
            check(parties, self._env.clock.now().date())
            echo = []
            for party in parties:
                ids = self._guests.keep(connection, wanted, party)
                echo.append(self._echo(party, ids))
        if self._env.faults.take(self._world.name, "guests_forgotten", reservation_id=wanted):
            with self._env.store.write() as connection:
                self._guests.cut(connection, wanted, {})
        return as_json({"items": echo})

    def _parties(self, connection: sqlite3.Connection, wanted: str, body: dict[str, Any]) -> list[Party]:
        """The guests of a body by ticket. Raises 422."""
        items = body.get("items")
        if not isinstance(items, list) or not items:
            raise validation({"items": "required" if items is None else "must be a list that is not empty"})
        reserved = {i["ticket_id"]: i["quantity"] for i in self._world.reservations.items(connection, wanted)}
        errors: dict[str, str] = {name: "unknown" for name in body if name != "items"}
        parties: list[Party] = []
        for place, item in enumerate(items):
            where = f"items.{place}"
            if not isinstance(item, dict):
                errors[where] = "must be an object"
                continue
            for name in set(item) - {"ticket_id", "quantity", "guests"}:
                errors[f"{where}.{name}"] = "unknown"
            ticket_id, quantity = item.get("ticket_id"), item.get("quantity")
            if not isinstance(ticket_id, str) or ticket_id not in reserved:
                errors[f"{where}.ticket_id"] = (
                    "required" if ticket_id is None else "not part of the reservation"
                )
                continue
            if quantity is None:
                errors[f"{where}.quantity"] = "required"
            elif quantity != reserved[ticket_id] or isinstance(quantity, bool):
                errors[f"{where}.quantity"] = f"{reserved[ticket_id]} are reserved"
            if any(party.ticket_id == ticket_id for party in parties):
                errors[f"{where}.ticket_id"] = "a ticket is listed twice"
            guests = read_guests(item.get("guests"), f"{where}.guests", errors)
            lead_first(guests)
            parties.append(Party(ticket_id, reserved[ticket_id], self.asks(ticket_id), guests))
        if errors:
            raise validation(errors)
        return parties

    def _echo(self, party: Party, ids: list[str]) -> dict[str, Any]:
        tell = bool(self._world.settings["echo_guest_ids"])
        return {
            "ticket_id": party.ticket_id,
            "quantity": party.quantity,
            "guests": [
                {
                    "guest_id": guest_id if tell else None,
                    **{name: guest.values.get(name) for name in FIELDS},
                    "lead_guest": guest.lead,
                }
                for guest, guest_id in zip(party.guests, ids, strict=True)
            ],
        }

    # One guest

    def guest(self, connection: sqlite3.Connection, reservation_id: str, guest_id: str) -> sqlite3.Row:
        for row in self._guests.of(connection, reservation_id):
            if row["id"] == guest_id:
                return row
        raise not_found("guest", guest_id)

    def one_told(self, request: StandinRequest, wanted: str, guest_id: str) -> Response:
        wrapped = self.wrapped(request)
        with self._env.store.read() as connection:
            self._world.reservations.row(connection, request, wanted)
            row = self.guest(connection, wanted, guest_id)
        return as_json(shown(row, self.asks(row["ticket_id"]), bool(row["lead"]), wrapped=wrapped))

    def one_given(self, request: StandinRequest, wanted: str, guest_id: str) -> Response:
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        body = body_of(request)
        with self._env.store.write() as connection:
            row = self._world.reservations.row(connection, request, wanted)
            self._world.reservations.usable(row)
            kept = self.guest(connection, wanted, guest_id)
            quantity = next(
                item["quantity"]
                for item in self._world.reservations.items(connection, wanted)
                if item["ticket_id"] == kept["ticket_id"]
            )
            new = self.put_one(connection, wanted, kept, quantity, self.asks(kept["ticket_id"]), body)
            answer = shown(new, self.asks(kept["ticket_id"]), bool(new["lead"]), wrapped=False)
        return as_json(answer)

    def put_one(
        self,
        connection: sqlite3.Connection,
        reservation_id: str,
        kept: sqlite3.Row,
        quantity: int,
        asks: str,
        body: dict[str, Any],
    ) -> sqlite3.Row:
        """A flat guest replaces the one that is kept, who goes on leading or not. Raises the 422 of the documents."""
        errors: dict[str, str] = {}
        guest = read_guest(body, "guest", errors)
        if guest.guest_id not in {None, kept["id"]}:
            errors["guest.guest_id"] = "another guest"
        if errors:
            raise validation(errors)
        guest.guest_id, guest.lead = kept["id"], bool(kept["lead"])
        check([Party(kept["ticket_id"], 1, asks, [guest])], self._env.clock.now().date())
        party = self._guests.party(connection, reservation_id, kept["ticket_id"], quantity, asks)
        party.guests[kept["place"]] = guest
        self._guests.keep(connection, reservation_id, party)
        return self.guest(connection, reservation_id, kept["id"])

    # Without tickets

    def ungrouped(self, request: StandinRequest, wanted: str) -> Response:
        """Guests in a row are dealt out over the reservation's tickets in their order."""
        Query(request, {}, paged=False)
        errors: dict[str, str] = {}
        guests = read_guests(body_of(request).get("guests"), "guests", errors)
        if errors:
            raise validation(errors)
        with self._env.store.write() as connection:
            row = self._world.reservations.row(connection, request, wanted)
            self._world.reservations.usable(row)
            parties = []
            for item in self._world.reservations.items(connection, wanted):
                mine: list[Given] = guests[: item["quantity"]]
                guests = guests[item["quantity"] :]
                lead_first(mine)
                parties.append(Party(item["ticket_id"], item["quantity"], self.asks(item["ticket_id"]), mine))
            if guests:
                raise problem(422, "validation", "Validation failed", "More guests than tickets")
            check(parties, self._env.clock.now().date())
            answer = []
            for party in parties:
                self._guests.keep(connection, wanted, party)
                for kept in self._guests.of(connection, wanted, party.ticket_id):
                    flat = shown(kept, party.asks, bool(kept["lead"]), wrapped=False)
                    answer.append({**flat, "reservation_id": wanted, "ticket_id": party.ticket_id})
        return as_json({"guests": answer})
