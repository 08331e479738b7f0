"""The same four seats by mouse, by touch, by keys alone, without scripts, and by a script that knows roles and names only:
in an opera house of 1,500 and a studio of sixty, sold for by an agent, and in a house that names its free seats alone."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways, until
from tests.journeys import house
from tests.journeys.visitor import PLAY, SLOWLY, Visitor
from tests.stack import Stack

HOUSES = {"opera": "The Drowned Bell", "studio": "Small Boats", "free seats only": PLAY}
WAYS: dict[str, dict[str, Any]] = {
    "mouse": {"width": 1280},
    "touch": {"width": 360, "has_touch": True, "is_mobile": True},
    "keys": {"width": 1280},
    "no scripts": {"scripts": False},
    "roles and names": {"width": 1280},
}
ON_SEAT = "document.activeElement.matches('[data-map] [data-seat]')"


@pytest.fixture(scope="module")
def stack(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A shop of its own: the others do not sell for the agent."""
    with house.opened(
        tmp_path_factory.mktemp("seats"), FETCH_POSTERS="no", PROVIDER_ACCOUNTS="west-end,assembly"
    ) as opened:
        yield opened


@dataclass(frozen=True)
class Four:
    """Seats beside each other that the page offers at once; whoever chooses them one by one leaves none alone."""

    refs: tuple[str, ...]
    area: str


chosen_before: dict[str, Four] = {}


def come(visitor: Visitor, show: str) -> Four:
    """To the choice of four seats; which ones is the same for everybody."""
    visitor.choose_date(show, 2)
    visitor.open(f"{visitor.page.url.split('?')[0]}?party=4")
    group = visitor.page.locator("#groups ~ .groups .group").first
    note = group.locator(".group-note").inner_text().split(" · ")[0].strip()
    found = Four(tuple(re.split(r"[ ,]+", str(group.get_attribute("value")))), note)
    assert len(found.refs) == 4
    assert chosen_before.setdefault(show, found) == found
    return found


def by_mouse(page: Page, four: Four) -> None:
    opened = page.locator("[data-map-svg] a").filter(has_text=four.area)
    if opened.count():
        opened.click()
    for ref in four.refs:
        page.locator(f"[data-map-svg] [data-seat='{ref}']").click()
    page.get_by_role("button", name="Hold these seats").click()


def by_touch(page: Page, four: Four) -> None:
    opened = page.locator("[data-map-svg] a").filter(has_text=four.area)
    if opened.count():
        opened.tap()
    for ref in four.refs:
        seat = page.locator(f"[data-map-svg] [data-seat='{ref}']")
        box = seat.bounding_box()
        assert box
        if box["width"] < 24:  # too small to be meant: the tap comes closer
            seat.tap()
            until(
                page, f"document.querySelector(\"[data-seat='{ref}']\").getBoundingClientRect().width >= 24"
            )
        if not seat.is_checked():
            seat.tap()
        expect(seat).to_be_checked()
    page.get_by_role("button", name="Hold these seats").tap()


def by_keys(page: Page, four: Four) -> None:
    press = page.keyboard.press
    _tab_to(page, "document.activeElement.matches('.map-to-list')")
    press("Tab")
    if page.evaluate("document.activeElement.matches('[data-map-area]')"):
        _choose_area(page, four)
    _tab_to(page, ON_SEAT, 4)
    row = page.locator(f"[data-row]:has([data-seat='{four.refs[0]}'])").get_attribute("data-row")
    press("Control+Home")
    for _ in range(60):
        if page.evaluate("document.activeElement.closest('[data-row]').dataset.row") == row:
            break
        press("PageDown")
    press("Home")
    left = set(four.refs)
    for _ in range(80):
        at = page.evaluate("document.activeElement.dataset.seat")
        if at in left:
            press("Space")
            left.discard(at)
        if not left:
            break
        press("ArrowRight")
    assert not left
    # right behind the map: not at the end of a list of hundreds of seats
    _tab_to(page, "document.activeElement.matches('#door-map')", 20)
    press("Enter")


def _choose_area(page: Page, four: Four) -> None:
    """By the arrow on the closed list; of a big house Enter opens the area that is reached."""
    said = "() => document.querySelector('[data-map-area]').selectedOptions[0].label"
    for _ in range(page.locator("[data-map-area] option").count()):
        before = str(page.evaluate(said))
        if before.startswith(f"{four.area}, "):
            break
        page.keyboard.press("ArrowDown")
        until(page, f"({said})() !== {before!r}")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-map-svg] [data-seat='{four.refs[0]}']")).to_have_attribute("role", "checkbox")
    until(page, "document.activeElement.matches('[data-map-area]')")


