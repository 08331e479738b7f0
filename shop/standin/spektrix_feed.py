"""The old feed of the imitated Spektrix (version 2): XML, GET only, certificate and key, as it is since 2025.

Source: Spektrix, "API v.2"; captured answers for the elements. No Sold, Locked, Reserved or Selected counts, no
RelatedStockItems, public attributes only. The roots of plans, bands and ticket types, and how a plan nests, are not
documented; our reading.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from werkzeug.wrappers import Response

from shop.standin import spektrix_feed_xml as shapes
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_prices import list_number
from shop.standin.spektrix_season import Instance, Tenant
from shop.standin.spektrix_wire import Refusal, at_or_after, before, day_or_moment, truth
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

KEYS = {
    "lanternquay": "LQ-PLAY-FEED-KEY-7Q2M",
    "thornfield": "TF-PLAY-FEED-KEY-3X9D",
    "hollinmill": "HM-PLAY-FEED-KEY-5W8B",
    "saltmarsh": "SM-PLAY-FEED-KEY-2T6J",
}
PAGE = 10


class Feed:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env
        self._resources: dict[str, tuple[str, Callable[[StandinRequest, Tenant], Iterable[Xml.Element]]]] = {
            "events": ("Events", self._events),
            "instances": ("Instances", self._instances),
            "instance-status": ("InstancePlanStatuses", self._status),
            "price-lists": ("PriceLists", self._price_lists),
            "plans": ("Plans", lambda request, tenant: (shapes.plan(plan) for plan in tenant.plans)),
            "bands": (
                "Bands",
                lambda request, tenant: (shapes.named("Band", b.number, b.name) for b in tenant.bands),
            ),
            "ticket-types": ("TicketTypes", lambda request, tenant: map(shapes.ticket_type, tenant.types)),
            "memberships": (
                "Memberships",
                lambda request, tenant: map(shapes.membership, tenant.memberships),
            ),
            "statements": (
                "Statements",
                lambda request, tenant: (
                    shapes.statement(number, text) for number, text in tenant.statements
                ),
            ),
            "offers": ("Offers", self._offers),
            "offers2": ("Offers", self._offers),
        }

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        yield "GET POST PUT PATCH DELETE", "/<client>/api/v2/<path:resource>", self.answer

    def answer(self, request: StandinRequest, client: str, resource: str) -> Response:
        tenant = self.world.tenants.get(client.lower())
        if tenant is None:
            return page(404, "404 - File or directory not found.")
        refused = self._door(request, tenant)
        if refused is not None:
            return refused
        if request.method != "GET":
            return page(405, "405 - HTTP verb used to access this page is not allowed.")
        known = self._resources.get(resource.strip("/").lower())
        if known is None:
            return page(404, "404 - File or directory not found.")
        root, rows = known
        try:
            found = list(rows(request, tenant))
            start, end = self._window(request)
        except (Refusal, ValueError) as problem:
            return page(400, f"400 - Bad request. {problem}")
        return shapes.answer(root, found[start:end])

    def _door(self, request: StandinRequest, tenant: Tenant) -> Response | None:
        """Certificate first, then the key."""
        certificate = request.environ.get("SSL_CLIENT_CERT")
        if self.env.faults.take("spektrix", "decrypting_proxy", client=tenant.client):
            certificate = None
        exempt = int(self.world.settings["feed_without_certificate"]) and request.scheme == "http"
        if not exempt:
            trouble = self.world.authority.trouble(certificate, tenant.client, self.env.clock.now())
            if self.env.faults.take("spektrix", "certificate_refused", client=tenant.client):
                return page(403, "403.16 - The client certificate is ill-formed or not trusted.")
            if trouble is not None:
                return page(403, f"{trouble.status} - {trouble.text}")
        key = lowered(request).get("api_key", "")
        if not hmac.compare_digest(key.encode(), KEYS[tenant.client].encode()):
            return page(401, "401 - Unauthorized: Access is denied due to invalid credentials.")
        return None

    def _window(self, request: StandinRequest) -> tuple[int, int | None]:
        """Ten unless said otherwise; ``offset`` and ``limit``, or ``all=true``."""
        given = lowered(request)
        if truth(given.get("all")):
            return 0, None
        offset, limit = int(given.get("offset") or 0), int(given.get("limit") or PAGE)
        if offset < 0 or limit < 1:
            raise ValueError("offset and limit are not negative.")
        return offset, offset + limit

    # Rows

    def _bookable(self, tenant: Tenant) -> list[Instance]:
        """What is bookable online from now on."""
        now = self.env.programme.local_now(tenant.zone)
        return [each for each in self.world.catalogue.instances(tenant) if each.start > now]

    def _chosen(self, request: StandinRequest, tenant: Tenant) -> list[Instance]:
        """Narrowed by ``instance_id``, ``event_id`` and the days ``instance_start_from`` and ``_to``."""
        given = lowered(request)
        since, until = (
            day_or_moment(given.get("instance_start_from")),
            day_or_moment(given.get("instance_start_to")),
        )
        found = []
        for each in self._bookable(tenant):
            if given.get("instance_id") and int(given["instance_id"]) != each.number:
                continue
            if given.get("event_id") and int(given["event_id"]) != each.event.number:
                continue
            if at_or_after(each.start, since) and before(each.start, until):
                found.append(each)
        return found

    def _events(self, request: StandinRequest, tenant: Tenant) -> Iterable[Xml.Element]:
        wanted = lowered(request).get("event_id")
        dates: dict[int, list[Instance]] = {}
        for each in self._bookable(tenant):
            dates.setdefault(each.event.number, []).append(each)
        for event in tenant.events:
            if event.number in dates and (not wanted or int(wanted) == event.number):
                wire = self.world.catalogue.event_wire(tenant, event, dates[event.number])
                yield shapes.event(tenant, event, wire)

    def _instances(self, request: StandinRequest, tenant: Tenant) -> Iterable[Xml.Element]:
        for each in self._chosen(request, tenant):
            yield shapes.instance(tenant, each, self.world.catalogue.instance_wire(tenant, each))

    def _status(self, request: StandinRequest, tenant: Tenant) -> Iterable[Xml.Element]:
        """One row for the plan, the sum, and one for each plan below it, with the same instance."""
        for each in self._chosen(request, tenant):
            change = self.world.changes.one(tenant.client, "instance", each.number)
            stock = self.world.stock_of(tenant, each, change)
            with self.env.store.read() as connection:
                held = stock.held(connection)
            for area in stock.plan.walk():
                yield shapes.status(area, each, stock.total(area, held, 0))

    def _price_lists(self, request: StandinRequest, tenant: Tenant) -> Iterable[Xml.Element]:
        seen: set[int] = set()
        included = bool(self.world.settings["commission_included"])
        for each in self._chosen(request, tenant):
            number = list_number(each)
            if number not in seen:
                seen.add(number)
                yield shapes.price_list(number, self.world.catalogue.prices(tenant, each), included=included)

    def _offers(self, request: StandinRequest, tenant: Tenant) -> Iterable[Xml.Element]:
        """Offers without a code, for one event or the event of one instance; only one of both may be given."""
        given = lowered(request)
        if given.get("event_id") and given.get("instance_id"):
            raise ValueError("Only one of event_id and instance_id.")
        indexes = {each.event.index for each in self._chosen(request, tenant)}
        narrowed = given.get("event_id") or given.get("instance_id")
        for offer in tenant.offers:
            if not offer.code and (not narrowed or not offer.events or indexes & set(offer.events)):
                yield shapes.offer(offer)


def page(status: int, text: str) -> Response:
    """What the web server in front says: HTML, never XML."""
    html = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>"
    return Response(html, status=status, content_type="text/html")
