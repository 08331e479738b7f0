"""What a venue sells beside tickets: its own page, and the code for a whole basket."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from baskets import answers, beside, current, extras, holding, lifecycle
from baskets import extras_words as said
from baskets.asking import have_asked, lead
from baskets.extras_forms import CodeForm
from baskets.extras_panel import Panel, hold_of, last_errand, panel
from baskets.models import Basket, Errand, Hold
from baskets.views import post_only
from catalog import selling
from catalog.models import ProviderAccount, Venue
from shop.claims import Taken
from shop.knocks import limited
from shop.problems import problem
from shop.providers import errors, registry


def _account(name: str) -> ProviderAccount:
    """One that sells more than tickets. Any other does not exist here."""
    account = ProviderAccount.objects.filter(name=name, configured=True).first()
    if account is None or not selling.beside_tickets(account):
        raise Http404(_("Nothing beside tickets is sold there."))
    return account


def _basket(request: HttpRequest, currency: str) -> Basket | None:
    live = current.baskets(request) if current.visitor(request) else []
    return next((one for one in live if one.currency == currency), None)


def _panel(request: HttpRequest, account: ProviderAccount, data: Any = None) -> Panel:
    currency = registry.config(account.name).currency
    basket = _basket(request, currency)
    errand = last_errand(basket, account)
    return panel(account, currency=currency, hold=hold_of(basket, account), data=data, errand=errand)


def _page(request: HttpRequest, account: ProviderAccount, found: Panel, *, status: int = 200) -> HttpResponse:
    venues = list(Venue.objects.filter(account=account).order_by("name")[:2])
    context = {
        "account": account,
        "panel": found,
        "venue": venues[0] if len(venues) == 1 else None,
        "has_basket": any(current.baskets(request)) if current.visitor(request) else False,
    }
    return TemplateResponse(request, "baskets/extras.html", context, status=status)


@never_cache
@limited("hold")
def shelf(request: HttpRequest, account_name: str) -> HttpResponse:
    """What the venue sells, and adding it. Bad input comes back as it was typed, with what is wrong beside it."""
    account = _account(account_name)
    if account.stop_sale:
        return _page(
            request, account, _panel(request, account), status=422 if request.method == "POST" else 200
        )
    if request.method != "POST":
        return _page(request, account, _panel(request, account))
    found = _panel(request, account, request.POST)
    if not found.form.is_valid():
        return _page(request, account, found, status=422)
    try:
        try:
            came = _take(request, account, found)
        except errors.Refused:
            # the worker may have read more lately than this process has: look afresh, and try what still stands
            extras.refresh_quietly(account)
            found = _panel(request, account, request.POST)
            if not found.form.is_valid():
                return _page(request, account, found, status=422)
            came = _take(request, account, found)
    except holding.BrowserAsks as asks:
        return lead(request, asks.errand)
    except holding.SaidNo as no:
        return redirect(not_had(request, no.errand, no.error))
    except lifecycle.NotNow:
        return answers.being_paid(request)
    except holding.Busy:
        found.form.add_error(None, problem("taken").text)
        return _page(request, account, found, status=409)
    except errors.ProviderError as error:
        return _said_no(request, account, found, error)
    if came is not None:  # our server has asked
        current.forget_cached(request)
        told(request, came)
    else:
        messages.info(request, _("We have asked for these already. This is what is in your basket now."))
    return redirect(f"{reverse('baskets:detail')}?currency={found.currency}")


def _take(request: HttpRequest, account: ProviderAccount, found: Panel) -> holding.Heard | None:
    return holding.take(
        basket=current.open_basket(request, found.currency),
        account=account,
        extras=found.form.chosen,
        names=found.form.names,
        token=_wish(request),
        own_page=found.form.own_page,
    )


def _wish(request: HttpRequest) -> str:
    """Names this press: the page it came from and what was sent with it. Another choice from it is another wish."""
    if not request.POST.get("token"):
        return ""
    sent = sorted(
        (name, request.POST.getlist(name)) for name in request.POST if name != "csrfmiddlewaretoken"
    )
    return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


def _said_no(
    request: HttpRequest, account: ProviderAccount, found: Panel, error: errors.ProviderError
) -> HttpResponse:
    """Refused before anybody's browser asked: the form comes back as it was sent."""
    told = problem(error)
    sentence = told.text
    if isinstance(error, errors.SoldOut | errors.NotOnSale | errors.OneOfAKind):
        sentence = _("Something of it cannot be had any more. This is what the venue has now.")
    found.form.add_error(None, sentence)
    return _page(request, account, found, status=told.status)


