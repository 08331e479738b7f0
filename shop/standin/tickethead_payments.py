"""Payments of the imitated Tickethead: an intent on its own Stripe account, on both known paths.

Source: Tickethead, "Orders", "Creating a payment"; the vendor's own client (newer path, answer). What a second
call answers and what a free order answers is not documented; our reading.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import stripe_intents as intents
from shop.standin.stripe_forms import StripeError
from shop.standin.stripe_ledger import TICKETHEAD_ACCOUNT, Ledger
from shop.standin.tickethead_rules import check_event
from shop.standin.tickethead_seats import IllegalStatusChange, UnknownSeatError
from shop.standin.tickethead_wire import bad, envelope, iso, not_found, number
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.stripe import Stripe
    from shop.standin.tickethead import Tickethead

PUBLISHABLE_KEY = "pk_test_tickethead51StandinOfTheVendor"
# Stripe's fields that the vendor's client declares, in the older shape with ``charges``.
_SHOWN = (
    "id object amount amount_capturable amount_received capture_method client_secret confirmation_method created "
    "currency description livemode next_action on_behalf_of payment_method payment_method_options "
    "payment_method_types status"
)
_UNFINISHED = {"requires_payment_method", "requires_confirmation", "requires_action"}


class Payments:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("POST", "/payment/v1/payment", self.create),
            ("POST", "/payment/v1/payment/stripe", self.create),
            ("POST", "/payment/v1/payment/<provider>", self.other),
            ("POST", "/payment/v1/payment/<provider>/custom", self.other),
            ("GET", "/payment/v1/payment/config", self.config),
        ]

    def config(self, request: StandinRequest) -> Response:
        self._world.doors.must(request)
        return envelope({"publishable_key": PUBLISHABLE_KEY})

    def other(self, request: StandinRequest, provider: str) -> Response:
        """Only Stripe is supported, as the guide says."""
        self._world.doors.must(request)
        if provider in {"coinbase", "open-payment", "paypal", "braintree", "stripe"}:
            raise bad("validation_failed", f"Payment provider {provider} is not supported here")
        raise not_found("Payment provider")

    def create(self, request: StandinRequest) -> Response:
        """``order_id`` and ``type`` (card when left out) in the query, an empty object as the body."""
        order_id = number(request, "order_id")
        if order_id is None:
            self._world.doors.must(request)
            raise bad("validation_failed", "order_id is required")
        kind = request.args.get("type") or "card"
        self._world.orders.own(request, order_id)
        if kind not in {"card", "eps"}:
            raise bad("validation_failed", "type must be card or eps")
        # Outside the transaction: a refusal undoes it, and the fault would never be used up.
        if self._env.faults.take("tickethead", "seats_unavailable"):
            raise bad("seats_unavailable", "Booking of seats failed: the selected seats")
        with self._env.store.write() as connection:
            order = self._world.states.order(connection, order_id)
            self._check(connection, order)
            self._book_seats(connection, order)
            if order["total"] == 0:
                self._world.states.pay(connection, order)
                return envelope({"publishable_key": PUBLISHABLE_KEY}, 201)
            intent = self._intent(connection, order, kind)
        return envelope({"publishable_key": PUBLISHABLE_KEY, "payment_intent": intent}, 201)

    def _check(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        open_states = {"draft", "payment_processing"}
        if order["status"] not in open_states or order["money_at"] is not None:
            raise bad("order_not_payable", f"Order {order['id']} is {order['status']}")
        event = connection.execute("SELECT * FROM th_events WHERE id = ?", (order["event_id"],)).fetchone()
        check_event(event)
        if not connection.execute("SELECT 1 FROM th_contacts WHERE order_id = ?", (order["id"],)).fetchone():
            raise bad("order_contact_missing", f"Order {order['id']} has no contact")
        if '"kyc_level_id": 1' not in event["body"]:
            nameless = connection.execute(
                "SELECT id FROM th_tickets WHERE order_id = ? AND holder IS NULL LIMIT 1", (order["id"],)
            ).fetchone()
            if nameless:
                raise bad("ticket_holder_missing", f"Ticket {nameless['id']} has no ticket holder")

    def _book_seats(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        """Seats are booked now, all or none: those held with the order's token or, without one, free ones."""
        if order["status"] != "draft":
            return
        labels = [row["seat"] for row in self._world.states.tickets(connection, order["id"]) if row["seat"]]
        if not labels:
            return
        try:
            self._world.seats.book_for_order(
                connection, str(order["event_id"]), labels, order["hold_token"] or None, order["id"]
            )
        except (IllegalStatusChange, UnknownSeatError) as problem:
            raise bad("seats_unavailable", f"Booking of seats failed: {problem}") from None

    def _intent(self, connection: sqlite3.Connection, order: sqlite3.Row, kind: str) -> dict[str, Any]:
        stripe: Stripe = self._env.worlds["stripe"]  # type: ignore[assignment]
        with stripe.ledger(account=TICKETHEAD_ACCOUNT) as ledger:
            body = self._open_intent(ledger, order, kind)
            if body is None:
                body = self._new_intent(ledger, order, kind)
                connection.execute("INSERT INTO th_intents VALUES (?, ?)", (body["id"], order["id"]))
                connection.execute(
                    "UPDATE th_orders SET status = 'payment_processing', payment_id = ?, payment_type = ?,"
                    " payment_created_at = ? WHERE id = ?",
                    (body["id"], kind, iso(self._env.clock.now()), order["id"]),
                )
        shown = {name: body.get(name) for name in _SHOWN.split()}
        off = self._env.faults.take("tickethead", "amount_off")
        if off:
            shown["amount"] = int(shown["amount"] * float(off.get("factor", 100)))
        url = f"/v1/charges?payment_intent={body['id']}"
        shown["charges"] = {"object": "list", "data": [], "has_more": False, "url": url}
        shown["metadata"] = {"id": str(order["id"]), "enrollment_id": ""}
        return shown

    @staticmethod
    def _open_intent(ledger: Ledger, order: sqlite3.Row, kind: str) -> dict[str, Any] | None:
        """The unfinished intent of an earlier call; one of another type is canceled to make room."""
        if order["payment_id"] is None:
            return None
        body = ledger.find("payment_intent", order["payment_id"])
        if body is None or body["status"] not in _UNFINISHED:
            return None
        if order["payment_type"] == kind:
            return body
        intents.cancel(ledger, body["id"], {}, reason="abandoned")
        return None

    @staticmethod
    def _new_intent(ledger: Ledger, order: sqlite3.Row, kind: str) -> dict[str, Any]:
        params = {
            "amount": str(order["total"]),
            "currency": order["currency"].lower(),
            "capture_method": "automatic",
            "description": f"Tickethead order {order['id']}",
            "allowed_payment_method_types": [kind],
            "metadata": {"id": str(order["id"])},
        }
        try:
            return intents.create(ledger, params)
        except StripeError as error:
            raise bad("validation_failed", str(error)) from None
