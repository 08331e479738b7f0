"""The campaign brings its own database and its own outside world: pytest's are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from tests.campaign.ground import Ground


@pytest.fixture(scope="module")
def opened(django_db_blocker: Any) -> Iterator[Callable[[date], Ground]]:
    """A ground for a day: one at a time, kept while the same day is asked for. Gone before other tests look."""
    standing: list[tuple[date, Ground, Any]] = []

    def close() -> None:
        if standing:
            _day, _ground, door = standing.pop()
            door.__exit__(None, None, None)

    def ask(day: date) -> Ground:
        if not standing or standing[0][0] != day:
            close()
            ground = Ground(day)
            door = ground.open()
            door.__enter__()
            standing.append((day, ground, door))
        return standing[0][1]

    with django_db_blocker.unblock():
        yield ask
        close()
