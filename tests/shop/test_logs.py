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


def test_a_secret_of_the_settings_is_hidden_whoever_added_the_setting(settings):
    from shop import logs

    settings.METRICS_TOKEN, settings.BACKUP_KEY = "metrics-plain", "backup-plain"
    settings.MAIL_WEBHOOK_SECRETS = ["name:webhook-plain"]
    settings.REDIS_URL = "redis://:redis-plain@cache.example.org/0"
    settings.SENTRY_DSN = "https://dsn-plain@sentry.example.org/7"
    logs._known_secrets.cache_clear()
    try:
        for secret in ("metrics-plain", "backup-plain", "webhook-plain", "redis-plain", "dsn-plain"):
            assert secret not in redact(f"and then {secret} was said")
    finally:
        logs._known_secrets.cache_clear()


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("cannot connect to redis://:s3cr3t@10.0.0.5:6379/0", "s3cr3t"),
        ("postgres://foyer:s3cr3t@db/foyer", "s3cr3t"),
        ("cookie q8ftGm1l-b9fH3yT9kVbcyeJ0X1sO2zA was sent", "q8ftGm1l"),
        ("GET /en/?email=ada%40example.org", "ada%40"),
        ("telephone +44 20 7946 0018 is wrong", "7946"),
        ("value gAAAAABl" + "x" * 60 + "==", "xxxxxx"),
        ('DETAIL:  Failing row contains (7, FOY-AAAAAA, Philippa, Quisenberry).', "Philippa"),
        ("DETAIL:  Key (last_name)=(Quisenberry) already exists.", "Quisenberry"),
        ('the row Key (a, b)=(Philippa, 2) is there', "Philippa"),
    ],
)  # fmt: skip
def test_shapes_of_secrets_and_of_people_are_hidden(line, secret):
    assert secret in line
    assert secret not in redact(line)


@pytest.mark.parametrize(
    "line",
    [
        "shop.providers west-end add_tickets 200 ok 41 ms",
        "Task checkout.tasks.sweep[0e3a4c4e-8f0d-4c3b-9a53-2f1c8d3a7b11] succeeded in 0.04s",
        "2026-11-21 16:07:12,345 slow: GET catalog:event_list 200 2301 ms",
        'File "/srv/foyer/checkout/settling.py", line 94, in settle',
        "GET /en/events/a-hundred-years-of-brass-and-more-of-it/ 200",
    ],
)
def test_ordinary_lines_stay_readable(line):
    assert redact(line) == line


def test_a_line_that_does_not_fit_its_values_is_told_without_them_and_breaks_nothing():
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "%d of %s", ("ada@example.org",), None)
    assert Redact().filter(record)
    said = logging.Formatter().format(record)
    assert "%d of %s" in said
    assert "ada@" not in said


@pytest.mark.parametrize("part", ["aA1-", "a.b-", "\n"])
def test_the_work_of_cleaning_a_text_grows_with_its_length_and_not_with_its_square(part):
    """Of a text this long the square is a quarter of an hour: whoever sends a long address keeps nobody busy."""
    assert redact(part * (200_000 // len(part)) + " ada@example.org").endswith(" [e-mail]")


# --- people -------------------------------------------------------------------------------------------------


@pytest.fixture
def traced():
    from shop import tracing

    token = tracing.begin("a-request-id")
    yield tracing
    tracing.end(token)


def written(formatter, level, message, error=None):
    import io

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redact())
    handler.setFormatter(formatter)
    logger = logging.Logger("shop.test")
    logger.addHandler(handler)
    try:
        if error:
            raise error
        logger.log(level, message)
    except Exception:
        logger.exception(message)
    return stream.getvalue()


def test_what_a_request_has_learnt_of_people_is_in_no_line_about_a_mistake(traced):
    from shop.logs import Line

    traced.conceal("Philippa", '{"address_1": "1 Quay Street", "guests": [{"passport": "X1234567"}]}')
    text = written(
        Line(), logging.ERROR, "no order for PHILIPPA", ValueError("1 Quay Street, X1234567, Philippas")
    )
    assert "Philippas" in text  # another word
    for personal in ("PHILIPPA ", "PHILIPPA\n", "1 Quay Street", "X1234567"):
        assert personal not in text
    assert "ValueError" in text


def test_it_is_forgotten_when_the_request_is_over(traced):
    inner = traced.begin()
    traced.conceal("Philippa")
    assert traced.hidden() == {"Philippa"}
    traced.end(inner)
    assert traced.hidden() == set()


def test_what_was_typed_is_hidden_when_the_view_fails(db, client, monkeypatch, caplog):
    from shop import urls

    def broken(request):
        raise RuntimeError(f"cannot write to {request.POST['last_name']}")

    from django.test import override_settings
    from django.urls import path

    class Urls:
        urlpatterns = [path("broken/", broken), *urls.urlpatterns]
        handler500 = urls.handler500

    client.raise_request_exception = False
    handler = logging.getLogger().handlers[0]
    lines = []
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))
    with override_settings(ROOT_URLCONF=Urls):
        answer = client.post("/broken/", {"last_name": "Quisenberry"})
    assert answer.status_code == 500
    text = "\n".join(lines)
    assert "cannot write to [hidden]" in text
    assert "Quisenberry" not in text
    assert answer["X-Request-ID"] in text


