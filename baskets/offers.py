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
    return [offer for offer in free.offers if not offer.together]


def prices(free: Availability) -> list[Money]:
    """Every price a seat can have, the lowest first."""
    seats = {seat.price for area in free.areas for row in area.rows for seat in row.seats}
    return sorted(seats | {offer.price for offer in picks_for_you(free)})


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
