"""A house plan as a picture for its admin: SVG without script or style of its own, every text escaped. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.house_plan_shapes import Drawing, DrawnSeat, Point


@dataclass(frozen=True)
class Layer:
    """Seats that look alike: a full disc, a ring or a cross (`kind`: free, taken, unnamed)."""

    kind: str
    seats: Sequence[DrawnSeat]


def rows_of(seats: Iterable[DrawnSeat]) -> dict[tuple[str, str], list[DrawnSeat]]:
    found: dict[tuple[str, str], list[DrawnSeat]] = {}
    for seat in seats:
        found.setdefault((seat.area, seat.row), []).append(seat)
    return found


def pitch(drawing: Drawing) -> float:
    """How far neighbours are apart, mostly."""
    steps = [
        step
        for row in rows_of(drawing.seats).values()
        for one, other in zip(row, row[1:], strict=False)  # noqa: RUF007 - two seats
        if (step := math.dist((one.x, one.y), (other.x, other.y))) > 0
    ]
    return median(steps) if steps else max(drawing.width, drawing.height) / 20


def _n(value: float) -> str:
    return f"{value:.7g}"


def _corners(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _disc(seat: DrawnSeat, size: float) -> str:
    return f"M{_n(seat.x)} {_n(seat.y)}h0"


def _cross(seat: DrawnSeat, size: float) -> str:
    arm = size * 0.22
    return (
        f"M{_n(seat.x - arm)} {_n(seat.y - arm)}l{_n(2 * arm)} {_n(2 * arm)}"
        f"m0 {_n(-2 * arm)}l{_n(-2 * arm)} {_n(2 * arm)}"
    )


def _path(
    css: str, seats: Sequence[DrawnSeat], draw: Callable[[DrawnSeat, float], str], size: float, wide: float
) -> SafeString:
    """All of them as one path: discs are dots of a thick round pen, which a sheet of 20,000 seats can bear."""
    d = "".join(draw(seat, size) for seat in seats)
    return (
        format_html('<path class="{}" d="{}" stroke-width="{}"/>', css, d, _n(wide)) if d else SafeString("")
    )


def _layer(layer: Layer, size: float) -> SafeString:
    if layer.kind == "unnamed":
        return _path("foyer-plan-cross", layer.seats, _cross, size, size * 0.12)
    whole = _path("foyer-plan-seat", layer.seats, _disc, size, size * 0.76)
    if layer.kind == "taken":
        return format_html("{}{}", whole, _path("foyer-plan-hole", layer.seats, _disc, size, size * 0.52))
    return whole


def _names(drawing: Drawing, size: float) -> SafeString:
    """The name of each row before its first seat."""

    def placed(row: list[DrawnSeat]) -> Point:
        first = row[0]
        if len(row) == 1:
            return first.x - size, first.y
        far = math.dist((first.x, first.y), (row[1].x, row[1].y)) or 1.0
        return first.x + (first.x - row[1].x) * size / far, first.y + (first.y - row[1].y) * size / far

    return format_html_join(
        "",
        '<text class="foyer-plan-row" x="{}" y="{}" font-size="{}">{}</text>',
        (
            (*map(_n, placed(row)), _n(size * 0.62), name)
            for (_area, name), row in rows_of(drawing.seats).items()
            if name
        ),
    )


def picture(drawing: Drawing, label: str, layers: Sequence[Layer] | None = None) -> SafeString:
    """The whole house; without `layers` every seat is a full disc."""
    size = pitch(drawing)
    large = max(size * 0.9, drawing.width / 45)
    return format_html(
        '<svg class="foyer-plan-picture" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        _n(drawing.width),
        _n(drawing.height),
        label,
        format_html_join(
            "",
            '<polygon class="foyer-plan-outline" points="{}"/>',
            ((_corners(area.outline),) for area in drawing.areas if area.outline),
        ),
        _stage(drawing),
        format_html_join(
            "", "{}", ((_layer(one, size),) for one in layers or [Layer("free", drawing.seats)])
        ),
        _names(drawing, size),
        format_html_join(
            "",
            '<text class="foyer-plan-area" x="{}" y="{}" font-size="{}">{}</text>',
            ((_n(one.label_at[0]), _n(one.label_at[1]), _n(large), one.name) for one in drawing.areas),
        ),
    )


def _stage(drawing: Drawing) -> SafeString:
    if not drawing.stage:
        return SafeString("")
    tag = "polyline" if len(drawing.stage) == 2 else "polygon"
    return format_html('<{} class="foyer-plan-stage" points="{}"/>', SafeString(tag), _corners(drawing.stage))


def label(drawing: Drawing, name: str) -> str:
    said = {"venue": name, "seats": len(drawing.seats), "areas": len(drawing.areas)}
    return _("Plan of %(venue)s: %(seats)s seats, areas: %(areas)s") % said


@dataclass(frozen=True)
class AreaLine:
    """What stands beside the picture, for whoever does not see it."""

    name: str
    rows: int
    seats: int
    outline: bool


def lines(drawing: Drawing) -> list[AreaLine]:
    rows = rows_of(drawing.seats)
    return [
        AreaLine(
            area.name,
            sum(1 for name, _row in rows if name == area.name),
            sum(len(row) for (name, _row), row in rows.items() if name == area.name),
            bool(area.outline),
        )
        for area in drawing.areas
    ]
