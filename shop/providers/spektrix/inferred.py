"""What Spektrix's documents do not say. One named function or value for each guess, nothing anywhere else.

On the day a real account answers otherwise, the change is made here. Pure: no calls, no clock of its own.
`inferred_basket` has those about what the visitor's browser asks and hears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import dist
from statistics import median
from typing import Any, NamedTuple

from shop.money import Money
from shop.providers.attributes import well_known
from shop.providers.errors import BadAnswer
from shop.providers.spektrix import reading
from shop.providers.spektrix.reading import Json

# --- lists --------------------------------------------------------------------------------------------------

BATCH_DAYS = 91  # "small date batches": a quarter of a year at a time
# `bands` of a status are in the model and not in its plain answer: expanded, they tell the price of an area
STATUS_EXPAND = "bands"
MOST_TICKETS = 10  # of one kind in one go; their own limit is the venue's and in no answer


def batches(since: date, until: date) -> list[tuple[date, date]]:
    """The windows that one long window is asked in.

    `instanceStart_to` and `startTo` are read as exclusive: one integrator found that the 18th needs the 19th. Were
    they inclusive, a day would be asked twice, which changes nothing.
    """
    found = []
    while since < until:
        end = min(since + timedelta(days=BATCH_DAYS), until)
        found.append((since, end))
        since = end
    return found


# --- venues -------------------------------------------------------------------------------------------------

_POSTCODE = re.compile(
    r"^(?P<town>\D*?)[\s,]*(?P<code>[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4})$"
)


def address_parts(name: str, address: str) -> tuple[str, str, str]:
    """Street, town and postcode of a venue: `address` is one line of free text. Its first parts are left out where
    the venue's own name begins with them ("Lantern Quay, Studio" at "Lantern Quay, Harbourside, Bristol BS1 5ZZ").

    A town is only told where a British or Irish postcode follows it; every other line is a street as it is.
    """
    parts = [part.strip() for part in address.split(",") if part.strip()]
    named = [part.strip().casefold() for part in name.split(",")]
    while parts and named and parts[0].casefold() == named[0]:
        del parts[0], named[0]
    found = _POSTCODE.match(parts[-1]) if parts else None
    if found is None:
        return ", ".join(parts), "", ""
    del parts[-1]
    town = found["town"].strip()
    if not town and len(parts) > 1:
        town = parts.pop()
    return ", ".join(parts), town, found["code"]


# --- events and their attributes ----------------------------------------------------------------------------

KINDS = (
    ("musical", "musical"), ("comedy", "comedy"), ("ballet", "ballet"), ("dance", "dance"), ("opera", "opera"),
    ("classical", "classical"), ("circus", "circus"), ("magic", "magic"), ("film", "film"), ("cinema", "film"),
    ("lecture", "talk"), ("talk", "talk"), ("poetry", "talk"), ("family", "family"), ("child", "family"),
    ("panto", "family"), ("exhibition", "exhibition"), ("workshop", "workshop"), ("class", "workshop"), ("course", "workshop"),
    ("festival", "festival"), ("concert", "concert"), ("music", "concert"), ("theatre", "play"), ("drama", "play"),
    ("play", "play"),
)  # fmt: skip
KIND_NAMES = ("genre", "category", "eventtype", "type", "artform")


def kind_of(attributes: dict[str, str]) -> str:
    """Our word for what is on. Spektrix has no such field: venues say it in an attribute of their own naming.

    Values are typed by hand, so only words in them are looked for. In v2 it may be a ticked attribute of that name.
    """
    named = [
        value.casefold()
        for wanted in KIND_NAMES
        for name, value in attributes.items()
        if re.sub(r"[^a-z]", "", name.casefold()).rstrip("0123456789").find(wanted) >= 0
    ]
    ticked = [name.casefold() for name, value in attributes.items() if value == "yes"]
    for said in (named, ticked):
        for value in said:
            for theirs, ours in KINDS:
                if re.search(rf"\b{theirs}", value):
                    return ours
    return "other"


def marks_of(attributes: dict[str, str]) -> tuple[str, ...]:
    """Access marks of an event or date, from attributes whose names say so ("SLCaptioned", "BSL").

    Every venue names them as it likes: the account's own mapping, where it has one, stands above this.
    """
    return well_known(attributes.items())


AGE_NAMES = re.compile(
    r"age(?![a-z])|age.?(guid|rang|recom|advi|limit|suit|restr)|recommended.?age", re.IGNORECASE
)


def age_note(attributes: dict[str, str]) -> str:
    """A venue's advice on ages, from an attribute of its own whose name says so ("Age Guidance", "AgeRange").

    A tick says nothing of an age, so only what was written counts.
    """
    for name, value in sorted(attributes.items()):
        written = value != "yes" and any(character.isdigit() for character in value)
        if written and AGE_NAMES.match(name):
            return value
    return ""


def is_markup_empty(markup: str) -> bool:
    """`<div id>` with line breaks in it is what an event without a text carries."""
    return not re.sub(r"<[^>]*>|\s|&nbsp;", "", markup)


def running_time(minutes: int | None) -> str:
    """`duration` is 0 where it is not known. Said in minutes, which reads the same in most languages."""
    return f"{minutes} min" if minutes else ""


# --- availability -------------------------------------------------------------------------------------------


def general_seats(available: int, locks: Iterable[tuple[str, int]]) -> int:
    """Seats anybody may buy: `available` counts seats under locks too, which only some may have."""
    return max(0, available - sum(quantity for _name, quantity in locks))


def child_statuses(status: Json) -> dict[str, Json]:
    """Statuses of areas inside one answer, by id. The documented object has none; one client looks for `areas`."""
    found: dict[str, Json] = {}
    for name in ("areas", "childPlans", "children", "plans"):
        for child in reading.records(status.get(name)):
            if (identifier := reading.optional_ref(child, "id")) and "available" in child:
                found[identifier] = child
                found |= child_statuses(child)
    return found


def is_reserved(kind: str, has_seats: bool) -> bool:
    """Whether seats of a plan or area have names. `type` says it where it is there; else its list of seats does."""
    folded = kind.casefold()
    return folded == "reserved" or (folded not in {"unreserved", "generaladmission"} and has_seats)


def bands_of_area(area: Json, status: Json, named: dict[str, str]) -> list[str]:
    """Ids of the price bands that an unreserved area may be sold at.

    v2 says that an unreserved plan has one band; v3 shows it nowhere for certain. Looked for in the area, in its
    status (`bands`), then by a band with the area's own name; else every band of the price list may be meant.
    """
    for holder in (area, status):
        if one := reading.linked(holder, "band") or reading.linked(holder, "priceBand"):
            return [one]
        listed = [reading.optional_ref(band, "id") for band in reading.records(holder.get("bands"))]
        if known := [band for band in listed if band in named]:
            return known
    name = reading.text(area, "name").casefold()
    same = [band for band, said in named.items() if name and said.casefold() == name]
    return same or list(named)


class SeatState(NamedTuple):
    """What `status/detail` says of one seat. `lock`: the name of the lock it is under; `note`: what else it carries."""

    band: str = ""
    state: str = ""
    lock: str = ""
    note: str = ""


def seat_states(body: Any) -> dict[str, SeatState]:
    """`status/detail` by seat id. Its layout is published nowhere, and one client found that it is no JSON at all.
    Taken as an object or a list of seats; what cannot be read is not sold. That signed calls see more of a seat is
    documented, what exactly is not: `lockType` is how the status itself names the kind of a lock.
    """
    found: dict[str, SeatState] = {}
    if isinstance(body, dict):
        inner = next((body[name] for name in ("seats", "seatStatuses") if name in body), None)
        if inner is not None:
            return seat_states(inner)
        pairs: Iterable[tuple[Any, Any]] = body.items()
    elif isinstance(body, list):
        pairs = ((one.get("id") or one.get("seat"), one) for one in reading.records(body))
    else:
        return found
    for seat, said in pairs:
        if isinstance(seat, dict):
            seat = reading.optional_ref(seat, "id")
        if not isinstance(seat, str) or not isinstance(said, dict):
            continue
        band = next(
            (reading.linked(said, name) for name in ("band", "priceBand", "bandId") if name in said), ""
        )
        state = reading.text(said, "status") or reading.text(said, "state")
        lock = said.get("lockType")
        found[seat] = SeatState(
            band,
            state.upper()[:1],
            reading.text(lock, "name", 80) if isinstance(lock, dict) else reading.text(said, "lockType", 80),
            seat_note(said),
        )
    return found


def seat_sells(said: SeatState) -> bool:
    """A sells; U does not. I is a seat that carries information: it is sold where we can pass on what that is (a place
    for whoever needs one, a word about the view), else not by us. Any other lock is not for everybody."""
    if said.state == "I":
        return bool(access_of(said)) if said.lock else bool(said.note)
    return said.state == "A"


ACCESS_WORDS = (("companion", r"companion|\bcarer|essential"), ("step_free", r"step.?free|level access|transfer"),
                ("wheelchair", r"wheelchair"))  # fmt: skip


def access_of(said: SeatState) -> str:
    """What a place is made for, by its lock, else by its note; "" for any seat. Every venue words both itself."""
    told = (said.lock or said.note).casefold()
    return next((ours for ours, pattern in ACCESS_WORDS if re.search(pattern, told)), "")


def seat_note(raw: Json) -> str:
    """What there is to know of a seat, in its plan or its status: "seat information" is documented, its key was not
    seen."""
    return reading.text(raw, "information", 200) or reading.text(raw, "seatInformation", 200)


def seat_restricted(note: str) -> bool:
    return bool(re.search(r"restrict|obstruct|pillar|limited view|side view|rail in", note.casefold()))


def seat_point(seat: Json) -> tuple[float, float] | None:
    """Where a seat is in its plan: `x` and `y` of the vendor's sibling contract. None where either is no number."""
    numbers = []
    for one in (seat.get("x"), seat.get("y")):
        if isinstance(one, bool) or not isinstance(one, int | float | Decimal):
            return None
        numbers.append(float(one))
    return numbers[0], numbers[1]


