"""How work is given to a worker: after the commit, quickly, and without an error where the broker is away.

The queue is the speed, never the guarantee: everything that matters is a row with a due time, which the sweep
finds. So a page, a webhook or a sweep goes on where nothing can be queued.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

from django.db import transaction
from kombu.exceptions import ChannelError, KombuError
from redis import RedisError

AWAY_SECONDS = 5.0  # after a failure nobody of this process waits for the broker again for so long

AWAY = (KombuError, ChannelError, RedisError, OSError)

log = logging.getLogger(__name__)
_away_until = 0.0


def later(task: Any, *args: Any, **kwargs: Any) -> None:
    """Queue a task as soon as what is written now can be seen by others (at once outside a transaction)."""

    def queue() -> None:  # a name of its own: Django writes it down when something goes wrong
        now(task, *args, **kwargs)

    transaction.on_commit(queue, robust=True)


def now(task: Any, *args: Any, **kwargs: Any) -> bool:
    """Queue a task this moment; False where the broker is away."""
    global _away_until
    if monotonic() < _away_until:
        return False
    try:
        task.delay(*args, **kwargs)
    except AWAY as error:
        _away_until = monotonic() + AWAY_SECONDS
        log.warning("%s could not be queued (%s); the sweep will find it", task.name, type(error).__name__)
        return False
    return True
