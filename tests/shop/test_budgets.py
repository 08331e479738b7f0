"""One rate budget an account, kept in a row or in Redis: who waits, who only counts, and what a provider asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shop import budgets, clock
from shop.models import RateBudget
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import Unavailable
from shop.providers.http import ApiSession

pytestmark = pytest.mark.django_db
URL = "https://api.example.test"


@pytest.fixture(params=["a row", pytest.param("Redis", marks=pytest.mark.redis)])
def ledger(request: pytest.FixtureRequest, settings: Any, move_clock: Any) -> budgets.Ledger:
    settings.REDIS_URL = "" if request.param == "a row" else request.getfixturevalue("redis_url")
    budgets._ledger_at.cache_clear()
    found = budgets.ledger()
    assert isinstance(found, budgets.Rows) is (request.param == "a row")
    return found


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch, move_clock: Callable[[timedelta], None]) -> list[float]:
    """Whoever sleeps moves the clock instead."""
    taken: list[float] = []

    def sleep(seconds: float) -> None:
        taken.append(seconds)
        move_clock(timedelta(seconds=seconds))

    monkeypatch.setattr(budgets, "sleep", sleep)
    monkeypatch.setattr(http, "sleep", sleep)
    return taken


def rounded(turn: tuple[bool, float], to: int = 10) -> tuple[bool, int]:
    """A test takes time of its own."""
    return turn[0], round(turn[1] / to) * to


# --- the ledger -----------------------------------------------------------------------------------------------


def test_turns_come_one_gap_after_another(ledger: budgets.Ledger) -> None:
    turns = [rounded(ledger.take("west-end", 100, longest=1000)) for _again in range(4)]
    assert turns == [(True, 0), (True, 100), (True, 200), (True, 300)]
    assert rounded(ledger.take("arena", 100, longest=1000)) == (True, 0)  # another account


def test_a_turn_that_is_too_far_away_is_not_taken(ledger: budgets.Ledger) -> None:
    assert rounded(ledger.take("west-end", 100, longest=50)) == (True, 0)
    assert rounded(ledger.take("west-end", 100, longest=50)) == (False, 100)
    assert rounded(ledger.take("west-end", 100, longest=150)) == (True, 100), "nobody has it"


def test_the_time_that_passes_gives_turns_back(
    ledger: budgets.Ledger, move_clock: Callable[[timedelta], None]
) -> None:
    ledger.take("west-end", 100, longest=1000)
    move_clock(timedelta(seconds=60))
    assert rounded(ledger.take("west-end", 100, longest=1000)) == (True, 40)
    move_clock(timedelta(hours=1))
    assert rounded(ledger.take("west-end", 100, longest=1000)) == (True, 0), "and none is saved up"
    assert rounded(ledger.take("west-end", 100, longest=1000)) == (True, 100)


def test_buyers_count_and_put_the_background_off_but_not_for_ever(ledger: budgets.Ledger) -> None:
    ledger.count("west-end", 10)
    ledger.count("west-end", 10)
    assert rounded(ledger.take("west-end", 0, longest=1000)) == (True, 20)
    for _again in range(50):
        ledger.count("west-end", 10)
    assert rounded(ledger.take("west-end", 0, longest=1000)) == (True, 30)
    assert budgets.MOST_AHEAD == 30


def test_what_a_provider_asks_for_holds_off_everybody_in_the_background(
    ledger: budgets.Ledger, move_clock: Callable[[timedelta], None]
) -> None:
    assert ledger.held_off("west-end") == 0
    ledger.hold_off("west-end", 200)
    ledger.hold_off("west-end", 50)  # a shorter wish does not end a longer one
    assert round(ledger.held_off("west-end") / 10) == 20
    assert rounded(ledger.take("west-end", 1, longest=1000)) == (True, 200)
    assert rounded(ledger.take("west-end", 1, longest=100)) == (False, 200)
    assert ledger.held_off("arena") == 0
    move_clock(timedelta(seconds=300))
    assert ledger.held_off("west-end") == 0
    assert rounded(ledger.take("west-end", 1, longest=1000)) == (True, 0)


def test_a_redis_that_is_away_leaves_the_budget_to_the_row(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # nobody is there
    budgets._ledger_at.cache_clear()
    found = budgets.ledger()
    assert rounded(found.take("west-end", 100, longest=1000)) == (True, 0)
    assert rounded(found.take("west-end", 100, longest=1000)) == (True, 100)
    found.count("west-end", 10)
    found.hold_off("west-end", 500)
    assert round(found.held_off("west-end") / 10) == 50
    assert RateBudget.objects.get().name == "west-end"


# --- calls ------------------------------------------------------------------------------------------------------


@pytest.fixture
def west_end(settings: Any, ledger: budgets.Ledger) -> Any:
    def at(rate: float) -> None:
        settings.PROVIDER_ACCOUNTS = {
            "west-end": AccountConfig("west-end", "londontheatredirect", "W", URL, rate_per_second=rate)
        }

    at(0.5)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{URL}/Events", json={"Events": []})
        yield at, wire


def ask(polite: bool = True) -> None:
    ApiSession(URL, account="west-end", headers={"Api-Key": "k"}, polite=polite).call(
        "GET", "/Events", verb="events", reads=True
    )


def test_the_background_waits_for_its_turn_and_a_buyer_does_not(west_end: Any, slept: list[float]) -> None:
    for _again in range(3):
        ask()
    assert [round(one) for one in slept] == [2, 2]
    ask(polite=False)
    assert len(slept) == 2, "a buyer never waits"
    ask()
    assert round(slept[2]) == 4, "but takes a turn of the background's"


def test_a_rate_of_nought_is_no_limit(west_end: Any, slept: list[float]) -> None:
    change, _wire = west_end
    change(0)
    for _again in range(20):
        ask()
    assert slept == []


def test_nobody_waits_for_the_first_turn_though_the_clock_of_the_database_is_a_little_behind(
    west_end: Any, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clock.now
    monkeypatch.setattr(clock, "now", lambda: before() + timedelta(seconds=0.3))
    ask()
    assert slept == []


def test_whoever_waits_goes_on_waiting_when_somebody_else_is_told_to(
    west_end: Any, ledger: budgets.Ledger, monkeypatch: pytest.MonkeyPatch, move_clock: Any
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        move_clock(timedelta(seconds=seconds))
        if len(slept) == 1:
            ledger.hold_off("west-end", 40)  # another process hears a 429 meanwhile

    monkeypatch.setattr(budgets, "sleep", sleep)
    ask()
    ask()
    assert [round(one, -1) for one in slept] == [0, 40]


@pytest.mark.parametrize("status", [429, 503])
def test_all_heed_what_one_of_us_was_told(
    west_end: Any, ledger: budgets.Ledger, slept: list[float], status: int
) -> None:
    """503 is XS2Event's word for too many calls."""
    _change, wire = west_end
    wire.replace("GET", f"{URL}/Events", status=status, headers={"Retry-After": "45"})
    with pytest.raises(Unavailable):
        ask(polite=False)
    assert 40 < ledger.held_off("west-end") <= 45
    wire.replace("GET", f"{URL}/Events", json={"Events": []})
    ask(polite=False)
    assert slept == [], "a buyer is not held up"
    ask()
    assert 40 < slept[0] <= 46


