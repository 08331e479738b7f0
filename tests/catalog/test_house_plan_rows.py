"""The rows of a house plan as a table: read from the text, bent and moved, written back without losing anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from catalog import house_plan_rows, house_plans
from catalog.house_plan_rows import changed, initial
from catalog.models import HousePlan, Venue
from tests.catalog.test_house_plan_admin import SVG, _roles, change, house, other, saved, text, vera  # noqa: F401
from tests.shop.walk import inline

PLAN = json.dumps({
    "stage": [[0, 0], [80, 0]], "width": 500, "height": 400, "areas": [
        {"name": "Stalls", "outline": [[0, 20], [200, 20], [200, 90]], "label": [90, 30],
         "rows": [{"name": "A", "seats": "1-8", "from": [20, 50], "to": [180, 50], "bend": 12},
                  {"name": "B", "seats": ["1", 2, "", "3A"], "from": [20, 80.5], "to": [180, 80]}],
         "seats": [{"row": "Box", "number": "1", "x": 5, "y": 25}]},
        {"name": "Circle", "rows": [{"name": "A", "seats": "1-3", "from": [20, 150], "to": [180, 150]}]},
    ]})  # fmt: skip


def test_what_is_not_touched_stays_as_it_is() -> None:
    again = changed(PLAN, 0, initial(PLAN, 0) or [], {})
    assert house_plans.parse(again) == house_plans.parse(PLAN)
    assert json.loads(again)["areas"][1] == json.loads(PLAN)["areas"][1]


def test_a_whole_area_is_moved_with_its_outline_and_its_single_seats() -> None:
    before = house_plans.parse(PLAN)
    after = house_plans.parse(changed(PLAN, 0, initial(PLAN, 0) or [], {"right": 10, "down": 2.5}))
    for one, other_one in zip(before.seats, after.seats, strict=True):
        moved = 10 if one.area == "Stalls" else 0
        assert other_one.x == pytest.approx(one.x + moved)
        assert other_one.y == pytest.approx(one.y + moved / 4)
    assert after.areas[0].outline[0] == (10, 22.5)
    assert after.areas[0].label_at == (100, 32.5)
    assert after.areas[1] == before.areas[1]


def test_every_row_is_bent_and_one_is_left_out() -> None:
    rows = initial(PLAN, 0) or []
    rows[1]["DELETE"] = True
    found = json.loads(changed(PLAN, 0, [*rows, {}], {"bend": -4}))["areas"][0]["rows"]
    assert found == [{"name": "A", "seats": "1-8", "from": [20, 50], "to": [180, 50], "bend": 8}]


def inside(corners: Any, x: float, y: float) -> bool:
    """Of a shape without dents."""
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    sides = {(bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0 for (ax, ay), (bx, by) in pairs}
    return len(sides) == 1


@given(st.integers(-150, 150), st.integers(-300, 300))
def test_an_outline_that_is_drawn_anew_holds_every_seat_of_its_area(bend: int, down: int) -> None:
    text = changed(
        PLAN.replace('"width": 500, "height": 400, ', ""),
        0,
        initial(PLAN, 0) or [],
        {"bend": bend / 2, "down": down, "outline": True},
    )
    found = house_plans.parse(text)
    stalls = found.areas[0]
    assert len(stalls.outline) >= 4
    assert all(inside(stalls.outline, seat.x, seat.y) for seat in found.seats if seat.area == "Stalls")


@pytest.mark.parametrize("numbers", [["1,2"], ["1-2"], ["_"], ["1–2", "3"]])
def test_numbers_that_a_table_cannot_show_are_left_to_the_text(numbers: list[str]) -> None:
    plan = {"areas": [{"name": "S", "rows": [{"name": "A", "seats": numbers, "from": [0, 0], "to": [9, 9]}]}]}
    assert initial(json.dumps(plan), 0) is None


def test_an_area_of_too_many_rows_is_left_to_the_text() -> None:
    rows = [
        {"name": str(n), "seats": "1", "from": [0, n], "to": [9, n]} for n in range(house_plan_rows.MOST_ROWS)
    ]
    assert initial(json.dumps({"areas": [{"name": "S", "rows": rows}]}), 0) is None
    assert len(initial(json.dumps({"areas": [{"name": "S", "rows": rows[1:]}]}), 0) or []) == len(rows) - 1


ROW = st.fixed_dictionaries({
    "name": st.text("AB12 ", min_size=1, max_size=3),
    "seats": st.lists(st.text("0123A", max_size=3), min_size=1, max_size=5) | st.just("1-9") | st.just("9-1/2,_,10"),
    "from": st.tuples(st.integers(-999, 999), st.floats(-50, 50).map(lambda n: round(n, 3))),
    "to": st.tuples(st.integers(1000, 2000), st.floats(-50, 50).map(lambda n: round(n, 3))),
    "bend": st.integers(-90, 90),
})  # fmt: skip


@given(st.lists(ROW, max_size=5))
def test_any_table_of_rows_says_the_same_as_its_text(rows: list[dict[str, Any]]) -> None:
    plan = json.dumps({"areas": [{"name": "Stalls", "rows": rows}]})
    try:
        before = house_plans.parse(plan)
    except house_plans.PlanError:
        return
    shown = initial(plan, 0)
    assert shown is not None
    assert house_plans.parse(changed(plan, 0, shown, {})) == before


# --- its page -------------------------------------------------------------------------------------------------


def posted(client: Client, path: str, **values: str) -> dict[str, Any]:
    """What a browser would send of the page as it is, with these values instead."""
    context = client.get(path).context
    data = {"area": context["area"]}
    for each in (context["rows"].management_form, *context["rows"], context["whole"]):
        data |= {
            each[name].html_name: "" if each[name].value() is None else each[name].value()
            for name in each.fields
        }
    return {name: value for name, value in data.items() if value is not False} | values


@pytest.mark.django_db
def test_rows_are_bent_in_a_table_looked_at_and_saved(vera: Client, house: Venue) -> None:  # noqa: F811
    plan = saved(house, PLAN)
    path = change(plan, "rows")
    assert path in text(vera.get(change(plan)))
    page = text(vera.get(path))
    assert inline(page) == []
    assert 'value="1,2,_,3A"' in page
    new = posted(vera, path, **{"row-0-bend": "30", "row-1-DELETE": "on", "row-2-name": "Z", "row-2-seats": "1-2",
                                "row-2-from_x": "20", "row-2-from_y": "110", "row-2-to_x": "60", "row-2-to_y": "110"})  # fmt: skip
    page = text(vera.post(path, {**new, "_look": "1"}))
    assert "not saved yet" in page
    assert "14 seats" in page
    assert HousePlan.objects.get().source == PLAN
    assert vera.post(path, new).status_code == 302
    stalls = json.loads(HousePlan.objects.get().source)["areas"][0]
    assert [(row["name"], row["bend"]) for row in stalls["rows"]] == [("A", 30), ("Z", 0)]
    drawing = house_plans.drawing_of(house.pk)
    assert drawing is not None
    assert len(drawing.seats) == 14


@pytest.mark.django_db
def test_what_is_wrong_in_the_table_is_said_and_nothing_is_lost(vera: Client, house: Venue) -> None:  # noqa: F811
    plan = saved(house, PLAN)
    path = change(plan, "rows")
    page = text(vera.post(path, posted(vera, path, **{"row-0-seats": "1-", "row-0-bend": "7"})))
    assert "“1-” is no range of numbers" in page
    assert 'value="7"' in page
    page = text(vera.post(path, posted(vera, path, **{"row-0-from_x": "left", "whole-down": "3"})))
    assert "Enter a number" in page
    assert 'value="left"' in page
    assert 'value="3"' in page
    page = text(vera.post(path, posted(vera, path, area="Circle")))
    assert "another area now" in page
    assert HousePlan.objects.get().source == PLAN


@pytest.mark.django_db
def test_each_area_has_its_own_table(vera: Client, house: Venue) -> None:  # noqa: F811
    path = f"{change(saved(house, PLAN), 'rows')}?area=2"
    new = posted(vera, path, **{"whole-down": "10"})
    response = vera.post(path, new)
    assert response["Location"] == path
    plan = json.loads(HousePlan.objects.get().source)
    assert plan["areas"][1]["rows"][0]["from"] == [20, 160]
    assert plan["areas"][0]["rows"] == json.loads(PLAN)["areas"][0]["rows"]
    for area in ("0", "3", "x", "-1", "99999"):
        assert vera.get(path.replace("=2", f"={area}")).status_code == 404


@pytest.mark.django_db
def test_a_drawn_file_has_no_table_and_anothers_plan_none_either(
    vera: Client,  # noqa: F811
    house: Venue,  # noqa: F811
    other: Venue,  # noqa: F811
) -> None:
    svg, theirs = saved(house, SVG), saved(other, PLAN)
    for plan in (svg, theirs):
        assert vera.get(change(plan, "rows")).status_code == 404
        assert vera.post(change(plan, "rows"), {}).status_code == 404
    assert change(svg, "rows") not in text(vera.get(reverse("admin:catalog_houseplan_change", args=[svg.pk])))
