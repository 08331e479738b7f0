"""The booking that was made of a reservation, its booking orders, and the e-tickets in them.

Sources: XS2Event, API reference, "Bookings", "Booking orders"; "E-tickets". One booking has an order for each event or
supplier; `logistic_status` varies in case, null is not known yet. A ticket is fetched by the name of its file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from shop.providers.errors import BadAnswer, Misconfigured
from shop.providers.http import ApiError
from shop.providers.types import Arrives, DocumentInfo
from shop.providers.xs2event import inferred, reading
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.handle import State
from shop.providers.xs2event.reading import Json

UNKNOWN = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Ticketed:
    """One item of an order: so many tickets, how they reach the buyer, and their files as far as there are any."""

    ticket: str
    quantity: int
    arrives: Arrives
    documents: tuple[DocumentInfo, ...]
    done: bool  # nothing more will come of it


class Orders:
    """Reads only; asked by bookings and by the guest desk."""

    def __init__(self, client: Client, account: str) -> None:
        self._client = client
        self._account = account

    def booking(self, reservation: str) -> Json | None:
        """The booking of a reservation; None: there is none."""
        try:
            found = self._client.booking_of(reservation)
        except ApiError as error:
            if error.status in UNKNOWN:
                return None
            if error.status in {401, 403}:
                raise Misconfigured(error.detail, account=self._account) from None
            raise BadAnswer(error.detail, account=self._account) from None
        if reading.text(found, "reservation_id") not in {"", reservation}:
            raise BadAnswer("booking_of: another reservation's", account=self._account)
        return found if reading.text(found, "booking_id") else None

    def booking_in(self, state: State) -> str:
        """The id of the booking that a handle knows of, or that was made of its reservation; "" for none."""
        if state.booking or not state.reservation:
            return state.booking
        try:
            word = reading.text(self._client.reservation(state.reservation), "status").lower()
        except ApiError as error:
            if error.status in UNKNOWN:
                return ""
            raise BadAnswer(error.detail, account=self._account) from None
        found = self.booking(state.reservation) if word == "booked" else None
        return reading.text(found, "booking_id") if found else ""

    def of(self, booking: str) -> list[Json]:
        """The orders of a booking; none for a moment after it was made."""
        try:
            rows = self._client.bookingorders(booking)
        except ApiError as error:
            if error.status in UNKNOWN:
                return []
            raise BadAnswer(error.detail, account=self._account) from None
        mine = [one for one in reading.records(rows) if reading.text(one, "bookingorder_id")]
        return [one for one in mine if reading.text(one, "booking_id") in {"", booking}]


def reason(orders: list[Json]) -> str:
    """A code where an order will not become tickets by itself: order_cancelled, order_returned, ..., order_unknown."""
    for one in orders:
        word = inferred.order_word(one)
        if word in inferred.UNDONE:
            return f"order_{word}"
        if word != inferred.COMPLETED and word not in inferred.WAITING:
            return "order_unknown"
    return ""


def ticketed(order: Json) -> list[Ticketed]:
    """The items of one order. Only of a completed one, and while no data of guests are owed, is anything there."""
    ready = inferred.order_word(order) == inferred.COMPLETED
    owed = inferred.guests_can_change(reading.text(order, "guestdata_status"))
    found = []
    for item in reading.records(order.get("items")):
        channel = reading.text(item, "distribution_channel").lower()
        kind = reading.text(item, "type_ticket").lower()
        documents: tuple[DocumentInfo, ...] = ()
        if ready and not owed and channel in {"", inferred.OWN_CHANNEL}:
            documents = tuple(_documents(reading.text(order, "bookingorder_id"), item))
        way = Arrives.DOWNLOAD if documents else inferred.arrives(channel, kind)
        found.append(
            Ticketed(
                ticket=reading.text(item, "ticket_id"),
                quantity=_quantity(item),
                arrives=way,
                documents=documents,
                done=ready and (bool(documents) or way is not Arrives.DOWNLOAD),
            )
        )
    return found


def _quantity(item: Json) -> int:
    try:
        return max(1, reading.count(item, "quantity") or 1)
    except reading.Malformed:
        return 1


def _documents(order: str, item: Json) -> list[DocumentInfo]:
    """The one file of an item, or one for each day of an event of several."""
    ident, ticket = reading.text(item, "orderitem_id"), reading.text(item, "ticket_id")
    place = inferred.seat_words(*(reading.text(item, name) for name in ("section", "row", "seat")))
    rows = [(ident, item, "")]
    rows += [
        (f"{ident}:{reading.text(one, 'downloaditem_id') or number}", one, reading.text(one, "label"))
        for number, one in enumerate(reading.records(item.get("download_items")))
    ]
    found = []
    for ref, row, label in rows:
        name = inferred.file_name(reading.text(row, "download_link"))
        if ident and name:
            link = json.dumps([order, ident, name, reading.text(row, "ticket_sha").lower()])
            said = (
                f"{label.capitalize()}, {place[:1].lower()}{place[1:]}"
                if label and place
                else label.capitalize() or place
            )
            found.append(
                DocumentInfo(ref=ref, kind="pdf", link=link, seat=said, ticket_ref=f"{ticket}:{ident}")
            )
    return found
