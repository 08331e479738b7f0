"""What the pages do under the hand while one looks and chooses: focus, Back, words, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page, expect

from tests.browser import until
from tests.journeys.visitor import PLAY, SLOWLY, Visitor

FOCUSED_H1 = "document.activeElement === document.querySelector('h1')"
GROUPS = "#groups ~ .groups .group"


def held(visitor: Visitor) -> set[int]:
    """Every seat that the box office holds for anybody."""
    return {seat["ticket_id"] for seat in visitor.books()["held"]}


def asked(visitor: Visitor, since: int) -> list[str]:
    """The requests for seats that reached the box office since then."""
    calls = visitor.stack.standin.get("journal", world="ltd", since_id=since, method="POST")["calls"]
    return [call["path"] for call in calls if re.search("Tickets|BestSeats", call["path"], re.I)]


def last_call(visitor: Visitor) -> int:
    return int(visitor.stack.standin.get("journal", limit=1)["last_id"])


def slow_box_office(visitor: Visitor, seconds: float) -> None:
    """The next holding of seats takes so long."""
    fault = {"world": "ltd", "match": "POST /rest/v2/Baskets/*/Tickets", "kind": "slow"}
    visitor.stack.standin.post("faults", {**fault, "seconds": seconds, "times": 1})


def comes(page: Page, true: Callable[[], Any]) -> None:
    """Until what the page did has reached the test."""
    for _try in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came on {page.url}")


def test_the_list_comes_back_as_it_was_left_and_is_the_same_for_everybody(ada, visit):
    page = ada.page
    count, live, kind = page.locator("#count"), page.locator("#live"), page.get_by_label("Kind")
    ada.open()
    page.get_by_text("More filters").click()
    kind.focus()
    kind.select_option("opera")
    expect(count).to_have_text(re.compile(r"^\d+ events?$"))
    operas = count.inner_text()
    expect(live).to_have_text(operas)
    expect(kind).to_be_focused()
    assert "kind=opera" in page.url
    kind.select_option("circus")
    until(page, "location.search.includes('kind=circus')")
    expect(live).to_have_text(count.inner_text())
    page.go_back()
    expect(count).to_have_text(operas)
    expect(kind).to_have_value("opera")
    page.go_back()
    expect(count).to_have_count(0)
    page.go_forward()
    expect(kind).to_have_value("opera")

    titles = page.locator(".event-card-title").all_inner_texts()
    ben = visit("Ben", scripts=False)
    ben.open(page.url)
    assert ben.page.locator(".event-card-title").all_inner_texts() == titles
    assert ben.page.title() == page.title()

    ada.open()
    cards = page.locator(".event-card")
    first = cards.count()
    ada.follow("Show more")
    until(page, f"document.querySelectorAll('.event-card').length > {first}")
    all_titles = page.locator(".event-card-title").all_inner_texts()
    far = cards.nth(first + 3).locator("a")
    far.scroll_into_view_if_needed()
    where, title = page.evaluate("scrollY"), far.inner_text()
    far.click()
    expect(ada.h1).to_have_text(title)
    page.go_back()
    expect(cards).to_have_count(len(all_titles))
    until(page, f"Math.abs(scrollY - {where}) < 20")
    expect(page.get_by_role("link", name=title, exact=True)).to_be_in_viewport()
    assert page.locator(".event-card-title").all_inner_texts() == all_titles

    ben.open()
    ben.follow("Show more")
    expect(ben.page.locator(".event-card-title")).to_have_text(all_titles)
    expect(ben.page.locator(".event-card").nth(first)).to_be_in_viewport()  # at the first of the new ones


def test_a_button_that_works_says_so_and_two_more_presses_hold_nothing_twice(ada):
    page = ada.page
    ada.choose_date(PLAY, 4)
    choice = page.url
    before, since = held(ada), last_call(ada)
    slow_box_office(ada, 1.5)
    group = page.locator(GROUPS).first
    words, disabled = group.evaluate(
        "button => { button.click(); return [button.textContent, button.getAttribute('aria-disabled')]; }"
    )
    assert words == "Holding your seats…"  # in the same breath, long before 100 ms
    assert disabled == "true"
    expect(page.locator("#live")).to_have_text("Holding your seats…")
    group.dblclick(force=True)
    ada.sees_basket()
    assert len(asked(ada, since)) == 1
    assert len(held(ada) - before) == 2
    assert page.title().startswith("Basket, 2 tickets")
    until(page, FOCUSED_H1)
    expect(page.locator("#badge")).to_contain_text("2")

    since = last_call(ada)
    page.go_back()
    expect(page.locator("#pick")).to_be_visible()
    assert page.url == choice
    assert page.title().startswith("Choose tickets")
    page.go_forward()
    ada.sees_basket()
    expect(page.locator(".stub")).to_have_count(1)
    assert asked(ada, since) == []


def test_without_scripts_a_double_click_holds_once(visit):
    ada = visit(scripts=False)
    ada.choose_date(PLAY, 6)
    before = held(ada)
    ada.page.locator(GROUPS).first.dblclick()
    ada.page.wait_for_load_state()

    def there() -> bool:
        with suppress(Error):  # a press on its way goes before a page that is opened
            ada.open("/en/basket/")
            return ada.page.locator(".stub").count() > 0
        return False

    comes(ada.page, there)
    expect(ada.page.locator(".stub")).to_have_count(1)
    assert len(held(ada) - before) == 2


def test_the_same_choice_in_two_tabs_is_held_once_and_another_one_is_kept_beside_it(ada):
    ada.choose_date(PLAY, 8)
    second = Visitor(ada.page.context.new_page(), ada.stack)
    second.open(ada.page.url)
    third = Visitor(ada.page.context.new_page(), ada.stack)
    third.open(ada.page.url)
    before = held(ada)
    wanted = ada.page.locator(GROUPS).first
    refs = str(wanted.get_attribute("value"))
    slow_box_office(ada, 1)
    wanted.click()
    second.page.locator(f"button.group[value='{refs}']").first.click()
    ada.sees_basket()
    expect(second.h1).to_contain_text(re.compile("basket|already", re.I), timeout=SLOWLY)
    if second.page.locator("#again").count():  # the box office was being asked; this is the way on
        second.page.locator("#again").click()
    second.sees_basket()
    expect(second.page.locator(".stub")).to_have_count(1)
    assert len(held(ada) - before) == 2

    taken = set(refs.split(","))
    others = third.page.locator(GROUPS).all()
    next(one for one in others if not taken & set(str(one.get_attribute("value")).split(","))).click()
    third.sees_basket()
    assert len(held(ada) - before) == 4
    ada.page.reload()
    expect(ada.h1).to_contain_text("4 tickets")
    while ada.page.locator(".stub").count():
        left = ada.page.locator(".stub").count() - 1
        ada.press(re.compile("^Remove"))
        expect(ada.page.locator(".stub")).to_have_count(left, timeout=SLOWLY)
        until(ada.page, "document.activeElement !== document.body")
    assert held(ada) - before == set()
