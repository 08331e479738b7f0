"""An account that does not answer is left alone by everybody, and money goes through all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import requests
from celery.signals import task_postrun
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished
from django.test import Client
from django.urls import reverse

from catalog import availability, health, tasks
from catalog.models import ProviderAccount
from shop import breakers, clock
from shop.models import Breaker
from shop.problems import problem
from shop.providers import http, registry
from shop.providers.accounts import AccountConfig
from shop.providers.base import Provider
from shop.providers.errors import BadAnswer, OutcomeUnknown, ProviderError, Resting, Unavailable
from shop.providers.http import ApiSession
from shop.providers.types import Selection, Window
from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import make_app
from tests.catalog.test_admin import change, listing, sign_in
from tests.factories_catalog import Season, event, instance
from tests.factories_catalog import account as account_row

pytestmark = pytest.mark.django_db
ORIGIN = "http://stand-in.test"
Move = Callable[[timedelta], None]


class World:
    """London Theatre Direct as it is imitated, with faults by order."""

    def __init__(self, room: Any) -> None:
        self.app = make_app(str(room / "standin.sqlite3"), ORIGIN)
        self.session = requests.Session()
        self.session.mount(ORIGIN, StandinAdapter(self.app))

    def fails(self, kind: str, match: str = "* *", **more: Any) -> None:
        body = {"world": "ltd", "match": match, "kind": kind, "times": -1, **more}
        self.session.post(f"{ORIGIN}/_standin/faults", json=body, timeout=30).raise_for_status()

    def is_well(self) -> None:
        self.session.delete(f"{ORIGIN}/_standin/faults", timeout=30).raise_for_status()

    def calls(self) -> int:
        found = self.session.get(
            f"{ORIGIN}/_standin/journal", params={"world": "ltd", "limit": 1000}, timeout=30
        )
        return len(found.json()["calls"])


@pytest.fixture
def world(tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, move_clock: Move) -> World:
    found = World(tmp_path)
    settings.PROVIDERS = {
        "londontheatredirect": "shop.providers.londontheatredirect.provider.LondonTheatreDirect"
    }
    settings.PROVIDER_ACCOUNTS = {
        "west-end": AccountConfig(
            "west-end", "londontheatredirect", "London Theatre Direct", f"{ORIGIN}/ltd/rest/v2",
            keys={"api_key": "demo-ltd-key"}, rate_per_second=0,
        )
    }  # fmt: skip
    monkeypatch.setattr(http, "mounts", {ORIGIN: StandinAdapter(found.app)})
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    return found


def office(*, polite: bool = False) -> Provider:
    return registry.provider("west-end", polite=polite)


def reads(*, polite: bool = False) -> None:
    """A read of three tries."""
    office(polite=polite).catalog.event("5101")


def held() -> str:
    """The handle of two tickets that are held there."""
    source = office().catalog
    for info in source.events(Window(clock.now().date(), clock.now().date() + timedelta(days=60))):
        dates = source.instances(
            info.ref, Window(clock.now().date(), clock.now().date() + timedelta(days=60))
        )
        for date in dates:
            found = source.availability(date.ref)
            group = next(
                (row.seats[:2] for area in found.areas for row in area.rows if len(row.seats) > 7), None
            )
            if group:
                kept: list[str] = []
                wanted = Selection(date.ref, seat_refs=tuple(seat.ref for seat in group))
                office().holds.hold(None, [wanted], kept.append)
                return kept[-1]
    raise AssertionError("nothing is free")


def writes() -> None:
    """Asked for once, like everything that changes something."""
    session = ApiSession(f"{ORIGIN}/ltd/rest/v2", account="west-end", headers={"Api-Key": "demo-ltd-key"})
    session.call("POST", "/Baskets", verb="new_basket", reads=False, json={})


def breaks(world: World) -> None:
    """It has not answered so often that it is left alone."""
    world.fails("status", status=500)
    for _again in range(2):
        with pytest.raises(Unavailable):
            reads()
    assert breakers.resting("west-end") is not None


# --- when it begins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [("status", {"status": 500}), ("status", {"status": 503}), ("slow", {"seconds": 60}), ("drop", {})],
)
def test_an_account_that_does_not_answer_again_and_again_is_left_alone(
    world: World, kind: str, more: dict[str, Any]
) -> None:
    world.fails(kind, **more)
    with pytest.raises(Unavailable):
        reads()
    assert breakers.resting("west-end") is None, "three tries are not enough"
    breakers.ask_leave("west-end")
    with pytest.raises(Unavailable):
        reads()
    rest = breakers.resting("west-end")
    assert rest is not None
    assert rest.next_try > clock.now()
    with pytest.raises(Resting) as caught:
        breakers.ask_leave("west-end")
    assert 0 < (caught.value.retry_after or 0) <= 33
    breakers.ask_leave("arena")  # others are asked as ever


def test_lost_answers_of_writes_count_too(world: World) -> None:
    world.fails("lost_answer", "POST /rest/v2/Baskets")
    for _again in range(breakers.FAILURES):
        assert breakers.resting("west-end") is None
        with pytest.raises(OutcomeUnknown):
            writes()
    assert breakers.resting("west-end") is not None


def test_a_refusal_is_an_answer(world: World) -> None:
    world.fails("status", status=409, body='{"ErrorMessage": "no"}')
    for _again in range(10):
        with pytest.raises(ProviderError):
            reads()
    assert breakers.resting("west-end") is None
    assert not Breaker.objects.exists()


def test_an_answer_in_between_begins_the_count_anew(world: World) -> None:
    world.fails("status", status=500)
    for _again in range(4):
        with pytest.raises(Unavailable):
            reads()
        world.is_well()
        reads()
        world.fails("status", status=500)
    assert breakers.resting("west-end") is None


def test_failures_that_are_far_apart_are_nothing(world: World, move_clock: Move) -> None:
    world.fails("status", status=500)
    for _again in range(4):
        with pytest.raises(Unavailable):
            reads()
        move_clock(breakers.WINDOW + timedelta(seconds=1))
    assert breakers.resting("west-end") is None


@pytest.mark.parametrize("status", [429, 503])
def test_too_many_calls_of_our_own_background_are_not_its_fault(
    world: World, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shop import budgets

    monkeypatch.setattr(budgets, "sleep", lambda seconds: None)
    monkeypatch.setattr(budgets, "heed", lambda call: None)
    call = http.CallInfo("west-end", "event", "GET", "/", True, status=status, outcome="unavailable")
    for _again in range(10):
        breakers.listen(call)
    assert breakers.resting("west-end") is None


def test_a_picture_that_cannot_be_had_is_not_the_box_office(world: World) -> None:
    call = http.CallInfo("west-end", "poster", "GET", "…", True, outcome="unavailable", file=True)
    for _again in range(10):
        breakers.listen(call)
    assert not Breaker.objects.exists()


def test_an_answer_that_makes_no_sense_neither_begins_nor_ends_it(world: World) -> None:
    breaks(world)
    world.is_well()
    world.fails("garbage")
    with pytest.raises(BadAnswer):
        reads()
    assert breakers.resting("west-end") is not None


# --- while it lasts -------------------------------------------------------------------------------------------


def test_work_in_the_background_stops_without_a_call(world: World) -> None:
    breaks(world)
    before = world.calls()
    with pytest.raises(Resting):
        reads(polite=True)
    assert world.calls() == before


def test_what_nobody_asked_leave_for_always_goes_through(world: World) -> None:
    """Every desk asks as it always did, and an answer ends the pause. Whole orders: tests/checkout/test_left_alone."""
    handle = held()
    assert office().holds.read(handle).items
    breaks(world)
    for ask in (
        lambda: office().holds.read(handle),
        lambda: office().holds.release(handle, None, lambda new: None),
        writes,
    ):
        before = world.calls()
        with pytest.raises(ProviderError) as caught:
            ask()
        assert not isinstance(caught.value, Resting)
        assert world.calls() > before, "the box office was asked"
    world.is_well()
    assert office().holds.read(handle).items
    assert breakers.resting("west-end") is None, "an answer to anybody ends the pause"
    breakers.ask_leave("west-end")


def test_when_the_pause_is_over_one_may_try_and_the_others_wait(world: World, move_clock: Move) -> None:
    breaks(world)
    move_clock(timedelta(seconds=34))
    breakers.ask_leave("west-end")  # the one
    for _other in range(5):
        with pytest.raises(Resting):
            breakers.ask_leave("west-end")
    move_clock(breakers.TRY_TAKES + timedelta(seconds=1))  # whoever tried has died
    breakers.ask_leave("west-end")
    with pytest.raises(Resting):
        breakers.ask_leave("west-end")


def the_end(of: str) -> None:
    """Of a request or a task, as the framework says it."""
    if of == "request":
        request_finished.send(sender=None)
    else:
        task_postrun.send(sender=None, task=tasks.refresh_account)


@pytest.mark.parametrize("of", ["request", "task"])
def test_who_asks_nothing_with_the_one_try_gives_it_back(world: World, move_clock: Move, of: str) -> None:
    breaks(world)
    move_clock(timedelta(seconds=34))
    breakers.ask_leave("west-end")  # and then somebody else was at it, or an answer was kept
    the_end(of)
    breakers.ask_leave("west-end")
    with pytest.raises(Resting):
        breakers.ask_leave("west-end")


def test_a_try_that_was_used_is_not_given_back(world: World, move_clock: Move) -> None:
    breaks(world)
    move_clock(timedelta(seconds=34))
    breakers.ask_leave("west-end")
    with pytest.raises(Unavailable):
        reads()
    rest = breakers.resting("west-end")
    the_end("request")
    assert breakers.resting("west-end") == rest
    with pytest.raises(Resting):
        breakers.ask_leave("west-end")


def test_a_try_that_ran_out_meanwhile_is_somebody_elses(world: World, move_clock: Move) -> None:
    breaks(world)
    move_clock(timedelta(seconds=34))
    breakers.ask_leave("west-end")
    move_clock(breakers.TRY_TAKES + timedelta(seconds=1))
    mine = dict(breakers._given())
    breakers.ask_leave("west-end")  # another process
    breakers._given().update(mine)
    the_end("request")
    with pytest.raises(Resting):
        breakers.ask_leave("west-end")


def test_a_page_that_asks_nothing_because_it_was_silent_a_moment_ago_leaves_the_try_to_the_next(
    season: Season, move_clock: Move, client: Client
) -> None:
    date = instance(event())
    opened()
    move_clock(timedelta(seconds=34))
    cache.set("silent:west-end", True, 60)
    client.get(reverse("baskets:pick", args=[date.pk]))
    assert season.asked == []
    breakers.ask_leave("west-end")


def test_a_try_that_fails_makes_the_pause_longer_and_one_that_succeeds_ends_it(
    world: World, move_clock: Move
) -> None:
    breaks(world)
    pauses = []
    for _again in range(6):
        rest = breakers.resting("west-end")
        assert rest is not None
        move_clock(rest.next_try - clock.now() + timedelta(seconds=1))
        breakers.ask_leave("west-end")
        with pytest.raises(Unavailable):
            reads()
        after = breakers.resting("west-end")
        assert after is not None
        assert after.since == rest.since
        pauses.append((after.next_try - clock.now()).total_seconds())
    assert 50 < pauses[0] < 70
    assert 100 < pauses[1] < 140
    assert 260 < pauses[-1] < 340
    world.is_well()
    move_clock(timedelta(minutes=6))
    breakers.ask_leave("west-end")
    reads()
    assert breakers.resting("west-end") is None
    reads(polite=True)


def test_calls_that_were_under_way_when_it_began_do_not_make_the_pause_longer(world: World) -> None:
    breaks(world)
    rest = breakers.resting("west-end")
    for _again in range(5):
        with pytest.raises(Unavailable):
            reads()
    assert breakers.resting("west-end") == rest


# --- the catalogue ---------------------------------------------------------------------------------------------


def opened(name: str = "west-end") -> None:
    call = http.CallInfo(name, "event", "GET", "/", False, outcome="unavailable")
    for _again in range(breakers.FAILURES):
        breakers.listen(call)


def test_a_look_at_a_date_is_refused_at_once_and_no_one_is_asked(season: Season) -> None:
    date = instance(event())
    opened()
    with pytest.raises(Resting):
        availability.of(date, fresh=True)
    with pytest.raises(Resting):
        availability.discount(date, "CODE")
    assert season.asked == []
    row = ProviderAccount.objects.get()
    assert row.last_error == "", "nothing was asked, so nothing went wrong"


def test_the_minute_asks_for_a_sign_of_life_before_a_buyer_has_to_find_out(
    world: World, move_clock: Move
) -> None:
    account_row(down_since=clock.now())
    breaks(world)
    tasks.refresh_availability("west-end")
    before = world.calls()
    move_clock(timedelta(seconds=34))
    tasks.refresh_availability("west-end")
    assert world.calls() > before
    assert breakers.resting("west-end") is not None
    world.is_well()
    move_clock(timedelta(seconds=70))
    tasks.refresh_availability("west-end")
    assert breakers.resting("west-end") is None
    assert ProviderAccount.objects.get().down_since is None


def test_a_refresh_waits_until_after_the_next_try(world: World) -> None:
    row = account_row()
    breaks(world)
    before = world.calls()
    tasks.refresh_account("west-end")
    assert world.calls() == before
    row.refresh_from_db()
    rest = breakers.resting("west-end")
    assert rest is not None
    assert row.next_refresh_at is not None
    assert rest.next_try < row.next_refresh_at < rest.next_try + timedelta(minutes=2)
    assert (row.failures, row.runs.count()) == (0, 0), "a pause is not a failure of its own"


def test_an_account_that_is_asked_as_usual_needs_no_sign_of_life(world: World) -> None:
    assert health.try_again("west-end")
    assert world.calls() == 0


# --- words ------------------------------------------------------------------------------------------------------


def test_buyers_read_which_box_office_it_is_and_when_to_come_again(world: World) -> None:
    said = problem(Resting(account="west-end"))
    assert said.status == 503
    assert said.text == (
        "The box office of London Theatre Direct does not answer just now. Your other tickets are safe. "
        "Try again in a minute."
    )


def test_staff_read_since_when_and_when_it_is_tried_again(season: Season) -> None:
    row = account_row()
    boss = sign_in(superuser=True)
    assert "Left alone" not in boss.get(listing("provideraccount")).content.decode()
    opened()
    for page in (listing("provideraccount"), change(row)):
        text = boss.get(page).content.decode()
        assert "Left alone since" in text
        assert "Next try" in text


def test_the_doctor_says_it_and_its_own_question_may_end_it(world: World) -> None:
    breaks(world)
    assert "west-end: left alone since" in doctor()
    world.is_well()
    assert "west-end: left alone since" in doctor()
    assert "left alone" not in doctor()


def doctor() -> str:
    out = StringIO()
    with contextlib.suppress(SystemExit):
        call_command("doctor", stdout=out, no_color=True)
    return out.getvalue()


def test_nobody_outside_sees_the_breakers_of_the_admin(season: Season) -> None:
    opened()
    text = sign_in(superuser=True).get(reverse("admin:shop_breaker_changelist")).content.decode()
    assert "west-end" in text


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    availability._terms.cache_clear()
    yield
    availability._terms.cache_clear()
