"""Sums and deadlines of a basket. The server knows; the page only shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from baskets import beside, notes
from baskets.models import Basket, Hold, Line
from shop import clock
from shop.money import Money
from shop.providers import registry
from shop.providers.errors import Misconfigured


@dataclass(frozen=True)
class Summary:
    """`deadline` and `seconds_left` come from tickets that are really off sale; None where there are none."""

    basket: Basket
    total: Money  # what would be paid: without what is gone
    fees: Money  # the part of it that is fees
    tickets: int
    lines: list[Line]  # everything the buyer sees, what is gone included
    deadline: datetime | None
    seconds_left: int | None
    has_wishes: bool
    needs_yes: bool
    gone: bool
    asking: bool  # an answer of the provider was lost or is on its way
    payments: int  # how many payments this will take
    payees: list[str]  # who is paid, in the order in which checkout asks for the payments
    extras: list[beside.Extra]  # what else is in it
    charges: list[tuple[str, Money]]  # commissions of a whole basket, in the provider's words
    discount: Money  # taken off already
    in_browser: bool  # some of it is in a basket that only the visitor's own browser can read
    no_clock: bool  # some of it is held, and nobody says for how long
    notes: notes.Book  # what is asked of the buyer about tickets and order
    holds: list[Hold]  # those that are alive
    first: str = ""  # what `deadline` is of, where other things run out later or not at all

    @property
    def late(self) -> bool:
        """Too little time is left to send somebody to pay."""
        return self.seconds_left is not None and self.seconds_left < settings.MINUTES_BEFORE_PAYMENT * 60

    @property
    def payable(self) -> bool:
        something = bool(self.tickets or self.extras)
        waits = self.needs_yes or self.asking or self.late or self.needs_answers
        return something and not waits

    @property
    def needs_answers(self) -> bool:
        """Something has to be answered before it can be paid."""
        return bool(self.notes.missing)

    @property
    def whole(self) -> int:
        """Seconds of the whole line of ink: the longest that a hold in here lasts."""
        return max(600, self.seconds_left or 0)


@dataclass(frozen=True)
class Badge:
    tickets: int = 0
    deadline: datetime | None = None
    seconds_left: int | None = None
    timezone: str = ""


def visible_lines(baskets: Sequence[Basket]) -> list[Line]:
    holds = Hold.objects.filter(basket__in=baskets).select_related("account", "basket")
    return lines_of(list(holds))


def lines_of(holds: Sequence[Hold]) -> list[Line]:
    """What the buyer sees of these holds, all that belongs to it at hand."""
    if not holds:
        return []
    by_pk = {hold.pk: hold for hold in holds}
    lines = list(
        Line.objects.filter(hold__in=list(by_pk))
        .exclude(state=Line.State.RELEASING)
        .select_related("instance__event__venue")
    )
    for line in lines:
        line.hold = by_pk[line.hold_id]
        if line.instance is not None and line.instance.event.venue_id == line.venue_id:
            line.venue = line.instance.event.venue
    return lines


def _deadline(lines: Sequence[Line]) -> datetime | None:
    return min(
        (
            line.expires_at
            for line in lines
            if line.counts and line.state != Line.State.WISH and line.expires_at
        ),
        default=None,
    )


def _left(deadline: datetime | None) -> int | None:
    return None if deadline is None else max(0, int((deadline - clock.now()).total_seconds()))


def summary(basket: Basket) -> Summary:
    every = list(basket.holds.select_related("account").order_by("pk"))
    lines = lines_of(every)
    counted = [line for line in lines if line.counts]
    deadline = _deadline(lines)
    holds = [hold for hold in every if hold.state != Hold.State.CLOSED]
    payments = _payments(counted, holds)
    charges = beside.charges(holds, basket.currency)
    other = Money(sum(beside.minor(hold) for hold in holds), basket.currency)
    return Summary(
        basket=basket,
        total=Money.total((line.price for line in counted), basket.currency) + other,
        fees=Money.total(
            (*(line.fee for line in counted), *(amount for _name, amount in charges)), basket.currency
        ),
        tickets=sum(line.quantity for line in counted),
        lines=lines,
        deadline=deadline,
        seconds_left=_left(deadline),
        has_wishes=any(line.is_wish for line in counted),
        needs_yes=any(line.state == Line.State.CHANGED for line in counted),
        gone=any(not line.counts for line in lines),
        asking=any(hold.state == Hold.State.UNCERTAIN for hold in holds),
        payments=len(payments),
        payees=payments,
        extras=beside.extras(holds, basket.currency),
        charges=charges,
        discount=beside.discount(holds, basket.currency),
        in_browser=any(not hold.verified for hold in holds),
        no_clock=any(_has_no_clock(line) for line in counted),
        notes=notes.book(counted, holds),
        holds=holds,
        first=_first(lines, deadline),
    )


def _has_no_clock(line: Line) -> bool:
    hold = line.hold
    return hold.firm and hold.verified and line.expires_at is None and not line.is_wish


def _payments(counted: Sequence[Line], every: Sequence[Hold]) -> list[str]:
    """Who is paid, as checkout arranges it: our own till once, for all that it sells, and first; then each of the others,
    what ends first before the rest, and of what has no end the visitor's own basket last."""
    holds: dict[int, list[Line]] = {}
    for line in counted:
        holds.setdefault(line.hold_id, []).append(line)

    theirs = {hold.pk for hold in every if not hold.verified}

    def turn(pk: int) -> tuple[float, bool, int]:
        lines = holds[pk]
        ends = [line.expires_at.timestamp() for line in lines if line.expires_at and line.hold.firm]
        return min(ends, default=float("inf")), pk in theirs, pk

    more = {hold.pk: hold.account.title for hold in every if beside.minor(hold)}
    for pk in more:
        holds.setdefault(pk, [])
    paid = [pk for pk, lines in holds.items() if pk in more or any(line.price_minor for line in lines)]
    ours = {hold.pk for hold in every if hold.pk in paid and _is_paid_to_us(hold)}
    return [settings.SHOP_NAME] * bool(ours) + [
        ", ".join(dict.fromkeys(line.seller for line in holds[pk])) or more[pk]
        for pk in sorted(paid, key=turn)
        if pk not in ours
    ]


