"""The nginx of the examples in front of the shop: what it serves itself, what it keeps, and what it must never keep."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests import provision
from tests.buyer import Buyer
from tests.processes.front import NAME, Front

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("front")]
SAFETY = ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy",
          "X-Frame-Options")  # fmt: skip


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    try:
        provision.nginx()
    except provision.Missing as missing:
        provision.need(missing)
    with Front(tmp_path_factory.mktemp("front")) as stack:
        stack.manage("collectstatic", "--noinput")
        stack.start("standin")
        stack.fill()
        stack.start("web")
        stack.open()
        yield stack


def fresh(front: Front, address: str, **headers: str) -> requests.Response:
    """Somebody nobody has seen before."""
    return front.visitor().get(front.public + address, headers=headers, timeout=60, allow_redirects=False)


def events(front: Front) -> list[str]:
    page = fresh(front, "/en/?sort=title").text
    return list(dict.fromkeys(re.findall(r'href="(/en/events/[\w-]+/)"', page)))


def buyer_at(front: Front) -> Buyer:
    buyer = Buyer(front.public, "Zbigniewa")
    buyer.session = front.visitor()
    return buyer


def with_a_basket(front: Front) -> Buyer:
    """A buyer who holds two seats."""
    buyer = buyer_at(front)
    rows = front.sql(
        "SELECT i.id FROM catalog_instance i WHERE i.seats_left > 60 AND i.gone_at IS NULL ORDER BY i.starts_at, i.id"
    )
    buyer.pick(rows[30][0])
    buyer.hold_together(2)
    assert buyer.page.select_one("a[href*='/checkout/?currency']"), buyer.text[:300]
    return buyer


def test_nginx_takes_the_example_as_it_is(front):
    assert "test is successful" in front.check()
    plain = requests.get(
        f"http://127.0.0.1:{front.plain_port}/en/?q=x", headers={"Host": NAME}, allow_redirects=False
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{NAME}/en/?q=x")


def test_static_files_come_from_the_disk_and_are_kept_for_ever(front):
    page = fresh(front, "/en/").text
    style = re.search(r'href="(/static/css/shop\.[0-9a-f]{12}\.css)"', page)
    assert style is not None
    answer = fresh(front, style[1], **{"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = fresh(front, style[1], **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == answer.text
    assert "immutable" not in fresh(front, "/static/staticfiles.json").headers.get("Cache-Control", "")
    assert not [line for line in front.asked() if "/static/" in line], "the shop itself was not asked"


def test_pictures_come_from_the_disk_and_nothing_else_of_that_folder(front):
    media = front.room / "media" / "posters"
    media.mkdir(parents=True)
    (media / "ab-320.webp").write_bytes(b"RIFF....WEBPVP8 ")
    (media / "ab.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    answer = fresh(front, "/media/posters/ab-320.webp")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert fresh(front, "/media/posters/ab.svg").status_code == 404
    assert fresh(front, "/media/../foyer.sqlite3").status_code in (400, 404)
    assert not [line for line in front.asked() if ".webp" in line]


def test_the_second_visitor_gets_a_list_from_the_cache(front):
    address = "/en/?q=brass"
    first, second = fresh(front, address), fresh(front, address)
    assert [one.headers["X-Cache"] for one in (first, second)] == ["MISS", "HIT"]
    assert first.text == second.text
    assert second.headers["Content-Encoding"] == "gzip"
    plain = fresh(front, address, **{"Accept-Encoding": "identity"})
    assert plain.headers["X-Cache"] == "MISS", "a browser that wants it otherwise gets a page of its own"
    assert plain.text == first.text
    known = fresh(front, address, **{"If-None-Match": second.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_each_header_of_safety_stands_once(front):
    for address in ("/en/", "/en/", "/en/basket/", events(front)[0]):
        answer = fresh(front, address)
        found = {name: answer.raw.headers.getlist(name) for name in SAFETY}
        assert all(len(values) == 1 for values in found.values()), (address, found)


def test_whoever_has_a_basket_is_never_served_from_the_cache_nor_kept_in_it(front):
    new, known = events(front)[3:5]
    assert fresh(front, known).status_code == 200
    assert fresh(front, known).headers["X-Cache"] == "HIT"
    buyer = with_a_basket(front)
    for address in (new, known):
        buyer.get(address)
        assert buyer.answer.headers["X-Cache"] == "BYPASS"
        assert "private" in buyer.answer.headers["Cache-Control"]
        badge = buyer.page.select_one("#badge")
        assert badge is not None
        assert "2" in badge.get_text()
    assert fresh(front, new).headers["X-Cache"] == "MISS", "what the buyer was shown was not kept"
    assert fresh(front, known).headers["X-Cache"] == "HIT", "and what was kept has not gone"
    assert "tickets" not in (re.search(r'id="badge"[^>]*>(.*?)</a>', fresh(front, known).text) or [""])[0]


def test_no_page_of_a_person_lies_in_the_cache(front):
    buyer = with_a_basket(front)
    addresses = [buyer.url]
    buyer.to_checkout()
    addresses.append(buyer.url)
    buyer.fill_in()
    addresses.append(buyer.url)
    assert "/review/" in buyer.url
    for address in addresses:
        for _twice in range(2):
            assert (
                "X-Cache" not in buyer.session.get(address).headers
                or "HIT" not in buyer.session.get(address).headers["X-Cache"]
            )
        fresh(front, address.removeprefix(front.public))
    token = buyer.url.rstrip("/").split("/")[-2]
    cookies = [cookie.value for cookie in buyer.session.cookies if cookie.value]
    assert cookies
    kept = front.kept()
    assert any("/en/" in key for key in kept), "there is something in it"
    secrets = [buyer.email, "Zbigniewa", token, *cookies]
    for key, data in kept.items():
        assert not re.search(r"/(basket|checkout|admin)/", key), key
        head, _end, body = data.partition(b"\r\n\r\n")
        assert b"set-cookie" not in head.lower()
        whole = data + (gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else b"")
        assert not [secret for secret in secrets if secret.encode() in whole], key


def test_the_address_of_whoever_asks_arrives_and_cannot_be_made_up(front):
    """Counted by the limit of "find my booking": its rows are keyed by who asked, and by the address that was typed."""

    def keys() -> int:
        return int(front.sql("SELECT COUNT(DISTINCT key) FROM checkout_knock")[0][0])

    def looks(address: str, **headers: str) -> None:
        buyer = buyer_at(front)
        buyer.session = front.visitor(address)
        buyer.session.headers.update(headers)
        buyer.get("/en/checkout/find/")
        buyer.submit("/find/", email="nobody@example.org")
        assert buyer.answer.status_code == 200

    before = keys()
    looks("127.0.0.1")
    assert keys() == before + 2, "one who asks, one address"
    looks("127.0.0.2")
    assert keys() == before + 3, "somebody else asks for the same"
    looks("127.0.0.2", **{"X-Forwarded-For": "192.0.2.77"})
    looks("127.0.0.2", **{"X-Real-IP": "192.0.2.78", "Forwarded": "for=192.0.2.79"})
    assert keys() == before + 3, "what somebody says of themselves counts for nothing"


def test_what_is_far_too_large_is_refused_in_words(front):
    long = b"x" * 6_000_000
    answer = front.visitor().post(f"{front.public}/en/checkout/find/", data=long, timeout=30)
    assert answer.status_code == 413
    assert "That was too much at once" in answer.text
    assert "nothing was charged" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"

    def asked() -> int:
        return sum(line.startswith("POST") and "find" in line for line in front.asked())

    before = asked()
    told = front.visitor().post(
        f"{front.public}/en/checkout/find/", data={"email": "x" * 300_000}, timeout=30
    )
    assert told.status_code in (400, 403, 413), "the shop has a limit of its own below"
    front.wait(lambda: asked() == before + 1, "it to be written down that the shop itself was asked")


def test_a_shop_that_is_away_is_said_in_words_and_its_public_pages_stay(front):
    address = "/en/venues/"
    assert fresh(front, address).headers["X-Cache"] == "MISS"
    assert fresh(front, "/en/basket/").status_code == 200
    front.kill("web")
    try:
        front.wait(
            lambda: fresh(front, address).headers["X-Cache"] in ("STALE", "UPDATING"), "the page to run out"
        )
        stale = fresh(front, address)
        assert stale.status_code == 200
        away = fresh(front, "/en/basket/")
        assert (away.status_code, away.headers["Retry-After"]) == (503, "20")
        assert "do not pay again" in away.text
        sent = front.visitor().post(
            f"{front.public}/en/checkout/find/", data={"email": "a@example.org"}, timeout=30
        )
        assert sent.status_code == 503
    finally:
        front.start("web")
    assert fresh(front, "/en/basket/").status_code == 200


def test_a_waiting_room_slows_newcomers_and_nobody_else(front):
    pick = with_a_basket(front).page.select_one("a[href*='/basket/pick/']")
    date = re.search(r"\d+", str(pick["href"])) if pick else None
    rows = front.sql(
        "SELECT id FROM catalog_instance WHERE seats_left > 60 AND gone_at IS NULL ORDER BY starts_at, id"
    )
    address = f"/en/basket/pick/{date[0] if date else rows[30][0]}/"
    inside = with_a_basket(front)
    front.switch("waiting-room.conf", "basket-waiting.conf")
    try:
        with ThreadPoolExecutor(60) as crowd:
            answers = list(crowd.map(lambda _one: fresh(front, address), range(60)))
        waiting = [one for one in answers if one.status_code == 429]
        assert waiting
        assert [one for one in answers if one.status_code == 200]
        assert waiting[0].headers["Refresh"] == "10"
        assert waiting[0].headers["Cache-Control"] == "no-store"
        assert "what is in your basket is kept" in waiting[0].text
        for _one in range(10):
            inside.get(address)
            assert inside.answer.status_code == 200
        assert fresh(front, "/en/").status_code == 200
        assert fresh(front, "/en/checkout/find/").status_code == 200
    finally:
        front.switch("", "basket-waiting.conf")
    assert {fresh(front, address).status_code for _one in range(30)} == {200}


def sends(front: Front, address: str) -> int:
    """A form from there, without its token."""
    return front.visitor(address).post(f"{front.public}/en/checkout/find/", data={}, timeout=60).status_code


def test_the_limit_of_one_address_can_be_switched_on_beside_it(front):
    front.switch("waiting-room.conf", "basket-waiting.conf")
    front.switch("rate-limit.conf", "page-limit.conf")
    try:
        with ThreadPoolExecutor(30) as hands:
            told = list(hands.map(lambda _one: sends(front, "127.0.0.3"), range(120)))
        assert 429 in told
        assert set(told) <= {403, 429}, "the shop asks for the form's token first"
        assert sends(front, "127.0.0.4") == 403
        assert front.visitor("127.0.0.3").get(f"{front.public}/en/", timeout=30).status_code == 200
    finally:
        front.switch("", "page-limit.conf")
        front.switch("", "basket-waiting.conf")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_only_todays_tls_is_spoken(front):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", front.tls_port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname=NAME)
