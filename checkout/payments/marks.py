"""What we write into the payment company's objects, so that an event finds its row again however early it comes.

Keys of `metadata`: shop (the address of this shop: several may share one account there), order (its number, for
people), payment and refund (ids of our rows). Nothing personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def of_payment(payment_id: int, order_number: str) -> dict[str, str]:
    """For an intent to pay."""
    return {"shop": settings.PUBLIC_ORIGIN, "order": order_number, "payment": str(payment_id)}


def of_refund(refund_id: int, payment_id: int, order_number: str) -> dict[str, str]:
    return {**of_payment(payment_id, order_number), "refund": str(refund_id)}


def payment_ref(metadata: Mapping[str, Any] | None) -> str:
    """Our payment's id; "" where another shop, or nobody of ours, wrote it."""
    return _ours(metadata, "payment")


def refund_ref(metadata: Mapping[str, Any] | None) -> str:
    return _ours(metadata, "refund")


def _ours(metadata: Mapping[str, Any] | None, key: str) -> str:
    if not metadata or metadata.get("shop") != settings.PUBLIC_ORIGIN:
        return ""
    return str(metadata.get(key) or "")
