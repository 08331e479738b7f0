"""Events and performances of the London Theatre Direct season: which exist, their ids, prices and free seats.

Nothing of it is stored but what the control pages changed and what was taken. Ids carry their meaning, so that a
performance sold ten days ago is found although no table lists it: a performance's id holds event, day and
curtain, a ticket's id holds performance and seat.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from shop.standin.ltd_plans import Plan, members, plan
from shop.standin.ltd_season import EVENT_TYPES, SEASON, EventSpec
from shop.standin.ltd_tour import TOUR
from shop.standin.ltd_venues import BY_ID, VENUES, VenueSpec
from shop.standin.programme import EPOCH, Pattern, Programme, curtains, horizon, seeded
from shop.standin.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS ltd_changes (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
"""

FIRST_EVENT = 5100
ADDED = 64  # numbers from here on belong to events added on the control page
SCALED = 1000  # and from here on to those of --scale
MOST_SCALED = 7000
PERFORMANCES = 880_000
TICKETS = 90_000_000
MANY, FURTHER = 256, 128  # seats of a performance, and those of a large house beyond, whose ids lie apart
FURTHER_TICKETS = 1_400_000_000
DAYS, SLOTS = 8192, 4
SCALED_CODES = 128 * DAYS * SLOTS
SCALED_STEP = 18
SCALED_RUN = 512


@dataclass(frozen=True)
class Performance:
    """One curtain. ``starts`` is the naive wall clock of its venue; ``code`` is the id without its offset."""

    spec: EventSpec
    code: int
    starts: datetime

    @property
    def performance_id(self) -> int:
        return PERFORMANCES + self.code

    @property
    def venue(self) -> VenueSpec:
        return BY_ID[self.spec.venue_id]

    @property
    def plan(self) -> Plan:
        return plan_of(self.spec)

    def ticket_id(self, seat: int) -> int:
        if seat < MANY:
            return TICKETS + self.code * MANY + seat
        return FURTHER_TICKETS + self.code * FURTHER + seat - MANY


@dataclass(frozen=True)
class Price:
    """Pence."""

    face: int
    selling: int


def plan_of(spec: EventSpec) -> Plan:
    return plan(spec.plan or BY_ID[spec.venue_id].plan)


def ticket_parts(ticket_id: int) -> tuple[int, int]:
    """Performance id and seat index (which may not exist)."""
    if ticket_id < FURTHER_TICKETS:
        code, seat = divmod(ticket_id - TICKETS, MANY)
        return PERFORMANCES + code, seat
    code, seat = divmod(ticket_id - FURTHER_TICKETS, FURTHER)
    return PERFORMANCES + code, seat + MANY


