"""Staff are told once of what nobody would notice: a dead beat, a sweep that is not done, an order that waits."""

from __future__ import annotations

import contextlib
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError

from shop import alerts, beat, claims, clock, tasks
from shop.alert_models import Alert, Heartbeat
from shop.models import User

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def staff(settings):
    settings.STAFF_EMAILS = ["boxoffice@example.org"]


@pytest.fixture
def all_alive():
    alerts.alive(alerts.BEAT)
    alerts.alive(alerts.SWEEP)


def look_for(move_clock, minutes):
    """Somebody looks each minute."""
    for _minute in range(minutes):
        move_clock(MINUTE)
        alerts.look()


def test_a_dead_beat_is_told_once_and_again_when_it_dies_again(all_alive, move_clock):
    look_for(move_clock, 5)
    assert mail.outbox == []
    look_for(move_clock, 30)
    (told,) = mail.outbox
    assert told.to == ["boxoffice@example.org"]
    assert "Beat has not run since" in told.subject
    assert "/admin/" in told.body
    alerts.alive(alerts.BEAT)
    alerts.alive(alerts.SWEEP)
    look_for(move_clock, 1)
    assert Alert.objects.get(name="beat").over_at
    look_for(move_clock, 10)
    assert [one.subject.split(" since")[0] for one in mail.outbox] == ["Foyer: Beat has not run"] * 2


def test_dead_workers_under_a_living_beat_are_another_sentence(all_alive, move_clock):
    for _minute in range(8):
        move_clock(MINUTE)
        alerts.alive(alerts.BEAT)
        alerts.look()
    (told,) = mail.outbox
    assert "No worker has swept the orders since" in told.subject


def test_a_machine_that_was_asleep_is_no_alarm(all_alive, move_clock):
    move_clock(timedelta(hours=8))
    alerts.look()  # a web process is awake first
    assert Alert.objects.filter(name="beat", told_at=None).exists()
    alerts.alive(alerts.BEAT)
    alerts.alive(alerts.SWEEP)
    look_for(move_clock, 1)
    assert mail.outbox == []
    assert not Alert.objects.exists()


def test_only_one_of_many_looks_at_a_time(all_alive, move_clock):
    move_clock(timedelta(minutes=6))
    alerts.look()
    assert Alert.objects.count() == 1
    Alert.objects.all().delete()
    alerts.look()
    assert Alert.objects.count() == 0
    look_for(move_clock, 1)
    assert Alert.objects.count() == 1


def test_a_mail_that_cannot_be_sent_is_tried_again(all_alive, move_clock, monkeypatch):
    def broken(self, fail_silently=False):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", broken)
        look_for(move_clock, 9)
    assert Alert.objects.get(name="beat").told_at is None
    look_for(move_clock, 2)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError], ids=["killed", "an error of its own"])
def test_who_was_to_tell_dies_over_the_mail_and_somebody_else_tells(
    all_alive, move_clock, monkeypatch, failure
):
    def dies(self, fail_silently=False):
        raise failure

    look_for(move_clock, 5)
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", dies)
        patched.setattr(claims, "give_up", lambda name, owner: None)  # as a killed process leaves them
        for _look in range(2):
            move_clock(MINUTE)
            with contextlib.suppress(KeyboardInterrupt):
                alerts.look()
    assert Alert.objects.get(name="beat").told_at is None
    assert mail.outbox == []
    look_for(move_clock, 11)
    assert len(mail.outbox) == 1
    assert Alert.objects.get(name="beat").told_at


def test_two_who_notice_at_once_tell_once(all_alive, move_clock, monkeypatch):
    look_for(move_clock, 5)  # noticed
    monkeypatch.setattr(alerts, "LOOK_EVERY", 0)
    sent = []

    def send(self, fail_silently=False):
        sent.append(self.subject)
        if len(sent) == 1:
            alerts.look()  # somebody else, meanwhile

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    look_for(move_clock, 2)
    assert len(sent) == 1


