"""What happens to the shop while people buy: answers lost, box offices down, processes killed, time moved.

All drawn from a seed. Counted as it strikes: a fault that nobody met is not counted.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from typing import Any

import requests

from tests.processes.machines import Machines
from tests.processes.mixed import Mixed

CALLS = {
    "ltd": (
        "POST /rest/v2/Baskets",
        "POST /rest/v2/Baskets/*/Tickets",
        "GET /rest/v2/Baskets/*",
        "POST /rest/v2/Baskets/*/SubmitOrder",
        "POST /rest/v2/Baskets/*/SubmitOrderOnAccount",
        "GET /rest/v2/Baskets/*/SubmittedBasketSummary",
    ),
    "xs2event": ("POST /v1/reservations", "GET /v1/reservations/*", "POST /v1/bookings", "GET /v1/bookings*"),
    "stripe": (
        "POST /v1/payment_intents",
        "GET /v1/payment_intents/*",
        "POST /v1/payment_intents/*/capture",
        "POST /v1/payment_intents/*/cancel",
        "POST /v1/refunds",
    ),
    "tickethead": ("POST *", "GET *"),
}
KINDS = ("lost_answer", "lost_answer", "drop", "status", "slow", "html", "empty", "garbage", "too_many")
NAMED = (
    ("ltd", "sold_out"), ("ltd", "gate_declines"), ("ltd", "no_return"), ("ltd", "account_refused"),
    ("ltd", "expired_hold"), ("ltd", "supplier_failed"), ("ltd", "summary_late"), ("ltd", "summary_before_payment"),
    ("xs2event", "payment_method_refused"),
)  # fmt: skip
KILLED = (("web",), ("worker",), ("worker",), ("worker",), ("beat",), ("web", "worker", "beat"))


class Storm:
    """A thread that breaks things until it is told to stop; `counts` says what."""

    def __init__(self, shop: Mixed, machines: Machines | None, chance: random.Random) -> None:
        self.shop, self.machines, self.chance = shop, machines, chance
        self.counts: Counter[str] = Counter()
        self.set: dict[int, str] = {}  # faults that were switched on, by id
        self.problems: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Storm:
        self._thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._over.set()
        self._thread.join(120)
        self.counted()

    def _run(self) -> None:
        acts = [
            (self.fault, 10), (self.named, 4), (self.webhooks, 2), (self.clock, 2), (self.kill, 3),
            *([(self.elsewhere, 2)] if self.machines else []),
        ]  # fmt: skip
        while not self._over.wait(self.chance.uniform(0.3, 1.6)):
            act = self.chance.choices([a for a, _n in acts], [n for _a, n in acts])[0]
            try:
                act()
            except (requests.RequestException, AssertionError) as error:
                self.problems.append(f"{act.__name__}: {error!r}"[:400])

    def fault(self) -> None:
        world = self.chance.choice(list(CALLS))
        kind = self.chance.choice(KINDS)
        self._set(
            f"{world} {kind}",
            {
                "world": world, "match": self.chance.choice(CALLS[world]), "kind": kind,
                "times": self.chance.choice((1, 1, 1, 2, 4)), "after": self.chance.random() < 0.5,
                "status": self.chance.choice((500, 502, 503)) if kind in ("status",) else 200,
                "seconds": self.chance.choice((2, 5, 9)) if kind == "slow" else self.chance.choice((0, 1)),
            },
        )  # fmt: skip

    def named(self) -> None:
        world, name = self.chance.choice(NAMED)
        self._set(f"{world} {name}", {"world": world, "name": name})

    def _set(self, words: str, spec: dict[str, Any]) -> None:
        self.set[int(self.shop.standin.post("faults", spec)["id"])] = words

    def webhooks(self) -> None:
        mode = self.chance.choice(("deliver", "deliver", "hold", "drop"))
        told = {
            "mode": mode,
            "copies": self.chance.choice((1, 1, 3)),
            "delay_seconds": self.chance.choice((0, 0, 3)),
        }
        self.shop.standin.post("stripe/webhooks", told)
        self.counts[f"webhooks: {mode}"] += 1
        if self.chance.random() < 0.5:
            self.shop.standin.post("stripe/webhooks/flush", {"reverse": self.chance.random() < 0.5})

    def clock(self) -> None:
        self.shop.advance(self.chance.choice((10, 30, 60, 120)))
        self.counts["clock moved"] += 1

    def kill(self) -> None:
        kinds = self.chance.choice(KILLED)
        self.shop.dies(*kinds)
        for kind in kinds:
            self.counts[f"killed: {kind}"] += 1
        self._over.wait(self.chance.choice((0, 0, 1, 3)))
        self.shop.again(*kinds)

    def elsewhere(self) -> None:
        assert self.machines is not None
        what = self.chance.choice(("flush", "restart", "gone", "postgres"))
        if what == "flush":
            self.machines.redis.flush()
        elif what == "restart":
            self.machines.redis.restart()
        elif what == "gone":
            self.machines.redis.halt()
            self._over.wait(self.chance.choice((1, 4)))
            self.machines.redis.start()
        else:
            self.machines.postgres.restart(crash=self.chance.random() < 0.5)
        self.counts[f"redis: {what}" if what != "postgres" else "postgres restarted"] += 1

    def counted(self) -> None:
        """Faults that struck at least once. Those that nobody met are not counted."""
        with contextlib.suppress(requests.RequestException):
            fresh = {int(one["id"]) for one in self.shop.faults() if not one.get("used")}
            for number, words in self.set.items():
                if number not in fresh:
                    self.counts[f"fault: {words}"] += 1
            self.set.clear()
