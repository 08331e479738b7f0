"""Many visitors at once at the imitated Spektrix, and visitors who send what nobody should."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.standin.spektrix_caller import Visitor


def test_one_seat_wanted_by_many_at_once_goes_to_one(quay: Visitor) -> None:
    instance = quay.instances("Empty House")[0]
    body = [{"instance": instance["id"], "seat": quay.seats(instance)[0], "type": quay.type(instance)}]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: Visitor(quay.app).post("basket/tickets", body).status_code, range(8))
        )
    assert sorted(answers) == [200] + [409] * 7
    assert len(quay.books()["tickets"]) == 1


def test_the_last_places_wanted_by_many_at_once_are_sold_once(quay: Visitor) -> None:
    instance = quay.instances("Clay on a Wheel")[0]
    left = quay.get(f"instances/{instance['id']}/status")["available"]
    ticket = quay.ticket(instance)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: Visitor(quay.app).post("basket/tickets", [ticket]).status_code, range(left + 5)
            )
        )
    assert answers.count(200) == left
    assert answers.count(400) == 5
    assert quay.get(f"instances/{instance['id']}/status")["available"] == 0


NASTY: tuple[Any, ...] = (
    None, 0, "", "x", [], {}, [None], [[]], [{}], {"id": []}, True, 1e300, "9" * 400, "9" * 11 + "A", {"type": []},
)  # fmt: skip
_TICKET = "instance seat seatingPlan type ticketType"
_PERSON = "email password firstName lastName AgreedStatements birthDate"
FIELDS = {
    "POST basket/tickets": _TICKET,
    "PUT basket/tickets": _TICKET,
    "PATCH basket/tickets": "type,attribute_Registrant Name,attribute_Over 18",
    "PATCH basket": "promoCode,ticketDelivery,merchandiseDelivery,attribute_Access Requirements",
    "POST basket/tickets/best-available": "instance quantity bands areas type",
    "POST basket/donations": "fundId amount recognitionName isAnonymous",
    "PATCH basket/donations": "amount recognitionName",
    "POST basket/merchandise": "stockItem reference",
    "PATCH basket/merchandise": "reference",
    "POST basket/membership-subscriptions": "membership autoRenew",
    "POST basket/ticket-subscriptions": "pricingSetId quantity",
    "POST basket/gift-vouchers": "amount deliveryType deliveryEmailAddress toName",
    "POST customer": _PERSON,
    "POST customer/authenticate": "email password",
    "PATCH customer": "firstName birthDate",
    "POST customer/agreed-statements": "id",
}


@pytest.mark.parametrize("path", FIELDS)
def test_no_body_whatever_makes_the_box_office_fall_over(quay: Visitor, path: str) -> None:
    method, _, rest = path.partition(" ")
    instance = quay.instances("Evensong for Machines")[0]
    good = {
        **quay.ticket(instance),
        "quantity": 1,
        "fundId": quay.get("funds")[0]["id"],
        "amount": 10,
        "stockItem": quay.get("stock-items")[1]["id"],
        "membership": quay.get("memberships")[0]["id"],
        "pricingSetId": quay.get("ticket-subscription-structures")[0]["pricingSets"][0]["id"],
        "email": "nasty@example.org",
        "firstName": "N",
        "lastName": "N",
    }
    quay.post("basket/donations", [good])
    quay.post("basket/merchandise", [good])
    fields = FIELDS[path].split("," if "," in FIELDS[path] else " ")
    for nasty in NASTY:
        for field in fields:
            body = {**good, field: nasty}
            answer = quay.call(method, rest, body if "PATCH" in method else [body])
            assert answer.status_code < 500, (field, nasty, answer.text)
            if answer.status_code != 204:
                json.loads(answer.text)
    assert quay.get("basket")["total"] >= 0


@pytest.mark.parametrize("text", ["²", "9" * 5000, "-1", "1e3", "", "0"], ids=range(6))
def test_no_number_whatever_makes_a_hosted_page_fall_over(quay: Visitor, text: str) -> None:
    assert quay.page("ChooseSeats.aspx", EventInstanceId=text).status_code in {200, 404}
    number = quay.instances("Salt & Brass")[0]["id"].partition("A")[0]
    page = quay.page("ChooseSeats.aspx", EventInstanceId=number)
    assert quay.send(page, n_3302_1=text, seat=text).status_code == 200
    quay.http.post(quay.page("Basket2.aspx").url, data={"remove": f"tickets:{text}"})
    for path in ("secure/checkout/v2/personaldetails", "secure/checkout/v2/payment", "secure/Checkout.aspx"):
        page = quay.page(path)
        form = {
            "firstName": text,
            "lastName": text,
            "number": text,
            "expiry": text,
            "cvc": text,
            "delivery": text,
        }
        assert quay.http.post(page.url, data=form).status_code == 200


def test_the_page_of_1500_seats_is_served(thornfield: Visitor) -> None:
    instance = thornfield.instances("Rosin")[0]
    page = thornfield.page("ChooseSeats.aspx", EventInstanceId=instance["id"].partition("A")[0])
    assert page.ok
    free = thornfield.seats(instance)
    assert page.text.count('name="seat"') == len(free) + len(thornfield.seats(instance, "I"))
