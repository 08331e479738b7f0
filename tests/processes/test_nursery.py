"""A process that begins as a fork is what it would be if it had begun by itself: program, settings, log and end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.nursery import Born, Nursery
from tests.stack import Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("nursery")]
Start = Callable[..., Born]
TOLD = """
import os, sys
from django.conf import settings
from django.db import connection
print(os.getpid(), os.getpgid(0), os.getcwd(), settings.DATABASES["default"]["NAME"], os.environ["MARK"])
sys.stderr.write("and a complaint")
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    own = Nursery()
    yield own
    own.close()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return Stack(tmp_path).env | {"MARK": "none"}


@pytest.fixture
def start(nursery: Nursery, env: dict[str, str], tmp_path: Path) -> Start:
    def begun(*command: str, **more: str) -> Born:
        with (tmp_path / "out").open("ab") as output, (tmp_path / "err").open("ab") as errors:
            return nursery.start([sys.executable, *command], env | more, output, errors)

    return begun


def test_it_has_its_settings_its_log_and_a_session_of_its_own(start: Start, tmp_path: Path) -> None:
    told = [start("manage.py", "shell", "--no-imports", "-c", TOLD, MARK=mark) for mark in ("one", "two")]
    assert [each.wait(60) for each in told] == [0, 0]
    lines = sorted((tmp_path / "out").read_text().split("\n")[:2], key=lambda line: line[-3:])
    root, database = Path(__file__).resolve().parents[2], tmp_path / "foyer.sqlite3"
    assert lines == [
        f"{each.pid} {each.pid} {root} {database} {mark}"
        for each, mark in zip(told, ("one", "two"), strict=True)
    ]
    assert (tmp_path / "err").read_text().count("and a complaint") == 2


def test_how_it_ended_is_told_as_by_any_process(start: Start, tmp_path: Path) -> None:
    assert start("manage.py", "nonsense").wait(60) == 1
    assert "Unknown command: 'nonsense'" in (tmp_path / "err").read_text()
    assert start("manage.py", "shell", "--no-imports", "-c", "raise SystemExit(7)").wait(60) == 7
    assert start("manage.py", "shell", "--no-imports", "-c", "{}['not there']").wait(60) == 1
    assert "KeyError: 'not there'" in (tmp_path / "err").read_text()
    for_ever = "import threading; threading.Event().wait()"
    long = start("manage.py", "shell", "--no-imports", "-c", for_ever)
    assert long.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        long.wait(0.01)
    os.killpg(long.pid, signal.SIGKILL)
    assert long.wait(60) == long.poll() == -signal.SIGKILL


def test_who_was_born_goes_on_when_nobody_is_any_more(
    nursery: Nursery, start: Start, env: dict[str, str], tmp_path: Path
) -> None:
    # who was born waits for a file: nothing else reaches a process that nobody knows any more
    waits = "import pathlib, time\nwhile not pathlib.Path(%r).exists(): time.sleep(0.05)\nraise SystemExit(5)"
    born = start("manage.py", "shell", "--no-imports", "-c", waits % str(tmp_path / "go"))
    nursery.forget(env)
    assert born.poll() is None
    (tmp_path / "go").touch()
    assert born.wait(60) == 5


def test_whoever_is_loaded_in_a_way_of_its_own_begins_anew() -> None:
    assert not Nursery.possible({"LD_PRELOAD": "other_clock.so"})
