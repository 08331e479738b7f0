"""Tables that were made once: an empty database in memory begins with them, any other is left alone."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper

from tests.tables import ready_made

pytestmark = pytest.mark.django_db  # for whoever may not would not be let near a database
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with contextlib.closing(sqlite3.connect(tmp_path / "tables.sqlite3")) as made:
        made.execute("CREATE TABLE made_once (name)")
    monkeypatch.setenv("TEST_SHELF", str(tmp_path))
    return tmp_path


@contextlib.contextmanager
def opened(name: str) -> Iterator[list[str]]:
    """The tables of a database that is opened now."""
    own = DatabaseWrapper({**connections["default"].settings_dict, "NAME": name}, "of-tables")
    with ready_made():
        own.connect()
    try:
        yield [row[0] for row in own.connection.execute(TABLES)]
    finally:
        own.connection.close()


@pytest.mark.usefixtures("shelf")
def test_an_empty_database_in_memory_begins_with_them() -> None:
    with opened(":memory:") as tables:
        assert tables == ["made_once"]


def test_a_database_in_a_file_and_one_that_has_something_are_left_alone(shelf: Path) -> None:
    with opened(str(shelf / "shop.sqlite3")) as tables:
        assert tables == []
    shared = "file:of-tables?mode=memory&cache=shared"
    with contextlib.closing(sqlite3.connect(shared, uri=True)) as other:
        other.execute("CREATE TABLE own (name)")
        with opened(shared) as tables:
            assert tables == ["own"]


def test_before_they_are_made_it_is_empty(shelf: Path) -> None:
    (shelf / "tables.sqlite3").unlink()
    with opened(":memory:") as tables:
        assert tables == []
