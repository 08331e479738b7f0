"""System checks of mail that comes back and of backups. Ids 08x."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# what a reader cannot do without: the service signs its messages with it
SIGNED = {
    "mailersend": "MAILERSEND_SIGNING_SECRET",
    "mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY",
    "postal": "POSTAL_WEBHOOK_KEY",
    "unisender_go": "UNISENDER_GO_API_KEY",
}


@register(Tags.compatibility)
def mail_service(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    name = settings.MAIL_SERVICE
    if not name:
        return []
    if name not in settings.MAIL_SERVICES:
        return [
            Error(
                f"MAIL_SERVICE {name!r} is not known.",
                hint=f"It is one of {', '.join(settings.MAIL_SERVICES)}, or empty.",
                id="shop.E080",
            )
        ]
    found: list[CheckMessage] = []
    if not any(":" in one for one in settings.MAIL_WEBHOOK_SECRETS):
        found.append(
            Error(
                "MAIL_SERVICE is set, and MAIL_WEBHOOK_SECRET is not a name and a password.",
                hint="Set it to name:password and give the mail service the address with both in it; without it its "
                "messages are not taken.",
                id="shop.E081",
            )
        )
    if (key := SIGNED.get(name)) and not settings.ANYMAIL.get(key):
        found.append(
            Error(
                f"{name} signs its messages, and MAIL_SERVICE_KEYS has no {key}.",
                hint=f"MAIL_SERVICE_KEYS={key}=...",
                id="shop.E082",
            )
        )
    return found


@register(Tags.security, deploy=True)
def backups(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Of a shop that goes live."""
    if settings.BACKUP_KEY:
        return []
    return [
        Warning(
            "BACKUP_KEY is not set: nobody can make a backup.",
            hint="Set it to a long passphrase, keep it elsewhere, and run `manage.py backup` every night.",
            id="shop.W083",
        )
    ]
