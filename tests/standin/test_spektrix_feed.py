"""The imitated Spektrix's old XML feed, from "API v.2" as it is since 2025, and its certificate over real TLS."""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from shop.standin.transport import StandinAdapter
from tests.standin.spektrix_caller import Visitor

HOST = "https://api.system.spektrix.com"


class Reader:
    """A site's server with its certificate and key."""

    def __init__(self, visitor: Visitor, client: str = "lanternquay") -> None:
        self.visitor, self.client = visitor, client
        self.files = visitor.control("/spektrix/certificates")["clients"][client]
        self.cert: Any = (self.files["certificate"], self.files["key"])
        self.http = requests.Session()
        self.http.mount(HOST, StandinAdapter(visitor.app))

    def call(self, path: str, method: str = "GET", **query: Any) -> requests.Response:
        query.setdefault("api_key", self.files["api_key"])
        url = f"{HOST}/{self.client}/api/v2/{path}"
        return self.http.request(method, url, params=query, cert=self.cert)

    def get(self, path: str, **query: Any) -> Xml.Element:
        answer = self.call(path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/xml")
        return Xml.fromstring(answer.content)


@pytest.fixture
def feed(quay: Visitor, feed_now: None) -> Reader:
    return Reader(quay, "lanternquay")


@pytest.fixture
def feed_now(quay: Visitor) -> None:
    """Certificates are of today, so the clock is as well."""
    quay.control("/clock", {"offset_seconds": 0})


@pytest.fixture
def old_house(quay: Visitor, feed_now: None) -> Reader:
    return Reader(quay, "thornfield")


def test_a_page_has_ten_and_all_of_them_are_more_than_25(old_house: Reader) -> None:
    first = old_house.get("events")
    assert first.tag == "Events"
    assert len(first) == 10
    everything = old_house.get("events", all="true")
    assert len(everything) >= 25
    pages: list[str] = []
    for offset in range(0, 40, 10):
        pages += [event.attrib["id"] for event in old_house.get("events", offset=offset)]
    assert pages == [event.attrib["id"] for event in everything]
    assert len(old_house.get("events", offset=5, limit=3)) == 3
    for resource in ("instances", "instance-status", "price-lists"):
        assert len(old_house.get(resource)) == 10


def test_an_event_has_the_elements_of_today_and_none_of_those_that_are_gone(feed: Reader) -> None:
    events = feed.get("events", all="true")
    names = [event.findtext("Name") for event in events]
    assert "Volunteer shift" not in names
    tags = {child.tag for event in events for child in event}
    assert tags == {
        "Attribute", "Description", "Duration", "HtmlDescription", "ImageUrl", "IsOnSale", "Name", "RelatedEvents",
        "ThumbnailUrl",
    }  # fmt: skip
    event = next(event for event in events if event.findtext("Name") == "The Moth Ball")
    assert re.fullmatch(r"[\w-]+\.svg", event.findtext("ImageUrl") or ""), "a bare file name"
    values = {a.findtext("Name"): a.findtext("Value") for a in event.findall("Attribute")}
    assert (values["Genre"], values["Members Only"], values["Age Guidance"]) == ("Dance", "0", "")
    twins = next(event for event in events if event.findtext("Name") == "Clay on a Wheel")
    assert len(twins.findall("RelatedEvents/Event")) == 1
    assert len(feed.get("events", event_id=event.attrib["id"])) == 1


def test_an_instance_names_event_plan_and_price_list_and_its_utc_has_a_z(feed: Reader) -> None:
    instances = feed.get("instances", all="true")
    whole = next(each for each in instances if each.find("Plan") is not None)
    for name in ("Event", "Plan", "PriceList"):
        assert (whole.find(name) or whole.find(name)).attrib["id"].isdigit()  # type: ignore[union-attr]
    assert (whole.findtext("StartUtc") or "").endswith("Z")
    assert any(each.find("Plan") is None for each in instances), "one has no plan"
    assert any(each.find("StartSellingAt") is None for each in instances)
    event = whole.find("Event").attrib["id"]  # type: ignore[union-attr]
    of_one = feed.get("instances", event_id=event, all="true")
    assert {each.find("Event").attrib["id"] for each in of_one} == {event}  # type: ignore[union-attr]
    day = (whole.findtext("Start") or "")[:10]
    assert all(
        (each.findtext("Start") or "") >= day
        for each in feed.get("instances", instance_start_from=day, all="true")
    )


def test_status_has_a_row_for_the_plan_and_one_for_each_below_it(feed: Reader, quay: Visitor) -> None:
    event = quay.event("The Tidewaiter's Daughter")["id"].partition("A")[0]
    instance = feed.get("instances", event_id=event)[0].attrib["id"]
    rows = feed.get("instance-status", instance_id=instance, all="true")
    assert rows.tag == "InstancePlanStatuses"
    assert [row.findtext("Name") for row in rows] == [
        "Main House", "Stalls", "Circle", "Circle Left", "Circle Right", "Standing",
    ]  # fmt: skip
    assert {child.tag for row in rows for child in row} == {
        "Plan", "Instance", "Name", "Available", "Capacity", "Band", "SubPlans",
    }  # fmt: skip
    places = {row.findtext("Name"): int(row.findtext("Available") or 0) for row in rows}
    assert places["Main House"] == places["Stalls"] + places["Circle"] + places["Standing"]
    assert [plan.attrib["id"] for plan in rows[0].findall("SubPlans/Plan")] == ["3321", "3322", "3325"]


def test_a_price_is_found_by_band_and_ticket_type_whose_names_are_elsewhere(
    feed: Reader, quay: Visitor
) -> None:
    event = quay.event("Evensong for Machines")["id"].partition("A")[0]
    (instance, *_) = feed.get("instances", event_id=event, all="true")
    lists = feed.get("price-lists", instance_id=instance.attrib["id"])
    (found,) = lists
    assert found.attrib["id"] == instance.find("PriceList").attrib["id"]  # type: ignore[union-attr]
    bands = {band.attrib["id"]: band.findtext("Name") for band in feed.get("bands", all="true")}
    types = {kind.attrib["id"]: kind.findtext("Name") for kind in feed.get("ticket-types", all="true")}
    named = {
        (bands[p.find("Band").attrib["id"]], types[p.find("TicketType").attrib["id"]]): p.findtext("Price")  # type: ignore[union-attr]
        for p in found
    }
    assert re.fullmatch(r"\d+\.\d\d", named["Band A", "Full Price"] or "")


def test_a_plan_is_recursive_and_only_its_leaves_are_bookable(feed: Reader) -> None:
    plans = feed.get("plans", all="true")
    house = next(plan for plan in plans if plan.findtext("Name") == "Main House")
    assert house.findtext("IsBookable") == "false"
    leaves = [plan for plan in house.iter("Plan") if plan.findtext("IsBookable") == "true"]
    assert [leaf.findtext("Name") for leaf in leaves] == ["Stalls", "Circle Left", "Circle Right", "Standing"]


def test_offers_memberships_and_statements_are_read_and_codes_are_not(feed: Reader) -> None:
    assert [offer.findtext("Name") for offer in feed.get("offers")] == ["Four friends"]
    for resource in ("offers", "offers2"):
        for offer in feed.get(resource):
            assert offer.find("Description") is None
            assert offer.find("PromoCodes") is None
    assert len(feed.get("memberships")) == 2
    assert len(feed.get("statements")) == 2
    assert feed.call("offers2", event_id=1, instance_id=2).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_nothing_can_be_written(feed: Reader, method: str) -> None:
    assert feed.call("events", method).status_code == 405


@pytest.mark.parametrize(
    "resource", ["basket", "customers", "orders", "tags", "tag-groups", "stock-items", "transactions"]
)
def test_what_was_deprecated_is_gone(feed: Reader, resource: str) -> None:
    assert feed.call(resource).status_code == 404


# The door


def refused(answer: requests.Response, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers["Content-Type"].startswith("text/html"), "no XML at all"


def test_the_key_is_wanted_and_its_value_reaches_no_journal(feed: Reader, quay: Visitor) -> None:
    refused(feed.call("events", api_key="wrong"), 401, "Unauthorized")
    assert feed.call("events").ok
    calls = quay.control("/journal?world=spektrix&path=*/api/v2/*")["calls"]
    assert all(call["method"] == "GET" for call in calls)
    assert feed.files["api_key"] not in str(calls)
    assert "api_key=fp:" in calls[-1]["query"]


def test_a_call_without_a_certificate_or_with_anothers_is_refused(feed: Reader, old_house: Reader) -> None:
    right = feed.cert
    feed.cert = None
    refused(feed.call("events"), 403, "403.7")
    feed.cert = old_house.cert
    refused(feed.call("events"), 403, "another client")
    feed.cert = right
    assert feed.call("events").ok


def signing_request(client: str) -> tuple[str, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    names = [
        (NameOID.ORGANIZATION_NAME, "House"),
        (NameOID.COMMON_NAME, client),
        (NameOID.EMAIL_ADDRESS, "w@house.example"),
    ]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in names])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return csr.public_bytes(serialization.Encoding.PEM).decode(), pem


def test_a_signing_request_becomes_a_certificate_that_ends_and_can_be_taken_back(
    feed: Reader, quay: Visitor, tmp_path: Path
) -> None:
    csr, _ = signing_request("lanternquay")
    text = quay.control("/spektrix/certificates", {"csr": csr, "days": 20})["certificate"]
    feed.cert = str(tmp_path / "mine.crt")
    Path(feed.cert).write_text(text)
    assert feed.call("events").ok
    quay.advance(21 * 86400)
    refused(feed.call("events"), 403, "403.17")
    quay.advance(-21 * 86400)
    quay.control("/spektrix/certificates", {"revoke": text})
    refused(feed.call("events"), 403, "403.13")


def test_a_proxy_that_decrypts_loses_the_certificate(feed: Reader, quay: Visitor) -> None:
    quay.fault(name="decrypting_proxy")
    refused(feed.call("events"), 403, "403.7")
    quay.fault(name="certificate_refused")
    refused(feed.call("events"), 403, "403.16")
    assert feed.call("events").ok


def test_the_switch_lets_the_key_alone_in_without_tls(feed: Reader, quay: Visitor) -> None:
    url = quay.url("events").replace("/v3/", "/v2/")
    assert quay.http.get(url, params={"api_key": feed.files["api_key"]}).status_code == 403
    quay.settings(feed_without_certificate=1)
    assert quay.http.get(url, params={"api_key": feed.files["api_key"]}).ok
    assert quay.http.get(url).status_code == 401


def test_keys_are_readable_by_their_owner_alone(feed: Reader) -> None:
    folder = Path(feed.files["key"]).parent
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for path in folder.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.processes
def test_over_real_tls_the_certificate_opens_the_feed_and_a_strangers_does_not(
    start_standin: Callable[..., tuple[str, Any]], tmp_path: Path
) -> None:
    origin, _ = start_standin("--tls-port", "0")
    files = requests.get(f"{origin}/_standin/spektrix/certificates", timeout=20).json()
    port = requests.get(f"{origin}/_standin/spektrix/certificates", timeout=20).json()["port"]
    url = f"https://localhost:{port}/spektrix/thornfield/api/v2/events"
    mine = files["clients"]["thornfield"]
    query = {"api_key": mine["api_key"], "all": "true"}
    pair = (mine["certificate"], mine["key"])
    answer = requests.get(url, params=query, cert=pair, verify=files["authority"], timeout=20)
    assert answer.status_code == 200
    assert len(Xml.fromstring(answer.content)) >= 25
    with socket.create_connection(("127.0.0.1", port)):  # somebody who says nothing holds nobody up
        none = requests.get(url, params=query, verify=files["authority"], timeout=20)
    assert none.status_code == 403
    csr, key = signing_request("thornfield")
    (tmp_path / "stranger.key").write_bytes(key)
    subject = x509.load_pem_x509_csr(csr.encode()).subject
    private = serialization.load_pem_private_key(key, None)
    today = x509.load_pem_x509_certificate(Path(mine["certificate"]).read_bytes())
    stranger = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(private.public_key())  # type: ignore[arg-type]
        .serial_number(7).not_valid_before(today.not_valid_before_utc).not_valid_after(today.not_valid_after_utc)
        .sign(private, hashes.SHA256())  # type: ignore[arg-type]
    )  # fmt: skip
    (tmp_path / "stranger.crt").write_bytes(stranger.public_bytes(serialization.Encoding.PEM))
    pair = (str(tmp_path / "stranger.crt"), str(tmp_path / "stranger.key"))
    with pytest.raises(requests.ConnectionError):
        requests.get(url, params=query, cert=pair, verify=files["authority"], timeout=20)
    old = requests.post(
        f"{origin}/_standin/spektrix/certificates", json={"csr": csr, "days": -1}, timeout=20
    ).json()
    (tmp_path / "old.crt").write_text(old["certificate"])
    pair = (str(tmp_path / "old.crt"), str(tmp_path / "stranger.key"))
    with pytest.raises(requests.ConnectionError):
        requests.get(url, params=query, cert=pair, verify=files["authority"], timeout=20)
