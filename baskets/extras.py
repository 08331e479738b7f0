"""What a venue sells beside tickets, kept as a row so that a page asks nobody, and as a page shows it.

The row is filled by the worker every few minutes, and by a visitor's own press of a button.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from baskets.models import Errand, Hold, Shelf
from catalog import selling
from catalog.models import ProviderAccount
from catalog.records import clean_html, plain
from shop import calls, clock
from shop.claims import Taken, claim
from shop.money import Money
from shop.providers import errors, registry
from shop.providers.base import ExtrasSource
from shop.providers.extras import EXTRA_KINDS, ExtraInfo, Refusal
from shop.providers.types import Capabilities

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=5)
FRESH = timedelta(seconds=15)
SOON = timedelta(minutes=1)  # after it could not be asked
TOLD_FOR = timedelta(minutes=30)  # how long a page still says what was refused
LONGEST = 4000  # characters of a description, cut before it is cleaned: no tag is left open
MOST = 150  # things of one account: each is up to three fields of one form, and a form has 500 at most


# --- the row --------------------------------------------------------------------------------------------------


def row(info: ExtraInfo) -> dict[str, Any]:
    """One thing as `Shelf.things` keeps it: sums in minor units, HTML cleaned."""
    found = {
        "kind": info.kind,
        "ref": info.ref,
        "name": plain(info.name)[:200],
        "about": clean_html(info.description_html[:LONGEST]),
        "group": plain(info.group)[:200],
        "price": info.price.minor if info.price else None,
        "renewal": info.renewal_price.minor if info.renewal_price else None,
        "suggested": info.suggested.minor if info.suggested else None,
        "left": info.left,
        "reference": info.reference,
        "most": info.most,
        "page": info.own_page,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True)
class Thing:
    """One thing on a shelf. `price` None: the buyer says how much. `left` None: not told, so as many as one likes."""

    kind: str
    ref: str
    name: str
    about: str
    group: str
    price: Money | None
    renewal: Money | None
    suggested: Money | None
    left: int | None
    reference: int
    most: int | None
    page: str

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.ref}"

    @property
    def full_name(self) -> str:
        return ", ".join(dict.fromkeys(filter(None, (self.group, self.name))))


def _thing(raw: dict[str, Any], currency: str) -> Thing:
    def money(name: str) -> Money | None:
        return Money(raw[name], currency) if name in raw else None

    name = raw.get("name", "") or (_("Gift voucher") if raw["kind"] == "gift_voucher" else "")
    return Thing(
        raw["kind"], raw["ref"], name, raw.get("about", ""), raw.get("group", ""), money("price"), money("renewal"),
        money("suggested"), raw.get("left"), raw.get("reference", 0), raw.get("most"), raw.get("page", ""),
    )  # fmt: skip


def things(shelf: Shelf | None, kinds: tuple[str, ...] = EXTRA_KINDS) -> list[Thing]:
    """What is on it, kind by kind in the order in which a page offers them."""
    found = [_thing(one, shelf.currency) for one in shelf.things] if shelf else []
    return sorted((one for one in found if one.kind in kinds), key=lambda one: EXTRA_KINDS.index(one.kind))


# --- asking ---------------------------------------------------------------------------------------------------


def capabilities(account: str) -> Capabilities | None:
    try:
        return registry.provider(account).capabilities
    except errors.ProviderError:
        return None


def today(account: str) -> date:
    """What day it is at the venue."""
    return clock.now().astimezone(ZoneInfo(registry.config(account).timezone)).date()


def refresh(account: ProviderAccount, *, polite: bool = False) -> Shelf:
    """Ask what is sold now, and keep it. Raises ProviderErrors (the row then stays as it was, due again soon), and
    `claims.Taken` while somebody else asks."""
    with claim(f"shelf:{account.name}", seconds=60), calls.counting():
        shelf, _new = Shelf.objects.get_or_create(
            account=account,
            defaults={"currency": registry.config(account.name).currency, "due_at": clock.now()},
        )
        try:
            source = cast(ExtrasSource, registry.provider(account.name, polite=polite).catalog)
            found = source.extras(fresh=True)
        except errors.ProviderError as error:
            shelf.problem, shelf.due_at = error.code, clock.now() + SOON
            shelf.save(update_fields=["problem", "due_at"])
            raise
        now = clock.now()
        shelf.things, shelf.problem = [row(one) for one in found[:MOST]], ""
        shelf.currency = registry.config(account.name).currency
        shelf.read_at, shelf.due_at = now, now + EVERY
        shelf.save()
        return shelf


def is_fresh(account: ProviderAccount) -> bool:
    """Whether it was asked a moment ago: a button that is pressed again and again asks once."""
    return Shelf.objects.filter(account=account, read_at__gt=clock.now() - FRESH).exists()


def refresh_quietly(account: ProviderAccount) -> None:
    """After a refusal that says that the row is old. Never raises for the provider."""
    try:
        refresh(account)
    except Taken:
        pass
    except errors.ProviderError as error:
        log.warning("%s: what is sold beside tickets could not be read: %s", account.name, error.code)


def due(now: datetime) -> list[str]:
    """Accounts whose shelf is to be read again."""
    waiting = set(Shelf.objects.filter(due_at__gt=now).values_list("account__name", flat=True))
    known = ProviderAccount.objects.filter(configured=True)
    return [one.name for one in known if one.name not in waiting and selling.beside_tickets(one)]


# --- what was refused -------------------------------------------------------------------------------------------


def refused(hold: Hold) -> list[Refusal]:
    """What of the last wish at this account was not taken, until something else is asked for."""
    last = (
        Errand.objects.filter(hold__basket_id=hold.basket_id, hold__account_id=hold.account_id)
        .exclude(state=Errand.State.DROPPED)
        .order_by("-pk")
        .first()
    )
    return refused_of(last)


def refused_of(errand: Errand | None) -> list[Refusal]:
    if errand is None or errand.state != Errand.State.DONE or errand.made_at < clock.now() - TOLD_FOR:
        return []
    return [Refusal(one["kind"], one["ref"], one["problem"]) for one in errand.context.get("refused", ())]
