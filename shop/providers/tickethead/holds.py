"""Wishes: Tickethead takes nothing from sale before an order exists, so a hold is what a visitor wants. Seats that are
named are another matter (`seat_holds`).

Every look judges the wishes against the live event. Once an order was made of them, it is the order that is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop.money import Money
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.base import Keep
from shop.providers.errors import BadAnswer, HoldGone, Misconfigured, NotOnSale, Unavailable, Unsupported
from shop.providers.http import ApiError
from shop.providers.tickethead import handle as handles
from shop.providers.tickethead import inferred, orders, prices, wishes
from shop.providers.tickethead.handle import State, Wish
from shop.providers.tickethead.orders import OrderRecord
from shop.providers.tickethead.reader import Reader
from shop.providers.tickethead.seat_holds import SeatHolds
from shop.providers.tickethead.seatsio import Seatsio
from shop.providers.tickethead.wishes import Market
from shop.providers.types import Hold, Selection


class Holds:
    """See `shop.providers.base.HoldDesk`."""

    def __init__(self, reader: Reader, seatsio: Seatsio | None = None) -> None:
        self.reader = reader
        self.config: AccountConfig = reader.config
        self.seats = SeatHolds(self, seatsio)

    # --- what is on sale ------------------------------------------------------------------------------------

    def market(self, event_ref: str, wanted: Sequence[Wish]) -> Market:
        """The event as it is now, with the discounts behind the codes that the wishes name."""
        event = self.reader.event(event_ref)
        organizer = inferred.Organizer(id="", known=False)
        codes = {}
        if event is not None:
            organizer = self.reader.organizer(event.organizer_id)
            for code in {wish.code for wish in wanted if wish.code and not wish.gone}:
                codes[code] = self.reader.discount(event, code)
        return Market(event, organizer, http.now(), self.config.currency, codes, seats_sold=self.seats.sold)

    def open_market(self, state: State) -> Market:
        """The same, without an event where it is not public any more."""
        try:
            return self.market(state.event, state.wishes)
        except NotOnSale:
            return Market(None, inferred.Organizer(id="", known=False), http.now(), self.config.currency)

    def wished(self, state: State) -> Hold:
        """The wishes, judged afresh; the handle remembers what was seen."""
        if state.seated:
            return self.seats.read(state)
        if not state.wishes:
            return self.wished_hold(state, ())
        market = self.open_market(state)
        kept, items = wishes.items(wishes.judge(state.wishes, market), market)
        return self.wished_hold(replace(state, wishes=kept), items)

    def wished_hold(self, state: State, items: tuple) -> Hold:
        live = [item.total for item in items if item.state != "gone"]
        currency = live[0].currency if live else self.config.currency
        return Hold(handle=state.dump(), items=items, total=Money.total(live, currency), firm=False)

    def ordered(self, state: State, record: OrderRecord) -> Hold:
        """The wishes as their order has them: off sale until the payment window ends, at the order's prices."""
        live = state.live
        known = [handles.money(wish, self.config.currency) for wish in live]
        told = Money.total(known, known[0].currency if known else self.config.currency)
        total = told if record.total is None else record.total
        kept = dict(zip((wish.ref for wish in live), self._parts(state, record, known, total), strict=True))
        deadline = state.ends if inferred.is_payable(record.status) else None
        all_wishes = tuple(
            replace(
                wish, minor=kept[wish.ref].minor, currency=total.currency,
                fee_minor=wish.fee_minor if kept[wish.ref].minor == wish.minor else 0,
            )
            if wish.ref in kept
            else wish
            for wish in state.wishes
        )  # fmt: skip
        items = tuple(
            wishes.item(
                wish, state="gone" if wish.gone else "held", currency=total.currency, problem=wish.gone,
                deadline=None if wish.gone else deadline,
            )
            for wish in all_wishes
        )  # fmt: skip
        return Hold(
            handle=replace(state, wishes=all_wishes).dump(), items=items, total=total, expires_at=deadline
        )

    def _parts(self, state: State, record: OrderRecord, told: list[Money], total: Money) -> list[Money]:
        """What of an order's total falls on each wish: as told before where the total is what it was, else by the
        order's items, else in the old proportion."""
        if sum(part.minor for part in told) == total.minor and all(
            part.currency == total.currency for part in told
        ):
            return told
        parts, counts = record.parts(), [len(tickets) for _, tickets in record.items]
        quantities = [wish.quantity for wish in state.live]
        if parts is not None and len(parts) == len(told) and (counts == quantities or not any(counts)):
            return parts
        return prices.share(total, [part.as_decimal() for part in told])

    def order_of(self, state: State) -> OrderRecord | None:
        """The order in a handle, read afresh; None where its guest token opens it no more."""
        try:
            data = self.reader.client.order(state.order, state.token)
        except Misconfigured:
            return None
        except ApiError as error:
            if error.status in {401, 403, 404}:
                return None
            raise
        return self.record(state, data)

    def record(self, state: State, data: object) -> OrderRecord:
        """An order that does not say its currency has that of the wishes it was made of."""
        default = next((wish.currency for wish in state.live if wish.currency), self.config.currency)
        return orders.order(data, default_currency=default, account=self.config.name)

    # --- the desk -------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        """Add to the wishes, all or none. Makes no order and takes nothing from sale, but for seats that are named."""
        state = handles.load(handle, account=self.config.name)
        named = state.seated or any(one.seat_refs for one in selections)
        state = self.seats.editable(state) if named else self._editable(state)
        events = {one.instance_ref.split("/")[0] for one in selections} | {
            wish.event for wish in state.wishes
        }
        if len(events) > 1:
            raise Unsupported("an order holds one event", account=self.config.name)
        if named and selections:
            return self.seats.hold(state, selections, keep)
        touched: set[str] = set()
        for selection in selections:
            state, ref = _added(state, selection)
            touched.add(ref)
        if not state.wishes:
            return self.wished_hold(state, ())
        market = self.market(state.event, state.wishes)
        judged = wishes.judge(state.wishes, market)
        for one in judged:
            if one.problem is not None and one.wish.ref in touched:
                one.problem.account = self.config.name
                raise one.problem
        kept, items = wishes.items(judged, market)
        held = self.wished_hold(replace(state, wishes=kept), items)
        keep(held.handle)
        return held

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        """Forget wishes, give named seats back. An order that was already made lapses by itself: buyers cannot cancel
        one."""
        state = handles.load(handle, account=self.config.name)
        if state.seated:
            editable = state.without_order() if item_refs is None else self.seats.editable(state)
            return self.seats.release(editable, item_refs, keep)
        if item_refs is None:
            empty = self.wished_hold(replace(state.without_order(), wishes=()), ())
            keep(empty.handle)
            return empty
        gone = set(item_refs)
        if not any(wish.ref in gone for wish in state.wishes):
            return self.read(handle)
        state = self._editable(state)
        state = replace(state, wishes=tuple(wish for wish in state.wishes if wish.ref not in gone))
        keep(state.dump())
        try:
            return self.wished(state)
        except (Unavailable, BadAnswer):
            return self.remembered(state)

    def remembered(self, state: State) -> Hold:
        """The wishes as last seen: they are forgotten already, only the fresh look failed."""
        items = tuple(
            wishes.item(
                wish, state="gone" if wish.gone else "held" if wish.seats else "wish",
                currency=self.config.currency, problem=wish.gone,
                deadline=state.seats_end if wish.seats and not wish.gone else None,
            )
            for wish in state.wishes
        )  # fmt: skip
        return replace(self.wished_hold(state, items), verified=False, firm=state.seated)

    def read(self, handle: str) -> Hold:
        """The order if there is one, else the wishes against the live event."""
        state = handles.load(handle, account=self.config.name)
        if state.order:
            record = self.order_of(state)
            over = record is not None and record.status in {"payment_failed", "refunded"}
            if over and state.seated:
                return self.seats.read(state.without_order(), lapsed=True)
            if over:
                lapsed = tuple(
                    wish if wish.gone else replace(wish, gone="hold_expired") for wish in state.wishes
                )
                return self.wished(replace(state.without_order(), wishes=lapsed))
            if record is not None:
                return self.ordered(state, record)
        return self.wished(state)

    def _editable(self, state: State) -> State:
        """The wishes without the order that was made of them; raises HoldGone where that is paid."""
        if state.order:
            record = self.order_of(state)
            if record is not None and record.status in {"paid", "partially_refunded", "refunded"}:
                raise HoldGone("an order was made of this and paid", account=self.config.name)
        return state.without_order() if state.order or state.posting else state


def _added(state: State, selection: Selection) -> tuple[State, str]:
    """The selection as a new wish, in place of one for the same that was gone."""
    fresh = Wish(
        ref=f"w{state.counter + 1}", instance=selection.instance_ref, offer=selection.offer_key,
        quantity=selection.quantity, discounts=tuple(selection.discount_refs), code=selection.code.strip(),
    )  # fmt: skip
    kept = tuple(one for one in state.wishes if one.what != fresh.what or not one.gone)
    return replace(state, wishes=(*kept, fresh), counter=state.counter + 1), fresh.ref
