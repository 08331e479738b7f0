"""Timed entry: first the day, then the time, then how many of each ticket.

A provider lists every ticket once for each time. Here they come to times by day, and the tickets of the one time
that was chosen. Addresses carry the choice (`?day=2027-01-05&time=11:30-12:45`), so that it works as links.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop import words
from shop.providers.types import Availability, Offer

MOST_LINKS = 14  # so many days are links; more are chosen from a list
FEW = 10  # from so many places on down it is said how many are left


@dataclass
class Slot:
    """One time of one day. `day` and `time` name it in addresses; `words` is "11:30 to 12:45"."""

    begin: datetime
    day: str
    time: str
    words: str
    full: str
    offers: list[Offer] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.day} {self.time}"

    @property
    def open(self) -> bool:
        """Something that needs nothing else with it can be taken."""
        return any(not offer.closed and offer.left != 0 and not offer.needs for offer in self.offers)

    @property
    def why(self) -> str:
        """What is said of it beside its hour: why it cannot be had, or that few are left."""
        if not self.open:
            reasons = {offer.closed for offer in self.offers if offer.closed}
            return {"ended": _("over"), "not_yet": _("not on sale yet")}.get(
                reasons.pop() if len(reasons) == 1 else "", _("sold out")
            )
        left = [offer.left for offer in self.offers if not offer.closed and not offer.needs]
        most = None if None in left else max((n for n in left if n is not None), default=None)
        if most is None or most > FEW:
            return ""
        return ngettext("%(n)s left", "%(n)s left", most) % {"n": most}


@dataclass
class Day:
    """A day with its times. `short` is "Tue 5 Jan", `full` is "Tuesday 5 January 2027"."""

    day: str
    short: str
    full: str
    slots: list[Slot]

    @property
    def open(self) -> bool:
        return any(slot.open for slot in self.slots)


@dataclass
class Choice:
    """What the page shows: every day, the one that is looked at, and the time that was chosen, if one was."""

    days: list[Day]
    day: Day
    slot: Slot | None

    @property
    def as_links(self) -> bool:
        return len(self.days) <= MOST_LINKS

    @property
    def open(self) -> bool:
        return any(day.open for day in self.days)

    @property
    def first(self) -> datetime:
        return self.days[0].slots[0].begin

    @property
    def last(self) -> datetime:
        return self.days[-1].slots[-1].begin


def slots_of(free: Availability, zone: str) -> list[Slot]:
    """Every time there is, in order, whether or not it can still be had."""
    found: dict[tuple[datetime, datetime | None], Slot] = {}
    timed = [offer for offer in free.offers if offer.time_from is not None and not offer.together]
    for offer in sorted(timed, key=lambda one: one.time_from):  # type: ignore[arg-type,return-value]
        assert offer.time_from is not None
        slot = found.get((offer.time_from, offer.time_to))
        if slot is None:
            slot = found[offer.time_from, offer.time_to] = _slot(offer.time_from, offer.time_to, zone)
        slot.offers.append(offer)
    return list(found.values())


def _slot(begin: datetime, end: datetime | None, zone: str) -> Slot:
    here = words.local(begin, zone)
    name, said = f"{here:%H:%M}", words.clock_time(begin, zone)
    if end is not None:
        name = f"{name}-{words.local(end, zone):%H:%M}"
        said = _("%(begin)s to %(end)s") % {"begin": said, "end": words.clock_time(end, zone)}
    return Slot(
        begin, here.date().isoformat(), name, said, _("%(day)s, %(time)s") % {"day": words.day_date(begin, zone), "time": said}
    )  # fmt: skip


def choose(
    free: Availability, zone: str, *, day: str = "", time: str = "", wanted: Collection[str] = ()
) -> Choice | None:
    """The times of this date, with the day and time that were asked for. None where entry is not by time.

    `wanted`: keys of offers that were asked for; the time they belong to is the one that is shown. Where nothing
    was said it is the first day with free places, and no time is chosen for anybody unless there is only one.
    """
    slots = slots_of(free, zone)
    if not slots:
        return None
    by_day: dict[str, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(slot.day, []).append(slot)
    days = [
        Day(name, words.short_date(found[0].begin, zone), words.day_date(found[0].begin, zone), found)
        for name, found in by_day.items()
    ]
    picked = next((s for s in slots if any(offer.key in wanted for offer in s.offers)), None)
    picked = picked or next((s for s in slots if (s.day, s.time) == (day, time)), None)
    if picked is None and len(slots) == 1:
        picked = slots[0]
    if picked is not None:
        return Choice(
            days, next(one for one in days if one.day == picked.day), picked if picked.open else None
        )
    looked = next((one for one in days if one.day == day), None)
    return Choice(days, looked or next((one for one in days if one.open), days[0]), None)


def asked_for(said: Mapping[str, str]) -> tuple[str, str]:
    """Day and time as a page's address or form says them, ("", "") where it does not."""
    day, _space, time = said.get("slot", "").partition(" ")
    return said.get("day", day)[:10], said.get("time", time)[:11]


def named(offers: Sequence[Offer], picked: Slot | None) -> list[Offer]:
    """Those to speak of: what has no time, and what belongs to the time that was chosen."""
    return [one for one in offers if one.time_from is None or (picked is not None and one in picked.offers)]
