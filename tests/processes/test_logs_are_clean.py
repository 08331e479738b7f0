"""Everything is bought once, with faults, at DEBUG level; then no log and no error report holds a secret or a person.

Real processes: two web servers in one, a worker, beat, and somebody who takes the error reports. Two faults are of our
own making: the database refuses a row and quotes it, once in a web process and once in a worker.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests import provision
from tests.processes.till import EVENT, Payer, Till

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("clean-logs")]
TOKENS = {"HEALTH_TOKEN": "h-token-0c1f5d7a", "METRICS_TOKEN": "m-token-93be0a77"}
STAND = "Grada Lateral"  # the lead guest before the booking, everybody before there are tickets
HOME = {"address_1": "17 Pilchard Steps", "city": "Mousehole", "postcode": "TR19 6QX", "country": "GB"}

# What a process of the shop says of itself: every secret that it has, and every one that it keeps.
OPENED = """
import json
from django.conf import settings
from baskets.models import Basket, Errand, Hold
from checkout.models import Booking, Document, Guest, Order, Payment
said = [settings.SECRET_KEY, settings.STRIPE_SECRET_KEY, *settings.STRIPE_WEBHOOK_SECRETS]
for account in settings.PROVIDER_ACCOUNTS.values():
    said += account.keys.values()
for model, names in (
    (Order, ("token",)), (Booking, ("handle", "return_token")), (Payment, ("secret",)), (Document, ("token", "link")),
    (Guest, ("token", "typed")), (Basket, ("token", "visitor")), (Hold, ("handle", "notes")), (Errand, ("token",)),
):
    for row in model.objects.values_list(*names):
        said += row
people = list(Order.objects.values_list("first_name", "last_name", "email", "phone", "answers"))
print("\\n" + json.dumps({"secrets": said, "people": [text for row in people for text in row]}))
"""


class Reports:
    """Somebody who takes error reports, as Sentry's address does."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                taken.append(body.decode(errors="replace"))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", provision.free_port()), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def dsn(self) -> str:
        return f"http://dsnkey5f2e@127.0.0.1:{self.server.server_address[1]}/7"


class Loud(Till):
    """A shop of four systems that says everything it can."""

    def __init__(self, room: Path, reports: Reports) -> None:
        super().__init__(
            room, PROVIDER_ACCOUNTS="west-end,tour,arena,assembly,stadium", LOG_LEVEL="DEBUG", LOG_FORMAT="json",
            TEST_WEB_WORKERS="2", SENTRY_DSN=reports.dsn, STAFF_EMAILS="boxoffice@foyer.example", **TOKENS,
        )  # fmt: skip

    @contextlib.contextmanager
    def refusing(self, when: str, said: str) -> Iterator[None]:
        """The database refuses such a change, and quotes the row."""
        self._write(f"CREATE TRIGGER refused {when} BEGIN SELECT RAISE(ABORT, '{said}'); END")
        try:
            yield
        finally:
            self._write("DROP TRIGGER refused")

    def _write(self, query: str) -> None:
        with contextlib.closing(sqlite3.connect(self.room / "foyer.sqlite3", timeout=30)) as connection:
            connection.execute(query)
            connection.commit()

    def logs(self) -> dict[str, str]:
        """Everything that processes of ours have written; the stand-in is somebody else."""
        return {
            path.name: path.read_text(errors="replace")
            for path in sorted(self.room.glob("*.log"))
            if not path.name.startswith("standin")
        }

    def lines(self, kind: str) -> list[dict[str, Any]]:
        found = []
        for name, text in self.logs().items():
            if name.startswith(kind):
                found += [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return found


class Person(Payer):
    """A buyer whose names are nobody else's, and in no word of ours."""

    def __init__(self, shop: Loud, first: str, last: str, telephone: str) -> None:
        super().__init__(shop.origin, first)
        self.shop, self.last, self.telephone = shop, last, telephone
        self.email = f"{first}.{last}@mail.example.org".lower()

    def fills_in(self, delivery: str = "", **more: str) -> None:
        self.fill_in(delivery, last_name=self.last, phone=self.telephone, **more)
        assert "/details/" not in self.url, self.text[:800]
        self.known(self.shop)

    def at_our_till(self) -> None:
        self.agree_and_pay()
        self.is_at_the_till()
        self.confirms(self.shop, self.presses_pay())
        self.comes_back()

    def ends(self, *statuses: str) -> None:
        self.shop.wait(
            lambda: self.shop.status(self.number) in (statuses or ("paid", "fulfilled")),
            f"{self.name}'s order",
            90,
        )
        self.get(f"/en/checkout/order/{self.token}/")
        for link in self.links("/documents/")[:1]:
            self.session.get(f"{self.shop.origin}{link}", timeout=30)


@pytest.fixture(scope="module")
def reports() -> Reports:
    return Reports()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, reports: Reports) -> Iterator[Loud]:
    with Loud(tmp_path_factory.mktemp("loud"), reports) as stack:
        stack.open()
        yield stack


