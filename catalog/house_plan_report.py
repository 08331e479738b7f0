"""How a house plan and what the box office names fit together, for the admin who draws it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import house_plans
from catalog.house_plan_named import Answer, natural, together
from catalog.house_plan_preview import Layer
from catalog.house_plan_shapes import Drawing, folded, seat_key, tidy

MOST_LINES = 60  # of one list


@dataclass(frozen=True)
class Report:
    """`missing`, `ambiguous`, `unnamed`: a line for each row. `unnamed`: named by none of `dates` answers."""

    free: int
    placed: int
    missing: list[str]
    ambiguous: list[str]
    unnamed: list[str]
    unknown_areas: tuple[str, ...]
    unnamed_areas: tuple[str, ...]
    dates: int
    layers: tuple[Layer, ...]

    @property
    def fits(self) -> bool:
        return self.placed == self.free


def compare(drawing: Drawing, answers: Sequence[Answer], others: Sequence[Answer] = ()) -> Report:
    """`answers`: what was named for the chosen dates. `others`: what is known to be named for further ones."""
    areas = together(answers)
    found = house_plans.match(drawing, areas)
    named, known = set(), set()
    for answer in (*answers, *others):
        for area in answer:
            known.add(folded(area.name))
            named |= {seat_key(area.name, seat.row, seat.number) for row in area.rows for seat in row.seats}
            named |= {seat_key(area.name, one.row, one.number) for one in area.taken}
    strangers = [one for one in drawing.seats if seat_key(one.area, one.row, one.number) not in named]
    free = sum(len(row.seats) for area in areas for row in area.rows)
    here, strange = set(found.points.values()), set(strangers)
    taken = [one for one in drawing.seats if one not in strange and (one.x, one.y) not in here]
    return Report(
        free=free,
        placed=len(found.points),
        missing=_by_row(
            (one.area, one.row, one.number) for one in found.unplaced if one not in set(found.ambiguous)
        ),
        ambiguous=_by_row((one.area, one.row, one.number) for one in found.ambiguous),
        unnamed=_by_row((one.area, one.row, one.number) for one in strangers),
        unknown_areas=found.unknown_areas,
        unnamed_areas=tuple(one.name for one in drawing.areas if folded(one.name) not in known),
        dates=len(answers) + len(others),
        layers=(
            Layer("free", [one for one in drawing.seats if (one.x, one.y) in here]),
            Layer("taken", taken),
            Layer("unnamed", strangers),
        ),
    )


def _by_row(seats: Iterable[tuple[str, str, str]]) -> list[str]:
    rows: dict[tuple[str, str], list[str]] = {}
    for area, row, number in seats:
        rows.setdefault((area, row), []).append(number)
    said = []
    for (area, row), numbers in rows.items():
        values = {"area": tidy(area), "row": tidy(row), "numbers": runs(tidy(number) for number in numbers)}
        said.append(
            _("%(area)s, row %(row)s: %(numbers)s") % values if row else _("%(area)s: %(numbers)s") % values
        )
    more = len(said) - MOST_LINES
    if more > 0:
        said[MOST_LINES:] = [ngettext("and %(n)s more row", "and %(n)s more rows", more) % {"n": more}]
    return said


def runs(numbers: Iterable[str]) -> str:
    """ "1–4, 7, 9A": in the order of counting, runs drawn together."""
    ordered = sorted(numbers, key=natural)
    found: list[list[str]] = []
    for number in ordered:
        last = found[-1][-1] if found else ""
        if number.isdecimal() and last.isdecimal() and int(number) == int(last) + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in found)
