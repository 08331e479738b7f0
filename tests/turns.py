"""How many workers of the tests compute at the same time, and how long before another has its turn.

There are more workers than cores, because those whose test waits for other processes leave room. What one that computes
has in the processor's cache the next one throws out: four that share two cores take a sixth longer than two after two.
So a test that is marked `computes` has a core while it runs, of which there are as many as the machine has; and turns
are long where Linux lets them be. The processes that a worker starts keep the short turns: they are waited for.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import struct
import time
from io import BufferedRandom
from pathlib import Path

SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}  # the system call, by the machine
SIZE, RESET_ON_FORK, TURN = 48, 1, 100_000_000  # bytes, a flag, nanoseconds
LOOKS = 0.02  # seconds between two looks for a core that is free


def long() -> None:
    """Long turns for this process (Linux 6.12 and later; an older one takes the call and changes nothing)."""
    number = SCHED_SETATTR.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return
    # size, policy, flags, nice, priority, then runtime, deadline and period: see sched_setattr(2)
    asked = struct.pack("=IIQiIQQQ", SIZE, 0, RESET_ON_FORK, 0, 0, TURN, 0, 0)
    ctypes.CDLL(None).syscall(number, 0, asked, 0)


class Core:
    """One of the machine's, for the worker that has it. A worker that dies has none any more."""

    def __init__(self, room: Path, many: int) -> None:
        self._places = [room / f"core-{number}" for number in range(many)]
        self._mine: BufferedRandom | None = None

    def take(self) -> None:
        """Wait for one that is free."""
        while not any(self._took(place) for place in self._places):
            time.sleep(LOOKS)

    def _took(self, place: Path) -> bool:
        file = place.open("ab+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._mine = file
        return True

    def give_back(self) -> None:
        if self._mine is not None:
            self._mine.close()
            self._mine = None


def core() -> Core | None:
    """For a worker of `tests.everything`."""
    shelf = os.environ.get("TEST_SHELF")
    return Core(Path(shelf), os.cpu_count() or 1) if shelf else None
