"""A thousand histories of buyers, provider faults, dying processes and clock jumps: the books are right after each.

Hypothesis draws them and makes what fails small; the same ones come each time, so that a red run stays red. Other ones:
`python -m tests.campaign --minutes 10 --seed 7`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaign.ground import Ground
from tests.campaign.history import drawn
from tests.campaign.long_run import Run, day_of, go_on, one

T = TypeVar("T")
pytestmark = pytest.mark.long
EACH = 200
SEEDS = (1, 2, 3, 4)


class HypothesisPick:
    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def number(self, least: int, most: int) -> int:
        return self._data.draw(st.integers(least, most))

    def one(self, of: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(of))


def shares(name: str) -> Any:
    """Each share may go to another worker."""
    return [pytest.param(seed, marks=pytest.mark.xdist_group(f"campaign-{name}{seed}")) for seed in SEEDS]


@pytest.mark.xdist_group("campaign-drawn")
def test_whatever_happens_the_books_are_right_when_the_dust_has_settled(
    opened: Callable[[date], Ground],
) -> None:
    ground = opened(day_of(0))

    @settings(
        max_examples=EACH, derandomize=True, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def histories(data: st.DataObject) -> None:
        history = drawn(HypothesisPick(data)).as_data()
        found = one(ground, history)
        assert not found.broken, "\n".join([*found.broken, json.dumps(history)])

    histories()


@pytest.mark.parametrize("seed", shares("seed"))
def test_the_histories_of_a_seed_end_well(opened: Callable[[date], Ground], seed: int) -> None:
    """Say `python -m tests.campaign --history SEED:NUMBER --small` to see one that does not."""
    run = Run(seed)
    go_on(opened(day_of(seed)), run, until=lambda run: run.histories >= EACH, say=print)
    print(run.told())
    assert not run.broken, run.broken
    reached = run.reached
    assert run.histories == EACH
    assert run.counts["parts_sold"] > EACH / 4, run.told()
    assert reached["card good"] > EACH / 8, run.told()
    assert reached["gate pay"] > EACH / 20, run.told()
