"""What follows from a provider's word about a part: booked, refused, run out, given back, or not known yet.

Rows in, rows changed; of the parts that fit the same order there, the one with the better claim is asked about first.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from checkout import hosted, sold
from checkout.following import DONE, LIVE_PAYMENT, US, booked_late
from checkout.models import Booking, Order, Payment
from checkout.states import call_staff, can, move, note
from checkout.watching import (
    EMPTIED_FOR,
    HOSTED_BESIDE,
    OPEN,
    UNPROVEN_FOR,
    end_of,
    watched_until,
)  # fmt: skip
from shop import claims, clock
from shop.providers.types import Booking as Promise
from shop.providers.types import BookingState

B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
GRACE = timedelta(minutes=3)  # between the end of a hold and telling the buyer that it is over
SILENT_FOR = timedelta(minutes=30)  # paid, says the buyer's browser; nothing, says the provider
# sent to be booked, its answer lost, and nothing booked by then: it was not
SURE_AFTER = timedelta(minutes=2)


def moved(booking: Booking, found: Promise, road: str) -> None:
    match found.state:
        case BookingState.BOOKED:
            _sold(booking, found, road)
        case BookingState.REFUNDED:
            _refunded(booking, road)
        case BookingState.REFUSED:
            over(booking, B.REFUSED, found.reason or "refused", road)
        case BookingState.LAPSED if booking.status == B.CONFIRMING:
            over(booking, B.REFUSED, found.reason or "hold_expired", road)
        case BookingState.LAPSED:
            over(booking, B.LAPSED, found.reason or "expired", road)
        case BookingState.UNPROVEN:
            unproven(booking, road, found.reason)
        case _:
            _waiting(booking, found, road)


def _sold(booking: Booking, found: Promise, road: str) -> None:
    """One order there is one part of ours: two that it fits come one after the other.

    A basket there can outlive the part it was handed over with. Whoever was sent to pay since has the better claim.
    """
    if booking.status in (B.LAPSED, B.REFUSED):
        from checkout.settling import settle  # which asks, and comes here with the answer

        for newer in hosted.handed_over_since(booking):
            settle(newer, road=road)
    with claims.claim(f"sold:{booking.account_id}:{found.reference or booking.pk}", seconds=60):
        if not hosted.is_taken(booking, found.reference):
            _booked(booking, found, road)
        elif booking.status in OPEN or booking.returned == "success":
            call_staff(booking.order, "claimed", actor=road)  # what a browser told of its basket was not so


def _booked(booking: Booking, found: Promise, road: str) -> None:
    if booking.status in DONE:
        if found.reason == "partially_refunded":
            call_staff(booking.order, "refunded", actor=road)
        return
    order, theirs = booking.order, hosted.is_hosted(booking)
    late = booking.status in (B.LAPSED, B.REFUSED) or order.status in (O.PLACED, O.EXPIRED, O.CANCELLED)
    late = late and booking.total_minor > 0
    if theirs:  # late is usual there: who paid twice is what a person must see
        late = late and hosted.bought_again(booking)
    charged: int | None = None  # there; nothing at all where a code or a voucher pays for everything
    if theirs and found.total is not None and found.total.currency == booking.currency:
        charged = found.total.minor
    differs = found.total is not None and (found.total.minor, found.total.currency) != (
        booking.total_minor,
        booking.currency,
    )
    with transaction.atomic():  # whole: nobody would come again for what a death leaves out
        won = move(
            booking,
            B.BOOKED,
            because="the provider says it is booked",
            actor=road,
            reference=found.reference[:100],
            mailed_by_provider=found.mailed_by_provider,
            unproven_since=None,
            reason="",
            documents_due_at=clock.now(),
            # the sum there is the buyer's own choice (delivery, a code); what we had shown stays in `asked_minor`
            **({"total_minor": charged} if charged is not None else {}),
        )
        if not won:
            return
        payment = _their_payment(booking)
        if payment is not None and can(payment, P.CAPTURED):
            move(
                payment, P.CAPTURED, because="booked, so paid", actor=road, settled_at=clock.now(), secret="",
                **({"amount_minor": charged} if charged is not None else {}),
            )  # fmt: skip
        sold.store_tickets(booking, found, sums=theirs)
        sold.take_out_of_basket(booking)
        if differs and booking.route == US:  # what they bill us, not what the buyer pays us
            note(booking, because="the provider names another sum than the buyer pays", actor=road)
        elif differs and charged is None:
            call_staff(order, "amount_differs", actor=road)
        elif differs:
            note(booking, because="another sum was charged there than was shown here", actor=road)
        if late:
            call_staff(order, "late_success", actor=road)
        booked_late(order, booking, road=road)


def _their_payment(booking: Booking) -> Payment | None:
    """The payment that the provider's word decides about: never one to us."""
    return None if booking.route == US else booking.payments.order_by("-pk").first()


