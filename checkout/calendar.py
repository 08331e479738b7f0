"""A calendar file of an order: one entry for each line, in the venue's zone, with the zone's rules inside."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar
from icalendar import Event as Entry

from checkout.models import Booking, Order
from checkout.showing import address_of
from shop import clock

USUAL_LENGTH = timedelta(hours=2, minutes=30)  # where nobody says when it ends


def calendar_file(order: Order) -> bytes:
    """iCalendar (RFC 5545) of everything that is booked. Reading it twice changes nothing: the ids are stable."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SHOP_NAME}//tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    done = (Booking.Status.BOOKED, Booking.Status.TICKETED)
    for booking in order.bookings.filter(status__in=done).prefetch_related("lines"):
        for line in booking.lines.all():
            starts_at = line.time_from or line.starts_at
            if starts_at is None:
                continue
            zone = ZoneInfo(line.timezone)
            ends_at = line.ends_at if line.ends_at and line.ends_at > starts_at else starts_at + USUAL_LENGTH
            entry = Entry()
            entry.add("uid", f"{order.number}-{booking.position}-{line.pk}@{settings.SHOP_NAME.lower()}")
            entry.add("dtstamp", clock.now())
            entry.add("dtstart", starts_at.astimezone(zone))
            entry.add("dtend", ends_at.astimezone(zone))
            entry.add("summary", line.event_name)
            entry.add("location", ", ".join(filter(None, (line.venue_name, line.venue_address))))
            entry.add("url", address_of(order))
            entry.add(
                "description",
                "\n".join(
                    filter(
                        None,
                        (
                            _("Order %(number)s") % {"number": order.number},
                            _("Reference of the box office: %(ref)s") % {"ref": booking.reference}
                            if booking.reference
                            else "",
                            line.seats_text,
                        ),
                    )
                ),
            )
            calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
