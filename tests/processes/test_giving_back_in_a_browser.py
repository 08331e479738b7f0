"""A venue's person at work in a real browser on money that was paid to us: one ticket of three is given back, a message
that failed is handled again, and a part that needs a person is closed with a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.house import PASSWORD, PEOPLE
from tests.journeys.visitor import GOOD, SLOWLY, Visitor
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("giving-back")]
TILL_KEY = "sk_test_foyer_play"  # of the demo
READABLE = """line => { const box = line.getBoundingClientRect();
  return [.1, .3, .5, .7, .9].every(x => line.contains(
    document.elementFromPoint(box.left + box.width * x, box.top + box.height / 2))); }"""


@pytest.fixture  # a second try begins with a shop of its own
def stack(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("giving-back"), PROVIDER_ACCOUNTS="touring") as opened:
        opened.start("standin")
        opened.fill()
        opened.collect_statics()
        opened.manage("shell", "-c", PEOPLE.format(PASSWORD))
        opened.start("web", "worker", "beat")
        yield opened


@pytest.fixture
def visit(stack: Stack, open_page: Callable[..., Any]) -> Callable[..., Visitor]:
    return lambda name, **how: Visitor(open_page(**how), stack, name)


def her_show(stack: Stack) -> str:
    """One at the house that Vera runs."""
    rows = stack.sql(
        "SELECT e.name FROM catalog_event e JOIN catalog_venue_staff s ON s.venue_id = e.venue_id "
        "JOIN shop_user u ON u.id = s.user_id WHERE u.username = 'vera' ORDER BY e.id"
    )
    return str(rows[0][0])


def yes(vera: Visitor, why: str) -> None:
    """Say why, and press the button that acts."""
    vera.page.locator("textarea").fill(why)
    vera.press("Yes, do it")


def said(page: Page) -> Any:
    return page.locator(".messagelist")


def test_money_back_a_message_again_and_a_note(visit: Callable[..., Visitor], stack: Stack) -> None:
    buyer = visit("Ottoline", width=1280, height=900)
    buyer.choose_date(her_show(stack))
    seats = buyer.hold_seats(3)
    buyer.to_review()
    buyer.agree()
    expect(buyer.page.locator("#card-pay")).to_be_enabled(timeout=SLOWLY)
    buyer.enter_card(GOOD)
    buyer.page.wait_for_url(re.compile("/checkout/order/"), timeout=3 * SLOWLY)
    order = buyer.page.url
    stack.wait(
        lambda: stack.sql("SELECT 1 FROM checkout_inboxmessage WHERE state = 'handled'"), "a message", 40
    )

    vera = visit("vera", width=1280, height=900)
    vera.sign_in()
    page = vera.page
    intent = str(stack.sql("SELECT external_id FROM checkout_payment")[0][0])
    vera.open(f"/admin/checkout/order/?q={intent}")
    page.locator("#result_list tbody tr").first.locator("th a").click()
    address = page.url

    # one of three
    vera.follow("Give money back")
    page.locator("input[name=tickets]").nth(1).check()
    page.get_by_label("Note").fill("A pillar stands before it.")
    vera.press("Look at it once more")
    expect(page.locator("#content")).to_contain_text("still opens the door")
    assert stack.sql("SELECT count(*) FROM checkout_refund")[0][0] == 0
    page.locator("input[name=sure]").click()
    expect(said(page)).to_contain_text("was given back", timeout=SLOWLY)
    refund, minor = stack.sql("SELECT external_id, amount_minor FROM checkout_refund")[0]
    book = stack.standin.get("books", world="stripe")
    assert str(refund) in str(book)
    assert stack.sql("SELECT status FROM checkout_booking") != [("refunded",)]
    stack.wait(lambda: sum("on its way back" in mail for mail in stack.mails()) == 1, "the mail about it", 40)
    buyer.open(order)
    expect(buyer.page.locator("#main")).to_contain_text("goes back to you")
    expect(buyer.page.locator("#main")).to_contain_text("Given back: ")
    assert len(seats) == 3

    # a refund made elsewhere, whose message could not be handled
    stack.standin.post(
        "faults",
        {"world": "stripe", "match": "GET /v1/refunds/*", "kind": "status", "status": 500, "times": -1},
    )
    requests.post(
        f"{stack.standin_origin}/stripe/v1/refunds",
        data={"payment_intent": intent, "amount": 100},
        headers={"Authorization": f"Bearer {TILL_KEY}"},
        timeout=30,
    ).raise_for_status()
    failed = "SELECT id FROM checkout_inboxmessage WHERE state = 'failed' AND kind LIKE 'refund%'"
    stack.wait(lambda: stack.sql(failed), "the message to fail", 60)
    stack.standin.delete("faults")
    vera.open(f"/admin/checkout/inboxmessage/{stack.sql(failed)[0][0]}/change/")
    vera.follow("Handle it again")
    yes(vera, "It answers again.")
    expect(said(page)).to_contain_text("looked at again", timeout=SLOWLY)
    outside = "SELECT count(*), sum(amount_minor) FROM checkout_refund WHERE seen_outside"
    assert stack.sql(outside) == [(1, 100)]

    # which calls a person, who closes it
    vera.open("/admin/")
    expect(page.locator("#content")).to_contain_text("in the payment company's own pages")
    page.goto(address)
    assert page.locator(".messagelist .warning").evaluate(READABLE), "its buttons lie on why it waits"
    vera.follow("Mark as handled")
    yes(vera, "A pound for the cloakroom, agreed on the telephone.")
    expect(page.locator("#content")).to_contain_text("agreed on the telephone")
    vera.open("/admin/")
    expect(page.locator("#content")).not_to_contain_text("in the payment company's own pages")
    assert stack.sql("SELECT attention_reason FROM checkout_order") == [("",)]
    assert stack.sql("SELECT sum(amount_minor) FROM checkout_refund") == [(int(minor) + 100,)]

    # the people of another house find none of it
    wim = visit("wim")
    wim.sign_in()
    for where in (address, f"{address.removesuffix('change/')}refund/"):
        assert wim.page.request.get(where).status == 404
