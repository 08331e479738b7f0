"""Pages of a basket that is the visitor's own cookie: the one that has their browser ask, and what it heard.

The page with the errand is the only one whose policy lets a script call the box office, at that one address.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from baskets import answers, current, holding, lifecycle
from baskets.holding.numbering import KIND as NUMBER
from baskets.models import Basket, Errand, Hold, Line
from catalog import availability
from catalog.models import Instance
from shop.problems import problem
from shop.providers import errors, registry
from shop.providers.addresses import is_allowed
from shop.providers.http import parse_json

# Of these our own road is not the way on; of the others the choice is shown again.
IN_THE_WAY = frozenset({"cookies_blocked", "unreached", "wrong_host", "queued", "unavailable", "bad_answer"})


def lead(request: HttpRequest, errand: Errand) -> HttpResponse:
    """To the page of the errand, as a page of its own: its policy is its own."""
    address = reverse("baskets:asking", args=[errand.token])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def have_asked(request: HttpRequest, ask: Callable[[], object]) -> HttpResponse | None:
    """Do what may need the visitor's browser. The answer where somebody has to go on from here; None: it is done, or
    why not is said on the next page."""
    try:
        found = ask()
    except holding.BrowserAsks as asks:
        return lead(request, asks.errand)
    except holding.SaidNo as no:
        return redirect(_went_wrong(request, no.errand, no.error))
    except lifecycle.NotNow:
        return answers.being_paid(request)
    except holding.Busy:
        messages.info(request, problem("taken").text)
    except errors.ProviderError as error:
        messages.warning(request, problem(error).text)
    else:
        if isinstance(found, holding.Heard):  # our server has asked: this is what came of it
            current.forget_cached(request)
            tell(request, found)
    return None


def _find(request: HttpRequest, token: str) -> Errand | None:
    """An errand of this visitor's own live basket. Anybody else's does not exist."""
    if not current.visitor(request):
        return None
    return (
        Errand.objects.select_related(
            "attempt", "hold__account", "hold__basket", "instance__event__venue", "instance__event__account"
        )
        .filter(token=token, hold__basket__in=current.baskets(request))
        .first()
    )


def basket_address(errand: Errand | None) -> str:
    address = reverse("baskets:detail")
    return f"{address}?currency={errand.hold.basket.currency}" if errand else address


def onward(errand: Errand) -> str:
    """Where it goes on when it is over: where the errand says so, else to the basket."""
    return str(errand.context.get("then") or basket_address(errand))


def _only_helps(errand: Errand) -> bool:
    """Whether it writes our number, or reads whether it was written: the sale goes on without it."""
    return errand.kind == NUMBER or "value" in errand.context


@never_cache
@require_GET
def asking(request: HttpRequest, token: str) -> HttpResponse:
    """Have the browser ask; or, when it is over, say what stood in the way."""
    errand = _find(request, token)
    if errand is None:
        return redirect("baskets:detail")
    if errand.state == Errand.State.DONE and errand.problem in IN_THE_WAY and not _only_helps(errand):
        return _in_the_way(request, errand, errand.problem)
    if errand.state == Errand.State.OPEN and errand.hold.basket.status != Basket.Status.OPEN:
        return answers.being_paid(request)  # nothing is changed there while it is being paid
    try:
        if not holding.serve(errand):
            return redirect(onward(errand))
    except holding.Busy:
        return answers.already(request)
    except errors.ProviderError as error:
        if _only_helps(errand):
            return redirect(onward(errand))
        return _in_the_way(request, errand, error.code)
    read = urlsplit(errand.request["read"])
    origin = f"{read.scheme}://{read.netloc}"
    if not is_allowed(errand.request["read"], registry.config(errand.hold.account.name).allowed_hosts):
        return _in_the_way(request, errand, "misconfigured")
    context = {
        "errand": errand,
        "ask": json.dumps(errand.request),
        "seller": errand.hold.account.title,
        # whoever has something in the basket already has scripts: nobody is asked for a link they do not need
        "own_page": _own_page(errand) if errand.instance or errand.context.get("own_page") else "",
        "basket": basket_address(errand),
    }
    response = TemplateResponse(request, "baskets/asking.html", context)
    response._csp_update = {"connect-src": [origin]}  # type: ignore[attr-defined]
    return response


def _own_page(errand: Errand) -> str:
    """The box office's own page for what it is about."""
    if errand.context.get("own_page"):
        return str(errand.context["own_page"])
    instance = errand.instance
    if instance is None:
        line = Line.objects.filter(hold=errand.hold).exclude(instance=None).select_related(
            "instance__event__account"
        ).order_by("-added_at").first()  # fmt: skip
        instance = line.instance if line else None
    if instance is None:
        return ""
    try:
        found = availability.of(instance)
    except errors.ProviderError:
        return ""
    return found.own_page or found.choose_there


