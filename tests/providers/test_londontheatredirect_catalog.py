"""London Theatre Direct: what is on, and what is free."""

from __future__ import annotations

import copy
import itertools
import json
from datetime import UTC, date, datetime, timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.base import Provider
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, Unavailable
from shop.providers.londontheatredirect import inferred, mapping
from shop.providers.types import BadRecord, EventInfo, Window
from tests.providers.londontheatredirect_wire import DOWN, NOW, Wire, config, load

EVENTS, VENUES, TYPES = ("GET", "/Events"), ("GET", "/Venues"), ("GET", "/System/EventTypes")
DATES = ("GET", "/Events/5101/Performances")
SEATS = ("GET", "/Performances/880014/AvailableTickets")
AREAS = ("GET", "/Performances/880014/AreasPrices")
WINDOW = Window(date(2027, 1, 1), date(2027, 7, 1))
LANTERN = load("events__lantern")["Events"][0]
PERFORMANCE = load("performances__two")["Performances"][0]


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


def lists(wire: Wire, *events: object) -> None:
    wire.on(TYPES, "event_types__some")
    wire.on(VENUES, "venues__some")
    wire.on(EVENTS, {"Events": list(events)})


def read(wire: Wire, *events: object, window: Window = WINDOW) -> list[EventInfo | BadRecord]:
    lists(wire, *events)
    return list(wire.provider().catalog.events(window))


def exact(record: dict) -> dict:
    """As it comes off the wire: fractions as decimals."""
    return http.parse_json(json.dumps(record).encode())


def lantern(**fields: object) -> dict:
    return {**copy.deepcopy(LANTERN), **fields}


def test_the_account_is_a_provider_with_three_desks():
    from shop.providers.londontheatredirect.provider import LondonTheatreDirect

    provider: Provider = LondonTheatreDirect(config())
    capabilities = provider.capabilities
    assert (capabilities.holds_at, capabilities.removes, capabilities.payment) == ("add", "item", "there")
    assert LondonTheatreDirect(config(payment_route="account")).capabilities.payment == "us"


def test_an_account_without_a_key_says_so_before_any_call():
    from shop.providers.londontheatredirect.provider import LondonTheatreDirect

    with pytest.raises(Misconfigured):
        LondonTheatreDirect(config(keys={}))


def test_an_event_is_read_with_its_venue_and_kind(wire):
    [found] = read(wire, lantern())
    assert isinstance(found, EventInfo)
    assert (found.ref, found.name, found.kind) == ("5101", "The Paper Lantern", "musical")
    assert (found.venue.name, found.venue.city, found.venue.postcode) == (
        "Aldgate Playhouse",
        "London",
        "E1 0AA",
    )
    assert found.venue.getting_there == "Aldgate\nFenchurch Street"
    assert (found.price_from, found.price_to) == (Money(2400, "GBP"), Money(12000, "GBP"))
    assert found.image_url == "https://media.example.test/Event/PaperLantern/hero.jpg"
    assert (found.offer_text, found.terms_html) == ("No booking fee", "<p>Valid Monday to Thursday.</p>")
    assert found.seller == "London Theatre Direct"
    assert found.starts_at is None, "2015-01-01 is no premiere"
    assert found.ends_at == datetime(2027, 3, 27, 19, 30, tzinfo=UTC)


def test_every_catalogue_call_carries_the_key_and_the_content_type(wire):
    read(wire, lantern())
    for call in wire.mock.calls:
        assert call.request.headers["Api-Key"] == "very-secret-key"
        assert call.request.headers["Content-Type"] == "application/json"


def test_the_captured_sandbox_answers_are_read_as_they_were_sent(wire):
    wire.on(TYPES, "event_types__some")
    wire.on(VENUES, {"Venues": load("venues__some")["Venues"] + load("venues__sandbox_2018")["Venues"]})
    wire.on(EVENTS, "events__sandbox_2018")
    window = Window(date(2018, 4, 1), date(2018, 10, 1))
    aladdin, wicked = wire.provider().catalog.events(window)
    assert isinstance(aladdin, EventInfo)
    assert isinstance(wicked, EventInfo)
    assert (aladdin.name, aladdin.venue.name, aladdin.price_from) == (
        "Aladdin",
        "Prince Edward Theatre",
        Money(3000, "GBP"),
    )
    assert aladdin.price_to is None
    assert aladdin.image_url.endswith("event-list-image_15943.jpg")
    assert "&rsquo;" in aladdin.description_html, "HTML stays HTML until it is sanitised"
    assert aladdin.notice.count("\n") == 1
    assert (wicked.notice, wicked.access_note) == ("", "")


