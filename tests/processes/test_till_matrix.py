"""Everything that may go wrong between "pay" and "ticket" when the shop takes the money itself.

Real web server, real Celery worker, real outside world over HTTP, a real Chromium. Whatever happens: money that is kept
buys tickets once, and where there are no tickets there is no money. Both are read from the books of the outside world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Route, expect

from tests.processes.payer import BANK_ASKS, DECLINED, GOOD, ORDER, SLOWLY, Payer, Since, without
from tests.processes.till import Till
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("till")]

CONFIRM = "**/v1/payment_intents/*/confirm"
CAPTURE = "POST /v1/payment_intents/*/capture"
CREATE = "POST /v1/payment_intents"
KEY = {"Authorization": "Bearer sk_test_foyer_play"}
TEN_MINUTES = 11 * 60  # and a little more: as long as seats are held


@pytest.fixture(scope="module")
def shop(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """After the browser, so that a machine without one starts nothing."""
    with Till(tmp_path_factory.mktemp("matrix")) as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web", "worker", "beat")
        yield stack


@pytest.fixture(autouse=True)
def nothing_is_left(shop: Stack) -> Iterator[None]:
    yield
    shop.standin.delete("faults")
    shop.standin.post("stripe/webhooks", {"mode": "deliver", "copies": 1, "delay_seconds": 0})
    shop.standin.post("stripe/bank", {"challenge": "frame"})


@pytest.fixture
def ada(shop: Stack, open_page: Callable[..., Any]) -> Payer:
    """In front of the card page, with two seats held."""
    return Payer(shop, open_page()).arrive()


def ends_with_tickets(payer: Payer) -> None:
    payer.sees_order()
    payer.until_paid()
    payer.since.paid_once()


def is_told_that_nothing_was_charged(payer: Payer) -> None:
    expect(payer.page.locator("main")).to_contain_text("not been charged", timeout=SLOWLY)


# Straight on


def test_a_good_card_is_authorised_then_the_seats_are_booked_then_the_money_is_taken(ada: Payer) -> None:
    assert ada.since.intents() == [], "looking at the page costs nothing"
    ada.pay()
    ends_with_tickets(ada)
    asked = ada.page.requests_seen  # type: ignore[attr-defined]
    back = next(
        parse_qs(urlsplit(url).query) for url in asked if "payment_intent=" in url and ada.is_ours(url)
    )
    assert back["payment_intent"] == [ada.since.the_intent()["id"]]
    assert back["payment_intent_client_secret"][0].startswith(back["payment_intent"][0])
    assert back["redirect_status"] == ["succeeded"]
    assert "payment_intent" not in ada.page.url, "the secret does not stay in the address"
    (booked,) = ada.since.calls("*/SubmitOrderOnAccount", "ltd")
    (captured,) = ada.since.calls("*/capture")
    assert booked["at"] < captured["at"]
    assert captured["headers"]["Idempotency-Key"]


def test_a_declined_card_is_told_and_a_good_one_pays_the_same_intent(ada: Payer) -> None:
    ada.pay(DECLINED)
    expect(ada.said).to_contain_text("declined", timeout=SLOWLY)
    first = ada.since.the_intent()
    assert (first["status"], first["amount_received"]) == ("requires_payment_method", 0)
    ada.pay()
    ends_with_tickets(ada)
    assert ada.since.the_intent()["id"] == first["id"]


def test_an_incomplete_form_is_stopped_in_the_browser(ada: Payer) -> None:
    seen = len(ada.page.requests_seen)  # type: ignore[attr-defined]
    ada.button.click()
    fields = ada.page.frame_locator('iframe[title="Secure payment input frame"]')
    expect(fields.locator("#number-error")).to_have_text("Your card number is incomplete.")
    expect(ada.button).to_be_enabled()
    asked = [url for url in ada.page.requests_seen[seen:] if "/clock/" not in url]  # type: ignore[attr-defined]
    assert asked == []
    assert ada.since.intents() == []


def test_what_holds_the_card_fields_is_never_exchanged_by_a_swap(ada: Payer) -> None:
    marks = """() => { const found = [];
      for (let node = document.querySelector('iframe[title="Secure payment input frame"]'); node; node = node.parentElement)
        for (const name of node.getAttributeNames())
          if (/^(data-)?hx-(get|post|put|patch|delete|boost|swap-oob|preserve)$/.test(name)) found.push(`${node.tagName} ${name}`);
      return found; }"""
    assert ada.page.evaluate(marks) == []


# The bank asks


def test_the_bank_asks_and_completing_pays(ada: Payer) -> None:
    ada.pay(BANK_ASKS)
    ada.answer_bank("Complete")
    ends_with_tickets(ada)


def test_failing_the_bank_is_told_and_another_card_pays(ada: Payer) -> None:
    ada.pay(BANK_ASKS)
    ada.answer_bank("Fail")
    expect(ada.said).not_to_have_text("", timeout=SLOWLY)
    ada.since.not_charged()
    ada.pay()
    ends_with_tickets(ada)


def test_a_bank_that_asks_on_a_page_of_its_own_leads_back_to_the_tickets(ada: Payer) -> None:
    ada.stack.standin.post("stripe/bank", {"challenge": "redirect"})
    ada.pay(BANK_ASKS)
    ada.page.get_by_role("button", name="Complete").click(timeout=SLOWLY)
    ends_with_tickets(ada)


def test_failing_the_bank_on_its_own_page_leads_back_to_another_try(ada: Payer) -> None:
    ada.stack.standin.post("stripe/bank", {"challenge": "redirect"})
    ada.pay(BANK_ASKS)
    ada.page.get_by_role("button", name="Fail").click(timeout=SLOWLY)
    ada.page.wait_for_url(f"{ada.stack.origin}/**", timeout=SLOWLY)
    ada.since.not_charged()
    expect(ada.page.locator("main")).to_contain_text("not been charged", timeout=SLOWLY)


# Pressed more than once


def test_a_triple_press_confirms_once(ada: Payer) -> None:
    ada.fill()
    ada.page.evaluate(
        "() => { const b = document.querySelector('#card-pay'); b.click(); b.click(); b.click(); }"
    )
    ends_with_tickets(ada)
    assert len(ada.since.calls("*/confirm")) == 1
    assert len(ada.since.calls("*/payment_intents")) == 1


def test_a_triple_submit_of_the_form_confirms_once(ada: Payer) -> None:
    ada.fill()
    ada.page.evaluate(
        "() => { const f = document.querySelector('#card-pay').form; for (let n = 0; n < 3; n++) f.requestSubmit(); }"
    )
    ends_with_tickets(ada)
    assert len(ada.since.calls("*/confirm")) == 1


def test_three_confirms_without_a_guard_charge_once_and_the_late_ones_lead_to_the_tickets(ada: Payer) -> None:
    """What leaves the browser once arrives three times; the page hears the answer of one that came too late."""
    answers: list[requests.Response] = []

    def three_times(route: Route) -> None:
        sent = route.request
        for _ in range(3):
            answers.append(
                requests.post(
                    sent.url,
                    data=sent.post_data,
                    headers={"Content-Type": "application/x-www-form-urlencoded"},
                    timeout=30,
                )
            )
        late = answers[-1]
        route.fulfill(
            status=late.status_code,
            body=late.text,
            content_type="application/json",
            headers={"Access-Control-Allow-Origin": "*"},
        )

    ada.page.route(CONFIRM, three_times)
    ada.pay()
    ends_with_tickets(ada)
    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert {a.json()["error"]["code"] for a in answers[1:]} == {"payment_intent_unexpected_state"}


def test_two_tabs_of_one_order_submitted_together_make_one_intent_and_both_end_with_the_tickets(
    ada: Payer,
) -> None:
    other = ada.another_tab()
    ada.fill()
    other.fill()
    for tab in (ada, other):
        tab.page.evaluate("() => document.querySelector('#card-pay').click()")
    other.page.wait_for_url(ORDER, timeout=SLOWLY)
    ends_with_tickets(ada)
    keys = {call["headers"].get("Idempotency-Key") for call in ada.since.calls("*/payment_intents")}
    assert len(keys) == 1


# Webhooks


def test_held_webhooks_that_come_late_and_last_first_change_nothing(ada: Payer) -> None:
    ada.stack.standin.post("stripe/webhooks", {"mode": "hold"})
    mails = len(ada.stack.mails()) + 1
    ada.pay()
    ends_with_tickets(ada)
    ada.until(
        lambda: ada.order_status() == "fulfilled" and len(ada.stack.mails()) == mails,
        "all done before they come",
    )
    before = ada.stack.sql(_STATE)
    late = ada.stack.standin.post("stripe/webhooks/flush", {"reverse": True})["delivered"]
    assert len(late) >= 3
    assert {row["status"] for row in late} == {200}
    ada.page.wait_for_timeout(3000)  # what the worker would do with them
    ada.since.paid_once()
    assert (ada.stack.sql(_STATE), len(ada.stack.mails())) == (before, mails)


_STATE = (
    "SELECT o.status, p.status, b.status FROM checkout_order o JOIN checkout_payment p ON p.order_id = o.id"
    " JOIN checkout_booking b ON b.order_id = o.id ORDER BY o.id, p.id, b.id"
)


def test_a_tab_closed_before_the_way_back_is_paid_by_webhook(ada: Payer) -> None:
    """Beat is down: nobody but the webhook can tell."""
    with without(ada.stack, "beat"):
        ada.never_comes_back()
        ada.pay()
        ada.until(lambda: ada.since.calls("*/confirm"), "a confirm")
        ada.until_paid()
        ada.since.paid_once()
    ada.comes_again()
    ada.sees_order()


def test_with_webhooks_dropped_and_the_tab_closed_it_is_paid_by_the_job_that_looks(ada: Payer) -> None:
    ada.stack.standin.post("stripe/webhooks", {"mode": "drop"})
    ada.never_comes_back()
    ada.pay()
    ada.until_status("requires_capture", "succeeded")
    ada.stack.advance(150)
    ada.until_paid(90)
    ada.since.paid_once()


def test_every_webhook_four_times_at_once_books_once(ada: Payer) -> None:
    ada.stack.standin.post("stripe/webhooks", {"copies": 4})
    ada.pay()
    ends_with_tickets(ada)
    ada.until(
        lambda: (
            not set(ada.stack.standin.get("stripe/webhooks/attempts")["deliveries"]) - {"done", "dropped"}
        ),
        "all of them delivered",
    )
    mine = [row for row in ada.stack.standin.get("stripe/webhooks/attempts")["attempts"] if _of(ada, row)]
    assert {row["status"] for row in mine} == {200}
    assert all(sum(row["event_id"] == each["event_id"] for row in mine) >= 4 for each in mine)
    ada.since.paid_once()


def _of(payer: Payer, attempt: dict[str, Any]) -> bool:
    """Whether a delivery tells of the payer's own payment."""
    return attempt["event_id"] in _events(payer)


