"""Tickethead's named seats: read from the chart, held with a token, ordered by their labels."""

from __future__ import annotations

import base64
import json
import logging
from datetime import timedelta

import pytest
import responses

from shop import checks_tickethead
from shop.money import Money
from shop.providers import http
from shop.providers.accounts import read_account
from shop.providers.errors import (
    DetailsRejected,
    HoldExpired,
    HoldGone,
    LimitExceeded,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    SoldOut,
    Unavailable,
)
from shop.providers.types import Selection, Sign, TakenSeat
from tests.providers import tickethead_wire as th
from tests.providers.tickethead_wire import Kept, Wire, ada, wants

EUR = "EUR"
STANDING = Money(2732, EUR)  # 25.50 with its fee, as the offer of this config costs where there is no chart


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
        made.says(th.EVENT, th.charted())
        made.says(th.NEW_TOKEN, (201, th.seat_token()))
        made.says(th.ONE_TOKEN, th.seat_token())
        yield made


@pytest.fixture
def keep():
    return Kept()


def chart(wire, *seats):
    wire.says(th.REPORT, th.by_label(*seats))
    return th.seated().catalog.availability("311")


def ref(label):
    return f"311_{label}"


def named(*labels):
    return Selection(instance_ref="311", seat_refs=tuple(ref(one) for one in labels))


def pair(wire):
    """A-1 and A-2: free when they are chosen, ours from then on."""
    wire.says(
        th.OBJECTS,
        th.objects(th.seat("A-1"), th.seat("A-2")),
        th.objects(th.held("A-1"), th.held("A-2")),
    )
    wire.says(th.CHANGE, th.changed(th.held("A-1"), th.held("A-2")))


@pytest.fixture
def mine(wire):
    """The handle of a hold of A-1 and A-2."""
    pair(wire)
    return th.seated().holds.hold(None, [named("A-1", "A-2")], Kept()).handle


def later(monkeypatch, **after):
    monkeypatch.setattr(http, "clock", lambda: th.NOW + timedelta(**after))


def seats_of(area):
    return {seat.number: seat for row in area.rows for seat in row.seats}


# --- availability -------------------------------------------------------------------------------------------


def test_without_settings_a_charted_event_stays_closed(wire):
    found = th.provider().catalog.availability("311")
    assert found.areas == ()
    closed = {offer.key: (offer.closed, offer.notes) for offer in found.offers}
    assert closed["7489"] == ("unsupported", ("seat_chart",))


def test_free_and_taken_seats_are_told_apart_at_the_price_of_their_config(wire):
    found = chart(wire, th.seat("A-1"), th.held("A-2"), th.seat("A-3", status="booked"))
    (area,) = found.areas
    assert (area.name, area.tells_taken) == ("Stalls", True)
    (row,) = area.rows
    (seat,) = row.seats
    assert (row.name, seat.row, seat.number, seat.offer_key) == ("A", "A", "1", "7489")
    assert (seat.price, seat.fee, seat.face_value) == (STANDING, Money(182, EUR), Money(2550, EUR))
    assert [(one.row, one.number) for one in area.taken] == [("A", "2"), ("A", "3")]
    (sent,) = wire.sent(th.REPORT)
    key = base64.b64encode(f"{th.SEAT_SECRET}:".encode()).decode()
    assert sent.headers["Authorization"] == f"Basic {key}"


def test_seats_replace_the_open_offers_and_closed_ones_say_why(wire):
    found = chart(wire, th.seat("A-1"))
    closed = {offer.key: offer.closed for offer in found.offers}
    assert "7489" not in closed
    assert closed["7490"] == "not_yet"
    assert closed["7494"] == "ended"


def test_a_seat_whose_sale_has_not_begun_is_drawn_and_cannot_be_chosen(wire):
    (area,) = chart(wire, th.seat("A-1"), th.seat("A-2", "7490")).areas
    assert list(seats_of(area)) == ["1"]
    assert [one.number for one in area.taken] == ["2"]


