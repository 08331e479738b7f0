"""System checks of an account in agent mode."""

from __future__ import annotations

from shop import checks_spektrix
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import LOGIN, SECRET

KEYS = {"api_user": LOGIN, "secret": SECRET}


def found(**changes) -> list[str]:
    given = {"option_mode": "agent", "keys": KEYS, **changes}
    return [str(one.id) for one in checks_spektrix.of(sx.account(**given))]


def test_an_agent_with_credentials_has_nothing_to_complain_about():
    assert found() == []
    assert found(live=True, provider_mails=True) == []


def test_credentials_that_are_missing_or_no_base64_are_an_error():
    assert found(keys={}) == ["shop.E035"]
    assert found(keys={"api_user": LOGIN}) == ["shop.E035"]
    assert found(keys={"api_user": LOGIN, "secret": "not base64!"}) == ["shop.E035"]
    assert found(option_mode="web", keys={}) == []


def test_options_of_the_hosted_checkout_are_named():
    assert found(option_frame="yes") == ["shop.W035"]


def test_whoever_prints_at_home_needs_a_mail_that_leads_there():
    assert found(live=True) == ["shop.W036"]


def test_a_mode_or_a_route_that_does_not_exist_is_an_error():
    assert found(option_mode="reseller") == ["shop.E018"]
    assert found(payment_route="on_account") == ["shop.E018"]
    assert found(payment_route="us") == []
    assert found(option_mode="web", payment_route="us") == ["shop.E018"]
