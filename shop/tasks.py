"""Housekeeping."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task, states
from celery.signals import task_postrun
from django.db import DatabaseError

from shop import alerts, clock
from shop.alert_models import Alert
from shop.models import CallCount, CallRecord, Claim

log = logging.getLogger(__name__)


@shared_task
def prune() -> None:
    """Forget what nobody needs: dead claims, calls of baskets after two weeks, other calls after a year.

    What calls were counted is kept for as long as refreshes are.
    """
    now = clock.now()
    Claim.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    CallRecord.objects.filter(subject__startswith="basket:", at__lt=now - timedelta(days=14)).delete()
    CallRecord.objects.filter(at__lt=now - timedelta(days=365)).delete()
    CallCount.objects.filter(hour__lt=now - timedelta(days=30)).delete()
    Alert.objects.filter(over_at__lt=now - timedelta(days=90)).delete()


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
