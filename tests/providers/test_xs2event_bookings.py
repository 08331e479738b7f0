"""From a reservation to e-tickets: guest data before and after, booking once, lost answers, several orders, files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    BadAnswer,
    DetailsRejected,
    HoldExpired,
    HoldGone,
    Misconfigured,
    OutcomeUnknown,
    PaymentClosed,
    Refused,
    Unavailable,
)  # fmt: skip
from shop.providers.guests import GuestsClosed, GuestsRejected
from shop.providers.types import Arrives, BookingState, PayUs, Sign
from shop.providers.xs2event import guests, inferred
from tests.providers import xs2event_wire as xs
from tests.providers.xs2event_wire import Kept, Wire, wants, wrapped

PRICE = Money(12500 + 350 + 1250, "EUR")
FIRST, SECOND = f"{xs.TICKET}:0", f"{xs.TICKET}:1"
ADA = {"first_name": "Ada", "last_name": "Example", "country": "NL", "date_of_birth": "1990-01-02"}
BOB = {"first_name": "Bob", "last_name": "Example", "country": "GB"}
PDF = b"%PDF-1.4 a ticket"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: xs.NOW)
    monkeypatch.setattr(http, "mounts", {})


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


@pytest.fixture
def keep():
    return Kept()


@pytest.fixture
def held(wire, keep):
    """The handle of a reservation of two tickets."""
    return xs.provider().holds.hold(None, [wants()], keep).handle


def asks(wire, *words, endpoint=xs.ASKED):
    wire.says(endpoint, {"guest_data_requirements": list(words)})


# --- what is asked --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "lead", "others"),
    [
        ([], {}, {}),
        (["first_name", "last_name", "all_persons", "pre_download"], {"first_name": "later", "last_name": "later"},
         {"first_name": "later", "last_name": "later"}),
        ([["first_name", "last_name", "lead_guest", "pre_checkout"]], {"first_name": "before", "last_name": "before"}, {}),
        ([["first_name", "lead_guest", "pre_checkout"], ["first_name", "passport_number", "all_persons", "pre_download"]],
         {"first_name": "before", "passport": "later"}, {"first_name": "later", "passport": "later"}),
        (["contact_email"], {"email": "before"}, {"email": "before"}),
        (["supported_team", "lead_guest", "pre_checkout"], {}, {}),
    ],
)  # fmt: skip
def test_flat_and_nested_requirements_say_who_is_asked_what_and_when(words, lead, others):
    found = guests.requirements({"guest_data_requirements": words})
    when = {"before": guests.BEFORE, "later": guests.LATER}
    assert found.lead == {name: when[word] for name, word in lead.items()}
    assert found.others == {name: when[word] for name, word in others.items()}


def test_what_will_be_asked_is_known_before_anything_is_held(wire):
    asks(
        wire,
        ["first_name", "last_name", "lead_guest", "pre_checkout"],
        ["date_of_birth", "all_persons", "pre_download"],
    )
    wire.says(xs.ONE_TICKET, xs.ticket(flags=["no_away_fans"]))
    sheet = xs.provider().guests.needs(wants(3))
    assert [(one.key, one.lead, one.before, one.later) for one in sheet.places] == [
        (FIRST, True, ("first_name", "last_name"), ("date_of_birth",)),
        (SECOND, False, (), ("date_of_birth",)),
        (f"{xs.TICKET}:2", False, (), ("date_of_birth",)),
    ]
    assert (sheet.notes, sheet.asks_before, sheet.asks_later) == (("no_away_fans",), True, True)
    assert wire.writes() == []


def test_only_the_lead_is_asked_where_the_supplier_wants_only_that(wire):
    asks(wire, "first_name", "last_name", "lead_guest", "pre_checkout")
    assert [one.key for one in xs.provider().guests.needs(wants(4)).places] == [FIRST]
    asks(wire)
    nothing = xs.provider().guests.needs(wants(4))
    assert (nothing.places, nothing.complete) == ((), True)


def test_the_sheet_of_a_reservation_says_what_is_there_and_what_was_wrong(wire, held):
    lead = wrapped(first_name=("Ada", "pre_checkout", None), country_of_residence=("NLD", "pre_download", None),
                   city=(None, None, None))  # fmt: skip
    other = wrapped(
        first_name=(None, "pre_checkout", "required"), contact_phone=("x", "pre_download", "format")
    )
    wire.says(
        xs.SHEET,
        {"items": [{"ticket_id": xs.TICKET, "quantity": 2, "guests": [lead, other | {"lead_guest": False}]}]},
    )
    first, second = xs.provider().guests.sheet(held).places
    assert (first.before, first.later, first.values) == (
        ("first_name",),
        ("country",),
        {"first_name": "Ada", "country": "NL"},
    )
    assert (second.lead, second.complaints) == (False, {"phone": "invalid"})
    assert wire.queries(xs.SHEET)[0]["include_conditions"] == "true"


def test_a_plain_or_an_empty_sheet_is_read_with_the_tickets_own_list(wire, held):
    asks(wire, "first_name", "country_of_residence", "all_persons", "pre_checkout")
    for items in ([], [{"ticket_id": xs.TICKET, "quantity": 2, "guests": []}]):
        wire.says(xs.SHEET, {"items": items})
        assert [one.before for one in xs.provider().guests.sheet(held).places] == [
            ("first_name", "country")
        ] * 2
    plain = {"first_name": "Ada", "country_of_residence": "NLD", "guest_id": "g_gst", "lead_guest": True}
    wire.says(xs.SHEET, {"items": [{"ticket_id": xs.TICKET, "quantity": 2, "guests": [plain]}]})
    first, second = xs.provider().guests.sheet(held).places
    assert (first.values, second.values) == ({"first_name": "Ada", "country": "NL"}, {})


# --- giving it --------------------------------------------------------------------------------------------------------------


def test_guests_are_sent_with_quantity_values_only_and_the_first_one_leading(wire, held, keep):
    asks(wire, "first_name", "last_name", "country_of_residence", "all_persons", "pre_checkout")
    wire.says(xs.GIVE, {"items": []})
    sheet = xs.provider().guests.give(held, {FIRST: ADA | {"city": " "}, SECOND: BOB}, keep)
    assert wire.bodies(xs.GIVE) == [{"items": [{"ticket_id": xs.TICKET, "quantity": 2, "guests": [
        {"first_name": "Ada", "last_name": "Example", "date_of_birth": "1990-01-02", "country_of_residence": "NLD",
         "lead_guest": True},
        {"first_name": "Bob", "last_name": "Example", "country_of_residence": "GBR", "lead_guest": False},
    ]}]}]  # fmt: skip
    assert sheet.complete
    # nothing personal is in the handle; that it was taken is
    assert "Ada" not in keep[-1]
    assert "1990" not in keep[-1]
    # their test system shows an empty sheet afterwards: it was taken all the same
    assert xs.provider().bookings.prepare(keep[-1], xs.details(), keep).payment == PayUs(PRICE * 2)


def test_what_is_missing_is_said_place_by_place_before_anything_is_sent(wire, held, keep):
    asks(wire, "first_name", "last_name", "all_persons", "pre_checkout")
    with pytest.raises(GuestsRejected) as refused:
        xs.provider().guests.give(held, {FIRST: ADA, SECOND: {"first_name": "Bob", "last_name": " "}}, keep)
    assert refused.value.places == {SECOND: {"last_name": "required"}}
    assert wire.sent(xs.GIVE) == []


@pytest.mark.parametrize("status", [422, 400])
def test_a_refusal_is_mapped_guest_by_guest_and_field_by_field(wire, held, keep, status):
    asks(wire, "first_name", "all_persons", "pre_checkout")
    lead = wrapped(
        first_name=("Ada", "pre_checkout", None), country_of_residence=("ZZ", "pre_checkout", "invalid")
    )
    other = wrapped(
        first_name=("Bob", "pre_checkout", None), passport_number=(None, "pre_checkout", "required")
    )
    items = [{"ticket_id": xs.TICKET, "quantity": 2, "guests": [lead, other]}]
    wire.says(xs.GIVE, xs.refused(status, "invalid-guest-data", items=items))
    with pytest.raises(GuestsRejected) as refused:
        xs.provider().guests.give(held, {FIRST: ADA, SECOND: BOB}, keep)
    assert refused.value.places == {FIRST: {"country": "invalid"}, SECOND: {"passport": "required"}}
    assert "Ada" not in str(refused.value)


def test_guest_data_after_the_end_is_an_expired_hold(wire, held, keep):
    asks(wire, "first_name", "all_persons", "pre_checkout")
    wire.says(xs.GIVE, (410, {"message": "?"}))
    wire.says(xs.READ, xs.reservation(), xs.reservation(), xs.reservation(status="void"))
    with pytest.raises(HoldExpired):
        xs.provider().guests.give(held, {FIRST: ADA, SECOND: BOB}, keep)


def test_a_lost_answer_to_guest_data_is_read_again(wire, held, keep):
    asks(wire, "first_name", "all_persons", "pre_checkout")
    wire.says(xs.GIVE, xs.LOST)
    with pytest.raises(OutcomeUnknown):
        xs.provider().guests.give(held, {FIRST: {"first_name": "Ada"}, SECOND: {"first_name": "Bob"}}, keep)
    there = [{"first_name": "Ada", "lead_guest": True}, {"first_name": "Bob", "lead_guest": False}]
    wire.says(xs.SHEET, {"items": []}, {"items": [{"ticket_id": xs.TICKET, "quantity": 2, "guests": there}]})
    sheet = xs.provider().guests.give(
        held, {FIRST: {"first_name": "Ada"}, SECOND: {"first_name": "Bob"}}, keep
    )
    assert sheet.complete
    assert len(wire.sent(xs.GIVE)) == 2


def test_another_number_of_tickets_forgets_the_guests_that_are_too_many(wire, held, keep):
    asks(wire, "first_name", "all_persons", "pre_checkout")
    wire.says(xs.GIVE, {"items": []})
    xs.provider().guests.give(held, {FIRST: ADA, SECOND: BOB}, keep)
    wire.says(xs.CHANGE, xs.reservation(xs.item(quantity=3)))
    three = xs.provider().holds.set_quantity(keep[-1], xs.TICKET, 3, keep)
    wire.says(xs.READ, xs.reservation(xs.item(quantity=3)))
    with pytest.raises(DetailsRejected) as refused:
        xs.provider().bookings.prepare(three.handle, xs.details(), keep)
    assert refused.value.fields == {"guests": "required"}
    wire.says(xs.CHANGE, xs.reservation(xs.item(quantity=1)))
    one = xs.provider().holds.set_quantity(three.handle, xs.TICKET, 1, keep)
    wire.says(xs.READ, xs.reservation(xs.item(quantity=1)))
    assert xs.provider().bookings.prepare(one.handle, xs.details(), keep).payment == PayUs(PRICE)


# --- preparing and booking ----------------------------------------------------------------------------------------------------


def test_the_buyer_is_asked_for_a_name_and_an_address_and_we_take_the_money(wire, held, keep):
    bookings = xs.provider().bookings
    assert [one.name for one in bookings.questions(held)] == ["first_name", "last_name", "email"]
    prepared = bookings.prepare(held, xs.details(), keep)
    assert prepared.payment == PayUs(PRICE * 2)
    assert prepared.pay_by == xs.NOW + timedelta(minutes=10)
    assert wire.writes() == ["POST /v1/reservations"]
    with pytest.raises(DetailsRejected) as refused:
        bookings.prepare(held, xs.details(email=""), keep)
    assert refused.value.fields == {"email": "required"}


def test_what_cannot_be_paid_any_more_is_told(wire, held, keep):
    bookings = xs.provider().bookings
    wire.says(xs.READ, xs.reservation(status="void"))
    with pytest.raises(HoldExpired):
        bookings.prepare(held, xs.details(), keep)
    wire.says(xs.READ, xs.reservation(status="booked"))
    with pytest.raises(PaymentClosed):
        bookings.prepare(held, xs.details(), keep)
    wire.says(xs.READ, (404, {"message": {"not_found": "x"}}))
    with pytest.raises(HoldGone):
        bookings.prepare(held, xs.details(), keep)
    with pytest.raises(Misconfigured):
        xs.provider(booking_email="").bookings.prepare(held, xs.details(), keep)


def test_it_is_booked_on_invoice_under_our_reference(wire, held):
    wire.says(xs.BOOK, (201, xs.booking()))
    found = xs.provider(test_bookings="yes").bookings.confirm(held, "F-1001-1")
    assert wire.bodies(xs.BOOK) == [{
        "reservation_id": xs.RESERVATION, "booking_email": "orders@shop.example", "payment_method": "invoice",
        "invoice_reference": "F-1001-1", "booking_reference": "F-1001-1", "is_test_booking": True,
    }]  # fmt: skip
    assert (found.state, found.reference, found.total) == (BookingState.BOOKED, "EFG4H5", PRICE * 2)
    assert [ticket.ref for ticket in found.tickets] == [FIRST, SECOND]


def test_tickets_in_pounds_that_are_billed_in_euros_cost_the_buyer_what_was_shown(wire, keep):
    wire.says(xs.ONE_TICKET, xs.ticket(currency_code="GBP"))
    wire.says(xs.NEW, (201, xs.reservation(xs.item(currency="GBP"))))
    wire.says(xs.READ, xs.reservation(xs.item(currency="GBP")))
    held = xs.provider().holds.hold(None, [wants()], keep)
    items = [
        {"quantity": 2, "salesprice": 14609, "net_rate": 14609, "currency": "EUR", "ticket_id": xs.TICKET}
    ]
    wire.says(xs.BOOK, (201, xs.booking(items=items)))
    assert xs.provider().bookings.confirm(held.handle, "F-1").total == Money(2 * (12500 + 300 + 1250), "GBP")


@pytest.mark.parametrize("lost", [xs.LOST, (503, ""), (500, "x"), (201, "<html>")])
def test_a_lost_answer_is_asked_by_the_reservation_and_never_booked_again(wire, held, lost):
    wire.says(xs.BOOK, lost)
    wire.says(xs.BOOKED, xs.booking())
    assert xs.provider().bookings.confirm(held, "F-1").state is BookingState.BOOKED
    wire.says(xs.BOOKED, (404, {"message": {"not_found": "x"}}))
    with pytest.raises(OutcomeUnknown):
        xs.provider().bookings.confirm(held, "F-1")
    wire.says(xs.BOOKED, (503, ""))
    with pytest.raises(OutcomeUnknown):
        xs.provider().bookings.confirm(held, "F-1")
    assert len(wire.sent(xs.BOOK)) == 3  # once for each confirm


@pytest.mark.parametrize("unread", [(503, ""), (401, {"message": "key"}), xs.LOST])
def test_booked_without_a_number_and_not_read_back_is_not_known(wire, held, unread):
    wire.says(xs.BOOK, (201, {}))
    wire.says(xs.BOOKED, unread)
    with pytest.raises(OutcomeUnknown):
        xs.provider().bookings.confirm(held, "F-1")
    wire.says(xs.READ, xs.reservation(status="booked"))
    with pytest.raises(OutcomeUnknown):
        xs.provider().bookings.confirm(held, "F-1")


def test_a_second_confirm_books_nothing(wire, held):
    wire.says(xs.READ, xs.reservation(status="booked"))
    wire.says(xs.BOOKED, xs.booking())
    assert xs.provider().bookings.confirm(held, "F-1").reference == "EFG4H5"
    wire.says(xs.READ, xs.reservation())
    wire.says(xs.BOOK, xs.refused(409, "reservation-already-booked"))
    assert xs.provider().bookings.confirm(held, "F-1").state is BookingState.BOOKED


@pytest.mark.parametrize(
    ("status", "answer", "error", "code"),
    [
        ("void", xs.refused(410, "reservation-expired"), HoldExpired, "hold_expired"),
        ("void", (400, {"message": {"invalid": "?"}}), HoldExpired, "hold_expired"),
        ("active", xs.refused(422, "invalid-guest-data", items=[]), DetailsRejected, "details_rejected"),
        ("active", xs.refused(422, "invalid-payment-method"), Refused, "misconfigured"),
        ("active", xs.refused(422, "invalid-booking-email"), Refused, "misconfigured"),
        ("active", (400, {"errors": {}, "message": "no"}), Refused, "refused"),
    ],
)
def test_a_refused_booking_is_told_by_what_the_reservation_says(wire, held, status, answer, error, code):
    wire.says(xs.BOOK, answer)
    wire.says(xs.BOOKED, (404, {"message": {"not_found": "x"}}))
    wire.says(xs.READ, xs.reservation(), xs.reservation(status=status))
    with pytest.raises(error) as refused:
        xs.provider().bookings.confirm(held, "F-1")
    assert refused.value.code == code


def test_an_expired_reservation_is_not_booked(wire, held):
    wire.says(xs.READ, xs.reservation(status="void"))
    with pytest.raises(HoldExpired):
        xs.provider().bookings.confirm(held, "F-1")
    assert wire.sent(xs.BOOK) == []


# --- looking ----------------------------------------------------------------------------------------------------------------


def test_how_it_stands_is_asked_afresh(wire, held):
    look = xs.provider().bookings.look
    assert look(held, Sign()).state is BookingState.OPEN
    assert look(held, Sign(confirming_since=xs.NOW - timedelta(seconds=5))).state is BookingState.PROCESSING
    assert look(held, Sign(confirming_since=xs.NOW - inferred.STILL_BOOKING)).state is BookingState.OPEN
    wire.says(xs.BOOKED, (404, {"message": {"not_found": "x"}}))
    wire.says(xs.READ, xs.reservation(status="void"))
    assert look(held, Sign()).state is BookingState.LAPSED
    wire.says(xs.READ, xs.reservation(status="booked"))
    assert look(held, Sign()).state is BookingState.PROCESSING
    wire.says(xs.BOOKED, xs.booking())
    wire.says(xs.ORDERS, xs.listed("bookingorders", []))
    found = look(held, Sign())
    assert (found.state, found.reference, found.reason) == (BookingState.BOOKED, "EFG4H5", "")
    before = len(wire.sent(xs.READ))
    assert look(found.handle, Sign()).state is BookingState.BOOKED
    assert len(wire.sent(xs.READ)) == before


@pytest.mark.parametrize(
    ("word", "reason"),
    [("CANCELLED", "order_cancelled"), ("blocked", "order_blocked"), ("Returned", "order_returned"),
     ("sent-to-mars", "order_unknown"), (None, ""), ("Processing", ""), ("COMPLETED", "")],
)  # fmt: skip
def test_an_order_that_will_not_become_tickets_has_a_reason(wire, held, word, reason):
    wire.says(xs.READ, xs.reservation(status="booked"))
    wire.says(xs.BOOKED, xs.booking())
    wire.says(xs.ORDERS, xs.listed("bookingorders", [xs.order(status=word)]))
    found = xs.provider().bookings.look(held, Sign())
    assert (found.state, found.reason) == (BookingState.BOOKED, reason)
    assert xs.provider().bookings.documents(found.handle).problem == reason


# --- documents --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def booked(wire, held):
    wire.says(xs.BOOK, (201, xs.booking()))
    wire.says(xs.BOOKED, xs.booking())
    return xs.provider().bookings.confirm(held, "F-1").handle


def documents(wire, handle, *orders):
    wire.says(xs.ORDERS, xs.listed("bookingorders", list(orders)))
    return xs.provider().bookings.documents(handle)


def test_nothing_is_there_until_the_order_is_completed(wire, booked):
    items = [xs.order_item("a_bkd", download_link="a.pdf"), xs.order_item("b_bkd", download_link="b.pdf")]
    for orders in ([], [xs.order(xs.ORDER, *items)], [xs.order(xs.ORDER, *items, status=None)]):
        found = documents(wire, booked, *orders)
        assert (found.ready, found.expected, found.complete, found.documents) == (0, 2, False, ())
    done = documents(wire, booked, xs.order(xs.ORDER, *items, status="Completed"))
    assert (done.ready, done.expected, done.complete, done.arrives) == (2, 2, True, Arrives.DOWNLOAD)
    assert wire.queries(xs.ORDERS)[-1]["booking_id"] == xs.BOOKING


def test_two_orders_are_completed_by_themselves(wire, booked):
    ready = xs.order(xs.ORDER, xs.order_item("a_bkd", download_link="a.pdf"), status="completed")
    waits = xs.order(xs.OTHER_ORDER, xs.order_item("b_bkd"))
    found = documents(wire, booked, ready, waits)
    assert (found.ready, found.expected, found.complete) == (1, 2, False)


def test_a_weekend_has_a_file_for_each_day(wire, booked):
    days = [
        {"downloaditem_id": "1_dli", "label": "friday", "download_link": "fri-a1.pdf", "ticket_sha": "0" * 64},
        {"downloaditem_id": "2_dli", "label": "sunday", "download_link": "https://cdn.example/x/sun%20c3.pdf", "ticket_sha": None},
    ]  # fmt: skip
    one = xs.order_item("a_bkd", download_items=days, section="12", row="C", seat="7")
    found = documents(
        wire, booked, xs.order(xs.ORDER, one, one | {"orderitem_id": "b_bkd"}, status="completed")
    )
    assert [(doc.ref, doc.seat) for doc in found.documents[:2]] == [
        ("a_bkd:1_dli", "Friday, section 12, row C, seat 7"), ("a_bkd:2_dli", "Sunday, section 12, row C, seat 7"),
    ]  # fmt: skip
    assert "sun c3.pdf" in found.documents[1].link
    assert (found.ready, found.complete) == (2, True)


def test_data_of_guests_that_are_owed_keep_the_tickets_back(wire, booked):
    one = xs.order_item("a_bkd", quantity=2, download_link="a.pdf")
    owed = xs.order(xs.ORDER, one, status="completed", guestdata_status="waitingfordistributor")
    assert (documents(wire, booked, owed).ready, documents(wire, booked, owed).complete) == (0, False)


@pytest.mark.parametrize(
    ("item", "arrives"),
    [
        ({"distribution_channel": "external"}, Arrives.WALLET),
        ({"distribution_channel": "external_end_client"}, Arrives.MAIL),
        ({"distribution_channel": "xs2event", "type_ticket": "collection-stadium"}, Arrives.BOX_OFFICE),
        ({"distribution_channel": "xs2event", "type_ticket": "paper-ticket"}, Arrives.POST),
    ],
)
def test_what_is_not_for_us_to_hand_over_says_how_it_comes(wire, booked, item, arrives):
    order = xs.order(xs.ORDER, xs.order_item("a_bkd", quantity=2, **item), status="completed")
    found = documents(wire, booked, order)
    assert (found.arrives, found.ready, found.complete) == (arrives, 0, True)


def test_a_file_is_fetched_by_its_name_and_checked(wire, booked):
    digest = hashlib.sha256(PDF).hexdigest()
    item = xs.order_item("a_bkd", quantity=2, download_link="ticket é/1.pdf", ticket_sha=digest.upper())
    (document,) = documents(wire, booked, xs.order(xs.ORDER, item, status="completed")).documents
    path = ("GET", f"/etickets/download/{xs.ORDER}/a_bkd/url/ticket%20%C3%A9%2F1.pdf")
    wire.says(path, PDF)
    found = xs.provider().bookings.fetch(booked, document)
    assert (found.content, found.content_type, found.filename) == (PDF, "application/pdf", "ticket-1.pdf")
    wire.says(path, b"%PDF-1.4 another ticket")
    with pytest.raises(BadAnswer):
        xs.provider().bookings.fetch(booked, document)
    plain = replace(document, link=document.link.replace(digest, ""))
    wire.says(path, b"<html>Please log in</html>")
    with pytest.raises(BadAnswer):
        xs.provider().bookings.fetch(booked, plain)
    wire.says(path, (422, {"message": "still processing"}))
    with pytest.raises(BadAnswer):
        xs.provider().bookings.fetch(booked, plain)


# --- guests after the booking -------------------------------------------------------------------------------------------------


def owed(wire, *guests_there, status="waitingfordistributor"):
    wire.says(xs.ORDERS, xs.listed("bookingorders", [xs.order(guestdata_status=status)]))
    item = {"ticket_id": xs.TICKET, "guests": list(guests_there)}
    wire.says(xs.ORDER_SHEET, {"bookingorder_id": xs.ORDER, "items": [item]})


LEAD = wrapped(
    first_name=("Ada", "pre_checkout", None), passport_number=(None, "pre_download", "required")
) | {"guest_id": "1_gst"}
OTHER = wrapped(first_name=("Bob", "pre_checkout", None), passport_number=(None, "pre_download", "required")) | {
    "guest_id": "2_gst", "lead_guest": False,
}  # fmt: skip


def test_after_the_booking_the_sheet_is_that_of_its_orders(wire, booked):
    owed(wire, LEAD, OTHER)
    sheet = xs.provider().guests.sheet(booked)
    assert [(one.key, one.later, one.values["first_name"]) for one in sheet.places] == [
        (FIRST, ("passport",), "Ada"), (SECOND, ("passport",), "Bob"),
    ]  # fmt: skip
    assert (sheet.open, sheet.complete) == (True, False)


def test_data_given_later_update_the_guests_that_are_there(wire, booked, keep):
    owed(wire, LEAD, OTHER)
    wire.says(xs.ORDER_CHANGE, {"bookingorder_id": xs.ORDER, "items": []})
    xs.provider().guests.give(booked, {SECOND: {"passport": "X1"}}, keep)
    assert wire.bodies(xs.ORDER_CHANGE) == [{"items": [{"ticket_id": xs.TICKET, "guests": [
        {"guest_id": "1_gst", "first_name": "Ada", "lead_guest": True},
        {"guest_id": "2_gst", "first_name": "Bob", "passport_number": "X1", "lead_guest": False},
    ]}]}]  # fmt: skip


def test_later_refusals_are_mapped_like_the_first_ones(wire, booked, keep):
    owed(wire, LEAD, OTHER)
    wrong = [
        wrapped(first_name=("Ada", None, None)),
        wrapped(passport_number=("?", "pre_download", "invalid")),
    ]
    wire.says(
        xs.ORDER_CHANGE,
        xs.refused(422, "invalid-guest-data", items=[{"ticket_id": xs.TICKET, "guests": wrong}]),
    )
    with pytest.raises(GuestsRejected) as refused:
        xs.provider().guests.give(booked, {SECOND: {"passport": "?"}}, keep)
    assert refused.value.places == {SECOND: {"passport": "invalid"}}


@pytest.mark.parametrize("word", ["waitingforprocessing", "completed", "notapplicable"])
def test_what_was_passed_on_is_closed(wire, booked, keep, word):
    owed(wire, LEAD, OTHER, status=word)
    sheet = xs.provider().guests.sheet(booked)
    assert (sheet.open, sheet.complete) == (False, True)
    with pytest.raises(GuestsClosed):
        xs.provider().guests.give(booked, {FIRST: {"passport": "X1"}}, keep)
    assert wire.sent(xs.ORDER_CHANGE) == []


def test_before_the_orders_appear_nothing_of_the_guests_is_closed(wire, booked, keep):
    wire.says(xs.ORDERS, xs.listed("bookingorders", []))
    sheet = xs.provider().guests.sheet(booked)
    assert (sheet.open, sheet.complete) == (True, False)
    with pytest.raises(Unavailable):
        xs.provider().guests.give(booked, {FIRST: {"passport": "X1"}}, keep)


@pytest.mark.parametrize("word", [None, "something new"])
def test_an_order_that_does_not_say_how_far_its_guests_are_takes_them(wire, booked, keep, word):
    owed(wire, LEAD, OTHER, status=word)
    assert xs.provider().guests.sheet(booked).open
    wire.says(xs.ORDER_CHANGE, {"bookingorder_id": xs.ORDER, "items": []})
    xs.provider().guests.give(booked, {SECOND: {"passport": "X1"}}, keep)
    assert len(wire.sent(xs.ORDER_CHANGE)) == 1


def test_a_lost_answer_to_later_data_is_read_again(wire, booked, keep):
    owed(wire, LEAD, OTHER)
    wire.says(xs.ORDER_CHANGE, xs.LOST)
    with pytest.raises(OutcomeUnknown):
        xs.provider().guests.give(booked, {FIRST: {"passport": "X1"}}, keep)
    taken = LEAD | {"passport_number": {"value": "X1", "condition": "pre_download", "error": None}}
    before = {"items": [{"ticket_id": xs.TICKET, "guests": [LEAD, OTHER]}]}
    wire.says(xs.ORDER_SHEET, before, {"items": [{"ticket_id": xs.TICKET, "guests": [taken, OTHER]}]})
    sheet = xs.provider().guests.give(booked, {FIRST: {"passport": "X1"}}, keep)
    assert sheet.places[0].values["passport"] == "X1"
