"""What is on according to the v2 feed. It is sold on the venue's own page: this shop only shows it and hands over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from xml.etree.ElementTree import Element

from shop.money import Money
from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.errors import BadAnswer, NotOnSale, ProviderError
from shop.providers.extras import ExtraInfo, PublicOffer, Statement
from shop.providers.spektrix import certificate, feed_xml, hosted, inferred, mapping, options, prices, reading
from shop.providers.spektrix.feed_client import FeedClient
from shop.providers.spektrix.feed_reader import FeedReader, Rows
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.prices import Price
from shop.providers.spektrix.reading import Json, Malformed
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

THERE = "there"  # `Offer.closed`: it can be bought, on the provider's own page only
FAR_AHEAD = timedelta(days=400)
EXCLUDED = "left out by the account's EXCLUDE"


class FeedCatalog:
    """See `shop.providers.base.CatalogSource`."""

    def __init__(self, config: AccountConfig, client: FeedClient, known: Options) -> None:
        self._config = config
        self._account = config.name
        self._client = client
        self._options = known

    def _reader(self) -> FeedReader:
        return FeedReader(self._client, self._options)

    # --- events ---------------------------------------------------------------------------------------------------

    def events(self, window: Window) -> Iterator[EventInfo | BadRecord]:
        """Both lists whole; prices and what is left in one call each for all dates."""
        reader = self._reader()
        dates = mapping.by_event([feed_xml.instance(one) for one in self._client.instances()])
        listed = self._client.events()
        rows = reader.statuses(window)
        for element in listed:
            raw = feed_xml.event(element)
            found = self._listed(raw, dates.get(str(raw["id"]), []), window, reader, rows)
            if found is not None:
                yield found

    def _listed(
        self, raw: Json, dates: Sequence[Json], window: Window, reader: FeedReader, rows: Rows
    ) -> EventInfo | BadRecord | None:
        """None: it has no date in the window."""
        if options.matches(reading.text(raw, "name"), self._options.exclude):
            return reading.bad_record("event", raw, Malformed(EXCLUDED), withdrawn=True)
        try:
            found = list(self._dates(raw, dates, window, reader, rows))
            good = [one for one in found if isinstance(one, InstanceInfo)]
            if not found:
                return None
            return mapping.event(
                raw, self._options, venue=mapping.one_venue({}, "", self._options, self._config.title),
                seller=self._config.title, instances=good if len(good) == len(found) else None,
            )  # fmt: skip
        except Malformed as wrong:
            return reading.bad_record("event", raw, wrong)

    def event(self, event_ref: str) -> EventInfo | None:
        element = next((one for one in self._client.events(event_ref) if one.get("id") == event_ref), None)
        if element is None:
            return None
        today = http.now().astimezone(self._options.zone).date()
        window = Window(today, today + FAR_AHEAD)
        reader = self._reader()
        found = self._listed(
            feed_xml.event(element), self._raw_dates(event_ref), window, reader, reader.statuses(window)
        )
        if isinstance(found, BadRecord) and not found.withdrawn:
            raise BadAnswer(f"event: {found.reason}", account=self._account)
        return found if isinstance(found, EventInfo) else None

    def _raw_dates(self, event_ref: str) -> list[Json]:
        every = [feed_xml.instance(one) for one in self._client.instances(event=event_ref)]
        return [one for one in every if reading.linked(one, "event") == event_ref]

    def instances(self, event_ref: str, window: Window) -> Iterator[InstanceInfo | BadRecord]:
        element = next((one for one in self._client.events(event_ref) if one.get("id") == event_ref), None)
        if element is not None:
            reader = self._reader()
            yield from self._dates(
                feed_xml.event(element), self._raw_dates(event_ref), window, reader, reader.statuses(window)
            )

    def _dates(
        self, event: Json, dates: Sequence[Json], window: Window, reader: FeedReader, rows: Rows
    ) -> Iterator[InstanceInfo | BadRecord]:
        minutes = reading.count(event, "duration") or 0
        for raw in dates:
            try:
                one = mapping.instance(
                    raw, self._options, now=http.now(), prices=self._from_and_to(raw, reader), minutes=minutes
                )
            except Malformed as wrong:
                yield reading.bad_record("instance", raw, wrong)
                continue
            if not window.since <= one.starts_at.astimezone(self._options.zone).date() < window.until:
                continue
            if one.ref in rows:
                whole = rows[one.ref][0]  # of the whole plan, not of the last sub-plan that was listed
                one = replace(
                    one,
                    seats_left=reading.count(whole, "available"),
                    seats_total=reading.count(whole, "capacity"),
                )
            yield one

    def _from_and_to(self, raw: Json, reader: FeedReader) -> tuple[Money | None, Money | None]:
        return prices.from_and_to(reader.price_lists().get(reading.linked(raw, "priceList"), []))

    # --- availability -----------------------------------------------------------------------------------------------

    def availability(self, instance_ref: str) -> Availability:
        """What it costs and what is left, and the way to the venue's own page, where it is bought."""
        raw = next(
            (
                one
                for one in map(feed_xml.instance, self._client.instances(instance=instance_ref))
                if reading.optional_ref(one, "id") == instance_ref
            ),
            None,
        )
        if raw is None:
            raise NotOnSale("no such instance", account=self._account)
        reader, now = self._reader(), http.now()
        try:
            why = mapping.closed(raw, self._options, now)
        except Malformed as wrong:
            raise BadAnswer(f"instance: {wrong}", account=self._account) from None
        known = reader.statuses(instance=instance_ref).get(instance_ref)
        price_lists = reader.price_lists(instance_ref)
        mine = price_lists.get(reading.linked(raw, "priceList")) or next(iter(price_lists.values()), [])
        found = self._offers(raw, mine, known, reader, why)
        out = known is not None and reading.count(known[0], "available") == 0
        return Availability(
            instance_ref=instance_ref,
            checked_at=now,
            offers=tuple(found),
            choose_there="" if why or out else hosted.choose_seats(self._options, instance_ref),
            left=reading.count(known[0], "available") if known else None,
            limit=inferred.MOST_TICKETS,
        )

    def _offers(
        self,
        raw: Json,
        mine: Sequence[Price],
        known: tuple[Json, dict[str, Json]] | None,
        reader: FeedReader,
        why: str,
    ) -> list[Offer]:
        """Price list x band x ticket type for each plan that can be bought; one whose status is absent has the
        whole price list and no numbers."""
        rows = feed_xml.leaf_rows(*known) if known else [{"plan": reading.optional_ref(raw, "planId")}]
        plans = reader.plans()
        begins, ends = mapping.sale_window(raw, self._options)
        found = []
        for row in rows:
            plan = plans.get(str(row.get("plan", "")), {})
            if reading.yes(plan, "isBookable", default=True) is False and not plan.get("areas"):
                continue  # not sold by itself
            bands = inferred.bands_of_area(plan, row, prices.band_names(mine))
            left = reading.count(row, "available")
            label = reading.text(row, "name", 100) if len(rows) > 1 else ""
            for price, certain in prices.in_bands(mine, bands):
                found.append(
                    Offer(
                        key=f"f:{row.get('plan', '')}:{price.type}",
                        price=price.total,
                        area=label,
                        ticket_type=price.type_name,
                        left=left,
                        maximum=inferred.MOST_TICKETS,
                        closed=why or ("sold_out" if left == 0 else THERE),
                        sale_starts_at=begins,
                        sale_ends_at=ends,
                        price_estimated=not certain,
                    )
                )
        return found

    def discount(self, instance_ref: str, code: str) -> Discount | None:
        """Offers are worked out by the venue's own page."""
        return None

    # --- other lists ------------------------------------------------------------------------------------------------

    def extras(self) -> tuple[ExtraInfo, ...]:
        """`memberships`: shown, and sold on the venue's own pages; their prices may be absent."""
        found = []
        for one in map(feed_xml.membership, self._listed_or_absent("memberships")):
            if (ref := reading.optional_ref(one, "id")) and (name := reading.text(one, "name")):
                price = reading.soft_amount(one, "price", self._options.currency)
                text = reading.markup(one, "htmlDescription") or reading.text(one, "description", 2000)
                found.append(ExtraInfo("membership", ref, name, description_html=text, price=price, most=1))
        return tuple(found)

    def offers(self) -> tuple[PublicOffer, ...]:
        """`offers2` without conditions, else `offers`; descriptions and codes are not sent any more."""
        listed = self._listed_or_absent("offers2") or self._listed_or_absent("offers")
        return tuple(
            PublicOffer(one.get("id") or "", name) for one in listed if (name := feed_xml.text(one, "Name"))
        )

    def statements(self) -> tuple[Statement, ...]:
        return tuple(
            Statement(one.get("id") or "", said)
            for one in self._listed_or_absent("statements")
            if (said := feed_xml.text(one, "Text") or feed_xml.text(one, "Name"))
        )

    def _listed_or_absent(self, name: str) -> list[Element]:
        return self._reader().optional(lambda: self._client.listed(name))

    # --- a sign of life ---------------------------------------------------------------------------------------------

    def sign_of_life(self) -> SignOfLife:
        """The certificate's own dates first, then one list; what is refused is explained."""
        start = http.monotonic()
        problem, detail = "", ""
        cert, key = self._client.certificate
        wrong = certificate.findings(cert, key, now=http.now()) if cert or key else []
        serious = next((one for one in wrong if one.serious and one.code != "loose"), None)
        try:
            if serious is not None:
                problem, detail = "misconfigured", certificate.words(serious)
            else:
                self._client.events()
                detail = next((certificate.words(one) for one in wrong if not one.serious), "")
        except ProviderError as error:
            problem, detail = error.code, error.detail
        taken = round((http.monotonic() - start) * 1000)
        return SignOfLife(ok=not problem, problem=problem, detail=detail, milliseconds=taken)
