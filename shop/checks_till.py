"""System checks of our own till: keys, their modes, and where they are sent. No key is ever printed.

Ids: E050 to E052 what a key looks like, E053 to E056 modes that are mixed, E057 to E059 and W050 what is missing or
points elsewhere.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from shop.providers import registry
from shop.providers.errors import ProviderError

API = "https://api.stripe.com"
SECRET = re.compile(r"(?:sk|rk)_(test|live)_\w+")  # rk: one with the rights that are needed and no others
PUBLISHABLE = re.compile(r"pk_(test|live)_\w+")
SIGNING = re.compile(r"whsec_\S+")


def mode_of(key: str) -> str:
    """test, live, or "" where it is no key of theirs."""
    match = SECRET.fullmatch(key) or PUBLISHABLE.fullmatch(key)
    return match.group(1) if match else ""


def is_theirs(url: str, *, script: bool = False) -> bool:
    """Whether an address is the payment company's own: its API, or its script."""
    address = urlsplit(url)
    host = address.hostname or ""
    if address.scheme != "https" or address.port not in (None, 443):
        return False
    if script:
        return host == "js.stripe.com" or host.endswith(".js.stripe.com")
    return url.rstrip("/") == API


def need_it() -> list[str]:
    """Names of the accounts that are paid through our own till."""
    found = []
    for name in settings.PROVIDER_ACCOUNTS:
        try:
            provider = registry.provider(name)
        except (ProviderError, LookupError, ValueError, ImportError):  # that account has a check of its own
            continue
        if provider.capabilities.payment == "us":
            found.append(name)
    return found


def _shape() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    secret, publishable = settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY
    if secret and not SECRET.fullmatch(secret):
        swapped = " It looks like the publishable one." if PUBLISHABLE.fullmatch(secret) else ""
        found.append(
            Error(
                f"STRIPE_SECRET_KEY is no secret key.{swapped}",
                hint="It begins with sk_ or rk_, then test_ or live_; copy it whole, without quotes or spaces.",
                id="shop.E050",
            )
        )
    if publishable and not PUBLISHABLE.fullmatch(publishable):
        if SECRET.fullmatch(publishable):
            found.append(
                Error(
                    "STRIPE_PUBLISHABLE_KEY is a secret key: every visitor would be handed it.",
                    hint="Put the one that begins with pk_ there, and have this secret key exchanged.",
                    id="shop.E051",
                )
            )
        else:
            found.append(
                Error(
                    "STRIPE_PUBLISHABLE_KEY is no publishable key.",
                    hint="It begins with pk_test_ or pk_live_; copy it whole, without quotes or spaces.",
                    id="shop.E051",
                )
            )
    if any(settings.STRIPE_WEBHOOK_SECRETS) and not all(
        map(SIGNING.fullmatch, settings.STRIPE_WEBHOOK_SECRETS)
    ):
        found.append(
            Error(
                "STRIPE_WEBHOOK_SECRET is no signing secret.",
                hint="It begins with whsec_ and stands beside the webhook endpoint in Stripe's dashboard.",
                id="shop.E052",
            )
        )
    return found


def _modes() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    mode, seen = mode_of(settings.STRIPE_SECRET_KEY), mode_of(settings.STRIPE_PUBLISHABLE_KEY)
    if mode and seen and mode != seen:
        found.append(
            Error(
                f"The secret key is a {mode} key and the publishable key a {seen} key.",
                hint="Both are copied from the same page of Stripe's dashboard, with test mode on or off.",
                id="shop.E053",
            )
        )
    if "live" in (mode, seen):
        for name, url, script in (
            ("STRIPE_API_BASE", settings.STRIPE_API_BASE, False),
            ("STRIPE_JS_URL", settings.STRIPE_JS_URL, True),
        ):
            if not is_theirs(url, script=script):
                found.append(
                    Error(
                        f"A live key is set and {name} is not Stripe's own address.",
                        hint=f"Take {name} away: a live key is shown to nobody but Stripe.",
                        id="shop.E054",
                    )
                )
        for name in ("DEMO", "DEBUG"):
            if getattr(settings, name):
                found.append(
                    Error(
                        f"A live key is set and {name} is on.",
                        hint=f"Take {name} away, or use test keys: with it on, pages may show what nobody should see.",
                        id="shop.E055",
                    )
                )
    accounts = settings.PROVIDER_ACCOUNTS.values()
    odd = [account.name for account in accounts if mode and account.live is not (mode == "live")]
    if odd:
        kind = "test" if mode == "live" else "live"
        found.append(
            Error(
                f"The till has a {mode} key and sells {kind} accounts: {', '.join(odd)}.",
                hint="Real money buys real tickets, play money buys play tickets: give accounts and keys the same mode.",
                id="shop.E056",
            )
        )
    return found


@register(Tags.security)
def till(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Wrong keys are said before they do harm."""
    found = [*_shape(), *_modes()]
    secret, publishable = settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY
    if not (secret and publishable) and (waiting := need_it()):
        missing = " and ".join(
            name
            for name, value in (("STRIPE_SECRET_KEY", secret), ("STRIPE_PUBLISHABLE_KEY", publishable))
            if not value
        )
        found.append(
            Error(
                f"These accounts are paid through our own till, which has no key: {', '.join(waiting)}.",
                hint=f"Set {missing}, or have the accounts paid another way (their PAYMENT_ROUTE or MODE).",
                id="shop.E057",
            )
        )
    elif bool(secret) is not bool(publishable):
        found.append(
            Warning(
                "One of the till's two keys is set and the other is not.",
                hint="Set both STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY, or neither.",
                id="shop.W050",
            )
        )
    if secret and not any(settings.STRIPE_WEBHOOK_SECRETS):
        found.append(
            Error(
                "The till has a key and no signing secret for its messages.",
                hint="Set STRIPE_WEBHOOK_SECRET: without it no message of Stripe can be believed, and a buyer who closes "
                "the page too early waits for the next look.",
                id="shop.E058",
            )
        )
    if not (settings.DEMO or settings.TESTING):
        for name, url, script in (
            ("STRIPE_API_BASE", settings.STRIPE_API_BASE, False),
            ("STRIPE_JS_URL", settings.STRIPE_JS_URL, True),
        ):
            if not is_theirs(url, script=script):
                found.append(
                    Error(
                        f"{name} is not Stripe's own address and DEMO is off.",
                        hint=f"Take {name} away. Only the demo and the tests talk to an imitation.",
                        id="shop.E059",
                    )
                )
    return found
