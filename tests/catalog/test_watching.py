"""Availability in the background: what people look at every minute, the rest by nearness, politely."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from catalog import availability, summaries, tasks, versions, watching
from catalog.models import Event, Instance, ProviderAccount
from shop import clock
from shop.claims import Taken, claim
from shop.providers.errors import BadAnswer, Unavailable
from tests.factories_catalog import Season, account, event, instance, on_sale

pytestmark = pytest.mark.django_db


def refs(season: Season) -> list[str]:
    return [ref for verb, ref in season.asked if verb == "availability"]


def test_what_people_look_at_comes_first_then_what_is_nearest(season: Season) -> None:
    now = clock.now()
    row = event()
    far = instance(row, starts_at=now + timedelta(days=90), availability_due_at=now)
    near = instance(row, starts_at=now + timedelta(days=1), availability_due_at=now)
    seen = instance(row, starts_at=now + timedelta(days=50), looked_at=now - timedelta(minutes=2),
                    availability_at=now - timedelta(minutes=2), availability_due_at=now)  # fmt: skip
    instance(row, availability_due_at=now + timedelta(hours=1))
    assert watching.look("west-end") == 3
    assert refs(season) == [seen.provider_ref, near.provider_ref, far.provider_ref]


def test_nothing_is_asked_twice_within_a_minute(
    season: Season, move_clock: Callable[[timedelta], None]
) -> None:
    now = clock.now()
    instance(event(), looked_at=now, availability_due_at=now)
    assert watching.look("west-end") == 1
    assert watching.look("west-end") == 0
    move_clock(timedelta(seconds=58))
    assert watching.look("west-end") == 1


@pytest.mark.parametrize(
    ("ahead", "least", "most"),
    [
        (timedelta(hours=5), timedelta(minutes=7), timedelta(minutes=13)),
        (timedelta(days=3), timedelta(minutes=45), timedelta(minutes=75)),
        (timedelta(days=20), timedelta(hours=4), timedelta(hours=8)),
        (timedelta(days=200), timedelta(hours=18), timedelta(hours=30)),
    ],
)
def test_the_nearer_the_date_the_sooner_again(
    season: Season, ahead: timedelta, least: timedelta, most: timedelta
) -> None:
    now = clock.now()
    row = instance(event(), starts_at=now + ahead)
    assert least < watching.due_again(row, now) - now < most


def test_what_nobody_can_buy_is_not_asked_for(season: Season) -> None:
    now = clock.now()
    instance(event(), status="cancelled", availability_due_at=now)
    instance(event(), gone_at=now, availability_due_at=now)
    instance(event(gone_at=now), availability_due_at=now)
    instance(event(hidden=True), availability_due_at=now)
    instance(event(), starts_at=now - timedelta(days=1), availability_due_at=now)
    assert watching.look("west-end") == 0


def test_an_account_that_is_down_is_asked_once_and_stays_due(season: Season) -> None:
    now = clock.now()
    row = event()
    for day in range(5):
        instance(row, starts_at=now + timedelta(days=day + 1), availability_due_at=now)
    season.down = Unavailable("down")
    assert watching.look("west-end") == 0
    assert len(refs(season)) == 1
    assert Instance.objects.filter(availability_due_at__lte=clock.now()).count() == 5


def test_one_unreadable_date_does_not_stop_the_others(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    row = event()
    bad = instance(row, starts_at=now + timedelta(days=1), availability_due_at=now)
    instance(row, starts_at=now + timedelta(days=2), availability_due_at=now)
    ask = availability.ask

    def some(instance: Instance, **values: bool) -> object:
        if instance.pk == bad.pk:
            raise BadAnswer("HTML")
        return ask(instance, **values)

    monkeypatch.setattr(availability, "ask", some)
    assert watching.look("west-end") == 2
    assert watching.look("west-end") == 0, "and the bad one is not asked at once again"


def test_only_one_process_asks_an_account(season: Season) -> None:
    with claim("availability:west-end"), pytest.raises(Taken):
        watching.look("west-end")


def test_a_minute_asks_each_account_and_wakes_those_whose_waiting_is_over(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("west-end", next_refresh_at=clock.now() - timedelta(seconds=1))
    account("arena", next_refresh_at=clock.now() + timedelta(minutes=5))
    queued: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr(tasks.refresh_availability, "delay", lambda *a, **k: queued.append(("look", a)))
    monkeypatch.setattr(tasks.refresh_account, "delay", lambda *a, **k: queued.append(("refresh", a)))
    tasks.refresh_availability()
    assert sorted(queued) == [("look", ("arena",)), ("look", ("west-end",)), ("refresh", ("west-end",))]


def test_the_hour_asks_every_account_but_those_that_wait(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("west-end", next_refresh_at=clock.now() + timedelta(minutes=5))
    account("old", configured=True)
    queued: list[str] = []
    monkeypatch.setattr(tasks.refresh_account, "delay", lambda name, **k: queued.append(name))
    tasks.refresh_all()
    assert queued == ["arena"]
    assert not ProviderAccount.objects.get(name="old").configured, "the environment does not name it any more"


def test_the_task_of_an_account_runs_and_is_harmless_twice(season: Season) -> None:
    tasks.refresh_account("west-end")
    with claim("refresh:west-end"):
        tasks.refresh_account("west-end")
    with claim("availability:west-end"):
        tasks.refresh_availability("west-end")
    tasks.refresh_event(12345)
    assert ProviderAccount.objects.get(name="west-end").runs.count() == 1


# --- time passes --------------------------------------------------------------------------------------------


def test_when_the_first_date_is_over_the_event_moves_on_to_the_next(
    season: Season, move_clock: Callable[[timedelta], None]
) -> None:
    row = on_sale(dates=3, starts_at=clock.now() + timedelta(hours=1))
    first = row.first_at
    move_clock(timedelta(hours=2))
    before = versions.current()
    assert summaries.roll() == 1
    row.refresh_from_db()
    assert row.first_at == first + timedelta(days=1)
    assert row.dates == 2
    assert versions.current() == before + 1


def test_after_the_last_date_the_event_is_over_and_stays_known(
    season: Season, move_clock: Callable[[timedelta], None]
) -> None:
    row = on_sale(starts_at=clock.now() + timedelta(hours=1))
    move_clock(timedelta(hours=2))
    summaries.roll()
    row.refresh_from_db()
    assert (row.dates, row.on_sale) == (0, False)
    assert row.last_at is not None
    assert summaries.roll() == 0, "and is not looked at for ever"


def test_when_the_sale_begins_the_event_is_on_sale(
    season: Season, move_clock: Callable[[timedelta], None]
) -> None:
    row = event()
    instance(row, sale_starts_at=clock.now() + timedelta(hours=1))
    row.refresh_from_db()
    assert row.on_sale
    assert row.sale_starts_at is not None
    move_clock(timedelta(hours=2))
    summaries.roll()
    row.refresh_from_db()
    assert row.sale_starts_at is None
    assert Event.objects.get().on_sale
