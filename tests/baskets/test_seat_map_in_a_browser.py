"""The map beside its list in a real browser: chosen on one side it is chosen on the other, by mouse, by touch and without
scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from catalog.models import Instance
from tests.baskets.box_office import Office
from tests.baskets.map_page import go, in_list, not_lost, on_map, size
from tests.browser import scrolls_sideways, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ELEMENTS = 6000


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
    for left in (1, 0):
        seats.get_by_role("button").first.focus()
        page.keyboard.press("Space")
        expect(seats.get_by_role("button")).to_have_count(left)  # the list is made anew
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


def test_another_number_of_tickets_keeps_the_choice_and_the_map_works_on(
    open_page: Callable[..., Any], site: str, studio: Instance
) -> None:
    page = open_page(width=1280)
    go(page, site, studio)
    on_map(page, "SB3").click()
    page.locator("#size-4").click()
    expect(page.locator("#size-4")).to_have_attribute("aria-current", "true")
    expect(page.locator("#size-4")).to_be_focused()
    expect(on_map(page, "SB3")).to_be_checked()
    expect(in_list(page, "SB3")).to_be_checked()
    on_map(page, "SB4").click()
    expect(page.locator("[data-running]").first).to_contain_text("2 of 4 chosen: Studio B3, B4. Total £44.00")


def test_back_and_forward_show_the_house_and_its_area_as_they_were_and_seats_can_be_chosen(
    open_page: Callable[..., Any], site: str, opera: Instance
) -> None:
    page = open_page(width=1280)
    go(page, site, opera)
    page.locator("[data-map-svg] a").filter(has_text="Gallery").click()
    expect(on_map(page, "GB2")).to_have_attribute("role", "checkbox")
    page.go_back()
    expect(page.locator("[data-map-svg] a")).to_have_count(4)
    page.get_by_role("combobox", name="Area").select_option(index=2)
    expect(on_map(page, "DB2")).to_have_attribute("role", "checkbox")
    page.go_back()
    expect(page.locator("[data-map-svg] a")).to_have_count(4)
    page.go_forward()
    expect(on_map(page, "DB2")).to_have_attribute("role", "checkbox")
    on_map(page, "DB2").click()
    expect(in_list(page, "DB2")).to_be_checked()


def test_a_turned_telephone_keeps_the_choice(
    open_page: Callable[..., Any], site: str, studio: Instance
) -> None:
    page = open_page(width=360, has_touch=True, is_mobile=True)
    go(page, site, studio)
    in_list(page, "SB3").check()
    page.set_viewport_size({"width": 640, "height": 360})
    expect(on_map(page, "SB3")).to_be_checked()
    expect(in_list(page, "SB3")).to_be_checked()
    assert not scrolls_sideways(page)


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
