"""The fields of the pick form: what is asked, within what limits, in which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baskets.offers import areas, counted_offers, discount_words, places, prices
from catalog.models import Instance
from shop import words
from shop.providers.types import Availability, Offer

PRICE_STEPS = 8


def need_words() -> dict[str, str]:
    """Kind of place -> what is asked for with it: a group in which at least one is such a place."""
    return {
        "wheelchair": _("with a wheelchair space"),
        "companion": _("with a companion seat"),
        "step_free": _("with step-free access"),
    }


class PickFields(forms.Form):
    """Whoever inherits sets `free`, `limit`, `have` and `dates`, and calls `_dress` once the form is made."""

    free: Availability
    limit: int
    have: dict[str, int]
    dates: Sequence[Instance]

    party = forms.IntegerField(label=gettext_lazy("Number of tickets"), required=False)
    area = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    most = forms.ChoiceField(label=gettext_lazy("Price of one ticket"), required=False)
    need = forms.ChoiceField(label=gettext_lazy("Access needs"), required=False)
    together = forms.BooleanField(label=gettext_lazy("Seats next to each other"), required=False)
    also = forms.MultipleChoiceField(label=gettext_lazy("The same tickets for other dates, too"), required=False,
                                     widget=forms.CheckboxSelectMultiple, error_messages={"invalid_choice": gettext_lazy(
                                         "One of the dates you ticked cannot be had any more. Please look again.")})  # fmt: skip
    place = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    code = forms.CharField(
        label=gettext_lazy("Discount code"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "w-10"}
        ),
    )

    def _dress(self) -> None:
        number = forms.NumberInput(
            attrs={"min": 1, "max": self.limit, "inputmode": "numeric", "class": "w-4"}
        )
        self.fields["party"].widget = number
        for name in ("party", "area", "most", "need", "together", "place"):
            self.fields[name].said_optional = False  # each has a value from the start
        self.fields["party"].label = _("Tickets, up to %(limit)s") % {"limit": self.limit}
        where = [("", _("Anywhere"))]
        for name, lowest, left in areas(self.free):
            price = words.money(lowest)
            label = name or _("General admission")
            if left is None:
                text = _("%(area)s, from %(price)s") % {"area": label, "price": price}
            else:
                text = _("%(area)s, from %(price)s, %(left)s free") % {
                    "area": label,
                    "price": price,
                    "left": left,
                }
            where.append((name, text))
        self.fields["area"].choices = where  # type: ignore[attr-defined]
        self.fields["also"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), words.curtain(one.starts_at, one.event.venue.timezone)) for one in self.dates
        ]
        anywhere = ("", _("Anywhere in the house"))
        self.fields["place"].choices = [anywhere, *((one, one) for one in places(self.free))]  # type: ignore[attr-defined]
        steps = prices(self.free)
        if len(steps) > PRICE_STEPS:
            steps = [steps[round(n * (len(steps) - 1) / (PRICE_STEPS - 1))] for n in range(PRICE_STEPS)]
        limits = [
            (str(m.minor), _("up to %(price)s") % {"price": words.money(m)}) for m in dict.fromkeys(steps)
        ]
        self.fields["most"].choices = [("", _("the lowest there is")), *limits]  # type: ignore[attr-defined]
        made_for = {seat.access for area in self.free.areas for row in area.rows for seat in row.seats}
        needs = [(name, said) for name, said in need_words().items() if name in made_for]
        self.fields["need"].choices = [("", _("none")), *needs]  # type: ignore[attr-defined]
        named = Counter((one.area, one.ticket_type, one.time_from) for one in counted_offers(self.free))
        for offer in counted_offers(self.free):
            if offer.closed:
                continue
            name = offer.ticket_type or offer.price_band or offer.area or _("Ticket")
            if named[offer.area, offer.ticket_type, offer.time_from] > 1 and offer.price_band not in (
                "",
                name,
            ):
                name = _("%(ticket)s, %(band)s") % {"ticket": name, "band": offer.price_band}
            told = {"data-price": offer.price.minor, "data-name": name if offer.ticket_type else offer.area}
            widget: forms.Widget = forms.NumberInput(
                attrs={
                    "min": 0,
                    "max": self.most_of(offer),
                    "step": offer.step,
                    "inputmode": "numeric",
                    **told,
                }
            )
            if offer.quantities:
                widget = forms.Select(attrs=told, choices=[(n, str(n)) for n in (0, *self.numbers_of(offer))])
            self.fields[f"q-{offer.key}"] = forms.IntegerField(
                label=name, required=False, min_value=0, initial=0, widget=widget
            )
            public = [one for one in offer.discounts if not one.needs_code]
            if public:
                self.fields[f"d-{offer.key}"] = forms.ChoiceField(
                    label=_("Reduction"),
                    required=False,
                    choices=[("", _("none")), *((one.ref, discount_words(one)) for one in public)],
                )

    def numbers_of(self, offer: Offer) -> list[int]:
        """Where only some numbers are sold: those of them that this buyer can still take."""
        return [number for number in offer.quantities if number <= self.most_of(offer)]

    def most_of(self, offer: Offer) -> int:
        """How many of it this buyer can still take."""
        most = min(offer.maximum - self.have.get(offer.key, 0), self.limit)
        return max(0, most if offer.left is None else min(most, offer.left))
