"""The circuit breaker of each account: one that does not answer is left alone for a while, by all processes.

Calls fail when no answer comes or the box office says that it is broken; a refusal is an answer. After `FAILURES`
in a row within `WINDOW` the account is left alone: refreshes stop, and who wants to see or hold something is told at
once instead of waiting for a time-out (`ask_leave`). When the pause is over one caller may try, the others wait for
what comes of it; a caller that asks nothing after all gives the try back (`give_back`). An answer to anybody ends it.

Nothing else asks for leave. What money hangs on (confirming, looking, giving back, paying) always goes through, is a
try like any other, and its answer ends the pause.
"""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Q

from shop import clock
from shop.models import Breaker
from shop.providers.errors import Resting
from shop.providers.http import CallInfo
from shop.statements import found

FAILURES = 5
WINDOW = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
TRY_TAKES = timedelta(seconds=25)  # what a try may take before somebody else may; longer than our time-outs
# Calls that were under way when it began still fail for a moment: they are no tries of their own.
STRAGGLERS = timedelta(seconds=12)
ANSWERED = frozenset({"ok", "refused"})
UNANSWERED = frozenset({"unavailable", "outcome_unknown"})
OPEN = "SELECT 1 FROM shop_breaker WHERE account = %s AND opened_at IS NOT NULL"
TROUBLED = "SELECT 1 FROM shop_breaker WHERE account = %s AND (failures > 0 OR opened_at IS NOT NULL)"

log = logging.getLogger(__name__)
_tries = threading.local()


@dataclass(frozen=True)
class Rest:
    """An account is left alone: since when, why, and when somebody tries again."""

    account: str
    since: datetime
    next_try: datetime
    error: str


def resting(account: str) -> Rest | None:
    """None: it is asked as usual."""
    if not found(OPEN, account):
        return None
    row = Breaker.objects.filter(account=account, opened_at__isnull=False).first()
    return _rest(row) if row is not None else None


def all_resting() -> dict[str, Rest]:
    return {row.account: _rest(row) for row in Breaker.objects.filter(opened_at__isnull=False)}


def _rest(row: Breaker) -> Rest:
    assert row.opened_at is not None
    return Rest(row.account, row.opened_at, row.next_try_at or row.opened_at, row.last_error)


def ask_leave(account: str) -> None:
    """Before something that can wait. Raises Resting while the account is left alone, unless this is the one try."""
    rest = resting(account)
    if rest is None:
        return
    now = clock.now()
    if now >= rest.next_try:
        mine = Breaker.objects.filter(account=account, opened_at__isnull=False, next_try_at=rest.next_try)
        until = now + TRY_TAKES
        if mine.update(next_try_at=until):
            _given()[account] = until
            return
        rest = resting(account) or rest
    wait = max(1.0, (rest.next_try - now).total_seconds())
    raise Resting(f"left alone after {FAILURES} calls without an answer", account=account, retry_after=wait)


def _given() -> dict[str, datetime]:
    """The tries of this thread that no question was asked with so far: account -> until when nobody else has one."""
    found: dict[str, datetime] | None = getattr(_tries, "given", None)
    if found is None:
        found = _tries.given = {}
    return found


def give_back(**kwargs: Any) -> None:
    """At the end of a request or a task: whoever was given the one try and did not ask after all (something was kept,
    somebody else was at it, the rate allowed no call) keeps nobody else from it."""
    given = _given()
    while given:
        account, until = given.popitem()
        try:
            Breaker.objects.filter(account=account, next_try_at=until).update(next_try_at=clock.now())
        except DatabaseError as error:  # then it runs out
            log.warning("the try of %s was not given back: %s", account, type(error).__name__)


# --- hooks of shop.providers.http -----------------------------------------------------------------------------


def keep_polite_ones_back(call: CallInfo) -> None:
    """Before a call: work in the background asks for leave each time, so that a refresh stops where it is."""
    if call.polite and not call.file and call.account in settings.PROVIDER_ACCOUNTS:
        ask_leave(call.account)


def listen(call: CallInfo) -> None:
    """After a call: count it, or end the pause."""
    if call.file or call.account not in settings.PROVIDER_ACCOUNTS:
        return
    _given().pop(call.account, None)
    if connection.in_atomic_block and connection.needs_rollback:
        return
    try:
        if failed(call):
            _failed(call.account, call.outcome)
        elif call.outcome in ANSWERED:
            _answered(call.account)
    except DatabaseError:
        log.exception("what %s said could not be noted", call.account)


def failed(call: CallInfo) -> bool:
    """No answer, or one that says that they are broken. Too many calls of ours in the background are no fault of theirs:
    429, and 503, which is XS2Event's word for it."""
    if call.outcome not in UNANSWERED:
        return False
    if call.status is None:
        return True
    if call.polite and call.status in (429, 503):
        return False
    return call.status >= 500 or call.status in (408, 429)


def pause(times: int) -> timedelta:
    """How long it is left alone after so many failed tries: doubling, with jitter."""
    whole = min(FIRST_PAUSE * 2 ** min(times, 10), LONGEST_PAUSE)
    return whole * random.uniform(0.9, 1.1)


def _failed(account: str, error: str) -> None:
    now = clock.now()
    rows = Breaker.objects.filter(account=account)
    closed = rows.filter(opened_at__isnull=True)
    if closed.filter(first_at__gt=now - WINDOW).update(failures=F("failures") + 1, last_error=error):
        begins = closed.filter(failures__gte=FAILURES)
        if begins.update(opened_at=now, changed_at=now, next_try_at=now + pause(0), times=0):
            log.warning("%s does not answer: it is left alone, but for what money hangs on", account)
        return
    if closed.update(failures=1, first_at=now, last_error=error):
        return
    row = rows.first()
    if row is None:
        try:
            with transaction.atomic():
                Breaker.objects.create(account=account, failures=1, first_at=now, last_error=error)
        except IntegrityError:  # another process was the first
            closed.update(failures=F("failures") + 1)
        return
    again = rows.filter(opened_at__isnull=False, times=row.times, changed_at__lte=now - STRAGGLERS)
    again.update(
        times=row.times + 1, changed_at=now, next_try_at=now + pause(row.times + 1), last_error=error
    )


def _answered(account: str) -> None:
    if not found(TROUBLED, account):
        return  # the common case: one look, nothing written
    rows = Breaker.objects.filter(Q(failures__gt=0) | Q(opened_at__isnull=False), account=account)
    row = rows.first()
    if row is None:
        return
    rows.update(failures=0, first_at=None, opened_at=None, next_try_at=None, changed_at=None, times=0)
    if row.opened_at is not None:
        log.warning("%s answers again; it was left alone since %s", account, row.opened_at.isoformat())
