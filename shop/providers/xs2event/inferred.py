"""What XS2Event's documents do not say, one function or value each, to be changed when a real account answers otherwise."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.http import ApiError
from shop.providers.types import Arrives, Status
from shop.providers.xs2event import reading, zones
from shop.providers.xs2event.pricing import FACE_VALUE, Rule
from shop.providers.xs2event.reading import Json

PAGE_SIZE = 100  # no greatest one is published; 50 is the default and public clients use more
HOLD_MINUTES = 10
MOST_TICKETS = 20  # no greatest order is published; their own page stops here
CATEGORIES_KEPT = timedelta(hours=1)
GRACE = timedelta(seconds=30)  # their clock against ours

# --- catalogue ------------------------------------------------------------------------------------------------------

KINDS = {"concert": "concert", "concerts": "concert", "music": "concert", "festival": "festival", "theatre": "play",
         "theater": "play", "musical": "musical", "comedy": "comedy", "other": "other"}  # fmt: skip


def kind_of(sport: str, tournament: str) -> str:
    """Our word for their `sport_type`: all that is not known to be something else is a sport. They have no word for a
    concert; of "other" the tournament's name may say what it is."""
    word = sport.strip().lower()
    if word == "other":
        named = _folded(tournament)
        return next((kind for said, kind in KINDS.items() if said != "other" and said in named), "other")
    return KINDS.get(word, "sport")


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return " ".join(
        "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace(".", "").split()
    )


def zone_of(country: str, city: str, default: ZoneInfo) -> ZoneInfo:
    """The zone of a venue's wall clock, from its country (alpha-3) and city; no zone is in the API."""
    by_city = zones.CITIES.get(country.upper(), {})
    name = by_city.get(_folded(city)) or zones.COUNTRIES.get(country.upper())
    return ZoneInfo(name) if name else default


def status_of(word: str) -> Status:
    """`event_status`. A postponed event has another date some day: as good as moved."""
    return {"cancelled": Status.CANCELLED, "postponed": Status.MOVED}.get(word.lower(), Status.SCHEDULED)


def is_bookable(word: str) -> bool:
    """Only what has not begun and is not sold out, closed or kept from sale. An unknown word is none of these."""
    return word.lower() == "notstarted"


def begins_and_ends(raw: Json) -> tuple[datetime, datetime | None]:
    """Of an event of several days, whose own times are midnights, the main event; else its own times."""
    start = reading.wall_clock(raw, "date_start")
    if start is None:
        raise reading.Malformed("date_start is missing")
    end = reading.wall_clock(raw, "date_stop")
    main = reading.wall_clock(raw, "date_start_main_event")
    if main is not None and start <= main:
        return main, reading.wall_clock(raw, "date_stop_main_event") or end
    return start, end


SOLD_IN_OTHER_MONEY = frozenset(
    {"GBR"}
)  # tickets there are priced in pounds: a price in euros would be no price


def price_from(raw: Json, rule: Rule) -> Money | None:
    """A hint: `min_ticket_price_eur` is taken for the lowest net rate. Under a rule of face values nothing is known."""
    if reading.text(raw, "iso_country").upper() in SOLD_IN_OTHER_MONEY:
        return None
    try:
        lowest = reading.amount(raw, "min_ticket_price_eur", "EUR")
    except reading.Malformed:
        return None
    return None if lowest is None or rule.kind == FACE_VALUE else rule.price(lowest, None)


# --- tickets --------------------------------------------------------------------------------------------------------

DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
        "sun": "Sunday"}  # fmt: skip
SPANS = {"singleday": "Single day", "twoday": "Two days", "threeday": "Three days", "fourday": "Four days",
         "weekend": "Weekend", "season": "Season", "other": ""}  # fmt: skip
PEOPLE = {"regular": "adult", "adult": "adult", "youth": "youth", "child": "child", "junior": "junior",
          "senior": "senior", "student": "student", "disabled": "disabled", "family": "family"}  # fmt: skip
NOTES = {
    "no_away_fans": "no_away_fans",
    "no_awayteam_nationality_allowed": "no_away_nationality",
    "no_awayteam_province_allowed": "no_away_province",
}


def band_words(raw: Json) -> str:
    """`sub_category` (`<validity>_<target group>`) in words: "Single day, adult", "Sunday, youth"."""
    left, _, right = reading.text(raw, "sub_category").lower().partition("_")
    span = reading.text(raw, "ticket_validity").lower() or left
    who = reading.text(raw, "ticket_targetgroup").lower() or right
    day = DAYS.get(left[:3]) if left not in SPANS else None
    when = day or SPANS.get(span, SPANS.get(left, _pretty(span)))
    people = PEOPLE.get(who, _pretty(who).lower())
    named = ", ".join(filter(None, (when, people)))
    return named[:1].upper() + named[1:]


def _pretty(word: str) -> str:
    return " ".join(word.replace("_", " ").replace("-", " ").split()).capitalize()


def notes_of(raw: Json) -> tuple[str, ...]:
    """Flags that a buyer must know, as our codes."""
    return tuple(dict.fromkeys(NOTES[flag] for flag in reading.words(raw, "flags") if flag in NOTES))


