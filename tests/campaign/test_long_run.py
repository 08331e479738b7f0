"""A long run: kept, taken up again where it ended, and what fails made small."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.campaign import long_run
from tests.campaign.history import smaller
from tests.campaign.long_run import Run, go_on, history_of
from tests.campaign.play import Played

SEED = 7


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The histories that were asked for; the third is broken."""
    found: list[dict[str, Any]] = []

    def one(ground: Any, history: dict[str, Any]) -> Played:
        found.append(history)
        ground.counts["calls"] += 10
        return Played(["1. wrong"] if len(found) == 3 else [], {"pay"}, orders=2, sold=1)

    monkeypatch.setattr(long_run, "one", one)
    return found


def ground() -> Any:
    return SimpleNamespace(counts=Counter())


def test_a_run_goes_on_where_it_ended_and_its_counts_with_it(
    played: list[dict[str, Any]], tmp_path: Path
) -> None:
    state = tmp_path / "run.json"
    go_on(ground(), Run(SEED), state=state, say=print, until=lambda run: run.histories >= 2)
    second = Run.kept(state, SEED)
    go_on(ground(), second, state=state, say=print, until=lambda run: run.histories >= 5)
    assert played == [history_of(SEED, number) for number in range(5)]
    kept = Run.kept(state, SEED)
    assert (kept.histories, kept.counts["calls"], kept.counts["orders"]) == (5, 50, 10)
    assert kept.broken == {"2": ["1. wrong"]}
    assert "5 histories" in kept.told()
    assert "1 broken" in kept.told()


def test_a_run_that_is_stopped_is_kept_as_far_as_it_came(
    played: list[dict[str, Any]], tmp_path: Path
) -> None:
    state = tmp_path / "run.json"

    def until(run: Run) -> bool:
        if run.histories == 4:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        go_on(ground(), Run(SEED), state=state, say=print, until=until)
    assert Run.kept(state, SEED).histories == 4


def test_what_fails_is_made_as_small_as_it_goes() -> None:
    """It fails where somebody dies before a beat, whatever else happens."""
    history = {
        "buyers": [[["touring GBP", 0, 2], ["stadium GBP", 1, 1]]],
        "scarce": True,
        "messages": "never",
        "steps": [["goes_on", 0], ["dies", "write", 2], ["looks", 0], ["goes_on", 0], ["beat"], ["heals"]],
    }

    def fails(less: dict[str, Any]) -> bool:
        names = [step[0] for step in less["steps"]]
        return "dies" in names and "beat" in names[names.index("dies") :]

    assert smaller(history, fails) == {
        "buyers": [[["touring GBP", 0, 2]]],
        "scarce": False,
        "messages": "deliver",
        "at_once": False,
        "ahead": 0,
        "forgets": False,
        "steps": [["dies", "write", 2], ["beat"]],
    }
