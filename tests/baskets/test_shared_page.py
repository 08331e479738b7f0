"""The choice page is drawn once for an answer and given to all; what is somebody's own is theirs alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from baskets import drawing, picking, shared
from baskets.holding import desk
from baskets.models import Attempt, Line
from catalog import availability, versions
from catalog.models import Event, Instance
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada, lines


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each time that the page is drawn."""
    versions.forget()
    shared.forget()
    found: list[str] = []
    context = drawing.context_of

    def counted(*arguments: Any, **named: Any) -> dict[str, Any]:
        found.append("drawn")
        return context(*arguments, **named)

    monkeypatch.setattr(drawing, "context_of", counted)
    monkeypatch.setattr(picking, "context_of", counted)
    return found


def own(ada: Ada) -> tuple[str, str, str]:
    form = ada.page.select_one("#pick")
    assert form is not None
    token = form.select_one("input[name=csrfmiddlewaretoken]")
    press = form.select_one("input[name=shown]")
    assert token is not None
    assert press is not None
    return str(token["value"]), str(press["value"]).partition(":")[0], str(press["value"]).partition(":")[2]


def test_two_visitors_have_one_page_and_tokens_of_their_own(
    ada: Ada, bob: Ada, hamlet: Instance, drawn: list[str]
) -> None:
    ada.pick(hamlet)
    bob.pick(hamlet)
    assert drawn == ["drawn"]
    (mine, my_press, my_seats), (theirs, their_press, their_seats) = own(ada), own(bob)
    assert my_seats == their_seats
    assert my_press != their_press
    assert mine != theirs
    for one in (ada, bob):
        text = one.response.content.decode()
        assert not [word for word in (shared.FORGERY, shared.PRESS, shared.BADGE) if word in text]
        assert "no-store" in one.response["Cache-Control"]
        assert one.client.cookies[settings.BASKET_COOKIE].value
        assert one.client.cookies[settings.CSRF_COOKIE_NAME].value


def test_each_opening_of_a_page_can_be_pressed_once(
    ada: Ada, hamlet: Instance, office: Office, drawn: list[str]
) -> None:
    ada.pick(hamlet)
    first = ada.fields()
    ada.pick(hamlet)
    second = ada.fields()
    assert first["shown"] != second["shown"]
    address = reverse("baskets:add", args=[hamlet.pk])
    for sent in (first, first, second):
        ada.post(address, {**sent, "door": "best", "party": "1"})
    assert Attempt.objects.count() == 2
    assert office.calls("hold") == 2


def test_a_form_is_taken_with_its_own_token_only(hamlet: Instance, office: Office) -> None:
    strict = Ada()
    strict.client = type(strict.client)(enforce_csrf_checks=True)
    strict.pick(hamlet)
    sent = {**strict.fields(), "door": "seats", "seat": ["SA1"]}
    strict.post(reverse("baskets:add", args=[hamlet.pk]), {**sent, "csrfmiddlewaretoken": "x" * 64})
    assert strict.status == 403
    strict.post(reverse("baskets:add", args=[hamlet.pk]), sent)
    assert strict.status == 200
    assert office.held() == {"SA1"}


@pytest.mark.parametrize("press", ["", "short", "a" * 33, "nul\x00nul-nul-nul", "ä" * 12, "a b c d e f g"])
def test_a_page_with_a_made_up_name_is_one_that_we_do_not_know(
    ada: Ada, hamlet: Instance, office: Office, press: str
) -> None:
    ada.pick(hamlet)
    _token, _press, seats = own(ada)
    ada.press(hamlet, door="seats", seat=["SA1"], shown=f"{press}:{seats}")
    assert ada.status == 422
    assert office.calls("hold") == 0


def test_another_party_area_or_answer_is_another_page(
    ada: Ada, bob: Ada, hamlet: Instance, office: Office, drawn: list[str]
) -> None:
    ada.pick(hamlet)
    ada.pick(hamlet, party=3)
    assert len(drawn) == 2
    assert "3 seats beside each other" in ada.text
    ada.pick(hamlet, area="Circle")
    assert len(drawn) == 3
    bob.pick(hamlet, party=3)
    assert len(drawn) == 3
    office.sold.add("SA1")
    availability.drop(hamlet)
    bob.pick(hamlet)
    assert len(drawn) == 4
    assert "SA1" not in {str(one["value"]) for one in bob.page.select("input[name=seat]")}


