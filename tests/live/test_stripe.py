"""The same script against the imitated Stripe, always, and against Stripe's test mode, with a key and when asked for.

    LIVE_STRIPE_SECRET_KEY=sk_test_... pytest -m live tests/live

Nothing else protects the imitation from drifting away from what it imitates.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import stripe

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import make_app
from tests import conftest
from tests.live.stripe_script import Fact, facts

ORIGIN = "http://stand-in.test"
KEY = os.environ.get("LIVE_STRIPE_SECRET_KEY", "")


@pytest.fixture
def imitated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Fact]:
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    session = requests.Session()
    session.mount(ORIGIN, StandinAdapter(make_app(str(tmp_path / "standin.sqlite3"), ORIGIN)))
    return facts(
        stripe.StripeClient(
            "sk_test_script",
            base_addresses={"api": f"{ORIGIN}/stripe"},
            http_client=stripe.RequestsClient(session=session),
        )
    )


@pytest.fixture
def network(no_network: None) -> Iterator[None]:
    """This one test may leave the machine."""
    refusing = socket.socket.connect
    socket.socket.connect = conftest._connect  # type: ignore[method-assign]
    yield
    socket.socket.connect = refusing  # type: ignore[method-assign]


# Stripe, API reference and "Testing"; what the codes are where a sum is too large is our reading
EXPECTED: list[Fact] = [
    ("made", "requires_payment_method", "1500", "0", "0", "False", "manual"),
    ("made again with its key", "True"),
    ("made again with its key and another sum", "IdempotencyError", "400", "None", "", ""),
    ("confirmed without a card", "InvalidRequestError", "400", "payment_intent_unexpected_state", "", ""),
    (
        "captured too early",
        "InvalidRequestError",
        "400",
        "payment_intent_unexpected_state",
        "",
        "requires_payment_method",
    ),
    ("declined", "CardError", "402", "card_declined", "generic_decline", "requires_payment_method"),
    ("after the decline", "requires_payment_method", "1500", "0", "0"),
    ("another card", "requires_capture", "1500", "1500", "0"),
    (
        "confirmed twice",
        "InvalidRequestError",
        "400",
        "payment_intent_unexpected_state",
        "",
        "requires_capture",
    ),
    ("captured too much", "InvalidRequestError", "400", "amount_too_large", "", ""),
    ("captured in part", "succeeded", "1500", "0", "1000"),
    ("captured again with its key", "succeeded", "1500", "0", "1000"),
    (
        "captured again without",
        "InvalidRequestError",
        "400",
        "payment_intent_unexpected_state",
        "",
        "succeeded",
    ),
    (
        "cancelled after that",
        "InvalidRequestError",
        "400",
        "payment_intent_unexpected_state",
        "",
        "succeeded",
    ),
    ("refunded in part", "succeeded", "400", "eur"),
    ("refunded too much", "InvalidRequestError", "400", "amount_too_large", "", ""),
    ("refunded the rest", "succeeded", "600"),
    ("refunded once more", "InvalidRequestError", "400", "charge_already_refunded", "", ""),
    ("cancelled before a card", "canceled", "1500", "0", "0"),
    ("confirmed after that", "InvalidRequestError", "400", "payment_intent_unexpected_state", "", "canceled"),
    ("authorised", "False", "True"),
    ("released", "canceled", "1500", "0", "0"),
    ("the bank asks", "requires_action", "1500", "0", "0", "True"),
    ("released while the bank asks", "canceled", "1500", "0", "0"),
    ("without authorising first", "succeeded", "1500", "0", "1500"),
    ("too small a sum", "InvalidRequestError", "400", "amount_too_small", "", ""),
    ("nobody's intent", "InvalidRequestError", "404", "resource_missing", "", ""),
    ("an unknown parameter", "InvalidRequestError", "400", "parameter_unknown", "", ""),
    (
        "events",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.created",
    ),
]


def test_the_imitation_answers_as_the_documents_of_stripe_say(imitated):
    assert imitated == EXPECTED


@pytest.mark.live
@pytest.mark.skipif(not KEY, reason="LIVE_STRIPE_SECRET_KEY is not set")
def test_stripes_test_mode_answers_as_the_imitation_does(imitated, network, monkeypatch):
    assert KEY.startswith(("sk_test_", "rk_test_")), "a key of test mode"
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    assert facts(stripe.StripeClient(KEY, max_network_retries=2), pause=2) == imitated
