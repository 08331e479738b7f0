"""What the documents do not say about baskets, queues and orders. One named function or value for each guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from shop.providers.spektrix import reading
from shop.providers.spektrix.reading import Json

REFERENCE_LENGTH = 30  # of merchandise, spaces included; documented
QUEUE_SECONDS = 10.0  # between two questions in a queue; documented as "about"
FORGOTTEN_AFTER = timedelta(hours=2)  # a basket's life is set by the venue and told nowhere
ORDER_PAGES = 20  # of orders since a hand-over, however many one page has

# Our kind -> endpoint below `basket`, name of its ids in a DELETE, field of the basket, field that says what it is.
# The names of ids but `ticketIds` are by analogy with the documented PATCH calls; `gift-vouchers` is a guess.
KINDS: dict[str, tuple[str, str, str, str]] = {
    "donation": ("donations", "donationIds", "donations", "fund"),
    "merchandise": ("merchandise", "merchandiseItemIds", "merchandiseItems", "stockItem"),
    "membership": ("membership-subscriptions", "subscriptionIds", "membershipSubscriptions", "membership"),
    "subscription": ("ticket-subscriptions", "ticketSubscriptionIds", "ticketSubscriptions", "pricingSet"),
    "gift_voucher": ("gift-vouchers", "giftVoucherIds", "giftVouchers", ""),
}


def best_available_body(instance: str, quantity: int, area: str, band: str, kind: str) -> Json:
    """`instance` and `quantity` are seen; that lists of bands and areas exist is documented, not their names. The
    ticket type is sent too: where it is ignored, the tickets are changed to it afterwards."""
    body: Json = {"instance": instance, "quantity": quantity, "type": kind}
    if band:
        body["bands"] = [band]
    if area:
        body["areas"] = [area]
    return body


def stock_allows(level: int | None, new: int, held: int) -> bool:
    """Whether `stockLevel` is enough for `new` more. Whether it counts what lies in baskets is not said: what is in this
    one already (`held`) is not added to the wish, and the box office refuses what is too much."""
    return level is None or new <= level


def membership_body(membership: str, auto_renew: bool) -> Json:
    """`autoRenew` is documented, the key `membership` is by analogy with its siblings."""
    return {"membership": membership, **({"autoRenew": True} if auto_renew else {})}


def gift_voucher_body(amount: Any, answers: dict[str, str]) -> Json:
    """Neither path nor body was seen: the fields of the vendor's own component in camel case."""
    keys = {
        "to_name": "toName", "from_name": "fromName", "message": "message", "email": "deliveryEmailAddress",
        "send_date": "sendDate",
    }  # fmt: skip
    said = {keys[name]: value for name, value in answers.items() if name in keys and value}
    delivery = "OtherEmail" if "deliveryEmailAddress" in said else "CustomerEmail"
    return {"amount": amount, "deliveryType": delivery, **said}


def written_label(label: str) -> str:
    """How an attribute is written: the label of the settings with its spaces, behind a prefix that is printed
    `Attribute_` and emitted `attribute_`."""
    return f"attribute_{label}"


def read_key(label: str) -> str:
    """How the same attribute is read back: without spaces and punctuation, capitals kept."""
    return re.sub(r"[^0-9A-Za-z]", "", label)


def is_read_back(written: str | bool, read: str) -> bool:
    """Whether what is read back is what was written. A tick is written as true; a venue that keeps it as text may have
    it back as a word."""
    if isinstance(written, bool):
        return (read.casefold() in {"yes", "true", "1"}) is written
    return read == written.strip()


def patch_is_one_object() -> bool:
    """PATCH of one ticket takes an object; one working client wraps it in a list of one."""
    return True


def is_another_basket(before: Json, now: Json) -> bool:
    """Whether an empty basket is a new one rather than the one before, emptied: it has another id then, or none."""
    ids = [reading.optional_ref(one, "id") or reading.optional_ref(one, "basketId") for one in (before, now)]
    return ids[0] != ids[1] or not ids[1]


# --- refusals ---------------------------------------------------------------------------------------------------

REFUSALS = (
    ("renewal_too_early", r"renew|too early"),
    ("one_of_a_kind", r"already (have|has|hold|own|in (the|your) basket|purchased|a member)|only (one|1)|duplicate"),
    ("limit_exceeded", r"maximum|limit|at most|too many|exceed"),
    ("sold_out", r"best available seats not possible|sold ?out|no longer available|not (enough|available)|unavailable|"
                 r"insufficient|capacity|already (been )?(taken|sold|reserved|selected)|out of stock|stock level"),
    ("not_on_sale", r"on ?sale|off ?sale|selling|cancelled|canceled|has (started|passed)|in the past"),
    ("discount_invalid", r"promo|offer code|voucher code"),
)  # fmt: skip


