"""Change what is held: fewer seats, another number, other seats, the same again, a yes to another price.

Most providers take back whole items only: the item goes back and the rest of it is held again at once. Where
that is refused the former choice is asked for again; where even that is gone the line says so and can be tried
again. Nothing is lost without a word.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from baskets import seating
from baskets.holding.adding import Added, NotSold, add, touch
from baskets.holding.desk import Desk, at_desk
from baskets.holding.lines import Shown, rebuild, selection_of, selection_row, shown_of
from baskets.holding.reading import read_hold, take_in
from baskets.models import Hold, Line
from catalog import availability, selling
from shop.providers import errors, types

INTENDED = ("selection", "tickets", "quantity", "price_minor", "fee_minor")


@dataclass
class Changed:
    """`lines` are held now. `kept`: the wish was refused (`refused` says why) and the former choice is held again.
    `lost`: neither could be held; the line is gone and can be tried again."""

    lines: list[Line]
    kept: bool = False
    lost: bool = False
    refused: errors.Refused | None = None


class NothingElse(Exception):
    """There is no other group of seats that would fit. What was held is still held."""


def keep_seats(line: Line, keep: Collection[str]) -> Changed:
    """Keep these seats of a line (refs of its tickets), give back the others. Raises Busy, ProviderError."""
    tickets = [ticket for ticket in line.tickets if ticket["ref"] in keep]
    if not tickets:
        raise ValueError("to keep none of the seats is to remove the line")
    if len(tickets) == len(line.tickets):
        return Changed([line])
    before = selection_of(line.selection)
    wanted = replace(before, seat_refs=tuple(ticket["ref"] for ticket in tickets), offer_key="", quantity=0)
    return _change(
        line, wanted, tickets=[ticket["ref"] for ticket in line.tickets if ticket["ref"] not in keep]
    )


def set_quantity(line: Line, quantity: int) -> Changed:
    """Another number of the same. Raises Busy, ProviderError."""
    if quantity < 1:
        raise ValueError("none is to remove the line")
    if quantity == line.quantity:
        return Changed([line])
    if (refusal := selling.refusal(line.instance)) is not None and quantity > line.quantity:
        raise NotSold(refusal)
    return _change(line, replace(selection_of(line.selection), quantity=quantity))


def others(line: Line) -> Changed:
    """Other seats than these, picked for the buyer by what they had asked for. These go back first, then the others
    are asked for.

    Raises NothingElse, NotSold, Busy, ProviderError.
    """
    instance = line.instance
    if (refusal := selling.refusal(instance)) is not None:
        raise NotSold(refusal)
    free = availability.of(instance, fresh=True)
    mine = {ticket["ref"] for ticket in line.tickets}
    sought, group = line.sought or {}, None
    most = sought.get("most")
    if most is None:  # no limit was set: nobody pays more for having asked
        most = max(ticket.get("agreed", ticket["price"]) for ticket in line.tickets)
    asked = sought.get("area", "")
    for area in [asked] if asked else [line.area, ""]:
        group = group or seating.best(
            free,
            line.quantity,
            area=area,
            most=most,
            together=sought.get("together", True),
            without=mine,
            access=sought.get("need", ""),
            rng=random.SystemRandom(),
        )
    if group is None:
        raise NothingElse
    shown = Shown(seats={seat.ref: seat.price.minor for seat in group.seats}, picked=True)
    wanted = types.Selection(instance_ref=instance.provider_ref, seat_refs=tuple(s.ref for s in group.seats))
    return _change(line, wanted, shown=shown)


def _change(
    line: Line, wanted: types.Selection, *, tickets: list[str] | None = None, shown: Shown | None = None
) -> Changed:
    with at_desk(line.hold) as desk:
        if desk.capabilities.in_browser:  # each ticket is a line there: it is removed, and others are added
            raise errors.Unsupported("tickets are removed one by one", account=desk.row.account.name)
        if desk.row.state == Hold.State.UNCERTAIN:
            take_in(desk)
        fresh = Line.objects.filter(pk=line.pk, hold=desk.row).first()
        if fresh is None or not fresh.counts:
            raise errors.HoldExpired("the line is not held any more", account=desk.row.account.name)
        try:
            return _asked(desk, fresh, wanted, tickets, shown)
        finally:
            if fresh.instance is not None:
                availability.drop(fresh.instance)


def _asked(
    desk: Desk, line: Line, wanted: types.Selection, tickets: list[str] | None, shown: Shown | None
) -> Changed:
    if tickets is not None and desk.capabilities.removes == "ticket":
        state = desk.release(tickets)
        with transaction.atomic():
            result = rebuild(desk.row, state, can_extend=desk.capabilities.can_extend)
            touch(desk.row.basket)
        return Changed([one for one in desk.row.lines.all() if one.pk == line.pk] or result.new)
    desk.ask_leave()  # before anything goes back: without an answer it could not be had again
    if desk.capabilities.sets_quantity and tickets is None and shown is None:
        return _resize(desk, line, wanted)
    return _swap(desk, line, wanted, shown or shown_of(line))


def _resize(desk: Desk, line: Line, wanted: types.Selection) -> Changed:
    """Another number in place: nothing is given back meanwhile, and after a refusal all is as it was."""
    shown = shown_of(line)
    try:
        state = desk.set_quantity(line.item_ref, wanted.quantity)
    except errors.Refused as refused:
        take_in(desk)
        fresh = Line.objects.filter(pk=line.pk).first()
        if fresh is None or not fresh.counts:
            raise
        return Changed([fresh], kept=True, refused=refused)
    with transaction.atomic():
        rebuild(desk.row, state, can_extend=desk.capabilities.can_extend, asked=[wanted], shown=shown)
        touch(desk.row.basket)
    return Changed(list(Line.objects.filter(pk=line.pk)))


def _swap(desk: Desk, line: Line, wanted: types.Selection, shown: Shown) -> Changed:
    """Give the item back, hold what is wanted instead; the former choice where that is refused."""
    before, added_at = selection_of(line.selection), line.added_at
    picked, sought = line.picked, line.sought or {}
    former = shown_of(line)
    as_it_was = {name: getattr(line, name) for name in INTENDED}
    _intend(line, wanted)
    try:
        state = desk.release([line.item_ref])
    except errors.Refused:
        take_in(desk)
        raise
    except errors.ProviderError:
        if desk.row.state != Hold.State.UNCERTAIN:  # it was never asked: nothing is to be changed
            Line.objects.filter(pk=line.pk).update(**as_it_was)
        raise
    with transaction.atomic():
        # from here on the line is what will be asked for again, should this process end
        rebuild(desk.row, state)
        _keep_open(desk.row)
    first: errors.Refused | None = None
    for choice, prices, kept in ((wanted, shown, False), (before, former, True)):
        try:
            state = _hold_again(desk, choice)
        except errors.Refused as refused:
            first = first or refused
            continue
        with transaction.atomic():
            result = rebuild(
                desk.row, state, asked=[choice], shown=replace(prices, picked=picked, sought=sought)
            )
            # a swap is not a new beginning: the total time of a hold is counted from its first minute
            Line.objects.filter(pk__in=[one.pk for one in result.new]).update(added_at=added_at)
            Line.objects.filter(pk=line.pk, state=Line.State.GONE).delete()
            touch(desk.row.basket)
        return Changed(result.new, kept=kept, refused=first)
    with transaction.atomic():
        _settle(desk.row)
    return Changed([], lost=True, refused=first)


def _hold_again(desk: Desk, choice: types.Selection) -> types.Hold:
    """Into the same hold; into a fresh one where the provider drops a hold that was empty for a moment."""
    try:
        return desk.hold([choice])
    except errors.HoldGone:
        if desk.row.lines.exclude(state=Line.State.GONE).exists():
            raise
        desk.keep("")
        return desk.hold([choice])


def _intend(line: Line, wanted: types.Selection) -> None:
    """Write down what the line is to be, before anything is given back."""
    line.selection = selection_row(wanted)
    if wanted.seat_refs and set(wanted.seat_refs) <= {ticket["ref"] for ticket in line.tickets}:
        line.tickets = [ticket for ticket in line.tickets if ticket["ref"] in wanted.seat_refs]
        line.quantity = len(line.tickets)
        line.price_minor = sum(ticket["price"] for ticket in line.tickets)
        line.fee_minor = sum(ticket["fee"] or 0 for ticket in line.tickets)
    line.save(update_fields=INTENDED)


def _keep_open(hold: Hold) -> None:
    """The hold is empty for a moment only."""
    if hold.state == Hold.State.CLOSED:
        Hold.objects.filter(pk=hold.pk).update(state=Hold.State.OPEN)
        hold.state = Hold.State.OPEN


def _settle(hold: Hold) -> None:
    if not hold.lines.exclude(state=Line.State.GONE).exists():
        Hold.objects.filter(pk=hold.pk).update(state=Hold.State.CLOSED, due_at=None)


def retry(line: Line) -> Added:
    """Ask for a gone line again. It is replaced by what is held; after a refusal it stays as it is.

    Raises what `add` raises.
    """
    basket = line.hold.basket
    if line.state != Line.State.GONE:
        read_hold(line.hold)  # its time is over by our clock: does the provider still hold it?
        line.refresh_from_db()
        if line.counts:
            return Added(line.hold, [line], already=True)
    if line.instance is None:
        raise errors.NotOnSale("the date is not in the catalogue")
    if _give_back_first(line):
        return Added(line.hold, list(Line.objects.filter(pk=line.pk)), already=True)
    added = add(
        basket=basket,
        instance=line.instance,
        selections=[selection_of(line.selection)],
        shown=shown_of(line),
        token=f"line-{line.pk}",
        wanted=[_as_wanted(line)],
    )
    Line.objects.filter(pk=line.pk, state=Line.State.GONE).exclude(
        pk__in=[one.pk for one in added.lines]
    ).delete()
    return added


def _as_wanted(line: Line) -> dict[str, Any]:
    """The choice as `add` keeps it for the case that the answer is lost; `line` is the gone one it is about."""
    return {
        "key": f"line-{line.pk}",
        "line": line.pk,
        "instance": line.instance_id,
        "selection": line.selection,
        "area": line.area,
        "tickets": line.tickets,
        "quantity": line.quantity,
        "price": line.price_minor,
        "picked": line.picked,
        "sought": line.sought or {},
    }


def _give_back_first(line: Line) -> bool:
    """What is over by our clock may still be held by theirs, in this very basket: nobody could have it again.
    A wish that was gone for a while may be on the list still, and would be bought twice.

    True: it turned out to be held after all. Their refusal says that they have nothing of it any more. Raises
    Busy and other ProviderErrors: then nothing is asked for.
    """
    with at_desk(line.hold) as desk:
        if desk.row.state == Hold.State.UNCERTAIN:
            take_in(desk)
        fresh = Line.objects.filter(pk=line.pk, hold=desk.row).first()
        if fresh is not None and fresh.counts:
            return True
        nothing_there = not desk.row.handle or line.item_ref.startswith("wanted:")
        if nothing_there or fresh is None:
            return False
        try:
            state = desk.release([line.item_ref])
        except errors.Refused:
            return False
        with transaction.atomic():
            rebuild(desk.row, state, can_extend=desk.capabilities.can_extend)
    return False


def accept(line: Line, price_minor: int) -> bool:
    """Say yes to another price. False where it has changed yet again meanwhile."""
    with transaction.atomic():
        row = Line.objects.select_for_update().filter(pk=line.pk, state=Line.State.CHANGED).first()
        if row is None or row.price_minor != price_minor:
            return False
        row.tickets = [{k: v for k, v in ticket.items() if k != "agreed"} for ticket in row.tickets]
        row.state, row.was_minor = (Line.State.HELD if row.hold.firm else Line.State.WISH), None
        row.save(update_fields=["tickets", "state", "was_minor"])
    return True
