"""One part: hand the buyer's details to its provider, take over what it says, keep the one payment to make.

What a provider may know of is written down before it is asked, and each new handle as soon as it exists, so
that a lost answer or a killed process leaves a row from which `settle` can find out what came of it.
"""

from __future__ import annotations

import logging

from django.db import transaction

from baskets.models import Hold
from checkout import hosted, other_route, placing, settling
from checkout.asking import answers_for, ask, missing
from checkout.models import Booking, Order, Payment
from checkout.showing import address_of
from checkout.states import call_staff, move, note
from shop import claims, clock
from shop.calls import recording
from shop.money import Money
from shop.providers import registry
from shop.providers.addresses import is_allowed
from shop.providers.errors import BadAnswer, DetailsRejected, OutcomeUnknown, PaymentClosed, SoldOut
from shop.providers.types import (
    Details,
    HeldItem,
    NothingToPay,
    PaymentKind,
    PayTheirForm,
    PayThere,
    PayUs,
    Prepared,
)

log = logging.getLogger(__name__)
B, P = Booking.Status, Payment.Status
UNPAID = (B.HELD, B.PREPARED)


class NotAllowedHost(BadAnswer):
    """The provider named a payment page on a host that the account does not list."""


def prepare(order: Order, booking: Booking) -> None:
    """Hand the details over and keep what comes back. Raises ProviderError, claims.Taken."""
    if booking.prepared_at is not None:
        booking = settling.settle(booking.pk, road="before paying")
        if booking.status in (*settling.DONE, B.UNCERTAIN):
            return
        if booking.status in (B.LAPSED, B.REFUSED):  # the earlier attempt is dead there: begin afresh
            move(booking, B.HELD, because="tried again", actor="buyer", reason="")
    account = registry.config(booking.account.name)
    now = clock.now()
    booking.prepared_at, booking.returned, booking.returned_at, booking.hint = now, "", None, ""
    # written down first: if this process dies, the sweep looks what came of it
    booking.due_at = now + settling.AWAITED
    booking.save(update_fields=["prepared_at", "returned", "returned_at", "hint", "due_at"])

    def keep(handle: str) -> None:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(handle=handle)
            Hold.objects.filter(pk=booking.hold_id).update(handle=handle)
        booking.handle = handle

    part = ask(order, [booking])[0]
    buyer = placing.buyer_answers(order)
    if absent := missing(part, buyer):
        raise DetailsRejected("answers are missing", fields=dict.fromkeys(absent, "required"))
    details = Details(
        reference=f"{order.number}-{booking.position}",
        answers=answers_for(part, buyer),
        success_url=address_of(order, "checkout:returned", booking.return_token, "success"),
        failure_url=address_of(order, "checkout:returned", booking.return_token, "failure"),
        language=order.language,
        provider_mails=account.provider_mails,
        route=other_route.asked_of(booking),
    )
    with claims.claim(f"hold:{booking.hold_id}", seconds=75), recording(f"order:{order.pk}"):
        try:
            prepared = registry.provider(account.name).bookings.prepare(booking.handle, details, keep)
        except (OutcomeUnknown, PaymentClosed):
            # no money has moved by preparing; but it may have been paid, or booked free of charge, after all
            if settling.settle(booking.pk, road="lost answer").status in settling.DONE:
                return
            raise
        keep(prepared.hold.handle)
    _take_over(order, booking, prepared)
    _note_number(order, booking)


def _note_number(order: Order, booking: Booking) -> None:
    """Where our number should stand in a basket of the box office and does not, the sale goes on."""
    why = hosted.not_numbered(booking, order)
    if not why:
        return
    note(booking, because=f"our number is not in the box office's basket: {why}", actor="prepare")
    log.warning("part %s: our number is not in the basket: %s", booking.pk, why)


def _amount(kind: PaymentKind, prepared: Prepared) -> Money:
    return Money.zero(prepared.hold.total.currency) if isinstance(kind, NothingToPay) else kind.amount


