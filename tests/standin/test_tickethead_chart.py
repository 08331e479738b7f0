"""The imitated ``chart.js`` of seats.io in a real Chromium, on a page of another origin with a strict policy.

Names and order of the calls are those of docs.seats.io.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.standin.vendor_sdk.process import running

pytestmark = [pytest.mark.browser, pytest.mark.processes]

KEY = ("demo-seatsio-secret", "")
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Choose</title>
<script src="{standin}/tickethead/seatsio/chart.js"></script><script src="/choose.js" defer></script></head>
<body><h1>Choose</h1><form id="form"><div id="chart" data-config='{config}'></div></form></body></html>"""
SCRIPT = """
const said = window.said = [], div = document.getElementById("chart");
const listen = (name) => (...facts) => said.push([name, ...facts.map((fact) =>
  Array.isArray(fact) ? fact.map((one) => one && one.label) : fact && (fact.label || fact.token) || null)]);
const names = ["onChartRenderingFailed", "onSessionInitialized", "onHoldTokenExpired", "onHoldCallsInProgress",
  "onHoldCallsComplete", "onHoldSucceeded", "onHoldFailed", "onObjectSelected", "onObjectDeselected"];
const listeners = Object.fromEntries(names.map((name) => [name, listen(name)]));
window.chart = new seatsio.SeatingChart({ divId: "chart", ...JSON.parse(div.dataset.config), ...listeners,
  onChartRendered() { said.push(["onChartRendered"]); div.dataset.ready = "yes"; },
}).render();
"""


class Shop(ThreadingHTTPServer):
    """One page and one script of another origin than the stand-in."""

    def __init__(self, standin: str) -> None:
        self.page = ""
        shop = self
        policy = (
            f"default-src 'none'; script-src 'self' {standin}; connect-src {standin}; style-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path == "/choose.js"
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((SCRIPT if script else shop.page).encode())

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("chart"), known_as="localhost") as origin:
        yield origin