@never_cache
@post_only
def ask_shelf(request: HttpRequest, account_name: str) -> HttpResponse:
    """The visitor has us ask what the venue sells now."""
    account = _account(account_name)
    try:
        if not extras.is_fresh(account):
            extras.refresh(account)
    except Taken:
        messages.info(request, problem("taken").text)
    except errors.ProviderError as error:
        messages.warning(request, problem(error).text)
    return redirect("baskets:extras", account.name)


@never_cache
@post_only
def code(request: HttpRequest, hold_pk: int) -> HttpResponse:
    """A promotion code for everything that is in the basket of one account; taken away with the other button."""
    hold = (
        Hold.objects.select_related("account", "basket")
        .filter(pk=hold_pk, basket__in=current.baskets(request) if current.visitor(request) else [])
        .exclude(state=Hold.State.CLOSED)
        .first()
    )
    known = extras.capabilities(hold.account.name) if hold is not None else None
    if hold is None or known is None or not known.codes:
        messages.info(request, _("That is not in your basket any more. This is what you have now."))
        return redirect("baskets:detail")
    to_basket = f"{reverse('baskets:detail')}?currency={hold.basket.currency}"
    typed = ""
    if "take_away" not in request.POST:
        form = CodeForm(request.POST, hold_pk=hold.pk)
        if not form.is_valid():
            return _wrong_code(request, hold, form)
        typed = form.cleaned_data["code"]
    return have_asked(request, lambda: holding.use_code(hold, typed)) or redirect(to_basket)


def _wrong_code(request: HttpRequest, hold: Hold, form: CodeForm) -> HttpResponse:
    found = _panel(request, hold.account)
    found.code_form = form
    return _page(request, hold.account, found, status=422)


def told(request: HttpRequest, found: holding.Heard) -> None:
    """What became of an errand of this module, for the next page."""
    errand = found.errand
    if errand.kind == "code":
        _code_told(request, errand)
        return
    refused = {(one.kind, one.ref) for one in found.refused}
    chosen, before = errand.context.get("extras", ()), errand.context.get("before", ())
    rest = [one for one in chosen if (one["kind"], one["ref"]) not in refused]
    errand.hold.refresh_from_db(fields=["beside"])
    had = [one for one in rest if beside.has_all(errand.hold, [one], before)]
    if len(had) < len(rest):  # another errand took its place meanwhile: only the basket tells what came of it
        _look_what_is_there(request)
    if had:
        names = ", ".join(one["name"] or said.kind_name(one["kind"]) for one in had)
        messages.success(request, _("In your basket now: %(what)s.") % {"what": names})
    if found.refused:
        messages.warning(request, said.not_taken(found.refused))


def _code_told(request: HttpRequest, errand: Errand) -> None:
    if errand.context["code"]:
        messages.success(request, _("The code counts. The prices below are with it."))
    else:
        messages.success(request, _("The code is taken away. The prices below are without it."))


def read_again(request: HttpRequest, found: holding.Heard) -> None:
    """The answer was lost, and the basket was read instead: whether it is there."""
    context, hold = found.errand.context, found.errand.hold
    hold.refresh_from_db()
    if "code" in context and beside.has_code(hold, context["code"]):
        _code_told(request, found.errand)
    elif "extras" in context and beside.has_all(hold, context["extras"], context.get("before", ())):
        messages.success(request, _("It is in your basket. This is what the venue has for you now."))
    else:
        _look_what_is_there(request)


def _look_what_is_there(request: HttpRequest) -> None:
    messages.warning(
        request,
        _("The venue did not answer in time. This is what is in your basket now: if something is missing, "
          "choose it again."),
    )  # fmt: skip


def not_had(request: HttpRequest, errand: Errand, error: errors.ProviderError) -> str:
    """Where to go when nothing of it came; what is said beside each thing is said there."""
    about = f"?currency={errand.hold.basket.currency}"
    if not isinstance(error, errors.Refused) or not errand.context.get("refused"):
        messages.warning(request, problem(error).text)
        return reverse("baskets:detail") + about
    if error.code in ("sold_out", "not_on_sale"):
        extras.refresh_quietly(errand.hold.account)
    if errand.kind == "code":
        messages.warning(request, _("The code was not taken. Nothing was changed."))
        return reverse("baskets:detail") + about
    messages.warning(request, said.not_taken(extras.refused_of(errand)))
    return reverse("baskets:extras", args=[errand.hold.account.name])
