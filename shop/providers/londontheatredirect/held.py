"""Their baskets in our types: what is held, until when, what it costs. Pure.

A barcode stands in their examples beside tickets that nobody has paid for. It is read nowhere in this package.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.errors import BadAnswer
from shop.providers.londontheatredirect import inferred, reading
from shop.providers.londontheatredirect.handle import Handle
from shop.providers.londontheatredirect.reading import Malformed
from shop.providers.types import HeldItem, HeldTicket, Hold

GONE = "gone"
HELD = "held"
Json = dict[str, Any]


def ticket(raw: Json, *, currency: str) -> HeldTicket:
    """`TicketInfoBooking` of "Events with Baskets". Raises Malformed without an id or a price."""
    price = reading.amount(raw, "SellingPrice", currency)
    if price is None:
        raise Malformed("SellingPrice is missing")
    face = reading.known_amount(raw, "FaceValue", currency)
    return HeldTicket(
        ref=reading.ref(raw, "TicketId"),
        price=price,
        row=reading.text(raw, "TicketName1"),
        number=reading.text(raw, "TicketName2"),
        fee=inferred.fee_of(price, face),
        face_value=face,
        restricted=reading.yes(raw, "IsRestrictedView"),
        note=reading.text(raw, "RestrictionDescription"),
    )


def ticket_ids(basket: Json) -> dict[str, list[str]]:
    """Item id -> ids of its tickets, for telling what is there. Unreadable ones are passed over."""
    return {
        reading.optional_ref(item, "BasketItemId"): [
            ref
            for one in reading.records(item.get("Tickets"))
            if (ref := reading.optional_ref(one, "TicketId"))
        ]
        for item in reading.records(basket.get("Items"))
    }


def _minutes(item: Json) -> int | None:
    try:
        return reading.count(item, "ReservationValidity")
    except Malformed:
        return None


def is_over(item: Json, handle: Handle, arrived: datetime) -> bool:
    """Whether an item that is still listed has run out.

    Their minutes tell it on baskets that were not submitted for their payment page. After that, or where none came,
    our own earliest deadline decides. On account a submit books: without minutes nothing is held any more, either way.
    """
    minutes = _minutes(item)
    if minutes is not None and not inferred.ran_out(minutes):
        return False
    if minutes is not None and (handle.order is None or handle.order.get("on_account")):
        return True
    until = handle.deadline(reading.optional_ref(item, "BasketItemId"))
    return until is not None and until <= arrived


def live_ticket_ids(basket: Json, handle: Handle, arrived: datetime) -> dict[str, list[str]]:
    """As `ticket_ids`, without items that ran out."""
    live = [item for item in reading.records(basket.get("Items")) if not is_over(item, handle, arrived)]
    return ticket_ids({"Items": live})


def adopt(handle: Handle, basket: Json, arrived: datetime) -> None:
    """Bring what the handle remembers in line with what is there now, a write under way included."""
    listed = {ref for refs in ticket_ids(basket).values() for ref in refs}
    live = [ref for refs in live_ticket_ids(basket, handle, arrived).values() for ref in refs]
    pending = handle.pending or {}
    if "offer" in pending:
        for ref in live:
            if ref not in handle.present:
                handle.tickets[ref] = str(pending["performance"])
                handle.best[ref] = [pending["offer"], pending["quantity"]]
    known = listed | set(map(str, pending.get("tickets", ())))
    handle.tickets = {ref: performance for ref, performance in handle.tickets.items() if ref in known}
    handle.best = {ref: how for ref, how in handle.best.items() if ref in known}
    if pending.get("offer") is None:
        handle.present = live
    else:  # until the write is over, what was there before it stays told apart from what came of it
        handle.present = [ref for ref in live if ref in handle.present]
    items = set(ticket_ids(basket))
    handle.until = {item: until for item, until in handle.until.items() if item in items}


def hold(
    basket: Json, handle: Handle, *, arrived: datetime, zone: ZoneInfo, currency: str, account: str
) -> Hold:
    """`GetBasketContentResult` as a hold; `handle` must have adopted it. What ran out has state "gone".

    Raises BadAnswer.
    """
    try:
        items = tuple(
            _item(raw, handle, arrived=arrived, zone=zone, currency=currency)
            for raw in reading.records(basket.get("Items"))
        )
    except Malformed as wrong:
        raise BadAnswer(f"basket: {wrong}", account=account) from None
    live = [item for item in items if item.state == HELD]
    discounts = inferred.discounts(basket.get("DiscountInformation"), currency)
    return Hold(
        handle=handle.text(),
        items=items,
        total=inferred.grand_total([item.total for item in live], None, None, discounts, currency),
        expires_at=min((item.expires_at for item in live if item.expires_at), default=None),
    )


def _item(raw: Json, handle: Handle, *, arrived: datetime, zone: ZoneInfo, currency: str) -> HeldItem:
    """`BasketItem`."""
    ref = reading.ref(raw, "BasketItemId")
    tickets = tuple(ticket(one, currency=currency) for one in reading.records(raw.get("Tickets")))
    if not tickets:
        raise Malformed("an item without Tickets")
    until = _until(raw, handle, ref, arrived=arrived, zone=zone)
    over = is_over(raw, handle, arrived)
    ids = [one.ref for one in tickets]
    performance = next((handle.tickets[one] for one in ids if one in handle.tickets), "")
    total = reading.amount(raw, "PriceSubTotal", currency)
    return HeldItem(
        ref=ref,
        instance_ref=performance,
        event_ref=reading.optional_ref(raw, "EventId"),
        event_name=inferred.shown_name(reading.text(raw, "EventName")),
        starts_at=_start(raw, zone),
        tickets=tickets,
        total=Money.total((one.price for one in tickets), currency) if total is None else total,
        area=reading.text(raw, "AreaName"),
        venue_name=reading.text(raw, "VenueName"),
        expires_at=until,
        state=GONE if over else HELD,
        selection=handle.selection(performance, ids),
        problem="hold_expired" if over else "",
    )


def _until(raw: Json, handle: Handle, item: str, *, arrived: datetime, zone: ZoneInfo) -> datetime | None:
    """The earliest deadline seen of an item, in our clock."""
    minutes = _minutes(raw)
    if minutes is not None and not inferred.ran_out(minutes):
        return handle.keep_deadline(item, inferred.deadline(minutes, arrived), arrived)
    if minutes is None:
        try:
            label = reading.moment(raw, "ExpirationDate", zone)
        except Malformed:
            label = None
        if label is not None and label > arrived:
            return handle.keep_deadline(item, min(label, arrived + inferred.LONGEST_HOLD), arrived)
    return handle.deadline(item)


def _start(raw: Json, zone: ZoneInfo) -> datetime | None:
    try:
        return reading.moment(raw, "PerformanceDate", zone)
    except Malformed:
        return None
