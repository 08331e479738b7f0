"""A line of the basket as a ticket stub: what it says, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets import notes, totals
from baskets.models import Basket, Line
from baskets.notes_forms import AT_ONCE, Box, needed, order_box, ticket_box
from shop import clock, words
from shop.money import Money
from shop.problems import problem


@dataclass
class Ticket:
    """Tickets of a line that cost the same and have the same to be said of them."""

    name: str
    price: str
    fee: str
    face: str
    note: str
    restricted: bool


@dataclass
class Stub:
    """`state`: held, wish, gone, changed (a class of the style sheet); `kicker` says it in words.

    `lines` are several where tickets without numbers have nothing that tells them apart; `line` is the first.
    """

    line: Line
    lines: list[Line]
    price: Money
    fee: Money
    state: str
    kicker: str
    sentence: str
    seats: str
    tickets: list[Ticket] = field(default_factory=list)
    seller: str = ""
    can_change: bool = False
    can_try_others: bool = False
    can_retry: bool = False
    until: str = ""
    apart: str = ""  # its time of day, where another of the same name is on the same day
    box: Box | None = None  # what is asked about it

    @property
    def several(self) -> int:
        """How many can each be removed by themselves; 0 where it is one thing."""
        return len(self.lines) if len(self.lines) > 1 else 0


def stubs(summary: totals.Summary) -> dict[str, Any]:
    """What the basket shows of its lines and of what is asked: `stubs`, `order_boxes`, `needed`."""
    book, is_open = summary.notes, summary.basket.status == Basket.Status.OPEN
    groups = grouped(summary.lines, book)
    counted = {hold.pk: 0 for hold in summary.holds}
    for line in summary.lines:
        if line.counts:
            counted[line.hold_id] = counted.get(line.hold_id, 0) + line.quantity
    alive = [
        hold
        for hold in summary.holds
        if hold.pk in book.kept and (counted[hold.pk] or hold.beside.get("extras"))
    ]
    asked = sum(len(book.asked(group[0].hold, notes.TICKET)) for group in groups if group[0].counts)
    asked += sum(len(book.asked(hold, notes.ABOUT_ORDER)) for hold in alive)
    inline = is_open and asked <= AT_ONCE
    times = _same_day(summary.lines)
    found = []
    for group in groups:
        one = stub(group[0], group)
        if group[0].counts:
            one.box = ticket_box(book, group, counted[group[0].hold_id], inline=inline)
        one.apart = times.get(group[0].pk, "")
        found.append(one)
    boxes = [order_box(book, hold, inline=inline) for hold in alive]
    return {
        "stubs": found,
        "order_boxes": [box for box in boxes if box is not None],
        "needed": needed(book, [*(one.box for one in found), *boxes]) if is_open else [],
    }


def grouped(lines: Iterable[Line], book: notes.Book) -> list[list[Line]]:
    """Lines of one ticket each that nothing tells apart, together where the first of them is."""
    found: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        key: tuple[Any, ...] = (line.pk,)
        if _is_plain(line):
            ticket = {name: said for name, said in line.tickets[0].items() if name != "ref"}
            answers = tuple((one.words, one.text, one.state) for one in book.of_line(line))
            key = (line.hold_id, line.instance_id, line.event_name, line.starts_at, line.time_from, line.area,
                   line.price_minor, tuple(sorted(ticket.items(), key=str)), answers)  # fmt: skip
        found.setdefault(key, []).append(line)
    return list(found.values())


def _is_plain(line: Line) -> bool:
    """One ticket without a number, held in the visitor's own basket as one thing of its own."""
    return (
        not line.hold.verified and line.state == Line.State.HELD and line.counts and len(line.tickets) == 1
        and not line.tickets[0].get("number") and not line.tickets[0].get("row")
    )  # fmt: skip


