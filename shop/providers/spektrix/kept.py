"""Answers that change seldom (plans, price lists, venues), kept by a process for a while: the documents ask for it.

Only public answers are kept here; a signed call may tell more and never comes near.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from shop.providers import http

T = TypeVar("T")
PLAN_SECONDS = 900.0
PRICE_SECONDS = 60.0
REFRESH_SECONDS = 900.0  # of prices in a refresh, which is guidance and takes minutes
LIST_SECONDS = 300.0
MOST = 1500  # answers of all accounts; then the oldest half is forgotten
_kept: dict[tuple[str, ...], tuple[float, Any]] = {}


def forget() -> None:
    """Ask anew next time."""
    _kept.clear()


def kept(key: tuple[str, ...], seconds: float, ask: Callable[[], T]) -> T:
    """The answer under a key that begins with the account's address; asked where it is missing or too old.

    An empty plan or list is kept like any other; what raises is not.
    """
    now = http.monotonic()
    known = _kept.get(key)
    if known is not None and now - known[0] < seconds:
        found: T = known[1]
        return found
    found = ask()
    if len(_kept) >= MOST:
        for old in sorted(_kept, key=lambda one: _kept[one][0])[: MOST // 2]:
            _kept.pop(old, None)
    _kept[key] = (now, found)
    return found
