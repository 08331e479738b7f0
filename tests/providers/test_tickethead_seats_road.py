"""The whole road of named seats against the imitated Tickethead and seats.io in this process: real requests, its faults."""

from __future__ import annotations

import atexit
import itertools
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import requests

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import HoldExpired, HoldGone, SoldOut, Unavailable
from shop.providers.tickethead.provider import Tickethead
from shop.providers.types import (
    Availability,
    BookingState,
    Details,
    EventInfo,
    Hold,
    NothingToPay,
    PayTheirForm,
    Seat,
    Selection,
    Sign,
    Window,
)  # fmt: skip
from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

ORIGIN = "http://stand-in.test"
NAME = "The Glass Harmonica"
DETAILS = Details(
    reference="F-1001-1",
    answers={"first_name": "Ada", "last_name": "Test", "email": "ada@example.org", "format": "pdf"},
)


@lru_cache(maxsize=1)
def first_day() -> Path:
    """A state written once, copied for each test."""
    room = tempfile.mkdtemp(prefix="foyer-seats-")
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    path = Path(room) / "standin.sqlite3"
    make_app(str(path), ORIGIN).env.store.close()
    return path


class Road:
    """One account of ours, and the controls of the other side."""

    def __init__(self, app: Standin) -> None:
        self.app = app
        self.session = requests.Session()
        self.session.mount(ORIGIN, StandinAdapter(app))
        self.kept: list[str] = []

    def account(self, secret: str = "demo-seatsio-secret") -> Tickethead:
        config = AccountConfig(
            name="arena", kind="tickethead", title="Tickethead", base_url=f"{ORIGIN}/tickethead", currency="EUR",
            timezone="Europe/Vienna", rate_per_second=0, keys={"seatsio_secret": secret},
            options={"global_url": f"{ORIGIN}/tickethead", "seatsio_url": f"{ORIGIN}/tickethead/seatsio"},
        )  # fmt: skip
        return Tickethead(config)

    def control(self, path: str, body: Any = None) -> Any:
        address = f"{ORIGIN}/_standin{path}"
        answer = self.session.get(address) if body is None else self.session.post(address, json=body)
        assert answer.ok, answer.text
        return answer.json()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.control("/clock")["now"]).astimezone(UTC)

    def advance(self, **after: int) -> None:
        self.control("/clock", {"advance_seconds": timedelta(**after).total_seconds()})

    def fault(self, **spec: Any) -> None:
        self.control("/faults", {"world": "tickethead", **spec})

    def keep(self, handle: str) -> None:
        self.kept.append(handle)

    def calls(self, method: str, end: str) -> int:
        """How often something was asked, lost answers counted."""
        found = self.control("/journal?limit=1000")["calls"]
        return sum(call["method"] == method and str(call["path"]).endswith(end) for call in found)

    def event(self, name: str = NAME) -> EventInfo:
        today = self.now().date()
        found = self.account().catalog.events(Window(today, today + timedelta(days=400)))
        return next(one for one in found if isinstance(one, EventInfo) and one.name == name)

    def free(self) -> Availability:
        return self.account().catalog.availability(self.event().ref)

    def choose(self, count: int) -> tuple[Selection, list[Seat]]:
        """So many neighbours of one price."""
        found = self.free()
        for area in found.areas:
            for row in area.rows:
                for start in range(len(row.seats) - count + 1):
                    run = row.seats[start : start + count]
                    beside = all(b.index - a.index == 1 for a, b in itertools.pairwise(run))
                    if beside and len({seat.offer_key for seat in run}) == 1:
                        return Selection(found.instance_ref, tuple(seat.ref for seat in run)), list(run)
        raise AssertionError("nowhere so many beside each other")

    def hold(self, *selections: Selection, handle: str | None = None) -> Hold:
        return self.account().holds.hold(handle, selections, self.keep)


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Road:
    app = make_app(str(shutil.copy(first_day(), tmp_path / "standin.sqlite3")), ORIGIN)
    found = Road(app)
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "mounts", {ORIGIN: StandinAdapter(app)})
    monkeypatch.setattr(http, "clock", found.now)
    monkeypatch.setattr(http, "before_call", [])
    monkeypatch.setattr(http, "after_call", [])
    return found


