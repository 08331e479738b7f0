""" "Fill in your guests first": the choice is made, nothing is held yet, and nobody is in a hurry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from baskets import current, guest_words, guests, lifecycle, picking
from baskets.answers import again, being_paid, keeps_the_choice
from baskets.forms import PickForm
from baskets.guest_forms import SHARED, GuestForm
from baskets.guests import Slot
from baskets.models import Basket
from shop.problems import problem
from shop.providers.errors import ProviderError
from shop.providers.guests import GuestSheet

THEN = "then"  # hold, copy, save: what was pressed; anything else came from the choice
OURS = ("csrfmiddlewaretoken", THEN)


@dataclass(frozen=True)
class Card:
    """One guest as the page shows them."""

    number: int
    slot: Slot
    form: GuestForm

    @property
    def lead(self) -> bool:
        return self.slot.place.lead

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.slot.typed.get("first_name"), self.slot.typed.get("last_name"))))


@never_cache
@keeps_the_choice
def first(request: HttpRequest, instance_pk: int) -> HttpResponse:
    """The form for guests of a choice that is not held yet. It carries the choice on to the ordinary way."""
    if request.method != "POST":
        return redirect("baskets:pick", instance_pk)
    instance = picking.find_instance(instance_pk)
    form = picking.posted(request, instance, reverse("baskets:guests", args=[instance.pk]))
    if isinstance(form, HttpResponse):
        return form
    try:
        basket = current.open_basket(request, picking.currency_of(form))
        sheets = [(one.offer_key, guests.needs(instance, one)) for one in form.selections]
    except lifecycle.NotNow:
        return being_paid(request)
    except ProviderError as error:
        return again(request, problem(error), reverse("baskets:guests", args=[instance.pk]))
    then = request.POST.get(THEN, "")
    slots = guests.with_typed(basket, guests.slots_of_choice(instance, sheets, form.have))
    asked = [slot for slot in slots if slot.place.before]
    if not asked:
        return picking.add(request, instance_pk)
    if then:
        _keep(request, basket, asked, copy=then == "copy")
        slots = guests.with_typed(basket, slots)
        asked = [slot for slot in slots if slot.place.before]
    cards = [_card(number, slot, check=then == "hold") for number, slot in enumerate(asked, start=1)]
    if then == "hold" and all(card.form.is_valid() for card in cards):
        return picking.add(request, instance_pk)
    return _page(request, form, sheets, cards, wrong=then == "hold", kept=then in ("save", "copy"))


def _keep(request: HttpRequest, basket: Basket, asked: list[Slot], *, copy: bool) -> None:
    """Whatever comes of it, nothing typed is lost."""
    typed: list[tuple[Slot, dict[str, str]]] = []
    for slot in asked:
        sent = GuestForm(slot.place.before, prefix=slot.prefix, data=request.POST).typed
        if copy and typed:
            sent |= {
                name: typed[0][1][name]
                for name in SHARED
                if name in slot.place.before and name in typed[0][1]
            }
        typed.append((slot, sent))
    guests.keep(basket, typed)


def _card(number: int, slot: Slot, *, check: bool) -> Card:
    data = {f"{slot.prefix}-{name}": text for name, text in slot.typed.items()} if check else None
    fields = slot.place.before
    return Card(
        number,
        slot,
        GuestForm(
            fields, prefix=slot.prefix, number=number, typed=slot.typed, required=fields, data=data
        ),
    )  # fmt: skip


def _page(
    request: HttpRequest,
    form: PickForm,
    sheets: list[tuple[str, GuestSheet]],
    cards: list[Card],
    *,
    wrong: bool,
    kept: bool,
) -> HttpResponse:
    instance = form.instance
    days = guests.days_before(instance.event.account.name, instance.starts_at, instance.event.venue.timezone)
    later = dict.fromkeys(
        sentence for _key, sheet in sheets for sentence in guests.sentences(guests.only_later(sheet), days)
    )
    page: dict[str, Any] = {
        "instance": instance,
        "event": instance.event,
        "venue": instance.event.venue,
        "zone": instance.event.venue.timezone,
        "seller": instance.event.account.title,
        "picks": [
            (count, ", ".join(filter(None, (offer.area, offer.ticket_type or offer.price_band))), offer.price)
            for offer, count in form.picks
        ],
        "cards": cards,
        "forms": [card.form for card in cards],
        "can_copy": len(cards) > 1 and any(name in cards[0].form.fields for name in SHARED),
        "later": list(later),
        "warnings": guest_words.notes(code for _key, sheet in sheets for code in sheet.notes),
        "carried": _carried(request, cards),
        "said": _("Saved. Nothing is held yet.") if kept else "",
    }
    response = TemplateResponse(request, "baskets/guests.html", page, status=422 if wrong else 200)
    response["HX-Push-Url"] = "false"  # a reload leads to the choice, not to a form that is sent twice
    return response


def _carried(request: HttpRequest, cards: list[Card]) -> list[tuple[str, str]]:
    """The choice as it was sent, for the next form."""
    own = tuple(f"{card.slot.prefix}-" for card in cards)
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OURS and not name.startswith(own)
        for value in values
    ][:200]
