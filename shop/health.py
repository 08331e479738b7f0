"""`/health/live/` and `/health/ready/`, for load balancers and for people who look.

Live: this process answers; nothing is touched. Ready: 503 where a visitor would meet an error here (no database, tables
that are behind this code). Everything else that can be wrong is said, and is no reason to send visitors away:
a provider that is down, an old refresh, a dead beat, broker or cache are the same on every machine, and a balancer that
takes all of them away closes a shop that could still sell.

Both are answered before anything else: an address without a name, no redirect to https, no session, no cookie.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop import alerts, broker_look, clock, doors, metrics

GOOD, DEGRADED, BAD = "good", "degraded", "bad"
NO_STORE = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)
_migrated = False


@dataclass(frozen=True)
class Part:
    """How one thing is doing. `at`: its last sign of life, where it gives one."""

    state: str
    words: str
    at: datetime | None = None


class HealthMiddleware:
    """Stands first, so that nothing of a visitor's road is asked of a machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.META.get("PATH_INFO", ""))
        if view is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={**NO_STORE, "Allow": "GET, HEAD"})
        return view(request)


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain", headers=NO_STORE)


def ready(request: HttpRequest) -> HttpResponse:
    """Whoever asks hears yes or no; with `HEALTH_TOKEN`, or on this machine, also why."""
    with translation.override(settings.LANGUAGE_CODE):
        parts = examine()
        is_ready = all(part.state != BAD for part in parts.values())
        said: dict[str, Any] = {"ready": is_ready}
        if doors.may(request, settings.HEALTH_TOKEN):
            said["well"] = all(part.state == GOOD for part in parts.values())
            said["parts"] = {
                name: {
                    "state": part.state,
                    "words": part.words,
                    **({"at": part.at.isoformat(timespec="seconds")} if part.at else {}),
                }
                for name, part in parts.items()
            }
    if is_ready:
        alerts.look_beside()
    return JsonResponse(said, status=200 if is_ready else 503, headers=NO_STORE)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/health/live/": live,
    "/health/ready/": ready,
    "/metrics": metrics.view,
    "/metrics/": metrics.view,
}


def examine() -> dict[str, Part]:
    """Each thing that the shop needs. Never raises: what cannot be asked is what is wrong."""
    found = {"database": database()}
    if found["database"].state == BAD:
        return found
    found["migrations"] = migrations()
    found["clock"] = clocks()
    found["broker"] = broker()
    found["cache"] = kept(found["broker"])
    if found["migrations"].state == BAD:
        return found
    try:
        found |= signs_of_life()
        found |= accounts()
    except DatabaseError as error:
        found["database"] = Part(BAD, _said(error))
    return found


def _said(error: Exception) -> str:
    """The kind alone: what a database says may name users, hosts and rows."""
    return _("cannot be reached (%(error)s)") % {"error": type(error).__name__}


def database() -> Part:
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        connection.close()
        return Part(BAD, _said(error))
    return Part(GOOD, _("answers"))


def migrations() -> Part:
    """Looked up until all are there, then never again: this process's code does not change."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            behind = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        except DatabaseError as error:
            return Part(BAD, _said(error))
        if behind:
            said = ngettext("%(n)s migration is missing", "%(n)s migrations are missing", behind)
            return Part(BAD, said % {"n": behind})
        _migrated = True
    return Part(GOOD, _("all are there"))


def clocks() -> Part:
    """A machine that is out of step sells on, for it cannot know which of the two is wrong: staff are told."""
    trouble = alerts.clock_trouble()
    return Part(DEGRADED, trouble.text) if trouble else Part(GOOD, _("goes with the database's"))


def broker() -> Part:
    """Without it nothing is queued; pages sell on, and open payments are looked at when it is back."""
    trouble = broker_look.trouble()
    if trouble:
        return Part(DEGRADED, _("cannot be reached (%(error)s)") % {"error": trouble})
    return Part(GOOD, _("answers"))


def kept(broker: Part) -> Part:
    """The cache: without it pages are slower. With Redis it is the broker's, so that is not waited for twice."""
    if settings.REDIS_URL and broker.state != GOOD:
        return Part(DEGRADED, broker.words)
    sign = secrets.token_hex(4)
    try:
        cache.set(f"health:{sign}", sign, 10)
        well = cache.get(f"health:{sign}") == sign
        cache.delete(f"health:{sign}")
    except Exception as error:  # noqa: BLE001 - each kind of cache has errors of its own
        return Part(DEGRADED, _said(error))
    return Part(GOOD, _("keeps what it is given")) if well else Part(DEGRADED, _("forgets what it is given"))


def signs_of_life() -> dict[str, Part]:
    now, seen = clock.now(), alerts.signs()
    dead, idle = alerts.beat_trouble(now, seen), alerts.sweep_trouble(now, seen)
    beat_words = dead.text if dead else _("runs")
    if dead:
        sweep_words = _("not known while beat is dead")
    else:
        sweep_words = idle.text if idle else _("done again and again")
    found = {
        "beat": Part(DEGRADED if dead else GOOD, beat_words, seen.get(alerts.BEAT)),
        "sweep": Part(DEGRADED if dead or idle else GOOD, sweep_words, seen.get(alerts.SWEEP)),
    }
    waiting, since = import_string("checkout.figures.waiting")(None)
    words = ngettext("%(n)s order needs a person", "%(n)s orders need a person", waiting) % {"n": waiting}
    found["people"] = Part(DEGRADED if waiting else GOOD, words, since)
    return found


def accounts() -> dict[str, Part]:
    """By name, because the roof does not lean on the rooms."""
    found = {}
    for name, state, words, at in import_string("checkout.figures.accounts")():
        found[f"account {name}"] = Part(state, words, at)
    return found
