"""The list of seats of a date, by area, row and price: what the map is drawn beside and what works without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from baskets import narrowing, seating
from baskets.forms import PickForm
from baskets.offers import areas
from shop import words
from shop.providers.types import Availability, Seat, SeatArea

CHECKED = mark_safe(" checked")


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


def seats_of(free: Availability) -> Iterator[tuple[SeatArea, Seat]]:
    return ((place, seat) for place in free.areas for row in place.rows for seat in row.seats)


def _chosen_alone(place: SeatArea, chosen: set[str]) -> SeatArea:
    rows = [replace(row, seats=tuple(seat for seat in row.seats if seat.ref in chosen)) for row in place.rows]
    return replace(place, rows=tuple(row for row in rows if row.seats))


def listed_areas(
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
