"""Guests after the booking: saved at any time, given to the provider once all are there, and certainly only once.

Everything that waits is a row (`GuestList.due_at`). What is about to be given is written down before (`lost`), so that
a killed process or a lost answer leads to a look at the provider's sheet and never to a blind second try.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from baskets import guest_forms
from baskets.guest_forms import GuestForm
from baskets.guests import desk
from checkout import emails, guest_dates, guest_reminders, guests
from checkout.guest_rows import is_older, lacking, masked_of, typed_of
from checkout.guests import DONE
from checkout.models import Booking, Guest, GuestList, OrderLine
from checkout.states import call_staff, note
from shop import claims, clock
from shop.calls import recording
from shop.providers.base import GuestDesk
from shop.providers.errors import OutcomeUnknown, ProviderError, Refused
from shop.providers.guests import DELICATE, GuestPlace, GuestsClosed, GuestSheet, GuestsRejected

log = logging.getLogger(__name__)
S = Guest.State
PAUSES = (1, 2, 5, 15, 30, 60, 120)  # minutes until the next try
LOST_AFTER = timedelta(seconds=20)  # then the provider is asked what came of it
AWAITED = timedelta(minutes=30)  # sent, and the provider does not show it yet
STAFF_AFTER = 6  # refusals of a kind that no guest can change
CLAIM_SECONDS = 120


# --- what people type -----------------------------------------------------------------------------------------


def save(guest: Guest, form: GuestForm, marked: str = "") -> bool:
    """Keep what was sent of one guest, right or wrong; True where something changed.

    An answer that is not shown any more (`form.known`) and was left empty stays as it is; so does one that somebody
    else has changed since the page was shown (`marked`, see `guest_rows.marks`) and that was sent as it was shown.
    """
    for _attempt in range(4):
        before, sent = typed_of(guest), form.typed
        after = dict(before)
        for name in form.fields:
            own = guest_forms.inputs(name)
            if name in form.known and not any(sent.get(each) for each in own):
                continue
            if marked and is_older(guest, name, before, sent, marked):
                continue
            for each in own:
                after.pop(each, None)
                if sent.get(each):
                    after[each] = sent[each]
        if after == before:
            return False
        changed = {
            name
            for name in form.fields
            if any(after.get(e) != before.get(e) for e in guest_forms.inputs(name))
        }
        complaints = {name: code for name, code in guest.complaints.items() if name not in changed}
        masked = {name: text for name, text in masked_of(guest).items() if name not in changed}
        facts = {
            "typed": json.dumps(after),
            "masked": json.dumps(masked) if masked else "",
            "complaints": complaints,
            "changed_at": clock.now(),
            "state": _state(guest.fields, after, masked, complaints),
        }
        if Guest.objects.filter(pk=guest.pk, edition=guest.edition).update(**facts, edition=F("edition") + 1):
            guest.refresh_from_db()
            GuestList.objects.filter(booking_id=guest.booking_id).update(complete=False)
            return True
        guest.refresh_from_db()  # somebody else saved the same guest at this moment: on top of theirs
    return False


def _state(
    fields: Sequence[str], typed: Mapping[str, str], masked: Mapping[str, str], complaints: Mapping[str, str]
) -> str:
    if complaints:
        return S.REFUSED
    return S.MISSING if guest_forms.missing(fields, typed, masked) else S.SAVED


def saved(booking_id: int) -> None:
    """Something was saved: it is given as soon as it can be, and the reminders are counted anew."""
    GuestList.objects.filter(booking_id=booking_id, open=True).update(due_at=clock.now(), failures=0)
    guest_reminders.plan(booking_id)


# --- asking and giving ----------------------------------------------------------------------------------------


def look(booking_id: int, *, road: str) -> GuestList | None:
    """Ask what the provider has and wants, give what is whole. Safe to repeat; raises no provider error."""
    try:
        with claims.claim(f"guests:{booking_id}", seconds=CLAIM_SECONDS):
            row = (
                GuestList.objects.select_related("booking__order", "booking__account")
                .filter(booking_id=booking_id)
                .first()
            )
            if row is not None:
                _look(row, road)
    except claims.Taken:
        pass
    return GuestList.objects.filter(booking_id=booking_id).first()


def _look(row: GuestList, road: str) -> None:
    booking = row.booking
    guest_dates.follow(row)
    at = desk(booking.account.name)
    if booking.status not in DONE or not booking.handle or at is None or row.forgotten:
        GuestList.objects.filter(pk=row.pk).update(due_at=None)
        return
    with recording(f"order:{booking.order_id}"):
        try:
            sheet = at.sheet(booking.handle)
            was_open = row.open
            _take_in(row, sheet)
            if not sheet.open:
                if was_open:
                    _closed(row, road)
            else:
                _give(row, at, sheet, road)
        except ProviderError as error:
            _put_off(row, error)
    _settle(row, road)


def _take_in(row: GuestList, sheet: GuestSheet) -> None:
    """What the provider asks and has, as rows; who is done is done."""
    booking = row.booking
    lines = list(booking.lines.select_related("instance"))
    with transaction.atomic():
        guests.take_down(booking, sheet)
        row.refresh_from_db()
        first = row.booked_at is None
        places = {place.key[:200]: place for place in sheet.places}
        for guest in booking.guests.all():
            place = places.get(guest.key)
            if place is None:
                continue
            if first or guest.needed_by is None:
                _begin(guest, place, lines, booking.account.name)
            _weigh(guest, place, sheet, lost=row.lost)
        facts = {
            "booked_at": row.booked_at or clock.now(),
            "read_at": clock.now(),
            "problem": "",
            "lost": False,
        }
        if first:
            facts["forget_at"] = guest_dates.forgotten_at(booking, lines)
        GuestList.objects.filter(pk=row.pk).update(**facts)
    row.refresh_from_db()


def _begin(guest: Guest, place: GuestPlace, lines: Sequence[OrderLine], account: str) -> None:
    """The first look after the booking: until when, and what the provider has that we do not."""
    guest.needed_by = guest_dates.needed_by(guest_dates.line_of(guest, lines), account)
    Guest.objects.filter(pk=guest.pk).update(needed_by=guest.needed_by)
    if not guest.typed and place.values:
        guest.typed = json.dumps(guest_forms.as_typed(place.values))
        Guest.objects.filter(pk=guest.pk, edition=guest.edition).update(typed=guest.typed)


def _weigh(guest: Guest, place: GuestPlace, sheet: GuestSheet, *, lost: bool) -> None:
    """How far one guest is, by what the provider has. `lost`: it was given something and the answer did not come."""
    given = guest_forms.read(guest.fields, typed_of(guest))
    masked = masked_of(guest)
    same = all(place.values.get(name) == text for name, text in given.items())
    whole = all(place.values.get(name) for name in guest.fields if name not in masked)
    absent = lacking(guest)
    # no refusal: what is not there yet (not typed, or not given), and what was corrected since
    said = {
        name: code
        for name, code in place.complaints.items()
        if (code != "required" or place.values.get(name))
        and given.get(name, place.values.get(name)) == place.values.get(name)
    }
    if said or guest.complaints:
        state, complaints = S.REFUSED, said or dict(guest.complaints)
    elif absent and not (sheet.complete and guest.state != S.SAVED):
        state, complaints = S.MISSING, {}
    elif guest.state == S.ACCEPTED or (same and (whole or sheet.complete)):
        state, complaints = S.ACCEPTED, {}
    elif guest.state == S.SENT and not lost:
        state, complaints = (S.ACCEPTED if whole or sheet.complete else S.SENT), {}
    else:
        state, complaints = S.SAVED, {}
    _become(guest, state, complaints)


def _become(guest: Guest, state: str, complaints: Mapping[str, str]) -> None:
    facts: dict[str, object] = {"state": state, "complaints": dict(complaints)}
    if state == S.ACCEPTED:
        facts |= _without_delicate(guest)
    rows = Guest.objects.filter(pk=guest.pk, edition=guest.edition)
    if rows.update(**facts):  # what was changed meanwhile is looked at the next time
        for name, value in facts.items():
            setattr(guest, name, value)


def _without_delicate(guest: Guest) -> dict[str, object]:
    """The provider has it: what a thief would like is not kept, only what tells a person which document it was."""
    typed = typed_of(guest)
    values = guest_forms.read([name for name in guest.fields if name in DELICATE], typed)
    if not values:
        return {}
    for name in values:
        for each in guest_forms.inputs(name):
            typed.pop(each, None)
    return {
        "typed": json.dumps(typed) if typed else "",
        "masked": json.dumps(masked_of(guest) | guest_forms.masked(values)),
        "masked_at": clock.now(),
    }


def _give(row: GuestList, at: GuestDesk, sheet: GuestSheet, road: str) -> None:
    booking = row.booking
    every = list(booking.guests.all())
    ready = [guest for guest in every if guest.state == S.SAVED]
    if not ready or not sheet.open or not (_all_there(every) or _is_late(every)):
        return
    there = {place.key[:200]: place for place in sheet.places}
    values = {
        place.key: {**place.values, **guest_forms.read(guest.fields, typed_of(guest))}
        for guest in every
        if (place := there.get(guest.key)) is not None
    }
    now = clock.now()
    with transaction.atomic():  # before it is asked: whoever finds this asks first what came of it
        GuestList.objects.filter(pk=row.pk).update(lost=True, due_at=now + LOST_AFTER)
        for guest in ready:
            Guest.objects.filter(pk=guest.pk, edition=guest.edition).update(state=S.SENT, sent_at=now)

    def keep(handle: str) -> None:
        Booking.objects.filter(pk=booking.pk).update(handle=handle)
        booking.handle = handle

    try:
        answer = at.give(booking.handle, values, keep)
    except GuestsRejected as error:
        _rejected(row, ready, error, road)
        return
    except GuestsClosed:
        _back_to_saved(ready)
        _closed(row, road)
        return
    except OutcomeUnknown:
        note(booking, because="guests: the answer was lost", actor=road)
        raise
    except ProviderError:
        _back_to_saved(ready)
        GuestList.objects.filter(pk=row.pk).update(lost=False)
        raise
    note(booking, because="guests: handed over", actor=road)
    GuestList.objects.filter(pk=row.pk).update(lost=False)
    row.refresh_from_db()
    _take_in(row, answer)
    if booking.guests.filter(state=S.REFUSED).exists():
        _tell_refused(row)


def _all_there(every: Sequence[Guest]) -> bool:
    return all(guest.state not in guest_dates.UNFINISHED for guest in every)


def _is_late(every: Sequence[Guest]) -> bool:
    """From the day before the last date on, what is there goes without what is missing."""
    end = guest_dates.earliest(every)
    return end is not None and clock.now() > end - timedelta(days=1)


def _back_to_saved(sent: Sequence[Guest]) -> None:
    for guest in sent:
        Guest.objects.filter(pk=guest.pk, edition=guest.edition, state=S.SENT).update(
            state=S.SAVED, sent_at=guest.sent_at
        )


def _rejected(row: GuestList, sent: Sequence[Guest], error: GuestsRejected, road: str) -> None:
    """Nothing of it was kept there: what was not complained about waits until the rest is put right."""
    _back_to_saved(sent)
    GuestList.objects.filter(pk=row.pk).update(lost=False)
    if not any(error.places.values()):
        raise error  # nobody can see from it what to change
    told = False
    for guest in row.booking.guests.all():
        said = dict(error.places.get(guest.key, {}))
        if guest.state == S.MISSING:  # that it is missing is known already
            absent = lacking(guest)
            said = {name: code for name, code in said.items() if name not in absent}
        if said:
            Guest.objects.filter(pk=guest.pk, edition=guest.edition).update(state=S.REFUSED, complaints=said)
            told = True
    if not told and _all_there(list(row.booking.guests.all())):
        raise error  # about places that are not ours: nothing that anybody could put right
    note(row.booking, because="guests: something was not accepted", actor=road)
    if told:
        _tell_refused(row)


def _tell_refused(row: GuestList) -> None:
    if row.booking.order.email:
        emails.queue(row.booking.order, f"guests-refused-{row.booking_id}", again=True)


def _closed(row: GuestList, road: str) -> None:
    """The provider takes no more: what has not reached it is for a person to sort out."""
    GuestList.objects.filter(pk=row.pk).update(open=False, lost=False, due_at=None, remind_at=None)
    row.refresh_from_db()
    if row.booking.guests.exclude(state=S.ACCEPTED).exists() and not row.complete:
        call_staff(row.booking.order, "guests_closed", actor=road)


def _put_off(row: GuestList, error: ProviderError) -> None:
    """Nothing was lost: it is tried again, more slowly each time."""
    log.info("guests of part %s: %s", row.booking_id, error.code)
    failures = row.failures + 1
    pause = timedelta(minutes=PAUSES[min(failures, len(PAUSES)) - 1])
    if isinstance(error, OutcomeUnknown):
        pause = LOST_AFTER
    GuestList.objects.filter(pk=row.pk).update(
        failures=failures, problem=error.code[:40], due_at=clock.now() + pause
    )
    if failures == STAFF_AFTER and isinstance(error, Refused):
        call_staff(row.booking.order, "guests_refused")
    waiting = row.booking.guests.filter(state__in=(S.SAVED, S.SENT))
    if waiting.filter(needed_by__lte=clock.now() + timedelta(days=1)).exists():
        call_staff(row.booking.order, "guests_unsent")  # nobody reminds of it: the buyer has done all


def _settle(row: GuestList, road: str) -> None:
    """What comes next: nothing, a look whether it has arrived there, or tickets to be fetched."""
    row.refresh_from_db()
    every = list(row.booking.guests.all())
    if row.problem or row.lost or not row.open:
        guest_reminders.plan(row.booking_id)
        return
    if all(guest.state == S.ACCEPTED for guest in every):
        GuestList.objects.filter(pk=row.pk).update(complete=True, due_at=None, remind_at=None, failures=0)
        if every and row.asks_later:
            _complete(row, road)
        return
    waits = [guest for guest in every if guest.state == S.SENT]
    again = clock.now() + AWAITED if waits else None
    if any(guest.state == S.SAVED for guest in every):
        again = _when_late(every)
    GuestList.objects.filter(pk=row.pk).update(due_at=again, failures=0)
    guest_reminders.plan(row.booking_id)


def _when_late(every: Sequence[Guest]) -> datetime | None:
    """When what is there goes without what is missing."""
    if _all_there(every):
        return clock.now()
    end = guest_dates.earliest(every)
    at = end - timedelta(days=1) + timedelta(minutes=1) if end else None
    return at if at is not None and at > clock.now() else None


def _complete(row: GuestList, road: str) -> None:
    """Nothing stands in the way of the tickets any more: they are asked for now."""
    asked = Booking.objects.filter(pk=row.booking_id, status=Booking.Status.BOOKED)
    if asked.update(documents_due_at=clock.now()):
        note(row.booking, because="guests: everything is there", actor=road)
