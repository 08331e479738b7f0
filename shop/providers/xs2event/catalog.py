"""What is on at XS2Event, and what can be had of it now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime

from shop.providers import http
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, ProviderError
from shop.providers.http import ApiError
from shop.providers.types import (
    Availability,
    BadRecord,
    Discount,
    EventInfo,
    InstanceInfo,
    Offer,
    SignOfLife,
    Window,
)  # fmt: skip
from shop.providers.xs2event import inferred, mapping, reading
from shop.providers.xs2event.client import Client
from shop.providers.xs2event.options import Options
from shop.providers.xs2event.reading import Malformed

UNKNOWN = frozenset({404, 410})
MOST_KEPT = 300  # events whose categories are remembered by a process
# (address, event) -> when it was asked, and texts by category. Descriptions only: tickets are never kept.
_categories: OrderedDict[tuple[str, str], tuple[datetime, dict[str, str]]] = OrderedDict()


class Catalog:
    """See `shop.providers.base.CatalogSource`."""

    def __init__(self, client: Client, options: Options, address: str) -> None:
        self._client = client
        self._options = options
        self._account = options.account
        self._address = address

    # --- what is on -----------------------------------------------------------------------------------------------------

    def _sports(self) -> tuple[str, ...]:
        if self._options.sports:
            return self._options.sports
        listed = [reading.text(one, "sport_id") for one in reading.records(self._client.sports())]
        return tuple(dict.fromkeys(filter(None, listed)))

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """One sport after the other, page by page. A list that is shorter than it says raises BadAnswer."""
        seen: set[str] = set()
        for sport in self._sports():
            read, total = 0, None
            try:
                for page in self._client.events(sport, window.since.isoformat()):
                    read += len(page.rows)
                    total = page.total if page.total is not None else total
                    for raw in page.rows:
                        yield from self._listed(raw, window, seen)
            except ApiError as error:
                if error.status in {400, 422}:
                    raise Misconfigured(f"SPORTS: {sport} is refused", account=self._account) from None
                raise
            if total is not None and read < total:
                raise BadAnswer("events: the list is not complete", account=self._account)

    def _listed(self, raw: object, window: Window, seen: set[str]) -> Iterator[EventInfo | BadRecord]:
        try:
            if not isinstance(raw, dict):
                raise Malformed("not an object")
            found = mapping.event(raw, rule=self._options.rule, zone=self._options.zone)
        except Malformed as wrong:
            yield mapping.bad_record("event", raw, "event_id", wrong)
            return
        if found.ref not in seen and mapping.in_window(found, window):
            seen.add(found.ref)
            yield found

    def event(self, event_ref: str) -> EventInfo | None:
        try:
            return mapping.event(
                self._client.event(event_ref), rule=self._options.rule, zone=self._options.zone
            )
        except ApiError as error:
            if error.status in UNKNOWN:
                return None
            raise
        except Malformed as wrong:
            raise BadAnswer(f"event: {wrong}", account=self._account) from None

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        """The only date of an event."""
        found = self.event(event_ref)
        if found is not None and mapping.in_window(found, window):
            yield from found.instances or ()

    # --- what can be had ------------------------------------------------------------------------------------------------

    def availability(self, instance_ref: str) -> Availability:
        found = self.event(instance_ref)
        if found is None or not found.instances:
            raise NotOnSale("they do not know this event", account=self._account)
        date = found.instances[0]
        offers: tuple[Offer, ...] = ()
        if date.bookable and not mapping.is_over(date.status):
            rows = mapping.tickets(self._client.tickets(instance_ref), instance_ref, rule=self._options.rule)
            offers = mapping.offers(rows, self._descriptions(instance_ref) if rows else {})
        return Availability(
            instance_ref=instance_ref,
            checked_at=http.now(),
            offers=offers,
            limit=inferred.MOST_TICKETS,
            status=date.status,
        )

    def _descriptions(self, event_ref: str) -> dict[str, str]:
        """Texts about the categories of an event, kept for an hour; none where they cannot be asked for."""
        key, now = (self._address, event_ref), http.now()
        kept = _categories.get(key)
        if kept is not None and now - kept[0] < inferred.CATEGORIES_KEPT:
            return kept[1]
        try:
            found = mapping.descriptions(self._client.categories(event_ref))
        except ProviderError:
            return kept[1] if kept is not None else {}
        _categories[key] = now, found
        _categories.move_to_end(key)
        while len(_categories) > MOST_KEPT:
            _categories.popitem(last=False)
        return found

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """They take no codes."""
        return None

    def sign_of_life(self) -> SignOfLife:
        start = http.monotonic()
        problem, detail = "", ""
        try:
            if not isinstance(self._client.one_sport().get("sports"), list):
                problem, detail = "bad_answer", "sports: no list"
        except ProviderError as error:
            problem, detail = error.code, error.detail
        taken = round((http.monotonic() - start) * 1000)
        return SignOfLife(ok=not problem, problem=problem, detail=detail, milliseconds=taken)
