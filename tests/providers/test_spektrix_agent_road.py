"""The whole road of agent mode against the imitated box office: seats by list to an order, with what may go wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shop.money import Money
from shop.providers import errors, http
from shop.providers.accounts import AccountConfig
from shop.providers.extras import Extra
from shop.providers.spektrix import kept
from shop.providers.spektrix.provider import Spektrix
from shop.providers.types import (
    Arrives,
    BookingState,
    Details,
    Hold,
    InstanceInfo,
    PayUs,
    Prepared,
    Selection,
    Sign,
    Window,
)  # fmt: skip
from shop.standin.transport import StandinAdapter
from tests.providers.spektrix_browser import Kept
from tests.standin.ltd_caller import NOON, Caller, in_process

ADA = {
    "first_name": "Ada", "last_name": "Example", "email": "ada.nobody.knows@example.org", "address_1": "1 Quay Street",
    "city": "Bristol", "postcode": "BS1 5ZZ", "country": "GB",
}  # fmt: skip


@dataclass
class Venue:
    """The imitated box office and our account there."""

    caller: Caller
    shop: Spektrix
    keep: Kept

    def dates(self, name: str) -> list[InstanceInfo]:
        since = NOON.date() + timedelta(days=2)
        window = Window(since, since + timedelta(days=90))
        event = next(one for one in self.shop.catalog.events(window) if getattr(one, "name", "") == name)
        found = event.instances or self.shop.catalog.instances(event.ref, window)
        return [one for one in found if isinstance(one, InstanceInfo) and one.bookable]

    def seats(self, name: str, count: int = 2) -> Hold:
        """Neighbours that cost something, by their ids."""
        for date in self.dates(name):
            for area in self.shop.catalog.availability(date.ref).areas:
                for row in area.rows:
                    if len(row.seats) >= count and row.seats[0].price.minor:
                        chosen = row.seats[:count]
                        wish = Selection(
                            date.ref, seat_refs=tuple(s.ref for s in chosen), offer_key=chosen[0].offer_key
                        )
                        return self.shop.holds.hold(None, [wish], self.keep)
        raise AssertionError("no seats")

    def extra(self, kind: str) -> Any:
        return next(one for one in self.shop.catalog.extras() if one.kind == kind)

    def way(self, handle: str, code: str, name: str = "delivery") -> str:
        asked = {one.name: one for one in self.shop.bookings.questions(handle)}
        return next(one.value for one in asked[name].choices if one.code == code)

    def prepare(self, handle: str, **answers: str) -> Prepared:
        details = Details(reference="FOY-7K2M9Q-1", answers={**ADA, **answers})
        return self.shop.bookings.prepare(handle, details, self.keep)


@pytest.fixture
def venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    kept.forget()
    caller = in_process(tmp_path)
    monkeypatch.setattr(http, "mounts", {caller.origin: StandinAdapter(caller.app)})
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "after_call", [])
    monkeypatch.setattr(http, "clock", lambda: NOON)
    account = AccountConfig(
        "saltmarsh", "spektrix", "Saltmarsh Assembly Rooms", f"{caller.origin}/spektrix",
        keys={"api_user": "foyer-agent", "secret": "c2FsdG1hcnNoLWFnZW50LXNlY3JldC0wMDAwMQ=="},
        options={"client_name": "saltmarsh", "mode": "agent", "own_seats": "yes", "best_available": "yes",
                 "promo_codes": "yes", "gift_vouchers": "yes"},
    )  # fmt: skip
    yield Venue(caller, Spektrix(account), Kept())
    kept.forget()


def test_seats_by_list_a_donation_and_post_become_one_order(venue: Venue) -> None:
    assert venue.shop.catalog.sign_of_life().ok
    held = venue.seats("The Samphire Gatherers")
    assert held.verified
    assert {one.tickets[0].row for one in held.items} == {held.items[0].tickets[0].row}
    fund = venue.extra("donation")
    both = venue.shop.holds.take(
        held.handle, [Extra("donation", fund.ref, amount=Money(500, "GBP"))], venue.keep
    )
    assert both.total == held.total + Money(500, "GBP")
    ready = venue.prepare(both.handle, delivery=venue.way(both.handle, "post"))
    assert ready.delivery is not None
    assert ready.delivery.minor > 0
    assert ready.payment == PayUs(both.total + ready.delivery)
    assert venue.shop.bookings.look(ready.hold.handle, Sign()).state == BookingState.OPEN
    booked = venue.shop.bookings.confirm(ready.hold.handle, "FOY-7K2M9Q-1")
    assert (booked.state, booked.total) == (BookingState.BOOKED, ready.hold.total)
    assert booked.reference
    assert len(booked.tickets) == 2
    again = venue.shop.bookings.look(ready.hold.handle, Sign())
    assert (again.state, again.reference) == (BookingState.BOOKED, booked.reference)
    assert venue.shop.bookings.documents(booked.handle).arrives == Arrives.POST
    twice = venue.shop.bookings.confirm(ready.hold.handle, "FOY-7K2M9Q-1")  # asked again: the same order
    assert twice.reference == booked.reference


def test_a_seat_that_somebody_else_has_is_refused_and_named(venue: Venue) -> None:
    mine = venue.seats("The Samphire Gatherers")
    wish = mine.items[0].selection
    assert wish is not None
    with pytest.raises(errors.SoldOut) as caught:
        venue.shop.holds.hold(None, [wish], venue.keep)
    assert caught.value.refs == wish.seat_refs


def test_tickets_of_two_dates_merchandise_and_a_voucher_have_two_deliveries(venue: Venue) -> None:
    first, second = venue.dates("Dub on the Marsh")[:2]
    key = venue.shop.catalog.availability(first.ref).offers[0].key
    wishes = [Selection(one.ref, offer_key=key, quantity=1) for one in (first, second)]
    held = venue.shop.holds.hold(None, wishes, venue.keep)
    bag = venue.extra("merchandise")
    held = venue.shop.holds.take(held.handle, [Extra("merchandise", bag.ref, 2)], venue.keep)
    assert len(held.items) == len(held.extras) == 2
    ready = venue.prepare(
        held.handle,
        delivery=venue.way(held.handle, "box_office"),
        merchandise_delivery=venue.way(held.handle, "post", "merchandise_delivery"),
    )
    assert ready.delivery is not None
    assert ready.hold.total == held.total + ready.delivery
    assert venue.shop.bookings.confirm(ready.hold.handle, "x").state == BookingState.BOOKED
    assert venue.shop.bookings.documents(ready.hold.handle).arrives == Arrives.BOX_OFFICE


def test_a_basket_that_ran_out_there_is_gone(venue: Venue) -> None:
    held = venue.seats("The Samphire Gatherers")
    ready = venue.prepare(held.handle, delivery=venue.way(held.handle, "box_office"))
    venue.caller.advance(3600 * 3)
    http.clock = lambda: NOON + timedelta(hours=3)
    with pytest.raises(errors.HoldGone):
        venue.shop.holds.read(held.handle)
    with pytest.raises(errors.HoldGone):
        venue.shop.bookings.confirm(ready.hold.handle, "x")
    assert venue.shop.bookings.look(ready.hold.handle, Sign()).state == BookingState.LAPSED


def lost(venue: Venue, match: str, **more: Any) -> None:
    fault = {"world": "spektrix", "match": match, "kind": "lost_answer", **more}
    venue.caller.control("/faults", fault)


def test_a_confirm_whose_answer_is_lost_is_found_among_the_orders(venue: Venue) -> None:
    held = venue.seats("The Samphire Gatherers")
    ready = venue.prepare(held.handle, delivery=venue.way(held.handle, "box_office"))
    lost(venue, "POST /*/api/v3/baskets/*/confirm")
    booked = venue.shop.bookings.confirm(ready.hold.handle, "x")
    assert booked.state == BookingState.BOOKED
    assert booked.reference


def test_while_orders_are_late_it_is_being_booked_and_never_confirmed_again(venue: Venue) -> None:
    held = venue.seats("The Samphire Gatherers")
    ready = venue.prepare(held.handle, delivery=venue.way(held.handle, "box_office"))
    lost(venue, "POST /*/api/v3/baskets/*/confirm")
    venue.caller.control("/faults", {"world": "spektrix", "name": "orders_late", "times": 3})
    with pytest.raises(errors.OutcomeUnknown):
        venue.shop.bookings.confirm(ready.hold.handle, "x")
    sent = Sign(confirming_since=NOON)
    assert venue.shop.bookings.look(ready.hold.handle, sent).state == BookingState.PROCESSING
    assert venue.shop.bookings.look(ready.hold.handle, sent).state == BookingState.BOOKED


@pytest.mark.parametrize(
    ("match", "verb"),
    [("POST /*/api/v3/baskets", "begin"), ("POST /*/api/v3/baskets/*/tickets", "add"),
     ("POST /*/api/v3/customers", "customer"), ("PATCH /*/api/v3/baskets/*", "patch")],
)  # fmt: skip
def test_lost_answers_on_the_way_are_read_back(venue: Venue, match: str, verb: str) -> None:
    lost(venue, match, times=1)
    held = venue.seats("The Samphire Gatherers")
    assert len(held.items) == 2
    ready = venue.prepare(held.handle, delivery=venue.way(held.handle, "post"))
    assert isinstance(ready.payment, PayUs)


def test_a_member_whom_the_box_office_knows_pays_the_price_of_members(venue: Venue) -> None:
    held = venue.seats("The Samphire Gatherers")
    ready = venue.prepare(held.handle, delivery=venue.way(held.handle, "box_office"), email="ada@example.org")
    assert ready.hold.total < held.total
    assert ready.payment == PayUs(ready.hold.total)
    assert venue.shop.bookings.confirm(ready.hold.handle, "x").total == ready.hold.total
