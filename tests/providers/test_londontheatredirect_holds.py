"""London Theatre Direct: taking seats from sale, giving them back, and every way in which an answer is lost."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    BadAnswer,
    HoldGone,
    LimitExceeded,
    LoneSeat,
    Misconfigured,
    OutcomeUnknown,
    ProviderError,
    Refused,
    SoldOut,
    Unavailable,
)
from shop.providers.londontheatredirect.handle import Handle, Order
from shop.providers.types import Hold, Selection
from tests.providers.londontheatredirect_wire import (
    ADD,
    BASKET,
    DELETE_ALL,
    DELETE_ITEM,
    DOWN,
    LOST,
    NEW,
    NOW,
    READ,
    SEATS,
    Wire,
    basket,
    changed,
    held_handle,
    item,
    load,
)

CHOICE = Selection(instance_ref="880014", seat_refs=SEATS)
BEST = Selection(instance_ref="880014", offer_key="best:811:45.5", quantity=2)
ORDER = Order(reference="FOY-1", delivery="box_office", mails=False, total_minor=27100).data()


@pytest.fixture
def pauses(monkeypatch):
    taken: list[float] = []
    monkeypatch.setattr(http, "sleep", taken.append)
    return taken


@pytest.fixture
def wire(monkeypatch, pauses):
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


def hold(wire: Wire, *selections: Selection, handle: str | None = None) -> Hold:
    return wire.provider().holds.hold(handle, selections or (CHOICE,), wire.keep)


def begun(wire: Wire) -> Wire:
    wire.on(NEW, "new_basket__created")
    return wire


# --- the plain road -----------------------------------------------------------------------------------------


def test_seats_are_held_in_a_new_basket_and_read_back(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, "basket__held")
    found = hold(wire)
    assert wire.calls == ["POST /Baskets", f"POST /Baskets/{BASKET}/Tickets", f"GET /Baskets/{BASKET}"]
    assert wire.sent(NEW) == {}, "a body, so that there is a length"
    assert wire.sent(ADD)["Tickets"] == [141745744, 141745743, 141745742]
    [one] = found.items
    assert (one.ref, one.instance_ref, one.event_ref, one.event_name) == (
        "9251039",
        "880014",
        "9",
        "The Lion King",
    )
    assert (one.state, one.area, one.venue_name) == ("held", "Stalls", "Lyceum Theatre")
    assert one.starts_at == datetime(2017, 5, 6, 18, 30, tzinfo=UTC)
    first = one.tickets[0]
    assert (first.ref, first.row, first.number, first.price, first.face_value, first.fee) == (
        "141745744", "P", "39", Money(9000, "GBP"), Money(7500, "GBP"), Money(1500, "GBP"),
    )  # fmt: skip
    assert (one.total, found.total) == (Money(27000, "GBP"), Money(27000, "GBP"))
    assert found.expires_at == one.expires_at == NOW + timedelta(minutes=9)
    assert one.selection == CHOICE
    assert (found.firm, found.verified) == (True, True)


def test_the_basket_and_what_is_meant_are_kept_before_anything_is_asked(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, "basket__held")
    seen: list[tuple[int, str]] = []
    wire.provider().holds.hold(None, [CHOICE], lambda handle: seen.append((len(wire.mock.calls), handle)))
    (calls_before_first, first), (calls_before_second, second), *_rest = seen
    assert (calls_before_first, calls_before_second) == (1, 1), "both before the tickets were asked for"
    assert json.loads(first)["basket"] == BASKET
    assert json.loads(second)["pending"]["tickets"] == list(SEATS)


def test_a_barcode_of_an_unpaid_basket_is_copied_nowhere(wire, caplog):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, "basket__held")
    with caplog.at_level(logging.DEBUG):
        found = hold(wire)
    everything = repr(found) + "".join(wire.kept) + caplog.text
    for barcode in ("658942135648965246", "654896547856523458", "987458456821568796"):
        assert barcode not in everything


def test_neither_key_nor_basket_nor_seats_reach_the_log(wire, caplog):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, "basket__held")
    with caplog.at_level(logging.DEBUG):
        hold(wire)
    assert "very-secret-key" not in caplog.text
    assert BASKET not in caplog.text
    assert "141745744" not in caplog.text


def test_a_restricted_view_is_told_with_its_text(wire):
    one = item(1, [141745744])
    one["Tickets"][0] |= {"IsRestrictedView": True, "RestrictionDescription": "Pillar  at left"}
    wire.on(READ, basket(one))
    [ticket] = wire.provider().holds.read(held_handle()).items[0].tickets
    assert (ticket.restricted, ticket.note) == (True, "Pillar at left")


def test_more_seats_join_the_same_basket(wire):
    wire.on(ADD, "add_tickets__held")
    wire.on(READ, basket(item(9251039, [141745744, 141745743, 141745742]), item(9251040, [7, 8], minutes=7)))
    found = hold(wire, Selection(instance_ref="880099", seat_refs=("7", "8")), handle=held_handle())
    assert wire.times(NEW) == 0
    assert wire.sent(ADD)["Tickets"] == [7, 8]
    assert [one.instance_ref for one in found.items] == ["880014", "880099"]
    assert found.total == Money(45000, "GBP")
    assert found.expires_at == NOW + timedelta(minutes=7), "the earliest counts"


def test_best_seats_are_asked_for_by_area_count_and_price(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, basket(item(5, [31, 32], price=45.5)))
    found = hold(wire, BEST)
    assert wire.sent(ADD)["BestSeats"] == {
        "PerformanceId": 880014,
        "AreaId": 811,
        "SeatsCount": 2,
        "Price": 45.5,
    }
    assert b'"Price": 45.5' in wire.mock.calls[1].request.body
    assert "Tickets" not in wire.sent(ADD)
    [one] = found.items
    assert (one.instance_ref, one.total) == ("880014", Money(9100, "GBP"))
    assert one.selection == BEST


def test_seats_of_one_performance_go_in_one_call_and_others_in_their_own(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, basket(item(1, [1, 2])), basket(item(1, [1, 2]), item(2, [3])))
    hold(
        wire,
        Selection(instance_ref="880014", seat_refs=("1",)),
        Selection(instance_ref="880014", seat_refs=("2",)),
        Selection(instance_ref="880015", seat_refs=("3",)),
    )
    assert (wire.sent(ADD, 0)["Tickets"], wire.sent(ADD, 1)["Tickets"]) == ([1, 2], [3])


def test_seats_that_are_held_already_are_not_asked_for_again(wire):
    wire.on(READ, basket(item(9251039, [141745744, 141745743, 141745742])))
    assert len(hold(wire, handle=held_handle()).items) == 1
    assert wire.times(ADD) == 0


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        (Selection(instance_ref="880014", seat_refs=("x",)), SoldOut),
        (Selection(instance_ref="../Baskets", seat_refs=("1",)), SoldOut),
        (Selection(instance_ref="880014", offer_key="best:1:-5", quantity=1), SoldOut),
        (Selection(instance_ref="880014", offer_key="best:811:45", quantity=0), Refused),
        (Selection(instance_ref="880014"), Refused),
        (Selection(instance_ref="880014", seat_refs=tuple(map(str, range(1, 12)))), LimitExceeded),
        (Selection(instance_ref="880014", offer_key="best:811:45", quantity=11), LimitExceeded),
    ],
)
def test_a_forged_choice_is_refused_without_a_call(wire, selection, error):
    with pytest.raises(error):
        hold(wire, selection)
    assert wire.calls == []


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((409, "add_tickets__seat_gone"), SoldOut),
        ((200, "add_tickets__seat_gone"), SoldOut),
        ((409, "add_tickets__error_object"), SoldOut),
        ((409, "add_tickets__single_seat"), LoneSeat),
        ((200, "add_tickets__single_seat"), LoneSeat),
        ((409, "add_tickets__error_object_single"), LoneSeat),
        ((409, b""), SoldOut),
        ((409, b"<html></html>"), SoldOut),
    ],
)
def test_a_gone_seat_and_a_lone_seat_are_told_apart_in_both_shapes_of_a_refusal(wire, answer, error):
    begun(wire).on(ADD, answer)
    with pytest.raises(error):
        hold(wire)
    assert wire.times(ADD) == 1


@pytest.mark.parametrize("reason", [7, "SomethingNew", "TicketNotAvailable"])
def test_an_unknown_reason_is_a_seat_that_is_gone(wire, reason):
    begun(wire).on(ADD, (409, changed(load("add_tickets__seat_gone"), FailureReason=reason)))
    with pytest.raises(SoldOut):
        hold(wire)


def test_a_reason_by_its_name_is_understood_too(wire):
    begun(wire).on(ADD, (409, changed(load("add_tickets__seat_gone"), FailureReason="SingleSeatRestriction")))
    with pytest.raises(LoneSeat):
        hold(wire)


def test_a_refusal_names_what_was_asked_for(wire):
    begun(wire).on(ADD, (409, "add_tickets__seat_gone"))
    with pytest.raises(SoldOut) as error:
        hold(wire)
    assert error.value.refs == SEATS


def test_when_a_later_choice_is_refused_the_earlier_ones_of_the_same_call_go_back(wire):
    before = item(9251039, [141745744, 141745743, 141745742])
    wire.on(ADD, "add_tickets__held", (409, "add_tickets__seat_gone"))
    wire.on(READ, basket(before, item(2, [3])), basket(before, item(2, [3])), basket(before))
    wire.on(("DELETE", f"/Baskets/{BASKET}/BasketItem/2"), "delete_item__empty")
    with pytest.raises(SoldOut):
        hold(
            wire,
            Selection(instance_ref="880015", seat_refs=("3",)),
            Selection(instance_ref="880016", seat_refs=("4",)),
            handle=held_handle(),
        )
    assert wire.times(("DELETE", f"/Baskets/{BASKET}/BasketItem/2")) == 1
    assert wire.times(DELETE_ITEM) == 0, "what the buyer had before stays"
    assert json.loads(wire.kept[-1])["present"] == list(SEATS)


def test_success_without_all_the_seats_is_not_success_and_what_came_goes_back(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, basket(item(9251039, [141745744, 141745743])), basket())
    wire.on(DELETE_ITEM, "delete_item__empty")
    with pytest.raises(SoldOut):
        hold(wire)
    assert wire.times(DELETE_ITEM) == 1


def test_a_403_is_read_again_and_asks_for_a_fresh_basket(wire):
    wire.on(ADD, (403, "error__invalid_basket"))
    wire.on(READ, "basket__empty")
    with pytest.raises(HoldGone):
        hold(wire, Selection(instance_ref="880014", seat_refs=("1",)), handle=held_handle())
    assert wire.times(READ) == 1


def test_a_403_of_a_gateway_is_a_matter_of_the_key(wire):
    begun(wire).on(ADD, (403, b"<h1>Developer Over Rate</h1>"))
    with pytest.raises(Misconfigured):
        hold(wire)


def test_an_unknown_seat_of_a_living_basket_is_gone_and_not_the_basket(wire):
    begun(wire).on(ADD, (404, "error__not_found"))
    wire.on(READ, "basket__empty")
    with pytest.raises(SoldOut):
        hold(wire)


def test_a_basket_they_do_not_know_any_more_asks_for_a_fresh_one(wire):
    wire.on(READ, (404, "error__not_found"))
    with pytest.raises(HoldGone):
        wire.provider().holds.read(held_handle())


@pytest.mark.parametrize(
    "handle", ["", "nonsense", "{}", '{"v":2,"basket":"x"}', '{"v":1,"basket":5}', "[]", '{"v":1,"other":1}']
)
def test_a_handle_that_is_none_of_ours_is_a_hold_that_is_gone(wire, handle):
    with pytest.raises(HoldGone):
        wire.provider().holds.read(handle)


@pytest.mark.parametrize("answer", [DOWN, 429])
def test_what_never_arrived_there_changed_nothing(wire, answer):
    begun(wire).on(ADD, answer)
    with pytest.raises(Unavailable):
        hold(wire)
    assert wire.times(ADD) == 1
    assert json.loads(wire.kept[-1])["pending"] is None


# --- lost answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [LOST, 502, 500, b"<html>Bad gateway</html>", b""])
def test_a_lost_new_basket_is_asked_for_once_more(wire, lost):
    wire.on(NEW, lost, "new_basket__created")
    wire.on(ADD, "add_tickets__held")
    wire.on(READ, "basket__held")
    assert hold(wire).items
    assert wire.times(NEW) == 2


def test_a_new_basket_lost_twice_is_unavailable_for_nothing_can_be_held_in_it(wire):
    wire.on(NEW, LOST)
    with pytest.raises(Unavailable):
        hold(wire)
    assert wire.times(NEW) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"Success": False},
        {"Success": True},
        {"Success": True, "BasketId": "00000000-0000-0000-0000-000000000000"},
        [],
    ],
)
def test_a_basket_without_an_id_is_a_bad_answer(wire, body):
    wire.on(NEW, (200, body))
    with pytest.raises(BadAnswer):
        hold(wire)


LOSSES = [
    (502, "error__occurred"),
    (500, b"<html>Error</html>"),
    LOST,
    (200, b""),
    (200, b"<html>ok</html>"),
    (200, b"[]"),
]


@pytest.mark.parametrize("lost", LOSSES)
def test_seats_that_were_held_although_the_answer_was_lost_are_found_and_not_asked_for_again(wire, lost):
    begun(wire).on(ADD, lost)
    wire.on(READ, "basket__held")
    found = hold(wire)
    assert wire.times(ADD) == 1
    assert found.items[0].instance_ref == "880014"


@pytest.mark.parametrize("lost", LOSSES)
def test_seats_that_were_not_held_are_asked_for_once_more_after_a_pause(wire, pauses, lost):
    begun(wire).on(ADD, lost, "add_tickets__held")
    wire.on(READ, "basket__empty", "basket__held")
    assert hold(wire).items
    assert (wire.times(ADD), pauses) == (2, [2.0])


def test_a_supplier_that_fails_twice_holds_nothing_and_says_so(wire):
    begun(wire).on(ADD, (502, "error__occurred"))
    wire.on(READ, "basket__empty")
    with pytest.raises(Unavailable):
        hold(wire)
    assert wire.times(ADD) == 2
    assert json.loads(wire.kept[-1])["pending"] is None


def test_two_answers_that_never_came_leave_it_uncertain(wire):
    begun(wire).on(ADD, LOST)
    wire.on(READ, "basket__empty")
    with pytest.raises(OutcomeUnknown):
        hold(wire)
    assert wire.times(ADD) == 2
    assert json.loads(wire.kept[-1])["pending"]["tickets"] == list(SEATS)


def test_a_second_try_refused_because_the_first_had_worked_is_a_success(wire):
    begun(wire).on(ADD, LOST, (409, "add_tickets__seat_gone"))
    wire.on(READ, "basket__empty", "basket__held")
    assert len(hold(wire).items) == 1
    assert wire.times(ADD) == 2


def test_a_second_try_refused_because_somebody_else_was_quicker_is_a_refusal(wire):
    begun(wire).on(ADD, LOST, (409, "add_tickets__seat_gone"))
    wire.on(READ, "basket__empty")
    with pytest.raises(SoldOut):
        hold(wire)


def test_when_even_reading_back_fails_the_handle_tells_later_what_was_meant(wire):
    begun(wire).on(ADD, LOST)
    wire.on(READ, 503, 503, 503, "basket__held")
    with pytest.raises(OutcomeUnknown):
        hold(wire)
    assert wire.times(ADD) == 1
    found = wire.provider().holds.read(wire.kept[-1])
    assert found.items[0].instance_ref == "880014"
    assert found.items[0].selection == CHOICE


def test_best_seats_whose_answer_never_came_are_not_asked_for_again(wire):
    begun(wire).on(ADD, LOST)
    wire.on(READ, "basket__empty", basket(item(5, [31, 32], price=45.5)))
    with pytest.raises(OutcomeUnknown):
        hold(wire, BEST)
    assert wire.times(ADD) == 1
    found = wire.provider().holds.read(wire.kept[-1])  # they came in after all
    assert (found.items[0].instance_ref, found.items[0].selection) == ("880014", BEST)


def test_best_seats_that_came_in_late_are_told_apart_from_what_is_chosen_next(wire):
    begun(wire).on(ADD, LOST, "add_tickets__held")
    late = item(5, [31, 32], price=45.5)
    wire.on(READ, "basket__empty", basket(late), basket(late, item(6, [9])))
    with pytest.raises(OutcomeUnknown):
        hold(wire, BEST)
    found = hold(wire, Selection(instance_ref="880077", seat_refs=("9",)), handle=wire.kept[-1])
    assert [one.instance_ref for one in found.items] == ["880014", "880077"]


def test_best_seats_held_behind_a_502_are_found(wire):
    begun(wire).on(ADD, (502, "error__occurred"))
    wire.on(READ, basket(item(5, [31, 32], price=45.5)))
    assert hold(wire, BEST).items[0].ref == "5"
    assert wire.times(ADD) == 1


def test_best_seats_held_twice_by_a_failure_that_had_worked_after_all_are_given_back_once(wire):
    begun(wire).on(ADD, (502, "error__occurred"), "add_tickets__held")
    both = basket(item(5, [31, 32], price=45.5), item(6, [33, 34], price=45.5))
    wire.on(READ, "basket__empty", both, basket(item(5, [31, 32], price=45.5)))
    wire.on(("DELETE", f"/Baskets/{BASKET}/BasketItem/6"), "delete_item__empty")
    found = hold(wire, BEST)
    assert [one.ref for one in found.items] == ["5"]
    assert wire.times(("DELETE", f"/Baskets/{BASKET}/BasketItem/6")) == 1


def test_an_add_that_worked_counts_even_if_the_reading_after_it_fails(wire):
    begun(wire).on(ADD, "add_tickets__held")
    wire.on(READ, 503)
    found = hold(wire)
    assert found.items[0].instance_ref == "880014"


@pytest.mark.parametrize("lost", [LOST, 502, 500, b"<html></html>"])
def test_a_lost_delete_that_had_worked_is_a_success_without_a_second_one(wire, lost):
    wire.on(DELETE_ITEM, lost)
    wire.on(READ, "basket__empty")
    assert wire.provider().holds.release(held_handle(), ["9251039"], wire.keep).items == ()
    assert wire.times(DELETE_ITEM) == 1


def test_a_lost_delete_that_had_not_worked_is_asked_for_once_more(wire):
    wire.on(DELETE_ALL, LOST, "delete_all__empty")
    wire.on(READ, "basket__held", "basket__empty")
    assert wire.provider().holds.release(held_handle(), None, wire.keep).items == ()
    assert wire.times(DELETE_ALL) == 2


def test_a_delete_lost_twice_is_uncertain(wire):
    wire.on(DELETE_ALL, LOST)
    wire.on(READ, "basket__held")
    with pytest.raises(OutcomeUnknown):
        wire.provider().holds.release(held_handle(), None, wire.keep)
    assert wire.times(DELETE_ALL) == 2


# --- giving back --------------------------------------------------------------------------------------------


def test_one_item_goes_back_and_the_rest_is_read(wire):
    wire.on(DELETE_ITEM, "delete_item__empty")
    wire.on(READ, basket(item(2, [3])))
    found = wire.provider().holds.release(held_handle(), ["9251039"], wire.keep)
    assert [one.ref for one in found.items] == ["2"]
    assert wire.kept[-1] == found.handle


def test_clearing_an_empty_basket_is_a_success(wire):
    wire.on(DELETE_ALL, (403, "error__invalid_basket"))
    wire.on(READ, "basket__empty")
    found = wire.provider().holds.release(held_handle(), None, wire.keep)
    assert (found.items, found.total) == ((), Money(0, "GBP"))


def test_clearing_a_basket_they_do_not_know_any_more_is_a_success(wire):
    wire.on(DELETE_ALL, (404, "error__not_found"))
    wire.on(READ, (403, "error__invalid_basket"))
    assert wire.provider().holds.release(held_handle(), None, wire.keep).items == ()


def test_giving_back_what_is_gone_is_a_success(wire):
    wire.on(DELETE_ITEM, (403, "error__invalid_basket"))
    wire.on(READ, "basket__empty")
    assert wire.provider().holds.release(held_handle(), ["9251039"], wire.keep).items == ()


def test_a_delete_that_is_refused_while_seats_are_held_is_told(wire):
    wire.on(DELETE_ITEM, (403, "error__invalid_basket"))
    wire.on(READ, "basket__held")
    with pytest.raises(HoldGone):
        wire.provider().holds.release(held_handle(), ["9251039"], wire.keep)
    assert wire.times(DELETE_ITEM) == 1


def test_giving_back_nothing_only_reads(wire):
    wire.on(READ, "basket__held")
    assert len(wire.provider().holds.release(held_handle(), [], wire.keep).items) == 1


# --- time ---------------------------------------------------------------------------------------------------


def test_an_item_whose_minutes_are_negative_is_gone_though_it_is_listed(wire):
    wire.on(READ, changed(load("basket__expired"), DeliveryInformation=None))
    found = wire.provider().holds.read(held_handle())
    [one] = found.items
    assert (one.state, one.problem, one.selection) == ("gone", "hold_expired", CHOICE)
    assert (found.total, found.expires_at) == (Money(0, "GBP"), None)


def test_zero_minutes_of_an_unsubmitted_basket_are_over(wire):
    wire.on(READ, basket(item(9251039, [1], minutes=0)))
    assert wire.provider().holds.read(held_handle()).items[0].state == "gone"


def test_zero_minutes_after_a_submit_are_not_read_as_expired(wire):
    wire.on(READ, basket(item(9251039, [141745744], minutes=0)))
    [one] = wire.provider().holds.read(held_handle(order=ORDER)).items
    assert one.state == "held"
    assert one.expires_at == datetime(2026, 11, 21, 12, 9, tzinfo=UTC), "the deadline seen before the submit"


def test_after_a_submit_our_own_deadline_ends_the_hold(wire, monkeypatch):
    wire.on(READ, basket(item(9251039, [141745744], minutes=0)))
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(minutes=10))
    assert wire.provider().holds.read(held_handle(order=ORDER)).items[0].state == "gone"


def test_a_shown_deadline_never_rises_by_itself(wire, monkeypatch):
    wire.on(READ, basket(item(5, [1], minutes=9)))
    first = wire.provider().holds.read(held_handle())
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(seconds=50))  # still 9 whole minutes
    second = wire.provider().holds.read(first.handle)
    assert first.expires_at == second.expires_at == NOW + timedelta(minutes=9)


def test_a_hold_that_was_extended_past_its_deadline_gets_the_new_one(wire, monkeypatch):
    wire.on(READ, basket(item(9251039, [141745744], minutes=4)))
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(minutes=9, seconds=30))
    found = wire.provider().holds.read(held_handle())
    assert found.expires_at == NOW + timedelta(minutes=13, seconds=30)


def test_no_deadline_is_longer_than_a_quarter_of_an_hour(wire):
    wire.on(READ, basket(item(5, [1], minutes=500)))
    assert wire.provider().holds.read(held_handle()).expires_at == NOW + timedelta(minutes=15)


def test_without_minutes_their_label_is_read_in_their_zone(wire):
    wire.on(READ, basket(item(5, [1], minutes=None)))
    [one] = wire.provider().holds.read(held_handle()).items
    assert (one.state, one.expires_at) == ("held", datetime(2026, 11, 21, 12, 9, 8, 567000, tzinfo=UTC))


def test_an_empty_basket_of_the_year_one_is_empty(wire):
    wire.on(READ, "basket__empty")
    found = wire.provider().holds.read(held_handle())
    assert (found.items, found.expires_at, found.total) == ((), None, Money(0, "GBP"))


def test_seats_that_ran_out_can_be_asked_for_again_while_they_are_still_listed(wire):
    over, fresh = (
        item(9251039, [int(one) for one in SEATS], minutes=-2),
        item(9251050, [int(one) for one in SEATS]),
    )
    wire.on(READ, basket(over), basket(), basket(fresh))
    wire.on(DELETE_ITEM, "delete_item__empty")
    wire.on(ADD, "add_tickets__held")
    found = hold(wire, handle=held_handle())
    assert wire.sent(ADD)["Tickets"] == [int(one) for one in SEATS]
    assert [(one.ref, one.state) for one in found.items] == [("9251050", "held")]


def test_an_expired_item_that_cannot_be_deleted_is_no_obstacle(wire):
    over, fresh = (
        item(9251039, [int(one) for one in SEATS], minutes=-2),
        item(9251050, [int(one) for one in SEATS]),
    )
    wire.on(READ, basket(over), basket(over), basket(over, fresh))
    wire.on(DELETE_ITEM, (403, "error__invalid_basket"))
    wire.on(ADD, "add_tickets__held")
    assert [one.state for one in hold(wire, handle=held_handle()).items] == ["gone", "held"]


# --- odd shapes ---------------------------------------------------------------------------------------------


def test_a_seat_nobody_remembers_asking_for_has_no_performance_and_nothing_to_ask_again(wire):
    wire.on(READ, basket(item(5, [999])))
    [one] = wire.provider().holds.read(held_handle()).items
    assert (one.instance_ref, one.selection) == ("", None)


def test_a_missing_subtotal_is_summed_and_an_odd_discount_is_taken_off(wire):
    one = item(5, [1, 2], price=45.5)
    one["PriceSubTotal"] = None
    wire.on(
        READ,
        basket(
            one, DiscountInformation={"Discounts": [{"OrderItemId": 1, "Price": -5.5}, None, {"Price": "x"}]}
        ),
    )
    found = wire.provider().holds.read(held_handle())
    assert found.items[0].total == Money(9100, "GBP")
    assert found.total == Money(8550, "GBP")


@pytest.mark.parametrize("discount", ["10 % off", None, [], {"Discounts": None}])
def test_discounts_of_any_other_shape_change_nothing(wire, discount):
    wire.on(READ, basket(item(5, [1]), DiscountInformation=discount))
    assert wire.provider().holds.read(held_handle()).total == Money(9000, "GBP")


@pytest.mark.parametrize(
    "broken",
    [
        {"BasketItemId": None},
        {"Tickets": None},
        {"Tickets": []},
        {"PriceSubTotal": "x"},
        {"PriceSubTotal": -1},
        {"Tickets": [{"TicketId": 1}]},
    ],
)
def test_an_item_that_cannot_be_read_is_never_shown_at_a_wrong_price(wire, broken):
    wire.on(
        READ,
        basket(item(5, [1], **broken)) if "Tickets" not in broken else basket({**item(5, [1]), **broken}),
    )
    with pytest.raises(BadAnswer):
        wire.provider().holds.read(held_handle())


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"", b"[]", b"{}", b'{"Success": true}', b'{"Items": 5}', b'{"Items": [null]}']
)
def test_a_malformed_basket_is_a_bad_answer_and_not_an_empty_one(wire, body):
    wire.on(READ, body)
    with pytest.raises(BadAnswer):
        wire.provider().holds.read(held_handle())


def test_whatever_goes_wrong_is_one_of_our_errors(wire):
    """No verb lets anything else out, whatever the answer is."""
    refused = 0
    for answer in (
        418,
        (400, "error__occurred"),
        (302, b""),
        (200, b"\xff\xfe"),
        (200, b'{"Items": 5}'),
        (200, b'{"Items": [[]]}'),
    ):
        wire.mock.reset()
        wire.on(READ, answer)
        wire.on(DELETE_ALL, answer)
        wire.on(NEW, answer)
        for ask in (
            lambda: wire.provider().holds.read(held_handle()),
            lambda: wire.provider().holds.release(held_handle(), None, wire.keep),
            lambda: hold(wire),
        ):
            try:
                ask()
            except ProviderError:
                refused += 1
    assert refused == 18


def test_the_handle_survives_a_round_trip(wire):
    handle = Handle.read(held_handle(order=ORDER))
    assert Handle.read(handle.text()) == handle
    order = Order.of(handle)
    assert order is not None
    assert order.total_minor == 27100
