"""Redis as the broker, as kombu speaks to it, with a worker that outlives it.

When its connection is lost, Celery 5.7 clears it and then closes it. Whatever is given back or acknowledged over that
channel afterwards ends in an AttributeError of kombu 5.7, which ends the worker. Here it is left out: Redis gives a message
that was not acknowledged to another worker after the visibility time-out, and the sweep finds the row before that.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import redis

log = logging.getLogger(__name__)


class QoS(redis.QoS):
    """What a channel has in hand."""

    def restore_unacked_once(self, stderr: Any = None) -> None:
        try:
            super().restore_unacked_once(stderr)
        except AttributeError:
            self._gone("given back")

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except AttributeError:
            self._gone("acknowledged")

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue)
        except AttributeError:
            self._gone("rejected")

    @staticmethod
    def _gone(what: str) -> None:
        log.warning("the broker went away: what was in hand is not %s, the sweep will find it", what)


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel
