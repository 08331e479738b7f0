"""Guest data as it is kept, checked and told. Source: XS2Event, "Guest data" and "Booking flow"."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shop.standin.xs2event_ids import fresh
from shop.standin.xs2event_requirements import CHECKOUT, conditions, places
from shop.standin.xs2event_reservations import EMAIL
from shop.standin.xs2event_wire import COUNTRIES, Refusal, problem, validation

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_guests (
    id TEXT PRIMARY KEY,
    reservation_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    lead INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS xs2_guests_reservation ON xs2_guests (reservation_id, ticket_id, place);
"""
FIELDS = (
    "first_name", "last_name", "passport_number", "contact_email", "contact_phone", "date_of_birth", "gender",
    "country_of_residence", "street_name", "additional_street_name", "city", "zip", "province",
)  # fmt: skip
_MORE = {"guest_id", "lead_guest", "conditions", "supported_team"}
_PHONE = re.compile(r"\+[1-9][0-9 ()-]{5,18}")


@dataclass
class Given:
    """A guest of a body: its fields as they came, whether it leads, and its id if it had one."""

    values: dict[str, Any]
    lead: bool
    guest_id: str | None = None


@dataclass
class Party:
    """The guests of one ticket. ``asks`` names a kind of requirements."""

    ticket_id: str
    quantity: int
    asks: str
    guests: list[Given] = field(default_factory=list)


def read_guest(given: Any, where: str, errors: dict[str, str]) -> Given:
    """One guest of a body; what is not a guest at all goes into ``errors``."""
    if not isinstance(given, dict):
        errors[where] = "must be an object"
        return Given({}, False)
    for name in set(given) - {*FIELDS, *_MORE}:
        errors[f"{where}.{name}"] = "unknown"
    lead, guest_id = given.get("lead_guest"), given.get("guest_id")
    if lead is not None and not isinstance(lead, bool):
        errors[f"{where}.lead_guest"] = "must be true or false"
    if guest_id is not None and not isinstance(guest_id, str):
        errors[f"{where}.guest_id"] = "a text"
    values = {name: given[name] for name in (*FIELDS, "supported_team") if given.get(name) is not None}
    return Given(values, lead is True, guest_id)


def read_guests(given: Any, where: str, errors: dict[str, str]) -> list[Given]:
    if not isinstance(given, list):
        errors[where] = "required" if given is None else "must be a list"
        return []
    found = [read_guest(each, f"{where}.{place}", errors) for place, each in enumerate(given)]
    if sum(each.lead for each in found) > 1:
        errors[where] = "only one guest leads"
    return found


def lead_first(guests: Sequence[Given]) -> None:
    """Whoever comes first leads when nobody says so; our reading."""
    if guests and not any(each.lead for each in guests):
        guests[0].lead = True


def fault_of(name: str, value: Any, today: date) -> str | None:
    """Why a value cannot be taken. Only ``required`` is a published word; ``invalid`` is our reading."""
    if not isinstance(value, str) or not value.strip():
        return "invalid"
    good = True
    if name == "contact_email":
        good = bool(EMAIL.fullmatch(value))
    elif name == "contact_phone":
        good = bool(_PHONE.fullmatch(value))
    elif name == "gender":
        good = value in {"male", "female", "unknown"}
    elif name == "country_of_residence":
        good = value in COUNTRIES
    elif name == "date_of_birth":
        try:
            born = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, no time
            good = len(value) == 10 and date(1900, 1, 1) <= born <= today
        except ValueError:
            good = False
    return None if good else "invalid"


def report(party: Party, today: date, needed: frozenset[str]) -> tuple[dict[str, Any], bool]:
    """The item of the 422 for one ticket, and whether all is well. ``needed``: conditions whose fields must be there.

    Places that must be filled now and are not in the body are reported like guests with nothing in them.
    """
    wanted = places(party.asks, party.quantity)
    shown: list[dict[str, Any]] = []
    well = True
    guests = list(party.guests)
    for place in range(len(guests), wanted):
        if set(conditions(party.asks, lead=not guests).values()) & needed:
            guests.append(Given({}, lead=place == 0))
    for guest in guests:
        asked = conditions(party.asks, lead=guest.lead)
        fields: dict[str, Any] = {}
        for name in dict.fromkeys((*asked, *(n for n in guest.values if n in FIELDS))):
            value, condition = guest.values.get(name), asked.get(name)
            error = None
            if value is not None:
                # What is empty counts as missing where it must be there.
                empty = isinstance(value, str) and not value.strip()
                error = "required" if empty and condition in needed else fault_of(name, value, today)
            elif condition in needed:
                error = "required"
            well = well and error is None
            fields[name] = {"value": value, "condition": condition, "error": error}
        shown.append({**fields, "lead_guest": guest.lead})
    return {"ticket_id": party.ticket_id, "quantity": party.quantity, "guests": shown}, well