def test_an_event_in_new_york_is_left_out_because_its_currency_is_not_known(wire):
    [found] = read(wire, lantern(VenueId=191))
    assert isinstance(found, BadRecord)
    assert (found.what, found.ref) == ("event", "5101")
    assert "New York" in found.reason
    assert "currency" in found.reason


@pytest.mark.parametrize(
    ("city", "postcode", "inside"),
    [("London", "", True), (" london ", "", True), ("Manchester", "M2 3JB", True), ("Bath", "BA1 1ET", True),
     ("New York", "", False), ("New York", "10019", False), ("", "", False), ("", "WC2E 7RQ", True), ("Dublin", "D02 F205", False)],
)  # fmt: skip
def test_venues_outside_the_uk_are_told_by_city_and_postcode(city, postcode, inside):
    assert inferred.is_in_the_uk(city, postcode) is inside


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"EndDate": None}, "EndDate is missing"),
        ({"StartDate": None}, "StartDate is missing"),
        ({"StartDate": ""}, "StartDate is missing"),
        ({"EndDate": "2027-02-30T19:30:00"}, "EndDate is not a possible date"),
        ({"EndDate": 12345}, "EndDate is not a date"),
        ({"EndDate": "2014-01-01T19:30:00"}, "EndDate is before StartDate"),
        ({"Name": None}, "the event has no name"),
        ({"Name": ["x"]}, "the event has no name"),
        ({"EventId": None}, "EventId is missing"),
        ({"EventId": True}, "EventId is not an id"),
        ({"VenueId": 4444}, "venue 4444 is not in their list"),
        ({"VenueId": None}, "VenueId is missing"),
        ({"EventMinimumPrice": "lots"}, "EventMinimumPrice is not a number"),
        ({"EventMinimumPrice": -5}, "EventMinimumPrice is below zero"),
    ],
)
def test_a_bad_event_is_left_out_with_its_reason_and_the_others_go_in(wire, fields, reason):
    bad, good = read(wire, lantern(**fields), lantern(EventId=5102))
    assert isinstance(bad, BadRecord)
    assert bad.reason == reason
    assert isinstance(good, EventInfo)
    assert good.ref == "5102"


def test_what_is_no_record_at_all_never_stops_the_stream(wire):
    found = read(wire, None, "text", [], 5, lantern())
    assert [type(one) for one in found] == [BadRecord] * 4 + [EventInfo]


def test_events_outside_the_window_are_passed_over_without_a_word(wire):
    assert (
        read(
            wire,
            lantern(EndDate="2026-12-31T19:30:00"),
            lantern(StartDate="2027-07-01T19:30:00", EndDate="2027-08-01T19:30:00"),
        )
        == []
    )


def test_nulls_blanks_and_zero_prices_mean_not_known(wire):
    blank = dict.fromkeys(
        ("Description", "RunningTime", "MinimumAge", "ImportantNotice", "MainImageUrl", "SmallImageUrl", "DetailImageUrl",
         "ShortOfferText", "OfferLabel", "TagLine", "AgeRating")
    )  # fmt: skip
    [found] = read(
        wire, lantern(**blank, LongOfferText="<p>&nbsp;</p>\r\n", EventMinimumPrice=0, EventMaximumPrice=0.0)
    )
    assert isinstance(found, EventInfo)
    assert (found.price_from, found.price_to, found.image_url, found.terms_html) == (None, None, "", "")
    assert (found.age_note, found.offer_text, found.description_html) == ("", "", "")


def test_the_mark_of_a_twin_record_is_not_shown(wire):
    first, twin = read(wire, lantern(), lantern(EventId=5199, Name="The Paper Lantern *"))
    assert isinstance(first, EventInfo)
    assert isinstance(twin, EventInfo)
    assert twin.name == first.name
    assert twin.ref != first.ref


