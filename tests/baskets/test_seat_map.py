"""The drawing of the house as the server sends it: what is on it, what a filter leaves, and how heavy it is."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.urls import reverse

from catalog import house_plans
from catalog.models import HousePlan, Instance
from shop import clock
from tests.baskets import houses
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada

WEIGHT = 180 * 1024  # all that a first visit fetches, compressed
ELEMENTS = 6000
STATES: list[dict[str, Any]] = [
    {},
    {"area": "Stalls"},
    {"area": "Dress Circle"},
    {"area": "Gallery", "seat": ["GA3", "GA5"]},
    {"area": "Stalls", "under": "7200", "clear": "1"},
    {"access": "wheelchair"},
    {"under": "100"},
]


def drawn(page: BeautifulSoup) -> list[str]:
    """The refs of the free seats on the map."""
    return [str(one["data-seat"]) for one in page.select("svg [data-seat]")]


def listed(page: BeautifulSoup) -> list[str]:
    return [str(one["value"]) for one in page.select("#list input[name=seat]")]


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def loaded_by(page: BeautifulSoup) -> list[bytes]:
    """The styles and scripts that the page asks for."""
    names = [str(one["href"]) for one in page.select("link[rel=stylesheet]")]
    names += [str(one["src"]) for one in page.select("script[src]")]
    assert names
    found = [finders.find(name.split("/static/")[1].split("?")[0]) for name in names]
    return [Path(str(path)).read_bytes() for path in found]


def test_every_free_seat_is_drawn_once_and_taken_ones_are_dots(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    houses.studio(office, sold_every=4)
    page = ada.pick(hamlet)
    free = {f"S{row}{n}" for row in "ABCDE" for n in range(1, 13)} - office.sold
    assert Counter(drawn(page)) == Counter(free)
    assert sorted(listed(page)) == sorted(free)
    assert len(page.select("svg [data-area] circle.t")) == len(office.sold) == 15
    assert "This box office names free seats only" not in ada.text


def test_the_drawing_says_nothing_to_assistive_technology_before_a_script_names_its_seats(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    page = ada.pick(hamlet)
    drawing = page.select_one("svg[data-map-svg]")
    assert drawing is not None
    assert drawing["aria-hidden"] == "true"
    assert not page.select("[data-map] [tabindex='0']")


def test_where_free_seats_alone_are_named_no_seat_is_drawn_as_taken_and_the_page_says_so(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    office.sold.update({"SA1", "SB3"})
    page = ada.pick(hamlet)
    assert len(drawn(page)) == 18
    assert not page.select("svg [data-area] circle")
    assert "This box office names free seats only: taken seats are not shown." in ada.text
    assert not page.select("[data-map-taken]")


def test_a_seat_of_a_kind_has_a_letter_a_word_beside_the_map_and_a_note_in_its_name(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    houses.studio(office)
    office.standing.add("SE12")
    page = ada.pick(hamlet)
    letters = sorted(one.get_text() for one in page.select("svg[data-map-svg] text.m"))
    assert letters == ["C", "F", "R", "S", "W"]
    key = " ".join(one.get_text(" ", strip=True) for one in page.select(".map-key li"))
    for words in (
        "wheelchair space",
        "companion seat",
        "step-free access",
        "restricted view",
        "standing",
        "£22.00",
    ):
        assert words in key
    names = {str(one["value"]): str(one["aria-label"]) for one in page.select("#list input[name=seat]")}
    assert names["SC7"] == "Row C, seat 7, Studio, £22.00 including fees, free"
    assert names["SA1"] == "Row A, seat 1, Studio, £22.00 including fees, free, wheelchair space"
    assert names["SE6"].endswith("free, restricted view: beside the lighting desk")
    assert names["SE12"].endswith("free, standing")


def test_areas_carry_headings_with_counts(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.sold.add("SA1")
    page = ada.pick(hamlet)
    headings = [one.find_parent("section").get_text(" ", strip=True) for one in page.select("#list h3")]  # type: ignore[union-attr]
    areas = [text for text in headings if text.startswith(("Stalls", "Circle"))]
    assert areas[0].startswith("Stalls 15 free from £45.00")
    assert areas[1].startswith("Circle 4 free from £30.00")


def test_a_big_house_begins_with_its_areas_and_opens_one(ada: Ada, opera: Instance, office: Office) -> None:
    page = ada.pick(opera)
    assert not drawn(page)
    assert not listed(page)
    ways = {one.get_text(" ", strip=True): str(one["href"]) for one in page.select("svg a")}
    assert len(ways) == 4
    stalls = next(href for text, href in ways.items() if text.startswith("Stalls"))
    assert [one.get_text() for one in page.select("#list h3 a")] == list(houses.TIERS)

    page = ada.get(stalls.split("#")[0])
    free = set(drawn(page))
    assert len(free) == len(drawn(page)) == len(listed(page))
    assert {ref[0] for ref in free} == {"S"}
    assert not free & office.sold
    assert len(page.select("svg [data-area] circle.t")) + len(free) == 640

    page = ada.pick(opera, area="Gallery")
    assert {ref[0] for ref in drawn(page)} == {"G"}


def test_an_area_that_there_is_not_opens_none(ada: Ada, opera: Instance) -> None:
    page = ada.pick(opera, area="Royal Box")
    assert ada.status == 200
    assert not drawn(page)
    assert page.select("#list h3 a")


@pytest.mark.parametrize(("last_row", "begins_with_areas"), [(39, False), (40, False), (41, True)])
def test_a_house_of_more_than_eight_hundred_begins_with_areas(
    ada: Ada, hamlet: Instance, office: Office, last_row: int, begins_with_areas: bool
) -> None:
    houses.build(office, {"Stalls": (20, 30, 4500), "Gallery": (5, 40, 3000)}, sold_every=3)
    office.rows["Gallery"]["E"] = last_row
    assert bool(drawn(ada.pick(hamlet))) is not begins_with_areas


def test_a_price_a_clear_view_and_a_need_narrow_the_list_and_the_groups(
    ada: Ada, opera: Instance, office: Office
) -> None:
    office.sold.clear()
    page = ada.pick(opera, under="2500", area="Gallery")
    assert {ref[0] for ref in listed(page)} == {"G"}
    groups = page.select("section[aria-labelledby=groups] .group")
    assert groups
    assert all("Gallery" in one.get_text() for one in groups)
    assert not any("Stalls" in one.get_text() for one in page.select("#list h3"))

    page = ada.pick(opera, under="2500", clear="1", area="Gallery")
    assert not {"GA2", "GF2", "GF3"} & set(listed(page))
    assert "GA3" in listed(page)
    offered = " ".join(str(one["value"]) for one in page.select("section[aria-labelledby=groups] .group"))
    assert offered
    assert not {"GA2", "GF2", "GF3"} & set(offered.replace(",", " ").split())

    page = ada.pick(opera, access="wheelchair", area="Stalls", party=1)
    assert listed(page) == ["SV31"]
    assert {str(one["value"]) for one in page.select("section[aria-labelledby=groups] .group")} == {"SV31"}

    page = ada.pick(opera, access="step_free", area="Stalls")
    assert listed(page) == ["SV2", "SV3"]


@pytest.mark.parametrize(
    "odd",
    [
        {"under": "cheap"},
        {"under": "-5"},
        {"under": "٣"},
        {"under": "9" * 30},
        {"clear": "perhaps"},
        {"access": "throne"},
    ],
)
def test_a_filter_that_cannot_be_read_is_ignored(
    ada: Ada, hamlet: Instance, office: Office, odd: dict[str, str]
) -> None:
    office.restricted["SA1"] = "a pillar"
    page = ada.pick(hamlet, **odd)
    assert ada.status == 200
    assert len(listed(page)) == 20
    assert "Show every seat" not in ada.text


def test_where_nothing_fits_the_page_says_so_and_offers_every_seat(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    page = ada.pick(hamlet, under="1000")
    assert "No free seat fits this." in ada.text
    assert not listed(page)
    back = page.find("a", string="Show every seat")
    assert back is not None
    page = ada.get(str(back["href"]).split("#")[0])  # type: ignore[index]
    assert len(listed(page)) == 20
    assert "No free seat fits this." not in ada.text


def test_the_filter_is_a_form_of_its_own_that_keeps_the_party(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    page = ada.pick(hamlet, under="3000", party=3)
    form = page.select_one("form#narrow")
    assert form is not None
    assert form["method"] == "get"
    fields = {str(one["name"]): one for one in page.select("[form=narrow][name]")}
    assert fields["party"]["value"] == "3"
    chosen = fields["under"].select_one("option[selected]")
    assert chosen is not None
    assert chosen["value"] == "3000"


def test_seats_that_the_address_names_are_ticked(
    ada: Ada, hamlet: Instance, opera: Instance, office: Office
) -> None:
    page = ada.pick(hamlet, seat=["GA3", "GA5"])
    ticked = [str(one["value"]) for one in page.select("#list input[name=seat][checked]")]
    assert ticked == ["GA3", "GA5"]
    assert {ref[0] for ref in drawn(page)} == {"G"}


def test_a_seat_of_the_address_that_is_gone_is_not_ticked(ada: Ada, hamlet: Instance, office: Office) -> None:
    office.sold.add("SA2")
    page = ada.pick(hamlet, seat=["SA2", "SA3"])
    ticked = [str(one["value"]) for one in page.select("#list input[name=seat][checked]")]
    assert ticked == ["SA3"]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_house_of_fifteen_hundred_stays_light(
    ada: Ada, opera: Instance, office: Office, state: dict[str, Any]
) -> None:
    """As many elements and compressed bytes as a telephone carries, in every state of the page."""
    page = ada.pick(opera, **state)
    assert len(page.find_all(True)) < ELEMENTS
    weight = compressed(ada.response.content) + sum(map(compressed, loaded_by(page)))
    assert weight < WEIGHT, weight


def test_with_every_seat_free_the_biggest_area_stays_light(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    houses.big(office, sold_every=0)
    page = ada.pick(hamlet, area="Stalls")
    assert len(drawn(page)) == 640
    assert len(page.find_all(True)) < ELEMENTS
    weight = compressed(ada.response.content) + sum(map(compressed, loaded_by(page)))
    assert weight < WEIGHT, weight


def test_the_map_is_of_the_seats_that_a_refusal_leaves(ada: Ada, hamlet: Instance, office: Office) -> None:
    """SEAT-3: what can be kept is kept, and the nearest seats stand on the same page."""
    ada.pick(hamlet)
    office.sold.add("SA5")
    page = ada.press(hamlet, door="seats", seat=["SA4", "SA5"])
    assert "SA5" not in drawn(page)
    assert "SA4" in drawn(page)
    assert page.select("section[aria-labelledby=nearest] button")
    assert [str(one["value"]) for one in page.select("#list input[checked]")] == ["SA4"]


def test_the_map_counts_what_the_filter_leaves_as_the_list_does(ada: Ada, opera: Instance) -> None:
    page = ada.pick(opera, under="6000", party=3)
    heads = page.select("#list .seat-area h3")
    said = [one.get_text(" ", strip=True) for one in heads]
    assert len(said) == 3  # the stalls are dearer
    assert [one.get_text(" ", strip=True) for one in page.select("svg a")] == said


def test_an_area_is_opened_with_the_filter_and_the_party(ada: Ada, opera: Instance) -> None:
    page = ada.pick(opera, under="6000", party=3)
    ways = [str(one["href"]) for one in (*page.select("svg a"), *page.select("#list h3 a"))]
    assert ways
    assert all("under=6000" in way and "party=3" in way for way in ways)
    assert all(way.startswith(reverse("baskets:pick", args=[opera.pk])) for way in ways)


def test_seats_that_only_the_venues_plan_knows_count_for_the_size_of_a_house(
    ada: Ada, hamlet: Instance, office: Office
) -> None:
    rows = [
        {"name": str(row), "seats": "1-30", "from": [0, row * 20], "to": [600, row * 20]}
        for row in range(1, 31)
    ]
    drawing = house_plans.parse(json.dumps({"areas": [{"name": "Stalls", "rows": rows}]}))
    stored = house_plans.as_json(drawing)
    HousePlan.objects.create(
        venue=hamlet.event.venue,
        drawing=stored,
        content_hash=house_plans.fingerprint(stored),
        changed_at=clock.now(),
    )
    office.rows = {"Stalls": {"1": 6, "2": 6}}
    page = ada.pick(hamlet)
    assert not drawn(page), "900 seats are drawn: it begins with areas"
    assert page.select_one("svg a[href*='area=Stalls']") is not None
    ada.get(reverse("baskets:pick", args=[hamlet.pk]) + "?area=Stalls")
    assert len(drawn(ada.page)) == 12
    assert len(ada.page.select("svg [data-area] circle.t")) == 888, "the rest of the plan is taken"
    assert "This box office names free seats only" not in ada.text
