"""The event list: cards, filters, chips, zero results, paging, query counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import filters, queries, summaries
from catalog.models import Event, Instance
from shop import clock
from tests.factories_catalog import Season, account, event, instance, on_sale, venue

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2027, 3, 10, 12, tzinfo=UTC)


def titles(client: Client, query: str = "") -> list[str]:
    html = client.get(f"/en/{query}").content.decode()
    part = html.split("The nearest dates")[0]
    return re.findall(r'<h2 class="event-card-title"><a href="[^"]+">([^<]+)</a>', part)


@pytest.fixture
def wednesday(move_clock: Callable[[datetime], None]) -> datetime:
    move_clock(WEDNESDAY)
    return clock.now()


def test_a_card_says_what_when_where_how_much_and_how_the_sale_stands(
    client: Client, wednesday: datetime
) -> None:
    on_sale(dates=3, poster="posters/ab-1200.webp", poster_width=1200, poster_height=1600)
    html = client.get("/en/").content.decode()
    for piece in (
        "The Paper Lantern", "Musical", "Aldgate Playhouse, London", "Wed 17 Mar to Fri 19 Mar", "£24.50",
        "incl. fees", "On sale", 'width="1200" height="1600"', "posters/ab-320.webp 320w",
    ):  # fmt: skip
        assert piece in html
    assert len(re.findall("<h1", html)) == 1


@pytest.mark.parametrize(
    ("values", "date_values", "words"),
    [
        ({}, {"seats_left": 3}, "Few left"),
        ({}, {"seats_left": 0}, "Sold out"),
        ({}, {"price_from_minor": None, "price_to_minor": None}, "Prices on the event page"),
        ({"status": "cancelled"}, {}, "Cancelled"),
        ({}, {"status": "cancelled"}, "Cancelled"),
        ({"status": "moved"}, {}, "New date or place"),
        ({"stop_sale": True}, {}, "Sale stopped"),
        ({}, {"bookable": False}, "Not on sale online"),
        ({}, {"sale_starts_at": datetime(2027, 3, 12, 10, tzinfo=UTC)}, "On sale from: Fri 12 March, 10:00"),
        ({}, {"sale_starts_at": datetime(2027, 3, 9, 10, tzinfo=UTC)}, "On sale"),
        ({"access_marks": ["signed"]}, {}, "Signed"),
    ],
)  # fmt: skip
def test_every_state_is_a_word(
    client: Client, wednesday: datetime, values: dict[str, object], date_values: dict[str, object], words: str
) -> None:
    instance(event(**values), **date_values)
    assert words in client.get("/en/").content.decode()


def test_what_cannot_be_bought_promises_no_prices_elsewhere(client: Client, wednesday: datetime) -> None:
    instance(event(), bookable=False, price_from_minor=None, price_to_minor=None)
    html = client.get("/en/").content.decode()
    assert "Not on sale online" in html
    assert "Prices on the event page" not in html


def test_what_is_hidden_unlisted_gone_over_or_not_configured_is_not_in_the_list(client: Client) -> None:
    on_sale("Shown")
    on_sale("Hidden", hidden=True)
    on_sale("Unlisted", listed=False)
    on_sale("Gone", gone_at=clock.now())
    event("No dates")
    on_sale("Foreign", venue=venue(account=account("nobody", configured=False)))
    over = on_sale("Over")
    Instance.objects.filter(event=over).update(starts_at=clock.now() - timedelta(days=2))
    Event.objects.filter(pk=over.pk).update(last_at=clock.now() - timedelta(days=2))
    assert titles(client) == ["Shown"]


def test_text_finds_without_accents_and_capitals_in_title_venue_town_and_tag_line(client: Client) -> None:
    on_sale("Die Räuber", venue=venue("Café Müller", city="Zürich"), tagline="A storm")
    on_sale("Other")
    for said in ("rauber", "CAFE", "zurich", "storm die", "müller räuber"):
        assert titles(client, f"?q={said}") == ["Die Räuber"], said
    assert titles(client, "?q=raubers") == []


def test_own_titles_are_found(client: Client) -> None:
    row = on_sale("Boring name", own_title="Lantern night")
    summaries.keep([row.pk])
    assert titles(client, "?q=lantern") == ["Lantern night"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?when=today", ["Tonight"]),
        ("?when=tomorrow", ["Tomorrow"]),
        ("?when=weekend", ["Saturday", "Sunday"]),
        ("?when=month", ["Tonight", "Tomorrow", "Saturday", "Sunday", "Later"]),
        ("?from=2027-03-14&to=2027-03-30", ["Sunday", "Later"]),
        ("?to=2027-03-11", ["Tonight", "Tomorrow"]),
        ("?from=2027-04-01", ["April"]),
        ("?from=2027-03-30&to=2027-03-14", ["Sunday", "Later"]),
    ],
)
def test_days_are_chosen_quickly_or_exactly(
    client: Client, wednesday: datetime, query: str, found: list[str]
) -> None:
    for name, day in (("Tonight", 10), ("Tomorrow", 11), ("Saturday", 13), ("Sunday", 14), ("Later", 29)):
        on_sale(name, starts_at=datetime(2027, 3, day, 19, 30, tzinfo=UTC))
    on_sale("April", starts_at=datetime(2027, 4, 2, 19, 30, tzinfo=UTC))
    assert titles(client, query) == found


def test_a_day_is_the_venues_day(client: Client, wednesday: datetime) -> None:
    late = datetime(2027, 3, 13, 2, tzinfo=UTC)  # still Friday evening in New York
    on_sale("Broadway", starts_at=late, venue=venue("Palace", timezone="America/New_York", city="New York"))
    assert titles(client, "?from=2027-03-12&to=2027-03-12") == ["Broadway"]
    assert titles(client, "?from=2027-03-13&to=2027-03-13") == []


def test_a_run_is_one_card_and_shows_the_date_that_was_asked_for(client: Client, wednesday: datetime) -> None:
    on_sale("Run", dates=20, starts_at=datetime(2027, 3, 8, 19, 30, tzinfo=UTC))
    assert titles(client) == ["Run"]
    html = client.get("/en/?when=weekend").content.decode()
    assert "Sat 13 March, 19:30, and other dates" in html


def test_venue_town_kind_price_access_and_tickets_narrow_the_list(client: Client) -> None:
    bristol = venue("Docks", city="Bristol")
    on_sale("Cheap play", kind="play", venue=bristol)
    Instance.objects.update(price_from_minor=1200)
    dear = event("Dear opera", kind="opera", access_marks=["captioned"])
    instance(dear, price_from_minor=9000)
    out = event("Sold out play", kind="play")
    instance(out, seats_left=0)
    summaries.keep(Event.objects.values_list("pk", flat=True))
    assert titles(client, f"?venue={bristol.slug}") == ["Cheap play"]
    assert titles(client, "?town=Bristol") == ["Cheap play"]
    assert titles(client, "?kind=opera") == ["Dear opera"]
    assert set(titles(client, "?price=25")) == {"Cheap play", "Sold out play"}
    assert titles(client, "?price=12") == ["Cheap play"]
    assert titles(client, "?access=captioned") == ["Dear opera"]
    assert set(titles(client, "?tickets=1")) == {"Cheap play", "Dear opera"}
    assert titles(client, "?kind=play&tickets=1&price=25") == ["Cheap play"]


def test_an_access_mark_of_one_date_finds_the_event(client: Client) -> None:
    row = event("Signed once")
    instance(row)
    instance(row, access_marks=["signed"], starts_at=clock.now() + timedelta(days=9))
    assert titles(client, "?access=signed") == ["Signed once"]
    assert titles(client, "?access=relaxed") == []


def test_only_with_tickets_and_a_day_needs_tickets_on_that_day(client: Client, wednesday: datetime) -> None:
    row = event("Two days")
    instance(row, starts_at=datetime(2027, 3, 13, 19, tzinfo=UTC), seats_left=0)
    instance(row, starts_at=datetime(2027, 3, 20, 19, tzinfo=UTC))
    assert titles(client, "?from=2027-03-13&to=2027-03-13") == ["Two days"]
    assert titles(client, "?from=2027-03-13&to=2027-03-13&tickets=1") == []


def test_active_filters_are_chips_that_can_be_removed_and_the_count_is_announced(
    client: Client, wednesday: datetime
) -> None:
    on_sale("Lantern", kind="musical")
    html = client.get("/en/?q=lantern&kind=musical&when=month&price=50&utm_source=x").content.decode()
    chips = {
        words: href
        for href, words in re.findall(
            r'id="drop-\w+" href="([^"]+)"[^>]*><span class="visually-hidden">[^<]*</span>([^<]+)</a>', html
        )
    }
    assert set(chips) == {"“lantern”", "This month", "Musical", "up to £50"}
    assert chips["Musical"] == "?q=lantern&amp;when=month&amp;price=50"
    assert 'data-live="1 event"' in html
    assert "<title>1 event, What’s on" in html
    assert '<meta name="robots" content="noindex, follow">' in html


def test_zero_results_say_which_filter_to_drop_and_what_is_nearest(
    client: Client, wednesday: datetime
) -> None:
    on_sale("Lantern", kind="musical", starts_at=datetime(2027, 3, 20, 19, 30, tzinfo=UTC))
    on_sale("Other", kind="play", starts_at=datetime(2027, 3, 10, 19, 30, tzinfo=UTC))
    with CaptureQueriesContext(connection) as queries:
        html = client.get("/en/?kind=musical&when=today").content.decode()
    assert len(queries) <= 5, [q["sql"][:150] for q in queries]
    assert "Nothing fits all of this" in html
    assert "1 event without “Musical”" in html
    assert "1 event without “Today”" in html
    nearest = html.split("The nearest dates")[1]
    assert "Lantern" in nearest
    assert "Other" not in nearest


@pytest.mark.parametrize(
    "query",
    [
        "?from=never&to=2027-13-45", "?price=-1", "?price=1e9", "?price=٣", "?page=0", "?page=999999", "?page=x", "?upto=x", "?upto=999999",
        "?when=yesterday", "?sort=;drop", "?q=%00%ff", "?q=" + "x" * 5000, "?kind=%27%22%3E%3Cscript%3E",
        "?venue=../../etc", "?access=flying", "?month=2027", "?tickets=maybe", "?from=0001-01-01&to=9999-12-31",
        "?q=a&q=b&q=c", "?town=" + "é" * 300,
    ],
)  # fmt: skip
def test_bad_input_is_no_error(client: Client, query: str) -> None:
    on_sale()
    response = client.get(f"/en/{query}")
    assert response.status_code == 200
    assert b"<script>" not in response.content.replace(b"<script src", b"")


def test_a_date_that_cannot_be_read_is_told_at_the_field_and_the_rest_counts(client: Client) -> None:
    on_sale("Play", kind="play")
    on_sale("Opera", kind="opera")
    response = client.get("/en/?from=never&kind=play")
    assert "“never” is not a date." in response.content.decode()
    assert titles(client, "?from=never&kind=play") == ["Play"]


def test_paging_has_real_links_and_24_a_page(client: Client) -> None:
    for number in range(30):
        on_sale(f"Play {number:02}", starts_at=clock.now() + timedelta(days=3, hours=number))
    first = client.get("/en/?kind=musical").content.decode()
    assert first.count('class="event-card"') == 24
    assert 'rel="next" href="?kind=musical&amp;page=2"' in first
    second = client.get("/en/?kind=musical&page=2").content.decode()
    assert second.count('class="event-card"') == 6
    assert "Page 2 of 2" in second
    assert "page 2" in second.split("</title>")[0]


def test_show_more_is_a_real_link_to_all_that_is_shown_and_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 4)
    monkeypatch.setattr(queries, "PAGES_AT_ONCE", 3)
    for number in range(30):
        on_sale(f"Play {number:02}", starts_at=clock.now() + timedelta(days=3, hours=number))
    names = [f"Play {number:02}" for number in range(30)]
    assert titles(client, "?upto=2") == names[:8]
    assert titles(client, "?page=3&upto=4") == names[8:16]
    assert titles(client, "?upto=99") == names[:12], "never more at once than so many"
    assert titles(client, "?page=3&upto=1") == names[8:12]
    assert titles(client, "?page=99&upto=999") == names[28:]
    html = client.get("/en/?kind=musical&upto=2").content.decode()
    assert 'href="?kind=musical&amp;upto=3#results-3"' in html
    assert 'id="results-2"' in html
    assert "page 2" not in html.split("</title>")[0]
    assert 'rel="canonical" href="http' in html
    assert "upto" not in html.split('rel="canonical"')[1].split(">")[0]
    full = client.get("/en/?upto=3").content.decode()
    assert 'id="show-more" href="?page=4"' in full, "from here on it begins anew"


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("?kind=musical", None, 2),
        ("?kind=musical&page=2", 1, 3),
        ("?kind=musical&upto=3", None, 4),  # what comes before is on the page already
        ("?kind=musical&page=3&upto=4", 2, 5),
        ("?kind=musical&page=8", 7, None),
        ("?kind=musical&page=7&upto=8", 6, None),
    ],
)
def test_the_links_before_and_after_lead_to_single_pages_of_the_same_filters(
    client: Client, monkeypatch: pytest.MonkeyPatch, query: str, before: int | None, after: int | None
) -> None:
    monkeypatch.setattr(queries, "PAGE", 4)
    monkeypatch.setattr(queries, "PAGES_AT_ONCE", 3)
    for number in range(30):
        on_sale(f"Play {number:02}", starts_at=clock.now() + timedelta(days=3, hours=number))
    html = client.get(f"/en/{query}").content.decode()
    for rel, number in (("prev", before), ("next", after)):
        found = re.findall(rf'<(link|a) (?:class="button" )?rel="{rel}" href="([^"]+)"', html)
        address = f"?kind=musical&amp;page={number}"
        assert found == ([] if number is None else [("link", address), ("a", address)])


def test_more_that_is_shown_stands_below_page_by_page_and_keeps_the_address_of_the_list(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 4)
    monkeypatch.setattr(queries, "PAGES_AT_ONCE", 3)
    for number in range(14):
        on_sale(f"Play {number:02}", starts_at=clock.now() + timedelta(days=3, hours=number))
    answer = client.get("/en/?page=2&upto=3")
    html = answer.content.decode()
    parts = re.split(r'<div id="results-(\d+)">', html)
    assert parts[1::2] == ["2", "3"]
    assert [re.findall(r"Play \d\d(?=</a></h2>)", part) for part in parts[2::2]] == [
        [f"Play {number:02}" for number in range(4, 8)],
        [f"Play {number:02}" for number in range(8, 12)],
    ]
    more = re.search(r'<a class="button" id="show-more"[^>]*>', html)
    assert more is not None
    assert 'hx-get="?page=2&amp;upto=4"' in more[0]
    assert 'hx-replace-url="true"' in more[0]
    assert 'rel="canonical" href="http://testserver/en/?page=2"' in html
    assert "HX-Push-Url" not in answer
    assert "HX-Push-Url" not in client.get("/en/?upto=2")
    assert client.get("/en/?kind=musical")["HX-Push-Url"] == "/en/?kind=musical"
    begins_anew = client.get("/en/?upto=3").content.decode()
    assert 'id="show-more" href="?page=4"' in begins_anew
    assert 'id="show-more"' not in client.get("/en/?page=4").content.decode()


@pytest.mark.parametrize(
    "query", ["", "?q=play&when=month&price=90&tickets=1&town=London", "?page=2", "?upto=2"]
)
def test_the_list_makes_at_most_five_queries_whatever_its_size(
    client: Client, season: Season, query: str
) -> None:
    for number in range(40):
        on_sale(f"Play {number}", dates=2, starts_at=clock.now() + timedelta(hours=2))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/en/{query}").status_code == 200
    assert len(queries) <= 5, [q["sql"][:120] for q in queries]
    assert season.asked == [], "no provider is asked while a page is made"


def test_higher_positions_come_first_then_dates_names_or_prices(client: Client) -> None:
    soon = clock.now() + timedelta(days=1)
    on_sale("Bravo", starts_at=soon + timedelta(days=1))
    on_sale("Charlie", starts_at=soon)
    instance(event("Alpha"), starts_at=soon + timedelta(days=2), price_from_minor=100)
    on_sale("Zulu", starts_at=soon + timedelta(days=50), position=5)
    assert titles(client) == ["Zulu", "Charlie", "Bravo", "Alpha"]
    assert titles(client, "?sort=name") == ["Alpha", "Bravo", "Charlie", "Zulu"]
    assert titles(client, "?sort=price")[0] == "Alpha"


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2027, 3, 10), date(2027, 3, 13), date(2027, 3, 14)),
        (date(2027, 3, 13), date(2027, 3, 13), date(2027, 3, 14)),
        (date(2027, 3, 14), date(2027, 3, 14), date(2027, 3, 14)),
        (date(2027, 3, 15), date(2027, 3, 20), date(2027, 3, 21)),
    ],
)
def test_this_weekend(today: date, first: date, last: date) -> None:
    assert filters.quick_dates("weekend", today) == (first, last)


def test_this_month_ends_with_the_month() -> None:
    assert filters.quick_dates("month", date(2028, 2, 3)) == (date(2028, 2, 3), date(2028, 2, 29))
    assert filters.quick_dates("month", date(2027, 12, 31)) == (date(2027, 12, 31), date(2027, 12, 31))


def test_an_address_reproduces_the_filters() -> None:
    said = QueryDict(
        "q=lantern&from=2027-03-01&to=2027-03-05&town=York&price=40&access=signed&tickets=1&sort=name"
    )
    read = filters.read(said)
    assert filters.read(QueryDict(read.query()[1:])) == read


def test_the_list_works_with_nothing_in_it(client: Client) -> None:
    assert "Nothing is on sale at the moment" in client.get("/en/").content.decode()


@pytest.mark.parametrize(
    ("lowest", "highest", "words"), [(0, 0, "Free"), (0, None, "Free"), (0, 2000, "Free to £20.00")]
)
def test_what_costs_nothing_is_called_free(
    client: Client, lowest: int, highest: int | None, words: str
) -> None:
    instance(event("Gift"), price_from_minor=lowest, price_to_minor=highest)
    text = client.get("/en/").content.decode()
    assert f'<span class="price"><span class="money">{words}</span></span>' in text
    assert "£0.00" not in text


def test_nearest_dates_are_shown_even_where_nothing_fits_at_all(client: Client, wednesday: datetime) -> None:
    on_sale("Lantern", starts_at=datetime(2027, 3, 20, 19, 30, tzinfo=UTC))
    html = client.get("/en/?q=zzz&when=today").content.decode()
    assert "Lantern" in html.split("The nearest dates")[1]
