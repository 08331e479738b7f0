"""`shop.providers.http`: which calls are repeated, what an answer means, what is logged."""

from __future__ import annotations

import io
import logging
import socket
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from shop.providers import addresses, answers, http
from shop.providers.errors import BadAnswer, Misconfigured, OutcomeUnknown, ProviderError, Unavailable

BASE = "https://api.example.test/rest"


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """No test waits: every pause is written down instead."""
    taken: list[float] = []
    monkeypatch.setattr(http, "sleep", taken.append)
    return taken


@pytest.fixture
def seen(monkeypatch):
    """What the recorder is told."""
    told: list[http.CallInfo] = []
    monkeypatch.setattr(http, "after_call", [told.append])
    return told


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def session(**more) -> http.ApiSession:
    return http.ApiSession(BASE, account="west-end", headers={"Api-Key": "very-secret-key"}, **more)


def read(**more) -> http.Answer:
    return session().call("GET", "/Events", verb="events", reads=True, **more)


def write(**more) -> http.Answer:
    return session().call("POST", "/Baskets", verb="new_basket", reads=False, json={}, **more)


def refused_connection() -> requests.ConnectionError:
    reason = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/x", reason))  # type: ignore[arg-type]


def dropped_connection() -> requests.ConnectionError:
    return requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))


def test_fractions_arrive_as_exact_decimals_and_whole_numbers_as_integers(wire):
    wire.get(f"{BASE}/Events", body=b'{"Price": 92.10, "Whole": 75}', content_type="application/json")
    body = read().body
    assert body == {"Price": Decimal("92.10"), "Whole": 75}
    assert isinstance(body["Whole"], int)
    assert not isinstance(body["Price"], float)


def test_every_call_carries_the_accounts_headers_and_our_name(wire):
    wire.get(f"{BASE}/Events", json={})
    read()
    sent = wire.calls[0].request.headers
    assert (sent["Api-Key"], sent["User-Agent"]) == ("very-secret-key", "Foyer/1.0")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_read_is_tried_twice_more_when_the_provider_fails(wire, pauses, status):
    wire.get(f"{BASE}/Events", status=status)
    wire.get(f"{BASE}/Events", status=status)
    wire.get(f"{BASE}/Events", json={"Events": []})
    assert read().body == {"Events": []}
    assert len(pauses) == 2


def test_a_read_that_fails_three_times_is_unavailable(wire):
    wire.get(f"{BASE}/Events", status=503)
    with pytest.raises(Unavailable) as error:
        read()
    assert len(wire.calls) == 3
    assert error.value.account == "west-end"


def test_a_read_waits_as_long_as_the_provider_says(wire, pauses):
    wire.get(f"{BASE}/Events", status=429, headers={"Retry-After": "3"})
    wire.get(f"{BASE}/Events", json={})
    read()
    assert pauses == [3.0]


def test_a_long_retry_after_is_passed_on_instead_of_waited_for(wire, pauses):
    wire.get(f"{BASE}/Events", status=429, headers={"Retry-After": "120"})
    with pytest.raises(Unavailable) as error:
        read()
    assert error.value.retry_after == 120
    assert (len(wire.calls), pauses) == (1, [])


@pytest.mark.parametrize(("later", "seconds"), [(timedelta(seconds=40), 40), (timedelta(hours=-1), 0)])
@pytest.mark.parametrize("suffix", ["GMT", "-0000"])
def test_a_time_to_wait_until_is_counted_from_their_clock(later, seconds, suffix):
    theirs = datetime(2041, 1, 5, 10, tzinfo=UTC)  # nowhere near this machine's
    said = {
        "Date": f"{theirs:%d %b %Y %H:%M:%S} {suffix}",
        "Retry-After": f"{theirs + later:%d %b %Y %H:%M:%S} GMT",
    }
    assert answers.retry_after(said) == seconds