def fault(shop: Loud, **said: Any) -> None:
    shop.standin.post("faults", {"times": 1, **said})


# --- the purchases ------------------------------------------------------------------------------------------


def on_their_page(shop: Loud) -> Person:
    buyer = Person(shop, "Wilhelmina", "Abernathy-Quill", "+44 20 7946 0101")
    buyer.choose_event("Mostly Harmless")
    fault(shop, world="ltd", match="POST /rest/v2/Baskets/*/Tickets", kind="lost_answer")
    buyer.hold_on_any_date(2)
    if not buyer.links("/checkout/?currency"):
        buyer.get("/en/basket/")
    if not buyer.links("/checkout/?currency"):
        buyer.choose_event("Mostly Harmless")
        buyer.hold_on_any_date(2)
    buyer.to_checkout()
    buyer.fills_in("print")
    buyer.agree_and_pay()
    assert "PaymentGate" in buyer.url, buyer.text[:500]
    fault(shop, world="ltd", match="GET /rest/v2/Baskets/*/SubmittedBasketSummary", kind="garbage")
    buyer.pay_at_gate()
    return buyer


def on_account(shop: Loud) -> Person:
    buyer = Person(shop, "Theodosia", "Plumtreewick", "+44 20 7946 0102")
    buyer.choose_event(EVENT)
    buyer.hold_on_any_date(2)
    buyer.to_checkout()
    buyer.fills_in("E-ticket")
    fault(shop, world="ltd", match=shop.book, kind="lost_answer")
    fault(shop, world="stripe", match="GET /v1/payment_intents/*", kind="status", status=500)
    buyer.at_our_till()
    return buyer


def by_their_card_form(shop: Loud) -> Person:
    buyer = Person(shop, "Leocadia", "Vantongeren", "+43 1 5550103")
    buyer.choose_event("The Quiet Carriage")
    buyer.pick()
    row = buyer.form("/basket/add/").select_one("input[type=number]")
    assert row is not None, buyer.text[:400]
    buyer.submit("/basket/add/", button="door", door="offers", **{str(row["name"]): "2"})
    buyer.to_checkout()
    buyer.fills_in()
    buyer.agree_and_pay()
    card = buyer.page.select_one("#card-form")
    assert card is not None, buyer.text[:600]
    fault(shop, world="tickethead", match="GET *", kind="html")
    buyer.confirms(shop, str(card["data-client-secret"]).partition("_secret_")[0])
    buyer.comes_back()
    return buyer


def by_an_agent(shop: Loud) -> Person:
    buyer = Person(shop, "Cornelius", "Featherstonehaugh", "+44 1736 550104")
    buyer.choose_event("The Samphire Gatherers")
    buyer.pick()
    seats = [str(one["value"]) for one in buyer.form("/basket/add/").select("input[name=seat]")][:1]
    buyer.submit("/basket/add/", button="door", door="seats", seat=seats)
    buyer.get("/en/checkout/")
    buyer.fills_in("By post", **HOME)
    fault(shop, world="spektrix", match="POST /*/api/v3/baskets/*/confirm", kind="lost_answer")
    buyer.at_our_till()
    return buyer


