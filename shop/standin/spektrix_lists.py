"""The small lists of the imitated Spektrix: venues, ticket types, funds, stock, memberships, offers, tags, countries.

Sources: Spektrix, "Adding Items to the Basket"; v3 help. ``renewalPrice`` and the keys of a subscription structure
are not documented; our reading.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.programme import slug
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_deliveries import postage
from shop.standin.spektrix_ids import attribute_key, number_of, wire_id
from shop.standin.spektrix_prices import ticket_type
from shop.standin.spektrix_season import StockItem, Tenant
from shop.standin.spektrix_wire import Json, missing, money
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

COUNTRIES = (("GB", "United Kingdom"), ("IE", "Ireland"), ("FR", "France"), ("DE", "Germany"), ("AT", "Austria"),
             ("US", "United States"), ("CA", "Canada"))  # fmt: skip


class Lists:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def answer(self, request: StandinRequest, tenant: Tenant, signed: bool, name: str) -> Response:
        """One of ``venues``, ``ticket-types``, ``funds``, ``stock-items`` and so on. Raises 404."""
        return as_json(self.rows(request, tenant, signed, name))

    def one(self, request: StandinRequest, tenant: Tenant, signed: bool, name: str, text: str) -> Response:
        rows = self.rows(request, tenant, signed, name)
        key = "isoCode" if name == "countries" else "id"
        found = next((row for row in rows if row[key] == text), None)
        if found is None:
            raise missing(name)
        return as_json(found)

    def rows(self, request: StandinRequest, tenant: Tenant, signed: bool, name: str) -> list[Json]:
        if name == "venues":
            return [venue.wire() for venue in tenant.venues]
        if name == "ticket-types":
            return [ticket_type(kind) for kind in tenant.types]
        if name == "funds":
            return [
                {"id": wire_id(f.number), "name": f.name, "description": f.description, "code": f.code,
                 "defaultDonationAmount": money(f.default)} for f in tenant.funds
            ]  # fmt: skip
        if name == "stock-items":
            with self.env.store.read() as connection:
                return [self._stock(connection, tenant, item) for item in tenant.stock_items]
        if name == "memberships":
            return [
                {"id": wire_id(m.number), "name": m.name, "description": m.about,
                 "htmlDescription": f"<div id>\r\n\t<p>{m.about}</p>\r\n</div>", "imageUrl": "", "thumbnailUrl": "",
                 "price": money(m.price), "renewalPrice": money(m.renewal)} for m in tenant.memberships
            ]  # fmt: skip
        if name == "ticket-subscription-structures":
            return [
                {"id": wire_id(s.number), "name": s.name, "description": s.about,
                 "pricingSets": [{"id": wire_id(p.number), "name": p.name, "price": money(p.price)} for p in s.sets]}
                for s in tenant.structures
            ]  # fmt: skip
        if name == "offers":
            return self._offers(request, tenant, signed)
        if name == "statements":
            return [{"id": wire_id(number), "text": text} for number, text in tenant.statements]
        if name == "countries":
            return [{"isoCode": code, "name": text} for code, text in COUNTRIES]
        groups = [group for group in tenant.tag_groups if signed or group.public]
        if name == "tags":
            return [{"id": wire_id(number), "name": text} for group in groups for number, text in group.tags]
        if name == "tag-groups":
            return [
                {"id": wire_id(g.number), "name": g.name, "description": g.description,
                 "tags": [{"id": wire_id(number), "name": text} for number, text in g.tags]} for g in groups
            ]  # fmt: skip
        raise missing(name)

    def _stock(self, connection: sqlite3.Connection, tenant: Tenant, item: StockItem) -> Json:
        picture = f"{self.env.public_origin}/posters/spektrix/stock-{slug(item.name)}" if item.art else ""
        body: Json = {
            "id": wire_id(item.number),
            "name": item.name,
            "description": item.about,
            "price": money(item.price),
            "postageAndPacking": money(postage(tenant, item)),
            "stockLevel": stock_left(connection, tenant, item),
            "imageUrl": f"{picture}.svg" if picture else "",
            "thumbnailUrl": f"{picture}-thumbnail.svg" if picture else "",
        }
        return {**body, attribute_key("Category"): item.category}

    def _offers(self, request: StandinRequest, tenant: Tenant, signed: bool) -> list[Json]:
        """``eventName`` narrows to offers for such events; what is unlocked by a code is not listed to the public."""
        wanted = lowered(request).get("eventname", "").lower()
        names = {event.index: event.name.lower() for event in tenant.events}
        return [
            {"id": wire_id(o.number), "name": o.name, "description": o.about, "htmlDescription": f"<p>{o.about}</p>",
             "imageUrl": "", "endDate": None} for o in tenant.offers
            if (signed or not o.code) and (not wanted or not o.events or any(wanted in names[i] for i in o.events))
        ]  # fmt: skip


def stock_left(connection: sqlite3.Connection, tenant: Tenant, item: StockItem) -> int | None:
    """How many are left; None for what is made to order."""
    if item.level is None:
        return None
    taken = connection.execute(
        "SELECT COUNT(*) FROM spk_lines WHERE client = ? AND kind = 'merchandise' AND thing = ?",
        (tenant.client, item.number),
    ).fetchone()[0]
    return max(0, item.level - int(taken))


def stock_item(tenant: Tenant, text: object) -> StockItem | None:
    number = number_of(text)
    return next((item for item in tenant.stock_items if item.number == number), None)
