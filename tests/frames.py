"""Room for the frames of functions.

Python 3.11 and 3.12 keep them in pieces of 16 KB. A call that no longer fits into one asks the system for another, and
its return gives that back; a loop which sits at the end of a piece does so at every turn (python/cpython#142183; later
versions keep one). Below pytest and a client, an ORM goes up and down through several such ends: a sixth to a quarter of
the tests' computing went there. A frame that is large is given a large piece, and whatever it calls finds its room in
it. Processes of the shop are less deep: measured, they ask for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
# of eight bytes: half of a piece of a megabyte is left for others, and only what is used takes memory
PLACES = 1 << 16


def roomy(do: Callable[P, T]) -> Callable[P, T]:
    """The same, with room for all that it calls."""

    @wraps(do)
    def with_room(*args: P.args, **kwargs: P.kwargs) -> T:
        return do(*args, **kwargs)

    with_room.__code__ = with_room.__code__.replace(co_stacksize=PLACES)  # type: ignore[attr-defined]
    return with_room
