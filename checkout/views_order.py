"""After the payment page: coming back, waiting, the order with its tickets, and finding it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from baskets import current as visitors
from baskets.models import Basket
from checkout import (
    bounces,
    charging,
    emails,
    finding,
    hosted,
    our_till,
    paying,
    readdressing,
    settling,
    sold,
    tasks,
)
from checkout.calendar import calendar_file
from checkout.doors import TOKEN, frame, order_of, private
from checkout.forms import FindForm
from checkout.links import found_order, look_at_end
from checkout.models import Booking, Document, Order
from checkout.showing import OrderShown, show
from shop import claims, clock, knocks
from shop.crypto import unseal
from shop.knocks import limited
from shop.providers import registry
from shop.providers.addresses import is_allowed
from shop.providers.errors import Misconfigured

LONG = timedelta(seconds=60)  # then the waiting page says that it can be closed
STOP_POLLING = 286
ASKED_JUST_NOW = timedelta(seconds=10)
UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)


# --- coming back --------------------------------------------------------------------------------------------


@require_safe
@private
def returned(request: HttpRequest, return_token: str, outcome: str) -> HttpResponse:
    """Where a payment page sends the buyer. Proves nothing: it makes us ask, with or without their cookie."""
    if request.GET:
        # what a payment page appends (a secret among it) leaves the address bar, the history and the logs. Only
        # the choice of page depends on it: a failed bank page leads to the card form, which asks afresh
        if request.GET.get("redirect_status") == "failed":
            outcome = "failure"
        return redirect("checkout:returned", return_token, outcome)
    booking = get_object_or_404(
        Booking.objects.select_related("order__basket", "account"), return_token=return_token
    )
    look_at_end(booking.order)
    asked_at = clock.now()
    if booking.status not in settling.DONE:
        Booking.objects.filter(pk=booking.pk).exclude(status__in=settling.DONE).update(
            returned=outcome, returned_at=asked_at
        )
        booking = settling.settle(booking.pk, road="return")
        paying.go_on(booking.order_id)
        tasks.hurry(booking.order_id)
    order = booking.order
    order.refresh_from_db()
    if not visitors.visitor(request) and order.status in (Order.Status.PLACED, Order.Status.PAYING):
        visitors.reopen(request, order.basket)
    asked = booking.looked_at is not None and booking.looked_at >= asked_at
    if outcome == "failure" and asked and booking.status in UNPAID:
        step = paying.returned_unpaid(booking)
        order.refresh_from_db()
        if step.kind == "review" or (step.kind == "pay" and step.booking == booking):  # else the page says so
            messages.warning(request, _("The payment did not come about. You have not been charged."))
        if step.kind == "review":
            return redirect("checkout:review", order.token)
        if step.kind in paying.TO_PAY:
            return redirect("checkout:pay", order.token)
    return redirect("checkout:thanks", order.token)


# --- waiting ------------------------------------------------------------------------------------------------


@require_GET
@private
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """The page that waits with the buyer, by script or by reloading itself; it never asks to pay again."""
    order = order_of(token)
    _ask_now(order, "page")
    where = _over(order)
    _renew(request, order)
    if where:
        if _still_to_pay(order, request.GET.get("tried", "")):
            messages.warning(
                request,
                _("The last try has not come through. You can try again: one payment is never taken twice."),
            )
        return redirect(where)
    return render(request, "checkout/thanks.html", _waiting(order))


def _renew(request: HttpRequest, order: Order) -> None:
    """What was bought is done with: the visitor goes on as another one (see `checkout.links`)."""
    if order.status in (Order.Status.PAID, Order.Status.FULFILLED):
        visitors.renew(request, order.basket)


def _still_to_pay(order: Order, tried: str) -> bool:
    """Whether the part with this number, whose payment the card page saw no answer to, is the one that is due."""
    if order.status != Order.Status.PAYING:
        return False
    step = paying.current(order)
    return step.kind == "pay" and step.booking is not None and str(step.booking.pk) == tried


@require_GET
@private
def status(request: HttpRequest, token: str) -> HttpResponse:
    """What the waiting page polls; ends with 286 and the way on."""
    order = order_of(token)
    _ask_now(order, "poll")
    where = _over(order)
    _renew(request, order)
    page = {**_waiting(order), "where": where}
    response = render(request, "checkout/_status.html", page, status=STOP_POLLING if where else 200)
    if where:
        response["HX-Redirect"] = where
    return response


def _ask_now(order: Order, road: str) -> None:
    """Ask about what is due; the plan of `settling` decides, so that many pollers ask no more than one."""
    now = clock.now()
    due = Q(due_at__lte=now)
    if road == "page":  # the page itself asks once, whatever the plan, unless somebody just did
        due |= Q(looked_at__isnull=True) | Q(looked_at__lt=now - timedelta(seconds=2))
    waiting = order.bookings.filter(due, status__in=settling.OPEN, prepared_at__isnull=False)
    for pk in list(waiting.exclude(route=our_till.US, status__in=UNPAID).values_list("pk", flat=True)):
        settling.settle(pk, road=road)
    to_us = order.payments.filter(due, route=our_till.US, status__in=our_till.LIVE).exclude(external_id="")
    for pk in list(to_us.values_list("pk", flat=True)):
        charging.settle_payment(pk, road=road)
    paying.go_on(order.pk)
    tasks.hurry(order.pk)
    order.refresh_from_db()


def _over(order: Order) -> str:
    """Where the buyer goes from the waiting page, "" while there is something to wait for."""
    if order.status == Order.Status.PLACED:
        frozen = order.basket.status == Basket.Status.FROZEN
        return (
            ""
            if frozen or claims.is_taken(f"pay:{order.pk}")
            else reverse("checkout:review", args=[order.token])
        )
    if order.status != Order.Status.PAYING or sold.rests_on_a_word(order):
        return reverse("checkout:order", args=[order.token])
    step = paying.current(order)
    return reverse("checkout:pay", args=[order.token]) if step.kind in paying.TO_PAY else ""


def _waiting(order: Order) -> dict[str, Any]:
    shown = show(order)
    to_us = shown.to_us
    tried = [to_us.tried_at] if to_us is not None and to_us.tried_at else []
    since = min([p.booking.returned_at for p in shown.waiting if p.booking.returned_at] + tried, default=None)
    step = paying.current(order)
    about = step.booking.pk if step.booking is not None else None
    part = next((p for p in shown.waiting if p.booking.pk == about), None)
    return {
        **frame(order, [p.booking for p in shown.parts], "tickets"),
        "shown": shown,
        "part": part or (shown.waiting[0] if shown.waiting else None),
        "long": since is not None and clock.now() - since > LONG,
    }


# --- the order ----------------------------------------------------------------------------------------------


@require_GET
@private
def order(request: HttpRequest, token: str) -> HttpResponse:
    found = order_of(token)
    if found.status == Order.Status.PLACED:
        return redirect("checkout:review", found.token)
    if found.status == Order.Status.PAYING and not sold.rests_on_a_word(found):
        return redirect("checkout:thanks", found.token)
    if found.status in (Order.Status.EXPIRED, Order.Status.ATTENTION):
        _ask_once_more(found)
        if found.status == Order.Status.PAYING:
            return redirect("checkout:thanks", found.token)
    shown = show(found)
    if found.status == Order.Status.PAID:
        tasks.hurry(found.pk)
    page = {
        **frame(found, [p.booking for p in shown.parts], "tickets"),
        "shown": shown,
        "fetching": _still_fetching(shown),
        "bounced": _bounced(found),
        "fresh": found.paid_at is not None and clock.now() - found.paid_at < timedelta(minutes=10),
    }
    return render(request, _page_of(found, shown), page)


def _bounced(found: Order) -> dict[str, Any] | None:
    """Where a mail to the order's address came back: why, and a form for a better one."""
    mail = bounces.bounced_of(found) if found.mail_came_back else None  # type: ignore[attr-defined]
    if mail is None:
        return None
    return {"why": bounces.WHY.get(mail.bounce, mail.bounce), "form": readdressing.form_of(found)}


