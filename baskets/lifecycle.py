"""open -> frozen -> converted; open or frozen -> expired; frozen -> open.

Every move is a compare-and-swap on the row: one process wins, the others get `NotNow`. Checkout calls these;
baskets never ask whether an order exists.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max

from baskets import guests
from baskets.models import Basket, Errand, Hold, Line
from shop import clock

KEEP = timedelta(days=2)  # how long a basket that nobody touches is kept


class NotNow(Exception):
    """The basket is not in the state for this. `status` is the one it is in."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def _move(basket: Basket, was: tuple[str, ...], to: str) -> None:
    if not Basket.objects.filter(pk=basket.pk, status__in=was).update(status=to):
        basket.refresh_from_db(fields=["status"])
        raise NotNow(basket.status)
    basket.status = to


def freeze(basket: Basket) -> None:
    """Nothing is added or taken away while an order is being made of it."""
    _move(basket, (Basket.Status.OPEN,), Basket.Status.FROZEN)


def thaw(basket: Basket) -> None:
    """Back to an open basket. What ran out meanwhile is read by the sweep, at once."""
    try:
        with transaction.atomic():
            _move(basket, (Basket.Status.FROZEN,), Basket.Status.OPEN)
            now = clock.now()
            basket.holds.filter(state=Hold.State.OPEN, expires_at__lte=now).update(due_at=now)
            Basket.objects.filter(pk=basket.pk).update(due_at=now + KEEP)
    except IntegrityError:
        # the visitor opened another basket in this currency meanwhile: the tickets join it
        _join(basket)


def _join(frozen: Basket) -> None:
    with transaction.atomic():
        target = Basket.objects.filter(
            visitor=frozen.visitor, currency=frozen.currency, status=Basket.Status.OPEN
        ).first()
        if target is None:
            raise NotNow(frozen.status)
        _move(frozen, (Basket.Status.FROZEN,), Basket.Status.EXPIRED)
        for hold in frozen.holds.all():
            newest = target.holds.filter(account=hold.account, scope=hold.scope).aggregate(
                n=Max("generation")
            )["n"]
            Hold.objects.filter(pk=hold.pk).update(basket=target, generation=(newest or 0) + 1)
        guests.move(frozen, target)


def convert(basket: Basket) -> None:
    """Bought. The holds are the booking's now; the sweep leaves them alone."""
    _move(basket, (Basket.Status.FROZEN, Basket.Status.OPEN), Basket.Status.CONVERTED)
    Hold.objects.filter(basket=basket).update(due_at=None, notes="")
    guests.forget(basket)


def expire(basket: Basket) -> None:
    """Given up. What is still held goes back through the sweep."""
    with transaction.atomic():
        _move(basket, (Basket.Status.OPEN, Basket.Status.FROZEN), Basket.Status.EXPIRED)
        now = clock.now()
        live = basket.holds.exclude(state=Hold.State.CLOSED)
        Line.objects.filter(hold__in=live).exclude(state=Line.State.GONE).update(state=Line.State.RELEASING)
        live.update(state=Hold.State.RELEASING, due_at=now, attempts=0, beside={})
        basket.holds.update(notes="")
        guests.forget(basket)
        # nobody asks them any more, and they may hold a buyer's own words
        Errand.objects.filter(hold__basket=basket, state=Errand.State.OPEN).update(
            request={}, state=Errand.State.DROPPED
        )
        Basket.objects.filter(pk=basket.pk).update(due_at=None)
