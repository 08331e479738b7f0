"""Buying, as people do it: in a browser, from the list to tickets that open."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.journeys.visitor import (
    BANK_ASKS,
    CONCERT,
    DECLINED,
    FREE,
    GOOD,
    PLAY,
    SLOWLY,
    Visitor,
)


def charges(visitor: Visitor) -> int:
    """How many payments were taken in all, at both places."""
    paid = [intent for intent in visitor.books("stripe")["intents"] if intent["amount_received"]]
    return len(visitor.books("ltd")["charges"]) + len(paid)


def test_two_neighbouring_seats_are_paid_on_the_box_offices_page_and_printed_at_home(ada):
    ada.choose_date(PLAY)
    ada.hold_neighbours()
    seats = ada.page.locator(".stub-seats strong").inner_text()
    rows = re.findall(r"([A-Z]+)(\d+)", seats)
    assert len(rows) == 2, seats
    assert rows[0][0] == rows[1][0], seats
    assert abs(int(rows[0][1]) - int(rows[1][1])) == 1, seats

    ada.to_review()
    expect(ada.page.locator(".split-side")).to_contain_text(seats)
    ada.agree()
    ada.pay_at_gate()
    ada.sees_tickets()
    expect(ada.page.locator(".stub-seats")).to_contain_text(seats)
    texts = ada.open_pdfs()
    for row, number in rows:
        assert any(number in text and row in text for text in texts), (seats, texts)
    assert ada.order_state() in {"paid", "fulfilled"}


def test_two_concert_tickets_are_paid_with_a_card_whose_bank_asks(ada):
    ada.choose_date(CONCERT)
    ada.take(2)
    ada.to_review()
    ada.agree()
    ada.enter_card(BANK_ASKS)
    ada.answer_bank()
    ada.sees_tickets()
    assert len(ada.open_pdfs()) == 2


def test_free_tickets_need_no_card(ada):
    ada.choose_date(FREE)
    ada.take(1)
    ada.to_review()
    expect(ada.page.get_by_role("heading", name="Nothing to pay")).to_be_visible()
    before = charges(ada)
    ada.agree()
    ada.sees_tickets()
    assert len(ada.open_pdfs()) == 1
    expect(ada.page.locator("#main")).to_contain_text("Free")
    assert charges(ada) == before
    assert not [url for url in ada.page.requests_seen if "stripe" in url]


def test_after_a_declined_card_another_one_pays_on_the_same_page(ada):
    ada.choose_date(CONCERT)
    ada.take(1)
    ada.to_review()
    ada.agree()
    ada.enter_card(DECLINED)
    expect(ada.page.locator("#card-problem")).to_contain_text("insufficient funds", timeout=SLOWLY)
    expect(ada.page.locator("#card-problem")).to_be_focused()
    page_of_payment = ada.page.url
    expect(ada.page.locator("#card-pay")).to_be_enabled()
    assert ada.page.url == page_of_payment
    ada.enter_card(GOOD)
    ada.sees_tickets()


def test_after_a_bank_that_said_no_another_card_pays(ada):
    ada.choose_date(CONCERT)
    ada.take(1)
    ada.to_review()
    ada.agree()
    ada.enter_card(BANK_ASKS)
    ada.answer_bank("Fail")
    expect(ada.page.locator("#card-problem")).to_be_visible(timeout=SLOWLY)
    expect(ada.page.locator("#card-problem")).to_be_focused()
    ada.enter_card(GOOD)
    ada.sees_tickets()


def test_a_basket_of_both_box_offices_is_paid_in_two_payments(ada):
    """Both in pounds, so that they share a basket."""
    ada.choose_date(PLAY, 1)
    ada.hold_neighbours()
    ada.choose_date("The Quiet Carriage")
    ada.take(2)
    expect(ada.page.locator("#main")).to_contain_text("This takes 2 payments")
    ada.to_review()
    expect(ada.page.locator("#main")).to_contain_text("This basket needs 2 payments")
    before = charges(ada)
    ada.agree()
    for _payment in range(2):
        ada.page.wait_for_url(re.compile(r"PaymentGate|/pay/$"), timeout=SLOWLY)
        if "PaymentGate" in ada.page.url:
            ada.pay_at_gate()
            expect(ada.page.locator(".pay-step-done, .notice-success, .documents").first).to_be_visible(
                timeout=SLOWLY
            )
        elif ada.page.locator("#card-form").count():
            ada.enter_card(GOOD)
    ada.sees_tickets(parts=2)
    assert len(ada.open_pdfs()) == 4
    assert charges(ada) == before + 2


def test_without_scripts_named_seats_are_bought_up_to_and_after_the_payment_page(visit: Callable[..., Any]):
    ada = visit(scripts=False)
    ada.choose_date(PLAY, 2)
    first_area = ada.page.locator(".seat-area h3 a").first
    if first_area.count():
        first_area.click()
    names = ada.hold_seats(2)
    for name in names:
        expect(ada.page.locator(".stub-seats")).to_contain_text(name)
    expect(ada.page.locator("#clock")).to_contain_text(
        re.compile(r"Held for about \d+ minutes, until \d\d:\d\d")
    )
    ada.to_review()
    ada.agree()
    ada.pay_at_gate()
    ada.sees_tickets()
    assert len(ada.open_pdfs()) == 2


def test_without_scripts_card_entry_says_so_and_keeps_the_tickets(visit: Callable[..., Any]):
    ada = visit(scripts=False)
    ada.choose_date(CONCERT)
    ada.take(1)
    ada.to_review()
    ada.agree()
    expect(ada.h1).to_contain_text("Pay €", timeout=SLOWLY)
    said = ada.page.locator("noscript").inner_text()
    assert "Card entry needs scripts" in said
    assert "Your tickets stay held" in said
    expect(ada.page.locator("#card-pay")).to_be_hidden()
    ada.press("Back to the basket")
    ada.sees_basket()
    expect(ada.page.locator(".stub-event")).to_have_text(CONCERT)
