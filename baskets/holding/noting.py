"""Writing a buyer's answers on tickets or on the order, where the visitor's browser has to do it.

What is about to be sent is kept sealed with the hold first, so that a basket that cannot be reached costs nobody what
they typed. Which of it was taken is what the basket says when it is read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F

from baskets.holding.asked import BrowserAsks, begin, wait_for_others
from baskets.holding.desk import at_desk
from baskets.models import Errand, Hold, LostNote, NoteQuestion
from baskets.notes_kept import ORDER, YES, Kept
from shop import clock
from shop.providers import extras, types


def note(hold: Hold, answers: Mapping[str, str | bool], tickets: Sequence[str] | None) -> None:
    """Have the browser write these answers, by label: on these tickets, None: on the order.

    Raises BrowserAsks, Busy, HoldGone (nothing is there to write on), ProviderError.
    """
    with at_desk(hold) as desk:
        wait_for_others(desk.row)
        every = {ref for line in desk.row.lines.all() if line.counts for ref in _refs(line.tickets)}
        whole = tickets is not None and every and set(tickets) == every
        ask = desk.browser.note(
            desk.row.handle, answers, desk.keep, tickets=[] if whole else tickets
        )  # all of them are one call
        kept = Kept.of(desk.row)
        plain = {desk.browser.note_key(label): _plain(said) for label, said in answers.items()}
        kept.type([ORDER] if tickets is None else tickets, plain)
        level = NoteQuestion.Level.ORDER if tickets is None else NoteQuestion.Level.TICKET
        with transaction.atomic():
            Hold.objects.filter(pk=desk.row.pk).update(notes=kept.text())
            errand = begin(desk.row, ask, "note", level=str(level))
        raise BrowserAsks(errand)


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
