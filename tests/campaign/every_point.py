"""Every point of a purchase at which a process can die, one after the other: before and after each call, at each write.

    python -m tests.campaign --every [--road NAME]

A road is a history without any fault. It is played once for each of its points, with a broker that forgets what a dead
worker had in hand: what is left is found by the sweeps alone, or never.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.campaign.ground import Ground
from tests.campaign.long_run import Run, one
from tests.campaign.roads import PLACES

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
            else:
                raise RuntimeError(f"step {at} has more than {MOST} points, {place}")
