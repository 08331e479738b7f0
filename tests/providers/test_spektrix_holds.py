"""Spektrix, web mode: what the visitor's browser is asked to do, and what is made of what it heard."""

from __future__ import annotations

import json

import pytest
import responses

from shop.money import Money
from shop.providers import errors, http
from shop.providers.extras import Extra
from shop.providers.spektrix import inferred_basket, kept
from shop.providers.types import AskBrowser, Hold, Selection
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_browser import Browser, Kept
from tests.providers.spektrix_wire import NOW, Wire, ident

FUND, PROGRAMME, FRIEND, PRICING = ident(61), ident(62), ident(63), ident(64)
SEATS = [one["id"] for one in sx.PLANS[sx.HOUSE]["seats"]]


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


@pytest.fixture
def wire(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        found = Wire(mock)
        found.says(f"/events/{sx.EVENT}", sx.event())
        found.house(sx.instance())
        found.house(sx.instance(sx.BLOCKS, sx.FLOORS))
        found.house(sx.instance(sx.HOUSE, sx.THEATRE, hasBestAvailableOverlay=True))
        found.says(
            "/funds", [{"id": FUND, "name": "Roof", "description": "Rain", "defaultDonationAmount": 5}]
        )
        found.says("/stock-items", [{"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3}])
        found.says("/memberships", [{"id": FRIEND, "name": "Friend", "price": 35, "renewalPrice": 30}])
        found.says("/ticket-subscription-structures",
                   [{"id": ident(65), "name": "Season", "pricingSets": [{"id": PRICING, "name": "Adult",
                                                                         "price": 80}]}])  # fmt: skip
        yield found
    kept.forget()


@pytest.fixture
def keep() -> Kept:
    return Kept()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def hall(quantity: int = 2, kind: str = sx.FULL, instance: str = sx.STALLS_ONLY) -> Selection:
    return Selection(instance, offer_key=f"u:{sx.HALL}:{kind}", quantity=quantity)


def floor(quantity: int = 1, area: str = sx.FLOOR) -> Selection:
    return Selection(sx.BLOCKS, offer_key=f"u:{area}:{sx.FULL}", quantity=quantity)


def best(quantity: int = 2, kind: str = sx.FULL) -> Selection:
    return Selection(sx.HOUSE, offer_key=f"b::{sx.BAND_A}:{kind}", quantity=quantity)


def desk(**options):
    return sx.provider(**options).holds


def add(browser: Browser, keep: Kept, *selections: Selection, handle: str | None = None, **options) -> Hold:
    at = desk(**options)
    return browser.run(at, at.hold(handle, selections, keep), keep)


# --- adding -----------------------------------------------------------------------------------------------------


def test_two_dates_are_added_with_one_array_and_read_back(wire, browser, keep):
    found = add(browser, keep, hall(2), floor(1))
    assert [method for method, path, _ in browser.asked] == ["POST", "GET"]
    assert browser.asked[0][2] == [
        {"instance": sx.STALLS_ONLY, "seatingPlan": sx.HALL, "type": sx.FULL},
        {"instance": sx.STALLS_ONLY, "seatingPlan": sx.HALL, "type": sx.FULL},
        {"instance": sx.BLOCKS, "seatingPlan": sx.FLOOR, "type": sx.FULL},
    ]
    assert [item.instance_ref for item in found.items] == [sx.STALLS_ONLY, sx.STALLS_ONLY, sx.BLOCKS]
    one = found.items[0]
    assert (one.event_name, one.venue_name, one.tickets[0].ticket_type) == (
        "The Paper Lantern", "Lantern House", "Full Price",
    )  # fmt: skip
    assert one.starts_at.isoformat() == "2026-12-12T19:30:00+00:00"
    assert found.total == gbp(7350)


def test_such_a_hold_has_no_clock_and_is_never_trusted(wire, browser, keep):
    found = add(browser, keep, hall())
    assert (found.expires_at, found.verified, found.firm) == (None, False, True)
    assert all(item.expires_at is None for item in found.items)
    assert desk().read(found.handle) == found, "read calls nobody"


def test_our_server_sends_nothing_to_a_basket(wire, browser, keep):
    add(browser, keep, hall(), floor())
    assert {one.method for one in wire.requests()} == {"GET"}
    assert not any("/basket" in str(one.url) for one in wire.requests())


def test_the_handle_is_kept_before_the_browser_asks(wire, keep):
    ask = desk().hold(None, [hall()], keep)
    assert isinstance(ask, AskBrowser)
    assert keep.all == [ask.handle]
    assert json.loads(json.dumps(dict(ask.request)))["calls"], "plain JSON"


def test_a_second_choice_joins_the_first(wire, browser, keep):
    first = add(browser, keep, hall(1))
    second = add(browser, keep, floor(1), handle=first.handle)
    assert len(second.items) == 2


def test_named_seats_are_sold_only_where_the_account_allows_it(wire, browser, keep):
    chosen = Selection(sx.HOUSE, seat_refs=(SEATS[0], SEATS[1]), offer_key=f"s:{sx.FULL}")
    with pytest.raises(errors.Unsupported):
        desk().hold(None, [chosen], keep)
    found = add(browser, keep, chosen, option_own_seats="yes")
    assert [(item.tickets[0].row, item.tickets[0].number) for item in found.items] == [("A", "1"), ("A", "2")]
    assert browser.asked[0][2][0] == {"instance": sx.HOUSE, "seat": SEATS[0], "type": sx.FULL}


def test_a_seat_without_a_type_gets_the_standard_one_of_its_band(wire, browser, keep):
    body = {seat: {"band": sx.BAND_A, "status": "A"} for seat in SEATS}
    wire.says(f"/instances/{sx.HOUSE}/status/detail", body)
    ask = desk(option_own_seats="yes").hold(None, [Selection(sx.HOUSE, seat_refs=(SEATS[0],))], keep)
    assert ask.request["calls"][0]["body"][0]["type"] == sx.FULL


def test_best_available_names_the_seats_that_came_back_though_they_are_apart(wire, browser, keep):
    found = add(browser, keep, best(2), option_best_available="yes")
    assert browser.asked[0][1] == "/tickets/best-available"
    assert browser.asked[0][2] == {"instance": sx.HOUSE, "quantity": 2, "type": sx.FULL, "bands": [sx.BAND_A]}
    assert [item.tickets[0].number for item in found.items] == ["1", "4"]


def test_best_seats_of_another_type_are_changed_to_the_chosen_one(wire, browser, keep):
    browser.best_type = sx.FULL
    found = add(browser, keep, best(2, sx.UNDER_26), option_best_available="yes")
    patched = [one for one in browser.asked if one[0] == "PATCH"]
    assert patched == [("PATCH", "/tickets", {"type": sx.UNDER_26})]
    assert {item.tickets[0].ticket_type for item in found.items} == {"Under 26"}
    assert found.total == gbp(2400)


def test_a_type_that_could_not_be_changed_is_said(wire, browser, keep):
    browser.best_type = sx.FULL
    browser.refuses = lambda method, path, body: (400, {"message": "?"}) if method == "PATCH" else None
    found = add(browser, keep, best(2, sx.UNDER_26), option_best_available="yes")
    assert [(one.kind, one.problem) for one in found.refused] == [("ticket", "price_changed")] * 2
    assert {item.tickets[0].ticket_type for item in found.items} == {"Full Price"}


def test_a_ticket_that_names_its_plan_otherwise_is_not_asked_for_twice(wire, browser, keep):
    plain = browser._ticket
    browser._ticket = lambda instance, place, kind, **more: plain(instance, sx.FLOORS, kind, **more)
    found = add(browser, keep, floor(1), floor(2, sx.GALLERY_LEFT))
    assert len(found.items) == 3
    assert [method for method, _, _ in browser.asked] == ["POST", "GET"]


def test_what_was_refused_by_itself_gets_no_ticket_of_another_wish(wire, browser, keep):
    plain = browser._ticket
    browser._ticket = lambda instance, place, kind, **more: plain(instance, sx.FLOORS, kind, **more)
    browser.stock[sx.FLOOR] = 0
    found = add(browser, keep, floor(1), floor(1, sx.GALLERY_LEFT))
    assert [item.state for item in found.items] == ["held", "gone"]
    assert found.items[1].selection == floor(1)


def test_best_available_is_refused_where_it_is_not_allowed(wire, keep):
    with pytest.raises(errors.Unsupported):
        desk().hold(None, [best()], keep)
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE))
    with pytest.raises(errors.Unsupported):
        desk(option_best_available="yes").hold(None, [best()], keep)


@pytest.mark.parametrize("key", ["", "nonsense", "u::", f"u:{ident(1)}:{ident(777)}"])
def test_a_key_of_nobodys_asks_nobody(wire, keep, key):
    with pytest.raises((errors.Unsupported, errors.NotOnSale)):
        desk().hold(None, [Selection(sx.STALLS_ONLY, offer_key=key, quantity=1)], keep)
    assert keep.all == []


def test_price_discount_total_and_commission_are_shown_as_they_were_read(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.basket["tickets"][0].update(
        price=24.5,
        discount=4.5,
        total=22.0,
        customItems=[{"id": ident(5), "name": "Booking fee", "amount": 2}],
    )
    at = desk()
    found = browser.run(at, at.ask(found.handle, keep), keep)
    ticket = found.items[0].tickets[0]
    assert (ticket.price, ticket.face_value, ticket.discount, ticket.fee) == (
        gbp(2200), gbp(2450), gbp(450), gbp(200),
    )  # fmt: skip
    assert [(one.name, one.amount) for one in ticket.charges] == [("Booking fee", gbp(200))]


def test_of_a_ticket_that_costs_nothing_no_fee_is_told(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.basket["tickets"][0].update(
        total=0, customItems=[{"id": ident(5), "name": "Booking fee", "amount": 2}]
    )
    at = desk()
    ticket = browser.run(at, at.ask(found.handle, keep), keep).items[0].tickets[0]
    assert (ticket.price, ticket.fee) == (gbp(0), None), "a part is never more than the whole"


# --- refusals -----------------------------------------------------------------------------------------------------


def test_one_sold_out_among_three_is_told_and_the_others_are_had(wire, browser, keep):
    browser.stock[sx.GALLERY_LEFT] = 0
    found = add(browser, keep, hall(2), floor(1, sx.GALLERY_LEFT), floor(1))
    assert [item.state for item in found.items] == ["held", "held", "held", "gone"]
    gone = found.items[-1]
    assert (gone.problem, gone.selection) == ("sold_out", floor(1, sx.GALLERY_LEFT))
    assert gone.event_name == "The Paper Lantern"
    assert found.total == gbp(7350), "what is gone is not in the total"
    posts = [body for method, path, body in browser.asked if method == "POST"]
    assert [len(body) for body in posts] == [4, 2, 1, 1], "whole, then each by itself"


def test_what_is_gone_can_be_asked_for_again_or_forgotten(wire, browser, keep):
    browser.stock[sx.GALLERY_LEFT] = 0
    found = add(browser, keep, hall(1), floor(1, sx.GALLERY_LEFT))
    gone = next(item for item in found.items if item.state == "gone")
    forgotten = desk().release(found.handle, [gone.ref], keep)
    assert isinstance(forgotten, Hold), "nobody is asked for what is not there"
    assert [item.state for item in forgotten.items] == ["held"]
    browser.stock.clear()
    again = add(browser, keep, gone.selection, handle=found.handle)
    assert [item.state for item in again.items] == ["held", "held"]


def test_all_sold_out_is_a_refusal(wire, browser, keep):
    browser.stock = {sx.HALL: 1}
    with pytest.raises(errors.SoldOut) as refusal:
        add(browser, keep, hall(2))
    assert refusal.value.refs == (sx.STALLS_ONLY,)
    browser.stock = {sx.HALL: 0, sx.FLOOR: 0}
    with pytest.raises(errors.SoldOut):
        add(browser, keep, hall(1), floor(1))


def test_a_refusal_leaves_what_was_there(wire, browser, keep):
    first = add(browser, keep, floor(1))
    browser.stock = {sx.HALL: 0}
    with pytest.raises(errors.SoldOut):
        add(browser, keep, hall(1), handle=first.handle)
    assert [item.area for item in desk().read(keep.last).items] == ["Stalls"]


def test_two_refused_and_one_there_before_is_still_a_refusal(wire, browser, keep):
    first = add(browser, keep, floor(1, sx.GALLERY_RIGHT))
    browser.stock = {sx.HALL: 0, sx.FLOOR: 0}
    with pytest.raises(errors.SoldOut):
        add(browser, keep, hall(1), floor(1), handle=first.handle)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"message": "Validation failed", "problems": ["The seat is no longer available."]}, errors.SoldOut),
        ({"message": "This event is not on sale."}, errors.NotOnSale),
        ({"message": "The maximum number of tickets is 6"}, errors.LimitExceeded),
        ({"message": "?"}, errors.Refused),
    ],
)
def test_refusals_are_told_apart_by_their_words(wire, browser, keep, words, error):
    browser.refuses = lambda method, path, body: (400, words) if method == "POST" else None
    with pytest.raises(errors.Refused) as refusal:
        add(browser, keep, hall(1))
    assert type(refusal.value) is error


