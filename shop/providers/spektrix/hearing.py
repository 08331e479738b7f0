"""What came of what the browser asked. The basket that was read decides; what a change answered only explains.

Each thing asked has its own way to be judged: `add` and `type` (see `adding`), `remove`, `take`, `note`, `code`,
`queue`; after `read`, and after an answer to an older step, only the basket counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    HoldGone,
    OutcomeUnknown,
    Queued,
    Unavailable,
    Unreached,
    WrongHost,
)  # fmt: skip
from shop.providers.extras import Refusal
from shop.providers.spektrix import held, reading, told
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.adding import Adding
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.judging import refused
from shop.providers.spektrix.reading import Json
from shop.providers.spektrix.told import Reply, Told
from shop.providers.types import AskBrowser, Hold


class Hearing(Adding):
    """Judges answers; `heard` is the way in."""

    def heard(self, state: Handle, answer: Mapping[str, Any], keep: Keep) -> Hold | AskBrowser:
        told_ = told.told(answer)
        if told_.host and told_.host != self._options.host:
            raise WrongHost("the browser asked another host")
        pending = state.pending or {}
        if told_.step != str(state.step):
            # an answer to an older question: only how the basket is now counts; what is under way stays under way
            self._look(state, told_)
            return self._kept(state, keep)
        if any(inferred.is_queue(reply.body) for reply in told_.calls if not reply.ok):
            self._queued(state, told_, keep)
        before = state.basket if [*state.tickets, *self._extra_refs(state)] else None
        self._look(state, told_)
        what = str(pending.get("do"))
        judge = {
            "add": self._added, "type": self._typed, "remove": self._removed, "take": self._taken,
            "note": self._noted, "code": self._coded, "queue": self._in_queue,
        }.get(what)  # fmt: skip
        if judge is None or what in {"note", "code"}:
            self._missing(state, before, keep)
        if judge is None:
            return self._kept(state, keep)
        return judge(state, pending, told_, keep)

    def _look(self, state: Handle, told_: Told) -> None:
        """The basket as it was read now. Raises where it could not be read; what was asked may have happened."""
        found = told.basket(told_.read)
        if found is not None:
            state.basket = found
            return
        status = told_.read.status
        answered = [reply for reply in told_.calls if reply.status]
        if not status and not answered:
            raise Unreached("the browser got no answer at all")
        if any(reply.ok for reply in told_.calls) or len(answered) < len(told_.calls):
            raise OutcomeUnknown("the basket could not be read after a change")
        if status == 429 or status >= 500 or not status:
            raise Unavailable(f"the basket could not be read (HTTP {status})")
        raise BadAnswer(f"the basket could not be read (HTTP {status})")

    def _missing(self, state: Handle, before: Json | None, keep: Keep) -> None:
        """A basket that is empty all at once though nobody has emptied it. Raises HoldGone, once.

        Not after a hand-over: an order that was paid leaves an empty basket behind. What is missing beside other
        things, or from the very same basket, was taken out on the provider's own pages.
        """
        state.pending = None
        if state.sent is not None or before is None or not told.is_empty(state.basket):
            return
        if inferred.is_another_basket(before, state.basket):
            # shown as empty it would be the wrong word: it ran out, or the cookie is another one
            self._fail(state, keep, HoldGone("the basket is empty, and nobody has emptied it"))

    def _removed(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """What is not there is removed, whoever did it. Raises Refused where something stayed, after keeping it."""
        refs = pending["refs"]
        now = {*state.tickets, *self._extra_refs(state)}
        stayed = now if refs is None else now & set(refs)
        state.pending = None
        found = self._kept(state, keep)
        if stayed:
            if self._lost(told_):
                raise OutcomeUnknown("a removal without an answer; it is still there")
            raise refused("refused", "it is still in the basket")
        return found

    def _taken(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold | AskBrowser:
        """Each thing by itself: some may be there and some not. An array that was refused whole is asked for again,
        one thing after the other, so that the others are had and it is known which cannot be."""
        asked, before = pending["asked"], set(pending["before"])
        over, came, again = list(pending["over"]), pending["came"], []
        for number, group in enumerate(pending["groups"]):
            reply = told_.calls[number] if number < len(told_.calls) else None
            missing = [index for index in group if not self._there(state, asked[index], before)]
            came = came or len(missing) < len(group)
            if not missing:
                continue
            if not came:
                self._gateway(state, told_, keep)
            if reply is not None and reply.ok and len(missing) == len(group):
                self._blocked(state, told_, keep, before)
            if reply is not None and 400 <= reply.status < 500 and len(missing) == len(group) > 1:
                again += missing
                continue
            problem = "outcome_unknown"
            if reply is not None and reply.status:
                problem = inferred.refusal(reply.status, reply.body)
            over += [[index, problem] for index in missing]
        if again:
            calls = [
                self._asking.take(asked[index]["kind"], [held.chosen(asked[index], self._options.currency)])
                for index in again
            ]
            return self._ask(
                state, keep, calls, "take", asked=asked, groups=[[index] for index in again],
                before=sorted(self._extra_refs(state)), over=over, came=came,
            )  # fmt: skip
        refusals = [Refusal(asked[index]["kind"], asked[index]["ref"], problem) for index, problem in over]
        if refusals and not came:
            if refusals[0].problem == "outcome_unknown":
                self._fail(state, keep, OutcomeUnknown("an add without an answer; it is not in the basket"))
            error = refused(refusals[0].problem)
            error.refusals = tuple(refusals)
            self._fail(state, keep, error)
        state.pending = None
        return self._kept(state, keep, *refusals)

    def _there(self, state: Handle, asked: Json, before: set[str]) -> bool:
        """Whether something new of the kind is in the basket; where they say what it is, this very thing."""
        _path, _ids, field, what = inferred.KINDS[asked["kind"]]
        fresh = [
            one
            for one in reading.records(state.basket.get(field))
            if reading.optional_ref(one, "id") not in before
        ]
        return any(
            (reading.linked(one, what) or reading.linked(one, f"{what}Id") or asked["ref"]) == asked["ref"]
            for one in fresh
        )

    def _noted(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """A label that is missing after reading back goes to staff: the venue renamed it, does not show it, or the
        box office said no to it. What was not answered, or not by the box office, says nothing of the label."""
        on = pending["tickets"]
        there = [ticket for ticket in on if ticket in state.tickets] if on is not None else [""]
        missing = [
            label
            for label, value in pending["notes"].items()
            for ticket in there
            if value and not inferred.is_read_back(value, held.said(state, label, ticket))
        ]
        problem = "attribute_missing"
        if missing:
            self._gateway(state, told_, keep)
            if self._lost(told_):
                self._fail(state, keep, OutcomeUnknown("answers without an answer; they are not noted"))
            odd = [reply.status for reply in told_.calls if not reply.ok]
            if any(status == 429 or status >= 500 for status in odd):
                self._fail(state, keep, Unavailable(f"HTTP {max(odd)}"))
            problem = "refused" if odd else problem
        state.pending = None
        return self._kept(
            state, keep, *(Refusal("attribute", label, problem) for label in dict.fromkeys(missing))
        )

    def _coded(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """The basket names the code that counts."""
        now = reading.text(state.basket, "promoCode", 60)
        if now.casefold() != pending["code"].casefold():
            self._gateway(state, told_, keep)
            if self._lost(told_):
                self._fail(state, keep, OutcomeUnknown("a code without an answer; it does not count"))
            self._fail(state, keep, refused("discount_invalid", "the code is not in the basket"))
        state.pending = None
        return self._kept(state, keep)

    def may_join(self, state: Handle) -> bool:
        """Nobody with something in the basket is let into a queue."""
        return told.is_empty(state.basket)

    def _queued(self, state: Handle, told_: Told, keep: Keep) -> None:
        """Raises Queued; the wish is kept, and asked for again when the queue is through."""
        reply = next(one for one in told_.calls if not one.ok and inferred.is_queue(one.body))
        pending = state.pending or {}
        joined = pending.get("do") == "queue"
        instance = inferred.queue_instance(reply.body) or str((state.queue or {}).get("instance", ""))
        state.queue = {"instance": instance, "joined": joined}
        found = told.basket(told_.read)
        state.basket = found if found is not None else state.basket
        keep(state.text())
        raise Queued(
            "their queue is on", position=inferred.queue_answer(reply.status, reply.body)[1],
            needs_empty=not self.may_join(state), joined=joined, retry_after=inferred.QUEUE_SECONDS,
        )  # fmt: skip

    def _in_queue(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> AskBrowser:
        """Through the queue: the wish is asked for again. Else raises Queued with the position."""
        reply = told_.calls[0] if told_.calls else Reply(0, None)
        through, position = inferred.queue_answer(reply.status, reply.body)
        then = pending.get("then") or {}
        if through and then.get("do") == "add":
            return self._ask(
                state, keep, self.calls_for(then["wishes"], alone=then["alone"]), "add",
                wishes=then["wishes"], alone=then["alone"], over=then.get("over", []), before=state.tickets,
            )  # fmt: skip
        state.queue = {**(state.queue or {}), "joined": True}
        keep(state.text())
        raise Queued("in their queue", position=position, joined=True, retry_after=inferred.QUEUE_SECONDS)
