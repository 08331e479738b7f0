"""How the imitated Tickethead writes things down: envelope, errors, dates, numbers, relations, paging.

Source: the vendor's own client (package of 2024): snake_case, ``data``/``paging``, bracketed ``with=``. The
error codes, paging limits and the money unit are not documented; our reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin.wsgi import StandinRequest, as_json

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
_NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    500: "Internal Server Error",
}
Tree = dict[str, Any]


class Refusal(HTTPException):
    """An answer with ``statusCode``, ``error``, ``errorCode`` and ``message``."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(message)
        self.code = self.status = status
        self.error_code, self.message = error_code, message

    def answer(self) -> Response:
        body = {
            "statusCode": self.status,
            "error": _NAMES.get(self.status, "Error"),
            "errorCode": self.error_code,
            "message": self.message,
        }
        return as_json(body, self.status)


def bad(code: str, message: str) -> Refusal:
    return Refusal(400, code, message)


def not_found(what: str) -> Refusal:
    return Refusal(404, "not_found", f"{what} not found")


def envelope(data: Any, status: int = 200) -> Response:
    return as_json({"data": data}, status)


def iso(moment: datetime | None) -> str | None:
    """``2026-12-01T19:00:00.000Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """Aware UTC of an ISO text; a text without a zone is UTC. Raises ``ValueError``."""
    parsed = datetime.fromisoformat(text.strip())
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def amount(minor: int) -> int | float:
    """Minor units as the JSON number in major units that the wire shows: 2550 -> 25.5, 5100 -> 51.

    Whether the live service counts in major units is not documented; our reading.
    """
    return minor // 100 if minor % 100 == 0 else float(Decimal(minor) / 100)


def body_of(request: StandinRequest) -> dict[str, Any]:
    """The JSON object of a call; an empty body is ``{}``."""
    if not request.get_data():
        return {}
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise bad("validation_failed", "The body must be a JSON object")
    return data


def flag(request: StandinRequest, name: str) -> bool:
    return request.args.get(name, "").lower() in {"true", "1"}


def number(request: StandinRequest, name: str, default: int | None = None) -> int | None:
    """A whole number of the query. Raises 400 for anything else."""
    text = request.args.get(name)
    if text in (None, ""):
        return default
    try:
        return int(str(text))
    except ValueError:
        raise bad("validation_failed", f"{name} must be a number") from None


def relations(request: StandinRequest, legal: Tree, default: str = "") -> Tree:
    """The ``with=`` of a call as a tree, checked against what exists; unknown relations get 400."""
    given = request.args.get("with")
    tree = parse_relations(default if given is None else given)
    check_relations(tree, legal, "")
    return tree


def parse_relations(text: str) -> Tree:
    """``[a,b.[c,d.e]]`` or ``a.b`` -> ``{"a": {}, "b": {"c": {}, "d": {"e": {}}}}``."""
    text = "".join(text.split())
    tree, rest = _list(text)
    if rest:
        raise bad("validation_failed", f"with: cannot read '{rest}'")
    return tree


def _list(text: str) -> tuple[Tree, str]:
    tree: Tree = {}
    while text and text[0] != "]":
        name, text = _name(text)
        below: Tree = {}
        if name == "" and text.startswith("["):
            below, text = _list(text[1:])
            if not text.startswith("]"):
                raise bad("validation_failed", "with: a bracket is not closed")
            text = text[1:]
            _merge(tree, below)
        else:
            if text.startswith("."):
                below, text = _below(text[1:])
            _merge(tree, {name: below})
        if text.startswith(","):
            text = text[1:]
        elif text and text[0] != "]":
            break
    return tree, text


def _below(text: str) -> tuple[Tree, str]:
    if text.startswith("["):
        tree, text = _list(text[1:])
        if not text.startswith("]"):
            raise bad("validation_failed", "with: a bracket is not closed")
        return tree, text[1:]
    name, text = _name(text)
    if text.startswith("."):
        below, text = _below(text[1:])
        return {name: below}, text
    return {name: {}}, text


def _name(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    if end == 0 and not text.startswith("["):
        raise bad("validation_failed", f"with: cannot read '{text}'")
    return text[:end], text[end:]


def _merge(tree: Tree, more: Tree) -> None:
    for name, below in more.items():
        _merge(tree.setdefault(name, {}), below)


def check_relations(tree: Tree, legal: Tree, path: str) -> None:
    for name, below in tree.items():
        if name not in legal:
            raise bad("validation_failed", f"with: unknown relation '{path}{name}'")
        check_relations(below, legal[name], f"{path}{name}.")


def picked(request: StandinRequest, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """``pick=name,status``: only those fields."""
    wanted = [name for name in request.args.get("pick", "").split(",") if name]
    if not wanted:
        return list(rows)
    return [{name: row[name] for name in wanted if name in row} for row in rows]


def window(request: StandinRequest) -> tuple[int, int]:
    """Limit and offset of a list call. More than the maximum gives the maximum."""
    limit = number(request, "limit", DEFAULT_LIMIT)
    offset = number(request, "offset", 0)
    assert limit is not None
    assert offset is not None
    if limit < 1 or offset < 0:
        raise bad("validation_failed", "limit must be at least 1 and offset at least 0")
    return min(limit, MAX_LIMIT), offset


def listed(data: list[Any], *, limit: int, offset: int, total: int) -> Response:
    return as_json({"data": data, "paging": {"limit": limit, "offset": offset, "total": total}})
