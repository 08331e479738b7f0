"""What came of what the browser asked. The basket that was read decides; what a change answered only explains.

Each thing asked has its own way to be judged: `add`, `type`, `remove`, `take`, `note`, `code`, `queue`, `read`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    CookiesBlocked,
    HoldGone,
    LimitExceeded,
    NotOnSale,
    OneOfAKind,
    OutcomeUnknown,
    ProviderError,
    Queued,
    Refused,
    RenewalTooEarly,
    SoldOut,
    Unavailable,
    Unreached,
    WrongHost,
)  # fmt: skip
from shop.providers.extras import Refusal
from shop.providers.spektrix import held, mapping, names, reading, told, wishes
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.asking import Asking, Call
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.spektrix.told import Reply, Told
from shop.providers.types import AskBrowser, Hold

CLASSES: dict[str, type[Refused]] = {
    "sold_out": SoldOut, "not_on_sale": NotOnSale, "limit_exceeded": LimitExceeded, "one_of_a_kind": OneOfAKind,
    "renewal_too_early": RenewalTooEarly,
}  # fmt: skip


def refused(code: str, detail: str = "") -> Refused:
    """The error for a code; one without a class of its own is a refusal that carries the code."""
    if code in CLASSES:
        return CLASSES[code](detail)
    error = Refused(detail or code)
    error.code = code
    return error


class Hearing:
    """Judges answers; `heard` is the way in."""

    def __init__(self, reader: Reader, asking: Asking) -> None:
        self._reader = reader
        self._options = reader.options
        self._asking = asking

    # --- the way in -------------------------------------------------------------------------------------------

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
        before = [*state.tickets, *self._extra_refs(state)]
        self._look(state, told_)
        judge = {
            "add": self._added, "type": self._typed, "remove": self._removed, "take": self._taken,
            "note": self._noted, "code": self._coded, "queue": self._in_queue,
        }.get(str(pending.get("do")))  # fmt: skip
        if judge is None:
            self._missing(state, before, keep)
            return self._kept(state, keep)
        return judge(state, pending, told_, keep)

    def _kept(self, state: Handle, keep: Keep, *refusals: Refusal) -> Hold:
        names.learn(
            state.names,
            self._reader,
            [reading.linked(one, "instance") for one in reading.records(state.basket.get("tickets"))],
        )
        found = held.hold(state, self._options, refused=refusals)
        keep(found.handle)
        return found

    def _ask(
        self, state: Handle, keep: Keep, calls: Sequence[Call], what: str, *, wait: float = 0, **more: Any
    ) -> AskBrowser:
        step = state.begin(what, **more)
        text = state.text()
        keep(text)
        return self._asking.request(text, step, calls, wait=wait)

    def _fail(self, state: Handle, keep: Keep, error: ProviderError) -> None:
        """Nothing came of it: what was under way is over."""
        state.pending = None
        keep(state.text())
        raise error

    def _extra_refs(self, state: Handle) -> list[str]:
        return [
            ref
            for _path, _ids, field, _what in inferred.KINDS.values()
            for ref in told.ids(state.basket, field)
        ]

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

    def _missing(self, state: Handle, before: Sequence[str], keep: Keep) -> None:
        """A basket that is empty all at once though nobody here has emptied it. Raises HoldGone, once.

        Not after a hand-over: an order that was paid leaves an empty basket behind. What is missing beside other
        things was taken out on the provider's own pages.
        """
        state.pending = None
        if state.sent is not None or not before:
            return
        now = {*state.tickets, *self._extra_refs(state)}
        if not now and any(ref not in now for ref in before):
            # an empty basket shown as such would be the wrong word: it ran out, or the cookie is another one
            self._fail(state, keep, HoldGone("the basket is empty, and nobody here has emptied it"))

    # --- tickets ------------------------------------------------------------------------------------------------

    def calls_for(self, wanted: Sequence[Json], *, alone: bool = False) -> list[Call]:
        """One array for all tickets, or one for each wish; best available is a call of its own in any case."""
        plain = [one for one in wanted if "tickets" in one]
        calls = []
        if alone:
            calls = [self._asking.add_tickets(one["tickets"]) for one in plain]
        elif plain:
            calls = [self._asking.add_tickets([ticket for one in plain for ticket in one["tickets"]])]
        for one in wanted:
            if best := one.get("best"):
                calls.append(
                    self._asking.add_best(
                        best["instance"],
                        one["count"],
                        area=best["area"],
                        band=best["band"],
                        kind=best["type"],
                    )
                )
        return calls

    def _added(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold | AskBrowser:
        """Compare what is new in the basket with what was asked for."""
        wanted: list[Json] = pending["wishes"]
        before = set(pending["before"])
        fresh = [
            one
            for one in reading.records(state.basket.get("tickets"))
            if reading.optional_ref(one, "id") not in before
        ]
        if not fresh:
            self._gateway(state, told_, keep)
            self._blocked(state, told_, keep, before)
        got = wishes.share(wanted, fresh)
        unmet = [index for index, one in enumerate(wanted) if len(got[index]) < one["count"]]
        arrays = [index for index in unmet if "tickets" in wanted[index] and not got[index]]
        in_array = [one for one in wanted if "tickets" in one]
        if arrays and len(in_array) > 1 and not pending["alone"] and not self._lost(told_):
            # the array was refused whole: ask for each by itself, so that the others are had and the culprit is known
            rest = [wanted[index] for index in arrays]
            over = [*pending.get("over", []), *self._over(unmet, arrays, wanted, got, told_)]
            return self._ask(
                state, keep, self.calls_for(rest, alone=True), "add", wishes=rest, alone=True, over=over,
                before=list(before | {reading.optional_ref(one, "id") for one in fresh}), had=bool(fresh),
            )  # fmt: skip
        over = [*pending.get("over", []), *self._over(unmet, (), wanted, got, told_, alone=pending["alone"])]
        wrong = wishes.wrong_types(wanted, got)
        if wrong:
            calls = [self._asking.change_type(refs, kind) for kind, refs in wrong.items()]
            return self._ask(state, keep, calls, "type", over=over)
        return self._over_and_done(state, over, keep, had_any=bool(fresh) or pending.get("had", False))

    def _lost(self, told_: Told) -> bool:
        """Whether a call got no answer: then the basket alone says what came of it, and nothing is repeated."""
        return any(not reply.status for reply in told_.calls)

    def _over(
        self,
        unmet: Sequence[int],
        later: Sequence[int],
        wanted: Sequence[Json],
        got: Sequence[Sequence[Json]],
        told_: Told,
        *,
        alone: bool = False,
    ) -> list[Json]:
        """Wishes that were refused for good, with the reason."""
        replies = wishes.reply_of_each(wanted, told_.calls, alone=alone)
        found = []
        for index in unmet:
            if index in later:
                continue
            one = wanted[index]
            lacking = one["count"] - len(got[index])
            again = dict(one["wish"])
            if again["s"]:
                had = {reading.linked(ticket, "seat") for ticket in got[index]}
                again["s"] = [seat for seat in again["s"] if seat not in had]
            else:
                again["q"] = lacking
            problem = self._reason(again["i"], replies[index], one, lacking)
            found.append({"wish": again, "minor": one["minor"], "problem": problem})
        return found

    def _reason(self, instance_ref: str, reply: Reply | None, wish: Json, count: int) -> str:
        """Why a wish was refused: by the refusal's own words, else by how the date is now."""
        if reply is None or not reply.status:
            return "outcome_unknown"
        code = inferred.refusal(reply.status, reply.body) if not reply.ok else "sold_out"
        if code not in {"refused", "sold_out"}:
            return code
        try:
            raw = self._reader.instance(instance_ref)
            if mapping.closed(raw, self._options, self._reader.now()):
                return "not_on_sale"
            if code == "sold_out":
                return code
            leaves = self._reader.leaves(raw)
            left = self._reader.left(instance_ref, leaves, self._reader.status(instance_ref))
        except (ProviderError, Malformed):
            return code
        places = {ticket.get("seatingPlan", "") for ticket in wish.get("tickets", ())} - {""}
        here = [left[place].general for place in places if place in left]
        return "sold_out" if any(general is not None and general < count for general in here) else code

    def _gateway(self, state: Handle, told_: Told, keep: Keep) -> None:
        """A page of something in front of the API (HTML with 403 or 5xx), or too many calls: nothing was refused."""
        statuses = {reply.status for reply in told_.calls}
        if not statuses or any(isinstance(reply.body, dict | list) for reply in told_.calls):
            return
        if statuses <= {401, 403}:
            self._fail(state, keep, Unreached("a gateway refused the browser"))
        if all(status == 429 or status >= 500 for status in statuses):
            self._fail(state, keep, Unavailable(f"HTTP {min(statuses)}"))

    def _blocked(self, state: Handle, told_: Told, keep: Keep, before: set[str]) -> None:
        """They said yes, and a moment later nothing of it is there: the cookie was not kept. Raises CookiesBlocked."""
        if not any(reply.ok for reply in told_.calls):
            return
        promised = [
            ref for reply in told_.calls if reply.ok for ref in wishes.ids_in(reply.body) if ref not in before
        ]
        if promised or told.is_empty(state.basket):
            if before:
                # what was there before is at the other end of a cookie that may come back
                state.basket = told.empty()
            self._fail(state, keep, CookiesBlocked("added, and not in the basket a moment later"))

    def _over_and_done(self, state: Handle, over: Sequence[Json], keep: Keep, *, had_any: bool) -> Hold:
        """The end of an add: what was refused stays to be seen, unless it was all there was."""
        state.pending, state.queue = None, None
        if over and not had_any:
            keep(state.text())
            problems = [one["problem"] for one in over]
            if "outcome_unknown" in problems:
                raise OutcomeUnknown("an add without an answer; it is not in the basket")
            error = refused(problems[0], f"{len(over)} wishes refused")
            if isinstance(error, SoldOut):
                error.refs = tuple(one["wish"]["i"] for one in over)
            raise error
        for one in over:
            number = state.names["n"] = int(state.names.get("n", 0)) + 1
            state.gone.append({"ref": f"gone-{number}", **one})
        return self._kept(state, keep)

    def _typed(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """Ticket types were changed, or not: the basket says which they have and what they cost."""
        return self._over_and_done(state, pending.get("over", []), keep, had_any=True)

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

    # --- beside tickets -------------------------------------------------------------------------------------------

    def _taken(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """Each kind by itself: some may be there and some not."""
        before, refusals, came = set(pending["before"]), [], False
        for number, kind in enumerate(pending["kinds"]):
            reply = told_.calls[number] if number < len(told_.calls) else None
            field = inferred.KINDS[kind][2]
            fresh = [ref for ref in told.ids(state.basket, field) if ref not in before]
            if fresh:
                came = True
                continue
            if not came:
                self._gateway(state, told_, keep)
            if reply is not None and reply.ok:
                self._blocked(state, told_, keep, before)
            problem = "outcome_unknown"
            if reply is not None and reply.status:
                problem = inferred.refusal(reply.status, reply.body)
            refusals += [
                Refusal(kind, one["ref"], problem) for one in pending["asked"] if one["kind"] == kind
            ]
        if refusals and not came:
            if refusals[0].problem == "outcome_unknown":
                self._fail(state, keep, OutcomeUnknown("an add without an answer; it is not in the basket"))
            self._fail(state, keep, refused(refusals[0].problem))
        state.pending = None
        return self._kept(state, keep, *refusals)

    # --- attributes, codes, queue -----------------------------------------------------------------------------------

    def _noted(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """A label that is missing after reading back goes to staff: the venue renamed it, or does not show it."""
        state.pending = None
        on = pending["tickets"]
        missing = [
            label
            for label, value in pending["notes"].items()
            for ticket in (on if on is not None else [""])
            if value and held.said(state, label, ticket) != value.strip()
        ]
        return self._kept(
            state,
            keep,
            *(Refusal("attribute", label, "attribute_missing") for label in dict.fromkeys(missing)),
        )

    def _coded(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """The basket names the code that counts."""
        now = reading.text(state.basket, "promoCode", 60)
        if now.casefold() != pending["code"].casefold():
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
