"""The clock, the question at four minutes, the running line and the swaps, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from baskets.models import Line
from catalog.models import Instance
from shop.money import Money
from shop.providers.types import Offer
from tests.a11y import assert_accessible
from tests.baskets.box_office import Office
from tests.browser import scrolls_sideways, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.DEBUG = False
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


def hold(page: Any, site: str, instance: Instance, *refs: str) -> None:
    page.goto(site + reverse("baskets:pick", args=[instance.pk]))
    for ref in refs:
        page.check(f"#seat-{ref}")
    page.click("#door-seats")
    page.wait_for_selector("article.stub")


def shown(page: Any) -> int:
    minutes, seconds = re.findall(r"\d+", page.locator(".clock-left").inner_text())
    return int(minutes) * 60 + int(seconds)


def test_the_running_line_adds_up_what_is_ticked(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    expect(page.locator("[data-running]")).to_have_text("Tick your seats, then hold them.")
    page.check("#seat-SA1")
    page.check("#seat-SA2")
    expect(page.locator("[data-running]")).to_have_text("2 of 2 chosen: Stalls A1, A2. Total £90.00")
    page.uncheck("#seat-SA1")
    expect(page.locator("[data-running]")).to_have_text("1 of 2 chosen: Stalls A2. Total £45.00")


def test_a_stepper_counts_and_the_running_line_follows(
    page: Any, site: str, night: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[night.pk]))
    for _ in range(2):
        page.get_by_role("button", name="More: Adult").click()
    expect(page.locator("[data-running]")).to_have_text("2 chosen: 2 × Adult. Total €50.00")
    box = page.get_by_role("button", name="More: Adult").bounding_box()
    assert min(box["width"], box["height"]) >= 44


def test_enter_ticks_a_seat_and_holds_nothing(page: Any, site: str, hamlet: Instance, office: Office) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.focus("#seat-SA1")
    page.keyboard.press("Enter")
    expect(page.locator("#seat-SA1")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#seat-SA1")).not_to_be_checked()
    assert office.calls("hold") == 0


def test_enter_beside_a_number_of_tickets_asks_for_these(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    office.offers.append(
        Offer("Circle", Money(3000, "GBP"), area="Circle", ticket_type="Anywhere", maximum=6)
    )
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    assert page.locator("#door-best").count() == 1, "the first button of the form is another"
    page.fill("[name=q-Circle]", "2")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.stub")
    assert office.calls("hold") == 1
    assert {ref[0] for ref in office.held()} == {"C"}


def test_a_double_click_holds_once(page: Any, site: str, hamlet: Instance, office: Office) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.check("#seat-SA1")
    page.dblclick("#door-seats")
    page.wait_for_selector("article.stub")
    assert office.calls("hold") == 1
    assert page.title().startswith("Basket, 1 ticket")
    assert page.url.split("?")[0].endswith("/basket/")
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_the_clock_ticks_from_the_servers_seconds_whatever_the_device_thinks(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.clock.install(time=0)  # 1970: the device's clock is wrong by half a century
    hold(page, site, hamlet, "SA1")
    page.clock.run_for(1000)
    before = shown(page)
    assert 590 <= before <= 600
    page.clock.run_for(30_000)
    assert before - shown(page) in (29, 30, 31)
    assert not page.locator("#clock [aria-live], [aria-live] #clock").count()


def test_the_clock_comes_nearer_by_itself_and_never_goes_further(
    page: Any, site: str, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    hold(page, site, hamlet, "SA1")
    until(page, "/\\d:\\d\\d/.test(document.querySelector('.clock-left').textContent)")
    first = shown(page)
    move_clock(timedelta(minutes=2))  # the tab slept
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(page, f"Number(document.querySelector('.clock-line').value) < {first - 100}")
    second = shown(page)
    move_clock(timedelta(minutes=-2))
    with page.expect_response(lambda answer: answer.url.endswith(reverse("baskets:clock"))):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(50)
    assert shown(page) <= second


def test_it_speaks_at_five_two_and_one_minute_and_at_the_end(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.clock.install()
    hold(page, site, hamlet, "SA1")
    said = []
    for seconds in (290, 12, 180, 61, 62):
        page.clock.run_for(seconds * 1000)
        page.clock.run_for(200)
        said.append(page.locator("#clock-says").inner_text())
    assert said[0] == ""
    assert said[1] == "5 minutes left for your tickets."
    assert said[2] == "2 minutes left for your tickets."
    assert said[3] == "1 minute left for your tickets."
    assert said[4].startswith("The time is over.")


def test_at_zero_the_line_turns_on_the_open_page_and_nothing_vanishes(
    page: Any, site: str, hamlet: Instance, office: Office, move_clock: Callable
) -> None:
    page.clock.install()
    hold(page, site, hamlet, "SA1", "SA2")
    move_clock(timedelta(minutes=11))
    page.clock.run_for(601_000)
    page.clock.run_for(3000)
    until(page, "document.querySelector('article.stub.gone')")
    assert "A1, A2" in page.locator("article.stub").inner_text()
    assert page.get_by_role("button", name="Try to get these again").count() == 1
    assert page.locator("#badge .count").count() == 0


def test_the_question_at_four_minutes_comes_once_and_can_be_left(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    office.minutes = timedelta(minutes=4, seconds=5)
    page.clock.install()
    hold(page, site, hamlet, "SA1")
    assert not page.evaluate("document.querySelector('dialog').open")
    page.clock.run_for(10_000)
    assert page.evaluate("document.querySelector('dialog').open")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.clock.run_for(5_000)
    assert not page.evaluate("document.querySelector('dialog').open")
    page.reload()
    page.clock.run_for(5_000)
    assert not page.evaluate("document.querySelector('dialog').open")


def test_letting_them_go_from_the_question_empties_the_basket(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    office.minutes = timedelta(minutes=3, seconds=30)
    hold(page, site, hamlet, "SA1")
    until(page, "document.querySelector('dialog').open")
    page.get_by_role("button", name="Let them go").click()
    page.wait_for_selector(".empty")
    assert office.held() == set()


def test_removing_keeps_the_page_and_says_so(page: Any, site: str, hamlet: Instance, office: Office) -> None:
    hold(page, site, hamlet, "SA1")
    hold(page, site, hamlet, "SB1")
    assert page.locator("#badge .count").inner_text().startswith("2")
    loads = len([url for url in page.requests_seen if url.endswith("shop.css")])
    page.get_by_role("button", name="Remove").first.click()
    until(page, "document.querySelectorAll('article.stub').length === 1")
    assert page.locator("#badge .count").inner_text().startswith("1")
    assert page.title().startswith("Basket, 1 ticket")
    assert "Removed: Hamlet." in page.locator("#messages").inner_text()
    assert loads == len([url for url in page.requests_seen if url.endswith("shop.css")])


def test_another_party_size_swaps_the_groups_and_keeps_the_focus(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.click("#size-4")
    until(page, "document.querySelector('#size-4').getAttribute('aria-current') === 'true'")
    assert "party=4" in page.url
    assert page.evaluate("document.activeElement.id") == "size-4"
    for group in page.locator("section[aria-labelledby=groups] button.group").all():
        assert len((group.get_attribute("value") or "").split()) == 4
    page.locator("section[aria-labelledby=groups] button.group").first.click()
    page.wait_for_selector("article.stub")
    assert len(office.held()) == 4


SAID_AT_ONCE = (
    "window.said = []; new MutationObserver(() => { const text = document.getElementById('live-now').textContent;"
    " if (text) window.said.push(text); })"
    ".observe(document.getElementById('live-now'), { childList: true, characterData: true, subtree: true })"
)
IN_VIEW = (
    "one => { const box = one.getBoundingClientRect(); return box.height > 0 && box.top >= 0"
    " && box.top < document.documentElement.clientHeight; }"
)


def test_a_seat_that_has_just_gone_is_said_beside_the_button_and_the_focus_stays_on_it(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.check("#seat-SA4")
    page.check("#seat-SA5")
    office.sold.add("SA5")
    page.evaluate(SAID_AT_ONCE)
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    until(page, "window.said.length > 0")
    assert page.evaluate("document.activeElement.id") == "door-seats"
    assert page.evaluate("window.said") == [
        "Somebody was quicker. Stalls A5 has just been booked by someone else. A4 is still yours to take. A3 is free."
    ]
    assert not page.locator("#refused[role], #refused [role], #refused[aria-live]").count(), "it is said once"
    for what in ("#refused", "#door-seats", "section[aria-labelledby=nearest] button >> nth=0"):
        assert page.locator(what).evaluate(IN_VIEW), what
    assert page.is_checked("#seat-SA4")
    assert "1 of 2 chosen: Stalls A4" in page.locator("[data-running]").inner_text()
    assert "/pick/" in page.url
    page.locator("section[aria-labelledby=nearest] button").nth(1).click()
    page.wait_for_selector("article.stub")
    assert len(office.held()) == 2


@pytest.mark.parametrize("by", ["keys", "pointer"])
def test_from_the_map_the_focus_stays_on_the_maps_own_button(
    open_page: Callable[..., Any], site: str, hamlet: Instance, office: Office, by: str
) -> None:
    page = open_page(width=1280)
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.check("#seat-SA4")
    page.check("#seat-SA5")
    office.sold.add("SA5")
    if by == "keys":
        page.focus("#door-map")
        page.keyboard.press("Enter")
    else:
        page.click("#door-map")
    page.wait_for_selector("#refused")
    until(page, "document.activeElement.id === 'door-map'")
    for what in ("#refused", "#door-map"):
        assert page.locator(what).evaluate(IN_VIEW), what
    nearest = page.locator("section[aria-labelledby=nearest] button")
    page.keyboard.press("Tab")
    expect(nearest.first).to_be_focused()
    nearest.nth(1).press("Enter")
    page.wait_for_selector("article.stub")
    assert len(office.held()) == 2


def test_when_the_best_seats_go_again_and_again_the_focus_stays_on_their_button(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.fill("input[name=party] >> visible=true", "3")
    office.faults["hold"] = ["sold_out"] * 3
    page.click("#door-best")
    page.wait_for_selector("#refused")
    until(page, "document.activeElement.id === 'door-best'")
    for what in ("#refused", "#door-best"):
        assert page.locator(what).evaluate(IN_VIEW), what
    assert page.input_value("input[name=party] >> visible=true") == "3"
    page.locator("section[aria-labelledby=nearest] button").first.click()
    page.wait_for_selector("article.stub")
    assert len(office.held()) == 3


def test_where_the_button_itself_has_gone_the_focus_is_at_what_is_free_instead(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    group = page.locator("section[aria-labelledby=groups] button.group").first
    office.sold.update(group.get_attribute("value").split())
    group.press("Enter")
    page.wait_for_selector("#refused")
    until(page, "document.activeElement.id === 'nearest'")
    page.keyboard.press("Tab")
    expect(page.locator("section[aria-labelledby=nearest] button").first).to_be_focused()


def test_when_the_last_seats_have_gone_it_is_said_and_the_focus_is_not_lost(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.check("#seat-SA4")
    office.rows.clear()
    office.faults["hold"] = ["sold_out"]
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    until(page, "document.activeElement.closest('#refused') !== null")


def test_another_refusal_still_leads_to_its_reason(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    page.goto(site + reverse("baskets:pick", args=[hamlet.pk]))
    page.check("#seat-SA2")
    office.faults["hold"] = ["lone"]
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    until(page, "document.activeElement.id === 'refused'")


def test_the_whole_way_into_the_basket_works_without_scripts(
    open_page: Callable[..., Any], site: str, hamlet: Instance, night: Instance, office: Office
) -> None:
    page = open_page(scripts=False)
    hold(page, site, hamlet, "SA1", "SA2")
    assert re.search(r"Held for about 10 minutes, until \d\d:\d\d", page.locator("#clock").inner_text())
    page.goto(site + reverse("baskets:pick", args=[night.pk]))
    page.fill("input[name=q-adult]", "2")
    page.click("#door-offers")
    expect(page.locator("article.stub")).to_have_count(2)
    assert not page.locator("dialog").is_visible()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator("article.stub")).to_have_count(1)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_accessible_and_never_scroll_sideways(
    open_page: Callable[..., Any],
    site: str,
    hamlet: Instance,
    night: Instance,
    office: Office,
    width: int,
    dark: bool,
) -> None:
    office.restricted["SA2"] = "pillar"
    page = open_page(width=width, dark=dark)
    addresses = [
        reverse("baskets:detail"),
        reverse("baskets:pick", args=[hamlet.pk]),
        reverse("baskets:pick", args=[night.pk]),
    ]
    page.goto(site + addresses[0])
    assert_accessible(page)
    hold(page, site, hamlet, "SA1", "SA2")
    addresses.append(reverse("baskets:change", args=[Line.objects.get().pk]))
    office.surcharge = 500
    hold(page, site, hamlet, "SB1")
    for address in addresses:
        page.goto(site + address)
        assert_accessible(page)
        assert not scrolls_sideways(page), address
