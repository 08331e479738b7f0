"""The invented season."""

from __future__ import annotations

import random
from typing import Any

from shop.standin.clock import Clock


def seeded(*parts: Any) -> random.Random:
    """A generator of the same numbers for the same parts, in every process and on every day."""
    return random.Random("|".join(str(part) for part in parts))


class Programme:
    """``scale`` is how many events are added for load work."""

    def __init__(self, clock: Clock, *, scale: int = 0) -> None:
        self.clock = clock
        self.scale = scale
