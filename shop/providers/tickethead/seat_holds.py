"""Named seats: taken from sale with a hold token at once, before there is an order.

One token a hold; its end is the deadline of every seat in it. What is meant stands in the handle before it is asked for,
and after a write the seats are read: what they say counts. A lost answer:

    hold token      repeated: a token more holds nothing
    hold seats      read; ours: done; somebody else's: SoldOut; free: asked for once more (a seat cannot be held twice)
    release seats   read; not ours: done; still ours: asked for once more
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shop.providers import http
from shop.providers.base import Keep
from shop.providers.errors import (
    BadAnswer,
    HoldExpired,
    HoldGone,
    Misconfigured,
    OutcomeUnknown,
    ProviderError,
    SoldOut,
    Unavailable,
)  # fmt: skip
from shop.providers.http import ApiError
from shop.providers.tickethead import inferred, mapping, seats, wishes
from shop.providers.tickethead.handle import Place, State, Wish
from shop.providers.tickethead.seats import SeatRecord
from shop.providers.tickethead.seatsio import Seatsio
from shop.providers.tickethead.wishes import Market
from shop.providers.types import Hold, Selection

if TYPE_CHECKING:
    from shop.providers.tickethead.holds import Holds

Chart = dict[str, SeatRecord]
RETRY_PAUSE = 0.4  # seconds


class SeatHolds:
    """The part of the hold desk that knows seats. `seatsio` is None where the account does not sell them."""

    def __init__(self, holds: Holds, seatsio: Seatsio | None) -> None:
        self.holds = holds
        self._seatsio = seatsio
        self.account = holds.config.name

    @property
    def seatsio(self) -> Seatsio:
        if self._seatsio is None:
            raise wishes.refused("seat_chart", "no account for seats")
        return self._seatsio

    @property
    def sold(self) -> bool:
        return self._seatsio is not None

    # --- verbs ------------------------------------------------------------------------------------------------

    def hold(self, state: State, selections: Sequence[Selection], keep: Keep) -> Hold:
        """Hold the seats of the selections, all of them or none. Raises what `HoldDesk.hold` says."""
        if any(one.seat_refs for one in selections):
            _ = self.seatsio  # raises where the account sells no seats
        if state.seat_token and state.seats_are_over(http.now()):
            state = self.run_out(state)
        market = self.holds.market(state.event or selections[0].instance_ref.split("/")[0], state.wishes)
        seen: Chart = {}
        fresh = [one for selection in selections for one in self._wished(selection, state, market, seen)]
        state = replace(state, wishes=_without_gone(state.wishes, fresh))
        if not fresh:
            return self.read(state)
        fresh = [replace(one, ref=f"w{state.counter + n}") for n, one in enumerate(fresh, start=1)]
        meant = replace(state, wishes=(*state.wishes, *fresh), counter=state.counter + len(fresh))
        refs = {one.ref for one in fresh}
        judged = wishes.judge(meant.wishes, market)
        for one in judged:
            if one.problem is not None and one.wish.ref in refs:
                one.problem.account = self.account
                raise one.problem
        if not state.seat_token:
            token = self.seatsio.new_token()
            state = replace(state, seat_token=token.token, seat_until=token.until.isoformat())
            meant = replace(meant, seat_token=state.seat_token, seat_until=state.seat_until)
        kept, items = wishes.items(judged, market, meant.seats_end)
        meant = replace(meant, wishes=kept)
        keep(meant.dump())
        try:
            self._take(fresh, meant.seat_token, set(_ours(seen, list(seen), meant.seat_token)))
        except OutcomeUnknown:
            raise  # what is meant is in the handle: the next reading tells
        except ProviderError:
            keep(state.dump())
            raise
        if state.live:  # what was held before is read again with it
            try:
                return self.read(meant)
            except (Unavailable, BadAnswer):
                return self.holds.remembered(meant)
        return self._hold(meant, items)

    def release(self, state: State, item_refs: Sequence[str] | None, keep: Keep) -> Hold:
        """Give back whole items or single seats (None: all). What is not ours any more is forgotten without asking."""
        left: list[Wish] = []
        labels: dict[str, list[str]] = {}
        for wish in state.wishes:
            stays = _staying(wish, item_refs)
            labels.setdefault(wish.seat_event, []).extend(p.label for p in wish.seats if p not in stays)
            if stays or (not wish.seats and item_refs is not None and wish.ref not in item_refs):
                left.append(replace(wish, seats=stays, quantity=len(stays) or wish.quantity))
        if state.seat_token and self.sold:
            for key, going in labels.items():
                self._give_back(key, going, state.seat_token)
        state = replace(state, wishes=tuple(left))
        keep(state.dump())
        try:
            return self.read(state)
        except (Unavailable, BadAnswer):
            return self.holds.remembered(state)

    def read(self, state: State, *, lapsed: bool = False) -> Hold:
        """What of the seats is held by our token now; the rest is gone. `lapsed`: an order of them has just ended."""
        over = state.seats_are_over(http.now())
        live = [wish for wish in state.wishes if wish.seats and not wish.gone]
        if live:
            chart = {} if over else self._look(live[0].seat_event, [x for wish in live for x in wish.labels])
            code = "hold_expired" if over or lapsed else "hold_gone"
            state = _as_found(state, chart, code)
        market = self.holds.open_market(state)
        kept, items = wishes.items(wishes.judge(state.wishes, market), market, state.seats_end)
        return self._hold(replace(state, wishes=kept), items)

    def still_held(self, state: State) -> bool:
        """Whether all of the seats are held by our token. Nobody answers: no."""
        live = [wish for wish in state.live if wish.seats]
        if not live or state.seats_are_over(http.now()):
            return False
        labels = [label for wish in live for label in wish.labels]
        try:
            return _ours(self._look(live[0].seat_event, labels), labels, state.seat_token) == labels
        except ProviderError:
            return False

    def _hold(self, state: State, items: tuple) -> Hold:
        found = self.holds.wished_hold(state, items)
        if not any(item.state == "held" for item in items):
            return found
        return replace(found, firm=True, expires_at=state.seats_end)

    def editable(self, state: State) -> State:
        """The wishes without the order that was made of them. Raises HoldGone where that has booked the seats: they come
        back by themselves when its time is over, and until then no other order can have them."""
        if not state.order:
            return state.without_order() if state.posting else state
        record = self.holds.order_of(state)
        if record is not None and (
            inferred.is_booked(record.status)
            or inferred.has_booked_its_seats(record.status)
            or record.status == "refunded"
        ):
            raise HoldGone("an order has booked these seats", account=self.account)
        return state.without_order()

    # --- what was chosen -----------------------------------------------------------------------------------------

    def _wished(self, selection: Selection, state: State, market: Market, seen: Chart) -> list[Wish]:
        """The seats of a selection that are not wished for yet, as one wish for each ticket config and area. `seen` takes
        how they are now."""
        base = Wish(
            ref="", instance=selection.instance_ref, offer=selection.offer_key, quantity=selection.quantity
        )
        if not selection.seat_refs:
            return [replace(base, discounts=tuple(selection.discount_refs), code=selection.code.strip())]
        key = base.seat_event
        mine = {label for wish in state.live for label in wish.labels if wish.instance == base.instance}
        labels = []
        for one in dict.fromkeys(selection.seat_refs):
            label = seats.label_of(key, one)
            if label is None:
                raise SoldOut("no seat of this date", refs=(one,), account=self.account)
            if label not in mine:
                labels.append(label)
        if not labels:
            return []
        chart = self._look(key, labels)
        seen.update(chart)
        if unknown := [label for label in labels if label not in chart]:
            raise SoldOut("no seat of the chart", refs=seats.refs(key, unknown), account=self.account)
        names, offers = self._sold(base.instance, market)
        grouped: dict[tuple[str, str], list[SeatRecord]] = {}
        for label in labels:
            record = chart[label]
            area = seats.area_name(record, names)
            grouped.setdefault((offers.get(record.config, record.config), area), []).append(record)
        return [
            replace(base, offer=offer, area=area, quantity=len(found), seats=tuple(map(_place, found)))
            for (offer, area), found in grouped.items()
        ]

    def _sold(self, instance: str, market: Market) -> tuple[dict[str, str], dict[str, str]]:
        """Of each ticket config of a date: its name, and the key of what it is sold as."""
        dated = mapping.find(market.event, instance) if market.event else None
        if market.event is None or dated is None:
            return {}, {}
        rows = mapping.rows(
            market.event, dated, market.organizer, currency=market.currency, now=market.now, seats_sold=True
        )
        return {row.config.id: row.config.name for row in rows}, {row.config.id: row.key for row in rows}

    @staticmethod
    def run_out(state: State) -> State:
        """The token is over: what it held is gone, and what comes next is held with another."""
        gone = tuple(wish if wish.gone else replace(wish, gone="hold_expired") for wish in state.wishes)
        return replace(state, wishes=gone, seat_token="", seat_until="")

    # --- calls ----------------------------------------------------------------------------------------------------

    def _look(self, key: str, labels: Sequence[str]) -> Chart:
        return seats.records(self.seatsio.objects(key, labels).values())

    def _look_after(self, key: str, labels: Sequence[str], detail: str) -> Chart:
        """The same after a write. Raises OutcomeUnknown where nobody can say what is held."""
        try:
            return self._look(key, labels)
        except (Unavailable, BadAnswer, Misconfigured) as error:
            raise OutcomeUnknown(
                f"{detail}: not even read back ({error.code})", account=self.account
            ) from None

    def _take(self, fresh: Sequence[Wish], token: str, already: Collection[str]) -> None:
        """`already`: labels that this token holds, chosen on the venue's own chart: a seat cannot be held twice."""
        key = fresh[0].seat_event
        labels = [label for wish in fresh for label in wish.labels]
        asked = [label for label in labels if label not in already]
        if not asked:
            return
        for last in (False, True):
            try:
                said = seats.records(self.seatsio.hold(key, asked, token).values())
            except ApiError as error:
                if error.status in {401, 403}:
                    raise Misconfigured(error.detail, account=self.account) from None
                chart = self._look_after(key, labels, error.detail)
                if _ours(chart, labels, token) == labels:  # an earlier try is the reason
                    return
                self._undo(key, chart, labels, token)
                raise self._why(key, labels, chart, token, error) from None
            except OutcomeUnknown as lost:
                chart = self._look_after(key, labels, lost.detail)
                if _ours(chart, labels, token) == labels:
                    return
                if taken := _taken(chart, labels, token):
                    self._undo(key, chart, labels, token)
                    refs = seats.refs(key, taken)
                    raise SoldOut("somebody was quicker", refs=refs, account=self.account) from None
                if last:
                    raise
                http.sleep(RETRY_PAUSE)
            else:
                if _ours(said, asked, token) == asked:
                    return
                # an answer that does not say who holds them
                chart = self._look_after(key, labels, "hold_seats")
                if _ours(chart, labels, token) == labels:
                    return
                self._undo(key, chart, labels, token)
                raise SoldOut("not all of it is held", refs=seats.refs(key, labels), account=self.account)

    def _undo(self, key: str, chart: Chart, labels: Sequence[str], token: str) -> None:
        """All or none: what came of a choice that was not had goes back. Raises OutcomeUnknown where it does not."""
        if ours := _ours(chart, labels, token):
            try:
                self._give_back(key, ours, token)
            except ProviderError as error:
                raise OutcomeUnknown(
                    f"could not be given back ({error.code})", account=self.account
                ) from None

    def _why(
        self, key: str, labels: Sequence[str], chart: Chart, token: str, error: ApiError
    ) -> ProviderError:
        """A refusal in our words: somebody else has a seat, the token is over there, or it is not sold to us."""
        if taken := _taken(chart, labels, token):
            return SoldOut("somebody was quicker", refs=seats.refs(key, taken), account=self.account)
        if self.seatsio.token(token) is None:
            return HoldExpired("the hold token is over", account=self.account)
        return SoldOut(error.detail, refs=seats.refs(key, labels), account=self.account)

    def _give_back(self, key: str, labels: Sequence[str], token: str) -> None:
        """Raises OutcomeUnknown where it was asked for twice and nobody can say."""
        if not labels:
            return
        ours = _ours(self._look(key, labels), labels, token)
        for last in (False, True):
            if not ours:
                return
            try:
                self.seatsio.release(key, ours, token)
            except ApiError as error:
                ours = _ours(self._look_after(key, ours, error.detail), ours, token)
                if ours:
                    raise
            except OutcomeUnknown as lost:
                ours = _ours(self._look_after(key, ours, lost.detail), ours, token)
                if ours and last:
                    raise
            else:
                return