def _is_paid_to_us(hold: Hold) -> bool:
    try:
        return registry.provider(hold.account.name).capabilities.payment == "us"
    except Misconfigured:
        return False


def _first(lines: Sequence[Line], deadline: datetime | None) -> str:
    """What the clock is about, where there is more than one thing in the basket; "" else."""
    live = [line for line in lines if line.counts]
    if deadline is None or len({line.hold_id for line in live}) < 2:
        return ""
    return next((line.event_name for line in live if line.expires_at == deadline), "")


def first_to_end(summary: Summary | None, *, alone: bool) -> str:
    """What the clock of a page is about, where it is one of several things, or baskets; "" else."""
    if summary is None or summary.first or alone:
        return summary.first if summary else ""
    live = [line for line in summary.lines if line.counts]
    return next((line.event_name for line in live if line.expires_at == summary.deadline), "")


def badge(baskets: Sequence[Basket]) -> Badge:
    if not baskets:
        return Badge()
    return badge_of(
        Line.objects.filter(hold__basket__in=baskets)
        .exclude(state__in=[Line.State.RELEASING, Line.State.GONE])
        .only("state", "expires_at", "quantity", "timezone")
    )


def badge_of(every: Iterable[Line]) -> Badge:
    """What the header says of these lines."""
    lines = [line for line in every if line.state not in (Line.State.RELEASING, Line.State.GONE)]
    deadline = _deadline(lines)
    zone = next((line.timezone for line in lines if line.expires_at and line.expires_at == deadline), "")
    return Badge(sum(line.quantity for line in lines if line.counts), deadline, _left(deadline), zone)