def test_an_unknown_kind_and_odd_types_are_no_reason_to_lose_an_event(wire):
    first, second, third = read(wire, lantern(EventType=9), lantern(EventType=777), lantern(EventType=None))
    assert [one.kind for one in (first, second, third) if isinstance(one, EventInfo)] == ["other"] * 3


def test_entities_in_plain_texts_become_letters(wire):
    [found] = read(wire, lantern(Name="Tom &amp; Viola&rsquo;s  Night", MinimumAge=" 8+ "))
    assert isinstance(found, EventInfo)
    assert (found.name, found.age_note) == ("Tom & Viola’s Night", "8+")


@pytest.mark.parametrize("broken", [{"Events": {}}, {}, [], "text", {"Event": []}])
def test_a_list_of_another_shape_is_an_error_and_never_an_empty_catalogue(wire, broken):
    wire.on(TYPES, "event_types__some")
    wire.on(VENUES, "venues__some")
    wire.on(EVENTS, (200, json.dumps(broken).encode()))
    with pytest.raises(BadAnswer):
        list(wire.provider().catalog.events(WINDOW))


def test_a_provider_that_is_down_in_the_middle_is_unavailable(wire):
    wire.on(TYPES, "event_types__some")
    wire.on(VENUES, 503)
    with pytest.raises(Unavailable):
        list(wire.provider().catalog.events(WINDOW))


def test_one_event_is_read_afresh_and_an_unknown_one_is_none(wire):
    wire.on(("GET", "/Events/5101"), {"Event": lantern()})
    wire.on(("GET", "/Events/1"), (404, "error__not_found"))
    wire.on(("GET", "/Events/2"), {"Event": None})
    wire.on(("GET", "/Venues/71"), {"Venue": load("venues__some")["Venues"][0]})
    wire.on(TYPES, "event_types__some")
    catalog = wire.provider().catalog
    found = catalog.event("5101")
    assert found is not None
    assert found.venue.name == "Aldgate Playhouse"
    assert (catalog.event("1"), catalog.event("2")) == (None, None)


def test_one_event_that_cannot_be_read_is_an_error_and_not_gone(wire):
    wire.on(("GET", "/Events/5101"), {"Event": lantern(EndDate=None)})
    wire.on(("GET", "/Venues/71"), {"Venue": load("venues__some")["Venues"][0]})
    wire.on(TYPES, "event_types__some")
    with pytest.raises(BadAnswer):
        wire.provider().catalog.event("5101")


# --- performances -------------------------------------------------------------------------------------------


def test_performances_are_asked_for_in_the_window_and_read_in_the_zone_of_the_venue(wire):
    wire.on(DATES, "performances__two")
    first, second = wire.provider().catalog.instances("5101", WINDOW)
    assert wire.query(DATES) == {"dateFrom": ["2027-01-01"], "dateTo": ["2027-07-01"]}
    assert not isinstance(first, BadRecord)
    assert not isinstance(second, BadRecord)
    assert (first.ref, first.event_ref, first.starts_at) == (
        "880014",
        "5101",
        datetime(2027, 1, 16, 19, 30, tzinfo=UTC),
    )
    assert (first.seats_left, first.seats_total, first.longest_run) == (131, 240, 9)
    assert (first.price_from, first.bookable) == (Money(2400, "GBP"), True)
    assert (second.seats_left, second.price_from, second.bookable) == (0, None, False)


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2027-03-27T19:30:00", datetime(2027, 3, 27, 19, 30, tzinfo=UTC)),
     ("2027-03-28T19:30:00", datetime(2027, 3, 28, 18, 30, tzinfo=UTC)),  # clocks went forward
     ("2027-10-30T19:30:00", datetime(2027, 10, 30, 18, 30, tzinfo=UTC)),
     ("2027-10-31T19:30:00", datetime(2027, 10, 31, 19, 30, tzinfo=UTC)),  # and back
     ("2027-05-06T19:30:00.5671234", datetime(2027, 5, 6, 18, 30, 0, 567123, tzinfo=UTC)),
     ("2027-05-06T19:30:00Z", datetime(2027, 5, 6, 19, 30, tzinfo=UTC)),
     ("/Date(1809801000000)/", datetime(2027, 5, 8, 18, 30, tzinfo=UTC))],
)  # fmt: skip
def test_curtain_times_follow_the_clock_of_london(local, utc):
    found = mapping.instance(
        exact({**PERFORMANCE, "PerformanceDate": local}),
        "1",
        zone=inferred.zone_of_times(config()),
        currency="GBP",
    )
    assert found.starts_at == utc
    assert found.starts_at.utcoffset() == timedelta(0)


