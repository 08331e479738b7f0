"""The pick page as it is drawn: areas, rows, seats, tickets, and a refusal with what can be had instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from baskets import dates, guests, narrowing, seat_map, seating, shared, slots, snapshot
from baskets.forms import PickForm
from baskets.offers import closed_words, counted_offers, discount_words
from baskets.seat_list import listed_areas, seats_of
from catalog.models import Instance
from shop import words
from shop.money import Money
from shop.problems import Problem
from shop.providers import errors, registry
from shop.providers.types import Availability, Capabilities, Offer

ALL_OPEN = 260  # so many seats are listed at once; more, and one area is unfolded
OTHER_DATES = 3
EVERY_SEAT = narrowing.Narrowed()
THERE = "there"  # `Offer.closed`: shown with its price, taken on the provider's own page


@dataclass
class OfferView:
    offer: Offer
    name: str
    more: str  # what a heading above says of it already, for whom the heading is out of sight
    quantity: Any  # bound fields
    discount: Any
    most: int
    hint: str


@dataclass
class ThereView:
    """A price that can be had on the provider's own page only."""

    offer: Offer

    @property
    def words(self) -> str:
        named = (self.offer.area, self.offer.price_band, self.offer.ticket_type)
        return ", ".join(dict.fromkeys(filter(None, named)))


@dataclass
class OfferGroup:
    """Tickets of one sector; of timed entry those of the time that was chosen. `band`: seats that the provider picks
    are listed by their price band."""

    area: str
    band: str
    offers: list[OfferView]


def render(
    request: HttpRequest,
    form: PickForm,
    *,
    area: str = "",
    status: int = 200,
    refused: Problem | None = None,
    nearest: Sequence[seating.Group] = (),
    kept: Sequence[str] = (),
    narrowed: narrowing.Narrowed = EVERY_SEAT,
) -> HttpResponse:
    context = context_of(
        request, form, area=area, refused=refused, nearest=nearest, kept=kept, narrowed=narrowed
    )
    context["own_press"] = snapshot.new_press()
    # somebody was quicker: an open page says so where the choice was sent, and the focus stays there
    stays = bool(request.htmx and refused and refused.code == "sold_out")  # type: ignore[attr-defined]
    context["stays"], context["gone_at"] = stays, _sent_from(request, context) if stays else ""
    response = TemplateResponse(request, "baskets/pick.html", context, status=status)
    if stays:
        response["HX-Reswap"] = "outerHTML show:#refused:top"
    if status == 422:
        response["HX-Push-Url"] = "false"  # a reload leads to the choice, not to a form that is sent twice
    return response


def _sent_from(request: HttpRequest, context: dict[str, Any]) -> str:
    """The door that the choice came from, as long as it is still there; "" is the head of the page."""
    door = "" if request.POST.get("group") else request.POST.get("door", "")
    there = {
        "best": context["form"].has_best,
        "map": context["map"] and context["narrow"],
        "seats": context["narrow"],
        "offers": context["offers"] or context["best"],
    }
    return door if there.get(door) else ""


