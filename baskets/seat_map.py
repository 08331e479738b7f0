"""The map of the pick page: the same seats as the list, where they are in the house.

The server draws it as SVG that says nothing to assistive technology; `static/js/seat_map.js` makes each seat a control
by the name that the list gives it. Without scripts it is a picture, and its areas are links.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from baskets.floor import Drawn, Floor, FloorArea, FloorRow, Point, floor
from baskets.offers import areas as counted_areas
from baskets.offers import seat_prices
from catalog import house_plans
from catalog.models import Instance
from shop import words
from shop.money import Money
from shop.providers.types import Availability, Seat, SeatArea, TakenSeat

IN_VIEW = 800  # more seats than these, and the map begins with areas
SEAT = 18  # sides of a seat, in units of the floor
BANDS = 8  # tones; where there are more prices, some that follow each other share one
# One letter for what is to be known of a seat, by the first that fits; the words stand beside the map.
LETTERS = (
    ("wheelchair", "W"),
    ("companion", "C"),
    ("restricted", "R"),
    ("standing", "S"),
    ("step_free", "F"),
)


@dataclass(frozen=True)
class Band:
    number: int
    price: str
    seats: int


@dataclass(frozen=True)
class MapRow:
    name: str
    seats: SafeString
    ends: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MapArea:
    """`place` counts as the list does. `rows` is empty where the map shows areas alone."""

    name: str
    title: str
    place: int
    left: int
    lowest: str
    outline: str
    x: str
    y: str
    middle: str
    rows: tuple[MapRow, ...]


@dataclass(frozen=True)
class MapView:
    width: int
    height: int
    stage: str
    middle: int
    areas: tuple[MapArea, ...]
    bands: tuple[Band, ...]
    letters: tuple[tuple[str, str], ...]  # letter, name of what it says
    overview: bool  # areas alone
    part: bool  # one area of a house that is too big to be shown at once
    tells_taken: bool
    measured: bool


def begins_with_areas(free: Availability, drawn: Drawn | None) -> bool:
    """Whether the house has more seats than are shown at once, those counted that the venue's own plan alone knows."""
    known = sum(len(area.taken) + sum(len(row.seats) for row in area.rows) for area in free.areas)
    told = {area.name for area in free.areas if area.tells_taken}
    more = sum(len(seats) for name, seats in drawn.taken.items() if name not in told) if drawn else 0
    return known + more > IN_VIEW


def seat_map(
    free: Availability,
    drawn: Drawn | None,
    shown: Collection[str],
    left: Availability,
    *,
    part: bool,
    chosen: Collection[str] = (),
) -> MapView | None:
    """`shown`: names of areas whose seats are in view; `left`: what a filter leaves of them; `part`: the house is too big
    to be shown at once; `chosen` seats are never left out."""
    inside = [area for area in free.areas if not part or not shown or area.name in shown]
    house = floor(inside, drawn)
    if house is None:
        return None
    return _view(house, free, left, chosen, overview=part and not shown, part=part)


def drawn_by_the_venue(instance: Instance, areas: Sequence[SeatArea]) -> Drawn | None:
    """The venue's own plan, laid over what the box office names."""
    drawing = house_plans.drawing_of(instance.event.venue_id) if areas else None
    if drawing is None:
        return None
    placed = house_plans.match(drawing, areas)
    names = {house_plans.folded(area.name): area.name for area in areas}
    taken: dict[str, list[TakenSeat]] = {}
    for one in placed.taken:
        name = names.get(house_plans.folded(one.area), one.area)
        taken.setdefault(name, []).append(TakenSeat(one.row, one.number, x=one.x, y=one.y))
    return Drawn(placed.points, taken, placed.outlines)


def kind_of(seat: Seat) -> str:
    """The one thing of a seat that its letter says."""
    for kind, _letter in LETTERS:
        if (
            seat.access == kind
            or (kind == "restricted" and seat.restricted)
            or (kind == "standing" and seat.standing)
        ):
            return kind
    return ""


