"""The admin asks for a second thing: set up at the first sign-in, asked for ever after, taken away when it is lost."""

from __future__ import annotations

import io
import re
from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from shop import clock, second
from shop.models import Authenticator, RecoveryCode, User

pytestmark = pytest.mark.django_db
PASSWORD = "curtain-up-and-away"
INDEX = "/admin/"


@pytest.fixture(autouse=True)
def asked(settings: Any, db: None) -> None:
    settings.ADMIN_TWO_FACTOR = True


@pytest.fixture
def vera() -> User:
    return User.objects.create_superuser("vera", password=PASSWORD)


def code_of(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes away."""
    totp = TOTP(b32decode(secret.replace(" ", "")))
    totp.time = clock.now().timestamp() + 30 * steps
    return f"{totp.token():06}"


def wrong_code(secret: str) -> str:
    right = {code_of(secret, steps) for steps in range(-3, 4)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in right)


def sign_in(client: Client, name: str = "vera", password: str = PASSWORD) -> Any:
    return client.post(reverse("admin:login"), {"username": name, "password": password})


def set_up(client: Client) -> tuple[str, list[str]]:
    """Sign in for the first time; the secret and the codes on paper."""
    where = sign_in(client).url
    assert where.startswith(reverse("admin:second_set_up"))
    page = client.get(where).content.decode()
    secret = re.search(r'class="foyer-key">([A-Z2-7 ]+)<', page)[1]
    answer = client.post(where, {"code": code_of(secret)})
    assert answer.status_code == 200
    return secret, re.findall(r"<li><code>([a-z2-9]{5}-[a-z2-9]{5})</code>", answer.content.decode())


def is_in(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


def test_a_password_alone_lets_nobody_in(client: Client, vera: User) -> None:
    answer = sign_in(client)
    assert answer.status_code == 302
    assert not is_in(client)
    assert not is_in(client)
    assert client.get(reverse("admin:shop_user_changelist")).status_code == 302
    assert client.post(reverse("admin:second_own"), {"do": "codes"}).status_code == 302


def test_the_first_sign_in_sets_it_up(client: Client, vera: User) -> None:
    _secret, codes = set_up(client)
    assert len(codes) == second.CODES == len(set(codes))
    assert is_in(client)
    assert any("set up by vera" in entry.change_message for entry in LogEntry.objects.all())


def test_the_picture_says_the_same_as_the_key(client: Client, vera: User) -> None:
    where = sign_in(client).url
    page = client.get(where).content.decode()
    device = Authenticator.objects.get()
    assert second.in_fours(device.secret) in page
    assert second.address_of(device) == (
        f"otpauth://totp/Foyer%3Avera?secret={device.secret}&issuer=Foyer&digits=6&period=30"
    )
    picture = re.search(r'<img class="foyer-square" src="data:image/svg\+xml[^,]*,([^"]+)"', page)
    assert "<svg" in unquote(picture[1])


def test_the_second_sign_in_asks_for_the_code_and_leads_where_one_was_going(vera: User) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    going = reverse("admin:shop_user_changelist")
    answer = client.post(
        f"{reverse('admin:login')}?next={going}", {"username": "vera", "password": PASSWORD, "next": going}
    )
    assert answer.url.startswith(reverse("admin:second"))
    assert client.get(answer.url).status_code == 200
    done = client.post(answer.url, {"code": code_of(secret, 1)})
    assert (done.status_code, done.url) == (302, going)
    assert client.get(going).status_code == 200


def test_where_one_was_going_is_ours_or_the_first_page(vera: User) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    sign_in(client)
    for elsewhere in (
        "https://evil.example.org/",
        "//evil.example.org",
        "/\\evil.example.org",
        "javascript:alert(1)",
    ):
        page = client.get(reverse("admin:second"), {"next": elsewhere}).content.decode()
        assert f'name="next" value="{INDEX}"' in page
    done = client.post(
        reverse("admin:second"), {"code": code_of(secret, 1), "next": "https://evil.example.org/"}
    )
    assert done.url == INDEX


def test_a_code_counts_once(vera: User) -> None:
    secret, _codes = set_up(Client())
    first, other = Client(), Client()
    sign_in(first)
    sign_in(other)
    code = code_of(secret, 1)
    assert first.post(reverse("admin:second"), {"code": code}).status_code == 302
    again = other.post(reverse("admin:second"), {"code": code})
    assert again.status_code == 422
    assert "This code is not right" in again.content.decode()
    assert not is_in(other)


def test_a_code_from_another_time_is_wrong(vera: User, move_clock: Callable[[timedelta], None]) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    sign_in(client)
    for steps in (-5, 5):
        assert client.post(reverse("admin:second"), {"code": code_of(secret, steps)}).status_code == 422
    assert client.post(reverse("admin:second"), {"code": code_of(secret, 1)}).status_code == 302


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34", "\x00\x00\x00\x00\x00\x00"]
)
def test_what_is_no_code_is_wrong_and_breaks_nothing(vera: User, typed: str) -> None:
    set_up(Client())
    client = Client()
    sign_in(client)
    assert client.post(reverse("admin:second"), {"code": typed, "recovery": ""}).status_code == 422
    assert not is_in(client)


def test_a_recovery_code_lets_in_once_and_is_written_down(vera: User) -> None:
    _secret, codes = set_up(Client())
    first, other = Client(), Client()
    sign_in(first)
    sign_in(other)
    assert first.post(reverse("admin:second"), {"recovery": codes[3].upper()}).status_code == 302
    assert is_in(first)
    assert other.post(reverse("admin:second"), {"recovery": codes[3]}).status_code == 422
    assert other.post(reverse("admin:second"), {"recovery": codes[4].replace("-", " ")}).status_code == 302
    assert any("8 are left" in entry.change_message for entry in LogEntry.objects.all())


def test_wrong_codes_are_limited_and_the_wait_is_said(
    vera: User, move_clock: Callable[[timedelta], None]
) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    sign_in(client)
    for _try in range(second.OF_USER.count):
        assert client.post(reverse("admin:second"), {"code": wrong_code(secret)}).status_code == 422
    answer = client.post(reverse("admin:second"), {"code": code_of(secret, 1)})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 600
    assert "Too many wrong codes. Try again in about 10 minutes." in answer.content.decode()
    move_clock(timedelta(minutes=11))
    sign_in(client)
    assert client.post(reverse("admin:second"), {"code": code_of(secret)}).status_code == 302


def test_half_a_session_lasts_ten_minutes(vera: User, move_clock: Callable[[timedelta], None]) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    sign_in(client)
    move_clock(timedelta(minutes=11))
    answer = client.post(reverse("admin:second"), {"code": code_of(secret)})
    assert answer.url.startswith(reverse("admin:login"))
    assert not is_in(client)


def test_the_key_of_the_session_changes_with_the_password_and_with_the_code(vera: User) -> None:
    secret, _codes = set_up(Client())
    client = Client()
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    sign_in(client)
    half = client.session.session_key
    client.post(reverse("admin:second"), {"code": code_of(secret, 1)})
    whole = client.session.session_key
    assert len({planted, half, whole}) == 3
    thief = Client()
    thief.cookies = client.cookies.__class__({"foyer_staff": half})
    assert not is_in(thief)


def test_secrets_and_codes_are_cipher_in_the_database(client: Client, vera: User) -> None:
    secret, codes = set_up(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM shop_authenticator")
        stored = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT code FROM shop_recoverycode")
        stored += [row[0] for row in cursor.fetchall()]
    assert len(stored) == 1 + second.CODES
    for text in stored:
        assert secret.replace(" ", "") not in text
        assert not any(code in text for code in codes)


def test_changes_ask_for_a_code_again(client: Client, vera: User) -> None:
    secret, codes = set_up(client)
    own = reverse("admin:second_own")
    assert "10 recovery codes are left" in client.get(own).content.decode()
    assert client.post(own, {"do": "codes", "code": wrong_code(secret)}).status_code == 422
    assert client.get(reverse("admin:second_set_up")).url == own
    answer = client.post(own, {"do": "codes", "code": code_of(secret, 1)})
    fresh = re.findall(r"<li><code>([a-z2-9-]{11})</code>", answer.content.decode())
    assert len(fresh) == second.CODES
    assert not set(fresh) & set(codes)
    other = Client()
    sign_in(other)
    assert other.post(reverse("admin:second"), {"recovery": codes[0]}).status_code == 422
    assert other.post(reverse("admin:second"), {"recovery": fresh[0]}).status_code == 302


def test_another_phone_makes_the_one_before_worthless(
    client: Client, vera: User, move_clock: Callable[[timedelta], None]
) -> None:
    secret, codes = set_up(client)
    answer = client.post(reverse("admin:second_own"), {"do": "phone", "recovery": codes[0]})
    assert answer.url == reverse("admin:second_set_up")
    page = client.get(answer.url).content.decode()
    fresh = re.search(r'class="foyer-key">([A-Z2-7 ]+)<', page)[1]
    assert fresh != second.in_fours(secret)
    assert client.post(answer.url, {"code": code_of(fresh)}).status_code == 200
    assert Authenticator.objects.count() == 1
    assert is_in(client)
    move_clock(timedelta(minutes=2))
    other = Client()
    sign_in(other)
    assert other.post(reverse("admin:second"), {"code": code_of(secret)}).status_code == 422
    assert other.post(reverse("admin:second"), {"code": code_of(fresh)}).status_code == 302


def test_a_set_up_that_was_not_finished_counts_for_nothing(client: Client, vera: User) -> None:
    where = sign_in(client).url
    client.get(where)
    device = Authenticator.objects.get()
    other = Client()
    assert sign_in(other).url.startswith(reverse("admin:second_set_up"))
    assert other.post(reverse("admin:second"), {"code": code_of(device.secret)}).status_code == 302
    assert not is_in(other)


def test_a_superuser_takes_it_away_and_open_sessions_end(client: Client, vera: User) -> None:
    set_up(client)
    tom = User.objects.create_user("tom", password=PASSWORD, is_staff=True)
    his = Client()
    sign_in(his, "tom")
    where = reverse("admin:second_set_up")
    secret = re.search(r'class="foyer-key">([A-Z2-7 ]+)<', his.get(where).content.decode())[1]
    assert his.post(where, {"code": code_of(secret)}).status_code == 200
    assert is_in(his)
    page = reverse("admin:shop_user_second", args=[tom.pk])
    assert his.post(page).status_code in (403, 404)
    assert "Lost phone" in client.get(reverse("admin:shop_user_change", args=[tom.pk])).content.decode()
    assert client.get(page).status_code == 200
    assert Authenticator.objects.filter(user=tom).exists()
    assert client.post(page).status_code == 302
    assert not is_in(his)
    assert sign_in(his, "tom").url.startswith(where)
    entry = LogEntry.objects.filter(object_id=str(tom.pk)).latest("pk")
    assert entry.user == vera
    assert "taken away by vera" in entry.change_message


def test_staff_without_the_right_take_nothing_away(vera: User) -> None:
    set_up(Client())
    tom = User.objects.create_user("tom", password=PASSWORD, is_staff=True)
    his = Client()
    sign_in(his, "tom")
    where = reverse("admin:second_set_up")
    secret = re.search(r'class="foyer-key">([A-Z2-7 ]+)<', his.get(where).content.decode())[1]
    his.post(where, {"code": code_of(secret)})
    assert his.post(reverse("admin:shop_user_second", args=[vera.pk])).status_code in (403, 404)
    assert Authenticator.objects.filter(user=vera, confirmed=True).exists()
    assert tom.pk


def test_the_command_lets_an_owner_in_again(client: Client, vera: User) -> None:
    set_up(client)
    said = io.StringIO()
    call_command("let_in", "vera", "--second", stdout=said)
    assert "taken away" in said.getvalue()
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not is_in(client)
    assert sign_in(Client()).url.startswith(reverse("admin:second_set_up"))
    assert LogEntry.objects.filter(change_message__contains="let_in").exists()
    with pytest.raises(CommandError):
        call_command("let_in", "nobody")


def test_where_it_is_not_asked_for_the_password_is_enough(client: Client, vera: User, settings: Any) -> None:
    settings.ADMIN_TWO_FACTOR = False
    assert sign_in(client).url == INDEX
    assert is_in(client)


def test_it_is_asked_for_unless_it_is_the_demo() -> None:
    import os
    import subprocess
    import sys
    from pathlib import Path

    code = "from django.conf import settings; print(settings.ADMIN_TWO_FACTOR)"
    root = Path(__file__).resolve().parents[2]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ACCOUNT_", "ADMIN_", "PROVIDER_"))}
    for demo, expected in (("", "True"), ("1", "False")):
        env = {**clean, "DJANGO_SETTINGS_MODULE": "shop.settings", "DEMO": demo}
        told = subprocess.run([sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True)
        assert told.stdout.strip() == expected, told.stderr
