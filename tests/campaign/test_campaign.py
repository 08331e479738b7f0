"""A thousand histories of buyers, provider faults, dying processes and clock jumps: the books are right after each.

Hypothesis draws them and makes what fails small; the same ones come each time, so that a red run stays red. What failed
is written down: `python -m tests.campaign --file FILE` plays it again. Other ones: `python -m tests.campaign --minutes 10
--seed 7`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.campaign.ground import Ground
from tests.campaign.history import drawn
from tests.campaign.long_run import Run, day_of, one

T = TypeVar("T")
EACH, SHARES = 100, 10


class HypothesisPick:
    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def number(self, least: int, most: int) -> int:
        return self._data.draw(st.integers(least, most))

    def one(self, of: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(of))


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
        max_examples=EACH, deadline=None, database=None, print_blob=False, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def histories(data: st.DataObject) -> None:
        history = drawn(HypothesisPick(data)).as_data()
        found = one(ground, history)
        run.took(run.histories, found)
        if found.broken:
            broken.write_text(json.dumps(history))
        assert not found.broken, "\n".join([*found.broken, f"--file {broken}", json.dumps(history)])

    histories()
    run.counts.update(ground.counts)
    ground.counts.clear()
    print(run.told())
    assert run.histories == EACH
    assert run.counts["parts_sold"] > EACH / 4, run.told()
    assert run.reached["card good"] > EACH / 10, run.told()
    assert sum(n for what, n in run.counts.items() if what.startswith("fault")) > EACH / 2, run.told()
    assert sum(n for what, n in run.counts.items() if what.startswith("deaths")) > EACH / 10, run.told()
