"""The box office's own checkout, in a frame of ours or beside it: its page, what it told, and the buyer's own word."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from checkout import hosted, paying, settling, tasks
from checkout.doors import frame, order_of, private, widen_for_frame
from checkout.models import Booking, Order
from checkout.showing import show
from checkout.ways_out import ways_out
from shop import clock

OLD = 5  # seconds
LOOK_AGAIN = (2, 3, 5, 5, 10, 10, 20, 30, 60)  # seconds; the frame's script comes back so often


@require_GET
@private
def there(request: HttpRequest, token: str) -> HttpResponse:
    """The page with the frame. Where none may stand, or nothing is to be paid, to the page that says how it is."""
    order = order_of(token)
    step = paying.current(order) if order.status == Order.Status.PAYING else None
    if step is None or step.kind != "pay" or step.payment is None or step.booking is None:
        return redirect("checkout:pay", order.token)
    if step.booking.returned == hosted.EMPTIED or not hosted.framed(step.booking, step.payment):
        return redirect("checkout:pay", order.token)
    last = step.booking.looked_at or step.booking.prepared_at
    if last is None or (clock.now() - last).total_seconds() > OLD:  # an open page that is loaded again
        settling.settle(step.booking.pk, road="page")
        _go_on(order)
        if paying.current(order).kind != "pay":
            return redirect("checkout:pay", order.token)
    shown = show(order)
    part = next(p for p in shown.parts if p.booking.pk == step.booking.pk)
    page = {
        **frame(order, [p.booking for p in shown.parts], "pay"),
        "shown": shown,
        "part": part,
        "payment": step.payment,
        "frame_name": hosted.frame_name(step.booking),
        "origin": hosted.origin_of(step.payment.secret),
        "comes_back": False,
        "can_be_asked": step.booking.reason != hosted.CANNOT_BE_ASKED,
        **ways_out(order, shown, part),
    }
    return widen_for_frame(render(request, "checkout/there.html", page), page["bookings"], page["origin"])


@require_POST
@private
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """What the frame told the visitor's browser: an order number, an emptied basket. Both only make us ask.

    Answers what the script shows, when it may ask again, and where to go once it is known.
    """
    order = order_of(token)
    number = hosted.clean_number(request.POST.get("number", "")[:60])
    emptied = request.POST.get("emptied") == "1"
    position = request.POST.get("part", "")
    if (booking := hosted.told_of(order, position)) is not None:
        hosted.hint(booking, number=number, emptied=emptied)
        settling.settle(booking.pk, road="frame")
    _go_on(order)
    return JsonResponse(_answer(order, hosted.told_of(order, position), request.POST.get("turn", "")))


def _go_on(order: Order) -> None:
    paying.go_on(order.pk)
    tasks.hurry(order.pk)
    order.refresh_from_db()


def _answer(order: Order, part: Booking | None, turn: str) -> dict[str, Any]:
    if part is None:  # decided, one way or the other; the waiting page leads to the next payment
        name = "checkout:thanks" if order.status == Order.Status.PAYING else "checkout:order"
        return {"go": reverse(name, args=[order.token])}
    payee = part.account.title
    if part.reason == hosted.CANNOT_BE_ASKED:
        return {
            "say": _("%(payee)s does not tell this shop of its orders, so its own confirmation is what counts. Note the "
                     "order number on its last page, then tell us below that you have paid.") % {"payee": payee},
        }  # fmt: skip
    count = int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 4 else 0
    if count >= len(LOOK_AGAIN):
        return {
            "say": _("%(payee)s shows no order of yours yet. If its page above confirms your order, you have it. We go on "
                     "asking, and your order page says how it ended.") % {"payee": payee},
        }  # fmt: skip
    return {"say": _("Asking %(payee)s for your order…") % {"payee": payee}, "again": LOOK_AGAIN[count]}


@require_POST
@private
def paid_there(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer says that they have paid on a page that does not lead back here. It is asked; where nobody can be
    asked, their word is all there is, and it is called that."""
    order = order_of(token)
    said = request.POST.get("number", "")[:60]
    number = hosted.clean_number(said)
    if said.strip() and not number:
        messages.warning(
            request,
            _("That does not look like an order number. It is on the last page of the box office and in its e-mail: "
              "letters, digits and dashes."),
        )  # fmt: skip
        return redirect(_page(order), order.token)
    if (part := hosted.told_of(order, request.POST.get("part", ""))) is not None:
        hosted.hint(part, number=number)
        booking = settling.settle(part.pk, road="page")
        if booking.status in hosted.MAY_BE_PAID and booking.reason == hosted.CANNOT_BE_ASKED:
            hosted.says_paid(booking)
            settling.settle(part.pk, road="return")
    _go_on(order)
    step = paying.current(order) if order.status == Order.Status.PAYING else None
    if step is not None and step.kind in paying.TO_PAY:
        messages.info(
            request,
            _("The box office has no order of yours yet. If you have just paid, wait a moment and look again; if not, "
              "you can go on and pay."),
        )  # fmt: skip
        return redirect("checkout:pay", order.token)
    if order.status == Order.Status.EXPIRED:
        messages.info(request, _("The box office has no order of yours."))
        return redirect("checkout:order", order.token)
    return redirect("checkout:thanks", order.token)


def _page(order: Order) -> str:
    return "checkout:pay" if order.status == Order.Status.PAYING else "checkout:order"
