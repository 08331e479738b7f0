"""The pages of an event, a date, a venue, and what they say in each state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import versions
from catalog.models import Event, Instance, PageText, ProviderAccount, Venue
from shop import clock
from tests.factories_catalog import Season, event, instance, on_sale, venue

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def noon(move_clock: Callable[[datetime], None]) -> datetime:
    move_clock(NOON)
    return clock.now()


def html(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content[:300]
    return response.content.decode()


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def book_links(text: str) -> list[str]:
    return re.findall(r'<a class="button primary" id="book" href="([^"]+)">', text)


def test_the_event_page_has_every_section_and_one_main_button(
    client: Client, season: Season, noon: datetime
) -> None:
    row = on_sale(
        dates=3, running_time="2hr 20min", age_note="Under 4s are not admitted.", access_note="Signed on Mondays",
        tagline="Light finds a way.", notice="Haze", seller="London Theatre Direct", terms="<p>No refunds</p>",
        starts_at=datetime(2027, 3, 17, 19, 30, tzinfo=UTC),
    )  # fmt: skip
    Event.objects.filter(pk=row.pk).update(prices=[["Stalls", "A", "Adult", 2450, 9000, 245]])
    text = html(client, row.get_absolute_url())
    said = plain(text)
    for piece in (
        "The Paper Lantern", "Aldgate Playhouse", "Wed 17 Mar to Fri 19 Mar", "from £24.50 incl. fees", "lamplighter",
        "March 2027", "19:30", "Stalls A Adult", "£24.50 to £90.00", "of which fees £2.45", "2hr 20min",
        "Under 4s are not admitted.", "Signed on Mondays", "020 7946 0000", "1 Sample Row", "Haze", "No refunds",
        "sold and delivered by London Theatre Direct", "hold your seats for about 10 minutes",
        "Times are London time", "Availability last checked at 12:00",
    ):  # fmt: skip
        assert piece in said, piece
    for heading in ("What", "Dates", "Prices", "Running time", "Age", "Access", "Getting there", "Who sells"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", text), heading
    assert text.count("<h1") == 1
    assert book_links(text) == ["#dates"]
    assert len(re.findall("button primary", text)) == 1


def test_an_event_with_one_date_books_that_date(client: Client, season: Season) -> None:
    row = on_sale()
    date = row.instances.get()
    assert book_links(html(client, row.get_absolute_url())) == [f"/en/basket/pick/{date.pk}/"]


def test_dates_are_grouped_by_month_and_long_runs_are_shown_month_by_month(
    client: Client, season: Season, noon: datetime
) -> None:
    row = on_sale(dates=100, starts_at=datetime(2027, 3, 12, 19, 30, tzinfo=UTC))
    first = html(client, row.get_absolute_url())
    assert "March 2027" in first
    assert first.count('class="date-row"') == 20
    assert 'href="?month=2027-05#dates"' in first
    later = html(client, row.get_absolute_url() + "?month=2027-05")
    assert later.count('class="date-row"') == 31
    assert "2027-03#dates" in later
    assert re.search(r'rel="canonical" href="[^"]+\?month=2027-05"', later)
    assert html(client, row.get_absolute_url() + "?month=nonsense").count('class="date-row"') == 20


@pytest.mark.parametrize("dates", [1, 30, 200])
def test_an_event_page_makes_at_most_five_queries(client: Client, season: Season, dates: int) -> None:
    row = on_sale(dates=dates)
    with CaptureQueriesContext(connection) as queries:
        html(client, row.get_absolute_url())
    assert len(queries) <= 5, [q["sql"][:120] for q in queries]
    assert season.asked == []


def test_a_date_has_its_own_page_with_its_neighbours(client: Client, season: Season, noon: datetime) -> None:
    row = on_sale(dates=3, starts_at=datetime(2027, 3, 17, 19, 30, tzinfo=UTC))
    dates = list(row.instances.order_by("starts_at"))
    with CaptureQueriesContext(connection) as queries:
        text = html(client, dates[1].get_absolute_url())
    assert len(queries) <= 5
    assert season.asked == []
    assert "Thursday 18 March 2027, 19:30" in text
    assert f'rel="prev" href="{dates[0].get_absolute_url()}"' in text
    assert f'rel="next" href="{dates[2].get_absolute_url()}"' in text
    assert f'rel="canonical" href="http://testserver{dates[1].get_absolute_url()}"' in text
    assert book_links(text) == [f"/en/basket/pick/{dates[1].pk}/"]
    assert "Thursday 18 March 2027" in text.split("</title>")[0]


@pytest.mark.parametrize(
    ("starts", "clock_words", "offset"),
    [
        (
            datetime(2027, 3, 27, 19, 30, tzinfo=UTC),
            "Saturday 27 March 2027, 19:30",
            "2027-03-27T19:30:00+00:00",
        ),
        (
            datetime(2027, 3, 28, 18, 30, tzinfo=UTC),
            "Sunday 28 March 2027, 19:30",
            "2027-03-28T19:30:00+01:00",
        ),
        (
            datetime(2027, 10, 30, 18, 30, tzinfo=UTC),
            "Saturday 30 October 2027, 19:30",
            "2027-10-30T19:30:00+01:00",
        ),
        (
            datetime(2027, 10, 31, 19, 30, tzinfo=UTC),
            "Sunday 31 October 2027, 19:30",
            "2027-10-31T19:30:00+00:00",
        ),
    ],
)
def test_hours_are_right_on_both_sides_of_both_clock_changes(
    client: Client, season: Season, noon: datetime, starts: datetime, clock_words: str, offset: str
) -> None:
    date = instance(event(), starts_at=starts)
    text = html(client, date.get_absolute_url())
    assert clock_words in text
    assert f'"startDate":"{offset}"' in text


def test_times_are_those_of_the_venue(client: Client, season: Season, noon: datetime) -> None:
    palace = venue("Palace", timezone="America/New_York", city="New York")
    date = instance(event(venue=palace), starts_at=datetime(2027, 3, 13, 0, 30, tzinfo=UTC))
    text = plain(html(client, date.get_absolute_url()))
    assert "Friday 12 March 2027, 19:30" in text
    assert "Times are New York time" in text


# --- states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event_values", "date_values", "piece"),
    [
        ({"status": "cancelled"}, {}, "This event has been cancelled."),
        ({}, {"seats_left": 0}, "None left right now."),
        ({"stop_sale": True, "stop_reason": "Burst pipe in the stalls."}, {}, "Burst pipe in the stalls."),
        ({}, {"sale_starts_at": datetime(2027, 3, 12, 10, tzinfo=UTC)}, "On sale from: Fri 12 March, 10:00"),
        ({"status": "moved"}, {}, "Date or place have changed."),
    ],
)
def test_each_state_of_an_event_has_its_text_and_its_next_step(
    client: Client, season: Season, noon: datetime, event_values: dict[str, object], date_values: dict[str, object],
    piece: str,
) -> None:  # fmt: skip
    row = event(**event_values)
    instance(row, **date_values)
    text = html(client, row.get_absolute_url())
    assert piece in plain(text)
    assert bool(book_links(text)) == (event_values.get("status") == "moved")


@pytest.mark.parametrize(
    ("date_values", "piece"),
    [
        ({"status": "cancelled"}, "This performance has been cancelled."),
        ({"stop_sale": True, "stop_reason": "Rehearsal"}, "Rehearsal"),
        ({"sale_starts_at": datetime(2027, 3, 12, 10, tzinfo=UTC)}, "On sale from: Fri 12 March, 10:00."),
        ({"sale_ends_at": datetime(2027, 3, 9, 10, tzinfo=UTC)}, "The sale for this date is over."),
        ({"bookable": False}, "The box office sells no tickets for this date online."),
    ],
)
def test_each_state_of_a_date_has_its_text_and_leads_to_the_other_dates(
    client: Client, season: Season, noon: datetime, date_values: dict[str, object], piece: str
) -> None:
    date = instance(event(), **date_values)
    text = html(client, date.get_absolute_url())
    assert piece in plain(text)
    assert book_links(text) == []
    assert f"{date.event.get_absolute_url()}#dates" in text


@pytest.mark.parametrize(
    ("date_values", "piece"),
    [
        (
            {"bookable": False},
            "The box office sells no tickets for this online, so they cannot be bought here.",
        ),
        ({"bookable": False, "sale_ends_at": datetime(2027, 3, 9, 10, tzinfo=UTC)}, "The sale here is over."),
    ],
)
def test_what_is_not_on_sale_says_why_and_whom_to_ask(
    client: Client, season: Season, noon: datetime, date_values: dict[str, object], piece: str
) -> None:
    row = event()
    type(row.venue).objects.update(telephone="", own_telephone="")
    date = instance(row, price_from_minor=None, price_to_minor=None, **date_values)
    text = html(client, row.get_absolute_url())
    assert piece in plain(text)
    assert f'<a href="{row.venue.get_absolute_url()}">Please ask {row.venue.name}</a>' in text
    assert 'id="prices"' not in text  # no heading over nothing
    assert "hold" not in plain(text).lower()
    type(row.venue).objects.update(own_telephone="020 7946 0000")
    versions.bump()
    for address in (row.get_absolute_url(), date.get_absolute_url()):
        assert f'Please ask {row.venue.name}: <a href="tel:02079460000">020 7946 0000</a>' in html(
            client, address
        )


def test_an_exhibition_that_is_on_for_days_says_from_when_to_when(
    client: Client, season: Season, noon: datetime
) -> None:
    starts = datetime(2027, 3, 15, 10, tzinfo=UTC)
    row = event()
    instance(row, starts_at=starts, ends_at=starts + timedelta(days=5, hours=8))
    assert "Mon 15 Mar to Sat 20 Mar" in plain(html(client, row.get_absolute_url()))


def test_a_stopped_account_stops_every_event(client: Client, season: Season) -> None:
    row = on_sale()
    ProviderAccount.objects.update(stop_sale=True, stop_reason="We are moving house.")
    text = html(client, row.get_absolute_url())
    assert "We are moving house." in text
    assert book_links(text) == []


def test_a_box_office_that_is_down_leaves_the_pages_open_and_says_when_it_was_last_asked(
    client: Client, season: Season, noon: datetime
) -> None:
    row = on_sale()
    ProviderAccount.objects.update(
        down_since=noon, last_good_refresh_at=datetime(2027, 3, 10, 11, 2, tzinfo=UTC)
    )
    for path in (row.get_absolute_url(), row.instances.get().get_absolute_url()):
        text = html(client, path)
        assert "Availability is not being updated at the moment (last checked 11:02)." in plain(text)
        assert re.search(r'id="book"[^>]*>Try to book</a>', text)


def test_what_is_over_answers_410_with_what_is_on(client: Client, season: Season, noon: datetime) -> None:
    row = on_sale("Past", starts_at=NOON + timedelta(hours=2))
    date = row.instances.get()
    on_sale("Still on", venue=row.venue)
    past = NOON - timedelta(days=3)
    Instance.objects.filter(pk=date.pk).update(starts_at=past)
    Event.objects.filter(pk=row.pk).update(dates=0, first_at=past, last_at=past)
    for path in (row.get_absolute_url(), date.get_absolute_url()):
        text = html(client, path, 410)
        assert "Still on" in text
        assert "Sunday 7 March 2027" in text
        assert "no-store" not in client.get(path).get("Cache-Control", "")


def test_a_date_that_is_over_leads_to_the_other_dates(client: Client, season: Season, noon: datetime) -> None:
    row = on_sale(dates=3)
    date = row.instances.earliest("starts_at")
    Instance.objects.filter(pk=date.pk).update(starts_at=NOON - timedelta(days=1))
    text = html(client, date.get_absolute_url(), 410)
    assert f'href="{row.get_absolute_url()}">See the other dates' in text


def test_what_the_provider_withdrew_answers_410(client: Client, season: Season) -> None:
    row = on_sale(gone_at=clock.now())
    assert "not offer this any more" in html(client, row.get_absolute_url(), 410)


@pytest.mark.parametrize(
    "path",
    [
        "/en/events/nothing/",
        "/en/events/nothing/1/",
        "/en/venues/nothing/",
        "/en/about/nothing/",
        "/en/availability/99999999999/",
    ],
)
def test_an_unknown_address_answers_404(client: Client, season: Season, path: str) -> None:
    html(client, path, 404)


def test_a_date_under_another_events_address_answers_404(client: Client, season: Season) -> None:
    date, other = instance(event()), on_sale("Other")
    html(client, f"{other.get_absolute_url()}{date.pk}/", 404)


def test_a_hidden_event_answers_404_everywhere(client: Client, season: Season) -> None:
    row = on_sale(hidden=True)
    date = row.instances.get()
    for path in (row.get_absolute_url(), date.get_absolute_url(), f"/en/availability/{date.pk}/"):
        html(client, path, 404)
    assert season.asked == []


def test_the_venues_words_come_before_the_providers(client: Client, season: Season) -> None:
    row = on_sale(
        own_title="Lanterns at ours", own_text="Come early.\n\nBar opens at six.", own_poster="posters/own-800.webp",
        own_poster_width=800, own_poster_height=600, own_image_alt="A lantern", poster="posters/theirs-1200.webp",
        poster_width=1200, poster_height=1600,
    )  # fmt: skip
    text = html(client, row.get_absolute_url())
    assert "Lanterns at ours" in text.split("</title>")[0]
    assert "<p>Come early.</p>" in text
    assert text.index("Come early.") < text.index("lamplighter")
    assert 'alt="A lantern"' in text
    assert "theirs" not in text


def test_own_text_cannot_carry_script(client: Client, season: Season) -> None:
    row = on_sale(own_text="<script>alert(1)</script>", own_title='"><img src=x>', tagline="<b>")
    text = html(client, row.get_absolute_url())
    assert "<script>alert" not in text
    assert "<img src=x" not in text


# --- venues and pages ---------------------------------------------------------------------------------------


def test_venues_with_something_on_are_listed(client: Client, season: Season) -> None:
    on_sale(venue=venue("Open House", city="Leeds"))
    venue("Dark House")
    with CaptureQueriesContext(connection) as queries:
        text = plain(html(client, "/en/venues/"))
    assert len(queries) <= 5
    assert "Open House Leeds · 1 event" in text
    assert "Dark House" not in text


def test_a_venue_says_where_it_is_how_to_phone_and_what_is_on(client: Client, season: Season) -> None:
    house = venue(own_text="A warm room.", access_line="020 1111", box_office="Collect an hour before.",
                  getting_there="Aldgate station")  # fmt: skip
    on_sale("On here", venue=house)
    on_sale("Elsewhere")
    text = plain(html(client, house.get_absolute_url()))
    for piece in ("A warm room.", "1 Sample Row, London E1 0AA", "020 7946 0000", "020 1111", "Collect an hour before.",
                  "Aldgate station", "On here"):  # fmt: skip
        assert piece in text
    assert "Elsewhere" not in text
    Venue.objects.filter(pk=house.pk).update(own_telephone="0800 1")
    versions.bump()
    assert 'href="tel:08001"' in html(client, house.get_absolute_url()), "the venue's own number comes first"


@pytest.mark.parametrize("slug", ["help", "terms", "privacy", "accessibility", "imprint"])
def test_every_page_of_the_footer_is_there_with_an_honest_default(
    client: Client, season: Season, slug: str
) -> None:
    text = html(client, f"/en/about/{slug}/")
    assert len(plain(text)) > 200


def test_the_operators_own_words_replace_the_default_and_are_sanitised(
    client: Client, season: Season
) -> None:
    PageText.objects.create(slug="terms", title="Our terms", text="<p>Be kind.</p><script>alert(1)</script>")
    PageText.objects.create(slug="parking", title="Parking", text="<p>Behind the house.</p>")
    text = html(client, "/en/about/terms/")
    assert "<p>Be kind.</p>" in text
    assert "alert(1)" not in text
    assert "Behind the house." in html(client, "/en/about/parking/")


def test_the_help_page_has_a_telephone_line_per_venue(client: Client, season: Season) -> None:
    on_sale(venue=venue("Docks", own_telephone="0117 1"))
    text = plain(html(client, "/en/about/help/"))
    assert "Docks" in text
    assert "0117 1" in text


@pytest.mark.parametrize("path", ["/en/", "/en/venues/", "/en/about/help/", "/robots.txt", "/sitemap.xml"])
def test_pages_are_read_only(client: Client, season: Season, path: str) -> None:
    assert client.post(path).status_code == 405
