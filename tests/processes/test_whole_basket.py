"""Everything a venue sells in one basket, in a real browser: tickets of several plans, extras, answers, the venue's own
seat page, its checkout, and the order that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.processes.quay import AREAS, CLIENT, RESERVED, UNRESERVED, Quay

pytestmark = [
    pytest.mark.browser,
    pytest.mark.whole_browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("own-basket"),
]


def in_basket(page: Any, heading: str) -> None:
    page.wait_for_url("**/basket/?currency=*")
    assert page.locator("h1").inner_text() == heading


def pick(page: Any, quay: Quay, event: str) -> None:
    page.goto(f"{quay.web}/en/basket/pick/{quay.date(event)}/")


def midweek(quay: Quay) -> tuple[int, int]:
    """Two dates of the unreserved event that cost the same: evenings at the weekend cost more."""
    rows = quay.sql(
        "SELECT i.id, i.starts_at FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id "
        f"WHERE e.provider_ref LIKE '{UNRESERVED}%' AND i.gone_at IS NULL ORDER BY i.starts_at"
    )
    near = [pk for pk, at in rows[2:] if datetime.fromisoformat(str(at)).weekday() in (2, 3)]
    return int(near[0]), int(near[1])


def fields(page: Any, kind: str, end: str) -> Any:
    return page.locator(f"form[action*='/extras/quay/'] [name^='{kind}-'][name$='-{end}']")


def add_extras(page: Any) -> None:
    page.locator("form[action*='/extras/quay/'] button:not([type=button])").last.click()


def open_all(page: Any) -> None:
    for one in page.locator("details").all():
        one.evaluate("one => one.open = true")


def pays_there(page: Any, quay: Quay) -> str:
    """Through the review and the hosted checkout, as a guest; the order number that its last page tells."""
    page.goto(f"{quay.web}/en/checkout/")
    for box in page.locator("form[action$='/pay/'] input[type=checkbox]").all():
        box.check()
    page.click("form[action$='/pay/'] button")
    page.wait_for_url(f"{quay.domain}/**/secure/**")
    said = {"email": "grace@example.org", "firstName": "Grace", "lastName": "Hopper", "number": "4000000000000002",
            "expiry": "12/40", "cvc": "111"}  # fmt: skip
    for _page in range(7):
        for name, value in said.items():
            if page.locator(f"input[name={name}]").count():
                page.fill(f"input[name={name}]", value)
        if not page.locator("form button.spx-button-primary").count():
            break
        page.locator("form button.spx-button-primary").click()
        page.wait_for_load_state()
    said_there: str = page.locator("body").inner_text()
    return said_there.split("Your order number is ")[1].split(",")[0].split(".")[0].strip()


def comes_back(page: Any, quay: Quay) -> str:
    page.goto(f"{quay.web}/en/checkout/")
    if page.locator("#paid-there").count():
        page.click("#paid-there")
    page.wait_for_url("**/checkout/order/**")
    text: str = page.locator("main").inner_text()
    return text


def test_tickets_extras_and_answers_of_one_venue_become_one_order(page: Any, quay: Quay) -> None:
    # two dates of an unreserved event with one press
    first, second = midweek(quay)
    page.goto(f"{quay.web}/en/basket/pick/{first}/")
    page.locator("input[name^='q-']").first.fill("1")
    page.click("details.also summary")
    page.check(f"input[name=also][value='{second}']")
    page.click("#door-offers")
    in_basket(page, "Your basket, 2 tickets")

    # two areas of a plan, then a pair that the box office picks and a place to stand
    pick(page, quay, AREAS)
    numbers = page.locator("input[name^='q-u:']")
    numbers.first.fill("1")
    numbers.last.fill("1")
    assert "of which Commission £1.00" in page.locator("#picker").inner_text()
    page.click("#door-offers")
    in_basket(page, "Your basket, 4 tickets")
    pick(page, quay, RESERVED)
    page.locator("input[name^='q-b:']").first.fill("2")
    page.locator("input[name^='q-u:']").first.fill("1")
    page.select_option("select[name=place]", "Stalls")
    page.click("#door-offers")
    in_basket(page, "Your basket, 7 tickets")

    # a programme with 31 characters is refused, and nothing that was typed is lost
    page.goto(f"{quay.web}/en/basket/extras/quay/")
    if page.locator("#ask-extras").count():
        page.click("#ask-extras")
    open_all(page)
    fields(page, "merchandise", "quantity").first.fill("1")
    words = fields(page, "merchandise", "note").first
    words.evaluate("one => one.removeAttribute('maxlength')")
    words.fill("x" * 31)
    fields(page, "donation", "amount").and_(page.locator("[value=other]")).first.evaluate(
        "one => one.click()"
    )
    fields(page, "donation", "other").first.fill("7.50")
    fields(page, "membership", "join").first.check()
    add_extras(page)
    page.wait_for_selector(".error")
    assert "31 characters" in page.locator("main").inner_text()
    assert fields(page, "donation", "other").first.input_value() == "7.50"
    open_all(page)
    fields(page, "merchandise", "note").first.fill("x" * 30)
    add_extras(page)
    page.wait_for_url("**/basket/?currency=*")
    for what in ("£7.50", "x" * 30, "Lamplighter"):
        assert what in page.locator("main").inner_text()
    page.goto(f"{quay.web}/en/basket/extras/quay/")
    open_all(page)
    assert "In your basket. There can be one of it." in page.locator("main").inner_text()

    # two go back, the rest is paid there
    page.goto(f"{quay.web}/en/basket/")
    for left in (6, 5):
        page.locator("button[id^=remove-]").first.click()
        page.wait_for_url("**/asking/**")
        in_basket(page, f"Your basket, {left} tickets")
    number = pays_there(page, quay)
    text = comes_back(page, quay)
    assert number in text
    assert "Your tickets are booked" in text
    for what in ("Salt & Brass", "Stalls", "Lamplighter", "x" * 30, "Keep the Lanterns Lit"):
        assert what in text
    page.goto(f"{quay.web}/en/basket/")
    assert "Nothing in it yet" in page.locator("main").inner_text()


def test_seats_chosen_on_the_venues_own_page_come_into_the_basket(page: Any, quay: Quay) -> None:
    pick(page, quay, RESERVED)
    page.click("#choose-there")
    page.wait_for_url(f"{quay.domain}/**/ChooseSeats.aspx?**")
    for number in range(2):
        page.locator("input[name=seat]").nth(number).check()
    page.locator("form button, form input[type=submit]").last.click()
    page.wait_for_url(f"{quay.domain}/**/EditTickets.aspx**")
    pick(page, quay, RESERVED)
    page.click("#look")
    in_basket(page, "Your basket, 2 tickets")


def test_a_subscription_alone_is_paid_in_the_express_checkout(page: Any, quay: Quay) -> None:
    page.goto(f"{quay.web}/en/basket/extras/quay/")
    if page.locator("#ask-extras").count():
        page.click("#ask-extras")
    open_all(page)
    fields(page, "subscription", "quantity").first.fill("2")
    add_extras(page)
    page.wait_for_url("**/basket/?currency=*")
    assert "£128.00" in page.locator("main").inner_text()
    number = pays_there(page, quay)
    assert f"/spektrix/{CLIENT}/website/secure/checkout/v2" in page.url
    text = comes_back(page, quay)
    assert number in text
    assert "Your order is confirmed" in text
