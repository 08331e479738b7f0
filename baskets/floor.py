"""Where seats are drawn: a house as a plane, from what is known of it.

Three sources, the best one for each area: the venue's own plan (`catalog.house_plans`), the places a provider
measures (`Seat.x`, `Seat.y`), and else straight rows from indexes, with honest gaps. Pure functions; units are those
of the drawing (`PITCH` from one neighbour to the next), y grows away from the stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from shop.providers.types import Seat, SeatArea, TakenSeat

PITCH = 24.0
DEPTH = 28.0  # from row to row, where nobody measured it
SIDE = 30.0  # beside the rows, for their names
HEAD = 40.0  # above an area, for its name
STAGE = 44.0  # above everything
WIDEST = 60.0 * PITCH  # a straight row that names seats far apart is drawn in pieces

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a venue's own plan says of the seats at hand: `points` by seat ref, `taken` by area name, outlines."""

    points: Mapping[str, Point]
    taken: Mapping[str, Sequence[TakenSeat]]
    outlines: Mapping[str, Sequence[Point]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A free seat and the middle of where it is."""

    seat: Seat
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class TakenSpot:
    row: str
    number: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class FloorRow:
    """Free seats from left to right; the name stands at both ends."""

    name: str
    spots: tuple[Spot, ...]
    taken: tuple[TakenSpot, ...]
    ends: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class FloorArea:
    """`outline` goes round its seats; `loose`: seats that the venue's plan lacks, drawn in a row of their own."""

    name: str
    rows: tuple[FloorRow, ...]
    outline: tuple[Point, ...]
    head: Point
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Floor:
    """`tells_taken`: of every area it is known which seats are taken. `measured`: no row was drawn by guess."""

    width: float
    height: float
    areas: tuple[FloorArea, ...]
    tells_taken: bool
    measured: bool

    @property
    def seats(self) -> int:
        return sum(len(row.spots) for area in self.areas for row in area.rows)


@dataclass(slots=True)
class _Piece:
    """One area on a plane of its own, before the house is put together."""

    name: str
    spots: list[Spot]
    taken: list[TakenSpot]
    outline: Sequence[Point] = ()
    loose: bool = False
    order: tuple[str, ...] = ()  # names of the rows, from the stage on
    straight: bool = False

    def points(self) -> Iterator[Point]:
        yield from ((one.x, one.y) for one in self.spots)
        yield from ((one.x, one.y) for one in self.taken)
        yield from self.outline

    def box(self) -> tuple[float, float, float, float]:
        xs, ys = zip(*self.points(), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def moved(self, dx: float, dy: float, scale: float = 1.0) -> _Piece:
        def to(x: float, y: float) -> Point:
            return x * scale + dx, y * scale + dy

        return _Piece(
            self.name,
            [Spot(one.seat, *to(one.x, one.y)) for one in self.spots],
            [TakenSpot(one.row, one.number, *to(one.x, one.y)) for one in self.taken],
            [to(*point) for point in self.outline],
            self.loose,
            self.order,
            self.straight,
        )


def floor(areas: Sequence[SeatArea], drawn: Drawn | None = None) -> Floor | None:
    """The house; None where no seat has a name."""
    planned: list[_Piece] = []
    measured: list[_Piece] = []
    straight: list[_Piece] = []
    tells = True
    for area in areas:
        seats = [seat for row in area.rows for seat in row.seats]
        if not seats and not area.taken:
            continue
        points = drawn.points if drawn else {}
        placed = [seat for seat in seats if seat.ref in points]
        if drawn and placed:
            planned.append(_planned(area.name, placed, drawn))
            rest = [seat for seat in seats if seat.ref not in points]
            if rest:
                straight.append(_straight(area.name, rest, (), loose=True))
            continue
        tells = tells and area.tells_taken
        if all(one.x is not None and one.y is not None for one in (*seats, *area.taken)):
            measured.append(_measured(area.name, seats, area.taken))
        else:
            straight.append(_straight(area.name, seats, area.taken))
    blocks = [*_one_plane(planned, always=True), *_one_plane(measured), *([one] for one in straight)]
    if not blocks:
        return None
    return _put_together(blocks, tells_taken=tells, measured=all(one.loose for one in straight))


# --- one area -----------------------------------------------------------------------------------------------


def _planned(name: str, seats: Sequence[Seat], drawn: Drawn) -> _Piece:
    taken = [TakenSpot(one.row, one.number, one.x or 0.0, one.y or 0.0) for one in drawn.taken.get(name, ())]
    return _Piece(
        name,
        [Spot(seat, *drawn.points[seat.ref]) for seat in seats],
        taken,
        drawn.outlines.get(name, ()),
        order=_rows_of(seats, taken),
    )


def _measured(name: str, seats: Sequence[Seat], taken: Sequence[TakenSeat]) -> _Piece:
    spots = [Spot(seat, seat.x or 0.0, seat.y or 0.0) for seat in seats]
    gone = [TakenSpot(one.row, one.number, one.x or 0.0, one.y or 0.0) for one in taken]
    return _Piece(name, spots, gone, order=_rows_of(seats, gone))


def _straight(name: str, seats: Sequence[Seat], taken: Sequence[TakenSeat], *, loose: bool = False) -> _Piece:
    """Rows one behind the other, each seat at its index: what is free as far apart as it really is."""
    order = _rows_of(seats, taken)
    rows: dict[str, list[Seat | TakenSeat]] = {row: [] for row in order}
    for one in (*seats, *taken):
        rows[one.row].append(one)
    found = {row: _steps(sorted(one.index for one in inside)) for row, inside in rows.items()}
    # a house whose rows count alike keeps its aisles in line; else each row begins at its own first seat
    common = _steps(sorted({one.index for inside in rows.values() for one in inside}))
    alike = common[max(common)] * PITCH <= WIDEST
    spots: list[Spot] = []
    gone: list[TakenSpot] = []
    for number, (row, inside) in enumerate(rows.items()):
        steps = common if alike else found[row]
        for one in inside:
            x, y = steps[one.index] * PITCH, number * DEPTH
            if isinstance(one, Seat):
                spots.append(Spot(one, x, y))
            else:
                gone.append(TakenSpot(one.row, one.number, x, y))
    return _Piece(name, spots, gone, loose=loose, order=order, straight=True)


def _steps(indexes: Sequence[int]) -> dict[int, int]:
    """Index -> step from the left: as far apart as the indexes, but a leap (numbers that begin at 101) is one aisle."""
    found: dict[int, int] = {}
    at = 0
    for place, index in enumerate(indexes):
        if place:
            apart = index - indexes[place - 1]
            at += apart if apart <= 30 else 3
        found[index] = at
    return found


def _rows_of(seats: Iterable[Seat], taken: Iterable[TakenSeat | TakenSpot]) -> tuple[str, ...]:
    """Names of the rows; those that only taken seats have stand where their names belong."""
    free = list(dict.fromkeys(one.row for one in seats))
    only_taken = [row for row in dict.fromkeys(one.row for one in taken) if row not in free]
    if not only_taken:
        return tuple(free)
    return tuple(sorted((*free, *only_taken), key=lambda row: (len(row), row)))


# --- the house ------------------------------------------------------------------------------------------------


def _one_plane(pieces: list[_Piece], *, always: bool = False) -> list[list[_Piece]]:
    """Areas that were measured together stay together; whose planes overlap were measured each for itself."""
    if not pieces:
        return []
    unit = _unit(pieces)
    scaled = [piece.moved(0, 0, PITCH / unit) for piece in pieces]
    if always or not any(
        _overlap(one.box(), other.box()) for place, one in enumerate(scaled) for other in scaled[place + 1 :]
    ):
        return [scaled]
    return [[piece] for piece in scaled]


def _unit(pieces: Sequence[_Piece]) -> float:
    """How far apart neighbours were measured: the middle one of the shortest ways from seat to seat of a row."""
    found: list[float] = []
    for piece in pieces:
        rows: dict[str, list[Point]] = {}
        for one in piece.spots:
            rows.setdefault(one.seat.row, []).append((one.x, one.y))
        for gone in piece.taken:
            rows.setdefault(gone.row, []).append((gone.x, gone.y))
        for points in rows.values():
            ordered = sorted(points)
            ways = [((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(ordered)]
            found += [way for way in ways if way > 0]
    return median(found) if found else PITCH


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _put_together(blocks: Sequence[Sequence[_Piece]], *, tells_taken: bool, measured: bool) -> Floor:
    """Blocks one behind the other, in the middle, with room for names."""
    boxes = []
    for block in blocks:
        sides = [piece.box() for piece in block]
        boxes.append((
            min(s[0] for s in sides), min(s[1] for s in sides), max(s[2] for s in sides), max(s[3] for s in sides),
        ))  # fmt: skip
    width = max(box[2] - box[0] for box in boxes) + 2 * (SIDE + PITCH)
    y = STAGE
    areas: list[FloorArea] = []
    for block, (left, top, right, bottom) in zip(blocks, boxes, strict=True):
        y += HEAD
        dx, dy = (width - (right - left)) / 2 - left, y - top
        areas += [_area(piece.moved(dx, dy)) for piece in block]
        y += bottom - top + PITCH
    return Floor(round(width), round(y + PITCH / 2), tuple(areas), tells_taken, measured)


def _area(piece: _Piece) -> FloorArea:
    left, top, right, bottom = piece.box()
    rows = []
    for name in piece.order:
        spots = sorted((one for one in piece.spots if one.seat.row == name), key=lambda one: one.x)
        gone = sorted((one for one in piece.taken if one.row == name), key=lambda one: one.x)
        if spots or gone:
            every = sorted([*((one.x, one.y) for one in spots), *((one.x, one.y) for one in gone)])
            (first, y1), (last, y2) = every[0], every[-1]
            if piece.straight:
                first, last = left, right
            ends = ((first - PITCH, y1), (last + PITCH, y2))
            rows.append(FloorRow(name, tuple(spots), tuple(gone), ends))
    box = ((left, top), (right, top), (right, bottom), (left, bottom))
    outline = tuple(piece.outline) or (box if piece.straight else _hull(list(piece.points())))
    return FloorArea(piece.name, tuple(rows), outline, ((left + right) / 2, top - PITCH), piece.loose)


def _hull(points: Sequence[Point]) -> tuple[Point, ...]:
    """The outermost points, in order (monotone chain)."""
    every = sorted(set(points))
    if len(every) < 3:
        return tuple(every)

    def half(ordered: Iterable[Point]) -> list[Point]:
        found: list[Point] = []
        for p in ordered:
            while (
                len(found) > 1
                and (
                    (found[-1][0] - found[-2][0]) * (p[1] - found[-2][1])
                    - (found[-1][1] - found[-2][1]) * (p[0] - found[-2][0])
                )
                <= 0
            ):
                found.pop()
            found.append(p)
        return found

    return tuple(half(every)[:-1] + half(reversed(every))[:-1])
