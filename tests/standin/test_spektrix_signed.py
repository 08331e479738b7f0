"""Signed calls of the imitated Spektrix: the signature, System Owner and Agent, and a client of somebody else's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from shop.standin.spektrix_signing import LOGINS, signature, text_to_sign
from shop.standin.transport import StandinAdapter
from tests.standin.spektrix_caller import NOON, Visitor
from tests.standin.spektrix_signer import Signer

SECRETS = {login.name: login.secret for login in LOGINS["lanternquay"]}


@pytest.fixture
def owner(quay: Visitor) -> Signer:
    return Signer(quay)


@pytest.fixture
def agent(quay: Visitor) -> Signer:
    return Signer(quay, "foyer-agent")


# The signature


def test_the_test_vector_comes_out() -> None:
    secret, date = "bm90LWEtcmVhbC1zZWNyZXQtMDAwMQ==", "Mon, 02 Mar 2026 09:30:00 GMT"
    root = "https://system.spektrix.com/demotheatre/api/v3"
    assert signature(secret, text_to_sign("GET", f"{root}/tags", date)) == "BIFEzGnAtHM7lzQ/Xk82IjOlXYY="
    body = b'{"email":"a@example.org","firstName":"Ada","lastName":"Example"}'
    text = text_to_sign("POST", f"{root}/customers", date, body)
    assert text.endswith("\nFtCb0AHMFoDpgiPttUn/Sg==")
    assert signature(secret, text) == "BPktjKYGqkRIHBYAaOJFHkn/qhI="


def test_a_signed_call_sees_what_the_public_does_not(quay: Visitor, owner: Signer) -> None:
    assert {group["name"] for group in owner.get("tag-groups")} == {"Interests", "Internal"}
    assert "Volunteer shift" in {event["name"] for event in owner.get("events")}
    instance = quay.instances("The Tidewaiter's Daughter")[0]["id"]
    status = owner.get(f"instances/{instance}/status?includeChildPlans=true")
    assert {"inOtherBasket", "locked", "reserved", "sold", "scanned", "masked", "lockInformation"} <= set(
        status
    )
    assert status["sold"] + status["locked"] + status["available"] == status["capacity"]
    detail = owner.get(f"instances/{instance}/status/detail?includeChildPlans=true")
    assert {"House seats", "Wheelchair space", None} == {entry["lockType"] for entry in detail.values()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"authorization": "SpektrixAPI3 foyer-owner:AAAA"},
        {"authorization": "SpektrixAPI3 nobody:AAAA"},
        {"authorization": "Bearer foyer-owner"},
        {"url": "/spektrix/lanternquay/api/v3/tags"},
        {"url": "http://elsewhere.test/spektrix/lanternquay/api/v3/tags"},
        {"date": "Tue, 12 Jan 2027 11:40:00 GMT"},
        {"date": "Tue, 12 Jan 2027 12:20:00 GMT"},
        {"date": "2027-01-12T12:00:00Z"},
    ],
)
def test_a_signature_that_is_not_right_is_refused(owner: Signer, wrong: dict[str, str]) -> None:
    assert owner.call("GET", "tags").status_code == 200
    assert owner.call("GET", "tags", **wrong).status_code == 401


def test_the_body_that_is_sent_must_be_the_body_that_was_signed(owner: Signer) -> None:
    body = {"email": "zed@example.org", "firstName": "Zed", "lastName": "Last"}
    assert owner.call("POST", "customers", body, sent=json.dumps(body, indent=1)).status_code == 401
    assert owner.call("POST", "customers", body).status_code == 200


def test_a_query_is_part_of_what_is_signed_as_it_was_sent(owner: Signer) -> None:
    assert owner.call("GET", "events?name=Clay%20on&$expand=instances").status_code == 200
    assert owner.call("GET", "events?name=Clay+on").status_code == 200


def test_calls_without_a_body_are_taken_in_all_three_ways(owner: Signer) -> None:
    for digest, body in (("", None), ("nothing", None), ("", {})):
        assert owner.call("POST", "baskets", body, digest=digest).status_code == 200


def test_plural_addresses_are_for_signed_calls_only(quay: Visitor) -> None:
    for method, path in (
        ("GET", "orders"),
        ("GET", "customers?email=a@b.c"),
        ("POST", "baskets"),
        ("GET", "baskets/x"),
    ):
        assert quay.call(method, path).status_code == 401


# Baskets and orders


def test_an_owner_confirms_only_what_costs_nothing(quay: Visitor, owner: Signer) -> None:
    free = quay.instances("Open Rehearsal: The Tidewaiter's Daughter")[0]
    dear = quay.instances("Evensong for Machines")[0]
    customer = owner.get("customers?email=cleo@example.org")["id"]
    body = {"customer": customer, "ticketDelivery": {"type": 1}, "tickets": [quay.ticket(free)]}
    basket = owner.call("POST", "baskets", body).json()
    assert (basket["customer"]["id"], len(basket["tickets"]), basket["total"]) == (customer, 1, 0)
    assert owner.get(f"baskets/{basket['id']}")["tickets"] == basket["tickets"]
    order = owner.call("POST", f"baskets/{basket['id']}/confirm", {"sendConfirmationEmail": True}).json()
    assert owner.get(f"orders/{order['id']}")["tickets"][0]["instance"]["id"] == free["id"]
    assert owner.call("GET", f"baskets/{basket['id']}").status_code == 404
    paid = owner.call("POST", "baskets", {"tickets": [quay.ticket(dear)]}).json()
    refused = owner.call("POST", f"baskets/{paid['id']}/confirm", {})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "PaymentRequired")
    assert owner.call("POST", f"baskets/{owner.call('POST', 'baskets', {}).json()['id']}/confirm", {}).ok, (
        "empty too"
    )


def test_an_agent_pays_by_credit_and_sees_its_own_only(quay: Visitor, owner: Signer, agent: Signer) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    basket = agent.call("POST", "baskets", {}).json()["id"]
    assert agent.call("PATCH", f"baskets/{basket}", {"ticketDelivery": {"type": 3}}).ok
    assert len(agent.call("POST", f"baskets/{basket}/tickets", [quay.ticket(instance)] * 2).json()) == 2
    gift = [{"fundId": quay.get("funds")[0]["id"], "amount": 5}]
    assert agent.call("POST", f"baskets/{basket}/donations", gift).ok
    price = next(
        p for p in quay.get(f"instances/{instance['id']}/price-list")["prices"] if p["isBandDefault"]
    )
    order = agent.call("POST", f"baskets/{basket}/confirm", {}).json()
    assert order["total"] == 2 * price["amount"] + 5
    theirs = owner.call("POST", "baskets", {}).json()["id"]
    other = owner.call("POST", f"baskets/{theirs}/confirm", {}).json()["id"]
    assert [each["id"] for each in agent.get("orders")] == [order["id"]]
    assert agent.call("GET", f"orders/{other}").status_code == 404
    assert {each["id"] for each in owner.get("orders")} == {order["id"], other}


def test_orders_of_the_hosted_checkout_are_found_page_by_page_and_day_by_day(
    quay: Visitor, owner: Signer
) -> None:
    codes = []
    for place in range(12):
        visitor = Visitor(quay.app)
        visitor.post("basket/gift-vouchers", [{"amount": 10 + place}])
        basket = visitor.get("basket")["id"]
        codes.append(
            visitor.control(f"/spektrix/lanternquay/baskets/{basket}/pay", {"email": "f@example.org"})[
                "order"
            ]
        )
    pages = [[each["id"] for each in owner.get(f"orders?page={page}")] for page in (1, 2, 3)]
    assert pages == [codes[:10], codes[10:], []]
    assert owner.get("orders?DateFrom=2027-01-13&DateTo=2027-01-14") == []
    assert len(owner.get("orders?DateFrom=2027-01-12&DateTo=2027-01-13&page=2")) == 2
    first = owner.get(f"orders/{codes[0]}")
    assert (first["total"], first["customer"]["email"], first["giftVouchers"][0]["amount"]) == (
        10,
        "f@example.org",
        10,
    )
    assert "basketId" not in first, "not documented"
    quay.settings(order_names_basket=1)
    assert len(owner.get(f"orders/{codes[0]}")["basketId"]) == 33


def test_customers_are_found_by_address_made_once_and_tagged(owner: Signer) -> None:
    assert owner.call("GET", "customers?email=nobody@example.org").status_code == 404
    body = {"email": "new@example.org", "firstName": "New", "lastName": "One"}
    made = owner.call("POST", "customers", body).json()
    again = owner.call("POST", "customers", body)
    assert (again.status_code, again.json()["message"]) == (400, "Duplicate Entry")
    assert owner.get(f"customers/{made['id']}") == owner.get("customers?email=NEW@example.org")
    tag = next(tag for tag in owner.get("tags") if tag["name"] == "Press")["id"]
    assert [
        each["name"] for each in owner.call("POST", f"customers/{made['id']}/tags", [{"id": tag}]).json()
    ] == ["Press"]
    assert owner.call("DELETE", f"customers/tags/{tag}?id={made['id']}").status_code == 204
    assert owner.get(f"customers/{made['id']}/tags") == []
    assert owner.call(
        "POST", f"customers/{made['id']}/agreed-statements", [{"id": owner.get("statements")[0]["id"]}]
    ).ok


# Somebody else's client


@pytest.fixture
def vendor(quay: Visitor, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package as published: it knows no address but ``https://system.spektrix.com``; so the stand-in answers there."""
    pytest.importorskip("spektrixpython", reason="the package spektrixpython is not installed")
    from spektrixpython import SpektrixCredentials, SpektrixRequest
    from spektrixpython import spektrixpython as module

    def session() -> requests.Session:
        made = requests.Session()
        made.mount("https://system.spektrix.com", StandinAdapter(quay.app))
        return made

    class Then(datetime):
        @classmethod
        def utcnow(cls) -> datetime:
            return NOON.replace(tzinfo=None)

    monkeypatch.setattr(module, "Session", session)
    monkeypatch.setattr(module, "datetime", Then)
    credentials = SpektrixCredentials("lanternquay", "foyer-owner", SECRETS["foyer-owner"])
    return lambda path: SpektrixRequest(path, credentials)


