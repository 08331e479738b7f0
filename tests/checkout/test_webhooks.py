"""Messages of the payment company: genuine ones are kept once and looked at, whatever they say is not believed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import responses
import stripe
from django.test import Client

from checkout import charging, inbox, tasks
from checkout.models import InboxMessage, Payment, Refund
from checkout.payments import marks, messages
from checkout.payments.base import TillUnavailable
from shop import clock
from tests.checkout.till_rows import (
    API,
    INTENT,
    SECRET,
    deliver,
    event,
    intent_body,
    listed,
    paid_order,
    refund_body,
    refused,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("our_till")]
S = InboxMessage.State


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What the step that reads a payment afresh was asked for."""
    asked: list[tuple[int, str]] = []
    monkeypatch.setattr(charging, "settle_payment", lambda pk, *, road: asked.append((pk, road)))
    return asked


@pytest.fixture
def payment(season: Any) -> Payment:
    return paid_order(season).payments.get()


def succeeded(payment: Payment, number: int | str = 1, **changes: Any) -> dict[str, Any]:
    about = intent_body(marks.of_payment(payment.pk, payment.order.number))
    return event("payment_intent.succeeded", about, number, **changes)


# --- the signature ------------------------------------------------------------------------------------------


def test_a_genuine_message_is_kept_looked_at_and_answered(payment: Payment, looks: list[Any]) -> None:
    assert deliver(succeeded(payment)).status_code == 200
    row = InboxMessage.objects.get()
    assert (row.state, row.kind, row.payment, row.parent_id) == (
        S.HANDLED, "payment_intent.succeeded", payment, INTENT,
    )  # fmt: skip
    assert looks == [(payment.pk, "webhook")]


def test_a_changed_body_is_refused(payment: Payment, looks: list[Any]) -> None:
    body = json.dumps(succeeded(payment))
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    assert deliver(body.replace("9000", "9001").encode(), header=header).status_code == 400
    assert not InboxMessage.objects.exists()
    assert looks == []


def test_another_secret_a_missing_header_and_nonsense_are_refused(payment: Payment, looks: list[Any]) -> None:
    said = succeeded(payment)
    assert deliver(said, secret="whsec_of_somebody_else").status_code == 400
    for header in ("", "nonsense", "t=1", "t=x,v1=y", "v1=y", f"t={int(time.time())},v1=é", "t=1,v0=abc"):
        assert deliver(said, header=header).status_code == 400, header
    assert deliver(b"\xff\xfe no text", header="t=1,v1=abc").status_code == 400
    assert not InboxMessage.objects.exists()


def test_a_signature_older_than_five_minutes_is_refused(payment: Payment, looks: list[Any]) -> None:
    body = json.dumps(succeeded(payment))
    for age, status in ((301, 400), (290, 200)):
        header = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()) - age)
        assert deliver(body.encode(), header=header).status_code == status


