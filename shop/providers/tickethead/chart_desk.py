"""The official chart of seats.io on a page of ours: its script, and the hold token that it chooses seats with.

`session: "manual"`: the token is the one that our own doors hold with, so what is chosen on the chart and what is chosen in
the list is one hold with one clock.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from shop.providers import http
from shop.providers.base import Keep
from shop.providers.charts import Chart
from shop.providers.errors import BadAnswer, Unsupported
from shop.providers.tickethead import handle as handles
from shop.providers.tickethead import inferred, seats
from shop.providers.tickethead.catalog import Catalog
from shop.providers.tickethead.handle import State
from shop.providers.tickethead.holds import Holds
from shop.providers.tickethead.options import ShownChart
from shop.providers.tickethead.seatsio import Seatsio


class ChartedHolds(Holds):
    """See `shop.providers.base.ChartDesk`."""

    def __init__(self, catalog: Catalog, seatsio: Seatsio, shown: ShownChart) -> None:
        super().__init__(catalog.reader, seatsio)
        self.catalog, self.seatsio, self.shown = catalog, seatsio, shown

    def chart(self, handle: str | None, instance_ref: str, keep: Keep) -> Chart:
        state = self.seats.editable(handles.load(handle, account=self.config.name))
        if any(wish.event != instance_ref.split("/")[0] for wish in state.wishes):
            raise Unsupported("an order holds one event", account=self.config.name)
        had = state.seat_token
        if had and (state.seats_are_over(http.now()) or self.seatsio.token(had) is None):
            state = self.seats.run_out(state)
        if not state.seat_token:
            state = self._with_token(state)
        keep(state.dump())
        if state.seats_end is None:
            raise BadAnswer("a hold token without an end", account=self.config.name)
        held = tuple(label for wish in state.live if wish.instance == instance_ref for label in wish.labels)
        organizer, free, prices = self.catalog.charted(instance_ref, state.seat_token, held)
        key = inferred.seat_event_key(instance_ref.split("/")[-1])
        refs = {
            label: seat.ref
            for area in free.areas
            for row in area.rows
            for seat in row.seats
            if (label := seats.label_of(key, seat.ref)) is not None
        }
        return Chart(
            script=self.shown.script,
            origins=self.shown.origins,
            workspace=self._workspace(organizer),
            event=key,
            token=state.seat_token,
            expires_at=state.seats_end,
            free=free,
            refs=MappingProxyType(refs),
            prices=prices,
            held=held,
            renewed=bool(had) and had != state.seat_token,
        )

    def _with_token(self, state: State) -> State:
        made = self.seatsio.new_token()
        return replace(state, seat_token=made.token, seat_until=made.until.isoformat())

    def _workspace(self, organizer: str) -> str:
        found = self.shown.workspace or self.catalog.reader.workspace(organizer)
        if not found:
            raise Unsupported("nobody says the workspace of its charts", account=self.config.name)
        return found