def _refunded(booking: Booking, road: str) -> None:
    if (
        booking.route == US
    ):  # they gave it back to us; the buyer's money is with us, until a person gives it back
        call_staff(booking.order, "cancelled_there", actor=road)
        return
    with transaction.atomic():
        if not move(
            booking, B.REFUNDED, because="the provider gave the money back", actor=road, documents_due_at=None
        ):
            return
        payment = _their_payment(booking)
        if payment is not None and can(payment, P.REFUNDED):
            move(payment, P.REFUNDED, because="the provider gave the money back", actor=road, secret="")
        call_staff(booking.order, "refunded", actor=road)


def over(booking: Booking, to: str, reason: str, road: str) -> None:
    """Not booked, and it will not be: unless the provider changes its mind, which later looks would see."""
    if booking.status not in OPEN:
        return
    came_back = booking.returned == "success"
    with transaction.atomic():
        if not move(booking, to, because=reason, actor=road, reason=reason[:40]):
            return
        payment = _their_payment(booking)
        ended = P.EXPIRED if to == B.LAPSED else P.FAILED
        if payment is not None and can(payment, ended):
            move(payment, ended, because=reason, actor=road, settled_at=clock.now())
        if to == B.LAPSED and hosted.is_hosted(booking):
            hosted.let_go(booking)
        if came_back and road != "buyer":
            call_staff(booking.order, "refused_after_return", actor=road)


def unproven(booking: Booking, road: str, why: str = "") -> None:
    """A booking, but no proof that it was paid. A failure return beside it goes to a person at once."""
    if booking.status in DONE:
        return
    now = clock.now()
    if booking.status != B.UNCERTAIN and not move(
        booking,
        B.UNCERTAIN,
        because="a booking is there, a payment is not proved",
        actor=road,
        unproven_since=now,
    ):
        return
    since = booking.unproven_since or now
    if booking.returned == "failure" or now - since >= UNPROVEN_FOR:
        known = why in (hosted.CANNOT_BE_ASKED, hosted.NOT_FOUND)
        call_staff(booking.order, why if known else "unproven", actor=road, stop=True)


def _waiting(booking: Booking, found: Promise, road: str) -> None:
    """Not paid yet, can still be: nothing happens until its time is over."""
    if booking.status == B.UNCERTAIN:
        move(booking, B.PREPARED, because="nothing is booked after all", actor=road, unproven_since=None)
    if booking.status not in OPEN:
        return
    now, theirs = clock.now(), hosted.is_hosted(booking)
    since, end = booking.returned_at or end_of(booking), end_of(booking)
    if theirs and _is_beside_booked(booking):
        end = min(end, (booking.prepared_at or now) + HOSTED_BESIDE)
    if theirs and booking.returned == hosted.EMPTIED and now - since >= EMPTIED_FOR:
        over(booking, B.LAPSED, hosted.EMPTIED, road)  # an order would be there by now
        return
    ended = now >= end + GRACE
    paid_they_say = found.state == BookingState.PROCESSING or booking.returned == "success"
    if paid_they_say and (ended or theirs) and now - since >= SILENT_FOR:
        call_staff(booking.order, "silent", actor=road, stop=booking.order.status == O.PAYING)
    if not ended:
        return
    if paid_they_say and (found.state == BookingState.PROCESSING or now < watched_until(booking)):
        return  # nobody is told "not charged" before that is sure
    over(booking, B.LAPSED, "expired", road)


def _is_beside_booked(booking: Booking) -> bool:
    """Whether the rest of its order is booked: nobody waits for hours to hear of that. A late payment is still seen."""
    others = set(booking.order.bookings.exclude(pk=booking.pk).values_list("status", flat=True))
    return bool(others & set(DONE)) and not others & set(OPEN)


def waiting_for_us(booking: Booking, found: Promise, road: str) -> None:
    """A part of our own till that is not booked. Its time is watched with its payment, while there is one.

    One whose booking was sent and not answered is not sent again: nothing there for a while is a no.
    """
    now = clock.now()
    if booking.status == B.UNCERTAIN:
        sent = booking.unproven_since or now
        if found.state == BookingState.OPEN and now - sent >= SURE_AFTER:
            over(booking, B.REFUSED, "not_booked", road)
        else:
            uncertain_for_long(booking, road)
    elif booking.status in OPEN and now >= end_of(booking) + GRACE:
        live = booking.order.payments.filter(route=US, status__in=LIVE_PAYMENT)
        if booking.status != B.CONFIRMING and not live.exists():
            over(booking, B.LAPSED, "expired", road)


def uncertain_for_long(booking: Booking, road: str) -> None:
    since = booking.unproven_since
    if booking.status == B.UNCERTAIN and since is not None and clock.now() - since >= UNPROVEN_FOR:
        call_staff(booking.order, "uncertain", actor=road)


def give_up(booking: Booking, road: str) -> None:
    """Watched to the end and still open: over, if nobody says that it was paid; else a person must look."""
    if booking.returned == "success" or booking.order.status == O.ATTENTION:
        call_staff(booking.order, "silent", actor=road, stop=True)
    else:
        over(booking, B.LAPSED, "expired", road)
