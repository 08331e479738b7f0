"""What no log may contain: keys, tokens, card data, and the people who buy."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [hidden]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_(?:test_|live_)?\w+"), "[key]"),
    (re.compile(r"\b(pi_\w+?)_secret_\w+"), r"\1_[secret]"),
    (re.compile(r"(?i)((?:api[-_]?key|token|secret|password|client_secret)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,}]+"),
     r"\1[hidden]"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b(?:\d[ -]?){13,19}\b"), "[number]"),
    (re.compile(r"(/(?:checkout|basket)/(?:order/|return/|charged/|guest/)?)[\w:-]{24,}"), r"\1[address]"),
    (re.compile(r"((?:pid=|/pass/(?:apple|google)/))[\w-]+"), r"\1[hidden]"),
)  # fmt: skip


@lru_cache(maxsize=1)
def _known_secrets() -> tuple[str, ...]:
    from django.conf import settings

    values = [
        settings.SECRET_KEY,
        *settings.FIELD_KEYS,
        settings.EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or "",
        settings.STRIPE_SECRET_KEY,
        *settings.STRIPE_WEBHOOK_SECRETS,
    ]
    for account in settings.PROVIDER_ACCOUNTS.values():
        values += account.keys.values()
    return tuple(value for value in values if len(value) >= 6)


def redact(text: str) -> str:
    """The text without secrets and personal data."""
    for value in _known_secrets():
        text = text.replace(value, "[hidden]")
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


class Redact(logging.Filter):
    """Rewrites each record, its traceback included, before a handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
