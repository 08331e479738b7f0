"""The choice page of a date is the same for everybody who has nothing of it yet: drawn once for an answer, given to all.

It is shared for as long as the very same answer of the box office is (`catalog.kept`) and nothing of the catalogue has
changed (`catalog.versions`). What is somebody's own is filled in each time: the form's token against forgery, the token
that makes two presses one, and the basket in the header.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from baskets import current, snapshot, totals
from catalog import versions
from catalog.models import Instance
from shop import clock
from shop.providers.types import Availability

MOST = 24  # pages that a process keeps
# Where somebody's own parts go. Nobody knows these words: they are drawn when the process begins.
FORGERY, PRESS, BADGE = (f"own-{secrets.token_hex(12)}-{part}" for part in ("forgery", "press", "badge"))


@dataclass(frozen=True)
class Page:
    """`pieces` around the places that are somebody's own, `places` between them."""

    free: Availability
    version: int
    pieces: tuple[str, ...]
    places: tuple[str, ...]
    no_badge: str  # of somebody without a basket


T = TypeVar("T")
_guard = threading.Lock()
_pages: OrderedDict[tuple[Any, ...], Page] = OrderedDict()
_of_answers: OrderedDict[tuple[int, Any], tuple[Availability, Any]] = OrderedDict()


def forget() -> None:
    with _guard:
        _pages.clear()
        _of_answers.clear()


def of_answer(free: Availability, name: Any, make: Callable[[], T]) -> T:
    """What is the same for everybody of one answer: made once. Nobody may change it."""
    known = _of_answers.get((id(free), name))
    if known is not None and known[0] is free:  # while it is kept here, nothing else has its place in memory
        return known[1]  # type: ignore[no-any-return]
    made = make()
    with _guard:
        _of_answers[id(free), name] = free, made
        while len(_of_answers) > MOST:
            _of_answers.popitem(last=False)
    return made


def answer(
    request: HttpRequest,
    instance: Instance,
    free: Availability,
    said: tuple[Any, ...],
    context: Callable[[], Mapping[str, Any]],
) -> HttpResponse | None:
    """The page of a date, drawn with `context` where nobody has drawn it yet; None where something is to be told to
    this visitor alone. `said`: what was asked for, on which the page depends beside the answer and the catalogue."""
    if len(get_messages(request)):
        return None
    name = (instance.pk, *said, settings.MAX_TICKETS, get_language(), clock.offset())
    version = versions.current()
    page = _pages.get(name)
    if page is None or page.free is not free or page.version != version:
        page = _drawn(request, free, version, context())
        with _guard:
            _pages[name] = page
            _pages.move_to_end(name)
            while len(_pages) > MOST:
                _pages.popitem(last=False)
    badge = _badge(request) if current.visitor(request) and current.baskets(request) else page.no_badge
    own = {FORGERY: get_token(request), PRESS: snapshot.new_press(), BADGE: badge}
    body = [page.pieces[0]]
    for place, piece in zip(page.places, page.pieces[1:], strict=True):
        body += [own[place], piece]
    return HttpResponse("".join(body))


def _badge(request: Any) -> str:
    return render_to_string("baskets/_badge.html", {"request": request})


def _drawn(request: HttpRequest, free: Availability, version: int, context: Mapping[str, Any]) -> Page:
    mine = {"csrf_token": FORGERY, "own_press": PRESS, "own_badge": BADGE}
    text = render_to_string("baskets/pick.html", {**context, **mine}, request)
    pieces, places = [], []
    while True:
        found = [(text.index(one), one) for one in (FORGERY, PRESS, BADGE) if one in text]
        if not found:
            no_badge = _badge(SimpleNamespace(badge=totals.Badge()))
            return Page(free, version, (*pieces, text), tuple(places), no_badge)
        at, place = min(found)
        pieces.append(text[:at])
        places.append(place)
        text = text[at + len(place) :]
