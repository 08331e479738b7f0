"""London Theatre Direct: questions, the order, what counts as paid, and the tickets."""

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
    DetailsRejected,
    HoldExpired,
    HoldGone,
    OutcomeUnknown,
    PaymentClosed,
    Unavailable,
    Unsupported,
)
from shop.providers.londontheatredirect import inferred, system_lists
from shop.providers.londontheatredirect.handle import Order
from shop.providers.types import (
    Arrives,
    BookingState,
    Details,
    DocumentInfo,
    PayThere,
    Prepared,
    Question,
    Sign,
)
from tests.providers.londontheatredirect_wire import (
    BASKET,
    COUNTRIES,
    DELIVERIES,
    DOWN,
    E_TICKETS,
    LOST,
    NOW,
    PLAN,
    PRINT,
    READ,
    STATES,
    SUBMIT,
    SUMMARY,
    Wire,
    basket,
    changed,
    details,
    held_handle,
    item,
    load,
)

GATE = f"https://www.londontheatredirect.com/payments/PaymentGate.aspx?basketId={BASKET}"
SUCCESS, FAILURE, NOT_SEEN = Sign("success"), Sign("failure"), Sign()
NO_DOCUMENTS = {"Items": []}


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    system_lists.forget()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)
    system_lists.forget()


def ordered(delivery: str = "box_office", **more) -> str:
    """The handle of a basket that was submitted."""
    order = Order(reference="FOY-7K3M9Q-1", delivery=delivery, mails=False, total_minor=27100, **more)
    return held_handle(order=order.data())


def ready(wire: Wire, deliveries: str = "available_deliveries__many") -> Wire:
    """A held basket whose questions can be asked."""
    wire.on(READ, "basket__held")
    wire.on(DELIVERIES, deliveries)
    wire.on(COUNTRIES, "countries__some")
    wire.on(STATES, "us_states__some")
    wire.on(PLAN, "ticket_plan_price__priced")
    return wire


# --- questions ----------------------------------------------------------------------------------------------


def questions(wire: Wire) -> dict[str, Question]:
    return {one.name: one for one in wire.provider().bookings.questions(held_handle())}


def test_the_buyer_is_asked_what_the_order_takes_and_an_address_is_required_of_what_is_posted_alone(wire):
    found = questions(ready(wire))
    assert list(found) == [
        "first_name", "last_name", "email", "phone", "mobile", "company", "address_1", "address_2", "city", "postcode",
        "country", "state", "delivery", "protection",
    ]  # fmt: skip
    assert [name for name, one in found.items() if one.required and not one.only_if] == [
        "first_name",
        "last_name",
        "email",
        "delivery",
    ]
    posted = {name: one.required for name, one in found.items() if one.only_if == ("delivery", "2")}
    assert posted == {"address_1": True, "address_2": False, "city": True, "postcode": True, "country": True}
    assert (found["email"].kind, found["phone"].kind, found["country"].kind) == ("email", "tel", "country")


def test_an_address_may_be_given_where_nothing_can_be_posted(wire):
    found = questions(ready(wire, "available_deliveries__box_office"))
    assert [(found[name].only_if, found[name].required) for name in ("address_1", "country")] == [
        (None, False)
    ] * 2


def test_deliveries_are_choices_with_their_own_names_and_prices(wire):
    choices = questions(ready(wire))["delivery"].choices
    assert [(c.value, c.label, c.code, c.price) for c in choices] == [
        ("1", "Box Office Collection", "box_office", Money(100, "GBP")),
        ("2", "Delivery UK", "post", Money(395, "GBP")),
        ("71", "Print at Home", "print_at_home", Money(0, "GBP")),
        ("72", "E-ticket", "e_ticket", Money(0, "GBP")),
        ("73", "Scheduled E-tickets", "scheduled", Money(0, "GBP")),
        ("74", "Venue Dispatch", "venue_dispatch", Money(0, "GBP")),
    ]


def test_protection_is_asked_with_the_price_for_all_tickets(wire):
    asked = questions(ready(wire))["protection"]
    assert (asked.kind, asked.required, asked.price) == ("yes_no", False, Money(750, "GBP"))


