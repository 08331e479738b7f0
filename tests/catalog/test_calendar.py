"""The calendar: months as addresses, table and agenda, one show, parties, zones, query counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import calendar_reads, versions
from catalog.models import Event, Instance
from shop import clock
from tests.factories_catalog import Season, account, event, instance, on_sale, venue

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wednesday(move_clock: Callable[[datetime], None]) -> datetime:
    move_clock(WEDNESDAY)
    return clock.now()


def at(month: int, day: int, hour: int = 19, minute: int = 30, year: int = 2027) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return unescape(response.content.decode())


def table(html: str) -> str:
    return html.split("<table", 1)[1].split("</table>", 1)[0]


def agenda(html: str) -> str:
    return html.split('<div class="cal-agenda">', 1)[1].split("</main>", 1)[0]


def month_of(html: str) -> str:
    found = re.search(r'id="month"[^>]*>([^<]+)<', html)
    return found[1] if found else ""


def entries(part: str) -> list[tuple[str, str]]:
    """Time and title of each date."""
    return re.findall(
        r'<time class="cal-time" datetime="[^"]+">([^<]+)</time>(?: <span class="cal-zone">[^<]+</span>)? <span class="cal-title">([^<]+)<',
        part,
    )


def steps(html: str) -> dict[str, tuple[str, str]]:
    return {
        rel: (words, href)
        for rel, href, words in re.findall(
            r'<a class="cal-step" rel="(\w+)" href="([^"]+)">([^<]+)</a>', html
        )
    }


# --- the month ----------------------------------------------------------------------------------------------


def test_a_month_is_a_table_with_caption_and_day_headers_and_an_agenda(client: Client) -> None:
    on_sale("Lantern", starts_at=at(3, 17))
    html = get(client, "/en/calendar/")
    assert re.search(r"<caption[^>]*>What is on in March 2027</caption>", html)
    headers = re.findall(
        r'<th scope="col"><span aria-hidden="true">(\w+)</span><span class="visually-hidden">(\w+)<', html
    )
    assert headers[0] == ("Mon", "Monday")
    assert headers[6] == ("Sun", "Sunday")
    assert len(headers) == 7
    assert entries(table(html)) == entries(agenda(html)) == [("19:30", "Lantern")]
    assert "<title>March 2027, Calendar" in html
    assert len(re.findall("<h1", html)) == 1


def test_no_id_is_given_twice_although_both_views_are_there(client: Client) -> None:
    on_sale("Lantern", dates=5, starts_at=at(3, 17))
    ids = re.findall(r'\bid="([^"]+)"', get(client, "/en/calendar/"))
    assert len(ids) == len(set(ids))


def test_an_address_can_ask_for_one_of_the_two_views(client: Client) -> None:
    on_sale("Lantern", starts_at=at(3, 17))
    month, days = get(client, "/en/calendar/?view=month"), get(client, "/en/calendar/?view=agenda")
    assert "<table" in month
    assert "cal-agenda" not in month
    assert "<table" not in days
    assert entries(agenda(days)) == [("19:30", "Lantern")]
    both = get(client, "/en/calendar/?view=sideways")
    assert "<table" in both
    assert "cal-agenda" in both


def test_it_opens_on_the_first_month_that_has_something(client: Client) -> None:
    on_sale("Later", starts_at=at(6, 3))
    assert month_of(get(client, "/en/calendar/")) == "June 2027"
    on_sale("Sooner", starts_at=at(4, 3))
    versions.bump()
    assert month_of(get(client, "/en/calendar/")) == "April 2027"


def test_previous_and_next_are_links_with_the_months_name(client: Client) -> None:
    for month in (3, 4, 5):
        on_sale(f"Play {month}", starts_at=at(month, 20))
    assert steps(get(client, "/en/calendar/")) == {"next": ("April 2027", "/en/calendar/2027-04/")}
    assert steps(get(client, "/en/calendar/2027-04/")) == {
        "prev": ("March 2027", "/en/calendar/2027-03/"), "next": ("May 2027", "/en/calendar/2027-05/"),
    }  # fmt: skip
    assert "next" not in steps(get(client, "/en/calendar/2027-05/"))


def test_months_with_nothing_are_skipped_and_it_says_so(client: Client) -> None:
    on_sale("Now", starts_at=at(3, 20))
    on_sale("Much later", starts_at=at(2, 20, year=2028))
    assert steps(get(client, "/en/calendar/"))["next"] == (
        "Next with events: February 2028",
        "/en/calendar/2028-02/",
    )
    assert steps(get(client, "/en/calendar/2028-02/"))["prev"] == (
        "Back to March 2027",
        "/en/calendar/2027-03/",
    )


def test_a_month_with_nothing_says_so_and_leads_to_those_that_have_something(client: Client) -> None:
    on_sale("Now", starts_at=at(3, 20))
    on_sale("Much later", starts_at=at(2, 20, year=2028))
    html = get(client, "/en/calendar/2027-07/")
    assert "There is nothing in July 2027." in html
    assert steps(html)["next"] == ("Next with events: February 2028", "/en/calendar/2028-02/")
    assert 'content="noindex, follow"' in html


@pytest.mark.parametrize(
    "month", ["2027-13", "2027-00", "2027", "abc", "2027-3", "0001-01", "9999-12", "%00"]
)
@pytest.mark.parametrize("of_a_show", [False, True])
def test_what_is_no_month_is_a_clear_404(client: Client, month: str, of_a_show: bool) -> None:
    row = on_sale("Lantern")
    base = row.get_absolute_url() if of_a_show else "/en/"
    response = client.get(f"{base}calendar/{month}/")
    assert response.status_code == 404
    assert b"There is no page at this address" in response.content


@pytest.mark.parametrize(
    "query",
    ["?view=;drop", "?day=99", "?day=x", "?day=٣", "?day=-1", "?month=abc", "?month=2027-13", "?party=abc", "?from=never",
     "?price=abc", "?q=%00", "?page=9", "?sort=price", "?day=" + "9" * 400],
)  # fmt: skip
def test_bad_input_is_no_error(client: Client, query: str) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    assert "Lantern" in get(client, f"/en/calendar/{query}")
    assert "19:30" in get(client, f"{row.get_absolute_url()}calendar/{query}")


def test_a_programme_with_nothing_in_it_says_so(client: Client) -> None:
    html = get(client, "/en/calendar/")
    assert "Nothing is on sale at the moment" in html
    assert month_of(html) == "March 2027"


# --- a performance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "On sale"),
        ({"seats_left": 3}, "Few left"),
        ({"seats_left": 0}, "Sold out"),
        ({"status": "cancelled"}, "Cancelled"),
        ({"stop_sale": True}, "Sale stopped"),
        ({"bookable": False}, "Not on sale online"),
        ({"sale_starts_at": datetime(2027, 3, 12, 10, tzinfo=UTC)}, "On sale from: Fri 12 March, 10:00"),
        ({"sale_ends_at": datetime(2027, 3, 9, 10, tzinfo=UTC)}, "Sale over"),
    ],
)
def test_every_state_is_a_word_in_both_views(client: Client, values: dict[str, object], words: str) -> None:
    instance(event("Lantern"), starts_at=at(3, 17), **values)
    html = get(client, "/en/calendar/")
    for part in (table(html), agenda(html)):
        assert f">{words}</span>" in part
        assert "19:30" in part
        assert "£24.50" in part


def test_access_marks_of_the_date_and_of_the_show_are_words(client: Client) -> None:
    row = event("Lantern", access_marks=["step_free"])
    instance(row, starts_at=at(3, 17), access_marks=["signed", "captioned", "described", "relaxed"])
    html = get(client, "/en/calendar/")
    for part in (table(html), agenda(html)):
        for word in ("Signed", "Captioned", "Audio described", "Relaxed", "Step-free"):
            assert part.count(f'<span class="mark">{word}</span>') == 1


def test_every_day_with_something_is_a_link_that_names_the_day_and_how_much_there_is(client: Client) -> None:
    on_sale("Lantern", dates=2, starts_at=at(3, 17))
    instance(event("Other"), starts_at=at(3, 18, 14))
    found = re.findall(
        r'<a class="cal-number" href="([^"]+)"><span aria-hidden="true">(\d+)</span><span class="visually-hidden">([^<]+)<',
        get(client, "/en/calendar/"),
    )
    assert found == [
        ("/en/calendar/2027-03/?view=agenda&day=17", "17", "Wednesday 17 March 2027, 1 performance"),
        ("/en/calendar/2027-03/?view=agenda&day=18", "18", "Thursday 18 March 2027, 2 performances"),
    ]


def test_a_performance_links_to_its_own_page(client: Client) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    date = row.instances.get()
    assert f'<a class="cal-link" href="{date.get_absolute_url()}">' in table(get(client, "/en/calendar/"))


def test_text_from_outside_is_text(client: Client) -> None:
    instance(event("<script>alert(1)</script>"), starts_at=at(3, 17), name='"><img src=x>')
    html = client.get("/en/calendar/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_today_is_said_in_words(client: Client) -> None:
    on_sale("Lantern", starts_at=at(3, 10))
    html = get(client, "/en/calendar/")
    assert re.search(
        r'<td class="cal-today" aria-current="date">.*?<span class="cal-near">today</span>', table(html)
    )
    assert '<span class="cal-near">today</span>' in agenda(html)


def test_weeks_that_are_over_are_left_out(client: Client) -> None:
    on_sale("Lantern", starts_at=at(3, 17))
    on_sale("Later", starts_at=at(4, 17))
    numbers = re.findall(
        r'class="cal-number"[^>]*>(?:<span aria-hidden="true">)?(\d+)<', table(get(client, "/en/calendar/"))
    )
    assert [int(number) for number in numbers] == list(range(8, 32))
    april = re.findall(
        r'class="cal-number"[^>]*>(?:<span aria-hidden="true">)?(\d+)<',
        table(get(client, "/en/calendar/2027-04/")),
    )
    assert [int(number) for number in april] == list(range(1, 31))


def test_a_full_day_shows_what_is_on_least_often_and_links_to_the_rest(client: Client) -> None:
    on_sale("Every night", dates=30, starts_at=at(3, 17, 10))
    for number in range(4):
        on_sale(f"Run {number}", dates=10, starts_at=at(3, 17, 11))
    on_sale("Once", starts_at=at(3, 17, 22))
    cell = table(get(client, "/en/calendar/")).split('visually-hidden">Wednesday 17')[1].split("</td>")[0]
    assert [title for _time, title in entries(cell)] == ["Run 0", "Run 1", "Once"]
    assert '<a class="cal-more" href="/en/calendar/2027-03/?view=agenda&day=17">3 more' in cell
    whole = agenda(get(client, "/en/calendar/2027-03/?view=agenda&day=17"))
    assert [title for _time, title in entries(whole.split("</ul>")[0])] == [
        "Every night", "Run 0", "Run 1", "Run 2", "Run 3", "Once",
    ]  # fmt: skip


def test_a_long_agenda_goes_on_at_another_address_from_the_beginning_of_a_day(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_reads, "IN_AN_AGENDA", 7)
    for name in ("Alpha", "Bravo", "Charlie"):
        on_sale(name, dates=10, starts_at=at(3, 12))
    html = get(client, "/en/calendar/2027-03/?view=agenda")
    assert len(entries(agenda(html))) == 6, "two whole days"
    assert 'id="further" href="/en/calendar/2027-03/?view=agenda&day=14">Go on with Sun 14 Mar<' in html
    html = get(client, "/en/calendar/2027-03/?view=agenda&day=14")
    assert "From Sunday 14 March 2027 on." in html
    assert re.findall(r'<time class="date-block" datetime="([^"]+)"', html) == ["2027-03-14", "2027-03-15"]
    assert 'href="/en/calendar/2027-03/?view=agenda">From the beginning of March 2027<' in html
    seen, path = set(), "/en/calendar/2027-03/?view=agenda"
    while path:
        html = get(client, path)
        seen.update(re.findall(r'<time class="date-block" datetime="([^"]+)"', html))
        after = re.search(r'id="further" href="([^"]+)"', html)
        path = after[1] if after else ""
    assert len(seen) == 10


def test_what_began_before_today_and_is_still_on_stands_at_today(client: Client) -> None:
    instance(event("Exhibition"), starts_at=at(1, 5, 9), ends_at=at(5, 5, 17))
    html = get(client, "/en/calendar/")
    assert month_of(html) == "March 2027"
    assert re.findall(r'<time class="date-block" datetime="([^"]+)"', html) == ["2027-03-10"]
    assert "until Wed 5 May" in agenda(html)


def test_what_is_hidden_unlisted_gone_or_over_is_not_in_the_calendar(client: Client) -> None:
    on_sale("Shown", starts_at=at(3, 17))
    on_sale("Hidden", hidden=True, starts_at=at(3, 17))
    on_sale("Unlisted", listed=False, starts_at=at(3, 17))
    on_sale("Gone", gone_at=clock.now(), starts_at=at(3, 17))
    on_sale("Foreign", venue=venue(account=account("nobody", configured=False)), starts_at=at(3, 17))
    gone = instance(event("Half gone"), starts_at=at(3, 17))
    instance(gone.event, starts_at=at(3, 18))
    Instance.objects.filter(pk=gone.pk).update(gone_at=clock.now())
    assert [title for _time, title in entries(agenda(get(client, "/en/calendar/")))] == ["Shown", "Half gone"]


# --- filters ------------------------------------------------------------------------------------------------


def test_the_filters_of_the_list_hold_for_each_date(client: Client) -> None:
    bristol = venue("Docks", city="Bristol")
    play = event("Cheap play", kind="play", venue=bristol)
    instance(play, starts_at=at(3, 17), price_from_minor=1200)
    instance(play, starts_at=at(3, 18), price_from_minor=5000, seats_left=0)
    opera = event("Dear opera", kind="opera")
    instance(opera, starts_at=at(3, 17), price_from_minor=9000)
    instance(opera, starts_at=at(3, 19), price_from_minor=9000, access_marks=["captioned"])

    def days(query: str) -> list[str]:
        part = agenda(get(client, f"/en/calendar/2027-03/{query}"))
        return re.findall(r'<time class="cal-time" datetime="2027-03-(\d\d)', part)

    assert days("") == ["17", "17", "18", "19"]
    assert days("?q=opera") == days("?kind=opera") == ["17", "19"]
    assert days(f"?venue={bristol.slug}") == days("?town=Bristol") == ["17", "18"]
    assert days("?price=15") == ["17"], "the price of the date counts, not the cheapest of the show"
    assert days("?access=captioned") == ["19"]
    assert days("?tickets=1") == ["17", "17", "19"]
    assert days("?from=2027-03-18&to=2027-03-18") == ["18"]
    assert days("?when=month&kind=play&tickets=1") == ["17"]


def test_the_filters_stay_on_the_way_to_other_months_and_views(client: Client) -> None:
    on_sale("Lantern", kind="play", starts_at=at(3, 17))
    on_sale("Lantern again", kind="play", starts_at=at(4, 17))
    html = get(client, "/en/calendar/2027-03/?kind=play&q=lantern&sort=name")
    assert steps(html)["next"][1] == "/en/calendar/2027-04/?q=lantern&kind=play"
    assert 'href="/en/calendar/2027-03/?q=lantern&kind=play&view=agenda"' in html
    assert 'id="drop-kind" href="/en/calendar/2027-03/?q=lantern"' in html
    assert 'id="as-list" href="/en/?q=lantern&kind=play"' in html
    assert "2 performances" in html
    assert 'content="noindex, follow"' in html
    assert 'id="drop-kind" href="/en/calendar/2027-03/?q=lantern&view=agenda"' in get(
        client, "/en/calendar/2027-03/?kind=play&q=lantern&view=agenda"
    )


def test_a_form_keeps_the_month_where_it_still_has_something_and_goes_on_where_not(client: Client) -> None:
    on_sale("A play", kind="play", starts_at=at(3, 17))
    on_sale("An opera", kind="opera", starts_at=at(5, 17))
    form = get(client, "/en/calendar/2027-05/").split('<form class="filters"')[1].split("</form>")[0]
    assert 'action="/en/calendar/"' in form
    assert '<input type="hidden" name="month" value="2027-05">' in form
    assert month_of(get(client, "/en/calendar/?month=2027-05&kind=opera")) == "May 2027"
    assert month_of(get(client, "/en/calendar/?month=2027-04&kind=opera")) == "May 2027"
    assert month_of(get(client, "/en/calendar/?month=2027-05&kind=play")) == "March 2027"


def test_filters_that_fit_nothing_lead_on(client: Client) -> None:
    on_sale("A play", kind="play", starts_at=at(3, 17))
    html = get(client, "/en/calendar/?q=zzz")
    assert "Nothing fits all of this" in html
    assert 'href="/en/?q=zzz">See the nearest dates</a>' in html
    assert 'id="drop-q"' in html


def test_the_list_leads_to_the_calendar_with_its_filters(client: Client) -> None:
    on_sale("A play", kind="play", starts_at=at(3, 17))
    assert 'id="as-calendar" href="/en/calendar/?kind=play&when=weekend"' in get(
        client, "/en/?kind=play&when=weekend&sort=name"
    ).replace("?when=weekend&kind=play", "?kind=play&when=weekend")


def test_a_house_leads_to_the_calendar_of_what_is_on_there(client: Client) -> None:
    row = on_sale("A play", starts_at=at(3, 17))
    on_sale("Elsewhere", starts_at=at(3, 17))
    path = f"/en/calendar/?venue={row.venue.slug}"
    assert f'id="as-calendar" href="{path}"' in get(client, row.venue.get_absolute_url())
    assert entries(agenda(get(client, path))) == [("19:30", "A play")]


# --- zones --------------------------------------------------------------------------------------------------


def test_the_zone_is_written_out_and_beside_a_time_where_it_is_another(client: Client) -> None:
    on_sale("Here", starts_at=at(3, 17))
    html = get(client, "/en/calendar/")
    assert "Times are London time." in html
    assert "cal-zone" not in html
    on_sale("There", venue=venue("Burg", timezone="Europe/Vienna"), starts_at=at(3, 17))
    versions.bump()
    html = get(client, "/en/calendar/")
    assert "Times are London time where no other is written beside them." in html
    for part in (table(html), agenda(html)):
        assert re.findall(r'>([\d:]+)</time> <span class="cal-zone">([^<]+)</span>', part) == [
            ("20:30", "Vienna time")
        ]


def test_a_show_elsewhere_says_its_own_zone(client: Client) -> None:
    row = on_sale("There", venue=venue("Burg", timezone="Europe/Vienna"), starts_at=at(3, 17))
    html = get(client, f"{row.get_absolute_url()}calendar/")
    assert "Times are Vienna time." in html
    assert ">20:30</time>" in html


def test_a_late_night_is_on_the_venues_day(client: Client) -> None:
    on_sale("Broadway", venue=venue("Palace", timezone="America/New_York"), starts_at=at(4, 1, 2))
    html = get(client, "/en/calendar/")
    assert month_of(html) == "March 2027"
    assert 'datetime="2027-03-31"' in agenda(html)


def test_both_days_of_the_clock_change_are_right(client: Client) -> None:
    row = event("Night bus")
    for start in (at(3, 28, 0, 30), at(3, 28, 1, 30), at(10, 31, 0, 30), at(10, 31, 1, 30)):
        instance(row, starts_at=start)
    spring, autumn = (agenda(get(client, f"/en/calendar/2027-{month}/")) for month in ("03", "10"))
    read = r'<time class="cal-time" datetime="([^"]+)">([^<]+)</time>'
    assert re.findall(read, spring) == [
        ("2027-03-28T00:30+00:00", "00:30"),
        ("2027-03-28T02:30+01:00", "02:30"),
    ]
    assert re.findall(read, autumn) == [
        ("2027-10-31T01:30+01:00", "01:30 BST"), ("2027-10-31T01:30+00:00", "01:30 GMT"),
    ]  # fmt: skip


# --- one show -----------------------------------------------------------------------------------------------


def test_the_calendar_of_a_show_has_that_show_alone_and_its_page_leads_there(client: Client) -> None:
    row = on_sale("Lantern", dates=2, starts_at=at(3, 17))
    on_sale("Someone else", starts_at=at(3, 17))
    path = f"{row.get_absolute_url()}calendar/"
    assert f'href="{path}"' in get(client, row.get_absolute_url())
    html = get(client, path)
    assert "Lantern, dates in March 2027</caption>" in html
    assert "Someone else" not in html
    assert len(re.findall('class="cal-time"', table(html))) == 2
    assert steps(html) == {}


def parties() -> Event:
    row = event("Lantern")
    for day, values in enumerate(
        (
            {"longest_run": 2, "seats_left": 80},
            {"longest_run": 4, "seats_left": 80},
            {"longest_run": None, "seats_left": 3},
            {"longest_run": None, "seats_left": None},
            {"longest_run": 9, "seats_left": 0},
            {"longest_run": 9, "status": "cancelled"},
            {"longest_run": 9, "bookable": False},
            {"longest_run": 9, "sale_starts_at": at(3, 12)},
        )
    ):
        instance(row, starts_at=at(3, 17 + day), **values)
    return row


@pytest.mark.parametrize(
    ("party", "days"),
    [
        ("", [17, 18, 19, 20, 21, 22, 23, 24]),
        ("1", [17, 18, 19, 20, 24]),
        ("3", [18, 19, 20, 24]),
        ("4", [18, 20, 24]),
        ("5", [20, 24]),
        ("50", [20]),
    ],
)
def test_with_a_number_of_tickets_only_dates_with_so_many_together_are_shown(
    client: Client, party: str, days: list[int]
) -> None:
    html = get(client, f"{parties().get_absolute_url()}calendar/?party={party}")
    assert [
        int(day) for day in re.findall(r'class="cal-time" datetime="2027-03-(\d\d)', agenda(html))
    ] == days


def test_the_number_goes_along_to_the_choice_of_seats_to_other_months_and_views(client: Client) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    instance(row, starts_at=at(5, 17))
    date = row.instances.order_by("starts_at").first()
    base = f"{row.get_absolute_url()}calendar/"
    html = get(client, f"{base}?party=4")
    pick = f"/en/basket/pick/{date.pk}/"
    assert re.search(rf'<a class="cal-link" href="[^"]*/{date.pk}/\?party=4">', html), pick
    assert steps(html)["next"] == ("Next with events: May 2027", f"{base}2027-05/?party=4")
    assert f'href="{base}2027-03/?party=4&view=agenda"' in html
    assert 'name="party" value="4"' in html
    assert "2 dates for 4 tickets together" in html


def test_what_cannot_be_booked_leads_to_its_own_page_instead(client: Client) -> None:
    date = instance(event("Lantern"), starts_at=at(3, 17), seats_left=0)
    html = get(client, f"{date.event.get_absolute_url()}calendar/")
    assert f'<a class="cal-link" href="{date.get_absolute_url()}">' in html
    assert "Sold out" in html


@pytest.mark.parametrize("said", ["abc", "0", "-3", "100", "4.5", "٣", "1e3"])
def test_what_is_no_number_of_tickets_is_told_at_the_field_and_all_dates_are_shown(
    client: Client, said: str
) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    html = get(client, f"{row.get_absolute_url()}calendar/?party={said}")
    assert f"“{said}” is not a number of tickets." in html
    assert 'aria-describedby="id_party_error"' in html
    assert ">19:30<" in html


def test_where_no_date_has_so_many_it_says_so_and_leads_back(client: Client) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    Instance.objects.update(longest_run=2)
    html = get(client, f"{row.get_absolute_url()}calendar/?party=7")
    assert "No date has so many together" in html
    assert f'href="{row.get_absolute_url()}calendar/">Show all dates<' in html


def test_the_calendar_of_a_show_that_is_hidden_or_unknown_is_404_and_of_one_that_is_over_410(
    client: Client,
) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    path = f"{row.get_absolute_url()}calendar/"
    Event.objects.update(gone_at=clock.now())
    versions.bump()
    assert client.get(path).status_code == 410
    Event.objects.update(hidden=True)
    versions.bump()
    assert client.get(path).status_code == 404
    assert client.get("/en/events/no-such-thing/calendar/").status_code == 404


# --- cost and caching ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "?view=agenda", "?view=month", "?q=play&when=month&price=90&tickets=1&town=London&access=signed", "?q=zzz"]
)  # fmt: skip
def test_a_month_makes_at_most_five_queries_however_many_events_and_asks_nobody(
    client: Client, season: Season, query: str
) -> None:
    for number in range(40):
        on_sale(f"Play {number}", dates=3, starts_at=at(3, 15, 10 + number % 12), access_marks=["signed"])
    versions.forget()
    with CaptureQueriesContext(connection) as queries:
        get(client, f"/en/calendar/{query}")
    assert len(queries) <= 5, [q["sql"][:120] for q in queries]
    assert season.asked == [], "no provider is asked while a page is made"


def test_a_month_of_one_show_makes_at_most_five_queries_and_asks_nobody(
    client: Client, season: Season
) -> None:
    row = on_sale("Lantern", dates=60, starts_at=at(3, 15))
    versions.forget()
    with CaptureQueriesContext(connection) as queries:
        get(client, f"{row.get_absolute_url()}calendar/?party=2")
    assert len(queries) <= 5, [q["sql"][:120] for q in queries]
    assert season.asked == []


def test_both_calendars_are_made_once_for_everybody_without_a_cookie(client: Client) -> None:
    row = on_sale("Lantern", dates=3, starts_at=at(3, 17))
    for path in (
        "/en/calendar/", "/en/calendar/2027-03/?view=agenda&day=18", f"{row.get_absolute_url()}calendar/?party=3",
    ):  # fmt: skip
        first = client.get(path)
        assert first["Cache-Control"].startswith("public"), path
        assert not first.cookies
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).content == first.content
            assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
        assert len(queries) == 0


def test_another_view_day_or_number_of_tickets_is_another_page(client: Client) -> None:
    row = on_sale("Lantern", dates=3, starts_at=at(3, 17))
    Instance.objects.filter(event=row).update(longest_run=2)
    seen = {
        client.get(path).content
        for path in (
            "/en/calendar/", "/en/calendar/?view=agenda", "/en/calendar/?view=month", "/en/calendar/?view=agenda&day=18",
            f"{row.get_absolute_url()}calendar/", f"{row.get_absolute_url()}calendar/?party=2",
            f"{row.get_absolute_url()}calendar/?party=3",
        )
    }  # fmt: skip
    assert len(seen) == 7


def test_a_changed_price_is_in_the_calendar_at_once(client: Client) -> None:
    row = on_sale("Lantern", starts_at=at(3, 17))
    assert "£24.50" in get(client, "/en/calendar/")
    Instance.objects.filter(event=row).update(price_from_minor=3100)
    versions.bump()
    assert "£31.00" in get(client, "/en/calendar/")


def test_a_month_that_empties_between_two_looks_is_no_error(
    client: Client, move_clock: Callable[[datetime], None]
) -> None:
    on_sale("Lantern", starts_at=at(3, 10, 12, 1))
    get(client, "/en/calendar/2027-03/")
    move_clock(at(3, 10, 12, 2))  # it has begun, and the days that were counted are still known
    for query in ("?view=agenda&day=10", "?view=agenda&day=5", "?view=month", "?day=1"):
        assert "Lantern" not in get(client, f"/en/calendar/2027-03/{query}")


def test_a_page_of_a_full_house_stays_light(client: Client) -> None:
    for number in range(30):
        on_sale(f"The Long Evening of Part {number}", dates=14, starts_at=at(3, 15, 10 + number % 12))
    packed = client.get("/en/calendar/", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < 25 * 1024


def test_each_month_has_its_own_canonical_address_and_machines_find_the_way(client: Client) -> None:
    on_sale("Lantern", dates=2, starts_at=at(3, 31))
    html = get(client, "/en/calendar/2027-03/?view=agenda")
    assert 'rel="canonical" href="http://testserver/en/calendar/2027-03/"' in html
    assert '<link rel="next" href="/en/calendar/2027-04/?view=agenda">' in html
    assert "noindex" not in get(client, "/en/calendar/2027-03/")
    assert "<loc>http://testserver/en/calendar/</loc>" in get(client, "/sitemap-pages.xml")
    robots = get(client, "/robots.txt")
    assert all(f"Disallow: /*?*{name}=" in robots for name in ("view", "day", "party"))
