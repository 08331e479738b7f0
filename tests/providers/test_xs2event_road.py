"""The whole road of the client against the imitated XS2Event in this process: real requests, its strictness, its faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import (
    DetailsRejected,
    HoldExpired,
    OutcomeUnknown,
    PriceChanged,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.guests import GuestPlace, GuestsClosed, GuestsRejected
from shop.providers.types import (
    Arrives,
    BadRecord,
    Booking,
    BookingState,
    Details,
    EventInfo,
    Hold,
    Offer,
    PayUs,
    Selection,
    Sign,
    Window,
)  # fmt: skip
from shop.providers.xs2event import catalog as catalogs
from shop.providers.xs2event.provider import XS2Event
from shop.standin.transport import StandinAdapter
from tests.standin.xs2event_caller import ORIGIN, Buyer, standin

WHO = {
    "first_name": "Ada", "last_name": "Example", "email": "ada@example.com", "phone": "+31612345678",
    "date_of_birth": "1990-01-02", "country": "NL", "passport": "X1234567", "gender": "female",
    "street": "Voorbeeldlaan 1", "city": "Utrecht", "postcode": "3511 AA", "province": "Utrecht",
}  # fmt: skip
DETAILS = Details(
    reference="F-1001-1", answers={"first_name": "Ada", "last_name": "Example", "email": "ada@example.com"}
)


class Road:
    """One account of ours, and the controls of the other side."""

    def __init__(self) -> None:
        self.there = Buyer(standin())
        self.kept: list[str] = []
        self.provider = self.account()

    def account(self, key: str = "demo-xs2-key", **options: str) -> XS2Event:
        given = {
            "fee_per_ticket": "EUR:350,GBP:300", "margin_percent": "10", "booking_email": "orders@shop.example",
            "sports": "soccer", **options,
        }  # fmt: skip
        return XS2Event(
            AccountConfig(
                name="grandstand", kind="xs2event", title="Grandstand", base_url=f"{ORIGIN}/xs2event/v1",
                keys={"api_key": key}, timezone="Europe/Amsterdam", currency="EUR", rate_per_second=0, options=given,
            )
        )  # fmt: skip

    def now(self) -> datetime:
        return datetime.fromisoformat(self.there.control("/clock")["now"]).astimezone(UTC)

    def keep(self, handle: str) -> None:
        self.kept.append(handle)

    def events(self) -> list[EventInfo | BadRecord]:
        today = self.now().date()
        return list(self.provider.catalog.events(Window(today, today + timedelta(days=1200))))

    def event(self, name: str) -> EventInfo:
        return next(one for one in self.events() if isinstance(one, EventInfo) and one.name == name)

    def offer(self, name: str, area: str) -> tuple[EventInfo, Offer]:
        event = self.event(name)
        return event, next(
            one for one in self.provider.catalog.availability(event.ref).offers if one.area == area
        )

    def wish(self, name: str, area: str, quantity: int) -> Selection:
        event, offer = self.offer(name, area)
        return Selection(instance_ref=event.ref, offer_key=offer.key, quantity=quantity)

    def hold(self, *wishes: Selection, handle: str | None = None) -> Hold:
        return self.provider.holds.hold(handle, wishes, self.keep)

    def given(self, places: tuple[GuestPlace, ...], *, later: bool = False) -> dict[str, dict[str, str]]:
        return {
            one.key: {name: WHO[name] for name in (one.fields if later else one.before)} for one in places if one.fields
        }  # fmt: skip

    def ready(self, handle: str) -> None:
        """Everything that must be known of guests before a booking is handed over."""
        places = self.provider.guests.sheet(handle).places
        self.provider.guests.give(handle, self.given(places), self.keep)

    def booked(self, *wishes: Selection) -> Booking:
        self.ready(self.hold(*wishes).handle)
        self.provider.bookings.prepare(self.kept[-1], DETAILS, self.keep)
        return self.provider.bookings.confirm(self.kept[-1], "F-1001-1")

    def complete(self) -> None:
        self.there.control("/xs2event/orders/complete", {})

    def change(self, ticket: str, **values: Any) -> None:
        self.there.control(f"/xs2event/tickets/{ticket}", values)

    def calls(self, method: str, end: str) -> int:
        """How often something was asked, lost answers counted."""
        found = self.there.control("/journal?limit=1000")["calls"]
        return sum(call["method"] == method and str(call["path"]).endswith(end) for call in found)


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> Road:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    found = Road()
    monkeypatch.setattr(http, "mounts", {ORIGIN: StandinAdapter(found.there.app)})  # type: ignore[arg-type]
    monkeypatch.setattr(http, "clock", found.now)
    monkeypatch.setattr(http, "before_call", [])
    monkeypatch.setattr(http, "after_call", [])
    catalogs._categories.clear()
    found.provider = found.account()
    return found


SPAIN, TRIBUNE, LOUNGE = "CD Puerto Alzado vs Atlético Miraluz", "Tribuna Cubierta", "Palco Lounge"
ITALY, SIDE = "AC Portorosso vs US Montelago", "Tribuna Laterale"


# --- catalogue --------------------------------------------------------------------------------------------------------------


def test_the_whole_programme_is_read_without_a_bad_record(road: Road) -> None:
    road.provider = road.account(sports="")
    found = road.events()
    assert len(found) >= 40
    assert all(isinstance(one, EventInfo) for one in found)
    kinds = {one.kind for one in found if isinstance(one, EventInfo)}
    assert {"sport", "concert"} <= kinds
    assert road.provider.catalog.sign_of_life().ok
    assert not road.account(key="nobody").catalog.sign_of_life().ok


def test_every_offer_of_every_event_is_sold_above_what_it_costs(road: Road) -> None:
    road.provider = road.account(sports="soccer,tennis,formula1,other")
    currencies = set()
    for event in road.events():
        if not isinstance(event, EventInfo) or not (event.instances and event.instances[0].bookable):
            continue
        for offer in road.provider.catalog.availability(event.ref).offers:
            row = road.there.get(f"/tickets/{offer.key}")
            fee = {"EUR": 350, "GBP": 300}[offer.price.currency]
            assert offer.closed or offer.price.minor >= row["net_rate"] + fee
            assert "<" not in offer.description
            currencies.add(offer.price.currency)
    assert currencies == {"EUR", "GBP"}


# --- reservations -----------------------------------------------------------------------------------------------------------


def test_two_to_three_to_one_and_nothing_at_all(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    left = road.there.get(f"/tickets/{wish.offer_key}")["stock"]
    held = road.hold(wish)
    assert len(held.items[0].tickets) == 2
    assert abs((held.expires_at or road.now()) - road.now() - timedelta(minutes=10)) < timedelta(seconds=30)
    holds = road.provider.holds
    for number in (3, 1):
        held = holds.set_quantity(held.handle, wish.offer_key, number, road.keep)
        assert [len(item.tickets) for item in held.items] == [number]
        assert road.there.get(f"/tickets/{wish.offer_key}")["stock"] == left - number
    assert holds.release(held.handle, [wish.offer_key], road.keep).items == ()
    assert road.there.get(f"/tickets/{wish.offer_key}")["stock"] == left


def test_an_empty_and_a_204_answer_to_a_deletion_are_both_fine(road: Road) -> None:
    for status in (200, 204):
        road.there.settings(delete_status=status)
        held = road.hold(road.wish(SPAIN, TRIBUNE, 1))
        assert road.provider.holds.release(held.handle, None, road.keep).items == ()
        assert road.provider.holds.release(held.handle, None, road.keep).items == ()
    assert road.calls("DELETE", "_rsr") == 2


def test_a_number_that_is_not_sold_is_refused_and_offered_ones_are_not(road: Road) -> None:
    event, offer = road.offer(SPAIN, TRIBUNE)
    assert offer.quantities
    missing = next(n for n in range(1, max(offer.quantities)) if n not in offer.quantities)
    with pytest.raises(Refused) as refused:
        road.hold(Selection(event.ref, offer_key=offer.key, quantity=missing))
    assert refused.value.code == "quantity_rule"
    for number in offer.quantities:
        held = road.hold(Selection(event.ref, offer_key=offer.key, quantity=number))
        assert road.provider.holds.quantities(held.handle, offer.key) == offer.quantities
        road.provider.holds.release(held.handle, None, road.keep)


def test_a_category_that_somebody_else_takes_is_sold_out(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    road.change(wish.offer_key, stock=1)
    with pytest.raises(SoldOut):
        road.hold(wish)
    assert road.there.books()["reservations"] == []


def test_a_price_that_has_changed_is_what_is_held(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    held = road.hold(wish)
    before = held.items[0].tickets[0].price
    net = road.there.get(f"/tickets/{wish.offer_key}")["net_rate"]
    road.change(wish.offer_key, net_rate=net + 1000)
    # what is held stays as it was agreed
    assert road.provider.holds.read(held.handle).items[0].tickets[0].price == before
    more = road.provider.holds.set_quantity(held.handle, wish.offer_key, 3, road.keep)
    assert more.items[0].tickets[0].price.minor == before.minor + 1100


def test_a_price_that_moves_between_reading_and_asking_is_asked_again(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 1)
    net = road.there.get(f"/tickets/{wish.offer_key}")["net_rate"]
    client, prices = road.provider.holds._client, iter([net + 500])
    create = client.create_reservation

    def moved(body: dict[str, Any]) -> dict[str, Any]:
        for price in prices:
            road.change(wish.offer_key, net_rate=price)
        return create(body)

    monkeypatch.setattr(client, "create_reservation", moved)
    assert road.hold(wish).items[0].tickets[0].price.minor == net + 500 + 350 + -(-(net + 500) // 10)
    prices = iter([net + 600, net + 700])
    fickle = [net + 800, net + 900]
    monkeypatch.setattr(
        client, "create_reservation", lambda body: (road.change(wish.offer_key, net_rate=fickle.pop(0)), create(body))[1]
    )  # fmt: skip
    with pytest.raises(PriceChanged):
        road.hold(wish)


def test_after_ten_minutes_it_is_void_and_the_same_ticket_can_be_held_again(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    held = road.hold(wish)
    road.there.advance(10 * 60 + 40)
    read = road.provider.holds.read(held.handle)
    assert [(item.state, item.problem) for item in read.items] == [("gone", "hold_expired")]
    with pytest.raises(HoldExpired):
        road.provider.holds.set_quantity(held.handle, wish.offer_key, 3, road.keep)
    with pytest.raises(HoldExpired):
        road.provider.bookings.confirm(held.handle, "F-1")
    assert road.provider.bookings.look(held.handle, Sign()).state is BookingState.LAPSED
    again = road.hold(wish, handle=held.handle)
    assert [item.state for item in again.items] == ["held"]


@pytest.mark.parametrize("fault", [{"kind": "lost_answer"}, {"kind": "lost_answer", "status": 503}])
def test_a_reservation_whose_answer_is_lost_exists_once(road: Road, fault: dict[str, Any]) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    road.there.fault(match="POST /v1/reservations", **fault)
    held = road.hold(wish)
    assert [len(item.tickets) for item in held.items] == [2]
    assert len(road.there.books()["reservations"]) == 1


def test_one_that_never_arrived_is_asked_for_again(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 2)
    road.there.fault(match="POST /v1/reservations", kind="status", status=503)
    assert [item.state for item in road.hold(wish).items] == ["held"]
    assert len(road.there.books()["reservations"]) == 1


def test_a_change_whose_answer_is_lost_is_made_once(road: Road) -> None:
    wish = road.wish(SPAIN, TRIBUNE, 1)
    held = road.hold(wish)
    road.there.fault(match="PUT /v1/reservations/", kind="lost_answer")
    more = road.provider.holds.set_quantity(held.handle, wish.offer_key, 2, road.keep)
    assert [len(item.tickets) for item in more.items] == [2]
    assert road.calls("PUT", "_rsr") == 1


def test_their_rate_limit_stops_nobody_for_long(road: Road) -> None:
    road.there.fault(match="GET /v1/tickets", kind="status", status=503)
    assert road.hold(road.wish(SPAIN, TRIBUNE, 1)).items
    road.there.fault(match="GET /v1/tickets", kind="status", status=503, times=3)
    with pytest.raises(Unavailable):
        road.wish(SPAIN, TRIBUNE, 1)


# --- guests and bookings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("requirements", ["flat", "nested", "mixed"])
@pytest.mark.parametrize("plain", ["plain", "wrapped"])
def test_what_is_asked_is_the_same_before_and_after_it_is_held(
    road: Road, requirements: str, plain: str
) -> None:
    road.there.settings(requirements=requirements, guests=plain)
    for name, area in ((SPAIN, TRIBUNE), (SPAIN, LOUNGE), (ITALY, SIDE), (ITALY, "Sala Lanterna")):
        wish = road.wish(name, area, 2)
        before = road.provider.guests.needs(wish)
        held = road.hold(wish)
        sheet = road.provider.guests.sheet(held.handle)
        assert [(p.key, p.lead, p.before, p.later) for p in sheet.places] == [
            (p.key, p.lead, p.before, p.later) for p in before.places
        ]  # fmt: skip
        assert before.places


@pytest.mark.parametrize("come_back", [1, 0])
def test_two_events_of_two_suppliers_become_two_orders_with_guests_and_files_of_their_own(
    road: Road, come_back: int
) -> None:
    """`come_back`: whether guest data that were taken are shown by the sheet afterwards; their test system does not."""
    road.there.settings(guests_come_back=come_back)
    first, second = road.wish(SPAIN, TRIBUNE, 2), road.wish(ITALY, SIDE, 1)
    held = road.hold(first, second)
    bookings, guests = road.provider.bookings, road.provider.guests
    with pytest.raises(DetailsRejected) as missing:
        bookings.prepare(held.handle, DETAILS, road.keep)
    assert missing.value.fields == {"guests": "required"}
    sheet = guests.sheet(held.handle)
    assert (sheet.asks_before, sheet.asks_later) == (True, True)
    typed = road.given(sheet.places)
    wrong = {
        key: {**values, **({"country": "XX"} if "country" in values else {})} for key, values in typed.items()
    }
    with pytest.raises(GuestsRejected) as refused:
        guests.give(held.handle, wrong, road.keep)
    assert refused.value.places == {f"{second.offer_key}:0": {"country": "invalid"}}
    guests.give(held.handle, typed, road.keep)
    prepared = bookings.prepare(road.kept[-1], DETAILS, road.keep)
    assert prepared.payment == PayUs(held.total)
    found = bookings.confirm(road.kept[-1], "F-1001-1")
    assert (found.state, found.total, len(found.tickets)) == (BookingState.BOOKED, held.total, 3)
    assert bookings.confirm(road.kept[-1], "F-1001-1").reference == found.reference
    assert len(road.there.books()["bookings"]) == 1
    assert bookings.look(held.handle, Sign()).state is BookingState.BOOKED
    road.there.settings(guests_come_back=1)  # else nobody could know whom later data belong to

    assert (bookings.documents(found.handle).expected, bookings.documents(found.handle).ready) == (3, 0)
    road.complete()
    half = bookings.documents(found.handle)
    assert (half.ready, half.complete) == (1, False)  # the first order still owes data of its guests
    owed = guests.sheet(found.handle)
    assert (owed.open, owed.complete) == (True, False)
    later = {
        key: values
        for key, values in road.given(owed.places, later=True).items()
        if key.startswith(first.offer_key)
    }
    done = guests.give(found.handle, later, road.keep)
    assert done.complete
    road.complete()
    files = bookings.documents(found.handle)
    assert (files.ready, files.expected, files.complete, files.arrives) == (3, 3, True, Arrives.DOWNLOAD)
    contents = {bookings.fetch(found.handle, one).content for one in files.documents}
    assert len(contents) == 3


def test_guest_data_that_came_before_survive_a_change_or_are_asked_again(road: Road) -> None:
    wish = road.wish(ITALY, SIDE, 2)
    held = road.hold(wish)
    road.ready(held.handle)
    three = road.provider.holds.set_quantity(road.kept[-1], wish.offer_key, 3, road.keep)
    with pytest.raises(DetailsRejected):
        road.provider.bookings.prepare(three.handle, DETAILS, road.keep)
    assert len(road.provider.guests.sheet(three.handle).places) == 3
    one = road.provider.holds.set_quantity(three.handle, wish.offer_key, 1, road.keep)
    assert len(road.provider.guests.sheet(one.handle).places) == 1
    assert road.provider.bookings.prepare(one.handle, DETAILS, road.keep).payment == PayUs(one.total)


@pytest.mark.parametrize("fault", [{"kind": "lost_answer"}, {"kind": "lost_answer", "status": 503}])
def test_a_booking_whose_answer_is_lost_is_made_once(road: Road, fault: dict[str, Any]) -> None:
    road.ready(road.hold(road.wish(ITALY, SIDE, 1)).handle)
    road.there.fault(match="POST /v1/bookings", **fault)
    assert road.provider.bookings.confirm(road.kept[-1], "F-1").state is BookingState.BOOKED
    assert len(road.there.books()["bookings"]) == 1


def test_a_booking_that_never_arrived_is_not_known_and_then_open(road: Road) -> None:
    road.ready(road.hold(road.wish(ITALY, SIDE, 1)).handle)
    road.there.fault(match="POST /v1/bookings", kind="status", status=503)
    asked = road.now()
    with pytest.raises(OutcomeUnknown):
        road.provider.bookings.confirm(road.kept[-1], "F-1")
    look = road.provider.bookings.look
    assert look(road.kept[-1], Sign(confirming_since=asked)).state is BookingState.PROCESSING
    road.there.advance(120)
    assert look(road.kept[-1], Sign(confirming_since=asked)).state is BookingState.OPEN
    assert road.there.books()["bookings"] == []


def test_a_way_to_be_booked_that_the_contract_lacks_is_the_operators_business(road: Road) -> None:
    road.provider = road.account(payment_method="creditcard")
    road.ready(road.hold(road.wish(ITALY, SIDE, 1)).handle)
    with pytest.raises(Refused) as refused:
        road.provider.bookings.confirm(road.kept[-1], "F-1")
    assert refused.value.code == "misconfigured"
    assert road.provider.bookings.look(road.kept[-1], Sign()).state is BookingState.OPEN


def test_what_an_order_has_passed_on_is_closed(road: Road) -> None:
    found = road.booked(road.wish(ITALY, SIDE, 1))
    with pytest.raises(GuestsClosed):
        road.provider.guests.give(found.handle, {}, road.keep)


def test_a_racing_weekend_has_a_file_for_each_day(road: Road) -> None:
    road.provider = road.account(sports="formula1")
    event = next(
        one for one in road.events()
        if isinstance(one, EventInfo) and "Grand Prix" in one.name and one.instances and one.instances[0].bookable
    )  # fmt: skip
    offers = road.provider.catalog.availability(event.ref).offers
    weekend = next(
        one for one in offers if one.price_band.startswith(("Weekend", "Two days", "Three days", "Four days"))
    )
    quantity = weekend.minimum
    found = road.booked(Selection(event.ref, offer_key=weekend.key, quantity=quantity))
    sheet = road.provider.guests.sheet(found.handle)
    if sheet.open:
        road.provider.guests.give(found.handle, road.given(sheet.places, later=True), road.keep)
    road.complete()
    files = road.provider.bookings.documents(found.handle)
    assert (files.ready, files.complete) == (quantity, True)
    assert len(files.documents) > quantity
    assert all(one.seat for one in files.documents)
    file = road.provider.bookings.fetch(found.handle, files.documents[-1])
    assert file.content.startswith(b"%PDF-")
