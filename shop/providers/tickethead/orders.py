"""Tickethead's orders, payments and ticket files, read into the shop's types. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shop.money import Money
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldGone,
    LimitExceeded,
    NotOnSale,
    PaymentClosed,
    Refused,
    SoldOut,
)  # fmt: skip
from shop.providers.tickethead import inferred, prices
from shop.providers.tickethead.fields import Misread, currency, ident, mapping, moment, number, rows, text
from shop.providers.tickethead.wishes import refused
from shop.providers.types import Details, HeldTicket

# --- orders -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderedTicket:
    ref: str
    seat: str
    config: str
    sector: str


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it stands. `total` is what is paid; None where the answer does not say it."""

    id: str
    status: str
    total: Money | None
    created_at: datetime | None
    format: str
    items: tuple[tuple[Decimal | None, tuple[OrderedTicket, ...]], ...]

    @property
    def tickets(self) -> int:
        return sum(len(tickets) for _, tickets in self.items)

    def parts(self) -> list[Money] | None:
        """What of the total falls on each item."""
        if self.total is None:
            return None
        return prices.item_prices([(price, len(tickets)) for price, tickets in self.items], self.total)


def _ticket(value: Any) -> OrderedTicket:
    record = mapping(value, "ticket")
    config, sector = record.get("ticket_config"), record.get("sector")
    return OrderedTicket(
        ref=ident(record),
        seat=text(record, "seat_id"),
        config=text(config, "name") if isinstance(config, dict) else "",
        sector=text(sector, "name") if isinstance(sector, dict) else "",
    )


def order(value: Any, *, default_currency: str, account: str) -> OrderRecord:
    """Raises BadAnswer for an order without id or with a field of the wrong type."""
    try:
        record = mapping(value, "order")
        items = []
        for one in rows(record, "order_item") or []:
            line = mapping(one, "order_item")
            items.append((number(line, "price"), tuple(_ticket(t) for t in rows(line, "ticket") or [])))
        total, money = number(record, "total"), currency(record) or default_currency
        if total is not None and total < 0:
            raise Misread("total is negative")
        return OrderRecord(
            id=ident(record),
            status=text(record, "status"),
            total=None if total is None else prices.money(total, money),
            created_at=moment(record, "created_at"),
            format=text(record, "format"),
            items=tuple(items),
        )
    except Misread as error:
        raise BadAnswer(f"order: {error}", account=account) from None


def held_tickets(record: OrderRecord) -> tuple[HeldTicket, ...]:
    """The order's tickets, its total spread over them to the last cent."""
    found: list[HeldTicket] = []
    parts = record.parts() or []
    for position, (_, tickets) in enumerate(record.items):
        if not parts:
            return ()
        each = prices.share(parts[position], [Decimal(1)] * len(tickets))
        found += [
            HeldTicket(ref=t.ref, price=price, number=t.seat, ticket_type=t.config, note=t.sector)
            for t, price in zip(tickets, each, strict=True)
        ]
    return tuple(found)


def contact_body(details: Details) -> dict[str, str]:
    """`order_contact`: `billing_email` is required by newer clients and unknown to older ones, so it is sent."""
    answers = details.answers
    email = answers.get("email", "")
    body = {
        "first_name": answers.get("first_name", ""), "last_name": answers.get("last_name", ""),
        "email": email, "billing_email": email, "phone": answers.get("phone", ""),
        "street1": answers.get("address_1", ""), "street2": answers.get("address_2", ""),
        "city": answers.get("city", ""), "zip": answers.get("postcode", ""), "state": answers.get("state", ""),
        "country": answers.get("country", ""), "business_name": answers.get("company", ""),
    }  # fmt: skip
    return {name: value for name, value in body.items() if value}


# --- payments -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intent:
    publishable_key: str
    client_secret: str
    id: str
    amount: Money


