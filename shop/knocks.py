"""Limits on what strangers may ask for, counted for all processes together, and whose address a request comes from.

Each try is a row (`shop.models.Knock`): it counts whichever process answers, and a flushed cache forgets nothing.
Its key is a keyed hash, so no address, name or token is kept. Nobody is counted who is refused: waiting is always
enough, and whoever knocks on gets no further away. Requests at the very same moment may pass a limit together, as
many as there are threads.

Who is counted:

- a visitor, by their basket's cookie. Somebody who throws it away is left to the next line;
- an address: of IPv6 the network of a household (/64). Behind one there may be a school or a telephone company, so its
  limits are wide, and `CROWD_NETWORKS` have none;
- the link that is opened or written to.

Where no address is known (a proxy that does not pass it on) none is counted: all of these people would share one count,
and any one of them could use it up for the others. What is counted by visitor, link, name or e-mail still is, and the
log says so once: mend it with `TRUSTED_PROXIES`, or limit at the proxy, which does know who calls.

An own table and a page of code rather than a package: one that counts in the cache counts each process for itself
where there is no Redis, and one for sign-ins locks out the owner together with the thief (see `shop.signin`).
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop import clock
from shop.models import Knock
from shop.pages import error_page

View = Callable[..., HttpResponse]
TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
KEPT = timedelta(days=2)  # longer than any span
NOT_CARRIED = frozenset({"csrfmiddlewaretoken", "password"})

log = logging.getLogger(__name__)
_told = False


# --- whose address --------------------------------------------------------------------------------------------


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks, "" where it is not known (a socket file without a proxy that was told of).

    `X-Forwarded-For` is believed as far as `TRUSTED_PROXIES` says: each of that many proxies in front appends what
    it saw, so with one it is the last entry, with two the last but one. What stands before was sent by the client.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES > 0:
        told = [part for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if told:
            seen = told[-min(settings.TRUSTED_PROXIES, len(told))]
            return _plain(seen) or _plain(str(request.META.get("REMOTE_ADDR", "")))
    return _plain(seen)


def _plain(text: str) -> str:
    """The address alone, without port, brackets or zone; IPv4 as such; "" for what is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def household(address: str) -> str:
    """What is counted as one address: of IPv6 the /64, of which everybody has as many addresses as they like."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def known_address(request: HttpRequest) -> str:
    """What is counted as the address of whoever asks; "" where it is not known, which is no address to count by."""
    global _told
    found = household(client_address(request))
    if not found and not _told:
        _told = True
        log.warning("addresses of visitors are not known, so none is counted: look at TRUSTED_PROXIES")
    return found


def is_a_crowd(address: str) -> bool:
    """Whether the address belongs to `CROWD_NETWORKS`."""
    try:
        found = ipaddress.ip_address(address)
        return any(found in ipaddress.ip_network(each, strict=False) for each in settings.CROWD_NETWORKS)
    except ValueError:
        return False


# --- counting -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """So many within so long, of what is counted under this name. `count` 0 is no limit."""

    what: str
    count: int
    span: timedelta


def _key(what: str, value: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{what}:{value}".encode(), hashlib.sha256).hexdigest()


def wait(asked: Iterable[tuple[Limit, str]]) -> int:
    """Seconds until each of these has room for one more; 0 where there is room now. Counts nothing."""
    now, longest = clock.now(), 0
    for limit, value in asked:
        if not limit.count:
            continue
        rows = Knock.objects.filter(key=_key(limit.what, value), at__gt=now - limit.span).order_by("-at")
        last = rows.values_list("at", flat=True)[limit.count - 1 : limit.count]
        for at in last:  # the one that has to be over first
            longest = max(longest, math.ceil((at + limit.span - now).total_seconds()), 1)
    return longest


def knock(*asked: tuple[Limit, str]) -> int:
    """Count one more of each and return 0; or, where one of them is full, count none and return seconds to wait."""
    seconds = wait(asked)
    if not seconds:
        now = clock.now()
        Knock.objects.bulk_create(
            [Knock(key=_key(limit.what, value), at=now) for limit, value in asked if limit.count]
        )
    return seconds


def forgive(*asked: tuple[Limit, str]) -> None:
    """What was counted under these was no harm after all: it is forgotten."""
    Knock.objects.filter(key__in=[_key(limit.what, value) for limit, value in asked]).delete()


def take_back(*asked: tuple[Limit, str]) -> None:
    """The last one of each was no harm; those before it still count."""
    for limit, value in asked:
        last = Knock.objects.filter(key=_key(limit.what, value)).order_by("-at", "-pk").first()
        if last is not None:
            last.delete()


def prune() -> None:
    Knock.objects.filter(at__lt=clock.now() - KEPT).delete()


# --- doors ----------------------------------------------------------------------------------------------------


def _holds() -> tuple[Limit, Limit | None, Limit | None]:
    return (
        Limit("hold-address", settings.HOLDS_PER_ADDRESS, TEN_MINUTES),
        Limit("hold-visitor", settings.HOLDS_PER_VISITOR, TEN_MINUTES),
        None,
    )


# name -> limits of an address, of a visitor, of the link in the address of the page
DOORS: dict[str, Callable[[], tuple[Limit | None, Limit | None, Limit | None]]] = {
    "hold": _holds,  # asking a box office to take something from sale, or to look for other seats
    "find": lambda: (Limit("find-client", 20, HOUR), None, None),
    "again": lambda: (None, None, Limit("again", 3, HOUR)),  # the mail of an order, once more
    "address": lambda: (  # another address for an order whose mail came back
        Limit("address-client", 20, HOUR),
        None,
        Limit("address", 3, HOUR),
    ),
    "guest": lambda: (
        Limit("guest-address", 300, TEN_MINUTES),
        None,
        Limit("guest", 60, TEN_MINUTES),
    ),
    "pay": lambda: (  # the button that begins a payment, whoever takes the money
        Limit("pay-address", 300, TEN_MINUTES),
        None,
        Limit("pay", 20, TEN_MINUTES),
    ),
    # our own card form: one press may ask up to twenty times. What is done with stolen cards, one after the other
    "press": lambda: (Limit("press-address", 600, TEN_MINUTES), None, Limit("press", 80, TEN_MINUTES)),
}


def counted(request: HttpRequest, door: str, link: str = "") -> list[tuple[Limit, str]]:
    """What a knock at this door counts: limits, each with whom it counts."""
    of_address, of_visitor, of_link = DOORS[door]()
    found: list[tuple[Limit, str]] = []
    address = known_address(request)
    if of_address is not None and address and not is_a_crowd(client_address(request)):
        found.append((of_address, address))
    visitor = request.COOKIES.get(settings.BASKET_COOKIE, "").rsplit(":", 2)[0]  # without time and signature
    if of_visitor is not None and visitor:
        found.append((of_visitor, visitor))
    if of_link is not None and link:
        found.append((of_link, link))
    return found


def limited(
    door: str, *, methods: tuple[str, ...] = ("POST",), link: str = "token"
) -> Callable[[View], View]:
    """For a view: what comes too often is answered with 429, when to come again, and what was sent, to send it again.

    `link` names the view's argument that holds the token of a link.
    """

    def around(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method in methods:
                seconds = knock(*counted(request, door, str(kwargs.get(link, ""))))
                if seconds:
                    return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return guarded

    return around


def wait_words(seconds: int) -> str:
    """ "40 seconds", "7 minutes": rounded up, for "in about …"."""
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = math.ceil(seconds / 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 in words, as JSON for a script that asks for it. What was posted stands in the page, ready to go again."""
    when = wait_words(seconds)
    if "application/json" in request.headers.get("Accept", ""):
        said = _("That was a lot at once. Please try again in about %(when)s.") % {"when": when}
        response: HttpResponse = JsonResponse({"say": said}, status=429)
        response["Retry-After"] = str(seconds)
        response["Cache-Control"] = "no-store"
        return response
    carried = [
        (name, value)
        for name in request.POST
        if name not in NOT_CARRIED
        for value in request.POST.getlist(name)
    ]
    return error_page(
        429,
        retry_after=seconds,
        when=when,
        to=request.get_full_path() if request.method == "POST" else "",
        carried=carried,
        csrf_token=get_token(request) if request.method == "POST" else "",
    )
