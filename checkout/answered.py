"""The buyer's answers about tickets and order, from the basket to the order page: sealed with the part they belong to.

Copied when the basket is frozen, with the words of the questions as they were then. The basket forgets them when it is
bought; in the order they are as personal as the buyer's address.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baskets import notes, totals
from baskets.models import Basket, Hold, Line
from baskets.notes import Said
from checkout.models import Booking, OrderLine

KEY = "notes"  # in the sealed answers of a part


def waits(request: HttpRequest, basket: Basket) -> bool:
    """Whether something has to be answered in the basket first; then it is said."""
    holds = list(basket.holds.exclude(state=Hold.State.CLOSED).select_related("account"))
    if all(hold.verified for hold in holds):
        return False
    if not notes.book([line for line in totals.visible_lines([basket]) if line.counts], holds).missing:
        return False
    messages.warning(request, _("The venue needs an answer before you pay. It is marked below."))
    return True


def beside_lines(summary: totals.Summary) -> list[Line]:
    """The basket's lines that count, each with its answers (`said`)."""
    lines = [line for line in summary.lines if line.counts]
    for line in lines:
        line.said = summary.notes.of_line(line)  # type: ignore[attr-defined]
    return lines


def about_order(summary: totals.Summary, booking: Booking) -> list[Said]:
    """Answers about the order of one part, while it is the basket's."""
    hold = next((one for one in summary.holds if one.pk == booking.hold_id), None)
    return summary.notes.of_order(hold) if hold is not None else []


def copy(booking: Booking) -> None:
    """Keep with the part what the basket knows now."""
    hold = Hold.objects.filter(pk=booking.hold_id).select_related("account").first()
    kept: dict[str, Any] = json.loads(booking.answers or "{}")
    before = kept.pop(KEY, None)
    if hold is not None and hold.notes:
        book, lines = notes.of_hold(hold)
        rows = {line.item_ref: _row(book.of_line(line)) for line in lines}
        found = {"lines": {ref: row for ref, row in rows.items() if row}, "order": _row(book.of_order(hold))}
        if found["lines"] or found["order"]:
            kept[KEY] = found
    if kept.get(KEY) != before:
        booking.answers = json.dumps(kept)
        booking.save(update_fields=["answers"])


def _row(said: Sequence[Said]) -> list[list[str]]:
    return [[one.words, one.text, one.state] for one in said if one.text]


def _kept(booking: Booking) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(booking.answers or "{}").get(KEY, {})
    return found


def with_lines(booking: Booking, lines: list[OrderLine]) -> list[OrderLine]:
    """The same lines, each with its answers (`said`)."""
    kept = _kept(booking).get("lines", {})
    for line in lines:
        line.said = [Said(*one) for one in kept.get(line.item_ref, ())]  # type: ignore[attr-defined]
    return lines


def of_order(booking: Booking) -> list[Said]:
    return [Said(*one) for one in _kept(booking).get("order", ())]
