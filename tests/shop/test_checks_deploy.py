"""`check --deploy` is silent in a shop that is set up as the read-me says, and says what is missing where it is not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shop import checks_keeping, checks_keys
from shop.providers.accounts import AccountConfig
from tests.everything import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = {
    **PRODUCTION,
    "SECRET_KEY_FALLBACKS": "a-former-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    "MAIL_FROM": "The Box Office <tickets@example.org>",
    "SECURITY_CONTACT": "security@example.org",
    "CROWD_NETWORKS": "192.0.2.0/24,2001:db8::/32",
    "STRIPE_SECRET_KEY": "sk_live_" + "forachecktonly",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_" + "forachecktonly",
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "forachecktonly",
    "PROVIDER_ACCOUNTS": "west-end,arena,harbour,stadium",
    "ACCOUNT_ARENA_KIND": "tickethead",
    "ACCOUNT_ARENA_LIVE": "yes",
    "ACCOUNT_HARBOUR_KIND": "spektrix",
    "ACCOUNT_HARBOUR_CLIENT_NAME": "harbourtheatre",
    "ACCOUNT_HARBOUR_CUSTOM_DOMAIN": "https://tickets.harbourtheatre.example",
    "ACCOUNT_HARBOUR_API_USER": "foyer",
    "ACCOUNT_HARBOUR_SECRET": "Zm9yLWEtY2hlY2stb25seS1mb3ItYS1jaGVjay1vbmx5LWZvci1hLWNoZWNrLW9ubHkh",
    "ACCOUNT_HARBOUR_LIVE": "yes",
    "ACCOUNT_STADIUM_KIND": "xs2event",
    "ACCOUNT_STADIUM_API_KEY": "for-a-check-only",
    "ACCOUNT_STADIUM_FEE_PER_TICKET": "EUR:350",
    "ACCOUNT_STADIUM_MARGIN_PERCENT": "12.5",
    "ACCOUNT_STADIUM_BOOKING_EMAIL": "bookings@example.org",
    "ACCOUNT_STADIUM_LIVE": "yes",
}


def check(room: Path, env: dict[str, str]) -> tuple[int, set[str], str]:
    """(exit code, ids, what was said) of the command in a process of its own."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("ACCOUNT_", "PROVIDER_", "DJANGO_", "STRIPE_", "ADMIN_"))
    }
    for name in ("TESTING", "CLOCK_FILE", "DEMO", "DEBUG"):
        clean.pop(name, None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, capture_output=True, text=True, env={**clean, "RUN_DIR": str(room), **env},
    )  # fmt: skip
    said = done.stdout + done.stderr
    return done.returncode, set(re.findall(r"\((\w+\.[EW]\d+)\)", said)), said


def test_a_shop_with_all_four_systems_and_its_own_till_is_clean(tmp_path: Path) -> None:
    code, ids, said = check(tmp_path, EVERYTHING)
    assert ids == set(), said
    assert code == 0, said


def test_what_is_left_out_is_said_by_name(tmp_path: Path) -> None:
    poor = {
        "SECRET_KEY": "short", "PUBLIC_ORIGIN": "http://tickets.example.org", "ADMIN_TWO_FACTOR": "no",
        "ALLOWED_HOSTS": "*", "TRUSTED_PROXIES": "1", "STAFF_SESSION_HOURS": "200", "DEBUG": "yes",
        "FIELD_KEYS": "short",
    }  # fmt: skip
    code, ids, said = check(tmp_path, poor)
    assert code == 1
    assert {
        "security.W004", "security.W008", "security.W009", "security.W012", "security.W016", "security.W018",
        "shop.W010", "shop.W022", "shop.W023", "shop.W024", "shop.W025", "shop.W062", "shop.W063", "shop.W065",
        "shop.W066", "shop.W067",
    } <= ids, said  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ADMIN_TWO_FACTOR": False}, "shop.W063"),
        ({"BEHIND_PROXY": True, "TRUSTED_PROXIES": 0}, "shop.W065"),
        ({"BEHIND_PROXY": False, "TRUSTED_PROXIES": 1}, "shop.W065"),
        ({"STAFF_SESSION_HOURS": 25}, "shop.W066"),
        ({"STAFF_IDLE_MINUTES": 481}, "shop.W066"),
        ({"ALLOWED_HOSTS": ["*"]}, "shop.W067"),
    ],
)
def test_each_open_door_is_named(settings: Any, change: dict[str, Any], expected: str) -> None:
    settings.ADMIN_TWO_FACTOR, settings.BEHIND_PROXY, settings.TRUSTED_PROXIES = True, True, 1
    settings.ALLOWED_HOSTS = ["tickets.example.org"]
    assert checks_keys.doors(None) == []
    for name, value in change.items():
        setattr(settings, name, value)
    found = checks_keys.doors(None)
    assert [message.id for message in found] == [expected]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    ("account_live", "key", "emails", "expected"),
    [
        (True, "", [], ["shop.W084"]),
        (False, "rk_live_" + "forachecktonly", [], ["shop.W084"]),
        (True, "", [" "], ["shop.W084"]),
        (True, "", ["boxoffice@example.org"], []),
        (False, "sk_test_" + "forachecktonly", [], []),
    ],
)
def test_a_live_shop_whose_staff_nobody_can_tell_is_named(
    settings: Any, account_live: bool, key: str, emails: list[str], expected: list[str]
) -> None:
    settings.PROVIDER_ACCOUNTS = {
        "west-end": AccountConfig(
            name="west-end", kind="londontheatredirect", title="London", base_url="https://x.example.org",
            allowed_hosts=(), live=account_live,
        )
    }  # fmt: skip
    settings.STRIPE_SECRET_KEY, settings.STAFF_EMAILS = key, emails
    found = checks_keeping.staff()
    assert [message.id for message in found] == expected
    assert all(message.hint for message in found)
