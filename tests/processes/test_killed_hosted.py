"""The deadly moments around a checkout that is a box office's own and from which nothing leads back to us.

The basket there is the visitor's, so a browser fills it and is handed over; it is paid, and the tab is closed. Beside it
stands a part of our own till, on hold on a card. See `test_killed_mixed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error

from tests.processes.four import Four, price_of
from tests.processes.kills import (
    ALL,
    AN_HOUR,
    BOOKED,
    FIVE_MINUTES,
    KILLED,
    LATER,
    MADE,
    NEVER,
    PARTLY,
    TABLE,
    kinds,
)
from tests.processes.quay import CLIENT
from tests.processes.shopping import Ada
from tests.processes.till import Till

pytestmark = [
    pytest.mark.long, pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("killed_hosted"),
]  # fmt: skip
OURS = "stadium"
BOOK = "POST /v1/bookings"
AFTER_IT_ALL = 2 * 3600  # a basket there lives longer than ours


class Harbour(Four, Till):
    """All four systems, and processes that can be killed."""

    world, book, refuses = "xs2event", BOOK, "payment_method_refused"
    skipped = 8

    def command(self, name: str) -> list[str]:
        return Till.command(self, name)


HOUSE = Harbour
UNSEEN = "No payment was seen"  # nobody can tell from a basket that is not theirs


class Eva(Ada):
    """Handed over to the checkout of the box office; what she has there is `basket_there`."""

    shop: Harbour
    basket_there = ""

    def is_handed_over(self) -> Eva:
        self.reviews(OURS, web=True)
        self.agrees()
        self.sees("Payment 1 of 2")
        self.pays_by_card()
        self.sees("Payment 2 of 2")
        self.page.click("main form[method=post]:not([action]) button")
        self.page.wait_for_url(f"{self.shop.domain}/**/secure/**")
        assert self.books.on_hold(self.number) == self.price
        self.page.goto(f"{self.shop.domain}/spektrix/{CLIENT}/api/v3/basket")
        self.basket_there = json.loads(self.page.locator("body").inner_text())["id"]
        self.page.goto("about:blank")
        return self

    @property
    def price(self) -> int:
        return price_of(self.shop, self.number, OURS)

    def pays_there_and_closes_the_tab(self) -> None:
        self.shop.standin.post(
            f"spektrix/{CLIENT}/baskets/{self.basket_there}/pay", {"email": "ada@example.org"}
        )

    def looks(self) -> str:
        """The heading of the order's page; what nobody answers is words as well."""
        if not any(name.rstrip("0123456789") == "web" for name in self.shop.processes):
            return "nothing answers"
        for _attempt in range(3):
            try:
                super().looks()
                break
            except Error:  # the page that was open before is just being led on
                self.shop.pause(0.5)
        return str(self.page.locator("h1").inner_text())


@pytest.fixture
def eva(shop: Harbour, open_page: Callable[..., Any]) -> Eva:
    found = Eva(shop, open_page())
    return found.is_handed_over()


def ends(shop: Harbour, eva: Eva, *, ours: bool, theirs: bool, after: float = FIVE_MINUTES) -> str:
    """Everything lives again and time moves. What the buyer sees then; the books of both say what it must be."""
    shop.lives_again(after)
    shop.comes_to(eva.number, {"paid", "fulfilled"} if ours or theirs else {"cancelled", "expired"})
    shop.wait(lambda: eva.books.on_hold(eva.number) == 0, "nothing to be on hold any more", seconds=90)
    assert eva.books.sold == ({"xs2event": 1} if ours else {}) | ({"spektrix": 1} if theirs else {})
    assert eva.books.taken(eva.number) == (eva.price if ours else 0)
    return eva.looks()


def told(died: str, point: str, before: str, afterwards: str, eva: Eva) -> None:
    sold = eva.books.sold
    money = "ours taken" if eva.books.taken(eva.number) else "ours not taken"
    there = "paid there" if "spektrix" in sold else "not paid there"
    TABLE.append((died, point, before, afterwards, f"{money}, {there}; {sold or 'nothing sold'}"))


@pytest.mark.parametrize("died", KILLED)
def test_death_while_the_buyer_is_in_the_hosted_checkout(shop: Harbour, eva: Eva, died: str) -> None:
    shop.dies(*kinds(died))
    eva.pays_there_and_closes_the_tab()
    seen = eva.looks()
    afterwards = ends(shop, eva, ours=True, theirs=True)
    assert afterwards == BOOKED
    told(died, "ours reserved, then paid in the hosted checkout, tab closed", seen, afterwards, eva)


@pytest.mark.parametrize("died", ["worker", "all"])
def test_death_and_nobody_pays_in_the_hosted_checkout(shop: Harbour, eva: Eva, died: str) -> None:
    shop.dies(*kinds(died))
    seen = eva.looks()
    shop.again(*ALL)
    shop.advance(AFTER_IT_ALL)
    afterwards = ends(shop, eva, ours=False, theirs=False)
    assert afterwards == UNSEEN
    told(died, "ours reserved, the hosted checkout left", seen, afterwards, eva)


def test_all_are_dead_for_an_hour_after_the_hosted_checkout_was_paid(shop: Harbour, eva: Eva) -> None:
    """Longer than our own hold: what was paid there is booked there, and ours costs nothing."""
    shop.dies(*ALL)
    eva.pays_there_and_closes_the_tab()
    afterwards = ends(shop, eva, ours=False, theirs=True, after=AN_HOUR)
    assert afterwards == PARTLY
    told(
        "all, for an hour",
        "ours reserved, then paid in the hosted checkout",
        "nothing answers",
        afterwards,
        eva,
    )


@pytest.mark.parametrize(
    ("died", "how"), [(died, how) for died in ("worker", "all") for how in (MADE, NEVER, LATER)]
)
def test_death_in_the_middle_of_booking_ours(shop: Harbour, eva: Eva, died: str, how: str) -> None:
    shop.stall(BOOK, world="xs2event", done=how == MADE)
    if how == NEVER:
        shop.standin.post("faults", {"world": "xs2event", "name": "payment_method_refused"})
    eva.pays_there_and_closes_the_tab()
    shop.advance(60)  # nobody comes back: the sweep asks for the order there
    shop.struck("our order to reach the box office", name="slow")
    shop.dies(*kinds(died))
    assert eva.books.taken(eva.number) == 0
    seen = eva.looks()
    if how == LATER:
        shop.wait(lambda: "xs2event" in eva.books.sold, "the box office to be done")
    afterwards = ends(shop, eva, ours=how != NEVER, theirs=True)
    assert afterwards == (PARTLY if how == NEVER else BOOKED)
    told(died, f"paid in the hosted checkout, ours being booked, {how}", seen, afterwards, eva)


def test_web_and_worker_die_while_the_box_office_is_asked_for_the_order(shop: Harbour, eva: Eva) -> None:
    shop.stall("GET /*/api/v3/orders", world="spektrix", done=False)
    eva.pays_there_and_closes_the_tab()
    shop.advance(60)
    shop.struck("the question for the order")
    shop.dies("web", "worker")
    afterwards = ends(shop, eva, ours=True, theirs=True)
    assert afterwards == BOOKED
    told("web and worker", "paid in the hosted checkout, being asked", "nothing answers", afterwards, eva)
