"""The front door (which language?), pictures, and the pages for everything that goes wrong."""

from __future__ import annotations

import mimetypes
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import translation
from django.utils._os import safe_join
from django.utils.http import http_date
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from shop import clock
from shop.pages import error_page

PICTURES = {".webp", ".jpg", ".jpeg", ".png", ".gif", ".avif"}  # never SVG or HTML: they can carry script
A_YEAR = 31_536_000


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the programme in the language that the browser asks for."""
    language = settings.LANGUAGE_CODE
    for wanted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            language = get_supported_language_variant(wanted)
            break
        except LookupError:
            continue
    with translation.override(language):
        response = HttpResponseRedirect(reverse("catalog:event_list"))
    response["Cache-Control"] = "public, max-age=300"
    response["Vary"] = "Accept-Language"
    return response


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse | FileResponse:
    """A picture from storage: pictures only, from inside `MEDIA_ROOT` only, kept for a year.

    A changed picture has another name (the refresh names posters by content, uploads get a fresh name).
    """
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        file = Path(safe_join(root, path)).resolve()
        fitting = file.is_relative_to(root) and file.suffix.lower() in PICTURES and file.is_file()
        stat = file.stat() if fitting else None
    except (SuspiciousFileOperation, ValueError, OSError):
        raise Http404 from None
    if stat is None:
        raise Http404
    if was_modified_since(request.headers.get("If-Modified-Since"), stat.st_mtime):
        content_type = mimetypes.guess_type(file.name)[0] or "image/webp"
        response: HttpResponse | FileResponse = FileResponse(file.open("rb"), content_type=content_type)
    else:
        response = HttpResponseNotModified()
    response["Last-Modified"] = http_date(stat.st_mtime)
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Who is told of a hole (RFC 9116); 404 where nobody is named. It stands for half a year from when it is read."""
    contact = settings.SECURITY_CONTACT or settings.SHOP_EMAIL
    if not contact:
        raise Http404
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    ends = (clock.now() + timedelta(days=182)).strftime("%Y-%m-%dT00:00:00Z")
    languages = ", ".join(code for code, _name in settings.LANGUAGES)
    here = f"{settings.PUBLIC_ORIGIN}{request.path}"
    lines = (
        f"Contact: {contact}",
        f"Expires: {ends}",
        f"Preferred-Languages: {languages}",
        f"Canonical: {here}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: open for too long, cookies off, or forged. Nothing was done."""
    return error_page(403, expired=True)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(500)
