"""Reads for pages. No provider is asked here, and no page makes more than five of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Cast, Concat, Substr

from catalog import versions, words
from catalog.filters import Filters
from catalog.models import Event, Instance, Venue, VenueOffer
from catalog.summaries import coming
from shop.money import exponent

PAGE = 24
PAGES_AT_ONCE = 10  # as many as "show more" adds to one address; then it begins anew
DATES_AT_ONCE = 40  # more than so many dates are shown month by month
FACETS_SECONDS = 60
MOST_OFFERS = 12


def today_here(now: datetime) -> date:
    """The shop's own calendar day; dates are compared with each venue's calendar."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def on_show(now: datetime) -> Q:
    """Events a visitor may find in lists."""
    return Q(
        gone_at__isnull=True,
        hidden=False,
        listed=True,
        dates__gt=0,
        last_at__gte=now,
        account__configured=True,
    )


def current(now: datetime) -> QuerySet[Event]:
    return Event.objects.filter(on_show(now)).select_related("venue", "account")


CARD_FIELDS = (
    "slug", "name", "own_title", "kind", "status", "currency", "price_from_minor", "price_to_minor", "first_at", "last_at", "dates",
    "dates_cancelled", "gone_at", "seats_left", "on_sale", "sale_starts_at", "stop_sale", "poster", "poster_width",
    "poster_height", "own_poster", "own_poster_width", "own_poster_height", "own_image_alt", "access_text",
    "position", "venue__name", "venue__city", "venue__timezone", "venue__slug", "account__stop_sale", "account__configured",
    "account__name",
)  # fmt: skip


# --- the list -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facets:
    """What there is to choose from in the filters."""

    venues: tuple[tuple[str, str], ...]  # slug, name
    towns: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]  # code, word
    currencies: tuple[str, ...]


def facets(now: datetime) -> Facets:
    key = f"facets:{versions.current()}:{today_here(now)}"
    rows = cache.get(key)
    if rows is None:
        rows = list(
            Event.objects.filter(on_show(now))
            .order_by()
            .values_list("venue__slug", "venue__name", "venue__city", "kind", "currency")
            .distinct()
        )
        cache.set(key, rows, FACETS_SECONDS)
    kinds = {row[3] for row in rows}
    return Facets(
        venues=tuple(sorted({(row[0], row[1]) for row in rows}, key=lambda pair: words.fold(pair[1]))),
        towns=tuple(sorted({row[2] for row in rows if row[2]}, key=words.fold)),
        kinds=tuple(sorted(((kind, words.kind(kind)) for kind in kinds), key=lambda pair: pair[1])),
        currencies=tuple(sorted({row[4] for row in rows})),
    )


def conditions(filters: Filters, currencies: Iterable[str], now: datetime) -> dict[str, Q]:
    """One condition a filter, by its name; "dates" for all that is said about days. One of several has all names."""
    found: dict[str, Q] = {}
    if filters.q:
        wanted = Q()
        for word in words.fold(filters.q).split()[:6]:
            wanted &= Q(search_text__contains=word)
        found["q"] = wanted
    matching = _dates(replace(filters, access=""), now)
    if matching is not None:
        found["dates"] = Q(Exists(matching.filter(event=OuterRef("pk"))))
    if filters.venue:
        found["venue"] = Q(venue__slug=filters.venue)
    if filters.town:
        found["town"] = Q(venue__city__iexact=filters.town)
    if filters.kind:
        found["kind"] = Q(kind=filters.kind)
    if filters.price is not None:
        under = Q(pk__in=())
        for currency in currencies:
            under |= Q(currency=currency, price_from_minor__lte=filters.price * 10 ** exponent(currency))
        found["price"] = under
    if filters.access:
        found["access"] = Q(access_text__contains=f" {filters.access} ")
        if matching is not None:  # and on one of those days; given up with either of the two
            both = _dates(filters, now)
            assert both is not None
            found["dates access"] = Q(Exists(both.filter(event=OuterRef("pk"))))
    if filters.tickets:
        begun = Q(sale_starts_at__isnull=True) | Q(sale_starts_at__lte=now)
        open_now = Q(on_sale=True, stop_sale=False, account__stop_sale=False)
        found["tickets"] = begun & open_now & ~Q(status=Event.Status.CANCELLED)
    return found


