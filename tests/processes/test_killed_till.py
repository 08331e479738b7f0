"""Wherever a process dies between "Pay" and the tickets: money taken is tickets booked, once; else it is let go.

Told by the books of the payment company and of the box office, never by our own. Time moves five minutes; nobody asks
or presses anything: the sweep finds what was left lying.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.till import Payer, Till, purse

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed_till")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with Till(tmp_path_factory.mktemp("till")) as stack:
        stack.open()
        yield stack


@pytest.fixture
def shop(house: Till) -> Till:
    house.alive()
    return house


@pytest.fixture
def ada(shop: Till) -> Payer:
    found = Payer(shop.origin)
    found.at_the_till(shop)
    return found


def test_nothing_dies(shop: Till, ada: Payer) -> None:
    intent = ada.presses_pay()
    ada.confirms(shop, intent)
    ada.comes_back(shop)
    shop.wait(lambda: shop.status(ada.number) == "fulfilled", "the tickets")
    print(purse(shop, ada.number), ada.looks())
