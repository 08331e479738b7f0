"""The broker, as somebody looks at it from outside: does it answer, how much waits in it."""

from __future__ import annotations

import os

import redis
from django.conf import settings
from kombu.exceptions import ChannelError

PATIENCE = 2.0  # seconds


def trouble() -> str:
    """ "" where it answers, else the kind of error: no address, no password."""
    if settings.REDIS_URL:
        try:
            with redis.Redis.from_url(
                settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
            ) as client:
                client.ping()
        except (redis.RedisError, OSError) as error:
            return type(error).__name__
        return ""
    folder = settings.BROKER_DIR / "queue"
    return "" if os.access(folder, os.W_OK | os.X_OK) else "NotWritable"


def lengths() -> dict[str, int]:
    """Queue -> tasks that no worker has taken yet. Raises OSError where the broker does not answer."""
    from shop.celery import app

    if said := trouble():
        raise OSError(said)
    found = {}
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        for name in app.amqp.queues:
            try:
                found[name] = int(channel.queue_declare(queue=name, passive=True).message_count)
            except ChannelError:  # Redis keeps no empty queue
                found[name] = 0
    return found
