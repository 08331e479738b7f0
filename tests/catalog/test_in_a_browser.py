"""The list, the event page and the availability of a date, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from catalog.models import Event
from shop import clock
from shop.money import Money
from shop.providers.types import Availability, Offer
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways, until
from tests.factories_catalog import Season, event, instance, on_sale

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: Any, season: Season) -> str:
    return live_server.url


def offers(*left: int) -> Availability:
    rows = tuple(
        Offer(str(n), Money(2450 + n, "GBP"), area=f"Area {n}", left=each) for n, each in enumerate(left)
    )
    return Availability("i", clock.now(), offers=rows)


def test_the_first_screen_of_an_event_is_complete_on_a_phone(page: Any, site: str) -> None:
    row = on_sale(
        "Captain Thimble's Very Small Voyage", dates=3, tagline="A big adventure for small pockets."
    )
    page.goto(site + row.get_absolute_url())
    for selector in ("h1", ".hero-where", ".hero-when", ".hero-price", "#book"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 640, selector
    assert page.locator(".button.primary").count() == 1
    assert not scrolls_sideways(page)


def test_a_changed_filter_keeps_the_focus_moves_the_address_and_is_announced(page: Any, site: str) -> None:
    on_sale("A play", kind="play")
    on_sale("An opera", kind="opera")
    page.goto(site + "/en/")
    page.click("#filters-more-summary")
    page.focus("#id_kind")
    page.select_option("#id_kind", "opera")
    until(page, "document.querySelectorAll('.event-card').length === 1")
    assert page.evaluate("document.activeElement.id") == "id_kind"
    assert page.url == f"{site}/en/?kind=opera"
    until(page, "document.getElementById('live').textContent === '1 event'")
    assert page.title().startswith("1 event")
    page.go_back()
    until(page, "document.querySelectorAll('.event-card').length === 2")
    assert page.url == f"{site}/en/"


def test_a_removed_chip_leaves_the_focus_on_the_count_and_empties_its_field(page: Any, site: str) -> None:
    on_sale("A play", kind="play")
    on_sale("An opera", kind="opera")
    page.goto(site + "/en/?kind=opera&q=o")
    page.click("#drop-kind")
    until(page, "!document.getElementById('drop-kind')")
    assert page.locator("#id_kind").input_value() == ""
    until(page, "document.activeElement.id === 'count'")


def test_show_more_adds_cards_and_an_address_that_shows_them_again(page: Any, site: str) -> None:
    for number in range(30):
        on_sale(f"Play {number:02}", starts_at=clock.now() + timedelta(days=3, hours=number))
    page.goto(site + "/en/")
    page.click("#show-more")
    until(page, "document.querySelectorAll('.event-card').length === 30")
    assert page.url == f"{site}/en/?upto=2"
    assert page.evaluate("document.querySelectorAll('#more').length") == 1
    titles = page.locator(".event-card-title").all_inner_texts()
    assert titles == sorted(titles)
    page.reload()
    assert page.locator(".event-card-title").all_inner_texts() == titles


def test_the_list_works_without_scripts(open_page: Callable[..., Any], site: str) -> None:
    on_sale("A play", kind="play")
    on_sale("An opera", kind="opera")
    page = open_page(scripts=False)
    page.goto(site + "/en/")
    page.click("#filters-more-summary")
    page.select_option("#id_kind", "opera")
    page.click("#search")
    expect(page.locator(".event-card")).to_have_count(1)
    assert page.locator(".count").inner_text() == "1 event"


def test_looking_around_asks_nobody_else_and_sets_no_cookie(page: Any, site: str) -> None:
    row = on_sale(dates=2)
    for path in ("/en/", row.get_absolute_url(), row.instances.first().get_absolute_url(), "/en/venues/"):
        page.goto(site + path)
    page.wait_for_timeout(1500)
    assert all(url.startswith((site, "data:")) for url in page.requests_seen)
    assert page.context.cookies() == []


def test_availability_is_asked_in_a_visible_tab_only_every_half_minute_and_answers_304(
    page: Any, site: str, season: Season
) -> None:
    date = instance(event())
    season.offers[date.provider_ref] = offers(7)
    statuses: list[int] = []
    page.on(
        "response", lambda answer: statuses.append(answer.status) if "/availability/" in answer.url else None
    )
    page.clock.install()
    page.goto(site + date.get_absolute_url())
    page.clock.run_for(1500)
    until(page, "document.getElementById('availability').textContent.includes('7 left')")
    page.clock.run_for(2000)
    assert re.search(
        r"Availability checked \d+ seconds? ago\.", page.locator("[data-checked-line]").inner_text()
    )
    page.clock.run_for(20_000)
    page.wait_for_timeout(300)
    assert statuses == [200], "not before half a minute is over"
    page.clock.run_for(12_000)
    _wait(page, statuses, 2)
    assert statuses == [200, 304]
    assert "7 left" in page.locator("#availability").inner_text(), "an unchanged answer leaves what is shown"
    season.offers[date.provider_ref] = offers(5)
    cache.clear()
    page.clock.run_for(32_000)
    _wait(page, statuses, 3)
    until(page, "document.getElementById('availability').textContent.includes('5 left')")
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    page.clock.run_for(90_000)
    page.wait_for_timeout(300)
    assert statuses == [200, 304, 200], "nobody is looking"


def _wait(page: Any, found: list[int], count: int) -> None:
    for _ in range(200):
        if len(found) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{found} and no more")


def test_what_is_over_or_withdrawn_shows_a_page_of_ours(page: Any, site: str) -> None:
    row = on_sale(gone_at=clock.now())
    on_sale("Still on")
    answer = page.goto(site + row.get_absolute_url())
    assert answer.status == 410
    assert page.locator("h1").inner_text() == "The Paper Lantern"
    assert page.locator(".event-card").count() == 1
    assert Event.objects.count() == 2


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_no_page_scrolls_sideways(open_page: Callable[..., Any], site: str, width: int, dark: bool) -> None:
    row = on_sale("A Title Of Very Considerable Length, With A Subtitle", dates=50)
    page = open_page(width=width, dark=dark)
    date = row.instances.first()
    for path in ("/en/", "/en/?q=zzz&when=today", row.get_absolute_url(), date.get_absolute_url(), "/en/venues/",
                 row.venue.get_absolute_url(), "/en/about/help/"):  # fmt: skip
        page.goto(site + path)
        assert not scrolls_sideways(page), path


def test_the_pages_pass_the_accessibility_scan(open_page: Callable[..., Any], site: str) -> None:
    row = on_sale(dates=3, access_marks=["signed"], notice="Haze", terms="<p>No refunds</p>")
    paths = ("/en/", "/en/?kind=musical&q=lantern", "/en/?q=zzz", row.get_absolute_url(),
             row.instances.first().get_absolute_url(), "/en/venues/", row.venue.get_absolute_url(),
             "/en/about/help/", "/en/about/accessibility/")  # fmt: skip
    for dark in (False, True):
        page = open_page(dark=dark)
        for path in paths:
            page.goto(site + path)
            assert_accessible(page)
