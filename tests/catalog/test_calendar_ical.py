"""The calendar as a file that others subscribe to: stable ids, cancelled dates, filters, RFC 5545's rules for lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog import ical, versions
from catalog.models import Event, Instance
from shop import clock
from tests.factories_catalog import Season, event, instance, on_sale, venue


@pytest.fixture
def wednesday(move_clock: Callable[[datetime], None]) -> datetime:
    move_clock(datetime(2027, 3, 10, 12, tzinfo=UTC))
    return clock.now()


def read(body: bytes) -> list[dict[str, str]]:
    """The dates of a file, unfolded and with their values in the plain: a reader of its own."""
    text = body.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    found: list[dict[str, str]] = []
    for line in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line != "END:VEVENT":
            found[-1][name.partition(";")[0]] = plain(value)
    return found


def plain(value: str) -> str:
    said, letters = "", iter(value)
    for letter in letters:
        if letter == "\\":
            after = next(letters)
            said += "\n" if after in "nN" else after
        else:
            said += letter
    return said


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])))
def test_a_text_of_any_letters_comes_out_as_it_went_in(text: str) -> None:
    pieces = list(ical.folded(f"SUMMARY:{ical.escaped(text)}"))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    whole = pieces[0] + "".join(piece[1:] for piece in pieces[1:])
    assert plain(whole.removeprefix("SUMMARY:")) == text


@given(st.text())
def test_no_text_can_begin_a_line_of_its_own(text: str) -> None:
    said = ical.escaped(text.replace("\ud800", ""))
    assert "\r" not in said
    assert "\n" not in said


@given(st.integers(0, 5_000_000), st.integers(-12 * 60, 14 * 60))
def test_a_moment_is_written_in_utc_whatever_zone_it_came_in(minutes: int, offset: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    there = at.astimezone(timezone(timedelta(minutes=offset)))
    assert datetime.strptime(ical.moment(there), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) == at


@pytest.mark.django_db
def test_a_date_says_what_when_and_where(client: Client, wednesday: datetime) -> None:
    house = venue("Burg; Theater, am Ring", timezone="Europe/Vienna", city="Wien")
    row = event("Die Räuber", venue=house, kind="play", running_time="2hr 30min", access_marks=["signed"])
    date = instance(row, starts_at=datetime(2027, 3, 28, 17, 30, tzinfo=UTC))
    response = client.get("/en/calendar.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    (found,) = read(response.content)
    assert found["SUMMARY"] == "Die Räuber"
    assert found["DTSTART"] == "20270328T173000Z"
    assert found["DTEND"] == "20270328T200000Z"
    assert found["LOCATION"] == "Burg; Theater, am Ring, 1 Sample Row, Wien, E1 0AA"
    assert found["URL"] == f"{settings.PUBLIC_ORIGIN}{date.get_absolute_url()}"
    assert found["DESCRIPTION"] == "Signed"
    assert found["STATUS"] == "CONFIRMED"
    assert found["UID"].startswith(f"date-{date.pk}@")


@pytest.mark.django_db
def test_ids_stay_when_a_date_moves_and_a_cancelled_one_is_marked(
    client: Client, wednesday: datetime
) -> None:
    row = on_sale("Lantern", dates=2, starts_at=datetime(2027, 3, 17, 19, 30, tzinfo=UTC))
    path = f"{row.get_absolute_url()}calendar.ics"
    before = read(client.get(path).content)
    first, second = row.instances.order_by("starts_at")
    Instance.objects.filter(pk=first.pk).update(starts_at=first.starts_at + timedelta(hours=2))
    Instance.objects.filter(pk=second.pk).update(status=Event.Status.CANCELLED)
    versions.bump()
    after = read(client.get(path).content)
    assert [each["UID"] for each in after] == [each["UID"] for each in before]
    assert after[0]["DTSTART"] == "20270317T213000Z"
    assert (after[1]["STATUS"], after[1]["SUMMARY"]) == ("CANCELLED", "Cancelled: Lantern")


@pytest.mark.django_db
def test_the_filters_of_the_calendar_hold_and_its_page_leads_to_the_file(
    client: Client, wednesday: datetime
) -> None:
    play = on_sale("A play", kind="play")
    on_sale("An opera", kind="opera")
    on_sale("Hidden", kind="play", hidden=True)
    assert b'href="/en/calendar.ics?kind=play"' in client.get("/en/calendar/?kind=play").content
    found = client.get("/en/calendar.ics?kind=play").content
    assert [each["SUMMARY"] for each in read(found)] == ["A play"]
    assert b"X-WR-CALNAME:Foyer: Play\r\n" in found.replace(settings.SHOP_NAME.encode(), b"Foyer")
    path = f"{play.get_absolute_url()}calendar.ics"
    assert f'href="{path}"'.encode() in client.get(f"{play.get_absolute_url()}calendar/").content
    assert [each["SUMMARY"] for each in read(client.get(path).content)] == ["A play"]
    assert client.get("/en/events/no-such-thing/calendar.ics").status_code == 404


@pytest.mark.django_db
def test_a_file_is_made_once_asks_nobody_and_answers_304(
    client: Client, wednesday: datetime, season: Season
) -> None:
    for number in range(30):
        on_sale(f"Play {number}", dates=3)
    versions.forget()
    with CaptureQueriesContext(connection) as queries:
        first = client.get("/en/calendar.ics")
    assert len(queries) <= 5, [q["sql"][:120] for q in queries]
    assert season.asked == []
    assert len(read(first.content)) == 90
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/en/calendar.ics", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert len(queries) == 0


@pytest.mark.django_db
def test_a_visitor_with_a_basket_gets_the_file_as_a_calendar_too(client: Client, wednesday: datetime) -> None:
    on_sale("Lantern")
    client.cookies[settings.BASKET_COOKIE] = signing.dumps("nobody")
    for _again in range(3):
        response = client.get("/en/calendar.ics")
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert [each["SUMMARY"] for each in read(response.content)] == ["Lantern"]


@pytest.mark.django_db
def test_a_file_of_nothing_is_a_calendar_without_dates(client: Client) -> None:
    assert read(client.get("/en/calendar.ics?q=zzz").content) == []
