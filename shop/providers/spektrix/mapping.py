"""Their catalogue in our types. Pure: no calls, no clock of its own. What cannot be read raises `Malformed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shop.money import Money
from shop.providers.spektrix import inferred, reading
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.types import EventInfo, InstanceInfo, Status, VenueInfo


def venue(raw: Json, *, timezone: str) -> VenueInfo:
    """`GET venues`: the address is one line of free text."""
    name = reading.text(raw, "name", 200)
    if not name:
        raise Malformed("the venue has no name")
    street, town, postcode = inferred.address_parts(name, reading.text(raw, "address"))
    return VenueInfo(
        ref=reading.ref(raw, "id"), name=name, address=street, city=town, postcode=postcode, timezone=timezone
    )


def venues(raw: Sequence[object], *, timezone: str) -> dict[str, VenueInfo]:
    """By id; those without a name are passed over."""
    found = {}
    for one in reading.records(list(raw)):
        try:
            read = venue(one, timezone=timezone)
        except Malformed:
            continue
        found[read.ref] = read
    return found


def starts_at(raw: Json, options: Options) -> datetime:
    found = reading.local_or_utc(raw, "start", options.zone)
    if found is None:
        raise Malformed("start is missing")
    return found


def sale_window(raw: Json, options: Options) -> tuple[datetime | None, datetime | None]:
    """When the web sale begins and ends; None: the venue has set no such time."""
    return (
        reading.local_or_utc(raw, "startSellingAtWeb", options.zone),
        reading.local_or_utc(raw, "stopSellingAtWeb", options.zone),
    )


def closed(raw: Json, options: Options, now: datetime) -> str:
    """Why an instance cannot be bought online now: "" (it can, as far as it says), not_yet, ended or cancelled.

    Sellable is on sale, not cancelled, and within the selling times. `isOnSale` alone says nothing of seats.
    """
    if reading.yes(raw, "cancelled"):
        return "cancelled"
    begins, ends = sale_window(raw, options)
    if begins is not None and now < begins:
        return "not_yet"
    if ends is not None and now > ends:
        return "ended"
    if not reading.yes(raw, "isOnSale"):
        return "ended"
    return ""


def instance(
    raw: Json,
    options: Options,
    *,
    now: datetime,
    prices: tuple[Money | None, Money | None] = (None, None),
    minutes: int = 0,
) -> InstanceInfo:
    """One date. `minutes`: how long the event takes, 0 where that is not known."""
    start = starts_at(raw, options)
    begins, ends = sale_window(raw, options)
    attributes = reading.attributes(raw)
    cancelled = reading.yes(raw, "cancelled")
    return InstanceInfo(
        ref=reading.ref(raw, "id"),
        event_ref=reading.linked(raw, "event"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes) if minutes else None,
        status=Status.CANCELLED if cancelled else Status.SCHEDULED,
        # one that is not on sale yet, with a time from which it is, will be
        bookable=not cancelled and (reading.yes(raw, "isOnSale") or (begins is not None and now < begins)),
        sale_starts_at=begins,
        sale_ends_at=ends,
        price_from=prices[0],
        price_to=prices[1],
        marks=inferred.marks_of(attributes),
        attributes=tuple(sorted(reading.every_attribute(raw).items())),
    )


def event(
    raw: Json,
    options: Options,
    *,
    venue: VenueInfo,
    seller: str,
    instances: Sequence[InstanceInfo] | None,
) -> EventInfo:
    """One event. `instances` None: they are asked for one by one."""
    name = reading.text(raw, "name", 250)
    if not name:
        raise Malformed("the event has no name")
    attributes = reading.attributes(raw)
    dates = sorted(instances or (), key=lambda one: one.starts_at)
    low = [one.price_from for one in dates if one.price_from is not None]
    high = [one.price_to for one in dates if one.price_to is not None]
    # the plain `description` is often a note of the staff ("Rental Event") and is never shown
    markup = reading.markup(raw, "htmlDescription")
    return EventInfo(
        ref=reading.ref(raw, "id"),
        name=name,
        kind=inferred.kind_of(attributes),
        venue=venue,
        description_html="" if inferred.is_markup_empty(markup) else markup,
        running_time=inferred.running_time(reading.count(raw, "duration")),
        age_note=inferred.age_note(attributes),
        image_url=_image(raw),
        seller=seller,
        status=Status.CANCELLED
        if dates and all(one.status is Status.CANCELLED for one in dates)
        else Status.SCHEDULED,
        price_from=min(low, default=None),
        price_to=max(high, default=None),
        starts_at=dates[0].starts_at
        if dates
        else reading.local_or_utc(raw, "firstInstanceDateTime", options.zone),
        ends_at=dates[-1].starts_at
        if dates
        else reading.local_or_utc(raw, "lastInstanceDateTime", options.zone),
        marks=inferred.marks_of(attributes),
        attributes=tuple(sorted(reading.every_attribute(raw).items())),
        instances=None if instances is None else tuple(dates),
    )


def _image(raw: Json) -> str:
    for name in ("imageUrl", "thumbnailUrl"):
        url = raw.get(name)
        if isinstance(url, str) and url.strip().lower().startswith(("https://", "http://")):
            return url.strip()
    return ""


def by_event(raw: Sequence[object]) -> dict[str, list[Json]]:
    """Instances by the id of their event; of one listed twice the later is kept."""
    found: dict[str, dict[str, Json]] = {}
    for one in reading.records(list(raw)):
        ref = reading.optional_ref(one, "id")
        found.setdefault(reading.linked(one, "event"), {})[ref or f"nameless {id(one)}"] = one
    return {event: list(each.values()) for event, each in found.items()}


def one_venue(known: Mapping[str, VenueInfo], ref: str, options: Options, title: str) -> VenueInfo:
    """The venue of a plan; where that is not said, the account's only one, else one with the account's own name."""
    if ref in known:
        return known[ref]
    if len(known) == 1:
        return next(iter(known.values()))
    return VenueInfo(ref=f"account-{options.client}", name=title, timezone=options.zone.key)
