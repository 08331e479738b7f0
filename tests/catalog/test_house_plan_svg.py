"""House plans as a drawing program writes them: transforms worked out, entities refused, each complaint with its line."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import house_plan_paths as paths
from catalog.house_plans import Drawing, PlanError, parse

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, head: str = "") -> str:
    return f"{head}<svg {NS}>\n{inside}\n</svg>"


def seats(found: Drawing) -> list[tuple[str, str, str]]:
    return [(seat.area, seat.row, seat.number) for seat in found.seats]


def step(found: Drawing, one: int = 0, other: int = 1) -> tuple[float, float]:
    """From one seat to another: the sheet's own edge does not count."""
    return (
        round(found.seats[other].x - found.seats[one].x, 3),
        round(found.seats[other].y - found.seats[one].y, 3),
    )


def wrong(text: str) -> str:
    with pytest.raises(PlanError) as found:
        parse(text)
    return "\n".join(found.value.sentences)


AT_ZERO = '<circle data-seat="0" data-area="Stalls" data-row="Z"/>'


def test_seats_take_area_and_row_from_the_groups_around_them() -> None:
    found = parse(svg(
        '<g data-area="Stalls"><g data-row="A"><circle data-seat="1" cx="5" cy="5" r="3"/>'
        '<rect data-seat="2" x="12" y="2" width="6" height="6"/></g>'
        '<ellipse data-row="B" data-seat="1" cx="5" cy="25"/></g>'
        '<circle data-area="Box" data-row="" data-seat="1" cx="100px" cy="5"/><circle cx="7" cy="7" r="900"/>'
    ))  # fmt: skip
    assert seats(found) == [
        ("Stalls", "A", "1"),
        ("Stalls", "A", "2"),
        ("Stalls", "B", "1"),
        ("Box", "", "1"),
    ]
    assert [step(found, 0, n) for n in (1, 2, 3)] == [(10, 0), (0, 20), (95, 0)]


@pytest.mark.parametrize(
    ("transform", "lands"),
    [
        ("translate(3 4)", (13, 4)), ("translate(3)", (13, 0)), ("scale(2)", (20, 0)), ("scale(2,3)", (20, 0)),
        ("rotate(90)", (0, 10)), ("rotate(90 10 10)", (20, 10)), ("matrix(0 1 -1 0 5 6)", (5, 16)),
        ("translate(10,20) scale(.5) rotate(180)", (5, 20)), ("skewY(45)", (10, 10)), ("skewX(45)", (10, 0)),
    ],
)  # fmt: skip
def test_transforms_are_worked_out(transform: str, lands: tuple[float, float]) -> None:
    one = f'<g transform="{transform}"><circle data-area="S" data-row="A" data-seat="1" cx="10"/></g>'
    assert step(parse(svg(AT_ZERO + one))) == pytest.approx(lands, abs=0.001)


def test_transforms_of_groups_within_groups_apply_from_the_inside_out() -> None:
    one = (
        '<g transform="translate(100 0)"><g transform="scale(2)">'
        '<circle data-area="S" data-row="A" data-seat="1" cx="10" transform="translate(0 3)"/></g></g>'
    )
    assert step(parse(svg(AT_ZERO + one))) == (120, 6)


@given(st.lists(st.tuples(st.floats(-360, 360), st.floats(-50, 50), st.floats(-50, 50)), max_size=5))
def test_turning_and_moving_keeps_every_distance(moves: list[tuple[float, float, float]]) -> None:
    said = " ".join(f"rotate({a:.6f} {x:.6f} {y:.6f}) translate({x:.6f},{y:.6f})" for a, x, y in moves)
    matrix = paths.matrix(said)
    one, other = paths.moved(matrix, (0, 0)), paths.moved(matrix, (3, 4))
    assert math.dist(one, other) == pytest.approx(5)


