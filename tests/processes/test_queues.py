"""Real workers, one for money and one for refreshes: what is slow in one queue keeps nobody waiting in another."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from celery import Celery

from shop import queues
from tests import provision
from tests.processes.test_killed import at_the_gate
from tests.stack import Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("queues")]
MONEY, REFRESHES = "moneyworker", "refreshworker"
SERVED = {MONEY: "checkout,desk,mail", REFRESHES: "refresh"}
CLAIM_IS_OVER = 301


class Hands(Stack):
    """Workers that serve queues by their names; one for refreshes has one hand only. `worker` serves everything."""

    def __init__(self, room: Path, redis_url: str) -> None:
        super().__init__(room, redis_url=redis_url, PROVIDER_ACCOUNTS="west-end", PROVIDER_TIMEOUT="90")
        self.born = 0
        self.seen = 0  # runs of earlier tests
        self.number = ""

    def command(self, name: str) -> list[str]:
        kind = name.rstrip("0123456789")
        command = super().command(name.replace(kind, "worker") if kind in SERVED else name)
        if kind == "beat":  # looks every two seconds
            command[command.index("shop.celery")] = "tests.processes.quick"
        if kind in SERVED:
            command += ["--queues", SERVED[kind]]
        if kind == REFRESHES:
            command[command.index("--concurrency") + 1] = "1"
        return command

    def begins(self, *kinds: str) -> str:
        """Started under fresh names: each log is its own. The last one's name."""
        for kind in kinds:
            self.born += 1
            self.start(name := f"{kind}{self.born}")
            if kind in SERVED:
                self.wait(lambda n=name: " ready." in self.log(n), kind)
        return name

    def afresh(self) -> None:
        """Nobody works, nothing is queued, nothing is claimed, nothing is broken."""
        for name in [name for name in self.processes if not name.startswith(("standin", "web"))]:
            self.kill(name)
        self.standin.delete("faults")
        if self.env["REDIS_URL"]:
            with self.outside() as app, app.connection_for_write() as connection:
                connection.default_channel.client.flushall()
        else:
            shutil.rmtree(self.room / "broker" / "queue", ignore_errors=True)
            (self.room / "broker" / "queue").mkdir(parents=True)
        self.advance(CLAIM_IS_OVER)
        self.seen = len(self.sql("SELECT 1 FROM catalog_refreshrun"))

    @contextlib.contextmanager
    def outside(self) -> Iterator[Celery]:
        """Celery as another process of this shop has it."""
        folder = self.room / "broker"
        options = {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "processed_folder": str(folder / "processed"),
            "control_folder": str(folder / "control"),
        }
        broker = self.env["REDIS_URL"] or "folder://localhost/"
        with Celery("outside", broker=broker, set_as_current=False) as app:
            app.conf.update(
                task_queues=queues.declared(),
                task_default_queue=queues.DEFAULT,
                task_ignore_result=True,
                broker_transport_options={} if self.env["REDIS_URL"] else options,
            )
            yield app

    def queue_a_refresh(self) -> None:
        with self.outside() as app:
            app.send_task("catalog.tasks.refresh_account", ["west-end"])

    def runs(self) -> list[tuple[object, str]]:
        """Of this test: when each ended, and its fault."""
        rows = self.sql("SELECT finished_at, error FROM catalog_refreshrun ORDER BY id")
        return [(ended, str(error)) for ended, error in rows][self.seen :]

    def claimed(self) -> bool:
        return bool(self.sql("SELECT 1 FROM shop_claim WHERE name = 'refresh:west-end'"))

    def status(self) -> str:
        return str(self.sql("SELECT status FROM checkout_order WHERE number = ?", self.number)[0][0])

    def told(self) -> int:
        """Mails about the order of this test."""
        return sum(self.number in mail for mail in self.mails())

    def order_at_the_gate(self) -> str:
        """The basket's id there, of a buyer who will never come back."""
        _ada, basket = at_the_gate(self)
        self.number = str(self.sql("SELECT number FROM checkout_order ORDER BY id DESC LIMIT 1")[0][0])
        return basket


@pytest.fixture(
    scope="module",
    params=[pytest.param("folder", marks=pytest.mark.long), pytest.param("redis", marks=pytest.mark.redis)],
)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hands]:
    with contextlib.ExitStack() as opened:
        url = ""
        if request.param == "redis":
            try:
                url = opened.enter_context(provision.redis())
            except provision.Missing as missing:
                provision.need(missing)
        stack = opened.enter_context(Hands(tmp_path_factory.mktemp("queues"), url))
        stack.start("standin")
        stack.fill()
        stack.start("web")
        yield stack


@pytest.fixture
def shop(house: Hands) -> Hands:
    house.afresh()
    return house


def a_stuck_refresh(shop: Hands) -> None:
    """Each call of the catalogue takes most of a minute, and the first one is going on."""
    slow = {"world": "ltd", "match": "GET /rest/v2/Events*", "kind": "slow", "seconds": 40, "times": -1}
    shop.standin.post("faults", slow)
    shop.queue_a_refresh()
    shop.wait(lambda: any(one["used"] for one in shop.standin.get("faults")["faults"]), "the first slow call")
    assert shop.claimed()


def test_an_order_is_settled_while_a_refresh_is_stuck(shop: Hands) -> None:
    shop.begins(MONEY, REFRESHES)
    basket = shop.order_at_the_gate()
    a_stuck_refresh(shop)
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")  # paid, and the buyer never comes back
    shop.begins("beat")
    shop.advance(20)
    shop.wait(lambda: shop.status() in {"paid", "fulfilled"}, "the order to be settled")
    assert shop.runs()[0][0] is None, "the refresh is still at it"
    assert shop.claimed()


def test_a_worker_without_names_serves_every_queue(shop: Hands) -> None:
    shop.begins("worker", "beat")
    basket = shop.order_at_the_gate()
    shop.queue_a_refresh()
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    shop.advance(20)
    shop.wait(lambda: [end for end, _error in shop.runs() if end], "the refresh")
    shop.wait(lambda: shop.told() == 1, "the order to be settled and its mail sent")


def test_a_refresh_that_is_interrupted_gives_its_claim_back(shop: Hands) -> None:
    """What the soft limit does, without waiting for it: the same signal to the process that works."""
    worker = shop.begins(REFRESHES)
    a_stuck_refresh(shop)
    [hand] = psutil.Process(shop.processes[worker].pid).children()
    os.kill(hand.pid, signal.SIGUSR1)
    shop.wait(lambda: shop.runs()[0][0], "the refresh to end")
    assert shop.runs()[0][1] == "SoftTimeLimitExceeded"
    shop.wait(lambda: not shop.claimed(), "the claim to be given back")


def test_a_hand_that_is_killed_loses_nothing_and_does_nothing_twice(shop: Hands) -> None:
    """Its message is given out again at once, finds the dead one's claim, and ends; when that runs out all goes on."""
    worker = shop.begins(REFRESHES)
    a_stuck_refresh(shop)
    [hand] = psutil.Process(shop.processes[worker].pid).children()
    os.kill(hand.pid, signal.SIGKILL)
    if shop.env["REDIS_URL"]:
        shop.wait(lambda: "west-end is being refreshed already" in shop.log(worker), "the second hand")
    assert len(shop.runs()) == 1
    shop.standin.delete("faults")
    shop.advance(CLAIM_IS_OVER)
    shop.queue_a_refresh()
    shop.wait(lambda: len(shop.runs()) == 2 and shop.runs()[1][0], "the next refresh")
    assert shop.runs()[1][1] == ""
