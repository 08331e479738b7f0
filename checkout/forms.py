"""The details form, built from what the providers of this basket ask; and the consent boxes of the review.

Buyer details are asked once, whatever the number of parts; a part's own questions have names that begin with
the part. Only what is asked appears, and a forged answer (a choice that is not offered) is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django import forms
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout import words
from checkout.asking import Part, answered_choice, conditions_of, is_asked
from checkout.models import Booking
from shop.long_select import LongSelect
from shop.providers.types import BUYER_NAMES, Choice, Question

LONGEST = {"email": 254, "phone": 50, "first_name": 100, "last_name": 100}


def part_field(booking: Booking, name: str) -> str:
    return f"part-{booking.pk}-{name}"


def choice_label(choice: Choice) -> str:
    """The provider's own words where it has some, else ours for the code."""
    return choice.label or str(words.CHOICES.get(choice.code, choice.code or choice.value))


def _answer(question: Question, choice: Choice) -> str:
    """What the form posts. Buyer details are shared by several providers, so our code goes before their value."""
    return (choice.code or choice.value) if question.name in BUYER_NAMES else choice.value


class DetailsForm(forms.Form):
    """Fields for every question of every part. After `is_valid`: `buyer` and `of_part(booking)`."""

    use_required_attribute = False

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        buyer: Mapping[str, str],
        answers: Mapping[int, Mapping[str, str]],
        sellers: Mapping[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.parts, self.sellers = parts, sellers or {}
        initial: dict[str, str] = {}
        super().__init__(label_suffix="", **kwargs)
        self.buyer_names = [n for n in BUYER_NAMES if any(n in part.by_name for part in parts)]
        for name in self.buyer_names:
            asked = [part.by_name[name] for part in parts if name in part.by_name]
            self.fields[name] = _field(asked, name)
            initial[name] = buyer.get(name, "")
        self.address_names: list[str] = []
        for name in self.buyer_names:  # one may depend on an earlier one
            if self._needs_a_choice(name):
                self.address_names.append(name)
        for name in self.buyer_names:
            if shown_if := self._shown_if([name]):
                self.fields[name].widget.attrs["data-only-if"] = shown_if
            if name in self.address_names and any(one.required for _part, one in self._asked(name)):
                self.fields[name].said_optional = False  # type: ignore[attr-defined]  # the section says when
        for part in parts:
            for question in part.own:
                name = part_field(part.booking, question.name)
                self.fields[name] = _field([question], question.name)
                kept = answers.get(part.booking.pk, {}).get(question.name, "")
                chosen = answered_choice(question, kept) if question.choices and kept else None
                open_choices = [c for c in question.choices if not c.disabled]
                if chosen:
                    kept = _answer(question, chosen)
                elif question.required and len(open_choices) == 1:
                    kept = _answer(question, open_choices[0])
                initial[name] = kept
        self.initial = initial | dict(kwargs.get("initial") or {})

    # --- questions that depend on another answer

    def _asked(self, name: str) -> list[tuple[Part, Question]]:
        return [(part, part.by_name[name]) for part in self.parts if name in part.by_name]

    def _needs_a_choice(self, name: str) -> bool:
        """Whether it depends, wherever it is asked, on what is chosen further down for a part: an address for post,
        and what depends on that address in turn."""
        asked = self._asked(name)
        return all(
            question.only_if
            and all(
                other not in BUYER_NAMES or other in self.address_names
                for other, _wanted in conditions_of(question)
            )
            for _part, question in asked
        )

    def _shown_if(self, names: Sequence[str]) -> str:
        """`field=value` pairs one of which must be chosen, for the script; "" where it is asked in any case."""
        found: list[str] = []
        for name in names:
            for part, question in self._asked(name):
                if question.only_if is None:
                    return ""
                for other_name, wanted in conditions_of(question):
                    other = part.by_name.get(other_name)
                    chosen = answered_choice(other, wanted) if other else None
                    if other is None or chosen is None:
                        return ""
                    field = other.name if other.name in BUYER_NAMES else part_field(part.booking, other.name)
                    found.append(f"{field}={quote(_answer(other, chosen))}")
        return " ".join(dict.fromkeys(found))

    # --- for the page

    def main_fields(self) -> list[forms.BoundField]:
        """Buyer details that somebody needs."""
        return [self[name] for name in self.buyer_names if self.fields[name].required or name == "email"]

    def more_fields(self) -> list[forms.BoundField]:
        """Buyer details that may be left out."""
        shown = {field.name for field in self.main_fields()} | set(self.address_names)
        return [self[name] for name in self.buyer_names if name not in shown]

    def address_fields(self) -> list[forms.BoundField]:
        """Where things go that come by post: needed only when that is chosen."""
        return [self[name] for name in self.address_names]

    @property
    def address_shown_if(self) -> str:
        """By the choice alone: what depends on another line of the address does not open it."""
        first = [name for name in self.address_names if not self._follows_a_line(name)]
        return self._shown_if(first)

    def _follows_a_line(self, name: str) -> bool:
        return any(
            other in BUYER_NAMES
            for _part, question in self._asked(name)
            for other, _wanted in conditions_of(question)
        )

    def more_is_open(self) -> bool:
        return any(field.errors or field.value() for field in self.more_fields())

    def by_part(self) -> list[dict[str, Any]]:
        """For each part that asks something of its own: the booking, who sells it and its fields."""
        return [
            {
                "booking": part.booking,
                "seller": self.sellers.get(part.booking.pk, part.booking.account.title),
                "fields": [
                    {
                        "bound": self[part_field(part.booking, q.name)],
                        "tiles": self._tiles(part, q),
                        "question": q,
                    }
                    for q in part.own
                ],
            }
            for part in self.parts
            if part.own
        ]

    def _tiles(self, part: Part, question: Question) -> list[dict[str, Any]]:
        bound = self[part_field(part.booking, question.name)]
        if question.kind == "yes_no":
            choices: tuple[Choice, ...] = (
                Choice("yes", "", "yes", price=question.price),
                Choice("no", "", "no"),
            )
        else:
            choices = question.choices
        return [
            {
                "id": f"{bound.auto_id}_{number}",
                "value": _answer(question, choice),
                "label": choice_label(choice),
                "hint": words.DISABLED.get(choice.disabled, choice.disabled)
                if choice.disabled
                else words.CHOICE_HINTS.get(choice.code, ""),
                "price": choice.price,
                "disabled": bool(choice.disabled),
                "checked": str(bound.value() or "") == _answer(question, choice) and not choice.disabled,
            }
            for number, choice in enumerate(choices)
        ]

    # --- after posting

    def clean(self) -> dict[str, Any]:
        """Questions that depend on another answer: needed only then, dropped otherwise."""
        data = super().clean() or {}
        asked: dict[
            str, list[tuple[bool, Question]]
        ] = {}  # field -> for each part that has it: whether it comes up
        for part in self.parts:
            given = {name: data.get(name) or "" for name in self.buyer_names}
            given |= {q.name: data.get(part_field(part.booking, q.name)) or "" for q in part.own}
            for question in part.questions:
                name = (
                    question.name if question.name in BUYER_NAMES else part_field(part.booking, question.name)
                )
                asked.setdefault(name, []).append((is_asked(question, given, part), question))
        for name, found in asked.items():
            if not any(comes_up for comes_up, _question in found):
                data[name] = ""
                self.errors.pop(name, None)
            elif not data.get(name) and name not in self.errors:
                for comes_up, question in found:
                    if comes_up and question.required and question.only_if:
                        self.add_error(name, str(words.MISSING.get(question.name, _("Fill this in"))))
                        break
        return data

    @property
    def buyer(self) -> dict[str, str]:
        return {name: str(self._given(name)) for name in self.buyer_names}

    def of_part(self, part: Part) -> dict[str, str]:
        return {q.name: str(self._given(part_field(part.booking, q.name))) for q in part.own}

    def _given(self, name: str) -> Any:
        """What was cleaned, else what was typed: wrong answers stay typed in as well."""
        if name in getattr(self, "cleaned_data", {}):
            return self.cleaned_data[name] or ""
        return (self.data.get(name) or "")[:200]

    def complain(self, booking: Booking, fields: Mapping[str, str]) -> None:
        """Put a provider's complaints beside their fields; those about unknown fields go on top."""
        for name, sentence in fields.items():
            for where in (name, part_field(booking, name)):
                if where in self.fields:
                    self.add_error(where, sentence)
                    break
            else:
                self.add_error(None, sentence)


def _field(asked: Sequence[Question], name: str) -> forms.Field:
    """One form field for the same question of one or several providers."""
    question = asked[0]
    required = any(q.required and q.only_if is None for q in asked)
    limits = [q.max_length for q in asked if q.max_length] + ([LONGEST[name]] if name in LONGEST else [200])
    common: dict[str, Any] = {
        "label": words.QUESTIONS.get(name, name.replace("_", " ").capitalize()),
        "help_text": words.HINTS.get(name, ""),
        "required": required,
        "error_messages": {"required": words.MISSING.get(name, gettext_lazy("Fill this in"))},
    }
    common["error_messages"]["max_length"] = _("%(label)s can have at most %(limit)s characters") % {
        "label": common["label"],
        "limit": min(limits),
    }
    attrs = {"autocomplete": words.AUTOCOMPLETE[name]} if name in words.AUTOCOMPLETE else {}
    if question.kind == "yes_no":
        field: forms.Field = forms.ChoiceField(
            choices=[("yes", words.CHOICES["yes"]), ("no", words.CHOICES["no"])],
            widget=forms.RadioSelect,
            **common,
        )
    elif question.choices:
        open_choices = {_answer(q, c): choice_label(c) for q in asked for c in q.choices if not c.disabled}
        listed = question.kind in ("country", "us_state") or len(open_choices) > 12
        field = forms.ChoiceField(
            choices=([("", _("Choose one"))] if listed else []) + list(open_choices.items()),
            widget=LongSelect(attrs=attrs) if listed else forms.RadioSelect,
            **common,
        )
    elif question.kind == "email":
        field = forms.EmailField(
            max_length=min(limits),
            widget=forms.EmailInput(attrs={**attrs, "spellcheck": "false", "autocapitalize": "none"}),
            **common,
        )
        field.error_messages["invalid"] = gettext_lazy("Enter an e-mail address like name@example.org")
    else:
        widget = forms.TextInput(
            attrs={**attrs, **({"type": "tel", "inputmode": "tel"} if question.kind == "tel" else {})}
        )
        field = forms.CharField(max_length=min(limits), widget=widget, **common)
    field.widget.attrs.pop("maxlength", None)  # it would cut what is pasted without a word; the error says it
    field.error_messages["invalid_choice"] = gettext_lazy("Choose one of these")
    return field


class ReviewForm(forms.Form):
    """The consents, each a box of its own and unticked, and the sum the buyer looked at."""

    use_required_attribute = False
    agreed = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)

    def __init__(self, bookings: Sequence[Booking], sellers: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(label_suffix="", **kwargs)
        self.fields["terms"] = forms.BooleanField(
            label=mark_safe(  # noqa: S308  our own words and address
                _('I have read and accept the <a href="%(url)s" target="_blank">terms of this shop</a>.')
                % {"url": reverse("catalog:page", args=["terms"])}
            ),
            error_messages={"required": _("Tick the box if you accept the terms of this shop")},
        )
        first: dict[str, int] = {}  # one box a seller, whatever they sell in this basket
        for booking in bookings:
            first.setdefault(sellers[booking.pk], booking.pk)
        for seller, pk in first.items():
            self.fields[f"seller-{pk}"] = forms.BooleanField(
                label=_("I accept the terms of %(seller)s, who sells these tickets.") % {"seller": seller},
                error_messages={
                    "required": _("Tick the box if you accept the terms of %(seller)s") % {"seller": seller}
                },
            )

    def consents(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "agreed"]


def email_field() -> forms.EmailField:
    """An address that is asked for by itself."""
    return forms.EmailField(
        label=words.QUESTIONS["email"],
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": words.MISSING["email"],
            "invalid": gettext_lazy("Enter an e-mail address like name@example.org"),
        },
    )


class FindForm(forms.Form):
    """One address; the answer never says whether it is known."""

    use_required_attribute = False
    email = email_field()
