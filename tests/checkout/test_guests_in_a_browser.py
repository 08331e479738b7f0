"""The pages of guests in a real browser: nothing of them excludes anybody, at 320 px too, and errors take the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from checkout.models import Guest
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways
from tests.checkout.conftest import Ada
from tests.checkout.guest_world import GuestWorld
from tests.checkout.test_in_a_browser import site, with_cookie  # noqa: F401
from tests.checkout.world import TH_LIKE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "date_of_birth",
    "gender",
    "country",
    "passport",
    "street",
    "city",
)


@pytest.fixture
def club(settings: Any, offices: Any) -> GuestWorld:
    settings.PROVIDERS = {"fake": "tests.checkout.guest_world.GuestOffice"}
    return GuestWorld("west-end", questions=TH_LIKE[:4])


@pytest.fixture
def step(ada: Ada, club: GuestWorld, site: str, with_cookie: Callable[[Any], Any], page: Any) -> Any:  # noqa: F811
    """The step "Guests" with every field that there is, on a very small window."""
    club.wants.before, club.wants.notes = ALL, ("no_away_fans",)
    ada.holds()
    ada.starts()
    ada.fills_in()
    page.set_viewport_size({"width": 320, "height": 640})
    with_cookie(page).goto(site + ada.url("guests"))
    return page


def test_the_step_is_accessible_and_does_not_scroll_sideways(step):
    assert step.locator(".guest").count() == 2
    assert_accessible(step)
    assert not scrolls_sideways(step)


def test_what_is_wrong_takes_the_focus_and_each_sentence_leads_to_its_field(step):
    step.locator("#guests-form button.primary").click()
    summary = step.locator(".error-summary")
    summary.wait_for()
    assert summary.evaluate("e => e === document.activeElement")
    assert_accessible(step)
    assert not scrolls_sideways(step)
    link = summary.locator("a", has_text="Guest 2: Enter a date of birth")
    link.click()
    assert step.evaluate("document.activeElement.name").endswith("date_of_birth_0")


def test_enter_in_a_field_sends_the_form_and_not_the_copy_of_the_booker(step, ada):
    field = step.locator('input[name$="-first_name"]').first
    field.fill("Zoë")
    field.press("Enter")
    step.locator(".error-summary").wait_for()
    assert step.locator('input[name$="-first_name"]').first.input_value() == "Zoë"
    assert step.locator('input[name$="-last_name"]').first.input_value() == ""


def test_the_pages_after_the_booking_are_accessible_on_a_small_window(
    ada: Ada,
    club: GuestWorld,
    site: str,  # noqa: F811
    with_cookie: Callable[[Any], Any],  # noqa: F811
    page: Any,
) -> None:
    club.wants.before, club.wants.later = (), ALL
    ada.holds()
    ada.buys()
    page.set_viewport_size({"width": 320, "height": 640})
    for url in (
        ada.url("order"),
        ada.url("guests_later"),
        reverse("checkout:guest", args=[Guest.objects.first().token]),
    ):
        with_cookie(page).goto(site + url)
        for each in page.locator("details").all():
            each.evaluate("e => { e.open = true; }")
        assert_accessible(page)
        assert not scrolls_sideways(page), url
