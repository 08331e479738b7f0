"""Buttons about money that was paid to us: look again, take it, let it go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout import by_hand, charging, refunding
from checkout.admin_refunds import RIGHT, runs_all
from checkout.models import Booking, Order, Payment
from checkout.payments.base import TillError

SAID: dict[str, Any] = {
    "taken": gettext_lazy("The money is taken."),
    "released": gettext_lazy("The money is let go. The buyer is not charged."),
    "asked": gettext_lazy("The payment company has not answered yet. It is asked again in a moment."),
    "nothing_booked": gettext_lazy("Nothing is booked, so there is nothing to take."),
    "booked": gettext_lazy("Tickets are booked for this money. Take it, or cancel them there by hand first."),
    "being_booked": gettext_lazy("A part is being booked at this moment. Look again in a minute."),
    "not_authorised": gettext_lazy("There is no authorised money any more."),
    "busy": gettext_lazy("The payment is being looked at this moment. Try again in a minute."),
}


def paid_to_us(user: Any, order: Order) -> bool:
    return order.payments.filter(route="us").exclude(external_id="").exists()


def is_authorised(user: Any, order: Order) -> bool:
    """Authorised money is one sum: for whoever runs all of its houses and may decide about money."""
    waiting = order.payments.filter(route="us", status=Payment.Status.AUTHORISED)
    return waiting.exists() and user.has_perm(RIGHT) and runs_all(user, order)


def check(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    """Payments and their refunds, read afresh."""
    rows = order.payments.filter(route="us").exclude(external_id="").order_by("pk")
    payments = [charging.settle_payment(pk, road=who) for pk in rows.values_list("pk", flat=True)]
    states = ", ".join(str(payment.get_status_display()) for payment in payments)
    try:
        found = sum(refunding.learn_all(payment, road=who) for payment in payments)
    except TillError:
        return _("Asked again: %(states)s. What was given back could not be read now.") % {"states": states}
    if found:
        return _("Asked again: %(states)s. Refunds: %(refunds)s.") % {"states": states, "refunds": found}
    return _("Asked again: %(states)s.") % {"states": states}


def take(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    return _each(order, by_hand.take, who)


def release(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    return _each(order, by_hand.release, who)


def _each(order: Order, do: Any, who: str) -> str:
    """One payment at a time waits like this; the newest is asked where none does any more."""
    rows = order.payments.filter(route="us")
    row = rows.filter(status=Payment.Status.AUTHORISED).first() or rows.order_by("-pk").first()
    return str(SAID[do(row.pk, road=who) if row is not None else "not_authorised"])
