"""What can be had now: asked of the provider, kept for seconds, shown in a fragment that answers 304."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import availability, kept, queries, refresh, summaries, versions
from catalog.models import Event, Instance, ProviderAccount
from shop import clock
from shop.money import Money
from shop.providers.errors import BadAnswer, Unavailable
from shop.providers.types import Availability, Offer, Seat, SeatArea, SeatRow, Status
from tests.factories_catalog import Provider, Season, event, event_info, instance, instance_info

pytestmark = pytest.mark.django_db


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def seats(count: int, *, price: int = 6000, fee: int = 600, area: str = "Stalls") -> SeatArea:
    row = SeatRow("F", tuple(Seat(f"{area}{n}", "F", str(n), gbp(price), fee=gbp(fee)) for n in range(count)))
    return SeatArea(area, (row,))


def found(*areas: SeatArea, offers: tuple[Offer, ...] = (), **values: object) -> Availability:
    return Availability("i", clock.now(), offers=offers, areas=areas, **values)  # type: ignore[arg-type]


@pytest.fixture
def date(season: Season) -> Instance:
    row = instance(event())
    row = queries.instance(row.pk)
    assert row is not None
    return row


def test_an_answer_is_kept_for_seconds_and_asked_again_when_it_must_be_fresh(
    season: Season, date: Instance
) -> None:
    first = availability.of(date)
    assert availability.of(date) == first
    assert len(season.asked) == 1
    availability.of(date, fresh=True)
    assert len(season.asked) == 2
    availability.drop(date)
    availability.of(date)
    assert len(season.asked) == 3


def test_what_was_seen_is_kept_on_the_row_and_on_the_event(season: Season, date: Instance) -> None:
    season.offers[date.provider_ref] = found(seats(3), seats(5, price=2500, fee=250, area="Balcony"))
    before = versions.current()
    availability.of(date)
    date.refresh_from_db()
    assert date.seats_left == 8
    assert date.availability_at is not None
    assert date.looked_at is not None
    assert (date.price_from_minor, date.price_to_minor) == (2500, 6000)
    assert date.prices == [["Balcony", "", "", 2500, 250], ["Stalls", "", "", 6000, 600]]
    row = Event.objects.get()
    assert row.prices == [["Balcony", "", "", 2500, 2500, 250], ["Stalls", "", "", 6000, 6000, 600]]
    assert (row.seats_left, row.price_from_minor) == (8, 2500)
    assert versions.current() > before, "few are left now, and that is shown"


def test_the_next_refresh_compares_with_what_was_seen(season: Season) -> None:
    season.add(event_info(), instance_info("a", seats_left=131))
    refresh.refresh_account("west-end", trigger="test")
    row = Instance.objects.select_related("event__venue", "event__account").get()
    season.offers["a"] = found(seats(7))
    availability.of(row)
    assert Instance.objects.get().seats_left == 7
    refresh.refresh_account("west-end", trigger="test")
    assert Instance.objects.get().seats_left == 131, (
        "the provider's newer word counts, though its record is the same"
    )


def test_nothing_is_written_but_the_time_when_nothing_changed(season: Season, date: Instance) -> None:
    season.offers[date.provider_ref] = found(seats(30))
    availability.of(date)
    before = versions.current()
    with CaptureQueriesContext(connection) as done:
        availability.of(date, fresh=True)
    writes = [q["sql"] for q in done.captured_queries if q["sql"].startswith("UPDATE")]
    assert len(writes) == 1
    assert "availability_at" in writes[0]
    assert versions.current() == before


@pytest.mark.parametrize(
    ("offers", "seats_left"),
    [
        ((), 0),
        ((Offer("a", gbp(100), closed="sold_out"),), 0),
        ((Offer("a", gbp(100), left=0),), 0),
        ((Offer("a", gbp(100), closed="not_yet"),), None),
        ((Offer("a", gbp(100), left=5), Offer("b", gbp(50), left=5)), None),
    ],
)
def test_a_number_of_seats_is_only_said_where_the_answer_says_it(
    offers: tuple[Offer, ...], seats_left: int | None
) -> None:
    assert availability.seats_seen(found(offers=offers)) == seats_left


def test_seats_that_the_provider_would_choose_are_not_counted_twice() -> None:
    best = Offer("best", gbp(6000), area="Stalls", together=True, left=4)
    assert availability.seats_seen(found(seats(4), offers=(best,))) == 4
    assert availability.price_rows(found(seats(4), offers=(best,))) == [["Stalls", "", "", 6000, 600]]


def test_a_date_cancelled_over_night_is_seen_at_once(season: Season, date: Instance) -> None:
    season.offers[date.provider_ref] = replace(found(seats(3)), status=Status.CANCELLED)
    availability.of(date)
    assert Instance.objects.get().status == "cancelled"


def test_an_account_that_does_not_answer_is_left_alone_for_seconds(season: Season, date: Instance) -> None:
    season.down = Unavailable("no answer")
    for _ in range(3):
        with pytest.raises(Unavailable):
            availability.of(date)
    assert len(season.asked) == 1
    account = ProviderAccount.objects.get(pk=date.event.account_id)
    assert account.down_since is not None
    assert account.next_refresh_at is None, "a look is not a refresh"
    with pytest.raises(Unavailable):
        availability.of(date, fresh=True)
    assert len(season.asked) == 2, "somebody who is about to buy is asked for"
    season.down = None
    cache.clear()
    availability.of(Instance.objects.select_related("event__venue", "event__account").get())
    account.refresh_from_db()
    assert account.down_since is None


def test_many_people_at_one_date_are_one_question(
    season: Season, date: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    asked: list[int] = []

    def ask(row: Instance, **values: object) -> Availability:
        asked.append(1)
        begun.set()
        assert go.wait(5)
        answer = found(seats(2))
        kept.keep(row.pk, answer, mark="", begun=kept.asking(row.pk))
        return answer

    monkeypatch.setattr(availability, "ask", ask)
    monkeypatch.setattr(availability, "note_look", lambda row: None)
    threads = [threading.Thread(target=availability.of, args=(date,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(5)
    go.set()
    for thread in threads:
        thread.join(5)
    assert sum(asked) == 1
    assert availability._locks == {}


def test_a_typed_code_is_looked_up(season: Season, date: Instance) -> None:
    reduction = availability.discount(date, " FRIENDS ")
    assert reduction is not None
    assert reduction.percent == 1000
    assert availability.discount(date, "NOPE") is None
    assert availability.discount(date, "  ") is None


# --- the fragment -------------------------------------------------------------------------------------------


def path(date: Instance) -> str:
    return f"/en/availability/{date.pk}/"


def test_the_fragment_says_what_is_left_at_which_price(
    client: Client, season: Season, date: Instance
) -> None:
    adult = Offer("a", gbp(3000), area="Circle", ticket_type="Adult", left=12, fee=gbp(300))
    late = Offer("b", gbp(2000), area="Circle", ticket_type="Child", closed="not_yet")
    season.offers[date.provider_ref] = found(seats(3), offers=(adult, late))
    response = client.get(path(date))
    text = response.content.decode()
    for piece in (
        "3 left",
        "£60.00",
        "of which fees",
        "£6.00",
        "Circle",
        "Adult",
        "12 left",
        "Not on sale yet",
    ):
        assert piece in text
    assert 'id="availability"' in text
    assert "<html" not in text
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Foyer-Checked"]


def test_the_fragment_answers_304_until_something_changes(
    client: Client, season: Season, date: Instance, move_clock: Callable[[timedelta], None]
) -> None:
    season.offers[date.provider_ref] = found(seats(30))
    first = client.get(path(date))
    move_clock(timedelta(minutes=2))
    cache.clear()
    again = client.get(path(date), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again["Foyer-Checked"] > first["Foyer-Checked"], "it was asked again"
    season.offers[date.provider_ref] = found(seats(29))
    cache.clear()
    changed = client.get(path(date), headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "29 left" in changed.content.decode()


def test_the_fragment_of_a_stopped_sale_asks_nobody(client: Client, season: Season, date: Instance) -> None:
    Instance.objects.update(stop_sale=True, stop_reason="Flood")
    text = client.get(path(date)).content.decode()
    assert "Flood" in text
    assert season.asked == []


@pytest.mark.parametrize("error", [Unavailable("down"), BadAnswer("HTML instead of JSON")])
def test_the_fragment_of_a_box_office_that_fails_says_when_it_was_last_checked(
    client: Client, season: Season, date: Instance, error: Exception
) -> None:
    availability.of(date)
    cache.clear()
    season.down = error  # type: ignore[assignment]
    response = client.get(path(date))
    text = " ".join(response.content.decode().split())
    assert response.status_code == 200
    assert "Availability is not being updated at the moment (last checked" in text
    assert "£24.50" in text, "what was seen last is still shown"


def test_the_fragment_counts_who_looks(client: Client, season: Season, date: Instance) -> None:
    assert date.looked_at is None
    client.get(path(date))
    date.refresh_from_db()
    assert date.looked_at is not None
    with CaptureQueriesContext(connection) as done:
        client.get(path(date))
    assert not [q for q in done.captured_queries if q["sql"].startswith("UPDATE")], (
        "not written at every look"
    )


def test_looking_is_known_to_the_provider_only_by_its_own_ids(season: Season, date: Instance) -> None:
    availability.of(date)
    assert season.asked == [("availability", date.provider_ref)]
    assert Provider.season is season


def test_a_companions_a_childs_and_an_extras_price_are_none_to_begin_with(date: Instance) -> None:
    offers = (
        Offer("a", gbp(2699), ticket_type="Standing"),
        Offer("b", gbp(4100), ticket_type="Bench"),
        Offer("c", gbp(0), ticket_type="Companion of a disabled guest"),
        Offer("d", gbp(500), ticket_type="Programme", needs=("a",)),
        Offer("e", gbp(900), ticket_type="Early bird", closed="sold_out"),
    )
    availability.note_seen(date, found(offers=offers))
    date.refresh_from_db()
    assert (date.price_from_minor, date.price_to_minor) == (2699, 4100)
    assert len(date.prices) == 5  # all of them are in the table


def test_what_is_free_for_everybody_is_free(date: Instance) -> None:
    availability.note_seen(date, found(offers=(Offer("a", gbp(0), ticket_type="Visitor"),)))
    date.refresh_from_db()
    assert (date.price_from_minor, date.price_to_minor) == (0, 0)


# --- the event's own number of seats ------------------------------------------------------------------------


def look(date: Instance, count: int, **values: object) -> None:
    """Somebody looks at a date, with the row as this process knows it."""
    availability.note_seen(date, replace(found(seats(count)), **values))


def two_dates(first: int, second: int) -> tuple[Instance, Instance]:
    """Two dates of one event, of which so many seats are left and nothing else will change."""
    row = event()
    dates = [instance(row, starts_at=clock.now() + timedelta(days=days)) for days in (7, 8)]
    for date, count in zip(dates, (first, second), strict=True):
        look(date, count)
    return dates[0], dates[1]


def event_seats() -> int | None:
    """What the event says, which has to be what its dates come to."""
    row = Event.objects.get()
    said = row.seats_left
    assert not summaries.keep([row.pk]), "made anew, nothing a visitor sees is different"
    row.refresh_from_db()
    assert said == row.seats_left
    return said


def test_the_events_seats_follow_a_date_by_the_difference_without_a_look_at_its_others() -> None:
    first, second = two_dates(30, 120)
    assert event_seats() == 150
    with CaptureQueriesContext(connection) as done:
        look(first, 27)
    others = [q["sql"] for q in done.captured_queries if 'FROM "catalog_instance"' in q["sql"]]
    assert not others
    assert event_seats() == 147
    look(second, 130)
    assert event_seats() == 157
    assert list(Instance.objects.order_by("starts_at").values_list("seats_left", flat=True)) == [27, 130]


@pytest.mark.parametrize(
    ("first", "second", "then", "seen_by_visitors"),
    [
        (120, 120, 119, False),
        (22, 120, 21, False),
        (22, 120, 20, True),  # few are left of this date
        (20, 120, 21, True),
        (15, 10, 14, False),
        (15, 10, 9, True),  # few are left of the event, of each of its dates already
        (9, 10, 12, True),
        (9, 1, 8, False),
        (5, 5, 0, True),
        (5, 120, 0, True),
    ],
)
def test_the_pages_are_made_anew_where_few_become_many_or_many_few(
    first: int, second: int, then: int, seen_by_visitors: bool
) -> None:
    date, _ = two_dates(first, second)
    before = versions.current()
    look(date, then)
    assert (versions.current() > before) is seen_by_visitors
    assert event_seats() == second + then


def test_what_another_process_saw_of_the_same_date_meanwhile_does_not_shift_the_sum_twice() -> None:
    date, _ = two_dates(30, 120)
    here = Instance.objects.select_related("event").get(pk=date.pk)
    look(date, 50)  # the other process
    assert event_seats() == 170
    look(here, 29)
    assert event_seats() == 149
    assert Instance.objects.get(pk=date.pk).seats_left == 29
    stale = Instance.objects.select_related("event").get(pk=date.pk)
    look(here, 5)
    before = versions.current()
    look(stale, 4)
    assert event_seats() == 124
    assert versions.current() > before, "from 29 to 4 as far as this process knows"


def test_what_another_process_saw_of_another_date_meanwhile_is_not_lost() -> None:
    date, other = two_dates(30, 120)
    once = []

    def meanwhile(execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
        if sql.startswith('UPDATE "catalog_event"') and not once:
            once.append(sql)
            Instance.objects.filter(pk=other.pk).update(seats_left=100)
            Event.objects.update(seats_left=130)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        look(date, 29)
    assert once
    assert event_seats() == 129


@pytest.mark.parametrize("what", ["cancelled", "over", "gone", "being played", "over for its venue only"])
def test_a_date_that_is_not_to_come_is_in_no_sum_whatever_is_seen_of_it(what: str) -> None:
    date, _ = two_dates(30, 120)
    values = {
        "cancelled": {"status": "cancelled"},
        "over": {"starts_at": clock.now() - timedelta(hours=3)},
        "gone": {"gone_at": clock.now()},
        "being played": {
            "starts_at": clock.now() - timedelta(hours=1),
            "ends_at": clock.now() + timedelta(hours=1),
        },
        "over for its venue only": {
            "starts_at": clock.now() - timedelta(hours=3),
            "ends_at": clock.now() - timedelta(hours=1),
        },
    }[what]
    Instance.objects.filter(pk=date.pk).update(**values)
    summaries.keep([date.event_id])
    expected = 150 if what == "being played" else 120
    assert event_seats() == expected
    row = Instance.objects.select_related("event").get(pk=date.pk)
    look(row, 25, status=Status(row.status))
    assert event_seats() == (145 if what == "being played" else 120)


def test_a_date_of_which_nobody_knows_the_number_leaves_the_sum_unknown() -> None:
    date, other = two_dates(30, 120)
    Instance.objects.filter(pk=other.pk).update(seats_left=None)
    summaries.keep([date.event_id])
    assert event_seats() is None
    look(date, 29)
    assert event_seats() is None
    look(Instance.objects.get(pk=other.pk), 10)
    assert event_seats() == 39


def test_a_sum_that_had_gone_wrong_is_made_anew_before_it_falls_below_nothing() -> None:
    date, _ = two_dates(30, 120)
    Event.objects.update(seats_left=10)
    look(date, 20)
    assert event_seats() == 140


def test_a_date_that_sells_out_takes_its_price_with_it_and_brings_it_back() -> None:
    date, _ = two_dates(30, 120)

    def cheapest(count: int) -> int | None:
        availability.note_seen(date, found(seats(count, price=2500)))
        return Event.objects.get().price_from_minor

    assert [cheapest(count) for count in (5, 0, 3)] == [2500, 6000, 2500]
    assert event_seats() == 123


def test_seats_that_come_back_to_an_event_that_was_sold_out_put_it_on_sale_again() -> None:
    first, second = two_dates(5, 4)
    before = versions.current()
    look(first, 0)
    look(second, 0)
    assert (Event.objects.get().on_sale, event_seats()) == (False, 0)
    gone = versions.current()
    look(second, 3)
    assert (Event.objects.get().on_sale, event_seats()) == (True, 3)
    assert before < gone < versions.current()


@pytest.mark.parametrize("seed", range(4))
def test_however_many_look_the_sum_is_what_the_dates_come_to(seed: int) -> None:
    rng = random.Random(seed)
    row = event()
    now = clock.now()
    states = (
        {},
        {},
        {},
        {"status": "cancelled"},
        {"gone_at": now},
        {"starts_at": now - timedelta(hours=2)},
        {"seats_left": 8},
    )
    dates = [
        instance(row, **{"starts_at": now + timedelta(days=n + 1), "seats_left": rng.choice([0, 5, 30]), **more})
        for n, more in enumerate(states)
    ]  # fmt: skip
    for _ in range(30):
        date = rng.choice(dates)
        known = date if rng.random() < 0.5 else Instance.objects.select_related("event").get(pk=date.pk)
        words = summaries.seats_word(Event.objects.get().seats_left)
        before = versions.current()
        look(known, rng.choice([0, 1, 4, 12, 20, 21, 60]), status=Status(known.status))
        event_seats()
        if summaries.seats_word(Event.objects.get().seats_left) != words:
            assert versions.current() > before
