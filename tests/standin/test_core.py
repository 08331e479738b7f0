"""The core of the stand-in: state, clock, faults, journal, control, transport, process."""

from __future__ import annotations

import io
import signal
import socket
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from shop.standin.__main__ import main
from shop.standin.clock import Clock
from shop.standin.faults import Faults
from shop.standin.journal import without_card
from shop.standin.programme import Pattern, Runs, curtains, horizon, slug
from shop.standin.store import Store
from shop.standin.wsgi import make_app
from tests.standin.ltd_caller import ORIGIN, Caller, in_process

# Store, clock


def test_what_is_written_is_undone_when_anything_inside_fails(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")

    def half_done() -> None:
        with store.write() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', '1')")
            with store.write() as inner:
                inner.execute("INSERT INTO meta VALUES ('b', '2')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    with store.read() as connection:
        assert connection.execute("SELECT COUNT(*) FROM meta").fetchone()[0] == 0


def test_a_read_inside_a_write_sees_what_was_just_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    with store.write() as connection:
        connection.execute("INSERT INTO meta VALUES ('a', '1')")
        with store.read() as inner:
            assert inner.execute("SELECT value FROM meta").fetchone()["value"] == "1"


def test_the_state_file_is_in_wal_mode(tmp_path: Path) -> None:
    Store(tmp_path / "s.sqlite3")
    with sqlite3.connect(tmp_path / "s.sqlite3") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_the_clock_keeps_its_offset_in_the_state(tmp_path: Path) -> None:
    clock = Clock(Store(tmp_path / "s.sqlite3"))
    clock.set_offset(3600)
    clock.advance(-600)
    again = Clock(Store(tmp_path / "s.sqlite3"))
    assert again.offset() == 3000
    assert abs(again.now() - datetime.now(UTC) - timedelta(seconds=3000)) < timedelta(seconds=30)


# Faults


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    return Faults(Store(tmp_path / "f.sqlite3"))


def test_a_fault_strikes_as_often_as_it_was_charged(faults: Faults) -> None:
    faults.add({"world": "ltd", "name": "sold_out", "times": 2, "note": "x"})
    assert faults.is_on("ltd", "sold_out") == {"name": "sold_out", "note": "x"}
    assert faults.take("ltd", "sold_out") == {"name": "sold_out", "note": "x"}
    assert faults.take("stripe", "sold_out") is None
    assert faults.take("ltd", "sold_out")
    assert faults.take("ltd", "sold_out") is None
    assert faults.all() == []


def test_a_fault_lets_the_calls_pass_that_it_skips(faults: Faults) -> None:
    faults.add({"world": "ltd", "name": "sold_out", "skip": 2})
    assert [bool(faults.take("ltd", "sold_out")) for _ in range(4)] == [False, False, True, False]


def test_a_fault_without_an_end_strikes_until_it_is_switched_off(faults: Faults) -> None:
    number = faults.add({"world": "ltd", "name": "sold_out", "times": -1})
    assert all(faults.take("ltd", "sold_out") for _ in range(5))
    faults.clear(fault_id=number)
    assert faults.take("ltd", "sold_out") is None


def test_a_fault_can_be_narrowed_to_one_basket(faults: Faults) -> None:
    faults.add({"world": "ltd", "name": "sold_out", "where": {"basket_id": "b"}})
    assert faults.take("ltd", "sold_out", basket_id="a") is None
    assert faults.take("ltd", "sold_out", basket_id="b")


@pytest.mark.parametrize(
    "spec",
    [
        {"name": "sold_out"},
        {"world": "ltd"},
        {"world": "ltd", "match": "POST /x", "kind": "nonsense"},
        {"world": "ltd", "match": "/x", "kind": "drop"},
        {"world": "ltd", "name": "sold_out", "times": 0},
        {"world": "ltd", "name": "sold_out", "times": "often"},
        {"world": "ltd", "name": "price_changed", "by": "a lot"},
        {"world": "ltd", "name": "sold_out", "where": "here"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(faults: Faults, spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        faults.add(spec)
    assert faults.all() == []


def test_a_transport_fault_matches_method_and_path_of_its_world(faults: Faults) -> None:
    spec = {"match": "POST /Baskets/*/Tickets", "kind": "drop", "times": -1}
    faults.add({"world": "ltd", **spec})
    assert faults.take_transport("ltd", "POST", "/Baskets/7/Tickets")
    assert not faults.take_transport("ltd", "DELETE", "/Baskets/7/Tickets")
    assert not faults.take_transport("ltd", "POST", "/Baskets")
    assert not faults.take_transport("stripe", "POST", "/Baskets/7/Tickets")


NEW_BASKET = "POST /rest/v2/Baskets"


def baskets(ltd: Caller) -> int:
    return len(ltd.books()["baskets"])


def test_a_status_fault_answers_without_doing_the_work(ltd: Caller) -> None:
    ltd.fault(
        match=NEW_BASKET, kind="status", status=503, body={"Message": "later"}, headers={"Retry-After": "9"}
    )
    answer = ltd.post("/Baskets")
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (
        503,
        {"Message": "later"},
        "9",
    )
    assert baskets(ltd) == 0
    assert ltd.post("/Baskets").status_code == 200


def test_a_lost_answer_means_the_work_was_done(ltd: Caller) -> None:
    ltd.fault(match=NEW_BASKET, kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        ltd.post("/Baskets")
    assert baskets(ltd) == 1


def test_a_lost_answer_can_be_a_status_or_a_stall(ltd: Caller) -> None:
    ltd.fault(match=NEW_BASKET, kind="lost_answer", status=502)
    assert ltd.post("/Baskets").status_code == 502
    ltd.fault(match=NEW_BASKET, kind="lost_answer", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        ltd.post("/Baskets", timeout=(3, 10))
    assert baskets(ltd) == 2


def test_a_dropped_connection_did_nothing(ltd: Caller) -> None:
    ltd.fault(match=NEW_BASKET, kind="drop")
    with pytest.raises(requests.ConnectionError):
        ltd.post("/Baskets")
    assert baskets(ltd) == 0


@pytest.mark.parametrize(
    ("seconds", "patience", "in_time"), [(20, 10, False), (5, 10, True), (20, None, True)]
)
def test_a_slow_answer_beats_only_a_patient_caller(
    ltd: Caller, seconds: int, patience: int | None, in_time: bool
) -> None:
    ltd.fault(match=NEW_BASKET, kind="slow", seconds=seconds)
    if in_time:
        assert ltd.post("/Baskets", timeout=patience).status_code == 200
    else:
        with pytest.raises(requests.ReadTimeout):
            ltd.post("/Baskets", timeout=patience)
    assert baskets(ltd) == 1


@pytest.mark.parametrize(
    ("kind", "status", "starts"),
    [
        ("html", 200, "<!DOCTYPE html>"),
        ("empty", 200, ""),
        ("garbage", 200, '{"Success": tru'),
        ("too_many", 429, "Too"),
    ],
)
def test_answers_that_are_not_data(ltd: Caller, kind: str, status: int, starts: str) -> None:
    ltd.fault(match="GET /rest/v2/Venues", kind=kind)
    answer = ltd.get("/Venues")
    assert answer.status_code == status
    assert answer.text[: len(starts) or None] == starts
    assert ("Retry-After" in answer.headers) == (kind == "too_many")


def test_a_broken_answer_can_follow_after_the_work(ltd: Caller) -> None:
    ltd.fault(match=NEW_BASKET, kind="garbage", after=True)
    with pytest.raises(requests.JSONDecodeError):
        ltd.post("/Baskets").json()
    assert baskets(ltd) == 1


# Journal


def test_the_journal_shows_what_was_sent_but_no_key(ltd: Caller) -> None:
    ltd.post("/Baskets", {"Hello": "there"})
    call = ltd.control("/journal?path=*/Baskets")["calls"][-1]
    assert (call["world"], call["method"], call["path"]) == ("ltd", "POST", "/ltd/rest/v2/Baskets")
    assert (call["body"], call["status"], call["fault"]) == ('{"Hello": "there"}', 200, None)
    assert '"BasketId"' in call["response"]
    assert call["headers"]["Api-Key"].startswith("fp:")
    assert "demo-ltd-key" not in ltd.http.get(f"{ORIGIN}/_standin/journal").text


def test_two_keys_have_two_fingerprints(ltd: Caller) -> None:
    ltd.get("/Venues")
    Caller(key="second-ltd-key", app=ltd.app).get("/Venues")
    prints = [call["headers"]["Api-Key"] for call in ltd.control("/journal")["calls"]]
    assert len(set(prints)) == 2


def test_the_journal_tells_dropped_calls_and_the_fault(ltd: Caller) -> None:
    ltd.fault(match=NEW_BASKET, kind="lost_answer")
    with pytest.raises(requests.ConnectionError):
        ltd.post("/Baskets")
    call = ltd.control("/journal?method=POST")["calls"][-1]
    assert (call["status"], call["fault"]) == (None, "lost_answer")


def test_the_journal_is_read_from_an_id_on(ltd: Caller) -> None:
    ltd.get("/Venues")
    last = ltd.control("/journal")["last_id"]
    ltd.get("/Venues/71")
    assert [call["path"] for call in ltd.control(f"/journal?since_id={last}")["calls"]] == [
        "/ltd/rest/v2/Venues/71"
    ]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("number=4000000000000002&cvc=111", "number=card:0002&cvc=***"),
        ("card[number]=4000+0000+0000+0002&card[cvc]=123", "card[number]=card:0002&card[cvc]=***"),
        ('{"password": "1234"}', '{"password": "***"}'),
        ('{"Tickets": [141745744, 141745743]}', '{"Tickets": [141745744, 141745743]}'),
        ('{"StateCode": "GB", "Phone": "020 7946 0645"}', '{"StateCode": "GB", "Phone": "020 7946 0645"}'),
    ],
)
def test_no_card_reaches_the_journal(text: str, masked: str) -> None:
    assert without_card(text) == masked


# Control


def status_of(app: Any, **environ: str) -> int:
    seen: list[str] = []
    base = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/_standin/",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8001",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8001",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    list(app({**base, **environ}, lambda status, headers, exc_info=None: seen.append(status)))
    return int(seen[0].split()[0])


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"HTTP_HOST": "tickets.foyer.localhost:8001"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 404),
        ({"HTTP_HOST": "rebound.example.org"}, 404),
        ({"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 404),
        (
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/_standin/reset",
                "HTTP_ORIGIN": "http://evil.example.org",
            },
            403,
        ),
        (
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/_standin/reset",
                "HTTP_ORIGIN": "http://127.0.0.1:8001",
            },
            200,
        ),
    ],
)
def test_only_this_machine_may_touch_the_controls(ltd: Caller, environ: dict[str, str], status: int) -> None:
    assert status_of(ltd.app, **environ) == status


def test_a_control_call_that_makes_no_sense_gets_a_sentence(ltd: Caller) -> None:
    url = f"{ORIGIN}/_standin"
    for path, body in (
        ("/clock", "{}"),
        ("/clock", "[1]"),
        ("/faults", "not json"),
        ("/reset", '{"world":"mars"}'),
    ):
        answer = ltd.http.post(url + path, data=body)
        assert answer.status_code == 400
        assert " " in answer.json()["error"]
    assert ltd.http.get(f"{url}/nowhere").status_code == 404
    assert ltd.http.put(f"{url}/clock").status_code == 405


def test_a_person_is_led_back_to_the_page_and_sees_errors_there(ltd: Caller) -> None:
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{ORIGIN}/_standin"
    done = ltd.http.post(
        f"{url}/clock", data={"advance_seconds": "60"}, headers=headers, allow_redirects=False
    )
    assert (done.status_code, done.headers["Location"]) == (303, "/_standin/")
    bad = ltd.http.post(f"{url}/faults", data={"world": "ltd", "match": "x", "kind": "drop"}, headers=headers)
    assert bad.status_code == 400
    assert 'role="alert"' in bad.text
    page = ltd.http.get(f"{url}/")
    assert page.status_code == 200
    assert "pay, never come back" not in page.text
    ltd.gate(ltd.held())
    assert "pay, never come back" in ltd.http.get(f"{url}/").text


def test_a_reset_forgets_everything_or_one_world(ltd: Caller) -> None:
    ltd.held()
    ltd.control("/ltd/events/5101", {"name": "Other"})
    ltd.fault(name="sold_out")
    ltd.control("/reset", {"world": "ltd"})
    assert ltd.books()["baskets"] == []
    assert ltd.get("/Events/5101").json()["Event"]["Name"] == "The Paper Lantern"
    assert ltd.control("/faults")["faults"]
    ltd.control("/reset", {})
    assert ltd.control("/faults")["faults"] == []
    assert ltd.control("/clock")["offset_seconds"] == 0


def test_an_unknown_address_is_not_found(ltd: Caller) -> None:
    for path in ("/", "/ltdx/rest/v2/Events", "/posters/ltd/1.svg", "/posters/mars/5101.svg"):
        assert ltd.http.get(ORIGIN + path).status_code == 404


def test_an_oversized_body_is_refused(ltd: Caller) -> None:
    answer = ltd.http.post(f"{ltd.base}/Baskets", data=b"x" * 1_000_001)
    assert answer.status_code == 413


# Programme


def test_a_run_comes_round_again_and_never_on_christmas_day() -> None:
    runs, pattern = Runs(weeks=6, cycle=20, phase=3), Pattern.of(fri="19:30", sat="14:30 19:30")
    day = datetime(2026, 11, 21, tzinfo=UTC).date()
    first, last = runs.window(day)
    assert first > day
    assert (last - first).days == 6 * 7 - 1
    assert runs.window(last) == (first, last)
    assert runs.window(last + timedelta(days=1))[0] == first + timedelta(weeks=20)
    played = list(
        curtains(
            pattern,
            Runs(),
            datetime(2026, 12, 18, tzinfo=UTC).date(),
            datetime(2027, 1, 2, tzinfo=UTC).date(),
        )
    )
    assert (12, 25) not in {(day.month, day.day) for day, _, _ in played}
    assert len(played) == 8


def test_the_season_is_sold_half_a_year_ahead_and_moves_on_once_in_four_weeks() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC).date()
    ends = [(start + timedelta(days=n), horizon(start + timedelta(days=n))) for n in range(200)]
    assert all(150 <= (end - day).days <= 178 for day, end in ends)
    assert len({end for _, end in ends}) <= 9


def test_slugs_are_plain() -> None:
    assert slug("Captain Thimble's Very Small Voyage") == "captain-thimbles-very-small-voyage"


# Transport and process


def test_the_adapter_keeps_cookies_and_streams(tmp_path: Path) -> None:
    ltd = in_process(tmp_path)
    answer = ltd.http.get(f"{ltd.base}/Events", stream=True)
    assert answer.raw.read(11) == b'{"Events":['


def test_the_process_listens_on_loopback_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "0.0.0.0", "--state", str(tmp_path / "s")]) == 2
    assert "loopback only" in capsys.readouterr().err


