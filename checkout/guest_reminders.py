"""Reminding the buyer of guests that are missing, and forgetting them after the event. Each wait is a row's column."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from checkout import emails, guest_dates
from checkout.guest_models import FORGOTTEN
from checkout.guests import DONE
from checkout.models import Guest, GuestList, OrderLine
from checkout.states import call_staff
from shop import clock


def plan(booking_id: int, *, reminded: bool = False) -> None:
    """Set when the buyer is reminded next. What is due is not passed over: `remind` sees to it first."""
    row = GuestList.objects.select_related("booking").get(booking_id=booking_id)
    is_due = row.remind_at is not None and row.remind_at <= clock.now()
    if is_due and not reminded and row.open and not row.complete:
        return
    lines = list(row.booking.lines.all())
    at, _days = guest_dates.next_reminder(row, list(row.booking.guests.all()), guest_dates.zone_of(lines))
    GuestList.objects.filter(pk=row.pk).update(remind_at=at)


def remind(booking_id: int) -> None:
    """Queue the reminder whose time has come: each once, however often this is called."""
    row = GuestList.objects.select_related("booking__order").filter(booking_id=booking_id).first()
    if row is None or row.complete or not row.open or row.booking.status not in DONE:
        GuestList.objects.filter(booking_id=booking_id).update(remind_at=None)
        return
    guest_dates.follow(row)
    every = list(row.booking.guests.all())
    days = guest_dates.due_reminder(every, guest_dates.zone_of(list(row.booking.lines.all())))
    end = guest_dates.earliest(every)
    if end is not None and days == 0:
        GuestList.objects.filter(pk=row.pk).update(due_at=clock.now())
        call_staff(row.booking.order, "guests_missing", actor="sweep")
    elif end is not None and days is not None and row.booking.order.email:
        emails.queue(row.booking.order, f"guests-{booking_id}-{end:%y%m%d}-{days}")
    plan(booking_id, reminded=True)


def forget(now: datetime | None = None) -> int:
    """Delete what is known of guests, so many days after the event. Returns how many lists were emptied."""
    now = now or clock.now()
    _follow_dates()
    count = 0
    for row in GuestList.objects.filter(forget_at__lte=now).iterator(chunk_size=200):
        with transaction.atomic():
            Guest.objects.filter(booking_id=row.booking_id).update(typed="", masked="", complaints={})
            count += GuestList.objects.filter(pk=row.pk).update(
                forget_at=None, due_at=None, remind_at=None, open=False, problem=FORGOTTEN
            )
    return count


def _follow_dates() -> None:
    """Of all that were put off since they were bought: nobody may come by to notice it before a reminder goes out."""
    rows = GuestList.objects.filter(forget_at__isnull=False, booked_at__isnull=False)
    lines = OrderLine.objects.filter(booking=OuterRef("booking"), instance__isnull=False)
    dated = lines.filter(starts_at__isnull=False, time_from__isnull=True)
    moved = dated.exclude(instance__starts_at=F("starts_at"))
    for row in rows.filter(Exists(moved)).select_related("booking__account").iterator(chunk_size=200):
        if guest_dates.follow(row):
            plan(row.booking_id)
