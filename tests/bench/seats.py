"""How soon a seat answers on the map: a house of 1,500 seats beside a studio of 60, by the browser's own event timing.

The ratio says what the size of a house costs; the aim is a pick within 100 ms on a processor four times slower.
"""

from __future__ import annotations

import os
import re
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import provision
from tests.browser import ARGUMENTS

HOUSES = (("opera house", "The Drowned Bell", "Stalls"), ("studio", "Whisper Gallery", ""))
SLOWER = (1, 4)
PICKS = 12
PRESSED = 80  # ms that a finger is down
WATCH = """() => {
  window.timed = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.interactionId) window.timed.push([one.interactionId, one.duration]);
  }).observe({ type: "event", durationThreshold: 0 });
}"""


def main() -> None:
    origin = os.environ["PUBLIC_ORIGIN"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=provision.chromium(), args=list(ARGUMENTS))
        found: dict[tuple[str, int], float] = {}
        for house, event, area in HOUSES:
            path = choice_of(browser, origin, event)
            for slower in SLOWER:
                times, elements = picks(browser, origin + path + (f"?area={area}" if area else ""), slower)
                found[house, slower] = median(times)
                print(
                    f"{house:12} processor 1/{slower}   {len(times)} picks and steps   "
                    f"p50 {median(times):.0f} ms, longest {max(times):.0f} ms   {elements} elements   aim: 100 ms",
                    flush=True,
                )
        for slower in SLOWER:
            large, small = (found[house, slower] for house, _event, _area in HOUSES)
            print(f"opera house to studio, processor 1/{slower}: {large / small:.1f}", flush=True)
        browser.close()


def choice_of(browser: Browser, origin: str, event: str) -> str:
    """Where seats of the first date of a show are chosen: a date's own address ends with its number."""
    page = browser.new_page()
    page.goto(f"{origin}/en/?q={event.replace(' ', '+')}")
    show = page.locator("a[href*='/en/events/']", has_text=event).first.get_attribute("href") or ""
    page.goto(origin + show)
    found = re.search(r"/(?:events/[\w-]+|basket/pick)/(\d+)/", page.content())
    page.close()
    if found is None:
        raise SystemExit(f"{event} has no date: was the catalogue filled?")
    return f"/en/basket/pick/{found[1]}/"


def picks(browser: Browser, address: str, slower: int) -> tuple[list[float], int]:
    """What the browser says each pick (by mouse) and step (by key) took until the next picture, in milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page: Page = context.new_page()
    page.goto(address, wait_until="networkidle")
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.evaluate(WATCH)
    seats: list[Any] = page.locator("rect[data-seat]").element_handles()
    for seat in seats[:: max(1, len(seats) // PICKS)][:PICKS]:
        seat.scroll_into_view_if_needed()
        box = seat.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(200)
        page.mouse.down()  # by hand: a locator's click asks on the page what it will hit, and that is timed too
        page.wait_for_timeout(PRESSED)
        page.mouse.up()
        page.wait_for_timeout(400)
    for _step in range(PICKS):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
    page.wait_for_timeout(800)
    longest: dict[int, float] = {}
    for interaction, took in page.evaluate("timed"):
        longest[interaction] = max(longest.get(interaction, 0.0), took)
    elements = page.evaluate("document.querySelectorAll('*').length")
    context.close()
    return list(longest.values()), elements


if __name__ == "__main__":
    main()