def test_a_busy_port_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--state", str(tmp_path / "s")]) == 3
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.processes
def test_the_process_keeps_its_state_over_a_restart_and_leaves_cleanly(start_standin: Any) -> None:
    origin, process = start_standin()
    ltd = Caller(origin)
    basket = ltd.held()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0
    origin, _ = start_standin()
    items = Caller(origin).get(f"/Baskets/{basket}").json()["Items"]
    assert len(items[0]["Tickets"]) == 2


@pytest.mark.processes
def test_faults_are_real_on_a_real_wire(start_standin: Any) -> None:
    origin, _ = start_standin("--public-origin", "http://tickets.foyer.localhost:8001")
    ltd = Caller(origin)
    for kind in ("drop", "lost_answer"):
        ltd.fault(match=NEW_BASKET, kind=kind)
        with pytest.raises(requests.ConnectionError):
            ltd.post("/Baskets")
    assert baskets(ltd) == 1
    ltd.fault(match=NEW_BASKET, kind="slow", seconds=2)
    with pytest.raises(requests.ReadTimeout):
        ltd.post("/Baskets", timeout=(3, 0.3))
    assert ltd.gate(ltd.held()).startswith("http://tickets.foyer.localhost:8001/ltd/payments/")


@pytest.mark.processes
def test_a_post_without_a_length_is_refused_on_the_wire(start_standin: Any) -> None:
    origin, _ = start_standin()
    host, port = origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(
            b"POST /ltd/rest/v2/Baskets HTTP/1.1\r\nHost: localhost\r\nApi-Key: demo-ltd-key\r\nConnection: close\r\n\r\n"
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 411 ")


def test_a_second_start_on_the_same_file_knows_the_same_season(tmp_path: Path) -> None:
    first = in_process(tmp_path)
    performance = first.performance(5101)
    again = Caller(app=make_app(str(tmp_path / "standin.sqlite3"), ORIGIN))
    assert again.performance(5101) == performance
