"""What the worker does for the catalogue. Ids in, one rule called; each may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from catalog import health, refresh, summaries, watching
from catalog.models import Event, ProviderAccount
from shop import breakers, clock, later
from shop.claims import Taken
from shop.providers.errors import ProviderError

log = logging.getLogger(__name__)


@shared_task
def refresh_all() -> None:
    """Every hour: each account, but those that wait after a failure."""
    health.note_configured()
    waiting = ProviderAccount.objects.filter(next_refresh_at__gt=clock.now()).values_list("name", flat=True)
    for name in settings.PROVIDER_ACCOUNTS.keys() - set(waiting):
        later.now(refresh_account, name)


@shared_task
def refresh_account(name: str, trigger: str = "beat") -> None:
    if trigger != "admin" and (rest := breakers.resting(name)) is not None:
        health.note_resting(rest)
        return
    try:
        refresh.refresh_account(name, trigger=trigger)
    except Taken:
        log.info("%s is being refreshed already", name)


@shared_task
def refresh_availability(name: str = "") -> None:
    """Every minute: one task an account, accounts whose waiting is over, and events whose first date has passed."""
    if name:
        try:
            if health.try_again(name):
                watching.look(name)
        except Taken:
            log.info("%s is being asked already", name)
        return
    summaries.roll()
    for account in settings.PROVIDER_ACCOUNTS:
        later.now(refresh_availability, account)
    due = ProviderAccount.objects.filter(configured=True, next_refresh_at__lte=clock.now())
    for account in due.values_list("name", flat=True):
        later.now(refresh_account, account, trigger="again")


@shared_task
def refresh_event(pk: int) -> None:
    try:
        refresh.refresh_event(Event.objects.select_related("account", "venue").get(pk=pk))
    except (Taken, ProviderError, Event.DoesNotExist) as error:
        log.warning("event %s was not refreshed: %s", pk, health.words(error))
