"""Our own card page in a real browser: asked once, told why not, led on; the payment company's script is a play one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as shop_settings

from checkout import our_till
from checkout.models import Order, Payment
from shop import claims
from shop.providers.errors import SoldOut, Unavailable
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways
from tests.checkout.conftest import Ada
from tests.checkout.test_in_a_browser import site, with_cookie  # noqa: F401
from tests.checkout.till_world import Till
from tests.checkout.world import World, pdfs

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("paid_to_us"),
]
SCRIPT = """
window.calls = [];
window.Stripe = (key) => {
  const element = {
    on: (name, then) => { if (name === "ready") setTimeout(then, 10); },
    mount: (where) => {
      const frame = document.createElement("iframe");
      frame.title = "Secure payment input frame";
      document.querySelector(where).append(frame);
    },
  };
  const elements = { create: () => element, submit: async () => { window.calls.push("submit"); return {}; } };
  return {
    elements: (options) => { window.calls.push(options); return elements; },
    retrievePaymentIntent: async () => ({ paymentIntent: { status: "requires_payment_method" } }),
    confirmPayment: async ({ clientSecret, confirmParams }) => {
      window.calls.push(`confirm ${clientSecret}`);
      const error = await window.bank(clientSecret);
      if (error) return { error };
      location.assign(confirmParams.return_url + "?payment_intent_client_secret=" + clientSecret);
      return new Promise(() => {});
    },
  };
};
"""


@pytest.fixture
def card(
    page: Any, site: str, ada: Ada, theatre: World, till: Till, with_cookie: Callable[[Any], Any]  # noqa: F811
) -> Callable[..., Any]:  # fmt: skip
    """Our card page of an order; `bank` says what becomes of the card: nothing (it is good) or an error."""

    def open_card(bank: Callable[[str], Any] | None = None) -> Any:
        theatre.documents = pdfs("", expected=2, complete=True)
        if not Order.objects.exists():
            ada.holds()
            ada.goes_to_payment()
        page.route(
            shop_settings.STRIPE_JS_URL,
            lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript"),
        )
        page.expose_function("bank", bank or (lambda secret: till.pay(secret.partition("_secret")[0])))
        with_cookie(page).goto(site + ada.url("pay"))
        page.wait_for_selector("#card-pay:not([disabled])")
        return page

    return open_card


def calls(page: Any, begins: str) -> int:
    return int(
        page.evaluate(
            "(begins) => window.calls.filter((c) => typeof c === 'string' && c.startsWith(begins)).length",
            begins,
        )
    )


def test_pressed_twice_it_asks_once_and_leads_to_the_tickets(card: Any, ada: Ada, till: Till) -> None:
    page = card()
    options = page.evaluate("() => window.calls.find((c) => c.mode)")
    assert (options["mode"], options["amount"], options["currency"], options["captureMethod"]) == (
        "payment", 9000, "gbp", "manual",
    )  # fmt: skip
    page.dblclick("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    assert "secret" not in page.url
    assert (till.calls["create"], till.taken) == (1, 9000)
    assert page.locator("h1").inner_text() == "Thank you. Your tickets are booked"


def test_a_declined_card_is_told_and_another_is_taken_by_the_same_intent(
    card: Any, ada: Ada, till: Till
) -> None:
    answers = [{"type": "card_error", "message": "Your card was declined."}]

    def bank(secret: str) -> Any:
        if answers:
            return answers.pop()
        till.pay()
        return None

    page = card(bank)
    page.click("#card-pay")
    page.wait_for_selector("#card-problem:not([hidden])")
    assert "Your card was declined. You have not been charged." in page.locator("#card-problem").inner_text()
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    assert till.calls["create"] == 1


def test_while_another_window_is_at_it_the_button_waits(card: Any, ada: Ada, till: Till) -> None:
    page = card()
    owner = claims.take(our_till.claim_of(Payment.objects.get().pk), seconds=60)
    assert owner is not None
    with page.expect_response(lambda r: r.url.endswith("/intent/") and r.status == 409):
        page.click("#card-pay")
    assert "Please do not close this page" in page.locator("#card-pay").inner_text()
    claims.give_up(our_till.claim_of(Payment.objects.get().pk), owner)
    page.wait_for_url("**/checkout/order/**")
    page.complaints.clear()  # the browser tells of every 409


def test_a_box_office_that_is_away_is_told_and_can_be_tried_again(
    card: Any, ada: Ada, theatre: World, till: Till
) -> None:
    page = card()
    theatre.fail("read", Unavailable())
    page.click("#card-pay")
    page.wait_for_selector("#card-problem:not([hidden])")
    assert "Nothing was booked or charged" in page.locator("#card-problem").inner_text()
    assert calls(page, "confirm") == 0
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    page.complaints.clear()


def test_tickets_that_are_gone_stop_before_the_card_is_asked(
    card: Any, ada: Ada, theatre: World, till: Till
) -> None:
    page = card()
    theatre.items[theatre.only_order()] = []
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    assert "You have not been charged" in page.locator("main").inner_text()
    assert till.calls["create"] == 0
    page.complaints.clear()


def test_a_shop_that_cannot_be_reached_charges_nobody(card: Any, ada: Ada, till: Till) -> None:
    page = card()
    page.route("**/intent/", lambda route: route.abort())
    page.click("#card-pay")
    page.wait_for_selector("#card-problem:not([hidden])")
    assert "You have not been charged" in page.locator("#card-problem").inner_text()
    page.unroute("**/intent/")
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    page.complaints.clear()


def test_refused_by_the_box_office_the_page_says_not_charged(
    card: Any, ada: Ada, theatre: World, till: Till
) -> None:
    page = card()
    theatre.fail("confirm", SoldOut())
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    assert page.locator("h1").inner_text() == "These tickets were not booked"
    assert "You have not been charged" in page.locator("main").inner_text()
    assert (till.taken, till.reserved) == (0, 0)


@pytest.mark.parametrize("dark", [False, True])
def test_the_card_page_is_accessible_and_fits_a_phone(
    open_page: Callable[..., Any], site: str, ada: Ada, with_cookie: Callable[[Any], Any], dark: bool  # noqa: F811
) -> None:  # fmt: skip
    ada.holds()
    ada.goes_to_payment()
    page = with_cookie(open_page(width=320, dark=dark))
    page.route(
        shop_settings.STRIPE_JS_URL, lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript")
    )
    page.goto(site + ada.url("pay"))
    page.wait_for_selector("#card-pay:not([disabled])")
    assert_accessible(page)
    assert not scrolls_sideways(page)
