"""Processes die at the worst moment; the order still ends right, by beat's sweep alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buyer import Buyer
from tests.stack import Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, PROVIDER_ACCOUNTS="west-end") as stack:
        stack.start("standin")
        stack.fill()
        stack.start("web", "worker", "beat")
        yield stack


def at_the_gate(shop: Stack) -> tuple[Buyer, str]:
    """A buyer on the provider's payment page, and the basket's id there."""
    ada = Buyer(shop.origin)
    ada.choose_event("Mostly Harmless")  # by name: what the first card offers depends on the hour
    ada.hold_on_any_date(2)
    ada.to_checkout()
    ada.fill_in("print")  # documents are the second sign where nobody comes back
    ada.agree_and_pay()
    assert "PaymentGate" in ada.url, ada.text[:500]
    return ada, ada.url.partition("basketId=")[2]


def test_a_worker_killed_between_payment_and_confirmation_loses_nothing(shop):
    _ada, basket = at_the_gate(shop)
    shop.kill("worker")
    shop.kill("beat")
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")  # paid, and the buyer never comes back
    assert shop.sql("SELECT status FROM checkout_booking") == [("prepared",)]

    shop.start("worker", "beat")
    shop.advance(20)
    shop.wait(
        lambda: shop.sql("SELECT status FROM checkout_order")[0][0] in {"paid", "fulfilled"},
        "the sweep to finish the order",
        seconds=60,
    )
    books = shop.standin.get("books")["ltd"]
    assert len(books["charges"]) == 1
    assert shop.sql("SELECT status FROM checkout_payment") == [("captured",)]
    shop.wait(lambda: len(shop.mails()) == 1, "the one mail")


def test_a_worker_killed_in_the_middle_of_its_work_leaves_no_second_charge_and_no_second_mail(shop):
    ada, _basket = at_the_gate(shop)
    shop.standin.post(
        "faults",
        {
            "world": "ltd",
            "match": "GET /rest/v2/Baskets/*/SubmittedBasketSummary",
            "kind": "slow",
            "seconds": 6,
            "times": 2,
        },
    )
    ada.pay_at_gate()
    shop.kill("worker")
    shop.start("worker2")
    shop.advance(75)
    shop.wait(
        lambda: shop.sql("SELECT status FROM checkout_order")[0][0] in {"paid", "fulfilled"},
        "the order to end",
        seconds=90,
    )
    assert len(shop.standin.get("books")["ltd"]["charges"]) == 1
    shop.wait(lambda: shop.mails(), "the mail")
    assert len(shop.mails()) == 1


def test_a_web_server_killed_while_the_buyer_pays_finds_the_order_again(shop):
    ada, _basket = at_the_gate(shop)
    shop.kill("web")
    gate = ada.page
    assert gate.select_one("form")
    shop.start("web")
    ada.pay_at_gate()
    assert ada.answer.status_code == 200
    shop.wait(
        lambda: shop.sql("SELECT status FROM checkout_order")[0][0] in {"paid", "fulfilled"},
        "the order",
        seconds=60,
    )
    assert len(shop.standin.get("books")["ltd"]["charges"]) == 1
