"""A visitor's account at the imitated Spektrix: addresses, magic links, passwords, stored cards.

Known from one modern integration; what a wrong token or password answers is not documented, our reading: 400. Nothing
is e-mailed: what would have been is in the books.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_sessions import Session
from shop.standin.spektrix_wire import Json, Refusal, invalid, missing, one_object
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_addresses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS spk_mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, email TEXT NOT NULL, kind TEXT NOT NULL,
    token TEXT NOT NULL, url TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
"""
_FIELDS = ("isBilling", "isDelivery", "country", "administrativeDivision", "name", "line1", "line2", "line3", "line4",
           "line5", "town", "postcode")  # fmt: skip
Call = Callable[..., Response]


class Accounts:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def routes(self) -> list[tuple[str, str, Call]]:
        """Below ``customer``; each is called with request, tenant and session."""
        return [
            ("GET POST", "/addresses", self.addresses),
            ("GET PATCH PUT DELETE", "/addresses/<int:number>", self.address),
            ("POST", "/send-magic-link", self.send_link),
            ("POST", "/authenticate-magic-link", self.use_link),
            ("POST", "/forgot-password", self.forgot),
            ("POST", "/change-password", self.change),
            ("GET", "/stored-cards", self.cards),
            ("GET", "/print-at-home-documents", self.documents),
        ]

    def _needed(self, session: Session) -> int:
        if session.customer is None:
            raise Refusal(401, "No customer is logged in.", "NotLoggedIn")
        return session.customer

    # Addresses

    def addresses(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        customer = self._needed(session)
        with self.env.store.write() as connection:
            if request.method == "POST":
                body = _address(one_object(request))
                if not body["line1"] or not body["postcode"]:
                    raise invalid("line1 and postcode are required.")
                cursor = connection.execute(
                    "INSERT INTO spk_addresses (customer, body) VALUES (?, ?)", (customer, json.dumps(body))
                )
                return as_json({"id": cursor.lastrowid, **body})
            rows = connection.execute(
                "SELECT * FROM spk_addresses WHERE customer = ? ORDER BY id", (customer,)
            ).fetchall()
        return as_json([{"id": row["id"], **json.loads(row["body"])} for row in rows])

    def address(self, request: StandinRequest, tenant: Tenant, session: Session, number: int) -> Response:
        """PATCH changes what is given, PUT takes the place of all."""
        customer = self._needed(session)
        with self.env.store.write() as connection:
            row = connection.execute(
                "SELECT * FROM spk_addresses WHERE id = ? AND customer = ?", (min(number, 2**60), customer)
            ).fetchone()
            if row is None:
                raise missing("Address")
            if request.method == "DELETE":
                connection.execute("DELETE FROM spk_addresses WHERE id = ?", (row["id"],))
                return Response(status=204)
            body = json.loads(row["body"])
            if request.method in {"PATCH", "PUT"}:
                given = one_object(request)
                new = _address(given)
                body = (
                    new if request.method == "PUT" else {**body, **{n: new[n] for n in _FIELDS if n in given}}
                )
                connection.execute(
                    "UPDATE spk_addresses SET body = ? WHERE id = ?", (json.dumps(body), row["id"])
                )
        return as_json({"id": row["id"], **body})

    # Links and passwords

    def _mail(self, tenant: Tenant, email: str, kind: str, url: str) -> None:
        """A known address gets a token; an unknown one gets nothing, and the caller cannot tell."""
        token = secrets.token_urlsafe(18)
        with self.env.store.write() as connection:
            if self.world.customers.by_email(connection, tenant, email) is not None:
                connection.execute(
                    "INSERT INTO spk_mails (client, email, kind, token, url) VALUES (?, ?, ?, ?, ?)",
                    (tenant.client, email.strip().lower(), kind, token, url.replace("{token}", token)),
                )

    def send_link(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        given = one_object(request)
        url = str(given.get("linkUrl") or "")
        if "{token}" not in url:
            raise invalid("linkUrl must contain {token}.")
        self._mail(tenant, str(given.get("emailAddress") or ""), "link", url)
        return Response(status=204)

    def use_link(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        """A token is good once."""
        token = str(one_object(request).get("token") or "")
        with self.env.store.write() as connection:
            row = connection.execute(
                "SELECT * FROM spk_mails WHERE client = ? AND token = ? AND kind = 'link' AND used = 0",
                (tenant.client, token),
            ).fetchone()
            if row is None:
                raise invalid("The link is not valid any more.", "InvalidToken")
            connection.execute("UPDATE spk_mails SET used = 1 WHERE id = ?", (row["id"],))
            customer = self.world.customers.by_email(connection, tenant, row["email"])
        assert customer is not None
        self.world.customers.log_in(tenant, session, customer["id"])
        return as_json(self.world.customers.wire(tenant, customer["id"]))

    def forgot(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        given = one_object(request)
        domain = request.args.get("domain", "")
        page = f"{domain}{self.world.prefix}/{tenant.client}/website/secure/SetPassword.aspx?Token={{token}}"
        self._mail(tenant, str(given.get("emailAddress") or ""), "password", page)
        return Response(status=204)

    def change(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        customer, given = self._needed(session), one_object(request)
        new = str(given.get("newPassword") or given.get("password") or "")
        if len(new) < 6:
            raise invalid("newPassword must have at least 6 characters.")
        with self.env.store.write() as connection:
            changed = connection.execute(
                "UPDATE spk_customers SET password = ? WHERE id = ? AND password = ?",
                (new, customer, str(given.get("oldPassword") or "")),
            ).rowcount
        if not changed:
            raise invalid("The old password is not right.", "AuthenticationFailed")
        return Response(status=204)

    def cards(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        """Cards are stored by the payment component, which is not imitated: there are none."""
        self._needed(session)
        return as_json([])

    def documents(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        """Tickets to print are made at the real box office; here there are none."""
        self._needed(session)
        return as_json([])

    def mails(self) -> list[Json]:
        with self.env.store.connect() as connection:
            return [dict(row) for row in connection.execute("SELECT * FROM spk_mails ORDER BY id")]


def _address(given: Json) -> dict[str, Any]:
    texts = {name: str(given.get(name) or "") for name in _FIELDS[2:]}
    return {
        "isBilling": given.get("isBilling") is True,
        "isDelivery": given.get("isDelivery") is True,
        **texts,
    }
