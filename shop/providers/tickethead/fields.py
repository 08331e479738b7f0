"""Readers of single JSON fields. Each says in `Misread` which field was wrong and how, never what was in it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from shop.providers.errors import BadAnswer


class Misread(ValueError):
    """A record that cannot be read; the text is for staff and has no personal data in it."""


def mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misread(f"{what} is not an object")
    return value


def rows(record: dict[str, Any], name: str) -> list[Any] | None:
    """A relation: a list, or None where it was not sent."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise Misread(f"{name} is not a list")
    return value


def text(record: dict[str, Any], name: str) -> str:
    """Text that may be missing."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Misread(f"{name} is not text")
    return value.strip()


def needed_text(record: dict[str, Any], name: str) -> str:
    value = text(record, name)
    if not value:
        raise Misread(f"{name} is missing")
    return value


def ident(record: dict[str, Any], name: str = "id") -> str:
    """An id as text: the API sends numbers for some and text for others."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise Misread(f"{name} is missing")
    return str(value)


def whole(record: dict[str, Any], name: str) -> int | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misread(f"{name} is not a whole number")
    return value


def number(record: dict[str, Any], name: str) -> Decimal | None:
    """A JSON number, exactly as written. Text and floats are refused: neither is what the API sends."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misread(f"{name} is not a number")
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise Misread(f"{name} is not a number") from None
    if not exact.is_finite() or abs(exact) > Decimal(10) ** 9:
        raise Misread(f"{name} is not a sensible number")
    return exact


def yes(record: dict[str, Any], name: str, *, default: bool) -> bool:
    value = record.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Misread(f"{name} is not yes or no")
    return value


def moment(record: dict[str, Any], name: str) -> datetime | None:
    """An ISO 8601 time with a `T`, aware, in UTC. One without offset is read as UTC (not documented)."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or "T" not in value:
        raise Misread(f"{name} is not a time")
    try:
        when = datetime.fromisoformat(value)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misread(f"{name} is not a time") from None
    if not 1970 <= when.year <= 2200:
        raise Misread(f"{name} is not a time")
    return when


def currency(record: dict[str, Any], name: str = "currency") -> str:
    """Three capital letters, or "" where there is none."""
    value = text(record, name).upper()
    if value and not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise Misread(f"{name} is not a currency")
    return value


def unwrap(body: Any, *, verb: str, account: str) -> Any:
    """What is inside the envelope `{"data": ...}`. Raises BadAnswer where there is no envelope."""
    if not isinstance(body, dict) or body.get("data") is None:
        raise BadAnswer(f"{verb}: no data in the answer", account=account)
    return body["data"]
