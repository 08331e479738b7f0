"""Our order number in the basket there, where the venue has given us a label to write it under.

It is what finds the order among the venue's own afterwards. Nothing rests on it alone: a label that is refused, unknown
or not read back costs nobody their tickets, and the way on is the same.
"""

from __future__ import annotations

from baskets.holding.asked import BrowserAsks, begin
from baskets.holding.desk import ToBrowser, at_desk
from baskets.models import Errand, Hold

KIND = "number"
NOT_READ_BACK = "attribute_missing"


def number(hold: Hold, label: str, value: str, then: str) -> None:
    """Have `value` written under `label`; where the visitor's browser does it, it goes on to `then`.

    Raises BrowserAsks; Busy, HoldGone (nothing is there to write on), ProviderError.
    """
    from baskets.holding import served

    with at_desk(hold) as desk:
        try:
            state = desk.note({label: value})
        except ToBrowser as to:
            raise BrowserAsks(begin(desk.row, to.ask, KIND, then=then, value=value)) from None
        served.taken(desk, KIND, state, then=then, value=value)


def why_not(hold_id: int | None, value: str) -> str:
    """ "" where this number was written and read back; else a code of why it was not."""
    last = Errand.objects.filter(hold_id=hold_id, kind=KIND, context__value=value).order_by("-pk").first()
    if last is None or last.state != Errand.State.DONE:
        return "not_asked"
    return last.problem
