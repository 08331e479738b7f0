"""How a call to the imitated Stripe is read: parameters, key; and what every answer carries."""

from __future__ import annotations

import base64
from typing import Any

from werkzeug.wrappers import Response

from shop.standin.stripe_forms import StripeError, decode, refused
from shop.standin.stripe_ledger import Ledger
from shop.standin.wsgi import StandinRequest


def params_of(request: StandinRequest) -> dict[str, Any]:
    params = decode(request.query_string.decode("utf-8", "replace"))
    if request.method == "POST":
        if request.mimetype == "application/json":
            raise refused(
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
            )
        params.update(decode(request.get_data(as_text=True)))
    return params


def key_of(request: StandinRequest, params: dict[str, Any]) -> tuple[str, bool]:
    """The API key of a call and whether it is a publishable one. Raises the 401 of a bad key."""
    header = request.headers.get("Authorization", "")
    kind, _, value = header.partition(" ")
    key = str(params.pop("key", ""))
    if kind.lower() == "bearer":
        key = value.strip()
    elif kind.lower() == "basic":
        try:
            key = base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            key = ""
    if not key:
        raise StripeError(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            stored=False,
        )
    shown = key[:8] + "*" * 8 + key[-4:] if len(key) > 16 else key[:3] + "****"
    if key.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise StripeError(
            401,
            f"A live key has no business here: {shown}. This stand-in takes test keys only.",
            code="api_key_expired",
            stored=False,
        )
    if not key.startswith(("sk_test_", "rk_test_", "pk_test_")):
        raise StripeError(401, f"Invalid API Key provided: {shown}", stored=False)
    return key, key.startswith("pk_")


def account(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ledger.account,
        "object": "account",
        "business_profile": {"name": "Foyer stand-in"},
        "charges_enabled": True,
        "country": "AT",
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Foyer stand-in"}},
        "type": "standard",
    }


def balance(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    nothing = [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]
    return {"object": "balance", "available": nothing, "livemode": False, "pending": nothing}


def with_cors(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Request-Id, Stripe-Manage-Version"
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response