def test_the_chart_counts_seats_and_the_config_does_not(wire):
    (area,) = chart(wire, th.seat("A-1", "7493")).areas
    assert seats_of(area)["1"].price == Money(2146, EUR)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "resale"},
        {"status": "kept for the mayor"},
        {"forSale": False},
        {"isAvailable": False},
        {"channel": "agents"},
        {"categoryKey": "99"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_not_for_everybody_is_taken(wire, fields):
    (area,) = chart(wire, th.seat("A-1"), th.seat("A-2", **fields)).areas
    assert list(seats_of(area)) == ["1"]
    assert [one.number for one in area.taken] == ["2"]


def test_neighbours_are_those_of_the_chart_and_an_aisle_is_a_gap(wire):
    (area,) = chart(
        wire,
        th.seat("A-1", rightNeighbour="A-2"),
        th.seat("A-10", leftNeighbour="A-9"),
        th.seat("A-2", leftNeighbour="A-1", rightNeighbour="A-3"),
        th.seat("A-3", leftNeighbour="A-2"),
        th.held("A-9", rightNeighbour="A-10"),
    ).areas
    index = {number: seat.index for number, seat in seats_of(area).items()}
    assert index["2"] - index["1"] == index["3"] - index["2"] == 1
    (taken,) = area.taken
    assert taken.index - index["3"] > 1
    assert index["10"] - taken.index == 1


def test_a_ring_of_neighbours_ends(wire):
    (area,) = chart(
        wire,
        th.seat("T-1", leftNeighbour="T-2", rightNeighbour="T-2"),
        th.seat("T-2", leftNeighbour="T-1", rightNeighbour="T-1"),
    ).areas
    assert sorted(seat.index for seat in seats_of(area).values()) == [0, 1]


def test_where_the_chart_tells_no_neighbours_numbers_do(wire):
    seats = [th.seat("A-1"), th.seat("A-2"), th.seat("A-4")]
    for one in seats:
        del one["leftNeighbour"], one["rightNeighbour"]
    index = {number: seat.index for number, seat in seats_of(chart(wire, *seats).areas[0]).items()}
    assert index["2"] - index["1"] == 1
    assert index["4"] - index["2"] > 1


def test_a_label_without_parts_is_split(wire):
    seats = [th.seat("Upper Circle-B-12"), th.seat("C-3")]
    for one in seats:
        del one["labels"], one["section"]
    upper, other = sorted(chart(wire, *seats).areas, key=lambda area: area.name != "Upper Circle")
    assert (upper.name, upper.rows[0].name, list(seats_of(upper))) == ("Upper Circle", "B", ["12"])
    assert (other.name, other.rows[0].name, list(seats_of(other))) == ("Standing", "C", ["3"])


def test_the_word_row_is_not_said_twice(wire):
    one = th.seat("C-11")
    one["labels"]["parent"]["label"] = "Row C"
    assert chart(wire, one).areas[0].rows[0].name == "C"


def test_what_a_seat_is_like_is_told(wire):
    (area,) = chart(
        wire,
        th.seat("A-1", hasRestrictedView=True),
        th.seat("A-2", isAccessible=True),
        th.seat("A-3", isCompanionSeat=True),
    ).areas
    found = seats_of(area)
    assert [(n, found[n].restricted, found[n].access) for n in "123"] == [
        ("1", True, ""),
        ("2", False, "wheelchair"),
        ("3", False, "companion"),
    ]


def test_what_is_no_seat_or_cannot_be_read_is_not_sold(wire):
    found = chart(
        wire,
        th.seat("A-1"),
        th.seat("GA1", objectType="generalAdmission", capacity=100, numFree=92),
        th.seat("T1", objectType="table"),
        th.seat("A-2", status=None),
        th.seat("A-3", categoryKey=None),
        th.seat("A-4", labels="A-4"),
        th.seat("A-5", forSale="yes"),
    )
    (area,) = found.areas
    assert list(seats_of(area)) == ["1"]
    assert area.taken == ()


def test_rows_and_numbers_come_in_their_order(wire):
    (area,) = chart(wire, th.seat("AA-1"), th.seat("B-10"), th.seat("B-9"), th.seat("A-1")).areas
    assert [(row.name, [seat.number for seat in row.seats]) for row in area.rows] == [
        ("A", ["1"]),
        ("B", ["9", "10"]),
        ("AA", ["1"]),
    ]


def test_refs_hold_no_spaces_and_are_no_other_events(wire):
    label = "Upper ~Circle_x-B-1%"
    (area,) = chart(wire, th.seat(label)).areas
    (seat,) = seats_of(area).values()
    assert seat.ref.startswith("311_")
    assert not set(seat.ref[4:]) & set(" %_")
    wire.says(th.OBJECTS, th.objects(th.seat(label)))
    wire.says(th.CHANGE, th.changed(th.held(label)))
    chosen = Selection(instance_ref="311", seat_refs=(seat.ref,))
    th.seated().holds.hold(None, [chosen], Kept())
    assert wire.bodies(th.CHANGE)[0]["objects"] == [{"objectId": label}]


def test_a_chart_that_nobody_knows_closes_the_event(wire):
    wire.says(th.REPORT, (404, {"status": 404, "errors": [{"code": "EVENT_NOT_FOUND", "message": "No"}]}))
    found = th.seated().catalog.availability("311")
    assert found.areas == ()
    assert {offer.key: offer.closed for offer in found.offers}["7489"] == "unsupported"


def test_a_refused_secret_is_for_the_operator(wire):
    wire.says(th.REPORT, (401, ""))
    with pytest.raises(Misconfigured):
        th.seated().catalog.availability("311")


def test_an_event_without_chart_is_sold_as_before_and_no_chart_is_asked(wire, keep):
    wire.says(th.EVENT, th.payload("event__standing"))
    with_seats, without = th.seated(), th.provider()
    assert with_seats.catalog.availability("311") == without.catalog.availability("311")
    held = with_seats.holds.hold(None, [wants()], keep)
    assert (held.firm, held.expires_at, held.items[0].state) == (False, None, "wish")
    assert held.items == without.holds.hold(None, [wants()], Kept()).items
    assert not [one for one in wire.sent() if str(one.url).startswith(th.SEATSIO)]


def test_the_catalogue_sells_a_charted_event_with_settings_only(wire):
    with_seats, without = (one.catalog.event("311").instances[0] for one in (th.seated(), th.provider()))
    assert (with_seats.bookable, without.bookable) == (True, False)
    assert with_seats.price_from is not None


def test_a_sign_of_life_proves_the_third_host(wire):
    assert th.seated().catalog.sign_of_life().ok
    wire.says(th.NEW_TOKEN, (401, ""))
    assert th.seated().catalog.sign_of_life().problem == "misconfigured"


# --- hold ---------------------------------------------------------------------------------------------------


def test_seats_are_held_with_a_token_whose_end_is_their_deadline(wire, keep):
    pair(wire)
    found = th.seated().holds.hold(None, [named("A-1", "A-2")], keep)
    assert wire.bodies(th.NEW_TOKEN) == [{}]
    assert wire.bodies(th.CHANGE) == [
        {
            "objects": [{"objectId": "A-1"}, {"objectId": "A-2"}],
            "type": "CHANGE_STATUS_TO",
            "status": "reservedByToken",
            "holdToken": th.SEAT_TOKEN,
            "events": ["311"],
        }
    ]
    assert wire.query(th.CHANGE) == {"expand": "objects"}
    assert (found.firm, found.verified) == (True, True)
    assert found.expires_at == th.NOW + timedelta(minutes=15)
    (item,) = found.items
    assert (item.ref, item.state, item.area, item.expires_at) == ("w1", "held", "Stalls", found.expires_at)
    assert [(t.ref, t.row, t.number, t.price) for t in item.tickets] == [
        (ref("A-1"), "A", "1", STANDING),
        (ref("A-2"), "A", "2", STANDING),
    ]
    assert item.selection.seat_refs == (ref("A-1"), ref("A-2"))
    assert item.price_estimated


def test_the_deadline_is_counted_by_our_own_clock(wire, keep):
    pair(wire)
    wire.says(th.NEW_TOKEN, th.seat_token() | {"expiresAt": "2031-01-01T00:00:00.000Z"})
    found = th.seated().holds.hold(None, [named("A-1", "A-2")], keep)
    assert found.expires_at == th.NOW + timedelta(minutes=15)


def test_what_is_meant_is_kept_before_it_is_asked_for(wire, keep):
    pair(wire)
    wire.says(th.CHANGE, th.LOST)
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("A-2")), th.DOWN)
    with pytest.raises(OutcomeUnknown):
        th.seated().holds.hold(None, [named("A-1", "A-2")], keep)
    wire.says(th.OBJECTS, th.objects(th.held("A-1"), th.held("A-2")))
    found = th.seated().holds.read(keep.last)
    assert [(item.state, len(item.tickets)) for item in found.items] == [("held", 2)]
    assert len(wire.sent(th.CHANGE)) == 1