def _tab_to(page: Page, there: str, most: int = 120) -> None:
    for _ in range(most):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
    raise AssertionError(f"no Tab leads there: {there}")


def without_scripts(page: Page, four: Four) -> None:
    opened = page.locator("[data-map-svg] a").filter(has_text=four.area)
    if opened.count():
        opened.click()
    for ref in four.refs:
        page.locator(f"#list input[value='{ref}']").check()
    page.get_by_role("button", name="Hold these seats").click()


def by_roles_and_names(page: Page, four: Four) -> None:
    head = page.get_by_role("heading", name=re.compile(f"^{re.escape(four.area)}")).get_by_role("link")
    if head.count():
        head.first.click()
    names = [
        str(page.locator(f"#list input[value='{ref}']").get_attribute("aria-label")) for ref in four.refs
    ]
    for name in names:
        assert re.match(r"Row \S+, seat \S+, .+, £[\d.,]+ including fees, free", name), name
        page.get_by_role("checkbox", name=name, exact=True).first.check()
    page.get_by_role("button", name="Hold these seats").click()


CHOOSE: dict[str, Callable[[Page, Four], None]] = {
    "mouse": by_mouse,
    "touch": by_touch,
    "keys": by_keys,
    "no scripts": without_scripts,
    "roles and names": by_roles_and_names,
}


def seats_of_newest_lines(somebody: Visitor, many: int) -> list[str]:
    """Some box offices hold every seat as an item of its own."""
    found = []
    for (said,) in somebody.stack.sql("SELECT selection FROM baskets_line ORDER BY id DESC LIMIT ?", many):
        selection = said if isinstance(said, dict) else json.loads(said)
        found += selection["seat_refs"]
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", HOUSES)
def test_the_same_four_seats_are_held_whichever_way_they_are_chosen(
    visit: Callable[..., Visitor], place: str, way: str
) -> None:
    somebody = visit("Ada", **WAYS[way])
    page = somebody.page
    four = come(somebody, HOUSES[place])
    CHOOSE[way](page, four)
    somebody.sees_basket()
    expect(somebody.h1).to_contain_text("4 tickets")
    held = seats_of_newest_lines(somebody, page.locator(".stub").count())
    while page.locator(".stub").count():
        left = page.locator(".stub").count() - 1
        somebody.press(re.compile("^Remove"))
        expect(page.locator(".stub")).to_have_count(left, timeout=SLOWLY)
    assert sorted(held) == sorted(four.refs)


@pytest.mark.parametrize("look", [{"width": 320}, {"width": 1280, "dark": True}], ids=str)
@pytest.mark.parametrize("place", HOUSES)
def test_the_choice_is_accessible_and_never_scrolls_sideways(
    visit: Callable[..., Visitor], place: str, look: dict[str, Any]
) -> None:
    somebody = visit("Bea", **look)
    page = somebody.page
    four = come(somebody, HOUSES[place])
    assert_accessible(page)
    assert not scrolls_sideways(page)
    assert page.evaluate("document.querySelectorAll('*').length") < 6000
    if page.locator("[data-map-svg] a").count():
        page.locator("[data-map-svg] a").filter(has_text=four.area).click()
        until(page, "document.querySelectorAll('[data-map-svg] [data-seat]').length > 50")
    for ref in four.refs[:2]:
        page.locator(f"#list input[value='{ref}']").check()
    assert_accessible(page)
    assert not scrolls_sideways(page)
    assert page.evaluate("document.querySelectorAll('*').length") < 6000


def test_the_opera_house_stays_light_with_the_real_names_of_its_seats(visit: Callable[..., Visitor]) -> None:
    """Compressed: 90 KB of page with its drawing, 180 KB with the styles and scripts that it asks for."""
    somebody = visit("Cleo", scripts=False)
    come(somebody, HOUSES["opera"])
    page = somebody.page
    ways = [str(one.get_attribute("href")) for one in page.locator("[data-map-svg] a").all()]
    assert len(ways) == 4
    files = page.locator("link[rel=stylesheet], script[src]").evaluate_all(
        "all => all.map(one => one.href || one.src)"
    )
    beside = sum(len(gzip.compress(page.request.get(one).body())) for one in files)
    for way in (page.url, *(f"{somebody.stack.origin}{way}" for way in ways)):
        content = len(gzip.compress(page.request.get(way).body()))
        assert content < 90 * 1024, (way, content)
        assert content + beside < 180 * 1024, (way, content, beside)
