"""What a buyer answered about tickets and order goes with the order, sealed, and is seen by whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from baskets.models import Hold
from catalog.models import Instance, Venue
from checkout.models import Booking, Order
from shop import roles
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.baskets.test_notes_page import ACCESS, answer, ask
from tests.checkout.test_hosted_checkout import lantern, look, play, to_payment, vi

__all__ = ["lantern", "play", "vi"]


@pytest.fixture
def noted(vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any) -> Visitor:
    """Two tickets with an answer on one, and one about the order."""
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(order_attributes="yes")}
    ask()
    ask("Unknown Label", "Allergies", position=1)
    ask(ACCESS, "What helps you", level="order")
    vi.buy(play)
    answer(vi, Name_on="Lovelace", Allergies="Nuts")
    answer(vi, number=2, What_helps="A ramp")
    return vi


def test_the_answers_are_reviewed_and_stand_on_the_order_page(noted: Visitor, lantern: CookieOffice) -> None:
    noted.get(reverse("checkout:start"))
    assert "Name on the ticket Lovelace" in noted.text
    assert "What helps you A ramp" in noted.text
    to_payment(noted)
    lantern.is_paid()
    look(noted)
    order = Order.objects.get()
    noted.get(order.get_absolute_url())
    assert noted.text.count("Name on the ticket Lovelace") == 1
    assert "Allergies Nuts The box office could not note this. Its staff know." in noted.text
    assert "What helps you A ramp" in noted.text
    assert Hold.objects.get().notes == "", "the basket has forgotten them"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM checkout_booking")
        assert "Lovelace" not in str(cursor.fetchall())
        cursor.execute("SELECT * FROM checkout_orderline")
        assert "Lovelace" not in str(cursor.fetchall())


def test_they_are_there_after_coming_back_from_payment(noted: Visitor) -> None:
    noted.get(reverse("checkout:start"))
    to_payment(noted)
    noted.post(reverse("checkout:cancel", args=[Order.objects.get().token]))
    noted.basket()
    assert "Name on the ticket Lovelace" in noted.text
    noted.get(reverse("checkout:start"))
    to_payment(noted)
    assert "Lovelace" in Booking.objects.get().answers


def test_an_order_of_an_open_page_waits_for_what_is_needed_too(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    vi.get(reverse("checkout:start"))
    ask(required=True)
    order = Order.objects.get()
    vi.get(reverse("checkout:review", args=[order.token]))
    assert "The venue needs an answer before you pay" in vi.text
    assert vi.page.select("#needed a")
    vi.post(reverse("checkout:pay", args=[order.token]), {"agreed": "2450"})
    order.refresh_from_db()
    assert order.status == Order.Status.PLACED
    answer(vi, Name_on="Ada")
    vi.get(reverse("checkout:start"))
    assert "Review and pay" in vi.text


def staff(*, personal: bool) -> Client:
    roles.keep_roles(apps.get_app_config("checkout"))
    user = get_user_model().objects.create_user(f"u{personal}", password="x", is_staff=True)
    if personal:
        user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    else:
        user.user_permissions.add(Permission.objects.get(codename="view_order"))
    Venue.objects.get(slug="lantern-house").staff.add(user)
    client = Client()
    client.force_login(user)
    return client


def test_in_the_admin_only_who_may_see_buyers_sees_their_words(noted: Visitor, lantern: CookieOffice) -> None:
    noted.get(reverse("checkout:start"))
    to_payment(noted)
    lantern.is_paid()
    look(noted)
    page = reverse("admin:checkout_order_change", args=[Order.objects.get().pk])
    shown = staff(personal=True).get(page).content.decode()
    assert "Name on the ticket: Lovelace" in shown
    assert "Allergies: Nuts (not noted at the box office)" in shown
    assert "A ramp" in shown
    hidden = staff(personal=False).get(page).content.decode()
    for word in ("Lovelace", "Nuts", "A ramp"):
        assert word not in hidden
    assert "answers are hidden" in hidden
