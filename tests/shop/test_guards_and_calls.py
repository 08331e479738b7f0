"""No provider is called inside a transaction; the timeline is written; calls are counted."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
import responses
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shop import calls, clock, tasks
from shop.guards import CalledInsideTransaction
from shop.models import CallCount, CallRecord
from shop.providers import http
from shop.providers.errors import ProviderError
from shop.providers.http import ApiError, ApiSession

URL = "https://api.example.test"


def ask(polite: bool = False) -> None:
    ApiSession(URL, account="west-end", headers={"Api-Key": "k"}, polite=polite).call(
        "GET", "/Events", verb="events", reads=True
    )


@responses.activate
@pytest.mark.django_db
def test_a_provider_call_inside_a_transaction_is_refused():
    responses.get(f"{URL}/Events", json={"Events": []})
    ask()
    with transaction.atomic(), pytest.raises(CalledInsideTransaction):
        ask()
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.django_db
def test_calls_made_for_an_order_are_written_down_without_the_key():
    responses.get(f"{URL}/Events", json={"Events": []})
    with calls.recording("order:12"):
        ask()
    ask()  # for nobody: not written
    row = CallRecord.objects.get()
    assert (row.subject, row.account, row.verb, row.status, row.outcome) == (
        "order:12",
        "west-end",
        "events",
        200,
        "ok",
    )


# --- counts -------------------------------------------------------------------------------------------------


@responses.activate
@pytest.mark.django_db
def test_every_call_is_counted_by_account_and_hour_whoever_makes_it(move_clock):
    move_clock(datetime(2026, 11, 21, 12, 59, 30, tzinfo=UTC))
    responses.get(f"{URL}/Events", json={"Events": []})
    ask()
    with calls.recording("order:12"):
        ask()
    with calls.counting():
        ask()
    move_clock(timedelta(minutes=1))
    ask()
    rows = CallCount.objects.order_by("hour").values_list("account", "hour__hour", "calls", "failed")
    assert list(rows) == [("west-end", 12, 3, 0), ("west-end", 13, 1, 0)]
    assert calls.counted_since(clock.now() - timedelta(hours=1))["west-end"].calls == 4
    assert calls.counted_since(clock.now())["west-end"].calls == 1
    assert calls.counted_since(clock.now() + timedelta(hours=1)) == {}


@responses.activate
@pytest.mark.django_db
def test_no_answer_is_a_failure_and_a_refusal_is_an_answer(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    responses.get(f"{URL}/Events", status=404, json={"Error": "no such"})
    with pytest.raises(ApiError):
        ask()
    responses.replace("GET", f"{URL}/Events", status=502)
    with pytest.raises(ProviderError):
        ask()
    sums = calls.counted_since(clock.now())["west-end"]
    assert (sums.calls, sums.failed) == (4, 3)  # the broken one was tried three times


@responses.activate
@pytest.mark.django_db
def test_calls_of_one_piece_of_work_are_counted_in_one_write():
    responses.get(f"{URL}/Events", json={"Events": []})
    ask()
    with CaptureQueriesContext(connection) as queries, calls.counting():
        for _again in range(30):
            ask()
    assert len(queries) == 1
    assert calls.counted_since(clock.now())["west-end"].calls == 31


@responses.activate
@pytest.mark.django_db
def test_long_work_is_counted_while_it_goes_on_and_what_was_done_before_it_broke():
    responses.get(f"{URL}/Events", json={"Events": []})
    with contextlib.suppress(KeyError), calls.counting():
        for _again in range(calls.WRITTEN_EVERY + 5):
            ask()
        assert calls.counted_since(clock.now())["west-end"].calls == calls.WRITTEN_EVERY
        raise KeyError
    assert calls.counted_since(clock.now())["west-end"].calls == calls.WRITTEN_EVERY + 5


@pytest.mark.django_db
def test_old_counts_are_forgotten():
    now = clock.now()
    for days in (0, 29, 31):
        CallCount.objects.create(account="west-end", hour=now - timedelta(days=days), calls=1)
    tasks.prune()
    assert CallCount.objects.count() == 2
