"""A venue's people at work in the admin, in a browser; the people of another venue find nothing there."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import SLOWLY, Visitor
from tests.stack import Stack

HER_SHOW = "A Clock for Mr Penhaligon"


@pytest.fixture
def vera(visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit("vera", width=1280, height=900)
    visitor.sign_in()
    return visitor


def event_pk(stack: Stack) -> int:
    return int(stack.sql("SELECT id FROM catalog_event WHERE name = ?", HER_SHOW)[0][0])


def save(visitor: Visitor) -> None:
    visitor.press("Save and continue editing")
    expect(visitor.page.locator(".messagelist .success")).to_be_visible()


def mails_to(stack: Stack, address: str) -> int:
    return sum(f"To: {address}" in mail for mail in stack.mails())


def test_her_own_words_stay_through_a_refresh_and_a_hidden_show_is_gone_until_it_is_shown_again(
    vera, visit, stack
):
    pk = event_pk(stack)
    guest = visit("Guest")
    guest.find(HER_SHOW)
    address = guest.page.url

    def text() -> str:
        guest.open(address)
        return str(guest.page.locator("#main").inner_text())

    vera.open(f"/admin/catalog/event/{pk}/change/")
    assert vera.page.locator("[name=name]").count() == 0  # the provider's own fields can only be read
    vera.page.locator("[name=own_text]").fill("The clock strikes thirteen in our bar, too.")
    save(vera)
    stack.wait(lambda: "strikes thirteen" in text(), "every server to know what she wrote")

    ref = stack.sql("SELECT provider_ref FROM catalog_event WHERE id = ?", pk)[0][0]
    stack.standin.post(f"ltd/events/{ref}", {"tagline": "Now with a second bell."})
    try:
        assert "second bell" not in text()
        vera.press("Refresh now", vera.page.locator(".object-tools"))
        expect(vera.page.locator(".messagelist")).to_contain_text("The box office is being asked")
        stack.wait(lambda: "a second bell" in text(), "the refresh to reach the page", seconds=30)
    finally:
        stack.standin.post(f"ltd/events/{ref}", {"tagline": None})
    assert "strikes thirteen" in text()
    vera.open(f"/admin/catalog/event/{pk}/change/")
    expect(vera.page.locator("[name=own_text]")).to_have_value("The clock strikes thirteen in our bar, too.")

    vera.page.locator("[name=hidden]").check()
    save(vera)
    try:
        stack.wait(
            lambda: guest.page.request.get(address).status == 404, "every server to know that it is hidden"
        )
        guest.open(f"/en/?q={quote(HER_SHOW)}")
        expect(guest.page.get_by_text("Nothing fits all of this")).to_be_visible()
        expect(guest.page.locator(".event-card-title").filter(has_text=HER_SHOW)).to_have_count(0)
    finally:
        vera.page.locator("[name=hidden]").uncheck()
        save(vera)
    stack.wait(lambda: guest.page.request.get(address).status == 200, "every server to show it again")


def test_she_finds_an_order_by_name_and_sends_its_mail_again_and_another_venues_people_get_404(
    vera, visit, stack
):
    buyer = visit("Zenobia")
    buyer.choose_date(HER_SHOW)
    buyer.hold_neighbours()
    buyer.to_review()
    buyer.agree()
    buyer.pay_at_gate()
    buyer.sees_tickets()
    waiting = "SELECT count(*) FROM checkout_mail WHERE sent_at IS NULL"
    stack.wait(lambda: mails_to(stack, buyer.email) and not stack.sql(waiting)[0][0], "the first mail", 40)
    before = mails_to(stack, buyer.email)

    page = vera.page
    vera.open("/admin/checkout/order/")
    page.locator("#searchbar").fill("Zenobia")
    page.locator("#changelist-search input[type=submit]").click()
    expect(page.locator("#result_list tbody tr").first).to_contain_text("Zenobia Buyer")
    page.locator("#result_list tbody tr").first.locator("th a").click()
    expect(page.locator("#content")).to_contain_text(buyer.email)
    expect(page.locator("#content")).to_contain_text("Everything that happened")
    assert "4000000000000002" not in page.content()
    order = page.url
    vera.follow(re.compile("send.*again", re.I), page.locator(".object-tools"))
    resend = page.url
    page.get_by_label(re.compile("reason|why", re.I)).fill("The buyer has lost it.")
    vera.press("Yes, do it")
    expect(page.locator(".messagelist")).to_contain_text("queued once more", timeout=SLOWLY)
    stack.wait(lambda: mails_to(stack, buyer.email) == before + 1, "the second mail", seconds=30)
    expect(page.locator("#content")).to_contain_text("The buyer has lost it.")

    event = f"/admin/catalog/event/{event_pk(stack)}"
    instance, venue = stack.sql(
        "SELECT i.id, e.venue_id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id WHERE e.name = ?",
        HER_SHOW,
    )[0]
    reads = [
        order, resend, f"{event}/change/", f"{event}/preview/", f"{event}/refresh/", f"{event}/history/",
        f"/admin/catalog/instance/{instance}/change/", f"/admin/catalog/venue/{venue}/change/",
    ]  # fmt: skip
    wim = visit("wim", width=1280, height=900)
    wim.sign_in()
    token = wim.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    for address in reads:
        whole = address if address.startswith("http") else stack.origin + address
        if not address.endswith("/refresh/"):  # hers answers there to a POST alone
            assert vera.page.request.get(whole).status == 200, address
        assert wim.page.request.get(whole).status == 404, address
        posted = wim.page.request.post(
            whole,
            headers={"X-CSRFToken": token, "Referer": whole},
            form={"own_text": "Mine now", "hidden": "on"},
        )
        assert posted.status == 404, address
    assert mails_to(stack, buyer.email) == before + 1
    for address in ("/admin/checkout/order/?q=Zenobia", f"/admin/catalog/event/?q={quote(HER_SHOW)}"):
        vera.open(address)
        expect(vera.page.locator("#result_list tbody tr")).not_to_have_count(0)
        wim.open(address)
        expect(wim.page.locator("#changelist")).to_be_visible()
        expect(wim.page.locator("#result_list tbody tr")).to_have_count(0)
