"""What guests will be asked, and what was typed of them before anything is booked.

The typed rows belong to the basket. A hold that runs out, another price, another quantity or a new hold takes nothing
of them away; what still fits is there again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets import guest_words
from baskets.guest_sheets import cached
from baskets.models import Basket, Line, TypedGuest
from catalog.models import Instance
from shop import clock
from shop.providers import registry
from shop.providers.base import GuestDesk
from shop.providers.errors import Misconfigured, ProviderError
from shop.providers.guests import GuestPlace, GuestSheet
from shop.providers.types import Offer, Selection
from shop.words import local

log = logging.getLogger(__name__)
MOST_ASKED = 4  # offers of one page that are asked about
NEEDS_SECONDS = 120  # what will be asked of a choice; it is asked afresh once that is held
SILENT_SECONDS = 20  # a provider that did not answer is left alone so long
BY_DAYS = 14  # before the event, where the account does not say
MOST_GUESTS = 100  # of one basket and offer


def desk(account: str) -> GuestDesk | None:
    """The account's desk for guests, None where it asks nothing of them."""
    try:
        found = registry.provider(account)
    except Misconfigured:
        return None
    return getattr(found, "guests", None) if found.capabilities.guest_data else None


def by_days(account: str) -> int:
    """How many days before the event everything is needed: our own rule, no provider names one. `GUESTS_BY_DAYS`."""
    try:
        return max(0, int(registry.config(account).option("guests_by_days", str(BY_DAYS))))
    except (Misconfigured, ValueError):
        return BY_DAYS


def last_day(account: str, begin: datetime) -> date:
    """On which everything is needed; `begin` by the venue's clock."""
    return begin.date() - timedelta(days=by_days(account))


def days_before(account: str, begin: datetime | None, timezone: str) -> int | None:
    """`by_days`; None where that day is over already: then everything is needed by the day after the booking."""
    if begin and last_day(account, local(begin, timezone)) < local(clock.now(), timezone).date():
        return None
    return by_days(account)


def needs(instance: Instance, selection: Selection) -> GuestSheet:
    """What will be asked for this choice. Calls the provider, unless it said so moments ago. Raises ProviderError."""
    account = instance.event.account.name
    asked = json.dumps([selection.instance_ref, selection.offer_key, selection.seat_refs, selection.quantity])
    key = f"baskets:guests:{account}:{hashlib.sha256(asked.encode()).hexdigest()}"
    at = desk(account)
    return cached(key, lambda: at.needs(selection), NEEDS_SECONDS) if at is not None else GuestSheet()


def said(instance: Instance, offers: Iterable[Offer]) -> Said | None:
    """What the page of a date says of it; None where the account asks guests for nothing. Never raises.

    Asked for the first offers only: a date has many, and they seldom differ.
    """
    if desk(instance.event.account.name) is None:
        return None
    days = days_before(instance.event.account.name, instance.starts_at, instance.event.venue.timezone)
    told, before, warned, silent = [], False, [], False
    every = list(offers)
    quiet = f"baskets:guests-silent:{instance.event.account.name}"
    for offer in every[:MOST_ASKED]:
        if cache.get(quiet):  # nobody waits twice in a row for a provider that does not answer
            silent = True
            break
        count = max(offer.minimum, min(3, offer.maximum))
        try:
            sheet = needs(instance, Selection(instance.provider_ref, offer_key=offer.key, quantity=count))
        except ProviderError as error:
            log.info("guests of %s: %s", instance.pk, error.code)
            cache.set(quiet, True, SILENT_SECONDS)
            silent = True
            break
        told.append((offer.area or offer.price_band or offer.ticket_type, tuple(sentences(sheet, days))))
        before = before or sheet.asks_before
        warned += guest_words.notes(sheet.notes)
    kinds = dict.fromkeys(lines for _name, lines in told)
    found = [
        (
            ", ".join(dict.fromkeys(name for name, own in told if own == lines)) if len(kinds) > 1 else "",
            lines,
        )
        for lines in kinds
        if lines
    ]
    if not (found or warned or silent):
        return None
    return Said(found, list(dict.fromkeys(warned)), before, silent, len(every) > MOST_ASKED)


@dataclass(frozen=True)
class Said:
    """`told`: for which tickets ("" for all) and the sentences. `first`: something is needed before payment."""

    told: list[tuple[str, tuple[str, ...]]]
    warnings: list[str]
    first: bool
    silent: bool  # the provider could not be asked
    more: bool  # there are tickets that were not asked about


# --- in words -----------------------------------------------------------------------------------------------


def sentences(sheet: GuestSheet, days: int | None) -> list[str]:
    """ "For each guest before payment: name." and what follows later; empty where nothing is asked. `days`: before the
    event, None where it is too late for that."""
    found = []
    for who, fields in _who(sheet.places, "before"):
        found.append(_("%(who)s, before payment: %(what)s.") % {"who": who, "what": fields})
    for who, fields in _who(sheet.places, "later"):
        found.append(
            _("%(who)s, later, by the day after you book: %(what)s.") % {"who": who, "what": fields}
            if days is None
            else ngettext(
                "%(who)s, later, until %(days)s day before the event: %(what)s.",
                "%(who)s, later, until %(days)s days before the event: %(what)s.",
                days,
            )
            % {"who": who, "what": fields, "days": days}
        )
    return found


