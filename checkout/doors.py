"""What all pages of checkout share: who may open them, what their answers carry, where an order's pages lead.

An order's address holds an unguessable token; whoever has it is let in, a stranger gets 404, and 410 says that it has
ended (see `checkout.links`). Nothing of these pages may be stored, indexed, or told to another site.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from baskets import current as visitors
from baskets.guests import desk
from baskets.models import Hold, Line
from checkout import placing
from checkout.links import Over, look_at_end
from checkout.models import Booking, GuestList, Mail, Order
from shop import clock, tracing, words
from shop.pages import error_page
from shop.providers import registry
from shop.providers.addresses import DEFAULT_PORTS, is_loopback
from shop.providers.errors import Misconfigured

View = Callable[..., HttpResponse]
# Nothing else is looked for: not every database takes every character.
TOKEN = re.compile(r"[0-9A-Za-z_-]{16,64}")


def private(view: View) -> View:
    """Never stored, never indexed, its address never told to another site. An address that has ended says so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Over as over:
            response = error_page(410, link=True, guest=over.guest, found=over.found)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def order_of(token: str) -> Order:
    """The order behind a token; 404 for a stranger, `Over` where the address has ended."""
    if not TOKEN.fullmatch(token):
        raise Http404
    back = Mail.objects.filter(order=OuterRef("pk"), bounced_at__isnull=False)
    rows = Order.objects.select_related("basket").annotate(mail_came_back=Exists(back))
    order = get_object_or_404(rows, token=token)
    tracing.note_about(f"order:{order.pk}")
    look_at_end(order)
    return order


def to_basket(request: HttpRequest, order: Order) -> HttpResponse:
    """Back to the choice, also for somebody whose cookie did not come along from a payment page."""
    if not visitors.visitor(request):
        visitors.reopen(request, order.basket)
    return redirect("baskets:detail")


def seconds_left(bookings: Sequence[Booking]) -> int | None:
    end = placing.deadline(list(bookings))
    return None if end is None else max(0, int((end - clock.now()).total_seconds()))


def frame(order: Order, bookings: Sequence[Booking], now: str) -> dict[str, Any]:
    """What each step shows: progress, total, tickets and the clock."""
    left = seconds_left(bookings)
    unpaid = (Booking.Status.HELD, Booking.Status.PREPARED)
    ids = [booking.hold_id for booking in bookings if booking.hold_id and booking.status in unpaid]
    how = (
        list(Hold.objects.filter(pk__in=ids).values_list("verified", "firm")) if left is None and ids else []
    )
    theirs = left is None and bool(ids) and not any(verified for verified, _firm in how)
    names = [("details", _("Details")), ("pay", _("Review and pay")), ("tickets", _("Tickets"))]
    if now == "guests" or _asks_guests(bookings):
        names.insert(1, ("guests", _("Guests")))
    at = [name for name, _label in names].index(now)
    urls = (
        {
            "details": reverse("checkout:details", args=[order.token]),
            "guests": f"{reverse('checkout:guests', args=[order.token])}?change=1",
        }
        if order.status == Order.Status.PLACED
        else {}
    )
    return {
        "order": order,
        "bookings": bookings,
        "steps": [
            {"label": _("Choice"), "state": "done", "url": reverse("baskets:detail")},
            *(
                {
                    "label": label,
                    "state": "done" if number < at else ("now" if number == at else "todo"),
                    "url": urls.get(name, ""),
                }
                for number, (name, label) in enumerate(names)
            ),
        ],
        "deadline": placing.deadline(list(bookings)),
        "seconds_left": left,
        "first_to_end": _first_to_end(bookings),
        "held_for_now": any(verified and firm for verified, firm in how),
        "without_end": theirs,  # in the visitor's own basket at the box office, which names no end of it
        "seconds_whole": max(600, left or 0),
        "timezone": _zone(bookings, placing.deadline(list(bookings))),
        "tickets": sum(b.tickets_expected for b in bookings),
    }