@pytest.mark.parametrize(
    "plan",
    [503, (404, "error__not_found"), (200, {"Price": 0}), (200, {"Price": None}), (200, {"Price": "x"})],
)
def test_protection_whose_price_cannot_be_had_is_not_asked_for(wire, plan):
    ready(wire)
    wire.mock.remove("GET", "https://api.londontheatredirect.com/rest/v2/TicketPlanPrice")
    wire.on(PLAN, plan)
    found = questions(wire)
    assert "protection" not in found
    assert "delivery" in found


def test_countries_come_by_their_order_and_states_only_for_the_united_states(wire):
    found = questions(ready(wire))
    assert [(c.value, c.label, c.code) for c in found["country"].choices] == [
        ("218", "United Kingdom", "GB"), ("219", "United States", "US"), ("1", "Andorra", "AD"),
        ("2", "United Arab Emirates", "AE"),
    ]  # fmt: skip
    assert found["state"].only_if == ("country", "219")
    assert [(c.value, c.label) for c in found["state"].choices] == [("AL", "Alabama"), ("AK", "Alaska")]


def test_countries_are_asked_for_once_an_hour_and_not_once_a_buyer(wire):
    ready(wire)
    questions(wire)
    questions(wire)
    assert wire.times(COUNTRIES) == 1


def test_without_a_list_of_countries_the_rest_is_asked(wire):
    wire.on(READ, "basket__held")
    wire.on(DELIVERIES, "available_deliveries__box_office")
    wire.on(COUNTRIES, 503)
    wire.on(STATES, (200, b"<html></html>"))
    wire.on(PLAN, "ticket_plan_price__priced")
    found = questions(wire)
    assert "country" not in found
    assert "state" not in found
    assert "email" in found


def test_questions_for_an_expired_or_refused_basket_lead_back_to_it(wire):
    wire.on(READ, changed(load("basket__expired"), DeliveryInformation=None))
    with pytest.raises(HoldExpired):
        questions(wire)
    wire.mock.reset()
    wire.on(READ, "basket__held")
    wire.on(DELIVERIES, (403, "error__invalid_basket"))
    with pytest.raises(HoldGone):
        questions(wire)


@pytest.mark.parametrize(
    "body",
    [
        {"DeliveryTypes": []},
        {"DeliveryTypes": None},
        {},
        {"DeliveryTypes": [{"DeliveryTypeId": 1, "DeliveryTypePrice": "x"}]},
    ],
)
def test_no_delivery_that_can_be_offered_is_a_bad_answer(wire, body):
    wire.on(READ, "basket__held")
    wire.on(DELIVERIES, body)
    with pytest.raises(BadAnswer):
        questions(wire)


@pytest.mark.parametrize(
    ("ref", "name", "kind"),
    [("1", "", "box_office"), ("2", "", "post"), ("3", "DeliveryInternational", "post"), ("91", "Print-At-Home tickets", "print_at_home"),
     ("92", "eTickets", "e_ticket"), ("93", "Scheduled E-tickets", "scheduled"), ("94", "Venue Dispatch", "venue_dispatch"),
     ("12", "Telepathy", ""), ("1", "Box Office Collection", "box_office"), ("40", "Royal Mail Special Delivery", "post")],
)  # fmt: skip
def test_deliveries_are_known_by_their_names_for_ids_are_not_published(ref, name, kind):
    assert inferred.delivery_kind(ref, name) == kind


# --- the order ----------------------------------------------------------------------------------------------


def prepare(wire: Wire, given: Details | None = None, handle: str | None = None, **account) -> Prepared:
    return wire.provider(**account).bookings.prepare(handle or held_handle(), given or details(), wire.keep)


def test_the_order_is_submitted_with_our_number_and_return_addresses(wire):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    given = Details(
        reference="FOY-7K3M9Q-1",
        answers={
            "first_name": " John", "last_name": "Smith", "email": "john@example.org", "phone": "020 7946 0645",
            "mobile": "07700 900000", "company": "Company", "address_1": "132, My Street", "address_2": "1st floor",
            "city": "London", "postcode": "WC1A 1AA", "country": "219", "state": "AK", "delivery": "71", "protection": "yes",
        },
        success_url="https://shop.example.test/s", failure_url="https://shop.example.test/f", language="de-AT",
        provider_mails=True,
    )  # fmt: skip
    prepare(wire, given)
    assert wire.sent(SUBMIT) == {
        "BasketId": BASKET, "Email": "john@example.org", "Name": "John", "LastName": "Smith",
        "AddressLine1": "132, My Street", "AddressLine2": "1st floor", "CompanyName": "Company", "City": "London",
        "Country": 219, "Zip": "WC1A 1AA", "Phone": "020 7946 0645", "Mobile": "07700 900000", "StateCode": "AK",
        "DeliveryType": 71, "RequireTicketPlan": True, "SuccessReturnUrl": "https://shop.example.test/s",
        "FailureReturnUrl": "https://shop.example.test/f", "SendConfirmationEmail": True,
        "TransactionReference": "FOY-7K3M9Q-1", "PaymentGateLanguage": 2,
    }  # fmt: skip


