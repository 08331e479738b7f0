"""Elements of the old feed of the imitated Spektrix. Ids are bare whole numbers; flags of attributes are 0 and 1."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

from werkzeug.wrappers import Response

from shop.standin.spektrix_ids import attribute_key
from shop.standin.spektrix_plans import Area
from shop.standin.spektrix_prices import Price
from shop.standin.spektrix_season import Attribute, EventSpec, Instance, Membership, Offer, Tenant, TicketType
from shop.standin.spektrix_stock import Count
from shop.standin.spektrix_wire import Json

_SPACES = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def answer(root: str, rows: Iterable[Xml.Element]) -> Response:
    inner = "".join(Xml.tostring(row, encoding="unicode") for row in rows)
    body = f'<?xml version="1.0" encoding="utf-8"?><{root} {_SPACES}>{inner}</{root}>'
    return Response(body, content_type="application/xml; charset=utf-8")


def _put(parent: Xml.Element, name: str, text: Any = None, number: int | None = None) -> Xml.Element:
    """``None`` and "" make an empty element; truth is written small."""
    found = Xml.SubElement(parent, name, {} if number is None else {"id": str(number)})
    if text is not None and text != "":
        found.text = str(text).lower() if isinstance(text, bool) else str(text)
    return found


def _attributes(parent: Xml.Element, defined: tuple[Attribute, ...], wire: Json) -> None:
    for each in defined:
        value = wire.get(attribute_key(each.label))
        entry = _put(parent, "Attribute")
        _put(entry, "Name", each.label)
        _put(entry, "Value", int(value) if isinstance(value, bool) else value)


def _money(minor: int) -> str:
    return str((Decimal(minor) / 100).quantize(Decimal("0.01")))


def event(tenant: Tenant, spec: EventSpec, wire: Json) -> Xml.Element:
    """Pictures are bare file names here."""
    found = Xml.Element("Event", {"id": str(spec.number)})
    _attributes(found, tenant.event_attributes, wire)
    _put(found, "Description", wire["description"])
    _put(found, "Duration", wire["duration"])
    _put(found, "HtmlDescription", wire["htmlDescription"])
    _put(found, "ImageUrl", wire["imageUrl"].rpartition("/")[2])
    _put(found, "IsOnSale", bool(wire["isOnSale"]))
    _put(found, "Name", wire["name"])
    related = _put(found, "RelatedEvents")
    for other in tenant.events:
        if other is not spec and other.name == spec.name:
            _put(related, "Event", number=other.number)
    _put(found, "ThumbnailUrl", wire["thumbnailUrl"].rpartition("/")[2])
    return found


def instance(tenant: Tenant, each: Instance, wire: Json) -> Xml.Element:
    """What v3 has as null, and a plan that is missing, is left out."""
    found = Xml.Element("Instance", {"id": str(each.number)})
    _attributes(found, tenant.instance_attributes, wire)
    _put(found, "Event", number=each.event.number)
    _put(found, "IsOnSale", bool(wire["isOnSale"]) and not wire["cancelled"])
    if wire.get("planId"):
        _put(found, "Plan", number=each.event.plan)
    _put(found, "PriceList", number=int(wire["priceList"]["id"].partition("A")[0]))
    _put(found, "Start", wire["start"])
    _put(found, "StartUtc", wire["startUtc"] + "Z")
    for name, key in (("StartSellingAt", "startSellingAtWeb"), ("StopSellingAt", "stopSellingAtWeb")):
        if wire[key] is not None:
            _put(found, name, wire[key])
            _put(found, name + "Utc", wire[key + "Utc"])
    return found


def status(area: Area, each: Instance, count: Count) -> Xml.Element:
    found = Xml.Element("InstancePlanStatus")
    _put(found, "Plan", number=area.number)
    _put(found, "Instance", number=each.number)
    _put(found, "Name", area.name)
    _put(found, "Available", count.available)
    _put(found, "Capacity", count.capacity)
    _put(found, "Band", number=area.bands[0])
    below = _put(found, "SubPlans")
    for other in area.areas:
        _put(below, "Plan", number=other.number)
    return found


def price_list(number: int, prices: list[Price], *, included: bool) -> Xml.Element:
    found = Xml.Element("PriceList", {"id": str(number)})
    for price in prices:
        entry = _put(found, "Price")
        _put(entry, "Price", _money(price.nominal + (price.commission if included else 0)))
        _put(entry, "IsBandDefault", price.default)
        _put(entry, "Band", number=price.band)
        _put(entry, "TicketType", number=price.type.number)
    return found


def plan(area: Area) -> Xml.Element:
    """Recursive; a plan that has others below it is not bookable."""
    found = Xml.Element("Plan", {"id": str(area.number)})
    _put(found, "Name", area.name)
    _put(found, "IsBookable", not area.areas)
    bands = _put(found, "Bands")
    for number in area.bands:
        _put(bands, "Band", number=number)
    below = _put(found, "SubPlans")
    for other in area.areas:
        below.append(plan(other))
    return found


def named(kind: str, number: int, name: str) -> Xml.Element:
    found = Xml.Element(kind, {"id": str(number)})
    _put(found, "Name", name)
    return found


def ticket_type(kind: TicketType) -> Xml.Element:
    found = named("TicketType", kind.number, kind.name)
    note = _put(found, "Attribute")
    _put(note, "Name", "Note")
    _put(note, "Value", kind.note)
    return found


def membership(each: Membership) -> Xml.Element:
    found = named("Membership", each.number, each.name)
    _put(found, "Description", each.about)
    _put(found, "HtmlDescription", f"<div id><p>{each.about}</p></div>")
    _put(found, "ImageUrl")
    _put(found, "Price", _money(each.price))
    _put(found, "ThumbnailUrl")
    return found


def statement(number: int, text: str) -> Xml.Element:
    found = Xml.Element("Statement", {"id": str(number)})
    _put(found, "Text", text)
    return found


def offer(each: Offer) -> Xml.Element:
    """Without Description and PromoCodes, which are gone since 2025."""
    found = named("Offer", each.number, each.name)
    _put(found, "HtmlDescription", f"<p>{each.about}</p>")
    _put(found, "ImageUrl")
    return found
