"""Catalogue pages are made once and served to everybody, without a cookie."""

from __future__ import annotations

import gzip

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from catalog import caching, versions
from catalog.models import Event
from shop import clock
from tests.factories_catalog import Season, on_sale

pytestmark = pytest.mark.django_db


def paths() -> list[str]:
    row = on_sale()
    return [
        "/en/", "/en/?q=lantern", row.get_absolute_url(), row.instances.get().get_absolute_url(), "/en/venues/",
        row.venue.get_absolute_url(), "/en/about/terms/", "/sitemap.xml",
    ]  # fmt: skip


def test_an_anonymous_page_sets_no_cookie_is_public_and_answers_304(client: Client, season: Season) -> None:
    for path in paths():
        first = client.get(path)
        assert first.status_code == 200
        assert not first.cookies, path
        assert "Set-Cookie" not in first
        assert first["Cache-Control"].startswith("public"), path
        assert "Cookie" not in first["Vary"], path
        assert first["ETag"]
        again = client.get(path, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304, path
        assert again.content == b""
        assert again["ETag"] == first["ETag"]
        other = client.get(path, headers={"if-none-match": '"something-else"'})
        assert other.status_code == 200


def test_a_page_is_made_once_and_made_again_when_something_changed(client: Client, season: Season) -> None:
    row = on_sale()
    path = row.get_absolute_url()
    first = client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).content == first.content
    assert len(queries) == 0
    Event.objects.update(own_title="Renamed")
    assert b"Renamed" not in client.get(path).content, "nobody said that something changed"
    versions.bump()
    assert b"Renamed" in client.get(path).content


def test_the_order_of_a_query_and_campaign_tags_make_no_other_page(client: Client, season: Season) -> None:
    on_sale()
    first = client.get("/en/?q=lantern&kind=musical")
    with CaptureQueriesContext(connection) as queries:
        same = client.get("/en/?kind=musical&q=lantern&utm_source=letter&fbclid=1&town=")
    assert len(queries) == 0
    assert same.content == first.content
    assert client.get("/en/?q=other&kind=musical").content != first.content


def test_a_page_is_compressed_for_those_who_take_it(client: Client, season: Season) -> None:
    on_sale()
    whole = client.get("/en/")
    packed = client.get("/en/", headers={"accept-encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == whole.content
    assert packed["Vary"] == "Accept-Encoding"
    assert packed["ETag"] != whole["ETag"]
    assert client.get("/en/", headers={"if-none-match": packed["ETag"]}).status_code == 304
    refused = client.get("/en/", headers={"accept-encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused


def test_somebody_with_a_basket_gets_the_kept_page_for_themselves(client: Client, season: Season) -> None:
    on_sale()
    anonymous = client.get("/en/")
    client.cookies[settings.BASKET_COOKIE] = signing.get_cookie_signer(
        salt=settings.BASKET_COOKIE + "baskets.visitor"
    ).sign("somebody")
    with CaptureQueriesContext(connection) as queries:
        own = client.get("/en/")
    assert own["Cache-Control"].startswith("private")
    assert "ETag" not in own
    assert len(queries) <= 2, "only the basket is looked up"
    assert b'id="badge"' in own.content
    assert b"The Paper Lantern" in own.content
    assert anonymous["Cache-Control"].startswith("public")


@pytest.mark.parametrize("asked_before", [(), ("anybody",), ("basket",), ("anybody", "basket")])
def test_a_filtered_list_moves_the_address_whoever_asks_and_whoever_asked_before(
    client: Client, season: Season, asked_before: tuple[str, ...]
) -> None:
    on_sale()
    somebody = {"anybody": client, "basket": Client()}
    somebody["basket"].cookies[settings.BASKET_COOKIE] = "a-basket"
    for who in (*asked_before, "anybody", "basket"):
        answer = somebody[who].get("/en/?q=lantern", headers={"hx-request": "true"})
        assert answer["HX-Push-Url"] == "/en/?q=lantern", who
        assert answer["Content-Type"].startswith("text/html")


def test_the_page_of_somebody_with_a_basket_is_never_kept_for_others(client: Client, season: Season) -> None:
    on_sale()
    mine = Client()
    mine.cookies[settings.BASKET_COOKIE] = "anything"
    assert mine.get("/en/")["Cache-Control"].startswith("private")
    theirs = client.get("/en/")
    assert theirs["Cache-Control"].startswith("public")
    assert b"<!--basket-badge-->" in theirs.content
    assert not theirs.cookies


def test_staff_who_are_signed_in_are_served_past_the_cache(client: Client, season: Season) -> None:
    row = on_sale()
    client.get("/en/")
    staff = Client()
    staff.force_login(get_user_model().objects.create_user("vera", password="x", is_staff=True))
    Event.objects.filter(pk=row.pk).update(own_title="Fresh")
    found = staff.get("/en/")
    assert b"Fresh" in found.content
    assert found["Cache-Control"] == caching.PRIVATE
    assert b"Fresh" not in client.get("/en/").content


def test_head_and_get_have_the_same_headers(client: Client, season: Season) -> None:
    on_sale()
    got, headed = client.get("/en/"), client.head("/en/")
    assert headed.status_code == 200
    assert headed["ETag"] == got["ETag"]


def test_an_endless_query_is_served_and_not_kept(client: Client, season: Season) -> None:
    assert caching.page_key(RequestFactory().get("/en/?q=" + "x" * 1000)) is None
    assert client.get("/en/?q=" + "x" * 1000).status_code == 200


def test_errors_and_pages_with_a_cookie_are_not_kept(client: Client, season: Season) -> None:
    assert client.get("/en/events/nothing/").status_code == 404
    row = on_sale(gone_at=clock.now())
    gone = client.get(row.get_absolute_url())
    assert gone.status_code == 410
    assert not gone.get("Cache-Control", "").startswith("public")

    @caching.shared_page
    def view(request: object) -> HttpResponse:
        response = HttpResponse("mine")
        response.set_cookie("me", "1")
        return response

    found = caching.PageCacheMiddleware(view)(RequestFactory().get("/en/somewhere/"))  # type: ignore[arg-type]
    assert "Cache-Control" not in found
    found = caching.PageCacheMiddleware(lambda request: HttpResponse("x"))(
        RequestFactory().get("/en/somewhere/")
    )
    assert found.content == b"x", "nothing was kept"


def test_the_security_headers_are_on_kept_pages_too(client: Client, season: Season) -> None:
    first = client.get("/en/")
    again = client.get("/en/")
    for name in (
        "Content-Security-Policy",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Content-Language",
    ):
        assert first[name] == again[name], name
