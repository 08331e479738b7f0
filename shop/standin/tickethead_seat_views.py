"""Seats as seats.io shows them: one object's facts, reports of a whole event, and their summaries.

Source: docs.seats.io, "Retrieve information about objects", "Detailed event reports", "Summary event reports"; what
its own client requests and reads. Parts without a value are left out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from shop.standin.tickethead_seats import FREE

Info = dict[str, Any]

# Report types, and what each groups by.
GROUPS: dict[str, Callable[[Info], str]] = {
    "byLabel": lambda info: str(info["label"]),
    "byStatus": lambda info: str(info["status"]),
    "byCategoryKey": lambda info: str(info["categoryKey"]),
    "byCategoryLabel": lambda info: str(info["categoryLabel"]),
    "bySection": lambda info: str(info.get("section", "NO_SECTION")),
    "byObjectType": lambda info: str(info["objectType"]),
    "byAvailability": lambda info: "available" if info["isAvailable"] else "not_available",
    "byAvailabilityReason": lambda info: str(info["availabilityReason"]),
    "byOrderId": lambda info: str(info.get("orderId", "NO_ORDER_ID")),
    "byChannel": lambda info: "NO_CHANNEL",
    "byZone": lambda info: "NO_ZONE",
}
# What summaries break a group down by; labels and orders have no summary.
SUMMARIES = tuple(name for name in GROUPS if name not in {"byLabel", "byOrderId"})
_ALWAYS = {"byObjectType": ("seat", "table", "booth", "generalAdmission")}


def category_labels(connection: sqlite3.Connection, key: str) -> dict[str, str]:
    """Names of the event's ticket configs, which are its categories, by category key."""
    found = connection.execute(
        "SELECT id, json_extract(body, '$.name') AS name FROM th_configs WHERE event_id = ?", (int(key),)
    )
    return {str(row["id"]): row["name"] for row in found}


def info(seat: dict[str, Any], categories: dict[str, str]) -> Info:
    """EventObjectInfo of one row of ``tickethead_seats.Seats.all``."""
    status, for_sale = seat["status"], bool(seat["for_sale"])
    available = status == FREE and for_sale
    unsold = "available" if for_sale else "not_for_sale"
    known: Info = {
        "label": seat["label"],
        **json.loads(seat["body"]),
        "status": status,
        "categoryKey": seat["category_key"],
        "categoryLabel": categories.get(seat["category_key"], ""),
        "forSale": for_sale,
        "isAvailable": available,
        "availabilityReason": unsold if status == FREE else status,
        "holdToken": seat["hold_token"],
        "orderId": seat["order_id"],
        "ticketType": seat["ticket_type"],
        "extraData": json.loads(seat["extra_data"]) if seat["extra_data"] else None,
        "seasonStatusOverriddenQuantity": 0,
    }
    return {name: value for name, value in known.items() if value is not None}


def detailed(infos: Iterable[Info], kind: str) -> dict[str, list[Info]]:
    found: dict[str, list[Info]] = {name: [] for name in _ALWAYS.get(kind, ())}
    for one in infos:
        found.setdefault(GROUPS[kind](one), []).append(one)
    return found


def summary(infos: Iterable[Info], kind: str, *, deep: bool = False) -> dict[str, Any]:
    """How many there are, once more by everything else; ``deep`` breaks each of those down again."""
    return {name: _counts(those, {kind}, deep) for name, those in detailed(infos, kind).items()}


def _counts(infos: list[Info], told: set[str], deep: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"count": len(infos)}
    for kind in SUMMARIES:
        if kind in told:
            continue
        groups = {name: those for name, those in detailed(infos, kind).items() if those}
        found[kind] = {
            name: _counts(those, told | {kind}, False) if deep else len(those)
            for name, those in groups.items()
        }
    return found