def test_several_categories_in_one_choice_are_several_items_with_one_token(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("B-1", "7493")))
    wire.says(th.CHANGE, th.changed(th.held("A-1"), th.held("B-1", "7493")))
    found = th.seated().holds.hold(None, [named("A-1", "B-1")], keep)
    assert [(i.tickets[0].ref, i.total, i.selection.offer_key) for i in found.items] == [
        (ref("A-1"), STANDING, "7489"),
        (ref("B-1"), Money(2146, EUR), "7493"),
    ]
    assert len(wire.sent(th.NEW_TOKEN)) == len(wire.sent(th.CHANGE)) == 1


def test_more_seats_are_held_with_the_same_token(wire, mine, keep):
    wire.says(
        th.OBJECTS,
        th.objects(th.seat("A-3")),
        th.objects(th.held("A-1"), th.held("A-2"), th.held("A-3")),
    )
    wire.says(th.CHANGE, th.changed(th.held("A-3")))
    found = th.seated().holds.hold(mine, [named("A-2", "A-3")], keep)
    assert [[t.number for t in item.tickets] for item in found.items] == [["1", "2"], ["3"]]
    assert len(wire.sent(th.NEW_TOKEN)) == 1
    assert wire.bodies(th.CHANGE)[-1]["objects"] == [{"objectId": "A-3"}]


