"""Reservations: ten minutes for several tickets of several events, changed as a whole, judged by reading again.

A refusal is explained by what the reservation and the tickets say when they are read afterwards; its own words are a hint.
A lost answer: a new reservation is looked for by our own reference, a changed one is read.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    HoldExpired,
    HoldGone,
    Misconfigured,
    NotOnSale,
    OutcomeUnknown,
    PriceChanged,
    ProviderError,
    Refused,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.http import ApiError, LostAnswer
from shop.providers.types import Hold, Selection
from shop.providers.xs2event import handle as handles
from shop.providers.xs2event import inferred, mapping, reading, reserved
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.handle import Piece, State
from shop.providers.xs2event.mapping import Ticket
from shop.providers.xs2event.options import Options
from shop.providers.xs2event.reading import Json, Malformed
from shop.providers.xs2event.reserved import Reserved

UNKNOWN = frozenset({404, 410})
Target = Mapping[str, int]  # ticket id -> how many


def coded(code: str, detail: str, account: str) -> Refused:
    """A refusal whose code has no class of its own; the project has the sentence for the code."""
    error = Refused(detail, account=account)
    error.code = code
    return error


class Holds:
    """See `shop.providers.base.QuantityDesk`."""

    def __init__(self, client: Client, options: Options, config: AccountConfig) -> None:
        self._client = client
        self._options = options
        self._account = config.name
        self._currency = config.currency

    # --- the desk -------------------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        """Add to the reservation, or begin one; where its time is over, a fresh one takes its place."""
        wanted = self._wanted(selections)
        state, there = self.current(handles.load(handle, account=self._account))
        if there is not None and there.state == "booked":
            raise HoldGone("it is booked already", account=self._account)
        if there is None or there.state == "over":
            state, there = State(), None
        target = dict(there.quantities) if there else {}
        for (_event, ref), number in wanted.items():
            target[ref] = target.get(ref, 0) + number
        events = {ref: event for event, ref in wanted}
        return self._change(state, there, target, keep, wished=events)

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        state, there = self.current(handles.load(handle, account=self._account))
        if there is not None and there.state == "booked":
            raise HoldGone("it is booked already", account=self._account)
        if there is None or there.state == "over":
            return self._hold(replace(state, pieces=(), quantities={}), None, keep)
        going = set(there.quantities if item_refs is None else item_refs)
        rest = {ref: number for ref, number in there.quantities.items() if ref not in going}
        if rest == dict(there.quantities):
            return self._hold(state, there, keep)
        if rest:
            return self._change(state, there, rest, keep, wished={})
        self._delete(state, there)
        return self._hold(replace(state, pieces=(), quantities={}, given={}), None, keep)

    def read(self, handle: str) -> Hold:
        state, there = self.current(handles.load(handle, account=self._account))
        return reserved.hold(state, there, currency=self._currency)

    def quantities(self, handle: str, item_ref: str) -> tuple[int, ...]:
        _state, there = self.current(handles.load(handle, account=self._account))
        held = there.quantities.get(item_ref, 0) if there and there.state == "active" else 0
        if not held:
            return ()
        ticket = self._ticket(item_ref)
        return () if ticket is None else ticket.quantities(held)

    def set_quantity(self, handle: str, item_ref: str, quantity: int, keep: Keep) -> Hold:
        state, there = self.current(handles.load(handle, account=self._account))
        if there is None or there.state == "over" or item_ref not in there.quantities:
            raise HoldExpired("it is not reserved any more", account=self._account)
        if there.state == "booked":
            raise HoldGone("it is booked already", account=self._account)
        if quantity < 1:
            raise ValueError("none is to release the item")
        piece = state.piece(item_ref)
        target = {**there.quantities, item_ref: quantity}
        return self._change(state, there, target, keep, wished={item_ref: piece.event if piece else ""})

    # --- reading --------------------------------------------------------------------------------------------------------

    def current(self, state: State) -> tuple[State, Reserved | None]:
        """What is reserved by now, a reservation included whose answer was lost. None: there is none."""
        raw: Json | None = None
        if state.reservation:
            try:
                raw = self._client.reservation(state.reservation)
            except ApiError as error:
                if error.status in UNKNOWN:
                    return state, None
                raise self._told(error) from None
        elif state.asking:
            raw = self._found(state)
        if raw is None:
            return state, None
        there = self._read(raw, state)
        return reserved.adopt(state, there), there

    def _read(self, raw: Json, state: State) -> Reserved:
        try:
            return reserved.read(raw, state, http.now())
        except Malformed as wrong:
            raise BadAnswer(f"reservation: {wrong}", account=self._account) from None

    def _found(self, state: State) -> Json | None:
        """The reservation with our reference; of several the newest counts, the others are given back."""
        try:
            rows = self._client.reservations(state.reference)
        except ApiError as error:
            raise self._told(error) from None
        mine = [
            one for one in reading.records(rows)
            if reading.text(one, "external_reference_id") == state.reference and reading.text(one, "reservation_id")
        ]  # fmt: skip
        live = [one for one in mine if reading.text(one, "status").lower() in inferred.USABLE]
        if not live:
            return mine[-1] if mine else None
        live.sort(key=lambda one: reading.text(one, "created"))
        for extra in live[:-1]:
            try:
                self._client.delete_reservation(reading.text(extra, "reservation_id"))
            except ProviderError:
                continue  # it lapses within minutes
        return live[-1]

    def _ticket(self, ref: str) -> Ticket | None:
        """A ticket as it is now; None where they do not tell of it (any more)."""
        try:
            return mapping.ticket(self._client.ticket(ref), rule=self._options.rule)
        except ApiError as error:
            if error.status in UNKNOWN:
                return None
            raise self._told(error) from None
        except Malformed:
            return None

    def _told(self, error: ApiError) -> ProviderError:
        """A refusal of a read: the key may not, or an answer that makes no sense."""
        if error.status in {401, 403}:
            return Misconfigured(error.detail, account=self._account)
        return BadAnswer(error.detail, account=self._account)

    def _hold(self, state: State, there: Reserved | None, keep: Keep) -> Hold:
        found = reserved.hold(state, there, currency=self._currency)
        keep(found.handle)
        return found

    # --- what is wished for -----------------------------------------------------------------------------------------------

    def _wanted(self, selections: Sequence[Selection]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for one in selections:
            if one.seat_refs or not one.offer_key or one.quantity < 1:
                raise Refused("nothing was chosen", account=self._account)
            key = one.instance_ref, one.offer_key
            found[key] = found.get(key, 0) + one.quantity
        if not found:
            raise Refused("nothing was chosen", account=self._account)
        return found

    def _tickets(
        self, target: Target, there: Reserved | None, wished: Mapping[str, str]
    ) -> dict[str, Ticket]:
        """All that is asked for, read right before it is. Raises where what is wished for cannot be had."""
        found = {ref: one for ref in target if (one := self._ticket(ref)) is not None}
        for ref, event in wished.items():
            held = there.quantities.get(ref, 0) if there else 0
            self._check(ref, found.get(ref), event, target[ref], held)
        # what is held and would not be sold any more stays as it was reserved
        found = {ref: one for ref, one in found.items() if one.price is not None}
        if len({one.net.currency for one in found.values()}) > 1:
            raise coded("one_currency_an_order", "two currencies in one reservation", self._account)
        return found

    def _check(self, ref: str, ticket: Ticket | None, event: str, number: int, held: int) -> None:
        if ticket is None or (event and ticket.event != event):
            raise SoldOut("they do not know this ticket", refs=(ref,), account=self._account)
        if number <= held:
            allowed = ticket.quantities(held)
            if number < held and allowed and number not in allowed:
                raise coded("quantity_rule", "this number is not sold", self._account)
            return
        if not ticket.sellable or inferred.free_for(ticket.stock, held) < number:
            raise SoldOut("not so many are left", refs=(ref,), account=self._account)
        if ticket.price is None:
            raise NotOnSale("its price is below what it costs", account=self._account)
        if number not in ticket.quantities(held):
            raise coded("quantity_rule", "this number is not sold", self._account)

    # --- writing ----------------------------------------------------------------------------------------------------------

    def _change(
        self, state: State, there: Reserved | None, target: Target, keep: Keep, *, wished: Mapping[str, str]
    ) -> Hold:
        """Have exactly `target` reserved. A price that moved between reading and asking is read and asked once more."""
        before = state
        for attempt in (1, 2):
            tickets = self._tickets(target, there, wished)
            state = self._asking(before, there, target, tickets)
            keep(state.dump())
            try:
                raw = self._write(state, there, target, tickets)
            except ApiError as error:
                refusal = self._refusal(state, there, target, tickets, wished, error)
                if isinstance(refusal, PriceChanged) and attempt == 1:
                    continue
                keep(before.dump() if there is not None else "")
                raise refusal from None
            found = self._read(raw, state)
            state = reserved.adopt(replace(state, given=reserved.cut(state.given, target)), found)
            keep(state.dump())
            if dict(found.quantities) != dict(target):
                if there is None:  # nobody has asked for half of it
                    self._undo(state, found, keep)
                raise SoldOut("not all of it was reserved", refs=tuple(wished), account=self._account)
            return reserved.hold(state, found, currency=self._currency)
        raise AssertionError("unreachable")

    def _asking(
        self, state: State, there: Reserved | None, target: Target, tickets: Mapping[str, Ticket]
    ) -> State:
        """The state before a write: prices that will be shown, and under which reference it is found again."""
        pieces: dict[str, Piece] = {}
        for ref in target:
            former, ticket = state.piece(ref), tickets.get(ref)
            if ticket is not None and ticket.price is not None:
                pieces[ref] = reserved.piece(ticket, former)
        state = state.with_pieces(pieces)
        if there is not None:
            return state
        return replace(
            state, reference=secrets.token_hex(12), asked_at=http.now().isoformat(), asking=True, reservation="",
            quantities=dict(target), given={}, booking="", code="",
        )  # fmt: skip

    def _write(
        self, state: State, there: Reserved | None, target: Target, tickets: Mapping[str, Ticket]
    ) -> Json:
        """The reservation after the write, read back where the answer was lost."""
        try:
            items = reserved.body(target, tickets.values(), there)
        except Malformed as wrong:
            raise BadAnswer(f"reservation: {wrong}", account=self._account) from None
        if there is None:
            said = {
                "items": items,
                "external_reference_id": state.reference,
                "notify_client": False,
                "notify_me": False,
            }
            return self._create(state, said)
        # a change replaces the whole: what was said at the beginning is said again
        said = {"items": items, "external_reference_id": state.reference, "notify_me": False}
        return self._replace(there, said, target)

    def _create(self, state: State, said: Json) -> Json:
        """Made once; where the answer was lost it is looked for, and made again only if it is not there."""
        for attempt in (1, 2):
            try:
                found = self._client.create_reservation(said)
                if reading.text(found, "reservation_id"):
                    return found
                detail = "create_reservation: no id"
            except LostAnswer as lost:
                detail = lost.detail
            try:
                listed = self._found(state)
            except (Unavailable, BadAnswer) as error:
                raise OutcomeUnknown(
                    f"{detail}, and not read back ({error.code})", account=self._account
                ) from None
            if listed is not None:
                return listed
            if attempt == 2:
                raise OutcomeUnknown(f"{detail}, twice", account=self._account)
        raise AssertionError("unreachable")

    def _replace(self, there: Reserved, said: Json, target: Target) -> Json:
        """Changed; where the answer was lost it is read, and asked for again only if nothing has changed."""
        for attempt in (1, 2):
            try:
                found = self._client.change_reservation(there.ref, said)
                if reading.text(found, "reservation_id") and isinstance(found.get("items"), list):
                    return found
                detail = "change_reservation: no reservation"
            except LostAnswer as lost:
                detail = lost.detail
            try:
                now = self._client.reservation(there.ref)
                same = dict(self._read(now, State()).quantities) == dict(target)
            except ApiError:
                raise HoldGone("they do not know the reservation", account=self._account) from None
            except (Unavailable, BadAnswer) as error:
                raise OutcomeUnknown(
                    f"{detail}, and not read back ({error.code})", account=self._account
                ) from None
            if same:
                return now
            if attempt == 2:
                raise OutcomeUnknown(f"{detail}, twice", account=self._account)
        raise AssertionError("unreachable")

    def _delete(self, state: State, there: Reserved) -> None:
        """Given back; what is gone already was given back."""
        for attempt in (1, 2):
            refused: ProviderError
            try:
                self._client.delete_reservation(there.ref)
                return
            except LostAnswer as lost:
                refused = lost
            except ApiError as error:
                if error.status in UNKNOWN:
                    return
                refused = self._told(error)
            now = self.current(state)[1]
            if now is None or now.state == "over":
                return
            if now.state == "booked":
                raise HoldGone("it is booked already", account=self._account)
            if attempt == 2 or not isinstance(refused, LostAnswer):
                raise refused
        raise AssertionError("unreachable")

    def _undo(self, state: State, there: Reserved, keep: Keep) -> None:
        """Give back what was just made; where that cannot be told it stays in the handle, and lapses within minutes."""
        try:
            self._delete(state, there)
        except ProviderError:
            return
        keep("")

    # --- refusals ---------------------------------------------------------------------------------------------------------

    def _refusal(
        self,
        state: State,
        there: Reserved | None,
        target: Target,
        tickets: Mapping[str, Ticket],
        wished: Mapping[str, str],
        error: ApiError,
    ) -> ProviderError:
        """Why a write was refused, as reservation and tickets tell now; the words of the refusal only where they do not."""
        if there is not None:
            now = self.current(state)[1]
            if now is None:
                return HoldGone("they do not know the reservation", account=self._account)
            if now.state == "over":
                return HoldExpired("its time is over", account=self._account)
            if now.state == "booked":
                return HoldGone("it is booked already", account=self._account)
        for ref, number in target.items():
            fresh, before = self._ticket(ref), tickets.get(ref)
            held = there.quantities.get(ref, 0) if there else 0
            try:
                self._check(ref, fresh, wished.get(ref, ""), number, held)
            except Refused as found:
                if ref in wished:
                    return found
            if fresh is not None and before is not None and fresh.net != before.net:
                return PriceChanged("the net rate has changed", account=self._account)
        if error.status in {401, 403}:
            return Misconfigured(error.detail, account=self._account)
        meant = inferred.hint(error)
        if meant == "stock":
            return SoldOut("they have none left", refs=tuple(wished or target), account=self._account)
        if meant == "quantity":
            return coded("quantity_rule", "this number is not sold", self._account)
        if meant == "price":
            return PriceChanged("they name another price", account=self._account)
        if meant == "expired":
            return HoldExpired("its time is over", account=self._account)
        return Refused(error.detail, account=self._account)
