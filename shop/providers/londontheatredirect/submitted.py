"""Orders and documents at London Theatre Direct in our types. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.addresses import is_allowed
from shop.providers.londontheatredirect import held, inferred, reading
from shop.providers.londontheatredirect.reading import Malformed
from shop.providers.types import Choice, Details, DocumentInfo, HeldTicket, Question

Json = dict[str, Any]
TEXTS = (
    ("first_name", "text", True), ("last_name", "text", True), ("email", "email", True), ("phone", "tel", False),
    ("mobile", "tel", False), ("company", "text", False),
)  # fmt: skip
ADDRESS = ("address_1", "address_2", "city", "postcode")
FIELDS = {
    "email": "Email", "first_name": "Name", "last_name": "LastName", "address_1": "AddressLine1",
    "address_2": "AddressLine2", "company": "CompanyName", "city": "City", "postcode": "Zip", "phone": "Phone",
    "mobile": "Mobile",
}  # fmt: skip
REQUIRED = ("first_name", "last_name", "email", "delivery")


# --- questions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way to get the tickets, for this basket."""

    ref: str
    name: str
    kind: str
    price: Money


def deliveries(raw: list[Any], *, currency: str) -> list[Delivery]:
    """`DeliveryType`s of "Get Basket available deliveries". One without an id or price cannot be offered."""
    found = []
    for one in reading.records(raw):
        ref, name = reading.optional_ref(one, "DeliveryTypeId"), reading.text(one, "DeliveryTypeName")
        try:
            price = reading.amount(one, "DeliveryTypePrice", currency)
        except Malformed:
            continue
        if ref.isdigit() and price is not None:
            found.append(Delivery(ref, name, inferred.delivery_kind(ref, name), price))
    return found


def countries(raw: list[Any]) -> tuple[Choice, ...]:
    """`Country`s of "System API", by their own order; `code` is ISO 3166."""
    found = []
    for one in reading.records(raw):
        ref, name = reading.optional_ref(one, "CountryId"), reading.text(one, "CountryName")
        try:
            order = reading.number(one, "Ordering")
        except Malformed:
            order = None
        if ref.isdigit() and name:
            choice = Choice(value=ref, label=name, code=reading.text(one, "ISO3166").upper())
            found.append((order is None, order or 0, name, choice))
    return tuple(choice for *_, choice in sorted(found, key=lambda one: one[:3]))


def states(raw: list[Any]) -> tuple[Choice, ...]:
    """`USState`s of "System API"."""
    return tuple(
        Choice(value=code, label=reading.text(one, "StateName") or code)
        for one in reading.records(raw)
        if (code := reading.text(one, "StateCode"))
    )


def questions(
    ways: list[Delivery], lands: tuple[Choice, ...], us_states: tuple[Choice, ...], protection: Money | None
) -> tuple[Question, ...]:
    """What "Submit Order" takes; the address only where something is posted, if that can be chosen. State is for the
    United States only, as its page says."""
    posted = [("delivery", way.ref) for way in ways if inferred.address_needed(way.kind)]
    needed = {name for way in ways for name in inferred.address_needed(way.kind)}
    only: dict[str, Any] = {"only_if": posted[0], "or_if": tuple(posted[1:])} if posted else {}
    found = [Question(name=name, kind=kind, required=required) for name, kind, required in TEXTS]
    for name in ADDRESS:
        found.append(Question(name=name, kind="text", required=name in needed, **only))
    if lands:
        found.append(Question(name="country", kind="country", required=bool(posted), choices=lands, **only))
        home = next((land.value for land in lands if land.code == "US"), "")
        if home and us_states:
            found.append(
                Question(
                    name="state",
                    kind="us_state",
                    required=False,
                    choices=us_states,
                    only_if=("country", home),
                )
            )
    choices = tuple(Choice(value=way.ref, label=way.name, code=way.kind, price=way.price) for way in ways)
    found.append(Question(name="delivery", kind="choice", choices=choices))
    if protection:
        found.append(Question(name="protection", kind="yes_no", required=False, price=protection))
    return tuple(found)


def wrong_answers(details: Details, ways: Iterable[Delivery]) -> dict[str, str]:
    """Name of the question -> code of the complaint; what we can tell before asking them."""
    answers = details.answers
    wrong = {name: "required" for name in REQUIRED if not answers.get(name, "").strip()}
    known = {way.ref: way for way in ways}
    delivery = answers.get("delivery", "").strip()
    if delivery and delivery not in known:
        wrong["delivery"] = "choice"
    elif delivery:
        needed = inferred.address_needed(known[delivery].kind)
        wrong |= {name: "required" for name in needed if not answers.get(name, "").strip()}
    country = answers.get("country", "").strip()
    if country and not (country.isascii() and country.isdigit()):
        wrong["country"] = "choice"
    return wrong


