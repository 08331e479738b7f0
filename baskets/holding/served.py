"""What our server asked at once, where the account needs no visitor's browser: the same row and the same words as an errand.

The row is over when it is written. Pages tell from it what was had, and what was not and why.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from baskets.holding import errands
from baskets.holding.adding import end_attempt
from baskets.holding.desk import Desk
from baskets.holding.errands import Heard
from baskets.holding.reading import take_in
from baskets.models import Attempt, Errand, Hold
from shop import clock
from shop.providers import errors, types


class SaidNo(Exception):
    """The box office took nothing of it. `errand` says why of each thing, `error` of all of it."""

    def __init__(self, errand: Errand, error: errors.Refused) -> None:
        super().__init__(error.code)
        self.errand, self.error = errand, error


def look_first(desk: Desk) -> None:
    """What is uncertain is read before more is asked for. A hold that turns out to be dead is begun afresh."""
    if desk.row.state != Hold.State.UNCERTAIN:
        return
    take_in(desk)
    if desk.row.state == Hold.State.CLOSED:
        desk.keep("")


def look_again(desk: Desk) -> None:
    """They say that it is gone: what is left of it is shown, be it nothing."""
    try:
        take_in(desk)
    except errors.ProviderError:
        desk.not_known()


def _row(desk: Desk, kind: str, attempt: Attempt | None, context: dict[str, Any]) -> Errand:
    now = clock.now()
    return Errand.objects.create(
        hold=desk.row, kind=kind, attempt=attempt, context=context, made_at=now, served_at=now
    )


def taken(
    desk: Desk, kind: str, state: types.Hold, *, attempt: Attempt | None = None, **context: Any
) -> Heard:
    """It was asked, and this is how the basket is now."""
    return errands.taken_in(desk, _row(desk, kind, attempt, context), state)


def refused(
    desk: Desk, kind: str, error: errors.ProviderError, *, attempt: Attempt | None = None, **context: Any
) -> errors.ProviderError | SaidNo:
    """What to raise: after a refusal the row that says why of each thing, else the error as it is.

    A hold that is gone is read once more, an answer that was lost leaves the attempt open: reading tells.
    """
    if isinstance(error, errors.HoldGone | errors.HoldExpired):
        end_attempt(attempt, Attempt.State.REFUSED)
        if not desk.capabilities.in_browser:
            look_again(desk)
        return error
    if isinstance(error, errors.OutcomeUnknown):
        return error
    if desk.row.state != Hold.State.UNCERTAIN:
        end_attempt(attempt, Attempt.State.REFUSED)
    if not isinstance(error, errors.Refused) or not (error.refusals or kind == "code"):
        return error
    errand = _row(desk, kind, attempt, context)
    with transaction.atomic():
        errands.remember(errand, errands.reasons(errand, error))
        errands.end(errand, Attempt.State.REFUSED, error.code)
    return SaidNo(errand, error)
