"""From a basket to an order: one booking per hold, details kept, lines copied when the basket is frozen.

Until the buyer pays, the order follows the basket (`sync`). From the freeze on it stands for itself.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from baskets import beside
from baskets.models import Basket, Hold, Line
from checkout import answered, drafts, hosted
from checkout.models import Booking, Order, OrderLine
from checkout.states import move, note
from shop import clock, statements
from shop.providers.types import BUYER_NAMES, HeldTicket

# no 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: read over the telephone without doubt
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LIVE = (Order.Status.PLACED, Order.Status.PAYING)
STALE_AFTER = timedelta(days=1)  # an order nobody went on with
LONGEST_ANSWER = 254
OWN_FIELDS = ("first_name", "last_name", "email", "phone")  # columns of the order; other answers are sealed


def new_number() -> str:
    return "FOY-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


def live_order(basket: Basket) -> Order | None:
    """The order of this basket that is being filled in or paid, if there is one."""
    return Order.objects.filter(basket=basket, status__in=LIVE).first()


def place(*, basket: Basket, language: str) -> Order:
    """The basket's live order, made now where there is none. What was typed in an earlier one comes along."""
    for _attempt in range(8):
        found = live_order(basket)
        if found is not None:
            return found
        earlier = Order.objects.filter(basket=basket).exclude(email="").order_by("-placed_at").first()
        now = clock.now()
        try:
            with transaction.atomic():
                order = Order.objects.create(
                    number=new_number(),
                    basket=basket,
                    language=language,
                    currency=basket.currency,
                    placed_at=now,
                    due_at=now + STALE_AFTER,
                    answers=earlier.answers if earlier else "{}",
                    **({name: getattr(earlier, name) for name in OWN_FIELDS} if earlier else {}),
                )
                note(order, became=order.status, because="the buyer went to checkout")
            return order
        except IntegrityError:  # another tab was quicker, or the number is in use: look again
            continue
    raise RuntimeError("no free order number was found")


def _signature(hold: Hold, lines: list[Line]) -> str:
    drawn: list[Any] = sorted([line.item_ref, line.quantity, line.price_minor] for line in lines)
    if hold.beside:
        drawn.append(hold.beside)
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()


def sync(order: Order) -> list[Booking]:
    """While the order is being filled in, its parts are the basket's holds that have something in them.

    A part whose lines changed must have its questions asked again; its answers stay typed in. A part that was
    never prepared goes with its hold; one that the provider may know of stays, marked as lapsed.
    """
    if order.status != Order.Status.PLACED:
        return list(order.bookings.select_related("account"))
    with transaction.atomic():
        holds = (
            Hold.objects.filter(basket_id=order.basket_id)
            .exclude(state__in=[Hold.State.CLOSED, Hold.State.RELEASING])
            .select_related("account")
            .prefetch_related("lines")
        )
        known = {booking.hold_id: booking for booking in order.bookings.all()}
        kept: set[int] = set()
        for hold in holds:
            lines = [line for line in hold.lines.all() if line.counts]
            if not lines and not hold.beside.get("extras"):
                continue
            kept.add(hold.pk)
            _draw(order, hold, lines, known.get(hold.pk))
        for hold_id, booking in known.items():
            if hold_id in kept or booking.status not in (Booking.Status.HELD, Booking.Status.PREPARED):
                continue
            if booking.prepared_at is None:
                booking.delete()
            else:
                move(booking, Booking.Status.LAPSED, because="no longer in the basket", reason="dropped")
        return _arrange(order)


