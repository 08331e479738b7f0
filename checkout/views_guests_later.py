"""After the booking: the page with all guests of an order, and each guest's own page behind a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from baskets import guest_forms, guest_words
from baskets.guest_forms import SHARED, GuestForm
from baskets.models import new_token
from checkout import guest_dates, guest_tasks, guests_later, tasks
from checkout.doors import TOKEN, order_of, private
from checkout.guest_rows import lines_for, marks, masked_of, name_of, ticket_names, typed_of
from checkout.guests import DONE
from checkout.links import look_at_guest_end
from checkout.models import Booking, Guest, Order, OrderLine
from checkout.sellers import sellers_of
from checkout.showing import address_of
from shop.knocks import limited

NEVER_SHOWN = ("passport",)  # once it is saved: several people may open these pages


@dataclass(frozen=True)
class Card:
    """One guest as the page shows them."""

    guest: Guest
    form: GuestForm
    state: str
    link: str = ""
    mail: str = ""
    ticket: str = ""  # what it is for, where there are several

    @property
    def marks(self) -> str:
        return marks(self.guest, _shown(self.guest)[0])

    @property
    def name(self) -> str:
        return name_of(self.guest)


def _shown(guest: Guest) -> tuple[dict[str, str], dict[str, str]]:
    """What stands in the inputs of a guest, and a sentence for each answer that is there and not shown."""
    typed, masked = typed_of(guest), masked_of(guest)
    values = guest_forms.read(guest.fields, typed)
    known = {
        name: _("The organiser has %(what)s. Leave this empty to keep it.") % {"what": text}
        for name, text in masked.items()
    }
    shown = dict(typed)
    for name in NEVER_SHOWN:
        if name in values and name not in guest.complaints:
            text = guest_forms.masked({name: values[name]})[name]
            known[name] = _("Saved: %(what)s. Leave this empty to keep it.") % {"what": text}
            shown.pop(name)
    return shown, known


def form_of(guest: Guest, data: Any = None, *, named: bool = True) -> GuestForm:
    """The form of one guest: what is saved and makes no sense, or was not accepted, is marked."""
    shown, known = _shown(guest)
    prefix = f"guest-{guest.pk}"
    if data is None and (shown or guest.complaints):
        data = {f"{prefix}-{name}": text for name, text in shown.items()}
        form = GuestForm(
            guest.fields, prefix=prefix, number=guest.number, typed=shown, known=known, data=data, named=named
        )
        form.complain(guest.complaints)
        return form
    return GuestForm(
        guest.fields, prefix=prefix, number=guest.number, typed=shown, known=known, data=data, named=named
    )


# --- all guests of an order -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@private
@limited("guest")
def everybody(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    bookings = list(order.bookings.filter(status__in=DONE).select_related("account"))
    if request.method == "POST":
        return _save_all(request, order, bookings)
    for task in guest_tasks.of(bookings).values():
        if task.row.booked_at is None and task.row.due_at is not None:
            guests_later.look(task.booking.pk, road="page")
    shown = guest_tasks.of(bookings)
    if not shown:
        return redirect("checkout:order", order.token)
    sellers = sellers_of(bookings)
    parts = [_part(order, task, sellers[task.booking.pk].name) for task in shown.values()]
    page = {
        "order": order,
        "parts": parts,
        "forms": [card.form for part in parts for card in part["cards"] if part["open"]],
        "todo": any(task.todo for task in shown.values()),
        "open": any(part["open"] for part in parts),
    }
    return render(request, "checkout/guests_later.html", page)


def _part(order: Order, task: guest_tasks.Task, seller: str) -> dict[str, Any]:
    lines = [line for line in task.booking.lines.all() if not line.kind]
    is_open = task.row.open and not task.row.forgotten
    cards = [_card(order, guest, lines) for guest in task.guests]
    return {
        "task": task,
        "seller": seller,
        "lines": lines,
        "open": is_open,
        "cards": cards,
        "warnings": guest_words.notes(task.row.notes),
        "days": guest_dates.keep_days(task.booking.account.name),
        "can_copy": is_open and len(cards) > 1 and any(name in SHARED for name in task.guests[0].fields),
    }


def _card(order: Order, guest: Guest, lines: list[OrderLine]) -> Card:
    link = address_of(order, "checkout:guest", guest.token)
    about = ", ".join(dict.fromkeys(line.event_name for line in lines_for(guest, lines)))
    subject = _("Your details for %(event)s") % {"event": about}
    body = _("Hello, please fill in your own details for %(event)s here: %(link)s") % {
        "event": about,
        "link": link,
    }
    return Card(
        guest, form_of(guest), guest_tasks.state_words(guest), link,
        f"mailto:?subject={quote(subject)}&body={quote(body)}", ticket_names(lines).get(guest.item_ref, ""),
    )  # fmt: skip


def _save_all(request: HttpRequest, order: Order, bookings: list[Booking]) -> HttpResponse:
    where = reverse("checkout:guests_later", args=[order.token])
    every = list(
        Guest.objects.filter(booking__in=bookings, booking__guest_list__open=True).select_related("booking")
    )
    changed = {guest.booking_id for guest in every if _save(guest, request)}
    do = request.POST.get("do", "")
    if do.startswith("renew-"):
        renewed = next((guest for guest in every if do == f"renew-{guest.pk}"), None)
        if renewed is not None:
            Guest.objects.filter(pk=renewed.pk).update(token=new_token())
            messages.success(request, _("There is a new link. The old one does not open anything any more."))
            where = f"{where}#guest-{renewed.number}"
    elif do.startswith("copy-"):
        changed |= _copy(every, do)
    for pk in changed:
        guests_later.saved(pk)
    if changed:
        tasks.hurry(order.pk)
    if changed or not do:
        _say(request, list(guest_tasks.of(bookings).values()), bool(every))
    return redirect(where)


def _save(guest: Guest, request: HttpRequest) -> bool:
    form = form_of(guest, data=request.POST)
    if not any(name.startswith(f"{form.prefix}-") for name in request.POST):
        return False
    return guests_later.save(guest, form, request.POST.get(f"{form.prefix}-was", ""))


def _copy(every: list[Guest], do: str) -> set[int]:
    """The country and address of a part's first guest for all others of it."""
    changed = set()
    mine = [guest for guest in every if do == f"copy-{guest.booking_id}"]
    if not mine:
        return set()
    first = typed_of(mine[0])
    for guest in mine[1:]:
        own = typed_of(guest)
        typed = {**own, **{name: first[name] for name in SHARED if first.get(name) and name in guest.fields}}
        prefix = f"guest-{guest.pk}"
        form = GuestForm(
            guest.fields, prefix=prefix, known=masked_of(guest),
            data={f"{prefix}-{name}": text for name, text in typed.items()},
        )  # fmt: skip
        if guests_later.save(guest, form):
            changed.add(guest.booking_id)
    return changed


