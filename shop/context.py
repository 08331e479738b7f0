"""What every page may say of the shop itself. No query, no cookie: pages stay cacheable."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def about() -> SimpleNamespace:
    """`shop.name`, `.demo`, `.telephone`, `.email`, `.origin` (for addresses that leave the page)."""
    return SimpleNamespace(
        name=settings.SHOP_NAME,
        demo=settings.DEMO,
        telephone=settings.SHOP_TELEPHONE,
        email=settings.SHOP_EMAIL,
        origin=settings.PUBLIC_ORIGIN,
    )


def shop(request: HttpRequest) -> dict[str, Any]:
    return {"shop": about()}
