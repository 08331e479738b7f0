"""Each request has an id and is measured; the demo is refused on any host that is not loopback; a method that an
address does not take gets a page; what is too long or of a wrong kind gets no further."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop import alerts, metrics, tracing
from shop.pages import error_page

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
HEADER = "X-Request-ID"
LEFT_OUT = frozenset({"csrfmiddlewaretoken"})

log = logging.getLogger("shop.requests")


class TraceMiddleware:
    """Outermost of what visitors meet: the request's id, how long it took, and what no log of it may show.

    An id that came along counts only behind a proxy of ours (`BEHIND_PROXY`), which has to set it itself. What took longer
    than `SLOW_REQUEST_SECONDS` is a line in the log, by the name of its view: an address may hold a token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = tracing.begin(_given(request))
        tracing.conceal(lambda: _posted(request))
        began = time.monotonic()
        try:
            response = self.get_response(request)
            _measure(request, response, time.monotonic() - began)
            response[HEADER] = tracing.current().request
            alerts.look_beside()
            return response
        finally:
            tracing.end(token)


def _given(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if settings.SECURE_PROXY_SSL_HEADER and tracing.is_sane(given) else ""


def _posted(request: HttpRequest) -> Iterator[str]:
    """What was typed, where a view has read it: reading it here would take the body from who wants it whole."""
    posted = getattr(request, "_post", None)
    for name, values in posted.lists() if posted else ():
        if name not in LEFT_OUT:
            yield from values


def _view_of(request: HttpRequest) -> str:
    """A name out of a small set, never an address."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or match.func.__name__
    path = request.path_info
    if path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
        return "(static)"
    return "(other)"


def _measure(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    view = _view_of(request)
    if view == "(other)" and response.status_code in (200, 304):
        view = "(kept page)"
    metrics.answered(view, request.method or "", response.status_code, seconds)
    slow = seconds >= settings.SLOW_REQUEST_SECONDS
    log.log(
        logging.WARNING if slow else logging.DEBUG,
        "%s%s %s %d %d ms", "slow: " if slow else "", request.method, view, response.status_code, seconds * 1000,
    )  # fmt: skip


class DemoMiddleware:
    """Play tickets must never be sold to the public: only a browser on this machine may see the demo."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            return self.get_response(request)
        host = request.get_host().rsplit(":", 1)[0]
        if host not in settings.LOOPBACK_HOSTS or "HTTP_X_FORWARDED_FOR" in request.META:
            return HttpResponse(
                _("This is a demo with play tickets. It answers on this machine only."),
                status=403,
                content_type="text/plain; charset=utf-8",
            )
        response = self.get_response(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response


MEGABYTE = 1024 * 1024
LONGEST_BODY, LONGEST_UPLOAD = MEGABYTE, 12 * MEGABYTE  # of anybody; of the admin, which takes pictures


class SizeMiddleware:
    """413 before anything is read or laid down: a file of any size could be sent to any form otherwise.

    What names no length has none to the framework and is read as empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        length = int(told) if told.isascii() and told.isdigit() else 0
        longest = LONGEST_UPLOAD if request.path_info.startswith("/admin/") else LONGEST_BODY
        if length > longest:
            return HttpResponse(
                _("That is more than this address takes. Nothing was kept of it."),
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        return self.get_response(request)


class MethodMiddleware:
    """405 as a page that says so, before anybody asks for the token of a form. Stands before the CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        allowed = ", ".join(METHODS)
        if request.method in METHODS:
            response = self.get_response(request)
            if response.status_code != 405:
                return response
            allowed = response.get("Allow", allowed)
        page = error_page(405)
        page["Allow"] = allowed
        return page
