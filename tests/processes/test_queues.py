"""Real workers, one for money and one for refreshes: what is slow in one queue keeps nobody waiting in another."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests import provision
from tests.processes.test_killed import at_the_gate
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("queues")]
SERVED = {"worker1": "checkout,desk,mail", "worker2": "refresh"}


class Hands(Stack):
    """`worker1` is there for money, `worker2` for refreshes and has one hand only; `worker` does everything."""

    def command(self, name: str) -> list[str]:
        command = super().command(name)
        if name in SERVED:
            command += ["--queues", SERVED[name]]
        if name == "worker2":
            command[command.index("--concurrency") + 1] = "1"
        return command

    def queue_a_refresh(self) -> None:
        self.manage(
            "shell",
            "-v0",
            "-c",
            "from catalog.tasks import refresh_account; refresh_account.delay('west-end')",
        )

    def runs(self) -> list[tuple[object, str]]:
        return [(row[0], str(row[1])) for row in self.sql(
            "SELECT finished_at, error FROM catalog_refreshrun WHERE trigger = 'beat' ORDER BY id"
        )]  # fmt: skip

    def claimed(self) -> bool:
        return bool(self.sql("SELECT 1 FROM shop_claim WHERE name = 'refresh:west-end'"))


@pytest.fixture(params=["folder", pytest.param("redis", marks=pytest.mark.redis)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hands]:
    if request.param == "folder":
        yield from _shop(tmp_path, "")
        return
    try:
        with provision.redis() as url:
            yield from _shop(tmp_path, url)
    except provision.Missing as missing:
        provision.need(missing)


def _shop(room: Path, redis_url: str) -> Iterator[Hands]:
    with Hands(room, redis_url=redis_url, PROVIDER_ACCOUNTS="west-end") as stack:
        stack.start("standin")
        stack.fill()
        yield stack


def a_stuck_refresh(shop: Hands) -> None:
    """Each call of the catalogue takes so long that the whole takes minutes."""
    slow = {"world": "ltd", "match": "GET /rest/v2/Events*", "kind": "slow", "seconds": 6, "times": -1}
    shop.standin.post("faults", slow)
    shop.queue_a_refresh()
    shop.wait(shop.runs, "the refresh to begin")


def test_an_order_is_settled_while_a_refresh_is_stuck(shop: Hands) -> None:
    shop.start("web", "worker1", "worker2")
    _ada, basket = at_the_gate(shop)
    a_stuck_refresh(shop)
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")  # paid, and the buyer never comes back
    shop.start("beat")
    shop.advance(20)
    shop.wait(
        lambda: shop.sql("SELECT status FROM checkout_order")[0][0] in {"paid", "fulfilled"},
        "the order to be settled",
        seconds=60,
    )
    assert shop.runs()[0][0] is None, "the refresh is still at it"
    assert shop.claimed()


def test_a_worker_without_names_serves_every_queue(shop: Hands) -> None:
    shop.start("web", "worker", "beat")
    _ada, basket = at_the_gate(shop)
    shop.queue_a_refresh()
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    shop.advance(20)
    shop.wait(lambda: [end for end, _error in shop.runs() if end], "the refresh", seconds=90)
    shop.wait(lambda: len(shop.mails()) == 1, "the order to be settled and its mail sent", seconds=90)


def test_a_refresh_that_is_interrupted_gives_its_claim_back(shop: Hands) -> None:
    """What the soft limit does, without waiting for it: the same signal to the process that works."""
    shop.start("worker2")
    a_stuck_refresh(shop)
    [hand] = psutil.Process(shop.processes["worker2"].pid).children()
    os.kill(hand.pid, signal.SIGUSR1)
    shop.wait(lambda: shop.runs()[0][0], "the refresh to end")
    assert shop.runs()[0][1] == "SoftTimeLimitExceeded"
    assert not shop.claimed()


def test_a_hand_that_is_killed_loses_nothing_and_does_nothing_twice(shop: Hands) -> None:
    """Its message is given out again at once, finds the dead one's claim, and ends; when that runs out all goes on."""
    shop.start("worker2")
    a_stuck_refresh(shop)
    [hand] = psutil.Process(shop.processes["worker2"].pid).children()
    os.kill(hand.pid, signal.SIGKILL)
    if shop.env["REDIS_URL"]:
        shop.wait(lambda: "west-end is being refreshed already" in shop.log("worker2"), "the second hand")
    assert len(shop.runs()) == 1
    shop.standin.delete("faults")
    shop.advance(301)
    shop.queue_a_refresh()
    shop.wait(lambda: len(shop.runs()) == 2 and shop.runs()[1][0], "the next refresh", seconds=90)
    assert shop.runs()[1][1] == ""
