"""Whose address a request comes from, how often strangers may ask, how long staff stay signed in, what cookies say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import reverse

from shop import checks_keys, clock, knocks, signin
from shop.knocks import Limit
from shop.models import Knock, User

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "curtain-up-and-away"
THREE = Limit("a-test", 3, timedelta(minutes=10))


def request_from(remote: str = "10.0.0.1", forwarded: str | None = None) -> Any:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)


# --- whose address --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "10.0.0.1"),  # nobody was told of a proxy: whoever says so may be lying
        (0, None, "10.0.0.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first one was sent by the client
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "198.51.100.7"),
        (1, None, "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
        (1, "198.51.100.7:51234", "198.51.100.7"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, '"[2001:DB8::1]"', "2001:db8::1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "unknown", "10.0.0.1"),
        (1, "<script>", "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_outermost_proxy_saw(
    settings: Any, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert knocks.client_address(request_from(forwarded=forwarded)) == expected


def test_a_household_is_counted_as_one() -> None:
    assert (
        knocks.household("2001:db8:1:2:3:4:5:6") == knocks.household("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    )
    assert knocks.household("2001:db8:1:3::9") != knocks.household("2001:db8:1:2::9")
    assert knocks.household("198.51.100.7") == "198.51.100.7"
    assert knocks.household("") == ""


def test_networks_of_a_crowd_are_named(settings: Any) -> None:
    settings.CROWD_NETWORKS = ["198.51.100.0/24", "2001:db8::/32", "192.0.2.7"]
    assert knocks.is_a_crowd("198.51.100.200")
    assert knocks.is_a_crowd("2001:db8:9::1")
    assert knocks.is_a_crowd("192.0.2.7")
    assert not knocks.is_a_crowd("192.0.2.8")
    assert not knocks.is_a_crowd("")
    assert checks_keys.networks(None) == []
    settings.CROWD_NETWORKS = ["the wireless"]
    assert [message.id for message in checks_keys.networks(None)] == ["shop.E064"]


@pytest.mark.django_db
def test_without_a_known_address_nobody_uses_up_what_others_may_ask(caplog: Any, monkeypatch: Any) -> None:
    """Somebody asks to find bookings all day long; another one, whose address is not known either, asks once."""
    monkeypatch.setattr(knocks, "_told", False)
    where = reverse("checkout:find")
    for number in range(30):
        asked = Client(REMOTE_ADDR="").post(where, {"email": f"{number}@example.org"})
        assert asked.status_code != 429
    assert Client(REMOTE_ADDR="").post(where, {"email": "ada@example.org"}).status_code != 429
    assert [r.message for r in caplog.records if "TRUSTED_PROXIES" in r.message] == [
        "addresses of visitors are not known, so none is counted: look at TRUSTED_PROXIES"
    ]
    for _number in range(20):
        Client(REMOTE_ADDR="198.51.100.7").post(where, {"email": "ada@example.org"})
    assert Client(REMOTE_ADDR="198.51.100.7").post(where, {"email": "ada@example.org"}).status_code == 429


def test_without_a_known_address_a_visitor_and_a_link_are_counted_all_the_same(settings: Any) -> None:
    request = request_from("")
    request.COOKIES[settings.BASKET_COOKIE] = "ada:stamp:signature"
    assert [(limit.what, who) for limit, who in knocks.counted(request, "hold")] == [("hold-visitor", "ada")]
    assert [(limit.what, who) for limit, who in knocks.counted(request, "pay", "t")] == [("pay", "t")]


def test_a_crowd_of_the_new_kind_of_addresses_is_counted_by_none(settings: Any) -> None:
    settings.CROWD_NETWORKS = ["2001:db8::/32"]
    assert knocks.counted(request_from("2001:db8:9::1"), "find") == []
    assert len(knocks.counted(request_from("2001:db9:9::1"), "find")) == 1


# --- counting -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_so_many_pass_and_the_next_waits_until_the_first_is_over(
    move_clock: Callable[[timedelta], None],
) -> None:
    for _number in range(3):
        assert knocks.knock((THREE, "ada")) == 0
        move_clock(timedelta(minutes=1))
    seconds = knocks.knock((THREE, "ada"))
    assert 6 * 60 < seconds <= 7 * 60
    assert knocks.knock((THREE, "ben")) == 0
    move_clock(timedelta(seconds=seconds + 1))
    assert knocks.knock((THREE, "ada")) == 0
    assert knocks.knock((THREE, "ada")) > 0


@pytest.mark.django_db
def test_whoever_is_refused_is_not_counted(move_clock: Callable[[timedelta], None]) -> None:
    for _number in range(30):
        knocks.knock((THREE, "ada"))
    assert Knock.objects.count() == 3
    move_clock(timedelta(minutes=10, seconds=1))
    assert knocks.knock((THREE, "ada")) == 0


@pytest.mark.django_db
def test_where_one_of_two_limits_is_full_neither_is_counted() -> None:
    one = Limit("one", 1, timedelta(hours=1))
    assert knocks.knock((THREE, "ada"), (one, "ada")) == 0
    assert knocks.knock((THREE, "ada"), (one, "ada")) > 0
    assert Knock.objects.count() == 2


@pytest.mark.django_db
def test_no_limit_is_zero_and_rows_are_forgotten(move_clock: Callable[[timedelta], None]) -> None:
    none = Limit("none", 0, timedelta(hours=1))
    assert all(knocks.knock((none, "ada")) == 0 for _number in range(5))
    assert Knock.objects.count() == 0
    knocks.knock((THREE, "ada"))
    assert "ada" not in Knock.objects.get().key
    move_clock(timedelta(days=3))
    knocks.prune()
    assert Knock.objects.count() == 0


@pytest.mark.django_db
def test_what_was_no_harm_is_taken_back() -> None:
    for _number in range(3):
        knocks.knock((THREE, "ada"))
    knocks.take_back((THREE, "ada"))
    assert knocks.knock((THREE, "ada")) == 0
    knocks.forgive((THREE, "ada"))
    assert Knock.objects.count() == 0


# --- the page -------------------------------------------------------------------------------------------------


def test_the_page_says_when_and_keeps_what_was_sent() -> None:
    request = RequestFactory().post(
        "/en/basket/add/7/?x=1", {"seat": ["F12", "F<13>"], "csrfmiddlewaretoken": "t"}
    )
    answer = knocks.too_many(request, 400)
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (429, "400")
    assert "You can go on in about 7 minutes" in page
    assert '<form method="post" action="/en/basket/add/7/?x=1">' in page
    assert '<input type="hidden" name="seat" value="F12">' in page
    assert '<input type="hidden" name="seat" value="F&lt;13&gt;">' in page
    assert page.count('name="csrfmiddlewaretoken"') == 1
    assert 'value="t"' not in page


def test_a_password_is_never_sent_back() -> None:
    answer = knocks.too_many(RequestFactory().post("/", {"password": "secret-word"}), 10)
    assert "secret-word" not in answer.content.decode()
    assert "10 seconds" in answer.content.decode()


def test_a_script_is_told_in_json() -> None:
    request = RequestFactory().post("/", {"shown": "1"}, headers={"accept": "application/json"})
    answer = knocks.too_many(request, 61)
    assert json.loads(answer.content) == {
        "say": "That was a lot at once. Please try again in about 2 minutes."
    }
    assert answer["Retry-After"] == "61"


# --- signing in -----------------------------------------------------------------------------------------------


def try_in(client: Client, password: str, name: str = "vera", address: str = "198.51.100.7") -> Any:
    return client.post(reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=address)


@pytest.fixture
def vera(db: None) -> User:
    return User.objects.create_superuser("vera", password=PASSWORD)


def test_wrong_passwords_of_somebody_without_an_address_do_not_keep_others_without_one_out(
    vera: User,
) -> None:
    for number in range(signin.OF_ADDRESS.count + 5):
        try_in(Client(), "wrong", name=f"guess{number}", address="")
    for _try in range(signin.OF_NAME_HERE.count + 1):
        try_in(Client(), "wrong", address="")
    assert try_in(Client(), PASSWORD, address="").status_code == 302
    for _try in range(signin.OF_NAME.count):
        try_in(Client(), "wrong", address="")
    assert try_in(Client(), PASSWORD, address="").status_code == 429  # the count of a name stays


def test_wrong_passwords_are_limited_and_the_right_one_is_not_looked_at(
    vera: User, move_clock: Callable[[timedelta], None]
) -> None:
    for _try in range(signin.OF_NAME_HERE.count):
        assert try_in(Client(), "wrong").status_code == 200
    answer = try_in(Client(), PASSWORD)
    page = answer.content.decode()
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 900
    assert (
        "Too many wrong passwords for this name or from this connection. Try again in about 15 minutes"
        in page
    )
    assert 'value="vera"' in page  # what was typed is still there
    assert try_in(Client(), PASSWORD, name=" VERA ").status_code == 429
    assert try_in(Client(), PASSWORD, address="198.51.100.8").status_code == 302
    move_clock(timedelta(minutes=16))
    assert try_in(Client(), PASSWORD).status_code == 302


def test_an_unknown_name_is_treated_like_a_known_one(vera: User) -> None:
    told = {}
    for name in ("vera", "nobody"):
        answers = [try_in(Client(), "wrong", name=name, address="192.0.2.1") for _try in range(6)]
        told[name] = [answer.status_code for answer in answers]
    assert told["vera"] == told["nobody"] == [200] * 5 + [429]


def test_one_address_cannot_try_many_names(vera: User) -> None:
    for number in range(signin.OF_ADDRESS.count):
        try_in(Client(), "wrong", name=f"user{number}")
    assert try_in(Client(), PASSWORD).status_code == 429
    assert try_in(Client(), PASSWORD, address="198.51.100.8").status_code == 302


def test_right_passwords_of_a_whole_office_are_not_counted(vera: User) -> None:
    for _try in range(signin.OF_ADDRESS.count + 5):
        assert try_in(Client(), PASSWORD).status_code == 302


def test_an_attack_from_everywhere_does_not_lock_the_owner_out(vera: User) -> None:
    at_home = Client()
    assert try_in(at_home, PASSWORD, address="203.0.113.50").status_code == 302
    at_home.post(reverse("admin:logout"))
    for number in range(signin.OF_NAME.count):
        try_in(Client(), "wrong", address=f"10.1.{number}.1")
    assert try_in(Client(), PASSWORD, address="10.9.9.9").status_code == 429
    assert try_in(at_home, PASSWORD, address="203.0.113.99").status_code == 302  # from another address, even


def test_a_known_browser_has_tries_of_its_own_and_not_endless_ones(vera: User) -> None:
    at_home = Client()
    try_in(at_home, PASSWORD)
    at_home.post(reverse("admin:logout"))
    for _try in range(signin.OF_KNOWN.count):
        assert try_in(at_home, "wrong").status_code == 200
    assert try_in(at_home, PASSWORD).status_code == 429
    assert try_in(Client(), PASSWORD).status_code == 302  # nobody else is touched by it


def test_a_known_browser_is_known_for_one_name_and_one_password(vera: User, settings: Any) -> None:
    at_home = Client()
    try_in(at_home, PASSWORD)
    cookie = at_home.cookies[settings.KNOWN_BROWSER_COOKIE].value
    request = RequestFactory().get("/")
    request.COOKIES[settings.KNOWN_BROWSER_COOKIE] = cookie
    assert signin.known(request, "Vera")
    User.objects.create_superuser("tom", password=PASSWORD)
    assert not signin.known(request, "tom")
    vera.set_password("another-word-altogether")
    vera.save()
    assert not signin.known(request, "vera")
    for forged in ("", "x", cookie[:-1] + ("A" if cookie[-1] != "A" else "B")):
        request.COOKIES[settings.KNOWN_BROWSER_COOKIE] = forged
        assert not signin.known(request, "vera")


def test_the_command_forgets_what_was_counted(vera: User) -> None:
    for number in range(signin.OF_NAME.count):
        try_in(Client(), "wrong", address=f"10.1.{number}.1")
    assert try_in(Client(), PASSWORD).status_code == 429
    call_command("let_in", "vera", verbosity=0)
    assert try_in(Client(), PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example.org/", "//evil.example.org/", "/\\evil.example.org", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_site(vera: User, elsewhere: str) -> None:
    answer = Client().post(
        reverse("admin:login"), {"username": "vera", "password": PASSWORD, "next": elsewhere}
    )
    assert answer.url == reverse("admin:index")


# --- sessions -------------------------------------------------------------------------------------------------


@pytest.fixture
def inside(vera: User) -> Client:
    client = Client()
    try_in(client, PASSWORD)
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def test_a_session_without_a_page_for_an_hour_ends(
    inside: Client, move_clock: Callable[[timedelta], None]
) -> None:
    move_clock(timedelta(minutes=50))
    assert is_in(inside)
    move_clock(timedelta(minutes=50))
    assert is_in(inside)
    move_clock(timedelta(minutes=61))
    assert not is_in(inside)
    assert not is_in(inside)


def test_a_session_ends_after_a_day_of_work_however_busy_it_was(
    inside: Client, move_clock: Callable[[timedelta], None]
) -> None:
    for _half_hour in range(24):
        assert is_in(inside)
        move_clock(timedelta(minutes=30, seconds=1))
    assert not is_in(inside)


def test_the_lengths_are_settings(
    inside: Client, settings: Any, move_clock: Callable[[timedelta], None]
) -> None:
    settings.STAFF_IDLE_MINUTES = 5
    move_clock(timedelta(minutes=6))
    assert not is_in(inside)


@pytest.mark.parametrize(
    "change", [{"is_superuser": False}, {"is_staff": False}, {"is_active": False}, {"password": "!"}]
)
def test_a_new_rank_ends_every_session(inside: Client, vera: User, change: dict[str, Any]) -> None:
    assert is_in(inside)
    User.objects.filter(pk=vera.pk).update(**change)
    assert not is_in(inside)


def test_signing_in_changes_the_key_of_the_session(vera: User, settings: Any) -> None:
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    try_in(client, PASSWORD)
    assert client.session.session_key != planted
    assert is_in(client)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert not is_in(thief)


# --- cookies and the rest of the house ------------------------------------------------------------------------


def settings_of(names: list[str], **env: str) -> dict[str, Any]:
    """These settings in a process of its own, with this environment."""
    code = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names!r}]))"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ACCOUNT_", "PROVIDER_"))}
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
        env={**clean, "DJANGO_SETTINGS_MODULE": "shop.settings", "TESTING": "", "CLOCK_FILE": "", **env},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return dict(zip(names, json.loads(told.stdout), strict=True))


def test_with_https_no_other_site_of_the_domain_can_set_our_cookies() -> None:
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "BASKET_COOKIE", "KNOWN_BROWSER_COOKIE"]
    found = settings_of(
        [*names, "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY",
         "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "CSRF_COOKIE_PATH",
         "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE", "TRUSTED_PROXIES"],
        PUBLIC_ORIGIN="https://tickets.example.org", BEHIND_PROXY="yes",
    )  # fmt: skip
    assert all(found[name].startswith("__Host-foyer_") for name in names)
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is found["CSRF_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_DOMAIN"] is found["CSRF_COOKIE_DOMAIN"] is None
    assert found["SESSION_COOKIE_PATH"] == found["CSRF_COOKIE_PATH"] == "/"
    assert found["SESSION_COOKIE_SAMESITE"] == found["CSRF_COOKIE_SAMESITE"] == "Lax"
    assert found["TRUSTED_PROXIES"] == 1
    plain = settings_of(names, PUBLIC_ORIGIN="http://127.0.0.1:8000")
    assert all(plain[name].startswith("foyer_") for name in names)


def test_cookies_are_kept_from_scripts_and_other_sites(vera: User, settings: Any) -> None:
    settings.SECURE = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get(reverse("admin:login"))
    answer = client.post(reverse("admin:login"), {"username": "vera", "password": PASSWORD})
    seen = {**client.cookies, **answer.cookies}
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.KNOWN_BROWSER_COOKIE):
        cookie = seen[name]
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in ("Lax", "Strict"), name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name


@pytest.mark.django_db
def test_security_txt_names_who_is_told(settings: Any) -> None:
    settings.SECURITY_CONTACT, settings.SHOP_EMAIL = "", ""
    assert Client().get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "security@example.org"
    answer = Client().get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    told = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert told["Contact"] == "mailto:security@example.org"
    assert f"{clock.now():%Y-%m-%d}" < told["Expires"] < f"{clock.now() + timedelta(days=366):%Y-%m-%d}"
    assert told["Canonical"] == f"{settings.PUBLIC_ORIGIN}/.well-known/security.txt"
    settings.SECURITY_CONTACT = "https://example.org/holes"
    assert b"Contact: https://example.org/holes" in Client().get("/.well-known/security.txt").content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "megabytes", "refused"),
    [
        ("/en/checkout/find/", 2, True),
        ("/en/checkout/find/", 0.1, False),
        ("/admin/login/", 13, True),
        ("/admin/login/", 2, False),
    ],
)
def test_what_is_too_long_is_not_read(address: str, megabytes: float, refused: bool) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    big = SimpleUploadedFile("a.bin", b"x" * int(megabytes * 1024 * 1024))
    answer = Client().post(address, {"email": "ada@example.org", "file": big})
    assert (answer.status_code == 413) is refused
