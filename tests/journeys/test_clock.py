"""The clock of a hold, with the box office's own seconds: it believes them, not the device, and loses nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.a11y import assert_accessible
from tests.browser import until
from tests.journeys.visitor import PLAY, SLOWLY, Visitor

SECONDS = "(([m, s]) => m * 60 + Number(s))(document.querySelector('#clock .clock-left').textContent.match(/\\d+/g))"


def shown(visitor: Visitor) -> int:
    """Seconds on the clock's face."""
    ticking = "/^\\d+:\\d\\d$/.test(document.querySelector('#clock .clock-left')?.textContent || '')"
    until(visitor.page, ticking)
    return int(visitor.page.evaluate(SECONDS))


def told(visitor: Visitor) -> int:
    """Seconds that the server says are left."""
    answer = visitor.page.request.get(
        f"{visitor.stack.origin}/en/basket/clock/", headers={"Accept": "application/json"}
    )
    return int(answer.json()["seconds_left"])


def look_away_and_back(visitor: Visitor) -> None:
    """As when another window was in front; done when the server's answer is there."""
    with visitor.page.expect_response(lambda answer: "/basket/clock/" in answer.url):
        visitor.page.evaluate("dispatchEvent(new Event('focus'))")


def pass_until(visitor: Visitor, seconds: int) -> None:
    """Let the page's time go on until so many seconds are left on its face."""
    visitor.page.clock.fast_forward((shown(visitor) - seconds) * 1000)
    visitor.page.clock.run_for(1000)


def test_the_clock_is_the_servers_and_it_speaks_and_asks_in_time(ada):
    page = ada.page
    page.clock.install(time=datetime.now().astimezone() + timedelta(hours=3))  # the device is wrong
    ada.choose_date(PLAY, 10)
    ada.hold_neighbours()
    true = told(ada)
    assert true - 10 <= shown(ada) <= true + 10
    page.clock.set_system_time(datetime.now().astimezone() - timedelta(days=2))  # and is put wrong again
    look_away_and_back(ada)
    true = told(ada)
    assert true - 10 <= shown(ada) <= true + 10

    before = shown(ada)
    ada.stack.advance(100)  # the world went on; this tab slept
    look_away_and_back(ada)
    until(page, f"{SECONDS} <= {before - 100}")
    pass_until(ada, shown(ada) - 60)  # a device that runs ahead wins no time back from the server
    fast = shown(ada)
    look_away_and_back(ada)
    page.clock.run_for(1000)
    assert told(ada) > fast
    assert shown(ada) <= fast

    speaks, dialog = page.locator("#clock-says"), page.get_by_role("dialog")
    expect(speaks).to_have_text("")
    pass_until(ada, 298)
    expect(speaks).to_contain_text("5 minutes left")
    expect(dialog).to_have_count(0)
    pass_until(ada, 238)
    expect(dialog).to_contain_text("About 4 minutes left")
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    assert_accessible(page)
    ada.press("Stay on this page", dialog)
    expect(dialog).to_have_count(0)
    pass_until(ada, 200)
    expect(dialog).to_have_count(0)  # asked once, not every second
    pass_until(ada, 118)
    expect(speaks).to_contain_text("2 minutes left")
    expect(page.locator("#clock")).to_have_class(re.compile("clock-late"))
    pass_until(ada, 58)
    expect(speaks).to_contain_text("1 minute left")


def test_at_zero_nothing_vanishes_and_the_same_seats_can_be_had_again(ada):
    ada.choose_date(PLAY, 14)
    ada.hold_neighbours()
    seats = ada.page.locator(".stub-seats strong").inner_text()
    assert shown(ada) > 300  # the clock runs
    ada.stack.advance(told(ada) + 5)
    look_away_and_back(ada)
    stub = ada.page.locator(".stub")
    expect(stub).to_have_class(re.compile("gone"), timeout=SLOWLY)
    expect(stub).to_contain_text(seats)
    expect(stub).to_contain_text(re.compile("no longer held", re.I))
    expect(ada.page.locator(".totals-sum")).to_have_count(0)
    expect(ada.page.get_by_role("link", name="Find similar")).to_be_visible()
    ada.press("Try to get these again")
    expect(ada.page.locator(".stub:not(.gone) .stub-seats")).to_contain_text(seats, timeout=SLOWLY)
    expect(stub).to_have_count(1)
    assert shown(ada) > 300
