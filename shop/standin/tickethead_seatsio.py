"""The part of seats.io's API that Tickethead leans on, below ``/tickethead/seatsio``.

Source: docs.seats.io and what its own client sends and reads. Its words for a seat that is taken and for an unknown
hold token, and one key for the seats of all organizers, are our reading.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import tickethead_best_seats, tickethead_seat_views
from shop.standin.tickethead_places import ORGANIZERS
from shop.standin.tickethead_seats import (
    BOOKED,
    FREE,
    HELD,
    HOLD_MINUTES,
    Change,
    IllegalStatusChange,
    Token,
    UnknownSeatError,
    Wanted,
)
from shop.standin.tickethead_wire import Refusal, iso
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead

PREFIX = "/seatsio"
# The key of the whole company; an organizer's own key opens its own workspace only.
COMPANY_KEY = "demo-seatsio-secret"
_MOST_MINUTES = 24 * 60


def workspace_key(organizer: str) -> str:
    return f"workspace-{organizer}"


def secret_key(organizer: str) -> str:
    return f"secret-{organizer}"


class SeatsRefusal(Refusal):
    """``{status, messages, errors: [{code, message}], warnings, requestId}``; 401 has no body."""

    def __init__(self, status: int, code: str, *messages: str) -> None:
        super().__init__(status, code, " ".join(messages))
        self.messages = messages

    def answer(self) -> Response:
        if self.status in {401, 403}:
            return Response(b"", status=self.status)
        body = {
            "status": self.status,
            "messages": list(self.messages),
            "errors": [{"code": self.error_code, "message": message} for message in self.messages],
            "warnings": [],
            "requestId": uuid.uuid4().hex,
        }
        return as_json(body, self.status)


def refusal(error: HTTPException) -> SeatsRefusal:
    """The service's words for an unknown address, a wrong method, a crash."""
    status = error.code or 500
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "GENERAL_ERROR")
    return SeatsRefusal(status, code, error.description or error.name)


def invalid(message: str) -> SeatsRefusal:
    return SeatsRefusal(400, "VALIDATION_ERROR", message)


