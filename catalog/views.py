"""Pages of what is on. They read our own tables; only the availability fragment asks a provider."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import availability as live
from catalog import chips, pages, queries, rows, selling, sitemaps, structured
from catalog import filters as filtering
from catalog import words as kinds
from catalog.caching import NARROWS, shared_page
from catalog.models import Event, Instance, Venue
from shop import clock, words
from shop.problems import problem
from shop.providers.errors import ProviderError

STRUCTURED_DATES = 10  # performances described for machines on an event's page; each has a page of its own


# --- the list -----------------------------------------------------------------------------------------------


@require_safe
@shared_page
def event_list(request: HttpRequest) -> HttpResponse:
    """What is on: one GET form, cards, paging with real links."""
    now = clock.now()
    filters = filtering.read(request.GET)
    known = queries.facets(now)
    upto = _number(request, "upto")
    found = queries.search(filters, _number(request, "page"), upto=upto, known=known, now=now)
    number, last = found.first, found.page.number
    cards = rows.cards(found.events, now)
    address = reverse("catalog:event_list") + filters.query(page=str(number) if number > 1 else "")
    count = ngettext("%(n)s event", "%(n)s events", found.count) % {"n": found.count}
    context = {
        "filters": filters,
        "facets": known,
        "quick": [(code, str(word), chips.quick(filters, code), filters.when == code) for code, word in filtering.QUICK.items()],
        "sorts": [(code, str(word)) for code, word in filtering.SORTS.items()],
        "prices": [(n, chips.ceiling(n, known)) for n in filtering.PRICES],
        "unfold": bool(filters.problems) or bool(filters.values().keys() - {"q", "when"}),
        "own_price": "" if filters.price in (None, *filtering.PRICES) else chips.ceiling(filters.price or 0, known),
        "access": [(code, str(word)) for code, word in kinds.ACCESS.items()],
        "chips": chips.of(filters, known),
        "sheets": [
            (number + n, cards[n * queries.PAGE : (n + 1) * queries.PAGE]) for n in range(last - number + 1)
        ] if cards else [],
        "page": found.page,
        "first": number,
        "before": number - 1,  # the page before all that is shown; 0: there is none
        "more": last - number + 1 < queries.PAGES_AT_ONCE,
        "count": found.count,
        "count_words": count,
        "drop": [
            (chips.filter_words(filters, name, known), filters.without(name).query() or ".", n) for name, n in found.drop
        ],
        "nearest": rows.cards(found.nearest, now),
        "calendar_url": reverse("catalog:calendar") + filters.query(sort=""),
        "canonical": structured.absolute(address),
        "indexable": not filters.active and not filters.sort,
    }  # fmt: skip
    response = render(request, "catalog/event_list.html", context)
    if number == last == 1:  # a changed filter moves the address; "show more" only adds to it
        response["HX-Push-Url"] = address
    return response


def _number(request: HttpRequest, name: str) -> int:
    said = request.GET.get(name, "")[:6]
    return int(said) if said.isdecimal() and int(said) > 0 else 1


# --- one event, one date ------------------------------------------------------------------------------------


@require_safe
@shared_page
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    event = queries.event_by_slug(slug)
    if event is None or event.hidden:
        raise Http404(_("There is no such event here."))
    now = clock.now()
    if is_over(event, now):
        return over(request, event, now)
    return render(
        request, "catalog/event_detail.html", event_context(event, now, request.GET.get("month", ""))
    )


def is_over(event: Event, now: datetime) -> bool:
    return event.gone_at is not None or (
        not event.dates and event.last_at is not None and event.last_at < now
    )


def over(request: HttpRequest, event: Event, now: datetime, row: Instance | None = None) -> HttpResponse:
    """410: this has taken place or is not offered any more; here is what is on."""
    others = queries.current(now).exclude(pk=event.pk).only(*queries.CARD_FIELDS).order_by("first_at")
    nearby = others.filter(venue=event.venue_id)[:3]
    found = list(nearby)
    found += [one for one in others[:6] if one not in found][: 6 - len(found)]
    context = {
        "event": event,
        "row": row,
        "was": words.day_date(row.starts_at if row else event.last_at, event.venue.timezone),
        "withdrawn": event.gone_at is not None or (row is not None and row.gone_at is not None),
        "still_on": row is not None and not is_over(event, now),
        "cards": rows.cards(found, now),
    }
    return render(request, "catalog/over.html", context, status=410)


def event_context(event: Event, now: datetime, month: str = "") -> dict[str, Any]:
    """Everything the event's page prints; the admin's preview uses it too, with a time of its own."""
    venue, account = event.venue, event.account
    zone = venue.timezone
    all_months: list[date] = []
    this_month: date | None = None
    if event.dates > queries.DATES_AT_ONCE:
        all_months = queries.months(event, now)
        this_month = next(
            (m for m in all_months if f"{m:%Y-%m}" == month), all_months[0] if all_months else None
        )
    dates = list(
        queries.dates_of_month(event, this_month, now)
        if this_month
        else queries.shown_dates(event, now)[: queries.DATES_AT_ONCE]
    )
    shown = rows.date_rows(event, dates, now)
    state = rows.state_of_dates(rows.event_state(event, now), shown)
    fresh = rows.freshness(account, dates[0] if len(dates) == 1 else None, zone)
    bookable = [row for row in shown if row.state.can_book]
    picture = rows.picture(event)
    return {
        "event": event,
        "venue": venue,
        "kind": kinds.kind(event.kind),
        "picture": picture,
        "letter": event.title[:1].upper(),
        "when": rows.when_words(event),
        "price": rows.from_price(event.price_from_minor, event.price_to_minor, event.currency),
        "state": state,
        "telephone": venue.own_telephone or venue.telephone,
        "stop_reason": event.stop_reason or account.stop_reason,
        "book_url": bookable[0].book_url if event.dates == 1 and bookable else "#dates" if bookable else "",
        "fresh": fresh,
        "months": rows.by_month(shown, zone),
        "month_links": [
            (f"{m:%Y-%m}", kinds.month(m), m == this_month) for m in all_months
        ],
        "this_month": this_month,
        "price_groups": rows.price_groups(rows.price_table(event.prices, event.currency, over=True)),
        "terms": live.terms(account),
        "marks": kinds.marks(event.access_text),
        "seller": event.seller or account.title,
        "canonical": structured.absolute(
            event.get_absolute_url() + (f"?month={this_month:%Y-%m}" if this_month and month else "")
        ),
        "shared_picture": structured.absolute(picture.shared) if picture.shared else "",
        "data": structured.script([structured.event_block(row, now) for row in dates[:STRUCTURED_DATES]])
        if dates
        else "",
    }  # fmt: skip


@require_safe
@shared_page
def instance_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    row = queries.instance(pk)
    if row is None or row.event.slug != slug or row.event.hidden:
        raise Http404(_("There is no such date here."))
    now = clock.now()
    gone = row.gone_at is not None or row.event.gone_at is not None
    if gone or (row.ends_at or row.starts_at) <= now:
        return over(request, row.event, now, row)
    return render(request, "catalog/instance_detail.html", instance_context(row, now))


def instance_context(row: Instance, now: datetime) -> dict[str, Any]:
    event, venue = row.event, row.event.venue
    zone = venue.timezone
    refused = selling.refusal(row, now=now)
    before, after = queries.neighbours(row, now)
    picture = rows.picture(event)
    return {
        "event": event,
        "venue": venue,
        "row": row,
        "kind": kinds.kind(event.kind),
        "picture": picture,
        "letter": event.title[:1].upper(),
        "when": words.curtain_full(row.starts_at, zone),
        "near": words.near(row.starts_at, zone),
        "doors": words.clock_time(row.doors_at, zone),
        "price": rows.from_price(row.price_from_minor, row.price_to_minor, row.currency),
        "book_url": reverse("baskets:pick", args=[row.pk]) if refused is None else "",
        "terms": live.terms(event.account),
        "marks": kinds.marks(
            kinds.marks_text([*row.access_text.split(), *event.access_marks, *event.given_marks])
        ),
        "before": before and _date_link(event, before, zone),
        "after": after and _date_link(event, after, zone),
        "seller": event.seller or event.account.title,
        "canonical": structured.absolute(row.get_absolute_url()),
        "shared_picture": structured.absolute(picture.shared) if picture.shared else "",
        "data": structured.script([structured.event_block(row, now)]),
        **(shown := fragment_context(row, now, refused=refused, table=row.prices)),
        "price_groups": rows.price_groups(shown["prices"]),
    }


def _date_link(event: Event, row: Instance, zone: str) -> tuple[str, str]:
    return reverse("catalog:instance_detail", args=[event.slug, row.pk]), words.curtain(row.starts_at, zone)


# --- the fragment -------------------------------------------------------------------------------------------


def fragment_context(
    row: Instance, now: datetime, *, refused: selling.Refusal | None, table: list[list[Any]]
) -> dict[str, Any]:
    venue = row.event.venue
    return {
        "row": row,
        "venue": venue,
        "telephone": venue.own_telephone or venue.telephone,
        "refused": refused,
        "state": rows.instance_state(row, now),
        "prices": rows.price_table(table, row.currency),
        "only_there": row.availability_at is not None and not table,  # there was nothing to be chosen here
        "fresh": rows.freshness(row.event.account, row, row.event.venue.timezone),
        "problem": None,
    }


@require_safe
def availability(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be had for this date now; 304 where nothing has changed. This is what counts who looks."""
    row = queries.instance(pk)
    if row is None or row.event.hidden:
        raise Http404(_("There is no such date here."))
    now = clock.now()
    refused, found, failed = selling.refusal(row, now=now), None, None
    if refused is None:
        try:
            found = live.of(row)
        except ProviderError as error:
            failed = error
    context = fragment_context(row, now, refused=refused, table=row.prices)
    if found is not None:
        context["prices"] = rows.live_prices(found)
        context["only_there"] = bool(found.choose_there)
    if failed is not None:
        context["problem"] = problem(failed)
        context["fresh"] = rows.Freshness(context["fresh"].checked_at, context["fresh"].clock, True)
    context["price_groups"] = rows.price_groups(context["prices"])
    seen = (
        context["prices"], context["state"], refused, failed and failed.code, context["only_there"], get_language(),
    )  # fmt: skip
    fingerprint = blake2b(repr(seen).encode(), digest_size=10).hexdigest()
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    response: HttpResponse
    if any(tag.strip('W/"') == fingerprint for tag in parse_etags(known)):
        response = HttpResponseNotModified()
    else:
        response = render(request, "catalog/_availability.html", context)
    response["ETag"] = f'"{fingerprint}"'
    response["Cache-Control"] = "private, no-cache"
    if checked := context["fresh"].checked_at:
        response["Foyer-Checked"] = checked.isoformat(timespec="seconds")
    return response


