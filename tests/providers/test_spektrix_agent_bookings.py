"""Spektrix, agent mode: from a basket of our server's to an order that our till has taken the money for."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
import responses

from shop.money import Money
from shop.providers import errors, http
from shop.providers.extras import Extra
from shop.providers.spektrix import inferred_agent, kept
from shop.providers.types import (
    Arrives,
    BookingState,
    Details,
    NothingToPay,
    PayUs,
    Prepared,
    Selection,
    Sign,
)
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import COLLECT, COURIER, LOST, PAGE, POST, PRINT, Agency, provider
from tests.providers.spektrix_browser import Kept
from tests.providers.spektrix_wire import NOW, Wire, ident

PROGRAMME = ident(62)
ADA = {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org", "phone": "020 7946 0000"}
HOME = {"address_1": "1 Quay Street", "city": "Bristol", "postcode": "BS1 5ZZ", "country": "GB"}


@pytest.fixture
def mock(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "after_call", [])
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        wire = Wire(found)
        wire.says(f"/events/{sx.EVENT}", sx.event())
        wire.house(sx.instance())
        wire.says("/stock-items", [{"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3}])
        wire.says("/funds", [])
        wire.says("/memberships", [])
        wire.says(
            "/countries", [{"isoCode": "GB", "name": "United Kingdom"}, {"isoCode": "AT", "name": "Austria"}]
        )
        yield found
    kept.forget()


@pytest.fixture
def office(mock) -> Agency:
    return Agency(mock)


@pytest.fixture
def keep() -> Kept:
    return Kept()


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def held(keep: Kept, quantity: int = 2, kind: str = sx.FULL) -> str:
    chosen = Selection(sx.STALLS_ONLY, offer_key=f"u:{sx.HALL}:{kind}", quantity=quantity)
    return provider().holds.hold(None, [chosen], keep).handle


def programme(keep: Kept, handle: str) -> str:
    return provider().holds.take(handle, [Extra("merchandise", PROGRAMME)], keep).handle


def prepare(
    handle: str, keep: Kept, *, mails: bool = False, reference: str = "FOY-7K2M9Q-1", **answers: str
) -> Prepared:
    said = {**ADA, "delivery": "1", **answers}
    details = Details(reference=reference, answers=said, provider_mails=mails)
    return provider().bookings.prepare(handle, details, keep)


def confirm(found: Prepared):
    return provider().bookings.confirm(found.hold.handle, "FOY-7K2M9Q-1")


def test_the_buyer_is_asked_who_they_are_and_how_the_tickets_come(office, keep):
    asked = {one.name: one for one in provider().bookings.questions(held(keep))}
    ways = [(one.value, one.label, one.code, one.price) for one in asked["delivery"].choices]
    assert ways == [
        ("1", "Collect from box office", "box_office", gbp(0)), ("4", "First class post", "post", gbp(150)),
        ("5", "Print at home", "print_there", gbp(0)),
    ]  # fmt: skip
    assert "merchandise_delivery" not in asked
    assert asked["address_1"].only_if == ("delivery", "4")
    assert [one.code for one in asked["country"].choices] == ["AT", "GB"]
    assert [name for name, one in asked.items() if not one.required] == ["phone", "address_2"]


def test_merchandise_has_a_delivery_of_its_own_and_shares_the_address(office, keep):
    asked = {one.name: one for one in provider().bookings.questions(programme(keep, held(keep)))}
    assert [one.price for one in asked["merchandise_delivery"].choices] == [gbp(0), gbp(600)]
    assert (asked["address_1"].only_if, asked["address_1"].or_if) == (
        ("delivery", "4"), (("merchandise_delivery", "7"),),
    )  # fmt: skip


def test_without_anything_that_comes_by_post_no_address_is_asked(office, keep):
    office.ways["ticketDelivery"] = [COLLECT, PRINT]
    names = [one.name for one in provider().bookings.questions(held(keep))]
    assert names == ["first_name", "last_name", "email", "phone", "delivery"]


def test_a_part_is_prepared_with_customer_delivery_and_the_sum_read_back(office, keep):
    found = prepare(held(keep), keep, delivery="4", **HOME)
    assert found.payment == PayUs(gbp(5050))
    assert (found.delivery, found.hold.total, found.hold.verified) == (gbp(150), gbp(5050), True)
    basket = next(iter(office.held.values()))
    assert basket["customer"]["id"] == office.customers["ada@example.org"]["id"]
    assert basket["ticketDelivery"] == {"type": 4}
    (customer,) = office.sent("POST", "/customers")
    assert customer == {
        "firstName": "Ada",
        "lastName": "Example",
        "email": "ada@example.org",
        "phone": "020 7946 0000",
    }
    (address,) = office.sent("POST", "/addresses")
    assert (address["line1"], address["town"], address["isDelivery"]) == ("1 Quay Street", "Bristol", True)


def test_whoever_the_box_office_knows_is_found_and_not_changed(office, keep):
    office.customers["ada@example.org"] = {"id": "I-1111-11HV", "firstName": "Augusta"}
    prepare(held(keep), keep)
    assert office.sent("POST", "/customers") == []
    assert next(iter(office.held.values()))["customer"]["id"] == "I-1111-11HV"


def test_preparing_again_makes_no_second_customer_and_no_second_address(office, keep):
    first = prepare(held(keep), keep, delivery="4", **HOME)
    prepare(first.hold.handle, keep, delivery="4", **HOME)
    assert len(office.sent("POST", "/customers")) == len(office.sent("POST", "/addresses")) == 1
    prepare(keep.last, keep, delivery="4", **{**HOME, "address_1": "2 Quay Street"})
    assert len(office.sent("POST", "/addresses")) == 2


def test_where_addresses_have_no_path_of_their_own_the_customers_is_set(office, keep):
    office.says = lambda method, path: (
        (404, {"message": "Not Found"}) if path.endswith("/addresses") else None
    )
    prepare(held(keep), keep, delivery="4", **HOME)
    (customer,) = office.customers.values()
    assert customer["deliveryAddress"]["postcode"] == "BS1 5ZZ"


def test_an_address_that_is_refused_is_named(office, keep):
    no = {"message": "Validation failed", "problems": ["Postcode is not valid."]}
    office.says = lambda method, path: (400, no) if path.endswith("/addresses") else None
    with pytest.raises(errors.DetailsRejected) as caught:
        prepare(held(keep), keep, delivery="4", **HOME)
    assert caught.value.fields == {"postcode": "invalid"}


def test_nothing_of_the_buyer_is_in_the_handle_but_an_id(office, keep):
    found = prepare(held(keep), keep, delivery="4", **HOME)
    assert not [word for word in ("Ada", "ada@", "Quay", "BS1", "7946") if word in found.hold.handle]


def test_a_customer_whose_making_got_no_answer_is_found(office, keep):
    office.says = lambda method, path: LOST if (method, path) == ("POST", "/customers") else None
    assert isinstance(prepare(held(keep), keep).payment, PayUs)
    assert len(office.customers) == 1


def test_a_delivery_that_costs_more_now_is_in_the_sum(office, keep):
    handle = held(keep)
    office.ways["ticketDelivery"] = [COLLECT, {**POST, "price": 2.25}]
    found = prepare(handle, keep, delivery="4", **HOME)
    assert (found.payment, found.delivery) == (PayUs(gbp(5125)), gbp(225))


def test_a_delivery_that_is_not_offered_any_more_is_asked_again(office, keep):
    office.ways["ticketDelivery"] = [COLLECT]
    with pytest.raises(errors.DetailsRejected) as caught:
        prepare(held(keep), keep, delivery="4", **HOME)
    assert caught.value.fields == {"delivery": "choice"}


def test_a_delivery_that_is_dropped_when_another_is_set_is_asked_again(office, keep, monkeypatch):
    handle, whole = programme(keep, held(keep)), office._whole

    def dropping():
        if office.basket.get("merchandiseDelivery"):
            office.basket["ticketDelivery"] = None
        return whole()

    monkeypatch.setattr(office, "_whole", dropping)
    with pytest.raises(errors.DetailsRejected) as caught:
        prepare(handle, keep, delivery="4", merchandise_delivery="7", **HOME)
    assert caught.value.fields == {"delivery": "choice"}


def test_what_is_missing_is_named(office, keep):
    handle = held(keep)
    for answers, fields in (
        ({"delivery": ""}, {"delivery": "required"}),
        ({"delivery": "4"}, dict.fromkeys(HOME, "required")),
        ({"last_name": " "}, {"last_name": "required"}),
    ):
        with pytest.raises(errors.DetailsRejected) as caught:
            prepare(handle, keep, **answers)
        assert caught.value.fields == fields


def test_both_deliveries_are_paid(office, keep):
    found = prepare(programme(keep, held(keep)), keep, delivery="4", merchandise_delivery="7", **HOME)
    assert found.delivery == gbp(750)
    assert found.payment == PayUs(gbp(4900 + 450 + 750))


def test_an_empty_basket_and_one_that_timed_out_are_not_prepared(office, keep):
    handle = held(keep)
    empty = provider().holds.release(handle, None, keep).handle
    with pytest.raises(errors.HoldExpired):
        prepare(empty, keep)
    office.time_out()
    with pytest.raises(errors.HoldGone):
        prepare(handle, keep)


def test_what_was_prepared_is_confirmed_once_and_has_the_orders_number(office, keep):
    found = confirm(prepare(held(keep), keep, mails=True))
    assert (found.state, found.reference, found.mailed_by_provider) == (
        BookingState.BOOKED,
        "22-JZ-00GS",
        True,
    )
    assert found.total == gbp(4900)
    assert office.sent("POST", "/confirm") == [{"sendConfirmationEmail": True}]


def test_a_confirm_whose_answer_was_lost_is_looked_up_in_the_orders(office, keep):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: LOST if path.endswith("/confirm") else None
    assert confirm(ready).state == BookingState.BOOKED
    assert len(office.sent("POST", "/confirm")) == 1


def test_a_page_of_a_gateway_in_place_of_an_answer_confirms_nothing(office, keep, monkeypatch):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: PAGE if path.endswith("/confirm") else None
    with pytest.raises(errors.OutcomeUnknown):
        confirm(ready)
    desk, sent = provider().bookings, Sign(confirming_since=NOW)
    assert desk.look(ready.hold.handle, sent).state == BookingState.PROCESSING
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(minutes=4))
    assert desk.look(ready.hold.handle, sent).state == BookingState.OPEN


def test_a_confirm_that_nobody_can_tell_of_is_unknown_until_its_order_is_seen(office, keep, monkeypatch):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: LOST if path.endswith("/confirm") else None
    orders, office.orders = office.orders, []
    monkeypatch.setattr(office, "_at", _hiding(office, orders))
    with pytest.raises(errors.OutcomeUnknown):
        confirm(ready)
    desk, sent = provider().bookings, Sign(confirming_since=NOW)
    assert desk.look(ready.hold.handle, sent).state == BookingState.PROCESSING
    office.orders = orders
    assert desk.look(ready.hold.handle, sent).state == BookingState.BOOKED
    assert len(office.sent("POST", "/confirm")) == 1


def _hiding(office, orders):
    """Orders are seen a while after they are made."""
    real = office._at

    def at(method, path, query, body):
        found = real(method, path, query, body)
        orders.extend(office.orders)
        office.orders = []
        return found

    return lambda *given: at(*given) if given[1].endswith("/confirm") else real(*given)


def test_a_confirm_that_never_reached_them_leaves_the_basket_open_once_that_is_certain(
    office, keep, monkeypatch
):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: requests.ReadTimeout() if path.endswith("/confirm") else None
    with pytest.raises(errors.OutcomeUnknown):
        confirm(ready)
    desk, sent = provider().bookings, Sign(confirming_since=NOW)
    assert desk.look(ready.hold.handle, sent).state == BookingState.PROCESSING
    monkeypatch.setattr(http, "clock", lambda: NOW + inferred_agent.ORDERS_LAG)
    assert desk.look(ready.hold.handle, sent).state == BookingState.OPEN


def test_what_is_an_order_already_is_not_confirmed_though_its_basket_can_be_read(office, keep):
    ready = prepare(held(keep), keep)
    basket = dict(office.held)
    first = confirm(ready)
    office.held.update(basket)
    assert confirm(ready).reference == first.reference
    assert len(office.sent("POST", "/confirm")) == 1


def test_with_more_orders_than_can_be_looked_through_nobody_is_told_that_nothing_is_booked(
    office, keep, monkeypatch
):
    ready = prepare(held(keep), keep)
    office.time_out()
    real = office._at

    def endless(method, path, query, body):
        if path == "/orders":
            return 200, [{"id": f"X-{query['page'][0]}"}]
        return real(method, path, query, body)

    monkeypatch.setattr(office, "_at", endless)
    with pytest.raises(errors.Unavailable):
        provider().bookings.look(ready.hold.handle, Sign())


def test_a_basket_that_timed_out_while_it_was_paid_is_surely_not_booked(office, keep):
    ready = prepare(held(keep), keep)
    office.time_out()
    with pytest.raises(errors.HoldGone):
        confirm(ready)


def test_a_basket_that_is_gone_has_lapsed(office, keep):
    ready = prepare(held(keep), keep)
    assert provider().bookings.look(ready.hold.handle, Sign()).state == BookingState.OPEN
    office.time_out()
    assert provider().bookings.look(ready.hold.handle, Sign()).state == BookingState.LAPSED


@pytest.mark.parametrize("answer", [(503, {}), (200, []), requests.ConnectionError()])
def test_where_the_basket_cannot_be_read_nothing_was_confirmed(office, keep, answer):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: answer if method == "GET" else None
    with pytest.raises(errors.Unavailable):
        confirm(ready)
    assert office.sent("POST", "/confirm") == []


def test_a_basket_that_is_not_what_was_prepared_is_not_confirmed(office, keep):
    ready = prepare(held(keep), keep)
    office.ways["ticketDelivery"] = [{**COLLECT, "price": 1.0}]
    with pytest.raises(errors.PriceChanged):
        confirm(ready)
    basket = next(iter(office.held.values()))
    office.ways["ticketDelivery"] = [COLLECT]
    basket["tickets"].pop()
    with pytest.raises(errors.PriceChanged):
        confirm(ready)
    assert office.sent("POST", "/confirm") == []


def test_a_confirm_that_is_refused_is_not_booked(office, keep):
    ready = prepare(held(keep), keep)
    office.says = lambda method, path: (
        (400, {"message": "Credit limit"}) if path.endswith("/confirm") else None
    )
    with pytest.raises(errors.Refused):
        confirm(ready)


def test_what_costs_nothing_is_confirmed_when_it_is_prepared(office, keep, monkeypatch):
    ticket = office._ticket
    monkeypatch.setattr(office, "_ticket", lambda *a, **k: {**ticket(*a, **k), "price": 0, "total": 0})
    found = prepare(held(keep), keep)
    assert found.payment == NothingToPay()
    assert provider().bookings.look(found.hold.handle, Sign()).state == BookingState.BOOKED


def test_our_number_stands_under_the_venues_label(office, keep):
    known = provider(option_reference_label="Partner number")
    handle = held(keep)
    known.bookings.prepare(handle, Details(reference="FOY-1-1", answers={**ADA, "delivery": "1"}), keep)
    assert next(iter(office.held.values()))["attribute_Partnernumber"] == "FOY-1-1"


@pytest.mark.parametrize(
    ("way", "arrives"), [("1", Arrives.BOX_OFFICE), ("4", Arrives.POST), ("5", Arrives.ACCOUNT)]
)
def test_tickets_come_as_the_delivery_says(office, keep, way, arrives):
    ready = prepare(held(keep), keep, delivery=way, **HOME)
    booked = confirm(ready)
    found = provider().bookings.documents(booked.handle)
    assert (found.arrives, found.expected, found.complete) == (arrives, 2, True)


def test_an_order_is_ours_by_the_venues_label_by_the_basket_or_by_its_tickets(office, keep):
    ready = prepare(held(keep), keep)
    confirm(ready)
    desk = provider().bookings
    for without in ("basketId", "tickets"):
        office.orders[0].pop(without)
        expected = BookingState.BOOKED if without == "basketId" else BookingState.LAPSED
        assert desk.look(ready.hold.handle, Sign()).state == expected


def test_a_sign_of_life_proves_the_signature(office, mock, monkeypatch):
    wire = Wire(mock)
    wire.says("/events", [sx.event()])
    wire.says("/instances", [sx.instance()])
    assert provider().catalog.sign_of_life().ok
    wrong = provider(keys={"api_user": "foyer-agent", "secret": "bm9uZQ=="}).catalog.sign_of_life()
    assert (wrong.ok, wrong.problem) == (False, "misconfigured")


def test_time_between_hand_overs_keeps_the_first(office, keep, monkeypatch):
    first = prepare(held(keep), keep)
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(hours=30))
    again = prepare(first.hold.handle, keep)
    confirm(again)
    assert office.orders
    assert provider().bookings.look(again.hold.handle, Sign()).state == BookingState.BOOKED


def test_a_key_of_theirs_is_no_label():
    label = inferred_agent.delivery_label
    said = [
        label({"type": 1, "name": name}) for name in ("Cobo", "PrintAtHome", "Collect at the door", "Pigeon")
    ]
    assert said == ["", "", "Collect at the door", ""]  # type 1 is known, whatever it is called
    assert label({"type": 12, "name": "Pigeon"}) == "Pigeon"


def test_courier_is_post_and_e_mail_is_none():
    code = inferred_agent.delivery_code
    said = [
        "Print your own tickets",
        "E-ticket by e-mail",
        "Royal Mail",
        "Collect at the box office",
        "Agent",
    ]
    assert [code({"type": 9, "name": name}) for name in said] == [
        "print_there",
        "mail",
        "post",
        "box_office",
        "",
    ]
    assert (code(COURIER), code({"type": 1}), code({"type": 3})) == ("post", "box_office", "agent")
    assert [inferred_agent.is_offered(one) for one in ({"type": 3}, {"type": 9, "name": "Agent"}, {"name": "x"})] == [
        False, False, False,
    ]  # fmt: skip


def test_a_quote_names_what_it_costs_and_makes_nobody_known(office, keep):
    handle = held(keep)
    found = provider().bookings.quote(handle, Details(reference="x", answers={**ADA, "delivery": "4"}), keep)
    assert (found.hold.total, found.delivery) == (gbp(5050), gbp(150))
    assert office.sent("POST", "/customers") == []
    assert next(iter(office.held.values()))["customer"] is None
    ready = prepare(found.hold.handle, keep, delivery="4", **HOME)
    assert ready.payment == PayUs(gbp(5050))


def test_a_quote_is_that_of_the_member_the_box_office_knows(office, keep):
    office.customers["ada@example.org"] = {"id": "I-1111-11HV"}
    found = provider().bookings.quote(
        held(keep), Details(reference="x", answers={**ADA, "delivery": "1"}), keep
    )
    basket = next(iter(office.held.values()))
    assert basket["customer"] == {"id": "I-1111-11HV"}
    answers = {**ADA, "email": "new@example.org", "delivery": "1"}
    provider().bookings.quote(found.hold.handle, Details(reference="x", answers=answers), keep)
    assert basket["customer"] == {"id": office.customers["new@example.org"]["id"]}
