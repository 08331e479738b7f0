"""Which dates are asked for availability in the background, and how often.

What people looked at in the last minutes every minute; the rest by nearness of the date. Polite: the account's
rate budget, a share of each minute, one process at a time.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from time import monotonic

from django.db.models import Q

from catalog import availability, summaries
from catalog.models import Event, Instance
from shop import calls, clock
from shop.claims import claim
from shop.providers.errors import Misconfigured, ProviderError, Unavailable

LOOKED = timedelta(minutes=10)
SECONDS = 40.0  # of each minute, at most
MOST = 60  # dates in one go
# nearer than -> asked every
NEARNESS = (
    (timedelta(days=1), timedelta(minutes=10)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=30), timedelta(hours=6)),
)
FAR = timedelta(hours=24)


def due_again(instance: Instance, now: datetime) -> datetime:
    """When this date is asked next."""
    if instance.looked_at is not None and now - instance.looked_at < LOOKED:
        return now + timedelta(seconds=55)
    ahead = instance.starts_at - now
    every = next((pause for limit, pause in NEARNESS if ahead < limit), FAR)
    return now + every * random.uniform(0.8, 1.2)


def due(account: str, now: datetime) -> list[Instance]:
    """What is to be asked now, the looked-at ones first, then what is nearest."""
    rows = (
        Instance.objects.filter(
            summaries.coming(now),
            event__account__name=account,
            event__gone_at__isnull=True,
            event__hidden=False,
        )
        .exclude(status=Event.Status.CANCELLED)
        .select_related("event__account", "event__venue")
    )
    recently = list(
        rows.filter(looked_at__gte=now - LOOKED)
        .filter(Q(availability_at__isnull=True) | Q(availability_at__lte=now - timedelta(seconds=50)))
        .order_by("-looked_at")[:MOST]
    )
    rest = rows.filter(availability_due_at__lte=now).exclude(pk__in=[row.pk for row in recently])
    return [*recently, *rest.order_by("starts_at")[: MOST - len(recently)]]


def look(account: str) -> int:
    """Ask what is due at one account; how many were asked. Raises `claims.Taken` while somebody else does."""
    with claim(f"availability:{account}", seconds=120), calls.counting():
        begun, asked = monotonic(), 0
        for instance in due(account, clock.now()):
            if monotonic() - begun > SECONDS:
                break
            try:
                availability.ask(instance, polite=True)
            except (Unavailable, Misconfigured):
                break  # the account is down; the row stays due
            except ProviderError:
                pass  # this date only: next time
            asked += 1
            again = due_again(instance, clock.now())
            Instance.objects.filter(pk=instance.pk).update(availability_due_at=again)
        return asked
