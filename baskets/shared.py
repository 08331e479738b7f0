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
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from baskets import snapshot
from baskets.forms import PickForm
from catalog import versions
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


_guard = threading.Lock()
_pages: OrderedDict[tuple[Any, ...], Page] = OrderedDict()


def forget() -> None:
    with _guard:
        _pages.clear()


def key(request: HttpRequest, form: PickForm, area: str) -> tuple[Any, ...] | None:
    """What the page depends on beside the answer and the catalogue; None where it is nobody else's."""
    if form.is_bound or form.have or len(get_messages(request)):
        return None
    said = (form.initial["party"], form.initial["area"], area, form.slot)
    dates = tuple(one.pk for one in form.dates)
    # a day and hour that has come closes what was open: asked about by the second it would be nobody's page
    return (form.instance.pk, *said, dates, form.limit, get_language(), clock.offset(), settings.SHOP_NAME)


def answer(
    request: HttpRequest, form: PickForm, area: str, context: Callable[[], Mapping[str, Any]]
) -> HttpResponse | None:
    """The page, drawn with `context` where nobody has drawn it yet; None where it cannot be shared."""
    name = key(request, form, area)
    if name is None:
        return None
    version = versions.current()
    page = _pages.get(name)
    if page is None or page.free is not form.free or page.version != version:
        page = _drawn(request, form.free, version, context())
        with _guard:
            _pages[name] = page
            _pages.move_to_end(name)
            while len(_pages) > MOST:
                _pages.popitem(last=False)
    own = {FORGERY: get_token(request), PRESS: snapshot.new_press(), BADGE: _badge(request)}
    body = [page.pieces[0]]
    for place, piece in zip(page.places, page.pieces[1:], strict=True):
        body += [own[place], piece]
    return HttpResponse("".join(body))


def _badge(request: HttpRequest) -> str:
    return render_to_string("baskets/_badge.html", {"request": request})


def _drawn(request: HttpRequest, free: Availability, version: int, context: Mapping[str, Any]) -> Page:
    mine = {"csrf_token": FORGERY, "own_press": PRESS, "own_badge": BADGE}
    text = render_to_string("baskets/pick.html", {**context, **mine}, request)
    pieces, places = [], []
    while True:
        found = [(text.index(one), one) for one in (FORGERY, PRESS, BADGE) if one in text]
        if not found:
            return Page(free, version, (*pieces, text), tuple(places))
        at, place = min(found)
        pieces.append(text[:at])
        places.append(place)
        text = text[at + len(place) :]