GUESTS = [("Ottilie", "Krawczykowski", "P7710423"), ("Ignatius", "Dragomirescu", "P7710424")]


def with_guests(shop: Loud) -> Person:
    buyer = Person(shop, "Persephone", "Ashworthington", "+31 20 5550105")
    rows = shop.sql(
        "SELECT i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
        " JOIN catalog_provideraccount a ON a.id = e.account_id"
        " WHERE a.name = 'stadium' AND i.gone_at IS NULL AND i.bookable ORDER BY i.starts_at, i.id"
    )
    for (instance,) in rows:
        buyer.pick(instance)
        fields = buyer.page.select(f"input[name^=q-][data-name='{STAND}']")
        if fields and "For the lead guest, before payment" in buyer.text:
            break
    form = buyer.form("/basket/add/")
    first = form.select_one("button[formaction*='/basket/guests/']")
    assert first is not None, buyer.text[:600]
    form["action"] = str(first["formaction"])  # the button that lets guests be typed before anything is held
    del first["formaction"]
    buyer.submit("/basket/guests/", door="offers", **{str(fields[0]["name"]): "2"})
    assert "Nothing is held yet" in buyer.text, buyer.text[:600]
    buyer.submit("/basket/guests/", **{**_guests(buyer, "/basket/guests/"), "then": "hold"})
    assert "Held for you" in buyer.text, buyer.text[:1200]
    buyer.to_checkout()
    buyer.fills_in()
    if "/guests/" in buyer.url:
        buyer.submit("/guests/", do="", **_guests(buyer, "/guests/"))
    assert "/review/" in buyer.url, buyer.text[:800]
    fault(shop, world="xs2event", match="POST /v1/bookings", kind="status", status=502, after=True)
    buyer.at_our_till()
    return buyer


def _guests(buyer: Person, part: str) -> dict[str, str]:
    """Sensible answers for every guest of a form, in its own names."""
    form, said, places = buyer.form(part), {}, []
    for field in form.select("input[name^=guest-], select[name^=guest-]"):
        name = str(field["name"])
        place, _dash, what = name.rpartition("-")
        if place not in places:
            places.append(place)
        first, last, passport = GUESTS[places.index(place) % len(GUESTS)]
        known = {
            "first_name": first, "last_name": last, "email": f"{first}.{last}@mail.example.org".lower(),
            "phone": "+31 20 5550106", "passport": passport, "country": "NL", "nationality": "NL",
            "street": "Oudezijds 77", "city": "Enkhuizenburg", "postcode": "1601 ZZ",
            "date_of_birth_0": "31", "date_of_birth_1": "12", "date_of_birth_2": "1990",
        }  # fmt: skip
        if what in known:
            said[name] = known[what]
    assert said, buyer.text[:600]
    return said


def refused_in_a_web_process(shop: Loud) -> Person:
    """The details cannot be saved: a page says so, nothing else."""
    buyer = Person(shop, "Evangeline", "Zweifelhofer", "+44 20 7946 0107")
    buyer.choose_event(EVENT)
    buyer.hold_on_any_date(1)
    buyer.to_checkout()
    said = f"refused row (1, {buyer.name}, {buyer.last}, {buyer.telephone})"
    with shop.refusing(f"BEFORE UPDATE ON checkout_order WHEN NEW.last_name = '{buyer.last}'", said):
        buyer.fill_in("E-ticket", last_name=buyer.last, phone=buyer.telephone)
        assert buyer.answer.status_code == 500
    buyer.get("/en/checkout/")
    buyer.fills_in("E-ticket")
    return buyer


