"""Tickethead's catalogue and availability, from answers written after its documents."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import BadAnswer, NotOnSale, Unavailable, Unsupported
from shop.providers.types import BadRecord, EventInfo, Status, Window
from tests.providers import tickethead_wire as th
from tests.providers.tickethead_wire import Wire

WINDOW = Window(date(2026, 11, 21), date(2027, 12, 31))
EUR = "EUR"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: th.NOW)
    monkeypatch.setattr(http, "mounts", {})


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


def listed(*events, total=None, offset=0):
    rows = [event.get("data", event) for event in events]
    total = len(rows) if total is None else total
    return {"data": rows, "paging": {"limit": 100, "offset": offset, "total": total}}


def standing(**changes):
    event = th.payload("event__standing")["data"]
    return {**event, **changes}


def offers(wire, ref="311"):
    return {offer.key: offer for offer in th.provider().catalog.availability(ref).offers}


# --- the list -----------------------------------------------------------------------------------------------


def test_a_guest_is_logged_in_on_the_global_host_before_the_tenants_list_is_read(wire):
    wire.says(th.EVENTS, listed(th.payload("event__standing")))
    found = list(th.provider().catalog.events(WINDOW))
    assert [str(one.url).split("?")[0] for one in wire.sent()][:2] == [th.LOGIN[1], th.EVENTS[1]]
    assert wire.bodies(th.LOGIN) == [{}]
    assert wire.tokens(th.EVENTS) == [th.token(1)]
    assert [event.ref for event in found] == ["311"]


def test_the_list_asks_for_relations_a_range_of_dates_and_a_page(wire):
    wire.says(th.EVENTS, listed())
    assert list(th.provider().catalog.events(WINDOW)) == []
    query = wire.query(th.EVENTS)
    assert query["public"] == "true"
    assert query["with"].startswith("[ticket_config")
    assert query["offset"] == "0"
    first, last = query["start_at"].split(";")
    assert first.endswith("T00:00:00.000Z")
    assert first < "2026-09-01"  # the parent of dates still to come may have begun long ago
    assert last == "2028-01-01T00:00:00.000Z"


def test_an_event_becomes_an_event_with_one_instance_and_its_venue(wire):
    wire.says(th.EVENTS, listed(th.payload("event__standing")))
    (event,) = th.provider().catalog.events(WINDOW)
    assert (event.name, event.kind, event.seller, event.status, event.listed) == (
        "Night of Lanterns", "concert", "Lantern House", Status.SCHEDULED, True,
    )  # fmt: skip
    assert event.description_html == "<p>Bring a lamp.</p>"
    assert event.image_url == "https://img.example.test/l.jpg"
    venue = event.venue
    assert (venue.ref, venue.name, venue.address, venue.city) == (
        "21",
        "Lantern House",
        "Gasse 1, Hof 2",
        "Wien",
    )
    assert (venue.postcode, venue.country, venue.timezone) == ("1010", "AT", "Europe/Vienna")
    assert (venue.latitude, venue.longitude) == (48.21, 16.37)
    (date_,) = event.instances
    assert date_.ref == "311"
    assert date_.starts_at == datetime(2027, 3, 5, 18, 30, tzinfo=UTC)
    assert date_.doors_at == datetime(2027, 3, 5, 17, 45, tzinfo=UTC)
    assert date_.bookable
    # all-in: 25.50 and its fee (0.50 + 4 %, 20 % tax on it); the balcony's is borne. A free extra and what is
    # sold out are no price to begin with
    assert (event.price_from, event.price_to) == (Money(2732, EUR), Money(4000, EUR))
    assert date_.sale_starts_at == datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


def test_occurrences_become_instances_and_those_of_other_times_are_left_out(wire):
    wire.says(th.EVENTS, listed(th.payload("event__recurring")))
    (event,) = th.provider().catalog.events(WINDOW)
    assert [one.ref for one in event.instances] == ["320/415", "320/416", "320/417"]
    assert [one.status for one in event.instances] == [Status.SCHEDULED, Status.SCHEDULED, Status.CANCELLED]
    assert [one.bookable for one in event.instances] == [True, True, False]
    assert event.listed is False  # visible=false: by its address only
    assert event.kind == "exhibition"


def test_a_festival_that_is_still_on_is_in_todays_window(wire):
    going_on = standing(start_at="2026-11-19T10:00:00.000Z", end_at="2026-11-22T10:00:00.000Z")
    wire.says(th.EVENTS, listed(going_on))
    assert [event.ref for event in th.provider().catalog.events(WINDOW)] == ["311"]


@pytest.mark.parametrize("status", ["draft", "committed"])
def test_what_is_not_published_is_not_in_the_list_and_says_so_when_asked_for(wire, status):
    wire.says(th.EVENTS, listed(standing(status=status)))
    wire.says(th.EVENT, {"data": standing(status=status)})
    catalog = th.provider().catalog
    assert list(catalog.events(WINDOW)) == []
    for ask in (catalog.event, catalog.availability):
        with pytest.raises(NotOnSale) as refused:
            ask("311")
        assert refused.value.what == "Night of Lanterns"


@pytest.mark.parametrize("answer", [th.refused(400, "event_not_published"), th.refused(403, "forbidden")])
def test_an_event_that_is_refused_is_not_on_sale(wire, answer):
    wire.says(th.EVENT, answer)
    with pytest.raises(NotOnSale):
        th.provider().catalog.event("311")


def test_an_event_that_is_unknown_is_none(wire):
    wire.says(th.EVENT, th.refused(404, "not_found"))
    assert th.provider().catalog.event("311") is None
    with pytest.raises(NotOnSale):
        th.provider().catalog.availability("311")


def test_a_cancelled_event_is_listed_as_cancelled_and_has_no_offers(wire):
    wire.says(th.EVENTS, listed(standing(status="canceled")))
    wire.says(th.EVENT, {"data": standing(status="canceled")})
    (event,) = th.provider().catalog.events(WINDOW)
    assert (event.status, event.instances[0].status, event.instances[0].bookable) == (
        Status.CANCELLED, Status.CANCELLED, False,
    )  # fmt: skip
    free = th.provider().catalog.availability("311")
    assert (free.status, free.offers) == (Status.CANCELLED, ())


def test_pages_are_read_until_all_are_there_with_each_venue_asked_for_once(wire):
    wire.says(
        th.EVENTS,
        listed(standing(id=1), standing(id=2), total=5),
        listed(standing(id=3), standing(id=4), total=5, offset=2),
        listed(standing(id=5), total=5, offset=4),
    )
    assert [event.ref for event in th.provider().catalog.events(WINDOW)] == ["1", "2", "3", "4", "5"]
    assert len(wire.sent(th.VENUE)) == 1
    assert len(wire.sent(th.ORGANIZER)) == 1
    assert len(wire.sent(th.LOGIN)) == 1


@pytest.mark.parametrize(
    "pages",
    [
        [listed(standing(id=1), total=3), listed(total=3, offset=1)],  # stops early
        [
            listed(standing(id=1), standing(id=2), total=3),
            listed(standing(id=2), total=3, offset=2),
        ],  # shifted
    ],
)
def test_a_list_that_is_not_complete_does_not_end_as_if_it_were(wire, pages):
    wire.says(th.EVENTS, *pages)
    with pytest.raises(BadAnswer):
        list(th.provider().catalog.events(WINDOW))


def test_a_list_without_a_total_is_read_to_its_empty_page(wire):
    wire.says(th.EVENTS, {"data": [standing(id=1)]}, {"data": [standing(id=2)]}, {"data": []})
    assert [event.ref for event in th.provider().catalog.events(WINDOW)] == ["1", "2"]


def test_a_list_that_ignores_the_offset_ends(wire):
    wire.says(th.EVENTS, {"data": [standing(id=1)]})
    assert [event.ref for event in th.provider().catalog.events(WINDOW)] == ["1"]
    assert len(wire.sent(th.EVENTS)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": None}, "name is missing"),
        ({"start_at": "2027-02-30T18:00:00.000Z"}, "start_at is not a time"),
        ({"start_at": 1234567}, "start_at is not a time"),
        ({"end_at": "2027-03-01T00:00:00.000Z"}, "it ends before it begins"),
        ({"venue_id": None}, "venue_id is missing"),
        ({"ticket_config": {"id": 1}}, "ticket_config is not a list"),
        ({"visible": "maybe"}, "visible is not yes or no"),
    ],
)
def test_a_bad_event_is_left_out_with_its_reason_and_the_others_go_on(wire, changes, reason):
    wire.says(th.EVENTS, listed(standing(**changes), standing(id=312)))
    bad, good = th.provider().catalog.events(WINDOW)
    assert isinstance(bad, BadRecord)
    assert (bad.what, bad.ref, bad.reason) == ("event", "311", reason)
    assert isinstance(good, EventInfo)
    assert good.ref == "312"


@pytest.mark.parametrize("raw", [None, "text", 7, []])
def test_a_record_that_is_no_object_is_left_out(wire, raw):
    wire.says(th.EVENTS, {"data": [raw, standing(id=312)], "paging": {"total": 2}})
    bad, good = th.provider().catalog.events(WINDOW)
    assert isinstance(bad, BadRecord)
    assert bad.ref == ""
    assert good.ref == "312"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("face_value", "25.50", "face_value is not a number"),
        ("face_value", -1, "face_value is negative"),
        ("face_value", None, "face_value is missing"),
        ("currency", "euro", "currency is not a currency"),
        ("available_tickets", 2.5, "available_tickets is not a whole number"),
        ("start_sale_at", "soon", "start_sale_at is not a time"),
    ],
)
def test_a_ticket_that_cannot_be_read_is_left_out_and_the_event_stays(wire, field, value, reason):
    event = standing()
    event["ticket_config"][0] = {**event["ticket_config"][0], field: value}
    wire.says(th.EVENTS, listed(event))
    wire.says(th.EVENT, {"data": event})
    bad, good = th.provider().catalog.events(WINDOW)
    assert (bad.what, bad.ref, bad.reason, bad.excerpt) == ("ticket_config", "311/7489", reason, "Standing")
    assert good.ref == "311"
    assert "7489" not in offers(wire)


def test_a_date_that_cannot_be_read_is_named_among_its_events_dates(wire):
    event = th.payload("event__recurring")["data"]
    event["occurrence"][0]["start_at"] = "never"
    wire.says(th.EVENTS, listed(event))
    wire.says(th.RECURRING, {"data": event})
    catalog = th.provider().catalog
    (found,) = catalog.events(WINDOW)
    assert found.instances is None
    dates = list(catalog.instances("320", WINDOW))
    assert [(one.ref, isinstance(one, BadRecord)) for one in dates] == [
        ("320/416", True), ("320/415", False), ("320/417", False),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [th.refused(404, "not_found"), {"data": {"id": 21, "name": None}}])
def test_an_event_whose_venue_cannot_be_read_is_left_out(wire, answer):
    wire.says(th.VENUE, answer)
    wire.says(th.EVENTS, listed(standing(), standing(id=312)))
    found = list(th.provider().catalog.events(WINDOW))
    assert [(one.ref, one.reason.startswith("venue 21")) for one in found] == [("311", True), ("312", True)]
    assert len(wire.sent(th.VENUE)) == 1


@pytest.mark.parametrize("answer", [(200, th.HTML), (200, ""), {"events": []}, {"data": {"id": 1}}, [1, 2]])
def test_an_answer_that_makes_no_sense_is_a_bad_answer(wire, answer):
    wire.says(th.EVENTS, answer)
    with pytest.raises(BadAnswer):
        list(th.provider().catalog.events(WINDOW))


def test_a_provider_that_is_down_is_unavailable_after_three_tries(wire):
    wire.says(th.EVENTS, (503, {"message": "down"}))
    with pytest.raises(Unavailable):
        list(th.provider().catalog.events(WINDOW))
    assert len(wire.sent(th.EVENTS)) == 3


def test_a_token_that_is_refused_is_replaced_once(wire):
    wire.says(th.EVENT, th.refused(401, "unauthorized"), th.payload("event__standing"))
    catalog = th.provider().catalog
    wire.says(th.EVENTS, listed())
    list(catalog.events(WINDOW))
    assert catalog.event("311").ref == "311"
    assert wire.tokens(th.EVENT) == [th.token(1), th.token(2)]


def test_a_token_is_renewed_before_it_ends(wire, monkeypatch):
    catalog = th.provider().catalog
    catalog.event("311")
    monkeypatch.setattr(http, "clock", lambda: th.NOW + timedelta(minutes=119, seconds=30))
    catalog.event("311")
    assert wire.tokens(th.EVENT) == [th.token(1), th.token(2)]


def test_a_server_that_does_not_know_a_relation_is_asked_as_the_vendors_client_asks(wire):
    wire.says(th.EVENT, th.refused(400, "bad_relation"), th.payload("event__standing"))
    assert th.provider().catalog.event("311").ref == "311"
    assert "occurrence.ticket_config" in wire.query(th.EVENT)["with"]


def test_a_list_is_asked_for_plainly_where_a_relation_is_not_known(wire):
    wire.says(th.EVENTS, th.refused(400, "bad_relation"), listed(standing()))
    assert len(list(th.provider().catalog.events(WINDOW))) == 1
    assert wire.query(th.EVENTS)["with"] == "[ticket_config,subcategory,occurrence.ticket_config]"


def test_the_global_host_follows_from_the_tenants_when_it_is_not_named(wire):
    wire.says(th.EVENTS, listed())
    list(th.provider(options={}).catalog.events(WINDOW))
    assert str(wire.sent(th.LOGIN)[0].url) == th.LOGIN[1]


def test_both_roles_may_be_on_one_address_with_a_path(wire):
    for endpoint, body in (
        ("account/v1/guest/login", {"data": {"token": th.token(5)}}),
        ("event/v1/event/311", {"data": standing(status="draft")}),
    ):
        method = "POST" if "login" in endpoint else "GET"
        wire.mock.add(method, f"http://127.0.0.1:9/play/{endpoint}", json=body)
    play = "http://127.0.0.1:9/play"
    with pytest.raises(NotOnSale):
        th.provider(base_url=play, options={"global_url": play}).catalog.event("311")


def test_an_organizer_that_cannot_be_read_costs_no_event(wire):
    wire.says(th.ORGANIZER, th.refused(403, "forbidden"))
    wire.says(th.EVENTS, listed(standing()))
    (event,) = th.provider().catalog.events(WINDOW)
    assert event.seller == ""
    assert event.price_to == Money(4000, EUR)


# --- what can be had ----------------------------------------------------------------------------------------


def test_each_ticket_config_is_an_offer_with_the_reason_it_is_closed(wire):
    found = offers(wire)
    assert {key: (one.ticket_type, one.closed, one.notes) for key, one in found.items()} == {
        "7489": ("Standing", "", ()),
        "7490": ("Balcony", "not_yet", ()),
        "7491": ("Child on a lap", "", ()),
        "7492": ("Give what you like", "unsupported", ("donation",)),
        "7493": ("First hundred", "sold_out", ()),
        "7494": ("Members' week", "ended", ()),
    }
    assert found["7490"].sale_starts_at == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert found["7494"].sale_ends_at == datetime(2026, 10, 8, 8, 0, tzinfo=UTC)


def test_an_offer_carries_price_fee_limit_and_what_it_needs(wire):
    found = offers(wire)
    one = found["7489"]
    assert (one.price, one.fee, one.face_value) == (Money(2732, EUR), Money(182, EUR), Money(2550, EUR))
    assert (one.left, one.maximum, one.description, one.price_estimated) == (287, 6, "Near the stage", True)
    free = found["7491"]
    assert (free.price, free.fee, free.price_estimated, free.needs) == (Money(0, EUR), None, False, ("7489",))
    assert found["7490"].fee is None  # the organizer bears it


def test_open_discounts_are_listed_at_the_offers_they_are_for(wire):
    found = offers(wire)
    (early,) = found["7489"].discounts  # last year's is over
    assert (early.ref, early.name, early.percent, early.needs_code) == ("14", "Early bird", 1000, False)
    assert (early.minimum, early.maximum, early.left) == (2, 4, 20)
    assert found["7490"].discounts == ()


def test_sectors_and_timeslots_multiply_a_ticket_and_limit_it(wire):
    found = offers(wire, "320/416")
    assert set(found) == {"8001-s3-t9", "8001-s3-t10", "8001-s4-t9", "8001-s4-t10", "8002-s3-t10"}
    limits = {key: (one.area, one.maximum, one.left) for key, one in found.items()}
    assert limits["8001-s3-t9"] == ("East house", 5, 5)  # the slot is the narrowest
    assert limits["8001-s3-t10"] == ("East house", 8, 10)  # so many a buyer
    assert limits["8001-s4-t10"] == ("West house", 2, 2)  # the sector is
    assert found["8001-s3-t9"].time_from == datetime(2026, 12, 6, 8, 0, tzinfo=UTC)
    assert found["8001-s3-t9"].price == Money(1320, EUR)  # VAT on top, the fee borne


def test_a_timeslot_that_is_over_is_closed(wire, monkeypatch):
    monkeypatch.setattr(http, "clock", lambda: datetime(2026, 12, 6, 11, 30, tzinfo=UTC))
    found = offers(wire, "320/416")
    assert (found["8001-s3-t9"].closed, found["8001-s3-t10"].closed) == ("ended", "")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"chart_key": "abc-123"}, "seat_chart"),
        ({"kyc_level_id": 2}, "holder_names"),
        ({"ticket_format": [{"id": 2, "name": "SECURE"}]}, "wallet_needs_account"),
    ],
)
def test_what_we_cannot_sell_is_closed_and_says_why(wire, changes, why):
    wire.says(th.EVENT, {"data": standing(**changes)})
    wire.says(th.EVENTS, listed(standing(**changes)))
    found = offers(wire)["7489"]
    assert (found.closed, found.notes) == ("unsupported", (why,))
    (event,) = th.provider().catalog.events(WINDOW)
    assert event.instances[0].bookable is False


def test_where_the_sale_of_every_ticket_is_over_it_is_known_since_when(wire):
    event = standing()
    for config in event["ticket_config"]:
        config["end_sale_at"] = "2026-10-04T08:00:00Z"
    wire.says(th.EVENTS, listed(event))
    (found,) = th.provider().catalog.events(WINDOW)
    last = datetime(2026, 10, 4, 8, tzinfo=UTC)
    assert (found.instances[0].bookable, found.instances[0].sale_ends_at) == (False, last)


def test_a_ticket_in_another_currency_than_the_events_is_closed(wire):
    event = standing()
    event["ticket_config"][0]["currency"] = "CHF"
    wire.says(th.EVENT, {"data": event})
    found = offers(wire)["7489"]
    assert (found.closed, found.notes, found.price.currency) == ("unsupported", ("other_currency",), "CHF")


def test_an_event_may_be_sold_in_another_currency_than_the_accounts(wire):
    event = standing()
    for config in event["ticket_config"]:
        config["currency"] = "CHF"
    wire.says(th.EVENT, {"data": event})
    wire.says(th.EVENTS, listed(event))
    found = offers(wire)["7489"]
    assert (found.closed, found.price) == ("", Money(2550, "CHF"))  # the organizer's fee is in euros
    (one,) = th.provider().catalog.events(WINDOW)
    assert one.price_from == Money(2550, "CHF")


def test_a_date_of_another_event_is_not_on_sale(wire):
    for ref in ("311/415", "320/999", "320/418", "320"):
        with pytest.raises(NotOnSale):
            th.provider().catalog.availability(ref)


def test_ids_from_outside_never_leave_their_segment_of_the_path(wire):
    wire.mock.add("GET", f"{th.TENANT}/event/v1/event/..%2Forder%3Fx", json={"message": "no"}, status=404)
    assert th.provider().catalog.event("../order?x") is None


# --- codes --------------------------------------------------------------------------------------------------


def test_a_typed_code_finds_its_discount_whatever_its_case(wire):
    found = th.provider().catalog.discount("311", " lamp ")
    assert (found.ref, found.name, found.amount, found.needs_code) == ("77", "Friends", Money(500, EUR), True)
    assert wire.query(th.CODES)["code"] == "lamp"


@pytest.mark.parametrize("answer", [{"data": []}, th.refused(404, "not_found"), {"data": [{"id": 1}, "x"]}])
def test_a_code_that_nobody_knows_is_none(wire, answer):
    wire.says(th.CODES, answer)
    assert th.provider().catalog.discount("311", "NOPE") is None


def test_a_server_that_ignores_the_code_gives_nobody_somebody_elses_discount(wire):
    assert th.provider().catalog.discount("311", "OTHER") is None


@pytest.mark.parametrize("changes", [{"available_tickets": 0}, {"end_at": "2026-11-01T00:00:00.000Z"}])
def test_a_code_that_is_used_up_or_over_is_none(wire, changes):
    answer = th.payload("discount__by_code")
    answer["data"][0] |= changes
    wire.says(th.CODES, answer)
    assert th.provider().catalog.discount("311", "LAMP") is None


def test_a_code_of_another_ticket_is_none(wire):
    answer = th.payload("discount__by_code")
    answer["data"][0]["ticket_config"] = [{"id": 1}]
    wire.says(th.CODES, answer)
    assert th.provider().catalog.discount("311", "LAMP") is None


@pytest.mark.parametrize("answer", [th.refused(403, "forbidden"), (403, th.HTML), (401, th.HTML)])
def test_where_buyers_may_not_look_codes_up_it_is_said(wire, answer):
    wire.says(th.CODES, answer)
    with pytest.raises(Unsupported):
        th.provider().catalog.discount("311", "LAMP")


def test_an_empty_or_endless_code_asks_nobody(wire):
    catalog = th.provider().catalog
    assert catalog.discount("311", "  ") is None
    assert catalog.discount("311", "x" * 101) is None
    assert wire.sent() == []


# --- a sign of life -----------------------------------------------------------------------------------------


def test_a_sign_of_life_proves_both_hosts(wire):
    sign = th.provider().catalog.sign_of_life()
    assert (sign.ok, sign.problem) == (True, "")
    assert [str(one.url) for one in wire.sent()] == [th.HEALTH[1], th.LOGIN[1]]


@pytest.mark.parametrize(
    ("endpoint", "answer", "problem"),
    [
        (th.HEALTH, {"status": "sick"}, "bad_answer"),
        (th.HEALTH, (200, th.HTML), "bad_answer"),
        (th.HEALTH, th.DOWN, "unavailable"),
        (th.HEALTH, (500, th.HTML), "unavailable"),
        (th.HEALTH, (403, th.HTML), "misconfigured"),
        (th.HEALTH, th.refused(404, "not_found"), "bad_answer"),
        (th.LOGIN, {"data": {}}, "bad_answer"),
        (th.LOGIN, th.DOWN, "unavailable"),
    ],
)
def test_a_sign_of_life_never_raises(wire, endpoint, answer, problem):
    wire.says(endpoint, answer)
    sign = th.provider().catalog.sign_of_life()
    assert (sign.ok, sign.problem) == (False, problem)


def test_health_inside_an_envelope_is_understood(wire):
    wire.says(th.HEALTH, {"data": {"status": "ok"}})
    assert th.provider().catalog.sign_of_life().ok


def test_payloads_are_not_changed_by_reading_them(wire):
    before = th.payload("event__recurring")["data"]
    event = copy.deepcopy(before)
    from shop.providers.tickethead import records

    records.event(event)
    assert event == before
