"""Spektrix, agent mode: our server holds what was chosen, with signed calls, in a basket of its own."""

from __future__ import annotations

import pytest
import requests
import responses

from shop.money import Money
from shop.providers import errors, http
from shop.providers.extras import Extra
from shop.providers.spektrix import kept
from shop.providers.types import Hold, Selection
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import LOST, Agency, provider
from tests.providers.spektrix_browser import Kept
from tests.providers.spektrix_wire import NOW, Wire, ident

FUND, PROGRAMME, FRIEND = ident(61), ident(62), ident(63)
SEATS = [one["id"] for one in sx.PLANS[sx.HOUSE]["seats"]]


@pytest.fixture
def mock(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "after_call", [])
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found
    kept.forget()


@pytest.fixture(autouse=True)
def wire(mock):
    found = Wire(mock)
    found.says(f"/events/{sx.EVENT}", sx.event())
    found.house(sx.instance())
    found.house(sx.instance(sx.BLOCKS, sx.FLOORS))
    found.house(sx.instance(sx.HOUSE, sx.THEATRE, hasBestAvailableOverlay=True))
    found.says(f"/instances/{sx.HOUSE}/status/detail",
               {seat: {"band": sx.BAND_A, "status": "A"} for seat in SEATS})  # fmt: skip
    found.says("/funds", [{"id": FUND, "name": "Roof", "defaultDonationAmount": 5}])
    found.says("/stock-items", [{"id": PROGRAMME, "name": "Programme", "price": 4.5, "stockLevel": 3}])
    found.says("/memberships", [{"id": FRIEND, "name": "Friend", "price": 35, "renewalPrice": 30}])
    return found


@pytest.fixture
def office(mock) -> Agency:
    return Agency(mock)


@pytest.fixture
def keep() -> Kept:
    return Kept()


def hall(quantity: int = 2, kind: str = sx.FULL, instance: str = sx.STALLS_ONLY) -> Selection:
    return Selection(instance, offer_key=f"u:{sx.HALL}:{kind}", quantity=quantity)


def floor(quantity: int = 1) -> Selection:
    return Selection(sx.BLOCKS, offer_key=f"u:{sx.FLOOR}:{sx.FULL}", quantity=quantity)


def best(quantity: int = 2, kind: str = sx.FULL) -> Selection:
    return Selection(sx.HOUSE, offer_key=f"b::{sx.BAND_A}:{kind}", quantity=quantity)


def desk(**options):
    return provider(**options).holds


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def add(keep: Kept, *selections: Selection, handle: str | None = None, **options) -> Hold:
    return desk(**options).hold(handle, selections, keep)


def test_tickets_are_held_with_signed_calls_and_read_back(office, keep):
    found = add(keep, hall())
    assert (found.firm, found.verified, found.total, found.expires_at) == (True, True, gbp(4900), None)
    assert [item.event_name for item in found.items] == ["The Paper Lantern"] * 2
    assert [(method, path.split("/")[1]) for method, path, _body in office.calls] == [
        ("POST", "baskets"), ("POST", "baskets"), ("GET", "baskets"),
    ]  # fmt: skip
    assert office.unsigned == []
    assert keep.last == found.handle


def test_tickets_of_several_dates_are_one_array(office, keep):
    found = add(keep, hall(1), floor(2))
    (array,) = office.sent("POST", "/tickets")
    assert [one["instance"] for one in array] == [sx.STALLS_ONLY, sx.BLOCKS, sx.BLOCKS]
    assert len(found.items) == 3


def test_seats_of_our_own_list_are_held_by_their_ids_where_the_account_allows_it(office, keep):
    chosen = Selection(sx.HOUSE, seat_refs=(SEATS[1], SEATS[2]), offer_key=f"s:{sx.FULL}")
    found = add(keep, chosen, option_own_seats="yes")
    assert sorted(item.tickets[0].number for item in found.items) == ["2", "3"]
    assert office.sent("POST", "/tickets")[0][0]["seat"] == SEATS[1]
    with pytest.raises(errors.Unsupported):
        add(keep, chosen)


def test_best_available_is_asked_for_by_quantity_and_changed_to_the_type_that_was_chosen(office, keep):
    office.best_type = sx.FULL
    found = add(keep, best(2, sx.UNDER_26), option_best_available="yes")
    assert found.total == gbp(2400)
    assert office.sent("POST", "/best-available")[0]["quantity"] == 2