class Calendar:
    """The season as it stands now, with what the control pages changed."""

    def __init__(self, store: Store, programme: Programme) -> None:
        self._store = store
        self._programme = programme
        self._events: dict[int, EventSpec] = {}
        self._event_changes: dict[int, dict[str, Any]] = {}
        self._performance_changes: dict[int, dict[str, Any]] = {}
        self._shake: dict[str, Any] = {}
        self._accounts: dict[str, bool] = {}

    def load(self) -> None:
        """Read what was changed; called at the start and after every change."""
        changes: dict[str, dict[int, dict[str, Any]]] = {
            "event": {},
            "performance": {},
            "added": {},
            "shake": {},
            "account": {},
        }
        with self._store.read() as connection:
            for row in connection.execute("SELECT * FROM ltd_changes"):
                changes[row["kind"]][row["id"]] = json.loads(row["data"])
        events = {spec.event_id: spec for spec in (*SEASON, *TOUR)}
        events |= {key: added_event(key - FIRST_EVENT, data) for key, data in changes["added"].items()}
        for number in range(min(self._programme.scale, MOST_SCALED)):
            spec = scaled_event(number)
            events[spec.event_id] = spec
        self._event_changes = changes["event"]
        self._performance_changes = changes["performance"]
        self._shake = changes["shake"].get(0, {})
        self._accounts = changes["account"].get(0, {})
        self._events = {key: self._changed(spec) for key, spec in events.items()}

    def change(self, kind: str, key: int, data: dict[str, Any]) -> None:
        """Merge into what is kept of one event, performance, added event, the shake or the accounts; null takes a
        key back."""
        with self._store.write() as connection:
            row = connection.execute(
                "SELECT data FROM ltd_changes WHERE kind = ? AND id = ?", (kind, key)
            ).fetchone()
            kept = {**(json.loads(row["data"]) if row else {}), **data}
            kept = {name: value for name, value in kept.items() if value is not None}
            connection.execute(
                "INSERT INTO ltd_changes (kind, id, data) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data",
                (kind, key, json.dumps(kept)),
            )
        self.load()

    def add_event(self, data: dict[str, Any]) -> int:
        """A new event; its id."""
        with self._store.write() as connection:
            row = connection.execute(
                "SELECT MAX(id) AS last FROM ltd_changes WHERE kind = 'added'"
            ).fetchone()
            key = (row["last"] or FIRST_EVENT + ADDED - 1) + 1
            if key - FIRST_EVENT >= 128:
                raise ValueError("There is room for 64 added events; reset to make room.")
            added_event(key - FIRST_EVENT, data)
            self.change("added", key, data)
        return int(key)

    def _changed(self, spec: EventSpec) -> EventSpec:
        changed = self._event_changes.get(spec.event_id, {})
        known = {"name", "tagline", "pence", "minutes", "notice", "about"}
        spec = replace(spec, **{key: changed[key] for key in known & changed.keys()})
        if self._shaken("event", spec.event_id):
            spec = replace(spec, tagline=f"{spec.tagline or spec.name} (new dates, {self._shake['round']})")
        return spec

    def _shaken(self, kind: str, key: int) -> bool:
        """Whether the mass change for load work touches this record."""
        percent = float(self._shake.get("percent") or 0)
        return (
            bool(percent)
            and (key * 7919 + int(self._shake["round"]) * 104729 + len(kind)) % 10000 < percent * 100
        )

    # Events

    def events(self) -> Iterator[EventSpec]:
        """Those on the list, by id. A removed event is not; a cancelled one is, without performances."""
        return (spec for key, spec in sorted(self._events.items()) if not self._flag(key, "removed"))

    def event(self, event_id: int) -> EventSpec | None:
        return None if self._flag(event_id, "removed") else self._events.get(event_id)

    def ever(self, event_id: int) -> EventSpec | None:
        """Also when it was removed since: sold tickets name it."""
        return self._events.get(event_id)

    def unlocked(self) -> dict[str, bool]:
        """What the control page said of booking on account, by the fingerprint of a key."""
        return self._accounts

    def _flag(self, event_id: int, name: str) -> bool:
        return bool(self._event_changes.get(event_id, {}).get(name))

    def changes_of(self, event_id: int) -> dict[str, Any]:
        return self._event_changes.get(event_id, {})

    # Performances

    def performances(
        self, spec: EventSpec, first: date | None = None, last: date | None = None
    ) -> list[Performance]:
        """Curtains still to come and on sale, within the days given (both included)."""
        if self._flag(spec.event_id, "cancelled") or self._flag(spec.event_id, "removed"):
            return []
        zone = BY_ID[spec.venue_id].zone
        now = self._programme.local_now(zone)
        first = max(first or now.date(), now.date())
        if spec.number >= SCALED:
            final = now.date() + timedelta(days=10 * SCALED_STEP - 1)
        else:
            final = horizon(now.date())
        final = min(final, last) if last else final
        return [
            found
            for found in _curtains(spec, first, final)
            if found.starts > now and not self.performance_flag(found, "cancelled")
        ]

    def performance(self, performance_id: int) -> Performance | None:
        """Also one that is over. None for an id that means nothing, is not on sale yet, or was cancelled."""
        found = _decode(self._events, performance_id - PERFORMANCES)
        if found is None or self._flag(found.spec.event_id, "removed"):
            return None
        if self._flag(found.spec.event_id, "cancelled") or self.performance_flag(found, "cancelled"):
            return None
        today = self._programme.today(found.venue.zone)
        if found.spec.number < SCALED and found.starts.date() > horizon(today):
            return None
        return found

    def performance_ever(self, performance_id: int) -> Performance | None:
        """Also when it was cancelled since: sold tickets name it."""
        return _decode(self._events, performance_id - PERFORMANCES)

    def is_over(self, performance: Performance) -> bool:
        return performance.starts <= self._programme.local_now(performance.venue.zone)

    def performance_flag(self, performance: Performance, name: str) -> Any:
        return self._performance_changes.get(performance.performance_id, {}).get(name)

    def run(self, spec: EventSpec) -> tuple[datetime | None, datetime | None]:
        """First curtain of the run that is on or comes next (None for long runners) and last one on sale."""
        ahead = self.performances(spec)
        if not ahead:
            return None, None
        if spec.number >= SCALED or not spec.runs.weeks:
            return None, ahead[-1].starts
        start, end = spec.runs.window(ahead[0].starts.date())
        return next(_curtains(spec, start, end)).starts, ahead[-1].starts

    def lone_seat_rule(self, performance: Performance) -> bool:
        """Evenings on Friday and Saturday of the events that have it, or as the control page says."""
        said = self.performance_flag(performance, "single_seat")
        if said is not None:
            return bool(said)
        return performance.spec.lone_seat_rule and performance.starts.weekday() in {4, 5}

    def partner(self, performance: Performance) -> Performance | None:
        """The other part of a show in two parts."""
        if not performance.spec.paired:
            return None
        return _decode(self._events, performance.code ^ 1)

    # Seats and prices

    def unsold(self, performance: Performance) -> int:
        """Seats nobody bought elsewhere; what this stand-in sold or holds is not taken off yet."""
        everything = performance.plan.everything
        spec, starts = performance.spec, performance.starts
        if self.performance_flag(performance, "sold_out"):
            return 0
        if spec.empty_house or self.performance_flag(performance, "empty_house"):
            return everything
        last_curtain = starts.time() == spec.pattern.slots[-1]
        last_week = (starts + timedelta(days=7)).month != starts.month
        if spec.sold_out_saturdays and starts.weekday() == 5 and last_week and last_curtain:
            return 0
        shaken = self._shake["round"] if self._shaken("performance", performance.code) else 0
        name = spec.plan or performance.venue.plan
        return everything & ~sold_elsewhere(name, performance.code, shaken)

    def prices(self, performance: Performance) -> list[Price]:
        """One price for each band of the plan."""
        changed = int(self._event_changes.get(performance.spec.event_id, {}).get("price_change") or 0)
        changed += int(self.performance_flag(performance, "price_change") or 0)
        return _prices_of(performance.spec, performance.starts.weekday(), performance.starts.time(), changed)

    def price_range(self, spec: EventSpec) -> tuple[int, int]:
        """Lowest and highest selling price in pence over the curtains of a week."""
        changed = int(self._event_changes.get(spec.event_id, {}).get("price_change") or 0)
        selling = [
            price.selling
            for day, slots in enumerate(spec.pattern.week)
            for at in slots
            for price in _prices_of(spec, day, at, changed)
        ]
        return min(selling), max(selling)


