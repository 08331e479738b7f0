"""London Theatre Direct on account: we charge, then it is booked, once; and what is done where it cannot be."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    DetailsRejected,
    HoldExpired,
    HoldGone,
    Misconfigured,
    NotUnlocked,
    OutcomeUnknown,
    PaymentClosed,
    Refused,
    Unavailable,
    Unsupported,
)
from shop.providers.londontheatredirect import inferred, system_lists
from shop.providers.londontheatredirect.handle import Order
from shop.providers.londontheatredirect.provider import LondonTheatreDirect
from shop.providers.types import Booking, BookingState, Details, PayThere, PayUs, Prepared, Sign
from tests.providers.londontheatredirect_wire import (
    BASKET,
    COUNTRIES,
    DELIVERIES,
    DOWN,
    E_TICKETS,
    LOST,
    NOW,
    ON_ACCOUNT,
    PLAN,
    PRINT,
    READ,
    STATES,
    SUBMIT,
    SUMMARY,
    Wire,
    basket,
    changed,
    config,
    details,
    held_handle,
    item,
    load,
)

REFERENCE = "FOY-7K3M9Q-1"
HTML = b"<html><body>Developer Inactive</body></html>"
BASKET_MANIPULATION = {"Message": "Invalid basket manipulation"}


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    system_lists.forget()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)
    system_lists.forget()


def desk(wire: Wire, route: str = "account"):
    return wire.provider(payment_route=route).bookings


def prepared(wire: Wire, given: Details | None = None) -> Prepared:
    """A held basket whose details were handed over; what is sold is still held."""
    wire.on(READ, "basket__held")
    wire.on(DELIVERIES, "available_deliveries__many")
    wire.on(COUNTRIES, "countries__some")
    wire.on(STATES, "us_states__some")
    wire.on(PLAN, "ticket_plan_price__priced")
    return desk(wire).prepare(held_handle(), given or details(), wire.keep)


def handle_of(wire: Wire) -> str:
    return prepared(wire).hold.handle


def instead(wire: Wire, call: tuple[str, str], *answers) -> None:
    """From now on these answers, whatever was scripted before."""
    wire.mock.remove(call[0], "https://api.londontheatredirect.com/rest/v2" + call[1])
    wire.on(call, *answers)


def confirm(wire: Wire, handle: str) -> Booking:
    return desk(wire).confirm(handle, REFERENCE)


# --- the account ------------------------------------------------------------------------------------------------


def test_an_account_on_account_is_paid_to_us_and_could_be_paid_on_their_page():
    ours = LondonTheatreDirect(config(payment_route="account")).capabilities
    theirs = LondonTheatreDirect(config()).capabilities
    assert (ours.payment, ours.other_payment) == ("us", "there")
    assert (theirs.payment, theirs.other_payment) == ("there", "")


@pytest.mark.parametrize("route", ["on_account", "us", "ACCOUNT", "there"])
def test_a_route_that_does_not_exist_sells_nothing(route):
    with pytest.raises(Misconfigured):
        LondonTheatreDirect(config(payment_route=route))


def test_the_buyer_is_asked_the_same_as_on_their_page(wire):
    handle = handle_of(wire)
    asked = desk(wire).questions(handle)
    assert asked == desk(wire, "").questions(handle)
    assert {"email", "delivery", "protection"} <= {question.name for question in asked}


# --- prepare ----------------------------------------------------------------------------------------------------


def test_we_charge_the_whole_sum_and_nothing_is_ordered_yet(wire):
    found = prepared(wire)
    assert found.payment == PayUs(Money(27100, "GBP"))  # three tickets and their delivery
    assert found.pay_by == found.hold.expires_at
    assert wire.times(SUBMIT) == wire.times(ON_ACCOUNT) == 0
    assert wire.kept == [found.hold.handle]


def test_protection_that_was_chosen_is_in_the_sum_and_in_the_order(wire):
    handle = prepared(wire, details(protection="yes")).hold.handle
    assert json.loads(handle)["order"]["total_minor"] == 27100 + 750
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    confirm(wire, handle)
    assert wire.sent(ON_ACCOUNT)["RequireTicketPlan"] is True


def test_details_that_are_missing_are_named_before_anybody_pays(wire):
    with pytest.raises(DetailsRejected) as wrong:
        prepared(wire, details(last_name="", delivery="4711"))
    assert wrong.value.fields == {"last_name": "required", "delivery": "choice"}


def test_tickets_that_are_not_held_any_more_are_not_charged(wire):
    wire.on(READ, changed(load("basket__expired"), DeliveryInformation=None))
    with pytest.raises(HoldExpired):
        desk(wire).prepare(held_handle(), details(), wire.keep)


# --- confirm ----------------------------------------------------------------------------------------------------


def test_confirming_books_once_with_the_details_that_were_kept(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    found = confirm(wire, handle)
    assert (found.state, found.reference) == (BookingState.BOOKED, "RRH11438")
    assert found.total == Money(27100, "GBP")
    sent = wire.sent(ON_ACCOUNT)
    assert (sent["BasketId"], sent["Email"], sent["Name"], sent["LastName"], sent["DeliveryType"]) == (
        BASKET, "ada@example.org", "Ada", "Buyer", 1,
    )  # fmt: skip
    assert sent["TransactionReference"] == REFERENCE
    assert sent["SuccessReturnUrl"]
    assert sent["FailureReturnUrl"]
    assert wire.times(ON_ACCOUNT) == 1


def test_sum_and_seats_of_a_booking_are_read_back_where_they_say_them_at_once(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, "summary__booked")
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    found = confirm(wire, handle)
    assert found.total == Money(27000 + 750, "GBP")  # not what was charged: staff must hear of it
    assert [ticket.number for ticket in found.tickets] == ["39", "38", "37"]


@pytest.mark.parametrize("summary", [503, DOWN, (200, b"<html></html>")])
def test_a_booking_is_one_though_it_cannot_be_read_back(wire, summary):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, summary)
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    assert confirm(wire, handle).state == BookingState.BOOKED
    assert wire.times(ON_ACCOUNT) == 1


def test_a_booking_keeps_no_details_of_the_buyer(wire):
    handle = handle_of(wire)
    assert "ada@example.org" in handle
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    assert "ada@example.org" not in confirm(wire, handle).handle


def test_what_is_booked_already_is_found_and_nothing_is_sent(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, "summary__booked")
    assert confirm(wire, handle).reference == "RRR11949"
    assert wire.times(ON_ACCOUNT) == 0


@pytest.mark.parametrize("silence", [503, DOWN, (200, HTML), (200, b"")])
def test_nothing_is_sent_where_the_summary_cannot_be_asked_before(wire, silence):
    handle = handle_of(wire)
    wire.on(SUMMARY, silence)
    with pytest.raises(Unavailable):
        confirm(wire, handle)
    assert wire.times(ON_ACCOUNT) == 0


def test_no_personal_data_reaches_the_log(wire, caplog):
    with caplog.at_level(logging.DEBUG):
        handle = handle_of(wire)
        wire.on(SUMMARY, 204)
        wire.on(ON_ACCOUNT, (400, {"Message": "Email ada@example.org is not valid"}))
        with pytest.raises(DetailsRejected) as wrong:
            confirm(wire, handle)
    for secret in ("ada@example.org", "Buyer", BASKET, "very-secret-key", "tok/success"):
        assert secret not in caplog.text + str(wrong.value) + wrong.value.detail


# --- a lost answer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [LOST, 502, 500, 504, (200, b""), (200, {"Success": True}), (200, HTML)])
def test_a_lost_answer_is_never_sent_again(wire, lost):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, lost)
    with pytest.raises(OutcomeUnknown):
        confirm(wire, handle)
    assert wire.times(ON_ACCOUNT) == 1
    assert wire.times(SUMMARY) == 2  # before, and at once after


@pytest.mark.parametrize("lost", [LOST, 502, (200, {"Success": True})])
def test_a_lost_answer_to_what_worked_is_found_in_the_summary(wire, lost):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, "summary__booked")
    wire.on(ON_ACCOUNT, lost)
    found = confirm(wire, handle)
    assert (found.state, found.reference) == (BookingState.BOOKED, "RRR11949")
    assert wire.times(ON_ACCOUNT) == 1


@pytest.mark.parametrize("silence", [503, DOWN, (200, b"<html></html>"), (401, HTML)])
def test_a_lost_answer_stays_unknown_where_the_summary_cannot_be_asked(wire, silence):
    """An error of the question must never read as one of the booking: it would be tried again."""
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, silence)
    wire.on(ON_ACCOUNT, LOST)
    with pytest.raises(OutcomeUnknown):
        confirm(wire, handle)
    assert wire.times(ON_ACCOUNT) == 1


def test_a_caller_that_was_never_connected_may_try_again(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, DOWN)
    with pytest.raises(Unavailable):
        confirm(wire, handle)


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal",
    [
        (403, HTML), (401, HTML), (403, None), (404, HTML), (405, {"Message": "The requested resource does not support http method 'POST'."}),
        (403, {"Message": "BookingOnAccount is not available for this account"}),
        (403, {"ErrorCode": 7, "Message": "Forbidden"}),
        (400, {"Message": "An error has occurred", "MessageDetail": "Booking on account is not enabled."}),
        (200, {"Success": False, "Message": "Please contact your account manager"}),
    ],
)  # fmt: skip
def test_an_account_that_is_not_unlocked_for_it_is_told_apart(wire, refusal):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, refusal)
    with pytest.raises(NotUnlocked) as wrong:
        confirm(wire, handle)
    assert wrong.value.code == "not_unlocked"
    assert isinstance(wrong.value, Refused)
    assert wire.times(ON_ACCOUNT) == 1


def test_an_account_that_was_set_back_meanwhile_sends_nothing_and_finds_what_is_booked(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, "summary__booked")
    with pytest.raises(NotUnlocked):
        desk(wire, "").confirm(handle, REFERENCE)
    assert desk(wire, "").confirm(handle, REFERENCE).state == BookingState.BOOKED
    assert wire.times(ON_ACCOUNT) == 0


@pytest.mark.parametrize("refusal", [(403, BASKET_MANIPULATION), (200, {"Success": False})])
def test_a_refusal_of_the_basket_is_no_locked_account(wire, refusal):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, refusal)
    with pytest.raises(HoldGone):
        confirm(wire, handle)


@pytest.mark.parametrize("refusal", [(403, BASKET_MANIPULATION), (403, {"Message": "Forbidden"})])
def test_a_refusal_of_a_basket_that_ran_out_is_that_of_a_hold(wire, refusal):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, refusal)
    instead(wire, READ, changed(load("basket__expired"), DeliveryInformation=None))
    with pytest.raises(HoldExpired):
        confirm(wire, handle)


def test_a_key_that_is_refused_everywhere_is_no_locked_account(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, (401, HTML))
    instead(wire, READ, (401, HTML))
    with pytest.raises(Misconfigured):
        confirm(wire, handle)


@pytest.mark.parametrize("refusal", [(403, BASKET_MANIPULATION), (200, {"Success": False}), (403, HTML), 409])
def test_a_refusal_of_what_is_booked_is_no_refusal(wire, refusal):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, "summary__booked")
    wire.on(ON_ACCOUNT, refusal)
    assert confirm(wire, handle).state == BookingState.BOOKED


def test_a_refusal_after_which_the_summary_tells_of_a_booking_is_not_known(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204, 204, "summary__booked")
    wire.on(ON_ACCOUNT, 409)
    with pytest.raises(OutcomeUnknown):
        confirm(wire, handle)


@pytest.mark.parametrize("status", [410, 415, 418])
def test_any_other_refusal_is_certain(wire, status):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, (status, {"Message": "no"}))
    with pytest.raises(Refused):
        confirm(wire, handle)


def test_a_part_that_was_handed_over_for_their_page_is_not_booked_on_account(wire):
    order = Order(reference=REFERENCE, delivery="box_office", mails=False, total_minor=27100)
    with pytest.raises(Unsupported):
        confirm(wire, held_handle(order=order.data()))
    with pytest.raises(Unsupported):
        confirm(wire, held_handle())


# --- their page instead -----------------------------------------------------------------------------------------


def by_their_page() -> Details:
    given = details()
    return Details(
        reference=given.reference, answers=given.answers, success_url=given.success_url,
        failure_url=given.failure_url, route="there",
    )  # fmt: skip


def test_after_a_locked_account_the_same_basket_is_paid_on_their_page(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    wire.on(ON_ACCOUNT, (403, HTML))
    with pytest.raises(NotUnlocked):
        confirm(wire, handle)
    wire.on(SUBMIT, "submit_order__redirect")
    found = desk(wire).prepare(handle, by_their_page(), wire.keep)
    assert isinstance(found.payment, PayThere)
    assert found.payment.amount == Money(27100, "GBP")
    assert "ada@example.org" not in found.hold.handle
    with pytest.raises(Unsupported):  # a stray confirm does nothing
        confirm(wire, found.hold.handle)
    assert desk(wire).look(found.hold.handle, Sign()).state == BookingState.OPEN


def test_nobody_is_sent_to_pay_for_what_was_booked_on_account_after_all(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, "summary__booked")
    with pytest.raises(PaymentClosed):
        desk(wire).prepare(handle, by_their_page(), wire.keep)
    assert wire.times(SUBMIT) == 0


# --- look -------------------------------------------------------------------------------------------------------


def look(wire: Wire, handle: str, *, asked_ago: float | None = None) -> BookingState:
    since = None if asked_ago is None else NOW - timedelta(seconds=asked_ago)
    return desk(wire).look(handle, Sign(confirming_since=since)).state


def test_a_reference_in_the_summary_is_a_booking_without_any_other_sign(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, "summary__booked")
    assert look(wire, handle) == BookingState.BOOKED


def test_before_it_was_confirmed_it_is_open_while_it_is_held(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    assert look(wire, handle) == BookingState.OPEN


def test_after_a_lost_answer_it_is_not_certain_that_nothing_is_booked_before_their_work_is_over(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    assert look(wire, handle, asked_ago=5) == BookingState.PROCESSING
    assert look(wire, handle, asked_ago=119) == BookingState.PROCESSING
    assert look(wire, handle, asked_ago=121) == BookingState.OPEN


def test_after_a_lost_answer_a_basket_that_holds_nothing_is_only_over_when_its_time_is(wire, monkeypatch):
    """Minutes of what was submitted are 0 too: that it is not held proves nothing."""
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    instead(wire, READ, basket(item(9251039, [141745744, 141745743, 141745742], minutes=0)))
    assert look(wire, handle, asked_ago=600) == BookingState.PROCESSING
    monkeypatch.setattr(
        http, "clock", lambda: NOW + timedelta(minutes=9) + inferred.GRACE + timedelta(seconds=1)
    )
    assert look(wire, handle, asked_ago=600) == BookingState.LAPSED


def test_a_success_return_means_nothing_to_what_is_booked_on_account(wire):
    handle = handle_of(wire)
    wire.on(SUMMARY, 204)
    assert desk(wire).look(handle, Sign(returned="success")).state == BookingState.OPEN


# --- documents --------------------------------------------------------------------------------------------------


def test_tickets_of_a_booking_on_account_are_those_of_any_other(wire):
    handle = prepared(wire, details(delivery="72")).hold.handle
    wire.on(SUMMARY, 204, "summary__booked")
    wire.on(ON_ACCOUNT, "submit_on_account__booked")
    booked = confirm(wire, handle)
    wire.on(E_TICKETS, "e_tickets__one")
    wire.on(PRINT, 204)
    found = desk(wire).documents(booked.handle)
    assert {document.kind for document in found.documents} == {"pdf", "apple", "google"}
    assert (found.expected, found.ready) == (3, 1)
