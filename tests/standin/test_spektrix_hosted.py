"""Hosted pages of the imitated Spektrix without a script, and what can go wrong on the wire."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from tests.standin.spektrix_caller import CARD, Visitor

EVENSONG = "Evensong for Machines"


def number(text: str) -> str:
    return text.partition("A")[0]


def full(visitor: Visitor) -> dict[str, Any]:
    """A basket with a ticket in it; the instance."""
    instance = visitor.instances(EVENSONG)[0]
    assert visitor.post("basket/tickets", [visitor.ticket(instance)]).ok
    return instance


def said(page: requests.Response) -> str:
    found = BeautifulSoup(page.text, "html.parser").select_one(".spx-validation-errorlist")
    return found.get_text(" ") if found else ""


def contents(page: requests.Response) -> tuple[dict[str, Any], str]:
    """What the page is going to tell its parent: the basket and its hash."""
    tag = BeautifulSoup(page.text, "html.parser").find(id="spektrix-basket")
    assert tag is not None
    return json.loads(tag.text), str(tag["data-hash"])


# Choosing


def test_unreserved_tickets_are_chosen_by_type_and_lie_in_the_same_basket_as_the_apis(quay: Visitor) -> None:
    instance = quay.instances("Salt & Brass")[0]
    page = quay.page("ChooseSeats.aspx", EventInstanceId=number(instance["id"]), resize="true")
    assert "(inc. £1.00 cmsn)" in page.text
    assert "Salt & Brass" in BeautifulSoup(page.text, "html.parser").get_text()
    done = quay.send(page, n_3302_1="2", n_3303_2="1")
    assert done.url.endswith("Basket2.aspx?resize=true")
    tickets = quay.get("basket")["tickets"]
    assert [ticket["planName"] for ticket in tickets] == ["Floor", "Floor", "Gallery"]


def test_seats_are_chosen_one_by_one_and_their_types_afterwards(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    seats = [number(seat) for seat in quay.seats(instance)[:2]]
    page = quay.page("chooseseats.aspx", eventinstanceid=number(instance["id"]))
    assert page.text.count('class="SeatingArea"') == 4
    edit = quay.send(page, seat=seats)
    assert "EditTickets.aspx" in edit.url
    names = re.findall(r'name="(type_\d+)"', edit.text)
    basket = quay.send(edit, **{names[0]: "3"})
    assert "Basket2.aspx" in basket.url
    assert "Under 16" in basket.text
    assert len(quay.get("basket")["tickets"]) == 2
    again = Visitor(quay.app)
    page = again.page("ChooseSeats.aspx", EventInstanceId=number(instance["id"]))
    assert f'value="{seats[0]}"' not in page.text
    assert "no longer available" in said(again.send(page, seat=seats[:1]))


def test_an_instance_is_found_by_its_web_id_as_well(quay: Visitor) -> None:
    instance = quay.instances("Harbour Choir Open Stage")[0]
    assert quay.page("ChooseSeats.aspx", WebInstanceId=instance["webInstanceId"]).ok
    assert quay.page("ChooseSeats.aspx", WebInstanceId="no-such").status_code == 404
    assert quay.page("ChooseSeats.aspx", EventInstanceId="12345").status_code == 404
    assert quay.page("ChooseSeats.aspx", EventInstanceId=instance["id"]).status_code == 404, (
        "the number alone"
    )


def test_from_the_list_of_events_a_visitor_comes_to_the_choice_of_seats(quay: Visitor) -> None:
    listed = BeautifulSoup(quay.page("EventList.aspx", resize="true").text, "html.parser")
    link = next(a for a in listed.find_all("a") if a.text == "Salt & Brass")
    details = quay.http.get(quay.host + str(link["href"]))
    assert details.url.endswith("EventDetails.aspx?resize=true&EventId=34301")
    first = BeautifulSoup(details.text, "html.parser").select_one("li a")
    assert first is not None
    assert "ChooseSeatsHeading" in quay.http.get(quay.host + str(first["href"])).text
    web = quay.event("Harbour Choir Open Stage")["webEventId"]
    assert "Harbour Choir" in quay.page("EventDetails.aspx", WebEventId=web).text
    assert "cancelled" in quay.page("EventDetails.aspx", EventId="35101").text
    assert quay.page("EventDetails.aspx", EventId="36001").status_code == 404, "hidden"


def test_choosing_nothing_or_what_is_gone_says_so(quay: Visitor) -> None:
    page = quay.page("ChooseSeats.aspx", EventInstanceId=number(quay.instances(EVENSONG)[0]["id"]))
    assert "at least one" in said(quay.send(page))
    sold = quay.page(
        "ChooseSeats.aspx", EventInstanceId=number(quay.instances("Last Ferry to Clevedon")[0]["id"])
    )
    assert "Sold out" in sold.text


# The basket


def test_lines_are_taken_out_and_a_code_is_used_on_the_basket_page(quay: Visitor) -> None:
    full(quay)
    page = quay.page("Basket2.aspx")
    assert BeautifulSoup(page.text, "html.parser").select_one("h1.BasketHeading")
    assert "not valid" in said(quay.send(page, promo="WRONG"))
    quay.send(page, promo="DOCKER10")
    assert quay.get("basket")["promoCode"] == "DOCKER10"
    line = re.search(r'name="remove" value="([^"]+)"', page.text)
    assert line is not None
    gone = quay.http.post(page.url, data={"remove": line.group(1)})
    assert "Your basket is empty" in gone.text


def test_checkout_leads_to_the_sites_own_page_where_the_venue_set_one(quay: Visitor) -> None:
    full(quay)
    link = BeautifulSoup(quay.page("Basket2.aspx").text, "html.parser").select_one(".CheckoutLink")
    assert link is not None
    assert link["href"] == "/spektrix/lanternquay/website/secure/checkout/v2"
    quay.settings(checkout_url="http://127.0.0.1:8000/pay")
    link = BeautifulSoup(quay.page("Basket2.aspx").text, "html.parser").select_one(".CheckoutLink")
    assert link is not None
    assert (link["href"], link["target"]) == ("http://127.0.0.1:8000/pay", "_top")


def test_other_things_are_sold_on_pages_of_their_own(quay: Visitor) -> None:
    quay.send(quay.page("Donations.aspx"), amount="12.50")
    quay.send(quay.page("Merchandise.aspx"), reference="For Ada")
    quay.send(quay.page("Memberships.aspx"))
    quay.send(quay.page("GiftVouchers.aspx"), amount="20")
    stays = quay.send(quay.page("TicketSubscriptions"), quantity="2")
    assert "TicketSubscriptions" in stays.url
    basket = quay.get("basket")
    kinds = (
        "donations",
        "merchandiseItems",
        "membershipSubscriptions",
        "giftVouchers",
        "ticketSubscriptions",
    )
    assert [len(basket[kind]) for kind in kinds] == [1, 1, 1, 1, 2]
    assert "already has" in said(quay.send(quay.page("Memberships.aspx")))


def test_logging_in_on_the_page_logs_the_session_in(quay: Visitor) -> None:
    assert "not right" in said(
        quay.send(quay.page("LoginLogout.aspx"), email="ada@example.org", password="x")
    )
    quay.send(quay.page("LoginLogout.aspx"), email="ada@example.org", password="lamplight")
    assert quay.get("customer")["firstName"] == "Ada"
    quay.send(quay.page("LoginLogout.aspx"))
    quay.http.post(quay.page("LoginLogout.aspx").url, data={"out": "1"})
    assert quay.call("GET", "customer").status_code == 401


# Paying


def test_every_page_carries_the_basket_and_its_hash_for_the_parent(quay: Visitor) -> None:
    empty, mark = contents(quay.page("Basket2.aspx"))
    assert (empty["tickets"], mark) == ([], "NotLoggedIn")
    full(quay)
    for path in ("Basket2.aspx", "secure/checkout/v2", "secure/Checkout.aspx", "LoginLogout.aspx"):
        told, mark = contents(quay.page(path))
        assert mark == told["hash"] == quay.get("basket")["hash"]
        assert len(told["tickets"]) == 1
    told, mark = contents(quay.check_out())
    assert (told["tickets"], mark) == ([], "NotLoggedIn")


def test_the_confirmation_fills_its_own_data_layer(quay: Visitor) -> None:
    instance = full(quay)
    fund = quay.get("funds")[0]["id"]
    quay.post("basket/donations", [{"fundId": fund, "amount": 5}])
    page = quay.check_out()
    assert page.url.endswith("/secure/checkout/v2/orderconfirmation")
    found = re.search(r"dataLayer\.push\((.+?)\);</script>", page.text)
    assert found is not None
    layer = json.loads(found.group(1))
    (order,) = quay.books()["orders"]
    assert layer["transactionId"] == layer["ecommerce"]["transaction_id"] == order["id"]
    assert re.fullmatch(r"\d\d-[A-Z]{2}-\d\d[0-9A-Z]{2}", order["id"])
    assert round(layer["transactionTotal"] * 100) == order["total"]
    skus = [product["sku"] for product in layer["transactionProducts"]]
    assert re.fullmatch(rf"T34201I{number(instance['id'])}-1P\d+", skus[0])
    assert skus[1] == "D101"
    assert {
        "item_id",
        "item_name",
        "item_category",
        "item_category2",
        "item_category3",
        "item_variant",
    } <= set(layer["ecommerce"]["items"][0])


def test_what_costs_nothing_is_confirmed_without_a_card(quay: Visitor) -> None:
    instance = quay.instances("Open Rehearsal: The Tidewaiter's Daughter")[0]
    assert quay.post("basket/tickets", [quay.ticket(instance)]).ok
    done = quay.check_out(number="", expiry="", cvc="")
    assert done.url.endswith("orderconfirmation")
    (order,) = quay.books()["orders"]
    assert (order["total"], order["means"]) == (0, "None")


def test_the_classic_checkout_takes_everything_on_one_page_but_no_subscription(quay: Visitor) -> None:
    full(quay)
    form = {"email": "kay@example.org", "firstName": "Kay", "lastName": "Old", **CARD}
    page = quay.page("secure/Checkout.aspx")
    assert "first and last name" in said(quay.send(page, email="kay@example.org"))
    done = quay.send(page, **form)
    assert done.url.endswith("/secure/OrderConfirmation.aspx")
    assert quay.books()["orders"][0]["email"] == "kay@example.org"
    pricing = quay.get("ticket-subscription-structures")[0]["pricingSets"][0]["id"]
    quay.post("basket/ticket-subscriptions", [{"pricingSetId": pricing, "quantity": 2}])
    assert "express checkout" in said(quay.page("secure/Checkout.aspx"))
    assert quay.check_out().url.endswith("orderconfirmation")


def test_a_step_cannot_be_left_out(quay: Visitor) -> None:
    full(quay)
    assert quay.page("secure/checkout/v2/payment").url.endswith("startcheckoutlogin")
    quay.send(quay.page("secure/checkout/v2"), email="x@example.org")
    assert quay.page("secure/checkout/v2/payment").url.endswith("personaldetails")
    assert "e-mail" in said(quay.send(quay.page("secure/checkout/v2"), email="nobody"))


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"number": "4000000000009995"}, "declined"),
        ({"cvc": "999"}, "declined"),
        ({"expiry": "12/20"}, "expiry"),
        ({"number": "12"}, "card number"),
    ],
)
def test_a_card_that_is_not_good_charges_nothing(quay: Visitor, card: dict[str, str], words: str) -> None:
    full(quay)
    assert words in said(quay.check_out(**card))
    assert quay.books()["orders"] == []
    assert quay.check_out().url.endswith("orderconfirmation")


def test_a_basket_that_timed_out_cannot_be_paid(quay: Visitor) -> None:
    full(quay)
    quay.advance(21 * 60)
    page = quay.page("secure/checkout/v2/payment")
    assert "timed out" in page.text
    assert quay.books()["tickets"] == []


def test_order_attributes_of_the_api_are_on_the_order_unless_the_checkout_asks_for_its_own(
    quay: Visitor,
) -> None:
    for asks, expected in ((0, "Ramp"), (1, "")):
        quay.settings(checkout_attributes=asks)
        full(quay)
        quay.call("PATCH", "basket", {"attribute_Access Requirements": "Ramp"})
        quay.check_out(f"o{asks}@example.org")
        code = quay.books()["orders"][-1]["id"]
        quay.post("customer/deauthenticate")
        quay.post("customer", {"email": f"r{asks}@example.org", "firstName": "R", "lastName": "R"})
        with quay.app.env.store.connect() as connection:
            body = connection.execute("SELECT body FROM spk_orders WHERE id = ?", (code,)).fetchone()["body"]
        assert json.loads(body)["attribute_AccessRequirements"] == expected


def test_a_member_who_buys_is_a_member_afterwards(quay: Visitor) -> None:
    membership = quay.get("memberships")[0]["id"]
    quay.post("customer", {"email": "m@example.org", "firstName": "M", "lastName": "M", "password": "pw-1"})
    quay.post("basket/membership-subscriptions", [{"membership": membership}])
    assert quay.check_out("m@example.org").url.endswith("orderconfirmation")
    again = quay.post("basket/membership-subscriptions", [{"membership": membership}])
    assert "can be renewed from" in again.json()["problems"][0]


def test_the_height_script_is_served_and_a_stylesheet_is_not_there(quay: Visitor) -> None:
    script = quay.page("scripts/integrate.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "SpektrixIFrame" in script.text
    assert quay.http.get(f"{quay.host}/spektrix/lanternquay/resources/shop.css").status_code == 404


# Faults


def test_in_the_queue_one_is_let_in_after_some_polls_and_leaves_it_with_the_order(quay: Visitor) -> None:
    quay.settings(onsale=1)
    instance = quay.instances("The Queue")[0]
    body = [{"instance": instance["id"], "seat": quay.seats(instance)[0], "type": quay.type(instance)}]
    refused = quay.post("basket/tickets", body)
    assert refused.status_code == 400
    said_so = refused.json()
    assert said_so["code"] == "JoinQueue"
    assert said_so["eventInstanceId"] == instance["id"]
    assert said_so["joinQueue"] == f"/api/v3/basket/queue/{instance['id']}"
    places = [quay.post(f"basket/queue/{instance['id']}").json()["position"] for _ in range(3)]
    assert places == [80, 40, 0]
    assert quay.post("basket/tickets", body).ok
    assert quay.post("basket/tickets", [quay.ticket(quay.instances(EVENSONG)[0])]).ok, "others have no queue"
    quay.check_out()
    body[0]["seat"] = quay.seats(instance)[0]
    assert quay.post("basket/tickets", body).json()["code"] == "JoinQueue", "to the back again"


def test_with_something_in_the_basket_one_cannot_join(quay: Visitor) -> None:
    instance = full(quay)
    quay.fault(name="queue")
    assert quay.post("basket/tickets", [quay.ticket(instance)]).json()["code"] == "JoinQueue"
    assert quay.post(f"basket/queue/{instance['id']}").json()["code"] == "BasketNotEmpty"
    assert len(quay.get("basket")["tickets"]) == 1


def test_the_bot_guard_answers_html_with_403_and_no_leave_to_read_it(quay: Visitor) -> None:
    quay.fault(name="forbidden_html")
    answer = quay.call("GET", "basket", headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert quay.call("GET", "basket").ok
    quay.http.headers["User-Agent"] = "python-requests/2.32"
    assert quay.post("basket/clear").status_code == 403
    assert quay.call("GET", "basket").ok, "reading is let through"


def test_sold_out_and_taken_seats_can_be_ordered(quay: Visitor) -> None:
    instance = quay.instances(EVENSONG)[0]
    quay.fault(name="sold_out", where={"instance": instance["id"]})
    assert "not enough" in quay.post("basket/tickets", [quay.ticket(instance)]).json()["problems"][0]
    quay.fault(name="seat_taken")
    assert quay.post("basket/tickets", [quay.ticket(instance)]).status_code == 409
    assert quay.post("basket/tickets", [quay.ticket(instance)]).ok


def test_seat_detail_can_be_something_that_is_not_json(quay: Visitor) -> None:
    instance = quay.instances("Empty House")[0]
    quay.fault(name="seat_detail_text")
    answer = quay.call("GET", f"instances/{instance['id']}/status/detail")
    assert answer.ok
    with pytest.raises(ValueError, match=r"Expecting|Extra"):
        answer.json()


def test_too_many_calls_are_told_when_to_come_back(quay: Visitor) -> None:
    quay.fault(match="GET /lanternquay/api/v3/events", kind="too_many", seconds=7)
    answer = quay.call("GET", "events")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert quay.call("GET", "events").ok


def test_a_lost_answer_has_done_the_work(quay: Visitor) -> None:
    instance = quay.instances(EVENSONG)[0]
    quay.call("GET", "basket")
    quay.fault(match="POST /*/api/v3/basket/tickets", kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        quay.post("basket/tickets", [quay.ticket(instance)])
    assert len(quay.get("basket")["tickets"]) == 1


def test_paid_but_never_told(quay: Visitor) -> None:
    full(quay)
    quay.fault(name="no_confirmation")
    assert quay.check_out().status_code == 503
    assert len(quay.books()["orders"]) == 1
    assert quay.get("basket")["tickets"] == []


def test_a_payment_can_be_declined_by_order(quay: Visitor) -> None:
    full(quay)
    quay.fault(name="checkout_declines")
    assert "declined" in said(quay.check_out())
    assert quay.check_out().url.endswith("orderconfirmation")


# Controls


def test_the_controls_change_an_instance_and_take_it_back(quay: Visitor) -> None:
    instance = quay.instances(EVENSONG)[0]
    path = f"/spektrix/lanternquay/instances/{instance['id']}"
    quay.control(path, {"sold_out": True})
    assert quay.get(f"instances/{instance['id']}/status")["available"] == 0
    quay.control(path, {"sold_out": None, "cancelled": True})
    assert quay.get(f"instances/{instance['id']}")["cancelled"] is True
    quay.control(path, {"cancelled": None, "off_sale": True})
    assert quay.get(f"instances/{instance['id']}")["isOnSale"] is False
    quay.control(path, {"off_sale": None, "price_change": 100})
    dear = quay.get(f"instances/{instance['id']}/price-list")["prices"][0]["amount"]
    quay.control(path, {"price_change": None, "removed": True})
    assert quay.call("GET", f"instances/{instance['id']}").status_code == 404
    quay.control(path, {"removed": None})
    assert quay.get(f"instances/{instance['id']}/price-list")["prices"][0]["amount"] == dear - 1


def test_the_controls_change_an_event(quay: Visitor) -> None:
    event = quay.event(EVENSONG)["id"]
    quay.control(f"/spektrix/lanternquay/events/{event}", {"name": "Evensong, Renamed"})
    assert quay.get(f"events/{event}")["name"] == "Evensong, Renamed"
    quay.control(f"/spektrix/lanternquay/events/{event}", {"removed": True})
    assert quay.call("GET", f"events/{event}").status_code == 404
    assert all(each["event"]["id"] != event for each in quay.get("instances"))


def test_a_basket_is_timed_out_from_the_controls_and_a_reset_forgets_everything(quay: Visitor) -> None:
    full(quay)
    quay.control(f"/spektrix/lanternquay/baskets/{quay.get('basket')['id']}/expire", {})
    assert quay.get("basket")["tickets"] == []
    full(quay)
    quay.check_out()
    quay.control("/reset", {"world": "spektrix"})
    books = quay.books()
    assert (books["orders"], books["tickets"], books["lines"]) == ([], [], [])
    quay.http.cookies.clear()
    assert quay.post("customer/authenticate", {"email": "ada@example.org", "password": "lamplight"}).ok


def test_the_journal_keeps_calls_without_cookies_signatures_and_cards(quay: Visitor) -> None:
    full(quay)
    cookie = next(each.value for each in quay.http.cookies if each.name == "SpektrixSession")
    quay.check_out()
    text = json.dumps(quay.control("/journal?world=spektrix"))
    assert "/spektrix/lanternquay/api/v3/basket/tickets" in text
    assert "4000000000000002" not in text
    requests_only = [{**call, "response": ""} for call in json.loads(text)["calls"]]
    assert str(cookie) not in json.dumps(requests_only)


def test_the_control_page_shows_the_world(quay: Visitor) -> None:
    full(quay)
    quay.check_out("page@example.org")
    page = quay.http.get("http://stand-in.test/_standin/").text
    for words in ("Spektrix: queue", "Change an instance", "foyer-owner (owner)", "page@example.org"):
        assert words in page


@pytest.mark.parametrize("body", ['{"tickets', "[]", '"text"', "[1, 2]", "null"])
def test_a_body_that_is_no_list_of_objects_is_refused_in_words(quay: Visitor, body: str) -> None:
    for path in ("basket/tickets", "basket/donations", "basket/merchandise", "basket/tickets/best-available"):
        answer = quay.http.post(quay.url(path), data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["message"]
