"""The map under the keys and for somebody who hears it: the keyboard table of the seat choice, row by row.

Row A of the stalls is the nearest to the stage.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from catalog.models import Instance
from tests.baskets import houses
from tests.baskets.box_office import Office
from tests.browser import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EDGE = re.compile("End of row|No further row")  # said where there is nothing in that direction


@pytest.fixture
def stalls(office: Office) -> Office:
    """Stalls with two holes, a row that is sold out, and a circle behind them.

    A  1 2 3 4 5 6 7 8
    B  1 2 . . 5 6 7 8
    C  . . . . . . . .
    D  . 2 3 4 5 6 7 .
    """
    office.rows.update(Stalls={"A": 8, "B": 8, "C": 8, "D": 8})
    office.sold.update({"SB3", "SB4", "SD1", "SD8"} | {f"SC{n}" for n in range(1, 9)})
    office.tells_taken = True
    return office


class Map:
    """The map of an open page, as a hand and an ear find it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        self.whole = page.locator("[data-map]")
        expect(self.whole.get_by_role("checkbox").first).to_be_attached()

    def enter(self) -> None:
        """By Tab, from the link that stands before it."""
        self.page.get_by_role("link", name="Choose from a list").focus()
        for _ in range(3):
            self.page.keyboard.press("Tab")
            if self.focused():
                return
        raise AssertionError(f"no seat took the focus: {self.where()}")

    def go(self, ref: str) -> None:
        """To a seat of row A by the keys alone."""
        self.enter()
        self.press("Control+Home")
        for _ in range(int(ref[2:]) - 1):
            self.press("ArrowRight")
        assert self.focused() == ref

    def press(self, *keys: str) -> str:
        for key in keys:
            self.page.keyboard.press(key)
        return self.focused()

    def focused(self) -> str:
        """The ref of the seat that has the focus, "" for anything else; of a taken one its row and number."""
        return str(
            self.page.evaluate(
                "(() => { const at = document.activeElement; if (!at.matches('[data-map] [data-row] *')) return '';"
                " return at.dataset.seat || '.' + at.closest('[data-row]').dataset.row + at.dataset.number; })()"
            )
        )

    def where(self) -> str:
        return str(self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))

    def seat(self, name: str) -> Locator:
        return self.whole.get_by_role("checkbox", name=name, exact=True)

    def says(self, words: str | re.Pattern[str]) -> None:
        """Politely: in the region of the page or in the running line, which is one too."""
        spoken = self.page.locator("#live, [role=status], [aria-live=polite]")
        expect(spoken.filter(has_text=words).first).to_be_attached()


@pytest.fixture
def seats(page: Any, site: str, hamlet: Instance, stalls: Office) -> Map:
    return Map(page, f"{site}{reverse('baskets:pick', args=[hamlet.pk])}?party=4")


def test_tab_finds_the_list_the_areas_and_the_map_as_one_stop_and_leaves_at_once(seats: Map) -> None:
    page = seats.page
    first = page.get_by_role("link", name="Choose from a list")
    first.focus()
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Area")).to_be_focused()
    page.keyboard.press("Tab")
    assert seats.focused()
    assert page.locator("[data-map] svg [tabindex='0']").count() == 1
    entered = seats.focused()
    seats.press("ArrowRight", "ArrowRight")
    assert seats.focused() != entered
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("combobox", name="Area")).to_be_focused()
    page.keyboard.press("Tab")
    assert seats.focused()
    page.keyboard.press("Tab")
    assert not seats.focused()
    assert page.evaluate("document.activeElement !== document.body")
    page.keyboard.press("Shift+Tab")
    assert seats.focused()


def test_the_link_to_the_list_leads_to_the_list(seats: Map) -> None:
    link = seats.page.get_by_role("link", name="Choose from a list")
    link.focus()
    seats.page.keyboard.press("Enter")
    until(seats.page, "document.activeElement.closest('#list') !== null || location.hash === '#list-head'")
    seats.page.keyboard.press("Tab")
    until(seats.page, "document.activeElement.closest('#list') !== null")


