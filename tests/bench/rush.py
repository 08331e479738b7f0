"""The hour when a sale begins: a crowd for one house, on the real stack of processes, and what came of it.

    python -m tests.bench.rush --database postgres --buyers 2000 --seats 300 --seconds 120

Two web processes, a worker, beat and the stand-in of the box office share the machine with the crowd itself, so times
by the clock on the wall hold a good deal of waiting for each other; the processor's time of a request is told beside
them. `postgres` brings a Redis with it: the stack of several machines. What must be true is asked of the stand-in's
books (`Outcome.wrong`); nothing about time is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import provision
from tests.bench import crowd
from tests.bench.traces import TRACE
from tests.processes.houses import buy, free_tickets, house_with
from tests.stack import ROOT, Stack

STEPS = (
    ("event page", re.compile(r"^GET /en/events/")),
    ("choose", re.compile(r"^GET /en/basket/pick/")),
    ("hold", re.compile(r"^POST /en/basket/add/")),
    ("basket", re.compile(r"^GET /en/basket/$")),
    ("checkout", re.compile(r"^(GET|POST) /en/checkout/")),
)
AN_HOLD = 16 * 60  # seconds after which no hold of the box office is left


class Rush(Stack):
    """The stack, with a shop that writes down how long each request took. `event`: the large one, where it was added."""

    event = 0

    def __init__(self, room: Path, **more: str) -> None:
        # the whole crowd comes from one address, as people behind one proxy of a large network do
        more |= {"TIMED_DIR": str(room), "CROWD_NETWORKS": "127.0.0.1/32"}
        super().__init__(room, PROVIDER_ACCOUNTS="west-end", **more)

    def command(self, name: str) -> list[str]:
        found = super().command(name)
        if name.startswith("web"):
            found[found.index("shop.wsgi:application")] = "tests.bench.timed:application"
        return found


@contextlib.contextmanager
def open_house(database: str, room: Path, *, large: bool = False) -> Iterator[Rush]:
    """The shop on `sqlite`, or on `postgres` with Redis: filled, and all its processes running. `large`: with a house of
    more than two hundred seats."""
    with contextlib.ExitStack() as parts:
        addresses = {}
        if database == "postgres":
            server = provision.Postgres()
            parts.callback(server.stop)
            addresses = {
                "database_url": server.database("rush"),
                "redis_url": parts.enter_context(provision.redis()),
            }
        stack = parts.enter_context(Rush(room, **addresses))
        stack.start("standin")
        if large:  # no house of the season is so large: one is added, before the catalogue is read
            said = {"name": "The Opening Night", "venue_id": 99, "pence": 6000, "empty_house": True}
            stack.event = stack.standin.post("ltd/events", said)["event_id"]
            stack.manage("refresh_catalog")
        else:
            stack.fill()
        stack.start("web", "web2", "worker", "beat")
        yield stack


def house_of(stack: Rush, seats: int) -> tuple[int, int]:
    """A performance at the box office and its date in the shop, with exactly so many free seats."""
    if not stack.event:
        return house_with(stack, seats)
    rows = stack.sql(
        "SELECT i.id, i.provider_ref FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
        " WHERE e.provider_ref = ? AND i.gone_at IS NULL ORDER BY i.starts_at", str(stack.event),
    )  # fmt: skip
    instance, performance = rows[min(5, len(rows) - 1)]
    stack.standin.post(f"ltd/performances/{performance}", {"single_seat": False})
    tickets = free_tickets(stack, performance)
    buy(stack, tickets[seats:])
    assert len(free_tickets(stack, performance)) == seats, "the house is too small"
    return int(performance), int(instance)


@dataclass
class Outcome:
    """What came of a rush. `requests` are the shop's own lines (`tests.bench.timed`), `theirs` the milliseconds that the
    stand-in worked, by the request it was called for."""

    seats: int
    visits: list[crowd.Visit]
    sold: list[Any] = field(default_factory=list)
    charges: int = 0
    buyers_charged: int = 0
    free_at_the_end: int = 0
    booked: int = 0
    tickets: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    theirs: dict[str, float] = field(default_factory=dict)
    bystander: list[dict[str, Any]] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ends(self) -> Counter[str]:
        return Counter(one.end for one in self.visits)

    @property
    def words(self) -> Counter[str]:
        return Counter(one.words for one in self.visits if one.end == "went without")

    @property
    def statuses(self) -> Counter[int]:
        return Counter(one["status"] for one in self.requests)

    @property
    def bought(self) -> list[crowd.Visit]:
        return [one for one in self.visits if one.end == "bought"]

    def wrong(self) -> list[str]:
        """What must not be, in words; empty after a rush that went right."""
        found = [end for end in self.ends if end.startswith("broken")]
        if len(set(self.sold)) != len(self.sold):
            found.append(f"{len(self.sold) - len(set(self.sold))} seats were sold twice")
        if len(self.sold) > self.seats:
            found.append(f"{len(self.sold)} of {self.seats} seats were sold")
        if self.charges != len(self.bought):
            found.append(f"{self.charges} charges for {len(self.bought)} buyers")
        if self.buyers_charged != self.charges:
            found.append("somebody was charged twice")
        if self.booked != self.charges:
            found.append(f"{self.booked} orders are booked in the shop, {self.charges} are paid")
        if self.tickets != len(self.sold):
            found.append(f"{self.tickets} tickets in the shop's orders, {len(self.sold)} sold")
        if self.free_at_the_end != self.seats - len(self.sold):
            found.append(
                f"{self.free_at_the_end} seats are free again, {len(self.sold)} of {self.seats} are sold"
            )
        if wrong := {status: n for status, n in self.statuses.items() if status >= 500 and status != 503}:
            found.append(f"answers {wrong}")
        if wrong := Counter(one["status"] for one in self.bystander if one["status"] != 200):
            found.append(f"other visitors got {dict(wrong)}")
        return found + self.tracebacks


def run(stack: Rush, seats: int, wanted: Sequence[crowd.Plan]) -> Outcome:
    """Open the doors; back when everybody has left and every order has come to its end."""
    performance, instance = house_of(stack, seats)
    slug = stack.sql(
        "SELECT e.slug FROM catalog_event e JOIN catalog_instance i ON i.event_id = e.id WHERE i.id = ?",
        instance,
    )[0][0]
    others = [
        f"/en/events/{other}/"
        for (other,) in stack.sql(
            "SELECT slug FROM catalog_event WHERE slug <> ? AND gone_at IS NULL ORDER BY id", slug
        )
    ]
    before = stack.standin.get("books")["ltd"]
    journal = int(stack.standin.get("journal?limit=1")["last_id"])
    watched = stack.room / "bystander.jsonl"
    last = max(plan.arrives for plan in wanted)
    bystander = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bystander", stack.origin, str(last), str(watched),
         "/en/", "/en/?q=a", *others[:12]],
        cwd=ROOT,
    )  # fmt: skip
    begun = time.monotonic()
    try:
        visits = crowd.rush(stack.origin, f"/en/events/{slug}/", instance, wanted)
        bystander.wait(120)
    finally:
        bystander.kill()
    outcome = Outcome(seats, visits, seconds=time.monotonic() - begun)
    outcome.bystander = _lines(watched)
    _settled(stack, outcome, before)
    stack.advance(AN_HOLD)
    stack.wait(lambda: _nothing_held(stack), "every hold that was left behind to end", seconds=300)
    outcome.free_at_the_end = len(free_tickets(stack, performance))
    for path in sorted(stack.room.glob("timed-*.jsonl")):
        outcome.requests += _lines(path)
    outcome.theirs = _standins_own(stack, journal)
    logs = {name: stack.log(name) for name in stack.processes}
    outcome.tracebacks = [
        f"a traceback in the log of {name}" for name, log in logs.items() if "Traceback" in log
    ]
    return outcome


def _settled(stack: Stack, outcome: Outcome, before: dict[str, Any]) -> None:
    """The books of the box office, and our own once the last order has come to its end."""

    def ours() -> dict[str, int]:
        rows = stack.sql("SELECT status, COUNT(*) FROM checkout_booking GROUP BY status")
        return {str(status): int(n) for status, n in rows}

    stack.wait(lambda: ours().get("ticketed", 0) >= len(outcome.bought), "every buyer's tickets", seconds=300)
    books = stack.standin.get("books")["ltd"]
    paid = [
        basket for basket in books["baskets"] if basket["external_reference"] and basket["state"] == "paid"
    ]
    outcome.sold = [seat for basket in paid for piece in basket["items"] for seat in piece["ticket_ids"]]
    outcome.charges = len(books["charges"]) - len(before["charges"])
    outcome.buyers_charged = len({basket["email"] for basket in paid})
    outcome.booked = ours().get("ticketed", 0)
    counted = stack.sql(
        "SELECT SUM(l.quantity) FROM checkout_orderline l JOIN checkout_booking b ON b.id = l.booking_id"
        " WHERE b.status = 'ticketed'"
    )
    outcome.tickets = int(counted[0][0] or 0)


def _nothing_held(stack: Stack) -> bool:
    return not stack.sql(
        "SELECT h.id FROM baskets_hold h JOIN baskets_line l ON l.hold_id = h.id WHERE l.state IN ('held', 'changed')"
        " AND h.state <> 'closed' AND h.basket_id IN (SELECT id FROM baskets_basket WHERE status = 'open')"
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _standins_own(stack: Stack, since: int) -> dict[str, float]:
    """Milliseconds that the stand-in worked for each request of the shop, by its own journal."""
    found: dict[str, float] = defaultdict(float)
    with contextlib.closing(sqlite3.connect(stack.room / "standin.sqlite3", timeout=20)) as connection:
        for headers, taken in connection.execute(
            "SELECT headers, milliseconds FROM journal WHERE id > ? AND world = 'ltd'", (since,)
        ):
            if trace := json.loads(headers).get(TRACE):
                found[trace] += taken
    return found


# --- the figures --------------------------------------------------------------------------------------------------


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def told(values: Sequence[float]) -> str:
    return f"{quantile(values, 0.5):8.1f} {quantile(values, 0.95):8.1f} {quantile(values, 0.99):8.1f}"


def report(outcome: Outcome) -> str:
    lines = [
        f"{len(outcome.visits)} visitors in {outcome.seconds:.0f} s, {len(outcome.requests)} requests "
        f"({len(outcome.requests) / outcome.seconds:.0f} a second), {len(outcome.sold)} of {outcome.seats} seats sold "
        f"to {outcome.charges} buyers, {outcome.free_at_the_end} free again an hold later",
        "ends: " + ", ".join(f"{n} {end}" for end, n in outcome.ends.most_common()),
        "words for those who went without: "
        + ", ".join(f"{n} {word}" for word, n in outcome.words.most_common()),
        "answers: " + ", ".join(f"{n} x {status}" for status, n in sorted(outcome.statuses.items())),
        "",
        f"{'milliseconds':34}{'median':>8} {'95 %':>8} {'99 %':>8}",
    ]
    for name, pattern in STEPS:
        mine = [one for one in outcome.requests if pattern.match(f"{one['method']} {one['path']}")]
        waited = [
            one.milliseconds for visit in outcome.visits for one in visit.answers
            if pattern.match(f"{one.method} {one.path}")
        ]  # fmt: skip
        if not mine:
            continue
        lines += [
            f"{name + f' ({len(mine)})':34}",
            f"  the visitor waited              {told(waited)}",
            f"  own work, on the wall           {told([one['wall'] - one['theirs'] for one in mine])}",
            f"  own work, processor             {told([one['cpu'] for one in mine])}",
            f"  provider, as the shop sees it   {told([one['theirs'] for one in mine])}",
            f"  provider, its own journal       {told([outcome.theirs.get(one['id'], 0.0) for one in mine])}",
        ]
    held = [one for one in outcome.requests if one["path"].startswith("/en/basket/add/") and one["calls"]]
    own = [one["wall"] - one["theirs"] for one in held]
    cpu, theirs = [one["cpu"] for one in held], [outcome.theirs.get(one["id"], 0.0) for one in held]
    if held:
        lines += [
            "",
            f"own work per hold / the stand-in's own time in it ({len(held)} that asked the box office):",
            f"  on the wall   median {quantile(own, 0.5) / quantile(theirs, 0.5):5.2f} x   "
            f"95 % {quantile(own, 0.95) / quantile(theirs, 0.95):5.2f} x",
            f"  processor     median {quantile(cpu, 0.5) / quantile(theirs, 0.5):5.2f} x   "
            f"95 % {quantile(cpu, 0.95) / quantile(theirs, 0.95):5.2f} x",
        ]
    looks = [one["milliseconds"] for one in outcome.bystander]
    if looks:
        lines += [
            "",
            f"other visitors of the catalogue ({len(looks)} looks): {told(looks)}   longest {max(looks):.0f}",
            f"the crowd itself began late by {statistics.mean(v.late for v in outcome.visits) * 1000:.0f} ms on average",
        ]
    wrong = outcome.wrong()
    return "\n".join([*lines, "", "nothing is wrong" if not wrong else "WRONG: " + "\n  ".join(wrong)])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rush", description=__doc__.split("\n")[0])
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--buyers", type=int, default=2000)
    parser.add_argument("--seats", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER", help="leave logs and lines here")
    given = parser.parse_args()
    with contextlib.ExitStack() as parts:
        if given.keep:
            room = Path(given.keep)
            room.mkdir(parents=True, exist_ok=True)
        else:
            room = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="foyer-rush-")))
        stack = parts.enter_context(open_house(given.database, room, large=given.seats > 200))
        print(f"== {given.buyers} visitors, {given.seats} seats, {given.seconds:.0f} s, {given.database}, "
              f"seed {given.seed}", flush=True)  # fmt: skip
        outcome = run(stack, given.seats, crowd.plans(given.buyers, given.seconds, given.seed))
    print(report(outcome), flush=True)
    if outcome.wrong():
        sys.exit(1)


if __name__ == "__main__":
    main()
