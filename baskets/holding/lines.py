"""From what the provider reads back to the lines of a basket. No call is made here.

The provider's answer replaces what we thought. What was agreed with the buyer (the price they saw, the
deadline they were shown) is compared with it: another price needs a yes, a deadline only ever comes nearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from baskets import beside, notes_kept
from baskets.models import Hold, Line
from catalog.models import Instance
from shop import clock
from shop.providers import types
from shop.providers.errors import BadAnswer

LONGEST_HOLD = timedelta(minutes=45)  # in all, however often a choice is changed
WATCH_EVERY = timedelta(
    minutes=5
)  # what is held and has no deadline is read so often, for as long as somebody is there
READ_AFTER_END = timedelta(seconds=3)  # the provider's own clock may be a little behind ours


@dataclass(frozen=True)
class Shown:
    """The prices for one that the buyer saw when they chose, in minor units."""

    seats: Mapping[str, int] = field(default_factory=dict)
    offers: Mapping[str, int] = field(default_factory=dict)
    estimated: frozenset[str] = frozenset()  # keys of offers whose exact sum comes only with the order
    picked: bool = False  # the seats were picked for the buyer
    sought: Mapping[str, Any] = field(default_factory=dict)  # by these terms: `Line.sought`


@dataclass
class Rebuilt:
    """What the answer changed: lines that are new or grew, and lines that went."""

    new: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    listed_gone: list[str] = field(
        default_factory=list
    )  # items the provider still lists though they are gone
    refs: set[str] = field(default_factory=set)  # of every line there was before


def ticket_row(ticket: types.HeldTicket) -> dict[str, Any]:
    """A ticket as it is stored. Nothing that could open a door is among it."""
    return {
        "ref": ticket.ref,
        "row": ticket.row,
        "number": ticket.number,
        "ticket_type": ticket.ticket_type,
        "price": ticket.price.minor,
        "fee": None if ticket.fee is None else ticket.fee.minor,
        "face": None if ticket.face_value is None else ticket.face_value.minor,
        "restricted": ticket.restricted,
        "note": ticket.note,
    }


def _as_they_sit(ticket: types.HeldTicket) -> tuple[str, int, str]:
    digits = "".join(one for one in ticket.number if one.isascii() and one.isdigit())
    return ticket.row, int(digits[:6] or 0), ticket.number


def selection_row(selection: types.Selection) -> dict[str, Any]:
    return {
        "instance_ref": selection.instance_ref,
        "seat_refs": list(selection.seat_refs),
        "offer_key": selection.offer_key,
        "quantity": selection.quantity,
        "discount_refs": list(selection.discount_refs),
        "code": selection.code,
    }


def selection_of(row: Mapping[str, Any]) -> types.Selection:
    return types.Selection(
        instance_ref=row.get("instance_ref", ""),
        seat_refs=tuple(row.get("seat_refs", ())),
        offer_key=row.get("offer_key", ""),
        quantity=row.get("quantity", 0),
        discount_refs=tuple(row.get("discount_refs", ())),
        code=row.get("code", ""),
    )


def rebuild(
    hold: Hold,
    state: types.Hold,
    *,
    can_extend: bool = False,
    asked: Sequence[types.Selection] = (),
    shown: Shown | None = None,
    at_hand: Sequence[Instance] = (),
) -> Rebuilt:
    """Make the lines of `hold` say what `state` says. To be called inside a short transaction. `at_hand`: dates that need
    not be looked up again, with their event and venue."""
    shown = shown or Shown()
    now = clock.now()
    lines = list(hold.lines.select_for_update())
    known = {line.item_ref: line for line in lines}
    instances = _instances(hold, state.items, at_hand)
    agreed = _agreed(lines, shown)
    result = Rebuilt(refs=set(known))
    there = list(lines)
    seen: set[str] = set()
    tickets_there: set[str] = set()
    for listed in state.items:
        # a provider lists tickets as it likes; people read them in the order they sit
        item = replace(listed, tickets=tuple(sorted(listed.tickets, key=_as_they_sit)))
        if item.total.currency != hold.basket.currency:
            raise BadAnswer(
                f"{item.total.currency} in a {hold.basket.currency} basket", account=hold.account.name
            )
        seen.add(item.ref)
        if item.state != "gone":
            tickets_there.update(ticket.ref for ticket in item.tickets if ticket.ref)
        line, fresh = known.get(item.ref), False
        if line is None:
            if item.state == "gone" and (state.verified or item.selection is None):
                continue  # it was never in this basket
            line, fresh = Line(hold=hold, item_ref=item.ref, added_at=now), True
        grew = fresh or len(item.tickets) > line.quantity
        if item.state == "gone":
            result.listed_gone.append(item.ref)
        went = item.state == "gone" and line.state not in (Line.State.GONE, Line.State.RELEASING)
        _fill(line, item, instances.get(item.ref), state)
        expected = _expected(item, agreed, asked, shown)
        told_as_estimate = (line.selection.get("offer_key") or "") in shown.estimated
        line.estimated = line.estimated or item.price_estimated or told_as_estimate
        lower_is_fine = line.estimated or _discounted(item, asked)
        _set_state(line, item, expected, lower_is_fine=lower_is_fine)
        _set_deadline(line, item, state, can_extend=can_extend or fresh)
        line.picked = line.picked or (fresh and shown.picked)
        if fresh and shown.picked:
            line.sought = dict(shown.sought)
        line.save()
        if fresh:
            there.append(line)
        if went:
            result.gone.append(line)
        elif grew and line.state != Line.State.RELEASING:
            result.new.append(line)
    for line in lines:
        if line.item_ref in seen or line.state == Line.State.GONE:
            continue
        if line.state == Line.State.RELEASING:
            there.remove(line)
            line.delete()  # it is back on sale, as asked
        elif line.tickets and {ticket["ref"] for ticket in line.tickets} <= tickets_there - {""}:
            there.remove(line)
            line.delete()  # the provider put it together with another
        else:
            line.problem = "hold_expired" if line.over else "hold_gone"
            line.state = Line.State.GONE
            line.save(update_fields=["state", "problem"])
            result.gone.append(line)
    _set_hold(hold, there, state, now)
    return result


def all_gone(hold: Hold, problem: str) -> list[Line]:
    """The provider knows nothing of this hold any more. To be called inside a short transaction."""
    hold.lines.filter(state=Line.State.RELEASING).delete()
    went = list(hold.lines.exclude(state=Line.State.GONE))
    hold.lines.exclude(state=Line.State.GONE).update(state=Line.State.GONE, problem=problem)
    hold.state, hold.due_at, hold.expires_at, hold.attempts = Hold.State.CLOSED, None, None, 0
    hold.read_at, hold.notes = clock.now(), ""
    hold.save(update_fields=["state", "due_at", "expires_at", "attempts", "read_at", "notes"])
    return went


def _instances(
    hold: Hold, items: Iterable[types.HeldItem], at_hand: Sequence[Instance]
) -> dict[str, Instance]:
    """Item ref -> our instance: by its id, or by event and hour where the provider names no date's id."""
    wanted = list(items)
    refs = {item.instance_ref for item in wanted if item.instance_ref}
    events = {item.event_ref for item in wanted if not item.instance_ref}
    rows = Instance.objects.filter(event__account=hold.account).select_related("event__venue")
    by_ref: dict[str, list[Instance]] = {}
    near = [row for row in at_hand if row.provider_ref in refs and row.event.account_id == hold.account_id]
    own = {(row.event.provider_ref, row.provider_ref) for row in near}
    all_near = all((item.event_ref, item.instance_ref) in own for item in wanted if item.instance_ref)
    for row in near if all_near else rows.filter(provider_ref__in=refs) if refs else ():
        by_ref.setdefault(row.provider_ref, []).append(row)
    by_hour = {
        (row.event.provider_ref, row.starts_at): row
        for row in (rows.filter(event__provider_ref__in=events, gone_at=None) if events else ())
    }
    found: dict[str, Instance] = {}
    for item in wanted:
        same = by_ref.get(item.instance_ref, [])
        first = [one for one in same if one.event.provider_ref == item.event_ref]
        row: Instance | None = next(iter([*first, *same]), None)
        if row is None and item.starts_at is not None:
            row = by_hour.get((item.event_ref, item.starts_at))
        if row is not None:
            found[item.ref] = row
    return found


