"""Looking at charted events through the imitated seats.io: single objects, reports of every object, summaries.

Source: docs.seats.io, "Retrieve information about objects", "Detailed event reports", "Flat event report", "Summary
event reports"; what its own client requests and reads. The columns of the CSV are our reading.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import tickethead_seat_views as views
from shop.standin.tickethead_seats import UnknownSeatError
from shop.standin.tickethead_seatsio import PREFIX, SeatsRefusal, invalid
from shop.standin.tickethead_wire import iso
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead

_COLUMNS = ("label", "status", "categoryLabel", "categoryKey", "section", "entrance", "objectType", "orderId",
            "ticketType", "holdToken", "forSale", "isAvailable", "isAccessible", "isCompanionSeat",
            "hasRestrictedView")  # fmt: skip


class SeatReports:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._api = world.seatsio
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        event, report = f"{PREFIX}/events/<key>", f"{PREFIX}/reports/events/<key>"
        return [
            ("GET", event, self.event),
            ("GET", f"{event}/objects", self.objects),
            ("GET", report, self.flat),
            ("GET", f"{report}.csv", self.flat_csv),
            ("GET", f"{report}/<kind>", self.report),
            ("GET", f"{report}/<kind>/summary", self.summary),
            ("GET", f"{report}/<kind>/summary/deep", self.deep_summary),
            ("GET", f"{report}/<kind>/<only>", self.report),
        ]

    def event(self, request: StandinRequest, key: str) -> Response:
        workspace = self._api.workspace(request)
        with self._env.store.read() as connection:
            row = self._api.known_event(connection, key, workspace)
            categories = views.category_labels(connection, key)
        return as_json(
            {
                "id": row["id"],
                "key": key,
                "name": row["name"],
                "date": row["start_at"][:10],
                "chartKey": f"chart-{row['id']}",
                "tableBookingConfig": {"mode": "INHERIT"},
                "supportsBestAvailable": True,
                "categories": [{"key": each, "label": name, "color": "#5d6472", "accessible": False}
                               for each, name in categories.items()],
                "isInThePast": row["end_at"] < str(iso(self._env.clock.now())),
                "isTopLevelSeason": False,
                "isPartialSeason": False,
                "isEventInSeason": False,
            }
        )  # fmt: skip

    def objects(self, request: StandinRequest, key: str) -> Response:
        """``label=``, once for each seat."""
        workspace, labels = self._api.workspace(request), list(dict.fromkeys(request.args.getlist("label")))
        if not labels:
            raise invalid("label is required")
        with self._env.store.read() as connection:
            self._api.known_event(connection, key, workspace)
            categories = views.category_labels(connection, key)
            try:
                seats = self._world.seats.known(connection, key, labels)
            except UnknownSeatError as problem:
                raise SeatsRefusal(404, "OBJECT_NOT_FOUND", f"Object not found: {problem.label}") from None
        return as_json({seat["label"]: views.info(seat, categories) for seat in seats})

    def infos(self, key: str, workspace: str) -> list[dict[str, Any]]:
        """Every object of an event, in the order of its plan, all seen at one moment."""
        with self._env.store.read() as connection:
            self._api.known_event(connection, key, workspace)
            categories = views.category_labels(connection, key)
            seats = self._world.seats.all(connection, key)
        return [views.info(seat, categories) for seat in seats]

    def flat(self, request: StandinRequest, key: str) -> Response:
        return as_json(self.infos(key, self._api.workspace(request)))

    def flat_csv(self, request: StandinRequest, key: str) -> Response:
        """The same as a table; nothing where an object has no value."""
        out = io.StringIO()
        table = csv.DictWriter(out, _COLUMNS, extrasaction="ignore", restval="")
        table.writeheader()
        table.writerows(self.infos(key, self._api.workspace(request)))
        return Response(out.getvalue(), content_type="text/csv; charset=utf-8")

    def report(self, request: StandinRequest, key: str, kind: str, only: str | None = None) -> Response:
        infos = self.infos(key, self._api.workspace(request))
        self._must_be(kind, views.GROUPS)
        shown = views.detailed(infos, kind)
        return as_json(shown if only is None else {name: shown[name] for name in shown if name == only})

    def summary(self, request: StandinRequest, key: str, kind: str, *, deep: bool = False) -> Response:
        infos = self.infos(key, self._api.workspace(request))
        self._must_be(kind, views.SUMMARIES)
        return as_json(views.summary(infos, kind, deep=deep))

    def deep_summary(self, request: StandinRequest, key: str, kind: str) -> Response:
        return self.summary(request, key, kind, deep=True)

    @staticmethod
    def _must_be(kind: str, legal: Iterable[str]) -> None:
        if kind not in legal:
            raise SeatsRefusal(404, "NOT_FOUND", f"Unknown report type: {kind}")
