"""The map of a house of 1,500 seats, in every state, window and set of colours; and a choice that no filter takes away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from catalog.models import Instance
from tests.a11y import assert_accessible, violations
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada
from tests.baskets.map_page import go, in_list, on_map
from tests.baskets.test_seat_map_looks import CONTRAST
from tests.browser import scrolls_sideways, until

browser = pytest.mark.browser
pytestmark = [pytest.mark.django_db(transaction=True)]

STYLE = "(one, name) => getComputedStyle(one)[name]"
# what of the picker is cut off at its side, or has no room in what it stands in
CUT = """() => [...document.querySelectorAll('#seat-list :is(a, button, label, legend, p, h2, h3, summary, select, li)')]
  .filter((one) => one.checkVisibility({ contentVisibilityAuto: true }) && !one.closest('svg, .visually-hidden, .running-seats'))
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'
    || one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""
# controls of the picker that lie on each other
OVERLAPS = """() => {
  const all = [...document.querySelectorAll('#seat-list :is(a, button, select, label.check, label.seat)')]
    .filter((one) => one.checkVisibility({ contentVisibilityAuto: true }) && !one.closest('svg, .visually-hidden, .running'));
  const boxes = all.map((one) => one.getBoundingClientRect());
  const found = [];
  boxes.forEach((a, i) => boxes.slice(i + 1, i + 20).forEach((b, n) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) found.push(all[i].outerHTML.slice(0, 80) + ' / ' + all[i + 1 + n].outerHTML.slice(0, 80));
  }));
  return found;
}"""
# "" where the focus can be seen: nothing lies on its middle, and the card beside a seat does not touch the seat
COVERED = """() => {
  const at = document.activeElement.closest('label') || document.activeElement, box = at.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (top === null || !at.contains(top)) return `${at.outerHTML.slice(0, 160)} below ${top && top.outerHTML.slice(0, 80)}`;
  const line = document.querySelector('.running').getBoundingClientRect();
  if (!at.closest('.running') && box.bottom > line.top + 1 && box.top < line.bottom - 1
    && getComputedStyle(document.querySelector('.running')).position === 'sticky') return 'below the running line';
  const card = document.querySelector('[data-map-card]');
  if (!card || card.hidden) return '';
  const beside = card.getBoundingClientRect();
  const apart = beside.bottom <= box.top || beside.top >= box.bottom || beside.right <= box.left || beside.left >= box.right;
  return apart ? '' : 'below its card';
}"""


@browser
@pytest.mark.parametrize("width", [360, 1280])
def test_every_state_of_an_opera_house_is_accessible_in_light_dark_and_forced_colours(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office, width: int
) -> None:
    """By every rule in light colours, and what depends on colours in the others, where there is most to be seen.

    Every seat is looked at once.
    """
    page = open_page(width=width, height=900 if width > 1000 else 640)

    def fine(*, in_colours: bool = False, every_seat: bool = False) -> None:
        assert not scrolls_sideways(page)
        assert_accessible(page, every_seat=every_seat)
        if not in_colours:
            return
        for colours in ({"color_scheme": "dark"}, {"forced_colors": "active"}):
            page.emulate_media(**colours)
            found = violations(page, rules=["color-contrast"])
            assert not found, (page.url, colours, found)
        page.emulate_media(color_scheme="light", forced_colors="none")

    go(page, site, opera)
    fine()
    for query in ("?area=Stalls&clear=1", "?area=Stalls&access=wheelchair"):
        go(page, site, opera, query)
        expect(page.locator("#list input[name=seat]").first).to_be_attached()
        fine()
    go(page, site, opera, "?area=Stalls&under=4500&seat=SA2")  # chosen, and nothing else here fits
    expect(page.locator("#beyond")).to_be_visible()
    fine(in_colours=True)
    go(page, site, opera, "?area=Stalls&under=100")
    expect(page.locator("#list")).to_contain_text("No free seat fits this.")
    fine()
    go(page, site, opera, "?area=Stalls")
    fine(every_seat=True)
    for ref in ("SA2", "SA3"):
        in_list(page, ref).check()
    expect(page.locator("[data-chosen-seats] button")).to_have_count(2)
    page.get_by_role("checkbox", name="Include taken seats").check()
    on_map(page, "SB3").focus()
    fine(in_colours=True)
    office.sold.add("SA3")
    page.click("#door-seats")
    page.wait_for_selector("#refused")
    fine(in_colours=True)


