"""What can still be given back of an order that was paid to us: sums, and tickets one by one. Reads only.

Our own ledger is what counts: the rows of `Refund`, never what a charge looks like at the payment company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum

from checkout.models import Booking, OrderLine, Payment, Refund
from shop.money import Money
from shop.words import seat_words

R = Refund.Status
DEAD = (R.FAILED, R.CANCELED)  # nothing was given back, and nothing will be by this row
BESIDE = ("duplicate", "late")  # paid twice, or too late: what was bought stays bought
ACCEPTED = (R.PENDING, R.SUCCEEDED, R.NEEDS_ACTION)


@dataclass(frozen=True)
class Ticket:
    """One ticket of a line. `key` names it in forms and in the ledger."""

    line: OrderLine
    ref: str
    minor: int
    words: str
    back: bool  # given back, or on its way

    @property
    def key(self) -> str:
        return f"{self.line.pk}:{self.ref}"

    @property
    def price(self) -> Money:
        return Money(self.minor, self.line.currency)


def spent(rows: Iterable[Refund] | Any) -> int:
    """Minor units that these refunds take of the money, those not answered yet included."""
    return rows.exclude(status__in=DEAD).aggregate(all=Sum("amount_minor"))["all"] or 0


def left_of_payment(payment: Payment) -> Money:
    """What was received and is not given back."""
    return Money(max(payment.captured_minor - spent(payment.refunds.all()), 0), payment.currency)


def left_of_booking(booking: Booking) -> Money:
    rows = booking.refunds.exclude(reason__in=BESIDE)
    return Money(max(booking.total_minor - spent(rows), 0), booking.currency)


def owed(payment: Payment | None, bookings: Iterable[Booking]) -> set[int]:
    """Parts of ours that came to nothing, whose money was taken and no refund of it lives: one failed, or has still to
    be asked for. Where only what is booked was taken, there are none."""
    if payment is None or payment.status != Payment.Status.CAPTURED:
        return set()
    ours = [one for one in bookings if one.route == "us"]
    lost = [one for one in ours if one.status in (Booking.Status.REFUSED, Booking.Status.LAPSED)]
    if not lost:
        return set()
    kept = [one for one in ours if one not in lost]
    rows = payment.refunds.exclude(booking__in=kept)
    left = payment.captured_minor - spent(rows) - sum(one.total_minor for one in kept)
    back = set(rows.exclude(status__in=DEAD).values_list("booking_id", flat=True))
    found = set()
    for one in lost:
        if one.pk not in back and 0 < one.total_minor <= left:
            found.add(one.pk)
            left -= one.total_minor
    return found


def given_back(rows: Iterable[Refund]) -> set[tuple[int, str]]:
    """Tickets, as (line, ref), that these refunds are for."""
    return {
        (entry["line"], ref)
        for row in rows
        if row.status not in DEAD
        for entry in row.tickets
        for ref in entry["refs"]
    }


def tickets_of(line: OrderLine, back: set[tuple[int, str]]) -> list[Ticket]:
    """Each ticket with what was paid for it. Tickets without an id of their own are counted through."""
    if line.kind or not line.quantity:
        return []
    facts: Sequence[dict[str, Any]] = line.tickets or [{} for _n in range(line.quantity)]
    refs = [str(fact.get("ref") or "") for fact in facts]
    if "" in refs or len(set(refs)) < len(refs):
        refs = [f"no-{n}" for n in range(1, len(facts) + 1)]
    each, rest = divmod(line.price_minor, len(facts))
    found = []
    for n, (ref, fact) in enumerate(zip(refs, facts, strict=True)):
        price = fact.get("price")
        minor = int(price) if price is not None else each + (1 if n < rest else 0)
        said = seat_words([fact]) or str(fact.get("ticket_type") or "")
        found.append(Ticket(line, ref, minor, said, (line.pk, ref) in back))
    return found


def entries(tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """As the ledger keeps them: one entry a line."""
    found: dict[int, dict[str, Any]] = {}
    for ticket in tickets:
        entry = found.setdefault(ticket.line.pk, {"line": ticket.line.pk, "refs": [], "minor": 0})
        entry["refs"].append(ticket.ref)
        entry["minor"] += ticket.minor
    return list(found.values())


def words_of(refund: Refund, lines: dict[int, OrderLine] | None = None) -> list[str]:
    """The tickets a refund is for: "Hamlet, Stalls, F12, F13". `lines`: those that are read already."""
    if lines is None:
        lines = OrderLine.objects.in_bulk([entry["line"] for entry in refund.tickets])
    said = []
    for entry in refund.tickets:
        line = lines.get(entry["line"])
        if line is not None:
            named = [t.words for t in tickets_of(line, set()) if t.ref in entry["refs"] and t.words]
            said.append(", ".join(filter(None, (line.event_name, line.area, ", ".join(named)))))
    return said


def is_all_back(booking: Booking) -> bool:
    """Whether the whole part was given back: its sum, or every ticket that it has."""
    rows = list(booking.refunds.filter(status__in=ACCEPTED).exclude(reason__in=BESIDE))
    if rows and sum(row.amount_minor for row in rows) >= booking.total_minor:
        return True
    back = given_back(rows)
    tickets = [t for line in booking.lines.all() for t in tickets_of(line, back)]
    return bool(tickets) and all(ticket.back for ticket in tickets)


def payments_of(order_id: int) -> list[Payment]:
    """Payments of an order that money can be given back of, the newest first."""
    taken = Q(status__in=[Payment.Status.CAPTURED, Payment.Status.REFUNDED], captured_minor__gt=0)
    return list(Payment.objects.filter(taken, order_id=order_id, route="us").order_by("-pk"))
