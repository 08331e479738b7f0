"""Two people want the last two seats beside each other in the same instant: one holds them, the other is told what
happened and offered the nearest that are left, on the same page, with everything as it was filled in.

The house is emptied at the box office's controls. Both send over real HTTP, in two threads that start together, to a shop
of two web processes; who holds what is read in the box office's own books.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.buyer import Buyer
from tests.processes.houses import buy, call
from tests.processes.quay import Quay

ACCOUNTS = "assembly,west-end,stadium,playhouse,arena"
DOME = "Harbour Dome"


class Shop(Quay):
    """`assembly` is sold by our server, `playhouse` in the visitor's own basket, `west-end` held by its box office,
    `arena` with a token, `stadium` sold by category."""

    def __init__(self, room: Path) -> None:
        super().__init__(room, PROVIDER_ACCOUNTS=ACCOUNTS, TEST_WEB_WORKERS="2", STANDIN_CUSTOM_DOMAIN="")
        self.env["STANDIN_CUSTOM_DOMAIN"] = self.domain
        hosts = ",".join(
            f"{name}:{self.standin_port}" for name in ("127.0.0.1", "localhost", "tickets.foyer.localhost")
        )
        for account in ACCOUNTS.upper().replace("-", "_").split(","):
            self.env[f"ACCOUNT_{account}_ALLOWED_HOSTS"] = hosts

    def dates(self, account: str, words: str, skip: int = 1) -> list[tuple[int, str]]:
        """Dates of an event (or at a venue) in the shop and at the box office, the first left out."""
        rows = self.sql(
            "SELECT i.id, i.provider_ref FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
            " JOIN catalog_provideraccount a ON a.id = e.account_id JOIN catalog_venue v ON v.id = e.venue_id"
            " WHERE a.name = ? AND (e.name LIKE ? OR v.name = ?) AND i.gone_at IS NULL AND i.bookable"
            " ORDER BY i.starts_at, i.id",
            account,
            f"%{words}%",
            words,
        )
        return [(int(pk), str(ref)) for pk, ref in rows[skip:]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("last-pair")) as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web")
        yield stack


@pytest.fixture(autouse=True)
def no_fault_is_left() -> None:
    """This module has a shop of its own."""


# --- two people ----------------------------------------------------------------------------------------------------


class AtOnce(HTTPAdapter):
    """Lets the next POST go when everybody else's is ready as well."""

    def __init__(self, start: threading.Barrier) -> None:
        super().__init__()
        self.start: threading.Barrier | None = start

    def send(self, request: Any, *more: Any, **options: Any) -> Any:
        if request.method == "POST" and self.start is not None:
            start, self.start = self.start, None
            start.wait(60)
        return super().send(request, *more, **options)


class OnDomain(AtOnce):
    """A browser's way to a name of this machine, which a resolver need not know."""

    def send(self, request: Any, *more: Any, **options: Any) -> Any:
        sent = request.copy()
        where = urlsplit(request.url)
        sent.url = request.url.replace(where.netloc, f"127.0.0.1:{where.port}", 1)
        sent.headers["Host"] = where.netloc
        answer = super().send(sent, *more, **options)
        answer.url = request.url
        return answer


