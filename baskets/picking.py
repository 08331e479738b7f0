"""The pick page: what can be had for one date, and the answer to "please hold these"."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from baskets import current, dates, holding, lifecycle, narrowing, shared, slots, snapshot
from baskets.answers import (
    again,
    already,
    being_paid,
    gone_meanwhile,
    keeps_the_choice,
    not_known,
    refresh,
    refused_page,
    said_no,
    sold_out,
    spoken,
    too_many,
    unreachable,
)  # fmt: skip
from baskets.asking import asked_before, lead
from baskets.drawing import context_of, render
from baskets.forms import PickForm
from baskets.models import Basket, Line
from baskets.offers import limit_of
from catalog import availability, kept, selling
from catalog.models import Instance
from shop import clock, words
from shop.knocks import limited
from shop.problems import problem
from shop.providers import errors
from shop.providers.types import Availability


def find_instance(pk: int) -> Instance:
    """The date, with its event, venue and account. What the venue hides does not exist."""
    row = Instance.objects.select_related("event__venue", "event__account").filter(pk=pk).first()
    if row is None or row.event.hidden:
        raise Http404(_("There is no such date."))
    return row


@never_cache
@require_GET
def pick(request: HttpRequest, instance_pk: int) -> HttpResponse:
    """Where tickets of a date are chosen. A part of an open page that was asked for anew is in its address, too."""
    page = _pick(request, instance_pk)
    if request.htmx:  # type: ignore[attr-defined]
        said = request.GET.copy()
        for name in [name for name, values in said.lists() if not any(values)]:
            del said[name]
        opened = request.htmx.trigger == "map-area"  # type: ignore[attr-defined]
        # an area is gone to, and Back leads to the house; a filter or a number changes the page one is on
        page["HX-Push-Url" if opened else "HX-Replace-Url"] = f"{request.path}?{said.urlencode()}"
    return page


def _pick(request: HttpRequest, instance_pk: int) -> HttpResponse:
    instance = find_instance(instance_pk)
    refusal = selling.refusal(instance)
    if refusal is not None:
        return refused_page(request, instance, refusal)
    try:
        free = availability.of(instance, fresh="sought" in request.GET, strict=_just_here(request))
    except errors.ProviderError as error:
        return unreachable(request, instance, error)
    current.remember(request)
    wanted, typed = asked_before(request, instance)
    said_area = request.GET.get("area") or "".join(typed.get("shown_area", ()))
    said_party = request.GET.get("party") or "".join(typed.get("party", ()))
    party, area, have = _party(request, free, said_party), said_area, have_of(request, instance)
    slot, others = slots.asked_for(request.GET), dates.others(instance)
    if typed and not any(slot):
        slot = slots.asked_for({"slot": "".join(typed.get("slot", ()))})
    narrowed = narrowing.asked(request.GET)
    ticked = (request.GET.getlist("seat") or typed.get("seat", []))[:100]

    def form() -> PickForm:
        return PickForm(
            instance=instance,
            free=free,
            party=party,
            have=have,
            area=area,
            slot=slot,
            dates=others,
            ticked=ticked,
            typed=typed,
        )

    if wanted:
        return gone_meanwhile(request, form(), wanted)
    if not have and not ticked and not typed:
        said = (party, area, slot, narrowed, tuple(one.pk for one in others))
        page = shared.answer(
            request, instance, free, said, lambda: context_of(request, form(), area=area, narrowed=narrowed)
        )
        if page is not None:
            return page
    return render(request, form(), area=area, narrowed=narrowed)


def _just_here(request: HttpRequest) -> bool:
    """Whether this visitor held or gave back something moments ago: their page shows it, however many are waiting."""
    since = clock.now() - timedelta(seconds=kept.KEPT_SECONDS)
    return current.visitor(request) != "" and any(one.touched_at > since for one in current.baskets(request))


def _party(request: HttpRequest, free: Availability, said: str) -> int:
    """How many tickets: as asked now, else as asked last."""
    if said.isascii() and said.isdigit() and len(said) < 4:
        return min(max(1, int(said)), limit_of(free))
    basket = current.basket(request) if current.visitor(request) else None
    return min(basket.party if basket else 2, limit_of(free))


def have_of(request: HttpRequest, instance: Instance) -> dict[str, int]:
    """Offer key -> how many of it this visitor has in a basket."""
    if not current.visitor(request) or not current.baskets(request):
        return {}
    counted = [Line.State.HELD, Line.State.WISH, Line.State.CHANGED]
    rows = Line.objects.filter(
        hold__basket__in=current.baskets(request), instance=instance, state__in=counted
    )
    found: dict[str, int] = {}
    for line in rows:
        key = line.selection.get("offer_key", "")
        if key and not line.over:
            found[key] = found.get(key, 0) + line.quantity
    return found


@never_cache
@keeps_the_choice
@limited("hold")
def add(request: HttpRequest, instance_pk: int) -> HttpResponse:
    """Hold what was chosen. A page of its own has no GET: a reload of it leads back to the choice."""
    if request.method != "POST":
        return redirect("baskets:pick", instance_pk)
    instance = find_instance(instance_pk)
    form = posted(request, instance, reverse("baskets:add", args=[instance.pk]))
    if isinstance(form, HttpResponse):
        return form
    if form.door == "code":
        if form.code_discount is None:
            form.refuse_code()
        return render(request, form, status=200 if form.code_discount else 422)
    return _hold(request, form)


def posted(request: HttpRequest, instance: Instance, here: str) -> PickForm | HttpResponse:
    """The choice that was sent, in order; or the answer where it is not. `here`: where it can be sent again."""
    refusal = selling.refusal(instance)
    if refusal is not None:
        return refused_page(request, instance, refusal)
    shown = snapshot.unseal(request.POST.get("shown", ""), instance.pk)
    door = PickForm._door(request.POST)
    try:
        # of the best seats what is free now is asked; a crowd may share what was asked for a second ago
        free = availability.of(instance, fresh=door == "best" or shown is None, strict=False)
        code = request.POST.get("code", "").strip()[:60]
        reduction = (
            availability.discount(instance, code)
            if code and free.code_field and door in ("offers", "code")
            else None
        )
    except errors.ProviderError as error:
        return again(request, problem(error), here)
    form = PickForm(
        request.POST,
        instance=instance,
        free=free,
        snapshot=shown,
        party=_posted_party(request, free),
        have=have_of(request, instance),
        code_discount=reduction,
        area=request.POST.get("shown_area", ""),
        slot=slots.asked_for(request.POST),
        dates=dates.others(instance),
    )
    if not form.is_valid():
        return render(request, form, status=422)
    try:
        for other in form.further:
            dates.take(form, dates.ask(other, form.picks, form.selections[: len(form.picks)]))
    except errors.ProviderError as error:
        return again(request, problem(error), here)
    if form.errors:
        return render(request, form, status=422)
    return form


def _posted_party(request: HttpRequest, free: Availability) -> int:
    said = request.POST.get("party", "")
    return (
        min(max(1, int(said)), limit_of(free)) if said.isascii() and said.isdigit() and len(said) < 4 else 2
    )


def _hold(request: HttpRequest, form: PickForm) -> HttpResponse:
    instance = form.instance
    try:
        party = len(form.chosen) or sum(one.quantity for one in form.selections)
        told = form.door in ("best", "group") or form.chosen
        basket = current.open_basket(request, currency_of(form), party=party if told else 0)
    except lifecycle.NotNow:
        return being_paid(request)
    tries = 3 if form.door == "best" and form.chosen else 1
    while True:
        tries -= 1
        try:
            added = holding.add(
                basket=basket,
                instance=instance,
                selections=form.selections,
                shown=form.shown,
                token=form.wish,
                wanted=form.wanted,
                also=form.further,
                typed=form.typed,
            )
        except holding.BrowserAsks as asks:
            return lead(request, asks.errand)
        except errors.SoldOut:
            # "any seats" were asked for: somebody was quicker, there may be others
            if tries and refresh(form) and form.is_valid():
                continue
            return sold_out(request, form)
        except (errors.Refused, errors.Unsupported) as error:
            return said_no(request, form, error)
        except errors.OutcomeUnknown as error:
            return not_known(request, error)
        except errors.ProviderError as error:
            return again(request, problem(error), reverse("baskets:add", args=[instance.pk]))
        except holding.TooMany as error:
            return too_many(request, form, error)
        except holding.NotSold as error:
            return refused_page(request, instance, error.refusal)
        except lifecycle.NotNow:
            return being_paid(request)
        except holding.Busy as error:
            if error.same:
                return already(request)
            return again(
                request, problem("taken"), reverse("baskets:add", args=[instance.pk]), word=_("Hold them now")
            )
        return _added(request, added)


def currency_of(form: PickForm) -> str:
    for one in form.selections:
        for offer in form.free.offers:
            if one.offer_key == offer.key:
                return offer.price.currency
        for seat in form._free_seats():
            if seat.ref in one.seat_refs:
                return seat.price.currency
    return form.instance.currency


def _is_another(request: HttpRequest, basket: Basket) -> bool:
    """Whether the visitor holds something in another currency too: sums are never added across."""
    others = [one.pk for one in current.baskets(request) if one.currency != basket.currency]
    live = [Line.State.HELD, Line.State.WISH, Line.State.CHANGED]
    return bool(others) and Line.objects.filter(hold__basket__in=others, state__in=live).exists()


def _for_how_long(added: holding.Added) -> str:
    ends = [line.expires_at for line in added.lines if line.expires_at is not None]
    if not ends:
        return ""
    seconds = int((min(ends) - clock.now()).total_seconds())
    return _("Yours for %(left)s.") % {"left": words.left_words(seconds)}


def _added(request: HttpRequest, added: holding.Added) -> HttpResponse:
    if added.already:
        messages.info(request, _("These are in your basket already. Nothing was held a second time."))
    elif any(line.state == Line.State.CHANGED for line in added.lines):
        messages.warning(request, _("The tickets are held, but the price is another. Please look at it."))
    elif added.lines and all(line.is_wish for line in added.lines):
        messages.success(request, _("In your basket now. %(what)s.") % {"what": spoken(added.lines)})
    else:
        held = _("Held for you. %(what)s.") % {"what": spoken(added.lines)}
        messages.success(request, f"{held} {_for_how_long(added)}".strip())
    basket = added.hold.basket
    another = bool(basket) and _is_another(request, basket)
    current.forget_cached(request)
    if another:
        messages.info(
            request,
            _(
                "Prices here are in %(currency)s, so these are in a basket of their own, with a payment of its own."
            )
            % {"currency": basket.currency},
        )
    return redirect(f"{reverse('baskets:detail')}?currency={basket.currency}" if basket else "baskets:detail")
