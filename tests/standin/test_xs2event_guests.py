"""The imitated XS2Event's guest data. Written from XS2Event, "Guest data" and "Booking flow"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standin.xs2event_caller import ADA, Buyer, guest, standin

NOW = ("contact_email", "contact_phone")
LATER = ("date_of_birth", "passport_number")


@pytest.fixture
def buyer() -> Buyer:
    return Buyer(standin())


def asking(buyer: Buyer, *words: str) -> dict[str, Any]:
    """A ticket whose requirements are one group with these words in it."""
    for ticket in buyer.every(ticket_status="available", stock="gt:8"):
        groups = buyer.get(f"/tickets/{ticket['ticket_id']}/guestdata")["guest_data_requirements"]
        if groups and isinstance(groups[0], str) and set(words) <= set(groups) and not ticket["flags"]:
            return ticket
    raise LookupError(words)


def errors(answer: Any, item: int = 0) -> list[dict[str, str]]:
    """The refused fields of each guest."""
    assert answer.status_code == 422, answer.text
    return [
        {name: field["error"] for name, field in each.items() if isinstance(field, dict) and field["error"]}
        for each in answer.json()["items"][item]["guests"]
    ]


def test_the_422_is_the_published_one_field_by_field(buyer: Buyer):
    ticket = asking(buyer, "all_persons", "pre_checkout", "country_of_residence")
    reservation = buyer.reserved(ticket, 1)
    answer = buyer.send(reservation, [{"first_name": "John", "last_name": "Doe", "lead_guest": True}])
    assert answer.status_code == 422
    body = answer.json()
    assert {name: body[name] for name in ("type", "title", "message", "detail")} == {
        "type": "/errors/invalid-guest-data",
        "title": "Invalid or missing guest data",
        "message": "Invalid or missing guest data",
        "detail": "Fields required before checkout are missing or have invalid values",
    }
    assert body["items"] == [{"ticket_id": ticket["ticket_id"], "quantity": 1, "guests": [{
        "first_name": {"value": "John", "condition": "pre_checkout", "error": None},
        "last_name": {"value": "Doe", "condition": "pre_checkout", "error": None},
        "date_of_birth": {"value": None, "condition": "pre_checkout", "error": "required"},
        "country_of_residence": {"value": None, "condition": "pre_checkout", "error": "required"},
        "lead_guest": True,
    }]}]  # fmt: skip


def test_everybody_is_wanted_before_checkout_when_the_supplier_says_all_persons(buyer: Buyer):
    ticket = asking(buyer, "all_persons", "pre_checkout")
    reservation = buyer.reserved(ticket, 3)
    full = ("date_of_birth", "country_of_residence")
    answer = buyer.send(reservation, [guest("Ada", *full, lead=True), guest("Bob")])
    missing = {"date_of_birth": "required", "country_of_residence": "required"}
    assert errors(answer) == [{}, missing, {"first_name": "required", "last_name": "required", **missing}]
    assert buyer.book(reservation).json()["type"] == "/errors/invalid-guest-data"
    answer = buyer.send(
        reservation, [guest("Ada", *full, lead=True), guest("Bob", *full), guest("Cyd", *full)]
    )
    assert answer.status_code == 200
    assert buyer.book(reservation).status_code == 201


def test_one_guest_of_the_group_is_enough_when_only_the_lead_is_asked(buyer: Buyer):
    ticket = asking(buyer, "lead_guest", "pre_checkout", "contact_email")
    reservation = buyer.reserved(ticket, 2)
    path = f"/reservations/{reservation['reservation_id']}/guestdata"
    assert len(buyer.get(path)["items"][0]["guests"]) == 1
    assert errors(buyer.send(reservation, [guest("Ada", lead=True)])) == [{"contact_email": "required"}]
    assert buyer.send(reservation, [guest("Ada", "contact_email", lead=True)]).status_code == 200
    order = buyer.orders(buyer.book(reservation).json())[0]
    assert order["guestdata_status"] == "waitingtosendtosupplier"


def test_the_lead_may_be_known_now_and_the_others_later(buyer: Buyer):
    ticket = buyer.football()
    reservation = buyer.reserved(ticket, 3)
    assert errors(buyer.send(reservation, [])) == [dict.fromkeys(
        ("first_name", "last_name", "contact_email", "contact_phone"), "required")]  # fmt: skip
    answer = buyer.send(reservation, [guest("Ada", *NOW, lead=True)])
    assert answer.status_code == 200
    kept = buyer.get(f"/reservations/{reservation['reservation_id']}/guestdata")["items"][0]["guests"]
    assert [each["first_name"] for each in kept] == ["Ada", None, None]
    assert [each["guest_id"] is None for each in kept] == [False, True, True]
    assert [each["lead_guest"] for each in kept] == [True, False, False]
    order = buyer.orders(buyer.book(reservation).json())[0]
    assert order["guestdata_status"] == "waitingfordistributor"


def test_nothing_required_means_nothing_to_fill_and_an_empty_list_is_allowed(buyer: Buyer):
    ticket = next(
        t for t in buyer.every(stock="gt:4")
        if buyer.get(f"/tickets/{t['ticket_id']}/guestdata")["guest_data_requirements"] == []
    )  # fmt: skip
    reservation = buyer.reserved(ticket, 2)
    path = f"/reservations/{reservation['reservation_id']}/guestdata"
    assert buyer.get(path)["items"][0]["guests"] == []
    assert buyer.send(reservation, []).status_code == 200
    order = buyer.orders(buyer.book(reservation).json())[0]
    assert order["guestdata_status"] == "notapplicable"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact_email", "ada@example"),
        ("contact_phone", "0612345678"),
        ("contact_email", 7),
        ("date_of_birth", "02-01-1990"),
        ("date_of_birth", "2190-01-02"),
        ("gender", "f"),
        ("country_of_residence", "NL"),
    ],
)
def test_a_value_of_the_wrong_form_is_invalid(buyer: Buyer, name: str, value: Any):
    reservation = buyer.reserved(buyer.football(), 1)
    answer = buyer.send(reservation, [{**guest("Ada", *NOW, lead=True), name: value}])
    assert errors(answer) == [{name: "invalid"}]
    assert buyer.books()["guests"] == []


def test_an_empty_text_is_no_answer(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 1)
    answer = buyer.send(
        reservation, [{**guest("Ada", *NOW, lead=True), "contact_email": "", "passport_number": ""}]
    )
    assert errors(answer) == [{"contact_email": "required", "passport_number": "invalid"}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": None}, "items.0.quantity"),
        ({"quantity": 3}, "items.0.quantity"),
        ({"ticket_id": "0" * 32 + "_tck"}, "items.0.ticket_id"),
        ({"guests": None}, "items.0.guests"),
        ({"guests": [{"first_name": "A", "nickname": "B"}]}, "items.0.guests.0.nickname"),
        ({"guests": [{"lead_guest": "yes"}]}, "items.0.guests.0.lead_guest"),
        ({"guests": [{"lead_guest": True}, {"lead_guest": True}]}, "items.0.guests"),
        ({"guests": [{}, {}, {}]}, "items.0.guests"),
    ],
)
def test_a_malformed_body_of_guests_is_answered_with_its_place(
    buyer: Buyer, change: dict[str, Any], field: str
):
    ticket = buyer.football()
    reservation = buyer.reserved(ticket, 2)
    item = {"ticket_id": ticket["ticket_id"], "quantity": 2, "guests": [], **change}
    item = {name: value for name, value in item.items() if value is not None}
    answer = buyer.call("POST", f"/reservations/{reservation['reservation_id']}/guestdata", {"items": [item]})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/errors/validation"
    assert field in answer.json()["errors"]


def test_nothing_is_kept_of_a_body_that_is_refused(buyer: Buyer):
    one, other = buyer.football("Tribuna Alta"), buyer.football("Grada Lateral")
    reservation = buyer.reserve(buyer.line(one, 1), buyer.line(other, 1)).json()
    good = guest("Ada", *NOW, lead=True)
    answer = buyer.send(reservation, [good], [guest("Bob", lead=True)])
    assert errors(answer, 0) == [{}]
    assert errors(answer, 1) == [{"contact_email": "required", "contact_phone": "required"}]
    assert buyer.books()["guests"] == []
    assert buyer.send(reservation, [good], [{**good, "first_name": "Bob"}]).status_code == 200
    assert len(buyer.books()["guests"]) == 2


def test_fields_come_wrapped_with_their_conditions_when_asked_for(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 2)
    buyer.send(reservation, [guest("Ada", *NOW, lead=True)])
    path = f"/reservations/{reservation['reservation_id']}/guestdata"
    lead, second = buyer.get(path, include_conditions="true")["items"][0]["guests"]
    assert lead["contact_email"] == {"value": "ada@example.com", "condition": "pre_checkout", "error": None}
    assert lead["passport_number"]["condition"] == "pre_download"
    assert second["contact_email"]["condition"] is None
    assert second["first_name"]["condition"] == "pre_download"
    assert lead["lead_guest"] is True
    plain = buyer.get(path)["items"][0]["guests"][0]
    assert plain["contact_email"] == "ada@example.com"
    buyer.settings(guests="wrapped")
    assert buyer.get(path)["items"][0]["guests"] == [lead, second]
    assert buyer.refused(path, include_conditions="maybe") == 400
    assert buyer.refused(path, country_hint="nld") == 400


def test_the_echo_tells_ids_only_if_it_is_switched_so(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 1)
    good = [guest("Ada", *NOW, lead=True)]
    assert buyer.send(reservation, good).json()["items"][0]["guests"][0]["guest_id"] is None
    buyer.settings(echo_guest_ids=1)
    echoed = buyer.send(reservation, good).json()["items"][0]["guests"][0]
    kept = buyer.get(f"/reservations/{reservation['reservation_id']}/guestdata/{echoed['guest_id']}")
    assert kept == echoed


def test_fewer_tickets_keep_the_first_guests_and_more_leave_room(buyer: Buyer):
    ticket = buyer.football()
    reservation = buyer.reserved(ticket, 3)
    buyer.send(reservation, [guest("Ada", *NOW, lead=True), guest("Bob"), guest("Cyd")])
    path = f"/reservations/{reservation['reservation_id']}"
    for quantity, names in ((2, ["Ada", "Bob"]), (3, ["Ada", "Bob", None]), (1, ["Ada"])):
        assert buyer.call("PUT", path, {"items": [buyer.line(ticket, quantity)]}).status_code == 200
        kept = buyer.get(f"{path}/guestdata")["items"][0]["guests"]
        assert [each["first_name"] for each in kept] == names
    other = buyer.football("Grada Lateral")
    buyer.call("PUT", path, {"items": [buyer.line(other, 1)]})
    assert buyer.get(f"{path}/guestdata")["items"][0]["guests"][0]["first_name"] is None


def test_one_guest_can_be_written_anew(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 2)
    buyer.send(reservation, [guest("Ada", *NOW, lead=True), guest("Bob")])
    path = f"/reservations/{reservation['reservation_id']}/guestdata"
    lead, second = buyer.get(path)["items"][0]["guests"]
    answer = buyer.call("PUT", f"{path}/{second['guest_id']}", guest("Bea", *LATER))
    assert answer.status_code == 200
    assert answer.json()["first_name"] == "Bea"
    assert errors_of_one(buyer, f"{path}/{lead['guest_id']}", guest("Ada")) == {
        "contact_email": "required", "contact_phone": "required"}  # fmt: skip
    assert buyer.call("GET", f"{path}/{'0' * 32}_gst").status_code == 404
    assert [each["first_name"] for each in buyer.get(path)["items"][0]["guests"]] == ["Ada", "Bea"]


def errors_of_one(buyer: Buyer, path: str, body: dict[str, Any]) -> dict[str, str]:
    return errors(buyer.call("PUT", path, body))[0]


def test_guests_without_tickets_are_dealt_out_in_order(buyer: Buyer):
    one, other = buyer.football("Tribuna Alta"), buyer.football("Grada Lateral")
    reservation = buyer.reserve(buyer.line(one, 2), buyer.line(other, 1)).json()
    path = f"/reservations/{reservation['reservation_id']}/guests"
    three = [guest("Ada", *NOW, lead=True), guest("Bob"), guest("Cyd", *NOW)]
    answer = buyer.call("POST", path, {"guests": three})
    assert answer.status_code == 200, answer.text
    assert [(each["first_name"], each["ticket_id"]) for each in answer.json()["guests"]] == [
        ("Ada", one["ticket_id"]), ("Bob", one["ticket_id"]), ("Cyd", other["ticket_id"])]  # fmt: skip
    assert {each["reservation_id"] for each in answer.json()["guests"]} == {reservation["reservation_id"]}


def test_guest_data_can_be_accepted_and_then_be_gone(buyer: Buyer):
    reservation = buyer.reserved(buyer.football(), 1)
    buyer.fault(name="guests_forgotten")
    good = [guest("Ada", *NOW, lead=True)]
    assert buyer.send(reservation, good).status_code == 200
    path = f"/reservations/{reservation['reservation_id']}/guestdata"
    assert buyer.get(path)["items"][0]["guests"][0]["guest_id"] is None
    assert buyer.send(reservation, good).status_code == 200
    buyer.settings(guests_come_back=0)
    assert buyer.get(path)["items"][0]["guests"][0]["first_name"] is None
    assert buyer.book(reservation).status_code == 201


# After booking


def booked(buyer: Buyer, quantity: int = 3) -> tuple[dict[str, Any], str]:
    ticket = buyer.football()
    booking = buyer.booked(ticket, quantity, [guest("Ada", *NOW, lead=True)])
    order = buyer.orders(booking)[0]
    return order, f"/bookingorders/{order['bookingorder_id']}/guestdata"


def put(buyer: Buyer, path: str, order: dict[str, Any], guests: list[dict[str, Any]]) -> Any:
    item = {"ticket_id": order["items"][0]["ticket_id"], "guests": guests}
    return buyer.call("PUT", path, {"items": [item]})


def test_the_rest_is_given_all_at_once_after_booking(buyer: Buyer):
    order, path = booked(buyer)
    told = buyer.get(path)
    assert told["bookingorder_id"] == order["bookingorder_id"]
    lead = told["items"][0]["guests"][0]
    answer = put(buyer, path, order, [
        {**guest("Ada", *NOW, *LATER, lead=True), "guest_id": lead["guest_id"]},
        guest("Bob", *LATER), guest("Cyd", *LATER)])  # fmt: skip
    assert answer.status_code == 200, answer.text
    kept = buyer.get(path)["items"][0]["guests"]
    assert [each["first_name"] for each in kept] == ["Ada", "Bob", "Cyd"]
    assert kept[0]["guest_id"] == lead["guest_id"]
    now = buyer.get(f"/bookingorders/{order['bookingorder_id']}")
    assert now["guestdata_status"] == "waitingtosendtosupplier"
    assert [item["guest"]["first_name"] for item in now["items"]] == ["Ada", "Bob", "Cyd"]
    assert put(buyer, path, order, []).status_code == 409


def test_guests_can_be_filled_one_by_one_and_the_order_waits_for_the_last(buyer: Buyer):
    order, path = booked(buyer, 2)
    put(buyer, path, order, [guest("Bob")])
    lead, second = buyer.get(path)["items"][0]["guests"]
    assert second["guest_id"]
    answer = buyer.call("PUT", f"{path}/{second['guest_id']}", guest("Bob", *LATER))
    assert answer.status_code == 200
    assert (
        buyer.get(f"/bookingorders/{order['bookingorder_id']}")["guestdata_status"] == "waitingfordistributor"
    )
    assert buyer.get(f"{path}/{second['guest_id']}")["passport_number"] == ADA["passport_number"]
    buyer.call("PUT", f"{path}/{lead['guest_id']}", guest("Ada", *NOW, *LATER, lead=True))
    assert (
        buyer.get(f"/bookingorders/{order['bookingorder_id']}")["guestdata_status"]
        == "waitingtosendtosupplier"
    )
    assert buyer.call("PUT", f"{path}/{lead['guest_id']}", guest("Ada", *NOW, *LATER)).status_code == 409


def test_a_guest_without_an_id_is_added_and_not_updated(buyer: Buyer):
    order, path = booked(buyer, 2)
    assert put(buyer, path, order, [guest("Ada", *NOW, lead=True)]).status_code == 200
    assert [each["first_name"] for each in buyer.get(path)["items"][0]["guests"]] == ["Ada", "Ada"]
    answer = put(buyer, path, order, [guest("Ada", *NOW)])
    assert answer.status_code == 422
    assert answer.json()["type"] == "/errors/validation"


def test_a_quantity_has_no_place_after_booking_and_wrong_values_are_reported(buyer: Buyer):
    order, path = booked(buyer, 2)
    ticket_id = order["items"][0]["ticket_id"]
    answer = buyer.call("PUT", path, {"items": [{"ticket_id": ticket_id, "quantity": 2, "guests": []}]})
    assert answer.json()["errors"] == {"items.0.quantity": "unknown"}
    refused = put(buyer, path, order, [{**guest("Bob"), "date_of_birth": "tomorrow"}])
    assert errors(refused) == [{}, {"date_of_birth": "invalid"}]
    assert put(buyer, path, order, [{"guest_id": "0" * 32 + "_gst"}]).status_code == 422
    assert len(buyer.books()["guests"]) == 1


def test_data_that_was_passed_on_cannot_be_changed(buyer: Buyer):
    order, path = booked(buyer)
    buyer.control(
        f"/xs2event/orders/{order['bookingorder_id']}", {"guestdata_status": "waitingforprocessing"}
    )
    assert put(buyer, path, order, [guest("Bob")]).status_code == 409
