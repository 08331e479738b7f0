"""What the baskets are waiting for, done when it is due. Every wait is a row: a killed process forgets nothing."""

from __future__ import annotations

import logging
from datetime import datetime
from time import monotonic

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q

from baskets import lifecycle
from baskets.holding import Busy, errands
from baskets.holding.reading import read_hold
from baskets.holding.releasing import finish_release
from baskets.models import Attempt, Basket, Hold, Line, TypedGuest
from shop import clock
from shop.providers import errors
from shop.statements import found

log = logging.getLogger(__name__)
AT_ONCE = 60  # rows of one sweep; the next one is seconds away
SECONDS = 45.0  # of one sweep; a worker's patience is longer (shop.queues)
# Whether there is anything to forget: nearly always there is not, and then nothing is locked for writing.
OLD = """
SELECT 'attempts' WHERE EXISTS (SELECT 1 FROM baskets_attempt a JOIN baskets_basket b ON b.id = a.basket_id
    WHERE b.status IN ('expired', 'converted'))
UNION ALL SELECT 'guests' WHERE EXISTS (SELECT 1 FROM baskets_typedguest g JOIN baskets_basket b ON b.id = g.basket_id
    WHERE b.status IN ('expired', 'converted'))
UNION ALL SELECT 'lines' WHERE EXISTS (SELECT 1 FROM baskets_line l JOIN baskets_hold h ON h.id = l.hold_id
    WHERE l.state = 'releasing' AND h.state = 'closed')
UNION ALL SELECT 'errands' WHERE EXISTS (SELECT 1 FROM baskets_errand WHERE made_at < %s)
"""


def sweep() -> dict[str, int]:
    """Read what is uncertain or has run out, give back what was let go, let go what nobody touches."""
    now = clock.now()
    done = {"read": 0, "released": 0, "failed": 0, "expired": 0}
    due = (
        Hold.objects.filter(due_at__lte=now)
        # while it is being paid a hold is checkout's; what the buyer gave back goes back all the same
        .filter(Q(basket__status=Basket.Status.OPEN) | Q(state=Hold.State.RELEASING))
        .exclude(basket__status=Basket.Status.CONVERTED)
        .exclude(state=Hold.State.CLOSED)
        .select_related("account", "basket")
        .order_by("due_at")[:AT_ONCE]
    )
    begun = monotonic()
    silent: set[int] = set()  # accounts that did not answer: the others are not kept waiting
    for hold in due:
        if monotonic() - begun > SECONDS:
            break  # the rest stays due
        if hold.account_id in silent:
            continue
        try:
            if hold.state == Hold.State.RELEASING:
                finish_release(hold)
                done["released"] += 1
            else:
                read_hold(hold)
                done["read"] += 1
        except Busy:
            continue
        except errors.ProviderError as error:
            done["failed"] += 1
            if isinstance(error, errors.Unavailable):
                silent.add(hold.account_id)
            log.warning("sweep: hold %s: %s", hold.pk, error.code)
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # one odd row must not stop the others
            done["failed"] += 1
            log.exception("sweep: hold %s", hold.pk)
    for basket in Basket.objects.filter(status=Basket.Status.OPEN, due_at__lte=now).order_by("due_at")[
        :AT_ONCE
    ]:
        try:
            lifecycle.expire(basket)
            done["expired"] += 1
        except lifecycle.NotNow:
            continue
    _forget(now)
    return done


def _forget(now: datetime) -> None:
    """Rows that say nothing any more: attempts and guests of baskets that are over, lines that were given back long ago."""
    over = [Basket.Status.EXPIRED, Basket.Status.CONVERTED]
    there = {name for (name,) in found(OLD, now - errands.KEEP)}
    if "attempts" in there:
        old = Attempt.objects.filter(basket__status__in=over).values_list("pk", flat=True)[:500]
        Attempt.objects.filter(pk__in=list(old)).delete()
    if "guests" in there:  # an old page may have been sent after its basket was over
        TypedGuest.objects.filter(basket__status__in=over).delete()
    if "lines" in there:
        Line.objects.filter(state=Line.State.RELEASING, hold__state=Hold.State.CLOSED).delete()
    if "errands" in there:
        errands.forget(now)
