"""A basket that is the visitor's own cookie, in a real browser against the stand-in on an origin of its own: from the
choice over the hosted checkout to the order page. Two sites of one name keep the cookie, two names do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser import until
from tests.processes.quay import CLIENT, QUEUED, RESERVED, UNRESERVED, Quay, take

pytestmark = [
    pytest.mark.browser,
    pytest.mark.whole_browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("own-basket"),
]


def test_from_the_choice_to_the_order_page(page: Any, quay: Quay) -> None:
    for event, stubs in ((UNRESERVED, 1), (RESERVED, 3)):  # without numbers two are one stub
        take(page, quay.web, quay.date(event))
        page.wait_for_url("**/basket/?currency=*")
        assert page.locator("article.stub").count() == stubs
    assert "A1" in page.locator("#basket").inner_text(), "the seats that were picked are named"
    page.locator("button[id^=remove-]").first.click()
    page.wait_for_url("**/asking/**")
    page.wait_for_url("**/basket/?currency=*")
    assert "Your basket, 3 tickets" in page.locator("h1").inner_text()
    page.goto(f"{quay.web}/en/checkout/")
    for box in page.locator("form[action$='/pay/'] input[type=checkbox]").all():
        box.check()
    page.click("form[action$='/pay/'] button")
    page.wait_for_url(f"{quay.domain}/**/secure/Checkout.aspx")
    page.goto(f"{quay.domain}/spektrix/{CLIENT}/api/v3/basket")
    basket = json.loads(page.locator("body").inner_text())
    assert len(basket["tickets"]) == 3
    paid = quay.standin.post(f"spektrix/{CLIENT}/baskets/{basket['id']}/pay", {"email": "ada@example.org"})
    page.goto(f"{quay.web}/en/checkout/")
    if page.locator("#paid-there").count():
        page.click("#paid-there")
    page.wait_for_url("**/checkout/order/**")
    assert paid["order"] in page.locator("main").inner_text()
    assert "Your tickets are booked" in page.locator("h1").inner_text()


def test_a_page_of_another_site_is_told_that_the_cookie_is_not_kept(page: Any, quay: Quay) -> None:
    take(page, quay.origin, quay.date(UNRESERVED))
    page.wait_for_selector("#own-page")
    assert page.locator("h1").inner_text() == "Your browser does not keep the basket"
    page.click("#own-page")
    page.wait_for_url(f"{quay.domain}/**/ChooseSeats.aspx?**")


def test_without_scripts_the_venues_own_page_is_one_click_away(open_page: Any, quay: Quay) -> None:
    page = open_page(scripts=False)
    take(page, quay.web, quay.date(UNRESERVED))
    page.click("#own-page")
    page.wait_for_url(f"{quay.domain}/**/ChooseSeats.aspx?**")


def test_a_queue_is_stood_in_and_left_again(page: Any, quay: Quay) -> None:
    quay.standin.post("spektrix/settings", {"onsale": 1})
    try:
        take(page, quay.web, quay.date(QUEUED))
        page.wait_for_selector("[data-ask-words]")
        until(page, "document.querySelector('[data-ask-words]').textContent.includes('queue')")
        quay.standin.post("spektrix/settings", {"onsale": 0})
        page.wait_for_url("**/basket/?currency=*", timeout=60000)
        assert "Your basket, 2 tickets" in page.locator("h1").inner_text()
    finally:
        quay.standin.post("spektrix/settings", {"onsale": 0})


QUESTIONS = """
from baskets.models import NoteQuestion
from catalog.models import ProviderAccount
quay = ProviderAccount.objects.get(name="quay")
for level, label, words, kind, choices in (
    ("ticket", "Registrant Name", "Name on the ticket", "text", ""),
    ("ticket", "Registrant Meal Choice", "Meal", "choice", "Vegan\\nFish"),
    ("ticket", "Over 18", "I am over 18", "yes", ""),
    ("ticket", "Registrant Shoe Size", "Shoe size", "text", ""),
    ("order", "Access Requirements", "What helps you", "text", ""),
):
    NoteQuestion.objects.create(account=quay, level=level, label=label, words=words, kind=kind, choices=choices,
                                required=label == "Registrant Name")
"""


def test_answers_are_noted_on_one_ticket_on_all_and_on_the_order(page: Any, quay: Quay) -> None:
    quay.manage("shell", "-c", QUESTIONS)
    try:
        take(page, quay.web, quay.date(UNRESERVED))
        page.wait_for_selector("#needed")
        page.get_by_label("Name on the ticket").fill("Ada")
        page.get_by_label("I am over 18").check()
        page.click("button[value=one]")
        page.wait_for_selector("dd:text-is('Ada')")
        second = page.locator("article.stub").nth(1)
        second.get_by_label("Name on the ticket").fill("Grace")
        second.get_by_label("Meal").select_option("Vegan")
        second.get_by_label("Shoe size").fill("38")
        second.locator("button[value=all]").click()
        page.wait_for_selector("dd:has-text('could not note this')")
        assert "We have told its staff" in page.locator("main").inner_text()
        page.click(".notes-order summary")
        page.get_by_label("What helps you").fill("A ramp")
        page.click(".notes-order button")
        page.wait_for_selector("dd:text-is('A ramp')")
        page.goto(f"{quay.domain}/spektrix/{CLIENT}/api/v3/basket")
        basket = json.loads(page.locator("body").inner_text())
        assert basket["attribute_AccessRequirements"] == "A ramp"
        noted = [
            [one[f"attribute_{name}"] for name in ("RegistrantName", "RegistrantMealChoice", "Over18")]
            for one in basket["tickets"]
        ]
        assert noted == [["Grace", "Vegan", True], ["Grace", "Vegan", False]]
        rows = quay.sql("SELECT label, reason, times FROM baskets_lostnote")
        assert rows == [("Registrant Shoe Size", "attribute_missing", 1)]
    finally:
        quay.manage("shell", "-c", "from baskets.models import NoteQuestion as q; q.objects.all().delete()")
