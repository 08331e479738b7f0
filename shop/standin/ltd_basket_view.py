"""What London Theatre Direct shows of a basket: content, submitted summary, delivery information."""

from __future__ import annotations

import sqlite3
from typing import Any

from shop.standin.ltd_baskets import (
    FIRST_ITEM,
    FIRST_TRANSACTION,
    Baskets,
    Item,
    reference,
    scheduled_on,
    submission_of,
)
from shop.standin.ltd_calendar import Price
from shop.standin.ltd_catalogue import ticket_info
from shop.standin.ltd_lists import COUNTRIES, DELIVERIES, PRINT_AT_HOME, PROTECTION_PENCE, SCHEDULED
from shop.standin.ltd_words import NO_DATE, money, reservation_date, wall_clock
from shop.standin.programme import seeded


def content(baskets: Baskets, connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """GetBasketContentResult."""
    items = baskets.items(connection, row)
    submitted = row["state"] != "open"
    return {
        "BasketId": row["basket_id"],
        "MinExpirationDate": (reservation_date(min(item.expires_ms for item in items)) if items else NO_DATE),
        "DeliveryInformation": delivery_information(row) if submitted else None,
        "Items": [_item(baskets, item, row) for item in items],
        "DiscountInformation": None,
    }


def summary(baskets: Baskets, connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """The submitted summary. ``TransactionReference`` is our own number, not an echo of the caller's."""
    items = baskets.items(connection, row)
    _, protection = baskets.extras(row, items)
    return {
        "TransactionReference": FIRST_TRANSACTION + row["number"],
        "BasketId": row["basket_id"],
        "DeliveryInformation": delivery_information(row),
        "BasketItems": [_item(baskets, item, row, summary=True) for item in items],
        "ProtectionInformation": {
            "ProtectedTicketsCount": protection // PROTECTION_PENCE,
            "TotalProtectionPrice": money(protection),
        },
        "BookingReference": row["reference"] or reference(row, items),
        "DiscountInformation": None,
    }


def _item(baskets: Baskets, item: Item, row: sqlite3.Row, *, summary: bool = False) -> dict[str, Any]:
    performance, venue = item.performance, item.performance.venue
    seats = [performance.plan.seats[index] for index, _ in item.tickets]
    left = item.expires_ms - baskets.catalogue.now()
    return {
        "BasketItemId": item.item_id + FIRST_ITEM,
        "EventId": performance.spec.event_id,
        "EventName": performance.spec.name,
        "ImageUrl": None,
        "PerformanceDate": wall_clock(performance.starts),
        "AreaName": performance.plan.areas[item.area],
        "Seats": [seat.row + seat.number for seat in seats],
        "Tickets": [_ticket(item, index, price, row, summary) for index, price in item.tickets],
        "VenueId": venue.venue_id,
        "VenueName": venue.name,
        "VenueAddress": venue.address,
        "VenueCity": venue.city,
        "VenuePostCode": venue.postcode,
        "PriceSubTotal": money(item.pence),
        # Whole minutes, cut towards zero; nothing is counted any more once the order was submitted.
        "ReservationValidity": int(left / 60_000) if row["state"] == "open" else 0,
        "ExpirationDate": reservation_date(item.expires_ms),
    }


def _ticket(item: Item, index: int, price: Price, row: sqlite3.Row, summary: bool) -> dict[str, Any]:
    """TicketInfoBooking. Some events show a barcode before payment, as the documents' samples do."""
    early = item.performance.spec.early_barcodes
    code = kind = None
    if row["state"] == "paid":
        scanned = submission_of(row)["delivery"] >= PRINT_AT_HOME
        code, kind = barcode(item, index), "QRCode" if scanned else "Pdf417"
    elif early:
        code, kind = barcode(item, index, "early"), "Pdf417"
    record = ticket_info(item.performance, item.performance.plan.seats[index])
    record |= {
        "FaceValue": money(price.face),
        "SellingPrice": money(price.selling),
        "Barcode": code,
        "BarcodeType": kind,
    }
    if summary:
        scheduled = submission_of(row)["delivery"] == SCHEDULED
        record["ScheduledOn"] = wall_clock(scheduled_on(item.performance)) if scheduled else None
    return record


def barcode(item: Item, index: int, salt: str = "") -> str:
    digits = seeded("ltd", "barcode", item.item_id, item.performance.code, index, salt).randrange(10**17)
    return str(10**17 + digits)


def delivery_information(row: sqlite3.Row) -> dict[str, Any]:
    """As in the documents' sample: the ISO code in ``Country``, the country's id in ``StateCode``."""
    order = submission_of(row)
    country = order.get("country")
    code, name = COUNTRIES.get(country, (None, None)) if country is not None else (None, None)
    address = {
        "FirstName": order.get("first_name"),
        "Surname": order.get("last_name"),
        "AddressLine1": order.get("address1"),
        "AddressLine2": order.get("address2"),
        "PostCode": order.get("zip"),
        "PhoneNumber": order.get("phone") or order.get("mobile"),
        "City": order.get("city"),
        "StateCode": str(country) if country is not None else None,
        "Country": code,
        "CountryName": name,
    }
    return {
        "DeliveryType": order.get("delivery"),
        "DeliveryPrice": money(DELIVERIES[order["delivery"]][1]) if order else 0,
        "CustomerEmail": order.get("email"),
        **{f"Billing{name}": value for name, value in address.items()},
        **{f"Delivery{name}": value for name, value in address.items()},
        "DeliveryAddressSame": True,
    }
