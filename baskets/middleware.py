"""`request.basket`, `request.baskets` and `request.badge`: nothing is asked of the database until one is looked at."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from baskets import current

BADGE = re.compile(rb"<!--basket-badge-->.*?<!--/basket-badge-->", re.DOTALL)

log = logging.getLogger(__name__)


class BasketMiddleware:
    """Each is lazy: test them for truth (`if request.basket`), not for None."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.basket = SimpleLazyObject(lambda: current.basket(request))  # type: ignore[attr-defined]
        request.baskets = SimpleLazyObject(lambda: current.baskets(request))  # type: ignore[attr-defined]
        request.badge = SimpleLazyObject(lambda: current.badge(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        self._show_badge(request, response)
        current.store(request, response)
        return response

    def _show_badge(self, request: HttpRequest, response: HttpResponse) -> None:
        """A page made for everybody says "Basket"; somebody who has one is told what is in it and how long."""
        if settings.BASKET_COOKIE not in request.COOKIES or response.streaming:
            return
        if response.get("Content-Encoding"):
            return
        if not response.get("Content-Type", "").startswith("text/html") or not BADGE.search(response.content):
            return
        if not current.visitor(request):
            return
        try:
            badge = (
                render_to_string("baskets/_badge.html", {"badge": request.badge}, request).strip().encode()
            )
        except (
            Error
        ) as error:  # the page may be the one that says so, with a choice in it that must not be lost
            log.warning("the basket could not be read for the header: %s", type(error).__name__)
            return
        response.content = BADGE.sub(lambda found: badge, response.content, count=1)
        if "Content-Length" in response:
            response["Content-Length"] = str(len(response.content))
        response.headers.pop("ETag", None)
        if "Cache-Control" in response:
            del response["Cache-Control"]
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
