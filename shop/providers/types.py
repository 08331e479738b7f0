"""What crosses the border between a provider and the shop: frozen data, no behaviour beyond small sums.

Times are aware, money is `Money`, refs are the provider's own ids as text. Nothing here knows Django.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from shop.money import Money
from shop.providers.extras import Charge, HeldExtra, Refusal
from shop.providers.seats import SEAT_ACCESS as SEAT_ACCESS
from shop.providers.seats import Seat as Seat
from shop.providers.seats import SeatArea as SeatArea
from shop.providers.seats import SeatRow as SeatRow
from shop.providers.seats import TakenSeat as TakenSeat

# --- catalogue ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VenueInfo:
    """Where it happens. `timezone` is an IANA name; every local time of the venue is read in it."""

    ref: str
    name: str
    address: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""  # ISO 3166 alpha-2 where known
    telephone: str = ""
    timezone: str = "Europe/London"
    getting_there: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Status(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class InstanceInfo:
    """One date and time of an event. `seats_left` and `longest_run` are None where the provider is silent."""

    ref: str
    event_ref: str
    starts_at: datetime
    ends_at: datetime | None = None
    doors_at: datetime | None = None
    status: Status = Status.SCHEDULED
    bookable: bool = True
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    seats_left: int | None = None
    seats_total: int | None = None
    longest_run: int | None = None
    price_from: Money | None = None
    price_to: Money | None = None
    name: str = ""  # where a date has a name of its own
    marks: tuple[str, ...] = ()  # our words: signed, captioned, described, relaxed, step_free
    attributes: tuple[tuple[str, str], ...] = ()  # the venue's own fields: name, value ("yes" for a tick, "")


@dataclass(frozen=True, slots=True)
class EventInfo:
    """What is on. HTML fields are as the provider sent them: whoever stores them sanitises them."""

    ref: str
    name: str
    kind: str  # our word: musical, play, comedy, dance, opera, concert, club, talk, sport, festival, ...
    venue: VenueInfo
    description_html: str = ""
    tagline: str = ""
    running_time: str = ""
    age_note: str = ""
    notice: str = ""
    access_note: str = ""
    offer_text: str = ""
    terms_html: str = ""
    image_url: str = ""
    seller: str = ""  # who sells and delivers the ticket
    status: Status = Status.SCHEDULED
    listed: bool = True  # False: reachable by its address, not in lists
    price_from: Money | None = None
    price_to: Money | None = None
    starts_at: datetime | None = None  # first date, where the provider says so
    ends_at: datetime | None = None
    marks: tuple[str, ...] = ()  # as of an instance, for every date
    attributes: tuple[tuple[str, str], ...] = ()
    instances: tuple[InstanceInfo, ...] | None = None  # None: ask `instances()`


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be read. It is left out, counted, and shown to the admin with the reason."""

    what: str  # event, instance, venue
    ref: str
    reason: str
    excerpt: str = ""  # a little of what came, without secrets
    withdrawn: bool = False  # readable enough to know that it is not offered (any more)


