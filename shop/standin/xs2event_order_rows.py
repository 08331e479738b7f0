"""Booking orders as rows of an answer: the flat list, and the detail with what can be downloaded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from shop.standin.xs2event_accounts import Distributor
from shop.standin.xs2event_guests import FIELDS

Row = dict[str, Any]


def _top(
    order: sqlite3.Row, booking: sqlite3.Row, caller: Distributor, status: str, invoices: Sequence[str]
) -> Row:
    told, about = json.loads(booking["body"]), json.loads(order["body"])
    return {
        "booking_id": order["booking_id"],
        "bookingorder_id": order["id"],
        "event_id": order["event_id"],
        "created": order["created"],
        "distributor_id": caller.id,
        "accepted_gt": True,
        "marketing_optin": False,
        "mass_booking_allowed": False,
        "api_booking": True,
        "offline_booking": False,
        "booking_code": booking["code"],
        "zip_sha": order["zip_sha"] if order["status"] == "completed" else None,
        "guestdata_status": order["guest_status"],
        "max_pdfs_per_ticket": 1,
        "distributorfinancial_status": "open",
        "logistic_status": status,
        "event_name": about["event_name"],
        "payment_method": told["payment_method"],
        "payment_reference": told.get("payment_reference"),
        "booking_reference": told.get("booking_reference"),
        "parent_id": None,
        "client_id": caller.client_id,
        "booking_email": told["booking_email"],
        "notify_client_status": None,
        "invoices": list(invoices),
        "bookingorder_source": "na",
        "is_test_booking": bool(told.get("is_test_booking", False)),
    }


def flat(
    order: sqlite3.Row,
    booking: sqlite3.Row,
    items: Sequence[sqlite3.Row],
    caller: Distributor,
    status: str,
    invoices: Sequence[str],
) -> Row:
    """A row of ``/bookingorders/list``: no download fields, one item per kind of ticket."""
    about = json.loads(order["body"])
    told = []
    for ticket_id, bought in about["tickets"].items():
        body = next(json.loads(item["body"]) for item in items if item["ticket_id"] == ticket_id)
        told.append(
            {
                "quantity": bought["quantity"],
                "ticket_id": ticket_id,
                "ticket_name": body["ticket_name"],
                "type_ticket": body["type_ticket"],
                "ticket_status": "available",
            }
        )
    return {
        **_top(order, booking, caller, status, invoices),
        "event_startdate": about["event_startdate"],
        "event_stopdate": about["event_stopdate"],
        "booking_group": None,
        "supplier_id": order["supplier_id"],
        "deleted": None,
        "external_payment_reference": None,
        "financial_status": "topurchase",
        "general_terms_url": None,
        "onbehalfclient_id": None,
        "marketplace_logistic_purchaseorder_id": None,
        "items": told,
    }


def detail(
    order: sqlite3.Row,
    booking: sqlite3.Row,
    items: Sequence[sqlite3.Row],
    caller: Distributor,
    status: str,
    invoices: Sequence[str],
    files: Mapping[str, Sequence[sqlite3.Row]],
    guests: Mapping[str, Sequence[sqlite3.Row]],
) -> Row:
    """``files``: those of each item, by its id; ``guests``: those of each ticket, by its id."""
    ready = order["status"] == "completed"
    shown = [
        _item(item, files.get(item["id"], ()) if ready else (), guests.get(item["ticket_id"], ()))
        for item in items
    ]
    top = _top(order, booking, caller, status, invoices)
    top["max_pdfs_per_ticket"] = max((each["number_of_pdfs"] for each in shown), default=0) or 1
    return {**top, "items": shown}


def _item(item: sqlite3.Row, files: Sequence[sqlite3.Row], guests: Sequence[sqlite3.Row]) -> Row:
    """The link of a ticket with several PDFs is empty: its parts have links of their own."""
    body = json.loads(item["body"])
    here = list(files) if item["channel"] == "xs2event" else []
    single = here[0] if len(here) == 1 else None
    guest = guests[body["number"]] if body["number"] < len(guests) else None
    euro, local = body["net_rate"], body["ticket_net_rate"]
    return {
        "orderitem_id": item["id"],
        "ticket_id": item["ticket_id"],
        "ticket_name": body["ticket_name"],
        "type_ticket": body["type_ticket"],
        "ticket_status": "available",
        "category_id": body["category_id"],
        "category_name": body["category_name"],
        "sub_category": body["sub_category"],
        "ticket_validity": body["ticket_validity"],
        "ticket_targetgroup": body["ticket_targetgroup"],
        "ticket_startdate": body["ticket_startdate"],
        "ticket_stopdate": body["ticket_stopdate"],
        "quantity": 1,
        "row": body["row"],
        "seat": body["seat"],
        "section": body["section"],
        "net_rate": euro,
        "salesprice": euro,
        "sales_price": euro,
        "sales_price_eur": euro,
        "sales_price_local": local,
        "sales_price_target": euro,
        "face_value": body["face_value"],
        "face_value_eur": body["face_value_eur"],
        "face_value_local": body["face_value"],
        "face_value_target": body["face_value_eur"],
        "currency": "EUR",
        "ticket_currency": body["ticket_currency"],
        "local_currency": body["ticket_currency"],
        "target_currency": "EUR",
        "distribution_channel": item["channel"],
        "download_link": single["name"] if single else "",
        "download_items": [] if single else [_part(each) for each in here],
        "ticket_sha": single["sha"] if single else None,
        "number_of_pdfs": len(here),
        "external_activation_link": None,
        "activated": False,
        "guest": _guest(guest) if guest else None,
    }


def _part(each: sqlite3.Row) -> Row:
    return {
        "download_link": each["name"],
        "external_activation_link": None,
        "ticket_sha": each["sha"],
        "downloaditem_id": each["id"],
        "activated": False,
        "label": each["label"],
    }


def _guest(row: sqlite3.Row) -> Row:
    values = json.loads(row["body"])
    return {
        "guest_id": row["id"],
        **{name: values.get(name) for name in FIELDS},
        "lead_guest": bool(row["lead"]),
    }
