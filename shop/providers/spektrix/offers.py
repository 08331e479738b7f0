"""From plan, price list and status to what a buyer can take now. Pure; the keys of offers are written and read here.

A key names all that the basket needs: `u:<plan or area>:<ticket type>` for unreserved ones,
`b:<area or "">:<band or "">:<ticket type>` for best available, `s:<ticket type>` beside a seat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shop.providers.spektrix import hosted, inferred, mapping, prices, reading, seats
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.plans import Leaf
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.status import Left
from shop.providers.types import Availability, Offer, Status

UNRESERVED, BEST, SEAT = "u", "b", "s"
THERE = "there"  # `Offer.closed`: it can be bought, on the venue's own page only


@dataclass(frozen=True, slots=True)
class Key:
    """What an offer's key says. `place` is a plan or an area, "" for any."""

    kind: str
    type: str
    place: str = ""
    band: str = ""

    def text(self) -> str:
        parts = {
            UNRESERVED: (self.place, self.type), BEST: (self.place, self.band, self.type), SEAT: (self.type,),
        }  # fmt: skip
        return ":".join((self.kind, *parts[self.kind]))


def key(text: str) -> Key | None:
    """None for a text that is no key of ours."""
    parts = text.split(":")
    if len(parts) == 3 and parts[0] == UNRESERVED and parts[1] and parts[2]:
        return Key(UNRESERVED, parts[2], place=parts[1])
    if len(parts) == 4 and parts[0] == BEST and parts[3]:
        return Key(BEST, parts[3], place=parts[1], band=parts[2])
    if len(parts) == 2 and parts[0] == SEAT and parts[1]:
        return Key(SEAT, parts[1])
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that was asked about one instance. `left` by the id of a leaf; `whole` is the plan's own status.

    `states`: by seat id, empty where our own list of seats is off or could not be read.
    """

    instance: Json
    leaves: Sequence[Leaf]
    prices: Sequence[Price]
    whole: Left
    left: Mapping[str, Left]
    states: Mapping[str, inferred.SeatState]
    options: Options
    now: datetime


def has_best_available(instance: Json, options: Options) -> bool:
    """Where the venue sells it and the date allows it."""
    return options.best_available and reading.yes(instance, "hasBestAvailableOverlay")


def availability(around: Surroundings) -> Availability:
    """Offers by area, band and ticket type; named seats where the account's switch allows them.

    A reserved plan always names the venue's own seat page: it is the road for whoever the rest does not serve.
    """
    options, ref = around.options, reading.ref(around.instance, "id")
    why = mapping.closed(around.instance, options, around.now)
    if why == "cancelled":
        return Availability(ref, around.now, status=Status.CANCELLED, limit=0)
    there = hosted.choose_seats(options, ref, reading.text(around.instance, "webInstanceId"))
    found: list[Offer] = []
    areas = []
    for leaf in around.leaves:
        if not leaf.reserved:
            found += _unreserved(leaf, around, why)
            continue
        if has_best_available(around.instance, options):
            found += _best(leaf, around, why)
        if not why and options.own_seats:
            areas += seats.areas(leaf, around.prices, around.states, around.left.get(leaf.ref, around.whole))
    if (
        not why
        and len([one for one in around.leaves if one.reserved]) > 1
        and has_best_available(around.instance, options)
    ):
        found = [*_anywhere(around), *found]
    if not has_best_available(around.instance, options) and not areas:
        found += [one for leaf in around.leaves if leaf.reserved for one in _there(leaf, around, why)]
    # without a plan (an instance may have none) only their own page can sell it
    only_there = not around.leaves or any(leaf.reserved for leaf in around.leaves)
    if options.agent:  # what is chosen there is sold there: only where we cannot sell it
        only_there = not around.leaves or any(one.closed == THERE for one in found)
    return Availability(
        instance_ref=ref,
        checked_at=around.now,
        offers=tuple(found),
        areas=tuple(areas),
        choose_there=there if only_there and not why and around.whole.general != 0 else "",
        own_page="" if why or options.agent else there,
        left=_left(around),
        limit=inferred.MOST_TICKETS,
        code_field=False,
    )


def _unreserved(leaf: Leaf, around: Surroundings, why: str) -> list[Offer]:
    """An offer for each ticket type of a plan or area without seats. All of them share what is left."""
    left = around.left.get(leaf.ref, around.whole if leaf.whole else None)
    named = prices.band_names(around.prices)
    bands = inferred.bands_of_area(leaf.raw, left.raw if left else {}, named)
    many = len({one.band for one in around.prices}) > 1
    return [
        _offer(
            Key(UNRESERVED, price.type, place=leaf.ref), price, around, why, left.general if left else None,
            area=leaf.label, band=price.band_name if many and certain and not leaf.label else "", certain=certain,
        )
        for price, certain in prices.in_bands(around.prices, bands)
    ]  # fmt: skip


def _best(leaf: Leaf, around: Surroundings, why: str) -> list[Offer]:
    """Best available in one area: an offer for each band and ticket type. The venue's distancing rules decide which
    seats these are, so nothing here says that they are next to each other."""
    left = around.left.get(leaf.ref, around.whole if leaf.whole else None)
    general = left.general if left else None
    here = _bands(leaf, around)
    return [
        replace(
            _offer(
                Key(BEST, price.type, place="" if leaf.whole else leaf.ref, band=price.band), price, around, why,
                general, area=leaf.label, band=price.band_name, certain=True,
            ),
            best_seats=True,
        )
        for price in around.prices
        if price.band in here or not price.band
    ]  # fmt: skip


def _anywhere(around: Surroundings) -> list[Offer]:
    """Best available in whichever area has it: the lists of areas and bands are optional."""
    reserved = [leaf for leaf in around.leaves if leaf.reserved]
    counts = [left.general if (left := around.left.get(leaf.ref)) else None for leaf in reserved]
    free = None if None in counts else sum(count for count in counts if count is not None)
    here = {band for leaf in reserved for band in _bands(leaf, around)}
    return [
        replace(
            _offer(
                Key(BEST, price.type, band=price.band), price, around, "", free, area="", band=price.band_name,
                certain=True,
            ),
            best_seats=True,
        )
        for price in around.prices
        if price.band in here or not price.band
    ]  # fmt: skip


def _bands(leaf: Leaf, around: Surroundings) -> list[str]:
    """The bands that a reserved area has, as far as its seats or its status tell; else all there are."""
    left = around.left.get(leaf.ref)
    here = sorted(seats.bands_here(leaf, around.states))
    return here or inferred.bands_of_area(
        leaf.raw, left.raw if left else {}, prices.band_names(around.prices)
    )


def _there(leaf: Leaf, around: Surroundings, why: str) -> list[Offer]:
    """What seats cost that are chosen on the venue's own page. Their keys are none that can be bought here."""
    begins, ends = mapping.sale_window(around.instance, around.options)
    left = around.left.get(leaf.ref, around.whole if leaf.whole else None)
    none_left = left is not None and left.general == 0
    here = _bands(leaf, around)
    return [
        Offer(
            key=f"t:{leaf.ref}:{price.band}:{price.type}", price=price.total, area=leaf.label,
            price_band=price.band_name, ticket_type=price.type_name,
            description=price.attributes.get("Description", ""), fee=price.fee, face_value=price.told_face,
            closed=why or ("sold_out" if none_left else THERE), sale_starts_at=begins, sale_ends_at=ends,
            charges=price.charges,
        )
        for price in around.prices
        if price.band in here or not price.band
    ]  # fmt: skip


def _left(around: Surroundings) -> int | None:
    """Places in all: the sum over what can be bought where each was counted, else what the whole plan says."""
    counted = [around.left[leaf.ref].general for leaf in around.leaves if leaf.ref in around.left]
    known = [one for one in counted if one is not None]
    if known and len(known) == len(around.leaves):
        return sum(known)
    return around.whole.general


def _offer(
    named: Key,
    price: Price,
    around: Surroundings,
    why: str,
    left: int | None,
    *,
    area: str,
    band: str,
    certain: bool,
) -> Offer:
    begins, ends = mapping.sale_window(around.instance, around.options)
    return Offer(
        key=named.text(),
        price=price.total,
        area=area,
        price_band=band,
        ticket_type=price.type_name,
        description=price.attributes.get("Description", ""),
        fee=price.fee,
        face_value=price.told_face,
        left=left,
        maximum=inferred.MOST_TICKETS if left is None else min(inferred.MOST_TICKETS, left),
        closed=why or ("sold_out" if left == 0 else ""),
        sale_starts_at=begins,
        sale_ends_at=ends,
        price_estimated=not certain,
        charges=price.charges,
    )
