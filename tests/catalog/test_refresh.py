"""The refresh: what a provider lists becomes our rows, only what changed is written, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import responses
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import health, records, refresh, versions
from catalog.models import Event, Instance, LeftOut, ProviderAccount, RefreshRun, Venue
from shop import calls, clock
from shop.claims import Taken, claim
from shop.money import Money
from shop.providers import http
from shop.providers.errors import BadAnswer, Misconfigured, Unavailable
from shop.providers.types import BadRecord, Capabilities, Status, VenueInfo
from tests.factories_catalog import HOUSE, Provider, Season, event_info, instance_info

pytestmark = pytest.mark.django_db


def run(name: str = "west-end", **values: object) -> RefreshRun:
    return refresh.refresh_account(name, trigger="test", **values)  # type: ignore[arg-type]


def writes(context: CaptureQueriesContext, *tables: str) -> list[str]:
    verbs = ("INSERT", "UPDATE", "DELETE")
    said = [q["sql"].strip().replace('"', "") for q in context.captured_queries]
    return [
        sql
        for sql in said
        if sql.startswith(verbs) and any(t in sql.split("WHERE")[0][:80].split() for t in tables)
    ]


ROWS = ("catalog_event", "catalog_instance", "catalog_venue", "catalog_catalogversion")


def test_what_is_listed_becomes_rows(season: Season) -> None:
    season.add(event_info(description_html="<p>Fine</p>"), instance_info("1"), instance_info("2"))
    done = run()
    event = Event.objects.get()
    assert (done.complete, done.events_read, done.instances_read, done.events_total) == (True, 1, 2, 1)
    assert (event.name, event.slug, event.venue.name) == (
        "The Paper Lantern",
        "the-paper-lantern",
        HOUSE.name,
    )
    assert event.dates == 2
    assert event.first_at == Instance.objects.earliest("starts_at").starts_at
    assert event.price_from == Money(2450, "GBP")
    assert event.on_sale
    assert done.account.last_good_refresh_at is not None


def test_an_unchanged_refresh_writes_no_row_and_drops_no_cache(season: Season) -> None:
    for number in range(5):
        season.add(event_info(str(number), name=f"Play {number}"), instance_info(f"i{number}"))
    run()
    before = versions.current()
    with CaptureQueriesContext(connection) as queries:
        done = run()
    assert writes(queries, *ROWS) == []
    assert done.written == 0
    assert versions.current() == before
    assert done.complete


def test_only_the_changed_date_is_written(season: Season) -> None:
    dates = [instance_info(str(n)) for n in range(20)]
    season.add(event_info(), *dates)
    run()
    season.dates["5101"][3] = replace(dates[3], price_from=Money(1990, "GBP"), event_ref="5101")
    before = versions.current()
    done = run()
    assert done.written == 1
    assert Instance.objects.get(provider_ref="3").price_from_minor == 1990
    assert Event.objects.get().price_from_minor == 1990
    assert versions.current() == before + 1


def test_a_number_of_seats_that_reads_the_same_to_a_visitor_empties_no_cache(season: Season) -> None:
    date = instance_info("1", seats_left=131)
    season.add(event_info(), date)
    run()
    before = versions.current()
    season.dates["5101"] = [replace(date, seats_left=130, event_ref="5101")]
    assert run().written == 1
    assert Instance.objects.get().seats_left == 130
    assert versions.current() == before
    season.dates["5101"] = [replace(date, seats_left=3, event_ref="5101")]
    run()
    assert versions.current() == before + 1


def test_what_is_not_listed_any_more_is_marked_gone_and_never_deleted(season: Season) -> None:
    season.add(event_info("1", name="Stays"), instance_info("a"), instance_info("b"))
    season.add(event_info("2", name="Goes"), instance_info("c"))
    run()
    del season.events[1], season.dates["1"][1]
    done = run()
    assert Event.objects.get(provider_ref="2").gone_at is not None
    assert Event.objects.get(provider_ref="1").gone_at is None
    assert Instance.objects.get(provider_ref="b").gone_at is not None
    assert Instance.objects.get(provider_ref="a").gone_at is None
    assert (Event.objects.count(), Instance.objects.count()) == (2, 3)
    assert done.gone == 2


def test_what_comes_back_is_there_again(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"))
    season.add(event_info("2", name="Comes back"), instance_info("c"))
    run()
    kept = season.events.pop()
    run()
    season.events.append(kept)
    run()
    assert not Event.objects.filter(gone_at__isnull=False).exists()
    assert Event.objects.get(provider_ref="2").dates == 1


def test_nothing_is_marked_gone_when_the_list_broke_off(season: Season) -> None:
    for number in range(4):
        season.add(event_info(str(number)), instance_info(f"i{number}"))
    run()
    season.breaks_after, season.down = 2, Unavailable("list: HTTP 502")
    done = run()
    assert not done.complete
    assert "502" in done.error
    assert not Event.objects.filter(gone_at__isnull=False).exists()


def test_an_empty_list_from_an_account_that_sold_yesterday_is_taken_for_a_fault(season: Season) -> None:
    season.add(event_info(), instance_info())
    run()
    season.events.clear()
    done = run()
    assert not done.complete
    assert Event.objects.get().gone_at is None
    assert ProviderAccount.objects.get(name="west-end").failures == 1


def test_dates_that_cannot_be_had_this_time_stay_as_they_were(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"))
    season.add(event_info("2", name="Other"), instance_info("b"))
    run()
    season.down_for["1"] = Unavailable("performances: HTTP 500")
    season.dates["2"] = [instance_info("c", event_ref="2")]
    done = run()
    assert not done.complete
    assert Instance.objects.get(provider_ref="a").gone_at is None
    assert Instance.objects.get(provider_ref="b").gone_at is not None, "that event was read whole"
    assert Instance.objects.filter(provider_ref="c").exists()


def test_several_events_in_a_row_without_dates_mean_that_the_account_is_down(season: Season) -> None:
    for number in range(10):
        season.add(event_info(str(number)), instance_info(f"i{number}"))
        season.down_for[str(number)] = Unavailable("down")
    done = run()
    assert len([1 for verb, _ref in season.asked if verb == "instances"]) == refresh.FAILURES_ALLOWED
    assert not done.complete


def test_a_bad_record_is_left_out_counted_and_shown_and_the_others_go_in(season: Season) -> None:
    season.add(
        event_info("1", name="Good"),
        instance_info("a"),
        BadRecord("instance", "b", "no PerformanceDate", "{}"),
    )
    season.events.append(BadRecord("event", "2", "Name is missing", '{"EventId": 2}'))
    season.add(event_info("3", name=" "))
    season.add(event_info("4", name="Lost", venue=VenueInfo("9", "Nowhere", timezone="Mars/Olympus")))
    done = run()
    assert done.complete
    assert done.left_out_count == 4
    assert Event.objects.count() == 1
    reasons = dict(LeftOut.objects.values_list("ref", "reason"))
    assert reasons["b"] == "no PerformanceDate"
    assert reasons["3"] == "no name"
    assert "time zone" in reasons["4"]


def test_impossible_dates_are_left_out(season: Season) -> None:
    soon = clock.now() + timedelta(days=3)
    season.add(
        event_info(),
        instance_info("good"),
        instance_info("naive", starts_at=datetime(2030, 1, 1, 19, 30)),  # noqa: DTZ001
        instance_info("backwards", starts_at=soon, ends_at=soon - timedelta(hours=1)),
        instance_info("far", starts_at=datetime(2999, 1, 1, tzinfo=UTC)),
        instance_info("negative", seats_left=-3),
        instance_info("currencies", price_from=Money(1, "GBP"), price_to=Money(2, "EUR")),
    )
    done = run()
    assert [row.provider_ref for row in Instance.objects.all()] == ["good"]
    assert done.left_out_count == 5


def test_a_known_record_that_came_broken_is_not_marked_gone(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"), instance_info("b"))
    season.add(event_info("2", name="Other"), instance_info("c"))
    run()
    season.events[1] = BadRecord("event", "2", "wrong type")
    season.dates["1"][1] = BadRecord("instance", "b", "wrong type")
    assert run().complete
    assert Event.objects.get(provider_ref="2").gone_at is None
    assert Instance.objects.get(provider_ref="b").gone_at is None


def test_an_unreadable_record_without_an_id_keeps_everything_that_is_missing(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"), instance_info("b"))
    season.add(event_info("2", name="Other"), instance_info("c"))
    run()
    season.events[1] = BadRecord("event", "", "not an object")
    season.dates["1"][1] = BadRecord("instance", "", "not an object")
    run()
    assert not Event.objects.filter(gone_at__isnull=False).exists()
    assert not Instance.objects.filter(gone_at__isnull=False).exists()


def test_an_event_that_is_listed_but_withdrawn_is_no_longer_sold(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"))
    season.add(event_info("2", name="Other"), instance_info("c"))
    run()
    season.events[1] = BadRecord("event", "2", "EndDate is missing", withdrawn=True)
    done = run()
    assert done.complete
    assert done.left_out_count == 1
    assert Event.objects.get(provider_ref="2").gone_at is not None


def test_left_out_rows_are_capped_and_counted_whole(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "LEFT_OUT_KEPT", 3)
    season.add(event_info(), instance_info(), *(BadRecord("instance", str(n), "wrong") for n in range(10)))
    done = run()
    assert done.left_out_count == 10
    assert LeftOut.objects.count() == 3


def test_the_venues_own_is_never_overwritten(season: Season) -> None:
    season.add(event_info(), instance_info("a"))
    run()
    own = {
        "own_title": "Lantern!", "own_text": "Ours", "hidden": True, "stop_sale": True, "stop_reason": "Flood",
        "position": 5, "access_marks": ["signed"],
    }  # fmt: skip
    Event.objects.update(**own)
    Instance.objects.update(stop_sale=True, stop_reason="Late", access_marks=["relaxed"])
    Venue.objects.update(own_text="Warm", own_telephone="1", access_line="2", box_office="3")
    ProviderAccount.objects.update(stop_sale=True)
    house = replace(HOUSE, name="New name", telephone="9")
    season.events[0] = event_info(name="Renamed", venue=house, status=Status.CANCELLED)
    season.dates["5101"] = [instance_info("a", event_ref="5101", seats_left=1, price_from=Money(1, "GBP"))]
    run()
    event = Event.objects.get()
    assert {name: getattr(event, name) for name in own} == own
    assert (event.name, event.status, event.venue.name) == ("Renamed", "cancelled", "New name")
    date = Instance.objects.get()
    assert (date.stop_sale, date.stop_reason, date.access_marks) == (True, "Late", ["relaxed"])
    assert date.seats_left == 1
    house_row = Venue.objects.get()
    assert (house_row.own_text, house_row.own_telephone, house_row.access_line) == ("Warm", "1", "2")
    assert ProviderAccount.objects.get(name="west-end").stop_sale


def test_a_slug_stays_when_the_event_is_renamed_and_twins_get_their_own(season: Season) -> None:
    season.add(event_info("1"), instance_info("a"))
    season.add(event_info("2"), instance_info("b"))
    season.add(event_info("3", name="灯"), instance_info("c"))
    run()
    first = Event.objects.get(provider_ref="1")
    assert Event.objects.get(provider_ref="2").slug == "the-paper-lantern-aldgate-playhouse"
    assert Event.objects.get(provider_ref="3").slug
    season.events[0] = event_info("1", name="Something else")
    run()
    renamed = Event.objects.get(provider_ref="1")
    assert (renamed.name, renamed.slug) == ("Something else", first.slug)


def test_two_accounts_with_the_same_ids_do_not_meet(season: Season) -> None:
    season.add(event_info(), instance_info())
    run("west-end")
    run("arena")
    assert Event.objects.filter(provider_ref="5101").count() == 2
    assert len(set(Event.objects.values_list("slug", flat=True))) == 2
    assert Venue.objects.filter(provider_ref="71").count() == 2


def test_html_is_sanitised(season: Season) -> None:
    season.add(
        event_info(
            name="<b>Bold</b> name\x00",
            description_html='<p onclick="x()" style="color:red">Good <script>alert(1)</script><img src=x onerror=y>'
            '<a href="javascript:alert(1)">bad</a> <a href="https://example.org">fine</a></p>',
            terms_html="<iframe src='//evil'></iframe><ul><li>One</li></ul>",
            notice="<p>Haze</p>",
        ),
        instance_info(),
    )
    run()
    event = Event.objects.get()
    assert event.name == "Bold name"
    for word in ("script", "onclick", "style", "img", "javascript", "iframe"):
        assert word not in event.description + event.terms
    assert 'href="https://example.org"' in event.description
    assert event.terms == "<ul><li>One</li></ul>"
    assert event.notice == "Haze"


def test_a_text_longer_than_its_column_is_cut(season: Season) -> None:
    season.add(event_info(name="N" * 400, age_note="a" * 900, kind="k" * 90), instance_info(name="i" * 300))
    run()
    event = Event.objects.get()
    assert len(event.name) == 250
    assert event.name.endswith("…")
    assert len(event.age_note) == 300


@pytest.mark.parametrize(
    ("starts", "local"),
    [
        # clocks go forward on 28 March 2027 and back on 31 October 2027 in London
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), "2027-03-27"),
        (datetime(2027, 3, 28, 23, 30, tzinfo=UTC), "2027-03-29"),
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), "2027-10-31"),
        (datetime(2027, 10, 31, 23, 30, tzinfo=UTC), "2027-10-31"),
    ],
)
def test_the_calendar_day_is_the_venues_on_both_sides_of_a_clock_change(
    season: Season, move_clock: Callable[[datetime], None], starts: datetime, local: str
) -> None:
    move_clock(datetime(2027, 3, 1, 12, tzinfo=UTC))
    season.add(event_info(), instance_info(starts_at=starts))
    run()
    assert Instance.objects.get().local_date.isoformat() == local


def test_a_venue_that_moves_to_another_zone_moves_its_calendar_days(season: Season) -> None:
    season.add(event_info(), instance_info(starts_at=datetime(2027, 1, 5, 23, 30, tzinfo=UTC)))
    run()
    season.events[0] = event_info(venue=replace(HOUSE, timezone="Europe/Vienna"))
    run()
    assert Instance.objects.get().local_date.isoformat() == "2027-01-06"


def test_a_second_refresh_at_the_same_time_is_turned_away(season: Season) -> None:
    season.add(event_info(), instance_info())
    with claim("refresh:west-end"), pytest.raises(Taken):
        run()
    assert run().complete


def test_an_account_that_is_down_keeps_its_catalogue_and_waits_longer_each_time(
    season: Season, move_clock: Callable[[timedelta], None]
) -> None:
    season.add(event_info(), instance_info())
    run()
    season.down = Unavailable("events: no answer")
    waits = []
    for _ in range(5):
        done = run()
        assert "no answer" in done.error
        account = ProviderAccount.objects.get(name="west-end")
        waits.append(account.next_refresh_at - clock.now())
    assert account.failures == 5
    assert account.down_since is not None
    assert Event.objects.get().gone_at is None
    assert waits[4] > waits[0]
    assert all(wait <= health.LONGEST_PAUSE for wait in waits)
    season.down = None
    run()
    account.refresh_from_db()
    assert (account.failures, account.next_refresh_at, account.down_since, account.last_error) == (
        0,
        None,
        None,
        "",
    )


def test_pauses_double_with_jitter_up_to_a_limit() -> None:
    for failures in range(1, 20):
        whole = min(health.FIRST_PAUSE * 2 ** (failures - 1), health.LONGEST_PAUSE)
        for _ in range(20):
            assert whole * 0.6 <= health.pause(failures) <= whole
    assert len({health.pause(3) for _ in range(20)}) > 10


def test_a_refused_key_is_told_and_nothing_is_asked_again(season: Season) -> None:
    season.add(event_info(), instance_info())
    season.down_for["5101"] = Misconfigured("performances: HTTP 401")
    done = run()
    assert not done.complete
    assert done.error.startswith("misconfigured")


def test_an_error_of_our_own_ends_the_run_with_a_word_and_comes_out(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.add(event_info(), instance_info())
    monkeypatch.setattr(refresh.writing.Writer, "write", lambda self, batch: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run()
    done = RefreshRun.objects.get()
    assert done.finished_at is not None
    assert done.error == "ZeroDivisionError"
    monkeypatch.undo()
    assert run().complete, "the claim was given back"


def test_an_account_read_by_windows_is_asked_window_by_window(season: Season) -> None:
    season.capabilities = Capabilities()
    object.__setattr__(season, "capabilities", type("C", (), {"window_days": 90, "hold_minutes": None})())
    season.add(event_info(), instance_info())
    done = run()
    asked = [ref for verb, ref in season.asked if verb == "events"]
    assert len(asked) == 5
    assert asked[0].split("/")[1] == asked[1].split("/")[0]
    assert done.complete
    assert (done.events_read, Event.objects.count(), Instance.objects.count()) == (1, 1, 1)


def test_dates_that_are_over_are_not_taken_in(season: Season) -> None:
    yesterday = clock.now() - timedelta(days=2)
    season.add(event_info(), instance_info("old", starts_at=yesterday), instance_info("new"))
    run()
    run()
    assert [row.provider_ref for row in Instance.objects.all()] == ["new"]


def test_a_date_moved_from_far_away_into_the_horizon_keeps_its_row(season: Season) -> None:
    season.add(event_info(), instance_info("a"))
    run()
    row = Instance.objects.get()
    Instance.objects.update(starts_at=clock.now() - timedelta(days=30))
    run()
    assert Instance.objects.get().pk == row.pk
    assert Instance.objects.get().starts_at > clock.now()


def test_progress_is_told_in_true_numbers(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "TOLD_EVERY", 0.0)
    for number in range(6):
        season.add(event_info(str(number)), instance_info(f"i{number}"))
    told: list[tuple[str, int, int | None]] = []
    run(progress=lambda row, what: told.append((what, row.events_read, row.events_total)))
    assert told[0] == ("reading", 0, 6)
    assert [n for what, n, _total in told if what == "reading"] == sorted(
        n for w, n, _t in told if w == "reading"
    )
    assert told[-1] == ("done", 6, 6)


def test_one_event_can_be_read_afresh(season: Season) -> None:
    season.add(event_info(), instance_info("a"))
    run()
    event = Event.objects.select_related("account", "venue").get()
    season.events[0] = event_info(name="Renamed")
    season.dates["5101"] = [instance_info("b", event_ref="5101")]
    assert refresh.refresh_event(event)
    event.refresh_from_db()
    assert event.name == "Renamed"
    assert Instance.objects.get(provider_ref="a").gone_at is not None
    season.events.clear()
    assert not refresh.refresh_event(event)
    event.refresh_from_db()
    assert event.gone_at is not None


def test_one_event_that_cannot_be_read_stays_as_it_is(season: Season) -> None:
    season.add(event_info(), instance_info("a"))
    run()
    event = Event.objects.select_related("account", "venue").get()
    season.down = Unavailable("no answer")
    with pytest.raises(Unavailable):
        refresh.refresh_event(event)
    season.down = None
    season.events[0] = event_info(name="")
    with pytest.raises(BadAnswer):
        refresh.refresh_event(event)
    event.refresh_from_db()
    assert event.gone_at is None
    assert event.name == "The Paper Lantern"


def test_no_transaction_is_open_while_the_provider_is_read(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season.add(event_info("1"), instance_info("a"))
    season.add(event_info("2"), instance_info("b"))
    monkeypatch.setattr(refresh, "BATCH_EVENTS", 1)
    depth = len(connection.atomic_blocks)
    seen: list[int] = []
    from tests.factories_catalog import Provider

    def look(self: Provider, ref: str, window: object) -> list[object]:
        seen.append(len(connection.atomic_blocks))
        return list(season.dates[ref])

    monkeypatch.setattr(Provider, "instances", look)
    run()
    assert seen == [depth, depth]


def test_every_field_of_a_record_changes_its_hash() -> None:
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    date = instance_info(starts_at=noon)
    later = noon + timedelta(hours=1)
    changes: list[dict[str, object]] = [
        {"starts_at": later}, {"ends_at": later}, {"doors_at": later}, {"sale_starts_at": later},
        {"sale_ends_at": later}, {"status": Status.MOVED}, {"bookable": False}, {"seats_left": 1}, {"seats_left": None},
        {"seats_total": 7}, {"longest_run": 2}, {"price_from": None}, {"price_from": Money(2450, "EUR")},
        {"price_from": Money(2451, "GBP")}, {"price_to": Money(2450, "GBP")}, {"name": "Matinee"},
    ]  # fmt: skip
    found = {records.instance_hash(replace(date, **change), "Europe/London") for change in changes}  # type: ignore[arg-type]
    found |= {records.instance_hash(date, "Europe/London"), records.instance_hash(date, "Europe/Vienna")}
    assert len(found) == len(changes) + 2
    event = event_info(price_from=Money(1, "GBP"))
    words = ["name", "kind", "description_html", "tagline", "running_time", "age_note", "notice", "access_note",
             "offer_text", "terms_html", "image_url", "seller"]  # fmt: skip
    hashes = {records.event_hash(replace(event, **{name: "changed"})) for name in words}  # type: ignore[arg-type]
    hashes |= {
        records.event_hash(one)
        for one in (event, replace(event, listed=False), replace(event, status=Status.CANCELLED),
                    replace(event, price_from=None), replace(event, price_to=Money(1, "GBP")))
    }  # fmt: skip
    assert len(hashes) == len(words) + 5
    house = {records.venue_hash(replace(HOUSE, **{n: "x"})) for n in ("name", "address", "city", "postcode", "country",
             "telephone", "timezone", "getting_there")}  # fmt: skip
    assert len(house | {records.venue_hash(HOUSE), records.venue_hash(replace(HOUSE, latitude=1.0))}) == 10


# --- how often the account failed ---------------------------------------------------------------------------


@responses.activate
def test_the_calls_of_a_refresh_are_counted_and_written_in_one_go(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = Provider.instances

    def over_the_wire(self: Provider, ref: str, window: object) -> object:
        session = http.ApiSession("https://dates.test", account=self.config.name, headers={})
        session.call("GET", f"/{ref}", verb="dates", reads=True)
        yield from dates(self, ref, window)  # type: ignore[arg-type]

    monkeypatch.setattr(Provider, "instances", over_the_wire)
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    for ref in ("1", "2", "3", "4"):
        season.add(event_info(ref), instance_info(ref))
        responses.get(f"https://dates.test/{ref}", **({"status": 502} if ref == "2" else {"json": {}}))
    with CaptureQueriesContext(connection) as queries:
        done = run()
    assert not done.complete
    sums = calls.counted_since(clock.now())["west-end"]
    assert (sums.calls, sums.failed) == (6, 3)  # one of the four was tried three times
    assert len(writes(queries, "shop_callcount")) == 1  # also where this hour has no row yet
