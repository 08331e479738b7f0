"""A mail came back: whoever holds the order's link says where it should have gone, and it is sent again.

Only while the present address is known not to work, and not often: the order's mails carry its tickets.
"""

from __future__ import annotations

from django import forms
from django.db import transaction

from checkout import bounces, drafts, emails
from checkout.forms import email_field
from checkout.models import Order
from checkout.states import note

FIELD = "new_email"


class AddressForm(forms.Form):
    """The address, as it is or corrected."""

    use_required_attribute = False
    new_email = email_field()


def form_of(order: Order) -> AddressForm | None:
    """The form for the order's page, with what was typed before; None where no mail came back."""
    if bounces.bounced_of(order) is None:
        return None
    typed = drafts.of(order).typed
    if FIELD in typed:
        return AddressForm({FIELD: typed[FIELD]}, label_suffix="")
    return AddressForm(initial={FIELD: order.email}, label_suffix="")


def correct(order: Order, email: str) -> bool:
    """Take the address, and send what came back once more. False: nothing came back (any more)."""
    with transaction.atomic():
        last = bounces.bounced_of(order)
        if last is None:
            return False
        changed = email.strip().lower() != order.email.strip().lower()
        back = [
            mail.kind
            for mail in order.mails.filter(bounced_at__isnull=False)
            if mail.sent_to.lower() == order.email.lower()
        ]
        Order.objects.filter(pk=order.pk).update(email=email)
        order.email = email
        drafts.drop(order)
        if changed:
            note(order, because="the buyer corrected the e-mail address", actor="buyer", subject="mail")
        if changed and order.attention_reason in bounces.MAIL_REASONS:
            mine = Order.objects.filter(pk=order.pk, attention_reason=order.attention_reason)
            mine.exclude(status=Order.Status.ATTENTION).update(attention_reason="", attention_at=None)
        for kind in dict.fromkeys([*_whole(back), *(["paid"] if not back else [])]):
            emails.queue(order, kind, again=True)
    return True


def _whole(kinds: list[str]) -> list[str]:
    """The confirmation carries what later mails announce: it is enough beside them."""
    kinds = [kind for kind in kinds if not kind.startswith("staff-")]
    return [kind for kind in kinds if kind != "tickets" or "paid" not in kinds]