def test_a_refusal_without_words_is_explained_by_the_date_itself(wire, browser, keep):
    browser.refuses = lambda method, path, body: (400, {"message": "?"}) if method == "POST" else None
    wire.says(f"/instances/{sx.STALLS_ONLY}/status", sx.status(0))
    with pytest.raises(errors.SoldOut):
        add(browser, keep, hall(1))
    wire.says(f"/instances/{sx.STALLS_ONLY}", sx.instance(), sx.instance(isOnSale=False))
    with pytest.raises(errors.NotOnSale):
        add(browser, keep, hall(1))


def test_best_available_that_is_not_possible_leaves_the_rest(wire, browser, keep):
    browser.stock = {sx.THEATRE: 1}
    found = add(browser, keep, hall(1), best(2), option_best_available="yes")
    assert [(item.state, item.problem) for item in found.items] == [("held", ""), ("gone", "sold_out")]


# --- cookies, hosts, queues, lost answers -------------------------------------------------------------------------


def test_blocked_cookies_are_not_an_empty_basket(wire, browser, keep):
    browser.keeps_cookies = False
    with pytest.raises(errors.CookiesBlocked):
        add(browser, keep, hall(1))


def test_blocked_cookies_are_told_beside_tickets_too(wire, browser, keep):
    browser.keeps_cookies = False
    at = desk()
    with pytest.raises(errors.CookiesBlocked):
        browser.run(at, at.take(None, [Extra("donation", FUND, amount=gbp(500))], keep), keep)


