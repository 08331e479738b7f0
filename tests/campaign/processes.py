"""The campaign with real processes: many buyers at once, faults, kill -9, restarts; then the books are read.

    python -m tests.campaign.processes --histories 2000 --seed 7
    python -m tests.campaign.processes --histories 2000 --seed 7 --minutes 30 --resume     goes on where it stopped
    python -m tests.campaign.processes --histories 200 --seed 3 --houses postgres          PostgreSQL and Redis

One shop for all. In batches: people buy (threads, HTTP only) while things break; then all is mended, time moves until
nothing is waited for, and every order of the batch is compared with the books of the box offices and of the payment
company. Every history follows from the seed and its number. Ends with 1 where anything was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests import provision
from tests.campaign.processes_books import Books, broken, is_over, rows
from tests.campaign.processes_storm import Storm
from tests.campaign.processes_visits import Visit, drawn, visit
from tests.processes.machines import Machines
from tests.processes.mixed import ARENA, DOME, Mixed, dates

BATCH = 40
SETTLING = (
    60,
    60,
    60,
    120,
    300,
    300,
    600,
    1200,
    3600,
    3600,
)  # seconds by which the clock moves, until all is over
NAMES = {"arena": ARENA, "stadium": DOME, "tour": "", "west-end": ""}


class Campaign:
    """One shop and its counts. `done` histories were lived, settled and compared."""

    def __init__(self, shop: Mixed, machines: Machines | None, seed: int, buyers: int) -> None:
        self.shop, self.machines, self.seed, self.buyers = shop, machines, seed, buyers
        self.done = 0
        self.counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("struck", "outcomes", "orders", "staff", "broken")
        }
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.dates = {account: self._dates(account) for account in NAMES}

    def _dates(self, account: str) -> list[int]:
        """Dates that people choose from: far enough away for a clock that moves."""
        found = dates(self.shop, account, NAMES[account])
        return found[len(found) // 2 :] or found

    def batch(self, first: int, size: int) -> None:
        chance = random.Random(f"{self.seed}:{first}:storm")
        visits = [drawn(self.seed, number) for number in range(first, first + size)]
        self.shop.alive()
        with Storm(self.shop, self.machines, chance) as storm, ThreadPoolExecutor(self.buyers) as people:
            list(people.map(lambda one: visit(self.shop, one, self.dates, self.seed), visits))
        self.counts["struck"] += storm.counts
        for problem in storm.problems:
            self._wrong("the storm itself", problem)
        self.settle()
        self.compare(visits)
        self.done += size

    def settle(self) -> None:
        """Everything is mended and time moves until nothing is waited for."""
        if self.machines:
            self.machines.back()
            self.shop.wait(lambda: self.shop.sql("SELECT 1"), "the database")
        self.shop.alive()
        self.shop.standin.post("stripe/webhooks/flush", {})
        for seconds in SETTLING:
            self.shop.advance(seconds)
            for _look in range(5):
                self.shop.pause(1)
                open_ones = [row for row in rows(self.shop).values() if not is_over(row)]
                if not open_ones:
                    break
            if not open_ones and seconds >= 600:  # longer than anything is held
                return

    def compare(self, visits: list[Visit]) -> None:
        """The new orders of this batch, one by one."""
        for attempt in range(20):
            books, orders = Books(self.shop.standin.get("books")), rows(self.shop)
            fresh = {number: row for number, row in orders.items() if number not in self.seen}
            wrong = {number: found for number, row in fresh.items() if (found := broken(row, books))}
            if not wrong or attempt == 19:
                break
            self.shop.advance(30)  # what is being let go or taken at this moment
            self.shop.pause(1.5)
        for number, found in wrong.items():
            row = fresh[number]
            for one in found:
                self._wrong(one, f"{number} ({row.email}, {row.status}, {[p.__dict__ for p in row.parts]})")
        for number in books.numbers() - set(orders):
            self._wrong("the outside world has an order that the shop has not", number)
        self.seen |= set(fresh)
        for row in fresh.values():
            self.counts["orders"][row.status] += 1
            if row.reason:
                self.counts["staff"][row.reason] += 1
        for one in visits:
            self.counts["outcomes"][one.outcome] += 1
            for page in one.broken_pages:
                self._wrong("a page broke", f"history {one.number}: {page}")

    def _wrong(self, what: str, where: str) -> None:
        self.counts["broken"][what.split(",")[0]] += 1
        self.wrong.append(f"{what}: {where}")
        print(f"BROKEN {what}: {where}", flush=True)

    def report(self) -> dict[str, Any]:
        return {
            "seed": self.seed, "histories": self.done, "wrong": self.wrong,
            **{name: dict(counts) for name, counts in self.counts.items()},
        }  # fmt: skip

    def takes_up(self, kept: dict[str, Any]) -> None:
        self.done, self.wrong = int(kept["histories"]), list(kept["wrong"])
        for name, counts in self.counts.items():
            counts.update(kept[name])


@contextlib.contextmanager
def shop_of(houses: str) -> Iterator[tuple[Mixed, Machines | None]]:
    with contextlib.ExitStack() as opened:
        room = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="foyer-campaign-")))
        machines = opened.enter_context(Machines.started()) if houses == "postgres" else None
        addresses = machines.addresses() if machines else {}
        crowd = {"CROWD_NETWORKS": "127.0.0.1/32", "PROVIDER_TIMEOUT": "4"}
        shop = opened.enter_context(Mixed(room, **addresses, **crowd))
        shop.several = 2 if machines else 1
        shop.open()
        yield shop, machines


def printed(report: dict[str, Any]) -> str:
    struck = Counter(report["struck"])
    faults = sum(n for what, n in struck.items() if what.startswith("fault:"))
    kills = sum(n for what, n in struck.items() if what.startswith("killed:"))
    lines = [
        f"histories {report['histories']}, orders {sum(report['orders'].values())}, faults that struck {faults}, "
        f"kills {kills}, broken {len(report['wrong'])}"
    ]
    for name in ("orders", "staff", "struck", "outcomes", "broken"):
        told = report[name] if name != "broken" else report["wrong"]
        if isinstance(told, dict):
            told = [f"{what} {n}" for what, n in sorted(told.items(), key=lambda each: -each[1])]
        lines.append(f"{name}: " + ("; ".join(told) or "none"))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--minutes", type=float, default=0, help="stop after the batch in which they are over"
    )
    parser.add_argument("--buyers", type=int, default=6, help="at once")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--houses", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--resume", action="store_true", help="go on where the last run of this seed stopped")
    parser.add_argument("--state", type=Path, help="where that is kept")
    asked = parser.parse_args(arguments)
    state = asked.state or Path(tempfile.gettempdir()) / f"foyer-campaign-{asked.houses}-{asked.seed}.json"
    begun = time.monotonic()
    try:
        with shop_of(asked.houses) as (shop, machines):
            campaign = Campaign(shop, machines, asked.seed, asked.buyers)
            if asked.resume and state.exists():
                campaign.takes_up(json.loads(state.read_text()))
            while campaign.done < asked.histories:
                size = min(asked.batch, asked.histories - campaign.done)
                campaign.batch(campaign.done, size)
                state.write_text(json.dumps(campaign.report()))
                print(
                    f"{campaign.done} of {asked.histories} histories, {len(campaign.wrong)} broken, "
                    f"{(time.monotonic() - begun) / 60:.1f} minutes",
                    flush=True,
                )
                if asked.minutes and time.monotonic() - begun > asked.minutes * 60:
                    break
            report = campaign.report()
    except provision.Missing as missing:
        print(missing)
        return 2
    print(printed(report))
    return 1 if report["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
