"""The stand-in as one plain WSGI application: finds the world of a call, applies faults, keeps a journal."""

from __future__ import annotations

import json
import socket
import struct
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from shop.standin.clock import Clock
from shop.standin.faults import Faults
from shop.standin.journal import Journal
from shop.standin.programme import Programme
from shop.standin.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 1_000_000
WORLDS = (
    "shop.standin.londontheatredirect.LondonTheatreDirect",
    "shop.standin.tickethead.Tickethead",
    "shop.standin.stripe.Stripe",
    "shop.standin.spektrix.Spektrix",
    "shop.standin.xs2event.XS2Event",
)

Handler = Callable[..., Response]


class Address(Rule):
    """Only found, never built: what would build it is nine tenths of the making of an application, and is left out."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            raise NotImplementedError(f"{rule.rule} is never built")

        return build


class StandinRequest(Request):
    max_content_length = MAX_BODY
    max_form_memory_size = MAX_BODY


@dataclass
class Env:
    """What every world may use. ``public_origin`` has no slash at the end."""

    store: Store
    clock: Clock
    faults: Faults
    journal: Journal
    programme: Programme
    public_origin: str
    options: dict[str, Any] = field(default_factory=dict)
    worlds: dict[str, World] = field(default_factory=dict)


class World:
    """One provider's (or Stripe's) imitation.

    A subclass sets ``name``, ``prefix`` (``/ltd``), ``SCHEMA`` (``CREATE TABLE IF NOT EXISTS`` statements),
    ``TABLES`` (what a reset empties, in an order that foreign keys allow) and gives ``routes``. A handler is
    a bound method ``(request, **url arguments) -> Response``.
    """

    name = ""
    prefix = ""
    SCHEMA = ""
    TABLES: tuple[str, ...] = ()
    title = ""
    FAULTS: dict[str, str] = {}  # named faults and what each does, for the control page
    hosts: frozenset[str] = frozenset()  # host names that are this world's own: no prefix there

    def __init__(self, env: Env) -> None:
        self.env = env
        self.url_map = Map(
            [
                Address(self.prefix + rule, methods=methods.split(), endpoint=handler)
                for methods, rule, handler in self.routes()
            ],
            strict_slashes=False,
            merge_slashes=False,
        )
        self.control_map = Map(
            [
                Address(f"/_standin/{self.name}{rule}", methods=methods.split(), endpoint=handler)
                for methods, rule, handler in self.control_routes()
            ],
            strict_slashes=False,
        )

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        """Triples of methods (``"GET POST"``), rule below the prefix, handler."""
        return ()

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        """The same below ``/_standin/<name>``; loopback only, already guarded."""
        return ()

    def seed(self) -> None:
        """Fill an empty state. Called at every start and after a reset; must leave what is there alone."""

    def reset(self) -> None:
        with self.env.store.write() as connection:
            for table in self.TABLES:
                connection.execute(f"DELETE FROM {table}")
        self.seed()

    def before(self, request: StandinRequest) -> Response | None:
        """A look at every call before its handler: keys, lengths. A response ends the call."""
        return None

    def after(self, request: StandinRequest, response: Response) -> None:
        """A look at every answer of the world before it leaves: headers, cookies. Faults do not pass here."""

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        """The world's own words for an unknown address, a wrong method, a crash."""
        return error.get_response(request.environ)

    def books(self) -> dict[str, Any]:
        """The truth of this world for tests that compare: held, sold, to whom, charged."""
        return {}

    def poster(self, slug: str) -> str | None:
        """The SVG behind ``/posters/<name>/<slug>.svg``."""
        return None

    def control_page(self) -> str:
        """HTML for this world's part of the page at ``/_standin/`` (already escaped)."""
        return ""


def as_json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, headers=headers, content_type="application/json; charset=utf-8")


