"""The body of ``SubmitOrder`` and ``SubmitOrderOnAccount``, checked. Names are in lower case already."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from shop.standin.ltd_lists import COUNTRIES, LANGUAGES, UNITED_STATES
from shop.standin.ltd_words import Problem

_OPTIONAL = {
    "address1": "AddressLine1",
    "address2": "AddressLine2",
    "company": "CompanyName",
    "city": "City",
    "zip": "Zip",
    "phone": "Phone",
    "mobile": "Mobile",
    "state": "StateCode",
    "external_reference": "TransactionReference",
}


def read_submission(body: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an order. ``BasketId`` is not asked for in the body: the documents' own sample has none.

    Raises ``Problem`` 400 for what is missing or of the wrong type (the documents list no code for it).
    """
    order: dict[str, Any] = {
        "email": _text(body, "Email", required=True),
        "first_name": _text(body, "Name", required=True),
        "last_name": _text(body, "LastName", required=True),
        "delivery": _whole(body, "DeliveryType", required=True),
        "success": _url(body, "SuccessReturnUrl"),
        "failure": _url(body, "FailureReturnUrl"),
        "country": _whole(body, "Country"),
        "language": _whole(body, "PaymentGateLanguage") or 1,
        "protection": _flag(body, "RequireTicketPlan"),
        "mail": _flag(body, "SendConfirmationEmail"),
    }
    for key, name in _OPTIONAL.items():
        order[key] = _text(body, name)
    if "@" not in order["email"]:
        raise _invalid("Email is not a valid e-mail address.")
    if order["country"] is not None and order["country"] not in COUNTRIES:
        raise _invalid("Country is not a known country identifier.")
    if order["country"] != UNITED_STATES:
        order["state"] = None
    if order["language"] not in LANGUAGES:
        order["language"] = 1
    return order


def _invalid(detail: str) -> Problem:
    return Problem(400, "The request is invalid.", detail)


def _text(body: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    value = body.get(name.lower())
    if value is None or value == "":
        if required:
            raise _invalid(f"The {name} field is required.")
        return None
    if not isinstance(value, str) or len(value) > 500:
        raise _invalid(f"{name} is not a valid string.")
    return value


def _whole(body: dict[str, Any], name: str, *, required: bool = False) -> int | None:
    value = body.get(name.lower())
    if value is None or value == "":
        if required:
            raise _invalid(f"The {name} field is required.")
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _invalid(f"{name} is not a valid integer.")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name.lower())
    if value is not None and not isinstance(value, bool):
        raise _invalid(f"{name} is not a valid boolean.")
    return bool(value)


def _url(body: dict[str, Any], name: str) -> str:
    """An absolute http(s) address that is safe in a header."""
    value = _text(body, name, required=True) or ""
    parts = urlsplit(value)
    plain = value.isascii() and value.isprintable() and " " not in value
    if parts.scheme not in {"http", "https"} or not parts.netloc or not plain:
        raise _invalid(f"{name} is not a valid URL.")
    return value
