"""The timeline of calls: what was asked of a provider for one basket or order, without secrets.

`with recording("order:12"): ...` has every provider call inside written down as a `CallRecord`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from shop import clock
from shop.models import CallRecord, RateBudget
from shop.providers.http import CallInfo

log = logging.getLogger(__name__)
_subject: ContextVar[str] = ContextVar("subject", default="")


@contextmanager
def recording(subject: str) -> Iterator[None]:
    token = _subject.set(subject)
    try:
        yield
    finally:
        _subject.reset(token)


def write_down(call: CallInfo) -> None:
    """After each call. A record that cannot be written never breaks what it records."""
    subject = _subject.get()
    if not subject or (connection.in_atomic_block and connection.needs_rollback):
        return
    try:
        CallRecord.objects.create(
            subject=subject,
            account=call.account,
            at=clock.now(),
            verb=call.verb[:60],
            method=call.method,
            path=call.path_masked[:300],
            status=call.status,
            outcome=(call.outcome or "ok")[:40],
            milliseconds=int(call.milliseconds),
            detail=call.detail[:300],
        )
    except DatabaseError:
        log.exception("a call to %s could not be written down", call.account)


def wait_for_budget(call: CallInfo) -> None:
    """Polite calls of all processes together stay under the account's rate. A rate of 0 means no limit."""
    account = settings.PROVIDER_ACCOUNTS.get(call.account)
    if not call.polite or account is None or account.rate_per_second <= 0:
        return
    gap = timedelta(seconds=1 / account.rate_per_second)
    while True:
        now = datetime.now(UTC)
        row = RateBudget.objects.filter(name=call.account).first()
        if row is None:
            try:
                with transaction.atomic():
                    RateBudget.objects.create(name=call.account, next_at=now + gap)
            except IntegrityError:
                continue
            return
        begin = max(now, row.next_at)
        if RateBudget.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=begin + gap):
            time.sleep(max(0.0, (begin - now).total_seconds()))
            return
