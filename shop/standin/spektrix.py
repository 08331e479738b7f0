"""An imitation of Spektrix: four venues, version 3 of the API, hosted pages, signed calls, and the old XML feed.

Sources: Spektrix, "Adding Items to the Basket" (v3), "API v.2", and the pages named where they are used. What no
document says is marked "our reading" where it stands and listed in README.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import (
    posters,
    spektrix_accounts,
    spektrix_baskets,
    spektrix_changes,
    spektrix_customers,
    spektrix_orders,
    spektrix_sessions,
    spektrix_settings,
    spektrix_stock,
    spektrix_tls,
)
from shop.standin.control_forms import section
from shop.standin.programme import slug as slugged
from shop.standin.spektrix_api import Api
from shop.standin.spektrix_availability import Availability
from shop.standin.spektrix_basket_view import BasketView
from shop.standin.spektrix_catalogue import Catalogue
from shop.standin.spektrix_checkout import Checkout
from shop.standin.spektrix_control import Controls
from shop.standin.spektrix_extras import Extras
from shop.standin.spektrix_feed import Feed
from shop.standin.spektrix_hollinmill import HOLLIN_MILL
from shop.standin.spektrix_hosted import Hosted
from shop.standin.spektrix_lists import Lists
from shop.standin.spektrix_owner import Owner
from shop.standin.spektrix_quay import LANTERN_QUAY
from shop.standin.spektrix_queue import Queue
from shop.standin.spektrix_saltmarsh import SALTMARSH
from shop.standin.spektrix_season import Instance, Tenant
from shop.standin.spektrix_shelves import Shelves
from shop.standin.spektrix_stock import Stock
from shop.standin.spektrix_thornfield import THORNFIELD
from shop.standin.spektrix_tickets import Tickets
from shop.standin.spektrix_whats_on import WhatsOn
from shop.standin.spektrix_wire import Refusal
from shop.standin.wsgi import Env, Handler, StandinRequest, World

# Ids of different things start far apart, so that a mixed-up id finds nothing.
_FIRST_IDS = {"spk_baskets": 880_001, "spk_tickets": 990_001, "spk_lines": 770_001, "spk_customers": 550_001,
              "spk_orders": 1_001}  # fmt: skip


class Spektrix(World):
    name = "spektrix"
    prefix = "/spektrix"
    title = "Spektrix"
    hosts = frozenset({"system.spektrix.com", "api.system.spektrix.com"})
    FAULTS = {
        "queue": "next adding of tickets: JoinQueue",
        "forbidden_html": "next call: the bot guard's 403 with a page of HTML",
        "sold_out": "next adding of tickets: not enough are left",
        "seat_taken": "next adding of tickets: 409, somebody else has the seat",
        "seat_detail_text": "next seat detail: not JSON",
        "checkout_declines": "next hosted payment: declined",
        "certificate_refused": "next call of the old feed: its certificate is not trusted",
        "decrypting_proxy": "next call of the old feed: a proxy on the way has lost the certificate",
        "credit_used_up": "next confirmation by an agent: refused, its credit is used up",
        "confirm_refused": "next confirmation by an agent: refused without a reason",
        "orders_late": "next look at orders: the newest is not listed yet",
        "no_confirmation": "next hosted payment: taken, but its confirmation never comes",
    }
    SCHEMA = (
        spektrix_settings.SCHEMA
        + spektrix_changes.SCHEMA
        + spektrix_sessions.SCHEMA
        + spektrix_stock.SCHEMA
        + spektrix_baskets.SCHEMA
        + spektrix_customers.SCHEMA
        + spektrix_orders.SCHEMA
        + spektrix_accounts.SCHEMA
        + spektrix_tls.SCHEMA
    )
    TABLES = (
        "spk_settings",
        "spk_changes",
        "spk_sessions",
        "spk_tickets",
        "spk_baskets",
        "spk_lines",
        "spk_held_memberships",
        "spk_customers",
        "spk_orders",
        "spk_revoked",
        "spk_addresses",
        "spk_mails",
    )

    def __init__(self, env: Env) -> None:
        self.tenants = {
            tenant.client: tenant for tenant in (LANTERN_QUAY, THORNFIELD, HOLLIN_MILL, SALTMARSH)
        }
        self.settings = spektrix_settings.Settings(env)
        self.changes = spektrix_changes.Changes(env.store)
        self.sessions = spektrix_sessions.Sessions(env, self.settings)
        self.baskets = spektrix_baskets.Baskets(self, env)
        self.view = BasketView(self)
        self.catalogue = Catalogue(self, env)
        self.lists = Lists(self, env)
        self.availability = Availability(self, env)
        self.tickets = Tickets(self, env)
        self.extras = Extras(self, env)
        self.queue = Queue(self, env)
        self.customers = spektrix_customers.Customers(self, env)
        self.accounts = spektrix_accounts.Accounts(self, env)
        self.orders = spektrix_orders.Orders(self, env)
        self.owner = Owner(self, env)
        self.hosted = Hosted(self, env)
        self.shelves = Shelves(self, env)
        self.whats_on = WhatsOn(self, env)
        self.checkout = Checkout(self, env)
        self.authority = spektrix_tls.Authority(env.store)
        self.feed = Feed(self, env)
        self.api = Api(self, env)
        self.controls = Controls(self, env)
        super().__init__(env)

    def seed(self) -> None:
        with self.env.store.write() as connection:
            for table, first in _FIRST_IDS.items():
                connection.execute(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ?"
                    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                    (table, first - 1, table),
                )
            for tenant in self.tenants.values():
                self.customers.seed(connection, tenant)

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [*self.api.routes(), *self.hosted.routes(), *self.feed.routes()]

    def stock_of(
        self, tenant: Tenant, found: Instance, change: dict[str, Any], *, agent: bool = False
    ) -> Stock:
        """``change``: what the controls changed of the instance."""
        only = frozenset(change["only_free"]) if "only_free" in change else None
        plan = self.catalogue.plan_of(tenant, found)
        return Stock(tenant, found, plan, bool(change.get("sold_out")), agent=agent, only=only)

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        return self.controls.routes()

    def control_page(self) -> str:
        return section(self.title, self.controls.forms(), self.controls.notes())

    def before(self, request: StandinRequest) -> Response | None:
        self.baskets.sweep()
        if "/api/v2/" in request.path:
            return None
        blocked = self.api.guard(request)
        if blocked is not None:
            return blocked
        return Response(status=204) if request.method == "OPTIONS" else None

    def after(self, request: StandinRequest, response: Response) -> None:
        # The guard in front of the real one knows neither cookies nor origins.
        if response.headers.get("Server") != "cloudflare" and "/api/v2/" not in request.path:
            self.sessions.cors(request, response)
            if any(part in request.path for part in ("/basket", "/customer", "/website/")):
                self.sessions.set_cookie(request, response)

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if isinstance(error, Refusal):
            return error.answer()
        status = error.code or 500
        if "/website/" in request.path or "/resources/" in request.path:
            text = f"<!DOCTYPE html><html><body><h1>{status} {error.name}</h1></body></html>"
            return Response(text, status=status, content_type="text/html; charset=utf-8")
        text = "An error has occurred." if status >= 500 else error.name
        return Refusal(status, text).answer()

    def poster(self, slug: str) -> str | None:
        wanted, size = slug.removesuffix("-thumbnail"), "portrait"
        for tenant in self.tenants.values():
            for event in tenant.events:
                if event.slug == wanted:
                    return posters.draw(event.name.strip(), event.art, seed=wanted, size=size)
            for item in tenant.stock_items:
                if f"stock-{slugged(item.name)}" == wanted:
                    return posters.draw(item.name, item.art, seed=wanted, size=size)
        return None

    def books(self) -> dict[str, Any]:
        """Every order, what open baskets hold, and who the customers are; money in minor units."""
        self.baskets.sweep()
        with self.env.store.read() as connection:
            orders = connection.execute(
                "SELECT o.number, o.id, o.client, o.mode, o.total, o.means, o.at, o.mailed, o.basket_id, c.email"
                " FROM spk_orders o LEFT JOIN spk_customers c ON c.id = o.customer ORDER BY o.number"
            ).fetchall()
            tickets = connection.execute(
                "SELECT id, client, basket_id, order_id, instance, area, seat, type, price, commission FROM spk_tickets"
                " ORDER BY id"
            ).fetchall()
            lines = connection.execute(
                "SELECT id, client, basket_id, order_id, kind, thing, price, body FROM spk_lines ORDER BY id"
            ).fetchall()
        return {
            "orders": [dict(row) for row in orders],
            "tickets": [dict(row) for row in tickets],
            "lines": [dict(row) for row in lines],
            "mails": self.accounts.mails(),
        }
