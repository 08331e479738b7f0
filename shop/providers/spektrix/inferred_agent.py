"""What the documents do not say about baskets that our server makes (agent mode). One named function for each guess."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from shop.providers.spektrix import reading
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.types import Choice

GONE = frozenset({404, 410})
# Between a confirm whose answer was lost and the moment at which its order must be seen among the orders.
ORDERS_LAG = timedelta(minutes=3)
TICKETS, MERCHANDISE = (
    "ticketDelivery",
    "merchandiseDelivery",
)  # of a basket; their options: the same with "Options"


def new_basket_body() -> Json:
    """POST baskets may carry customer, delivery and things in one body. Ours begins empty: should its answer be lost,
    nothing is held by it, and it may be repeated."""
    return {}


def is_gone(status: int) -> bool:
    """How a basket that timed out answers by its id: as one that does not exist. That it times out is documented (the
    hosted payment component tells of it), when and how is not."""
    return status in GONE


def ran_out(had: bool, has: bool) -> bool:
    """Whether a basket that is still there has timed out: it had something, has nothing, and nobody emptied it."""
    return had and not has


def may_still_be_booking(since: datetime | None, now: datetime) -> bool:
    """Whether an order may still come of a confirm that was sent then and got no answer. How long they work on one is not
    told; a gateway before them gives up after less."""
    return since is not None and now - since < ORDERS_LAG


# --- deliveries -------------------------------------------------------------------------------------------------


def _key(raw: Json) -> tuple[str, Any]:
    """How a delivery is named in a PATCH: POST baskets has `ticketDelivery: {type}`, so by `type` where there is one."""
    for name in ("type", "id"):
        value = raw.get(name)
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return name, value
    return "", None


def delivery_value(raw: Json) -> str:
    """What tells one delivery from another, as text; "" where it cannot be told."""
    return str(_key(raw)[1] or "").strip()[:60]


def delivery_body(field: str, option: Json) -> Json:
    """PATCH baskets/{id} that chooses this option."""
    name, value = _key(option)
    return {field: {name: value}}


def delivery_name(raw: Json) -> str:
    kind = reading.record(raw.get("type"))
    return (
        reading.text(raw, "name", 90)
        or reading.text(raw, "description", 90)
        or reading.text(kind, "name", 90)
    )


def delivery_label(raw: Json) -> str:
    """What people read of it: its name, unless that is one word (`Cobo`, `PrintAtHome`), which is a key of theirs."""
    name = delivery_name(raw)
    return "" if delivery_code(raw) and re.fullmatch(r"\w+", name) else name


def delivery_price(raw: Json, currency: str) -> int | None:
    """What a delivery costs, in minor units: for the whole basket. None where it is not told."""
    for name in ("total", "price", "amount", "fee", "cost", "charge"):
        try:
            found = reading.amount(raw, name, currency)
        except Malformed:
            continue
        if found is not None:
            return found.minor
    return None


# The first that fits. "E-mail" is no post.
DELIVERY_WORDS = (
    ("print_there", r"print"),
    ("mail", r"e-?mail|e-?ticket|mobile|digital|electronic"),
    ("box_office", r"collect|box ?office|\bcobo\b|will ?call|pick ?up|at the (venue|theatre|door)"),
    ("post", r"\bpost|\bmail|courier|recorded|first class|second class|deliver(ed|y) to|shipping|royal mail"),
)
DELIVERY_TYPES = {"1": "box_office", "3": "agent"}  # seen; the numbers of others are unknown


def delivery_code(raw: Json) -> str:
    """Our word for a delivery, by what it is called, else by its number; "" where neither says."""
    said = " ".join(filter(None, (delivery_name(raw), reading.text(raw, "type", 60)))).casefold()
    for code, pattern in DELIVERY_WORDS:
        if re.search(pattern, said):
            return code
    return DELIVERY_TYPES.get(delivery_value(raw), "")


def is_offered(raw: Json) -> bool:
    """Not the one by which an agent makes the tickets itself: this shop makes none."""
    return bool(delivery_value(raw)) and (
        delivery_code(raw) != "agent"
        and not re.fullmatch(r"agent( deliver(y|ed))?", delivery_name(raw).casefold())
    )


def needs_address(code: str) -> bool:
    """An address is asked for what comes by post, and for nothing else."""
    return code == "post"


# --- countries ---------------------------------------------------------------------------------------------------


def countries(raw: list[Any]) -> tuple[Choice, ...]:
    """`GET countries`: a name and a code, whose key is read off the path `countries/{isoCode}`. An address is written
    with that code."""
    found = {}
    for one in reading.records(raw):
        code = next(
            (said for name in ("isoCode", "isoAlpha2", "code", "id") if (said := reading.text(one, name, 3))),
            "",
        )
        if code and (name := reading.text(one, "name", 100)):
            found[code.upper()] = name
    named = sorted(found.items(), key=lambda pair: pair[1].casefold())
    return tuple(Choice(value=code, label=name, code=code) for code, name in named)


# --- customers --------------------------------------------------------------------------------------------------


def customer_body(answers: dict[str, str]) -> Json:
    """POST customers: first and last name and e-mail are required; `phone` and `mobile` are fields of a customer. No
    statement is agreed to and no tag is set: the buyer was asked for neither."""
    keys = {
        "first_name": "firstName", "last_name": "lastName", "email": "email", "phone": "phone", "mobile": "mobile",
    }  # fmt: skip
    return {theirs: answers[ours] for ours, theirs in keys.items() if answers.get(ours)}


def address_calls(answers: dict[str, str], name: str) -> tuple[tuple[str, str, Json], ...]:
    """Method, path below `customers/{id}` and body of what gives a customer the address that things are sent to.

    No page tells it for signed calls. First by analogy with the addresses of a signed-in customer, which adds one and
    changes none; where that path does not exist, by PATCH of the customer's own `deliveryAddress`.
    """
    address = {
        "name": name, "line1": answers.get("address_1", ""), "line2": answers.get("address_2", ""),
        "town": answers.get("city", ""), "postcode": answers.get("postcode", ""),
        "country": answers.get("country", ""),
    }  # fmt: skip
    return (
        ("POST", "/addresses", {**address, "isBilling": False, "isDelivery": True}),
        ("PATCH", "", {"deliveryAddress": address}),
    )


def does_not_exist(status: int) -> bool:
    """Whether a call is one that their API does not have."""
    return status in {404, 405, 501}


def is_duplicate(body: Any) -> bool:
    """A customer of this address is there already: "Duplicate Entry"."""
    found = reading.record(body)
    said = " ".join(reading.text(found, name) for name in ("message", "errorCode", "code"))
    return "duplicate" in said.casefold()


def customer_of_basket(customer: str) -> Json:
    """How a basket is given its customer: POST baskets takes `customer`; that PATCH does too, and that it is the plain
    id as with `instance` and `type`, is by analogy."""
    return {"customer": customer}


def customer_in(basket: Json) -> str:
    return reading.linked(basket, "customer")


# --- confirming -------------------------------------------------------------------------------------------------


def confirm_body(mails: bool) -> Json:
    """POST baskets/{id}/confirm: seen with this one key."""
    return {"sendConfirmationEmail": mails}


def confirmed_order(body: Any) -> Json | None:
    """The order, where the answer is one. What is answered was not seen: an order, its id in an object, or nothing;
    a basket is told by the lists that only a basket has."""
    found = reading.record(body)
    inner = reading.record(found.get("order"))
    if inner:
        return inner if reading.optional_ref(inner, "id") else None
    if reading.text(found, "orderId") or reading.text(found, "friendlyId"):
        return found
    is_basket = "hash" in found or "ticketDeliveryOptions" in found
    return found if reading.optional_ref(found, "id") and not is_basket else None
