"""The reading half of XS2Event: sports, places, tournaments, teams, venues, events, categories, tickets.

Source: XS2Event, API reference of each list for its query keys and fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_categories import CATEGORIES
from shop.standin.xs2event_offers import Ticket, tickets
from shop.standin.xs2event_places import TEAMS, VENUES, Team, Venue
from shop.standin.xs2event_query import COUNTRY, DAY, IGNORED, MOMENT, WHOLE, YES, Key, Query, text, word
from shop.standin.xs2event_requirements import told
from shop.standin.xs2event_rows import category, event, team, ticket_keys, tournament, venue
from shop.standin.xs2event_rows import ticket as ticket_row
from shop.standin.xs2event_season import FIXTURES, TOURNAMENTS, Event
from shop.standin.xs2event_stock import Look
from shop.standin.xs2event_wire import bad_value, not_found

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

_SPORTS = (
    "soccer motorsport tennis rugby darts horseracing boxing other motogp formula1 cricket basketball combatsport "
    "icehockey nba nfl mlb watersport dtm indycar superbike padel handball golf rowing cycling"
)
SPORTS = _SPORTS.split()
# One sport a call: a list of sports did not work when it was tried on the test API.
SPORT = word(*SPORTS, field="sport_type", single=True)
TOURNAMENT_TYPE = word("cup", "league", "oneoff", field="tournament_type")

EVENT_KEYS: dict[str, Key] = {
    "sport_type": SPORT, "tournament_type": TOURNAMENT_TYPE, "date_start": DAY, "date_stop": DAY,
    "venue_id": text(), "event_id": text(), "tournament_id": text(), "team_id": text("hometeam_id", "visiting_id"),
    "hometeam_id": text(), "visitingteam_id": text("visiting_id"), "city": text(), "location_id": text(),
    "event_status": word("notstarted", "soldout", "nosale", "closed", "postponed", "cancelled"),
    "country": Key("country", ("iso_country",)), "event_name": text(), "tournament_name": text(),
    "tickets_available": Key("yes", ("number_of_tickets",)), "booked": YES,
    "popular_events": Key("yes", ("is_popular",)),
    "ticket_price_eur": Key("whole", ("min_ticket_price_eur",)), "slug": text(), "season": text(),
    "accept_language": IGNORED, "updated": MOMENT, "created": MOMENT,
}  # fmt: skip
TICKET_KEYS: dict[str, Key] = {
    "ticket_validfrom": DAY, "ticket_validuntil": DAY, "face_value": WHOLE, "stock": WHOLE, "venue_id": text(),
    "event_id": text(), "ticket_id": text(),
    "ticket_type": word("eticket", "appticket", "paper-ticket", "collection-stadium", "other", field="type_ticket"),
    "ticket_status": word("available", "disabled", "error", "returned"), "city": text(), "supplier_type": text(),
    "supplier_id": text(), "organiser_id": text(), "category_id": text(), "sport_type": SPORT,
    "tournament_id": text(), "sub_category": text(),
    "category_type": word("grandstand", "generaladmission", "busparking", "carparking", "camping", "transfer",
                          "hospitality", "offsite_hospitality", "extras"),
    "ticket_source": text(), "is_relisted_ticket": YES, "show_deleted": IGNORED,
    "ticket_validity": word("singleday", "twoday", "weekend", "fourday", "other"),
    "vat_category": word("high", "low", "middle", "none"), "updated": DAY, "created": DAY, "include_youth": IGNORED,
}  # fmt: skip


def spoken(request: StandinRequest) -> str:
    """The language that was asked for, two letters: by the query or else by the header."""
    asked = request.args.get("accept_language") or request.headers.get("Accept-Language", "")
    return asked[:2].lower()


class Catalogue:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env
        self._known: tuple[str, list[Event], dict[str, Ticket]] | None = None

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/sports", self.sports),
            ("GET", "/v1/countries", self.countries),
            ("GET", "/v1/cities", self.cities),
            ("GET", "/v1/tournaments", self.tournaments),
            ("GET", "/v1/tournaments/<wanted>", self.tournament),
            ("GET", "/v1/teams", self.teams),
            ("GET", "/v1/teams/<wanted>", self.team),
            ("GET", "/v1/venues", self.venues),
            ("GET", "/v1/venues/<wanted>", self.venue),
            ("GET", "/v1/events", self.events),
            ("GET", "/v1/events/<wanted>", self.event),
            ("GET", "/v1/events/<wanted>/guestdata", self.event_guestdata),
            ("GET", "/v1/categories", self.categories),
            ("GET", "/v1/categories/<wanted>", self.category),
            ("GET", "/v1/tickets", self.tickets),
            # The guide writes /v1/ticket/:ticket_id, clients use the plural.
            ("GET", "/v1/ticket/<wanted>", self.ticket),
            ("GET", "/v1/ticket/<wanted>/guestdata", self.ticket_guestdata),
            ("GET", "/v1/tickets/<wanted>", self.ticket),
            ("GET", "/v1/tickets/<wanted>/guestdata", self.ticket_guestdata),
        ]

    # What there is

    def all_events(self) -> list[Event]:
        """Both editions of every fixture, by date."""
        return self._all()[1]

    @staticmethod
    def tickets_for(one: Event) -> tuple[Ticket, ...]:
        return tickets(one)

    def ticket_of(self, ticket_id: str) -> Ticket | None:
        return self._all()[2].get(ticket_id)

    def _all(self) -> tuple[str, list[Event], dict[str, Ticket]]:
        now = self._env.clock.now()
        minute = now.strftime("%Y%m%d%H%M")
        known = self._known
        if known is None or known[0] != minute:
            found = [edition for fixture in FIXTURES for edition in fixture.around(now)]
            found.sort(key=lambda each: (each.main[0], each.id))
            known = (minute, found, {t.id: t for each in found for t in tickets(each)})
            self._known = known
        return known

    def find_event(self, wanted: str, look: Look) -> Event:
        for each in self.all_events():
            if each.id == wanted and not look.event(each).get("removed"):
                return each
        raise not_found("event", wanted)

    def find_ticket(self, wanted: str, look: Look) -> Ticket:
        found = self.ticket_of(wanted)
        if found is None or look.ticket(found).removed:
            raise not_found("ticket", wanted)
        return found

    def listed(self, query: Query, plural: str, rows: Iterable[dict[str, Any]]) -> Response:
        return query.listed(plural, rows, page_number=bool(self._world.settings["page_number"]))

    # Lists of words

    def sports(self, request: StandinRequest) -> Response:
        return self.listed(Query(request, {}), "sports", [{"sport_id": name} for name in SPORTS])

    def countries(self, request: StandinRequest) -> Response:
        names = sorted({one.country for one in VENUES})
        return self.listed(Query(request, {}), "countries", [{"country": name} for name in names])

    def cities(self, request: StandinRequest) -> Response:
        query = Query(request, {"country": COUNTRY, "event_startdate": DAY, "query": IGNORED})
        found = {}
        for one in self.all_events():
            place = one.venue
            row = {"city": place.city, "country": place.country, "event_startdate": one.day.isoformat()}
            if query.given.get("query", "").casefold() in place.city.casefold() and query.chosen([row]):
                found[place.city] = {"city": place.city, "country": place.country}
        rows = [found[name] for name in sorted(found)]
        return self.listed(query.without_tests(), "cities", rows)

    # Tournaments, teams, venues

    def tournaments(self, request: StandinRequest) -> Response:
        keys = {
            "region": Key("word", (), frozenset({"WORLD", *(t.region for t in TOURNAMENTS.values())})),
            "date_start": DAY, "date_stop": DAY, "sport_type": SPORT, "tournament_type": TOURNAMENT_TYPE,
            "tournament_name": text("official_name"), "query": IGNORED, "season": text(), "tournament_id": text(),
        }  # fmt: skip
        query = Query(request, keys)
        part = query.given.get("query", "").casefold()
        rows = [row for row in self._tournaments() if part in row["official_name"].casefold()]
        return self.listed(query, "tournaments", rows)

    def _tournaments(self) -> list[dict[str, Any]]:
        numbers: dict[tuple[str, str], int] = {}
        for one in self.all_events():
            key = (one.fixture.tournament, one.season)
            numbers[key] = numbers.get(key, 0) + 1
        return [
            tournament(TOURNAMENTS[name], season, number)
            for (name, season), number in sorted(numbers.items())
        ]

    def tournament(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        for row in self._tournaments():
            if row["tournament_id"] == wanted:
                return as_json(row)
        raise not_found("tournament", wanted)

    def teams(self, request: StandinRequest) -> Response:
        keys = {
            "sport_type": SPORT, "tournament_id": text("tournament_ids"),
            "iso_country": Key("country"), "popular": Key("yes", ("popular_team",)), "club_logo": IGNORED,
        }  # fmt: skip
        query = Query(request, keys)
        wanted = query.given.get("tournament_id")
        playing: set[str] = set()
        for one in self.all_events():
            if one.tournament.id_in(one.season) == wanted:
                playing |= {side.id for side in (one.home, one.away) if side}
        rows = []
        for each in TEAMS:
            row = team(each)
            row["tournament_ids"] = wanted if each.id in playing else None
            rows.append(row)
        chosen = query.chosen(rows)
        for row in chosen:
            del row["tournament_ids"]
        return self.listed(query.without_tests(), "teams", chosen)

    def team(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        found: Team | None = next((each for each in TEAMS if each.id == wanted), None)
        if found is None:
            raise not_found("team", wanted)
        return as_json(team(found))

    def venues(self, request: StandinRequest) -> Response:
        keys = {
            "country": COUNTRY, "venue_type": word("racetrack", "stadium", "other"),
            "popular": Key("yes", ("popular_stadium",)), "city": text(), "venue_name": text("official_name"),
            "slug": text(),
        }  # fmt: skip
        return self.listed(Query(request, keys), "venues", map(venue, VENUES))

    def venue(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        found: Venue | None = next((each for each in VENUES if each.id == wanted), None)
        if found is None:
            raise not_found("venue", wanted)
        return as_json(venue(found))

    # Events

    def events(self, request: StandinRequest) -> Response:
        query = Query(request, EVENT_KEYS)
        look = self._world.stock.look()
        booked = self._world.booked_events(request) if "booked" in query.given else set()
        rows = []
        for one in self.all_events():
            if not look.event(one).get("removed"):
                row = event(look, one, spoken(request))
                if "booked" in query.given:
                    row["booked"] = one.id in booked
                rows.append(row)
        chosen = query.chosen(rows)
        for row in chosen:
            row.pop("booked", None)
        return self.listed(query.without_tests(), "events", chosen)

    def event(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {"accept_language": IGNORED}, paged=False)
        look = self._world.stock.look()
        return as_json(event(look, self.find_event(wanted, look), spoken(request)))

    def event_guestdata(self, request: StandinRequest, wanted: str) -> Response:
        """What any ticket of the event asks for. How the real one sums up several is not documented; our reading: every
        different group once."""
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        found = self.find_event(wanted, self._world.stock.look())
        shape = str(self._world.settings["requirements"])
        kinds = [each.spec.asks for each in tickets(found)]
        return as_json({"guest_data_requirements": told(kinds, shape)})

    # Categories

    def categories(self, request: StandinRequest) -> Response:
        keys = {
            "event_id": IGNORED, "venue_id": text(), "supplier_id": IGNORED, "sport_type": SPORT, "country": COUNTRY,
            "venue_name": text(), "category_name": text(), "on_svg": YES, "category_id": text(), "slug": text(),
        }  # fmt: skip
        query = Query(request, keys)
        wanted = self._offered_in(query)
        rows = []
        for one in CATEGORIES:
            if wanted is None or one.id in wanted:
                rows.append(
                    {
                        **category(one, self._sports_at(one.venue)),
                        "country": one.venue.country,
                        "slug": one.slug,
                    }
                )
        chosen = query.chosen(rows)
        for row in chosen:
            del row["country"], row["slug"]
        return self.listed(query.without_tests(), "categories", chosen)

    def _offered_in(self, query: Query) -> set[str] | None:
        """Ids of the categories of an event or of a supplier, None when nobody asked for one."""
        event_id, supplier_id = query.given.get("event_id"), query.given.get("supplier_id")
        for name, value in (("event_id", event_id), ("supplier_id", supplier_id)):
            if value is not None and (":" in value or not value):
                raise bad_value(name, "takes one id")
        if event_id is None and supplier_id is None:
            return None
        return {
            each.category.id
            for each in self._all()[2].values()
            if event_id in {None, each.event.id} and supplier_id in {None, each.supplier.id}
        }

    @staticmethod
    def _sports_at(place: Venue) -> list[str]:
        return sorted({TOURNAMENTS[f.tournament].sport for f in FIXTURES if f.place == place})

    def category(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        for one in CATEGORIES:
            if one.id == wanted:
                return as_json(category(one, self._sports_at(one.venue)))
        raise not_found("category", wanted)

    # Tickets

    def tickets(self, request: StandinRequest) -> Response:
        query = Query(request, TICKET_KEYS)
        youth, deleted = query.flag("include_youth"), query.flag("show_deleted")
        look = self._world.stock.look()
        shown = {}
        wanted = query.given.get("event_id", "")
        for one in self._all()[2].values():
            if wanted and ":" not in wanted and one.event.id != wanted:
                continue
            now = look.ticket(one)
            if (youth or one.spec.target != "youth") and (deleted or not now.removed):
                shown[one.id] = now
        chosen = query.chosen(map(ticket_keys, shown.values()))
        rows = [ticket_row(shown[row["ticket_id"]]) for row in chosen]
        return self.listed(query.without_tests(), "tickets", rows)

    def ticket(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        look = self._world.stock.look()
        return as_json(ticket_row(look.ticket(self.find_ticket(wanted, look))))

    def ticket_guestdata(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {"country_hint": IGNORED}, paged=False).country_hint()
        found = self.find_ticket(wanted, self._world.stock.look())
        shape = str(self._world.settings["requirements"])
        return as_json({"guest_data_requirements": told([found.spec.asks], shape)})
