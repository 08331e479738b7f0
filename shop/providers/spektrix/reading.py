"""Read single fields of their JSON. A reader returns what it found or its default; `Malformed` says what is wrong."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.types import BadRecord

Json = dict[str, Any]
_WHOLE_NUMBER = re.compile(r"^-?\d{1,15}")
LONGEST_REF = 60


class Malformed(ValueError):
    """A field that cannot be read; the text names it and what is wrong, without its content."""


def record(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> Iterator[Json]:
    """The objects of a list; anything else in it is passed over."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def ref(raw: Json, name: str) -> str:
    """A required id, as text, trimmed. Ids are text in v3 and whole numbers in v2."""
    found = optional_ref(raw, name)
    if not found:
        raise Malformed(f"{name} is missing" if raw.get(name) in (None, "") else f"{name} is not an id")
    return found


def optional_ref(raw: Json, name: str) -> str:
    value = raw.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value) if value < 10**LONGEST_REF else ""
    if isinstance(value, str) and value.strip() and len(value.strip()) <= LONGEST_REF:
        return value.strip()
    return ""


def linked(raw: Json, name: str) -> str:
    """The id of a sub-object: `{"event": {"id": ...}}`, or the id itself."""
    value = raw.get(name)
    return optional_ref(value, "id") if isinstance(value, dict) else optional_ref(raw, name)


def text(raw: Json, name: str, longest: int = 300) -> str:
    """One line of plain text; "" for null and for what is no text or number."""
    value = raw.get(name)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)[:longest]
    return " ".join(html.unescape(value).split())[:longest] if isinstance(value, str) else ""


def markup(raw: Json, name: str) -> str:
    """HTML as it came (whoever stores it sanitises it); "" where nothing of it could be seen, as in `<div id>`."""
    value = raw.get(name)
    if not isinstance(value, str):
        return ""
    seen = html.unescape(re.sub(r"<[^>]*>", "", value)).strip()
    return value.strip() if seen or "<img" in value else ""


def yes(raw: Json, name: str, default: bool = False) -> bool:
    """A boolean, also where it comes as text or, in v2, as 0 and 1."""
    value = raw.get(name)
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if said in {"true", "yes", "1"}:
        return True
    return False if said in {"false", "no", "0"} else default


def number(raw: Json, name: str) -> Decimal | None:
    """A number, exact; None for null, "" and a missing field."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise Malformed(f"{name} is not a number")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise Malformed(f"{name} is not a number") from None
    if not found.is_finite() or abs(found) > Decimal(10) ** 7:
        raise Malformed(f"{name} is not a possible number")
    return found


def count(raw: Json, name: str) -> int | None:
    """A whole number of things, never below zero; None where there is none or it cannot be read."""
    try:
        found = number(raw, name)
    except Malformed:
        return None
    return None if found is None else max(0, int(found))


def amount(raw: Json, name: str, currency: str) -> Money | None:
    """A sum in major units ("29", 40.0, 26.00), or a money object `{"amount": ...}`; None where there is none."""
    inner = raw.get(name)
    found = number(inner, "amount") if isinstance(inner, dict) else number(raw, name)
    if found is None:
        return None
    if found < 0:
        raise Malformed(f"{name} is below zero")
    return Money.from_decimal(found, currency)


def soft_amount(raw: Json, name: str, currency: str) -> Money | None:
    """As `amount`, None too where it cannot be read: for what is shown beside a price."""
    try:
        return amount(raw, name, currency)
    except Malformed:
        return None


def moment(raw: Json, name: str, zone: ZoneInfo | None) -> datetime | None:
    """A time, in UTC. Without an offset it is read in `zone`; None: in UTC, as `startUtc` is, which has no "Z".

    In the hour that a clock change repeats, a local time is read as the first of the two; in the hour that it
    leaves out, as the same distance from midnight by the old clock.
    """
    value = raw.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed(f"{name} is not a date")
    try:
        found = datetime.fromisoformat(value.strip())
        if found.year <= 1:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{name} is not a possible date") from None


def local_or_utc(raw: Json, name: str, zone: ZoneInfo) -> datetime | None:
    """`start` with its twin `startUtc`: the one in UTC is never ambiguous and wins; the local one needs the zone."""
    return moment(raw, f"{name}Utc", None) or moment(raw, name, zone)


def whole_number(identifier: str) -> str:
    """The number in front of a v3 id, which is what hosted pages and v2 call the same thing."""
    found = _WHOLE_NUMBER.match(identifier)
    return found[0] if found else ""


def every_attribute(raw: Json) -> dict[str, str]:
    """`attribute_<Name>` (some say `Attribute_`) -> text; true is "yes"; false, null and "" are ""."""
    return {
        key[len("attribute_") :]: "yes"
        if value is True
        else ""
        if value is False or value is None
        else text(raw, key, 500)
        for key, value in raw.items()
        if key.lower().startswith("attribute_") and len(key) > len("attribute_")
    }


def attributes(raw: Json) -> dict[str, str]:
    """Those of `every_attribute` that say something."""
    return {name: said for name, said in every_attribute(raw).items() if said}


def bad_record(what: str, raw: Any, wrong: Malformed, *, withdrawn: bool = False) -> BadRecord:
    """A record that is left out, with a little of what came: its id, name and dates."""
    found = record(raw)
    shown = {name: str(found[name])[:60] for name in ("id", "name", "start", "startUtc") if name in found}
    excerpt = ", ".join(f"{name}={value}" for name, value in shown.items()) or type(raw).__name__
    return BadRecord(
        what=what,
        ref=optional_ref(found, "id"),
        reason=str(wrong),
        excerpt=excerpt[:300],
        withdrawn=withdrawn,
    )
