"""`manage.py doctor` says in plain words what is wrong with an account."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import StringIO

import pytest
import requests
import responses
import stripe
from django.core.management import call_command

from checkout.payments import messages
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


# --- our own till -------------------------------------------------------------------------------------------

TILL = "https://api.stripe.com"
HOOK = "http://testserver/checkout/webhooks/stripe/"


@pytest.fixture
def till(settings):
    settings.PROVIDER_ACCOUNTS, settings.PROVIDER_ACCOUNT_ERRORS = {}, []
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_test_hidden1", "pk_test_hidden1"
    settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_API_BASE = ["whsec_hidden1"], TILL
    settings.STRIPE_MAX_RETRIES = 0
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answers(till, *endpoints, seconds=0, **more):
    stamp = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    said = {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents", **more}
    till.get(f"{TILL}/v1/payment_intents", json=said, headers={"Date": stamp})
    till.get(
        f"{TILL}/v1/webhook_endpoints",
        json={"object": "list", "data": list(endpoints), "has_more": False, "url": "/v1/webhook_endpoints"},
    )


def endpoint(**changes):
    return {
        "id": "we_1", "object": "webhook_endpoint", "url": HOOK, "status": "enabled", "livemode": False,
        "enabled_events": list(messages.KINDS), "api_version": stripe.api_version, **changes,
    }  # fmt: skip


def stripe_lines(said):
    assert "hidden1" not in said
    return [line for line in said.splitlines() if "Stripe:" in line]


def test_a_till_that_works_is_well(till):
    answers(till, endpoint())
    code, said = doctor()
    lines = stripe_lines(said)
    assert code == 0
    assert all(line.startswith("well ") for line in lines)
    assert "test mode" in said
    assert "agree" in said
    assert "right events" in said
    assert len(lines) == 4


def test_no_key_is_said_and_is_no_error(till, settings):
    settings.STRIPE_SECRET_KEY = settings.STRIPE_PUBLISHABLE_KEY = ""
    settings.STRIPE_WEBHOOK_SECRETS = []
    code, said = doctor()
    assert (code, "nothing is sold through our own till" in said, len(till.calls)) == (0, True, 0)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "invalid_request_error", "refused by api.stripe.com"),
        (403, "invalid_request_error", "may not read payments"),
        (500, "api_error", "cannot be reached"),
        (429, "rate_limit_error", "cannot be reached"),
    ],
)
def test_what_is_wrong_with_the_key_or_the_way_to_it_is_said_in_words(till, status, kind, words):
    till.get(
        f"{TILL}/v1/payment_intents",
        status=status,
        json={"error": {"type": kind, "message": "sk_test_hidden1"}},
    )
    code, said = doctor()
    assert code == 1
    (line,) = stripe_lines(said)
    assert line.startswith("WRONG")
    assert words in line


def test_an_address_where_nobody_answers_is_said(till):
    till.get(f"{TILL}/v1/payment_intents", body=requests.exceptions.ConnectionError("no"))
    code, said = doctor()
    assert (code, "cannot be reached" in said) == (1, True)


@pytest.mark.parametrize(
    ("seconds", "words"), [(120, "behind theirs"), (-120, "ahead of theirs"), (30, "agree")]
)
def test_a_clock_that_differs_by_more_than_a_minute_is_wrong(till, seconds, words):
    answers(till, endpoint(), seconds=seconds)
    code, said = doctor()
    assert (code, words in said) == (int(abs(seconds) > 60), True)


def test_a_missing_or_other_publishable_key_is_said(till, settings):
    answers(till, endpoint())
    for key, words in (("", "publishable key is missing"), ("pk_live_hidden1", "of the other mode")):
        settings.STRIPE_PUBLISHABLE_KEY = key
        code, said = doctor()
        assert (code, words in said) == (1, True)


def test_payments_of_the_other_mode_are_noticed(till):
    answers(till, endpoint(), data=[{"id": "pi_1", "object": "payment_intent", "livemode": True}])
    code, said = doctor()
    assert (code, "other mode than the key says" in said) == (1, True)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "no webhook endpoint is registered for"),
        ([{"url": "https://elsewhere.example.org/hook"}], "no webhook endpoint is registered for"),
        ([{"status": "disabled"}], "switched off"),
        ([{"enabled_events": ["payment_intent.succeeded"]}], "refund.failed"),
        ([{"api_version": "2020-08-27"}], "2020-08-27"),
    ],
)
def test_an_endpoint_that_is_not_right_is_said(till, found, words):
    answers(till, *(endpoint(**changes) for changes in found))
    code, said = doctor()
    assert (code, words in said) == (1, True)


def test_an_endpoint_for_every_event_is_as_good_and_one_that_cannot_be_listed_is_no_error(till):
    answers(till, endpoint(enabled_events=["*"]))
    assert doctor()[0] == 0
    till.upsert(
        "GET", f"{TILL}/v1/webhook_endpoints", status=403, json={"error": {"type": "invalid_request_error"}}
    )
    code, said = doctor()
    assert (code, "was not looked up" in said) == (0, True)


def test_on_ones_own_machine_a_missing_endpoint_is_no_error(till, settings):
    settings.PUBLIC_ORIGIN = "http://127.0.0.1:8000"
    answers(till)
    code, said = doctor()
    assert (code, "forwarder" in said) == (0, True)