def test_dates_outside_the_window_are_filtered_again_here(wire):
    days = ("2026-12-31T23:59:00", "2027-01-01T00:00:00", "2027-06-30T23:30:00", "2027-07-01T00:00:00")
    wire.on(
        DATES,
        {
            "Performances": [
                {**PERFORMANCE, "PerformanceId": n, "PerformanceDate": day} for n, day in enumerate(days, 1)
            ]
        },
    )
    assert [one.ref for one in wire.provider().catalog.instances("5101", WINDOW)] == ["2", "3"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"PerformanceDate": "soon"}, "PerformanceDate is not a date"), ({"PerformanceDate": None}, "PerformanceDate is missing"),
     ({"PerformanceDate": "0001-01-01T00:00:00"}, "PerformanceDate is missing"), ({"PerformanceId": None}, "PerformanceId is missing"),
     ({"PerformanceDate": "2027-13-01T19:30:00"}, "PerformanceDate is not a possible date"),
     ({"TotalAvailableTickesCount": "many"}, "TotalAvailableTickesCount is not a number"),
     ({"TotalSeatsCount": 1.5}, "TotalSeatsCount is not a whole number")],
)  # fmt: skip
def test_a_bad_performance_is_left_out_with_its_reason(wire, fields, reason):
    wire.on(DATES, {"Performances": [{**PERFORMANCE, **fields}, PERFORMANCE]})
    bad, good = wire.provider().catalog.instances("5101", WINDOW)
    assert isinstance(bad, BadRecord)
    assert (bad.what, bad.reason) == ("instance", reason)
    assert good.ref == "880014"


def test_a_paired_performance_is_left_out_whatever_its_elements_look_like(wire):
    pairs = ([880016], [{"PerformanceId": 880016}])
    wire.on(
        DATES,
        {
            "Performances": [{**PERFORMANCE, "PairedPerformances": pair} for pair in pairs]
            + [{**PERFORMANCE, "PairedPerformances": []}]
        },
    )
    first, second, third = wire.provider().catalog.instances("5101", WINDOW)
    assert isinstance(first, BadRecord)
    assert isinstance(second, BadRecord)
    assert "pair" in first.reason
    assert not isinstance(third, BadRecord)


def test_missing_flags_and_counts_of_a_performance_mean_bookable_and_not_known(wire):
    wire.on(DATES, {"Performances": [{"PerformanceId": 7, "PerformanceDate": "2027-02-01T19:30:00"}]})
    [found] = wire.provider().catalog.instances("5101", WINDOW)
    assert not isinstance(found, BadRecord)
    assert (found.bookable, found.seats_left, found.longest_run) == (True, None, None)


def test_general_admission_has_no_longest_run_to_filter_by(wire):
    wire.on(DATES, {"Performances": [{**PERFORMANCE, "MaximumConsecutiveSeatsCount": 0}]})
    [found] = wire.provider().catalog.instances("5101", WINDOW)
    assert not isinstance(found, BadRecord)
    assert found.longest_run is None


def test_an_event_they_do_not_know_any_more_has_no_dates(wire):
    wire.on(DATES, (404, "error__not_found"))
    assert list(wire.provider().catalog.instances("5101", WINDOW)) == []


# --- availability -------------------------------------------------------------------------------------------


def groups(*found: tuple[str, str, object, list[str]]) -> dict:
    """(area, row, price, seat numbers) as their groups; ids count up."""
    ids = iter(range(1000, 9999))
    return {
        "PerformanceId": 880014, "EventId": 5101,
        "TicketAreas": [
            {"AreaName": area, "FaceValue": 40, "SellingPrice": price, "TicketName1": row,
             "Tickets": [{"TicketId": next(ids), "TicketName1": row, "TicketName2": number} for number in numbers]}
            for area, row, price, numbers in found
        ],
    }  # fmt: skip