class SeatsIo:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        event = f"{PREFIX}/events/<key>"
        return [
            ("POST", f"{PREFIX}/hold-tokens", self.new_token),
            ("GET", f"{PREFIX}/hold-tokens/<token>", self.token),
            ("POST", f"{PREFIX}/hold-tokens/<token>", self.move_token),
            ("POST", f"{PREFIX}/events/groups/actions/change-object-status", self.change_group),
            ("POST", f"{PREFIX}/events/actions/change-object-status", self.change_batch),
            ("POST", f"{event}/actions/change-object-status", self.change_one),
            ("POST", f"{event}/actions/<any(hold,book,release):action>", self.act),
        ]

    # Who calls.

    def workspace(self, request: StandinRequest) -> str:
        """The organizer whose workspace the call's key opens, empty for all of them. 401 for any other key."""
        given = request.authorization
        key = given.username if given is not None and given.type == "basic" else None
        if key and key in self._env.options.get("seatsio_keys", (COMPANY_KEY,)):
            chosen = request.headers.get("X-Workspace-Key")
            found = next((name for name in ORGANIZERS if workspace_key(name) == chosen), "")
            if chosen and not found:
                raise SeatsRefusal(403, "FORBIDDEN", "No such workspace")
            return found
        for name in ORGANIZERS:
            if key == secret_key(name):
                return name
        raise SeatsRefusal(401, "UNAUTHORIZED", "Unknown key")

    def known_event(self, connection: sqlite3.Connection, key: str, workspace: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM th_events WHERE CAST(id AS TEXT) = ? AND chart = 1"
            " AND id IN (SELECT CAST(event_key AS INTEGER) FROM th_chart_seats WHERE event_key = ?)",
            (key, key),
        ).fetchone()
        if row is None or workspace not in {"", row["organizer"]}:
            raise SeatsRefusal(404, "EVENT_NOT_FOUND", f"Event not found: {key}")
        return row

    @staticmethod
    def body(request: StandinRequest) -> dict[str, Any]:
        """No content type is needed. Nothing at all, and ``null``, is ``{}``."""
        data = request.get_json(force=True, silent=True) if request.get_data().strip() else None
        if data is None and request.get_data().strip() in {b"", b"null"}:
            return {}
        if not isinstance(data, dict):
            raise invalid("The request body is not a JSON object")
        return data

    # Hold tokens.

    def _shown_token(self, token: Token) -> dict[str, Any]:
        return {
            "holdToken": token.token,
            "expiresAt": iso(self._world.seats.ends(token)),
            "expiresInSeconds": self._world.seats.seconds_left(token),
            "workspaceKey": workspace_key(token.workspace or "company"),
        }

    @staticmethod
    def _minutes(given: dict[str, Any], default: int | None) -> int:
        minutes = given.get("expiresInMinutes", default)
        if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= _MOST_MINUTES:
            raise invalid(f"expiresInMinutes must be a whole number up to {_MOST_MINUTES}")
        return minutes

    def live_token(self, connection: sqlite3.Connection, token: str, workspace: str) -> Token:
        found = self._world.seats.token(connection, token, workspace)
        if found is None:
            raise SeatsRefusal(404, "HOLD_TOKEN_NOT_FOUND", f"Hold token not found: {token}")
        return found

    def new_token(self, request: StandinRequest) -> Response:
        workspace = self.workspace(request)
        minutes = self._minutes(self.body(request), HOLD_MINUTES)
        with self._env.store.write() as connection:
            made = self._world.seats.new_token(connection, workspace, minutes)
        return as_json(self._shown_token(made), 201)

    def token(self, request: StandinRequest, token: str) -> Response:
        workspace = self.workspace(request)
        with self._env.store.read() as connection:
            return as_json(self._shown_token(self.live_token(connection, token, workspace)))

    def move_token(self, request: StandinRequest, token: str) -> Response:
        """A new end, counted from now. 0 minutes end it, and its seats are free."""
        workspace = self.workspace(request)
        minutes = self._minutes(self.body(request), None)
        with self._env.store.write() as connection:
            found = self.live_token(connection, token, workspace)
            return as_json(self._shown_token(self._world.seats.expire_in(connection, found, minutes)))

    # Changing seats.

    def act(self, request: StandinRequest, key: str, action: str) -> Response:
        status = {"hold": HELD, "book": BOOKED, "release": FREE}[action]
        workspace, given = self.workspace(request), self.body(request)
        change = {**given, "type": "CHANGE_STATUS_TO", "status": status, "events": [key]}
        return self._answer(request, self.change(workspace, [change])[0])

    def change_group(self, request: StandinRequest) -> Response:
        """The same change in one or more events."""
        workspace, given = self.workspace(request), self.body(request)
        return self._answer(request, self.change(workspace, [given])[0])

    def change_batch(self, request: StandinRequest) -> Response:
        """Several changes, in order; all of them or none."""
        workspace, changes = self.workspace(request), self.body(request).get("statusChanges")
        if not isinstance(changes, list) or not all(isinstance(one, dict) for one in changes):
            raise invalid("statusChanges must be a list")
        found = self.change(workspace, [{**one, "events": [one.get("event")]} for one in changes])
        return self._answer(request, {"results": found})

    @staticmethod
    def _answer(request: StandinRequest, shown: dict[str, Any]) -> Response:
        expand = request.args.get("expand", "").split(",")
        return as_json(shown) if "objects" in expand else Response(status=204)

    def change_one(self, request: StandinRequest, key: str) -> Response:
        """``bestAvailable`` lets the service choose; ``objects`` as in the other calls."""
        workspace, given = self.workspace(request), self.body(request)
        if "bestAvailable" not in given:
            return self._answer(request, self.change(workspace, [{**given, "events": [key]}])[0])
        asked = tickethead_best_seats.read(given["bestAvailable"])
        if asked is None:
            raise invalid("bestAvailable must name a number of seats")
        with self._env.store.write() as connection:
            self.known_event(connection, key, workspace)
            categories = tickethead_seat_views.category_labels(connection, key)
            infos = [
                tickethead_seat_views.info(seat, categories)
                for seat in self._world.seats.all(connection, key)
            ]
            chosen = tickethead_best_seats.choose(infos, asked)
            if chosen is None:
                raise SeatsRefusal(
                    400, "BEST_AVAILABLE_OBJECTS_NOT_FOUND", "Best available objects not found"
                )
            labels, together = chosen
            shown = self._apply(connection, workspace, {**given, "events": [key], "objects": labels})
        return as_json({"nextToEachOther": together, "objects": labels, "objectDetails": shown["objects"]})

    def change(self, workspace: str, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One transaction: two callers who want one seat come one after the other. ``workspace``: as above."""
        self._somebody_was_faster(changes)
        with self._env.store.write() as connection:
            return [self._apply(connection, workspace, one) for one in changes]

    def _somebody_was_faster(self, changes: list[dict[str, Any]]) -> None:
        """The fault ``seat_taken``: the first seat is really booked, a moment before it is held."""
        for given in changes:
            if given.get("status") != HELD or not isinstance(given.get("events"), list):
                continue
            wanted = self._wanted(given)
            for key in map(str, given["events"]):
                if self._env.faults.take("tickethead", "seat_taken", event=key):
                    with suppress(UnknownSeatError), self._env.store.write() as connection:
                        self._world.seats.force(connection, key, [wanted[0].label], BOOKED)

    def _apply(self, connection: sqlite3.Connection, workspace: str, given: dict[str, Any]) -> dict[str, Any]:
        wanted, keys = self._wanted(given), given.get("events")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise invalid("events must be a list of event keys")
        change = self._read(given, wanted)
        shown: dict[str, Any] = {}
        for key in keys:
            self.known_event(connection, key, workspace)
            self._check_token(connection, change, workspace)
            try:
                self._world.seats.change(connection, key, change)
                seats = self._world.seats.known(connection, key, [seat.label for seat in wanted])
            except UnknownSeatError as problem:
                raise SeatsRefusal(400, "OBJECT_NOT_FOUND", f"Object not found: {problem.label}") from None
            except IllegalStatusChange as problem:
                raise SeatsRefusal(400, "ILLEGAL_STATUS_CHANGE", *problem.messages) from None
            categories = tickethead_seat_views.category_labels(connection, key)
            shown |= {seat["label"]: tickethead_seat_views.info(seat, categories) for seat in seats}
        return {"objects": shown}

    def _check_token(self, connection: sqlite3.Connection, change: Change, workspace: str) -> None:
        """Holding needs a live token; an ended one holds nothing, which booking and releasing find out."""
        if change.status != HELD:
            return
        if change.token is None:
            raise invalid("holdToken is required")
        if self._world.seats.token(connection, change.token, workspace) is None:
            raise SeatsRefusal(400, "HOLD_TOKEN_NOT_FOUND", f"Hold token not found: {change.token}")

    @staticmethod
    def _wanted(given: dict[str, Any]) -> tuple[Wanted, ...]:
        objects = given.get("objects")
        if not isinstance(objects, list) or not objects:
            raise invalid("objects must be a list of at least one object")
        found = []
        for each in objects:
            one = {"objectId": each} if isinstance(each, str) else each
            if not isinstance(one, dict) or not isinstance(one.get("objectId"), str):
                raise invalid("An object is its label, or has an objectId")
            if one.get("quantity") not in {None, 1}:
                raise invalid("quantity is for general admission areas")
            found.append(Wanted(one["objectId"], one.get("ticketType"), one.get("extraData")))
        if len({seat.label for seat in found}) != len(found):
            raise invalid("An object is named twice")
        return tuple(found)

    @staticmethod
    def _read(given: dict[str, Any], wanted: tuple[Wanted, ...]) -> Change:
        kind, status, token = (
            given.get("type", "CHANGE_STATUS_TO"),
            given.get("status"),
            given.get("holdToken"),
        )
        if kind not in {"CHANGE_STATUS_TO", "RELEASE"}:
            raise invalid("type must be CHANGE_STATUS_TO or RELEASE")
        if kind == "RELEASE":
            status = FREE
        if not isinstance(status, str) or not status:
            raise invalid("status is required")
        if token is not None and not isinstance(token, str):
            raise invalid("holdToken must be a text")
        order = given.get("orderId")
        return Change(
            wanted,
            status,
            token or None,
            None if order is None else str(order),
            given.get("allowedPreviousStatuses"),
            given.get("rejectedPreviousStatuses") or (),
        )
