"""Stripe's form encoding, parameter checks and error bodies.

Source: Stripe API reference, "Errors", "Idempotent requests", "Expanding responses". Legal parameter names are
not listed here: the caller passes the typed dictionaries of the official library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ZERO_DECIMAL = words("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")
CURRENCIES = words(
    "aed aud bgn brl cad chf cny czk dkk eur gbp hkd huf ils inr isk jpy krw mxn myr nok nzd pln ron rsd sek "
    "sgd thb try twd uah usd zar"
)
# Smallest charge per currency, in minor units (Stripe, "Minimum and maximum charge amounts").
SMALLEST = {"gbp": 30, "usd": 50, "eur": 50, "chf": 50, "jpy": 50, "dkk": 250, "nok": 300, "sek": 300}
LARGEST = 99_999_999


class StripeError(Exception):
    """An answer other than success.

    ``stored`` tells whether an idempotency key remembers it: not for parameters that were refused, but for
    whatever went wrong once the work had begun. ``keep`` tells whether what was written before it was raised
    stays: a declined card leaves its charge and its event.
    """

    keep = False

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.error: dict[str, Any] = {"type": kind, "message": message}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param
        self.error.update({name: value for name, value in more.items() if value is not None})


def refused(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A parameter that does not pass: 400, not remembered under an idempotency key."""
    return StripeError(400, message, param=param, code=code, stored=False)


def missing(kind: str, object_id: str, *, param: str = "intent") -> StripeError:
    return StripeError(404, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def decode(text: str) -> dict[str, Any]:
    """``a[b]=1&c[]=2&c[]=3&d[0][e]=4`` -> ``{"a": {"b": "1"}, "c": ["2", "3"], "d": [{"e": "4"}]}``."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        parts = [head, *_PART.findall("[" + rest)] if rest else [head]
        node = tree
        for part in parts[:-1]:
            part = part or str(len(node))
            below = node.setdefault(part, {})
            if not isinstance(below, dict):
                raise refused(f"Invalid hash for {head}", param=head)
            node = below
        last = parts[-1]
        node[last or str(len(node))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(below) for key, below in value.items()}


def check_names(params: dict[str, Any], legal: Iterable[str], required: Iterable[str] = ()) -> None:
    """Refuse unknown top-level parameters, then missing ones."""
    legal = set(legal)
    unknown = [name for name in params if name not in legal]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        raise refused(
            f"Received unknown parameter{plural}: {', '.join(unknown)}",
            param=unknown[0],
            code="parameter_unknown",
        )
    for name in sorted(required):
        if params.get(name) in (None, ""):
            raise refused(f"Missing required param: {name}.", param=name, code="parameter_missing")


def integer(params: dict[str, Any], name: str) -> int | None:
    """A whole number or None when it was not sent."""
    if name not in params:
        return None
    text = params[name]
    if not isinstance(text, str) or not re.fullmatch(r"-?\d{1,15}", text):
        raise refused(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
    return int(text)


def boolean(params: dict[str, Any], name: str, default: bool = False) -> bool:
    if name not in params:
        return default
    if params[name] not in ("true", "false"):
        raise refused(f"Invalid boolean: {params[name]}", param=name)
    return bool(params[name] == "true")


def choice(params: dict[str, Any], name: str, legal: Iterable[str], default: str | None = None) -> str | None:
    if name not in params:
        return default
    legal = list(legal)
    if params[name] not in legal:
        raise refused(f"Invalid {name}: must be one of {', '.join(legal)}", param=name)
    return str(params[name])


def currency(params: dict[str, Any]) -> str:
    code = str(params.get("currency", "")).lower()
    if code not in CURRENCIES:
        raise refused(
            f"Invalid currency: {code}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param="currency",
        )
    return code


def check_amount(amount: int, code: str, *, param: str = "amount") -> None:
    if amount < 1:
        raise refused(
            "This value must be greater than or equal to 1.", param=param, code="parameter_invalid_integer"
        )
    if amount > LARGEST:
        raise refused(
            f"Amount must be no more than {in_words(LARGEST, code)}", param=param, code="amount_too_large"
        )
    if amount < SMALLEST.get(code, 1):
        raise refused(
            f"Amount must be at least {in_words(SMALLEST[code], code)}", param=param, code="amount_too_small"
        )


def in_words(amount: int, code: str) -> str:
    """Minor units as Stripe's messages show them: ``€12.50``."""
    sign = {"eur": "€", "gbp": "£", "usd": "$"}.get(code)
    text = f"{amount:,}" if code in ZERO_DECIMAL else f"{amount // 100:,}.{amount % 100:02d}"
    return f"{sign}{text}" if sign else f"{text} {code}"


def metadata(given: Any, before: dict[str, str] | None = None) -> dict[str, str]:
    """Merge new metadata into old; an empty value removes its key, an empty string removes all."""
    if given == "":
        return {}
    if given is None:
        return dict(before or {})
    if not isinstance(given, dict):
        raise refused("Invalid hash for metadata", param="metadata")
    merged = dict(before or {})
    for name, value in given.items():
        if len(name) > 40:
            raise refused(f"Metadata keys can have up to 40 characters: {name}", param="metadata")
        if len(str(value)) > 500:
            raise refused("Metadata values can have up to 500 characters", param=f"metadata[{name}]")
        if value == "":
            merged.pop(name, None)
        else:
            merged[name] = str(value)
    if len(merged) > 50:
        raise refused("Metadata can have up to 50 keys", param="metadata")
    return merged
