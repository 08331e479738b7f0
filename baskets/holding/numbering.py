"""Our order number in the visitor's own basket, where the venue has given us a label to write it under.

It is what finds the order among the venue's own afterwards. Nothing rests on it alone: a label that is refused, unknown
or not read back costs nobody their tickets, and the way on is the same.
"""

from __future__ import annotations

from baskets.holding.asked import BrowserAsks, begin
from baskets.holding.desk import at_desk
from baskets.models import Errand, Hold

KIND = "number"
NOT_READ_BACK = "attribute_missing"


def number(hold: Hold, label: str, value: str, then: str) -> None:
    """Have the visitor's browser write `value` under `label` and go on to `then`.

    Raises BrowserAsks; Busy, HoldGone (nothing is there to write on), ProviderError.
    """
    with at_desk(hold) as desk:
        ask = desk.browser.note(desk.row.handle, {label: value}, desk.keep)
        raise BrowserAsks(begin(desk.row, ask, KIND, then=then, value=value))


def why_not(hold_id: int | None, value: str) -> str:
    """ "" where this number was written and read back; else a code of why it was not."""
    last = Errand.objects.filter(hold_id=hold_id, kind=KIND, context__value=value).order_by("-pk").first()
    if last is None or last.state != Errand.State.DONE:
        return "not_asked"
    return last.problem
