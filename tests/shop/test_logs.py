"""Secrets and personal data reach no log."""

import logging

import pytest

from shop.logs import Redact, redact
from shop.providers.accounts import AccountConfig


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("token eyJhbGciOi.eyJpZCI6MX0.c2ln was refused", "eyJhbGciOi"),
        ("client secret pi_0001_secret_abc", "secret_abc"),
        ("with pk_test_standin and sk_live_1", "sk_live_1"),
        ('{"Api-Key": "f00f00"}', "f00f00"),
        ("mail to ada@example.org failed", "ada@example.org"),
        ("card 4242 4242 4242 4242 declined", "4242 4242"),
        ("GET /en/checkout/order/0123456789abcdefghijklmnopqrstuv/ 200", "0123456789abcdef"),
        ("GET /en/checkout/guest/0123456789abcdefghijklmnopqrstuv/ 404", "0123456789abcdef"),
        ("GET /en/checkout/charged/17:0123456789abcdefghijklmnopqrstuvwxyz-_A/ 302", "0123456789abcdef"),
        ("GET /ETickets/DownloadETicket.ashx?pid=c420bac1-601e", "c420bac1"),
    ],
)
def test_what_must_not_be_read_is_hidden(line, secret):
    assert secret in line
    assert secret not in redact(line)


def test_the_key_of_a_configured_account_is_hidden_wherever_it_appears(settings):
    from shop import logs

    settings.PROVIDER_ACCOUNTS = {
        "a": AccountConfig(
            "a", "londontheatredirect", "A", "https://x.test", keys={"api_key": "plain-looking"}
        )
    }
    logs._known_secrets.cache_clear()
    try:
        assert redact("sent plain-looking to them") == "sent [hidden] to them"
    finally:
        logs._known_secrets.cache_clear()


def test_a_traceback_is_cleaned_too():
    try:
        raise ValueError("ada@example.org")
    except ValueError:
        import sys

        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "failed for %s", ("bob@example.org",), sys.exc_info()
        )
    assert Redact().filter(record)
    text = logging.Formatter().format(record)
    assert "ada@" not in text
    assert "bob@" not in text
    assert "ValueError" in text
