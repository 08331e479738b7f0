"""What a seating chart says of its seats, read into the shop's areas and rows. Pure: no calls.

A seat is a place in a row (or at a table) that is sold by itself. General-admission areas, whole tables and booths are
left out: how many of one go into an order is not documented. So is what cannot be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from shop.providers.tickethead import inferred
from shop.providers.tickethead.fields import Misread, ident, mapping, needed_text, text, yes
from shop.providers.tickethead.records import TicketConfig
from shop.providers.types import Availability, Offer, Seat, SeatArea, SeatRow, TakenSeat

SEAT = "seat"
GAP = 2  # between seats that are no neighbours


@dataclass(frozen=True, slots=True)
class SeatRecord:
    """One seat as it is now. `token` holds it, where it is held; `free`: anybody may have it."""

    label: str
    section: str
    row: str
    number: str
    config: str
    category: str
    free: bool
    status: str
    token: str = field(default="", repr=False)
    left: str = ""
    right: str = ""
    tells_neighbours: bool = False
    restricted: bool = False
    access: str = ""

    def is_held_by(self, token: str) -> bool:
        return bool(token) and self.status == inferred.SEAT_HELD and self.token == token


# --- refs -----------------------------------------------------------------------------------------------------


def ref(event_key: str, label: str) -> str:
    """A seat's ref: labels are the same at every event and may hold spaces, refs are neither."""
    return f"{event_key}_{quote(label, safe='').replace('_', '%5F').replace('~', '%7E').replace('%', '~')}"


def label_of(event_key: str, seat_ref: str) -> str | None:
    """The label in a ref; None where it is no seat of this event."""
    start, sign, rest = seat_ref.partition(f"{event_key}_")
    return unquote(rest.replace("~", "%")) or None if sign and not start else None