def context_of(
    request: HttpRequest,
    form: PickForm,
    *,
    area: str,
    refused: Problem | None = None,
    nearest: Sequence[seating.Group] = (),
    kept: Sequence[str] = (),
    narrowed: narrowing.Narrowed = EVERY_SEAT,
) -> dict[str, Any]:
    """All that the page says; whoever draws it adds `own_press`."""
    instance, every_seat = form.instance, form.free
    free = narrowing.only(every_seat, narrowed)
    event, venue = instance.event, instance.event.venue
    zone = venue.timezone
    seats = sum(len(row.seats) for place in free.areas for row in place.rows)
    plan = seat_map.drawn_by_the_venue(instance, every_seat.areas)
    part = seat_map.begins_with_areas(every_seat, plan)
    wanted = area or request.GET.get("area", "") or form.opened
    if wanted not in {place.name for place in every_seat.areas}:
        wanted = _area_of(every_seat, form.chosen)
    if part:
        shown = {wanted} if wanted else set()
    else:
        shown = {place.name for place in every_seat.areas}
    party = form.party
    groups = (
        shared.of_answer(every_seat, (party, narrowed), lambda: fitting(every_seat, free, party, narrowed))
        if free.areas
        else []
    )
    chosen = [(place.name, seat) for place, seat in seats_of(every_seat) if seat.ref in form.chosen]
    listed = [seat for group in (*groups, *nearest) for seat in group.seats] + [
        seat for _area, seat in chosen
    ]
    asked_for = set(request.GET.getlist("seat"))
    none = free.areas and not groups
    largest = (
        shared.of_answer(every_seat, ("largest", narrowed), lambda: seating.largest(free))
        if none
        else (0, "")
    )
    if form.no_group:
        largest = _largest_of(form) or largest
    capabilities = _capabilities(instance)
    timed = slots.choose(every_seat, zone, day=form.slot[0], time=form.slot[1], wanted=form.asked_for())
    picked = timed.slot if timed else None
    every = _offers(form, picked)
    offers, best = [one for one in every if not one.band], [one for one in every if one.band]
    nothing = not form.has_best and not every and not (timed and timed.open)
    return {
        "form": form,
        "instance": instance,
        "event": event,
        "venue": venue,
        "zone": zone,
        "free": every_seat,
        "limit": form.limit,
        "party": party,
        "sealed": snapshot.shown_of(instance.pk, every_seat, shown, listed),
        "groups": _grouped(groups),
        "group_count": len(groups),
        "largest": largest,
        "areas": listed_areas(form, narrowed, free, shown, wanted if seats > ALL_OPEN else None, part=part),
        "can_choose": bool(seats or chosen),
        "beyond": [(name, seat) for name, seat in chosen if not narrowed.keeps(seat)],
        "lost": len(asked_for - {seat.ref for _area, seat in chosen}),
        "map": seat_map.seat_map(every_seat, plan, shown, free, part=part, chosen=form.chosen),
        "chart": bool(capabilities and capabilities.chart and every_seat.areas),
        "narrow": narrowing.choices(every_seat, narrowed) if every_seat.areas else None,
        "narrowed": narrowed,
        "shown_area": wanted,
        "seat_count": seats,
        "offers": offers,
        "best": best,
        "needs": len(form.fields["need"].choices) > 1,  # type: ignore[attr-defined]
        "places": len(form.fields["place"].choices) > 1,  # type: ignore[attr-defined]
        "timed": timed,
        "when": _when(form, timed, zone),
        "nothing": nothing,
        "closed": [
            closed_words(offer, zone)
            for offer in slots.named(counted_offers(every_seat), picked)
            if offer.closed not in ("", THERE)
        ],
        "there": [ThereView(offer) for offer in every_seat.offers if offer.closed == THERE],
        "refused": refused,
        "nearest": nearest,
        "kept_value": " ".join(kept),
        "still_free": _still_free(every_seat, kept),
        "dates": other_dates(instance, party)
        if form.no_group or (refused and not nearest) or nothing
        else [],
        "minutes": capabilities.hold_minutes if capabilities else None,
        # a named seat is taken from sale at once, whatever becomes of what is chosen by number
        "holds_now": not capabilities or capabilities.holds_at == "add" or bool(every_seat.areas),
        "seats_held": bool(capabilities and capabilities.holds_seats and every_seat.areas),
        "seller": event.account.title,
        "there_first": bool(every_seat.choose_there) and not every_seat.areas,
        "in_browser": bool(capabilities and capabilities.in_browser),
        # seats of a basket that our server holds cannot be chosen on their page: there they are paid as well
        "sold_there": bool(capabilities and (capabilities.sold_there or not capabilities.in_browser)),
        "no_clock": bool(capabilities and capabilities.no_clock),
        "sizes": range(1, min(form.limit, 8) + 1),
        "guests": guests.said(instance, [one.offer for group in every for one in group.offers]),
        "code_words": discount_words(form.code_discount) if form.code_discount else "",
    }


def _capabilities(instance: Instance) -> Capabilities | None:
    try:
        return registry.provider(instance.event.account.name).capabilities
    except errors.ProviderError:
        return None


def _area_of(free: Availability, refs: Sequence[str]) -> str:
    for place in free.areas:
        if any(seat.ref in refs for row in place.rows for seat in row.seats):
            return place.name
    return ""