def test_what_was_not_answered_is_not_sent(wire):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    prepare(wire, details(phone="", city="  "))
    assert set(wire.sent(SUBMIT)) == {
        "BasketId", "Email", "Name", "LastName", "DeliveryType", "RequireTicketPlan", "SuccessReturnUrl", "FailureReturnUrl",
        "SendConfirmationEmail", "TransactionReference", "PaymentGateLanguage",
    }  # fmt: skip
    assert wire.sent(SUBMIT)["RequireTicketPlan"] is False


@pytest.mark.parametrize(
    ("language", "number"),
    [
        ("en", 1),
        ("en-GB", 1),
        ("de", 2),
        ("es", 3),
        ("it", 4),
        ("sv", 5),
        ("fr-CA", 6),
        ("nl", 7),
        ("nb", 8),
        ("no", 8),
        ("da", 9),
        ("pl", 1),
        ("", 1),
    ],
)
def test_the_gate_speaks_the_language_of_the_page_where_it_can(language, number):
    assert inferred.gate_language(language) == number


def test_the_buyer_is_sent_to_their_page_and_the_total_is_all_that_is_paid(wire):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    found = prepare(
        wire, details(delivery="2", protection="yes", address_1="1 Road", city="London", postcode="E1 0AA")
    )
    assert found.payment == PayThere(url=GATE, amount=Money(27000 + 395 + 750, "GBP"))
    assert found.pay_by == found.hold.expires_at == NOW + timedelta(minutes=9)
    assert found.hold.total == Money(27000, "GBP")


def test_the_handle_is_kept_before_the_order_goes_out(wire):
    ready(wire).on(SUBMIT, LOST)
    wire.on(SUMMARY, 204)
    with pytest.raises(OutcomeUnknown):
        prepare(wire)
    assert json.loads(wire.kept[0])["order"]["reference"] == "FOY-7K3M9Q-1"
    assert json.loads(wire.kept[0])["order"]["body"] is None, "no personal data in the handle of this route"


@pytest.mark.parametrize(
    "url",
    ["https://evil.test/PaymentGate.aspx", "http://www.londontheatredirect.com/pay", "javascript:alert(1)", "", None, 5,
     "https://www.londontheatredirect.com.evil.test/", "https://www.londontheatredirect.com@evil.test/"],
)  # fmt: skip
def test_nobody_is_sent_to_a_payment_page_on_another_host(wire, url):
    ready(wire).on(SUBMIT, (200, {"Success": True, "PaymentRedirectUrl": url}))
    with pytest.raises(BadAnswer):
        prepare(wire)


def test_a_payment_page_of_a_listed_test_system_may_be_plain_http(wire):
    ready(wire).on(SUBMIT, (200, {"Success": True, "PaymentRedirectUrl": "http://localhost:8001/pay?x=1"}))
    found = prepare(wire, allowed_hosts=("localhost:8001",))
    assert isinstance(found.payment, PayThere)


@pytest.mark.parametrize(
    ("answers", "complaints"),
    [
        ({"first_name": "", "email": " "}, {"first_name": "required", "email": "required"}),
        ({"delivery": ""}, {"delivery": "required"}),
        ({"delivery": "999"}, {"delivery": "choice"}),
        ({"delivery": "x"}, {"delivery": "choice"}),
        ({"country": "GB"}, {"country": "choice"}),
        ({"delivery": "2"}, {"address_1": "required", "city": "required", "postcode": "required"}),
    ],
)
def test_missing_and_forged_answers_are_named_before_they_are_sent(wire, answers, complaints):
    ready(wire)
    with pytest.raises(DetailsRejected) as error:
        prepare(wire, details(**answers))
    assert error.value.fields == complaints
    assert wire.times(SUBMIT) == 0


