"""The script that asks a box office with the visitor's own cookie, in a real browser and over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from baskets.models import Line
from catalog.models import Instance
from tests.a11y import assert_accessible
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import FULL
from tests.browser import until

pytestmark = [pytest.mark.browser, pytest.mark.whole_browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.DEBUG = False
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


def take(page: Any, site: str, instance: Instance, count: int = 2) -> None:
    page.goto(site + reverse("baskets:pick", args=[instance.pk]))
    page.fill(f'[name="q-{FULL}"]', str(count))
    page.click("#door-offers")


def test_two_tickets_are_put_into_the_visitors_own_basket(
    page: Any, site: str, play: Instance, lantern: CookieOffice
) -> None:
    take(page, site, play)
    page.wait_for_selector("article.stub")
    assert page.locator("article.stub .stub-seats strong").inner_text() == "2 × Full Price"
    assert page.url.split("?")[0].endswith("/basket/")
    until(page, "document.activeElement.tagName === 'H1'")
    until(page, "document.querySelector('#live').textContent.startsWith('In your basket now.')")
    assert page.locator("#clock .clock-text").count() == 0
    assert [(method, path) for method, path, _body in lantern.asked] == [("POST", "/tickets"), ("GET", "")]
    assert len(lantern.visitors) == 1, "the cookie came along"
    assert_accessible(page)
    page.locator("button[id^=remove-]").first.click()
    until(page, "document.querySelector('article.stub .stub-seats strong')?.textContent === '1 ticket'")
    (visitor,) = lantern.visitors.values()
    assert len(visitor.basket["tickets"]) == 1
    assert Line.objects.count() == 1


def test_a_browser_that_keeps_no_cookies_is_shown_the_venues_own_page(
    page: Any, site: str, play: Instance, lantern: CookieOffice, settings: Any
) -> None:
    elsewhere = site.replace(
        "localhost", "127.0.0.1"
    )  # another site than the box office's: its cookies are blocked
    settings.CSRF_TRUSTED_ORIGINS = [elsewhere]
    take(page, elsewhere, play)
    page.wait_for_selector("#own-page")
    assert page.locator("h1").inner_text() == "Your browser does not keep the basket"
    assert "ChooseSeats.aspx?EventInstanceId=41401" in page.get_attribute("#own-page", "href")
    assert not Line.objects.exists()
    assert_accessible(page)
