"""The basket with tickets that are sold in certain numbers and changed in place: pages, client and imitated provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from baskets.models import Hold, Line
from catalog import availability, refresh, versions
from catalog.models import Event, Instance
from shop import clock
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.xs2event import catalog as catalogs
from shop.standin.transport import StandinAdapter
from tests.baskets.conftest import Ada
from tests.standin.xs2event_caller import ORIGIN, Buyer, standin

GAME = "CD Puerto Alzado vs Atlético Miraluz"
EXACT, PAIRS = "Tribuna Cubierta", "Palco Lounge"


class Stadium:
    """The imitated provider, and what the shop knows of it."""

    def __init__(self, settings: Any) -> None:
        self.there = Buyer(standin())
        self.there.control("/clock", {"offset_seconds": (clock.now() - datetime.now(UTC)).total_seconds()})
        settings.PROVIDERS = {"xs2event": "shop.providers.xs2event.provider.XS2Event"}
        settings.PROVIDER_ACCOUNTS = {
            "stadium": AccountConfig(
                name="stadium", kind="xs2event", title="Stadium", base_url=f"{ORIGIN}/xs2event/v1",
                keys={"api_key": "demo-xs2-key"}, timezone="Europe/Amsterdam", currency="EUR", rate_per_second=0,
                options={
                    "fee_per_ticket": "EUR:350,GBP:300", "margin_percent": "10", "sports": "soccer",
                    "booking_email": "orders@shop.example",
                },
            )
        }  # fmt: skip

    def game(self, name: str = GAME) -> Instance:
        if not Event.objects.exists():
            refresh.refresh_account("stadium", trigger="test")
        return Instance.objects.filter(event__name=name, bookable=True).order_by("starts_at")[0]

    def ticket(self, game: Instance, area: str) -> dict[str, Any]:
        rows = self.there.get(
            "/tickets", event_id=game.provider_ref, ticket_status="available", stock="gt:0"
        )["tickets"]
        return min((row for row in rows if row["category_name"] == area), key=lambda row: row["net_rate"])

    def change(self, ticket: dict[str, Any], **values: Any) -> None:
        self.there.change(ticket, **values)


@pytest.fixture
def stadium(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stadium]:
    settings.FETCH_POSTERS = False
    found = Stadium(settings)
    monkeypatch.setattr(http, "mounts", {ORIGIN: StandinAdapter(found.there.app)})  # type: ignore[arg-type]
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    catalogs._categories.clear()
    availability._terms.cache_clear()
    versions.forget()
    yield found
    availability._terms.cache_clear()
    versions.forget()


def take(ada: Ada, game: Instance, ticket: dict[str, Any], number: int) -> None:
    ada.pick(game)
    ada.press(game, door="offers", **{f"q-{ticket['ticket_id']}": str(number)})


def act(ada: Ada, what: str, line: Line, data: dict[str, Any] | None = None) -> None:
    ada.post(reverse(f"baskets:{what}", args=[line.pk]), data or {})


def test_the_picker_offers_exactly_the_numbers_that_are_sold(stadium: Stadium, ada: Ada) -> None:
    game = stadium.game()
    exact, pairs = stadium.ticket(game, EXACT), stadium.ticket(game, PAIRS)
    page = ada.pick(game)
    assert ada.status == 200
    choices = [one["value"] for one in page.select(f"select[name=q-{exact['ticket_id']}] option")]
    assert choices == ["0", "1", "2", "3", "5"]
    number = page.select_one(f"input[name=q-{pairs['ticket_id']}]")
    assert number is not None
    assert number["step"] == "2"
    take(ada, game, pairs, 3)
    assert ada.status == 422
    take(ada, game, pairs, 2)
    assert ada.status == 200
    assert Line.objects.get().quantity == 2


def test_two_become_three_and_one_in_place(stadium: Stadium, ada: Ada) -> None:
    game = stadium.game()
    ticket = stadium.ticket(game, EXACT)
    take(ada, game, ticket, 2)
    line, handle = Line.objects.get(), Hold.objects.get().expires_at
    page = ada.get(reverse("baskets:change", args=[line.pk]))
    assert [one["value"] for one in page.select("select[name=quantity] option")] == ["0", "1", "2", "3", "5"]
    assert "whole groups" not in ada.text
    for number, words in ((3, "Basket, 3 tickets"), (1, "Basket, 1 ticket")):
        act(ada, "change", Line.objects.get(), {"quantity": str(number)})
        assert words in ada.text
        line = Line.objects.get()
        assert (line.quantity, line.state) == (number, "held")
        assert stadium.there.left(ticket) == ticket["stock"] - number
    assert Hold.objects.get().expires_at == handle  # the ten minutes do not begin anew
    assert len(stadium.there.books()["reservations"]) == 1
    act(ada, "change", line, {"quantity": "4"})
    assert "Nothing was changed" in ada.text
    assert Line.objects.get().quantity == 1
    act(ada, "change", line, {"quantity": "0"})
    assert stadium.there.left(ticket) == ticket["stock"]


def test_another_price_is_shown_and_waits_for_a_yes(stadium: Stadium, ada: Ada) -> None:
    game = stadium.game()
    ticket = stadium.ticket(game, EXACT)
    ada.pick(game)
    stadium.change(ticket, net_rate=ticket["net_rate"] + 1000)
    ada.press(game, door="offers", **{f"q-{ticket['ticket_id']}": "2"})
    line = Line.objects.get()
    assert (line.state, line.price_minor - (line.was_minor or 0)) == ("changed", 2 * 1100)
    ada.basket()
    act(ada, "accept", line, {"price": str(line.price_minor)})
    assert "Thank you. The new price is" in ada.text
    assert Line.objects.get().state == "held"


def test_what_somebody_else_took_meanwhile_is_said(stadium: Stadium, ada: Ada) -> None:
    game = stadium.game()
    ticket = stadium.ticket(game, EXACT)
    ada.pick(game)
    stadium.change(ticket, stock=1)
    ada.press(game, door="offers", **{f"q-{ticket['ticket_id']}": "3"})
    assert ada.status == 422
    assert not Line.objects.filter(state="held").exists()


def test_after_ten_minutes_the_same_can_be_tried_again(
    stadium: Stadium, ada: Ada, move_clock: Callable[[timedelta], None]
) -> None:
    game = stadium.game()
    ticket = stadium.ticket(game, EXACT)
    take(ada, game, ticket, 2)
    move_clock(timedelta(minutes=11))
    stadium.there.advance(11 * 60)
    ada.basket()
    line = Line.objects.get()
    assert (line.state, line.problem) == ("gone", "hold_expired")
    assert stadium.there.left(ticket) == ticket["stock"]
    act(ada, "retry", line)
    assert "They are yours again." in ada.text
    assert [(one.state, one.quantity) for one in Line.objects.all()] == [("held", 2)]


def test_two_games_lie_in_one_reservation_and_pounds_in_another_basket(stadium: Stadium, ada: Ada) -> None:
    game, other = stadium.game(), stadium.game("AC Portorosso vs US Montelago")
    pounds = Instance.objects.filter(event__venue__country="GB", bookable=True).order_by("starts_at")[0]
    take(ada, game, stadium.ticket(game, EXACT), 1)
    take(ada, other, stadium.ticket(other, "Tribuna Laterale"), 1)
    assert len(stadium.there.books()["reservations"]) == 1
    rows = stadium.there.get(
        "/tickets", event_id=pounds.provider_ref, stock="gt:0", ticket_status="available"
    )["tickets"]
    plain = next(
        row for row in rows if row["currency_code"] == "GBP" and not row["flags"] and row["min_order"] == 1
    )
    take(ada, pounds, plain, 1)
    assert {hold.basket.currency for hold in Hold.objects.all()} == {"EUR", "GBP"}
    assert len(stadium.there.books()["reservations"]) == 2
    line = Line.objects.get(instance=other)
    act(ada, "remove", line)
    assert Line.objects.filter(state="held").count() == 2


def test_a_date_that_is_not_certain_says_so(stadium: Stadium, ada: Ada) -> None:
    stadium.game()
    event = Event.objects.filter(notice__gt="").first()
    assert event is not None
    ada.get(event.get_absolute_url())
    assert "still to be confirmed" in ada.text
    assert "date_to_be_confirmed" not in ada.text