def order_body(details: Details, delivery: Delivery, *, protected: bool) -> Json:
    """The body of "Submit Order" and "Submit Order on Account"; the client adds the BasketId."""
    answers = {name: value.strip() for name, value in details.answers.items()}
    body: Json = {theirs: answers[ours] for ours, theirs in FIELDS.items() if answers.get(ours)}
    if answers.get("country"):
        body["Country"] = int(answers["country"])
        if answers.get("state"):
            body["StateCode"] = answers["state"]
    return body | {
        "DeliveryType": int(delivery.ref),
        "RequireTicketPlan": protected,
        "SuccessReturnUrl": details.success_url,
        "FailureReturnUrl": details.failure_url,
        "SendConfirmationEmail": details.provider_mails,
        "TransactionReference": details.reference,
        "PaymentGateLanguage": inferred.gate_language(details.language),
    }


# --- the submitted summary ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """`SubmittedBasketSummary` as far as we use it. `total` is None where a sum in it cannot be read."""

    reference: str
    tickets: tuple[HeldTicket, ...]
    total: Money | None
    delivery_id: str
    scheduled: tuple[datetime, ...]


def summary(raw: Json, *, zone: ZoneInfo, currency: str) -> Summary:
    """Tolerant: that there is a booking counts more than a field of it."""
    items = list(reading.records(raw.get("BasketItems") or raw.get("Items")))
    tickets, scheduled = [], []
    for item in items:
        for one in reading.records(item.get("Tickets")):
            try:
                tickets.append(held.ticket(one, currency=currency))
            except Malformed:
                continue
            try:
                release = reading.moment(one, "ScheduledOn", zone)
            except Malformed:
                release = None
            if release is not None:
                scheduled.append(release)
    delivery = reading.record(raw.get("DeliveryInformation"))
    return Summary(
        reference=reading.optional_ref(raw, "BookingReference"),
        tickets=tuple(tickets),
        total=_total(raw, items, delivery, currency),
        delivery_id=reading.optional_ref(delivery, "DeliveryType"),
        scheduled=tuple(scheduled),
    )


def _total(raw: Json, items: list[Json], delivery: Json, currency: str) -> Money | None:
    try:
        sums = [reading.amount(item, "PriceSubTotal", currency) for item in items]
        known = [one for one in sums if one is not None]
        if not items or len(known) != len(sums):
            return None
        return inferred.grand_total(
            known,
            reading.amount(delivery, "DeliveryPrice", currency),
            reading.amount(
                reading.record(raw.get("ProtectionInformation")), "TotalProtectionPrice", currency
            ),
            inferred.discounts(raw.get("DiscountInformation"), currency),
            currency,
        )
    except Malformed:
        return None


# --- documents ------------------------------------------------------------------------------------------------


def print_at_home(raw: Json | None, hosts: tuple[str, ...]) -> tuple[list[DocumentInfo], int]:
    """ "Get Print-At-Home tickets": what is generated so far, and how many were asked for."""
    body = raw or {}
    found = []
    for one in reading.records(body.get("GeneratedTickets")):
        ticket = reading.record(one.get("Ticket"))
        ref, link = reading.optional_ref(ticket, "TicketId"), one.get("DownloadUrl")
        if ref and isinstance(link, str) and is_allowed(link, hosts):
            seat = reading.text(ticket, "TicketName1") + reading.text(ticket, "TicketName2")
            found.append(DocumentInfo(ref=f"print:{ref}", kind="pdf", link=link, seat=seat, ticket_ref=ref))
    try:
        asked = reading.count(body, "RequestedTicketsCount") or 0
    except Malformed:
        asked = 0
    return found, asked


KINDS = {"pdf": "pdf", "apple": "apple", "google": "google"}


def e_tickets(raw: Json | None, hosts: tuple[str, ...], seats: dict[str, str]) -> list[DocumentInfo]:
    """ "Get E-tickets": for each ticket a file or links into wallets. Kinds we do not know are passed over."""
    found: dict[str, DocumentInfo] = {}
    for item in reading.records((raw or {}).get("Items")):
        ticket = reading.optional_ref(item, "TicketId")
        for one in reading.records(item.get("ETickets")):
            kind, link = KINDS.get(reading.text(one, "Type").lower(), ""), one.get("DownloadUrl")
            if not ticket or not kind or not isinstance(link, str) or not is_allowed(link, hosts):
                continue
            ref = f"{kind}:{ticket}"
            found[ref] = DocumentInfo(
                ref=ref, kind=kind, link=link, seat=seats.get(ticket, ""), is_wallet_link=kind != "pdf",
                ticket_ref=ticket,
            )  # fmt: skip
    return list(found.values())


def has_documents(raw: Json | None) -> bool:
    """Whether either document call names anything at all."""
    body = raw or {}
    return any(True for _ in reading.records(body.get("GeneratedTickets"))) or any(
        any(True for _ in reading.records(item.get("ETickets")))
        for item in reading.records(body.get("Items"))
    )


def filename(document: DocumentInfo) -> str:
    """A name for the file that fits every system: ticket-F12.pdf."""
    label = re.sub(r"[^A-Za-z0-9]+", "-", document.seat or document.ticket_ref).strip("-") or "1"
    return f"ticket-{label[:60]}.pdf"
