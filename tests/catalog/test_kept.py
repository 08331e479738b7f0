"""What a crowd at one date shares: the answer they wait for, and for a second or two one that is a little old."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.cache import cache

from catalog import availability, kept, queries
from catalog.models import Instance
from shop.providers.types import Availability
from tests.catalog.test_availability import found, seats
from tests.factories_catalog import Season, event, instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def date(season: Season) -> Instance:
    row = queries.instance(instance(event()).pk)
    assert row is not None
    return row


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock that a crowd is told by."""
    at = [1000.0]

    def move(seconds: float) -> None:
        at[0] += seconds

    def now() -> float:
        move(0.00001)  # never the same twice, as the true one
        return at[0]

    monkeypatch.setattr(kept, "monotonic", now)

    return move


def crowd(date: Instance) -> None:
    for _one in range(kept.CROWD_ASKS):
        availability.of(date, fresh=True)
    assert kept.crowded(date.pk)


def test_the_same_answer_is_the_same_thing_until_it_is_asked_again(season: Season, date: Instance) -> None:
    first = availability.of(date)
    assert availability.of(date) is first
    assert availability.of(date, fresh=True) is not first


def test_another_process_finds_the_answer_by_its_name(season: Season, date: Instance) -> None:
    first = availability.of(date)
    kept.forget()  # what this process remembered is as if it were another
    again = availability.of(date)
    assert again == first
    assert len(season.asked) == 1
    availability.drop(date)
    kept.forget()
    availability.of(date)
    assert len(season.asked) == 2, "and sees that something was held since"


def test_what_is_held_while_it_is_asked_makes_the_answer_old(
    season: Season, date: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = availability.note_seen

    def meanwhile(row: Instance, answer: Availability) -> None:
        availability.drop(row)
        seen(row, answer)

    monkeypatch.setattr(availability, "note_seen", meanwhile)
    availability.of(date)
    monkeypatch.setattr(availability, "note_seen", seen)
    availability.of(date)
    assert len(season.asked) == 2


def test_in_a_crowd_an_answer_of_two_seconds_is_shared_though_something_was_held(
    season: Season, date: Instance, time: Callable[[float], None]
) -> None:
    season.offers[date.provider_ref] = found(seats(3))
    crowd(date)
    season.offers[date.provider_ref] = found(seats(2))
    availability.drop(date)
    asked = len(season.asked)
    assert availability.seats_seen(availability.of(date, strict=False)) == 3
    assert len(season.asked) == asked
    assert availability.seats_seen(availability.of(date)) == 2, "who held it sees it at once"
    availability.drop(date)
    time(kept.SHARED_SECONDS + 0.1)
    season.offers[date.provider_ref] = found(seats(1))
    assert availability.seats_seen(availability.of(date, strict=False)) == 1


def test_without_a_crowd_nothing_old_is_shown(
    season: Season, date: Instance, time: Callable[[float], None]
) -> None:
    season.offers[date.provider_ref] = found(seats(3))
    crowd(date)
    time(kept.CROWD_SECONDS + 0.1)
    season.offers[date.provider_ref] = found(seats(2))
    availability.drop(date)
    assert availability.seats_seen(availability.of(date, strict=False)) == 2


def test_best_seats_are_picked_from_an_answer_of_the_last_second_in_a_crowd_only(
    season: Season, date: Instance, time: Callable[[float], None]
) -> None:
    availability.of(date, fresh=True, strict=False)
    availability.of(date, fresh=True, strict=False)
    assert len(season.asked) == 2
    crowd(date)
    asked = len(season.asked)
    availability.of(date, fresh=True, strict=False)
    assert len(season.asked) == asked
    availability.of(date, fresh=True)
    assert len(season.asked) == asked + 1, "whoever was told no looks anew"
    time(kept.RECENT_SECONDS + 0.1)
    availability.of(date, fresh=True, strict=False)
    assert len(season.asked) == asked + 2


def test_who_waits_for_a_fresh_answer_shares_the_one_that_was_begun_after_they_came(
    season: Season, date: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight come while somebody is asking: that answer is too old for them, the next one serves all of them."""
    begun, go, waiting = threading.Event(), threading.Event(), threading.Semaphore(0)
    asked: list[int] = []
    answers: list[Availability] = []

    def ask(row: Instance, **values: object) -> Availability:
        at = kept.asking(row.pk)
        asked.append(1)
        number = len(asked)
        begun.set()
        assert go.wait(5)
        answer = replace(found(seats(2)), limit=number)
        kept.keep(row.pk, answer, mark="", begun=at)
        return answer

    def come() -> None:
        answers.append(availability.of(date, fresh=True))

    def look(row: Instance) -> None:
        waiting.release()

    monkeypatch.setattr(availability, "ask", ask)
    monkeypatch.setattr(availability, "note_look", look)
    first = threading.Thread(target=come)
    first.start()
    assert begun.wait(5)
    others = [threading.Thread(target=come) for _ in range(8)]
    for thread in others:
        thread.start()
    for _one in range(9):
        assert waiting.acquire(timeout=5)
    key = availability._key(date)
    while availability._locks[key][1] < 9:  # all of them stand at the door
        pass
    go.set()
    for thread in (first, *others):
        thread.join(5)
    assert sum(asked) == 2
    assert sorted(one.limit for one in answers) == [1] + [2] * 8


def test_of_several_processes_one_asks_and_the_others_wait_for_it(
    season: Season, date: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = kept.Turn(date.pk)
    assert other.taken()
    answer = found(seats(2))
    looked: list[float] = []

    def sleep(seconds: float) -> None:
        looked.append(seconds)
        if len(looked) == 2:
            kept.keep(date.pk, answer, mark="", begun=0.0)

    monkeypatch.setattr(kept, "sleep", sleep)
    assert availability.of(date) == answer
    assert season.asked == []
    assert len(looked) == 2


def test_where_the_other_process_found_nothing_this_one_asks(
    season: Season, date: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = kept.Turn(date.pk)
    assert other.taken()
    monkeypatch.setattr(kept, "sleep", lambda seconds: other.over())
    availability.of(date)
    assert len(season.asked) == 1
    assert kept.Turn(date.pk).taken(), "and leaves the turn to the next"


def test_nobody_waits_for_ever_for_another_process(
    season: Season, date: Instance, time: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.Turn(date.pk).taken()  # and dies
    monkeypatch.setattr(kept, "sleep", lambda seconds: time(1.0))
    availability.of(date)
    assert len(season.asked) == 1


def test_without_a_cache_everybody_is_answered(
    season: Season, date: Instance, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "get_many", lambda keys: {})
    monkeypatch.setattr(cache, "get", lambda key: None)
    availability.of(date)
    availability.of(date)
    assert len(season.asked) == 2