# --- venues, pages, machines --------------------------------------------------------------------------------


@require_safe
@shared_page
def venue_list(request: HttpRequest) -> HttpResponse:
    found = [
        (
            venue,
            ngettext("%(n)s event", "%(n)s events", venue.n_events) % {"n": venue.n_events},
            words.short_date(venue.next_at, venue.timezone),
        )
        for venue in queries.venues(clock.now())
    ]
    canonical = structured.absolute(reverse("catalog:venue_list"))
    return render(request, "catalog/venue_list.html", {"venues": found, "canonical": canonical})


@require_safe
@shared_page
def venue_detail(request: HttpRequest, slug: str) -> HttpResponse:
    venue = queries.venue_by_slug(slug)
    if venue is None:
        raise Http404(_("There is no such venue here."))
    now = clock.now()
    events = queries.current(now).filter(venue=venue).only(*queries.CARD_FIELDS).order_by("first_at", "pk")
    context = {
        "venue": venue,
        "cards": rows.cards(events[: queries.PAGE * 2], now),
        "canonical": structured.absolute(venue.get_absolute_url()),
        "map_url": _map(venue),
        "sells_beside": selling.beside_address(venue),
        "offers": [
            (offer, words.short_date(offer.ends_at, venue.timezone) if offer.ends_at else "")
            for offer in queries.offers(venue, now)
        ],
    }
    return render(request, "catalog/venue_detail.html", context)