def test_another_host_is_told(wire, browser, keep):
    browser.host = "system.spektrix.com"
    with pytest.raises(errors.WrongHost):
        add(browser, keep, hall(1))


def test_a_basket_that_is_empty_all_at_once_is_told_once(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.basket = browser._empty()
    at = desk()
    with pytest.raises(errors.HoldGone):
        browser.run(at, at.ask(found.handle, keep), keep)
    assert browser.run(at, at.ask(keep.last, keep), keep).items == ()


def test_a_basket_that_the_visitor_emptied_on_their_page_is_empty(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.basket["tickets"] = []
    at = desk()
    assert browser.run(at, at.ask(found.handle, keep), keep).items == ()


def test_a_note_on_a_basket_that_is_gone_says_that_it_is_gone(wire, browser, keep):
    found = add(browser, keep, hall(1))
    ask = desk().note(found.handle, {"Guest": "Grace"}, keep, tickets=[])
    browser.basket = browser._empty()
    with pytest.raises(errors.HoldGone):
        desk().heard(ask.handle, browser.does(ask), keep)


def test_a_browser_without_any_answer_is_told_from_a_box_office_that_is_down(wire, browser, keep):
    browser.loses = lambda method, path: True
    with pytest.raises(errors.Unreached):
        add(browser, keep, hall(1))
    ask = desk().hold(None, [hall(1)], keep)
    told = {"step": ask.request["step"], "calls": [{"status": 503, "body": None}], "read": {"status": 503}}
    with pytest.raises(errors.Unavailable) as down:
        desk().heard(ask.handle, told, keep)
    assert not isinstance(down.value, errors.Unreached)


def test_a_lost_answer_of_an_add_that_worked_is_found_in_the_basket(wire, browser, keep):
    browser.loses = lambda method, path: method == "POST"
    found = add(browser, keep, hall(2))
    assert len(found.items) == 2
    assert [method for method, _, _ in browser.asked] == ["POST", "GET"], "never repeated blindly"


def test_an_add_without_an_answer_that_is_not_there_is_not_repeated(wire, browser, keep):
    ask = desk().hold(None, [hall(1), floor(1)], keep)
    told = {"step": ask.request["step"], "calls": [{"status": 0, "body": None}],
            "read": {"status": 200, "body": browser._whole()}}  # fmt: skip
    with pytest.raises(errors.OutcomeUnknown):
        desk().heard(ask.handle, told, keep)


def test_a_page_of_a_gateway_refuses_nothing(wire, browser, keep):
    browser.refuses = lambda method, path, body: (403, None)
    with pytest.raises(errors.Unreached):
        add(browser, keep, hall(1))
    browser.refuses = lambda method, path, body: (429, None)
    with pytest.raises(errors.Unavailable):
        add(browser, keep, hall(1))


def test_a_queue_is_joined_and_the_wish_asked_for_again(wire, browser, keep):
    browser.queue = [{"code": "JoinQueue", "position": 40}, {"position": 7}]
    at = desk()
    with pytest.raises(errors.Queued) as queued:
        add(browser, keep, hall(2))
    assert (queued.value.joined, queued.value.needs_empty) == (False, False)
    ask = at.join_queue(keep.last, keep)
    assert ask.request["calls"][0]["url"] == f"{sx.DOMAIN}/lantern/api/v3/basket/queue/{sx.STALLS_ONLY}"
    with pytest.raises(errors.Queued) as queued:
        at.heard(ask.handle, browser.does(ask), keep)
    assert (queued.value.joined, queued.value.position) == (True, 40)
    ask = at.join_queue(keep.last, keep)
    assert ask.request["wait"] == inferred_basket.QUEUE_SECONDS
    with pytest.raises(errors.Queued) as queued:
        at.heard(ask.handle, browser.does(ask), keep)
    assert queued.value.position == 7
    found = browser.run(at, at.join_queue(keep.last, keep), keep)
    assert len(found.items) == 2


def test_nobody_with_a_full_basket_stands_in_line(wire, browser, keep):
    first = add(browser, keep, floor(1))
    browser.queue = [{"position": 1}]
    with pytest.raises(errors.Queued) as queued:
        add(browser, keep, hall(1), handle=first.handle)
    assert queued.value.needs_empty
    with pytest.raises(errors.Queued):
        desk().join_queue(keep.last, keep)


def test_an_address_in_a_queues_answer_leads_nowhere_else(wire, browser, keep):
    evil = {"code": "JoinQueue", "joinQueue": "https://evil.example/", "eventInstanceId": "../../customer"}
    browser.refuses = lambda method, path, body: (400, evil) if method == "POST" else None
    with pytest.raises(errors.Queued):
        add(browser, keep, hall(1))
    with pytest.raises(errors.Refused):
        desk().join_queue(keep.last, keep)


def test_an_answer_told_twice_changes_nothing(wire, browser, keep):
    at = desk()
    ask = at.hold(None, [hall(2)], keep)
    told = browser.does(ask)
    first = at.heard(ask.handle, told, keep)
    assert isinstance(first, Hold)
    second = at.heard(first.handle, told, keep)
    assert isinstance(second, Hold)
    assert [item.ref for item in second.items] == [item.ref for item in first.items]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"calls": "x", "read": 7},
        {"read": {"status": 200, "body": [1]}},
        {"read": {"status": True, "body": {}}},
    ],
)
def test_nonsense_from_a_browser_is_an_error_and_no_crash(wire, keep, told):
    ask = desk().hold(None, [hall(1)], keep)
    with pytest.raises(errors.ProviderError):
        desk().heard(ask.handle, {"step": ask.request["step"], **told}, keep)


