"""sitemap.xml: an index, and one map a kind of page, with the day of the last real change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import translation

from catalog.models import Event, Instance, PageText, Venue
from catalog.pages import SLUGS
from catalog.queries import on_show
from catalog.structured import absolute
from catalog.summaries import coming

KINDS = ("events", "dates", "venues", "pages")
AT_ONCE = 20_000  # addresses in one file; the format allows 50,000
STAYS = timedelta(days=30)  # how long what is over stays listed, so that machines learn that it is gone
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
Entry = tuple[str, tuple[object, ...], datetime | None]  # name of the address, its arguments, last change


def _events(now: datetime) -> Q:
    over = Q(hidden=False, listed=True, account__configured=True, last_at__lt=now, last_at__gte=now - STAYS)
    return on_show(now) | over


def index(now: datetime) -> str:
    """The maps there are; dates are split where there are many."""
    dates = Instance.objects.filter(coming(now), event__in=Event.objects.filter(on_show(now))).count()
    changed = Event.objects.filter(_events(now)).aggregate(at=Max("changed_at"))["at"]
    parts = [("events", 1), *(("dates", n + 1) for n in range(max(1, -(-dates // AT_ONCE))))]
    lines = [HEAD, f"<sitemapindex {SPACE}>"]
    for kind, number in [*parts, ("venues", 1), ("pages", 1)]:
        path = reverse("sitemap_kind", args=[kind]) + (f"?page={number}" if number > 1 else "")
        when = changed if kind in ("events", "dates") else None
        lines.append(_line("sitemap", absolute(path), when))
    return "\n".join([*lines, "</sitemapindex>\n"])


def of_kind(kind: str, number: int, now: datetime) -> str:
    """One map. Every address is listed once a language."""
    entries = list(ENTRIES[kind](number, now))
    lines = [HEAD, f"<urlset {SPACE}>"]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, arguments, changed in entries:
                lines.append(_line("url", absolute(reverse(name, args=arguments)), changed))
    return "\n".join([*lines, "</urlset>\n"])


def _line(tag: str, url: str, changed: datetime | None) -> str:
    when = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
    return f"<{tag}><loc>{escape(url)}</loc>{when}</{tag}>"


def _event_entries(number: int, now: datetime) -> Iterator[Entry]:
    for slug, changed in Event.objects.filter(_events(now)).order_by("pk").values_list("slug", "changed_at"):
        yield "catalog:event_detail", (slug,), changed


def _date_entries(number: int, now: datetime) -> Iterator[Entry]:
    rows = Instance.objects.filter(coming(now), event__in=Event.objects.filter(on_show(now))).order_by("pk")
    first = (number - 1) * AT_ONCE
    pairs = rows.values_list("event__slug", "pk", "event__changed_at")
    for slug, pk, changed in pairs[first : first + AT_ONCE]:
        yield "catalog:instance_detail", (slug, pk), changed


def _venue_entries(number: int, now: datetime) -> Iterator[Entry]:
    there = Event.objects.filter(on_show(now))
    rows = Venue.objects.annotate(n=Count("events", filter=Q(events__in=there)), at=Max("events__changed_at"))
    for slug, changed in rows.filter(n__gt=0).order_by("pk").values_list("slug", "at"):
        yield "catalog:venue_detail", (slug,), changed


def _page_entries(number: int, now: datetime) -> Iterable[Entry]:
    yield "catalog:event_list", (), None
    yield "catalog:calendar", (), None
    yield "catalog:venue_list", (), None
    own = PageText.objects.exclude(slug__in=SLUGS).values_list("slug", flat=True).distinct()
    for slug in [*SLUGS, *own]:
        yield "catalog:page", (slug,), None


ENTRIES = {"events": _event_entries, "dates": _date_entries, "venues": _venue_entries, "pages": _page_entries}
