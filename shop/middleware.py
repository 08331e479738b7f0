"""The demo is refused on any host that is not loopback; what is too long or of a wrong kind gets no further."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shop.pages import error_page

METHODS = ("GET", "HEAD", "POST", "OPTIONS")


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