def test_nothing_personal_is_kept_of_a_basket(wire, browser, keep):
    browser.basket["customer"] = {"id": "I-8H22-22HV", "email": "ada@example.org", "firstName": "Ada"}
    found = add(browser, keep, hall(1))
    assert "ada@example.org" not in found.handle
    assert all("ada@example.org" not in handle for handle in keep.all)


def test_a_handle_that_is_none_of_ours_is_gone(wire, keep):
    for handle in ("x", "{}", '{"v":2}'):
        with pytest.raises(errors.HoldGone):
            desk().read(handle)


def test_tickets_chosen_on_their_own_page_appear_with_their_names(wire, browser, keep):
    browser.basket["tickets"].append(
        browser._ticket(sx.HOUSE, sx.THEATRE, sx.FULL, seat={"id": SEATS[3]}, seatName="Box 4")
    )
    at = desk()
    [item] = browser.run(at, at.ask(None, keep), keep).items
    ticket = item.tickets[0]
    assert (item.event_name, ticket.row, ticket.number) == ("The Paper Lantern", "Box", "4")
    assert ticket.ticket_type == "Full Price"


# --- removing -------------------------------------------------------------------------------------------------------


def test_two_of_three_tickets_are_removed(wire, browser, keep):
    found = add(browser, keep, hall(3))
    at = desk()
    refs = [item.ref for item in found.items[:2]]
    left = browser.run(at, at.release(found.handle, refs, keep), keep)
    assert [item.ref for item in left.items] == [found.items[2].ref]
    [removed] = [one for one in browser.asked if one[0] == "DELETE"]
    assert removed == ("DELETE", "/tickets", None), "ids are in the address, and there is no body"


