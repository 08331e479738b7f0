"""Giving money back from the admin: what for, how much, why; then once more, and done once.

A house's people give back what was paid for their own tickets. Whoever runs every house of an order may also give
back a sum that belongs to no part, for example of a payment that came twice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout import refundable, refunding, tasks, words
from checkout.admin_parts import own_bookings, own_lines, own_refunds, runs_all
from checkout.models import Booking, Order, Payment, Refund
from checkout.refundable import Ticket
from checkout.states import note
from shop import claims
from shop.money import Money, exponent
from shop.words import money

RIGHT = "checkout.refund"
ONCE_SECONDS = 24 * 3600
GIVEN_BY_HAND = ("buyer", "event_cancelled", "duplicate", "other")  # of `words.REFUND_REASONS`
NO: dict[str, Any] = {
    "not_paid": gettext_lazy("Nothing was received for this that could be given back."),
    "nothing": gettext_lazy("Choose tickets, or enter a sum."),
    "ticket_back": gettext_lazy("One of these tickets was given back meanwhile."),
    "busy": gettext_lazy(
        "Somebody else is giving money back at this moment. Look at the order, then try again."
    ),
}
SAID: dict[str, Any] = {
    Refund.Status.SUCCEEDED: gettext_lazy("%(sum)s was given back."),
    Refund.Status.PENDING: gettext_lazy("%(sum)s is on its way back."),
    Refund.Status.NEEDS_ACTION: gettext_lazy("%(sum)s goes back when the buyer has said where to."),
    Refund.Status.ASKED: gettext_lazy(
        "The payment company has not answered yet. It is asked on and on for the same %(sum)s: do not give it back a second time."
    ),
    Refund.Status.FAILED: gettext_lazy("The payment company refused. Nothing was given back."),
    Refund.Status.CANCELED: gettext_lazy("The payment company cancelled it. Nothing was given back."),
}
BAD = (Refund.Status.FAILED, Refund.Status.CANCELED)


@dataclass
class Part:
    """Something of an order that this member of staff may give money back of. `booking` None: a whole payment."""

    order: Order
    booking: Booking | None
    left: Money
    tickets: list[Ticket] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    shared: bool = False  # with a house of somebody else

    @property
    def key(self) -> str:
        return f"part-{self.booking.pk}" if self.booking else f"payment-{self.payments[0].pk}"

    @property
    def title(self) -> str:
        if self.booking is None:
            return _("Payment %(id)s, no part of it in particular") % {"id": self.payments[0].external_id}
        names = ", ".join(dict.fromkeys(ticket.line.event_name for ticket in self.tickets))
        return _("Part %(n)s: %(what)s") % {
            "n": self.booking.position,
            "what": names or self.booking.account.title,
        }


def parts_of(user: Any, order: Order) -> list[Part]:
    """What money can be given back of, and by this user."""
    payments = [p for p in refundable.payments_of(order.pk) if refundable.left_of_payment(p)]
    if not payments:
        return []
    most = max(refundable.left_of_payment(p) for p in payments)
    found = []
    back = refundable.given_back(Refund.objects.filter(payment__order=order))
    # what was not booked was not taken either: its sum would be the money of another part
    sold = (*words.DONE, Booking.Status.REFUNDED)
    bookings = own_bookings(user).filter(order=order, route="us", status__in=sold).select_related("account")
    for booking in bookings.order_by("position"):
        mine = list(own_lines(user).filter(booking=booking))
        shared = booking.lines.count() != len(mine)
        tickets = [ticket for line in mine for ticket in refundable.tickets_of(line, back)]
        left = min(refundable.left_of_booking(booking), most)
        if shared:  # the rest is the other house's
            own = sum(ticket.minor for ticket in tickets if not ticket.back)
            left = min(left, Money(own, order.currency))
        if left:
            found.append(Part(order, booking, left, tickets, payments, shared))
    lefts = [refundable.left_of_payment(p) for p in payments]
    plain = len(found) == len(payments) == 1 and found[0].left >= lefts[0]
    if not plain and runs_all(user, order):
        found += [Part(order, None, left, payments=[p]) for p, left in zip(payments, lefts, strict=True)]
    return found


class RefundForm(forms.Form):
    """Tickets, a sum of its own, or everything; why; and a token that lets the form work once."""

    tickets = forms.MultipleChoiceField(
        label=gettext_lazy("Tickets"), required=False, widget=forms.CheckboxSelectMultiple
    )
    everything = forms.BooleanField(label=gettext_lazy("Everything that is left"), required=False)
    sum = forms.DecimalField(required=False)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200)
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, part: Part, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part = part
        self.fields["tickets"].choices = [(t.key, t.words) for t in part.tickets if not t.back]
        self.fields["reason"].choices = [(code, words.REFUND_REASONS[code]) for code in GIVEN_BY_HAND]
        self.fields["sum"] = forms.DecimalField(
            label=_("Or a sum of its own, in %(currency)s") % {"currency": part.order.currency},
            required=False,
            max_digits=10,
            decimal_places=exponent(part.order.currency),
            widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = [t for t in self.part.tickets if t.key in (data.get("tickets") or ())]
        data["chosen"] = chosen
        if self.errors:
            return data
        if data.get("everything"):
            amount = self.part.left
            data["chosen"] = [t for t in self.part.tickets if not t.back]
        elif data.get("sum") is not None:
            amount = Money.from_decimal(data["sum"], self.part.order.currency)
            if amount.minor <= 0:
                raise ValidationError({"sum": _("Enter a sum above nothing.")})
        else:
            amount = Money(sum(t.minor for t in chosen), self.part.order.currency)
        if amount.minor <= 0:
            raise ValidationError(NO["nothing"])
        if amount > self.part.left:
            raise ValidationError(_("No more than %(left)s is left.") % {"left": money(self.part.left)})
        data["amount"] = amount
        return data


def view(admin: Any, request: HttpRequest, order: Order) -> HttpResponse:
    """Which part, then what for, then once more. `admin`: the ModelAdmin that found the order for this user."""
    if not (request.user.has_perm(RIGHT) and admin.has_view_permission(request, order)):
        raise PermissionDenied
    parts = {part.key: part for part in parts_of(request.user, order)}
    given = request.POST if request.method == "POST" else request.GET
    key = given.get("part") or (next(iter(parts)) if len(parts) == 1 else "")
    if key and key not in parts:
        raise Http404
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": f"{order.number}: {_('Give money back')}",
        "opts": admin.opts,
        "order": order,
        "parts": parts.values(),
        "part": parts.get(key),
    }
    if not key:
        return TemplateResponse(request, "checkout/admin/refund.html", context)
    part = parts[key]
    form = RefundForm(part, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        form.initial["once"] = secrets.token_hex(8)
    elif form.is_valid() and "back" not in request.POST:
        data = form.cleaned_data
        # what was looked at is what is given back: anything else is looked at once more
        if "sure" not in request.POST or request.POST.get("agreed") != str(data["amount"].minor):
            return TemplateResponse(
                request, "checkout/admin/refund_sure.html", {**context, "form": form, **data}
            )
        said = _do(request, part, data)
        if said is None:
            return redirect("admin:checkout_order_change", order.pk)
        form.add_error(None, said)
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "checkout/admin/refund.html", {**context, "form": form}, status=status)


def _do(request: HttpRequest, part: Part, data: dict[str, Any]) -> str | None:
    """Give it back, once for each form; a sentence where it is not possible."""
    order, who = part.order, f"staff:{request.user.get_username()}"
    name = f"admin:{order.pk}:give-back:{data['once']}"[:200]
    owner = claims.take(name, seconds=ONCE_SECONDS)
    if owner is None:
        messages.info(request, _("This was done already."))
        return None
    amount: Money = data["amount"]
    payment = next((p for p in part.payments if refundable.left_of_payment(p) >= amount), None)
    try:
        if payment is None:
            raise refunding.NotPossible("not_paid")
        row = refunding.refund(
            payment,
            amount.minor,
            booking=part.booking,
            reason=data["reason"],
            actor=who,
            tickets=refundable.entries(data["chosen"]),
            note=data["note"],
        )
    except refunding.NotPossible as no:
        claims.give_up(name, owner)
        if no.code == "too_much":
            return _("No more than %(left)s is left.") % {"left": money(Money(no.left, amount.currency))}
        return str(NO[no.code])
    because = f"give-back: {words.REFUND_REASONS[row.reason]}, {row.note}"
    note(part.booking or order, because=because, actor=who, subject="staff", refund=row)
    tasks.hurry(order.pk)
    level = messages.ERROR if row.status in BAD else messages.SUCCESS
    if row.status == Refund.Status.ASKED:
        level = messages.WARNING
    messages.add_message(request, level, SAID[row.status] % {"sum": money(row.amount)})
    return None


# --- shown on the order's page --------------------------------------------------------------------------------


def shown(user: Any, order: Order) -> dict[str, Any]:
    """Payments to us and what was given back of them, as far as they are the user's."""
    whole, own = runs_all(user, order), own_refunds(user, order)
    payments = []
    for payment in order.payments.filter(route="us").order_by("pk"):
        rows = payment.refunds.select_related("booking").order_by("pk")
        payments.append(
            {
                "payment": payment,
                "whole": whole,
                "left": refundable.left_of_payment(payment),
                "received": Money(payment.captured_minor, payment.currency),
                "refunds": [
                    {
                        "row": row,
                        "what": "; ".join(refundable.words_of(row)),
                        "reason": words.REFUND_REASONS.get(row.reason, row.reason),
                        "failed": row.status in BAD,
                    }
                    for row in rows
                    if row.pk in own
                ],
            }
        )
    return {"till": payments, "may_refund": user.has_perm(RIGHT) and bool(parts_of(user, order))}
