"""What all judging of answers shares: ending, asking on, and telling a refusal from a cookie that was not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shop.providers.base import Keep
from shop.providers.errors import (
    CookiesBlocked,
    LimitExceeded,
    NotOnSale,
    OneOfAKind,
    ProviderError,
    Refused,
    RenewalTooEarly,
    SoldOut,
    Unavailable,
    Unreached,
)  # fmt: skip
from shop.providers.extras import Refusal
from shop.providers.spektrix import held, names, reading, told, wishes
from shop.providers.spektrix import inferred_basket as inferred
from shop.providers.spektrix.asking import Asking, Call
from shop.providers.spektrix.handle import Handle
from shop.providers.spektrix.reader import Reader
from shop.providers.spektrix.told import Told
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


class Judge:
    """What each judgement needs of the account."""

    def __init__(self, reader: Reader, asking: Asking) -> None:
        self._reader = reader
        self._options = reader.options
        self._asking = asking

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

    def _lost(self, told_: Told) -> bool:
        """Whether a call got no answer: then the basket alone says what came of it, and nothing is repeated."""
        return any(not reply.status for reply in told_.calls)

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
