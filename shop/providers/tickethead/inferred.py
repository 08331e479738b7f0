"""Everything about Tickethead that its documents do not say and that we had to decide.

One named function (or value) each, so that it can be changed on the day a real account answers otherwise.
Nothing else in this package guesses, but for `prices`. Pure: no calls, no clock of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from shop.providers.tickethead.records import (
    Dated,
    EventRecord,
    Organizer,
    Sector,
    TicketConfig,
    TicketDiscount,
    Timeslot,
)  # fmt: skip
from shop.providers.types import BookingState

# --- addresses ----------------------------------------------------------------------------------------------

PAGE = 100  # events asked for at once; the largest the API allows is not documented
LIST_RELATIONS = "[ticket_config.[depends_on],subcategory,occurrence.[ticket_config.[depends_on]]]"
PLAIN_LIST_RELATIONS = "[ticket_config,subcategory,occurrence.ticket_config]"
EVENT_RELATIONS = (
    "[ticket_config.[sector,timeslot,ticket_discount,depends_on],ticket_discount.[ticket_config],subcategory,"
    "ticket_format,timeslot,sector,"
    "occurrence.[ticket_config.[sector,timeslot,ticket_discount,depends_on],sector,timeslot]]"
)
# What the vendor's own client asks for: for a server that knows fewer relations than the types declare.
PLAIN_RELATIONS = (
    "[ticket_config,ticket_discount,subcategory,ticket_format,timeslot,occurrence.ticket_config,sector]"
)
ORDER_RELATIONS = "[order_item.[ticket.[ticket_config,sector]]]"
ORGANIZER_FIELDS = "ticket_format"
WORKSPACE_FIELD = "workspace"
LOOKBACK = timedelta(days=400)


def global_url(tenant_url: str) -> str:
    """The host of account and venue, where the account names none: the tenant's without its first word."""
    parts = urlsplit(tenant_url)
    host = parts.netloc.split(".", 1)
    rest = host[1] if len(host) == 2 and host[1].startswith("api.") else parts.netloc
    return urlunsplit((parts.scheme, rest, parts.path, "", ""))


def start_range(since: date, until: date) -> str:
    """The list's `start_at=<iso>;<iso>` for dates in a window.

    A recurring event is listed by the start of its parent, which may lie long before the dates still to come,
    so the range begins earlier and the dates are compared on our side. A day more at each end is for the time
    zones.
    """
    first, last = since - LOOKBACK, until + timedelta(days=1)
    return f"{first.isoformat()}T00:00:00.000Z;{last.isoformat()}T00:00:00.000Z"


def payment_path(choice: str) -> str:
    """Where a payment is created: `payment` is the path of the Orders page, `stripe` that of newer clients.

    Which of the two a live tenant still answers is not documented; a full path is taken as it is.
    """
    known = {"": "payment", "payment": "payment", "stripe": "payment/stripe"}
    return f"/payment/v1/{known[choice]}" if choice in known else "/" + choice.strip("/")


# --- what can be sold ---------------------------------------------------------------------------------------


def is_sellable(status: str) -> bool:
    """`updated` is a published event with a change that is not published yet; `committed` is not on sale."""
    return status in {"published", "updated"}


def is_cancelled(status: str) -> bool:
    return status in {"canceled", "cancelled"}


def config_is_offered(config: TicketConfig) -> bool:
    """Ticket configs have a status and a visibility of their own; what they do to the sale is not said."""
    return config.visible and config.status in {"", "published", "updated"}


def is_recurring(event: EventRecord) -> bool:
    """The words of `type` are not documented: a parent is what has occurrences, or says so."""
    return bool(event.occurrences) or "recur" in event.type or "parent" in event.type


def own_or_parents(event: EventRecord, dated: Dated) -> Dated:
    """An occurrence without ticket configs of its own is sold with those of its parent."""
    if dated.configs or dated.ref == event.own.ref:
        return dated
    return Dated(
        id=dated.id, ref=dated.ref, status=dated.status, start_at=dated.start_at, end_at=dated.end_at,
        gate_time=dated.gate_time, chart_key=dated.chart_key, configs=event.own.configs,
        sectors=dated.sectors or event.own.sectors, timeslots=dated.timeslots or event.own.timeslots,
        discounts=dated.discounts or event.own.discounts,
    )  # fmt: skip


def sectors_of(dated: Dated, config: TicketConfig) -> tuple[Sector | None, ...]:
    """The sectors in which a ticket config is sold; (None,) where the event has none.

    A sector must be given "if the event has sectors". Which config goes with which is in either relation; where
    neither was sent, all of them.
    """
    return tuple(
        one for one in dated.sectors if _joined(one.id, one.configs, config.id, config.sectors)
    ) or _only_if_none(dated.sectors, config.sectors)


