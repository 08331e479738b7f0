"""What is on at Tickethead, and what can be had of it now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from shop.money import Money
from shop.providers import http
from shop.providers.errors import BadAnswer, NotOnSale, ProviderError, Unsupported
from shop.providers.http import ApiError
from shop.providers.tickethead import inferred, mapping, records, seats
from shop.providers.tickethead.fields import Misread
from shop.providers.tickethead.reader import Reader
from shop.providers.tickethead.records import Dated, EventRecord
from shop.providers.tickethead.seatsio import Seatsio
from shop.providers.types import (
    Availability,
    BadRecord,
    Discount,
    EventInfo,
    InstanceInfo,
    SignOfLife,
    Window,
)  # fmt: skip

Prices = tuple[tuple[str, Money], ...]  # category of a chart -> what one of it costs, fees included


class Catalog:
    """See `shop.providers.base.CatalogSource`."""

    def __init__(self, reader: Reader, seatsio: Seatsio | None = None) -> None:
        self.reader = reader
        self.seatsio = seatsio  # None: events with a seating chart are not sold
        self.config = reader.config

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """Pages of the list, events with a date in the window; what is not published is left out.

        Ends normally only when as many different events were read as the list says it has: a list that shifted
        while it was read, or stopped early, raises BadAnswer.
        """
        start_at = inferred.start_range(window.since, window.until)
        seen: set[str] = set()
        offset, nameless, total = 0, 0, None
        while total is None or offset < total:
            page, total = self.reader.page(start_at, offset)
            known = len(seen) + nameless
            for raw in page:
                ref = str(raw.get("id", "")) if isinstance(raw, dict) else ""
                if ref in seen:
                    continue
                if ref:
                    seen.add(ref)
                else:
                    nameless += 1
                yield from self._listed(raw, window)
            offset += len(page)
            if not page or len(seen) + nameless == known:
                break
        if total is not None and len(seen) + nameless < total:
            raise BadAnswer("events: the list is not complete", account=self.config.name)

    def _listed(self, raw: Any, window: Window) -> Iterator[EventInfo | BadRecord]:
        try:
            event = records.event(raw)
            if not mapping.is_public(event.status):
                return
            timezone = mapping.zone_of(event.timezone, self.config.timezone)
            coming = [one for one in mapping.dates(event) if mapping.in_window(one, window, timezone)]
            if not coming and not event.flaws:
                return
            found = self._info(event, window)
        except Misread as error:
            yield records.bad_record("event", raw, error)
            return
        undated = any(flaw.what == "instance" for flaw in event.flaws)
        yield from (flaw for flaw in event.flaws if flaw.what != "instance")
        if undated:
            # which of its dates could not be read is said by `instances`
            yield replace(found, instances=None)
        elif found.instances:
            yield found

    def _info(self, event: EventRecord, window: Window | None) -> EventInfo:
        return mapping.event_info(
            event, self.reader.venue(event.venue_id), self.reader.organizer(event.organizer_id),
            currency=self.config.currency, timezone=self.config.timezone, now=http.now(), window=window,
            seats_sold=self.seatsio is not None,
        )  # fmt: skip

    def _public(self, event_ref: str) -> EventRecord | None:
        event = self.reader.event(event_ref)
        if event is not None and not mapping.is_public(event.status):
            raise NotOnSale("the event is not published", what=event.name, account=self.config.name)
        return event

    def event(self, event_ref: str) -> EventInfo | None:
        """Raises NotOnSale for one that is there but not published."""
        event = self._public(event_ref)
        try:
            return None if event is None else self._info(event, None)
        except Misread as error:
            raise BadAnswer(f"event {event_ref[:40]}: {error}", account=self.config.name) from None

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        event = self._public(event_ref)
        if event is None:
            return
        organizer = self.reader.organizer(event.organizer_id)
        timezone = mapping.zone_of(event.timezone, self.config.timezone)
        yield from event.flaws
        for dated in sorted(mapping.dates(event), key=lambda one: one.start_at):
            if mapping.is_public(dated.status) and mapping.in_window(dated, window, timezone):
                yield mapping.instance(
                    event, dated, organizer, currency=self.config.currency, now=http.now(),
                    seats_sold=self.seatsio is not None,
                )  # fmt: skip

    def _date(self, instance_ref: str) -> tuple[EventRecord, Dated]:
        event = self._public(instance_ref.split("/")[0])
        dated = mapping.find(event, instance_ref) if event else None
        if event is None or dated is None or not mapping.is_public(dated.status):
            raise NotOnSale("no such date", what=event.name if event else "", account=self.config.name)
        return event, dated

    def availability(self, instance_ref: str) -> Availability:
        """Every ticket config in each of its sectors and timeslots, those that cannot be had now closed; instead of the
        open ones the seats of the chart, where there is one."""
        _event, dated, found = self._counted(instance_ref)
        if self.seatsio is None or not dated.chart_key or all(offer.closed for offer in found.offers):
            return found
        key = inferred.seat_event_key(dated.id)
        try:
            chart = seats.records(self.seatsio.report(key))
        except ApiError as error:
            if error.status == 404:
                return seats.without_chart(found)
            raise
        return seats.seated(found, dated.configs, chart, key)

    def _counted(self, instance_ref: str) -> tuple[EventRecord, Dated, Availability]:
        """What the event itself says, before its chart is looked at."""
        event, dated = self._date(instance_ref)
        found = mapping.availability(
            event,
            dated,
            self.reader.organizer(event.organizer_id),
            currency=self.config.currency,
            now=http.now(),
            seats_sold=self.seatsio is not None,
        )
        return event, inferred.own_or_parents(event, dated), found

    def charted(
        self, instance_ref: str, token: str, held: Collection[str]
    ) -> tuple[str, Availability, Prices]:
        """For whoever holds seats with the token: who sells, every seat (those of the token are free for them, but for the
        labels that are `held` already), and what one of each category costs. Raises Unsupported without a chart."""
        event, dated, found = self._counted(instance_ref)
        if self.seatsio is None or not dated.chart_key:
            raise Unsupported("no seating chart", account=self.config.name)
        key = inferred.seat_event_key(dated.id)
        try:
            chart = seats.own(seats.records(self.seatsio.report(key)), token, held)
        except ApiError as error:
            if error.status == 404:
                raise Unsupported("its chart is not there", account=self.config.name) from None
            raise
        prices = {offer.key.split("-")[0]: offer.price for offer in found.offers if not offer.closed}
        return event.organizer_id, seats.seated(found, dated.configs, chart, key), tuple(prices.items())

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """Open for at least one ticket of this date, or None. Raises Unsupported where codes cannot be asked for."""
        if not code.strip() or len(code) > 100:
            return None
        event, dated = self._date(instance_ref)
        found = self.reader.discount(event, code.strip())
        if found is None or not inferred.discount_is_open(found, http.now()):
            return None
        configs = inferred.own_or_parents(event, dated).configs
        if not any(inferred.discount_fits(found, config) for config in configs):
            return None
        currency = mapping.currency_of(event, self.config.currency)
        return replace(mapping.discount(found, currency), needs_code=True)

    def sign_of_life(self) -> SignOfLife:
        """`event/health`, a guest log-in, which proves the second host, and a hold token where seats are sold, which
        proves the third and its key: a shop needs all of them."""
        start = http.monotonic()
        problem, detail = "", ""
        try:
            body = self.reader.client.health()
            status = body.get("data", body) if isinstance(body, dict) else None
            if not isinstance(status, dict) or status.get("status") != "ok":
                problem, detail = "bad_answer", "event/health does not say ok"
            else:
                self.reader.client.guest_login()
                if self.seatsio is not None:
                    self.seatsio.new_token()
        except ApiError as error:
            problem, detail = "bad_answer", error.detail
        except ProviderError as error:
            problem, detail = error.code, error.detail
        taken = round((http.monotonic() - start) * 1000)
        return SignOfLife(ok=not problem, problem=problem, detail=detail, milliseconds=taken)
