"""`manage.py refresh_catalog`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Event
from shop.claims import claim
from shop.providers.errors import Unavailable
from tests.factories_catalog import Season, event_info, instance_info

pytestmark = pytest.mark.django_db


def call(*names: str) -> str:
    out = StringIO()
    call_command("refresh_catalog", *names, stdout=out)
    return out.getvalue()


def test_every_account_is_read_and_told_in_true_numbers(season: Season) -> None:
    season.add(event_info(), instance_info("a"), instance_info("b"))
    said = call()
    assert "west-end: 1 events and 2 dates read, 4 rows written, 0 marked gone, 0 left out" in said
    assert "arena: 1 events and 2 dates read" in said
    assert "0 rows written" in call("west-end")


def test_one_account_can_be_named(season: Season) -> None:
    season.add(event_info(), instance_info())
    call("arena")
    assert [row.account.name for row in Event.objects.all()] == ["arena"]


def test_an_unknown_account_is_named_and_the_known_ones_too(season: Season) -> None:
    with pytest.raises(CommandError, match=r"No such account: nobody\. Configured: west-end, arena"):
        call("nobody")


def test_nothing_configured_says_what_to_set(season: Season, settings: object) -> None:
    settings.PROVIDER_ACCOUNTS = {}  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="PROVIDER_ACCOUNTS"):
        call()


def test_a_failure_is_told_and_ends_with_an_error(season: Season) -> None:
    season.down = Unavailable("events: HTTP 500")
    with pytest.raises(CommandError, match="Not refreshed: west-end"):
        call("west-end")


def test_a_refresh_that_runs_already_is_no_error(season: Season) -> None:
    with claim("refresh:west-end"):
        assert "being refreshed already" in call("west-end")
