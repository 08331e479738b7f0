"""The shop with one account whose basket is the visitor's own cookie, shared by the journeys of a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shop.standin.spektrix_signing import LOGINS
from tests.stack import Stack

CLIENT = "lanternquay"
UNRESERVED, RESERVED, AREAS, SCREENING_ROOM, QUEUED = "34201", "34101", "34301", "34601", "35901"


class Quay(Stack):
    """The shop with one account of that kind; `web` is its address for a browser that keeps the cookie."""

    def __init__(self, room: Path, **more: str) -> None:
        super().__init__(
            room, **{name: more.pop(name) for name in ("database_url", "redis_url") if name in more}
        )
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
            "ACCOUNT_QUAY_ORDER_ATTRIBUTES": "yes",
            "ACCOUNT_QUAY_PROMO_CODES": "yes",
            "ACCOUNT_QUAY_API_USER": owner.name,
            "ACCOUNT_QUAY_SECRET": owner.secret,
            **more,
        }

    skipped = 2  # dates of an event that are too soon to be bought while a clock moves

    def date(self, event: str) -> int:
        rows = self.sql(
            "SELECT i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id "
            "WHERE e.provider_ref LIKE ? AND i.gone_at IS NULL ORDER BY i.starts_at LIMIT 1 OFFSET ?",
            f"{event}%",
            self.skipped,
        )
        return int(rows[0][0])


def begin(stack: Quay) -> None:
    """Everything that a browser needs; no worker: pages ask for themselves."""
    stack.start("standin")
    stack.collect_statics()
    stack.fill()
    stack.start("web")


def take(page: Any, site: str, instance: int, count: int = 2) -> None:
    page.goto(f"{site}/en/basket/pick/{instance}/")
    page.locator("input[name^='q-']").first.fill(str(count))
    page.click("#door-offers")
