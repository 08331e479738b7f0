"""What a visitor wants, checked against what is on sale: every rule of the sale in one place.

Nothing is taken from sale before an order exists, so each look at the wishes judges them afresh. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from shop.money import Money
from shop.providers.errors import LimitExceeded, NotOnSale, Refused, SoldOut
from shop.providers.tickethead import inferred, mapping, prices
from shop.providers.tickethead.handle import Place, Wish, money, when
from shop.providers.tickethead.mapping import Row
from shop.providers.tickethead.records import Dated, EventRecord, Organizer, TicketDiscount
from shop.providers.types import HeldItem, HeldTicket


def refused(code: str, detail: str = "") -> Refused:
    """A refusal whose code has no class of its own; the project has the sentence for the code."""
    error = Refused(detail or code)
    error.code = code
    return error


@dataclass(frozen=True, slots=True)
class Market:
    """One event as it is now. `event` is None where the provider does not know it any more; `codes` holds the
    discounts behind the codes that the wishes name."""

    event: EventRecord | None
    organizer: Organizer
    now: datetime
    currency: str
    codes: Mapping[str, TicketDiscount | None] = field(default_factory=dict)
    seats_sold: bool = False  # named seats can be had of this account

    @property
    def sold_in(self) -> str:
        return mapping.currency_of(self.event, self.currency) if self.event else self.currency


@dataclass(frozen=True, slots=True)
class Judged:
    """A wish and what is to be said of it: a problem, or the row and discounts it will be ordered with."""

    wish: Wish
    problem: Refused | None = None
    dated: Dated | None = None
    row: Row | None = None
    discounts: tuple[TicketDiscount, ...] = ()

    @property
    def code(self) -> str:
        """Of the problem; a sale that is still to begin has its own."""
        if isinstance(self.problem, NotOnSale) and self.problem.since is not None:
            return "not_yet"
        return self.problem.code if self.problem else ""


class _Taken:
    """How many of each limited thing the wishes so far have used up."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def room(self, name: str, available: int | None) -> int | None:
        return None if available is None else available - self.count[name]


def judge(wishes: Sequence[Wish], market: Market) -> list[Judged]:
    """Each wish against the live event. A wish that fails uses nothing up; later ones bear what is short."""
    taken = _Taken()
    found: list[Judged] = []
    offered: dict[str, list[Row]] = {}
    first: Judged | None = None
    for wish in wishes:
        one = _judge(wish, market, taken, offered, first)
        if one.problem is None:
            first = first or one
        found.append(one)
    there = {one.row.config.id for one in found if one.row is not None and one.problem is None}
    return [
        replace(one, problem=refused("needs_other", f"{one.row.config.name} needs another ticket"))
        if one.problem is None
        and one.row
        and one.row.config.depends_on
        and not one.row.config.depends_on & there
        else one
        for one in found
    ]


def _judge(
    wish: Wish, market: Market, taken: _Taken, offered: dict[str, list[Row]], first: Judged | None
) -> Judged:
    if wish.gone:
        return Judged(wish, refused(wish.gone))
    event = market.event
    dated = mapping.find(event, wish.instance) if event else None
    if event is None or dated is None:
        return Judged(wish, refused("gone"))
    if inferred.is_cancelled(event.status) or inferred.is_cancelled(dated.status):
        return Judged(wish, refused("cancelled"), dated)
    if not (inferred.is_sellable(event.status) and inferred.is_sellable(dated.status)):
        return Judged(wish, NotOnSale("the event is not published", what=event.name), dated)
    if dated.ref not in offered:
        offered[dated.ref] = mapping.rows(
            event,
            dated,
            market.organizer,
            currency=market.currency,
            now=market.now,
            seats_sold=market.seats_sold,
        )
    row = next((one for one in offered[dated.ref] if one.key == wish.offer), None)
    if row is None:
        return Judged(wish, _no_row(wish, offered[dated.ref]), dated)
    problem = _closed(row)
    if problem is None and bool(inferred.own_or_parents(event, dated).chart_key) != bool(wish.seats):
        problem = refused("seat_chart", "seats are named where there is a chart, and only there")
    if problem is None and first is not None and first.dated is not None and first.dated.ref != dated.ref:
        problem = None if inferred.dates_share_an_order() else refused("one_date_an_order")
    if problem is None:
        discounts, problem = _discounts(wish, row, event, dated, market)
        problem = problem or _short(wish, row, discounts, taken)
        if problem is None:
            return Judged(wish, None, dated, row, discounts)
    return Judged(wish, problem, dated, row)


