"""The payment, when things do not go straight: Back, giving up, lost cookies, a blocked script, no mouse."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser import until
from tests.journeys.visitor import BANK_ASKS, CONCERT, DECLINED, GOOD, PLAY, SLOWLY, Visitor

GATE = re.compile("PaymentGate")


def hosts(visitor: Visitor) -> set[str]:
    """Every host that the page has asked for anything."""
    return {urlsplit(url).netloc for url in visitor.page.requests_seen if url.startswith("http")}


def test_back_giving_up_and_lost_cookies_on_the_payment_page_end_in_tickets_and_one_charge(ada):
    page = ada.page
    ada.choose_date(PLAY, 16)
    ada.hold_neighbours()
    seats = page.locator(".stub-seats strong").inner_text()
    ada.to_review()
    ada.agree()
    page.wait_for_url(GATE, timeout=SLOWLY)
    before = len(ada.books()["charges"])

    page.go_back()
    expect(ada.h1).to_be_visible()
    assert page.url.startswith(ada.stack.origin)
    ada.open("/en/basket/")
    expect(page.locator(".stub-seats")).to_contain_text(seats)
    expect(page.locator("#main")).to_contain_text("You began to pay for these tickets")
    ada.follow(re.compile("Go on with the payment"))
    page.wait_for_load_state()
    if "PaymentGate" not in page.url:
        page.locator("form button.primary").first.click()
    page.wait_for_url(GATE, timeout=SLOWLY)

    page.locator("button[value=cancel]").click()
    expect(page.locator("#main")).to_contain_text("The payment did not come about", timeout=SLOWLY)
    expect(page.locator("#main")).to_contain_text("You have not been charged")
    expect(page.locator(".stub-seats")).to_contain_text(seats)
    ada.agree()
    page.wait_for_url(GATE, timeout=SLOWLY)
    page.context.clear_cookies()
    ada.pay_at_gate()
    ada.sees_tickets()
    expect(page.locator(".stub-seats")).to_contain_text(seats)
    assert len(ada.open_pdfs()) == 2
    assert len(ada.books()["charges"]) == before + 1


def test_a_blocked_payment_script_comes_again_and_two_tabs_of_the_card_page_charge_once(ada):
    """On the way nobody else is asked for anything, and a details form that was refused once comes back whole."""
    page = ada.page
    ada.choose_date(CONCERT)
    ada.take(1)
    ada.to_details()
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("E-mail").first.fill("not an address")
    ada.press("Go on to review and pay")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Last name")).to_have_value("Lovelace")
    ada.fill_in()
    page.go_back()
    expect(page.get_by_label("E-mail").first).to_have_value(ada.email)
    expect(page.get_by_label("Last name")).to_have_value("Buyer")
    page.go_forward()
    expect(ada.h1).to_have_text("Review and pay")

    ours = {urlsplit(ada.stack.origin).netloc}
    assert hosts(ada) == ours
    assert page.locator("iframe").count() == 0
    page.route("**/stripe.js*", lambda route: route.abort())
    ada.agree()
    problem = page.locator("#card-problem")
    expect(problem).to_contain_text("could not be loaded", timeout=SLOWLY)
    expect(problem).to_contain_text("Your tickets are still held")
    expect(page.locator("#card-pay")).to_be_disabled()
    page.unroute("**/stripe.js*")
    ada.press("Load the payment form again")
    expect(problem).to_be_hidden()
    expect(page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
    theirs = urlsplit(ada.stack.env["STANDIN_PUBLIC_URL"]).netloc
    assert hosts(ada) - ours == {theirs}
    assert not [url for url in page.requests_seen if theirs in url and "/stripe/" not in url]

    second = Visitor(page.context.new_page(), ada.stack)
    second.open(page.url)
    expect(second.page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
    paid = {one["id"] for one in ada.books("stripe")["intents"] if one["amount_received"]}
    ada.enter_card(GOOD)
    ada.sees_tickets()
    second.enter_card(GOOD)
    second.sees_tickets()
    now = {one["id"] for one in ada.books("stripe")["intents"] if one["amount_received"]}
    assert len(now - paid) == 1


# --- without a mouse -------------------------------------------------------------------------------------

RING = """wanted => { const e = document.activeElement; const s = getComputedStyle(e);
  return {there: e.matches(wanted), ring: e.matches('iframe') || e.matches('.visually-hidden *') ||
    [s, getComputedStyle(e, '::after'), getComputedStyle(e, '::before')].some(
      each => each.outlineStyle !== 'none' || each.boxShadow !== 'none') ||
    [...(e.labels || [])].some(l => getComputedStyle(l).outlineStyle !== 'none'), what: e.outerHTML.slice(0, 160)}; }"""


def tab_to(visitor: Visitor, selector: str, most: int = 150) -> None:
    """Press Tab until the focus is there; every stop on the way has to be seen."""
    for _press in range(most):
        visitor.page.keyboard.press("Tab")
        here = visitor.page.evaluate(RING, selector)
        assert here["ring"], f"no focus ring on {here['what']}"
        if here["there"]:
            return
    raise AssertionError(f"Tab never came to {selector} on {visitor.page.url}")


def card_by_keys(visitor: Visitor, number: str) -> None:
    """Tab into the payment company's frame, type, Tab on to the button."""
    page, keys = visitor.page, visitor.page.keyboard
    fields = page.frame_locator('iframe[title="Secure payment input frame"]')
    for name, text in (("number", number), ("expiry", "12/40"), ("cvc", "123")):
        field = fields.locator(f"[name={name}]")
        for _press in range(10):
            if field.evaluate("e => e === document.activeElement && document.hasFocus()"):
                break
            keys.press("Tab")
        keys.press("Control+A")
        keys.type(text)
    tab_to(visitor, "#card-pay")
    keys.press("Enter")


