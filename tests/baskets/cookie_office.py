"""A box office whose basket is the visitor's cookie, as a real HTTP server: the public API on one host, basket calls with
CORS and credentials on another. What a basket answers is `tests.providers.spektrix_browser`'s.
"""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.providers.accounts import AccountConfig
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_browser import ROOT, Browser

API = "/lantern/api/v3"
COOKIE = "SpektrixSession"


class CookieOffice:
    """`visitors`: cookie -> basket. `stock`, `refuses`, `loses`, `queue` are those of every visitor."""

    def __init__(self) -> None:
        self.public: dict[str, Any] = {}
        self.visitors: dict[str, Browser] = {}
        self.settings = Browser()
        self.asked: list[tuple[str, str, Any]] = []
        self.guarded = False  # something in front of it answers browsers with a page
        self.orders: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        office = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None: ...

            def _any(self) -> None:
                office._serve(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_OPTIONS = _any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.system, self.domain = f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # --- HTTP ---------------------------------------------------------------------------------------------------

    def _serve(self, call: BaseHTTPRequestHandler) -> None:
        length = int(call.headers.get("Content-Length") or 0)
        text = call.rfile.read(length) if length else b""
        parts = urlsplit(call.path)
        headers = {}
        if call.command == "OPTIONS":
            self._send(call, 204, None, self._cors(call))
            return
        if parts.path.startswith(ROOT):
            with self.lock:
                visitor, fresh = self._visitor(call)
                body = json.loads(text) if text else None
                path = parts.path[len(ROOT) :]
                self.asked.append((call.command, path, body))
                if self.guarded and call.command != "GET":
                    self._send(call, 403, sx.HTML, self._cors(call))
                    return
                status, answer = visitor._answer(call.command, path, parse_qs(parts.query), body)
                lost = self.settings.loses(call.command, path)
            if fresh:
                headers["Set-Cookie"] = f"{COOKIE}={fresh}; Path=/; HttpOnly"
            if lost:
                call.close_connection = True
                call.connection.close()
                return
            self._send(call, status, answer, headers | self._cors(call))
            return
        path = parts.path[len(API) :]
        if path == "/orders" or path.startswith("/orders/"):
            self._orders(call, path, parse_qs(parts.query))
            return
        known = self.public.get(path)
        self._send(
            call, 200 if known is not None else 404, known if known is not None else {"message": "none"}, {}
        )

    def _orders(self, call: BaseHTTPRequestHandler, path: str, query: dict[str, list[str]]) -> None:
        """Signed calls only; what the signature is worth is the client's own tests' concern."""
        if not call.headers.get("Authorization"):
            self._send(call, 401, {"message": "no"}, {})
        elif path == "/orders":
            self._send(call, 200, self.orders if query.get("page") == ["1"] else [], {})
        else:
            found = [one for one in self.orders if one["id"] == path.removeprefix("/orders/")]
            self._send(call, 200 if found else 404, found[0] if found else {"message": "none"}, {})

    def is_paid(self, *, seen: bool = True, **more: Any) -> dict[str, Any]:
        """The only visitor pays on the hosted page: an order comes of the basket, which is empty then.

        `seen` False: signed calls do not show it yet. `more` are fields that come out otherwise (a total).
        """
        (visitor,) = self.visitors.values()
        whole = {name: value for name, value in visitor._whole().items() if name not in ("id", "hash")}
        order = {
            **whole, "id": f"W{1000 + len(self.orders)}", "customer": {"email": "somebody@example.org"}, **more,
        }  # fmt: skip
        if seen:
            self.orders.append(order)
        visitor.basket = {**visitor._empty(), "id": sx.ident(882000)}
        return order

    def _cors(self, call: BaseHTTPRequestHandler) -> dict[str, str]:
        return {
            "Access-Control-Allow-Origin": call.headers.get("Origin", ""),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
            "Access-Control-Allow-Headers": "content-type",
            "Vary": "Origin",
        }

    def _visitor(self, call: BaseHTTPRequestHandler) -> tuple[Browser, str]:
        cookie = SimpleCookie(call.headers.get("Cookie", ""))
        name, fresh = (cookie[COOKIE].value if COOKIE in cookie else ""), ""
        if name not in self.visitors:
            name = fresh = f"visitor{len(self.visitors) + 1}"
            self.visitors[name] = Browser()
            self.visitors[name].basket["id"] = sx.ident(881000 + len(self.visitors))
        visitor = self.visitors[name]
        visitor.stock, visitor.refuses, visitor.queue = (
            self.settings.stock, self.settings.refuses, self.settings.queue,
        )  # fmt: skip
        visitor.best_type = self.settings.best_type
        return visitor, fresh

    def _send(self, call: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str]) -> None:
        html = isinstance(body, str)
        content = b"" if body is None else body.encode() if html else json.dumps(body, default=str).encode()
        call.send_response(status)
        call.send_header("Content-Type", "text/html" if html else "application/json")
        call.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(content)

    # --- what is on -----------------------------------------------------------------------------------------------

    def account(self, *, asked: bool = True, **options: str) -> AccountConfig:
        """`asked`: with credentials for the signed orders."""
        return AccountConfig(
            "lantern", "spektrix", "Lantern House", self.system,
            keys={"api_user": "foyer-owner", "secret": "c2VjcmV0"} if asked else {}, currency="GBP", timezone="Europe/London",
            allowed_hosts=(f"localhost:{self.port}",),
            options={"client_name": "lantern", "custom_domain": self.domain, **options},
        )  # fmt: skip

    def puts_on(
        self, ref: str, plan: str, name: str = "The Paper Lantern", days: int = 20, **more: Any
    ) -> Instance:
        """A date there, and the same in our catalogue."""
        starts = (clock.now() + timedelta(days=days)).replace(hour=19, minute=30, second=0, microsecond=0)
        local = starts.strftime("%Y-%m-%dT%H:%M:%S")
        raw = sx.instance(
            ref, plan, start=local, startUtc=local, startSellingAtWebUtc="2020-01-01T09:00:00Z",
            startSellingAtWeb="2020-01-01T09:00:00", stopSellingAtWebUtc=f"{local}Z", stopSellingAtWeb=local, **more,
        )  # fmt: skip
        self.public |= {
            f"/instances/{ref}": raw,
            f"/instances/{ref}/plan": sx.PLANS[ref],
            f"/instances/{ref}/price-list": sx.price_list(),
            f"/instances/{ref}/status": sx.status(40),
            f"/events/{sx.EVENT}": sx.event(name=name),
            "/venues": [{"id": sx.VENUE, "name": "Lantern House"}, {"id": sx.STUDIO, "name": "Studio"}],
        }
        for leaf in (sx.FLOOR, sx.GALLERY_LEFT, sx.GALLERY_RIGHT, sx.STALLS, sx.STANDING):
            self.public[f"/instances/{ref}/status/{leaf}"] = sx.status(20)
        account, _ = ProviderAccount.objects.get_or_create(
            name="lantern", defaults={"kind": "spektrix", "title": "Lantern House"}
        )
        venue, _ = Venue.objects.get_or_create(
            slug="lantern-house",
            defaults={"name": "Lantern House", "timezone": "Europe/London", "account": account},
        )
        event, _ = Event.objects.get_or_create(
            account=account, provider_ref=sx.EVENT,
            defaults={"venue": venue, "slug": "lantern", "name": name, "kind": "play", "currency": "GBP"},
        )  # fmt: skip
        return Instance.objects.create(
            event=event, provider_ref=ref, starts_at=starts, currency="GBP", seats_left=40
        )
