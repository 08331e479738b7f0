"""Seating plans: areas within areas. What can be bought are the leaves; a plan with areas is never bought itself."""

from __future__ import annotations

from dataclasses import dataclass

from shop.providers.spektrix import inferred, reading
from shop.providers.spektrix.reading import Json

DEEPEST = 8  # areas within areas; more is a mistake in the answer


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plan or area that tickets are bought for. `path`: names from the whole plan's own areas down to it."""

    ref: str
    name: str
    reserved: bool
    raw: Json
    path: tuple[str, ...] = ()
    whole: bool = False  # it is the plan itself, not an area of it

    @property
    def label(self) -> str:
        """ "Balcony, Side" where an area is within an area; "" for a plan that has none."""
        return "" if self.whole else ", ".join(self.path)

    @property
    def seats(self) -> list[Json]:
        return list(reading.records(self.raw.get("seats")))


def leaves(plan: Json, plan_ref: str = "") -> list[Leaf]:
    """The leaves of `GET instances/{id}/plan`; `plan_ref` stands in for a plan that does not name itself."""
    if not list(reading.records(plan.get("areas"))):
        ref = reading.optional_ref(plan, "id") or plan_ref
        return [_leaf(plan, ref, (), whole=True)] if ref else []
    found: dict[str, Leaf] = {}
    _collect(plan, (), found, 0)
    return list(found.values())


def _collect(area: Json, path: tuple[str, ...], found: dict[str, Leaf], depth: int) -> None:
    for child in reading.records(area.get("areas")):
        name = reading.text(child, "name", 100)
        below = (*path, name) if name else path
        if list(reading.records(child.get("areas"))):
            if depth < DEEPEST:
                _collect(child, below, found, depth + 1)
        elif ref := reading.optional_ref(child, "id"):
            found[ref] = _leaf(child, ref, below, whole=False)


def _leaf(raw: Json, ref: str, path: tuple[str, ...], *, whole: bool) -> Leaf:
    kind = reading.text(raw, "type")
    reserved = inferred.is_reserved(kind, bool(list(reading.records(raw.get("seats")))))
    return Leaf(
        ref=ref, name=reading.text(raw, "name", 100), reserved=reserved, raw=raw, path=path, whole=whole
    )


def slim(plan: Json, *, keep_seats: bool) -> Json:
    """A plan as it is kept: a big house has thousands of seats, of which all but one can be left out where no list of
    seats is shown (that there is one tells a reserved area)."""
    found = {
        name: value
        for name, value in plan.items()
        if name in ("id", "name", "type", "venue", "band", "bands")
    }
    seats = list(reading.records(plan.get("seats")))
    if seats:
        names = ("id", "row", "number", "name", "x", "y", "information", "seatInformation")
        found["seats"] = [
            {name: seat[name] for name in names if name in seat}
            for seat in (seats if keep_seats else seats[:1])
        ]
    areas = list(reading.records(plan.get("areas")))
    if areas:
        found["areas"] = [slim(area, keep_seats=keep_seats) for area in areas]
    return found


def venue_ref(plan: Json) -> str:
    return reading.linked(plan, "venue")
