"""Named seats of Tickethead in a basket of the shop: lines, deadlines, prices, one seat less, an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import responses

from baskets import holding
from baskets.holding.lines import Shown
from baskets.holding.reading import read_hold
from baskets.models import Basket, Hold, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock
from shop.providers import http, registry
from shop.providers.errors import SoldOut
from shop.providers.types import Selection
from tests.providers import tickethead_wire as th
from tests.providers.tickethead_wire import Wire, ada

pytestmark = pytest.mark.django_db


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "mounts", {})
    monkeypatch.setattr(clock, "now", lambda: th.NOW)
    monkeypatch.setattr(http, "clock", lambda: th.NOW)
    account = th.seated().holds.config
    settings.PROVIDER_ACCOUNTS = {"arena": account}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        made = Wire(mock)
        made.sells()
        made.says(th.EVENT, th.charted())
        made.says(th.NEW_TOKEN, (201, th.seat_token()))
        made.says(th.REPORT, th.by_label(th.seat("A-1"), th.seat("A-2")))
        made.says(
            th.OBJECTS,
            th.objects(th.seat("A-1"), th.seat("A-2")),
            th.objects(th.held("A-1"), th.held("A-2")),
        )
        made.says(th.CHANGE, th.changed(th.held("A-1"), th.held("A-2")))
        yield made


@pytest.fixture
def date(wire: Wire) -> Instance:
    row = ProviderAccount.objects.create(name="arena", kind="tickethead", title="Arena")
    venue = Venue.objects.create(slug="lantern", name="Lantern", timezone="Europe/Vienna", account=row)
    event = Event.objects.create(
        account=row, provider_ref="311", venue=venue, slug="night", name="Night of Lanterns", kind="concert",
        currency="EUR",
    )  # fmt: skip
    starts = datetime.fromisoformat("2027-03-05T18:30:00+00:00")
    return Instance.objects.create(event=event, provider_ref="311", starts_at=starts, currency="EUR")


@pytest.fixture
def basket(wire: Wire) -> Basket:
    return Basket.objects.create(visitor="ada", currency="EUR", created_at=th.NOW, touched_at=th.NOW)


def choose(basket: Basket, date: Instance) -> holding.Added:
    """Both seats, at the prices that the chart shows."""
    found = registry.provider("arena").catalog.availability("311")
    shown = {seat.ref: seat.price.minor for area in found.areas for row in area.rows for seat in row.seats}
    selection = Selection("311", seat_refs=tuple(shown))
    return holding.add(basket=basket, instance=date, selections=[selection], shown=Shown(seats=shown))


def test_a_line_is_held_until_the_token_ends(wire: Wire, date: Instance, basket: Basket) -> None:
    (line,) = choose(basket, date).lines
    assert (line.state, line.quantity, line.area) == (Line.State.HELD, 2, "Stalls")
    assert line.expires_at == line.hold.expires_at == th.NOW + timedelta(minutes=15)
    assert (line.hold.firm, line.hold.state) == (True, Hold.State.OPEN)


def test_a_fee_per_order_in_the_price_of_each_seat_makes_no_other_price(
    wire: Wire, date: Instance, basket: Basket
) -> None:
    organizer = th.payload("organizer")
    organizer["data"]["fees"].append({"id": 2, "type": 0, "fixed_amount": 2, "currency": {"acronym": "EUR"}})
    wire.says(th.ORGANIZER, organizer)
    (line,) = choose(basket, date).lines
    assert line.price_minor == 2 * 2732 + 200  # shown were 2932 each
    assert (line.state, line.was_minor) == (Line.State.HELD, None)


def test_an_order_that_costs_less_than_was_told_is_no_other_price(
    wire: Wire, date: Instance, basket: Basket
) -> None:
    added = choose(basket, date)
    wire.says(th.ORDER, (201, th.order(total=54)))
    wire.says(th.READ, th.order("draft", total=54))
    wire.says(th.PAYMENT, th.DOWN)
    kept: list[str] = []
    with pytest.raises(Exception, match="create_payment"):
        registry.provider("arena").bookings.prepare(added.hold.handle, ada(), kept.append)
    Hold.objects.filter(pk=added.hold.pk).update(handle=kept[-1])
    read_hold(Hold.objects.get(pk=added.hold.pk))
    line = Line.objects.get()
    assert (line.state, line.price_minor, line.was_minor) == (Line.State.HELD, 5400, None)


def test_one_seat_less_gives_back_that_seat_alone(wire: Wire, date: Instance, basket: Basket) -> None:
    (line,) = choose(basket, date).lines
    wire.says(th.OBJECTS, th.objects(th.held("A-2")), th.objects(th.held("A-1")))
    wire.says(th.CHANGE, th.changed(th.seat("A-2")))
    changed = holding.keep_seats(line, ["311_A-1"])
    assert [(one.quantity, one.state, one.expires_at) for one in changed.lines] == [
        (1, Line.State.HELD, th.NOW + timedelta(minutes=15))
    ]
    assert [body["type"] for body in wire.bodies(th.CHANGE)] == ["CHANGE_STATUS_TO", "RELEASE"]


def test_what_ran_out_is_a_line_that_can_be_tried_again(
    wire: Wire, date: Instance, basket: Basket, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = choose(basket, date).lines
    over = th.NOW + timedelta(minutes=15, seconds=5)
    monkeypatch.setattr(clock, "now", lambda: over)
    monkeypatch.setattr(http, "clock", lambda: over)
    read_hold(line.hold)
    line.refresh_from_db()
    assert (line.state, line.problem, line.hold.state) == (Line.State.GONE, "hold_expired", Hold.State.CLOSED)
    wire.says(th.NEW_TOKEN, th.seat_token("second"))
    wire.says(th.OBJECTS, th.objects(th.seat("A-1"), th.seat("A-2")))
    mine = [th.held(label, token="second") for label in ("A-1", "A-2")]
    wire.says(th.CHANGE, th.changed(*mine))
    assert [one.state for one in holding.retry(line).lines] == [Line.State.HELD]
    assert Line.objects.count() == 1


def test_a_seat_that_somebody_else_has_leaves_the_basket_as_it_was(
    wire: Wire, date: Instance, basket: Basket
) -> None:
    wire.says(
        th.OBJECTS,
        th.objects(th.seat("A-1"), th.seat("A-2")),
        th.objects(th.seat("A-1"), th.held("A-2", token="another")),
    )
    wire.says(th.CHANGE, th.seats_refused())
    with pytest.raises(SoldOut):
        choose(basket, date)
    assert not Line.objects.exists()


def test_a_seat_that_went_is_told_and_the_rest_stays_held(wire: Wire, date: Instance, basket: Basket) -> None:
    (line,) = choose(basket, date).lines
    wire.says(th.OBJECTS, th.objects(th.held("A-1"), th.seat("A-2", status="booked")))
    told = read_hold(line.hold)
    assert [(one.pk, one.quantity) for one in told.gone] == [(line.pk, 1)]
    lines = Line.objects.order_by("pk")
    assert [(one.state, [ticket["number"] for ticket in one.tickets]) for one in lines] == [
        (Line.State.GONE, ["2"]),
        (Line.State.HELD, ["1"]),
    ]
    assert lines[1].expires_at == th.NOW + timedelta(minutes=15)
