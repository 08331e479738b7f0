"""The imitated Spektrix in agent mode: a reseller's server makes baskets, chooses deliveries, confirms on credit.

From "Guide for Ticket Agents", "API v.2" (basket, delivery, delivery option), "Adding Items to the Basket", v3 help.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.standin.spektrix_caller import Visitor
from tests.standin.spektrix_signer import Signer


@pytest.fixture
def rooms(quay: Visitor) -> Visitor:
    """The public of the venue that agents sell."""
    return Visitor(quay.app, client="saltmarsh")


@pytest.fixture
def agent(rooms: Visitor) -> Signer:
    return Signer(rooms, "foyer-agent")


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("errorCode", "")


def made(agent: Signer, *tickets: dict[str, str], **more: Any) -> dict[str, Any]:
    """A basket with those tickets."""
    answer = agent.call("POST", "baskets", {"tickets": list(tickets), **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def patched(agent: Signer, basket: str, **body: Any) -> dict[str, Any]:
    answer = agent.call("PATCH", f"baskets/{basket}", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fees(basket: dict[str, Any], name: str = "ticketDeliveryOptions") -> dict[int, float]:
    return {option["type"]: option["fee"] for option in basket[name]}


def far(rooms: Visitor, name: str) -> dict[str, Any]:
    """An instance more than five days ahead."""
    return next(each for each in rooms.instances(name) if each["start"] >= "2027-01-20")


def seat_ticket(rooms: Visitor, instance: dict[str, Any], seat: str) -> dict[str, str]:
    return {"instance": instance["id"], "seat": seat, "type": rooms.type(instance)}


# The venue


def test_the_house_for_agents_has_a_season_of_its_own_with_seats_a_studio_and_a_floor(rooms: Visitor) -> None:
    events = rooms.get("events")
    assert 15 <= len(events) <= 25
    plans = {plan["name"]: plan for plan in rooms.get("plans")}
    hall = plans["Assembly Hall"]["areas"]
    assert sum(len(area["seats"]) for area in hall) == 316
    assert {plans[name]["type"] for name in ("The Net Loft", "Assembly Hall, standing")} == {"Unreserved"}
    assert rooms.get("funds")
    assert rooms.get("memberships")
    assert len(rooms.get("stock-items")) == 4


def test_the_ids_of_the_other_venues_are_what_they_were(quay: Visitor, thornfield: Visitor) -> None:
    assert quay.event("Salt & Brass")["id"].startswith("34301A")
    assert thornfield.event("Peat")["id"].startswith("34501A")


# A whole sale


def test_an_agent_sells_a_reserved_seat_with_a_gift_sent_by_post(rooms: Visitor, agent: Signer) -> None:
    instance = far(rooms, "The Samphire Gatherers")
    seat = rooms.seats(instance)[0]
    basket = agent.call("POST", "baskets", {}).json()
    assert (basket["total"], basket["tickets"]) == (0, [])
    root = f"baskets/{basket['id']}"
    (ticket,) = agent.call("POST", f"{root}/tickets", [seat_ticket(rooms, instance, seat)]).json()
    assert ticket["seat"]["id"] == seat
    assert seat not in rooms.seats(instance), "held, so nobody else can have it"
    fund = rooms.get("funds")[0]["id"]
    assert agent.call("POST", f"{root}/donations", [{"fundId": fund, "amount": 5}]).status_code == 200
    address = {"line1": "1 Quay Street", "town": "Wells", "postcode": "NR23 1AA", "country": "GB"}
    now = patched(agent, basket["id"], ticketDelivery={"type": 2, "address": address})
    assert now["ticketDelivery"] == {"type": 2, "name": "Postal", "fee": 2.5, "address": address}
    assert now["total"] == pytest.approx(ticket["total"] + 5 + 2.5)
    order = agent.call("POST", f"{root}/confirm", {"sendConfirmationEmail": False}).json()
    assert order["total"] == now["total"]
    assert order["payments"] == [{"amount": now["total"], "type": "Agency API"}]
    found = agent.get(f"orders/{order['id']}")
    assert found["ticketDelivery"]["address"]["postcode"] == "NR23 1AA"
    assert [each["seat"]["id"] for each in found["tickets"]] == [seat]
    assert [each["id"] for each in agent.get("orders")] == [order["id"]]
    assert seat not in rooms.seats(instance)


def test_best_seats_are_chosen_by_the_box_office_within_a_band(rooms: Visitor, agent: Signer) -> None:
    instance = far(rooms, "Spoonbill Sessions")
    band = next(
        price["priceBand"]["id"]
        for price in rooms.get(f"instances/{instance['id']}/price-list")["prices"]
        if price["priceBand"]["name"] == "Gallery"
    )
    basket = made(agent)["id"]
    body = {"instance": instance["id"], "quantity": 3, "bands": [band]}
    tickets = agent.call("POST", f"baskets/{basket}/tickets/best-available", body).json()
    assert [ticket["band"]["id"] for ticket in tickets] == [band] * 3
    assert {ticket["planName"] for ticket in tickets} == {"Gallery"}


def test_tickets_change_their_type_take_a_name_and_leave_again(rooms: Visitor, agent: Signer) -> None:
    instance = far(rooms, "Mud")
    full, other = rooms.ticket(instance), rooms.ticket(instance, kind="Under 18")
    basket = made(agent, full, full)
    first, second = (ticket["id"] for ticket in basket["tickets"])
    root = f"baskets/{basket['id']}/tickets"
    body = {"type": other["type"], "attribute_Name on Ticket": "Sam"}
    changed = agent.call("PATCH", f"{root}/{first}", body).json()
    assert (changed["type"]["id"], changed["attribute_NameonTicket"]) == (other["type"], "Sam")
    assert agent.call("DELETE", f"{root}?ticketIds={second}").status_code == 204
    left = agent.get(f"baskets/{basket['id']}")
    assert [ticket["id"] for ticket in left["tickets"]] == [first]
    assert left["total"] < basket["total"]


def test_a_membership_a_code_and_what_an_agent_writes_back_are_in_the_order(
    rooms: Visitor, agent: Signer
) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")))
    root = f"baskets/{basket['id']}"
    membership = rooms.get("memberships")[0]
    body = [{"membership": membership["id"], "autoRenew": False}]
    assert agent.call("POST", f"{root}/membership-subscriptions", body).status_code == 200
    now = patched(
        agent,
        basket["id"],
        promoCode="TIDE10",
        ticketDelivery={"type": 3},
        **{"attribute_Customer Name": "Ada Holder", "attribute_Agent Reference": "F-1001"},
    )
    assert now["totalDiscount"] > 0
    order = agent.call("POST", f"{root}/confirm", {}).json()
    assert (order["attribute_CustomerName"], order["attribute_AgentReference"]) == ("Ada Holder", "F-1001")
    assert order["membershipSubscriptions"][0]["total"] == membership["price"]


def test_an_agent_that_hands_tickets_over_itself_is_told_their_barcodes(
    rooms: Visitor, agent: Signer
) -> None:
    ticket = rooms.ticket(far(rooms, "Mud"))
    for kind, known in ((3, True), (4, True), (1, False)):
        basket = made(agent, ticket, ticketDelivery={"type": kind})
        assert basket["tickets"][0]["barcode"] is None, "not before it is sold"
        order = agent.call("POST", f"baskets/{basket['id']}/confirm", {}).json()
        assert bool(order["tickets"][0]["barcode"]) is known


# Deliveries


def test_what_is_offered_depends_on_what_is_in_the_basket(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent)
    assert basket["ticketDeliveryOptions"] == basket["merchandiseDeliveryOptions"] == []
    tickets = made(agent, rooms.ticket(far(rooms, "Mud")))
    assert fees(tickets) == {1: 0, 2: 2.5, 3: 0, 4: 0}
    assert tickets["merchandiseDeliveryOptions"] == []
    assert set(fees(made(agent, rooms.ticket(far(rooms, "Dub on the Marsh"))))) == {1, 2, 3}, "not to print"


def test_only_agents_are_offered_the_agents_own_delivery(rooms: Visitor) -> None:
    rooms.post("basket/tickets", [rooms.ticket(far(rooms, "Mud"))])
    assert set(fees(rooms.get("basket"))) == {1, 2, 4}
    assert rooms.call("PATCH", "basket", {"ticketDelivery": {"type": 3}}).status_code == 400


def test_more_tickets_make_the_post_dearer_after_it_was_chosen(rooms: Visitor, agent: Signer) -> None:
    ticket = rooms.ticket(far(rooms, "Mud"))
    basket = made(agent, *[ticket] * 4, ticketDelivery={"type": 2})
    assert basket["ticketDelivery"]["fee"] == 2.5
    agent.call("POST", f"baskets/{basket['id']}/tickets", [ticket])
    now = agent.get(f"baskets/{basket['id']}")
    assert now["ticketDelivery"]["fee"] == 4.5
    assert now["total"] == pytest.approx(basket["total"] + basket["tickets"][0]["total"] + 2)


def test_a_date_that_is_near_takes_the_post_away_after_it_was_chosen(rooms: Visitor, agent: Signer) -> None:
    near, later = (each for each in rooms.instances("Mud")[:2])
    days = (datetime.fromisoformat(near["start"]).date() - agent.now.date()).days - 4
    rooms.advance(days * 86_400)
    agent.now += timedelta(days=days)
    basket = made(agent, rooms.ticket(later), ticketDelivery={"type": 2})
    assert basket["ticketDelivery"]["fee"] == 2.5
    agent.call("POST", f"baskets/{basket['id']}/tickets", [rooms.ticket(near)])
    now = agent.get(f"baskets/{basket['id']}")
    assert now["ticketDelivery"] is None
    assert set(fees(now)) == {1, 3, 4}
    refused = agent.call("PATCH", f"baskets/{basket['id']}", {"ticketDelivery": {"type": 2}})
    assert code(refused) == (400, "DeliveryNotAvailable")


def test_a_delivery_that_is_taken_away_does_not_come_back_by_itself(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 4})
    assert basket["ticketDelivery"]["type"] == 4
    root = f"baskets/{basket['id']}"
    paper = agent.call("POST", f"{root}/tickets", [rooms.ticket(far(rooms, "Dub on the Marsh"))]).json()[-1]
    now = agent.get(root)
    assert (now["ticketDelivery"], now["hash"] == basket["hash"]) == (None, False)
    assert code(agent.call("POST", f"{root}/confirm", {})) == (400, "DeliveryRequired")
    agent.call("DELETE", f"{root}/tickets?ticketIds={paper['id']}")
    again = agent.get(root)
    assert 4 in fees(again)
    assert again["ticketDelivery"] is None


def test_merchandise_says_whether_it_is_sent_or_collected(rooms: Visitor, agent: Signer) -> None:
    stock = {item["name"]: item for item in rooms.get("stock-items")}
    basket = made(agent)
    root = f"baskets/{basket['id']}"

    def add(name: str) -> dict[str, Any]:
        body = [{"stockItem": stock[name]["id"]}]
        assert agent.call("POST", f"{root}/merchandise", body).status_code == 200
        found: dict[str, Any] = agent.get(root)
        return found

    assert fees(add("Saltmarsh tote bag"), "merchandiseDeliveryOptions") == {1: 0, 2: 3.5}
    collected = patched(agent, basket["id"], merchandiseDelivery={"type": 1})
    assert collected["merchandiseDelivery"]["type"] == 1
    tube = add("Screen print: The Staithe")
    assert (fees(tube, "merchandiseDeliveryOptions"), tube["merchandiseDelivery"]) == ({2: 9.5}, None)
    assert stock["Screen print: The Staithe"]["postageAndPacking"] == 6
    sent = patched(agent, basket["id"], merchandiseDelivery={"type": 2})
    assert sent["total"] == 11 + 35 + 9.5
    supper = add("Interval supper for one")
    assert (supper["merchandiseDeliveryOptions"], supper["merchandiseDelivery"]) == ([], None)


def test_the_post_can_be_stopped_or_made_dearer_in_baskets_that_exist(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 2})["id"]
    rooms.settings(post_more=150)
    assert agent.get(f"baskets/{basket}")["ticketDelivery"]["fee"] == 4
    rooms.settings(post_off=1)
    now = agent.get(f"baskets/{basket}")
    assert now["ticketDelivery"] is None
    assert 2 not in fees(now)


def test_a_delivery_may_be_set_before_there_is_anything_to_deliver(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent, ticketDelivery={"type": 1})
    assert basket["ticketDelivery"] is None
    agent.call("POST", f"baskets/{basket['id']}/tickets", [rooms.ticket(far(rooms, "Mud"))])
    assert agent.get(f"baskets/{basket['id']}")["ticketDelivery"]["type"] == 1


@pytest.mark.parametrize(
    "wrong", [{"type": 9}, {"type": "post"}, {"type": True}, 0, {"type": 2, "address": "home"}]
)
def test_a_delivery_that_does_not_exist_is_refused(rooms: Visitor, agent: Signer, wrong: Any) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")))["id"]
    assert agent.call("PATCH", f"baskets/{basket}", {"ticketDelivery": wrong}).status_code == 400


# Customers


def test_a_customer_is_looked_up_or_made_and_put_on_the_basket(rooms: Visitor, agent: Signer) -> None:
    assert agent.call("GET", "customers?email=mo@example.org").status_code == 404
    home = {"line1": "3 Staithe Street", "town": "Wells", "postcode": "NR23 1AZ", "country": "GB"}
    body = {"email": "mo@example.org", "firstName": "Mo", "lastName": "Reed", "deliveryAddress": home}
    customer = agent.call("POST", "customers", body).json()
    statement = agent.get("statements")[0]["id"]
    path = f"customers/{customer['id']}/agreed-statements"
    assert agent.call("POST", path, [{"id": statement}]).json()[0]["id"] == statement
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 2})
    assert basket["customer"] is None
    now = patched(agent, basket["id"], customer=customer["id"])
    assert now["customer"]["email"] == "mo@example.org"
    assert now["ticketDelivery"]["address"] == home, "that of the customer, when none came with the delivery"
    order = agent.call("POST", f"baskets/{basket['id']}/confirm", {}).json()
    assert order["customer"]["id"] == customer["id"]
    assert code(agent.call("PATCH", f"baskets/{made(agent)['id']}", {"customer": "I-0000-0000"}))[0] == 400


def test_where_agents_have_no_access_to_customers_their_calls_are_refused(
    rooms: Visitor, agent: Signer
) -> None:
    rooms.settings(agent_customers=0)
    assert agent.call("GET", "customers?email=ada@example.org").status_code == 403
    assert Signer(rooms, "foyer-owner").call("GET", "customers?email=ada@example.org").status_code == 200


# Limits


def test_ticket_subscriptions_are_not_sold_by_agents(rooms: Visitor, agent: Signer) -> None:
    sets = rooms.get("ticket-subscription-structures")[0]["pricingSets"]
    basket = made(agent)["id"]
    body = [{"pricingSetId": sets[0]["id"], "quantity": 1}]
    refused = agent.call("POST", f"baskets/{basket}/ticket-subscriptions", body)
    assert code(refused) == (400, "ExpressCheckoutOnly")
    assert rooms.post("basket/ticket-subscriptions", body).status_code == 200, (
        "the visitor's basket takes them"
    )


def test_a_basket_of_somebody_else_is_not_there(rooms: Visitor, agent: Signer) -> None:
    other, owner = Signer(rooms, "tideline-agent"), Signer(rooms, "foyer-owner")
    mine = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 1})["id"]
    for stranger in (other, owner):
        assert stranger.call("GET", f"baskets/{mine}").status_code == 404
        assert stranger.call("POST", f"baskets/{mine}/confirm", {}).status_code == 404
    rooms.post("basket/tickets", [rooms.ticket(far(rooms, "Mud"))])
    for foreign in (rooms.get("basket")["id"], made(owner)["id"]):
        assert agent.call("GET", f"baskets/{foreign}").status_code == 404
    order = agent.call("POST", f"baskets/{mine}/confirm", {}).json()["id"]
    assert other.get("orders") == []
    assert other.call("GET", f"orders/{order}").status_code == 404


def test_a_basket_that_nobody_touches_times_out_and_gives_its_seats_back(
    rooms: Visitor, agent: Signer
) -> None:
    instance = far(rooms, "Salt")
    seat = rooms.seats(instance)[0]
    basket = made(agent, seat_ticket(rooms, instance, seat), ticketDelivery={"type": 1})["id"]
    rooms.control(f"/spektrix/saltmarsh/baskets/{basket}/expire", {})
    assert agent.call("POST", f"baskets/{basket}/confirm", {}).status_code == 404
    assert seat in rooms.seats(instance)
    assert rooms.books()["orders"] == []


def test_a_basket_is_confirmed_once(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 3})["id"]
    assert agent.call("POST", f"baskets/{basket}/confirm", {}).status_code == 200
    assert agent.call("POST", f"baskets/{basket}/confirm", {}).status_code == 404
    assert len(rooms.books()["orders"]) == 1


def test_a_confirmation_whose_answer_is_lost_is_found_among_the_orders(rooms: Visitor, agent: Signer) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 3})
    patched(agent, basket["id"], **{"attribute_Agent Reference": "F-2002"})
    rooms.fault(match="POST /*/api/v3/baskets/*/confirm", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        agent.call("POST", f"baskets/{basket['id']}/confirm", {})
    rooms.fault(name="orders_late")
    assert agent.get("orders") == [], "not listed yet"
    (order,) = agent.get("orders")
    assert (order["attribute_AgentReference"], order["total"]) == ("F-2002", basket["total"])
    assert agent.call("GET", f"baskets/{basket['id']}").status_code == 404, (
        "so it is not to be confirmed again"
    )


@pytest.mark.parametrize("name", ["credit_used_up", "confirm_refused"])
def test_a_confirmation_that_is_refused_leaves_the_basket_as_it_is(
    rooms: Visitor, agent: Signer, name: str
) -> None:
    basket = made(agent, rooms.ticket(far(rooms, "Mud")), ticketDelivery={"type": 3})
    rooms.fault(name=name)
    assert agent.call("POST", f"baskets/{basket['id']}/confirm", {}).status_code == 400
    assert agent.get(f"baskets/{basket['id']}")["tickets"] == basket["tickets"]
    assert rooms.books()["orders"] == []


# What signed callers see


def test_an_agent_sees_internal_attributes_hidden_events_and_its_allocation(
    rooms: Visitor, agent: Signer
) -> None:
    public = rooms.event("Salt")
    signed = next(event for event in agent.get("events") if event["id"] == public["id"])
    assert "attribute_SettlementCode" not in public
    assert signed["attribute_SettlementCode"] == "SAR17"
    assert "Agents' evening" in {event["name"] for event in agent.get("events")}
    assert "Agents' evening" not in {event["name"] for event in rooms.get("events")}
    instance = far(rooms, "Salt")
    assert "attribute_SettlementNumber" in agent.get(f"instances/{instance['id']}")
    path = f"instances/{instance['id']}/status?includeChildPlans=true&includeLockInformation=true"
    mine, theirs = agent.get(path), rooms.get(path)
    names = {entry["lockType"]["name"]: entry["quantity"] for entry in mine["lockInfoAvailable"]}
    assert names["Agency allocation"] == 4
    assert mine["available"] == theirs["available"] + 4


def test_the_agents_allocation_is_sold_to_an_agent_and_to_nobody_else(rooms: Visitor, agent: Signer) -> None:
    instance = far(rooms, "Salt")
    detail = agent.get(f"instances/{instance['id']}/status/detail?includeChildPlans=true")
    seat = next(
        seat
        for seat, entry in detail.items()
        if entry["lockType"] == "Agency allocation" and entry["status"] == "A"
    )
    ticket = seat_ticket(rooms, instance, seat)
    assert rooms.post("basket/tickets", [ticket]).status_code == 409
    assert len(made(agent, ticket)["tickets"]) == 1
