"""Which work waits in which queue, and how long it may take. Pure names and numbers: settings and Celery read them.

    checkout    money: what is settled, charged, confirmed, given back; and the sweep that finds it
    desk        what is asked at a box office around a purchase: holds, documents, lists of guests
    mail        what is sent by mail
    refresh     everything else: catalogues, availability, housekeeping

A worker without `-Q` serves all of them. Where a slow box office must not keep money waiting, `checkout` has
workers of its own (see `shop/deploy`): a queue is only as fast as the hands that serve it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from kombu import Exchange, Queue

# Redis gives a task that nobody has acknowledged to somebody else after so long. What takes longer begins a second
# time beside itself, finds its claim taken and ends.
VISIBILITY_SECONDS = 120


@dataclass(frozen=True)
class Limit:
    """Seconds until a task is interrupted (it tidies up: claims are given back), and until its process is killed."""

    soft: int
    hard: int


# Money is over before its message is given to somebody else. A whole refresh is over before the next hour's.
LIMITS = {
    "checkout": Limit(90, 110),
    "desk": Limit(90, 110),
    "mail": Limit(60, 75),
    "refresh": Limit(3000, 3060),
}
DEFAULT = "refresh"
# A name or a pattern -> queue; a name goes before any pattern.
ROUTES = {
    "checkout.tasks.send_mail": "mail",
    "checkout.tasks.fetch_documents": "desk",
    "checkout.tasks.look_at_guests": "desk",
    "checkout.tasks.remind_of_guests": "desk",
    "checkout.tasks.forget": "refresh",
    "checkout.tasks.*": "checkout",
    "baskets.tasks.sweep": "desk",
    "shop.tasks.look_for_alerts": "checkout",  # quick, and never behind a refresh
}


def declared() -> list[Queue]:
    return [Queue(name, Exchange(name, type="direct"), routing_key=name) for name in LIMITS]


def queue_of(task: str) -> str:
    """The queue of a task by its name: `checkout.tasks.settle_booking`."""
    patterns = (to for pattern, to in ROUTES.items() if fnmatch(task, pattern))
    return ROUTES.get(task) or next(patterns, DEFAULT)


class TimeLimits:
    """Gives each task the limits of its queue (`CELERY_TASK_ANNOTATIONS`)."""

    def annotate(self, task: Any) -> dict[str, int]:
        limit = LIMITS[queue_of(task.name)]
        return {"soft_time_limit": limit.soft, "time_limit": limit.hard}