def test_everything_is_cleared(wire, browser, keep):
    found = add(browser, keep, hall(2))
    at = desk()
    left = browser.run(at, at.release(found.handle, None, keep), keep)
    assert (left.items, left.extras, left.total) == ((), (), gbp(0))
    assert ("POST", "/clear", {}) in browser.asked


def test_what_stays_after_a_removal_is_said(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.refuses = lambda method, path, body: (400, {"message": "?"}) if method == "DELETE" else None
    at = desk()
    with pytest.raises(errors.Refused):
        browser.run(at, at.release(found.handle, [found.items[0].ref], keep), keep)


def test_releasing_what_is_already_gone_is_a_success(wire, browser, keep):
    found = add(browser, keep, hall(1))
    left = desk().release(found.handle, ["never-there"], keep)
    assert isinstance(left, Hold)
    assert len(left.items) == 1


# --- beside tickets ---------------------------------------------------------------------------------------------------


def take(browser: Browser, keep: Kept, *extras: Extra, handle: str | None = None, **options) -> Hold:
    at = desk(**options)
    return browser.run(at, at.take(handle, extras, keep), keep)


def test_what_is_sold_beside_tickets_is_listed(wire):
    found = {one.kind: one for one in sx.provider().catalog.extras()}
    assert set(found) == {"donation", "merchandise", "membership", "subscription"}
    assert (found["donation"].price, found["donation"].suggested) == (None, gbp(500))
    assert (found["merchandise"].left, found["merchandise"].reference) == (3, 30)
    assert (found["membership"].renewal_price, found["membership"].most) == (gbp(3000), 1)
    assert (found["subscription"].group, found["subscription"].ref) == ("Season", PRICING)


def test_offers_and_statements_are_told_in_the_venues_words(wire):
    wire.says(
        "/offers", [{"id": ident(71), "name": "Early bird", "endDate": "2026-12-01T00:00:00"}, {"name": ""}]
    )
    wire.says("/statements", [{"id": ident(72), "text": "May we write to you?"}])
    catalog = sx.provider().catalog
    assert [(one.name, one.ends_at.isoformat()) for one in catalog.offers()] == [
        ("Early bird", "2026-12-01T00:00:00+00:00")
    ]
    assert [one.text for one in catalog.statements()] == ["May we write to you?"]


def test_a_list_that_a_venue_does_not_have_hides_nothing_else(wire):
    wire.says("/memberships", (404, {"message": "Not found"}))
    assert {one.kind for one in sx.provider().catalog.extras()} == {"donation", "merchandise", "subscription"}


def test_each_kind_is_a_call_of_its_own(wire, browser, keep):
    found = take(
        browser, keep, Extra("donation", FUND, amount=gbp(1250)),
        Extra("merchandise", PROGRAMME, quantity=2, reference="For Ada"), Extra("membership", FRIEND, auto_renew=True),
        Extra("subscription", PRICING, quantity=2),
    )  # fmt: skip
    posts = {path: body for method, path, body in browser.asked if method == "POST"}
    assert posts["/donations"] == [{"fundId": FUND, "amount": 12.5}]
    assert posts["/merchandise"] == [{"stockItem": PROGRAMME, "reference": "For Ada"}] * 2, (
        "one element a unit"
    )
    assert posts["/membership-subscriptions"] == [{"membership": FRIEND, "autoRenew": True}]
    assert posts["/ticket-subscriptions"] == [{"pricingSetId": PRICING, "quantity": 2}]
    assert [(one.kind, one.name, one.total) for one in found.extras] == [
        ("donation", "Roof", gbp(1250)), ("merchandise", "Programme", gbp(450)),
        ("merchandise", "Programme", gbp(450)), ("membership", "Friend", gbp(3500)),
        ("subscription", "Season, Adult", gbp(16000)),
    ]  # fmt: skip
    assert (found.extras[1].reference, found.extras[3].auto_renew) == ("For Ada", True)
    assert found.total == gbp(21650)


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        (Extra("merchandise", PROGRAMME, reference="x" * 31), errors.DetailsRejected),
        (Extra("merchandise", PROGRAMME, quantity=4), errors.SoldOut),
        (Extra("merchandise", PROGRAMME, quantity=0), errors.DetailsRejected),
        (Extra("membership", FRIEND, quantity=2), errors.OneOfAKind),
        (Extra("donation", FUND), errors.DetailsRejected),
        (Extra("donation", FUND, amount=Money(0, "GBP")), errors.DetailsRejected),
        (Extra("donation", FUND, amount=Money(500, "EUR")), errors.DetailsRejected),
        (Extra("donation", ident(4040), amount=Money(500, "GBP")), errors.NotOnSale),
        (Extra("gift_voucher", "gift_voucher", amount=Money(500, "GBP")), errors.Unsupported),
    ],
)
def test_what_cannot_be_had_is_said_before_anybody_is_asked(wire, keep, extra, error):
    with pytest.raises(error):
        desk().take(None, [extra], keep)
    assert keep.all == []