def _ask_once_more(found: Order) -> None:
    """Whoever comes back makes us ask: a hosted checkout may have been gone through late."""
    since = clock.now() - ASKED_JUST_NOW
    for booking in hosted.handed_over(found):
        late = booking.looked_at is None or booking.looked_at < since
        if late and booking.due_at is not None:
            settling.settle(booking.pk, road="page")
    found.refresh_from_db()


def _page_of(found: Order, shown: OrderShown) -> str:
    """Each end has a page of its own."""
    if shown.done or shown.unproven or found.status in (Order.Status.ATTENTION, Order.Status.REFUNDED):
        return "checkout/order.html"
    return "checkout/ended.html"


def _still_fetching(shown: OrderShown) -> bool:
    """Tickets that are on their way this minute: the page looks again by itself."""
    soon = clock.now() + timedelta(minutes=2)
    return any(
        p.booking.documents_due_at is not None and p.booking.documents_due_at < soon for p in shown.done
    )


@require_GET
@private
def document(request: HttpRequest, token: str, doc_token: str) -> HttpResponse:
    """One ticket: a stored file, or the way to a wallet. Whoever has the order's address has its tickets."""
    found = order_of(token)
    if not TOKEN.fullmatch(doc_token):
        raise Http404
    row = get_object_or_404(
        Document.objects.select_related("booking__account"), token=doc_token, booking__order=found
    )
    if row.link:
        return _to_wallet(row)
    if not row.content:
        raise Http404
    response = HttpResponse(unseal(row.content), content_type=row.content_type or "application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _to_wallet(row: Document) -> HttpResponse:
    try:
        hosts = registry.config(row.booking.account.name).allowed_hosts
    except Misconfigured:
        raise Http404 from None
    if not is_allowed(row.link, hosts):
        raise Http404
    return HttpResponseRedirect(row.link)


@require_GET
@private
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    found = order_of(token)
    if not found.bookings.filter(status__in=settling.DONE).exists():
        raise Http404
    response = HttpResponse(calendar_file(found), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.ics"'
    return response


@require_POST
@private
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Send the mail once more, to the address of the order and to no other."""
    found = order_of(token)
    done = found.bookings.filter(status__in=settling.DONE).exists()
    wait = knocks.knock(*knocks.counted(request, "again", found.token)) if done else 0
    if done and not wait:
        emails.queue(found, "paid", again=True)
        tasks.hurry(found.pk)
        messages.success(request, _("The mail is on its way to the address of this order."))
    elif done:
        return knocks.too_many(request, wait)
    else:
        messages.warning(request, _("There is no mail to send again: nothing of this order is booked."))
    return redirect("checkout:order", found.token)


# --- finding it again ---------------------------------------------------------------------------------------


@require_safe
@private
def found(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of the mail that "find my booking" sends: on to the order, for a day."""
    order = found_order(signed)
    if order is None:
        raise Http404
    return redirect("checkout:order", order.token)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@limited("find")
def find(request: HttpRequest) -> HttpResponse:
    """A mail with links, if there is something to send; the answer is the same in every case."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        mail = finding.find(email=form.cleaned_data["email"])
        if mail is not None:
            tasks.hurry(mail.order_id)
        return redirect(f"{reverse('checkout:find')}?asked=1")
    page = {"form": form, "asked": "asked" in request.GET and request.method != "POST"}
    return render(request, "checkout/find.html", page, status=422 if form.errors else 200)
