"""Tickethead's orders: log-in, order, contact, payment, each once, whatever answer is lost."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldGone,
    LimitExceeded,
    Misconfigured,
    NotOnSale,
    OutcomeUnknown,
    PaymentClosed,
    Refused,
    SoldOut,
    Unavailable,
)
from shop.providers.types import Arrives, BookingState, DocumentInfo, NothingToPay, PayTheirForm, Sign
from tests.providers import tickethead_wire as th
from tests.providers.tickethead_wire import Kept, Wire, ada, wants

EUR = "EUR"
PDF = b"%PDF-1.7 tickets"
GUEST = th.token(2)  # 1 reads the catalogue


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: th.NOW)
    monkeypatch.setattr(http, "mounts", {})


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        made = Wire(mock)
        made.sells()
        yield made


@pytest.fixture
def keep():
    return Kept()


@pytest.fixture
def wish(wire):
    """The handle of a hold with two standing tickets."""
    return th.provider().holds.hold(None, [wants(quantity=2)], Kept()).handle


@pytest.fixture
def shop(wish):
    return th.provider()


def state_of(handle):
    return json.loads(handle)


def prepared(shop, wish, keep=None):
    return shop.bookings.prepare(wish, ada(), keep or Kept())


# --- questions ----------------------------------------------------------------------------------------------


def test_only_what_is_useful_is_asked(wire, shop, wish):
    asked = {question.name: question for question in shop.bookings.questions(wish)}
    assert list(asked) == ["first_name", "last_name", "email", "phone", "format"]
    assert [name for name, question in asked.items() if not question.required] == ["phone"]


def test_the_formats_of_the_event_are_offered_and_a_wallet_needs_an_account(wire, shop, wish):
    choices = shop.bookings.questions(wish)[-1].choices
    assert [(one.value, one.code, one.disabled, one.label) for one in choices] == [
        ("pdf", "pdf", "", ""),
        ("pkpass", "pkpass", "", ""),
        ("secure", "secure", "wallet_needs_account", "In the app"),
    ]


@pytest.mark.parametrize(
    ("event_formats", "organizer_formats", "values"),
    [
        ([], [{"name": "PKPASS"}], ["pkpass"]),
        ([], [], ["pdf"]),
        ([{"name": "pkpass"}], [{"name": "PDF"}], ["pkpass"]),
    ],
    ids=["the organizer's", "nobody's", "the event's"],
)
def test_formats_fall_back(wire, shop, wish, event_formats, organizer_formats, values):
    event, organizer = th.payload("event__standing"), th.payload("organizer")
    event["data"]["ticket_format"] = event_formats
    organizer["data"]["ticket_formats"] = organizer_formats
    wire.says(th.EVENT, event)
    wire.says(th.ORGANIZER, organizer)
    assert [one.value for one in shop.bookings.questions(wish)[-1].choices] == values


# --- the road on a good day ---------------------------------------------------------------------------------


def test_log_in_order_contact_and_payment_are_sent_as_the_documents_say(wire, shop, wish, keep):
    found = prepared(shop, wish, keep)
    assert wire.steps() == ["login", "login", "login", "order", "contact", "payment"]
    assert wire.bodies(th.ORDER) == [
        {"order_item": [{"quantity": 2, "ticket_config_id": 7489}], "format": "PDF"}
    ]
    assert wire.bodies(th.CONTACT) == [
        {
            "first_name": "Ada",
            "last_name": "Test",
            "email": "ada@example.org",
            "billing_email": "ada@example.org",
        }
    ]
    assert wire.bodies(th.PAYMENT) == [{}]
    assert wire.query(th.PAYMENT) == {"order_id": "1234", "type": "card"}
    assert wire.sent(th.ORDER)[0].headers["Content-Type"] == "application/json"
    # an order has a guest of its own, and everything about it goes with that guest's token
    order_token = wire.tokens(th.ORDER)
    assert order_token == wire.tokens(th.CONTACT) == wire.tokens(th.PAYMENT)
    assert order_token[0] not in wire.tokens(th.EVENT)
    form = found.payment
    assert isinstance(form, PayTheirForm)
    assert (form.publishable_key, form.client_secret, form.intent_id, form.amount) == (
        "pk_test_theirs", "pi_0001_secret_abc", "pi_0001", Money(5464, EUR),
    )  # fmt: skip


def test_what_is_prepared_is_firm_until_the_payment_window_ends(wire, shop, wish):
    found = prepared(shop, wish)
    end = datetime(2026, 11, 21, 7, 46, tzinfo=UTC)  # the order's creation and the organizer's 900 seconds
    assert (found.pay_by, found.hold.expires_at, found.hold.firm) == (end, end, True)
    assert [(i.state, i.total, i.expires_at) for i in found.hold.items] == [("held", Money(5464, EUR), end)]
    assert found.hold.total == Money(5464, EUR)


def test_a_window_that_is_not_named_is_ten_minutes(wire, wish):
    wire.says(th.ORGANIZER, th.payload("organizer__order_fee"))
    assert prepared(th.provider(), wish).pay_by == datetime(2026, 11, 21, 7, 41, tzinfo=UTC)


def test_sector_timeslot_discounts_and_format_reach_the_order(wire):
    choice = wants("8001-s3-t10", 2, instance="320/416")
    handle = th.provider().holds.hold(None, [choice], Kept()).handle
    prepared(th.provider(), handle)
    assert wire.bodies(th.ORDER)[0]["order_item"] == [
        {"quantity": 2, "ticket_config_id": 8001, "sector_id": 3, "timeslot_id": 10}
    ]
    handle = th.provider().holds.hold(None, [wants(code="LAMP"), wants(discount_refs=("14",))], Kept()).handle
    th.provider().bookings.prepare(handle, ada(format="pkpass"), Kept())
    assert wire.bodies(th.ORDER)[1] == {
        "order_item": [
            {"quantity": 2, "ticket_config_id": 7489, "ticket_discount": [77]},
            {"quantity": 2, "ticket_config_id": 7489, "ticket_discount": [14]},
        ],
        "format": "PKPASS",
    }


def test_the_handle_is_kept_before_each_risky_write_and_after_each_step(wire, shop, wish, keep):
    prepared(shop, wish, keep)
    kept = [state_of(handle) for handle in keep.all]
    assert [(bool(s["token"]), s["posting"], s["order"], bool(s["contact"])) for s in kept] == [
        (True, True, "", False),
        (True, False, "1234", False),
        (True, False, "1234", True),
    ]


def test_optional_answers_go_into_the_contact(wire, shop, wish):
    shop.bookings.prepare(
        wish, ada(phone="+43 1 234", company="Lamps", address_1="Gasse 1", postcode="1010"), Kept()
    )
    body = wire.bodies(th.CONTACT)[0]
    assert (body["phone"], body["business_name"], body["street1"], body["zip"]) == (
        "+43 1 234", "Lamps", "Gasse 1", "1010",
    )  # fmt: skip
    assert "country" not in body


def test_the_secret_beside_the_intent_is_found_too(wire, shop, wish):
    wire.says(th.PAYMENT, th.payload("payment__secret_beside"))
    form = prepared(shop, wish).payment
    assert (form.client_secret, form.intent_id) == ("pi_0001_secret_abc", "pi_0001")


@pytest.mark.parametrize(
    ("choice", "path"),
    [("", "payment"), ("payment", "payment"), ("stripe", "payment/stripe"), ("/payment/v2/pay", None)],
)
def test_the_payment_path_is_the_accounts_choice(wire, wish, choice, path):
    url = f"{th.TENANT}/payment/v1/{path}" if path else f"{th.TENANT}/payment/v2/pay"
    wire.says(("POST", url), th.payload("payment"))
    shop = th.provider(options={"global_url": th.WORLD, "payment_path": choice})
    assert isinstance(prepared(shop, wish).payment, PayTheirForm)
    assert len(wire.sent(("POST", url))) == 1


def test_the_orders_own_sum_is_what_is_charged(wire, shop, wish):
    wire.says(th.ORDER, th.order(total=58))
    payment = th.payload("payment")
    payment["data"]["payment_intent"]["amount"] = 5800
    wire.says(th.PAYMENT, payment)
    found = prepared(shop, wish)
    assert found.payment.amount == found.hold.total == found.hold.items[0].total == Money(5800, EUR)


def test_a_sum_that_the_order_does_not_say_yet_is_read_again(wire, shop, wish):
    wire.says(th.ORDER, th.order(total=None))
    assert prepared(shop, wish).hold.total == Money(5464, EUR)
    assert len(wire.sent(th.READ)) == 1


@pytest.mark.parametrize(("amount", "currency"), [(546400, "eur"), (55, "eur"), (5464, "usd"), (0, "eur")])
def test_a_payment_over_another_sum_than_the_orders_is_stopped(wire, shop, wish, amount, currency):
    payment = th.payload("payment")
    payment["data"]["payment_intent"] |= {"amount": amount, "currency": currency}
    wire.says(th.PAYMENT, payment)
    with pytest.raises(BadAnswer):
        prepared(shop, wish)


@pytest.mark.parametrize(
    "broken",
    [
        {"publishable_key": "pk"},
        {"publishable_key": "pk", "payment_intent": "pi_1"},
        {"payment_intent": {"id": "pi", "client_secret": "s", "amount": 5464, "currency": "eur"}},
        {"publishable_key": "pk", "payment_intent": {"id": "pi", "amount": 5464, "currency": "eur"}},
        {"publishable_key": "pk", "payment_intent": {"id": "pi", "client_secret": "s", "amount": "5464"}},
        {"publishable_key": "pk", "payment_intent": {"id": "pi", "client_secret": "s", "amount": 54.64}},
    ],
)
def test_a_payment_answer_without_what_it_needs_is_stopped(wire, shop, wish, broken):
    wire.says(th.PAYMENT, {"data": broken})
    with pytest.raises(BadAnswer):
        prepared(shop, wish)


# --- free orders --------------------------------------------------------------------------------------------


@pytest.fixture
def lap(wire):
    """A hold with one free ticket of an event that has only those."""
    event = th.payload("event__standing")
    event["data"]["ticket_config"] = [{**event["data"]["ticket_config"][2], "depends_on": []}]
    wire.says(th.EVENT, event)
    wire.says(("POST", th.CONTACT[1].replace("1234", "1240")), th.payload("contact"))
    wire.says(th.ORDER, th.payload("order__free"))
    wire.says(th.PAYMENT, th.payload("payment__free"))
    return th.provider().holds.hold(None, [wants("7491", 1)], Kept()).handle


FREE = ("GET", th.READ[1].replace("1234", "1240"))


def free_order(status):
    order = th.payload("order__free")
    order["data"]["status"] = status
    return order


def test_a_free_order_is_confirmed_by_the_payment_call_and_costs_nothing(wire, lap):
    wire.says(FREE, free_order("paid"))
    found = prepared(th.provider(), lap)
    assert found.payment == NothingToPay()
    assert found.hold.total == Money(0, EUR)
    assert wire.steps()[-3:] == ["order", "contact", "payment"]
    assert th.provider().bookings.look(found.hold.handle, Sign()).state is BookingState.BOOKED


def test_a_free_order_that_is_confirmed_a_little_later_is_left_to_look(wire, lap):
    wire.says(FREE, free_order("draft"), free_order("paid"))
    found = prepared(th.provider(), lap)
    assert found.payment == NothingToPay()
    assert th.provider().bookings.look(found.hold.handle, Sign()).state is BookingState.BOOKED


def test_an_order_that_is_paid_as_soon_as_it_is_made_needs_no_payment(wire, lap):
    wire.says(th.ORDER, free_order("paid"))
    assert prepared(th.provider(), lap).payment == NothingToPay()
    assert "payment" not in wire.steps()


def test_an_order_that_costs_something_is_never_given_away(wire, shop, wish):
    wire.says(th.PAYMENT, th.payload("payment__free"))
    with pytest.raises(BadAnswer):
        prepared(shop, wish)


# --- lost answers, write by write ---------------------------------------------------------------------------


def test_a_lost_log_in_is_repeated(wire, wish):
    shop = th.provider()
    wire.says(th.LOGIN, th.LOST, {"data": {"token": GUEST}})
    assert isinstance(prepared(shop, wish).payment, PayTheirForm)


@pytest.mark.parametrize("lost", [th.LOST, (502, th.HTML), (500, ""), (201, th.HTML), (201, "")])
def test_an_order_whose_answer_was_lost_is_found_among_the_guests_own(wire, shop, wish, keep, lost):
    wire.says(th.ORDER, lost)
    wire.says(th.ORDERS, {"data": [th.order()["data"]], "paging": {"total": 1}})
    found = prepared(shop, wish, keep)
    assert len(wire.sent(th.ORDER)) == 1
    assert wire.tokens(th.ORDERS) == wire.tokens(th.ORDER)
    assert state_of(found.hold.handle)["order"] == "1234"
    assert found.payment.amount == Money(5464, EUR)


def test_an_order_that_is_not_found_is_not_repeated_blindly(wire, shop, wish, keep):
    wire.says(th.ORDER, th.LOST, (201, th.order()))
    wire.says(th.ORDERS, {"data": [], "paging": {"total": 0}})
    with pytest.raises(OutcomeUnknown):
        prepared(shop, wish, keep)
    assert len(wire.sent(th.ORDER)) == 1
    assert state_of(keep.last)["posting"] is True
    # the next try, with the newest handle, asks first and finds it
    wire.says(th.ORDERS, {"data": [th.order()["data"]], "paging": {"total": 1}})
    found = prepared(th.provider(), keep.last, keep)
    assert len(wire.sent(th.ORDER)) == 1
    assert found.payment.amount == Money(5464, EUR)


def test_an_order_that_really_was_not_made_is_made_on_the_next_try(wire, shop, wish, keep):
    wire.says(th.ORDER, th.LOST, (201, th.order()))
    wire.says(th.ORDERS, {"data": []})
    with pytest.raises(OutcomeUnknown):
        prepared(shop, wish, keep)
    prepared(th.provider(), keep.last, keep)
    assert len(wire.sent(th.ORDERS)) == 2
    assert len(set(wire.tokens(th.ORDER))) == 1  # the same guest, so that both would be in one list


def test_a_process_that_died_while_ordering_finds_its_order(wire, wish, keep):
    dying = Kept()

    class Killed(BaseException):
        pass

    def killed_after_keeping(handle):
        dying(handle)
        raise Killed

    with pytest.raises(Killed):
        prepared(th.provider(), wish, killed_after_keeping)
    wire.says(th.ORDERS, {"data": [th.order()["data"]]})
    assert prepared(th.provider(), dying.last, keep).payment.amount == Money(5464, EUR)
    assert wire.sent(th.ORDER) == []


def test_an_order_found_by_look_is_paid_or_not_like_any_other(wire, shop, wish, keep):
    wire.says(th.ORDER, th.LOST)
    wire.says(th.ORDERS, {"data": []})
    with pytest.raises(OutcomeUnknown):
        prepared(shop, wish, keep)
    assert shop.bookings.look(keep.last, Sign()).state is BookingState.OPEN
    wire.says(th.ORDERS, {"data": [th.order("paid")["data"]]})
    wire.says(th.READ, th.order("paid"))
    found = shop.bookings.look(keep.last, Sign())
    assert (found.state, found.reference) == (BookingState.BOOKED, "1234")
    assert state_of(found.handle)["order"] == "1234"


@pytest.mark.parametrize("failure", [th.DOWN, (429, {"message": "slow down"})])
def test_an_order_that_never_left_is_simply_not_made(wire, shop, wish, keep, failure):
    wire.says(th.ORDER, failure)
    with pytest.raises(Unavailable):
        prepared(shop, wish, keep)
    assert state_of(keep.last)["posting"] is False
    assert wire.sent(th.ORDERS) == []


def test_a_lost_contact_is_said_again_and_the_order_is_not_made_twice(wire, shop, wish, keep):
    wire.says(th.CONTACT, th.LOST, (201, th.payload("contact")))
    assert isinstance(prepared(shop, wish, keep).payment, PayTheirForm)
    assert wire.steps()[-4:] == ["order", "contact", "contact", "payment"]


def test_a_contact_lost_twice_leaves_the_order_for_the_next_try(wire, shop, wish, keep):
    wire.says(th.CONTACT, th.LOST, th.LOST, (201, th.payload("contact")))
    with pytest.raises(OutcomeUnknown):
        prepared(shop, wish, keep)
    prepared(th.provider(), keep.last, keep)
    assert len(wire.sent(th.ORDER)) == 1
    assert len(wire.sent(th.CONTACT)) == 3


def test_a_lost_payment_answer_is_asked_about_and_repeated_within_the_hold(wire, shop, wish):
    wire.says(th.PAYMENT, th.LOST, (201, th.payload("payment")))
    assert isinstance(prepared(shop, wish).payment, PayTheirForm)
    urls = [str(one.url).split("?")[0] for one in wire.sent()]
    assert urls[-3:] == [th.PAYMENT[1], th.READ[1], th.PAYMENT[1]]


def test_a_payment_whose_order_turns_out_paid_is_not_repeated(wire, shop, wish):
    wire.says(th.PAYMENT, th.LOST)
    wire.says(th.READ, th.order("paid"))
    assert prepared(shop, wish).payment == NothingToPay()
    assert len(wire.sent(th.PAYMENT)) == 1


def test_a_payment_lost_twice_is_left_for_later(wire, shop, wish, keep):
    wire.says(th.PAYMENT, th.LOST)
    with pytest.raises(OutcomeUnknown):
        prepared(shop, wish, keep)
    assert len(wire.sent(th.PAYMENT)) == 2
    wire.says(th.PAYMENT, th.payload("payment"))
    prepared(th.provider(), keep.last, keep)
    assert len(wire.sent(th.ORDER)) == 1


# --- again --------------------------------------------------------------------------------------------------


def test_preparing_again_goes_on_with_the_same_order_and_says_nothing_twice(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    again = prepared(th.provider(), first.hold.handle, keep)
    assert again == first
    assert (len(wire.sent(th.ORDER)), len(wire.sent(th.CONTACT)), len(wire.sent(th.PAYMENT))) == (1, 1, 2)


def test_corrected_details_reach_the_same_order(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    shop.bookings.prepare(first.hold.handle, ada(email="ada@other.example"), keep)
    assert [body["email"] for body in wire.bodies(th.CONTACT)] == ["ada@example.org", "ada@other.example"]
    assert len(wire.sent(th.ORDER)) == 1


def test_another_format_is_another_order_with_another_guest(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    shop.bookings.prepare(first.hold.handle, ada(format="pkpass"), keep)
    assert [body["format"] for body in wire.bodies(th.ORDER)] == ["PDF", "PKPASS"]
    assert len(set(wire.tokens(th.ORDER))) == 2


def test_an_order_that_was_paid_meanwhile_has_nothing_more_to_pay(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    wire.says(th.READ, th.order("paid"))
    assert prepared(shop, first.hold.handle, keep).payment == NothingToPay()


@pytest.mark.parametrize("status", ["payment_failed", "refunded"])
def test_an_order_that_is_over_takes_no_payment(wire, shop, wish, keep, status):
    first = prepared(shop, wish, keep)
    wire.says(th.READ, th.order(status))
    with pytest.raises(PaymentClosed):
        prepared(shop, first.hold.handle, keep)
    assert len(wire.sent(th.PAYMENT)) == 1


@pytest.mark.parametrize("answer", [th.refused(401, "unauthorized"), th.refused(404, "not_found")])
def test_an_order_that_cannot_be_opened_takes_no_payment(wire, shop, wish, keep, answer):
    first = prepared(shop, wish, keep)
    wire.says(th.READ, answer)
    with pytest.raises(PaymentClosed):
        prepared(shop, first.hold.handle, keep)


def test_a_hold_without_wishes_cannot_be_prepared(wire, shop, keep):
    with pytest.raises(HoldGone):
        prepared(shop, "", keep)


def test_a_format_that_is_not_offered_is_told_at_its_field(wire, shop, wish, keep):
    event = th.payload("event__standing")
    event["data"]["ticket_format"] = [{"name": "PDF"}]
    wire.says(th.EVENT, event)
    for word in ("secure", "pkpass"):
        with pytest.raises(DetailsRejected) as refused:
            shop.bookings.prepare(wish, ada(format=word), keep)
        assert refused.value.fields == {"format": "choice"}
    assert wire.sent(th.ORDER) == []


# --- refusals -----------------------------------------------------------------------------------------------


def change(wire, **changes):
    event = th.payload("event__standing")
    event["data"]["ticket_config"][0] |= changes
    wire.says(th.EVENT, event)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"available_tickets": 1}, SoldOut),
        ({"tickets_per_user": 1}, LimitExceeded),
        ({"start_sale_at": "2027-01-01T00:00:00.000Z"}, NotOnSale),
    ],
)
def test_what_cannot_be_had_any_more_is_known_before_anything_is_written(
    wire, shop, wish, keep, changes, kind
):
    change(wire, **changes)
    with pytest.raises(kind):
        prepared(shop, wish, keep)
    assert wire.sent(th.ORDER) == []
    assert keep.all == []


def test_a_refusal_that_the_live_event_explains_has_its_names(wire, shop, wish, keep):
    wire.says(th.ORDER, th.refused(400, "sold_out"))
    wire.says(th.EVENT, th.payload("event__standing"), th.payload("event__standing"))
    gone = th.payload("event__standing")
    gone["data"]["ticket_config"][0]["start_sale_at"] = "2026-12-24T08:00:00.000Z"
    wire.says(th.EVENT, th.payload("event__standing"), gone)
    with pytest.raises(NotOnSale) as refused:
        prepared(shop, wish, keep)
    assert (refused.value.what, refused.value.since) == ("Standing", datetime(2026, 12, 24, 8, 0, tzinfo=UTC))
    assert (state_of(keep.last)["order"], state_of(keep.last)["token"]) == ("", "")


def test_a_refusal_that_names_the_ticket_by_its_id_has_its_name(wire, shop, wish, keep):
    wire.says(th.ORDER, (400, th.payload("error__not_on_sale")))
    with pytest.raises(NotOnSale) as refused:
        prepared(shop, wish, keep)
    assert refused.value.what == "Standing"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (th.refused(400, "event_not_published"), NotOnSale, "not_on_sale"),
        (th.refused(400, "sold_out"), SoldOut, "sold_out"),
        (th.refused(409, ""), SoldOut, "sold_out"),
        (th.refused(400, "tickets_per_user_exceeded"), LimitExceeded, "limit_exceeded"),
        (th.refused(400, "format_not_supported"), DetailsRejected, "details_rejected"),
        (th.refused(400, "sector_required"), Refused, "sector_required"),
        (th.refused(422, "something_new"), Refused, "something_new"),
        ((400, {"error": "Bad Request", "message": "no"}), Refused, "refused"),
        ((400, {"error": "sold_out"}), SoldOut, "sold_out"),
        ((400, {"error_code": "sold_out"}), Refused, "refused"),
        ((400, th.HTML), Refused, "refused"),
        (th.refused(401, "unauthorized"), HoldGone, "hold_gone"),
    ],
)
def test_a_refused_order_is_told_in_our_words(wire, shop, wish, keep, answer, kind, code):
    wire.says(th.ORDER, answer)
    with pytest.raises(Refused) as refused:
        prepared(shop, wish, keep)
    assert type(refused.value) is kind
    assert refused.value.code == code
    assert state_of(keep.last)["posting"] is False


def test_a_refused_contact_names_the_fields_and_keeps_the_order(wire, shop, wish, keep):
    wire.says(th.CONTACT, th.refused(400, "validation", '"email" must be a valid email. phone too long'))
    with pytest.raises(DetailsRejected) as refused:
        prepared(shop, wish, keep)
    assert refused.value.fields == {"email": "invalid", "phone": "invalid"}
    assert state_of(keep.last)["order"] == "1234"


@pytest.mark.parametrize("code", ["seats_unavailable", "sold_out"])
def test_seats_that_went_before_the_payment_lead_back_uncharged_to_a_new_order(wire, shop, wish, keep, code):
    wire.says(th.PAYMENT, th.refused(400, code))
    with pytest.raises(SoldOut) as refused:
        prepared(shop, wish, keep)
    assert refused.value.refs == ("7489",)
    assert (state_of(keep.last)["order"], state_of(keep.last)["token"]) == ("", "")


def test_a_refused_payment_of_an_order_that_is_over_is_closed(wire, shop, wish, keep):
    wire.says(th.PAYMENT, th.refused(400, "order_not_payable"))
    with pytest.raises(PaymentClosed):
        prepared(shop, wish, keep)
    wire.says(th.READ, th.order("payment_failed"))
    with pytest.raises(PaymentClosed):
        prepared(th.provider(), wish, Kept())


def test_a_refused_payment_of_an_order_that_is_paid_is_a_success(wire, shop, wish):
    wire.says(th.PAYMENT, th.refused(400, "order_not_payable"))
    wire.says(th.READ, th.order("paid"))
    assert prepared(shop, wish).payment == NothingToPay()


def test_a_payment_path_that_is_not_served_is_for_the_operator(wire, shop, wish):
    wire.says(th.PAYMENT, th.refused(404, "not_found"))
    with pytest.raises(Misconfigured):
        prepared(shop, wish)


# --- looking ------------------------------------------------------------------------------------------------

BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=16)


@pytest.mark.parametrize(
    ("status", "returned", "later", "state", "reason"),
    [
        ("draft", "", BEFORE, BookingState.OPEN, ""),
        ("draft", "success", BEFORE, BookingState.OPEN, ""),
        ("payment_processing", "", BEFORE, BookingState.OPEN, ""),
        ("payment_processing", "failure", BEFORE, BookingState.OPEN, ""),
        ("payment_processing", "success", BEFORE, BookingState.PROCESSING, ""),
        ("payment_processing", "success", AFTER, BookingState.PROCESSING, ""),
        ("payment_failed", "", BEFORE, BookingState.REFUSED, "payment_failed"),
        ("payment_failed", "", AFTER, BookingState.LAPSED, ""),
        ("paid", "", BEFORE, BookingState.BOOKED, ""),
        ("paid", "failure", AFTER, BookingState.BOOKED, ""),
        ("partially_refunded", "", AFTER, BookingState.BOOKED, "partially_refunded"),
        ("refunded", "", AFTER, BookingState.REFUNDED, ""),
        ("confirmed", "success", BEFORE, BookingState.UNPROVEN, "unknown_status"),
        ("", "success", BEFORE, BookingState.UNPROVEN, "unknown_status"),
    ],
)
def test_each_status_of_an_order_in_our_words(
    wire, shop, wish, monkeypatch, status, returned, later, state, reason
):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, th.order(status))
    monkeypatch.setattr(http, "clock", lambda: th.NOW + later)
    found = shop.bookings.look(handle, Sign(returned=returned))
    assert (found.state, found.reason, found.reference) == (state, reason, "1234")
    assert found.mailed_by_provider is (state is BookingState.BOOKED)


def test_a_booking_has_its_tickets_and_total(wire, shop, wish):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, th.order("paid"))
    found = shop.bookings.look(handle, Sign())
    assert found.total == Money(5464, EUR)
    assert [(t.ref, t.ticket_type) for t in found.tickets] == [("88001", "Standing"), ("88002", "Standing")]
    assert Money.total([t.price for t in found.tickets], EUR) == found.total
    assert "order_item" in wire.query(th.READ)["with"]


def test_looking_changes_nothing_there(wire, shop, wish):
    handle = prepared(shop, wish).hold.handle
    before = wire.steps()
    shop.bookings.look(handle, Sign("success"))
    shop.bookings.confirm(handle, "FOY-1")
    assert wire.steps() == before


def test_wishes_without_an_order_are_open(wire, shop, wish):
    assert shop.bookings.look(wish, Sign("success")).state is BookingState.OPEN


@pytest.mark.parametrize("answer", [th.refused(401, "unauthorized"), (401, th.HTML)])
def test_a_guest_token_that_has_ended_claims_nothing(wire, shop, wish, monkeypatch, answer):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, answer)
    monkeypatch.setattr(http, "clock", lambda: th.NOW + timedelta(hours=3))
    found = shop.bookings.look(handle, Sign("success"))
    assert (found.state, found.reason, found.mailed_by_provider) == (
        BookingState.UNPROVEN,
        "token_expired",
        False,
    )


def test_an_order_that_is_not_known_claims_nothing(wire, shop, wish):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, th.refused(404, "not_found"))
    found = shop.bookings.look(handle, Sign("success"))
    assert (found.state, found.reason) == (BookingState.UNPROVEN, "order_unknown")


@pytest.mark.parametrize(
    "answer", [th.DOWN, (500, th.HTML), (200, th.HTML), {"order": 1}, {"data": {"status": "paid"}}]
)
def test_an_answer_that_says_nothing_books_nothing(wire, shop, wish, answer):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, answer)
    with pytest.raises((Unavailable, BadAnswer)):
        shop.bookings.look(handle, Sign("success"))


# --- the basket after an order ------------------------------------------------------------------------------


def test_the_basket_reads_the_order_while_it_can_be_paid(wire, shop, wish):
    handle = prepared(shop, wish).hold.handle
    change(wire, available_tickets=0)  # our own order took the last ones
    held = shop.holds.read(handle)
    assert (held.firm, [(i.ref, i.state) for i in held.items], held.total) == (
        True, [("w1", "held")], Money(5464, EUR),
    )  # fmt: skip


def test_an_order_that_lapsed_leaves_items_that_can_be_tried_again(wire, shop, wish, keep):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, th.order("payment_failed"))
    gone = shop.holds.read(handle)
    assert [(i.ref, i.state, i.problem) for i in gone.items] == [("w1", "gone", "hold_expired")]
    again = shop.holds.hold(gone.handle, [gone.items[0].selection], keep)
    assert [(i.ref, i.state) for i in again.items] == [("w2", "wish")]
    prepared(shop, again.handle, keep)
    assert len(set(wire.tokens(th.ORDER))) == 2


def test_wishes_that_were_gone_before_are_not_ordered(wire, shop, keep):
    handle = shop.holds.hold(None, [wants("7489", 2), wants("7491", 1)], keep).handle
    event = th.payload("event__standing")
    event["data"]["ticket_config"][2]["available_tickets"] = 0
    wire.says(th.EVENT, event)
    read = shop.holds.read(handle)
    found = prepared(shop, read.handle, keep)
    assert [item["ticket_config_id"] for item in wire.bodies(th.ORDER)[0]["order_item"]] == [7489]
    assert [item.state for item in found.hold.items] == ["held"]
    assert [item.state for item in shop.holds.read(found.hold.handle).items] == ["held", "gone"]


def test_changing_the_basket_leaves_the_order_behind_and_a_late_payment_of_it_is_seen(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    more = shop.holds.hold(first.hold.handle, [wants("7491", 1)], keep)
    assert (more.firm, [i.state for i in more.items]) == (False, ["wish", "wish"])
    old_token = wire.tokens(th.ORDER)[0]
    wire.says(th.READ, th.order("paid"))  # in the other tab
    found = shop.bookings.look(more.handle, Sign())
    assert (found.state, found.reference) == (BookingState.BOOKED, "1234")
    assert wire.tokens(th.READ)[-1] == old_token
    assert shop.bookings.look(found.handle, Sign()).state is BookingState.BOOKED


def test_an_order_left_behind_is_asked_about_while_it_could_be_paid_and_no_longer(
    wire, shop, wish, keep, monkeypatch
):
    first = prepared(shop, wish, keep)
    rest = shop.holds.release(first.hold.handle, ["w1"], keep)
    wire.says(th.READ, th.order("paid"))
    monkeypatch.setattr(http, "clock", lambda: th.NOW + timedelta(hours=1))
    assert shop.bookings.look(rest.handle, Sign()).state is BookingState.OPEN


def test_a_basket_that_is_paid_for_is_not_changed(wire, shop, wish, keep):
    first = prepared(shop, wish, keep)
    wire.says(th.READ, th.order("paid"))
    with pytest.raises(HoldGone):
        shop.holds.hold(first.hold.handle, [wants()], keep)
    with pytest.raises(HoldGone):
        shop.holds.release(first.hold.handle, ["w1"], keep)
    assert shop.holds.release(first.hold.handle, None, keep).items == ()


# --- documents ----------------------------------------------------------------------------------------------


def passes(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            # without the hour: the bytes name tests, and both workers must find the same names
            archive.writestr(zipfile.ZipInfo(name), b"{}")
    return file.getvalue()


@pytest.fixture
def paid(wire, shop, wish):
    handle = prepared(shop, wish).hold.handle
    wire.says(th.READ, th.order("paid"))
    return handle


@pytest.mark.parametrize(
    ("content", "kind", "content_type", "filename"),
    [
        (PDF, "pdf", "application/pdf", "tickets-1234.pdf"),
        (b"\n" + PDF, "pdf", "application/pdf", "tickets-1234.pdf"),
        (passes("pass.json"), "pkpass", "application/vnd.apple.pkpass", "tickets-1234.pkpass"),
        (passes("a.pkpass", "b.pkpass"), "pkpass", "application/vnd.apple.pkpasses", "tickets-1234.pkpasses"),
    ],
)
def test_one_file_for_the_whole_order_known_by_its_bytes(wire, paid, content, kind, content_type, filename):
    wire.says(th.TICKETS, content)
    shop = th.provider()
    found = shop.bookings.documents(paid)
    assert (found.arrives, found.expected, found.ready, found.complete) == (Arrives.DOWNLOAD, 2, 2, True)
    (one,) = found.documents
    assert (one.kind, one.is_wallet_link, one.link) == (kind, False, "")
    file = shop.bookings.fetch(paid, one)
    assert (file.content, file.content_type, file.filename) == (content, content_type, filename)
    assert len(wire.sent(th.TICKETS)) == 1
    assert th.provider().bookings.fetch(paid, one).content == content
    assert wire.tokens(th.TICKETS) == wire.tokens(th.ORDER) * 2


@pytest.mark.parametrize(
    "answer", [th.refused(404, "order_not_confirmed"), (404, th.HTML), th.refused(409, "busy")]
)
def test_no_tickets_yet_is_no_error(wire, paid, answer):
    wire.says(th.TICKETS, answer)
    found = th.provider().bookings.documents(paid)
    assert (found.expected, found.ready, found.documents, found.complete) == (2, 0, (), False)


def test_wishes_have_no_documents(wire, shop, wish):
    assert shop.bookings.documents(wish).ready == 0
    assert wire.sent(th.TICKETS) == []


@pytest.mark.parametrize("answer", [th.refused(401, "unauthorized"), (401, th.HTML)])
def test_after_the_guest_token_has_ended_the_tickets_are_in_the_mail(wire, paid, answer):
    wire.says(th.TICKETS, answer)
    found = th.provider().bookings.documents(paid)
    assert (found.arrives, found.ready, found.complete) == (Arrives.MAIL, 0, True)


@pytest.mark.parametrize(
    "content",
    [th.HTML.encode(), b'{"data": 1}', b"PK\x03\x04 broken", passes("readme.txt")],
    ids=["a page", "JSON", "half an archive", "an archive without a pass"],  # an archive has the time in it
)
def test_what_is_no_ticket_is_never_handed_on(wire, paid, content):
    wire.says(th.TICKETS, content)
    with pytest.raises(BadAnswer):
        th.provider().bookings.documents(paid)
    with pytest.raises(BadAnswer):
        th.provider().bookings.fetch(paid, DocumentInfo(ref="1234", kind="pdf", link=""))


def test_an_empty_file_is_a_bad_answer(wire, paid):
    wire.says(th.TICKETS, b"")
    with pytest.raises(BadAnswer):
        th.provider().bookings.documents(paid)


def test_a_document_of_another_order_is_not_fetched(wire, paid):
    with pytest.raises(HoldGone):
        th.provider().bookings.fetch(paid, DocumentInfo(ref="9999", kind="pdf", link=""))
    assert wire.sent(th.TICKETS) == []


# --- secrets ------------------------------------------------------------------------------------------------


def test_neither_tokens_nor_secrets_nor_people_are_in_log_errors_or_records(wire, wish, caplog, monkeypatch):
    told: list[http.CallInfo] = []
    monkeypatch.setattr(http, "after_call", [told.append])
    caplog.set_level(logging.DEBUG)
    shop = th.provider()
    found = prepared(shop, wish)
    wire.says(th.TICKETS, PDF)
    shop.bookings.documents(found.hold.handle)
    errors = []
    for endpoint, answer in (
        (th.CONTACT, th.refused(400, "bad", "ada@example.org is not a mail address")),
        (th.ORDER, th.refused(400, "bad", f"token {GUEST} is bad")),
        (th.ORDER, th.LOST),
        (th.PAYMENT, (201, th.HTML)),
    ):
        wire.sells()
        wire.says(th.ORDERS, {"data": []})
        wire.says(endpoint, answer)
        with pytest.raises(Exception) as error:
            prepared(th.provider(), wish)
        errors.append(f"{error.value!r} {error.value.__dict__}")
    everything = caplog.text + repr(told) + " ".join(errors)
    tokens = {token for one in wire.sent() for token in [one.headers.get("Authorization", "")[7:]] if token}
    assert len(tokens) > 4
    for secret in (*tokens, "pi_0001_secret_abc", "ada@example.org", "Ada"):
        assert secret not in everything
    assert {info.verb for info in told} >= {
        "guest_login",
        "event",
        "create_order",
        "order_contact",
        "tickets",
    }


def test_an_account_shows_no_key_in_its_repr():
    assert "secret-key" not in repr(th.account(keys={"api_key": "secret-key"}))
