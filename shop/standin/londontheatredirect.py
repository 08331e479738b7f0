"""London Theatre Direct's REST API v2, its payment gate and its ticket downloads.

Written from the developer portal's pages ("Events with Baskets", "Inventory API", "Special delivery types",
"Sandbox environment"). What they leave open is listed in README.md as chosen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shop.standin import ltd_calendar, ltd_lists, posters
from shop.standin.control_forms import section
from shop.standin.journal import fingerprint
from shop.standin.ltd_accounts import Accounts, locked
from shop.standin.ltd_basket_view import content, summary
from shop.standin.ltd_baskets import SCHEMA, TABLES, Baskets, Item, Refused
from shop.standin.ltd_calendar import Calendar, Performance
from shop.standin.ltd_catalogue import Catalogue
from shop.standin.ltd_control import NAMED_FAULTS, LtdControl
from shop.standin.ltd_gate import Gate
from shop.standin.ltd_lists import PROTECTION_PENCE
from shop.standin.ltd_papers import Papers
from shop.standin.ltd_season import EVENT_TYPES, GENRES, POSTERS, SEASON, EventSpec
from shop.standin.ltd_submission import read_submission
from shop.standin.ltd_venues import BY_ID, SPARE_VENUES, TOUR_VENUES, VENUES, VenueSpec
from shop.standin.ltd_words import (
    Problem,
    body_of,
    error_body,
    ids,
    invalid_basket,
    moment,
    money,
    pence,
    query_of,
    unknown,
    whole,
)
from shop.standin.wsgi import Env, Handler, StandinRequest, World, as_json

INT_32 = 2**31 - 1
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class LondonTheatreDirect(World):
    name = "ltd"
    prefix = "/ltd"
    title = "London Theatre Direct"
    FAULTS = NAMED_FAULTS
    SCHEMA = ltd_calendar.SCHEMA + SCHEMA
    TABLES = ("ltd_changes", *TABLES)

    def __init__(self, env: Env) -> None:
        self.calendar = Calendar(env.store, env.programme)
        self.accounts = Accounts(env, self.calendar)
        self.catalogue = Catalogue(env, self.calendar)
        self.baskets = Baskets(env, self.calendar, self.catalogue)
        self.gate = Gate(self.baskets)
        self.papers = Papers(self, env)
        self.desk = LtdControl(env, self.calendar, self.catalogue, self.baskets, self.accounts)
        super().__init__(env)

    def seed(self) -> None:
        self.calendar.load()

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        api, one = "/rest/v2", "/rest/v2/Baskets/<basket_id>"
        return (
            ("GET", f"{api}/System/Countries", lambda request: as_json(ltd_lists.countries())),
            ("GET", f"{api}/System/USStates", lambda request: as_json(ltd_lists.states())),
            ("GET", f"{api}/System/EventTypes", self.event_types),
            (
                "GET",
                f"{api}/System/DeliveryTypes",
                lambda request: as_json(_deliveries(ltd_lists.DELIVERIES)),
            ),
            ("GET", f"{api}/System/HeartBeat", lambda request: as_json(True)),
            ("GET", f"{api}/Events", self.events),
            ("GET", f"{api}/Events/<event_ids>", self.event),
            ("GET", f"{api}/Events/<event_ids>/Performances", self.performances),
            ("GET", f"{api}/Events/<event_ids>/AvailableTickets", self.event_tickets),
            ("GET", f"{api}/Events/<int:event_id>/PreliminaryBookingInfo", self.preliminary),
            ("GET", f"{api}/Events/<int:event_id>/Reviews", self.reviews),
            ("GET", f"{api}/Venues", self.venues),
            ("GET", f"{api}/Venues/<int:venue_id>", self.venue),
            ("GET", f"{api}/Venues/<int:venue_id>/Events", self.venue_events),
            ("GET", f"{api}/Performances/<int:performance_id>", self.performance),
            ("GET", f"{api}/Performances/<int:performance_id>/AvailableTickets", self.available_tickets),
            ("GET", f"{api}/Performances/<int:performance_id>/AreasPrices", self.areas_prices),
            ("GET", f"{api}/Performances/<int:performance_id>/SeatingPlan", self.seating_plan),
            ("GET", f"{api}/TicketAvailability/<int:ticket_id>", self.ticket_availability),
            ("GET", f"{api}/TicketPlanPrice", lambda request: as_json({"Price": money(PROTECTION_PENCE)})),
            ("POST", f"{api}/Baskets", self.create_basket),
            ("GET", one, self.read_basket),
            ("POST", f"{one}/Tickets", self.add_tickets),
            ("DELETE", f"{one}/Tickets", self.delete_all),
            ("DELETE", f"{one}/BasketItem/<int:item_id>", self.delete_item),
            ("GET", f"{one}/AvailableDeliveries", self.available_deliveries),
            ("POST", f"{one}/SubmitOrder", self.submit_order),
            ("POST", f"{one}/SubmitOrderOnAccount", self.submit_on_account),
            ("GET", f"{one}/SubmittedBasketSummary", self.submitted_summary),
            ("GET POST", "/payments/PaymentGate.aspx", self.gate.answer),
            *self.papers.routes(one),
            ("GET", "/SeatingPlan.aspx", self.seating_plan_page),
        )

    def control_routes(self) -> Iterable[tuple[str, str, Handler]]:
        return self.desk.routes()

    def control_page(self) -> str:
        return section(self.title, self.desk.forms())

    def books(self) -> dict[str, Any]:
        return self.desk.books()

    def before(self, request: StandinRequest) -> Response | None:
        """The key and the length. A refused key answers HTML, as a gateway does (not documented; our reading)."""
        if not request.path.startswith("/ltd/rest/"):
            return None
        if request.headers.get("Api-Key", "") not in self.accounts.keys:
            return Response(
                "<h1>403 Developer Inactive</h1>", status=403, content_type="text/html; charset=utf-8"
            )
        chunked = request.environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        if request.method in {"POST", "PUT"} and not chunked and "CONTENT_LENGTH" not in request.environ:
            return Response(
                "<html><body><h2>Length Required</h2><p>HTTP Error 411.</p></body></html>",
                status=411,
                content_type="text/html; charset=utf-8",
            )
        return None

    def error(self, request: StandinRequest, error: HTTPException) -> Response:
        if isinstance(error, Problem):
            return error_body(error.code or 500, error.description or "", error.detail)
        if not request.path.startswith("/ltd/rest/"):
            return error.get_response(request.environ)
        code = error.code or 500
        if code == 404:
            return error_body(404, "No HTTP resource was found that matches the request.")
        return error_body(code, "An error has occurred." if code >= 500 else error.name)

    def owner(self, request: StandinRequest) -> str:
        return fingerprint(request.headers["Api-Key"])

    # Catalogue

    def event_types(self, request: StandinRequest) -> Response:
        rows = [{"EventTypeId": key, "EventTypeName": name} for key, name in EVENT_TYPES.items()]
        return as_json({"EventTypes": rows})

    def events(self, request: StandinRequest) -> Response:
        """All live events. Sent piece by piece: with ``--scale`` the list is long."""
        query = query_of(request)
        kind = whole(query, "type") if query.get("type") else None
        owner = self.owner(request)

        def sees(spec: EventSpec) -> bool:
            return self.accounts.sees(owner, spec)

        def pieces() -> Iterator[str]:
            yield '{"Events":['
            for place, record in enumerate(self.catalogue.all_events(kind, sees)):
                yield ("," if place else "") + json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            yield "]}"

        return Response(pieces(), content_type="application/json; charset=utf-8")

    def event(self, request: StandinRequest, event_ids: str) -> Response:
        spec = self._event(request, ids(event_ids)[0])
        return as_json({"Event": self.catalogue.event(spec, detail=True)})

    def performances(self, request: StandinRequest, event_ids: str) -> Response:
        """One event's list, or grouped by event for several ids (the grouping is not documented)."""
        query = query_of(request)
        since, until = moment(query, "dateFrom"), moment(query, "dateTo")
        groups = []
        for event_id in ids(event_ids):
            spec = self._event(request, event_id)
            found = self.catalogue.performances(spec, since, until)
            groups.append(
                {"EventId": event_id, "Performances": list(self.catalogue.performance_records(found))}
            )
        if "," in event_ids:
            return as_json({"EventPerformances": groups})
        return as_json({"Performances": groups[0]["Performances"]})

    def event_tickets(self, request: StandinRequest, event_ids: str) -> Response:
        query = query_of(request)
        since, until = moment(query, "dateFrom"), moment(query, "dateTo")
        count = whole(query, "nbOfTickets", 0)
        consecutive = query.get("consecutiveseatsonly", "true").lower() != "false"
        found = [
            self.catalogue.available_event(self._event(request, event_id), since, until, count, consecutive)
            for event_id in ids(event_ids)
        ]
        if "," in event_ids:
            return as_json({"AvailableEvents": found})
        return as_json({"AvailableEvent": found[0]})

    def preliminary(self, request: StandinRequest, event_id: int) -> Response:
        query = query_of(request)
        spec = self._event(request, event_id)
        since, until = moment(query, "dateFrom"), moment(query, "dateTo")
        count = whole(query, "nbOfTickets", 0)
        return as_json({"Performances": list(self.catalogue.preliminary(spec, since, until, count))})

    def reviews(self, request: StandinRequest, event_id: int) -> Response:
        query = query_of(request)
        spec = self._event(request, event_id)
        order, count = whole(query, "ReviewsOrder", 0), whole(query, "NbOfReviews", 10)
        return as_json({"Reviews": self.catalogue.reviews(spec, order, count, whole(query, "NbFrom", 0))})

    def venues(self, request: StandinRequest) -> Response:
        houses = TOUR_VENUES if self._on_tour(request) else (*VENUES, *self._spare())
        return as_json({"Venues": [self.catalogue.venue(spec) for spec in houses]})

    def _spare(self) -> list[VenueSpec]:
        """Spare houses that something has been added for."""
        played = {spec.venue_id for spec in self.calendar.events()}
        return [venue for venue in SPARE_VENUES if venue.venue_id in played]

    def venue(self, request: StandinRequest, venue_id: int) -> Response:
        self._house(request, venue_id)
        return as_json({"Venue": self.catalogue.venue(BY_ID[venue_id])})

    def venue_events(self, request: StandinRequest, venue_id: int) -> Response:
        self._house(request, venue_id)
        specs = self.catalogue.venue_events(venue_id)
        return as_json({"Events": [self.catalogue.event(spec) for spec in specs]})

    def performance(self, request: StandinRequest, performance_id: int) -> Response:
        found = self._performance(request, performance_id)
        return as_json({"Performance": next(self.catalogue.performance_records([found]))})

    def available_tickets(self, request: StandinRequest, performance_id: int) -> Response:
        at_least = whole(query_of(request), "requiredTicketsCount")
        performance = self._performance(request, performance_id)
        return as_json(self.catalogue.available_tickets(performance, at_least))

    def areas_prices(self, request: StandinRequest, performance_id: int) -> Response:
        return as_json(self.catalogue.areas_prices(self._performance(request, performance_id)))

    def ticket_availability(self, request: StandinRequest, ticket_id: int) -> Response:
        if not self.accounts.sees_tickets(self.owner(request), [ticket_id]):
            raise unknown("ticket")
        return as_json(self.catalogue.ticket_availability(ticket_id))

    def seating_plan(self, request: StandinRequest, performance_id: int) -> Response:
        self._performance(request, performance_id)
        url = f"{self.env.public_origin}/ltd/SeatingPlan.aspx?performanceId={performance_id}"
        return as_json({"SeatingPlanUrl": url})

    def seating_plan_page(self, request: StandinRequest) -> Response:
        """The picture behind the legacy call: free seats only, nothing to click."""
        performance = self.catalogue.performance_or_404(whole(query_of(request), "performanceId"))
        areas = self.catalogue.available_tickets(performance, 1)["TicketAreas"]
        rows = "".join(
            f"<tr><th>{escape(a['AreaName'])} {escape(a['TicketName1'])}</th><td>"
            f"{' '.join(escape(t['TicketName2']) for t in a['Tickets'])}</td></tr>"
            for a in areas
        )
        page = f"<!DOCTYPE html><html lang=en><title>Seating plan</title><table>{rows}</table></html>"
        return Response(page, content_type="text/html; charset=utf-8")

    # Baskets

    def create_basket(self, request: StandinRequest) -> Response:
        body_of(request)
        return as_json({"Success": True, "BasketId": self.baskets.create(self.owner(request))})

    def read_basket(self, request: StandinRequest, basket_id: str) -> Response:
        self._guid(basket_id)
        if self.env.faults.take("ltd", "expired_hold", basket_id=basket_id):
            self.baskets.expire(basket_id)
        return as_json(self._content(request, basket_id))

    def add_tickets(self, request: StandinRequest, basket_id: str) -> Response:
        """Named seats, best seats, or both; all or nothing."""
        self._guid(basket_id)
        owner = self.owner(request)
        ticket_ids, best = _wanted(body_of(request))
        take = self.env.faults.take
        before = self._content(request, basket_id)
        if take("ltd", "conflict_error_object", basket_id=basket_id):
            return error_body(409, "Conflict", "The requested tickets are no longer available.")
        for name, reason in (("sold_out", 1), ("lone_seat", 2)):
            if take("ltd", name, basket_id=basket_id):
                return as_json(_refusal(reason, before), 409)
        if take("ltd", "refused_with_200", basket_id=basket_id):
            return as_json(_refusal(1, before), 200)
        if take("ltd", "supplier_failed", basket_id=basket_id):
            return error_body(502, "An error has occurred.")
        wanted = self.calendar.performance(best["performance"]) if best else None
        foreign = wanted is not None and not self.accounts.sees(owner, wanted.spec)
        if foreign or not self.accounts.sees_tickets(owner, ticket_ids):
            return as_json(_refusal(1, before), 409)
        try:
            self.baskets.add(basket_id, owner, ticket_ids, best)
        except Refused as refused:
            return as_json(_refusal(refused.reason, self._content(request, basket_id)), 409)
        if take("ltd", "supplier_failed_after_holding", basket_id=basket_id):
            return error_body(502, "An error has occurred.")
        result = self._content(request, basket_id)
        return as_json({"Success": True, "FailureReason": 0, "GetBasketContentResult": result})

    def delete_all(self, request: StandinRequest, basket_id: str) -> Response:
        return self._delete(request, basket_id, None)

    def delete_item(self, request: StandinRequest, basket_id: str, item_id: int) -> Response:
        return self._delete(request, basket_id, item_id)

    def _delete(self, request: StandinRequest, basket_id: str, item_id: int | None) -> Response:
        self._guid(basket_id)
        self.baskets.delete(basket_id, self.owner(request), item_id)
        return as_json({"Success": True, "GetBasketContentResult": self._content(request, basket_id)})

    def available_deliveries(self, request: StandinRequest, basket_id: str) -> Response:
        _, items = self.loaded(request, basket_id)
        if not self.baskets.alive(items):
            raise invalid_basket("The basket is empty or expired.")
        offered = self.baskets.deliveries(items)
        return as_json(_deliveries({key: ltd_lists.DELIVERIES[key] for key in offered}))

    def submit_order(self, request: StandinRequest, basket_id: str) -> Response:
        self._guid(basket_id)
        if self.env.faults.take("ltd", "expired_hold", basket_id=basket_id):
            self.baskets.expire(basket_id)
        self.baskets.submit(basket_id, self.owner(request), read_submission(body_of(request)))
        url = f"{self.env.public_origin}/ltd/payments/PaymentGate.aspx?basketId={basket_id.lower()}"
        return as_json({"Success": True, "PaymentRedirectUrl": url})

    def submit_on_account(self, request: StandinRequest, basket_id: str) -> Response:
        """Booked at once, without a gate. A second call finds a paid basket: 403. So does an account that is not
        unlocked for it, whose basket stays as it is."""
        self._guid(basket_id)
        take, owner = self.env.faults.take, self.owner(request)
        if take("ltd", "account_locked", basket_id=basket_id):
            raise locked()
        self.accounts.check(owner)
        if take("ltd", "expired_hold", basket_id=basket_id):
            self.baskets.expire(basket_id)
        row, items = self.loaded(request, basket_id)
        submission = read_submission(body_of(request))
        if row["state"] == "paid" or not self.baskets.alive(items):
            raise invalid_basket("The basket is empty, expired or already paid.")
        if submission["delivery"] not in self.baskets.deliveries(items):
            raise Problem(400, "The request is invalid.", "DeliveryType is not available for this basket.")
        if take("ltd", "account_refused", basket_id=basket_id):
            return as_json({"Success": False, "BookingReference": None})
        if not self.baskets.pay(basket_id, "account", submission=submission):
            raise invalid_basket("The basket is empty, expired or already paid.")
        row, _ = self.loaded(request, basket_id)
        return as_json({"Success": True, "BookingReference": row["reference"]})

    def submitted_summary(self, request: StandinRequest, basket_id: str) -> Response:
        """200 once paid. The fault ``summary_before_payment`` answers 200 on a merely submitted basket."""
        row, _ = self.loaded(request, basket_id)
        submitted = row["state"] in {"submitted", "failed"}
        if row["state"] == "paid":
            late = self.env.faults.take("ltd", "summary_late", basket_id=basket_id)
            if late:
                return Response(b"", status=204)
        elif not submitted or not self.env.faults.take("ltd", "summary_before_payment", basket_id=basket_id):
            return Response(b"", status=204)
        with self.env.store.read() as connection:
            return as_json(summary(self.baskets, connection, self.baskets.row(connection, basket_id)))

    # Common

    def _event(self, request: StandinRequest, event_id: int) -> EventSpec:
        spec = self.catalogue.event_or_404(event_id)
        if not self.accounts.sees(self.owner(request), spec):
            raise unknown("event")
        return spec

    def _performance(self, request: StandinRequest, performance_id: int) -> Performance:
        found = self.catalogue.performance_or_404(performance_id)
        if not self.accounts.sees_performance(self.owner(request), found):
            raise unknown("performance")
        return found

    def _on_tour(self, request: StandinRequest) -> bool:
        return request.headers["Api-Key"] in self.accounts.on_tour

    def _house(self, request: StandinRequest, venue_id: int) -> None:
        """Raises 404 for a house that is not on the caller's list."""
        if venue_id not in BY_ID or (BY_ID[venue_id] in TOUR_VENUES) != self._on_tour(request):
            raise unknown("venue")

    def _guid(self, basket_id: str) -> None:
        if not _GUID.fullmatch(basket_id):
            raise unknown("basket")

    def _content(self, request: StandinRequest, basket_id: str) -> dict[str, Any]:
        with self.env.store.read() as connection:
            row = self.baskets.row(connection, basket_id, self.owner(request))
            return content(self.baskets, connection, row)

    def loaded(self, request: StandinRequest, basket_id: str) -> tuple[Any, list[Item]]:
        self._guid(basket_id)
        with self.env.store.read() as connection:
            row = self.baskets.row(connection, basket_id, self.owner(request))
            return row, self.baskets.items(connection, row)

    def poster(self, slug: str) -> str | None:
        """``5101``, ``5101-hero`` or ``plan-house``."""
        if slug.startswith("plan-"):
            return posters.seating_plan(slug.removeprefix("plan-"))
        number, _, size = slug.partition("-")
        spec = self.calendar.ever(int(number)) if number.isdecimal() and len(number) < 9 else None
        if spec is None or size not in {"", "hero"}:
            return None
        original = next((s for s in SEASON if s.number == spec.number), spec)
        scene, inks = POSTERS.get(original.number, (None, None))
        genre, seed = GENRES[original.kind], str(spec.event_id)
        return posters.draw(original.name, genre, seed, size or "portrait", scene=scene, inks=inks)


