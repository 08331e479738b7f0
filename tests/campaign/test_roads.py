"""A road leads where its name says while nobody dies on it: a death on one that leads nowhere would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.campaign.ground import Ground
from tests.campaign.long_run import day_of, one
from tests.campaign.roads import ROADS

SOLD = {
    "there, tab closed": 0,  # paid there without any sign but one: a person is asked
    "on invoice, refused": 0,
    "on invoice, taken at once, refused": 0,
    "reserved, then dropped": 0,
    "given back by staff": 0,
    "ours and theirs": 2,
    "ours and their form": 2,
    "all four": 4,
}


@pytest.mark.xdist_group("campaign-roads")
@pytest.mark.parametrize("name", sorted(ROADS))
def test_a_road_leads_where_it_says(opened: Callable[[date], Ground], name: str) -> None:
    found = one(opened(day_of(0)), ROADS[name])
    assert found.broken == []
    assert found.sold == SOLD.get(name, 1)
