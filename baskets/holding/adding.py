"""Ask a provider to hold what a visitor chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from baskets import lifecycle
from baskets.holding import asked as errands
from baskets.holding import reading
from baskets.holding.desk import LIVE, Busy, Desk, ToBrowser, at_desk, claim_name, hold_for
from baskets.holding.lines import Shown, all_gone, rebuild, selection_of, selection_row
from baskets.models import Attempt, Basket, Errand, Hold, Line
from catalog import availability, selling
from catalog.models import Instance
from shop import claims, clock
from shop.providers import errors, types

# The provider says that this goes into an order of its own: another hold, another payment, announced.
NEEDS_ITS_OWN = frozenset({"one_date_an_order", "one_currency_an_order"})


@dataclass
class Added:
    """What is held now because of this. `already`: it was held before, nothing was asked again."""

    hold: Hold
    lines: list[Line] = field(default_factory=list)
    already: bool = False


@dataclass
class Wish:
    """What one request asks for, on its way to the desk."""

    basket: Basket
    instance: Instance
    asked: list[types.Selection]
    shown: Shown | None
    wanted: Sequence[dict[str, Any]]
    attempt: Attempt | None
    also: Sequence[Instance] = ()
    typed: Mapping[str, Any] = field(default_factory=dict)


class NotSold(Exception):
    """The shop itself does not sell this now. `refusal` has a code and a translated sentence."""

    def __init__(self, refusal: selling.Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class TooMany(Exception):
    """More than one visitor gets for one date. `limit`, and how many of it they have already (`held`)."""

    def __init__(self, limit: int, held: int) -> None:
        super().__init__(f"{held} of {limit}")
        self.limit, self.held = limit, held


def add(
    *,
    basket: Basket,
    instance: Instance,
    selections: Sequence[types.Selection],
    shown: Shown | None = None,
    token: str = "",
    wanted: Sequence[dict[str, Any]] = (),
    also: Sequence[Instance] = (),
    typed: Mapping[str, Any] | None = None,
) -> Added:
    """Have the selections held: all of them or none.

    `token` names the wish: the form it came from and what was sent with it. A wish is asked for once. `shown` are the
    prices the buyer saw. `also`: further dates of the same account that selections are for. `wanted` describes the choice as lines, for the case that the answer is lost; `typed` what stood on the page, which a no of the browser's leads back to.

    Raises BrowserAsks where the visitor's own browser has to ask, lifecycle.NotNow (the basket is being paid), NotSold, TooMany, Busy, and every ProviderError: after
    a Refused nothing has changed, after OutcomeUnknown the hold is uncertain and is read again soon.
    """
    if basket.status != Basket.Status.OPEN:
        raise lifecycle.NotNow(basket.status)
    for one in (instance, *also):
        refusal = selling.refusal(one)
        if refusal is not None:
            raise NotSold(refusal)
    there = _lines_of(basket)
    asked = _not_held_yet(there, selections)
    hold = hold_for(basket, instance)
    if not asked:
        return Added(hold, already=True)
    attempt = attempt_of(basket, hold, token, wanted)
    if attempt is not None and attempt.state == Attempt.State.DONE:
        return Added(attempt.hold, already=True)
    for one in (instance, *also):
        _check_limit(there, one, asked)
    try:
        with at_desk(hold) as desk:
            return _ask(desk, Wish(basket, instance, asked, shown, wanted, attempt, also, typed or {}))
    except Busy:
        if attempt is not None:
            attempt.refresh_from_db()
            raise Busy(same=attempt.presses > 1 or attempt.state == Attempt.State.DONE) from None
        raise


def _ask(desk: Desk, wish: Wish) -> Added:
    """With the claim in hand: read what is uncertain first, then ask once."""
    if desk.capabilities.sold_there:
        raise errors.Unsupported("sold on the provider's own page", account=desk.row.account.name)
    attempt = wish.attempt
    if attempt is not None and (desk.row.state == Hold.State.UNCERTAIN or desk.capabilities.in_browser):
        attempt.refresh_from_db()
        if attempt.state == Attempt.State.DONE:
            return Added(desk.row, already=True)
    if desk.row.state == Hold.State.UNCERTAIN:
        if attempt is not None and attempt.presses == 1:
            end_attempt(
                attempt, Attempt.State.REFUSED
            )  # nothing of it was asked yet: the reading is not about it
        found = [line for line in reading.take_in(desk).new if line.instance_id == wish.instance.pk]
        if found:  # an earlier choice, whose answer was lost, was held after all
            end_attempt(attempt, Attempt.State.DONE)
            return Added(desk.row, found, already=True)
        if desk.row.state == Hold.State.CLOSED:
            return _elsewhere(wish)  # it is dead: the fresh one has its own claim
        wish.asked = _not_held_yet(_lines_of(wish.basket), wish.asked)
        if not wish.asked:
            return Added(desk.row, already=True)
    if desk.capabilities.in_browser:
        if (under_way := errands.of_attempt(attempt)) is not None:
            raise errands.BrowserAsks(under_way)
        errands.wait_for_others(desk.row)
    if attempt is not None and not begin_attempt(attempt, desk.row, wish.wanted):
        return Added(desk.row, already=True)  # somebody with the same choice was here a moment ago
    try:
        desk.ask_leave()
        state = desk.hold(wish.asked)
    except ToBrowser as to:
        raise errands.BrowserAsks(_errand(desk, to.ask, wish)) from None
    except (errors.HoldGone, errors.HoldExpired):
        end_attempt(attempt, Attempt.State.REFUSED)
        _bury(desk)
        raise
    except errors.OutcomeUnknown:
        raise  # the attempt stays asked, the hold uncertain: reading tells
    except errors.Refused as refused:
        if refused.code in NEEDS_ITS_OWN and desk.row.lines.filter(state__in=LIVE).exists():
            return _elsewhere(wish, after=desk.row)
        end_attempt(attempt, Attempt.State.REFUSED)
        raise
    except errors.ProviderError:
        if desk.row.state != Hold.State.UNCERTAIN:
            end_attempt(attempt, Attempt.State.REFUSED)
        raise
    with transaction.atomic():
        result = rebuild(
            desk.row, state, can_extend=desk.capabilities.can_extend, asked=wish.asked, shown=wish.shown,
            at_hand=(wish.instance, *wish.also),
        )  # fmt: skip
        end_attempt(attempt, Attempt.State.DONE)
        if attempt is not None:  # a reader that came in between may have given it up
            keys = {f"wanted:{one['key']}"[:100] for one in attempt.wanted} & result.refs
            if keys:
                desk.row.lines.filter(item_ref__in=keys).delete()
        touch(wish.basket)
    for one in (wish.instance, *wish.also):
        availability.drop(one)
    return Added(desk.row, result.new)


def _errand(desk: Desk, ask: types.AskBrowser, wish: Wish) -> Errand:
    """The wish as it is judged by when the browser tells what came of it."""
    shown = wish.shown or Shown()
    return errands.begin(
        desk.row,
        ask,
        "add",
        attempt=wish.attempt,
        instance=wish.instance,
        asked=[selection_row(one) for one in wish.asked],
        shown={
            "seats": dict(shown.seats),
            "offers": dict(shown.offers),
            "estimated": sorted(shown.estimated),
            "picked": shown.picked,
            "sought": dict(shown.sought),
        },
        typed=dict(wish.typed),
    )


def _elsewhere(wish: Wish, *, after: Hold | None = None) -> Added:
    with at_desk(hold_for(wish.basket, wish.instance, fresh_after=after)) as desk:
        return _ask(desk, wish)


def _bury(desk: Desk) -> None:
    """The provider will not have this hold changed any more: read what is left, and begin a fresh one next time."""
    try:
        state = desk.read()
    except errors.Refused as refused:
        with transaction.atomic():
            all_gone(desk.row, refused.code)
        return
    except errors.ProviderError:
        desk.not_known()
        return
    with transaction.atomic():
        rebuild(desk.row, state, can_extend=desk.capabilities.can_extend)
        if desk.row.state != Hold.State.CLOSED:
            # what is in it can still be paid for; what comes next goes into a fresh one
            row = desk.row
            Hold.objects.create(
                basket_id=row.basket_id,
                account_id=row.account_id,
                scope=row.scope,
                generation=row.generation + 1,
            )


def touch(basket: Basket) -> None:
    now = clock.now()
    Basket.objects.filter(pk=basket.pk).update(touched_at=now, due_at=now + lifecycle.KEEP)


def _lines_of(basket: Basket) -> list[Line]:
    """What is in the basket now, as far as it counts."""
    mine = Line.objects.filter(hold__basket=basket, state__in=LIVE).select_related("hold")
    return list(mine.order_by())


def _not_held_yet(there: Sequence[Line], selections: Sequence[types.Selection]) -> list[types.Selection]:
    """Without the seats that this basket holds already: a second tab asks for them in vain."""
    lines = [line for line in there if line.state != Line.State.WISH and line.hold.firm]
    held = {ticket["ref"] for line in lines if not line.over for ticket in line.tickets}
    rest: list[types.Selection] = []
    for one in selections:
        if not one.seat_refs:
            rest.append(one)
            continue
        free = tuple(ref for ref in one.seat_refs if ref not in held)
        if free:
            changed = selection_row(one) | {"seat_refs": free}
            rest.append(selection_of(changed))
    return rest


def _check_limit(there: Sequence[Line], instance: Instance, asked: Sequence[types.Selection]) -> None:
    """So many tickets for one date, whether in one go or in ten."""
    held = sum(line.quantity for line in there if line.instance_id == instance.pk)
    wanted = sum(
        len(one.seat_refs) or one.quantity for one in asked if one.instance_ref == instance.provider_ref
    )
    if held + wanted > settings.MAX_TICKETS:
        raise TooMany(settings.MAX_TICKETS, held)


def attempt_of(
    basket: Basket,
    hold: Hold,
    token: str,
    wanted: Sequence[dict[str, Any]],
) -> Attempt | None:
    """The row of this pressing; a second press of the same form with the same wish finds the first one's."""
    if not token:
        return None
    try:
        with transaction.atomic():
            return Attempt.objects.create(
                basket=basket, token=token[:100], hold=hold, wanted=list(wanted), at=clock.now()
            )
    except IntegrityError:  # pressed before
        attempt = Attempt.objects.get(basket=basket, token=token[:100])
    Attempt.objects.filter(pk=attempt.pk).update(presses=F("presses") + 1)
    if attempt.state == Attempt.State.ASKED and claims.is_taken(claim_name(attempt.hold_id)):
        raise Busy(same=True)
    return attempt


def begin_attempt(attempt: Attempt, hold: Hold, wanted: Sequence[dict[str, Any]]) -> bool:
    """With the hold's claim in hand. False: what was asked for is done already."""
    attempt.wanted = list(wanted)
    mine = Attempt.objects.filter(pk=attempt.pk).exclude(state=Attempt.State.DONE)
    begun = {"state": Attempt.State.ASKED, "hold": hold, "at": clock.now(), "wanted": attempt.wanted}
    return bool(mine.update(**begun))


def end_attempt(attempt: Attempt | None, state: str) -> None:
    if attempt is not None:
        Attempt.objects.filter(pk=attempt.pk).update(state=state)
        attempt.state = state