def test_a_seat_that_somebody_else_has_is_sold_out_and_named(wire, keep):
    rival = th.held("A-2", token="another")
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("A-2")), th.objects(th.seat("A-1"), rival))
    wire.says(th.CHANGE, th.seats_refused())
    with pytest.raises(SoldOut) as refused:
        th.seated().holds.hold(None, [named("A-1", "A-2")], keep)
    assert refused.value.refs == (ref("A-2"),)
    assert json.loads(keep.last)["wishes"] == []
    assert len(wire.sent(th.CHANGE)) == 1


def test_a_refusal_while_the_token_is_over_there_is_an_expired_hold(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")))
    wire.says(th.CHANGE, th.seats_refused("HOLD_TOKEN_NOT_FOUND"))
    wire.says(th.ONE_TOKEN, (404, {"status": 404, "errors": []}))
    with pytest.raises(HoldExpired):
        th.seated().holds.hold(None, [named("A-1")], keep)


def test_a_lost_answer_is_read_back_and_not_repeated(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")), th.objects(th.held("A-1")))
    wire.says(th.CHANGE, th.LOST)
    found = th.seated().holds.hold(None, [named("A-1")], keep)
    assert found.items[0].state == "held"
    assert len(wire.sent(th.CHANGE)) == 1


def test_a_lost_answer_after_which_the_seat_is_free_is_asked_for_once_more(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")))
    wire.says(th.CHANGE, th.LOST, th.changed(th.held("A-1")))
    assert th.seated().holds.hold(None, [named("A-1")], keep).items[0].state == "held"
    assert len(wire.sent(th.CHANGE)) == 2


def test_a_second_try_that_is_refused_because_the_first_had_worked_is_a_success(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")), th.objects(th.seat("A-1")), th.objects(th.held("A-1")))
    wire.says(th.CHANGE, th.LOST, th.seats_refused())
    assert th.seated().holds.hold(None, [named("A-1")], keep).items[0].state == "held"


def test_a_lost_answer_after_which_a_rival_has_the_seat_is_sold_out(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")), th.objects(th.held("A-1", token="another")))
    wire.says(th.CHANGE, th.LOST)
    with pytest.raises(SoldOut):
        th.seated().holds.hold(None, [named("A-1")], keep)
    assert len(wire.sent(th.CHANGE)) == 1


def test_two_lost_answers_leave_it_unknown_with_the_handle_kept(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")))
    wire.says(th.CHANGE, th.LOST)
    with pytest.raises(OutcomeUnknown):
        th.seated().holds.hold(None, [named("A-1")], keep)
    assert len(wire.sent(th.CHANGE)) == 2
    assert [place["label"] for place in json.loads(keep.last)["wishes"][0]["seats"]] == ["A-1"]


def test_nobody_there_means_that_nothing_is_held(wire, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")))
    wire.says(th.CHANGE, th.DOWN)
    with pytest.raises(Unavailable):
        th.seated().holds.hold(None, [named("A-1")], keep)
    assert json.loads(keep.last)["wishes"] == []


def test_the_limit_of_a_buyer_counts_seats_of_all_choices(wire, mine, keep):
    labels = [f"B-{n}" for n in range(1, 6)]
    wire.says(th.OBJECTS, th.objects(*(th.seat(label) for label in labels)))
    with pytest.raises(LimitExceeded) as refused:
        th.seated().holds.hold(mine, [named(*labels)], keep)
    assert refused.value.limit == 6
    assert len(wire.sent(th.CHANGE)) == 1


@pytest.mark.parametrize(
    "selection",
    [wants(), Selection("311", seat_refs=("312_A-1",)), Selection("311", seat_refs=("A-1",))],
    ids=["a number", "another event's seat", "no ref of ours"],
)
def test_what_is_no_seat_of_the_chart_is_refused_and_nothing_is_held(wire, keep, selection):
    with pytest.raises(Refused):
        th.seated().holds.hold(None, [selection], keep)
    assert keep.all == []
    assert wire.sent(th.NEW_TOKEN) == []


def test_no_log_has_the_secret_or_the_token(wire, mine, keep, caplog):
    caplog.set_level(logging.DEBUG)
    th.seated().holds.read(mine)
    wire.says(th.CHANGE, th.seats_refused())
    wire.says(th.OBJECTS, th.objects(th.seat("A-3")))
    with pytest.raises(SoldOut) as refused:
        th.seated().holds.hold(mine, [named("A-3")], keep)
    assert th.SEAT_TOKEN in str(wire.sent(th.ONE_TOKEN)[-1].url)
    key = base64.b64encode(f"{th.SEAT_SECRET}:".encode()).decode()
    for secret in (th.SEAT_SECRET, key, th.SEAT_TOKEN):
        assert secret not in caplog.text
        assert secret not in str(refused.value)
        assert secret not in repr(th.account(keys={"seatsio_secret": th.SEAT_SECRET}))


# --- reading and releasing ----------------------------------------------------------------------------------


def test_an_expired_token_reads_as_gone_and_can_be_asked_for_again(wire, mine, keep, monkeypatch):
    later(monkeypatch, minutes=15)
    asked = len(wire.sent(th.OBJECTS))
    found = th.seated().holds.read(mine)
    (item,) = found.items
    assert (item.state, item.problem, found.firm) == ("gone", "hold_expired", False)
    assert len(wire.sent(th.OBJECTS)) == asked
    wire.says(th.NEW_TOKEN, th.seat_token("second"))
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("A-2")))
    wire.says(th.CHANGE, th.changed(th.held("A-1", token="second"), th.held("A-2", token="second")))
    again = th.seated().holds.hold(found.handle, [item.selection], keep)
    assert [(one.state, len(one.tickets)) for one in again.items] == [("held", 2)]
    assert again.expires_at == th.NOW + timedelta(minutes=30)


def test_a_seat_that_went_is_told_and_the_others_stay(wire, mine):
    wire.says(th.OBJECTS, th.objects(th.held("A-1"), th.seat("A-2", status="booked")))
    found = th.seated().holds.read(mine)
    assert [(i.ref, i.state, i.problem, [t.number for t in i.tickets]) for i in found.items] == [
        ("w2", "held", "", ["1"]),
        ("w1", "gone", "hold_gone", ["2"]),
    ]
    assert found.total == STANDING


def test_one_seat_is_given_back_and_the_others_stay_held(wire, mine, keep):
    provider = th.seated()
    assert provider.capabilities.removes == "ticket"
    wire.says(
        th.OBJECTS,
        th.objects(th.held("A-2")),
        th.objects(th.held("A-1")),
    )
    wire.says(th.CHANGE, th.changed(th.seat("A-2")))
    found = provider.holds.release(mine, [ref("A-2")], keep)
    assert wire.bodies(th.CHANGE)[-1] == {
        "objects": [{"objectId": "A-2"}], "type": "RELEASE", "holdToken": th.SEAT_TOKEN, "events": ["311"],
    }  # fmt: skip
    (item,) = found.items
    assert (item.ref, [t.number for t in item.tickets], item.total) == ("w1", ["1"], STANDING)
    assert (found.firm, found.expires_at) == (True, th.NOW + timedelta(minutes=15))


@pytest.mark.parametrize("refs", [None, ["w1"]], ids=["all", "the item"])
def test_giving_back_everything_leaves_nothing_held(wire, mine, keep, refs):
    wire.says(th.CHANGE, th.changed(th.seat("A-1"), th.seat("A-2")))
    found = th.seated().holds.release(mine, refs, keep)
    assert (found.items, found.firm) == ((), False)
    assert [one["objectId"] for one in wire.bodies(th.CHANGE)[-1]["objects"]] == ["A-1", "A-2"]


def test_what_is_not_ours_any_more_is_forgotten_without_asking(wire, mine, keep):
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.held("A-2", token="another")))
    assert th.seated().holds.release(mine, None, keep).items == ()
    assert len(wire.sent(th.CHANGE)) == 1  # the hold


def test_a_lost_release_is_read_and_asked_for_once_more(wire, mine, keep):
    wire.says(th.CHANGE, th.LOST, th.changed(th.seat("A-1"), th.seat("A-2")))
    assert th.seated().holds.release(mine, None, keep).items == ()
    assert [one["type"] for one in wire.bodies(th.CHANGE)] == ["CHANGE_STATUS_TO", "RELEASE", "RELEASE"]


def test_a_release_that_cannot_be_asked_for_forgets_nothing(wire, mine, keep):
    wire.says(th.CHANGE, th.DOWN)
    with pytest.raises(Unavailable):
        th.seated().holds.release(mine, None, keep)
    assert keep.all == []


# --- order and payment --------------------------------------------------------------------------------------


def prepare(handle, keep=None, **answers):
    return th.seated().bookings.prepare(handle, ada(**answers), keep or Kept())


def test_the_order_names_the_seats_and_the_token(wire, mine):
    found = prepare(mine)
    assert wire.bodies(th.ORDER) == [
        {
            "order_item": [{"quantity": 2, "ticket_config_id": 7489, "selected_seats": ["A-1", "A-2"]}],
            "format": "PDF",
            "hold_token": th.SEAT_TOKEN,
        }
    ]
    (item,) = found.hold.items
    assert [(t.ref, t.row, t.number) for t in item.tickets] == [
        (ref("A-1"), "A", "1"),
        (ref("A-2"), "A", "2"),
    ]


@pytest.mark.parametrize(
    ("window", "minutes"), [(600, 10), (1800, 15)], ids=["the payment window", "the time of the seats"]
)
def test_whichever_ends_first_is_the_deadline(wire, mine, window, minutes):
    organizer = th.payload("organizer")
    organizer["data"]["event_timer_s"] = window
    wire.says(th.ORGANIZER, organizer)
    found = prepare(mine)
    assert found.pay_by == found.hold.expires_at == th.NOW + timedelta(minutes=minutes)


def test_an_expired_hold_is_not_ordered(wire, mine, monkeypatch):
    later(monkeypatch, minutes=15)
    with pytest.raises(HoldExpired):
        prepare(mine)
    assert wire.sent(th.ORDER) == []


@pytest.mark.parametrize(
    "answer", [th.refused(400, "seats_unavailable"), th.refused(400, "")], ids=["with a code", "without"]
)
def test_seats_that_went_before_payment_are_sold_out_and_the_next_order_is_new(wire, mine, keep, answer):
    wire.says(th.READ, th.order("draft"))
    wire.says(th.PAYMENT, answer)
    wire.says(th.OBJECTS, th.objects(th.held("A-1"), th.seat("A-2", status="booked")))
    with pytest.raises(SoldOut) as refused:
        prepare(mine, keep)
    assert refused.value.refs == (ref("A-1"), ref("A-2"))
    assert json.loads(keep.last)["order"] == ""
    found = th.seated().holds.read(keep.last)
    assert [(item.state, len(item.tickets)) for item in found.items] == [("held", 1), ("gone", 1)]


def test_a_refused_payment_while_the_seats_are_held_is_not_called_sold_out(wire, mine, keep):
    wire.says(th.READ, th.order("draft"))
    wire.says(th.PAYMENT, th.refused(400, "provider_not_connected"))
    with pytest.raises(Refused) as refused:
        prepare(mine, keep)
    assert refused.value.code == "provider_not_connected"
    assert json.loads(keep.last)["order"] == "1234"


def test_a_payment_that_comes_too_late_is_an_expired_hold(wire, mine, keep, monkeypatch):
    wire.says(th.READ, th.order("draft"))
    wire.says(th.PAYMENT, th.DOWN)
    with pytest.raises(Unavailable):
        prepare(mine, keep)
    later(monkeypatch, minutes=15)
    wire.says(th.PAYMENT, th.refused(400, ""))
    with pytest.raises(HoldExpired):
        prepare(keep.last, keep)


def test_what_a_payment_has_booked_is_not_changed(wire, mine, keep):
    handle = prepare(mine).hold.handle
    wire.says(th.OBJECTS, th.objects(th.seat("A-3")))
    for change in (
        lambda: th.seated().holds.hold(handle, [named("A-3")], keep),
        lambda: th.seated().holds.release(handle, [ref("A-1")], keep),
    ):
        with pytest.raises(HoldGone):
            change()
    assert len(wire.sent(th.CHANGE)) == 1
    assert len(th.seated().holds.read(handle).items[0].tickets) == 2
    with pytest.raises(DetailsRejected):
        prepare(handle, format="pkpass")


def test_before_payment_the_choice_can_change_and_a_new_order_follows(wire, mine, keep):
    wire.says(th.PAYMENT, th.DOWN)
    with pytest.raises(Unavailable):
        prepare(mine, keep)
    wire.says(th.READ, th.order("draft"))
    wire.says(th.OBJECTS, th.objects(th.held("A-2")), th.objects(th.held("A-1")))
    wire.says(th.CHANGE, th.changed(th.seat("A-2")))
    found = th.seated().holds.release(keep.last, [ref("A-2")], keep)
    assert [t.number for t in found.items[0].tickets] == ["1"]
    wire.says(th.PAYMENT, (201, th.payload("payment")))
    prepare(found.handle)
    assert wire.bodies(th.ORDER)[-1]["order_item"] == [
        {"quantity": 1, "ticket_config_id": 7489, "selected_seats": ["A-1"]}
    ]


def test_when_an_order_lapses_the_seats_are_gone_unless_the_token_holds_them_still(wire, mine):
    handle = prepare(mine).hold.handle
    wire.says(th.READ, th.order("payment_failed"))
    assert [item.state for item in th.seated().holds.read(handle).items] == ["held"]
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("A-2")))
    found = th.seated().holds.read(handle)
    assert [(item.state, item.problem) for item in found.items] == [("gone", "hold_expired")]


def test_a_booking_names_row_and_number_of_its_seats(wire, mine):
    handle = prepare(mine).hold.handle
    paid = th.order("paid")
    for ticket, label in zip(paid["data"]["order_item"][0]["ticket"], ("A-1", "A-2"), strict=True):
        ticket["seat_id"] = label
    wire.says(th.READ, paid)
    found = th.seated().bookings.look(handle, Sign())
    assert [(t.row, t.number) for t in found.tickets] == [("A", "1"), ("A", "2")]


def test_a_handle_from_before_there_were_seats_can_still_be_read(wire, keep):
    wire.says(th.EVENT, th.payload("event__standing"))
    old = json.loads(th.provider().holds.hold(None, [wants()], keep).handle)
    for field in ("seat_token", "seat_until"):
        del old[field]
    for wish in old["wishes"]:
        del wish["seats"]
    assert th.seated().holds.read(json.dumps(old)).items[0].state == "wish"


# --- settings -----------------------------------------------------------------------------------------------


def configured(**given):
    start = "ACCOUNT_ARENA_"
    environ = {f"{start}{key}": value for key, value in given.items()}
    base = {f"{start}KIND": "tickethead", f"{start}BASE_URL": th.TENANT}
    return read_account("arena", {**base, **environ}, {})


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, []),
        ({"SEATSIO_URL": th.SEATSIO, "SEATSIO_SECRET": "s"}, []),
        ({"SEATSIO_URL": "http://127.0.0.1:8099/seats", "SEATSIO_SECRET": "s"}, []),
        ({"SEATSIO_URL": th.SEATSIO}, ["shop.E047"]),
        ({"SEATSIO_SECRET": "s"}, ["shop.E047"]),
        ({"SEATSIO_URL": "api-eu.seatsio.net", "SEATSIO_SECRET": "s"}, ["shop.E047"]),
        ({"SEATSIO_URL": th.SEATSIO, "SEATSIO_SECRET": "two words"}, ["shop.E047"]),
        ({"SEATSIO_URL": "http://api-eu.seatsio.net", "SEATSIO_SECRET": "s"}, ["shop.E049"]),
    ],
    ids=["none", "both", "this machine", "no secret", "no address", "no scheme", "no key", "in the open"],
)
def test_wrong_settings_are_said_with_a_hint(given, ids):
    found = checks_tickethead.of(configured(**given))
    assert [one.id for one in found] == ids
    assert all("ACCOUNT_ARENA_SEATSIO_" in one.hint for one in found)
    assert "two words" not in str(found)