@browser
@pytest.mark.parametrize("dark", [False, True])
def test_forced_colours_keep_four_states_of_a_big_house_apart_and_its_words_readable(
    open_page: Callable[..., Any], site: str, opera: Instance, dark: bool
) -> None:
    page = open_page(width=1280, forced=True, dark=dark)
    go(page, site, opera, "?area=Stalls&clear=1&seat=SA2")
    seats = {
        "free": on_map(page, "SA3"),
        "chosen": on_map(page, "SA2"),
        "left out": on_map(page, "ST19"),
        "taken": page.locator("[data-map-svg] circle.t").first,
    }
    seen = {
        name: tuple(one.evaluate(STYLE, part) for part in ("fill", "stroke", "strokeDasharray"))
        for name, one in seats.items()
    }
    assert len(set(seen.values())) == 4, seen
    # not by colour alone: a taken one is a dot, one that is left out has a broken edge, a chosen one a tick
    assert seats["taken"].evaluate("one => one.localName") != seats["free"].evaluate("one => one.localName")
    assert seen["left out"][2] != seen["free"][2]
    expect(page.locator("[data-map-svg] .tick")).to_have_count(1)
    ground = page.locator("[data-map-svg] .map-outline").first.evaluate(STYLE, "fill")
    for words in (".map-name", ".map-row", ".map-stage text"):
        colour = page.locator(f"[data-map-svg] {words}").first.evaluate(STYLE, "fill")
        assert page.evaluate(CONTRAST, [colour, ground]) >= 4.5, words
    assert page.evaluate(CONTRAST, [seen["free"][1], ground]) >= 3
    assert page.evaluate(CONTRAST, [seen["chosen"][0], ground]) >= 3


@browser
def test_nothing_moves_by_itself_for_whoever_wants_less_motion(
    open_page: Callable[..., Any], site: str, opera: Instance
) -> None:
    page = open_page(width=360, still=True)
    go(page, site, opera, "?area=Stalls")
    in_list(page, "SA2").check()
    page.get_by_role("button", name="Closer", exact=True).click()
    moving = """() => [...document.querySelectorAll('html, body, #picker, #picker *')].filter((one) => {
      const look = getComputedStyle(one);
      return look.scrollBehavior === 'smooth' || look.animationName !== 'none'
        || look.transitionDuration.split(', ').some((time) => parseFloat(time) > 0);
    }).map((one) => one.outerHTML.slice(0, 100))"""
    assert page.evaluate(moving) == []
    assert page.evaluate("document.getAnimations().length") == 0
    # the map stands where it was moved to in the very moment of the press
    before, after = page.evaluate(
        """() => {
          const map = document.querySelector('[data-map-scroll]');
          const before = map.scrollLeft;
          document.querySelector('[data-pan=right]').click();
          return [before, map.scrollLeft];
        }"""
    )
    assert after > before
    assert page.evaluate("document.querySelector('[data-map-scroll]').scrollLeft") == after


@browser
@pytest.mark.parametrize(
    ("width", "height", "text"),
    [(360, 640, 2), (640, 450, 1), (320, 225, 1)],
    ids=["text 200%", "200%", "400%"],
)
def test_bigger_text_or_a_closer_page_cuts_nothing_off_and_covers_nothing(
    open_page: Callable[..., Any], site: str, opera: Instance, width: int, height: int, text: int
) -> None:
    page = open_page(width=width, height=height)
    tools = page.context.new_cdp_session(page)
    tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * text, "fixed": 13 * text}})
    for query in ("", "?area=Gallery"):
        go(page, site, opera, query)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{16 * text}px"
        if query:
            for ref in ("GB2", "GB3"):
                in_list(page, ref).evaluate("one => one.click()")
            expect(page.locator("[data-chosen-seats] button")).to_have_count(2)
        assert not scrolls_sideways(page), page.evaluate(CUT)
        assert page.evaluate(CUT) == [], query
        assert page.evaluate(OVERLAPS) == [], query
        # the list is offered before the map
        link, map_ = page.get_by_role("link", name="Choose from a list"), page.locator("[data-map-scroll]")
        expect(link).to_be_visible()
        first, then = link.bounding_box(), map_.bounding_box()
        assert first
        assert then
        assert first["y"] + first["height"] <= then["y"]
    line = page.locator("#seat-list .running")
    box = line.bounding_box()
    assert box
    # what stays in sight takes no more than half of a window; else it stands where it belongs
    assert line.evaluate(STYLE, "position") != "sticky" or box["height"] <= height / 2
    for ref in ("GB2", "GD3", "GF6"):
        in_list(page, ref).focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) == "", ref


