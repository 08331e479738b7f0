"""XS2Event's events and tickets in our words: captured lists, times, prices, quantities, several suppliers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import responses

from shop.money import Money
from shop.providers import http
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, Unavailable
from shop.providers.types import BadRecord, EventInfo, Status, Window
from shop.providers.xs2event import catalog as catalogs
from shop.providers.xs2event import countries, inferred, mapping, reading
from shop.providers.xs2event.pricing import FACE_VALUE, Rule
from tests.providers import xs2event_wire as xs
from tests.providers.xs2event_wire import Wire

AUTUMN = Window(date(2025, 8, 1), date(2026, 12, 31))
COMING = Window(date(2026, 11, 21), date(2027, 12, 31))
RULE = Rule(margin=1000, fees={"EUR": 350, "GBP": 300})


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: xs.NOW)
    monkeypatch.setattr(http, "mounts", {})
    catalogs._categories.clear()


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Wire(mock)


def every(window=COMING, **options):
    return list(xs.provider(**options).catalog.events(window))


def offers(wire, *tickets, **options):
    wire.says(xs.TICKETS, xs.listed("tickets", list(tickets)))
    return xs.provider(**options).catalog.availability(xs.EVENT).offers


# --- events -------------------------------------------------------------------------------------------------------------


def test_every_event_of_the_captured_list_is_read_with_one_date_of_the_same_id(wire):
    captured = xs.load("events_list_soccer_testapi")
    captured["pagination"] |= {"total_size": 50, "next_page": ""}
    wire.says(xs.EVENTS, captured)
    found = every(AUTUMN, sports="soccer")
    assert len(found) == 50
    assert all(isinstance(one, EventInfo) for one in found)
    assert all(one.instances is not None and [d.ref for d in one.instances] == [one.ref] for one in found)
    first = found[0]
    assert (first.name, first.kind, first.tagline) == ("Malaga vs Eibar", "sport", "Segunda División")
    assert (first.venue.city, first.venue.country, first.venue.timezone) == ("Málaga", "ES", "Europe/Madrid")
    assert first.notice == mapping.TO_BE_CONFIRMED


def test_every_captured_grand_prix_is_read_and_starts_with_its_race():
    found = {}
    for raw in xs.load("events_formula1"):
        one = mapping.event(raw, rule=RULE, zone=reading_zone())
        found[one.name] = one
    brazil = found["Brazilian Grand Prix"]
    (date_there,) = brazil.instances
    assert brazil.venue.timezone == "America/Sao_Paulo"
    assert date_there.starts_at == datetime(2025, 11, 9, 17, 0, tzinfo=UTC)
    assert brazil.starts_at == datetime(2025, 11, 7, 3, 0, tzinfo=UTC)
    assert (date_there.bookable, date_there.seats_left, date_there.price_from) == (False, 0, None)
    vegas = found["Las Vegas Grand Prix"]
    assert (vegas.venue.timezone, vegas.venue.latitude) == ("America/Los_Angeles", None)
    qatar = found["Qatar Grand Prix"]
    assert qatar.price_from == RULE.price(Money(23420, "EUR"), None)


def reading_zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("Europe/Amsterdam")


def test_coming_events_are_asked_for_sport_by_sport_and_page_by_page(wire):
    wire.says(xs.SPORTS, xs.listed("sports", [{"sport_id": "soccer"}, {"sport_id": "tennis"}]))
    far = "https://elsewhere.example/v1/events?page=2"
    wire.says(
        xs.EVENTS,
        xs.listed("events", [xs.event()], next_page=far, total_size=2),
        xs.listed("events", [xs.event(event_id=xs.OTHER_EVENT)], total_size=2),
        xs.listed("events", []),
    )
    assert [one.ref for one in every()] == [xs.EVENT, xs.OTHER_EVENT]
    asked = wire.queries(xs.EVENTS)
    assert [(q["sport_type"], q["page"]) for q in asked] == [
        ("soccer", "1"),
        ("soccer", "2"),
        ("tennis", "1"),
    ]
    assert {q["date_stop"] for q in asked} == {"ge:2026-11-21"}
    assert all(str(one.url).startswith(xs.BASE) for one in wire.sent())


def test_the_key_travels_in_its_header(wire):
    wire.says(xs.EVENTS, xs.listed("events", []))
    every()
    assert {one.headers["X-Api-Key"] for one in wire.sent()} == {"k-xs2-secret"}


def test_a_list_that_stops_early_is_no_list(wire):
    wire.says(xs.EVENTS, xs.listed("events", [xs.event()], total_size=2))
    with pytest.raises(BadAnswer):
        every()


def test_a_sport_they_do_not_know_names_the_setting(wire):
    wire.says(xs.EVENTS, xs.refused(400, "validation"))
    with pytest.raises(Misconfigured, match="SPORTS"):
        every(sports="quidditch")


@pytest.mark.parametrize(
    "broken",
    [
        {"event_id": None}, {"event_name": ""}, {"venue_name": None}, {"date_start": None}, {"date_start": "soon"},
        {"date_start": "2027-13-40T00:00:00"},
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_left_out_with_its_reason(wire, broken):
    wire.says(xs.EVENTS, xs.listed("events", [xs.event(**broken), xs.event(event_id=xs.OTHER_EVENT), "?"]))
    bad, good, worse = every()
    assert isinstance(bad, BadRecord)
    assert next(iter(broken)).partition("_")[0] in bad.reason
    assert good.ref == xs.OTHER_EVENT
    assert isinstance(worse, BadRecord)


@pytest.mark.parametrize(
    ("word", "status", "bookable"),
    [
        ("notstarted", Status.SCHEDULED, True), ("soldout", Status.SCHEDULED, False), ("nosale", Status.SCHEDULED, False),
        ("closed", Status.SCHEDULED, False), ("postponed", Status.MOVED, False), ("cancelled", Status.CANCELLED, False),
    ],
)  # fmt: skip
def test_what_an_events_status_means(word, status, bookable):
    found = mapping.event(xs.event(event_status=word), rule=RULE, zone=reading_zone())
    assert found.instances is not None
    assert (found.status, found.instances[0].bookable) == (status, bookable)


@pytest.mark.parametrize("hint", [None, 0])
def test_no_price_or_a_price_of_nothing_is_no_price_from(hint):
    found = mapping.event(xs.event(min_ticket_price_eur=hint), rule=RULE, zone=reading_zone())
    assert found.price_from is None


def test_an_event_in_pounds_has_no_price_in_euros():
    there = mapping.event(xs.event(iso_country="GBR", city="London"), rule=RULE, zone=reading_zone())
    here = mapping.event(xs.event(), rule=RULE, zone=reading_zone())
    assert (there.price_from, here.price_from) == (None, RULE.price(Money(2900, "EUR"), None))


def test_an_event_by_its_id_and_one_nobody_knows(wire):
    assert xs.provider().catalog.event(xs.EVENT).instances[0].starts_at == datetime(
        2027, 2, 14, 20, 0, tzinfo=UTC
    )
    wire.says(xs.ONE_EVENT, (404, {"message": {"not_found": "event"}}))
    assert xs.provider().catalog.event(xs.EVENT) is None
    with pytest.raises(NotOnSale):
        xs.provider().catalog.availability(xs.EVENT)


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("GBR", "London", "Europe/London"), ("USA", "Austin", "America/Chicago"), ("BRA", "São Paulo", "America/Sao_Paulo"),
        ("ESP", "Las Palmas", "Atlantic/Canary"), ("ESP", "Madrid", "Europe/Madrid"), ("USA", "Nowhere", "Europe/Amsterdam"),
        ("XXX", "", "Europe/Amsterdam"),
    ],
)  # fmt: skip
def test_the_zone_of_a_venue_comes_from_its_country_and_city(country, city, zone):
    assert inferred.zone_of(country, city, reading_zone()).key == zone


def test_countries_go_both_ways():
    assert (countries.three("NL"), countries.two("NLD"), countries.three("XX"), countries.two("gbr")) == (
        "NLD",
        "NL",
        "",
        "GB",
    )
    assert all(countries.two(countries.three(two)) == two for two in countries.TO_THREE)


# --- tickets ------------------------------------------------------------------------------------------------------------


def test_a_ticket_is_an_offer_at_our_price(wire):
    (offer,) = offers(wire, xs.ticket())
    assert (offer.key, offer.area, offer.price_band) == (xs.TICKET, "Category 1", "Single day, adult")
    assert offer.price == Money(12500 + 350 + 1250, "EUR")
    assert (offer.face_value, offer.left) == (Money(15000, "EUR"), 20)
    asked = wire.queries(xs.TICKETS)[0]
    assert (asked["event_id"], asked["ticket_status"], asked["stock"]) == (xs.EVENT, "available", "gt:0")


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"stock": 5, "flags": ["no_max_minus_1"]}, (1, 2, 3, 5)),
        ({"stock": 7, "flags": ["pairs_only"]}, (2, 4, 6)),
        ({"stock": 7, "options": {"pairs_only": True}}, (2, 4, 6)),
        ({"stock": 5, "min_order": 2, "flags": ["no_max_minus_1"]}, (2, 3, 5)),
        ({"stock": 4, "min_order": 3}, (3, 4)),
        ({"stock": 3, "flags": ["pairs_only", "no_max_minus_1"]}, ()),
    ],
)
def test_exactly_the_quantities_that_are_sold_can_be_taken(wire, changes, allowed):
    (offer,) = offers(wire, xs.ticket(**changes))
    assert tuple(n for n in range(1, 21) if not offer.closed and offer.allows(n)) == allowed


def test_the_cheapest_of_several_suppliers_is_shown_and_each_variant_by_itself(wire):
    found = offers(
        wire,
        xs.ticket("a_tck", net_rate=9000), xs.ticket("b_tck", net_rate=8000), xs.ticket("c_tck", net_rate=8500),
        xs.ticket("d_tck", sub_category="sun_youth", ticket_targetgroup="youth", net_rate=4000),
        xs.ticket("e_tck", currency_code="GBP", net_rate=7000),
    )  # fmt: skip
    assert {(one.key, one.price_band, one.price.currency) for one in found} == {
        ("b_tck", "Single day, adult", "EUR"), ("d_tck", "Sunday, youth", "EUR"), ("e_tck", "Single day, adult", "GBP"),
    }  # fmt: skip


def test_a_package_is_not_sold(wire):
    assert offers(wire, xs.ticket(flags=["package_rate"])) == ()


def test_a_row_that_cannot_be_read_or_is_of_another_event_is_left_out(wire):
    wrong = [
        xs.ticket("a", net_rate=None), xs.ticket("b", net_rate="12.50"), xs.ticket("c", currency_code="euro"), xs.ticket("g", min_order="two"), xs.ticket("h", min_order=2.5),
        xs.ticket("d", event_id=xs.OTHER_EVENT), xs.ticket("e", stock=0), xs.ticket("f", ticket_status="on_request"), 7,
    ]  # fmt: skip
    assert [one.key for one in offers(wire, *wrong, xs.ticket())] == [xs.TICKET]


def test_what_away_fans_must_know_is_a_note(wire):
    flags = ["no_away_fans", "no_awayteam_nationality_allowed", "no_awayteam_province_allowed"]
    (offer,) = offers(wire, xs.ticket(flags=flags))
    assert offer.notes == ("no_away_fans", "no_away_nationality", "no_away_province")


def test_a_categorys_own_words_come_as_text_and_are_asked_once_an_hour(wire, monkeypatch):
    about = {
        "en_GB": "<p>Long side.</p><script>alert(1)</script><ul><li>Padded <b>seats</b></li></ul>",
        "nl_NL": "Lang",
    }
    wire.says(xs.CATEGORIES, xs.listed("categories", [{"category_id": xs.CATEGORY, "description": about}]))
    (offer,) = offers(wire, xs.ticket())
    assert offer.description == "Long side. Padded seats."
    offers(wire, xs.ticket())
    assert len(wire.sent(xs.CATEGORIES)) == 1
    assert len(wire.sent(xs.TICKETS)) == 2
    monkeypatch.setattr(http, "clock", lambda: xs.NOW + inferred.CATEGORIES_KEPT)
    offers(wire, xs.ticket())
    assert len(wire.sent(xs.CATEGORIES)) == 2


def test_tickets_are_shown_although_their_categories_cannot_be_asked_for(wire):
    wire.says(xs.CATEGORIES, (503, ""))
    assert len(offers(wire, xs.ticket())) == 1


def test_an_event_that_is_not_sold_has_no_offers_and_no_tickets_are_asked_for(wire):
    wire.says(xs.ONE_EVENT, xs.event(event_status="cancelled"))
    found = xs.provider().catalog.availability(xs.EVENT)
    assert (found.offers, found.status, wire.sent(xs.TICKETS)) == ((), Status.CANCELLED, [])


# --- prices -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "net", "face", "price"),
    [
        (Rule(margin=1250, fees={"EUR": 350}), 10001, 0, 10001 + 350 + 1251),
        (Rule(margin=1000, fees={"EUR": 350}, round_to=50), 12500, 0, 14100),
        (Rule(margin=1000, fees={"EUR": 350}, round_to=50), 12501, 0, 14150),
        (Rule(fees={"EUR": 0}), 12500, 0, 12500),
        (Rule(margin=-100, fees={"EUR": 350}), 12500, 0, None),
        (Rule(margin=1000, fees={"GBP": 350}), 12500, 0, None),
        (Rule(kind=FACE_VALUE, fees={"EUR": 350}), 12500, 15000, 15000),
        (Rule(kind=FACE_VALUE, fees={"EUR": 350}), 12500, 12849, None),
        (Rule(kind=FACE_VALUE, fees={"EUR": 350}), 12500, 0, None),
    ],
)
def test_a_sales_price_is_never_below_net_rate_and_fee(rule, net, face, price):
    found = rule.price(Money(net, "EUR"), Money(face, "EUR") if face else None)
    assert found == (None if price is None else Money(price, "EUR"))


def test_what_would_be_sold_at_a_loss_cannot_be_taken(wire):
    (offer,) = offers(wire, xs.ticket(face_value=12600), price_rule="face_value")
    assert offer.closed == "unsupported"
    (dear, cheap) = sorted(
        offers(wire, xs.ticket(face_value=12600), xs.ticket("b_tck", category_id="x", face_value=13000), price_rule="face_value"),
        key=lambda one: one.closed,
    )  # fmt: skip
    assert (dear.key, dear.closed, cheap.closed) == ("b_tck", "", "unsupported")


@pytest.mark.parametrize(
    "wrong",
    [
        {"margin_percent": "a lot"}, {"margin_percent": "1.234"}, {"margin_percent": "nan"}, {"fee_per_ticket": "3.50"},
        {"fee_per_ticket": "EUR:3.5"}, {"round_to": "0"}, {"price_rule": "best"}, {"booking_email": "orders"},
        {"test_bookings": "perhaps"}, {"sports": "soccer;tennis"},
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_read_is_named(wrong):
    with pytest.raises(Misconfigured, match=next(iter(wrong)).upper()):
        xs.provider(**wrong)


# --- life ---------------------------------------------------------------------------------------------------------------


def test_the_sign_of_life_is_one_cheap_call(wire):
    assert xs.provider().catalog.sign_of_life().ok
    assert wire.queries(xs.SPORTS) == [{"page_size": "1"}]
    wire.says(xs.SPORTS, (401, {"message": "no key"}))
    assert not xs.provider().catalog.sign_of_life().ok
    wire.says(xs.SPORTS, (401, "no"))
    assert xs.provider().catalog.sign_of_life().problem == "misconfigured"


def test_their_rate_limit_is_a_503_and_read_again_later(wire):
    wire.says(xs.EVENTS, (503, ""))
    with pytest.raises(Unavailable):
        every()
    assert len(wire.sent(xs.EVENTS)) == http.TRIES


def test_markup_becomes_one_line_of_text():
    assert (
        reading.plain("<h2>Lounge</h2><p>Food &amp; drink<br>All day</p><style>p{}</style>")
        == "Lounge. Food & drink. All day."
    )
    assert reading.plain("word " * 200, 40).endswith("…")
    assert reading.plain("Just text") == "Just text"