def _no_row(wish: Wish, rows: Sequence[Row]) -> Refused:
    """A ticket of this event without its sector or timeslot is told apart from one that is not there."""
    longer = [row for row in rows if row.key.startswith(wish.offer + "-")]
    if any(row.slot for row in longer) and "-t" not in wish.offer:
        return refused("timeslot_required")
    return refused("sector_required") if longer else refused("gone")


def _closed(row: Row) -> Refused | None:
    match row.closed:
        case "":
            return None
        case "sold_out":
            return SoldOut(f"{row.config.name} is sold out", refs=(row.key,))
        case "unsupported":
            return refused("seat_chart" if row.why == "seat_chart" else "unsupported", row.why)
        case "not_yet":
            return NotOnSale("the sale has not begun", what=row.config.name, since=row.config.start_sale_at)
    return NotOnSale("the sale is over", what=row.config.name)


def _discounts(
    wish: Wish, row: Row, event: EventRecord, dated: Dated, market: Market
) -> tuple[tuple[TicketDiscount, ...], Refused | None]:
    """The discounts of a wish: open ones by their id, others by the typed code.

    A code is typed once for all that is chosen: a ticket it is not for goes without, as long as there is one of
    this date that it is for.
    """
    by_id = {one.id: one for one in mapping.open_discounts(event, dated, row.config, market.now)}
    refs = list(wish.discounts)
    if wish.code:
        behind = market.codes.get(wish.code)
        configs = inferred.own_or_parents(event, dated).configs
        if (
            behind is None
            or not inferred.discount_is_open(behind, market.now)
            or not any(inferred.discount_fits(behind, config) for config in configs)
        ):
            return (), refused("discount_invalid", "no discount behind this code")
        refs = [ref for ref in refs if ref != behind.id]
        if inferred.discount_fits(behind, row.config):
            by_id[behind.id] = behind
            refs.append(behind.id)
    if any(ref not in by_id for ref in refs):
        return (), refused("discount_invalid", "a discount that is not open")
    return tuple(by_id[ref] for ref in dict.fromkeys(refs)), None


def _short(wish: Wish, row: Row, discounts: Sequence[TicketDiscount], taken: _Taken) -> Refused | None:
    """Every limit on quantity, over all wishes so far; uses up what fits."""
    config, quantity = row.config, wish.quantity
    if quantity < 1:
        return refused("quantity", "less than one ticket")
    per_user = taken.room(f"user {config.id}", config.tickets_per_user or None)
    if per_user is not None and quantity > per_user:
        return LimitExceeded(f"{config.name}: too many for one buyer", limit=config.tickets_per_user)
    limited: list[tuple[str, int | None]] = [(f"config {config.id}", config.available_tickets)]
    if row.sector:
        limited.append((f"sector {row.sector.id}", row.sector.available_tickets))
    if row.slot:
        limited.append((f"slot {row.slot.id}", row.slot.available_tickets))
    for name, available in limited:
        room = taken.room(name, available)
        if room is not None and quantity > room:
            return SoldOut(f"{config.name}: not so many left", refs=(row.key,))
    for discount in discounts:
        name = f"discount {discount.id}"
        limited.append((name, discount.available_tickets))
        room = taken.room(name, discount.available_tickets)
        if (room is not None and quantity > room) or quantity < (discount.min_quantity or 0):
            return refused("discount_invalid", f"{discount.name}: not for so many tickets")
        if discount.max_quantity and quantity > discount.max_quantity:
            return LimitExceeded(f"{discount.name}: too many tickets", limit=discount.max_quantity)
    names = [f"user {config.id}", *(name for name, _ in limited)]
    taken.count.update(dict.fromkeys(names, quantity))
    return None


# --- as the shop sees them ----------------------------------------------------------------------------------


def remembered(judged: Judged, priced: prices.Priced, event: EventRecord) -> Wish:
    """The wish with what was seen of it now."""
    row, dated = judged.row, judged.dated
    assert row is not None
    assert dated is not None
    return replace(
        judged.wish,
        event_name=event.name,
        ticket_type=row.config.name,
        area=wish_area(judged.wish, row),
        starts_at=dated.start_at.isoformat(),
        time_from=row.slot.start_at.isoformat() if row.slot and row.slot.start_at else "",
        time_to=row.slot.end_at.isoformat() if row.slot and row.slot.end_at else "",
        minor=priced.total.minor,
        fee_minor=priced.fee.minor,
        currency=priced.total.currency,
    )


def wish_area(wish: Wish, row: Row) -> str:
    """Where it is: a seat says so itself."""
    if wish.seats:
        return wish.area
    return row.sector.name if row.sector else ""


