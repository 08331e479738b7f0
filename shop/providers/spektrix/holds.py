"""The hold desk in web mode: our server says what the visitor's browser asks, and reads what it heard.

Nothing here changes a basket, and nothing here has seen one: what the browser told last is in the handle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shop.providers.base import Keep
from shop.providers.errors import (
    HoldGone,
    LimitExceeded,
    NotOnSale,
    ProviderError,
    Queued,
    Refused,
    Unsupported,
)  # fmt: skip
from shop.providers.extras import Extra
from shop.providers.spektrix import held, names, offers, reading, seats
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.asking import Asking, Call
from shop.providers.spektrix.extras import Extras
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.hearing import Hearing
from shop.providers.spektrix.offers import BEST, SEAT, UNRESERVED
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.types import AskBrowser, Hold, Selection

MOST_AT_ONCE = 60  # tickets with one click


class Holds:
    """See `shop.providers.base.BrowserDesk`."""

    def __init__(
        self, reader: Reader, extras: Extras, *, asking: Asking | None = None, hearing: Hearing | None = None
    ) -> None:
        """`asking` and `hearing` are others where our server asks itself (agent mode)."""
        self._reader = reader
        self._options = reader.options
        self._account = reader.account
        self._extras = extras
        self._asking = asking or Asking(reader.options)
        self._hearing = hearing or Hearing(reader, self._asking)

    def _state(self, handle: str | None) -> Handle:
        return Handle.read(handle, account=self._account)

    def _ask(self, state: Handle, keep: Keep, calls: Sequence[Call], what: str, **more: Any) -> AskBrowser:
        """Remember what the browser is about to do, then have it done."""
        step = state.begin(what, **more)
        text = state.text()
        keep(text)
        return self._asking.request(text, step, calls)

    # --- tickets ------------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> AskBrowser:
        """One array for all tickets of all dates, one call for each wish for best available."""
        state = self._state(handle)
        wishes = [self._wish(state, one) for one in selections]
        if not wishes:
            raise Unsupported("nothing was chosen", account=self._account)
        if sum(one["count"] for one in wishes) > MOST_AT_ONCE:
            raise LimitExceeded("too much with one click", limit=MOST_AT_ONCE, account=self._account)
        asked_again = [one["wish"] for one in wishes]
        state.gone = [one for one in state.gone if one["wish"] not in asked_again]
        calls = self._hearing.calls_for(wishes)
        return self._ask(state, keep, calls, "add", wishes=wishes, before=state.tickets, alone=False)

    def _wish(self, state: Handle, selection: Selection) -> Json:
        """What was chosen as the browser will ask for it. Raises NotOnSale, Unsupported, or as the reads do."""
        instance = self._reader.instance(selection.instance_ref)
        try:
            names.note(state.names, self._reader, instance)
        except Malformed:
            raise NotOnSale("the date cannot be read", account=self._account) from None
        key = offers.key(selection.offer_key)
        if selection.seat_refs:
            tickets = self._seats(instance, selection, key)
        elif key is None or selection.quantity < 1:
            raise Unsupported("an offer and a quantity are needed", account=self._account)
        else:
            tickets = []
        ref = reading.ref(instance, "id")
        wish: Json = {
            "wish": held.selection_data(selection), "count": len(tickets) or selection.quantity,
            "minor": self._minor(instance, key),
        }  # fmt: skip
        if tickets:
            return {**wish, "tickets": tickets}
        assert key is not None
        if key.kind == UNRESERVED:
            one = {"instance": ref, "seatingPlan": key.place, "type": key.type}
            return {**wish, "tickets": [one] * selection.quantity}
        if key.kind == BEST and offers.has_best_available(instance, self._options):
            return {**wish, "best": {"instance": ref, "area": key.place, "band": key.band, "type": key.type}}
        raise Unsupported("this offer cannot be taken like that", account=self._account)

    def _minor(self, instance: Json, key: offers.Key | None) -> int:
        """What one was told to cost, for a line that says that it cannot be had."""
        found = [
            one.total.minor
            for one in self._reader.prices(instance)
            if key and one.type == key.type and one.band == (key.band or one.band)
        ]
        if key and not found:
            raise NotOnSale("no such ticket type", account=self._account)
        return max(found, default=0)

    def _seats(self, instance: Json, selection: Selection, key: offers.Key | None) -> list[Json]:
        """A ticket for each seat: of the type that was chosen with it, else of its band's standard type."""
        if not self._options.own_seats:
            raise Unsupported("seats are chosen on the venue's own page", account=self._account)
        ref = reading.ref(instance, "id")
        if key is not None and key.kind == SEAT:
            return [{"instance": ref, "seat": seat, "type": key.type} for seat in selection.seat_refs]
        states = self._reader.seat_states(ref)
        standard = seats.standard_prices(self._reader.prices(instance))
        found = []
        for seat in selection.seat_refs:
            price = standard.get(states.get(seat, seats.UNKNOWN).band)
            if price is None:
                raise NotOnSale("a seat without a price", account=self._account)
            found.append({"instance": ref, "seat": seat, "type": price.type})
        return found

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold | AskBrowser:
        state = self._state(handle)
        if item_refs is None:
            state.gone = []
            return self._ask(state, keep, [self._asking.clear()], "remove", refs=None)
        wanted = set(item_refs)
        state.gone = [one for one in state.gone if one["ref"] not in wanted]
        calls: list[Call] = []
        refs = [ref for ref in state.tickets if ref in wanted]
        if refs:
            calls.append(self._asking.remove_tickets(refs))
        for kind, (_path, _ids, field, _what) in inferred.KINDS.items():
            mine = [
                ref
                for one in reading.records(state.basket.get(field))
                if (ref := reading.optional_ref(one, "id")) in wanted
            ]
            if mine:
                calls.append(self._asking.remove_extras(kind, mine))
                refs += mine
        if calls:
            return self._ask(state, keep, calls, "remove", refs=refs)
        found = held.hold(state, self._options)
        keep(found.handle)
        return found

    def read(self, handle: str) -> Hold:
        return held.hold(self._state(handle), self._options)

    def ask(self, handle: str | None, keep: Keep) -> AskBrowser:
        return self._ask(self._state(handle), keep, [], "read")

    # --- beside tickets -----------------------------------------------------------------------------------------

    def take(self, handle: str | None, extras: Sequence[Extra], keep: Keep) -> AskBrowser:
        """One call for each kind of thing."""
        state = self._state(handle)
        there = held.hold(state, self._options).extras
        infos = self._extras.check(extras, [(one.kind, one.what_ref) for one in there])
        known = state.names.setdefault("x", {})
        for info in infos:
            known[f"{info.kind}:{info.ref}"] = ", ".join(dict.fromkeys(filter(None, (info.group, info.name))))
        kinds = list(dict.fromkeys(one.kind for one in extras))
        groups = [[index for index, one in enumerate(extras) if one.kind == kind] for kind in kinds]
        calls = [self._asking.take(kind, [one for one in extras if one.kind == kind]) for kind in kinds]
        return self._ask(
            state, keep, calls, "take", asked=[held.extra_data(one) for one in extras], groups=groups,
            before=[one.ref for one in there], over=[], came=False,
        )  # fmt: skip

    # --- attributes, codes, queue ---------------------------------------------------------------------------------

    def note(
        self,
        handle: str,
        notes: Mapping[str, str | bool],
        keep: Keep,
        *,
        tickets: Sequence[str] | None = None,
    ) -> AskBrowser:
        state = self._state(handle)
        if not notes:
            return self.ask(handle, keep)
        if tickets is None:
            if not self._options.order_attributes and set(notes) != {self._options.reference_label}:
                raise Unsupported("the hosted checkout asks for these", account=self._account)
            if not state.tickets and not held.hold(state, self._options).extras:
                raise HoldGone("an empty basket takes no attributes", account=self._account)
            calls = [self._asking.note_on_order(notes)]
        else:
            known = [ref for ref in tickets if ref in state.tickets]
            if len(known) < len(tickets) or not state.tickets:
                raise HoldGone("no such ticket is in the basket", account=self._account)
            calls = self._asking.note_on_tickets(known, notes)
        on = None if tickets is None else list(tickets) or state.tickets
        return self._ask(state, keep, calls, "note", notes=dict(notes), tickets=on)

    def note_key(self, label: str) -> str:
        return inferred.read_key(label)

    def use_code(self, handle: str, code: str, keep: Keep) -> AskBrowser:
        if not self._options.promo_codes:
            raise Unsupported("this account takes no codes", account=self._account)
        typed = code.strip()[:60]
        return self._ask(self._state(handle), keep, [self._asking.use_code(typed)], "code", code=typed)

    def join_queue(self, handle: str, keep: Keep) -> AskBrowser:
        state = self._state(handle)
        instance = (state.queue or {}).get("instance", "")
        if not instance:
            raise Refused("there is no queue to join", account=self._account)
        if not self._hearing.may_join(state):
            raise Queued("the basket must be empty", needs_empty=True, account=self._account)
        again = (state.queue or {}).get("joined", False)
        pending = (state.pending or {}).get("then") or state.pending
        step = state.begin("queue", then=pending)
        text = state.text()
        keep(text)
        return self._asking.request(
            text, step, [self._asking.join_queue(instance)], wait=inferred.QUEUE_SECONDS if again else 0
        )

    # --- what the browser heard -------------------------------------------------------------------------------------

    def heard(self, handle: str, answer: Mapping[str, Any], keep: Keep) -> Hold | AskBrowser:
        state = self._state(handle)
        try:
            return self._hearing.heard(state, answer, keep)
        except ProviderError as error:
            error.account = error.account or self._account
            raise
