"""The rows of one area of a house plan as a table to be filled in: where each begins and ends, its bend, its numbers.

For plans that are JSON; the admin's text is written anew with these rows in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.house_plan_json import GAP, on_arc
from catalog.house_plan_shapes import Point

MOST_ROWS = 50  # of one table: a form has at most 500 fields
SAMPLES = 16  # points of a row that an outline goes around
_PLACES = (("from", ("from_x", "from_y")), ("to", ("to_x", "to_y")))


class RowForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Row"), required=False, max_length=80)
    seats = forms.CharField(label=gettext_lazy("Seats"), max_length=4000)
    from_x = forms.FloatField(label=gettext_lazy("Start, right"))
    from_y = forms.FloatField(label=gettext_lazy("Start, down"))
    to_x = forms.FloatField(label=gettext_lazy("End, right"))
    to_y = forms.FloatField(label=gettext_lazy("End, down"))
    bend = forms.FloatField(label=gettext_lazy("Bend"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = self.initial.get("name", "")
        for name, one in self.fields.items():
            said = {"row": named, "what": one.label}
            label = _("Row %(row)s: %(what)s") % said if named else _("New row: %(what)s") % said
            one.widget.attrs.update(
                {"aria-label": label, "class": f"foyer-plan-{'text' if name == 'seats' else 'short'}"}
            )
            if isinstance(one, forms.FloatField):
                one.widget = forms.TextInput(attrs={**one.widget.attrs, "inputmode": "decimal"})


class WholeForm(forms.Form):
    """What is done to every row of the area at once; left empty, nothing."""

    right = forms.FloatField(label=gettext_lazy("Move it to the right by"), required=False)
    down = forms.FloatField(label=gettext_lazy("Move it down by"), required=False)
    bend = forms.FloatField(label=gettext_lazy("Bend every row by"), required=False)
    outline = forms.BooleanField(label=gettext_lazy("Draw its outline around the rows"), required=False)


class _Rows(forms.BaseFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        label = _("Row %(row)s: delete") % {"row": form.initial.get("name", "") or "–"}
        form.fields["DELETE"].widget.attrs["aria-label"] = label


RowFormSet = forms.formset_factory(
    RowForm, formset=_Rows, extra=2, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def areas_of(text: str) -> list[str]:
    return [str(one["name"]) for one in json.loads(text)["areas"]]


def initial(text: str, place: int) -> list[dict[str, Any]] | None:
    """The rows of an area as the forms show them; None where a table cannot: too many, or numbers with commas."""
    found = []
    for row in json.loads(text)["areas"][place].get("rows", []):
        said = row["seats"] if isinstance(row["seats"], str) else _joined(row["seats"])
        if said is None:
            return None
        one = {"name": row["name"], "seats": said, "bend": _short(row.get("bend", 0))}
        for key, names in _PLACES:
            one.update(zip(names, map(_short, row[key]), strict=True))
        found.append(one)
    return found if len(found) < MOST_ROWS else None


def _joined(numbers: Sequence[Any]) -> str | None:
    parts = ["_" if one in (None, GAP) else str(one) for one in numbers]
    if any(
        "," in part or "-" in part or "–" in part or (part == "_" and one == "_")
        for part, one in zip(parts, numbers, strict=True)
    ):
        return None
    return ",".join(parts)


def _short(number: float) -> float:
    """12 for 12.0, and no more than a thousandth: it is read by people."""
    near = round(number, 3)
    return int(near) if near == int(near) else near


def changed(text: str, place: int, rows: Sequence[dict[str, Any]], whole: dict[str, Any]) -> str:
    """The plan with these rows in that area, moved and bent as a whole. Rows marked DELETE are left out."""
    plan = json.loads(text)
    area = plan["areas"][place]
    right, down, bend = (whole.get(name) or 0 for name in ("right", "down", "bend"))

    def moved(point: Sequence[float]) -> list[float]:
        return [_short(point[0] + right), _short(point[1] + down)]

    area["rows"] = [
        {
            "name": one["name"],
            "seats": one["seats"],
            "from": moved((one["from_x"], one["from_y"])),
            "to": moved((one["to_x"], one["to_y"])),
            "bend": _short((one["bend"] or 0) + bend),
        }
        for one in rows
        if one and not one.get("DELETE")
    ]
    if right or down:
        if "outline" in area:
            area["outline"] = [moved(point) for point in area["outline"]]
        if "label" in area:
            area["label"] = moved(area["label"])
        for seat in area.get("seats", []):
            seat["x"], seat["y"] = moved((seat["x"], seat["y"]))
    if whole.get("outline") and (found := around(area)):
        area["outline"] = [list(map(_short, point)) for point in found]
    return written(plan)


def around(area: dict[str, Any]) -> list[Point]:
    """A shape without dents around all rows and single seats, a seat and a half away from them; and the area's name."""
    rows = [(row["from"], row["to"], row.get("bend", 0)) for row in area.get("rows", [])]
    points = [point for start, end, bend in rows for point in on_arc(tuple(start), tuple(end), bend, SAMPLES)]
    points += [(seat["x"], seat["y"]) for seat in area.get("seats", [])]
    if not points:
        return []
    steps = [math.dist(start, end) / 20 for start, end, _bend in rows] or [20.0]
    edge = 1.5 * (median(steps) or 20.0)
    points = [
        (x + dx * edge, y + dy * edge) for x, y in points for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    if "label" in area:
        points.append(tuple(area["label"]))
    return _hull(points)


def _hull(points: Sequence[Point]) -> list[Point]:
    """Andrew's monotone chain."""
    ordered = sorted(set(points))

    def chain(found: Iterable[Point]) -> list[Point]:
        kept: list[Point] = []
        for x, y in found:
            while len(kept) > 1 and (
                (kept[-1][0] - kept[-2][0]) * (y - kept[-2][1])
                - (kept[-1][1] - kept[-2][1]) * (x - kept[-2][0])
                <= 0
            ):
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return chain(ordered) + chain(reversed(ordered))


def written(plan: dict[str, Any]) -> str:
    """A plan as people like to read it: a line for each row and seat."""
    head = [f"{_line(name)}: {_line(value)}" for name, value in plan.items() if name != "areas"]
    areas = []
    for area in plan["areas"]:
        lines = []
        for name, value in area.items():
            if name in ("rows", "seats"):
                inside = ",\n".join(f"     {_line(one)}" for one in value)
                lines.append(f"{_line(name)}: [\n{inside}]" if value else f"{_line(name)}: []")
            else:
                lines.append(f"{_line(name)}: {_line(value)}")
        areas.append("{" + ",\n   ".join(lines) + "}")
    return "{" + ",\n ".join([*head, '"areas": [\n  ' + ",\n  ".join(areas) + "]"]) + "}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
