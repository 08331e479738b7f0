"""Whether our till would work: key, mode, address, clock, and the endpoint for its messages. In plain words.

Stripe, "Authentication", "List all PaymentIntents", "The Webhook Endpoint object".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import stripe
from django.conf import settings
from django.urls import reverse

from checkout.payments import messages
from checkout.payments.base import TillError, TillMisconfigured
from checkout.payments.client import asking, client
from shop import clock

CLOCK_MAY_DIFFER = timedelta(seconds=60)


@dataclass(frozen=True)
class Finding:
    """`well` None: it could not be looked up, which is no mistake by itself."""

    well: bool | None
    text: str


def examine() -> Iterator[Finding]:
    """One finding after the other; what cannot work without the one before is left out. Never raises TillError."""
    if not settings.STRIPE_SECRET_KEY:
        yield Finding(None, "no key: nothing is sold through our own till.")
        return
    where = urlsplit(settings.STRIPE_API_BASE).hostname
    try:
        with asking(writes=False):
            page = client().v1.payment_intents.list({"limit": 1})
            answer, said = page.last_response, page.to_dict()
    except TillMisconfigured as error:
        if error.detail.startswith("PermissionError"):
            yield Finding(
                False,
                "the key is right but may not read payments: give it the right to read and write PaymentIntents.",
            )
        else:
            yield Finding(
                False,
                f"the secret key is refused by {where}. Copy STRIPE_SECRET_KEY afresh from the dashboard.",
            )
        return
    except TillError as error:
        yield Finding(
            False, f"{where} cannot be reached or gives no answer we can read ({error.detail or error.code})."
        )
        return
    live = settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
    yield Finding(True, f"the secret key works at {where}, {'live' if live else 'test'} mode.")
    if any(bool(one.get("livemode")) is not live for one in said.get("data", [])):
        yield Finding(
            False, "its payments are of the other mode than the key says: something stands in between."
        )
    yield _publishable(live)
    yield from _clock(answer)
    yield from _endpoint(live)


def _publishable(live: bool) -> Finding:
    key = settings.STRIPE_PUBLISHABLE_KEY
    if not key:
        return Finding(
            False, "the publishable key is missing: set STRIPE_PUBLISHABLE_KEY, or no card form opens."
        )
    if key.startswith("pk_live_") is not live:
        return Finding(False, "the publishable key is of the other mode: take both keys from the same page.")
    return Finding(True, "the publishable key is there, of the same mode.")


def _clock(answer: Any) -> Iterator[Finding]:
    """Their clock against this machine's: signatures and the time left to pay go by it."""
    headers = getattr(answer, "headers", None) or {}
    stamp = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        theirs = parsedate_to_datetime(stamp)
    except (TypeError, ValueError):
        yield Finding(None, "its answer carries no date, so the clock was not compared.")
        return
    off = round((clock.machine() - theirs).total_seconds())
    if abs(off) > CLOCK_MAY_DIFFER.total_seconds():
        way = "ahead of" if off > 0 else "behind"
        yield Finding(
            False,
            f"this machine's clock is {abs(off)} seconds {way} theirs. Have it set by the network (NTP): signed "
            "messages would be refused, and holds would end at the wrong time.",
        )
    else:
        yield Finding(True, "its clock and this machine's agree.")


def address() -> str:
    return f"{settings.PUBLIC_ORIGIN}{reverse('webhook_stripe')}"


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in settings.LOOPBACK_HOSTS


def _is_same(url: str, wanted: str) -> bool:
    """This machine has several names for itself."""
    if url.rstrip("/") == wanted.rstrip("/"):
        return True
    one, other = urlsplit(url), urlsplit(wanted)
    return _is_loopback(url) and _is_loopback(wanted) and (one.port, one.path) == (other.port, other.path)


def _endpoint(live: bool) -> Iterator[Finding]:
    if not any(settings.STRIPE_WEBHOOK_SECRETS):
        yield Finding(
            False, "no signing secret: set STRIPE_WEBHOOK_SECRET to the one beside the webhook endpoint."
        )
    try:
        with asking(writes=False):
            found = client().v1.webhook_endpoints.list({"limit": 100}).to_dict().get("data", [])
    except TillError as error:
        yield Finding(None, f"the webhook endpoint was not looked up ({error.detail or error.code}).")
        return
    wanted = address()
    here = [one for one in found if _is_same(str(one.get("url", "")), wanted)]
    if not here:
        if not live and _is_loopback(wanted):
            yield Finding(
                None,
                f"no webhook endpoint is registered for {wanted}; on this machine a forwarder can bring messages.",
            )
        else:
            yield Finding(
                False,
                f"no webhook endpoint is registered for {wanted}. Add one with these events: {', '.join(messages.KINDS)}.",
            )
        return
    for one in here:
        yield from _registered(one)


def _registered(one: dict[str, Any]) -> Iterator[Finding]:
    wrong = []
    if one.get("status", "enabled") != "enabled":
        wrong.append("it is switched off there")
    asked = set(one.get("enabled_events") or ())
    if "*" not in asked and (missing := [kind for kind in messages.KINDS if kind not in asked]):
        wrong.append(f"these events are missing: {', '.join(missing)}")
    version = one.get("api_version")
    if version and version != stripe.api_version:
        wrong.append(f"its API version is {version}, this shop speaks {stripe.api_version}")
    if wrong:
        yield Finding(False, f"the webhook endpoint {one.get('url')}: {'; '.join(wrong)}.")
    else:
        yield Finding(True, "the webhook endpoint is registered with the right events.")
