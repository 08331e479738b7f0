"""What somebody may ask of the shop about themselves: everything it knows, and to be forgotten.

Both look at every row (`personal.places_of`), as buyer, as guest of somebody else's order, and in words that staff typed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from baskets import guest_words
from baskets.models import Basket, Errand, Hold, TypedGuest
from checkout import answered, personal, placing, refundable, story, words
from checkout.guest_rows import masked_of, typed_of
from checkout.models import Booking, Document, Guest, Order, OrderLine
from checkout.personal import Place
from checkout.states import note
from shop import clock
from shop.crypto import unseal
from shop.words import curtain_full, money


@dataclass
class Found:
    """`orders`: bought by this person. `guests`: places of theirs in other orders. `baskets`: being filled, or over.
    `mentions`: other rows that name the address."""

    orders: list[Order] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)
    baskets: list[Basket] = field(default_factory=list)
    mentions: list[Place] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        return not (self.orders or self.guests or self.baskets or self.mentions)


def find(email: str) -> Found:
    """Everything about an address. Reads every row."""
    places = list(personal.places_of(email))
    needle = email.strip().lower()
    orders: dict[int, Order] = {}
    for place in places:
        row: Any = place.row
        typed = isinstance(row, Order) and "answers" in place.fields and not row.email
        if isinstance(row, Order) and ("email" in place.fields or typed):
            orders[row.pk] = row
        elif place.label == "checkout.Mail" and "sent_to" in place.fields:  # an address of before
            orders.setdefault(row.order_id, row.order)
    own_baskets = {order.basket_id for order in orders.values()}
    found = Found(orders=sorted(orders.values(), key=lambda order: order.placed_at))
    seen: set[int] = set()
    for place in places:
        row = place.row
        if isinstance(row, Guest):
            if row.booking.order_id not in orders or _own(typed_of(row), needle):
                found.guests.append(row)
        elif isinstance(row, TypedGuest | Hold | Errand):
            basket = row.hold.basket if isinstance(row, Errand) else row.basket
            if basket.pk not in own_baskets | seen:
                seen.add(basket.pk)
                found.baskets.append(basket)
        elif place.order is not None and place.order.pk not in orders:
            found.mentions.append(place)
    return found


def _own(typed: dict[str, str], needle: str) -> bool:
    return typed.get("email", "").strip().lower() == needle


# --- told -----------------------------------------------------------------------------------------------------


def export(email: str) -> bytes:
    """A zip: `personal-data.json` in words, and the stored tickets as files."""
    found = find(email)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        told = {
            _("about"): email.strip(),
            _("told at"): clock.now().isoformat(timespec="seconds"),
            _("orders"): [_order(order) for order in found.orders],
            _("as a guest of others"): [_guest(guest) for guest in found.guests],
            _("baskets"): [_basket(basket) for basket in found.baskets],
            _("named in"): [
                {_("order"): place.order.number if place.order else "", _("what"): _mention(place)}
                for place in found.mentions
            ],
            _("kept elsewhere"): _elsewhere(found.orders),
        }
        archive.writestr("personal-data.json", json.dumps(told, ensure_ascii=False, indent=2, default=str))
        for name, content in _files(found.orders):
            archive.writestr(f"documents/{name}", content)
    return whole.getvalue()


def _files(orders: list[Order]) -> Iterator[tuple[str, bytes]]:
    for document in Document.objects.filter(booking__order__in=orders, content__isnull=False):
        yield f"{document.pk}-{document.filename}", unseal(document.content)


def _said(row: Any, *names: str) -> dict[str, Any]:
    """Fields under the names that the admin shows; what is empty is left out."""
    told = {}
    for name in names:
        shown = getattr(row, f"get_{name}_display", None)
        value = shown() if shown else getattr(row, name)
        if value not in ("", None, [], {}):
            told[str(row._meta.get_field(name).verbose_name)] = value
    return told


def _order(order: Order) -> dict[str, Any]:
    known = placing.buyer_answers(order)
    return {
        **_said(order, "number", "status", "placed_at", "paid_at", "terms_accepted_at", "language"),
        _("buyer"): {str(words.QUESTIONS.get(name, name)): text for name, text in known.items() if text},
        _("sum"): money(order.total),
        **_said(order, "handled_note"),
        _("parts"): [_part(booking) for booking in order.bookings.select_related("account")],
        _("payments"): [
            {
                **_said(payment, "status", "begun_at", "settled_at", "external_id"),
                _("sum"): money(payment.amount),
                _("given back"): [
                    {**_said(refund, "status", "made_at", "note"), _("sum"): money(refund.amount),
                     _("tickets"): refundable.words_of(refund)}
                    for refund in payment.refunds.all()
                ],
            }
            for payment in order.payments.all()
        ],
        _("mails"): [
            {_("kind"): story.mail_kind(mail.kind), **_said(mail, "sent_to", "sent_at", "bounced_at")}
            for mail in order.mails.exclude(kind__startswith="staff-")
        ],
        _("history"): [
            {
                _("at"): entry.at,
                _("what"): f"{story.SUBJECTS.get(entry.subject, entry.subject)} {story.step(entry)}".strip(),
                _("because"): story.because(entry.because),
            }
            for entry in order.history.all()
        ],
    }  # fmt: skip


def _part(booking: Booking) -> dict[str, Any]:
    answers = {
        str(words.QUESTIONS.get(name, name)): text
        for name, text in placing.part_answers(booking).items()
        if isinstance(text, str) and text
    }
    lines = answered.with_lines(booking, list(booking.lines.all()))
    return {
        _("seller"): booking.account.title,
        **_said(booking, "status", "reference", "delivery_label"),
        _("sum"): money(booking.total),
        _("answers"): answers,
        _("about the order"): {one.words: one.text for one in answered.of_order(booking)},
        _("tickets"): [_line(line) for line in lines],
        _("guests"): [_guest_answers(guest) for guest in booking.guests.all()],
        _("documents"): [
            _said(document, "kind", "seat", "filename", "fetched_at")
            for document in booking.documents.defer("content")
        ],
    }


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        _("event"): line.event_name,
        _("date"): curtain_full(line.starts_at, line.timezone) if line.starts_at else "",
        _("venue"): line.venue_name,
        _("seats"): line.seats_text,
        _("price"): money(line.price),
        _("answers"): {one.words: one.text for one in getattr(line, "said", ())},
    }


def _guest_answers(guest: Guest) -> dict[str, str]:
    known = {**masked_of(guest), **{name: text for name, text in typed_of(guest).items() if text}}
    return {str(guest_words.FIELDS.get(name, name)): text for name, text in known.items()}


def _guest(guest: Guest) -> dict[str, Any]:
    return {
        _("order"): guest.booking.order.number,
        _("tickets"): [_line(line) for line in guest.booking.lines.all()],
        _("details"): _guest_answers(guest),
    }


def _basket(basket: Basket) -> dict[str, Any]:
    return {
        **_said(basket, "status", "created_at", "touched_at"),
        _("guests"): [json.loads(row.typed or "{}") for row in basket.guests.all()],
        _("answers"): [json.loads(hold.notes) for hold in basket.holds.all() if hold.notes],
    }


def _mention(place: Place) -> dict[str, Any]:
    return {str(place.row._meta.verbose_name): _said(place.row, *place.fields)}


def _elsewhere(orders: list[Order]) -> list[str]:
    """Who else was told of this person, by us: they answer for themselves."""
    sellers = Booking.objects.filter(order__in=orders, prepared_at__isnull=False)
    names = list(sellers.order_by("account__title").values_list("account__title", flat=True).distinct())
    if any(order.payments.filter(route="us").exists() for order in orders):
        names.append("Stripe")
    return names


# --- forgotten ------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """Lines for whoever asked. `left`: what could not go yet, and why."""

    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def delete(email: str, *, sure: bool) -> Outcome:
    """Forget somebody: at once what nothing needs, later by itself what is needed. Without `sure` nothing is changed."""
    outcome, found = Outcome(), find(email)
    for order in found.orders:
        _forget_order(order, outcome, sure)
    for guest in found.guests:
        _forget_guest(guest, outcome, sure)
    for basket in found.baskets:
        _forget_basket(basket, outcome, sure)
    for place in found.mentions:
        _forget_mention(place, outcome, sure)
    if get_user_model().objects.filter(email__iexact=email.strip()).exists():
        outcome.left.append(_("A member of staff has this address: change it in the admin."))
    if found.orders:
        outcome.kept.append(
            _(
                "For the books: numbers, dates, sums, references and payment ids of %(orders)s, without a name."
            )
            % {"orders": ", ".join(order.number for order in found.orders)}
        )
    for name in _elsewhere(found.orders):
        outcome.kept.append(_("%(name)s keeps books of its own, and answers for them.") % {"name": name})
    return outcome


def _why(codes: list[str]) -> str:
    return "; ".join(str(personal.WORDS[code]) for code in codes)


def _forget_order(order: Order, outcome: Outcome, sure: bool) -> None:
    codes = personal.needed_for(order)
    if not codes:
        if sure:
            personal.mask(order, actor="request")
        outcome.done.append(_("Order %(number)s: everything but the books.") % {"number": order.number})
        return
    if sure and Order.objects.filter(pk=order.pk, erase_asked_at=None).update(erase_asked_at=clock.now()):
        note(order, because="the buyer asked to be forgotten", actor="request")
    outcome.left.append(
        _("Order %(number)s: %(why)s. It goes by itself as soon as that is over.")
        % {"number": order.number, "why": _why(codes)}
    )


def _forget_guest(guest: Guest, outcome: Outcome, sure: bool) -> None:
    order = guest.booking.order
    codes = personal.needed_for(order)
    facts = {"number": order.number, "n": guest.number, "why": _why(codes)}
    if codes:
        outcome.left.append(
            _("Guest %(n)s of order %(number)s: %(why)s. It goes with the guests of that order.") % facts
        )
        return
    if sure:
        personal.empty(Place(guest, tuple(personal.PERSONAL["checkout.Guest"])))
        note(order, because="personal data was deleted", actor="request", subject="order")
    outcome.done.append(_("Guest %(n)s of order %(number)s.") % facts)


def _forget_basket(basket: Basket, outcome: Outcome, sure: bool) -> None:
    if basket.status in (Basket.Status.OPEN, Basket.Status.FROZEN):
        outcome.left.append(
            _("A basket that is being filled: it is forgotten two days after it was touched last.")
        )
        return
    if sure:
        personal.mask_basket(basket.pk)
    outcome.done.append(_("A basket that is over."))


def _forget_mention(place: Place, outcome: Outcome, sure: bool) -> None:
    facts = {"number": place.order.number if place.order else "–", "what": place.row._meta.verbose_name}
    codes = personal.needed_for(place.order) if place.order and place.label == "checkout.Booking" else []
    if codes:
        outcome.left.append(
            _("Order %(number)s of somebody else names the address (%(what)s): %(why)s.")
            % {**facts, "why": _why(codes)}
        )
        return
    if sure:
        personal.empty(place)
    outcome.done.append(_("Order %(number)s of somebody else named the address (%(what)s).") % facts)
