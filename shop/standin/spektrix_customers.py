"""Customers of the imitated Spektrix: log in, register, what they agreed to, which memberships they hold.

Sources: Spektrix, "Sign-up form", "Iframe load trigger", v3 help. Passwords are those of invented people.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.programme import seeded
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_season import Membership, Tenant
from shop.standin.spektrix_sessions import Session
from shop.standin.spektrix_wire import Json, Refusal, body_of, invalid, missing, number_in, one_object
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, email TEXT NOT NULL, first TEXT NOT NULL,
    last TEXT NOT NULL, password TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]', statements TEXT NOT NULL DEFAULT '[]',
    body TEXT NOT NULL DEFAULT '{}', UNIQUE (client, email)
);
CREATE TABLE IF NOT EXISTS spk_held_memberships (
    customer INTEGER NOT NULL, membership INTEGER NOT NULL, ends TEXT NOT NULL, PRIMARY KEY (customer, membership)
);
"""
# E-mail, first and last name, password, days until the membership ends (None: no member).
PEOPLE = (
    ("ada@example.org", "Ada", "Holder", "lamplight", 300),
    ("ben@example.org", "Ben", "Renewal", "lamplight", 20),
    ("cleo@example.org", "Cleo", "Newcomer", "lamplight", None),
)
_FIELDS = ("title", "mobile", "phone", "birthDate", "billingAddress", "deliveryAddress", "giftAidConfirmed")


def customer_code(number: int) -> str:
    """``I-8H22-22HV``: how a customer's id looks; the letters are ours."""
    chance = seeded("customer", number)
    text = "".join(chance.choice("23456789BCDFGHJKLMNPQRSTVWXZ") for _ in range(8))
    return f"I-{text[:4]}-{text[4:]}"