def check(parties: Sequence[Party], today: date, needed: frozenset[str] = frozenset({CHECKOUT})) -> None:
    """Raises the 422 of the documents, with every item, guest and field in it."""
    found = [report(party, today, needed) for party in parties]
    if not all(well for _, well in found):
        raise refused([shown for shown, _ in found])


def refused(items: list[dict[str, Any]]) -> Refusal:
    return problem(
        422,
        "invalid-guest-data",
        "Invalid or missing guest data",
        "Fields required before checkout are missing or have invalid values",
        items=items,
    )


def too_many(parties: Sequence[Party]) -> None:
    errors = {
        f"items.{place}.guests": f"{len(party.guests)} guests for {party.quantity} tickets"
        for place, party in enumerate(parties)
        if len(party.guests) > party.quantity
    }
    if errors:
        raise validation(errors)


class Guests:
    """The rows: in the order in which they were given, gone with the ticket they belong to."""

    def of(
        self, connection: sqlite3.Connection, reservation_id: str, ticket_id: str | None = None
    ) -> list[sqlite3.Row]:
        return connection.execute(
            "SELECT * FROM xs2_guests WHERE reservation_id = ? AND (? IS NULL OR ticket_id = ?)"
            " ORDER BY ticket_id, place",
            (reservation_id, ticket_id, ticket_id),
        ).fetchall()

    def party(
        self, connection: sqlite3.Connection, reservation_id: str, ticket_id: str, quantity: int, asks: str
    ) -> Party:
        """What is kept, as if it had just been given."""
        guests = [
            Given(json.loads(row["body"]), bool(row["lead"]), row["id"])
            for row in self.of(connection, reservation_id, ticket_id)
        ]
        return Party(ticket_id, quantity, asks, guests)

    def keep(self, connection: sqlite3.Connection, reservation_id: str, party: Party) -> list[str]:
        """Write all guests of a ticket anew; known ids stay. The ids in order."""
        known = {row["id"] for row in self.of(connection, reservation_id, party.ticket_id)}
        connection.execute(
            "DELETE FROM xs2_guests WHERE reservation_id = ? AND ticket_id = ?",
            (reservation_id, party.ticket_id),
        )
        ids = []
        for place, guest in enumerate(party.guests):
            guest_id = guest.guest_id if guest.guest_id in known else fresh("gst")
            ids.append(str(guest_id))
            values = {name: value for name, value in guest.values.items() if str(value).strip()}
            connection.execute(
                "INSERT INTO xs2_guests (id, reservation_id, ticket_id, place, lead, body) VALUES (?, ?, ?, ?, ?, ?)",
                (guest_id, reservation_id, party.ticket_id, place, int(guest.lead), json.dumps(values)),
            )
        return ids

    def cut(self, connection: sqlite3.Connection, reservation_id: str, quantities: Mapping[str, int]) -> None:
        """After a change of the reservation: no guests without a ticket."""
        for row in self.of(connection, reservation_id):
            if row["place"] >= quantities.get(row["ticket_id"], 0):
                connection.execute("DELETE FROM xs2_guests WHERE id = ?", (row["id"],))


def shown(
    row: Mapping[str, Any] | sqlite3.Row | None, asks: str, lead: bool, *, wrapped: bool
) -> dict[str, Any]:
    """A guest as GET tells it; a place that nobody filled has no id. ``wrapped``: each field with its condition."""
    values = json.loads(row["body"]) if row is not None else {}
    asked = conditions(asks, lead=lead)
    guest: dict[str, Any] = {"guest_id": row["id"] if row is not None else None}
    for name in FIELDS:
        value = values.get(name)
        if wrapped:
            missing = value is None and name in asked
            error = "required" if missing else None
            guest[name] = {"value": value, "condition": asked.get(name), "error": error}
        else:
            guest[name] = value
    guest["lead_guest"] = lead
    return guest