def test_a_second_choice_goes_into_the_same_basket(office, keep):
    first = add(keep, hall(1))
    both = add(keep, floor(), handle=first.handle)
    assert len(both.items) == 2
    assert len(office.sent("POST", "/baskets")) == 1


def test_a_choice_that_is_refused_changes_nothing_and_says_why(office, keep):
    first = add(keep, hall(1))
    office.stock[sx.FLOOR] = 0
    with pytest.raises(errors.SoldOut):
        add(keep, hall(1), floor(), handle=keep.last)
    assert desk().read(keep.last).items == first.items


def test_half_of_a_choice_is_given_back_where_the_rest_is_refused(office, keep):
    office.refuses = lambda method, path, body: (
        (400, {"message": "Best Available Seats not possible for this event instance"})
        if path.endswith("best-available")
        else None
    )
    with pytest.raises(errors.SoldOut):
        add(keep, hall(1), best(), option_best_available="yes")
    assert desk().read(keep.last).items == ()


def test_which_of_the_seats_is_gone_is_told(office, keep, wire):
    wire.says(f"/instances/{sx.HOUSE}/status/detail",
              {seat: {"band": sx.BAND_A, "status": "U" if seat == SEATS[2] else "A"} for seat in SEATS})  # fmt: skip
    office.stock[SEATS[2]] = 0
    chosen = Selection(sx.HOUSE, seat_refs=(SEATS[1], SEATS[2]), offer_key=f"s:{sx.FULL}")
    with pytest.raises(errors.SoldOut) as caught:
        add(keep, chosen, option_own_seats="yes")
    assert caught.value.refs == (SEATS[2],)


def test_a_lost_answer_is_read_again_and_never_repeated(office, keep):
    office.says = lambda method, path: LOST if path.endswith("/tickets") and method == "POST" else None
    found = add(keep, hall())
    assert len(found.items) == 2
    assert len(office.sent("POST", "/tickets")) == 1


def test_a_lost_answer_of_which_nothing_is_there_is_unknown(office, keep):
    office.says = lambda method, path: requests.ReadTimeout() if path.endswith("/tickets") else None
    with pytest.raises(errors.OutcomeUnknown):
        add(keep, hall())
    office.says = lambda method, path: None
    assert desk().read(keep.last).items == ()


def test_where_the_basket_cannot_be_read_after_a_change_it_is_unknown(office, keep):
    office.says = lambda method, path: (503, {}) if method == "GET" else None
    with pytest.raises(errors.OutcomeUnknown):
        add(keep, hall())
    office.says = lambda method, path: None
    assert len(desk().read(keep.last).items) == 2  # it was held after all, in the basket that was remembered


def test_an_empty_basket_whose_answer_was_lost_is_made_again(office, keep):
    answers = [LOST]
    office.says = lambda method, path: answers.pop() if path == "/baskets" and answers else None
    assert len(add(keep, hall()).items) == 2
    office.says = lambda method, path: (500, {}) if path == "/baskets" else None
    with pytest.raises(errors.Unavailable):
        add(keep, hall())


def test_a_signature_that_is_refused_is_a_matter_of_the_operator(office, keep):
    with pytest.raises(errors.Misconfigured):
        add(keep, hall(), keys={"api_user": "foyer-agent", "secret": "bm9uZQ=="})
    assert office.calls == []
    assert office.unsigned == ["/baskets"]


def test_a_basket_that_timed_out_is_gone(office, keep):
    held = add(keep, hall())
    office.time_out()
    with pytest.raises(errors.HoldGone):
        desk().read(held.handle)
    with pytest.raises(errors.HoldGone):
        add(keep, floor(), handle=held.handle)


def test_a_basket_that_is_empty_all_at_once_is_gone_too(office, keep):
    held = add(keep, hall())
    next(iter(office.held.values()))["tickets"] = []
    with pytest.raises(errors.HoldGone):
        desk().read(held.handle)


def test_tickets_are_given_back_one_by_one_and_all_at_once(office, keep):
    held = add(keep, hall(3))
    rest = desk().release(held.handle, [held.items[0].ref], keep)
    assert len(rest.items) == 2
    assert desk().release(rest.handle, [held.items[0].ref], keep).items == rest.items
    assert desk().release(rest.handle, None, keep).items == ()
    assert desk().read(keep.last).items == ()


def test_a_queue_in_the_way_is_waited_for(office, keep):
    office.queue = [{"code": "JoinQueue"}]
    with pytest.raises(errors.Unavailable):
        add(keep, hall())


