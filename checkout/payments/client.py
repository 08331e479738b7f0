"""The one client of the payment company's library, made from settings when it is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from django.conf import settings

from checkout.payments.base import TillError, TillMisconfigured, TillRefused, TillUnavailable, TillUnknown
from shop import metrics
from shop.guards import no_open_transaction

TIMEOUT = (3.05, 10.0)  # seconds to connect, to answer


def client(*, patient: bool = False) -> stripe.StripeClient:
    """`patient`: for work in the background, which may try once more."""
    stripe.enable_telemetry = False  # else it writes a file with a random id and sends it with every call
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=settings.STRIPE_MAX_RETRIES + (1 if patient else 0),
    )


@contextmanager
def asking(*, writes: bool) -> Iterator[None]:
    """Every call to the payment company goes through here: no transaction is open, and its errors become ours.

    `writes`: an answer that was lost is `TillUnknown`, for a reading it is `TillUnavailable`.
    """
    no_open_transaction("the payment company")
    with _measured("write" if writes else "read"), _our_errors(writes=writes):
        yield


@contextmanager
def _measured(verb: str) -> Iterator[None]:
    """For the metrics: by what we call an outcome, as for the box offices."""
    began, outcome = time.monotonic(), "ok"
    try:
        yield
    except TillError as error:
        outcome = error.code
        raise
    finally:
        metrics.told("stripe", verb, outcome, time.monotonic() - began)


@contextmanager
def _our_errors(*, writes: bool) -> Iterator[None]:
    try:
        yield
    except stripe.CardError as error:
        raise TillRefused(_said(error), code=error.code or "card_declined") from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise TillMisconfigured(_said(error)) from None
    except stripe.RateLimitError as error:
        raise TillUnavailable(_said(error)) from None
    except stripe.IdempotencyError as error:
        raise TillRefused(_said(error), code="idempotency") from None
    except stripe.InvalidRequestError as error:
        raise TillRefused(_said(error), code=error.code or "invalid_request") from None
    except (stripe.APIConnectionError, stripe.APIError) as error:
        raise (TillUnknown if writes else TillUnavailable)(_said(error)) from None
    except stripe.StripeError as error:
        raise TillError(_said(error)) from None


def _said(error: stripe.StripeError) -> str:
    """Kind, code and request id: their sentences may quote a key."""
    return " ".join(filter(None, (type(error).__name__, str(error.code or ""), str(error.request_id or ""))))