# --- availability ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction a buyer can take. `percent` or `amount`; `needs_code` ones are found by typing the code."""

    ref: str
    name: str
    percent: int | None = None  # hundredths of a percent: 1250 is 12.5 %
    amount: Money | None = None  # off each ticket
    needs_code: bool = False
    minimum: int | None = None
    maximum: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """The row a buyer can take: this area, band and ticket type at this price.

    `price` is what is paid for one, compulsory fees inside; `fee` is the part of it that is fees.
    `closed` names why it cannot be taken now: "", not_yet, ended, sold_out, unsupported, there (only on the
    provider's own page).
    """

    key: str
    price: Money
    area: str = ""
    price_band: str = ""
    ticket_type: str = ""
    description: str = ""
    fee: Money | None = None
    face_value: Money | None = None
    left: int | None = None
    minimum: int = 1
    maximum: int = 10
    step: int = 1
    time_from: datetime | None = None  # a timeslot of its own
    time_to: datetime | None = None
    closed: str = ""
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    discounts: tuple[Discount, ...] = ()
    notes: tuple[str, ...] = ()
    together: bool = False  # the provider picks seats next to each other and says which
    best_seats: bool = False  # the provider picks seats and says which; perhaps not next to each other
    charges: tuple[Charge, ...] = ()  # what `fee` is made of, where the provider itemises it
    needs: tuple[str, ...] = ()  # keys of offers one of which must be in the basket too
    price_estimated: bool = False  # the provider names the exact sum only when it is ordered
    quantities: tuple[int, ...] = ()  # exactly these, where minimum, maximum and step do not say it

    def allows(self, quantity: int) -> bool:
        """Whether so many can be taken in one go."""
        if self.quantities:
            return quantity in self.quantities
        most = self.maximum if self.left is None else min(self.maximum, self.left)
        return self.minimum <= quantity <= most and not (quantity - self.minimum) % self.step


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be had for one instance now. `offers` and `areas` may both be filled, or one, or none."""

    instance_ref: str
    checked_at: datetime
    offers: tuple[Offer, ...] = ()
    areas: tuple[SeatArea, ...] = ()
    choose_there: str = ""  # address of the provider's own chooser, where only that can offer seats
    own_page: str = ""  # the provider's own chooser of this date, for whom our road does not serve
    left: int | None = None  # places in all that anybody may have, where the provider counts them
    limit: int = 10  # most tickets in one go
    code_field: bool = False  # a discount code can be typed
    status: Status = Status.SCHEDULED


# --- holds -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """What a buyer chose at one instance: named seats, or so many of one offer."""

    instance_ref: str
    seat_refs: tuple[str, ...] = ()
    offer_key: str = ""
    quantity: int = 0
    discount_refs: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """One ticket of a held item, as the provider reads it back."""

    ref: str
    price: Money
    row: str = ""
    number: str = ""
    fee: Money | None = None
    face_value: Money | None = None
    restricted: bool = False
    note: str = ""
    ticket_type: str = ""
    price_band: str = ""
    discount: Money | None = None  # what the provider has taken off already
    charges: tuple[Charge, ...] = ()  # what `fee` is made of, where the provider itemises it
    attributes: tuple[tuple[str, str], ...] = ()  # what was asked for this ticket: name as read back, value


@dataclass(frozen=True, slots=True)
class HeldItem:
    """The smallest thing the provider can remove again, with its own deadline if it has one.

    `state`: held (taken from sale), wish (not taken yet), gone (was held or wished for, cannot be had now).
    `selection` is what would ask for the same again.
    """

    ref: str
    instance_ref: str  # "" where the provider does not say and we do not know
    event_ref: str
    event_name: str
    starts_at: datetime | None
    tickets: tuple[HeldTicket, ...]
    total: Money
    area: str = ""
    venue_name: str = ""
    expires_at: datetime | None = None
    state: str = "held"
    selection: Selection | None = None
    time_from: datetime | None = None  # an entry of its own, and its end
    time_to: datetime | None = None
    problem: str = ""  # code of why it is gone
    price_estimated: bool = False  # the exact sum is named only when it is ordered; it will not be higher


@dataclass(frozen=True, slots=True)
class Hold:
    """What the provider has taken from sale for us, as read back from it.

    `handle` is opaque text that the provider wrote and alone reads; keep the newest one, encrypted.
    `firm`: tickets are really off sale. `verified`: read by our server from theirs.
    """

    handle: str
    items: tuple[HeldItem, ...]
    total: Money
    expires_at: datetime | None = None
    firm: bool = True
    verified: bool = True
    extras: tuple[HeldExtra, ...] = ()
    discount: Money | None = None  # taken off by offers, all together; inside `total` already
    charges: tuple[Charge, ...] = ()  # of the whole basket (a transaction commission); inside `total`
    code: str = ""  # the promotion code that is applied
    attributes: tuple[tuple[str, str], ...] = ()  # of the whole basket: name as read back, value
    refused: tuple[
        Refusal, ...
    ] = ()  # what of the last wish was not taken; tickets come as items that are gone


@dataclass(frozen=True, slots=True)
class AskBrowser:
    """The visitor's own browser must make the calls: their cookie is the basket.

    `request`, plain JSON: `step` (to be sent back), `host`, `calls` ([{method, url, body or None}], one after the
    other, each with credentials; after one without any answer the rest is left out), `read` (a GET of the whole
    basket, made last in any case), `wait` (seconds to let pass before).

    What it heard is posted back as JSON: {step, host, calls: [{status, body}], read: {status, body}}; status 0
    stands for no answer, body is the parsed JSON or None; `host` is the one that answered `read`, after redirects.
    See `BrowserDesk.heard`.
    """

    handle: str
    request: MappingProxyType[str, Any]


# --- booking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str  # the provider's own words; empty where `code` says it
    code: str = ""  # one of ours: pdf, pkpass, secure, box_office, ...
    price: Money | None = None
    disabled: str = ""  # code of why it cannot be taken: wallet_needs_account, ...


@dataclass(frozen=True, slots=True)
class Question:
    """One thing the provider needs to know. `name` is ours (see `QUESTION_NAMES`); words are the page's."""

    name: str
    kind: str  # text, email, tel, choice, yes_no, country, us_state
    required: bool = True
    choices: tuple[Choice, ...] = ()
    price: Money | None = None  # what a yes costs, in all
    max_length: int | None = None
    only_if: tuple[str, str] | None = None  # (other question, its answer): asked only then
    or_if: tuple[tuple[str, str], ...] = ()  # or then, where there is an `only_if`


