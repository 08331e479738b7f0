"""What the first page of the admin says: sales of today, what is held, which accounts are fresh, who needs a person.

Each figure is of the user's own venues; a superuser sees all.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets.models import Basket, Line
from catalog import health
from catalog.models import Event, ProviderAccount, RefreshRun
from checkout import words
from checkout.models import Order, OrderLine, Payment
from shop import calls, clock
from shop.admin import moment
from shop.money import Money
from shop.words import clock_time

MOST = 20  # rows of "needs a person"
EXPECTED = timedelta(hours=1)  # between refreshes, see CELERY_BEAT_SCHEDULE
LATE, DOWN = EXPECTED * 1.5, EXPECTED * 3 + timedelta(minutes=10)


def today(user: Any) -> dict[str, Any]:
    """Context of the admin's first page for a member of staff."""
    waiting = needs_person(user)
    return {
        "sales_today": sales(user),
        "holds_alive": holds_alive(user),
        "accounts": accounts(user),
        "needs_person": [
            {
                "url": reverse("admin:checkout_order_change", args=[order.pk]),
                "title": order.number,
                "why": words.REASONS.get(order.attention_reason, order.attention_reason),
                "since": moment(order.attention_at),
            }
            for order in waiting[:MOST]
        ],
        "needs_person_count": waiting.count(),
    }


def _own(user: Any, path: str) -> Q:
    return Q() if user.is_superuser else Q(**{f"{path}__in": user.venues.all()})


def needs_person(user: Any) -> Any:
    """Orders that wait for somebody, the longest first."""
    ids = Order.objects.filter(_own(user, "bookings__lines__venue")).exclude(attention_reason="").values("pk")
    return Order.objects.filter(pk__in=ids).order_by("attention_at")


def sales(user: Any) -> dict[str, Any]:
    """What was sold since midnight at the shop's door, hour by hour."""
    zone = ZoneInfo(settings.TIME_ZONE)
    begin = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    sold = OrderLine.objects.filter(_own(user, "venue"), booking__status__in=words.DONE)
    facts = ("price_minor", "currency", "quantity", "pk")
    rows = sold.filter(
        booking__payments__status=Payment.Status.CAPTURED, booking__payments__settled_at__gte=begin
    ).values_list("booking__order_id", "booking__payments__settled_at", *facts)
    # what was paid to us is one payment for every part of its order that is ours
    ours = sold.filter(
        booking__route="us",
        booking__order__payments__route="us",
        booking__order__payments__status=Payment.Status.CAPTURED,
        booking__order__payments__settled_at__gte=begin,
    ).values_list("booking__order_id", "booking__order__payments__settled_at", *facts)
    sums: dict[str, int] = {}
    hours = [0] * 24
    orders: set[int] = set()
    once = {row[-1]: row for row in [*rows, *ours]}  # a line counts once, whatever was paid twice
    for order, at, minor, currency, quantity, _pk in once.values():
        sums[currency] = sums.get(currency, 0) + minor
        hours[at.astimezone(zone).hour] += quantity
        orders.add(order)
    return {
        "sums": [Money(minor, currency) for currency, minor in sorted(sums.items()) if minor],
        "tickets": sum(hours),
        "orders": len(orders),
        "most": max(hours),
        "hours": [
            {"label": clock_time(begin.replace(hour=hour), settings.TIME_ZONE), "tickets": tickets}
            for hour, tickets in enumerate(hours)
        ],
    }


def holds_alive(user: Any) -> dict[str, int]:
    """Tickets that are off sale for somebody right now."""
    alive = Line.objects.filter(
        _own(user, "venue"),
        state__in=[Line.State.HELD, Line.State.CHANGED],
        hold__basket__status__in=[Basket.Status.OPEN, Basket.Status.FROZEN],
        expires_at__gt=clock.now(),
    ).values_list("quantity", "hold_id")
    found = list(alive)
    return {"tickets": sum(quantity for quantity, _hold in found), "holds": len({hold for _q, hold in found})}


def accounts(user: Any) -> list[dict[str, Any]]:
    """Each account's freshness as a dot with words."""
    now = clock.now()
    rows = ProviderAccount.objects.filter(configured=True)
    if not user.is_superuser:
        rows = rows.filter(pk__in=Event.objects.filter(venue__in=user.venues.all()).values("account"))
    runs = {
        row["account"]: row
        for row in RefreshRun.objects.filter(started_at__gt=now - timedelta(days=1))
        .values("account")
        .annotate(all=Count("pk"), wrong=Count("pk", filter=~Q(error="")), last=Max("started_at"))
    }
    counted = calls.counted_since(now - health.A_DAY)
    looks = health.oldest_looks(now, *rows)
    return [
        {
            **_account(row, runs.get(row.pk), now, user),
            "calls": health.calls_words(counted[row.name]) if row.name in counted else "",
            "oldest_look": moment(looks[row.pk]) if row.pk in looks else "",
        }
        for row in rows
    ]


def _account(row: ProviderAccount, runs: dict[str, Any] | None, now: datetime, user: Any) -> dict[str, Any]:
    age = now - row.last_good_refresh_at if row.last_good_refresh_at else None
    if row.stop_sale:
        state, said = "off", _("Sale is stopped")
    elif row.down_since is not None:
        state, said = "down", _("Not answering")
    elif age is None or age > DOWN:
        state, said = "down", _("Not refreshed for a long time") if age else _("Never refreshed")
    elif age > LATE or row.failures:
        state, said = "late", _("Refresh is late")
    else:
        state, said = "good", _("Fresh")
    wrong = ""
    if runs and runs["wrong"]:
        wrong = ngettext(
            "%(wrong)s of %(all)s refresh failed today",
            "%(wrong)s of %(all)s refreshes failed today",
            runs["all"],
        ) % {"wrong": runs["wrong"], "all": runs["all"]}
    may = user.has_perm("catalog.view_provideraccount")
    last = runs["last"] if runs else row.last_good_refresh_at
    return {
        "title": row.title,
        "state": state,
        "words": said,
        "last_good": moment(row.last_good_refresh_at) if row.last_good_refresh_at else "",
        "next": row.next_refresh_at or (last + EXPECTED if last else None),
        "errors": wrong,
        "url": reverse("admin:catalog_provideraccount_change", args=[row.pk]) if may else "",
    }
