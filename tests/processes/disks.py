"""A disk that is full for the shop and not for the outside world: by a limit of the kernel, or a small disk of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests import provision
from tests.stack import Stack


class Limited:
    """No file of the shop's processes can grow or change: every write says so (EFBIG). Needs no privileges."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        if not hasattr(resource, "prlimit") or not Path("/proc/self/stat").exists():
            raise provision.Missing("no full disk: this system cannot limit a running process (prlimit)")

    def _set(self, most: int) -> None:
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))

    def _processes(self) -> list[int]:
        """Everything of web, worker and beat: each was started as a group of its own."""
        groups = {one.pid for name, one in self.stack.processes.items() if name != "standin"}
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                after_name = path.read_text().rpartition(")")[2].split()
                if int(after_name[2]) in groups:
                    found.append(int(path.parent.name))
        return found

    def fill(self) -> None:
        self._set(0)

    def empty(self) -> None:
        self._set(resource.RLIM_INFINITY)


class Small:
    """The folder of the run is a disk of a few megabytes, and a file takes what is left of it (ENOSPC). Needs root."""

    def __init__(self, room: Path) -> None:
        self.ballast = room / "ballast"

    @classmethod
    @contextlib.contextmanager
    def mounted(cls, room: Path, megabytes: int = 160) -> Iterator[Small]:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "foyer-small-disk", str(room)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise provision.Missing(f"no small disk: mount said {done.stderr.strip()[-200:]}")
        try:
            yield cls(room)
        finally:
            subprocess.run(["umount", "--lazy", str(room)], capture_output=True)

    def fill(self) -> None:
        block = bytes(64 * 1024)
        with self.ballast.open("ab", buffering=0) as file:
            while True:
                try:
                    if file.write(block) < len(block):
                        block = block[:1]
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    if len(block) == 1:
                        return
                    block = block[: max(1, len(block) // 8)]

    def empty(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.ballast)
