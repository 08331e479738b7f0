"""The imitated payment element in a real Chromium, on a bare page with a strict Content-Security-Policy."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.standin.vendor_sdk.process import running

pytestmark = [pytest.mark.browser, pytest.mark.processes]

KEY = {"Authorization": "Bearer sk_test_foyer"}
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Pay</title>
<script src="{standin}/stripe/endive/stripe.js"></script><script src="/pay.js" defer></script></head>
<body><h1>Pay</h1><form id="pay" data-secret="{secret}" data-mode="{mode}" data-redirect="{redirect}">
<div id="element"></div><button>Pay now</button></form><p id="said" role="status"></p></body></html>"""
SCRIPT = """
const form = document.getElementById("pay"), said = document.getElementById("said");
const stripe = Stripe("pk_test_foyer"), secret = form.dataset.secret;
const deferred = { mode: "payment", amount: 1500, currency: "eur", captureMethod: "manual" };
const elements = stripe.elements(form.dataset.mode === "deferred" ? deferred : { clientSecret: secret });
const element = elements.create("payment");
window.elements = elements;
element.on("loaderror", (event) => { said.textContent = "loaderror " + event.error.code; });
element.on("ready", () => { form.dataset.ready = "yes"; });
element.mount("#element");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  try {
    const checked = await elements.submit();
    if (checked.error) { said.textContent = "submit " + checked.error.code; return; }
    const result = await stripe.confirmPayment({ elements,
      clientSecret: form.dataset.mode === "deferred" ? secret : undefined,
      confirmParams: { return_url: location.origin + "/back?order=7" },
      redirect: form.dataset.redirect });
    said.textContent = result.error
      ? result.error.type + " " + result.error.code + ": " + result.error.message
      : "paid " + result.paymentIntent.status;
  } catch (problem) { said.textContent = problem.name; }
});
"""


