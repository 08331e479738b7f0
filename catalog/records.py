"""Records as providers send them: are they possible, what is their hash, and what do we store of them.

A record that cannot be true is left out with a reason; everything else goes in, cleaned: HTML is sanitised,
text is free of control characters and as long as its column allows.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import nh3
from django.utils.html import strip_tags

from catalog.models import Event, Instance, Venue
from shop.money import Money
from shop.providers.types import BadRecord, EventInfo, InstanceInfo, Status, VenueInfo

# Raised whenever the same record is to be stored differently, so that every row is written once more.
CLEANING = "1"
LONGEST_AHEAD = timedelta(days=365 * 6)
TAGS = {"p", "br", "em", "strong", "b", "i", "ul", "ol", "li", "h3", "h4", "blockquote", "a", "sub", "sup"}
ATTRIBUTES = {"a": {"href"}}
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


# --- possible? ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def wrong_with_event(info: EventInfo) -> str:
    """Why this event cannot be stored; "" where it can."""
    if not info.ref or len(info.ref) > 100:
        return "no usable id"
    if not plain(info.name):
        return "no name"
    if not info.venue.ref or len(info.venue.ref) > 100 or not plain(info.venue.name):
        return "no venue"
    if info.venue.timezone not in _zones():
        return f"unknown time zone {info.venue.timezone[:40]!r}"
    return _wrong_with_prices(info.price_from, info.price_to)


def wrong_with_instance(info: InstanceInfo, *, now: datetime) -> str:
    """Why this date cannot be stored; "" where it can."""
    if not info.ref or len(info.ref) > 100:
        return "no usable id"
    starts, ends = info.starts_at, info.ends_at
    if not isinstance(starts, datetime) or starts.utcoffset() is None:
        return "starts_at is not a time with a zone"
    for name, moment in (
        ("ends_at", ends),
        ("doors_at", info.doors_at),
        ("sale_starts_at", info.sale_starts_at),
        ("sale_ends_at", info.sale_ends_at),
    ):
        if moment is not None and (not isinstance(moment, datetime) or moment.utcoffset() is None):
            return f"{name} is not a time with a zone"
    if starts > now + LONGEST_AHEAD:
        return f"starts_at is impossible: {starts.date()}"
    if ends is not None and ends < starts:
        return "it ends before it starts"
    if (info.seats_left or 0) < 0 or (info.seats_total or 0) < 0 or (info.longest_run or 0) < 0:
        return "a number of seats below zero"
    return _wrong_with_prices(info.price_from, info.price_to)


def _wrong_with_prices(lowest: Money | None, highest: Money | None) -> str:
    if (lowest is not None and lowest.minor < 0) or (highest is not None and highest.minor < 0):
        return "a price below zero"
    if lowest is not None and highest is not None and lowest.currency != highest.currency:
        return "prices in two currencies"
    return ""


def bad(what: str, ref: str, reason: str) -> BadRecord:
    return BadRecord(what=what, ref=ref[:100], reason=reason[:300])


# --- the same as before? ------------------------------------------------------------------------------------


def _digest(parts: Iterable[object]) -> str:
    return blake2b("\x1f".join(map(str, parts)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _price(price: Money | None) -> tuple[object, object]:
    return (None, None) if price is None else (price.minor, price.currency)


def venue_hash(info: VenueInfo) -> str:
    return _digest(
        (CLEANING, info.name, info.address, info.city, info.postcode, info.country, info.telephone,
         info.timezone, info.getting_there, info.latitude, info.longitude)
    )  # fmt: skip


def event_hash(info: EventInfo) -> str:
    """Over what the provider says of the event itself; its dates have hashes of their own."""
    return _digest(
        (CLEANING, info.name, info.kind, info.venue.ref, info.description_html, info.tagline, info.running_time,
         info.age_note, info.notice, info.access_note, info.offer_text, info.terms_html, info.image_url,
         info.seller, info.status, info.listed, *_price(info.price_from), *_price(info.price_to), *_fields(info))
    )  # fmt: skip


def _fields(info: EventInfo | InstanceInfo) -> list[object]:
    """The venue's own fields that say something, and marks known without fields."""
    return [*([*pair] for pair in info.attributes if pair[1]), *info.marks]


