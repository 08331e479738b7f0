"""What London Theatre Direct's documents do not say. One named function for each guess, nothing anywhere else.

On the day a real account answers otherwise, the change is made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.accounts import AccountConfig
from shop.providers.londontheatredirect import reading
from shop.providers.types import Arrives

SELLER = "London Theatre Direct"
MOST_TICKETS = 10  # in one item; their own limit is not published
HOLD_MINUTES = 10  # about; their first answer in the documents says 9 whole minutes left
LONGEST_HOLD = timedelta(minutes=15)
RETRY_PAUSE = 2.0  # seconds before a failed hold is asked for again
GRACE = timedelta(minutes=2)  # whole minutes are truncated, and a payment may be on its last step
UK_POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", re.IGNORECASE)


# --- catalogue ----------------------------------------------------------------------------------------------


def zone_of_times(config: AccountConfig) -> ZoneInfo:
    """Times carry no offset. West End curtain times match the venue's wall clock, so they are read as that."""
    return ZoneInfo(config.timezone)


def currency_of_prices(config: AccountConfig) -> str:
    """No price carries a currency. Theirs is a London shop: pounds, and venues elsewhere are refused."""
    return config.currency


def is_in_the_uk(city: str, postcode: str) -> bool:
    """Their venues name no country; New York is among them. Prices of those would be in dollars, or not."""
    if city.strip().casefold() == "london":
        return True
    return bool(UK_POSTCODE.match(postcode.strip())) and city.strip().casefold() != "new york"


def shown_name(name: str) -> str:
    """Some productions are listed twice, the twin with " *" after its name. The mark tells a buyer nothing."""
    return re.sub(r"(\s+\*+)+$", "", name)


def first_date(start: datetime, now: datetime) -> datetime | None:
    """Long runners name 2015-01-01 as their first date; one that is past says nothing to a buyer."""
    return start if start > now else None


def date_to(until: date) -> date:
    """`dateTo` seems to be an instant, so a bare date is its midnight: exclusive, as ours is."""
    return until


def is_paired(performance: dict[str, Any]) -> bool:
    """Most likely two parts of one play that must be bought together, which we cannot do: hidden."""
    return bool(performance.get("PairedPerformances"))


def longest_run(performance: dict[str, Any], seats_left: int | None) -> int | None:
    """0 beside free seats says nothing: general admission has no neighbours."""
    found = reading.count(performance, "MaximumConsecutiveSeatsCount")
    return None if found == 0 and seats_left else found


KINDS = (
    ("musical", "musical"), ("comedy", "comedy"), ("dance", "dance"), ("ballet", "ballet"), ("opera", "opera"),
    ("classical", "classical"), ("concert", "concert"), ("music", "concert"), ("circus", "circus"),
    ("magic", "magic"), ("talk", "talk"), ("family", "family"), ("kid", "family"), ("child", "family"),
    ("exhibition", "exhibition"), ("attraction", "attraction"), ("tour", "tour"), ("sport", "sport"),
    ("festival", "festival"), ("play", "play"), ("drama", "play"), ("theatre", "theatre"),
)  # fmt: skip


def kind_of(type_name: str) -> str:
    """Our word for one of their event types, which are known by name only: sources disagree about the ids."""
    folded = type_name.casefold()
    return next((ours for theirs, ours in KINDS if theirs in folded), "other")


def fee_of(selling: Money, face: Money | None) -> Money | None:
    """Selling price less face value (90 - 75 in the documents); None where no face value is named."""
    if face is None or face.minor == 0 or face > selling:
        return None
    return selling - face