def _curtains(spec: EventSpec, first: date, last: date) -> Iterator[Performance]:
    if spec.number >= SCALED:
        number = spec.number - SCALED
        start = EPOCH + timedelta(days=number % SCALED_STEP)
        k = max(0, -((start - first).days // SCALED_STEP))
        while (day := start + timedelta(days=k * SCALED_STEP)) <= last:
            if day >= first:
                code = SCALED_CODES + number * SCALED_RUN + k
                yield Performance(spec, code, datetime.combine(day, spec.pattern.slots[0]))
            k += 1
        return
    for day, slot, at in curtains(spec.pattern, spec.runs, first, last):
        code = (spec.number * DAYS + (day - EPOCH).days) * SLOTS + slot
        yield Performance(spec, code, datetime.combine(day, at))


def _decode(events: dict[int, EventSpec], code: int) -> Performance | None:
    if code < 0:
        return None
    if code >= SCALED_CODES:
        number, k = divmod(code - SCALED_CODES, SCALED_RUN)
        spec = events.get(FIRST_EVENT + SCALED + number)
        if spec is None:
            return None
        day = EPOCH + timedelta(days=number % SCALED_STEP + k * SCALED_STEP)
        return Performance(spec, code, datetime.combine(day, spec.pattern.slots[0]))
    rest, slot = divmod(code, SLOTS)
    number, days = divmod(rest, DAYS)
    spec = events.get(FIRST_EVENT + number)
    day = EPOCH + timedelta(days=days)
    if spec is None or slot >= len(spec.pattern.slots) or not spec.runs.holds(day):
        return None
    at = spec.pattern.slots[slot]
    if at not in spec.pattern.on(day):
        return None
    return Performance(spec, code, datetime.combine(day, at))


@lru_cache(maxsize=120_000)
def sold_elsewhere(plan_name: str, code: int, salt: int) -> int:
    """Parties of one to four that bought before us, the same for the same performance on every day."""
    house = plan(plan_name)
    chance = seeded("ltd", "sold", code, salt)
    total = len(house.seats)
    target = int(total * chance.triangular(0.05, 0.95, 0.5))
    sold = count = 0
    while count < target:
        index = chance.randrange(total)
        for _ in range(chance.choice((1, 2, 2, 2, 3, 4))):
            if not sold >> index & 1:
                sold |= 1 << index
                count += 1
            if not house.together >> index & 1:
                break
            index += 1
    return sold


def _prices_of(spec: EventSpec, weekday: int, at: time, changed: int) -> list[Price]:
    name = spec.plan or BY_ID[spec.venue_id].plan
    return _prices(
        name, spec.pence, spec.offer if weekday < 4 else "", weekday in {4, 5}, at.hour < 17, changed
    )


@lru_cache(maxsize=20_000)
def _prices(
    plan_name: str, pence: int, offer: str, weekend: bool, matinee: bool, changed: int
) -> list[Price]:
    of_day = 900 if matinee else 1100 if weekend else 1000
    found = []
    for band in plan(plan_name).bands:
        face = _round(pence * band.per_mille * of_day, 1_000_000, 50)
        fee = 0 if offer == "no fee" else max(100, _round(face, 5, 25))
        selling = _round(face * 8, 10, 50) if offer == "save" else face + fee
        found.append(Price(face + changed, selling + changed))
    return found


def _round(value: int, divisor: int, step: int) -> int:
    return (value + divisor * step // 2) // (divisor * step) * step


def added_event(number: int, data: dict[str, Any]) -> EventSpec:
    """An event from the control page: ``name`` is needed, the rest has believable defaults."""
    name = str(data.get("name") or "").strip()
    if not name:
        raise ValueError("An event needs a name.")
    venue_id = int(data.get("venue_id") or 78)
    kind = int(data.get("kind") or 1)
    if venue_id not in BY_ID:
        raise ValueError(f"No venue {venue_id}; there is {', '.join(str(v) for v in BY_ID)}.")
    if kind not in EVENT_TYPES:
        raise ValueError(f"No event type {kind}; there is {', '.join(str(k) for k in EVENT_TYPES)}.")
    return EventSpec(
        number,
        kind,
        name,
        data.get("tagline") or None,
        (str(data.get("about") or "A late addition to the season."),),
        venue_id,
        "1hr 30min (no interval)",
        int(data.get("pence") or 4500),
        Pattern.of(tue="19:30", wed="19:30", thu="19:30", fri="19:30", sat="14:30 19:30"),
        deliveries=(1, 91, 92),
        empty_house=bool(data.get("empty_house")),
    )


_FIRST = ("Amber", "Winter", "Paper", "Silver", "Hollow", "Second", "Northern", "Quiet", "Velvet", "Copper")
_SECOND = (
    "Tide",
    "Parade",
    "Orchard",
    "Signal",
    "Harbour",
    "Masquerade",
    "Letter",
    "Comet",
    "Garden",
    "Verdict",
)
_THIRD = ("", " Revisited", ": A Romance", " at Midnight", " in Two Keys", " for Beginners")
_LONDON = tuple(v.venue_id for v in VENUES if v.city.strip() == "London" and v.plan != "yard")


@lru_cache(maxsize=8192)
def scaled_event(number: int) -> EventSpec:
    """One of the events of ``--scale``."""
    first, second = _FIRST[number % 10], _SECOND[number // 10 % 10]
    kinds = tuple(EVENT_TYPES)
    return EventSpec(
        SCALED + number,
        kinds[number % len(kinds)],
        f"{first} {second}{_THIRD[number // 100 % 6]} {number}",
        f"Number {number} of a very long season.",
        (f"{first}&nbsp;light, {second.lower()} sound: one of many evenings.",) * 3,
        _LONDON[number % len(_LONDON)],
        "2hr (inc. interval)",
        3000 + number % 40 * 150,
        Pattern.of(mon="19:30"),
        age=8,
        deliveries=(1, 91, 92),
        plan="small",
    )


__all__ = ["Calendar", "Performance", "Price", "members", "plan_of", "scaled_event", "ticket_parts"]
