"""What must be remembered of one visitor's basket between two things its browser told: the opaque handle.

In web mode our server cannot read the basket, so what was told last is in here: of the customer nothing (in agent mode
the id), and of the buyer's own words the answers that were noted on tickets and order. What the browser was asked to
do is in here too, before it does it. Whoever keeps a handle keeps it sealed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from shop.providers.errors import HoldGone
from shop.providers.spektrix import told

Json = dict[str, Any]


@dataclass
class Handle:
    """`step`: of the last request. `basket`: as last told, cut by `told.basket`. `names`: "e"vents, "i"nstances,
    ticket "t"ypes, "b"ands by id (`names`). `pending`: what the browser is to do. `gone`: wishes that were refused.
    `queue`: the line to stand in. `sent`: when and under which reference the visitor went to pay.
    `own`: the id of the basket, where our server made it (agent mode).
    """

    step: int = 0
    basket: Json = field(default_factory=told.empty)
    names: Json = field(default_factory=dict)
    pending: Json | None = None
    gone: list[Json] = field(default_factory=list)
    queue: Json | None = None
    sent: Json | None = None
    own: str = ""

    def text(self) -> str:
        return json.dumps({"v": 1, **asdict(self)}, separators=(",", ":"), default=_plain)

    @classmethod
    def read(cls, text: str | None, *, account: str) -> Handle:
        """A new one for None. Raises HoldGone for a text that is no handle of ours."""
        if not text:
            return cls()
        try:
            found = json.loads(text)
            version = found.pop("v")
            handle = cls(**found)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise HoldGone("the handle cannot be read", account=account) from None
        if version != 1 or not isinstance(handle.basket, dict):
            raise HoldGone("the handle is of another kind", account=account)
        return handle

    def begin(self, what: str, **more: Any) -> str:
        """Note what the browser is asked to do now; the step it belongs to, to be sent back."""
        self.step += 1
        self.pending = {"do": what, **more}
        return str(self.step)

    @property
    def tickets(self) -> list[str]:
        return told.ids(self.basket)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
