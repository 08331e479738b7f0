"""Until when guests must be known: our own rule, for no provider names a date. By the clock of the venue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets.guests import by_days
from checkout.models import Booking, Guest, GuestList, OrderLine
from shop import clock, words
from shop.providers import registry
from shop.providers.errors import Misconfigured

REMIND = (14, 7, 3, 1)  # days before the last date
REMIND_AT = time(10)  # by the venue's clock: no mail at night
KEEP_DAYS = 30  # after the event, where the account does not say
END_OF_DAY = time(23, 59)
UNFINISHED = (Guest.State.MISSING, Guest.State.REFUSED)


def keep_days(account: str) -> int:
    """How many days after the event everything about guests is deleted. The account's `GUESTS_KEEP_DAYS`."""
    try:
        return max(0, int(registry.config(account).option("guests_keep_days", str(KEEP_DAYS))))
    except (Misconfigured, ValueError):
        return KEEP_DAYS


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def needed_by(line: OrderLine | None, account: str) -> datetime | None:
    """The end of the last day, at the venue. Where that day is over when it is booked: tomorrow, or the beginning."""
    if line is None or line.starts_at is None:
        return None
    zone = _zone(line.timezone)
    day = line.starts_at.astimezone(zone).date() - timedelta(days=by_days(account))
    last = datetime.combine(day, END_OF_DAY, zone)
    now = clock.now()
    if last > now:
        return last
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), END_OF_DAY, zone)
    return min(tomorrow, line.starts_at)


def forgotten_at(booking: Booking, lines: Sequence[OrderLine]) -> datetime:
    """When nothing about the guests is kept any more."""
    ends = [line.ends_at or line.starts_at for line in lines if line.starts_at]
    last = max((end for end in ends if end), default=clock.now())
    return last + timedelta(days=keep_days(booking.account.name))


def zone_of(lines: Sequence[OrderLine]) -> str:
    return next((line.timezone for line in lines if not line.kind), settings.TIME_ZONE)


def next_reminder(row: GuestList, guests: Sequence[Guest], zone: str) -> tuple[datetime | None, int]:
    """When the buyer is reminded next and how many days that is before the last date (0: it is over)."""
    end = earliest(guests)
    if end is None or row.complete or not row.open:
        return None, 0
    now = clock.now()
    for days in REMIND:
        at = _remind_at(end, days, zone)
        if at > now:
            return at, days
    return (end, 0) if end > now else (None, 0)


def due_reminder(guests: Sequence[Guest], zone: str) -> int | None:
    """The reminder whose time has come last; None before the first, 0 once the last date is over."""
    end, now = earliest(guests), clock.now()
    if end is None:
        return None
    if end <= now:
        return 0
    return min((days for days in REMIND if _remind_at(end, days, zone) <= now), default=None)


def _remind_at(end: datetime, days: int, zone: str) -> datetime:
    there = _zone(zone)
    return datetime.combine(end.astimezone(there).date() - timedelta(days=days), REMIND_AT, there)


def earliest(guests: Sequence[Guest]) -> datetime | None:
    """The first last date of those who are not done."""
    return min((g.needed_by for g in guests if g.needed_by and g.state in UNFINISHED), default=None)


def in_days(end: datetime, zone: str) -> str:
    """ "in 6 days", by the days of the calendar at the venue."""
    days = (words.local(end, zone).date() - words.local(clock.now(), zone).date()).days
    if end <= clock.now():
        return _("over")
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def by_words(end: datetime, zone: str) -> str:
    """ "Sun 3 May (in 6 days)"."""
    return _("%(date)s (%(left)s)") % {"date": words.short_date(end, zone), "left": in_days(end, zone)}