def _in_the_way(request: HttpRequest, errand: Errand, code: str) -> HttpResponse:
    told = problem(code)
    context = {
        "problem": told,
        "errand": errand,
        "needs_empty": bool(errand.context.get("needs_empty")),
        "own_page": _own_page(errand),
        "seller": errand.hold.account.title,
        "basket": basket_address(errand),
    }
    return TemplateResponse(request, "baskets/in_the_way.html", context, status=told.status)


# --- what the browser heard -----------------------------------------------------------------------------------


@never_cache
@require_POST
def heard(request: HttpRequest, token: str) -> HttpResponse:
    """What the browser heard, as JSON; answered with what to ask next, or where to go."""
    errand = _find(request, token)
    if errand is None:
        messages.info(request, _("This is what is in your basket now."))
        return JsonResponse({"go": basket_address(None)})
    try:
        answer = parse_json(request.body)
    except RequestDataTooBig:
        return JsonResponse({"go": reverse("baskets:asking", args=[token])}, status=413)
    except (ValueError, RecursionError, errors.ProviderError):
        answer = None
    if not isinstance(answer, dict):
        return JsonResponse({"go": reverse("baskets:asking", args=[token])}, status=400)
    if errand.hold.basket.status != Basket.Status.OPEN:
        return JsonResponse({"go": basket_address(errand)}, status=409)
    return JsonResponse(_after(request, errand, answer))


