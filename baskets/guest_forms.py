"""The fields of one guest: typed text in, values as the border wants them out. Nothing typed is thrown away.

What was typed is kept as it was (`typed`: name of an input without its prefix -> text); `values` are the answers that
make sense, as `shop.providers.guests` shapes them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import EmailValidator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baskets import guest_words as words
from shop import clock
from shop.countries import countries
from shop.long_select import LongSelect
from shop.providers.guests import DELICATE, GUEST_FIELDS

LONGEST = 200  # characters of one input that are kept
LIMITS = {"first_name": 100, "last_name": 100, "email": 254, "phone": 30, "passport": 30, "postcode": 20}
OLDEST = 130  # years
SHARED = ("country", "street", "street_2", "city", "postcode", "province")  # that several guests often share
DATE_PARTS = (
    ("day", lazy("Day"), "bday-day", "w-4"),
    ("month", lazy("Month"), "bday-month", "w-4"),
    ("year", lazy("Year"), "bday-year", "w-4"),
)


class DayMonthYear(forms.MultiWidget):
    """A date as three short texts: no calendar to page through, no order of day and month to guess."""

    use_fieldset = True

    def __init__(self, section: str) -> None:
        super().__init__(
            [
                forms.TextInput(
                    attrs={"inputmode": "numeric", "autocomplete": f"{section} {token}", "class": size}
                )
                for _name, _label, token, size in DATE_PARTS
            ]
        )

    def decompress(self, value: Any) -> list[str]:
        return list(value) if isinstance(value, list | tuple) else ["", "", ""]

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        given = self.decompress(value)
        start = (attrs or {}).get("id") or f"id_{name}"
        wrong = (attrs or {}).get("aria-invalid")
        return format_html(
            '<div class="date-parts">{}</div>',
            format_html_join(
                "",
                '<div><label for="{}">{}</label>{}</div>',
                (
                    (
                        f"{start}_{n}",
                        label,
                        widget.render(
                            f"{name}_{n}",
                            given[n],
                            {
                                **widget.attrs,
                                "id": f"{start}_{n}",
                                **({"aria-invalid": wrong} if wrong else {}),
                            },
                        ),
                    )
                    for n, (widget, (_part, label, _token, _size)) in enumerate(
                        zip(self.widgets, DATE_PARTS, strict=True)
                    )
                ),
            ),
        )


class DateField(forms.Field):
    """Three texts in, "1990-12-31" out."""

    is_date = True

    def clean(self, value: Any) -> str:
        parts = [_digits(one) for one in (value or ["", "", ""])]
        if not any(parts):
            if self.required:
                raise forms.ValidationError(self.error_messages["required"])
            return ""
        absent = [
            str(label).lower()
            for part, (_n, label, _t, _s) in zip(parts, DATE_PARTS, strict=True)
            if not part
        ]
        if absent:
            raise forms.ValidationError(
                _("The date of birth also needs: %(what)s") % {"what": ", ".join(absent)}
            )
        try:
            day, month, year = (int(one) for one in parts)
            if year < 100:
                raise forms.ValidationError(_("Write the year with four digits, like 1990"))
            found = date(year, month, day)
        except (ValueError, OverflowError):
            raise forms.ValidationError(
                _("This is not a date. Write day, month and year as numbers")
            ) from None
        today = clock.now().date()
        if found > today:
            raise forms.ValidationError(_("This date is not over yet. Write the date of birth"))
        if today.year - found.year > OLDEST:
            raise forms.ValidationError(_("This date is too long ago. Check the year"))
        return found.isoformat()


def _digits(text: Any) -> str:
    """Digits of any script, as ours; else the text as it is."""
    found = str(text or "").strip().rstrip(".")
    try:
        return "".join(str(unicodedata.decimal(c)) for c in found)
    except ValueError:
        return found


class GuestForm(forms.Form):
    """`names`: of `GUEST_FIELDS`. `required`: those without which nothing goes on. `known`: field -> a sentence about
    an answer that is there and not shown: left empty, it stays. `named`: what is wrong says of which guest."""

    use_required_attribute = False

    def __init__(
        self,
        names: Sequence[str],
        *,
        prefix: str = "",
        number: int = 1,
        typed: Mapping[str, str] | None = None,
        required: Iterable[str] = (),
        known: Mapping[str, str] | None = None,
        named: bool = True,
        data: Any = None,
    ) -> None:
        typed = typed or {}
        self.number, self.known, self.named = number, dict(known or {}), named
        super().__init__(
            data, prefix=prefix or None, label_suffix="", auto_id="id_%s", initial=_initial(names, typed)
        )
        needed = set(required)
        for name in GUEST_FIELDS:
            if name in names:
                self.fields[name] = _field(name, number, name in needed and name not in self.known)
                if name in self.known:
                    self.fields[name].help_text = self.known[name]
                    self.fields[name].said_optional = False  # type: ignore[attr-defined]

    def add_error(self, field: str | None, error: Any) -> None:
        if self.named:
            said = error.messages if isinstance(error, forms.ValidationError) else [str(error)]
            error = forms.ValidationError(
                [_("Guest %(number)s: %(text)s") % {"number": self.number, "text": text} for text in said]
            )
        super().add_error(field, error)

    @property
    def typed(self) -> dict[str, str]:
        """What was sent, as it is kept."""
        found: dict[str, str] = {}
        for name in self.fields:
            for each in inputs(name):
                text = str(self.data.get(self.add_prefix(each), "") or "").replace("\x00", "")
                found[each] = text[:LONGEST]
        return {each: text for each, text in found.items() if text}

    @property
    def values(self) -> dict[str, str]:
        """The answers that make sense."""
        if not self.is_bound:
            return {}
        _all_is_well = self.is_valid()
        found = {name: text for name, text in self.cleaned_data.items() if text}
        if "gender" in self.fields:
            found.setdefault("gender", "unknown")  # nobody has to say
        return found

    def complain(self, complaints: Mapping[str, str]) -> None:
        """Put what the provider said beside its field, where the field is not wrong already."""
        for name, code in complaints.items():
            if name in self.fields:
                if name not in self.errors:
                    self.add_error(name, words.complaint(name, code))
            else:
                self.add_error(None, words.complaint(name, code))


def inputs(name: str) -> list[str]:
    """Names of the inputs of a field."""
    return [f"{name}_{n}" for n in range(3)] if name == "date_of_birth" else [name]


def as_typed(values: Mapping[str, str]) -> dict[str, str]:
    """Values of the border as somebody would have typed them."""
    found = {name: text for name, text in values.items() if name in GUEST_FIELDS and text}
    birth = found.pop("date_of_birth", "")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", birth):
        year, month, day = birth.split("-")
        found |= dict(zip(inputs("date_of_birth"), (day, month, year), strict=True))
    return found


def read(names: Iterable[str], typed: Mapping[str, str]) -> dict[str, str]:
    """The answers of `typed` that make sense, as the border wants them."""
    return GuestForm(list(names), data=typed).values


def missing(names: Iterable[str], typed: Mapping[str, str], known: Iterable[str] = ()) -> list[str]:
    """Fields that nobody has answered yet, or not so that it makes sense. `known`: what the provider has already."""
    every = list(names)
    found = read(every, typed)
    if not typed.get("gender"):
        found.pop("gender", None)  # that was not asked yet
    return [name for name in every if name not in found and name not in set(known)]


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """What is left to see of delicate answers: "••••4567"; of a birthday the year."""
    found = {}
    for name in DELICATE & set(values):
        text = values[name]
        found[name] = (
            f"••••{text[:4]}" if name == "date_of_birth" else f"••••{text[-4:] if len(text) > 6 else ''}"
        )
    return found


def _initial(names: Iterable[str], typed: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        given = [typed.get(each, "") for each in inputs(name)]
        if any(given):
            found[name] = given if len(given) > 1 else given[0]
    return found


def _field(name: str, number: int, required: bool) -> forms.Field:
    section = f"section-guest{number}"
    common: dict[str, Any] = {
        "label": words.FIELDS[name],
        "help_text": words.HINTS.get(name, ""),
        "required": required,
        "error_messages": {"required": words.MISSING[name]},
    }
    token = words.AUTOCOMPLETE.get(name, "")
    attrs = {"autocomplete": f"{section} {token}" if token else "off"}
    field: forms.Field
    if name == "date_of_birth":
        field = DateField(widget=DayMonthYear(section), **common)
    elif name == "country":
        field = forms.ChoiceField(
            choices=[("", _("Choose one")), *countries()], widget=LongSelect(attrs=attrs), **common
        )
        field.error_messages["invalid_choice"] = str(words.MISSING[name])
    elif name == "gender":
        common |= {"required": False}
        field = forms.ChoiceField(
            choices=words.GENDERS, widget=forms.RadioSelect, initial="unknown", **common
        )
        field.said_optional = False  # type: ignore[attr-defined]
    else:
        field = _text(name, attrs, common)
    if not required and name not in ("gender", "street_2"):
        field.said_optional = False  # type: ignore[attr-defined]
    return field


def _text(name: str, attrs: dict[str, str], common: dict[str, Any]) -> forms.Field:
    limit = LIMITS.get(name, LONGEST)
    if name == "email":
        attrs |= {"type": "email", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"}
    elif name == "phone":
        attrs |= {"type": "tel", "inputmode": "tel"}
    elif name == "passport":
        attrs |= {"spellcheck": "false", "autocapitalize": "characters"}
    elif name in words.NAME:
        attrs |= {"spellcheck": "false", "autocapitalize": "words"}
    field = TextField(name=name, limit=limit, widget=forms.TextInput(attrs=attrs), **common)
    return field


class TextField(forms.Field):
    """One line of text with the rules of its field. Names may be in any script, with hyphens, apostrophes, spaces."""

    def __init__(self, *, name: str, limit: int, **kwargs: Any) -> None:
        self.name, self.limit = name, limit
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = " ".join(str(value or "").replace("\x00", "").split())
        if not text:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"])
            return ""
        if len(text) > self.limit:
            raise forms.ValidationError(
                _("%(label)s can have at most %(limit)s characters")
                % {"label": self.label, "limit": self.limit}
            )
        if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in text):
            raise forms.ValidationError(_("There is a character in this that cannot be printed"))
        return CHECKS[self.name](text) if self.name in CHECKS else text


def _email(text: str) -> str:
    try:
        EmailValidator()(text)
    except forms.ValidationError:
        raise forms.ValidationError(_("Enter an e-mail address like name@example.org")) from None
    return text


def _phone(text: str) -> str:
    """With the country code, as "+442079460018"."""
    digits = re.sub(r"[\s().\-/\u2010-\u2015]", "", text)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not digits.startswith("+"):
        raise forms.ValidationError(_("Begin with + and the country code, like +44"))
    if not re.fullmatch(r"\+[1-9][0-9]{5,17}", digits):
        raise forms.ValidationError(_("Enter a telephone number like +44 20 7946 0018"))
    return digits


def _passport(text: str) -> str:
    found = re.sub(r"[\s\-]", "", text).upper()
    if not (re.fullmatch(r"[A-Z0-9<]{5,20}", found)):
        raise forms.ValidationError(_("Enter the number as on the passport: letters and digits only"))
    return found


CHECKS = {"email": _email, "phone": _phone, "passport": _passport}
