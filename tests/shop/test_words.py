"""Money, dates and counts in words, by the venue's clock and in the page's language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import translation

from shop import clock, words
from shop.money import Money

LONDON = "Europe/London"
NEW_YORK = "America/New_York"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def wednesday_noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


def london(*when):
    return datetime(*when, tzinfo=ZoneInfo(LONDON))


def render(text, **context):
    return engines["django"].from_string(text).render(context)


def test_an_evening_of_today_is_tonight_and_an_afternoon_is_today():
    assert words.curtain(london(2026, 11, 18, 19, 30), LONDON) == "Tonight, 19:30"
    assert words.curtain(london(2026, 11, 18, 14, 30), LONDON) == "Today, 14:30"
    assert words.near(london(2026, 11, 18, 19, 30), LONDON) == "tonight"
    assert words.near(london(2026, 11, 18, 14, 30), LONDON) == "today"


def test_tonight_is_judged_by_the_clock_of_the_venue():
    at = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)  # 19:30 the day before in New York
    assert words.curtain(at, NEW_YORK) == "Tonight, 19:30"
    assert words.curtain(at, LONDON) == "Tomorrow, 00:30"


def test_the_coming_weekend_is_near_and_the_one_after_is_not():
    assert words.near(london(2026, 11, 21, 14), LONDON) == "this weekend"
    assert words.near(london(2026, 11, 22, 14), LONDON) == "this weekend"
    assert words.near(london(2026, 11, 20, 14), LONDON) == ""
    assert words.near(london(2026, 11, 28, 14), LONDON) == ""


def test_on_a_saturday_tomorrow_is_tomorrow_and_the_next_saturday_is_not_this_weekend(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=3))
    assert words.near(london(2026, 11, 22, 14), LONDON) == "tomorrow"
    assert words.near(london(2026, 11, 28, 14), LONDON) == ""


def test_a_year_is_written_only_where_it_would_be_missed():
    assert words.short_date(london(2026, 12, 5, 19), LONDON) == "Sat 5 Dec"
    assert words.short_date(london(2027, 1, 9, 19), LONDON) == "Sat 9 Jan"
    assert words.short_date(london(2027, 11, 20, 19), LONDON) == "Sat 20 Nov 2027"
    assert words.short_date(london(2026, 11, 7, 19), LONDON) == "Sat 7 Nov 2026"


def test_the_hour_is_right_on_both_sides_of_both_clock_changes():
    assert words.clock_time(datetime(2027, 3, 28, 0, 59, tzinfo=UTC), LONDON) == "00:59"
    assert words.clock_time(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), LONDON) == "02:00"
    first, second = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert words.clock_time(first, LONDON) == words.clock_time(second, LONDON) == "01:30"
    assert render('{{ at|iso:"Europe/London" }}', at=first) == "2026-10-25T01:30+01:00"
    assert render('{{ at|iso:"Europe/London" }}', at=second) == "2026-10-25T01:30+00:00"


def test_a_range_says_no_more_than_is_needed():
    first = london(2026, 11, 21, 19)
    assert words.date_range(first, None, LONDON) == "Sat 21 Nov"
    assert words.date_range(first, first + timedelta(hours=2), LONDON) == "Sat 21 Nov"
    assert words.date_range(first, london(2026, 12, 5, 19), LONDON) == "Sat 21 Nov to Sat 5 Dec"
    assert words.date_range(first, london(2027, 12, 4, 19), LONDON) == "Sat 21 Nov 2026 to Sat 4 Dec 2027"
    assert words.date_range(None, None, LONDON) == ""


def test_dates_follow_the_language():
    at = london(2026, 11, 21, 19, 30)
    with translation.override("de"):
        assert words.curtain_full(at, LONDON) == "Samstag, 21. November 2026, 19:30"
        assert words.money(Money(123450, "EUR")) == "1.234,50\xa0€"
        assert words.date_parts(at, LONDON)[0] == "Sa"
    with translation.override("en-us"):
        assert words.clock_time(at, LONDON).replace("\u202f", " ") == "7:30 PM"
    with translation.override("en"):
        assert words.curtain_full(at, LONDON) == "Saturday 21 November 2026, 19:30"


def test_money_has_the_places_of_its_currency():
    assert words.money(Money(4550, "GBP")) == "£45.50"
    assert words.money(Money(4550, "JPY")) == "JP¥4,550"
    assert render("{{ minor|money:'GBP' }}", minor=0) == "£0.00"
    assert render("{{ nothing|money }}") == ""


def test_the_filters_are_silent_about_nothing():
    for name in ("curtain", "curtain_full", "day_date", "short_date", "clock", "near", "iso", "month_year"):
        assert render("{{ nothing|" + name + " }}{{ none|" + name + ':"Europe/London" }}', none=None) == "", (
            name
        )


def test_an_unknown_zone_falls_back_to_the_house():
    assert words.clock_time(NOON, "Mars/Olympus") == "12:00"


def test_lengths_and_counts_in_words():
    assert words.minutes_words(150) == "2 hours 30 minutes"
    assert words.minutes_words(60) == "1 hour"
    assert words.minutes_words(45) == "45 minutes"
    assert words.minutes_words(0) == ""
    assert words.left_words(431) == "about 7 minutes"
    assert words.left_words(61) == "about 1 minute"
    assert words.left_words(59) == "less than a minute"
    assert words.left_words(0) == "no time"
    assert words.tickets_words(1) == "1 ticket"
    assert words.tickets_words(2) == "2 tickets"


def test_seats_are_named_by_row_and_number_and_standing_tickets_have_none():
    class Seat:
        row, number = "F", "13"

    assert words.seat_words([{"row": "F", "number": "12"}, Seat()]) == "F12, F13"
    assert words.seat_words([{"row": "", "number": "7"}, {"row": "F", "number": ""}]) == "7"
    assert words.seat_words(None) == ""


def test_seats_are_named_as_they_stand_in_the_house():
    named = [{"row": "AA", "number": "1"}, {"row": "B", "number": "10"}, {"row": "B", "number": "9"}]
    assert words.seat_words(named) == "B9, B10, AA1"


def test_the_block_of_a_date_carries_the_date_for_machines():
    block = render("{% date_block at 'America/New_York' %}", at=datetime(2026, 11, 19, 0, 30, tzinfo=UTC))
    assert 'datetime="2026-11-18"' in block
    assert ">Wed<" in block
    assert ">18<" in block
    assert ">Nov<" in block


def test_zones_are_named_after_their_city():
    assert words.zone_words(LONDON) == "London time"
    assert words.zone_words(NEW_YORK) == "New York time"


def test_kinds_of_tickets_are_named_with_their_number():
    from shop import words

    tickets = [{"ticket_type": "Adult"}, {"ticket_type": "Adult"}, {"ticket_type": "Under 19"}]
    assert words.kind_words(tickets) == "2 × Adult, 1 × Under 19"
    assert words.kind_words([{}, {}]) == "2 tickets"


def test_a_holds_end_names_its_zone_where_it_is_not_the_shops_own(settings):
    settings.TIME_ZONE = LONDON
    at = datetime(2026, 11, 18, 11, 32, tzinfo=UTC)
    assert words.held_until(at, "Europe/Vienna") == "12:32 (Vienna time)"
    assert words.held_until(at, LONDON) == words.held_until(at) == "11:32"
    assert words.held_until(None, LONDON) == words.held_until(None, "Europe/Vienna") == ""
    assert render("{{ at|held_until:zone }}", at=at, zone="Europe/Vienna") == "12:32 (Vienna time)"
    assert render("{{ at|held_until:zone }}", at=None, zone=LONDON) == ""