def refs(event_key: str, labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(ref(event_key, label) for label in labels)


# --- one seat -------------------------------------------------------------------------------------------------


def _label_of(value: Any, name: str) -> str:
    """A part of `labels`: text, or an object with a label in it."""
    if isinstance(value, dict):
        return text(value, "label")
    if value is not None and not isinstance(value, str):
        raise Misread(f"labels.{name} is not text")
    return (value or "").strip()


def _row_word(row: str) -> str:
    """ "Row C" is row C: the page says the word itself."""
    first, _, rest = row.partition(" ")
    return rest.strip() if first.casefold() == "row" and rest.strip() else row


def _place(value: dict[str, Any], label: str) -> tuple[str, str, str]:
    """Section, row, number, as they are shown; what the answer does not say is read from the label."""
    labels = mapping(value.get("labels") or {}, "labels")
    split = inferred.seat_parts(label)
    number, row = _label_of(labels.get("own"), "own"), _label_of(labels.get("parent"), "parent")
    section = _label_of(labels.get("section"), "section") or text(value, "section")
    if not number:
        return section or split[0], _row_word(row or split[1]), split[2]
    return section, _row_word(row), number


def _access(value: dict[str, Any]) -> str:
    if yes(value, "isAccessible", default=False):
        return "wheelchair"
    return "companion" if yes(value, "isCompanionSeat", default=False) else ""


def record(value: Any) -> SeatRecord | None:
    """One object of a chart; None where it is not a seat. Raises Misread for a seat that cannot be read."""
    found = mapping(value, "object")
    if text(found, "objectType") != SEAT:
        return None
    label = needed_text(found, "label")
    section, row, number = _place(found, label)
    if not number:
        raise Misread("a seat without a number")
    status = needed_text(found, "status")
    return SeatRecord(
        label=label,
        section=section,
        row=row,
        number=number,
        config=inferred.config_of_category(ident(found, "categoryKey")),
        category=text(found, "categoryLabel"),
        free=inferred.seat_sells(
            status,
            for_sale=yes(found, "forSale", default=True),
            available=yes(found, "isAvailable", default=True),
            channel=text(found, "channel"),
        ),
        status=status,
        token=text(found, "holdToken"),
        left=text(found, "leftNeighbour"),
        right=text(found, "rightNeighbour"),
        tells_neighbours="leftNeighbour" in found or "rightNeighbour" in found,
        restricted=yes(found, "hasRestrictedView", default=False),
        access=_access(found),
    )


def records(values: Iterable[Any]) -> dict[str, SeatRecord]:
    """The seats among the objects of a chart, by label. What cannot be read is left out."""
    found: dict[str, SeatRecord] = {}
    for value in values:
        try:
            one = record(value)
        except Misread:
            continue  # nobody can choose it, and nobody is told that it is free
        if one is not None:
            found[one.label] = one
    return found


def own(chart: Mapping[str, SeatRecord], token: str, held: Collection[str]) -> dict[str, SeatRecord]:
    """A chart as whoever has the token sees it: what it holds is free for them, but for what is `held` already."""
    return {
        label: replace(one, free=True) if one.is_held_by(token) and label not in held else one
        for label, one in chart.items()
    }


# --- a whole chart --------------------------------------------------------------------------------------------


def area_name(one: SeatRecord, names: Mapping[str, str]) -> str:
    """Its section; in a chart without sections what it is sold as. `names`: name of each ticket config."""
    return one.section or names.get(one.config, "") or one.category


def _natural(name: str) -> tuple[int, int, str]:
    """2 before 10, Z before AA: a report lists by label."""
    plain = name.isascii() and name.isdigit() and len(name) < 10
    return (int(name) if plain else 0), len(name), name


def indexes(row: Sequence[SeatRecord]) -> dict[str, int]:
    """Label -> place in its row: neighbours differ by one, others by more. Where a chart tells no neighbours, seats
    whose numbers differ by one are neighbours."""
    if not any(one.tells_neighbours for one in row):
        plain = [one.number.isascii() and one.number.isdigit() and len(one.number) < 6 for one in row]
        return {
            one.label: int(one.number) if is_number else 1_000_000 + GAP * position
            for position, (one, is_number) in enumerate(zip(row, plain, strict=True))
        }
    here = {one.label: one for one in row}
    found: dict[str, int] = {}
    place = 0
    # a run begins at a seat with nobody to its left; what is in a ring begins anywhere
    starts = sorted((one for one in row if one.left not in here), key=lambda one: _natural(one.number))
    for start in (*starts, *row):
        one: SeatRecord | None = start
        while one is not None and one.label not in found:
            found[one.label] = place
            place += 1
            one = here.get(one.right)
        place += GAP - 1
    return found


def areas(
    chart: Mapping[str, SeatRecord], sold: Mapping[str, Offer], names: Mapping[str, str], event_key: str
) -> tuple[SeatArea, ...]:
    """Every seat of a chart. `sold`: id of a ticket config -> what a seat of it is sold as now; a seat of another config
    is drawn and cannot be chosen."""
    grouped: dict[str, dict[str, list[SeatRecord]]] = {}
    for one in chart.values():
        if name := area_name(one, names):
            grouped.setdefault(name, {}).setdefault(one.row, []).append(one)
    found: list[SeatArea] = []
    for name, rows in grouped.items():
        free: list[SeatRow] = []
        taken: list[TakenSeat] = []
        for row_name, row in sorted(rows.items(), key=lambda one: _natural(one[0])):
            places = indexes(row)
            seats: list[Seat] = []
            for one in sorted(row, key=lambda record: places[record.label]):
                offer = sold.get(one.config)
                if offer is None or not one.free:
                    taken.append(TakenSeat(row_name, one.number, index=places[one.label]))
                else:
                    seats.append(_seat(one, offer, event_key, places[one.label]))
            if seats:
                free.append(SeatRow(row_name, tuple(seats)))
        found.append(SeatArea(name, tuple(free), taken=tuple(taken), tells_taken=True))
    return tuple(found)


def _seat(one: SeatRecord, offer: Offer, event_key: str, index: int) -> Seat:
    return Seat(
        ref=ref(event_key, one.label), row=one.row, number=one.number, price=offer.price, fee=offer.fee,
        face_value=offer.face_value, restricted=one.restricted, index=index, offer_key=offer.key,
        access=one.access,
    )  # fmt: skip


def seated(
    found: Availability, configs: Sequence[TicketConfig], chart: Mapping[str, SeatRecord], event_key: str
) -> Availability:
    """The same for a date whose seats are named: a seat is chosen, not a number of an offer. Offers that cannot be had
    stay, for what they say."""
    names = {config.id: config.name for config in configs}
    sold = {offer.key.split("-")[0]: offer for offer in found.offers if not offer.closed}
    return replace(
        found,
        offers=tuple(offer for offer in found.offers if offer.closed),
        areas=areas(chart, sold, names, event_key),
        code_field=False,
    )


def without_chart(found: Availability) -> Availability:
    """The same where nobody knows the chart: nothing of it can be had."""
    return replace(
        found,
        offers=tuple(
            offer if offer.closed else replace(offer, closed="unsupported", notes=("seat_chart",))
            for offer in found.offers
        ),
        code_field=False,
    )
