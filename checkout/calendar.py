"""A calendar file of an order: one entry for each time to be somewhere, in the venue's zone, with its rules inside."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar
from icalendar import Event as Entry

from checkout.models import Booking, Order, OrderLine
from checkout.showing import address_of
from shop import clock
from shop.words import kind_words, seat_words

USUAL_LENGTH = timedelta(hours=2, minutes=30)  # where nobody says when it ends


def calendar_file(order: Order) -> bytes:
    """iCalendar (RFC 5545) of everything that is booked. Reading it twice changes nothing: the ids are stable."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SHOP_NAME}//tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for together in _times(order):
        calendar.add_component(_entry(order, together))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _times(order: Order) -> list[list[OrderLine]]:
    """Lines of the same event at the same hour are one time to be there, whoever sold them."""
    done = (Booking.Status.BOOKED, Booking.Status.TICKETED)
    found: dict[tuple[object, ...], list[OrderLine]] = {}
    for booking in order.bookings.filter(status__in=done).prefetch_related("lines"):
        for line in booking.lines.all():
            line.booking = booking
            if begin := line.time_from or line.starts_at:
                found.setdefault((line.event_name, line.venue_name, begin), []).append(line)
    return list(found.values())


def _entry(order: Order, lines: list[OrderLine]) -> Entry:
    line = lines[0]
    begin = line.time_from or line.starts_at
    assert begin is not None
    zone = ZoneInfo(line.timezone)
    ends = [one.ends_at for one in lines if one.ends_at and one.ends_at > begin]
    references = dict.fromkeys(one.booking.reference for one in lines if one.booking.reference)
    said = [
        _("Order %(number)s") % {"number": order.number},
        *(_("Reference of the box office: %(ref)s") % {"ref": ref} for ref in references),
        *dict.fromkeys(one.seats_text for one in lines if one.seats_text),
        *dict.fromkeys(kind_words(one.tickets) for one in lines if not seat_words(one.tickets)),
    ]
    entry = Entry()
    entry.add("uid", f"{order.number}-{line.booking.position}-{line.pk}@{settings.SHOP_NAME.lower()}")
    entry.add("dtstamp", clock.now())
    entry.add("dtstart", begin.astimezone(zone))
    entry.add("dtend", (max(ends) if ends else begin + USUAL_LENGTH).astimezone(zone))
    entry.add("summary", line.event_name)
    entry.add("location", ", ".join(filter(None, (line.venue_name, line.venue_address))))
    entry.add("url", address_of(order))
    entry.add("description", "\n".join(said))
    return entry