def test_the_secret_is_a_key_and_in_no_repr():
    account = configured(SEATSIO_URL=th.SEATSIO, SEATSIO_SECRET="workspace-secret-1")
    assert account.keys["seatsio_secret"] == "workspace-secret-1"
    assert "seatsio_secret" not in account.options
    assert "workspace-secret-1" not in repr(account)


def test_half_a_setting_sells_the_rest_as_without(wire, keep):
    provider = th.seated(keys={})
    assert provider.capabilities.removes == "item"
    assert provider.catalog.availability("311").areas == ()
    with pytest.raises(Refused) as refused:
        provider.holds.hold(None, [named("A-1")], keep)
    assert refused.value.code == "seat_chart"


def test_a_taken_seat_says_no_more_than_where_it_is(wire):
    (area,) = chart(wire, th.seat("A-1"), th.held("A-2", leftNeighbour="A-1")).areas
    assert all(type(one) is TakenSeat for one in area.taken)


def test_what_came_of_a_refused_choice_goes_back(wire, keep):
    rival = th.held("A-2", token="another")
    wire.says(
        th.OBJECTS,
        th.objects(th.seat("A-1"), th.seat("A-2")),
        th.objects(th.held("A-1"), rival),
    )
    wire.says(th.CHANGE, th.seats_refused(), th.changed(th.seat("A-1")))
    with pytest.raises(SoldOut):
        th.seated().holds.hold(None, [named("A-1", "A-2")], keep)
    released = wire.bodies(th.CHANGE)[-1]
    assert (released["type"], released["objects"]) == ("RELEASE", [{"objectId": "A-1"}])


