"""A calendar that other calendars read: iCalendar after RFC 5545.

Every date keeps its UID for ever, a cancelled one stays and says so, and times are in UTC, which any reader turns
into its own. Nothing here changes while the catalogue does not, so that a reader that asks again hears 304.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from catalog import structured
from catalog import words as kinds
from catalog.models import Event, Instance

MOST = 1000  # dates of one file, the next ones
TYPE = "text/calendar; charset=utf-8"
_LONGEST = 75  # bytes of a line; what is longer goes on in the next


def feed(name: str, dates: Iterable[Instance]) -> bytes:
    """The file. Reads each date's event and venue: select them with it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Foyer//Calendar//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for row in dates:
        lines += _date(row)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line)).encode()


def _date(row: Instance) -> Iterator[str]:
    event, venue = row.event, row.event.venue
    cancelled = Event.Status.CANCELLED in (row.status, event.status)
    title = _("Cancelled: %(title)s") % {"title": event.title} if cancelled else event.title
    place = ", ".join(part for part in (venue.name, venue.address, venue.city, venue.postcode) if part)
    marks = kinds.marks(kinds.marks_text([*row.access_text.split(), *event.access_marks, *event.given_marks]))
    ends_at = structured.ends_at(row)
    yield "BEGIN:VEVENT"
    yield f"UID:date-{row.pk}@{urlsplit(settings.PUBLIC_ORIGIN).hostname}"
    yield f"DTSTAMP:{moment(event.changed_at or row.fetched_at or row.starts_at)}"
    yield f"DTSTART:{moment(row.starts_at)}"
    if ends_at is not None and ends_at > row.starts_at:
        yield f"DTEND:{moment(ends_at)}"
    yield f"SUMMARY:{escaped(title)}"
    yield f"LOCATION:{escaped(place)}"
    if marks:
        yield f"DESCRIPTION:{escaped(', '.join(marks))}"
    yield f"CATEGORIES:{escaped(kinds.kind(event.kind))}"
    yield f"URL:{structured.absolute(event.get_absolute_url())}{row.pk}/"
    yield f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def moment(at: datetime) -> str:
    """ "20270317T193000Z"."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text as a value: what has a meaning there, and the ends of lines, are written out; section 3.3.11."""
    plain = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c == "\n")
    for given, said in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(given, said)
    return plain


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 bytes, never within a letter; section 3.1."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LONGEST:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece
