"""Spektrix, the v2 feed: read with certificate and key, shown here, sold on the venue's own page."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from shop import checks_spektrix
from shop.money import Money
from shop.providers import http
from shop.providers.base import Provider
from shop.providers.errors import BadAnswer, Misconfigured, NotOnSale, ProviderError, Unavailable, Unsupported
from shop.providers.spektrix import feed_xml, kept, mapping
from shop.providers.spektrix.feed import SpektrixFeed
from shop.providers.types import BadRecord, EventInfo, Selection, Window
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_tls import Authority, serving

API = "https://api.system.spektrix.com/lantern/api/v2"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 21), date(2027, 11, 21))
DOMAIN = "https://tickets.lantern.example"


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> tuple[str, str]:
    return Authority(tmp_path_factory.mktemp("certificates")).sign("lantern", days=4000)


@pytest.fixture
def wire(monkeypatch):
    kept.forget()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: NOW)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
    kept.forget()


def account(pair: tuple[str, str], **changes):
    options = {
        "client_name": "lantern",
        "custom_domain": DOMAIN,
        "certificate": pair[0],
        "certificate_key": pair[1],
    }
    given = {
        "kind": "spektrix-feed",
        "base_url": "https://api.system.spektrix.com",
        "keys": {"api_key": "feed-key-4711"},
    }
    extra = {name[7:]: value for name, value in changes.items() if name.startswith("option_")}
    plain = {name: value for name, value in changes.items() if not name.startswith("option_")}
    return sx.account(**{**given, **plain, "options": {**options, **extra}})


def feed(pair: tuple[str, str], **changes) -> SpektrixFeed:
    return SpektrixFeed(account(pair, **changes))


def xml(root: str, *members: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{"".join(members)}</{root}>'


def event(number: int = 100, name: str = "The Paper Lantern", attributes: str = "") -> str:
    return (
        f'<Event id="{number}">{attributes}<Duration>90</Duration><HtmlDescription>&lt;p&gt;Light&lt;/p&gt;'
        f"</HtmlDescription><ImageUrl>a.jpg</ImageUrl><IsOnSale>true</IsOnSale><Name>{name}</Name></Event>"
    )


def instance(number: int = 200, event_id: int = 100, day: int = 12, plan: int = 300, **more: str) -> str:
    fields = {"IsOnSale": "true", "Start": f"2026-12-{day:02}T19:30:00", "StartUtc": f"2026-12-{day:02}T19:30:00Z",
              "StartSellingAtUtc": "2026-06-01T09:00:00Z", "StopSellingAtUtc": f"2026-12-{day:02}T19:00:00Z", **more}  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<Instance id="{number}"><Event id="{event_id}"/><Plan id="{plan}"/><PriceList id="400"/>{inner}</Instance>'


def status(
    plan: int, left: int, number: int = 200, band: int = 18, subs: tuple[int, ...] = (), name: str = ""
) -> str:
    inner = "".join(f'<Plan id="{one}"/>' for one in subs)
    return (
        f'<InstancePlanStatus><Plan id="{plan}"/><Instance id="{number}"/><Name>{name or plan}</Name><Available>{left}'
        f'</Available><Capacity>100</Capacity><Band id="{band}"/><SubPlans>{inner}</SubPlans></InstancePlanStatus>'
    )


PRICES = (
    '<PriceList id="400">'
    '<Price><Price>24.5</Price><IsBandDefault>true</IsBandDefault><Band id="18"/><TicketType id="1"/></Price>'
    '<Price><Price>12</Price><IsBandDefault>false</IsBandDefault><Band id="18"/><TicketType id="2"/></Price>'
    '<Price><Price>9.00</Price><IsBandDefault>true</IsBandDefault><Band id="19"/><TicketType id="1"/></Price>'
    '<Price><Price>0</Price><IsBandDefault>false</IsBandDefault><Band id="18"/><TicketType id="9"/></Price></PriceList>'
)
TYPES = tuple(
    f'<TicketType id="{n}"><Name>{name}</Name></TicketType>'
    for n, name in ((1, "Full Price"), (2, "Under 26"), (9, "Agent"))
)
BANDS = ('<Band id="18"><Name>Band A</Name></Band>', '<Band id="19"><Name>Band B</Name></Band>')
PLANS = (
    '<Plan id="300"><Name>Hall</Name><IsBookable>true</IsBookable><Band id="18"/></Plan>',
    '<Plan id="310"><Name>Theatre</Name><IsBookable>false</IsBookable><SubPlans><Plan id="311"/><Plan id="312"/>'
    "</SubPlans></Plan>",
    '<Plan id="311"><Name>Stalls</Name><IsBookable>true</IsBookable><Band id="18"/></Plan>',
    '<Plan id="312"><Name>Gallery</Name><IsBookable>true</IsBookable><Band id="19"/></Plan>',
)


def says(wire: responses.RequestsMock, name: str, body: str, status: int = 200) -> None:
    wire.remove("GET", f"{API}/{name}")
    wire.get(f"{API}/{name}", body=body, status=status, content_type="application/xml")


def house(wire: responses.RequestsMock) -> None:
    says(wire, "events", xml("Events", event()))
    says(wire, "instances", xml("Instances", instance()))
    says(wire, "instance-status", xml("InstancePlanStatuses", status(300, 40)))
    says(wire, "price-lists", xml("PriceLists", PRICES))
    says(wire, "plans", xml("Plans", *PLANS))
    says(wire, "bands", xml("Bands", *BANDS))
    says(wire, "ticket-types", xml("TicketTypes", *TYPES))


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


# --- captured answers ---------------------------------------------------------------------------------------------


def captured(name: str):
    return feed_xml.children(feed_xml.parse((sx.PAYLOADS / f"feed_{name}__2014.xml").read_bytes()))


def test_the_captured_events_are_read():
    known = sx.options_of()
    where = mapping.one_venue({}, "", known, "New Wolsey")
    found = [
        mapping.event(feed_xml.event(one), known, venue=where, seller="", instances=None)
        for one in captured("events")
    ]
    assert [(one.ref, one.name) for one in found] == [
        ("19078", "A Farewell To Arms"), ("18877", "Alice's Adventures In Wonderland"),
    ]  # fmt: skip
    attributes = dict(found[0].attributes)
    assert attributes["Drama"] == "yes"
    assert attributes["Family"] == "", "0 is no"
    assert found[0].image_url == "", "a bare file name has no address"


def test_the_captured_instances_are_read_in_utc():
    found = [
        mapping.instance(feed_xml.instance(one), sx.options_of(), now=NOW) for one in captured("instances")
    ]
    assert [one.ref for one in found] == ["24322", "24528", "24529"]
    assert found[0].starts_at == datetime(2014, 6, 14, 16, 45, tzinfo=UTC)
    assert found[0].sale_ends_at == datetime(2014, 6, 13, 16, 15, tzinfo=UTC)


def test_of_the_captured_statuses_the_parents_total_is_kept():
    rows = feed_xml.statuses_of([feed_xml.status(one) for one in captured("instance_status")])
    assert set(rows) == {"23323", "23324", "23325", "28327"}
    whole, mine = rows["28327"]
    assert (whole["name"], whole["available"], whole["capacity"]) == ("Seckford Theatre", "96", "343")
    assert [row["name"] for row in feed_xml.leaf_rows(whole, mine)] == ["Stalls", "Gallery", "Balcony"]
    assert feed_xml.leaf_rows(*rows["23323"]) == [rows["23323"][0]]


# --- the catalogue --------------------------------------------------------------------------------------------------


def test_a_feed_is_a_provider_that_shows_and_hands_over(wire, signed):
    provider: Provider = feed(signed)
    assert provider.capabilities.sold_there
    with pytest.raises(Unsupported):
        provider.holds.hold(None, [Selection("200")], lambda handle: None)
    with pytest.raises(Unsupported):
        provider.bookings.questions("x")


def test_events_come_with_dates_prices_and_what_is_left(wire, signed):
    house(wire)
    [found] = feed(signed).catalog.events(WINDOW)
    assert isinstance(found, EventInfo)
    assert (found.ref, found.name, found.venue.name) == ("100", "The Paper Lantern", "Lantern House")
    assert found.instances is not None
    [one] = found.instances
    assert one.starts_at == datetime(2026, 12, 12, 19, 30, tzinfo=UTC)
    assert (one.seats_left, one.seats_total) == (40, 100)
    assert (one.price_from, one.price_to) == (gbp(900), gbp(2450))


def test_only_gets_are_sent_each_with_the_key_and_all_of_a_list(wire, signed):
    house(wire)
    list(feed(signed).catalog.events(WINDOW))
    for call in wire.calls:
        query = parse_qs(urlsplit(str(call.request.url)).query)
        assert call.request.method == "GET"
        assert query["api_key"] == ["feed-key-4711"]
        assert query["all"] == ["true"]
    one = next(c for c in wire.calls if "instance-status" in str(c.request.url))
    query = parse_qs(urlsplit(str(one.request.url)).query)
    assert (query["instance_start_from"], query["instance_start_to"]) == (["2026-11-21"], ["2027-11-21"])


def paged(
    wire: responses.RequestsMock, name: str, root: str, members: list[str], *, knows_all: bool
) -> list[str]:
    """A list in pages of ten, from a server that knows `all=true` or does not."""
    asked = []

    def answer(request):
        query = {key: value[0] for key, value in parse_qs(urlsplit(request.url).query).items()}
        asked.append(str(query.get("offset", "")))
        if knows_all and query.get("all") == "true":
            return 200, {}, xml(root, *members)
        offset = int(query.get("offset", 0))
        return 200, {}, xml(root, *members[offset : offset + int(query.get("limit", 10))])

    wire.remove("GET", f"{API}/{name}")
    wire.add_callback("GET", f"{API}/{name}", callback=answer, content_type="application/xml")
    return asked


@pytest.mark.parametrize("knows_all", [True, False])
def test_twenty_five_events_are_read_although_a_page_has_ten(wire, signed, knows_all):
    house(wire)
    paged(wire, "events", "Events", [event(100 + n) for n in range(25)], knows_all=knows_all)
    paged(
        wire, "instances", "Instances", [instance(200 + n, 100 + n) for n in range(25)], knows_all=knows_all
    )
    found = list(feed(signed).catalog.events(WINDOW))
    assert len({one.ref for one in found}) == 25


def test_a_list_of_exactly_ten_that_repeats_itself_ends(wire, signed):
    house(wire)
    says(wire, "events", xml("Events", *(event(100 + n) for n in range(10))))
    asked = feed(signed).catalog
    assert len(list(asked.events(WINDOW))) == 1
    assert len([c for c in wire.calls if "/events" in str(c.request.url)]) == 2


@pytest.mark.parametrize("absent", ["price-lists", "plans", "bands", "ticket-types", "instance-status"])
def test_each_absence_is_tolerated(wire, signed, absent):
    house(wire)
    says(wire, absent, "<html>gone", 404)
    [found] = feed(signed).catalog.events(WINDOW)
    assert isinstance(found, EventInfo)
    assert found.instances is not None
    free = feed(signed).catalog.availability("200")
    assert "EventInstanceId=200" in free.choose_there


def test_what_is_no_event_is_left_out(wire, signed):
    house(wire)
    says(wire, "events", xml("Events", event(), event(101, "Parking")))
    found = list(feed(signed, option_exclude="parking").catalog.events(WINDOW))
    assert [type(one) for one in found] == [EventInfo, BadRecord]


def test_one_event_and_its_dates_are_read(wire, signed):
    house(wire)
    catalog = feed(signed).catalog
    found = catalog.event("100")
    assert found is not None
    assert found.name == "The Paper Lantern"
    assert [one.ref for one in catalog.instances("100", WINDOW)] == ["200"]
    assert catalog.event("999") is None
    assert list(catalog.instances("999", WINDOW)) == []


def test_statements_offers_and_memberships_may_be_read_or_absent(wire, signed):
    says(wire, "statements", xml("Statements", '<Statement id="1"><Text>May we write?</Text></Statement>'))
    says(wire, "offers", xml("Offers", '<Offer id="7"><Name>Three for two</Name></Offer>'))
    says(wire, "offers2", "", 404)
    says(wire, "memberships", xml("Memberships", '<Membership id="3"><Name>Friend</Name></Membership>'))
    catalog = feed(signed).catalog
    assert [one.text for one in catalog.statements()] == ["May we write?"]
    assert [one.name for one in catalog.offers()] == ["Three for two"]
    assert [(one.kind, one.ref, one.price) for one in catalog.extras()] == [("membership", "3", None)]
    for name in ("statements", "offers", "memberships"):
        says(wire, name, "", 404)
    assert (catalog.statements(), catalog.offers(), catalog.extras()) == ((), (), ())


# --- availability -----------------------------------------------------------------------------------------------------


def test_prices_are_list_by_band_by_ticket_type_and_buying_opens_their_page(wire, signed):
    house(wire)
    found = feed(signed).catalog.availability("200")
    assert [(one.ticket_type, one.price, one.left, one.closed) for one in found.offers] == [
        ("Full Price", gbp(2450), 40, "there"), ("Under 26", gbp(1200), 40, "there"),
    ]  # fmt: skip
    assert found.choose_there == f"{DOMAIN}/lantern/website/ChooseSeats.aspx?EventInstanceId=200"


def test_each_sub_plan_has_its_own_band_and_number_and_the_whole_is_not_sold(wire, signed):
    house(wire)
    says(wire, "instances", xml("Instances", instance(plan=310)))
    says(wire, "instance-status", xml("InstancePlanStatuses", status(310, 30, subs=(311, 312), name="Theatre"),
                                      status(311, 30, name="Stalls"), status(312, 0, band=19, name="Gallery")))  # fmt: skip
    found = feed(signed).catalog.availability("200")
    assert [(one.area, one.ticket_type, one.price, one.closed) for one in found.offers] == [
        ("Stalls", "Full Price", gbp(2450), "there"), ("Stalls", "Under 26", gbp(1200), "there"),
        ("Gallery", "Full Price", gbp(900), "sold_out"),
    ]  # fmt: skip


def test_sold_out_and_over_lead_nowhere(wire, signed):
    house(wire)
    says(wire, "instance-status", xml("InstancePlanStatuses", status(300, 0)))
    found = feed(signed).catalog.availability("200")
    assert (found.choose_there, {one.closed for one in found.offers}) == ("", {"sold_out"})
    says(wire, "instances", xml("Instances", instance(StopSellingAtUtc="2026-11-01T10:00:00Z")))
    assert feed(signed).catalog.availability("200").choose_there == ""


def test_a_date_they_do_not_list_is_not_on_sale(wire, signed):
    house(wire)
    with pytest.raises(NotOnSale):
        feed(signed).catalog.availability("999")


# --- what is no good ----------------------------------------------------------------------------------------------------

BOMB = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Events><Event id="1">&b;</Event></Events>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><Events>&x;</Events>'


@pytest.mark.parametrize("body", ["", "<html>", "not xml", BOMB, OUTSIDE, '{"events": []}'])
def test_what_is_no_xml_or_should_not_be_read_is_a_bad_answer(wire, signed, body):
    house(wire)
    says(wire, "events", body)
    with pytest.raises(ProviderError) as error:
        list(feed(signed).catalog.events(WINDOW))
    assert isinstance(error.value, BadAnswer)


def test_without_key_or_certificate_nothing_is_asked(signed):
    for wrong in ({"keys": {}}, {"option_certificate": ""}, {"base_url": "http://api.example.org"}):
        with pytest.raises(Misconfigured):
            feed(signed, **wrong)


def test_the_key_is_in_no_log_and_no_error(wire, signed, caplog):
    caplog.set_level(logging.DEBUG)
    house(wire)
    list(feed(signed).catalog.events(WINDOW))
    says(wire, "events", "no", 403)
    with pytest.raises(Misconfigured) as error:
        list(feed(signed).catalog.events(WINDOW))
    assert "feed-key-4711" not in caplog.text + str(error.value) + repr(account(signed))


def test_doctor_says_what_a_refused_key_may_mean(wire, signed):
    house(wire)
    assert feed(signed).catalog.sign_of_life().ok
    says(wire, "events", "no", 403)
    sign = feed(signed).catalog.sign_of_life()
    assert sign.problem == "misconfigured"
    assert "API key" in sign.detail
    assert "proxy" in sign.detail


# --- certificates, over real TLS ------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def at_now(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    kept.forget()


def answers(method: str, path: str) -> tuple[int, bytes]:
    return 200, xml("Events", event()).encode()


def at(url: str, pair: tuple[str, str], authority: str) -> SpektrixFeed:
    return feed(pair, base_url=url, option_certificate_authority=authority)


def test_the_certificate_is_shown_to_the_server(at_now, authority):
    with serving(answers, server=authority.sign("server"), clients=authority.path) as url:
        assert at(url, authority.sign("lantern"), authority.path).catalog.sign_of_life().ok


def test_a_certificate_of_somebody_else_is_refused_and_explained(at_now, authority, tmp_path):
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "Somebody else")
    with serving(answers, server=authority.sign("server"), clients=authority.path) as url:
        provider = at(url, other.sign("lantern"), authority.path)
        sign = provider.catalog.sign_of_life()
        assert not sign.ok
        assert "client certificate was refused" in sign.detail
        with pytest.raises(Unavailable):
            list(provider.catalog.events(WINDOW))


def test_a_proxy_that_opens_the_traffic_is_named(at_now, authority, tmp_path):
    (tmp_path / "proxy").mkdir()
    proxy = Authority(tmp_path / "proxy", "Proxy")
    with serving(answers, server=proxy.sign("server"), clients=authority.path) as url:
        sign = at(url, authority.sign("lantern"), authority.path).catalog.sign_of_life()
    assert not sign.ok
    assert "proxy" in sign.detail


def test_doctor_names_an_ended_certificate_before_it_asks(at_now, authority):
    sign = at("https://127.0.0.1:1", authority.sign("old", days=-3), authority.path).catalog.sign_of_life()
    assert sign.problem == "misconfigured"
    assert "ended on" in sign.detail


def ids(config) -> set[str]:
    found = checks_spektrix.of(config)
    assert all(message.hint for message in found)
    return {str(message.id) for message in found}


def test_a_good_certificate_has_nothing_to_say(authority):
    assert ids(account(authority.sign("good"))) == set()


def test_files_that_are_not_there_or_no_pem_are_errors(authority, tmp_path):
    assert ids(account((str(tmp_path / "no.crt"), str(tmp_path / "no.key")))) == {"shop.E030"}
    certificate, key = authority.sign("broken")
    Path(certificate).write_text("nonsense")
    assert ids(account((certificate, key))) == {"shop.E034"}


def test_a_key_that_others_may_read_is_an_error(authority):
    certificate, key = authority.sign("loose")
    Path(key).chmod(0o640)
    assert ids(account((certificate, key))) == {"shop.E031"}


def test_a_key_under_a_served_directory_is_an_error(authority, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    assert ids(account(authority.sign("served"))) == {"shop.E032"}


def test_the_end_of_a_certificate_is_told_a_month_ahead_and_said_plainly_when_past(authority):
    assert ids(account(authority.sign("soon", days=20))) == {"shop.W034"}
    assert ids(account(authority.sign("past", days=-1))) == {"shop.E033"}
    assert ids(account(authority.sign("later", days=40))) == set()


def test_a_key_of_another_certificate_is_an_error(authority):
    assert ids(account((authority.sign("one")[0], authority.sign("two")[1]))) == {"shop.E034"}


def test_a_wrong_option_is_named_by_the_check(settings):
    assert ids(sx.account(option_client_name="")) == {"shop.E018"}
    assert ids(sx.account(option_own_seats="perhaps")) == {"shop.E018"}
    assert ids(sx.account(option_own_seats="yes", live=True)) == {"shop.W018"}
    assert ids(sx.account(payment_route="agent")) == {"shop.E018"}
    assert ids(sx.account(option_custom_domain="http://tickets.lantern.example")) == {"shop.E019"}
    assert ids(sx.account(option_custom_domain="http://tickets.foyer.localhost:8001/spektrix")) == set()
    assert ids(sx.account(option_custom_domain="", live=True)) == {"shop.W019"}
    assert ids(sx.account()) == set()
