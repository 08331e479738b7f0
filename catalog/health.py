"""How an account is doing: when it last answered, since when it does not, when it is asked again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from babel.numbers import format_decimal, format_percent
from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import summaries, versions
from catalog.models import Event, Instance, ProviderAccount
from shop import breakers, clock
from shop.breakers import Rest
from shop.calls import Sums
from shop.providers import registry
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured, ProviderError, Resting, Unavailable
from shop.words import locale

FIRST_PAUSE = timedelta(minutes=1)
A_DAY = timedelta(hours=24)
LONGEST_PAUSE = timedelta(minutes=50)  # below the hour of the plain refresh
DOWN = (Unavailable, Misconfigured, BadAnswer)


def note_resting(rest: Rest) -> None:
    """The account is left alone (`shop.breakers`): its refresh comes soon after the next try."""
    again = rest.next_try + FIRST_PAUSE * random.uniform(0.5, 1.0)
    ProviderAccount.objects.filter(name=rest.account).update(next_refresh_at=again)


def try_again(name: str) -> bool:
    """Whether the account may be asked. One that is left alone is asked for a sign of life when its pause is over, so
    that no buyer has to find out. Raises Misconfigured where the environment does not name it."""
    if breakers.resting(name) is None:
        return True
    try:
        breakers.ask_leave(name)
        provider = registry.provider(name)
    except Resting:
        return False
    sign = provider.catalog.sign_of_life()
    if not sign.ok or breakers.resting(name) is not None:
        return False
    row = ProviderAccount.objects.filter(name=name).first()
    if row is not None:
        note_answer(row)
    return True


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


def oldest_looks(now: datetime, *accounts: ProviderAccount) -> dict[int, datetime]:
    """Account -> when the date that nobody has asked about for longest was asked about, of the next seven days.

    Of the dates that are asked about at all: those of hidden and cancelled ones are not.
    """
    asked = Instance.objects.filter(
        summaries.coming(now),
        starts_at__lt=now + summaries.WEEK,
        event__account__in=accounts,
        event__gone_at__isnull=True,
        event__hidden=False,
        availability_at__isnull=False,
    ).exclude(status=Event.Status.CANCELLED)
    return dict(
        asked.order_by()
        .values("event__account")
        .annotate(at=Min("availability_at"))
        .values_list("event__account", "at")
    )


def calls_words(sums: Sums) -> str:
    """ "1,204 calls, 3 failed (0.2%), 180 ms each"."""
    name = locale()
    said = ngettext("%(n)s call", "%(n)s calls", sums.calls) % {"n": format_decimal(sums.calls, locale=name)}
    if sums.failed:
        share = format_percent(round(sums.failed / sums.calls, 3), locale=name, decimal_quantization=False)
        failed = format_decimal(sums.failed, locale=name)
        said = _("%(calls)s, %(n)s failed (%(share)s)") % {"calls": said, "n": failed, "share": share}
    return _("%(calls)s, %(ms)s ms each") % {"calls": said, "ms": sums.mean_milliseconds}


def words(error: Exception) -> str:
    """For staff: what went wrong, without addresses, keys or personal data."""
    if isinstance(error, ProviderError):
        return f"{error.code}: {error.detail}" if error.detail else error.code
    return type(error).__name__
