"""Whether this process lives, and whether visitors may be sent here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import ProviderAccount
from shop import alerts, clock, health
from shop.models import Breaker

READY, LIVE = "/health/ready/", "/health/live/"
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def nobody_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


@contextlib.contextmanager
def database_away() -> Iterator[None]:
    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError('connection to server at "10.0.0.5" failed: password for user "foyer"')

    with connection.execute_wrapper(away):
        yield


def parts(client: Client, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get(READY, **more).json()["parts"]
    return found


def test_live_touches_nothing_and_is_not_kept(client, db):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(LIVE, **STRANGER)
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert len(queries) == 0
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_live_needs_no_database_at_all(client):
    assert client.get(LIVE).status_code == 200  # this test may not touch one


@pytest.mark.parametrize("path", [LIVE, READY])
def test_a_balancer_asks_by_address_and_without_encryption(path, settings, db):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["tickets.example.org"], True
    client = Client(HTTP_HOST="10.1.2.3:8000")
    assert client.get("/en/").status_code in (301, 400)  # what a visitor would meet there
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("path", [LIVE, READY])
def test_nothing_is_posted_there(client, db, path):
    answer = client.post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_stranger_hears_yes_or_no_and_nothing_else(client, db, settings):
    settings.HEALTH_TOKEN = "a-token-of-ours"
    assert client.get(READY, **STRANGER).json() == {"ready": True}
    for wrong in ("a-token", "", "a-token-of-ours2"):
        answer = client.get(READY, HTTP_AUTHORIZATION=f"Bearer {wrong}", **STRANGER)
        assert answer.json() == {"ready": True}
    with database_away():
        answer = client.get(READY, **STRANGER)
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


def test_whoever_has_the_token_and_this_machine_read_why(client, db, settings):
    settings.HEALTH_TOKEN = "a-token-of-ours"
    told = parts(client, HTTP_AUTHORIZATION="Bearer a-token-of-ours", **STRANGER)
    assert told["database"]["state"] == "good"
    assert set(parts(client)) == set(told)


def test_an_empty_token_opens_nothing(client, db, settings):
    settings.HEALTH_TOKEN = ""
    answer = client.get(READY, HTTP_AUTHORIZATION="Bearer ", **STRANGER)
    assert "parts" not in answer.json()


@pytest.mark.parametrize(
    "header",
    ["HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"],
)
def test_a_proxy_on_this_machine_does_not_make_strangers_our_own(client, db, header):
    assert "parts" not in client.get(READY, REMOTE_ADDR="127.0.0.1", **{header: "203.0.113.9"}).json()


def test_without_a_database_no_visitor_is_sent_here_and_nothing_is_given_away(client, db):
    with database_away():
        answer = client.get(READY)
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"]["state"] == "bad"
    for secret in (b"10.0.0.5", b"foyer"):
        assert secret not in answer.content


def test_tables_that_are_behind_the_code_close_this_machine_until_they_are_there(client, db):
    last = MigrationRecorder.Migration.objects.filter(app="shop").order_by("-name").first()
    row = {"app": last.app, "name": last.name}
    MigrationRecorder.Migration.objects.filter(**row).delete()
    answer = client.get(READY)
    assert answer.status_code == 503
    assert "missing" in answer.json()["parts"]["migrations"]["words"]
    MigrationRecorder.Migration.objects.create(**row)
    assert client.get(READY).status_code == 200


def test_migrations_are_looked_up_once(client, db):
    client.get(READY)
    with CaptureQueriesContext(connection) as queries:
        client.get(READY)
    assert not any("django_migrations" in one["sql"] for one in queries)


def test_a_provider_that_is_down_is_said_and_closes_nothing(client, db):
    now = clock.now()
    for name, more in (
        ("well", {"last_good_refresh_at": now}),
        ("down", {"last_good_refresh_at": now, "down_since": now - timedelta(hours=2)}),
        ("old", {"last_good_refresh_at": now - timedelta(hours=5)}),
        ("new", {}),
        ("alone", {"last_good_refresh_at": now}),
        ("gone", {"configured": False}),
    ):
        ProviderAccount.objects.create(name=name, kind="tickethead", title=name, **more)
    Breaker.objects.create(account="alone", failures=5, opened_at=now, next_try_at=now)
    answer = client.get(READY)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["ready"], said["well"]) == (True, False)
    states = {
        name.split()[1]: part["state"] for name, part in said["parts"].items() if name.startswith("account ")
    }
    assert states == {
        "well": "good",
        "down": "degraded",
        "old": "degraded",
        "new": "degraded",
        "alone": "degraded",
    }


def test_a_dead_beat_and_dead_workers_are_said_and_close_nothing(client, db, move_clock):
    assert parts(client)["beat"]["state"] == "degraded"  # never ran
    alerts.alive(alerts.BEAT)
    assert parts(client)["beat"]["state"] == "good"
    assert parts(client)["sweep"]["state"] == "degraded"  # nobody has done what it queued
    alerts.alive(alerts.SWEEP)
    assert parts(client)["sweep"]["state"] == "good"
    move_clock(timedelta(minutes=6))
    alerts.alive(alerts.BEAT)
    assert (parts(client)["beat"]["state"], parts(client)["sweep"]["state"]) == ("good", "degraded")
    move_clock(timedelta(minutes=6))
    answer = client.get(READY)
    assert {answer.json()["parts"][name]["state"] for name in ("beat", "sweep")} == {"degraded"}
    assert answer.status_code == 200


def test_a_broker_that_is_away_is_said_and_closes_nothing(client, db, settings):
    settings.REDIS_URL = "redis://:a-password@127.0.0.1:1/0"
    answer = client.get(READY)
    assert answer.status_code == 200
    assert answer.json()["parts"]["broker"]["state"] == "degraded"
    assert b"a-password" not in answer.content


def test_details_are_sentences_that_can_be_translated(db):
    from django.utils import translation

    from tests.pseudo import plain_english, pseudo_language

    ProviderAccount.objects.create(name="acme", kind="tickethead", title="Acme")
    with pseudo_language() as code, translation.override(code):
        said = " ".join(part.words for part in health.examine().values())
    assert plain_english(said) == []