def test_free_seats_and_areas_of_the_documents_example_are_offered(wire):
    wire.on(SEATS, "available_tickets__two")
    wire.on(AREAS, "areas_prices__one")
    found = wire.provider().catalog.availability("880014")
    assert wire.query(SEATS) == {"requiredTicketsCount": ["1"]}
    [area] = found.areas
    [row] = area.rows
    twelve, thirteen = row.seats
    assert (area.name, row.name, twelve.number, twelve.ref) == ("Stalls", "F", "12", "90011201")
    assert (twelve.price, twelve.face_value, twelve.fee) == (
        Money(6000, "GBP"),
        Money(4800, "GBP"),
        Money(1200, "GBP"),
    )
    assert (thirteen.restricted, thirteen.note) == (True, "Safety rail in view")
    assert thirteen.index - twelve.index == 1
    [offer] = found.offers
    assert (offer.key, offer.price, offer.face_value, offer.fee) == (
        "best:811:45", Money(4500, "GBP"), Money(3600, "GBP"), Money(900, "GBP"),
    )  # fmt: skip
    assert (offer.area, offer.left, offer.maximum) == ("Dress Circle", 14, 10)
    assert (found.checked_at, found.limit, found.code_field) == (NOW, 10, False)


def test_groups_of_one_area_are_put_together_by_row_whatever_their_prices(wire):
    wire.on(
        SEATS,
        groups(
            ("Stalls", "AA", 50, ["1"]),
            ("Stalls", "B", 60, ["7", "8"]),
            ("Circle", "A", 40, ["1"]),
            ("Stalls", "B", 70, ["9"]),
        ),
    )
    wire.on(AREAS, {"AreasPrices": []})
    stalls, circle = wire.provider().catalog.availability("880014").areas
    assert [row.name for row in stalls.rows] == ["B", "AA"]
    assert [(seat.number, seat.price.minor) for seat in stalls.rows[0].seats] == [
        ("7", 6000),
        ("8", 6000),
        ("9", 7000),
    ]
    assert circle.name == "Circle"


def together(rows: list[list[str]]) -> list[set[tuple[str, str]]]:
    """Pairs of seat numbers that are called neighbours."""
    pairs = []
    for row, places in zip(rows, inferred.neighbour_indexes(rows), strict=True):
        found = sorted(zip(places, row, strict=True))
        pairs.append({(a[1], b[1]) for a, b in itertools.pairwise(found) if b[0] - a[0] == 1})
    return pairs


def test_neighbours_are_seats_numbered_one_after_the_other():
    assert together([["39", "38", "37"], ["10", "12", "13"]]) == [
        {("37", "38"), ("38", "39")},
        {("12", "13")},
    ]


def test_a_gap_of_two_is_a_stranger_unless_the_whole_house_is_numbered_odd_and_even():
    assert together([["10", "12"]]) == [set()]
    odd_and_even = [["1", "3", "5", "7"], ["2", "4", "6", "8"]]
    assert together(odd_and_even) == [
        {("1", "3"), ("3", "5"), ("5", "7")},
        {("2", "4"), ("4", "6"), ("6", "8")},
    ]


def test_odd_and_even_sides_are_never_called_neighbours_of_each_other():
    [pairs] = together([["1", "3", "5", "7", "9", "20", "22", "24", "26"]])
    assert ("9", "20") not in pairs
    assert ("1", "3") in pairs


def test_seats_without_a_plain_number_or_with_the_same_one_are_called_apart():
    assert together([["12A", "12B", "Box", "5", "5", "6"]]) == [{("5", "6")}]


def test_general_admission_is_an_offer_without_seats(wire):
    wire.on(SEATS, "available_tickets__none")
    wire.on(AREAS, "areas_prices__one")
    found = wire.provider().catalog.availability("880014")
    assert found.areas == ()
    assert found.offers[0].together is False


def test_best_seats_of_an_area_with_named_seats_are_together(wire):
    wire.on(SEATS, groups(("Dress Circle", "A", 45, ["1", "2"])))
    wire.on(AREAS, "areas_prices__one")
    assert wire.provider().catalog.availability("880014").offers[0].together is True


def test_an_area_without_seats_left_is_shown_as_sold_out(wire):
    prices = [
        {"Price": 45.5, "FaceValue": None, "AvailableSeatsCount": 0},
        {"Price": 30, "AvailableSeatsCount": 3},
    ]
    wire.on(SEATS, "available_tickets__none")
    wire.on(AREAS, {"AreasPrices": [{"AreaId": 811, "AreaName": "Floor", "Prices": prices}]})
    sold_out, few = wire.provider().catalog.availability("880014").offers
    assert (sold_out.key, sold_out.closed, sold_out.fee) == ("best:811:45.5", "sold_out", None)
    assert (few.closed, few.maximum) == ("", 3)


