"""Account name -> provider. The only place that knows which kinds there are; they are named in settings."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from shop.providers.accounts import AccountConfig
from shop.providers.base import Provider
from shop.providers.errors import Misconfigured


def config(name: str) -> AccountConfig:
    """Raises Misconfigured where the environment does not name the account."""
    try:
        return settings.PROVIDER_ACCOUNTS[name]
    except KeyError:
        raise Misconfigured("this account is not configured", account=name) from None


def provider(name: str, *, polite: bool = False) -> Provider:
    """The provider behind an account. `polite`: calls wait for the account's rate budget (the refresh).

    A fresh one for each piece of work: it holds an HTTP session and nothing else.
    """
    account = config(name)
    try:
        kind = import_string(settings.PROVIDERS[account.kind])
    except KeyError:
        raise Misconfigured(f"no provider of kind {account.kind}", account=name) from None
    return kind(account, polite=polite)
