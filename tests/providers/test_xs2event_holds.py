"""Reservations: exact echo, several tickets in one, changes as a whole, expiry, refusals judged by reading, lost answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import (
    HoldExpired,
    HoldGone,
    Misconfigured,
    OutcomeUnknown,
    PriceChanged,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.xs2event import handle as handles
from tests.providers import xs2event_wire as xs
from tests.providers.xs2event_wire import Kept, Wire, wants

PRICE = Money(12500 + 350 + 1250, "EUR")


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


def hold(keep, *selections, handle=None):
    return xs.provider().holds.hold(handle, selections or (wants(),), keep)


def states(held):
    return [(item.ref, len(item.tickets), item.state, item.problem) for item in held.items]


def test_net_rate_and_currency_are_echoed_as_the_ticket_has_them_now(wire, keep):
    held = hold(keep)
    (body,) = wire.bodies(xs.NEW)
    assert body["items"] == [
        {"ticket_id": xs.TICKET, "quantity": 2, "net_rate": 12500, "currency_code": "EUR"}
    ]
    assert (body["notify_client"], body["notify_me"]) == (False, False)
    assert len(body["external_reference_id"]) >= 20
    (item,) = held.items
    assert (item.ref, item.instance_ref, item.event_name) == (xs.TICKET, xs.EVENT, "Malaga vs Eibar")
    assert [ticket.price for ticket in item.tickets] == [PRICE, PRICE]
    assert held.total == item.total == PRICE * 2
    assert item.selection == wants()
    # the ticket was read before it was reserved
    assert [one.method for one in wire.sent()] == ["GET", "POST"]


def test_the_reference_is_kept_before_anything_is_asked(wire, keep):
    wire.says(xs.NEW, xs.DOWN)
    with pytest.raises(Unavailable):
        hold(keep)
    state = handles.load(keep[0], account="grandstand")
    assert (state.asking, bool(state.reference), state.reservation) == (True, True, "")


def test_the_deadline_is_counted_from_our_own_clock(wire, keep):
    held = hold(keep)  # their clock is an hour ahead
    assert held.expires_at == held.items[0].expires_at == xs.NOW + timedelta(minutes=10)
    wire.says(xs.READ, xs.reservation())
    assert xs.provider().holds.read(held.handle).expires_at == xs.NOW + timedelta(minutes=10)


def test_the_price_that_was_shown_is_the_price_though_the_margin_changes_meanwhile(wire, keep):
    held = hold(keep)
    assert xs.provider(margin_percent="50").holds.read(held.handle).total == PRICE * 2


def test_two_events_lie_in_one_reservation(wire, keep):
    wire.says(xs.OTHER_TICKET, xs.ticket(xs.OTHER, event_id=xs.OTHER_EVENT, net_rate=4000))
    held = hold(keep)
    wire.says(xs.CHANGE, xs.reservation(xs.item(), xs.item(xs.OTHER, 1, 4000)))
    more = hold(keep, wants(1, xs.OTHER, xs.OTHER_EVENT), handle=held.handle)
    (body,) = wire.bodies(xs.CHANGE)
    assert [(one["ticket_id"], one["quantity"], one["net_rate"]) for one in body["items"]] == [
        (xs.TICKET, 2, 12500), (xs.OTHER, 1, 4000),
    ]  # fmt: skip
    assert [item.instance_ref for item in more.items] == [xs.EVENT, xs.OTHER_EVENT]
    assert more.total == PRICE * 2 + Money(4000 + 350 + 400, "EUR")


def test_more_of_the_same_is_one_item_that_grows(wire, keep):
    held = hold(keep)
    wire.says(xs.CHANGE, xs.reservation(xs.item(quantity=3)))
    more = hold(keep, wants(1), handle=held.handle)
    assert states(more) == [(xs.TICKET, 3, "held", "")]
    assert wire.bodies(xs.CHANGE)[0]["items"][0]["quantity"] == 3


def test_another_number_is_a_change_of_the_reservation(wire, keep):
    held = hold(keep)
    wire.says(xs.CHANGE, xs.reservation(xs.item(quantity=1)))
    less = xs.provider().holds.set_quantity(held.handle, xs.TICKET, 1, keep)
    assert states(less) == [(xs.TICKET, 1, "held", "")]
    assert wire.writes() == ["POST /v1/reservations", "PUT /v1/reservations/_rsr"]


def test_how_many_it_could_become_counts_what_is_held(wire, keep):
    held = hold(keep)
    wire.says(xs.ONE_TICKET, xs.ticket(stock=3, flags=["no_max_minus_1"]))
    assert xs.provider().holds.quantities(held.handle, xs.TICKET) == (1, 2, 3, 5)


def test_the_last_item_given_back_ends_the_reservation(wire, keep):
    held = hold(keep)
    empty = xs.provider().holds.release(held.handle, [xs.TICKET], keep)
    assert (empty.items, empty.total) == ((), Money(0, "EUR"))
    assert wire.writes()[-1] == "DELETE /v1/reservations/_rsr"


def test_one_of_two_items_given_back_is_a_change(wire, keep):
    wire.says(xs.OTHER_TICKET, xs.ticket(xs.OTHER, event_id=xs.OTHER_EVENT, net_rate=4000))
    wire.says(xs.NEW, (201, xs.reservation(xs.item(), xs.item(xs.OTHER, 1, 4000))))
    wire.says(xs.READ, xs.reservation(xs.item(), xs.item(xs.OTHER, 1, 4000)))
    held = hold(keep, wants(), wants(1, xs.OTHER, xs.OTHER_EVENT))
    wire.says(xs.CHANGE, xs.reservation(xs.item()))
    left = xs.provider().holds.release(held.handle, [xs.OTHER], keep)
    assert states(left) == [(xs.TICKET, 2, "held", "")]


@pytest.mark.parametrize(
    "answer", [(200, b""), (204, b""), (404, {"message": "gone"}), (410, {"message": "gone"})]
)
def test_every_way_to_say_that_it_is_given_back_will_do(wire, keep, answer):
    held = hold(keep)
    wire.says(xs.DELETE, answer)
    wire.says(xs.READ, xs.reservation(), xs.reservation(status="void"))
    assert xs.provider().holds.release(held.handle, None, keep).items == ()


def test_a_deletion_whose_answer_is_lost_is_read_and_asked_again(wire, keep):
    held = hold(keep)
    wire.says(xs.DELETE, xs.LOST, (200, b""))
    assert xs.provider().holds.release(held.handle, None, keep).items == ()
    assert wire.writes().count("DELETE /v1/reservations/_rsr") == 2
    wire.says(xs.READ, xs.reservation(), xs.reservation(status="void"))
    wire.says(xs.DELETE, xs.LOST)
    before = len(wire.sent(xs.DELETE))
    assert xs.provider().holds.release(held.handle, None, keep).items == ()
    assert len(wire.sent(xs.DELETE)) == before + 1


# --- the end ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["void", "error", "VOID"])
def test_a_void_reservation_has_only_items_that_are_gone(wire, keep, word):
    held = hold(keep)
    wire.says(xs.READ, xs.reservation(status=word))
    read = xs.provider().holds.read(held.handle)
    assert states(read) == [(xs.TICKET, 2, "gone", "hold_expired")]
    assert (read.total, read.expires_at) == (Money(0, "EUR"), None)


def test_one_that_lists_nothing_any_more_still_says_what_is_gone(wire, keep):
    held = hold(keep)
    wire.says(xs.READ, xs.reservation(status="void") | {"items": []})
    assert states(xs.provider().holds.read(held.handle)) == [(xs.TICKET, 2, "gone", "hold_expired")]


def test_one_whose_time_has_long_passed_is_over_whatever_it_says(wire, keep, monkeypatch):
    held = hold(keep)
    monkeypatch.setattr(http, "clock", lambda: xs.NOW + timedelta(minutes=10, seconds=20))
    assert xs.provider().holds.read(held.handle).items[0].state == "held"
    monkeypatch.setattr(http, "clock", lambda: xs.NOW + timedelta(minutes=11))
    assert xs.provider().holds.read(held.handle).items[0].state == "gone"


def test_one_that_was_prolonged_there_is_held_for_longer(wire, keep):
    held = hold(keep)
    later = xs.stamp(xs.NOW + timedelta(hours=1, minutes=25))
    wire.says(xs.READ, xs.reservation(status="extended", valid_until=later))
    assert xs.provider().holds.read(held.handle).expires_at == xs.NOW + timedelta(minutes=25)


def test_what_comes_after_the_end_begins_a_fresh_reservation(wire, keep):
    held = hold(keep)
    wire.says(xs.READ, xs.reservation(status="void"))
    wire.says(xs.NEW, (201, xs.reservation(xs.item(quantity=1), reservation_id="fresh_rsr")))
    again = hold(keep, wants(1), handle=held.handle)
    assert states(again) == [(xs.TICKET, 1, "held", "")]
    first, second = wire.bodies(xs.NEW)
    assert first["external_reference_id"] != second["external_reference_id"]


def test_what_is_booked_is_not_changed_any_more(wire, keep):
    held = hold(keep)
    wire.says(xs.READ, xs.reservation(status="booked"))
    for change in (
        lambda: hold(keep, wants(1), handle=held.handle),
        lambda: xs.provider().holds.release(held.handle, None, keep),
        lambda: xs.provider().holds.set_quantity(held.handle, xs.TICKET, 1, keep),
    ):
        with pytest.raises(HoldGone):
            change()
    assert xs.provider().holds.read(held.handle).items[0].state == "held"


# --- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [xs.refused(409, "out-of-stock"), (400, {"message": {"invalid": "?"}}), (422, "no"), (418, {})]
)
def test_a_refusal_is_sold_out_when_the_ticket_says_so_whatever_its_words(wire, keep, answer):
    wire.says(xs.ONE_TICKET, xs.ticket(), xs.ticket(stock=1))
    wire.says(xs.NEW, answer)
    with pytest.raises(SoldOut) as gone:
        hold(keep)
    assert gone.value.refs == (xs.TICKET,)
    assert keep[-1] == ""


def test_a_category_that_is_gone_beforehand_is_not_even_asked_for(wire, keep):
    wire.says(xs.ONE_TICKET, xs.ticket(stock=1))
    with pytest.raises(SoldOut):
        hold(keep)
    wire.says(xs.ONE_TICKET, (404, {"message": {"not_found": "x"}}))
    with pytest.raises(SoldOut):
        hold(keep)
    wire.says(xs.ONE_TICKET, xs.ticket(ticket_status="disabled"))
    with pytest.raises(SoldOut):
        hold(keep)
    assert wire.writes() == []


def test_half_of_what_was_asked_for_is_given_back_and_does_not_add_to_the_next_choice(wire, keep):
    wire.says(xs.NEW, (201, xs.reservation(xs.item(quantity=1))))
    with pytest.raises(SoldOut):
        hold(keep)
    assert len(wire.sent(xs.DELETE)) == 1
    assert keep[-1] == ""


def test_a_price_that_moves_in_that_moment_is_asked_for_as_it_is_then(wire, keep):
    wire.says(xs.ONE_TICKET, xs.ticket(), xs.ticket(net_rate=13000))
    wire.says(xs.NEW, xs.refused(409, "price-mismatch"), (201, xs.reservation(xs.item(net=13000))))
    held = hold(keep)
    assert [body["items"][0]["net_rate"] for body in wire.bodies(xs.NEW)] == [12500, 13000]
    assert held.items[0].tickets[0].price == Money(13000 + 350 + 1300, "EUR")


def test_a_price_that_keeps_moving_is_told(wire, keep):
    rates = [12500, 12600, 12600, 12700]
    wire.says(xs.ONE_TICKET, *(xs.ticket(net_rate=rate) for rate in rates))
    wire.says(xs.NEW, xs.refused(409, "price-mismatch"))
    with pytest.raises(PriceChanged):
        hold(keep)
    assert len(wire.sent(xs.NEW)) == 2


def test_an_expired_reservation_is_told_by_its_status(wire, keep):
    held = hold(keep)
    wire.says(xs.READ, xs.reservation(), xs.reservation(status="void"))
    wire.says(xs.CHANGE, (400, {"errors": {}, "message": "x"}))
    with pytest.raises(HoldExpired):
        hold(keep, wants(1), handle=held.handle)


def test_after_a_refused_change_it_is_as_it_was(wire, keep):
    held = hold(keep)
    wire.says(xs.ONE_TICKET, xs.ticket(net_rate=20000))
    wire.says(xs.CHANGE, (409, {"message": "?"}))
    with pytest.raises(Refused):
        hold(keep, wants(1), handle=held.handle)
    read = xs.provider().holds.read(keep[-1])
    assert (states(read), read.total) == ([(xs.TICKET, 2, "held", "")], PRICE * 2)


@pytest.mark.parametrize(
    ("ticket", "quantity"),
    [({"flags": ["pairs_only"]}, 3), ({"stock": 5, "flags": ["no_max_minus_1"]}, 4), ({"min_order": 3}, 2)],
)
def test_a_number_that_is_not_sold_is_refused_before_it_is_asked(wire, keep, ticket, quantity):
    wire.says(xs.ONE_TICKET, xs.ticket(**ticket))
    with pytest.raises(Refused) as refused:
        hold(keep, wants(quantity))
    assert (refused.value.code, wire.writes()) == ("quantity_rule", [])


def test_two_currencies_are_two_reservations(wire, keep):
    wire.says(xs.OTHER_TICKET, xs.ticket(xs.OTHER, currency_code="GBP"))
    with pytest.raises(Refused) as refused:
        hold(keep, wants(), wants(1, xs.OTHER))
    assert refused.value.code == "one_currency_an_order"


def test_a_key_that_is_refused_is_the_operators_business(wire, keep):
    wire.says(xs.NEW, (403, {"message": "not in your contract"}))
    with pytest.raises(Misconfigured):
        hold(keep)


# --- lost answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [xs.LOST, (503, ""), (500, "x"), (201, "<html>"), (201, {})])
def test_a_reservation_whose_answer_is_lost_is_found_by_our_reference(wire, keep, lost):
    def found(request):
        import json
        from urllib.parse import parse_qs, urlsplit

        reference = parse_qs(urlsplit(request.url).query)["external_reference_id"][0]
        return (
            200,
            {},
            json.dumps(xs.listed("reservations", [xs.reservation(external_reference_id=reference)])),
        )

    wire.says(xs.NEW, lost)
    wire.mock.add_callback("GET", xs.BASE + "/reservations", callback=found, content_type="application/json")
    held = hold(keep)
    assert states(held) == [(xs.TICKET, 2, "held", "")]
    assert len(wire.sent(xs.NEW)) == 1


def test_one_that_is_not_found_is_asked_for_once_more_under_the_same_reference(wire, keep):
    wire.says(xs.NEW, xs.LOST, (201, xs.reservation()))
    wire.says(xs.LISTED, xs.listed("reservations", []))
    assert states(hold(keep)) == [(xs.TICKET, 2, "held", "")]
    first, second = wire.bodies(xs.NEW)
    assert first == second


def test_nobody_knows_is_said_and_found_out_by_a_later_reading(wire, keep):
    wire.says(xs.NEW, xs.LOST)
    wire.says(xs.LISTED, (503, ""))
    with pytest.raises(OutcomeUnknown):
        hold(keep)
    assert len(wire.sent(xs.NEW)) == 1
    reference = handles.load(keep[-1], account="grandstand").reference
    newer = xs.reservation(
        external_reference_id=reference, reservation_id="newer_rsr", created="2026-11-21T13:05:00"
    )
    wire.says(xs.LISTED, xs.listed("reservations", [newer, xs.reservation(external_reference_id=reference)]))
    read = xs.provider().holds.read(keep[-1])
    assert states(read) == [(xs.TICKET, 2, "held", "")]
    # made twice after all: one of them is given back
    assert wire.writes()[-1] == "DELETE /v1/reservations/_rsr"
    wire.says(xs.LISTED, xs.listed("reservations", []))
    assert [item.state for item in xs.provider().holds.read(keep[-1]).items] == ["gone"]


def test_a_change_whose_answer_is_lost_is_read_and_not_repeated_when_it_worked(wire, keep):
    held = hold(keep)
    wire.says(xs.CHANGE, xs.LOST)
    wire.says(xs.READ, xs.reservation(), xs.reservation(xs.item(quantity=3)))
    assert states(hold(keep, wants(1), handle=held.handle)) == [(xs.TICKET, 3, "held", "")]
    assert len(wire.sent(xs.CHANGE)) == 1


def test_a_change_that_did_not_work_is_asked_for_once_more(wire, keep):
    held = hold(keep)
    wire.says(xs.CHANGE, xs.LOST, xs.reservation(xs.item(quantity=3)))
    assert states(hold(keep, wants(1), handle=held.handle)) == [(xs.TICKET, 3, "held", "")]
    assert len(wire.sent(xs.CHANGE)) == 2


def test_a_handle_of_somebody_else_is_gone():
    with pytest.raises(HoldGone):
        xs.provider().holds.read('{"v": 99}')
