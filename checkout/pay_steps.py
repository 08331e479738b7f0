"""The payments of an order, one after the other: told before the first, and beside each how all of them stand.

What is paid to us is one payment for all of its parts, and the first, for it can be undone; then those on or through the
box offices, in the order of the parts. Nobody is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from checkout import hosted, other_route, our_till, standing
from checkout.doors import comes_back
from checkout.models import Booking, Payment
from checkout.payments import intents
from checkout.sellers import Seller
from checkout.showing import OrderShown, PartShown
from shop.money import Money

P = Payment.Status


@dataclass(frozen=True)
class PayStep:
    """One payment. `state`: todo, now, wait (being checked), reserved (on hold on the card), done, back (taken, and it goes
    back), off.

    `payee` gets the money, `account` runs the page, `through` names both; `sellers`: whom our own till pays it on for.
    """

    number: int
    sum: Money
    payee: str
    account: str
    through: str
    route: str  # us, there, their_form
    state: str
    positions: tuple[int, ...]
    sellers: tuple[str, ...] = ()
    comes_back: bool = True
    framed: bool = False
    instead: str = ""  # see `other_route.story_of`
    hosted: bool = False

    @property
    def held_first(self) -> bool:
        """Whether the card is only authorised at first."""
        return self.route == our_till.US and intents.capture_method() == "manual"


def announced(bookings: Sequence[Booking], sellers: Mapping[int, Seller]) -> list[PayStep]:
    """What will be paid, before the first payment is begun."""
    routes = [(b, route) for b, route in standing.routes(list(bookings)) if route != "nothing"]
    ours = [b for b, route in routes if route == our_till.US]
    found = [_ours(ours, [sellers[b.pk].name for b in ours], "todo")] if ours else []
    for booking, route in routes:
        if route != our_till.US:
            found.append(_there(len(found) + 1, booking, route, sellers[booking.pk], "todo"))
    return found


def of(shown: OrderShown, now: PartShown | None = None) -> list[PayStep]:
    """How the payments of an order that is being paid stand; `now`: the part whose payment is due."""
    parts = [part for part in shown.parts if part.booking.total_minor]
    ours = [part for part in parts if part.ours]
    found = []
    if ours:
        alive = [part for part in ours if not part.lost] or ours
        state = "now" if now is not None and now.ours else _state_of_ours(shown, ours)
        found.append(_ours([p.booking for p in alive], [p.payee for p in alive], state))
    for part in parts:
        if not part.ours:
            route = part.payment.route if part.payment is not None else "there"
            state = "now" if part is now else _state(part)
            found.append(_there(len(found) + 1, part.booking, route, part.seller, state))
    return found


def place_of(steps: Sequence[PayStep], booking: Booking) -> dict[str, int]:
    """Which of how many payments pays this part."""
    mine = (step.number for step in steps if booking.position in step.positions)
    return {"number": next(mine, 1), "count": len(steps)}


def _ours(bookings: Sequence[Booking], sellers: Sequence[str], state: str) -> PayStep:
    return PayStep(
        number=1,
        sum=Money.total((b.total for b in bookings), bookings[0].currency),
        payee=settings.SHOP_NAME,
        account=settings.SHOP_NAME,
        through=settings.SHOP_NAME,
        route=our_till.US,
        state=state,
        positions=tuple(b.position for b in bookings),
        sellers=tuple(dict.fromkeys(sellers)),
    )


def _there(number: int, booking: Booking, route: str, seller: Seller, state: str) -> PayStep:
    return PayStep(
        number=number,
        sum=booking.total,
        payee=seller.name,
        account=seller.account,
        through=seller.through,
        route=route,
        state=state,
        positions=(booking.position,),
        comes_back=comes_back(booking),
        framed=hosted.will_be_framed(booking),
        instead=other_route.story_of(booking),
        hosted=hosted.is_hosted(booking),
    )


def _state_of_ours(shown: OrderShown, ours: Sequence[PartShown]) -> str:
    payment = shown.to_us
    taken = payment is not None and payment.status in (P.CAPTURED, P.REFUNDED)
    if all(part.lost for part in ours):
        return "back" if taken else "off"
    if taken:
        return "done" if any(part.done for part in ours) else "wait"
    if payment is not None and payment.status == P.AUTHORISED:
        return "reserved"
    return "todo"


def _state(part: PartShown) -> str:
    if part.done:
        return "done"
    if part.lost or part.booking.status == Booking.Status.REFUNDED:
        return "off"
    if part.unproven or part.booking.returned == "success":
        return "wait"
    return "todo"
