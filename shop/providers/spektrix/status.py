"""What is left: `GET instances/{id}/status` and that of one area. A seat under a lock is not a general seat."""

from __future__ import annotations

from dataclasses import dataclass

from shop.providers.spektrix import inferred, options, reading
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json


@dataclass(frozen=True, slots=True)
class Left:
    """`general`: seats anybody may have; None where the answer does not say. `wheelchair`: places with that lock."""

    general: int | None
    locked: int
    wheelchair: int
    capacity: int | None
    raw: Json


def left(raw: Json, options_: Options) -> Left:
    """A status. `available` counts what is under locks as well."""
    available = reading.count(raw, "available")
    locks = [
        (reading.text(reading.record(one.get("lockType")), "name"), reading.count(one, "quantity") or 0)
        for one in reading.records(raw.get("lockInfoAvailable"))
    ]
    wheelchair = sum(
        quantity for name, quantity in locks if options.matches(name, (options_.wheelchair_lock,))
    )
    return Left(
        general=None if available is None else inferred.general_seats(available, locks),
        locked=sum(quantity for _name, quantity in locks),
        wheelchair=wheelchair,
        capacity=reading.count(raw, "capacity"),
        raw=raw,
    )


NOTHING_KNOWN = Left(general=None, locked=0, wheelchair=0, capacity=None, raw={})
