"""The disk is full while somebody pays, with SQLite and the embedded broker on it: no charged buyer without a ticket.

Meanwhile there is a page that says so; when there is room again everything goes on by itself.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import provision
from tests.processes.disks import Limited, Small
from tests.processes.kills import BOOKED, pressed_and_authorised
from tests.processes.mixed import Guest, Mixed
from tests.processes.till import FIVE_MINUTES

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("full_disk")]


@pytest.fixture(scope="module", params=["limited", pytest.param("small", marks=pytest.mark.long)])
def house(request: pytest.FixtureRequest) -> Iterator[tuple[Mixed, Any]]:
    with contextlib.ExitStack() as opened:
        room = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="foyer-disk-")))
        outside = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="foyer-outside-")))
        try:
            small = opened.enter_context(Small.mounted(room)) if request.param == "small" else None
            stack = Mixed(room, PROVIDER_ACCOUNTS="tour,stadium")
            stack.standin_state = outside / "standin.sqlite3"
            disk = small or Limited(stack)
        except provision.Missing as missing:
            provision.need(missing)
            raise
        opened.enter_context(stack)
        stack.open()
        yield stack, disk


@pytest.fixture
def shop(house: tuple[Mixed, Any]) -> Mixed:
    house[1].empty()
    house[0].alive()
    return house[0]


@pytest.fixture
def disk(house: tuple[Mixed, Any], shop: Mixed) -> Iterator[Any]:
    yield house[1]
    house[1].empty()


@pytest.fixture
def ada(shop: Mixed) -> Guest:
    """On our own payment page."""
    found = Guest(shop.origin)
    found.wants = ("stadium",)
    found.at_the_till(shop)
    return found


def ends_with_tickets(shop: Mixed, ada: Guest) -> None:
    shop.advance(FIVE_MINUTES)
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order", seconds=120)
    found = shop.sold(ada.number)
    assert (found.taken, found.reserved, found.stadium) == (ada.price, 0, 2), found
    assert shop.calls_to_book(ada.number) == 1
    assert ada.looks() == BOOKED
    shop.wait(lambda: any(ada.number in mail for mail in shop.mails()), "the mail", seconds=90)


def test_full_when_the_buyer_comes_back_is_told_in_words(shop: Mixed, disk: Any, ada: Guest) -> None:
    intent = ada.presses_pay()
    disk.fill()
    ada.confirms(shop, intent)
    ada.comes_back()
    assert ada.answer.status_code == 503, (ada.answer.status_code, ada.text[:400])
    assert "do not pay again" in ada.text
    found = shop.sold(ada.number)
    assert (found.reserved, found.stadium) == (ada.price, 0), "nothing is booked that cannot be written down"
    disk.empty()
    ends_with_tickets(shop, ada)


def test_full_while_the_answer_of_the_box_office_is_on_its_way(shop: Mixed, disk: Any, ada: Guest) -> None:
    shop.stall(shop.book, done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the order to reach the box office")
    disk.fill()
    shop.pause(8)  # the answer comes, and cannot be written down
    found = shop.sold(ada.number)
    assert (found.taken, found.reserved, found.stadium) == (0, ada.price, 2)
    disk.empty()
    ends_with_tickets(shop, ada)


def test_full_while_tickets_are_chosen_and_pay_is_pressed(shop: Mixed, disk: Any, ada: Guest) -> None:
    card = ada.page.select_one("#card-form")
    assert card is not None
    disk.fill()
    answer = ada.session.post(
        f"{shop.origin}{card['data-intent-url']}", data=dict(ada.filled(card)), timeout=60,
        headers={"Referer": ada.url, "Origin": ada.origin},
    )  # fmt: skip
    assert answer.status_code == 503
    ben = Guest(shop.origin, "Ben")
    for path in ("/en/", "/en/basket/", "/en/checkout/"):
        ben.get(path)
        assert ben.answer.status_code in {200, 503}, path  # where the database is open it can be read
    disk.empty()
    assert shop.intents(ada.number) == []
    pressed_and_authorised(shop, ada)
    ends_with_tickets(shop, ada)
