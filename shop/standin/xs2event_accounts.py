"""Who calls: keys of distributors, and how often."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from shop.standin.wsgi import Env, StandinRequest
from shop.standin.xs2event_ids import derived
from shop.standin.xs2event_wire import Refusal, unauthorized

KEYS = "demo-xs2-key,second-xs2-key"


@dataclass(frozen=True)
class Distributor:
    number: int

    @property
    def id(self) -> str:
        return derived("dst", "distributor", self.number)

    @property
    def client_id(self) -> str:
        return derived("cln", "client", self.number)


class Accounts:
    """Each key is a distributor of its own; ``xs2_keys`` of the options or ``STANDIN_XS2_KEYS`` name others."""

    def __init__(self, env: Env) -> None:
        self._env = env
        named = env.options.get("xs2_keys") or os.environ.get("STANDIN_XS2_KEYS", KEYS).split(",")
        self._callers = {key.strip(): Distributor(place) for place, key in enumerate(named, 1) if key.strip()}
        self._calls: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def caller(self, request: StandinRequest) -> Distributor:
        """Raises 401."""
        found = self._callers.get(request.headers.get("X-Api-Key", ""))
        if found is None:
            raise unauthorized()
        return found

    def all(self) -> list[Distributor]:
        return list(self._callers.values())

    def count(self, request: StandinRequest, limit: int) -> None:
        """Raises 503 for more than ``limit`` calls of one address within a minute; the limit is per address, not per
        key. What stands in the body is not documented."""
        if not limit:
            self._calls.clear()
            return
        now = self._env.clock.now().timestamp()
        address = request.remote_addr or ""
        with self._lock:
            recent = [at for at in self._calls.get(address, []) if now - 60 < at <= now]
            refused = len(recent) >= limit
            if not refused:
                recent.append(now)
            self._calls[address] = recent
        if refused:
            raise Refusal(503, "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>")
