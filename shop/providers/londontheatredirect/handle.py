"""What must be remembered of one basket at London Theatre Direct between two calls: the opaque handle.

Their basket items name no performance, so we keep which ticket belongs to which; their minutes are whole, so
we keep the earliest deadline seen of each item; what a write was meant to do is written down before it goes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shop.providers.errors import HoldGone
from shop.providers.types import Selection


@dataclass
class Handle:
    """`tickets`: ticket id -> performance id, of all tickets listed at the last reading or asked for since.

    `present`: ids of those held at the last reading, or before the write under way if it is for best seats. `until`: item id -> earliest deadline seen, ISO 8601.
    `best`: ticket id -> {offer key, how many} for seats they picked. `pending`: what the write under way is
    meant to add. `order`: what was submitted (`Order`), None before.
    """

    basket: str
    tickets: dict[str, str] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    until: dict[str, str] = field(default_factory=dict)
    best: dict[str, list[Any]] = field(default_factory=dict)
    pending: dict[str, Any] | None = None
    order: dict[str, Any] | None = field(default=None, repr=False)

    def text(self) -> str:
        return json.dumps({"v": 1, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def read(cls, text: str, *, account: str = "") -> Handle:
        """Raises HoldGone for a text that is no handle of ours (emptied after the event, for example)."""
        try:
            found = json.loads(text)
            version = found.pop("v")
            handle = cls(**found)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise HoldGone("the handle cannot be read", account=account) from None
        if version != 1 or not isinstance(handle.basket, str) or not handle.basket:
            raise HoldGone("the handle is of another kind", account=account)
        return handle

    # --- what is asked for, while the answer is out ---------------------------------------------------------------

    def ask_for_seats(self, performance: str, ticket_ids: list[str]) -> None:
        self.pending = {"performance": performance, "tickets": ticket_ids}
        self.tickets |= dict.fromkeys(ticket_ids, performance)

    def ask_for_best(self, performance: str, offer_key: str, quantity: int) -> None:
        self.pending = {"performance": performance, "offer": offer_key, "quantity": quantity}

    def answered(self) -> None:
        self.pending = None

    def selection(self, performance: str, ticket_ids: list[str]) -> Selection | None:
        """What would ask for the same again."""
        if not performance:
            return None
        offers = {tuple(self.best[one]) for one in ticket_ids if one in self.best}
        if len(offers) == 1 and all(one in self.best for one in ticket_ids):
            return Selection(
                instance_ref=performance, offer_key=str(offers.pop()[0]), quantity=len(ticket_ids)
            )
        return Selection(instance_ref=performance, seat_refs=tuple(ticket_ids))

    def keep_deadline(self, item: str, found: datetime, now: datetime) -> datetime:
        """The earlier of what was seen before and now: a deadline that is shown never rises by itself.

        One that is past while they still give time was extended there: the new one counts.
        """
        before = self.deadline(item)
        earliest = found if before is None or before <= now else min(before, found)
        self.until[item] = earliest.isoformat()
        return earliest

    def deadline(self, item: str) -> datetime | None:
        try:
            return datetime.fromisoformat(self.until[item])
        except (KeyError, ValueError):
            return None

    def last_deadline(self) -> datetime | None:
        """When the last of its items surely has run out, as far as we have seen."""
        return max((found for item in self.until if (found := self.deadline(item))), default=None)


@dataclass
class Order:
    """What was submitted. `body` is kept for the on-account route only, which sends it later."""

    reference: str
    delivery: str  # our word for the way: print_at_home, e_ticket, box_office ...
    mails: bool
    total_minor: int
    on_account: bool = False
    body: dict[str, Any] | None = field(default=None, repr=False)

    def data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, handle: Handle) -> Order | None:
        if handle.order is None:
            return None
        known: Mapping[str, Any] = handle.order
        return cls(**{name: known[name] for name in cls.__dataclass_fields__ if name in known})
