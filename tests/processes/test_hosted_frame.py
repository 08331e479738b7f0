"""The box office's own checkout in a frame of ours, in a real browser: heights, the way to the order page, a page of its
own where the frame does not serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.browser import scrolls_sideways, until
from tests.processes.quay import CLIENT, SCREENING_ROOM, UNRESERVED, Quay, begin, take

pytestmark = [
    pytest.mark.browser,
    pytest.mark.whole_browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("own-basket"),
]


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    more = {"ACCOUNT_QUAY_FRAME": "yes", "ACCOUNT_QUAY_OWN_SEATS": "yes"}
    with Quay(tmp_path_factory.mktemp("framed"), **more) as stack:
        begin(stack)
        yield stack


def to_frame(page: Any, quay: Quay, count: int = 2) -> None:
    take(page, quay.web, quay.date(UNRESERVED), count)
    page.wait_for_url("**/basket/?currency=*")
    to_pay(page, quay)
    page.wait_for_url("**/there/")


def to_pay(page: Any, quay: Quay) -> None:
    page.goto(f"{quay.web}/en/checkout/")
    for box in page.locator("form[action$='/pay/'] input[type=checkbox]").all():
        box.check()
    page.click("form[action$='/pay/'] button")


def pay(frame: Any) -> None:
    """Through the hosted checkout as a buyer does."""
    frame.locator("input[name=email]").fill("ada@example.org")
    frame.locator("input[name=firstName]").fill("Ada")
    frame.locator("input[name=lastName]").fill("Lovelace")
    frame.locator("input[name=number]").fill("4000 0000 0000 0002")
    frame.locator("input[name=expiry]").fill("12/40")
    frame.locator("input[name=cvc]").fill("111")
    frame.locator("button.spx-button-primary").click()


def test_paying_in_the_frame_leads_to_the_order_page(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    frame = page.frame_locator("#SpektrixIFrame")
    frame.locator("h1").wait_for()
    whole = "document.documentElement.getBoundingClientRect().height"
    inside = page.frame(name="SpektrixIFrame").evaluate(whole)
    until(page, f"Math.abs(document.querySelector('iframe').clientHeight - {inside}) < 40")
    assert not scrolls_sideways(page)
    assert page.locator("#hosted-empty").is_hidden()
    pay(frame)
    page.wait_for_url("**/checkout/order/**")
    assert "Your tickets are booked" in page.locator("h1").inner_text()
    assert quay.sql("SELECT status FROM baskets_basket") == [("converted",)]


def put(page: Any, quay: Quay, path: str, body: Any) -> None:
    """Something else into the visitor's own basket, as the shop's script would; then the shop reads it."""
    done = page.evaluate(
        """([url, body]) => fetch(url, {method: "POST", credentials: "include", body: JSON.stringify(body),
           headers: {"Content-Type": "application/json"}}).then((answer) => answer.status)""",
        [f"{quay.domain}/spektrix/{CLIENT}/api/v3/basket/{path}", body],
    )
    assert done == 200


def test_a_subscription_goes_through_the_express_checkout(page: Any, quay: Quay) -> None:
    take(page, quay.web, quay.date(UNRESERVED), 1)
    page.wait_for_url("**/basket/?currency=*")
    structures = requests.get(
        f"{quay.standin_origin}/spektrix/{CLIENT}/api/v3/ticket-subscription-structures", timeout=10
    )
    pricing = structures.json()[0]["pricingSets"][0]["id"]
    box = page.context.new_page()
    box.goto(f"{quay.domain}/spektrix/{CLIENT}/website/Basket2.aspx")
    put(box, quay, "ticket-subscriptions", [{"pricingSetId": pricing, "quantity": 2}])
    page.goto(f"{quay.web}/en/basket/")
    page.click("form[action$='/check/'] button")
    page.wait_for_url("**/basket/?currency=*")
    to_pay(page, quay)
    page.wait_for_url("**/there/")
    assert "/secure/checkout/v2?resize=true" in page.locator("iframe").get_attribute("src")
    frame = page.frame_locator("#SpektrixIFrame")
    for fill in (
        {"email": "ada@example.org"},
        {"firstName": "Ada", "lastName": "Lovelace"},
        {"number": "5200 0000 0000 0007", "expiry": "12/40", "cvc": "111"},
    ):
        first = next(iter(fill))
        while not frame.locator(f"input[name={first}]").count():
            frame.locator("button.spx-button-primary").click()
            page.wait_for_timeout(200)
        for name, value in fill.items():
            frame.locator(f"input[name={name}]").fill(value)
        frame.locator("button.spx-button-primary").click()
        page.wait_for_timeout(200)
    page.wait_for_url("**/checkout/order/**")
    text = page.locator("main").inner_text()
    assert text.count("SEASON TICKET") + text.count("Season ticket") >= 2
    assert "Your tickets are booked" in page.locator("h1").inner_text()


def test_a_frame_that_sees_no_basket_says_so_and_a_page_of_its_own_helps(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    kept = [one for one in page.context.cookies() if one["name"] == "SpektrixSession"]
    page.context.clear_cookies(name="SpektrixSession")
    page.reload()
    page.wait_for_selector("#hosted-empty:not([hidden])")
    page.context.add_cookies(kept)
    page.click("#hosted-empty a")
    page.wait_for_url(f"{quay.domain}/**/Checkout.aspx**")
    assert page.locator("input[name=email]").count() == 1


def test_other_windows_are_not_listened_to(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    page.frame_locator("#SpektrixIFrame").locator("h1").wait_for()
    until(page, "document.querySelector('iframe').style.blockSize !== ''")
    before = page.evaluate("document.querySelector('iframe').clientHeight")
    page.evaluate(
        """() => { for (const said of ["spektrixHeight:4000", 'basketContents:{"tickets":[]}', '{"transactionId":"X1"}'])
           postMessage(said, "*"); }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('iframe').clientHeight") == before
    assert quay.sql("SELECT hint FROM checkout_booking ORDER BY id DESC LIMIT 1") == [("",)]