def test_a_seat_may_be_a_symbol_that_is_used_or_a_group() -> None:
    found = parse(svg(
        '<defs><g id="chair"><rect width="4" height="6"/></g><circle data-seat="9" data-area="No" data-row="No"/></defs>'
        '<g data-area="S" data-row="A"><use data-seat="1" xlink:href="#chair" x="10" y="20"/>'
        '<use data-seat="2" href="#chair" x="20" y="20"/><use data-seat="3" x="30" y="23"/>'
        '<g data-seat="4" transform="translate(40 20)"><text>4</text><g><circle cx="2" cy="3"/></g></g>'
        '<path data-seat="5" d="M50 20h4v6h-4z"/></g>'
    ))  # fmt: skip
    assert seats(found) == [("S", "A", number) for number in "12345"]
    assert [step(found, 0, n) for n in (1, 2, 3, 4)] == [(10, 0), (18, 0), (30, 0), (40, 0)]


def test_a_use_that_points_at_itself_ends() -> None:
    found = parse(svg('<use id="a" data-area="S" data-row="A" data-seat="1" href="#a" x="1"/>'))
    assert len(found.seats) == 1


def test_ids_name_the_seats_of_a_file_without_any_data() -> None:
    found = parse(svg(
        '<circle id="Stalls-A-12" cx="1"/><circle id="Dress_Circle-AA-3"/><circle id="Upper_x20_Level-B-1" cy="9"/>'
        '<circle id="Lower-Tier-C-1" cy="5"/><circle id="circle12-3-7"/><path id="path4-5-6" d="M0 0"/><rect id="frame"/>'
    ))  # fmt: skip
    assert seats(found) == [
        ("Stalls", "A", "12"), ("Dress Circle", "AA", "3"), ("Upper Level", "B", "1"), ("Lower-Tier", "C", "1"),
    ]  # fmt: skip
    mixed = parse(svg(AT_ZERO + '<circle id="Stalls-A-12"/>'))
    assert seats(mixed) == [("Stalls", "Z", "0")], "what is said counts more than what an id looks like"


def test_shapes_become_outlines_labels_and_the_stage() -> None:
    found = parse(svg(
        '<line id="stage" x1="0" y1="0" x2="100" y2="0"/><g data-area="Stalls" transform="translate(0 10)">'
        '<polygon class="wide outline" points="0,0 100,0 100,50 0,50"/><text class="label" x="50" y="5">Stalls</text>'
        '<circle data-row="A" data-seat="1" cx="50" cy="25"/></g>'
        '<path data-outline="Circle" d="M0 70 h100 a50 50 0 0 1 -100 0 z"/><rect data-outline="Box" x="5" y="5" width="5" height="5"/>'
    ))  # fmt: skip
    stalls, circle, box = found.areas
    left, top = found.stage[0]
    assert found.stage == ((left, top), (left + 100, top))
    assert stalls.outline[2] == pytest.approx((left + 100, top + 60))
    assert stalls.label_at == pytest.approx((left + 50, top + 15))
    assert (circle.name, box.name, len(box.outline)) == ("Circle", "Box", 4)
    assert max(y for _x, y in circle.outline) == pytest.approx(top + 120, abs=1)


@pytest.mark.parametrize(
    ("d", "points"),
    [
        ("M1 2 3 4 L5,6z", [(1, 2), (3, 4), (5, 6)]), ("m1 2 3 4h1v-1z", [(1, 2), (4, 6), (5, 6), (5, 5)]),
        ("M0 0H9V9", [(0, 0), (9, 0), (9, 9)]), ("M.5.5-1-1", [(0.5, 0.5), (-1, -1)]),
        ("M0 0L1 1M5 5L6 6", [(0, 0), (1, 1)]), ("", []),
    ],
)  # fmt: skip
def test_straight_paths_are_read(d: str, points: list[tuple[float, float]]) -> None:
    assert paths.path(d) == points


@pytest.mark.parametrize("d", ["M0 0C0 10 10 10 10 0", "M0 0Q5 15 10 0", "M0 0A5 7.5 0 0 0 10 0", "M0 0c0 5 5 7 5 7s5-2 5-7",
                               "M0 0q2.5 7.5 5 7.5t5-7.5"])  # fmt: skip
def test_curved_paths_end_where_they_say_and_bulge(d: str) -> None:
    found = paths.path(d)
    assert found[-1] == pytest.approx((10, 0))
    assert 6.5 < max(y for _x, y in found) < 8
    assert all(-0.5 <= x <= 10.5 for x, _y in found)