# The names a question may have. Buyer details are asked once a checkout, the rest once a part.
BUYER_NAMES = (
    "first_name", "last_name", "email", "phone", "mobile", "company",
    "address_1", "address_2", "city", "postcode", "country", "state",
)  # fmt: skip
PART_NAMES = ("delivery", "merchandise_delivery", "protection", "format")


@dataclass(frozen=True, slots=True)
class Details:
    """The buyer's answers for one part, and where the provider is to send the buyer back.

    `reference` is our order number with the part; `answers` has the names of `BUYER_NAMES + PART_NAMES`
    that were asked for and answered. `language` is a BCP 47 code.
    """

    reference: str
    answers: dict[str, str] = field(default_factory=dict)
    success_url: str = ""
    failure_url: str = ""
    language: str = "en"
    provider_mails: bool = False  # the provider is asked to mail the buyer
    route: str = ""  # a way to pay other than the account's own: its `Capabilities.other_payment`


@dataclass(frozen=True, slots=True)
class NothingToPay:
    """Free: booked without a payment."""


@dataclass(frozen=True, slots=True)
class PayUs:
    """We charge the buyer, then `confirm`."""

    amount: Money


@dataclass(frozen=True, slots=True)
class PayThere:
    """The provider's own page takes the money. `url` is checked against the account's allowed hosts."""

    url: str
    amount: Money
    frame: bool = False


@dataclass(frozen=True, slots=True)
class PayTheirForm:
    """The provider's Stripe account, in our page. The publishable key is theirs, never ours."""

    publishable_key: str
    client_secret: str
    intent_id: str
    amount: Money


PaymentKind = NothingToPay | PayUs | PayThere | PayTheirForm


@dataclass(frozen=True, slots=True)
class Prepared:
    """The part is ready to be paid. `hold` is what will be bought, its total what will be charged. `delivery`: what of
    it the chosen deliveries cost now, where the provider says so."""

    hold: Hold
    payment: PaymentKind
    pay_by: datetime | None = None
    delivery: Money | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a part costs for this buyer and with these deliveries. `delivery`: as in `Prepared`."""

    hold: Hold
    delivery: Money | None = None


class BookingState(StrEnum):
    """What the provider says of a part when asked."""

    OPEN = "open"  # not paid, can still be
    PROCESSING = "processing"  # a payment is under way there
    UNPROVEN = "unproven"  # signs of a booking, not enough to tell a buyer that it is paid
    BOOKED = "booked"
    REFUSED = "refused"  # over, not booked
    LAPSED = "lapsed"  # the hold ran out, not booked
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Sign:
    """What else the shop has seen of a payment: which return address was opened, if any."""

    returned: str = ""  # success, failure or ""
    reference: str = ""  # the provider's order number that a confirmation page told the browser; a hint
    confirming_since: datetime | None = None  # `confirm` was sent then, and what came of it is not known


@dataclass(frozen=True, slots=True)
class Booking:
    """The provider's promise, as read from it. `handle` as in `Hold`."""

    handle: str
    state: BookingState
    reference: str = ""  # the provider's own, for people at a box office
    total: Money | None = None
    tickets: tuple[HeldTicket, ...] = ()
    reason: str = ""  # code
    mailed_by_provider: bool = False