def priced(judged: Sequence[Judged], market: Market) -> dict[str, prices.Priced]:
    """What each wish that can be had will probably cost, by its ref."""
    good = [one for one in judged if one.problem is None and one.row is not None]
    lines = [prices.Line(one.row.config, one.wish.quantity, one.discounts) for one in good if one.row]
    found = prices.estimate(lines, market.organizer.fees, market.sold_in)
    return {one.wish.ref: price for one, price in zip(good, found, strict=True)}


def item(
    wish: Wish,
    *,
    state: str,
    currency: str,
    problem: str = "",
    note: str = "",
    deadline: datetime | None = None,
) -> HeldItem:
    """A wish as a held item, at the price it carries, spread over its tickets to the last cent."""
    total = money(wish, currency)
    even = [Decimal(1)] * wish.quantity
    each = prices.share(total, even)
    fees = prices.share(Money(wish.fee_minor, total.currency), even)
    return HeldItem(
        ref=wish.ref,
        instance_ref=wish.instance,
        event_ref=wish.event,
        event_name=wish.event_name,
        starts_at=when(wish.starts_at),
        tickets=tuple(
            HeldTicket(
                ref=ref,
                price=price,
                row=place.row if place else "",
                number=place.number if place else "",
                fee=fee if fee else None,
                face_value=price - fee if fee else None,
                restricted=bool(place and place.restricted),
                ticket_type=wish.ticket_type,
                note=note,
            )
            for (ref, place), price, fee in zip(tickets_of(wish), each, fees, strict=True)
        ),
        total=total,
        area=wish.area,
        expires_at=deadline,
        state=state,
        selection=wish.selection(),
        time_from=when(wish.time_from),
        time_to=when(wish.time_to),
        problem=problem,
        price_estimated=bool(wish.seats and total),
    )


def tickets_of(wish: Wish) -> list[tuple[str, Place | None]]:
    """Each ticket's ref, and its seat where it has one."""
    if wish.seats:
        return list(zip(wish.seat_refs, wish.seats, strict=True))
    return [(f"{wish.ref}-{number}", None) for number in range(1, wish.quantity + 1)]


def items(
    judged: Sequence[Judged], market: Market, deadline: datetime | None = None
) -> tuple[tuple[Wish, ...], tuple[HeldItem, ...]]:
    """All wishes, remembered and as items: "wish" with its estimate ("held" until `deadline` where it is about seats), or
    "gone" with the reason.

    What is gone stays gone until it is asked for again: nothing comes back into a total by itself.
    """
    known = priced(judged, market)
    kept: list[Wish] = []
    shown: list[HeldItem] = []
    for one in judged:
        price = known.get(one.wish.ref)
        if price is not None and market.event:
            wish = remembered(one, price, market.event)
        else:
            wish = replace(one.wish, gone=one.code)
        kept.append(wish)
        note = ", ".join(discount.name for discount in one.discounts)
        there = "held" if wish.seats else "wish"
        shown.append(
            item(
                wish, state=there if price is not None else "gone", currency=market.currency, problem=one.code,
                note=note, deadline=deadline if price is not None and wish.seats else None,
            )
        )  # fmt: skip
    return tuple(kept), tuple(shown)


def order_body(judged: Sequence[Judged], format_word: str, hold_token: str = "") -> dict[str, object]:
    """The body of `POST event/v1/order`. Raises the problem of the first wish that cannot be had.

    `selected_seats` has as many labels as `quantity` says; `hold_token` is what they are held with.
    """
    rows: list[dict[str, object]] = []
    for one in judged:
        if one.problem is not None:
            raise one.problem
        assert one.row is not None
        row: dict[str, object] = {
            "quantity": one.wish.quantity,
            "ticket_config_id": _number(one.row.config.id),
        }
        if one.wish.seats:
            row["selected_seats"] = list(one.wish.labels)
        if one.row.sector:
            row["sector_id"] = _number(one.row.sector.id)
        if one.row.slot:
            row["timeslot_id"] = _number(one.row.slot.id)
        if one.discounts:
            row["ticket_discount"] = [_number(discount.id) for discount in one.discounts]
        rows.append(row)
    body: dict[str, object] = {"order_item": rows, "format": format_word}
    if hold_token and any(one.wish.seats for one in judged):
        body["hold_token"] = hold_token
    return body


def _number(ident: str) -> int | str:
    """Ids go back as the numbers they came as."""
    return int(ident) if ident.isascii() and ident.isdigit() else ident
