"""A house on paper: which source says where a seat is, and that what is drawn is what is free."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from baskets.floor import PITCH, Drawn, Floor, FloorArea, floor
from shop.money import Money
from shop.providers.types import Seat, SeatArea, SeatRow, TakenSeat

PRICE = Money(4500, "GBP")


def seat(row: str, number: int, *, index: int | None = None, at: tuple[float, float] | None = None) -> Seat:
    x, y = at or (None, None)
    place = number if index is None else index
    return Seat(f"{row}{number}", row, str(number), PRICE, index=place, x=x, y=y)


def area(name: str, *rows: list[Seat], taken: tuple[TakenSeat, ...] = (), tells: bool = False) -> SeatArea:
    return SeatArea(name, tuple(SeatRow(row[0].row, tuple(row)) for row in rows), taken, tells)


def spots(house: Floor | FloorArea) -> dict[str, tuple[float, float]]:
    areas = house.areas if isinstance(house, Floor) else (house,)
    return {spot.seat.ref: (spot.x, spot.y) for one in areas for row in one.rows for spot in row.spots}


def drawn(*areas: SeatArea, plan: Drawn | None = None) -> Floor:
    found = floor(areas, plan)
    assert found is not None
    return found


def test_nothing_is_drawn_where_no_seat_has_a_name() -> None:
    assert floor([]) is None
    assert floor([SeatArea("Stalls", ())]) is None


def test_straight_rows_leave_a_gap_for_each_seat_that_is_not_free() -> None:
    house = drawn(area("Stalls", [seat("A", 1), seat("A", 2), seat("A", 5)], [seat("B", 2)]))
    at = spots(house)
    assert at["A2"][0] - at["A1"][0] == PITCH
    assert at["A5"][0] - at["A2"][0] == 3 * PITCH
    assert at["B2"][0] == at["A2"][0], "the same number stands behind the same number"
    assert at["B2"][1] > at["A2"][1]
    assert not house.measured
    assert not house.tells_taken


def test_a_leap_in_the_numbers_is_an_aisle_and_not_a_desert() -> None:
    at = spots(drawn(area("Stalls", [seat("A", 1), seat("A", 2), seat("A", 101), seat("A", 102)])))
    assert at["A101"][0] - at["A2"][0] == 3 * PITCH


def test_measured_seats_keep_their_shape_at_the_size_of_the_drawing() -> None:
    house = drawn(
        area("Stalls", [seat("A", n, at=(n * 10.0, n * n / 10)) for n in range(1, 6)], tells=True),
        area("Circle", [seat("B", n, at=(n * 10.0, 90.0)) for n in range(1, 4)], tells=True),
    )
    at = spots(house)
    assert house.measured
    assert house.tells_taken
    ways = [at[f"B{n + 1}"][0] - at[f"B{n}"][0] for n in (1, 2)]
    assert abs(ways[0] - ways[1]) < 0.01
    assert abs(ways[0] - PITCH) < 2, "neighbours are as far apart as everywhere"
    assert at["B1"][0] == at["A1"][0], "areas that were measured together stay together"
    assert at["A5"][1] > at["A1"][1]


def test_areas_that_were_measured_each_for_itself_do_not_lie_on_each_other() -> None:
    rows = [seat("A", n, at=(n * 20.0, 60.0)) for n in range(1, 6)]
    others = [seat("B", n, at=(n * 20.0, 60.0)) for n in range(1, 6)]
    at = spots(drawn(area("Stalls", rows), area("Circle", others)))
    assert at["B1"][1] > at["A1"][1]


def test_one_seat_without_a_place_makes_its_area_straight_and_no_other() -> None:
    stalls = area("Stalls", [seat("A", 1, at=(1.0, 1.0)), seat("A", 2)])
    circle = area("Circle", [seat("B", n, at=(n * 20.0, 60.0)) for n in (1, 2)], tells=True)
    house = drawn(stalls, circle)
    assert not house.measured
    assert spots(house)["A2"][0] - spots(house)["A1"][0] == PITCH


def test_a_plan_of_the_venue_stands_above_what_the_provider_says() -> None:
    stalls = area("Stalls", [seat("A", 1), seat("A", 2), seat("A", 9)])
    plan = Drawn(
        points={"A1": (100.0, 300.0), "A2": (130.0, 310.0)},
        taken={"Stalls": [TakenSeat("A", "3", x=160.0, y=300.0)]},
        outlines={"Stalls": [(80.0, 280.0), (180.0, 280.0), (130.0, 340.0)]},
    )
    house = drawn(stalls, plan=plan)
    whole, loose = house.areas
    assert whole.name == "Stalls"
    assert len(whole.outline) == 3
    assert [one.number for one in whole.rows[0].taken] == ["3"]
    assert spots(whole)["A2"][1] > spots(whole)["A1"][1], "the row bends as it was drawn"
    assert loose.loose
    assert set(spots(loose)) == {"A9"}, "a seat that the plan lacks can still be bought"


def test_rows_that_are_sold_out_stand_where_their_letter_belongs() -> None:
    taken = (TakenSeat("B", "1", 1), TakenSeat("B", "2", 2))
    house = drawn(area("Stalls", [seat("A", 1)], [seat("C", 1)], taken=taken, tells=True))
    assert [row.name for row in house.areas[0].rows] == ["A", "B", "C"]
    assert house.tells_taken


numbers = st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True)
rows = st.dictionaries(st.sampled_from("ABCD"), numbers, min_size=1)


@given(rows, st.sets(st.integers(1, 400), max_size=6))
def test_every_free_seat_is_drawn_once_inside_the_picture_and_no_two_touch(
    numbered: dict[str, list[int]], gone: set[int]
) -> None:
    free = {row: [n for n in found if n not in gone] for row, found in numbered.items()}
    stalls = area("Stalls", *([seat(row, n) for n in found] for row, found in free.items() if found))
    house = floor([stalls])
    wanted = {f"{row}{n}" for row, found in free.items() for n in found}
    if not wanted:
        assert house is None
        return
    assert house is not None
    at = spots(house)
    assert set(at) == wanted
    assert all(0 < x < house.width and 0 < y < house.height for x, y in at.values())
    for row in house.areas[0].rows:
        xs = [spot.x for spot in row.spots]
        assert all(b - a >= PITCH for a, b in pairwise(xs))
        ordered = sorted(row.spots, key=lambda spot: spot.seat.index)
        assert [spot.seat.ref for spot in ordered] == [spot.seat.ref for spot in row.spots]
