"""An imitation of XS2Event's distributor API: catalogue, reservations, guest data, bookings, booking orders, e-tickets.

Sources: XS2Event, "Booking flow", "Guest data", "E-tickets" and the API reference; captured answers for the shapes. What
no document says is marked "our reading" where it stands and listed in README.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import (
    xs2event_guests,
    xs2event_reservations,
    xs2event_settings,
    xs2event_stock,
)
from shop.standin.wsgi import Env, Handler, StandinRequest, World, as_json
from shop.standin.xs2event_accounts import Accounts
from shop.standin.xs2event_catalogue import Catalogue
from shop.standin.xs2event_guests import Guests
from shop.standin.xs2event_reservations import Reservations
from shop.standin.xs2event_stock import Stock
from shop.standin.xs2event_wire import Refusal


class XS2Event(World):
    name = "xs2event"
    prefix = "/xs2event"
    title = "XS2Event"
    hosts = frozenset({"api.xs2event.com", "testapi.xs2event.com"})
    FAULTS = {
        "sold_out": "next reservation: none of its tickets is left any more",
        "price_changed": "next reservation: the net rate has just become `by` (500) more",
    }
    SCHEMA = (
        xs2event_settings.SCHEMA
        + xs2event_stock.SCHEMA
        + xs2event_reservations.SCHEMA
        + xs2event_guests.SCHEMA
    )
    TABLES = ("xs2_settings", "xs2_changes", "xs2_guests", "xs2_items", "xs2_reservations")

    def __init__(self, env: Env) -> None:
        self.settings = xs2event_settings.Settings(env)
        self.accounts = Accounts(env)
        self.stock = Stock(env)
        self.catalogue = Catalogue(self, env)
        self.guests = Guests()
        self.reservations = Reservations(self, env)
        super().__init__(env)

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [*self.catalogue.routes(), *self.reservations.routes()]

    def before(self, request: StandinRequest) -> Response | None:
        self.reservations.lapse()
        self.accounts.count(request, int(self.settings["rate_limit"]))
        self.accounts.caller(request)
        return None

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if isinstance(error, Refusal):
            return error.answer()
        status = error.code or 500
        return as_json({"message": "Internal Server Error" if status >= 500 else error.name}, status)

    def booked_events(self, request: StandinRequest) -> set[str]:
        return set()

    def books(self) -> dict[str, Any]:
        return {}