def timeslots_of(dated: Dated, config: TicketConfig) -> tuple[Timeslot | None, ...]:
    """As `sectors_of`, for timeslots."""
    return tuple(
        one for one in dated.timeslots if _joined(one.id, one.configs, config.id, config.timeslots)
    ) or _only_if_none(dated.timeslots, config.timeslots)


def _joined(
    own_id: str, configs: Collection[str] | None, config_id: str, listed: Collection[str] | None
) -> bool:
    """An empty list on the config's side is not taken for "none": it is then sold wherever the others say."""
    if listed:
        return own_id in listed
    return not configs or config_id in configs


def _only_if_none(exist: Sequence[object], listed: Collection[str] | None) -> tuple[None, ...]:
    """No sector fits: sold without one, unless the config belongs to one that the event does not list."""
    return () if listed and exist else (None,)


def payable_limit(config: TicketConfig, sector: Sector | None, slot: Timeslot | None) -> int | None:
    """How many one buyer can take; None where nothing is said. There is no such field: the smallest of four.

    A `tickets_per_user` of zero is read as "no limit".
    """
    per_user = config.tickets_per_user or None
    known = [
        value
        for value in (
            config.available_tickets,
            per_user,
            sector.available_tickets if sector else None,
            slot.available_tickets if slot else None,
        )
        if value is not None
    ]
    return max(0, min(known)) if known else None


def is_over(dated: Dated, slot: Timeslot | None, now: datetime) -> bool:
    """When the sale ends by itself: with the slot or the event, where `end_sale_at` says nothing."""
    if slot is not None and (slot.end_at or slot.start_at):
        return (slot.end_at or slot.start_at or now) <= now
    return (dated.end_at or dated.start_at) <= now


def unsupported(
    event: EventRecord,
    dated: Dated,
    config: TicketConfig,
    formats: Collection[str],
    *,
    seats_sold: bool = False,
) -> str:
    """Why we cannot sell a ticket that is on sale; "" where we can.

    donation: no field of an order takes the amount. holder_names: identity levels from 2 on need a form for each
    ticket holder. wallet_needs_account: delivered only into a wallet, which a guest has not. seat_chart:
    seats are chosen by their names, and nobody has told us where they are listed (`seats_sold`: somebody has).
    """
    if config.pricing_type not in {"paid", "free"}:
        return "donation"
    if event.kyc_level >= 2:
        return "holder_names"
    if not any(word in OUR_FORMATS for word in formats):
        return "wallet_needs_account"
    return "seat_chart" if dated.chart_key and not seats_sold else ""


def dates_share_an_order() -> bool:
    """An order is made "for an event", and an occurrence is like an event: two dates are two orders."""
    return False


def discount_fits(discount: TicketDiscount, config: TicketConfig) -> bool:
    """Which discounts a config takes is in either relation; where neither was sent, every one of the event."""
    if config.discounts is None and discount.configs is None:
        return True
    return discount.id in (config.discounts or ()) or config.id in (discount.configs or ())


def discount_is_open(discount: TicketDiscount, now: datetime) -> bool:
    return (
        (discount.start_at is None or discount.start_at <= now)
        and (discount.end_at is None or discount.end_at > now)
        and (discount.available_tickets is None or discount.available_tickets > 0)
    )


def discount_by_code(found: Sequence[TicketDiscount], code: str) -> TicketDiscount | None:
    """A typed code is looked up in the organizer's discounts, whatever its case; no document says how."""
    wanted = code.strip().casefold()
    return next((one for one in found if wanted and one.code.casefold() == wanted), None)


# --- seats --------------------------------------------------------------------------------------------------

SEAT_REPORT = "byLabel"  # any report type lists every object; the vendor's own tests read this one
SEAT_FREE, SEAT_HELD = "free", "reservedByToken"


def seat_event_key(dated_id: str) -> str:
    """Which event of the seating charts belongs to one of Tickethead's: not published. The same id."""
    return dated_id


def config_of_category(category_key: str) -> str:
    """Which ticket config a seat's category is sold as: not published. The config of that id."""
    return category_key


def seat_sells(status: str, *, for_sale: bool, available: bool, channel: str) -> bool:
    """Whether anybody may have a seat: free, for sale, called available, and not kept for a sales channel, which a
    call would have to name. A status that the venue made up is not free."""
    return status == SEAT_FREE and for_sale and available and channel in {"", "NO_CHANNEL"}


def seat_parts(label: str) -> tuple[str, str, str]:
    """Section, row and number of a label that comes without its parts: row-seat, with the section before them."""
    section, row, number = ["", "", *label.rsplit("-", 2)][-3:]
    return section.strip(), row.strip(), number.strip()


# --- formats ------------------------------------------------------------------------------------------------

OUR_FORMATS = {"PDF": "pdf", "PKPASS": "pkpass"}  # wire word -> our code; SECURE needs a wallet


def formats(event: EventRecord, organizer: Organizer) -> tuple[str, ...]:
    """The event's formats, else the organizer's, else PDF, which every example uses."""
    return event.formats or organizer.formats or ("PDF",)