def test_a_retry_after_may_be_a_date_or_nonsense(wire, pauses):
    wire.get(f"{BASE}/Events", status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    wire.get(f"{BASE}/Events", status=429, headers={"Retry-After": "soon"})
    wire.get(f"{BASE}/Events", json={})
    read()
    assert pauses[0] == 0.0
    assert 0 < pauses[1] < 2


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_write_is_never_sent_twice_and_a_server_error_leaves_it_uncertain(wire, status):
    wire.post(f"{BASE}/Baskets", status=status, json={"Message": "An error has occurred"})
    with pytest.raises(OutcomeUnknown):
        write()
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    "lost", [requests.ReadTimeout(), dropped_connection(), requests.exceptions.ChunkedEncodingError()]
)
def test_a_write_whose_answer_is_lost_is_uncertain(wire, lost):
    wire.post(f"{BASE}/Baskets", body=lost)
    with pytest.raises(OutcomeUnknown):
        write()
    assert len(wire.calls) == 1


@pytest.mark.parametrize("never", [requests.ConnectTimeout(), refused_connection()])
def test_a_write_that_never_left_is_only_unavailable(wire, never):
    wire.post(f"{BASE}/Baskets", body=never)
    with pytest.raises(Unavailable):
        write()
    assert len(wire.calls) == 1


def test_an_earlier_failure_that_is_being_handled_says_nothing_about_this_write(wire):
    """A lost write inside an `except` block of a refused connection is still a lost write."""
    wire.get(f"{BASE}/Events", body=refused_connection())
    wire.post(f"{BASE}/Baskets", body=dropped_connection())
    with pytest.raises(OutcomeUnknown):  # noqa: PT012
        try:
            read()
        except Unavailable:
            write()


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", "application/json"), (b"  \n", "application/json"), (b"<html>Busy</html>", "text/html"),
     (b'{"Success": tr', "application/json"), (b'{"Price": NaN}', "application/json"), (b"[" * 200_000, "application/json")],
)  # fmt: skip
def test_an_answer_that_is_no_json_is_bad_for_a_read_and_uncertain_for_a_write(wire, body, kind):
    wire.get(f"{BASE}/Events", body=body, content_type=kind)
    wire.post(f"{BASE}/Baskets", body=body, content_type=kind)
    with pytest.raises(BadAnswer):
        read()
    with pytest.raises(OutcomeUnknown):
        write()
    assert len(wire.calls) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_ours_to_mend(wire, status):
    wire.get(f"{BASE}/Events", status=status, body="<h1>Developer Inactive</h1>", content_type="text/html")
    wire.post(f"{BASE}/Baskets", status=status, body="")
    with pytest.raises(Misconfigured):
        read()
    with pytest.raises(Misconfigured):
        write()
    assert len(wire.calls) == 2


def test_a_refusal_with_a_body_goes_to_the_provider_package_without_its_text(wire):
    wire.post(f"{BASE}/Baskets", status=403, json={"Message": "ada@example.org has no basket"})
    with pytest.raises(http.ApiError) as error:
        write()
    assert (error.value.status, error.value.body["Message"][:3]) == (403, "ada")
    assert "ada" not in str(error.value)
    assert isinstance(error.value, ProviderError), "an unmapped one is still one of our errors"


def test_a_status_the_caller_accepts_is_an_answer(wire):
    wire.post(f"{BASE}/Baskets", status=409, json={"Success": False})
    wire.get(f"{BASE}/Events", status=204)
    wire.post(f"{BASE}/Other", status=201, json={"id": 1})
    assert write(accept=(200, 409)).body == {"Success": False}
    assert read(accept=(200, 204)).body is None
    assert session().call("POST", "/Other", verb="other", reads=False).body == {"id": 1}


def test_too_many_requests_leave_a_write_undone_and_say_when(wire):
    wire.post(f"{BASE}/Baskets", status=429, headers={"Retry-After": "7"})
    with pytest.raises(Unavailable) as error:
        write()
    assert error.value.retry_after == 7


def test_redirects_are_not_followed_by_the_api(wire):
    wire.get(f"{BASE}/Events", status=302, headers={"Location": "https://elsewhere.example.test/"})
    wire.post(f"{BASE}/Baskets", status=307, headers={"Location": "https://elsewhere.example.test/"})
    with pytest.raises(BadAnswer):
        read()
    with pytest.raises(OutcomeUnknown):
        write()
    assert len(wire.calls) == 2


