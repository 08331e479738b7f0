"""System checks of mail that comes back, of who is told, and of backups. Ids 08x."""

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


@register(Tags.compatibility)
def staff(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Of a shop that takes real money: somebody has to hear of it when an order needs a person."""
    live = any(account.live for account in settings.PROVIDER_ACCOUNTS.values())
    live = live or settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
    if not live or any(address.strip() for address in settings.STAFF_EMAILS):
        return []
    return [
        Warning(
            "STAFF_EMAILS is empty: nobody is told when an order needs a person, or when beat is dead.",
            hint="Set it to the addresses of those who look after orders, with commas. Without it the admin's first page "
            "alone says so.",
            id="shop.W084",
        )
    ]


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
