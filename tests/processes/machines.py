"""What several machines share: a real PostgreSQL and a real Redis, which can be restarted, flushed and taken away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests import provision


@dataclass
class Machines:
    postgres: provision.Postgres
    redis: provision.Redis
    made: int = 0

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Machines]:
        """Raises provision.Missing."""
        postgres = provision.Postgres()
        try:
            redis = provision.Redis()
        except provision.Missing:
            postgres.stop()
            raise
        try:
            yield cls(postgres, redis)
        finally:
            redis.stop()
            postgres.stop()

    def addresses(self) -> dict[str, str]:
        """Of an empty database and an empty Redis, as `Stack` takes them: nobody else may be using them."""
        self.back()
        self.redis.flush()
        self.made += 1
        return {"database_url": self.postgres.database(f"foyer{self.made}"), "redis_url": self.redis.url}

    def back(self) -> None:
        """Whatever was taken away is there again."""
        self.redis.thaw() if self.redis.process.poll() is None else self.redis.start()
        if self.postgres.process.poll() is not None:
            self.postgres.start()
