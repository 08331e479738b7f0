"""The calendar: a month of the whole programme, or of one show, as a table and as an agenda.

Both are in the page, and the width of the window says which is seen (`?view=month` or `?view=agenda` makes it one).
Months are addresses and every day with something is a link; nothing here needs a script or asks a provider.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from catalog import calendar_reads, calendar_rows, chips, ical, months, queries, rows, structured, views
from catalog import filters as filtering
from catalog import words as kinds
from catalog.caching import shared_page
from catalog.models import Instance
from shop import clock, words

VIEWS = ("month", "agenda")


@dataclass(frozen=True)
class Asked:
    """What an address says beside the filters. A month that cannot be read is no page at all."""

    month: date | None  # of the path
    wish: date | None  # of a form: this month, if it has something
    view: str
    start: int  # the agenda begins on this day of the month

    @classmethod
    def read(cls, request: HttpRequest, month: str) -> Asked:
        found = months.read(month)
        if month and found is None:
            raise Http404(_("There is no such month."))
        view, day = request.GET.get("view", ""), request.GET.get("day", "")
        return cls(
            found,
            months.read(request.GET.get("month", "")),
            view if view in VIEWS else "",
            int(day) if day.isascii() and day.isdigit() and len(day) < 3 else 1,
        )


@require_safe
@shared_page
def programme(request: HttpRequest, month: str = "") -> HttpResponse:
    """One month of everything that is on, with the filters of the list."""
    asked, now = Asked.read(request, month), clock.now()
    filters = filtering.read(request.GET)
    known = queries.facets(now)
    found = calendar_reads.of_programme(filters, known.currencies, now)
    said = {name: value for name, value in filters.values().items() if name != "sort"}
    base = reverse("catalog:calendar")
    shown = _shown(asked, found, now, base=base, said=said, kept="" if said else "programme")
    total = calendar_rows.performances(shown["total"])
    return render(
        request,
        "catalog/calendar.html",
        {
            **shown,
            "filters": filters,
            "facets": known,
            "prices": [(n, chips.ceiling(n, known)) for n in filtering.PRICES],
            "unfold": bool(filters.problems) or bool(said.keys() - {"q", "when"}),
            "own_price": ""
            if filters.price in (None, *filtering.PRICES)
            else chips.ceiling(filters.price or 0, known),
            "access": [(code, str(word)) for code, word in kinds.ACCESS.items()],
            "chips": [
                (name, word, shown["here"] + ("" if to == "." else to))
                for name, word, to in chips.of(filters.without("sort"), known, view=asked.view)
            ],
            "count_words": total,
            "list_url": reverse("catalog:event_list") + filters.query(sort=""),
            "file_url": reverse("catalog:calendar_file") + filters.query(sort=""),
            "indexable": not filters.active
            and not asked.view
            and asked.start == 1
            and bool(shown["total_here"]),
        },
    )


@require_safe
@shared_page
def show(request: HttpRequest, slug: str, month: str = "") -> HttpResponse:
    """One month of one show; with a number of tickets only the dates that have so many together."""
    asked, now = Asked.read(request, month), clock.now()
    event = queries.event_by_slug(slug)
    if event is None or event.hidden:
        raise Http404(_("There is no such event here."))
    if views.is_over(event, now):
        return views.over(request, event, now)
    party, problem = party_of(request.GET.get("party", ""))
    found = calendar_reads.of_event(event, party, now)
    said = {"party": str(party)} if party else {}
    base = reverse("catalog:show_calendar", args=[event.slug])
    shown = _shown(asked, found, now, base=base, said=said, party=party, one_show=True)
    account = event.account
    return render(
        request,
        "catalog/show_calendar.html",
        {
            **shown,
            "event": event,
            "venue": event.venue,
            "file_url": reverse("catalog:show_calendar_file", args=[event.slug]),
            "party": party,
            "party_said": request.GET.get("party", "").strip()[:10] if problem else party or "",
            "party_problem": problem,
            "most": calendar_reads.MOST_TICKETS,
            "zone": event.venue.timezone if not shown["total_here"] else shown["zone"],
            "fresh": rows.freshness(account, None, event.venue.timezone),
            "found_words": _found_words(shown["total"], party),
            "indexable": not party and not asked.view and asked.start == 1 and bool(shown["total_here"]),
        },
    )


@require_safe
@shared_page
def programme_file(request: HttpRequest) -> HttpResponse:
    """What the filters find as a file that calendars subscribe to."""
    now = clock.now()
    filters = filtering.read(request.GET)
    known = queries.facets(now)
    found = calendar_reads.of_programme(filters, known.currencies, now)
    said = ", ".join(word for _name, word, _to in chips.of(filters, known))
    return _file(found, ": ".join(part for part in (settings.SHOP_NAME, said) if part))


@require_safe
@shared_page
def show_file(request: HttpRequest, slug: str) -> HttpResponse:
    """All dates of one show as such a file."""
    event = queries.event_by_slug(slug)
    if event is None or event.hidden:
        raise Http404(_("There is no such event here."))
    return _file(calendar_reads.of_event(event, None, clock.now()), event.title)


def _file(found: QuerySet[Instance], name: str) -> HttpResponse:
    text = ical.feed(name, calendar_reads.for_a_file(found, ical.MOST))
    response = HttpResponse(text, content_type=ical.TYPE)
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return response


def party_of(said: str) -> tuple[int | None, str]:
    """How many tickets an address asks for, and what is wrong with it. Nothing said is no wish."""
    said = said.strip()
    if not said:
        return None, ""
    if said.isascii() and said.isdigit() and len(said) < 4 and 1 <= int(said) <= calendar_reads.MOST_TICKETS:
        return int(said), ""
    return None, _("“%(value)s” is not a number of tickets. Write a whole number from 1 to %(most)s.") % {
        "value": said[:20],
        "most": calendar_reads.MOST_TICKETS,
    }


def _found_words(total: int, party: int | None) -> str:
    if not party:
        return ngettext("%(n)s date", "%(n)s dates", total) % {"n": total}
    tickets = words.tickets_words(party)
    if party == 1:
        return ngettext("%(n)s date for %(tickets)s", "%(n)s dates for %(tickets)s", total) % {
            "n": total,
            "tickets": tickets,
        }
    return ngettext("%(n)s date for %(tickets)s together", "%(n)s dates for %(tickets)s together", total) % {
        "n": total,
        "tickets": tickets,
    }


def _shown(
    asked: Asked,
    found: QuerySet[Instance],
    now: datetime,
    *,
    base: str,
    said: dict[str, str],
    party: int | None = None,
    one_show: bool = False,
    kept: str = "",
) -> dict[str, Any]:
    """What both calendars print of a month: its table, its agenda, and the way to other months."""
    counts = calendar_reads.days(found, now, kept=kept)
    there = sorted({months.of(day) for day in counts})
    today = queries.today_here(now)
    month = asked.month or months.opening(there, asked.wish) or months.of(today)

    def address(to: date | None = None, **more: str) -> str:
        pairs = {**said, "view": asked.view, **more}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{base}{months.written(to or month)}/" + (f"?{query}" if query else "")

    read = calendar_reads.of_month(found, month, counts, view=asked.view, start=asked.start, now=now)
    page = calendar_rows.Page(
        read,
        today=today,
        now=now,
        day_url=lambda day: address(view="agenda", day=str(day)),
        party=party,
        one_show=one_show,
    )
    before, after = months.around(month, there)
    return {
        "month": month,
        "month_said": months.written(month),
        "month_words": kinds.month(month),
        "weekdays": kinds.weekdays(),
        "weeks": page.table() if asked.view != "agenda" else [],
        "agenda": page.agenda() if asked.view != "month" else [],
        "view": asked.view,
        "since": read.since and kinds.long_day(read.since),
        "since_url": address(view="agenda"),
        "further": read.further and kinds.day(read.further),
        "further_url": read.further and address(view="agenda", day=str(read.further.day)),
        "total": sum(counts.values()),
        "total_here": sum(read.counts.values()),
        "zone": page.zone,
        "mixed": page.mixed,
        "before": _step(before, address),
        "after": _step(after, address),
        "as_agenda": address(view="agenda"),
        "as_month": address(view="month"),
        "base": base,
        "here": f"{base}{months.written(month)}/",
        "canonical": structured.absolute(f"{base}{months.written(month)}/" if asked.month else base),
    }


def _step(step: months.Step | None, address: Callable[..., str]) -> dict[str, Any] | None:
    if step is None:
        return None
    return {"url": address(step.month), "words": kinds.month(step.month), "skips": step.skips}
