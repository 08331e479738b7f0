"""What Prometheus is told, by whom, and to whom."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import responses
from django.conf import settings as shop_settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from catalog.models import ProviderAccount
from shop import alerts, clock, metrics
from shop.models import Breaker
from shop.providers.http import ApiSession

pytestmark = pytest.mark.django_db
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


def read(client, **more):
    """Name of a sample and its labels -> value."""
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200, answer.content
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found[(sample.name, *sorted(sample.labels.items()))] = sample.value
    return found


def value(figures, name, **labels):
    return figures.get((name, *sorted(labels.items())), 0)


def test_a_stranger_does_not_learn_that_it_is_there(client, settings):
    settings.METRICS_TOKEN = "a-token-of-ours"
    for more in ({}, {"HTTP_AUTHORIZATION": "Bearer no"}, {"HTTP_AUTHORIZATION": "Basic a-token-of-ours"}):
        answer = client.get("/metrics", **STRANGER, **more)
        assert answer.status_code == 404
        assert b"foyer_" not in answer.content
    assert (
        client.get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404
    )


def test_this_machine_and_whoever_has_the_token_may_read(client, settings):
    settings.METRICS_TOKEN = "a-token-of-ours"
    assert read(client)
    answer = client.get("/metrics", HTTP_AUTHORIZATION="Bearer a-token-of-ours", **STRANGER)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


def test_requests_are_counted_by_view_and_never_by_address(client):
    before = read(client)
    client.get("/robots.txt")
    client.get("/en/checkout/order/0123456789abcdefghijklmnopqrstuv/")
    client.get("/en/no/such/page/")
    after = read(client)

    def more(name, **labels):
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("foyer_requests_total", view="robots", method="GET", status="200") == 1
    assert more("foyer_requests_total", view="checkout:order", method="GET", status="404") == 1
    assert more("foyer_requests_total", view="(other)", method="GET", status="404") == 1
    assert more("foyer_request_seconds_count", view="robots") == 1
    assert not any("0123456789abcdef" in str(key) for key in after)


def test_a_page_out_of_the_cache_is_counted_as_one(client):
    before = read(client)
    client.get("/en/")
    client.get("/en/")
    after = read(client)
    kept = {"view": "(kept page)", "method": "GET", "status": "200"}
    assert value(after, "foyer_requests_total", **kept) - value(before, "foyer_requests_total", **kept) == 1


def test_an_odd_method_makes_no_label_of_its_own(client):
    client.generic("BREW", "/en/")
    assert not any("BREW" in str(key) for key in read(client))


@responses.activate
def test_calls_to_a_provider_are_counted_by_verb_and_outcome(client):
    responses.get("https://api.example.test/Events", json={"Events": []})
    session = ApiSession("https://api.example.test", account="west-end", headers={})
    labels = {"account": "west-end", "verb": "events", "outcome": "ok"}
    before = read(client)
    session.call("GET", "/Events", verb="events", reads=True)
    after = read(client)
    assert (
        value(after, "foyer_provider_calls_total", **labels)
        - value(before, "foyer_provider_calls_total", **labels)
        == 1
    )
    assert value(after, "foyer_provider_call_seconds_count", account="west-end", verb="events") >= 1


def test_gauges_come_from_the_database_with_few_queries(client, move_clock):
    from baskets.models import Basket
    from checkout.models import Booking, Order, Payment

    now = clock.now()
    account = ProviderAccount.objects.create(
        name="acme", kind="tickethead", title="Acme", down_since=now, last_good_refresh_at=now
    )
    basket = Basket.objects.create(visitor="v", currency="GBP", created_at=now, touched_at=now)
    order = Order.objects.create(
        number="FOY-AAAAAA",
        basket=basket,
        currency="GBP",
        placed_at=now,
        attention_reason="disputed",
        attention_at=now,
    )
    booking = Booking.objects.create(
        order=order, account=account, currency="GBP", status="uncertain", due_at=now + timedelta(minutes=2)
    )
    Payment.objects.create(
        order=order,
        booking=booking,
        route="there",
        currency="GBP",
        amount_minor=1,
        begun_at=now,
        status="begun",
    )
    Breaker.objects.create(account="acme", failures=5, opened_at=now, next_try_at=now)
    alerts.alive(alerts.BEAT)
    move_clock(timedelta(minutes=5))
    client.get("/metrics")
    with CaptureQueriesContext(connection) as queries:
        found = read(client)
    assert len(queries) <= 11
    assert [value(found, "foyer_figures_read", of=of) for of in ("database", "broker")] == [1, 1]
    assert value(found, "foyer_bookings", status="uncertain") == 1
    assert value(found, "foyer_payments", route="there", status="begun") == 1
    assert value(found, "foyer_attention_orders") == 1
    assert value(found, "foyer_attention_oldest_seconds") == pytest.approx(300, abs=30)
    assert value(found, "foyer_due_oldest_seconds", what="bookings") == pytest.approx(180, abs=30)
    assert value(found, "foyer_due_rows", what="bookings") == 1
    assert value(found, "foyer_due_rows", what="mails") == 0
    assert value(found, "foyer_account_up", account="acme") == 0
    assert value(found, "foyer_breaker_open", account="acme") == 1
    assert value(found, "foyer_sign_of_life_timestamp_seconds", of="beat") == pytest.approx(
        now.timestamp(), abs=30
    )
    assert any(name == "foyer_queue_length" for name, *_labels in found)


def test_what_waits_for_a_worker_is_counted(client):
    from shop import tasks

    def waiting():
        return sum(
            number for (name, *_labels), number in read(client).items() if name == "foyer_queue_length"
        )

    before = waiting()
    tasks.look_for_alerts.delay()
    assert waiting() == before + 1


def test_a_broker_that_is_away_costs_its_own_figures_alone(client, settings):
    settings.REDIS_URL = "redis://:a-password@127.0.0.1:1/0"
    found = read(client)
    assert [value(found, "foyer_figures_read", of=of) for of in ("database", "broker")] == [1, 0]
    assert any(name == "foyer_bookings" for name, *_labels in found)
    assert not any(name == "foyer_queue_length" for name, *_labels in found)


def test_a_database_that_is_away_costs_its_own_figures_alone(client):
    def away(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(away):
        found = read(client)
    assert [value(found, "foyer_figures_read", of=of) for of in ("database", "broker")] == [0, 1]
    assert any(name == "foyer_requests_total" for name, *_labels in found)
    assert not any(name == "foyer_bookings" for name, *_labels in found)


# --- processes ----------------------------------------------------------------------------------------------

COUNTS = (
    "import os, sys; os.environ['PROMETHEUS_MULTIPROC_DIR'] = sys.argv[1]\n"
    "from prometheus_client import Counter, Histogram\n"
    "Counter('foyer_things', 'x', ('what',)).labels('a').inc(int(sys.argv[2]))\n"
    "Histogram('foyer_spans', 'x', ()).observe(0.3)\n"
)


def totals(folder: Path) -> tuple[float, float]:
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    return (
        registry.get_sample_value("foyer_things_total", {"what": "a"}) or 0,
        registry.get_sample_value("foyer_spans_count") or 0,
    )


def test_what_ended_processes_have_counted_is_folded_and_never_goes_backwards(tmp_path):
    for round_, expected in ((1, (5, 2)), (2, (10, 4))):
        for number in (2, 3):
            subprocess.run([sys.executable, "-c", COUNTS, str(tmp_path), str(number)], check=True)
        assert totals(tmp_path) == expected, round_
        assert metrics.fold(tmp_path) == 4  # a file for counters and one for histograms of each
        assert totals(tmp_path) == expected
        assert metrics.fold(tmp_path) == 0
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["counter_0.db", "histogram_0.db"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_what_a_command_by_root_has_counted_can_be_read_by_the_web_server(tmp_path):
    nobody = 65534
    os.chown(tmp_path, nobody, nobody)
    assert metrics._reserve(tmp_path, "counter", os.getpid())
    (file,) = tmp_path.glob("*.db")
    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (nobody, 0o600)


def test_processes_that_live_are_left_alone(client):
    client.get("/robots.txt")
    folder = Path(shop_settings.METRICS_DIR)
    metrics.fold(folder)
    own = [path.name for path in folder.glob("counter_*.db")]
    assert any(name != "counter_0.db" for name in own)
