"""Called by beat and by the rooms; the work is in `sweeping`."""

from celery import shared_task

from baskets import sweeping


@shared_task
def sweep() -> None:
    """Every few seconds; safe to run twice and beside itself."""
    sweeping.sweep()