def _refusal(reason: int, before: dict[str, Any]) -> dict[str, Any]:
    return {"Success": False, "FailureReason": reason, "GetBasketContentResult": before}


def _deliveries(rows: dict[int, tuple[str, int]]) -> dict[str, Any]:
    return {
        "DeliveryTypes": [
            {"DeliveryTypeId": key, "DeliveryTypeName": name, "DeliveryTypePrice": money(price)}
            for key, (name, price) in rows.items()
        ]
    }


def _wanted(body: dict[str, Any]) -> tuple[list[int], dict[str, int] | None]:
    """``Tickets`` and ``BestSeats`` of the body; "you must choose at least one type"."""
    tickets, best = body.get("tickets"), body.get("bestseats")
    if not tickets and not best:
        raise Problem(400, "The request is invalid.", "Tickets or BestSeats is required.")
    tickets = tickets or []
    if not isinstance(tickets, list) or not all(_is_int(ticket) for ticket in tickets):
        raise Problem(400, "The request is invalid.", "Tickets is a collection of integers.")
    if not best:
        return tickets, None
    if not isinstance(best, dict):
        raise Problem(400, "The request is invalid.", "BestSeats is an object.")
    found: dict[str, int] = {}
    for name, key in (("performanceid", "performance"), ("areaid", "area"), ("seatscount", "count")):
        if not _is_int(best.get(name)):
            raise Problem(400, "The request is invalid.", f"BestSeats.{name} is not a valid integer.")
        found[key] = best[name]
    price = pence(best.get("price")) if not isinstance(best.get("price"), bool) else None
    if price is None:
        raise Problem(400, "The request is invalid.", "BestSeats.Price is not a valid decimal.")
    return tickets, {**found, "pence": price}


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= INT_32