def test_an_order_that_waits_too_long_for_a_person_is_told(all_alive, move_clock, order_that_waits, settings):
    def minutes(count):
        for _minute in range(count):
            move_clock(MINUTE)
            alerts.alive(alerts.BEAT)
            alerts.alive(alerts.SWEEP)
            alerts.look()

    minutes(settings.ALERT_PERSON_MINUTES)
    assert mail.outbox == []
    minutes(4)
    (told,) = mail.outbox
    assert "1 order needs a person, the longest since" in told.subject
    assert order_that_waits.last_name not in told.subject + told.body
    order_that_waits.attention_reason = ""
    order_that_waits.save()
    minutes(1)
    assert Alert.objects.get(name="person").over_at


@pytest.fixture
def order_that_waits():
    from baskets.models import Basket
    from checkout.models import Order

    now = clock.now()
    basket = Basket.objects.create(visitor="v", currency="GBP", created_at=now, touched_at=now)
    return Order.objects.create(
        number="FOY-AAAAAA", basket=basket, currency="GBP", placed_at=now, status="attention",
        attention_reason="mail_failed", attention_at=now, first_name="Philippa", last_name="Quisenberry",
    )  # fmt: skip


def test_the_admins_first_page_says_it_in_words(client, all_alive, move_clock, order_that_waits):
    client.force_login(User.objects.create_superuser("root"))
    assert "Look at this first" not in client.get("/admin/").content.decode()
    move_clock(timedelta(hours=3))
    client.force_login(User.objects.get())
    page = client.get("/admin/").content.decode()
    assert "Look at this first" in page
    assert "Beat has not run since" in page
    assert "1 order needs a person" in page


def test_somebody_of_another_house_is_not_told_of_its_orders(client, all_alive, move_clock, order_that_waits):
    user = User.objects.create_user("eve", is_staff=True)
    assert [one.name for one in alerts.troubles(user)] == []
    move_clock(timedelta(hours=3))
    assert [one.name for one in alerts.troubles(user)] == ["beat"]


def test_nothing_is_looked_at_for_visitors_of_tests_and_beside_them_otherwise(monkeypatch, settings):
    looked = []
    monkeypatch.setattr(alerts, "_looked", None)
    monkeypatch.setattr(alerts, "_look_alone", lambda: looked.append(1))
    alerts.look_beside()
    assert looked == []
    settings.PAGES_NOTICE_ALERTS = True
    for _again in range(3):
        alerts.look_beside()
    for thread in [one for one in alerts.threading.enumerate() if one.name == "alerts"]:
        thread.join()
    assert looked == [1]


# --- beat ---------------------------------------------------------------------------------------------------


@pytest.fixture
def scheduler(tmp_path):
    from shop.celery import app

    made = beat.Scheduler(app, schedule_filename=str(tmp_path / "schedule"), schedule={})
    yield made
    made.close()


def test_each_tick_of_beat_is_a_sign_of_life_and_the_next_one_is_near(scheduler, move_clock):
    assert scheduler.tick() <= beat.EVERY
    first = Heartbeat.objects.get(name="beat").at
    move_clock(MINUTE)
    scheduler._next_sign = 0.0
    scheduler.tick()
    assert Heartbeat.objects.get(name="beat").at - first >= MINUTE


def test_a_database_that_is_away_does_not_stop_beat(scheduler, monkeypatch, caplog):
    def away(name):
        raise DatabaseError("host=10.0.0.5")

    monkeypatch.setattr(alerts, "alive", away)
    monkeypatch.setattr(beat.connection, "close", lambda: None)
    assert scheduler.tick() <= beat.EVERY
    assert "no sign of life could be left: DatabaseError" in caplog.text


def test_beat_looks_for_alerts_by_itself(all_alive, move_clock, settings):
    names = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.look_for_alerts.name in names
    assert alerts.SWEEP_TASK in names
    move_clock(timedelta(minutes=6))
    tasks.look_for_alerts()
    assert Alert.objects.exists()


def test_old_alerts_are_forgotten():
    now = clock.now()
    for days in (1, 100):
        over = now - timedelta(days=days)
        Alert.objects.create(name="beat", noticed_at=over, told_at=over, over_at=over)
    tasks.prune()
    assert Alert.objects.count() == 1
