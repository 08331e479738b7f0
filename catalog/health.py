"""How an account is doing: when it last answered, since when it does not, when it is asked again."""

from __future__ import annotations

import random
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from catalog import versions
from catalog.models import ProviderAccount
from shop import clock
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured, ProviderError, Unavailable

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=50)  # below the hour of the plain refresh
DOWN = (Unavailable, Misconfigured, BadAnswer)


def account_row(config: AccountConfig) -> ProviderAccount:
    """The row of a configured account, made or brought up to date."""
    said = {"kind": config.kind, "title": config.title[:100], "configured": True}
    row, made = ProviderAccount.objects.get_or_create(name=config.name, defaults=said)
    if not made and any(getattr(row, name) != value for name, value in said.items()):
        ProviderAccount.objects.filter(pk=row.pk).update(**said)
        row.refresh_from_db()
    return row


def note_configured() -> None:
    """Accounts that the environment does not name any more keep their rows and sell nothing."""
    named = set(settings.PROVIDER_ACCOUNTS)
    for row in ProviderAccount.objects.all():
        if row.configured != (row.name in named):
            with transaction.atomic():
                ProviderAccount.objects.filter(pk=row.pk).update(configured=row.name in named)
                versions.bump()


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubling, with jitter, so that nobody asks in step."""
    whole = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return whole * random.uniform(0.6, 1.0)


def note_failure(account: ProviderAccount, error: Exception, *, refreshing: bool) -> None:
    """The account did not answer as it should. `refreshing`: a refresh failed, so it waits before the next."""
    now = clock.now()
    said: dict[str, object] = {"last_error": words(error)[:300], "last_error_at": now}
    if refreshing:
        failures = account.failures + 1
        wait = pause(failures)
        asked = getattr(error, "retry_after", None)
        if asked:
            wait = max(wait, timedelta(seconds=min(asked, LONGEST_PAUSE.total_seconds())))
        said |= {"failures": failures, "next_refresh_at": now + wait}
    with transaction.atomic():
        ProviderAccount.objects.filter(pk=account.pk).update(**said)
        if isinstance(error, DOWN) and ProviderAccount.objects.filter(
            pk=account.pk, down_since__isnull=True
        ).update(down_since=now):
            versions.bump()
    account.refresh_from_db()


def note_answer(account: ProviderAccount) -> None:
    """It answered: if it was down, it is up again. One query, and only where it was down."""
    if account.down_since is None:
        return
    with transaction.atomic():
        if ProviderAccount.objects.filter(pk=account.pk, down_since__isnull=False).update(down_since=None):
            versions.bump()
    account.down_since = None


def note_good_refresh(account: ProviderAccount) -> None:
    now = clock.now()
    ProviderAccount.objects.filter(pk=account.pk).update(
        last_good_refresh_at=now, failures=0, next_refresh_at=None, last_error="", last_error_at=None
    )
    note_answer(account)
    account.refresh_from_db()


def words(error: Exception) -> str:
    """For staff: what went wrong, without addresses, keys or personal data."""
    if isinstance(error, ProviderError):
        return f"{error.code}: {error.detail}" if error.detail else error.code
    return type(error).__name__