class Shop(ThreadingHTTPServer):
    """One page and one script of another origin than the stand-in."""

    def __init__(self, standin: str) -> None:
        self.page = ""
        shop = self
        policy = (
            f"default-src 'none'; script-src 'self' {standin}; frame-src {standin}; connect-src 'self' {standin}; "
            "style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = self.path == "/pay.js"
                body = (SCRIPT if script else shop.page if self.path == "/" else "<h1>Back</h1>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("browser"), known_as="localhost") as origin:
        yield origin


@pytest.fixture(scope="module")
def shop(standin: str) -> Iterator[Shop]:
    server = Shop(standin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    made = chromium.new_page(viewport={"width": 420, "height": 800})
    made.refusals = []  # type: ignore[attr-defined]
    made.on(
        "console",
        lambda line: made.refusals.append(line.text) if "Content Security Policy" in line.text else None,  # type: ignore[attr-defined]
    )
    yield made
    made.close()


@pytest.fixture
def begin(standin: str, shop: Shop, page: Page) -> Callable[..., str]:
    """Make an intent, open the page that pays it; the intent's id."""

    def start(*, mode: str = "secret", redirect: str = "always", ready: bool = True, **more: str) -> str:
        data = {"amount": "1500", "currency": "eur", "allowed_payment_method_types[0]": "card", **more}
        made = requests.post(f"{standin}/stripe/v1/payment_intents", data=data, headers=KEY).json()
        shop.page = PAGE.format(standin=standin, secret=made["client_secret"], mode=mode, redirect=redirect)
        page.goto(f"http://127.0.0.1:{shop.server_port}/")
        if ready:
            expect(page.locator("#pay[data-ready=yes]")).to_be_visible()
        return str(made["id"])

    return start


def frame(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Secure payment input frame"]')


def fill(page: Page, number: str) -> None:
    inside = frame(page)
    inside.locator("[name=number]").fill(number)
    inside.locator("[name=expiry]").fill("12 / 40")
    inside.locator("[name=cvc]").fill("123")
    page.get_by_role("button", name="Pay now").click()


def intent(standin: str, number: str) -> dict[str, Any]:
    answer = requests.get(f"{standin}/stripe/v1/payment_intents/{number}", headers=KEY)
    found: dict[str, Any] = answer.json()
    return found


def said(page: Page) -> Any:
    return page.locator("#said")


def test_a_good_card_pays_and_leads_back_with_three_parameters(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin()
    fill(page, "4242424242424242")
    page.wait_for_url("**/back?**")
    query = parse_qs(urlsplit(page.url).query)
    assert query["order"] == ["7"]
    assert query["payment_intent"] == [made]
    assert query["payment_intent_client_secret"] == [intent(standin, made)["client_secret"]]
    assert query["redirect_status"] == ["succeeded"]
    assert intent(standin, made)["status"] == "succeeded"
    assert page.refusals == []  # type: ignore[attr-defined]


def test_without_need_for_a_redirect_the_page_stays(page: Page, begin: Callable[..., str]) -> None:
    begin(redirect="if_required")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid succeeded")


def test_a_declined_card_says_why_and_another_card_pays(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(redirect="if_required")
    fill(page, "4000000000009995")
    expect(said(page)).to_have_text("card_error card_declined: Your card has insufficient funds.")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid succeeded")
    assert intent(standin, made)["amount_received"] == 1500


def test_an_incomplete_form_is_stopped_before_anything_is_sent(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin()
    page.get_by_role("button", name="Pay now").click()
    expect(said(page)).to_have_text("submit incomplete_number")
    expect(frame(page).locator("#number-error")).to_have_text("Your card number is incomplete.")
    expect(frame(page).locator("[name=number]")).to_have_attribute("aria-invalid", "true")
    calls = requests.get(
        f"{standin}/_standin/journal", params={"world": "stripe", "path": f"*/{made}/confirm"}
    ).json()
    assert calls["calls"] == []


def test_the_bank_is_asked_in_a_frame_and_completing_pays(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(redirect="if_required")
    fill(page, "4000000000003220")
    bank = page.frame_locator("iframe[name=stripe-challenge-frame]")
    assert intent(standin, made)["status"] in {"requires_payment_method", "requires_action"}
    bank.get_by_role("button", name="Complete").click()
    expect(said(page)).to_have_text("paid succeeded")
    expect(page.locator("iframe[name=stripe-challenge-frame]")).to_have_count(0)


def test_failing_the_bank_is_told_and_another_card_pays(page: Page, begin: Callable[..., str]) -> None:
    begin(redirect="if_required")
    fill(page, "4000000000003220")
    page.frame_locator("iframe[name=stripe-challenge-frame]").get_by_role("button", name="Fail").click()
    expect(said(page)).to_contain_text("payment_intent_authentication_failure")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid succeeded")


def test_the_banks_frame_closes_when_the_shop_cancels_meanwhile(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(redirect="if_required")
    fill(page, "4000000000003220")
    expect(page.locator("iframe[name=stripe-challenge-frame]")).to_be_visible()
    requests.post(f"{standin}/stripe/v1/payment_intents/{made}/cancel", headers=KEY)
    expect(said(page)).to_contain_text("payment_intent_unexpected_state", timeout=10_000)
    expect(page.locator("iframe[name=stripe-challenge-frame]")).to_have_count(0)
    assert intent(standin, made)["status"] == "canceled"


def test_elements_made_for_an_amount_authorise_an_intent_of_that_amount(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(mode="deferred", redirect="if_required", capture_method="manual")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid requires_capture")
    assert intent(standin, made)["amount_capturable"] == 1500


def test_elements_made_for_another_amount_are_refused(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(mode="deferred", redirect="if_required", capture_method="manual", amount="1600")
    fill(page, "4242424242424242")
    expect(said(page)).to_contain_text("does not match the amount")
    assert intent(standin, made)["status"] == "requires_payment_method"


def test_elements_that_are_told_another_amount_authorise_that_one(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(mode="deferred", redirect="if_required", capture_method="manual", amount="1600")
    page.evaluate("() => window.elements.update({ amount: 1600 })")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid requires_capture")
    assert intent(standin, made)["amount_capturable"] == 1600


def test_a_declined_card_leaves_a_deferred_form_for_another_card_on_the_same_intent(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(mode="deferred", redirect="if_required", capture_method="manual")
    fill(page, "4000000000000002")
    expect(said(page)).to_contain_text("card_declined")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid requires_capture")
    assert intent(standin, made)["amount_capturable"] == 1500


def test_a_bank_that_asks_on_a_page_of_its_own_leads_back(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    assert requests.post(f"{standin}/_standin/stripe/bank", json={"challenge": "redirect"}).ok
    try:
        made = begin(mode="deferred", capture_method="manual")
        fill(page, "4000000000003220")
        page.get_by_role("button", name="Complete").click()
        page.wait_for_url("**/back?**redirect_status=succeeded")
        assert intent(standin, made)["status"] == "requires_capture"
    finally:
        requests.post(f"{standin}/_standin/stripe/bank", json={"challenge": "frame"})


def test_a_bank_transfer_leaves_the_page_and_comes_back(
    page: Page, begin: Callable[..., str], standin: str
) -> None:
    made = begin(**{"allowed_payment_method_types[0]": "eps"})
    expect(frame(page).locator("[name=holder]")).to_be_visible()
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url("**/back?**redirect_status=succeeded")
    assert intent(standin, made)["status"] == "succeeded"


def test_a_finished_intent_shows_no_form(
    page: Page, begin: Callable[..., str], standin: str, shop: Shop
) -> None:
    made = begin()
    requests.post(f"{standin}/_standin/stripe/settle/{made}")
    page.goto(f"http://127.0.0.1:{shop.server_port}/")
    expect(said(page)).to_have_text("loaderror payment_intent_unexpected_state")


def test_moving_the_element_in_the_page_loses_what_was_typed(page: Page, begin: Callable[..., str]) -> None:
    begin()
    page.evaluate("() => document.body.append(document.getElementById('element'))")
    page.wait_for_function("() => document.querySelector('iframe').isConnected")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("IntegrationError")


def test_the_page_never_sees_the_card_number(page: Page, begin: Callable[..., str], shop: Shop) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(json.dumps([request.frame.url, request.post_data or ""])))
    begin(redirect="if_required")
    fill(page, "4242424242424242")
    expect(said(page)).to_have_text("paid succeeded")
    carrying = [line for line in sent if "4242424242424242" in line]
    assert len(carrying) == 1
    assert all("/stripe/element" in line for line in carrying)
    assert "4242424242424242" not in page.content()
