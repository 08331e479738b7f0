"""From the invented programmes to instances: what plays when, on which plan, for how much.

Pure functions of the calendar. An instance's number is made of its day, its event and its curtain, so it stays the
same after a restart or a lost state, and both venues' numbers overlap, as they do in the real world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shop.standin.programme import EPOCH, Pattern, Runs, curtains, slug
from shop.standin.spektrix_plans import Area, Venue

AHEAD_DAYS = 205
BEHIND_DAYS = 28
FIRST_EVENT = 34001


@dataclass(frozen=True)
class TicketType:
    """``percent`` of the full price of a band. Internal ones are listed with the others, as in the real lists."""

    number: int
    name: str
    percent: int
    note: str = ""


@dataclass(frozen=True)
class Band:
    number: int
    name: str
    percent: int


@dataclass(frozen=True)
class Attribute:
    """A label of the venue's settings. ``kind``: text, flag or day. ``internal``: only signed calls see it."""

    label: str
    kind: str = "text"
    internal: bool = False

    @property
    def empty(self) -> Any:
        return {"text": "", "flag": False, "day": None}[self.kind]


@dataclass(frozen=True)
class EventSpec:
    """One event. ``price`` is the full price of the best band, minor units. ``odd`` names what is unusual:

    ``cancelled``: every third instance is; ``not_yet``: sale begins three days before; ``ended``: sale has ended;
    ``off_sale``; ``sold_out``: all of it; ``saturdays_out``: Saturdays only; ``no_plan``: no ``planId``;
    ``null_start``: sale has no beginning; ``plain``: no duration, no picture; ``web_ids``; ``markup``: odd HTML;
    ``hidden``: only for signed calls; ``queue``: opted into the onsale queue; ``distanced``; ``best``: best
    available; ``empty_house``: nothing is sold before; ``third_sold``: about three seats of ten are; ``agent_price``: an internal ticket type in its list;
    ``no_print``: its tickets cannot be printed at home.
    """

    index: int
    name: str
    genre: str
    art: str
    about: str
    plan: int
    price: int
    pattern: Pattern
    runs: Runs = field(default_factory=Runs)
    minutes: int = 120
    note: str = ""
    odd: str = ""
    types: tuple[int, ...] = (1, 2, 3)
    attributes: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    access: str = ""  # "signed:sat captioned:wed": the weekdays on which an instance has that mark

    @property
    def number(self) -> int:
        return FIRST_EVENT + 100 * self.index

    @property
    def slug(self) -> str:
        return f"{slug(self.name)}-{self.index}"

    def has(self, odd: str) -> bool:
        return odd in self.odd.split()


@dataclass(frozen=True)
class Instance:
    number: int
    event: EventSpec
    start: datetime  # naive, the venue's wall clock
    slot: int


@dataclass(frozen=True)
class Fund:
    number: int
    name: str
    description: str
    code: str
    default: int


@dataclass(frozen=True)
class StockItem:
    number: int
    name: str
    price: int
    level: int | None
    category: str
    art: str = ""
    about: str = ""
    only: str = ""  # "post": cannot be collected; "collect": is never sent
    postage: int = 0  # minor units; 0: what the venue takes for each thing


@dataclass(frozen=True)
class Membership:
    """``percent``: what members save on tickets."""

    number: int
    name: str
    about: str
    price: int
    renewal: int
    percent: int


@dataclass(frozen=True)
class PricingSet:
    number: int
    name: str
    price: int


@dataclass(frozen=True)
class Structure:
    """A ticket subscription that can be bought at several prices."""

    number: int
    name: str
    about: str
    sets: tuple[PricingSet, ...]


@dataclass(frozen=True)
class Offer:
    """``code``: a promo code that unlocks it; ``percent`` off tickets. ``events``: their indexes, all when empty."""

    number: int
    name: str
    about: str
    percent: int
    code: str = ""
    events: tuple[int, ...] = ()
    minimum: int = 1


@dataclass(frozen=True)
class TagGroup:
    number: int
    name: str
    description: str
    tags: tuple[tuple[int, str], ...]
    public: bool = True


@dataclass(frozen=True)
class DeliveryTerms:
    """What a venue takes for post, minor units: once for up to ``ticket_few`` tickets, more for more; for each thing.
    ``post_days``: nearer than that to the first date no tickets are sent."""

    ticket_post: int = 250
    ticket_few: int = 1000
    ticket_post_many: int = 250
    thing_post: int = 350
    post_days: int = 0


@dataclass(frozen=True)
class Tenant:
    """One client name with its programme and settings. ``commission``: minor units on each ticket with a price."""

    client: str
    title: str
    zone: ZoneInfo
    currency: str
    venues: tuple[Venue, ...]
    plans: tuple[Area, ...]
    events: tuple[EventSpec, ...]
    types: tuple[TicketType, ...]
    bands: tuple[Band, ...]
    event_attributes: tuple[Attribute, ...]
    instance_attributes: tuple[Attribute, ...]
    marks: dict[str, str]  # access word -> label of the instance attribute
    ticket_attributes: tuple[Attribute, ...]
    order_attributes: tuple[Attribute, ...]
    funds: tuple[Fund, ...]
    stock_items: tuple[StockItem, ...]
    memberships: tuple[Membership, ...]
    structures: tuple[Structure, ...]
    offers: tuple[Offer, ...]
    tag_groups: tuple[TagGroup, ...]
    statements: tuple[tuple[int, str], ...]
    commission: int = 0
    itemised: bool = False
    delivery: DeliveryTerms = DeliveryTerms()

    def plan(self, number: int) -> Area | None:
        return next((plan for plan in self.plans if plan.number == number), None)

    def event(self, number: int) -> EventSpec | None:
        return next((event for event in self.events if event.number == number), None)

    def type(self, number: int) -> TicketType | None:
        return next((each for each in self.types if each.number == number), None)

    def band(self, number: int) -> Band | None:
        return next((each for each in self.bands if each.number == number), None)


def instance_number(event: EventSpec, day: date, slot: int) -> int:
    return (day - EPOCH).days * 1000 + event.index * 10 + slot


def season(tenant: Tenant, today: date) -> tuple[Instance, ...]:
    """Every instance from four weeks back to 205 days ahead, by start."""
    return _season(tenant.client, tenant.events, today)


@lru_cache(maxsize=16)
def _season(client: str, events: tuple[EventSpec, ...], today: date) -> tuple[Instance, ...]:
    first, last = today - timedelta(days=BEHIND_DAYS), today + timedelta(days=AHEAD_DAYS)
    found = [
        Instance(instance_number(event, day, slot), event, datetime.combine(day, at), slot)
        for event in events
        for day, slot, at in curtains(event.pattern, event.runs, first, last)
    ]
    return tuple(sorted(found, key=lambda each: (each.start, each.number)))


def instance(tenant: Tenant, number: int) -> Instance | None:
    """Any instance of the calendar, also one that is long over (an order may name it)."""
    days, rest = divmod(number, 1000)
    index, slot = divmod(rest, 10)
    event = next((each for each in tenant.events if each.index == index), None)
    if event is None or days > 40_000 or slot >= len(event.pattern.slots):
        return None
    day = EPOCH + timedelta(days=days)
    at: time = event.pattern.slots[slot]
    if at not in event.pattern.on(day) or (event.runs.weeks and not event.runs.holds(day)):
        return None
    return Instance(number, event, datetime.combine(day, at), slot)