@pytest.fixture(scope="module")
def shop(standin: str) -> Iterator[Shop]:
    server = Shop(standin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def studio(standin: str) -> str:
    rows = requests.get(f"{standin}/tickethead/event/v1/event?limit=100&public=true").json()["data"]
    return str(next(row["id"] for row in rows if row["name"] == "The Understudies"))


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    made = chromium.new_page(viewport={"width": 700, "height": 800})
    refusals: list[str] = []
    made.on(
        "console",
        lambda line: refusals.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield made
    made.close()
    assert refusals == []


@pytest.fixture
def begin(standin: str, shop: Shop, page: Page, studio: str) -> Callable[..., None]:
    """Open the page with a chart of the studio."""

    def start(*, ready: bool = True, **config: Any) -> None:
        given = {"workspaceKey": "workspace-museum-am-ring", "event": studio, "session": "continue", **config}
        shop.page = PAGE.format(standin=standin, config=json.dumps(given))
        page.goto(f"http://127.0.0.1:{shop.server_port}/")
        if ready:
            expect(page.locator("#chart[data-ready=yes]")).to_be_visible()

    return start


@pytest.fixture
def free(standin: str, studio: str) -> Callable[[int], list[str]]:
    def some(number: int) -> list[str]:
        rows = requests.get(f"{standin}/tickethead/seatsio/reports/events/{studio}", auth=KEY).json()
        labels = [row["label"] for row in rows if row["isAvailable"]]
        return list(labels[:number])

    return some


def seat_of(standin: str, event: str, label: str) -> dict[str, Any]:
    url = f"{standin}/tickethead/seatsio/events/{event}/objects"
    found: dict[str, Any] = requests.get(url, params={"label": label}, auth=KEY).json()[label]
    return found


def change(standin: str, event: str, action: str, **body: Any) -> None:
    url = f"{standin}/tickethead/seatsio/events/{event}/actions/{action}"
    assert requests.post(url, json=body, auth=KEY).status_code == 204


def wait(page: Page, name: str, times: int = 1) -> list[list[Any]]:
    """Wait until the chart has told ``name`` so often; everything told so far."""
    page.wait_for_function(f"() => said.filter(([name]) => name === '{name}').length >= {times}")
    found: list[list[Any]] = page.evaluate("said")
    return found


def test_a_chosen_seat_is_held_and_let_go_again(
    page: Page, standin: str, studio: str, begin: Callable[..., None], free: Callable[[int], list[str]]
) -> None:
    (label,) = free(1)
    begin(holdTokenInputName="hold_token", selectedObjectsInputName="seats", pricing=[])
    token = page.evaluate("chart.holdToken")
    page.locator(f"button[data-label='{label}']").click()
    told = wait(page, "onHoldCallsComplete")
    assert told == [["onSessionInitialized", token], ["onChartRendered"], ["onObjectSelected", label],
                    ["onHoldCallsInProgress"], ["onHoldSucceeded", [label], [None]],
                    ["onHoldCallsComplete"]]  # fmt: skip
    assert seat_of(standin, studio, label)["holdToken"] == token
    assert page.evaluate("chart.selectedObjects") == [label]
    fields = page.evaluate("[...new FormData(document.getElementById('form'))]")
    assert fields == [["seats", label], ["hold_token", token]]
    expect(page.locator(f"button[data-label='{label}']")).to_have_attribute("aria-pressed", "true")
    page.locator(f"button[data-label='{label}']").click()
    wait(page, "onHoldCallsComplete", 2)
    assert seat_of(standin, studio, label)["status"] == "free"
    assert page.evaluate("chart.selectedObjects") == []


def test_a_session_is_continued_after_a_reload_with_its_seats(
    page: Page, standin: str, studio: str, begin: Callable[..., None], free: Callable[[int], list[str]]
) -> None:
    (label,) = free(1)
    begin()
    token = page.evaluate("chart.holdToken")
    page.locator(f"button[data-label='{label}']").click()
    wait(page, "onHoldCallsComplete")
    page.reload()
    wait(page, "onChartRendered")
    assert (page.evaluate("chart.holdToken"), page.evaluate("chart.selectedObjects")) == (token, [label])
    page.evaluate("chart.startNewSession()")
    assert page.evaluate("chart.holdToken") != token
    assert seat_of(standin, studio, label)["status"] == "free"


def test_a_token_of_the_server_is_used_by_a_manual_session(
    page: Page, standin: str, studio: str, begin: Callable[..., None], free: Callable[[int], list[str]]
) -> None:
    (label,) = free(1)
    token = requests.post(f"{standin}/tickethead/seatsio/hold-tokens", auth=KEY).json()["holdToken"]
    change(standin, studio, "hold", objects=[label], holdToken=token)
    begin(session="manual", holdToken=token)
    assert (page.evaluate("chart.holdToken"), page.evaluate("chart.selectedObjects")) == (token, [label])
    page.evaluate("chart.clearSelection()")
    assert seat_of(standin, studio, label)["status"] == "free"
    begin(session="manual", holdToken="nobody", ready=False)
    told = wait(page, "onChartRenderingFailed")
    assert [name for name, *_ in told] == ["onHoldTokenExpired", "onChartRenderingFailed"]


def test_a_seat_that_somebody_took_meanwhile_is_given_up(
    page: Page, standin: str, studio: str, begin: Callable[..., None], free: Callable[[int], list[str]]
) -> None:
    (label,) = free(1)
    begin()
    change(standin, studio, "book", objects=[label])
    page.locator(f"button[data-label='{label}']").click()
    told = [name for name, *_ in wait(page, "onHoldCallsComplete")][2:]
    assert told == ["onObjectSelected", "onHoldCallsInProgress", "onObjectDeselected", "onHoldFailed",
                    "onHoldCallsComplete"]  # fmt: skip
    assert page.evaluate("chart.selectedObjects") == []
    expect(page.locator(f"button[data-label='{label}']")).to_be_disabled()
    change(standin, studio, "release", objects=[label])


def test_no_more_than_the_most_can_be_chosen_and_without_a_session_nothing_is_held(
    page: Page, standin: str, studio: str, begin: Callable[..., None], free: Callable[[int], list[str]]
) -> None:
    labels = free(3)
    begin(session="none", maxSelectedObjects=2)
    for label in labels:
        page.locator(f"button[data-label='{label}']").click()
    assert page.evaluate("chart.selectedObjects") == labels[:2]
    assert page.evaluate("chart.holdToken") is None
    assert seat_of(standin, studio, labels[0])["status"] == "free"
    page.evaluate("chart.destroy()")
    expect(page.locator("#chart button")).to_have_count(0)


def test_the_browsers_side_never_shows_whose_a_seat_is(standin: str, studio: str) -> None:
    token = requests.post(f"{standin}/tickethead/seatsio/hold-tokens", auth=KEY).json()["holdToken"]
    change(standin, studio, "hold", objects=["F-10"], holdToken=token)
    room = f"{standin}/tickethead/seatsio/browser/workspace-museum-am-ring/events/{studio}"
    answer = requests.get(room)
    assert token not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert next(seat for seat in answer.json()["seats"] if seat["label"] == "F-10")["free"] is False
    stolen = requests.post(
        f"{room}/actions/release", data=json.dumps({"objects": ["F-10"], "holdToken": "x"})
    )
    assert (stolen.status_code, stolen.json()["errors"][0]["code"]) == (400, "ILLEGAL_STATUS_CHANGE")
    tokenless = requests.post(f"{room}/actions/release", data=json.dumps({"objects": ["F-10"]}))
    assert tokenless.status_code == 400
    other = requests.get(room.replace("museum-am-ring", "lantern"))
    assert other.status_code == 404
    assert seat_of(standin, studio, "F-10")["holdToken"] == token
