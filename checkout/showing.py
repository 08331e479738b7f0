"""What the order page, the waiting page and the mails say of an order: read once, in a few queries, no rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from checkout import answered, guest_tasks, partly, refundable, words
from checkout.hosted import CANNOT_BE_ASKED, is_hosted
from checkout.models import Booking, Document, HistoryEntry, Order, OrderLine, Payment, Refund
from checkout.sellers import Seller, sellers_of
from checkout.watching import watched_until
from shop.money import Money
from shop.words import money

DONE = (Booking.Status.BOOKED, Booking.Status.TICKETED)
LOST = (Booking.Status.REFUSED, Booking.Status.LAPSED)
UNDECIDED = (
    Booking.Status.HELD,
    Booking.Status.PREPARED,
    Booking.Status.CONFIRMING,
    Booking.Status.UNCERTAIN,
)
WALLETS = {"apple", "google"}


@dataclass(frozen=True)
class Shown:
    """One ticket or wallet pass to open."""

    kind: str
    name: str
    token: str
    is_wallet: bool


def shown_before(booking: Booking) -> Money | None:
    """The sum that this shop had shown, where another was charged."""
    if booking.status not in DONE or booking.asked_minor in (None, booking.total_minor):
        return None
    return Money(booking.asked_minor or 0, booking.currency)


@dataclass(frozen=True)
class PartShown:
    """One part of an order as a buyer reads it."""

    booking: Booking
    lines: list[OrderLine]
    documents: list[Shown]
    payment: Payment | None
    state: str
    kind: str  # wait, booked, ready, help, back: how it looks
    state_at: datetime | None
    timezone: str
    seller: Seller
    hosted: bool  # paid in a basket that is the visitor's own, on pages that tell us nothing
    about_order: list[answered.Said] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)  # of our own till, those that failed left out
    documents_gone: bool = False  # they were here, and were deleted after the event
    owed: bool = False  # it came to nothing, its money was taken by us, and no refund of it lives

    @property
    def ours(self) -> bool:
        """Whether our own till is paid for it."""
        return self.booking.route == "us"

    guests: guest_tasks.Task | None = None  # where its provider must know them

    @property
    def is_paid(self) -> bool:
        """Whether what is booked is paid. To us, only once the money is here."""
        if not self.ours:
            return True
        received = (Payment.Status.CAPTURED, Payment.Status.REFUNDED)
        return self.payment is not None and self.payment.status in received

    @property
    def asked(self) -> bool:
        """Whether the box office can be asked how it stands."""
        return self.booking.reason != CANNOT_BE_ASKED

    @property
    def unproven(self) -> bool:
        return self.booking.status == Booking.Status.UNCERTAIN

    @property
    def watched_until(self) -> datetime | None:
        """How long a payment that comes late would be seen."""
        if not self.hosted or not self.asked or self.booking.due_at is None:
            return None
        return watched_until(self.booking)

    @property
    def houses(self) -> list[tuple[str, str]]:
        """Names and telephones of whom to ask."""
        found = {}
        for line in self.lines:
            if line.venue is not None and (number := line.venue.own_telephone or line.venue.telephone):
                found[line.venue.name] = number
        return list(found.items())

    @property
    def done(self) -> bool:
        return self.booking.status in DONE

    @property
    def lost(self) -> bool:
        return self.booking.status in LOST

    @property
    def left_out(self) -> bool:
        """Whether the buyer chose to go on without it."""
        return self.booking.status == Booking.Status.REFUSED and self.booking.reason == "dropped"

    @property
    def taken_out(self) -> bool:
        """Whether the buyer had taken it out of the basket before paying: no part of what was agreed to (see `placing.sync`)."""
        out = self.booking.status == Booking.Status.LAPSED and self.booking.reason == "dropped"
        return out and not self.refunds and not self.owed

    @property
    def end(self) -> str:
        """What is known of the money where it came to nothing."""
        if self.returned_minor:
            return _("%(sum)s is being returned the way it came.") % {"sum": money(self.returned)}
        if self.owed:
            return _("%(sum)s was taken and has to go back to you: we are seeing to it.") % {
                "sum": money(self.total)
            }
        if not self.hosted:
            return _("%(sum)s was not taken.") % {"sum": money(self.total)}
        if self.asked:
            return _("%(payee)s has no order of these.") % {"payee": self.account}
        return _("Whether %(payee)s was paid is not known here.") % {"payee": self.account}

    @property
    def total(self) -> Money:
        return self.booking.total

    @property
    def returned_minor(self) -> int:
        return sum(refund.amount_minor for refund in self.refunds)

    @property
    def returned(self) -> Money:
        return Money(self.returned_minor, self.booking.currency)

    @property
    def given_back(self) -> list[tuple[Money, list[str]]]:
        """What goes back to the buyer for sure, and the tickets that it is for."""
        lines = {line.pk: line for line in self.lines}
        sure = [refund for refund in self.refunds if refund.status in refundable.ACCEPTED]
        return [(refund.amount, refundable.words_of(refund, lines)) for refund in sure]

    @property
    def by_seat(self) -> list[tuple[str, list[Shown]]]:
        """What there is to open, seat by seat: each as a file and as passes."""
        found: dict[str, list[Shown]] = {}
        for shown in self.documents:
            found.setdefault(shown.name, []).append(shown)
        return [
            (name, _told_apart(files))
            for name, files in sorted(found.items(), key=lambda row: _counted(row[0]))
        ]

    @property
    def extras(self) -> list[tuple[str, Money]]:
        """What is in the sum beside the tickets."""
        b = self.booking
        found: list[tuple[str, Money]] = []
        if b.delivery_label:
            found.append(
                (_("Delivery: %(how)s") % {"how": b.delivery_label}, Money(b.delivery_minor, b.currency))
            )
        if b.protection_minor:
            found.append((_("Booking protection"), Money(b.protection_minor, b.currency)))
        return found

    @property
    def before(self) -> Money | None:
        """What was shown here before, where the box office charged another sum."""
        return shown_before(self.booking)

    @property
    def tickets(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def payee(self) -> str:
        return self.seller.name

    @property
    def account(self) -> str:
        """Whose payment page it is, and whose mails."""
        return self.seller.account


@dataclass(frozen=True)
class OrderShown:
    order: Order
    parts: list[PartShown]
    done: list[PartShown] = field(default_factory=list)
    lost: list[PartShown] = field(default_factory=list)

    @property
    def tickets(self) -> int:
        return sum(line.quantity for part in self.parts for line in part.lines)

    @property
    def booked(self) -> int:
        """How many tickets there are; of an order that came to nothing, how many were wanted."""
        return sum(part.tickets for part in self.done) or self.tickets

    @property
    def waiting(self) -> list[PartShown]:
        return [
            p for p in self.parts if not p.done and not p.lost and p.booking.status != Booking.Status.REFUNDED
        ]

    @property
    def to_us(self) -> Payment | None:
        """The payment of our own till, where there is one."""
        return next((p.payment for p in self.parts if p.ours), None)

    @property
    def unproven(self) -> list[PartShown]:
        """Parts that somebody says are paid, which nothing proves."""
        return [p for p in self.parts if p.hosted and p.unproven]

    @property
    def hosted(self) -> PartShown | None:
        """The first part that is paid on pages that tell us nothing."""
        return next((p for p in self.parts if p.hosted), None)

    @property
    def paid(self) -> Money:
        return Money.total((p.total for p in self.done if p.is_paid), self.order.currency)

    @property
    def payments(self) -> list[tuple[str, Money]]:
        """Who was paid how much, each by itself, as a bank statement will name them. Ours is one for all of its parts."""
        paid = [p for p in self.done if p.is_paid and p.booking.total_minor]
        ours = [p.total for p in paid if p.ours]
        found = [(settings.SHOP_NAME, Money.total(ours, self.order.currency))] if ours else []
        return found + [(p.seller.through, p.total) for p in paid if not p.ours]

    @property
    def let_go(self) -> Money | None:
        """What was on hold on the card for us and is not taken, beside something that is booked."""
        payment = self.to_us
        if payment is None or not self.done or not any(p.ours for p in self.lost):
            return None
        taken = {Payment.Status.CAPTURED: payment.captured_minor, Payment.Status.RELEASED: 0}
        rest = payment.amount_minor - taken.get(payment.status, payment.amount_minor)
        return Money(rest, payment.currency) if rest > 0 else None

    @property
    def all_paid(self) -> bool:
        """Whether the money of everything that is booked is there, so that a sum may be named."""
        return bool(self.done) and all(p.is_paid for p in self.done)

    @property
    def summary(self) -> str:
        """A partial result is said first, and in words."""
        return partly.summary(self.parts)


def _is_checked(booking: Booking) -> bool:
    """Whether a person can find out, where nothing is decided."""
    return booking.status in UNDECIDED and booking.reason != CANNOT_BE_ASKED


def show(order: Order) -> OrderShown:
    bookings = list(order.bookings.select_related("account").prefetch_related("lines__venue", "payments"))
    documents: dict[int, list[Document]] = {}
    kept = Document.objects.annotate(there=Q(size__gt=0) | ~Q(link=""))
    for document in kept.filter(booking__in=bookings).defer("content", "link"):
        documents.setdefault(document.booking_id, []).append(document)
    moved = dict(
        HistoryEntry.objects.filter(order=order, subject="booking")
        .values("booking_id")
        .annotate(last=Max("at"))
        .values_list("booking_id", "last")
    )
    sellers = sellers_of(bookings)
    ours = any(booking.route == "us" for booking in bookings)
    to_us = order.payments.filter(route="us").order_by("-pk").first() if ours else None
    back = _refunds(order) if to_us is not None else {}
    owed = refundable.owed(to_us, bookings)
    tasks = guest_tasks.of([booking for booking in bookings if booking.status in DONE])
    checked = order.status == Order.Status.ATTENTION  # nobody is told to wait for a payment meanwhile
    parts = [
        PartShown(
            booking=booking,
            lines=(
                lines := _with_returned(
                    answered.with_lines(booking, list(booking.lines.all())), back.get(booking.pk, [])
                )
            ),
            about_order=answered.of_order(booking),
            documents=[_shown(d) for d in documents.get(booking.pk, []) if d.fetched_at and d.there],
            documents_gone=any(d.fetched_at and not d.there for d in documents.get(booking.pk, [])),
            payment=to_us
            if booking.route == "us"
            else max(booking.payments.all(), key=lambda p: p.pk, default=None),
            refunds=back.get(booking.pk, []),
            owed=booking.pk in owed,
            state=str(
                words.CHECKED
                if checked and _is_checked(booking)
                else words.state_of(
                    booking, to_us.status if to_us is not None and booking.route == "us" else ""
                )
            ),
            kind="help" if checked and booking.status in UNDECIDED else words.BOOKING_KINDS[booking.status],
            state_at=moved.get(booking.pk),
            timezone=next((line.timezone for line in lines if not line.kind), settings.TIME_ZONE),
            seller=sellers[booking.pk],
            hosted=is_hosted(booking),
            guests=tasks.get(booking.pk),
        )
        for booking in bookings
    ]
    parts = [part for part in parts if not part.taken_out]
    return OrderShown(order, parts, [p for p in parts if p.done], [p for p in parts if p.lost])


def _refunds(order: Order) -> dict[int, list[Refund]]:
    """Booking's pk -> what our own till gave back for it, or is giving back."""
    found: dict[int, list[Refund]] = {}
    rows = Refund.objects.filter(payment__order=order, booking__isnull=False)
    for row in rows.exclude(status__in=refundable.DEAD).order_by("pk"):
        found.setdefault(row.booking_id or 0, []).append(row)
    return found