def is_pairs_only(raw: Json) -> bool:
    """The flag, or the option of the same name."""
    return "pairs_only" in reading.words(raw, "flags") or reading.yes(
        reading.record(raw.get("options")), "pairs_only"
    )


def is_available(raw: Json) -> bool:
    """`ticket_status` as the filter of the list has it; a list that was filtered may leave the word out."""
    return reading.text(raw, "ticket_status").lower() in {"available", ""}


def free_for(stock: int, held: int) -> int:
    """How many can be had by somebody who holds some: what is held is not in `stock` any more."""
    return stock + held


def quantities(raw: Json, stock: int, most: int) -> tuple[int, ...]:
    """Exactly how many can be had of `stock`: from `min_order` on, even ones where only pairs are sold, and never so
    many that exactly one is left where they ask for that."""
    lowest = max(1, reading.count(raw, "min_order") or 1)
    pairs, no_single = is_pairs_only(raw), "no_max_minus_1" in reading.words(raw, "flags")
    return tuple(
        number
        for number in range(lowest, min(stock, most) + 1)
        if not (pairs and number % 2) and not (no_single and number == stock - 1)
    )


# --- reservations -----------------------------------------------------------------------------------------------------

USABLE = frozenset({"active", "extended"})


def deadline(raw: Json, began: datetime | None) -> datetime | None:
    """`valid_until` by our clock: counted from when we asked, by how long it is from their `created`."""
    until, created = reading.utc(raw, "valid_until"), reading.utc(raw, "created")
    if until is None or created is None or began is None:
        return until
    return began + (until - created)


def reservation_state(raw: Json, until: datetime | None, now: datetime) -> str:
    """active, booked, over. One whose time has long passed is over, whatever word it still has."""
    word = reading.text(raw, "status").lower()
    if word == "booked":
        return "booked"
    if word not in USABLE or (until is not None and now > until + GRACE):
        return "over"
    return "active"


def hint(error: ApiError) -> str:
    """What a refusal may mean by its `type` and words: stock, price, expired, quantity, booked, payment, email, guests
    or "". Only a hint: no code of theirs is published but `invalid-guest-data`."""
    body = reading.record(error.body)
    message = body.get("message")
    inner = (
        " ".join(str(one) for one in reading.record(message).values()) if isinstance(message, dict) else ""
    )
    said = " ".join(
        [*(reading.text(body, name) for name in ("type", "title", "message", "detail")), inner]
    ).lower()
    for word, code in (
        ("guest", "guests"), ("already-booked", "booked"), ("already booked", "booked"), ("expired", "expired"),
        ("void", "expired"), ("price", "price"), ("net_rate", "price"), ("currency", "price"), ("stock", "stock"),
        ("quantity", "quantity"), ("payment", "payment"), ("email", "email"), ("unknown-ticket", "stock"),
    ):  # fmt: skip
        if word in said:
            return code
    return ""


STILL_BOOKING = timedelta(seconds=90)


def may_still_be_booking(since: datetime | None, now: datetime) -> bool:
    """Whether a request to book whose answer was lost may still be at work there: for a minute and a half."""
    return since is not None and now - since < STILL_BOOKING


# --- booking orders and e-tickets -----------------------------------------------------------------------------------------

COMPLETED = "completed"
UNDONE = frozenset({"cancelled", "returned", "blocked", "postponed"})
WAITING = frozenset(
    {"", "processing", "review", "administrative", "pendingticketupload", "waitforactivation"}
)
OWN_CHANNEL = "xs2event"


def order_word(raw: Json) -> str:
    """`logistic_status`, whose case varies; null is not known yet."""
    return reading.text(raw, "logistic_status").lower()


def guests_can_change(word: str) -> bool:
    """`guestdata_status`: until the data were passed to the supplier."""
    return word.lower() in {"waitingfordistributor", "waitingforendcustomer"}


def guests_are_open(word: str) -> bool:
    """Whether data can be given: null and a word that is not known do not say that they were passed on. A refusal will."""
    return not guests_are_complete(word)


def guests_are_complete(word: str) -> bool:
    return word.lower() in {"notapplicable", "waitingtosendtosupplier", "waitingforprocessing", "completed"}


def arrives(channel: str, kind: str) -> Arrives:
    """How a ticket reaches the buyer: by its `distribution_channel`, then by its `type_ticket`."""
    if channel == "external_end_client":
        return Arrives.MAIL
    if kind == "collection-stadium":
        return Arrives.BOX_OFFICE
    if kind == "paper-ticket":
        return Arrives.POST
    if channel == "external" or kind == "appticket":
        return Arrives.WALLET
    return Arrives.DOWNLOAD


def file_name(link: str) -> str:
    """`download_link` is the name of a file; a sample shows a whole address, of which the last part counts."""
    if link.lower().startswith(("http://", "https://")):
        return unquote(urlsplit(link).path.rstrip("/").rpartition("/")[2])
    return link


def seat_words(section: str, row: str, seat: str) -> str:
    """Where a ticket is for, as far as the order says: "Section 12, row C, seat 7". Not documented; our reading."""
    named = (("section", section), ("row", row), ("seat", seat))
    said = ", ".join(f"{word} {value}" for word, value in named if value)
    return said[:1].upper() + said[1:]
