"""How what is in a basket of the imitated Spektrix reaches people: the ways that are open, what they cost, what was chosen.

Source: Spektrix, "API v.2" (basket, delivery, delivery option): one delivery for the tickets and one for the
merchandise; Postal, Cobo (care of box office) and PrintAtHome; an option is a type and a fee, given what is in the
basket; a delivery that was set may be removed or its fee worked out again when the basket changes. Which numbers the
types have beside 1 (collection) and 3 (an agent's), when a way closes and what it costs are not documented; our reading.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shop.standin.spektrix_season import StockItem, Tenant, instance
from shop.standin.spektrix_wire import Json, invalid, money

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

COLLECT, POST, BY_AGENT, PRINT = 1, 2, 3, 4
NAMES = {COLLECT: "Cobo", POST: "Postal", BY_AGENT: "Agent", PRINT: "PrintAtHome"}
# The name on the wire -> where a basket keeps the type.
COLUMNS = {"ticketDelivery": "ticket_delivery", "merchandiseDelivery": "merchandise_delivery"}


@dataclass(frozen=True)
class Option:
    kind: int
    fee: int  # minor units

    def wire(self) -> Json:
        return {"type": self.kind, "name": NAMES[self.kind], "fee": money(self.fee)}


def for_tickets(
    world: Spektrix, tenant: Tenant, mode: str, rows: Iterable[sqlite3.Row], now: datetime
) -> list[Option]:
    """``now`` is the venue's naive wall clock. Nothing when the basket has no tickets."""
    tickets = list(rows)
    dates = [found for row in tickets if (found := instance(tenant, row["instance"])) is not None]
    if not dates:
        return []
    terms = tenant.delivery
    found = [Option(COLLECT, 0)]
    days = (min(each.start for each in dates).date() - now.date()).days
    if days >= terms.post_days and not int(world.settings["post_off"]):
        fee = terms.ticket_post if len(tickets) <= terms.ticket_few else terms.ticket_post_many
        found.append(Option(POST, fee + int(world.settings["post_more"])))
    if mode == "agent":
        found.append(Option(BY_AGENT, 0))
    if not any(each.event.has("no_print") for each in dates):
        found.append(Option(PRINT, 0))
    return found


def for_merchandise(world: Spektrix, tenant: Tenant, rows: Iterable[sqlite3.Row]) -> list[Option]:
    """What can only be sent closes the box office; what can only be handed over closes the post."""
    known = {item.number: item for item in tenant.stock_items}
    things: list[StockItem] = [known[row["thing"]] for row in rows if row["thing"] in known]
    if not things:
        return []
    found = []
    if not any(item.only == "post" for item in things):
        found.append(Option(COLLECT, 0))
    if not any(item.only == "collect" for item in things) and not int(world.settings["post_off"]):
        fee = sum(postage(tenant, item) for item in things)
        found.append(Option(POST, fee + int(world.settings["post_more"])))
    return found


def postage(tenant: Tenant, item: StockItem) -> int:
    """Postage and packing of one thing, minor units; nothing for what is not sent."""
    return 0 if item.only == "collect" else item.postage or tenant.delivery.thing_post


def chosen(kind: int | None, options: Iterable[Option]) -> Option | None:
    """What was set, at today's fee; None when it was never set, or is not offered any more."""
    return next((each for each in options if each.kind == kind), None)


def given(value: Any) -> tuple[int | None, Json | None]:
    """Type and address of ``{"type": 2, "address": {...}}`` or of the bare number; null takes a delivery back."""
    if value is None:
        return None, None
    kind = value.get("type") if isinstance(value, dict) else value
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in NAMES:
        raise _unavailable()
    address = value.get("address") if isinstance(value, dict) else None
    if address is not None and not isinstance(address, dict):
        raise invalid("The address of a delivery must be an object.")
    return kind, {name: str(text) for name, text in address.items() if text is not None} if address else None


def check(kind: int | None, options: Iterable[Option], mode: str, *, anything: bool) -> None:
    """Raises 400 for a type that is not among the options. A basket that has nothing to deliver yet (not ``anything``)
    takes every type its caller may use: it is looked at again when something is put in."""
    if kind is None:
        return
    if (kind == BY_AGENT and mode != "agent") or (anything and chosen(kind, options) is None):
        raise _unavailable()


def wire(
    option: Option | None, row: sqlite3.Row | dict[str, Any], name: str, customer: Json | None
) -> Json | None:
    """A basket's ``ticketDelivery`` or ``merchandiseDelivery``. Of what is sent by post the address that was given with
    it, or that of the customer."""
    if option is None:
        return None
    address = addresses(row).get(name)
    if option.kind == POST and address is None and customer is not None:
        address = customer.get("deliveryAddress")
    return {**option.wire(), "address": address if option.kind == POST else None}


def addresses(row: sqlite3.Row | dict[str, Any]) -> Json:
    found: Json = json.loads(row["checkout"]).get("addresses", {})
    return found


def _unavailable() -> Exception:
    return invalid("The delivery type is not available.", "DeliveryNotAvailable")