def test_left_and_right_go_to_the_next_free_seat_and_stop_at_the_end_of_the_row(seats: Map) -> None:
    seats.enter()
    assert seats.press("Control+Home") == "SA1"
    assert seats.press("ArrowRight") == "SA2"
    assert seats.press("ArrowLeft") == "SA1"
    assert seats.press("ArrowLeft") == "SA1"
    seats.says("End of row")
    assert seats.press("End") == "SA8"
    assert seats.press("ArrowRight") == "SA8"
    seats.says("End of row")
    seats.press("Home", "PageDown")
    assert seats.focused() == "SB1"
    assert seats.press("ArrowRight") == "SB2"
    assert seats.press("ArrowRight") == "SB5"  # 3 and 4 are taken
    assert seats.press("ArrowLeft") == "SB2"


def test_up_and_down_go_to_the_nearest_free_seat_and_stay_within_the_area(seats: Map) -> None:
    seats.go("SA2")
    assert seats.press("ArrowUp") == "SA2"
    seats.says(EDGE)
    assert seats.press("ArrowDown") == "SB2"
    assert seats.press("ArrowDown") == "SD2"  # row C is sold out
    assert seats.press("ArrowDown") == "SD2"  # below are other seats, of the circle
    seats.says(EDGE)
    assert seats.press("ArrowUp") == "SB2"
    assert seats.press("ArrowUp") == "SA2"
    seats.press("Home", *["ArrowRight"] * 3)
    assert seats.focused() == "SA4"
    assert seats.press("ArrowDown") == "SB5"  # nearer than 2


def test_home_and_end_lead_to_the_ends_of_the_row(seats: Map) -> None:
    seats.go("SA3")
    assert seats.press("End") == "SA8"
    assert seats.press("Home") == "SA1"
    seats.press("PageDown", "PageDown")
    assert seats.focused()[:2] == "SD"
    assert seats.press("Home") == "SD2"  # 1 is taken
    assert seats.press("End") == "SD7"


def test_page_keys_keep_the_position_and_pass_over_a_row_that_is_sold_out(seats: Map) -> None:
    seats.go("SA6")
    assert seats.press("PageDown") == "SB6"
    assert seats.press("PageDown") == "SD6"
    assert seats.press("PageDown") == "SD6"
    assert seats.press("PageUp") == "SB6"
    assert seats.press("PageUp") == "SA6"
    assert seats.press("PageUp") == "SA6"


def test_control_with_home_and_end_leads_to_the_ends_of_the_area(seats: Map) -> None:
    seats.go("SA4")
    assert seats.press("Control+End") == "SD7"
    assert seats.press("Control+Home") == "SA1"


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_space_and_enter_choose_and_drop_and_the_focus_stays(seats: Map, key: str) -> None:
    seats.go("SA1")
    seat = seats.seat("Row A, seat 1, Stalls, £45.00 including fees, free")
    expect(seat).to_be_focused()
    expect(seat).not_to_be_checked()
    where = seats.page.url
    seats.press(key)
    expect(seat).to_be_checked()
    assert seat.get_attribute("aria-checked") == "true"
    expect(seat).to_be_focused()
    seats.says(re.compile(r"^1 of 4 chosen: Stalls A1\. Total £45\.00\.?$"))
    seats.press("ArrowRight", key)
    seats.says(re.compile(r"^2 of 4 chosen: Stalls A1, A2\. Total £90\.00\.?$"))
    seats.press("ArrowLeft", key)
    expect(seat).not_to_be_checked()
    assert seat.get_attribute("aria-checked") == "false"
    expect(seat).to_be_focused()
    seats.says(re.compile(r"^1 of 4 chosen: Stalls A2\. Total £45\.00\.?$"))
    assert seats.page.url == where  # Enter sends nothing


def test_escape_closes_the_card_and_then_leaves_the_zoom(seats: Map) -> None:
    page = seats.page
    width = "document.querySelector('[data-map-svg]').getBoundingClientRect().width"
    seats.enter()
    page.get_by_role("button", name="Whole house").click()
    whole = page.evaluate(width)
    page.get_by_role("button", name="Closer").click()
    page.get_by_role("button", name="Closer").click()
    until(page, f"{width} > {whole} + 10")
    seats.enter()
    seats.press("ArrowRight")
    at, card = seats.focused(), page.locator("[data-map-card]")
    expect(card).to_be_visible()
    expect(card).to_contain_text("£45.00")
    seats.press("Escape")
    expect(card).to_be_hidden()
    assert seats.focused() == at
    assert page.evaluate(width) > whole + 10
    seats.press("Escape")
    until(page, f"Math.abs({width} - {whole}) < 2")
    assert seats.focused() == at


