"""A basket that is the visitor's own cookie, in a real browser against the stand-in on an origin of its own: from the
choice over the hosted checkout to the order page. Two sites of one name keep the cookie, two names do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop.standin.spektrix_signing import LOGINS
from tests.browser import until
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("own-basket")]
CLIENT = "lanternquay"
UNRESERVED, RESERVED, QUEUED = "34201", "34101", "35901"


class Quay(Stack):
    """The shop with one account of that kind; `web` is its address for a browser that keeps the cookie."""

    def __init__(self, room: Path) -> None:
        super().__init__(room)
        self.domain = f"http://tickets.foyer.localhost:{self.standin_port}"
        self.web = f"http://www.foyer.localhost:{self.port}"
        (owner,) = [one for one in LOGINS[CLIENT] if one.mode == "owner"]
        self.env |= {
            "STANDIN_PUBLIC_URL": self.domain,
            "PUBLIC_ORIGIN": self.web,
            "PROVIDER_ACCOUNTS": "quay",
            "ACCOUNT_QUAY_KIND": "spektrix",
            "ACCOUNT_QUAY_TITLE": "Lantern Quay",
            "ACCOUNT_QUAY_BASE_URL": f"{self.standin_origin}/spektrix",
            "ACCOUNT_QUAY_CLIENT_NAME": CLIENT,
            "ACCOUNT_QUAY_CUSTOM_DOMAIN": f"{self.domain}/spektrix",
            "ACCOUNT_QUAY_ALLOWED_HOSTS": f"tickets.foyer.localhost:{self.standin_port}",
            "ACCOUNT_QUAY_RATE_PER_SECOND": "50",
            "ACCOUNT_QUAY_BEST_AVAILABLE": "yes",
            "ACCOUNT_QUAY_API_USER": owner.name,
            "ACCOUNT_QUAY_SECRET": owner.secret,
        }

    def date(self, event: str) -> int:
        rows = self.sql(
            "SELECT i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id "
            f"WHERE e.provider_ref LIKE '{event}%' AND i.gone_at IS NULL ORDER BY i.starts_at LIMIT 1 OFFSET 2"
        )
        return int(rows[0][0])


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    with Quay(tmp_path_factory.mktemp("quay")) as stack:
        stack.start("standin")
        stack.manage("collectstatic", "--noinput")
        stack.manage("refresh_catalog")
        stack.start("web")
        yield stack


def take(page: Any, site: str, instance: int, count: int = 2) -> None:
    page.goto(f"{site}/en/basket/pick/{instance}/")
    page.locator("input[name^='q-']").first.fill(str(count))
    page.click("#door-offers")


def test_from_the_choice_to_the_order_page(page: Any, quay: Quay) -> None:
    for event, tickets in ((UNRESERVED, 2), (RESERVED, 4)):
        take(page, quay.web, quay.date(event))
        page.wait_for_url("**/basket/?currency=*")
        assert page.locator("article.stub").count() == tickets
    assert "A1" in page.locator("#basket").inner_text(), "the seats that were picked are named"
    page.locator("button[id^=remove-]").first.click()
    page.wait_for_url("**/asking/**")
    page.wait_for_url("**/basket/?currency=*")
    assert page.locator("article.stub").count() == 3
    page.goto(f"{quay.web}/en/checkout/")
    for box in page.locator("form[action$='/pay/'] input[type=checkbox]").all():
        box.check()
    page.click("form[action$='/pay/'] button")
    page.wait_for_url(f"{quay.domain}/**/secure/Checkout.aspx")
    page.goto(f"{quay.domain}/spektrix/{CLIENT}/api/v3/basket")
    basket = json.loads(page.locator("body").inner_text())
    assert len(basket["tickets"]) == 3
    paid = quay.standin.post(f"spektrix/{CLIENT}/baskets/{basket['id']}/pay", {"email": "ada@example.org"})
    page.goto(f"{quay.web}/en/checkout/")
    if page.locator("#paid-there").count():
        page.click("#paid-there")
    page.wait_for_url("**/checkout/order/**")
    assert paid["order"] in page.locator("main").inner_text()
    assert "Your tickets are booked" in page.locator("h1").inner_text()


def test_a_page_of_another_site_is_told_that_the_cookie_is_not_kept(page: Any, quay: Quay) -> None:
    take(page, quay.origin, quay.date(UNRESERVED))
    page.wait_for_selector("#own-page")
    assert page.locator("h1").inner_text() == "Your browser does not keep the basket"
    page.click("#own-page")
    page.wait_for_url(f"{quay.domain}/**/ChooseSeats.aspx?**")


def test_without_scripts_the_venues_own_page_is_one_click_away(open_page: Any, quay: Quay) -> None:
    page = open_page(scripts=False)
    take(page, quay.web, quay.date(UNRESERVED))
    page.click("#own-page")
    page.wait_for_url(f"{quay.domain}/**/ChooseSeats.aspx?**")


def test_a_queue_is_stood_in_and_left_again(page: Any, quay: Quay) -> None:
    quay.standin.post("spektrix/settings", {"onsale": 1})
    try:
        take(page, quay.web, quay.date(QUEUED))
        page.wait_for_selector("[data-ask-words]")
        until(page, "document.querySelector('[data-ask-words]').textContent.includes('queue')")
        quay.standin.post("spektrix/settings", {"onsale": 0})
        page.wait_for_url("**/basket/?currency=*", timeout=60000)
        assert page.locator("article.stub").count() == 2
    finally:
        quay.standin.post("spektrix/settings", {"onsale": 0})
