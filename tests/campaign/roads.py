"""Roads: histories that lead somewhere, on which one thing goes wrong.

A road is what a buyer does who knows what they want. Somebody dies on it at one point (`tests.campaign.every_point` takes
them one after the other), or one is drawn: the point, and perhaps a fault beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.campaign.history import Pick

Step = list[Any]
PLACES = ("write", "before", "after")
ON: Step = ["goes_on", 0]
LATER: Step = ["passes", 20, True]


def _road(*parts: str, steps: int, more: tuple[Step, ...] = (), **facts: Any) -> dict[str, Any]:
    return {
        "buyers": [[[part, 0, 2] for part in parts]], "scarce": False, "messages": "never", "at_once": False, "ahead": 0,
        "forgets": True, "steps": [*[ON] * steps, *more, LATER], **facts,
    }  # fmt: skip


REFUSED: Step = ["fault", {"world": "xs2event", "name": "payment_method_refused"}]
# One press more than are needed does nothing.
ROADS: dict[str, dict[str, Any]] = {
    "there": _road("west-end GBP", steps=7),
    "there, tab closed": _road("west-end GBP", steps=3, more=(["gate", 0, "pay_without_return"], ON, LATER)),
    "there, declined, then paid": _road("west-end GBP", steps=3, more=(["gate", 0, "decline"], ON, ON, ON, ON)),
    "on account": _road("touring GBP", steps=8),
    "on invoice": _road("stadium GBP", steps=8),
    "by agent": _road("assembly GBP", steps=8),
    "their form": _road("arena GBP", steps=8),
    "on account, by messages": _road("touring GBP", steps=8, messages="deliver"),
    "on invoice, taken at once": _road("stadium GBP", steps=8, at_once=True),
    "on invoice, refused": _road("stadium GBP", steps=2, more=(REFUSED, *[ON] * 6)),
    "on invoice, taken at once, refused": _road("stadium GBP", steps=2, more=(REFUSED, *[ON] * 6), at_once=True),
    "ours and theirs": _road("stadium GBP", "west-end GBP", steps=11),
    "ours and their form": _road("touring GBP", "arena GBP", steps=11),
    "ours refused, theirs paid": _road("stadium GBP", "west-end GBP", steps=2, more=(REFUSED, *[ON] * 9)),
    "all four": _road("assembly GBP", "stadium GBP", "west-end GBP", "arena GBP", steps=16),
    "reserved, then dropped": _road("touring GBP", "west-end GBP", steps=7, more=(["cancels", 0], ["looks", 0])),
    "reserved, then without": _road("touring GBP", "west-end GBP", steps=7, more=(["without", 0], ON, ON)),
    "given back by staff": _road("touring GBP", steps=8, more=(["staff", "refund"], LATER)),
}  # fmt: skip


def drawn(pick: Pick, fault: Step) -> dict[str, Any]:
    """A road with a death and, every second time, this fault before it."""
    road = ROADS[pick.one(sorted(ROADS))]
    steps = [list(step) for step in road["steps"]]
    at = pick.number(0, len(steps) - 1)
    steps.insert(at, ["dies", pick.one((*PLACES, "write")), pick.number(0, 20)])
    if pick.one((True, False)):
        steps.insert(pick.number(0, at), fault)
    return {**road, "steps": steps, "forgets": pick.one((True, True, False))}
