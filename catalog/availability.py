"""What can be had for one date now: asked of the provider, kept for seconds, droppable at any time.

What it says is shown and offered. Whether a seat is really free is decided by the provider when it is held.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction

from catalog import health, kept, moving, summaries, versions
from catalog.models import Instance, ProviderAccount
from shop import breakers, clock
from shop.calls import counting
from shop.providers import registry
from shop.providers.errors import Misconfigured, ProviderError, Resting, Unavailable
from shop.providers.ordinary import ordinary_prices
from shop.providers.types import Availability, Discount, Offer

SILENCE_SECONDS = 10  # an account that did not answer is left alone for so long
LOOKED_EVERY = timedelta(seconds=30)  # how exactly we know when somebody last looked
PRICE_ROWS = 60


def of(instance: Instance, *, fresh: bool = False, strict: bool = True) -> Availability:
    """What can be had now, at most `kept.KEPT_SECONDS` old; `fresh`: asked after this moment.

    Whoever waits here for somebody else's question has its answer, if it was asked for late enough. Not `strict`: as
    `kept` has it, a crowd at one date may share an answer of the last second or two.

    Notes that somebody looked, and what was seen. Raises ProviderError; never call it inside a transaction.
    """
    note_look(instance)
    pk, arrived = instance.pk, kept.monotonic()
    if not fresh and (known := kept.last(pk, strict=strict)) is not None:
        return known
    since = arrived - kept.RECENT_SECONDS if fresh and not strict and kept.crowded(pk) else arrived
    with _one_at_a_time(_key(instance)):
        # whoever waited here finds what the one before has fetched
        mine = kept.mine(pk)
        if mine is not None and mine.begun is not None and mine.begun > since:
            return mine.found
        if fresh:
            return ask(instance)
        if (known := kept.last(pk, strict=strict)) is not None:
            return known
        turn = kept.Turn(pk)
        if not turn.taken() and (known := turn.others(strict=strict)) is not None:
            return known
        try:
            return ask(instance, fresh=False)
        finally:
            turn.over()


def ask(instance: Instance, *, fresh: bool = True, polite: bool = False) -> Availability:
    """Ask the provider, keep the answer for those who come after, note what was seen. Raises ProviderError."""
    account = instance.event.account
    if not polite:  # else each call asks for leave
        breakers.ask_leave(account.name)  # one that has not answered for a while is not waited for
    silent = f"silent:{account.name}"
    if not fresh and cache.get(silent):
        raise Unavailable("it did not answer seconds ago", account=account.name)
    mark, begun = kept.mark_of(instance.pk), kept.asking(instance.pk)
    try:
        provider = registry.provider(account.name, polite=polite)
        if moving.has_moved(account, moving.system_of(provider)):
            # an id of the old system may be something else in the new one
            raise Misconfigured(
                "it reads another system now and was not refreshed since", account=account.name
            )
        with counting():
            found = provider.catalog.availability(instance.provider_ref)
    except Resting:
        raise  # it was not asked
    except (Unavailable, Misconfigured) as error:
        cache.set(silent, True, SILENCE_SECONDS)
        health.note_failure(account, error, refreshing=False)
        raise
    cache.delete(silent)
    kept.keep(instance.pk, found, mark=mark, begun=begun)
    health.note_answer(account)
    note_seen(instance, found)
    return found


def drop(instance: Instance) -> None:
    """Forget what is kept: somebody has just held or released something there."""
    kept.drop(instance.pk)


def discount(instance: Instance, code: str) -> Discount | None:
    """The reduction behind a typed code, or None. Raises ProviderError."""
    typed = code.strip()[:100]
    if not typed:
        return None
    account = instance.event.account.name
    breakers.ask_leave(account)
    return registry.provider(account).catalog.discount(instance.provider_ref, typed)


@dataclass(frozen=True, slots=True)
class Terms:
    """What happens to tickets once they are chosen; told before it begins.

    `minutes`: about how long the account holds them before payment. `no_clock`: they are held in the visitor's own
    basket there, and nobody says for how long; `held_for_now`: the same in a basket of ours. `seats_held`: named seats
    are held for some minutes, all else is not. `sold_there`: they are chosen and paid on the box office's own pages.
    """

    minutes: int | None = None
    no_clock: bool = False
    held_for_now: bool = False
    seats_held: bool = False
    sold_there: bool = False


def terms(account: ProviderAccount) -> Terms:
    return _terms(account.name)


@functools.lru_cache(maxsize=64)
def _terms(name: str) -> Terms:
    try:
        known = registry.provider(name).capabilities
    except ProviderError:
        return Terms()
    return Terms(
        minutes=known.hold_minutes if known.holds_at == "add" else None,
        no_clock=known.in_browser,
        held_for_now=known.no_clock,
        seats_held=known.holds_seats,
        sold_there=known.sold_there,
    )


def _key(instance: Instance) -> str:
    return f"availability:{instance.pk}"


_locks: dict[str, tuple[threading.Lock, int]] = {}
_locks_guard = threading.Lock()


@contextmanager
def _one_at_a_time(key: str) -> Iterator[None]:
    """Two hundred people at one date are one question of this process, not two hundred."""
    with _locks_guard:
        lock, waiting = _locks.get(key, (threading.Lock(), 0))
        _locks[key] = (lock, waiting + 1)
    try:
        with lock:
            yield
    finally:
        with _locks_guard:
            lock, waiting = _locks[key]
            if waiting == 1:
                del _locks[key]
            else:
                _locks[key] = (lock, waiting - 1)


# --- what was seen ------------------------------------------------------------------------------------------


def note_look(instance: Instance) -> None:
    """Somebody looked at this date: it is asked more often for some minutes."""
    now = clock.now()
    if instance.looked_at is None or now - instance.looked_at > LOOKED_EVERY:
        Instance.objects.filter(pk=instance.pk).update(looked_at=now, availability_due_at=now)
        instance.looked_at = now


def seats_seen(found: Availability) -> int | None:
    """How many seats are left, where the answer says so; None keeps what the refresh knew.

    Offers may share one stock (adult and child), so their numbers are not added up.
    """
    if found.areas:
        return sum(len(row.seats) for area in found.areas for row in area.rows)
    if found.left is not None:
        return found.left
    if found.choose_there:
        return None
    open_now = [offer for offer in found.offers if not offer.closed and offer.left != 0]
    if open_now:
        return None
    waiting = any(offer.closed in ("not_yet", "ended", "unsupported") for offer in found.offers)
    return None if waiting else 0


def priced(found: Availability) -> list[Offer]:
    """The offers whose prices are shown: the same seats are not told twice, chosen here, there or anywhere."""
    anywhere = any(offer.best_seats and not offer.area for offer in found.offers)
    return [
        offer
        for offer in found.offers
        if not (offer.together and found.areas) and not (anywhere and offer.best_seats and offer.area)
    ]


def price_rows(found: Availability) -> list[list[Any]]:
    """The price table of this answer: [area, band, ticket type, price, fee or None], cheapest first.

    A sixth member names what the fee is made of, where the provider itemises it: [[name, amount], ...].
    """
    rows: dict[tuple[str, str, str, int], list[Any]] = {}
    for offer in priced(found):
        if offer.closed == "unsupported":
            continue
        key = (offer.area, offer.price_band, offer.ticket_type, offer.price.minor)
        charges = [[charge.name[:80], charge.amount.minor] for charge in offer.charges]
        fee = offer.fee.minor if offer.fee is not None else None
        rows.setdefault(key, [*key, fee, *([charges] if charges else [])])
    for area in found.areas:
        for row in area.rows:
            for seat in row.seats:
                key = (area.name, "", "", seat.price.minor)
                if key not in rows:
                    rows[key] = [*key, seat.fee.minor if seat.fee is not None else None]
    return sorted(rows.values(), key=lambda row: (row[3], row[0], row[1], row[2]))[:PRICE_ROWS]


def from_and_to(found: Availability) -> tuple[int, int] | None:
    """Lowest and highest price that anybody may pay, in minor units: of what can be had, else of what there was."""
    offers = [
        offer
        for offer in found.offers
        if offer.closed != "unsupported" and not (offer.together and found.areas)
    ]
    there = [offer for offer in offers if offer.closed in ("", "not_yet") and offer.left != 0]
    kinds = [(offer.ticket_type, offer.price, bool(offer.needs)) for offer in there]
    kinds += [("", seat.price, False) for area in found.areas for row in area.rows for seat in row.seats]
    asked = ordinary_prices(
        kinds or [(offer.ticket_type, offer.price, bool(offer.needs)) for offer in offers]
    )
    return (min(asked).minor, max(asked).minor) if asked else None


def _currency(found: Availability) -> str:
    offers: tuple[Offer, ...] = found.offers
    if offers:
        return offers[0].price.currency
    return next((s.price.currency for a in found.areas for r in a.rows for s in r.seats), "")


def _write_seats(instance: Instance, seats: int, values: dict[str, Any]) -> bool:
    """The common case, cheaply: other seats left, before and after some. True where the event's word changes."""
    before = instance.seats_left or 0
    mine = Instance.objects.filter(pk=instance.pk, seats_left=before).update(**values)
    if mine and (word_changed := summaries.shift_seats(instance, seats - before)) is not None:
        return word_changed
    if not mine:  # another process saw something else meanwhile
        Instance.objects.filter(pk=instance.pk).update(**values)
    return summaries.keep([instance.event_id])


