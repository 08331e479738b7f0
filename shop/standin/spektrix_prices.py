"""Price lists of the imitated Spektrix: price list x band x ticket type, commission on top, all in minor units.

Two lists to an event, one for Fridays and Saturdays. Price ids are the same in every list, as in the real data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shop.standin.spektrix_ids import attribute_key, wire_id
from shop.standin.spektrix_plans import Area
from shop.standin.spektrix_season import Instance, Tenant, TicketType
from shop.standin.spektrix_wire import Json, money

AGENT = 6


@dataclass(frozen=True)
class Price:
    """``nominal`` is what a ticket costs before commission; ``commission`` is what comes on top."""

    number: int
    type: TicketType
    band: int
    nominal: int
    commission: int
    default: bool


def list_number(instance: Instance) -> int:
    late = instance.start.weekday() in (4, 5)
    return 81001 + 100 * instance.event.index + (50 if late else 0)


def prices(tenant: Tenant, instance: Instance, plan: Area, change: int = 0) -> list[Price]:
    """Every price of an instance's list. ``change``: minor units added to the full price (a control's doing)."""
    event = instance.event
    best = event.price
    if best:
        best += change + (best // 10 // 50 * 50 if instance.start.weekday() in (4, 5) else 0)
    types = [*event.types, AGENT] if event.has("agent_price") else list(event.types)
    found = []
    for band_number in plan.bands:
        band = tenant.band(band_number)
        assert band is not None
        for type_number in types:
            kind = tenant.type(type_number)
            if kind is None:
                continue
            nominal = _rounded(best * band.percent * kind.percent // 10_000)
            found.append(
                Price(
                    number=9000 + band_number * 10 + type_number,
                    type=kind,
                    band=band_number,
                    nominal=nominal,
                    commission=tenant.commission if nominal else 0,
                    default=type_number == event.types[0],
                )
            )
    return found


def _rounded(minor: int) -> int:
    """To half a pound, as a box office would."""
    return minor // 50 * 50


def find(found: list[Price], band: int, type_number: int) -> Price | None:
    return next((price for price in found if price.band == band and price.type.number == type_number), None)


def price_list(
    tenant: Tenant, instance: Instance, found: list[Price], *, included: bool, custom: bool
) -> Json:
    """The endpoint's object. ``included``: amounts have the commission in them; ``custom``: list it as well."""
    return {
        "id": wire_id(list_number(instance)),
        "prices": [_wire(tenant, price, included=included, custom=custom) for price in found],
    }


def _wire(tenant: Tenant, price: Price, *, included: bool, custom: bool) -> Json:
    band = tenant.band(price.band)
    assert band is not None
    body: Json = {
        "id": wire_id(price.number),
        "isBandDefault": price.default,
        "amount": money(price.nominal + (price.commission if included else 0)),
        "ticketType": ticket_type(price.type),
        "priceBand": {"id": wire_id(band.number), "name": band.name},
    }
    if custom:
        body["customItems"] = custom_items(tenant, price.commission)
    return body


def ticket_type(kind: TicketType) -> Json:
    return {"id": wire_id(kind.number), "name": kind.name, attribute_key("Note"): kind.note}


def custom_items(tenant: Tenant, commission: int) -> list[dict[str, Any]]:
    """Commission, where the venue itemises it. The fields of an entry are not documented; our reading."""
    if not tenant.itemised or not commission:
        return []
    return [
        {"id": wire_id(71), "name": "Commission", "amount": money(commission), "total": money(commission)}
    ]