def _dates(filters: Filters, now: datetime) -> QuerySet[Instance] | None:
    """Coming dates in the days and with the access mark asked for, or None where neither was."""
    since, until = filters.dates(today_here(now))
    if since is None and until is None and not filters.access:
        return None
    rows = Instance.objects.filter(coming(now)).exclude(status=Event.Status.CANCELLED).order_by("starts_at")
    return asked_dates(rows, filters, now)


def asked_dates(rows: QuerySet[Instance], filters: Filters, now: datetime) -> QuerySet[Instance]:
    """Of these dates those in the days, with the access mark and with the tickets asked for."""
    since, until = filters.dates(today_here(now))
    if since is not None:
        rows = rows.filter(local_date__gte=since)
    if until is not None:
        rows = rows.filter(local_date__lte=until)
    if filters.access:
        every = Concat(Cast("event__access_marks", CharField()), Cast("event__given_marks", CharField()))
        rows = rows.annotate(of_all=every).filter(
            Q(access_text__contains=f" {filters.access} ") | Q(of_all__contains=f'"{filters.access}"')
        )
    if filters.tickets:
        rows = rows.filter(bookable=True, stop_sale=False).exclude(seats_left=0)
    return rows


def _all(parts: Iterable[Q]) -> Q:
    found = Q()
    for part in parts:
        found &= part
    return found


def _sorted(rows: QuerySet[Event], filters: Filters, now: datetime) -> QuerySet[Event]:
    matching = _dates(filters, now)
    if matching is not None:
        rows = rows.annotate(shown_at=Subquery(matching.filter(event=OuterRef("pk")).values("starts_at")[:1]))
    if filters.sort == "name":
        return rows.order_by("name", "first_at", "pk")
    if filters.sort == "price":
        return rows.order_by("price_from_minor", "first_at", "pk")
    return rows.order_by("-position", "shown_at" if matching is not None else "first_at", "name", "pk")


@dataclass
class Found:
    """Pages of the list from `first` to `page`; where nothing was found, what to drop and what is nearest."""

    page: Page[Event]  # the last one
    first: int
    events: list[Event]  # of all of them
    count: int
    drop: list[tuple[str, int]]  # name of a filter, how many there would be without it
    nearest: list[Event]


def search(filters: Filters, number: int, *, known: Facets, now: datetime, upto: int = 0) -> Found:
    """Page `number`, and those after it up to `upto`; a number too high is the last page.

    At most three queries: count and rows, or count, what to drop, and what is nearest.
    """
    wanted = conditions(filters, known.currencies, now)
    rows = current(now).filter(_all(wanted.values())).only(*CARD_FIELDS)
    pages = Paginator(_sorted(rows, filters, now), PAGE)
    count = pages.count
    first = min(number, pages.num_pages)
    page = pages.page(min(max(first, upto), first + PAGES_AT_ONCE - 1, pages.num_pages))
    if count or not wanted:
        events = list(pages.object_list[(first - 1) * PAGE : page.number * PAGE])
        return Found(page, first, events, count, [], [])
    without = {
        name: Count("pk", filter=_all(part for other, part in wanted.items() if name not in other.split()))
        for name in wanted
        if " " not in name
    }
    counts = Event.objects.filter(on_show(now)).aggregate(**{f"n_{name}": c for name, c in without.items()})
    drop = sorted(
        ((name, counts[f"n_{name}"]) for name in without if counts[f"n_{name}"]), key=lambda pair: -pair[1]
    )
    return Found(page, 1, [], 0, drop, nearest(filters, wanted, now))


