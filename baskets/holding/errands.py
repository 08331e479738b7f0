"""What the visitor's own browser asks, where the basket is that browser's cookie: handing it out, hearing of it.

An errand is handed out once. Whoever opens its page again has the basket read instead: what was asked may have
happened, and is never asked twice. What the browser tells is shown; no money of ours rests on it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from baskets import beside
from baskets.holding import noting
from baskets.holding.adding import touch
from baskets.holding.asked import OWN_WORDS, BrowserAsks, begin, plain
from baskets.holding.changing import accept
from baskets.holding.desk import Busy, Desk, ToBrowser, at_desk, hold_for
from baskets.holding.lines import Rebuilt, Shown, all_gone, rebuild, selection_of
from baskets.holding.numbering import KIND as NUMBER
from baskets.holding.numbering import NOT_READ_BACK
from baskets.holding.reading import close_attempts, take_in
from baskets.models import Attempt, Basket, Errand, Hold, Line, NoteQuestion
from catalog import availability
from catalog.models import Instance
from shop import clock
from shop.providers import errors, registry, types
from shop.providers.extras import Refusal

log = logging.getLogger(__name__)
MOST_ROUNDS = 12  # of asking on, without those that only stand in a queue
KEEP = timedelta(days=2)
NOT_ABOUT_THE_WISH = frozenset({"queued", "cookies_blocked", "wrong_host", "hold_gone"})


@dataclass
class Heard:
    """How it ended: `new` lines, lines that are `gone`, and what else was `refused`, each with its reason."""

    errand: Errand
    new: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass
class Next:
    """The browser has to go on. `queued`: it stands in a queue, at `position` where that was said."""

    request: Mapping[str, Any]
    queued: bool = False
    position: int | None = None


# --- handing out ------------------------------------------------------------------------------------------


def serve(errand: Errand) -> bool:
    """What `errand.request` is to be asked now. False: it is over.

    The first time it is what was wanted; later only the reading. Raises Busy, ProviderError.
    """
    if errand.state != Errand.State.OPEN:
        return False
    first = Errand.objects.filter(pk=errand.pk, state=Errand.State.OPEN, served_at=None)
    if first.update(served_at=clock.now()):
        if errand.kind in OWN_WORDS:  # the page has them; opened again, it only reads
            Errand.objects.filter(pk=errand.pk).update(request={**errand.request, "calls": []})
        return True
    if errand.rounds >= MOST_ROUNDS:
        # what the browser heard may be more than the shop takes: it would be read for ever
        raise errors.BadAnswer("it is opened for ever", account=errand.hold.account.name)
    with at_desk(errand.hold) as desk:
        ask = desk.browser.ask(desk.row.handle or None, desk.keep)
        _go_on(errand, ask, kind="read")
    return True


def _go_on(errand: Errand, ask: types.AskBrowser, *, kind: str = "") -> None:
    errand.request, errand.kind = plain(ask.request), kind or errand.kind
    errand.rounds += 1
    Errand.objects.filter(pk=errand.pk).update(
        request=errand.request, kind=errand.kind, rounds=errand.rounds, served_at=clock.now()
    )


def look(basket: Basket, hold: Hold, *, then: str = "") -> None:
    """Have the visitor's browser read the basket, and go on to `then`. Raises BrowserAsks, or Busy."""
    with at_desk(hold) as desk:
        ask = desk.browser.ask(desk.row.handle or None, desk.keep)
        raise BrowserAsks(begin(desk.row, ask, "read", **({"then": then} if then else {})))


def look_for(basket: Basket, instance: Instance) -> None:
    """The same after seats of a date were chosen on the provider's own page. Raises Unsupported where our server asks."""
    name = instance.event.account.name
    if not registry.provider(name).capabilities.in_browser:
        raise errors.Unsupported("this account is asked by our server, or not at all", account=name)
    look(basket, hold_for(basket, instance))


# --- hearing ----------------------------------------------------------------------------------------------


