"""A history leaves nothing behind: every table is what it was before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connections

from tests.campaign.beginning import TABLES, Beginning
from tests.campaign.ground import Ground
from tests.campaign.long_run import day_of, one
from tests.campaign.roads import ROADS


def rows(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    names = [name for (name,) in map(tuple, connection.execute(TABLES))]
    return {
        name: sorted(map(repr, map(tuple, connection.execute(f'SELECT * FROM "{name}"')))) for name in names
    }


def test_whatever_was_written_is_undone_and_numbers_begin_where_they_did() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript("""
        PRAGMA foreign_keys = ON;
        CREATE TABLE house (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
        CREATE TABLE seat (house INTEGER REFERENCES house ON DELETE CASCADE, name TEXT PRIMARY KEY);
        CREATE TABLE held (seat TEXT REFERENCES seat (name) DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO house (name) VALUES ('Quay'), ('Mill');
        INSERT INTO seat VALUES (1, 'A1'), (2, 'B1');
        INSERT INTO held VALUES ('A1');
    """)
    beginning, first = Beginning(connection), rows(connection)
    for _history in range(2):
        connection.executescript("""
            DELETE FROM held;
            DELETE FROM house WHERE id = 1;
            UPDATE house SET name = 'Moved';
            INSERT INTO house (name) VALUES ('Third');
            INSERT INTO seat VALUES (3, 'C1');
            CREATE TABLE IF NOT EXISTS later (word TEXT);
            INSERT INTO later VALUES ('something');
        """)
        beginning.back()
        assert rows(connection) == {**first, "later": []}
    connection.execute("INSERT INTO house (name) VALUES ('Next')")
    assert connection.execute("SELECT MAX(id) FROM house").fetchone() == (3,)


def test_after_a_purchase_the_shop_and_the_outside_world_are_as_before(
    opened: Callable[[date], Ground],
) -> None:
    ground = opened(day_of(0))

    def everything() -> list[dict[str, list[Any]]]:
        return [rows(connections["default"].connection), rows(ground.app.env.store._connection())]

    ground.fresh()
    first = everything()
    found = one(ground, {**ROADS["all four"], "steps": list(ROADS["all four"]["steps"])})
    assert not found.broken
    assert found.sold == 4
    between = everything()
    assert between[0] != first[0]
    assert between[1] != first[1]
    ground.fresh()
    assert everything() == first
