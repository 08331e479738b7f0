"""Months, weeks and wall clocks of the calendar: arithmetic, and properties over years and zones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog import calendar_reads, calendar_rows, months
from catalog import words as kinds
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import words

ZONES = (
    "Europe/London",
    "Europe/Vienna",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "America/Sao_Paulo",
)
MONTHS = st.dates(date(2001, 1, 1), date(2199, 12, 31)).map(months.of)


@pytest.mark.parametrize(
    "text", ["", "2027", "2027-13", "2027-00", "2027-3", "1999-12", "9999-01", "2027-03-01", "٢٠٢٧-٠٣", "../..", " 2027-03"]
)  # fmt: skip
def test_what_is_no_month_is_none(text: str) -> None:
    assert months.read(text) is None


@given(MONTHS)
def test_a_month_is_read_as_it_is_written(month: date) -> None:
    assert months.read(months.written(month)) == month


@given(MONTHS, st.integers(0, 6))
def test_every_day_of_a_month_has_one_place_under_its_own_weekday(month: date, first: int) -> None:
    weeks = months.weeks(month, first)
    days = [day for week in weeks for day in week if day is not None]
    length = (months.following(month) - month).days
    assert days == [month + timedelta(days=n) for n in range(length)]
    for week in weeks:
        assert len(week) == 7
        assert any(week)
        for place, day in enumerate(week):
            assert day is None or day.weekday() == (first + place) % 7


@given(MONTHS, st.sets(MONTHS, max_size=12))
def test_the_steps_lead_to_the_nearest_months_that_have_something(month: date, there: set[date]) -> None:
    before, after = months.around(month, there)
    assert (before.month if before else None) == max(
        (other for other in there if other < month), default=None
    )
    assert (after.month if after else None) == min((other for other in there if other > month), default=None)
    if after is not None:
        assert after.skips == (months.following(month) != after.month)
    if before is not None:
        assert before.skips == (months.following(before.month) != month)


@given(MONTHS, st.lists(MONTHS, max_size=12))
def test_what_opens_is_a_month_that_has_something(wish: date, there: list[date]) -> None:
    assert months.opening(there) == min(there, default=None)
    opened = months.opening(there, wish)
    assert opened == min((month for month in there if month >= wish), default=max(there, default=None))


def date_at(starts_at: datetime, zone: str) -> Instance:
    """A date that no table has: what is drawn needs no database."""
    event = Event(
        slug="lantern", name="Lantern", account=ProviderAccount(name="x", title="X"),
        venue=Venue(name="House", timezone=zone, pk=1),
    )  # fmt: skip
    row = Instance(pk=7, event=event, starts_at=starts_at, currency="GBP", price_from_minor=100)
    row.local_date = words.local(starts_at, zone).date()
    return row


CHANGES = (  # the hours around both changes of a year, and a zone whose clocks move by half an hour
    datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2027, 4, 3, 14, 45, tzinfo=UTC), datetime(2027, 4, 3, 15, 15, tzinfo=UTC),
)  # fmt: skip
NEAR_A_CHANGE = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-1500, 1500)
)
MOMENTS = st.one_of(
    NEAR_A_CHANGE,
    st.integers(0, 10 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)


@given(MOMENTS, st.sampled_from(ZONES))
@example(CHANGES[0], "Europe/London")
@example(CHANGES[2], "Europe/London")
@example(CHANGES[3], "Europe/London")
def test_any_moment_stands_on_its_day_at_the_venue_with_the_time_on_the_wall(at: datetime, zone: str) -> None:
    now = at - timedelta(days=1)
    row = date_at(at, zone)
    html = str(calendar_rows.entry(row, url="/x/", title="Lantern", where="", day="Day", zone=zone, now=now))
    iso, said = re.search(r'<time class="cal-time" datetime="([^"]+)">([^<]+)</time>', html).groups()  # type: ignore[union-attr]
    wall = at.astimezone(ZoneInfo(zone))
    assert datetime.fromisoformat(iso) == at, "the offset makes it one moment"
    assert said.split()[0] == f"{wall:%H:%M}"
    month = calendar_reads.Month(months.of(wall.date()), {wall.date(): 1}, cells={wall.date(): [row]})
    page = calendar_rows.Page(month, today=wall.date(), now=now, day_url=str)
    held = [place for week in page.table() for place in week if place.day]
    assert [place.on for place in held] == [wall.date()]
    assert f", {kinds.day(wall.date())}</span></a>" in held[0].day.entries  # type: ignore[union-attr]


@given(MOMENTS, st.sampled_from(ZONES))
@example(CHANGES[2], "Europe/London")
def test_no_two_moments_near_each_other_say_the_same_time(at: datetime, zone: str) -> None:
    for apart in (timedelta(minutes=30), timedelta(hours=1)):
        first, second = at, at + apart
        assert calendar_rows.time_words(first, zone) != calendar_rows.time_words(second, zone)


def test_the_hour_that_comes_twice_says_which_of_the_two_it_is() -> None:
    first, second = CHANGES[2], CHANGES[3]
    assert calendar_rows.time_words(first, "Europe/London") == "01:30 BST"
    assert calendar_rows.time_words(second, "Europe/London") == "01:30 GMT"
    assert calendar_rows.time_words(first - timedelta(hours=1), "Europe/London") == "00:30"
    spring = CHANGES[1]  # 02:00 on the wall, after the hour that is left out
    assert calendar_rows.time_words(spring, "Europe/London") == "02:00"


def test_the_zone_that_is_said_once_is_the_shops_or_the_commonest() -> None:
    def rows(*zones: str) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(event=SimpleNamespace(venue=SimpleNamespace(timezone=zone))) for zone in zones
        ]

    assert calendar_rows.main_zone(rows("Europe/Vienna", "Europe/Vienna", "Europe/London")) == "Europe/London"
    assert calendar_rows.main_zone(rows("Europe/Vienna", "Asia/Tokyo", "Asia/Tokyo")) == "Asia/Tokyo"
    assert calendar_rows.main_zone([]) == "Europe/London"
