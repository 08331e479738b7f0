"""What a venue tells beside its programme: offers, and its contact preferences. Read with a refresh, and stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction

from catalog import records, versions
from catalog.models import ContactStatement, ProviderAccount, VenueOffer
from shop.providers.base import CatalogSource
from shop.providers.errors import ProviderError

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST = 100  # of one account


def refresh(account: ProviderAccount, source: CatalogSource) -> None:
    """Ask for both, where the account has them. One that cannot be had leaves what is known as it is."""
    offers = _asked(account, getattr(source, "offers", None))
    if offers is not None and _offers(account, offers):
        versions.bump()
    statements = _asked(account, getattr(source, "statements", None))
    if statements is not None:
        _keep(
            ContactStatement,
            account,
            {one.ref: {"text": records.plain(one.text)} for one in statements if one.ref},
        )


def _asked(account: ProviderAccount, ask: Callable[[], Sequence[T]] | None) -> Sequence[T] | None:
    if ask is None:
        return None
    try:
        return ask()[:MOST]
    except ProviderError as error:
        log.info("%s: what it tells beside its programme was not read: %s", account.name, error.code)
        return None


def _offers(account: ProviderAccount, offers: Sequence[Any]) -> bool:
    wanted = {
        one.ref[:100]: {
            "name": records.plain(one.name)[:200],
            "text": records.clean_html(one.description_html),
            "ends_at": one.ends_at,
        }
        for one in offers
        if one.ref
    }
    return _keep(VenueOffer, account, wanted)


def _keep(
    model: type[VenueOffer] | type[ContactStatement],
    account: ProviderAccount,
    wanted: Mapping[str, dict[str, Any]],
) -> bool:
    """Bring the rows in line with what is told now; True where something changed. These are nobody's past."""
    rows: Any = model._default_manager
    known = {row.provider_ref: row for row in rows.filter(account=account)}
    changed = False
    with transaction.atomic():
        for ref, values in wanted.items():
            row = known.get(ref)
            if row is not None and all(getattr(row, name) == value for name, value in values.items()):
                continue
            rows.update_or_create(account=account, provider_ref=ref, defaults=values)
            changed = True
        gone = [row.pk for ref, row in known.items() if ref not in wanted]
        if gone:
            rows.filter(pk__in=gone).delete()
    return changed or bool(gone)
