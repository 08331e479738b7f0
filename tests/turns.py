"""How long a worker of the tests computes before another has its turn.

There are more workers than cores, and Linux lets each have a few milliseconds: what one has in the processor's cache the
next one throws out, which costs a twelfth of the whole. The processes that a worker starts keep the short turns: they
are waited for. Where this is not known it stays as it is.
"""

from __future__ import annotations

import ctypes
import platform
import struct

SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}  # the system call, by the machine
SIZE, RESET_ON_FORK, TURN = 48, 1, 100_000_000  # bytes, a flag, nanoseconds


def long() -> None:
    """Long turns for this process (Linux 6.12 and later; an older one takes the call and changes nothing)."""
    number = SCHED_SETATTR.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return
    # size, policy, flags, nice, priority, then runtime, deadline and period: see sched_setattr(2)
    asked = struct.pack("=IIQiIQQQ", SIZE, 0, RESET_ON_FORK, 0, 0, TURN, 0, 0)
    ctypes.CDLL(None).syscall(number, 0, asked, 0)
