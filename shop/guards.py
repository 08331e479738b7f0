"""No provider is called while a database transaction is open: a slow answer would hold locks for seconds."""

from __future__ import annotations

from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import task_postrun
from django.conf import settings
from django.core.signals import request_finished
from django.db import connections

from shop import breakers, budgets, calls, clock
from shop.providers import http

# How many atomic blocks are open before anything begins: tests that run inside one raise it.
baseline = 0


class CalledInsideTransaction(RuntimeError):
    pass


def no_open_transaction(what: str) -> None:
    """Raises where one is open: `what` is about to be called."""
    for connection in connections.all(initialized_only=True):
        if len(connection.atomic_blocks) > baseline:
            raise CalledInsideTransaction(f"{what} was called inside a database transaction")


def refuse_inside_transaction(call: http.CallInfo) -> None:
    no_open_transaction(f"{call.account} {call.verb}")


for hook, where in (
    (refuse_inside_transaction, http.before_call),
    (breakers.keep_polite_ones_back, http.before_call),
    (budgets.wait_for_turn, http.before_call),
    (calls.write_down, http.after_call),
    (budgets.heed, http.after_call),
    (breakers.listen, http.after_call),
):
    if hook not in where:
        where.append(hook)

request_finished.connect(breakers.give_back, dispatch_uid="tries")
task_postrun.connect(breakers.give_back, dispatch_uid="tries")
http.clock = clock.now
http.never_swallowed = (SoftTimeLimitExceeded,)
http.default_timeout = settings.PROVIDER_TIMEOUT
