"""Who may see what is meant for machines of the house: those with the token, and this machine itself."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse

HERE = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
# A proxy on this machine calls from here, too, for people from anywhere; each of them leaves one of these.
PASSED_ON = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID")


def is_from_here(request: HttpRequest) -> bool:
    """Asked by this machine itself, not by somebody who was let through."""
    meta = request.META
    if meta.get("REMOTE_ADDR") not in HERE:
        return False
    return not any(name.startswith("HTTP_X_FORWARDED") or name in PASSED_ON for name in meta)


def has_token(request: HttpRequest, token: str) -> bool:
    """`Authorization: Bearer <token>`. An empty token opens nothing."""
    kind, _, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not token or kind.lower() != "bearer":
        return False
    return secrets.compare_digest(given.strip().encode(), token.encode())


def may(request: HttpRequest, token: str) -> bool:
    return has_token(request, token) or is_from_here(request)


def nothing() -> HttpResponse:
    return HttpResponse(
        "not found\n", status=404, content_type="text/plain", headers={"Cache-Control": "no-store"}
    )
