"""The thin road through the imitated Spektrix: programme, unreserved tickets, hosted checkout, order."""

from __future__ import annotations

from tests.standin.spektrix_caller import SYSTEM, Visitor


def test_two_unreserved_tickets_of_two_instances_go_from_the_programme_to_an_order(quay: Visitor) -> None:
    first, second = quay.instances("Evensong for Machines")[:2]
    before = quay.get(f"instances/{first['id']}/status", includeChildPlans="true")
    added = quay.post("basket/tickets", [quay.ticket(first), quay.ticket(second, kind="Concession")])
    assert added.status_code == 200
    assert {each["instance"]["id"] for each in added.json()} == {first["id"], second["id"]}
    during = quay.get(f"instances/{first['id']}/status", includeChildPlans="true")
    assert (during["available"], during["inBasket"]) == (before["available"] - 1, 1)
    total = quay.get("basket")["total"]

    done = quay.check_out("dora@example.org")
    assert done.url.endswith("/secure/checkout/v2/orderconfirmation")
    (order,) = quay.books()["orders"]
    assert order["id"] in done.text
    assert order["total"] == round(total * 100)
    assert order["email"] == "dora@example.org"
    assert quay.get("basket")["tickets"] == []
    after = quay.get(f"instances/{first['id']}/status", includeChildPlans="true")
    assert (after["available"], after["inBasket"]) == (before["available"] - 1, 0)


def test_a_declined_card_leaves_the_basket_as_it_is(quay: Visitor) -> None:
    quay.post("basket/tickets", [quay.ticket(quay.instances("Evensong for Machines")[0])])
    page = quay.check_out(number="4000000000009995")
    assert "declined" in page.text
    assert quay.books()["orders"] == []
    assert len(quay.get("basket")["tickets"]) == 1


def test_the_other_host_sees_another_basket(quay: Visitor) -> None:
    quay.post("basket/tickets", [quay.ticket(quay.instances("Evensong for Machines")[0])])
    here = quay.http.cookies.copy()
    elsewhere = Visitor(quay.app, host=SYSTEM)
    assert elsewhere.get("basket")["tickets"] == []
    # even with the very same cookie value
    value = next(cookie.value for cookie in here if cookie.name == "SpektrixSession")
    elsewhere.http.cookies.clear()
    elsewhere.http.cookies.set("SpektrixSession", value, domain="stand-in.test")
    answer = elsewhere.get("basket")
    assert (answer["tickets"], answer["hash"]) == ([], "NotLoggedIn")
    assert len(quay.get("basket")["tickets"]) == 1


def test_without_the_cookie_the_call_answers_200_with_an_empty_basket(quay: Visitor) -> None:
    quay.post("basket/tickets", [quay.ticket(quay.instances("Evensong for Machines")[0])])
    quay.http.cookies.clear()
    assert quay.get("basket")["tickets"] == []


def test_a_client_that_nobody_knows_is_404(quay: Visitor) -> None:
    quay.client = "nowhere"
    assert quay.call("GET", "events").status_code == 404
    assert quay.page("ChooseSeats.aspx", EventInstanceId=1).status_code == 404
