"""Read single fields of their JSON, which mixes nulls, "", whole and broken numbers, and texts with entities.

A reader returns what it found or its default; `Malformed` says in one short phrase what cannot be read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money

_TICKS = re.compile(
    r"^/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/$"
)  # older ASP.NET; never seen here, cheap to read
_DAY = re.compile(r"^\d{4}-\d\d-\d\d")


class Malformed(ValueError):
    """A field that cannot be read; the text names it and what is wrong, without its content."""


def record(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list; null and anything else in it are passed over."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def ref(raw: dict[str, Any], name: str) -> str:
    """A required id, as text. Zero and blanks are no ids."""
    value = raw.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and value.strip() not in {"", "0"}:
        return value.strip()
    raise Malformed(f"{name} is missing" if value in (None, "", 0) else f"{name} is not an id")


def optional_ref(raw: dict[str, Any], name: str) -> str:
    try:
        return ref(raw, name)
    except Malformed:
        return ""


def text(raw: dict[str, Any], name: str) -> str:
    """One line of plain text; "" for null and for anything that is no text or number."""
    value = raw.get(name)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return " ".join(html.unescape(value).split()) if isinstance(value, str) else ""


def lines(raw: dict[str, Any], name: str) -> str:
    """Plain text that may have line breaks."""
    value = raw.get(name)
    if not isinstance(value, str):
        return ""
    kept = [
        line.strip() for line in html.unescape(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]
    return "\n".join(kept).strip()


def markup(raw: dict[str, Any], name: str) -> str:
    """HTML as it came (whoever stores it sanitises it); "" where nothing of it could be seen."""
    value = raw.get(name)
    if not isinstance(value, str):
        return ""
    seen = html.unescape(re.sub(r"<[^>]*>", "", value)).strip()
    return value.strip() if seen or "<img" in value else ""


def yes(raw: dict[str, Any], name: str, default: bool = False) -> bool:
    """A boolean, also where it comes as text."""
    value = raw.get(name)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    return default


def number(raw: dict[str, Any], name: str) -> Decimal | None:
    """A number, exact; None for null, "" and a missing field."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Malformed(f"{name} is not a number")
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise Malformed(f"{name} is not a number") from None
    if not found.is_finite() or abs(found) > Decimal(10) ** 9:
        raise Malformed(f"{name} is not a possible number")
    return found


def count(raw: dict[str, Any], name: str) -> int | None:
    """A whole number; None where there is none."""
    found = number(raw, name)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise Malformed(f"{name} is not a whole number")
    return int(found)


def amount(raw: dict[str, Any], name: str, currency: str) -> Money | None:
    """A sum of money; None where there is none."""
    found = number(raw, name)
    if found is None:
        return None
    if found < 0:
        raise Malformed(f"{name} is below zero")
    return Money.from_decimal(found, currency)


def known_amount(raw: dict[str, Any], name: str, currency: str) -> Money | None:
    """A price in a list, where 0 means that it is not known."""
    return amount(raw, name, currency) or None


def moment(raw: dict[str, Any], name: str, zone: ZoneInfo) -> datetime | None:
    """A date with time, in UTC. Without an offset it is read in `zone`; year 1 means none."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed(f"{name} is not a date")
    ticks = _TICKS.match(value.strip())
    if not ticks and not _DAY.match(value.strip()):
        raise Malformed(f"{name} is not a date")
    try:
        if ticks:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(ticks[1]))
        found = datetime.fromisoformat(value.strip())
        if found.year <= 1:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{name} is not a possible date") from None
