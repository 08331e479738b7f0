"""Read single fields of their JSON. A reader returns what it found or its default; `Malformed` says what cannot be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from shop.money import Money

Json = dict[str, Any]
MOST = 10**11  # minor units; more is no price
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")


class Malformed(ValueError):
    """A field that cannot be read; the text names it and what is wrong, without its content."""


def record(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def records(value: Any) -> Iterator[Json]:
    """The objects of a list; null and anything else in it are passed over."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def text(raw: Json, name: str) -> str:
    """One line of plain text; "" for null and for anything that is no text."""
    value = raw.get(name)
    if not isinstance(value, str):
        return ""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in value).split())


def ref(raw: Json, name: str) -> str:
    """A required id: opaque text."""
    found = text(raw, name)
    if not found or len(found) > 90 or " " in found:
        raise Malformed(f"{name} is missing" if not found else f"{name} is not an id")
    return found


def words(raw: Json, name: str) -> tuple[str, ...]:
    """A list of words, in small letters."""
    value = raw.get(name)
    return (
        tuple(one.strip().lower() for one in value if isinstance(one, str)) if isinstance(value, list) else ()
    )


def yes(raw: Json, name: str) -> bool:
    return raw.get(name) is True


def count(raw: Json, name: str) -> int | None:
    """A whole number; None where there is none."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,12}", value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST:
        raise Malformed(f"{name} is not a whole number")
    return value


def currency(raw: Json, name: str) -> str:
    found = text(raw, name).upper()
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise Malformed(f"{name} is not a currency")
    return found


def amount(raw: Json, name: str, code: str) -> Money | None:
    """Minor units of that currency; None where there are none or 0."""
    found = count(raw, name)
    if found is not None and found < 0:
        raise Malformed(f"{name} is below zero")
    return Money(found, code) if found else None


def coordinate(raw: Json, name: str) -> float | None:
    """They are text, and "" or "0" where nobody knows."""
    try:
        found = float(text(raw, name) or 0)
    except ValueError:
        return None
    return found if found and abs(found) <= 180 else None


def wall_clock(raw: Json, name: str) -> datetime | None:
    """A naive local time. What follows the seconds (an offset in one sample of theirs) is not counted."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    found = _STAMP.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Malformed(f"{name} is not a date")
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00:00'}")
    except ValueError:
        raise Malformed(f"{name} is not a possible date") from None


def utc(raw: Json, name: str) -> datetime | None:
    """A time of their system (created, valid_until): naive, and UTC."""
    try:
        found = wall_clock(raw, name)
    except Malformed:
        return None
    return None if found is None else found.replace(tzinfo=UTC)


class _Plain(HTMLParser):
    BREAKS = frozenset({"p", "br", "li", "div", "h1", "h2", "h3", "h4", "tr", "ul", "ol"})
    HIDDEN = frozenset({"script", "style", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in self.HIDDEN
        self.parts.append("\n" if tag in self.BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.HIDDEN and self.hidden > 0
        self.parts.append("\n" if tag in self.BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def plain(markup: str, limit: int = 400) -> str:
    """HTML as one line of text, cut at a word: it is printed as text, so that no markup of theirs is ever trusted."""
    parser = _Plain()
    parser.feed(markup[:20_000])
    parser.close()
    lines = [" ".join(line.split()) for line in "".join(parser.parts).split("\n")]
    found = ""
    for line in filter(None, lines):
        ends = not found or found[-1] in ".!?:;,"
        found += ("" if not found else " " if ends else "; " if line[0].islower() else ". ") + line
    if sum(bool(line) for line in lines) > 1 and found[-1] not in ".!?":
        found += "."
    return found if len(found) <= limit else found[:limit].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"
