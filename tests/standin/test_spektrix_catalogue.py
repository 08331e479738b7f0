"""The imitated Spektrix's programme, from the guides and the captured answers: ids, dates, filters, plans, prices."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.standin.spektrix_caller import NOON, SYSTEM, Visitor

ID = re.compile(r"\d+A[BCDGHJKLMNPQRSTV]+")


def every_id(data: Any) -> list[str]:
    if isinstance(data, list):
        return [text for each in data for text in every_id(each)]
    if isinstance(data, dict):
        own = [data["id"]] if isinstance(data.get("id"), str) else []
        return own + [text for each in data.values() for text in every_id(each)]
    return []


def test_ids_are_33_characters_and_the_same_number_has_the_same_letters(
    quay: Visitor, thornfield: Visitor
) -> None:
    found = every_id([quay.get("events"), quay.get("instances"), quay.get("plans"), thornfield.get("plans")])
    assert len(found) > 1500
    assert all(len(text) == 33 and ID.fullmatch(text) for text in found)
    letters: dict[str, str] = {}
    for text in found:
        assert letters.setdefault(text.split("A")[0], text) == text


def test_two_venues_share_ids_but_not_what_they_stand_for(quay: Visitor, thornfield: Visitor) -> None:
    ours = {each["id"]: each["name"] for each in quay.get("events")}
    theirs = {each["id"]: each["name"] for each in thornfield.get("events")}
    shared = set(ours) & set(theirs)
    assert len(shared) >= 20
    assert all(ours[text] != theirs[text] for text in shared)
    # and one id is venue, plan and band at once
    venue = quay.get("venues")[0]["id"]
    assert venue in {plan["id"] for plan in quay.get("plans")}


def test_each_venue_has_at_least_25_events_that_reach_half_a_year_ahead(
    quay: Visitor, thornfield: Visitor
) -> None:
    for visitor in (quay, thornfield):
        assert len(visitor.get("events", instanceStart_from="2027-01-12")) >= 25
        last = max(each["start"] for each in visitor.get("instances", startFrom="2027-01-12"))
        assert datetime.fromisoformat(last) > datetime(2027, 1, 12) + timedelta(days=180)  # noqa: DTZ001


def test_the_programme_rolls_on_with_the_clock_and_keeps_its_ids(quay: Visitor) -> None:
    then = {each["id"]: each["start"] for each in quay.get("instances", startFrom="2027-02-20")}
    quay.advance(30 * 86400)
    now = {each["id"]: each["start"] for each in quay.get("instances", startFrom="2027-02-20")}
    assert set(then) < set(now)
    assert all(now[text] == start for text, start in then.items())


def test_dates_are_local_without_offset_and_start_utc_has_no_z(quay: Visitor, thornfield: Visitor) -> None:
    for visitor, zone in ((quay, "Europe/London"), (thornfield, "Europe/Dublin")):
        offsets = set()
        for each in visitor.get("instances"):
            local = datetime.fromisoformat(each["start"])
            assert local.tzinfo is None
            assert not each["startUtc"].endswith("Z")
            utc = datetime.fromisoformat(each["startUtc"]).replace(tzinfo=UTC)
            assert local.replace(tzinfo=ZoneInfo(zone)) == utc
            offsets.add(local - utc.replace(tzinfo=None))
            if each["startSellingAtWeb"] is not None:
                assert each["startSellingAtWebUtc"].endswith("Z")
            assert each["stopSellingAtWebUtc"].endswith("Z")
        assert offsets == {timedelta(0), timedelta(hours=1)}


def test_events_filter_by_their_own_parameters_and_ignore_the_others(quay: Visitor) -> None:
    everything = quay.get("events")
    some = quay.get("events", instanceStart_from="2027-02-01", instanceStart_to="2027-02-08")
    assert 0 < len(some) < len(everything)
    assert quay.get("events", startFrom="2027-02-01", start_to="2027-02-08", nonsense="1") == everything
    assert {e["name"] for e in quay.get("events", name="clay on")} == {"Clay on a Wheel"}
    music = quay.get("events", attribute_Genre="Music", instanceStart_from="2027-01-12")
    assert {e["attribute_Genre"] for e in music} == {"Music"}
    signed = quay.get("events", instanceattribute_Signed="true")
    assert "The Tidewaiter's Daughter" in {e["name"] for e in signed}
    assert len(signed) < len(everything)
    on_sale = quay.get("events", onSale="true")
    assert all(e["isOnSale"] for e in on_sale)
    assert len(on_sale) < len(everything)


def test_an_events_instances_and_all_instances_know_different_parameters(quay: Visitor) -> None:
    event = quay.event("Small Boats, Big Moon")["id"]
    path = f"events/{event}/instances"
    everything = quay.get(path)
    part = quay.get(path, start_from="2027-02-01", start_to="2027-03-01")
    assert 0 < len(part) < len(everything)
    assert quay.get(path, startFrom="2027-02-01", startTo="2027-03-01") == everything
    listed = quay.get("instances", startFrom="2027-02-01", startTo="2027-03-01", eventName="small boats")
    assert [each["id"] for each in listed] == [each["id"] for each in part]
    assert len(quay.get("instances", start_from="2027-02-01")) == len(quay.get("instances"))
    assert quay.get("instances", startFrom="2027-02-01", eventattribute_Genre="Family", startTo="2027-03-01")


def test_the_end_of_a_window_is_not_in_it(quay: Visitor) -> None:
    day = quay.instances("Evensong for Machines")[0]["start"][:10]
    after = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    assert quay.get("instances", startFrom=day, startTo=day) == []
    assert quay.get("instances", startFrom=day, startTo=after)


def test_a_date_that_is_none_is_refused_in_words(quay: Visitor) -> None:
    answer = quay.call("GET", "events?instanceStart_from=soon")
    assert answer.status_code == 400
    assert answer.json()["problems"] == ["'soon' is not a date."]


def test_an_event_brings_its_instances_when_asked(quay: Visitor) -> None:
    event = quay.event("Salt & Brass")["id"]
    plain, full = quay.get(f"events/{event}"), quay.get(f"events/{event}", **{"$expand": "instances"})
    assert "instances" not in plain
    assert full["instances"] == quay.get(f"events/{event}/instances")


def test_the_odd_ones_of_a_real_programme_are_all_there(quay: Visitor) -> None:
    events = {e["id"]: e for e in quay.get("events")}
    instances = [i for i in quay.get("instances") if i["start"] > "2027-01-13"]
    assert any(i["cancelled"] for i in instances)
    assert any(not i["isOnSale"] for i in instances)
    assert any(i["startSellingAtWeb"] is None for i in instances)
    assert {"missing"} <= {i.get("planId", "missing") for i in instances}
    assert any(i.get("planId") == "" for i in instances)
    now = NOON.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert any(i["startSellingAtWebUtc"] and i["startSellingAtWebUtc"] > now for i in instances)
    assert any(i["stopSellingAtWebUtc"] < now for i in instances)
    assert any(i["webInstanceId"] for i in instances)
    assert any(
        e["duration"] == 0 and e["imageUrl"] == "" and e["thumbnailUrl"] == "" for e in events.values()
    )
    assert any("<script>" in e["htmlDescription"] for e in events.values())
    assert any(e["name"] != e["name"].strip() for e in events.values())
    names = [e["name"] for e in events.values()]
    assert len(names) != len(set(names)), "two courses have one name"
    free = next(e for e in events.values() if "Open Rehearsal" in e["name"])
    inst = next(i for i in instances if i["event"]["id"] == free["id"])
    assert {p["amount"] for p in quay.get(f"instances/{inst['id']}/price-list")["prices"]} == {0}


def test_every_attribute_is_on_every_event_and_stands_for_itself_when_unset(quay: Visitor) -> None:
    events = quay.get("events")
    keys = {frozenset(k for k in e if k.startswith("attribute_")) for e in events}
    assert len(keys) == 1
    assert "attribute_AgeGuidance" in next(iter(keys)), "spaces of the label are gone"
    unset = next(e for e in events if e["name"].startswith("Untitled"))
    assert (
        unset["attribute_PresentedBy"],
        unset["attribute_MembersOnly"],
        unset["attribute_PresaleDate"],
    ) == (
        "",
        False,
        None,
    )
    # numbers that staff typed arrive as texts, and stray spaces stay
    assert next(e for e in events if e["attribute_LowestPrice"])["attribute_LowestPrice"] == "16"
    assert " Comedy " in {e["attribute_Genre"] for e in events}


def test_what_is_not_for_the_web_is_not_on_the_web(quay: Visitor) -> None:
    assert "Volunteer shift" not in {e["name"] for e in quay.get("events")}
    assert {group["name"] for group in quay.get("tag-groups")} == {"Interests"}
    assert "Press" not in {tag["name"] for tag in quay.get("tags")}


def test_plans_are_of_every_kind_and_the_list_still_has_a_deleted_one(quay: Visitor) -> None:
    plans = {plan["name"]: plan for plan in quay.get("plans")}
    assert plans["Studio"]["type"] == "Unreserved"
    assert "areas" not in plans["Studio"]
    assert {area["type"] for area in plans["Assembly Hall"]["areas"]} == {"Unreserved"}
    assert plans["Screening Room"]["type"] == "Reserved"
    assert len(plans["Screening Room"]["seats"]) == 72
    house = plans["Main House"]
    assert [area["type"] for area in house["areas"]] == ["Reserved", "Group", "Unreserved"]
    assert all(area["seats"] for area in house["areas"][1]["areas"]), "areas inside areas"
    assert any("deleted" in name for name in plans)
    assert quay.get(f"plans/{house['id']}") == house


def test_the_great_hall_has_1500_reserved_seats_each_with_its_place(thornfield: Visitor) -> None:
    hall = next(plan for plan in thornfield.get("plans") if plan["name"] == "Great Hall")
    seats = [seat for area in hall["areas"] for seat in area["seats"]]
    assert len({seat["id"] for seat in seats}) == 1500
    assert {"id", "row", "number", "x", "y"} == set(seats[0])
    assert (
        len({(area["id"], seat["x"], seat["y"]) for area in hall["areas"] for seat in area["seats"]}) == 1500
    )


def test_a_price_is_price_list_times_band_times_ticket_type(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    prices = quay.get(f"instances/{instance['id']}/price-list")
    assert prices["id"] == instance["priceList"]["id"]
    pairs = {(p["priceBand"]["name"], p["ticketType"]["name"]) for p in prices["prices"]}
    assert len(pairs) == len(prices["prices"]) == 4 * 4
    for band in {p["priceBand"]["id"] for p in prices["prices"]}:
        defaults = [p for p in prices["prices"] if p["priceBand"]["id"] == band and p["isBandDefault"]]
        assert [p["ticketType"]["name"] for p in defaults] == ["Full Price"]
    assert "customItems" not in prices["prices"][0]


def test_commission_is_listed_only_when_asked_and_only_where_the_venue_itemises_it(
    quay: Visitor, thornfield: Visitor
) -> None:
    for visitor, name, expected in (
        (quay, "Evensong for Machines", [1]),
        (thornfield, "Peat", []),
    ):
        instance = visitor.instances(name)[0]
        path = f"instances/{instance['id']}/price-list"
        rows = visitor.get(path, **{"$expand": "prices/customItems"})["prices"]
        assert all([item["amount"] for item in row["customItems"]] == expected for row in rows)


def test_internal_ticket_types_are_listed_with_the_others(quay: Visitor) -> None:
    instance = quay.instances("Punchline Pier")[0]
    names = {p["ticketType"]["name"] for p in quay.get(f"instances/{instance['id']}/price-list")["prices"]}
    assert "Agent" in names


def test_small_lists_answer_with_their_documented_fields(quay: Visitor) -> None:
    assert set(quay.get("funds")[0]) == {"id", "name", "description", "code", "defaultDonationAmount"}
    assert {"id", "name", "price", "postageAndPacking", "stockLevel"} <= set(quay.get("stock-items")[0])
    assert {"id", "name", "description", "htmlDescription", "imageUrl", "thumbnailUrl", "price"} <= set(
        quay.get("memberships")[0]
    )
    assert quay.get("ticket-subscription-structures")[0]["pricingSets"][0]["price"] == 64
    assert set(quay.get("statements")[0]) == {"id", "text"}
    assert set(quay.get("venues")[0]) == {"id", "name", "address"}
    assert {"isoCode": "IE", "name": "Ireland"} in quay.get("countries")
    assert quay.get("countries/IE")["name"] == "Ireland"
    assert "Dockers' Tenner" not in {o["name"] for o in quay.get("offers")}, "unlocked by a code"
    assert quay.get("ticket-types")[0]["name"] == "Full Price"
    assert (
        quay.get("instances/" + quay.instances("The Winter List")[0]["id"] + "/supplementary-events")
        is not None
    )


def test_pictures_are_absolute_addresses_that_answer(quay: Visitor) -> None:
    event = quay.event("The Moth Ball")
    for address in (event["imageUrl"], event["thumbnailUrl"]):
        answer = quay.http.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("path", ["events", "instances", "plans", "venues"])
def test_an_id_nobody_has_is_404(quay: Visitor, path: str) -> None:
    for text in ("123456A", "34101", "nonsense", "34101ABCDGHJKLMNPQRSTVBCDGHJKLMNP"):
        answer = quay.call("GET", f"{path}/{text}")
        assert answer.status_code == 404
        assert answer.json()["message"]


# Availability


def test_a_plan_with_areas_says_zero_unless_child_plans_are_asked_for(quay: Visitor) -> None:
    instance = quay.instances("Salt & Brass")[0]
    alone = quay.get(f"instances/{instance['id']}/status")
    whole = quay.get(f"instances/{instance['id']}/status", includeChildPlans="true")
    assert (alone["capacity"], alone["available"]) == (0, 0)
    assert whole["capacity"] == 210
    areas = quay.get(f"instances/{instance['id']}/plan")["areas"]
    parts = [quay.get(f"instances/{instance['id']}/status/areas/{area['id']}") for area in areas]
    assert sum(part["available"] for part in parts) == whole["available"]
    assert [part["name"] for part in parts] == ["Floor", "Gallery"]
    assert "areas" not in whole


def test_status_has_the_public_fields_only_and_locks_when_asked(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    path = f"instances/{instance['id']}/status"
    plain = quay.get(path, includeChildPlans="true")
    assert set(plain) == {
        "name", "available", "wheelchairAvailable", "specialAvailable", "capacity", "inBasket", "unavailable",
        "lockInfoAvailable", "lockInfoSpecialAvailable",
    }  # fmt: skip
    assert plain["lockInfoAvailable"] is None
    locks = quay.get(path, includeChildPlans="true", includeLockInformation="true")
    (lock,) = locks["lockInfoAvailable"]
    assert lock["lockType"]["name"] == "Wheelchair space"
    assert lock["quantity"] == locks["wheelchairAvailable"] <= locks["available"]
    assert locks["available"] + locks["unavailable"] + locks["inBasket"] == locks["capacity"]


def test_seat_detail_agrees_with_the_count_and_marks_seats_with_a_note(quay: Visitor) -> None:
    instance = quay.instances("The Tidewaiter's Daughter")[0]
    detail = quay.get(f"instances/{instance['id']}/status/detail", includeChildPlans="true")
    assert {entry["status"] for entry in detail.values()} == {"A", "U", "I"}
    areas = quay.get(f"instances/{instance['id']}/plan")["areas"]
    stalls = quay.get(f"instances/{instance['id']}/status/areas/{areas[0]['id']}")
    seats = {seat["id"] for seat in areas[0]["seats"]}
    assert (
        sum(entry["status"] != "U" for seat, entry in detail.items() if seat in seats) == stalls["available"]
    )
    assert quay.get(f"instances/{instance['id']}/status/detail") == {}, "its areas are child plans"


def test_the_sold_out_house_says_so_and_is_on_sale_nevertheless(quay: Visitor) -> None:
    instance = quay.instances("Last Ferry to Clevedon")[0]
    assert instance["isOnSale"] is True
    assert quay.get(f"instances/{instance['id']}/status", includeChildPlans="true")["available"] == 0


# Who may read from where


def preflight(visitor: Visitor, origin: str) -> requests.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return visitor.call("OPTIONS", "basket/tickets", headers=headers)


def test_a_registered_origin_may_call_with_credentials_and_another_may_not(quay: Visitor) -> None:
    ours = "http://www.foyer.localhost:8000"
    for answer in (preflight(quay, ours), quay.call("GET", "basket", headers={"Origin": ours})):
        assert answer.ok
        assert answer.headers["Access-Control-Allow-Origin"] == ours
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.headers["Vary"]
    assert "DELETE" in preflight(quay, ours).headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight(quay, ours).headers["Access-Control-Allow-Headers"]
    for answer in (
        preflight(quay, "https://evil.example"),
        quay.call("GET", "basket", headers={"Origin": "null"}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
    quay.settings(origins="https://shop.example")
    assert "Access-Control-Allow-Origin" not in preflight(quay, ours).headers
    assert (
        preflight(quay, "https://shop.example").headers["Access-Control-Allow-Origin"]
        == "https://shop.example"
    )


def test_a_refusal_can_be_read_from_a_registered_origin_too(quay: Visitor) -> None:
    answer = quay.call("POST", "basket/tickets", [{}], headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8000"


def test_the_cookie_of_a_browser_travels_across_sites_and_that_of_a_program_is_plain(quay: Visitor) -> None:
    browser = quay.call("GET", "basket", headers={"Sec-Fetch-Site": "cross-site"}).headers["Set-Cookie"]
    assert "Secure" in browser
    assert "SameSite=None" in browser
    quay.http.cookies.clear()
    plain = quay.call("GET", "basket").headers["Set-Cookie"]
    assert "Secure" not in plain
    assert "HttpOnly" in plain


def test_both_hosts_serve_the_same_programme(quay: Visitor) -> None:
    assert Visitor(quay.app, host=SYSTEM).get("events") == quay.get("events")


def test_money_is_a_number_in_major_units(quay: Visitor) -> None:
    instance = quay.instances("Evensong for Machines")[0]
    for row in quay.get(f"instances/{instance['id']}/price-list")["prices"]:
        assert isinstance(row["amount"], int | float)
        assert Decimal(str(row["amount"])) * 100 % 50 == 0
