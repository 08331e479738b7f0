"""Signing in to the admin with a real browser: by keyboard, on a phone and a desk, light and dark, under the policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from shop.models import Authenticator, User
from tests.a11y import assert_accessible
from tests.browser import scrolls_sideways
from tests.shop.test_two_factor import PASSWORD, code_of, wrong_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def well(page: Any, shots: str = "", name: str = "") -> None:
    assert_accessible(page)
    assert not scrolls_sideways(page), page.url
    if shots:
        page.screenshot(path=f"{shots}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True), (360, True), (1280, False)])
def test_signing_in_with_a_second_thing(
    live_server: Any, open_page: Callable[..., Any], settings: Any, width: int, dark: bool
) -> None:
    import os

    shots, mark = os.environ.get("SHOTS", ""), f"{width}-{'dark' if dark else 'light'}"
    settings.ADMIN_TWO_FACTOR = True
    User.objects.create_superuser("vera", password=PASSWORD)
    page = open_page(width=width, dark=dark)
    violations: list[str] = []
    page.expose_function("told", lambda text: violations.append(text))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => told(`${e.violatedDirective} ${e.blockedURI}`))"
    )
    page.goto(live_server.url + reverse("admin:login"))
    well(page, shots, f"login-{mark}")
    page.keyboard.type("vera")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second/set-up/**")
    well(page, shots, f"setup-{mark}")
    assert page.locator(".foyer-square").bounding_box()["width"] > 200
    secret = page.locator(".foyer-key").inner_text()
    page.get_by_label("Code that the app shows now").fill(wrong_code(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector(".errorlist")
    assert "This code is not right" in page.inner_text(".errorlist")
    well(page, shots, f"setup-wrong-{mark}")
    page.get_by_label("Code that the app shows now").fill(code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector(".foyer-codes")
    codes = page.locator(".foyer-codes code").all_inner_texts()
    assert len(codes) == 10
    well(page, shots, f"codes-{mark}")
    page.get_by_text("I have them; go on").click()
    page.wait_for_url(live_server.url + reverse("admin:index"))
    page.goto(live_server.url + reverse("admin:second_own"))
    well(page, shots, f"own-{mark}")
    page.goto(live_server.url + reverse("admin:shop_user_change", args=[User.objects.get().pk]))
    page.get_by_text("Lost phone").click()
    page.wait_for_url(re.compile(r".*/second/$"))
    well(page, shots, f"lost-{mark}")
    page.context.clear_cookies()
    page.goto(live_server.url + reverse("admin:login"))
    page.fill("#id_username", "vera")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second/?next=**")
    well(page, shots, f"code-{mark}")
    page.get_by_text("The phone is not at hand").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(live_server.url + reverse("admin:index"))
    assert Authenticator.objects.get().codes.filter(used_at__isnull=False).count() == 1
    assert violations == []
