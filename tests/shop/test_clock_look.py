"""Machines whose clocks are apart: seen by each of them, told once, over when that machine says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from shop import alerts, clock_look
from shop.alert_models import Alert

MINUTE = timedelta(minutes=1)


@pytest.fixture
def two_machines(db, settings, monkeypatch, move_clock):
    """How far each is ahead; `look("a")` is a's turn, a minute after the one before."""
    settings.STAFF_EMAILS = ["boxoffice@example.org"]
    ahead = {"a": timedelta(0), "b": timedelta(0)}

    def look(machine: str) -> None:
        move_clock(MINUTE)
        alerts.alive(alerts.BEAT)
        alerts.alive(alerts.SWEEP)
        monkeypatch.setattr(alerts.socket, "gethostname", lambda: machine)
        monkeypatch.setattr(clock_look, "apart", lambda: ahead[machine])
        alerts.look()

    return ahead, look


def test_a_machine_out_of_step_is_told_once_whoever_looks_in_between(two_machines):
    ahead, look = two_machines
    ahead["b"] = timedelta(minutes=4)
    for _round in range(6):
        look("a")
        look("b")
    (told,) = mail.outbox
    assert "The clock of b is 240 seconds away" in told.subject
    assert "Orders are kept by the database's" in told.body


def test_only_that_machine_says_that_it_is_over(two_machines):
    ahead, look = two_machines
    ahead["b"] = -timedelta(minutes=2)
    for machine in "bb":
        look(machine)
    ahead["b"] = timedelta(seconds=1)
    look("a")
    assert Alert.objects.get().over_at is None
    look("b")
    assert Alert.objects.get().over_at


def test_a_few_seconds_are_nothing(two_machines):
    ahead, look = two_machines
    ahead["b"] = timedelta(seconds=20)
    for _round in range(3):
        look("b")
    assert not Alert.objects.exists()
