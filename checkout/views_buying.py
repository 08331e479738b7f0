"""From the basket to the payment: details, review, pay. Every step is a plain form; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from baskets import holding, totals
from baskets.asking import lead
from baskets.models import Basket, Line
from checkout import answered, drafts, guests, hosted, our_till, pay_steps, paying, placing, quoting, tasks
from checkout.asking import Part, ask, save_part
from checkout.doors import (
    frame,
    held_words,
    order_of,
    private,
    seconds_left,
    to_basket,
    widen_for_redirect,
)
from checkout.forms import DetailsForm, ReviewForm, part_field
from checkout.models import Booking, Order, OrderLine, Payment
from checkout.sellers import Seller, sellers_of
from checkout.views_paying import CHECK, after, look_again, pay_page
from shop import claims, words
from shop.knocks import limited
from shop.money import Money
from shop.problems import problem
from shop.providers.errors import ProviderError
from shop.providers.types import BUYER_NAMES

ASKED = "asked"  # in the address of the way in: up to which hold the visitor's browser has asked
UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)


@require_GET
@private
def start(request: HttpRequest) -> HttpResponse:
    """The basket's live order, made where there is none, at the step where it stands."""
    basket = request.basket  # type: ignore[attr-defined]
    if not basket or not (_has_something(basket) or placing.live_order(basket)):
        messages.info(request, _("There is nothing in your basket that could be paid for."))
        return redirect("baskets:detail")
    if answered.waits(request, basket):
        return redirect(f"{reverse('baskets:detail')}?currency={basket.currency}")
    order = placing.place(basket=basket, language=translation.get_language() or settings.LANGUAGE_CODE)
    if order.status == Order.Status.PLACED:
        done = request.GET.get(ASKED, "")
        try:
            hosted.ask_browser(
                order,
                then=reverse("checkout:start"),
                number=True,
                after=int(done) if done.isascii() and done.isdigit() and len(done) < 19 else 0,
            )
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
    return redirect(_where(order), order.token)


def _has_something(basket: Basket) -> bool:
    found = totals.summary(basket)
    return bool(found.tickets or found.extras)


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
    if answered.waits(request, order.basket):
        return [], to_basket(request, order)
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
        drafts.keep(order, request.POST)
    bookings, elsewhere = _placed(request, order)
    if elsewhere is not None:
        return elsewhere
    try:
        parts = ask(order, bookings)
    except ProviderError as error:
        if request.method == "POST":
            return redirect("checkout:details", order.token)
        found = problem(error)
        page = {**frame(order, bookings, "details"), "problem": found}
        return render(request, "checkout/unasked.html", page, status=found.status)
    form = _details_form(order, parts, request.POST if request.method == "POST" else None)
    if not form.fields:
        for part in parts:
            save_part(part, {}, complete=True)
        return redirect(_onward(bookings), order.token)
    if request.method == "POST":
        valid = form.is_valid()
        placing.save_buyer(order, form.buyer)
        for part in parts:
            save_part(part, form.of_part(part), complete=valid)
        if not valid:
            return look_again("checkout:details", order)
        drafts.drop(order)
        before = {part.booking.pk: part.booking.tickets_minor for part in parts}
        if refused := quoting.quote(order, [part.booking for part in parts]):
            booking, error = refused
            found = problem(error)
            step = paying.Step("details", problem=found, booking=booking, fields=found.fields)
            return after(request, order, step)
        _say_other_prices(request, order, before)
        return redirect(_onward(bookings), order.token)
    draft = drafts.of(order)
    if CHECK in request.GET:
        form = _details_form(order, parts, {**form.initial, **draft.typed})
        form.is_valid()
        if said_by := next((booking for booking in bookings if booking.pk == draft.booking), None):
            form.complain(said_by, draft.fields)
    order.refresh_from_db()
    page = {**frame(order, bookings, "details"), **_basket_lines(order), "form": form}
    if CHECK in request.GET and draft.title:
        page["problem"] = draft
    return render(request, "checkout/details.html", page)


def _say_other_prices(request: HttpRequest, order: Order, before: Mapping[int, int]) -> None:
    """The basket showed a price that a box office changes once it knows who buys: nobody meets it without a word."""
    parts = [one for one in order.bookings.select_related("account") if one.pk in before]
    sellers = sellers_of(parts)
    for one in parts:
        if one.tickets_minor != before[one.pk]:
            now, was = (
                words.money(Money(minor, one.currency)) for minor in (one.tickets_minor, before[one.pk])
            )
            text = _(
                "%(payee)s has a price of its own for you: your tickets there cost %(now)s, not %(was)s."
            )
            messages.info(request, text % {"payee": sellers[one.pk].name, "now": now, "was": was})


def _onward(bookings: Sequence[Booking]) -> str:
    """What comes after the details: the guests, where something may be asked of them."""
    return "checkout:guests" if guests.asked_of(bookings) else "checkout:review"


def _details_form(order: Order, parts: Sequence[Part], data: Any = None) -> DetailsForm:
    typed = drafts.of(order).typed
    buyer = placing.buyer_answers(order)
    answers = {}
    for part in parts:
        own = {question.name: part_field(part.booking, question.name) for question in part.own}
        newer = {name: typed[field] for name, field in own.items() if field in typed}
        answers[part.booking.pk] = placing.part_answers(part.booking) | newer
    buyer |= {name: typed[name] for name in BUYER_NAMES if name in typed}
    sellers = {pk: seller.name for pk, seller in sellers_of(part.booking for part in parts).items()}
    return DetailsForm(parts, buyer=buyer, answers=answers, sellers=sellers, data=data)


