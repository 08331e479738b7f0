"""Answering what a venue asks about tickets and orders; tickets that are one stub, taken out together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from baskets import answers, current, holding, notes
from baskets.asking import lead, tell
from baskets.models import Basket, Hold, Line, NoteQuestion
from baskets.notes_forms import Box, NoteForm, order_box, order_form, ticket_box, ticket_form
from baskets.notes_kept import ORDER
from baskets.views import of_line, post_only
from shop.problems import problem
from shop.providers import errors

ALL, THESE = "all", "these"


@of_line
def ticket(request: HttpRequest, line: Line) -> HttpResponse:
    """GET: the form by itself. POST: have it noted on this ticket, on those beside it in its stub, or on all."""
    book, lines = notes.of_hold(line.hold)
    line = next((one for one in lines if one.pk == line.pk), line)
    if line not in lines or not book.asked(line.hold, notes.TICKET):
        messages.info(request, _("Nothing is asked about this ticket. This is what is in your basket."))
        return _to_basket(line.hold)
    group = _group(request, line, lines)
    form = ticket_form(book, line, request.POST if request.method == "POST" else None)
    box = ticket_box(book, group, sum(one.quantity for one in lines), inline=False)
    if request.method != "POST" or not form.is_valid():
        return _page(request, line.hold, box, form, line)
    scope = request.POST.get("for", "")
    chosen = lines if scope == ALL else group if scope == THESE else [line]
    refs = [ref for one in chosen for ref in notes.targets(one)]
    return _send(request, book, line.hold, box, form, refs, line, only_said=scope == ALL)


def _group(request: HttpRequest, line: Line, lines: Sequence[Line]) -> list[Line]:
    """The lines of the stub that the form came from, those that are still there."""
    sent = request.POST if request.method == "POST" else request.GET
    named = {int(pk) for pk in sent.getlist("line")[:100] if pk.isascii() and pk.isdigit() and len(pk) < 19}
    return [one for one in lines if one.pk == line.pk or one.pk in named]


@never_cache
def order(request: HttpRequest, hold_pk: int) -> HttpResponse:
    """The same about the whole order."""
    hold = (
        Hold.objects.select_related("account", "basket")
        .filter(pk=hold_pk, basket__in=current.baskets(request) if current.visitor(request) else [])
        .first()
    )
    if hold is None:
        messages.info(request, _("That is not in your basket any more. This is what you have now."))
        return redirect("baskets:detail")
    if hold.basket.status != Basket.Status.OPEN:
        return answers.being_paid(request)
    book, lines = notes.of_hold(hold)
    if not (lines or hold.beside.get("extras")) or not book.asked(hold, notes.ABOUT_ORDER):
        messages.info(request, _("Nothing is asked about this order. This is what is in your basket."))
        return _to_basket(hold)
    form = order_form(book, hold, request.POST if request.method == "POST" else None)
    box = order_box(book, hold, inline=False)
    if request.method != "POST" or not form.is_valid():
        return _page(request, hold, box, form)
    return _send(request, book, hold, box, form, None)


def _send(
    request: HttpRequest,
    book: notes.Book,
    hold: Hold,
    box: Box | None,
    form: NoteForm,
    refs: list[str] | None,
    line: Line | None = None,
    *,
    only_said: bool = False,
) -> HttpResponse:
    """`only_said`: what was left open in the form stays as it is on each ticket."""
    given = _changed(book, hold, form, refs, only_said=only_said)
    if not given:
        messages.info(request, _("Nothing is new: this is what the box office has noted."))
        return _to_basket(hold)
    try:
        tell(request, holding.note(hold, given, refs))
    except holding.BrowserAsks as asks:
        return lead(request, asks.errand)
    except holding.Busy:
        return _page(request, hold, box, form, line, problem("taken"))
    except errors.HoldGone:
        messages.warning(request, problem("hold_gone").text)
    except errors.ProviderError as error:
        return _page(request, hold, box, form, line, problem(error))
    return _to_basket(hold)


def _changed(
    book: notes.Book, hold: Hold, form: NoteForm, refs: list[str] | None, *, only_said: bool
) -> dict[str, str | bool]:
    """What is to be written, by label: answers that are not read back like that already."""
    said = form.answers()
    found: dict[str, str | bool] = {}
    for question in form.questions:
        text = said[question.row.label]
        if only_said and not text:
            continue
        before = [book.answer(hold, target, question) for target in (refs if refs is not None else [ORDER])]
        if all(one.text == text and one.state in ("", "held") for one in before):
            continue
        found[question.row.label] = bool(text) if question.row.kind == NoteQuestion.Kind.YES else text
    return found


def _page(
    request: HttpRequest,
    hold: Hold,
    box: Box | None,
    form: NoteForm,
    line: Line | None = None,
    found: Any = None,
) -> HttpResponse:
    context = {"box": box, "form": form, "line": line, "hold": hold, "problem": found}
    status = found.status if found is not None else 422 if form.is_bound else 200
    return TemplateResponse(request, "baskets/notes.html", context, status=status)


def _to_basket(hold: Hold) -> HttpResponse:
    return redirect(f"{reverse('baskets:detail')}?currency={hold.basket.currency}")


@post_only
@of_line
def remove_all(request: HttpRequest, line: Line) -> HttpResponse:
    """Give back every ticket of one stub."""
    group = _group(request, line, notes.lines_of(line.hold))
    if not group:
        return _to_basket(line.hold)
    holding.give_back(line.hold, [one.item_ref for one in group], "remove")
    messages.success(request, _("Removed: %(what)s.") % {"what": line.event_name})
    return _to_basket(line.hold)