def test_the_chart_of_an_event_is_read_with_free_and_taken_seats(road: Road) -> None:
    found = road.free()
    seats = [seat for area in found.areas for row in area.rows for seat in row.seats]
    taken = [seat for area in found.areas for seat in area.taken]
    assert {area.name for area in found.areas} == {"Parkett", "Rang"}
    assert all(area.tells_taken for area in found.areas)
    assert len(seats) + len(taken) == 240
    assert seats
    assert taken
    assert len({seat.ref for seat in seats}) == len(seats)
    assert {"wheelchair", "companion"} <= {seat.access for seat in seats}
    assert any(seat.restricted for seat in seats)
    assert not [offer for offer in found.offers if not offer.closed]
    assert not found.code_field


def test_an_aisle_is_between_seats_that_are_no_neighbours(road: Road) -> None:
    gaps = 0
    for area in road.free().areas:
        for row in area.rows:
            every = sorted(
                (one.index, int(one.number))
                for one in (*row.seats, *(t for t in area.taken if t.row == row.name))
            )
            assert len({index for index, _number in every}) == len(every)
            gaps += sum(
                after[0] - before[0] > 1 and abs(after[1] - before[1]) == 1
                for before, after in itertools.pairwise(every)
            )
    assert gaps


def test_four_seats_are_held_ordered_paid_and_ticketed(road: Road) -> None:
    choice, seats = road.choose(4)
    held = road.hold(choice)
    assert held.firm
    assert held.expires_at is not None
    assert abs(held.expires_at - road.now() - timedelta(minutes=15)) < timedelta(seconds=20)
    assert [[t.number for t in item.tickets] for item in held.items] == [[seat.number for seat in seats]]
    assert 0 < held.total.minor <= sum(seat.price.minor for seat in seats)
    with pytest.raises(SoldOut) as refused:
        road.hold(choice)  # a rival, without our handle
    assert set(refused.value.refs) == set(choice.seat_refs)
    assert not set(choice.seat_refs) & {s.ref for a in road.free().areas for r in a.rows for s in r.seats}

    bookings = road.account().bookings
    prepared = bookings.prepare(held.handle, DETAILS, road.keep)
    assert isinstance(prepared.payment, PayTheirForm)
    assert prepared.hold.total == prepared.payment.amount
    assert prepared.pay_by is not None
    assert prepared.pay_by <= held.expires_at
    road.control(f"/stripe/settle/{prepared.payment.intent_id}", {})
    handle = prepared.hold.handle
    bookings.look(handle, Sign(returned="success"))
    booked = bookings.look(handle, Sign(returned="success"))
    assert booked.state is BookingState.BOOKED
    assert sorted(t.number for t in booked.tickets) == sorted(seat.number for seat in seats)
    assert {t.row for t in booked.tickets} == {seats[0].row}
    documents = bookings.documents(handle)
    assert (documents.expected, documents.ready) == (4, 4)
    with pytest.raises(SoldOut):
        road.hold(choice)


def test_free_seats_are_booked_without_a_payment(road: Road) -> None:
    event = road.event("The Understudies").ref
    found = road.account().catalog.availability(event)
    free = [seat for area in found.areas for row in area.rows for seat in row.seats if not seat.price]
    held = road.hold(Selection(event, tuple(seat.ref for seat in free[:2])))
    assert [item.price_estimated for item in held.items] == [False]
    prepared = road.account().bookings.prepare(held.handle, DETAILS, road.keep)
    assert isinstance(prepared.payment, NothingToPay)
    assert road.account().bookings.look(prepared.hold.handle, Sign()).state is BookingState.BOOKED


def test_a_hold_ends_with_its_token_and_the_seats_are_free_again(road: Road) -> None:
    choice, _seats = road.choose(2)
    held = road.hold(choice)
    road.advance(minutes=14)
    assert [item.state for item in road.account().holds.read(held.handle).items] == ["held"]
    road.advance(minutes=2)
    gone = road.account().holds.read(held.handle)
    assert [(item.state, item.problem) for item in gone.items] == [("gone", "hold_expired")]
    with pytest.raises(HoldExpired):
        road.account().bookings.prepare(held.handle, DETAILS, road.keep)
    again = road.hold(*(item.selection for item in gone.items if item.selection), handle=gone.handle)
    assert [item.state for item in again.items] == ["held"]


