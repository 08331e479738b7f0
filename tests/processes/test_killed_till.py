"""Wherever a process dies between "Pay" and the tickets: money taken is tickets booked, once; else it is let go.

Told by the books of the payment company and of the box office, never by our own. What died is started again, time moves
five minutes, and nobody asks or presses anything: the sweep finds what was left lying. With `-s` the table is printed.
"""

from __future__ import annotations

import pytest

from tests.processes.kills import (
    BOOKED,
    FIVE_MINUTES,
    LATER,
    MADE,
    NEVER,
    NOT_BOOKED,
    beside,
    booked_and_not_taken,
    dies_while_booking,
    ends,
    pressed_and_authorised,
    stalls_the_booking,
    told,
)
from tests.processes.till import CAPTURE, Payer, Till, purse

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_till")]
HOUSE = Till


@pytest.fixture
def ada(shop: Till) -> Payer:
    """On our payment page, with two tickets held."""
    found = Payer(shop.origin)
    found.at_the_till(shop)
    return found


# --- before the money -------------------------------------------------------------------------------------------


def pays_after_all(shop: Till, ada: Payer) -> str:
    """The buyer comes back to the page that was left, and pays."""
    ada.get(f"/en/checkout/{ada.token}/pay/")
    pressed_and_authorised(shop, ada)
    ada.comes_back()
    return ends(shop, ada, booked=True, after=20)


def test_web_dies_while_it_hands_the_details_over(shop: Till) -> None:
    """ "Pay" on the review: nothing was begun that costs anything, so the choice is the buyer's again."""
    ada = Payer(shop.origin)
    ada.at_the_review(shop)
    shop.stall("GET /rest/v2/Baskets/*/AvailableDeliveries", done=False)
    press = beside(ada.agrees_in_vain)
    shop.struck("the question to the box office")
    shop.dies("web")
    press.join(30)
    shop.again("web")
    shop.advance(FIVE_MINUTES)
    shop.wait(lambda: shop.frozen(ada.number) == "open", "the basket to be the buyer's again", seconds=90)
    meanwhile = ada.looks()
    assert meanwhile == "Review and pay"
    assert purse(shop, ada.number).intents == 0
    told("web", "details being handed over", "nothing answers", meanwhile, shop, ada)
    ada.agree_and_pay()
    ada.is_at_the_till()
    pressed_and_authorised(shop, ada)
    assert ends(shop, ada, booked=True, after=20) == BOOKED


def test_web_dies_when_the_payment_is_written_down_and_no_intent_is_made(shop: Till, ada: Payer) -> None:
    shop.dies("web")
    shop.again("web")
    shop.advance(FIVE_MINUTES)
    meanwhile = ada.looks()
    assert meanwhile == f"Pay £{ada.price / 100:.2f}"
    assert purse(shop, ada.number).intents == 0
    told("web", "payment written down, no intent", "nothing answers", meanwhile, shop, ada)
    assert pays_after_all(shop, ada) == BOOKED


def test_web_dies_when_the_intent_is_made_and_its_answer_is_lost(shop: Till, ada: Payer) -> None:
    shop.stall("POST /v1/payment_intents", world="stripe", done=True)
    press = beside(ada.presses_pay)
    shop.struck("the intent")
    shop.dies("web")
    press.join(30)
    shop.again("web")
    shop.advance(FIVE_MINUTES)
    meanwhile = ada.looks()
    assert meanwhile == f"Pay £{ada.price / 100:.2f}"
    found = purse(shop, ada.number)
    assert (found.intents, found.taken, found.reserved, found.booked) == (1, 0, 0, 0)
    told("web", "intent made, answer lost", "nothing answers", meanwhile, shop, ada)
    assert pays_after_all(shop, ada) == BOOKED  # with the same intent: `ends` counts them


# --- authorised, nothing booked -----------------------------------------------------------------------------------


def test_web_is_dead_when_the_card_is_authorised(shop: Till, ada: Payer) -> None:
    """No message reaches us and no page comes back: the sweep asks."""
    intent = ada.presses_pay()
    shop.dies("web")
    ada.confirms(shop, intent)
    shop.advance(FIVE_MINUTES)
    shop.wait(
        lambda: purse(shop, ada.number).taken == ada.price, "the money, without a web server", seconds=90
    )
    afterwards = ends(shop, ada, booked=True, after=0)
    assert afterwards == BOOKED
    told("web", "card authorised", "nothing answers", afterwards, shop, ada)


def test_the_worker_is_dead_when_the_card_is_authorised(shop: Till, ada: Payer) -> None:
    shop.dies("worker")
    pressed_and_authorised(shop, ada)
    shop.wait(lambda: shop.sql("SELECT count(*) FROM checkout_inboxmessage")[0][0], "the message")
    found = purse(shop, ada.number)
    assert (found.reserved, found.booked) == (ada.price, 0)
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("worker", "card authorised, message kept, nothing booked", "(tab closed)", afterwards, shop, ada)


