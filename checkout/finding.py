"""Limits on what strangers may ask for, and "find my booking", which never says whether an address is known.

The counts are rows, so they hold over all processes; the keys are keyed hashes, so no address is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from checkout import emails
from checkout.models import Knock, Mail
from shop import clock

PER_ADDRESS = (3, timedelta(hours=1))
PER_CLIENT = (20, timedelta(hours=1))
KEPT = timedelta(days=2)


def _key(what: str, value: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{what}:{value}".encode(), hashlib.sha256).hexdigest()


def client_of(request: HttpRequest) -> str:
    """The address of whoever asks; behind a proxy that we were told of, what the proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def knock(what: str, value: str, limit: tuple[int, timedelta]) -> bool:
    """Count one more and say whether it is within the limit."""
    key, now = _key(what, value), clock.now()
    count, span = limit
    Knock.objects.create(key=key, at=now)
    return Knock.objects.filter(key=key, at__gt=now - span).count() <= count


def find(*, email: str, client: str) -> Mail | None:
    """Queue a mail with links to the orders of an address, if there are any and nobody asked too often.

    The caller answers the same whatever comes of it.
    """
    address = email.strip().lower()
    free = knock("find-client", client, PER_CLIENT)
    free = knock("find-address", address, PER_ADDRESS) and free
    orders = emails.orders_of(address)
    if not free or not orders:
        return None
    return emails.queue(orders[0], "found", again=True)


def prune() -> None:
    Knock.objects.filter(at__lt=clock.now() - KEPT).delete()
