"""From the basket to the payment: details, review, pay. Every step is a plain form; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from baskets import totals
from baskets.models import Basket
from checkout import paying, placing, settling, tasks
from checkout.asking import Part, answers_for, ask, missing, save_part
from checkout.doors import (
    frame,
    order_of,
    private,
    seconds_left,
    to_basket,
    widen_for_card,
    widen_for_redirect,
)
from checkout.forms import DetailsForm, ReviewForm
from checkout.models import Booking, Order
from checkout.paying import Step
from checkout.showing import address_of, show
from shop import claims, clock
from shop.problems import problem
from shop.providers.errors import ProviderError

UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)


@require_GET
@private
def start(request: HttpRequest) -> HttpResponse:
    """The basket's live order, made where there is none, at the step where it stands."""
    basket = request.basket  # type: ignore[attr-defined]
    if not basket or not (totals.summary(basket).tickets or placing.live_order(basket)):
        messages.info(request, _("There is nothing in your basket that could be paid for."))
        return redirect("baskets:detail")
    order = placing.place(basket=basket, language=translation.get_language() or settings.LANGUAGE_CODE)
    return redirect(_where(order), order.token)


def _where(order: Order) -> str:
    """The page on which an order stands."""
    if order.status == Order.Status.PLACED:
        return "checkout:details"
    return "checkout:pay" if order.status == Order.Status.PAYING else "checkout:order"


def _placed(request: HttpRequest, order: Order) -> tuple[list[Booking], HttpResponse | None]:
    """The parts of an order that is being filled in, or where to go instead."""
    if order.status != Order.Status.PLACED:
        return [], redirect(_where(order), order.token)
    if order.basket.status == Basket.Status.FROZEN and claims.is_taken(f"pay:{order.pk}"):
        return [], redirect("checkout:pay", order.token)
    bookings = [b for b in placing.sync(order) if b.status in UNPAID]
    order.refresh_from_db()
    if not bookings:
        messages.warning(request, _("Your tickets are not held any more. You have not been charged."))
        return [], to_basket(request, order)
    return bookings, None


