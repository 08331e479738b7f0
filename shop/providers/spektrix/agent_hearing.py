"""What came of what our server asked with signed calls (agent mode): judged as what a visitor's browser heard.

Beside that it is read by ourselves, nothing of it is a stranger's word: no cookie can be missing and no queue stands in the
way ("Web mode only"). A choice of tickets is had whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shop.providers.base import Keep
from shop.providers.errors import HoldGone, OutcomeUnknown, ProviderError, SoldOut, Unavailable
from shop.providers.spektrix import deliveries, inferred, reading, told, wishes
from shop.providers.spektrix import inferred_agent as guesses
from shop.providers.spektrix.asking import Asking
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.hearing import Hearing
from shop.providers.spektrix.judging import refused
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.told import Told
from shop.providers.types import AskBrowser, Hold

GIVE_BACK = "give_back"


class AgentHearing(Hearing):
    """Judges answers; `heard` is the way in."""

    def __init__(self, reader: Reader, asking: Asking) -> None:
        super().__init__(reader, asking)
        self._currency = reader.options.currency

    def heard(self, state: Handle, answer: Mapping[str, Any], keep: Keep) -> Hold | AskBrowser:
        pending = state.pending or {}
        if pending.get("do") == GIVE_BACK:
            return self._given_back(state, pending, answer, keep)
        return super().heard(state, answer, keep)

    def _look(self, state: Handle, told_: Told) -> None:
        """It was read by ourselves, or nothing is heard at all."""
        state.basket = deliveries.kept(reading.record(told_.read.body), self._currency)

    def _missing(self, state: Handle, before: Json | None, keep: Keep) -> None:
        state.pending = None
        try:
            self.check_run_out(state, before)
        except HoldGone as gone:
            self._fail(state, keep, gone)

    def check_run_out(self, state: Handle, before: Json | None) -> None:
        """Raises HoldGone for a basket that has nothing any more, and had something before."""
        if guesses.ran_out(before is not None and not told.is_empty(before), not told.is_empty(state.basket)):
            raise HoldGone("their basket is empty, and nobody has emptied it", account=self._reader.account)

    def _queued(self, state: Handle, told_: Told, keep: Keep) -> None:
        """A queue is documented for web mode only: one that is in the way all the same is waited for."""
        self._fail(state, keep, Unavailable("their queue is on", retry_after=60))

    def _gateway(self, state: Handle, told_: Told, keep: Keep) -> None:
        """What comes from before the API has been told apart by the client already."""

    def _blocked(self, state: Handle, told_: Told, keep: Keep, before: set[str]) -> None:
        """They said yes, and a moment later nothing of it is there: it is read again soon."""
        promised = [
            ref for reply in told_.calls if reply.ok for ref in wishes.ids_in(reply.body) if ref not in before
        ]
        if promised:
            self._fail(state, keep, OutcomeUnknown("added, and not in the basket a moment later"))

    # --- tickets: all of them or none -----------------------------------------------------------------------------

    def _added(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold | AskBrowser:
        wanted: list[Json] = pending["wishes"]
        before = set(pending["before"])
        fresh = [
            one
            for one in reading.records(state.basket.get("tickets"))
            if reading.optional_ref(one, "id") not in before
        ]
        if not fresh:
            self._blocked(state, told_, keep, before)
        replies = wishes.reply_of_each(wanted, told_.calls, alone=False)
        taken = [reply is None or reply.ok or not reply.status for reply in replies]
        got = wishes.share(wanted, fresh, taken)
        unmet = [index for index, one in enumerate(wanted) if len(got[index]) < one["count"]]
        if not unmet:
            return super()._added(state, pending, told_, keep)
        if self._lost(told_):
            self._fail(state, keep, OutcomeUnknown("an add without an answer; it is not all in the basket"))
        index = next((one for one in unmet if not taken[one]), unmet[0])
        reply, wish = replies[index], wanted[index]
        code = self._reason(wish["wish"]["i"], reply, wish, wish["count"] - len(got[index]))
        refs = self._not_free(wish) if code in {"refused", "sold_out"} else ()
        code = "sold_out" if refs else code
        if fresh:
            going = [reading.ref(one, "id") for one in fresh]
            return self._ask(
                state, keep, [self._asking.remove_tickets(going)], GIVE_BACK, refs=going, code=code, gone=list(refs)
            )  # fmt: skip
        self._fail(state, keep, _refusal(code, refs))
        raise AssertionError("unreachable")

    def _not_free(self, wish: Json) -> Sequence[str]:
        """Which of the seats are gone, as the public list of them says now."""
        seats = [one["seat"] for one in wish.get("tickets", ()) if "seat" in one]
        if not seats:
            return ()
        try:
            states = self._reader.seat_states(wish["wish"]["i"])
        except ProviderError:
            return ()
        return [one for one in seats if one in states and not inferred.seat_sells(states[one])]

    def _given_back(
        self, state: Handle, pending: Json, answer: Mapping[str, Any], keep: Keep
    ) -> Hold | AskBrowser:
        """Half of a choice was given back: now it is refused as a whole. What could not be given back is read soon."""
        state.basket = deliveries.kept(reading.record(answer["read"]["body"]), self._currency)
        state.pending = None
        keep(state.text())
        if set(pending["refs"]) & set(state.tickets):
            raise OutcomeUnknown("half of a choice could not be given back")
        raise _refusal(pending["code"], pending["gone"])


def _refusal(code: str, refs: Sequence[str]) -> ProviderError:
    error = refused(code)
    if isinstance(error, SoldOut):
        error.refs = tuple(refs)
    return error
