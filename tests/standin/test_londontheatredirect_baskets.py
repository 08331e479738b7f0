"""London Theatre Direct's baskets, from "Events with Baskets": hold, refuse, expire, delete, submit."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.standin.ltd_caller import ORIGIN, Caller, order

ROOM, GENERAL_ADMISSION, EARLY_BARCODES, LONE_SEATS = 5112, 5111, 5101, 5107
ITEM_FIELDS = [
    "BasketItemId", "EventId", "EventName", "ImageUrl", "PerformanceDate", "AreaName", "Seats", "Tickets",
    "VenueId", "VenueName", "VenueAddress", "VenueCity", "VenuePostCode", "PriceSubTotal", "ReservationValidity",
    "ExpirationDate",
]  # fmt: skip
TICKET_FIELDS = [
    "TicketId", "TicketName1", "TicketName2", "IsRestrictedView", "RestrictionDescription", "FaceValue",
    "SellingPrice", "Barcode", "BarcodeType",
]  # fmt: skip


def content(ltd: Caller, basket: str) -> dict[str, Any]:
    found: dict[str, Any] = ltd.get(f"/Baskets/{basket}").json()
    return found


def best(ltd: Caller, performance: int, count: int, area: int = 0, price: int = 0) -> dict[str, Any]:
    """BestSeats for one of the listed areas and prices."""
    areas = ltd.get(f"/Performances/{performance}/AreasPrices").json()["AreasPrices"]
    return {
        "PerformanceId": performance,
        "AreaId": areas[area]["AreaId"],
        "SeatsCount": count,
        "Price": areas[area]["Prices"][price]["Price"],
    }


# Making and filling


def test_a_new_basket_is_empty(ltd: Caller) -> None:
    answer = ltd.post("/Baskets").json()
    assert list(answer) == ["Success", "BasketId"]
    assert uuid.UUID(answer["BasketId"])
    assert content(ltd, answer["BasketId"]) == {
        "BasketId": answer["BasketId"],
        "MinExpirationDate": "0001-01-01T00:00:00",
        "DeliveryInformation": None,
        "Items": [],
        "DiscountInformation": None,
    }


def test_added_tickets_come_back_as_in_the_documents(ltd: Caller) -> None:
    performance = ltd.performance(EARLY_BARCODES)
    tickets = ltd.seats(performance["PerformanceId"], 2)
    basket = ltd.basket()
    answer = ltd.add(basket, tickets).json()
    assert list(answer) == ["Success", "FailureReason", "GetBasketContentResult"]
    assert (answer["Success"], answer["FailureReason"]) == (True, 0)
    (item,) = answer["GetBasketContentResult"]["Items"]
    assert list(item) == ITEM_FIELDS
    assert [list(t) for t in item["Tickets"]] == [TICKET_FIELDS] * 2
    assert [t["TicketId"] for t in item["Tickets"]] == tickets
    assert item["PerformanceDate"] == performance["PerformanceDate"]
    assert item["Seats"] == [t["TicketName1"] + t["TicketName2"] for t in item["Tickets"]]
    assert item["PriceSubTotal"] == sum(t["SellingPrice"] for t in item["Tickets"])
    assert item["ReservationValidity"] == 9
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", item["ExpirationDate"])
    assert answer["GetBasketContentResult"]["MinExpirationDate"] == item["ExpirationDate"]
    assert answer["GetBasketContentResult"] == content(ltd, basket)


def test_some_events_show_a_barcode_in_an_unpaid_basket_and_some_do_not(ltd: Caller) -> None:
    early = content(ltd, ltd.held(EARLY_BARCODES))["Items"][0]["Tickets"][0]
    assert re.fullmatch(r"\d{18}", early["Barcode"])
    assert early["BarcodeType"] == "Pdf417"
    other = content(ltd, ltd.held(ROOM))["Items"][0]["Tickets"][0]
    assert (other["Barcode"], other["BarcodeType"]) == (None, None)


def test_the_expiry_is_london_time_without_an_offset(ltd: Caller) -> None:
    ltd.control("/clock", {"advance_seconds": 180 * 86_400})  # summer
    now = datetime.fromisoformat(ltd.control("/clock")["now"])
    item = content(ltd, ltd.held(ROOM))["Items"][0]
    ends = datetime.fromisoformat(item["ExpirationDate"]).replace(tzinfo=ZoneInfo("Europe/London"))
    assert timedelta(minutes=9, seconds=50) < ends - now < timedelta(minutes=10, seconds=20)
    assert ends.utcoffset() == timedelta(hours=1)


def test_names_in_a_body_are_bound_in_any_case(ltd: Caller) -> None:
    basket = ltd.basket()
    tickets = ltd.seats(ltd.performance(ROOM)["PerformanceId"], 2)
    assert ltd.post(f"/Baskets/{basket}/Tickets", {"tICKETS": tickets}).status_code == 200
    lower = {name.lower(): value for name, value in order().items()}
    assert ltd.post(f"/Baskets/{basket}/SubmitOrder", lower).status_code == 200


def test_tickets_of_two_areas_and_two_performances_become_items_of_their_own(ltd: Caller) -> None:
    one, two = ltd.performance(5101, 3)["PerformanceId"], ltd.performance(5104, 3)["PerformanceId"]
    areas: dict[str, int] = {}
    for group in ltd.groups(one):
        areas.setdefault(group["AreaName"], group["Tickets"][0]["TicketId"])
    wanted = [*list(areas.values())[:2], ltd.seats(two, 1)[0]]
    basket = ltd.basket()
    items = ltd.add(basket, wanted).json()["GetBasketContentResult"]["Items"]
    assert [(i["EventId"], len(i["Tickets"])) for i in items] == [(5101, 1), (5101, 1), (5104, 1)]
    assert len({i["AreaName"] for i in items[:2]}) == 2


def test_each_item_has_its_own_clock_and_the_earliest_is_told(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2)
    ltd.advance(240)
    ltd.add(basket, ltd.seats(ltd.performance(ROOM, 1)["PerformanceId"], 2))
    found = content(ltd, basket)
    assert [i["ReservationValidity"] for i in found["Items"]] == [5, 9]
    assert (
        found["MinExpirationDate"]
        == found["Items"][0]["ExpirationDate"]
        < found["Items"][1]["ExpirationDate"]
    )


def test_a_basket_of_another_key_does_not_exist(ltd: Caller) -> None:
    basket = ltd.held()
    other = Caller(key="second-ltd-key", app=ltd.app)
    assert other.get(f"/Baskets/{basket}").status_code == 404
    assert other.delete(f"/Baskets/{basket}/Tickets").status_code == 404
    assert other.submit(basket).status_code == 404
    assert len(content(ltd, basket)["Items"]) == 1


@pytest.mark.parametrize("basket", ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "seven", "7c9e6679"])
def test_an_unknown_basket_is_not_found(ltd: Caller, basket: str) -> None:
    for answer in (
        ltd.get(f"/Baskets/{basket}"),
        ltd.add(basket, [1]),
        ltd.submit(basket),
        ltd.get(f"/Baskets/{basket}/AvailableDeliveries"),
        ltd.get(f"/Baskets/{basket}/SubmittedBasketSummary"),
        ltd.get(f"/Baskets/{basket}/ETickets"),
        ltd.delete(f"/Baskets/{basket}/Tickets"),
        ltd.delete(f"/Baskets/{basket}/BasketItem/7"),
    ):
        assert answer.status_code == 404
        assert answer.json()["Message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Tickets": []},
        {"Tickets": "1"},
        {"Tickets": ["a"]},
        {"Tickets": [True]},
        {"Tickets": [2**40]},
        {"BestSeats": 7},
        {"BestSeats": {"PerformanceId": 1, "AreaId": 1, "SeatsCount": 1}},
        {"BestSeats": {"PerformanceId": 1, "AreaId": 1, "SeatsCount": "1", "Price": 10}},
        [1],
    ],
)
def test_a_malformed_body_is_a_400(ltd: Caller, body: Any) -> None:
    answer = ltd.post(f"/Baskets/{ltd.basket()}/Tickets", body)
    assert answer.status_code == 400
    assert answer.json()["MessageDetail"]


def test_a_body_that_is_not_json_is_refused(ltd: Caller) -> None:
    url = f"{ltd.base}/Baskets"
    assert ltd.http.post(url, data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert ltd.http.post(url, data="a=1", headers={"Content-Type": "text/plain"}).status_code == 415


# Refusing


def test_a_seat_that_is_held_is_refused_and_nothing_is_added(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    one, two, three, four = ltd.seats(performance, 4)
    ltd.add(ltd.basket(), [three, four])
    basket = ltd.basket()
    answer = ltd.add(basket, [one, two, three])
    assert answer.status_code == 409
    body = answer.json()
    assert (body["Success"], body["FailureReason"]) == (False, 1)
    assert body["GetBasketContentResult"]["Items"] == []
    assert ltd.get(f"/TicketAvailability/{one}").json()["IsAvailable"] is True


def test_a_ticket_that_never_was_or_is_over_is_refused(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    seats = ltd.seats(performance, 2)
    for ids in ([5], [seats[0] + 100], [2_000_000_000]):
        assert ltd.add(ltd.basket(), ids).json()["FailureReason"] == 1
    ltd.advance(10 * 86_400)
    assert ltd.add(ltd.basket(), seats).json()["FailureReason"] == 1


def test_no_more_than_ten_tickets_go_into_one_item(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    everything = [t["TicketId"] for g in ltd.groups(performance) for t in g["Tickets"]]
    assert ltd.add(ltd.basket(), everything[:11]).status_code == 400
    assert ltd.add(ltd.basket(), everything[:10]).status_code == 200


def test_a_lone_seat_left_behind_is_refused_with_reason_two(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    ltd.control(f"/ltd/performances/{performance}", {"single_seat": True})
    row = ltd.seats(performance, 10)
    basket = ltd.basket()
    answer = ltd.add(basket, row[1:3])  # leaves the first seat alone
    assert (answer.status_code, answer.json()["FailureReason"]) == (409, 2)
    assert ltd.add(basket, row[0:2]).status_code == 200
    ltd.control(f"/ltd/performances/{performance}", {"single_seat": False})
    assert ltd.add(basket, row[3:5]).status_code == 200


def test_a_lone_seat_that_cannot_be_avoided_is_allowed(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    ltd.control(f"/ltd/performances/{performance}", {"single_seat": True})
    row = ltd.seats(performance, 10)
    assert ltd.add(ltd.basket(), row[:9]).status_code == 200
    assert ltd.add(ltd.basket(), row[9:]).status_code == 200


def test_the_lone_seat_rule_is_set_per_performance(ltd: Caller) -> None:
    found = ltd.get(f"/Events/{LONE_SEATS}/Performances").json()["Performances"]
    outcome: dict[bool, int] = {}
    for performance in found[:40]:
        strict = datetime.fromisoformat(performance["PerformanceDate"]).weekday() in {4, 5}
        ltd.control(f"/ltd/performances/{performance['PerformanceId']}", {"empty_house": True})
        if strict not in outcome:
            row = ltd.seats(performance["PerformanceId"], 8)
            outcome[strict] = ltd.add(ltd.basket(), [row[1]]).status_code
    assert outcome == {False: 200, True: 409}


# Best seats


def test_best_seats_are_neighbours_of_the_area_and_the_price(ltd: Caller) -> None:
    performance = ltd.performance(5103)["PerformanceId"]
    body = best(ltd, performance, 3)
    groups = ltd.groups(performance)
    (item,) = ltd.post(f"/Baskets/{ltd.basket()}/Tickets", {"BestSeats": body}).json()[
        "GetBasketContentResult"
    ]["Items"]
    assert {t["SellingPrice"] for t in item["Tickets"]} == {body["Price"]}
    assert len({t["TicketName1"] for t in item["Tickets"]}) == 1
    numbers = [int(t["TicketName2"]) for t in item["Tickets"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    offered = {t["TicketId"] for g in groups for t in g["Tickets"] if g["AreaName"] == item["AreaName"]}
    assert {t["TicketId"] for t in item["Tickets"]} <= offered


def test_best_seats_leave_no_lone_seat_where_they_can(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    row = ltd.seats(performance, 10)
    ltd.add(ltd.basket(), row[3:6])  # leaves runs of three and four
    (item,) = ltd.post(f"/Baskets/{ltd.basket()}/Tickets", {"BestSeats": best(ltd, performance, 2)}).json()[
        "GetBasketContentResult"
    ]["Items"]
    assert [t["TicketId"] for t in item["Tickets"]] == row[6:8]


def test_general_admission_is_held_by_best_seats_only(ltd: Caller) -> None:
    performance = ltd.performance(GENERAL_ADMISSION)
    basket = ltd.basket()
    before = performance["TotalAvailableTickesCount"]
    answer = ltd.post(f"/Baskets/{basket}/Tickets", {"BestSeats": best(ltd, performance["PerformanceId"], 4)})
    (item,) = answer.json()["GetBasketContentResult"]["Items"]
    assert len(item["Tickets"]) == 4
    assert ltd.performance(GENERAL_ADMISSION)["TotalAvailableTickesCount"] == before - 4
    taken = item["Tickets"][0]["TicketId"]
    assert ltd.add(ltd.basket(), [taken + 4]).json()["FailureReason"] == 1


def test_best_seats_that_cannot_be_had_are_refused(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    good = best(ltd, performance, 2)
    for change in ({"Price": good["Price"] + 1}, {"AreaId": 1}, {"PerformanceId": 7}):
        answer = ltd.post(f"/Baskets/{ltd.basket()}/Tickets", {"BestSeats": {**good, **change}})
        assert (answer.status_code, answer.json()["FailureReason"]) == (409, 1)
    for count in (0, 11):
        body = {"BestSeats": {**good, "SeatsCount": count}}
        assert ltd.post(f"/Baskets/{ltd.basket()}/Tickets", body).status_code == 400
    ltd.add(ltd.basket(), ltd.seats(performance, 10)[2:8])
    other = [t["TicketId"] for t in ltd.groups(performance)[-1]["Tickets"]]
    ltd.add(ltd.basket(), other[2:8])
    scattered = ltd.post(f"/Baskets/{ltd.basket()}/Tickets", {"BestSeats": {**good, "SeatsCount": 3}})
    assert scattered.json()["FailureReason"] == 1


def test_named_and_best_seats_go_together_or_not_at_all(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    seats, good = ltd.seats(performance, 2), best(ltd, performance, 2)
    basket = ltd.basket()
    bad = ltd.post(f"/Baskets/{basket}/Tickets", {"Tickets": seats, "BestSeats": {**good, "Price": 1}})
    assert bad.status_code == 409
    assert content(ltd, basket)["Items"] == []
    both = ltd.post(f"/Baskets/{basket}/Tickets", {"Tickets": seats, "BestSeats": good})
    assert sum(len(i["Tickets"]) for i in both.json()["GetBasketContentResult"]["Items"]) == 4


# Time


def test_an_expired_item_lingers_with_negative_minutes_and_its_seats_are_free(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2)
    tickets = [t["TicketId"] for t in content(ltd, basket)["Items"][0]["Tickets"]]
    ltd.advance(9 * 60 + 30)
    assert content(ltd, basket)["Items"][0]["ReservationValidity"] == 0
    ltd.advance(3 * 60)
    (item,) = content(ltd, basket)["Items"]
    assert item["ReservationValidity"] == -2
    assert ltd.get(f"/TicketAvailability/{tickets[0]}").json()["IsAvailable"] is True
    assert ltd.add(ltd.basket(), tickets).status_code == 200
    assert len(content(ltd, basket)["Items"]) == 1
    ltd.advance(3 * 60)
    assert content(ltd, basket)["Items"] == []
    assert content(ltd, basket)["MinExpirationDate"] == "0001-01-01T00:00:00"


def test_an_expired_basket_cannot_be_submitted_but_emptied(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.advance(11 * 60)
    for answer in (ltd.submit(basket), ltd.get(f"/Baskets/{basket}/AvailableDeliveries")):
        assert answer.status_code == 403
        assert "Invalid basket manipulation" in answer.json()["Message"]
    assert ltd.delete(f"/Baskets/{basket}/Tickets").status_code == 200


# Deleting


def test_one_item_or_all_can_be_deleted(ltd: Caller) -> None:
    basket = ltd.held(ROOM, 2)
    ltd.add(basket, ltd.seats(ltd.performance(ROOM, 1)["PerformanceId"], 3))
    first, second = content(ltd, basket)["Items"]
    answer = ltd.delete(f"/Baskets/{basket}/BasketItem/{first['BasketItemId']}").json()
    assert list(answer) == ["Success", "GetBasketContentResult"]
    assert [i["BasketItemId"] for i in answer["GetBasketContentResult"]["Items"]] == [second["BasketItemId"]]
    assert ltd.get(f"/TicketAvailability/{first['Tickets'][0]['TicketId']}").json()["IsAvailable"] is True
    answer = ltd.delete(f"/Baskets/{basket}/Tickets").json()
    assert answer["Success"] is True
    assert answer["GetBasketContentResult"]["Items"] == []
    assert answer["GetBasketContentResult"]["MinExpirationDate"] == "0001-01-01T00:00:00"


def test_nothing_to_delete_is_an_invalid_manipulation(ltd: Caller) -> None:
    basket = ltd.basket()
    assert ltd.delete(f"/Baskets/{basket}/Tickets").status_code == 403
    assert ltd.delete(f"/Baskets/{ltd.held()}/BasketItem/99").status_code == 403


# Submitting


def test_deliveries_are_what_all_events_of_the_basket_offer(ltd: Caller) -> None:
    def offered(basket: str) -> set[int]:
        rows = ltd.get(f"/Baskets/{basket}/AvailableDeliveries").json()["DeliveryTypes"]
        assert all(list(row) == ["DeliveryTypeId", "DeliveryTypeName", "DeliveryTypePrice"] for row in rows)
        return {row["DeliveryTypeId"] for row in rows}

    basket = ltd.held(ROOM)
    assert offered(basket) == {1, 91, 92}
    ltd.add(basket, ltd.seats(ltd.performance(5104)["PerformanceId"], 1))
    assert offered(basket) == {1, 92}
    assert ltd.get(f"/Baskets/{ltd.basket()}/AvailableDeliveries").status_code == 403


def test_an_order_needs_no_more_than_the_documents_require(ltd: Caller) -> None:
    basket = ltd.held()
    optional = ("AddressLine1", "City", "Country", "Zip", "Phone", "SendConfirmationEmail", "TransactionReference",
                "PaymentGateLanguage")  # fmt: skip
    answer = ltd.submit(basket, **dict.fromkeys(optional))
    assert answer.json() == {
        "Success": True,
        "PaymentRedirectUrl": f"{ORIGIN}/ltd/payments/PaymentGate.aspx?basketId={basket}",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"Email": None},
        {"Email": "nobody"},
        {"Name": ""},
        {"LastName": None},
        {"DeliveryType": None},
        {"DeliveryType": "1"},
        {"DeliveryType": 94},
        {"SuccessReturnUrl": None},
        {"FailureReturnUrl": "/relative"},
        {"SuccessReturnUrl": "javascript:alert(1)"},
        {"SuccessReturnUrl": "https://a.example/\r\nSet-Cookie: x=1"},
        {"Country": 9999},
        {"RequireTicketPlan": "yes"},
    ],
)
def test_an_order_that_lacks_something_is_a_400(ltd: Caller, change: dict[str, Any]) -> None:
    answer = ltd.submit(ltd.held(), **change)
    assert answer.status_code == 400
    assert next(iter(change)) in answer.json()["MessageDetail"]


def test_an_empty_basket_cannot_be_submitted(ltd: Caller) -> None:
    assert ltd.submit(ltd.basket()).status_code == 403


def test_a_submitted_basket_shows_the_delivery_with_the_quirk_of_the_sample(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.submit(basket, DeliveryType=1, StateCode="GB")
    found = content(ltd, basket)
    info = found["DeliveryInformation"]
    assert (info["DeliveryType"], info["DeliveryPrice"], info["CustomerEmail"]) == (1, 1, "ada@example.org")
    assert (info["BillingCountry"], info["BillingCountryName"]) == ("GB", "United Kingdom")
    assert (info["BillingStateCode"], info["DeliveryStateCode"]) == ("218", "218")
    assert info["DeliveryAddressSame"] is True
    assert found["Items"][0]["ReservationValidity"] == 0


def test_an_order_may_be_submitted_again_while_it_is_held(ltd: Caller) -> None:
    basket = ltd.held()
    assert ltd.gate(basket) == ltd.gate(basket, Name="Grace")
    assert ltd.books()["baskets"][0]["order"]["first_name"] == "Grace"


def test_a_change_after_submitting_takes_the_order_back(ltd: Caller) -> None:
    basket = ltd.held()
    url = ltd.gate(basket)
    ltd.add(basket, ltd.seats(ltd.performance(ROOM, 1)["PerformanceId"], 2))
    assert content(ltd, basket)["DeliveryInformation"] is None
    away = ltd.http.get(url, allow_redirects=False)
    assert (away.status_code, away.headers["Location"]) == (302, order()["FailureReturnUrl"])


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "reason", "items"),
    [
        ("sold_out", 409, 1, 0),
        ("lone_seat", 409, 2, 0),
        ("refused_with_200", 200, 1, 0),
        ("conflict_error_object", 409, None, 0),
        ("supplier_failed", 502, None, 0),
        ("supplier_failed_after_holding", 502, None, 1),
    ],
)
def test_faults_of_adding(ltd: Caller, fault: str, status: int, reason: int | None, items: int) -> None:
    seats = ltd.seats(ltd.performance(ROOM)["PerformanceId"], 2)
    basket = ltd.basket()
    ltd.fault(name=fault)
    answer = ltd.add(basket, seats)
    assert answer.status_code == status
    body = answer.json()
    assert body.get("FailureReason") == reason
    assert ("Message" in body) == (reason is None)
    assert len(content(ltd, basket)["Items"]) == items
    assert ltd.add(ltd.basket(), seats).status_code == (409 if items else 200)


def test_the_price_may_have_changed_when_the_ticket_is_added(ltd: Caller) -> None:
    performance = ltd.performance(ROOM)["PerformanceId"]
    shown = ltd.groups(performance)[0]["SellingPrice"]
    ltd.fault(name="price_changed", by=350)
    (item,) = ltd.add(ltd.basket(), ltd.seats(performance, 2)).json()["GetBasketContentResult"]["Items"]
    assert {t["SellingPrice"] for t in item["Tickets"]} == {shown + 3.5}
    assert item["PriceSubTotal"] == 2 * (shown + 3.5)


def test_a_hold_can_end_early(ltd: Caller) -> None:
    basket = ltd.held()
    ltd.fault(name="expired_hold")
    assert content(ltd, basket)["Items"][0]["ReservationValidity"] == -1
    assert ltd.submit(basket).status_code == 403
    other = ltd.held()
    ltd.fault(name="expired_hold", where={"basket_id": other})
    assert ltd.submit(ltd.held(ROOM, 1, 1)).status_code == 200
    assert ltd.submit(other).status_code == 403


def test_a_lost_answer_to_an_add_leaves_the_seats_held(ltd: Caller) -> None:
    seats = ltd.seats(ltd.performance(ROOM)["PerformanceId"], 2)
    basket = ltd.basket()
    ltd.fault(match="POST /rest/v2/Baskets/*/Tickets", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        ltd.add(basket, seats)
    assert [t["TicketId"] for t in content(ltd, basket)["Items"][0]["Tickets"]] == seats


def test_the_gateway_may_say_403_with_its_own_header(ltd: Caller) -> None:
    header = {"X-Mashery-Error-Code": "ERR_403_DEVELOPER_OVER_QPS"}
    ltd.fault(
        match="GET /rest/v2/Events", kind="status", status=403, body="<h1>Over QPS</h1>", headers=header
    )
    answer = ltd.get("/Events")
    assert (answer.status_code, answer.headers["X-Mashery-Error-Code"]) == (
        403,
        header["X-Mashery-Error-Code"],
    )
    assert answer.headers["Content-Type"].startswith("text/html")