@browser
@pytest.mark.parametrize(("width", "height"), [(360, 640), (1280, 900)])
def test_neither_the_card_nor_the_running_line_covers_the_seat_with_the_focus(
    open_page: Callable[..., Any], site: str, opera: Instance, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    go(page, site, opera, "?area=Gallery")
    for ref in ("GB2", "GB3", "GB5"):
        in_list(page, ref).check()
    expect(page.locator("[data-chosen-seats] button")).to_have_count(3)
    card = page.locator("[data-map-card]")
    for closer in range(3):
        if closer:
            page.get_by_role("button", name="Closer", exact=True).click()
        page.get_by_role("link", name="Choose from a list").focus()
        while not page.evaluate("document.activeElement.matches('[data-map] [data-seat]')"):
            page.keyboard.press("Tab")
        for key in (
            "Control+Home",
            "End",
            "PageDown",
            "Home",
            "PageDown",
            "ArrowRight",
            "Control+End",
            "Space",
        ):
            page.keyboard.press(key)
            expect(card).to_be_visible()
            assert page.evaluate(COVERED) == "", (closer, key)
    boxes = page.locator("#list input[name=seat]")
    boxes.first.focus()
    for _ in range(boxes.count() - 1):
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) == ""
    for _ in range(boxes.count() - 1):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(COVERED) == ""


@browser
def test_a_choice_survives_filters_and_other_areas_and_is_held_in_the_end(
    open_page: Callable[..., Any], site: str, opera: Instance, office: Office
) -> None:
    page = open_page(width=1280, height=900)
    go(page, site, opera, "?area=Stalls")
    for ref in ("SA2", "SA3"):
        on_map(page, ref).click()
    line = page.locator("[data-running]").first
    expect(line).to_contain_text("2 of 2 chosen: Stalls A2, A3. Total £144.00")
    page.get_by_label("Price of one", exact=True).select_option(label="up to £45.00")
    stays = page.locator("#beyond")
    expect(stays).to_have_text(
        "These seats stay chosen, although they do not fit: Stalls A2, Stalls A3.", use_inner_text=True
    )
    until(page, "document.getElementById('live').textContent.includes('stay chosen')")
    for ref in ("SA2", "SA3"):
        expect(in_list(page, ref)).to_be_checked()
        expect(on_map(page, ref)).to_be_checked()
    expect(line).to_contain_text("Stalls A2, A3. Total £144.00")
    page.get_by_role("link", name="Upper Circle").last.click()  # another area, by its link in the list
    in_list(page, "UA2").check()
    expect(line).to_contain_text("3 chosen: Stalls A2, A3; Upper Circle A2. Total £189.00")
    page.get_by_role("button", name="Remove Stalls A3").click()
    page.get_by_role("link", name="Show every seat").click()
    expect(stays).to_have_count(0)
    expect(in_list(page, "SA2")).to_be_checked()
    expect(in_list(page, "UA2")).to_be_checked()
    expect(line).to_contain_text("2 of 2 chosen: Stalls A2; Upper Circle A2. Total £117.00")
    page.click("#door-seats")
    page.wait_for_selector("article.stub")
    assert office.held() == {"SA2", "UA2"}


def test_a_filter_leaves_what_is_chosen_in_the_list_on_the_map_and_in_the_form_that_holds_it(
    ada: Ada, opera: Instance, office: Office
) -> None:
    page = ada.pick(opera, area="Stalls", under="4500", seat=["SA2", "SA3"])
    assert [box["value"] for box in page.select("#list input[name=seat]")] == ["SA2", "SA3"]
    assert "off" not in page.select_one("[data-map-svg] [data-seat=SA2]")["class"]  # type: ignore[index]
    assert "off" in page.select_one("[data-map-svg] [data-seat=SA5]")["class"]  # type: ignore[index]
    assert "none that fits" in page.select_one("#area-1 h3").get_text()  # type: ignore[union-attr]
    chosen = page.select_one("#map-area option[selected]")
    assert chosen is not None
    assert chosen.get_text() == "Stalls, none that fits"
    ada.press(opera, door="seats", seat=["SA2", "SA3"])
    assert office.held() == {"SA2", "SA3"}


def test_a_choice_in_an_area_that_is_not_shown_is_listed_all_the_same(ada: Ada, opera: Instance) -> None:
    page = ada.pick(opera, seat="SA2", area="Gallery")
    stalls = page.select_one("#area-1")
    assert stalls is not None
    assert [box["value"] for box in stalls.select("input[name=seat]")] == ["SA2"]
    assert stalls.select_one("h3 a") is not None  # the rest of it is a link away
    assert page.select_one("#beyond") is None


def test_a_seat_of_the_choice_that_has_gone_by_the_next_filter_is_said(
    ada: Ada, opera: Instance, office: Office
) -> None:
    office.sold.add("SA3")
    page = ada.pick(opera, area="Stalls", clear="1", seat=["SA2", "SA3"])
    assert "1 seat of your choice has just gone." in page.select_one("#lost").get_text()  # type: ignore[union-attr]
    assert [box["value"] for box in page.select("#list input[checked]")] == ["SA2"]
    assert ada.pick(opera, area="Stalls", seat="SA2").select_one("#lost") is None
