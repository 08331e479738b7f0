"""What the visitor's browser told: a stranger's words, of any shape. Read here, and only here.

It is posted by the visitor, so nothing in it is trusted for money; personal data in it (`customer`) is dropped
before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix import reading
from shop.providers.spektrix.reading import Json

SUCCESS = frozenset({200, 201, 202, 204})
MOST = 100  # things of one kind in a basket that are read
TICKET = ("id", "event", "instance", "planId", "planName", "seat", "seatName", "band", "type", "ticketType", "offer",
          "customItems", "discount", "price", "total")  # fmt: skip
EXTRA = ("id", "name", "fund", "stockItem", "membership", "pricingSet", "pricingSetId", "pricingSetName", "autoRenew",
         "ticketSubscriptionStructureName", "reference", "amount", "customItems", "discount", "price", "total")  # fmt: skip
WHOLE = ("id", "basketId", "hash", "total", "totalDiscount", "promoCode", "transactionCommission")


@dataclass(frozen=True, slots=True)
class Reply:
    """One call. Status 0: there was no answer, or the browser would not let it be seen."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status in SUCCESS


@dataclass(frozen=True, slots=True)
class Told:
    step: str
    host: str
    calls: tuple[Reply, ...]
    read: Reply


def told(answer: Mapping[str, Any]) -> Told:
    """Never raises: what makes no sense is no answer."""
    calls = answer.get("calls")
    step = answer.get("step")
    return Told(
        step=step if isinstance(step, str) else "",
        host=str(answer.get("host") or "").strip().lower()[:200],
        calls=tuple(_reply(one) for one in calls[:60]) if isinstance(calls, list) else (),
        read=_reply(answer.get("read")),
    )


def _reply(value: Any) -> Reply:
    found = reading.record(value)
    status = found.get("status")
    good = isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599
    return Reply(status if isinstance(status, int) and good else 0, found.get("body"))


def basket(reply: Reply) -> Json | None:
    """The basket that was read, cut to what we need; None where there is none to be seen.

    An empty basket is a 200 with empty lists; one client is prepared for a 404.
    """
    if reply.status == 404:
        return empty()
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    body = reply.body
    found: Json = {name: _value(body[name]) for name in WHOLE if name in body}
    found["tickets"] = [_cut(one, TICKET) for one in _some(body.get("tickets"))]
    for _path, _ids, field, _what in inferred.KINDS.values():
        found[field] = [_cut(one, EXTRA) for one in _some(body.get(field))]
    found.update({name: _value(value) for name, value in body.items() if _is_attribute(name, value)})
    return found


def empty() -> Json:
    return {"tickets": [], **{field: [] for _path, _ids, field, _what in inferred.KINDS.values()}}


def _some(value: Any) -> list[Json]:
    return [one for one in list(reading.records(value))[:MOST] if reading.optional_ref(one, "id")]


def _is_attribute(name: str, value: Any) -> bool:
    if not name.lower().startswith("attribute_") or isinstance(value, dict | list):
        return False
    return isinstance(value, bool) or len(str(value)) <= 500


def _cut(raw: Json, names: tuple[str, ...]) -> Json:
    """Known fields, of sub-objects id and name only, and attributes."""
    found: Json = {}
    for name, value in raw.items():
        if name == "customItems":
            items = [_plain(one) for one in list(reading.records(value))[:10]]
            found[name] = items
        elif name in names or _is_attribute(name, value):
            found[name] = _value(value)
    return {name: value for name, value in found.items() if value not in (None, "")}


def _value(value: Any) -> Any:
    """As a row, a page and a sealed text can keep it: nothing nested, no characters that databases do not take."""
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode().replace("\x00", "")
    return _plain(value) if isinstance(value, dict) else None if isinstance(value, list) else value


def _plain(value: Json) -> Json:
    return {
        name: _value(one)
        for name, one in value.items()
        if name in ("id", "name", "description", "amount", "total", "price")
        and not isinstance(one, dict | list)
    }


def ids(found: Json, field: str = "tickets") -> list[str]:
    return [reading.optional_ref(one, "id") for one in reading.records(found.get(field))]


def is_empty(found: Json) -> bool:
    return not any(found.get(field) for field in ("tickets", *(kind[2] for kind in inferred.KINDS.values())))
