"""What is on at a venue on Spektrix, and what can be had of it now. Reads only, never signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from shop.money import Money
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, Misconfigured, ProviderError
from shop.providers.extras import ExtraInfo, PublicOffer, Statement
from shop.providers.http import ApiError
from shop.providers.spektrix import inferred, mapping, offers, options, plans, prices, reading, status
from shop.providers.spektrix.client import Client, OwnerClient
from shop.providers.spektrix.extras import Extras
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.reader import GONE, Reader
from shop.providers.spektrix.reading import Json, Malformed
from shop.providers.types import (
    Availability,
    BadRecord,
    Discount,
    EventInfo,
    InstanceInfo,
    SignOfLife,
    VenueInfo,
    Window,
)  # fmt: skip

EXCLUDED = "left out by the account's EXCLUDE"
FAR_AHEAD = timedelta(days=400)


class Catalog:
    """See `shop.providers.base.CatalogSource`."""

    def __init__(self, config: AccountConfig, reader: Reader, owner: OwnerClient, extras: Extras) -> None:
        self._config = config
        self._reader = reader
        self._client: Client = reader.client
        self._owner = owner
        self._extras = extras
        self._options: Options = reader.options
        self._account = config.name

    # --- events -----------------------------------------------------------------------------------------------

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """Events with their dates, both asked for in date windows; each event once.

        Prices are asked for once a price list, plans once a plan: many dates share them.
        """
        batches = inferred.batches(window.since, window.until)
        dates: dict[str, list[Json]] = {}
        for since, until in batches:
            for event_ref, found in mapping.by_event(self._client.instances(since, until)).items():
                dates.setdefault(event_ref, []).extend(found)
        seen: set[str] = set()
        for since, until in batches:
            for raw in self._client.events(since, until):
                ref = reading.optional_ref(reading.record(raw), "id")
                if ref and ref in seen:
                    continue
                seen.add(ref)
                yield self._listed(raw, _once(dates.pop(ref, [])), window)

    def _listed(self, raw: object, dates: list[Json], window: Window) -> EventInfo | BadRecord:
        try:
            event = _object(raw)
            name = reading.text(event, "name")
            if options.matches(name, self._options.exclude):
                return reading.bad_record("event", event, Malformed(EXCLUDED), withdrawn=True)
            return self._event(event, self._dates(event, dates, window), dates)
        except Malformed as wrong:
            return reading.bad_record("event", raw, wrong)

    def _event(
        self, event: Json, dates: list[InstanceInfo | BadRecord], raw_dates: Sequence[Json]
    ) -> EventInfo:
        good = [one for one in dates if isinstance(one, InstanceInfo)]
        whole = len(good) == len(dates)  # else `instances` says which could not be read
        return mapping.event(
            event, self._options, venue=self._venue(raw_dates), seller=self._config.title,
            instances=good if whole else None,
        )  # fmt: skip

    def _venue(self, dates: Sequence[Json]) -> VenueInfo:
        """Where the first date takes place: an instance names a plan, and the plan its venue."""
        known = self._reader.venues()
        ref = ""
        for one in dates:
            if len(known) > 1 and reading.optional_ref(one, "id"):
                plan = self._reader.plan(one)
                ref = plans.venue_ref(plan) if plan else ""
                if ref:
                    break
        return mapping.one_venue(known, ref, self._options, self._config.title)

    def event(self, event_ref: str) -> EventInfo | None:
        try:
            raw = self._client.event(event_ref)
        except ApiError as error:
            if error.status in GONE:
                return None
            raise
        today = http.now().astimezone(self._options.zone).date()
        window = Window(today, today + FAR_AHEAD)
        found = self._listed(raw, self._raw_dates(event_ref, window), window)
        if isinstance(found, EventInfo):
            return found
        if found.withdrawn:
            return None
        raise BadAnswer(f"event: {found.reason}", account=self._account)

    # --- dates ------------------------------------------------------------------------------------------------

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        try:
            event = self._client.event(event_ref)
        except ApiError as error:
            if error.status in GONE:
                return
            raise
        yield from self._dates(event, self._raw_dates(event_ref, window), window)

    def _raw_dates(self, event_ref: str, window: Window) -> list[Json]:
        try:
            found = self._client.instances_of(event_ref, window.since, window.until)
        except ApiError as error:
            if error.status in GONE:
                return []
            raise
        return list(reading.records(found))

    def _dates(self, event: Json, dates: Sequence[Json], window: Window) -> list[InstanceInfo | BadRecord]:
        minutes = reading.count(event, "duration") or 0
        found: list[InstanceInfo | BadRecord] = []
        for raw in dates:
            try:
                one = mapping.instance(
                    raw, self._options, now=http.now(), prices=self._prices(raw), minutes=minutes
                )
            except Malformed as wrong:
                found.append(reading.bad_record("instance", raw, wrong))
                continue
            day = one.starts_at.astimezone(self._options.zone).date()
            if window.since <= day < window.until:
                found.append(one)
        return found

    def _prices(self, raw: Json) -> tuple[Money | None, Money | None]:
        """Prices are guidance in a list: a date whose price list cannot be had is listed without."""
        if not reading.optional_ref(raw, "id"):
            raise Malformed("id is missing")
        try:
            return prices.from_and_to(self._reader.prices(raw))
        except Misconfigured:
            raise
        except ProviderError:
            return None, None

    # --- availability -----------------------------------------------------------------------------------------

    def availability(self, instance_ref: str) -> Availability:
        """From the status, never from `isOnSale`. Areas are asked for one by one where the whole does not say."""
        raw = self._reader.instance(instance_ref)
        now = http.now()
        try:
            why = mapping.closed(raw, self._options, now)
            if why == "cancelled":
                leaves, left, whole = [], {}, status.NOTHING_KNOWN
            else:
                leaves = self._reader.leaves(raw)
                whole = self._reader.status(instance_ref)
                left = {} if why else self._reader.left(instance_ref, leaves, whole)
            return offers.availability(
                offers.Surroundings(
                    instance=raw, leaves=leaves, prices=[] if why == "cancelled" else self._reader.prices(raw),
                    whole=whole, left=left, states=self._seat_states(raw, leaves, why), options=self._options,
                    now=now,
                )
            )  # fmt: skip
        except Malformed as wrong:
            raise BadAnswer(f"instance: {wrong}", account=self._account) from None

    def _seat_states(
        self, raw: Json, leaves: Sequence[plans.Leaf], why: str
    ) -> dict[str, inferred.SeatState]:
        """Asked only where our own list of seats is on."""
        wanted = self._options.own_seats and not why and any(leaf.reserved for leaf in leaves)
        return self._reader.seat_states(reading.ref(raw, "id")) if wanted else {}

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """Codes are typed in the basket: the box office works out offers by itself, nobody else can."""
        return None

    def extras(self, *, fresh: bool = False) -> tuple[ExtraInfo, ...]:
        return self._extras.infos(fresh=fresh)

    def offers(self) -> tuple[PublicOffer, ...]:
        return self._extras.offers()

    def statements(self) -> tuple[Statement, ...]:
        return self._extras.statements()

    # --- a sign of life -----------------------------------------------------------------------------------------

    def sign_of_life(self) -> SignOfLife:
        """Events of the next month, and the time zone by their dates; orders too where there are credentials."""
        start = http.monotonic()
        problem, detail = "", ""
        try:
            today = http.now().astimezone(self._options.zone).date()
            self._client.events(today, today + timedelta(days=30))
            detail = self._wrong_zone(self._client.instances(today, today + timedelta(days=30)))
            problem = "misconfigured" if detail else ""
            if not problem and self._owner.has_credentials:
                self._owner.orders(today, today, 1)
        except ApiError as error:
            problem, detail = "misconfigured" if error.status in {401, 404} else "bad_answer", _said(error)
        except ProviderError as error:
            problem, detail = error.code, error.detail
        taken = round((http.monotonic() - start) * 1000)
        return SignOfLife(ok=not problem, problem=problem, detail=detail, milliseconds=taken)

    def _wrong_zone(self, dates: Sequence[object]) -> str:
        """Their local times and their UTC times tell whether the account's TIMEZONE is the venue's."""
        for raw in reading.records(list(dates)):
            try:
                local = reading.moment(raw, "start", self._options.zone)
                utc = reading.moment(raw, "startUtc", None)
            except Malformed:
                continue
            if local and utc and local != utc:
                return (
                    f"start and startUtc do not agree in {self._options.zone.key}: is TIMEZONE the venue's?"
                )
        return ""


def _said(error: ApiError) -> str:
    if error.status == 404:
        return f"{error.detail}: is CLIENT_NAME the venue's?"
    if error.status == 401:
        return f"{error.detail}: are API_USER and SECRET the venue's, and is this machine's clock right?"
    return error.detail


def _object(raw: object) -> Json:
    if not isinstance(raw, dict):
        raise Malformed("not an object")
    return raw


def _once(dates: Sequence[Json]) -> list[Json]:
    """Each date once: one at the seam of two windows may come in both."""
    return list({reading.optional_ref(one, "id") or str(id(one)): one for one in dates}.values())
