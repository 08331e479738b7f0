"""A cache that is away is an empty one; a database that is away is told in words, and nobody is asked to pay twice."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import RequestFactory

from shop import cache, views
from tests.provision import free_port


@pytest.fixture
def away() -> cache.WithoutWhich:
    """Nobody listens there."""
    return cache.WithoutWhich(
        f"redis://127.0.0.1:{free_port()}/0", {"OPTIONS": {"socket_connect_timeout": 1}}
    )


def test_a_cache_that_is_away_finds_nothing_and_breaks_nothing(away):
    away.set("one", 1)
    assert away.get("one") is None
    assert away.get("one", "otherwise") == "otherwise"
    assert away.add("one", 1)
    assert away.get_or_set("one", 2) == 2
    assert away.get_many(["one", "two"]) == {}
    assert away.set_many({"one": 1}) == ["one"]
    assert not away.delete("one")
    assert not away.touch("one")
    assert not away.has_key("one")
    away.delete_many(["one"])


def test_a_cache_that_is_away_is_left_alone_for_a_while(away, monkeypatch):
    asked = []
    monkeypatch.setattr(cache.RedisCache, "get", lambda *given: asked.append(given) or 1 / 0)
    monkeypatch.setattr(cache, "RedisError", ZeroDivisionError)
    now = 1000.0
    monkeypatch.setattr(cache.time, "monotonic", lambda: now)
    away.get("one")
    away.get("one")
    assert len(asked) == 1
    now += cache.LEFT_ALONE + 1
    away.get("one")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError, 503), (InterfaceError, 503), (DatabaseError, 500), (KeyError, 500)],
)
def test_only_a_database_that_is_away_is_a_short_interval(error, status):
    try:
        raise error("disk full")
    except error:
        response = views.server_error(RequestFactory().get("/en/"))
    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 503)
    assert "do not pay again" in response.content.decode()
