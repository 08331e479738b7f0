"""The card form, the waiting page and the details form in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.urls import reverse

from checkout.models import Order
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways, until
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The payment company's script as far as the form speaks to it; what it answers is set by the test.
SCRIPT = """
window.calls = [];
window.answers = %s;
window.Stripe = (key) => {
  const element = {
    on: (name, then) => { if (name === "ready") setTimeout(then, 10); },
    mount: (where) => { document.querySelector(where).append(document.createElement("iframe")); },
  };
  const elements = { create: () => element, submit: async () => { window.calls.push("submit"); return {}; } };
  return {
    elements: (options) => { window.calls.push(`elements ${options.clientSecret}`); return elements; },
    retrievePaymentIntent: async () => ({ paymentIntent: { status: window.answers.status } }),
    confirmPayment: async ({ confirmParams }) => {
      window.calls.push("confirm");
      await new Promise((done) => setTimeout(done, 150));
      const answer = window.answers.confirm.shift();
      if (answer) return { error: answer };
      location.assign(confirmParams.return_url + "?payment_intent_client_secret=pi_1_secret_s");
      return new Promise(() => {});
    },
  };
};
"""
PAYABLE = '{ status: "requires_payment_method", confirm: [] }'


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.DEBUG = False
    settings.PUBLIC_ORIGIN = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def with_cookie(ada: Ada, site: str) -> Callable[[Any], Any]:
    def give(page: Any) -> Any:
        value = ada.client.cookies[shop_settings.BASKET_COOKIE].value
        page.context.add_cookies([{"name": shop_settings.BASKET_COOKIE, "value": value, "url": site}])
        return page

    return give


@pytest.fixture
def card(
    page: Any, site: str, ada: Ada, arena: World, with_cookie: Callable[[Any], Any]
) -> Callable[..., Any]:
    """The card page of a prepared payment, with the payment company's script answering as told."""

    def open_card(answers: str = PAYABLE, *, loads: bool = True) -> Any:
        arena.documents = pdfs("", expected=2, complete=True)
        ada.holds("arena", currency="EUR")
        ada.goes_to_payment()
        state = {"loads": loads}

        def serve(route: Any) -> None:
            if state["loads"]:
                route.fulfill(body=SCRIPT % answers, content_type="text/javascript")
            else:
                route.abort()

        page.route(shop_settings.STRIPE_JS_URL, serve)
        page.script = state
        with_cookie(page).goto(site + ada.url("pay"))
        return page

    return open_card


def test_pressed_twice_it_confirms_once_and_leads_to_the_tickets(card: Any, ada: Ada, arena: World) -> None:
    page = card()
    page.wait_for_selector("#card-pay:not([disabled])")
    arena.paid(arena.only_order())
    page.dblclick("#card-pay")
    page.wait_for_url("**/checkout/order/**")
    assert "secret" not in page.url
    assert ada.now().status == Order.Status.FULFILLED
    assert page.locator("h1").inner_text() == "Thank you. Your tickets are booked"


def test_while_it_pays_the_button_says_so_and_takes_no_second_press(card: Any) -> None:
    page = card('{ status: "requires_payment_method", confirm: [{ type: "card_error", message: "No." }] }')
    page.wait_for_selector("#card-pay:not([disabled])")
    page.click("#card-pay")
    assert "Please do not close this page" in page.locator("#card-pay").inner_text()
    page.locator("#card-form").evaluate("form => form.requestSubmit()")
    page.wait_for_selector("#card-problem:not([hidden])")
    assert page.evaluate("() => window.calls.filter((call) => call === 'confirm').length") == 1


def test_a_declined_card_is_told_and_another_can_be_tried(card: Any, ada: Ada, arena: World) -> None:
    page = card(
        '{ status: "requires_payment_method", confirm: [{ type: "card_error", message: "Your card was declined." }] }'
    )
    page.wait_for_selector("#card-pay:not([disabled])")
    page.click("#card-pay")
    page.wait_for_selector("#card-problem:not([hidden])")
    assert "Your card was declined." in page.locator("#card-problem").inner_text()
    assert page.evaluate("() => document.activeElement.id") == "card-problem"
    arena.paid(arena.only_order())
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")


