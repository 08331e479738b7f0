"""What a step of paying leads to: the payment page, the provider's, a form again, or the way back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout import charging, drafts, hosted, our_till, paying, settling, tasks
from checkout.doors import comes_back, frame, to_basket, widen_for_card, widen_for_redirect
from checkout.models import Booking, Order
from checkout.paying import Step
from checkout.payments import intents
from checkout.showing import address_of, show
from checkout.views_till import return_url
from checkout.ways_out import ways_out
from shop import claims, clock
from shop.money import Money
from shop.problems import problem

CHECK = "check"  # in the address of a page that shows what was wrong with what was sent


def look_again(name: str, order: Order) -> HttpResponse:
    """To a page of the order that shows what was wrong; see `checkout.drafts`."""
    return redirect(f"{reverse(name, args=[order.token])}?{CHECK}=1")


def after(request: HttpRequest, order: Order, step: Step) -> HttpResponse:
    """The answer to a step that `paying` named."""
    order.refresh_from_db()
    if step.kind == "pay" and step.payment is not None:
        if step.booking is not None and hosted.framed(step.booking, step.payment):
            return redirect("checkout:there", order.token)
        if step.payment.route == "there" and request.method == "POST":
            return HttpResponseRedirect(step.payment.secret, status=303)
        return redirect("checkout:pay", order.token)
    if step.kind in ("review", "details", "guests"):
        name = f"checkout:{step.kind}"
        if step.problem is None and step.kind == "review":
            return redirect(name, order.token)
        typed = drafts.of(order).typed if step.kind == "review" else {}
        drafts.keep(order, typed, problem=step.problem, booking=step.booking, fields=step.fields)
        return look_again(name, order)
    if step.kind == "basket":
        if step.problem is not None:
            uncharged = _("You have not been charged.")
            told = uncharged in step.problem.text
            messages.warning(request, step.problem.text if told else f"{step.problem.text} {uncharged}")
        return to_basket(request, order)
    if step.kind == "late" and order.status == Order.Status.PLACED:
        messages.warning(
            request,
            _(
                "Less than %(minutes)s minutes are left, which is not enough to pay. Please try to get the "
                "tickets again. You have not been charged."
            )
            % {"minutes": settings.MINUTES_BEFORE_PAYMENT},
        )
        return to_basket(request, order)
    if step.kind == "busy":
        return _busy(request, order, step)
    if step.kind in ("failed", "late", "instead"):
        if step.problem is not None:
            messages.warning(request, step.problem.text)
        return redirect("checkout:pay", order.token)
    if step.problem is not None:
        messages.warning(request, step.problem.text)
    return redirect("checkout:thanks", order.token)


def _busy(request: HttpRequest, order: Order, step: Step) -> HttpResponse:
    """Somebody is at it already: a page that looks again by itself."""
    if request.method == "POST" and (
        claims.is_taken(f"pay:{order.pk}") or order.status == Order.Status.PAYING
    ):
        return redirect("checkout:pay", order.token)
    if request.method == "POST":
        drafts.keep(order, drafts.of(order).typed, problem=step.problem)
        return look_again("checkout:review", order)
    page = {**frame(order, list(order.bookings.select_related("account")), "pay"), "problem": step.problem}
    return render(request, "checkout/busy.html", page, status=409)


def pay_page(request: HttpRequest, order: Order) -> HttpResponse:
    """GET: the payment that is due now, asked of the provider first if the page may be an old one."""
    if order.status == Order.Status.PLACED:
        if claims.is_taken(f"pay:{order.pk}"):
            return after(request, order, Step("busy", problem=problem("taken")))
        return redirect("checkout:review", order.token)
    if order.status != Order.Status.PAYING:
        return redirect(
            "checkout:thanks" if order.status == Order.Status.ATTENTION else "checkout:order", order.token
        )
    step = paying.current(order)
    if step.payment is not None and step.payment.route == our_till.US:
        if step.payment.external_id:
            charging.settle_payment(step.payment.pk, road="page")
        paying.go_on(order.pk)
        tasks.hurry(order.pk)
        step = paying.current(order)
    elif step.booking is not None and _is_old(step.booking):
        settling.settle(step.booking.pk, road="page")
        tasks.hurry(order.pk)
        step = paying.current(order)
    if step.kind not in paying.TO_PAY or step.booking is None:
        return redirect("checkout:thanks", order.token)
    emptied = step.booking.returned == hosted.EMPTIED
    if step.kind == "pay" and step.payment and not emptied and hosted.framed(step.booking, step.payment):
        return redirect("checkout:there", order.token)
    shown = show(order)
    bookings = [part.booking for part in shown.parts]
    part = next(p for p in shown.parts if p.booking.pk == step.booking.pk)
    ours = [p for p in shown.parts if p.ours and p.booking.status in paying.UNPAID] if part.ours else []
    page = {
        **frame(order, bookings, "pay"),
        "shown": shown,
        "step": step,
        "payment": step.payment,
        "part": part,
        "paid_parts": ours or [part],  # what this payment is for
        "sum": Money.total((p.total for p in ours or [part]), order.currency),
        "payee": settings.SHOP_NAME if part.ours else part.payee,
        **ways_out(order, shown, part, kind=step.kind),
        "declined": step.payment is not None and step.payment.reason == "declined",
        "comes_back": comes_back(step.booking),
        "emptied": emptied,
        "can_be_asked": step.booking.reason != hosted.CANNOT_BE_ASKED,
    }
    if step.kind == "pay" and step.payment and step.payment.route == our_till.US:
        page |= {
            "stripe_js_url": settings.STRIPE_JS_URL,
            "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
            "capture_method": intents.capture_method(),
            "return_url": return_url(step.payment),
        }
        return widen_for_card(render(request, "checkout/card.html", page), bookings)
    if step.kind == "pay" and step.payment and step.payment.route == "their_form":
        page |= {
            "stripe_js_url": settings.STRIPE_JS_URL,
            "publishable_key": step.payment.publishable_key,
            "return_url": address_of(order, "checkout:returned", step.booking.return_token, "success"),
        }
        return widen_for_card(render(request, "checkout/card.html", page), bookings)
    return widen_for_redirect(render(request, "checkout/pay.html", page), bookings)


def _is_old(booking: Booking) -> bool:
    """Whether something may have happened since we asked last."""
    last = booking.looked_at or booking.prepared_at
    return last is None or (clock.now() - last).total_seconds() > 5
