"""The buyer's answers go to the box office from a real browser, with its own cookie."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Instance
from tests.a11y import assert_accessible
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.test_cookie_basket_in_a_browser import site, take
from tests.baskets.test_notes_page import ACCESS, MEAL, ask, theirs

__all__ = ["site"]


@pytest.fixture
def lantern(lantern: CookieOffice, settings: Any) -> CookieOffice:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(order_attributes="yes")}
    return lantern


def test_tickets_and_order_are_noted_and_shown(
    page: Any, site: str, play: Instance, lantern: CookieOffice
) -> None:
    ask(required=True, hint="As it shall stand on the list.")
    ask(MEAL, "Meal", kind="choice", choices="Vegan\nFish", position=1)
    ask(ACCESS, "What helps you on the day", level="order")
    take(page, site, play)
    page.wait_for_selector("#needed")
    assert_accessible(page)
    page.click("#answer-first")
    page.wait_for_function("document.activeElement.id.startsWith('id_n')")
    page.keyboard.type("Ada")
    page.select_option(".stub select", "Vegan")
    page.click("button[value=these]")
    page.wait_for_selector("dd:text-is('Ada')")
    assert page.locator("#needed").count() == 0
    page.click(".notes-order summary")
    page.fill(".notes-order input[type=text]", "A ramp")
    page.click(".notes-order button")
    page.wait_for_selector("dd:text-is('A ramp')")
    basket = theirs(lantern)
    assert basket["attribute_AccessRequirements"] == "A ramp"
    assert [one["attribute_RegistrantName"] for one in basket["tickets"]] == ["Ada", "Ada"]
    page.click(".stub summary")
    assert_accessible(page)


def test_a_wrong_answer_comes_back_with_the_cursor_on_what_is_wrong(
    page: Any, site: str, play: Instance, lantern: CookieOffice
) -> None:
    ask(required=True)
    take(page, site, play, count=1)
    page.wait_for_selector("#needed")
    page.click(".stub .notes-ask button")
    page.wait_for_selector(".error-summary")
    assert_accessible(page)
    page.click(".error-summary a")
    page.wait_for_function("document.activeElement.id.startsWith('id_n')")
