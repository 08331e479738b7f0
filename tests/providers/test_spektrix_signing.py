"""Spektrix, v3: signed calls of an owner."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime

import pytest
import responses

from shop.providers import http
from shop.providers.errors import BadAnswer, Misconfigured, Unsupported
from shop.providers.spektrix import options, signing
from shop.providers.spektrix.client import OwnerClient
from tests.providers import spektrix_wire as sx

SECRET = "bm90LWEtcmVhbC1zZWNyZXQtMDAwMQ=="
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 09:30:00 GMT"
BODY = b'{"email":"a@example.org","firstName":"Ada","lastName":"Example"}'


def owner(**changes) -> OwnerClient:
    keys = {"api_user": "foyer", "secret": SECRET}
    config = sx.account(**{"keys": keys, **changes})
    return OwnerClient(config, options.read(config))


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(http, "clock", lambda: MOMENT)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_the_date_is_written_as_http_writes_it():
    assert signing.http_date(MOMENT) == DATE


def test_a_get_is_signed_as_in_the_test_vector():
    url = "https://system.spektrix.com/demotheatre/api/v3/tags"
    assert signing.signature(SECRET, "get", url, DATE, None) == "BIFEzGnAtHM7lzQ/Xk82IjOlXYY="


def test_a_body_is_signed_with_its_raw_md5_as_in_the_test_vector():
    url = "https://system.spektrix.com/demotheatre/api/v3/customers"
    md5 = "FtCb0AHMFoDpgiPttUn/Sg=="
    assert signing.string_to_sign("POST", url, DATE, BODY) == f"POST\n{url}\n{DATE}\n{md5}"
    assert signing.signature(SECRET, "POST", url, DATE, BODY) == "BPktjKYGqkRIHBYAaOJFHkn/qhI="


def test_what_is_sent_is_exactly_what_was_signed(wire):
    wire.get(f"{sx.API}/orders", json=[])
    owner().orders(date(2026, 3, 1), date(2026, 3, 2), 1)
    sent = wire.calls[0].request
    assert sent.url == f"{sx.API}/orders?DateFrom=2026-03-01&DateTo=2026-03-02&page=1"
    signed = signing.signature(SECRET, "GET", sent.url, DATE, None)
    assert sent.headers["Authorization"] == f"SpektrixAPI3 foyer:{signed}"
    assert sent.headers["Date"] == DATE
    assert sent.headers["User-Agent"].startswith("Foyer/")


def test_an_address_that_needs_escaping_is_signed_as_it_is_sent(wire):
    wire.get(f"{sx.API}/orders/22-JZ%2003%2FGS", json={"id": "22"})
    owner().order("22-JZ 03/GS")
    sent = wire.calls[0].request
    signed = signing.signature(SECRET, "GET", sent.url, DATE, None)
    assert sent.headers["Authorization"].endswith(signed)


@pytest.mark.parametrize(("way", "body"), [("none", None), ("md5", b""), ("braces", b"{}")])
def test_a_call_without_a_body_is_signed_as_the_account_says(wire, way, body):
    wire.post(f"{sx.API}/baskets/1/confirm", json={})
    owner(option_empty_body=way).call("POST", "/baskets/1/confirm", verb="confirm")
    sent = wire.calls[0].request
    signed = signing.signature(SECRET, "POST", sent.url, DATE, body)
    assert sent.headers["Authorization"].endswith(signed)
    assert (sent.body or b"") == (body or b"")
    lines = signing.string_to_sign("POST", sent.url, DATE, body).split("\n")
    empty = base64.b64encode(hashlib.md5(b"").digest()).decode()
    assert (len(lines) == 4, empty in lines) == (way != "none", way == "md5")


def test_a_secret_that_is_no_base64_is_said_and_not_shown(wire):
    with pytest.raises(Misconfigured) as wrong:
        owner(keys={"api_user": "foyer", "secret": "not base64!"}).orders(
            date(2026, 3, 1), date(2026, 3, 2), 1
        )
    assert "not base64!" not in str(wrong.value)


def test_without_credentials_nothing_is_signed(wire):
    client = owner(keys={})
    assert not client.has_credentials
    with pytest.raises(Unsupported):
        client.orders(date(2026, 3, 1), date(2026, 3, 2), 1)


def test_a_refused_signature_is_a_wrong_key(wire):
    wire.get(f"{sx.API}/orders", status=401, body="Unauthorized")
    with pytest.raises(Misconfigured):
        owner().orders(date(2026, 3, 1), date(2026, 3, 2), 1)


def test_orders_come_as_a_list_or_around_one(wire):
    wire.get(f"{sx.API}/orders", json={"orders": [{"id": "22"}]})
    assert owner().orders(date(2026, 3, 1), date(2026, 3, 2), 1) == [{"id": "22"}]
    wire.replace("GET", f"{sx.API}/orders", json={"message": "something else"})
    with pytest.raises(BadAnswer):
        owner().orders(date(2026, 3, 1), date(2026, 3, 2), 1)
