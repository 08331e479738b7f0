"""Where cards are not authorised first, the money is taken, then the seats are booked, and given back when they are not.

So it is with every method of payment that knows no authorisation. Real processes, a real Chromium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.processes.payer import SLOWLY, Payer
from tests.processes.till import Till
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("till-taken-first")]


@pytest.fixture(scope="module")
def shop(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Till(tmp_path_factory.mktemp("taken-first"), STRIPE_AUTHORISE_FIRST="no") as stack:
        stack.start("standin")
        stack.fill()
        stack.manage("collectstatic", "--noinput", "--verbosity", "0")
        stack.start("web", "worker", "beat")
        yield stack


@pytest.fixture
def ada(shop: Stack, open_page: Callable[..., Any]) -> Iterator[Payer]:
    yield Payer(shop, open_page()).arrive()
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
