"""House plans: what an admin draws is read to the letter or refused in sentences, and matched without guessing."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from catalog import house_plans
from catalog.house_plan_json import on_arc
from catalog.house_plans import Drawing, DrawnArea, DrawnSeat, PlanError, folded, match, parse
from catalog.models import HousePlan
from shop import clock
from shop.money import Money
from shop.providers.types import Seat, SeatArea, SeatRow, TakenSeat
from tests.factories_catalog import venue


def plan(**values: Any) -> str:
    row = {"name": "A", "seats": "1-3", "from": [0, 0], "to": [20, 0]}
    return json.dumps({"areas": [{"name": "Stalls", "rows": [row], **values}]})


def drawn(*seats: tuple[str, str, str]) -> Drawing:
    areas = dict.fromkeys(area for area, _row, _number in seats)
    return Drawing(
        areas=tuple(DrawnArea(area) for area in areas),
        seats=tuple(DrawnSeat(*seat, float(n), float(n)) for n, seat in enumerate(seats)),
        width=100.0, height=100.0,
    )  # fmt: skip


def named(
    *seats: tuple[str, str, str], taken: Sequence[tuple[str, str]] | None = None
) -> tuple[SeatArea, ...]:
    """Free seats as a box office names them; refs s0, s1, ... in that order."""
    areas: dict[str, dict[str, list[Seat]]] = {}
    for n, (area, row, number) in enumerate(seats):
        seat = Seat(f"s{n}", row, number, Money(2000, "GBP"), index=n)
        areas.setdefault(area, {}).setdefault(row, []).append(seat)
    return tuple(
        SeatArea(
            area, tuple(SeatRow(row, tuple(found)) for row, found in rows.items()),
            taken=tuple(TakenSeat(*one) for one in taken or ()), tells_taken=taken is not None,
        )
        for area, rows in areas.items()
    )  # fmt: skip


def wrong(text: str) -> str:
    with pytest.raises(PlanError) as found:
        parse(text)
    assert found.value.sentences
    return "\n".join(found.value.sentences)


# --- rows -----------------------------------------------------------------------------------------------------


def test_a_row_is_drawn_with_a_start_an_end_and_a_bend() -> None:
    row = {"name": "A", "seats": "1-5", "from": [0, 0], "to": [100, 0], "bend": 20}
    found = parse(json.dumps({"areas": [{"name": "Stalls", "rows": [row]}]}))
    assert [(seat.area, seat.row, seat.number) for seat in found.seats] == [
        ("Stalls", "A", number) for number in "12345"
    ]
    ys = [seat.y for seat in found.seats]
    assert ys[2] - ys[0] == pytest.approx(20, abs=0.01), "the middle lies that far below the ends"
    assert ys == pytest.approx(ys[::-1], abs=0.01)
    assert [seat.x for seat in found.seats] == sorted(seat.x for seat in found.seats)


@given(
    start=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    end=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    bend=st.floats(-1, 1), count=st.integers(2, 60),
)  # fmt: skip
def test_seats_of_a_row_are_evenly_spaced_on_one_circle(
    start: tuple[float, float], end: tuple[float, float], bend: float, count: int
) -> None:
    chord = math.dist(start, end)
    if chord < 1:
        return
    points = on_arc(start, end, bend * chord, count)
    near = 1e-6 * chord
    assert len(points) == count
    assert math.dist(points[0], start) < near
    assert math.dist(points[-1], end) < near
    steps = [math.dist(one, other) for one, other in itertools.pairwise(points)]
    assert max(steps) - min(steps) < near
    if count % 2:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        assert math.dist(points[count // 2], middle) == pytest.approx(abs(bend) * chord, abs=near)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("1-4", ["1", "2", "3", "4"]), ("4-1", ["4", "3", "2", "1"]), ("1-7/2", ["1", "3", "5", "7"]),
        ("7-1/2", ["7", "5", "3", "1"]), ("A1-A3", ["A1", "A2", "A3"]), ("1-2, _, 5", ["1", "2", "5"]),
        (["1", 2, "", "3a"], ["1", "2", "3a"]), ("12", ["12"]), ("12A,14", ["12A", "14"]),
    ],
)  # fmt: skip
def test_numbers_of_a_row_are_a_range_or_a_list(said: Any, numbers: list[str]) -> None:
    row = {"name": "A", "seats": said, "from": [0, 0], "to": [100, 0]}
    found = parse(json.dumps({"areas": [{"name": "Stalls", "rows": [row]}]}))
    assert [seat.number for seat in found.seats] == numbers


def test_a_gap_is_one_seat_wide() -> None:
    row = {"name": "A", "seats": "1,_,2,3", "from": [0, 0], "to": [30, 0]}
    found = parse(json.dumps({"areas": [{"name": "Stalls", "rows": [row]}]}))
    xs = [seat.x for seat in found.seats]
    assert [b - a for a, b in itertools.pairwise(xs)] == pytest.approx([20, 10], abs=0.01)


def test_a_drawing_fills_its_sheet_and_keeps_its_unit() -> None:
    found = parse(plan(outline=[[-10, -20], [40, -20], [40, 30]], label=[5, 5]))
    every = [(seat.x, seat.y) for seat in found.seats] + list(found.areas[0].outline)
    assert min(x for x, _y in every) == found.width - max(x for x, _y in every) > 0
    assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in every)
    assert found.seats[1].x - found.seats[0].x == pytest.approx(10)
    assert found.areas[0].label_at[0] - found.seats[0].x == pytest.approx(5)


def test_a_sheet_that_is_given_its_size_is_left_as_it_is() -> None:
    text = json.dumps({"width": 50, "height": 40, "stage": [[0, 1], [50, 1]], "areas": [
        {"name": "Stalls", "seats": [{"row": "A", "number": "1", "x": 12.5, "y": 40}]}]})  # fmt: skip
    found = parse(text)
    assert (found.width, found.height, found.stage) == (50, 40, ((0, 1), (50, 1)))
    assert (found.seats[0].x, found.seats[0].y) == (12.5, 40)
    assert "outside of the sheet" in wrong(text.replace("12.5", "51"))


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing in it"), ("  \n", "nothing in it"), ("a\x00b", "neither JSON nor SVG"),
        ('{"areas": [\n {"name": }]}', "Line 2, column 11 is no JSON"), ("[]", "begins with {"), ("7", "begins with {"),
        ('{"areas": []}', "begins with {"), ('{"areas": [], "areas": []}', "“areas” is given twice"),
        ("[" * 100_000, "nested too deep"), ('{"areas": [1' + "0" * 5000 + "]}", "a number is too long"),
        (plan(seatz=[]), "Area “Stalls”: “seatz” is not known there. Known are: label, name, outline, rows, seats."),
        ('{"areas": [{"rows": []}]}', "Area 1: “name” is missing"), ('{"areas": [{"name": " "}]}', "Area 1: “name” is empty"),
        ('{"areas": [{"name": "Stalls"}]}', "The plan has no seat"), ('{"areas": [3]}', "Area 1: An area stands in { }"),
        ('{"areas": [{"name": "S"}, {"name": " s"}]}', "An area of this name was there before"),
        (plan(seats=[{"number": "9", "x": 1, "y": 1}]), "Area “Stalls”, seat 1: “row” is missing"),
        (plan(seats=[{"row": "A", "number": "", "x": 1, "y": 1}]), "“number” is empty"),
        (plan(seats=[{"row": "A", "number": "03", "x": 1, "y": 1}]), "Stalls, row A, seat 03 is drawn twice"),
        (plan(seats=[{"row": "Row A", "number": "3", "x": 1, "y": 1}]), "Stalls, row Row A, seat 3 is drawn twice"),
        (plan(seats=[{"row": "B", "number": "1", "x": "1", "y": 1}]), "seat 1, x: This must be a number"),
        (plan(seats=[{"row": "B", "number": "1", "x": True, "y": 1}]), "seat 1, x: This must be a number"),
        (plan(seats=[{"row": "B", "number": "1", "x": 1e7, "y": 1}]), "between"),
        (plan(seats=[{"row": "B\u0007", "number": "1", "x": 1, "y": 1}]), "cannot be shown"),
        (plan(seats=[{"row": "\ud800", "number": "1", "x": 1, "y": 1}]), "cannot be shown"),
        (plan(seats=[{"row": "B" * 81, "number": "1", "x": 1, "y": 1}]), "longer than 80"),
        (plan(outline=[[0, 0], [1, 1]]), "outline: At least 3 points"), (plan(outline=[[0, 0], [1, 1], [1]]), "A point is two"),
        (plan(rows={}), "“rows” stands in [ ]"), (plan(rows=["A"]), "row 1: A row stands in { }"),
        (plan(rows=[{"name": "A", "from": [0, 0], "to": [1, 1]}]), "row “A”: “seats” is missing"),
        (plan(rows=[{"name": "A", "seats": "1-3", "to": [1, 1]}]), "row “A”, from: A point is two numbers"),
        (plan(rows=[{"name": "A", "seats": "1-3", "from": [1, 1], "to": [1, 1]}]), "the same point"),
        (plan(rows=[{"name": "A", "seats": "1-3", "from": [0, 0], "to": [9, 0], "bend": 10}]), "greater than the row"),
        (plan(rows=[{"name": "A", "seats": "1-3/0", "from": [0, 0], "to": [9, 0]}]), "is no range"),
        (plan(rows=[{"name": "A", "seats": "A1-B3", "from": [0, 0], "to": [9, 0]}]), "is no range"),
        (plan(rows=[{"name": "A", "seats": "1,,3", "from": [0, 0], "to": [9, 0]}]), "a gap is “_”"),
        (plan(rows=[{"name": "A", "seats": "_", "from": [0, 0], "to": [9, 0]}]), "The row has no seat"),
        (plan(rows=[{"name": "A", "seats": "1-999999", "from": [0, 0], "to": [9, 0]}]), "at most 20000 seats"),
        (json.dumps({"areas": [{"name": f"A{n}"} for n in range(201)]}), "at most 200 areas"),
        ('{"areas": [{"name": "S", "seats": [{"row": "A", "number": "1", "x": NaN, "y": 1e999}]}]}', "between"),
        (" " * (2 * 1024 * 1024) + "{}", "at most 2 MB"),
    ],
    ids=lambda one: one[:50],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place(text: str, said: str) -> None:
    assert said in wrong(text)


def test_everything_that_is_wrong_is_said_at_once_up_to_a_point() -> None:
    seats = [{"row": "B", "number": "1", "x": None, "y": 1} for _n in range(30)]
    two = wrong(plan(seats=seats[:2])).split("\n")
    assert len(two) == 2
    many = wrong(plan(seats=seats)).split("\n")
    assert len(many) == 13
    assert "the reading stopped here" in many[-1]


def test_the_twenty_thousandth_seat_is_taken_and_no_more() -> None:
    rows = [
        {"name": f"R{n}", "seats": "1-1000", "from": [0, n], "to": [1000, n]} for n in range(20)
    ]  # fmt: skip
    full = {"areas": [{"name": "Field", "rows": rows}]}
    assert len(parse(json.dumps(full)).seats) == 20_000
    rows.append({"name": "Last", "seats": "1", "from": [0, 30], "to": [1, 30]})
    assert "at most 20000 seats" in wrong(json.dumps(full))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "areas",
                    "stage",
                    "name",
                    "rows",
                    "seats",
                    "from",
                    "to",
                    "bend",
                    "row",
                    "number",
                    "x",
                    "y",
                    "outline",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(ANY_JSON)
@example(
    {"areas": [{"name": "S", "rows": [{"name": "A", "seats": "1-2", "from": [0, 0], "to": [0.0, 5e-324]}]}]}
)
def test_any_json_is_a_drawing_or_sentences(value: Any) -> None:
    try:
        found = parse(json.dumps(value))
    except PlanError as error:
        said: Sequence[Any] = [sentence.strip() for sentence in error.sentences]
    else:
        said = found.seats
    assert said
    assert all(said)


@given(st.text(max_size=200))
@example("<")
@example("\ufeff<svg/>")
def test_any_text_is_a_drawing_or_sentences(text: str) -> None:
    with pytest.raises(PlanError):
        parse(text)


def test_what_is_stored_is_read_back_the_same() -> None:
    found = parse(
        plan(outline=[[0, 0], [9, 0.333333], [9, 9]], seats=[{"row": "", "number": 7, "x": 3, "y": 1.25}])
    )
    stored = json.loads(json.dumps(house_plans.as_json(found)))
    again = house_plans.from_json(stored)
    assert set(again.seats) == set(found.seats)
    assert (again.areas, again.stage, again.width, again.height) == (
        found.areas, found.stage, found.width, found.height,
    )  # fmt: skip


# --- matching -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ROW F", "F"), ("row f", "F"), ("Row: F", "f"), ("012", "12"), ("Stalls ", "stalls"), ("A01", "a1"),
        ("Dress  Circle", "DRESS CIRCLE"), ("Dress_Circle", "dress circle"), ("seat 7", "07"), ("０12", "12"), ("000", "0"),
    ],
)  # fmt: skip
def test_names_are_the_same_whatever_their_case_spaces_and_zeros(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A", "AA"), ("1", "10"), ("12", "21"), ("Rowan", "an"), ("Row", ""), ("1.05", "1.5"), ("Stalls", "Stall"), ("O", "0")],
)  # fmt: skip
def test_other_names_stay_others(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_free_seats_find_their_places_and_the_others_are_taken() -> None:
    drawing = drawn(("Stalls", "F", "12"), ("Stalls", "F", "13"), ("Stalls", "G", "1"), ("Circle", "A", "1"))
    found = match(drawing, named(("STALLS ", "ROW F", "012"), ("STALLS ", "G", "1"), ("STALLS ", "Z", "9")))
    assert found.points == {"s0": (0.0, 0.0), "s1": (2.0, 2.0)}
    assert [seat.number for seat in found.taken] == ["13"], "the circle is not known to be sold out"
    assert [(one.row, one.number, one.ref) for one in found.unplaced] == [("Z", "9", "s2")]
    assert found.unnamed_areas == ("Circle",)
    assert found.unknown_areas == found.ambiguous == found.unnamed == ()


def test_outlines_go_by_the_name_that_the_box_office_gives() -> None:
    drawing = parse(plan(outline=[[0, 0], [9, 0], [9, 9]]))
    found = match(drawing, named(("STALLS", "A", "1"), ("Balcony", "A", "1")))
    assert found.outlines == {"STALLS": drawing.areas[0].outline}
    assert found.labels == {"STALLS": drawing.areas[0].label_at}
    assert found.unknown_areas == ("Balcony",)
    assert [one.area for one in found.unplaced] == ["Balcony"]
    assert match(drawing, ()).outlines == {"Stalls": drawing.areas[0].outline}


def test_two_free_seats_of_one_drawn_place_are_placed_neither() -> None:
    drawing = drawn(("Stalls", "F", "12"))
    found = match(drawing, named(("Stalls", "ROW F", "12"), ("Stalls", "f", "012")))
    assert found.points == {}
    assert {one.ref for one in found.ambiguous} == {one.ref for one in found.unplaced} == {"s0", "s1"}
    assert found.taken == (), "it may well be free"


def test_the_one_that_is_written_alike_is_no_guess() -> None:
    found = match(drawn(("Stalls", "F", "12")), named(("Stalls", "ROW F", "12"), ("Stalls", "F", "12")))
    assert found.points == {"s1": (0.0, 0.0)}
    assert [one.ref for one in found.ambiguous] == ["s0"]
    two = drawn(("Stalls", "F", "12"), ("Stalls", "ROW F", "12"))
    assert match(two, named(("Stalls", "ROW F", "12"))).points == {"s0": (1.0, 1.0)}
    assert [one.ref for one in match(two, named(("Stalls", "row f", "12"))).ambiguous] == ["s0"]


def test_where_the_box_office_tells_of_taken_seats_only_these_are_taken() -> None:
    drawing = drawn(("Stalls", "A", "1"), ("Stalls", "A", "2"), ("Stalls", "A", "3"))
    found = match(drawing, named(("Stalls", "A", "1"), taken=[("A", "02")]))
    assert [seat.number for seat in found.taken] == ["2"]
    assert [seat.number for seat in found.unnamed] == ["3"]


NAME = st.sampled_from(["A", "a", " A", "ROW A", "B", "1", "01", "12", "012", "AA"])
SEATS = st.lists(st.tuples(st.sampled_from(["Stalls", "STALLS ", "Circle"]), NAME, NAME), max_size=25)


@given(SEATS, SEATS)
def test_every_free_seat_is_placed_once_or_told_whatever_the_order(
    ours: list[tuple[str, str, str]], theirs: list[tuple[str, str, str]]
) -> None:
    drawing = drawn(*dict.fromkeys(ours))
    seats = named(*theirs)
    found = match(drawing, seats)
    refs = {seat.ref for area in seats for row in area.rows for seat in row.seats}
    lacking = [one.ref for one in found.unplaced]
    assert len(lacking) == len(set(lacking))
    assert found.points.keys() | set(lacking) == refs
    assert not found.points.keys() & set(lacking)
    assert len(set(found.points.values())) == len(found.points), "no two on one place"
    assert {one.ref for one in found.ambiguous} <= set(lacking)
    at = {(seat.x, seat.y): seat for seat in drawing.seats}
    for area in seats:
        for row in area.rows:
            for seat in row.seats:
                if seat.ref in found.points:
                    there = at[found.points[seat.ref]]
                    assert house_plans.folded(there.area) == folded(area.name)
                    assert (folded(there.row), folded(there.number)) == (
                        folded(seat.row),
                        folded(seat.number),
                    )
    assert not {(seat.x, seat.y) for seat in found.taken} & set(found.points.values())
    turned = tuple(
        SeatArea(area.name, tuple(SeatRow(row.name, row.seats[::-1]) for row in area.rows[::-1]))
        for area in seats[::-1]
    )
    again = match(Drawing(drawing.areas[::-1], drawing.seats[::-1], (), 100.0, 100.0), turned)
    assert again.points == found.points
    assert set(again.taken) == set(found.taken)
    assert {one.ref for one in again.ambiguous} == {one.ref for one in found.ambiguous}


# --- kept -----------------------------------------------------------------------------------------------------


def stored(text: str) -> HousePlan:
    found = house_plans.as_json(parse(text))
    return HousePlan.objects.create(
        venue=venue(), source=text, drawing=found, content_hash=house_plans.fingerprint(found), changed_at=clock.now()
    )  # fmt: skip


@pytest.mark.django_db
def test_a_known_plan_costs_one_small_query_and_a_changed_one_is_seen_at_once() -> None:
    row = stored(plan())
    first = house_plans.drawing_of(row.venue_id)
    assert first is not None
    assert {seat.number for seat in first.seats} == {"1", "2", "3"}
    with CaptureQueriesContext(connection) as asked:
        assert house_plans.drawing_of(row.venue_id) is first
    assert len(asked) == 1
    assert "drawing" not in asked[0]["sql"]
    changed = house_plans.as_json(parse(plan(label=[1, 1])))
    HousePlan.objects.update(drawing=changed, content_hash=house_plans.fingerprint(changed))
    again = house_plans.drawing_of(row.venue_id)
    assert again is not first
    assert again is not None
    assert again.areas[0].label_at != first.areas[0].label_at


@pytest.mark.django_db
def test_a_venue_without_a_plan_has_none() -> None:
    assert house_plans.drawing_of(venue().pk) is None
