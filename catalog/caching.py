"""Catalogue pages are made once and served to everybody.

A page that a view marks with `shared_page` is the same for every visitor: it holds no cookie, no name and the
plain word "Basket" between two markers. It is kept for `PAGE_SECONDS` under the catalogue's version, its path
and its query in a fixed order, as it is and compressed, and answers 304 to a browser that has it.

The middleware stands before sessions, languages and baskets: an anonymous visitor's page touches none of them.
A visitor with a basket gets the same page, with the badge filled in by the basket's own middleware, for
themselves only. Staff who are signed in, and whoever has a message waiting, are served past all this.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import cc_delim_re
from django.utils.http import parse_etags

from catalog import versions

PAGE_SECONDS = 60
# A browser asks each time (it may have a basket by now) and hears 304; a cache in between may keep it.
PUBLIC = f"public, max-age=0, s-maxage={PAGE_SECONDS // 2}, must-revalidate"
PRIVATE = "private, no-cache"
# What an address narrows a page by, in the order of robots.txt: filtered pages are not for machines.
NARROWS = (
    "q", "when", "from", "to", "venue", "town", "kind", "price", "access", "tickets", "sort", "view", "party", "day",
)  # fmt: skip
# What the pages read of an address; anything else (campaign tags) changes nothing and makes no other page.
KNOWN = frozenset({*NARROWS, "page", "upto", "month"})
LONGEST_QUERY = 400
_DROPPED = frozenset({"Set-Cookie", "Vary", "Cache-Control", "Content-Length", "ETag"})
View = Callable[..., HttpResponse]


def is_personal(request: HttpRequest) -> bool:
    """Somebody signed in, or with a message waiting: their page is theirs alone."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES


def has_basket(request: HttpRequest) -> bool:
    return settings.BASKET_COOKIE in request.COOKIES


def page_key(request: HttpRequest) -> str | None:
    """The key of this address in this version of the catalogue; None where it is not worth keeping."""
    query = request.META.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY:
        return None
    if query:
        pairs = sorted((name, v) for name, vs in request.GET.lists() if name in KNOWN for v in vs[-1:] if v)
        query = urlencode(pairs)
    address = blake2b(f"{request.path}?{query}".encode(), digest_size=12).hexdigest()
    return f"page:{versions.current()}:{address}"


class PageCacheMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or is_personal(request) or has_basket(request):
            return self.get_response(request)
        key = page_key(request)
        if key is not None:
            kept = cache.get(key)
            if kept is not None:
                return _answer(request, kept)
        response = self.get_response(request)
        if not getattr(response, "shared_page", False) or response.cookies:
            return response
        kept = _entry(response)
        if key is not None:
            cache.set(key, kept, PAGE_SECONDS)
        return _answer(request, kept)


def _entry(response: HttpResponse) -> tuple[dict[str, str], bytes, bytes, str]:
    """What is kept of a page: headers, body, compressed body, fingerprint."""
    headers = _headers(response)
    body = bytes(response.content)
    packed = gzip.compress(body, 6, mtime=0)
    return headers, body, packed, blake2b(body, digest_size=12).hexdigest()


def _headers(response: HttpResponse) -> dict[str, str]:
    """Those that the view gave it: its kind, and the address that a browser is to show."""
    return {name: value for name, value in response.items() if name.title() not in _DROPPED}


def _answer(request: HttpRequest, kept: tuple[dict[str, str], bytes, bytes, str]) -> HttpResponse:
    headers, body, packed, fingerprint = kept
    zipped = _takes_gzip(request)
    etag = f'"{fingerprint}-gz"' if zipped else f'"{fingerprint}"'
    known = request.META.get("HTTP_IF_NONE_MATCH")
    if known and _matches(known, fingerprint):
        response = HttpResponse(status=304)
        response.headers.pop("Content-Type", None)
    else:
        response = HttpResponse(packed if zipped else body, headers=headers)
        if zipped:
            response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    response["ETag"] = etag
    response["Cache-Control"] = PUBLIC
    response["Vary"] = "Accept-Encoding"
    return response


def _matches(header: str, fingerprint: str) -> bool:
    tags = parse_etags(header)
    return any(tag == "*" or tag.strip('W/"').removesuffix("-gz") == fingerprint for tag in tags)


def _takes_gzip(request: HttpRequest) -> bool:
    said = request.META.get("HTTP_ACCEPT_ENCODING", "")
    if "gzip" not in said:
        return False
    return not any(part.replace(" ", "") == "gzip;q=0" for part in cc_delim_re.split(said))


def shared_page(view: View) -> View:
    """For a view whose page is the same for everybody. A visitor with a basket gets the kept page too."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_personal(request):
            return _private(view(request, *args, **kwargs))
        if has_basket(request) and request.method in ("GET", "HEAD"):
            return _private(_page_for_basket(view, request, *args, **kwargs))
        response = view(request, *args, **kwargs)
        response.shared_page = response.status_code == 200  # type: ignore[attr-defined]
        return response

    return wrapped


def _page_for_basket(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page as made for anybody, or made now and kept for the next visitor with a basket."""
    key = page_key(request)
    kept = cache.get(key) if key else None
    if kept is not None:
        return HttpResponse(kept[1], headers=kept[0])
    inner = f"{key}:for-a-basket"
    made = cache.get(inner) if key else None
    if made is not None:
        return HttpResponse(made[1], headers=made[0])
    response = view(request, *args, **kwargs)
    if key and response.status_code == 200 and not response.cookies:
        cache.set(inner, (_headers(response), bytes(response.content)), PAGE_SECONDS)
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = PRIVATE
    return response
