"""Prices that follow from who buys: taken over before the buyer looks at the sum and says yes to it."""

from __future__ import annotations

from django.db import transaction

from baskets.holding.changing import accept
from baskets.holding.lines import rebuild
from baskets.models import Hold, Line
from shop.providers import types


def take_quote(hold_id: int, state: types.Hold) -> None:
    """The lines as they are for this buyer. What costs something else now needs no yes in the basket: the review, which
    comes next, shows each price and asks for it."""
    with transaction.atomic():
        hold = Hold.objects.select_related("basket", "account").get(pk=hold_id)
        rebuild(hold, state)
        for line in hold.lines.filter(state=Line.State.CHANGED):
            accept(line, line.price_minor)
