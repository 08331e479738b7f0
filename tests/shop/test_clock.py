"""The shop's clock: the database's where there is one for all, counted on by this machine in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from shop import clock, clock_look
from tests import provision

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)  # by the database
MINUTE = timedelta(minutes=1)


class Machine:
    """One with a clock and a counter that a test turns."""

    def __init__(self) -> None:
        self.count, self.clock = 5000.0, NOON

    def passes(self, seconds: float) -> None:
        self.count += seconds
        self.clock += timedelta(seconds=seconds)


class Database:
    """A connection to one; `away` fails, `slow` is how long an answer takes."""

    vendor, alias = "postgresql", "default"
    in_atomic_block = False

    def __init__(self, machine: Machine) -> None:
        self.machine, self.ahead, self.slow = machine, timedelta(0), 0.002
        self.asked, self.away = 0, False
        self.begun = NOON, machine.count
        self.connection: Any = self

    def ensure_connection(self) -> None:
        if self.away:
            raise psycopg.OperationalError
        self.connection = self
        clock_look._connected(self)  # type: ignore[arg-type]

    def execute(self, query: str) -> Database:
        self.asked += 1
        if self.away:
            raise psycopg.OperationalError
        self.machine.passes(self.slow / 2)
        self.said = self.begun[0] + timedelta(seconds=self.machine.count - self.begun[1]) + self.ahead
        self.machine.passes(self.slow / 2)
        return self

    def fetchone(self) -> tuple[datetime]:
        return (self.said,)


@pytest.fixture(autouse=True)
def nothing_measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    clock.forget()
    monkeypatch.setattr(clock_look, "_asked", None)
    yield
    clock.forget()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setattr(clock, "counter", lambda: found.count)
    monkeypatch.setattr(clock, "machine", lambda: found.clock)
    return found


@pytest.fixture
def database(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Database:
    found = Database(machine)
    monkeypatch.setattr(clock_look, "connection", found)
    return found


def off(moment: datetime) -> float:
    return abs((clock.now() - moment).total_seconds())


def test_without_a_database_for_all_this_machines_clock_is_the_shops(machine, database):
    database.vendor = "sqlite"
    machine.clock += 7 * MINUTE
    assert not clock_look.look(database)
    clock_look.freshen()
    assert clock.now() == NOON + 7 * MINUTE
    assert clock.measured() is None
    assert database.asked == 0


@pytest.mark.parametrize("wrong", [timedelta(minutes=-9), timedelta(0), timedelta(hours=26)])
def test_a_machine_whose_clock_is_wrong_has_the_databases_time(machine, database, wrong):
    machine.clock += wrong
    assert off(NOON) < 0.01
    assert database.asked == 1
    machine.passes(40)
    assert off(NOON + timedelta(seconds=40)) < 0.01
    assert abs(clock.ahead() - wrong) < timedelta(seconds=0.01)


def test_the_first_one_to_ask_for_the_time_makes_the_connection(machine, database):
    database.connection = None
    machine.clock += 9 * MINUTE
    assert off(NOON) < 0.01


def test_a_clock_that_is_set_while_the_shop_runs_moves_nothing(machine, database):
    clock_look.look(database)
    machine.passes(10)
    machine.clock -= 5 * MINUTE
    assert off(NOON + timedelta(seconds=10)) < 0.01


def test_what_the_tests_move_counts_on_top(machine, database, move_clock):
    clock_look.look(database)
    move_clock(timedelta(hours=2))
    assert off(NOON + timedelta(hours=2)) < 0.01


def test_it_is_measured_once_a_minute_however_many_ask(machine, database):
    for _second in range(180):
        clock_look.freshen()
        clock.now()
        machine.passes(1)
    assert database.asked == 3


def test_connections_made_at_once_measure_once(machine, database):
    for _one in range(8):
        database.ensure_connection()
    assert database.asked == 1
    machine.passes(clock_look.JUST_NOW + 1)  # another server may stand behind the address by now
    database.ensure_connection()
    assert database.asked == 2


def test_no_connection_is_opened_to_measure_again(machine, database):
    clock_look.look(database)
    database.connection = None
    machine.passes(3600)
    clock_look.freshen()
    assert database.asked == 1


def test_a_machine_that_slept_measures_before_anything_is_looked_at(machine, database):
    clock_look.look(database)
    database.begun = NOON + 20 * MINUTE, machine.count  # time went on, the counter stood still
    machine.clock += 20 * MINUTE
    database.connection = None
    machine.passes(clock_look.JUST_NOW)
    clock_look.freshen()
    assert off(NOON + 20 * MINUTE + timedelta(seconds=clock_look.JUST_NOW)) < 0.01


def test_an_answer_that_took_long_is_left_where_a_good_one_is_known(machine, database):
    clock_look.look(database)
    database.slow, database.ahead = 8.0, timedelta(seconds=4)  # all of it on the way there
    machine.passes(61)
    clock_look.freshen()
    assert database.asked == 2
    assert off(NOON + timedelta(seconds=69.002)) < 0.01


def test_a_long_answer_is_better_than_none(machine, database):
    machine.clock += 9 * MINUTE
    database.slow = 8.0
    assert off(NOON + timedelta(seconds=8)) < 4.01


def test_a_good_answer_is_not_believed_for_ever(machine, database):
    clock_look.look(database)
    machine.passes(2 * 3600)
    database.slow = 1.0
    clock_look.freshen()
    assert clock.measured().age() < 2


def test_a_database_that_is_away_changes_nothing_and_is_not_asked_at_each_turn(machine, database):
    clock_look.look(database)
    database.away = True
    machine.passes(61)
    for _request in range(30):
        clock_look.freshen()
    assert database.asked == 2
    assert off(NOON + timedelta(seconds=61)) < 0.01


def test_a_process_that_reaches_no_database_has_this_machines_time(machine, database):
    database.away, database.connection = True, None
    assert clock.now() == NOON
    machine.passes(clock_look.JUST_NOW)
    database.away = False
    machine.clock += 9 * MINUTE
    assert off(NOON + timedelta(seconds=clock_look.JUST_NOW)) < 0.01  # asked again as soon as it may


def test_nothing_is_asked_inside_a_transaction(machine, database):
    database.in_atomic_block = True
    assert not clock_look.look(database)
    assert database.asked == 0


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_real_database_is_gone_by_from_its_first_connection_on(monkeypatch):
    from django.db import connections
    from django.db.utils import ConnectionHandler

    try:
        server = provision.Postgres()
    except provision.Missing as missing:
        provision.need(missing)
        raise
    real = clock.machine
    monkeypatch.setattr(clock, "machine", lambda: real() + 4 * MINUTE)  # this machine is ahead
    address = server.database("clocks")
    host, _, port = address.partition("@")[2].partition("/")[0].partition(":")
    handler = ConnectionHandler(
        {"default": {**connections["default"].settings_dict, "ENGINE": "django.db.backends.postgresql",
                     "HOST": host, "PORT": port, "NAME": "clocks", "USER": "foyer", "OPTIONS": {}}}
    )  # fmt: skip
    there = handler["default"]
    try:
        assert abs(clock.now() - real() - 4 * MINUTE) < MINUTE
        there.connect()
        assert abs(clock.now() - real()) < timedelta(seconds=5)
        assert abs(clock_look.apart() - 4 * MINUTE) < timedelta(seconds=5)
        clock.forget()
        with there.cursor() as cursor:  # what Django counts as queries does not grow by ours
            there.force_debug_cursor = True
            cursor.execute("SELECT 1")
            before = len(there.queries_log)
            assert clock_look.look(there)
            assert len(there.queries_log) == before
    finally:
        there.close()
        server.stop()
