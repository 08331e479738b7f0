"""The browser's side of the imitated seats.io: the script ``chart.js`` and the calls that it makes.

Source: docs.seats.io (renderer) and the vendor's own types for names; how the real script talks to its server is its
own affair, so these addresses are ours. They are open to any page that knows the public workspace key, and never show
whose a seat is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.tickethead_places import ORGANIZERS
from shop.standin.tickethead_seats import FREE, HELD
from shop.standin.tickethead_seatsio import PREFIX, SeatsRefusal, workspace_key
from shop.standin.tickethead_wire import iso
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead

BROWSER = f"{PREFIX}/browser"
_SCRIPT = Path(__file__).with_name("tickethead_static") / "chart.js"
_SHOWN = ("label", "labels", "section", "entrance", "categoryKey", "categoryLabel", "forSale", "isAccessible",
          "isCompanionSeat", "hasRestrictedView", "rightNeighbour")  # fmt: skip


class ChartScript:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        room = f"{BROWSER}/<workspace>"
        return [
            ("GET", f"{PREFIX}/chart.js", self.script),
            ("POST", f"{room}/hold-tokens", self.new_token),
            ("GET", f"{room}/hold-tokens/<token>", self.token),
            ("GET", f"{room}/events/<key>", self.event),
            ("POST", f"{room}/events/<key>/actions/<any(hold,release):action>", self.act),
        ]

    @staticmethod
    def open_to_pages(response: Response) -> None:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    def script(self, request: StandinRequest) -> Response:
        response = Response(_SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")
        response.headers["Cache-Control"] = "max-age=60"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.add_etag()
        return response.make_conditional(request)

    @staticmethod
    def _organizer(workspace: str) -> str:
        found = next((name for name in ORGANIZERS if workspace_key(name) == workspace), None)
        if found is None:
            raise SeatsRefusal(404, "WORKSPACE_NOT_FOUND", f"Workspace not found: {workspace}")
        return found

    def _shown_token(self, token: str, organizer: str) -> Response:
        with self._env.store.read() as connection:
            found = self._world.seatsio.live_token(connection, token, organizer)
        seats = self._world.seats
        return as_json(
            {
                "token": found.token,
                "expiresAt": iso(seats.ends(found)),
                "expiresInSeconds": seats.seconds_left(found),
            }
        )

    def new_token(self, request: StandinRequest, workspace: str) -> Response:
        organizer = self._organizer(workspace)
        with self._env.store.write() as connection:
            made = self._world.seats.new_token(connection, organizer)
        return self._shown_token(made.token, organizer)

    def token(self, request: StandinRequest, workspace: str, token: str) -> Response:
        return self._shown_token(token, self._organizer(workspace))

    def event(self, request: StandinRequest, workspace: str, key: str) -> Response:
        """Every seat in the order of the plan, whether it is free, and whether ``hold_token`` holds it."""
        token = request.args.get("hold_token") or None
        infos = self._world.seat_reports.infos(key, self._organizer(workspace))
        return as_json({"seats": [self._seat(info, token) for info in infos]})

    @staticmethod
    def _seat(info: dict[str, Any], token: str | None) -> dict[str, Any]:
        mine = info["status"] == HELD and token is not None and info.get("holdToken") == token
        shown = {name: info[name] for name in _SHOWN if name in info}
        return {**shown, "free": info["isAvailable"], "mine": mine}

    def act(self, request: StandinRequest, workspace: str, key: str, action: str) -> Response:
        """``{objects, holdToken}``. Plain text, so that a page of another origin need not ask first."""
        organizer = self._organizer(workspace)
        given = self._world.seatsio.body(request)
        if not given.get("holdToken"):
            raise SeatsRefusal(400, "VALIDATION_ERROR", "holdToken is required")
        change = {
            "objects": given.get("objects"),
            "holdToken": given["holdToken"],
            "status": HELD if action == "hold" else FREE,
            "events": [key],
        }
        self._world.seatsio.change(organizer, [change])
        return Response(status=204)