def test_details_that_they_refuse_are_named_where_their_text_tells(wire):
    ready(wire).on(
        SUBMIT, (400, {"Message": "The request is invalid.", "MessageDetail": "Email is not valid"})
    )
    with pytest.raises(DetailsRejected) as error:
        prepare(wire)
    assert error.value.fields == {"email": "invalid"}


def test_protection_that_was_chosen_is_never_dropped_silently(wire):
    ready(wire)
    wire.mock.remove("GET", "https://api.londontheatredirect.com/rest/v2/TicketPlanPrice")
    wire.on(PLAN, 503)
    with pytest.raises(Unavailable):
        prepare(wire, details(protection="yes"))
    assert wire.times(SUBMIT) == 0


def test_an_expired_basket_is_not_submitted(wire):
    wire.on(READ, changed(load("basket__expired"), DeliveryInformation=None))
    with pytest.raises(HoldExpired):
        prepare(wire)


def test_only_what_is_still_held_is_paid_for(wire):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    wire.mock.remove("GET", f"https://api.londontheatredirect.com/rest/v2/Baskets/{BASKET}")
    wire.on(READ, basket(item(1, [1], minutes=-1), item(2, [2], minutes=5)))
    assert prepare(wire).payment == PayThere(url=GATE, amount=Money(9100, "GBP"))


@pytest.mark.parametrize("lost", [LOST, 502, 500, (200, b""), (200, b"<html></html>")])
def test_a_lost_submit_asks_the_summary_and_is_repeated_once_because_nothing_was_paid(wire, lost):
    ready(wire).on(SUBMIT, lost, "submit_order__redirect")
    wire.on(SUMMARY, 204)
    assert isinstance(prepare(wire).payment, PayThere)
    assert (wire.times(SUMMARY), wire.times(SUBMIT)) == (1, 2)


def test_a_lost_submit_beside_a_summary_that_proves_nothing_is_repeated_too(wire):
    ready(wire).on(SUBMIT, LOST, "submit_order__redirect")
    wire.on(SUMMARY, "summary__booked")
    wire.on(E_TICKETS, NO_DOCUMENTS)
    wire.on(PRINT, 204)
    assert isinstance(prepare(wire).payment, PayThere)


def test_a_lost_submit_of_what_is_booked_already_is_not_repeated(wire):
    ready(wire).on(SUBMIT, LOST)
    wire.on(SUMMARY, "summary__booked")
    wire.on(E_TICKETS, "e_tickets__one")
    with pytest.raises(PaymentClosed):
        prepare(wire)
    assert wire.times(SUBMIT) == 1


def test_a_submit_that_never_left_is_unavailable_and_changed_nothing(wire):
    ready(wire).on(SUBMIT, DOWN)
    with pytest.raises(Unavailable):
        prepare(wire)


def test_a_second_tab_is_not_sent_to_pay_for_what_has_a_booking(wire):
    ready(wire)
    wire.on(SUMMARY, "summary__booked")
    with pytest.raises(PaymentClosed):
        prepare(wire, handle=ordered())
    assert wire.times(SUBMIT) == 0


def test_after_a_declined_card_the_same_basket_is_submitted_again(wire):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    wire.on(SUMMARY, 204)
    assert isinstance(prepare(wire, handle=ordered()).payment, PayThere)


@pytest.mark.parametrize(
    ("summary", "content", "error"),
    [
        ((200, "summary__booked"), "basket__held", PaymentClosed),
        (204, "basket__empty", HoldExpired),
        (204, "basket__held", HoldGone),
        (204, (404, "error__not_found"), HoldGone),
    ],
)
@pytest.mark.parametrize(
    "refusal", [(403, "error__invalid_basket"), (200, {"Success": False}), (409, "error__occurred")]
)
def test_a_refused_submit_is_explained_by_what_is_there_now(wire, summary, content, error, refusal):
    wire.on(READ, "basket__held", content)
    wire.on(DELIVERIES, "available_deliveries__box_office")
    wire.on(SUBMIT, refusal)
    wire.on(SUMMARY, summary)
    with pytest.raises(error):
        prepare(wire)
    assert wire.times(SUBMIT) == 1