# --- orders -------------------------------------------------------------------------------------------------

WINDOW_S = 600


def pay_by(created_at: datetime, organizer: Organizer) -> datetime:
    """The end of the payment window: `event_timer_s` from the creation of the order, else ten minutes."""
    seconds = organizer.event_timer_s
    return created_at + timedelta(seconds=seconds if seconds and seconds > 0 else WINDOW_S)


def order_state(status: str, *, returned: str, window_over: bool) -> tuple[BookingState, str]:
    """An order's status in our words, and a code where more is to be said.

    `payment_processing` begins when the payment is created, before the buyer has done anything, and stays after
    a declined card: it is under way for us only when the buyer came back from a success. `payment_failed`
    is over, by the clock or by hand.
    """
    match status:
        case "draft":
            return BookingState.OPEN, ""
        case "payment_processing":
            return (BookingState.PROCESSING if returned == "success" else BookingState.OPEN), ""
        case "payment_failed":
            return (BookingState.LAPSED, "") if window_over else (BookingState.REFUSED, "payment_failed")
        case "paid":
            return BookingState.BOOKED, ""
        case "partially_refunded":
            return BookingState.BOOKED, "partially_refunded"
        case "refunded":
            return BookingState.REFUNDED, ""
    return BookingState.UNPROVEN, "unknown_status"


def is_payable(status: str) -> bool:
    """A declined card leaves the order as it is: it can be tried again until the window closes."""
    return status in {"draft", "payment_processing"}


def has_booked_its_seats(status: str) -> bool:
    """Named seats are booked when the payment is created, and come back only when the order is over."""
    return status == "payment_processing"


def may_be_about_seats(status: int) -> bool:
    """Whether a refused payment of an order with named seats can mean that they were not booked. The code of it is not
    published: where no other code says something else, the chart tells."""
    return status in {400, 409}


def is_booked(status: str) -> bool:
    """Confirmed. The payment call of a free order names no intent: there, too, this is read from the order."""
    return status in {"paid", "partially_refunded"}


# --- errors -------------------------------------------------------------------------------------------------

# `errorCode` strings are not published; these are the ones we know how to say.
ERROR_KINDS = {
    "event_not_published": "not_on_sale",
    "ticket_config_not_on_sale": "not_on_sale",
    "ticket_config_sale_ended": "not_on_sale",
    "sold_out": "sold_out",
    "seats_unavailable": "sold_out",
    "tickets_per_user_exceeded": "limit_exceeded",
    "format_not_supported": "format",
    "order_contact_missing": "contact",
    "order_not_payable": "payment_closed",
}


def kind_of_refusal(status: int, code: str) -> str:
    """Our word for a refusal: by its code, else by its status; "" where neither tells.

    409 is in the vendor's client without a use; a conflict between buyers is what it most likely means.
    """
    return ERROR_KINDS.get(code) or {409: "sold_out", 404: "not_found", 401: "token", 403: "token"}.get(
        status, ""
    )


CONTACT_FIELDS = {
    "first_name": "first_name", "last_name": "last_name", "billing_email": "email", "email": "email",
    "phone": "phone", "street1": "address_1", "street2": "address_2", "city": "city", "zip": "postcode",
    "state": "state", "country": "country", "business_name": "company",
}  # fmt: skip


def fields_complained_of(message: str) -> dict[str, str]:
    """Which of the buyer's answers a refusal names: its wire names are looked for in the message."""
    words = set(message.replace('"', " ").replace("'", " ").replace(".", " ").replace(",", " ").split())
    return {ours: "invalid" for wire, ours in CONTACT_FIELDS.items() if wire in words}


# --- words --------------------------------------------------------------------------------------------------

# Subcategories are each tenant's own words; the first of these found in one decides.
KINDS = {
    "musical": ("musical",),
    "opera": ("opera", "oper"),
    "ballet": ("ballet",),
    "dance": ("dance", "tanz"),
    "comedy": ("comedy", "kabarett", "cabaret"),
    "circus": ("circus", "zirkus"),
    "magic": ("magic", "zauber"),
    "festival": ("festival",),
    "club": ("club", "party"),
    "classical": ("classical", "klassik"),
    "concert": ("concert", "konzert", "music", "musik", "jazz", "rock"),
    "play": ("drama", "play"),
    "theatre": ("theatre", "theater", "stage"),
    "sport": ("sport", "ball", "boxing", "running", "hockey", "tennis", "race"),
    "workshop": ("workshop", "course"),
    "conference": ("conference", "congress"),
    "talk": ("talk", "lecture", "reading", "lesung"),
    "exhibition": ("exhibition", "museum", "ausstellung"),
    "family": ("family", "kids", "kinder"),
    "tour": ("tour",),
    "film": ("film", "cinema", "kino"),
}


def kind_of(subcategory: str) -> str:
    words = subcategory.casefold()
    return next((kind for kind, theirs in KINDS.items() if any(word in words for word in theirs)), "other")