def test_while_a_secret_is_exchanged_either_fits(payment: Payment, looks: list[Any], settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert deliver(succeeded(payment, 1)).status_code == 200
    assert deliver(succeeded(payment, 2), secret="whsec_new").status_code == 200
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new"]
    assert deliver(succeeded(payment, 3)).status_code == 400


def test_two_signatures_in_one_header_need_one_that_fits(payment: Payment, looks: list[Any]) -> None:
    body = json.dumps(succeeded(payment))
    right = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    stamp, _comma, good = right.partition(",")
    wrong = "v1=" + "0" * 64
    assert deliver(body.encode(), header=f"{stamp},{wrong},{good}").status_code == 200
    assert deliver(body.encode(), header=f"{stamp},{wrong},{wrong}").status_code == 400


def test_without_a_secret_nothing_is_believed(payment: Payment, looks: list[Any], settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert deliver(succeeded(payment)).status_code == 400
    settings.STRIPE_WEBHOOK_SECRETS = [""]
    assert deliver(succeeded(payment), secret="").status_code == 400


@pytest.mark.parametrize(
    "said",
    [
        {"id": "evt_1", "object": "v2.core.event", "type": "v1.payment_intent.succeeded", "livemode": False,
         "related_object": {"id": INTENT, "type": "payment_intent"}},
        {"object": "event"}, [], "text", 7, None,
        {"id": "evt_1", "object": "event", "type": "x", "livemode": False, "created": 1, "data": {}},
        {"id": "evt_1", "object": "event", "type": "x", "livemode": False, "created": "soon", "data": {"object": {"object": "x"}}},
    ],
)  # fmt: skip
def test_a_genuine_body_without_the_object_in_it_is_refused_in_words(said: Any, looks: list[Any]) -> None:
    answer = deliver(json.dumps(said).encode())
    assert answer.status_code == 400
    assert "not an event" in answer.content.decode()
    assert not InboxMessage.objects.exists()


def test_the_address_has_no_language_and_takes_nothing_but_posts() -> None:
    for method in ("get", "put", "delete"):
        assert getattr(Client(), method)("/checkout/webhooks/stripe/").status_code == 405


# --- copies, foreign ones, ones that cannot be found ---------------------------------------------------------


def test_a_message_that_comes_four_times_is_kept_once_and_looked_at_once(
    payment: Payment, looks: list[Any]
) -> None:
    for _n in range(4):
        assert deliver(succeeded(payment)).status_code == 200
    row = InboxMessage.objects.get()
    assert (row.copies, row.state) == (4, S.HANDLED)
    assert len(looks) == 1


def test_a_message_of_another_shop_is_answered_and_kept_as_foreign(
    payment: Payment, looks: list[Any]
) -> None:
    theirs = {**marks.of_payment(payment.pk, "X"), "shop": "https://another.example.org"}
    for number, metadata in enumerate(({}, theirs), 1):
        about = intent_body(metadata, id="pi_theirs")
        assert deliver(event("payment_intent.succeeded", about, number)).status_code == 200
        assert InboxMessage.objects.get(event_id=f"evt_{number}").state == S.FOREIGN
    assert looks == []


def test_a_message_of_the_other_mode_is_not_ours(payment: Payment, looks: list[Any]) -> None:
    assert deliver(succeeded(payment, livemode=True)).status_code == 200
    assert (InboxMessage.objects.get().state, looks) == (S.FOREIGN, [])


def test_ours_about_a_payment_that_is_not_here_comes_again_until_it_is(
    payment: Payment, looks: list[Any]
) -> None:
    about = intent_body({**marks.of_payment(payment.pk + 1, "FOY-X")}, id="pi_2")
    said = event("payment_intent.succeeded", about)
    for _n in range(2):
        assert deliver(said).status_code == 500
    row = InboxMessage.objects.get()
    assert (row.state, row.error, row.copies) == (S.FAILED, "no_such_payment", 2)
    late = Payment.objects.create(
        pk=payment.pk + 1,
        order=payment.order,
        route="us",
        currency="GBP",
        amount_minor=1,
        begun_at=clock.now(),
    )
    assert deliver(said).status_code == 200
    assert InboxMessage.objects.get().state == S.HANDLED
    assert looks == [(late.pk, "webhook")]


def test_a_message_finds_its_payment_before_we_have_heard_of_its_id(
    payment: Payment, looks: list[Any]
) -> None:
    Payment.objects.update(external_id="")
    assert deliver(succeeded(payment)).status_code == 200
    assert looks == [(payment.pk, "webhook")]


def test_a_message_without_our_mark_finds_its_payment_by_its_id(payment: Payment, looks: list[Any]) -> None:
    assert deliver(event("payment_intent.canceled", intent_body())).status_code == 200
    assert looks == [(payment.pk, "webhook")]


def test_a_payment_that_is_not_of_our_till_is_nobodys_here(payment: Payment, looks: list[Any]) -> None:
    Payment.objects.update(route="their_form")
    assert deliver(event("payment_intent.succeeded", intent_body())).status_code == 200
    assert InboxMessage.objects.get().state == S.FOREIGN


def test_nothing_of_the_buyer_is_kept(payment: Payment, looks: list[Any]) -> None:
    about = intent_body(
        marks.of_payment(payment.pk, "X"), receipt_email="ada@example.org", shipping={"name": "Ada"}
    )
    deliver(event("payment_intent.succeeded", about))
    kept = " ".join(str(value) for value in InboxMessage.objects.values_list().get())
    assert "ada@" not in kept
    assert "Ada" not in kept


# --- the looking --------------------------------------------------------------------------------------------


def test_a_kind_that_says_nothing_new_is_finished_without_looking(payment: Payment, looks: list[Any]) -> None:
    deliver(
        event(
            "charge.succeeded", {"id": "ch_1", "object": "charge", "payment_intent": INTENT, "metadata": {}}
        )
    )
    assert (InboxMessage.objects.get().state, looks) == (S.HANDLED, [])


def test_an_authorisation_that_ran_out_calls_a_person_and_is_looked_at(
    payment: Payment, looks: list[Any]
) -> None:
    deliver(
        event("charge.expired", {"id": "ch_1", "object": "charge", "payment_intent": INTENT, "metadata": {}})
    )
    payment.order.refresh_from_db()
    assert payment.order.attention_reason == "authorisation_lost"
    assert looks == [(payment.pk, "webhook")]


def test_what_the_till_cannot_answer_now_is_looked_at_again_with_longer_and_longer_pauses(
    payment: Payment, monkeypatch: pytest.MonkeyPatch, move_clock: Any, looks: list[Any]
) -> None:
    def down(pk: int, *, road: str) -> None:
        looks.append((pk, road))
        raise TillUnavailable

    monkeypatch.setattr(charging, "settle_payment", down)
    assert deliver(succeeded(payment)).status_code == 200
    pauses = []
    for _n in range(6):
        row = InboxMessage.objects.get()
        assert (row.state, row.error) == (S.FAILED, "till_unavailable")
        assert row.due_at is not None
        pauses.append(round((row.due_at - clock.now()).total_seconds() / 10))  # tens of seconds
        tasks.sweep()
        tried = len(looks)
        move_clock(row.due_at + timedelta(seconds=1))
        tasks.sweep()
        assert len(looks) == tried + 1
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]
    move_clock(timedelta(days=4))
    tasks.sweep()
    row = InboxMessage.objects.get()
    payment.order.refresh_from_db()
    assert (row.due_at, payment.order.attention_reason) == (None, "message_failed")


def test_a_message_whose_work_was_lost_is_found_by_the_sweep(
    payment: Payment, looks: list[Any], monkeypatch: pytest.MonkeyPatch, move_clock: Any
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(tasks.handle_message, "delay", lambda *a: None)
        deliver(succeeded(payment))
    assert looks == []
    move_clock(timedelta(minutes=1))
    tasks.sweep()
    assert looks == [(payment.pk, "sweep")]
    assert InboxMessage.objects.get().state == S.HANDLED


def test_a_mistake_of_ours_leaves_the_message_to_be_handled_again(
    payment: Payment, looks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(pk: int, *, road: str) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(tasks.handle_message, "delay", lambda *a: None)
        deliver(succeeded(payment))
    monkeypatch.setattr(charging, "settle_payment", broken)
    with pytest.raises(ZeroDivisionError):
        inbox.handle(InboxMessage.objects.get().pk)
    row = InboxMessage.objects.get()
    assert (row.state, row.error) == (S.FAILED, "ZeroDivisionError")
    assert row.due_at is not None


def test_a_replayed_message_is_looked_at_again_whatever_became_of_it(
    payment: Payment, looks: list[Any]
) -> None:
    deliver(succeeded(payment))
    row = inbox.replay(InboxMessage.objects.get().pk, road="staff:vera")
    assert row.state == S.HANDLED
    assert looks == [(payment.pk, "webhook"), (payment.pk, "staff:vera")]


def test_a_replayed_message_finds_a_payment_that_was_not_known_before(
    payment: Payment, looks: list[Any]
) -> None:
    Payment.objects.update(external_id="")
    deliver(event("payment_intent.succeeded", intent_body()))
    assert InboxMessage.objects.get().state == S.FOREIGN
    Payment.objects.update(external_id=INTENT)
    assert inbox.replay(InboxMessage.objects.get().pk, road="staff:vera").state == S.HANDLED
    assert looks == [(payment.pk, "staff:vera")]


def test_finished_messages_are_forgotten_after_months_and_failed_ones_are_not(
    payment: Payment, looks: list[Any], move_clock: Any
) -> None:
    deliver(succeeded(payment, 1))
    deliver(event("payment_intent.succeeded", intent_body(id="pi_theirs"), 2))
    deliver(succeeded(payment, 3))
    InboxMessage.objects.filter(event_id="evt_3").update(state=S.FAILED)
    move_clock(timedelta(days=119))
    tasks.forget()
    assert InboxMessage.objects.count() == 3
    move_clock(timedelta(days=2))
    tasks.forget()
    assert InboxMessage.objects.get().event_id == "evt_3"


# --- disputes -----------------------------------------------------------------------------------------------


def dispute(status: str) -> dict[str, Any]:
    return {"id": "dp_1", "object": "dispute", "amount": 9000, "currency": "gbp", "charge": "ch_1", "status": status,
            "payment_intent": INTENT, "reason": "fraudulent", "metadata": {}}  # fmt: skip


def test_a_dispute_flags_the_payment_and_calls_a_person_once(
    payment: Payment,
    our_till: responses.RequestsMock,
) -> None:
    our_till.get(f"{API}/v1/disputes/dp_1", json=dispute("needs_response"))
    for number, kind in enumerate(("created", "funds_withdrawn", "updated")):
        assert deliver(event(f"charge.dispute.{kind}", dispute("won"), number)).status_code == 200
    payment.refresh_from_db()
    assert payment.disputed_at is not None
    assert payment.order.attention_reason == "disputed"
    assert payment.order.history.filter(because__startswith="the bank took a payment up").count() == 1


def test_a_process_that_dies_over_a_dispute_leaves_no_flag_without_the_call(
    payment: Payment,
    our_till: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    our_till.get(f"{API}/v1/disputes/dp_1", json=dispute("needs_response"))
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "call_staff", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliver(event("charge.dispute.created", dispute("needs_response")))
    inbox.handle(InboxMessage.objects.get().pk, road="sweep")
    payment.order.refresh_from_db()
    assert payment.order.attention_reason == "disputed"


def test_a_dispute_that_was_won_takes_the_flag_away_and_a_lost_one_is_said(
    payment: Payment,
    our_till: responses.RequestsMock,
) -> None:
    for number, status in enumerate(("needs_response", "won", "needs_response", "lost", "lost")):
        our_till.upsert("GET", f"{API}/v1/disputes/dp_1", json=dispute(status))
        deliver(event("charge.dispute.updated", dispute(status), number))
        payment.refresh_from_db()
        assert (payment.disputed_at is None) is (status == "won")
    payment.order.refresh_from_db()
    assert payment.order.attention_reason == "dispute_lost"
    assert payment.order.history.filter(because__endswith=": lost").count() == 1


def test_a_dispute_that_cannot_be_read_now_is_read_later(
    payment: Payment,
    our_till: responses.RequestsMock,
) -> None:
    our_till.get(f"{API}/v1/disputes/dp_1", **refused(500, kind="api_error"))
    deliver(event("charge.dispute.created", dispute("needs_response")))
    assert InboxMessage.objects.get().state == S.FAILED
    our_till.upsert("GET", f"{API}/v1/disputes/dp_1", json=dispute("needs_response"))
    inbox.handle(InboxMessage.objects.get().pk)
    payment.refresh_from_db()
    assert payment.disputed_at is not None


# --- messages that never came -------------------------------------------------------------------------------


def test_messages_that_never_came_are_asked_for_and_handled(
    payment: Payment,
    looks: list[Any],
    our_till: responses.RequestsMock,
    move_clock: Any,
) -> None:
    old = int((clock.now() - timedelta(hours=1)).timestamp())
    deliver(succeeded(payment, "seen"))
    our_till.get(
        f"{API}/v1/events",
        json=listed(
            succeeded(payment, "young"), succeeded(payment, "lost", created=old),
            succeeded(payment, "seen", created=old), url="/v1/events",
        ),
    )  # fmt: skip
    assert inbox.fetch_missed() == 1
    assert {row.event_id: row.copies for row in InboxMessage.objects.all()} == {"evt_seen": 1, "evt_lost": 1}
    assert len(looks) == 2
    asked = our_till.calls[0].request.params  # type: ignore[attr-defined]
    assert asked["delivery_success"] == "false"
    assert {value for key, value in asked.items() if key.startswith("types")} == set(messages.KINDS)


def test_missed_messages_are_asked_for_only_with_a_key_and_not_at_every_sweep(
    settings: Any,
    our_till: responses.RequestsMock,
    move_clock: Any,
) -> None:
    our_till.get(f"{API}/v1/events", json=listed(url="/v1/events"))
    for _n in range(3):
        tasks.sweep()
    assert len(our_till.calls) == 1
    move_clock(timedelta(minutes=11))
    tasks.sweep()
    assert len(our_till.calls) == 2
    settings.STRIPE_SECRET_KEY = ""
    move_clock(timedelta(minutes=11))
    tasks.sweep()
    assert len(our_till.calls) == 2


def test_a_till_that_does_not_answer_stops_no_sweep(our_till: responses.RequestsMock) -> None:
    our_till.get(f"{API}/v1/events", **refused(500, kind="api_error"))
    tasks.sweep()


# --- refunds that messages speak of --------------------------------------------------------------------------


def test_a_refund_made_in_their_pages_is_learnt_from_its_message(
    payment: Payment,
    our_till: responses.RequestsMock,
) -> None:
    our_till.get(f"{API}/v1/refunds/re_9", json=refund_body(9))
    assert deliver(event("refund.created", refund_body(9, amount=1))).status_code == 200
    row = Refund.objects.get()
    assert (row.amount_minor, row.status, row.seen_outside) == (3000, Refund.Status.SUCCEEDED, True)
    payment.order.refresh_from_db()
    assert payment.order.attention_reason == "refund_outside"