def _view(
    house: Floor,
    free: Availability,
    left: Availability,
    chosen: Collection[str],
    *,
    overview: bool,
    part: bool,
) -> MapView:
    prices = seat_prices(free)
    tone = {
        price: number * BANDS // len(prices) if len(prices) > BANDS else number
        for number, price in enumerate(prices)
    }
    counts = {name: (lowest, many) for name, lowest, many in counted_areas(left)}
    kept = {seat.ref for area in left.areas for row in area.rows for seat in row.seats} | set(chosen)
    places = {area.name: number for number, area in enumerate(free.areas, 1)}
    seats = [spot.seat for area in house.areas for row in area.rows for spot in row.spots]
    letters = dict(LETTERS)
    kinds = {kind_of(seat) for seat in seats}
    found = []
    for area in house.areas:
        lowest, many = counts.get(area.name, (None, 0))
        found.append(
            MapArea(
                name=area.name,
                title=_("%(area)s, more seats") % {"area": area.name} if area.loose else area.name,
                place=places[area.name],
                left=many or 0,
                lowest=words.money(lowest),
                outline=" ".join(f"{x:.0f},{y:.0f}" for x, y in area.outline),
                x=f"{area.head[0]:.0f}",
                y=f"{area.head[1]:.0f}",
                middle=f"{_middle(area):.0f}",
                rows=() if overview else tuple(_row(row, tone, kept) for row in area.rows),
            )
        )
    width = int(house.width)
    apron = min(width * 0.3, 220)
    return MapView(
        width=width,
        height=int(house.height),
        stage=f"{width / 2 - apron:.0f} 6h{2 * apron:.0f}l-22 26h-{2 * apron - 44:.0f}z",
        middle=width // 2,
        areas=tuple(found),
        bands=tuple(_bands([seat for seat in seats if seat.ref in kept], tone)),
        letters=tuple((letter, kind) for kind, letter in letters.items() if kind in kinds),
        overview=overview,
        part=part,
        tells_taken=house.tells_taken,
        measured=house.measured,
    )


def _bands(seats: Sequence[Seat], tone: dict[Money, int]) -> Iterator[Band]:
    for number in range(BANDS):
        here = sorted(seat.price for seat in seats if tone[seat.price] == number)
        if here:
            lowest, highest = words.money(here[0]), words.money(here[-1])
            price = lowest if lowest == highest else f"{lowest}–{highest}"
            yield Band(number, price, len(here))


def _middle(area: FloorArea) -> float:
    ys = [y for _x, y in area.outline] or [area.head[1]]
    return (min(ys) + max(ys)) / 2


def _row(row: FloorRow, tone: dict[Money, int], kept: Collection[str]) -> MapRow:
    half = SEAT / 2
    letters = dict(LETTERS)
    free = []
    marks = []
    for spot in row.spots:
        seat, kind = spot.seat, kind_of(spot.seat)
        off = "" if seat.ref in kept else " off"
        free.append((tone[seat.price], off, seat.ref, _n(spot.x - half), _n(spot.y - half), _round(kind)))
        if kind:
            marks.append((off, _n(spot.x), _n(spot.y), letters[kind]))
    drawn = format_html_join(
        "",
        '<rect class="s b{}{}" data-seat="{}" x="{}" y="{}" width="18" height="18" rx="{}"/>',
        free,
    )
    drawn += format_html_join("", '<text class="m{}" x="{}" y="{}">{}</text>', marks)
    drawn += format_html_join(
        "",
        '<circle class="t" data-number="{}" cx="{}" cy="{}" r="4"/>',
        ((one.number, _n(one.x), _n(one.y)) for one in row.taken),
    )
    return MapRow(row.name, drawn, _ends(row.ends))


def _round(kind: str) -> int:
    """Places for wheelchairs and companions have a shape of their own."""
    return 9 if kind in ("wheelchair", "companion") else 4


def _ends(points: Sequence[Point]) -> tuple[tuple[str, str], ...]:
    return tuple((_n(x), _n(y)) for x, y in points)


def _n(value: float) -> str:
    """A number as SVG wants it, in any language."""
    return f"{value:.1f}".removesuffix(".0")