def seat_place(seat: Json) -> tuple[str, str]:
    """Row and number of a seat of a plan: keys of the vendor's sibling contract, since v3's were not seen."""
    return reading.text(seat, "row", 20), reading.text(seat, "number", 20) or reading.text(seat, "name", 20)


def neighbours(seats: Sequence[tuple[str, tuple[float, float] | None]]) -> list[int]:
    """Places of the seats of one row, such that neighbours differ by one. Where all of them are measured, their distance
    says it (numbers may be odd on one side and even on the other); else numbers one apart are neighbours.

    Where numbers are no numbers, nobody is called a neighbour.
    """
    points = [point for _number, point in seats if point is not None]
    if len(points) == len(seats) > 1:
        return _measured(points)
    places = []
    for position, (number, _point) in enumerate(seats):
        plain = number.isascii() and number.isdigit() and len(number) < 6
        places.append(int(number) if plain else 1_000_000 + 2 * position)
    return places


def _measured(points: Sequence[tuple[float, float]]) -> list[int]:
    """From left to right; a way much longer than the usual one is a gap, at least of one seat."""
    order = sorted(range(len(points)), key=lambda place: points[place])
    ways = [dist(points[a], points[b]) for a, b in pairwise(order)]
    usual = median(ways)
    found, at = {order[0]: 1}, 1
    for place, way in zip(order[1:], ways, strict=True):
        at += 1 if way <= 1.35 * usual or not usual else max(2, round(way / usual))
        found[place] = at
    return [found[place] for place in range(len(points))]


