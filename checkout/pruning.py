"""What the shop forgets by itself: in small batches, as often as it is asked to, and never what is still needed.

| what | kept | why so long |
|---|---|---|
| tickets as files, links to wallets, keys at the provider | `ORDER_KEEP_DAYS` after the date | they open nothing any more |
| details of orders that came to nothing | `GIVEN_UP_KEEP_DAYS` | a late payment is watched for 14 days |
| rows of orders that came to nothing | `ROWS_KEPT` | so that a year can be compared with the one before |
| name, answers, timeline and mails of an order | `PERSONAL_DATA_KEEP_DAYS` after the date | disputes |
| the same, where somebody asked to be forgotten | as soon as nothing needs it | |
| baskets that were given up | `BASKETS_KEPT` | as long as the calls that were made for them |
| messages of the payment company that failed | `FAILED_KEPT` | somebody may look at them |

An order that is being bought, waits for a person, a provider, a refund or a bank, or is still to come, is left alone
(`personal.needs`). Rows of money are never deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from baskets.models import Basket, Hold
from checkout import fulfilment, guest_reminders, inbox, personal
from checkout.models import Booking, Document, InboxMessage, Order, Payment
from shop import clock, knocks

log = logging.getLogger(__name__)
BATCH = 200  # rows of one transaction
BATCHES = 25  # of one kind in one run; the next run is hours away and goes on
BASKETS_KEPT = timedelta(days=14)
ROWS_KEPT = timedelta(days=400)
FAILED_KEPT = timedelta(days=365)
GIVEN_UP = (Order.Status.EXPIRED, Order.Status.CANCELLED)
MOVED = (Payment.Status.CAPTURED, Payment.Status.REFUNDED, Payment.Status.AUTHORISED)


def run() -> dict[str, int]:
    """Every kind once; how many rows of each. What fails is logged, and the other kinds still have their turn."""
    done: dict[str, int] = {}
    for name, kind in KINDS.items():
        try:
            done[name] = kind() or 0
        except Exception:
            log.exception("pruning: %s", name)
    log.info("pruned: %s", ", ".join(f"{name} {count}" for name, count in done.items() if count) or "nothing")
    return done


def _batches(rows: Callable[[], QuerySet]) -> Iterator[list[int]]:
    """Ids, a batch at a time; `rows` is asked afresh, so what was done must not be in it any more."""
    last = 0
    for _number in range(BATCHES):
        ids = list(rows().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]


def _days(number: int) -> timedelta:
    return timedelta(days=number)


def documents() -> int:
    """Stored tickets and wallet links, so long after the date. That there was one stays."""
    limit = clock.now() - _days(settings.ORDER_KEEP_DAYS)
    count = 0

    def rows() -> QuerySet:
        over = personal.over_since(personal.at_rest(), limit)
        stored = Q(content__isnull=False) | ~Q(link="")
        return Document.objects.filter(stored, booking__order__in=over)

    for ids in _batches(rows):
        count += Document.objects.filter(pk__in=ids).update(content=None, link="", size=0)
    return count


def _mask(rows: Callable[[], QuerySet[Order]]) -> int:
    return sum(personal.mask(order) for ids in _batches(rows) for order in Order.objects.filter(pk__in=ids))


def given_up() -> int:
    """Details that somebody typed and then bought nothing."""
    limit = clock.now() - _days(settings.GIVEN_UP_KEEP_DAYS)
    return _mask(lambda: personal.at_rest().filter(masked_at=None, status__in=GIVEN_UP, placed_at__lt=limit))


def over() -> int:
    """Orders whose date is so long ago that nobody can come back to them."""
    limit = clock.now() - _days(settings.PERSONAL_DATA_KEEP_DAYS)
    return _mask(lambda: personal.over_since(personal.at_rest(), limit).filter(masked_at=None))


def asked_for() -> int:
    """Orders of somebody who asked to be forgotten while something still needed the data."""
    return _mask(lambda: personal.at_rest().filter(masked_at=None, erase_asked_at__isnull=False))


def rows_given_up() -> int:
    """Rows of orders that came to nothing, without a trace of money or of a booking."""
    limit, count = clock.now() - ROWS_KEPT, 0

    def rows() -> QuerySet:
        money = Payment.objects.filter(order=OuterRef("pk")).filter(
            Q(status__in=MOVED) | Q(captured_minor__gt=0) | Q(refunds__isnull=False)
        )
        booked = Booking.objects.filter(order=OuterRef("pk")).exclude(reference="")
        left = personal.at_rest().filter(status__in=GIVEN_UP, placed_at__lt=limit, masked_at__isnull=False)
        return left.filter(~Exists(money), ~Exists(booked))

    for ids in _batches(rows):
        with transaction.atomic():
            count += Order.objects.filter(pk__in=ids).delete()[1].get("checkout.Order", 0)
    return count


def baskets() -> int:
    """Baskets that were given up, and those whose orders are gone; with holds, lines and what was typed."""
    limit, count = clock.now() - BASKETS_KEPT, 0
    ended = (Basket.Status.EXPIRED, Basket.Status.CONVERTED)

    def rows() -> QuerySet:
        holding = Hold.objects.filter(basket=OuterRef("pk")).exclude(state=Hold.State.CLOSED)
        held = Exists(holding.filter(due_at__isnull=False))  # something is still to be given back
        return Basket.objects.filter(~held, status__in=ended, orders__isnull=True, touched_at__lt=limit)

    for ids in _batches(rows):
        with transaction.atomic():
            gone = Basket.objects.filter(pk__in=ids, orders__isnull=True)
            count += gone.delete()[1].get("baskets.Basket", 0)
    return count


def messages() -> int:
    """Messages that could not be handled and that nobody asked for again; the others go earlier."""
    limit = clock.now() - FAILED_KEPT
    old = InboxMessage.objects.filter(received_at__lt=limit, due_at=None)
    return sum(InboxMessage.objects.filter(pk__in=ids).delete()[0] for ids in _batches(old.all))


KINDS: dict[str, Callable[[], int | None]] = {
    "keys": fulfilment.forget,
    "guests": guest_reminders.forget,
    "knocks": knocks.prune,
    "messages": inbox.prune,
    "old messages": messages,
    "documents": documents,
    "given up": given_up,
    "over": over,
    "asked for": asked_for,
    "rows": rows_given_up,
    "baskets": baskets,
}
