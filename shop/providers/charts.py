"""What a provider's own seating chart needs on a page of ours. Plain values, no calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from shop.money import Money
from shop.providers.types import Availability


@dataclass(frozen=True, slots=True)
class Chart:
    """A provider's own seating chart, to stand on a page of ours for one visitor. What they choose there is held at once,
    with `token`, until `expires_at`.

    `script` is loaded from one of `origins` (of a content policy), `workspace` and `event` say what it draws; `prices` are
    of its categories. `free` is what this visitor may have now: what the token holds is free for them, but for what is in
    their hold already (`held`, labels of the chart). `refs`: label -> ref of each free seat. `renewed`: an earlier token
    ran out, and what it held is gone.
    """

    script: str
    origins: tuple[str, ...]
    workspace: str
    event: str
    token: str = field(repr=False)
    expires_at: datetime
    free: Availability
    refs: MappingProxyType[str, str]
    prices: tuple[tuple[str, Money], ...] = ()
    held: tuple[str, ...] = ()
    renewed: bool = False
