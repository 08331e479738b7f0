"""Which tickets of a basket came of which wish. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix import reading
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.told import Reply


def _fits(ticket: Json, asked: Json) -> bool:
    """Whether a ticket is one that was asked for in an array. A type that was not told back does not part them."""
    if reading.linked(ticket, "instance") != asked["instance"]:
        return False
    if "seat" in asked:
        return reading.linked(ticket, "seat") == asked["seat"]
    kind, plan = inferred.type_of_ticket(ticket), reading.optional_ref(ticket, "planId")
    return (not kind or kind == asked["type"]) and (not plan or plan == asked["seatingPlan"])


def share(wanted: Sequence[Json], fresh: Sequence[Json], taken: Sequence[bool]) -> list[list[Json]]:
    """New tickets of the basket, for each wish those that came of it; `taken`: whose call they said yes to.

    First what names the very place, then best seats of the wanted band. What is left over after that is of a wish that
    was taken, of the same date if it says so: a ticket may name its plan or seat in another way than we asked for it,
    and what is in the basket must never be asked for a second time.
    """
    left = list(fresh)
    got: list[list[Json]] = [[] for _ in wanted]

    def give(index: int, fits: Callable[[Json], bool]) -> None:
        for ticket in [one for one in left if fits(one)][: wanted[index]["count"] - len(got[index])]:
            left.remove(ticket)
            got[index].append(ticket)

    for index, wish in enumerate(wanted):
        for asked in wish.get("tickets", ()):
            found = next((ticket for ticket in left if _fits(ticket, asked)), None)
            if found is not None:
                left.remove(found)
                got[index].append(found)
    for index, wish in enumerate(wanted):
        best = wish.get("best")
        if best:
            give(index, lambda ticket, best=best: _of(ticket, best) and _band(ticket, best))  # type: ignore[misc]
    for loosely in (False, True):
        for index, wish in enumerate(wanted):
            one = wish.get("best") or wish["tickets"][0]
            if taken[index]:
                give(
                    index,
                    lambda ticket, one=one, any_=loosely: (  # type: ignore[misc]
                        _of(ticket, one) or (any_ and not reading.linked(ticket, "instance"))
                    ),
                )
    return got


def _of(ticket: Json, asked: Json) -> bool:
    return reading.linked(ticket, "instance") == asked["instance"]


def _band(ticket: Json, best: Json) -> bool:
    return not best["band"] or inferred.band_of_ticket(ticket) == best["band"]


def wrong_types(wanted: Sequence[Json], got: Sequence[Sequence[Json]]) -> dict[str, list[str]]:
    """Ticket type -> ids of best available tickets that came as another type and are to be changed to it."""
    found: dict[str, list[str]] = {}
    for wish, tickets in zip(wanted, got, strict=True):
        best = wish.get("best")
        for ticket in tickets:
            kind = inferred.type_of_ticket(ticket)
            if best and kind and kind != best["type"]:
                found.setdefault(best["type"], []).append(reading.ref(ticket, "id"))
    return found


def reply_of_each(wanted: Sequence[Json], replies: Sequence[Reply], *, alone: bool) -> list[Reply | None]:
    """The answer that belongs to each wish, in the order in which `Hearing.calls_for` asked."""
    plain = [index for index, one in enumerate(wanted) if "tickets" in one]
    best = [index for index, one in enumerate(wanted) if "best" in one]
    order: list[list[int]] = [[index] for index in plain] if alone else ([plain] if plain else [])
    order += [[index] for index in best]
    found: list[Reply | None] = [None] * len(wanted)
    for position, indexes in enumerate(order):
        for index in indexes:
            found[index] = replies[position] if position < len(replies) else None
    return found


def ids_in(body: Any) -> list[str]:
    """Ids of tickets in an answer of an add: an array of tickets, or, as the guide words it, the basket."""
    inner = body.get("tickets") if isinstance(body, dict) else body
    return [ref for one in reading.records(inner) if (ref := reading.optional_ref(one, "id"))]