def test_what_the_venue_changes_is_seen_though_the_answer_is_the_same(
    ada: Ada, hamlet: Instance, drawn: list[str]
) -> None:
    ada.pick(hamlet)
    Event.objects.update(own_title="Hamlet, Prince")
    versions.bump()
    ada.pick(hamlet)
    assert "Hamlet, Prince" in ada.text
    Event.objects.update(stop_sale=True)
    ada.pick(hamlet)
    assert "stopped the sale" in ada.text, "which needs no new number: the row itself is asked"


def test_who_has_tickets_of_the_date_or_something_to_be_told_has_a_page_of_their_own(
    ada: Ada, bob: Ada, hamlet: Instance, macbeth: Instance, drawn: list[str]
) -> None:
    bob.pick(hamlet)
    ada.hold(hamlet, "SA1")
    ada.pick(hamlet)
    assert "held until" in ada.page.select_one("#badge").text  # type: ignore[union-attr]
    assert "SA1" not in {str(one["value"]) for one in ada.page.select("input[name=seat]")}
    bob.pick(hamlet)
    assert "held until" not in bob.text
    assert lines() == [("held", "SA1")]
    ada.post(reverse("baskets:remove", args=[Line.objects.get().pk]))
    drawn.clear()
    ada.client.post(reverse("baskets:clear"))
    ada.pick(macbeth)
    assert "Your basket is empty" in ada.text
    bob.pick(macbeth)
    assert "Your basket is empty" not in bob.text


def test_a_basket_with_another_date_is_in_the_header_of_the_shared_page(
    ada: Ada, bob: Ada, hamlet: Instance, macbeth: Instance, drawn: list[str]
) -> None:
    ada.hold(hamlet, "SA1")
    ada.basket()
    drawn.clear()
    ada.pick(macbeth)
    bob.pick(macbeth)
    assert ada.page.select_one("#badge .count").text.startswith("1")  # type: ignore[union-attr]
    assert bob.page.select_one("#badge .count") is None
    assert len(ada.page.select("#badge")) == len(bob.page.select("#badge")) == 1


def test_only_so_many_pages_are_kept(ada: Ada, hamlet: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST", 3)
    for party in range(1, 7):
        ada.pick(hamlet, party=party)
    assert len(shared._pages) == 3


@pytest.mark.parametrize("way", ["one line", "everything"])
def test_what_was_given_back_is_free_for_all_although_somebody_asked_while_it_went_back(
    ada: Ada, bob: Ada, hamlet: Instance, office: Office, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    ada.hold(hamlet, "SA1")
    ada.basket()
    release = desk.Desk.release

    def before(one: desk.Desk, *refs: Any) -> Any:
        bob.pick(hamlet)  # the box office does not have it again yet
        return release(one, *refs)

    monkeypatch.setattr(desk.Desk, "release", before)
    if way == "everything":
        ada.post(reverse("baskets:clear"))
    else:
        ada.post(reverse("baskets:remove", args=[Line.objects.get().pk]))
    assert office.held() == set()
    for one in (ada, bob):
        one.pick(hamlet)
        assert "SA1" in {str(seat["value"]) for seat in one.page.select("input[name=seat]")}


@pytest.mark.parametrize("removes", ["item", "ticket"])
def test_a_seat_of_several_that_was_given_back_is_free_at_once(
    ada: Ada, bob: Ada, hamlet: Instance, office: Office, removes: str
) -> None:
    office.removes = removes
    ada.hold(hamlet, "SA1", "SA2")
    bob.pick(hamlet)
    ada.post(reverse("baskets:change", args=[Line.objects.get().pk]), {"keep": ["SA1"]})
    assert office.held() == {"SA1"}
    for one in (ada, bob):
        one.pick(hamlet)
        assert "SA2" in {str(seat["value"]) for seat in one.page.select("input[name=seat]")}
