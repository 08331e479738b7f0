"""The answers to "please hold these" that are not a yes: what went, what can be had instead, and no dead end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.forms.utils import ErrorDict
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets import current, holding, seating, snapshot
from baskets.drawing import other_dates, render
from baskets.forms import PickForm
from baskets.models import Line
from baskets.offers import closed_words
from catalog import availability, selling
from catalog.models import Instance
from shop import words
from shop.pages import error_page
from shop.problems import Problem, problem
from shop.providers import errors

log = logging.getLogger(__name__)


def refresh(form: PickForm) -> bool:
    """Ask the box office again, for a page that shows what is free now."""
    try:
        form.free = availability.of(form.instance, fresh=True)
    except errors.ProviderError:
        return False
    form._dress()  # what is free now may have tickets that the page before did not have
    form.selections, form.wanted, form.no_group, form._errors = [], [], False, None
    return True


def sold_out(request: HttpRequest, form: PickForm) -> HttpResponse:
    """What has gone, what is still free, and the nearest other seats, on the same page."""
    chosen, known = list(form.chosen), dict(form.seats_shown())
    if not refresh(form):
        return again(request, problem("sold_out"), reverse("baskets:add", args=[form.instance.pk]))
    return _others_instead(request, form, chosen, known, status=422)


def gone_meanwhile(request: HttpRequest, form: PickForm, wanted: Sequence[Mapping[str, Any]]) -> HttpResponse:
    """The same after a visitor's own browser has asked and heard no: `wanted` are the lines that were asked for.
    `form` has what is free now."""
    index = {
        (area.name, one.row, one.number): one.index
        for area in form.free.areas
        for one in (*area.taken, *(seat for row in area.rows for seat in row.seats))
    }
    known: dict[str, snapshot.SeatShown] = {}
    for line in wanted:
        area = line.get("area", "")
        for one in line.get("tickets", ()):
            number = one["number"]
            guess = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
            place = index.get((area, one["row"], number), guess)
            known[one["ref"]] = snapshot.SeatShown(area, one["row"], number, place, one["price"])
    return _others_instead(request, form, [ref for ref in known if ref], known, status=200)


def _others_instead(
    request: HttpRequest,
    form: PickForm,
    chosen: list[str],
    known: dict[str, snapshot.SeatShown],
    *,
    status: int,
) -> HttpResponse:
    free = {seat.ref for seat in form._free_seats()}
    gone = [ref for ref in chosen if ref not in free]
    mine = _had(request, form, gone)
    kept = [ref for ref in chosen if ref in free]
    form.chosen = kept
    form._errors = ErrorDict()  # it was not the form that was wrong
    places = [known[ref].place for ref in chosen if ref in known]
    if not gone:
        kept = []  # they are still listed as free, but not for us: others are offered
    needs = {known[ref].access for ref in chosen if ref in known}
    access = next((need for need in ("wheelchair", "companion") if need in needs), "")
    nearest = (
        seating.nearest(form.free, places, len(chosen), keep=kept, other_than=chosen, access=access)
        if chosen
        else []
    )
    if not chosen:
        return render(request, form, status=status, refused=problem("sold_out"))
    sentence = _gone_sentence(known, [ref for ref in gone if ref not in mine], kept, nearest, mine)
    title = _("In your basket already") if mine and len(mine) == len(gone) else _("Somebody was quicker")
    told = Problem(code="sold_out", title=title, text=sentence, status=422)
    return render(request, form, status=status, refused=told, nearest=nearest, kept=kept)


def _had(request: HttpRequest, form: PickForm, refs: Sequence[str]) -> list[str]:
    """Which of these the visitor has already, perhaps from another tab."""
    held = Line.objects.filter(
        hold__basket__in=current.baskets(request) if current.visitor(request) else [],
        instance=form.instance,
        state__in=[Line.State.HELD, Line.State.CHANGED],
    )
    own = {ref for line in held for ref in line.selection.get("seat_refs", ())}
    return [ref for ref in refs if ref in own]


def _gone_sentence(
    known: dict[str, snapshot.SeatShown],
    gone: Sequence[str],
    kept: Sequence[str],
    nearest: Sequence[seating.Group],
    mine: Sequence[str] = (),
) -> str:
    def name(refs: Iterable[str]) -> str:
        return ", ".join(f"{known[ref].row}{known[ref].number}" for ref in refs if ref in known)

    gone_names, kept_names = name(gone), name(kept)
    area = next((known[ref].area for ref in gone if ref in known), "")
    parts = []
    if gone_names:
        parts.append(
            _("%(seats)s has just been booked by someone else.") % {"seats": f"{area} {gone_names}".strip()}
        )
    elif not mine:
        parts.append(_("The box office could not hold these: one of them has just gone."))
    if mine:
        parts.append(
            ngettext(
                "%(seats)s is in your basket already.", "%(seats)s are in your basket already.", len(mine)
            )
            % {"seats": name(mine)}
        )
    if (gone_names or mine) and kept_names:
        parts.append(_("%(seats)s is still yours to take.") % {"seats": kept_names})
    instead = [seat for seat in nearest[0].seats if seat.ref not in kept] if nearest else []
    if instead:
        names = f"{nearest[0].area} " if nearest[0].area != area else ""
        names += ", ".join(f"{seat.row}{seat.number}" for seat in instead)
        parts.append(ngettext("%(seats)s is free.", "%(seats)s are free.", len(instead)) % {"seats": names})
    else:
        parts.append(_("There is no other group of this size any more."))
    return " ".join(parts)


def said_no(request: HttpRequest, form: PickForm, error: errors.ProviderError) -> HttpResponse:
    told, nearest = problem(error), []
    if isinstance(error, errors.NotOnSale) and (error.what or error.since):
        zone = form.instance.event.venue.timezone
        if error.since is not None:
            text = _("“%(name)s” is on sale from %(when)s.") % {
                "name": error.what or form.instance.event.title, "when": words.curtain_full(error.since, zone)
            }  # fmt: skip
        else:
            text = _("“%(name)s” is not on sale at the moment.") % {"name": error.what}
        told = Problem(code=told.code, title=told.title, text=text, status=422)
    if isinstance(error, errors.LimitExceeded) and error.limit and form.further:
        text = _(
            "You can put at most %(limit)s tickets into the basket in one go: add the other dates afterwards."
        )
        told = Problem(code=told.code, title=told.title, text=text % {"limit": error.limit}, status=422)
    chosen = list(form.chosen)
    refresh(form)
    form._errors = ErrorDict()  # it was not the form that was wrong
    form.chosen = chosen
    if isinstance(error, errors.LoneSeat):
        nearest = seating.neighbours_that_fit(form.free, chosen)
    return render(request, form, status=422, refused=told, nearest=nearest, kept=chosen)


def too_many(request: HttpRequest, form: PickForm, error: holding.TooMany) -> HttpResponse:
    text = _("You can have at most %(limit)s tickets for one date.") % {"limit": error.limit}
    if error.held:
        text += " " + _("%(held)s of them are in your basket already.") % {"held": error.held}
    told = Problem(code="limit_exceeded", title=_("Too many tickets"), text=text, status=422)
    return render(request, form, status=422, refused=told)


def not_known(request: HttpRequest, error: errors.ProviderError) -> HttpResponse:
    messages.warning(request, problem(error).text)
    return redirect("baskets:detail")


def unreachable(request: HttpRequest, instance: Instance, error: errors.ProviderError) -> HttpResponse:
    told = problem(error)
    context = {
        "instance": instance,
        "event": instance.event,
        "problem": told,
        "zone": instance.event.venue.timezone,
    }
    return TemplateResponse(request, "baskets/not_now.html", context, status=told.status)


def refused_page(request: HttpRequest, instance: Instance, refusal: selling.Refusal) -> HttpResponse:
    told = problem(refusal.code)
    if told.status == 404:
        raise Http404(told.text)
    text = str(getattr(refusal, "text", "") or told.text)
    told = Problem(code=told.code, title=told.title, text=text, status=told.status)
    context = {
        "instance": instance,
        "event": instance.event,
        "problem": told,
        "zone": instance.event.venue.timezone,
        "dates": other_dates(instance, 1),
        "closed": _not_begun(instance) if refusal.code == "not_yet" else [],
    }
    return TemplateResponse(request, "baskets/not_now.html", context, status=told.status)


def _not_begun(instance: Instance) -> list[str]:
    """Each ticket by name with its hour, where the sale has not begun."""
    try:
        free = availability.of(instance)
    except errors.ProviderError:
        return []  # the hour of the first one is on the page all the same
    zone = instance.event.venue.timezone
    return [closed_words(offer, zone) for offer in free.offers if offer.closed == "not_yet"]


def being_paid(request: HttpRequest) -> HttpResponse:
    """The basket belongs to an order that is being paid: on with it, or back from it, before anything is added."""
    return TemplateResponse(request, "baskets/being_paid.html", status=409)


def already(request: HttpRequest) -> HttpResponse:
    """The same choice is on its way: wait for it, and end at the basket."""
    response = TemplateResponse(request, "baskets/already.html")
    response["Refresh"] = f"3; url={reverse('baskets:detail')}"
    return response


NOT_CARRIED = {"csrfmiddlewaretoken"}
BUSY_SECONDS = 5  # until somebody whose choice could not be written down should try again


def again(request: HttpRequest, told: Problem, to: str, *, word: str = "") -> HttpResponse:
    """It could not be asked now: everything that was chosen waits in the page for another try."""
    context = {"problem": told, "to": to, "carried": _carried(request), "word": word or _("Try again")}
    return TemplateResponse(request, "baskets/again.html", context, status=told.status)


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name in request.POST
        if name not in NOT_CARRIED
        for value in request.POST.getlist(name)
    ]


def keeps_the_choice(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that takes a choice: where the database cannot be written to in time, the choice waits in a page that
    needs no database. The same form is asked for once, however often it is sent."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if request.method != "POST":
                raise
            log.warning("a choice could not be written down: %s", type(error).__name__)
            return error_page(
                503,
                retry_after=BUSY_SECONDS,
                problem=problem("crowded"),
                to=request.get_full_path(),
                carried=_carried(request),
                csrf_token=get_token(request),
            )

    return kept


def spoken(lines: Iterable[Line]) -> str:
    """ "Hamlet: Stalls A1, A2", "Paper Cities, Tue 5 Jan, 11:30: 2 × Adult, 1 × Audio guide"."""
    parts: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for line in lines:
        head = line.event_name
        if line.time_from is not None:
            head = f"{head}, {words.curtain(line.time_from, line.timezone)}"
        parts.setdefault(head, {}).setdefault(line.area, []).extend(line.tickets)
    said = {
        head: [
            f"{area} {words.seat_words(tickets) or words.kind_words(tickets)}".strip()
            for area, tickets in areas.items()
        ]
        for head, areas in parts.items()
    }
    return "; ".join(f"{head}: {', '.join(found)}" for head, found in said.items())
