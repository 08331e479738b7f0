"""Spektrix, v3: what is on, and what is free."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, Unavailable
from shop.providers.spektrix import inferred, kept, mapping, offers, reading
from shop.providers.types import BadRecord, EventInfo, InstanceInfo, Status, Window
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_wire import NOW, Wire, ident

WINDOW = Window(date(2026, 11, 21), date(2027, 1, 21))


@pytest.fixture
def wire(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)
    kept.forget()


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def lists(wire: Wire, *events: dict, dates: list[dict] | None = None) -> None:
    found = [sx.instance()] if dates is None else dates
    wire.says("/events", list(events))
    wire.says("/instances", found)
    for one in found:
        wire.house(one)


def read(wire: Wire, *events: dict, dates: list[dict] | None = None, **changes):
    lists(wire, *events, dates=dates)
    return list(sx.provider(**changes).catalog.events(WINDOW))


# --- captured answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["rcmusic_2024", "sidwilliams_2024", "kaymeekcentre_2024"])
def test_every_captured_event_is_read(client):
    known = sx.options_of(timezone="America/Toronto")
    where = mapping.one_venue({}, "", known, "A house")
    for raw in sx.load(f"events__{client}"):
        found = mapping.event(raw, known, venue=where, seller="A house", instances=None)
        assert found.ref == raw["id"]
        assert len(found.ref) == 33
        assert found.name == raw["name"].strip()
        assert found.starts_at is not None
        assert "Rental" not in found.description_html


def test_the_captured_events_tell_kind_picture_and_length():
    known = sx.options_of(timezone="America/Vancouver", currency="CAD")
    where = mapping.one_venue({}, "", known, "A house")
    found = [
        mapping.event(raw, known, venue=where, seller="", instances=None)
        for raw in sx.load("events__sidwilliams_2024")
    ]
    assert found[0].kind == "concert", "'Live music' is what they typed"
    assert found[0].running_time == "110 min"
    assert found[0].image_url.endswith(".jpg")
    assert found[0].starts_at == datetime(2024, 10, 10, 2, 30, tzinfo=UTC), "19:30 in Vancouver"
    assert ("EventType", "In person") in found[0].attributes
    lecture = mapping.event(sx.load("events__rcmusic_2024")[0], known, venue=where, seller="", instances=None)
    assert lecture.kind == "talk"
    assert (lecture.image_url, lecture.description_html) == ("", "")


def test_the_captured_instances_are_read_and_utc_without_a_z_is_utc():
    known = sx.options_of(timezone="America/Vancouver")
    found = [mapping.instance(raw, known, now=NOW) for raw in sx.load("instances__port_2025")]
    assert found[0].starts_at == datetime(2026, 2, 13, 4, 0, tzinfo=UTC)
    assert found[0].event_ref.startswith("31801A")
    assert found[-1].sale_starts_at is None, "it has no beginning of the sale"
    assert found[-1].sale_ends_at == datetime(2025, 10, 10, 2, 29, tzinfo=UTC)
    alberta = [
        mapping.instance(raw, sx.options_of(timezone="America/Edmonton"), now=NOW)
        for raw in sx.load("instances__alberta_2025")
    ]
    assert not alberta[0].bookable
    assert alberta[2].bookable


def test_the_captured_local_times_are_those_of_the_venues_zone():
    for name, zone in (("port_2025", "America/Vancouver"), ("alberta_2025", "America/Edmonton")):
        known = sx.options_of(timezone=zone)
        for raw in sx.load(f"instances__{name}"):
            assert reading.moment(raw, "start", known.zone) == reading.moment(raw, "startUtc", None)


def test_one_venue_id_at_two_clients_is_two_venues():
    both = sx.load("venues__two_clients_2024")
    mine = [one for one in both if one["client"] == "sidwilliams"]
    theirs = [one for one in both if one["client"] == "kaymeekcentre"]
    here, there = mapping.venues(mine, timezone="UTC"), mapping.venues(theirs, timezone="UTC")
    shared = here.keys() & there.keys()
    assert shared
    for ref in shared:
        assert here[ref].name != there[ref].name


# --- events and dates -----------------------------------------------------------------------------------------


def test_an_event_comes_with_its_dates_venue_and_from_price(wire):
    [found] = read(wire, sx.event())
    assert isinstance(found, EventInfo)
    assert (found.ref, found.name, found.kind) == (sx.EVENT, "The Paper Lantern", "musical")
    assert (found.venue.name, found.venue.address) == ("Lantern House", "1 Quay Street, Bristol")
    assert found.instances is not None
    [one] = found.instances
    assert one.starts_at == datetime(2026, 12, 12, 19, 30, tzinfo=UTC)
    assert one.ends_at == datetime(2026, 12, 12, 21, 0, tzinfo=UTC)
    assert (one.price_from, one.price_to) == (gbp(1800), gbp(2450)), (
        "concessions and agents do not leak into it"
    )


def test_lists_are_asked_for_in_small_windows_with_the_names_of_each_endpoint(wire):
    read(wire, sx.event())
    events, dates = wire.sent("/events"), wire.sent("/instances")
    assert events[0] == {"instanceStart_from": "2026-11-21", "instanceStart_to": "2027-01-21"}
    assert dates[0] == {"startFrom": "2026-11-21", "startTo": "2027-01-21"}
    batches = inferred.batches(date(2026, 11, 21), date(2027, 12, 26))
    assert batches[0][0] == date(2026, 11, 21)
    assert batches[-1][1] == date(2027, 12, 26)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(batches))


def test_catalogue_calls_are_never_signed(wire):
    read(wire, sx.event(), keys={"api_user": "foyer", "secret": "bm90LWEtcmVhbC1zZWNyZXQtMDAwMQ=="})
    assert not any("Authorization" in one.headers for one in wire.requests())


def test_an_event_listed_in_two_windows_is_one_event(wire):
    lists(wire, sx.event())
    window = Window(date(2026, 11, 21), date(2027, 11, 21))
    found = list(sx.provider().catalog.events(window))
    assert len(found) == 1
    assert len(wire.sent("/events")) > 1


def test_prices_and_plans_are_asked_for_once_though_many_dates_share_them(wire):
    dates = [sx.instance(ident(50000 + n), start=f"2026-12-{n + 1:02}T19:30:00",
                         startUtc=f"2026-12-{n + 1:02}T19:30:00") for n in range(12)]  # fmt: skip
    [found] = read(wire, sx.event(), dates=dates)
    assert isinstance(found, EventInfo)
    assert len(found.instances or ()) == 12
    asked = [str(one.url) for one in wire.requests()]
    assert sum("price-list" in url for url in asked) == 1
    assert sum(url.endswith("/plan") for url in asked) == 1


def test_pseudo_events_of_the_account_are_left_out_with_a_reason(wire):
    found = read(
        wire, sx.event(), sx.event(ident(34009), name="Volunteer shift - front of house"),
        option_exclude="volunteer shift*, Parking*",
    )  # fmt: skip
    assert [type(one) for one in found] == [EventInfo, BadRecord]
    left_out = found[1]
    assert isinstance(left_out, BadRecord)
    assert (left_out.withdrawn, "EXCLUDE" in left_out.reason) == (True, True)


def test_a_date_that_cannot_be_read_is_told_and_the_others_stay(wire):
    good, bad = sx.instance(), sx.instance(ident(41499), start="soon", startUtc="soon")
    [found] = read(wire, sx.event(), dates=[good, bad])
    assert isinstance(found, EventInfo)
    assert found.instances is None, "asked for one by one, so that the reason is seen"
    wire.says(f"/events/{sx.EVENT}", sx.event())
    wire.says(f"/events/{sx.EVENT}/instances", [good, bad])
    told = list(sx.provider().catalog.instances(sx.EVENT, WINDOW))
    assert [type(one) for one in told] == [InstanceInfo, BadRecord]
    assert wire.sent(f"/events/{sx.EVENT}/instances")[0] == {
        "start_from": "2026-11-21",
        "start_to": "2027-01-21",
    }


def test_an_event_that_is_not_known_any_more_is_none(wire):
    wire.says(f"/events/{sx.EVENT}", (404, {"message": "Not found"}))
    assert sx.provider().catalog.event(sx.EVENT) is None
    assert list(sx.provider().catalog.instances(sx.EVENT, WINDOW)) == []


def test_attributes_become_marks_and_stay_to_be_mapped():
    raw = sx.instance(attribute_SLCaptioned=True, attribute_SLSigned=False, attribute_Relaxed="No", attribute_BSL="1",
                      Attribute_Note="Bring a coat")  # fmt: skip
    found = mapping.instance(raw, sx.options_of(), now=NOW)
    assert found.marks == ("captioned", "signed")
    assert ("Note", "Bring a coat") in found.attributes
    assert ("SLCaptioned", "yes") in found.attributes
    assert ("SLSigned", "") in found.attributes, "it can be mapped before anybody has ticked it"


@pytest.mark.parametrize(
    ("local", "utc", "expected"),
    [
        (
            "2026-10-25T01:30:00",
            None,
            "2026-10-25T00:30:00+00:00",
        ),  # the hour that comes twice: the first of them
        (
            "2026-10-25T01:30:00",
            "2026-10-25T01:30:00",
            "2026-10-25T01:30:00+00:00",
        ),  # the second, said in UTC
        ("2026-10-25T19:30:00", None, "2026-10-25T19:30:00+00:00"),
        ("2026-10-24T19:30:00", None, "2026-10-24T18:30:00+00:00"),
        ("2027-03-28T01:30:00", None, "2027-03-28T01:30:00+00:00"),  # the hour that there is not
        ("2027-03-28T19:30:00", "2027-03-28T18:30:00", "2027-03-28T18:30:00+00:00"),
        ("2027-03-27T19:30:00", None, "2027-03-27T19:30:00+00:00"),
    ],
)
def test_times_are_right_on_both_days_when_the_clock_changes(local, utc, expected):
    found = mapping.instance(sx.instance(start=local, startUtc=utc), sx.options_of(), now=NOW)
    assert found.starts_at.isoformat() == expected


# --- what can be bought -----------------------------------------------------------------------------------------


def test_an_unreserved_plan_is_an_offer_for_each_ticket_type(wire):
    wire.house(
        sx.instance(), sx.status(40, locked=4), sx.price_list(sx.price(24.5), sx.price(12, sx.UNDER_26))
    )
    found = sx.provider().catalog.availability(sx.STALLS_ONLY)
    assert [(one.ticket_type, one.price, one.left) for one in found.offers] == [
        ("Full Price", gbp(2450), 36), ("Under 26", gbp(1200), 36),
    ], "locked places are not general ones"  # fmt: skip
    assert found.offers[0].key == f"u:{sx.HALL}:{sx.FULL}"
    assert (found.choose_there, found.areas) == ("", ())
    query = wire.sent(f"/instances/{sx.STALLS_ONLY}/status")[0]
    assert query == {"includeChildPlans": "true", "includeLockInformation": "true", "$expand": "bands"}
    assert wire.sent(f"/instances/{sx.STALLS_ONLY}/price-list")[0] == {"$expand": "prices/customItems"}


def test_areas_within_areas_are_offered_and_the_plans_around_them_are_not(wire):
    wire.house(sx.instance(sx.BLOCKS, sx.FLOORS), sx.status(30), sx.price_list(sx.price(10)))
    for area, left in ((sx.FLOOR, 20), (sx.GALLERY_LEFT, 10), (sx.GALLERY_RIGHT, 0)):
        wire.says(f"/instances/{sx.BLOCKS}/status/areas/{area}", sx.status(left))
    found = sx.provider().catalog.availability(sx.BLOCKS)
    assert [(one.area, one.left, one.closed) for one in found.offers] == [
        ("Floor", 20, ""), ("Gallery, Left", 10, ""), ("Gallery, Right", 0, "sold_out"),
    ]  # fmt: skip
    assert {one.key.split(":")[1] for one in found.offers} == {sx.FLOOR, sx.GALLERY_LEFT, sx.GALLERY_RIGHT}


def test_areas_inside_the_status_spare_a_call_for_each(wire):
    inside = [{"id": area, "available": n, "lockInfoAvailable": None} for area, n in
              ((sx.FLOOR, 5), (sx.GALLERY_LEFT, 6), (sx.GALLERY_RIGHT, 7))]  # fmt: skip
    wire.house(sx.instance(sx.BLOCKS, sx.FLOORS), sx.status(18, areas=inside), sx.price_list(sx.price(10)))
    found = sx.provider().catalog.availability(sx.BLOCKS)
    assert [one.left for one in found.offers] == [5, 6, 7]


def test_a_reserved_house_is_chosen_on_their_own_page(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE))
    found = sx.provider().catalog.availability(sx.HOUSE)
    assert {one.closed for one in found.offers} == {"there"}, (
        "its prices are told, and nothing can be taken here"
    )
    assert [(one.area, one.price_band, one.ticket_type, one.price) for one in found.offers][:2] == [
        ("", "Band A", "Full Price", gbp(2450)), ("", "Band A", "Under 26", gbp(1200)),
    ]  # fmt: skip
    assert all(offers.key(one.key) is None for one in found.offers), (
        "and a form that names one anyway is refused"
    )
    assert found.left == 40
    assert found.choose_there == f"{sx.DOMAIN}/lantern/website/ChooseSeats.aspx?EventInstanceId=41403"


def test_a_reserved_house_without_a_seat_left_is_sold_out_there_too(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE), sx.status(0))
    found = sx.provider().catalog.availability(sx.HOUSE)
    assert {one.closed for one in found.offers} == {"sold_out"}
    assert (found.left, found.choose_there) == (0, "")


def test_best_available_is_offered_only_where_account_and_date_allow_it(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE, hasBestAvailableOverlay=True), sx.status(6, locked=2))
    assert {one.closed for one in sx.provider().catalog.availability(sx.HOUSE).offers} == {"there"}
    found = sx.provider(option_best_available="yes").catalog.availability(sx.HOUSE)
    assert {one.price_band for one in found.offers} == {"Band A", "Band B"}
    assert all(one.best_seats and not one.together for one in found.offers), "nothing promises adjacency"
    assert found.offers[0].key == f"b::{sx.BAND_A}:{sx.FULL}"
    assert {one.left for one in found.offers} == {4}
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE), sx.status(6))
    known = sx.provider(option_best_available="yes").catalog.availability(sx.HOUSE)
    assert not any(one.best_seats for one in known.offers)


def test_best_available_can_be_had_anywhere_or_in_one_area_of_several(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE, hasBestAvailableOverlay=True), sx.status(10))
    circle = {"id": ident(399), "name": "Circle", "type": "Reserved", "seats": [sx.seat(1)]}
    areas = [*sx.PLANS[sx.MIXED]["areas"], circle]
    wire.says(f"/instances/{sx.HOUSE}/plan", {**sx.PLANS[sx.MIXED], "areas": areas})
    for area, left in ((sx.STALLS, 7), (sx.STANDING, 90), (ident(399), 3)):
        wire.says(f"/instances/{sx.HOUSE}/status/areas/{area}", sx.status(left))
    found = sx.provider(option_best_available="yes").catalog.availability(sx.HOUSE)
    theirs = {(one.area, one.key.split(":")[1], one.left) for one in found.offers if one.best_seats}
    assert theirs == {("", "", 10), ("Stalls", sx.STALLS, 7), ("Circle", ident(399), 3)}
    wire.says(f"/instances/{sx.HOUSE}/status/areas/{sx.STALLS}", (404, {"message": "Not found"}))
    found = sx.provider(option_best_available="yes").catalog.availability(sx.HOUSE)
    assert {one.left for one in found.offers if one.best_seats and not one.area} == {None}


def test_our_own_list_of_seats_is_off_and_shows_only_what_surely_sells(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE))
    seats = [one["id"] for one in sx.PLANS[sx.HOUSE]["seats"]]
    states = dict(zip(seats, ("A", "A", "U", "I", "A", "X"), strict=True))
    wire.says(f"/instances/{sx.HOUSE}/status/detail",
              {ref: {"band": sx.BAND_A, "status": state} for ref, state in states.items()})  # fmt: skip
    assert sx.provider().catalog.availability(sx.HOUSE).areas == ()
    found = sx.provider(option_own_seats="yes").catalog.availability(sx.HOUSE)
    [area] = found.areas
    [row] = area.rows
    assert (area.name, row.name) == ("Main House", "A")
    assert [(one.number, one.index, one.price) for one in row.seats] == [
        ("1", 1, gbp(2450)), ("2", 2, gbp(2450)), ("5", 5, gbp(2450)),
    ]  # fmt: skip
    assert row.seats[0].offer_key == f"s:{sx.FULL}"
    assert found.choose_there, "their page stays a road"


def test_seats_are_not_listed_where_locked_ones_may_be_among_them(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE), sx.status(6, locked=2))
    body = {one["id"]: {"band": sx.BAND_A, "status": "A"} for one in sx.PLANS[sx.HOUSE]["seats"]}
    wire.says(f"/instances/{sx.HOUSE}/status/detail", body)
    found = sx.provider(option_own_seats="yes").catalog.availability(sx.HOUSE)
    assert found.areas == ()
    assert found.choose_there


def test_a_seat_status_that_is_no_json_leaves_their_own_page(wire):
    wire.house(sx.instance(sx.HOUSE, sx.THEATRE))
    wire.says(f"/instances/{sx.HOUSE}/status/detail", "A1:A;A2:U")
    found = sx.provider(option_own_seats="yes").catalog.availability(sx.HOUSE)
    assert found.areas == ()
    assert found.choose_there


def test_a_group_plan_sells_its_unreserved_part_and_sends_for_the_seats(wire):
    wire.house(sx.instance(sx.MIXED, sx.GROUP), sx.status(60), sx.price_list(sx.price(10)))
    wire.says(f"/instances/{sx.MIXED}/status/areas/{sx.STANDING}", sx.status(50))
    wire.says(f"/instances/{sx.MIXED}/status/areas/{sx.STALLS}", sx.status(4))
    found = sx.provider().catalog.availability(sx.MIXED)
    assert [(one.area, one.left, one.closed) for one in found.offers] == [
        ("Standing", 50, ""),
        ("Stalls", None, "there"),
    ]
    assert found.left == 54
    assert "EventInstanceId=41404" in found.choose_there


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ""),
        ({"isOnSale": False}, "ended"),
        ({"startSellingAtWebUtc": "2026-12-01T10:00:00Z"}, "not_yet"),
        ({"stopSellingAtWebUtc": "2026-11-20T10:00:00Z"}, "ended"),
        ({"startSellingAtWeb": None, "startSellingAtWebUtc": None}, ""),
        ({"startSellingAtWeb": None, "startSellingAtWebUtc": None, "stopSellingAtWeb": None,
          "stopSellingAtWebUtc": None}, ""),
        ({"isOnSale": False, "startSellingAtWebUtc": "2026-12-01T10:00:00Z"}, "not_yet"),
    ],
)  # fmt: skip
def test_bookable_is_on_sale_not_cancelled_and_within_the_selling_times(wire, fields, expected):
    wire.house(sx.instance(**fields), prices=sx.price_list(sx.price(10)))
    [offer] = sx.provider().catalog.availability(sx.STALLS_ONLY).offers
    assert offer.closed == expected


def test_being_on_sale_says_nothing_of_seats(wire):
    wire.house(sx.instance(isOnSale=True), sx.status(3, locked=3), sx.price_list(sx.price(10)))
    [offer] = sx.provider().catalog.availability(sx.STALLS_ONLY).offers
    assert (offer.closed, offer.left) == ("sold_out", 0)


def test_a_cancelled_date_has_nothing_and_its_status_is_not_asked(wire):
    wire.house(sx.instance(cancelled=True))
    found = sx.provider().catalog.availability(sx.STALLS_ONLY)
    assert (found.status, found.offers, found.choose_there) == (Status.CANCELLED, (), "")
    assert wire.sent(f"/instances/{sx.STALLS_ONLY}/status") == []


@pytest.mark.parametrize("plan", [None, ""])
def test_a_date_without_a_plan_is_left_to_their_page(wire, plan):
    wire.house(sx.instance(sx.NO_PLAN, plan))
    found = sx.provider().catalog.availability(sx.NO_PLAN)
    assert found.offers == ()
    assert "EventInstanceId=41405" in found.choose_there


def test_itemised_commission_is_shown_and_added_only_where_the_account_says_so(wire):
    item = {"id": ident(77), "name": "Booking fee", "amount": 1.5}
    wire.house(sx.instance(), prices=sx.price_list(sx.price(20, customItems=[item])))
    [offer] = sx.provider().catalog.availability(sx.STALLS_ONLY).offers
    assert (offer.price, offer.face_value, offer.fee) == (gbp(2000), gbp(1850), gbp(150))
    assert [(one.name, one.amount) for one in offer.charges] == [("Booking fee", gbp(150))]
    kept.forget()
    [offer] = sx.provider(option_commission="added").catalog.availability(sx.STALLS_ONLY).offers
    assert (offer.price, offer.face_value, offer.fee) == (gbp(2150), gbp(2000), gbp(150))


def test_where_the_band_is_not_told_the_dearest_price_is_named_and_called_an_estimate(wire):
    wire.house(sx.instance())
    found = {one.ticket_type: one for one in sx.provider().catalog.availability(sx.STALLS_ONLY).offers}
    assert found["Full Price"].price == gbp(2450)
    assert found["Full Price"].price_estimated
    assert "Agent" not in found, "an internal ticket type"
    wire.says(f"/instances/{sx.STALLS_ONLY}/status", sx.status(4, bands=[{"id": sx.BAND_B}]))
    told = {one.ticket_type: one for one in sx.provider().catalog.availability(sx.STALLS_ONLY).offers}
    assert told["Full Price"].price == gbp(1800)
    assert not told["Full Price"].price_estimated


def test_a_server_that_expands_no_bands_is_asked_without(wire):
    wire.house(sx.instance(), prices=sx.price_list(sx.price(10)))
    wire.says(f"/instances/{sx.STALLS_ONLY}/status", (400, {"message": "unknown expand"}), sx.status(7))
    [offer] = sx.provider().catalog.availability(sx.STALLS_ONLY).offers
    assert offer.left == 7
    assert "$expand" not in wire.sent(f"/instances/{sx.STALLS_ONLY}/status")[-1]


def test_a_date_they_do_not_know_is_not_on_sale(wire):
    wire.says(f"/instances/{sx.STALLS_ONLY}", (404, {"message": "Not found"}))
    with pytest.raises(NotOnSale):
        sx.provider().catalog.availability(sx.STALLS_ONLY)


def test_a_page_of_a_gateway_is_not_taken_for_their_answer(wire):
    wire.says("/instances", (403, sx.HTML))
    with pytest.raises(Unavailable, match="gateway"):
        list(sx.provider().catalog.events(WINDOW))
    wire.says("/instances", sx.HTML)
    with pytest.raises(BadAnswer):
        list(sx.provider().catalog.events(WINDOW))


# --- doctor -------------------------------------------------------------------------------------------------------


def test_a_sign_of_life_is_a_list_of_a_month(wire):
    lists(wire, sx.event())
    sign = sx.provider().catalog.sign_of_life()
    assert (sign.ok, sign.problem) == (True, "")


def test_a_wrong_time_zone_and_a_wrong_client_name_are_said(wire):
    lists(wire, sx.event())
    sign = sx.provider(timezone="America/Toronto").catalog.sign_of_life()
    assert (sign.ok, sign.problem) == (False, "misconfigured")
    assert "TIMEZONE" in sign.detail
    wire.says("/events", (404, {"message": "Unknown client"}))
    assert "CLIENT_NAME" in sx.provider().catalog.sign_of_life().detail


def test_a_wrong_option_of_an_account_is_named():
    for option in (
        {"option_client_name": ""},
        {"option_own_seats": "perhaps"},
        {"option_custom_domain": "tickets"},
    ):
        with pytest.raises(Misconfigured) as wrong:
            sx.provider(**option)
        assert next(iter(option)).removeprefix("option_").upper() in wrong.value.detail


def test_seats_of_a_big_house_are_kept_only_where_they_are_listed(wire):
    from shop.providers.spektrix import plans

    big = {"id": sx.THEATRE, "type": "Group", "areas": [
        {"id": sx.STALLS, "seats": [{**sx.seat(n), "note": "x"} for n in range(1500)]}]}  # fmt: skip
    small = plans.slim(big, keep_seats=False)
    assert len(small["areas"][0]["seats"]) == 1
    assert [leaf.reserved for leaf in plans.leaves(small)] == [True], "it still tells a reserved area"
    whole = plans.slim(big, keep_seats=True)["areas"][0]["seats"]
    assert len(whole) == 1500
    assert set(whole[0]) == {"id", "row", "number", "x", "y"}


# --- venues -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "address", "parts"),
    [
        ("Lantern Quay, Studio", "Lantern Quay, Harbourside, Bristol BS1 5ZZ", ("Harbourside", "Bristol", "BS1 5ZZ")),
        ("Assembly Hall", "12 Ropewalk Lane, Bristol BS1 6ZY", ("12 Ropewalk Lane", "Bristol", "BS1 6ZY")),
        ("Hall", "1 Quay Street, Stoke-on-Trent, ST1 1AA", ("1 Quay Street", "Stoke-on-Trent", "ST1 1AA")),
        ("Loft", "3 Weavers' Row, Dublin 8", ("3 Weavers' Row, Dublin 8", "", "")),
        ("Loft", "3 Weavers' Row, Dublin D08 X2A3", ("3 Weavers' Row", "Dublin", "D08 X2A3")),
        ("Kay Meek", "1700 Mathers Ave, West Vancouver BC V7V 2G7", ("1700 Mathers Ave, West Vancouver BC V7V 2G7", "", "")),
        ("Hall", "Hall", ("", "", "")),
        ("Hall", "", ("", "", "")),
        ("Hall", "BS1 5ZZ", ("", "", "BS1 5ZZ")),
    ],
)  # fmt: skip
def test_the_one_line_of_an_address_is_told_apart_and_names_the_venue_once(name, address, parts):
    assert inferred.address_parts(name, address) == parts


def test_a_gateways_page_while_a_buyer_waits_is_an_answer_that_did_not_come(wire):
    wire.says(f"/instances/{sx.STALLS_ONLY}", (403, sx.HTML))
    with pytest.raises(Unavailable):
        sx.provider().catalog.availability(sx.STALLS_ONLY)
    wire.says("/events", (403, sx.HTML))
    sign = sx.provider().catalog.sign_of_life()
    assert (sign.ok, sign.problem) == (False, "unavailable")
    assert "gateway" in sign.detail


def test_another_client_or_host_is_another_system_and_a_test_machines_port_is_none():
    assert sx.provider().capabilities.system == "system.spektrix.com/lantern"
    assert sx.provider(option_client_name="lantern-live").capabilities.system != "system.spektrix.com/lantern"
    local = [sx.provider(base_url=f"http://127.0.0.1:{port}/spektrix").capabilities.system for port in (1, 2)]
    assert local == ["lantern", "lantern"]


@pytest.mark.parametrize(
    ("attributes", "note"),
    [
        ({"AgeGuidance": "10+"}, "10+"), ({"Age Guidance": "Ages 3 to 6"}, "Ages 3 to 6"), ({"AgeRange": "yes"}, ""),
        ({"Age": "14+"}, "14+"), ({"Agent": "CAA 2"}, ""), ({"Agenda": "3 parts"}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_advice_on_ages_is_read_where_a_venue_writes_it(attributes, note):
    assert inferred.age_note(attributes) == note
