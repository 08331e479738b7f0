"""Lists with their filters, expanded fields, and the narrow view of a publishable key.

Source: Stripe API reference, "Pagination", "Expanding responses"; what a publishable key may read of an intent
is Stripe's documented set of public fields.
"""

from __future__ import annotations

import json
from typing import Any

from shop.standin.stripe_forms import StripeError, integer, missing, refused, words
from shop.standin.stripe_ledger import Ledger

PUBLIC_FIELDS = words(
    "id object amount amount_details automatic_payment_methods canceled_at cancellation_reason capture_method "
    "client_secret confirmation_method created currency description last_payment_error livemode next_action "
    "payment_method payment_method_configuration_details payment_method_types processing receipt_email "
    "setup_future_usage shipping source status"
)
# Which fields of which objects name another object.
LINKS = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_method": "payment_method",
    "payment_intent": "payment_intent",
}


def public(intent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in intent.items() if name in PUBLIC_FIELDS}


def expand(ledger: Ledger, body: dict[str, Any], wanted: Any) -> dict[str, Any]:
    if wanted is None:
        return body
    if not isinstance(wanted, list):
        raise refused("Invalid array", param="expand")
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for path in wanted:
        parts = str(path).split(".")
        if len(parts) > 4:
            raise refused("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(ledger, copy, parts, str(path))
    return copy


def _expand(ledger: Ledger, node: Any, parts: list[str], path: str) -> None:
    head, rest = parts[0], parts[1:]
    if head == "data" and isinstance(node.get("data"), list):
        for row in node["data"]:
            _expand(ledger, row, rest, path)
        return
    if (
        not isinstance(node, dict)
        or head not in node
        or (head not in LINKS and not isinstance(node[head], dict))
    ):
        raise refused(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(node[head], str):
        node[head] = ledger.find(LINKS[head], node[head]) or node[head]
    if rest and isinstance(node[head], dict):
        _expand(ledger, node[head], rest, path)


def listing(ledger: Ledger, kind: str, params: dict[str, Any], *, url: str) -> dict[str, Any]:
    """Newest first, ``limit`` 10 unless told (at most 100), pages by ``starting_after`` and ``ending_before``."""
    limit = integer(params, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise refused(
            "Invalid limit: must be between 1 and 100.", param="limit", code="parameter_invalid_integer"
        )
    where, values = ["kind = ?", "account = ?"], [kind, ledger.account]
    _created(params, where, values)
    _related(ledger, kind, params, where, values)
    backwards = "ending_before" in params
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            row = ledger.connection.execute(
                "SELECT seq FROM stripe_objects WHERE id = ? AND kind = ? AND account = ?",
                (params[name], kind, ledger.account),
            ).fetchone()
            if row is None:
                raise missing(kind, str(params[name]), param=name)
            where.append(f"seq {sign} ?")
            values.append(row["seq"])
    rows = ledger.connection.execute(
        f"SELECT body FROM stripe_objects WHERE {' AND '.join(where)}"
        f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
        [*values, limit + 1],
    ).fetchall()
    found = [json.loads(row["body"]) for row in rows[:limit]]
    if backwards:
        found.reverse()
    return {"object": "list", "data": found, "has_more": len(rows) > limit, "url": url}


def _created(params: dict[str, Any], where: list[str], values: list[Any]) -> None:
    given = params.get("created")
    if given is None:
        return
    bounds = given if isinstance(given, dict) else {"eq": given}
    signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}
    for name in bounds:
        if name not in signs:
            raise refused(f"Received unknown parameter: created[{name}]", param="created")
        value = integer(bounds, name)
        where.append(f"created {signs[name]} ?")
        values.append(value)


def _related(ledger: Ledger, kind: str, params: dict[str, Any], where: list[str], values: list[Any]) -> None:
    if "payment_intent" in params:
        if kind == "charge":
            where.append("parent = ?")
        else:
            where.append("parent IN (SELECT id FROM stripe_objects WHERE kind = 'charge' AND parent = ?)")
        values.append(params["payment_intent"])
    if "charge" in params:
        where.append("parent = ?")
        values.append(params["charge"])
    if kind != "event":
        return
    types = params.get("types")
    if types is not None and "type" in params:
        raise StripeError(400, "You may only specify one of these parameters: type, types.", param="types")
    names = types if isinstance(types, list) else [params["type"]] if "type" in params else []
    if names:
        patterns = [str(name).replace("*", "%") for name in names]
        where.append("(" + " OR ".join("json_extract(body, '$.type') LIKE ?" for _ in patterns) + ")")
        values.extend(patterns)
    if "delivery_success" in params:
        failed = "EXISTS (SELECT 1 FROM stripe_deliveries d WHERE d.event_id = stripe_objects.id AND d.state != 'done')"
        where.append(failed if params["delivery_success"] == "false" else f"NOT {failed}")