def test_what_is_sealed_in_the_database_is_hidden_once_it_was_opened(traced):
    from shop.crypto import EncryptedTextField

    field = EncryptedTextField()
    sealed = field.get_prep_value('{"first_name": "Philippa"}')
    field.from_db_value(sealed, None, None)
    assert "Philippa" in traced.hidden()


# --- ids ----------------------------------------------------------------------------------------------------


def test_a_line_names_request_task_and_order_in_either_format(traced):
    import json

    from shop.logs import Json, Line

    with traced.about("order:12"):
        assert "[a-request-id order:12] well" in written(Line(), logging.INFO, "well")
        said = json.loads(written(Json(), logging.INFO, "well"))
    assert (said["request"], said["about"], said["message"], said["level"]) == (
        "a-request-id",
        "order:12",
        "well",
        "INFO",
    )
    broken = written(Json(), logging.ERROR, "not well", ValueError("ada@example.org"))
    assert broken.count("\n") == 1  # a traceback is in its line
    assert "ValueError" in json.loads(broken)["error"]
    assert "ada@" not in broken


def test_each_answer_carries_an_id_of_its_own(db, client):
    ids = {client.get("/robots.txt")["X-Request-ID"] for _again in range(3)}
    assert len(ids) == 3


def test_an_id_from_outside_counts_behind_a_proxy_of_ours_only(db, client, settings):
    given = {"HTTP_X_REQUEST_ID": "0f3c2a17-from-the-proxy"}
    assert client.get("/robots.txt", **given)["X-Request-ID"] != given["HTTP_X_REQUEST_ID"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/robots.txt", **given)["X-Request-ID"] == given["HTTP_X_REQUEST_ID"]


@pytest.mark.parametrize(
    "odd", ["", "short", "x" * 65, "with space in it", "a\tb\tc\td\te", "<script>alert", "-dashed-first"]
)
def test_an_odd_id_is_replaced_even_then(db, client, settings, odd):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/robots.txt", HTTP_X_REQUEST_ID=odd)["X-Request-ID"] != odd


def test_a_task_takes_request_and_order_along_and_so_does_what_it_queues(traced, settings):
    import json

    from shop import tasks

    folder = settings.BROKER_DIR / "queue"

    def queued():
        before = set(folder.glob("*.msg"))
        tasks.look_for_alerts.delay()
        (new,) = set(folder.glob("*.msg")) - before
        headers = json.loads(new.read_text())["headers"]
        new.unlink()
        return headers

    with traced.about("order:12"):
        headers = queued()
    assert (headers["foyer_request"], headers["foyer_about"]) == ("a-request-id", "order:12")

    class Asked:
        foyer_request, foyer_about = headers["foyer_request"], headers["foyer_about"]

    class Task:
        name, request = "shop.tasks.look_for_alerts", Asked()

    outer = traced.begin()
    traced.take_over(task_id="task-1", task=Task)
    now = traced.current()
    assert (now.request, now.task, now.about) == ("a-request-id", "task-1", "order:12")
    assert queued()["foyer_request"] == "a-request-id"
    traced.let_go(task=Task)
    assert traced.current().request not in ("a-request-id", "")
    traced.end(outer)


def test_a_slow_request_is_a_line_by_its_views_name(db, client, settings, caplog):
    settings.SLOW_REQUEST_SECONDS = 0
    client.get("/en/checkout/order/0123456789abcdefghijklmnopqrstuv/")
    (line,) = [one.getMessage() for one in caplog.records if one.name == "shop.requests"]
    assert line.startswith("slow: GET checkout:order 404 ")