def said(body: Any) -> str:
    """What a refusal says of itself: `message`, `errorCode`, `code`, `problems`. For us, never for a page or a log."""
    found = reading.record(body[0] if isinstance(body, list) and body else body)
    problems = found.get("problems")
    parts = [reading.text(found, name) for name in ("code", "errorCode", "message")]
    parts += [str(one)[:200] for one in problems[:5]] if isinstance(problems, list) else []
    return " ".join(filter(None, parts))


def refusal(status: int, body: Any) -> str:
    """Our code for a refused call, guessed from its words: statuses tell no more than 400."""
    text = said(body).casefold()
    for code, pattern in REFUSALS:
        if re.search(pattern, text):
            return code
    return "sold_out" if status == 409 else "refused"


def is_queue(body: Any) -> bool:
    """`code` "JoinQueue", in `code` or, as with other errors, in `errorCode`; with which status is not known."""
    found = reading.record(body)
    return "joinqueue" in {str(found.get(name, "")).casefold() for name in ("code", "errorCode")}


def queue_instance(body: Any) -> str:
    """Whose queue it is, as an id that is safe in a path."""
    found = reading.record(body)
    told = str(found.get("eventInstanceId") or "") or str(found.get("joinQueue") or "").rsplit("/", 1)[-1]
    return told if re.fullmatch(r"[0-9A-Za-z]{1,40}", told) else ""


def queue_answer(status: int, body: Any) -> tuple[bool, int | None]:
    """Whether one is through the queue, and the position where not. Its further codes were not readable."""
    found = reading.record(body)
    position = next(
        (reading.count(found, name) for name in ("position", "queuePosition", "place") if name in found), None
    )
    through = status in {200, 201, 204} and not is_queue(body) and not position
    return through, position


# --- tickets and orders -----------------------------------------------------------------------------------------


def band_of_ticket(ticket: Json) -> str:
    return reading.linked(ticket, "band") or reading.linked(ticket, "priceBand")


def type_of_ticket(ticket: Json) -> str:
    """`type`, or its older twin `ticketType`."""
    return reading.linked(ticket, "type") or reading.linked(ticket, "ticketType")


def seat_words(seat_name: str) -> tuple[str, str]:
    """ "A1" as row and number; what does not look like it is a number without a row."""
    found = re.fullmatch(r"\s*([A-Za-z]{1,3})[\s-]*(\d{1,4}[A-Za-z]?)\s*", seat_name)
    return (found[1], found[2]) if found else ("", seat_name.strip())


def things_of(found: Json) -> list[str]:
    """What is in a basket or an order beside tickets, as "field:id": ids repeat from one kind to another."""
    return [
        f"{field}:{reading.optional_ref(one, 'id')}"
        for _path, _ids, field, _what in KINDS.values()
        for one in reading.records(found.get(field))
    ]


def is_ours(
    order: Json, tickets: Iterable[str], basket: str, label: str, reference: str, things: Iterable[str] = ()
) -> bool:
    """Whether an order is what became of a basket that was handed over.

    Nothing says how the two are linked. Our own number, where the venue has given us an order attribute to write it
    in, decides (`told` may be the number without that of the part); else the basket's id; else ids of tickets, which an
    order may have kept: one is enough, the buyer may have taken others out on the hosted pages. Without tickets all of
    the `things` must be there.
    """
    if label and reference:
        told = reading.attributes(order).get(read_key(label), "")
        if told:
            return told == reference or reference.startswith(f"{told}-")
    ids = {reading.optional_ref(order, name) for name in ("basketId", "basket", "id")} - {""}
    ids |= {reading.linked(order, "basket")} - {""}
    if basket and basket in ids:
        return True
    mine, rest = set(tickets), set(things)
    if mine:
        return any(reading.optional_ref(one, "id") in mine for one in reading.records(order.get("tickets")))
    return bool(rest) and rest <= set(things_of(order))


def order_reference(order: Json) -> str:
    return next(
        (found for name in ("friendlyId", "orderId", "id") if (found := reading.text(order, name))), ""
    )


def order_is_refunded(order: Json) -> bool:
    """Whether all of an order was given back: its total is nothing though it had payments."""
    refunds = order.get("refunds")
    return isinstance(refunds, list) and bool(refunds) and reading.number(order, "total") == 0
