"""Errors to Sentry, where `SENTRY_DSN` is set. What leaves the machine is cleaned like the logs, and is less of it.

Neither local variables nor bodies, cookies, query strings, headers or users are sent; of what happened before an error
only our own lines of the log. Everything that is text goes through `shop.logs.redact`, with whatever this request or
task has typed, read or decrypted of people.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from shop import tracing
from shop.logs import redact

KEPT_OF_REQUEST = ("method", "url")
DROPPED = ("user", "modules", "server_name", "threads")


def begin(**more: Any) -> bool:
    """Switch it on, if it is wanted. The library is not even loaded otherwise."""
    if not settings.SENTRY_DSN:
        return False
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment="demo" if settings.DEMO else urlsplit(settings.PUBLIC_ORIGIN).hostname,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(middleware_spans=False, signals_spans=False, cache_spans=False),
            CeleryIntegration(propagate_traces=False),
            LoggingIntegration(),
        ],
        send_client_reports=False,
        auto_session_tracking=False,
        before_send=clean,
        before_breadcrumb=crumb,
        **more,
    )
    return True


def crumb(crumb: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    """Lines of our logs alone: calls and queries hold addresses and values."""
    if crumb.get("type") != "log" and crumb.get("category") in ("httplib", "query", "redis", "subprocess"):
        return None
    return {
        "type": "log",
        "category": str(crumb.get("category", "")),
        "level": crumb.get("level", "info"),
        "message": redact(str(crumb.get("message", "")), tracing.hidden()),
        "timestamp": crumb.get("timestamp"),
    }


def clean(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """An event as it may leave."""
    for name in DROPPED:
        event.pop(name, None)
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {name: request[name] for name in KEPT_OF_REQUEST if name in request}
    extra = event.get("extra")
    if isinstance(extra, dict):
        event["extra"] = {name: value for name, value in extra.items() if name == "celery-job"}
    for exception in _listed(event.get("exception")):
        for frame in (exception.get("stacktrace") or {}).get("frames") or ():
            frame.pop("vars", None)
    trace = tracing.current()
    tags = {"request": trace.request, "task": trace.task, "about": trace.about}
    event["tags"] = {**(event.get("tags") or {}), **{name: value for name, value in tags.items() if value}}
    people = tracing.hidden()
    cleaned: dict[str, Any] = _scrubbed(event, people)
    return cleaned


def _listed(values: Any) -> list[dict[str, Any]]:
    found = values.get("values") if isinstance(values, dict) else values
    return [one for one in found or () if isinstance(one, dict)]


# Sentry's own: without them it cannot tell one event from another
UNTOUCHED = frozenset({"event_id", "timestamp", "platform", "sdk", "level", "type", "contexts"})


def _scrubbed(value: Any, people: set[str], name: str = "") -> Any:
    if name in UNTOUCHED and name != "contexts":
        return value
    if isinstance(value, str):
        return redact(value, people)
    if isinstance(value, dict):
        return {key: _scrubbed(one, people, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(one, people) for one in value]
    return value
