"""The XML of the v2 feed in the shape of v3's JSON, so that one reading serves both. Pure.

Parsed by `defusedxml`: entities and external documents are refused. What is absent is absent: since 2025 much is.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shop.providers.spektrix.reading import Json


class NoXml(ValueError):
    """What came is no XML, or XML that nobody should read."""


def parse(content: bytes) -> Element:
    try:
        found: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise NoXml("not XML") from None
    return found


def children(root: Element) -> list[Element]:
    """The members of a list: whatever its root is called, they are its children with an id or with content."""
    return [one for one in root if one.get("id") or len(one)]


def text(element: Element, name: str) -> str:
    found = element.find(name)
    return (found.text or "").strip() if found is not None else ""


def ref(element: Element, name: str) -> str:
    """The id of a sub-element: `<Plan id="4628"/>`; some write it as its text."""
    found = element.find(name)
    if found is None:
        return ""
    return (found.get("id") or found.text or "").strip()


def attributes(element: Element) -> Json:
    """Repeated `Attribute/{Name,Value}`; booleans are 0 and 1, an empty one is `<Value/>`."""
    found: Json = {}
    for one in element.findall("Attribute"):
        name, value = text(one, "Name"), text(one, "Value")
        if name:
            found[f"attribute_{name}"] = {"1": True, "0": False}.get(value, value)
    return found


def event(element: Element) -> Json:
    """`Events/Event`. Pictures are bare file names there, whose address is told nowhere: left out."""
    return {
        "id": element.get("id"), "name": text(element, "Name"), "htmlDescription": text(element, "HtmlDescription"),
        "duration": text(element, "Duration"), "isOnSale": text(element, "IsOnSale"),
        "imageUrl": text(element, "ImageUrl"), "thumbnailUrl": text(element, "ThumbnailUrl"), **attributes(element),
    }  # fmt: skip


def instance(element: Element) -> Json:
    """`Instances/Instance`; v2 has no `cancelled`."""
    found: Json = {
        "id": element.get("id"), "event": {"id": ref(element, "Event")}, "planId": ref(element, "Plan"),
        "priceList": {"id": ref(element, "PriceList")}, "isOnSale": text(element, "IsOnSale"),
        "cancelled": text(element, "Cancelled"), "start": text(element, "Start"),
        "startUtc": text(element, "StartUtc"), **attributes(element),
    }  # fmt: skip
    for theirs, ours in (("StartSellingAt", "startSellingAtWeb"), ("StopSellingAt", "stopSellingAtWeb")):
        found[ours], found[f"{ours}Utc"] = text(element, theirs), text(element, f"{theirs}Utc")
    return found


def plan(element: Element) -> Json:
    """`Plans/Plan`, with sub-plans inside it or referenced by id. All of them are unreserved in v2."""
    subplans = element.find("SubPlans")
    inside = [] if subplans is None else [plan(one) for one in subplans.findall("Plan")]
    return {
        "id": element.get("id"), "name": text(element, "Name"), "type": "Unreserved",
        "isBookable": text(element, "IsBookable"), "bands": [{"id": one} for one in _bands(element)], "areas": inside,
    }  # fmt: skip


def _bands(element: Element) -> list[str]:
    one = ref(element, "Band")
    listed = element.find("Bands")
    many = [] if listed is None else [str(band.get("id") or "") for band in listed.findall("Band")]
    return [band for band in (one, *many) if band]


def status(element: Element) -> Json:
    """`InstancePlanStatuses/InstancePlanStatus`: one plan or sub-plan of one instance."""
    subplans = element.find("SubPlans")
    return {
        "instance": ref(element, "Instance"), "plan": ref(element, "Plan"), "name": text(element, "Name"),
        "available": text(element, "Available"), "capacity": text(element, "Capacity"),
        "band": {"id": ref(element, "Band")},
        "subplans": [] if subplans is None else [str(one.get("id") or "") for one in subplans.findall("Plan")],
    }  # fmt: skip


def price_list(element: Element, bands: dict[str, str], types: dict[str, str]) -> Json:
    """`PriceLists/PriceList`: each `Price` has its amount in a `Price` of its own; names are in other lists."""
    return {
        "id": element.get("id"),
        "prices": [
            {
                "amount": text(one, "Price"), "isBandDefault": text(one, "IsBandDefault"),
                "priceBand": {"id": ref(one, "Band"), "name": bands.get(ref(one, "Band"), "")},
                "ticketType": {"id": ref(one, "TicketType"), "name": types.get(ref(one, "TicketType"), "")},
            }
            for one in _prices(element)
        ],
    }  # fmt: skip


def _prices(element: Element) -> Iterator[Element]:
    """The outer `Price` elements, whether they are direct children or inside one `Prices`."""
    inner = element.find("Prices")
    yield from (one for one in (element if inner is None else inner).findall("Price") if len(one))


def names(root: Element) -> dict[str, str]:
    """Id -> name of bands or ticket types."""
    return {str(one.get("id")): text(one, "Name") for one in children(root) if one.get("id")}


def statuses_of(rows: list[Json]) -> dict[str, tuple[Json, dict[str, Json]]]:
    """Instance id -> (the whole plan's row, rows by plan id).

    One row comes for each plan and sub-plan, all with the same instance id: the row of the whole is the one that is
    no sub-plan of another. Its numbers are the total already.
    """
    by_instance: dict[str, dict[str, Json]] = {}
    for row in rows:
        if row["instance"] and row["plan"]:
            by_instance.setdefault(row["instance"], {})[row["plan"]] = row
    found = {}
    for instance_ref, mine in by_instance.items():
        below = {sub for row in mine.values() for sub in row["subplans"]}
        whole = next(
            (row for plan_ref, row in mine.items() if plan_ref not in below), next(iter(mine.values()))
        )
        found[instance_ref] = (whole, mine)
    return found


def leaf_rows(whole: Json, mine: dict[str, Json]) -> list[Json]:
    """The rows of what can be bought: of a plan without sub-plans itself, else those below it."""
    if not whole["subplans"]:
        return [whole]
    return [row for row in mine.values() if not row["subplans"] and row is not whole]


def membership(element: Element) -> Json:
    return {
        "id": element.get("id"), "name": text(element, "Name"), "description": text(element, "Description"),
        "htmlDescription": text(element, "HtmlDescription"), "price": text(element, "Price"),
    }  # fmt: skip
