"""Reads for the calendar: which days have something, and the dates of one month. Three queries, however many dates.

A date that has begun before today and is still on (an exhibition, a festival) stands at today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.core.cache import cache
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from catalog import months, queries, versions
from catalog.filters import Filters
from catalog.models import Event, Instance
from catalog.summaries import coming
from shop.money import exponent

IN_A_CELL = 4  # dates shown in one day of the table; the rest are behind a link
# from so many dates on, the agenda goes on at another address, always from the beginning of a day
IN_AN_AGENDA = 80
MOST_TICKETS = 99  # that a calendar is asked for; a box office sells fewer at once

FIELDS = (
    *queries.DATE_FIELDS, "local_date", "event__slug", "event__name", "event__own_title", "event__status", "event__hidden",
    "event__stop_sale", "event__stop_reason", "event__gone_at", "event__access_marks", "event__given_marks",
    "event__venue__name", "event__venue__city", "event__venue__timezone", "event__account__name", "event__account__stop_sale",
    "event__account__stop_reason", "event__account__configured",
)  # fmt: skip


def of_programme(filters: Filters, currencies: Iterable[str], now: datetime) -> QuerySet[Instance]:
    """Coming dates of what is in the list; what is asked of price, days, access and tickets holds for each date."""
    currencies = tuple(currencies)
    wanted = queries.conditions(replace(filters.without("dates"), access="", price=None), currencies, now)
    events = Event.objects.filter(queries.on_show(now))
    for condition in wanted.values():
        events = events.filter(condition)
    rows = queries.asked_dates(Instance.objects.filter(coming(now), event__in=events), filters, now)
    if filters.tickets:
        rows = rows.filter(_can_be_had(now))
    if filters.price is not None:
        under = Q(pk__in=())
        for currency in currencies:
            most = filters.price * 10 ** exponent(currency)
            unknown = Q(price_from_minor=None, event__currency=currency, event__price_from_minor__lte=most)
            under |= Q(currency=currency, price_from_minor__lte=most) | unknown
        rows = rows.filter(under)
    return rows


def of_event(event: Event, party: int | None, now: datetime) -> QuerySet[Instance]:
    """Its coming dates; for a party only those that had so many together when last looked at. Unknown is possible."""
    rows = Instance.objects.filter(coming(now), event=event)
    if party is None:
        return rows
    together = Q(longest_run__gte=party) | Q(longest_run=None)
    return rows.filter(_can_be_had(now), together, Q(seats_left__gte=party) | Q(seats_left=None))


def _can_be_had(now: datetime) -> Q:
    """Sold here, now or from a time on, as far as the date itself says."""
    not_over = Q(sale_ends_at=None) | Q(sale_ends_at__gt=now)
    return not_over & Q(bookable=True, stop_sale=False) & ~Q(status=Event.Status.CANCELLED)


def days(rows: QuerySet[Instance], now: datetime, *, kept: str = "") -> dict[date, int]:
    """How many dates each day has that has any, in order; one query, or none where it was just asked.

    `kept`: a name under which the answer is kept for this version of the catalogue.
    """
    today = queries.today_here(now)
    key = f"days:{kept}:{versions.current()}:{today}"
    found: dict[date, int] | None = cache.get(key) if kept else None
    if found is None:
        begun = Case(When(starts_at__lt=now, then=Value(1)), default=Value(0), output_field=IntegerField())
        counted = rows.order_by().exclude(local_date=None).annotate(begun=begun)
        summed: dict[date, int] = defaultdict(int)
        for day, has_begun, n in counted.values_list("local_date", "begun").annotate(n=Count("pk")):
            summed[_shown_on(day, bool(has_begun), today)] += n
        found = dict(sorted(summed.items()))
        if kept:
            cache.set(key, found, queries.FACETS_SECONDS)
    return found


def _shown_on(day: date, begun: bool, today: date) -> date:
    return today if begun and day < today else day


@dataclass
class Month:
    """Dates of one month: for the table a few a day, for the agenda all from a day on up to a number."""

    first: date
    counts: dict[date, int]  # of all days that have something, in order
    cells: dict[date, list[Instance]] = field(default_factory=dict)
    agenda: dict[date, list[Instance]] = field(default_factory=dict)
    since: date | None = None  # the agenda begins here, and there are days before
    further: date | None = None  # the day it goes on with at another address


def of_month(
    rows: QuerySet[Instance], month: date, counts: dict[date, int], *, view: str, start: int, now: datetime
) -> Month:
    """What a page of the calendar shows; two queries. `view`: "month", "agenda", or "" for both. `start`: a day.

    A day of the table that has too much shows what is on least often; a long run is not news.
    """
    here = {day: n for day, n in counts.items() if months.of(day) == month}
    found = Month(month, here)
    if not here:
        return found
    today = queries.today_here(now)
    within = Q(local_date__gte=month, local_date__lt=months.following(month))
    if months.of(today) == month:
        within |= Q(starts_at__lt=now, local_date__lt=month)
    light: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for pk, day, starts_at, dates in (
        rows.filter(within)
        .order_by("starts_at", "pk")
        .values_list("pk", "local_date", "starts_at", "event__dates")
    ):
        light[_shown_on(day, starts_at < now, today)].append((dates, pk))
    cells = {day: _rarest(each) for day, each in light.items()} if view != "agenda" else {}
    agenda = _from_on(light, start, found) if view != "month" else {}
    wanted = {pk for group in (cells, agenda) for pks in group.values() for pk in pks}
    full = (
        Instance.objects.filter(pk__in=wanted).select_related("event__venue", "event__account").only(*FIELDS)
    )
    by_pk = {row.pk: row for row in full}
    for given, kept in ((cells, found.cells), (agenda, found.agenda)):
        for day, pks in sorted(given.items()):
            kept[day] = sorted(
                (by_pk[pk] for pk in pks if pk in by_pk), key=lambda row: (row.starts_at, row.pk)
            )
    return found


FILE_FIELDS = (
    "event_id", "starts_at", "ends_at", "status", "fetched_at", "access_text", "event__slug", "event__name", "event__own_title",
    "event__status", "event__kind", "event__running_time", "event__changed_at", "event__access_marks", "event__given_marks",
    "event__venue__name", "event__venue__address", "event__venue__city", "event__venue__postcode",
)  # fmt: skip


def for_a_file(rows: QuerySet[Instance], most: int) -> QuerySet[Instance]:
    """The next of them, with all that a calendar's file says; one query."""
    return rows.select_related("event__venue").only(*FILE_FIELDS).order_by("starts_at", "pk")[:most]


def _rarest(dates: list[tuple[int, int]]) -> list[int]:
    if len(dates) <= IN_A_CELL:
        return [pk for _often, pk in dates]
    return [pk for _often, pk in sorted(dates, key=lambda each: each[0])[: IN_A_CELL - 1]]


def _from_on(light: dict[date, list[tuple[int, int]]], start: int, found: Month) -> dict[date, list[int]]:
    """Whole days from `start` on, until there are enough."""
    picked: dict[date, list[int]] = {}
    number = 0
    in_order = sorted(light)
    if in_order and in_order[0].day < start <= in_order[-1].day:
        found.since = found.first.replace(day=start)
    for day in in_order:
        if found.since is not None and day < found.since:
            continue
        if picked and number + len(light[day]) > IN_AN_AGENDA:
            found.further = day
            break
        picked[day] = [pk for _often, pk in light[day]]
        number += len(picked[day])
    return picked
