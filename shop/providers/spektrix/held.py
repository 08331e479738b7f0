"""A basket as last told, in our types. Pure. None of it is `verified`: only the visitor's browser has seen it."""

from __future__ import annotations

from typing import Any

from shop.money import Money
from shop.providers.errors import BadAnswer
from shop.providers.extras import Charge, Extra, HeldExtra, Refusal
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix import names, offers, prices, reading
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.types import HeldItem, HeldTicket, Hold, Selection

GONE, HELD = "gone", "held"


def selection_data(one: Selection) -> Json:
    return {"i": one.instance_ref, "s": list(one.seat_refs), "k": one.offer_key, "q": one.quantity}


def selection(data: Json) -> Selection:
    return Selection(
        instance_ref=str(data.get("i", "")), seat_refs=tuple(map(str, data.get("s") or ())),
        offer_key=str(data.get("k", "")), quantity=int(data.get("q") or 0),
    )  # fmt: skip


def extra_data(one: Extra) -> Json:
    """What was chosen beside tickets, for asking again. A gift voucher's words are personal and stay out: there is
    one of it with one click, and it is never asked for again."""
    found = {
        "kind": one.kind, "ref": one.ref, "q": one.quantity, "minor": one.amount.minor if one.amount else 0,
        "note": one.reference, "renew": one.auto_renew,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def chosen(data: Json, currency: str) -> Extra:
    minor = int(data.get("minor") or 0)
    return Extra(
        kind=str(data["kind"]), ref=str(data["ref"]), quantity=int(data.get("q") or 1),
        amount=Money(minor, currency) if minor else None, reference=str(data.get("note", "")),
        auto_renew=bool(data.get("renew")),
    )  # fmt: skip


def hold(state: Handle, options: Options, *, refused: tuple[Refusal, ...] = ()) -> Hold:
    """No deadline: the API gives none. Raises BadAnswer where a price makes no sense."""
    currency, basket = options.currency, state.basket
    try:
        items = [_item(one, state, options) for one in reading.records(basket.get("tickets"))]
        extras = [
            _extra(kind, one, state, currency)
            for kind, (_path, _ids, field, _what) in inferred.KINDS.items()
            for one in reading.records(basket.get(field))
        ]
        parts = [one.total for one in items] + [one.total for one in extras]
        total = reading.amount(basket, "total", currency)
        charges = _whole_charges(basket, currency)
        if total is None:
            total = Money.total([*parts, *(one.amount for one in charges)], currency)
    except Malformed as wrong:
        raise BadAnswer(f"basket: {wrong}", account=options.account) from None
    gone = [_gone(one, state, currency) for one in state.gone]
    return Hold(
        handle=state.text(),
        items=(*items, *gone),
        total=total,
        verified=False,
        extras=tuple(extras),
        discount=reading.soft_amount(basket, "totalDiscount", currency) or None,
        charges=charges,
        code=reading.text(basket, "promoCode", 60),
        attributes=tuple(sorted(reading.attributes(basket).items())),
        refused=refused,
    )


def _item(raw: Json, state: Handle, options: Options) -> HeldItem:
    """One ticket is one item: each can be given back by itself."""
    ref, instance = reading.ref(raw, "id"), reading.linked(raw, "instance")
    event_ref, starts_at, venue = names.date_of(state.names, instance)
    event_ref = event_ref or reading.linked(raw, "event")
    ticket = _ticket(raw, ref, state, options.currency)
    seat, kind, plan = (
        reading.linked(raw, "seat"),
        inferred.type_of_ticket(raw),
        reading.optional_ref(raw, "planId"),
    )
    again = None
    if instance and kind and seat:
        again = Selection(instance, seat_refs=(seat,), offer_key=offers.Key(offers.SEAT, kind).text())
    elif instance and kind and plan:
        again = Selection(
            instance, offer_key=offers.Key(offers.UNRESERVED, kind, place=plan).text(), quantity=1
        )
    return HeldItem(
        ref=ref,
        instance_ref=instance,
        event_ref=event_ref,
        event_name=names.word(state.names, "e", event_ref) or _name(raw, "event"),
        starts_at=starts_at,
        tickets=(ticket,),
        total=ticket.price,
        area=reading.text(raw, "planName", 100),
        venue_name=venue,
        selection=again,
    )


def _name(raw: Json, field: str) -> str:
    return reading.text(reading.record(raw.get(field)), "name", 200)


def _ticket(raw: Json, ref: str, state: Handle, currency: str) -> HeldTicket:
    """`price` is nominal, before commission and discount; `total` is after both, and is what is paid."""
    face = reading.amount(raw, "price", currency)
    total = reading.amount(raw, "total", currency)
    if total is None:
        total = face
    if total is None:
        raise Malformed("a ticket without a price")
    charges = prices.charges_of(raw, currency)
    row, number = inferred.seat_words(reading.text(raw, "seatName", 60))
    band, kind = inferred.band_of_ticket(raw), inferred.type_of_ticket(raw)
    return HeldTicket(
        ref=ref,
        price=total,
        row=row,
        number=number,
        fee=min(Money.total((one.amount for one in charges), currency), total) or None,
        face_value=face,
        ticket_type=names.word(state.names, "t", kind) or _name(raw, "type"),
        price_band=names.word(state.names, "b", band) or _name(raw, "band"),
        discount=reading.soft_amount(raw, "discount", currency) or None,
        charges=charges,
        attributes=tuple(sorted(reading.attributes(raw).items())),
    )


def _extra(kind: str, raw: Json, state: Handle, currency: str) -> HeldExtra:
    what_field = inferred.KINDS[kind][3]
    what = reading.linked(raw, what_field) or reading.linked(raw, f"{what_field}Id")
    total = reading.amount(raw, "total", currency)
    for field in ("amount", "price"):
        total = reading.amount(raw, field, currency) if total is None else total
    if total is None:
        raise Malformed(f"a {kind} without a price")
    own = ", ".join(
        filter(
            None,
            (reading.text(raw, name, 100) for name in ("ticketSubscriptionStructureName", "pricingSetName")),
        )
    )
    return HeldExtra(
        ref=reading.ref(raw, "id"),
        kind=kind,
        name=names.word(state.names, "x", f"{kind}:{what}") or _name(raw, what_field) or own or reading.text(raw, "name"),
        total=total,
        what_ref=what,
        price=reading.soft_amount(raw, "price", currency),
        discount=reading.soft_amount(raw, "discount", currency) or None,
        charges=prices.charges_of(raw, currency),
        reference=reading.text(raw, "reference", 60),
        auto_renew=reading.yes(raw, "autoRenew"),
    )  # fmt: skip


def _whole_charges(basket: Json, currency: str) -> tuple[Charge, ...]:
    """The commission of the whole transaction, where there is one."""
    raw = reading.record(basket.get("transactionCommission"))
    amount = reading.soft_amount(raw, "amount", currency) or reading.soft_amount(raw, "total", currency)
    return (Charge(reading.text(raw, "name", 80), amount),) if amount else ()


def _gone(data: Json, state: Handle, currency: str) -> HeldItem:
    """A wish that was refused. Its price is not in the total."""
    wish = selection(data["wish"])
    event_ref, starts_at, venue = names.date_of(state.names, wish.instance_ref)
    key = offers.key(wish.offer_key)
    count = len(wish.seat_refs) or wish.quantity
    one = Money(int(data.get("minor") or 0), currency)
    kind = names.word(state.names, "t", key.type) if key else ""
    return HeldItem(
        ref=str(data["ref"]),
        instance_ref=wish.instance_ref,
        event_ref=event_ref,
        event_name=names.word(state.names, "e", event_ref),
        starts_at=starts_at,
        tickets=tuple(HeldTicket(ref="", price=one, ticket_type=kind) for _ in range(count)),
        total=one * count,
        area=str(data.get("area", "")),
        venue_name=venue,
        state=GONE,
        selection=wish,
        problem=str(data.get("problem", "")),
    )


def has_subscription(state: Handle) -> bool:
    """Such a basket goes to the express checkout: "ticket subscriptions work only with the express checkout"."""
    return bool(state.basket.get(inferred.KINDS["subscription"][2]))


def said(state: Handle, label: str, ticket: str = "") -> Any:
    """What of an attribute was read back: of the order, or of one ticket."""
    holder = state.basket
    if ticket:
        holder = next(
            (
                one
                for one in reading.records(holder.get("tickets"))
                if reading.optional_ref(one, "id") == ticket
            ),
            {},
        )
    return reading.attributes(holder).get(inferred.read_key(label), "")