def test_every_seat_is_named_as_the_list_names_it_with_its_notes(
    page: Any, site: str, hamlet: Instance, office: Office
) -> None:
    houses.studio(office)
    house = Map(page, site + reverse("baskets:pick", args=[hamlet.pk]))
    seats, listed = house.whole.locator("svg").get_by_role("checkbox"), page.locator("#list input[name=seat]")
    names = "all => all.map(one => one.getAttribute('aria-label')).sort()"
    assert len(set(seats.evaluate_all(names))) == 60
    assert seats.evaluate_all(names) == listed.evaluate_all(names)
    for name in (
        "Row C, seat 12, Studio, £22.00 including fees, free",
        "Row A, seat 1, Studio, £22.00 including fees, free, wheelchair space",
        "Row A, seat 2, Studio, £22.00 including fees, free, companion seat",
        "Row A, seat 12, Studio, £22.00 including fees, free, step-free access",
        "Row E, seat 6, Studio, £22.00 including fees, free, restricted view: beside the lighting desk",
    ):
        expect(house.seat(name)).to_have_count(1)


def test_nothing_of_the_drawing_but_its_seats_is_read_out(seats: Map) -> None:
    """By the tree that assistive technology gets: seats, and no picture, mark or row letter between them."""
    tree = seats.whole.locator("[data-map-svg]").aria_snapshot()
    said = [line.strip() for line in tree.splitlines() if line.strip()]
    others = [line for line in said if not re.match(r"- (checkbox|group|application|grid|row|list)\b", line)]
    assert not others, others
    assert sum(line.startswith("- checkbox") for line in said) == 24  # 20 of the stalls, 4 of the circle


def test_taken_seats_are_read_out_once_they_are_asked_for_and_cannot_be_chosen(seats: Map) -> None:
    page = seats.page
    assert not page.get_by_role("checkbox", name=re.compile(", taken$")).count()
    switch = page.get_by_role("checkbox", name="Include taken seats")
    expect(switch).not_to_be_checked()
    switch.check()
    expect(switch).to_be_focused()
    seats.enter()
    seats.press("Control+Home", "PageDown", "ArrowRight")
    assert seats.focused() == "SB2"
    assert seats.press("ArrowRight") == ".B3"
    taken = page.locator("[data-map] svg :focus")
    assert taken.get_attribute("aria-label") == "Row B, seat 3, Stalls, taken"
    expect(taken).to_have_attribute("aria-disabled", "true")
    seats.press("Space")
    assert taken.get_attribute("aria-checked") in (None, "false")
    assert not page.locator("#list input[name=seat]:checked").count()
    assert seats.press("ArrowRight") == ".B4"
    assert seats.press("ArrowRight") == "SB5"
    switch.uncheck()
    seats.enter()
    seats.press("Control+Home", "PageDown", "ArrowRight")
    assert seats.press("ArrowRight") == "SB5"


def test_no_single_letter_does_anything(seats: Map) -> None:
    seats.go("SA2")
    page = seats.page
    state = "[document.querySelector('[data-map-svg]').getBoundingClientRect().width, scrollY,"
    state += "document.querySelectorAll('[aria-checked=true], #list input:checked').length]"
    before = page.evaluate(state)
    for letter in "abcdefghijklmnopqrstuvwxyz+-0123456789":
        page.keyboard.press(letter)
    assert seats.focused() == "SA2"
    assert page.evaluate(state) == before


def test_an_area_is_chosen_and_the_map_is_entered_there(seats: Map) -> None:
    page = seats.page
    areas = page.get_by_role("combobox", name="Area")
    assert [one.strip() for one in areas.locator("option").all_inner_texts()] == [
        "All areas",
        "Stalls, 20 free from £45.00",
        "Circle, 4 free from £30.00",
    ]
    areas.focus()
    areas.select_option(label="Circle, 4 free from £30.00")
    expect(areas).to_be_focused()
    page.keyboard.press("Tab")
    assert seats.focused()[0] == "C"
    assert seats.press("Control+End") == "CA4"
    assert seats.press("ArrowUp") == "CA4"  # the stalls are another area


