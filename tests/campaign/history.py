"""What a history is made of, how one is drawn, and how it is played.

A history is plain data (JSON): who buys what, and steps. Whoever draws it is a `Pick`: `random.Random` for a long run,
hypothesis for a test, so that what fails is made small by removing steps and by simpler numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

from tests.campaign import roads

T = TypeVar("T")
Step = list[Any]
MOST_STEPS = 34
CURRENCIES = {
    "GBP": ("west-end", "touring", "assembly", "stadium", "arena"),
    "EUR": ("stadium", "arena", "dublin"),
}
WORLD_OF = {
    "west-end": "ltd", "touring": "ltd", "assembly": "spektrix", "dublin": "spektrix", "stadium": "xs2event", "arena": "tickethead",
}  # fmt: skip

# Calls of each world, as the stand-in matches them: those that write, then those that read.
CALLS: dict[str, tuple[str, ...]] = {
    "ltd": (
        "POST /rest/v2/Baskets", "POST /rest/v2/Baskets/*/Tickets", "DELETE /rest/v2/Baskets/*",
        "POST /rest/v2/Baskets/*/SubmitOrder", "POST /rest/v2/Baskets/*/SubmitOrderOnAccount",
        "GET /rest/v2/Baskets/*", "GET /rest/v2/Orders/*", "GET *",
    ),
    "xs2event": (
        "POST /v1/reservations", "PUT /v1/reservations/*", "DELETE /v1/reservations/*", "POST /v1/bookings",
        "GET /v1/reservations/*", "GET /v1/bookings*", "GET *",
    ),
    "spektrix": (
        "POST /*/api/v3/baskets", "POST /*/api/v3/baskets/*/tickets", "DELETE /*/api/v3/baskets/*",
        "PATCH /*/api/v3/baskets/*", "POST /*/api/v3/customers", "POST /*/api/v3/baskets/*/confirm",
        "GET /*/api/v3/baskets/*", "GET /*/api/v3/orders*", "GET *",
    ),
    "tickethead": ("POST *", "GET *"),
    "stripe": (
        "POST /v1/payment_intents", "POST /v1/payment_intents/*/capture", "POST /v1/payment_intents/*/cancel",
        "POST /v1/refunds", "GET /v1/payment_intents/*", "GET /v1/refunds*", "GET *",
    ),
}  # fmt: skip
WIRE: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "lost_answer"},
    {"kind": "drop"},
    {"kind": "status", "status": 503},
    {"kind": "lost_answer", "status": 502},
    {"kind": "slow", "seconds": 30},
    {"kind": "slow", "seconds": 30, "after": True},
    {"kind": "too_many", "seconds": 2},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "garbage", "after": True},
)
NAMED: dict[str, tuple[dict[str, Any], ...]] = {
    "ltd": (
        {"name": "sold_out"}, {"name": "lone_seat"}, {"name": "refused_with_200"}, {"name": "supplier_failed"},
        {"name": "supplier_failed_after_holding"}, {"name": "price_changed", "by": 500}, {"name": "expired_hold"},
        {"name": "account_locked"}, {"name": "account_refused"}, {"name": "summary_late", "times": 3},
        {"name": "documents_late", "times": 3}, {"name": "conflict_error_object"},
    ),
    "xs2event": (
        {"name": "sold_out"}, {"name": "price_changed", "by": 700}, {"name": "reservation_expires"},
        {"name": "payment_method_refused"}, {"name": "orders_late", "times": 3},
    ),
    "spektrix": (
        {"name": "sold_out"}, {"name": "seat_taken"}, {"name": "credit_used_up"}, {"name": "confirm_refused"},
        {"name": "orders_late", "times": 2}, {"name": "forbidden_html"},
    ),
    "tickethead": (), "stripe": (),
}  # fmt: skip
AHEAD = (0, 0, 0, 0, 45, -45, 100, -100)
JUMPS = (5, 20, 60, 150, 420, 660, 1300, 2400, 86_400)
OUTSIDE = (
    "spektrix/expire", "xs2event/expire", "tickethead/expire", "stripe/expire", "stripe/refund", "xs2event/complete",
    "xs2event/scarce", "arena/scarce", "stripe/dispute", "stripe/dispute-ends",
)  # fmt: skip


@dataclass
class History:
    """`buyers`: for each the parts wanted, as (kind of date, which of them, how many). `at_once`: the till takes money
    without holding it first. `ahead`: seconds by which the clock of the workers' machine goes before that of the web.
    `forgets`: the broker does not deliver again what a worker died over, as the embedded one does."""

    buyers: list[list[list[Any]]]
    scarce: bool = False
    messages: str = "late"  # deliver, late, never
    at_once: bool = False
    ahead: int = 0
    forgets: bool = False
    steps: list[Step] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


class Pick(Protocol):
    def number(self, least: int, most: int) -> int: ...
    def one(self, of: Sequence[T]) -> T: ...


class RandomPick:
    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one(self, of: Sequence[T]) -> T:
        return self._random.choice(of)


def drawn(pick: Pick, most: int = MOST_STEPS) -> History:
    """Every second one is a straight road on which somebody dies, the others are whatever comes in at most so many
    steps."""
    if pick.one((False, True)):
        return History(**roads.drawn(pick, _fault(pick, sorted(CALLS))))
    history = History(
        buyers=[_plan(pick) for _ in range(pick.one((1, 1, 1, 2, 2, 3) if most > 20 else (1, 1, 2)))],
        scarce=pick.one((False, False, True)),
        messages=pick.one(("late", "late", "deliver", "never")),
        at_once=pick.one((False, False, False, True)),
        ahead=pick.one(AHEAD),
        forgets=pick.one((False, True)),
    )
    if len(history.buyers) > 1 and pick.one(
        (False, True)
    ):  # both want the same, and with luck it is the last of it
        history.buyers[1][0] = list(history.buyers[0][0])
    worlds = {"stripe"} | {WORLD_OF[part[0].split()[0]] for plan in history.buyers for part in plan}
    for _ in range(pick.number(4 + 5 * len(history.buyers), most)):
        history.steps.append(_step(pick, len(history.buyers), sorted(worlds)))
    return history


def _plan(pick: Pick) -> list[list[Any]]:
    currency = pick.one(("GBP", "GBP", "EUR"))
    kinds = CURRENCIES[currency]
    return [
        [f"{pick.one(kinds)} {currency}", pick.number(0, 3), pick.number(1, 3)]
        for _ in range(pick.one((1, 1, 2, 2, 3, 4)))
    ]


def _step(pick: Pick, buyers: int, worlds: Sequence[str]) -> Step:
    who = pick.number(0, buyers - 1)
    kind = pick.number(0, 99)
    if kind < 56:
        return ["goes_on", who]
    if kind < 65:
        return _fault(pick, worlds)
    if kind < 70:
        return ["dies", pick.one(("write", "before", "after", "write")), pick.number(0, 12)]
    if kind < 74:
        return ["passes", pick.one(JUMPS), pick.one((True, True, False))]
    if kind < 78:
        return ["beat"]
    if kind < 82:
        inner = pick.one(
            (["goes_on", who], ["beat"], ["messages", 1, False], ["again", who], ["cancels", who])
        )
        return ["meanwhile", pick.number(0, 4), inner]
    if kind < 85:
        return ["messages", pick.one((1, 1, 4)), pick.one((False, True))]
    return pick.one(
        (
            ["again", who],
            ["looks", who],
            ["card", who, pick.one(("declined", "asked", "asked_and_failed", "asked_and_left"))],
            ["gate", who, pick.one(("pay_without_return", "decline", "leave", "go_back", "expire"))],
            ["cancels", who],
            ["without", who],
            ["removes", who],
            ["changes", who, pick.number(1, 2)],
            ["adds", who, pick.number(0, 3), pick.number(1, 3)],
            ["clears", who],
            ["staff", pick.one(("check-again", "check-payment", "refund", "refund-part", "take-money", "release-money"))],
            ["outside", pick.one(OUTSIDE)],
            ["queue", pick.one(("lost", "twice", "away"))],
            ["heals"],
        )
    )  # fmt: skip


def _fault(pick: Pick, worlds: Sequence[str]) -> Step:
    world = pick.one(worlds)
    named = NAMED[world]
    if named and pick.number(0, 2) == 0:
        return ["fault", {"world": world, **pick.one(named)}]
    often = pick.one((1, 1, 1, 2, 5, -1))
    return [
        "fault",
        {"world": world, "match": pick.one(CALLS[world]), **pick.one(WIRE), "times": often, "skip": pick.number(0, 2)},
    ]  # fmt: skip


def smaller(
    history: dict[str, Any], fails: Callable[[dict[str, Any]], bool], tries: int = 300
) -> dict[str, Any]:
    """The same failure with fewer steps, buyers and parts: for a run without hypothesis."""
    size = max(1, len(history["steps"]) // 2)
    while size and tries > 0:
        at = 0
        while at < len(history["steps"]) and tries > 0:
            less = {**history, "steps": history["steps"][:at] + history["steps"][at + size :]}
            tries -= 1
            if fails(less):
                history = less
            else:
                at += size
        size //= 2
    for change in (
        {"scarce": False},
        {"messages": "deliver"},
        {"at_once": False},
        {"ahead": 0},
        {"forgets": False},
    ):
        if fails({**history, **change}):
            history = {**history, **change}
    for buyer, plan in enumerate(history["buyers"]):
        for part in range(len(plan) - 1, 0, -1):
            plans = [list(one) for one in history["buyers"]]
            del plans[buyer][part]
            if fails({**history, "buyers": plans}):
                history = {**history, "buyers": plans}
    return history