def _fill(line: Line, item: types.HeldItem, instance: Instance | None, state: types.Hold) -> None:
    if instance is not None:
        venue = instance.event.venue
        line.instance, line.venue = instance, venue
        line.event_name, line.venue_name = instance.event.title[:250], venue.name
        line.timezone, line.starts_at = venue.timezone, instance.starts_at
    else:
        line.event_name = item.event_name[:250] or line.event_name
        line.venue_name = item.venue_name[:200] or line.venue_name
        line.starts_at = item.starts_at or line.starts_at
    line.time_from = item.time_from
    if item.time_from is not None:
        line.starts_at = item.time_from  # the day and hour of this entry, not those of the first one
    line.area = item.area[:150]
    if item.tickets:
        line.tickets = [ticket_row(ticket) for ticket in item.tickets]
        line.quantity = len(item.tickets)
        line.fee_minor = sum(ticket.fee.minor for ticket in item.tickets if ticket.fee is not None)
    elif line.quantity is None:
        line.quantity = item.selection.quantity if item.selection else 0
    line.currency = item.total.currency
    if item.selection is not None:
        line.selection = selection_row(item.selection)


def _agreed(lines: Iterable[Line], shown: Shown) -> dict[str, int]:
    """Ticket ref -> the price the buyer last agreed to."""
    agreed = {
        ticket["ref"]: ticket.get("agreed", ticket["price"])
        for line in lines
        if line.state != Line.State.GONE
        for ticket in line.tickets
        if ticket["ref"]
    }
    return {**agreed, **shown.seats}


