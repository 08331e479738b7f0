"""Pages that must open when nothing else does: no query, no session, no context processor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from shop.context import about

STATUSES = frozenset({400, 403, 404, 405, 410, 429, 500, 503})


def error_page(status: int, *, retry_after: int | None = None, **context: Any) -> HttpResponse:
    """The designed page for a status. `retry_after` in seconds, for 429 and 503.

    410 takes `title` (what is over); 403 takes `expired=True` for a form whose token was refused.
    """
    if status not in STATUSES:
        raise ValueError(f"there is no page for {status}")
    response = HttpResponse(render_to_string(f"{status}.html", {"shop": about(), **context}), status=status)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
