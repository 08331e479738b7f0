"""What a house plan is made of: seats that somebody drew, areas with their outlines, a stage. Pure.

Points are (x, y) in the unit of whoever drew it: x grows to the right, y downwards, as one looks at the sheet. A
finished drawing lies between (0, 0) and (width, height).
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

Point = tuple[float, float]
Key = tuple[str, str, str]

MAX_BYTES = 2 * 1024 * 1024
MAX_SEATS = 20_000
MAX_AREAS = 200
MAX_POINTS = 20_000  # of all outlines and the stage
MAX_NAME = 80
FARTHEST = 1_000_000.0  # of a coordinate, either way
MOST_SENTENCES = 12  # told of one plan at once


class PlanError(ValueError):
    """The text is no plan. `sentences`: what is wrong, each naming its place; for people, translated."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


@dataclass(frozen=True, slots=True)
class DrawnSeat:
    area: str
    row: str
    number: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """`outline`: corners of a closed shape, () where none was drawn. `label_at`: where its name is written."""

    name: str
    outline: tuple[Point, ...] = ()
    label_at: Point = (0.0, 0.0)


@dataclass(frozen=True)
class Drawing:
    """One house. `stage`: () for none, two points for a line, more for a shape."""

    areas: tuple[DrawnArea, ...]
    seats: tuple[DrawnSeat, ...]
    stage: tuple[Point, ...] = ()
    width: float = 0.0
    height: float = 0.0

    @functools.cached_property
    def keys(self) -> tuple[Key, ...]:
        """What each seat is called, forgivingly, in the order of `seats`."""
        return tuple(seat_key(seat.area, seat.row, seat.number) for seat in self.seats)

    @functools.cached_property
    def by_key(self) -> dict[Key, tuple[int, ...]]:
        """Places in `seats` by key; more than one where a key does not tell them apart."""
        found: dict[Key, tuple[int, ...]] = {}
        for n, key in enumerate(self.keys):
            found[key] = (*found.get(key, ()), n)
        return found

    @functools.cached_property
    def areas_by_key(self) -> dict[str, tuple[DrawnArea, ...]]:
        found: dict[str, tuple[DrawnArea, ...]] = {}
        for area in self.areas:
            found[folded(area.name)] = (*found.get(folded(area.name), ()), area)
        return found


# --- names --------------------------------------------------------------------------------------------------

_WORD = re.compile(r"^(?:row|seat)(?![^\W\d_])[\s._:#-]*(?=\S)")
_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
_SPACES = re.compile(r"[\s_]+")


