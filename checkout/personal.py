"""Who a person is, in every row of ours: which fields say so, what still needs them, and how they are emptied.

`FIELDS` names every text of checkout and baskets as personal (with what it is emptied to) or not; a test compares it
with the models. What is left of an order afterwards are numbers, sums, dates and the ids of payments: bookkeeping
needs those and no name. Providers and the payment company keep books of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baskets.models import Attempt, Basket, Errand, Hold, Line, TypedGuest
from checkout import following
from checkout.bounces import MAIL_REASONS
from checkout.guest_models import FORGOTTEN
from checkout.models import (
    Booking,
    Document,
    Guest,
    GuestList,
    HistoryEntry,
    Mail,
    Order,
    OrderLine,
    Payment,
    Refund,
)
from checkout.states import note
from shop import clock

# model -> fields that say who somebody is, and what they are emptied to. JSON values are whole texts.
PERSONAL: dict[str, dict[str, Any]] = {
    "checkout.Order": {
        "first_name": "", "last_name": "", "email": "", "phone": "", "answers": "{}", "handled_note": "",
    },
    "checkout.Booking": {"handle": "", "answers": "{}"},
    "checkout.OrderLine": {"seats_text": ""},  # of what is no ticket: a seat says nothing of a person
    "checkout.Payment": {"secret": ""},
    "checkout.Refund": {"note": ""},
    "checkout.Document": {"link": "", "content": None},
    "checkout.HistoryEntry": {"because": ""},  # what staff typed; the rows go, but for the steps of money
    "checkout.Mail": {"sent_to": "", "message_id": ""},  # the rows go
    "checkout.Guest": {"typed": "", "masked": "", "complaints": {}},
    "baskets.Basket": {"visitor": ""},
    "baskets.Line": {"sought": {}},  # a need for access, where one was named
    "baskets.Hold": {"handle": "", "notes": "", "beside": {}},
    "baskets.Errand": {"request": {}, "context": {}},  # the rows go
    "baskets.TypedGuest": {"typed": ""},  # the rows go
}  # fmt: skip
# every other text: codes, ids, names of events and of settings
NOT_PERSONAL: dict[str, frozenset[str]] = {
    label: frozenset(names.split())
    for label, names in {
        "checkout.Order": "number token status language currency attention_reason",
        "checkout.Booking": "status route other_route reference currency delivery_label format_code return_token "
        "returned hint drawn reason arrives",
        "checkout.OrderLine": "kind item_ref event_name venue_name venue_address timezone area tickets currency",
        "checkout.Payment": "route status currency external_id publishable_key charge_id reason",
        "checkout.Refund": "status currency tickets reason actor external_id failure",
        "checkout.Document": "ref kind seat token content_type filename",
        "checkout.HistoryEntry": "subject was became actor",
        "checkout.Knock": "key",
        "checkout.Mail": "kind error bounce",
        "checkout.Guest": "key item_ref before later state token",
        "checkout.GuestList": "asked given notes problem",
        "checkout.InboxMessage": "source event_id kind object_id parent_id state error",
        "baskets.Basket": "token status currency",
        "baskets.Hold": "scope state",
        "baskets.Attempt": "token state wanted",
        "baskets.Errand": "token kind state problem",
        "baskets.Line": "item_ref state problem event_name venue_name timezone area tickets currency selection",
        "baskets.Shelf": "currency things problem",
        "baskets.NoteQuestion": "level label words hint kind choices",
        "baskets.LostNote": "level label reason",
        "baskets.TypedGuest": "offer_key",
    }.items()
}
MONEY = ("payment", "refund")  # subjects of history that bookkeeping needs
AFTERWARDS = timedelta(days=1)  # a date is not over at midnight

O, P, R = Order.Status, Payment.Status, Refund.Status  # noqa: E741
WORDS: dict[str, str | Promise] = {
    "being_bought": _("it is being bought just now"),
    "attention": _("a person has to look at it first"),
    "to_come": _("its date is still to come, and the tickets need the details"),
    "payment": _("a payment is not finished"),
    "refund": _("money is on its way back"),
    "disputed": _("the bank disputes the payment"),
    "asked": _("a provider is still being asked about it"),
}


# --- what still needs it --------------------------------------------------------------------------------------


def needs() -> dict[str, Any]:
    """Code of `WORDS` -> condition on orders that still need their personal data."""
    soon = clock.now() - AFTERWARDS
    mine = {"order": OuterRef("pk")}
    dated = OrderLine.objects.filter(booking__order=OuterRef("pk"), booking__status__in=following.DONE)
    live = Q(status__in=following.LIVE_PAYMENT) | Q(due_at__isnull=False)
    going = Refund.objects.filter(payment__order=OuterRef("pk"))
    return {
        "being_bought": Q(status__in=(O.PLACED, O.PAYING)),
        "attention": Q(status=O.ATTENTION) | ~Q(attention_reason__in=("", *MAIL_REASONS)),
        "to_come": Exists(
            dated.filter(Q(starts_at__gt=soon) | Q(ends_at__gt=soon) | Q(instance__starts_at__gt=soon))
        ),
        "payment": Exists(Payment.objects.filter(live, **mine)),
        "refund": Exists(going.filter(status__in=(R.ASKED, R.PENDING, R.NEEDS_ACTION))),
        "disputed": Exists(Payment.objects.filter(disputed_at__isnull=False, **mine)),
        "asked": Exists(Booking.objects.filter(due_at__isnull=False, **mine)),
    }


def needed_for(order: Order) -> list[str]:
    """Codes of `WORDS`; empty: nothing needs the personal data of this order."""
    row = Order.objects.filter(pk=order.pk)
    return [code for code, condition in needs().items() if row.filter(condition).exists()]


def at_rest() -> QuerySet[Order]:
    """Orders that nothing waits for."""
    rows = Order.objects.all()
    for condition in needs().values():
        rows = rows.exclude(condition)
    return rows


def over_since(rows: QuerySet[Order], limit: Any) -> QuerySet[Order]:
    """Those placed before `limit` that have no date after it, nor one that was put off until after it."""
    later = OrderLine.objects.filter(
        Q(starts_at__gte=limit) | Q(ends_at__gte=limit) | Q(instance__starts_at__gte=limit),
        booking__order=OuterRef("pk"),
    )
    return rows.filter(~Exists(later), placed_at__lt=limit)


# --- emptied --------------------------------------------------------------------------------------------------


def mask(order: Order, *, actor: str = "sweep") -> bool:
    """Empty everything personal of one order, its guests and its basket; money and numbers stay. True the first time."""
    now = clock.now()
    with transaction.atomic():
        if not Order.objects.filter(pk=order.pk, masked_at=None).update(
            **PERSONAL["checkout.Order"], masked_at=now, erase_asked_at=None
        ):
            return False
        Order.objects.filter(pk=order.pk, attention_reason__in=MAIL_REASONS).update(
            attention_reason="", attention_at=None
        )
        parts = Booking.objects.filter(order=order)
        parts.update(**PERSONAL["checkout.Booking"], documents_due_at=None)
        OrderLine.objects.filter(booking__order=order).exclude(kind="").update(
            **PERSONAL["checkout.OrderLine"]
        )
        Payment.objects.filter(order=order).update(**PERSONAL["checkout.Payment"])
        Refund.objects.filter(payment__order=order).update(**PERSONAL["checkout.Refund"])
        Document.objects.filter(booking__order=order).update(**PERSONAL["checkout.Document"], size=0)
        Guest.objects.filter(booking__order=order).update(**PERSONAL["checkout.Guest"])
        GuestList.objects.filter(booking__order=order).update(
            open=False, due_at=None, remind_at=None, forget_at=None, problem=FORGOTTEN
        )
        Mail.objects.filter(order=order).delete()
        HistoryEntry.objects.filter(order=order).exclude(subject__in=MONEY).delete()
        if not Order.objects.filter(basket=order.basket_id, masked_at=None).exists():
            mask_basket(order.basket_id)
        note(order, because="personal data was deleted", actor=actor)
    order.refresh_from_db()
    return True


def mask_basket(basket_id: int) -> None:
    """What somebody typed while choosing. A basket that is still being filled is left alone."""
    over = (Basket.Status.CONVERTED, Basket.Status.EXPIRED)
    if not Basket.objects.filter(pk=basket_id, status__in=over).update(**PERSONAL["baskets.Basket"]):
        return
    Errand.objects.filter(hold__basket=basket_id).delete()
    Attempt.objects.filter(basket=basket_id).delete()
    TypedGuest.objects.filter(basket=basket_id).delete()
    Line.objects.filter(hold__basket=basket_id, hold__state=Hold.State.CLOSED).delete()
    Line.objects.filter(hold__basket=basket_id).update(**PERSONAL["baskets.Line"])
    Hold.objects.filter(basket=basket_id).exclude(state=Hold.State.RELEASING).update(
        **PERSONAL["baskets.Hold"]
    )


# --- found ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One row with something about a person in it."""

    row: Model
    fields: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(self.row._meta.label)

    @property
    def order(self) -> Order | None:
        row: Any = self.row
        if isinstance(row, Order):
            return row
        if isinstance(row, Refund):
            return row.payment.order
        if hasattr(row, "order"):
            return row.order  # type: ignore[no-any-return]
        return row.booking.order if hasattr(row, "booking") else None


def places_of(email: str) -> Iterator[Place]:
    """Every row that names this address, in the clear or sealed. Reads everything: a task for now and then."""
    needle = email.strip().lower()
    for label, fields in PERSONAL.items():
        model = apps.get_model(label)
        names = tuple(name for name in fields if name != "content")  # of a ticket only its provider's file
        for row in model._default_manager.only("pk", *names).iterator(chunk_size=500):
            found = tuple(name for name in names if needle in _text(getattr(row, name)).lower())
            if found:
                yield Place(model._default_manager.get(pk=row.pk), found)


def _text(value: Any) -> str:
    """Sealed answers are JSON with letters escaped: they are read as somebody wrote them."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value.startswith(("{", "[")):
        try:
            return json.dumps(json.loads(value), ensure_ascii=False)
        except ValueError:
            return value
    return value


def empty(place: Place) -> None:
    """Empty the named fields of a row that is not the person's own."""
    values: Mapping[str, Any] = PERSONAL[place.label]
    type(place.row)._default_manager.filter(pk=place.row.pk).update(
        **{name: values[name] for name in place.fields}
    )
