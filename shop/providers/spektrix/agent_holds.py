"""The hold desk in agent mode: our server asks what a visitor's browser would, with signed calls, in a basket of its own.

What is asked and how it is judged is that of web mode (`holds`, `agent_hearing`); the basket is read back after every
change, so a hold is verified. Nothing tells when it times out: there is no clock, and it is read again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shop.money import Money
from shop.providers.base import Keep
from shop.providers.errors import BadAnswer, Misconfigured, OutcomeUnknown, ProviderError, Unavailable
from shop.providers.extras import Charge, Extra
from shop.providers.spektrix import deliveries, held, names, reading
from shop.providers.spektrix.agent_client import AgentClient
from shop.providers.spektrix.agent_hearing import AgentHearing
from shop.providers.spektrix.asking import Asking
from shop.providers.spektrix.extras import Extras
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.holds import Holds
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.told import Reply
from shop.providers.types import AskBrowser, Hold, Selection

MOST_ROUNDS = 6  # of asking on: a change of ticket types, a choice that is given back


def verified(state: Handle, options: Options) -> Hold:
    """A kept basket as it was read by us. Its total is what is charged: what of it belongs to nothing that is listed
    is a charge without a name; what the chosen deliveries cost is told by their own question."""
    found = held.hold(state, options)
    fees = Money(deliveries.fees(state.basket), options.currency)
    if state.basket.get("total") is None:  # it was summed up from what is listed
        found = replace(found, total=found.total + fees)
    listed = [one.total for one in found.items if one.state != held.GONE]
    listed += [one.total for one in found.extras] + [one.amount for one in found.charges]
    rest = found.total.minor - sum(one.minor for one in listed) - fees.minor
    charges = found.charges
    if rest > 0:
        charges = (*charges, Charge("", Money(rest, options.currency)))
    return replace(found, verified=True, firm=True, charges=charges)


class AgentHolds:
    """See `shop.providers.base.HoldDesk` and `ServerExtrasDesk`."""

    def __init__(self, reader: Reader, extras: Extras, client: AgentClient) -> None:
        self._reader = reader
        self._options = reader.options
        self._account = reader.account
        self._client = client
        asking = Asking(reader.options, basket="")
        self._hearing = AgentHearing(reader, asking)
        self._desk = Holds(reader, extras, asking=asking, hearing=self._hearing)

    def _state(self, handle: str | None) -> Handle:
        return Handle.read(handle, account=self._account)

    # --- tickets ------------------------------------------------------------------------------------------------

    def hold(self, handle: str | None, selections: Sequence[Selection], keep: Keep) -> Hold:
        """Tickets of several dates are one array; best available is a call of its own for each choice."""
        return self._run(self._desk.hold(handle, selections, keep), keep)

    def release(self, handle: str, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        """What is gone already is forgotten; a basket that is gone has nothing any more."""
        state = self._state(handle)
        if not state.own:
            return verified(state, self._options)
        return self._run(self._desk.release(handle, item_refs, keep), keep)

    def read(self, handle: str) -> Hold:
        """Raises HoldGone where the basket timed out."""
        state = self._state(handle)
        if not state.own:
            return verified(state, self._options)  # nothing was begun there
        return verified(self._read(state), self._options)

    def _read(self, state: Handle) -> Handle:
        self._take_in(state, self._client.basket(state.own))
        return state

    def _take_in(self, state: Handle, body: Json) -> None:
        before, removing = state.basket, (state.pending or {}).get("do") == "remove"
        state.basket = deliveries.kept(body, self._options.currency)
        state.pending = None  # what came of it is known now
        if not removing:
            self._hearing.check_run_out(state, before)
        self._learn(state)

    def _learn(self, state: Handle) -> None:
        dates = [reading.linked(one, "instance") for one in reading.records(state.basket.get("tickets"))]
        names.learn(state.names, self._reader, dates)

    # --- beside tickets -------------------------------------------------------------------------------------------

    def take(self, handle: str | None, extras: Sequence[Extra], keep: Keep) -> Hold:
        return self._run(self._desk.take(handle, extras, keep), keep)

    def note(
        self,
        handle: str,
        notes: Mapping[str, str | bool],
        keep: Keep,
        *,
        tickets: Sequence[str] | None = None,
    ) -> Hold:
        return self._run(self._desk.note(handle, notes, keep, tickets=tickets), keep)

    def note_key(self, label: str) -> str:
        return self._desk.note_key(label)

    def use_code(self, handle: str, code: str, keep: Keep) -> Hold:
        return self._run(self._desk.use_code(handle, code, keep), keep)

    # --- for the booking desk ---------------------------------------------------------------------------------------

    def body(self, state: Handle) -> Json:
        """The basket as it is now, options and all; `state` has what a handle keeps of it. Raises HoldGone."""
        found = self._client.basket(state.own) if state.own else {}
        self._take_in(state, found)
        return found

    def change(self, state: Handle, change: Json) -> tuple[Reply, Json]:
        """PATCH the basket and read it again: what was answered, and the basket as it is then."""
        call = {"method": "PATCH", "url": "", "body": change}
        answer = self._ask(state, {"step": "", "calls": [call]})
        found: Json = answer["read"]["body"]
        state.basket = deliveries.kept(found, self._options.currency)
        reply = answer["calls"][0]
        return Reply(reply["status"], reply["body"]), found

    # --- asking -----------------------------------------------------------------------------------------------------

    def _run(self, asked: AskBrowser | Hold, keep: Keep) -> Hold:
        """Do what is asked until there is a hold. The handle was handed over before each round."""
        for _round in range(MOST_ROUNDS):
            if isinstance(asked, Hold):
                found = verified(self._state(asked.handle), self._options)
                return replace(found, refused=asked.refused)
            state = self._state(asked.handle)
            if not state.own:
                state.own = self._client.make_basket()
                keep(state.text())
            answer = self._ask(state, asked.request)
            try:
                asked = self._hearing.heard(state, answer, keep)
            except ProviderError as error:
                error.account = error.account or self._account
                raise
        raise OutcomeUnknown("it asks for ever", account=self._account)

    def _ask(self, state: Handle, request: Mapping[str, Any]) -> Json:
        """The calls, one after the other, and the basket as it is then; in the shape of what a browser heard.

        Raises OutcomeUnknown where something may have changed and the basket cannot be read, HoldGone where it timed
        out, Unavailable and Misconfigured where nothing was asked.
        """
        replies: list[Json] = []
        for call in request["calls"]:
            try:
                reply = self._client.change_basket(state.own, call["method"], call["url"], call["body"])
            except (Unavailable, Misconfigured):
                if not replies:
                    raise
                replies.append({"status": 0, "body": None})  # what came before it may count: reading tells
                break
            replies.append({"status": reply.status, "body": reply.body})
            if not reply.status:
                break
        try:
            body = self._client.basket(state.own)
        except (Unavailable, BadAnswer, Misconfigured) as error:
            if not replies:
                raise
            detail = f"a change, and the basket could not be read: {error.detail}"
            raise OutcomeUnknown(detail, account=self._account) from None
        return {"step": request["step"], "host": "", "calls": replies, "read": {"status": 200, "body": body}}
