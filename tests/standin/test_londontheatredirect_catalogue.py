"""London Theatre Direct's catalogue, from "Inventory API" and "System API": shapes, odd records, live counts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from shop.standin.ltd_season import SEASON
from tests.standin.ltd_caller import NOON, ORIGIN, Caller, in_process

GENERAL_ADMISSION, TWIN, NEW_YORK, PAIRED, NO_END, NO_HINT, ROOM, NO_PAGE = (
    5111,
    5113,
    5114,
    5115,
    5116,
    5140,
    5112,
    5126,
)
NUMBER = (int, float)

EVENT_FIELDS = {
    "EventId": int, "EventType": int, "Name": str, "Description": str, "VenueId": int, "RunningTime": (str, None),
    "AgeRating": (int, None), "MinimumAge": (str, None), "ImportantNotice": (str, None), "MainImageUrl": str,
    "SmallImageUrl": str, "DetailImageUrl": (str, None), "SpecialGraphics": (str, None), "OfferLabel": (str, None),
    "ShortOfferText": str, "LongOfferText": str, "CurrentPrice": NUMBER, "OfferPrice": NUMBER, "StartDate": str,
    "EndDate": (str, None), "EventMinimumPrice": NUMBER, "EventMaximumPrice": NUMBER,
    "OfferDisplayText": (str, None), "MultimediaContent": list, "EventDetailUrl": (str, None),
    "TagLine": (str, None), "PrintAtHomeTicketsEnabled": bool, "Accessibility": (str, None),
}  # fmt: skip
PERFORMANCE_FIELDS = {
    "PerformanceId": int, "PerformanceDate": str, "TicketCount": int, "TotalSeatsCount": int,
    "TotalAvailableTickesCount": int, "ContainsDiscountOfferTickets": bool, "ContainsNoFeeOfferTickets": bool,
    "MinimumTicketPrice": NUMBER, "MaximumConsecutiveSeatsCount": int, "EventId": int,
    "PairedPerformances": (list, None), "DirectlyBookablePerformance": bool,
}  # fmt: skip
NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def check(record: dict[str, Any], fields: dict[str, Any]) -> None:
    """The record has these fields and no other, each of the type or null where that is allowed."""
    assert list(record) == list(fields)
    for name, kinds in fields.items():
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        value = record[name]
        if value is None:
            assert None in allowed, name
        else:
            types = tuple(kind for kind in allowed if kind is not None)
            assert isinstance(value, types), name
            assert bool in types or not isinstance(value, bool), name


def events(ltd: Caller, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ltd.get("/Events", **query).json()["Events"]
    return found


def performances(ltd: Caller, event_id: int, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ltd.get(f"/Events/{event_id}/Performances", **query).json()["Performances"]
    return found


# System


def test_a_wrong_or_missing_key_gets_403_with_html(ltd: Caller) -> None:
    for headers in ({"Api-Key": "wrong"}, {"Api-Key": ""}, {"Api-Key": None}):
        answer = requests.Session.get(ltd.http, f"{ltd.base}/Events", headers=headers)
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
        assert len(answer.text) < 200


def test_both_keys_of_the_demo_are_accepted(ltd: Caller) -> None:
    assert Caller(key="second-ltd-key", app=ltd.app).get("/System/HeartBeat").json() is True


def test_the_heart_beat_is_a_bare_true(ltd: Caller) -> None:
    assert ltd.get("/System/HeartBeat").text == "true"


def test_countries_have_the_documented_ids(ltd: Caller) -> None:
    countries = ltd.get("/System/Countries").json()["Countries"]
    assert all(set(c) == {"CountryId", "CountryName", "Ordering", "ISO3166"} for c in countries)
    by_id = {c["CountryId"]: c["ISO3166"] for c in countries}
    known = {1: "AD", 2: "AE", 3: "AF", 4: "AG", 218: "GB", 237: "ZW", 238: "RS", 241: "CW"}
    assert {key: by_id[key] for key in known} == known
    assert len(by_id) == len(countries) > 200
    assert max(by_id) > len(by_id)  # ids have gaps


def test_us_states_have_the_documented_ids(ltd: Caller) -> None:
    states = ltd.get("/System/USStates").json()["USStates"]
    assert [s["StateCode"] for s in states[:4]] == ["AL", "AK", "AZ", "AR"]
    assert [s["StateId"] for s in states[:4]] == [1, 2, 3, 4]
    assert len(states) == 51


def test_lists_of_types_and_the_protection_price(ltd: Caller) -> None:
    types = {t["EventTypeId"]: t["EventTypeName"] for t in ltd.get("/System/EventTypes").json()["EventTypes"]}
    assert (types[1], types[2]) == ("Musical", "Play")
    assert {e["EventType"] for e in events(ltd)} <= types.keys()
    deliveries = ltd.get("/System/DeliveryTypes").json()["DeliveryTypes"]
    assert {
        "DeliveryTypeId": 1,
        "DeliveryTypeName": "Box Office Collection",
        "DeliveryTypePrice": 1,
    } in deliveries
    assert {d["DeliveryTypeId"] for d in deliveries} == {1, 2, 3, 91, 92, 93, 94}
    assert ltd.get("/TicketPlanPrice").json() == {"Price": 2.5}


# Events


def test_events_have_the_documented_fields(ltd: Caller) -> None:
    found = events(ltd)
    assert len(found) >= 40
    for record in found:
        check(record, EVENT_FIELDS)


def test_the_pictures_are_listed_in_the_detail_call_only(ltd: Caller) -> None:
    detail = ltd.get("/Events/5101").json()["Event"]
    assert {"Width": 600, "Height": 800, "Url": f"{ORIGIN}/posters/ltd/5101.svg"} in detail["Images"]
    assert "Images" not in events(ltd)[0]


def test_events_can_be_asked_for_by_type(ltd: Caller) -> None:
    plays = events(ltd, type=2)
    assert plays
    assert {e["EventType"] for e in plays} == {2}
    assert events(ltd, type=77) == []


def test_the_season_has_every_kind_and_many_houses(ltd: Caller) -> None:
    found = events(ltd)
    assert len({e["EventType"] for e in found}) == 8
    assert len({e["VenueId"] for e in found}) >= 20


def test_texts_are_html_with_entities_and_line_breaks_and_empty_in_two_ways(ltd: Caller) -> None:
    found = events(ltd)
    texts = "".join(e["Description"] for e in found)
    assert "\r\n" in texts
    assert "&nbsp;" in texts
    assert "style=" in texts
    for field in ("ImportantNotice", "OfferDisplayText"):
        assert {None, ""} <= {e[field] for e in found}
    assert any(e["LongOfferText"] == "<p> </p>" for e in found)


def test_prices_come_as_ints_and_as_floats(ltd: Caller) -> None:
    kinds = {type(e["EventMinimumPrice"]) for e in events(ltd)}
    assert kinds == {int, float}


def test_the_odd_events_are_there(ltd: Caller) -> None:
    found = {e["EventId"]: e for e in events(ltd)}
    assert found[TWIN]["Name"] == found[5101]["Name"] + " *"
    assert found[NO_END]["EndDate"] is None
    assert found[NO_HINT]["EventMinimumPrice"] == 0
    assert found[NO_PAGE]["EventDetailUrl"] is None
    venue = ltd.get(f"/Venues/{found[NEW_YORK]['VenueId']}").json()["Venue"]
    assert venue["City"] == "New York"
    assert found[5101]["StartDate"] == "2015-01-01T19:30:00"


def test_start_and_end_are_the_first_and_last_performance(ltd: Caller) -> None:
    for record in events(ltd):
        ahead = [p["PerformanceDate"] for p in performances(ltd, record["EventId"])]
        if record["EventId"] != NO_END:
            assert record["EndDate"] == ahead[-1]
        assert record["StartDate"] <= ahead[0]
    assert sum(e["StartDate"] > NOON.isoformat() for e in events(ltd)) > 5


def test_an_unknown_event_gets_the_error_object(ltd: Caller) -> None:
    for path in (
        "/Events/1",
        "/Events/1/Performances",
        "/Events/abc",
        "/Venues/1",
        "/Performances/1",
        "/Nowhere",
    ):
        answer = ltd.get(path)
        assert answer.status_code == 404
        assert answer.json()["Message"]
        assert "ErrorCode" in answer.json()


def test_venues_have_their_fields_and_some_have_nothing_on(ltd: Caller) -> None:
    venues = ltd.get("/Venues").json()["Venues"]
    names = ["VenueId", "Name", "Info", "Address", "City", "Postcode", "Telephone", "Fax", "Email", "NearestTube",
             "Train", "PlanLink", "ImageUrl"]  # fmt: skip
    assert all(list(v) == names for v in venues)
    assert len({v["VenueId"] for v in venues}) == len(venues)
    values = [v["Postcode"] for v in venues] + [v["Email"] for v in venues]
    assert {None, ""} <= set(values)
    mine = ltd.get("/Venues/71/Events").json()["Events"]
    assert {e["EventId"] for e in mine} == {5101, TWIN}


# Performances


def test_performances_have_the_documented_fields(ltd: Caller) -> None:
    for record in performances(ltd, 5101):
        check(record, PERFORMANCE_FIELDS)
        assert NAIVE.fullmatch(record["PerformanceDate"])
        assert record["EventId"] == 5101


def test_all_performances_lie_ahead_within_half_a_year(ltd: Caller) -> None:
    seen: set[int] = set()
    for spec in SEASON:
        found = performances(ltd, spec.event_id)
        dates = [datetime.fromisoformat(p["PerformanceDate"]) for p in found]
        assert dates == sorted(dates)
        assert NOON.replace(tzinfo=None) - timedelta(hours=6) < dates[0]
        assert dates[-1] < NOON.replace(tzinfo=None) + timedelta(days=180)
        ids = {p["PerformanceId"] for p in found}
        assert not ids & seen
        seen |= ids
    assert len(seen) > 2000
    assert max(seen) < 2**31


def test_the_matinee_is_off_the_list_once_it_has_begun(ltd: Caller) -> None:
    ltd.move_to(datetime(2027, 1, 13, 14, 31, tzinfo=UTC))
    assert performances(ltd, 5101)[0]["PerformanceDate"] == "2027-01-13T19:30:00"


@pytest.mark.parametrize("days", [0, 45, 90, 200, 400])
def test_every_event_always_has_a_performance_to_come(ltd: Caller, days: int) -> None:
    ltd.advance(days * 86_400)
    assert [spec.name for spec in SEASON if not performances(ltd, spec.event_id)] == []


def test_dates_narrow_the_list_and_a_bare_end_date_is_its_midnight(ltd: Caller) -> None:
    one_day = performances(ltd, 5101, dateFrom="2027-01-20", dateTo="2027-01-21")
    assert {p["PerformanceDate"] for p in one_day} == {"2027-01-20T14:30:00", "2027-01-20T19:30:00"}
    assert performances(ltd, 5101, dateFrom="2027-01-20", dateTo="2027-01-20") == []
    assert ltd.get("/Events/5101/Performances", dateFrom="soon").status_code == 400


def test_performance_ids_are_the_same_on_every_day_and_found_when_over(tmp_path: Path) -> None:
    ltd = in_process(tmp_path)
    before = {p["PerformanceId"]: p["PerformanceDate"] for p in performances(ltd, 5101)}
    first = min(before)
    ltd.advance(10 * 86_400)
    after = {p["PerformanceId"]: p["PerformanceDate"] for p in performances(ltd, 5101)}
    shared = before.keys() & after.keys()
    assert len(shared) > 100
    assert {key: before[key] for key in shared} == {key: after[key] for key in shared}
    assert first not in after
    over = ltd.get(f"/Performances/{first}").json()["Performance"]
    assert over["PerformanceDate"] == before[first]
    assert over["TotalAvailableTickesCount"] == 0


def test_curtain_times_are_the_wall_clock_of_the_house_on_both_sides_of_a_clock_change(ltd: Caller) -> None:
    found = performances(ltd, 5101, dateFrom="2027-03-26", dateTo="2027-03-30")
    assert {p["PerformanceDate"] for p in found} == {
        "2027-03-26T19:30:00", "2027-03-27T14:30:00", "2027-03-27T19:30:00", "2027-03-29T19:30:00"
    }  # fmt: skip


def test_the_two_parts_of_a_paired_event_name_each_other(ltd: Caller) -> None:
    pair = performances(ltd, PAIRED)
    ids = {p["PerformanceId"]: p for p in pair}
    for record in pair:
        (partner,) = record["PairedPerformances"]
        assert record["DirectlyBookablePerformance"] is False
        if partner in ids:
            assert ids[partner]["PerformanceDate"][:10] == record["PerformanceDate"][:10]
            assert ids[partner]["PairedPerformances"] == [record["PerformanceId"]]
    assert performances(ltd, 5101)[0]["PairedPerformances"] is None


def test_one_performance_is_sold_out(ltd: Caller) -> None:
    sold = [p for p in performances(ltd, 5107) if p["TotalAvailableTickesCount"] == 0]
    assert sold
    assert sold[0]["MinimumTicketPrice"] == 0
    assert sold[0]["MaximumConsecutiveSeatsCount"] == 0
    assert ltd.groups(sold[0]["PerformanceId"]) == []


def test_counts_follow_the_live_seats(ltd: Caller) -> None:
    before = ltd.performance(ROOM)
    assert (before["TotalSeatsCount"], before["TotalAvailableTickesCount"]) == (20, 20)
    assert before["MaximumConsecutiveSeatsCount"] == 10
    ltd.held(ROOM, 3)
    after = ltd.performance(ROOM)
    assert after["TotalAvailableTickesCount"] == 17
    assert after["PerformanceId"] == before["PerformanceId"]
    cheapest = min(g["SellingPrice"] for g in ltd.groups(before["PerformanceId"]))
    assert after["MinimumTicketPrice"] == cheapest


def test_houses_have_twenty_to_240_seats_and_offers_on_weekdays(ltd: Caller) -> None:
    sizes = {performances(ltd, spec.event_id)[0]["TotalSeatsCount"] for spec in SEASON}
    assert min(sizes) == 20
    assert max(sizes) == 240
    for record in performances(ltd, 5101)[:12]:
        weekday = datetime.fromisoformat(record["PerformanceDate"]).weekday()
        assert record["ContainsNoFeeOfferTickets"] == (
            weekday < 4 and record["TotalAvailableTickesCount"] > 0
        )
    saving = next(p for p in performances(ltd, 5103) if p["ContainsDiscountOfferTickets"])
    group = ltd.groups(saving["PerformanceId"])[0]
    assert group["SellingPrice"] < group["FaceValue"]


def test_several_events_at_once_are_grouped(ltd: Caller) -> None:
    groups = ltd.get("/Events/5101,5112/Performances").json()["EventPerformances"]
    assert [g["EventId"] for g in groups] == [5101, 5112]
    assert groups[1]["Performances"] == performances(ltd, 5112)


# Availability


def test_seats_come_in_groups_of_area_row_and_price(ltd: Caller) -> None:
    performance = ltd.performance(5101)
    answer = ltd.get(
        f"/Performances/{performance['PerformanceId']}/AvailableTickets", requiredTicketsCount=1
    ).json()
    assert list(answer) == ["PerformanceId", "EventId", "TicketAreas"]
    keys = [
        (g["AreaName"], g["TicketName1"], g["FaceValue"], g["SellingPrice"]) for g in answer["TicketAreas"]
    ]
    assert len(set(keys)) == len(keys)
    assert len({price for *_, price in keys}) > 3
    assert len({area for area, *_ in keys}) >= 3
    tickets = [t for g in answer["TicketAreas"] for t in g["Tickets"]]
    assert all(
        list(t) == ["TicketId", "TicketName1", "TicketName2", "IsRestrictedView", "RestrictionDescription"]
        for t in tickets
    )
    assert len({t["TicketId"] for t in tickets}) == len(tickets) == performance["TotalAvailableTickesCount"]
    assert max(t["TicketId"] for t in tickets) < 2**31
    assert all(t["TicketName1"] == g["TicketName1"] for g in answer["TicketAreas"] for t in g["Tickets"])


def test_only_groups_with_enough_seats_are_listed(ltd: Caller) -> None:
    performance = ltd.performance(5101)["PerformanceId"]
    assert len(ltd.groups(performance, 4)) < len(ltd.groups(performance, 1))
    assert all(len(g["Tickets"]) >= 4 for g in ltd.groups(performance, 4))


@pytest.mark.parametrize("count", [None, "two", "-1", "1.5"])
def test_the_number_of_seats_is_required(ltd: Caller, count: str | None) -> None:
    performance = ltd.performance(5101)["PerformanceId"]
    query = {} if count is None else {"requiredTicketsCount": count}
    answer = ltd.get(f"/Performances/{performance}/AvailableTickets", **query)
    assert answer.status_code == 400
    assert "requiredTicketsCount" in answer.json()["MessageDetail"]


def test_restricted_seats_say_what_is_in_the_way_and_cost_less(ltd: Caller) -> None:
    found = [
        (t, g)
        for p in performances(ltd, 5104)[:6]
        for g in ltd.groups(p["PerformanceId"])
        for t in g["Tickets"]
        if t["IsRestrictedView"]
    ]
    texts = {t["RestrictionDescription"] for t, _ in found}
    assert "Behind a pillar" in texts
    for ticket, group in found:
        if ticket["RestrictionDescription"] == "Behind a pillar":
            assert group["AreaName"] == "Circle"
    assert all(not t["IsRestrictedView"] or t["RestrictionDescription"] is not None for t, _ in found)


def test_general_admission_lists_no_seats_but_has_prices(ltd: Caller) -> None:
    performance = ltd.performance(GENERAL_ADMISSION)
    assert performance["TotalAvailableTickesCount"] > 0
    assert ltd.groups(performance["PerformanceId"]) == []
    areas = ltd.get(f"/Performances/{performance['PerformanceId']}/AreasPrices").json()["AreasPrices"]
    assert {a["AreaName"] for a in areas} == {"Standing", "Unreserved Balcony"}
    counted = sum(p["AvailableSeatsCount"] for a in areas for p in a["Prices"])
    assert counted == performance["TotalAvailableTickesCount"]


def test_area_prices_add_up_to_the_listed_seats(ltd: Caller) -> None:
    performance = ltd.performance(5103)["PerformanceId"]
    groups = ltd.groups(performance)
    for area in ltd.get(f"/Performances/{performance}/AreasPrices").json()["AreasPrices"]:
        assert list(area) == ["AreaId", "AreaName", "Prices"]
        for price in area["Prices"]:
            assert list(price) == ["Price", "FaceValue", "AvailableSeatsCount"]
            here = [
                g for g in groups if g["AreaName"] == area["AreaName"] and g["SellingPrice"] == price["Price"]
            ]
            assert sum(len(g["Tickets"]) for g in here) == price["AvailableSeatsCount"]


def test_a_single_ticket_can_be_asked_for(ltd: Caller) -> None:
    seat = ltd.seats(ltd.performance(ROOM)["PerformanceId"], 1)
    assert ltd.get(f"/TicketAvailability/{seat[0]}").json() == {"TicketId": seat[0], "IsAvailable": True}
    ltd.add(ltd.basket(), seat)
    assert ltd.get(f"/TicketAvailability/{seat[0]}").json() == {"TicketId": seat[0], "IsAvailable": False}
    assert ltd.get("/TicketAvailability/12").status_code == 404


def test_available_tickets_of_events_come_with_neighbours_by_index(ltd: Caller) -> None:
    query = {
        "dateFrom": "2027-01-20",
        "dateTo": "2027-01-21",
        "nbOfTickets": 2,
        "consecutiveSeatsOnly": "true",
    }
    found = ltd.get("/Events/5101/AvailableTickets", **query).json()["AvailableEvent"]
    assert found["EventId"] == 5101
    blocks = [b for p in found["AvailablePerformanceInfos"] for b in p["AvailableTicketsBlockInfos"]]
    assert blocks
    for block in blocks:
        assert "FacePrice" in block
        places = [t["AdjacencyIndex"] for t in block["AvailableTicketsInfos"]]
        assert len(places) >= 2
        assert all(b - a == 1 for a, b in pairwise(places))
    both = ltd.get(f"/Events/5101,{GENERAL_ADMISSION}/AvailableTickets", **query).json()["AvailableEvents"]
    assert [event and event["EventId"] for event in both] == [5101, None]


def test_preliminary_info_and_reviews(ltd: Caller) -> None:
    found = ltd.get(
        "/Events/5101/PreliminaryBookingInfo", DateFrom="2027-01-20", DateTo="2027-01-21", NbOfTickets=2
    )
    (first, *_) = found.json()["Performances"]
    assert list(first) == ["PerformanceId", "PerformanceDate", "MinimalTicketPrice", "MaximalTicketPrice"]
    assert first["MinimalTicketPrice"] < first["MaximalTicketPrice"]
    reviews = ltd.get("/Events/5103/Reviews", ReviewsOrder=2, NbOfReviews=3).json()["Reviews"]
    assert list(reviews[0]) == ["ConsumerName", "Stars", "CreatedAt", "Content"]
    assert [r["Stars"] for r in reviews] == sorted((r["Stars"] for r in reviews), reverse=True)
    second = ltd.get("/Events/5103/Reviews", ReviewsOrder=2, NbOfReviews=2, NbFrom=1).json()["Reviews"]
    assert second == reviews[1:3]


def test_the_legacy_seating_plan_has_an_address(ltd: Caller) -> None:
    performance = ltd.performance(5101)["PerformanceId"]
    url = ltd.get(f"/Performances/{performance}/SeatingPlan").json()["SeatingPlanUrl"]
    assert "Stalls" in ltd.http.get(url).text


# What the control page changes


def test_a_renamed_event_and_a_changed_price_are_seen_at_once(ltd: Caller) -> None:
    before = ltd.get("/Events/5104").json()["Event"]
    performance = ltd.performance(5104)["PerformanceId"]
    was = ltd.groups(performance)[0]["SellingPrice"]
    ltd.control("/ltd/events/5104", {"name": "The Understudy's Breakfast", "price_change": 250})
    after = ltd.get("/Events/5104").json()["Event"]
    assert after["Name"] == "The Understudy's Breakfast"
    assert after["EventMinimumPrice"] == before["EventMinimumPrice"] + 2.5
    assert after["MainImageUrl"] == before["MainImageUrl"]
    assert ltd.groups(performance)[0]["SellingPrice"] == was + 2.5
    ltd.control("/ltd/events/5104", {"name": None, "price_change": None})
    assert ltd.get("/Events/5104").json()["Event"] == before


def test_a_cancelled_event_has_no_performances_and_a_removed_one_is_gone(ltd: Caller) -> None:
    performance = ltd.performance(5104)["PerformanceId"]
    ltd.control("/ltd/events/5104", {"cancelled": True})
    assert performances(ltd, 5104) == []
    assert ltd.get(f"/Performances/{performance}").status_code == 404
    assert 5104 in {e["EventId"] for e in events(ltd)}
    ltd.control("/ltd/events/5104", {"removed": True})
    assert 5104 not in {e["EventId"] for e in events(ltd)}
    assert ltd.get("/Events/5104").status_code == 404


def test_one_performance_can_be_cancelled_or_sold_out(ltd: Caller) -> None:
    first, second, *_ = (p["PerformanceId"] for p in performances(ltd, 5104))
    ltd.control(f"/ltd/performances/{first}", {"cancelled": True})
    ltd.control(f"/ltd/performances/{second}", {"sold_out": True})
    now = performances(ltd, 5104)
    assert first not in {p["PerformanceId"] for p in now}
    assert now[0]["PerformanceId"] == second
    assert now[0]["TotalAvailableTickesCount"] == 0
    assert ltd.add(ltd.basket(), [ltd.seats(now[1]["PerformanceId"], 1)[0]]).status_code == 200


def test_the_price_of_one_performance_alone_can_change(ltd: Caller) -> None:
    first, second, *_ = (p["PerformanceId"] for p in performances(ltd, 5104))
    was = [ltd.groups(key)[0]["SellingPrice"] for key in (first, second)]
    ltd.control(f"/ltd/performances/{first}", {"price_change": 150})
    assert [ltd.groups(key)[0]["SellingPrice"] for key in (first, second)] == [was[0] + 1.5, was[1]]


def test_an_added_event_is_listed_and_sold(ltd: Caller) -> None:
    event_id = ltd.control("/ltd/events", {"name": "A Late Addition", "kind": 7, "venue_id": 76})["event_id"]
    record = ltd.get(f"/Events/{event_id}").json()["Event"]
    assert (record["Name"], record["EventType"], record["VenueId"]) == ("A Late Addition", 7, 76)
    assert ltd.get(f"/Baskets/{ltd.held(event_id)}").json()["Items"][0]["EventName"] == "A Late Addition"
    assert ltd.http.get(record["MainImageUrl"]).status_code == 200


def test_a_change_that_is_not_known_is_refused(ltd: Caller) -> None:
    answer = ltd.http.post(f"{ORIGIN}/_standin/ltd/events/5104", json={"nmae": "x"})
    assert answer.status_code == 400
    assert "nmae" in answer.json()["error"]


# Load


def test_scale_adds_events_with_ten_performances_each(tmp_path: Path) -> None:
    ltd = in_process(tmp_path, scale=120)
    found = events(ltd)
    assert len(found) == len(SEASON) + 120
    added = [e["EventId"] for e in found if e["EventId"] >= 6100]
    assert {len(performances(ltd, event_id)) for event_id in added} == {10}
    basket = ltd.held(added[7])
    performance = ltd.performance(added[7])["PerformanceId"]
    assert ltd.control(f"/ltd/performances/{performance}")["taken_here"] == 2
    assert ltd.pay(basket).status_code == 302


def test_a_shake_changes_about_the_share_that_was_asked_for(tmp_path: Path) -> None:
    ltd = in_process(tmp_path, scale=1000)
    before = {e["EventId"]: e for e in events(ltd)}
    ltd.control("/ltd/shake", {"percent": 2, "round": 1})
    changed = [e["EventId"] for e in events(ltd) if e != before[e["EventId"]]]
    assert 10 <= len(changed) <= 30
    ltd.control("/ltd/shake", {"percent": 2, "round": 2})
    assert [e["EventId"] for e in events(ltd) if e != before[e["EventId"]]] != changed


# Posters


def test_every_event_has_a_poster_of_its_own_without_fonts_or_scripts(ltd: Caller) -> None:
    seen: set[str] = set()
    for record in events(ltd):
        for url, size in (
            (record["MainImageUrl"], ("600", "800")),
            (record["DetailImageUrl"], ("1200", "675")),
        ):
            if url is None:
                continue
            answer = ltd.http.get(url)
            assert answer.headers["Content-Type"].startswith("image/svg+xml")
            root = ET.fromstring(answer.text)
            assert (root.get("width"), root.get("height")) == size
            tags = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert not tags & {"text", "script", "image", "style", "foreignObject", "use"}
            assert "font" not in answer.text
            assert answer.text not in seen
            seen.add(answer.text)


def test_a_poster_is_not_sent_twice(ltd: Caller) -> None:
    url = f"{ORIGIN}/posters/ltd/5101.svg"
    tag = ltd.http.get(url).headers["ETag"]
    assert ltd.http.get(url, headers={"If-None-Match": tag}).status_code == 304