def _expected(
    item: types.HeldItem, agreed: Mapping[str, int], asked: Sequence[types.Selection], shown: Shown
) -> dict[int, int] | None:
    """Index of the ticket -> its agreed price; None where nobody was told one."""
    if item.tickets and all(ticket.ref in agreed for ticket in item.tickets):
        return {index: agreed[ticket.ref] for index, ticket in enumerate(item.tickets)}
    keys = {one.offer_key for one in asked if one.offer_key and one.instance_ref == item.instance_ref}
    own = item.selection.offer_key if item.selection else ""
    key = own if own in shown.offers else next(iter(keys)) if len(keys) == 1 else ""
    if key not in shown.offers:
        return None
    return {
        index: agreed.get(ticket.ref, shown.offers[key]) if ticket.ref else shown.offers[key]
        for index, ticket in enumerate(item.tickets)
    }


def _discounted(item: types.HeldItem, asked: Sequence[types.Selection]) -> bool:
    mine = [item.selection] if item.selection else []
    return any(one.discount_refs or one.code for one in (*mine, *asked))


def _set_state(
    line: Line, item: types.HeldItem, expected: Mapping[int, int] | None, *, lower_is_fine: bool
) -> None:
    """The line's state and price. Of an estimate or with a reduction only a higher price is another price."""
    line.price_minor = item.total.minor
    if line.state == Line.State.RELEASING:
        return
    if item.state == "gone":
        line.state, line.problem = Line.State.GONE, item.problem or "hold_expired"
        return
    calm = Line.State.WISH if item.state == "wish" else Line.State.HELD
    line.problem = ""
    was = None if expected is None else sum(expected.values())
    differs = was is not None and (item.total.minor > was if lower_is_fine else item.total.minor != was)
    if differs:
        line.state, line.was_minor = Line.State.CHANGED, was
        for index, ticket in enumerate(line.tickets):
            ticket["agreed"] = (expected or {}).get(index, ticket["price"])
    else:
        line.state, line.was_minor = calm, None