def test_a_purchase_by_keyboard_alone_with_a_declined_card_and_a_bank_that_asks(ada):
    page, keys = ada.page, ada.page.keyboard
    ada.open()
    keys.press("Tab")
    assert page.evaluate("document.activeElement.matches('.skip')")
    expect(page.locator(".skip")).to_be_in_viewport()
    tab_to(ada, "#id_q")
    keys.type(CONCERT)
    keys.press("Enter")
    until(page, "document.querySelectorAll('.event-card').length === 1")
    tab_to(ada, ".event-card a")
    keys.press("Enter")
    expect(ada.h1).to_have_text(CONCERT)
    tab_to(ada, "#book")
    keys.press("Enter")
    until(page, "location.hash === '#dates' || document.querySelector('#pick')")
    if not page.locator("#pick").count():
        tab_to(ada, ".date-row-act a")
        keys.press("Enter")
    expect(page.locator("#pick")).to_be_visible()
    tab_to(ada, ".offer input[type=number]")
    keys.press("ArrowUp")
    tab_to(ada, "#door-offers")
    keys.press("Enter")
    ada.sees_basket()
    until(page, "document.activeElement === document.querySelector('h1')")
    tab_to(ada, "a[href*='checkout']")
    keys.press("Enter")
    expect(ada.h1).to_have_text("Your details", timeout=SLOWLY)
    for label in ("First name", "Last name", "E-mail"):
        tab_to(ada, f"#{page.get_by_label(label).first.get_attribute('id')}")
        keys.type({"E-mail": "ada@example.org"}.get(label, "Ada"))
    tab_to(ada, "input[type=radio]")
    keys.press("Space")
    tab_to(ada, "form button.primary")
    keys.press("Enter")
    expect(ada.h1).to_have_text("Review and pay", timeout=SLOWLY)
    for box in page.locator("form[action*='/pay/'] input[type=checkbox]").all():
        tab_to(ada, f"#{box.get_attribute('id')}")
        keys.press("Space")
    tab_to(ada, "form[action*='/pay/'] button.primary")
    keys.press("Enter")
    expect(page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)

    tab_to(ada, "iframe")
    card_by_keys(ada, DECLINED)
    expect(page.locator("#card-problem")).to_be_focused(timeout=SLOWLY)
    expect(page.locator("#card-pay")).to_be_enabled()
    card_by_keys(ada, BANK_ASKS)
    bank = page.frame_locator("iframe[name=stripe-challenge-frame]").get_by_role("button", name="Complete")
    bank.wait_for(timeout=SLOWLY)
    for _press in range(10):
        if bank.evaluate("button => button === document.activeElement && document.hasFocus()"):
            break
        keys.press("Tab")
    keys.press("Enter")
    ada.sees_tickets()
    tab_to(ada, "a.document")