def test_a_script_that_does_not_load_keeps_the_tickets_and_can_be_loaded_again(card: Any, ada: Ada) -> None:
    page = card(loads=False)
    page.wait_for_selector("#card-retry:not([hidden])")
    assert "Your tickets are still held" in page.locator("#card-problem").inner_text()
    assert page.locator("#card-pay").is_disabled()
    page.script["loads"] = True
    page.click("#card-retry")
    page.wait_for_selector("#card-pay:not([disabled])")
    assert page.locator("#card-problem").is_hidden()


@pytest.mark.parametrize("status", ["succeeded", "processing"])
def test_a_payment_that_is_made_is_not_offered_again(card: Any, ada: Ada, arena: World, status: str) -> None:
    page = card(f'{{ status: "{status}", confirm: [] }}')
    page.wait_for_url("**/thanks/**")
    assert ada.booking().returned == "success"
    assert "Please do not pay again" in page.locator("main").inner_text()


def test_an_unexpected_state_leads_to_the_waiting_page(card: Any, ada: Ada, arena: World) -> None:
    page = card(
        '{ status: "requires_payment_method", confirm: [{ type: "invalid_request_error", '
        'code: "payment_intent_unexpected_state", payment_intent: { status: "succeeded" } }] }'
    )
    page.wait_for_selector("#card-pay:not([disabled])")
    arena.paid(arena.only_order())
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")


def test_a_lost_answer_is_asked_about_before_anybody_presses_again(card: Any, ada: Ada, arena: World) -> None:
    page = card('{ status: "requires_payment_method", confirm: [{ type: "api_connection_error" }] }')
    page.wait_for_selector("#card-pay:not([disabled])")
    arena.paid(arena.only_order())
    page.evaluate("() => { window.answers.status = 'succeeded'; }")
    page.click("#card-pay")
    page.wait_for_url("**/checkout/order/**")


def test_the_waiting_page_goes_on_by_itself(
    page: Any, site: str, ada: Ada, theatre: World, with_cookie: Callable[[Any], Any]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    with_cookie(page).goto(site + ada.url("thanks"))
    assert "Waiting for London Theatre Direct" in page.locator("#status").inner_text()
    theatre.paid(theatre.only_order())
    page.wait_for_url("**/checkout/order/**")
    assert page.locator("h1").inner_text() == "Thank you. Your tickets are booked"


def test_a_state_is_shown_for_the_united_states_only(
    page: Any, site: str, ada: Ada, with_cookie: Callable[[Any], Any]
) -> None:
    ada.holds()
    ada.starts()
    with_cookie(page).goto(site + ada.url("details"))
    page.click("details.more summary")
    assert page.locator("#id_state").is_hidden()
    page.select_option("#id_country", "US")
    assert page.locator("#id_state").is_visible()
    page.select_option("#id_country", "GB")
    assert page.locator("#id_state").is_hidden()


def test_errors_take_the_focus_and_lead_to_their_field(
    page: Any, site: str, ada: Ada, with_cookie: Callable[[Any], Any]
) -> None:
    ada.holds()
    ada.starts()
    with_cookie(page).goto(site + ada.url("details"))
    page.click("button.primary")
    page.wait_for_selector(".error-summary")
    until(page, "() => document.activeElement.className === 'error-summary'")
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("() => document.activeElement.id") == "id_first_name"
    page.click(".error-summary a >> nth=3")
    assert page.evaluate("() => document.activeElement.name").endswith("-delivery")


@pytest.mark.parametrize("dark", [False, True])
def test_every_step_is_accessible_and_fits_a_phone(
    open_page: Callable[..., Any],
    site: str,
    ada: Ada,
    theatre: World,
    with_cookie: Callable[[Any], Any],
    dark: bool,
) -> None:
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    page = with_cookie(open_page(width=320, dark=dark))
    ada.holds()
    ada.starts()

    def look(path: str) -> None:
        page.goto(site + path)
        assert_accessible(page)
        assert not scrolls_sideways(page), path

    look(ada.url("details"))
    ada.fills_in()
    look(ada.url("review"))
    ada.pays()
    look(ada.url("pay"))
    ada.comes_back()
    look(ada.url("thanks"))
    page.goto("about:blank")  # or it would go on to the order by itself, at the same moment
    theatre.paid(theatre.only_order())
    ada.comes_back()
    look(ada.url("order"))
    look(reverse("checkout:find"))