def _with_returned(lines: list[OrderLine], refunds: list[Refund]) -> list[OrderLine]:
    """The same lines, each with the names of its tickets that were given back (`returned`)."""
    back = refundable.given_back(row for row in refunds if row.status in refundable.ACCEPTED)
    for line in lines:
        tickets = refundable.tickets_of(line, back) if back else []
        line.returned = ", ".join(t.words for t in tickets if t.back and t.words)  # type: ignore[attr-defined]
    return lines


def _told_apart(files: list[Shown]) -> list[Shown]:
    """The same, numbered where there are several of one kind."""
    kinds = [each.kind for each in files]
    return [
        replace(each, kind=f"{each.kind} {kinds[: n + 1].count(each.kind)}")
        if kinds.count(each.kind) > 1
        else each
        for n, each in enumerate(files)
    ]


def _counted(seat: str) -> list[tuple[int, str]]:
    """Sorts A2 before A10: box offices make documents in any order."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", seat)]


def _shown(document: Document) -> Shown:
    names = {
        "pdf": _("PDF"),
        "pkpass": _("Wallet pass"),
        "apple": _("Apple Wallet"),
        "google": _("Google Wallet"),
    }
    return Shown(
        kind=names.get(document.kind, document.kind.upper()),
        name=document.seat or _("All tickets"),
        token=document.token,
        is_wallet=document.kind in WALLETS,
    )


def address_of(order: Order, name: str = "checkout:order", *args: str) -> str:
    """An absolute address in the order's language, for mails and for providers."""
    with translation.override(order.language):
        return settings.PUBLIC_ORIGIN + reverse(name, args=args or [order.token])
