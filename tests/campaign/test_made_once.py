"""What makes the campaign quick changes nothing: the SQL is the same, and so is what becomes of a history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.campaign.ground import Ground
from tests.campaign.long_run import day_of, history_of, one

SEED = 3


@pytest.fixture
def checked(django_db_blocker: pytest.FixtureRequest) -> Iterator[Ground]:
    with django_db_blocker.unblock(), Ground(day_of(SEED), check=True).open() as ground:  # type: ignore[attr-defined]
        yield ground


def test_what_is_not_made_again_would_have_been_the_same(checked: Ground) -> None:
    for number in range(3):
        assert one(checked, history_of(SEED, number)).broken == []
    assert checked.counts["SQL compared"] > 300