def test_what_could_not_be_given_back_leaves_it_unknown(wire, keep):
    wire.says(
        th.OBJECTS,
        th.objects(th.seat("A-1"), th.seat("A-2")),
        th.objects(th.held("A-1"), th.held("A-2", token="another")),
    )
    wire.says(th.CHANGE, th.seats_refused(), th.DOWN)
    with pytest.raises(OutcomeUnknown):
        th.seated().holds.hold(None, [named("A-1", "A-2")], keep)


def test_seats_of_a_config_with_several_sectors_are_not_sold(wire):
    body = th.charted()
    body["data"]["sector"] = [{"id": 1, "name": "Left"}, {"id": 2, "name": "Right"}]
    wire.says(th.EVENT, body)
    found = chart(wire, th.seat("A-1"))
    assert not [seat for area in found.areas for row in area.rows for seat in row.seats]
    closed = {offer.key: (offer.closed, offer.notes) for offer in found.offers}
    assert closed["7489-s1"] == ("unsupported", ("seat_chart",))


def test_seats_of_the_one_sector_are_ordered_with_it(wire, keep):
    body = th.charted()
    body["data"]["sector"] = [{"id": 1, "name": "Left"}]
    wire.says(th.EVENT, body)
    pair(wire)
    prepare(th.seated().holds.hold(None, [named("A-1", "A-2")], keep).handle)
    (item,) = wire.bodies(th.ORDER)[0]["order_item"]
    assert (item["sector_id"], item["selected_seats"]) == (1, ["A-1", "A-2"])


def test_after_a_release_that_cannot_be_read_back_the_rest_is_told_as_last_seen(wire, mine, keep):
    wire.says(th.OBJECTS, th.objects(th.held("A-2")), th.DOWN)
    wire.says(th.CHANGE, th.changed(th.seat("A-2")))
    found = th.seated().holds.release(mine, [ref("A-2")], keep)
    assert (found.verified, found.firm) == (False, True)
    assert [(item.state, [t.number for t in item.tickets]) for item in found.items] == [("held", ["1"])]


def test_a_token_in_an_address_is_masked(wire, keep, monkeypatch):
    told = []
    monkeypatch.setattr(http, "after_call", [told.append])
    wire.says(th.OBJECTS, th.objects(th.seat("A-1")))
    wire.says(th.CHANGE, th.seats_refused())
    with pytest.raises(SoldOut):
        th.seated().holds.hold(None, [named("A-1")], keep)
    asked = [one.path_masked for one in told if one.verb == "hold_token"]
    assert asked == ["/hold-tokens", "/hold-tokens/…"]
