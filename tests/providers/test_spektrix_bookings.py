"""Spektrix, web mode: the hand-over to the hosted checkout, and how its end is learnt."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import errors, http
from shop.providers.base import Provider
from shop.providers.extras import Extra
from shop.providers.spektrix import kept, options
from shop.providers.types import Arrives, BookingState, Details, Hold, PayThere, Selection, Sign
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_browser import Browser, Kept
from tests.providers.spektrix_wire import NOW, Wire, ident

OWNER = {"api_user": "foyer", "secret": "bm90LWEtcmVhbC1zZWNyZXQtMDAwMQ=="}
PRICING = ident(64)


@pytest.fixture
def wire(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        found = Wire(mock)
        found.says(f"/events/{sx.EVENT}", sx.event())
        found.house(sx.instance())
        for path in ("/funds", "/stock-items", "/memberships"):
            found.says(path, [])
        found.says("/ticket-subscription-structures",
                   [{"id": ident(65), "name": "Season", "pricingSets": [{"id": PRICING, "name": "Adult",
                                                                         "price": 80}]}])  # fmt: skip
        yield found
    kept.forget()


@pytest.fixture
def keep() -> Kept:
    return Kept()


def held(keep: Kept, **changes) -> Hold:
    browser, desk = Browser(), sx.provider(**changes).holds
    wish = Selection(sx.STALLS_ONLY, offer_key=f"u:{sx.HALL}:{sx.FULL}", quantity=2)
    return browser.run(desk, desk.hold(None, [wish], keep), keep)


def sent(keep: Kept, **changes) -> str:
    found = sx.provider(**changes).bookings.prepare(
        held(keep, **changes).handle, Details("FOY-7K2M9Q-1"), keep
    )
    return found.hold.handle


def look(handle: str, returned: str = "", reference: str = "", **changes):
    return sx.provider(**changes).bookings.look(handle, Sign(returned=returned, reference=reference))


def order(handle: str, **more) -> dict:
    tickets = json.loads(handle)["basket"]["tickets"]
    return {"id": "22-JZ-03GS", "total": 49.0, "tickets": tickets, **more}


def test_the_account_is_a_provider_whose_basket_is_in_the_browser():
    provider: Provider = sx.provider()
    able = provider.capabilities
    assert (able.in_browser, able.removes, able.payment, able.hold_minutes) == (True, "ticket", "there", None)
    assert able.frame_hosts == ()
    assert sx.provider(option_frame="yes").capabilities.frame_hosts == ("tickets.lantern.example",)


def test_the_hosted_checkout_is_on_the_custom_domain_and_asks_everything_itself(wire, keep):
    hold = held(keep)
    bookings = sx.provider().bookings
    assert bookings.questions(hold.handle) == ()
    prepared = bookings.prepare(hold.handle, Details("FOY-7K2M9Q-1"), keep)
    assert isinstance(prepared.payment, PayThere)
    assert prepared.payment.url == f"{sx.DOMAIN}/lantern/website/secure/Checkout.aspx"
    assert (prepared.payment.amount, prepared.payment.frame) == (Money(4900, "GBP"), False)
    assert keep.last == prepared.hold.handle


def test_what_was_refused_before_is_no_part_of_the_hand_over(wire, keep):
    browser, desk = Browser(), sx.provider().holds
    wire.house(sx.instance(sx.BLOCKS, sx.FLOORS))
    browser.stock[sx.FLOOR] = 0
    wishes = [Selection(sx.STALLS_ONLY, offer_key=f"u:{sx.HALL}:{sx.FULL}", quantity=1),
              Selection(sx.BLOCKS, offer_key=f"u:{sx.FLOOR}:{sx.FULL}", quantity=1)]  # fmt: skip
    hold = browser.run(desk, desk.hold(None, wishes, keep), keep)
    assert "gone" in {item.state for item in hold.items}
    prepared = sx.provider().bookings.prepare(hold.handle, Details("X"), keep)
    assert [item.state for item in prepared.hold.items] == ["held"]


def test_a_frame_only_where_the_account_says_so(wire, keep):
    prepared = sx.provider(option_frame="yes").bookings.prepare(held(keep).handle, Details("X"), keep)
    assert isinstance(prepared.payment, PayThere)
    assert prepared.payment.frame
    assert prepared.payment.url.endswith("/secure/Checkout.aspx?resize=true")


def test_a_subscription_goes_to_the_express_checkout(wire, keep):
    browser, desk = Browser(), sx.provider().holds
    hold = browser.run(desk, desk.take(None, [Extra("subscription", PRICING, quantity=2)], keep), keep)
    prepared = sx.provider().bookings.prepare(hold.handle, Details("X"), keep)
    assert isinstance(prepared.payment, PayThere)
    assert prepared.payment.url == f"{sx.DOMAIN}/lantern/website/secure/checkout/v2"
    assert prepared.payment.amount == Money(16000, "GBP")


def test_an_empty_basket_is_not_handed_over(wire, keep):
    browser, desk = Browser(), sx.provider().holds
    empty = browser.run(desk, desk.ask(None, keep), keep)
    with pytest.raises(errors.HoldExpired):
        sx.provider().bookings.prepare(empty.handle, Details("X"), keep)


def test_an_empty_basket_after_a_hand_over_is_no_loss(wire, keep):
    handle, desk = sent(keep), sx.provider().holds
    assert Browser().run(desk, desk.ask(handle, keep), keep).items == ()


def test_we_neither_confirm_nor_fetch(wire, keep):
    handle = sent(keep)
    with pytest.raises(errors.Unsupported):
        sx.provider().bookings.confirm(handle, "X")
    documents = sx.provider().bookings.documents(handle)
    assert (documents.arrives, documents.expected, documents.complete) == (Arrives.MAIL, 2, True)


# --- how it ended -------------------------------------------------------------------------------------------------


def test_before_the_hand_over_it_is_open(wire, keep):
    assert look(held(keep).handle).state is BookingState.OPEN


def test_with_credentials_the_signed_orders_prove_it(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [{"id": "22-JZ-0000", "tickets": [{"id": ident(1)}]}, order(handle)])
    found = look(handle, keys=OWNER)
    assert (found.state, found.reference, found.total) == (
        BookingState.BOOKED,
        "22-JZ-03GS",
        Money(4900, "GBP"),
    )
    assert len(found.tickets) == 2
    assert found.mailed_by_provider
    asked = wire.sent("/orders")[0]
    assert asked == {"DateFrom": "2026-11-20", "DateTo": "2026-11-22", "page": "1"}
    signed = [one for one in wire.requests() if "/orders" in str(one.url)]
    assert all(one.headers["Authorization"].startswith("SpektrixAPI3 foyer:") for one in signed)


def test_orders_are_read_page_by_page_until_one_is_ours(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [{"id": "a"}], [{"id": "b"}], [order(handle)])
    assert look(handle, keys=OWNER).state is BookingState.BOOKED
    assert [one["page"] for one in wire.sent("/orders")] == ["1", "2", "3"]


def test_a_page_that_repeats_itself_ends_the_search(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [{"id": "a"}])
    assert look(handle, keys=OWNER).state is BookingState.OPEN
    assert len(wire.sent("/orders")) == 2


def test_the_number_of_a_confirmation_page_is_a_hint_where_to_look(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders/22-JZ-03GS", order(handle))
    assert look(handle, reference="22-JZ-03GS", keys=OWNER).state is BookingState.BOOKED
    assert wire.sent("/orders") == []


def test_somebody_elses_order_number_proves_nothing(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders/22-XX-0001", {"id": "22-XX-0001", "total": 49.0, "tickets": [{"id": ident(5)}]})
    wire.says("/orders", [])
    assert look(handle, reference="22-XX-0001", keys=OWNER).state is BookingState.PROCESSING


def test_our_own_number_links_an_order_where_the_venue_lets_us_write_it(wire, keep):
    changes = {"keys": OWNER, "option_reference_label": "Shop Order"}
    handle = sent(keep, **changes)
    wire.says("/orders", [order(handle, attribute_ShopOrder="FOY-OTHER"),
                          {"id": "22-OK", "total": 49, "attribute_ShopOrder": "FOY-7K2M9Q-1"}])  # fmt: skip
    assert look(handle, **changes).reference == "22-OK"


def test_the_label_for_our_number_is_written_even_where_the_checkout_asks_the_rest(wire, keep):
    browser, desk = Browser(), sx.provider(option_reference_label="Shop Order").holds
    wish = Selection(sx.STALLS_ONLY, offer_key=f"u:{sx.HALL}:{sx.FULL}", quantity=1)
    hold = browser.run(desk, desk.hold(None, [wish], keep), keep)
    told = browser.run(desk, desk.note(hold.handle, {"Shop Order": "FOY-7K2M9Q-1"}, keep), keep)
    assert told.refused == ()
    assert browser.basket["attribute_ShopOrder"] == "FOY-7K2M9Q-1"


def test_an_order_that_was_given_back_is_refunded(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [order(handle, total=0, refunds=[{"amount": 49.0}])])
    assert look(handle, keys=OWNER).state is BookingState.REFUNDED


def test_a_return_without_an_order_is_under_way_and_then_unproven(wire, keep, monkeypatch):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [])
    assert look(handle, returned="success", keys=OWNER).state is BookingState.PROCESSING
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(hours=3))
    found = look(handle, returned="success", keys=OWNER)
    assert (found.state, found.reason) == (BookingState.UNPROVEN, "order_not_found")


def test_nobody_came_back_and_no_order_lapses(wire, keep, monkeypatch):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", [])
    assert look(handle, keys=OWNER).state is BookingState.OPEN
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(hours=3))
    assert look(handle, keys=OWNER).state is BookingState.LAPSED


def test_a_second_hand_over_begins_the_time_anew_and_looks_back_to_the_first(wire, keep, monkeypatch):
    handle = sent(keep, keys=OWNER)
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(days=1))
    again = sx.provider(keys=OWNER).bookings.prepare(handle, Details("FOY-7K2M9Q-1"), keep).hold.handle
    wire.says("/orders", [])
    assert look(again, keys=OWNER).state is BookingState.OPEN
    assert wire.sent("/orders")[0]["DateFrom"] == "2026-11-20"


def test_without_credentials_nobody_is_asked_and_exactly_what_is_known_is_said(wire, keep, monkeypatch):
    handle = sent(keep)
    assert (look(handle).state, look(handle).reason) == (BookingState.OPEN, "cannot_be_asked")
    seen = look(handle, returned="success", reference="22-JZ-03GS")
    assert (seen.state, seen.reference, seen.reason) == (
        BookingState.UNPROVEN,
        "22-JZ-03GS",
        "cannot_be_asked",
    )
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(hours=3))
    assert look(handle).state is BookingState.LAPSED
    assert wire.sent("/orders") == []


def test_a_refused_signature_is_no_answer_about_the_order(wire, keep):
    handle = sent(keep, keys=OWNER)
    wire.says("/orders", (401, "no"))
    with pytest.raises(errors.Misconfigured):
        look(handle, keys=OWNER)


def test_secrets_are_in_no_handle_and_no_repr(wire, keep):
    handle = sent(keep, keys=OWNER)
    config = sx.account(keys=OWNER)
    assert OWNER["secret"] not in handle + repr(config) + repr(options.read(config))