def test_the_published_client_reads_the_programme_signed(quay: Visitor, vendor: Any) -> None:
    events = vendor("events?instanceStart_from=2027-01-12").get()
    assert "Volunteer shift" in {event["name"] for event in events}, "so the signature was believed"
    event = next(each for each in events if each["name"] == "Salt & Brass")
    instances = vendor(f"events/{event['id']}/instances?start_from=2027-01-12").get()
    plan = vendor(f"instances/{instances[0]['id']}/plan").get()
    assert [area["name"] for area in plan["areas"]] == ["Floor", "Gallery"]
    assert vendor(f"plans/{instances[0]['planId']}").get() == plan
    prices = vendor(f"instances/{instances[0]['id']}/price-list?$expand=prices/customItems").get()
    assert prices["prices"][0]["customItems"][0]["amount"] == 1
    assert vendor(f"instances/{instances[0]['id']}/status?includeChildPlans=true").get()["sold"] >= 0


def test_the_published_client_reads_customers_signed(vendor: Any) -> None:
    found = vendor("customers?email=ada@example.org").get()
    assert (found["firstName"], found["lastName"]) == ("Ada", "Holder")
    assert vendor(f"customers/{found['id']}").get() == found
    with pytest.raises(requests.HTTPError):
        vendor("customers?email=nobody@example.org").get()


def test_the_published_client_is_told_that_its_user_agent_is_a_bots_when_it_posts(
    quay: Visitor, vendor: Any
) -> None:
    body = {"email": "p@example.org", "firstName": "P", "lastName": "Q"}
    with pytest.raises(requests.HTTPError, match="403"):
        vendor("customers").post(body)
    quay.settings(bot_rule=0)
    assert vendor("customers").post(body)["email"] == "p@example.org"


def test_the_published_client_gets_bytes_where_the_seat_detail_is_not_json(
    quay: Visitor, vendor: Any
) -> None:
    instance = quay.instances("Empty House")[0]["id"]
    assert isinstance(vendor(f"instances/{instance}/status/detail").get(), dict)
    quay.fault(name="seat_detail_text")
    assert isinstance(vendor(f"instances/{instance}/status/detail").get(), bytes)


def test_a_date_from_the_past_is_too_old(quay: Visitor, owner: Signer) -> None:
    owner.now = NOON - timedelta(minutes=14)
    assert owner.call("GET", "tags").ok
    quay.settings(date_minutes=5)
    assert owner.call("GET", "tags").status_code == 401
