"""The imitated Spektrix's basket of the current session, from "Adding Items to the Basket" and the help pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standin.spektrix_caller import Visitor


def amounts(visitor: Visitor) -> tuple[Any, int]:
    basket = visitor.get("basket")
    return basket["total"], len(basket["tickets"])


def problem(answer: Any) -> str:
    assert answer.status_code in {400, 409}, answer.text
    return str((answer.json().get("problems") or [answer.json()["message"]])[0])


def two_areas(visitor: Visitor) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    instance = visitor.instances("Salt & Brass")[0]
    return instance, visitor.get(f"instances/{instance['id']}/plan")["areas"]


# Tickets


def test_a_post_answers_with_all_tickets_and_not_the_new_ones_alone(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    assert len(quay.post("basket/tickets", [quay.ticket(instance)]).json()) == 1
    assert len(quay.post("basket/tickets", [quay.ticket(instance)]).json()) == 2
    assert len(quay.get("basket/tickets")) == 2


def test_a_ticket_says_what_it_costs_before_and_after_commission(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    (ticket,) = quay.post("basket/tickets", [quay.ticket(instance)]).json()
    price = next(
        p for p in quay.get(f"instances/{instance['id']}/price-list")["prices"] if p["isBandDefault"]
    )
    assert ticket["total"] == price["amount"]
    assert ticket["price"] == price["amount"] - 1
    assert [item["amount"] for item in ticket["customItems"]] == [1]
    assert ticket["type"] == ticket["ticketType"]
    assert (ticket["seatName"], ticket["planName"]) == ("", "Studio")


def test_the_old_name_of_the_type_is_understood(quay: Visitor) -> None:
    ticket = quay.ticket(quay.instances("Evensong for Machines")[0])
    ticket["ticketType"] = ticket.pop("type")
    assert quay.post("basket/tickets", [ticket]).ok


def test_a_plan_with_areas_is_booked_by_its_area_and_never_itself(quay: Visitor) -> None:
    instance, (floor, gallery) = two_areas(quay)
    assert "cannot be booked itself" in problem(quay.post("basket/tickets", [quay.ticket(instance)]))
    tickets = quay.post("basket/tickets", [quay.ticket(instance, a["id"]) for a in (floor, gallery)]).json()
    assert [ticket["planName"] for ticket in tickets] == ["Floor", "Gallery"]
    assert tickets[0]["price"] < tickets[1]["price"], "areas have bands of their own"


def test_a_reserved_area_is_booked_by_seat(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    seat = quay.seats(instance)[0]
    body = {"instance": instance["id"], "seat": seat, "type": quay.type(instance)}
    (ticket,) = quay.post("basket/tickets", [body]).json()
    assert ticket["seat"]["id"] == seat
    assert ticket["seatName"]
    detail = quay.get(f"instances/{instance['id']}/status/detail", includeChildPlans="true")
    assert detail[seat]["status"] == "U"
    other = Visitor(quay.app)
    assert other.post("basket/tickets", [body]).status_code == 409
    stalls = quay.get(f"instances/{instance['id']}/plan")["areas"][0]
    assert "seat is required" in problem(quay.post("basket/tickets", [quay.ticket(instance, stalls["id"])]))


def test_a_group_plan_takes_seats_and_standing_places_in_one_array(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    standing = quay.get(f"instances/{instance['id']}/plan")["areas"][2]
    body = [
        {"instance": instance["id"], "seat": quay.seats(instance)[0], "type": quay.type(instance)},
        quay.ticket(instance, standing["id"]),
    ]
    assert [ticket["planName"] for ticket in quay.post("basket/tickets", body).json()] == [
        "Stalls",
        "Standing",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seat": "3310001A"}, "cannot both"),
        ({"seatingPlan": None}, "Either seat or seatingPlan"),
        ({"type": None}, "type is required"),
        ({"instance": "nonsense"}, "not a valid id"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_added(
    quay: Visitor, changes: dict[str, Any], words: str
) -> None:
    ticket = {**quay.ticket(quay.instances("Evensong for Machines")[0]), **changes}
    assert words in problem(quay.post("basket/tickets", [ticket]))
    assert quay.get("basket")["tickets"] == []


def test_a_ticket_type_that_is_not_in_the_price_list_is_refused(quay: Visitor) -> None:
    instance = quay.instances("Small Boats, Big Moon")[0]
    other = next(kind["id"] for kind in quay.get("ticket-types") if kind["name"] == "Harbour Resident")
    answer = quay.post("basket/tickets", [{**quay.ticket(instance), "type": other}])
    assert "ticket type is not available" in problem(answer)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Last Ferry to Clevedon", "not enough tickets"),
        ("Archive Night", "not on sale"),
        ("The Carpenter's Ear", "not on sale"),
    ],
)
def test_one_that_cannot_be_had_refuses_the_whole_array(quay: Visitor, name: str, words: str) -> None:
    good, bad = quay.instances("Evensong for Machines")[0], quay.instances(name)[0]
    body = [quay.ticket(good), {"instance": bad["id"], "seatingPlan": bad["planId"], "type": quay.type(bad)}]
    if name == "Archive Night":
        body[1] = {"instance": bad["id"], "seat": quay.seats(bad)[0], "type": quay.type(bad)}
    assert words in problem(quay.post("basket/tickets", body))
    assert quay.get("basket")["tickets"] == []
    assert quay.get(f"instances/{good['id']}/status")["inBasket"] == 0


def test_a_cancelled_instance_and_one_whose_sale_has_not_begun_are_refused(quay: Visitor) -> None:
    event = quay.event("The Cancelled Regatta")
    listed = quay.get(f"events/{event['id']}/instances", start_from="2027-01-14")
    off = next(each for each in listed if each["cancelled"])
    floor = quay.get(f"instances/{off['id']}/plan")["areas"][0]
    assert "cancelled" in problem(quay.post("basket/tickets", [quay.ticket(off, floor["id"])]))
    soon = quay.instances("The Winter List")[0]
    assert "not on sale" in problem(quay.post("basket/tickets", [quay.ticket(soon)]))


def test_the_last_places_cannot_be_had_twice(quay: Visitor) -> None:
    instance = quay.instances("Clay on a Wheel")[0]
    left = quay.get(f"instances/{instance['id']}/status")["available"]
    assert quay.post("basket/tickets", [quay.ticket(instance)] * left).ok
    other = Visitor(quay.app)
    assert "not enough" in problem(other.post("basket/tickets", [other.ticket(instance)]))
    assert other.get(f"instances/{instance['id']}/status")["available"] == 0
    assert quay.post("basket/clear").json()["tickets"] == []
    assert other.post("basket/tickets", [other.ticket(instance)]).ok


def test_put_takes_the_place_of_all_tickets(quay: Visitor) -> None:
    first, second = quay.instances("Evensong for Machines")[:2]
    quay.post("basket/tickets", [quay.ticket(first)] * 3)
    (ticket,) = quay.call("PUT", "basket/tickets", [quay.ticket(second)]).json()
    assert ticket["instance"]["id"] == second["id"]
    assert quay.get(f"instances/{first['id']}/status")["inBasket"] == 0


def test_sub_objects_come_when_asked(quay: Visitor) -> None:
    quay.post("basket/tickets", [quay.ticket(quay.instances("Evensong for Machines")[0])])
    (ticket,) = quay.get("basket", **{"$expand": "tickets/event,tickets/instance"})["tickets"]
    assert ticket["event"]["name"] == "Evensong for Machines"
    assert ticket["instance"]["start"]
    assert set(quay.get("basket")["tickets"][0]["event"]) == {"id"}


# Best available


def test_best_available_takes_seats_by_quantity_and_says_which(quay: Visitor) -> None:
    instance = quay.instances("Empty House")[0]
    looked = quay.get(f"instances/{instance['id']}/best-available", quantity=2)
    tickets = quay.post("basket/tickets/best-available", {"instance": instance["id"], "quantity": 2}).json()
    assert [ticket["seat"]["id"] for ticket in tickets] == [seat["id"] for seat in looked]
    assert [ticket["seatName"] for ticket in tickets] == ["A1", "A2"]


def test_best_available_keeps_to_bands_and_areas(quay: Visitor) -> None:
    instance = quay.instances("Circus Without a Net")[0]
    areas = quay.get(f"instances/{instance['id']}/plan")["areas"]
    circle = areas[1]
    band = next(
        p["priceBand"]["id"]
        for p in quay.get(f"instances/{instance['id']}/price-list")["prices"]
        if p["priceBand"]["name"] == "Band C"
    )
    body = {"instance": instance["id"], "quantity": 1, "areas": [circle["id"]], "bands": [band]}
    (ticket,) = quay.post("basket/tickets/best-available", body).json()
    assert (ticket["planName"], ticket["band"]["id"]) == ("Circle Right", band)


def test_distancing_keeps_away_from_seats_that_are_taken(quay: Visitor) -> None:
    instance = quay.instances("The Moth Ball")[0]
    names: dict[str, str] = {}
    areas = quay.get(f"instances/{instance['id']}/plan")["areas"]
    for area in (areas[0], *areas[1]["areas"]):
        names.update({seat["id"]: f"{area['name']} {seat['row']}{seat['number']}" for seat in area["seats"]})
    before = quay.get(f"instances/{instance['id']}/status/detail", includeChildPlans="true")
    free = {names[seat] for seat, entry in before.items() if entry["status"] != "U"}
    tickets = quay.post("basket/tickets/best-available", {"instance": instance["id"], "quantity": 2}).json()
    for ticket in tickets:
        row, number = ticket["seatName"][0], int(ticket["seatName"][1:])
        for beside in (number - 1, number + 1):
            name = f"{ticket['planName']} {row}{beside}"
            aisle = {number, beside} == {9, 10} and ticket["planName"] == "Stalls"
            assert name not in names.values() or name in free or aisle


def test_best_available_is_refused_where_the_instance_does_not_sell_so(quay: Visitor) -> None:
    instance = quay.instances("The Cartographer")[0]
    assert instance["hasBestAvailableOverlay"] is False
    answer = quay.post("basket/tickets/best-available", {"instance": instance["id"], "quantity": 2})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Best Available Seats not possible for this event instance"


# Attributes


def test_a_ticket_attribute_is_written_under_its_label_and_read_under_its_key(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    first, second = quay.post("basket/tickets", [quay.ticket(instance)] * 2).json()
    one = quay.call("PATCH", f"basket/tickets/{first['id']}", {"attribute_Registrant Meal Choice": "Soup"})
    assert one.json()["attribute_RegistrantMealChoice"] == "Soup"
    wrong = {"attribute_RegistrantMealChoice": "Fish", "attribute_registrant meal choice": "Fish"}
    quay.call("PATCH", f"basket/tickets/{second['id']}", [wrong])
    read = {ticket["id"]: ticket["attribute_RegistrantMealChoice"] for ticket in quay.get("basket/tickets")}
    assert read == {first["id"]: "Soup", second["id"]: ""}
    quay.call("PATCH", "basket/tickets", {"Attribute_Registrant Name": "Ada"})
    assert {ticket["attribute_RegistrantName"] for ticket in quay.get("basket/tickets")} == {"Ada"}
    quay.call("PATCH", f"basket/tickets?ticketIds={second['id']}", {"attribute_Registrant Name": "Ben"})
    assert [t["attribute_RegistrantName"] for t in quay.get("basket/tickets")] == ["Ada", "Ben"]


def test_the_type_of_a_ticket_can_be_changed_and_its_price_follows(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    (ticket,) = quay.post("basket/tickets", [quay.ticket(instance)]).json()
    changed = quay.call(
        "PATCH", f"basket/tickets/{ticket['id']}", {"type": quay.type(instance, "Under 16")}
    ).json()
    assert changed["price"] == ticket["price"] / 2


def test_order_attributes_are_refused_on_an_empty_basket_and_kept_on_a_full_one(quay: Visitor) -> None:
    body = {"attribute_Access Requirements": "Ramp"}
    assert "empty basket" in problem(quay.call("PATCH", "basket", body))
    quay.post("basket/donations", [{"fundId": quay.get("funds")[0]["id"], "amount": 5}])
    assert quay.call("PATCH", "basket", body).json()["attribute_AccessRequirements"] == "Ramp"


# Other kinds


def test_a_donation_goes_to_a_fund_and_can_be_changed(quay: Visitor) -> None:
    fund = quay.get("funds")[0]
    (gift,) = quay.post(
        "basket/donations", [{"fundId": fund["id"], "amount": 7.5, "isAnonymous": True}]
    ).json()
    assert (gift["amount"], gift["fund"]["id"], gift["isAnonymous"]) == (7.5, fund["id"], True)
    quay.call("PATCH", f"basket/donations?donationIds={gift['id']}", {"amount": "10"})
    assert quay.get("basket")["total"] == 10
    unknown = quay.get("funds")[1]["id"]
    assert quay.call("PATCH", f"basket/donations?donationIds={unknown}", {"amount": 1}).status_code == 404
    for amount in (0, -5, "a lot", 1.005, None):
        assert quay.post("basket/donations", [{"fundId": fund["id"], "amount": amount}]).status_code == 400


def test_a_reference_has_thirty_characters_and_not_one_more(quay: Visitor) -> None:
    plate = next(each for each in quay.get("stock-items") if "plate" in each["name"])["id"]
    assert "30 characters" in problem(
        quay.post("basket/merchandise", [{"stockItem": plate, "reference": "x" * 31}])
    )
    (line,) = quay.post("basket/merchandise", [{"stockItem": plate, "reference": "é" * 30}]).json()
    assert line["reference"] == "é" * 30
    patched = quay.call("PATCH", f"basket/merchandise/{line['id']}", {"reference": "For Ada"})
    assert patched.json()["reference"] == "For Ada"


def test_the_stock_level_goes_down_and_an_empty_shelf_sells_nothing(quay: Visitor) -> None:
    poster = next(each for each in quay.get("stock-items") if each["stockLevel"] == 0)["id"]
    assert "out of stock" in problem(quay.post("basket/merchandise", [{"stockItem": poster}]))
    bag = next(each for each in quay.get("stock-items") if each["stockLevel"] == 35)["id"]
    assert len(quay.post("basket/merchandise", [{"stockItem": bag}] * 3).json()) == 3
    assert next(each for each in quay.get("stock-items") if each["id"] == bag)["stockLevel"] == 32
    assert "out of stock" in problem(Visitor(quay.app).post("basket/merchandise", [{"stockItem": bag}] * 33))


def test_a_second_membership_of_a_kind_is_refused_and_another_kind_is_not(quay: Visitor) -> None:
    first, second = (each["id"] for each in quay.get("memberships"))
    (line,) = quay.post("basket/membership-subscriptions", [{"membership": first, "autoRenew": True}]).json()
    assert line["autoRenew"] is True
    assert "already has a membership" in problem(
        quay.post("basket/membership-subscriptions", [{"membership": first}])
    )
    assert len(quay.post("basket/membership-subscriptions", [{"membership": second}]).json()) == 2
    both = [{"membership": first}, {"membership": first}]
    assert "already" in problem(Visitor(quay.app).post("basket/membership-subscriptions", both))


def test_a_membership_can_be_renewed_only_near_its_end(quay: Visitor) -> None:
    membership = quay.get("memberships")[0]
    assert quay.post("customer/authenticate", {"email": "ada@example.org", "password": "lamplight"}).ok
    assert "can be renewed from" in problem(
        quay.post("basket/membership-subscriptions", [{"membership": membership["id"]}])
    )
    ben = Visitor(quay.app)
    assert ben.post("customer/authenticate", {"email": "ben@example.org", "password": "lamplight"}).ok
    (line,) = ben.post("basket/membership-subscriptions", [{"membership": membership["id"]}]).json()
    assert (line["isRenewal"], line["price"]) == (True, membership["renewalPrice"])


def test_a_membership_in_the_basket_makes_tickets_cheaper(quay: Visitor) -> None:
    instance, membership = quay.instances("Evensong for Machines")[0], quay.get("memberships")[0]
    (ticket,) = quay.post("basket/tickets", [quay.ticket(instance)]).json()
    saved = quay.get("basket/potentialdiscount", membershipId=membership["id"])["totalDiscount"]
    quay.post("basket/membership-subscriptions", [{"membership": membership["id"]}])
    basket = quay.get("basket")
    assert basket["totalDiscount"] == saved == pytest.approx(ticket["price"] / 10)
    assert basket["tickets"][0]["total"] == pytest.approx(ticket["total"] - saved)


def test_ticket_subscriptions_come_in_quantities(quay: Visitor) -> None:
    pricing = quay.get("ticket-subscription-structures")[0]["pricingSets"][1]
    lines = quay.post("basket/ticket-subscriptions", [{"pricingSetId": pricing["id"], "quantity": 2}]).json()
    assert [(line["pricingSetName"], line["price"]) for line in lines] == [("Concession", 52)] * 2
    assert set(lines[0]) == {"id", "ticketSubscriptionStructureName", "pricingSetName", "price"}


def test_a_promo_code_is_checked_and_takes_its_share_off(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    quay.post("basket/tickets", [quay.ticket(instance)])
    before = quay.get("basket")
    assert "not valid" in problem(quay.call("PATCH", "basket", {"promoCode": "NOPE"}))
    after = quay.call("PATCH", "basket", {"promoCode": "docker10"}).json()
    assert after["promoCode"] == "DOCKER10"
    assert after["totalDiscount"] == pytest.approx(before["tickets"][0]["price"] / 10)
    assert [offer["name"] for offer in after["offers"]] == ["Dockers' Tenner"]
    assert quay.call("PATCH", "basket", {"promoCode": None}).json()["total"] == before["total"]


def test_four_tickets_of_one_event_unlock_the_offer_for_four(quay: Visitor) -> None:
    instance, (floor, _) = two_areas(quay)
    ticket = quay.ticket(instance, floor["id"])
    quay.post("basket/tickets", [ticket] * 3)
    assert quay.get("basket")["totalDiscount"] == 0
    quay.post("basket/tickets", [ticket])
    assert quay.get("basket")["totalDiscount"] > 0


def test_delivery_by_post_costs_once_for_tickets_and_for_each_thing(quay: Visitor) -> None:
    quay.post("basket/tickets", [quay.ticket(quay.instances("Evensong for Machines")[0])] * 2)
    quay.post("basket/merchandise", [{"stockItem": quay.get("stock-items")[1]["id"]}] * 2)
    before = quay.get("basket")
    fees = {option["type"]: option["fee"] for option in before["merchandiseDeliveryOptions"]}
    assert fees == {1: 0, 2: 7}
    posted = quay.call(
        "PATCH", "basket", {"ticketDelivery": {"type": 2}, "merchandiseDelivery": {"type": 2}}
    ).json()
    assert posted["total"] == before["total"] + 2.5 + 7
    assert (posted["ticketDelivery"]["fee"], posted["merchandiseDelivery"]["fee"]) == (2.5, 7)
    assert "by post" in quay.page("Basket2.aspx").text
    assert "not available" in problem(quay.call("PATCH", "basket", {"ticketDelivery": {"type": 3}}))


def test_a_gift_voucher_wants_an_address_when_it_goes_to_somebody_else(quay: Visitor) -> None:
    body = {"amount": 25, "deliveryType": "OtherEmail", "toName": "Bo", "fromName": "Al"}
    assert "deliveryEmailAddress" in problem(quay.post("basket/gift-vouchers", [body]))
    body["deliveryEmailAddress"] = "bo@example.org"
    (voucher,) = quay.post("basket/gift-vouchers", [body]).json()
    assert (voucher["amount"], voucher["toName"]) == (25, "Bo")
    assert quay.get("basket")["total"] == 25


# Taking out


def test_ids_are_taken_out_in_all_three_spellings(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    ids = [ticket["id"] for ticket in quay.post("basket/tickets", [quay.ticket(instance)] * 6).json()]
    queries = (
        f"ticketIds={ids[0]},{ids[1]}",
        f"ticketIds={ids[2]}&ticketIds={ids[3]}",
        f"ticketIds[]={ids[4]}&ticketIds%5B%5D={ids[5]}",
    )
    for left, query in zip((4, 2, 0), queries, strict=True):
        assert quay.call("DELETE", f"basket/tickets?{query}").status_code == 204
        assert len(quay.get("basket")["tickets"]) == left


def test_an_id_that_is_not_in_the_basket_takes_nothing_out(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    (mine,) = quay.post("basket/tickets", [quay.ticket(instance)]).json()
    (theirs,) = Visitor(quay.app).post("basket/tickets", [quay.ticket(instance)]).json()
    assert quay.call("DELETE", f"basket/tickets?ticketIds={mine['id']},{theirs['id']}").status_code == 404
    assert quay.call("DELETE", "basket/tickets?ticketids_=x").status_code == 400
    assert len(quay.get("basket")["tickets"]) == 1


def test_every_kind_is_taken_out_by_its_own_ids_and_clear_empties_all(quay: Visitor) -> None:
    fund, bag = quay.get("funds")[0]["id"], quay.get("stock-items")[1]["id"]
    pricing = quay.get("ticket-subscription-structures")[1]["pricingSets"][0]["id"]

    def fill() -> dict[str, str]:
        one = {
            "donations?donationIds": quay.post("basket/donations", [{"fundId": fund, "amount": 5}]),
            "merchandise?merchandiseItemIds": quay.post("basket/merchandise", [{"stockItem": bag}]),
            "membership-subscriptions?subscriptionIds": quay.post(
                "basket/membership-subscriptions", [{"membership": quay.get("memberships")[0]["id"]}]
            ),
            "ticket-subscriptions?subscriptionIds": quay.post(
                "basket/ticket-subscriptions", [{"pricingSetId": pricing, "quantity": 1}]
            ),
            "gift-vouchers?giftVoucherIds": quay.post("basket/gift-vouchers", [{"amount": 10}]),
        }
        return {path: answer.json()[0]["id"] for path, answer in one.items()}

    for path, text in fill().items():
        assert quay.call("DELETE", f"basket/{path}={text}").status_code == 204
    assert quay.get("basket")["total"] == 0
    fill()
    assert quay.get("basket")["total"] > 0
    assert quay.http.post(quay.url("basket/clear"), data=b"").ok
    basket = quay.get("basket")
    assert (basket["total"], basket["donations"], basket["merchandiseItems"]) == (0, [], [])


# Hash and time


def test_the_hash_changes_with_every_change_and_with_nothing_else(quay: Visitor) -> None:
    assert quay.get("basket")["hash"] == "NotLoggedIn"
    instance = quay.instances("Evensong for Machines")[0]
    (ticket,) = quay.post("basket/tickets", [quay.ticket(instance)]).json()
    seen = [quay.get("basket")["hash"]]
    assert quay.get("basket")["hash"] == seen[0]
    for step in (
        lambda: quay.call("PATCH", f"basket/tickets/{ticket['id']}", {"attribute_Over 18": True}),
        lambda: quay.call("PATCH", "basket", {"promoCode": "DOCKER10"}),
        lambda: quay.post("basket/donations", [{"fundId": quay.get("funds")[0]["id"], "amount": 5}]),
        lambda: quay.call("DELETE", f"basket/tickets?ticketIds={ticket['id']}"),
    ):
        assert step().ok
        seen.append(quay.get("basket")["hash"])
    assert len(set(seen)) == 5


def test_a_basket_that_times_out_gives_its_places_back(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    before = quay.get(f"instances/{instance['id']}/status")["available"]
    quay.post("basket/tickets", [quay.ticket(instance)] * 2)
    quay.advance(19 * 60)
    assert amounts(quay)[1] == 2
    quay.advance(61)
    assert quay.get(f"instances/{instance['id']}/status")["available"] == before
    assert amounts(quay) == (0, 0)
    assert quay.post("basket/tickets", [quay.ticket(instance)]).ok, "and one begins anew"


def test_a_change_begins_the_time_anew_and_a_look_does_not(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    quay.post("basket/tickets", [quay.ticket(instance)])
    quay.advance(15 * 60)
    quay.post("basket/tickets", [quay.ticket(instance)])
    quay.advance(15 * 60)
    assert amounts(quay)[1] == 2
    quay.advance(6 * 60)
    assert amounts(quay)[1] == 0


def test_a_call_without_a_cookie_holds_places_in_a_basket_nobody_finds_again(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    before = quay.get(f"instances/{instance['id']}/status")["available"]
    lost = Visitor(quay.app)
    lost.post("basket/tickets", [lost.ticket(instance)])
    lost.http.cookies.clear()
    assert amounts(lost) == (0, 0)
    assert quay.get(f"instances/{instance['id']}/status")["available"] == before - 1


# Customers


def test_a_visitor_keeps_addresses_and_nobody_else_sees_them(quay: Visitor) -> None:
    assert quay.call("GET", "customer/addresses").status_code == 401
    quay.post("customer/authenticate", {"email": "ada@example.org", "password": "lamplight"})
    assert quay.post("customer/addresses", {"line1": "1 Quay"}).status_code == 400
    made = quay.post(
        "customer/addresses", {"line1": "1 Quay", "postcode": "BS1 5ZZ", "isBilling": True}
    ).json()
    changed = quay.call("PATCH", f"customer/addresses/{made['id']}", {"town": "Bristol"}).json()
    assert changed == {**made, "town": "Bristol"}
    other = Visitor(quay.app)
    other.post("customer/authenticate", {"email": "ben@example.org", "password": "lamplight"})
    assert other.call("GET", f"customer/addresses/{made['id']}").status_code == 404
    assert quay.call("DELETE", f"customer/addresses/{made['id']}").status_code == 204
    assert quay.get("customer/addresses") == []


def test_a_magic_link_logs_in_once(quay: Visitor) -> None:
    assert (
        quay.post("customer/send-magic-link", {"emailAddress": "ada@example.org", "linkUrl": "x"}).status_code
        == 400
    )
    for email in ("ada@example.org", "nobody@example.org"):
        link = {"emailAddress": email, "linkUrl": "http://shop.example/in?t={token}"}
        assert quay.post("customer/send-magic-link", link).status_code == 204
    (mail,) = quay.books()["mails"]
    assert mail["url"] == f"http://shop.example/in?t={mail['token']}"
    assert (
        quay.post("customer/authenticate-magic-link", {"token": mail["token"]}).json()["firstName"] == "Ada"
    )
    assert quay.post("customer/authenticate-magic-link", {"token": mail["token"]}).status_code == 400


def test_a_password_is_changed_by_whoever_knows_the_old_one(quay: Visitor) -> None:
    quay.post("customer/authenticate", {"email": "cleo@example.org", "password": "lamplight"})
    assert (
        quay.post("customer/change-password", {"oldPassword": "x", "newPassword": "candle-1"}).status_code
        == 400
    )
    assert quay.post("customer/change-password", {"oldPassword": "lamplight", "newPassword": "candle-1"}).ok
    quay.post("customer/deauthenticate")
    assert quay.post("customer/authenticate", {"email": "cleo@example.org", "password": "candle-1"}).ok
    assert quay.post("customer/forgot-password?domain=shop.example", {"emailAddress": "cleo@example.org"}).ok
    assert [mail["kind"] for mail in quay.books()["mails"]] == ["password"]


def test_a_visitor_registers_logs_out_and_in_again(quay: Visitor) -> None:
    assert quay.call("GET", "customer").status_code == 401
    new = {"email": "Eve@Example.org", "firstName": "Eve", "lastName": "New", "password": "secret-1"}
    made = quay.post("customer?domain=shop.example", new)
    assert (made.status_code, made.json()["email"]) == (200, "eve@example.org")
    assert quay.get("basket")["customer"]["id"] == quay.get("customer")["id"]
    assert quay.post("customer/deauthenticate").ok
    assert quay.call("GET", "customer").status_code == 401
    again = quay.post("customer", new)
    assert (again.status_code, again.json()["message"]) == (400, "Duplicate Entry")
    wrong = quay.post("customer/authenticate", {"email": "eve@example.org", "password": "x"})
    assert wrong.status_code == 401
    assert quay.post("customer/authenticate", {"email": "eve@example.org", "password": "secret-1"}).ok
    assert quay.call("PATCH", "customer", {"GiftAidConfirmed": True}).json()["giftAidConfirmed"] is True
    statement = quay.get("statements")[0]["id"]
    assert [s["id"] for s in quay.post("customer/agreed-statements", [{"id": statement}]).json()] == [
        statement
    ]
