"""A house that is sold by agents: the card is held, signed calls confirm the basket, then the card is charged.

The books of the box office say what was confirmed there, those of the payment company what was taken. Real processes, a
real Chromium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.processes import dublin
from tests.processes.dublin import orders
from tests.processes.payer import SLOWLY, Payer
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("till-agent")]


@pytest.fixture(scope="module")
def shop(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    room = tmp_path_factory.mktemp("agent")
    with dublin.add_to(Stack(room, PROVIDER_ACCOUNTS="dublin", **dublin.VARIABLES)) as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web", "worker", "beat")
        yield stack


@pytest.fixture
def eva(shop: Stack, open_page: Callable[..., Any]) -> Iterator[Payer]:
    yield Payer(shop, open_page()).arrive(dublin.two_tickets, "Eva")
    shop.standin.delete("faults")


def test_a_method_that_cannot_be_authorised_first_is_not_offered(eva: Payer) -> None:
    fields = eva.page.frame_locator('iframe[title="Secure payment input frame"]')
    expect(fields.locator("[name=number]")).to_be_visible()
    expect(fields.get_by_text("EPS")).to_be_hidden()


def test_a_card_is_held_the_basket_is_confirmed_by_the_agent_and_the_card_is_charged(eva: Payer) -> None:
    before = len(orders(eva.stack))
    eva.pay()
    eva.sees_order()
    eva.until_paid()
    (order,) = orders(eva.stack)[before:]
    intent = eva.since.the_intent()
    assert (order["mode"], order["means"]) == ("agent", "Agency API")
    assert intent["amount_received"] == intent["amount"] == order["total"]
    assert len(eva.since.calls("*/capture")) == 1


def test_a_confirmation_that_is_refused_lets_the_card_go(eva: Payer) -> None:
    before = len(orders(eva.stack))
    eva.stack.standin.post("faults", {"world": "spektrix", "name": "credit_used_up", "times": -1})
    eva.pay()
    eva.until_status("canceled")
    assert eva.since.the_intent()["amount_received"] == 0
    assert len(orders(eva.stack)) == before
    expect(eva.page.locator("main")).to_contain_text("not been charged", timeout=SLOWLY)


def test_a_confirmation_whose_answer_is_lost_is_found_among_the_orders(eva: Payer) -> None:
    before = len(orders(eva.stack))
    match = "POST /*/api/v3/baskets/*/confirm"
    eva.stack.standin.post("faults", {"world": "spektrix", "match": match, "kind": "lost_answer"})
    eva.pay()
    for _ in range(3):
        eva.page.wait_for_timeout(1000)
        eva.stack.advance(60)
    eva.until_paid(90)
    assert len(orders(eva.stack)) == before + 1
    assert len(eva.since.calls("*/confirm", "spektrix")) == 1
    assert eva.since.the_intent()["amount_received"] == orders(eva.stack)[-1]["total"]
