"""What does the provider hold for us? Asked again wherever our own knowledge is old or uncertain."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from baskets import beside
from baskets.holding.desk import Busy, Desk, at_desk
from baskets.holding.lines import Rebuilt, all_gone, gone_line, rebuild
from baskets.models import Attempt, Basket, Hold, Line
from shop import clock
from shop.providers import errors

log = logging.getLogger(__name__)
LONGEST_WAIT = timedelta(minutes=5)


def take_in(desk: Desk) -> Rebuilt:
    """Read a claimed hold and rebuild its lines. Raises ProviderError where it cannot be asked."""
    hold = desk.row
    uncertain = hold.state == Hold.State.UNCERTAIN
    if not hold.handle:
        with transaction.atomic():
            result = Rebuilt(gone=all_gone(hold, "not_held"))
            if uncertain:
                close_attempts(hold, result)
        return result
    try:
        state = desk.read()
    except errors.Refused as refused:
        with transaction.atomic():
            result = Rebuilt(gone=all_gone(hold, refused.code))
            if uncertain:
                close_attempts(hold, result)
        return result
    with transaction.atomic():
        result = rebuild(hold, state, can_extend=desk.capabilities.can_extend)
        if uncertain:
            close_attempts(hold, result)
    return result


def close_attempts(hold: Hold, result: Rebuilt) -> None:
    """Now it is known what became of a choice whose answer was lost: held, or a line that can be tried again."""
    there = list(hold.lines.exclude(state=Line.State.GONE))
    tickets = {ticket["ref"] for line in there for ticket in line.tickets}
    for attempt in hold.tries.filter(state=Attempt.State.ASKED).order_by("pk"):
        missing = []
        for one in attempt.wanted:
            if "extras" in one:  # of things beside tickets there is no line that could be tried again
                if not beside.has_all(hold, one["extras"], one["before"]):
                    missing.append(one)
                continue
            seats = set(one["selection"].get("seat_refs", ()))
            arrived = (
                seats <= tickets if seats else any(line.instance_id == one["instance"] for line in result.new)
            )
            tried_again = Line.objects.filter(pk=one.get("line"), state=Line.State.GONE)
            if not arrived:
                missing.append(one)
                if not tried_again.exists():  # else that one still says so
                    gone_line(hold, one, "not_held")
            else:
                tried_again.delete()
        attempt.state = Attempt.State.REFUSED if missing else Attempt.State.DONE
        attempt.save(update_fields=["state"])


def put_off(hold: Hold) -> None:
    """It could not be asked: again later, and ever later."""
    tries = min(hold.attempts + 1, 12)
    wait = min(timedelta(seconds=5) * 2 ** (tries - 1), LONGEST_WAIT)
    Hold.objects.filter(pk=hold.pk).update(attempts=tries, due_at=clock.now() + wait)


def read_hold(hold: Hold) -> Rebuilt:
    """Read one hold. Raises Busy, ProviderError (the hold is then put off, its lines are as they were)."""
    try:
        with at_desk(hold) as desk:
            return take_in(desk)
    except errors.ProviderError:
        put_off(hold)
        raise


def _readable(basket: Basket) -> Iterable[Hold]:
    return basket.holds.exclude(state=Hold.State.CLOSED).select_related("account", "basket").order_by("pk")


def read(basket: Basket) -> Rebuilt:
    """Read every hold of the basket. Raises the first ProviderError after all have been tried."""
    result, failed = Rebuilt(), None
    for hold in _readable(basket):
        try:
            one = read_hold(hold)
        except Busy:
            continue  # whoever is at it reads it back
        except errors.ProviderError as error:
            failed = failed or error
            continue
        result.new += one.new
        result.gone += one.gone
    if failed is not None:
        raise failed
    return result


def settle_due(basket: Basket) -> None:
    """Before the basket is shown: read what is uncertain or has run out, if it is due. Never raises for that."""
    now = clock.now()
    if basket.status != Basket.Status.OPEN:
        return
    due = _readable(basket).filter(due_at__lte=now, state__in=[Hold.State.UNCERTAIN, Hold.State.OPEN])  # type: ignore[attr-defined]
    for hold in due:
        try:
            read_hold(hold)
        except Busy:
            continue
        except errors.ProviderError as error:
            log.warning("hold %s could not be read: %s", hold.pk, error.code)


def _without_gone(hold: Hold, result: Rebuilt) -> None:
    """What is gone but still listed there would stand in the way of paying for the rest: it is taken off the list."""
    counted = [Line.State.HELD, Line.State.WISH, Line.State.CHANGED]
    if not result.listed_gone or not hold.lines.filter(state__in=counted).exists():
        return
    with at_desk(hold) as desk:
        try:
            state = desk.release(result.listed_gone)
        except errors.Refused:
            return  # it is not listed any more
        with transaction.atomic():
            rebuild(hold, state, can_extend=desk.capabilities.can_extend)


def verify(basket: Basket) -> list[Line]:
    """Ask once more before anybody is sent to pay: the lines that are gone or cost something else now.

    What the buyer gave back is given back first: it would be bought with the rest. Raises ProviderError where
    a provider cannot be asked, or still keeps what was given back; Busy where another request is at it.
    """
    from baskets.holding.releasing import finish_release

    for hold in _readable(basket):
        if hold.lines.filter(state=Line.State.RELEASING).exists():
            finish_release(hold)
            hold.refresh_from_db()
            if hold.lines.filter(state=Line.State.RELEASING).exists():
                raise errors.Unavailable("what was given back is still held", account=hold.account.name)
        if hold.state != Hold.State.CLOSED:
            _without_gone(hold, read_hold(hold))
    wrong = Line.objects.filter(hold__basket=basket).exclude(state=Line.State.RELEASING)
    return [
        line for line in wrong.select_related("hold__account") if not line.counts or line.state == "changed"
    ]