def _same_day(lines: Iterable[Line]) -> dict[int, str]:
    """Line -> time of day, of those that share name and day with another date."""
    days: dict[tuple[str, str], set[int | None]] = {}
    mine: dict[int, tuple[str, str]] = {}
    for line in lines:
        if line.starts_at is not None:
            day = (line.event_name, words.day_date(line.starts_at, line.timezone))
            mine[line.pk] = day
            days.setdefault(day, set()).add(line.instance_id)
    return {
        line.pk: words.clock_time(line.starts_at, line.timezone)
        for line in lines
        if line.pk in mine and line.starts_at is not None and len(days[mine[line.pk]]) > 1
    }


def stub(line: Line, group: Sequence[Line] = ()) -> Stub:
    """Of one line, or of several that `grouped` found to be alike."""
    every = list(group) or [line]
    tickets = [ticket for one in every for ticket in one.tickets]
    gone = not line.counts
    state = (
        "gone"
        if gone
        else "changed"
        if line.state == Line.State.CHANGED
        else "wish"
        if line.is_wish
        else "held"
    )
    until = words.held_until(line.expires_at, line.timezone)
    kept = _("Held for you") if line.hold.verified else _("In your basket at the box office")
    kicker = {
        "held": _("Held until %(time)s") % {"time": until} if until else kept,
        "wish": _("Not held: yours once you have paid"),
        "gone": _("No longer held"),
        "changed": _("Price changed"),
    }[state]
    if gone and line.problem in ("not_held", "not_yet"):
        kicker = _("Not held")
    return Stub(
        line=line,
        lines=every,
        price=Money.total((one.price for one in every), line.currency),
        fee=Money.total((one.fee for one in every), line.currency),
        state=state,
        kicker=kicker,
        sentence=_sentence(line, state, until),
        seats=words.kind_words(tickets)
        if len(every) > 1
        else words.seat_words(line.tickets) or words.tickets_words(line.quantity),
        tickets=_tickets(tickets, line.currency),
        seller=words.through(line.seller, line.hold.account.title),
        can_change=not gone
        and line.hold.verified
        and (line.quantity > 1 or not line.selection.get("seat_refs")),
        can_try_others=not gone
        and line.picked
        and line.hold.verified
        and bool(line.selection.get("seat_refs")),
        can_retry=gone and line.instance is not None and bool(line.selection),
        until=until,
    )


def _sentence(line: Line, state: str, until: str) -> str:
    if state == "changed":
        return _("The box office now asks %(now)s. It was %(was)s when you chose.") % {
            "now": words.money(line.price), "was": words.money(line.was)
        }  # fmt: skip
    if state != "gone":
        return ""
    if line.problem == "not_held":
        return _("The box office did not hold these. They are not in your total, and nothing was charged.")
    if line.problem == "sold_out":
        return _("These have just been sold to somebody else. They are not in your total any more.")
    if line.problem in ("", "hold_expired", "hold_gone"):
        if line.expires_at and line.expires_at > clock.now():
            return _("The box office let these go early. They are not in your total any more.")
        if until:
            return _("We could hold these until %(time)s only. They are not in your total any more.") % {
                "time": until
            }
        return _("These are not held for you any more. They are not in your total.")
    return problem(line.problem).text


def _tickets(listed: Iterable[dict], currency: str) -> list[Ticket]:
    groups: dict[tuple[object, ...], list[dict]] = {}
    for ticket in listed:
        key = tuple(
            ticket.get(name) for name in ("ticket_type", "price", "fee", "face", "note", "restricted")
        )
        groups.setdefault(key, []).append(ticket)
    found = []
    for tickets in groups.values():
        first, count = tickets[0], len(tickets)
        seats = words.seat_words(tickets)
        kind = first.get("ticket_type") or ""
        name = seats or ngettext("%(count)s ticket", "%(count)s tickets", count) % {"count": count}
        if kind:
            name = f"{kind}: {name}"

        def money(what: str, ticket: dict = first) -> str:
            minor = ticket.get(what)
            return "" if minor is None else words.money(Money(minor, currency))

        found.append(
            Ticket(
                name,
                money("price"),
                money("fee"),
                money("face"),
                first.get("note") or "",
                bool(first.get("restricted")),
            )
        )
    return found
