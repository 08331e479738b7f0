"""How the map looks: narrow or wide, light, dark or in forced colours, nothing is lost and no scan complains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from catalog.models import Instance
from tests.a11y import assert_accessible
from tests.baskets.box_office import Office
from tests.baskets.map_page import go, in_list, on_map
from tests.browser import scrolls_sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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


def test_wide_text_spacing_cuts_nothing_off_sideways(page: Any, site: str, studio: Instance) -> None:
    """WCAG 1.4.12, set as somebody's own styles would set it."""
    go(page, site, studio)
    page.evaluate(
        """() => { for (const one of document.querySelectorAll("body *"))
          Object.assign(one.style, { lineHeight: "1.5", letterSpacing: "0.12em", wordSpacing: "0.16em" }); }"""
    )
    assert not scrolls_sideways(page)
    for words in ("Closer", "Further", "Hold these seats"):
        button = page.get_by_role("button", name=words, exact=True)
        assert button.evaluate("one => one.scrollWidth <= one.clientWidth + 1"), words


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
