"""The imitated XS2Event's bookings, orders and e-tickets. Written from XS2Event, "Booking flow", "Booking orders",
"E-tickets", and compared with captured bookings."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pypdf
import pytest
import requests

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import make_app
from tests.standin.xs2event_caller import ORIGIN, Buyer, body, guest, standin

NOW = ("contact_email", "contact_phone")
LATER = ("date_of_birth", "passport_number")
_TOP = (
    "booking_id bookingorder_id event_id created distributor_id accepted_gt marketing_optin mass_booking_allowed "
    "api_booking offline_booking booking_code zip_sha guestdata_status max_pdfs_per_ticket distributorfinancial_status "
    "logistic_status event_name payment_method payment_reference booking_reference parent_id client_id booking_email "
    "notify_client_status invoices bookingorder_source is_test_booking items"
)
_FLAT = (
    "event_startdate event_stopdate booking_group supplier_id deleted external_payment_reference financial_status "
    "general_terms_url onbehalfclient_id marketplace_logistic_purchaseorder_id"
)
_ITEM = (
    "orderitem_id ticket_id ticket_name type_ticket ticket_status category_id category_name sub_category ticket_validity "
    "ticket_targetgroup ticket_startdate ticket_stopdate quantity row seat section net_rate salesprice sales_price "
    "sales_price_eur sales_price_local sales_price_target face_value face_value_eur face_value_local face_value_target "
    "currency ticket_currency local_currency target_currency distribution_channel download_link download_items ticket_sha "
    "number_of_pdfs external_activation_link activated guest"
)
_PART = "download_link external_activation_link ticket_sha downloaditem_id activated label"


@pytest.fixture
def buyer() -> Buyer:
    return Buyer(standin())


def free(buyer: Buyer, currency: str = "EUR", kind: str = "eticket", **about: Any) -> dict[str, Any]:
    """A ticket that asks nothing of guests."""
    for ticket in buyer.every(ticket_status="available", stock="gt:4", ticket_type=kind):
        if ticket["currency_code"] == currency and not ticket["flags"] and ticket["min_order"] < 2:
            asked = buyer.get(f"/tickets/{ticket['ticket_id']}/guestdata")["guest_data_requirements"]
            if not asked and all(ticket[name] == value for name, value in about.items()):
                return ticket
    raise LookupError(currency)


def pdf(buyer: Buyer, order: dict[str, Any], item: dict[str, Any], link: str) -> requests.Response:
    path = f"/etickets/download/{order['bookingorder_id']}/{item['orderitem_id']}/url/{link}"
    return buyer.call("GET", path)


# The booking


def test_a_booking_has_the_captured_shape_with_nulls_where_they_were(buyer: Buyer):
    captured = body("booking.json")
    ticket = free(buyer)
    reservation = buyer.reserved(ticket, 2)
    answer = buyer.book(
        reservation, booking_reference="ORD-1", payment_reference="PAY-1", is_test_booking=True
    )
    assert answer.status_code == 201
    booking = answer.json()
    assert list(booking) == list(captured)
    assert list(booking["items"][0]) == list(captured["items"][0])
    for name, value in captured.items():
        assert type(booking[name]) is type(value), name
    for name, value in captured["items"][0].items():
        assert type(booking["items"][0][name]) is type(value), name
    assert re.fullmatch("[A-Z2-9]{6}", booking["booking_code"])
    assert (booking["booking_reference"], booking["payment_reference"]) == ("ORD-1", "PAY-1")
    assert buyer.get(f"/reservations/{reservation['reservation_id']}")["status"] == "booked"
    assert buyer.left(ticket) == ticket["stock"] - 2


def test_later_the_booking_has_states_and_names(buyer: Buyer):
    ticket = free(buyer)
    booking = buyer.booked(ticket)
    later = buyer.get(f"/bookings/{booking['booking_id']}")
    assert later["logistic_status"].lower() == "processing"
    assert later["items"][0]["event_name"] == buyer.get(f"/events/{ticket['event_id']}")["event_name"]
    assert buyer.get(f"/bookings/reservation/{booking['reservation_id']}") == later


def test_pounds_are_settled_in_euros(buyer: Buyer):
    ticket = free(buyer, "GBP")
    booking = buyer.booked(ticket, 2)
    item = booking["items"][0]
    assert (item["currency"], item["net_rate"]) == ("EUR", ticket["local_rates"]["net_rate_eur"])
    bought = buyer.orders(booking)[0]["items"][0]
    assert (bought["currency"], bought["ticket_currency"]) == ("EUR", "GBP")
    assert (bought["net_rate"], bought["sales_price_local"]) == (item["net_rate"], ticket["net_rate"])


def test_the_same_reservation_is_booked_once(buyer: Buyer):
    reservation = buyer.reserved(free(buyer))
    assert buyer.book(reservation).status_code == 201
    again = buyer.book(reservation)
    assert (again.status_code, again.json()["type"]) == (409, "/errors/reservation-already-booked")
    assert len(buyer.books()["bookings"]) == 1
    path = f"/reservations/{reservation['reservation_id']}"
    assert buyer.call("DELETE", path).status_code == 409
    assert buyer.call("PUT", path, {"items": [buyer.line(free(buyer), 1)]}).status_code == 409
    assert buyer.call("POST", f"{path}/guestdata", {"items": []}).status_code == 409


def test_two_that_book_the_same_reservation_at_once_make_one_booking(buyer: Buyer):
    reservation = buyer.reserved(free(buyer))
    answers: list[int] = []

    def run() -> None:
        answers.append(Buyer(buyer.app).book(reservation).status_code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 5
    books = buyer.books()
    assert (len(books["bookings"]), len(books["orders"]), len(books["invoices"])) == (1, 1, 1)


def test_the_checks_of_a_booking_come_in_their_order(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 1)
    wrong = {"payment_method": "creditcard", "booking_email": "nobody"}
    assert buyer.book({"reservation_id": "0" * 32 + "_rsr"}, **wrong).status_code == 404
    assert buyer.book(reservation, **wrong).json()["type"] == "/errors/invalid-payment-method"
    assert buyer.book(reservation, booking_email="nobody").json()["type"] == "/errors/invalid-booking-email"
    assert buyer.book(reservation).json()["type"] == "/errors/invalid-guest-data"
    buyer.advance(601)
    late = buyer.book(reservation, **wrong)
    assert (late.status_code, late.json()["type"]) == (410, "/errors/reservation-expired")
    assert buyer.books()["bookings"] == []


@pytest.mark.parametrize("name", ["reservation_id", "booking_email", "payment_method"])
def test_a_booking_without_what_is_required_is_refused(buyer: Buyer, name: str):
    answer = buyer.book(buyer.reserved(free(buyer)), **{name: None})
    assert answer.status_code == 422
    assert answer.json()["errors"] == {name: "required"}


def test_a_booking_key_that_does_not_exist_is_refused(buyer: Buyer):
    answer = buyer.book(buyer.reserved(free(buyer)), bookingemail="x@example.com")
    assert answer.json()["errors"] == {"bookingemail": "unknown"}


def test_a_contract_may_allow_other_payment_methods(buyer: Buyer):
    buyer.settings(payment_methods="invoice creditcard")
    assert buyer.book(buyer.reserved(free(buyer)), payment_method="creditcard").status_code == 201
    buyer.fault(name="payment_method_refused")
    reservation = buyer.reserved(free(buyer))
    assert buyer.book(reservation).json()["type"] == "/errors/invalid-payment-method"
    assert buyer.book(reservation).status_code == 201, "the fault was for one call"


def test_a_reservation_can_lapse_at_the_very_moment_of_booking(buyer: Buyer):
    ticket = free(buyer)
    reservation = buyer.reserved(ticket)
    buyer.fault(name="reservation_expires")
    assert buyer.book(reservation).status_code == 410
    assert buyer.get(f"/reservations/{reservation['reservation_id']}")["status"] == "void"
    assert buyer.left(ticket) == ticket["stock"]


def test_a_lost_answer_is_found_by_the_reservation(buyer: Buyer):
    reservation = buyer.reserved(free(buyer))
    path = f"/bookings/reservation/{reservation['reservation_id']}"
    assert buyer.call("GET", path).status_code == 404
    buyer.fault(match="POST /v1/bookings", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        buyer.book(reservation)
    assert buyer.get(path)["reservation_id"] == reservation["reservation_id"]
    other = buyer.reserved(free(buyer))
    buyer.fault(match="POST /v1/bookings", kind="drop")
    with pytest.raises(requests.ConnectionError):
        buyer.book(other)
    assert buyer.call("GET", f"/bookings/reservation/{other['reservation_id']}").status_code == 404
    assert buyer.get(f"/reservations/{other['reservation_id']}")["status"] == "active"


def test_two_filters_widen_the_bookings_unless_both_are_meant(buyer: Buyer):
    one, other = buyer.booked(free(buyer)), buyer.booked(free(buyer, "GBP"))
    ask = {"booking_id": one["booking_id"], "booking_code": other["booking_code"]}
    assert len(buyer.get("/bookings", **ask)["bookings"]) == 2
    assert buyer.get("/bookings", **ask, compare_mode="AND")["bookings"] == []
    assert buyer.get("/bookingorders/list", **ask)["bookingorders"] == []
    assert len(buyer.get("/bookingorders/list", **ask, compare_mode="OR")["bookingorders"]) == 2


def test_another_distributors_bookings_and_orders_are_not_there(buyer: Buyer):
    booking = buyer.booked(free(buyer))
    order = buyer.complete(buyer.orders(booking)[0])
    other = Buyer(buyer.app, key="second-xs2-key")
    wanted = order["bookingorder_id"]
    for path in (f"/bookings/{booking['booking_id']}", f"/bookings/reservation/{booking['reservation_id']}",
                 f"/bookingorders/{wanted}", f"/bookingorders/{wanted}/guestdata", f"/etickets/download/zip/{wanted}",
                 f"/bookingorders/{wanted}/invoice/{order['invoices'][0]}"):  # fmt: skip
        assert buyer.call("GET", path).status_code == 200, path
        assert other.call("GET", path).status_code == 404, path
    assert pdf(other, order, order["items"][0], order["items"][0]["download_link"]).status_code == 404
    assert other.get("/bookings")["bookings"] == other.get("/bookingorders")["bookingorders"] == []


# Orders


def test_each_event_and_each_supplier_has_an_order_of_its_own(buyer: Buyer):
    one = free(buyer)
    other = next(t for t in buyer.every(stock="gt:4", ticket_status="available")
                 if t["event_id"] != one["event_id"] and not t["flags"] and t["min_order"] == 1
                 and not buyer.get(f"/tickets/{t['ticket_id']}/guestdata")["guest_data_requirements"])  # fmt: skip
    neighbour = next(t for t in buyer.every(stock="gt:4", ticket_status="available")
                     if t["event_id"] == one["event_id"] and t["supplier_id"] != one["supplier_id"]
                     and not t["flags"] and t["min_order"] == 1)  # fmt: skip
    reservation = buyer.reserve(buyer.line(one, 2), buyer.line(other, 1), buyer.line(neighbour, 1)).json()
    asked = buyer.get(f"/tickets/{neighbour['ticket_id']}/guestdata")["guest_data_requirements"]
    if "pre_checkout" in asked:
        group = [guest("Ada", *NOW, *LATER, "country_of_residence", lead=True)]
        assert buyer.send(reservation, [], [], group).status_code == 200
    booking = buyer.book(reservation).json()
    orders = buyer.orders(booking)
    assert len({order["bookingorder_id"] for order in orders}) == 3
    assert sorted(len(order["items"]) for order in orders) == [1, 1, 2]
    assert {order["event_id"] for order in orders} == {one["event_id"], other["event_id"]}
    assert len({order["invoices"][0] for order in orders}) == 3
    rows = buyer.get("/bookingorders/list", reservation_id=reservation["reservation_id"])["bookingorders"]
    assert {row["supplier_id"] for row in rows} >= {one["supplier_id"], neighbour["supplier_id"]}
    buyer.complete(orders[0])
    assert buyer.get(f"/bookings/{booking['booking_id']}")["logistic_status"].lower() == "processing"


def test_there_is_one_item_for_each_ticket_with_all_documented_fields(buyer: Buyer):
    order = buyer.orders(buyer.booked(free(buyer), 4))[0]
    assert set(order) == set(_TOP.split())
    assert len(order["items"]) == 4
    for item in order["items"]:
        assert set(item) == set(_ITEM.split())
        assert item["quantity"] == 1
        assert (item["download_link"], item["ticket_sha"], item["download_items"]) == ("", None, [])
    assert len({item["orderitem_id"] for item in order["items"]}) == 4


def test_the_flat_list_has_no_download_fields(buyer: Buyer):
    booking = buyer.booked(free(buyer), 3)
    buyer.complete(buyer.orders(booking)[0])
    row = buyer.get("/bookingorders/list", booking_id=booking["booking_id"])["bookingorders"][0]
    assert set(row) == set(_TOP.split()) | set(_FLAT.split())
    assert [set(item) for item in row["items"]] == [
        {"quantity", "ticket_id", "ticket_name", "type_ticket", "ticket_status"}]  # fmt: skip
    assert row["items"][0]["quantity"] == 3


def test_the_state_is_written_in_varying_case(buyer: Buyer):
    booking = buyer.booked(free(buyer))
    order = buyer.orders(booking)[0]

    def states() -> list[str]:
        return [
            buyer.orders(booking)[0]["logistic_status"],
            buyer.get(f"/bookingorders/{order['bookingorder_id']}")["logistic_status"],
            buyer.get("/bookingorders/list")["bookingorders"][0]["logistic_status"],
        ]

    assert states() == ["processing", "PROCESSING", "Processing"]
    buyer.settings(status_case="lower")
    assert states() == ["processing"] * 3
    assert len(buyer.get("/bookingorders", logistic_status="processing")["bookingorders"]) == 1
    assert buyer.get("/bookingorders", logistic_status="completed")["bookingorders"] == []
    assert buyer.refused("/bookingorders", logistic_status="done") == 400


def test_orders_may_appear_a_moment_after_the_booking(buyer: Buyer):
    buyer.settings(order_seconds=30)
    booking = buyer.booked(free(buyer))
    assert buyer.orders(booking) == []
    assert buyer.get(f"/bookings/{booking['booking_id']}")["booking_id"] == booking["booking_id"]
    buyer.advance(31)
    assert len(buyer.orders(booking)) == 1
    buyer.fault(name="orders_late", times=2)
    assert [len(buyer.orders(booking)) for _ in range(3)] == [0, 0, 1]


def test_orders_are_asked_for_in_one_call_by_a_list_of_ids(buyer: Buyer):
    bookings = [buyer.booked(free(buyer)) for _ in range(3)]
    ids = [buyer.orders(booking)[0]["bookingorder_id"] for booking in bookings]
    found = buyer.get("/bookingorders", bookingorder_id=f"in:[{ids[0]},{ids[2]}]")["bookingorders"]
    assert [order["bookingorder_id"] for order in found] == [ids[0], ids[2]]
    wanted = ",".join(booking["booking_id"] for booking in bookings[:2])
    assert len(buyer.get("/bookingorders", booking_id=f"in:[{wanted}]")["bookingorders"]) == 2


def test_an_order_processes_until_somebody_completes_it(buyer: Buyer):
    order = buyer.orders(buyer.booked(free(buyer)))[0]
    buyer.advance(7 * 86400)
    path = f"/bookingorders/{order['bookingorder_id']}"
    assert buyer.get(path)["logistic_status"].lower() == "processing"
    assert buyer.call("GET", f"/etickets/download/zip/{order['bookingorder_id']}").status_code == 422
    assert buyer.complete(order)["logistic_status"].lower() == "completed"


@pytest.mark.parametrize("state", ["review", "cancelled", "postponed", "blocked", "returned", "administrative",
                                   "waitforactivation", "pendingticketupload"])  # fmt: skip
def test_an_order_can_be_put_into_every_documented_state(buyer: Buyer, state: str):
    order = buyer.orders(buyer.booked(free(buyer)))[0]
    buyer.control(f"/xs2event/orders/{order['bookingorder_id']}", {"logistic_status": state})
    now = buyer.orders(order)[0]
    assert now["logistic_status"] == state
    assert len(now["invoices"]) == (2 if state == "cancelled" else 1)
    assert buyer.call("GET", f"/etickets/download/zip/{order['bookingorder_id']}").status_code == 422


# Documents


def test_every_ticket_is_a_real_pdf_with_the_hash_that_was_told(buyer: Buyer):
    ticket = free(buyer)
    order = buyer.complete(buyer.orders(buyer.booked(ticket, 3))[0])
    event = buyer.get(f"/events/{ticket['event_id']}")
    seen = set()
    for item in order["items"]:
        answer = pdf(buyer, order, item, item["download_link"])
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert hashlib.sha256(answer.content).hexdigest() == item["ticket_sha"]
        text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert event["venue_name"] in text
        seen.add(item["ticket_sha"])
        assert item["number_of_pdfs"] == 1
    assert len(seen) == 3
    first = order["items"][0]
    assert pdf(buyer, order, first, "other.pdf").status_code == 404
    assert pdf(buyer, order, {"orderitem_id": "0" * 32 + "_bkd"}, first["download_link"]).status_code == 404


def test_the_zip_is_behind_an_address_that_soon_stops_working(buyer: Buyer):
    order = buyer.complete(buyer.orders(buyer.booked(free(buyer), 2))[0])
    answer = buyer.call("GET", f"/etickets/download/zip/{order['bookingorder_id']}")
    assert answer.text.startswith('"http')
    address = answer.json()
    plain = requests.Session()
    plain.mount(ORIGIN, StandinAdapter(buyer.app))  # type: ignore[arg-type]
    packed = plain.get(address)
    assert hashlib.sha256(packed.content).hexdigest() == order["zip_sha"]
    with zipfile.ZipFile(io.BytesIO(packed.content)) as inside:
        assert set(inside.namelist()) == {item["download_link"] for item in order["items"]}
        for item in order["items"]:
            assert hashlib.sha256(inside.read(item["download_link"])).hexdigest() == item["ticket_sha"]
    buyer.advance(61)
    assert plain.get(address).status_code == 403


def test_a_racing_weekend_has_a_pdf_for_each_day(buyer: Buyer):
    race = next(e for e in buyer.coming(sport_type="formula1") if e["event_status"] == "notstarted")
    ticket = next(t for t in buyer.tickets(race) if t["category_name"] == "General Admission")
    order = buyer.complete(buyer.orders(buyer.booked(ticket, 2))[0])
    assert order["max_pdfs_per_ticket"] == 3
    for item in order["items"]:
        assert (item["download_link"], item["ticket_sha"]) == ("", None)
        assert [part["label"] for part in item["download_items"]] == ["friday", "saturday", "sunday"]
        for part in item["download_items"]:
            assert set(part) == set(_PART.split())
            answer = pdf(buyer, order, item, part["download_link"])
            assert hashlib.sha256(answer.content).hexdigest() == part["ticket_sha"]
            text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
            assert part["label"].title() in text


def test_tickets_of_another_channel_are_not_downloaded_until_they_change_it(buyer: Buyer):
    ticket = free(buyer)
    order = buyer.orders(buyer.booked(ticket, 2))[0]
    path = f"/xs2event/orders/{order['bookingorder_id']}/channel"
    first = order["items"][0]["orderitem_id"]
    buyer.control(path, {"channel": "external_end_client", "orderitem_id": first})
    order = buyer.complete(order)
    here = {item["orderitem_id"]: item for item in order["items"]}
    assert here[first]["distribution_channel"] == "external_end_client"
    assert here[first]["download_link"] == ""
    assert [item["download_link"] != "" for item in order["items"]] == [False, True]
    buyer.control(path, {"channel": "external"})
    refused = pdf(buyer, order, order["items"][1], order["items"][1]["download_link"])
    assert refused.status_code == 422
    before = order["zip_sha"]
    buyer.control(path, {"channel": "xs2event"})
    now = buyer.get(f"/bookingorders/{order['bookingorder_id']}")
    assert all(item["download_link"] for item in now["items"])
    assert now["zip_sha"] not in {None, before}


def test_app_tickets_come_from_elsewhere_and_paper_has_no_pdf(buyer: Buyer):
    paper = buyer.complete(buyer.orders(buyer.booked(free(buyer, kind="paper-ticket"), 1))[0])
    assert paper["items"][0]["number_of_pdfs"] == 0
    assert paper["zip_sha"] is None
    assert buyer.call("GET", f"/etickets/download/zip/{paper['bookingorder_id']}").status_code == 422
    ticket = next(t for t in buyer.every(ticket_type="appticket", stock="gt:4") if not t["flags"])
    both = [
        guest(name, "date_of_birth", "country_of_residence", lead=name == "Ada") for name in ("Ada", "Bob")
    ]
    order = buyer.complete(buyer.orders(buyer.booked(ticket, 2, both))[0])
    assert {item["distribution_channel"] for item in order["items"]} == {"external"}


def test_outstanding_guest_data_blocks_the_download_of_a_completed_order(buyer: Buyer):
    ticket = buyer.football()
    booking = buyer.booked(ticket, 2, [guest("Ada", *NOW, lead=True)])
    order = buyer.complete(buyer.orders(booking)[0])
    assert order["guestdata_status"] == "waitingfordistributor"
    link = order["items"][0]["download_link"]
    assert pdf(buyer, order, order["items"][0], link).status_code == 422
    path = f"/bookingorders/{order['bookingorder_id']}/guestdata"
    lead = buyer.get(path)["items"][0]["guests"][0]["guest_id"]
    both = [{**guest("Ada", *NOW, *LATER), "guest_id": lead}, guest("Bob", *LATER)]
    assert (
        buyer.call("PUT", path, {"items": [{"ticket_id": ticket["ticket_id"], "guests": both}]}).status_code
        == 200
    )
    assert buyer.get(f"/bookingorders/{order['bookingorder_id']}")["guestdata_status"] == "completed"
    assert pdf(buyer, order, order["items"][0], link).status_code == 200


def test_the_invoice_names_the_tickets_the_fee_and_our_reference(buyer: Buyer):
    ticket = free(buyer)
    order = buyer.orders(buyer.booked(ticket, 3))[0]
    answer = buyer.call("GET", f"/bookingorders/{order['bookingorder_id']}/invoice/{order['invoices'][0]}")
    assert answer.headers["Content-Type"] == "application/pdf"
    text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    total = 3 * (ticket["net_rate"] + 250)
    assert "INV-1001" in text
    assert f"EUR {total // 100}.{total % 100:02d}" in text
    book = buyer.books()["invoices"]
    assert [(each["id"], each["total"], each["currency"]) for each in book] == [
        (order["invoices"][0], total, "EUR")
    ]
    assert buyer.refused(f"/bookingorders/{order['bookingorder_id']}/invoice/1") == 404


# Controls and books


def test_the_books_say_who_holds_and_what_was_booked_and_fetched(buyer: Buyer):
    ticket = free(buyer)
    held = buyer.reserved(ticket, 2)
    order = buyer.complete(buyer.orders(buyer.booked(ticket, 3))[0])
    pdf(buyer, order, order["items"][0], order["items"][0]["download_link"])
    books = buyer.books()
    assert {r["id"]: r["status"] for r in books["reservations"]}[held["reservation_id"]] == "active"
    assert [b["invoice_reference"] for b in books["bookings"]] == ["INV-1001"]
    assert books["stock"] == [{"ticket_id": ticket["ticket_id"], "taken": 5, "left": ticket["stock"] - 5}]
    fetched = [file["downloads"] for item in books["orders"][0]["items"] for file in item["files"]]
    assert sorted(fetched) == [0, 0, 1]


def test_a_person_completes_an_order_with_a_button(buyer: Buyer):
    booking = buyer.booked(free(buyer))
    order = buyer.orders(booking)[0]
    page = buyer.http.get(f"{ORIGIN}/_standin/").text
    assert booking["booking_code"] in page
    action = f"/_standin/xs2event/orders/{order['bookingorder_id']}/complete"
    assert f'action="{action}"' in page
    answer = buyer.http.post(f"{ORIGIN}{action}", headers={"Accept": "text/html"}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/_standin/")
    assert buyer.orders(booking)[0]["logistic_status"] == "completed"
    assert action not in buyer.http.get(f"{ORIGIN}/_standin/").text


def test_every_form_of_the_control_page_can_be_sent(buyer: Buyer):
    order = buyer.orders(buyer.booked(free(buyer)))[0]
    ticket, event = buyer.football(), buyer.coming()[0]
    for path, form in (
        ("tickets", {"ticket": ticket["ticket_id"], "stock": "3", "net_rate": "", "ticket_status": ""}),
        ("events", {"event": event["event_id"], "event_status": "postponed", "date_start": ""}),
        ("orders/status", {"order": order["bookingorder_id"], "logistic_status": "review"}),
        ("settings", {"hold_minutes": "5", "requirements": "nested", "delete_status": "204"}),
        ("orders/complete", {}),
    ):
        answer = buyer.http.post(f"{ORIGIN}/_standin/xs2event/{path}", data=form, headers={"Accept": "text/html"},
                                 allow_redirects=False)  # fmt: skip
        assert answer.status_code == 303, (path, answer.text[:400])
    assert buyer.left(ticket) == 3
    reservation = buyer.reserved(ticket, 1)
    held = datetime.fromisoformat(reservation["valid_until"]) - datetime.fromisoformat(reservation["created"])
    assert held == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("settings", {"requirements": "round"}),
        ("settings", {"nonsense": 1}),
        ("tickets/none", {"stock": 1}),
        ("orders/none/complete", {}),
        ("orders/none", {"logistic_status": "done"}),
        ("reservations/none/expire", {}),
    ],
)
def test_a_control_that_makes_no_sense_is_told_so(buyer: Buyer, path: str, form: dict[str, Any]):
    answer = buyer.http.post(f"{ORIGIN}/_standin/xs2event/{path}", json=form)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_bookings_survive_a_restart_and_are_gone_after_a_reset(tmp_path: Any):
    path = str(tmp_path / "state.sqlite3")
    first = Buyer(make_app(path, ORIGIN))
    booking = first.booked(free(first))
    order = first.complete(first.orders(booking)[0])
    again = Buyer(make_app(path, ORIGIN))
    assert again.get(f"/bookingorders/{order['bookingorder_id']}") == order
    again.control("/reset", {"world": "xs2event"})
    assert again.get("/bookings")["bookings"] == []
    assert all(not rows for rows in again.books().values())
