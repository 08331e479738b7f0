"""The pick page as it is drawn: areas, rows, seats, tickets, and a refusal with what can be had instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from baskets import dates, guests, narrowing, seat_map, seating, shared, slots, snapshot
from baskets.forms import PickForm
from baskets.offers import areas, closed_words, counted_offers, discount_words
from catalog.models import Instance
from shop import words
from shop.money import Money
from shop.problems import Problem
from shop.providers import errors, registry
from shop.providers.types import Availability, Capabilities, Offer, Seat, SeatArea

ALL_OPEN = 260  # so many seats are listed at once; more, and one area is unfolded
OTHER_DATES = 3
CHECKED = mark_safe(" checked")
EVERY_SEAT = narrowing.Narrowed()
THERE = "there"  # `Offer.closed`: shown with its price, taken on the provider's own page


@dataclass
class SeatView:
    """One seat as the page draws it."""

    seat: Seat
    checked: bool
    label: str


@dataclass
class PriceView:
    """Seats of one row at one price."""

    price: str
    fee: str
    face: str
    seats: list[SeatView]
    notes: list[str]

    @property
    def boxes(self) -> SafeString:
        """A box for each seat. Made here and not by a loop of the template: a house has a thousand of them."""
        return format_html_join(
            "",
            '<label class="seat{}"><input type="checkbox" name="seat" value="{}" id="seat-{}" aria-label="{}" '
            'data-price="{}" data-name="{}"{}><span class="seat-number">{}</span><span class="seat-price">{}</span></label>',
            (
                (
                    (" restricted" if one.seat.restricted else "") + (" access" if one.seat.access else ""),
                    one.seat.ref, one.seat.ref, one.label, one.seat.price.minor, one.seat.row + one.seat.number,
                    CHECKED if one.checked else "", one.seat.number, self.price,
                )
                for one in self.seats
            ),
        )  # fmt: skip


@dataclass
class AreaView:
    name: str
    lowest: str
    left: int | None  # of those that fit
    open: bool  # its seats are on the page; else those alone that are chosen
    unfolded: bool
    place: int
    rows: list[tuple[str, list[PriceView]]] = field(default_factory=list)


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
    chosen = [(place.name, seat) for place, seat in _seats_of(every_seat) if seat.ref in form.chosen]
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
        "areas": _areas(form, narrowed, free, shown, wanted if seats > ALL_OPEN else None, part=part),
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
        "kept": list(kept),
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
    found = [(place.name, row.name, seat) for place in free.areas for row in place.rows for seat in row.seats
             if seat.ref in kept]  # fmt: skip
    if not found:
        return {}
    total = Money.total((seat.price for _area, _row, seat in found), found[0][2].price.currency)
    return {
        "seats": ", ".join(f"{row}{seat.number}" for _area, row, seat in found),
        "areas": ", ".join(dict.fromkeys(area for area, _row, _seat in found)),
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


def _seats_of(free: Availability) -> Iterator[tuple[SeatArea, Seat]]:
    return ((place, seat) for place in free.areas for row in place.rows for seat in row.seats)


def _chosen_alone(place: SeatArea, chosen: set[str]) -> SeatArea:
    rows = [replace(row, seats=tuple(seat for seat in row.seats if seat.ref in chosen)) for row in place.rows]
    return replace(place, rows=tuple(row for row in rows if row.seats))


def _areas(
    form: PickForm,
    narrowed: narrowing.Narrowed,
    free: Availability,
    shown: set[str],
    unfolded: str | None,
    *,
    part: bool,
) -> list[AreaView]:
    """`free`: what a filter leaves; what is chosen is listed all the same, wherever it is. `unfolded`: the one area whose
    list is open from the start; None opens them all."""
    chosen, views = set(form.chosen), []
    counts = {name: (lowest, left) for name, lowest, left in areas(free)}
    numbers = {place.name: number for number, place in enumerate(form.free.areas, 1)}
    listed = {place.name: place for place in narrowing.only(form.free, narrowed, chosen).areas}
    for every in form.free.areas:
        place = listed.get(every.name, replace(every, rows=()))
        here = any(seat.ref in chosen for row in place.rows for seat in row.seats)
        # the one area that is open says itself that nothing in it fits
        if place.name not in counts and not here and not (part and place.name in shown):
            continue
        lowest, left = counts.get(place.name, (None, 0))
        opened = unfolded in (None, place.name) or here
        view = AreaView(
            place.name, words.money(lowest), left, place.name in shown, opened, numbers[place.name]
        )
        if view.open or here:
            part_of_it = place if view.open else _chosen_alone(place, chosen)
            view.rows = [
                (row.name, _prices(place.name, row, chosen)) for row in seating.merged_rows(part_of_it)
            ]
        views.append(view)
    return views


def _prices(area: str, row: Any, chosen: set[str]) -> list[PriceView]:
    found: dict[tuple[Any, ...], PriceView] = {}
    noted: dict[tuple[Any, ...], dict[str, list[str]]] = {}
    for seat in row.seats:
        key = (seat.price, seat.fee, seat.face_value)
        if key not in found:
            found[key] = PriceView(
                words.money(seat.price),
                words.money(seat.fee) if seat.fee else "",
                words.money(seat.face_value),
                [],
                [],
            )
        view = found[key]
        view.seats.append(SeatView(seat, seat.ref in chosen, _seat_label(area, seat, view)))
        for words_of_it in _noted(seat):
            noted.setdefault(key, {}).setdefault(words_of_it, []).append(seat.number)
    for key, notes in noted.items():
        for note, numbers in notes.items():
            every = len(numbers) == len(found[key].seats)
            found[key].notes.append(note if every else f"{', '.join(numbers)}: {note}")
    return list(found.values())


def _noted(seat: Seat) -> list[str]:
    """What the list says below a row of some of its seats."""
    said = [narrowing.access_words()[seat.access]] if seat.access else []
    if seat.standing:
        said.append(_("standing"))
    if seat.restricted or seat.note:
        said.append(seat.note or _("restricted view"))
    return said


def _seat_label(area: str, seat: Seat, view: PriceView) -> str:
    """The name of a seat: where, for how much, that it is free, and what there is to know of it."""
    label = _("Row %(row)s, seat %(number)s, %(area)s, %(price)s including fees, free") % {
        "row": seat.row, "number": seat.number, "area": area, "price": view.price
    }  # fmt: skip
    if seat.access:
        label += f", {narrowing.access_words()[seat.access]}"
    if seat.standing:
        label += ", " + _("standing")
    if seat.restricted:
        note = seat.note or _("part of the stage is hidden")
        label += ", " + _("restricted view: %(note)s") % {"note": note}
    elif seat.note:
        label += f", {seat.note}"
    return label


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
