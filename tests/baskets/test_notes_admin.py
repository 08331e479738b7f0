"""Questions to buyers are edited by whoever runs the account; what a box office did not take is shown to its staff."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from baskets.models import LostNote, NoteQuestion
from catalog.models import Instance, ProviderAccount, Venue
from shop import clock, roles
from tests.baskets.cookie_office import CookieOffice

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:baskets_notequestion_changelist", "admin:baskets_notequestion_add"
GOOD = {
    "level": "ticket", "label": "Registrant Meal Choice", "words": "Which meal?", "hint": "Served at seven.",
    "kind": "choice", "choices": "Vegan\nFish\n", "longest": "100", "required": "on", "position": "0", "active": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _roles(play: Instance) -> None:
    roles.keep_roles(apps.get_app_config("checkout"))


@pytest.fixture
def house() -> Venue:
    return Venue.objects.get(slug="lantern-house")


def sign_in(*venues: Venue, superuser: bool = False, group: bool = True) -> Client:
    name = f"user{get_user_model().objects.count()}"
    user = get_user_model().objects.create_user(name, password="x", is_staff=True, is_superuser=superuser)
    if group:
        user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    for one in venues:
        one.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


def account() -> ProviderAccount:
    return ProviderAccount.objects.get(name="lantern")


def sent(**more: str) -> dict[str, str]:
    return {"account": str(account().pk), **GOOD, **more}


def text(answer: Any) -> str:
    return BeautifulSoup(answer.content, "html.parser").get_text(" ")


def test_a_question_is_added_by_the_people_of_the_house(house: Venue) -> None:
    vera = sign_in(house)
    answer = vera.post(reverse(ADD), sent(label="  Registrant  Meal Choice "))
    assert answer.status_code == 302, text(answer)
    row = NoteQuestion.objects.get()
    assert (row.label, row.listed, row.required) == ("Registrant  Meal Choice", ["Vegan", "Fish"], True)
    assert "Which meal?" in text(vera.get(reverse(LIST)))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"label": "attribute_Meal"}, "Leave out “attribute_”"),
        ({"label": "???"}, "at least one letter or digit"),
        ({"label": ""}, "This field is required"),
        ({"choices": "Vegan"}, "at least two answers"),
        ({"kind": "text"}, "Only “one of a list” has a list"),
        ({"longest": "501"}, "Between 1 and 500 characters"),
        ({"longest": "0"}, "Between 1 and 500 characters"),
        ({"choices": "\n".join(str(n) for n in range(61))}, "at most 60 answers"),
    ],
)
def test_what_cannot_work_is_told_in_clear_words(house: Venue, wrong: dict[str, str], complaint: str) -> None:
    answer = sign_in(house).post(reverse(ADD), sent(**wrong))
    assert answer.status_code == 200
    assert complaint in text(answer)
    assert not NoteQuestion.objects.exists()


def test_two_labels_that_are_read_back_under_one_name_are_refused(house: Venue) -> None:
    vera = sign_in(house)
    vera.post(reverse(ADD), sent())
    answer = vera.post(reverse(ADD), sent(label="Registrant Meal-Choice"))
    assert "reads both back under one name" in text(answer)
    assert vera.post(reverse(ADD), sent(label="Registrant Meal-Choice", level="order")).status_code == 302


def test_a_question_about_the_order_is_kept_and_said_not_to_be_asked_while_the_switch_is_off(
    house: Venue, lantern: CookieOffice, settings: Any
) -> None:
    vera = sign_in(house)
    answer = vera.post(reverse(ADD), sent(level="order"), follow=True)
    assert "not asked yet: ORDER_ATTRIBUTES of Lantern House is off" in text(answer)
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(order_attributes="yes")}
    answer = vera.post(reverse(ADD), sent(level="order", label="Other"), follow=True)
    assert "not asked yet" not in text(answer)


def test_the_label_of_our_order_number_is_no_question(
    house: Venue, lantern: CookieOffice, settings: Any
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(reference_label="Shop Reference")}
    answer = sign_in(house).post(reverse(ADD), sent(level="order", label="Shop  Reference"))
    assert "This one takes our order number." in text(answer)
    assert not NoteQuestion.objects.exists()


def test_people_of_another_house_see_nothing_of_it(house: Venue) -> None:
    row = NoteQuestion.objects.create(account=account(), label="Meal", words="Which meal?")
    other = ProviderAccount.objects.create(name="else", kind="tickethead", title="Else")
    ada = sign_in(Venue.objects.create(name="Elsewhere", slug="elsewhere", account=other))
    assert "Which meal?" not in text(ada.get(reverse(LIST)))
    assert ada.get(reverse("admin:baskets_notequestion_change", args=[row.pk])).status_code == 404
    assert (
        ada.post(reverse("admin:baskets_notequestion_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 404
    )
    answer = ada.post(reverse(ADD), sent())
    assert answer.status_code in (200, 403)
    assert NoteQuestion.objects.count() == 1
    form = BeautifulSoup(ada.get(reverse(ADD)).content, "html.parser")
    assert [one["value"] for one in form.select("select[name=account] option") if one["value"]] == []


def test_a_house_among_others_looks_and_does_not_change(house: Venue) -> None:
    Venue.objects.create(name="Second", slug="second", account=account())
    row = NoteQuestion.objects.create(account=account(), label="Meal", words="Which meal?")
    vera = sign_in(house)
    address = reverse("admin:baskets_notequestion_change", args=[row.pk])
    assert vera.get(address).status_code == 200
    assert vera.post(address, sent(words="Other")).status_code == 403
    assert vera.get(reverse(ADD)).status_code == 403
    row.refresh_from_db()
    assert row.words == "Which meal?"


def test_staff_see_what_was_not_taken_with_its_reason_and_put_it_away(house: Venue) -> None:
    now = clock.now()
    row = LostNote.objects.create(account=account(), level="ticket", label="Meal Choise", reason="attribute_missing",
                                  times=3, first_at=now, last_at=now)  # fmt: skip
    vera = sign_in(house)
    listing = reverse("admin:baskets_lostnote_changelist")
    shown = text(vera.get(listing))
    assert "Meal Choise" in shown
    assert "did not read it back under this name" in shown
    page = text(vera.get(reverse("admin:baskets_lostnote_change", args=[row.pk])))
    assert "letter by letter" in page
    vera.post(listing, {"action": "dealt_with", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.handled
    other = ProviderAccount.objects.create(name="else", kind="tickethead", title="Else")
    ada = sign_in(Venue.objects.create(name="Elsewhere", slug="elsewhere", account=other))
    assert "Meal Choise" not in text(ada.get(listing))