def test_what_is_sold_beside_tickets_is_taken_at_once(office, keep):
    chosen = [Extra("donation", FUND, amount=gbp(500)), Extra("merchandise", PROGRAMME, 2, reference="Ada")]
    found = desk().take(None, chosen, keep)
    assert [(one.kind, one.name, one.total) for one in found.extras] == [
        ("donation", "Roof", gbp(500)), ("merchandise", "Programme", gbp(450)), ("merchandise", "Programme", gbp(450)),
    ]  # fmt: skip
    assert found.verified
    assert found.total == gbp(1400)
    kinds = [one.kind for one in provider().catalog.extras()]
    assert "subscription" not in kinds
    assert "subscription" not in provider().capabilities.extras
    with pytest.raises(errors.Unsupported):
        desk().take(None, [Extra("subscription", ident(66))], keep)


def test_a_second_membership_of_a_kind_is_refused_and_the_rest_is_had(office, keep):
    first = desk().take(None, [Extra("membership", FRIEND)], keep)
    with pytest.raises(errors.OneOfAKind):
        desk().take(first.handle, [Extra("membership", FRIEND)], keep)
    office.refuses = lambda method, path, body: (
        (400, {"message": "sold out"}) if path == "/merchandise" else None
    )
    both = desk().take(
        keep.last, [Extra("merchandise", PROGRAMME), Extra("donation", FUND, amount=gbp(300))], keep
    )
    assert [one.problem for one in both.refused] == ["sold_out"]
    assert [one.kind for one in both.extras] == ["donation", "membership"]


def test_answers_are_noted_on_tickets_and_on_the_order(office, keep):
    held = add(keep, hall(2))
    one = desk().note(held.handle, {"Dietary needs": "None"}, keep, tickets=[held.items[0].ref])
    assert [dict(item.tickets[0].attributes) for item in one.items] == [{"Dietaryneeds": "None"}, {}]
    both = desk().note(one.handle, {"Heard of us": "Radio"}, keep)
    assert dict(both.attributes) == {"Heardofus": "Radio"}
    lost = desk().note(both.handle, {"Unknown label": "x"}, keep)
    assert [(one.ref, one.problem) for one in lost.refused] == [("Unknown label", "attribute_missing")]


def test_a_code_counts_or_is_refused(office, keep):
    held = add(keep, hall(1))
    able = desk(option_promo_codes="yes")
    assert able.use_code(held.handle, "WINTER", keep).code == "WINTER"
    with pytest.raises(errors.Refused) as caught:
        able.use_code(keep.last, "NONE", keep)
    assert caught.value.code == "discount_invalid"
    with pytest.raises(errors.Unsupported):
        desk().use_code(held.handle, "WINTER", keep)


def test_what_belongs_to_nothing_that_is_listed_is_a_charge(office, keep, monkeypatch):
    whole = office._whole
    monkeypatch.setattr(office, "_whole", lambda: {**whole(), "total": whole()["total"] + 2.5})
    found = add(keep, hall(1))
    assert found.total == gbp(2700)
    assert [one.amount for one in found.charges] == [gbp(250)]


def test_no_call_of_the_catalogue_carries_a_signature(office, keep, mock, wire):
    known = provider(option_own_seats="yes", option_best_available="yes")
    wire.says("/events", [sx.event()])
    wire.says("/instances", [sx.instance()])
    wire.says("/offers", [])
    wire.says("/statements", [])
    for area in (sx.FLOOR, sx.GALLERY_LEFT, sx.GALLERY_RIGHT):
        wire.says(f"/instances/{sx.BLOCKS}/status/areas/{area}", sx.status(9))
    wire.says("/countries", [{"isoCode": "GB", "name": "United Kingdom"}])
    for ref in (sx.STALLS_ONLY, sx.BLOCKS, sx.HOUSE):
        known.catalog.availability(ref)
    for ask in (known.catalog.extras, known.catalog.offers, known.catalog.statements):
        ask()
    known.holds.hold(None, [hall()], keep)
    known.bookings.questions(keep.last)
    private = ("/baskets", "/customers", "/orders")
    public = [one.request for one in mock.calls if not any(name in one.request.url for name in private)]
    assert len(public) > 10
    assert not [one.url for one in public if "Authorization" in one.headers]
    assert all("/baskets" in path for _method, path, _body in office.calls)
    assert not [key for key in kept._kept if any(name.strip("/") in part for part in key for name in private)]
