"""Beat, which also says that it is alive: a row of its own, whatever becomes of the tasks it queues."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, connection

from shop import alerts, clock_look

EVERY = 10.0  # seconds between two signs of life

log = logging.getLogger(__name__)


class Scheduler(PersistentScheduler):
    """Wakes up at least every few seconds. A database that is away costs the sign of life, never the beat."""

    _next_sign = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self._sign()
        return min(float(super().tick(*args, **kwargs)), EVERY)

    def _sign(self) -> None:
        if time.monotonic() < self._next_sign:
            return
        self._next_sign = time.monotonic() + EVERY
        try:
            connection.close_if_unusable_or_obsolete()
            clock_look.freshen()
            alerts.alive(alerts.BEAT)
        except DatabaseError as error:
            log.warning("no sign of life could be left: %s", type(error).__name__)
            connection.close()
