"""The step "Guests": what a provider must know of each guest before payment. A plain form; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from baskets import guest_words
from baskets import guests as typed_guests
from baskets.guest_forms import SHARED, GuestForm, as_typed, inputs
from baskets.guests import Slot
from baskets.models import Line
from checkout import drafts, guests, placing
from checkout.doors import frame, order_of, private, to_basket
from checkout.guest_rows import ticket_names
from checkout.guests import Part
from checkout.models import Booking, Guest, Order
from checkout.sellers import sellers_of
from checkout.views_buying import _basket_lines as basket_lines
from checkout.views_buying import _placed as placed
from checkout.views_paying import CHECK, look_again
from shop import claims
from shop.problems import problem
from shop.providers.errors import HoldExpired, HoldGone, OutcomeUnknown, ProviderError
from shop.providers.guests import GuestPlace, GuestSheet, GuestsRejected

CHANGE = "change"  # in the address of the page: it is shown though everything is there


@dataclass(frozen=True)
class Card:
    """One guest as the page shows them."""

    number: int
    slot: Slot
    form: GuestForm
    ticket: str = ""  # what it is for, where there are several

    @property
    def lead(self) -> bool:
        return self.slot.place.lead

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.slot.typed.get("first_name"), self.slot.typed.get("last_name"))))


@require_http_methods(["GET", "HEAD", "POST"])
@private
def step(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    if request.method == "POST" and order.status == Order.Status.PLACED:
        _keep_posted(request, order)  # whatever comes of it, nothing typed is lost
    bookings, elsewhere = placed(request, order)
    if elsewhere is not None:
        return elsewhere
    if any(booking.details_at is None for booking in bookings):
        return redirect("checkout:details", order.token)
    try:
        parts = guests.parts(order, bookings)
    except (HoldExpired, HoldGone) as error:
        return _gone(request, order, error)
    except ProviderError as error:
        found = problem(error)
        page = {**frame(order, bookings, "guests"), "problem": found}
        return render(request, "checkout/unasked.html", page, status=found.status)
    if request.method == "POST":
        return _posted(request, order, parts)
    for part in parts:
        if not part.sheet.asks_before or part.there:
            guests.mark_given(part.booking)
    asking = [part for part in parts if part.sheet.asks_before]
    calm = CHANGE not in request.GET and CHECK not in request.GET
    if not asking or (calm and all(part.there for part in asking)):
        return redirect("checkout:review", order.token)
    return render(request, "checkout/guests.html", _page(request, order, bookings, parts))


def _gone(request: HttpRequest, order: Order, error: ProviderError) -> HttpResponse:
    found = problem(error)
    messages.warning(request, f"{found.text} {_('What you typed of your guests is kept.')}")
    return to_basket(request, order)


def _cards(
    parts: Sequence[Part], lines: Mapping[int, Sequence[Line]], *, check: bool
) -> dict[int, list[Card]]:
    """For each part the guests of whom something is needed now; numbered through the whole order."""
    complaints = {
        (guest.booking_id, guest.key): guest.complaints
        for guest in Guest.objects.filter(booking__in=[part.booking.pk for part in parts])
    }
    found: dict[int, list[Card]] = {}
    number = 0
    for part in parts:
        tickets = ticket_names(lines[part.booking.pk])
        for slot in part.now:
            number += 1
            place = slot.place
            typed = slot.typed or as_typed(place.values)
            said = complaints.get((part.booking.pk, place.key), {})
            data = {f"{slot.prefix}-{name}": text for name, text in typed.items()} if check or said else None
            form = GuestForm(
                place.before, prefix=slot.prefix, number=number, typed=typed, required=place.before, data=data
            )
            if said:
                form.complain({name: code for name, code in said.items() if name in form.fields} or said)
            found.setdefault(part.booking.pk, []).append(
                Card(number, slot, form, tickets.get(place.item_ref, ""))
            )
    return found


def _page(
    request: HttpRequest, order: Order, bookings: Sequence[Booking], parts: Sequence[Part]
) -> dict[str, Any]:
    asking = [part for part in parts if part.now]
    draft = drafts.of(order)
    sellers = sellers_of(part.booking for part in asking)
    lines = basket_lines(order)
    own = {
        part.booking.pk: [line for line in lines["lines"] if line.hold_id == part.booking.hold_id]
        for part in asking
    }
    cards = _cards(asking, own, check=CHECK in request.GET)
    shared = [card for part in asking for card in cards[part.booking.pk]]
    first = shared[0] if shared else None
    done = sum(guests.form_of(card.slot).is_valid() for card in shared)
    return {
        **frame(order, bookings, "guests"),
        **lines,
        "problem": draft if CHECK in request.GET and draft.title else None,
        "forms": [card.form for card in shared],
        "count": len(shared),
        "done": done,
        "first": first,
        "can_copy": len(shared) > 1
        and first is not None
        and any(
            name in first.form.fields and name in card.form.fields for card in shared[1:] for name in SHARED
        ),
        "parts": [
            {
                "booking": part.booking,
                "seller": sellers[part.booking.pk].name,
                "lines": own[part.booking.pk],
                "cards": cards[part.booking.pk],
                "warnings": guest_words.notes(part.sheet.notes),
                "later": typed_guests.sentences(
                    typed_guests.only_later(part.sheet), _days_before(part, own[part.booking.pk])
                ),
            }
            for part in asking
        ],
    }


def _days_before(part: Part, lines: Sequence[Line]) -> int | None:
    """Of the first event of a part."""
    first = min((line for line in lines if line.starts_at), key=lambda line: line.starts_at, default=None)
    begin, zone = (first.starts_at, first.timezone) if first else (None, "UTC")
    return typed_guests.days_before(part.booking.account.name, begin, zone)


# --- after posting ------------------------------------------------------------------------------------------


def _known_slots(order: Order) -> list[Slot]:
    """The guests as they were asked for last: from rows, so that nothing typed waits for an answer."""
    found: list[tuple[int, GuestSheet]] = []
    for booking in order.bookings.order_by("hold_id"):
        places = tuple(
            GuestPlace(
                key=guest.key, item_ref=guest.item_ref, number=guest.position, lead=guest.lead,
                before=tuple(guest.before), later=tuple(guest.later),
            )
            for guest in booking.guests.all()
        )  # fmt: skip
        found.append((booking.hold_id or 0, GuestSheet(places)))
    return typed_guests.slots_of_holds(found)


def _keep_posted(request: HttpRequest, order: Order) -> None:
    kept = []
    for slot in typed_guests.with_typed(order.basket, _known_slots(order)):
        if not any(name.startswith(f"{slot.prefix}-") for name in request.POST):
            continue
        form = GuestForm(slot.place.before, prefix=slot.prefix, data=request.POST)
        others = {name: text for name, text in slot.typed.items() if name not in _inputs(slot.place.before)}
        kept.append((slot, {**others, **form.typed}))
    typed_guests.keep(order.basket, kept)


def _inputs(names: Sequence[str]) -> set[str]:
    return {each for name in names for each in inputs(name)}


def _posted(request: HttpRequest, order: Order, parts: Sequence[Part]) -> HttpResponse:
    do = request.POST.get("do", "")
    if do in ("booker", "copy"):
        _fill(order, [slot for part in parts for slot in part.now], do)
        return redirect(f"{reverse('checkout:guests', args=[order.token])}?{CHANGE}=1#guests")
    asking = [part for part in parts if part.now]
    drafts.drop(order)
    if not all(part.typed for part in asking):
        return look_again("checkout:guests", order)
    try:
        for part in asking:
            if not part.given:
                guests.hand_over(order, part)
    except GuestsRejected as error:
        drafts.keep(order, {}, problem=problem(error if any(error.places.values()) else "guests_unclear"))
        return look_again("checkout:guests", order)
    except (HoldExpired, HoldGone) as error:
        return _gone(request, order, error)
    except claims.Taken:
        drafts.keep(order, {}, problem=problem("taken"))
        return look_again("checkout:guests", order)
    except ProviderError as error:
        found = problem("guests_not_sent" if isinstance(error, OutcomeUnknown) else error)
        drafts.keep(order, {}, problem=found)
        return look_again("checkout:guests", order)
    return redirect("checkout:review", order.token)


def _fill(order: Order, slots: Sequence[Slot], do: str) -> None:
    """ "Same as booker" for the first guest, or what several guests share from the first to all others."""
    if not slots:
        return
    first, *others = slots
    if do == "booker":
        own = {name: text for name, text in _booker(order).items() if name in first.place.before}
        typed_guests.keep(order.basket, [(first, {**first.typed, **own})])
        return
    typed_guests.keep(
        order.basket,
        [
            (
                slot,
                {
                    **slot.typed,
                    **{
                        name: first.typed[name]
                        for name in SHARED
                        if name in slot.place.before and first.typed.get(name)
                    },
                },
            )
            for slot in others
        ],
    )


def _booker(order: Order) -> dict[str, str]:
    buyer = placing.buyer_answers(order)
    country = buyer.get("country", "")
    found = {
        "first_name": buyer.get("first_name", ""),
        "last_name": buyer.get("last_name", ""),
        "email": buyer.get("email", ""),
        "phone": buyer.get("phone", "") or buyer.get("mobile", ""),
        "country": country if len(country) == 2 and country.isalpha() else "",
        "street": buyer.get("address_1", ""),
        "street_2": buyer.get("address_2", ""),
        "city": buyer.get("city", ""),
        "postcode": buyer.get("postcode", ""),
    }
    return {name: text for name, text in found.items() if text}
