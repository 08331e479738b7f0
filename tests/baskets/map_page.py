"""The seat map on an open page, as tests of the browser find it."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from catalog.models import Instance
from tests.browser import until


def go(page: Page, site: str, instance: Instance, query: str = "") -> None:
    page.goto(f"{site}{reverse('baskets:pick', args=[instance.pk])}{query}")
    expect(page.locator("[data-map-svg]")).to_have_count(1)


def on_map(page: Page, ref: str) -> Locator:
    return page.locator(f"[data-map-svg] [data-seat='{ref}']")


def in_list(page: Page, ref: str) -> Locator:
    return page.locator(f"#list input[value='{ref}']")


def size(seat: Locator) -> float:
    box = seat.bounding_box()
    assert box
    return min(box["width"], box["height"])


def not_lost(page: Page) -> None:
    until(page, "document.activeElement && document.activeElement !== document.body")
