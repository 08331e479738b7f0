"""The basket itself of the imitated Spektrix, and everything in it that is not a ticket.

Sources: Spektrix, "Adding Items to the Basket"; v3 help (basket, donations, merchandise, membership-subscriptions,
ticket-subscriptions). Path and fields of gift vouchers are those of the vendor's component; our reading.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin import spektrix_deliveries as deliveries
from shop.standin.spektrix_basket_view import line
from shop.standin.spektrix_baskets import Contents
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_lists import stock_item, stock_left
from shop.standin.spektrix_tickets import labelled
from shop.standin.spektrix_wire import (
    Json,
    invalid,
    local_text,
    minor,
    missing,
    number_in,
    objects,
    one_object,
    query_numbers,
)
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

MOST_REFERENCE = 30
LEAST_DONATION = 100
# Part of the path -> our word for the kind, and how its ids are called in a query.
PATHS = {
    "donations": ("donations", ("donationIds",)),
    "merchandise": ("merchandise", ("merchandiseItemIds", "merchandiseIds")),
    "membership-subscriptions": ("memberships", ("subscriptionIds", "membershipSubscriptionIds")),
    "ticket-subscriptions": ("subscriptions", ("subscriptionIds", "ticketSubscriptionIds")),
    "gift-vouchers": ("vouchers", ("giftVoucherIds",)),
}
New = tuple[int, int, Json]  # number of the thing, price in minor units, the rest of the object


class Extras:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env
        self._make: dict[str, Callable[[sqlite3.Connection, Caller, sqlite3.Row, Json], list[New]]] = {
            "donations": self._donation,
            "merchandise": self._merchandise,
            "memberships": self._membership,
            "subscriptions": self._subscription,
            "vouchers": self._voucher,
        }

    # The basket

    def basket(self, request: StandinRequest, caller: Caller) -> Response:
        if request.method == "PATCH":
            self.patch(caller, one_object(request))
        return as_json(self.wire(request, caller))

    def wire(self, request: StandinRequest, caller: Caller) -> Json:
        with self.env.store.read() as connection:
            found = caller.contents(connection)
        if found is None:
            customer = caller.session.customer if caller.session else None
            return self.world.view.nothing(request, caller.tenant, customer)
        return self.world.view.basket(request, caller.tenant, found)

    def patch(self, caller: Caller, given: Json) -> None:
        """Promo code, deliveries, order attributes by their labels (not on an empty basket)."""
        tenant = caller.tenant
        has_attributes = any(name[:10].lower() == "attribute_" for name in given)
        with self.env.store.write() as connection:
            found = caller.contents(connection)
            if has_attributes and (found is None or found.empty):
                raise invalid("Attributes cannot be set on an empty basket.", "EmptyBasket")
            row = caller.need(connection)
            changes: Json = {}
            if has_attributes:
                written = labelled(tenant.order_attributes, given)
                changes["attributes"] = json.dumps({**json.loads(row["attributes"]), **written})
            if "promoCode" in given:
                changes["promo"] = self._promo(caller, given["promoCode"])
            if "customer" in given and caller.session is None:
                changes["customer"] = self.world.owner.customer(tenant, given)
            changes.update(self._deliveries(caller, found, row, given))
            for column, value in changes.items():
                connection.execute(f"UPDATE spk_baskets SET {column} = ? WHERE id = ?", (value, row["id"]))
            if changes:
                self.world.baskets.touch(connection, row["id"])

    def _deliveries(self, caller: Caller, found: Contents | None, row: sqlite3.Row, given: Json) -> Json:
        """What a PATCH sets of the two deliveries, column by column. Raises 400 for one that is not offered now."""
        options = {
            "ticketDelivery": (found.ticket_options, bool(found.tickets)) if found else ([], False),
            "merchandiseDelivery": (found.merchandise_options, bool(found.lines["merchandise"]))
            if found
            else ([], False),
        }
        changes: Json = {}
        kept = json.loads(row["checkout"])
        for name, column in deliveries.COLUMNS.items():
            if name in given:
                kind, address = deliveries.given(given[name])
                offered, anything = options[name]
                deliveries.check(kind, offered, caller.mode, anything=anything)
                changes[column] = kind
                kept["addresses"] = {**kept.get("addresses", {}), name: address}
        return {**changes, "checkout": json.dumps(kept)} if changes else {}

    def _promo(self, caller: Caller, code: Any) -> str | None:
        text = str(code or "").strip().upper()
        if text and not any(offer.code == text for offer in caller.tenant.offers):
            raise invalid("The promo code is not valid.", "InvalidPromoCode")
        return text or None

    def clear(self, request: StandinRequest, caller: Caller) -> Response:
        with self.env.store.write() as connection:
            row = caller.find(connection)
            if row is not None:
                self.world.baskets.empty(connection, row["id"])
                self.world.baskets.touch(connection, row["id"])
        return as_json(self.wire(request, caller))

    # Lines

    def answer(self, request: StandinRequest, caller: Caller, path: str, text: str | None) -> Response:
        kind, names = PATHS[path]
        if request.method == "POST":
            self._add(request, caller, kind)
        elif request.method == "PATCH":
            self._change(request, caller, kind, self._chosen(request, names, text))
        elif request.method == "DELETE":
            self._remove(caller, kind, self._chosen(request, names, text))
            return Response(status=204)
        with self.env.store.read() as connection:
            found = caller.contents(connection)
        rows = found.lines[kind] if found is not None else []
        answer = [line(caller.tenant, kind, row) for row in rows]
        if text is not None:
            return as_json(next(each for each in answer if each["id"] == text))
        return as_json(answer)

    def _chosen(self, request: StandinRequest, names: tuple[str, ...], text: str | None) -> list[str]:
        return [text] if text is not None else [wire_id(number) for number in query_numbers(request, *names)]

    def _add(self, request: StandinRequest, caller: Caller, kind: str) -> None:
        rows = objects(request)
        with self.env.store.write() as connection:
            basket = caller.need(connection)
            for row in rows:
                self.insert(connection, caller, basket, kind, row)
            self.world.baskets.touch(connection, basket["id"])

    def insert(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, kind: str, given: Json
    ) -> None:
        """One element of a POST. Raises 400, and then nothing of the array is kept."""
        for thing, price, body in self._make[kind](connection, caller, basket, given):
            connection.execute(
                "INSERT INTO spk_lines (client, basket_id, kind, thing, price, body) VALUES (?, ?, ?, ?, ?, ?)",
                (caller.tenant.client, basket["id"], kind, thing, price, json.dumps(body)),
            )

    def _rows(self, connection: sqlite3.Connection, caller: Caller, kind: str) -> dict[str, sqlite3.Row]:
        basket = caller.find(connection)
        rows = connection.execute(
            "SELECT * FROM spk_lines WHERE basket_id = ? AND kind = ? AND order_id IS NULL",
            (basket["id"] if basket is not None else 0, kind),
        ).fetchall()
        return {wire_id(row["id"]): row for row in rows}

    def _remove(self, caller: Caller, kind: str, chosen: list[str]) -> None:
        if not chosen:
            raise invalid("The ids of what is to be removed are required.")
        with self.env.store.write() as connection:
            rows = self._rows(connection, caller, kind)
            if not set(chosen) <= set(rows):
                raise missing("One of the ids")
            connection.executemany(
                "DELETE FROM spk_lines WHERE id = ?", [(rows[text]["id"],) for text in chosen]
            )
            basket = caller.find(connection)
            assert basket is not None
            self.world.baskets.touch(connection, basket["id"])

    def _change(self, request: StandinRequest, caller: Caller, kind: str, chosen: list[str]) -> None:
        """All of the kind when no id is named; 404 when one id is unknown."""
        given = one_object(request)
        with self.env.store.write() as connection:
            rows = self._rows(connection, caller, kind)
            if not set(chosen) <= set(rows):
                raise missing("One of the ids")
            for text in chosen or list(rows):
                row = rows[text]
                body, price = json.loads(row["body"]), row["price"]
                for name in set(given) & set(body):
                    body[name] = _reference(given[name]) if name == "reference" else given[name]
                if kind == "donations" and "amount" in given:
                    price = _donated(given["amount"])
                connection.execute(
                    "UPDATE spk_lines SET body = ?, price = ? WHERE id = ?",
                    (json.dumps(body), price, row["id"]),
                )
            basket = caller.find(connection)
            if basket is not None and rows:
                self.world.baskets.touch(connection, basket["id"])

    # One element each

    def _donation(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, given: Json
    ) -> list[New]:
        number = number_in(given, "fundId", "fund", what="fundId")
        if not any(fund.number == number for fund in caller.tenant.funds):
            raise invalid("The fund does not exist.")
        body = {
            "recognitionName": given.get("recognitionName"),
            "isAnonymous": bool(given.get("isAnonymous")),
            "tributeTypeId": given.get("tributeTypeId"),
            "tributeName": given.get("tributeName"),
        }
        return [(number, _donated(given.get("amount")), body)]

    def _merchandise(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, given: Json
    ) -> list[New]:
        number = number_in(given, "stockItem", what="stockItem")
        found = stock_item(caller.tenant, wire_id(number))
        if found is None:
            raise invalid("The stock item does not exist.")
        reference = _reference(given.get("reference"))
        left = stock_left(connection, caller.tenant, found)
        if left is not None and left < 1:
            raise invalid("The stock item is out of stock.", "OutOfStock")
        return [(number, found.price, {"reference": reference})]

    def _membership(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, given: Json
    ) -> list[New]:
        number = number_in(given, "membership", what="membership")
        found = next((m for m in caller.tenant.memberships if m.number == number), None)
        if found is None:
            raise invalid("The membership does not exist.")
        there = connection.execute(
            "SELECT 1 FROM spk_lines WHERE basket_id = ? AND kind = 'memberships' AND thing = ? AND order_id IS NULL",
            (basket["id"], number),
        ).fetchone()
        if there is not None:
            raise invalid("The basket already has a membership of this type.", "DuplicateMembership")
        ends = self.world.customers.renewal(basket["customer"], found)
        start = (ends or self.env.clock.now()).astimezone(caller.tenant.zone).replace(tzinfo=None)
        body = {
            "autoRenew": given.get("autoRenew") is True,
            "startDate": local_text(start),
            "expiryDate": local_text(start + timedelta(days=365)),
            "isRenewal": ends is not None,
        }
        return [(number, found.renewal if ends else found.price, body)]

    def _subscription(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, given: Json
    ) -> list[New]:
        if caller.mode != "web":
            raise invalid(
                "Ticket subscriptions are sold in the express checkout only.", "ExpressCheckoutOnly"
            )
        number = number_in(given, "pricingSetId", what="pricingSetId")
        pairs = ((s, each) for s in caller.tenant.structures for each in s.sets if each.number == number)
        structure, pricing_set = next(pairs, (None, None))
        if structure is None or pricing_set is None:
            raise invalid("The pricing set does not exist.")
        try:
            quantity = int(str(given.get("quantity", 1)))
        except ValueError:
            quantity = 0
        if not 1 <= quantity <= 20:
            raise invalid("quantity must be at least 1.")
        body = {"ticketSubscriptionStructureName": structure.name, "pricingSetName": pricing_set.name}
        return [(number, pricing_set.price, body)] * quantity

    def _voucher(
        self, connection: sqlite3.Connection, caller: Caller, basket: sqlite3.Row, given: Json
    ) -> list[New]:
        amount = minor(given.get("amount"), "amount")
        kind = given.get("deliveryType", "CustomerEmail")
        if amount < 500:
            raise invalid("amount must be at least 5.")
        if kind not in ("CustomerEmail", "OtherEmail"):
            raise invalid("deliveryType is CustomerEmail or OtherEmail.")
        if kind == "OtherEmail" and "@" not in str(given.get("deliveryEmailAddress") or ""):
            raise invalid("deliveryEmailAddress is required.")
        names = ("sendDate", "deliveryEmailAddress", "toName", "fromName", "message")
        return [(0, amount, {"deliveryType": kind, **{name: given.get(name) for name in names}})]


def _donated(value: Any) -> int:
    amount = minor(value, "amount")
    if amount < LEAST_DONATION:
        raise invalid("amount must be at least 1.")
    return amount


def _reference(value: Any) -> str:
    text = "" if value is None else str(value)
    if len(text) > MOST_REFERENCE:
        raise invalid(f"The reference cannot be longer than {MOST_REFERENCE} characters.", "ReferenceTooLong")
    return text
