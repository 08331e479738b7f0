"""The demo is refused on any host that is not loopback; a method that an address does not take gets a page."""

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