def _grouped(groups: Sequence[seating.Group]) -> list[tuple[str, list[seating.Group]]]:
    found: dict[str, list[seating.Group]] = {}
    for group in groups:
        found.setdefault(group.area, []).append(group)
    return list(found.items())


def _still_free(free: Availability, kept: Sequence[str]) -> dict[str, str]:
    """Names, areas and sum of those that nobody has taken meanwhile."""
    found = [(place.name, seat) for place, seat in seats_of(free) if seat.ref in kept]
    if not found:
        return {}
    total = Money.total((seat.price for _area, seat in found), found[0][1].price.currency)
    return {
        "seats": ", ".join(f"{seat.row}{seat.number}" for _area, seat in found),
        "areas": ", ".join(dict.fromkeys(area for area, _seat in found)),
        "total": words.money(total),
    }


def fitting(
    every_seat: Availability, free: Availability, party: int, narrowed: narrowing.Narrowed
) -> list[seating.Group]:
    """Groups to choose from at a glance. Whoever asks for one kind of place needs one of it, not a row of them."""
    if not narrowed.access:
        return seating.fitting(free, party)
    rest = narrowing.only(every_seat, replace(narrowed, access=""))
    return seating.fitting(rest, party, access=narrowed.access)


def _largest_of(form: PickForm) -> tuple[int, str] | None:
    """The largest group there is by all that was asked for but its size; None where there is none at all."""
    said = form.cleaned_data
    most = said.get("most") or ""
    found = seating.largest(form.free, area=said.get("area") or "", most=int(most) if most else None)
    return found if found[0] and not said.get("need") else None


def _when(form: PickForm, timed: slots.Choice | None, zone: str) -> str:
    """The date of the page; of timed entry the days there are, until a time is chosen."""
    if timed is None:
        return words.curtain_full(form.instance.starts_at, zone)
    if timed.slot is not None:
        return timed.slot.full
    if len(timed.days) == 1:
        return timed.day.full
    return words.date_range(timed.first, timed.last, zone)


def _offers(form: PickForm, picked: slots.Slot | None) -> list[OfferGroup]:
    """Tickets by sector: those without a time, and those of the time that was chosen."""
    groups: dict[tuple[str, str], OfferGroup] = {}
    for offer in slots.named(counted_offers(form.free), picked):
        if offer.closed:
            continue
        reduction, field = f"d-{offer.key}", form[f"q-{offer.key}"]
        listed = ("", offer.price_band) if offer.best_seats else (offer.area, "")
        by_band = bool(listed[1] and offer.ticket_type)
        groups.setdefault(listed, OfferGroup(*listed, [])).offers.append(
            OfferView(
                offer,
                offer.ticket_type if by_band else str(field.label),
                offer.price_band if by_band else "",
                field,
                form[reduction] if reduction in form.fields else None,
                form.most_of(offer),
                _limits(form, offer),
            )
        )
    return list(groups.values())


def _limits(form: PickForm, offer: Offer) -> str:
    """What can be taken of it, in words beside the field."""
    parts, most, have = [], form.most_of(offer), form.have.get(offer.key, 0)
    if have:
        parts.append(_("%(count)s in your basket") % {"count": have})
    if offer.quantities:
        numbers = words.any_of(form.numbers_of(offer))
        parts.append(_("%(numbers)s can be had") % {"numbers": numbers} if numbers else _("no more for you"))
        return "; ".join(parts)
    if offer.minimum > 1:
        parts.append(_("from %(count)s on") % {"count": offer.minimum})
    if offer.step > 1:
        parts.append(_("in steps of %(step)s") % {"step": offer.step})
    parts.append(_("up to %(count)s") % {"count": most} if most else _("no more for you"))
    if offer.left is not None and offer.left <= form.limit:
        parts.append(_("%(left)s left") % {"left": offer.left})
    return ", ".join(parts)


def other_dates(instance: Instance, party: int) -> list[Instance]:
    """The nearest other dates of the event that had enough when they were last looked at."""
    rows = (
        dates.bookable(instance)
        .filter(Q(longest_run__gte=party) | Q(longest_run=None))
        .filter(Q(seats_left__gte=party) | Q(seats_left=None))
    )
    return sorted(rows[:200], key=lambda row: abs(row.starts_at - instance.starts_at))[:OTHER_DATES]
