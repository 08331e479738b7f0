"""A line of the basket as a ticket stub: what it says, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baskets.models import Line
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
    """`state`: held, wish, gone, changed (a class of the style sheet); `kicker` says it in words."""

    line: Line
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


def stub(line: Line) -> Stub:
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
        state=state,
        kicker=kicker,
        sentence=_sentence(line, state, until),
        seats=words.seat_words(line.tickets) or words.tickets_words(line.quantity),
        tickets=_tickets(line),
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


def _tickets(line: Line) -> list[Ticket]:
    groups: dict[tuple[object, ...], list[dict]] = {}
    for ticket in line.tickets:
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
            return "" if minor is None else words.money(Money(minor, line.currency))

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
