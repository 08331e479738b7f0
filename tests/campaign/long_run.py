"""A long run by seed: true counts, a state to go on from, and what fails made small."""

from __future__ import annotations

import json
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.campaign.ground import Ground
from tests.campaign.history import RandomPick, drawn, smaller
from tests.campaign.play import Played, played

KEPT_EVERY = 20  # histories, where it is ended without a word
FIRST_DAY = date(2027, 1, 1)


def day_of(seed: int) -> date:
    """The day on which the histories of a seed begin: seasons, weekdays and closing dates differ from ten seeds to ten."""
    return FIRST_DAY + timedelta(days=seed // 10 * 37 % 330)


def history_of(seed: int, number: int) -> dict[str, Any]:
    return drawn(RandomPick(f"{seed}:{number}")).as_data()


@dataclass
class Run:
    """`broken`: number of a history -> what was broken."""

    seed: int
    histories: int = 0
    seconds: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    attention: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def kept(cls, path: Path, seed: int) -> Run:
        if not path.exists():
            return cls(seed)
        said = json.loads(path.read_text())
        for name in ("counts", "reached", "attention"):
            said[name] = Counter(said[name])
        return cls(**said)

    def keep(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(self.__dict__, indent=1))
        fresh.replace(path)

    def took(self, number: int, found: Played) -> None:
        self.histories += 1
        self.counts.update(orders=found.orders, parts_sold=found.sold, rounds_of_dust=found.rounds)
        self.reached.update(found.reached)
        self.attention.update(found.attention)
        if found.broken:
            self.broken[str(number)] = found.broken

    def told(self) -> str:
        rate = self.histories / self.seconds if self.seconds else 0
        lines = [
            f"seed {self.seed}, first day {day_of(self.seed)}: {self.histories} histories in {self.seconds:.0f} s ({rate:.1f}/s), "
            f"{len(self.broken)} broken",
            _row("counted", {k: v for k, v in self.counts.items() if not k.startswith(("fault", "deaths"))}),
            _row(
                "deaths",
                {k.removeprefix("deaths "): v for k, v in self.counts.items() if k.startswith("deaths")},
            ),
            _row(
                "faults",
                {k.removeprefix("fault "): v for k, v in self.counts.items() if k.startswith("fault")},
            ),
            _row("reached", self.reached),
            _row("called staff", self.attention),
        ]
        return "\n".join(lines)


def _row(name: str, found: dict[str, int]) -> str:
    shown = ", ".join(
        f"{key} {value}" for key, value in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    )
    return f"{name} ({sum(found.values())}): {shown}"


def one(ground: Ground, history: dict[str, Any]) -> Played:
    """A history that breaks the player itself is a finding as well."""
    try:
        return played(ground, history)
    except Exception:  # noqa: BLE001
        return Played([f"8. it could not be played: {traceback.format_exc()}"], set())


def go_on(
    ground: Ground,
    run: Run,
    *,
    until: Callable[[Run], bool],
    say: Callable[[str], None],
    state: Path | None = None,
) -> None:
    """Play on from where the run stands. What breaks is said at once, with how to play it again."""
    began = time.monotonic() - run.seconds
    try:
        while not until(run):
            number = run.histories
            before = Counter(ground.counts)
            found = one(ground, history_of(run.seed, number))
            run.counts.update(ground.counts - before)
            run.took(number, found)
            run.seconds = time.monotonic() - began
            if found.broken:
                say(f"{run.seed}:{number} is broken:\n  " + "\n  ".join(found.broken))
            if state is not None and number % KEPT_EVERY == 0:
                run.keep(state)
    finally:  # whoever stops it goes on from here
        if state is not None:
            run.keep(state)


def made_small(ground: Ground, history: dict[str, Any], broken: list[str]) -> dict[str, Any]:
    """The fewest steps that break the same invariant."""
    wanted = {said[:2] for said in broken}

    def fails(less: dict[str, Any]) -> bool:
        return bool(wanted & {said[:2] for said in one(ground, less).broken})

    return smaller(history, fails)
