"""Tickethead's wishes: nothing is taken from sale, every rule is checked, every look is fresh."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    BadAnswer,
    HoldGone,
    LimitExceeded,
    NotOnSale,
    Refused,
    SoldOut,
    Unavailable,
    Unsupported,
)
from tests.providers import tickethead_wire as th
from tests.providers.tickethead_wire import Kept, Wire, wants

EUR = "EUR"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: th.NOW)
    monkeypatch.setattr(http, "mounts", {})


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


@pytest.fixture
def keep():
    return Kept()


def hold(keep, *selections, handle=None):
    return th.provider().holds.hold(handle, selections, keep)


def event(wire, number=0, **changes):
    """The event with one of its ticket configs changed."""
    body = th.payload("event__standing")
    body["data"]["ticket_config"][number] |= changes
    wire.says(th.EVENT, body)


def states(held):
    return [(item.ref, item.state, item.problem) for item in held.items]


def test_a_wish_makes_no_order_and_takes_nothing_from_sale(wire, keep):
    held = hold(keep, wants(quantity=2))
    assert held.firm is False
    assert held.expires_at is None
    assert wire.steps() == ["login"]  # a guest log-in of the catalogue, nothing else was written
    (item,) = held.items
    assert (item.ref, item.state, item.instance_ref, item.event_ref) == ("w1", "wish", "311", "311")
    assert (item.event_name, item.starts_at) == (
        "Night of Lanterns",
        datetime(2027, 3, 5, 18, 30, tzinfo=UTC),
    )
    assert item.total == held.total == Money(5464, EUR)
    assert [t.price for t in item.tickets] == [Money(2732, EUR), Money(2732, EUR)]
    assert [t.ticket_type for t in item.tickets] == ["Standing", "Standing"]
    assert sum(t.fee.minor for t in item.tickets) == 364
    assert keep.last == held.handle


def test_the_handle_holds_no_token_before_there_is_an_order(wire, keep):
    assert json.loads(hold(keep, wants()).handle)["token"] == ""


def test_every_selection_is_an_item_of_its_own(wire, keep):
    first = hold(keep, wants(quantity=2))
    second = hold(keep, wants(quantity=1), wants("7491", 1), handle=first.handle)
    assert states(second) == [("w1", "wish", ""), ("w2", "wish", ""), ("w3", "wish", "")]
    assert len({t.ref for item in second.items for t in item.tickets}) == 4
    assert second.total == Money.total([item.total for item in second.items], EUR)


def test_the_selection_of_an_item_asks_for_the_same_again(wire, keep):
    choice = wants(quantity=3, discount_refs=("14",))
    (item,) = hold(keep, choice).items
    assert item.selection == choice


def test_wishes_are_in_the_currency_of_their_event(wire, keep):
    body = th.payload("event__standing")
    for config in body["data"]["ticket_config"]:
        config["currency"] = "CHF"
    wire.says(th.EVENT, body)
    held = hold(keep, wants(quantity=2))
    assert held.total == held.items[0].total == Money(5100, "CHF")
    assert th.provider().holds.read(held.handle).total == Money(5100, "CHF")


# --- rules --------------------------------------------------------------------------------------------------


def refusal(keep, *selections, handle=None):
    with pytest.raises(Refused) as refused:
        hold(keep, *selections, handle=handle)
    assert keep.all == []
    return refused.value


def test_a_sale_that_has_not_begun_names_the_ticket_and_its_hour(wire, keep):
    error = refusal(keep, wants("7490"))
    assert isinstance(error, NotOnSale)
    assert (error.what, error.since) == ("Balcony", datetime(2026, 12, 1, 9, 0, tzinfo=UTC))


def test_a_sale_that_is_over_names_the_ticket(wire, keep):
    error = refusal(keep, wants("7494"))
    assert isinstance(error, NotOnSale)
    assert (error.what, error.since) == ("Members' week", None)


def test_what_is_sold_out_is_refused_with_its_offer(wire, keep):
    error = refusal(keep, wants("7493"))
    assert isinstance(error, SoldOut)
    assert error.refs == ("7493",)


@pytest.mark.parametrize("status", ["draft", "committed"])
def test_an_unpublished_event_takes_no_wishes(wire, keep, status):
    body = th.payload("event__standing")
    body["data"]["status"] = status
    wire.says(th.EVENT, body)
    error = refusal(keep, wants())
    assert isinstance(error, NotOnSale)
    assert error.what == "Night of Lanterns"


@pytest.mark.parametrize(
    ("offer", "code"),
    [("7492", "unsupported"), ("7495", "gone"), ("9999", "gone"), ("", "gone"), ("7489-s3", "gone")],
)
def test_what_is_not_offered_is_refused_by_its_code(wire, keep, offer, code):
    assert refusal(keep, wants(offer)).code == code


def test_a_cancelled_event_is_refused_as_cancelled(wire, keep):
    body = th.payload("event__standing")
    body["data"]["status"] = "canceled"
    wire.says(th.EVENT, body)
    assert refusal(keep, wants()).code == "cancelled"


def test_seats_of_a_chart_cannot_be_named_yet(wire, keep):
    assert refusal(keep, wants(seat_refs=("A-1", "A-2"))).code == "seat_chart"
    body = th.payload("event__standing")
    body["data"]["chart_key"] = "chart"
    wire.says(th.EVENT, body)
    assert refusal(keep, wants()).code == "seat_chart"


@pytest.mark.parametrize(
    ("offer", "code"), [("8001", "timeslot_required"), ("8001-s3", "timeslot_required"), ("8002-t10", "gone")]
)
def test_a_ticket_needs_its_sector_and_timeslot(wire, keep, offer, code):
    assert refusal(keep, wants(offer, instance="320/416")).code == code


def test_a_ticket_without_its_sector_is_told(wire, keep):
    body = th.payload("event__recurring")
    body["data"]["occurrence"][0]["timeslot"] = []
    for config in body["data"]["occurrence"][0]["ticket_config"]:
        config["timeslot"] = []
    wire.says(th.RECURRING, body)
    assert refusal(keep, wants("8001", instance="320/416")).code == "sector_required"
    assert hold(keep, wants("8001-s4", instance="320/416")).items[0].area == "West house"


@pytest.mark.parametrize("quantity", [0, -2])
def test_less_than_one_ticket_is_refused(wire, keep, quantity):
    assert refusal(keep, wants(quantity=quantity)).code == "quantity"


def test_the_limit_of_a_buyer_counts_over_the_whole_hold(wire, keep):
    error = refusal(keep, wants(quantity=7))
    assert isinstance(error, LimitExceeded)
    assert error.limit == 6
    first = hold(Kept(), wants(quantity=4))
    error = refusal(keep, wants(quantity=3), handle=first.handle)
    assert isinstance(error, LimitExceeded)
    assert hold(keep, wants(quantity=2), handle=first.handle).total == Money(10928 + 5464, EUR)


def test_what_is_left_counts_over_the_whole_hold(wire, keep):
    event(wire, available_tickets=5)
    first = hold(Kept(), wants(quantity=4))
    error = refusal(keep, wants(quantity=2), handle=first.handle)
    assert isinstance(error, SoldOut)
    assert error.refs == ("7489",)


def test_a_sector_and_a_timeslot_are_shared_by_all_tickets_in_them(wire, keep):
    first = hold(Kept(), wants("8001-s4-t9", 1, instance="320/416"))
    assert isinstance(
        refusal(keep, wants("8001-s4-t10", 2, instance="320/416"), handle=first.handle), SoldOut
    )
    morning = hold(Kept(), wants("8001-s3-t9", 4, instance="320/416"))
    assert isinstance(
        refusal(keep, wants("8001-s4-t9", 2, instance="320/416"), handle=morning.handle), SoldOut
    )


def test_all_selections_are_taken_or_none(wire, keep):
    assert isinstance(refusal(keep, wants(), wants("7493")), SoldOut)


def test_an_extra_needs_the_ticket_it_belongs_to(wire, keep):
    assert refusal(keep, wants("7491", 1)).code == "needs_other"
    assert states(hold(keep, wants("7491", 1), wants("7489", 1))) == [("w1", "wish", ""), ("w2", "wish", "")]


def test_one_hold_is_for_one_event(wire, keep):
    first = hold(Kept(), wants())
    with pytest.raises(Unsupported):
        hold(keep, wants("8101", instance="320/415"), handle=first.handle)


def test_two_dates_of_an_event_are_two_orders(wire, keep):
    first = hold(Kept(), wants("8101", instance="320/415"))
    assert (
        refusal(keep, wants("8001-s3-t9", instance="320/416"), handle=first.handle).code
        == "one_date_an_order"
    )


def test_an_event_that_cannot_be_asked_changes_nothing(wire, keep):
    wire.says(th.EVENT, th.DOWN)
    with pytest.raises(Unavailable):
        hold(keep, wants())
    wire.says(th.EVENT, th.HTML)
    with pytest.raises(BadAnswer):
        hold(keep, wants())
    assert keep.all == []


@pytest.mark.parametrize("handle", ["[]", "null", "not json", '{"v":2}', '{"v":1}', '{"v":1,"wishes":[{}]}'])
def test_a_handle_that_cannot_be_read_is_gone(wire, keep, handle):
    with pytest.raises(HoldGone):
        hold(keep, wants(), handle=handle)
    with pytest.raises(HoldGone):
        th.provider().holds.read(handle)


# --- discounts ----------------------------------------------------------------------------------------------


def test_an_open_discount_lowers_the_estimate(wire, keep):
    (item,) = hold(keep, wants(quantity=2, discount_refs=("14",))).items
    # 22.95 each; the fee is 0.50 + 4 % of that, 20 % tax on it, both tickets rounded once
    assert item.total == Money(4590 + 340, EUR)
    assert {t.note for t in item.tickets} == {"Early bird"}


@pytest.mark.parametrize(
    ("offer", "quantity", "refs"),
    [("7489", 2, ("15",)), ("7489", 2, ("999",)), ("7491", 1, ("14",)), ("7489", 1, ("14",))],
    ids=["over", "unknown", "of another ticket", "below its minimum"],
)
def test_a_discount_that_is_not_open_for_this_is_refused(wire, keep, offer, quantity, refs):
    base = [wants("7489", 1)] if offer == "7491" else []
    error = refusal(keep, *base, wants(offer, quantity, discount_refs=refs))
    assert error.code == "discount_invalid"


def test_a_discount_has_a_largest_number(wire, keep):
    error = refusal(keep, wants(quantity=5, discount_refs=("14",)))
    assert isinstance(error, LimitExceeded)
    assert error.limit == 4


def test_a_discount_runs_out_over_the_whole_hold(wire, keep):
    body = th.payload("event__standing")
    body["data"]["ticket_discount"][0]["available_tickets"] = 3
    wire.says(th.EVENT, body)
    first = hold(Kept(), wants(quantity=2, discount_refs=("14",)))
    error = refusal(keep, wants(quantity=2, discount_refs=("14",)), handle=first.handle)
    assert error.code == "discount_invalid"


def test_a_code_is_looked_up_and_its_discount_taken(wire, keep):
    (item,) = hold(keep, wants(quantity=2, code="LAMP", discount_refs=("77",))).items
    assert item.total == Money(4100 + 316, EUR)
    assert wire.query(th.CODES)["code"] == "LAMP"


def test_a_code_is_for_what_it_is_for_and_the_rest_goes_without(wire, keep):
    first, second = hold(
        keep,
        wants(quantity=1, code="LAMP", discount_refs=("77",)),
        wants("7491", 1, code="LAMP", discount_refs=("77",)),
    ).items
    assert [t.note for t in first.tickets] == ["Friends"]
    assert [t.note for t in second.tickets] == [""]
    assert len(wire.sent(th.CODES)) == 1


def test_a_code_that_is_not_known_is_refused(wire, keep):
    wire.says(th.CODES, {"data": []})
    assert refusal(keep, wants(code="NOPE")).code == "discount_invalid"


# --- reading ------------------------------------------------------------------------------------------------


def test_reading_judges_the_wishes_against_the_live_event(wire, keep):
    held = hold(keep, wants(quantity=2), wants("7491", 1))
    event(wire, available_tickets=1)
    after = th.provider().holds.read(held.handle)
    assert states(after) == [("w1", "gone", "sold_out"), ("w2", "gone", "needs_other")]
    assert after.total == Money(0, EUR)
    (gone, _) = after.items
    assert (gone.event_name, gone.total, gone.tickets[0].ticket_type) == (
        "Night of Lanterns", Money(5464, EUR), "Standing",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"start_sale_at": "2026-12-24T08:00:00.000Z"}, "not_yet"),
        ({"end_sale_at": "2026-11-01T08:00:00.000Z"}, "not_on_sale"),
        ({"visible": False}, "gone"),
        ({"tickets_per_user": 1}, "limit_exceeded"),
        ({"currency": "CHF"}, "unsupported"),
    ],
)
def test_a_wish_that_cannot_be_had_any_more_says_why(wire, keep, changes, problem):
    held = hold(keep, wants())
    event(wire, **changes)
    assert states(th.provider().holds.read(held.handle)) == [("w1", "gone", problem)]


@pytest.mark.parametrize("answer", [th.refused(404, "not_found"), th.refused(400, "event_not_published")])
def test_a_wish_for_an_event_that_went_away_is_gone(wire, keep, answer):
    held = hold(keep, wants())
    wire.says(th.EVENT, answer)
    assert [state for _, state, _ in states(th.provider().holds.read(held.handle))] == ["gone"]


def test_a_changed_price_shows_in_the_totals(wire, keep):
    held = hold(keep, wants(quantity=2))
    event(wire, face_value=30)
    after = th.provider().holds.read(held.handle)
    assert after.total == Money(6000 + 408, EUR)
    assert states(after) == [("w1", "wish", "")]


def test_what_is_gone_stays_gone_until_it_is_asked_for_again(wire, keep):
    held = hold(keep, wants(quantity=2))
    event(wire, available_tickets=0)
    gone = th.provider().holds.read(held.handle)
    event(wire)
    still = th.provider().holds.read(gone.handle)
    assert states(still) == [("w1", "gone", "sold_out")]
    again = hold(keep, still.items[0].selection, handle=still.handle)
    assert states(again) == [("w2", "wish", "")]
    assert again.total == Money(5464, EUR)


def test_a_provider_that_is_down_says_nothing_about_the_wishes(wire, keep):
    held = hold(keep, wants())
    wire.says(th.EVENT, th.DOWN)
    with pytest.raises(Unavailable):
        th.provider().holds.read(held.handle)


# --- releasing ----------------------------------------------------------------------------------------------


def test_releasing_forgets_wishes_and_asks_for_nothing_there(wire, keep):
    held = hold(keep, wants(quantity=2), wants(quantity=1))
    rest = th.provider().holds.release(held.handle, ["w1"], keep)
    assert states(rest) == [("w2", "wish", "")]
    empty = th.provider().holds.release(rest.handle, None, keep)
    assert (empty.items, empty.total) == ((), Money(0, EUR))
    assert keep.last == empty.handle
    assert set(wire.steps()) == {"login"}


def test_releasing_what_is_gone_already_is_a_success(wire, keep):
    held = hold(keep, wants())
    assert states(th.provider().holds.release(held.handle, ["w9"], keep)) == [("w1", "wish", "")]


def test_what_was_released_is_forgotten_even_when_the_fresh_look_fails(wire, keep):
    held = hold(keep, wants(quantity=2), wants(quantity=1))
    wire.says(th.EVENT, th.DOWN)
    rest = th.provider().holds.release(held.handle, ["w1"], keep)
    assert states(rest) == [("w2", "wish", "")]
    assert rest.verified is False
    assert rest.total == Money(2732, EUR)


def test_a_number_that_was_used_once_is_not_used_again(wire, keep):
    held = hold(keep, wants())
    rest = th.provider().holds.release(held.handle, ["w1"], keep)
    assert [item.ref for item in hold(keep, wants(), handle=rest.handle).items] == ["w2"]
