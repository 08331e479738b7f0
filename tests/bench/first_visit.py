"""What a first visit costs: compressed bytes and requests of list, event and choice page, posters apart."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from playwright.sync_api import Response, sync_playwright

from tests import provision
from tests.browser import ARGUMENTS


def main() -> None:
    origin = os.environ["PUBLIC_ORIGIN"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=provision.chromium(), args=list(ARGUMENTS))
        slug = ""
        for name, path in (("event list", "/en/"), ("event page", ""), ("choose tickets", "pick")):
            context = browser.new_context(viewport={"width": 360, "height": 740})
            page = context.new_page()
            if path == "":
                path = slug
            if path == "pick":
                page.goto(origin + slug)
                path = page.locator("a[href*='/basket/pick/']").first.get_attribute("href") or ""
                context.close()
                context = browser.new_context(viewport={"width": 360, "height": 740})
                page = context.new_page()
            seen: list[tuple[str, str, int]] = []

            def note(response: Response, seen: list[tuple[str, str, int]] = seen) -> None:
                sizes = response.request.sizes()
                kind = response.request.resource_type
                seen.append((kind, urlsplit(response.url).path, sizes["responseBodySize"]))

            page.on("response", note)
            page.goto(origin + path, wait_until="networkidle")
            pictures = [row for row in seen if row[0] == "image" and "/media/" in row[1]]
            rest = [row for row in seen if row not in pictures]
            kinds: dict[str, int] = {}
            for kind, _path, size in rest:
                kinds[kind] = kinds.get(kind, 0) + size
            print(
                f"{name:16} {sum(size for _k, _p, size in rest) / 1024:6.1f} KB in {len(rest)} requests   "
                + ", ".join(f"{kind} {size / 1024:.1f}" for kind, size in kinds.items())
                + f"   posters {sum(size for _k, _p, size in pictures) / 1024:.0f} KB in {len(pictures)}"
                + "   aim: 60 KB, 8 requests",
                flush=True,
            )
            slug = slug or page.locator("a[href*='/en/events/']").first.get_attribute("href") or ""
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
