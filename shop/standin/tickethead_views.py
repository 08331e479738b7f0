"""Rows of the imitated Tickethead as the JSON its API shows, with the relations that were asked for.

Source: the resource types declared by the vendor's own client.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from shop.standin.tickethead_places import ORGANIZERS, PLACES, formats, venue
from shop.standin.tickethead_wire import Tree, amount

_CONFIG: Tree = {
    "ticket_discount": {},
    "sector": {},
    "timeslot": {},
    "promo_section": {},
    "depends_on": {},
    "event": {},
}
_AREA: Tree = {"ticket_config": _CONFIG}
_DISCOUNT: Tree = {"ticket_config": _CONFIG}
_VENUE: Tree = {"address": {"position": {}}}
_OCCURRENCE: Tree = {
    "ticket_config": _CONFIG,
    "sector": _AREA,
    "timeslot": _AREA,
    "ticket_discount": _DISCOUNT,
    "subcategory": {},
    "ticket_format": {},
}
EVENT: Tree = {**_OCCURRENCE, "occurrence": _OCCURRENCE, "venue": _VENUE, "organizer": {}}
CONFIG, AREA, DISCOUNT = _CONFIG, _AREA, _DISCOUNT
DEFAULT_EVENT = (
    "[ticket_config,ticket_discount,subcategory,ticket_format,timeslot,occurrence.ticket_config,sector]"
)
_HIDDEN = ("subcategory", "formats", "access_token")


class Views:
    """Bound to one connection, so that one answer shows one moment."""

    def __init__(self, connection: sqlite3.Connection, origin: str) -> None:
        """``origin``: what the addresses of pictures begin with."""
        self._connection = connection
        self._origin = origin

    def event(self, row: sqlite3.Row, wanted: Tree) -> dict[str, Any]:
        return self.events([row], wanted)[0]

    def events(self, rows: Sequence[sqlite3.Row], wanted: Tree) -> list[dict[str, Any]]:
        """All relations of all rows in one query each, whatever their number."""
        ids = [row["id"] for row in rows]
        configs = self._configs(ids, wanted["ticket_config"]) if "ticket_config" in wanted else {}
        areas = {
            kind: self._areas(ids, kind, wanted[kind]) for kind in ("sector", "timeslot") if kind in wanted
        }
        discounts = self._discounts(ids, wanted["ticket_discount"]) if "ticket_discount" in wanted else {}
        occurrences: dict[int, list[dict[str, Any]]] = {}
        if "occurrence" in wanted:
            below = self._rows("th_events", "parent_id", ids, "removed = 0", "start_at, id")
            for row, shown in zip(below, self.events(below, wanted["occurrence"]), strict=True):
                for name in ("name", "description", "main_image_uri", "sectors_map_image_uri", "tos"):
                    shown.pop(name, None)
                occurrences.setdefault(row["parent_id"], []).append(shown)
        found = []
        for row in rows:
            body = json.loads(row["body"])
            shown = {name: value for name, value in body.items() if name not in _HIDDEN}
            shown |= {
                "name": row["name"],
                "main_image_uri": self._origin + body["main_image_uri"],
                "status": row["status"],
                "visible": bool(row["visible"]),
                "start_at": row["start_at"],
                "end_at": row["end_at"],
                "venue_id": str(row["venue_id"]),
                "organizer_id": row["organizer"],
            }
            if "ticket_config" in wanted:
                shown["ticket_config"] = configs.get(row["id"], [])
            for kind, by_event in areas.items():
                shown[kind] = by_event.get(row["id"], [])
            if "ticket_discount" in wanted:
                shown["ticket_discount"] = discounts.get(row["id"], [])
            if "occurrence" in wanted:
                shown["occurrence"] = occurrences.get(row["id"], [])
            if "subcategory" in wanted:
                shown["subcategory"] = body["subcategory"]
            if "ticket_format" in wanted:
                shown["ticket_format"] = formats(tuple(body["formats"]))
            if "venue" in wanted:
                shown["venue"] = place(row["venue_id"], wanted["venue"])
            if "organizer" in wanted:
                organizer = ORGANIZERS[row["organizer"]]
                shown["organizer"] = {"id": organizer.id, "name": organizer.name,
                                      "display_name": organizer.display_name}  # fmt: skip
            found.append(shown)
        return found

    def _rows(
        self, table: str, column: str, ids: Sequence[int], also: str = "1", order: str = "id"
    ) -> list[sqlite3.Row]:
        if not ids:
            return []
        marks = ",".join("?" * len(ids))
        return self._connection.execute(
            f"SELECT * FROM {table} WHERE {column} IN ({marks}) AND {also} ORDER BY {order}", list(ids)
        ).fetchall()

    def _configs(self, events: Sequence[int], wanted: Tree) -> dict[int, list[dict[str, Any]]]:
        rows = self._rows("th_configs", "event_id", events)
        found: dict[int, list[dict[str, Any]]] = {}
        for row, shown in zip(rows, self.configs(rows, wanted), strict=True):
            found.setdefault(row["event_id"], []).append(shown)
        return found

    def configs(self, rows: Sequence[sqlite3.Row], wanted: Tree) -> list[dict[str, Any]]:
        events = sorted({row["event_id"] for row in rows})
        areas = {
            kind: {
                each["id"]: each for some in self._areas(events, kind, wanted[kind]).values() for each in some
            }
            for kind in ("sector", "timeslot")
            if kind in wanted
        }
        discounts: dict[int, dict[str, Any]] = {}
        if "ticket_discount" in wanted:
            some = self._discounts(events, wanted["ticket_discount"])
            discounts = {each["id"]: each for row in some.values() for each in row}
        found = []
        for row in rows:
            body = json.loads(row["body"])
            shown = self.config(row)
            for kind, known in areas.items():
                shown[kind] = [known[number] for number in body["areas"] if number in known]
            if "ticket_discount" in wanted:
                shown["ticket_discount"] = [discounts[i] for i in body["discounts"] if i in discounts]
            if "promo_section" in wanted:
                shown["promo_section"] = []
            if "depends_on" in wanted:
                others = self._rows("th_configs", "id", body["depends_on"])
                shown["depends_on"] = self.configs(others, wanted["depends_on"])
            if "event" in wanted:
                shown["event"] = self.events(self._rows("th_events", "id", [row["event_id"]]), {})[0]
            found.append(shown)
        return found

    @staticmethod
    def config(row: sqlite3.Row) -> dict[str, Any]:
        body = json.loads(row["body"])
        shown = {
            name: value for name, value in body.items() if name not in {"areas", "discounts", "depends_on"}
        }
        rate = float(body["tax_rate"])
        return shown | {
            "face_value": amount(body["face_value"]),
            "tax_rate": int(rate) if rate.is_integer() else rate,
            "quantity": row["quantity"],
            "available_tickets": max(row["quantity"] - row["taken"], 0),
            "image_uri": None,
            "video_uri": None,
            "thumbnail_uri": None,
            "questionnaire_id": None,
            "pdf_template_id": None,
            "secondary_market_ruleset_id": None,
        }

    def _areas(self, events: Sequence[int], kind: str, wanted: Tree) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = {}
        rows = self._rows("th_areas", "event_id", events, f"kind = '{kind}'")
        configs = self._configs(events, wanted["ticket_config"]) if "ticket_config" in wanted else {}
        for row in rows:
            shown = self.area(row)
            if "ticket_config" in wanted:
                shown["ticket_config"] = configs.get(row["event_id"], [])
            found.setdefault(row["event_id"], []).append(shown)
        return found

    @staticmethod
    def area(row: sqlite3.Row) -> dict[str, Any]:
        return {
            **json.loads(row["body"]),
            "capacity": row["capacity"],
            "reserved_tickets": row["taken"],
            "available_tickets": max(row["capacity"] - row["taken"], 0),
        }

    def _discounts(self, events: Sequence[int], wanted: Tree) -> dict[int, list[dict[str, Any]]]:
        """Only those without a code: a code is for whoever knows it (not documented; our reading)."""
        rows = self._rows("th_discounts", "event_id", events, "code = ''")
        found: dict[int, list[dict[str, Any]]] = {}
        for row, shown in zip(rows, self.discounts(rows, wanted), strict=True):
            found.setdefault(row["event_id"], []).append(shown)
        return found

    def discounts(
        self, rows: Sequence[sqlite3.Row], wanted: Tree, *, codes: bool = False
    ) -> list[dict[str, Any]]:
        found = []
        for row in rows:
            shown = self.discount(row)
            if codes and row["code"]:
                shown["code"] = row["code"]
            if "ticket_config" in wanted:
                configs = self._rows("th_configs", "event_id", [row["event_id"]])
                mine = [c for c in configs if row["id"] in json.loads(c["body"])["discounts"]]
                shown["ticket_config"] = self.configs(mine, wanted["ticket_config"])
            found.append(shown)
        return found

    @staticmethod
    def discount(row: sqlite3.Row) -> dict[str, Any]:
        body = json.loads(row["body"])
        value = body["value"] if body["type"] == "percent" else amount(body["value"])
        return {
            **body,
            "value": value,
            "quantity": row["quantity"],
            "reserved_tickets": row["taken"],
            "available_tickets": max(row["quantity"] - row["taken"], 0),
        }


def place(number: int, wanted: Tree) -> dict[str, Any]:
    shown = venue(PLACES[number], position="position" in wanted.get("address", {}))
    if "address" not in wanted:
        del shown["address"]
    return shown