def test_beat_is_dead_and_no_message_comes(shop: Till, ada: Payer) -> None:
    shop.dies("beat")
    shop.standin.post("stripe/webhooks", {"mode": "drop"})
    pressed_and_authorised(shop, ada)
    shop.advance(FIVE_MINUTES)
    found = purse(shop, ada.number)
    assert (found.reserved, found.booked) == (ada.price, 0)
    afterwards = ends(shop, ada, booked=True, after=0)
    assert afterwards == BOOKED
    told("beat", "card authorised, messages lost", "(tab closed)", afterwards, shop, ada)


# --- in the middle of booking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [MADE, NEVER, LATER])
def test_the_worker_dies_in_the_middle_of_booking(shop: Till, ada: Payer, how: str) -> None:
    meanwhile = dies_while_booking(shop, ada, how, "worker")
    afterwards = ends(shop, ada, booked=how != NEVER)
    assert afterwards == (BOOKED if how != NEVER else NOT_BOOKED)
    told("worker", f"in the middle of booking, {how}", meanwhile, afterwards, shop, ada)


@pytest.mark.parametrize("how", [MADE, NEVER])
def test_web_dies_in_the_middle_of_booking(shop: Till, ada: Payer, how: str) -> None:
    """The buyer's own return books it: no message comes."""
    shop.standin.post("stripe/webhooks", {"mode": "drop"})
    pressed_and_authorised(shop, ada)
    shop.dies("worker")
    stalls_the_booking(shop, how)
    back = beside(ada.comes_back_in_vain)
    shop.struck("the order to reach the box office", name="slow")
    shop.dies("web")
    back.join(30)
    afterwards = ends(shop, ada, booked=how == MADE)
    assert afterwards == (BOOKED if how == MADE else NOT_BOOKED)
    told("web and worker", f"in the middle of booking, {how}", "nothing answers", afterwards, shop, ada)


# --- refused ------------------------------------------------------------------------------------------------------

LET_GO = "POST /v1/payment_intents/*/cancel"


def refused_and(shop: Till, ada: Payer) -> None:
    shop.standin.post("faults", {"world": "ltd", "name": "account_refused"})
    pressed_and_authorised(shop, ada)


def test_the_worker_dies_between_a_refusal_and_letting_the_money_go(shop: Till, ada: Payer) -> None:
    shop.standin.post("faults", {"world": "stripe", "match": LET_GO, "kind": "drop", "times": -1})
    refused_and(shop, ada)
    shop.wait(lambda: shop.part(ada.number) == "refused", "the refusal")
    shop.dies("worker")
    assert purse(shop, ada.number).reserved == ada.price
    meanwhile = ada.looks()
    shop.standin.delete("faults")
    afterwards = ends(shop, ada, booked=False)
    assert afterwards == NOT_BOOKED
    told("worker", "refused, money not let go", meanwhile, afterwards, shop, ada)


def test_the_worker_dies_when_the_money_is_let_go_and_the_answer_is_lost(shop: Till, ada: Payer) -> None:
    shop.stall(LET_GO, world="stripe", done=True)
    refused_and(shop, ada)
    shop.struck("the money to be let go")
    shop.dies("worker")
    meanwhile = ada.looks()
    afterwards = ends(shop, ada, booked=False)
    assert afterwards == NOT_BOOKED
    told("worker", "refused, money let go, answer lost", meanwhile, afterwards, shop, ada)


# --- booked -------------------------------------------------------------------------------------------------------


def test_the_worker_dies_between_booking_and_taking_the_money(shop: Till, ada: Payer) -> None:
    booked_and_not_taken(shop, ada)
    shop.dies("worker")
    found = purse(shop, ada.number)
    assert (found.taken, found.reserved, found.booked) == (0, ada.price, 1)
    meanwhile = ada.looks()
    shop.standin.delete("faults")
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("worker", "booked, money not taken", meanwhile, afterwards, shop, ada)


def test_the_worker_dies_when_the_money_is_taken_and_the_answer_is_lost(shop: Till, ada: Payer) -> None:
    shop.stall(CAPTURE, world="stripe", done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the money to be taken")
    shop.dies("worker")
    found = purse(shop, ada.number)
    assert (found.taken, found.booked) == (ada.price, 1)
    meanwhile = ada.looks()
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("worker", "money taken, answer lost", meanwhile, afterwards, shop, ada)


def test_the_worker_dies_before_the_tickets_are_fetched(shop: Till, ada: Payer) -> None:
    shop.stall("GET /rest/v2/Baskets/*/ETickets", done=False)
    pressed_and_authorised(shop, ada)
    shop.struck("the tickets to be asked for")
    shop.wait(lambda: purse(shop, ada.number).taken == ada.price, "the money")
    shop.dies("worker")
    assert shop.part(ada.number) == "booked"
    meanwhile = ada.looks()
    assert meanwhile == BOOKED
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    assert shop.sql(
        "SELECT count(*) FROM checkout_document d JOIN checkout_booking b ON b.id = d.booking_id"
        " JOIN checkout_order o ON o.id = b.order_id WHERE o.number = ? AND d.fetched_at IS NOT NULL",
        ada.number,
    )[0][0]
    told("worker", "paid, tickets not fetched", meanwhile, afterwards, shop, ada)
