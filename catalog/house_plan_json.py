"""A house plan as JSON: rows drawn from a point to a point with a bend, or single seats. Pure.

    {"stage": [[100, 0], [300, 0]],
     "areas": [
       {"name": "Stalls",
        "outline": [[0, 40], [400, 40], [400, 300], [0, 300]],
        "label": [200, 60],
        "rows": [
          {"name": "A", "seats": "1-14", "from": [20, 80], "to": [380, 80], "bend": 12},
          {"name": "B", "seats": ["1", "2", "", "3"], "from": [20, 110], "to": [380, 110]}],
        "seats": [{"row": "Box 1", "number": "1", "x": 10, "y": 40}]}]}

Everything but the names and places of seats may be left out. Numbers of a row: "1-14", "14-1", "1-27/2" (every
second), "1-7,_,8-14" (a gap one seat wide), or a list in which "" is a gap. Seats are evenly spaced on the arc between
both points. `bend` is how far the middle of the row lies off the straight line: to the right of whoever walks it, that
is downwards for a row drawn from left to right; negative the other way. "width" and "height" say how large the sheet
is; without them it is as large as what is drawn.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from django.utils.translation import gettext as _

from catalog.house_plan_shapes import FARTHEST, MAX_SEATS, DrawnSeat, Point, Sheet, folded

_RANGE = re.compile(r"([^\W\d_]*)(\d{1,6})\s*[-–]\s*([^\W\d_]*)(\d{1,6})(?:/(\d{1,2}))?")
GAP = ""


class _Doubled(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        raise _Doubled(next(name for name in names if names.count(name) > 1))
    return found


def read(text: str, sheet: Sheet) -> Point | None:
    """Fill the sheet; returns its size where the plan says one. Raises PlanError where nothing can be read."""
    try:
        plan = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        said = {"line": error.lineno, "column": error.colno, "said": error.msg}
        sheet.stop("", _("Line %(line)s, column %(column)s is no JSON: %(said)s.") % said)
    except _Doubled as error:
        sheet.stop("", _("“%(name)s” is given twice in one place.") % {"name": str(error)[:80]})
    except (ValueError, RecursionError):
        sheet.stop(
            "", _("This is no JSON that could be read: a number is too long or it is nested too deep.")
        )
    if not isinstance(plan, dict):
        sheet.stop("", _("A plan begins with { and has “areas”."))
    _known(sheet, _("The plan"), plan, {"stage", "areas", "width", "height"})
    if "stage" in plan:
        sheet.stage = sheet.outline("stage", _points(sheet, "stage", plan["stage"], least=2))
    areas = plan.get("areas")
    if not isinstance(areas, list) or not areas:
        sheet.stop("", _("A plan begins with { and has “areas”."))
        return None
    seen: set[str] = set()
    for number, area in enumerate(areas, start=1):
        _area(sheet, number, area, seen)
    return _size(sheet, plan)


def _size(sheet: Sheet, plan: dict[str, Any]) -> Point | None:
    if "width" not in plan and "height" not in plan:
        return None
    found = [_number(sheet, name, plan.get(name)) for name in ("width", "height")]
    if found[0] is None or found[1] is None:
        return None
    if min(found[0], found[1]) <= 0:
        sheet.complain("width, height", _("They must be greater than 0."))
    return found[0], found[1]


def _known(sheet: Sheet, where: str, given: dict[str, Any], names: set[str]) -> None:
    for name in given:
        if name not in names:
            said = {"name": str(name)[:80], "names": ", ".join(sorted(names))}
            sheet.complain(where, _("“%(name)s” is not known there. Known are: %(names)s.") % said)


def _area(sheet: Sheet, number: int, given: Any, seen: set[str]) -> None:
    where = _("Area %(n)s") % {"n": number}
    if not isinstance(given, dict):
        sheet.complain(where, _("An area stands in { }."))
        return
    name = _text(sheet, where, "name", given.get("name"))
    if not name:
        if name == "":
            sheet.complain(where, _("“name” is empty."))
        return
    where = _("Area “%(name)s”") % {"name": name}
    _known(sheet, where, given, {"name", "outline", "label", "rows", "seats"})
    if folded(name) in seen:
        sheet.complain(where, _("An area of this name was there before."))
        return
    seen.add(folded(name))
    area = sheet.area(where, name)
    if "outline" in given:
        area.outline = sheet.outline(where, _points(sheet, f"{where}, outline", given["outline"], least=3))
    if "label" in given:
        area.label = _point(sheet, f"{where}, label", given["label"])
    for key, reader in (("rows", _row), ("seats", _seat)):
        many = given.get(key, [])
        if not isinstance(many, list):
            sheet.complain(where, _("“%(name)s” stands in [ ].") % {"name": key})
            continue
        for n, one in enumerate(many, start=1):
            reader(sheet, where, name, n, one)


def _row(sheet: Sheet, inside: str, area: str, n: int, given: Any) -> None:
    where = _("%(area)s, row %(n)s") % {"area": inside, "n": n}
    if not isinstance(given, dict):
        sheet.complain(where, _("A row stands in { }."))
        return
    name = _text(sheet, where, "name", given.get("name"))
    if name is None:
        return
    where = _("%(area)s, row “%(name)s”") % {"area": inside, "name": name}
    _known(sheet, where, given, {"name", "seats", "from", "to", "bend"})
    start = _point(sheet, f"{where}, from", given.get("from"))
    end = _point(sheet, f"{where}, to", given.get("to"))
    bend = _number(sheet, f"{where}, bend", given.get("bend", 0))
    numbers = _numbers(sheet, where, given.get("seats"))
    if start is None or end is None or bend is None or numbers is None:
        return
    if len(numbers) > 1 and start == end:
        sheet.complain(where, _("“from” and “to” are the same point."))
        return
    if abs(bend) > math.dist(start, end):
        sheet.complain(where, _("“bend” is greater than the row is long."))
        return
    for number, (x, y) in zip(numbers, on_arc(start, end, bend, len(numbers)), strict=True):
        if number != GAP:
            sheet.seat(where, DrawnSeat(area, name, number, x, y))


def _seat(sheet: Sheet, inside: str, area: str, n: int, given: Any) -> None:
    where = _("%(area)s, seat %(n)s") % {"area": inside, "n": n}
    if not isinstance(given, dict):
        sheet.complain(where, _("A seat stands in { }."))
        return
    _known(sheet, where, given, {"row", "number", "x", "y"})
    row = _text(sheet, where, "row", given.get("row"))
    number = _text(sheet, where, "number", given.get("number"))
    x = _number(sheet, f"{where}, x", given.get("x"))
    y = _number(sheet, f"{where}, y", given.get("y"))
    if number == "":
        sheet.complain(where, _("“%(name)s” is empty.") % {"name": "number"})
    elif row is not None and number is not None and x is not None and y is not None:
        sheet.seat(where, DrawnSeat(area, row, number, x, y))


def _numbers(sheet: Sheet, where: str, given: Any) -> list[str] | None:
    """Numbers of a row in the order of its places, "" for a gap; None after a complaint."""
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(",")]
        if parts == [""]:
            parts = []
    elif isinstance(given, list):
        parts = []
        for one in given:
            found = GAP if one is None else _text(sheet, where, "seats", one)
            if found is None:
                return None
            parts.append(found)
        if len(parts) > MAX_SEATS:
            sheet.stop(where, _("A plan has at most %(n)s seats.") % {"n": MAX_SEATS})
        return _some(sheet, where, parts)
    else:
        sheet.complain(where, _("“seats” is missing: say “1-14”, or a list of numbers."))
        return None
    found_all: list[str] = []
    for part in parts:
        if part == "_":
            found_all.append(GAP)
        elif (between := _RANGE.fullmatch(part)) is not None:
            first, last, step = int(between[2]), int(between[4]), int(between[5] or 1)
            if step == 0 or (between[3] and between[3] != between[1]):
                sheet.complain(where, _("“%(part)s” is no range of numbers.") % {"part": part})
                return None
            if abs(last - first) > MAX_SEATS:
                sheet.stop(where, _("A plan has at most %(n)s seats.") % {"n": MAX_SEATS})
            ordered = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
            found_all += [f"{between[1]}{number}" for number in ordered]
        elif "-" in part or "–" in part:
            said = {"part": part[:40]}
            sheet.complain(
                where, _("“%(part)s” is no range of numbers. A number like it stands in a list: [ ].") % said
            )
            return None
        else:
            found = sheet.name(where, _("A seat number"), part)
            if not found:
                if found == "":
                    sheet.complain(where, _("A number is missing between two commas; a gap is “_”."))
                return None
            found_all.append(found)
        if len(found_all) > MAX_SEATS:
            sheet.stop(where, _("A plan has at most %(n)s seats.") % {"n": MAX_SEATS})
    return _some(sheet, where, found_all)


def _some(sheet: Sheet, where: str, numbers: list[str]) -> list[str] | None:
    if not any(number != GAP for number in numbers):
        sheet.complain(where, _("The row has no seat."))
        return None
    return numbers


def on_arc(start: Point, end: Point, bend: float, count: int) -> list[Point]:
    """So many points, evenly spaced on the arc from start to end; one alone stands in the middle."""
    chord = math.dist(start, end)
    places = [0.5] if count == 1 else [n / (count - 1) for n in range(count)]
    if not chord:
        return [start for _place in places]
    along = ((end[0] - start[0]) / chord, (end[1] - start[1]) / chord)
    aside = (-along[1], along[0])
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    found = []
    for place in places:
        if abs(bend) < chord * 1e-9:
            far, off = (place - 0.5) * chord, 0.0
        else:
            radius = (chord * chord / 4 + bend * bend) / (2 * abs(bend))
            angle = (place - 0.5) * 4 * math.atan(2 * abs(bend) / chord)
            far = radius * math.sin(angle)
            off = math.copysign(1, bend) * (abs(bend) - radius * (1 - math.cos(angle)))
        found.append(
            (middle[0] + far * along[0] + off * aside[0], middle[1] + far * along[1] + off * aside[1])
        )
    return found


# --- single values --------------------------------------------------------------------------------------------


def _text(sheet: Sheet, where: str, name: str, given: Any) -> str | None:
    """A name; whole numbers are taken as text. None after a complaint."""
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        missing = given is None
        said = _("“%(name)s” is missing.") if missing else _("“%(name)s” must be text in quotation marks.")
        sheet.complain(where, said % {"name": name})
        return None
    return sheet.name(where, _("“%(name)s”") % {"name": name}, given)


def _number(sheet: Sheet, where: str, given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        sheet.complain(where, _("This must be a number."))
        return None
    if not (-FARTHEST <= given <= FARTHEST):  # also where it is no number, or infinite
        sheet.complain(where, _("This must be a number between −1,000,000 and 1,000,000."))
        return None
    return round(float(given), 9)  # nothing is finer than that


def _point(sheet: Sheet, where: str, given: Any) -> Point | None:
    if not isinstance(given, list) or len(given) != 2:
        sheet.complain(where, _("A point is two numbers: [x, y]."))
        return None
    x, y = _number(sheet, where, given[0]), _number(sheet, where, given[1])
    return None if x is None or y is None else (x, y)


def _points(sheet: Sheet, where: str, given: Any, *, least: int) -> tuple[Point, ...]:
    if not isinstance(given, list) or len(given) < least:
        sheet.complain(where, _("At least %(n)s points are needed: [[x, y], …].") % {"n": least})
        return ()
    found = []
    for one in given:
        point = _point(sheet, where, one)
        if point is None:
            return ()
        found.append(point)
    return tuple(found)
