"""Workers of the tests that compute at the same time: as many as there are cores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import turns


class Time:
    """`meanwhile`: what others do while somebody waits, one after the other; whoever waits on waits for ever."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], None]] = []

    def sleep(self, _seconds: float) -> None:
        if not self.meanwhile:
            raise TimeoutError
        self.meanwhile.pop(0)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(turns, "time", found)
    return found


def test_two_cores_are_had_by_two_and_the_third_waits_until_one_is_given_back(
    tmp_path: Path, clock: Time
) -> None:
    first, second, third = (turns.Core(tmp_path, 2) for _worker in range(3))
    first.take()
    second.take()
    with pytest.raises(TimeoutError):
        third.take()
    clock.meanwhile = [first.give_back]
    third.take()
    with pytest.raises(TimeoutError):
        first.take()
