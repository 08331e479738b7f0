"""The campaign must be able to fail: a shop with one rule broken is caught, by the invariant that the rule is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from unittest import mock

import pytest

from baskets import sweeping
from baskets.holding import releasing
from checkout import confirming, emails, following, settling, states, taking, words
from checkout.models import Booking, Payment
from checkout.payments import intents
from checkout.payments.base import Intent, IntentState
from shop import claims
from shop.providers import http
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


def asks_again() -> list[Change]:
    """A write whose answer was lost is sent once more, as a read is."""
    attempts = http._attempts

    def again(once: Any, *, info: Any, reads: bool, rewind: Any = None) -> Any:
        return attempts(once, info=info, reads=True, rewind=rewind)

    return [(http, "_attempts", again)]


def lost_is_refused() -> list[Change]:
    """A booking whose answer was lost is taken for refused."""

    def refused(booking: Booking, why: str, road: str) -> None:
        settling.end_part(booking, B.REFUSED, why, road=road)

    return [(confirming, "_uncertain", refused), (settling, "may_be_asked", lambda booking: False)]


def never_released() -> list[Change]:
    """Authorised money for what was not booked stays on the card, whoever lets it go: only the shop believes that."""

    def pretends(intent_id: str, *, key: str) -> Intent:
        return replace(intents.retrieve(intent_id), state=IntentState.CANCELED)

    return [(intents, "cancel", pretends)]


def keeps_holds() -> list[Change]:
    """What a buyer takes out of the basket is not given back."""

    def pretends(hold: Any) -> bool:
        hold.lines.filter(state="releasing").delete()
        type(hold).objects.filter(pk=hold.pk).update(state="open", due_at=None)
        return True

    return [(releasing, "_try", pretends), (sweeping, "finish_release", pretends)]


def nobody_waits() -> list[Change]:
    """Claims are given to everybody, a part is booked and a row moved whatever it says by now."""

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

    def confirm(booking: Booking, *, road: str) -> Booking:
        confirming._confirm(booking, road)
        return Booking.objects.select_related("order", "account").get(pk=booking.pk)

    return [
        (claims, "claim", claim),
        (confirming, "move", move),
        (settling, "move", move),
        (confirming, "confirm", confirm),
    ]


def silent() -> list[Change]:
    return [(emails, "send", lambda mail_id: False)]


def buys_in_silence() -> list[Change]:
    """Nobody writes to who has bought."""
    return [(emails, "order_paid", lambda order: None)]


def ends_in_silence() -> list[Change]:
    """Nobody writes to who was let down."""
    return [(emails, "order_not_booked", lambda order: None)]


def keeps_baskets() -> list[Change]:
    """An order ends, and the basket is not the buyer's again."""
    return [(following, "thaw", lambda order: None)]


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


GO: list[Any] = ["goes_on", 0]
BUYS = [GO] * 8
REFUSED = ["fault", {"world": "ltd", "name": "account_refused"}]
REFUSED_THERE = ["fault", {"world": "xs2event", "name": "payment_method_refused"}]
LOST_THERE = ["fault", {"world": "xs2event", "match": "POST /v1/bookings", "kind": "lost_answer"}]
NOT_READ = ["fault", {"world": "xs2event", "match": "GET /v1/bookings*", "kind": "drop", "times": 4}]
LOST_HOLD = ["fault", {"world": "xs2event", "match": "POST /v1/reservations", "kind": "lost_answer"}]
# The payment company's message is handled while the return page has the part booked, at each of its calls.
BOTH = [[GO] * 6 + [["meanwhile", passing, ["messages", 1, False]], GO, GO] for passing in (1, 3, 5)]
TOUR, STADIUM = "touring GBP", "stadium GBP"
CASES: list[tuple[Callable[[], list[Change]], str, str, list[list[Any]]]] = [
    (takes_first, "1", TOUR, [[REFUSED, *BUYS]]),
    (asks_again, "123", STADIUM, [[LOST_HOLD, GO], [LOST_THERE, *BUYS]]),
    (lost_is_refused, "1", STADIUM, [[LOST_THERE, NOT_READ, *BUYS]]),
    (never_released, "4", TOUR, [[REFUSED, *BUYS]]),
    (keeps_holds, "3", TOUR, [[GO, ["removes", 0]]]),
    (nobody_waits, "125", f"{TOUR},{STADIUM}", BOTH),
    (silent, "6", TOUR, [BUYS]),
    (buys_in_silence, "6", TOUR, [BUYS]),
    (ends_in_silence, "6", TOUR, [[REFUSED, *BUYS]]),
    (keeps_baskets, "6", STADIUM, [[REFUSED_THERE, *BUYS]]),
    (behind_the_back, "5", TOUR, [[REFUSED, *BUYS]]),
    (lies, "7", TOUR, [[REFUSED, *BUYS]]),
    (breaks, "8", TOUR, [BUYS]),
]


def history(kind: str, steps: list[Any]) -> dict[str, Any]:
    return {
        "buyers": [[[one, 0, 2] for one in kind.split(",")]],
        "scarce": False,
        "messages": "late",
        "steps": steps,
    }


@pytest.mark.parametrize(
    ("mutation", "numbers", "kind", "histories"),
    [pytest.param(*one, id=one[0].__name__) for one in CASES],
)
def test_a_shop_that_breaks_a_rule_is_caught(
    opened: Callable[[date], Ground],
    mutation: Callable[[], list[Change]],
    numbers: str,
    kind: str,
    histories: list[Any],
) -> None:
    """And the shop as it is goes through the same histories unharmed."""
    ground = opened(day_of(SEED))
    assert [one(ground, history(kind, steps)).broken for steps in histories] == [[]] * len(histories)
    with ExitStack() as stack:
        for target, name, value in mutation():
            stack.enter_context(mock.patch.object(target, name, value))
        found = [said for steps in histories for said in one(ground, history(kind, steps)).broken]
    assert any(said[0] in numbers for said in found), found


@pytest.mark.long
@pytest.mark.parametrize("mutation", [one[0] for one in CASES])
def test_a_shop_that_breaks_a_rule_is_caught_by_what_is_drawn(
    opened: Callable[[date], Ground], mutation: Callable[[], list[Change]]
) -> None:
    ground = opened(day_of(SEED))
    with ExitStack() as stack:
        for target, name, value in mutation():
            stack.enter_context(mock.patch.object(target, name, value))
        for number in range(MOST):
            if one(ground, history_of(SEED, number)).broken:
                return
    raise AssertionError(f"{MOST} histories, and nobody noticed")
