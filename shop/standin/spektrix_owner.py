"""Baskets that signed callers of the imitated Spektrix make and confirm: System Owner and Agent.

Sources: Spektrix, v3 help (baskets), "Agent guide". An owner confirms only what costs nothing (payment is not part of
the API); an agent pays by credit agreement, which the order names "Agency API". An empty basket is confirmed too, as
clients found. What a refusal of a confirmation looks like is not documented; our reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from shop.standin.spektrix_baskets import Contents
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_extras import PATHS
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_wire import Json, Refusal, body_of, invalid, one_object
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

# The names of a whole basket's arrays -> part of the path.
_ARRAYS = {
    "donations": "donations",
    "merchandiseItems": "merchandise",
    "merchandise": "merchandise",
    "membershipSubscriptions": "membership-subscriptions",
    "ticketSubscriptions": "ticket-subscriptions",
    "giftVouchers": "gift-vouchers",
}


class Owner:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def create(self, request: StandinRequest, tenant: Tenant, mode: str, login: str) -> Response:
        """``customer``, ``ticketDelivery``, ``tickets`` and the rest in one body, or an empty basket."""
        given = one_object(request) if body_of(request) not in (None, []) else {}
        caller = Caller(self.world, tenant, mode, login)
        with self.env.store.write() as connection:
            customer = self.customer(tenant, given)
            basket = self.world.baskets.create(connection, tenant, mode, login, customer)
            caller.number = basket["id"]
            for row in given.get("tickets") or []:
                self.world.tickets.take(
                    connection, caller, basket["id"], self.world.tickets.wanted(caller, row)
                )
            for name, path in _ARRAYS.items():
                for row in given.get(name) or []:
                    self.world.extras.insert(connection, caller, basket, PATHS[path][0], row)
            rest = {
                name: value for name, value in given.items()
                if name in {"promoCode", "ticketDelivery", "merchandiseDelivery"} or name[:10].lower() == "attribute_"
            }  # fmt: skip
            if rest:
                self.world.extras.patch(caller, rest)
            self.world.baskets.touch(connection, basket["id"])
        return as_json(self.world.extras.wire(request, caller))

    def customer(self, tenant: Tenant, given: Json) -> int | None:
        """An id, or an object with one."""
        value = given.get("customer")
        if value in (None, ""):
            return None
        code = value.get("id") if isinstance(value, dict) else value
        with self.env.store.connect() as connection:
            try:
                return int(self.world.customers.by_code(connection, tenant, str(code))["id"])
            except Refusal:
                raise invalid("The customer does not exist.") from None

    def confirm(self, request: StandinRequest, caller: Caller) -> Response:
        """Answers with the order. ``sendConfirmationEmail`` true sends one."""
        given = one_object(request) if body_of(request) not in (None, []) else {}
        with self.env.store.read() as connection:
            found = caller.contents(connection)
        assert found is not None
        by_agent = caller.mode == "agent"
        if found.total and not by_agent:
            raise invalid("The basket has a balance that is not paid.", "PaymentRequired")
        if by_agent:
            self._agent(caller, found)
        means = "Agency API" if by_agent else "None"
        mail = given.get("sendConfirmationEmail") is True
        order = self.world.orders.make(request, caller, None, means, mail=mail)
        if order is None:
            raise invalid("The basket cannot be confirmed.")
        return as_json({name: value for name, value in order.items() if name != "_basket"})

    def _agent(self, caller: Caller, found: Contents) -> None:
        """What stands between an agent and its order: a credit that is used up, deliveries that nobody chose."""
        if self.env.faults.take("spektrix", "credit_used_up", client=caller.tenant.client):
            raise invalid("The agent's credit limit is exceeded.", "CreditLimitExceeded")
        if self.env.faults.take("spektrix", "confirm_refused", client=caller.tenant.client):
            raise invalid("The basket cannot be confirmed.")
        if not int(self.world.settings["delivery_required"]):
            return
        for what, things, chosen in (
            ("ticketDelivery", found.tickets, found.ticket_delivery),
            ("merchandiseDelivery", found.lines["merchandise"], found.merchandise_delivery),
        ):
            if things and chosen is None:
                raise invalid(f"{what} is required.", "DeliveryRequired")
