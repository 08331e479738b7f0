"""An account that reads another system than before, as when a venue goes from a trial to its live one.

All ids are others then, and in numbers of old an id may come again for something else. So what was known of the old
system is set aside before anything of the new one is written: its events are gone, and their ids can meet no new one.
Orders keep their own words of what was bought. A house stays the same house: the new one of its name takes its row
over, with its staff and its own texts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat, Substr

from catalog import versions
from catalog.models import Event, Instance, ProviderAccount, Venue

ASIDE = "@"  # in no id of a provider that names its system


def system_of(provider: Any) -> str:
    """Whose ids a provider reads; "" where it does not say, because they never change."""
    return str(getattr(getattr(provider, "capabilities", None), "system", ""))[:200]


def has_moved(account: ProviderAccount, system: str) -> bool:
    return bool(account.system and system and account.system != system)


def settle(account: ProviderAccount, system: str, *, now: datetime) -> None:
    """Called once the new system has listed something: until then the old catalogue stays."""
    if not system or account.system == system:
        return
    with transaction.atomic():
        if has_moved(account, system):
            _set_aside(account, now)
        ProviderAccount.objects.filter(pk=account.pk).update(system=system)
    account.system = system


def _set_aside(account: ProviderAccount, now: datetime) -> None:
    stamp = f"{ASIDE}{now:%Y%m%d%H%M%S}"
    aside = Concat(Substr(F("provider_ref"), 1, 80), Value(stamp), output_field=CharField())
    Event.objects.filter(account=account, gone_at=None).update(gone_at=now, changed_at=now, content_hash="")
    Instance.objects.filter(event__account=account, gone_at=None).update(gone_at=now, content_hash="")
    for model in (Event, Venue):
        rows: Any = model._default_manager
        rows.filter(account=account).exclude(provider_ref__contains=ASIDE).exclude(provider_ref="").update(
            provider_ref=aside
        )
    Venue.objects.filter(account=account).update(content_hash="")
    versions.bump()


def adopted(account: ProviderAccount, ref: str, name: str) -> tuple[int, str] | None:
    """The row of a house that was set aside and has come again under another id: its key and fingerprint, or None."""
    row = (
        Venue.objects.filter(account=account, name=name, provider_ref__contains=ASIDE).order_by("-pk").first()
    )
    if row is None:
        return None
    Venue.objects.filter(pk=row.pk).update(provider_ref=ref)
    return row.pk, row.content_hash