def test_groups_and_seats_that_cannot_be_read_are_not_sold(wire):
    body = groups(
        ("Stalls", "A", 50, ["1", "2"]),
        ("Stalls", "B", 0, ["1"]),
        ("Stalls", "C", -1, ["1"]),
        ("Stalls", "D", "x", ["1"]),
        ("Stalls", "E", None, ["1"]),
    )
    body["TicketAreas"][0]["Tickets"][1]["TicketId"] = None
    body["TicketAreas"] += [None, "text", {"AreaName": None, "SellingPrice": 9.99, "Tickets": None}]
    wire.on(SEATS, body)
    wire.on(
        AREAS,
        {
            "AreasPrices": [
                None,
                {"AreaId": None, "Prices": [{"Price": 5}]},
                {"AreaId": 1, "Prices": [{"Price": 0}, {"Price": "x"}, None]},
            ]
        },
    )
    found = wire.provider().catalog.availability("880014")
    assert [[seat.ref for seat in row.seats] for area in found.areas for row in area.rows] == [["1000"]]
    assert found.offers == ()


def test_named_seats_are_enough_where_area_prices_cannot_be_had(wire):
    wire.on(SEATS, "available_tickets__two")
    wire.on(AREAS, 503)
    found = wire.provider().catalog.availability("880014")
    assert (len(found.areas), found.offers) == (1, ())


def test_nothing_named_and_area_prices_down_is_not_called_sold_out(wire):
    wire.on(SEATS, "available_tickets__none")
    wire.on(AREAS, 503)
    with pytest.raises(Unavailable):
        wire.provider().catalog.availability("880014")


def test_nothing_named_and_no_area_prices_at_all_is_sold_out(wire):
    wire.on(SEATS, "available_tickets__none")
    wire.on(AREAS, (404, "error__not_found"))
    found = wire.provider().catalog.availability("880014")
    assert (found.areas, found.offers) == ((), ())


def test_a_performance_they_do_not_know_is_not_on_sale(wire):
    wire.on(SEATS, (404, "error__not_found"))
    with pytest.raises(NotOnSale):
        wire.provider().catalog.availability("880014")


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b"[]", b'{"TicketAreas": 5}'])
def test_a_malformed_availability_is_a_bad_answer(wire, body):
    wire.on(SEATS, body)
    with pytest.raises(BadAnswer):
        wire.provider().catalog.availability("880014")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "best:811",
        "best:x:45",
        "best:811:-45",
        "best:811:NaN",
        "best:811:1e3",
        "other:811:45",
        "best:811:0",
    ],
)
def test_a_forged_offer_key_is_refused(key):
    with pytest.raises(ValueError):
        mapping.read_best_key(key)


def test_there_are_no_codes_to_type(wire):
    assert wire.provider().catalog.discount("880014", "SUMMER") is None


# --- sign of life -------------------------------------------------------------------------------------------

HEART = ("GET", "/System/HeartBeat")


@pytest.mark.parametrize("body", [True, {"IsAlive": True}, {"Success": True}, {}])
def test_a_heartbeat_and_a_key_that_works_are_a_sign_of_life(wire, body):
    wire.on(HEART, (200, body))
    wire.on(TYPES, "event_types__some")
    assert wire.provider().catalog.sign_of_life().ok


@pytest.mark.parametrize("body", [False, {"IsAlive": False}])
def test_a_heartbeat_that_says_no_is_a_problem(wire, body):
    wire.on(HEART, (200, body))
    found = wire.provider().catalog.sign_of_life()
    assert (found.ok, found.problem) == (False, "unavailable")


def test_a_refused_key_and_a_dead_host_are_told_and_never_raised(wire):
    wire.on(HEART, True)
    wire.on(TYPES, (403, b"<h1>Developer Inactive</h1>"))
    assert wire.provider().catalog.sign_of_life().problem == "misconfigured"
    wire.mock.reset()
    wire.on(HEART, DOWN)
    assert wire.provider().catalog.sign_of_life().problem == "unavailable"