def nearest(filters: Filters, wanted: dict[str, Q], now: datetime) -> list[Event]:
    """What fits apart from the days, nearest to them; where nothing does, simply what is on around then."""
    rest = _all(part for name, part in wanted.items() if "dates" not in name.split())
    since, until = filters.dates(today_here(now))
    after = Instance.objects.filter(coming(now), event=OuterRef("pk")).exclude(status=Event.Status.CANCELLED)
    after = after.filter(local_date__gte=since or until or today_here(now)).order_by("starts_at")
    rows = current(now).only(*CARD_FIELDS).annotate(shown_at=Subquery(after.values("starts_at")[:1]))
    if rest:
        rows = rows.annotate(other=Case(When(rest, then=0), default=1, output_field=IntegerField()))
    else:
        rows = rows.annotate(other=Value(0))
    found = list(rows.filter(shown_at__isnull=False).order_by("other", "shown_at", "pk")[:6])
    return [event for event in found if event.other == 0] or found


DATE_FIELDS = (
    "event_id", "name", "starts_at", "ends_at", "doors_at", "status", "bookable", "sale_starts_at", "sale_ends_at",
    "currency", "price_from_minor", "price_to_minor", "seats_left", "availability_at", "gone_at", "stop_sale",
    "stop_reason", "access_text",
)  # fmt: skip


# --- one event ----------------------------------------------------------------------------------------------


def event_by_slug(slug: str) -> Event | None:
    try:
        return Event.objects.select_related("venue", "account").get(slug=slug)
    except Event.DoesNotExist:
        return None


def shown_dates(event: Event, now: datetime) -> QuerySet[Instance]:
    """The event's coming dates, the cancelled ones among them so that nobody travels for nothing."""
    return Instance.objects.filter(coming(now), event=event).only(*DATE_FIELDS).order_by("starts_at", "pk")


def months(event: Event, now: datetime) -> list[date]:
    """The months that have dates, as their first days."""
    # the first letters of a date are cheaper than a function of Python's for each row in SQLite
    month = Substr(Cast("local_date", CharField()), 1, 7)
    found = shown_dates(event, now).order_by().exclude(local_date=None).annotate(month=month)
    return [
        date.fromisoformat(f"{said}-01")
        for said in sorted(set(found.values_list("month", flat=True).distinct()))
    ]


def dates_of_month(event: Event, month: date, now: datetime) -> QuerySet[Instance]:
    following = (month + timedelta(days=32)).replace(day=1)
    return shown_dates(event, now).filter(local_date__gte=month, local_date__lt=following)


def instance(pk: int) -> Instance | None:
    """With its event, venue and account."""
    try:
        return Instance.objects.select_related("event__venue", "event__account").get(pk=pk)
    except (Instance.DoesNotExist, OverflowError):
        return None


def neighbours(row: Instance, now: datetime) -> tuple[Instance | None, Instance | None]:
    """The date before and the date after, among those still to come; one query."""
    dates = shown_dates(row.event, now).only("pk", "starts_at", "event_id")
    before = dates.filter(starts_at__lt=row.starts_at).order_by("-starts_at").values("pk")[:1]
    after = dates.filter(starts_at__gt=row.starts_at).order_by("starts_at").values("pk")[:1]
    both = list(
        Instance.objects.filter(Q(pk__in=Subquery(before)) | Q(pk__in=Subquery(after))).only(
            "pk", "starts_at"
        )
    )
    return (
        next((one for one in both if one.starts_at < row.starts_at), None),
        next((one for one in both if one.starts_at > row.starts_at), None),
    )


# --- venues -------------------------------------------------------------------------------------------------


def venues(now: datetime) -> list[Any]:
    """Houses with something on: a row each with `events` and `next_at`."""
    there = Q(
        events__gone_at__isnull=True, events__hidden=False, events__listed=True, events__dates__gt=0,
        events__last_at__gte=now, events__account__configured=True,
    )  # fmt: skip
    rows = Venue.objects.annotate(
        n_events=Count("events", filter=there), next_at=Min("events__first_at", filter=there)
    )
    return list(rows.filter(n_events__gt=0).order_by("name"))


def venue_by_slug(slug: str) -> Venue | None:
    return Venue.objects.select_related("account").filter(slug=slug).first()


def offers(venue: Venue, now: datetime) -> list[VenueOffer]:
    """What the venue's account tells of and has not ended, where it has something on."""
    rows = VenueOffer.objects.filter(account=venue.account_id, account__configured=True)
    return list(rows.filter(Q(ends_at=None) | Q(ends_at__gte=now))[:MOST_OFFERS])
