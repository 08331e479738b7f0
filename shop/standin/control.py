"""The control pages and the control JSON below ``/_standin/``: only for this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from shop.standin import control_page
from shop.standin.wsgi import Env, StandinRequest, as_json

Answer = Callable[..., Response]


def is_loopback_name(name: str) -> bool:
    """True for localhost, names below it, and loopback addresses."""
    name = name.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Control:
    def __init__(self, env: Env) -> None:
        self.env = env
        self.url_map = Map(
            [
                Rule("/_standin/", methods=["GET"], endpoint=self.page),
                Rule("/_standin/health", methods=["GET"], endpoint=self.health),
                Rule("/_standin/reset", methods=["POST"], endpoint=self.reset),
                Rule("/_standin/clock", methods=["GET", "POST"], endpoint=self.clock),
                Rule("/_standin/faults", methods=["GET", "POST", "DELETE"], endpoint=self.faults),
                Rule("/_standin/journal", methods=["GET", "DELETE"], endpoint=self.journal),
                Rule("/_standin/books", methods=["GET"], endpoint=self.books),
            ],
            strict_slashes=False,
        )

    def answer(self, request: StandinRequest) -> Response:
        """404 for everybody who is not on this machine, 403 for a page of another origin."""
        if not self._local(request):
            return Response("Not found\n", status=404, content_type="text/plain; charset=utf-8")
        origin = request.headers.get("Origin")
        if request.method not in {"GET", "HEAD"} and origin is not None:
            ours = urlsplit(origin).netloc == request.host or origin == self.env.public_origin
            if not ours:
                return as_json({"error": "Controls answer their own page and programs only."}, 403)
        maps = [self.url_map, *(world.control_map for world in self.env.worlds.values())]
        refusal: HTTPException | None = None
        for url_map in maps:
            try:
                handler, arguments = url_map.bind_to_environ(request.environ).match()
            except HTTPException as error:
                if refusal is None or error.code != 404:
                    refusal = error
                continue
            # A person's form leads back to the page, a program's call gets its JSON.
            person = request.method == "POST" and "text/html" in request.headers.get("Accept", "")
            try:
                response: Response = handler(request, **arguments)
            except (ValueError, LookupError) as problem:
                return self._problem(person, str(problem.args[0] if problem.args else problem), 400)
            except HTTPException as error:
                return self._problem(person, error.description or error.name, error.code or 400)
            if person and response.status_code < 400:
                return redirect("/_standin/", code=303)
            return response
        assert refusal is not None
        return refusal.get_response(request.environ)

    def _problem(self, person: bool, text: str, status: int) -> Response:
        return self._page(text, status) if person else as_json({"error": text}, status)

    def _local(self, request: StandinRequest) -> bool:
        """The caller, and the name it used, must be this machine (no proxy, no rebound DNS name)."""
        forwarded = any(h in request.headers for h in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
        known_host = urlsplit(self.env.public_origin).hostname
        host = (urlsplit(f"//{request.host}").hostname or "").lower()
        in_process = "standin.drop" in request.environ
        return (
            is_loopback_name(request.remote_addr or "")
            and not forwarded
            and (in_process or is_loopback_name(host) or host == known_host)
        )

    def health(self, request: StandinRequest) -> Response:
        return as_json({"ok": True, "worlds": sorted(self.env.worlds)})

    def reset(self, request: StandinRequest) -> Response:
        """All of it (state, clock, faults, journal), or the state of one world."""
        wanted = arguments(request).get("world")
        if wanted:
            self._world(wanted).reset()
        else:
            self.env.clock.set_offset(0)
            self.env.faults.clear()
            self.env.journal.clear()
            for world in self.env.worlds.values():
                world.reset()
        return as_json({"ok": True})

    def _world(self, name: str) -> Any:
        if name not in self.env.worlds:
            raise LookupError(f"No world {name}; there is {', '.join(self.env.worlds)}.")
        return self.env.worlds[name]

    def clock(self, request: StandinRequest) -> Response:
        if request.method == "POST":
            given = arguments(request)
            if "offset_seconds" in given:
                self.env.clock.set_offset(float(given["offset_seconds"]))
            elif "advance_seconds" in given:
                self.env.clock.advance(float(given["advance_seconds"]))
            else:
                raise ValueError("Give offset_seconds or advance_seconds.")
        return as_json({"offset_seconds": self.env.clock.offset(), "now": self.env.clock.now().isoformat()})

    def faults(self, request: StandinRequest) -> Response:
        given = arguments(request)
        if request.method == "POST" and given.get("off"):
            self.env.faults.clear(fault_id=int(given["off"]) if given["off"] != "all" else None)
        elif request.method == "POST":
            if "fault" in given:
                given["world"], _, given["name"] = str(given.pop("fault")).partition("/")
            return as_json({"id": self.env.faults.add(given)}, 201)
        elif request.method == "DELETE":
            fault_id = request.args.get("id", type=int)
            self.env.faults.clear(world=request.args.get("world"), fault_id=fault_id)
        return as_json({"faults": self.env.faults.all()})

    def journal(self, request: StandinRequest) -> Response:
        if request.method == "DELETE":
            self.env.journal.clear()
        args = request.args
        calls = self.env.journal.read(
            world=args.get("world"),
            since_id=args.get("since_id", 0, type=int),
            path=args.get("path"),
            method=args.get("method"),
            limit=args.get("limit", 1000, type=int),
        )
        return as_json({"calls": calls, "last_id": self.env.journal.last_id()})

    def books(self, request: StandinRequest) -> Response:
        wanted = request.args.get("world")
        names = [wanted] if wanted else list(self.env.worlds)
        return as_json({name: self._world(name).books() for name in names})

    def page(self, request: StandinRequest) -> Response:
        return self._page()

    def _page(self, problem: str = "", status: int = 200) -> Response:
        html = control_page.render(self.env, problem)
        headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
        return Response(html, status=status, headers=headers, content_type="text/html; charset=utf-8")


def arguments(request: StandinRequest) -> dict[str, Any]:
    """JSON object or form of a control call. Raises ``ValueError`` for anything else."""
    if request.form:
        return {key: value for key, value in request.form.items() if value != ""}
    if not request.get_data():
        return {}
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise ValueError("The body is not a JSON object.")
    return data