def test_a_basket_that_runs_out_in_the_frame_is_not_offered_again(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    frame = page.frame_locator("#SpektrixIFrame")
    frame.locator("input[name=email]").wait_for()
    quay.standin.post("spektrix/expire", {})
    page.frame(name="SpektrixIFrame").evaluate("location.reload()")
    until(page, "!document.querySelector('#hosted-said').hidden")
    assert "Asking Lantern Quay for your order" in page.locator("#hosted-said").inner_text()
    page.reload()
    page.wait_for_url("**/pay/")
    assert "either you have paid, or its time ran out" in page.locator("main").inner_text()
    page.click("text=I have not paid: back to the basket")
    page.wait_for_url("**/basket/?currency=*")
    assert page.locator("article.stub:not(.gone)").count() == 0


def test_without_scripts_the_frame_and_the_forms_are_there(open_page: Any, quay: Quay, page: Any) -> None:
    to_frame(page, quay)
    plain = open_page(scripts=False, width=1280)
    plain.context.add_cookies(page.context.cookies())
    plain.goto(page.url)
    assert plain.locator("iframe").bounding_box()["height"] > 500
    assert plain.frame_locator("#SpektrixIFrame").locator("input[name=email]").count() == 1
    plain.click("#own-page")
    plain.wait_for_url(f"{quay.domain}/**/Checkout.aspx**")
    plain.go_back()
    plain.click("#paid-there")
    plain.wait_for_url("**/there/")
    assert "has no order of yours yet" in plain.locator("main").inner_text()


def test_seats_of_our_own_list_are_paid_in_the_frame(page: Any, quay: Quay) -> None:
    page.goto(f"{quay.web}/en/basket/pick/{quay.date(SCREENING_ROOM)}/")
    seats = page.locator("input[name=seat]")
    assert seats.count() > 20
    names = [seats.nth(number).get_attribute("data-name") for number in (3, 4)]
    for number in (3, 4):
        seats.nth(number).check()
    page.click("#door-seats")
    page.wait_for_url("**/basket/?currency=*")
    for name in names:
        assert page.locator("article.stub", has_text=name).count() == 1
    to_pay(page, quay)
    page.wait_for_url("**/there/")
    pay(page.frame_locator("#SpektrixIFrame"))
    page.wait_for_url("**/checkout/order/**")
    text = page.locator("main").inner_text()
    assert all(name in text for name in names)
    assert "Your tickets are booked" in text


def test_a_number_heard_while_the_shop_is_being_told_is_told_too(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    page.frame_locator("#SpektrixIFrame").locator("input[name=email]").wait_for()
    told: list[str] = []

    def answer(route: Any) -> None:
        told.append(route.request.post_data)
        route.fulfill(json={"say": "Noted."})  # and not to be asked again

    page.route("**/seen/", answer)
    page.frame(name="SpektrixIFrame").evaluate(
        """() => { for (const said of ['basketContents:{"tickets":[]}', '{"transactionId":"X1"}'])
           parent.postMessage(said, "*"); }"""
    )
    page.wait_for_timeout(1000)
    assert ["number=X1" in one for one in told] == [False, True]
