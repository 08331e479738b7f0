"""The official chart's hold token against the imitated Tickethead and seats.io in this process: real requests.

What a browser does on the chart is done here by the calls of the imitated `chart.js`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import CheckMessage

from shop import checks_tickethead
from shop.providers.accounts import AccountConfig
from shop.providers.charts import Chart
from shop.providers.errors import SoldOut, Unsupported
from shop.providers.tickethead.chart_desk import ChartedHolds
from shop.providers.tickethead.provider import Tickethead
from shop.providers.types import Hold, Seat, Selection
from tests.providers.test_tickethead_seats_road import ORIGIN, Road, road

__all__ = ["road"]

SCRIPT = f"{ORIGIN}/tickethead/seatsio/chart.js"


def config(**options: str) -> AccountConfig:
    given = {
        "global_url": f"{ORIGIN}/tickethead",
        "seatsio_url": f"{ORIGIN}/tickethead/seatsio",
        "seatsio_chart": SCRIPT,
    }
    return AccountConfig(
        name="arena", kind="tickethead", title="Tickethead", base_url=f"{ORIGIN}/tickethead", currency="EUR",
        timezone="Europe/Vienna", rate_per_second=0, keys={"seatsio_secret": "demo-seatsio-secret"},
        options={**given, **options},
    )  # fmt: skip


class Visitor:
    """Somebody with a hold of their own, at the chart and at our list."""

    def __init__(self, road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
        self.road, self.kept = road, ""
        # the stand-in has no encryption, and is not on this machine by its name
        monkeypatch.setattr("shop.providers.tickethead.options.is_loopback", lambda host: True)
        self.account = Tickethead(config())
        assert isinstance(self.account.holds, ChartedHolds)
        self.desk = self.account.holds
        self.ref = road.event().ref

    def keep(self, handle: str) -> None:
        self.kept = handle

    def opens(self) -> Chart:
        return self.desk.chart(self.kept or None, self.ref, self.keep)

    def clicks(self, chart: Chart, *labels: str, action: str = "hold") -> int:
        """What the imitated script asks for a click; the status of the answer."""
        room = f"{ORIGIN}/tickethead/seatsio/browser/{chart.workspace}/events/{chart.event}"
        body = {"objects": list(labels), "holdToken": chart.token}
        return self.road.session.post(f"{room}/actions/{action}", json=body).status_code

    def holds(self, chart: Chart, *labels: str) -> Hold:
        choice = Selection(self.ref, tuple(chart.refs[label] for label in labels))
        return self.desk.hold(self.kept or None, [choice], self.keep)


@pytest.fixture
def ada(road: Road, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    return Visitor(road, monkeypatch)


@pytest.fixture
def rival(road: Road, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    return Visitor(road, monkeypatch)


def two(chart: Chart) -> list[str]:
    """Two seats of one price."""
    seats: dict[Any, list[str]] = {}
    by_ref: dict[str, Seat] = {s.ref: s for area in chart.free.areas for row in area.rows for s in row.seats}
    for label, ref in chart.refs.items():
        found = seats.setdefault((by_ref[ref].offer_key, by_ref[ref].row), [])
        found.append(label)
        if len(found) == 2:
            return found
    raise AssertionError("no two seats")


def test_the_chart_comes_with_a_token_that_is_kept_and_gone_on_with(ada: Visitor, road: Road) -> None:
    first = ada.opens()
    assert first.token in ada.kept
    assert first.token not in repr(first)
    assert first.workspace.startswith("workspace-")
    assert (first.script, first.origins) == (SCRIPT, (ORIGIN,))
    assert abs(first.expires_at - road.now() - timedelta(minutes=15)) < timedelta(seconds=20)
    categories = {category for category, _price in first.prices}
    seats = {s.offer_key.split("-")[0] for area in first.free.areas for row in area.rows for s in row.seats}
    assert seats <= categories
    second = ada.opens()
    assert (second.token, second.expires_at, second.renewed) == (first.token, first.expires_at, False)


def test_seats_chosen_on_the_chart_are_held_for_whoever_chose_them(ada: Visitor, road: Road) -> None:
    chart = ada.opens()
    labels = two(chart)
    assert ada.clicks(chart, *labels) == 204
    taken = {seat.ref for area in road.free().areas for row in area.rows for seat in row.seats}
    assert not taken & {chart.refs[label] for label in labels}  # nobody else is told that they are free
    again = ada.opens()
    assert set(labels) <= set(again.refs)  # for them they are, and stay so after a reload
    writes = road.calls("POST", "change-object-status")
    held = ada.holds(again, *labels)
    assert road.calls("POST", "change-object-status") == writes  # a seat is not held twice
    assert held.firm
    assert held.expires_at == chart.expires_at
    assert [len(item.tickets) for item in held.items] == [2]
    assert ada.opens().held == tuple(labels)
    assert not set(labels) & set(ada.opens().refs)


def test_a_seat_of_the_chart_and_one_of_the_list_are_held_together(ada: Visitor) -> None:
    chart = ada.opens()
    first, second = two(chart)
    assert ada.clicks(chart, first) == 204
    held = ada.holds(chart, first, second)
    assert sum(len(item.tickets) for item in held.items if item.state == "held") == 2


def test_a_rivals_choice_on_the_chart_is_not_ours(ada: Visitor, rival: Visitor) -> None:
    chart, other = ada.opens(), rival.opens()
    assert chart.token != other.token
    first, second = two(chart)
    assert ada.clicks(chart, first) == 204
    assert rival.clicks(other, first) == 400
    assert first not in rival.opens().refs
    with pytest.raises(SoldOut) as refused:
        rival.holds(other, first, second)
    assert refused.value.refs == (chart.refs[first],)
    held = ada.holds(chart, first, second)
    assert held.firm


def test_a_refused_choice_gives_back_what_the_chart_had_set_aside(ada: Visitor, rival: Visitor) -> None:
    chart, other = ada.opens(), rival.opens()
    first, second = two(chart)
    assert ada.clicks(chart, first) == 204
    assert rival.clicks(other, second) == 204
    with pytest.raises(SoldOut):
        ada.holds(chart, first, second)
    assert first in rival.opens().refs  # all or none


def test_a_token_that_ran_out_is_replaced_and_that_is_said(ada: Visitor, road: Road) -> None:
    chart = ada.opens()
    labels = two(chart)
    assert ada.clicks(chart, *labels) == 204
    road.advance(minutes=16)
    fresh = ada.opens()
    assert fresh.renewed
    assert fresh.token != chart.token
    assert chart.token not in ada.kept
    assert set(labels) <= set(fresh.refs)  # back on sale


def test_a_date_without_a_chart_has_none(ada: Visitor, road: Road) -> None:
    with pytest.raises(Unsupported):
        ada.desk.chart(None, road.event("Warm Static").ref, ada.keep)


def test_without_its_option_an_account_has_no_chart() -> None:
    assert not Tickethead(config(seatsio_chart="")).capabilities.chart


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("https://cdn-eu.seatsio.net/chart.js", []),
        ("http://127.0.0.1:8001/tickethead/seatsio/chart.js", []),
        ("", []),
        ("http://cdn-eu.seatsio.net/chart.js", ["shop.E083"]),
        ("cdn-eu.seatsio.net/chart.js", ["shop.E083"]),
        ("https://cdn-eu.seatsio.net/chart.js; script-src *", ["shop.E083"]),
    ],
)
def test_a_wrong_address_of_the_script_is_told_with_what_to_do(script: str, said: list[str]) -> None:
    found: list[CheckMessage] = checks_tickethead.of(
        config(seatsio_chart=script, seatsio_url="https://api-eu.seatsio.net")
    )
    assert [one.id for one in found] == said
    assert all("ACCOUNT_ARENA_SEATSIO_CHART" in str(one.hint) for one in found)
    assert Tickethead(config(seatsio_chart=script)).capabilities.chart == (bool(script) and not said)