class Arrives(StrEnum):
    """How tickets reach the buyer."""

    DOWNLOAD = "download"
    SCHEDULED = "scheduled"  # download, from a date on
    BOX_OFFICE = "box_office"
    POST = "post"
    VENUE_DISPATCH = "venue_dispatch"  # the venue mails them itself
    MAIL = "mail"  # only by the provider's mail
    ACCOUNT = "account"  # in the buyer's own account at the provider, and nowhere else
    WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One thing that opens the door. `kind`: pdf, pkpass, apple, google.

    `link` is secret (whoever has it has the ticket). A kind that is a link to a wallet is followed by the
    buyer through an address of ours; the others are fetched by us and stored.
    """

    ref: str
    kind: str
    link: str
    seat: str = ""
    is_wallet_link: bool = False
    ticket_ref: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """What there is so far: `expected` tickets, of which `ready` have something to download."""

    arrives: Arrives
    expected: int
    ready: int
    documents: tuple[DocumentInfo, ...] = ()
    release_at: datetime | None = None
    complete: bool = False
    problem: str = ""  # code of why some will not come by themselves: order_cancelled, order_blocked, ...
    may_wait: bool = False  # they can take until shortly before the event, and nobody need worry


@dataclass(frozen=True, slots=True)
class DocumentFile:
    content: bytes
    content_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """What `doctor` and "test connection" show. `problem` is a code of `shop.problems`, "" when all is well."""

    ok: bool
    problem: str = ""
    detail: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What must be known of an account beforehand."""

    holds_at: str = "add"  # add, or checkout: until then a line is a wish
    holds_seats: bool = False  # where nothing is held before checkout: named seats are all the same
    one_event_per_hold: bool = False  # two events are two orders and two payments
    removes: str = "item"  # smallest thing that can be removed: ticket or item
    can_extend: bool = False
    quotes: bool = False  # prices depend on who buys: the booking desk is a `QuotingDesk`
    no_clock: bool = False  # what was added is held, and nobody says for how long
    sets_quantity: bool = False  # the hold desk is a `QuantityDesk`
    hold_minutes: int | None = None  # about; told before it begins
    payment: str = "there"  # there, their_form, us
    other_payment: str = ""  # what can be asked for instead (`Details.route`) where the first is NotUnlocked
    documents: tuple[str, ...] = ()
    guest_data: bool = False  # the account has a `GuestDesk`
    provider_mails_always: bool = False  # the provider mails the buyer whatever we ask
    in_browser: bool = False  # the hold desk is a `BrowserDesk`
    many_dates: bool = False  # tickets of several dates can be asked for at once
    sold_there: bool = False  # nothing is held or booked here: buyers go to `Availability.choose_there`
    extras: tuple[str, ...] = ()  # of EXTRA_KINDS
    codes: bool = False  # a promotion code can be typed for the whole basket
    reference_label: str = ""  # an attribute of the order that takes our order number
    system: str = ""  # whose ids these are, where they can change: with another one all of them are others
    notes: tuple[str, ...] = ()  # what a buyer's answers can be noted on: ticket, order
    frame_hosts: tuple[str, ...] = ()  # hosts of a payment page that may be framed, for its CSP alone
    frame_name: str = ""  # id and name that such a frame must have
    chart: bool = False  # the hold desk is a `ChartDesk`


@dataclass(frozen=True, slots=True)
class Window:
    """Dates from `since` on, up to and without `until`."""

    since: date
    until: date