class Customers:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def seed(self, connection: sqlite3.Connection, tenant: Tenant) -> None:
        now = self.env.clock.now()
        for email, first, last, password, days in PEOPLE:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO spk_customers (client, email, first, last, password) VALUES (?, ?, ?, ?, ?)",
                (tenant.client, email, first, last, password),
            )
            if cursor.rowcount and days is not None:
                connection.execute(
                    "INSERT INTO spk_held_memberships VALUES (?, ?, ?)",
                    (
                        cursor.lastrowid,
                        tenant.memberships[0].number,
                        (now + timedelta(days=days)).isoformat(),
                    ),
                )

    # Rows

    def row(self, connection: sqlite3.Connection, tenant: Tenant, number: int | None) -> sqlite3.Row | None:
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM spk_customers WHERE id = ? AND client = ?", (number or 0, tenant.client)
        ).fetchone()
        return row

    def by_code(self, connection: sqlite3.Connection, tenant: Tenant, code: str) -> sqlite3.Row:
        rows = connection.execute("SELECT * FROM spk_customers WHERE client = ?", (tenant.client,)).fetchall()
        row: sqlite3.Row | None = next((each for each in rows if customer_code(each["id"]) == code), None)
        if row is None:
            raise missing("Customer")
        return row

    def by_email(self, connection: sqlite3.Connection, tenant: Tenant, email: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM spk_customers WHERE client = ? AND email = ?",
            (tenant.client, email.strip().lower()),
        ).fetchone()
        return row

    def guest(self, connection: sqlite3.Connection, tenant: Tenant, email: str, first: str, last: str) -> int:
        """The customer of that address, made when there is none."""
        row = self.by_email(connection, tenant, email)
        if row is not None:
            return int(row["id"])
        cursor = connection.execute(
            "INSERT INTO spk_customers (client, email, first, last, password) VALUES (?, ?, ?, ?, '')",
            (tenant.client, email.strip().lower(), first, last),
        )
        return int(cursor.lastrowid or 0)

    def memberships(self, tenant: Tenant, customer: int | None) -> set[int]:
        return {number for number, ends in self._held(customer).items() if ends > self.env.clock.now()}

    def _held(self, customer: int | None) -> dict[int, datetime]:
        with self.env.store.connect() as connection:
            rows = connection.execute(
                "SELECT membership, ends FROM spk_held_memberships WHERE customer = ?", (customer or 0,)
            ).fetchall()
        return {row["membership"]: datetime.fromisoformat(row["ends"]).astimezone(UTC) for row in rows}

    def renewal(self, customer: int | None, membership: Membership) -> datetime | None:
        """When a membership that is held ends; None when there is none. Raises 400 when it is too early to renew."""
        ends = self._held(customer).get(membership.number)
        if ends is None:
            return None
        first = ends - timedelta(days=int(self.world.settings["renewal_days"]))
        if self.env.clock.now() < first:
            raise Refusal(
                400, "validation failed", "MembershipNotRenewable",
                [f"The customer already has this membership. It can be renewed from {first:%d %B %Y}."],
            )  # fmt: skip
        return ends

    def grant(self, connection: sqlite3.Connection, customer: int, membership: int) -> None:
        """A year more, from the end of the one that is held."""
        row = connection.execute(
            "SELECT ends FROM spk_held_memberships WHERE customer = ? AND membership = ?",
            (customer, membership),
        ).fetchone()
        start = max(
            self.env.clock.now(), datetime.fromisoformat(row["ends"]) if row else self.env.clock.now()
        )
        connection.execute(
            "INSERT INTO spk_held_memberships VALUES (?, ?, ?) ON CONFLICT (customer, membership) DO UPDATE SET"
            " ends = excluded.ends",
            (customer, membership, (start + timedelta(days=365)).isoformat()),
        )

    # Objects

    def wire(self, tenant: Tenant, number: int | None) -> Json | None:
        if number is None:
            return None
        with self.env.store.connect() as connection:
            row = self.row(connection, tenant, number)
        return self.object(row) if row is not None else None

    def object(self, row: sqlite3.Row) -> Json:
        return {
            "id": customer_code(row["id"]),
            "title": None,
            "firstName": row["first"],
            "lastName": row["last"],
            "name": f"{row['first']} {row['last']}",
            "email": row["email"],
            "mobile": None,
            "phone": None,
            "birthDate": None,
            "age": None,
            "billingAddress": None,
            "deliveryAddress": None,
            "passwordSet": bool(row["password"]),
            "giftAidDeclarationRequired": False,
            "creditBalance": 0,
            **json.loads(row["body"]),
        }

    def create(self, tenant: Tenant, given: Json) -> int:
        """Raises 400, with ``Duplicate Entry`` for an address that is known."""
        email = str(given.get("email") or "").strip().lower()
        first, last = (str(given.get(name) or "").strip() for name in ("firstName", "lastName"))
        problems = [
            f"{n} is required."
            for n, v in (("firstName", first), ("lastName", last), ("email", email))
            if not v
        ]
        if problems or "@" not in email:
            raise Refusal(400, "validation failed", "ValidationFailed", problems or ["email is not valid."])
        statements = self._statements(
            tenant, given.get("AgreedStatements", given.get("agreedStatements")) or []
        )
        with self.env.store.write() as connection:
            if self.by_email(connection, tenant, email) is not None:
                raise Refusal(400, "Duplicate Entry", "DuplicateEntry")
            cursor = connection.execute(
                "INSERT INTO spk_customers (client, email, first, last, password, statements, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (tenant.client, email, first, last, str(given.get("password") or ""), json.dumps(statements),
                 json.dumps({name: given[name] for name in _FIELDS if name in given})),
            )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def _statements(self, tenant: Tenant, given: Any) -> list[int]:
        rows = given if isinstance(given, list) else [given]
        numbers = [
            number_in(each if isinstance(each, dict) else {"id": each}, "id", what="statement")
            for each in rows
        ]
        if not set(numbers) <= {number for number, _ in tenant.statements}:
            raise missing("Statement")
        return numbers

    # Calls of the visitor's session

    def current(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        """GET, POST (register) and PATCH of ``customer``. Nobody logged in: 401, which is our reading."""
        if request.method == "POST":
            self.log_in(tenant, session, self.create(tenant, one_object(request)))
        if session.customer is None:
            raise Refusal(401, "No customer is logged in.", "NotLoggedIn")
        if request.method == "PATCH":
            self._patch(session.customer, one_object(request))
        return as_json(self.wire(tenant, session.customer))

    def _patch(self, number: int, given: Json) -> None:
        with self.env.store.write() as connection:
            for name, column in (("firstName", "first"), ("lastName", "last")):
                if given.get(name):
                    connection.execute(
                        f"UPDATE spk_customers SET {column} = ? WHERE id = ?", (str(given[name]), number)
                    )
            row = connection.execute("SELECT body FROM spk_customers WHERE id = ?", (number,)).fetchone()
            lowered = {name.lower(): name for name in _FIELDS}
            more = {lowered[name.lower()]: value for name, value in given.items() if name.lower() in lowered}
            body = json.dumps({**json.loads(row["body"]), **more})
            connection.execute("UPDATE spk_customers SET body = ? WHERE id = ?", (body, number))

    def authenticate(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        given = one_object(request)
        if not self.check(tenant, session, str(given.get("email") or ""), str(given.get("password") or "")):
            raise Refusal(401, "The e-mail address or the password is not right.", "AuthenticationFailed")
        return as_json(self.wire(tenant, session.customer))

    def check(self, tenant: Tenant, session: Session, email: str, password: str) -> bool:
        """Logs the session in when the password is right."""
        with self.env.store.connect() as connection:
            row = self.by_email(connection, tenant, email)
        if row is None or not row["password"] or row["password"] != password:
            return False
        self.log_in(tenant, session, row["id"])
        return True

    def deauthenticate(self, request: StandinRequest, tenant: Tenant, session: Session) -> Response:
        self.log_in(tenant, session, None)
        return Response(status=204)

    def log_in(self, tenant: Tenant, session: Session, number: int | None) -> None:
        session.customer = number
        self.world.sessions.save(session)
        with self.env.store.write() as connection:
            basket = self.world.baskets.of_session(connection, tenant, session)
            if basket is not None:
                connection.execute("UPDATE spk_baskets SET customer = ? WHERE id = ?", (number, basket["id"]))
                self.world.baskets.touch(connection, basket["id"])

    def agreed(self, request: StandinRequest, tenant: Tenant, number: int | None) -> Response:
        """Statements a customer agreed to; POST adds, PUT replaces."""
        if number is None:
            raise Refusal(401, "No customer is logged in.", "NotLoggedIn")
        with self.env.store.write() as connection:
            row = self.row(connection, tenant, number)
            if row is None:
                raise missing("Customer")
            agreed: list[int] = json.loads(row["statements"])
            if request.method in {"POST", "PUT"}:
                given = self._statements(tenant, body_of(request) or [])
                agreed = list(dict.fromkeys([*(agreed if request.method == "POST" else []), *given]))
                text = json.dumps(agreed)
                connection.execute("UPDATE spk_customers SET statements = ? WHERE id = ?", (text, number))
        texts = dict(tenant.statements)
        return as_json([{"id": wire_id(each), "text": texts[each]} for each in agreed])

    # Signed calls

    def search(self, request: StandinRequest, tenant: Tenant) -> Response:
        """``customers?email=``: one object, or 404."""
        email = request.args.get("email")
        if not email:
            raise invalid("email is required.")
        with self.env.store.connect() as connection:
            row = self.by_email(connection, tenant, email)
        if row is None:
            raise missing("Customer")
        return as_json(self.object(row))

    def signed_create(self, request: StandinRequest, tenant: Tenant) -> Response:
        return as_json(self.wire(tenant, self.create(tenant, one_object(request))))

    def signed_one(self, request: StandinRequest, tenant: Tenant, code: str) -> Response:
        with self.env.store.connect() as connection:
            row = self.by_code(connection, tenant, code)
        if request.method == "PATCH":
            self._patch(row["id"], one_object(request))
        return as_json(self.wire(tenant, row["id"]))

    def signed_statements(self, request: StandinRequest, tenant: Tenant, code: str) -> Response:
        with self.env.store.connect() as connection:
            row = self.by_code(connection, tenant, code)
        return self.agreed(request, tenant, row["id"])

    def tags(self, request: StandinRequest, tenant: Tenant, code: str) -> Response:
        """``{id}`` or ``[{id}]`` are added; GET lists."""
        known = {number: name for group in tenant.tag_groups for number, name in group.tags}
        with self.env.store.write() as connection:
            row = self.by_code(connection, tenant, code)
            tags: list[int] = json.loads(row["tags"])
            if request.method == "POST":
                data = body_of(request)
                for each in data if isinstance(data, list) else [data]:
                    number = number_in(each if isinstance(each, dict) else {"id": each}, "id", what="tag")
                    if number not in known:
                        raise missing("Tag")
                    tags.append(number)
                tags = list(dict.fromkeys(tags))
                connection.execute(
                    "UPDATE spk_customers SET tags = ? WHERE id = ?", (json.dumps(tags), row["id"])
                )
        return as_json([{"id": wire_id(each), "name": known[each]} for each in tags])

    def untag(self, request: StandinRequest, tenant: Tenant, text: str) -> Response:
        """``DELETE customers/tags/{tagId}?id={customerId}``."""
        with self.env.store.write() as connection:
            row = self.by_code(connection, tenant, request.args.get("id", ""))
            tags = [each for each in json.loads(row["tags"]) if wire_id(each) != text]
            connection.execute(
                "UPDATE spk_customers SET tags = ? WHERE id = ?", (json.dumps(tags), row["id"])
            )
        return Response(status=204)