def _say(request: HttpRequest, shown: list[guest_tasks.Task], known: bool) -> None:
    if not known:
        messages.warning(request, _("The details of the guests cannot be changed any more."))
    elif any(task.todo for task in shown):
        messages.success(request, _("Saved. You can go on at any time."))
    else:
        messages.success(request, _("Saved. Everything is there, and goes to the organiser now."))


# --- one guest ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@private
@limited("guest", methods=("GET", "POST"))
def one(request: HttpRequest, token: str) -> HttpResponse:
    """A guest's own page: their fields, the event, and nothing else of the order."""
    if not TOKEN.fullmatch(token):
        raise Http404
    guest = get_object_or_404(
        Guest.objects.select_related("booking__order", "booking__account", "booking__guest_list"),
        token=token, booking__status__in=DONE,
    )  # fmt: skip
    look_at_guest_end(guest.booking)
    row = guest.booking.guest_list
    is_open = row.open and not row.forgotten
    if request.method == "POST":
        if is_open and _save(guest, request):
            guests_later.saved(guest.booking_id)
            tasks.hurry(guest.booking.order_id)
        if not is_open:
            messages.warning(request, _("The details of the guests cannot be changed any more."))
        else:
            guest.refresh_from_db()
            messages.success(
                request,
                _("Saved. Something is still missing; you can go on at any time.")
                if guest.state in guest_dates.UNFINISHED
                else _("Saved. Thank you, that is everything."),
            )
        return redirect("checkout:guest", guest.token)
    lines = [line for line in guest.booking.lines.all() if not line.kind]
    zone = guest_dates.zone_of(lines)
    page = {
        "guest": guest,
        "card": Card(guest, form_of(guest, named=False), guest_tasks.state_words(guest)),
        "lines": lines_for(guest, lines),
        "open": is_open,
        "row": row,
        "seller": sellers_of([guest.booking])[guest.booking.pk].name,
        "by": guest_dates.by_words(guest.needed_by, zone)
        if guest.needed_by and guest.state in guest_dates.UNFINISHED
        else "",
        "days": guest_dates.keep_days(guest.booking.account.name),
    }
    return render(request, "checkout/guest.html", page)
