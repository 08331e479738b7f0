"""`manage.py doctor` says in plain words what is wrong with an account."""

from io import StringIO

import pytest
import responses
from django.core.management import call_command

from shop.providers.accounts import AccountConfig

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://api.example.org/rest/v2"


@pytest.fixture
def account(settings):
    settings.PROVIDER_ACCOUNT_ERRORS = []
    settings.PROVIDER_ACCOUNTS = {
        "west-end": AccountConfig(
            "west-end", "londontheatredirect", "West End", URL, keys={"api_key": "k-123456"}
        )
    }


def doctor():
    out = StringIO()
    code = 0
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as stop:
        code = stop.code
    return code, out.getvalue()


@responses.activate
def test_an_account_that_answers_is_well(account):
    responses.get(f"{URL}/System/HeartBeat", body="true", content_type="application/json")
    responses.get(
        f"{URL}/System/EventTypes", json={"EventTypes": [{"EventTypeId": 1, "EventTypeName": "Musical"}]}
    )
    code, said = doctor()
    assert "well   west-end: londontheatredirect answered in" in said
    assert code == 0


@responses.activate
def test_a_refused_key_is_told_from_a_box_office_that_is_down(account):
    responses.get(f"{URL}/System/HeartBeat", body="<h1>403</h1>", status=403, content_type="text/html")
    code, said = doctor()
    assert code == 1
    refused = next(line for line in said.splitlines() if "west-end" in line)
    responses.reset()
    responses.get(f"{URL}/System/HeartBeat", status=503)
    code, said = doctor()
    assert code == 1
    down = next(line for line in said.splitlines() if "west-end" in line)
    assert refused.startswith("WRONG")
    assert down.startswith("WRONG")
    assert refused != down
    assert "k-123456" not in said


@responses.activate
def test_a_venue_in_another_time_zone_is_said_in_plain_words(settings):
    settings.PROVIDER_ACCOUNT_ERRORS = []
    settings.PROVIDER_ACCOUNTS = {
        "harbour": AccountConfig(
            "harbour",
            "spektrix",
            "Harbour",
            "https://system.spektrix.com",
            options={"client_name": "harbour"},
        )
    }
    api = "https://system.spektrix.com/harbour/api/v3"
    responses.get(f"{api}/events", json=[])
    responses.get(
        f"{api}/instances",
        json=[{"id": "1A", "start": "2030-01-01T19:30:00", "startUtc": "2030-01-02T03:30:00"}],
    )
    code, said = doctor()
    assert code == 1
    assert "TIMEZONE" in next(line for line in said.splitlines() if "harbour" in line)
    responses.replace("GET", f"{api}/instances", json=[])
    code, said = doctor()
    assert "well   harbour: spektrix answered in" in said


def test_no_account_is_said_and_is_no_error(settings):
    settings.PROVIDER_ACCOUNTS, settings.PROVIDER_ACCOUNT_ERRORS = {}, []
    code, said = doctor()
    assert "sells nothing" in said
    assert code == 0


def test_a_wrong_description_of_an_account_is_named(settings):
    settings.PROVIDER_ACCOUNTS = {}
    settings.PROVIDER_ACCOUNT_ERRORS = ["ACCOUNT_X_KIND is 'opera'; it is one of ..."]
    code, said = doctor()
    assert code == 1
    assert "ACCOUNT_X_KIND" in said
