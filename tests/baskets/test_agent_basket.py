"""A basket at a box office that our server asks with signed calls: everything with plain forms, no script, no errand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from bs4 import Tag
from django.urls import reverse

from baskets import extras, lifecycle, tasks
from baskets.holding import lines, served
from baskets.models import Attempt, Basket, Errand, Hold, Line, LostNote, NoteQuestion
from catalog.models import Instance
from shop import clock
from tests.baskets import agent_office
from tests.baskets.agent_office import FRIEND, FUND, PROGRAMME, SEATS, AgentOffice
from tests.baskets.conftest import Ada
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import LOST

FULL = f"u:{sx.HALL}:{sx.FULL}"


@pytest.fixture
def agency(settings: Any, db: None) -> Iterator[AgentOffice]:
    with agent_office.opened(settings) as found:
        yield found


@pytest.fixture
def hall(agency: AgentOffice) -> Instance:
    """A date without numbered seats."""
    return agency.puts_on(sx.STALLS_ONLY, sx.HALL)


@pytest.fixture
def house(agency: AgentOffice) -> Instance:
    """One with numbered seats."""
    return agency.puts_on(sx.HOUSE, sx.THEATRE, days=21)


def buy(ada: Ada, instance: Instance, count: int = 2) -> None:
    ada.pick(instance)
    ada.press(instance, **{"door": "offers", f"q-{FULL}": str(count)})


def shelf(ada: Ada, **values: str) -> None:
    """Fill in what the venue sells beside tickets and press the button."""
    ada.get(reverse("baskets:extras", args=["lantern"]))
    found = ada.page.select_one("form.extras")
    assert isinstance(found, Tag), ada.text
    sent = {
        str(one["name"]): str(one.get("value", ""))
        for one in found.select("input[name]")
        if one.get("type") not in ("checkbox", "radio") or one.has_attr("checked")
    }
    ada.post(str(found["action"]), sent | {name.replace("__", "-"): value for name, value in values.items()})


DONATION, BOUGHT = {f"donation__{FUND}__amount": "500"}, {f"merchandise__{PROGRAMME}__quantity": "2"}


# --- tickets ------------------------------------------------------------------------------------------------------


def test_tickets_are_in_the_basket_with_one_press_and_no_script(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    buy(ada, hall)
    assert ada.response.redirect_chain[-1][0].startswith(reverse("baskets:detail"))
    assert "£49.00" in ada.text
    assert "names no end of it" in ada.text
    assert not Errand.objects.exists()
    hold = Hold.objects.get()
    assert (hold.state, hold.firm, hold.verified, hold.expires_at) == ("open", True, True, None)
    assert len(agency.only["tickets"]) == 2


def test_a_numbered_seat_is_chosen_from_the_list(ada: Ada, house: Instance, agency: AgentOffice) -> None:
    ada.pick(house)
    ada.press(house, door="seats", seat=[SEATS[1], SEATS[2]])
    assert [one["seatName"] for one in agency.only["tickets"]] == ["A2", "A3"]
    assert "A2" in ada.text
    assert "Choose and pay at" not in ada.pick(house).get_text()


def test_a_seat_that_was_taken_meanwhile_leads_back_to_the_choice(
    ada: Ada, house: Instance, agency: AgentOffice
) -> None:
    ada.pick(house)
    agency.seats(SEATS[2])
    ada.press(house, door="seats", seat=[SEATS[1], SEATS[2]])
    assert ada.status == 422
    assert agency.only["tickets"] == []


def test_where_our_own_seats_are_not_allowed_the_venues_page_sells(
    ada: Ada, house: Instance, agency: AgentOffice, settings: Any
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": agency.account(own_seats="no")}
    ada.pick(house)
    assert "Choose and pay at Lantern House" in ada.text
    assert "Have you chosen there already?" not in ada.text


def test_several_dates_are_one_array(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    other = ident_of_second(agency)
    ada.pick(hall)
    ada.press(hall, **{"door": "offers", f"q-{FULL}": "1", "also": [str(other.pk)]})
    (array,) = agency.sent("POST", "/tickets")
    assert [one["instance"] for one in array] == [hall.provider_ref, other.provider_ref]
    assert Line.objects.filter(state="held").count() == 2


def ident_of_second(agency: AgentOffice) -> Instance:
    ref = sx.ident(41499)
    sx.PLANS.setdefault(ref, sx.PLANS[sx.STALLS_ONLY])
    return agency.puts_on(ref, sx.HALL, days=22)


def test_a_ticket_is_removed_and_the_rest_stays(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    buy(ada, hall)
    ada.post(reverse("baskets:remove", args=[Line.objects.first().pk]))
    assert len(agency.only["tickets"]) == 1
    assert Line.objects.count() == 1


def test_a_basket_that_timed_out_is_said_and_can_be_begun_again(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    buy(ada, hall)
    agency.time_out()
    ada.post(reverse("baskets:check"))
    line = Line.objects.first()
    assert (line.state, line.hold.state) == ("gone", "closed")
    ada.post(reverse("baskets:retry", args=[line.pk]))
    assert len(agency.only["tickets"]) == 1


def test_adding_to_a_basket_that_timed_out_begins_a_fresh_one(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    buy(ada, hall)
    agency.time_out()
    buy(ada, hall, count=1)
    buy(ada, hall, count=1)
    assert len(agency.only["tickets"]) == 1
    assert Hold.objects.filter(state="open").count() == 1


def test_what_has_no_deadline_is_watched_while_somebody_is_there(
    ada: Ada, hall: Instance, agency: AgentOffice, move_clock: Callable[[timedelta], None]
) -> None:
    buy(ada, hall)
    due = Hold.objects.get().due_at
    assert due is not None
    assert due - clock.now() <= lines.WATCH_EVERY
    agency.time_out()
    move_clock(lines.WATCH_EVERY)
    tasks.sweep()
    assert {line.state for line in Line.objects.all()} == {"gone"}


def test_nobody_is_watched_for_whoever_has_left(
    ada: Ada, hall: Instance, agency: AgentOffice, move_clock: Callable[[timedelta], None]
) -> None:
    buy(ada, hall)
    move_clock(lines.LONGEST_HOLD)
    tasks.sweep()
    assert Hold.objects.get().due_at is None
    assert Line.objects.filter(state="held").count() == 2


# --- beside tickets -----------------------------------------------------------------------------------------------


def test_the_basket_page_offers_what_the_venue_sells_beside_tickets(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    extras.refresh(hall.event.account)
    buy(ada, hall, count=1)
    ada.get(reverse("baskets:detail"))
    assert ada.page.select_one("#extras-lantern form.extras") is not None
    assert "Roof fund" in ada.text


def test_a_donation_and_a_programme_are_in_the_basket_at_once(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    extras.refresh(hall.event.account)
    buy(ada, hall, count=1)
    shelf(ada, **DONATION, **BOUGHT)
    assert "In your basket now: Roof fund, Programme." in ada.text
    assert "£38.50" in ada.text  # 24.50 + 5 + 2 * 4.50
    assert len(agency.held) == 1
    assert Errand.objects.get().state == Errand.State.DONE


def test_a_donation_alone_makes_a_basket_and_can_be_taken_out(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    extras.refresh(hall.event.account)
    shelf(ada, **DONATION)
    hold = Hold.objects.get()
    (one,) = hold.beside["extras"]
    ada.post(reverse("baskets:remove_extra", args=[hold.pk]), {"ref": one["ref"]})
    assert agency.only["donations"] == []
    assert "Removed. The box office has it back." in ada.text


def test_to_remove_the_last_ticket_leaves_a_donation(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    extras.refresh(hall.event.account)
    buy(ada, hall, count=1)
    shelf(ada, **DONATION)
    ada.post(reverse("baskets:remove", args=[Line.objects.get().pk]))
    assert (agency.only["tickets"], len(agency.only["donations"])) == ([], 1)
    assert Hold.objects.get().beside["extras"]
    ada.post(reverse("baskets:clear"))
    assert agency.only["donations"] == []
    assert Hold.objects.get().state == "closed"


def test_a_basket_that_is_given_up_gives_everything_back(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    extras.refresh(hall.event.account)
    buy(ada, hall, count=1)
    shelf(ada, **DONATION)
    lifecycle.expire(Basket.objects.get())
    tasks.sweep()
    assert (agency.only["tickets"], agency.only["donations"]) == ([], [])


def test_what_cannot_be_had_is_said_beside_the_thing(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    extras.refresh(hall.event.account)
    agency.refuses = lambda method, path, body: (
        (400, {"message": "The customer already has this membership."}) if "membership" in path else None
    )
    shelf(ada, **{f"membership__{FRIEND}__join": "on"})
    assert ada.response.redirect_chain[-1][0] == reverse("baskets:extras", args=["lantern"])
    assert ada.page.select_one("p.error") is not None
    assert Attempt.objects.get().state == Attempt.State.REFUSED


def test_the_rest_is_had_where_one_thing_is_refused(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    extras.refresh(hall.event.account)
    agency.refuses = lambda method, path, body: (
        (400, {"message": "sold out"}) if "merchandise" in path else None
    )
    shelf(ada, **DONATION, **BOUGHT)
    assert "In your basket now: Roof fund." in ada.text
    assert len(agency.only["donations"]) == 1


def test_pressed_twice_it_is_bought_once(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    extras.refresh(hall.event.account)
    ada.get(reverse("baskets:extras", args=["lantern"]))
    form = ada.page.select_one("form.extras")
    assert isinstance(form, Tag)
    sent = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
    sent[f"donation-{FUND}-amount"] = "500"
    for _press in range(2):
        ada.post(str(form["action"]), sent)
    assert len(agency.only["donations"]) == 1
    assert "We have asked for these already" in ada.text


def test_what_another_press_has_had_meanwhile_is_not_bought_again(
    ada: Ada, hall: Instance, agency: AgentOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second press waits for the first one's claim; when its turn comes, it is done already."""
    extras.refresh(hall.event.account)
    waiting = served.look_first

    def its_turn(desk: Any) -> None:
        Attempt.objects.update(state=Attempt.State.DONE)
        waiting(desk)

    monkeypatch.setattr(served, "look_first", its_turn)
    shelf(ada, **DONATION)
    assert agency.sent("POST", "/donations") == []
    assert "We have asked for these already" in ada.text


