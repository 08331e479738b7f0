"""The database's clock is looked at, so that the shop's can go by it; and whether this machine's goes with it.

Looked at when a connection is made, and again at the beginning of a request or a task once a minute: one short query
outside any transaction, on a connection that is open anyway. One is opened for it only where nothing is known yet, or
this machine slept. What fails is tried again later; what was known goes on counting meanwhile.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery.signals import task_prerun
from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from shop import clock

OLD = 60.0  # seconds: then it is measured again
JUST_NOW = (
    5.0  # of several connections made at once the first is enough; none is opened and closed for each request
)
ALLOWED = timedelta(
    seconds=30
)  # what nobody outside minds: a sign-in code lives as long, signed messages minutes

log = logging.getLogger(__name__)
_asked: float | None = None  # when, by the counter, an answer came or did not


def apart() -> timedelta:
    """How far this machine is ahead of the database's; zero where both are one machine."""
    return clock.ahead()


def begin() -> None:
    """From now on it is looked at. Request and task: after what closes connections that are of no use any more."""
    if freshen not in clock.before_measured:
        clock.before_measured.append(freshen)
    connection_created.connect(_connected, dispatch_uid="clock")
    request_started.connect(_started, dispatch_uid="clock")
    task_prerun.connect(_started, dispatch_uid="clock")


def _connected(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    known = clock.measured()
    if known is None or known.age() > JUST_NOW or known.has_jumped():
        look(connection)


def _started(**kwargs: Any) -> None:
    freshen()


def freshen() -> None:
    """Measure again where that is due. Never raises."""
    global _asked
    known = clock.measured()
    lost = known is None or known.has_jumped()
    if connection.vendor != "postgresql" or not (lost or (known and known.age() >= OLD)):
        return
    if _asked is not None and clock.counter() - _asked < JUST_NOW:
        return
    if connection.connection is not None:
        look(connection)
    elif lost:
        _asked = clock.counter()  # making one asks for the time itself
        try:
            connection.ensure_connection()  # which looks
        except Exception as error:  # noqa: BLE001 - whoever needs it hears of it by their own query
            log.debug("no connection to read the clock by: %s", type(error).__name__)


def look(connection: BaseDatabaseWrapper) -> bool:
    """Measure, on a connection that is open; whether the shop's clock goes by it now. Never raises."""
    global _asked
    if connection.vendor != "postgresql" or connection.alias != DEFAULT_DB_ALIAS:
        return False
    if connection.connection is None or connection.in_atomic_block:
        return False  # an error inside a transaction would end it
    try:
        before = clock.counter()
        # past Django's cursor: it is not one of the queries of whoever connected
        (theirs,) = connection.connection.execute("SELECT clock_timestamp()").fetchone()
        after = clock.counter()
    except Exception as error:  # noqa: BLE001 - whoever connected hears of a broken connection by their own query
        log.debug("the database's clock could not be read: %s", type(error).__name__)
        return False
    finally:
        _asked = clock.counter()
    return clock.learn(theirs, before=before, after=after)
