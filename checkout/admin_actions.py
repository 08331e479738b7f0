"""What staff can do to an order: look again, send again, fetch again, mark handled. Each asks twice.

The buttons call the same functions as the site. Every use is written into the order's history with a name and
a reason; a form that is sent twice works once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from checkout import admin_till, charging, emails, fulfilment, paying, settling, words
from checkout.models import Booking, Order
from checkout.states import can, move, note
from shop import claims

ONCE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Action:
    """`run(order, bookings, who, reason)` returns the sentence that says what came of it."""

    name: str
    label: str | Promise
    explains: str | Promise
    run: Callable[[Order, Sequence[Booking], str, str], str]
    needs_note: bool = False
    applies: Callable[[Any, Order], bool] = lambda user, order: True


def _check_again(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    asked = [settling.settle(b.pk, road=who) for b in bookings if b.prepared_at is not None]
    charging.look_again(order, road=who)
    paying.go_on(order.pk)
    if not asked:
        return _("Nothing was handed to a provider yet, so there is nothing to ask about.")
    return _("Asked again: %(states)s.") % {"states": ", ".join(str(words.state_of(b)) for b in asked)}


def _resend(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    if not any(b.status in words.DONE for b in bookings):
        return _("Nothing is booked, so there is no mail to send.")
    emails.queue(order, "paid", again=True)
    return _("The mail is queued once more.")


def _documents(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    done = [fulfilment.fetch(b.pk, road=who) for b in bookings if b.status in words.DONE]
    ready, expected = sum(b.tickets_ready for b in done), sum(b.tickets_expected for b in done)
    return ngettext(
        "%(ready)s of %(expected)s ticket is there.", "%(ready)s of %(expected)s tickets are there.", expected
    ) % {"ready": ready, "expected": expected}


def _handled(order: Order, bookings: Sequence[Booking], who: str, reason: str) -> str:
    Order.objects.filter(pk=order.pk).update(attention_reason="", attention_at=None, handled_note=reason)
    order.refresh_from_db()
    statuses = {b.status for b in order.bookings.all()}
    if order.status == Order.Status.ATTENTION:
        # the row follows its parts again; what is still open is watched on
        if statuses & set(words.DONE):
            to = Order.Status.PAID
        elif statuses & set(settling.OPEN):
            to = Order.Status.PAYING
        else:
            to = Order.Status.CANCELLED
        if can(order, to):
            move(order, to, because=f"handled: {reason}", actor=who)
    return _("Marked as handled.")


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action(
            "check-again",
            gettext_lazy("Check again"),
            gettext_lazy("Asks the provider how this order stands and moves what follows. Charges nothing."),
            _check_again,
        ),
        Action(
            "resend-mail",
            gettext_lazy("Send the mail again"),
            gettext_lazy("Sends the confirmation once more, to the address of the order."),
            _resend,
        ),
        Action(
            "fetch-documents",
            gettext_lazy("Fetch the tickets again"),
            gettext_lazy("Asks the provider for the tickets and stores what is new."),
            _documents,
        ),
        Action(
            "mark-handled",
            gettext_lazy("Mark as handled"),
            gettext_lazy("Takes the order off the list of those that need a person. The note stays with it."),
            _handled,
            needs_note=True,
        ),
        Action(
            "check-payment",
            gettext_lazy("Check the payment again"),
            gettext_lazy(
                "Asks the payment company how the payment and its refunds stand, and does what follows from it. Charges nothing that was not agreed."
            ),
            admin_till.check,
            applies=admin_till.paid_to_us,
        ),
        Action(
            "take-money",
            gettext_lazy("Take the money"),
            gettext_lazy(
                "Takes the authorised money for what is booked, now, without waiting for the rest. What is not booked is let go and cannot be taken later."
            ),
            admin_till.take,
            applies=admin_till.is_authorised,
        ),
        Action(
            "release-money",
            gettext_lazy("Let the money go"),
            gettext_lazy(
                "Ends the authorisation: the buyer is not charged, and nothing more is booked. Look at the provider first: should a ticket turn up there later, it is unpaid."
            ),
            admin_till.release,
            applies=admin_till.is_authorised,
        ),
    )
}


class ReasonForm(forms.Form):
    """Why; and a token that lets the form work once."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)

    @classmethod
    def fresh(cls) -> ReasonForm:
        return cls(initial={"once": secrets.token_hex(8)})


def run(
    action: Action, order: Order, bookings: Iterable[Booking], *, who: str, reason: str, once: str
) -> str:
    """Do it once, and write down who asked for it and why."""
    if claims.take(f"admin:{order.pk}:{action.name}:{once}"[:200], seconds=ONCE_SECONDS) is None:
        return _("This was done already.")
    note(order, because=f"{action.name}: {reason}", actor=who, subject="staff")
    return action.run(order, list(bookings), who, reason)
