"""The imitated Spektrix in a real Chromium, from the venue's own site: cookies, messages, heights, frames."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page

from tests.browser import until
from tests.standin.vendor_sdk.process import running

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Site</title></head><body>
<script src="{custom}/lanternquay/website/scripts/integrate.js"></script>
<script>
window.heard = [];
window.addEventListener("message", (event) => window.heard.push([event.origin, event.data]));
async function api(base, path, options) {{
  const answer = await fetch(base + "/lanternquay/api/v3/" + path, options);
  return answer.status === 204 ? null : await answer.json();
}}
</script>
<iframe id="SpektrixIFrame" name="SpektrixIFrame" src="about:blank" style="width:100%;height:50px" title="Box office">
</iframe></body></html>"""
KEEP = {"credentials": "include"}


@pytest.fixture(scope="module")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("spektrix"), known_as="tickets.foyer.localhost") as origin:
        yield f"{origin}/spektrix"


@pytest.fixture(scope="module")
def site(custom: str) -> Iterator[str]:
    """A page of the venue's site: same site as the custom domain, another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.format(custom=custom).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://www.foyer.localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(whole_chromium: Browser, site: str) -> Iterator[Page]:
    context = whole_chromium.new_context(viewport={"width": 800, "height": 700})
    made = context.new_page()
    made.goto(site)
    yield made
    context.close()


@pytest.fixture
def api(page: Page, custom: str) -> Callable[..., Any]:
    """A call of the page's own script; credentials only when they are asked for."""

    def call(path: str, body: Any = None, *, base: str = custom, method: str = "", **options: Any) -> Any:
        if body is not None:
            options |= {"body": json.dumps(body), "headers": {"Content-Type": "application/json"}}
        options["method"] = method or ("POST" if body is not None else "GET")
        return page.evaluate("([base, path, options]) => api(base, path, options)", [base, path, options])

    return call


def one_ticket(api: Callable[..., Any]) -> dict[str, str]:
    event = next(each for each in api("events") if each["name"] == "Evensong for Machines")
    rows = api(f"instances?eventName=Evensong&startFrom={event['lastInstanceDateTime'][:10]}")
    instance = rows[-1]
    prices = api(f"instances/{instance['id']}/price-list")["prices"]
    kind = next(p["ticketType"]["id"] for p in prices if p["isBandDefault"])
    return {"instance": instance["id"], "seatingPlan": instance["planId"], "type": kind}


def open_in_frame(page: Page, address: str) -> FrameLocator:
    page.evaluate("(address) => { document.getElementById('SpektrixIFrame').src = address; }", address)
    return page.frame_locator("#SpektrixIFrame")


def heard(page: Page, start: str) -> list[str]:
    """What the frame said, from its own origin only."""
    rows = page.evaluate("() => window.heard")
    return [data for _, data in rows if isinstance(data, str) and data.startswith(start)]


def test_the_visitors_cookie_makes_the_basket_and_without_it_the_basket_is_empty(
    api: Callable[..., Any], custom: str
) -> None:
    added = api("basket/tickets", [one_ticket(api)], **KEEP)
    assert len(added) == 1
    assert len(api("basket", **KEEP)["tickets"]) == 1
    assert api("basket")["tickets"] == [], "200 and empty, as the guide warns"
    system = custom.replace("tickets.foyer.localhost", "localhost")
    assert api("basket", base=system, **KEEP)["tickets"] == [], "the other host has a session of its own"
    changed = api(
        f"basket/tickets/{added[0]['id']}", {"attribute_Registrant Name": "Ada"}, method="PATCH", **KEEP
    )
    assert changed["attribute_RegistrantName"] == "Ada"
    assert api(f"basket/tickets?ticketIds={added[0]['id']}", method="DELETE", **KEEP) is None
    assert api("basket", **KEEP)["tickets"] == []


def test_from_a_page_of_another_site_a_browser_that_blocks_such_cookies_finds_the_basket_empty(
    page: Page, site: str, api: Callable[..., Any]
) -> None:
    page.goto(site.replace("www.foyer.localhost", "127.0.0.1"))
    assert len(api("basket/tickets", [one_ticket(api)], **KEEP)) == 1, "the call itself is answered"
    assert api("basket", **KEEP)["tickets"] == []


def test_the_frame_shows_the_same_basket_tells_the_page_and_grows_with_its_contents(
    page: Page, api: Callable[..., Any], custom: str
) -> None:
    api("basket/tickets", [one_ticket(api)], **KEEP)
    frame = open_in_frame(page, f"{custom}/lanternquay/website/Basket2.aspx?resize=true")
    frame.locator(".CheckoutLink").wait_for()
    until(page, "window.heard.some(([, data]) => String(data).startsWith('basketHash:'))")
    told = json.loads(heard(page, "basketContents:")[-1].removeprefix("basketContents:"))
    assert len(told["tickets"]) == 1
    assert heard(page, "basketHash:")[-1] == f"basketHash:{api('basket', **KEEP)['hash']}"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(custom))
    assert {where for where, _ in page.evaluate("() => window.heard")} == {origin}
    until(page, "document.getElementById('SpektrixIFrame').offsetHeight > 200")


def test_a_visitor_buys_in_the_frame_and_the_page_hears_of_an_empty_basket(
    page: Page, api: Callable[..., Any], custom: str
) -> None:
    ticket = one_ticket(api)
    number = ticket["instance"].partition("A")[0]
    frame = open_in_frame(
        page, f"{custom}/lanternquay/website/ChooseSeats.aspx?EventInstanceId={number}&resize=true"
    )
    frame.locator(".TicketType input").first.fill("2")
    frame.get_by_role("button", name="Add to basket").click()
    frame.locator(".CheckoutLink").click()
    frame.get_by_label("E-mail").fill("frame@example.org")
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_label("First name").fill("Fay")
    frame.get_by_label("Last name").fill("Frame")
    frame.get_by_role("button", name="Continue").click()
    for heading in ("Tickets: delivery", "Keeping in touch", "Your order"):
        frame.get_by_role("heading", name=heading).wait_for()
        frame.get_by_role("button", name="Continue").click()
    frame.get_by_label("Card number").fill("4000 0000 0000 0002")
    frame.get_by_label("Expiry").fill("12/40")
    frame.get_by_label("Security code").fill("111")
    frame.get_by_role("button", name="Pay").click()
    frame.get_by_role("heading", name="Thank you").wait_for()
    until(
        page,
        "window.heard.filter(([, data]) => String(data).startsWith('basketContents:')).slice(-1)"
        ".every(([, data]) => JSON.parse(data.slice(15)).tickets.length === 0)",
    )
    assert heard(page, '{"spektrixOffset"')
    inside = next(each for each in page.frames if "orderconfirmation" in each.url)
    layer = inside.evaluate("() => window.dataLayer[0]")
    assert layer["transactionTotal"] > 0
    assert len(layer["ecommerce"]["items"]) == 2
    assert api("basket", **KEEP)["tickets"] == []