# --- prices -------------------------------------------------------------------------------------------------


def total_and_face(amount: Money, commission: Money, included: bool) -> tuple[Money, Money]:
    """What a ticket costs in all, and what of it is its own price. Whether `amount` holds the commission is not
    stated; the hosted page words it as included. The account says which (`COMMISSION`)."""
    if not included:
        return amount + commission, amount
    return amount, amount - commission if commission <= amount else amount


def charges_of(price: Json) -> list[Json]:
    """`customItems` of a price: there only where the venue itemises its commissions."""
    return list(reading.records(price.get("customItems")))


def charge_name(item: Json) -> str:
    """What a custom item is called: its keys were not seen."""
    return reading.text(item, "name", 80) or reading.text(item, "description", 80)


def charge_amount_key(item: Json) -> str:
    """Which field of a custom item is its sum."""
    return next((name for name in ("amount", "total", "price") if name in item), "amount")


# --- what else is sold ----------------------------------------------------------------------------------------


def renewal_price_key(membership: Json) -> str:
    """Memberships have a price for renewing; how it is called was not seen."""
    return "renewalPrice"


def pricing_sets(structure: Json) -> list[Json]:
    """The pricing sets of a ticket subscription structure: what can be put into a basket."""
    return next(
        (
            list(reading.records(structure[name]))
            for name in ("pricingSets", "pricing", "prices")
            if isinstance(structure.get(name), list)
        ),
        [],
    )


# --- owner mode -----------------------------------------------------------------------------------------------


def page_of_orders(body: Any, *, account: str) -> list[Any]:
    """A page of orders: a list, or an object around one."""
    if isinstance(body, dict):
        body = next((body[name] for name in ("orders", "items", "results", "data") if name in body), None)
    if not isinstance(body, list):
        raise BadAnswer("orders: a list was expected", account=account)
    return body
