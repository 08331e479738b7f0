"""What every provider offers the shop: three protocols, one for each room, and its capabilities.

All verbs may raise `ProviderError`s (see `errors`). None may be called inside a database transaction.

`keep`: a provider hands over each new handle through it *before* the next risky write, so that a killed
process or a lost answer never leaves something at the provider that nobody remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from shop.providers.charts import Chart
from shop.providers.extras import Extra, ExtraInfo, PublicOffer, Statement
from shop.providers.guests import GuestSheet
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
    Quote,
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


class QuantityDesk(HoldDesk, Protocol):
    """A hold desk that changes how many of an item are held without giving it back first (`Capabilities.sets_quantity`)."""

    def quantities(self, handle: str, item_ref: str) -> tuple[int, ...]:
        """To how many the item could be changed now, what is held counted in; () where that is not known."""
        ...

    def set_quantity(self, handle: str, item_ref: str, quantity: int, keep: Keep) -> Hold:
        """Hold so many of it, at least one. After a refusal it is as it was. Raises what `hold` raises."""
        ...


class ChartDesk(HoldDesk, Protocol):
    """A hold desk whose seats can be chosen on the provider's own chart, too (`Capabilities.chart`)."""

    def chart(self, handle: str | None, instance_ref: str, keep: Keep) -> Chart:
        """What a page needs to draw it. The token goes into the handle before anything is held with it, and `hold` takes
        seats that it holds already for the hold's own. A token that ran out is replaced.

        Raises Unsupported where the date has no chart, HoldGone where an order has booked what is held, and ProviderErrors.
        """
        ...


class BrowserDesk(Protocol):
    """A hold desk whose basket is the visitor's own (`Capabilities.in_browser`): the visitor's browser asks.

    Each verb but `read` and `heard` answers with what the browser has to do, after handing over the handle. What it
    heard goes to `heard`. All that it tells is the visitor's word: it is shown, and no money of ours rests on it.
    """

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> AskBrowser:
        """Add tickets of one or several dates with one click."""
        ...

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold | AskBrowser:
        """Give back tickets and extras (None: all). What is gone already is forgotten without asking."""
        ...

    def read(self, handle: str) -> Hold:
        """What the browser told last. Calls nobody."""
        ...

    def ask(self, handle: str | None, keep: Keep) -> AskBrowser:
        """Have the basket read again, for example after the visitor was on the provider's own pages."""
        ...

    def take(self, handle: str | None, extras: Sequence[Extra], keep: Keep) -> AskBrowser:
        """Add what is sold beside tickets. Raises DetailsRejected, SoldOut, OneOfAKind, NotOnSale, Unsupported."""
        ...

    def note(
        self,
        handle: str,
        notes: Mapping[str, str | bool],
        keep: Keep,
        *,
        tickets: Sequence[str] | None = None,
    ) -> AskBrowser:
        """Write attributes under the labels of the provider's own settings: on these tickets (an empty list: on all
        of them), None: on the order. "" and False empty one. Raises Unsupported, HoldGone for an empty basket.
        """
        ...

    def note_key(self, label: str) -> str:
        """The name under which `Hold.attributes` and `HeldTicket.attributes` have what was written under a label."""
        ...

    def use_code(self, handle: str, code: str, keep: Keep) -> AskBrowser:
        """Apply a promotion code, "" takes it away."""
        ...

    def join_queue(self, handle: str, keep: Keep) -> AskBrowser:
        """Stand in the line that a `Queued` told of, and ask again how it goes."""
        ...

    def heard(self, handle: str, answer: Mapping[str, Any], keep: Keep) -> Hold | AskBrowser:
        """What the browser heard (see `AskBrowser`): how the basket is now, or what it has to ask next.

        Several things asked for at once may be partly refused: then the rest is asked for again, and what cannot be
        had is an item that is gone, or in `Hold.refused`. Where nothing could be had, raises SoldOut, NotOnSale,
        LimitExceeded, Queued, CookiesBlocked, WrongHost, Unreached, OneOfAKind, RenewalTooEarly, Refused, or
        OutcomeUnknown (read again). An answer to an older step is read like an answer to `ask`.
        """
        ...


class ServerExtrasDesk(HoldDesk, Protocol):
    """A hold desk whose account sells more than tickets, or takes codes or answers, and is asked by our server: the
    verbs of `BrowserDesk`, each answered at once with how the basket is then, read back."""

    def take(self, handle: str | None, extras: Sequence[Extra], keep: Keep) -> Hold:
        """Add what is sold beside tickets; what of several things was not had is in `Hold.refused`. Raises
        DetailsRejected, SoldOut, OneOfAKind, RenewalTooEarly, NotOnSale, Unsupported, or OutcomeUnknown as `hold`."""
        ...

    def note(
        self,
        handle: str,
        notes: Mapping[str, str | bool],
        keep: Keep,
        *,
        tickets: Sequence[str] | None = None,
    ) -> Hold:
        """As that of `BrowserDesk`; a label that was not taken is in `Hold.refused`."""
        ...

    def note_key(self, label: str) -> str:
        """As that of `BrowserDesk`."""
        ...

    def use_code(self, handle: str, code: str, keep: Keep) -> Hold:
        """Apply a promotion code, "" takes it away. Raises Refused with code "discount_invalid"."""
        ...


class ExtrasSource(Protocol):
    """A catalogue that has more than tickets (`Capabilities.extras`)."""

    def extras(self, *, fresh: bool = False) -> tuple[ExtraInfo, ...]:
        """What can be put into a basket beside tickets, asked for and kept for some minutes (`fresh`: asked again).

        Raises ProviderErrors."""
        ...

    def offers(self) -> tuple[PublicOffer, ...]:
        """Reductions that the venue tells of; empty where it tells of none."""
        ...

    def statements(self) -> tuple[Statement, ...]:
        """The venue's contact preferences; empty where it has none."""
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


class QuotingDesk(BookingDesk, Protocol):
    """A booking desk of an account whose prices depend on the buyer or on how things come (`Capabilities.quotes`)."""

    def quote(self, handle: str, details: Details, keep: Keep) -> Quote:
        """Tell the provider as much as its prices depend on, before the buyer looks at the sum; nothing is booked, and
        nobody is made known there who is not already. Repeatable. Raises as `prepare` does.
        """
        ...


class GuestDesk(Protocol):
    """What must be known of each guest (`Capabilities.guest_data`)."""

    def needs(self, selection: Selection) -> GuestSheet:
        """What will be asked for this choice, before anything is held. The keys are those its hold would have."""
        ...

    def sheet(self, handle: str) -> GuestSheet:
        """What is asked for this hold or booking now, and what the provider has of it."""
        ...

    def give(self, handle: str, guests: Mapping[str, Mapping[str, str]], keep: Keep) -> GuestSheet:
        """Hand over what is known: key of a place -> field of `GUEST_FIELDS` -> value (dates as YYYY-MM-DD, countries
        as ISO 3166 alpha-2). All places at once; what is left out is not known yet. Before booking, fields that are
        needed before must be there; after it, what is there is updated, never doubled.

        Raises GuestsRejected (nothing was kept), GuestsClosed, HoldExpired, OutcomeUnknown (`sheet` tells).
        """
        ...


class Provider(Protocol):
    """One configured account. One with `Capabilities.guest_data` also has `guests`, a `GuestDesk`."""

    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def catalog(self) -> CatalogSource: ...
    @property
    def holds(self) -> HoldDesk | ServerExtrasDesk | BrowserDesk: ...
    @property
    def bookings(self) -> BookingDesk: ...