@pytest.mark.parametrize("there", [True, False])
def test_a_lost_answer_is_told_by_the_basket(
    ada: Ada, hall: Instance, agency: AgentOffice, there: bool, move_clock: Callable[[timedelta], None]
) -> None:
    extras.refresh(hall.event.account)
    lost: Any = LOST if there else requests.ReadTimeout()
    agency.says = lambda method, path: lost if path.endswith("/donations") else None
    shelf(ada, **DONATION)
    agency.says = lambda method, path: None
    move_clock(timedelta(seconds=5))
    tasks.sweep()
    assert bool(Hold.objects.order_by("pk").last().beside.get("extras")) is there
    assert Attempt.objects.get().state == (Attempt.State.DONE if there else Attempt.State.REFUSED)
    assert len(agency.sent("POST", "/donations")) == 1


def test_without_scripts_there_is_no_other_road_to_point_to(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    extras.refresh(hall.event.account)
    ada.get(reverse("baskets:extras", args=["lantern"]))
    assert ada.page.select("noscript") == []
    assert "season ticket" not in ada.text.lower()


# --- codes and answers --------------------------------------------------------------------------------------------


def use(ada: Ada, code: str) -> None:
    ada.post(
        reverse("baskets:code", args=[Hold.objects.get().pk]),
        {f"code-{Hold.objects.get().pk}": code, "code": code},
    )


def test_a_code_counts_at_once_or_is_explained(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    buy(ada, hall, count=1)
    use(ada, "WINTER")
    assert "The code counts." in ada.text
    assert agency.only["promoCode"] == "WINTER"
    ada.post(reverse("baskets:code", args=[Hold.objects.get().pk]), {"take_away": "1"})
    assert "The code is taken away." in ada.text
    use(ada, "NONE")
    assert "The code was not taken. Nothing was changed." in ada.text
    assert Hold.objects.get().state == "open"


def question(hall: Instance, **more: Any) -> NoteQuestion:
    given = {"label": "Name on ticket", "words": "Name on the ticket", **more}
    return NoteQuestion.objects.create(account=hall.event.account, **given)


def answer(ada: Ada, text: str) -> None:
    ada.basket()
    form = ada.page.select_one(".notes form")
    assert isinstance(form, Tag), ada.text
    sent = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    (name,) = [str(one["name"]) for one in form.select("input[type=text]")]
    ada.post(str(form["action"]), {**sent, name: text, "for": "one"})


def test_an_answer_is_noted_and_shown_as_it_was_read_back(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    question(hall)
    buy(ada, hall, count=1)
    answer(ada, "Ada")
    assert agency.only["tickets"][0]["attribute_Nameonticket"] == "Ada"
    assert "Saved. The box office has your answers." in ada.text
    assert "Ada" in ada.text


def test_a_label_that_is_not_taken_goes_to_staff_and_loses_nothing(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    question(hall, label="Unknown label")
    buy(ada, hall, count=1)
    answer(ada, "Ada")
    assert LostNote.objects.get().label == "Unknown label"
    assert "Ada" in ada.text


def test_what_was_typed_survives_a_box_office_that_does_not_answer(
    ada: Ada, hall: Instance, agency: AgentOffice
) -> None:
    question(hall)
    buy(ada, hall, count=1)
    agency.says = lambda method, path: (503, {}) if method == "PATCH" else None
    answer(ada, "Ada")
    agency.says = lambda method, path: None
    assert "Ada" in str(ada.page)
    assert "Ada" in str(ada.basket())


def test_what_is_still_needed_stops_the_way_to_payment(ada: Ada, hall: Instance, agency: AgentOffice) -> None:
    question(hall, required=True)
    buy(ada, hall, count=1)
    assert "Answer what is still needed" in ada.basket().get_text()
    answer(ada, "Ada")
    assert "Go to payment" in ada.basket().get_text()