def _draw(order: Order, hold: Hold, lines: list[Line], booking: Booking | None) -> None:
    signature = _signature(hold, lines)
    deadlines = [line.expires_at for line in lines if line.expires_at] or (
        [hold.expires_at] if hold.expires_at else []
    )
    facts: dict[str, Any] = {
        "handle": hold.handle,
        "expires_at": min(deadlines) if hold.firm and deadlines else None,
    }
    if booking is None or booking.drawn != signature:
        facts |= {
            "drawn": signature,
            "details_at": None,
            "asked_minor": None,
            "tickets_minor": sum(line.price_minor for line in lines) + beside.minor(hold),
        }
    if booking is None:
        # the same hold in an order that was given up: what the provider may know of is watched from here on
        before = Booking.objects.filter(hold_id=hold.pk, prepared_at__isnull=False).order_by("-pk").first()
        if before is not None:
            facts |= {
                "prepared_at": before.prepared_at, "due_at": clock.now(), "other_route": before.other_route,
            }  # fmt: skip
        Booking.objects.create(
            order=order,
            account=hold.account,
            hold_id=hold.pk,
            currency=order.currency,
            position=hold.pk % 30000 + 1,
            tickets_expected=sum(line.quantity for line in lines),
            **facts,
            total_minor=facts["tickets_minor"],
        )
        return
    was = {name: getattr(booking, name) for name in (*facts, "total_minor", "tickets_expected")}
    for name, value in facts.items():
        setattr(booking, name, value)
    if booking.status in (Booking.Status.LAPSED, Booking.Status.REFUSED):
        move(booking, Booking.Status.HELD, because="put back into the basket", reason="")
    booking.total_minor = (
        booking.asked_minor
        if booking.asked_minor is not None
        else booking.tickets_minor + booking.delivery_minor + booking.protection_minor
    )
    booking.tickets_expected = sum(line.quantity for line in lines)
    if changed := [name for name, value in was.items() if getattr(booking, name) != value]:
        booking.save(update_fields=changed)


def _arrange(order: Order) -> list[Booking]:
    """Number the parts in the order in which they are paid: the earliest deadline first, free ones last.

    Of those without a deadline one whose page does not lead back comes last: nothing is left to do behind it.
    """
    far = clock.now() + timedelta(days=3650)

    def turn(booking: Booking) -> tuple[bool, bool, datetime, bool, int]:
        over = booking.status in (Booking.Status.LAPSED, Booking.Status.REFUSED)
        ends = booking.expires_at or far
        return over, booking.total_minor == 0, ends, hosted.is_hosted(booking), booking.hold_id or 0

    parts = sorted(order.bookings.select_related("account"), key=turn)
    for position, booking in enumerate(parts, start=1):
        if booking.position != position:
            booking.position = position
            Booking.objects.filter(pk=booking.pk).update(position=position)
    update_total(order)
    return parts


ADD_UP = """UPDATE checkout_order SET total_minor = (
    SELECT COALESCE(SUM(total_minor), 0) FROM checkout_booking WHERE order_id = %s AND status NOT IN (%s, %s)
) WHERE id = %s"""
TOTAL = "SELECT total_minor FROM checkout_order WHERE id = %s"


def update_total(order: Order) -> None:
    """The order's total follows its parts; parts that came to nothing are not in it."""
    nothing = (Booking.Status.LAPSED.value, Booking.Status.REFUSED.value)
    statements.changed(ADD_UP, order.pk, *nothing, order.pk)
    [(order.total_minor,)] = statements.found(TOTAL, order.pk)


def snapshot(order: Order) -> None:
    """Copy the basket's lines: from here on the order says what was bought, whatever the catalogue does."""
    with transaction.atomic():
        for booking in order.bookings.filter(status__in=[Booking.Status.HELD, Booking.Status.PREPARED]):
            booking.lines.all().delete()
            tickets = [
                _copied(booking, line)
                for line in Line.objects.filter(hold_id=booking.hold_id).select_related("instance", "venue")
                if line.counts
            ]
            others = beside_lines(booking)
            house = _house(booking, tickets) if others else None
            for line in others:
                line.venue_id = house
            OrderLine.objects.bulk_create([*tickets, *others])
            answered.copy(booking)


def beside_lines(booking: Booking) -> list[OrderLine]:
    """What is in its hold beside tickets, and commissions of the whole basket: lines without a date, not saved."""
    hold = Hold.objects.filter(pk=booking.hold_id).first()
    if hold is None:
        return []
    return [
        OrderLine(
            booking=booking,
            kind=one.kind,
            item_ref=one.ref,
            event_name=(one.name or str(OrderLine.Kind(one.kind).label))[:250],
            seats_text=_noted(one),
            quantity=0,
            currency=booking.currency,
            price_minor=one.total.minor,
        )
        for one in beside.extras([hold], booking.currency)
    ] + [
        OrderLine(
            booking=booking,
            kind=OrderLine.Kind.CHARGE,
            event_name=(name or _("Fee"))[:250],
            quantity=0,
            currency=booking.currency,
            price_minor=amount.minor,
        )
        for name, amount in beside.charges([hold], booking.currency)
    ]