def test_an_answer_beyond_the_limit_is_not_read_to_its_end(wire):
    wire.get(f"{BASE}/Events", body=b'{"a": "' + b"x" * 200_000 + b'"}')
    with pytest.raises(BadAnswer):
        read(limit=100_000)


def test_a_stream_gets_the_body_once_even_when_the_first_try_failed(wire):
    wire.get(f"{BASE}/Events", status=500, body=b"broken")
    wire.get(f"{BASE}/Events", body=b'{"Events": []}')
    into = io.BytesIO(b"old")
    read(stream_to=into)
    assert into.getvalue() == b'{"Events": []}'


def test_raw_bytes_are_left_alone(wire):
    wire.get(f"{BASE}/Events", body=b"%PDF-1.7 ...", content_type="application/pdf; charset=binary")
    answer = read(raw=True)
    assert (answer.content[:4], answer.content_type, answer.body) == (b"%PDF", "application/pdf", None)


def test_the_log_and_the_recorder_see_no_secret(wire, seen, caplog):
    hold = "da8dbc5b-ab4c-4cb8-bd0e-ac003d21b28f"
    wire.get(f"{BASE}/Baskets/{hold}", json={"Email": "ada@example.org"})
    with caplog.at_level(logging.DEBUG):
        session().call(
            "GET", f"/Baskets/{hold}", verb="basket", reads=True, masks=[hold], params={"token": "t0k3n"}
        )
    text = caplog.text + repr(seen)
    for secret in (hold, "ada@example.org", "very-secret-key", "t0k3n"):
        assert secret not in text
    assert "west-end basket 200 ok" in caplog.text
    assert (seen[0].path_masked, seen[0].outcome, seen[0].status) == ("/Baskets/…", "ok", 200)


def test_the_recorder_hears_of_every_try_and_of_failures(wire, seen):
    wire.get(f"{BASE}/Events", status=500)
    wire.get(f"{BASE}/Events", body=requests.ReadTimeout("https://api.example.test/secret"))
    wire.get(f"{BASE}/Events", status=404, json={"Message": "no"})
    with pytest.raises(http.ApiError):
        read()
    assert [(one.status, one.outcome) for one in seen] == [
        (500, "unavailable"),
        (None, "unavailable"),
        (404, "refused"),
    ]
    assert "secret" not in repr(seen)


def test_a_recorder_that_fails_does_not_turn_a_held_seat_into_a_lost_answer(wire, monkeypatch):
    def broken(info: http.CallInfo) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(http, "after_call", [broken])
    wire.post(f"{BASE}/Baskets", json={"Success": True})
    assert write().body == {"Success": True}


def test_a_guard_before_the_call_stops_it(wire, monkeypatch):
    def guard(info: http.CallInfo) -> None:
        raise RuntimeError(f"{info.verb} inside a transaction")

    monkeypatch.setattr(http, "before_call", [guard])
    wire.get(f"{BASE}/Events", json={})
    with pytest.raises(RuntimeError, match="events inside"):
        read()
    assert not wire.calls


def test_the_polite_flag_and_the_rate_reach_the_guard(wire, monkeypatch):
    told: list[http.CallInfo] = []
    monkeypatch.setattr(http, "before_call", [told.append])
    wire.get(f"{BASE}/Events", json={})
    session(polite=True, rate_per_second=0.5).call("GET", "/Events", verb="events", reads=True)
    assert (told[0].polite, told[0].rate_per_second) == (True, 0.5)


# --- on a real socket ---------------------------------------------------------------------------------------


@pytest.fixture
def server():
    """A real HTTP server on this machine; `behave` decides what each request gets."""

    class Handler(BaseHTTPRequestHandler):
        behave = staticmethod(lambda handler: None)
        requests_seen: list[str] = []

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.requests_seen.append(self.path)
            self.behave(self)

        def do_GET(self) -> None:
            self.requests_seen.append(self.path)
            self.behave(self)

        def log_message(self, *args) -> None:
            pass

    Handler.requests_seen = []
    found = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found, Handler
    found.shutdown()
    found.server_close()


