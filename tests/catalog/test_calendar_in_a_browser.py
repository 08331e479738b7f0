"""The calendar in a real browser: which view is seen, by keyboard, without scripts, narrow, in forced colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from catalog.models import Event
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways
from tests.factories_catalog import Season, event, instance, on_sale, venue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: Any, season: Season, move_clock: Callable[[datetime], None]) -> str:
    move_clock(datetime(2027, 3, 10, 12, tzinfo=UTC))
    return live_server.url


def at(day: int, hour: int = 19, month: int = 3) -> datetime:
    return datetime(2027, month, day, hour, 30, tzinfo=UTC)


def a_month() -> Event:
    """Every state, every mark, a full day, a long name, two zones, and a second month."""
    row = event("Captain Thimble's Very Small Voyage Round an Incomprehensibilities-Cabinet")
    for day, values in enumerate(
        (
            {}, {"seats_left": 3}, {"seats_left": 0}, {"status": "cancelled"}, {"bookable": False},
            {"sale_starts_at": at(12)}, {"access_marks": ["signed", "captioned", "described", "relaxed", "step_free"]},
        )
    ):  # fmt: skip
        instance(row, starts_at=at(15 + day), **values)
    for number in range(6):
        instance(event(f"Matinee {number}"), starts_at=at(23, 12))
    on_sale("Fledermaus", venue=venue("Burg", timezone="Europe/Vienna", city="Wien"), starts_at=at(20))
    instance(row, starts_at=at(20, month=5))
    return row


def seen(page: Any) -> tuple[bool, bool]:
    """Whether the table and the agenda are seen."""
    return tuple(page.locator(name).is_visible() for name in (".cal-month", ".cal-agenda"))  # type: ignore[return-value]


def test_a_phone_sees_the_agenda_and_a_wide_window_the_month_and_either_can_be_chosen(
    open_page: Callable[..., Any], site: str
) -> None:
    a_month()
    phone, wide = open_page(width=360), open_page(width=1280)
    for page, first, other in (
        (phone, (False, True), ".cal-to-month"),
        (wide, (True, False), ".cal-to-agenda"),
    ):
        page.goto(f"{site}/en/calendar/")
        assert seen(page) == first
        assert page.locator(".cal-about .chip:visible").count() == 1
        page.click(other)
        expect(page.locator(".cal-month")).to_have_count(int(other == ".cal-to-month"))
        expect(page.locator(".cal-agenda")).to_have_count(int(other == ".cal-to-agenda"))
    edge = open_page(width=640)
    edge.goto(f"{site}/en/calendar/")
    assert seen(edge) == (True, False)
    edge.set_viewport_size({"width": 639, "height": 640})
    assert seen(edge) == (False, True)


def test_what_is_not_seen_is_not_read_out_either(page: Any, site: str) -> None:
    row = on_sale("Lantern", starts_at=at(17))
    page.goto(f"{site}/en/calendar/")
    link = page.get_by_role("link", name="19:30 Lantern")
    assert link.count() == 1, "the table's link is hidden from everybody"
    assert page.get_by_role("table").count() == 0
    link.click()
    assert page.url == f"{site}{row.instances.get().get_absolute_url()}"


@pytest.mark.parametrize("query", ["", "?view=month", "?view=agenda", "?q=zzz&kind=play"])
@pytest.mark.parametrize("width", [200, 320, 360, 640, 1280])
def test_no_width_scrolls_sideways(open_page: Callable[..., Any], site: str, width: int, query: str) -> None:
    row = a_month()
    page = open_page(width=width)
    for path in ("/en/calendar/", f"{row.get_absolute_url()}calendar/"):
        page.goto(f"{site}{path}{query}")
        assert not scrolls_sideways(page), path


@pytest.mark.parametrize(
    ("width", "more"),
    [(360, {}), (1280, {}), (1280, {"dark": True}), (360, {"dark": True}), (1280, {"forced": True})],
)
def test_both_calendars_pass_the_scan(
    open_page: Callable[..., Any], site: str, width: int, more: dict[str, bool]
) -> None:
    row = a_month()
    page = open_page(width=width, **more)
    for path in ("/en/calendar/", "/en/calendar/?view=month&q=a", f"{row.get_absolute_url()}calendar/?party=abc",
                 f"{row.get_absolute_url()}calendar/?view=agenda&party=2"):  # fmt: skip
        page.goto(site + path)
        assert_accessible(page)


def test_every_day_with_something_and_every_date_is_reached_by_tab(
    open_page: Callable[..., Any], site: str
) -> None:
    a_month()
    page = open_page(width=1280)
    page.goto(f"{site}/en/calendar/")
    wanted = page.evaluate("[...document.querySelectorAll('.cal-month a')].map(a => a.href)")
    assert len(wanted) > 15
    page.focus(".cal-to-agenda")
    met = []
    for _each in wanted:
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.href"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert met == wanted


def test_states_keep_apart_in_forced_colours_by_words(open_page: Callable[..., Any], site: str) -> None:
    a_month()
    page = open_page(width=1280, forced=True)
    page.goto(f"{site}/en/calendar/")
    words = set(page.locator(".cal-month .state").all_inner_texts())
    assert {"On sale", "Few left", "Sold out", "Cancelled", "Not on sale online"} <= words
    assert page.locator(".cal-month .mark").all_inner_texts() == [
        "Signed", "Captioned", "Audio described", "Relaxed", "Step-free",
    ]  # fmt: skip


def test_a_thumb_hits_the_dates_of_the_agenda_and_the_days_of_the_month(page: Any, site: str) -> None:
    a_month()
    page.goto(f"{site}/en/calendar/")
    for box in page.evaluate(
        "[...document.querySelectorAll('.cal-agenda .cal-entry')].map(e => e.offsetHeight)"
    ):
        assert box >= 44
    page.goto(f"{site}/en/calendar/?view=month")
    for width, height in page.evaluate(
        "[...document.querySelectorAll('a.cal-number')].map(a => [a.offsetWidth, a.offsetHeight])"
    ):
        assert width >= 24
        assert height >= 24


def test_without_scripts_the_months_the_party_and_the_way_to_the_seats_are_plain_links_and_forms(
    open_page: Callable[..., Any], site: str
) -> None:
    row = a_month()
    page = open_page(scripts=False)
    page.goto(f"{site}{row.get_absolute_url()}")
    page.click("#as-calendar")
    page.fill("#id_party", "3")
    page.click("#show-dates")
    assert "party=3" in page.url
    page.click(".cal-head [rel=next]")
    assert page.url == f"{site}{row.get_absolute_url()}calendar/2027-05/?party=3"
    assert page.locator("#month").inner_text() == "May 2027"
    assert page.locator("#id_party").input_value() == "3"
    page.click(".cal-agenda .cal-link")
    assert page.url.endswith("?party=3")
    assert "/calendar/" not in page.url


def test_the_filters_of_the_programme_work_without_scripts_and_keep_the_month(
    open_page: Callable[..., Any], site: str
) -> None:
    on_sale("A play", kind="play", starts_at=at(17))
    on_sale("An opera", kind="opera", starts_at=at(17))
    on_sale("Another opera", kind="opera", starts_at=at(17, month=4))
    page = open_page(scripts=False)
    page.goto(f"{site}/en/calendar/2027-04/")
    page.click("#filters-more-summary")
    page.select_option("#id_kind", "opera")
    page.click("#search")
    assert page.locator("#month").inner_text() == "April 2027"
    page.click(".cal-head [rel=prev]")
    assert page.locator("#month").inner_text() == "March 2027"
    assert page.locator(".cal-agenda .cal-title").all_inner_texts() == ["An opera"]


def test_the_calendar_asks_nobody_else_sets_no_cookie_and_stays_within_its_weight(
    open_page: Callable[..., Any], site: str
) -> None:
    row = a_month()
    page = open_page(width=1280)
    for path in ("/en/calendar/", f"{row.get_absolute_url()}calendar/"):
        before = len(page.requests_seen)
        page.goto(site + path)
        assert len(page.requests_seen) - before <= 10
    assert all(url.startswith((site, "data:")) for url in page.requests_seen)
    assert page.context.cookies() == []