def _events(payer: Payer) -> set[str]:
    found = requests.get(
        f"{payer.stack.standin_origin}/stripe/v1/events?limit=100",
        headers=KEY,
        timeout=30,
    ).json()["data"]
    intent = payer.since.the_intent()["id"]
    return {
        e["id"]
        for e in found
        if intent in {e["data"]["object"]["id"], e["data"]["object"].get("payment_intent")}
    }


def test_webhooks_that_find_nobody_come_again_until_they_are_heard(ada: Payer) -> None:
    """The shop goes down at the moment of the confirm, and beat with it."""
    with without(ada.stack, "beat"):

        def alone(route: Route) -> None:
            ada.stack.kill("web")
            route.continue_()

        ada.never_comes_back()
        ada.page.route(CONFIRM, alone)
        try:
            ada.pay()
            ada.until_status("requires_capture")
            ada.until(
                lambda: [row for row in _attempts(ada) if row["problem"]], "a delivery that found nobody"
            )
        finally:
            ada.stack.start("web")
        ada.stack.advance(130)
        ada.until_paid(90)
    ada.since.paid_once()
    ada.until(lambda: {row["status"] for row in _heard(ada)} >= {200}, "that event was taken in the end")
    assert _heard(ada)[0]["problem"]
    assert len({row["event_id"] for row in _heard(ada)}) == 1


