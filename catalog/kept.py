"""Answers about dates that are kept for seconds: shared by those who wait for the same one, droppable at any time.

The cache has, of each date, the name of its last answer, the answer by that name, and a mark that is exchanged when
somebody has held or given back something there. A process remembers the answers it has read: an unchanged one costs
it the two short words only, and whoever draws a page from it knows that it is the very same answer (`is`).

A crowd is told by how often a date was asked about here just now. In one, an answer may be shared that is two seconds
old although something has been held since: what is free the box office decides all the same when it is asked to hold.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

from shop.providers.types import Availability

KEPT_SECONDS = 10  # how old an answer may be when shown
CROWD_ASKS, CROWD_SECONDS = 4, 2.0  # so many questions about one date within so long are a crowd
SHARED_SECONDS = 2.0  # in a crowd, however much was held meanwhile
RECENT_SECONDS = 1.0  # in a crowd, where an answer of this moment was asked for
MARK_SECONDS = 3600
REMEMBERED = 60  # dates

# How long others wait for another process that is asking, and how often they look; longer than most answers take.
ASKING_SECONDS, LOOK_EVERY = 3.0, 0.05
monotonic: Callable[[], float] = time.monotonic
sleep: Callable[[float], None] = time.sleep  # tests replace it


@dataclass(frozen=True)
class Kept:
    """`begun`: when this process began to ask for it (monotonic); None where another one did. `seen`: when this one first
    had it. `mark`: that of the date when it was asked for."""

    name: str
    mark: str
    found: Availability
    seen: float
    begun: float | None = None


_guard = threading.Lock()
_remembered: OrderedDict[int, Kept] = OrderedDict()
_asked: OrderedDict[int, deque[float]] = OrderedDict()


def _name_key(pk: int) -> str:
    return f"availability:{pk}"


def _mark_key(pk: int) -> str:
    return f"availability-mark:{pk}"


def _remember(pk: int, kept: Kept) -> None:
    with _guard:
        _remembered[pk] = kept
        _remembered.move_to_end(pk)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)


def forget() -> None:
    """This process begins anew: it remembers no answer and no crowd."""
    with _guard:
        _remembered.clear()
        _asked.clear()


def mine(pk: int) -> Kept | None:
    """What this process had last, however old."""
    return _remembered.get(pk)


def mark_of(pk: int) -> str:
    return str(cache.get(_mark_key(pk)) or "")


def last(pk: int, *, strict: bool = True) -> Availability | None:
    """The kept answer; None where there is none, or where something was held or given back there since.

    Not `strict`: in a crowd the latter does not count for `SHARED_SECONDS`.
    """
    said = cache.get_many([_name_key(pk), _mark_key(pk)])
    name, mark = str(said.get(_name_key(pk)) or ""), str(said.get(_mark_key(pk)) or "")
    if not name:
        return None
    known = _remembered.get(pk)
    if known is None or known.name != name:
        answer = cache.get(f"{_name_key(pk)}:{name}")
        if answer is None:
            return None
        known = Kept(name, name.partition("/")[2], answer, monotonic())
        _remember(pk, known)
    if known.mark == mark:
        return known.found
    if not strict and crowded(pk) and monotonic() - known.seen <= SHARED_SECONDS:
        return known.found
    return None


def crowded(pk: int) -> bool:
    """Whether many ask about this date at once."""
    times = _asked.get(pk)
    return times is not None and len(times) == CROWD_ASKS and monotonic() - times[0] <= CROWD_SECONDS


def asking(pk: int) -> float:
    """A question begins: when that is."""
    now = monotonic()
    with _guard:
        _asked.setdefault(pk, deque(maxlen=CROWD_ASKS)).append(now)
        _asked.move_to_end(pk)
        while len(_asked) > REMEMBERED:
            _asked.popitem(last=False)
    return now


def keep(pk: int, found: Availability, *, mark: str, begun: float) -> None:
    """`mark`: as `mark_of` said when it was asked; what was held meanwhile makes it old."""
    name = f"{secrets.token_hex(8)}/{mark}"
    cache.set(f"{_name_key(pk)}:{name}", found, KEPT_SECONDS)
    cache.set(_name_key(pk), name, KEPT_SECONDS)
    _remember(pk, Kept(name, mark, found, monotonic(), begun))


def drop(pk: int) -> None:
    """Something was held or given back there just now: what is kept is not so any more."""
    cache.set(_mark_key(pk), secrets.token_hex(6), MARK_SECONDS)


class Turn:
    """Of all processes one asks about a date, the others wait a little for its answer. Nothing rests on it but work."""

    def __init__(self, pk: int) -> None:
        self._key = f"availability-asking:{pk}"
        self._pk = pk

    def taken(self) -> bool:
        return bool(cache.add(self._key, 1, ASKING_SECONDS))

    def over(self) -> None:
        cache.delete(self._key)

    def others(self, *, strict: bool) -> Availability | None:
        """What another process has found meanwhile; None where it takes too long, or found nothing."""
        until = monotonic() + ASKING_SECONDS
        while monotonic() < until:
            sleep(LOOK_EVERY)
            if (known := last(self._pk, strict=strict)) is not None:
                return known
            if cache.get(self._key) is None:
                return None
        return None