class Person(Buyer):
    """Without scripts; where a basket is the visitor's own, beside an HTTP session that asks what the page says."""

    def __init__(self, shop: Shop, name: str) -> None:
        super().__init__(shop.origin, name)
        self.domain = shop.domain
        self.there = requests.Session()
        self.there.trust_env = False
        self.there.headers["User-Agent"] = "Mozilla/5.0"  # the box office keeps programs out
        self.typed: dict[str, str] = {}

    def ready(self, start: threading.Barrier, *, asks: bool) -> None:
        """What holds the seats waits for the others: the form, or (`asks`) what the browser asks of the box office."""
        if asks:
            self.there.mount(self.domain, OnDomain(start))
        else:
            self.session.mount("http://", AtOnce(start))

    def fills_in(self) -> None:
        """Numbers in fields that have nothing to do with the seats: they are to be found again."""
        fields = self.form("/basket/add/").select("input[type=number]")
        self.typed = {str(one["name"]): "3" if one["name"] == "party" else "1" for one in fields}

    def presses_group(self, refs: str) -> None:
        groups = [str(one["value"]) for one in self.page.select("button[name=group]")]
        mine = [group for group in groups if set(group.split()) == set(refs.split())]
        assert len(mine) >= 1, (refs, groups, self.text[:800])
        self.submit("/basket/add/", button="group", group=mine[0], **self.typed)
        self.asked()

    def ticks_seats(self, refs: str) -> None:
        self.submit("/basket/add/", button="door", door="seats", seat=refs.split(), **self.typed)
        self.asked()

    def asked(self) -> None:
        """Does what the script of a page would, until the shop says where to go."""
        section = self.page.select_one("[data-ask]")
        if section is None:
            return
        request, heard = json.loads(str(section["data-ask"])), str(section["data-heard"])
        headers = {
            "X-CSRFToken": str(section["data-token"]),
            "Content-Type": "application/json",
            "Origin": self.origin,
        }
        for _round in range(10):
            calls = [self._call(one["method"], one["url"], one["body"]) for one in request["calls"]]
            told = {
                "step": request["step"], "host": urlsplit(request["read"]).netloc, "calls": calls,
                "read": self._call("GET", request["read"], None),
            }  # fmt: skip
            answer = self.session.post(f"{self.origin}{heard}", json.dumps(told), headers=headers, timeout=60)
            found = answer.json()
            if "go" in found:
                self.get(found["go"])
                return
            request = found["next"]
        raise AssertionError("it asks for ever")

    def _call(self, method: str, url: str, body: Any) -> dict[str, Any]:
        answer = self.there.request(method, url, json=body, timeout=60)
        try:
            found = answer.json()
        except ValueError:
            found = None
        return {"status": answer.status_code, "body": found}

    @property
    def has_basket(self) -> bool:
        """Whether it was led to a basket with tickets in it."""
        return self.answer.ok and self.page.select_one(".stub") is not None


# --- what is left of a house -------------------------------------------------------------------------------------


@dataclass
class Left:
    """A date on which the last seats are two pairs and a seat apart. `pair` and `other` are seats as the box office calls
    them, `names` those of the pair as a page does; `books` says who holds what: basket -> seats."""

    instance: int
    pair: list[str]
    other: list[str]
    names: list[str]
    books: Callable[[], dict[Any, set[str]]]
    asks: bool = False


def _of_spektrix(shop: Shop, account: str, client: str, event: str, *seats: str) -> Left:
    """Seats by tier, row and number: the pair, the other one, the one apart."""
    pk, ref = shop.dates(account, event)[0]
    root = f"{shop.standin_origin}/spektrix/{client}/api/v3/instances/{ref}"
    plan = requests.get(f"{root}/plan", headers={"User-Agent": "FoyerTest/1.0"}, timeout=30).json()
    ids = {
        f"{area['name']} {seat['row']}{seat['number']}": seat["id"]
        for area in plan.get("areas", [plan])
        for seat in area["seats"]
    }
    left = [ids[name] for name in seats]
    shop.standin.post(f"spektrix/{client}/instances/{ref}", {"only_free": left})
    numbers = {seat.partition("A")[0]: seat for seat in left}

    def books() -> dict[Any, set[str]]:
        found: dict[Any, set[str]] = {}
        for ticket in shop.standin.get("books")["spektrix"]["tickets"]:
            if ticket["client"] == client and str(ticket["instance"]) == ref.partition("A")[0]:
                found.setdefault(ticket["basket_id"], set()).add(numbers[str(ticket["seat"])])
        return found

    names = [name.rpartition(" ")[2] for name in seats[:2]]
    return Left(pk, left[:2], left[2:4], names, books, asks=account == "playhouse")