def _heard(payer: Payer) -> list[dict[str, Any]]:
    return [
        row for row in _attempts(payer) if row["event_type"] == "payment_intent.amount_capturable_updated"
    ]


def _attempts(payer: Payer) -> list[dict[str, Any]]:
    return [row for row in payer.stack.standin.get("stripe/webhooks/attempts")["attempts"] if _of(payer, row)]


def test_an_event_of_ours_that_finds_no_payment_is_asked_for_again_and_a_foreign_one_is_let_pass(
    ada: Payer,
) -> None:
    ada.pay()
    ends_with_tickets(ada)
    ours = ada.since.the_intent()["metadata"]
    assert ours, "what ties an intent to its payment when everything else is lost"
    unknown = {name: "999999999" if text.isdigit() else text for name, text in ours.items()}
    assert unknown != ours
    lost, foreign = _made_elsewhere(ada, unknown), _made_elsewhere(ada, {"somebody": "else"})
    ada.until(lambda: _told(ada, foreign) and len(_told(ada, lost)) >= 2, "both heard, one of them twice")
    assert set(_told(ada, foreign)) == {200}
    assert set(_told(ada, lost)) == {500}


def _made_elsewhere(payer: Payer, metadata: dict[str, str]) -> str:
    """A paid intent of the same account that no row of the shop knows."""
    data = {"amount": "1500", "currency": "gbp", **{f"metadata[{k}]": v for k, v in metadata.items()}}
    url = f"{payer.stack.standin_origin}/stripe/v1/payment_intents"
    made = requests.post(url, data=data, headers=KEY, timeout=30).json()["id"]
    payer.stack.standin.post(f"stripe/settle/{made}", {"card": GOOD})
    return str(made)


