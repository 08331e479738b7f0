"""An imitation of Tickethead's ticketing API: both host roles (global and tenant) on one origin.

Source: Tickethead, "Orders"; the vendor's own client package for paths, fields and states. What neither says is
marked "our reading" where it stands.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import (
    posters,
    tickethead_auth,
    tickethead_catalog,
    tickethead_chart_script,
    tickethead_control,
    tickethead_directory,
    tickethead_documents,
    tickethead_orders,
    tickethead_payments,
    tickethead_programme,
    tickethead_seat_reports,
    tickethead_seats,
    tickethead_seatsio,
    tickethead_states,
)
from shop.standin.control_forms import section
from shop.standin.stripe_ledger import TICKETHEAD_ACCOUNT
from shop.standin.tickethead_codes import Signer
from shop.standin.tickethead_season import SLOTS
from shop.standin.tickethead_settings import Settings
from shop.standin.tickethead_wire import Refusal, body_of, envelope
from shop.standin.wsgi import Env, Handler, StandinRequest, World, as_json

# Ids of different things start far apart, so that a mixed-up id finds nothing.
_FIRST_IDS = {
    "th_users": 90017,
    "th_orders": 1234,
    "th_items": 4021,
    "th_tickets": 88001,
    "th_contacts": 30001,
}
_POSTERS = {
    "Concert": "concert",
    "Festival": "concert",
    "Club night": "musical",
    "Comedy": "comedy",
    "Cabaret": "comedy",
    "Dance": "dance",
    "Exhibition": "opera",
    "Guided tour": "opera",
    "Open house": "family",
    "Market": "family",
    "Football": "circus",
    "Basketball": "circus",
    "Boxing": "circus",
    "Running": "family",
}


class Tickethead(World):
    name = "tickethead"
    prefix = "/tickethead"
    title = "Tickethead"
    FAULTS = {
        "sold_out": "next order: not enough tickets left",
        "seat_taken": "next hold of seats: somebody books the first of them a moment before",
        "seats_unavailable": "next payment: the seats cannot be booked",
        "amount_off": "next payment: the amount shown is `factor` times (100) what it should be",
    }
    SCHEMA = (
        tickethead_auth.SCHEMA
        + tickethead_programme.SCHEMA
        + tickethead_states.SCHEMA
        + tickethead_seats.SCHEMA
    )
    TABLES = (
        "th_users",
        "th_refresh_tokens",
        "th_settings",
        "th_events",
        "th_configs",
        "th_areas",
        "th_discounts",
        "th_chart_seats",
        "th_hold_tokens",
        "th_orders",
        "th_items",
        "th_tickets",
        "th_contacts",
        "th_intents",
        "th_mails",
        "th_free_seqs",
    )

    def __init__(self, env: Env) -> None:
        self.settings = Settings(env)
        self.signer = Signer(env)
        self.doors = tickethead_auth.Doors(env)
        self.seats = tickethead_seats.Seats(env)
        self.seatsio = tickethead_seatsio.SeatsIo(self, env)
        self.seat_reports = tickethead_seat_reports.SeatReports(self, env)
        self.chart_script = tickethead_chart_script.ChartScript(self, env)
        self.states = tickethead_states.States(self, env)
        self.catalog = tickethead_catalog.Catalog(self, env)
        self.directory = tickethead_directory.Directory(self, env)
        self.orders = tickethead_orders.Orders(self, env)
        self.payments = tickethead_payments.Payments(self, env)
        self.documents = tickethead_documents.Documents(self, env)
        self.controls = tickethead_control.Controls(self, env)
        self._written_on: date | None = None
        super().__init__(env)

    def seed(self) -> None:
        stripe = self.env.worlds["stripe"]
        stripe.listeners[TICKETHEAD_ACCOUNT] = self.states.on_stripe_event  # type: ignore[attr-defined]
        with self.env.store.write() as connection:
            for table, first in _FIRST_IDS.items():
                connection.execute(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ?"
                    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                    (table, first - 1, table),
                )
            self.doors.seed(connection)
        self.signer.seed()
        self._written_on = None
        self._roll_on()

    def _roll_on(self) -> None:
        """Once a day of the stand-in's clock: write the editions that have come into sight."""
        now = self.env.clock.now()
        if self._written_on == now.date():
            return
        with self.env.store.write() as connection:
            tickethead_programme.write(connection, now, self.env.programme.scale)
        self._written_on = now.date()

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            *[("GET", f"/{service}/health", self.health) for service in
              ("account", "event", "payment", "venue", "blockchain")],
            ("GET", "/health", self.health),
            ("POST", "/account/v1/guest/login", self.guest_login),
            ("POST", "/account/v1/auth/login", self.login),
            ("POST", "/account/v1/auth/refresh", self.refresh),
            ("POST", "/account/v1/auth/external", self.external),
            ("POST", "/account/v1/certificate/enroll", self.enroll),
            *self.catalog.routes(),
            *self.directory.routes(),
            *self.orders.routes(),
            *self.payments.routes(),
            *self.seatsio.routes(),
            *self.seat_reports.routes(),
            *self.chart_script.routes(),
        ]  # fmt: skip

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        return self.controls.routes()

    def control_forms(self) -> list[dict[str, Any]]:
        return self.controls.forms()

    def control_page(self) -> str:
        return section(self.title, self.control_forms(), self.controls.notes())

    def before(self, request: StandinRequest) -> Response | None:
        self._roll_on()
        self.states.catch_up()
        return None

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if isinstance(error, Refusal):
            return error.answer()
        if request.path.startswith(f"{self.prefix}{tickethead_seatsio.PREFIX}/"):
            return tickethead_seatsio.refusal(error).answer()
        codes = {401: "unauthorized", 403: "forbidden", 404: "not_found"}
        status = error.code or 500
        crash = "internal_server_error" if status >= 500 else "validation_failed"
        message = "Internal Server Error" if status >= 500 else error.description or error.name
        return Refusal(status, codes.get(status, crash), message).answer()

    def after(self, request: StandinRequest, response: Response) -> None:
        paths = (
            f"{self.prefix}{tickethead_chart_script.BROWSER}/",
            f"{self.prefix}{tickethead_seatsio.PREFIX}/chart.js",
        )
        if request.path.startswith(paths):
            self.chart_script.open_to_pages(response)

    def books(self) -> dict[str, Any]:
        return self.controls.books()

    def poster(self, slug: str) -> str | None:
        for slot in SLOTS:
            if slot.slug == slug:
                return posters.draw(slot.title, _POSTERS.get(slot.genre, "play"), seed=slug)
        if slug.startswith("load-") and slug[5:].isdigit():
            return posters.draw(f"Load Night {slug[5:]}", "concert", seed=slug)
        return None

    @staticmethod
    def access_token(row: sqlite3.Row) -> str:
        return str(json.loads(row["body"])["access_token"])

    # Log-in and health.

    def health(self, request: StandinRequest) -> Response:
        return as_json({"status": "ok"})

    def guest_login(self, request: StandinRequest) -> Response:
        return envelope(self.doors.guest())

    def login(self, request: StandinRequest) -> Response:
        return envelope(self.doors.password(body_of(request)))

    def refresh(self, request: StandinRequest) -> Response:
        return envelope(self.doors.refresh(body_of(request)))

    def external(self, request: StandinRequest) -> Response:
        """Nobody outside vouches for anybody here."""
        raise Refusal(401, "unauthorized", "The token of the third party is not valid")

    def enroll(self, request: StandinRequest) -> Response:
        """A wallet for the caller, or for a new user when nobody is logged in."""
        return envelope(self.doors.enroll(self.doors.caller(request, needed=False)), 201)