class Areas:
    """The choice of an area of a big house, by keys alone. `fetched`: addresses of areas that were asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        self.choice = page.get_by_role("combobox", name="Area")
        self.open = page.get_by_role("button", name="Open", exact=True)
        expect(page.locator("[data-map].ready")).to_be_attached()
        page.requests_seen.clear()  # type: ignore[attr-defined]
        self.choice.focus()

    @property
    def fetched(self) -> list[str]:
        return [one for one in self.page.requests_seen if "area=" in one]  # type: ignore[attr-defined]

    def at(self, name: str) -> None:
        expect(self.choice.locator("option:checked")).to_have_text(re.compile(f"^{name}"))

    def has_opened(self, letter: str) -> None:
        expect(self.page.locator(f"[data-map-svg] [data-seat^='{letter}']").first).to_be_attached()
        expect(self.choice).to_be_focused()
        expect(self.open).to_be_hidden()


@pytest.fixture
def areas(page: Any, site: str, opera: Instance) -> Areas:
    return Areas(page, site + reverse("baskets:pick", args=[opera.pk]))


def test_arrow_keys_go_past_areas_of_a_big_house_and_open_none_before_enter(areas: Areas) -> None:
    page = areas.page
    expect(areas.open).to_be_hidden()
    page.keyboard.press("ArrowDown")
    areas.at("Stalls")
    page.keyboard.press("ArrowDown")
    areas.at("Dress Circle")
    expect(areas.open).to_be_visible()
    expect(areas.choice).to_be_focused()
    assert areas.fetched == []
    page.keyboard.press("Enter")
    areas.has_opened("D")
    assert len(areas.fetched) == 1
    assert "area=Dress" in areas.fetched[0]


def test_a_letter_goes_to_an_area_and_its_button_opens_it(areas: Areas) -> None:
    page = areas.page
    page.keyboard.press("g")
    areas.at("Gallery")
    assert areas.fetched == []
    page.keyboard.press("Tab")
    expect(areas.open).to_be_focused()
    page.keyboard.press("Space")
    areas.has_opened("G")
    assert len(areas.fetched) == 1


def test_whoever_comes_back_to_the_area_that_is_open_has_nothing_to_open(areas: Areas) -> None:
    page = areas.page
    page.keyboard.press("ArrowDown")
    expect(areas.open).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(areas.open).to_be_hidden()
    page.keyboard.press("Enter")
    expect(areas.choice).to_be_focused()
    assert areas.fetched == []
    assert not [one for one in page.requests_seen if "/add/" in one], "nor is the form sent"  # type: ignore[attr-defined]


def test_an_area_taken_from_the_open_list_is_opened_at_once(areas: Areas) -> None:
    page = areas.page
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    areas.has_opened("D")
    assert len(areas.fetched) == 1


def test_what_may_be_taken_is_said_before_it_is_sent(
    page: Any, site: str, hamlet: Instance, stalls: Office
) -> None:
    stalls.limit = 2
    seats = Map(page, f"{site}{reverse('baskets:pick', args=[hamlet.pk])}?party=2")
    expect(page.locator("#seat-list")).to_contain_text("at most 2 seats")
    seats.go("SA1")
    seats.press("Space", "ArrowRight", "Space", "ArrowRight", "Space")
    seats.says(re.compile("At most 2 in one go"))
    assert seats.focused() == "SA3"


def test_the_whole_choice_by_keys_ends_at_the_heading_of_the_basket(seats: Map, stalls: Office) -> None:
    page = seats.page
    seats.go("SA1")
    seats.press("Space", "ArrowRight", "Space")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "door-seats":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("article.stub")
    assert stalls.held() == {"SA1", "SA2"}
    until(page, "document.activeElement === document.querySelector('h1')")
    expect(page.locator("h1")).to_contain_text("Your basket")
    seats.says(re.compile(r"\b(9|10) minutes"))
