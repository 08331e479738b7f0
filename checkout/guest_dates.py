"""Until when guests must be known: our own rule, for no provider names a date. By the clock of the venue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets.guests import last_day
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


def starts(line: OrderLine) -> datetime | None:
    """When a date begins as it stands in the catalogue now: the line keeps the day that was bought, and it may have been
    put off since. An entry at a time of its own is no date of the catalogue, which has the first of all entries."""
    if line.instance is None or line.starts_at is None or line.time_from is not None:
        return line.starts_at
    return line.instance.starts_at


def _over(line: OrderLine) -> datetime | None:
    begin = starts(line)
    if begin is None or begin == line.starts_at:
        return line.ends_at or begin
    assert line.instance is not None
    return line.instance.ends_at or begin


def needed_by(line: OrderLine | None, account: str, booked_at: datetime | None = None) -> datetime | None:
    """The end of the last day, at the venue. Where that day was over when it was booked: the day after, or the beginning."""
    begin = starts(line) if line else None
    if line is None or begin is None:
        return None
    zone = _zone(line.timezone)
    last = datetime.combine(last_day(account, begin.astimezone(zone)), END_OF_DAY, zone)
    booked_at = booked_at or clock.now()
    if last > booked_at:
        return last
    tomorrow = datetime.combine(booked_at.astimezone(zone).date() + timedelta(days=1), END_OF_DAY, zone)
    return min(tomorrow, begin)


def forgotten_at(booking: Booking, lines: Sequence[OrderLine]) -> datetime:
    """When nothing about the guests is kept any more."""
    last = max((end for end in map(_over, lines) if end), default=clock.now())
    return last + timedelta(days=keep_days(booking.account.name))


def line_of(guest: Guest, lines: Sequence[OrderLine]) -> OrderLine | None:
    """The date that a guest comes to, else the first one."""
    own = next((line for line in lines if line.item_ref == guest.item_ref), None)
    return own or min((one for one in lines if one.starts_at), key=lambda one: one.starts_at, default=None)  # type: ignore[arg-type,return-value]


def follow(row: GuestList) -> bool:
    """A date that was put off takes the last days and the day of forgetting with it; whether anything was. One that was
    brought forward leaves at least until tomorrow."""
    if row.booked_at is None or row.forget_at is None:
        return False
    booking, now = row.booking, clock.now()
    lines = list(booking.lines.select_related("instance"))
    changed = False
    for guest in booking.guests.filter(needed_by__isnull=False):
        line = line_of(guest, lines)
        end = needed_by(line, booking.account.name, row.booked_at)
        begin = starts(line) if line else None
        if end is None or begin is None or end == guest.needed_by:
            continue
        if end <= now:
            if guest.needed_by and guest.needed_by <= begin:
                continue
            end = needed_by(line, booking.account.name) or end
        changed |= bool(Guest.objects.filter(pk=guest.pk).exclude(needed_by=end).update(needed_by=end))
    forget_at = forgotten_at(booking, lines)
    if forget_at != row.forget_at:
        GuestList.objects.filter(pk=row.pk).update(forget_at=forget_at)
        row.forget_at = forget_at
        changed = True
    return changed


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