def intent(data: Mapping[str, Any], *, account: str) -> Intent | None:
    """The Stripe intent of a payment answer; None where it names none (a free order).

    The secret is looked for in both places where documents put it: inside `payment_intent` and beside it.
    """
    inner = data.get("payment_intent")
    if inner is not None and not isinstance(inner, dict):
        raise BadAnswer("create_payment: payment_intent is not an object", account=account)
    secret = (inner or {}).get("client_secret") or data.get("client_secret")
    if inner is None and secret is None:
        return None
    key = data.get("publishable_key")
    if inner is None or not isinstance(secret, str) or not isinstance(key, str) or not key:
        raise BadAnswer("create_payment: no key, intent or client secret", account=account)
    name = inner.get("id") or secret.partition("_secret_")[0]
    if not isinstance(name, str):
        raise BadAnswer("create_payment: no intent id", account=account)
    try:
        return Intent(key, secret, name, prices.intent_amount(inner))
    except Misread as error:
        raise BadAnswer(f"create_payment: {error}", account=account) from None


def agreed(found: Intent, total: Money | None, *, account: str) -> Money:
    """The amount, if intent and order name the same. Raises BadAnswer where they do not: nobody is to pay a
    sum that the order does not have (a wrong unit would be off by a hundred)."""
    if total is not None and found.amount != total:
        raise BadAnswer(
            f"the payment is over {found.amount}, the order over {total}: not offered to the buyer",
            account=account,
        )
    return found.amount


# --- ticket files -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketFile:
    kind: str  # pdf, pkpass
    content_type: str
    suffix: str


def ticket_file(content: bytes) -> TicketFile | None:
    """What the bytes are, whatever the header called them; None for what is no ticket (HTML, JSON, nothing)."""
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return TicketFile("pdf", "application/pdf", "pdf")
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return None
        if "pass.json" in names:
            return TicketFile("pkpass", "application/vnd.apple.pkpass", "pkpass")
        if any(name.endswith(".pkpass") for name in names):
            return TicketFile("pkpass", "application/vnd.apple.pkpasses", "pkpasses")
    return None


# --- refusals -----------------------------------------------------------------------------------------------


CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")


def code_of(body: Any) -> str:
    """`errorCode`, or if absent `error`: the two keys in which the API names what went wrong."""
    if not isinstance(body, dict):
        return ""
    value = body.get("errorCode") or body.get("error")
    return value.strip()[:60] if isinstance(value, str) else ""


def message_of(body: Any) -> str:
    """Its own sentence, to look for field names in; it may repeat what the buyer typed and goes into no log."""
    value = body.get("message") if isinstance(body, dict) else None
    if isinstance(value, list):
        value = " ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def refusal(status: int, body: Any, *, verb: str, account: str) -> Refused:
    """A 4xx in our words; an unknown code becomes a plain `Refused` that carries it."""
    code = code_of(body)
    detail = f"{verb}: HTTP {status} {code}".strip()
    match inferred.kind_of_refusal(status, code):
        case "not_on_sale":
            return NotOnSale(detail, account=account)
        case "sold_out":
            return SoldOut(detail, account=account)
        case "limit_exceeded":
            return LimitExceeded(detail, account=account)
        case "format":
            return DetailsRejected(detail, fields={"format": "choice"}, account=account)
        case "contact":
            return DetailsRejected(detail, fields={"email": "required"}, account=account)
        case "payment_closed":
            return PaymentClosed(detail, account=account)
        case "not_found" | "token":
            return HoldGone(detail, account=account)
    error = refused(code if CODE.fullmatch(code) else "refused", detail)
    error.account = account
    return error


def contact_refusal(status: int, body: Any, *, account: str) -> Refused:
    """A refused contact is about the buyer's answers, whichever the message names."""
    error = refusal(status, body, verb="order_contact", account=account)
    if status in {400, 422} and inferred.kind_of_refusal(status, code_of(body)) in {"", "contact"}:
        return DetailsRejected(
            error.detail, fields=inferred.fields_complained_of(message_of(body)), account=account
        )
    return error
