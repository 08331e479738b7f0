"""The shop's addresses, and one that breaks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from shop import urls


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [path("broken/", broken), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
