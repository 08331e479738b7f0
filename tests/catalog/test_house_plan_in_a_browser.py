"""An admin draws a house with a real browser: on a phone and a desk, light and dark, without and with script."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from catalog.models import HousePlan
from shop import clock, roles
from shop.providers.types import Availability
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways
from tests.catalog.test_house_plan_start import area
from tests.factories_catalog import Season, on_sale, venue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLAN = json.dumps({"stage": [[40, 0], [160, 0]], "areas": [
    {"name": "Stalls", "outline": [[0, 20], [200, 20], [200, 120], [0, 120]], "rows": [
        {"name": "A", "seats": "1-8", "from": [20, 50], "to": [180, 50], "bend": 12},
        {"name": "B", "seats": "1-8", "from": [20, 80], "to": [180, 80], "bend": 12}]}]}, indent=1)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "dark", "scripts"),
    [(360, False, False), (360, True, True), (1280, False, True), (1280, True, True)],
)
def test_a_plan_is_pasted_looked_at_saved_and_compared(
    live_server: Any,
    season: Season,
    settings: Any,
    open_page: Callable[..., Any],
    width: int,
    dark: bool,
    scripts: bool,
) -> None:
    from django.apps import apps

    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    roles.keep_roles(apps.get_app_config("checkout"))
    house = venue("Aldgate Playhouse")
    date = on_sale(venue=house).instances.get()
    areas = (area("STALLS ", A=[("01", 0), ("02", 1)], C=[("1", 0)]), area("Roof", A=[("1", 0)]))
    season.offers[date.provider_ref] = Availability(date.provider_ref, clock.now(), areas=areas)
    user = get_user_model().objects.create_user("vera", password="curtain-up", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.VENUE_STAFF))
    house.staff.add(user)

    page = open_page(width=width, dark=dark, scripts=scripts)
    page.goto(live_server.url + reverse("admin:login"))
    page.fill("#id_username", "vera")
    page.fill("#id_password", "curtain-up")
    page.click("[type=submit]")
    page.wait_for_url(live_server.url + reverse("admin:index"))
    page.goto(live_server.url + reverse("admin:catalog_venue_change", args=[house.pk]))
    page.click("text=House plan")
    page.wait_for_url("**/houseplan/add/**")

    def fine() -> None:
        assert not scrolls_sideways(page)
        if scripts:
            assert_accessible(page)

    fine()
    page.fill("#id_source", PLAN.replace('"bend"', '"bent"', 1))
    page.click("text=Look at it without saving")
    assert "“bent” is not known there" in page.inner_text(".errorlist")
    fine()
    page.fill("#id_source", PLAN)
    page.click("text=Look at it without saving")
    assert "not saved yet" in page.inner_text("#plan-heading")
    assert page.get_by_role("img", name="Plan of Aldgate Playhouse: 16 seats").is_visible()
    assert not HousePlan.objects.exists()
    fine()
    page.click("[name=_continue]")
    page.wait_for_url("**/change/**")
    assert HousePlan.objects.get().venue == house
    page.click("text=Compare with the box office")
    page.wait_for_url("**/compare/")
    assert "2 of 4 free seats have their place" in page.inner_text("#content")
    assert "STALLS, row C: 1" in page.inner_text("#content")
    assert page.locator(".foyer-plan-picture .foyer-plan-seat").count() == 1
    fine()
    page.click("text=Back to the plan")
    page.click("text=Rows as a table")
    page.wait_for_url("**/rows/")
    fine()
    page.get_by_label("Bend every row by").fill("20")
    page.get_by_label("Row A: Seats").fill("1-10")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/rows/?area=1")
    assert page.get_by_role("img", name="Plan of Aldgate Playhouse: 18 seats").is_visible()
    assert page.get_by_label("Row A: Bend").input_value() == "32"
    fine()