class Standin:
    """The dispatcher. ``__call__`` is the WSGI entry."""

    def __init__(self, env: Env, worlds: Iterable[World]) -> None:
        from shop.standin.control import Control

        self.env = env
        for world in worlds:
            env.worlds[world.name] = world
            env.store.apply(world.SCHEMA)
        for world in env.worlds.values():
            world.seed()
        self.control = Control(env)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        self._at_home(environ)
        request = StandinRequest(environ)
        world = next((w for w in self.env.worlds.values() if _below(w.prefix, request.path)), None)
        if world is None:
            return self._outside(request)(environ, start_response)
        try:
            # Read before the work: a body that is refused unread would reset the caller's connection.
            body = request.get_data(cache=True)
        except HTTPException as error:
            body = b""
            response: Response = world.error(request, error)
            fault = None
        else:
            fault = self.env.faults.take_transport(
                world.name, request.method, request.path[len(world.prefix) :] or "/"
            )
            response = self._answer(world, request, fault)
        dropped = response.headers.pop("X-Standin-Drop", None) is not None
        response.direct_passthrough = False
        self.env.journal.write(
            at=self.env.clock.now().isoformat(),
            world=world.name,
            method=request.method,
            path=request.path,
            query=request.query_string.decode("latin-1"),
            headers=list(request.headers.items()),
            body=body,
            status=None if dropped else response.status_code,
            response=b"" if request.method == "HEAD" else _excerpt(response),
            milliseconds=(time.perf_counter() - started) * 1000,
            fault=fault["kind"] if fault else None,
        )
        if dropped:
            _drop(environ)
        return response(environ, start_response)

    def _at_home(self, environ: WSGIEnvironment) -> None:
        """A call to a world's own host name has no prefix; put it there, so that the rest need not care."""
        name = str(environ.get("HTTP_HOST", "")).partition(":")[0].lower()
        world = next((w for w in self.env.worlds.values() if name in w.hosts), None)
        if world is not None:
            environ[f"{world.name}.root"] = ""
            environ["PATH_INFO"] = world.prefix + environ.get("PATH_INFO", "")

    def _outside(self, request: StandinRequest) -> Response:
        if _below("/_standin", request.path):
            return self.control.answer(request)
        parts = request.path.strip("/").split("/")
        if len(parts) == 3 and parts[0] == "posters" and parts[2].endswith(".svg"):
            world = self.env.worlds.get(parts[1])
            svg = world.poster(parts[2].removesuffix(".svg")) if world else None
            if svg is not None:
                response = Response(svg, content_type="image/svg+xml")
                response.headers["Cache-Control"] = "public, max-age=3600"
                response.headers["Access-Control-Allow-Origin"] = "*"
                response.add_etag()
                return response.make_conditional(request)
        return Response("Not found\n", status=404, content_type="text/plain; charset=utf-8")

    def _answer(self, world: World, request: StandinRequest, fault: dict[str, Any] | None) -> Response:
        kind = fault["kind"] if fault else ""
        after = bool(fault and fault.get("after"))
        if fault and kind == "slow" and not after:
            _wait(request.environ, float(fault.get("seconds") or 20))
        if fault and kind not in {"slow", "lost_answer"} and not after:
            return _faulty(fault)
        response = self._work(world, request)
        if fault and kind == "lost_answer":
            if fault.get("seconds"):
                _wait(request.environ, float(fault["seconds"]))
            elif not fault.get("status"):
                response.headers["X-Standin-Drop"] = "1"
            else:
                return _faulty({**fault, "kind": "status"})
        elif fault and kind == "slow" and after:
            _wait(request.environ, float(fault.get("seconds") or 20))
        elif fault and after:
            return _faulty(fault)
        return response

    def _work(self, world: World, request: StandinRequest) -> Response:
        response = self._handled(world, request)
        world.after(request, response)
        return response

    def _handled(self, world: World, request: StandinRequest) -> Response:
        try:
            early = world.before(request)
            if early is not None:
                return early
            handler, arguments = world.url_map.bind_to_environ(request.environ).match()
            response: Response = handler(request, **arguments)
            return response
        except RequestRedirect as redirect:
            return redirect.get_response(request.environ)
        except HTTPException as error:
            return world.error(request, error)
        except Exception as error:  # noqa: BLE001 - a crash is an answer too, and must reach the journal
            traceback.print_exc()
            return world.error(request, InternalServerError(original_exception=error))


def _below(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _excerpt(response: Response) -> bytes:
    kind = response.content_type or ""
    if kind.startswith(("application/json", "text/", "application/xml")):
        return response.get_data()
    return f"({kind}, {len(response.get_data())} bytes)".encode()


def _faulty(fault: dict[str, Any]) -> Response:
    kind = fault["kind"]
    status = int(fault.get("status") or 200)
    if kind == "drop":
        return Response(headers={"X-Standin-Drop": "1"})
    if kind == "too_many":
        seconds = str(int(fault.get("seconds") or 2))
        return Response("Too Many Requests", status=429, headers={"Retry-After": seconds})
    if kind == "html":
        page = "<!DOCTYPE html><html><body><h1>We are doing some maintenance</h1></body></html>"
        return Response(fault.get("body") or page, status=status, content_type="text/html; charset=utf-8")
    if kind == "empty":
        return Response(b"", status=status, content_type="application/json")
    if kind == "garbage":
        broken = fault.get("body") or '{"Success": tru'
        return Response(broken, status=status, content_type="application/json")
    body = fault.get("body", {"Message": "An error has occurred."})
    if isinstance(body, str):
        kind = fault.get("content_type") or "text/html; charset=utf-8"
        return Response(body, status=status, content_type=kind, headers=fault.get("headers"))
    return as_json(body, status, fault.get("headers"))


def _wait(environ: WSGIEnvironment, seconds: float) -> None:
    """In-process (see ``transport``) the wait is only noted, so that tests need not sleep."""
    wait: Callable[[float], None] = environ.get("standin.wait", time.sleep)
    wait(seconds)


def _drop(environ: WSGIEnvironment) -> None:
    """End the connection without an answer: by the transport's own hook, or at the server's socket."""
    hook = environ.get("standin.drop")
    if hook is not None:
        hook()
        return
    sock: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)


def make_app(
    state_path: str,
    public_origin: str = "http://127.0.0.1:8001",
    *,
    scale: int = 0,
    options: dict[str, Any] | None = None,
) -> Standin:
    """The whole stand-in over one state file.

    ``scale`` adds that many events for load work; ``options`` reach the worlds as ``env.options``
    (``ltd_keys``: list of accepted keys; the other worlds name theirs).
    """
    store = Store(state_path)
    clock = Clock(store)
    env = Env(
        store=store,
        clock=clock,
        faults=Faults(store),
        journal=Journal(store),
        programme=Programme(clock, scale=scale),
        public_origin=public_origin.rstrip("/"),
        options=dict(options or {}),
    )
    return Standin(env, [_load(path)(env) for path in WORLDS])


def _load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


__all__ = ["Env", "NotFound", "Response", "Standin", "StandinRequest", "World", "as_json", "make_app"]
