"""The box office's own checkout in a frame of ours, in a real browser: heights, the way to the order page, a page of its
own where the frame does not serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import scrolls_sideways, until
from tests.processes.quay import UNRESERVED, Quay, begin, take

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("own-basket")]


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    with Quay(tmp_path_factory.mktemp("framed"), ACCOUNT_QUAY_FRAME="yes") as stack:
        begin(stack)
        yield stack


def to_frame(page: Any, quay: Quay, count: int = 2) -> None:
    take(page, quay.web, quay.date(UNRESERVED), count)
    page.wait_for_url("**/basket/?currency=*")
    page.goto(f"{quay.web}/en/checkout/")
    for box in page.locator("form[action$='/pay/'] input[type=checkbox]").all():
        box.check()
    page.click("form[action$='/pay/'] button")
    page.wait_for_url("**/there/")


def pay(frame: Any, *, express: bool = False) -> None:
    """Through the hosted checkout as a buyer does."""
    frame.locator("input[name=email]").fill("ada@example.org")
    frame.locator("input[name=firstName]").fill("Ada")
    frame.locator("input[name=lastName]").fill("Lovelace")
    frame.locator("input[name=number]").fill("4000 0000 0000 0002")
    frame.locator("input[name=expiry]").fill("12/40")
    frame.locator("input[name=cvc]").fill("111")
    frame.locator("button.spx-button-primary").click()


def test_paying_in_the_frame_leads_to_the_order_page(page: Any, quay: Quay) -> None:
    to_frame(page, quay)
    frame = page.frame_locator("#SpektrixIFrame")
    frame.locator("h1").wait_for()
    whole = "document.documentElement.getBoundingClientRect().height"
    inside = page.frame(name="SpektrixIFrame").evaluate(whole)
    until(page, f"Math.abs(document.querySelector('iframe').clientHeight - {inside}) < 40")
    assert not scrolls_sideways(page)
    assert page.locator("#hosted-empty").is_hidden()
    pay(frame)
    page.wait_for_url("**/checkout/order/**")
    assert "Your tickets are booked" in page.locator("h1").inner_text()
    assert quay.sql("SELECT status FROM baskets_basket") == [("converted",)]