def _drop(handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def test_a_dropped_connection_on_a_real_socket_is_uncertain_for_a_write_and_repeated_for_a_read(server):
    found, handler = server
    handler.behave = staticmethod(_drop)
    one = http.ApiSession(f"http://127.0.0.1:{found.server_port}", account="a", headers={})
    with pytest.raises(OutcomeUnknown):
        one.call("POST", "/hold", verb="hold", reads=False, json={})
    with pytest.raises(Unavailable):
        one.call("GET", "/look", verb="look", reads=True)
    assert handler.requests_seen == ["/hold", "/look", "/look", "/look"]


def test_a_closed_port_on_a_real_socket_is_unavailable_for_a_write():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    one = http.ApiSession(f"http://127.0.0.1:{port}", account="a", headers={})
    with pytest.raises(Unavailable):
        one.call("POST", "/hold", verb="hold", reads=False, json={})


def test_a_body_that_ends_too_early_is_uncertain_for_a_write(server):
    def half(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"Success"')
        handler.close_connection = True

    found, handler = server
    handler.behave = staticmethod(half)
    one = http.ApiSession(f"http://127.0.0.1:{found.server_port}", account="a", headers={})
    with pytest.raises(OutcomeUnknown):
        one.call("POST", "/hold", verb="hold", reads=False, json={})


def test_a_silent_provider_is_given_up_after_the_time_out(server):
    done = threading.Event()
    found, handler = server
    handler.behave = staticmethod(lambda one: done.wait(10))
    one = http.ApiSession(f"http://127.0.0.1:{found.server_port}", account="a", headers={}, timeout=(1, 0.05))
    with pytest.raises(OutcomeUnknown):
        one.call("POST", "/hold", verb="hold", reads=False, json={})
    done.set()


def test_no_cookie_is_kept_between_calls(server):
    got: list[str | None] = []

    def cookie(handler) -> None:
        got.append(handler.headers.get("Cookie"))
        handler.send_response(200)
        handler.send_header("Set-Cookie", "visitor=1; Path=/")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    found, handler = server
    handler.behave = staticmethod(cookie)
    one = http.ApiSession(f"http://127.0.0.1:{found.server_port}", account="a", headers={})
    one.call("GET", "/a", verb="a", reads=True)
    one.call("GET", "/b", verb="b", reads=True)
    assert got == [None, None]


def test_the_projects_time_out_is_taken_where_none_is_given(monkeypatch):
    monkeypatch.setattr(http, "default_timeout", (1.0, 2.0))
    assert session().timeout == (1.0, 2.0)
    assert session(timeout=(3.0, 4.0)).timeout == (3.0, 4.0)


def test_a_localhost_name_is_this_machine_whatever_the_resolver_says(server):
    asked: list[str | None] = []

    def file(handler) -> None:
        asked.append(handler.headers.get("Host"))
        handler.send_response(200)
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"%PDF")

    found, handler = server
    handler.behave = staticmethod(file)
    host = f"tickets.foyer.localhost:{found.server_port}"
    answer = http.fetch(f"http://{host}/t?pid=1", allowed_hosts=(host,), account="a", verb="document")
    assert (answer.content, asked) == (b"%PDF", [host])


# --- addresses and files ------------------------------------------------------------------------------------

HOSTS = ("tickets.example.test", "*.example.test", "127.0.0.1:8001", "localhost", "play.example.org:444")


@pytest.mark.parametrize(
    "url",
    ["https://tickets.example.test/a?b", "https://TICKETS.example.test/", "https://pass.example.test/x",
     "http://127.0.0.1:8001/pay", "http://localhost/x", "https://play.example.org:444/"],
)  # fmt: skip
def test_the_accounts_own_hosts_are_allowed(url):
    assert addresses.is_allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    ["http://tickets.example.test/", "https://example.test/", "https://evil.test/", "https://tickets.example.test.evil.test/",
     "https://evil.test\\@tickets.example.test/", "https://tickets.example.test@evil.test/", "javascript:alert(1)",
     "//tickets.example.test/", "/relative", "", None, 5, "https://tickets.example.test:8443/", "http://127.0.0.1:8002/",
     "https://tickets.example.test /", "https://[::1/", "ftp://tickets.example.test/", "https://play.example.org/",
     "https://tickets.example.test:99999/", "https://xexample.test/", "https://tickets.example.test/\nX"],
)  # fmt: skip
def test_any_other_address_is_refused(url):
    assert not addresses.is_allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://localhost/a.png",
            "http://images.example.org/", "https://127.0.0.1/"],
)  # fmt: skip
def test_no_poster_is_fetched_from_a_private_address(wire, url):
    assert not addresses.is_public(url)
    with pytest.raises(BadAnswer):
        http.fetch(url, allowed_hosts=(), account="a", verb="poster", anywhere=True)
    assert not wire.calls


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "224.0.0.1"]
)
def test_a_connection_into_a_private_network_is_refused(address):
    with pytest.raises(addresses.NotPublic):
        addresses.refuse_private(address)


