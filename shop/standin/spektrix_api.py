"""The addresses of version 3 of the imitated Spektrix and who may call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_ids import number_of
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_signing import caller as signed_caller
from shop.standin.spektrix_wire import Refusal, invalid, missing, money
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

BOTS = ("python-requests", "python-urllib", "go-http-client", "guzzlehttp", "java/", "libwww-perl", "okhttp")
BLOCKED = (
    '<!DOCTYPE html><html lang="en"><head><title>Attention Required! | Cloudflare</title></head><body>'
    "<h1>Sorry, you have been blocked</h1><p>You are unable to access spektrix.com</p></body></html>"
)
_LISTS = ("venues", "ticket-types", "funds", "stock-items", "memberships", "ticket-subscription-structures", "offers",
          "statements", "tags", "tag-groups", "countries")  # fmt: skip
_SINGLE = ("venues", "countries", "funds", "stock-items", "memberships", "tag-groups")
_EXTRAS = ("donations", "merchandise", "membership-subscriptions", "ticket-subscriptions", "gift-vouchers")


def blocked() -> Response:
    return Response(
        BLOCKED, status=403, content_type="text/html; charset=UTF-8", headers={"Server": "cloudflare"}
    )


class Api:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        world, api = self.world, "/<client>/api/v3"
        catalogue, tickets, extras = world.catalogue, world.tickets, world.extras
        reads: tuple[tuple[str, Callable[..., Response]], ...] = (
            ("/events", catalogue.events),
            ("/events/<text>", catalogue.one_event),
            ("/events/<text>/instances", catalogue.event_instances),
            ("/instances", catalogue.all_instances),
            ("/instances/<text>", catalogue.one_instance),
            ("/instances/<text>/plan", catalogue.instance_plan),
            ("/instances/<text>/price-list", catalogue.price_list),
            ("/instances/<text>/supplementary-events", catalogue.supplementary),
            ("/plans", catalogue.plans),
            ("/plans/<text>", catalogue.one_plan),
        )
        for path, method in reads:
            yield "GET", api + path, self._reading(method)
        for name in _LISTS:
            yield "GET", f"{api}/{name}", self._listing(name)
        for name in _SINGLE:
            yield "GET", f"{api}/{name}/<text>", self._listing(name)
        places: tuple[tuple[str, Callable[..., Response]], ...] = (
            ("/instances/<text>/status", world.availability.status),
            ("/instances/<text>/status/areas/<area_text>", world.availability.status),
            ("/instances/<text>/status/detail", world.availability.detail),
            ("/instances/<text>/best-available", tickets.look),
        )
        for path, method in places:
            yield "GET", api + path, self._calling(method)
        for root in ("/basket", "/baskets/<basket>"):
            yield "GET PATCH", api + root, self._calling(extras.basket)
            yield "GET", f"{api}{root}/tickets", self._calling(tickets.read)
            yield "POST", f"{api}{root}/tickets", self._calling(tickets.add)
            yield "PUT", f"{api}{root}/tickets", self._calling(self._replace)
            yield "PATCH", f"{api}{root}/tickets", self._calling(tickets.change)
            yield "PATCH", f"{api}{root}/tickets/<text>", self._calling(tickets.change)
            yield "DELETE", f"{api}{root}/tickets", self._calling(tickets.remove)
            yield "POST", f"{api}{root}/tickets/best-available", self._calling(tickets.best)
            yield "POST", f"{api}{root}/clear", self._calling(extras.clear)
            for name in _EXTRAS:
                yield "GET POST PATCH DELETE", f"{api}{root}/{name}", self._extra(name)
                yield "PATCH DELETE", f"{api}{root}/{name}/<text>", self._extra(name)
        yield "GET", f"{api}/basket/potentialdiscount", self._calling(self._potential)
        yield "POST", f"{api}/basket/queue/<text>", self._calling(self._join)
        yield from self._people(api)

    def _people(self, api: str) -> Iterable[tuple[str, str, Handler]]:
        world = self.world
        customers, orders = world.customers, world.orders
        yield "GET POST PATCH", f"{api}/customer", self._visitor(customers.current)
        yield "POST", f"{api}/customer/authenticate", self._visitor(customers.authenticate)
        yield "POST", f"{api}/customer/deauthenticate", self._visitor(customers.deauthenticate)
        yield "GET", f"{api}/customer/orders", self._visitor(orders.own)
        yield "GET", f"{api}/customer/orders/<text>", self._visitor(orders.own)
        yield (
            "GET POST PUT",
            f"{api}/customer/agreed-statements",
            self._visitor(
                lambda request, tenant, session: customers.agreed(request, tenant, session.customer)
            ),
        )
        for methods, path, method in world.accounts.routes():
            yield methods, f"{api}/customer{path}", self._visitor(method)
        yield "POST", f"{api}/baskets", self._signed(world.owner.create)
        yield "POST", f"{api}/baskets/<basket>/confirm", self._calling(world.owner.confirm)
        yield "GET", f"{api}/orders", self._signed(orders.listed)
        yield "GET", f"{api}/orders/<text>", self._signed(orders.one)
        yield "GET", f"{api}/customers", self._people_only(customers.search)
        yield "POST", f"{api}/customers", self._people_only(customers.signed_create)
        yield "GET PATCH", f"{api}/customers/<text>", self._people_only(customers.signed_one)
        yield "GET POST", f"{api}/customers/<text>/tags", self._people_only(customers.tags)
        yield "DELETE", f"{api}/customers/tags/<text>", self._people_only(customers.untag)
        yield (
            "GET POST PUT",
            f"{api}/customers/<text>/agreed-statements",
            self._people_only(customers.signed_statements),
        )

    # Who calls

    def tenant(self, client: str) -> Tenant:
        found = self.world.tenants.get(client.lower())
        if found is None:
            raise missing(f"Client '{client}'")
        return found

    def login(self, request: StandinRequest, tenant: Tenant) -> tuple[str, str]:
        """Mode and login name. A signature that is not right is refused on every address."""
        found = signed_caller(request, tenant, self.env, int(self.world.settings["date_minutes"]))
        return (found.mode, found.name) if found else ("web", "")

    def guard(self, request: StandinRequest) -> Response | None:
        """What stands before the API: the bot guard's page of HTML."""
        if request.method == "OPTIONS":
            return None
        if self.env.faults.take("spektrix", "forbidden_html"):
            return blocked()
        agent = request.headers.get("User-Agent", "").lower()
        bot = not agent or agent.startswith(BOTS)
        if request.method != "GET" and bot and int(self.world.settings["bot_rule"]):
            return blocked()
        return None

    def _reading(self, method: Callable[..., Response]) -> Handler:
        def handler(request: StandinRequest, client: str, **more: str) -> Response:
            tenant = self.tenant(client)
            mode, _ = self.login(request, tenant)
            return method(request, tenant, mode != "web", **more)

        return handler

    def _listing(self, name: str) -> Handler:
        def handler(request: StandinRequest, client: str, text: str | None = None) -> Response:
            tenant = self.tenant(client)
            signed = self.login(request, tenant)[0] != "web"
            if text is not None:
                return self.world.lists.one(request, tenant, signed, name, text)
            return self.world.lists.answer(request, tenant, signed, name)

        return handler

    def caller(self, request: StandinRequest, client: str, basket: str | None) -> Caller:
        tenant = self.tenant(client)
        mode, login = self.login(request, tenant)
        if basket is not None:
            if mode == "web":
                raise Refusal(401, "Authorization has been denied for this request.", "Unauthorized")
            return Caller(self.world, tenant, mode, login, number=number_of(basket))
        if mode != "web":
            return Caller(self.world, tenant, mode, login, number=None)
        return Caller(self.world, tenant, session=self.world.sessions.of(request, tenant))

    def _calling(self, method: Callable[..., Response]) -> Handler:
        def handler(request: StandinRequest, client: str, basket: str | None = None, **more: str) -> Response:
            return method(request, self.caller(request, client, basket), **more)

        return handler

    def _extra(self, name: str) -> Handler:
        def handler(
            request: StandinRequest, client: str, basket: str | None = None, text: str | None = None
        ) -> Response:
            return self.world.extras.answer(request, self.caller(request, client, basket), name, text)

        return handler

    def _visitor(self, method: Callable[..., Response]) -> Handler:
        """``customer``: the current session's; there is no current session in a signed call."""

        def handler(request: StandinRequest, client: str, **more: Any) -> Response:
            tenant = self.tenant(client)
            if self.login(request, tenant)[0] != "web":
                raise missing("Session")
            return method(request, tenant, self.world.sessions.of(request, tenant), **more)

        return handler

    def _signed(self, method: Callable[..., Response]) -> Handler:
        def handler(request: StandinRequest, client: str, **more: str) -> Response:
            tenant = self.tenant(client)
            mode, login = self.login(request, tenant)
            if mode == "web":
                raise Refusal(401, "Authorization has been denied for this request.", "Unauthorized")
            return method(request, tenant, mode, login, **more)

        return handler

    def _people_only(self, method: Callable[..., Response]) -> Handler:
        def handler(request: StandinRequest, client: str, text: str | None = None) -> Response:
            tenant = self.tenant(client)
            mode = self.login(request, tenant)[0]
            if mode == "web":
                raise Refusal(401, "Authorization has been denied for this request.", "Unauthorized")
            if mode == "agent" and not int(self.world.settings["agent_customers"]):
                raise Refusal(403, "Agents have no access to customers.", "Forbidden")
            return method(request, tenant, text) if text is not None else method(request, tenant)

        return handler

    # Small calls

    def _replace(self, request: StandinRequest, caller: Caller) -> Response:
        return self.world.tickets.add(request, caller, replace=True)

    def _join(self, request: StandinRequest, caller: Caller, text: str) -> Response:
        if caller.session is None:
            raise missing("Queue")
        return self.world.queue.join(caller, text)

    def _potential(self, request: StandinRequest, caller: Caller) -> Response:
        number = number_of(request.args.get("membershipId"))
        if number is None:
            raise invalid("membershipId is required.")
        with self.env.store.read() as connection:
            row = caller.find(connection)
            saved = (
                self.world.baskets.saved_with(connection, caller.tenant, row, number)
                if row is not None
                else 0
            )
        return as_json({"totalDiscount": money(saved)})
