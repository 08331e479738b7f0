"""The cache of several machines: Redis, without which every page still opens.

What is kept here is kept for speed only. A Redis that is away, or does not answer, is a cache with nothing in it: reads
find nothing, writes are dropped, and it is left alone for a few seconds, so that nobody waits for it at every step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

LEFT_ALONE = 5.0  # seconds after a failure

log = logging.getLogger(__name__)


class WithoutWhich(RedisCache):  # type: ignore[misc]
    """Django's cache on Redis, whose failures are nobody's. `add` says True then: nothing may rest on it as a lock."""

    _back_at = 0.0  # of the monotonic clock

    def _try(self, do: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < self._back_at:
            return otherwise
        try:
            return do()
        except (RedisError, OSError) as error:
            self._back_at = time.monotonic() + LEFT_ALONE
            log.warning("the cache is away: %s", type(error).__name__)
            return otherwise

    def add(self, key: str, value: Any, *more: Any, **named: Any) -> bool:
        parent = super()
        return bool(self._try(lambda: parent.add(key, value, *more, **named), True))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        parent = super()
        return self._try(lambda: parent.get(key, default, version), default)

    def set(self, key: str, value: Any, *more: Any, **named: Any) -> None:
        parent = super()
        self._try(lambda: parent.set(key, value, *more, **named), None)

    def touch(self, key: str, *more: Any, **named: Any) -> bool:
        parent = super()
        return bool(self._try(lambda: parent.touch(key, *more, **named), False))

    def delete(self, key: str, version: int | None = None) -> bool:
        parent = super()
        return bool(self._try(lambda: parent.delete(key, version), False))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        parent = super()
        found: dict[str, Any] = self._try(lambda: parent.get_many(keys, version), {})
        return found

    def has_key(self, key: str, version: int | None = None) -> bool:
        parent = super()
        return bool(self._try(lambda: parent.has_key(key, version), False))

    def set_many(self, data: Any, *more: Any, **named: Any) -> list[Any]:
        parent = super()
        return list(self._try(lambda: parent.set_many(data, *more, **named), list(data)))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        parent = super()
        self._try(lambda: parent.delete_many(keys, version), None)
