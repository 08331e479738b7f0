"""System checks of keys and doors: what is stored encrypted, who is counted, who is let into the admin. No key is
ever printed.

Ids: W060 to W062 keys, W063 and W066 the admin, E064 and W065 addresses, W067 host names.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from shop import crypto

LONG_ENOUGH = 32  # characters of a key
MIXED_ENOUGH = 12  # different ones among them
MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'
LONGEST_SESSION = 24  # hours
LONGEST_REST = 8 * 60  # minutes


def is_weak(key: str) -> bool:
    return len(key) < LONG_ENOUGH or len(set(key)) < MIXED_ENOUGH


@register(Tags.security)
def keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What is wrong with FIELD_KEYS wherever the shop runs."""
    found: list[CheckMessage] = []
    given = settings.FIELD_KEYS
    if len(set(given)) < len(given) or not all(key.strip() for key in given):
        found.append(
            Error(
                "FIELD_KEYS names a key twice, or an empty one.",
                hint="Each key once, the newest first, with commas between them and no comma at the end.",
                id="shop.E061",
            )
        )
    return found


@register(Tags.security)
def networks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for each in settings.CROWD_NETWORKS:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            found.append(
                Error(
                    f"CROWD_NETWORKS: {each!r} is not a network.",
                    hint="Write addresses such as 192.0.2.7 or networks such as 192.0.2.0/24, with commas.",
                    id="shop.E064",
                )
            )
    return found


@register(Tags.security, deploy=True)
def keys_for_real(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.FIELD_KEYS:
        found.append(
            Warning(
                "FIELD_KEYS is not set: what is stored encrypted depends on SECRET_KEY.",
                hint=f"Set FIELD_KEYS to a key of its own ({MAKE_ONE}). Where something is stored already: to the present "
                "SECRET_KEY, a comma and that key; restart, put the new one first, restart, and run manage.py rotate_keys.",
                id="shop.W060",
            )
        )
    for number, key in enumerate(settings.FIELD_KEYS, start=1):
        if is_weak(key):
            found.append(
                Warning(
                    f"Key {number} of FIELD_KEYS ({crypto.fingerprint(key)}) is weak.",
                    hint=f"Put a longer one at the end ({MAKE_ONE}) and restart, then in front and restart, run manage.py "
                    "rotate_keys, take this one out.",
                    id="shop.W062",
                )
            )
    return found


@register(Tags.security, deploy=True)
def doors(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.ADMIN_TWO_FACTOR:
        found.append(
            Warning(
                "The admin asks for a password only.",
                hint="Take ADMIN_TWO_FACTOR=no away: staff then set up an authenticator app when they sign in next.",
                id="shop.W063",
            )
        )
    if (settings.TRUSTED_PROXIES > 0) != settings.BEHIND_PROXY:
        found.append(
            Warning(
                "BEHIND_PROXY and TRUSTED_PROXIES do not agree on whether there is a proxy.",
                hint="With a proxy: BEHIND_PROXY=yes, TRUSTED_PROXIES=1, and it must write X-Forwarded-For, or all "
                "visitors count as one. Without: neither, or visitors choose their own address.",
                id="shop.W065",
            )
        )
    if settings.STAFF_SESSION_HOURS > LONGEST_SESSION or settings.STAFF_IDLE_MINUTES > LONGEST_REST:
        found.append(
            Warning(
                "Staff stay signed in for very long.",
                hint=f"STAFF_SESSION_HOURS up to {LONGEST_SESSION}, STAFF_IDLE_MINUTES up to {LONGEST_REST}.",
                id="shop.W066",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Warning(
                "ALLOWED_HOSTS takes any host name.",
                hint="Name the hosts that people type; PUBLIC_ORIGIN's own is always among them.",
                id="shop.W067",
            )
        )
    return found
