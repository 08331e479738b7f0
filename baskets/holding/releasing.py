"""Give back what a visitor does not want any more.

The buyer never waits for it: the line leaves the basket at once, and what the provider could not be told now
is told by the sweep. Until it has been told, nothing of that hold is sent to payment (`reading.verify`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import transaction

from baskets.holding import errands
from baskets.holding.adding import touch
from baskets.holding.desk import Busy, at_desk
from baskets.holding.lines import all_gone, rebuild
from baskets.holding.reading import put_off, take_in
from baskets.models import Basket, Hold, Line
from catalog import availability
from shop import clock
from shop.providers import errors, registry

log = logging.getLogger(__name__)
GIVE_UP_AFTER = 12  # tries; by then every hold has run out by itself


def remove(line: Line) -> bool:
    """Take a line out of the basket. True: the provider has it back; False: it will be told soon.

    Raises BrowserAsks where the visitor's own browser has to give it back; the line stays until it has.
    """
    hold = line.hold
    touch(hold.basket)
    if asks_browser(hold):
        errands.give_back(hold, [line.item_ref], "remove")
        return True
    if line.state == Line.State.GONE and (
        hold.state == Hold.State.CLOSED or line.item_ref.startswith("wanted:")
    ):
        line.delete()  # the provider has nothing of it
        return True
    _mark([line.pk], hold)
    return _try(hold)


def clear(basket: Basket) -> bool:
    """Empty the basket. An empty one is a success.

    Raises BrowserAsks where the visitor's own browser has to, after everything else; call again when it has.
    """
    Line.objects.filter(hold__basket=basket, state=Line.State.GONE).delete()
    done = True
    theirs = []
    for hold in basket.holds.exclude(state=Hold.State.CLOSED).select_related("account", "basket"):
        if asks_browser(hold):
            theirs.append(hold)
            continue
        Hold.objects.filter(pk=hold.pk).update(beside={})  # these go with the tickets
        _mark(list(hold.lines.values_list("pk", flat=True)), hold)
        done = _try(hold) and done
    touch(basket)
    for hold in theirs:
        if not hold.beside and not hold.lines.exists():
            continue  # as far as anybody told us there is nothing in it
        errands.give_back(hold, None, "clear")
    return done


def asks_browser(hold: Hold) -> bool:
    """Something may be there that only the visitor's own browser can give back."""
    try:
        in_browser = registry.provider(hold.account.name).capabilities.in_browser
    except errors.ProviderError:
        return False
    return in_browser and bool(hold.handle) and hold.state != Hold.State.CLOSED


def in_browser(basket: Basket) -> list[Hold]:
    """The holds that only the visitor's own browser can read."""
    live = basket.holds.exclude(state=Hold.State.CLOSED).select_related("account", "basket")
    return [hold for hold in live if asks_browser(hold)]


def _mark(lines: list[int], hold: Hold) -> None:
    with transaction.atomic():
        Line.objects.filter(pk__in=lines).update(state=Line.State.RELEASING)
        # an uncertain hold stays so: it is read first
        Hold.objects.filter(pk=hold.pk, state=Hold.State.OPEN).update(state=Hold.State.RELEASING)
        Hold.objects.filter(pk=hold.pk).update(due_at=clock.now(), attempts=0)


def _try(hold: Hold) -> bool:
    try:
        finish_release(hold)
    except Busy:
        return False  # due now: the sweep comes by in seconds
    except errors.ProviderError as error:
        log.warning("hold %s could not be given back yet: %s", hold.pk, error.code)
        return False
    return not hold.lines.filter(state=Line.State.RELEASING).exists()


def finish_release(hold: Hold) -> None:
    """Tell the provider, once, what goes back, and read back what is left. Safe to call again.

    Raises Busy and ProviderError; the row is then due again later.
    """
    try:
        with at_desk(hold) as desk:
            if desk.row.state == Hold.State.UNCERTAIN:
                take_in(desk)
                if desk.row.state == Hold.State.CLOSED:
                    return
            if desk.capabilities.in_browser:
                # nobody is there whose browser could ask; their basket runs out by itself
                with transaction.atomic():
                    all_gone(desk.row, "hold_expired")
                    # a buyer's own words are among what was read of it
                    Hold.objects.filter(pk=desk.row.pk).update(handle="")
                return
            going = list(desk.row.lines.filter(state=Line.State.RELEASING).select_related("instance"))
            staying = desk.row.lines.exclude(state__in=[Line.State.RELEASING, Line.State.GONE]).exists()
            staying = staying or bool(desk.row.beside.get("extras"))  # a donation without tickets
            if not desk.row.handle or not (going or not staying):
                _nothing_to_do(desk.row, staying=staying)
                return
            try:
                state = desk.release([line.item_ref for line in going] if staying else None)
            except errors.Refused as refused:
                _free_again(going)
                # the provider knows nothing of it any more, which is what was wanted; what else was there?
                if isinstance(refused, errors.HoldGone | errors.HoldExpired) and not staying:
                    with transaction.atomic():
                        all_gone(desk.row, refused.code)
                    return
                take_in(desk)
                return
            _free_again(going)
            with transaction.atomic():
                rebuild(desk.row, state, can_extend=desk.capabilities.can_extend)
    except errors.ProviderError:
        _later(hold)
        raise


def _free_again(lines: Iterable[Line]) -> None:
    """After the box office has them back: an answer that was asked for before does not have them yet."""
    for instance in {line.instance for line in lines if line.instance is not None}:
        availability.drop(instance)


def _nothing_to_do(hold: Hold, *, staying: bool) -> None:
    with transaction.atomic():
        hold.lines.filter(state=Line.State.RELEASING).delete()
        to = Hold.State.OPEN if staying else Hold.State.CLOSED
        due = hold.expires_at if staying else None
        Hold.objects.filter(pk=hold.pk).update(state=to, due_at=due, attempts=0)


def _later(hold: Hold) -> None:
    hold.refresh_from_db()
    if hold.attempts >= GIVE_UP_AFTER:
        with transaction.atomic():
            all_gone(hold, "hold_expired")
        return
    put_off(hold)
    Hold.objects.filter(pk=hold.pk, state=Hold.State.OPEN).update(state=Hold.State.RELEASING)
