"""The stand-in of the outside world, in this process or as a process of its own. No database of the shop."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.standin.ltd_caller import Caller, in_process
from tests.standin.spektrix_caller import Visitor
from tests.standin.spektrix_caller import standin as spektrix

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ltd(tmp_path: Path) -> Caller:
    return in_process(tmp_path)


@pytest.fixture
def start_standin(tmp_path: Path) -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Starts the real process on a free port; gives its origin and itself. Every one is ended afterwards."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str, state: str = "process.sqlite3") -> tuple[str, subprocess.Popen[str]]:
        command = [
            sys.executable,
            "-m",
            "shop.standin",
            "--port",
            "0",
            "--state",
            str(tmp_path / state),
            *options,
        ]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("stand-in ready on http://127.0.0.1:"), line
        return line.split(" on ")[1].split()[0], process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def quay() -> Visitor:
    """A visitor of the imitated Spektrix's first venue, on its own domain."""
    return Visitor(spektrix())


@pytest.fixture
def thornfield(quay: Visitor) -> Visitor:
    """The same stand-in's second venue."""
    return Visitor(quay.app, client="thornfield")
