"""The form of what a venue sells beside tickets: one for all kinds, so that one press adds all that was chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from baskets.extras import Thing
from shop import clock, words
from shop.money import Money, exponent
from shop.providers.extras import Extra

MOST = 20  # of one thing with one press
MOST_MINOR = 10**7  # of one gift
OTHER = "other"
VOUCHER_WORDS = ("to_name", "from_name", "message", "email", "send_date")
CHOOSES = ("-quantity", "-join", "-amount", "-other")  # endings of fields that choose something


def read_amount(text: str, currency: str) -> Money:
    """ "7", "7.5", "£7,50" as money. Raises ValidationError with what to write instead."""
    places = exponent(currency)
    bare = re.sub(r"[\s£€$]|" + re.escape(currency), "", text, flags=re.IGNORECASE)
    fraction = rf"(?:[.,]([0-9]{{1,{places}}}))?" if places else ""
    found = re.fullmatch(r"([0-9]{1,9})" + fraction, bare, flags=re.ASCII)
    example = words.money(Money(5 * 10**places + (10**places) // 2, currency))
    if found is None:
        raise forms.ValidationError(
            _("Please write the amount in figures, such as %(example)s.") % {"example": example}
        )
    money = Money.from_decimal(Decimal(".".join(part for part in found.groups() if part)), currency)
    if not money.minor:
        raise forms.ValidationError(_("Please write an amount above zero."))
    if money.minor > MOST_MINOR:
        most = words.money(Money(MOST_MINOR, currency))
        raise forms.ValidationError(_("The most that can be given here is %(most)s.") % {"most": most})
    return money


def suggested(thing: Thing, currency: str) -> list[Money]:
    """Amounts to choose from: what the venue suggests, twice and four times that."""
    first = thing.suggested or Money(5 * 10 ** exponent(currency), currency)
    return [first, first * 2, first * 4]


def written(minor: int, currency: str) -> str:
    """An amount as it would be typed."""
    found = Money(minor, currency).as_decimal()
    return str(int(found)) if found == int(found) else str(found)


class ExtrasForm(forms.Form):
    """`held`: (kind, ref) of what is in the basket already, of which there may be one only. `again`: what was chosen
    last and not taken (rows of an errand), filled in once more. Valid, it has `chosen` with their `names`."""

    def __init__(
        self,
        data: Any = None,
        *,
        things: Sequence[Thing],
        currency: str,
        held: Iterable[tuple[str, str]] = (),
        again: Sequence[Mapping[str, Any]] = (),
        today: Any = None,
        auto_id: str = "extras_%s",
    ) -> None:
        super().__init__(data, auto_id=auto_id)
        self.things, self.currency = list(things), currency
        self.held, self.again = set(held), {f"{one['kind']}-{one['ref']}": one for one in again}
        self.today = today or clock.now().date()
        self.chosen: list[Extra] = []
        self.names: list[str] = []
        self.own_page = ""
        for thing in self.things:
            if not self.closed(thing):
                getattr(self, f"_add_{thing.kind}")(thing, self.again.get(thing.key, {}))

    def closed(self, thing: Thing) -> bool:
        """It cannot be chosen: none is left, or the one that can be had is in the basket."""
        none_left = thing.left is not None and thing.left <= 0
        return none_left or (thing.most == 1 and (thing.kind, thing.ref) in self.held)

    # --- fields ---------------------------------------------------------------------------------------------------

    def _field(self, name: str, field: forms.Field) -> None:
        field.said_optional = False  # type: ignore[attr-defined]
        self.fields[name] = field

    def _add_donation(self, thing: Thing, again: Mapping[str, Any]) -> None:
        offered = {str(one.minor): words.money(one) for one in suggested(thing, self.currency)}
        minor = str(again.get("amount") or "")
        chosen = minor if minor in offered else OTHER if minor else ""
        choices = [("", _("Nothing now")), *offered.items(), (OTHER, _("Another amount"))]
        self._field(f"{thing.key}-amount", forms.ChoiceField(
            label=_("How much?"), required=False, choices=choices, initial=chosen, widget=forms.RadioSelect,
        ))  # fmt: skip
        self._field(f"{thing.key}-other", forms.CharField(
            label=_("Another amount"), required=False, max_length=30,
            initial=written(int(minor), self.currency) if chosen == OTHER else "",
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "w-10"}),
        ))  # fmt: skip

    def _add_quantity(self, thing: Thing, again: Mapping[str, Any]) -> None:
        most = MOST if thing.left is None else min(MOST, thing.left)
        widget = forms.NumberInput(attrs={"min": 0, "max": most, "inputmode": "numeric"})
        label = _("How many: %(what)s") % {"what": thing.full_name}
        self._field(f"{thing.key}-quantity", forms.IntegerField(
            label=label, required=False, initial=min(int(again.get("quantity") or 0), most), widget=widget,
            error_messages={"invalid": _("Please write a whole number, such as 2.")},
        ))  # fmt: skip

    def _add_merchandise(self, thing: Thing, again: Mapping[str, Any]) -> None:
        self._add_quantity(thing, again)
        if thing.reference:
            self._field(f"{thing.key}-note", forms.CharField(
                label=_("A few words to go with it"), required=False, initial=again.get("reference", ""),
                help_text=_("For example a name. %(most)s characters at most.") % {"most": thing.reference},
                # no maxlength: what is too long is said, not cut off
                widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-20"}),
            ))  # fmt: skip

    def _add_membership(self, thing: Thing, again: Mapping[str, Any]) -> None:
        self._field(f"{thing.key}-join", forms.BooleanField(
            label=_("Add %(what)s to my basket") % {"what": thing.name}, required=False, initial=bool(again)
        ))  # fmt: skip
        self._field(f"{thing.key}-renew", forms.BooleanField(
            label=_("Renew it for me every year"), required=False, initial=bool(again.get("auto_renew")),
        ))  # fmt: skip

    def _add_subscription(self, thing: Thing, again: Mapping[str, Any]) -> None:
        self._add_quantity(thing, again)

    def _add_gift_voucher(self, thing: Thing, again: Mapping[str, Any]) -> None:
        minor = int(again.get("amount") or 0)

        def text(name: str, label: str, **more: Any) -> None:
            attrs = {"autocomplete": "off", **more.pop("attrs", {})}
            widget = more.pop("widget", forms.TextInput)(attrs=attrs)
            self.fields[f"{thing.key}-{name}"] = more.pop("field", forms.CharField)(
                label=label, required=False, widget=widget, **more
            )

        text(
            "other", _("How much is it worth?"), initial=written(minor, self.currency) if minor else "",
            max_length=30, attrs={"inputmode": "decimal", "class": "w-10"},
        )  # fmt: skip
        self.fields[f"{thing.key}-other"].said_optional = False  # type: ignore[attr-defined]
        text("to_name", _("Who is it for?"), max_length=60)
        text("from_name", _("Who is it from?"), max_length=60)
        text("message", _("A message"), max_length=250, widget=forms.Textarea, attrs={"rows": 3})
        text(
            "email", _("E-mail address to send it to"), field=forms.EmailField, max_length=254, widget=forms.EmailInput,
            help_text=_("Left empty, the venue sends it to you."),
            error_messages={"invalid": _("Please enter an e-mail address such as name@example.org.")},
        )  # fmt: skip
        text(
            "send_date", _("Send it on"), field=forms.DateField, widget=forms.DateInput,
            attrs={"type": "date"}, error_messages={"invalid": _("Please enter a date.")},
        )  # fmt: skip

    # --- what was sent ----------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for thing in self.things:
            if self.closed(thing):
                continue
            found = getattr(self, f"_read_{thing.kind}")(thing, cleaned)
            if found is None:
                continue
            if self._price_changed(thing):
                main = next(f"{thing.key}{end}" for end in CHOOSES if f"{thing.key}{end}" in self.fields)
                self.add_error(main, _("The price is %(price)s now. Look at it, and press the button again.")
                                     % {"price": words.money(thing.price)})  # fmt: skip
            self.chosen.append(found)
            self.names.append(thing.full_name)
            self.own_page = self.own_page or thing.page
        if self._unknown():
            self.add_error(
                None, _("Something you chose is not sold any more. Please look at what there is now.")
            )
        elif not self.errors and not self.chosen:
            self.add_error(None, _("Please choose something first. Nothing was added."))
        return cleaned

    def _price_changed(self, thing: Thing) -> bool:
        """The price shown is the price paid: what the page showed comes back with the form."""
        seen = self.data.get(f"{thing.key}-seen")
        return thing.price is not None and seen is not None and seen != str(thing.price.minor)

    def _unknown(self) -> bool:
        """Whether something was chosen that is not on the shelf (any more)."""
        return any(
            name.endswith(CHOOSES) and name not in self.fields and value not in ("", "0")
            for name, value in self.data.items()
        )

    def _read_donation(self, thing: Thing, cleaned: Mapping[str, Any]) -> Extra | None:
        chip, typed = cleaned.get(f"{thing.key}-amount", ""), cleaned.get(f"{thing.key}-other", "")
        field = f"{thing.key}-other"
        if chip == OTHER and typed:
            return self._gift(thing, field, typed)
        if chip == OTHER and field not in self.errors:
            self.add_error(field, _("How much would you like to give?"))
        if chip != OTHER and typed:  # the field may be folded away: what is in it is never taken unasked
            self.add_error(
                field, _("You wrote an amount here. Choose “Another amount” above to give it, or empty this.")
            )
            return None
        return (
            Extra("donation", thing.ref, amount=Money(int(chip), self.currency)) if chip.isdigit() else None
        )

    def _gift(self, thing: Thing, field: str, typed: str, **more: Any) -> Extra | None:
        try:
            return Extra(thing.kind, thing.ref, amount=read_amount(typed, self.currency), **more)
        except forms.ValidationError as wrong:
            self.add_error(field, wrong)
            return None

    def _number(self, thing: Thing, cleaned: Mapping[str, Any]) -> int:
        """How many; 0 for none, and where it is wrong, which is said."""
        field = f"{thing.key}-quantity"
        number = cleaned.get(field) or 0
        if number < 0:
            self.add_error(field, _("Please write how many you want, or 0."))
        elif thing.left is not None and number > thing.left:
            self.add_error(field, _("The venue has %(left)s of these left.") % {"left": thing.left})
        elif number > MOST:
            self.add_error(field, _("You can add %(most)s of these at a time.") % {"most": MOST})
        else:
            return int(number)
        return 0

    def _read_merchandise(self, thing: Thing, cleaned: Mapping[str, Any]) -> Extra | None:
        number, note = self._number(thing, cleaned), cleaned.get(f"{thing.key}-note", "")
        wrong = f"{thing.key}-quantity" in self.errors
        if len(note) > thing.reference:
            self.add_error(f"{thing.key}-note", _("This is %(long)s characters long. There is room for %(most)s, with the "
                           "spaces.") % {"long": len(note), "most": thing.reference})  # fmt: skip
            return None
        if note and not number and not wrong:
            self.add_error(f"{thing.key}-quantity", _("How many do you want with these words? Write 0 and empty them if "
                           "you want none."))  # fmt: skip
        return Extra("merchandise", thing.ref, number, reference=note) if number else None

    def _read_membership(self, thing: Thing, cleaned: Mapping[str, Any]) -> Extra | None:
        if cleaned.get(f"{thing.key}-join"):
            return Extra("membership", thing.ref, auto_renew=bool(cleaned.get(f"{thing.key}-renew")))
        if cleaned.get(f"{thing.key}-renew"):
            self.add_error(
                f"{thing.key}-join", _("Tick this too if you want the membership, or untick its renewal.")
            )
        return None

    def _read_subscription(self, thing: Thing, cleaned: Mapping[str, Any]) -> Extra | None:
        number = self._number(thing, cleaned)
        return Extra("subscription", thing.ref, number) if number else None

    def _read_gift_voucher(self, thing: Thing, cleaned: Mapping[str, Any]) -> Extra | None:
        typed = cleaned.get(f"{thing.key}-other", "")
        said = {name: cleaned.get(f"{thing.key}-{name}") for name in VOUCHER_WORDS}
        day = said["send_date"]
        if day is not None and day < self.today:
            self.add_error(f"{thing.key}-send_date", _("That day is over. Choose today or a later one."))
        if not typed:
            if any(said.values()) and f"{thing.key}-other" not in self.errors:
                self.add_error(f"{thing.key}-other", _("How much shall the voucher be worth?"))
            return None
        answers = tuple(
            (name, value.isoformat() if name == "send_date" else str(value)) for name, value in said.items() if value
        )  # fmt: skip
        return self._gift(thing, f"{thing.key}-other", typed, answers=answers)


class CodeForm(forms.Form):
    """A promotion code for the whole basket of one account."""

    def __init__(self, data: Any = None, *, hold_pk: int, initial: str = "") -> None:
        super().__init__(data, auto_id=f"code_{hold_pk}_%s", initial={"code": initial})
        self.fields["code"] = forms.CharField(
            label=_("Promotion code"), max_length=60,
            error_messages={"required": _("Please type the code first."),
                            "max_length": _("A code has 60 characters at most.")},
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "w-10"}),
        )  # fmt: skip