def _take_over(order: Order, booking: Booking, prepared: Prepared) -> None:
    """What the provider will book and charge, as it says: prices, seats, sum, deadline and the way to pay."""
    if any(item.state == "gone" for item in prepared.hold.items):
        raise SoldOut("gone when it was ordered", account=booking.account.name)
    kind = prepared.payment
    amount = _amount(kind, prepared)
    if amount.currency != order.currency:
        raise BadAnswer("another currency", account=booking.account.name)
    if isinstance(kind, PayThere) and not is_allowed(
        kind.url, registry.config(booking.account.name).allowed_hosts
    ):
        call_staff(order, "payment_address", actor="prepare")
        raise NotAllowedHost("payment page on a host that is not allowed", account=booking.account.name)
    ends = [end for end in (prepared.hold.expires_at, prepared.pay_by) if end is not None]
    with transaction.atomic():
        _take_over_lines(booking, prepared.hold.items)
        facts = {
            "total_minor": amount.minor,
            "asked_minor": amount.minor,
            "expires_at": min(ends) if ends else booking.expires_at,
            "due_at": clock.now() + settling.AWAITED,
            "route": route_of(kind),
            **({"delivery_minor": prepared.delivery.minor} if prepared.delivery is not None else {}),
        }
        if booking.status == B.PREPARED:
            Booking.objects.filter(pk=booking.pk).update(**facts)
        else:
            move(booking, B.PREPARED, because="the provider named the payment", actor="buyer", **facts)
        for name, value in facts.items():
            setattr(booking, name, value)
        if isinstance(kind, PayUs):  # one payment for all of these: see `charging.open_payment`
            _no_other(booking)
        else:
            _payment(order, booking, kind, amount, prepared)


def route_of(kind: PaymentKind) -> str:
    """As `Booking.route` and `Payment.route` say it."""
    match kind:
        case PayThere():
            return "there"
        case PayTheirForm():
            return "their_form"
        case PayUs():
            return settling.US
    return "nothing"


def _no_other(booking: Booking) -> None:
    """An attempt to pay somebody else for this part is over."""
    for payment in booking.payments.filter(status=P.BEGUN):
        move(payment, P.FAILED, because="another payment takes its place", actor="buyer")


def _take_over_lines(booking: Booking, items: tuple[HeldItem, ...]) -> None:
    by_ref = {item.ref: item for item in items}
    lines = list(booking.lines.filter(kind=""))
    for line in lines:
        item = by_ref.get(line.item_ref) or (items[0] if len(items) == len(lines) == 1 else None)
        if item is None or not item.tickets:
            continue
        line.tickets = [placing.ticket_facts(ticket) for ticket in item.tickets]
        line.quantity = len(item.tickets)
        line.price_minor = item.total.minor
        line.fee_minor = sum(ticket.fee.minor for ticket in item.tickets if ticket.fee)
        line.area = item.area or line.area
        if item.time_from is not None:
            line.ends_at = item.time_to  # its own end, not that of the whole run
        line.seats_text = placing.seats_text(line.area, line.tickets)
        line.save(
            update_fields=["tickets", "quantity", "price_minor", "fee_minor", "area", "seats_text", "ends_at"]
        )


def _payment(order: Order, booking: Booking, kind: PaymentKind, amount: Money, prepared: Prepared) -> Payment:
    """The one live payment of this part: the same row again where it is the same payment there."""
    route, external, secret, key = route_of(kind), "", "", ""
    if isinstance(kind, PayThere):
        secret = kind.url
    elif isinstance(kind, PayTheirForm):
        external, secret, key = kind.intent_id, kind.client_secret, kind.publishable_key
    facts = {
        "amount_minor": amount.minor, "currency": amount.currency, "secret": secret, "publishable_key": key,
        "external_id": external, "pay_by": prepared.pay_by,
    }  # fmt: skip
    last = booking.payments.order_by("-pk").first()
    if last is not None and last.route == route and last.external_id == external:
        if last.status == P.BEGUN:
            Payment.objects.filter(pk=last.pk).update(**facts)
            last.refresh_from_db()
            return last
        if last.status == P.FAILED and move(
            last,
            P.BEGUN,
            because="tried again",
            actor="buyer",
            attempt=last.attempt + 1,
            settled_at=None,
            **facts,
        ):
            return last
    if last is not None and last.status == P.BEGUN:
        move(last, P.FAILED, because="another payment takes its place", actor="buyer")
    made = Payment.objects.create(
        order=order, booking=booking, route=route, begun_at=clock.now(),
        attempt=last.attempt + 1 if last else 1, **facts,
    )  # fmt: skip
    note(made, became=made.status, because=f"payment begun: {route}", actor="buyer")
    return made
