"""The control desk of London Theatre Direct: what a test or a person may do to the season, and the books."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

from shop.standin.control import arguments
from shop.standin.ltd_accounts import Accounts
from shop.standin.ltd_baskets import FIRST_ITEM, Baskets, Item, submission_of
from shop.standin.ltd_calendar import SCALED, Calendar, Performance
from shop.standin.ltd_catalogue import Catalogue
from shop.standin.ltd_words import pence, wall_clock
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

NAMED_FAULTS = {
    "sold_out": "next add: 409, reason 1",
    "lone_seat": "next add: 409, reason 2",
    "conflict_error_object": "next add: 409 with the error object",
    "refused_with_200": "next add: 200 with Success false",
    "supplier_failed": "next add: 502, nothing held",
    "supplier_failed_after_holding": "next add: 502 after the seats were held",
    "price_changed": "next add: dearer by `by` pence (500)",
    "expired_hold": "next read or submit: the hold ended a minute ago",
    "gate_declines": "next card at the gate is declined",
    "no_return": "next payment: paid, but the page does not lead back",
    "account_locked": "next order on account: 403, as if the account were not unlocked",
    "account_refused": "next order on account: 200 with Success false, nothing booked",
    "summary_before_payment": "next summary: 200 though only submitted",
    "summary_late": "next summary after payment: 204 (set times to N polls)",
    "documents_late": "next document call after payment: nothing (set times to N polls)",
}


class LtdControl:
    def __init__(
        self, env: Env, calendar: Calendar, catalogue: Catalogue, baskets: Baskets, accounts: Accounts
    ) -> None:
        self.env = env
        self.accounts = accounts
        self.calendar = calendar
        self.catalogue = catalogue
        self.baskets = baskets

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return (
            ("GET POST", "/events", self.events),
            ("GET POST", "/events/<int:event_id>", self.event),
            ("GET POST", "/performances/<int:performance_id>", self.performance),
            ("POST", "/change", self.change_form),
            ("POST", "/at-the-gate", self.at_the_gate),
            ("POST", "/shake", self.shake),
            ("GET POST", "/account", self.account),
            ("GET", "/baskets/<basket_id>", self.basket),
            ("POST", "/baskets/<basket_id>/<action>", self.basket_action),
        )

    # The season

    def events(self, request: StandinRequest) -> Response:
        """POST adds an event: ``{"name", "kind", "venue_id", "pence", "tagline", "about", "empty_house"}``."""
        if request.method == "POST":
            return as_json({"event_id": self.calendar.add_event(arguments(request))}, 201)
        rows = [{"event_id": s.event_id, "name": s.name, "kind": s.kind} for s in self.calendar.events()]
        return as_json({"events": rows})

    def event(self, request: StandinRequest, event_id: int) -> Response:
        """POST merges ``name``, ``tagline``, ``notice``, ``minutes``, ``price_change`` (pence), ``cancelled``,
        ``removed``; null takes a change back."""
        spec = self.calendar.ever(event_id)
        if spec is None:
            raise LookupError(f"No event {event_id}.")
        if request.method == "POST":
            known = {"name", "tagline", "notice", "minutes", "price_change", "cancelled", "removed"}
            self.calendar.change("event", event_id, _known(arguments(request), known))
            spec = self.calendar.ever(event_id)
            assert spec is not None
        ahead = self.calendar.performances(spec)
        return as_json(
            {
                "event_id": event_id,
                "name": spec.name,
                "changes": self.calendar.changes_of(event_id),
                "performances": [
                    {"performance_id": p.performance_id, "starts": wall_clock(p.starts)} for p in ahead
                ],
            }
        )

    def performance(self, request: StandinRequest, performance_id: int) -> Response:
        """POST merges ``sold_out``, ``cancelled``, ``empty_house``, ``single_seat``, ``bookable`` (yes or no) and
        ``price_change`` (pence); null takes a change back."""
        found = self.calendar.performance_ever(performance_id)
        if found is None:
            raise LookupError(f"No performance {performance_id}.")
        if request.method == "POST":
            known = {"sold_out", "cancelled", "empty_house", "single_seat", "bookable", "price_change"}
            self.calendar.change("performance", performance_id, _known(arguments(request), known))
        with self.env.store.read() as connection:
            free = self.catalogue.free(connection, found)
            taken = self.catalogue.taken(connection, performance_id, performance_id).get(performance_id, 0)
        return as_json(
            {
                "performance_id": performance_id,
                "event_id": found.spec.event_id,
                "starts": wall_clock(found.starts),
                "seats": len(found.plan.seats),
                "free": free.bit_count(),
                "taken_here": taken.bit_count(),
            }
        )

    def shake(self, request: StandinRequest) -> Response:
        """For load work: ``{"percent": 1, "round": 1}`` alters that share of events and of performances."""
        given = arguments(request)
        data = {"percent": float(given.get("percent", 1)), "round": int(given.get("round", 1))}
        self.calendar.change("shake", 0, data)
        return as_json(data)

    def account(self, request: StandinRequest) -> Response:
        """Who books on account. POST ``{"key": "demo-ltd-key", "unlocked": true}`` turns it."""
        if request.method == "POST":
            given = arguments(request)
            turned = given.get("unlocked") in {True, "1", "true", "yes", "on"}
            self.accounts.turn(str(given.get("key") or ""), turned)
        return as_json({"accounts": self.accounts.listed()})

    # Baskets

    def basket(self, request: StandinRequest, basket_id: str) -> Response:
        with self.env.store.read() as connection:
            row = self.baskets.row(connection, basket_id)
            return as_json(self._record(row, self.baskets.items(connection, row)))

    def basket_action(self, request: StandinRequest, basket_id: str, action: str) -> Response:
        """What a buyer would do at the gate without a browser: ``pay``, ``pay_without_return`` (money taken,
        nobody led back), ``decline``; or ``expire`` the hold."""
        with self.env.store.read() as connection:
            order = submission_of(self.baskets.row(connection, basket_id))
        if action in {"pay", "pay_without_return"}:
            if not self.baskets.pay(basket_id, "Visa 0002"):
                return as_json({"paid": False, "location": order.get("failure")}, 409)
            location = order["success"] if action == "pay" else None
            return as_json({"paid": True, "location": location})
        if action == "decline":
            self.baskets.decline(basket_id)
            return as_json({"paid": False, "location": order.get("failure")})
        if action == "expire":
            self.baskets.expire(basket_id)
            return as_json({"expired": True})
        raise LookupError(f"No action {action}; there is pay, pay_without_return, decline, expire.")

    # The books

    def books(self) -> dict[str, Any]:
        """``baskets`` with their state and seats, ``charges``, ``mails``, ``sold`` and ``held`` seat by seat."""
        now = self.catalogue.now()
        with self.env.store.read() as connection:
            rows = connection.execute("SELECT * FROM ltd_baskets ORDER BY number").fetchall()
            baskets = [self._record(row, self.baskets.items(connection, row)) for row in rows]
            charges = connection.execute("SELECT * FROM ltd_charges ORDER BY at").fetchall()
            mails = connection.execute("SELECT * FROM ltd_mails ORDER BY id").fetchall()
            taken = connection.execute(
                "SELECT t.performance_id, t.seat, t.until_ms, i.basket_id FROM ltd_taken t"
                " JOIN ltd_items i USING (item_id) WHERE t.until_ms IS NULL OR t.until_ms > ?"
                " ORDER BY t.performance_id, t.seat",
                (now,),
            ).fetchall()
        sides: dict[str, list[dict[str, Any]]] = {"sold": [], "held": []}
        for row in taken:
            performance = self.calendar.performance_ever(row["performance_id"])
            sides["sold" if row["until_ms"] is None else "held"].append(
                {
                    "performance_id": row["performance_id"],
                    "ticket_id": performance.ticket_id(row["seat"]) if performance else None,
                    "basket_id": row["basket_id"],
                }
            )
        return {
            "baskets": baskets,
            "charges": [dict(row) for row in charges],
            "mails": [dict(row) for row in mails],
            **sides,
        }

    def _record(self, row: Any, items: list[Item]) -> dict[str, Any]:
        order = submission_of(row)
        return {
            "basket_id": row["basket_id"],
            "account": row["owner"],
            "state": row["state"],
            "reference": row["reference"],
            "external_reference": order.get("external_reference"),
            "email": order.get("email"),
            "order": order,
            "pence": self.baskets.total(row, items),
            "items": [
                {
                    "item_id": item.item_id + FIRST_ITEM,
                    "event_id": item.performance.spec.event_id,
                    "performance_id": item.performance.performance_id,
                    "area": item.performance.plan.areas[item.area],
                    "seats": [_seat(item.performance, index) for index, _ in item.tickets],
                    "ticket_ids": [item.performance.ticket_id(index) for index, _ in item.tickets],
                    "pence": item.pence,
                    "expires_ms": item.expires_ms,
                }
                for item in items
            ],
        }

    # The page for a person

    def forms(self) -> list[dict[str, Any]]:
        """Forms for the season and for baskets that wait at the gate."""
        events = [
            (str(spec.event_id), f"{spec.event_id} {spec.name}")
            for spec in self.calendar.events()
            if spec.number < SCALED
        ]
        yes, undo = ["", "yes"], ["", "take all back"]
        with self.env.store.read() as connection:
            rows = connection.execute(
                "SELECT * FROM ltd_baskets WHERE state IN ('submitted', 'failed') ORDER BY number DESC LIMIT 20"
            ).fetchall()
            waiting = [(row["basket_id"], self._waiting(connection, row)) for row in rows]
        found: list[dict[str, Any]] = [
            {
                "title": "Change an event",
                "action": "/_standin/ltd/change",
                "button": "Change",
                "fields": [
                    {"name": "event_id", "label": "Event", "kind": "select", "value": "", "choices": events},
                    {"name": "name", "label": "New name", "kind": "text", "value": ""},
                    {"name": "price_change", "label": "Price change in pence", "kind": "number", "value": ""},
                    {"name": "cancelled", "label": "Cancel", "kind": "select", "value": "", "choices": yes},
                    {"name": "removed", "label": "Remove", "kind": "select", "value": "", "choices": yes},
                    {"name": "undo", "label": "Changes", "kind": "select", "value": "", "choices": undo},
                ],
            },
            {
                "title": "Add an event",
                "action": "/_standin/ltd/events",
                "button": "Add",
                "fields": [{"name": "name", "label": "Name", "kind": "text", "value": ""}],
            },
        ]
        keys = [
            (row["key"], f"{row['key']} ({'unlocked' if row['unlocked'] else 'locked'})")
            for row in self.accounts.listed()
        ]
        found.append(
            {
                "title": "Booking on account",
                "action": "/_standin/ltd/account",
                "button": "Turn",
                "fields": [
                    {"name": "key", "label": "Key", "kind": "select", "value": "", "choices": keys},
                    {
                        "name": "unlocked",
                        "label": "Unlocked",
                        "kind": "select",
                        "value": "yes",
                        "choices": ["yes", "no"],
                    },
                ],
            }
        )
        if waiting:
            actions = [
                ("pay_without_return", "pay, never come back"),
                ("decline", "decline"),
                ("expire", "let the hold end"),
            ]
            fields = [
                {"name": "basket_id", "label": "Basket", "kind": "select", "value": "", "choices": waiting},
                {"name": "action", "label": "Do", "kind": "select", "value": "", "choices": actions},
            ]
            found.append(
                {
                    "title": "At the gate",
                    "action": "/_standin/ltd/at-the-gate",
                    "button": "Do it",
                    "fields": fields,
                }
            )
        return found

    def _waiting(self, connection: sqlite3.Connection, row: sqlite3.Row) -> str:
        order = submission_of(row)
        total = self.baskets.total(row, self.baskets.items(connection, row)) / 100
        return f"{order.get('first_name')} {order.get('last_name')}, £{total:.2f}, {row['state']}"

    def at_the_gate(self, request: StandinRequest) -> Response:
        """The form above."""
        given = arguments(request)
        return self.basket_action(request, given.get("basket_id", ""), given.get("action", ""))

    def change_form(self, request: StandinRequest) -> Response:
        """The form above: an empty field says nothing."""
        given = arguments(request)
        event_id = int(given.pop("event_id", 0))
        if self.calendar.ever(event_id) is None:
            raise LookupError(f"No event {event_id}.")
        if given.pop("undo", None):
            back = dict.fromkeys(self.calendar.changes_of(event_id))
            self.calendar.change("event", event_id, back)
        else:
            self.calendar.change(
                "event", event_id, _known(given, {"name", "price_change", "cancelled", "removed"})
            )
        return as_json({"ok": True})


def _known(given: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Only the names a change may have; pence as ints, yes and no as booleans."""
    strange = given.keys() - names
    if strange:
        raise ValueError(f"Unknown: {', '.join(sorted(strange))}. There is {', '.join(sorted(names))}.")
    changes = dict(given)
    for name, value in given.items():
        if value is None or name in {"name", "tagline", "notice", "minutes"}:
            continue
        if name == "price_change":
            if pence(value) is None:
                raise ValueError("price_change is a number of pence.")
            changes[name] = int(value)
        else:
            changes[name] = value in {True, "1", "true", "yes", "on"}
    return changes


def _seat(performance: Performance, index: int) -> str:
    seat = performance.plan.seats[index]
    return seat.row + seat.number
