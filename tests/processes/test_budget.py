"""Two real processes in the background stay under one rate together: what the box office saw is the measure."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests import provision
from tests.nursery import Born
from tests.stack import PYTHON, Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("budget")]
RATE = 10  # calls a second
CALLS = 14  # of each process; a sign of life is two
SCRIPT = """
import sys, django
django.setup()
from shop.providers import registry
source = registry.provider("west-end", polite=sys.argv[1] == "polite").catalog
for _again in range(int(sys.argv[2]) // 2):
    assert source.sign_of_life().ok
"""


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    if request.param == "sqlite":
        yield from _shop(tmp_path, "")
        return
    try:
        with provision.redis() as url:
            yield from _shop(tmp_path, url)
    except provision.Missing as missing:
        provision.need(missing)


def _shop(room: Path, redis_url: str) -> Iterator[Stack]:
    rate = {"ACCOUNT_WEST_END_RATE_PER_SECOND": str(RATE)}
    with Stack(room, redis_url=redis_url, PROVIDER_ACCOUNTS="west-end", **rate) as stack:
        stack.start("standin")
        yield stack


def asking(stack: Stack, how: str, calls: int = CALLS) -> subprocess.Popen[bytes] | Born:
    with (stack.room / "asking.log").open("ab") as log:
        return stack.begin([PYTHON, "-c", SCRIPT, how, str(calls)], log)


def arrivals(stack: Stack) -> list[float]:
    """When each call came, in milliseconds."""
    calls = stack.standin.get("journal", world="ltd", limit=1000)["calls"]
    return sorted(datetime.fromisoformat(call["at"]).timestamp() * 1000 for call in calls)


def test_two_processes_keep_one_rate_together(shop: Stack) -> None:
    both = [asking(shop, "polite"), asking(shop, "polite")]
    assert [one.wait(120) for one in both] == [0, 0]
    seen = arrivals(shop)
    assert len(seen) == 2 * CALLS
    # each turn is a gap after the one before; a call may be slow to arrive, and the next one quick
    late = 400
    for n in range(2, len(seen)):
        assert seen[n] - seen[0] >= (n * 1000 / RATE) - late, seen


def test_buyers_of_another_process_take_turns_of_the_background(shop: Stack) -> None:
    assert asking(shop, "buyer", 40).wait(120) == 0  # four seconds' worth of turns, in less time than that
    assert len(arrivals(shop)) == 40
    assert asking(shop, "polite", 2).wait(120) == 0
    seen = arrivals(shop)
    assert seen[-1] - seen[0] >= 41 * 1000 / RATE - 400
