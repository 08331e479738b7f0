"""The map beside its list in a real browser: chosen on one side it is chosen on the other, by mouse, by touch and without
scripts, light or dark, narrow or wide."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from catalog.models import Instance
from tests.a11y import assert_accessible
from tests.baskets import houses
from tests.baskets.box_office import Office
from tests.browser import scrolls_sideways, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ELEMENTS = 6000
LOOKS = [
    {"width": 320},
    {"width": 360, "dark": True},
    {"width": 360, "forced": True},
    {"width": 1280},
    {"width": 1280, "dark": True},
    {"width": 1280, "forced": True},
]
# the relative luminance of a colour as WCAG defines it, and the contrast of two
CONTRAST = """([one, other]) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((n) => n / 255)
      .map((n) => (n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}"""


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.DEBUG = False
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def studio(hamlet: Instance, office: Office) -> Instance:
    houses.studio(office)
    office.sold.update({"SA8", "SB10", "SC5", "SD7", "SE9"})
    return hamlet


@pytest.fixture
def opera(hamlet: Instance, office: Office) -> Instance:
    houses.big(office)
    return hamlet


def go(page: Page, site: str, instance: Instance, query: str = "") -> None:
    page.goto(f"{site}{reverse('baskets:pick', args=[instance.pk])}{query}")
    expect(page.locator("[data-map-svg]")).to_have_count(1)


def on_map(page: Page, ref: str) -> Locator:
    return page.locator(f"[data-map-svg] [data-seat='{ref}']")


def in_list(page: Page, ref: str) -> Locator:
    return page.locator(f"#list input[value='{ref}']")


def size(seat: Locator) -> float:
    box = seat.bounding_box()
    assert box
    return min(box["width"], box["height"])


def not_lost(page: Page) -> None:
    until(page, "document.activeElement && document.activeElement !== document.body")


def test_a_seat_chosen_on_the_map_is_ticked_in_the_list_and_the_other_way_round(
    open_page: Callable[..., Any], site: str, studio: Instance
) -> None:
    page = open_page(width=1280)
    go(page, site, studio)
    asked = len(page.requests_seen)
    on_map(page, "SB3").click()
    expect(in_list(page, "SB3")).to_be_checked()
    expect(on_map(page, "SB3")).to_be_checked()
    in_list(page, "SB4").check()
    expect(on_map(page, "SB4")).to_be_checked()
    expect(page.locator("[data-running]").first).to_contain_text("Studio B3, B4. Total £44.00")
    in_list(page, "SB3").uncheck()
    expect(on_map(page, "SB3")).not_to_be_checked()
    on_map(page, "SB4").click()
    expect(in_list(page, "SB4")).not_to_be_checked()
    assert len(page.requests_seen) == asked  # picking is local


def test_the_list_opens_where_a_seat_was_chosen_on_the_map(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office
) -> None:
    page = open_page(width=1280)
    go(page, site, opera, "?area=Gallery")
    ref = "GB2"
    on_map(page, ref).click()
    expect(in_list(page, ref)).to_be_checked()
    page.click("#door-seats")
    page.wait_for_selector("article.stub")
    assert office.held() == {ref}


def test_every_chosen_seat_has_a_button_that_gives_it_back(
    open_page: Callable[..., Any], site: str, studio: Instance
) -> None:
    page = open_page(width=1280)
    go(page, site, studio)
    for ref in ("SB3", "SB4", "SB5"):
        on_map(page, ref).click()
    seats = page.locator("[data-chosen-seats]")
    expect(seats.get_by_role("button")).to_have_count(3)
    expect(seats).to_contain_text("£22.00")
    button = seats.get_by_role("button", name=re.compile(r"^Remove .*B4\b"))
    assert size(button) >= 24
    button.focus()
    page.keyboard.press("Enter")
    expect(on_map(page, "SB4")).not_to_be_checked()
    expect(in_list(page, "SB4")).not_to_be_checked()
    expect(seats.get_by_role("button")).to_have_count(2)
    not_lost(page)
    expect(page.locator("[data-running][role=status]").first).to_have_text(
        re.compile(r"2 of 2 chosen: Studio B3, B5\. Total £44\.00")
    )
    for _ in range(2):
        seats.get_by_role("button").first.focus()
        page.keyboard.press("Space")
    expect(seats.get_by_role("button")).to_have_count(0)
    not_lost(page)


def test_by_touch_one_comes_closer_first_and_then_taps_the_seats(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office
) -> None:
    page = open_page(width=360, has_touch=True, is_mobile=True)
    go(page, site, opera)
    page.locator("[data-map-svg] a").filter(has_text="Upper Circle").tap()
    expect(on_map(page, "UB15")).to_be_attached()
    seat = on_map(page, "UB15")
    assert size(seat) < 24
    seat.tap()
    until(page, "document.querySelector(\"[data-seat='UB15']\").getBoundingClientRect().width >= 24")
    if seat.get_attribute("aria-checked") == "false":
        seat.tap()
    expect(seat).to_be_checked()
    expect(in_list(page, "UB15")).to_be_checked()
    assert not scrolls_sideways(page)


def test_seats_are_big_enough_for_a_thumb_once_one_has_come_closer(
    page: Any, site: str, studio: Instance
) -> None:
    go(page, site, studio)
    for _ in range(8):
        closer = page.get_by_role("button", name="Closer", exact=True)
        assert size(closer) >= 44
        if closer.get_attribute("aria-disabled") == "true" or closer.is_disabled():
            break
        closer.click()
    seat = on_map(page, "SC6")
    seat.scroll_into_view_if_needed()
    box = seat.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 - 21, box["y"] + box["height"] / 2 + 21)
    expect(seat).to_be_checked()
    assert page.locator("#list input:checked").count() == 1
    assert not scrolls_sideways(page)


def test_buttons_zoom_and_move_the_map_without_a_drag(page: Any, site: str, opera: Instance) -> None:
    go(page, site, opera, "?area=Stalls")
    width = "document.querySelector('[data-map-svg]').getBoundingClientRect().width"
    spot = "(() => { const s = document.querySelector('[data-map-scroll]'); return [s.scrollLeft, s.scrollTop]; })()"
    page.get_by_role("group", name="Zoom").get_by_role("button", name="Whole house").click()
    whole = page.evaluate(width)
    for _ in range(3):
        page.get_by_role("button", name="Closer", exact=True).click()
    until(page, f"{width} > {whole} * 1.5")
    near = page.evaluate(width)
    start = page.evaluate(spot)
    page.get_by_role("button", name="Right", exact=True).click()
    until(page, f"{spot}[0] > {start[0]}")
    page.get_by_role("button", name="Down", exact=True).click()
    until(page, f"{spot}[1] > {start[1]}")
    moved = page.evaluate(spot)
    page.get_by_role("button", name="Left", exact=True).click()
    until(page, f"{spot}[0] < {moved[0]}")
    page.get_by_role("button", name="Up", exact=True).click()
    until(page, f"{spot}[1] < {moved[1]}")
    page.get_by_role("button", name="Further", exact=True).click()
    until(page, f"{width} < {near}")
    page.get_by_role("group", name="Zoom").get_by_role("button", name="Whole house").click()
    until(page, f"Math.abs({width} - {whole}) < 2")
    expect(page.get_by_role("group", name="Zoom").get_by_role("button", name="Whole house")).to_be_focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_seat_with_the_focus_is_never_covered(
    open_page: Callable[..., Any], site: str, studio: Instance, width: int
) -> None:
    """Not by the running line, nor by the card, nor by the edge of the map."""
    page = open_page(width=width)
    go(page, site, studio)
    for ref in ("SB3", "SB4", "SB5"):
        in_list(page, ref).check()
    seen = """(() => {
      const at = document.activeElement.closest('label') || document.activeElement, box = at.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top !== null && (at === top || at.contains(top));
    })()"""
    page.get_by_role("button", name="Closer", exact=True).click()
    page.get_by_role("link", name="Choose from a list").focus()
    while not page.evaluate("document.activeElement.matches('[data-map] [data-seat]')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Home")
    for key in ("End", "PageDown", "PageDown", "Home", "PageDown", "PageDown", "End", "Control+Home"):
        page.keyboard.press(key)
        assert page.evaluate(seen), f"{key}: {page.evaluate('document.activeElement.outerHTML')}"
    boxes = page.locator("#list input[name=seat]")
    boxes.first.focus()
    for _ in range(boxes.count() - 1):
        page.keyboard.press("Tab")
        assert page.evaluate(seen), page.evaluate("document.activeElement.outerHTML")


def test_without_scripts_the_map_is_a_picture_with_ways_to_its_areas(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office
) -> None:
    page = open_page(scripts=False)
    go(page, site, opera)
    expect(page.locator("[data-map-svg]")).to_be_visible()
    expect(page.locator("[data-map-tools]")).to_be_hidden()
    expect(page.locator("[data-map-areas]")).to_be_hidden()
    expect(page.get_by_role("link", name="Choose from a list")).to_be_visible()
    page.locator("[data-map-svg] a").filter(has_text="Upper Circle").click()
    assert page.locator("[data-map-svg] [data-seat]").count() > 100
    expect(page.locator("[data-map-svg] [role]")).to_have_count(0)
    in_list(page, "UA2").check()
    in_list(page, "UA3").check()
    page.click("#door-seats")
    page.wait_for_selector("article.stub")
    assert office.held() == {"UA2", "UA3"}


def test_a_script_that_knows_roles_and_names_alone_chooses_an_area_and_two_seats(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office
) -> None:
    page = open_page(width=1280)
    page.goto(site + reverse("baskets:pick", args=[opera.pk]))
    page.get_by_role("heading", name=re.compile("^Gallery")).get_by_role("link", name="Gallery").click()
    for number in (2, 3):
        note = ", restricted view: a safety rail" if number == 2 else ""
        name = f"Row A, seat {number}, Gallery, £25.00 including fees, free{note}"
        seat = page.get_by_role("checkbox", name=name, exact=True).first
        seat.check()
        expect(seat).to_be_checked()
    page.get_by_role("button", name="Hold these seats").click()
    expect(page.get_by_role("heading", name=re.compile("Your basket"))).to_be_focused()
    assert office.held() == {"GA2", "GA3"}


def test_the_map_of_a_big_house_opens_an_area_from_the_choice_and_leads_back(
    open_page: Callable[..., Any], site: str, opera: Instance
) -> None:
    page = open_page(width=1280)
    go(page, site, opera)
    areas = page.get_by_role("combobox", name="Area")
    label = next(one for one in areas.locator("option").all_inner_texts() if one.startswith("Dress Circle"))
    assert re.search(r"Dress Circle, \d+ free from £60\.00", label)
    areas.focus()
    areas.select_option(label=label)
    until(page, "document.querySelectorAll(\"[data-map-svg] [data-seat^='D']\").length > 200")
    areas = page.get_by_role("combobox", name="Area")
    expect(areas).to_be_focused()
    assert "area=Dress" in page.url
    areas.select_option(label="Whole house")
    until(page, "document.querySelectorAll('[data-map-svg] a').length === 4")
    expect(areas).to_be_focused()


def test_every_state_of_a_big_house_stays_below_six_thousand_elements(
    open_page: Callable[..., Any], site: str, opera: Instance
) -> None:
    page = open_page(width=1280)
    count = "document.querySelectorAll('*').length"
    go(page, site, opera)
    assert page.evaluate(count) < ELEMENTS
    for area in ("Stalls", "Dress Circle"):
        go(page, site, opera, f"?area={area}")
        page.get_by_role("checkbox", name="Include taken seats").check()
        for number in (2, 3, 5, 6):
            on_map(page, f"{area[0]}B{number}").or_(on_map(page, f"{area[0]}C{number}")).first.click()
        assert page.evaluate(count) < ELEMENTS


def test_what_a_filter_leaves_out_is_neither_chosen_nor_met_and_the_filter_keeps_the_focus(
    open_page: Callable[..., Any], site: str, studio: Instance, office: Office
) -> None:
    page = open_page(width=1280)
    go(page, site, studio)
    need = page.get_by_label("Made for")
    need.focus()
    need.select_option(label="Wheelchair space")
    until(page, "document.querySelectorAll('#list input[name=seat]').length === 1")
    expect(page.get_by_label("Made for")).to_be_focused()
    expect(in_list(page, "SA1")).to_be_visible()
    out = on_map(page, "SC3")
    expect(out).to_be_attached()
    out.click(force=True)
    assert out.get_attribute("aria-checked") in (None, "false")
    assert not page.locator("#list input:checked").count()
    page.get_by_role("link", name="Choose from a list").focus()
    while not page.evaluate("document.activeElement.matches('[data-map] [data-seat]')"):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('[data-map-tools]')")
    assert page.evaluate("document.activeElement.dataset.seat") == "SA1"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.seat") == "SA1"


def test_a_seat_that_has_gone_meanwhile_is_said_once_with_a_way_on_and_the_map_keeps_the_rest(
    open_page: Callable[..., Any], site: str, studio: Instance, office: Office
) -> None:
    page = open_page(width=1280)
    go(page, site, studio)
    page.evaluate(
        "window.said = []; new MutationObserver(() => { const text = document.getElementById('live-now').textContent;"
        " if (text) window.said.push(text); })"
        ".observe(document.getElementById('live-now'), { childList: true, characterData: true, subtree: true })"
    )
    on_map(page, "SB3").click()
    on_map(page, "SB4").click()
    office.sold.add("SB4")
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    until(page, "window.said.length > 0")
    said = page.evaluate("window.said")
    assert len(said) == 1
    assert re.search(r"B4.*(gone|booked by someone else)", said[0])
    not_lost(page)
    expect(on_map(page, "SB3")).to_be_checked()
    expect(on_map(page, "SB4")).to_have_count(0)
    page.locator("section[aria-labelledby=nearest]").get_by_role("button").nth(1).click()
    page.wait_for_selector("article.stub")
    assert len(office.held()) == 2


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_narrow_page_the_list_is_offered_before_the_map(
    open_page: Callable[..., Any], site: str, studio: Instance, width: int
) -> None:
    """320 px is also what 400% zoom leaves of a desk."""
    page = open_page(width=width)
    go(page, site, studio)
    link = page.get_by_role("link", name="Choose from a list")
    expect(link).to_be_visible()
    at, drawing = link.bounding_box(), page.locator("[data-map-svg]").bounding_box()
    assert at
    assert drawing
    assert at["y"] + at["height"] <= drawing["y"]
    assert at["height"] >= 24
    assert not page.evaluate(
        "getComputedStyle(document.querySelector('.map-to-list')).clipPath.includes('inset')"
    )


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_state_of_a_studio_is_accessible_and_never_scrolls_sideways(
    open_page: Callable[..., Any], site: str, studio: Instance, office: Office, look: dict[str, Any]
) -> None:
    page = open_page(**look)

    def fine() -> None:
        assert_accessible(page)
        assert not scrolls_sideways(page)

    go(page, site, studio)
    for ref in ("SB3", "SB4"):
        in_list(page, ref).check()
    page.get_by_role("checkbox", name="Include taken seats").check()
    on_map(page, "SC3").focus()
    fine()
    office.sold.add("SB4")
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    fine()
    go(page, site, studio, "?access=companion")
    fine()
    go(page, site, studio, "?under=100")
    expect(page.locator("#list")).to_contain_text("No free seat fits this.")
    fine()


@pytest.mark.parametrize("look", [{"width": 320, "dark": True}, {"width": 1280}], ids=str)
def test_a_big_house_is_accessible_and_never_scrolls_sideways(
    open_page: Callable[..., Any], site: str, opera: Instance, look: dict[str, Any]
) -> None:
    page = open_page(**look)
    go(page, site, opera)
    assert_accessible(page)
    assert not scrolls_sideways(page)
    go(page, site, opera, "?area=Upper Circle")
    assert_accessible(page)
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("dark", [False, True])
def test_seats_stand_out_from_the_ground_and_chosen_ones_from_free_ones(
    open_page: Callable[..., Any], site: str, studio: Instance, dark: bool
) -> None:
    page = open_page(width=1280, dark=dark)
    go(page, site, studio)
    on_map(page, "SB3").click()
    page.mouse.move(0, 0)
    style = "(one, name) => getComputedStyle(one)[name]"
    ground = page.locator("[data-map-svg] .map-outline").first.evaluate(style, "fill")
    free, chosen = on_map(page, "SC3"), on_map(page, "SB3")
    assert page.evaluate(CONTRAST, [free.evaluate(style, "stroke"), ground]) >= 3
    assert page.evaluate(CONTRAST, [chosen.evaluate(style, "fill"), ground]) >= 3
    assert page.evaluate(CONTRAST, [chosen.evaluate(style, "fill"), free.evaluate(style, "fill")]) >= 3


def test_forced_colours_keep_free_chosen_taken_and_left_out_apart(
    open_page: Callable[..., Any], site: str, studio: Instance
) -> None:
    page = open_page(width=1280, forced=True)
    go(page, site, studio, "?clear=1&seat=SB3")
    looks = (
        "one => { const look = getComputedStyle(one);"
        " return [one.localName, look.fill, look.strokeDasharray].join(' '); }"
    )
    states = {
        "free": on_map(page, "SC3"),
        "chosen": on_map(page, "SB3"),
        "left out": on_map(page, "SE6"),
        "taken": page.locator("[data-map-svg] circle.t").first,
    }
    seen = {name: one.evaluate(looks) for name, one in states.items()}
    assert len(set(seen.values())) == 4, seen
