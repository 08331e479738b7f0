"""The payment company in memory, with faults to switch on: it answers what `checkout.payments.intents` is asked.

`Till.faults` maps a verb (create, retrieve, capture, cancel) to what happens next: an error to raise before the work,
or `Lost(error)` to raise after it; `Killed` is the death of the process. Keys mean the same thing again, as there.
Every call refuses to be made inside a database transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from checkout.payments import intents, refunds
from checkout.payments.base import Intent, IntentState, RefundSeen, RefundState, TillRefused
from shop import clock, guards
from shop.money import Money

S = IntentState


class Killed(BaseException):
    """The process dies here: nothing behind it runs, not even what catches errors."""


@dataclass
class Gone:
    """The work is done, then the answer goes missing, or whoever waits for it dies."""

    error: BaseException


@dataclass
class Till:
    made: dict[str, Intent] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # of create -> intent
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: Counter[str] = field(default_factory=Counter)
    before: Callable[[str], None] | None = None
    live: bool = False
    manual: bool = True
    refusals: dict[str, TillRefused] = field(
        default_factory=dict
    )  # of a key: said again, as there, for a day
    given: list[int] = field(default_factory=list)  # back, in minor units

    # --- what a test does

    def fail(self, verb: str, *faults: Any) -> None:
        self.faults[verb] += faults

    def only(self) -> Intent:
        (found,) = self.made.values()
        return found

    def change(self, intent_id: str = "", **facts: Any) -> Intent:
        intent = self.made[intent_id] if intent_id else self.only()
        self.made[intent.id] = replace(intent, **facts)
        return self.made[intent.id]

    def pay(self, intent_id: str = "") -> None:
        """The buyer's card is good: authorised, or taken at once."""
        intent = self.made[intent_id] if intent_id else self.only()
        assert intent.state in (S.NEEDS_CARD, S.NEEDS_BUYER, S.PROCESSING), intent.state
        if intent.manual:
            self.change(
                intent.id, state=S.AUTHORISED, capturable=intent.amount.minor, charge_id="ch_1",
                capture_before=clock.now() + timedelta(days=7),
            )  # fmt: skip
        else:
            self.change(intent.id, state=S.CAPTURED, received=intent.amount.minor, charge_id="ch_1")

    @property
    def taken(self) -> int:
        return sum(intent.received for intent in self.made.values())

    @property
    def reserved(self) -> int:
        return sum(i.capturable for i in self.made.values() if i.state == S.AUTHORISED)

    # --- what the shop asks

    def _work(self, verb: str, do: Callable[[], Intent]) -> Intent:
        guards.no_open_transaction("the payment company")
        self.calls[verb] += 1
        if self.before:
            self.before(verb)
        fault = self.faults[verb].pop(0) if self.faults[verb] else None
        if isinstance(fault, BaseException):
            raise fault
        found = do()
        if isinstance(fault, Gone):
            raise fault.error
        return found

    def create(self, *, key: str, amount: Money, payment_id: int, order_number: str) -> Intent:
        def do() -> Intent:
            if key in self.keys:
                known = self.made[self.keys[key]]
                if known.amount != amount:
                    raise TillRefused(code="idempotency")
                return known
            number = len(self.made) + 1
            made = Intent(
                id=f"pi_{number}", state=S.NEEDS_CARD, amount=amount, live=self.live, payment_ref=str(payment_id),
                manual=self.manual, client_secret=f"pi_{number}_secret_s",
            )  # fmt: skip
            self.made[made.id] = made
            self.keys[key] = made.id
            return made

        return self._work("create", do)

    def retrieve(self, intent_id: str) -> Intent:
        return self._work("retrieve", lambda: self.made[intent_id])

    def capture(self, intent_id: str, *, key: str, minor: int) -> Intent:
        def do() -> Intent:
            if self.keys.get(key) == intent_id:
                return self.made[intent_id]
            if self.made[intent_id].state != S.AUTHORISED:
                raise TillRefused(code=intents.UNEXPECTED_STATE)
            assert 0 < minor <= self.made[intent_id].capturable
            self.keys[key] = intent_id
            return self.change(intent_id, state=S.CAPTURED, received=minor, capturable=0)

        return self._work("capture", do)

    def cancel(self, intent_id: str, *, key: str) -> Intent:
        def do() -> Intent:
            intent = self.made[intent_id]
            if self.keys.get(key) == intent_id:
                return intent
            if key in self.refusals:
                raise self.refusals[key]
            if intent.state in (S.CAPTURED, S.CANCELED, S.PROCESSING):
                self.refusals[key] = TillRefused(code=intents.UNEXPECTED_STATE)
                raise self.refusals[key]
            self.keys[key] = intent_id
            return self.change(intent_id, state=S.CANCELED, capturable=0, cancel_reason="abandoned")

        return self._work("cancel", do)

    def give_back(self, *, key: str, intent_id: str, minor: int, **_more: Any) -> RefundSeen:
        guards.no_open_transaction("the payment company")
        intent = self.made[intent_id]
        assert intent.state == S.CAPTURED, "nothing was taken"
        if key not in self.keys:
            assert sum(self.given) + minor <= intent.received, "more than was taken"
            self.keys[key] = intent_id
            self.given.append(minor)
        return RefundSeen(
            id=f"re_{key}", state=RefundState.SUCCEEDED, amount=Money(minor, intent.amount.currency),
            intent_id=intent_id, refund_ref=key.removeprefix("refund-"),
        )  # fmt: skip

    def install(self, monkeypatch: Any) -> Till:
        for verb in ("create", "retrieve", "capture", "cancel"):
            monkeypatch.setattr(intents, verb, getattr(self, verb))
        monkeypatch.setattr(refunds, "make", self.give_back)
        return self
