"""Which of the free seats are shown: below a price, with a clear view, made for somebody's needs. A GET form, so that an
address says it and it works without scripts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from baskets.offers import seat_prices
from shop import words
from shop.providers.types import SEAT_ACCESS, Availability, Seat

STEPS = 8  # prices to choose from, more of them at the cheap end


@dataclass(frozen=True)
class Narrowed:
    """What was asked for; nothing asked is every seat. `under`: highest price of one, in minor units."""

    under: int | None = None
    clear: bool = False
    access: str = ""

    def __bool__(self) -> bool:
        return self.under is not None or self.clear or bool(self.access)

    def keeps(self, seat: Seat) -> bool:
        return (
            (self.under is None or seat.price.minor <= self.under)
            and not (self.clear and (seat.restricted or seat.standing))
            and (not self.access or seat.access == self.access)
        )

    @property
    def query(self) -> str:
        """As it stands in an address, to be put behind other parameters."""
        said = {"under": self.under, "clear": "1" if self.clear else None, "access": self.access or None}
        return "".join(f"&{name}={value}" for name, value in said.items() if value is not None)


def asked(data: QueryDict) -> Narrowed:
    """Whatever cannot be read is as if it had not been said: a filter shows more, never an error."""
    under = data.get("under", "")
    access = data.get("access", "")
    return Narrowed(
        int(under) if under.isascii() and under.isdigit() and len(under) < 9 else None,
        data.get("clear") == "1",
        access if access in SEAT_ACCESS else "",
    )


def only(free: Availability, narrowed: Narrowed, chosen: Collection[str] = ()) -> Availability:
    """The same answer with these seats alone and those that are `chosen` already; offers by number stay as they are."""
    if not narrowed:
        return free

    def kept_of(seat: Seat) -> bool:
        return seat.ref in chosen or narrowed.keeps(seat)

    areas = []
    for area in free.areas:
        rows = [replace(row, seats=tuple(filter(kept_of, row.seats))) for row in area.rows]
        kept = tuple(row for row in rows if row.seats)
        if kept:
            areas.append(replace(area, rows=kept))
    return replace(free, areas=tuple(areas))


def access_words() -> dict[str, str]:
    return {
        "wheelchair": _("wheelchair space"),
        "companion": _("companion seat"),
        "step_free": _("step-free access"),
    }


def choices(free: Availability, narrowed: Narrowed) -> dict[str, Any]:
    """What there is to choose by: only what tells seats of this date apart."""
    seats = [seat for area in free.areas for row in area.rows for seat in row.seats]
    steps = seat_prices(free)
    if len(steps) > STEPS:  # the cheap end is where people look
        steps = sorted({steps[round((n / (STEPS - 1)) ** 1.6 * (len(steps) - 1))] for n in range(STEPS)})
    named = access_words()
    return {
        "prices": [(one.minor, words.money(one), one.minor == narrowed.under) for one in steps[:-1]],
        "clear": narrowed.clear or 0 < sum(seat.restricted or seat.standing for seat in seats) < len(seats),
        "access": [
            (name, said, name == narrowed.access)
            for name, said in named.items()
            if any(seat.access == name for seat in seats)
        ],
        "asked": narrowed,
    }
