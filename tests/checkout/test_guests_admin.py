"""Guests in the admin: for those who may see buyers, of their own venue, masked; and the table to take away."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from checkout.admin_guests import plain
from checkout.models import Guest, Order
from shop import clock
from shop.models import User
from shop.roles import VENUE_STAFF, keep_roles
from tests.checkout.conftest import Ada
from tests.checkout.guest_world import GuestWorld
from tests.checkout.test_admin import change, other, person  # noqa: F401
from tests.checkout.test_guests_later import bought, club, everybody, saves  # noqa: F401

pytestmark = pytest.mark.django_db
EXPORT = "admin:checkout_guest_export"
LIST = "admin:checkout_guest_changelist"


@pytest.fixture
def half(bought: Ada, club: GuestWorld) -> Order:  # noqa: F811
    """One guest has filled in theirs."""
    saves(bought, everybody()[0])
    return bought.now()


@pytest.fixture
def garrick(ada: Ada) -> Any:
    return ada.season["west-end"].event.venue


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_page_of_an_order_shows_its_guests_masked(half, garrick):
    text = person("vera", garrick).get(change(half)).content.decode()
    assert "Guest 1" in text
    assert "Passport number: ••••4567" in text
    assert "Date of birth: ••••1990" in text
    for secret in ("AB1234567", "AB 123 4567", "1990-12-31", Guest.objects.first().token):
        assert secret not in text


def test_who_may_not_see_buyers_sees_how_far_it_is_and_no_names(half, garrick):
    text = person("noel", garrick, personal=False).get(change(half)).content.decode()
    assert "Guest 1" in text
    assert "4567" not in text
    assert "••••" not in text


def test_who_may_not_see_buyers_has_neither_the_list_nor_the_table(half, garrick):
    client = person("noel", garrick, personal=False)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(reverse(EXPORT)).status_code == 403
    assert Client().get(reverse(EXPORT)).status_code == 302


def test_a_house_sees_the_guests_of_its_own_dates_only(half, garrick, other):  # noqa: F811
    guest = Guest.objects.first()
    own = person("vera", garrick)
    assert half.number in own.get(reverse(LIST)).content.decode()
    page = own.get(reverse("admin:checkout_guest_change", args=[guest.pk]))
    assert "••••4567" in page.content.decode()
    assert guest.token not in page.content.decode()
    stranger = person("eve", other)
    assert half.number not in stranger.get(reverse(LIST)).content.decode()
    assert stranger.get(reverse("admin:checkout_guest_change", args=[guest.pk])).status_code == 404
    assert len(rows(stranger.get(reverse(EXPORT)))) == 1


def test_the_table_has_a_line_for_each_guest_who_is_to_be_filled_in(half, garrick):
    answer = person("vera", garrick).get(reverse(EXPORT))
    assert answer["Content-Type"].startswith("text/csv")
    head, *lines = rows(answer)
    (line,) = lines
    told = dict(zip(head, line, strict=True))
    assert told["Order"] == half.number
    assert told["Guest"] == "2"
    assert told["Missing"] == "first name, date of birth, passport number"
    assert told["E-mail of the buyer"] == "ada@example.org"
    assert "4567" not in answer.content.decode()


def test_what_is_over_is_not_in_the_table(half, garrick, move_clock):
    move_clock(timedelta(days=41))
    assert len(rows(person("vera", garrick).get(reverse(EXPORT)))) == 1


def test_a_name_that_looks_like_a_formula_is_text_in_the_table(half, garrick):
    Order.objects.filter(pk=half.pk).update(first_name="=HYPERLINK(1)", last_name="")
    _head, line = rows(person("vera", garrick).get(reverse(EXPORT)))
    assert "'=HYPERLINK(1)" in line
    assert plain("-1") == "'-1"
    assert plain(" +1") == "' +1"
    assert plain("\t=1") == "'\t=1"
    assert plain("Ada-Marie") == "Ada-Marie"


def test_the_list_can_be_narrowed_to_what_is_to_be_done(half, garrick):
    client = person("vera", garrick)
    found = client.get(reverse(LIST), {"todo": "yes"}).context["cl"].queryset
    assert [guest.number for guest in found] == [2]
    assert clock.now() < found[0].needed_by


def test_nothing_of_a_guest_can_be_changed_by_hand(half, garrick):
    guest = Guest.objects.first()
    client = person("root", boss=True)
    client.post(reverse("admin:checkout_guest_change", args=[guest.pk]), {"state": "accepted"})
    guest.refresh_from_db()
    assert guest.state == "saved"
    assert client.get(reverse("admin:checkout_guest_add")).status_code == 403


def test_the_people_of_a_venue_have_the_list_by_their_group(half, garrick):
    keep_roles(apps.get_app_config("checkout"))  # as `migrate` does
    user = User.objects.create(username="gina", is_staff=True)
    user.groups.add(Group.objects.get(name=VENUE_STAFF))
    garrick.staff.add(user)
    client = Client()
    client.force_login(user)
    assert half.number in client.get(reverse(LIST)).content.decode()
    assert len(rows(client.get(reverse(EXPORT)))) == 2
