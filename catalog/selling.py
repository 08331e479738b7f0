"""Whether a date may be sold by us at all, before any provider is asked. Binds where something is picked or added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.models import Event, Instance, ProviderAccount, Venue
from shop import clock, words
from shop.providers import errors, registry


@dataclass(frozen=True)
class Refusal:
    """Why not: a code of `shop.problems`, a sentence for the buyer, and from when on it will be possible."""

    code: str
    text: str
    since: datetime | None = None


def refusal(instance: Instance, *, now: datetime | None = None) -> Refusal | None:
    """None where it may be offered. Reads the row's event, venue and account: select them with it."""
    now = now or clock.now()
    event, zone = instance.event, instance.event.venue.timezone
    account = event.account
    if event.hidden:
        return Refusal("hidden", _("This is not on sale here."))
    if (instance.ends_at or instance.starts_at) <= now:
        return Refusal("past", _("This date is over."))
    if Event.Status.CANCELLED in (instance.status, event.status):
        return Refusal("cancelled", _("This performance has been cancelled."))
    for row in (instance, event, account):
        if row.stop_sale:
            return Refusal("stop_sale", row.stop_reason or _("The venue has stopped the sale for now."))
    if instance.gone_at is not None or event.gone_at is not None:
        return Refusal("gone", _("The box office does not offer this date any more."))
    if not account.configured:
        return Refusal("gone", _("Tickets for this are not sold here at the moment."))
    if instance.sale_starts_at is not None and instance.sale_starts_at > now:
        when = words.curtain(instance.sale_starts_at, zone)
        return Refusal("not_yet", _("On sale from: %(when)s.") % {"when": when}, instance.sale_starts_at)
    if instance.sale_ends_at is not None and instance.sale_ends_at <= now:
        return Refusal("ended", _("The sale for this date is over."))
    if not instance.bookable:
        return Refusal("not_on_sale", _("The box office sells no tickets for this date online."))
    return None


def beside_tickets(account: ProviderAccount) -> bool:
    """Whether an account may sell more than tickets. Asks nobody."""
    if not account.configured:
        return False
    try:
        return bool(registry.provider(account.name).capabilities.extras)
    except errors.ProviderError:
        return False


def beside_address(venue: Venue) -> str:
    """The name of the account whose page of other things a venue's own page leads to, "" where there is none."""
    account = venue.account
    return account.name if account is not None and not account.stop_sale and beside_tickets(account) else ""