def _basket_lines(order: Order) -> dict[str, Any]:
    summary = totals.summary(order.basket)
    return {
        "lines": answered.beside_lines(summary),
        "beside": [
            line
            for booking in order.bookings.filter(status__in=UNPAID)
            for line in placing.beside_lines(booking)
        ],
        "summary": summary,
    }


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
    if guests.waits(bookings):
        return redirect("checkout:guests", order.token)
    draft = drafts.of(order)
    form, found = _review_form(order, bookings), None
    if CHECK in request.GET and draft.title:  # something else was wrong: the boxes stay as they were ticked
        found = draft
        form = _review_form(order, bookings, ticked=draft.typed)
    elif CHECK in request.GET:
        form = _review_form(order, bookings, {**draft.typed, "agreed": order.total_minor})
    return _review_page(request, order, bookings, form, found)


def _review_form(
    order: Order, bookings: Sequence[Booking], data: Any = None, ticked: Mapping[str, Any] | None = None
) -> ReviewForm:
    sellers = {pk: seller.name for pk, seller in sellers_of(bookings).items()}
    return ReviewForm(bookings, sellers, data=data, initial={**(ticked or {}), "agreed": order.total_minor})


def _review_page(
    request: HttpRequest,
    order: Order,
    bookings: Sequence[Booking],
    form: ReviewForm,
    found: drafts.Draft | None,
) -> HttpResponse:
    lines, sellers = _basket_lines(order), sellers_of(bookings)
    zones = {line.hold_id: line.timezone for line in lines["lines"]}
    payments = pay_steps.announced(bookings, sellers)
    page = {
        **frame(order, bookings, "pay"),
        **lines,
        "form": form,
        "problem": found,
        "parts": [
            {
                **part,
                "about_order": answered.about_order(lines["summary"], part["booking"]),
                "guests": guests.names(part["booking"]),
                "held": held_words(part["booking"], zones.get(part["booking"].hold_id, ""))
                if len(bookings) > 1
                else "",
            }
            for part in _parts(bookings, lines["lines"], lines["beside"], sellers)
        ],
        "pay_steps": payments,
        "first": payments[0] if payments else None,
        "buyer": placing.buyer_answers(order),
    }
    return widen_for_redirect(render(request, "checkout/review.html", page), bookings)


def _parts(
    bookings: Sequence[Booking],
    lines: Sequence[Line],
    beside: Sequence[OrderLine],
    sellers: Mapping[int, Seller],
) -> list[dict[str, Any]]:
    """What is reviewed of each part; terms that are the same word for word stand there once."""
    found, told = [], set()
    for booking in bookings:
        own = [line for line in lines if line.hold_id == booking.hold_id]
        texts = dict.fromkeys(line.instance.event.terms for line in own if line.instance)
        new = [text for text in texts if text and text not in told]
        name = sellers[booking.pk].name
        found.append(
            {
                "booking": booking,
                "seller": sellers[booking.pk],
                "lines": [*own, *(line for line in beside if line.booking_id == booking.pk)],
                "terms": new,
                "has_terms": bool(new) or name not in told,
            }
        )
        told |= {*new, name}
    return found


# --- pay ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@private
@limited("pay")
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """POST begins, or goes on to the next payment. GET shows where paying stands."""
    order = order_of(token)
    if request.method != "POST":
        return pay_page(request, order)
    if order.status == Order.Status.PLACED:
        bookings, elsewhere = _placed(request, order)
        if elsewhere is not None:
            return elsewhere
        form = _review_form(order, bookings, request.POST)
        drafts.keep(order, request.POST)
        if not form.is_valid():  # a sum that was forged or lost is shown again, not believed
            return look_again("checkout:review", order)
        try:
            hosted.ask_browser(order, then=reverse("checkout:review", args=[order.token]))
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
        step = paying.begin(order, agreed_minor=form.cleaned_data["agreed"])
    else:
        step = paying.begin(order, agreed_minor=order.total_minor)
    tasks.hurry(order.pk)
    return after(request, order, step)


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
    held = order.payments.filter(route=our_till.US, status=Payment.Status.AUTHORISED).first()
    step = paying.cancel(order)
    tasks.hurry(order.pk)
    if step.kind == "basket":
        order.refresh_from_db()
        theirs = any(hosted.is_hosted(b) for b in order.bookings.filter(prepared_at__isnull=False))
        said = [] if theirs else [_("You are back at your choice. You have not been charged.")]
        said += _let_go(held)
        if said:
            messages.info(request, " ".join(said))
        try:
            hosted.ask_browser(order, then=f"{reverse('baskets:detail')}?currency={order.currency}")
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
    return after(request, order, step)


def _let_go(held: Payment | None) -> list[str]:
    """What a buyer may still see at their bank, after what was on hold was let go."""
    if held is None:
        return []
    held.refresh_from_db()
    if held.status != Payment.Status.RELEASED:
        return []
    text = _(
        "%(sum)s was on hold on your card and is let go: your bank may show it as reserved for some days."
    )
    return [text % {"sum": words.money(held.amount)}]


@require_POST
@private
def without(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """Go on without a part that could not be paid."""
    order = order_of(token)
    booking = order.bookings.filter(position=position).first()
    step = paying.leave_out(order, booking.pk) if booking else paying.current(order)
    tasks.hurry(order.pk)
    return after(request, order, step)
