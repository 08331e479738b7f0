"""Which work waits where, how long it may take, and what happens when nothing can be queued."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import QueueNotFound, SoftTimeLimitExceeded
from django.db import transaction
from django.test import override_settings
from kombu import Connection
from kombu.exceptions import OperationalError

from catalog import refresh
from shop import broker, claims, clock, later, queues, settings
from shop.celery import app
from shop.models import Claim
from shop.providers import http
from tests.factories_catalog import account

OURS = ("checkout.", "baskets.", "catalog.", "shop.")
MONEY = {
    "checkout.tasks.sweep",
    "checkout.tasks.settle_booking",
    "checkout.tasks.settle_payment",
    "checkout.tasks.settle_refund",
    "checkout.tasks.handle_message",
    "checkout.tasks.recover_order",
    "checkout.tasks.fetch_missed",
}


def ours() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.startswith(OURS)}


def queue_of(name: str) -> str:
    """As Celery routes it."""
    return str(app.amqp.router.route({}, name)["queue"].name)


@pytest.fixture(autouse=True)
def nobody_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "_away_until", 0.0)


# --- names --------------------------------------------------------------------------------------------------


def test_money_waits_in_a_queue_of_its_own():
    assert set(ours()) >= MONEY
    assert {queue_of(name) for name in MONEY} == {"checkout"}
    there = {name for name in ours() if queue_of(name) == "checkout"}
    assert there - {"shop.tasks.look_for_alerts"} == MONEY


def test_whatever_reads_a_catalogue_waits_with_the_refreshes():
    of_the_catalogue = [name for name in ours() if name.startswith("catalog.")]
    assert of_the_catalogue
    assert {queue_of(name) for name in [*of_the_catalogue, "baskets.tasks.refresh_extras"]} == {"refresh"}
    assert queue_of("checkout.tasks.send_mail") == "mail"
    assert queue_of("baskets.tasks.sweep") == "desk"


def test_celery_and_we_name_the_same_queue_for_every_task():
    assert {name: queue_of(name) for name in ours()} == {name: queues.queue_of(name) for name in ours()}


def test_a_worker_without_names_of_queues_serves_all_of_them():
    assert set(app.amqp.queues.consume_from) == set(queues.LIMITS)


def test_a_queue_that_nobody_serves_is_refused_when_something_is_put_into_it():
    with pytest.raises(QueueNotFound):
        app.amqp.router.route({"queue": "nobody"}, "shop.tasks.prune")


def test_every_task_has_the_limits_of_its_queue():
    for name, task in ours().items():
        limit = queues.LIMITS[queue_of(name)]
        assert (task.soft_time_limit, task.time_limit) == (limit.soft, limit.hard), name


def test_a_task_about_money_is_over_before_its_message_is_given_to_somebody_else():
    assert queues.VISIBILITY_SECONDS <= 120
    for name in ("checkout", "desk", "mail"):
        assert queues.LIMITS[name].soft < queues.LIMITS[name].hard < queues.VISIBILITY_SECONDS


def test_a_dead_worker_loses_nothing_and_a_busy_one_takes_nothing_in_advance():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_looks_of_every_minute_are_not_heaped_up_and_no_sweep_is_dropped_because_two_clocks_differ():
    told = {name: entry.get("options", {}).get("expires") for name, entry in app.conf.beat_schedule.items()}
    assert told["refresh-availability"] == told["refresh-extras"] == 300
    assert told["sweep-orders"] is None
    assert told["sweep-baskets"] is None


# --- brokers ------------------------------------------------------------------------------------------------


def folder(room: Path) -> Connection:
    broker.Transport.global_state.clear()  # a process has one folder: what is bound is known for all of them
    parts = {name: room / name for name in ("queue", "processed", "control")}
    for part in parts.values():
        part.mkdir()
    return Connection(
        "folder://localhost/",
        transport_options={
            "data_folder_in": str(parts["queue"]), "data_folder_out": str(parts["queue"]),
            "processed_folder": str(parts["processed"]), "control_folder": str(parts["control"]),
        },
    )  # fmt: skip


def each_in_its_own(connection: Connection) -> None:
    declared = queues.declared()
    with connection, connection.channel() as channel:
        producer = connection.Producer(channel)
        for queue in declared:
            producer.publish(
                {"for": queue.name}, exchange=queue.exchange, routing_key=queue.routing_key, declare=[queue]
            )
        for queue in declared:
            bound = queue.bind(channel)
            message = bound.get(no_ack=True)
            assert message.payload == {"for": queue.name}
            assert bound.get(no_ack=True) is None


def test_a_message_in_the_folder_is_in_one_queue_only(tmp_path):
    each_in_its_own(folder(tmp_path))


@pytest.mark.redis
def test_a_message_in_redis_is_in_one_queue_only(redis_url):
    each_in_its_own(Connection(redis_url))


@pytest.mark.redis
def test_what_a_dead_worker_had_in_hand_comes_back(redis_url):
    """With our own options, but for the time: two minutes are too long for a test."""
    [queue] = [one for one in queues.declared() if one.name == "checkout"]
    options = {**redis_options(), "visibility_timeout": 0}
    with Connection(redis_url, transport_options=options) as dead:
        channel = dead.channel()
        dead.Producer(channel).publish(
            {"n": 1}, exchange=queue.exchange, routing_key=queue.routing_key, declare=[queue]
        )
        assert queue.bind(channel).get(no_ack=False).payload == {"n": 1}  # and it dies with it
        channel.connection_errors  # noqa: B018 - the channel stays open: a killed process says no goodbye
        with Connection(redis_url, transport_options=options) as living:
            other = living.channel()
            assert queue.bind(other).get(no_ack=False) is None
            other.qos.restore_visible(interval=options["unacked_restore_throttle"])
            found = queue.bind(other).get(no_ack=True)
            assert found is not None
            assert found.payload == {"n": 1}


def redis_options() -> dict[str, Any]:
    return dict(settings.REDIS_BROKER_OPTIONS)


# --- the broker is away ---------------------------------------------------------------------------------------


class Task:
    name = "a task"

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def delay(self, *args: Any, **kwargs: Any) -> None:
        self.asked.append(args)
        if self.error is not None:
            raise self.error


@pytest.mark.django_db(transaction=True)
def test_work_is_queued_when_what_it_is_about_can_be_seen():
    task = Task()
    with transaction.atomic():
        later.later(task, 5)
        assert task.asked == []
    assert task.asked == [(5,)]


@pytest.mark.django_db(transaction=True)
def test_whatever_goes_wrong_while_queueing_is_no_error_of_the_page(caplog):
    task = Task()
    task.error = ZeroDivisionError("a mistake of ours")
    with transaction.atomic():
        later.later(task, 5)
    assert "Error calling" in caplog.text
    assert task.asked == [(5,)]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_queues_nothing():
    task = Task()
    with transaction.atomic():
        later.later(task, 5)
        transaction.set_rollback(True)
    assert task.asked == []


def test_a_broker_that_is_away_is_asked_once_and_then_left_alone_for_seconds(monkeypatch):
    task, now = Task(), [100.0]
    monkeypatch.setattr(later, "monotonic", lambda: now[0])
    task.error = OperationalError("away")
    assert not later.now(task, 1)
    task.error = None
    assert not later.now(task, 2)
    assert task.asked == [(1,)]
    now[0] += later.AWAY_SECONDS
    assert later.now(task, 3)
    assert task.asked == [(1,), (3,)]


def test_a_redis_that_refuses_connections_ends_in_a_no_instead_of_an_error():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shop = Celery("away", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    shop.conf.update(
        broker_transport_options=redis_options(),
        task_publish_retry_policy=settings.CELERY_TASK_PUBLISH_RETRY_POLICY,
        broker_connection_timeout=settings.CELERY_BROKER_CONNECTION_TIMEOUT,
    )

    @shop.task(name="anything")
    def task(number: int) -> None: ...

    assert not later.now(task, 1)


# --- limits ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_refresh_that_takes_too_long_gives_its_claim_back_and_says_so(season, monkeypatch):
    row = account()

    def for_ever(*args: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(refresh, "_read_account", for_ever)
    with pytest.raises(SoftTimeLimitExceeded):
        refresh.refresh_account("west-end", trigger="beat")
    assert not Claim.objects.exists()
    run = row.runs.get()
    assert (run.complete, run.error) == (False, "SoftTimeLimitExceeded")
    assert run.finished_at is not None
    row.refresh_from_db()
    assert row.next_refresh_at > clock.now()


def test_no_recorder_swallows_what_interrupts_a_task(monkeypatch):
    def interrupted(call: http.CallInfo) -> None:
        raise SoftTimeLimitExceeded

    def broken(call: http.CallInfo) -> None:
        raise ZeroDivisionError

    info = http.CallInfo("west-end", "events", "GET", "/", False)
    http._tell([broken], info)
    with pytest.raises(SoftTimeLimitExceeded):
        http._tell([interrupted], info)


@pytest.mark.django_db
def test_the_same_task_beside_itself_finds_the_claim_taken_and_ends(season):
    from catalog import tasks

    row = account()
    with claims.claim("refresh:west-end"), override_settings():
        tasks.refresh_account("west-end")
    assert not row.runs.exists()
