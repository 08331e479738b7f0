"""What an availability comes to for a buyer: areas, prices, tickets by number, and why some cannot be had."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from shop import words
from shop.money import Money
from shop.providers.types import Availability, Discount, Offer


def limit_of(free: Availability) -> int:
    return max(1, min(settings.MAX_TICKETS, free.limit))


def picks_for_you(free: Availability) -> list[Offer]:
    """Offers where the provider picks the seats, in areas whose seats cannot be named one by one."""
    named = {area.name for area in free.areas}
    return [offer for offer in free.offers if offer.together and not offer.closed and offer.area not in named]


def counted_offers(free: Availability) -> list[Offer]:
    """What is chosen by number. Seats that the provider picks are listed once a band and ticket type; where they are
    to be is chosen beside (`in_place`)."""
    found: dict[tuple[str, str], Offer] = {}
    for offer in free.offers:
        if offer.best_seats and not offer.closed:
            kind = offer.price_band, offer.ticket_type
            if kind not in found or not offer.area:
                found[kind] = offer
    listed = set(map(id, found.values()))
    return [
        one
        for one in free.offers
        if not one.together and (not one.best_seats or one.closed or id(one) in listed)
    ]


def places(free: Availability) -> list[str]:
    """Areas in which the provider can be asked to pick seats; none where there is nothing to choose between."""
    found = list(
        dict.fromkeys(one.area for one in free.offers if one.best_seats and not one.closed and one.area)
    )
    return found if len(found) > 1 else []


def in_place(free: Availability, offer: Offer, area: str) -> Offer | None:
    """The same kind of ticket in this area; None where there is none. "" is as it stands."""
    if not offer.best_seats or not area:
        return offer
    kind = area, offer.price_band, offer.ticket_type
    fit = [
        one for one in free.offers if one.best_seats and (one.area, one.price_band, one.ticket_type) == kind
    ]
    return next((one for one in fit if not one.closed), None)


def seat_prices(free: Availability) -> list[Money]:
    """Every price that a named seat has, the lowest first."""
    return sorted({seat.price for area in free.areas for row in area.rows for seat in row.seats})


def prices(free: Availability) -> list[Money]:
    """Every price a seat can have, the lowest first."""
    return sorted({*seat_prices(free), *(offer.price for offer in picks_for_you(free))})


def areas(free: Availability) -> list[tuple[str, Money, int | None]]:
    """Name, lowest price and number of free seats of each area that can be asked for."""
    found: dict[str, tuple[Money, int | None]] = {}
    for area in free.areas:
        seats = [seat for row in area.rows for seat in row.seats]
        if seats:
            found[area.name] = (min(seat.price for seat in seats), len(seats))
    for offer in picks_for_you(free):
        lowest, left = found.get(offer.area, (offer.price, 0))
        known = left is not None and offer.left is not None
        found[offer.area] = (min(lowest, offer.price), left + offer.left if known else None)  # type: ignore[operator]
    return [(name, lowest, left) for name, (lowest, left) in found.items()]


def discount_words(one: Discount) -> str:
    if one.percent:
        percent = f"{one.percent / 100:g}"
        return _("%(name)s, %(percent)s %% off") % {"name": one.name, "percent": percent}
    if one.amount:
        return _("%(name)s, %(amount)s off each") % {"name": one.name, "amount": words.money(one.amount)}
    return one.name


def closed_words(offer: Offer, zone: str) -> str:
    """Why a ticket cannot be taken now, with its name and its hour."""
    name = offer.ticket_type or offer.price_band or offer.area
    if offer.time_from is not None:
        name = _("%(name)s, %(time)s") % {"name": name, "time": words.curtain(offer.time_from, zone)}
    if offer.closed == "not_yet" and offer.sale_starts_at is not None:
        return _("“%(name)s” is on sale from %(when)s.") % {
            "name": name, "when": words.curtain_full(offer.sale_starts_at, zone)
        }  # fmt: skip
    sentences = {
        "not_yet": _("“%(name)s” is not on sale yet."),
        "ended": _("The sale of “%(name)s” is over."),
        "sold_out": _("“%(name)s” is sold out."),
        "unsupported": _("“%(name)s” cannot be sold on this page. Please ask the box office."),
    }
    return sentences.get(offer.closed, _("“%(name)s” cannot be had now.")) % {"name": name}
