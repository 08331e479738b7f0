"""What tests of the roof share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import provision
from tests.catalog.conftest import season  # noqa: F401


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    try:
        with provision.redis() as url:
            yield url
    except provision.Missing as missing:
        provision.need(missing)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    import redis

    redis.Redis.from_url(redis_server).flushall()
    return redis_server
