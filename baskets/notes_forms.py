"""The form in which a buyer answers what a venue asks, and the box that shows it in the basket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from baskets import notes
from baskets.models import Hold, Line, NoteQuestion
from baskets.notes_kept import ORDER, YES
from shop import words

SHORT = 30  # characters: an input of half the width is enough
AT_ONCE = 12  # fields on the basket page; where there are more, each box has a page of its own


class OneLine(forms.CharField):
    """Spaces and line breaks are one space each: an answer is one line in the box office too."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class NoteForm(forms.Form):
    """Fields for some questions; `values` are the answers so far, by key."""

    def __init__(
        self,
        questions: Sequence[notes.Question],
        values: Mapping[str, str],
        data: Any = None,
        *,
        prefix: str,
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.questions = list(questions)
        for question in questions:
            self.fields[question.field] = _field(question.row, values.get(question.key, ""))

    def answers(self) -> dict[str, str]:
        """By label; "" where nothing was said, "yes" for a tick."""
        found = {}
        for question in self.questions:
            said = self.cleaned_data[question.field]
            found[question.row.label] = (YES if said else "") if isinstance(said, bool) else str(said)
        return found


def _field(row: NoteQuestion, value: str) -> forms.Field:
    given: dict[str, Any] = {"label": row.words, "help_text": row.hint, "required": row.required}
    needed = {"required": _("Please answer: %(question)s") % {"question": row.words}}
    if row.kind == NoteQuestion.Kind.YES:
        needed = {"required": _("Please say yes to go on: %(question)s") % {"question": row.words}}
        return forms.BooleanField(**given, initial=value == YES, error_messages=needed)
    if row.kind == NoteQuestion.Kind.CHOICE:
        choices = [("", _("Please choose") if row.required else _("No answer"))]
        return forms.ChoiceField(
            **given,
            choices=[*choices, *((one, one) for one in row.listed)],
            initial=value if value in row.listed else "",
            error_messages={**needed, "invalid_choice": _("Please choose one of the list.")},
        )
    size = {"class": "w-20"} if row.longest <= SHORT else {}
    return OneLine(
        **given,
        max_length=row.longest,
        initial=value,
        widget=forms.TextInput(attrs={"autocomplete": "off", **size}),
        error_messages={
            **needed,
            "max_length": gettext_lazy("Please use at most %(limit_value)d characters. These are %(show_value)d."),
        },
    )  # fmt: skip


# --- in the basket --------------------------------------------------------------------------------------------


@dataclass
class Box:
    """What was answered about one thing, and the way to answer. `form` None: on a page of its own."""

    id: str
    said: list[notes.Said]
    url: str
    page: str
    seller: str
    subject: str = ""  # which tickets, for who hears the page
    form: NoteForm | None = None
    lines: list[int] = field(default_factory=list)  # of tickets that are one stub
    these: int = 0  # tickets of the stub; 0: it is about the order
    every: int = 0  # tickets of this account
    missing: bool = False

    @property
    def about_order(self) -> bool:
        return not self.these

    @property
    def word(self) -> str:
        """What leads to the form."""
        if self.about_order:
            return _("Change your answers") if self.answered else _("Answer")
        if self.answered:
            return ngettext("Change what is noted on it", "Change what is noted on them", self.these)
        return ngettext("Add to this ticket", "Add to these tickets", self.these)

    @property
    def answered(self) -> bool:
        return any(one.text for one in self.said)


def ticket_prefix(line: Line) -> str:
    return f"n{line.pk}"


def order_prefix(hold: Hold) -> str:
    return f"o{hold.pk}"


def ticket_form(book: notes.Book, line: Line, data: Any = None) -> NoteForm:
    questions = book.asked(line.hold, notes.TICKET)
    about = notes.targets(line)[:1]
    values = {one.key: book.answer(line.hold, target, one).text for one in questions for target in about}
    return NoteForm(questions, values, data, prefix=ticket_prefix(line))


def order_form(book: notes.Book, hold: Hold, data: Any = None) -> NoteForm:
    questions = book.asked(hold, notes.ABOUT_ORDER)
    values = {one.key: book.answer(hold, ORDER, one).text for one in questions}
    return NoteForm(questions, values, data, prefix=order_prefix(hold))


def ticket_box(book: notes.Book, group: Sequence[Line], every: int, *, inline: bool) -> Box | None:
    """Of tickets that are one stub and have the same answers; None where nothing is asked."""
    first = group[0]
    if not book.asked(first.hold, notes.TICKET):
        return None
    url = reverse("baskets:notes", args=[first.pk])
    lines = [line.pk for line in group]
    return Box(
        id=f"notes-{first.pk}",
        said=book.of_line(first),
        url=url,
        page=f"{url}?{urlencode({'line': lines}, doseq=True)}" if len(lines) > 1 else url,
        seller=first.hold.account.title,
        subject=", ".join(
            filter(
                None,
                (
                    first.event_name,
                    words.curtain(first.starts_at, first.timezone),
                    words.seat_words(first.tickets)
                    or words.kind_words(t for one in group for t in one.tickets),
                ),
            )
        ),
        form=ticket_form(book, first) if inline else None,
        lines=lines,
        these=sum(line.quantity for line in group),
        every=every,
        missing=any(one.line is not None and one.line.pk in lines for one in book.missing),
    )


def order_box(book: notes.Book, hold: Hold, *, inline: bool) -> Box | None:
    if not book.asked(hold, notes.ABOUT_ORDER):
        return None
    url = reverse("baskets:order_notes", args=[hold.pk])
    return Box(
        id=f"order-notes-{hold.pk}",
        said=book.of_order(hold),
        url=url,
        page=url,
        seller=hold.account.title,
        form=order_form(book, hold) if inline else None,
        missing=any(one.line is None and one.hold.pk == hold.pk for one in book.missing),
    )


def needed(book: notes.Book, boxes: Sequence[Box | None]) -> list[tuple[str, str]]:
    """What has to be answered before paying: the address of each field, and its words. A stub's tickets count once."""
    found: dict[str, str] = {}
    for one in book.missing:
        prefix = ticket_prefix(one.line) if one.line else order_prefix(one.hold)
        wanted = f"notes-{one.line.pk}" if one.line else f"order-notes-{one.hold.pk}"
        box = next((box for box in boxes if box is not None and box.id == wanted), None)
        if box is None:
            continue  # shown with the first of its like
        text = one.question.row.words
        if one.line is not None:
            text = _("%(question)s, for %(event)s") % {"question": text, "event": one.line.event_name}
        place = f"#id_{prefix}-{one.question.field}"
        found[place if box.form is not None else box.page + place] = text
    return list(found.items())
