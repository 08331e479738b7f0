"""The catalogue of London Theatre Direct as JSON: events, venues, performances, availability, prices."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from shop.standin.clock import LONDON
from shop.standin.ltd_calendar import Calendar, Performance, Price, plan_of, ticket_parts
from shop.standin.ltd_plans import Seat, members
from shop.standin.ltd_season import EventSpec
from shop.standin.ltd_venues import BY_ID, VenueSpec
from shop.standin.ltd_words import NO_DATE, money, unknown, wall_clock
from shop.standin.programme import seeded, slug
from shop.standin.wsgi import Env

Record = dict[str, Any]

_FIRST_REVIEW = datetime.fromisoformat("2026-01-01T22:05:00")
_REVIEWERS = ("Imogen", "Rafael", "Mrs T. Oduya", "Kit", "Bronwen P.", "Dev", "Anon.", "Sandor & Lil")
_REVIEWS = (
    "Left humming. Still humming.",
    "Brought my father, who does not like anything. He liked it.",
    "The second half earns every minute of the first.",
    "A fine company in a lovely old house.\r\nLegroom is another matter.",
    "Not for me, but the child beside me stood on her seat.",
    "Funny, and then suddenly not, and then funny again.",
)


class Catalogue:
    def __init__(self, env: Env, calendar: Calendar) -> None:
        self.env = env
        self.calendar = calendar

    # What is free

    def taken(self, connection: sqlite3.Connection, first_id: int, last_id: int) -> dict[int, int]:
        """Bits of what this stand-in sold or holds now, by performance id."""
        now = self.now()
        found: dict[int, int] = {}
        for row in connection.execute(
            "SELECT performance_id, seat FROM ltd_taken WHERE performance_id BETWEEN ? AND ?"
            " AND (until_ms IS NULL OR until_ms > ?)",
            (first_id, last_id, now),
        ):
            found[row["performance_id"]] = found.get(row["performance_id"], 0) | 1 << row["seat"]
        return found

    def free(self, connection: sqlite3.Connection, performance: Performance) -> int:
        """Bits of the seats that can be had now; none once the curtain is up."""
        if self.calendar.is_over(performance):
            return 0
        key = performance.performance_id
        return self.calendar.unsold(performance) & ~self.taken(connection, key, key).get(key, 0)

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self.env.clock.now().timestamp() * 1000)

    # Events and venues

    def event(self, spec: EventSpec, *, detail: bool = False) -> Record:
        """EventInfo. ``Images`` only in the detail call, as in today's documents."""
        ahead = self.calendar.run(spec)
        lowest, highest = self.calendar.price_range(spec)
        poster = f"{self.env.public_origin}/posters/ltd/{spec.event_id}.svg"
        hero = poster.replace(".svg", "-hero.svg")
        offer = spec.offer
        start: str | None = wall_clock(ahead[0])
        if ahead[0] is None and ahead[1] is not None:
            start = "2015-01-01T19:30:00"  # long runners carry this date, never a premiere
        record: Record = {
            "EventId": spec.event_id,
            "EventType": spec.kind,
            "Name": spec.name,
            "Description": "\r\n\r\n".join(f"<p>{part}</p>" for part in spec.about) + "\r\n",
            "VenueId": spec.venue_id,
            "RunningTime": spec.minutes,
            "AgeRating": spec.age,
            "MinimumAge": spec.age_text,
            "ImportantNotice": spec.notice if spec.notice is not None else ("" if spec.number % 2 else None),
            "MainImageUrl": poster,
            "SmallImageUrl": poster,
            "DetailImageUrl": hero if spec.number % 5 else None,
            "SpecialGraphics": "6" if offer == "no fee" else None,
            "OfferLabel": "Offer" if offer else None,
            "ShortOfferText": {"no fee": "No booking fee", "save": "Save 20%"}.get(offer, ""),
            "LongOfferText": "<p>Valid Monday to Thursday.</p>\r\n" if offer else "<p> </p>",
            "CurrentPrice": money(highest) if offer else 0,
            "OfferPrice": money(_offer(highest, offer)) if offer else 0,
            "StartDate": start,
            "EndDate": None if spec.no_end else wall_clock(ahead[1]),
            "EventMinimumPrice": 0 if spec.no_price_hint else money(lowest),
            "EventMaximumPrice": 0 if spec.no_price_hint else money(highest),
            "OfferDisplayText": None if spec.number % 3 else "",
            "MultimediaContent": [{"Type": 0, "Url": spec.video}] if spec.video else [],
            "EventDetailUrl": None if spec.no_page else self._page(spec),
            "TagLine": spec.tagline,
            "PrintAtHomeTicketsEnabled": 91 in spec.deliveries,
            "Accessibility": spec.access,
        }
        if detail:
            record["Images"] = [
                {"Width": 600, "Height": 800, "Url": poster},
                {"Width": 1200, "Height": 675, "Url": hero},
            ]
        return record

    def _page(self, spec: EventSpec) -> str:
        return f"https://www.example.test/event/{spec.event_id}/{slug(spec.name)}-tickets.aspx"

    def venue(self, spec: VenueSpec) -> Record:
        """VenueInfo. New York, like some houses in the captured list, has nulls where others have ``""``."""
        empty = None if spec.nulls else ""
        numbered = spec.plan != "yard"
        return {
            "VenueId": spec.venue_id,
            "Name": spec.name,
            "Info": spec.info,
            "Address": spec.address,
            "City": spec.city,
            "Postcode": spec.postcode,
            "Telephone": spec.telephone or empty,
            "Fax": "",
            "Email": empty,
            "NearestTube": spec.tube,
            "Train": spec.train,
            "PlanLink": f"{self.env.public_origin}/posters/ltd/plan-{spec.plan}.svg" if numbered else empty,
            "ImageUrl": empty,
        }

    def venue_events(self, venue_id: int) -> list[EventSpec]:
        if venue_id not in BY_ID:
            raise unknown("venue")
        return [spec for spec in self.calendar.events() if spec.venue_id == venue_id]

    def event_or_404(self, event_id: int) -> EventSpec:
        spec = self.calendar.event(event_id)
        if spec is None:
            raise unknown("event")
        return spec

    def performance_or_404(self, performance_id: int) -> Performance:
        performance = self.calendar.performance(performance_id)
        if performance is None:
            raise unknown("performance")
        return performance

    # Performances

    def performances(
        self, spec: EventSpec, since: datetime | None = None, until: datetime | None = None
    ) -> list[Performance]:
        """``until`` is an instant and not included: a bare date ends at its midnight."""
        ahead = self.calendar.performances(
            spec, since.date() if since else None, until.date() if until else None
        )
        return [
            found
            for found in ahead
            if (since is None or found.starts >= since) and (until is None or found.starts < until)
        ]

    def performance_records(self, performances: list[Performance]) -> Iterator[Record]:
        """PerformanceInfo, its counts taken from the live seats."""
        if not performances:
            return
        keys = [performance.performance_id for performance in performances]
        with self.env.store.read() as connection:
            taken = self.taken(connection, min(keys), max(keys))
        for performance in performances:
            over = self.calendar.is_over(performance)
            unsold = 0 if over else self.calendar.unsold(performance)
            yield self._performance(performance, unsold & ~taken.get(performance.performance_id, 0))

    def _performance(self, performance: Performance, free: int) -> Record:
        plan, prices = performance.plan, self.calendar.prices(performance)
        selling = [p.selling for p, band in zip(prices, plan.bands, strict=True) if band.seats & free]
        partner = self.calendar.partner(performance)
        bookable = self.calendar.performance_flag(performance, "bookable")
        return {
            "PerformanceId": performance.performance_id,
            "PerformanceDate": wall_clock(performance.starts),
            "TicketCount": 0,
            "TotalSeatsCount": len(plan.seats),
            "TotalAvailableTickesCount": free.bit_count(),
            "ContainsDiscountOfferTickets": any(p.selling < p.face for p in prices) and bool(free),
            "ContainsNoFeeOfferTickets": any(p.selling == p.face for p in prices) and bool(free),
            "MinimumTicketPrice": money(min(selling)) if selling else 0,
            "MaximumConsecutiveSeatsCount": plan.longest_run(free),
            "EventId": performance.spec.event_id,
            # Element type not documented; we send the ids of the other parts.
            "PairedPerformances": [partner.performance_id] if partner else None,
            "DirectlyBookablePerformance": bool(bookable) if bookable is not None else partner is None,
        }

    # Availability

    def available_tickets(self, performance: Performance, at_least: int) -> Record:
        """Groups of one area, row and price. General admission has no seats to list."""
        areas: list[Record] = []
        if performance.plan.numbered:
            with self.env.store.read() as connection:
                free = self.free(connection, performance)
            groups: dict[tuple[int, str, Price], list[Seat]] = {}
            prices = self.calendar.prices(performance)
            for index in members(free):
                seat = performance.plan.seats[index]
                groups.setdefault((seat.area, seat.row, prices[seat.band]), []).append(seat)
            for (area, row, price), seats in groups.items():
                if len(seats) < at_least:
                    continue
                areas.append(
                    {
                        "AreaName": performance.plan.areas[area],
                        "FaceValue": money(price.face),
                        "SellingPrice": money(price.selling),
                        "TicketName1": row,
                        "SingleItemBookLink": None,
                        "Tickets": [ticket_info(performance, seat) for seat in seats],
                    }
                )
        return {
            "PerformanceId": performance.performance_id,
            "EventId": performance.spec.event_id,
            "TicketAreas": areas,
        }

    def areas_prices(self, performance: Performance) -> Record:
        """What ``BestSeats`` takes: areas with ids, prices and how many are left at each."""
        with self.env.store.read() as connection:
            free = self.free(connection, performance)
        plan, prices = performance.plan, self.calendar.prices(performance)
        areas: dict[int, dict[Price, int]] = {}
        for band, price in zip(plan.bands, prices, strict=True):
            count = (band.seats & free).bit_count()
            if count:
                of_area = areas.setdefault(band.area, {})
                of_area[price] = of_area.get(price, 0) + count
        return {
            "AreasPrices": [
                {
                    "AreaId": area_id(performance, area),
                    "AreaName": plan.areas[area],
                    "Prices": [
                        {
                            "Price": money(price.selling),
                            "FaceValue": money(price.face),
                            "AvailableSeatsCount": count,
                        }
                        for price, count in sorted(counts.items(), key=lambda pair: -pair[0].selling)
                    ],
                }
                for area, counts in areas.items()
            ]
        }

    def ticket_availability(self, ticket_id: int) -> Record:
        performance_id, index = ticket_parts(ticket_id)
        performance = self.calendar.performance(performance_id)
        if performance is None or index >= len(performance.plan.seats):
            raise unknown("ticket")
        with self.env.store.read() as connection:
            free = self.free(connection, performance)
        available = performance.plan.numbered and bool(free >> index & 1)
        return {"TicketId": ticket_id, "IsAvailable": available}

    def available_event(
        self, spec: EventSpec, since: datetime | None, until: datetime | None, count: int, consecutive: bool
    ) -> Record | None:
        """AvailableEventInfo, or None where nothing fits. Note ``FacePrice`` on blocks, ``FaceValue`` on tickets."""
        infos = []
        since = since or self.env.clock.now().astimezone(LONDON).replace(tzinfo=None)
        until = until or since + timedelta(days=7)
        for performance in self.performances(spec, since, until):
            with self.env.store.read() as connection:
                free = self.free(connection, performance)
            if not performance.plan.numbered:
                continue
            prices, blocks, tickets = self.calendar.prices(performance), [], []
            for run in _fitting(performance, free, count, consecutive):
                seat = performance.plan.seats[run[0]]
                price = prices[seat.band]
                found = [self._available_ticket(performance, index, prices) for index in run]
                blocks.append(
                    {
                        "AreaName": performance.plan.areas[seat.area],
                        "FacePrice": money(price.face),
                        "SellingPrice": money(price.selling),
                        "AvailableTicketsInfos": found,
                    }
                )
                tickets += found
            if tickets:
                infos.append(
                    {
                        "PerformanceId": performance.performance_id,
                        "PerformanceDate": wall_clock(performance.starts),
                        "MinimumTicketPrice": min(ticket["SellingPrice"] for ticket in tickets),
                        "AvailableTicketInfos": tickets,
                        "AvailableTicketsBlockInfos": blocks,
                    }
                )
        if not infos:
            return None
        return {"EventName": spec.name, "EventId": spec.event_id, "AvailablePerformanceInfos": infos}

    def _available_ticket(self, performance: Performance, index: int, prices: list[Price]) -> Record:
        seat, venue = performance.plan.seats[index], performance.venue
        return {
            **ticket_info(performance, seat),
            "TicketArea": performance.plan.areas[seat.area],
            "AdjacencyIndex": seat.place,
            "FaceValue": money(prices[seat.band].face),
            "SellingPrice": money(prices[seat.band].selling),
            "VenueId": venue.venue_id,
            "VenueName": venue.name,
            "VenueAddress": venue.address,
            "VenueCity": venue.city,
            "DirectBookingUrl": None,
        }

    def preliminary(
        self, spec: EventSpec, since: datetime | None, until: datetime | None, count: int
    ) -> Iterator[Record]:
        for performance in self.performances(spec, since, until):
            with self.env.store.read() as connection:
                free = self.free(connection, performance)
            plan = performance.plan
            selling = [
                price.selling
                for price, band in zip(self.calendar.prices(performance), plan.bands, strict=True)
                if band.seats & free
            ]
            if selling and plan.longest_run(free) >= count:
                yield {
                    "PerformanceId": performance.performance_id,
                    "PerformanceDate": wall_clock(performance.starts),
                    "MinimalTicketPrice": money(min(selling)),
                    "MaximalTicketPrice": money(max(selling)),
                }

    def reviews(self, spec: EventSpec, order: int, count: int, first: int) -> list[Record]:
        """ReviewsOrder: 0 newest first, 1 oldest first, 2 most stars first, 3 fewest first."""
        chance = seeded("ltd", "reviews", spec.event_id)
        found: list[Record] = [
            {
                "ConsumerName": chance.choice(_REVIEWERS),
                "Stars": chance.choice((3, 4, 4, 5, 5)),
                "CreatedAt": wall_clock(_FIRST_REVIEW + timedelta(hours=chance.randrange(4000))),
                "Content": chance.choice(_REVIEWS),
            }
            for _ in range(chance.randrange(3, 16))
        ]
        by_date = order in {0, 1}
        found.sort(key=lambda r: r["CreatedAt"] if by_date else r["Stars"], reverse=order in {0, 2})
        return found[first : first + count]

    def all_events(self, kind: int | None, sees: Callable[[EventSpec], bool]) -> Iterator[Record]:
        return (
            self.event(spec)
            for spec in self.calendar.events()
            if (kind is None or spec.kind == kind) and sees(spec)
        )


def _offer(highest: int, offer: str) -> int:
    return highest * 8 // 10 // 50 * 50 if offer == "save" else highest


def _fitting(performance: Performance, free: int, count: int, consecutive: bool) -> Iterable[list[int]]:
    """Runs of one price with at least ``count`` seats; 0 means any number."""
    for band in performance.plan.bands:
        for run in performance.plan.runs(free & band.seats):
            if len(run) >= max(1, count) or (not consecutive and count <= (free & band.seats).bit_count()):
                yield run


def area_id(performance: Performance, area: int) -> int:
    return performance.spec.venue_id * 10 + area + 1


def ticket_info(performance: Performance, seat: Seat) -> Record:
    """TicketInfo."""
    return {
        "TicketId": performance.ticket_id(seat.index),
        "TicketName1": seat.row,
        "TicketName2": seat.number,
        "IsRestrictedView": seat.restriction is not None,
        "RestrictionDescription": seat.restriction,
    }


__all__ = ["NO_DATE", "Catalogue", "area_id", "plan_of", "ticket_info"]