def refused_in_a_worker(shop: Loud) -> Person:
    """The booking cannot be written down at first."""
    buyer = Person(shop, "Balthazar", "Szymborskaja", "+44 20 7946 0108")
    buyer.choose_event(EVENT)
    buyer.hold_on_any_date(2)
    buyer.to_checkout()
    buyer.fills_in("E-ticket")
    when = (
        "BEFORE UPDATE ON checkout_booking WHEN NEW.status = 'booked' AND"
        f" NEW.order_id = (SELECT id FROM checkout_order WHERE number = '{buyer.number}')"
    )
    buyer.agree_and_pay()
    buyer.is_at_the_till()
    intent = buyer.presses_pay()
    with shop.refusing(when, f"refused row (7, {buyer.name} {buyer.last}, {buyer.email})"):
        buyer.confirms(shop, intent)  # nobody comes back: the worker is told by the webhook
        shop.wait(
            lambda: any("refused row" in one.get("error", "") for one in shop.lines("worker")),
            "the worker's mistake",
        )
    for _minute in range(4):
        shop.advance(65)
    return buyer


@pytest.fixture(scope="module")
def bought(shop: Loud) -> list[Person]:
    """All of it, and the ends."""
    done = [
        on_their_page(shop), on_account(shop), by_their_card_form(shop), by_an_agent(shop), with_guests(shop),
        refused_in_a_worker(shop), refused_in_a_web_process(shop),
    ]  # fmt: skip
    for _minute in range(3):
        shop.advance(40)
    for buyer in done[:-1]:
        buyer.ends()
    shop.standin.delete("faults")
    done[-1].get("/en/checkout/find/")
    done[-1].submit("/find/", email=done[0].email)
    return done


# --- what is in it ------------------------------------------------------------------------------------------


def leaves(text: str) -> Iterator[str]:
    """The parts of a text that mean something by themselves: of JSON each value."""
    try:
        todo = [json.loads(text)]
    except ValueError:
        todo = [text]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
        elif isinstance(one, str):
            yield one


def is_a_word(text: str) -> bool:
    """A code of ours or theirs beside what is secret in a sealed text: `e_ticket`."""
    return re.fullmatch(r"[a-z_]+", text) is not None


def found_in(texts: dict[str, str], wanted: set[str]) -> list[str]:
    found = []
    for name, text in texts.items():
        low = text.lower()
        for one in sorted(wanted):
            place = low.find(one.lower())
            if place >= 0:
                found.append(f"{one!r} in {name}: …{text[max(0, place - 150) : place + len(one) + 60]}…")
    return found


def test_no_log_and_no_error_report_holds_a_secret_or_a_person(
    shop: Loud, bought: list[Person], reports: Reports
) -> None:
    kept = json.loads(shop.manage("shell", "-c", OPENED).strip().splitlines()[-1])
    secrets = {
        one for text in kept["secrets"] for one in leaves(text) if len(one) >= 8 and not is_a_word(one)
    }
    secrets |= {text for text in kept["secrets"] if len(text) >= 8} | set(TOKENS.values()) | {"dsnkey5f2e"}
    people = {one.strip() for text in kept["people"] for one in leaves(text) if len(one.strip()) >= 4}
    for buyer in bought:
        people |= {buyer.name, buyer.last, buyer.email, buyer.telephone, buyer.telephone.replace(" ", "")}
        for cookie in buyer.session.cookies:
            secrets |= {str(cookie.value), str(cookie.value).partition(":")[0]}
    people |= {text for guest in GUESTS for text in guest} | {
        "Oudezijds",
        "Enkhuizenburg",
        *HOME.values(),
    } - {"GB"}
    assert len(secrets) > 60
    assert len(people) > 30

    said = shop.logs() | {f"report {number}": text for number, text in enumerate(reports.taken)}
    found = found_in(said, secrets) + found_in(said, people)
    assert not found, "\n".join(found)