def heard(errand: Errand, answer: Mapping[str, Any]) -> Heard | Next:
    """Take in what the browser tells. Raises Busy, and ProviderErrors: then it is over, and the lines say what is
    known to be there."""
    with at_desk(errand.hold) as desk:
        errand.refresh_from_db()
        if errand.state == Errand.State.DONE:
            return Heard(errand)
        try:
            return _judge(desk, errand, answer)
        except errors.ProviderError as error:
            _failed(desk, errand, error)
            raise


def _judge(desk: Desk, errand: Errand, answer: Mapping[str, Any]) -> Heard | Next:
    try:
        state = desk.browser.heard(desk.row.handle, answer, desk.keep)
    except errors.Queued as queued:
        if queued.needs_empty:
            raise
        ask = desk.browser.join_queue(desk.row.handle, desk.keep)
        errand.rounds -= 1  # standing in a queue is no asking on
        _go_on(errand, ask)
        return Next(errand.request, queued=True, position=queued.position)
    except errors.OutcomeUnknown:
        if errand.rounds >= MOST_ROUNDS:
            raise
        _go_on(errand, desk.browser.ask(desk.row.handle, desk.keep), kind="read")
        return Next(errand.request)
    if isinstance(state, types.AskBrowser):
        if errand.rounds >= MOST_ROUNDS:
            raise errors.BadAnswer("it asks for ever", account=desk.row.account.name)
        _go_on(errand, state)
        return Next(errand.request)
    return taken_in(desk, errand, state)


def taken_in(desk: Desk, errand: Errand, state: types.Hold) -> Heard:
    """What came of it becomes lines, and the errand is over."""
    context, hold = errand.context, desk.row
    with transaction.atomic():
        going = context.get("going", ())
        if errand.kind in ("remove", "clear"):
            there = {item.ref for item in state.items if item.state != "gone"}
            hold.lines.filter(item_ref__in=set(going) - there).update(state=Line.State.RELEASING)
        result = rebuild(
            hold, state, asked=[selection_of(one) for one in context.get("asked", ())], shown=_shown(context)
        )
        if "extras" in context or "code" in context:  # these may change prices: that is why buyers ask
            _agree(hold, to_more="code" in context and beside.has_code(hold, context["code"]))
        remember(errand, state.refused)
        lost = [one for one in state.refused if one.kind == "attribute" and errand.kind == NUMBER]
        for one in lost:  # the account's label for our own number
            noting.tell_staff(hold, str(NoteQuestion.Level.ORDER), one)
        end(errand, Attempt.State.DONE, NOT_READ_BACK if lost else "")
        if errand.kind == "note":
            noting.noted(errand, hold, state)
        if errand.kind == "read":
            close_attempts(hold, result)
            _things_told(errand, hold)
        touch(hold.basket)
    changed = {line.instance_id: line.instance for line in (*result.new, *result.gone) if line.instance}
    if errand.instance is not None:
        changed[errand.instance.pk] = errand.instance
    for instance in changed.values():
        availability.drop(instance)
    return Heard(errand, result.new, result.gone, list(state.refused))


def _things_told(errand: Errand, hold: Hold) -> None:
    """The answer to what was chosen beside tickets was lost: what is not there after all may be chosen anew."""
    context = errand.context
    if errand.attempt is None or "extras" not in context:
        return
    if not beside.has_all(hold, context["extras"], context.get("before", ())):
        Attempt.objects.filter(pk=errand.attempt.pk).update(state=Attempt.State.REFUSED)


def _agree(hold: Hold, *, to_more: bool) -> None:
    """A price that fell because of what the buyer has just asked for needs no yes; where a code was tried or taken
    away, neither does one that rose."""
    for line in hold.lines.filter(state=Line.State.CHANGED):
        if to_more or line.price_minor <= (line.was_minor or 0):
            accept(line, line.price_minor)


def remember(errand: Errand, refusals: Iterable[Refusal]) -> None:
    """What was not taken, and why, for the page to say beside each thing. Saved with the errand's end."""
    rows = [{"kind": one.kind, "ref": one.ref, "problem": one.problem} for one in refusals]
    if rows:
        errand.context = {**errand.context, "refused": rows}


