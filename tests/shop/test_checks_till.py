"""Wrong keys of our own till are said by id, with a hint, and never printed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core import checks as django_checks

from shop import checks_till
from shop.providers.accounts import AccountConfig

SECRET, PUBLIC = "sk_test_51AbCdEfGh", "pk_test_51AbCdEfGh"
LIVE_SECRET, LIVE_PUBLIC = "sk_live_51AbCdEfGh", "pk_live_51AbCdEfGh"


@pytest.fixture(autouse=True)
def till(settings: Any) -> Any:
    """A till that is right, in test mode, outside the demo."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = SECRET, PUBLIC
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_abc"]
    settings.STRIPE_API_BASE = "https://api.stripe.com"
    settings.STRIPE_JS_URL = "https://js.stripe.com/endive/stripe.js"
    settings.PROVIDER_ACCOUNTS = {}
    settings.DEMO = settings.DEBUG = settings.TESTING = False
    return settings


def ids() -> set[str | None]:
    found = checks_till.till(None)
    for message in found:
        assert message.hint
        for key in (SECRET, PUBLIC, LIVE_SECRET, LIVE_PUBLIC, "51AbCdEfGh", "whsec_abc", "hunter2"):
            assert key not in f"{message.msg} {message.hint}"
    return {message.id for message in found}


def account(name: str = "w", *, live: bool = False) -> AccountConfig:
    return AccountConfig(name=name, kind="fake", title="W", base_url="https://x.example.org", live=live)


def test_they_are_among_the_checks_of_the_project(till: Any) -> None:
    till.STRIPE_SECRET_KEY = "hunter2"
    assert "shop.E050" in {message.id for message in django_checks.run_checks()}


def test_a_till_that_is_right_is_not_mentioned() -> None:
    assert ids() == set()


def test_a_restricted_key_is_as_good(till: Any) -> None:
    till.STRIPE_SECRET_KEY = "rk_test_51AbCdEfGh"
    assert ids() == set()


def test_a_shop_without_a_till_is_not_asked_for_keys(till: Any) -> None:
    till.STRIPE_SECRET_KEY = till.STRIPE_PUBLISHABLE_KEY = ""
    till.STRIPE_WEBHOOK_SECRETS = []
    assert ids() == set()


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("STRIPE_SECRET_KEY", "hunter2", "shop.E050"), ("STRIPE_SECRET_KEY", PUBLIC, "shop.E050"),
        ("STRIPE_SECRET_KEY", f" {SECRET}", "shop.E050"), ("STRIPE_SECRET_KEY", f"{SECRET}\n", "shop.E050"),
        ("STRIPE_SECRET_KEY", f'"{SECRET}"', "shop.E050"), ("STRIPE_SECRET_KEY", "sk_test_", "shop.E050"),
        ("STRIPE_PUBLISHABLE_KEY", "hunter2", "shop.E051"), ("STRIPE_PUBLISHABLE_KEY", SECRET, "shop.E051"),
        ("STRIPE_WEBHOOK_SECRETS", ["hunter2"], "shop.E052"), ("STRIPE_WEBHOOK_SECRETS", ["whsec_a", ""], "shop.E052"),
    ],
)  # fmt: skip
def test_what_is_no_key_is_said(till: Any, setting: str, value: Any, expected: str) -> None:
    setattr(till, setting, value)
    assert ids() == {expected}


def test_a_secret_key_in_the_place_of_the_publishable_one_is_named_as_such(till: Any) -> None:
    till.STRIPE_PUBLISHABLE_KEY = SECRET
    (message,) = checks_till.till(None)
    assert "every visitor" in message.msg


@pytest.mark.parametrize(
    "keys", [(SECRET, LIVE_PUBLIC), (LIVE_SECRET, PUBLIC), ("rk_live_51AbCdEfGh", PUBLIC)]
)
def test_keys_of_two_modes_are_mixed(till: Any, keys: tuple[str, str]) -> None:
    till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = keys
    assert ids() == {"shop.E053"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("STRIPE_API_BASE", "http://127.0.0.1:8001/stripe"), ("STRIPE_API_BASE", "http://api.stripe.com"),
        ("STRIPE_API_BASE", "https://api.stripe.com.example.org"), ("STRIPE_API_BASE", "https://api.stripe.com:8443"),
        ("STRIPE_API_BASE", "https://api.stripe.com/v2"), ("STRIPE_API_BASE", ""),
        ("STRIPE_JS_URL", "https://example.org/js.stripe.com/stripe.js"), ("STRIPE_JS_URL", "http://js.stripe.com/x.js"),
        ("STRIPE_JS_URL", "https://notjs.stripe.com/x.js"),
    ],
)  # fmt: skip
def test_a_live_key_beside_an_imitation_is_refused_in_demo_and_tests_too(
    till: Any, setting: str, value: str
) -> None:
    setattr(till, setting, value)
    assert ids() == {"shop.E059"}
    till.TESTING = True
    assert ids() == set()
    till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = LIVE_SECRET, LIVE_PUBLIC
    assert ids() == {"shop.E054"}


@pytest.mark.parametrize("switch", ["DEMO", "DEBUG"])
def test_a_live_key_with_demo_or_debug_is_refused(till: Any, switch: str) -> None:
    setattr(till, switch, True)
    assert ids() == set()
    till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = LIVE_SECRET, LIVE_PUBLIC
    assert ids() == {"shop.E055"}


def test_keys_and_accounts_are_of_one_mode(till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_till, "need_it", list)
    for live in (False, True):
        till.PROVIDER_ACCOUNTS = {"w": account(live=live)}
        till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = SECRET, PUBLIC
        assert ids() == ({"shop.E056"} if live else set())
        till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = LIVE_SECRET, LIVE_PUBLIC
        assert ids() == (set() if live else {"shop.E056"})


def test_an_account_that_is_paid_to_us_needs_both_keys(till: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    till.PROVIDER_ACCOUNTS = {
        "ours": account("ours"),
        "theirs": account("theirs"),
        "broken": account("broken"),
    }

    def provider(name: str) -> Any:
        if name == "broken":
            raise ValueError("no such time zone")
        return SimpleNamespace(capabilities=SimpleNamespace(payment="us" if name == "ours" else "there"))

    monkeypatch.setattr(checks_till.registry, "provider", provider)
    assert ids() == set()
    till.STRIPE_PUBLISHABLE_KEY = ""
    assert ids() == {"shop.E057"}
    till.STRIPE_SECRET_KEY, till.STRIPE_WEBHOOK_SECRETS = "", []
    (message,) = checks_till.till(None)
    assert (message.id, "ours" in message.msg, "theirs" in message.msg) == ("shop.E057", True, False)


def test_one_key_without_the_other_is_a_warning_where_nobody_needs_them(till: Any) -> None:
    till.STRIPE_PUBLISHABLE_KEY = ""
    assert ids() == {"shop.W050"}
    till.STRIPE_SECRET_KEY, till.STRIPE_PUBLISHABLE_KEY = "", PUBLIC
    assert ids() == {"shop.W050"}


@pytest.mark.parametrize("secrets", [[], [""]])
def test_a_key_without_a_signing_secret_is_refused(till: Any, secrets: list[str]) -> None:
    till.STRIPE_WEBHOOK_SECRETS = secrets
    assert "shop.E058" in ids()
