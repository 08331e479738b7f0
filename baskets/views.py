"""The basket's own pages: what is held, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from baskets import answers, beside, current, extras_panel, holding, lifecycle, totals
from baskets.asking import have_asked, lead
from baskets.changing import ChangeForm, capabilities_of
from baskets.models import Basket, Hold, Line
from baskets.stubs import stub, stubs
from shop import clock, words
from shop.knocks import limited
from shop.problems import problem
from shop.providers import errors

LineView = Callable[..., HttpResponse]


@never_cache
@require_GET
def detail(request: HttpRequest) -> HttpResponse:
    """Everything the visitor holds: the current basket first, another currency below with its own sum."""
    live = current.baskets(request) if current.visitor(request) else []
    chosen = current.basket(request) if live else None
    ordered = sorted(live, key=lambda one: one is not chosen)
    for one in ordered:
        holding.settle_due(one)
    summaries = [totals.summary(one) for one in ordered]
    request.badge = totals.badge_of(line for one in summaries for line in one.lines)  # type: ignore[attr-defined]
    shown = [one for one in summaries if one.lines or one.asking or one.extras]
    context = page_context(shown)
    for one in context["baskets"]:
        _dress(one)
    response = TemplateResponse(request, "baskets/detail.html", context)
    if any(one.asking for one in shown):
        response["Refresh"] = "4"  # works without scripts; the page says that it asks again
    return response


def _dress(shown: dict[str, Any]) -> None:
    """What only the whole page has: what is beside tickets, what else the venues sell, what of a wish was refused."""
    summary = shown["summary"]
    shown["beside"] = beside.groups(summary.extras)
    shown["express"] = any(one.kind == "subscription" for one in summary.extras)
    shown["panels"] = []
    if not shown["open"]:
        return
    if any(extras_panel.sells_more(hold) for hold in summary.holds):
        shown["panels"] = extras_panel.panels(summary.basket)
    if not summary.in_browser:
        return
    refused = extras_panel.refused_tickets(summary.basket)
    for one in shown["stubs"]:
        said = next((refused[line.item_ref] for line in one.lines if line.item_ref in refused), "")
        one.sentence = f"{said} {one.sentence}".strip()


def page_context(summaries: list[totals.Summary]) -> dict[str, Any]:
    """What runs out first stands first, has the page's one primary button, and is named beside the clock."""
    summaries = sorted(summaries, key=lambda one: (one.deadline is None, one.seconds_left or 0))
    counted = sum(one.tickets for one in summaries)
    firm = [one for one in summaries if one.deadline is not None]
    first = min(firm, key=lambda one: one.deadline) if firm else None  # type: ignore[arg-type,return-value]
    payable = next((one for one in summaries if one.payable), None)
    if any(one.basket.status != Basket.Status.OPEN for one in summaries):
        payable = None  # what is being paid goes on first: one primary button a page
    return {
        "baskets": [
            {
                "summary": one,
                "open": one.basket.status == Basket.Status.OPEN,
                **stubs(one),
                "zone": _zone(one),
                "first_payable": one is payable,
            }
            for one in summaries
        ],
        "tickets": counted,
        "clock": first,
        "clock_first": totals.first_to_end(first, alone=len(summaries) < 2),
        "clock_zone": _zone(first),
        "asking": any(one.asking for one in summaries),
    }


def _zone(summary: totals.Summary | None) -> str:
    if summary is None:
        return ""
    return next((line.timezone for line in summary.lines if line.expires_at == summary.deadline), "")


@never_cache
@require_GET
def badge(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "baskets/_badge.html", {"badge": request.badge})  # type: ignore[attr-defined]


@never_cache
@require_GET
def clock_face(request: HttpRequest) -> HttpResponse:
    """How long the earliest hold lasts, by the server's own clock: JSON for the ticking script, else the fragment."""
    live = current.baskets(request) if current.visitor(request) else []
    if "application/json" in request.headers.get("Accept", ""):
        told = totals.badge(live)
        return JsonResponse(
            {
                "seconds_left": told.seconds_left,
                "deadline": told.deadline.isoformat() if told.deadline else None,
                "until": words.held_until(told.deadline, told.timezone),
                "tickets": told.tickets,
                "now": clock.now().isoformat(),
            }
        )
    summaries = [totals.summary(one) for one in live]
    return TemplateResponse(
        request, "baskets/_clock.html", page_context([one for one in summaries if one.lines or one.extras])
    )


