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
    xs2event_bookings,
    xs2event_documents,
    xs2event_guests,
    xs2event_orders,
    xs2event_reservations,
    xs2event_settings,
    xs2event_stock,
)
from shop.standin.wsgi import Env, Handler, StandinRequest, World, as_json
from shop.standin.xs2event_accounts import Accounts
from shop.standin.xs2event_bookings import Bookings
from shop.standin.xs2event_catalogue import Catalogue
from shop.standin.xs2event_control import Controls
from shop.standin.xs2event_control_page import ControlPage
from shop.standin.xs2event_documents import Documents
from shop.standin.xs2event_guestdata import GuestData
from shop.standin.xs2event_guests import Guests
from shop.standin.xs2event_order_guests import OrderGuests
from shop.standin.xs2event_orders import Orders
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
        "reservation_expires": "next booking: its reservation has just lapsed",
        "payment_method_refused": "next booking: the payment method is not available",
        "guests_forgotten": "next guest data: 200, but nothing is kept",
        "orders_late": "next lists of booking orders (`times`): nothing there yet",
    }
    SCHEMA = (
        xs2event_settings.SCHEMA
        + xs2event_stock.SCHEMA
        + xs2event_reservations.SCHEMA
        + xs2event_guests.SCHEMA
        + xs2event_bookings.SCHEMA
        + xs2event_orders.SCHEMA
        + xs2event_documents.SCHEMA
    )
    TABLES = (
        "xs2_settings",
        "xs2_changes",
        "xs2_guests",
        "xs2_items",
        "xs2_reservations",
        "xs2_bookings",
        "xs2_orders",
        "xs2_order_items",
        "xs2_files",
        "xs2_links",
        "xs2_invoices",
    )

    def __init__(self, env: Env) -> None:
        self.settings = xs2event_settings.Settings(env)
        self.accounts = Accounts(env)
        self.stock = Stock(env)
        self.catalogue = Catalogue(self, env)
        self.guests = Guests()
        self.reservations = Reservations(self, env)
        self.guestdata = GuestData(self, env)
        self.bookings = Bookings(self, env)
        self.orders = Orders(self, env)
        self.order_guests = OrderGuests(self, env)
        self.documents = Documents(self, env)
        self.controls = Controls(self, env)
        self.page = ControlPage(self, env)
        super().__init__(env)

    def seed(self) -> None:
        """Invoices are numbered from 12001, so that no other number is taken for one."""
        with self.env.store.write() as connection:
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'xs2_invoices', 12000"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'xs2_invoices')"
            )

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            *self.catalogue.routes(),
            *self.reservations.routes(),
            *self.guestdata.routes(),
            *self.bookings.routes(),
            *self.orders.routes(),
            *self.order_guests.routes(),
            *self.documents.routes(),
        ]

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        return self.controls.routes()

    def control_page(self) -> str:
        return self.page.html()

    def before(self, request: StandinRequest) -> Response | None:
        self.reservations.lapse()
        if request.path.startswith(f"{self.prefix}/cdn/"):
            return None
        self.accounts.count(request, int(self.settings["rate_limit"]))
        self.accounts.caller(request)
        return None

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if isinstance(error, Refusal):
            return error.answer()
        status = error.code or 500
        return as_json({"message": "Internal Server Error" if status >= 500 else error.name}, status)

    def booked_events(self, request: StandinRequest) -> set[str]:
        """Ids of the events that the caller has booked something for."""
        number = self.accounts.caller(request).number
        with self.env.store.connect() as connection:
            rows = connection.execute(
                "SELECT DISTINCT event_id FROM xs2_orders WHERE distributor = ?", (number,)
            )
            return {row["event_id"] for row in rows}

    def books(self) -> dict[str, Any]:
        return self.controls.books()
