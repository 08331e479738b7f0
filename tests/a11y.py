"""Accessibility scan of an open page: anything serious or critical fails, with the elements named."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe

BAD = ("serious", "critical")
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
    "preload": False,  # style sheets fetched once more by the scan itself, for a rule that is not asked for
}


# of a house with hundreds of seats: what the first two rows of the list and of the map are like, the later ones are, too
LATER_SEATS = (".seat-row:nth-of-type(n + 3)", "[data-map-svg] .s:nth-of-type(n + 60)")


@cache
def _script() -> str:
    return str(Axe().axe_script)


def violations(
    page: Any, *, impacts: tuple[str, ...] = BAD, rules: list[str] | None = None, every_seat: bool = False
) -> list[str]:
    """ "color-contrast (serious): .kicker ..." for each element found; of these `rules` alone, where given."""
    options = {**RULES, "runOnly": {"type": "rule", "values": rules}} if rules else RULES
    context = None if every_seat else {"exclude": [[later] for later in LATER_SEATS]}
    if page.evaluate("!('axe' in window)"):
        page.evaluate(_script())
    scan = "([context, options]) => axe.run(context || document, options).then((found) => found.violations)"
    found = page.evaluate(scan, [context, options])
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))} {node['html'][:160]}"
        for rule in found
        if rule["impact"] in impacts
        for node in rule["nodes"]
    ]


def assert_accessible(page: Any, *, every_seat: bool = False) -> None:
    found = violations(page, every_seat=every_seat)
    assert not found, f"{page.url}\n" + "\n".join(found)