def assembly(shop: Shop) -> Left:
    seats = "Dress Circle A12", "Dress Circle A13", "Dress Circle B12", "Dress Circle B13", "Gallery D20"
    return _of_spektrix(shop, "assembly", "saltmarsh", "The Drowned Bell", *seats)


def odd_and_even(shop: Shop) -> Left:
    """The same house, where odd numbers sit beside odd ones."""
    seats = "Stalls F3", "Stalls F5", "Stalls G3", "Stalls G5", "Gallery D20"
    return _of_spektrix(shop, "assembly", "saltmarsh", "A Thousand Lanterns", *seats)


def arena(shop: Shop) -> Left:
    """Seats on a chart, held with a token; the rest is booked from outside."""
    pk, ref = shop.dates("arena", "The Understudies", skip=0)[0]
    report = f"{shop.standin_origin}/tickethead/seatsio/reports/events/{ref}/byLabel"
    seats = list(requests.get(report, auth=("demo-seatsio-secret", ""), timeout=30).json())
    left = ["B-4", "B-5", "C-4", "C-5", "E-1"]
    assert set(left) < set(seats)
    rest = ",".join(label for label in seats if label not in left)
    shop.standin.post("tickethead/seats", {"event": ref, "seats": rest, "status": "booked"})
    shop.standin.post("tickethead/seats", {"event": ref, "seats": ",".join(left), "status": "free"})

    def books() -> dict[Any, set[str]]:
        found: dict[Any, set[str]] = {}
        for seat in shop.standin.get("tickethead/seats", event=ref)["seats"][ref]:
            if seat["hold_token"]:
                found.setdefault(seat["hold_token"], set()).add(f"{ref}_{seat['label']}")
        return found

    refs = [f"{ref}_{label}" for label in left]
    return Left(pk, refs[:2], refs[2:4], ["B4", "B5"], books)


def playhouse(shop: Shop) -> Left:
    room = "Spindle Studio"
    seats = (f"{room} {name}" for name in ("B8", "B9", "C8", "C9", "E1"))
    return _of_spektrix(shop, "playhouse", "thornfield", "Bobbin and Thread", *seats)


def _plain_houses(shop: Shop) -> Iterator[tuple[int, str, list[dict[str, Any]], list[list[dict[str, Any]]]]]:
    """Dates of houses that count their seats one by one, made empty; with all that is free, and the longer rows."""
    for pk, ref in shop.dates("west-end", "")[40:]:
        shop.standin.post(f"ltd/performances/{ref}", {"empty_house": True, "single_seat": False})
        found = call(shop, "GET", f"/Performances/{ref}/AvailableTickets?requiredTicketsCount=1")[
            "TicketAreas"
        ]
        rows = [area["Tickets"] for area in found if len(area["Tickets"]) > 4]
        if len(rows) > 3 and all([one["TicketName2"] for one in row[:2]] == ["1", "2"] for row in rows[:2]):
            yield pk, ref, found, rows


def west_end(shop: Shop) -> Left:
    """The rest is bought over the same API by an agency."""
    pk, ref, found, rows = next(_plain_houses(shop))
    left = [*rows[0][:2], *rows[1][:2], rows[-1][0]]
    tickets = [ticket for area in found for ticket in area["Tickets"]]
    kept = {ticket["TicketId"] for ticket in left}
    buy(shop, [ticket["TicketId"] for ticket in tickets if ticket["TicketId"] not in kept])

    def books() -> dict[Any, set[str]]:
        found: dict[Any, set[str]] = {}
        for seat in shop.standin.get("books")["ltd"]["held"]:
            if str(seat["performance_id"]) == ref:
                found.setdefault(seat["basket_id"], set()).add(str(seat["ticket_id"]))
        return found

    names = [f"{ticket['TicketName1']}{ticket['TicketName2']}" for ticket in left[:2]]
    ids = [str(ticket["TicketId"]) for ticket in left]
    return Left(pk, ids[:2], ids[2:4], names, books)


