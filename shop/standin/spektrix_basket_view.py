"""A basket of the imitated Spektrix as JSON.

Sources: Spektrix, v3 help (PATCH basket, POST basket/tickets), "Iframe load trigger". ``price`` of a ticket is its
nominal price before commission and discount, ``total`` what it costs after both.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from shop.standin.spektrix_baskets import Contents, Ticket, body_of_line
from shop.standin.spektrix_catalogue import attributes
from shop.standin.spektrix_deliveries import wire as delivery_wire
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_prices import custom_items
from shop.standin.spektrix_season import Offer, Tenant, instance
from shop.standin.spektrix_wire import Json, money, ref, wants
from shop.standin.wsgi import StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

# Ours -> the names on the wire.
NAMES = {
    "donations": "donations",
    "merchandise": "merchandiseItems",
    "memberships": "membershipSubscriptions",
    "subscriptions": "ticketSubscriptions",
    "vouchers": "giftVouchers",
}


class BasketView:
    def __init__(self, world: Spektrix) -> None:
        self.world = world

    def basket(self, request: StandinRequest, tenant: Tenant, found: Contents) -> Json:
        row = found.row
        customer = self.world.customers.wire(tenant, row["customer"])
        body: Json = {
            "id": wire_id(row["id"]),
            "basketId": wire_id(row["id"]),
            "tickets": self.tickets(request, tenant, found),
            **{name: self.lines(tenant, found, kind) for kind, name in NAMES.items()},
            "customPayments": [],
            "customer": customer,
            "total": money(found.total),
            "totalDiscount": money(found.discount),
            "defaultCardPaymentFee": 0,
            "promoCode": row["promo"],
            "offers": [offer(each) for each in found.offers],
            "potentialOffers": [],
            "multibuyOffers": [],
            "ticketDelivery": delivery_wire(found.ticket_delivery, row, "ticketDelivery", customer),
            "merchandiseDelivery": delivery_wire(
                found.merchandise_delivery, row, "merchandiseDelivery", customer
            ),
            "ticketDeliveryOptions": [each.wire() for each in found.ticket_options],
            "merchandiseDeliveryOptions": [each.wire() for each in found.merchandise_options],
            "transactionCommission": {"amount": 0, "name": ""},
            "hash": found.hash,
            "disableWebComponents": False,
        }
        body.update(attributes(tenant.order_attributes, json.loads(row["attributes"])))
        return body

    def nothing(self, request: StandinRequest, tenant: Tenant, customer: int | None) -> Json:
        """What a visitor without a basket sees: 200 and empty arrays."""
        number = 879_999
        blank: Any = {
            "id": number, "version": 0, "customer": customer, "promo": None, "ticket_delivery": None,
            "merchandise_delivery": None, "attributes": "{}", "checkout": "{}",
        }  # fmt: skip
        return self.basket(request, tenant, Contents(blank, [], {kind: [] for kind in NAMES}))

    def tickets(self, request: StandinRequest, tenant: Tenant, found: Contents) -> list[Json]:
        event, inst = wants(request, "tickets/event"), wants(request, "tickets/instance")
        return [self.ticket(tenant, each, event=event, inst=inst) for each in found.tickets]

    def ticket(self, tenant: Tenant, ticket: Ticket, *, event: bool = False, inst: bool = False) -> Json:
        row = ticket.row
        found = instance(tenant, row["instance"])
        assert found is not None
        catalogue = self.world.catalogue
        plan = catalogue.plan_of(tenant, found)
        area = next(each for each in plan.walk() if each.number == row["area"])
        seat = next((each for each in area.seats if each.number == row["seat"]), None)
        dates = [e for e in catalogue.instances(tenant) if e.event is found.event] if event else []
        body: Json = {
            "id": wire_id(row["id"]),
            "event": catalogue.event_wire(tenant, found.event, dates) if event else ref(found.event.number),
            "instance": catalogue.instance_wire(tenant, found) if inst else ref(found.number),
            "planId": wire_id(area.number),
            "planName": area.name,
            "seat": ref(seat.number) if seat else None,
            "seatName": seat.name if seat else "",
            "band": ref(row["band"]),
            "type": ref(row["type"]),
            "ticketType": ref(row["type"]),
            "delivered": False,
            "barcode": None,
            "offer": offer(ticket.offer) if ticket.offer else None,
            "customItems": custom_items(tenant, row["commission"]),
            "discount": money(ticket.discount),
            "price": money(row["price"]),
            "total": money(ticket.total),
            "voucherRedemptionInfo": None,
        }
        body.update(attributes(tenant.ticket_attributes, json.loads(row["attributes"])))
        return body

    def lines(self, tenant: Tenant, found: Contents, kind: str) -> list[Json]:
        return [line(tenant, kind, row) for row in found.lines[kind]]


def line(tenant: Tenant, kind: str, row: sqlite3.Row) -> Json:
    body = body_of_line(row)
    price = money(row["price"])
    if kind == "donations":
        return {"id": wire_id(row["id"]), "amount": price, "fund": ref(row["thing"]), **body}
    sums = {"discount": 0, "price": price, "total": price}
    if kind == "merchandise":
        return {"id": wire_id(row["id"]), "stockItem": ref(row["thing"]), "barcode": None, "delivered": False,
                "offer": None, "customItems": [], **sums, **body}  # fmt: skip
    if kind == "memberships":
        return {"id": wire_id(row["id"]), "membership": ref(row["thing"]), "relatedDonationId": None,
                "customItems": [], **sums, **body}  # fmt: skip
    if kind == "subscriptions":
        return {"id": wire_id(row["id"]), **body, "price": price}
    return {"id": wire_id(row["id"]), "amount": price, **body, "total": price}


def offer(each: Offer) -> Json:
    return {"id": wire_id(each.number), "name": each.name}
