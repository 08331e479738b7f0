"""The official seating chart on a page of its own, in a real browser: its seats are held by the token of the same hold as
those of our list, and without its script the page leads there.

The script is the imitated `chart.js`, of another host than the shop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.a11y import assert_accessible
from tests.journeys.visitor import SLOWLY, Visitor
from tests.stack import Stack

SHOW = "The Glass Harmonica"
LINK = "Choose on the venue’s own chart"
TO_LIST = re.compile("Choose from our list and map instead")
FREE = "#official-chart button:not([disabled])[aria-pressed=false]"


@pytest.fixture(scope="module")
def stack(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A shop of its own: nobody else chooses seats here."""
    with Stack(tmp_path_factory.mktemp("chart"), PROVIDER_ACCOUNTS="arena") as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web")
        yield stack


def to_chart(visitor: Visitor) -> Page:
    """From the choice of a date to its official chart."""
    visitor.choose_date(SHOW)
    visitor.follow(LINK)
    expect(visitor.page.locator("#chart-form")).to_be_visible(timeout=SLOWLY)
    return visitor.page


def names(page: Page) -> list[str]:
    return page.locator("#official-chart button[aria-pressed=true]").evaluate_all(
        "found => found.map((one) => one.dataset.label)"
    )


def choose(page: Page, many: int) -> list[str]:
    """The first seats that are free; the page says that they are chosen."""
    for _seat in range(many):
        page.locator(FREE).first.click()
    chosen = names(page)
    assert len(chosen) == many
    expect(page.locator("[data-running]")).to_contain_text("Chosen: ")
    return chosen


def seats_of(stack: Stack, page: Page) -> Callable[[str], str]:
    """The status of a seat in the books of the chart service."""
    event = page.evaluate(
        "JSON.parse(document.querySelector('[data-official]').dataset.official).chart.event"
    )
    address = f"{stack.standin_origin}/tickethead/seatsio/events/{event}/objects"

    def status(label: str) -> str:
        found = requests.get(address, params={"label": label}, auth=("demo-seatsio-secret", "")).json()
        return str(found[label]["status"])

    return status


def hosts(page: Any) -> set[str]:
    return {urlsplit(url).netloc for url in page.requests_seen}


def test_two_seats_are_chosen_on_the_chart_and_held_by_its_token(
    visit: Callable[..., Visitor], stack: Stack
) -> None:
    ada = visit(width=1280)
    ada.choose_date(SHOW)
    there = urlsplit(stack.env["STANDIN_PUBLIC_URL"]).netloc
    assert there not in hosts(ada.page)  # no page but the chart's own asks its host for anything
    ada.follow(LINK)
    page = ada.page
    expect(page.locator("#chart-form")).to_be_visible(timeout=SLOWLY)
    assert there in hosts(page)
    assert_accessible(page)
    expect(page.locator(".clock-text")).to_contain_text("What you choose is held until")
    deadline = re.search(r"until (\d+:\d\d)", page.locator(".clock-text").inner_text())
    chosen = choose(page, 2)
    status = seats_of(stack, page)
    answer = page.reload()
    assert answer
    policy = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert {name for name, said in policy.items() if there in said} == {
        "script-src", "connect-src", "img-src", "frame-src",
    }  # fmt: skip
    assert "unsafe" not in " ".join(policy.values())
    expect(page.locator("[data-running]")).to_contain_text("Chosen: ")
    assert names(page) == chosen
    page.locator("#hold-chosen").dblclick()  # two presses hold once
    ada.sees_basket()
    expect(page.locator("article.stub")).to_have_count(1)
    assert deadline
    expect(page.locator(".clock-text").first).to_contain_text(deadline[1])
    assert {status(label) for label in chosen} == {"reservedByToken"}
    tickets = stack.sql("SELECT quantity FROM baskets_line WHERE state = 'held'")
    assert tickets == [(2,)]


def test_what_is_only_chosen_on_the_chart_nobody_else_can_have(
    visit: Callable[..., Visitor], stack: Stack
) -> None:
    ada, ben = visit(width=1280), visit("Ben", width=1280)
    theirs = to_chart(ben)
    mine = to_chart(ada)
    (label,) = choose(mine, 1)
    assert seats_of(stack, mine)(label) == "reservedByToken"
    theirs.locator(f"#official-chart button[data-label='{label}']").click()
    expect(theirs.locator("[data-running]")).to_contain_text("Somebody was quicker")
    theirs.complaints.clear()  # the browser notes the refusal of the call
    expect(theirs.locator(f"#official-chart button[data-label='{label}']")).to_be_disabled()
    theirs.locator("#hold-chosen").click()
    expect(theirs.locator("[data-running]")).to_contain_text("Please choose at least one seat first.")
    mine.locator("#hold-chosen").click()
    ada.sees_basket()


def test_a_seat_of_the_basket_is_not_given_back_on_the_chart(
    visit: Callable[..., Visitor], stack: Stack
) -> None:
    ada = visit(width=1280)
    page = to_chart(ada)
    (label,) = choose(page, 1)
    page.locator("#hold-chosen").click()
    ada.sees_basket()
    to_chart(ada)
    page.locator(f"#official-chart button[data-label='{label}']").click()
    expect(page.locator("[data-running]")).to_contain_text("That seat is in your basket already.")
    assert names(page) == [label]
    assert seats_of(stack, page)(label) == "reservedByToken"


def test_without_the_official_script_the_page_leads_to_our_list(
    visit: Callable[..., Visitor], stack: Stack
) -> None:
    ada = visit()
    ada.page.route("**/seatsio/chart.js", lambda route: route.abort())
    ada.choose_date(SHOW)
    ada.follow(LINK)
    expect(ada.page.locator("#chart-words")).to_contain_text("The venue’s chart could not be loaded.")
    assert_accessible(ada.page)
    ada.page.complaints.clear()  # the browser notes what was blocked
    ada.follow(TO_LIST)
    expect(ada.page.locator("#seat-list")).to_be_visible()


def test_without_scripts_the_page_says_so_and_leads_to_our_list(visit: Callable[..., Visitor]) -> None:
    ada = visit(scripts=False)
    ada.choose_date(SHOW)
    ada.follow(LINK)
    expect(ada.page.locator("#chart-words")).to_contain_text("The venue’s own chart needs scripts.")
    expect(ada.page.locator("#chart-form")).to_be_hidden()
    ada.follow(TO_LIST)
    expect(ada.page.locator("#seat-list")).to_be_visible()


def test_a_token_that_ran_out_is_said_and_begun_anew(visit: Callable[..., Visitor], stack: Stack) -> None:
    ada = visit(width=1280)
    page = to_chart(ada)
    choose(page, 1)
    stack.advance(16 * 60)
    page.reload()
    expect(page.locator("#renewed")).to_contain_text("The time of your earlier choice was over")
    expect(page.locator("[data-running]")).to_have_text("Nothing chosen yet")
    assert_accessible(page)