def _told(payer: Payer, intent: str) -> list[int]:
    """What the shop answered to the news that this intent is paid."""
    url = f"{payer.stack.standin_origin}/stripe/v1/events?limit=100&type=payment_intent.succeeded"
    events = requests.get(url, headers=KEY, timeout=30).json()["data"]
    mine = {event["id"] for event in events if event["data"]["object"]["id"] == intent}
    attempts = payer.stack.standin.get("stripe/webhooks/attempts")["attempts"]
    return [row["status"] for row in attempts if row["event_id"] in mine and row["status"]]


# Answers that are lost


@pytest.mark.parametrize("how", [{}, {"status": 500}], ids=["no answer", "answer 500"])
def test_a_capture_whose_answer_is_lost_takes_the_money_once(ada: Payer, how: dict[str, int]) -> None:
    ada.stack.standin.post("faults", {"world": "stripe", "match": CAPTURE, "kind": "lost_answer", **how})
    ada.pay()
    ada.stack.advance(150)
    ends_with_tickets(ada)
    keys = {call["headers"]["Idempotency-Key"] for call in ada.since.calls("*/capture")}
    assert len(keys) == 1


@pytest.mark.parametrize("how", [{}, {"status": 500}], ids=["no answer", "answer 500"])
def test_an_intent_whose_making_is_not_answered_exists_once(ada: Payer, how: dict[str, int]) -> None:
    ada.stack.standin.post("faults", {"world": "stripe", "match": CREATE, "kind": "lost_answer", **how})
    ada.pay()
    if not _left(ada):  # the shop may ask for one more press
        ada.ready()
        ada.button.click()
    ends_with_tickets(ada)
    keys = [call["headers"]["Idempotency-Key"] for call in ada.since.calls("*/payment_intents")]
    assert len(keys) >= 2
    assert len(set(keys)) == 1


