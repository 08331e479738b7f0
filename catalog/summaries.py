"""What an event's own row says of its dates, so that a list of events needs no query for them.

First and last coming date, how many, seats left, whether it is sold, prices, access marks, search text. Kept
by whatever changes a date: the refresh, a look at availability, the admin, and time itself (`roll`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from catalog import bulk, versions, words
from catalog.models import Event, Instance
from shop import clock

FEW = 20  # from so many on down, "few left"
KEPT = ("first_at", "last_at", "dates", "dates_cancelled", "seats_left", "on_sale", "sale_starts_at", "price_from_minor",
        "price_to_minor", "currency", "access_text", "search_text", "prices")  # fmt: skip
BATCH = 200
WEEK = timedelta(days=7)


def seats_word(seats: int | None) -> str:
    """What a page says of a number of seats: "" unknown, none, few or many."""
    if seats is None:
        return ""
    return "none" if seats == 0 else "few" if seats <= FEW else "many"


def search_text(event: Event) -> str:
    venue = event.venue
    kind = words.kind(event.kind)
    parts = (event.own_title, event.name, event.tagline, venue.name, venue.city, kind, event.kind)
    return words.fold(" ".join(part for part in parts if part))


def coming(now: datetime) -> Q:
    """Dates that are not over and that the provider still lists."""
    return Q(gone_at__isnull=True) & (Q(starts_at__gte=now) | Q(ends_at__isnull=False, ends_at__gte=now))


def is_sold(row: Instance, now: datetime) -> bool:
    """Whether the provider sells this date, now or from a time on."""
    return (
        row.bookable
        and row.status != Event.Status.CANCELLED
        and not row.stop_sale
        and (row.sale_ends_at is None or row.sale_ends_at > now)
        and row.seats_left != 0
    )


def of_dates(event: Event, rows: Sequence[Instance], now: datetime) -> dict[str, Any]:
    """The summary of an event over its coming dates."""
    alive = [row for row in rows if row.status != Event.Status.CANCELLED] or list(rows)
    sold = [row for row in alive if is_sold(row, now)]
    left = [row.seats_left for row in alive]
    priced = [row for row in (sold or alive) if row.price_from_minor is not None]
    starts = [row.sale_starts_at for row in sold]
    later = all(start is not None and start > now for start in starts)
    marks = {mark for row in alive for mark in row.access_text.split()}
    values: dict[str, Any] = {
        "dates": len(rows),
        "dates_cancelled": sum(row.status == Event.Status.CANCELLED for row in rows),
        "seats_left": sum(n for n in left if n is not None) if left and None not in left else None,
        "on_sale": bool(sold),
        "sale_starts_at": min((s for s in starts if s is not None), default=None) if sold and later else None,
        "access_text": words.marks_text([*(event.access_marks or []), *event.given_marks, *marks]),
        "search_text": search_text(event),
        "prices": prices_over(row.prices for row in (sold or alive)),
    }
    if alive:  # else it stays known when it was
        values["first_at"] = min(row.starts_at for row in alive)
        values["last_at"] = max(row.ends_at or row.starts_at for row in alive)
    if priced:
        currency = priced[0].currency
        same = [row for row in priced if row.currency == currency]
        values["currency"] = currency
        values["price_from_minor"] = min(row.price_from_minor for row in same)
        values["price_to_minor"] = max(
            row.price_to_minor if row.price_to_minor is not None else row.price_from_minor for row in same
        )
    return values


def prices_over(tables: Iterable[list[list[Any]]]) -> list[list[Any]]:
    """One table of [area, band, ticket type, from, to, fee of the cheapest] over several dates; a seventh member
    has what that fee is made of, where it is itemised."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for table in tables:
        for area, band, ticket_type, price, fee, *charges in table or ():
            key = (area, band, ticket_type)
            row = found.get(key)
            if row is None:
                found[key] = [area, band, ticket_type, price, price, fee, *charges]
            else:
                if price < row[3]:
                    row[3] = price
                    row[5:] = [fee, *charges]
                row[4] = max(row[4], price)
    return list(found.values())[:60]


def keep(event_ids: Iterable[int], *, now: datetime | None = None) -> bool:
    """Bring the summaries of these events up to date; True where a visitor could see a difference.

    Does not raise the catalogue's version: the caller does, in the same transaction as its own change.
    """
    now = now or clock.now()
    ids = sorted(set(event_ids))
    visible = False
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        rows: dict[int, list[Instance]] = defaultdict(list)
        fields = ("event_id", "starts_at", "ends_at", "status", "bookable", "stop_sale", "sale_starts_at",
                  "sale_ends_at", "seats_left", "currency", "price_from_minor", "price_to_minor",
                  "access_text", "prices")  # fmt: skip
        for row in (
            Instance.objects.filter(coming(now), event_id__in=part).order_by("starts_at").only(*fields)
        ):
            rows[row.event_id].append(row)
        changed = []
        for event in Event.objects.filter(pk__in=part).select_related("venue"):
            before = {name: getattr(event, name) for name in KEPT}
            after = of_dates(event, rows[event.pk], now)
            different = {name for name, value in after.items() if before[name] != value}
            if not different:
                continue
            for name in different:
                setattr(event, name, after[name])
            few_or_many = seats_word(before["seats_left"]) != seats_word(event.seats_left)
            visible = visible or few_or_many or different != {"seats_left"}
            changed.append(event)
        if changed:
            bulk.update(Event, changed, KEPT)
    return visible


def shift_seats(instance: Instance, by: int, *, now: datetime | None = None) -> bool | None:
    """Add `by` to the seats left of this date's event, without a look at its other dates.

    True where "few" or "many" changes; None where the sum has to be made anew with `keep`, and nothing was done.
    """
    event = Event.objects.only("seats_left").get(pk=instance.event_id)
    coming_on = instance.gone_at is None and instance.starts_at >= (now or clock.now())
    counted = coming_on and instance.status != Event.Status.CANCELLED
    if not counted or event.seats_left is None or event.seats_left + by <= 0:
        return None
    if not Event.objects.filter(pk=event.pk, seats_left=event.seats_left).update(
        seats_left=event.seats_left + by
    ):
        return None
    return seats_word(event.seats_left) != seats_word(event.seats_left + by)


def roll() -> int:
    """Time has passed: events whose first date is over move on to the next. Returns how many."""
    now = clock.now()
    due = list(
        Event.objects.filter(gone_at__isnull=True, first_at__lt=now, dates__gt=0)
        .exclude(dates=1, last_at__gte=now)  # begun, and still on
        .values_list("pk", flat=True)[:1000]
    )
    begun = list(
        Event.objects.filter(on_sale=True, sale_starts_at__lte=now).values_list("pk", flat=True)[:1000]
    )
    with transaction.atomic():
        if keep([*due, *begun], now=now):
            versions.bump()
    return len(due)