def note_seen(instance: Instance, found: Availability) -> None:
    """Keep what was seen on the row: shown until the next look, never used to decide."""
    said: dict[str, Any] = {"availability_at": found.checked_at}
    changed: dict[str, Any] = {}
    seats = seats_seen(found)
    if seats is not None and seats != instance.seats_left:
        changed["seats_left"] = seats
    if found.status.value != instance.status:
        changed["status"] = found.status.value
    if rows := price_rows(found):
        currency = _currency(found)
        if rows != instance.prices:
            changed["prices"] = rows
        if currency != instance.currency:
            changed["currency"] = currency
        lowest, highest = from_and_to(found) or (rows[0][3], rows[-1][3])
        if lowest != instance.price_from_minor:
            changed["price_from_minor"] = lowest
        if highest != instance.price_to_minor:
            changed["price_to_minor"] = highest
    if changed:
        changed["content_hash"] = ""  # so that the next refresh compares with what is really there
    with transaction.atomic():
        if changed.keys() == {"seats_left", "content_hash"} and instance.seats_left and seats:
            visible = _write_seats(instance, seats, {**said, **changed})
        else:
            Instance.objects.filter(pk=instance.pk).update(**said, **changed)
            visible = bool(changed) and (
                summaries.keep([instance.event_id]) or bool(changed.keys() - {"seats_left", "content_hash"})
            )
        if visible or summaries.seats_word(instance.seats_left) != summaries.seats_word(
            changed.get("seats_left", instance.seats_left)
        ):
            versions.bump()
    for name, value in {**said, **changed}.items():
        setattr(instance, name, value)