def _noted(extra: beside.Extra) -> str:
    said = [extra.reference, _("renews by itself") if extra.auto_renew else ""]
    return ", ".join(filter(None, said))[:500]


def _house(booking: Booking, tickets: list[OrderLine]) -> int | None:
    """Whose people see what was sold beside tickets: the house of these, else the first of the account's."""
    known = next((line.venue_id for line in tickets if line.venue_id), None)
    return known or booking.account.venues.order_by("pk").values_list("pk", flat=True).first()


def _copied(booking: Booking, line: Line) -> OrderLine:
    instance, venue = line.instance, line.venue
    where = ", ".join(filter(None, (venue.address, venue.city, venue.postcode))) if venue else ""
    return OrderLine(
        booking=booking,
        item_ref=line.item_ref,
        instance=instance,
        venue=venue,
        event_name=line.event_name,
        venue_name=line.venue_name or (venue.name if venue else ""),
        venue_address=where[:400],
        timezone=line.timezone,
        starts_at=line.starts_at,
        # an entry of its own: end and doors of the whole run say nothing about it
        ends_at=instance.ends_at if instance and not line.time_from else None,
        doors_at=instance.doors_at if instance and not line.time_from else None,
        time_from=line.time_from,
        area=line.area,
        tickets=line.tickets,
        seats_text=seats_text(line.area, line.tickets),
        quantity=line.quantity,
        currency=line.currency,
        price_minor=line.price_minor,
        fee_minor=line.fee_minor,
    )


def seats_text(area: str, tickets: list[dict[str, Any]]) -> str:
    """`Stalls F12, F13`: what a person would type to find the order."""
    seats = ", ".join(
        f"{t.get('row', '')}{t.get('number', '')}" for t in tickets if t.get("number") or t.get("row")
    )
    return f"{area} {seats}".strip()[:500]


def ticket_facts(ticket: HeldTicket) -> dict[str, Any]:
    """A provider's ticket as `Line.tickets` and `OrderLine.tickets` keep it: sums in minor units."""
    return {
        "ref": ticket.ref,
        "row": ticket.row,
        "number": ticket.number,
        "ticket_type": ticket.ticket_type,
        "price": ticket.price.minor,
        "fee": ticket.fee.minor if ticket.fee else None,
        "face": ticket.face_value.minor if ticket.face_value else None,
        "restricted": ticket.restricted,
        "note": ticket.note,
    }


def buyer_answers(order: Order) -> dict[str, str]:
    """What the buyer answered about themselves."""
    answers: dict[str, str] = json.loads(order.answers or "{}")
    answers.pop(drafts.KEY, None)
    answers |= {name: getattr(order, name) for name in OWN_FIELDS if getattr(order, name)}
    return answers


def part_answers(booking: Booking) -> dict[str, str]:
    found: dict[str, str] = json.loads(booking.answers or "{}")
    found.pop(answered.KEY, None)
    return found


def save_buyer(order: Order, answers: dict[str, str]) -> None:
    """Keep the buyer's answers, complete or not: nothing typed is lost."""
    typed = {
        name: str(answers[name]).replace("\x00", "")[:LONGEST_ANSWER]
        for name in BUYER_NAMES
        if name in answers
    }
    kept = buyer_answers(order) | typed
    for name in OWN_FIELDS:
        limit = Order._meta.get_field(name).max_length or 254
        setattr(order, name, kept.pop(name, "")[:limit])
    draft = json.loads(order.answers or "{}").get(drafts.KEY)
    order.answers = json.dumps({**kept, drafts.KEY: draft} if draft else kept)
    order.save(update_fields=[*OWN_FIELDS, "answers"])


def deadline(bookings: list[Booking]) -> datetime | None:
    """The earliest end of what is not booked yet, or None where nothing is held yet."""
    waiting = (Booking.Status.HELD, Booking.Status.PREPARED, Booking.Status.UNCERTAIN)
    ends = [b.expires_at for b in bookings if b.expires_at and b.status in waiting]
    return min(ends) if ends else None
