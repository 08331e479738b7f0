"""The page of a date while parts of it are exchanged: what was pressed stays in its place, and its address says it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from catalog.models import Instance
from tests.baskets.box_office import Office
from tests.baskets.map_page import go
from tests.browser import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def top(page: Page, selector: str) -> float:
    return float(page.evaluate("(one) => document.querySelector(one).getBoundingClientRect().top", selector))


def waits_for(page: Page, selector: str, act: Callable[[], object]) -> None:
    """Until another such element stands in the place of this one."""
    page.evaluate("(one) => { window.before = document.querySelector(one); }", selector)
    act()
    until(page, f"document.querySelector('{selector}') !== window.before")
    until(page, "!document.querySelector('.htmx-settling, .htmx-swapping, .htmx-added')")


@pytest.mark.parametrize("width", [360, 1280])
def test_another_number_of_seats_leaves_the_number_where_it_was(
    page: Page, site: str, studio: Instance, office: Office, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    go(page, site, studio)
    page.evaluate("scrollTo({ top: document.querySelector('#size-4').offsetTop - 200, behavior: 'instant' })")
    before = top(page, "#size-4")
    waits_for(page, "#size-4", lambda: page.click("#size-4"))
    until(page, f"Math.abs(document.querySelector('#size-4').getBoundingClientRect().top - {before}) < 3")
    assert page.evaluate("document.activeElement.id") == "size-4"


def test_a_filter_stays_where_it_was_and_stands_in_the_address(
    page: Page, site: str, studio: Instance, office: Office
) -> None:
    office.restricted["SA1"] = "a pillar"
    go(page, site, studio)
    page.locator("#narrow-clear").scroll_into_view_if_needed()
    before = top(page, "#narrow-clear")
    waits_for(page, "#narrow-clear", lambda: page.check("#narrow-clear"))
    until(
        page, f"Math.abs(document.querySelector('#narrow-clear').getBoundingClientRect().top - {before}) < 3"
    )
    until(page, "location.search.includes('clear=1')")
    assert "under=" not in page.url, "what was not asked for is not in it"
    page.reload()
    expect(page.locator("#narrow-clear")).to_be_checked()


def test_the_page_that_comes_back_is_as_wide_as_it_was(
    page: Page, site: str, studio: Instance, office: Office
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    go(page, site, studio)
    width = page.locator("h1").bounding_box()["width"]  # type: ignore[index]
    page.check("#seat-SA1")
    page.click("#door-seats")
    page.wait_for_selector("article.stub")
    page.go_back()
    expect(page.locator("[data-map-svg]")).to_have_count(1)
    until(page, f"document.querySelector('h1').getBoundingClientRect().width === {width}")
    assert page.url.split("?")[0].endswith(reverse("baskets:pick", args=[studio.pk]))


def test_the_wheel_moves_the_page_while_the_pointer_is_on_a_map_that_is_all_in_view(
    page: Page, site: str, studio: Instance, office: Office
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    go(page, site, studio)
    page.locator("[data-map-svg]").scroll_into_view_if_needed()
    page.locator("[data-map-svg]").hover()
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 150)
    until(page, f"scrollY > {before}")
