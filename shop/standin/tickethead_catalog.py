"""Events of the imitated Tickethead, for everybody and for their organizers: ticket configs, discounts, areas."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import tickethead_places as places
from shop.standin.tickethead_views import AREA, CONFIG, DEFAULT_EVENT, DISCOUNT, EVENT, Views
from shop.standin.tickethead_wire import (
    Tree,
    bad,
    envelope,
    flag,
    iso,
    listed,
    moment,
    not_found,
    number,
    picked,
    relations,
    window,
)
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead

LISTED = "status IN ('published', 'updated') AND visible = 1"
STATUSES = {"draft", "committed", "published", "updated", "canceled"}
_SORTS = {"id", "name", "start_at", "end_at", "created_at"}


class Catalog:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        event = "/event/v1/organizer/<organizer>/event"
        return [
            ("GET", "/event/v1/event", self.events),
            ("GET", "/v1/event", self.events),
            ("GET", "/event/v1/event/<int:event_id>", self.event),
            ("GET", "/event/v1/event/<int:event_id>/private/<token>", self.private),
            ("GET", event, self.organizer_events),
            ("GET", f"{event}/<int:event_id>", self.organizer_event),
            ("GET", f"{event}/<int:event_id>/ticket_config", self.configs),
            ("GET", f"{event}/<int:event_id>/ticket_config/<int:config_id>", self.config),
            ("GET", f"{event}/<int:event_id>/ticket_discount", self.discounts),
            ("GET", f"{event}/<int:event_id>/ticket_discount/<int:discount_id>", self.discount),
            ("GET", f"{event}/<int:event_id>/sector", self.sectors),
            ("GET", f"{event}/<int:event_id>/timeslot", self.timeslots),
            ("GET", f"{event}/<int:event_id>/public_key", self.public_key),
        ]

    # Events for everybody.

    def events(self, request: StandinRequest) -> Response:
        """The market: published and visible. Anonymous callers are let in (not documented; our reading)."""
        self._world.doors.caller(request, needed=False)
        return self._list(request, [LISTED], [])

    def event(self, request: StandinRequest, event_id: int) -> Response:
        """Published, updated or canceled; an event that is not visible is reached by its id all the same."""
        self._world.doors.caller(request, needed=False)
        wanted = relations(request, EVENT, DEFAULT_EVENT)
        row = self._row(event_id)
        if row["status"] not in {"published", "updated", "canceled"}:
            raise not_found("Event")
        return self._one(request, row, wanted)

    def private(self, request: StandinRequest, event_id: int, token: str) -> Response:
        wanted = relations(request, EVENT, DEFAULT_EVENT)
        row = self._row(event_id)
        if self._world.access_token(row) != token:
            raise not_found("Event")
        return self._one(request, row, wanted)

    # Events for an organizer's own pages.

    def organizer_events(self, request: StandinRequest, organizer: str) -> Response:
        caller = self._world.doors.must(request)
        self._organizer(organizer)
        if request.args.get("public") not in {"true", "false"}:
            raise bad("validation_failed", "public is required")
        where, values = ["organizer = ?"], [organizer]
        if flag(request, "public") or not caller.works_for(organizer):
            where.append(LISTED)
        statuses = [name for name in request.args.get("statuses", "").split(",") if name]
        if statuses:
            if not set(statuses) <= STATUSES:
                raise bad("validation_failed", f"statuses must be among {', '.join(sorted(STATUSES))}")
            where.append(f"status IN ({','.join('?' * len(statuses))})")
            values.extend(statuses)
        return self._list(request, where, values)

    def organizer_event(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        wanted = relations(request, EVENT)
        return self._one(request, self._own(request, organizer, event_id), wanted)

    def configs(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        wanted = relations(request, CONFIG)
        self._own(request, organizer, event_id)
        limit, offset = window(request)
        where, values = ["event_id = ?"], [event_id]
        if request.args.get("name"):
            where.append("json_extract(body, '$.name') LIKE ?")
            values.append(f"%{request.args['name']}%")  # type: ignore[arg-type]
        wanted_id = number(request, "id")
        if wanted_id is not None:
            where.append("id = ?")
            values.append(wanted_id)
        order = {"": "id", "id": "id", "name": "json_extract(body, '$.name')"}.get(
            request.args.get("sort_by", "")
        )
        if order is None:
            raise bad("validation_failed", "sort_by must be id or name")
        with self._env.store.read() as connection:
            rows = connection.execute(
                f"SELECT * FROM th_configs WHERE {' AND '.join(where)} ORDER BY {order}, id", values
            ).fetchall()
            shown = Views(connection, self._env.public_origin).configs(rows[offset : offset + limit], wanted)
        return listed(shown, limit=limit, offset=offset, total=len(rows))

    def config(self, request: StandinRequest, organizer: str, event_id: int, config_id: int) -> Response:
        wanted = relations(request, CONFIG)
        self._own(request, organizer, event_id)
        with self._env.store.read() as connection:
            row = connection.execute(
                "SELECT * FROM th_configs WHERE id = ? AND event_id = ?", (config_id, event_id)
            ).fetchone()
            if row is None:
                raise not_found("Ticket config")
            return envelope(Views(connection, self._env.public_origin).configs([row], wanted)[0])

    def discounts(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        """``code=`` finds the discount behind a code; without it, codes show to the organizer only (not
        documented; our reading)."""
        wanted = relations(request, DISCOUNT)
        self._own(request, organizer, event_id)
        staff = self._world.doors.must(request).works_for(organizer)
        limit, offset = window(request)
        where, values = ["event_id = ?"], [event_id]
        code = request.args.get("code", "").strip()
        if code:
            where.append("code = ? COLLATE NOCASE")
            values.append(code)  # type: ignore[arg-type]
        elif not staff:
            where.append("code = ''")
        for name in ("type", "name"):
            if request.args.get(name):
                where.append(f"json_extract(body, '$.{name}') = ?")
                values.append(request.args[name])  # type: ignore[arg-type]
        wanted_id = number(request, "id")
        if wanted_id is not None:
            where.append("id = ?")
            values.append(wanted_id)
        with self._env.store.read() as connection:
            rows = connection.execute(
                f"SELECT * FROM th_discounts WHERE {' AND '.join(where)} ORDER BY id", values
            ).fetchall()
            shown = Views(connection, self._env.public_origin).discounts(
                rows[offset : offset + limit], wanted, codes=True
            )
        return listed(shown, limit=limit, offset=offset, total=len(rows))

    def discount(self, request: StandinRequest, organizer: str, event_id: int, discount_id: int) -> Response:
        wanted = relations(request, DISCOUNT)
        self._own(request, organizer, event_id)
        staff = self._world.doors.must(request).works_for(organizer)
        with self._env.store.read() as connection:
            row = connection.execute(
                "SELECT * FROM th_discounts WHERE id = ? AND event_id = ?", (discount_id, event_id)
            ).fetchone()
            if row is None or (row["code"] and not staff):
                raise not_found("Ticket discount")
            return envelope(
                Views(connection, self._env.public_origin).discounts([row], wanted, codes=staff)[0]
            )

    def sectors(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        return self._areas(request, organizer, event_id, "sector")

    def timeslots(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        return self._areas(request, organizer, event_id, "timeslot")

    def _areas(self, request: StandinRequest, organizer: str, event_id: int, kind: str) -> Response:
        wanted = relations(request, AREA)
        row = self._own(request, organizer, event_id)
        limit, offset = window(request)
        with self._env.store.read() as connection:
            shown = Views(connection, self._env.public_origin).event(row, {kind: wanted})[kind]
        return listed(shown[offset : offset + limit], limit=limit, offset=offset, total=len(shown))

    def public_key(self, request: StandinRequest, organizer: str, event_id: int) -> Response:
        self._organizer(organizer)
        row = self._row(event_id)
        if row["organizer"] != organizer:
            raise not_found("Event")
        return envelope({"public_key": self._world.signer.public_key()})

    # Pieces.

    def _list(self, request: StandinRequest, where: list[str], values: list[Any]) -> Response:
        wanted = relations(request, EVENT)
        limit, offset = window(request)
        where, values = ["removed = 0", *where], list(values)
        if not flag(request, "include_occurrences"):
            where.append("parent_id IS NULL")
        self._filters(request, where, values)
        sort = request.args.get("sort_by") or "id"
        direction = (request.args.get("direction") or "asc").lower()
        if sort not in _SORTS or direction not in {"asc", "desc"}:
            raise bad(
                "validation_failed",
                f"sort_by must be among {', '.join(sorted(_SORTS))}, direction asc or desc",
            )
        column = "json_extract(body, '$.created_at')" if sort == "created_at" else sort
        matching = f"FROM th_events WHERE {' AND '.join(where)}"
        with self._env.store.read() as connection:
            total = connection.execute(f"SELECT COUNT(*) AS n {matching}", values).fetchone()["n"]
            rows = connection.execute(
                f"SELECT * {matching} ORDER BY {column} {direction}, id LIMIT ? OFFSET ?",
                [*values, limit, offset],
            ).fetchall()
            shown = Views(connection, self._env.public_origin).events(rows, wanted)
        return listed(picked(request, shown), limit=limit, offset=offset, total=total)

    def _filters(self, request: StandinRequest, where: list[str], values: list[Any]) -> None:
        args = request.args
        query = args.get("q") or args.get("query")
        if query:
            where.append("(name LIKE ? OR json_extract(body, '$.description') LIKE ?)")
            values += [f"%{query}%"] * 2
        if args.get("name"):
            where.append("name LIKE ?")
            values.append(f"%{args['name']}%")
        if args.get("organizer_id"):
            where.append("organizer = ?")
            values.append(args["organizer_id"])
        for name, column in (("start_at", "start_at"), ("created_at", "json_extract(body, '$.created_at')")):
            if args.get(name):
                try:
                    first, last = (moment(text) for text in args[name].split(";"))
                except ValueError:
                    message = f"{name} must be two dates with a semicolon between them"
                    raise bad("validation_failed", message) from None
                where.append(f"{column} >= ? AND {column} <= ?")
                values += [iso(first), iso(last)]
        if flag(request, "future_events"):
            where.append("end_at >= ?")
            values.append(iso(self._env.clock.now()))
        venues = [text for text in (args.get("venues") or args.get("venue_id") or "").split(",") if text]
        if venues:
            where.append(f"venue_id IN ({','.join('?' * len(venues))})")
            values += [int(text) if text.isdigit() else -1 for text in venues]
        subcategory = number(request, "subcategory_id")
        if subcategory is not None:
            where.append("json_extract(body, '$.subcategory.id') = ?")
            values.append(subcategory)
        category = number(request, "category_id")
        if category is not None:
            below = [i for n, subs in places.CATEGORIES.values() if n == category for i in subs.values()] or [
                -1
            ]
            where.append(f"json_extract(body, '$.subcategory.id') IN ({','.join('?' * len(below))})")
            values += below

    def _one(self, request: StandinRequest, row: sqlite3.Row, wanted: Tree) -> Response:
        with self._env.store.read() as connection:
            return envelope(
                picked(request, [Views(connection, self._env.public_origin).event(row, wanted)])[0]
            )

    def _row(self, event_id: int) -> sqlite3.Row:
        with self._env.store.connect() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM th_events WHERE id = ? AND removed = 0", (event_id,)
            ).fetchone()
        if row is None:
            raise not_found("Event")
        return row

    @staticmethod
    def _organizer(name: str) -> None:
        if name not in places.ORGANIZERS:
            raise not_found("Organizer")

    def _own(self, request: StandinRequest, organizer: str, event_id: int) -> sqlite3.Row:
        """An event below its organizer; one that is not published shows to the organizer's staff only."""
        caller = self._world.doors.must(request)
        self._organizer(organizer)
        row = self._row(event_id)
        public = row["status"] in {"published", "updated", "canceled"}
        if row["organizer"] != organizer or not (public or caller.works_for(organizer)):
            raise not_found("Event")
        return row
