"""What the shop forgets by itself: each kind is there before its time and gone after it, in batches, once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from baskets.models import Basket, Hold, Line
from catalog.models import Instance
from checkout import personal, pruning, tasks
from checkout.models import Document, HistoryEntry, InboxMessage, Mail, Order, Payment
from shop import clock
from shop import tasks as shop_tasks
from shop.models import CallCount, CallRecord, Claim, Knock
from tests.checkout.conftest import Ada
from tests.checkout.world import World, pdfs

DAY = timedelta(days=1)


@pytest.fixture
def bought(ada: Ada, theatre: World) -> Order:
    """Two tickets for a date in 40 days."""
    ada.holds()
    theatre.documents = pdfs("F12", "F13", expected=2, complete=True)
    return ada.buys()


def given_up(ada: Ada, theatre: World) -> Order:
    ada.holds()
    ada.starts()
    ada.fills_in()
    order = ada.now()
    Order.objects.filter(pk=order.pk).update(status=Order.Status.EXPIRED, due_at=None)
    Basket.objects.update(status=Basket.Status.EXPIRED, due_at=None)
    Hold.objects.update(state=Hold.State.CLOSED, due_at=None)
    return ada.now()


# --- tickets and names ------------------------------------------------------------------------------------------


def test_tickets_stay_for_a_month_after_the_date(
    bought: Order, ada: Ada, move_clock: Callable[..., None]
) -> None:
    move_clock(40 * DAY + 29 * DAY)
    pruning.run()
    assert Document.objects.exclude(content=None).count() == 2
    move_clock(2 * DAY)
    assert pruning.run()["documents"] == 2
    assert Document.objects.filter(content=None, link="", size=0).count() == 2
    assert Order.objects.get().email == "ada@example.org"
    assert "the tickets were deleted here" in ada.client.get(ada.url("order")).content.decode()
    assert pruning.run()["documents"] == 0


def test_tickets_stay_for_a_date_that_was_put_off(
    bought: Order, ada: Ada, move_clock: Callable[..., None]
) -> None:
    Instance.objects.update(starts_at=clock.now() + 300 * DAY)
    move_clock(250 * DAY)
    pruning.run()
    assert Document.objects.exclude(content=None).count() == 2
    assert bought.bookings.get().handle
    assert ada.client.get(ada.url("order")).status_code == 200
    assert personal.needed_for(bought) == ["to_come"]
    move_clock(50 * DAY + 31 * DAY)
    assert pruning.run()["documents"] == 2


def test_the_name_stays_as_long_as_a_payment_can_be_disputed(
    bought: Order, move_clock: Callable[..., None], settings: Any
) -> None:
    move_clock(40 * DAY + (settings.PERSONAL_DATA_KEEP_DAYS - 1) * DAY)
    pruning.run()
    assert Order.objects.get().last_name == "Lovelace"
    assert Mail.objects.exists()
    move_clock(2 * DAY)
    assert pruning.run()["over"] == 1
    order = Order.objects.get()
    assert (order.first_name, order.last_name, order.email, order.phone) == ("", "", "", "")
    assert json.loads(order.answers) == {}
    assert order.total_minor == 9000
    assert not Mail.objects.exists()
    assert set(HistoryEntry.objects.values_list("subject", flat=True)) == {"payment", "order"}
    assert HistoryEntry.objects.get(subject="order").because == "personal data was deleted"
    assert Payment.objects.get().status == Payment.Status.CAPTURED
    assert pruning.run()["over"] == 0


def test_what_was_typed_for_nothing_goes_after_a_month(
    ada: Ada, theatre: World, move_clock: Callable[..., None]
) -> None:
    given_up(ada, theatre)
    move_clock(29 * DAY)
    pruning.run()
    assert Order.objects.get().email == "ada@example.org"
    move_clock(2 * DAY)
    assert pruning.run()["given up"] == 1
    assert Order.objects.get().email == ""
    move_clock(400 * DAY)
    assert pruning.run()["rows"] == 1
    assert not Order.objects.exists()
    assert pruning.run()["baskets"] == 1 or not Basket.objects.exists()
    assert not Hold.objects.exists()


def test_an_order_that_was_given_up_and_moved_money_keeps_its_rows(
    ada: Ada, theatre: World, move_clock: Callable[..., None]
) -> None:
    order = given_up(ada, theatre)
    Payment.objects.create(
        order=order, route="us", status=Payment.Status.REFUNDED, currency="GBP", amount_minor=9000,
        captured_minor=9000, begun_at=clock.now(),
    )  # fmt: skip
    move_clock(800 * DAY)
    pruning.run()
    assert Order.objects.get().email == ""
    assert Payment.objects.get().amount_minor == 9000


def test_baskets_that_nobody_bought_go_after_two_weeks(
    ada: Ada, theatre: World, season: dict[str, Instance], move_clock: Callable[..., None]
) -> None:
    ada.holds()
    Basket.objects.update(status=Basket.Status.EXPIRED)
    Hold.objects.update(state=Hold.State.CLOSED, due_at=None)
    move_clock(13 * DAY)
    pruning.run()
    assert Line.objects.count() == 1
    Hold.objects.update(state=Hold.State.RELEASING, due_at=clock.now())
    move_clock(2 * DAY)
    pruning.run()
    assert Basket.objects.count() == 1  # something is still to be given back
    Hold.objects.update(state=Hold.State.CLOSED, due_at=None)
    assert pruning.run()["baskets"] == 1
    assert Basket.objects.count() == Hold.objects.count() == Line.objects.count() == 0


def test_a_basket_that_is_open_or_was_bought_stays(
    bought: Order, ada: Ada, move_clock: Callable[..., None]
) -> None:
    Basket.objects.create(visitor="eve", currency="GBP", created_at=clock.now(), touched_at=clock.now())
    move_clock(100 * DAY)
    pruning.run()
    assert set(Basket.objects.values_list("status", flat=True)) == {"open", "converted"}


# --- small rows -------------------------------------------------------------------------------------------------


def test_knocks_go_after_two_days(db: None, move_clock: Callable[..., None]) -> None:
    Knock.objects.create(key="k", at=clock.now())
    move_clock(DAY)
    pruning.run()
    assert Knock.objects.count() == 1
    move_clock(2 * DAY)
    pruning.run()
    assert Knock.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "kept", "gone"),
    [("handled", 119, 121), ("foreign", 119, 121), ("failed", 364, 366)],
)
def test_messages_go_when_nobody_asks_for_them(
    db: None, move_clock: Callable[..., None], state: str, kept: int, gone: int
) -> None:
    InboxMessage.objects.create(source="stripe", event_id="e", kind="x", state=state, received_at=clock.now())
    move_clock(kept * DAY)
    pruning.run()
    assert InboxMessage.objects.count() == 1
    move_clock((gone - kept) * DAY)
    pruning.run()
    assert InboxMessage.objects.count() == 0


def test_a_message_that_still_waits_stays(db: None, move_clock: Callable[..., None]) -> None:
    InboxMessage.objects.create(
        source="stripe", event_id="e", kind="x", state="failed", received_at=clock.now(), due_at=clock.now()
    )
    move_clock(1000 * DAY)
    pruning.run()
    assert InboxMessage.objects.count() == 1


def sign_in() -> None:
    Session.objects.create(session_key="s", session_data="x", expire_date=clock.now() + 14 * DAY)


def claim() -> None:
    Claim.objects.create(name="c", owner="o", expires_at=clock.now())


def call(subject: str) -> Callable[[], None]:
    def make() -> None:
        CallRecord.objects.create(
            subject=subject, account="a", at=clock.now(), verb="v", method="GET", path="/", outcome="ok"
        )

    return make


def count() -> None:
    CallCount.objects.create(account="a", hour=clock.now())


@pytest.mark.parametrize(
    ("make", "model", "kept"),
    [
        (sign_in, Session, 14),
        (claim, Claim, 1),
        (call("basket:1"), CallRecord, 14),
        (call("order:1"), CallRecord, 365),
        (count, CallCount, 30),
    ],
)
def test_small_rows_of_the_shop_go_in_their_time(
    db: None, move_clock: Callable[..., None], make: Callable[[], None], model: Any, kept: int
) -> None:
    make()
    move_clock(kept * DAY - timedelta(hours=1))
    shop_tasks.prune()
    assert model.objects.count() == 1
    move_clock(timedelta(hours=2))
    assert sum(shop_tasks.prune().values()) == 1
    assert model.objects.count() == 0
    assert sum(shop_tasks.prune().values()) == 0


# --- how ----------------------------------------------------------------------------------------------------------


def test_it_goes_in_batches_and_the_next_run_goes_on(
    db: None, move_clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    monkeypatch.setattr(pruning, "BATCHES", 2)
    for number in range(5):
        InboxMessage.objects.create(
            source="stripe", event_id=f"e{number}", kind="x", state="failed", received_at=clock.now()
        )
    move_clock(366 * DAY)
    assert [pruning.messages(), pruning.messages(), pruning.messages()] == [4, 1, 0]


def test_one_kind_that_fails_does_not_stop_the_others(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks() -> int:
        raise RuntimeError("odd row")

    Knock.objects.create(key="k", at=clock.now() - 3 * DAY)
    monkeypatch.setitem(pruning.KINDS, "keys", breaks)
    with caplog.at_level(logging.INFO, logger="checkout.pruning"):
        done = pruning.run()
    assert "keys" not in done
    assert "baskets" in done
    assert Knock.objects.count() == 0
    assert any("pruning: keys" in record.getMessage() for record in caplog.records)


def test_the_nightly_task_prunes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Knock.objects.create(key="k", at=clock.now() - 3 * DAY)
    tasks.forget()
    assert Knock.objects.count() == 0


def test_every_need_has_words_and_every_word_a_need(db: None) -> None:
    assert set(personal.needs()) == set(personal.WORDS)
