"""A real browser for tests: one Chromium a session, a fresh context a test.

`page` is 360 x 640, a phone; `open_page(width=1280, scripts=False, dark=True ...)` makes others. Every page
notes what it asked for (`page.requests_seen`) and what its console complained of (`page.complaints`), and a
complaint (a script error, a refused script or style) fails the test unless it was taken out of the list.
Without a Chromium the tests are skipped by name; with CI=true that is a failure.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import provision

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # One list of such names replaces another: these are the driver's own, and then the popups of the address bar, which
    # cost every window a process of its own and half a second of the processor.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,OmniboxPopupWebUI",
)


OF_TESTS = (
    *ARGUMENTS,
    "--in-process-gpu",  # nobody looks at the picture while it is drawn
    # a page of a test lives for seconds: what is compiled of its scripts is thrown away before it has paid
    "--js-flags=--no-maglev --no-opt",
)


def _path(find: Callable[[], str]) -> str:
    try:
        return find()
    except provision.Missing as missing:
        provision.need(missing)
        raise


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser of this run."""
    path = _path(provision.chromium)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OF_TESTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def whole_chromium(chromium: Any) -> Iterator[Any]:
    """The one of tests marked `whole_browser`: with all that buyers have, such as its rules about cookies.

    Closed after each module: with nothing to do it still takes a twentieth of a core.
    """
    path = _path(provision.whole_chromium)
    browser = chromium.browser_type.launch(executable_path=path, args=list(OF_TESTS))
    yield browser
    browser.close()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open pages of this test; their complaints are looked at when it ends."""
    whole = request.node.get_closest_marker("whole_browser")
    browser = request.getfixturevalue("whole_chromium") if whole else chromium
    contexts: list[Any] = []
    pages: list[Any] = []

    def open_one(
        *,
        width: int = 360,
        height: int = 640,
        scripts: bool = True,
        dark: bool = False,
        forced: bool = False,
        still: bool = True,
        **more: Any,
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            forced_colors="active" if forced else "none",
            reduced_motion="reduce" if still else "no-preference",
            locale="en-GB",
            **more,
        )
        context.set_default_timeout(float(os.environ.get("BROWSER_TIMEOUT", "15000")))
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.requests_seen = []
        page.on("request", lambda request: page.requests_seen.append(request.url))
        page.on("pageerror", lambda error: page.complaints.append(f"script: {error}"))
        page.on(
            "console",
            lambda message: (
                page.complaints.append(f"console: {message.text}")
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        pages.append(page)
        return page

    yield open_one
    complaints = [f"{page.url}: {each}" for page in pages for each in page.complaints]
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


def until(page: Any, expression: str, seconds: float = 15) -> Any:
    """Until an expression is true in the page. (The driver's own waiting needs eval, which our policy forbids.)"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(Exception):  # the page is just being exchanged
            if found := page.evaluate(expression):
                return found
        page.wait_for_timeout(30)
    raise AssertionError(f"never true on {page.url}: {expression}")


def scrolls_sideways(page: Any) -> bool:
    """Whether the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
