"""Our own card page: the gate behind its button, and where the payment company sends the buyer."""

from __future__ import annotations

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baskets import current as visitors
from checkout import charging, gate, our_till, paying, tasks
from checkout.doors import order_of, private
from checkout.links import look_at_end
from checkout.models import Order, Payment
from checkout.showing import address_of
from shop.knocks import limited

SALT = "checkout.payment"
WAIT = 0.8  # seconds until the browser asks again


def return_url(payment: Payment) -> str:
    """Where the buyer comes back to, with or without their cookie: the address itself lets them in."""
    token = signing.Signer(salt=SALT).sign(str(payment.pk))
    return address_of(payment.order, "checkout:charged", token)


@require_POST
@private
@limited("press")
def intent(request: HttpRequest, token: str) -> JsonResponse:
    """Pressed "Pay": `secret` to confirm with, `wait` seconds, `go` elsewhere, or `say` why not."""
    order = order_of(token)
    shown = request.POST.get("shown", "")
    answer = gate.press(
        order, shown_minor=int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 12 else -1
    )
    if answer.secret:
        return JsonResponse({"secret": answer.secret})
    if answer.wait:
        return JsonResponse({"wait": WAIT}, status=409)
    if answer.problem is not None:
        return JsonResponse({"say": answer.problem.text}, status=answer.problem.status)
    paying.go_on(order.pk)
    tasks.hurry(order.pk)
    return JsonResponse({"go": reverse("checkout:pay", args=[order.token])}, status=409)


@require_safe
@private
def charged(request: HttpRequest, signed: str) -> HttpResponse:
    """Back from paying. Proves nothing: the payment company is asked. What it appended to the address is dropped."""
    if request.GET:
        return redirect("checkout:charged", signed)
    try:
        pk = int(signing.Signer(salt=SALT).unsign(signed))
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    payment = get_object_or_404(Payment.objects.select_related("order__basket"), pk=pk, route=our_till.US)
    look_at_end(payment.order)
    payment = charging.came_back(payment.pk)
    order = Order.objects.select_related("basket").get(pk=payment.order_id)
    paying.go_on(order.pk)
    tasks.hurry(order.pk)
    order.refresh_from_db()
    if not visitors.visitor(request) and order.status in (Order.Status.PLACED, Order.Status.PAYING):
        visitors.reopen(request, order.basket)
    if order.status == Order.Status.PAYING and paying.current(order).kind in ("pay", "late", "failed"):
        messages.warning(request, _("The payment did not come about. You have not been charged."))
        return redirect("checkout:pay", order.token)
    return redirect("checkout:thanks", order.token)
