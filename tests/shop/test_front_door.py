"""The redirect to a language, pictures from storage, and the pages for everything that goes wrong."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shop import views
from shop.pages import error_page
from tests.pseudo import plain_english, pseudo_language

pytestmark = pytest.mark.django_db
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@pytest.fixture
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "posters").mkdir(parents=True)
    (settings.MEDIA_ROOT / "posters" / "ab-320.gif").write_bytes(PIXEL)
    (tmp_path / "secret.gif").write_bytes(PIXEL)
    return settings.MEDIA_ROOT


# --- which language -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "address"),
    [("", "/en/"), ("en-GB,en;q=0.8", "/en/"), ("fr,xx;q=0.1", "/en/"), ("el;q=0.9,en;q=0.2", "/el/")],
)
def test_the_front_door_opens_in_the_language_of_the_browser(client, wanted, address):
    with pseudo_language():
        response = client.get("/", headers={"accept-language": wanted})
    assert response.status_code == 302
    assert response["Location"] == address
    assert response["Vary"] == "Accept-Language"
    assert "public" in response["Cache-Control"]
    assert not response.cookies


def test_the_front_door_takes_no_post(client):
    assert client.post("/").status_code == 405


# --- pictures -----------------------------------------------------------------------------------------------


def test_a_picture_is_kept_for_a_year_and_answers_304(client, media_root):
    first = client.get("/media/posters/ab-320.gif")
    assert b"".join(first.streaming_content) == PIXEL
    assert first["Content-Type"] == "image/gif"
    assert first["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in first["Cache-Control"]
    again = client.get("/media/posters/ab-320.gif", headers={"if-modified-since": first["Last-Modified"]})
    assert again.status_code == 304
    assert "immutable" in again["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["../secret.gif", "posters/../../secret.gif", "%2e%2e/secret.gif", "/etc/passwd", "posters", "posters/", "",
     "posters/none.gif", "posters/ab-320.gif%00.gif", "x" * 5000 + ".gif"],
)  # fmt: skip
def test_nothing_outside_the_room_of_pictures_is_served(client, media_root, path):
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "notes.txt", "code.py", "noending"])
def test_only_pictures_are_served(client, media_root, name):
    (Path(media_root) / name).write_text("<script>1</script>")
    assert client.get(f"/media/{name}").status_code == 404


def test_a_link_that_leads_outside_is_not_followed(client, media_root, tmp_path):
    (Path(media_root) / "way-out.gif").symlink_to(tmp_path / "secret.gif")
    assert client.get("/media/way-out.gif").status_code == 404


# --- pages for what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_each_error_page_opens_without_the_database_and_leads_on(status):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = error_page(status)
    page = response.content.decode()
    assert response.status_code == status
    assert not queries
    assert page.count("<h1") == 1
    assert 'href="/en/"' in page
    assert '<main id="main"' in page
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_error_pages_speak_the_language_of_the_address(settings, status):
    settings.SHOP_NAME = "Θέατρο"
    with pseudo_language() as code, translation.override(code):
        assert plain_english(error_page(status).content.decode()) == []


def test_an_unknown_address_shows_the_page_that_leads_to_the_programme(client):
    response = client.get("/en/no-such-thing/")
    assert response.status_code == 404
    assert "Not in the programme" in response.content.decode()


def test_a_crash_shows_the_page_that_says_do_not_pay_again():
    response = views.server_error(RequestFactory().get("/en/"))
    assert response.status_code == 500
    assert "do not pay again" in response.content.decode()


def test_a_form_without_its_token_says_that_nothing_was_done():
    response = Client(enforce_csrf_checks=True).post("/en/checkout/find/", {"email": "ada@example.org"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_a_busy_page_says_when_to_come_back():
    assert error_page(429, retry_after=60)["Retry-After"] == "60"
    with pytest.raises(ValueError, match="418"):
        error_page(418)