def test_the_logs_say_what_went_wrong_all_the_same(
    shop: Loud, bought: list[Person], reports: Reports
) -> None:
    for kind in ("web", "worker"):
        lines = shop.lines(kind)
        wrong = [
            one
            for one in lines
            if "refused row ([" in one.get("error", "").replace("1, ", "").replace("7, ", "")
        ]
        assert wrong, kind
        assert all("Traceback" in one["error"] for one in wrong)
        assert {one["level"] for one in lines} >= {"DEBUG", "INFO", "ERROR"}
        assert any(one["logger"] == "shop.providers" for one in lines)
    for name, text in shop.logs().items():
        odd = [line for line in text.splitlines() if "Traceback" in line and not line.startswith("{")]
        assert odd == [], name
    kinds = "".join(reports.taken)
    assert "IntegrityError" in kinds
    assert "refused row" in kinds
    for never in ('"vars"', "Cookie", "csrfmiddlewaretoken", "query_string"):
        assert never not in kinds


def test_one_id_leads_from_the_browser_to_the_worker_and_the_provider(
    shop: Loud, bought: list[Person]
) -> None:
    web, worker = shop.lines("web"), shop.lines("worker")
    asked = {one["request"] for one in web if one.get("request")}

    def done_for(buyer: Person) -> tuple[str, list[dict[str, Any]]]:
        pk = shop.sql("SELECT id FROM checkout_order WHERE number = ?", buyer.number)[0][0]
        about = f"order:{pk}"
        return about, [one for one in worker if one.get("about") == about and one.get("task")]

    # on a machine that is busy the sweep may have been there first for some of them
    led = [buyer for buyer in bought if {one["request"] for one in done_for(buyer)[1]} & asked]
    assert led, "nothing was done under the id of a page or a message"
    buyer = led[0]
    about, done = done_for(buyer)
    assert any(one["logger"] == "shop.providers" for one in done)
    assert all(one["request"] for one in done)
    assert any(one.get("about") == about and one["logger"] == "shop.providers" for one in web)
    shown = buyer.session.get(f"{shop.origin}/en/", timeout=30).headers["X-Request-ID"]
    shop.wait(lambda: any(one.get("request") == shown for one in shop.lines("web")), "the line of a request")


def figures(shop: Loud) -> dict[tuple[Any, ...], float]:
    answer = requests.get(f"{shop.origin}/metrics", timeout=30)
    answer.raise_for_status()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_of_all_processes_are_added_up(shop: Loud, bought: list[Person]) -> None:
    robots = ("foyer_requests_total", ("method", "GET"), ("status", "200"), ("view", "robots"))
    before = figures(shop)

    def asks(_number: int) -> int:
        return requests.get(f"{shop.origin}/robots.txt", timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(asks, range(40))) == {200}
    after = figures(shop)
    assert after[robots] - before[robots] == 40
    done = {key: value for key, value in after.items() if key[0] == "foyer_tasks_total"}
    assert sum(value for key, value in done.items() if ("task", "checkout.tasks.sweep") in key) > 0
    called = {dict(key[1:])["account"] for key in after if key[0] == "foyer_provider_calls_total"}
    assert called >= {"west-end", "tour", "arena", "assembly", "stadium", "stripe"}
    # what a dead worker has counted is not lost
    booked = sum(value for key, value in after.items() if key[0] == "foyer_provider_calls_total")
    shop.dies("worker")
    shop.again("worker")
    again = figures(shop)
    assert sum(value for key, value in again.items() if key[0] == "foyer_provider_calls_total") >= booked


def test_staff_are_told_by_the_web_servers_that_beat_is_dead(shop: Loud, bought: list[Person]) -> None:
    def told() -> list[str]:
        return [text for text in shop.mails() if "Beat has not run since" in text]

    answer = requests.get(f"{shop.origin}/health/ready/", timeout=30)
    assert answer.status_code == 200
    shop.dies("beat")
    shop.advance(400)
    for _look in range(4):
        shop.advance(65)
        requests.get(f"{shop.origin}/robots.txt", timeout=30)
    shop.wait(lambda: requests.get(f"{shop.origin}/robots.txt", timeout=30) and told(), "a mail to staff", 30)
    parts = requests.get(f"{shop.origin}/health/ready/", timeout=30).json()["parts"]
    assert parts["beat"]["state"] == "degraded"
    shop.again("beat")
    assert len(told()) == 1