def test_no_personal_data_reaches_the_log(wire, caplog):
    ready(wire).on(SUBMIT, "submit_order__redirect")
    with caplog.at_level(logging.DEBUG):
        prepare(wire)
    for secret in ("ada@example.org", "Buyer", BASKET, "very-secret-key", "tok/success"):
        assert secret not in caplog.text


# --- looking ------------------------------------------------------------------------------------------------


def look(wire: Wire, sign: Sign = NOT_SEEN, handle: str | None = None):
    return wire.provider().bookings.look(handle or ordered(), sign)


def test_a_booking_reference_and_the_success_return_are_a_booking(wire):
    wire.on(SUMMARY, "summary__booked")
    found = look(wire, SUCCESS)
    assert (found.state, found.reference) == (BookingState.BOOKED, "RRR11949")
    assert found.total == Money(27000 + 750, "GBP")
    assert [ticket.number for ticket in found.tickets] == ["39", "38", "37"]


def test_a_booking_reference_and_documents_are_a_booking_though_nobody_came_back(wire):
    wire.on(SUMMARY, "summary__booked")
    wire.on(E_TICKETS, "e_tickets__one")
    assert look(wire).state == BookingState.BOOKED
    wire.mock.reset()
    wire.on(SUMMARY, "summary__booked")
    wire.on(E_TICKETS, (403, "error__invalid_basket"))
    wire.on(PRINT, "print_at_home__one_of_two")
    assert look(wire, FAILURE).state == BookingState.BOOKED


@pytest.mark.parametrize(("sign", "reason"), [(NOT_SEEN, "returned_never"), (FAILURE, "returned_failure")])
def test_a_summary_alone_proves_nothing(wire, sign, reason):
    wire.on(SUMMARY, "summary__booked")
    wire.on(E_TICKETS, NO_DOCUMENTS)
    wire.on(PRINT, 204)
    found = look(wire, sign)
    assert (found.state, found.reason, found.tickets) == (BookingState.UNPROVEN, reason, ())


@pytest.mark.parametrize("reference", [None, "", 0])
def test_a_summary_without_a_reference_proves_nothing_even_after_the_success_return(wire, reference):
    wire.on(SUMMARY, (200, changed(load("summary__booked"), BookingReference=reference)))
    assert look(wire, SUCCESS).reason == "no_reference"


def test_a_reference_that_is_a_number_is_read_too(wire):
    wire.on(SUMMARY, (200, changed(load("summary__booked"), BookingReference=1234567)))
    assert look(wire, SUCCESS).reference == "1234567"


def test_a_success_address_that_was_typed_proves_nothing(wire):
    wire.on(SUMMARY, 204)
    wire.on(READ, "basket__held")
    assert look(wire, SUCCESS).state == BookingState.PROCESSING


def test_nothing_paid_while_the_hold_lives_is_open_after_a_failure_too(wire):
    wire.on(SUMMARY, 204)
    wire.on(READ, basket(item(9251039, [141745744], minutes=0)))
    assert look(wire).state == BookingState.OPEN
    assert look(wire, FAILURE).state == BookingState.OPEN


def test_zero_minutes_of_a_submitted_basket_are_not_a_lapse(wire):
    wire.on(SUMMARY, 204)
    wire.on(READ, "basket__expired")
    assert look(wire).state == BookingState.OPEN


def test_unpaid_and_past_its_deadline_with_some_grace_it_has_lapsed(wire, monkeypatch):
    wire.on(SUMMARY, 204)
    wire.on(READ, "basket__empty")
    assert look(wire).state == BookingState.OPEN, "paying may be on its last step"
    monkeypatch.setattr(http, "clock", lambda: datetime(2026, 11, 21, 12, 10, 59, tzinfo=UTC))
    assert look(wire).state == BookingState.OPEN
    monkeypatch.setattr(http, "clock", lambda: datetime(2026, 11, 21, 12, 11, 1, tzinfo=UTC))
    assert look(wire).state == BookingState.LAPSED


def test_a_late_success_is_still_seen(wire, monkeypatch):
    monkeypatch.setattr(http, "clock", lambda: NOW + timedelta(days=1))
    wire.on(SUMMARY, "summary__booked")
    assert look(wire, SUCCESS).state == BookingState.BOOKED