def instance_hash(info: InstanceInfo, zone: str) -> str:
    """Called for every date of every refresh: the seconds that are not said are not asked for."""
    said = (
        f"{CLEANING}|{zone}|{info.starts_at.timestamp():.0f}|{info.status}|{info.bookable}|{info.seats_left}|"
        f"{info.seats_total}|{info.longest_run}|{info.name}|"
    )
    if info.price_from is not None:
        said += f"f{info.price_from.minor}{info.price_from.currency}|"
    if info.price_to is not None:
        said += f"t{info.price_to.minor}{info.price_to.currency}|"
    if info.ends_at is not None:
        said += f"e{info.ends_at.timestamp():.0f}|"
    if info.doors_at is not None:
        said += f"d{info.doors_at.timestamp():.0f}|"
    if info.sale_starts_at is not None:
        said += f"b{info.sale_starts_at.timestamp():.0f}|"
    if info.sale_ends_at is not None:
        said += f"c{info.sale_ends_at.timestamp():.0f}"
    if info.attributes or info.marks:
        said += f"a{_fields(info)}"
    return blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


# --- what we store ------------------------------------------------------------------------------------------


def clean_html(text: str) -> str:
    """Simple HTML: paragraphs, lists, emphasis, links. No scripts, styles, pictures, frames or ids."""
    found = nh3.clean(
        text.translate(_CONTROLS),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow",
    )
    return found.strip()


def plain(text: str) -> str:
    """One line of text without tags or control characters."""
    text = text.translate(_CONTROLS)
    if "<" in text:
        text = strip_tags(text)
    return " ".join(text.split())


def lines(text: str) -> str:
    """Plain text that may have line breaks."""
    text = text.translate(_CONTROLS)
    if "<" in text:
        text = strip_tags(text.replace("<br", "\n<br").replace("</p>", "</p>\n\n"))
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _clip(model: type[Venue | Event | Instance], values: dict[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if longest and isinstance(value, str) and len(value) > longest:
            values[name] = value[: longest - 1].rstrip() + "…"
    return values


def venue_values(info: VenueInfo) -> dict[str, Any]:
    return _clip(
        Venue,
        {
            "name": plain(info.name),
            "address": plain(info.address),
            "city": plain(info.city),
            "postcode": plain(info.postcode)[:20],
            "country": plain(info.country)[:2].upper(),
            "telephone": plain(info.telephone),
            "timezone": info.timezone,
            "getting_there": lines(info.getting_there),
            "latitude": info.latitude,
            "longitude": info.longitude,
            "content_hash": venue_hash(info),
        },
    )


def event_values(info: EventInfo, *, currency: str) -> dict[str, Any]:
    """`currency` is the account's, for an event that names no price."""
    price, upto = info.price_from, info.price_to
    image = info.image_url.strip()
    return _clip(
        Event,
        {
            "name": plain(info.name),
            "kind": (plain(info.kind).lower() or "event")[:30],
            "description": clean_html(info.description_html),
            "tagline": plain(info.tagline),
            "running_time": plain(info.running_time),
            "age_note": plain(info.age_note),
            "notice": lines(info.notice),
            "access_note": lines(info.access_note),
            "offer_text": lines(info.offer_text),
            "terms": clean_html(info.terms_html),
            "seller": plain(info.seller),
            "status": Status(info.status).value,
            "listed": bool(info.listed),
            "image_url": image if len(image) <= 500 else "",
            "currency": (price or upto or Money.zero(currency)).currency,
            "price_from_minor": price.minor if price is not None else None,
            "price_to_minor": upto.minor if upto is not None else None,
            "content_hash": event_hash(info),
        },
    )


def instance_values(info: InstanceInfo, *, zone: str, currency: str) -> dict[str, Any]:
    price, upto = info.price_from, info.price_to
    return _clip(
        Instance,
        {
            "name": plain(info.name),
            "starts_at": info.starts_at.astimezone(UTC),
            "local_date": info.starts_at.astimezone(zoneinfo.ZoneInfo(zone)).date(),
            "ends_at": info.ends_at,
            "doors_at": info.doors_at,
            "status": Status(info.status).value,
            "bookable": bool(info.bookable),
            "sale_starts_at": info.sale_starts_at,
            "sale_ends_at": info.sale_ends_at,
            "currency": (price or upto or Money.zero(currency)).currency,
            "price_from_minor": price.minor if price is not None else None,
            "price_to_minor": upto.minor if upto is not None else None,
            "seats_left": info.seats_left,
            "seats_total": info.seats_total,
            "longest_run": min(info.longest_run, 32767) if info.longest_run is not None else None,
            "content_hash": instance_hash(info, zone),
        },
    )
