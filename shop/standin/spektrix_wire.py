"""How the imitated Spektrix writes things down: money, dates, refusals, ``$expand``, ids in a query.

Sources: Spektrix, "Adding Items to the Basket", "Filtering Events", v3 help pages; captured answers for the dates.
The shape of a refusal beyond ``message``, ``errorCode`` and ``problems`` is not documented; our reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin.spektrix_ids import number_of, wire_id
from shop.standin.wsgi import StandinRequest, as_json

Json = dict[str, Any]
MOST_MONEY = 100_000_000


class Refusal(HTTPException):
    """An answer with ``message``, ``errorCode`` and ``problems``; ``more`` is laid over it."""

    def __init__(
        self, status: int, message: str, error_code: str = "", problems: Iterable[str] = (), **more: Any
    ) -> None:
        super().__init__(message)
        self.code = self.status = status
        self.body: Json = {"message": message}
        if error_code:
            self.body["errorCode"] = error_code
        listed = list(problems)
        if listed:
            self.body["problems"] = listed
        self.body.update(more)

    def answer(self) -> Response:
        return as_json(self.body, self.status)


def invalid(problem: str, code: str = "ValidationFailed") -> Refusal:
    return Refusal(400, "validation failed", code, [problem])


def missing(what: str) -> Refusal:
    return Refusal(404, f"{what} not found", "NotFound")


def money(minor: int) -> int | float:
    """Minor units as the JSON number in major units that the wire shows: 2450 -> 24.5, 2900 -> 29."""
    return minor // 100 if minor % 100 == 0 else float(Decimal(minor) / 100)


def minor(value: object, field: str) -> int:
    """Minor units of a number or numeric text in major units. Raises 400 for anything else."""
    try:
        amount = Decimal(str(value))
        whole = amount * 100
        if isinstance(value, bool) or not amount.is_finite() or whole != whole.to_integral_value():
            raise ValueError
    except (ArithmeticError, ValueError):
        raise invalid(f"{field} is not an amount.") from None
    if abs(whole) > MOST_MONEY:
        raise invalid(f"{field} is too large.")
    return int(whole)


def ref(number: int) -> Json:
    return {"id": wire_id(number)}


def local_text(moment: datetime | None) -> str | None:
    """A naive wall clock of the venue: ``2026-12-12T19:30:00``."""
    return moment.isoformat(timespec="seconds") if moment is not None else None


def utc_text(moment: datetime | None, zone: ZoneInfo, *, zulu: bool = True) -> str | None:
    """The same moment in UTC; ``startUtc`` is written without the Z."""
    if moment is None:
        return None
    return to_utc(moment, zone).strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if zulu else "")


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def day_or_moment(text: str | None) -> date | datetime | None:
    """A query date: ``2026-12-12``, or with a time. Raises 400 for anything else; "" counts as not given."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise invalid(f"'{text}' is not a date.") from None


def at_or_after(moment: datetime, bound: date | datetime | None) -> bool:
    if bound is None:
        return True
    return moment >= bound if isinstance(bound, datetime) else moment.date() >= bound


def before(moment: datetime, bound: date | datetime | None) -> bool:
    """Ends are exclusive, also at the granularity of a day: 18 February needs ``startTo`` 19 February."""
    if bound is None:
        return True
    return moment < bound if isinstance(bound, datetime) else moment.date() < bound


def wants(request: StandinRequest, path: str) -> bool:
    """Whether ``$expand`` names that path, or something below it: ``tickets/event`` asks for ``tickets`` too."""
    given = [part.strip().strip("/").lower() for part in request.args.get("$expand", "").split(",")]
    path = path.lower()
    return any(part == path or part.startswith(path + "/") for part in given)


def truth(text: str | None) -> bool:
    return (text or "").strip().lower() in {"true", "1"}


def body_of(request: StandinRequest) -> Any:
    """The JSON of a call; an empty body is None. A form counts as one object. Raises 400 for broken JSON."""
    if request.form:
        return request.form.to_dict()
    raw = request.get_data()
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise Refusal(400, "The request body is not valid JSON.", "InvalidJson") from None


def objects(request: StandinRequest) -> list[Json]:
    """An array of objects; a single object counts as an array of one. Raises 400 for anything else."""
    data = body_of(request)
    rows = [data] if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise invalid("The body must be an array with at least one object in it.")
    return rows


def one_object(request: StandinRequest) -> Json:
    """One object; an array of one counts as well, which working clients send. Raises 400 for anything else."""
    data = body_of(request)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise invalid("The body must be an object.")
    return data


def query_numbers(request: StandinRequest, *names: str) -> list[int]:
    """Ids of ``ticketIds=a,b``, of repeated ``ticketIds=`` and of ``ticketIds[]=``. Raises 404 for what is no id."""
    found = []
    for name in names:
        for text in [*request.args.getlist(name), *request.args.getlist(name + "[]")]:
            for part in text.split(","):
                if not part.strip():
                    continue
                number = number_of(part.strip())
                if number is None:
                    raise missing(f"'{part.strip()}'")
                found.append(number)
    return list(dict.fromkeys(found))


def number_in(row: Json, *names: str, what: str) -> int:
    """The number of the id under the first of ``names`` that is there. Raises 400."""
    for name in names:
        if row.get(name) not in (None, ""):
            number = number_of(row[name])
            if number is None:
                raise invalid(f"{what} is not a valid id.")
            return number
    raise invalid(f"{what} is required.")
