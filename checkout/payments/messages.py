"""What the payment company tells us unasked: proved by its signature over the raw body, and a list of what we missed.

Stripe, "Webhooks", "Verify webhook signatures" and "List all events". A message is a hint to look, never the truth:
copies, late ones and a wrong order are normal.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from django.conf import settings

from checkout.payments import marks
from checkout.payments.base import Message
from checkout.payments.client import asking, client

TOLERANCE = 300  # seconds that a signature may be old
MOST_MISSED = 500
KEPT_THERE = timedelta(days=30)
# what its endpoint is asked to send, and what is looked for among the missed ones
KINDS = (
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.processing",
    "charge.expired",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)


class NotGenuine(Exception):
    """No signature of ours fits this body, or it is too old."""


class NotUnderstood(Exception):
    """Genuine, and not an event with its object in it: the endpoint there is set up for another kind."""


def verify(body: bytes, signature: str) -> Message:
    """`body` as it came, `signature` from the header Stripe-Signature. Any of the shop's secrets may fit.

    Raises NotGenuine, NotUnderstood. Asks nobody.
    """
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        # a body that is no text, or a header of odd characters, is as wrong as another secret
        with contextlib.suppress(stripe.SignatureVerificationError, ValueError, TypeError):
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
            break
    else:
        raise NotGenuine
    try:
        return _message(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotUnderstood(type(error).__name__) from None


def missed(since: datetime) -> list[Message]:
    """Events since then that did not reach us, or not yet, the oldest first; those of no interest are not asked for.

    Raises TillError.
    """
    found = []
    with asking(writes=False):
        page = client(patient=True).v1.events.list(
            {
                "delivery_success": False,
                "types": list(KINDS),
                "created": {"gte": int(since.timestamp())},
                "limit": 100,
            }
        )
        for event in page.auto_paging_iter():
            found.append(event.to_dict())
            if len(found) >= MOST_MISSED:
                break
    return [_message(event) for event in reversed(found)]


def _message(event: Mapping[str, Any]) -> Message:
    if event["object"] != "event":
        raise ValueError(event["object"])
    about = event["data"]["object"]
    is_intent = about["object"] == "payment_intent"
    return Message(
        id=event["id"],
        kind=event["type"],
        live=bool(event["livemode"]),
        object_id=about.get("id") or "",
        intent_id=about["id"] if is_intent else _id(about.get("payment_intent")),
        payment_ref=marks.payment_ref(about.get("metadata")),
        refund_ref=marks.refund_ref(about.get("metadata")),
        happened_at=datetime.fromtimestamp(event["created"], UTC),
    )


def _id(value: Any) -> str:
    """An id, or the id of the object that stands in its place."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return str(value or "")
