"""Calls to providers, written down without secrets: one by one for a basket or an order, all of them as a count.

`with recording("order:12"): ...` has every provider call inside written down as a `CallRecord`. Every call of
anybody, refreshes and looks at availability too, is counted by account and hour (`CallCount`); what is made
inside `recording` or `counting` is added up first and written in one go.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, connection
from django.db.models import Sum

from shop import clock, tracing
from shop.models import CallCount
from shop.providers.http import CallInfo
from shop.statements import changed

ANSWERED = ("ok", "refused")  # outcomes of a call that was answered; every other one is a failure
WRITTEN_EVERY = 100  # calls that are added up before they are written

ADD = """
INSERT INTO shop_callcount (account, hour, calls, failed, milliseconds) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (account, hour) DO UPDATE SET calls = shop_callcount.calls + excluded.calls,
    failed = shop_callcount.failed + excluded.failed,
    milliseconds = shop_callcount.milliseconds + excluded.milliseconds
"""
RECORD = """
INSERT INTO shop_callrecord (subject, account, at, verb, method, path, status, outcome, milliseconds, detail)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

log = logging.getLogger(__name__)
_subject: ContextVar[str] = ContextVar("subject", default="")


@dataclass
class Sums:
    """Calls added up: how many, how many of them failed, how long all of them took."""

    calls: int = 0
    failed: int = 0
    milliseconds: int = 0

    def add(self, other: Sums) -> None:
        self.calls += other.calls
        self.failed += other.failed
        self.milliseconds += other.milliseconds

    @property
    def mean_milliseconds(self) -> int:
        return round(self.milliseconds / self.calls) if self.calls else 0


_unwritten: ContextVar[dict[str, Sums] | None] = ContextVar("unwritten", default=None)


@contextmanager
def _written(subject: str) -> Iterator[None]:
    token = _subject.set(subject)
    try:
        yield
    finally:
        _subject.reset(token)


@contextmanager
def recording(subject: str) -> Iterator[None]:
    with tracing.about(subject), _written(subject), counting():
        yield


@contextmanager
def counting() -> Iterator[None]:
    """Calls inside are counted together: a refresh makes thousands of them."""
    if _unwritten.get() is not None:
        yield
        return
    sums: dict[str, Sums] = {}
    token = _unwritten.set(sums)
    try:
        yield
    finally:
        _unwritten.reset(token)
        for account, each in sums.items():
            _write(account, each)


def counted_since(moment: datetime) -> dict[str, Sums]:
    """The calls of each account by name, in whole hours: that of the moment counts."""
    since = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    rows = CallCount.objects.filter(hour__gte=since).order_by().values("account")
    return {
        row["account"]: Sums(row["n"], row["wrong"], row["taken"])
        for row in rows.annotate(n=Sum("calls"), wrong=Sum("failed"), taken=Sum("milliseconds"))
    }


def _count(call: CallInfo) -> None:
    one = Sums(1, int((call.outcome or "ok") not in ANSWERED), int(call.milliseconds))
    unwritten = _unwritten.get()
    if unwritten is None:
        _write(call.account, one)
        return
    known = unwritten.setdefault(call.account, Sums())
    known.add(one)
    if known.calls >= WRITTEN_EVERY:
        _write(call.account, unwritten.pop(call.account))


def _write(account: str, sums: Sums) -> None:
    """Add to the row of this hour. What cannot be counted never breaks what was done."""
    if connection.in_atomic_block and connection.needs_rollback:
        return
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        changed(ADD, account[:60], hour, sums.calls, sums.failed, sums.milliseconds)
    except DatabaseError:
        log.exception("calls to %s could not be counted", account)


def write_down(call: CallInfo) -> None:
    """After each call. A record that cannot be written never breaks what it records."""
    _count(call)
    subject = _subject.get()
    if not subject or (connection.in_atomic_block and connection.needs_rollback):
        return
    try:
        changed(
            RECORD,
            subject[:60],
            call.account[:60],
            clock.now(),
            call.verb[:60],
            call.method[:8],
            call.path_masked[:300],
            call.status,
            (call.outcome or "ok")[:40],
            int(call.milliseconds),
            call.detail[:300],
        )
    except DatabaseError:
        log.exception("a call to %s could not be written down", call.account)
