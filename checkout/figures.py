"""How the whole shop is doing, in figures: for health checks, metrics and alerts; asked for by name from the roof."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Min, QuerySet, Value
from django.utils.translation import gettext as _

from baskets.models import Basket, Hold
from catalog.models import ProviderAccount
from checkout import inbox, reports
from checkout.models import Booking, GuestList, InboxMessage, Mail, Order, Payment, Refund
from shop import alerts, breakers, clock

GOOD, DEGRADED = "good", "degraded"  # as `shop.health` has them
RECENT = timedelta(days=30)  # orders that bookings and payments are counted of

Values = dict[tuple[str, ...], float]
Families = dict[str, tuple[str, tuple[str, ...], Values]]


def waiting(user: Any = None) -> tuple[int, datetime | None]:
    """Orders that need a person, and since when the first of them; of a user's own venues."""
    rows = (
        Order.objects.exclude(attention_reason="") if user is None else reports.needs_person(user).order_by()
    )
    found = rows.aggregate(n=Count("pk"), since=Min("attention_at"))
    return found["n"], found["since"]


def accounts() -> list[tuple[str, str, str, datetime | None]]:
    """Each configured account: name, state, words, last good refresh. None of them closes the shop."""
    now, found, resting = clock.now(), [], breakers.all_resting()
    for row in ProviderAccount.objects.filter(configured=True):
        at = row.last_good_refresh_at
        if row.name in resting:
            since = alerts.moment(resting[row.name].since)
            state, said = DEGRADED, _("is left alone since %(when)s: it did not answer") % {"when": since}
        elif row.down_since is not None:
            state, said = (
                DEGRADED,
                _("does not answer since %(when)s") % {"when": alerts.moment(row.down_since)},
            )
        elif at is None:
            state, said = DEGRADED, _("was never refreshed")
        elif now - at > reports.LATE:
            state, said = DEGRADED, _("was not refreshed since %(when)s") % {"when": alerts.moment(at)}
        else:
            state, said = GOOD, _("answers")
        found.append((row.name, state, said, at))
    return found


def _due() -> dict[str, tuple[QuerySet[Any], str]]:
    """Everything that waits for the sweep: name -> rows, field of the due time."""
    return {
        "bookings": (Booking.objects.all(), "due_at"),
        "documents": (Booking.objects.all(), "documents_due_at"),
        "payments": (Payment.objects.all(), "due_at"),
        "orders": (Order.objects.all(), "due_at"),
        "mails": (Mail.objects.filter(sent_at__isnull=True), "due_at"),
        "refunds": (Refund.objects.all(), "due_at"),
        "inbox": (InboxMessage.objects.filter(state__in=inbox.WAITING), "due_at"),
        "guests": (GuestList.objects.all(), "due_at"),
        "holds": (
            Hold.objects.filter(basket__status=Basket.Status.OPEN).exclude(state=Hold.State.CLOSED),
            "due_at",
        ),
    }


def lag(now: datetime) -> tuple[Values, Values]:
    """How many rows are due and how long the oldest has been, by what they are. One query."""
    kinds = _due()
    parts = [
        rows.filter(**{f"{field}__lte": now})
        .order_by()
        .annotate(what=Value(name, output_field=CharField()))
        .values("what")
        .annotate(n=Count("pk"), oldest=Min(field))
        .values_list("what", "n", "oldest")
        for name, (rows, field) in kinds.items()
    ]
    many: Values = {(name,): 0 for name in kinds}
    oldest: Values = {(name,): 0 for name in kinds}
    for what, n, at in parts[0].union(*parts[1:], all=True):
        if at is not None:
            many[(what,)], oldest[(what,)] = n, max(0.0, (now - at).total_seconds())
    return many, oldest


def now() -> Families:
    """name -> (what it is, names of its labels, {labels: value}). Names are Prometheus' without the beginning."""
    at = clock.now()
    many, oldest = lag(at)
    recent = at - RECENT
    bookings = dict.fromkeys(((status,) for status in Booking.Status.values), 0.0)
    counted = Booking.objects.filter(order__placed_at__gte=recent).order_by().values_list("status")
    bookings |= {(status,): n for status, n in counted.annotate(n=Count("pk"))}
    payments: Values = {}
    paid = Payment.objects.filter(order__placed_at__gte=recent).order_by().values_list("route", "status")
    for route, status, n in paid.annotate(n=Count("pk")):
        payments[(route, status)] = n
    holds = dict.fromkeys(((state,) for state in Hold.State.values if state != Hold.State.CLOSED), 0.0)
    alive = Hold.objects.filter(basket__status__in=[Basket.Status.OPEN, Basket.Status.FROZEN])
    alive = alive.exclude(state=Hold.State.CLOSED).order_by()
    holds |= {(state,): n for state, n in alive.values_list("state").annotate(n=Count("pk"))}
    people, since = waiting()
    families: Families = {
        "holds": ("Holds of live baskets by state.", ("state",), holds),
        "bookings": ("Parts of orders of the last 30 days by state.", ("status",), bookings),
        "payments": ("Payments of orders of the last 30 days by state.", ("route", "status"), payments),
        "attention_orders": ("Orders that need a person.", (), {(): people}),
        "attention_oldest_seconds": (
            "How long the first of them has waited.",
            (),
            {(): (at - since).total_seconds() if since else 0},
        ),
        "due_rows": ("Rows that are due for the sweep.", ("what",), many),
        "due_oldest_seconds": ("How long the oldest of them has been due.", ("what",), oldest),
        "sign_of_life_timestamp_seconds": (
            "When beat ticked last, and when the last sweep was done.",
            ("of",),
            {(name,): seen.timestamp() for name, seen in alerts.signs().items()},
        ),
    }
    return families | _accounts(at)


def _accounts(at: datetime) -> Families:
    rows, resting = list(ProviderAccount.objects.filter(configured=True)), breakers.all_resting()
    return {
        "breaker_open": (
            "1 while the account is left alone because it does not answer.",
            ("account",),
            {(row.name,): float(row.name in resting) for row in rows},
        ),
        "account_up": (
            "1 while the account answers.",
            ("account",),
            {(row.name,): float(row.down_since is None) for row in rows},
        ),
        "account_on_sale": (
            "0 where staff have stopped its sale.",
            ("account",),
            {(row.name,): float(not row.stop_sale) for row in rows},
        ),
        "account_refresh_failures": (
            "Refreshes that failed, in a row.",
            ("account",),
            {(row.name,): float(row.failures) for row in rows},
        ),
        "account_refreshed_timestamp_seconds": (
            "When it was last refreshed well.",
            ("account",),
            {(row.name,): row.last_good_refresh_at.timestamp() for row in rows if row.last_good_refresh_at},
        ),
    }
