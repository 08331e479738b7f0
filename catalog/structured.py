"""What machines read of a page: schema.org events as JSON-LD, after schema.org's "Event" and "Offer"."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from catalog import rows
from catalog.models import Event, Instance
from shop import words
from shop.money import Money

AVAILABLE = {
    "on_sale": "InStock",
    "moved": "InStock",
    "few": "LimitedAvailability",
    "sold_out": "SoldOut",
    "not_yet": "PreOrder",
}
STATUS = {
    Event.Status.SCHEDULED: "EventScheduled",
    Event.Status.CANCELLED: "EventCancelled",
    Event.Status.MOVED: "EventRescheduled",
}


def absolute(path: str) -> str:
    """An address of ours for somebody who is not on the page."""
    return path if path.startswith(("http://", "https://")) else settings.PUBLIC_ORIGIN + path


def event_block(instance: Instance, now: datetime) -> dict[str, Any]:
    """One performance. Times carry the offset of their own date; the price is what is paid."""
    event, venue = instance.event, instance.event.venue
    zone = venue.timezone
    state = rows.instance_state(instance, now)
    status = Event.Status.CANCELLED if event.status == Event.Status.CANCELLED else instance.status
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "addressLocality": venue.city,
        "postalCode": venue.postcode,
        "addressCountry": venue.country,
    }
    place = {
        "@type": "Place",
        "name": venue.name,
        "address": {name: value for name, value in address.items() if value},
    }
    if venue.latitude is not None and venue.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
    url = f"{absolute(event.get_absolute_url())}{instance.pk}/"
    block: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "startDate": _local(instance.starts_at, zone),
        "eventStatus": f"https://schema.org/{STATUS.get(Event.Status(status), 'EventScheduled')}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": place,
        "organizer": {"@type": "Organization", "name": venue.name, "url": absolute(venue.get_absolute_url())},
        "url": url,
    }
    if instance.doors_at is not None:
        block["doorTime"] = _local(instance.doors_at, zone)
    if ends := ends_at(instance):
        block["endDate"] = _local(ends, zone)
    picture = rows.picture(event)
    if picture.src:
        block["image"] = [absolute(picture.shared)]
    if text := " ".join(strip_tags(event.own_text or event.description).split())[:500]:
        block["description"] = text
    if instance.price_from_minor is not None and state.code in AVAILABLE:
        offer = {
            "@type": "Offer",
            "price": str(Money(instance.price_from_minor, instance.currency).as_decimal()),
            "priceCurrency": instance.currency,
            "availability": f"https://schema.org/{AVAILABLE[state.code]}",
            "url": url,
        }
        if instance.sale_starts_at is not None:
            offer["validFrom"] = _local(instance.sale_starts_at, zone)
        block["offers"] = offer
    return block


def ends_at(instance: Instance) -> datetime | None:
    """When it is over: the provider's word, else its start and the running time."""
    if instance.ends_at is not None:
        return instance.ends_at
    minutes = running_minutes(instance.event.running_time)
    return instance.starts_at + timedelta(minutes=minutes) if minutes else None


def running_minutes(text: str) -> int | None:
    """Minutes in free text such as "2hr 30min (inc. interval)" or "90 minutes".

    The form is not documented; this is our reading of what is commonly sent. None where there is nothing to read.
    """
    found = re.search(r"(\d{1,2})\s*(?:h|hr|hrs|hour|hours)\b\.?(?:\s*(?:and\s*)?(\d{1,2})\s*m)?", text, re.I)
    if found:
        minutes = int(found[1]) * 60 + int(found[2] or 0)
    elif found := re.search(r"(\d{2,3})\s*(?:m|min|mins|minutes)\b", text, re.I):
        minutes = int(found[1])
    else:
        return None
    return minutes if 10 <= minutes <= 24 * 60 else None


def _local(moment: datetime, zone: str) -> str:
    return words.local(moment, zone).isoformat(timespec="seconds")


def script(blocks: list[dict[str, Any]]) -> SafeString:
    """The data blocks as the body of a script element: nothing in them can end the element."""
    found: object = blocks[0] if len(blocks) == 1 else blocks
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(character, escaped)
    return mark_safe(text)  # noqa: S308 - every character that HTML knows is escaped above
