"""The form of the change page: which seats stay, or how many tickets it shall be."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from baskets.models import Line
from shop import words
from shop.money import Money
from shop.providers import errors, registry
from shop.providers.base import QuantityDesk
from shop.providers.types import Capabilities


def capabilities_of(line: Line) -> Capabilities | None:
    try:
        return registry.provider(line.hold.account.name).capabilities
    except errors.ProviderError:
        return None


def exact_quantities(line: Line) -> tuple[int, ...]:
    """How many it could become, where the box office changes numbers in place and can say. Calls the provider."""
    try:
        provider = registry.provider(line.hold.account.name)
        if not provider.capabilities.sets_quantity:
            return ()
        return cast(QuantityDesk, provider.holds).quantities(line.hold.handle, line.item_ref)
    except errors.ProviderError:
        return ()  # any number can be asked for: the answer will tell


class ChangeForm(forms.Form):
    """Seats that can be named are kept one by one; the rest is a number. None at all removes the line."""

    def __init__(self, data: Any = None, *, line: Line) -> None:
        super().__init__(data)
        self.line = line
        self.keep: list[str] | None = None
        self.removes_all = False
        self.named = bool(line.selection.get("seat_refs")) and all(ticket["ref"] for ticket in line.tickets)
        if self.named:
            self.fields["keep"] = forms.MultipleChoiceField(
                label=_("Seats to keep"),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(ticket["ref"], self._label(ticket)) for ticket in line.tickets],
                initial=[ticket["ref"] for ticket in line.tickets],
            )
            self.fields["keep"].said_optional = False  # type: ignore[attr-defined]
        else:
            most = max(settings.MAX_TICKETS, line.quantity)
            exact = [number for number in exact_quantities(line) if number <= most]
            widget: forms.Widget = forms.NumberInput(attrs={"inputmode": "numeric", "class": "w-4"})
            if exact:
                numbers = sorted({0, line.quantity, *exact})
                widget = forms.Select(attrs={"class": "w-4"}, choices=[(n, str(n)) for n in numbers])
            self.fields["quantity"] = forms.IntegerField(
                label=_("Number of tickets"),
                min_value=0,
                max_value=most,
                initial=line.quantity,
                help_text=_("0 removes them from your basket."),
                widget=widget,
            )

    def _label(self, ticket: dict[str, Any]) -> str:
        price = words.money(Money(ticket["price"], self.line.currency))
        seat = _("Row %(row)s, seat %(number)s") % {"row": ticket["row"], "number": ticket["number"]}
        if not ticket["row"]:
            seat = _("Seat %(number)s") % {"number": ticket["number"]}
        return _("%(seat)s, %(price)s") % {"seat": seat, "price": price}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if self.named:
            self.keep = list(cleaned.get("keep") or [])
            self.removes_all = not self.keep
        else:
            self.removes_all = cleaned.get("quantity") == 0
        return cleaned
