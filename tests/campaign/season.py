"""What is on sale in the histories: a few dates of every account, read from the stand-in by the shop's own refresh."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from catalog import health, refresh
from catalog.models import Event, Instance, Venue
from shop.providers import registry
from tests.campaign.history import CURRENCIES

if TYPE_CHECKING:
    from tests.campaign.ground import Ground

DATES = 2  # of each event
_AHEAD = timedelta(days=9)  # some deliveries close shortly before a date


@dataclass(frozen=True)
class Date:
    """`scarce`: control page of the stand-in and what to send it so that two tickets are left; none for a house of
    twenty seats, which two other buyers fill."""

    account: str
    pk: int
    ref: str
    currency: str
    scarce: tuple[str, dict[str, Any]] | None = None


def _events(
    ground: Ground, found: Container[str]
) -> Iterable[tuple[str, str, tuple[str, dict[str, Any]] | None]]:
    """Account (with a currency where the date names none), the provider's id of an event, how its stock runs out."""
    yield "west-end", "5112", None
    yield "west-end", "5102", None
    yield "touring", "5145", None
    yield "touring", "5147", None
    for account, client, words in (
        ("assembly", "saltmarsh", ("Net Loft Shorts", "Dub on the Marsh")),
        ("dublin", "thornfield", ("Loft Stories",)),
    ):
        listed = ground.control("GET", f"spektrix/{client}/events")["events"]
        for one in listed:
            if one["name"].strip() in words:
                yield account, one["id"], None
    for one in ground.control("GET", "xs2event/events")["events"]:
        tickets = [t for t in one["tickets"] if t["status"] == "available" and not t["removed"]]
        plain = [t for t in tickets if t["asks"] == "none" and t["stock"] >= 10 and not t["flags"]]
        if one["status"] != "notstarted" or not plain or f"stadium {plain[0]['currency']}" in found:
            continue
        for other in tickets:  # what asks for its guests is not what these histories are about
            if other not in plain:
                ground.control("POST", f"xs2event/tickets/{other['id']}", {"ticket_status": "disabled"})
        yield (
            f"stadium {plain[0]['currency']}",
            one["id"],
            (f"xs2event/tickets/{plain[0]['id']}", {"stock": 2}),
        )
    wanted = {
        "Night Market on the Wharf",
        "Wharf Sessions: Ida Marsh Trio",
        "Night of Lanterns",
        "Monsoon Radio",
        "Warm Static",
        "The Quiet Carriage",
        "Echo Park Orchestra",
    }
    for one in ground.control("GET", "tickethead/events")["events"]:
        ahead = (
            one["start_at"] > ground.now().isoformat() and not one["removed"] and one["status"] == "published"
        )
        if ahead and one["name"] in wanted:
            wanted.discard(one["name"])
            yield (
                "arena",
                str(one["id"]),
                (f"tickethead/configs/{one['ticket_config'][0]['id']}", {"left": 2}),
            )


def fill(ground: Ground) -> dict[str, list[Date]]:
    """Account and currency, as `west-end GBP`, -> dates."""
    found: dict[str, list[Date]] = {}
    for name, ref, scarce in _events(ground, found):
        account, _, currency = name.partition(" ")
        row = health.account_row(registry.config(account))
        place, _made = Venue.objects.get_or_create(
            slug=f"{account}-somewhere",
            defaults={"name": account, "timezone": "Europe/London", "account": row},
        )
        event = Event.objects.create(
            account=row, provider_ref=ref, venue=place, slug=f"{account}-{ref}".lower(), name=ref, kind="play"
        )
        often = account in ("west-end", "touring", "assembly", "dublin")  # a few weeks of these will do
        with mock.patch.object(refresh, "HORIZON_DAYS", 40 if often else refresh.HORIZON_DAYS):
            assert refresh.refresh_event(event), (account, ref)
        soon = ground.now() + _AHEAD
        dates = list(event.instances.filter(starts_at__gt=soon, bookable=True).order_by("starts_at")[:DATES])
        if not dates:
            continue
        Instance.objects.filter(event=event).exclude(pk__in=[one.pk for one in dates]).delete()
        for one in dates:
            date = Date(account, one.pk, one.provider_ref, currency or one.currency, scarce)
            found.setdefault(f"{account} {date.currency}", []).append(date)
    missing = {f"{name} {currency}" for currency, names in CURRENCIES.items() for name in names} - set(found)
    assert not missing, missing
    return found
