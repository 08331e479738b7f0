"""Housekeeping."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from shop import clock
from shop.models import CallCount, CallRecord, Claim


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