def test_a_reference_of_thirty_letters_is_taken(wire, browser, keep):
    found = take(browser, keep, Extra("merchandise", PROGRAMME, reference="x" * 30))
    assert found.extras[0].reference == "x" * 30


def test_the_second_membership_of_its_kind_is_refused(wire, browser, keep):
    first = take(browser, keep, Extra("membership", FRIEND))
    with pytest.raises(errors.OneOfAKind):
        desk().take(first.handle, [Extra("membership", FRIEND)], keep)


@pytest.mark.parametrize(
    ("words", "error"),
    [("The customer already has this membership.", errors.OneOfAKind),
     ("It is too early to renew this membership", errors.RenewalTooEarly)],
)  # fmt: skip
def test_a_membership_that_the_customer_has_is_explained(wire, browser, keep, words, error):
    browser.refuses = lambda method, path, body: (400, {"message": words}) if "membership" in path else None
    with pytest.raises(error):
        take(browser, keep, Extra("membership", FRIEND))


def test_one_kind_refused_leaves_the_others_and_says_which(wire, browser, keep):
    browser.refuses = lambda method, path, body: (
        (400, {"message": "out of stock"}) if "merch" in path else None
    )
    found = take(browser, keep, Extra("donation", FUND, amount=gbp(100)), Extra("merchandise", PROGRAMME))
    assert [one.kind for one in found.extras] == ["donation"]
    assert [(one.kind, one.ref, one.problem) for one in found.refused] == [
        ("merchandise", PROGRAMME, "sold_out")
    ]


