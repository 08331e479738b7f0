"""Tickets in a basket of the imitated Spektrix: add, replace, best available, change, take out.

Sources: Spektrix, "Adding Items to the Basket"; v3 help (basket/tickets); "Queuing". An array is taken whole or
refused whole. The status of a refusal is not documented; our reading: 400 (409 for a seat that somebody else has).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import spektrix_prices as pricing
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_plans import Area, Seat
from shop.standin.spektrix_season import Attribute, Instance
from shop.standin.spektrix_stock import Stock
from shop.standin.spektrix_wire import (
    Json,
    Refusal,
    body_of,
    invalid,
    missing,
    number_in,
    objects,
    one_object,
    query_numbers,
    to_utc,
)
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

NOT_BEST = "Best Available Seats not possible for this event instance"


@dataclass(frozen=True)
class Wanted:
    instance: Instance
    area: Area
    seat: Seat | None
    price: pricing.Price


class Tickets:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    # Calls

    def read(self, request: StandinRequest, caller: Caller) -> Response:
        return as_json(self._all(request, caller))

    def _all(self, request: StandinRequest, caller: Caller) -> list[Json]:
        with self.env.store.read() as connection:
            found = caller.contents(connection)
        return self.world.view.tickets(request, caller.tenant, found) if found is not None else []

    def add(self, request: StandinRequest, caller: Caller, *, replace: bool = False) -> Response:
        """Answers with every ticket that is in the basket now, not with the new ones alone."""
        data = body_of(request)
        rows = [] if replace and data == [] else objects(request)
        self._before(caller, [self._instance(caller, row) for row in rows])
        with self.env.store.write() as connection:
            basket = caller.need(connection)
            if replace:
                connection.execute(
                    "DELETE FROM spk_tickets WHERE basket_id = ? AND order_id IS NULL", (basket["id"],)
                )
            for row in rows:
                self.take(connection, caller, basket["id"], self.wanted(caller, row))
            self.world.baskets.touch(connection, basket["id"])
        return as_json(self._all(request, caller))

    def best(self, request: StandinRequest, caller: Caller) -> Response:
        """``instance``, ``quantity``; ``bands`` and ``areas`` as lists of ids (their names are our reading)."""
        given = one_object(request)
        found = self._instance(caller, given)
        self._before(caller, [found])
        quantity = _quantity(given.get("quantity"))
        kind = number_in(given, "type", "ticketType", what="type") if given.get("type") else None
        bands, areas = (self._numbers(given.get(name), name) for name in ("bands", "areas"))
        with self.env.store.write() as connection:
            basket = caller.need(connection)
            for area, seat in self._best(connection, caller, found, quantity, bands, areas):
                price = self._price(caller, found, seat.band, kind)
                self.take(connection, caller, basket["id"], Wanted(found, area, seat, price))
            self.world.baskets.touch(connection, basket["id"])
        return as_json(self._all(request, caller))

    def look(self, request: StandinRequest, caller: Caller, text: str) -> Response:
        """``instances/{id}/best-available``: the seats it would take; nothing is held."""
        found = self.world.catalogue.instance(caller.tenant, text, signed=caller.mode != "web")
        quantity = _quantity(request.args.get("quantity"))
        with self.env.store.read() as connection:
            seats = self._best(connection, caller, found, quantity, set(), set())
        return as_json([{**seat.wire(), "planId": wire_id(area.number)} for area, seat in seats])

    def change(self, request: StandinRequest, caller: Caller, text: str | None = None) -> Response:
        """``type`` and ``attribute_<label>`` of one ticket, of those in ``ticketIds``, or of all."""
        given = one_object(request)
        kind = number_in(given, "type", "ticketType", what="type") if given.get("type") else None
        written = labelled(caller.tenant.ticket_attributes, given)
        with self.env.store.write() as connection:
            basket = caller.find(connection)
            rows = self._chosen(connection, basket, request, text)
            for row in rows:
                if kind is not None:
                    found = self.world.catalogue.instance(caller.tenant, row["instance"], signed=True)
                    price = self._price(caller, found, row["band"], kind)
                    connection.execute(
                        "UPDATE spk_tickets SET type = ?, price = ?, commission = ? WHERE id = ?",
                        (kind, price.nominal, price.commission, row["id"]),
                    )
                connection.execute(
                    "UPDATE spk_tickets SET attributes = ? WHERE id = ?",
                    (json.dumps({**json.loads(row["attributes"]), **written}), row["id"]),
                )
            if basket is not None and rows:
                self.world.baskets.touch(connection, basket["id"])
        answer = self._all(request, caller)
        if text is not None:
            return as_json(next(ticket for ticket in answer if ticket["id"] == text))
        return as_json(answer)

    def remove(self, request: StandinRequest, caller: Caller) -> Response:
        """Those of ``ticketIds``; without any nothing is removed, which is our reading."""
        if not query_numbers(request, "ticketIds"):
            raise invalid("ticketIds is required.")
        with self.env.store.write() as connection:
            basket = caller.find(connection)
            rows = self._chosen(connection, basket, request, None)
            connection.executemany("DELETE FROM spk_tickets WHERE id = ?", [(row["id"],) for row in rows])
            if basket is not None:
                self.world.baskets.touch(connection, basket["id"])
        return Response(status=204)

    # The work

    def _instance(self, caller: Caller, row: Json) -> Instance:
        number = number_in(row, "instance", what="instance")
        try:
            return self.world.catalogue.instance(caller.tenant, number, signed=caller.mode != "web")
        except Refusal:
            raise invalid("The event instance does not exist.") from None

    def _before(self, caller: Caller, found: list[Instance]) -> None:
        """Queue and faults come before anything is looked at; the queue in web mode only."""
        for each in dict.fromkeys(found):
            if caller.session is not None:
                self.world.queue.guard(caller.session, caller.tenant, each)
            if self.env.faults.take(
                "spektrix", "sold_out", instance=wire_id(each.number), client=caller.tenant.client
            ):
                raise _sold_out()
            if self.env.faults.take("spektrix", "seat_taken", instance=wire_id(each.number)):
                raise _seat_taken()

    def wanted(self, caller: Caller, row: Json) -> Wanted:
        found = self._instance(caller, row)
        plan = self.world.catalogue.plan_of(caller.tenant, found)
        has_seat, has_plan = bool(row.get("seat")), bool(row.get("seatingPlan"))
        if has_seat == has_plan:
            raise invalid("Either seat or seatingPlan must be given." if not has_seat else
                          "seat and seatingPlan cannot both be given.")  # fmt: skip
        kind = number_in(row, "type", "ticketType", what="type")
        if has_seat:
            number = number_in(row, "seat", what="seat")
            pairs = ((leaf, seat) for leaf in plan.leaves() for seat in leaf.seats if seat.number == number)
            area, seat = next(pairs, (None, None))
            if area is None or seat is None:
                raise invalid("The seat does not belong to the event instance.")
            return Wanted(found, area, seat, self._price(caller, found, seat.band, kind))
        number = number_in(row, "seatingPlan", what="seatingPlan")
        area = next((each for each in plan.walk() if each.number == number), None)
        if area is None:
            raise invalid("The seating plan does not belong to the event instance.")
        if area.areas:
            raise invalid("A seating plan with areas cannot be booked itself; give one of its areas.")
        if area.reserved:
            raise invalid("A seat is required for a reserved seating plan.")
        return Wanted(found, area, None, self._price(caller, found, area.band, kind))

    def _price(self, caller: Caller, found: Instance, band: int, kind: int | None) -> pricing.Price:
        rows = self.world.catalogue.prices(caller.tenant, found)
        if kind is None:
            return next(price for price in rows if price.band == band and price.default)
        price = pricing.find(rows, band, kind)
        if price is None:
            raise invalid("The ticket type is not available for this event instance.")
        return price

    def take(self, connection: sqlite3.Connection, caller: Caller, basket_id: int, wanted: Wanted) -> None:
        """One ticket into the basket. Raises 400 for what is not sold, 409 for a seat that is gone."""
        self._on_sale(caller, wanted.instance)
        stock = self.stock(caller, wanted.instance)
        held = stock.held(connection)
        if wanted.seat is None:
            if stock.left(wanted.area, held) < 1:
                raise _sold_out()
        elif not stock.free(wanted.seat, wanted.area, held):
            raise _seat_taken()
        connection.execute(
            "INSERT INTO spk_tickets (client, basket_id, instance, area, seat, type, band, price, commission)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (caller.tenant.client, basket_id, wanted.instance.number, wanted.area.number,
             wanted.seat.number if wanted.seat else None, wanted.price.type.number, wanted.price.band,
             wanted.price.nominal, wanted.price.commission),
        )  # fmt: skip

    def stock(self, caller: Caller, found: Instance) -> Stock:
        change = self.world.changes.one(caller.tenant.client, "instance", found.number)
        return self.world.stock_of(caller.tenant, found, change, agent=caller.mode == "agent")

    def _on_sale(self, caller: Caller, found: Instance) -> None:
        catalogue, zone = self.world.catalogue, caller.tenant.zone
        wire = catalogue.instance_wire(caller.tenant, found)
        if wire["cancelled"]:
            raise invalid("The event instance is cancelled.", "InstanceCancelled")
        begins, ends = catalogue.window(found)
        now = self.env.clock.now()
        early = begins is not None and now < to_utc(begins, zone)
        if not wire["isOnSale"] or early or now > to_utc(ends, zone):
            raise invalid("The event instance is not on sale online.", "NotOnSale")

    def _best(
        self, connection: sqlite3.Connection, caller: Caller, found: Instance, quantity: int, bands: set[int],
        areas: set[int],
    ) -> list[tuple[Area, Seat]]:  # fmt: skip
        wire = self.world.catalogue.instance_wire(caller.tenant, found)
        if not wire["hasBestAvailableOverlay"]:
            raise Refusal(400, NOT_BEST)
        stock = self.stock(caller, found)
        seats = stock.best(
            stock.held(connection), quantity, bands=bands, areas=areas, distanced=found.event.has("distanced")
        )
        if seats is None:
            raise _sold_out()
        return seats

    def _numbers(self, value: Any, name: str) -> set[int]:
        """Ids of a list, as texts or as objects with ``id``."""
        if value in (None, ""):
            return set()
        if not isinstance(value, list):
            raise invalid(f"{name} must be an array.")
        rows = [each if isinstance(each, dict) else {"id": each} for each in value]
        return {number_in(row, "id", what=name) for row in rows}

    def _chosen(
        self,
        connection: sqlite3.Connection,
        basket: sqlite3.Row | None,
        request: StandinRequest,
        text: str | None,
    ) -> list[sqlite3.Row]:
        """Tickets by id, all of them when none is named. Raises 404 when one is not in the basket."""
        rows = connection.execute(
            "SELECT * FROM spk_tickets WHERE basket_id = ? AND order_id IS NULL",
            (basket["id"] if basket else 0,),
        ).fetchall()
        if text is not None:
            rows = [row for row in rows if wire_id(row["id"]) == text]
            if not rows:
                raise missing("Ticket")
            return rows
        numbers = query_numbers(request, "ticketIds")
        if not numbers:
            return rows
        by_number = {row["id"]: row for row in rows}
        if not set(numbers) <= set(by_number):
            raise missing("Ticket")
        return [by_number[number] for number in numbers]


def labelled(defined: tuple[Attribute, ...], given: Json) -> Json:
    """Values under ``attribute_<label>`` with the label as in the settings; other spellings go unheard."""
    by_key = {name[10:]: value for name, value in given.items() if name[:10].lower() == "attribute_"}
    return {a.label: _typed(a, by_key[a.label]) for a in defined if a.label in by_key}


def _typed(attribute: Attribute, value: Any) -> Any:
    if attribute.kind == "flag":
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1"}
    return "" if value is None else str(value)


def _quantity(value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise invalid("quantity is required.") from None
    if not 1 <= number <= 50:
        raise invalid("quantity must be at least 1.")
    return number


def _sold_out() -> Refusal:
    return Refusal(
        400, "validation failed", "NotEnoughAvailable", ["There are not enough tickets available."]
    )


def _seat_taken() -> Refusal:
    return Refusal(409, "validation failed", "SeatNotAvailable", ["The seat is no longer available."])
