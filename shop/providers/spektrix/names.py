"""The words for what is in a basket: it names events, dates, ticket types and bands by their ids only.

They are read by our server, from the public catalogue; a name that cannot be had is left out, never waited for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shop.providers.errors import ProviderError
from shop.providers.spektrix import kept, mapping, plans, reading
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json, Malformed

MOST_NEW = 12  # dates that are looked up at once: a basket is told by a stranger

Names = dict[str, Any]


def learn(names: Names, reader: Reader, instances: Iterable[str]) -> None:
    """Look up dates that are not known yet, into `names`."""
    known = names.setdefault("i", {})
    for ref in [one for one in dict.fromkeys(instances) if one and one not in known][:MOST_NEW]:
        try:
            note(names, reader, reader.instance(ref))
        except (ProviderError, Malformed):
            continue


def note(names: Names, reader: Reader, instance: Json) -> None:
    """One date with its event, venue, bands and ticket types. Raises as the calls do."""
    ref, event_ref = reading.ref(instance, "id"), reading.linked(instance, "event")
    event = _event(reader, event_ref)
    names.setdefault("i", {})[ref] = {
        "at": mapping.starts_at(instance, reader.options).isoformat(), "e": event_ref, "v": _venue(reader, instance),
    }  # fmt: skip
    names.setdefault("e", {})[event_ref] = reading.text(event, "name", 250)
    for price in reader.prices(instance):
        names.setdefault("t", {})[price.type] = price.type_name
        names.setdefault("b", {})[price.band] = price.band_name


def _event(reader: Reader, event_ref: str) -> Json:
    key = (reader.options.api, "event", event_ref)
    try:
        return kept.kept(key, kept.LIST_SECONDS, lambda: reader.client.event(event_ref))
    except ProviderError:
        return {}


def _venue(reader: Reader, instance: Json) -> str:
    try:
        plan = reader.plan(instance)
        found = reader.venues().get(plans.venue_ref(plan) if plan else "")
        return found.name if found else ""
    except ProviderError:
        return ""


def word(names: Names, kind: str, ref: str) -> str:
    """The name of an event ("e"), ticket type ("t"), band ("b") or extra ("x"); "" where it is not known."""
    found = names.get(kind, {}).get(ref, "")
    return found if isinstance(found, str) else ""


def date_of(names: Names, instance: str) -> tuple[str, datetime | None, str]:
    """Event id, start and venue of a date."""
    found = names.get("i", {}).get(instance) or {}
    try:
        at = datetime.fromisoformat(found.get("at", ""))
    except (TypeError, ValueError):
        at = None
    return str(found.get("e", "")), at, str(found.get("v", ""))