def test_a_basket_that_was_never_submitted_is_open_or_has_lapsed(wire):
    wire.on(READ, "basket__held", "basket__empty", (404, "error__not_found"))
    assert [look(wire, handle=held_handle()).state for _ in range(3)] == [
        BookingState.OPEN,
        BookingState.LAPSED,
        BookingState.LAPSED,
    ]
    assert wire.times(SUMMARY) == 0


def test_a_summary_that_is_refused_is_read_like_nothing_there(wire):
    wire.on(SUMMARY, (403, "error__invalid_basket"))
    wire.on(READ, "basket__held")
    assert look(wire).state == BookingState.OPEN


@pytest.mark.parametrize("answer", [503, b"<html></html>", (200, b"")])
def test_a_look_that_got_no_answer_says_nothing_about_the_booking(wire, answer):
    wire.on(SUMMARY, answer)
    with pytest.raises((Unavailable, BadAnswer)):
        look(wire, SUCCESS)


def test_an_unreadable_sum_does_not_hide_a_booking(wire):
    odd = load("summary__booked")
    odd["BasketItems"][0]["PriceSubTotal"] = "?"
    odd["BasketItems"][0]["Tickets"][1] = {"TicketId": None}
    odd["ProtectionInformation"] = None
    wire.on(SUMMARY, (200, odd))
    found = look(wire, SUCCESS)
    assert (found.state, found.total, len(found.tickets)) == (BookingState.BOOKED, None, 2)


def test_who_mails_the_buyer_is_remembered(wire):
    wire.on(SUMMARY, "summary__booked")
    order = Order(reference="F", delivery="e_ticket", mails=True, total_minor=1)
    assert look(wire, SUCCESS, held_handle(order=order.data())).mailed_by_provider is True
    assert look(wire, SUCCESS).mailed_by_provider is False


# --- documents ----------------------------------------------------------------------------------------------


def booked_summary(tickets: list[int], **first: object) -> dict:
    found = load("summary__booked")
    found["BasketItems"] = [item(5, tickets, minutes=0)]
    for raw, number in zip(found["BasketItems"][0]["Tickets"], ("12", "13"), strict=False):
        raw |= {"TicketName1": "D", "TicketName2": number, "ScheduledOn": None}
    found["BasketItems"][0]["Tickets"][0] |= first
    return found


def documents(wire: Wire, delivery: str):
    return wire.provider().bookings.documents(ordered(delivery))


def test_print_at_home_tickets_come_one_after_the_other(wire):
    wire.on(SUMMARY, (200, booked_summary([8788829, 8788830])))
    wire.on(PRINT, 204, "print_at_home__one_of_two", "print_at_home__all")
    wire.on(E_TICKETS, NO_DOCUMENTS)
    none, one, two = (documents(wire, "print_at_home") for _ in range(3))
    assert (none.ready, none.expected, none.complete) == (0, 2, False)
    assert (one.ready, one.expected, one.complete) == (1, 2, False)
    assert (two.ready, two.expected, two.complete) == (2, 2, True)
    assert [(d.kind, d.seat, d.ticket_ref, d.is_wallet_link) for d in two.documents] == [
        ("pdf", "D12", "8788829", False), ("pdf", "D13", "8788830", False),
    ]  # fmt: skip
    assert two.arrives == Arrives.DOWNLOAD


def test_e_tickets_are_a_file_and_two_links_into_wallets(wire):
    wire.on(SUMMARY, (200, booked_summary([20642388])))
    wire.on(E_TICKETS, "e_tickets__one")
    found = documents(wire, "e_ticket")
    assert (found.ready, found.expected, found.complete) == (1, 1, True)
    assert [(d.kind, d.is_wallet_link, d.seat) for d in found.documents] == [
        ("pdf", False, "D12"), ("apple", True, "D12"), ("google", True, "D12"),
    ]  # fmt: skip
    assert wire.times(PRINT) == 0