# --- the same instant ------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result(timeout=120)


def _race(shop: Shop, left: Left) -> tuple[Person, Person]:
    """Who holds the pair, and who does not: one pressed the group, the other ticked its seats."""
    start = threading.Barrier(2)
    ada, ben = Person(shop, "Ada"), Person(shop, "Ben")
    for one in (ada, ben):
        one.pick(left.instance)
        one.fills_in()
        one.ready(start, asks=left.asks)
    at_once(lambda: ada.presses_group(" ".join(left.pair)), lambda: ben.ticks_seats(" ".join(left.pair)))
    assert list(left.books().values()) == [set(left.pair)], (
        "one basket holds the pair, and nobody anything else"
    )
    winner, loser = (ada, ben) if ada.has_basket else (ben, ada)
    assert winner.has_basket
    assert all(name in winner.text for name in left.names)
    assert not loser.has_basket
    assert loser.page.select_one("html[lang] body main h1") is not None, "a whole page"
    return winner, loser


def _takes_the_other(shop: Shop, left: Left, loser: Person) -> None:
    loser.presses_group(" ".join(left.other))
    assert loser.has_basket
    assert sorted(map(sorted, left.books().values())) == sorted(map(sorted, (left.pair, left.other)))
    rows = shop.sql(
        "SELECT h.basket_id, l.state, l.quantity FROM baskets_line l JOIN baskets_hold h ON h.id = l.hold_id"
        " WHERE l.instance_id = ?",
        left.instance,
    )
    assert {state for _basket, state, _many in rows} == {"held"}
    assert len({basket for basket, *_rest in rows}) == 2
    assert sum(many for *_rest, many in rows) == 4


def _is_shown_the_nearest(left: Left, loser: Person) -> None:
    refused = loser.page.select_one("#refused")
    assert refused is not None, loser.text[:800]
    assert "has just been booked by someone else" in refused.get_text()
    assert all(name in refused.get_text() for name in left.names)
    nearest = loser.page.select_one("section[aria-labelledby=nearest]")
    assert nearest is not None
    offered = [set(str(one["value"]).split()) for one in nearest.select("button[name=group]")]
    assert offered == [set(left.other)], "the only neighbours that are left, and no single seat"


@pytest.mark.parametrize("house", [west_end, assembly, odd_and_even, arena])
def test_the_last_pair_goes_to_one_and_the_other_is_shown_the_nearest(
    shop: Shop, house: Callable[[Shop], Left]
) -> None:
    left = house(shop)
    _winner, loser = _race(shop, left)
    assert loser.answer.status_code == 422
    _is_shown_the_nearest(left, loser)
    kept = dict(loser.filled(loser.form("/basket/add/")))
    assert {name: kept.get(name) for name in loser.typed} == loser.typed, "nothing that was filled in is lost"
    _takes_the_other(shop, left, loser)


def test_in_a_basket_of_ones_own_the_last_pair_goes_to_one_as_well(shop: Shop) -> None:
    """The box office's no is heard by the browser, so the choice is opened again with what is free now."""
    left = playhouse(shop)
    _winner, loser = _race(shop, left)
    assert loser.answer.status_code == 200, "the browser was led there after it had asked"
    _is_shown_the_nearest(left, loser)
    kept = dict(loser.filled(loser.form("/basket/add/")))
    assert {name: kept.get(name) for name in loser.typed} == loser.typed, "nothing that was filled in is lost"
    _takes_the_other(shop, left, loser)