# --- what is done with a line --------------------------------------------------------------------------


def _find(request: HttpRequest, line_pk: int) -> Line | None:
    """A line of this visitor's own live basket. Anybody else's does not exist."""
    if not current.visitor(request):
        return None
    return (
        Line.objects.select_related(
            "hold__basket", "hold__account", "instance__event__venue", "instance__event__account"
        )
        .filter(pk=line_pk, hold__basket__in=current.baskets(request))
        .exclude(state=Line.State.RELEASING)
        .first()
    )


def _to_basket(line: Line | None = None) -> HttpResponse:
    address = reverse("baskets:detail")
    return redirect(f"{address}?currency={line.currency}" if line else address)


def post_only(view: LineView) -> LineView:
    """What is done is done by a form; whoever opens its address (a reload, Back) is led to the basket."""

    @wraps(view)
    def with_form(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(reverse("baskets:detail"), status=303)
        return require_POST(view)(request, *args, **kwargs)

    return with_form


def of_line(view: LineView) -> LineView:
    """Hand the view the visitor's own line; what is not (or no more) theirs leads to the basket as it is.

    Every way in which the work can fail ends in a sentence, never in a lost ticket.
    """

    @never_cache
    @wraps(view)
    def with_line(request: HttpRequest, line_pk: int) -> HttpResponse:
        line = _find(request, line_pk)
        if line is None:
            messages.info(
                request, _("That ticket is not in your basket any more. This is what you have now.")
            )
            return _to_basket()
        if line.hold.basket.status != Basket.Status.OPEN:
            return answers.being_paid(request)
        try:
            return view(request, line)
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
        except holding.Busy:
            messages.info(request, problem("taken").text)
        except holding.NotSold as error:
            messages.warning(
                request, str(getattr(error.refusal, "text", "") or problem(error.refusal.code).text)
            )
        except holding.TooMany as error:
            messages.warning(
                request, _("You can have at most %(limit)s tickets for one date.") % {"limit": error.limit}
            )
        except lifecycle.NotNow:
            return answers.being_paid(request)
        except errors.ProviderError as error:
            messages.warning(request, problem(error).text)
        return _to_basket(line)

    return with_line


@post_only
@of_line
def remove(request: HttpRequest, line: Line) -> HttpResponse:
    name, was_gone = line.event_name, line.state == Line.State.GONE
    if holding.remove(line) or was_gone:
        messages.success(request, _("Removed: %(what)s.") % {"what": name})
    else:
        messages.success(
            request, _("Removed: %(what)s. The box office will be told in a moment.") % {"what": name}
        )
    return _to_basket(line)


@never_cache
@post_only
def remove_extra(request: HttpRequest, hold_pk: int) -> HttpResponse:
    """Give back something beside the tickets."""
    hold = (
        Hold.objects.select_related("account", "basket")
        .filter(pk=hold_pk, basket__in=current.baskets(request) if current.visitor(request) else [])
        .first()
    )
    there = [one["ref"] for one in hold.beside.get("extras", ())] if hold is not None else []
    refs = [ref for ref in request.POST.getlist("ref") if ref in there]
    if "one" in request.POST:
        refs = refs[-1:]
    if hold is None or not refs:
        messages.info(request, _("That is not in your basket any more. This is what you have now."))
        return _to_basket()
    if hold.basket.status != Basket.Status.OPEN:
        return answers.being_paid(request)
    return have_asked(request, lambda: holding.give_back(hold, refs, "remove")) or _to_basket()


@post_only
@limited("hold")
@of_line
def retry(request: HttpRequest, line: Line) -> HttpResponse:
    """Try to get these seats again; where they are gone, the choice opens with the nearest that are free."""
    try:
        added = holding.retry(line)
    except (errors.SoldOut, errors.LoneSeat):
        messages.warning(
            request, _("These are taken now. Nothing was charged; this is what is free for the same date.")
        )
        return _similar(line)
    if any(one.state == Line.State.CHANGED for one in added.lines):
        messages.warning(request, _("They are yours again, but the price is another. Please look at it."))
    else:
        messages.success(request, _("They are yours again."))
    return _to_basket(line)


@require_GET
@of_line
def similar(request: HttpRequest, line: Line) -> HttpResponse:
    return _similar(line)


def _similar(line: Line) -> HttpResponse:
    from urllib.parse import urlencode

    if line.instance_id is None:
        return redirect("catalog:event_list")
    query = urlencode({"party": line.quantity, "area": line.area})
    return redirect(f"{reverse('baskets:pick', args=[line.instance_id])}?{query}")


@post_only
@limited("hold")
@of_line
def others(request: HttpRequest, line: Line) -> HttpResponse:
    try:
        changed = holding.others(line)
    except holding.NothingElse:
        messages.info(request, _("There is no other group that fits. You keep the seats you have."))
        return _to_basket(line)
    _tell(request, changed)
    return _to_basket(line)


@post_only
@of_line
def accept(request: HttpRequest, line: Line) -> HttpResponse:
    said = request.POST.get("price", "")
    price = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1
    if holding.accept(line, price):
        messages.success(
            request, _("Thank you. The new price is %(price)s.") % {"price": words.money(line.price)}
        )
    else:
        messages.warning(request, _("The price has changed once more. Please look at it again."))
    return _to_basket(line)


@limited("hold")
@of_line
def change(request: HttpRequest, line: Line) -> HttpResponse:
    """Fewer seats, or another number: a page of its own, so that it is said before what can happen."""
    if not line.counts or not stub(line).can_change:
        return _to_basket(line)
    form = ChangeForm(request.POST if request.method == "POST" else None, line=line)
    if request.method == "POST" and form.is_valid():
        if form.removes_all:
            holding.remove(line)
            messages.success(request, _("Removed: %(what)s.") % {"what": line.event_name})
        elif form.keep is not None:
            _tell(request, holding.keep_seats(line, form.keep))
        else:
            _tell(request, holding.set_quantity(line, form.cleaned_data["quantity"]))
        return _to_basket(line)
    capabilities = capabilities_of(line)
    context = {
        "form": form,
        "line": line,
        "zone": line.timezone,
        "whole_items": line.hold.firm
        and capabilities is not None
        and capabilities.removes == "item"
        and not capabilities.sets_quantity,
    }
    return TemplateResponse(request, "baskets/change.html", context, status=422 if form.is_bound else 200)


def _tell(request: HttpRequest, changed: Any) -> None:
    """What became of a change, so that nothing is lost without a word."""
    if changed.lost:
        messages.error(
            request,
            _("The box office gave the seats to someone else before it could hold them for you again. They are out "
              "of your total. You can try to get them again below."),
        )  # fmt: skip
    elif changed.kept:
        why = problem(changed.refused).text if changed.refused else ""
        messages.warning(
            request, _("Nothing was changed: you have what you had before. %(why)s") % {"why": why}
        )
    else:
        messages.success(
            request, _("Changed. You have now: %(what)s.") % {"what": answers.spoken(changed.lines)}
        )


@never_cache
@post_only
def clear(request: HttpRequest) -> HttpResponse:
    """Let everything go. An empty basket is a success."""
    wanted = request.POST.get("currency", "")
    for one in list(current.baskets(request)) if current.visitor(request) else []:
        if wanted and one.currency != wanted:
            continue
        if one.status != Basket.Status.OPEN:
            return answers.being_paid(request)
        try:
            holding.clear(one)
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
        except holding.Busy:
            messages.info(request, problem("taken").text)
            return _to_basket()
        except errors.ProviderError as error:
            messages.warning(request, problem(error).text)
            return _to_basket()
    messages.success(request, _("Your basket is empty. Everything is back on sale."))
    return _to_basket()


@never_cache
@post_only
def check(request: HttpRequest) -> HttpResponse:
    """Ask the box office what it holds, now."""
    for one in list(current.baskets(request)) if current.visitor(request) else []:
        if one.status != Basket.Status.OPEN:
            continue
        one.holds.filter(state=Hold.State.UNCERTAIN).update(due_at=clock.now())
        try:
            for hold in holding.in_browser(one):
                holding.look(one, hold)
            holding.read(one)
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
        except holding.Busy:
            messages.info(request, problem("taken").text)
        except errors.ProviderError as error:
            messages.warning(request, problem(error).text)
    return _to_basket()
