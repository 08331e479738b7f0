"""Every point of a purchase at which a process can die, one after the other: before and after each call, at each write.

    python -m tests.campaign --every [--road NAME] [--part 1/2]

A road is a history without any fault. It is played once for each of its points, with a broker that forgets what a dead
worker had in hand: what is left is found by the sweeps alone, or never.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.campaign.ground import Ground
from tests.campaign.history import Step
from tests.campaign.long_run import Run, one

PLACES = ("write", "before", "after")
ON: Step = ["goes_on", 0]
LATER: Step = ["passes", 20, True]


def _road(*parts: str, steps: int, more: tuple[Step, ...] = (), **facts: Any) -> dict[str, Any]:
    return {
        "buyers": [[[part, 0, 2] for part in parts]], "scarce": False, "messages": "never", "at_once": False, "ahead": 0,
        "forgets": True, "steps": [*[ON] * steps, *more, LATER], **facts,
    }  # fmt: skip


REFUSED: Step = ["fault", {"world": "xs2event", "name": "payment_method_refused"}]
# How many presses it takes is looked at in `lengths`: one more than are needed does nothing.
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
MOST = 400  # points of one step; more of them is a loop


def points(ground: Ground, road: dict[str, Any], run: Run) -> Iterator[dict[str, Any]]:
    """Play the road for each of its points; yields those histories that broke something."""
    steps = road["steps"]
    for at, step in enumerate(steps):
        if step[0] in ("fault", "gate", "card"):
            continue
        for place in PLACES:
            for passing in range(MOST):
                history = {**road, "steps": [*steps[:at], ["dies", place, passing], *steps[at:]]}
                before = ground.counts[f"deaths {place}"]
                found = one(ground, history)
                if ground.counts[f"deaths {place}"] == before:
                    break  # the step has no such point any more
                run.took(run.histories, found)
                if found.broken:
                    yield {**history, "broken": found.broken}


def lengths(ground: Ground) -> dict[str, int]:
    """How many of the order's parts each road sells, alive: nothing but a road that leads somewhere is worth dying on."""
    return {name: one(ground, road).sold for name, road in ROADS.items()}
