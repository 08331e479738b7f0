"""The campaign must be able to fail: a shop with one rule broken is caught, by the invariant that the rule is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any
from unittest import mock

import pytest

from baskets import sweeping
from baskets.holding import releasing
from checkout import confirming, emails, settling, states, taking, words
from checkout.models import Booking, Payment
from shop import claims
from tests.campaign.ground import Ground
from tests.campaign.long_run import day_of, history_of, one

pytestmark = pytest.mark.xdist_group("campaign-can-fail")
SEED, MOST = 3, 300
B = Booking.Status
Change = tuple[Any, str, Any]


def takes_first() -> list[Change]:
    """The money is taken as soon as it is there, before anything is booked."""
    finish = taking.finish

    def first(payment: Payment, road: str, owner: str) -> None:
        if payment.status == Payment.Status.AUTHORISED:
            taking.take(payment, payment.amount_minor, road)
        finish(payment, road, owner)

    return [(taking, "finish", first)]


def books_again() -> list[Change]:
    """A booking whose answer was lost is sent once more."""

    def again(booking: Booking, why: str, road: str) -> None:
        states.move(booking, B.UNCERTAIN, because=why, actor=road)
        states.move(booking, B.PREPARED, because="again", actor=road)

    return [(confirming, "_uncertain", again)]


def lost_is_refused() -> list[Change]:
    """A booking whose answer was lost is taken for refused."""

    def refused(booking: Booking, why: str, road: str) -> None:
        settling.end_part(booking, B.REFUSED, why, road=road)

    return [(confirming, "_uncertain", refused), (settling, "may_be_asked", lambda booking: False)]


def never_released() -> list[Change]:
    """Authorised money for what was not booked stays on the card."""

    def pretends(payment: Payment, road: str) -> None:
        states.move(payment, Payment.Status.RELEASED, because="forgotten", actor=road, due_at=None)

    return [(taking, "release", pretends)]


def keeps_holds() -> list[Change]:
    """What a buyer takes out of the basket is not given back."""

    def pretends(hold: Any) -> bool:
        hold.lines.filter(state="releasing").delete()
        type(hold).objects.filter(pk=hold.pk).update(state="open", due_at=None)
        return True

    return [(releasing, "_try", pretends), (sweeping, "finish_release", pretends)]


def nobody_waits() -> list[Change]:
    """Claims are given to everybody, and a row is moved whatever it says by now."""

    @contextmanager
    def claim(name: str, *, seconds: float = 30) -> Iterator[str]:
        yield name

    def move(row: Any, to: str, *, because: str, actor: str = "", **fields: Any) -> bool:
        was = row.status
        type(row).objects.filter(pk=row.pk).update(status=to, **fields)
        states.note(row, was=was, became=to, because=because, actor=actor)
        row.status = to
        for name, value in fields.items():
            setattr(row, name, value)
        return True

    return [(claims, "claim", claim), (confirming, "move", move), (settling, "move", move)]


def silent() -> list[Change]:
    return [(emails, "send", lambda mail_id: False)]


def behind_the_back() -> list[Change]:
    """A status is set by hand, without a line of history."""
    release = taking.release

    def moves(payment: Payment, road: str) -> None:
        release(payment, road)
        Payment.objects.filter(pk=payment.pk, status=Payment.Status.RELEASED).update(status="failed")

    return [(taking, "release", moves)]


def lies() -> list[Change]:
    return [(words, "BOOKING_KINDS", {**words.BOOKING_KINDS, B.REFUSED: "booked", B.LAPSED: "booked"})]


def breaks() -> list[Change]:
    from checkout import views_order

    return [(views_order, "show", mock.Mock(side_effect=ValueError("broken on purpose")))]


@pytest.mark.parametrize(
    ("mutation", "numbers"),
    [
        (takes_first, "12"),
        (books_again, "12"),
        (lost_is_refused, "1"),
        (never_released, "4"),
        (keeps_holds, "3"),
        (nobody_waits, "125"),
        (silent, "6"),
        (behind_the_back, "5"),
        (lies, "7"),
        (breaks, "8"),
    ],
)
def test_a_shop_that_breaks_a_rule_is_caught(
    opened: Callable[[date], Ground], mutation: Callable[[], list[Change]], numbers: str
) -> None:
    ground = opened(day_of(SEED))
    with ExitStack() as stack:
        for target, name, value in mutation():
            stack.enter_context(mock.patch.object(target, name, value))
        for number in range(MOST):
            found = one(ground, history_of(SEED, number)).broken
            if any(said[0] in numbers for said in found):
                return
    raise AssertionError(f"{MOST} histories, and nobody noticed")
