"""No provider is called inside a transaction; polite calls keep their distance; the timeline is written."""

import pytest
import responses
from django.db import transaction

from shop import calls
from shop.guards import CalledInsideTransaction
from shop.models import CallRecord, RateBudget
from shop.providers.accounts import AccountConfig
from shop.providers.http import ApiSession

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


@responses.activate
@pytest.mark.django_db
def test_polite_calls_of_all_processes_share_one_budget(settings, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(calls.time, "sleep", slept.append)
    settings.PROVIDER_ACCOUNTS = {
        "west-end": AccountConfig("west-end", "londontheatredirect", "W", URL, rate_per_second=2.0)
    }
    responses.get(f"{URL}/Events", json={"Events": []})
    for _again in range(4):
        ask(polite=True)
    assert slept[-1] > 0.9  # the clock of this test stands almost still, so the fourth waits for three others
    assert RateBudget.objects.count() == 1
    ask()
    assert len(slept) == 3  # a buyer's call does not wait