def _staying(wish: Wish, item_refs: Sequence[str] | None) -> tuple[Place, ...]:
    """What of a wish's seats is not given back; refs are of items or of single seats, None is all."""
    if item_refs is None or wish.ref in item_refs:
        return ()
    return tuple(p for p, ref in zip(wish.seats, wish.seat_refs, strict=True) if ref not in item_refs)


def _place(record: SeatRecord) -> Place:
    return Place(record.label, record.row, record.number, record.restricted)


def _ours(chart: Chart, labels: Sequence[str], token: str) -> list[str]:
    return [label for label in labels if label in chart and chart[label].is_held_by(token)]


def _taken(chart: Chart, labels: Sequence[str], token: str) -> list[str]:
    """Those that somebody else has, or that are not there."""
    return [
        label
        for label in labels
        if label not in chart or not (chart[label].free or chart[label].is_held_by(token))
    ]


def _without_gone(old: Sequence[Wish], fresh: Sequence[Wish]) -> tuple[Wish, ...]:
    """Without what was gone and is asked for again."""
    wanted = {label for wish in fresh for label in wish.labels}
    return tuple(wish for wish in old if not (wish.gone and wanted & set(wish.labels)))


def _as_found(state: State, chart: Chart, code: str) -> State:
    """The wishes as the chart has them. Where some seats of one are not ours any more, the others are a wish anew: whoever
    knew the old one is told that it is gone."""
    kept: list[Wish] = []
    counter = state.counter
    for wish in state.wishes:
        if wish.gone or not wish.seats:
            kept.append(wish)
            continue
        ours = set(_ours(chart, wish.labels, state.seat_token))
        there = tuple(place for place in wish.seats if place.label in ours)
        lost = tuple(place for place in wish.seats if place.label not in ours)
        if not lost:
            kept.append(wish)
        elif not there:
            kept.append(replace(wish, gone=code))
        else:
            counter += 1
            kept.append(replace(wish, ref=f"w{counter}", seats=there, quantity=len(there)))
            kept.append(replace(wish, seats=lost, quantity=len(lost), gone=code))
    return replace(state, wishes=tuple(kept), counter=counter)