@functools.lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """A name as it is compared: "ROW F" is "F", "012" is "12", "Dress  circle " is "dress circle" and "DRESSCIRCLE"."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    return _ZEROS.sub("", _SPACES.sub("", _WORD.sub("", text)))


def seat_key(area: str, row: str, number: str) -> Key:
    return folded(area), folded(row), folded(number)


def tidy(name: str) -> str:
    return " ".join(name.split())


# --- a sheet that is being filled -----------------------------------------------------------------------------


@dataclass
class _Area:
    name: str
    outline: tuple[Point, ...] = ()
    label: Point | None = None


@dataclass
class Sheet:
    """What a reader has read so far, and what was wrong with it. `where` names the place in the admin's text."""

    wrong: list[str] = field(default_factory=list)
    areas: dict[str, _Area] = field(default_factory=dict)
    seats: dict[Key, DrawnSeat] = field(default_factory=dict)
    stage: tuple[Point, ...] = ()
    points: int = 0

    def complain(self, where: str, what: str) -> None:
        """Go on reading: people like to hear of everything at once, up to a point."""
        self.wrong.append(_("%(where)s: %(what)s") % {"where": where, "what": what} if where else what)
        if len(self.wrong) >= MOST_SENTENCES:
            raise PlanError([*self.wrong, _("There may be more; the reading stopped here.")])

    def stop(self, where: str, what: str) -> None:
        """Nothing after this can be read."""
        self.complain(where, what)
        raise PlanError(self.wrong)

    def name(self, where: str, what: str, said: str) -> str | None:
        """A name as it is kept; None, and a complaint, where it cannot be one."""
        text = tidy(said)
        if len(text) > MAX_NAME:
            self.complain(
                where, _("%(what)s is longer than %(n)s characters.") % {"what": what, "n": MAX_NAME}
            )
            return None
        if not text.isprintable():
            self.complain(where, _("%(what)s has a character that cannot be shown.") % {"what": what})
            return None
        return text

    def area(self, where: str, name: str) -> _Area:
        """The area of this name; the same one for a name that is only written differently."""
        found = self.areas.get(folded(name))
        if found is None:
            if len(self.areas) >= MAX_AREAS:
                self.stop(where, _("A plan has at most %(n)s areas.") % {"n": MAX_AREAS})
            found = self.areas[folded(name)] = _Area(name)
        return found

    def outline(self, where: str, points: tuple[Point, ...]) -> tuple[Point, ...]:
        self.points += len(points)
        if self.points > MAX_POINTS:
            self.stop(
                where, _("The outlines have more than %(n)s corners: draw them simpler.") % {"n": MAX_POINTS}
            )
        return points

    def far(self, *numbers: float) -> bool:
        return not all(math.isfinite(one) and abs(one) <= FARTHEST for one in numbers)

    def seat(self, where: str, seat: DrawnSeat) -> None:
        if self.far(seat.x, seat.y):
            self.complain(where, _("The seat lies outside of any sheet."))
            return
        key = seat_key(seat.area, seat.row, seat.number)
        if key in self.seats:
            self.complain(where, _("%(seat)s is drawn twice.") % {"seat": called(seat)})
            return
        if len(self.seats) >= MAX_SEATS:
            self.stop(where, _("A plan has at most %(n)s seats.") % {"n": MAX_SEATS})
        self.seats[key] = seat

    def finish(self, size: Point | None = None) -> Drawing:
        """The drawing, moved so that it fills its sheet; `size` is the sheet's where somebody gave one."""
        if not self.seats and not self.wrong:
            self.complain("", _("The plan has no seat."))
        if self.wrong:
            raise PlanError(self.wrong)
        seats = tuple(self.seats.values())
        every = [(seat.x, seat.y) for seat in seats] + list(self.stage)
        for area in self.areas.values():
            every += [*area.outline, *([area.label] if area.label else [])]
        left, right = min(x for x, _y in every), max(x for x, _y in every)
        top, bottom = min(y for _x, y in every), max(y for _x, y in every)
        if size is not None:
            if left < 0 or top < 0 or right > size[0] or bottom > size[1]:
                raise PlanError(
                    [
                        _(
                            "Something lies outside of the sheet: leave width and height out, or make them larger."
                        )
                    ]
                )
            return self._moved(seats, 0.0, 0.0, size, 6)
        extent = max(right - left, bottom - top)
        edge = extent * 0.04 or 10.0
        digits = max(0, 6 - math.ceil(math.log10(extent + edge)))
        whole = (round(right - left + 2 * edge, digits), round(bottom - top + 2 * edge, digits))
        return self._moved(seats, edge - left, edge - top, whole, digits)

    def _moved(self, seats: tuple[DrawnSeat, ...], dx: float, dy: float, size: Point, digits: int) -> Drawing:
        def moved(x: float, y: float) -> Point:
            return (
                min(max(round(x + dx, digits), 0.0), size[0]),
                min(max(round(y + dy, digits), 0.0), size[1]),
            )

        inside: dict[str, list[Point]] = {}
        for seat in seats:
            inside.setdefault(folded(seat.area), []).append((seat.x, seat.y))
        areas = tuple(
            DrawnArea(
                name=area.name,
                outline=tuple(moved(*point) for point in area.outline),
                label_at=moved(*(area.label or _middle(list(area.outline) or inside.get(key, [])))),
            )
            for key, area in self.areas.items()
        )
        placed = tuple(
            DrawnSeat(self.areas[folded(seat.area)].name, seat.row, seat.number, *moved(seat.x, seat.y))
            for seat in seats
        )
        return Drawing(areas, placed, tuple(moved(*point) for point in self.stage), *size)


def _middle(points: list[Point]) -> Point:
    if not points:
        return (0.0, 0.0)
    return (
        (min(x for x, _y in points) + max(x for x, _y in points)) / 2,
        (min(y for _x, y in points) + max(y for _x, y in points)) / 2,
    )


def called(seat: DrawnSeat) -> str:
    if not seat.row:
        return _("%(area)s, seat %(number)s") % {"area": seat.area, "number": seat.number}
    return _("%(area)s, row %(row)s, seat %(number)s") % {
        "area": seat.area,
        "row": seat.row,
        "number": seat.number,
    }