def only_later(sheet: GuestSheet) -> GuestSheet:
    """The same guests, as far as something is asked of them after the booking."""
    return replace(sheet, places=tuple(replace(place, before=()) for place in sheet.places))


def _who(places: Iterable[GuestPlace], when: str) -> list[tuple[str, str]]:
    """Who is asked what: everybody in one sentence, what only some are asked in one of its own."""
    every = list(places)
    asked: dict[tuple[str, ...], list[GuestPlace]] = {}
    for place in every:
        fields = place.before if when == "before" else place.later
        if fields:
            asked.setdefault(tuple(fields), []).append(place)
    found = []
    for fields, those in asked.items():
        if len(those) == len(every) and len(every) > 1:
            who = _("For each guest")
        elif len(those) == 1 and those[0].lead:
            who = _("For the lead guest")
        elif len(those) == len(every) == 1:
            who = _("For one guest")
        elif len(every) == 2 and len(those) == 1:
            who = _("For the other guest")
        elif all(not place.lead for place in those) and len(those) == len(every) - 1:
            who = _("For every other guest")
        else:
            who = ngettext("For %(n)s guest", "For %(n)s guests", len(those)) % {"n": len(those)}
        found.append((who, guest_words.listed(fields)))
    return found


# --- what was typed -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slot:
    """One guest of a basket, whichever hold asks for them: the `number`th of those with this offer of this date."""

    instance_id: int
    offer_key: str
    number: int
    place: GuestPlace
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """Of the names of its inputs; the same for the same guest in a new hold."""
        return f"guest-{self.instance_id}-{zlib.crc32(self.offer_key.encode())}-{self.number}"

    @property
    def known(self) -> tuple[int, str, int]:
        return self.instance_id, self.offer_key, self.number


def slots_of_choice(
    instance: Instance, chosen: Iterable[tuple[str, GuestSheet]], have: Mapping[str, int] | None = None
) -> list[Slot]:
    """The guests of a choice that is not held yet: (offer key, what is asked for it). `have`: how many tickets of an
    offer are in the basket already, whose guests come first."""
    return _numbered(
        ((instance.pk, key, place) for key, sheet in chosen for place in sheet.places),
        {(instance.pk, key): count for key, count in (have or {}).items()},
    )


def slots_of_holds(sheets: Iterable[tuple[int, GuestSheet]]) -> list[Slot]:
    """The guests of holds: (hold id, what is asked for it). The place names the line it belongs to."""
    rows: list[tuple[int, str, GuestPlace]] = []
    for hold_id, sheet in sheets:
        lines = {line.item_ref: line for line in Line.objects.filter(hold_id=hold_id).order_by("-pk")}
        first = next((line for line in lines.values() if line.instance_id), None)
        for place in sheet.places:
            line = lines.get(place.item_ref)
            if line is None or line.instance_id is None:
                rows.append(((first.instance_id or 0) if first else 0, place.item_ref, place))
            else:
                rows.append((line.instance_id, str(line.selection.get("offer_key", "")), place))
    return _numbered(rows)


def _numbered(
    rows: Iterable[tuple[int, str, GuestPlace]], before: Mapping[tuple[int, str], int] | None = None
) -> list[Slot]:
    counted = dict(before or {})
    found = []
    for instance_id, key, place in rows:
        number = counted.get((instance_id, key), 0)
        counted[instance_id, key] = number + 1
        found.append(Slot(instance_id, key[:200], number, place))
    return found


def with_typed(basket: Basket | None, slots: Iterable[Slot]) -> list[Slot]:
    """The same guests with what was typed of them."""
    if basket is None:
        return list(slots)
    kept = {
        (row.instance_id, row.offer_key, row.number): json.loads(row.typed or "{}")
        for row in TypedGuest.objects.filter(basket=basket)
    }
    return [replace(slot, typed=kept.get(slot.known, {})) for slot in slots]


def keep(basket: Basket, slots: Iterable[tuple[Slot, Mapping[str, str]]]) -> None:
    """Keep what was typed, right or wrong."""
    now, every = clock.now(), list(slots)
    wanted = {slot.instance_id for slot, _typed in every}
    known = set(Instance.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for slot, typed in every:
        if slot.instance_id in known and slot.number < MOST_GUESTS:
            TypedGuest.objects.update_or_create(
                basket=basket, instance_id=slot.instance_id, offer_key=slot.offer_key, number=slot.number,
                defaults={"typed": json.dumps(dict(typed)) if typed else "", "touched_at": now},
            )  # fmt: skip


def forget(basket: Basket) -> None:
    """The basket is over: what was typed goes with it."""
    TypedGuest.objects.filter(basket=basket).delete()


def move(source: Basket, target: Basket) -> None:
    """The basket's tickets join another one: what was typed comes along, the newer word stands."""
    for row in TypedGuest.objects.filter(basket=source):
        there = TypedGuest.objects.filter(
            basket=target, instance_id=row.instance_id, offer_key=row.offer_key, number=row.number
        )
        if there.filter(touched_at__gte=row.touched_at).exists():
            row.delete()
            continue
        there.delete()
        TypedGuest.objects.filter(pk=row.pk).update(basket=target)
