"""The same tickets for further dates of an event, with one press: where one hold takes several dates at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog import availability, selling
from catalog.models import Instance
from shop import clock
from shop.money import Money
from shop.providers import errors, registry
from shop.providers.types import Availability, Offer, Selection

MOST = 12  # dates to choose from


@dataclass
class Further:
    """One more date that was ticked, and how its tickets are asked for. `why` they are not to be had: price (`price`
    is asked there), few, or missing."""

    instance: Instance
    selections: tuple[Selection, ...] = ()
    why: str = ""
    price: Money | None = None


def others(instance: Instance) -> list[Instance]:
    """The next dates of the event that can be ticked beside this one; none where a hold takes one date at a time."""
    try:
        one_by_one = not registry.provider(instance.event.account.name).capabilities.in_browser
    except errors.ProviderError:
        return []
    if one_by_one:
        return []
    rows = Instance.objects.filter(
        event=instance.event, gone_at=None, bookable=True, starts_at__gt=clock.now()
    )
    return list(rows.exclude(pk=instance.pk).select_related("event__venue", "event__account")[:MOST])


def _same(offer: Offer, free: Availability) -> Offer | None:
    """The offer of another date that is the chosen one: same place, band and ticket type."""
    kind = offer.area, offer.price_band, offer.ticket_type
    fit = [one for one in free.offers if (one.area, one.price_band, one.ticket_type) == kind]
    fit.sort(key=lambda one: (bool(one.closed), one.key != offer.key))
    return fit[0] if fit else None


def ask(instance: Instance, chosen: Sequence[tuple[Offer, int]], asked: Sequence[Selection]) -> Further:
    """Look what that date has. Calls the provider, or its cache; raises ProviderError."""
    if selling.refusal(instance) is not None:
        return Further(instance, why="missing")
    free, found = availability.of(instance), []
    for (offer, count), selection in zip(chosen, asked, strict=True):
        there = _same(offer, free)
        if there is None or (there.closed and there.closed != "sold_out"):
            return Further(instance, why="missing")
        if there.closed or (there.left is not None and there.left < count) or there.maximum < count:
            return Further(instance, why="few")
        if there.price != offer.price:
            return Further(instance, why="price", price=there.price)
        found.append(replace(selection, instance_ref=instance.provider_ref, offer_key=there.key))
    return Further(instance, tuple(found))
