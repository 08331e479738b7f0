"""Query strings as strict as XS2Event reads them: unknown keys 422, bad values 400, operators, absolute pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from shop.standin.wsgi import StandinRequest, as_json
from shop.standin.xs2event_wire import COUNTRIES, bad_value, base_url, unknown_keys

Row = dict[str, Any]
PAGE_SIZE, MOST_ON_A_PAGE = 50, 1000
_OPERATOR = re.compile(r"(ge|gt|le|lt|eq|ne|in|ilike):(.*)", re.DOTALL)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}


@dataclass(frozen=True)
class Key:
    """One query key. ``kind``: text, whole, yes, day, moment, word (out of ``words``), country, ignored.

    ``fields`` are the row's fields that are compared (any may match); the key's own name when there are none.
    ``single``: no ``in:[...]`` here.
    """

    kind: str = "text"
    fields: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    single: bool = False


def text(*fields: str) -> Key:
    return Key("text", fields)


def word(*words: str, field: str = "", single: bool = False) -> Key:
    return Key("word", (field,) if field else (), frozenset(words), single)


WHOLE, YES, DAY, MOMENT, IGNORED = Key("whole"), Key("yes"), Key("day"), Key("moment"), Key("ignored")
COUNTRY = Key("country")


class Query:
    """The keys of one call, read and checked. ``given`` holds plain values of keys that a handler looks at itself."""

    def __init__(self, request: StandinRequest, keys: Mapping[str, Key], *, paged: bool = True) -> None:
        self._request = request
        self._keys = keys
        known = {*keys, *(("page", "page_size", "sorting") if paged else ())}
        unknown = [name for name in request.args if name not in known]
        if unknown:
            raise unknown_keys(unknown)
        for name in request.args:
            if len(request.args.getlist(name)) > 1:
                raise bad_value(name, "given more than once")
        self.given = request.args.to_dict()
        self._tests = [
            (name, self._test(name, keys[name], value))
            for name, value in self.given.items()
            if name in keys and keys[name].kind != "ignored"
        ]
        self.page = self._number("page", 1) if paged else 1
        self.page_size = min(self._number("page_size", PAGE_SIZE), MOST_ON_A_PAGE) if paged else PAGE_SIZE

    def without_tests(self) -> Query:
        """This query for rows that were chosen already: only pages and order are left."""
        self._tests = []
        return self

    def flag(self, name: str) -> bool:
        """An ignored key that says true or false. Raises 400 for another value."""
        value = self.given.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise bad_value(name, "must be true or false")
        return value == "true"

    def country_hint(self) -> None:
        hint = self.given.get("country_hint")
        if hint is not None and hint not in COUNTRIES:
            raise bad_value("country_hint", "must be a country code of three letters")

    def _number(self, name: str, default: int) -> int:
        value = self.given.get(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise bad_value(name, "must be a positive number")
        return int(value)

    def _test(self, name: str, key: Key, value: str) -> Callable[[Row], bool]:
        fields = key.fields or (name,)
        match = _OPERATOR.fullmatch(value)
        operator, rest = match.groups() if match else ("eq", value)
        if operator == "in":
            if key.single or key.kind in {"yes", "day", "moment"}:
                raise bad_value(name, "takes one value")
            if not (rest.startswith("[") and rest.endswith("]")):
                raise bad_value(name, "in: needs a list in square brackets")
            wanted = [_value(name, key, part.strip()) for part in rest[1:-1].split(",") if part.strip()]
            if not wanted:
                raise bad_value(name, "the list is empty")
            return lambda row: any(_of(row, field, key) in wanted for field in fields)
        if operator == "ilike":
            if key.kind != "text":
                raise bad_value(name, "ilike: is for texts")
            part = rest.strip("%").casefold()
            return lambda row: any(part in str(row.get(field) or "").casefold() for field in fields)
        if operator not in {"eq", "ne"} and key.kind not in {"whole", "day", "moment"}:
            raise bad_value(name, f"{operator}: is for numbers and dates")
        compare, sought = _COMPARED[operator], _value(name, key, rest)
        return lambda row: any(
            (found := _of(row, field, key)) is not None and compare(found, sought) for field in fields
        )

    def chosen(self, rows: Iterable[Row], *, mode: str = "AND") -> list[Row]:
        """The rows that pass all filters, or with ``OR`` at least one of them."""
        every = all if mode == "AND" or not self._tests else any
        return [row for row in rows if every(test(row) for _, test in self._tests)]

    def compare_mode(self, default: str) -> str:
        mode = self.given.get("compare_mode", default)
        if mode not in {"AND", "OR"}:
            raise bad_value("compare_mode", "must be AND or OR")
        return mode

    def listed(
        self, plural: str, rows: Iterable[Row], *, mode: str = "AND", page_number: bool = True
    ) -> Response:
        """The page that was asked for, with ``pagination``."""
        found = self.chosen(rows, mode=mode)
        self._sort(found)
        first = (self.page - 1) * self.page_size
        pagination: Row = {"total_size": len(found), "page_size": self.page_size}
        if page_number:
            pagination["page_number"] = self.page
        more = first + self.page_size < len(found)
        pagination["next_page"] = self._address(self.page + 1) if more else ""
        pagination["previous_page"] = self._address(self.page - 1) if self.page > 1 else ""
        return as_json({plural: found[first : first + self.page_size], "pagination": pagination})

    def _sort(self, rows: list[Row]) -> None:
        """``field`` and ``-field``; anything else is ignored. The syntax is not documented; our reading."""
        name = self.given.get("sorting", "")
        field = name.removeprefix("-")
        if rows and field in rows[0] and isinstance(rows[0][field], str | int):
            rows.sort(
                key=lambda row: (row[field] is None, row[field] if row[field] is not None else ""),
                reverse=name.startswith("-"),
            )

    def _address(self, page: int) -> str:
        """Captured: the other keys as they came, then page_size and page."""
        kept = [(name, value) for name, value in self.given.items() if name not in {"page", "page_size"}]
        kept += [("page_size", str(self.page_size)), ("page", str(page))]
        query = "&".join(f"{quote(name)}={quote(value, safe='/:[],')}" for name, value in kept)
        path = self._request.path.removeprefix("/xs2event")
        return f"{base_url(self._request)}{path}?{query}"


def _value(name: str, key: Key, given: str) -> Any:
    """The value as it is compared. Raises 400."""
    if key.kind == "whole":
        if not re.fullmatch(r"-?\d{1,12}", given, re.ASCII):
            raise bad_value(name, "must be a whole number")
        return int(given)
    if key.kind == "yes":
        if given.lower() not in {"true", "false"}:
            raise bad_value(name, "must be true or false")
        return given.lower() == "true"
    if key.kind == "day":
        return _dated(name, given, "%Y-%m-%d", "YYYY-MM-DD")
    if key.kind == "moment":
        return _dated(name, given, "%Y-%m-%d %H:%M:%S", "YYYY-MM-DD HH:MM:SS")
    if key.kind == "country" and given not in COUNTRIES:
        raise bad_value(name, "must be a country code of three letters")
    if key.kind == "word" and given not in key.words:
        raise bad_value(name, f"must be one of {', '.join(sorted(key.words))}")
    return given


def _dated(name: str, given: str, form: str, shown: str) -> str:
    try:
        read = datetime.strptime(given, form)  # noqa: DTZ007 - naive on the wire
    except ValueError:
        raise bad_value(name, f"must be written {shown}") from None
    if read.strftime(form) != given:
        raise bad_value(name, f"must be written {shown}")
    return given


def _of(row: Row, field: str, key: Key) -> Any:
    found = row.get(field)
    if key.kind == "day" and isinstance(found, str):
        return found[:10]
    if key.kind == "moment" and isinstance(found, str):
        return found.replace("T", " ")
    if key.kind == "yes":
        return bool(found)
    return found
