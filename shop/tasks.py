"""Housekeeping."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from shop import clock
from shop.models import CallRecord, Claim


@shared_task
def prune() -> None:
    """Forget what nobody needs: dead claims, calls of baskets after two weeks, other calls after a year."""
    now = clock.now()
    Claim.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    CallRecord.objects.filter(subject__startswith="basket:", at__lt=now - timedelta(days=14)).delete()
    CallRecord.objects.filter(at__lt=now - timedelta(days=365)).delete()
