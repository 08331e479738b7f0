"""What is on at London Theatre Direct, and what is free."""

from __future__ import annotations

from collections.abc import Iterator

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, NotOnSale, ProviderError
from shop.providers.http import ApiError
from shop.providers.londontheatredirect import inferred, mapping, reading
from shop.providers.londontheatredirect.client import Client
from shop.providers.londontheatredirect.reading import Malformed
from shop.providers.types import (
    Availability,
    BadRecord,
    Discount,
    EventInfo,
    InstanceInfo,
    SignOfLife,
    Window,
)  # fmt: skip


class Catalog:
    def __init__(self, client: Client, config: AccountConfig) -> None:
        self._client = client
        self._account = config.name
        self._zone = inferred.zone_of_times(config)
        self._currency = inferred.currency_of_prices(config)

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """Three lists, whole as they come: kinds, venues, events. What is left out carries its reason."""
        around = mapping.Surroundings(
            kinds=mapping.kinds(self._client.event_types()),
            venues=mapping.venues(self._client.venues(), zone=self._zone),
            zone=self._zone, currency=self._currency, now=http.now(),
        )  # fmt: skip
        found = self._client.events()
        found.reverse()
        while found:  # each record is let go as soon as it was handed over
            raw = found.pop()
            try:
                if not isinstance(raw, dict):
                    raise Malformed("not an object")
                start, end = mapping.dates(raw, self._zone)
                if mapping.in_window(start, end, window, self._zone):
                    yield mapping.event(raw, around)
            except Malformed as wrong:
                yield mapping.bad_record("event", raw, "EventId", wrong)

    def event(self, event_ref: str) -> EventInfo | None:
        try:
            body = self._client.event(event_ref)
        except ApiError as error:
            if error.status in {404, 410}:
                return None
            raise
        raw = body.get("Event")
        if raw is None:
            return None
        venue_ref = reading.optional_ref(reading.record(raw), "VenueId")
        try:
            venue = mapping.venue(reading.record(self._client.venue(venue_ref).get("Venue")), zone=self._zone)
            around = mapping.Surroundings(
                kinds=mapping.kinds(self._client.event_types()), venues={venue_ref: venue},
                zone=self._zone, currency=self._currency, now=http.now(),
            )  # fmt: skip
            return mapping.event(reading.record(raw), around)
        except Malformed as wrong:
            raise BadAnswer(f"event: {wrong}", account=self._account) from None

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        try:
            found = self._client.performances(event_ref, window.since, inferred.date_to(window.until))
        except ApiError as error:
            if error.status in {404, 410}:
                return  # they do not know the event any more: no dates
            raise
        for raw in found:
            try:
                if not isinstance(raw, dict):
                    raise Malformed("not an object")
                one = mapping.instance(raw, event_ref, zone=self._zone, currency=self._currency)
            except Malformed as wrong:
                yield mapping.bad_record("instance", raw, "PerformanceId", wrong)
                continue
            if mapping.is_inside(one, window, self._zone):
                yield one

    def availability(self, instance_ref: str) -> Availability:
        """Named seats, and areas of which they pick the seats. One of the two lists is enough to sell from."""
        try:
            areas = mapping.seats(self._client.available_tickets(instance_ref), currency=self._currency)
        except ApiError as error:
            if error.status in {404, 410}:
                raise NotOnSale("they do not know this performance", account=self._account) from None
            raise
        try:
            offers = mapping.best_offers(
                self._client.areas_prices(instance_ref), areas, currency=self._currency
            )
        except ProviderError as error:
            unknown = isinstance(error, ApiError) and error.status in {404, 410}
            if not areas and not unknown:
                raise
            offers = ()
        return Availability(
            instance_ref=instance_ref,
            checked_at=http.now(),
            offers=offers,
            areas=areas,
            limit=inferred.MOST_TICKETS,
        )

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """They take no codes: reductions are in the prices."""
        return None

    def sign_of_life(self) -> SignOfLife:
        """The heartbeat tells the address, the list of kinds the key."""
        start = http.monotonic()
        problem, detail = "", ""
        try:
            if self._is_well():
                self._client.event_types()
            else:
                problem, detail = "unavailable", "heartbeat: not well"
        except ProviderError as error:
            problem, detail = error.code, error.detail
        taken = round((http.monotonic() - start) * 1000)
        return SignOfLife(ok=not problem, problem=problem, detail=detail, milliseconds=taken)

    def _is_well(self) -> bool:
        try:
            return inferred.heartbeat_is_well(self._client.heartbeat())
        except BadAnswer:  # its shape is not documented: the next call decides
            return True