# --- details ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@private
def details(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    if request.method == "POST" and order.status == Order.Status.PLACED:
        placing.save_buyer(order, request.POST.dict())  # whatever comes of it, nothing typed is lost
    bookings, elsewhere = _placed(request, order)
    if elsewhere is not None:
        return elsewhere
    try:
        parts = ask(order, bookings)
    except ProviderError as error:
        found = problem(error)
        page = {**frame(order, bookings, "details"), "problem": found}
        return render(request, "checkout/unasked.html", page, status=found.status)
    form = _details_form(order, parts, request.POST if request.method == "POST" else None)
    if not form.fields:
        for part in parts:
            save_part(part, {}, complete=True)
        return redirect("checkout:review", order.token)
    if request.method == "POST":
        valid = form.is_valid()
        placing.save_buyer(order, form.buyer)
        for part in parts:
            save_part(part, form.of_part(part), complete=valid)
        if valid:
            return redirect("checkout:review", order.token)
    return _details_page(request, order, bookings, form, status=422 if form.errors else 200)


def _details_form(order: Order, parts: Sequence[Part], data: Any = None) -> DetailsForm:
    answers = {part.booking.pk: placing.part_answers(part.booking) for part in parts}
    return DetailsForm(parts, buyer=placing.buyer_answers(order), answers=answers, data=data)


def _details_page(
    request: HttpRequest,
    order: Order,
    bookings: Sequence[Booking],
    form: DetailsForm,
    *,
    status: int = 200,
    found: Any = None,
) -> HttpResponse:
    order.refresh_from_db()
    page = {**frame(order, bookings, "details"), **_basket_lines(order), "form": form, "problem": found}
    return render(request, "checkout/details.html", page, status=status)


def _basket_lines(order: Order) -> dict[str, Any]:
    summary = totals.summary(order.basket)
    return {"lines": [line for line in summary.lines if line.counts], "summary": summary}


# --- review -------------------------------------------------------------------------------------------------


@require_GET
@private
def review(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    bookings, elsewhere = _placed(request, order)
    if elsewhere is not None:
        return elsewhere
    if any(booking.details_at is None for booking in bookings):
        return redirect("checkout:details", order.token)
    return _review_page(request, order, bookings, _review_form(order, bookings))


def _review_form(order: Order, bookings: Sequence[Booking], data: Any = None) -> ReviewForm:
    sellers = {booking.pk: _seller(booking) for booking in bookings}
    return ReviewForm(bookings, sellers, data=data, initial={"agreed": order.total_minor})


def _seller(booking: Booking) -> str:
    return booking.account.title


def _review_page(
    request: HttpRequest,
    order: Order,
    bookings: Sequence[Booking],
    form: ReviewForm,
    *,
    found: Any = None,
    status: int = 200,
) -> HttpResponse:
    lines = _basket_lines(order)
    steps = [(b, route) for b, route in paying.routes(list(bookings)) if route != "nothing"]
    first = steps[0] if steps else None
    page = {
        **frame(order, bookings, "pay"),
        **lines,
        "form": form,
        "problem": found,
        "parts": [
            {
                "booking": booking,
                "seller": _seller(booking),
                "lines": [line for line in lines["lines"] if line.hold_id == booking.hold_id],
            }
            for booking in bookings
        ],
        "payments": [
            {"number": number, "booking": booking, "route": route, "payee": booking.account.title}
            for number, (booking, route) in enumerate(steps, start=1)
        ],
        "first": {"amount": first[0].total, "route": first[1], "payee": first[0].account.title}
        if first
        else None,
        "buyer": placing.buyer_answers(order),
    }
    return widen_for_redirect(render(request, "checkout/review.html", page, status=status), bookings)


# --- pay ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@private
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """POST begins, or goes on to the next payment. GET shows where paying stands."""
    order = order_of(token)
    if request.method != "POST":
        return _pay_page(request, order)
    if order.status == Order.Status.PLACED:
        bookings, elsewhere = _placed(request, order)
        if elsewhere is not None:
            return elsewhere
        form = _review_form(order, bookings, request.POST)
        if not form.is_valid():
            if "agreed" in form.errors:  # forged or lost: the sum is shown again, not believed
                form = _review_form(order, bookings)
            return _review_page(request, order, bookings, form, status=422)
        step = paying.begin(order, agreed_minor=form.cleaned_data["agreed"])
    else:
        step = paying.begin(order, agreed_minor=order.total_minor)
    tasks.hurry(order.pk)
    return _lead(request, order, step)


def _lead(request: HttpRequest, order: Order, step: Step) -> HttpResponse:
    """The answer to a step that `paying` named."""
    order.refresh_from_db()
    if step.kind == "pay" and step.payment is not None:
        if step.payment.route == "there" and request.method == "POST":
            return HttpResponseRedirect(step.payment.secret, status=303)
        return redirect("checkout:pay", order.token)
    if step.kind in ("review", "details"):
        bookings, elsewhere = _placed(request, order)
        if elsewhere is not None:
            return elsewhere
        status = step.problem.status if step.problem else 200
        if step.kind == "review":
            if step.problem is None and request.method != "POST":
                return redirect("checkout:review", order.token)
            return _review_page(
                request, order, bookings, _review_form(order, bookings), found=step.problem, status=status
            )
        return _refused_details(request, order, bookings, step)
    if step.kind == "basket":
        if step.problem is not None:
            messages.warning(request, f"{step.problem.text} {_('You have not been charged.')}")
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
        page = {
            **frame(order, list(order.bookings.select_related("account")), "pay"),
            "problem": step.problem,
        }
        return render(request, "checkout/busy.html", page, status=409)
    if step.kind in ("failed", "late"):
        return redirect("checkout:pay", order.token)
    if step.problem is not None:
        messages.warning(request, step.problem.text)
    return redirect("checkout:thanks", order.token)


def _refused_details(
    request: HttpRequest, order: Order, bookings: Sequence[Booking], step: Step
) -> HttpResponse:
    """The form with what was typed, and the provider's complaints in our words beside the fields."""
    try:
        parts = ask(order, bookings)
    except ProviderError:
        return redirect("checkout:details", order.token)
    names = {part.booking.pk: answers_for(part, placing.buyer_answers(order)) for part in parts}
    data: dict[str, str] = dict(placing.buyer_answers(order))
    for part in parts:
        data |= {
            f"part-{part.booking.pk}-{name}": value
            for name, value in placing.part_answers(part.booking).items()
        }
    form = _details_form(order, parts, data)
    form.is_valid()
    if step.booking is not None and step.fields:
        form.complain(step.booking, step.fields)
    complete = all(not missing(part, names[part.booking.pk]) for part in parts)
    found = step.problem if step.fields or complete else None
    return _details_page(request, order, bookings, form, status=422, found=found)


def _pay_page(request: HttpRequest, order: Order) -> HttpResponse:
    """GET: the payment that is due now, asked of the provider first if the page may be an old one."""
    if order.status == Order.Status.PLACED:
        if claims.is_taken(f"pay:{order.pk}"):
            return _lead(request, order, Step("busy", problem=problem("taken")))
        return redirect("checkout:review", order.token)
    if order.status != Order.Status.PAYING:
        return redirect(
            "checkout:thanks" if order.status == Order.Status.ATTENTION else "checkout:order", order.token
        )
    step = paying.current(order)
    if step.booking is not None and _is_old(step.booking):
        settling.settle(step.booking.pk, road="page")
        tasks.hurry(order.pk)
        step = paying.current(order)
    if step.kind not in ("pay", "failed", "late") or step.payment is None or step.booking is None:
        return redirect("checkout:thanks", order.token)
    shown = show(order)
    bookings = [part.booking for part in shown.parts]
    paid_parts = [p for p in shown.parts if p.booking.total_minor]
    page = {
        **frame(order, bookings, "pay"),
        "shown": shown,
        "step": step,
        "payment": step.payment,
        "part": next(p for p in shown.parts if p.booking.pk == step.booking.pk),
        "number": [p.booking.pk for p in paid_parts].index(step.booking.pk) + 1
        if step.booking.total_minor
        else 1,
        "count": len(paid_parts),
    }
    if step.kind == "pay" and step.payment.route == "their_form":
        page |= {
            "stripe_js_url": settings.STRIPE_JS_URL,
            "return_url": address_of(order, "checkout:returned", step.booking.return_token, "success"),
        }
        return widen_for_card(render(request, "checkout/card.html", page), bookings)
    return widen_for_redirect(render(request, "checkout/pay.html", page), bookings)


def _is_old(booking: Booking) -> bool:
    """Whether something may have happened since we asked last."""
    last = booking.looked_at or booking.prepared_at
    return last is None or (clock.now() - last).total_seconds() > 5


@require_GET
@private
def clock_face(request: HttpRequest, token: str) -> HttpResponse:
    """How long what is not paid yet is held, by the server's own clock, for the ticking script."""
    bookings = list(order_of(token).bookings.all())
    return JsonResponse({"seconds_left": seconds_left(bookings)})


@require_POST
@private
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Back to the basket: the tickets stay held, nothing is charged."""
    order = order_of(token)
    step = paying.cancel(order)
    tasks.hurry(order.pk)
    if step.kind == "basket":
        messages.info(request, _("You are back at your choice. You have not been charged."))
    return _lead(request, order, step)


@require_POST
@private
def without(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """Go on without a part that could not be paid."""
    order = order_of(token)
    booking = order.bookings.filter(position=position).first()
    step = paying.leave_out(order, booking.pk) if booking else paying.current(order)
    tasks.hurry(order.pk)
    return _lead(request, order, step)
