"""The same tickets for further dates of an event, with one press: where one hold takes several dates at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog import availability, selling
from catalog.models import Instance
from shop import clock, words
from shop.money import Money
from shop.providers import errors, registry
from shop.providers.types import Availability, Offer, Selection

if TYPE_CHECKING:
    from baskets.forms import PickForm

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
    """The nearest dates of the event that can be ticked beside this one; none where a hold takes one date at a time."""
    try:
        one_by_one = not registry.provider(instance.event.account.name).capabilities.many_dates
    except errors.ProviderError:
        return []
    if one_by_one:
        return []
    rows = bookable(instance).select_related("event__venue", "event__account")[:200]
    near = sorted(rows, key=lambda row: abs(row.starts_at - instance.starts_at))[:MOST]
    return sorted(near, key=lambda row: row.starts_at)


def bookable(instance: Instance) -> QuerySet[Instance]:
    """Every other date of the event that was bookable when it was last looked at."""
    rows = Instance.objects.filter(
        event=instance.event, gone_at=None, bookable=True, starts_at__gt=clock.now()
    )
    return rows.exclude(pk=instance.pk)


def _same(offer: Offer, free: Availability) -> Offer | None:
    """The offer of another date that is the chosen one: same place, band and ticket type."""
    kind = offer.area, offer.price_band, offer.ticket_type
    fit = [one for one in free.offers if (one.area, one.price_band, one.ticket_type) == kind]
    fit.sort(key=lambda one: (bool(one.closed), one.key != offer.key))
    return fit[0] if fit else None


def take(form: PickForm, further: Further) -> None:
    """The choice of this form for another date as well, or a word beside the dates of why not."""
    if further.why:
        when = words.curtain(further.instance.starts_at, further.instance.event.venue.timezone)
        said = {
            "few": _("On %(when)s there are not enough of these left."),
            "price": _("On %(when)s one of these costs %(price)s: please choose that date by itself."),
        }.get(further.why, _("On %(when)s these are not sold."))
        form.add_error("also", said % {"when": when, "price": words.money(further.price)})
        return
    first = form.wanted[: len(form.picks)]
    for selection, row, (offer, _count) in zip(further.selections, first, form.picks, strict=True):
        form.take_again(selection, row, offer, further.instance)


def ask(instance: Instance, chosen: Sequence[tuple[Offer, int]], asked: Sequence[Selection]) -> Further:
    """Look what that date has. Calls the provider, or its cache; raises ProviderError."""
    if selling.refusal(instance) is not None:
        return Further(instance, why="missing")
    free, found = availability.of(instance), []
    for (offer, count), selection in zip(chosen, asked, strict=True):
        there = _same(offer, free)
        if there is None or (there.closed and there.closed != "sold_out"):
            return Further(instance, why="missing")
        if there.closed or not there.allows(count):
            return Further(instance, why="few")
        if there.price != offer.price:
            return Further(instance, why="price", price=there.price)
        found.append(replace(selection, instance_ref=instance.provider_ref, offer_key=there.key))
    return Further(instance, tuple(found))
