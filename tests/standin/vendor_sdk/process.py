"""The stand-in as the process that `make run` starts, for tests that need real sockets."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def running(room: Path) -> Iterator[str]:
    """Its origin. The port is free for sure, because the process itself chooses it."""
    command = [sys.executable, "-m", "shop.standin", "--port", "0", "--state", str(room / "standin.sqlite3")]
    log = (room / "standin.log").open("w+")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"ready on (http://\S+)", line)
        assert found, f"no ready line: {line!r} {Path(log.name).read_text()[-2000:]}"
        yield found.group(1)
    finally:
        process.terminate()
        process.wait(15)
        log.close()
