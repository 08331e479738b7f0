"""Booking on account at the imitated London Theatre Direct, from "Submit Order on Account" and "Basket summary"."""

from __future__ import annotations

import re

import pytest
import requests

from tests.standin.ltd_caller import Caller, order


@pytest.fixture
def agency(ltd: Caller) -> Caller:
    """An account that is unlocked; it has a list of its own."""
    return Caller(key="account-ltd-key", app=ltd.app)


BRASS = 5152  # nothing of it is sold elsewhere


def submit(caller: Caller, basket: str, **changes: object) -> requests.Response:
    return caller.post(f"/Baskets/{basket}/SubmitOrderOnAccount", order(**changes))


def summary(caller: Caller, basket: str) -> requests.Response:
    return caller.get(f"/Baskets/{basket}/SubmittedBasketSummary")


def test_an_order_on_account_is_booked_once_without_a_gate(agency: Caller) -> None:
    basket = agency.held(BRASS)
    assert summary(agency, basket).status_code == 204
    answer = submit(agency, basket)
    assert list(answer.json()) == ["Success", "BookingReference"]
    assert answer.json()["Success"] is True
    assert re.fullmatch(r"[A-Z]{3}\d{5}", answer.json()["BookingReference"])
    assert summary(agency, basket).json()["BookingReference"] == answer.json()["BookingReference"]
    assert submit(agency, basket).status_code == 403
    assert [charge["means"] for charge in agency.books()["charges"]] == ["account"]


def test_both_return_addresses_are_required_though_nobody_is_redirected(agency: Caller) -> None:
    basket = agency.held(BRASS)
    for name in ("SuccessReturnUrl", "FailureReturnUrl", "Email", "DeliveryType"):
        assert submit(agency, basket, **{name: None}).status_code == 400
    assert agency.books()["charges"] == []


def test_an_empty_and_an_expired_basket_are_403(agency: Caller) -> None:
    assert submit(agency, agency.basket()).status_code == 403
    basket = agency.held(BRASS)
    agency.control(f"/ltd/baskets/{basket}/expire", {})
    assert submit(agency, basket).status_code == 403
    late = agency.held(BRASS)
    agency.fault(name="expired_hold")
    assert submit(agency, late).status_code == 403
    assert agency.books()["charges"] == []


def test_an_account_that_is_not_unlocked_is_refused_and_its_basket_stays(ltd: Caller) -> None:
    basket = ltd.held()
    before = ltd.get(f"/Baskets/{basket}").json()
    refused = submit(ltd, basket)
    assert (refused.status_code, refused.json()["Message"]) == (403, "Forbidden")
    assert "not enabled" in refused.json()["MessageDetail"]
    after = ltd.get(f"/Baskets/{basket}").json()
    assert [item["BasketItemId"] for item in after["Items"]] == [
        item["BasketItemId"] for item in before["Items"]
    ]
    assert ltd.books()["charges"] == []
    assert ltd.gate(basket), "the gate is still open"


def test_an_account_can_be_unlocked_and_locked_again(ltd: Caller, agency: Caller) -> None:
    ltd.control("/ltd/account", {"key": "demo-ltd-key", "unlocked": True})
    assert submit(ltd, ltd.held()).json()["Success"] is True
    listed = {row["key"]: row["unlocked"] for row in ltd.control("/ltd/account")["accounts"]}
    assert listed == {"account-ltd-key": True, "demo-ltd-key": True, "second-ltd-key": False}
    ltd.control("/ltd/account", {"key": "account-ltd-key", "unlocked": False})
    assert submit(agency, agency.held(BRASS)).status_code == 403
    ltd.control("/reset", {"world": "ltd"})
    assert submit(agency, agency.held(BRASS)).json()["Success"] is True


def test_a_lost_answer_leaves_the_order_booked_and_the_summary_says_so(agency: Caller) -> None:
    basket = agency.held(BRASS)
    agency.fault(match="POST /rest/v2/Baskets/*/SubmitOrderOnAccount", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        submit(agency, basket, TransactionReference="SHOP-7")
    agency.fault(name="summary_late")
    assert summary(agency, basket).status_code == 204, "not at once"
    found = summary(agency, basket).json()
    assert found["BookingReference"]
    assert len(agency.books()["charges"]) == 1
    assert agency.books()["baskets"][0]["external_reference"] == "SHOP-7"


@pytest.mark.parametrize(("fault", "status"), [("account_locked", 403), ("account_refused", 200)])
def test_a_refusal_by_a_fault_books_nothing_and_passes(agency: Caller, fault: str, status: int) -> None:
    basket = agency.held(BRASS)
    agency.fault(name=fault)
    refused = submit(agency, basket)
    assert refused.status_code == status
    assert not refused.json().get("Success")
    assert (summary(agency, basket).status_code, agency.books()["charges"]) == (204, [])
    assert submit(agency, basket).json()["Success"] is True


def test_the_tour_and_the_season_are_two_lists(ltd: Caller, agency: Caller) -> None:
    tour = agency.get("/Events").json()["Events"]
    assert [event["EventId"] for event in tour] == list(range(5145, 5153))
    assert {event["VenueId"] for event in tour} == {301, 302, 303}
    assert {venue["VenueId"] for venue in agency.get("/Venues").json()["Venues"]} == {301, 302, 303}
    season = ltd.get("/Events").json()["Events"]
    assert not {event["EventId"] for event in season} & set(range(5145, 5153))
    assert not {venue["VenueId"] for venue in ltd.get("/Venues").json()["Venues"]} & {301, 302, 303}


def test_every_show_on_tour_has_dates_and_seats(agency: Caller) -> None:
    for event in agency.get("/Events").json()["Events"]:
        performance = agency.performance(event["EventId"])
        assert performance["TotalAvailableTickesCount"] > 0


def test_what_is_on_the_other_list_is_not_there(ltd: Caller, agency: Caller) -> None:
    for mine, theirs, event, venue in ((ltd, agency, 5112, 82), (agency, ltd, BRASS, 303)):
        performance = mine.performance(event)["PerformanceId"]
        ticket = mine.seats(performance, 1)[0]
        for path in (
            f"/Events/{event}",
            f"/Events/{event}/Performances",
            f"/Performances/{performance}",
            f"/Performances/{performance}/AvailableTickets",
            f"/Performances/{performance}/AreasPrices",
            f"/TicketAvailability/{ticket}",
            f"/Venues/{venue}",
            f"/Venues/{venue}/Events",
        ):
            assert mine.get(path, requiredTicketsCount=1).status_code == 200, path
            assert theirs.get(path, requiredTicketsCount=1).status_code == 404, path
        assert theirs.add(theirs.basket(), [ticket]).status_code == 409
