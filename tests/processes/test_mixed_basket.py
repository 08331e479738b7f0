"""One basket from all four systems, in a real browser: announced, paid in those steps, and right whatever breaks.

What was sold and what was taken is read in the books of the stand-in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.processes.four import PLAY, QUIET, REFUSED, Four, price_of
from tests.processes.payer import SLOWLY
from tests.processes.shopping import Ada

pytestmark = [
    pytest.mark.browser,
    pytest.mark.whole_browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("mixed-basket"),
]
BOOKED = {"booked", "ticketed"}


@pytest.fixture(scope="module")
def shop(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    with Four(tmp_path_factory.mktemp("four")) as stack:
        stack.open()
        yield stack


@pytest.fixture
def ada(shop: Four, open_page: Callable[..., Any]) -> Iterator[Ada]:
    yield Ada(shop, open_page())
    shop.standin.delete("faults")


def test_one_basket_from_four_systems_is_paid_in_its_announced_steps_to_all_tickets(ada: Ada) -> None:
    ada.reviews()
    assert "This basket needs 3 payments, one after the other:" in ada.text
    told = [
        ada.text.index(words)
        for words in ("to Foyer, by card", "on the page of London", "(through Tickethead), by card")
    ]
    assert told == sorted(told)
    ada.agrees()
    ada.sees("Payment 1 of 3")
    ada.pays_by_card()
    ada.sees("Payment 2 of 3")
    assert "on hold on your card" in ada.text
    assert ada.books.sold == {}
    ada.to_the_gate()
    ada.pays_at_the_gate()
    ada.sees("Payment 3 of 3")
    assert ada.books.sold == {"ltd": 1}, "ours is booked when the others are paid"
    ada.pays_by_card()
    ada.page.wait_for_url("**/checkout/order/**", timeout=SLOWLY)
    ada.is_decided("paid", "fulfilled")
    assert ada.books.sold == {"ltd": 1, "xs2event": 1, "tickethead": 1, "spektrix": 1}
    assert set(ada.shop.parts(ada.number).values()) <= BOOKED
    assert ada.books.taken(ada.number) == price_of(ada.shop, ada.number, "assembly", "stadium")
    (ours,) = ada.books.ours(ada.number)
    assert (ours["status"], ours["charges"], ours["refunded"]) == ("succeeded", 1, 0)
    text = ada.looks()
    for title in (PLAY, ada.shop.concert(), QUIET):
        assert title in text


def test_a_basket_of_the_visitors_own_is_one_of_the_payments(ada: Ada) -> None:
    ada.reviews("assembly", "west-end", web=True)
    assert "This basket needs 3 payments, one after the other:" in ada.text
    told = [ada.text.index(words) for words in ("to Foyer, by", "page of London", "page of Lantern Quay")]
    assert told == sorted(told)
    ada.agrees()
    ada.sees("Payment 1 of 3")
    ada.pays_by_card()
    ada.sees("Payment 2 of 3")
    ada.to_the_gate()
    ada.pays_at_the_gate()
    ada.sees("Payment 3 of 3")
    ada.page.click("main form[method=post]:not([action]) button")
    ada.pays_in_the_hosted_checkout()
    ada.page.goto(f"{ada.shop.web}/en/checkout/?currency=GBP")
    if ada.page.locator("#paid-there").count():
        ada.page.click("#paid-there")
    ada.page.wait_for_url("**/checkout/order/**", timeout=SLOWLY)
    ada.is_decided("paid", "fulfilled")
    assert ada.books.sold == {"ltd": 1, "spektrix": 2}
    assert ada.books.taken(ada.number) == price_of(ada.shop, ada.number, "assembly")
    assert "Thank you" in ada.page.locator("h1").inner_text()


def test_one_that_refuses_after_the_card_was_authorised_is_not_charged_and_that_is_said_first(
    ada: Ada,
) -> None:
    ada.reviews()
    ada.agrees()
    ada.shop.standin.post("faults", {"world": "xs2event", "name": REFUSED, "times": 1})
    ada.pays_by_card()
    ada.sees("Payment 2 of 3")
    ada.to_the_gate()
    ada.pays_at_the_gate()
    ada.sees("Payment 3 of 3")
    ada.pays_by_card()
    ada.page.wait_for_url("**/checkout/order/**", timeout=SLOWLY)
    ada.is_decided("paid", "fulfilled")
    assert ada.books.sold == {"ltd": 1, "tickethead": 1, "spektrix": 1}
    assert ada.books.taken(ada.number) == price_of(ada.shop, ada.number, "assembly")
    assert ada.books.on_hold(ada.number) == 0
    assert f"3 of 4 bookings are confirmed. {ada.shop.concert()} could not be booked" in ada.looks()
    ada.shop.wait(
        lambda: any("3 of 4 bookings are confirmed" in mail for mail in ada.shop.mails()), "the mail"
    )


def test_abandoned_at_the_gate_the_rest_is_booked_and_only_that_is_taken(ada: Ada) -> None:
    ada.reviews("assembly", "stadium", "west-end")
    ada.agrees()
    ada.sees("Payment 1 of 2")
    ada.pays_by_card()
    ada.sees("Payment 2 of 2")
    ada.to_the_gate()
    ada.page.close()
    ada.shop.advance(490)  # not yet the end of anything: ours is booked before its own holds run out
    ada.shop.wait(
        lambda: ada.books.sold == {"xs2event": 1, "spektrix": 1}, "what is paid to us to be booked", 90
    )
    ada.shop.advance(300)
    ada.is_decided("paid", "fulfilled")
    assert ada.books.sold == {"xs2event": 1, "spektrix": 1}
    assert ada.books.taken(ada.number) == price_of(ada.shop, ada.number, "assembly", "stadium")
    assert ada.shop.parts(ada.number)["west-end"] == "lapsed"
