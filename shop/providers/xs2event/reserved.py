"""A reservation of theirs as our hold. Pure.

Sources: XS2Event, API reference, "Reservations"; booking flow. A reservation says `currency` where a ticket says
`currency_code`, and its prices are what we pay: what the buyer pays was pinned in the handle when it was reserved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shop.money import Money
from shop.providers.types import HeldItem, HeldTicket, Hold, Selection
from shop.providers.xs2event import inferred, reading
from shop.providers.xs2event.handle import Piece, State
from shop.providers.xs2event.mapping import Ticket
from shop.providers.xs2event.reading import Json, Malformed


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is reserved. `state`: active, booked or over. `items`: ticket id -> (how many, net rate, names of theirs)."""

    ref: str
    state: str
    until: datetime | None
    quantities: Mapping[str, int]
    nets: Mapping[str, int | None]
    names: Mapping[str, tuple[str, str]]
    raw: Json


def read(raw: Json, state: State, now: datetime) -> Reserved:
    """Raises Malformed where it has no id or an item cannot be read."""
    quantities: dict[str, int] = {}
    nets: dict[str, int | None] = {}
    names: dict[str, tuple[str, str]] = {}
    for item in reading.records(raw.get("items")):
        ref = reading.ref(item, "ticket_id")
        quantities[ref] = quantities.get(ref, 0) + (reading.count(item, "quantity") or 0)
        nets[ref] = reading.count(item, "net_rate")
        names[ref] = reading.text(item, "event_name"), reading.text(item, "ticket_name")
    until = inferred.deadline(raw, state.began)
    return Reserved(
        ref=reading.ref(raw, "reservation_id"),
        state=inferred.reservation_state(raw, until, now),
        until=until,
        quantities={ref: number for ref, number in quantities.items() if number > 0},
        nets=nets,
        names=names,
        raw=raw,
    )


def piece(ticket: Ticket, former: Piece | None) -> Piece:
    """What is asked for now, as the handle remembers it; the price so far stays known until the answer is in."""
    assert ticket.price is not None
    return Piece(
        ticket=ticket.ref,
        event=ticket.event,
        currency=ticket.net.currency,
        net=ticket.net.minor,
        sale=ticket.price.minor,
        fee=ticket.fee,
        face=ticket.face.minor if ticket.face else 0,
        was_net=former.net if former else 0,
        was_sale=former.sale if former else 0,
        area=ticket.area,
        band=ticket.band,
        event_name=former.event_name if former else "",
        notes=ticket.notes,
    )


def adopt(state: State, there: Reserved) -> State:
    """The state after a reading: what is reserved, at the prices that go with its net rates."""
    kept = []
    for one in state.pieces:
        if one.ticket not in there.quantities and there.state == "active":
            continue
        net = there.nets.get(one.ticket)
        if net is not None and net == one.was_net and net != one.net:
            one = replace(one, net=one.was_net, sale=one.was_sale)
        name = there.names.get(one.ticket, ("", ""))[0] or one.event_name
        kept.append(replace(one, was_net=0, was_sale=0, event_name=name))
    told = there.quantities or ({} if there.state == "active" else state.quantities)
    return replace(state, reservation=there.ref, asking=False, pieces=tuple(kept), quantities=dict(told))


def hold(state: State, there: Reserved | None, *, currency: str) -> Hold:
    """What is held; of a reservation that is over every item is gone."""
    quantities = there.quantities if there is not None and there.quantities else state.quantities
    items = [_item(one, quantities[one.ticket], there) for one in state.pieces if quantities.get(one.ticket)]
    live = [item.total for item in items if item.state == "held"]
    return Hold(
        handle=state.dump(),
        items=tuple(items),
        total=Money.total(live, live[0].currency if live else currency),
        expires_at=there.until if there is not None and there.state == "active" and live else None,
    )


def _item(one: Piece, quantity: int, there: Reserved | None) -> HeldItem:
    gone = there is None or there.state == "over"
    price = Money(one.sale, one.currency)
    face = Money(one.face, one.currency) if one.face else None
    tickets = tuple(
        HeldTicket(
            ref=f"{one.ticket}:{number}",
            price=price,
            face_value=face,
            ticket_type=one.band,
            price_band=one.band,
        )
        for number in range(quantity)
    )
    return HeldItem(
        ref=one.ticket,
        instance_ref=one.event,
        event_ref=one.event,
        event_name=one.event_name,
        starts_at=None,
        tickets=tickets,
        total=price * quantity,
        area=one.area,
        expires_at=there.until if there is not None and there.state == "active" else None,
        state="gone" if gone else "held",
        selection=Selection(instance_ref=one.event, offer_key=one.ticket, quantity=quantity),
        problem="hold_expired" if gone else "",
    )


def cut(given: Mapping[str, tuple[str, ...]], quantities: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """What was given of guests whose places are still there."""

    def stays(key: str) -> bool:
        ticket, _, number = key.rpartition(":")
        return number.isdigit() and int(number) < quantities.get(ticket, 0)

    return {key: names for key, names in given.items() if stays(key)}


def body(target: Mapping[str, int], tickets: Iterable[Ticket], there: Reserved | None) -> list[Json]:
    """The items of a write: `net_rate` and `currency_code` exactly as the tickets have them now; of a ticket that they do
    not tell of any more as the reservation has them."""
    now = {one.ref: one for one in tickets}
    found = []
    for ref, quantity in target.items():
        if ref in now:
            net, code = now[ref].net.minor, now[ref].net.currency
        else:
            item = next(
                one for one in reading.records(there.raw.get("items") if there else None)
                if reading.text(one, "ticket_id") == ref
            )  # fmt: skip
            known = reading.count(item, "net_rate")
            if known is None:
                raise Malformed("net_rate is missing")
            net, code = known, reading.text(item, "currency")
        found.append({"ticket_id": ref, "quantity": quantity, "net_rate": net, "currency_code": code})
    return found
