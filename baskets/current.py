"""Whose basket this is: a visitor is a signed, unguessable token in a cookie of ours, and nothing else.

No query is made until somebody looks. A visitor has one live basket for each currency; the one touched last
is the current one unless the address says `?currency=`.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from baskets import lifecycle, totals
from baskets.models import Basket
from shop import clock

SALT = "baskets.visitor"
COOKIE_SECONDS = 30 * 24 * 3600


def visitor(request: HttpRequest) -> str:
    """The visitor's token, "" for somebody we have not met or whose cookie is not ours."""
    known = getattr(request, "_visitor", None)
    if known is None:
        name = settings.BASKET_COOKIE
        known = request.get_signed_cookie(name, default="", salt=SALT, max_age=COOKIE_SECONDS) or ""
        request._visitor = known  # type: ignore[attr-defined]
    return known


def remember(request: HttpRequest, token: str = "") -> str:
    """The visitor's token; a new one is made where there is none, and the answer will carry it."""
    known = token or visitor(request) or secrets.token_urlsafe(24)
    request._visitor = known  # type: ignore[attr-defined]
    request._remember = True  # type: ignore[attr-defined]
    return known


def reopen(request: HttpRequest, basket: Basket) -> None:
    """Give the visitor this basket back, for whoever proved it by an unguessable address (return of a payment)."""
    remember(request, basket.visitor)
    forget_cached(request)


def renew(request: HttpRequest, ended: Basket) -> None:
    """Another token for the visitor whose basket has ended in an order, while they have no other one.

    Somebody who was given this one by a return address (`reopen`), on another device or from a shared link, sees
    nothing of what the buyer puts into a basket from now on.
    """
    if visitor(request) == ended.visitor and not baskets(request):
        remember(request, secrets.token_urlsafe(24))
        forget_cached(request)


def store(request: HttpRequest, response: HttpResponse) -> None:
    if getattr(request, "_remember", False):
        response.set_signed_cookie(
            settings.BASKET_COOKIE,
            visitor(request),
            salt=SALT,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SECURE,
        )


def forget_cached(request: HttpRequest) -> None:
    request._baskets = None  # type: ignore[attr-defined]


def baskets(request: HttpRequest) -> list[Basket]:
    """The visitor's live baskets, the one touched last first."""
    found = getattr(request, "_baskets", None)
    if found is None:
        token = visitor(request)
        live = (Basket.Status.OPEN, Basket.Status.FROZEN)
        found = (
            list(Basket.objects.filter(visitor=token, status__in=live).order_by("-touched_at", "-pk"))
            if token
            else []
        )
        request._baskets = found  # type: ignore[attr-defined]
    return found


def basket(request: HttpRequest) -> Basket | None:
    """The current one: of the currency in the address, else the one touched last."""
    live, currency = baskets(request), request.GET.get("currency", "").upper()
    return next((one for one in live if one.currency == currency), live[0] if live else None)


def open_basket(request: HttpRequest, currency: str, *, party: int = 0) -> Basket:
    """The open basket for this currency, made where there is none. `party`: how many tickets are asked for now.

    Raises `lifecycle.NotNow` while the visitor's basket in this currency is being paid for.
    """
    token = remember(request)
    for one in baskets(request):
        if one.currency == currency:
            if one.status != Basket.Status.OPEN:
                raise lifecycle.NotNow(one.status)
            if party and party != one.party:
                one.party = party
                one.save(update_fields=["party"])
            return one
    now = clock.now()
    fresh: dict[str, Any] = {"created_at": now, "touched_at": now, "due_at": now + lifecycle.KEEP}
    if party:
        fresh["party"] = party
    try:
        with transaction.atomic():
            made = Basket.objects.create(visitor=token, currency=currency, **fresh)
    except IntegrityError:  # a second request of the same visitor was quicker
        made = Basket.objects.get(visitor=token, currency=currency, status=Basket.Status.OPEN)
        forget_cached(request)
    else:
        request._baskets = [made, *baskets(request)]  # type: ignore[attr-defined]
    return made


def badge(request: HttpRequest) -> totals.Badge:
    """What the header says of all the visitor's baskets."""
    return totals.badge(baskets(request))
