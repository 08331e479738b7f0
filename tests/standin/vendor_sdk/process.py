"""The stand-in as the process that `make run` starts, for tests that need real sockets."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.provision import free_port

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def running(room: Path, *, known_as: str = "") -> Iterator[str]:
    """Its origin, on a free port. ``known_as`` is the name that browsers use for this machine."""
    port = free_port() if known_as else 0
    command = [
        sys.executable,
        "-m",
        "shop.standin",
        "--port",
        str(port),
        "--state",
        str(room / "standin.sqlite3"),
    ]
    if known_as:
        command += ["--public-origin", f"http://{known_as}:{port}"]
    log = (room / "standin.log").open("w+")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"ready on http://\S+ as (http://\S+)", line)
        assert found, f"no ready line: {line!r} {Path(log.name).read_text()[-2000:]}"
        yield found.group(1)
    finally:
        process.terminate()
        process.wait(15)
        log.close()
