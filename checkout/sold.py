"""What a sale does to the rows it came from: tickets as they were sold, and a basket that no longer has them."""

from __future__ import annotations

from baskets import lifecycle
from baskets.models import Basket, Hold, Line
from checkout import placing, watching
from checkout.models import Booking, Order
from checkout.states import note
from checkout.words import CANNOT_BE_ASKED
from shop.providers.types import Booking as Promise


def store_tickets(booking: Booking, found: Promise, *, sums: bool = False) -> None:
    """What the provider says of each ticket now that it is sold (seats it picked itself, for example).

    `sums`: what each was sold for too; an offer or a membership there may have made it another.
    """
    facts = {ticket.ref: placing.ticket_facts(ticket) for ticket in found.tickets if ticket.ref}
    if not facts:
        return
    if sums:
        _leave_out(booking, set(facts))
    for line in booking.lines.all():
        said = [facts.get(old.get("ref", ""), {}) for old in line.tickets]
        tickets = [{**old, **_said(new)} for old, new in zip(line.tickets, said, strict=True)]
        if sums and said and all(new.get("price") is not None for new in said):
            tickets = [
                {**one, "price": new["price"], "fee": new.get("fee")}
                for one, new in zip(tickets, said, strict=True)
            ]
            line.price_minor = sum(int(str(one["price"])) for one in tickets)
            line.fee_minor = sum(int(str(one["fee"])) for one in tickets if one["fee"])
        if tickets != line.tickets:
            line.tickets, line.seats_text = tickets, placing.seats_text(line.area, tickets)
            line.save(update_fields=["tickets", "seats_text", "price_minor", "fee_minor"])


def _leave_out(booking: Booking, sold: set[str]) -> None:
    """What the buyer took out on the seller's own pages before paying is not part of the order."""
    lines = list(booking.lines.filter(kind=""))
    if not any(ticket.get("ref") in sold for line in lines for ticket in line.tickets):
        return  # their ids are other ones now: nothing can be told by them
    left_out = 0
    for line in lines:
        kept = [ticket for ticket in line.tickets if ticket.get("ref") in sold]
        left_out += len(line.tickets) - len(kept)
        if not kept:
            line.delete()
        elif len(kept) < len(line.tickets):
            line.tickets, line.quantity = kept, len(kept)
            line.price_minor = sum(int(str(one["price"])) for one in kept)
            line.fee_minor = sum(int(str(one["fee"])) for one in kept if one["fee"])
            line.seats_text = placing.seats_text(line.area, kept)
            line.save()
    if left_out:
        note(booking, because=f"tickets taken out on the seller's page before paying: {left_out}")


def _said(facts: dict[str, object]) -> dict[str, object]:
    return {
        name: value
        for name, value in facts.items()
        if value not in ("", None) and name not in ("price", "fee")
    }


def take_out_of_basket(booking: Booking) -> None:
    """Sold tickets are no longer the basket's: it must neither show, release nor count them."""
    basket = booking.order.basket
    if basket.status in (Basket.Status.CONVERTED, Basket.Status.FROZEN) or booking.hold_id is None:
        return
    Line.objects.filter(hold_id=booking.hold_id).delete()
    Hold.objects.filter(pk=booking.hold_id).update(state=Hold.State.CLOSED, due_at=None)


def rests_on_a_word(order: Order) -> bool:
    """Whether all that is open is paid by the buyer's word alone, which nobody can be asked about."""
    left = order.bookings.filter(status__in=watching.OPEN)
    said = left.filter(status=Booking.Status.UNCERTAIN, reason=CANNOT_BE_ASKED)
    return said.exists() and left.count() == said.count()


def set_free(order: Order) -> None:
    """What the buyer says is bought is not in their way, nor offered again: the next choice begins a basket anew."""
    basket = Basket.objects.get(pk=order.basket_id)
    if basket.status != Basket.Status.FROZEN or not rests_on_a_word(order):
        return
    try:
        lifecycle.convert(basket)
    except lifecycle.NotNow:  # somebody was quicker
        return