def test_a_public_address_is_connected_to():
    addresses.refuse_private("93.184.216.34")


def test_a_name_that_resolves_into_a_private_network_is_refused_before_a_byte_is_sent(server, monkeypatch):
    found, handler = server
    monkeypatch.setattr(addresses, "is_public", lambda url: True)
    monkeypatch.setattr(http, "is_public", lambda url: True)
    with pytest.raises(BadAnswer, match="private"):
        http.fetch(
            f"http://127.0.0.1:{found.server_port}/poster.png",
            allowed_hosts=(), account="a", verb="poster", anywhere=True,
        )  # fmt: skip
    assert handler.requests_seen == []


def test_a_file_is_fetched_and_its_address_is_in_no_log(wire, seen, caplog):
    url = "https://pass.example.test/ticket?pid=secret-ticket"
    wire.get(url, body=b"%PDF-1.7", content_type="application/pdf")
    with caplog.at_level(logging.DEBUG):
        answer = http.fetch(url, allowed_hosts=HOSTS, account="west-end", verb="document")
    assert answer.content == b"%PDF-1.7"
    assert "secret-ticket" not in caplog.text + repr(seen)
    assert "pass.example.test" not in caplog.text + repr(seen)


def test_redirects_lead_to_allowed_hosts_only_and_headers_stay_behind(wire):
    wire.get(
        "https://tickets.example.test/a", status=302, headers={"Location": "https://pass.example.test/b"}
    )
    wire.get("https://pass.example.test/b", status=302, headers={"Location": "https://evil.test/c"})
    wire.get("https://evil.test/c", body=b"boo")
    with pytest.raises(BadAnswer):
        http.fetch(
            "https://tickets.example.test/a",
            allowed_hosts=HOSTS,
            account="a",
            verb="document",
            headers={"Api-Key": "k"},
        )
    assert [call.request.url for call in wire.calls] == [
        "https://tickets.example.test/a",
        "https://pass.example.test/b",
    ]
    assert [call.request.headers.get("Api-Key") for call in wire.calls] == ["k", None]


def test_a_circle_of_redirects_ends(wire):
    wire.get("https://tickets.example.test/a", status=302, headers={"Location": "/a"})
    with pytest.raises(BadAnswer):
        http.fetch("https://tickets.example.test/a", allowed_hosts=HOSTS, account="a", verb="document")
    assert len(wire.calls) == 4


def test_a_missing_an_empty_and_an_oversized_file_are_told_apart(wire):
    wire.get("https://tickets.example.test/gone", status=404)
    wire.get("https://tickets.example.test/empty", body=b"")
    wire.get("https://tickets.example.test/large", body=b"x" * 2000)
    wire.get("https://tickets.example.test/down", status=503)

    def get(name: str) -> http.Answer:
        return http.fetch(
            f"https://tickets.example.test/{name}",
            allowed_hosts=HOSTS,
            account="a",
            verb="document",
            limit=1000,
        )

    with pytest.raises(http.ApiError):
        get("gone")
    for name in ("empty", "large"):
        with pytest.raises(BadAnswer):
            get(name)
    with pytest.raises(Unavailable):
        get("down")


def test_posters_may_come_from_any_public_host(wire):
    wire.get("https://images.example.org/p.png", body=b"png")
    assert http.fetch(
        "https://images.example.org/p.png", allowed_hosts=(), account="a", verb="poster", anywhere=True
    )
    with pytest.raises(BadAnswer):
        http.fetch("https://images.example.org/p.png", allowed_hosts=(), account="a", verb="document")
