"""Housekeeping."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task, states
from celery.signals import task_postrun
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.db.models import QuerySet

from shop import alerts, clock
from shop.alert_models import Alert
from shop.models import CallCount, CallRecord, Claim

log = logging.getLogger(__name__)
BATCH = 1000  # rows of one statement
BATCHES = 50  # of one kind in one night; the next night goes on


@shared_task
def prune() -> dict[str, int]:
    """Forget what nobody needs: ended sign-ins, dead claims, calls of baskets after two weeks, other calls after a year,
    what staff changed in the admin after two years.

    What calls were counted is kept for as long as refreshes are. The rooms forget their own: `checkout.pruning`.
    """
    now = clock.now()
    old = {
        "sign-ins": Session.objects.filter(expire_date__lt=now),
        "claims": Claim.objects.filter(expires_at__lt=now - timedelta(days=1)),
        "calls of baskets": CallRecord.objects.filter(
            subject__startswith="basket:", at__lt=now - timedelta(days=14)
        ),
        "calls": CallRecord.objects.filter(at__lt=now - timedelta(days=365)),
        "counts of calls": CallCount.objects.filter(hour__lt=now - timedelta(days=30)),
        "alerts": Alert.objects.filter(over_at__lt=now - timedelta(days=90)),
        "changes by staff": LogEntry.objects.filter(action_time__lt=now - timedelta(days=730)),
    }
    done = {name: _delete(rows) for name, rows in old.items()}
    log.info("pruned: %s", ", ".join(f"{name} {count}" for name, count in done.items() if count) or "nothing")
    return done


def _delete(rows: QuerySet) -> int:
    """In batches, so that no statement holds the others up for long."""
    count = 0
    for _number in range(BATCHES):
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        count += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return count


@shared_task
def look_for_alerts() -> None:
    """Every minute, while beat runs. Who looks when it does not: see `shop.alerts`."""
    alerts.look()


@task_postrun.connect
def _swept(task: Any = None, state: str | None = None, **kwargs: Any) -> None:
    """A sweep that was done to its end is the sign of life of workers and broker."""
    if task.name != alerts.SWEEP_TASK or state != states.SUCCESS or task.request.is_eager:
        return
    try:
        alerts.alive(alerts.SWEEP)
    except DatabaseError as error:
        log.warning("no sign of life could be left: %s", type(error).__name__)
