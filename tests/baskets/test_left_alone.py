"""A box office that is left alone for not answering: buyers are told at once, and lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from baskets import holding, sweeping
from baskets.models import Attempt, Basket, Line
from catalog.models import Instance
from shop import breakers
from shop.providers import http
from shop.providers.errors import Resting
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada, lines, only_hold
from tests.baskets.test_holding import add

SAID = (
    "The box office of West Box Office does not answer just now. Your other tickets are safe. "
    "Try again in a minute."
)


def left_alone(name: str = "west") -> None:
    call = http.CallInfo(name, "event", "GET", "/", False, outcome="unavailable")
    for _again in range(breakers.FAILURES):
        breakers.listen(call)


def test_the_choice_stays_on_the_page_and_nobody_is_asked(ada: Ada, hamlet: Instance, office: Office) -> None:
    ada.pick(hamlet)
    left_alone()
    ada.press(hamlet, door="seats", seat=["SA1", "SA2"])
    assert ada.status == 503
    assert SAID in ada.text
    kept = [str(one["value"]) for one in ada.page.select("input[type=hidden][name=seat]")]
    assert kept == ["SA1", "SA2"]
    assert office.calls("hold") == 0
    assert not Line.objects.exists()


def test_a_date_that_is_looked_at_says_so_with_a_way_on(ada: Ada, hamlet: Instance, office: Office) -> None:
    left_alone()
    ada.pick(hamlet)
    assert ada.status == 503
    assert SAID in ada.text
    assert "Try again" in ada.text
    assert office.calls("availability") == 0


def test_tickets_of_others_are_chosen_as_ever(ada: Ada, hamlet: Instance, night: Instance) -> None:
    left_alone("west")
    ada.pick(night)
    assert ada.status == 200


def test_a_wish_that_was_not_asked_for_is_asked_for_when_it_is_sent_again(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable[[timedelta], None]
) -> None:
    left_alone()
    with pytest.raises(Resting):
        add(basket, hamlet, "SA1", token="t")
    assert not Attempt.objects.filter(state=Attempt.State.ASKED).exists()
    move_clock(timedelta(seconds=40))
    add(basket, hamlet, "SA1", token="t")  # the one try
    assert office.held() == {"SA1"}
    assert len(lines()) == 1


def test_what_is_given_back_is_given_back_at_once(basket: Basket, hamlet: Instance, office: Office) -> None:
    add(basket, hamlet, "SA1")
    left_alone()
    assert holding.remove(Line.objects.get())
    assert office.held() == set()


def test_nothing_is_given_back_for_what_could_not_be_had_again(
    basket: Basket, hamlet: Instance, office: Office
) -> None:
    add(basket, hamlet, "SA1", "SA2")
    left_alone()
    with pytest.raises(Resting):
        holding.others(Line.objects.get())
    assert office.held() == {"SA1", "SA2"}
    assert office.calls("release") == 0
    assert [state for state, _seats in lines()] == ["held"]


def test_a_hold_whose_answer_was_lost_is_read_all_the_same(
    basket: Basket, hamlet: Instance, office: Office, move_clock: Callable[[timedelta], None]
) -> None:
    from shop.providers.errors import OutcomeUnknown

    office.faults["hold"] = ["lost after"]
    with pytest.raises(OutcomeUnknown):
        add(basket, hamlet, "SA1")
    left_alone()
    move_clock(timedelta(seconds=3))
    assert sweeping.sweep()["read"] == 1
    assert only_hold().state == "open"
    assert [state for state, _seats in lines()] == ["held"]


def test_one_silent_box_office_does_not_keep_the_sweep_from_the_others(
    basket: Basket, hamlet: Instance, date: Callable[..., Instance], office: Office,
    move_clock: Callable[[timedelta], None],
) -> None:  # fmt: skip
    add(basket, hamlet, "SA1")
    elsewhere = date("east", "Othello", "Europe/London", "GBP")
    add(basket, elsewhere, "SA2")
    move_clock(timedelta(minutes=20))
    office.faults["read"] = ["down"]
    done = sweeping.sweep()
    assert (done["failed"], done["read"]) == (1, 1)
