"""House plans: where the seats of a venue are, drawn by its people, for box offices that give rows and numbers only.

A plan is read once (`parse`: the JSON of `catalog.house_plan_json` or the SVG of `catalog.house_plan_svg`), stored
as read, and laid over what a box office names (`match`). Reading and matching are pure.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from catalog import house_plan_json, house_plan_svg
from catalog.house_plan_models import HousePlan
from catalog.house_plan_shapes import (
    MAX_BYTES,
    MAX_SEATS,
    Drawing,
    DrawnArea,
    DrawnSeat,
    Key,
    PlanError,
    Point,
    Sheet,
    called,
    folded,
    seat_key,
)  # fmt: skip
from shop.providers.types import SeatArea

__all__ = [
    "MAX_BYTES", "MAX_SEATS", "Drawing", "DrawnArea", "DrawnSeat", "Place", "Placed", "PlanError", "called",
    "drawing_of", "folded", "match", "parse",
]  # fmt: skip

REMEMBERED = 16  # drawings, each up to a few megabytes


def kind_of(text: str) -> str:
    """svg or json, as its first character says."""
    return HousePlan.Kind.SVG if text.lstrip("\ufeff \t\r\n").startswith("<") else HousePlan.Kind.JSON


def parse(text: str) -> Drawing:
    """The plan that somebody drew. Raises PlanError with a sentence for each thing that is wrong."""
    sheet = Sheet()
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        sheet.stop("", _("A plan has at most %(n)s MB.") % {"n": MAX_BYTES // 1024 // 1024})
    if not text.strip("\ufeff \t\r\n"):
        sheet.stop("", _("There is nothing in it."))
    if "\x00" in text:
        sheet.stop("", _("This is neither JSON nor SVG."))
    if kind_of(text) == HousePlan.Kind.SVG:
        house_plan_svg.read(text, sheet)
        return sheet.finish()
    return sheet.finish(house_plan_json.read(text.removeprefix("\ufeff"), sheet))


# --- as it is stored ------------------------------------------------------------------------------------------


def as_json(drawing: Drawing) -> dict[str, Any]:
    """Canonical and small: the seats of a row stand together as [number, x, y]."""
    rows: dict[tuple[str, str], list[list[Any]]] = {}
    for seat in drawing.seats:
        rows.setdefault((seat.area, seat.row), []).append([seat.number, seat.x, seat.y])
    return {
        "width": drawing.width,
        "height": drawing.height,
        "stage": [list(point) for point in drawing.stage],
        "areas": [
            {
                "name": area.name,
                "outline": [list(point) for point in area.outline],
                "label_at": list(area.label_at),
            }
            for area in drawing.areas
        ],
        "rows": [[area, row, seats] for (area, row), seats in rows.items()],
    }


def from_json(stored: dict[str, Any]) -> Drawing:
    return Drawing(
        areas=tuple(
            DrawnArea(one["name"], tuple((x, y) for x, y in one["outline"]), (*one["label_at"],))
            for one in stored["areas"]
        ),
        seats=tuple(
            DrawnSeat(area, row, number, x, y)
            for area, row, seats in stored["rows"]
            for number, x, y in seats
        ),
        stage=tuple((x, y) for x, y in stored["stage"]),
        width=stored["width"],
        height=stored["height"],
    )


def fingerprint(stored: dict[str, Any]) -> str:
    return sha256(json.dumps(stored, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


_guard = threading.Lock()
_remembered: OrderedDict[str, Drawing] = (
    OrderedDict()
)  # by fingerprint: it can be another one, never an old one


def drawing_of(venue_id: int) -> Drawing | None:
    """The plan of a venue, None where nobody drew one. One small query, and a second one for a plan not seen yet."""
    rows = HousePlan.objects.filter(venue_id=venue_id)
    mark = rows.values_list("content_hash", flat=True).first()
    if not mark:
        return None
    with _guard:
        known = _remembered.get(mark)
        if known is not None:
            _remembered.move_to_end(mark)
            return known
    row = rows.values_list("content_hash", "drawing").first()
    if row is None:
        return None
    mark, found = row[0], from_json(row[1])
    with _guard:
        _remembered[mark] = found
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return found


# --- laid over what the box office names ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A seat that the box office names and the plan does not place."""

    area: str
    row: str
    number: str
    ref: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A drawing with today's seats on it.

    `points`: where each free seat is, by its ref. `taken`: drawn seats of areas that the box office knows which are
    not free now. `outlines`, `labels`: by the name the box office gives the area, else the drawn one.
    `unplaced`: free seats that the plan lacks, or of which it cannot be said which drawn one they are: these stand in
    `ambiguous`, too. `unknown_areas`: of the box office, not in the plan. `unnamed_areas`, `unnamed`: drawn, and not
    named by the box office (seats: only of areas it knows and of whose taken seats it tells).
    """

    points: dict[str, Point] = field(default_factory=dict)
    taken: tuple[DrawnSeat, ...] = ()
    outlines: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    labels: dict[str, Point] = field(default_factory=dict)
    unplaced: tuple[Place, ...] = ()
    ambiguous: tuple[Place, ...] = ()
    unknown_areas: tuple[str, ...] = ()
    unnamed_areas: tuple[str, ...] = ()
    unnamed: tuple[DrawnSeat, ...] = ()


def _alike(seat: DrawnSeat, place: Place) -> bool:
    """Written the same, to the letter."""
    return (seat.area, seat.row, seat.number) == (place.area, place.row, place.number)


def match(drawing: Drawing, areas: Sequence[SeatArea]) -> Placed:
    """Lay the seats of a box office on a drawing, by area, row and number as `folded` compares them.

    Where two of either side are the same when folded, only one that is written alike to the letter is placed; the
    others are told as ambiguous. Nothing is guessed.
    """
    claims: dict[int, list[Place]] = {}  # place in `drawing.seats` -> who wants it
    lacking: list[Place] = []
    unsure: list[Place] = []
    theirs: dict[str, list[str]] = {}  # folded name -> names the box office gives it
    for area in areas:
        theirs.setdefault(folded(area.name), []).append(area.name)
        for row in area.rows:
            for seat in row.seats:
                place = Place(area.name, seat.row, seat.number, seat.ref)
                chosen, several = _candidate(drawing, place)
                if chosen is not None:
                    claims.setdefault(chosen, []).append(place)
                    continue
                lacking.append(place)
                if several:
                    unsure.append(place)
    points: dict[str, Point] = {}
    for number, wanting in claims.items():
        drawn = drawing.seats[number]
        alike = [place for place in wanting if _alike(drawn, place)] if len(wanting) > 1 else wanting
        for place in wanting:
            if len(alike) == 1 and place is alike[0]:
                points[place.ref] = (drawn.x, drawn.y)
            else:
                lacking.append(place)
                unsure.append(place)
    told: dict[str, set[Key]] = {}  # folded names of areas that tell of taken seats -> those
    for area in areas:
        if area.tells_taken:
            told.setdefault(folded(area.name), set()).update(
                seat_key(area.name, one.row, one.number) for one in area.taken
            )
    taken: list[DrawnSeat] = []
    unnamed: list[DrawnSeat] = []
    for number, key in enumerate(drawing.keys):
        if number in claims or key[0] not in theirs:
            continue
        is_told = key[0] not in told or key in told[key[0]]
        (taken if is_told else unnamed).append(drawing.seats[number])
    named = {area.name: (theirs.get(folded(area.name)) or [area.name])[0] for area in drawing.areas}
    return Placed(
        points=points,
        taken=tuple(taken),
        outlines={named[area.name]: area.outline for area in drawing.areas if area.outline},
        labels={named[area.name]: area.label_at for area in drawing.areas},
        unplaced=tuple(lacking),
        ambiguous=tuple(unsure),
        unknown_areas=tuple(
            dict.fromkeys(area.name for area in areas if folded(area.name) not in drawing.areas_by_key)
        ),
        unnamed_areas=tuple(area.name for area in drawing.areas if folded(area.name) not in theirs),
        unnamed=tuple(unnamed),
    )


def _candidate(drawing: Drawing, place: Place) -> tuple[int | None, bool]:
    """The drawn seat of this name, and whether there were several to choose from."""
    found = drawing.by_key.get(seat_key(place.area, place.row, place.number), ())
    if len(found) <= 1:
        return (found[0] if found else None), False
    alike = [number for number in found if _alike(drawing.seats[number], place)]
    return (alike[0], False) if len(alike) == 1 else (None, True)