def _set_deadline(line: Line, item: types.HeldItem, state: types.Hold, *, can_extend: bool) -> None:
    said = item.expires_at or (state.expires_at if state.firm else None)
    if said is not None:
        said = min(said, line.added_at + LONGEST_HOLD)
    if line.state in (Line.State.WISH, Line.State.GONE):
        line.expires_at = line.expires_at if line.state == Line.State.GONE else None
    elif can_extend or line.expires_at is None or said is None:
        line.expires_at = said
    else:
        line.expires_at = min(line.expires_at, said)  # a shown deadline never rises by itself


def _set_hold(hold: Hold, lines: Sequence[Line], state: types.Hold, now: datetime) -> None:
    live = [line for line in lines if line.state not in (Line.State.GONE, Line.State.RELEASING)]
    hold.verified, hold.beside = state.verified, beside.row(state)
    hold.notes = notes_kept.rebuilt(hold, state)
    ends = min((line.expires_at for line in live if line.expires_at), default=None)
    hold.handle, hold.firm, hold.read_at, hold.attempts = state.handle, state.firm, now, 0
    hold.expires_at = ends
    if any(line.state == Line.State.RELEASING for line in lines):
        hold.state, hold.due_at = Hold.State.RELEASING, now
    elif live or state.extras:
        # a line whose time is over by our clock but not yet by theirs is read again a little later
        hold.state = Hold.State.OPEN
        hold.due_at = None if ends is None else max(ends + READ_AFTER_END, now + timedelta(seconds=10))
        if ends is None and state.firm and state.verified and now - hold.basket.touched_at < LONGEST_HOLD:
            hold.due_at = now + WATCH_EVERY
    else:
        hold.state, hold.due_at, hold.notes = Hold.State.CLOSED, None, ""
    hold.save(update_fields=["handle", "firm", "read_at", "attempts", "expires_at", "state", "due_at",
                            "verified", "beside", "notes"])  # fmt: skip


def gone_line(hold: Hold, wanted: Mapping[str, Any], problem: str) -> Line:
    """A choice that came to nothing, kept as a line that can be tried again."""
    instance = Instance.objects.select_related("event__venue").get(pk=wanted["instance"])
    venue = instance.event.venue
    return Line.objects.create(
        hold=hold,
        item_ref=f"wanted:{wanted['key']}"[:100],
        instance=instance,
        venue=venue,
        state=Line.State.GONE,
        problem=problem,
        event_name=instance.event.title[:250],
        venue_name=venue.name,
        timezone=venue.timezone,
        starts_at=instance.starts_at,
        area=wanted.get("area", "")[:150],
        tickets=wanted.get("tickets", []),
        quantity=wanted["quantity"],
        currency=hold.basket.currency,
        price_minor=wanted.get("price", 0),
        selection=wanted["selection"],
        picked=wanted.get("picked", False),
        sought=wanted.get("sought", {}),
        added_at=clock.now(),
    )


def shown_of(line: Line) -> Shown:
    """The prices that were agreed for a line, for asking for the same again."""
    seats = {ticket["ref"]: ticket.get("agreed", ticket["price"]) for ticket in line.tickets if ticket["ref"]}
    key, each = line.selection.get("offer_key", ""), 0
    if key and line.tickets:
        each = line.tickets[0].get("agreed", line.tickets[0]["price"])
    return Shown(
        seats=seats,
        offers={key: each} if key and each else {},
        estimated=frozenset({key} if line.estimated and key else ()),
        picked=line.picked,
        sought=line.sought or {},
    )