def test_too_many_without_a_time_is_a_few_seconds(west_end: Any, ledger: budgets.Ledger) -> None:
    info = http.CallInfo("west-end", "events", "GET", "/Events", True, status=429, outcome="unavailable")
    budgets.heed(info)
    assert 0 < ledger.held_off("west-end") <= budgets.UNNAMED_PAUSE


def test_a_wait_that_is_too_long_ends_the_refresh_with_its_time(
    west_end: Any, ledger: budgets.Ledger, slept: list[float]
) -> None:
    _change, wire = west_end
    ledger.hold_off("west-end", 300)
    with pytest.raises(Unavailable) as caught:
        ask()
    assert 290 < (caught.value.retry_after or 0) <= 300
    assert slept == []
    assert len(wire.calls) == 0


def test_nobody_waits_longer_than_a_quarter_of_an_hour_whatever_is_asked() -> None:
    info = http.CallInfo("west-end", "events", "GET", "/", True, status=429, retry_after=86400.0)
    assert budgets.asked_to_wait(info) == budgets.LONGEST_PAUSE


def test_a_picture_on_another_host_says_nothing_about_the_account(
    west_end: Any, ledger: budgets.Ledger
) -> None:
    info = http.CallInfo("west-end", "poster", "GET", "…", True, status=429, retry_after=60.0, file=True)
    budgets.heed(info)
    assert ledger.held_off("west-end") == 0


def test_an_answer_that_was_fine_asks_for_nothing() -> None:
    info = http.CallInfo("west-end", "events", "GET", "/", True, status=200, outcome="ok")
    assert budgets.asked_to_wait(info) == 0


def test_clocks_of_machines_that_differ_do_not_spoil_the_budget(
    ledger: budgets.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's clock counts, not the machine's."""
    ledger.take("west-end", 100, longest=1000)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=1))  # this machine is far ahead
    assert rounded(ledger.take("west-end", 100, longest=1000)) == (True, 100)
