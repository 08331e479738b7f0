"""The imitated XS2Event's reservations. Written from XS2Event, "Booking flow"."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.standin.xs2event_caller import EMAIL, Buyer, guest, standin


@pytest.fixture
def buyer() -> Buyer:
    return Buyer(standin())


def kind(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["message"]
    assert body["detail"]
    return answer.status_code, body["type"]


def flagged(buyer: Buyer, flag: str, stock: int | None = None) -> dict[str, Any]:
    return next(
        t
        for t in buyer.every(ticket_status="available", stock="gt:0")
        if t["flags"] == [flag] and stock in {None, t["stock"]}
    )


def test_a_reservation_holds_for_ten_minutes_and_says_until_when(buyer: Buyer):
    ticket = buyer.football()
    answer = buyer.reserve(
        buyer.line(ticket, 2), booking_email=EMAIL, notify_client=False, notify_me=False, notes="order 1001",
        external_reference_id="order-1001-1", target_currency="EUR",
    )  # fmt: skip
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"client_id", "reservation_id", "status", "notify_client", "notes", "valid_until", "created",
                         "updated", "parent_allocation_id", "external_reference_id", "items"}  # fmt: skip
    assert body["status"] == "active"
    made, until = (datetime.fromisoformat(body[name]) for name in ("created", "valid_until"))
    assert until - made == timedelta(minutes=10)
    assert timedelta(0) <= made - datetime(2027, 1, 12, 12) < timedelta(minutes=1)  # noqa: DTZ001 - naive UTC
    assert body["external_reference_id"] == "order-1001-1"
    assert body["items"] == [{
        "ticket_id": ticket["ticket_id"], "quantity": 2, "salesprice": ticket["net_rate"], "net_rate": ticket["net_rate"],
        "currency": "EUR", "ticket_name": ticket["ticket_title"], "event_name": "CD Puerto Alzado vs Deportivo Valdeluna",
    }]  # fmt: skip
    assert buyer.get(f"/reservations/{body['reservation_id']}") == body


def test_stock_is_taken_at_once_and_comes_back_when_the_time_is_over(buyer: Buyer):
    ticket = buyer.football()
    reservation = buyer.reserved(ticket, 4)
    assert buyer.left(ticket) == ticket["stock"] - 4
    buyer.advance(570)
    assert buyer.get(f"/reservations/{reservation['reservation_id']}")["status"] == "active"
    buyer.advance(31)
    assert buyer.get(f"/reservations/{reservation['reservation_id']}")["status"] == "void"
    assert buyer.left(ticket) == ticket["stock"]


def test_what_is_over_can_neither_be_changed_nor_filled_nor_booked(buyer: Buyer):
    ticket = buyer.football("Tribuna Alta")
    reservation = buyer.reserved(ticket)
    buyer.advance(601)
    wanted = (410, "/errors/reservation-expired")
    path = f"/reservations/{reservation['reservation_id']}"
    assert kind(buyer.call("PUT", path, {"items": [buyer.line(ticket, 1)]})) == wanted
    assert kind(buyer.send(reservation, [guest("Ada")])) == wanted
    assert kind(buyer.book(reservation)) == wanted
    again = buyer.reserve(buyer.line(ticket, 2))
    assert again.status_code == 201


def test_the_price_said_back_must_be_the_tickets_own(buyer: Buyer):
    ticket = next(
        t for t in buyer.every() if t["currency_code"] == "GBP" and t["stock"] > 20 and not t["flags"]
    )
    for wrong in (
        {"net_rate": ticket["net_rate"] + 1},
        {"net_rate": ticket["local_rates"]["net_rate_eur"], "currency_code": "EUR"},
        {"currency_code": "EUR"},
        {"net_rate": ticket["face_value"]},
    ):
        assert kind(buyer.reserve({**buyer.line(ticket, 2), **wrong})) == (409, "/errors/price-mismatch")
    assert buyer.left(ticket) == ticket["stock"]
    assert buyer.reserve(buyer.line(ticket, 2)).status_code == 201


def test_a_price_that_moved_in_between_is_refused_and_the_new_one_is_told(buyer: Buyer):
    ticket = buyer.football()
    buyer.fault(name="price_changed", by=700)
    assert kind(buyer.reserve(buyer.line(ticket, 2))) == (409, "/errors/price-mismatch")
    now = buyer.get(f"/tickets/{ticket['ticket_id']}")
    assert now["net_rate"] == ticket["net_rate"] + 700
    assert buyer.reserve(buyer.line(now, 2)).status_code == 201


def test_more_than_there_is_cannot_be_had(buyer: Buyer):
    ticket = buyer.football("Tribuna Cubierta")
    assert ticket["stock"] == 5
    assert kind(buyer.reserve(buyer.line(ticket, 6))) == (409, "/errors/out-of-stock")
    buyer.fault(name="sold_out", where={"ticket_id": ticket["ticket_id"]})
    assert kind(buyer.reserve(buyer.line(ticket, 2))) == (409, "/errors/out-of-stock")
    assert buyer.left(ticket) == 0


@pytest.mark.parametrize("state", ["soldout", "nosale", "postponed", "cancelled", "closed"])
def test_an_event_that_is_not_on_sale_sells_nothing(buyer: Buyer, state: str):
    ticket = buyer.football()
    buyer.control(f"/xs2event/events/{ticket['event_id']}", {"event_status": state})
    assert kind(buyer.reserve(buyer.line(ticket, 2))) == (409, "/errors/out-of-stock")


def test_pairs_least_and_leftover_rules_hold(buyer: Buyer):
    refused = (422, "/errors/invalid-quantity")
    pairs = flagged(buyer, "pairs_only")
    assert pairs["min_order"] == 2
    assert kind(buyer.reserve(buyer.line(pairs, 3))) == refused
    assert buyer.reserve(buyer.line(pairs, 4)).status_code == 201
    five = flagged(buyer, "no_max_minus_1", 5)
    allowed = []
    for quantity in range(1, 6):
        answer = buyer.reserve(buyer.line(five, quantity))
        if answer.status_code == 201:
            allowed.append(quantity)
            path = f"/reservations/{answer.json()['reservation_id']}"
            assert buyer.call("DELETE", path).status_code == 200
        else:
            assert kind(answer) == refused
    assert allowed == [1, 2, 3, 5]
    least = next(t for t in buyer.every(stock="gt:4") if t["min_order"] == 4 and not t["flags"])
    assert kind(buyer.reserve(buyer.line(least, 3))) == refused


def test_an_unknown_ticket_is_named(buyer: Buyer):
    line = {**buyer.line(buyer.football()), "ticket_id": "0" * 32 + "_tck"}
    assert kind(buyer.reserve(line)) == (404, "/errors/unknown-ticket")


def test_all_of_a_reservation_is_taken_or_nothing(buyer: Buyer):
    one, other = buyer.football("Tribuna Alta"), buyer.football("Tribuna Cubierta")
    assert buyer.reserve(buyer.line(one, 2), buyer.line(other, 6)).status_code == 409
    assert buyer.left(one) == one["stock"]
    assert buyer.books()["reservations"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": "2"}, "items.0.quantity"),
        ({"quantity": 0}, "items.0.quantity"),
        ({"net_rate": "98.00"}, "items.0.net_rate"),
        ({"net_rate": 98.0}, "items.0.net_rate"),
        ({"net_rate": None}, "items.0.net_rate"),
        ({"currency_code": None}, "items.0.currency_code"),
        ({"currency": "EUR"}, "items.0.currency"),
    ],
)
def test_a_malformed_item_is_answered_with_its_field(buyer: Buyer, change: dict[str, Any], field: str):
    answer = buyer.reserve({**buyer.line(buyer.football()), **change})
    assert kind(answer) == (422, "/errors/validation")
    assert field in answer.json()["errors"]


def test_a_body_without_items_or_that_is_no_json_is_refused(buyer: Buyer):
    for body in ({}, {"items": []}, {"items": "all"}, []):
        assert kind(buyer.call("POST", "/reservations", body)) == (422, "/errors/validation")
    assert kind(buyer.call("POST", "/reservations", data="{")) == (422, "/errors/validation")
    assert kind(buyer.reserve(buyer.line(buyer.football()), booking_email="nobody")) == (
        422,
        "/errors/validation",
    )


def test_a_change_replaces_all_items_and_does_not_begin_the_time_anew(buyer: Buyer):
    ticket, other = buyer.football("Tribuna Alta"), buyer.football("Grada Lateral")
    reservation = buyer.reserved(ticket, 2, notes="kept")
    path = f"/reservations/{reservation['reservation_id']}"
    buyer.advance(120)
    answer = buyer.call("PUT", path, {"items": [buyer.line(ticket, 3), buyer.line(other, 1)]})
    assert answer.status_code == 200
    body = answer.json()
    assert [(i["ticket_id"], i["quantity"]) for i in body["items"]] == [
        (ticket["ticket_id"], 3), (other["ticket_id"], 1)]  # fmt: skip
    assert body["valid_until"] == reservation["valid_until"]
    assert body["updated"] > reservation["updated"]
    assert body["notes"] == "kept"
    assert (buyer.left(ticket), buyer.left(other)) == (ticket["stock"] - 3, other["stock"] - 1)
    assert kind(buyer.call("PUT", path, {"notes": "no items"})) == (422, "/errors/validation")


def test_a_change_counts_its_own_tickets_as_free_and_fails_without_harm(buyer: Buyer):
    ticket = buyer.football("Tribuna Cubierta")
    reservation = buyer.reserved(ticket, 3)
    path = f"/reservations/{reservation['reservation_id']}"
    assert buyer.call("PUT", path, {"items": [buyer.line(ticket, 5)]}).status_code == 200
    assert kind(buyer.call("PUT", path, {"items": [buyer.line(ticket, 6)]})) == (409, "/errors/out-of-stock")
    assert buyer.get(path)["items"][0]["quantity"] == 5


def test_a_change_looks_at_the_price_again(buyer: Buyer):
    ticket = buyer.football()
    reservation = buyer.reserved(ticket, 2)
    buyer.change(ticket, net_rate=ticket["net_rate"] + 500)
    path = f"/reservations/{reservation['reservation_id']}"
    assert kind(buyer.call("PUT", path, {"items": [buyer.line(ticket, 1)]})) == (
        409,
        "/errors/price-mismatch",
    )


def test_notes_can_be_changed_alone(buyer: Buyer):
    reservation = buyer.reserved(buyer.football())
    path = f"/reservations/{reservation['reservation_id']}"
    answer = buyer.call("PATCH", path, {"notes": "later", "external_reference_id": "x-9", "notify_me": False})
    assert answer.status_code == 200
    assert (answer.json()["notes"], answer.json()["external_reference_id"]) == ("later", "x-9")
    assert kind(buyer.call("PATCH", path, {"items": []})) == (422, "/errors/validation")


@pytest.mark.parametrize("status", [200, 204])
def test_deleting_gives_the_tickets_back_and_answers_with_nothing(buyer: Buyer, status: int):
    buyer.settings(delete_status=status)
    ticket = buyer.football()
    reservation = buyer.reserved(ticket)
    answer = buyer.call("DELETE", f"/reservations/{reservation['reservation_id']}")
    assert (answer.status_code, answer.content) == (status, b"")
    assert buyer.left(ticket) == ticket["stock"]
    assert buyer.get(f"/reservations/{reservation['reservation_id']}")["status"] == "void"


def test_a_reservation_is_found_by_our_own_reference(buyer: Buyer):
    first = buyer.reserved(buyer.football(), external_reference_id="order-7-1")
    buyer.reserved(buyer.football(), external_reference_id="order-7-2")
    found = buyer.get("/reservations", external_reference_id="order-7-1")
    assert found["reservations"] == [first]
    assert found["pagination"]["total_size"] == 1
    assert buyer.get("/reservations", status="void")["reservations"] == []
    assert len(buyer.get("/reservations", ticket_id=buyer.football()["ticket_id"])["reservations"]) == 2
    assert buyer.refused("/reservations", status="open") == 400


def test_another_distributors_things_are_not_there(buyer: Buyer):
    other = Buyer(buyer.app, key="second-xs2-key")
    reservation = buyer.reserved(buyer.football())
    path = f"/reservations/{reservation['reservation_id']}"
    assert other.get("/reservations")["reservations"] == []
    for method, rest, body in (("GET", "", None), ("PUT", "", {"items": [buyer.line(buyer.football())]}),
                               ("PATCH", "", {"notes": "x"}), ("DELETE", "", None), ("GET", "/guestdata", None)):  # fmt: skip
        assert other.call(method, path + rest, body).status_code == 404
    assert other.book(reservation).status_code == 404
    assert other.reserved(buyer.football())["client_id"] != reservation["client_id"]


def test_somebody_at_the_other_end_can_prolong_fail_or_end_a_reservation(buyer: Buyer):
    ticket = buyer.football()
    one, two, three = (buyer.reserved(ticket) for _ in range(3))
    buyer.control(f"/xs2event/reservations/{one['reservation_id']}/extend", {"minutes": 30})
    buyer.control(f"/xs2event/reservations/{two['reservation_id']}/fail", {})
    buyer.control(f"/xs2event/reservations/{three['reservation_id']}/expire", {})
    states = [buyer.get(f"/reservations/{each['reservation_id']}")["status"] for each in (one, two, three)]
    assert states == ["extended", "error", "void"]
    buyer.advance(1500)
    assert buyer.get(f"/reservations/{one['reservation_id']}")["status"] == "extended"
    assert buyer.left(ticket) == ticket["stock"] - 2
    buyer.advance(400)
    assert buyer.get(f"/reservations/{one['reservation_id']}")["status"] == "void"


def test_a_lost_answer_leaves_a_reservation_that_can_be_found(buyer: Buyer):
    ticket = buyer.football()
    buyer.fault(match="POST /v1/reservations", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        buyer.reserve(buyer.line(ticket), external_reference_id="lost-1")
    found = buyer.get("/reservations", external_reference_id="lost-1")["reservations"]
    assert [each["status"] for each in found] == ["active"]


def test_a_crowd_cannot_take_more_than_there_is(buyer: Buyer):
    ticket = buyer.football()
    buyer.change(ticket, stock=7)
    answers: list[int] = []

    def run() -> None:
        one = Buyer(buyer.app)
        for _ in range(5):
            answers.append(one.reserve(buyer.line(ticket, 1)).status_code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 7 + [409] * 23
    assert buyer.left(ticket) == 0