def _map(venue: Venue) -> str:
    if venue.latitude is None or venue.longitude is None:
        return ""
    return f"https://www.openstreetmap.org/?mlat={venue.latitude}&mlon={venue.longitude}#map=17/{venue.latitude}/{venue.longitude}"


@require_safe
@shared_page
def page(request: HttpRequest, slug: str) -> HttpResponse:
    text = pages.find(slug, get_language() or settings.LANGUAGE_CODE)
    if text is None:
        raise Http404(_("There is no such page here."))
    venues = pages.lines() if slug in ("help", "accessibility", "imprint") else []
    canonical = structured.absolute(reverse("catalog:page", args=[slug]))
    context = {"text": text, "slug": slug, "venues": venues, "canonical": canonical}
    return render(request, "catalog/page.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Baskets, checkout, the admin and filtered lists are not for machines; a demo is not at all."""
    if settings.DEMO:
        lines = ["User-agent: *", "Disallow: /"]
    else:
        lines = ["User-agent: *", "Disallow: /admin/"]
        lines += [f"Disallow: /*/{room}/" for room in ("basket", "checkout", "availability")]
        lines += [f"Disallow: /*?*{name}=" for name in NARROWS]
        lines += ["", f"Sitemap: {structured.absolute(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@shared_page
def sitemap(request: HttpRequest, kind: str = "") -> HttpResponse:
    now = clock.now()
    if kind and kind not in sitemaps.KINDS:
        raise Http404
    text = sitemaps.of_kind(kind, _number(request, "page"), now) if kind else sitemaps.index(now)
    return HttpResponse(text, content_type="application/xml; charset=utf-8")