def test_an_array_that_is_refused_whole_is_asked_for_one_by_one(wire, browser, keep):
    """A poster that has just gone takes no programme with it."""
    poster = ident(402)
    wire.says("/stock-items", [{"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3},
                               {"id": poster, "name": "Poster", "price": 18}])  # fmt: skip
    browser.refuses = lambda method, path, body: (
        (400, {"message": "The stock item is out of stock."})
        if "merch" in path and any(one["stockItem"] == poster for one in body)
        else None
    )
    found = take(
        browser, keep, Extra("merchandise", PROGRAMME, quantity=2, reference="For Ada"),
        Extra("donation", FUND, amount=gbp(100)), Extra("merchandise", poster),
    )  # fmt: skip
    assert [(one.kind, one.name, one.reference) for one in found.extras] == [
        ("donation", "Roof", ""), ("merchandise", "Programme", "For Ada"), ("merchandise", "Programme", "For Ada"),
    ]  # fmt: skip
    assert [(one.kind, one.ref, one.problem) for one in found.refused] == [
        ("merchandise", poster, "sold_out")
    ]


def test_where_nothing_is_had_each_reason_is_told(wire, browser, keep):
    browser.refuses = lambda method, path, body: (
        (400, {"message": "out of stock"}) if "merch" in path else (400, {"message": "too early to renew"})
        if "member" in path else None
    )  # fmt: skip
    with pytest.raises(errors.Refused) as refused:
        take(browser, keep, Extra("membership", FRIEND), Extra("merchandise", PROGRAMME))
    assert [(one.kind, one.problem) for one in refused.value.refusals] == [
        ("membership", "renewal_too_early"), ("merchandise", "sold_out"),
    ]  # fmt: skip


def test_what_lies_in_the_basket_is_not_counted_against_the_stock_again(wire, browser, keep):
    first = take(browser, keep, Extra("merchandise", PROGRAMME, quantity=2))
    found = take(browser, keep, Extra("merchandise", PROGRAMME, quantity=2), handle=first.handle)
    assert len(found.extras) == 4


def test_each_thing_names_the_venues_own_page_that_sells_it(wire):
    found = {one.kind: one.own_page for one in sx.provider().catalog.extras()}
    assert found["donation"] == f"{sx.DOMAIN}/lantern/website/Donations.aspx"
    assert found["subscription"] == f"{sx.DOMAIN}/lantern/website/TicketSubscriptions"


def test_a_gift_voucher_is_sold_where_the_account_allows_it(wire, browser, keep):
    voucher = Extra("gift_voucher", "gift_voucher", amount=gbp(2500), answers=(("to_name", "Grace"),))
    found = take(browser, keep, voucher, option_gift_vouchers="yes")
    assert browser.asked[0][2] == [{"amount": 25, "deliveryType": "CustomerEmail", "toName": "Grace"}]
    assert found.extras[0].total == gbp(2500)


def test_extras_are_removed_by_kind(wire, browser, keep):
    found = take(browser, keep, Extra("donation", FUND, amount=gbp(100)), Extra("merchandise", PROGRAMME))
    at = desk()
    left = browser.run(at, at.release(found.handle, [one.ref for one in found.extras], keep), keep)
    assert left.extras == ()
    assert [path for method, path, _ in browser.asked if method == "DELETE"] == ["/donations", "/merchandise"]


# --- attributes and codes -----------------------------------------------------------------------------------------------


def note(browser: Browser, keep: Kept, handle: str, notes: dict, tickets=None, **options) -> Hold:
    at = desk(**options)
    return browser.run(at, at.note(handle, notes, keep, tickets=tickets), keep)


def test_an_attribute_is_written_under_its_label_and_read_without_its_spaces(wire, browser, keep):
    found = add(browser, keep, hall(2))
    ref = found.items[0].ref
    told = note(browser, keep, found.handle, {"Registrant Meal Choice": "Vegan"}, tickets=[ref])
    assert ("PATCH", f"/tickets/{ref}", {"attribute_Registrant Meal Choice": "Vegan"}) in browser.asked
    assert told.items[0].tickets[0].attributes == (("RegistrantMealChoice", "Vegan"),)
    assert told.items[1].tickets[0].attributes == ()
    assert told.refused == ()


def test_an_attribute_on_all_tickets_is_one_call(wire, browser, keep):
    found = add(browser, keep, hall(2))
    told = note(browser, keep, found.handle, {"Guest": "Grace"}, tickets=[])
    assert ("PATCH", "/tickets", {"attribute_Guest": "Grace"}) in browser.asked
    assert all(item.tickets[0].attributes == (("Guest", "Grace"),) for item in told.items)


def test_a_tick_is_written_as_true_and_read_back_as_yes(wire, browser, keep):
    found = add(browser, keep, hall(1))
    told = note(browser, keep, found.handle, {"Over 18": True}, tickets=[])
    assert ("PATCH", "/tickets", {"attribute_Over 18": True}) in browser.asked
    assert told.items[0].tickets[0].attributes == (("Over18", "yes"),)
    assert told.refused == ()
    told = note(browser, keep, told.handle, {"Over 18": False}, tickets=[])
    assert told.items[0].tickets[0].attributes == ()
    assert told.refused == ()


@pytest.mark.parametrize(
    ("written", "read", "same"),
    [(True, "True", True), (True, "", False), (" Ada ", "Ada", True), ("Ada", "ADA", False)],
)
def test_what_is_read_back_is_compared_with_what_was_written(written, read, same):
    assert inferred_basket.is_read_back(written, read) is same


def test_the_room_learns_under_which_name_an_answer_is_read_back(wire, browser, keep):
    found = add(browser, keep, hall(1))
    told = note(browser, keep, found.handle, {"Name of Guest": "Grace"}, option_order_attributes="yes")
    assert told.attributes == ((desk().note_key("Name of Guest"), "Grace"),)


def test_a_label_that_is_not_read_back_is_told(wire, browser, keep):
    found = add(browser, keep, hall(1))
    told = note(browser, keep, found.handle, {"Unknown label": "x", "Guest": "Grace"}, tickets=[])
    assert [(one.kind, one.ref, one.problem) for one in told.refused] == [
        ("attribute", "Unknown label", "attribute_missing")
    ]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((403, None), errors.Unreached),
        ((503, None), errors.Unavailable),
        ((500, {"message": "x"}), errors.Unavailable),
    ],
)
def test_a_gateway_or_an_outage_says_nothing_of_a_label(wire, browser, keep, reply, error):
    found = add(browser, keep, hall(1))
    browser.refuses = lambda method, path, body: reply if method == "PATCH" else None
    with pytest.raises(error):
        note(browser, keep, found.handle, {"Guest": "Grace"}, tickets=[])


