"""The handle: JSON text with what a visitor wants and, from checkout on, the order that was made of it.

It holds the guest token, which is the only key to the order, and the token that named seats are held with: whoever
stores a handle stores it encrypted.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from shop.money import Money
from shop.providers.errors import HoldGone
from shop.providers.tickethead import inferred, seats
from shop.providers.types import Selection

VERSION = 1
REMEMBERED = 3  # orders left behind; each lapses within minutes


@dataclass(frozen=True, slots=True)
class Place:
    """A named seat; `label` is what the seating chart calls it."""

    label: str
    row: str
    number: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """So many of one offer, or these seats of it. The lower half is what was last seen of it, for when it cannot be had
    any more."""

    ref: str
    instance: str
    offer: str
    quantity: int
    discounts: tuple[str, ...] = ()
    code: str = ""
    gone: str = ""  # code of why it could not be had; stays so until it is asked for again
    event_name: str = ""
    ticket_type: str = ""
    area: str = ""
    starts_at: str = ""
    time_from: str = ""
    time_to: str = ""
    minor: int = 0
    fee_minor: int = 0
    currency: str = ""
    seats: tuple[Place, ...] = ()

    @property
    def event(self) -> str:
        return self.instance.split("/")[0]

    @property
    def seat_event(self) -> str:
        """The event of the seating charts that its seats belong to."""
        return inferred.seat_event_key(self.instance.split("/")[-1])

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(place.label for place in self.seats)

    @property
    def seat_refs(self) -> tuple[str, ...]:
        return seats.refs(self.seat_event, self.labels)

    @property
    def what(self) -> tuple[Any, ...]:
        """Two wishes for the same are one."""
        return self.instance, self.offer, self.discounts, self.code, self.labels

    def selection(self) -> Selection:
        if self.seats:
            return Selection(instance_ref=self.instance, seat_refs=self.seat_refs, offer_key=self.offer)
        return Selection(
            instance_ref=self.instance, offer_key=self.offer, quantity=self.quantity,
            discount_refs=self.discounts, code=self.code,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """`posting`: an order was about to be posted with this token, and whether it was is not known."""

    wishes: tuple[Wish, ...] = ()
    counter: int = 0
    token: str = ""
    posting: bool = False
    order: str = ""
    pay_by: str = ""
    format: str = ""
    contact: str = ""  # digest of the contact the order was given
    asked: bool = False  # a payment was created for the order: somebody may have its form open
    past: tuple[tuple[str, str, str], ...] = ()  # (order, token, pay_by) of orders left behind while payable
    seat_token: str = ""  # what the seats are held with, and until when
    seat_until: str = ""

    @property
    def event(self) -> str:
        return self.wishes[0].event if self.wishes else ""

    @property
    def deadline(self) -> datetime | None:
        return when(self.pay_by)

    @property
    def seated(self) -> bool:
        """It is about named seats: they are held at once, whether there is an order or not."""
        return any(wish.seats for wish in self.wishes)

    @property
    def seats_end(self) -> datetime | None:
        return when(self.seat_until)

    @property
    def ends(self) -> datetime | None:
        """Until when the buyer can pay: the payment window or the time of the seats, whichever ends first."""
        return min((end for end in (self.deadline, self.seats_end) if end is not None), default=None)

    def seats_are_over(self, now: datetime) -> bool:
        return self.seats_end is None or self.seats_end <= now

    @property
    def live(self) -> tuple[Wish, ...]:
        """The wishes that an order is made of."""
        return tuple(wish for wish in self.wishes if not wish.gone)

    @property
    def tickets(self) -> int:
        return sum(wish.quantity for wish in self.live)

    def without_order(self) -> State:
        """The same wishes; the next order gets a guest log-in of its own.

        An order that can still be paid in another tab is remembered, so that a payment of it is seen.
        """
        left = ((self.order, self.token, self.pay_by),) if self.order and self.asked else ()
        return replace(
            self, token="", posting=False, order="", pay_by="", format="", contact="", asked=False,
            past=(*self.past, *left)[-REMEMBERED:],
        )  # fmt: skip

    def with_past(self, number: int) -> State:
        """As if that order left behind were the one that counts; the one that did is remembered instead."""
        order, token, pay_by = self.past[number]
        now = ((self.order, self.token, self.pay_by),) if self.order else ()
        rest = self.past[:number] + self.past[number + 1 :]
        return replace(
            self, order=order, token=token, pay_by=pay_by, posting=False, asked=True, past=(*now, *rest)
        )

    def dump(self) -> str:
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))


def when(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def money(wish: Wish, default: str) -> Money:
    return Money(wish.minor, wish.currency or default)


def load(handle: str | None, *, account: str) -> State:
    """The state in a handle; an empty one for none. Raises HoldGone for text that is not one of ours."""
    if not handle:
        return State()
    try:
        raw = json.loads(handle)
        if raw.pop("v") != VERSION:
            raise ValueError("another version")
        known = {field.name for field in fields(Wish)}
        wishes = tuple(
            Wish(
                **{
                    **{k: v for k, v in one.items() if k in known},
                    "discounts": tuple(one["discounts"]),
                    "seats": tuple(Place(**place) for place in one.get("seats", ())),
                }
            )
            for one in raw.pop("wishes")
        )
        past = tuple((str(a), str(b), str(c)) for a, b, c in raw.pop("past"))
        return State(wishes=wishes, past=past, **raw)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise HoldGone("a handle that cannot be read", account=account) from None
