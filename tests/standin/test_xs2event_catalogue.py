"""The imitated XS2Event's catalogue. Written from XS2Event, API reference, and compared with captured answers."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shop.standin.wsgi import make_app
from tests.standin.xs2event_caller import ORIGIN, Buyer, body, standin

ID = re.compile(r"[0-9a-f]{32}_[a-z]{3}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_FIELDS = (
    "ticket_id event_id category_id category_name ticket_title ticket_status type_ticket category_type "
    "category_information_available sub_category ticket_validity ticket_targetgroup eventdays ticket_validfrom "
    "ticket_validuntil net_rate face_value currency_code local_rates stock min_order flags options sales_periods "
    "supplier_id external_ticket_id supplier_role supplier_terms is_xs2event_supplier description_supplier "
    "information_shipping vat_category created updated"
)
TICKET_FIELDS = set(_FIELDS.split())


@pytest.fixture
def buyer() -> Buyer:
    return Buyer(standin())


def kinds(row: dict[str, Any]) -> dict[str, str]:
    return {name: type(value).__name__ for name, value in row.items()}


def fits(row: dict[str, Any], captured: list[dict[str, Any]]) -> None:
    """The same fields in the same order, each of a type that was captured."""
    assert list(row) == list(captured[0])
    for name, value in row.items():
        seen = {type(each[name]) for each in captured}
        assert type(value) in seen | {type(None)}, (name, value)


# Keys


def test_without_a_key_or_with_a_wrong_one_nothing_is_told():
    app = standin()
    assert Buyer(app, key="wrong").refused("/events") == 401
    nobody = Buyer(app)
    del nobody.http.headers["X-Api-Key"]
    assert nobody.refused("/sports") == 401
    nobody.http.headers["Authorization"] = "Bearer demo-xs2-key"
    assert nobody.refused("/sports") == 401


def test_the_name_of_the_key_header_may_be_written_in_any_case(buyer: Buyer):
    buyer.http.headers["x-api-KEY"] = buyer.http.headers.pop("X-Api-Key")
    assert buyer.get("/sports")["sports"]


def test_the_journal_shows_a_fingerprint_and_not_the_key(buyer: Buyer):
    buyer.get("/sports")
    call = buyer.control("/journal?world=xs2event")["calls"][-1]
    assert "demo-xs2-key" not in str(call)
    assert call["headers"]["X-Api-Key"].startswith("fp:")


# Shapes


def test_every_event_has_the_captured_fields_and_types(buyer: Buyer):
    captured = body("events_soccer.json")["events"] + body("events_formula1.json")
    for row in buyer.get("/events", page_size=1000)["events"]:
        fits(row, captured)
        assert ID.fullmatch(row["event_id"])
        assert ID.fullmatch(row["venue_id"])
        assert MOMENT.fullmatch(row["date_start"])
        assert MOMENT.fullmatch(row["created"])
        assert row["iso_country"].isupper()
        assert len(row["iso_country"]) == 3
        float(row["latitude"])


def test_pagination_is_the_captured_one_and_a_page_number(buyer: Buyer):
    captured = body("events_soccer.json")["pagination"]
    found = buyer.get("/events", page_size=7)["pagination"]
    assert set(found) == {*captured, "page_number"}
    buyer.settings(page_number=0)
    assert kinds(buyer.get("/events", page_size=7)["pagination"]) == kinds(captured)


@pytest.mark.parametrize(
    "plural", ["categories", "cities", "countries", "sports", "teams", "tournaments", "venues"]
)
def test_the_other_lists_have_the_fields_of_the_documents(buyer: Buyer, plural: str):
    documented = body("catalogue_examples.json")[f"GET /v1/{plural}"][plural][0]
    rows = buyer.get(f"/{plural}", page_size=1000)[plural]
    assert rows
    for row in rows:
        assert set(documented) <= set(row)
        for name, value in row.items():
            if value is not None and name in documented and documented[name] is not None:
                assert type(value) is type(documented[name]), (plural, name, value)


def test_a_ticket_has_the_fields_of_the_documents_and_whole_numbers(buyer: Buyer):
    for row in buyer.every(include_youth="true"):
        assert set(row) - {"package_quantity"} == TICKET_FIELDS
        assert ("package_quantity" in row) == ("package_rate" in row["flags"])
        for name in ("net_rate", "face_value", "stock", "min_order"):
            assert type(row[name]) is int
        assert row["local_rates"].keys() == {"net_rate_eur", "face_value_eur"}
        assert row["options"]["pairs_only"] == ("pairs_only" in row["flags"])


def test_a_single_resource_is_the_bare_object_of_its_list(buyer: Buyer):
    for plural, name in (("events", "event_id"), ("venues", "venue_id"), ("tournaments", "tournament_id"),
                         ("teams", "team_id"), ("categories", "category_id"), ("tickets", "ticket_id")):  # fmt: skip
        row = buyer.get(f"/{plural}", page_size=3)[plural][-1]
        assert buyer.get(f"/{plural}/{row[name]}") == row
        assert buyer.refused(f"/{plural}/{'0' * 32}_evt") == 404


def test_the_singular_ticket_of_the_guide_and_the_plural_answer_alike(buyer: Buyer):
    ticket = buyer.every()[0]
    for rest in ("", "/guestdata"):
        path = f"{ticket['ticket_id']}{rest}"
        assert buyer.get(f"/ticket/{path}") == buyer.get(f"/tickets/{path}")


# The programme


def test_forty_events_and_more_are_to_come_over_football_tennis_racing_and_concerts(buyer: Buyer):
    events = buyer.coming()
    sports = Counter(event["sport_type"] for event in events)
    assert len(events) >= 40
    assert sports["soccer"] >= 20
    assert min(sports[name] for name in ("tennis", "formula1", "other")) >= 5
    assert all(event["date_stop"] >= "2027-01-12" for event in events)


def test_ids_are_the_same_next_month_and_in_another_state(buyer: Buyer, tmp_path: Any):
    before = {event["event_id"]: event["event_name"] for event in buyer.coming()}
    tickets = {ticket["ticket_id"] for ticket in buyer.every()}
    buyer.advance(30 * 86400)
    later = {event["event_id"]: event["event_name"] for event in buyer.coming()}
    assert len(set(before) & set(later)) > 35
    other = Buyer(make_app(str(tmp_path / "other.sqlite3"), ORIGIN))
    other.control("/clock", {"offset_seconds": buyer.control("/clock")["offset_seconds"]})
    assert {event["event_id"] for event in other.coming()} == set(later)
    assert len(tickets & {ticket["ticket_id"] for ticket in other.every()}) > 100


def test_past_events_come_back_as_closed_without_a_filter(buyer: Buyer):
    every = buyer.get("/events", page_size=1000)["events"]
    past = [event for event in every if event["date_stop"] < "2027-01-11"]
    assert past
    assert {event["event_status"] for event in past} == {"closed"}
    assert {ticket["ticket_status"] for ticket in buyer.tickets(past[0])} <= {"disabled"}


def test_an_event_has_three_to_eight_tickets_or_none_at_all(buyer: Buyer):
    numbers = Counter(ticket["event_id"] for ticket in buyer.every(include_youth="true"))
    without = [event for event in buyer.coming() if event["event_id"] not in numbers]
    assert set(numbers.values()) <= set(range(3, 9))
    assert [event["min_ticket_price_eur"] for event in without] == [None]


def test_every_kind_of_ticket_flag_stock_and_currency_occurs(buyer: Buyer):
    tickets = buyer.every(include_youth="true")
    assert {ticket["type_ticket"] for ticket in tickets} == {"eticket", "appticket", "paper-ticket",
                                                             "collection-stadium", "other"}  # fmt: skip
    assert {flag for ticket in tickets for flag in ticket["flags"]} == {
        "pairs_only", "no_max_minus_1", "package_rate", "no_awayteam_nationality_allowed",
        "no_awayteam_province_allowed", "no_away_fans"}  # fmt: skip
    assert {0, 1, 5, 200} <= {ticket["stock"] for ticket in tickets}
    assert {ticket["currency_code"] for ticket in tickets} == {"EUR", "GBP"}
    assert 2 in {ticket["min_order"] for ticket in tickets}
    assert {"youth", "regular"} == {ticket["ticket_targetgroup"] for ticket in tickets}


def test_states_and_prices_of_events_are_those_that_were_captured(buyer: Buyer):
    events = buyer.coming()
    by_state = {event["event_status"]: event for event in events}
    assert set(by_state) == {"notstarted", "soldout", "nosale", "postponed", "cancelled"}
    assert by_state["soldout"]["min_ticket_price_eur"] is None
    assert by_state["nosale"]["min_ticket_price_eur"] == by_state["nosale"]["number_of_tickets"] == 0
    assert all(ticket["stock"] == 0 for ticket in buyer.tickets(by_state["soldout"]))


def test_an_unconfirmed_time_is_midnight_and_becomes_certain_two_weeks_before(buyer: Buyer):
    event = next(event for event in buyer.coming() if not event["date_confirmed"])
    assert event["date_start"].endswith("T00:00:00")
    assert event["date_stop"].endswith("T01:45:00")
    buyer.control("/clock", {"offset_seconds": 0})
    day = event["date_start"][:10]
    now = buyer.control("/clock")["now"]
    ahead = datetime.fromisoformat(f"{day}T12:00:00+00:00") - datetime.fromisoformat(now)
    buyer.advance(ahead.total_seconds() - 13 * 86400)
    later = buyer.get(f"/events/{event['event_id']}")
    assert later["date_confirmed"] is True
    assert not later["date_start"].endswith("T00:00:00")
    assert later["updated"] > event["updated"]


def test_a_race_weekend_is_midnights_with_the_race_beside_them(buyer: Buyer):
    race = buyer.coming(sport_type="formula1")[0]
    assert race["date_start"].endswith("T00:00:00")
    assert race["date_start_main_event"] > race["date_start"]
    assert race["hometeam_id"] is None
    subs = {ticket["sub_category"] for ticket in buyer.tickets(race, include_youth="true")}
    assert {"weekend_regular", "sun_regular", "twoday_regular", "weekend_youth"} <= subs


def test_two_football_fixtures_in_euros_ask_the_lead_guest_now_and_everybody_later(buyer: Buyer):
    wanted = [["first_name", "last_name", "contact_email", "contact_phone", "lead_guest", "pre_checkout"],
              ["first_name", "last_name", "date_of_birth", "passport_number", "all_persons", "pre_download"]]  # fmt: skip
    good = 0
    for event in buyer.coming(sport_type="soccer", event_status="notstarted"):
        tickets = [t for t in buyer.tickets(event, stock="ge:3") if t["currency_code"] == "EUR"]
        asking = [t for t in tickets if buyer.get(f"/tickets/{t['ticket_id']}/guestdata") ==
                  {"guest_data_requirements": wanted}]  # fmt: skip
        good += len(asking) >= 3 and len({t["supplier_id"] for t in tickets}) >= 2
    assert good >= 2


def test_pound_prices_are_told_in_euros_beside_them(buyer: Buyer):
    ticket = next(ticket for ticket in buyer.every() if ticket["currency_code"] == "GBP")
    assert ticket["local_rates"]["net_rate_eur"] == (ticket["net_rate"] * 11687 + 5000) // 10000


def test_the_event_tells_the_lowest_and_highest_price_and_what_is_left(buyer: Buyer):
    event = next(event for event in buyer.coming(sport_type="soccer") if event["min_ticket_price_eur"])
    sold = buyer.tickets(event, ticket_status="available", stock="gt:0")
    assert event["min_ticket_price_eur"] == min(t["local_rates"]["net_rate_eur"] for t in sold)
    assert event["max_ticket_price_eur"] == max(t["local_rates"]["net_rate_eur"] for t in sold)
    assert event["number_of_tickets"] == sum(t["stock"] for t in sold)


def test_categories_say_in_html_what_the_places_are_like(buyer: Buyer):
    event = buyer.coming(country="ESP")[0]
    categories = buyer.get("/categories", event_id=event["event_id"])["categories"]
    assert {c["category_id"] for c in categories} == {
        t["category_id"] for t in buyer.tickets(event, include_youth="true")}  # fmt: skip
    assert all(c["description"]["en_GB"].startswith("<p>") for c in categories)
    assert {c["category_type"] for c in categories} >= {"grandstand"}


# Queries


@pytest.mark.parametrize("path", ["/events", "/tickets", "/venues", "/sports", "/countries", "/reservations",
                                  "/bookings", "/bookingorders", "/bookingorders/list", "/categories"])  # fmt: skip
def test_a_key_that_is_not_documented_is_refused(buyer: Buyer, path: str):
    assert buyer.refused(path, foo="bar") == 422


def test_single_resources_take_only_their_own_keys(buyer: Buyer):
    event = buyer.coming()[0]["event_id"]
    assert buyer.get(f"/events/{event}", accept_language="nl_NL")["event_id"] == event
    assert buyer.refused(f"/events/{event}", page="1") == 422
    assert buyer.refused(f"/events/{event}/guestdata", event_id=event) == 422


def test_words_of_fields_are_not_words_of_filters(buyer: Buyer):
    assert buyer.refused("/tickets", type_ticket="eticket") == 422
    assert buyer.refused("/events", visiting_id="x") == 422
    assert buyer.refused("/events", iso_country="ESP") == 422
    assert buyer.refused("/events", is_popular="true") == 422
    assert buyer.refused("/events", page_number="1") == 422


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/events", {"sport_type": "xyz"}),
        ("/events", {"sport_type": "in:[soccer,tennis]"}),
        ("/events", {"event_status": "open"}),
        ("/events", {"date_stop": "ge:2027-1-1"}),
        ("/events", {"date_stop": "ge:2027-02-30"}),
        ("/events", {"updated": "ge:2027-01-01T00:00:00"}),
        ("/events", {"country": "NL"}),
        ("/events", {"tickets_available": "yes"}),
        ("/events", {"page": "0"}),
        ("/events", {"page_size": "many"}),
        ("/events", {"event_id": "in:a,b"}),
        ("/events", {"event_id": "in:[]"}),
        ("/events", {"event_name": "ge:A"}),
        ("/tickets", {"stock": "gt:some"}),
        ("/tickets", {"updated": "ge:2027-01-01 00:00:00"}),
        ("/tickets", {"ticket_type": "pdf"}),
        ("/bookings", {"compare_mode": "XOR"}),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_400(buyer: Buyer, path: str, query: dict[str, str]):
    assert buyer.refused(path, **query) == 400


def test_numbers_and_dates_are_compared_as_the_prefix_says(buyer: Buyer):
    day = buyer.coming()[3]["date_start"][:10]
    for operator, holds in (("ge", lambda a: a >= day), ("gt", lambda a: a > day), ("le", lambda a: a <= day),
                            ("lt", lambda a: a < day), ("ne", lambda a: a != day), ("eq", lambda a: a == day)):  # fmt: skip
        rows = buyer.get("/events", date_start=f"{operator}:{day}", page_size=1000)["events"]
        assert rows
        assert all(holds(row["date_start"][:10]) for row in rows)
    assert all(t["stock"] > 5 for t in buyer.get("/tickets", stock="gt:5", page_size=1000)["tickets"])


def test_a_list_of_ids_in_square_brackets_may_be_percent_encoded(buyer: Buyer):
    ids = [event["event_id"] for event in buyer.coming()[:3]]
    plain = f"{buyer.base}/events?event_id=in:[{','.join(ids)}]"
    encoded = f"{buyer.base}/events?event_id=in%3A%5B{'%2C'.join(ids)}%5D"
    for address in (plain, encoded):
        assert {event["event_id"] for event in buyer.http.get(address).json()["events"]} == set(ids)


def test_a_season_has_a_slash_in_it(buyer: Buyer):
    rows = buyer.get("/events", season="26/27", sport_type="soccer")["events"]
    assert rows
    assert {row["season"] for row in rows} == {"26/27"}


def test_changes_are_asked_for_with_a_space_in_the_moment(buyer: Buyer):
    event = buyer.coming()[5]
    buyer.control(f"/xs2event/events/{event['event_id']}", {"event_name": "Renamed"})
    rows = buyer.get("/events", updated="ge:2027-01-12 12:00:00")["events"]
    assert [row["event_name"] for row in rows] == ["Renamed"]


def test_pages_follow_each_other_by_absolute_addresses_and_end_with_an_empty_one(buyer: Buyer):
    address = f"{buyer.base}/events?sport_type=soccer&season=26/27&page_size=5"
    seen: list[str] = []
    while address:
        assert address.startswith(f"{ORIGIN}/xs2event/v1/events?")
        page = buyer.http.get(address).json()
        seen += [row["event_id"] for row in page["events"]]
        address = page["pagination"]["next_page"]
        if address:
            assert parse_qs(urlsplit(address).query)["season"] == ["26/27"]
    assert len(seen) == len(set(seen)) == page["pagination"]["total_size"]
    assert page["pagination"]["previous_page"].endswith(
        f"&page_size=5&page={page['pagination']['page_number'] - 1}"
    )
    assert buyer.get("/events", page="99")["events"] == []


def test_the_next_page_is_on_the_host_that_was_called():
    buyer = Buyer(standin(), origin="http://tickets.foyer.localhost:8001")
    assert buyer.get("/events", page_size=2)["pagination"]["next_page"].startswith(
        "http://tickets.foyer.localhost:8001/xs2event/v1/events?"
    )
    real = Buyer(buyer.app, origin="https://testapi.xs2event.com")
    real.base = "https://testapi.xs2event.com/v1"
    assert real.get("/events", page_size=2)["pagination"]["next_page"].startswith(
        "https://testapi.xs2event.com/v1/events?"
    )


def test_youth_tickets_are_left_out_unless_they_are_asked_for(buyer: Buyer):
    event = buyer.coming(sport_type="formula1")[0]
    plain, all_of_them = buyer.tickets(event), buyer.tickets(event, include_youth="true")
    assert {t["ticket_targetgroup"] for t in plain} == {"regular"}
    assert len(all_of_them) > len(plain)


def test_teams_of_a_tournament_and_venues_of_a_country_can_be_asked_for(buyer: Buyer):
    liga = next(t for t in buyer.get("/tournaments")["tournaments"] if t["official_name"] == "Liga Meridiana")
    teams = buyer.get("/teams", tournament_id=liga["tournament_id"])["teams"]
    assert {team["iso_country"] for team in teams} == {"ESP"}
    venues = buyer.get("/venues", country="GBR", venue_type="racetrack")["venues"]
    assert [venue["official_name"] for venue in venues] == ["Northmoor Circuit"]
    assert buyer.get("/events", team_id=teams[0]["team_id"])["events"]


def test_names_follow_the_language_of_the_query_or_else_of_the_header(buyer: Buyer):
    event = buyer.coming(country="ESP", sport_type="soccer")[0]
    path = f"/events/{event['event_id']}"
    german = event["event_name"].replace(" vs ", " - ")
    assert buyer.get(path, accept_language="de_DE")["event_name"] == german != event["event_name"]
    buyer.http.headers["Accept-Language"] = "nl-NL,nl;q=0.9"
    assert buyer.get(path)["event_name"] == german
    assert buyer.get("/events", event_id=event["event_id"], accept_language="en_GB")["events"] == [event]


# Requirements, limits, changes


def test_requirements_come_flat_or_nested_as_the_switch_says(buyer: Buyer):
    tickets = buyer.every()
    asked = {t["ticket_id"]: buyer.get(f"/tickets/{t['ticket_id']}/guestdata")["guest_data_requirements"]
             for t in tickets if t["sub_category"] == "singleday_regular"}  # fmt: skip
    assert [] in asked.values()
    flat = next(key for key, words in asked.items() if words and isinstance(words[0], str))
    nested = next(key for key, words in asked.items() if words and isinstance(words[0], list))
    assert asked[flat][-1] in {"pre_checkout", "pre_download"}
    assert asked[flat][-2] in {"all_persons", "lead_guest"}
    assert len(asked[nested]) > 1
    buyer.settings(requirements="nested")
    now = buyer.get(f"/tickets/{flat}/guestdata", country_hint="ITA")["guest_data_requirements"]
    assert now == [asked[flat]]
    assert buyer.refused(f"/tickets/{flat}/guestdata", country_hint="IT") == 400


def test_all_pairs_of_scope_and_condition_occur(buyer: Buyer):
    buyer.settings(requirements="nested")
    seen = set()
    for event in buyer.coming():
        for group in buyer.get(f"/events/{event['event_id']}/guestdata")["guest_data_requirements"]:
            seen.add(tuple(group[-2:]))
    assert seen == {(scope, moment) for scope in ("all_persons", "lead_guest")
                    for moment in ("pre_checkout", "pre_download")}  # fmt: skip


def test_over_the_limit_the_answer_is_503_until_a_minute_has_passed(buyer: Buyer):
    buyer.settings(rate_limit=3)
    answers = [buyer.call("GET", "/sports").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 503, 503]
    assert Buyer(buyer.app, key="second-xs2-key").call("GET", "/sports").status_code == 503
    refused = buyer.call("GET", "/sports")
    assert "Retry-After" not in refused.headers
    with pytest.raises(requests.exceptions.JSONDecodeError):
        refused.json()
    buyer.advance(61)
    assert buyer.call("GET", "/sports").status_code == 200


def test_stock_price_and_state_of_a_ticket_can_be_set(buyer: Buyer):
    ticket = buyer.football()
    buyer.change(ticket, stock=7, net_rate=12300)
    now = buyer.get(f"/tickets/{ticket['ticket_id']}")
    assert (now["stock"], now["net_rate"]) == (7, 12300)
    buyer.change(ticket, ticket_status="disabled", stock=None, net_rate=None)
    now = buyer.get(f"/tickets/{ticket['ticket_id']}")
    assert (now["ticket_status"], now["stock"], now["net_rate"]) == (
        "disabled",
        ticket["stock"],
        ticket["net_rate"],
    )
    buyer.change(ticket, removed=True)
    assert buyer.refused(f"/tickets/{ticket['ticket_id']}") == 404
    buyer.control("/reset", {"world": "xs2event"})
    assert buyer.get(f"/tickets/{ticket['ticket_id']}") == ticket