def test_answers_that_got_lost_are_not_known_until_the_basket_is_read_again(wire, browser, keep):
    found = add(browser, keep, hall(1))
    at = desk()
    ask = at.note(found.handle, {"Guest": "Grace"}, keep, tickets=[])
    heard = {**browser.does(ask), "calls": [{"status": 0, "body": None}]}
    heard["read"] = browser._call("GET", ask.request["read"], None)
    del heard["read"]["body"]["tickets"][0]["attribute_Guest"]
    with pytest.raises(errors.OutcomeUnknown):
        at.heard(ask.handle, heard, keep)
    assert at.read(keep.last).items[0].tickets[0].attributes == ()


def test_a_label_that_they_say_no_to_is_told_with_that_reason(wire, browser, keep):
    found = add(browser, keep, hall(1))
    browser.refuses = lambda method, path, body: (
        (400, {"message": "no such attribute"}) if method == "PATCH" else None
    )
    told = note(browser, keep, found.handle, {"Guest": "Grace"}, tickets=[])
    assert [(one.ref, one.problem) for one in told.refused] == [("Guest", "refused")]


def test_a_ticket_that_is_gone_meanwhile_says_nothing_of_a_label(wire, browser, keep):
    found = add(browser, keep, hall(2))
    at = desk()
    ask = at.note(found.handle, {"Guest": "Grace"}, keep, tickets=[found.items[0].ref])
    browser.basket["tickets"].pop(0)
    assert browser.run(at, ask, keep).refused == ()


def test_order_attributes_are_written_only_where_the_checkout_does_not_ask(wire, browser, keep):
    found = add(browser, keep, hall(1))
    with pytest.raises(errors.Unsupported):
        desk().note(found.handle, {"Access": "Ramp"}, keep)
    told = note(browser, keep, found.handle, {"Access": "Ramp"}, option_order_attributes="yes")
    assert ("PATCH", "", {"attribute_Access": "Ramp"}) in browser.asked
    assert told.refused == ()


def test_an_empty_basket_takes_no_attributes(wire, browser, keep):
    at = desk(option_order_attributes="yes")
    empty = browser.run(at, at.ask(None, keep), keep)
    with pytest.raises(errors.HoldGone):
        at.note(empty.handle, {"Access": "Ramp"}, keep)


def test_a_code_is_applied_by_them_or_refused(wire, browser, keep):
    found = add(browser, keep, hall(1), option_promo_codes="yes")
    at = desk(option_promo_codes="yes")
    assert browser.run(at, at.use_code(found.handle, "winter ".strip().upper(), keep), keep).code == "WINTER"
    with pytest.raises(errors.Refused) as refusal:
        browser.run(at, at.use_code(keep.last, "SUMMER", keep), keep)
    assert refusal.value.code == "discount_invalid"
    with pytest.raises(errors.Unsupported):
        desk().use_code(found.handle, "WINTER", keep)
