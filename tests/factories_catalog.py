"""Rows of the catalogue, records as a provider sends them, and a provider that lists what a test says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog import summaries, words
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.money import Money
from shop.providers.errors import ProviderError
from shop.providers.types import (
    Availability,
    BadRecord,
    Capabilities,
    Discount,
    EventInfo,
    InstanceInfo,
    Offer,
    SignOfLife,
    VenueInfo,
    Window,
)  # fmt: skip

_number = itertools.count(1)


# --- rows ---------------------------------------------------------------------------------------------------


def account(name: str = "west-end", **values: Any) -> ProviderAccount:
    said = {
        "kind": "londontheatredirect",
        "title": name.title(),
        "last_good_refresh_at": clock.now(),
        **values,
    }
    return ProviderAccount.objects.get_or_create(name=name, defaults=said)[0]


def venue(name: str = "Aldgate Playhouse", **values: Any) -> Venue:
    n = next(_number)
    said = {
        "account": values.pop("account", None) or account(), "provider_ref": f"v{n}", "slug": f"venue-{n}",
        "city": "London", "address": "1 Sample Row", "postcode": "E1 0AA", "country": "GB",
        "telephone": "020 7946 0000", "timezone": "Europe/London", **values,
    }  # fmt: skip
    return Venue.objects.create(name=name, **said)


def event(name: str = "The Paper Lantern", **values: Any) -> Event:
    n = next(_number)
    where = values.pop("venue", None) or venue(account=values.get("account"))
    said = {
        "account": where.account, "venue": where, "provider_ref": f"e{n}", "slug": f"event-{n}", "kind": "musical",
        "description": "<p>A new musical about a lamplighter.</p>", "changed_at": clock.now(), **values,
    }  # fmt: skip
    said.setdefault("access_text", words.marks_text(said.get("access_marks")))
    row = Event(name=name, **said)
    for field, value in summaries.of_dates(row, [], clock.now()).items():
        setattr(row, field, value)
    row.save()
    return row


def instance(of: Event | None = None, **values: Any) -> Instance:
    """A date; what its event says of its dates follows."""
    of = of or event()
    row = _date(of, **values)
    summaries.keep([of.pk])
    of.refresh_from_db()
    return row


def _date(of: Event, **values: Any) -> Instance:
    starts = values.pop("starts_at", None) or clock.now() + timedelta(days=7)
    zone = words.house.local(starts, of.venue.timezone)
    said = {
        "provider_ref": f"i{next(_number)}", "starts_at": starts, "local_date": zone.date(), "price_from_minor": 2450,
        "price_to_minor": 9000, "seats_left": 120, "fetched_at": clock.now(), **values,
    }  # fmt: skip
    said.setdefault("access_text", words.marks_text(said.get("access_marks")))
    return Instance.objects.create(event=of, **said)


def on_sale(
    name: str = "The Paper Lantern", *, dates: int = 1, starts_at: datetime | None = None, **values: Any
) -> Event:
    """An event with so many dates, a day apart, the first in a week."""
    row = event(name, **values)
    first = starts_at or clock.now() + timedelta(days=7)
    for day in range(dates):
        _date(row, starts_at=first + timedelta(days=day))
    if dates:
        summaries.keep([row.pk])
        row.refresh_from_db()
    return row


# --- records ------------------------------------------------------------------------------------------------

HOUSE = VenueInfo(
    ref="71", name="Aldgate Playhouse", address="1 Sample Row", city="London", postcode="E1 0AA", country="GB"
)


def event_info(ref: str = "5101", **values: Any) -> EventInfo:
    said: dict[str, Any] = {"name": "The Paper Lantern", "kind": "musical", "venue": HOUSE, **values}
    return EventInfo(ref=ref, **said)


def instance_info(ref: str = "880014", **values: Any) -> InstanceInfo:
    said: dict[str, Any] = {
        "event_ref": "5101", "starts_at": (clock.now() + timedelta(days=7)).replace(microsecond=0),
        "seats_left": 131, "price_from": Money(2450, "GBP"), **values,
    }  # fmt: skip
    return InstanceInfo(ref=ref, **said)


class Season:
    """What a pretend account lists, and what goes wrong there; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.events: list[EventInfo | BadRecord] = []
        self.dates: dict[str, list[InstanceInfo | BadRecord]] = {}
        self.down: ProviderError | None = None
        self.breaks_after: int | None = None  # so many events, then `down`
        self.down_for: dict[str, ProviderError] = {}  # event -> what asking for its dates raises
        self.offers: dict[str, Availability] = {}
        self.asked: list[tuple[str, str]] = []
        self.capabilities = Capabilities(hold_minutes=10)

    def add(self, info: EventInfo, *dates: InstanceInfo | BadRecord) -> None:
        self.events.append(info)
        self.dates[info.ref] = [
            replace(date, event_ref=info.ref) if isinstance(date, InstanceInfo) else date for date in dates
        ]


class Provider:
    """The border's three doors, of which only the catalogue's is open."""

    season = Season()

    def __init__(self, config: Any, *, polite: bool = False) -> None:
        self.config = config
        self.polite = polite
        self.capabilities = self.season.capabilities
        self.catalog = self
        self.windows: list[Window] = []

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        season = self.season
        season.asked.append(("events", f"{window.since}/{window.until}"))
        if season.down and season.breaks_after is None:
            raise season.down
        for number, record in enumerate(season.events):
            if season.breaks_after is not None and number >= season.breaks_after:
                raise season.down or AssertionError
            yield record

    def event(self, event_ref: str) -> EventInfo | None:
        season = self.season
        season.asked.append(("event", event_ref))
        if season.down:
            raise season.down
        return next((e for e in season.events if isinstance(e, EventInfo) and e.ref == event_ref), None)

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        self.season.asked.append(("instances", event_ref))
        if event_ref in self.season.down_for:
            raise self.season.down_for[event_ref]
        yield from self.season.dates.get(event_ref, [])

    def availability(self, instance_ref: str) -> Availability:
        season = self.season
        season.asked.append(("availability", instance_ref))
        if season.down:
            raise season.down
        found = season.offers.get(instance_ref) or Availability(
            instance_ref,
            clock.now(),
            offers=(Offer("a", Money(2450, "GBP"), area="Stalls", fee=Money(245, "GBP")),),
        )
        return replace(found, checked_at=clock.now())

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        return Discount("d1", "Friends", percent=1000) if code == "FRIENDS" else None

    def sign_of_life(self) -> SignOfLife:
        return SignOfLife(
            ok=self.season.down is None, problem=self.season.down.code if self.season.down else ""
        )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