@pytest.mark.parametrize(
    "nothing", [204, (200, {"Items": []}), (200, {"Items": None}), (403, "error__invalid_basket")]
)
def test_scheduled_tickets_name_their_day_until_they_are_there(wire, nothing):
    wire.on(SUMMARY, (200, booked_summary([20642388], ScheduledOn="2027-06-13T19:30:00")))
    wire.on(E_TICKETS, nothing, "e_tickets__one")
    wire.on(PRINT, 204)
    before = documents(wire, "scheduled")
    assert (before.arrives, before.release_at, before.complete) == (
        Arrives.SCHEDULED, datetime(2027, 6, 13, 18, 30, tzinfo=UTC), False,
    )  # fmt: skip
    after = documents(wire, "scheduled")
    assert (after.complete, after.release_at) == (True, None)


@pytest.mark.parametrize(
    ("delivery", "arrives"),
    [("box_office", Arrives.BOX_OFFICE), ("venue_dispatch", Arrives.VENUE_DISPATCH), ("post", Arrives.POST)],
)
def test_what_is_never_downloaded_is_complete_and_says_how_it_comes(wire, delivery, arrives):
    wire.on(SUMMARY, (200, booked_summary([1, 2])))
    found = documents(wire, delivery)
    assert (found.arrives, found.expected, found.ready, found.complete) == (arrives, 2, 0, True)
    assert wire.times(E_TICKETS) == wire.times(PRINT) == 0


def test_a_delivery_of_an_unknown_kind_is_looked_for_in_both_places(wire):
    wire.on(
        SUMMARY, (200, changed(booked_summary([8788829, 8788830]), DeliveryInformation={"DeliveryType": 77}))
    )
    wire.on(E_TICKETS, NO_DOCUMENTS)
    wire.on(PRINT, "print_at_home__all")
    assert documents(wire, "").complete


def test_there_are_no_documents_before_a_booking(wire):
    wire.on(SUMMARY, 204)
    found = documents(wire, "e_ticket")
    assert (found.ready, found.expected, found.complete) == (0, 3, False)
    assert wire.times(E_TICKETS) == 0


def test_links_to_other_hosts_and_unknown_kinds_are_not_handed_on(wire):
    odd = load("e_tickets__one")
    odd["Items"][0]["ETickets"] = [
        {"Type": "Apple", "DownloadUrl": "https://evil.test/pass"}, {"Type": "PDF", "DownloadUrl": None},
        {"Type": "Hologram", "DownloadUrl": "https://www.londontheatredirect.com/x"}, None,
        {"Type": "pdf", "DownloadUrl": "https://www.londontheatredirect.com/ok"},
    ]  # fmt: skip
    wire.on(SUMMARY, (200, booked_summary([20642388])))
    wire.on(E_TICKETS, (200, odd))
    assert [d.link for d in documents(wire, "e_ticket").documents] == [
        "https://www.londontheatredirect.com/ok"
    ]


LINK = "https://www.londontheatredirect.com/ETickets/DownloadETicket.ashx?pid=c420bac1-601e-4fa7-948a-d4033fb968ae"


def fetch(wire: Wire, link: str = LINK, kind: str = "pdf", wallet: bool = False):
    document = DocumentInfo(ref="print:1", kind=kind, link=link, seat="D 12/é", is_wallet_link=wallet)
    return wire.provider().bookings.fetch(ordered(), document)


def test_a_ticket_is_fetched_and_its_secret_link_is_in_no_log(wire, caplog):
    wire.mock.get(LINK, body=b"%PDF-1.7\n...", content_type="application/octet-stream")
    with caplog.at_level(logging.DEBUG):
        found = fetch(wire)
    assert (found.content[:5], found.content_type, found.filename) == (
        b"%PDF-",
        "application/pdf",
        "ticket-D-12.pdf",
    )
    assert "c420bac1" not in caplog.text
    assert "Api-Key" not in wire.mock.calls[0].request.headers, "the links carry no key"


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>not ready</html>"), (200, b""), (404, b"gone"), (204, b"")]
)
def test_what_is_no_ticket_is_never_stored_as_one(wire, status, body):
    wire.mock.get(LINK, body=body, status=status)
    with pytest.raises(BadAnswer):
        fetch(wire)


def test_a_link_to_another_host_is_not_fetched(wire):
    with pytest.raises(BadAnswer):
        fetch(wire, link="https://evil.test/ticket.pdf")
    assert wire.calls == []


def test_a_wallet_link_is_followed_by_the_buyer_and_not_by_us(wire):
    with pytest.raises(Unsupported):
        fetch(wire, kind="apple", wallet=True)