def _left(payer: Payer) -> bool:
    """Whether the page went on by itself."""
    for _ in range(50):
        if ORDER.search(payer.page.url):
            return True
        if payer.said.is_visible() and payer.said.inner_text().strip():
            return False
        payer.page.wait_for_timeout(200)
    return False


def test_a_booking_whose_answer_is_lost_is_looked_up_and_not_made_twice(ada: Payer) -> None:
    match = "POST /rest/v2/Baskets/*/SubmitOrderOnAccount"
    ada.stack.standin.post("faults", {"world": "ltd", "match": match, "kind": "lost_answer"})
    ada.pay()
    for _ in range(3):
        ada.page.wait_for_timeout(1000)
        ada.stack.advance(60)
    ends_with_tickets(ada)
    assert len(ada.since.calls("*/SubmitOrderOnAccount", "ltd")) == 1


def test_a_booking_that_is_refused_releases_the_card(ada: Payer) -> None:
    ada.stack.standin.post("faults", {"world": "ltd", "name": "account_refused"})
    ada.pay()
    ada.until_status("canceled")
    ada.since.not_charged()
    is_told_that_nothing_was_charged(ada)


# The hold runs out


def test_a_hold_that_runs_out_while_the_bank_asks_cancels_and_a_late_yes_has_no_effect(ada: Payer) -> None:
    ada.pay(BANK_ASKS)
    ada.until_status("requires_action")
    ada.stack.advance(TEN_MINUTES)
    ada.until_status("canceled", seconds=90)
    intent = ada.since.the_intent()["id"]
    ada.stack.standin.post(f"stripe/authenticate/{intent}", {"passed": True})
    ada.since.not_charged()
    expect(ada.page.locator("iframe[name=stripe-challenge-frame]")).to_have_count(0, timeout=SLOWLY)
    is_told_that_nothing_was_charged(ada)


def test_a_hold_that_runs_out_after_the_bank_said_yes_and_before_we_heard_is_not_charged(ada: Payer) -> None:
    """Nobody of the shop hears of the authorisation; when they do, the seats are gone."""
    ada.stack.standin.post("stripe/webhooks", {"mode": "drop"})
    with without(ada.stack, "worker", "beat"):
        ada.never_comes_back()
        ada.pay(BANK_ASKS)
        ada.answer_bank("Complete")
        ada.until_status("requires_capture")
        ada.stack.advance(TEN_MINUTES)
    ada.until_status("canceled", seconds=120)
    ada.since.not_charged()
    ada.until(
        lambda: ada.order_status() not in {"paid", "fulfilled", "paying"}, "an order that has ended", 60
    )


def test_a_yes_of_the_bank_in_time_that_is_heard_late_still_buys_the_tickets(ada: Payer) -> None:
    """The sweep asks before it gives anything up."""
    ada.stack.standin.post("stripe/webhooks", {"mode": "drop"})
    with without(ada.stack, "worker", "beat"):
        ada.never_comes_back()
        ada.pay(BANK_ASKS)
        ada.answer_bank("Complete")
        ada.until_status("requires_capture")
        ada.stack.advance(180)
    ada.until_paid(90)
    ada.since.paid_once()


def test_three_who_pay_at_the_same_moment_are_each_charged_once_though_every_webhook_comes_four_times(
    shop: Stack, open_page: Callable[..., Any]
) -> None:
    shop.standin.post("stripe/webhooks", {"copies": 4})
    payers = [Payer(shop, open_page()).arrive() for _ in range(3)]
    since = Since.now(shop)
    for payer in payers:
        payer.fill()
    for payer in payers:
        payer.page.evaluate("() => document.querySelector('#card-pay').click()")
    for payer in payers:
        payer.sees_order()
    payers[-1].until(lambda: [i["status"] for i in since.intents()] == ["succeeded"] * 3, "three paid", 90)
    assert sorted(i["amount_received"] for i in since.intents()) == sorted(b["pence"] for b in since.sold())
    assert {i["charges"] for i in since.intents()} == {1}


def test_a_good_card_is_taken_after_all_of_that(ada: Payer) -> None:
    ada.pay(GOOD)
    ends_with_tickets(ada)
