"""What no log may contain: keys, tokens, card data, and the people who buy. And how a line looks.

Three nets, each for what the others cannot know: the secrets of the settings, shapes (tokens, addresses, numbers), and
for lines about mistakes whatever this very request or task has typed, read or decrypted of people (`shop.tracing`).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from shop import tracing

PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [hidden]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"\bgAAAA[\w-]{40,}={0,2}"), "[sealed]"),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_(?:test_|live_)?\w+"), "[key]"),
    (re.compile(r"\b(pi_\w+?)_secret_\w+"), r"\1_[secret]"),
    (re.compile(r"(?i)((?:api[-_]?key|token|secret|password|client_secret)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,}]+"),
     r"\1[hidden]"),
    (re.compile(r"(?i)(://[^\s:/@]*:)[^\s/@]+@"), r"\1[hidden]@"),
    # 64 letters before the @ is the most an address has; without an end a long text without one takes minutes
    (re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?i)[\w.+-]{1,64}%40[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b(?:\d[ -]?){13,19}\b"), "[number]"),
    (re.compile(r"(?<![\w+])\+\d[\d ()./-]{6,}\d"), "[telephone]"),
    (re.compile(r"(/(?:checkout|basket)/(?:order/|return/|charged/|guest/)?)[\w:-]{24,}"), r"\1[address]"),
    (re.compile(r"((?:pid=|/pass/(?:apple|google)/))[\w-]+"), r"\1[hidden]"),
    # what `secrets.token_urlsafe` and cookies are made of: capitals and small letters, without a break
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d|[\w-]*-)[\w-]{32,}(?![\w-])"), "[token]"),
    # a database quotes the whole row that it refuses
    (re.compile(r"(?m)^([ \t]*(?:DETAIL|CONTEXT):\s).*$"), r"\1[hidden]"),
    (re.compile(r"(?i)(\bKey \([^)]*\)=)\(.*?\)"), r"\1([hidden])"),
)  # fmt: skip
SHORTEST = 6  # characters of a secret that is looked for everywhere


# Settings whose names say that they are secret, whoever adds them.
SECRET = re.compile(r".*(?:SECRETS?|TOKENS?|_KEYS?|PASSWORD|_DSN|FALLBACKS)|ANYMAIL")


@lru_cache(maxsize=1)
def _known_secrets() -> tuple[str, ...]:
    from django.conf import settings

    values: list[str] = []
    for name in dir(settings):
        if name.isupper() and SECRET.fullmatch(name):
            values += _texts(getattr(settings, name))
    values += _passwords(settings.REDIS_URL, settings.SENTRY_DSN, *values)
    values.append(str(settings.DATABASES["default"].get("PASSWORD") or ""))
    for account in settings.PROVIDER_ACCOUNTS.values():
        values += account.keys.values()
    # the longest first: one may be the beginning of another
    return tuple(sorted({value for value in values if len(value) >= SHORTEST}, key=len, reverse=True))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value, *(value.split(":") if "://" not in value else ())]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for one in value for text in _texts(one)] if isinstance(value, list | tuple) else []


def _passwords(*addresses: str) -> list[str]:
    found = []
    for address in addresses:
        if "://" not in address:
            continue
        parts = urlsplit(address)
        found += [unquote(part) for part in (parts.username, parts.password) if part]
    return found


def _are_known() -> bool:
    """Before the settings are read there is nothing to hide yet, and a log must not be what reads them."""
    from django.conf import settings

    return settings.configured


def redact(text: str, people: Iterable[str] = ()) -> str:
    """The text without secrets and personal data. `people`: texts about people, hidden where they are whole words."""
    if _are_known():
        for value in _known_secrets():
            text = text.replace(value, "[hidden]")
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    known = sorted(people, key=len, reverse=True)
    if known:
        together = "|".join(re.escape(one) for one in known)
        text = re.sub(rf"(?i)(?<!\w)(?:{together})(?!\w)", "[hidden]", text)
    return text


def _said(record: logging.LogRecord) -> str:
    """What the line says. A filter's mistake would be the mistake of whoever wrote the line, anywhere in the shop; so a
    line that does not fit its values is told without them."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a value's own way to be told may raise anything
        return f"{record.msg!s:.300} (its values could not be put in)"


class Redact(logging.Filter):
    """Rewrites each record, its traceback included, before a handler sees it. A traceback has no local variables."""

    def filter(self, record: logging.LogRecord) -> bool:
        wrong = bool(record.exc_info or record.exc_text or record.levelno >= logging.WARNING)
        people = tracing.hidden() if wrong else ()
        record.msg, record.args = redact(_said(record), people), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text, people)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, people)
        return True


def guard_others() -> None:
    """Logs that keep a handler of their own (an access log, if somebody asks gunicorn for one) are cleaned as well."""
    for name in ("gunicorn.access",):
        logger = logging.getLogger(name)
        if not any(isinstance(one, Redact) for one in logger.filters):
            logger.addFilter(Redact())


class Line(logging.Formatter):
    """For people: `2026-11-21 16:07:12,345 INFO shop.providers [3f0c... order:12] west-end add_tickets 200 ok 41 ms`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(trace)s%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        trace = tracing.current()
        marks = " ".join(filter(None, (trace.request, trace.task, trace.about)))
        record.trace = f"[{marks}] " if marks else ""
        return super().format(record)


class Json(logging.Formatter):
    """For machines: one object a line, times in UTC. `error` is a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        trace = tracing.current()
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            "request": trace.request,
            "task": trace.task,
            "task_name": trace.task_name,
            "about": trace.about,
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        said["error"] = "\n".join(filter(None, (record.exc_text, record.stack_info)))
        return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
