"""Where cards are not authorised first, the money is taken, then the seats are booked, and given back when they are not.

So it is with every method of payment that knows no authorisation. Real processes, a real Chromium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.processes import dublin
from tests.processes.dublin import orders
from tests.processes.payer import SLOWLY, Payer
from tests.processes.till import Till
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("till-taken-first")]


@pytest.fixture(scope="module")
def shop(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    room = tmp_path_factory.mktemp("taken-first")
    options = {"STRIPE_AUTHORISE_FIRST": "no", "PROVIDER_ACCOUNTS": "tour,dublin", **dublin.VARIABLES}
    with dublin.add_to(Till(room, **options)) as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web", "worker", "beat")
        yield stack


@pytest.fixture
def ada(shop: Stack, open_page: Callable[..., Any]) -> Iterator[Payer]:
    yield Payer(shop, open_page()).arrive()
    shop.standin.delete("faults")


@pytest.fixture
def eva(shop: Stack, open_page: Callable[..., Any]) -> Iterator[Payer]:
    """Who pays in euros, where a transfer is offered."""
    yield Payer(shop, open_page()).arrive(dublin.two_tickets, "Eva")
    shop.standin.delete("faults")


def test_the_money_is_taken_and_the_seats_are_booked(ada: Payer) -> None:
    ada.pay()
    ada.sees_order()
    ada.until_paid()
    ada.since.paid_once()
    assert ada.since.calls("*/capture") == [], "there was nothing to capture"


def test_a_booking_that_is_refused_gives_all_of_it_back(ada: Payer) -> None:
    ada.stack.standin.post("faults", {"world": "ltd", "name": "account_refused"})
    ada.pay()
    ada.until(
        lambda: (
            [(i["status"], i["refunded"] == i["amount"]) for i in ada.since.intents()]
            == [("succeeded", True)]
        ),
        "all of it given back",
        90,
    )
    assert ada.since.sold() == []
    (call,) = {call["headers"]["Idempotency-Key"] for call in ada.since.calls("*/v1/refunds")}
    assert call
    expect(ada.page.locator("main")).to_contain_text("refund", ignore_case=True, timeout=SLOWLY)


def test_an_answer_to_the_refund_that_is_lost_gives_it_back_once(ada: Payer) -> None:
    ada.stack.standin.post("faults", {"world": "ltd", "name": "account_refused"})
    ada.stack.standin.post("faults", {"world": "stripe", "match": "POST /v1/refunds", "kind": "lost_answer"})
    ada.pay()
    ada.until(lambda: ada.since.intents() and ada.since.the_intent()["refunded"], "given back", 90)
    ada.stack.advance(150)
    ada.until(lambda: ada.order_status() not in {"paid", "paying"}, "an order that has ended", 60)
    intent = ada.since.the_intent()
    assert intent["refunded"] == intent["amount_received"] == intent["amount"]
    refunds = ada.stack.standin.get("books")["stripe"]["refunds"]
    assert [r["status"] for r in refunds if r["payment_intent"] == intent["id"]] == ["succeeded"]


# A transfer, which knows no authorisation


def transfer(payer: Payer, words: str = "Complete") -> None:
    fields = payer.page.frame_locator('iframe[title="Secure payment input frame"]')
    fields.get_by_text("EPS").click()
    fields.locator("[name=holder]").fill("Eva Buyer")
    payer.button.press(
        "Enter"
    )  # by key: the fields have become fewer, and the button moves up under the mouse
    payer.page.get_by_role("button", name=words).click(timeout=SLOWLY)


def test_a_transfer_is_taken_at_once_and_buys_the_tickets(eva: Payer) -> None:
    before = len(orders(eva.stack))
    transfer(eva)
    eva.sees_order()
    eva.until_paid()
    assert eva.since.the_intent()["amount_received"] == orders(eva.stack)[-1]["total"]
    assert len(orders(eva.stack)) == before + 1
    assert eva.since.calls("*/capture") == []


def test_a_transfer_whose_booking_is_refused_is_given_back_whole(eva: Payer) -> None:
    before = len(orders(eva.stack))
    eva.stack.standin.post("faults", {"world": "spektrix", "name": "credit_used_up", "times": -1})
    transfer(eva)
    eva.until(
        lambda: (
            [(i["status"], i["refunded"] == i["amount"]) for i in eva.since.intents()]
            == [("succeeded", True)]
        ),
        "all of it given back",
        90,
    )
    assert len(orders(eva.stack)) == before
    expect(eva.page.locator("main")).to_contain_text("refund", ignore_case=True, timeout=SLOWLY)


def test_a_transfer_that_fails_at_the_bank_leads_back_to_another_way_to_pay(eva: Payer) -> None:
    transfer(eva, "Fail")
    eva.page.wait_for_url("**/pay/", timeout=SLOWLY)
    assert eva.since.the_intent()["amount_received"] == 0
    eva.pay()
    eva.sees_order()
    eva.until_paid()
    assert eva.since.the_intent()["amount_received"] == orders(eva.stack)[-1]["total"]