def _after(request: HttpRequest, errand: Errand, answer: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = holding.heard(errand, answer)
    except holding.Busy:
        return {"go": basket_address(errand)}
    except errors.ProviderError as error:
        return {"go": _went_wrong(request, errand, error)}
    if isinstance(found, holding.Next):
        return {"next": dict(found.request), "say": _in_queue(found) if found.queued else ""}
    current.forget_cached(request)
    if errand.kind == "clear":  # another box office may have something too
        try:
            holding.clear(errand.hold.basket)
        except holding.BrowserAsks as asks:
            return {"go": reverse("baskets:asking", args=[asks.errand.token])}
        except (holding.Busy, errors.ProviderError, lifecycle.NotNow):
            return {"go": basket_address(errand)}
    tell(request, found)
    return {"go": onward(errand)}


def _in_queue(found: holding.Next) -> str:
    if found.position is None:
        return _("There is a queue at the box office. Keep this page open: it goes on by itself.")
    return _("There is a queue at the box office. You are number %(n)s. Keep this page open: it goes on by itself.") % {
        "n": found.position
    }  # fmt: skip


def _went_wrong(request: HttpRequest, errand: Errand, error: errors.ProviderError) -> str:
    if _only_helps(errand):
        return onward(errand)
    if error.code in IN_THE_WAY:
        return reverse("baskets:asking", args=[errand.token])
    if errand.kind in ("take", "code"):
        from baskets import extras_views

        return extras_views.not_had(request, errand, error)
    named = errand.kind == "add" and errand.instance is not None and isinstance(error, errors.Refused)
    if named and isinstance(error, errors.SoldOut) and sought(errand):
        # the page of the choice says what has gone, and shows the nearest that are free
        return f"{reverse('baskets:pick', args=[errand.instance.pk])}?sought={errand.token}"  # type: ignore[union-attr]
    messages.warning(request, problem(error).text)
    if named:
        return f"{reverse('baskets:pick', args=[errand.instance.pk])}?typed={errand.token}"  # type: ignore[union-attr]
    return basket_address(errand)


def sought(errand: Errand) -> list[dict[str, Any]]:
    """The lines with named seats that it asked for."""
    wanted = errand.attempt.wanted if errand.attempt is not None else []
    return [line for line in wanted if any(one.get("ref") for one in line.get("tickets", ()))]


def asked_before(
    request: HttpRequest, instance: Instance
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """What of this date this visitor's browser asked for and did not get: the seats that have gone, where `?sought=` names
    the errand (`?typed=` where it was something else), and all that had been typed."""
    token = request.GET.get("sought") or request.GET.get("typed", "")
    errand = _find(request, token) if token and len(token) <= 64 else None
    if errand is None or errand.instance_id != instance.pk:
        return [], {}
    return sought(errand) if request.GET.get("sought") else [], errand.context.get("typed", {})


def tell(request: HttpRequest, found: holding.Heard) -> None:
    """What became of it, for the next page."""
    kind = found.errand.kind
    if kind == "add":
        lost = [line for line in found.gone if line.state == Line.State.GONE]
        had = [line for line in found.new if line.counts]
        if any(line.state == Line.State.CHANGED for line in had):
            messages.warning(
                request,
                _("The tickets are in your basket, but the price is another. Please look at it."),
            )
        elif had:
            messages.success(request, _("In your basket now. %(what)s.") % {"what": answers.spoken(had)})
        if lost or found.refused:
            messages.warning(
                request,
                _("Not everything could be had. What is missing is marked below and is not in your total."),
            )
    elif kind in ("take", "code"):
        from baskets import extras_views

        extras_views.told(request, found)
    elif kind == "remove":
        messages.success(request, _("Removed. The box office has it back."))
    elif kind == "note" and found.refused:
        messages.warning(request, problem("attribute_missing").text)
    elif kind == "note":
        messages.success(request, _("Saved. The box office has your answers."))
    elif kind == "clear":
        messages.success(request, _("Your basket is empty. Everything is back on sale."))
    elif errand_is_about_extras(found):
        from baskets import extras_views

        extras_views.read_again(request, found)
    elif found.gone:
        messages.warning(
            request,
            _("Something in your basket is not there any more. What is missing is not in your total."),
        )
    elif found.errand.context.get("then"):
        return
    elif _is_empty(found.errand.hold):
        messages.warning(
            request,
            _("Your browser has an empty basket at %(seller)s. If you chose seats on its own page just now, go on and "
              "pay there: they cannot be seen from here.") % {"seller": found.errand.hold.account.title},
        )  # fmt: skip
    else:
        messages.info(request, _("This is what the box office has for you now."))


def _is_empty(hold: Hold) -> bool:
    hold.refresh_from_db(fields=["beside"])
    return not hold.lines.exists() and not hold.beside.get("extras")


def errand_is_about_extras(found: holding.Heard) -> bool:
    """Whether a reading took the place of an add of something beside tickets, or of a code, with a lost answer."""
    return "extras" in found.errand.context or "code" in found.errand.context


# --- looking again --------------------------------------------------------------------------------------------


@never_cache
def look(request: HttpRequest, instance_pk: int) -> HttpResponse:
    """Seats were chosen on the box office's own page: have the basket read, so that they are seen here."""
    from baskets.picking import find_instance

    if request.method != "POST":
        return redirect("baskets:pick", instance_pk)
    instance = find_instance(instance_pk)
    asked = have_asked(
        request, lambda: holding.look_for(current.open_basket(request, instance.currency), instance)
    )
    return asked or redirect("baskets:detail")