@pytest.mark.parametrize("d", ["L", "M1", "M0 0L1", "5 5", "M0 0X1 1", "M0 0Z5", "M1e999 0", "Mnan 0"])
def test_a_path_that_is_none_is_refused(d: str) -> None:
    with pytest.raises(ValueError):
        paths.path(d)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<svg", "Line 1: This is no well-formed XML"), ("<html/>", "The outermost element is <html>, not <svg>"),
        (svg("<g>\n</b>"), "Line 3: This is no well-formed XML"), (svg("<circle/>"), "No element has “data-seat”"),
        (svg('<circle data-seat="1" data-row="A"/>'), "Line 2, <circle>: The seat has no data-area"),
        (svg('<circle id="x" data-seat="1" data-area="S"/>'), "Line 2, <circle id=“x”>: The seat has no data-row"),
        (svg('\n<circle data-seat=" " data-row="A" data-area="S"/>'), "Line 3, <circle>: The seat has no data-seat"),
        (svg(AT_ZERO + "\n" + AT_ZERO), "Line 3, <circle>: Stalls, row Z, seat 0 is drawn twice"),
        (svg(AT_ZERO.replace("/>", ' cx="5%"/>')), "It cannot be read where the seat is"),
        (svg(AT_ZERO.replace("/>", ' cx="1e9"/>')), "outside of any sheet"),
        (svg(AT_ZERO.replace("/>", ' cx="nan"/>')), "It cannot be read where the seat is"),
        (svg(AT_ZERO.replace("/>", ' transform="twist(3)"/>')), "The transform “twist(3)” cannot be read"),
        (svg(AT_ZERO.replace("/>", ' transform="scale(1e308) scale(1e308)"/>')), "outside of any sheet"),
        (svg(AT_ZERO + '<polygon class="outline" points="0,0 1,1 0,1"/>'), "The outline names no area"),
        (svg(AT_ZERO + '<polygon data-outline="S" points="0,0 1,1"/>'), "too few corners"),
        (svg(AT_ZERO + '<polygon data-outline="S" points="0,0 1"/>'), "The shape cannot be read"),
        (svg("<g>" * 70 + "</g>" * 70), "Line 2: Groups are nested too deep"),
        (svg(AT_ZERO.replace("/>", f' cx="{"1" * 1_000_000}x"/>')), "It cannot be read where the seat is"),
        (svg(AT_ZERO.replace("/>", f' transform="{"scale(1)" * 200_000}"/>')), "cannot be read"),
        (svg(AT_ZERO + f'<polygon data-outline="S" points="{"1 " * 800_000}"/>'), "The shape cannot be read"),
        (svg(AT_ZERO + f'<path data-outline="S" d="M0 0{"L1 1" * 400_000}"/>'), "The shape cannot be read"),
        (svg("<a/>" * 120_001), "The file has too many elements"),
        (svg("&lol;", '<!DOCTYPE svg [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>'), "defines entities"),
        (svg("&x;", '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "defines entities"),
    ],
    ids=lambda one: one[:50],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_line(text: str, said: str) -> None:
    assert said in wrong(text)


def test_what_drawing_programs_write_at_the_top_of_a_file_does_no_harm() -> None:
    head = (
        '\ufeff<?xml version="1.0" encoding="UTF-16"?>\n<!-- a drawing program -->\n'
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    )
    assert seats(parse(svg(AT_ZERO, head))) == [("Stalls", "Z", "0")]
    assert "Line 5, <circle>" in wrong(svg(AT_ZERO.replace('data-row="Z"', ""), head))


PIECE = st.sampled_from(
    ["<g>", "</g>", '<g data-area="S">', '<g data-row="A" transform="scale(0)">', '<circle data-seat="1" cx="1"/>',
     '<use data-seat="2" href="#q"/>', '<g id="q">', '<path data-outline="S" d="M0 0L1 1 2 0"/>', "<text>", "</text>",
     '<circle data-seat="3" data-area="S" data-row="B" r="-1" cx="-5"/>', '<rect data-stage="" width="9"/>', "&amp;"]
)  # fmt: skip


@given(st.lists(PIECE, max_size=12))
def test_any_pieces_are_a_drawing_or_sentences(pieces: list[str]) -> None:
    try:
        found = parse(svg("".join(pieces)))
    except PlanError as error:
        assert error.sentences  # noqa: PT017 - either way there is something
    else:
        assert all(0 <= one.x <= found.width and 0 <= one.y <= found.height for one in found.seats)
