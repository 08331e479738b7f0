"""Dates that are sold on the provider's own page only: prices are shown here, nothing is held or asked for here."""

from __future__ import annotations

import pytest
from django.urls import reverse

from baskets.models import Hold
from catalog.models import Instance
from tests.baskets.box_office import Office
from tests.baskets.conftest import Ada

THERE = "https://tickets.lantern.example/website/ChooseSeats.aspx?EventInstanceId=200"


@pytest.fixture
def office(office: Office) -> Office:
    office.there = THERE
    return office


def test_the_price_is_shown_with_a_link_and_without_a_field(
    ada: Ada, night: Instance, office: Office
) -> None:
    ada.pick(night)
    link = ada.page.select_one("#choose-there")
    assert link is not None
    assert link["href"] == THERE
    assert "chosen and paid on the page of" in ada.text
    assert "Floor, Adult" in ada.text
    assert "€25.00" in ada.text
    assert not ada.page.select("#pick input[type=number], #pick button, #look")
    assert "Not to be had now" not in ada.text
    assert "None free" not in ada.text


def test_a_forged_choice_asks_nobody(ada: Ada, night: Instance, office: Office) -> None:
    ada.pick(night)
    ada.press(night, door="offers", **{"q-adult": "2"})
    assert ada.status == 422
    assert office.calls("hold") == 0
    assert not Hold.objects.exists()


def test_their_page_is_never_asked_what_is_in_a_basket(ada: Ada, night: Instance, office: Office) -> None:
    ada.post(reverse("baskets:look", args=[night.pk]))
    assert "does not offer that" in ada.text
    assert office.calls("read") == 0
    assert not Hold.objects.exists()
