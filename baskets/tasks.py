"""Called by beat and by the rooms; the work is in `sweeping` and `extras`."""

from __future__ import annotations

import logging

from celery import shared_task

from baskets import extras, sweeping
from catalog.models import ProviderAccount
from shop import clock, later
from shop.claims import Taken
from shop.providers.errors import ProviderError

log = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """Every few seconds; safe to run twice and beside itself."""
    sweeping.sweep()


@shared_task
def refresh_extras(name: str = "") -> None:
    """Every minute: one task for each account whose list of what it sells beside tickets is due."""
    if not name:
        for one in extras.due(clock.now()):
            later.now(refresh_extras, one)
        return
    account = ProviderAccount.objects.filter(name=name, configured=True).first()
    if account is None:
        return
    try:
        extras.refresh(account, polite=True)
    except Taken:
        log.info("%s is being asked already", name)
    except ProviderError as error:
        log.warning("%s: what is sold beside tickets could not be read: %s", name, error.code)