def neighbour_indexes(rows: Sequence[Sequence[str]]) -> list[list[int]]:
    """For the seat numbers of each row of a house: places, such that neighbours differ by one.

    Only free seats are listed and no index comes with them. Mostly seats are numbered through, but UK houses
    may have odd numbers on one side and even ones on the other. Only where not a single pair of free seats in
    the whole house is numbered through, and several differ by two, is it taken for such a house. A pair that
    cannot be told is called apart: better that than two seats with a stranger between.
    """
    numbers = [
        [int(one) if one.isascii() and one.isdigit() and len(one) < 6 else None for one in row]
        for row in rows
    ]
    ones = twos = 0
    for row in numbers:
        known = {one for one in row if one is not None}
        ones += sum(one + 1 in known for one in known)
        twos += sum(one + 2 in known for one in known)
    odd_and_even = ones == 0 and twos >= 6
    result = []
    for row in numbers:
        taken: set[int] = set()
        places = []
        for position, one in enumerate(row):
            if one is None or one in taken:  # "12A", a box, the same number twice
                places.append(1_000_000 + 2 * position)
                continue
            taken.add(one)
            places.append(one if not odd_and_even else one // 2 + (500_000 if one % 2 else 0))
        result.append(places)
    return result


def is_general_admission(area: str, areas_with_seats: Iterable[str]) -> bool:
    """An area with prices but without a single named seat."""
    return area.casefold() not in {name.casefold() for name in areas_with_seats}


def heartbeat_is_well(body: Any) -> bool:
    """ "True if the services are available": bare, or wrapped in some object."""
    if isinstance(body, dict):
        flags = [value for value in body.values() if isinstance(value, bool)]
        return all(flags) if flags else True
    return body is not False and str(body).strip().lower() != "false"


# --- holds --------------------------------------------------------------------------------------------------


def deadline(minutes: int, arrived: datetime) -> datetime:
    """`ReservationValidity` is taken as whole minutes left, truncated; counted from when the answer arrived.

    So the zone of `ExpirationDate`, which is not documented, does not matter.
    """
    return arrived + min(timedelta(minutes=minutes), LONGEST_HOLD)


def ran_out(minutes: int | None) -> bool:
    """Zero or less on an unsubmitted basket: expired, though it may be listed for a while (theirs shows -4)."""
    return minutes is not None and minutes <= 0


def is_lone_seat(reason: Any, message: str) -> bool:
    """FailureReason 2 is in no published list, but the documents name a "single seat restriction" for 409."""
    if isinstance(reason, str) and not reason.strip().isdigit():
        message = f"{reason} {message}"
    elif reason is not None and str(reason).strip() == "2":
        return True
    return bool(re.search(r"single[- _]?seat|lone", message, re.IGNORECASE))


def may_be_working(status: int | None) -> bool:
    """Whether the failed call may still be under way there: yes without an answer or behind a gateway's time-out."""
    return status is None or status in {408, 504}


# --- booking ------------------------------------------------------------------------------------------------

DELIVERIES = (
    ("scheduled", ("scheduled",)), ("venue_dispatch", ("venue dispatch", "dispatch")),
    ("print_at_home", ("print",)), ("e_ticket", ("e-ticket", "eticket", "e ticket", "mobile")),
    ("box_office", ("box office", "collect")), ("post", ("deliver", "post", "courier", "mail")),
)  # fmt: skip
DELIVERY_IDS = {"1": "box_office", "2": "post", "3": "post"}


def delivery_kind(delivery_id: str, name: str) -> str:
    """Which way a delivery type is. Ids of the newer ones are published nowhere, so the name decides first."""
    folded = name.casefold()
    for kind, words in DELIVERIES:
        if any(word in folded for word in words):
            return kind
    return DELIVERY_IDS.get(delivery_id, "")


def address_needed(kind: str) -> tuple[str, ...]:
    """What of the buyer's address a delivery needs. Their page calls all of it optional; nothing is posted without."""
    return ("address_1", "city", "postcode") if kind == "post" else ()


ARRIVES = {
    "scheduled": Arrives.SCHEDULED, "venue_dispatch": Arrives.VENUE_DISPATCH, "box_office": Arrives.BOX_OFFICE,
    "post": Arrives.POST,
}  # fmt: skip
NOTHING_TO_DOWNLOAD = frozenset({"venue_dispatch", "box_office", "post"})


def arrives(kind: str) -> Arrives:
    """How tickets of a delivery reach the buyer; what we do not know is looked for as a download."""
    return ARRIVES.get(kind, Arrives.DOWNLOAD)


def protection_price(per_ticket: Money, tickets: int) -> Money:
    """The plan's price is for one ticket and covers all or none (3 tickets, 7.5 in the documents)."""
    return per_ticket * tickets


def grand_total(
    items: Iterable[Money],
    delivery: Money | None,
    protection: Money | None,
    discounts: Iterable[Money],
    currency: str,
) -> Money:
    """They name no total: items, delivery, protection, less discounts. Delivery is once an order."""
    total = Money.total(items, currency)
    total += delivery or Money.zero(currency)
    total += protection or Money.zero(currency)
    taken_off = Money.total(discounts, currency)
    return total - taken_off if taken_off < total else Money.zero(currency)


def discounts(raw: Any, currency: str) -> list[Money]:
    """`DiscountInformation`: null in every example, a text by the table, a list of prices in their classes."""
    found = []
    for one in reading.records(reading.record(raw).get("Discounts")):
        try:
            value = abs(reading.number(one, "Price") or Decimal(0))
        except reading.Malformed:
            continue
        found.append(Money.from_decimal(value, currency))
    return found


# "Language" of the payment gate; the page takes English for any other.
GATE_LANGUAGES = {
    "en": 1,
    "de": 2,
    "es": 3,
    "it": 4,
    "sv": 5,
    "fr": 6,
    "nl": 7,
    "nb": 8,
    "nn": 8,
    "no": 8,
    "da": 9,
}


def gate_language(language: str) -> int:
    return GATE_LANGUAGES.get(language.lower().replace("_", "-").partition("-")[0], 1)


def counts_as_paid(reference: str, *, on_account: bool, returned: str, has_documents: bool) -> bool:
    """What a 200 of the submitted summary proves is not certain ("already submitted").

    On account nobody pays at a gate: the booking reference is enough. Else a second sign is needed: the buyer
    came back by the success address, or there are documents.
    """
    if not reference:
        return False
    return on_account or returned == "success" or has_documents


BOOKS_WITHIN = timedelta(minutes=2)


def may_still_be_booking(since: datetime, now: datetime) -> bool:
    """Whether a submit on account that was sent then, and whose answer was lost, may still be at work there.

    No limit is published. Their gateway would give up on a caller long before; a supplier behind it answers in
    seconds or not at all.
    """
    return now - since < BOOKS_WITHIN


LOCKED = re.compile(
    r"on ?account|unlock|not (?:be )?(?:available|enabled|permitted|allowed|authori[sz]ed)|permission|account manager",
    re.IGNORECASE,
)


def is_not_unlocked(status: int | None, body: Any, *, held: bool) -> bool:
    """Whether a refused submit on account means that the account is not unlocked for it.

    "Not available as standard" is all that is said; how the refusal looks is not. The key has just been good for the
    summary, so a refusal without JSON (`status` None) is of this call alone, and so is a missing address. The 403 that
    is documented is of an empty or invalid basket and says so: it cannot be meant where the basket has its seats.
    """
    if not held:
        return False
    raw = reading.record(body)
    said = " ".join(reading.text(raw, name) for name in ("ErrorCode", "Message", "MessageDetail"))
    if LOCKED.search(said):
        return True
    if re.search(r"basket", said, re.IGNORECASE):
        return False
    return status in {None, 401, 403, 404, 405}


COMPLAINTS = (
    ("email", r"e-?mail"), ("delivery", r"delivery"), ("last_name", r"last ?name|surname"),
    ("first_name", r"first ?name|(?<!last)(?<!last )\bname"), ("country", r"country"), ("state", r"state"),
    ("postcode", r"zip|post ?code"), ("phone", r"phone"), ("mobile", r"mobile"), ("address_1", r"address"),
    ("city", r"city"),
)  # fmt: skip


def rejected_fields(body: Any) -> dict[str, str]:
    """Which answers a 400 of a submit complains of, guessed from its text; empty where nothing can be told."""
    raw = reading.record(body)
    said = " ".join(reading.text(raw, name) for name in ("Message", "MessageDetail"))
    said += " " + " ".join(map(str, reading.record(raw.get("ModelState"))))
    return {name: "invalid" for name, pattern in COMPLAINTS if re.search(pattern, said, re.IGNORECASE)}
