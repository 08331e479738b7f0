"""How London Theatre Direct writes things down: numbers, dates, errors, lists of ids."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin.clock import LONDON
from shop.standin.wsgi import StandinRequest, as_json

NO_DATE = "0001-01-01T00:00:00"


def money(pence: int) -> int | float:
    """A JSON number. The documents show ``75``, ``30.0`` and ``92.5``: even whole pounds go as ints here,
    odd ones as floats, so that a client meets both."""
    pounds, rest = divmod(pence, 100)
    return pounds if rest == 0 and pounds % 2 == 0 else pence / 100


def pence(value: Any) -> int | None:
    """Pence of a price in a request; None when it is not a price."""
    try:
        amount = Decimal(str(value)) * 100
    except (InvalidOperation, ValueError):
        return None
    return int(amount) if amount.is_finite() and amount == int(amount) else None


def wall_clock(starts: datetime | None) -> str | None:
    """A business date: no offset, no Z."""
    return starts.isoformat(timespec="seconds") if starts else None


def reservation_date(milliseconds: int) -> str:
    """An expiry with three fraction digits and no offset. The zone is not documented; we write UK local time."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(LONDON)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


class Problem(HTTPException):
    """An error with the body that the API gives: ``{ErrorCode, Message, MessageDetail}``."""

    def __init__(self, code: int, message: str, detail: str | None = None) -> None:
        super().__init__(description=message)
        self.code = code
        self.detail = detail


def error_body(status: int, message: str, detail: str | None = None) -> Response:
    """``MessageDetail`` may be missing; the type of ``ErrorCode`` is not documented, we send an int."""
    body: dict[str, Any] = {"ErrorCode": status * 10, "Message": message}
    if detail:
        body["MessageDetail"] = detail
    return as_json(body, status)


def unknown(what: str) -> Problem:
    return Problem(404, "No HTTP resource was found that matches the request.", f"Unknown {what}.")


def invalid_basket(detail: str) -> Problem:
    return Problem(403, "Invalid basket manipulation (empty or invalid basket)", detail)


def body_of(request: StandinRequest) -> dict[str, Any]:
    """The JSON object of a request with all names in lower case, since names are bound in any case."""
    if not request.get_data():
        return {}
    if request.mimetype not in {"application/json", "text/json", ""}:
        raise Problem(415, "The request entity's media type is not supported for this resource.")
    data = request.get_json(force=True, silent=True)
    if not isinstance(data, dict):
        raise Problem(400, "The request is invalid.", "The body is not a JSON object.")
    lowered: dict[str, Any] = _lowered(data)
    return lowered


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_lowered(inner) for inner in value]
    return value


def query_of(request: StandinRequest) -> dict[str, str]:
    """The first value of each query name, names in lower case."""
    found: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        found.setdefault(name.lower(), value)
    return found


def whole(query: dict[str, str], name: str, default: int | None = None) -> int:
    """A whole number of the query; without a default it is required."""
    text = query.get(name.lower(), "")
    if text == "" and default is not None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Problem(400, "The request is invalid.", f"{name} is not a valid integer.")
    return int(text)


def moment(query: dict[str, str], name: str) -> datetime | None:
    """``YYYY-MM-DD`` (its midnight) or a date with a time; naive."""
    text = query.get(name.lower(), "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Problem(400, "The request is invalid.", f"{name} is not a valid date.") from None


def ids(text: str) -> list[int]:
    """``"5101,5102"``; anything else is an address that does not exist."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        raise unknown("address")
    return [int(part) for part in parts]
