"""Wrong settings are said by id, with a hint, before they do harm."""

import pytest

from shop import checks
from shop.providers.accounts import AccountConfig, AccountError, read_account


def ids(found):
    assert all(message.hint for message in found)
    return {message.id for message in found}


def account(**changes):
    base = {"name": "w", "kind": "londontheatredirect", "title": "W", "base_url": "https://api.example.org",
            "keys": {"api_key": "k"}}  # fmt: skip
    return AccountConfig(**{**base, **changes})


def test_a_shop_without_accounts_says_that_it_sells_nothing(settings):
    settings.PROVIDER_ACCOUNTS, settings.PROVIDER_ACCOUNT_ERRORS = {}, []
    assert ids(checks.accounts(None)) == {"shop.W010"}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"keys": {}}, "shop.E012"),
        ({"timezone": "Mars/Base"}, "shop.E013"),
        ({"base_url": "nonsense"}, "shop.E014"),
        ({"base_url": "http://api.example.org"}, "shop.E015"),
        ({"kind": "box-office", "keys": {}}, "shop.E011"),
        ({"kind": "xs2event", "keys": {}}, "shop.E012"),
        ({"payment_route": "on_account"}, "shop.E040"),
        ({"payment_route": "there"}, "shop.E040"),
        ({"kind": "tickethead", "payment_route": "account"}, "shop.E040"),
    ],
)
def test_a_wrong_account_is_named(settings, wrong, expected):
    settings.PROVIDER_ACCOUNTS = {"w": account(**wrong)}
    assert expected in ids(checks.accounts(None))


def test_an_account_may_be_paid_on_account_or_as_its_provider_does(settings):
    settings.PROVIDER_ACCOUNTS = {"a": account(name="a", payment_route="account"), "b": account(name="b")}
    assert ids(checks.accounts(None)) == set()


def test_play_tickets_are_sold_by_the_demo_only(settings):
    settings.PROVIDER_ACCOUNTS = {"w": account(base_url="http://127.0.0.1:8001/ltd")}
    settings.TESTING, settings.DEMO = False, False
    assert ids(checks.accounts(None)) == {"shop.E016"}
    settings.DEMO = True
    assert ids(checks.accounts(None)) == set()


def test_an_accounts_own_domain_is_one_of_its_hosts():
    given = {"ACCOUNT_W_KIND": "spektrix", "ACCOUNT_W_CUSTOM_DOMAIN": "https://tickets.example.org",
             "ACCOUNT_W_ALLOWED_HOSTS": "images.example.org"}  # fmt: skip
    found = read_account("w", given, {"spektrix": {"BASE_URL": "https://system.spektrix.com"}})
    assert found.allowed_hosts == ("images.example.org", "tickets.example.org")


def test_live_and_test_accounts_are_never_mixed(settings):
    settings.PROVIDER_ACCOUNTS = {"a": account(name="a", live=True), "b": account(name="b")}
    assert "shop.E017" in ids(checks.accounts(None))


def test_the_demo_stays_on_this_machine(settings):
    settings.DEMO, settings.PUBLIC_ORIGIN = True, "https://tickets.example.org"
    assert "shop.E001" in ids(checks.demo(None))


def test_a_moved_clock_is_refused_outside_demo_and_tests(settings):
    settings.CLOCK_FILE_GIVEN, settings.CLOCK_FILE = "/somewhere/clock", ""
    assert "shop.E004" in ids(checks.demo(None))


def test_an_account_is_read_from_the_environment():
    found = read_account(
        "west-end",
        {"ACCOUNT_WEST_END_KIND": "londontheatredirect", "ACCOUNT_WEST_END_API_KEY": "k", "ACCOUNT_WEST_END_LIVE": "yes",
         "ACCOUNT_WEST_END_ALLOWED_HOSTS": "a.test, b.test", "ACCOUNT_WEST_END_AFFILIATE": "7"},
        {"londontheatredirect": {"BASE_URL": "https://api.example.org/rest/v2/"}},
    )  # fmt: skip
    assert found.base_url == "https://api.example.org/rest/v2"
    assert found.keys == {"api_key": "k"}
    assert found.live
    assert found.allowed_hosts == ("a.test", "b.test")
    assert found.option("affiliate") == "7"
    assert "k" not in repr(found).replace("kind", "")[20:60] or "api_key" not in repr(found)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("KIND", "tickitmaster"), ("LIVE", "perhaps"), ("RATE_PER_SECOND", "fast")],
)
def test_a_wrong_variable_is_named_in_the_message(variable, value):
    environ = {
        "ACCOUNT_X_KIND": "tickethead",
        "ACCOUNT_X_BASE_URL": "https://x.test",
        f"ACCOUNT_X_{variable}": value,
    }
    with pytest.raises(AccountError, match=f"ACCOUNT_X_{variable}"):
        read_account("x", environ, {})
