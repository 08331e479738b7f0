"""What came of tickets that the browser asked for: which are there, which are not, and what to ask next.

An array is taken whole or refused whole. Refused, each wish is asked for by itself: so the others are had, and it is
known which cannot be.
"""

from __future__ import annotations

from collections.abc import Sequence

from shop.providers.base import Keep
from shop.providers.errors import OutcomeUnknown, ProviderError, SoldOut
from shop.providers.extras import Refusal
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix import mapping, reading, wishes
from shop.providers.spektrix.asking import Call
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.judging import Judge, refused
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.spektrix.told import Reply, Told
from shop.providers.types import AskBrowser, Hold

EXPLAINED = (
    4  # wishes for whose refusal the date is looked at: a browser's word makes no more calls than that
)


class Adding(Judge):
    """Judges `add` and `type`."""

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
        replies = wishes.reply_of_each(wanted, told_.calls, alone=pending["alone"])
        # a call without an answer may have been taken
        taken = [reply is None or reply.ok or not reply.status for reply in replies]
        got = wishes.share(wanted, fresh, taken)
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
            return self._ask(state, keep, calls, "type", over=over, types=wrong)
        return self._over_and_done(state, over, keep, had_any=bool(fresh) or pending.get("had", False))

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
        found: list[Json] = []
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
            problem = self._reason(again["i"], replies[index], one, lacking, ask=len(found) < EXPLAINED)
            found.append({"wish": again, "minor": one["minor"], "problem": problem})
        return found

    def _reason(
        self, instance_ref: str, reply: Reply | None, wish: Json, count: int, *, ask: bool = True
    ) -> str:
        """Why a wish was refused: by the refusal's own words, else, where we may `ask`, by how the date is now."""
        if reply is None or not reply.status:
            return "outcome_unknown"
        code = inferred.refusal(reply.status, reply.body) if not reply.ok else "sold_out"
        if code not in {"refused", "sold_out"} or not ask:
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

    def _over_and_done(
        self, state: Handle, over: Sequence[Json], keep: Keep, *refusals: Refusal, had_any: bool
    ) -> Hold:
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
        return self._kept(state, keep, *refusals)

    def _typed(self, state: Handle, pending: Json, told_: Told, keep: Keep) -> Hold:
        """Ticket types were changed, or not: then the price is not the one that was chosen, and that is said."""
        kinds = {
            reading.optional_ref(one, "id"): inferred.type_of_ticket(one)
            for one in reading.records(state.basket.get("tickets"))
        }
        other = [
            Refusal("ticket", ref, "price_changed")
            for kind, refs in pending.get("types", {}).items()
            for ref in refs
            if kinds.get(ref, kind) != kind
        ]
        return self._over_and_done(state, pending.get("over", []), keep, *other, had_any=True)
