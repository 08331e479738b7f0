"""What every provider offers the shop: three protocols, one for each room, and its capabilities.

All verbs may raise `ProviderError`s (see `errors`). None may be called inside a database transaction.

`keep`: a provider hands over each new handle through it *before* the next risky write, so that a killed
process or a lost answer never leaves something at the provider that nobody remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from shop.providers.types import (
    AskBrowser,
    Availability,
    BadRecord,
    Booking,
    Capabilities,
    Details,
    Discount,
    DocumentFile,
    DocumentInfo,
    Documents,
    EventInfo,
    Hold,
    InstanceInfo,
    Prepared,
    Question,
    Selection,
    Sign,
    SignOfLife,
    Window,
)  # fmt: skip

Keep = Callable[[str], None]


class CatalogSource(Protocol):
    """What is on. Streams: memory grows with one page of the provider, not with its whole catalogue."""

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """Every event with a date in the window. Ends normally only when the list is complete."""
        ...

    def event(self, event_ref: str) -> EventInfo | None:
        """One event, read afresh; None: the provider does not know it (any more)."""
        ...

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        """The dates of one event within the window."""
        ...

    def availability(self, instance_ref: str) -> Availability:
        """What can be had now, with prices."""
        ...

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """The reduction behind a typed code, or None."""
        ...

    def sign_of_life(self) -> SignOfLife:
        """A cheap call that proves address and key; never raises."""
        ...


class HoldDesk(Protocol):
    """What is taken from sale for a visitor. Every answer is read back from the provider."""

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold | AskBrowser:
        """Add the selections to the hold (None: begin one); all of them or none.

        Raises SoldOut, LoneSeat, LimitExceeded, NotOnSale, HoldExpired, HoldGone, or OutcomeUnknown when even
        reading back failed (the handle was kept: `read` later tells).
        """
        ...

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        """Give items back (None: all). Releasing what is already gone is a success."""
        ...

    def read(self, handle: str) -> Hold:
        """What is held now. Items that ran out are in it with state "gone" while the provider lists them."""
        ...


class BookingDesk(Protocol):
    """From a hold to tickets."""

    def questions(self, handle: str) -> tuple[Question, ...]:
        """What must be asked of the buyer for this hold."""
        ...

    def prepare(self, handle: str, details: Details, keep: Keep) -> Prepared:
        """Hand over the details and learn how to pay. Safe to call again with the newest handle."""
        ...

    def confirm(self, handle: str, reference: str) -> Booking:
        """For `PayUs` only: have it booked, the money being authorised."""
        ...

    def look(self, handle: str, sign: Sign) -> Booking:
        """How it stands, asked afresh. Changes nothing there; safe at any time."""
        ...

    def documents(self, handle: str) -> Documents:
        """What opens the door, as far as there is something."""
        ...

    def fetch(self, handle: str, document: DocumentInfo) -> DocumentFile:
        """The bytes of one document."""
        ...


class Provider(Protocol):
    """One configured account."""

    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def catalog(self) -> CatalogSource: ...
    @property
    def holds(self) -> HoldDesk: ...
    @property
    def bookings(self) -> BookingDesk: ...