def _asks_guests(bookings: Sequence[Booking]) -> bool:
    """Whether there is a step for guests on the way to the payment."""
    asking = [booking.pk for booking in bookings if desk(booking.account.name)]
    return bool(asking) and GuestList.objects.filter(booking__in=asking, asks_before=True).exists()


def _zone(bookings: Sequence[Booking], deadline: datetime | None) -> str:
    """The zone of the house whose tickets run out first, as in the basket."""
    first = next((b for b in bookings if deadline is not None and b.expires_at == deadline), None)
    for booking in [first] if first else bookings:
        copied = [line.timezone for line in booking.lines.all() if not line.kind]
        zone = (
            copied[0]
            if copied
            else Line.objects.filter(hold=booking.hold_id).values_list("timezone", flat=True).first()
        )
        if zone:
            return zone
    return settings.TIME_ZONE


def held_words(booking: Booking, zone: str) -> str:
    """How long a part of several is held: lines with a clock are told apart from those without one."""
    if booking.expires_at is not None:
        until = words.held_until(booking.expires_at, zone or settings.TIME_ZONE)
        return _("Held until %(time)s") % {"time": until}
    hold = Hold.objects.filter(pk=booking.hold_id).first()
    if hold is None or not hold.firm:
        return _("Not held: yours once you have paid")
    if not hold.verified:
        return _("In your own basket at the box office, which names no end of it")
    return _("Held for you; the box office names no end of it")


def _first_to_end(bookings: Sequence[Booking]) -> str:
    """What the clock is about, where it is one of several."""
    deadline = placing.deadline(list(bookings))
    live = [b for b in bookings if b.status not in (Booking.Status.LAPSED, Booking.Status.REFUSED)]
    first = next((b for b in live if deadline is not None and b.expires_at == deadline), None)
    if first is None or len(live) < 2:
        return ""
    copied = [line.event_name for line in first.lines.all() if line.event_name and not line.kind]
    held = Line.objects.filter(hold=first.hold_id).exclude(state=Line.State.GONE)
    return copied[0] if copied else held.values_list("event_name", flat=True).first() or ""


def comes_back(booking: Booking) -> bool:
    """Whether the page that takes the money leads back to ours; some are told nothing of us."""
    try:
        return not registry.provider(booking.account.name).capabilities.in_browser
    except Misconfigured:
        return True


def pay_origins(bookings: Sequence[Booking]) -> list[str]:
    """Origins of the payment pages this basket may lead to: a form's redirect must be allowed to go there."""
    found: list[str] = []
    for booking in bookings:
        try:
            hosts = registry.config(booking.account.name).allowed_hosts
        except Misconfigured:
            continue
        for entry in hosts:
            host, _colon, port = entry.partition(":")
            plain = bool(port and int(port) not in DEFAULT_PORTS.values()) or is_loopback(host)
            found += [f"https://{entry}", *([f"http://{entry}"] if plain else [])]
    return list(dict.fromkeys(found))


def widen_for_redirect(response: HttpResponse, bookings: Sequence[Booking]) -> HttpResponse:
    """Browsers hold a form's redirect against `form-action` of the page with the form."""
    response._csp_update = {"form-action": pay_origins(bookings)}  # type: ignore[attr-defined]
    return response


def widen_for_frame(response: HttpResponse, bookings: Sequence[Booking], origin: str) -> HttpResponse:
    """The one page on our road with somebody else's page in it: that origin alone may stand there."""
    response._csp_update = {"form-action": pay_origins(bookings)}  # type: ignore[attr-defined]
    response._csp_replace = {"frame-src": [origin]}  # type: ignore[attr-defined]
    return response


def widen_for_card(response: HttpResponse, bookings: Sequence[Booking]) -> HttpResponse:
    """The card page may load the payment script, its frames and its calls; nothing else may."""
    response._csp_update = {  # type: ignore[attr-defined]
        "script-src": settings.STRIPE_CSP_SCRIPT,
        "connect-src": settings.STRIPE_CSP_CONNECT,
        "form-action": pay_origins(bookings),
    }
    response._csp_replace = {"frame-src": settings.STRIPE_CSP_FRAME}  # type: ignore[attr-defined]
    # some ways to pay open a window of their own
    response["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response
