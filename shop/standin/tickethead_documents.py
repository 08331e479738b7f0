"""The file behind ``download_tickets``: one PDF or wallet bundle for the whole order."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shop.standin.tickethead_passes import bundle
from shop.standin.tickethead_pdf import Sheet, document
from shop.standin.tickethead_places import PLACES
from shop.standin.tickethead_wire import moment
from shop.standin.wsgi import Env

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead


class Documents:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def file(self, order: sqlite3.Row) -> tuple[bytes, str]:
        """Content and content type. Tickets that were refunded are left out."""
        with self._env.store.read() as connection:
            event = connection.execute(
                "SELECT * FROM th_events WHERE id = ?", (order["event_id"],)
            ).fetchone()
            tickets = [
                self._ticket(connection, order, event, row)
                for row in self._world.states.tickets(connection, order["id"])
                if row["status"] != "available"
            ]
        if order["format"] == "PKPASS":
            return bundle([self._pass(event, each) for each in tickets], self._world.signer)
        sheets = [
            Sheet(
                title=event["name"],
                when=each["when"],
                where=each["where"],
                facts=tuple(each["facts"]),
                code=each["code"],
                footer=f"Order {order['id']} · Ticket {each['id']} · Tickethead stand-in, not valid anywhere",
            )
            for each in tickets
        ]
        return document(sheets, title=f"Tickets, order {order['id']}"), "application/pdf"

    def _ticket(
        self, connection: sqlite3.Connection, order: sqlite3.Row, event: sqlite3.Row, row: sqlite3.Row
    ) -> dict[str, Any]:
        place = PLACES[event["venue_id"]]
        zone = ZoneInfo(place.zone)
        config = json.loads(
            connection.execute("SELECT body FROM th_configs WHERE id = ?", (row["config_id"],)).fetchone()[
                "body"
            ]
        )
        start = moment(event["start_at"])
        facts = [("Ticket", config["name"]), ("Price", _money(row["price"], order["currency"]))]
        for number, word in ((row["sector_id"], "Sector"), (row["timeslot_id"], "Time")):
            if number is not None:
                area = connection.execute("SELECT body FROM th_areas WHERE id = ?", (number,)).fetchone()
                body = json.loads(area["body"])
                facts.append((word, body["name"]))
                if word == "Time":
                    start = moment(body["start_at"])
        if row["seat"]:
            letter, _, seat = row["seat"].rpartition("-")
            facts += [("Row", letter), ("Seat", seat)]
        holder = json.loads(row["holder"]) if row["holder"] else None
        contact = connection.execute(
            "SELECT body FROM th_contacts WHERE order_id = ?", (order["id"],)
        ).fetchone()
        person = holder or (json.loads(contact["body"]) if contact else {})
        name = " ".join(str(person.get(part, "")) for part in ("first_name", "last_name")).strip()
        if name:
            facts.append(("Name", name))
        return {
            "id": row["id"],
            "when": f"{start.astimezone(zone):%A %d %B %Y, %H:%M}",
            "start": start.astimezone(zone).isoformat(),
            "where": f"{place.name}, {place.street}, {place.zip} {place.city}",
            "facts": facts,
            "code": self._world.signer.text(event["id"], row["config_id"], row["seq"]),
        }

    @staticmethod
    def _pass(event: sqlite3.Row, ticket: dict[str, Any]) -> dict[str, Any]:
        rows = [{"key": word.lower(), "label": word, "value": value} for word, value in ticket["facts"]]
        return {
            "formatVersion": 1,
            "passTypeIdentifier": "pass.io.tickethead.standin",
            "serialNumber": str(ticket["id"]),
            "teamIdentifier": "STANDIN000",
            "organizationName": event["organizer"],
            "description": event["name"],
            "relevantDate": ticket["start"],
            "backgroundColor": "rgb(143, 29, 44)",
            "foregroundColor": "rgb(255, 255, 255)",
            "eventTicket": {
                "primaryFields": [{"key": "event", "label": "Event", "value": event["name"]}],
                "secondaryFields": [{"key": "when", "label": "When", "value": ticket["when"]},
                                    {"key": "where", "label": "Where", "value": ticket["where"]}],
                "auxiliaryFields": rows,
            },
            "barcodes": [
                {"format": "PKBarcodeFormatQR", "message": ticket["code"], "messageEncoding": "iso-8859-1"}
            ],
        }  # fmt: skip


def _money(minor: int, currency: str) -> str:
    return f"{currency} {minor // 100}.{minor % 100:02d}"
