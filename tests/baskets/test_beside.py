"""What a hold costs beside its tickets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baskets import beside
from shop.money import Money
from shop.providers.extras import Charge, HeldExtra
from shop.providers.types import HeldItem, Hold


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def item(minor: int, state: str = "held") -> HeldItem:
    return HeldItem(f"i{minor}", "", "", "", None, (), gbp(minor), state=state)


HOLD = Hold(
    "handle",
    (item(2000), item(1500, "gone")),
    gbp(2900),
    verified=False,
    extras=(HeldExtra("x", "donation", "Roof", gbp(500)),),
    charges=(Charge("Booking fee", gbp(150)),),
)


def test_what_the_box_office_asks_beyond_its_list_is_a_charge_without_a_name() -> None:
    assert beside.row(HOLD)["charges"] == [["Booking fee", 150], ["", 250]]


@pytest.mark.parametrize("total", [2650, 2000, 0])
def test_a_sum_that_is_listed_or_less_adds_nothing(total: int) -> None:
    assert beside.row(replace(HOLD, total=gbp(total)))["charges"] == [["Booking fee", 150]]


def test_where_our_server_reads_the_hold_its_lines_are_the_sum() -> None:
    assert beside.row(replace(HOLD, verified=True))["charges"] == [["Booking fee", 150]]