def _shown(context: Mapping[str, Any]) -> Shown | None:
    said = context.get("shown")
    if not said:
        return None
    return Shown(
        seats=said["seats"], offers=said["offers"], estimated=frozenset(said["estimated"]), picked=said["picked"],
        sought=said.get("sought", {}),
    )  # fmt: skip


def end(errand: Errand, attempt: str, problem: str = "") -> None:
    errand.state, errand.problem = Errand.State.DONE, problem
    # what was asked may be personal (the words of a gift voucher), and nobody asks it again
    errand.request = {**errand.request, "calls": []}
    errand.save(update_fields=["state", "problem", "context", "request"])
    if errand.attempt is None or (errand.kind == "read" and not problem):
        return  # what the reading found is told by itself
    errand.attempt.state = attempt
    errand.attempt.save(update_fields=["state"])
    if attempt == Attempt.State.DONE and errand.kind == "add":
        # what was tried again is not offered once more
        tried = [one.get("line") for one in errand.attempt.wanted]
        Line.objects.filter(pk__in=[pk for pk in tried if pk], state=Line.State.GONE).delete()


def _failed(desk: Desk, errand: Errand, error: errors.ProviderError) -> None:
    """Nothing came of it. What is there all the same is shown."""
    hold = desk.row
    state: types.Hold | None = None
    if not isinstance(error, errors.HoldGone):
        try:
            state = desk.read() if hold.handle else None
        except errors.ProviderError as odd:
            log.warning("hold %s: what was told cannot be read: %s", hold.pk, odd.code)
    with transaction.atomic():
        result = Rebuilt()
        if isinstance(error, errors.HoldGone):
            result.gone = all_gone(hold, error.code)
        elif state is not None:
            result = rebuild(hold, state)
        if isinstance(error, errors.Queued) and error.needs_empty:
            errand.context = {**errand.context, "needs_empty": True}
        remember(errand, reasons(errand, error))
        end(errand, Attempt.State.REFUSED, error.code)
        if errand.kind == "note":
            noting.forget_words(errand)
        if isinstance(error, errors.OutcomeUnknown) and errand.attempt is not None:
            Attempt.objects.filter(pk=errand.attempt.pk).update(state=Attempt.State.ASKED)
            close_attempts(hold, result)
    if errand.instance is not None:
        availability.drop(errand.instance)


def reasons(errand: Errand, error: errors.ProviderError) -> Iterable[Refusal]:
    """Why nothing of it was had, thing by thing."""
    if not isinstance(error, errors.Refused) or error.code in NOT_ABOUT_THE_WISH:
        return ()
    if error.refusals:
        return error.refusals
    if errand.kind == "code":
        return [Refusal("code", errand.context.get("code", ""), error.code)]
    return [Refusal(one["kind"], one["ref"], error.code) for one in errand.context.get("extras", ())]


# --- giving back ------------------------------------------------------------------------------------------


def give_back(hold: Hold, refs: Sequence[str] | None, kind: str) -> Heard:
    """Have these given back (None: all). Raises BrowserAsks, Busy, ProviderError; returns where no browser had to be
    asked."""
    with at_desk(hold) as desk:
        if desk.row.state == Hold.State.UNCERTAIN and not desk.capabilities.in_browser:
            take_in(desk)
        going = list(refs if refs is not None else desk.row.lines.values_list("item_ref", flat=True))
        try:
            state = desk.release(refs)
        except ToBrowser as to:
            raise BrowserAsks(begin(desk.row, to.ask, kind, going=going)) from None
        except (errors.HoldGone, errors.HoldExpired):
            if not desk.capabilities.in_browser:
                take_in(desk)  # nothing of it is there any more
            raise
        with transaction.atomic():
            desk.row.lines.filter(item_ref__in=going).update(state=Line.State.RELEASING)
            rebuild(desk.row, state)
        return Heard(Errand(hold=desk.row, kind=kind))


def forget(now: Any) -> None:
    """Errands that nobody comes back from."""
    old = Errand.objects.filter(made_at__lt=now - KEEP).values_list("pk", flat=True)[:500]
    Errand.objects.filter(pk__in=list(old)).delete()


__all__ = ["Busy", "Heard", "Next", "forget", "give_back", "heard", "look", "look_for", "serve"]
