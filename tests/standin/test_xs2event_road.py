"""The whole road of XS2Event over real HTTP with nothing but `requests`, as the booking guide walks it.

Source: XS2Event, "Booking flow", step by step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.standin.xs2event_caller import ADA, Buyer, guest

Start = Callable[..., Any]


@pytest.fixture
def buyer(start_standin: Start) -> Buyer:
    origin, _ = start_standin()
    return Buyer(None, origin=origin)


def wanted_of(groups: list[Any]) -> list[list[str]]:
    """One group of words is told flat, several nested."""
    return [groups] if groups and isinstance(groups[0], str) else groups


def football(buyer: Buyer) -> list[dict[str, Any]]:
    """A ticket each of two fixtures in euros, of different suppliers or the same, that ask the lead now and all later."""
    found: dict[str, dict[str, Any]] = {}
    for event in buyer.coming(sport_type="soccer", event_status="notstarted", country="ESP"):
        for ticket in buyer.tickets(event, ticket_status="available", stock="ge:10"):
            groups = wanted_of(
                buyer.get(f"/tickets/{ticket['ticket_id']}/guestdata")["guest_data_requirements"]
            )
            if len(groups) == 2 and not ticket["flags"] and ticket["currency_code"] == "EUR":
                found.setdefault(ticket["event_id"], ticket)
    return list(found.values())[:2]


def fetch(buyer: Buyer, order: dict[str, Any]) -> int:
    """Downloads every PDF of an order and compares its hash. How many there were."""
    number = 0
    for item in order["items"]:
        single = {"download_link": item["download_link"], "ticket_sha": item["ticket_sha"]}
        for part in item["download_items"] or [single]:
            link = quote(part["download_link"], safe="")
            path = f"/etickets/download/{order['bookingorder_id']}/{item['orderitem_id']}/url/{link}"
            answer = buyer.call("GET", path)
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(b"%PDF-")
            assert hashlib.sha256(answer.content).hexdigest() == part["ticket_sha"]
            number += 1
    return number


@pytest.mark.processes
def test_football_for_three_guests_from_the_reservation_to_the_e_tickets(buyer: Buyer):
    ticket = football(buyer)[0]
    ticket = buyer.get(f"/ticket/{ticket['ticket_id']}")
    answer = buyer.reserve(buyer.line(ticket, 3), external_reference_id="road-1", notify_client=False)
    assert answer.status_code == 201
    reservation = answer.json()
    groups = wanted_of(buyer.get(f"/tickets/{ticket['ticket_id']}/guestdata")["guest_data_requirements"])
    now = next(group for group in groups if "pre_checkout" in group)
    later = next(group for group in groups if "pre_download" in group)
    fields = [name for name in now if name in ADA]
    refused = buyer.send(reservation, [{"first_name": "Ada", "lead_guest": True}])
    assert refused.status_code == 422
    named = refused.json()["items"][0]["guests"][0]
    assert {name for name in fields if named[name]["error"] == "required"} == set(fields) - {"first_name"}
    assert buyer.send(reservation, [guest("Ada", *fields, lead=True)]).status_code == 200
    booking = buyer.book(reservation, is_test_booking=True).json()
    order = buyer.orders(booking)[0]
    assert (order["logistic_status"].lower(), len(order["items"])) == ("processing", 3)
    path = f"/bookingorders/{order['bookingorder_id']}/guestdata"
    lead = buyer.get(path)["items"][0]["guests"][0]
    rest = [name for name in later if name in ADA]
    guests = [{**guest("Ada", *fields, *rest, lead=True), "guest_id": lead["guest_id"]},
              guest("Bob", *rest), guest("Cyd", *rest)]  # fmt: skip
    body = {"items": [{"ticket_id": ticket["ticket_id"], "guests": guests}]}
    assert buyer.call("PUT", path, body).status_code == 200
    order = buyer.complete(order)
    assert order["guestdata_status"] == "completed"
    assert fetch(buyer, order) == 3
    address = buyer.get(f"/etickets/download/zip/{order['bookingorder_id']}")
    packed = requests.get(address, timeout=10)
    assert hashlib.sha256(packed.content).hexdigest() == order["zip_sha"]


@pytest.mark.processes
def test_two_events_of_two_suppliers_in_one_reservation_become_two_orders(buyer: Buyer):
    one = football(buyer)[0]
    other = next(
        t
        for t in buyer.every(ticket_status="available", stock="ge:10", ticket_type="eticket")
        if t["event_id"] != one["event_id"] and t["supplier_id"] != one["supplier_id"] and not t["flags"]
        and "contact_email" in buyer.get(f"/tickets/{t['ticket_id']}/guestdata")["guest_data_requirements"]
    )  # fmt: skip
    reservation = buyer.reserve(buyer.line(one, 2), buyer.line(other, 1)).json()
    contact = ("contact_email", "contact_phone")
    sent = buyer.send(reservation, [guest("Ada", *contact, lead=True)], [guest("Bob", *contact, lead=True)])
    assert sent.status_code == 200, sent.text
    booking = buyer.book(reservation).json()
    orders = {order["event_id"]: order for order in buyer.orders(booking)}
    assert set(orders) == {one["event_id"], other["event_id"]}
    assert {len(order["items"]) for order in orders.values()} == {1, 2}
    done = buyer.complete(orders[other["event_id"]])
    assert fetch(buyer, done) == 1
    assert done["items"][0]["guest"]["first_name"] == "Bob"
    waiting = buyer.get(f"/bookingorders/{orders[one['event_id']]['bookingorder_id']}")
    assert waiting["logistic_status"].lower() == "processing"
    assert waiting["guestdata_status"] == "waitingfordistributor"


@pytest.mark.processes
def test_answers_that_are_lost_on_a_real_wire_are_found_again(buyer: Buyer):
    ticket = next(t for t in buyer.every(stock="ge:10", ticket_status="available", ticket_type="eticket")
                  if not t["flags"] and t["min_order"] < 3
                  and not buyer.get(f"/tickets/{t['ticket_id']}/guestdata")["guest_data_requirements"])  # fmt: skip
    buyer.fault(match="POST /v1/reservations", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        buyer.reserve(buyer.line(ticket, 2), external_reference_id="road-lost")
    reservation = buyer.get("/reservations", external_reference_id="road-lost")["reservations"][0]
    assert reservation["status"] == "active"
    buyer.fault(match="POST /v1/bookings", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        buyer.book(reservation)
    booking = buyer.get(f"/bookings/reservation/{reservation['reservation_id']}")
    assert buyer.book(reservation).status_code == 409
    books = buyer.books()
    assert [each["id"] for each in books["bookings"]] == [booking["booking_id"]]
    assert sum(len(order["items"]) for order in books["orders"]) == 2
    assert buyer.left(ticket) == ticket["stock"] - 2
