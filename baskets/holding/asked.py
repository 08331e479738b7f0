"""The row of what the visitor's browser has to ask, and the way to say that it has to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from baskets.holding.desk import Busy
from baskets.models import Attempt, Errand, Hold
from catalog.models import Instance
from shop import clock
from shop.providers import types

# The browser asks one thing after the other. One that was handed out this long ago and is not heard of is not waited for.
WAIT_FOR_IT = timedelta(seconds=20)

# Errands whose calls hold a buyer's own words: answers, and what is written into a gift voucher.
OWN_WORDS = ("note", "take")


class BrowserAsks(Exception):
    """The visitor's browser has to ask: lead it to the page of this errand."""

    def __init__(self, errand: Errand) -> None:
        super().__init__(errand.kind)
        self.errand = errand


def plain(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request as a row keeps it and a page writes it."""
    found: dict[str, Any] = json.loads(json.dumps(dict(request)))
    return found


def begin(
    hold: Hold,
    ask: types.AskBrowser,
    kind: str,
    *,
    attempt: Attempt | None = None,
    instance: Instance | None = None,
    **context: Any,
) -> Errand:
    """Write down what the browser is to ask; it takes the place of what is not heard of yet."""
    open_ones = Errand.objects.filter(hold=hold, state=Errand.State.OPEN)
    open_ones.filter(kind__in=OWN_WORDS).update(request={})
    # what nobody has asked yet never will be: the same form sent again asks anew
    never = list(open_ones.filter(kind="take", served_at=None).values_list("attempt_id", flat=True))
    Attempt.objects.filter(pk__in=never).update(state=Attempt.State.REFUSED)
    open_ones.update(state=Errand.State.DROPPED)
    return Errand.objects.create(
        hold=hold,
        kind=kind,
        attempt=attempt,
        instance=instance,
        request=plain(ask.request),
        context=context,
        made_at=clock.now(),
    )


def of_attempt(attempt: Attempt | None) -> Errand | None:
    """What is under way for this very press of a form."""
    if attempt is None:
        return None
    return Errand.objects.filter(attempt=attempt, state=Errand.State.OPEN).first()


def wait_for_others(hold: Hold) -> None:
    """One thing at a time: raises Busy while the browser is asking something else."""
    since = clock.now() - WAIT_FOR_IT
    if Errand.objects.filter(hold=hold, state=Errand.State.OPEN, served_at__gt=since).exists():
        raise Busy(same=False)
