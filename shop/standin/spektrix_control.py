"""The control side of the imitated Spektrix, below ``/_standin/spektrix``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.control import arguments
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_customers import PEOPLE
from shop.standin.spektrix_feed import KEYS
from shop.standin.spektrix_ids import number_of, wire_id
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_settings import DEFAULTS
from shop.standin.spektrix_signing import LOGINS
from shop.standin.spektrix_tls import YEAR
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix


class Controls:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET POST", "/settings", self.settings),
            ("GET POST", "/certificates", self.certificates),
            ("GET", "/<client>/events", self.events),
            ("GET", "/<client>/instances", self.instances),
            ("POST", "/<client>/events/<text>", self.change_event),
            ("POST", "/<client>/instances/<text>", self.change_instance),
            ("POST", "/change", self.change),
            ("POST", "/<client>/baskets/<text>/expire", self.expire),
            ("POST", "/<client>/baskets/<text>/pay", self.pay),
            ("POST", "/expire", self.expire_all),
        ]

    def _tenant(self, client: str) -> Tenant:
        if client not in self.world.tenants:
            raise LookupError(f"No client {client}; there is {', '.join(self.world.tenants)}.")
        return self.world.tenants[client]

    @staticmethod
    def _number(text: str) -> int:
        """A wire id or its number."""
        number = int(text) if text.isdigit() else number_of(text)
        if number is None:
            raise LookupError(f"{text} is no id.")
        return number

    def settings(self, request: StandinRequest) -> Response:
        if request.method == "POST":
            return as_json(self.world.settings.set(arguments(request)))
        return as_json(self.world.settings.all())

    def certificates(self, request: StandinRequest) -> Response:
        """GET: where the files of the test authority are. POST ``csr`` (PEM, ``days``): a signed certificate;
        ``revoke`` (PEM): that one is refused from now on."""
        authority = self.world.authority
        authority.prepare(tuple(self.world.tenants))
        if request.method == "POST":
            given = arguments(request)
            if given.get("revoke"):
                authority.revoke(str(given["revoke"]))
                return as_json({"ok": True})
            text = authority.issue(str(given.get("csr") or ""), int(given.get("days") or YEAR))
            return as_json({"certificate": text})
        return as_json({
            "authority": str(authority.path("authority.crt")),
            "port": self.env.options.get("tls_port"),
            "clients": {
                client: {"certificate": str(authority.path(f"{client}.crt")), "key": str(authority.path(f"{client}.key")),
                         "api_key": KEYS[client]} for client in self.world.tenants
            },
        })  # fmt: skip

    def events(self, request: StandinRequest, client: str) -> Response:
        """Every event with what is odd about it, for picking ids."""
        tenant = self._tenant(client)
        changes = self.world.changes.of(client, "event")
        return as_json({"events": [
            {"id": wire_id(e.number), "number": e.number, "name": e.name, "plan": e.plan, "odd": e.odd, "slug": e.slug,
             "changed": changes.get(e.number, {})} for e in tenant.events
        ]})  # fmt: skip

    def instances(self, request: StandinRequest, client: str) -> Response:
        tenant = self._tenant(client)
        changes = self.world.changes.of(client, "instance")
        return as_json({"instances": [
            {"id": wire_id(each.number), "number": each.number, "event": each.event.name, "start": each.start.isoformat(),
             "changed": changes.get(each.number, {})} for each in self.world.catalogue.instances(tenant, signed=True)
        ]})  # fmt: skip

    def change_event(self, request: StandinRequest, client: str, text: str) -> Response:
        """``name``, ``htmlDescription``, ``removed``, ``price_change`` (minor units); null takes one back."""
        tenant = self._tenant(client)
        number = self._number(text)
        if tenant.event(number) is None:
            raise LookupError(f"No event {text}.")
        return as_json(self.world.changes.merge(client, "event", number, arguments(request)))

    def change_instance(self, request: StandinRequest, client: str, text: str) -> Response:
        """``cancelled``, ``sold_out``, ``off_sale``, ``removed``, ``price_change``, ``only_free`` (seat ids: every other
        reserved seat is sold); null takes one back."""
        self._tenant(client)
        return as_json(self.world.changes.merge(client, "instance", self._number(text), arguments(request)))

    def change(self, request: StandinRequest) -> Response:
        """The form of the page: ``instance`` as ``client/number`` and what becomes of it."""
        given = arguments(request)
        client, _, number = str(given.get("instance") or "").partition("/")
        self._tenant(client)
        state = str(given.get("state") or "")
        values = {"as it is": None, "sold out": "sold_out", "cancelled": "cancelled", "off sale": "off_sale"}
        if state not in values or not number.isdigit():
            raise ValueError(f"state is one of {', '.join(values)}.")
        word = values[state]
        body = {word: True} if word else {"sold_out": None, "cancelled": None, "off_sale": None}
        return as_json(self.world.changes.merge(client, "instance", int(number), body))

    def expire(self, request: StandinRequest, client: str, text: str) -> Response:
        """Time one basket out now."""
        self._tenant(client)
        with self.env.store.write() as connection:
            changed = connection.execute(
                "UPDATE spk_baskets SET touched = 0 WHERE id = ? AND client = ? AND state = 'open'",
                (self._number(text), client),
            ).rowcount
        if not changed:
            raise LookupError(f"No open basket {text}.")
        self.world.baskets.sweep()
        return as_json({"ok": True})

    def expire_all(self, request: StandinRequest) -> Response:
        """Time every open basket out now."""
        with self.env.store.write() as connection:
            connection.execute("UPDATE spk_baskets SET touched = 0 WHERE state = 'open'")
        self.world.baskets.sweep()
        return as_json({"ok": True})

    def pay(self, request: StandinRequest, client: str, text: str) -> Response:
        """Pays for a visitor's basket as the hosted checkout would, without a browser. ``email`` is the buyer's."""
        tenant = self._tenant(client)
        email = str(arguments(request).get("email") or "buyer@example.org")
        number = self._number(text)
        with self.env.store.write() as connection:
            if self.world.baskets.row(connection, number) is None:
                raise LookupError(f"No open basket {text}.")
            customer = self.world.customers.guest(connection, tenant, email, "Play", "Buyer")
        caller = Caller(self.world, tenant, "web", number=number)
        order = self.world.orders.make(request, caller, customer, "Visa 0002")
        assert order is not None
        return as_json({"ok": True, "order": order["id"]})

    # The page

    def forms(self) -> list[dict[str, Any]]:
        now = {
            client: self.env.programme.local_now(tenant.zone) for client, tenant in self.world.tenants.items()
        }
        chosen = [
            (f"{client}/{each.number}", f"{tenant.title}: {each.event.name.strip()}, {each.start:%d %b %H:%M}")
            for client, tenant in self.world.tenants.items()
            for each in self.world.catalogue.instances(tenant) if each.start > now[client]
        ][:600]  # fmt: skip
        options = self.world.settings.all()
        return [
            {
                "title": "Change an instance",
                "action": "/_standin/spektrix/change",
                "button": "Change",
                "fields": [
                    {"name": "instance", "label": "Instance", "kind": "select", "value": "", "choices": chosen},
                    {"name": "state", "label": "Make it", "kind": "select", "value": "sold out",
                     "choices": ["sold out", "cancelled", "off sale", "as it is"]},
                ],
            },
            {
                "title": "Settings of the venues, and what the documents leave open",
                "action": "/_standin/spektrix/settings",
                "button": "Set",
                "fields": [
                    {"name": name, "label": name.replace("_", " "), "value": options[name],
                     "kind": "number" if isinstance(default, int) else "text"} for name, default in DEFAULTS.items()
                ],
            },
            {"title": "Time every open basket out", "action": "/_standin/spektrix/expire", "button": "Time out", "fields": []},
        ]  # fmt: skip

    def notes(self) -> str:
        """Clients, log-ins and the last orders, for a person."""
        with self.env.store.connect() as connection:
            rows = connection.execute(
                "SELECT o.id, o.client, o.mode, o.total, o.means, c.email FROM spk_orders o"
                " LEFT JOIN spk_customers c ON c.id = o.customer ORDER BY o.number DESC LIMIT 10"
            ).fetchall()
        lines = "".join(
            f"<tr><td>{escape(row['id'])}</td><td>{escape(row['client'])}</td><td>{escape(row['mode'])}</td>"
            f"<td>{row['total'] / 100:.2f}</td><td>{escape(row['means'])}</td><td>{escape(row['email'] or '')}</td></tr>"
            for row in rows
        )
        head = "<tr><th>Order<th>Client<th>Mode<th>Total<th>Paid with<th>E-mail</tr>"
        table = f'<div class="scroll"><table>{head}{lines}</table></div>' if rows else "<p>No order yet.</p>"
        people = ", ".join(f"{escape(email)} / {escape(password)}" for email, _, _, password, _ in PEOPLE)
        logins = "; ".join(
            f"{escape(client)}: " + ", ".join(f"{escape(each.name)} ({each.mode})" for each in found)
            for client, found in LOGINS.items()
        )
        return f"<p>Signed log-ins: {logins}. Customers: {people}.</p>{table}"
