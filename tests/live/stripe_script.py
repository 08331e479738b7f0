"""What our till asks of Stripe, as one script of plain calls with the official library: facts in, facts out.

`facts(client)` gives the same list wherever it behaves the same: states, error codes, sums, the kinds of events. Ids,
times and sentences are left out. Only Stripe's own test payment methods are used (Stripe, "Testing").
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import stripe

Fact = tuple[str, ...]
CARDS = {"enabled": True, "allow_redirects": "never"}
MANUAL = {"capture_method": "manual", "automatic_payment_methods": CARDS}
# kinds of events that the shop listens to; their order is not guaranteed, so they are told as a set
KINDS = (
    "payment_intent.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.payment_failed",
    "payment_intent.canceled", "refund.created", "refund.updated",
)  # fmt: skip
EVENTS_WITHIN = 30  # seconds until a list of events is complete


class Script:
    """One run: `said` collects what was seen."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client
        self.run = secrets.token_hex(6)
        self.said: list[Fact] = []

    def say(self, what: str, *facts: object) -> None:
        self.said.append((what, *(str(fact) for fact in facts)))

    def intent(self, name: str, *, amount: int = 1500, **more: Any) -> stripe.PaymentIntent:
        made: stripe.PaymentIntent = self.client.v1.payment_intents.create(
            {"amount": amount, "currency": "eur", "metadata": {"script": self.run}, **MANUAL, **more},  # type: ignore[typeddict-item]
            {"idempotency_key": f"script-{self.run}-{name}"},
        )
        return made

    def refused(self, what: str, call: Callable[[], Any]) -> None:
        """The kind of error, its code, and what became of the intent where it is told."""
        try:
            call()
        except stripe.StripeError as error:
            told = getattr(error, "error", None)
            intent = getattr(told, "payment_intent", None) if told is not None else None
            decline = getattr(told, "decline_code", None) if told is not None else None
            self.say(
                what, type(error).__name__, error.http_status, error.code, decline or "",
                intent["status"] if intent is not None else "",
            )  # fmt: skip
        else:
            self.say(what, "accepted")

    def confirm(self, intent: stripe.PaymentIntent, method: str) -> stripe.PaymentIntent:
        done: stripe.PaymentIntent = self.client.v1.payment_intents.confirm(
            intent.id, {"payment_method": method, "return_url": "https://shop.example.org/back"}
        )
        return done


def _sums(intent: stripe.PaymentIntent) -> tuple[object, ...]:
    return intent.status, intent.amount, intent.amount_capturable, intent.amount_received


def facts(client: stripe.StripeClient, *, pause: float = 0) -> list[Fact]:
    """Run the whole script. `pause`: seconds between two looks at the list of events."""
    run = Script(client)
    intents = client.v1.payment_intents

    made = run.intent("whole")
    run.say("made", *_sums(made), made.livemode, made.capture_method)
    run.say("made again with its key", run.intent("whole").id == made.id)
    run.refused("made again with its key and another sum", lambda: run.intent("whole", amount=1600))
    run.refused(
        "confirmed without a card", lambda: intents.confirm(made.id, {"return_url": "https://e.org/"})
    )
    run.refused("captured too early", lambda: intents.capture(made.id))
    run.refused("declined", lambda: run.confirm(made, "pm_card_visa_chargeDeclined"))
    run.say("after the decline", *_sums(intents.retrieve(made.id)))
    run.say("another card", *_sums(run.confirm(made, "pm_card_visa")))
    run.refused("confirmed twice", lambda: run.confirm(made, "pm_card_visa"))
    run.refused("captured too much", lambda: intents.capture(made.id, {"amount_to_capture": 1501}))
    key = {"idempotency_key": f"script-{run.run}-capture"}
    part: Any = {"amount_to_capture": 1000}
    run.say("captured in part", *_sums(intents.capture(made.id, part, key)))  # type: ignore[arg-type]
    run.say("captured again with its key", *_sums(intents.capture(made.id, part, key)))  # type: ignore[arg-type]
    run.refused("captured again without", lambda: intents.capture(made.id))
    run.refused("cancelled after that", lambda: intents.cancel(made.id))

    refunds = client.v1.refunds
    some = refunds.create({"payment_intent": made.id, "amount": 400, "metadata": {"refund": "1"}})
    run.say("refunded in part", some.status, some.amount, some.currency)
    run.refused("refunded too much", lambda: refunds.create({"payment_intent": made.id, "amount": 601}))
    rest = refunds.create({"payment_intent": made.id})
    run.say("refunded the rest", rest.status, rest.amount)
    run.refused("refunded once more", lambda: refunds.create({"payment_intent": made.id}))

    gone = run.intent("gone")
    run.say("cancelled before a card", *_sums(intents.cancel(gone.id, {"cancellation_reason": "abandoned"})))
    run.refused("confirmed after that", lambda: run.confirm(gone, "pm_card_visa"))

    freed = run.intent("freed")
    run.confirm(freed, "pm_card_visa")
    charge = intents.retrieve(freed.id, {"expand": ["latest_charge"]}).latest_charge
    assert isinstance(charge, stripe.Charge)
    run.say("authorised", charge.captured, charge.payment_method_details.card.capture_before is not None)  # type: ignore[union-attr]
    run.say("released", *_sums(intents.cancel(freed.id)))

    asked = run.confirm(run.intent("bank"), "pm_card_threeDSecure2Required")
    run.say("the bank asks", *_sums(asked), asked.next_action is not None)
    run.say("released while the bank asks", *_sums(intents.cancel(asked.id)))

    at_once = run.confirm(run.intent("at once", capture_method="automatic"), "pm_card_visa")
    run.say("without authorising first", *_sums(at_once))
    run.refused("too small a sum", lambda: run.intent("small", amount=1))
    run.refused("nobody's intent", lambda: intents.retrieve("pi_3Nobody0000000000000000"))
    run.refused("an unknown parameter", lambda: run.intent("odd", colour="red"))
    run.say("events", *_events(client, {made.id, gone.id, freed.id, asked.id, at_once.id}, pause))
    return run.said


def _events(client: stripe.StripeClient, ids: set[str], pause: float) -> list[str]:
    """Which kinds were told of these intents; asked until two answers are the same."""
    before: list[str] | None = None
    until = time.monotonic() + EVENTS_WITHIN
    while True:
        listed = client.v1.events.list({"types": list(KINDS), "limit": 100})
        found = sorted(
            {
                event.type
                for event in listed.data
                if (
                    event.data.object["id"] in ids or event.data.object.to_dict().get("payment_intent") in ids
                )
            }
        )
        if found == before or time.monotonic() > until:
            return found
        before = found
        time.sleep(pause)  # Stripe lists events some time after they happen; 0 with the imitation
