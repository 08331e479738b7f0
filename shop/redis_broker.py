"""Redis as the broker, as kombu speaks to it, with a worker that outlives it.

When its connection is lost, Celery 5.7 clears it and then closes it; closing gives back what the worker has in hand, for
which kombu 5.7 needs what was cleared, and an AttributeError ends the worker. Here the giving back is left out then: Redis
does it by itself after the visibility time-out, and the sweep finds the row before that.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import redis

log = logging.getLogger(__name__)


class QoS(redis.QoS):
    def restore_unacked_once(self, stderr: Any = None) -> None:
        try:
            super().restore_unacked_once(stderr)
        except AttributeError:
            log.warning("the broker is away: what was in hand is not given back, the sweep will find it")


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel
