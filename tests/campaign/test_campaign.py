"""A thousand histories of buyers, provider faults, dying processes and clock jumps: the books are right after each.

Hypothesis draws them and makes what fails small; the same ones come each time, so that a red run stays red. What failed
is written down: `python -m tests.campaign --file FILE` plays it again. Here they are short, for there are many; longer
ones and other ones: `python -m tests.campaign --minutes 10 --seed 7`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.campaign.ground import Ground
from tests.campaign.history import RandomPick, drawn
from tests.campaign.long_run import Run, day_of, one

EACH, SHARES = 100, 10
MOST, LONGEST = 16, 24  # steps: of what is drawn, and of a straight road with what goes wrong on it
LEFT_OUT = 13  # of 256: one step in twenty


def history_of(drawn_bytes: bytes) -> dict[str, Any]:
    """One that a seed makes, without the steps that are left out: few while it is looked for, all that do not matter
    once it is made small."""
    history = drawn(RandomPick(drawn_bytes[:8].hex()), MOST).as_data()
    kept = [byte >= LEFT_OUT for byte in drawn_bytes[8:]]
    history["steps"] = [step for step, stays in zip(history["steps"], kept, strict=False) if stays]
    return history


# One draw for all of it: of several, hypothesis makes most histories by repeating parts of the one before.
histories = st.binary(min_size=8 + LONGEST, max_size=8 + LONGEST).map(history_of)


@pytest.mark.computes
@pytest.mark.parametrize(
    "share",
    [pytest.param(n, marks=pytest.mark.xdist_group(f"campaign-{n}")) for n in range(SHARES)],
)
def test_whatever_happens_the_books_are_right_when_the_dust_has_settled(
    opened: Callable[[date], Ground], share: int, tmp_path: Path
) -> None:
    """Each share may go to another worker; the ground is the same for all of them."""
    ground = opened(day_of(0))
    run, broken = Run(0), tmp_path / "broken.json"

    @seed(share)
    @settings(
        max_examples=EACH, database=None, print_blob=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(histories)
    def play(history: dict[str, Any]) -> None:
        found = one(ground, history)
        run.took(run.histories, found)
        if found.broken:
            broken.write_text(json.dumps(history))
        assert not found.broken, "\n".join([*found.broken, f"--file {broken}", json.dumps(history)])

    play()
    run.counts.update(ground.counts)
    ground.counts.clear()
    print(run.told())
    assert run.histories == EACH
    assert run.counts["parts_sold"] > EACH / 4, run.told()
    assert run.reached["card good"] > EACH / 10, run.told()
    assert sum(n for what, n in run.counts.items() if what.startswith("fault")) > EACH / 2, run.told()
    assert sum(n for what, n in run.counts.items() if what.startswith("deaths")) > EACH / 10, run.told()