def test_one_seat_goes_back_and_a_rival_can_have_it(road: Road) -> None:
    choice, _seats = road.choose(3)
    held = road.hold(choice)
    left = road.account().holds.release(held.handle, choice.seat_refs[:1], road.keep)
    assert [[t.ref for t in item.tickets] for item in left.items] == [list(choice.seat_refs[1:])]
    assert road.hold(Selection(choice.instance_ref, choice.seat_refs[:1])).firm
    with pytest.raises(SoldOut):
        road.hold(Selection(choice.instance_ref, choice.seat_refs[1:2]))


def test_all_or_none_of_a_choice_is_held(road: Road) -> None:
    choice, _seats = road.choose(3)
    road.hold(Selection(choice.instance_ref, choice.seat_refs[:1]))
    with pytest.raises(SoldOut) as refused:
        road.hold(choice)
    assert refused.value.refs == choice.seat_refs[:1]
    assert road.hold(Selection(choice.instance_ref, choice.seat_refs[1:])).firm


def test_two_prices_are_held_and_ordered_together(road: Road) -> None:
    seats: dict[str, Seat] = {}
    found = road.free()
    for area in found.areas:
        for row in area.rows:
            for seat in row.seats:
                seats.setdefault(seat.offer_key, seat)
    one, other = list(seats.values())[:2]
    held = road.hold(Selection(found.instance_ref, (one.ref, other.ref)))
    assert len(held.items) == 2
    prepared = road.account().bookings.prepare(held.handle, DETAILS, road.keep)
    assert [len(item.tickets) for item in prepared.hold.items] == [1, 1]


@pytest.mark.parametrize("kind", ["lost_answer", "status"])
def test_a_hold_whose_answer_was_lost_is_read_and_not_asked_for_twice(road: Road, kind: str) -> None:
    choice, _seats = road.choose(2)
    more = {"status": 503} if kind == "status" else {}
    road.fault(match="POST /seatsio/events/groups/actions/change-object-status", kind=kind, **more)
    assert [item.state for item in road.hold(choice).items] == ["held"]
    # a 503 came before the work: the seats were read as free, and asked for once more
    assert road.calls("POST", "/change-object-status") == (1 if kind == "lost_answer" else 2)


def test_a_seat_that_went_a_moment_before_the_payment_is_sold_out(road: Road) -> None:
    choice, _seats = road.choose(2)
    held = road.hold(choice)
    label = json.loads(held.handle)["wishes"][0]["seats"][0]["label"]
    road.control("/tickethead/seats", {"event": choice.instance_ref, "seats": label, "status": "booked"})
    with pytest.raises(SoldOut):
        road.account().bookings.prepare(held.handle, DETAILS, road.keep)
    left = road.account().holds.read(road.kept[-1])
    assert sorted((item.state, len(item.tickets)) for item in left.items) == [("gone", 1), ("held", 1)]


def test_seats_that_a_payment_has_booked_come_back_when_the_order_is_over(road: Road) -> None:
    choice, _seats = road.choose(2)
    handle = road.account().bookings.prepare(road.hold(choice).handle, DETAILS, road.keep).hold.handle
    with pytest.raises(HoldGone):
        road.account().holds.release(handle, choice.seat_refs[:1], road.keep)
    road.advance(hours=1)
    gone = road.account().holds.read(handle)
    assert {item.state for item in gone.items} == {"gone"}
    assert road.hold(choice).firm


def test_a_wrong_secret_is_seen_by_the_sign_of_life(road: Road) -> None:
    assert road.account().catalog.sign_of_life().ok
    assert road.account("nobody").catalog.sign_of_life().problem == "misconfigured"


def test_without_an_answer_nothing_is_forgotten(road: Road) -> None:
    choice, _seats = road.choose(2)
    held = road.hold(choice)
    road.fault(match="GET /seatsio/events/*/objects", kind="status", status=503, times=3)
    with pytest.raises(Unavailable):
        road.account().holds.read(held.handle)
    assert [item.state for item in road.account().holds.read(held.handle).items] == ["held"]
