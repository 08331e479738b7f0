"""An account that may not book on account (any more): the card is let go, and their page takes the payment instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.till import Payer, Till, purse

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("killed_till")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    with Till(tmp_path, STAFF_EMAILS="staff@example.org") as stack:
        stack.open()
        yield stack


def test_the_card_is_let_go_and_the_same_tickets_are_paid_on_the_sellers_own_page(shop: Till) -> None:
    ada = Payer(shop.origin)
    ada.at_the_till(shop)
    shop.standin.post("ltd/account", {"key": "account-ltd-key", "unlocked": False})
    intent = ada.presses_pay()
    ada.confirms(shop, intent)
    ada.comes_back()
    shop.wait(lambda: shop.status(ada.number) == "placed", "the choice to be the buyer's again")

    found = purse(shop, ada.number)
    assert (found.taken, found.reserved, found.booked) == (0, 0, 0)
    ada.get(f"/en/checkout/{ada.token}/thanks/")
    assert ada.url.endswith("/review/")
    assert "You have not been charged" in ada.text
    assert "you can pay on the page of London Theatre Direct instead" in ada.text
    shop.wait(lambda: any("staff@example.org" in mail for mail in shop.mails()), "the mail to staff")

    ada.agree_and_pay()
    assert "PaymentGate" in ada.url, ada.text[:400]
    ada.pay_at_gate()
    shop.wait(lambda: shop.status(ada.number) == "fulfilled", "the tickets")
    assert "Your tickets are booked" in ada.looks()
    assert purse(shop, ada.number).taken == 0  # nothing to us
    assert [one["bills"] for one in shop.bookings(ada.number)] == [1]
    assert shop.sql("SELECT route, status FROM checkout_payment ORDER BY id") == [
        ("us", "released"),
        ("there", "captured"),
    ]
