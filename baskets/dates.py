"""The same tickets for further dates of an event, with one press: where one hold takes several dates at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog import availability, selling
from catalog.models import Instance
from shop import clock
from shop.providers import errors, registry
from shop.providers.types import Availability, Offer, Selection

MOST = 12  # dates to choose from


@dataclass
class Further:
    """One more date that was ticked, and how its tickets are asked for; `why` is a code where they are not to be had."""

    instance: Instance
    selections: tuple[Selection, ...] = ()
    why: str = ""


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


def same(chosen: Sequence[tuple[Offer, int]], free: Availability) -> list[Offer] | None:
    """The offers of another date that are the chosen ones: same place, band, ticket type and price, and enough of
    them. None where one is missing."""
    found: list[Offer] = []
    for offer, count in chosen:
        kind = offer.area, offer.price_band, offer.ticket_type, offer.price
        fit = [
            one
            for one in free.offers
            if (one.area, one.price_band, one.ticket_type, one.price) == kind
            and not one.closed
            and (one.left is None or one.left >= count)
            and one.maximum >= count
        ]
        if not fit:
            return None
        found.append(next((one for one in fit if one.key == offer.key), fit[0]))
    return found


def ask(instance: Instance, chosen: Sequence[tuple[Offer, int]], asked: Sequence[Selection]) -> Further:
    """Look what that date has. Calls the provider, or its cache; raises ProviderError."""
    if (refusal := selling.refusal(instance)) is not None:
        return Further(instance, why=refusal.code)
    offers = same(chosen, availability.of(instance))
    if offers is None:
        return Further(instance, why="differs")
    return Further(
        instance,
        tuple(
            replace(one, instance_ref=instance.provider_ref, offer_key=offer.key)
            for one, offer in zip(asked, offers, strict=True)
        ),
    )
