"""What machines read: JSON-LD, Open Graph, sitemaps, robots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import structured, versions
from catalog.models import Event, Instance
from tests.factories_catalog import Season, event, instance, on_sale, venue

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(season: Season, move_clock: Callable[[datetime], None]) -> None:
    move_clock(NOON)


def data(client: Client, path: str) -> Any:
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(path).content.decode(), re.S
    )
    assert found, path
    return json.loads(found[1])


def test_a_date_is_described_whole(client: Client) -> None:
    house = venue("Aldgate Playhouse", latitude=51.5, longitude=-0.07)
    row = event("The Paper Lantern", venue=house, running_time="2hr 30min (inc. interval)",
                poster="posters/ab-960.webp", poster_width=960, poster_height=1280)  # fmt: skip
    date = instance(
        row, starts_at=datetime(2027, 3, 27, 19, 30, tzinfo=UTC), doors_at=datetime(2027, 3, 27, 18, 30, tzinfo=UTC),
        sale_starts_at=datetime(2027, 1, 5, 9, tzinfo=UTC),
    )  # fmt: skip
    block = data(client, date.get_absolute_url())
    url = f"http://testserver{date.get_absolute_url()}"
    assert block == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "The Paper Lantern",
        "startDate": "2027-03-27T19:30:00+00:00",
        "doorTime": "2027-03-27T18:30:00+00:00",
        "endDate": "2027-03-27T22:00:00+00:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "Aldgate Playhouse",
            "address": {
                "@type": "PostalAddress", "streetAddress": "1 Sample Row", "addressLocality": "London",
                "postalCode": "E1 0AA", "addressCountry": "GB",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 51.5, "longitude": -0.07},
        },
        "organizer": {
            "@type": "Organization", "name": "Aldgate Playhouse", "url": f"http://testserver/en/venues/{house.slug}/",
        },
        "url": url,
        "image": ["http://testserver/media/posters/ab-og.jpg"],
        "description": "A new musical about a lamplighter.",
        "offers": {
            "@type": "Offer", "price": "24.50", "priceCurrency": "GBP", "availability": "https://schema.org/InStock",
            "url": url, "validFrom": "2027-01-05T09:00:00+00:00",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "status", "availability"),
    [
        ({"status": "cancelled"}, "EventCancelled", None),
        ({"status": "moved"}, "EventRescheduled", "InStock"),
        ({"seats_left": 0}, "EventScheduled", "SoldOut"),
        ({"seats_left": 2}, "EventScheduled", "LimitedAvailability"),
        ({"sale_starts_at": datetime(2027, 3, 12, tzinfo=UTC)}, "EventScheduled", "PreOrder"),
        ({"price_from_minor": None}, "EventScheduled", None),
    ],
)
def test_status_and_availability_are_said_as_they_are(
    client: Client, values: dict[str, object], status: str, availability: str | None
) -> None:
    block = data(client, instance(event(), **values).get_absolute_url())
    assert block["eventStatus"] == f"https://schema.org/{status}"
    assert block.get("offers", {}).get("availability") == (
        availability and f"https://schema.org/{availability}"
    )


def test_an_event_over_the_clock_change_has_each_dates_own_offset(client: Client) -> None:
    row = event(running_time="90 minutes")
    instance(row, starts_at=datetime(2027, 3, 27, 19, 30, tzinfo=UTC))
    instance(row, starts_at=datetime(2027, 3, 28, 18, 30, tzinfo=UTC))
    found = data(client, row.get_absolute_url())
    assert [block["startDate"][-6:] for block in found] == ["+00:00", "+01:00"]
    assert [block["endDate"][11:16] for block in found] == ["21:00", "21:00"]


@pytest.mark.parametrize(
    "name", ["</script><script>alert(1)</script>&", "</script x", "<!--<script", "]]>\u2028"]
)
def test_text_from_outside_cannot_end_the_data_block(client: Client, name: str) -> None:
    date = instance(event(name, description="<p>&lt;/script&gt;</p>"))
    text = client.get(date.get_absolute_url()).content.decode()
    block = text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert not set("<>&\u2028") & set(block)
    assert data(client, date.get_absolute_url())["name"] == name


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2hr 20min (inc. interval)", 140), ("2 hours 30 minutes", 150), ("1h 45m", 105), ("90 minutes", 90),
        ("2 hours", 120), ("Approx. 100 mins", 100), ("2 hours and 5 minutes", 125), ("", None), ("TBC", None),
        ("Act 1: 3 scenes", None), ("99 hours", None),
    ],
)  # fmt: skip
def test_running_times_are_read_where_they_can_be(text: str, minutes: int | None) -> None:
    assert structured.running_minutes(text) == minutes


def test_sharing_shows_title_date_and_picture(client: Client) -> None:
    row = on_sale(poster="posters/ab-960.webp", poster_width=960, poster_height=1280, dates=2)
    for path in (row.get_absolute_url(), row.instances.earliest("starts_at").get_absolute_url()):
        text = client.get(path).content.decode()
        assert '<meta property="og:title" content="The Paper Lantern">' in text
        assert '<meta property="og:image" content="http://testserver/media/posters/ab-og.jpg">' in text
        assert '<meta property="og:image:width" content="1200">' in text
        assert f'<link rel="canonical" href="http://testserver{path}">' in text


# --- sitemaps and robots ------------------------------------------------------------------------------------

SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def urls(client: Client, path: str) -> dict[str, str | None]:
    root = ElementTree.fromstring(client.get(path).content)
    return {
        entry.findtext("s:loc", "", SPACE): entry.findtext("s:lastmod", None, SPACE) for entry in root
    }  # fmt: skip


def test_the_sitemap_is_split_by_kind_with_the_day_of_the_last_real_change(client: Client) -> None:
    row = on_sale(dates=2)
    Event.objects.update(changed_at=datetime(2027, 3, 1, 8, tzinfo=UTC))
    index = urls(client, "/sitemap.xml")
    assert set(index) == {
        f"http://testserver/sitemap-{kind}.xml" for kind in ("events", "dates", "venues", "pages")
    }
    events = urls(client, "/sitemap-events.xml")
    assert events == {f"http://testserver{row.get_absolute_url()}": "2027-03-01T08:00:00+00:00"}
    dates = urls(client, "/sitemap-dates.xml")
    assert set(dates) == {f"http://testserver{one.get_absolute_url()}" for one in row.instances.all()}
    assert f"http://testserver{row.venue.get_absolute_url()}" in urls(client, "/sitemap-venues.xml")
    assert "http://testserver/en/about/terms/" in urls(client, "/sitemap-pages.xml")
    assert client.get("/sitemap-nonsense.xml").status_code == 404


def test_what_is_over_leaves_the_sitemap_after_30_days(client: Client) -> None:
    for days, listed in ((3, True), (31, False)):
        row = on_sale(f"Over {days}")
        past = NOON - timedelta(days=days)
        Instance.objects.filter(event=row).update(starts_at=past)
        Event.objects.filter(pk=row.pk).update(dates=0, last_at=past, first_at=past)
        versions.bump()
        found = urls(client, "/sitemap-events.xml")
        assert (f"http://testserver{row.get_absolute_url()}" in found) is listed
        assert client.get(row.get_absolute_url()).status_code == 410


def test_what_is_hidden_or_unlisted_is_in_no_sitemap(client: Client) -> None:
    on_sale("Hidden", hidden=True)
    on_sale("Unlisted", listed=False)
    assert urls(client, "/sitemap-events.xml") == {}
    assert urls(client, "/sitemap-dates.xml") == {}


def test_many_dates_are_split_over_files(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog import sitemaps

    monkeypatch.setattr(sitemaps, "AT_ONCE", 2)
    on_sale(dates=5)
    index = [url for url in urls(client, "/sitemap.xml") if "dates" in url]
    assert len(index) == 3
    everything = [url for one in index for url in urls(client, one.removeprefix("http://testserver"))]
    assert len(everything) == len(set(everything)) == 5


@pytest.mark.parametrize("kind", ["", "-events", "-dates", "-venues", "-pages"])
def test_a_sitemap_makes_at_most_five_queries(client: Client, kind: str) -> None:
    on_sale(dates=5)
    on_sale("Other", dates=5)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/sitemap{kind}.xml")
    assert len(queries) <= 5


def test_machines_are_kept_out_of_baskets_checkout_and_filtered_lists(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    for line in ("Disallow: /*/basket/", "Disallow: /*/checkout/", "Disallow: /admin/", "Disallow: /*?*q=",
                 "Sitemap: http://testserver/sitemap.xml"):  # fmt: skip
        assert line in text


def test_a_demo_keeps_all_machines_out(client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    assert "Disallow: /\n" in client.get("/robots.txt", headers={"host": "localhost"}).content.decode()