def test_two_who_ask_for_the_best_in_one_instant_get_a_pair_each(shop: Shop) -> None:
    """Whoever is slower is not sent away while there are others: the best of what is left is taken instead."""
    left = west_end(shop)
    start = threading.Barrier(2)
    people = [Person(shop, name) for name in ("Ada", "Ben")]
    for one in people:
        one.pick(left.instance)
        one.ready(start, asks=False)
    at_once(*(partial(one.hold_together, 2) for one in people))
    assert all(one.has_basket for one in people), [one.text[:500] for one in people]
    assert sorted(map(sorted, left.books().values())) == sorted(map(sorted, (left.pair, left.other)))


def _categories(shop: Shop, date: int) -> tuple[int, dict[str, str]]:
    """A concert in the shop, and its tickets at the box office by category."""
    pk, ref = shop.dates("stadium", DOME)[date]
    games = shop.standin.get("xs2event/events")["events"]
    tickets = [one for game in games if game["id"] == ref for one in game["tickets"]]
    return pk, {one["title"].partition(" (")[0]: one["id"] for one in tickets}


def test_a_page_that_is_older_than_the_last_two_tickets_says_so_and_holds_no_part_of_the_choice(
    shop: Shop,
) -> None:
    pk, ids = _categories(shop, 1)
    front, upper = ids["Front Standing"], ids["Seated Upper Ring"]
    shop.standin.post(f"xs2event/tickets/{front}", {"stock": 2})
    ada, ben, cleo = (Person(shop, name) for name in ("Ada", "Ben", "Cleo"))
    ada.pick(pk)
    ben.pick(pk)
    ben.submit("/basket/add/", button="door", door="offers", **{f"q-{front}": "2"})
    assert ben.has_basket

    def known() -> bool:
        cleo.pick(pk)
        return not cleo.page.select(f"[name='q-{front}']")

    shop.wait(known, "the shop to know it: in a crowd an answer is shared for two seconds")
    held = len(shop.standin.get("books")["xs2event"]["reservations"])
    for wanted in ({f"q-{front}": "2", f"q-{upper}": "1"}, {f"q-{front}": "1"}):
        old = copy.copy(ada)
        old.submit("/basket/add/", button="door", door="offers", **wanted)
        assert old.answer.status_code == 422
        assert not old.has_basket
        assert "has just been taken by someone else" in old.text
        assert "Please say how many" not in old.text
    assert len(shop.standin.get("books")["xs2event"]["reservations"]) == held


def test_the_last_two_of_a_category_go_to_one_and_the_other_is_shown_what_is_left(shop: Shop) -> None:
    """No seats are named here: two places of a category are left, and other categories."""
    pk, ids = _categories(shop, 0)
    front, upper = ids["Front Standing"], ids["Seated Upper Ring"]
    shop.standin.post(f"xs2event/tickets/{front}", {"stock": 2})

    def held() -> list[dict[str, int]]:
        found = shop.standin.get("books")["xs2event"]["reservations"]
        rows = [{item["ticket_id"]: item["quantity"] for item in one["items"]} for one in found]
        return [row for row in rows if set(row) <= set(ids.values())]

    start = threading.Barrier(2)
    people = ada, ben = Person(shop, "Ada"), Person(shop, "Ben")
    for one in people:
        one.pick(pk)
        one.ready(start, asks=False)
    wanted = {f"q-{front}": "2", f"q-{upper}": "1"}
    at_once(
        *(
            lambda one=one: one.submit("/basket/add/", button="door", door="offers", **wanted)
            for one in people
        )
    )
    assert held() == [{front: 2, upper: 1}], "one holds what both wanted, and nobody a part of it"
    winner, loser = (ada, ben) if ada.has_basket else (ben, ada)
    assert winner.has_basket
    assert loser.answer.status_code == 422
    assert "has just been taken by someone else" in loser.text
    fields = dict(loser.filled(loser.form("/basket/add/")))
    assert f"q-{front}" not in fields, "it is not offered any more"
    assert fields[f"q-{upper}"] == "1", "what was filled in beside it is there"
    loser.submit("/basket/add/", button="door", door="offers")
    assert loser.has_basket
    assert held() == [{front: 2, upper: 1}, {upper: 1}]
