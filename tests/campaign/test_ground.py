"""The ground of a campaign: the same on its day, whatever day it is played on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tests.campaign.ground import Ground
from tests.campaign.history import CURRENCIES
from tests.campaign.long_run import day_of

FAR = day_of(50)  # half a year after the first


def test_every_account_sells_something_on_a_day_that_is_far_from_today(
    opened: Callable[[date], Ground],
) -> None:
    ground = opened(FAR)
    sold = {f"{name} {currency}" for currency, names in CURRENCIES.items() for name in names}
    assert sold <= set(ground.season)
    assert all(date.account in name for name, dates in ground.season.items() for date in dates)
