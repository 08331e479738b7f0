"""Writing a buyer's answers on tickets or on the order: by our server, or by the visitor's browser.

What is about to be sent is kept sealed with the hold first, so that a basket that cannot be reached costs nobody what
they typed. Which of it was taken is what the basket says when it is read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F

from baskets.holding.asked import BrowserAsks, begin, wait_for_others
from baskets.holding.desk import ToBrowser, at_desk
from baskets.models import Errand, Hold, LostNote, NoteQuestion
from baskets.notes_kept import ORDER, YES, Kept
from shop import clock
from shop.providers import extras, types
from shop.providers.errors import ProviderError

if TYPE_CHECKING:
    from baskets.holding.errands import Heard


def note(hold: Hold, answers: Mapping[str, str | bool], tickets: Sequence[str] | None) -> Heard:
    """Have these answers written, by label: on these tickets, None: on the order.

    Raises BrowserAsks, Busy, HoldGone (nothing is there to write on), ProviderError.
    """
    from baskets.holding import served

    with at_desk(hold) as desk:
        served.look_first(desk)
        wait_for_others(desk.row)
        every = {ref for line in desk.row.lines.all() if line.counts for ref in _refs(line.tickets)}
        whole = tickets is not None and every and set(tickets) == every
        level = NoteQuestion.Level.ORDER if tickets is None else NoteQuestion.Level.TICKET
        kept = Kept.of(desk.row)
        plain = {desk.note_key(label): _plain(said) for label, said in answers.items()}
        kept.type([ORDER] if tickets is None else tickets, plain)
        if not desk.capabilities.in_browser:
            _keep_typed(desk.row, kept)  # before it is asked: a lost answer loses nothing that was typed
        try:
            state = desk.note(answers, [] if whole else tickets)  # all of them are one call
        except ToBrowser as to:
            with transaction.atomic():
                _keep_typed(desk.row, kept)
                errand = begin(desk.row, to.ask, "note", level=str(level))
            raise BrowserAsks(errand) from None
        except ProviderError as error:
            raise served.refused(desk, "note", error, level=str(level)) from None
        return served.taken(desk, "note", state, level=str(level))


def _keep_typed(hold: Hold, kept: Kept) -> None:
    hold.notes = kept.text()
    Hold.objects.filter(pk=hold.pk).update(notes=hold.notes)


def _refs(tickets: Sequence[Mapping[str, str]]) -> list[str]:
    return [ticket["ref"] for ticket in tickets if ticket["ref"]]


def _plain(said: str | bool) -> str:
    return (YES if said else "") if isinstance(said, bool) else said


def noted(errand: Errand, hold: Hold, state: types.Hold) -> None:
    """What came of it, the hold being rebuilt already. To be called inside its transaction."""
    kept = Kept.of(hold)
    kept.settle()
    hold.notes = kept.text()
    Hold.objects.filter(pk=hold.pk).update(notes=hold.notes)
    for one in state.refused:
        if one.kind == "attribute":
            tell_staff(hold, str(errand.context.get("level", "")), one)
    forget_words(errand)


def tell_staff(hold: Hold, level: str, refusal: extras.Refusal) -> None:
    """One row a label until somebody has dealt with it."""
    now, label = clock.now(), refusal.ref[:100]
    row = {"account": hold.account, "level": level, "label": label, "handled": False}
    again = {"times": F("times") + 1, "last_at": now, "reason": refusal.problem}
    if LostNote.objects.filter(**row).update(**again):
        return
    try:
        with transaction.atomic():
            LostNote.objects.create(**row, reason=refusal.problem, first_at=now, last_at=now)
    except IntegrityError:  # another buyer's came in the same moment
        LostNote.objects.filter(**row).update(**again)


def forget_words(errand: Errand) -> None:
    """The buyer's words are not kept in what the browser was asked."""
    errand.request = {**errand.request, "calls": []}
    Errand.objects.filter(pk=errand.pk).update(request=errand.request)
