"""What is still to be done for the guests of an order, in words: for its page, its mails and the guests' own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets import guest_words
from baskets.guests import desk
from checkout import guest_dates
from checkout.guest_rows import lacking
from checkout.models import Booking, Guest, GuestList

S = Guest.State
STATES = {
    S.SAVED: lambda: _("Saved"),
    S.SENT: lambda: _("Sent to the organiser"),
    S.ACCEPTED: lambda: _("Accepted by the organiser"),
    S.REFUSED: lambda: _("Not accepted: please correct what is marked"),
}


@dataclass(frozen=True)
class Task:
    """The guests of one part. `todo`: the buyer, or a guest, has something to do."""

    row: GuestList
    guests: list[Guest]
    zone: str

    @property
    def booking(self) -> Booking:
        return self.row.booking

    @property
    def unfinished(self) -> list[Guest]:
        return [guest for guest in self.guests if guest.state in guest_dates.UNFINISHED]

    @property
    def done(self) -> int:
        return len(self.guests) - len(self.unfinished)

    @property
    def todo(self) -> bool:
        return bool(self.unfinished) and self.row.open and not self.row.complete

    @property
    def end(self) -> datetime | None:
        if not self.todo:
            return None
        return guest_dates.earliest(self.guests) or self._first_date()

    def _first_date(self) -> datetime | None:
        """Before the provider has been asked after the booking."""
        lines = sorted((one for one in self.booking.lines.all() if one.starts_at), key=lambda one: one.pk)
        return guest_dates.needed_by(lines[0] if lines else None, self.booking.account.name)

    @property
    def by(self) -> str:
        """ "Sun 3 May (in 6 days)"."""
        return guest_dates.by_words(self.end, self.zone) if self.end else ""

    @property
    def sentence(self) -> str:
        """ "2 of 3 guests still need a date of birth, by Sun 3 May (in 6 days)."."""
        if self.row.forgotten:
            return _("The details of the guests have been deleted.")
        if self.row.complete or not self.guests:
            return _("The organiser has everything about your guests.")
        if not self.row.open:
            return _("The details of the guests cannot be changed any more.")
        refused = [guest for guest in self.guests if guest.state == S.REFUSED]
        if refused:
            return ngettext(
                "The organiser did not accept the details of %(n)s guest. Please correct them.",
                "The organiser did not accept the details of %(n)s guests. Please correct them.",
                len(refused),
            ) % {"n": len(refused)}
        if self.unfinished:
            return self._still()
        return _("All guests are filled in. The details are on their way to the organiser.")

    def _still(self) -> str:
        what = {name for guest in self.unfinished for name in lacking(guest)}
        facts = {
            "n": len(self.unfinished),
            "all": len(self.guests),
            "what": guest_words.needed(what),
            "by": self.by,
        }
        if not self.by:
            return (
                ngettext(
                    "%(n)s of %(all)s guests still needs %(what)s.",
                    "%(n)s of %(all)s guests still need %(what)s.",
                    len(self.unfinished),
                )
                % facts
            )
        return (
            ngettext(
                "%(n)s of %(all)s guests still needs %(what)s, by %(by)s.",
                "%(n)s of %(all)s guests still need %(what)s, by %(by)s.",
                len(self.unfinished),
            )
            % facts
        )


def state_words(guest: Guest) -> str:
    """How far one guest is."""
    if guest.state == S.MISSING:
        return _("Still needed: %(what)s") % {"what": guest_words.listed(lacking(guest))}
    return STATES[S(guest.state)]()


def of(bookings: Iterable[Booking]) -> dict[int, Task]:
    """Booking id -> what its guests still need. Parts that never asked for guests are not in it."""
    asking = [booking.pk for booking in bookings if desk(booking.account.name)]
    if not asking:
        return {}
    rows = (
        GuestList.objects.filter(booking__in=asking)
        .select_related("booking__order", "booking__account")
        .prefetch_related("booking__guests", "booking__lines")
    )
    found = {}
    for row in rows:
        every = list(row.booking.guests.all())
        if every:
            found[row.booking_id] = Task(row, every, guest_dates.zone_of(list(row.booking.lines.all())))
    return found
