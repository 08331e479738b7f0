"""What is asked about tickets and orders in a basket, what was answered, and what is still needed before paying.

Nobody is called here: the questions are the venue's rows, the answers what the basket said when it was last read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from baskets.models import Hold, Line, NoteQuestion
from baskets.notes_kept import ORDER, TICKED, YES, Answer, Kept
from shop.providers import errors, registry

TICKET, ABOUT_ORDER = NoteQuestion.Level.TICKET, NoteQuestion.Level.ORDER
TAKEN = ("held", "lost")  # nothing more can be asked of the buyer


@dataclass(frozen=True)
class Question:
    """`key`: the name its answer is read back under."""

    row: NoteQuestion
    key: str

    @property
    def field(self) -> str:
        return f"a{self.row.pk}"


@dataclass(frozen=True)
class Said:
    """One answer in words. `state`: held, typed (not passed on yet), lost (not taken), or "missing"."""

    words: str
    text: str
    state: str


@dataclass(frozen=True)
class Missing:
    """An answer that has to be given: of a line's tickets, or (None) about the whole order."""

    hold: Hold
    line: Line | None
    question: Question


@dataclass
class Book:
    """Questions and answers of one basket."""

    questions: dict[int, list[Question]] = field(default_factory=dict)  # account -> questions
    kept: dict[int, Kept] = field(default_factory=dict)  # hold -> answers
    missing: list[Missing] = field(default_factory=list)

    def asked(self, hold: Hold, level: str) -> list[Question]:
        return [one for one in self.questions.get(hold.account_id, ()) if one.row.level == level]

    def answer(self, hold: Hold, target: str, question: Question) -> Answer:
        found = self.kept.get(hold.pk, Kept()).answer(target, question.key)
        if question.row.kind != NoteQuestion.Kind.YES:
            return found
        return Answer(YES, found.state) if found.text.casefold() in TICKED else Answer()

    def of_line(self, line: Line) -> list[Said]:
        return self._said(line.hold, TICKET, targets(line))

    def of_order(self, hold: Hold) -> list[Said]:
        return self._said(hold, ABOUT_ORDER, [ORDER])

    def _said(self, hold: Hold, level: str, about: Sequence[str]) -> list[Said]:
        found = []
        for question in self.asked(hold, level):
            answers = [self.answer(hold, target, question) for target in about]
            texts = list(dict.fromkeys(one.text for one in answers if one.text))
            states = {one.state for one in answers if one.text}
            if texts:
                state = next(one for one in ("typed", "lost", "held") if one in states)
                text = ", ".join(in_words(question, one) for one in texts)
                found.append(Said(question.row.words, text, state))
            elif question.row.required:
                found.append(Said(question.row.words, "", "missing"))
        return found

    def look_for_missing(self, hold: Hold, line: Line | None, level: str, about: Sequence[str]) -> None:
        for question in self.asked(hold, level):
            if question.row.required and any(
                self.answer(hold, target, question).state not in TAKEN for target in about
            ):
                self.missing.append(Missing(hold, line, question))


def targets(line: Line) -> list[str]:
    return [ticket["ref"] for ticket in line.tickets if ticket["ref"]]


def in_words(question: Question, text: str) -> str:
    return _("yes") if question.row.kind == NoteQuestion.Kind.YES else text


def book(lines: Iterable[Line], holds: Iterable[Hold]) -> Book:
    """`lines`: those that count; `holds`: theirs, with their accounts. No query where nobody can be asked."""
    every = list(holds)
    levels = {hold.account_id: _levels(hold) for hold in every}
    asked = {hold.pk: hold for hold in every if levels[hold.account_id]}
    found = Book(kept={pk: Kept.of(hold) for pk, hold in asked.items()})
    if not asked:
        return found
    keys = {hold.account_id: hold.account.name for hold in asked.values()}
    rows = NoteQuestion.objects.filter(account__in=[pk for pk, some in levels.items() if some], active=True)
    for row in rows:
        if row.level in levels[row.account_id]:
            key = key_of(keys[row.account_id], row.label)
            found.questions.setdefault(row.account_id, []).append(Question(row, key))
    if not found.questions:
        return found
    something: set[int] = {pk for pk, hold in asked.items() if hold.beside.get("extras")}
    for line in lines:
        if line.hold_id in asked:
            something.add(line.hold_id)
            found.look_for_missing(asked[line.hold_id], line, TICKET, targets(line))
    for pk in something:
        found.look_for_missing(asked[pk], None, ABOUT_ORDER, [ORDER])
    return found


def _levels(hold: Hold) -> tuple[str, ...]:
    try:
        return registry.provider(hold.account.name).capabilities.notes
    except errors.ProviderError:
        return ()


def key_of(account: str, label: str) -> str:
    """Raises ProviderError where the account is not set up."""
    key: str = registry.provider(account).holds.note_key(label)  # type: ignore[union-attr]
    return key


def of_hold(hold: Hold) -> tuple[Book, list[Line]]:
    """The same for one hold alone, and its lines that count."""
    lines = lines_of(hold)
    return book(lines, [hold]), lines


def lines_of(hold: Hold) -> list[Line]:
    """Those that count."""
    lines = [line for line in hold.lines.exclude(state=Line.State.RELEASING) if line.counts]
    for line in lines:
        line.hold = hold
    return lines
