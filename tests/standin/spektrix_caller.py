"""A caller of the stand-in's Spektrix, as the documents would have it: no client of ours in between."""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests
from bs4 import BeautifulSoup

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

SYSTEM = "http://stand-in.test"
CUSTOM = "http://tickets.foyer.localhost"
NOON = datetime(2027, 1, 12, 12, tzinfo=UTC)  # a Tuesday
CARD = {"number": "4000000000000002", "expiry": "12/40", "cvc": "111"}


class Visitor:
    """A browser of one visitor: a cookie jar, one host, one client name."""

    def __init__(self, app: Standin, host: str = CUSTOM, client: str = "lanternquay") -> None:
        self.app, self.host, self.client = app, host, client
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["User-Agent"] = "FoyerTest/1.0"
        for origin in (SYSTEM, CUSTOM):
            self.http.mount(origin, StandinAdapter(app))

    def url(self, path: str) -> str:
        return f"{self.host}/spektrix/{self.client}/api/v3/{path}"

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(self.url(path), params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        if body is not None:
            options["json"] = body
        return self.http.request(method, self.url(path), **options)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.call("POST", path, body)

    # The control side

    def control(self, path: str, body: Any = None) -> Any:
        if body is None:
            return self.http.get(f"{SYSTEM}/_standin{path}").json()
        answer = self.http.post(f"{SYSTEM}/_standin{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **spec: Any) -> None:
        self.control("/faults", {"world": "spektrix", **spec})

    def settings(self, **changes: Any) -> None:
        self.control("/spektrix/settings", changes)

    def advance(self, seconds: float) -> None:
        self.control("/clock", {"advance_seconds": seconds})

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.control("/books")["spektrix"]
        return books

    # What most tests begin with

    def event(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(e for e in self.get("events") if e["name"].strip() == name)
        return found

    def instances(self, name: str) -> list[dict[str, Any]]:
        """Future instances that are sold, by start."""
        found: list[dict[str, Any]] = self.get(
            f"events/{self.event(name)['id']}/instances", start_from="2027-01-14"
        )
        return [each for each in found if not each["cancelled"]]

    def type(self, instance: dict[str, Any], name: str = "") -> str:
        """The id of a ticket type; of the standard one without a name."""
        prices = self.get(f"instances/{instance['id']}/price-list")["prices"]
        return next(
            p["ticketType"]["id"]
            for p in prices
            if (p["ticketType"]["name"] == name if name else p["isBandDefault"])
        )

    def ticket(self, instance: dict[str, Any], plan: str = "", kind: str = "") -> dict[str, str]:
        return {
            "instance": instance["id"],
            "seatingPlan": plan or instance["planId"],
            "type": self.type(instance, kind),
        }

    def seats(self, instance: dict[str, Any], status: str = "A") -> list[str]:
        detail = self.get(f"instances/{instance['id']}/status/detail", includeChildPlans="true")
        return [seat for seat, entry in detail.items() if entry["status"] == status]

    # The hosted pages

    def page(self, path: str, **query: Any) -> requests.Response:
        return self.http.get(f"{self.host}/spektrix/{self.client}/website/{path}", params=query)

    def send(self, page: requests.Response, **form: Any) -> requests.Response:
        """The page's last form with what is filled in, at its own address; redirects are followed."""
        form_tag = BeautifulSoup(page.text, "html.parser").find_all("form")[-1]
        fields: dict[str, Any] = {}
        for tag in form_tag.find_all("input"):
            if tag.get("type") in {"radio", "checkbox"} and not tag.has_attr("checked"):
                continue
            fields[tag["name"]] = tag.get("value", "")
        for tag in form_tag.find_all("select"):
            chosen = tag.find("option", selected=True) or tag.find("option")
            fields[tag["name"]] = chosen["value"]
        return self.http.post(page.url, data={**fields, **form})

    def check_out(self, email: str = "dora@example.org", **card: str) -> requests.Response:
        """Walks the express checkout to its end; the last page."""
        page = self.page("secure/checkout/v2")
        values = {"email": email, "firstName": "Dora", "lastName": "Buyer", **CARD, **card}
        for _ in range(12):
            if not page.ok or "<form" not in page.text:
                break
            names = re.findall(r'name="(\w+)"', page.text)
            was = page.url
            page = self.send(page, **{name: value for name, value in values.items() if name in names})
            if page.url == was:
                break
        return page


@lru_cache(maxsize=1)
def _once() -> tuple[Standin, sqlite3.Connection]:
    """One application for all tests of a process, and its state when nothing had happened yet: to make the addresses of
    every world anew for each test would be most of their time."""
    room = Path(tempfile.mkdtemp(prefix="spektrix-tests-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    app = make_app(str(room / "standin.sqlite3"), SYSTEM)
    untouched = sqlite3.connect(":memory:", check_same_thread=False)
    with app.env.store.connect() as connection:
        connection.backup(untouched)
    return app, untouched


def standin() -> Standin:
    """A stand-in in this process, as on its first day, whose clock says noon on 12 January 2027."""
    app, untouched = _once()
    with app.env.store.connect() as connection:
        untouched.backup(connection)
    Visitor(app).control("/clock", {"offset_seconds": (NOON - datetime.now(UTC)).total_seconds()})
    return app
