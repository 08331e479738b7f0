"""A first plan from what the box office names, the picture of a plan, and the report of how both fit together."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import house_plan_preview, house_plan_report
from catalog.house_plan_named import together
from catalog.house_plan_report import compare, runs
from catalog.house_plan_start import starting
from catalog.house_plans import match, parse
from shop.money import Money
from shop.providers.types import Seat, SeatArea, SeatRow, TakenSeat
from tests.shop.walk import inline


def area(name: str, taken: Sequence[TakenSeat] = (), **rows: Sequence[tuple[str, int]]) -> SeatArea:
    """Rows as (number, index)."""
    return SeatArea(
        name,
        tuple(
            SeatRow(row, tuple(Seat(f"{name}{row}{n}", row, n, Money(2000, "GBP"), index=at) for n, at in seats))
            for row, seats in rows.items()
        ),
        taken=tuple(taken), tells_taken=bool(taken),
    )  # fmt: skip


def rows(text: str) -> dict[str, object]:
    return {row["name"]: row["seats"] for one in json.loads(text)["areas"] for row in one["rows"]}


def test_rows_stand_behind_each_other_and_seats_between_two_named_ones_are_drawn_too() -> None:
    text = starting(
        [[area("Stalls", A=[("1", 0), ("2", 1), ("6", 5)], B=[("3", 0), ("9", 3)], C=[("x", 0), ("y", 3)])]]
    )
    assert rows(text) == {"A": "1-6", "B": "3-9/2", "C": "x,_,_,y"}
    drawing = parse(text)
    by_row = {row: [seat.y for seat in drawing.seats if seat.row == row] for row in "ABC"}
    assert by_row["A"][0] < by_row["B"][0] < by_row["C"][0]
    assert drawing.stage[0][1] < by_row["A"][0], "the stage is in front"
    assert drawing.areas[0].outline


def test_what_the_box_office_measures_stands_where_it_measured() -> None:
    seats = tuple(
        Seat(str(n), "A", str(n), Money(1, "GBP"), index=n, x=10.0 * n, y=float(n * n)) for n in range(3)
    )
    found = parse(starting([[SeatArea("Stalls", (SeatRow("A", seats),))]]))
    assert [round(seat.x - found.seats[0].x, 3) for seat in found.seats] == [0, 10, 20]
    assert [round(seat.y - found.seats[0].y, 3) for seat in found.seats] == [0, 1, 4]


def test_seats_that_are_told_as_taken_are_drawn() -> None:
    text = starting(
        [[area("Stalls", [TakenSeat("A", "2", 1), TakenSeat("B", "1", 0)], A=[("1", 0), ("3", 2)])]]
    )
    assert rows(text) == {"A": "1-3", "B": "1"}


def test_several_dates_make_more_of_the_house() -> None:
    one = [area("Stalls", A=[("1", 0), ("2", 1)], C=[("4", 0)]), area("Boxes", B=[("1", 0)])]
    other = [area("Stalls", A=[("9", 0)], B=[("3", 0), ("5", 1)])]
    assert rows(starting([one, other])) == {"A": "1-9", "B": "1", "C": "4"} | {"B": "1"}
    stalls = json.loads(starting([one, other]))["areas"][0]
    assert [row["name"] for row in stalls["rows"]] == ["A", "B", "C"]
    assert stalls["rows"][1]["seats"] == "3,5", "odd numbers beside each other stay beside each other"


def test_a_seat_that_is_free_for_one_date_and_taken_for_another_counts_as_free() -> None:
    one = [area("Stalls", [TakenSeat("A", "2", 1)], A=[("1", 0)])]
    other = [area("Stalls", [TakenSeat("A", "1", 0)], A=[("2", 1)])]
    found = together([one, other])
    assert [seat.number for row in found[0].rows for seat in row.seats] == ["1", "2"]
    assert found[0].taken == ()


NUMBER = st.sampled_from(
    ["1", "2", "3", "5", "07", "12", "120", "3A", "A4", "Ä", "1-2", "a,b", "_", "x y", "٣", "0"]
)
ANSWER = st.lists(
    st.builds(
        lambda name, seats: area(
            name, A=[(n, i) for i, n in seats.get("A", {}).items()], B=[(n, i) for i, n in seats.get("B", {}).items()]
        ),
        st.sampled_from(["Stalls", "Dress  Circle", "stalls", ""]),
        st.dictionaries(st.sampled_from(["A", "B"]), st.dictionaries(st.integers(-5, 300), NUMBER, max_size=8)),
    ),
    max_size=3,
)  # fmt: skip


@given(st.lists(ANSWER, min_size=1, max_size=3))
def test_a_first_plan_can_always_be_read_and_has_a_place_for_every_seat_of_its_own_name(
    answers: list[list[SeatArea]],
) -> None:
    free = [(one.name, seat) for one in together(answers) for row in one.rows for seat in row.seats]
    text = starting(answers)
    if not any(name.strip() for name, _seat in free):
        return
    found = match(parse(text), together(answers))
    lacking = {one.ref for one in found.unplaced} - {one.ref for one in found.ambiguous}
    assert {seat.ref for name, seat in free if seat.ref in lacking and name.strip()} == set()


# --- report ---------------------------------------------------------------------------------------------------


PLAN = json.dumps({"areas": [
    {"name": "Stalls", "rows": [{"name": "A", "seats": "1-9", "from": [0, 0], "to": [80, 0]}]},
    {"name": "Roof", "rows": [{"name": "A", "seats": "1-2", "from": [0, 90], "to": [10, 90]}]},
]})  # fmt: skip


def test_the_report_says_what_either_side_lacks() -> None:
    found = compare(
        parse(PLAN), [[area("Stalls", A=[("1", 0), ("2", 1)], Z=[("1", 0), ("2", 1), ("3", 2), ("7", 6)]), area("Pit", A=[("1", 0)])]]
    )  # fmt: skip
    assert (found.free, found.placed, found.fits) == (7, 2, False)
    assert found.missing == ["Stalls, row Z: 1–3, 7", "Pit, row A: 1"]
    assert found.unknown_areas == ("Pit",)
    assert found.unnamed_areas == ("Roof",)
    assert found.unnamed == ["Stalls, row A: 3–9", "Roof, row A: 1, 2"]
    assert {layer.kind: len(layer.seats) for layer in found.layers} == {"free": 2, "taken": 0, "unnamed": 9}


def test_what_another_date_names_is_not_called_unnamed() -> None:
    found = compare(
        parse(PLAN),
        [[area("Stalls", A=[("1", 0)])]],
        [[area("STALLS", A=[("02", 0)]), area("Roof", A=[("1", 0)])]],
    )
    assert found.dates == 2
    assert found.unnamed == ["Stalls, row A: 3–9", "Roof, row A: 2"]
    assert found.unnamed_areas == ()
    assert {layer.kind: len(layer.seats) for layer in found.layers} == {"free": 1, "taken": 2, "unnamed": 8}


def test_two_seats_of_the_same_name_are_told_as_ambiguous() -> None:
    found = compare(parse(PLAN), [[area("Stalls", A=[("1", 0), ("01", 1), ("02", 2), ("2 ", 3)])]])
    assert found.ambiguous == ["Stalls, row A: 01, 02, 2"], "the one that is written alike is placed"
    assert (found.placed, found.missing) == (1, [])


def test_a_long_list_is_cut_and_says_so() -> None:
    house = area("Field", **{f"R{n}": [("1", 0)] for n in range(100)})
    found = compare(parse(PLAN), [[house]])
    assert len(found.missing) == house_plan_report.MOST_LINES + 1
    assert found.missing[-1] == "and 40 more rows"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [(["3", "1", "2"], "1–3"), (["1", "2"], "1, 2"), (["9A", "10", "9"], "9, 9A, 10"), ([], ""), (["8", "10", "9", "12"], "8–10, 12")],
)  # fmt: skip
def test_numbers_are_drawn_together_in_the_order_of_counting(numbers: list[str], said: str) -> None:
    assert runs(numbers) == said


# --- picture --------------------------------------------------------------------------------------------------


def test_the_picture_is_escaped_and_needs_no_style_or_script() -> None:
    evil = '"><script>alert(1)</script>'
    text = json.dumps({"stage": [[0, 0], [9, 0], [9, 1]], "areas": [
        {"name": evil, "outline": [[0, 0], [9, 0], [9, 9]], "seats": [{"row": evil, "number": evil, "x": 1, "y": 2}]}]})  # fmt: skip
    drawing = parse(text)
    found = house_plan_preview.picture(drawing, evil)
    assert "<script" not in found
    assert "&lt;script&gt;" in found
    assert inline(found) == []


def test_the_picture_of_a_full_sheet_stays_small() -> None:
    many = [{"name": f"R{n}", "seats": "1-500", "from": [0, 20 * n], "to": [9980, 20 * n]} for n in range(40)]
    drawing = parse(json.dumps({"areas": [{"name": "Field", "rows": many}]}))
    assert len(drawing.seats) == 20_000
    assert len(house_plan_preview.picture(drawing, "Field")) < 500_000
